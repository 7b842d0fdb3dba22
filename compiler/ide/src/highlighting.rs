//! What each word of a text is, for colours that know more than a lexer.

use std::ops::Range;

use gatewright_hir::Target;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{
    Annotation, AttributeDecl, Clause, ClauseBody, Declaration, DeclarationKind as K, Expr, ExprId,
    Exprs, MemberDecl, Name, Operand, Parameter, Phrase, Term,
};
use rustc_hash::FxHashMap;

use crate::{DeclaredKind, Form, Snapshot, declarations, json};

/// A piece of text with what it is. Pieces are in order, never empty, and do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where; within one line, but for JSON and unfinished texts.
    pub span: Span,
    /// What.
    pub kind: HighlightKind,
    /// Whether a name is declared here.
    pub is_declaration: bool,
    /// Whether the service or the language gave it, not the project.
    pub is_built_in: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named by what it is")]
pub enum HighlightKind {
    Comment,
    Documentation,
    String,
    Number,
    Keyword,
    Operator,
    Annotation,
    /// The name of a policy, test, scope or invariant.
    Title,
    /// A group, application, location and the like.
    Object,
    Rule,
    Template,
    Parameter,
    /// An attribute of the schema.
    Attribute,
    /// A member of an enumeration, a control, a session control.
    Member,
    Entity,
    Type,
}

impl HighlightKind {
    /// All of them, in order of declaration.
    pub const ALL: &'static [HighlightKind] = &[
        HighlightKind::Comment,
        HighlightKind::Documentation,
        HighlightKind::String,
        HighlightKind::Number,
        HighlightKind::Keyword,
        HighlightKind::Operator,
        HighlightKind::Annotation,
        HighlightKind::Title,
        HighlightKind::Object,
        HighlightKind::Rule,
        HighlightKind::Template,
        HighlightKind::Parameter,
        HighlightKind::Attribute,
        HighlightKind::Member,
        HighlightKind::Entity,
        HighlightKind::Type,
    ];
}

/// The pieces of a source, or of what of it touches `range`: in Graph JSON those of rules, in a
/// manifest or a table none.
#[must_use]
pub fn highlights(
    snapshot: &Snapshot,
    source: SourceId,
    range: Option<Range<u32>>,
) -> Vec<Highlight> {
    match snapshot.form(source) {
        Form::PolicyText => {}
        Form::Json => return json::highlights(snapshot, source, range),
        Form::Manifest | Form::Table => return Vec::new(),
    }
    let words = Words::of(snapshot, source);
    let mut found = Vec::new();
    for (kind, place) in snapshot.tokens(source).iter() {
        let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) else {
            break;
        };
        let is_asked = range
            .as_ref()
            .is_none_or(|r| start < r.end && r.start < end);
        let Some(known) = words.kind(kind, start).filter(|_| is_asked && start < end) else {
            continue;
        };
        found.push(Highlight {
            span: Span::new(source, start, end),
            ..known
        });
    }
    found
}

/// What the tree and the checker know of words, by where they start.
struct Words {
    by_start: FxHashMap<u32, Highlight>,
}

impl Words {
    fn of(snapshot: &Snapshot, source: SourceId) -> Words {
        let mut words = Words {
            by_start: FxHashMap::default(),
        };
        if let Some(tree) = snapshot.tree(source) {
            for declaration in &tree.declarations {
                words.declaration(&tree.exprs, declaration);
            }
        }
        words.references(snapshot, source);
        words
    }

    /// What a token is; `None` for blanks and punctuation.
    fn kind(&self, token: TokenKind, start: u32) -> Option<Highlight> {
        let plain = |kind| Some(highlight(kind, false));
        let known = || self.by_start.get(&start).copied();
        match token {
            TokenKind::Whitespace => None,
            TokenKind::Comment => plain(HighlightKind::Comment),
            TokenKind::Doc | TokenKind::FileDoc => plain(HighlightKind::Documentation),
            TokenKind::String | TokenKind::UnterminatedString => {
                known().or(plain(HighlightKind::String))
            }
            TokenKind::Literal => known().or(plain(HighlightKind::Number)),
            TokenKind::Word | TokenKind::At => known(),
            TokenKind::Compare
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Not
            | TokenKind::Quantifier
            | TokenKind::Offset => plain(HighlightKind::Operator),
            _ => None,
        }
    }

