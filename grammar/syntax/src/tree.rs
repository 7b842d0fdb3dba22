//! What the grammar builds trees with. It knows nothing of the parser, so that the parser can be
//! exchanged without touching the tree.
//!
//! Places come in as byte offsets into the text and go out as spans.

use gatewright_source::Span;

use crate::ast::{
    Annotation, AttributeDecl, CompareOperator, DeclarationKind, Expr, ExprId, Exprs, Name,
    Operand, OperatorToken, Phrase, Term, Text,
};
use crate::lexer::{is_dash, operator_word, quote_of, string_value};
use crate::significant::Significant;
use crate::token::TokenKind;

/// What an island became.
#[derive(Debug)]
pub(crate) enum Piece {
    Expression(ExprId),
    Declaration(DeclarationKind),
    Clause {
        include: Vec<Phrase>,
        except: Option<(Span, Vec<Phrase>)>,
    },
    Value(Vec<Phrase>),
    Facts(Vec<Term>),
    Annotation(Annotation),
    Attributes(Vec<AttributeDecl>),
    Members(Vec<crate::ast::MemberDecl>),
    Rows(Vec<crate::ast::DialectRow>),
}

pub(crate) struct Builder<'a, 't> {
    pub(crate) tokens: &'a Significant<'t>,
    pub(crate) exprs: &'a mut Exprs,
}

impl Builder<'_, '_> {
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        self.tokens.span_of(start..end)
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.tokens.text.get(start..end).unwrap_or_default()
    }

    pub(crate) fn name(&self, start: usize, end: usize) -> Name {
        Name {
            text: self.slice(start, end).to_owned(),
            span: self.span(start, end),
        }
    }

    pub(crate) fn text(&self, start: usize, end: usize) -> Text {
        let written = self.slice(start, end);
        let is_closed = self
            .tokens
            .is(self.tokens.at_byte(start), TokenKind::String);
        Text {
            value: string_value(written, is_closed),
            quote: quote_of(written),
            span: self.span(start, end),
        }
    }

    /// A name that is written without quotes where most are written with them.
    pub(crate) fn bare_text(&self, start: usize, end: usize) -> Text {
        let value = self.slice(start, end).to_owned();
        Text {
            value,
            quote: crate::ast::Quote::Double,
            span: self.span(start, end),
        }
    }

    /// The `///` lines before what starts at `start`, and before the name at `name_start` where
    /// annotations stand between.
    pub(crate) fn docs(&self, start: usize, name_start: usize) -> Vec<String> {
        let mut docs = self.tokens.docs_before(self.tokens.at_byte(start));
        if name_start != start {
            docs.extend(self.tokens.docs_before(self.tokens.at_byte(name_start)));
        }
        docs
    }

    pub(crate) fn add(&mut self, expr: Expr, start: usize, end: usize) -> ExprId {
        let span = self.span(start, end);
        self.exprs.add(expr, span)
    }

    pub(crate) fn operator(&self, start: usize, end: usize) -> OperatorToken {
        let written = self.slice(start, end);
        let word = operator_word(written);
        // The feed lets only words of operators through.
        let operator = CompareOperator::from_word(word).unwrap_or(CompareOperator::Eq);
        OperatorToken {
            operator,
            has_hyphen: word.len() < written.len(),
            has_dash: written.starts_with(is_dash),
            span: self.span(start, end),
        }
    }

    pub(crate) fn path(&self, words: Vec<Name>, start: usize, end: usize) -> Operand {
        Operand::Path {
            words,
            span: self.span(start, end),
        }
    }
}

/// A dotted name as one word.
pub(crate) fn joined(path: Vec<Name>) -> Name {
    let mut words = path.into_iter();
    let mut whole = words.next().unwrap_or_default();
    for word in words {
        whole.text.push('.');
        whole.text.push_str(&word.text);
        whole.span = whole.span.to(word.span);
    }
    whole
}

/// One more element at the end of a list.
pub(crate) fn pushed<T>(mut list: Vec<T>, element: T) -> Vec<T> {
    list.push(element);
    list
}