    fn set(&mut self, span: Span, kind: HighlightKind) {
        self.by_start.insert(span.start, highlight(kind, false));
    }

    fn declare(&mut self, span: Span, kind: HighlightKind) {
        self.by_start.insert(span.start, highlight(kind, true));
    }

    fn names(&mut self, names: &[Name], kind: HighlightKind) {
        for name in names {
            self.set(name.span, kind);
        }
    }

    /// Names that stand for something are what they stand for.
    fn references(&mut self, snapshot: &Snapshot, source: SourceId) {
        let is_entra = snapshot.compilation().set.schema.is_entra;
        let kinds = kinds(snapshot);
        for reference in snapshot.references(source) {
            let span = reference.span;
            match &reference.target {
                Target::Declared(declared) => {
                    let own = kinds.get(declared).copied();
                    self.set(span, own.unwrap_or(HighlightKind::Parameter));
                }
                Target::Known(..) => {
                    let known = Highlight {
                        is_built_in: true,
                        ..highlight(HighlightKind::Object, false)
                    };
                    self.by_start.insert(span.start, known);
                }
                Target::Attribute(_) => {
                    let text = snapshot.compilation().sources.text(span);
                    let mut at = span.start;
                    for (place, word) in text.split('.').enumerate() {
                        let kind = match place {
                            0 if text.contains('.') => HighlightKind::Entity,
                            _ => HighlightKind::Attribute,
                        };
                        let known = Highlight {
                            is_built_in: is_entra,
                            ..highlight(kind, false)
                        };
                        self.by_start.insert(at, known);
                        at += u32::try_from(word.len() + 1).unwrap_or_default();
                    }
                }
            }
        }
    }

    /// Declarations are nested as deeply as the parser allows.
    fn declaration(&mut self, exprs: &Exprs, declaration: &Declaration) {
        for annotation in &declaration.annotations {
            self.annotation(annotation);
        }
        self.set(declaration.keyword, HighlightKind::Keyword);
        match &declaration.kind {
            K::Object { name, value, .. } => {
                self.declare(name.span, HighlightKind::Object);
                self.phrases(value);
            }
            K::Rule {
                name,
                parameters,
                body,
            } => {
                self.declare(name.span, HighlightKind::Rule);
                self.parameters(parameters);
                body.iter().for_each(|body| self.expr(exprs, *body));
            }
            K::Policy { name, clauses } | K::Invariant { name, clauses } => {
                self.declare(name.span, HighlightKind::Title);
                self.clauses(exprs, clauses);
            }
            K::Scope {
                name,
                clauses,
                members,
            } => {
                self.declare(name.span, HighlightKind::Title);
                self.clauses(exprs, clauses);
                members.iter().for_each(|d| self.declaration(exprs, d));
            }
            K::Template {
                name,
                parameters,
                members,
            } => {
                self.declare(name.span, HighlightKind::Template);
                self.parameters(parameters);
                members.iter().for_each(|d| self.declaration(exprs, d));
            }
            K::Instance {
                template,
                arguments,
                ..
            } => {
                self.set(template.span, HighlightKind::Template);
                for argument in arguments {
                    if let Some(name) = &argument.name {
                        self.set(name.span, HighlightKind::Parameter);
                    }
                    self.phrases(std::slice::from_ref(&argument.value));
                }
            }
            K::Compliance {
                name,
                platform,
                clauses,
            } => {
                self.declare(name.span, HighlightKind::Title);
                self.set(platform.span, HighlightKind::Member);
                self.clauses(exprs, clauses);
            }
            K::Test { name, blocks } => {
                self.declare(name.span, HighlightKind::Title);
                for block in blocks {
                    self.set(block.keyword, HighlightKind::Keyword);
                    self.terms(&block.terms);
                }
            }
            other => self.schema(other),
        }
    }

    /// What a schema declares.
    fn schema(&mut self, kind: &K) {
        match kind {
            K::Entity {
                name,
                modifiers,
                attributes,
            } => {
                self.declare(name.span, HighlightKind::Entity);
                self.names(modifiers, HighlightKind::Keyword);
                attributes.iter().for_each(|own| self.attribute(own));
            }
            K::Enum { name, members } => {
                self.declare(name.span, HighlightKind::Type);
                for MemberDecl { name, .. } in members {
                    self.declare(name.span(), HighlightKind::Member);
                }
            }
            K::Control {
                name, modifiers, ..
            }
            | K::SessionControl {
                name, modifiers, ..
            }
            | K::Effect {
                name, modifiers, ..
            } => {
                self.declare(name.span, HighlightKind::Member);
                self.names(modifiers, HighlightKind::Keyword);
            }
            K::Combine { rule, otherwise } => {
                self.set(rule.span, HighlightKind::Keyword);
                let otherwise = otherwise.iter();
                otherwise.for_each(|effect| self.set(effect.span, HighlightKind::Member));
            }
            K::Dialect { name, rows } => {
                self.declare(name.span, HighlightKind::Title);
                for row in rows {
                    row.subject
                        .iter()
                        .for_each(|term| self.set(term.span(), HighlightKind::Type));
                    self.phrases(&row.values);
                }
            }
            K::Schema { name, modifiers } => {
                self.declare(name.span, HighlightKind::Title);
                self.terms(modifiers);
            }
            _ => {}
        }
    }

    fn attribute(&mut self, attribute: &AttributeDecl) {
        for annotation in &attribute.annotations {
            self.annotation(annotation);
        }
        self.declare(attribute.name.span, HighlightKind::Attribute);
        for term in &attribute.kind {
            if let Term::Word(word) = term {
                self.set(word.span, HighlightKind::Type);
            }
        }
        for operator in &attribute.operators {
            for term in &operator.terms {
                self.set(term.span(), HighlightKind::Operator);
            }
        }
    }

    fn annotation(&mut self, annotation: &Annotation) {
        self.set(annotation.span, HighlightKind::Annotation);
        self.set(annotation.name.span, HighlightKind::Annotation);
        self.phrases(&annotation.arguments);
    }

    fn parameters(&mut self, parameters: &[Parameter]) {
        for parameter in parameters {
            self.declare(parameter.name.span, HighlightKind::Parameter);
            self.names(&parameter.kind, HighlightKind::Type);
            self.phrases(parameter.default.as_slice());
        }
    }

    fn clauses(&mut self, exprs: &Exprs, clauses: &[Clause]) {
        for clause in clauses {
            self.set(clause.head_span, HighlightKind::Keyword);
            match &clause.body {
                ClauseBody::Phrases { include, except } => {
                    self.phrases(include);
                    if let Some((word, excluded)) = except {
                        self.set(*word, HighlightKind::Keyword);
                        self.phrases(excluded);
                    }
                }
                ClauseBody::Expression(root) => self.expr(exprs, *root),
                ClauseBody::Filter { mode, rule, .. } => {
                    self.set(*mode, HighlightKind::Keyword);
                    self.expr(exprs, *rule);
                }
                ClauseBody::Graph(_) | ClauseBody::Broken => {}
            }
        }
    }

    fn phrases(&mut self, phrases: &[Phrase]) {
        for phrase in phrases {
            self.terms(&phrase.terms);
        }
    }

    /// A word before a list or a name says what kind of thing follows; others are members.
    fn terms(&mut self, terms: &[Term]) {
        for (at, term) in terms.iter().enumerate() {
            match term {
                Term::Word(word) => {
                    let kind = if terms.get(at + 1).is_some() {
                        HighlightKind::Type
                    } else {
                        HighlightKind::Member
                    };
                    self.set(word.span, kind);
                }
                Term::List { items, .. } => self.phrases(items),
                Term::Text(_) | Term::Literal(_) => {}
            }
        }
    }

    /// Expressions are nested as deeply as the parser allows.
    fn expr(&mut self, exprs: &Exprs, id: ExprId) {
        match exprs.get(id) {
            Expr::Or(parts) | Expr::And(parts) => {
                parts.iter().for_each(|part| self.expr(exprs, *part));
            }
            Expr::Not(inner) | Expr::Paren(inner) => self.expr(exprs, *inner),
            Expr::Compare {
                left,
                operator,
                right,
            } => {
                self.operand(left);
                self.set(operator.span, HighlightKind::Operator);
                self.operand(right);
            }
            Expr::Quantified {
                collection, body, ..
            } => {
                self.operand(collection);
                self.expr(exprs, *body);
            }
            Expr::Name { path, arguments } => {
                self.names(path, HighlightKind::Member);
                let arguments = arguments.iter().flatten();
                arguments.for_each(|argument| self.operand(argument));
            }
            Expr::DirectReports(_) | Expr::Broken => {}
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Path { words, .. } => self.names(words, HighlightKind::Member),
            Operand::List { items, .. } => items.iter().for_each(|item| self.operand(item)),
            Operand::Offset { base, .. } => self.set(base.span, HighlightKind::Attribute),
            Operand::Text(_) | Operand::Literal(_) => {}
        }
    }
}

/// What the declared things of a project are, by the places of their names; parameters are not
/// among them.
fn kinds(snapshot: &Snapshot) -> FxHashMap<Span, HighlightKind> {
    let sources = snapshot.compilation().trees.iter();
    let all = sources.flat_map(|(source, _)| declarations(snapshot, *source));
    all.filter_map(|declared| {
        let kind = match declared.kind {
            DeclaredKind::Object(_) => HighlightKind::Object,
            DeclaredKind::Rule => HighlightKind::Rule,
            DeclaredKind::Template => HighlightKind::Template,
            _ => return None,
        };
        Some((declared.name_span, kind))
    })
    .collect()
}

fn highlight(kind: HighlightKind, is_declaration: bool) -> Highlight {
    Highlight {
        span: Span::default(),
        kind,
        is_declaration,
        is_built_in: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// Each piece as `text:kind`, those of these kinds left out.
    fn shown(text: &str) -> Vec<String> {
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let sources = &fixture.snapshot.compilation().sources;
        highlights(&fixture.snapshot, source, None)
            .iter()
            .map(|h| format!("{}:{:?}", sources.text(h.span), h.kind))
            .collect()
    }

    #[test]
    fn names_are_what_they_stand_for() {
        let found = shown(
            "group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             rule Managed = device.isCompliant -eq True\n\
             policy \"P\" { users groups [Finance] apps all when Managed block }",
        );
        for wanted in [
            "group:Keyword",
            "Finance:Object",
            "Managed:Rule",
            "device:Entity",
            "isCompliant:Attribute",
            "-eq:Operator",
            "\"P\":Title",
            "users:Keyword",
            "groups:Type",
            "all:Member",
            "block:Keyword",
        ] {
            assert!(found.iter().any(|one| one == wanted), "{wanted}: {found:?}");
        }
        assert_eq!(
            found.iter().filter(|one| *one == "Finance:Object").count(),
            2
        );
        assert_eq!(found.iter().filter(|one| *one == "Managed:Rule").count(), 2);
    }

    #[test]
    fn pieces_are_in_order_and_never_overlap_however_broken_the_text_is() {
        for text in [
            "policy \"P { users all\n@\n@owner( group Ä = [",
            "rule X = device. -eq \"é\" -and ( -not\n/// docs\npolicy",
            "template T(who: group) { policy \"{who}\" { users groups [who] } } use T(who: 😀)",
        ] {
            let fixture = Fixture::new(text);
            let source = fixture.only_source();
            let found = highlights(&fixture.snapshot, source, None);
            assert!(!found.is_empty());
            let pairs = found.iter().zip(found.iter().skip(1));
            for (one, next) in pairs {
                assert!(one.span.end <= next.span.start && !one.span.is_empty());
            }
        }
    }

    #[test]
    fn a_range_holds_what_touches_it() {
        let fixture = Fixture::new("group A = \"x\"\n⟦group B⟧ = \"y\"\n");
        let source = fixture.only_source();
        let range = fixture.ranges()[0];
        let all = highlights(&fixture.snapshot, source, None);
        let some = highlights(&fixture.snapshot, source, Some(range.start..range.end));
        let wanted: Vec<Highlight> = all
            .into_iter()
            .filter(|h| h.span.start < range.end && range.start < h.span.end)
            .collect();
        assert_eq!(some, wanted);
        assert_eq!(some.len(), 2);
    }
}
