//! One rule on its own: the text of a filter, or of `rule check`.
//!
//! Every dialect goes through here: the table says what it allows. Attributes that a dialect has
//! without declaring them (`user.extension_…`) are added to the schema that the rule is read
//! against.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::ast::{self, Exprs, Name, Operand};
use gatewright_syntax::{
    Parsed, TokenKind, TokenTable, TypographicMark, lex_rule, parse_rule_at, typographic_marks,
};
use gatewright_value::Kind;

use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::model::Expr;
use crate::problems::{dialects, expressions as problem, syntax};
use crate::schema::{
    Attribute, AttributeId, Dialect, DialectAttribute, OpenAttributes, Schema, Stance,
};
use crate::stdlib::schema_of_dialect;

/// The dialect of the device filter.
pub const DEVICE_RULE_DIALECT: &str = "ca-device";

/// The dialect of filters over custom security attributes.
pub const ATTRIBUTE_RULE_DIALECT: &str = "ca-csa";

/// The name of the dialect of the device filter.
#[must_use]
pub fn device_rule_dialect() -> &'static str {
    DEVICE_RULE_DIALECT
}

/// The dialects of the service.
pub const RULE_DIALECTS: &[&str] = &[
    DEVICE_RULE_DIALECT,
    ATTRIBUTE_RULE_DIALECT,
    "dyn-user",
    "dyn-device",
    "intune-device",
    "intune-app",
];

/// Why a rule was not checked at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialectError {
    /// There is no dialect of this name.
    Unknown,
    /// The dialect has no such platform; it has these, or none at all.
    UnknownPlatform(Vec<String>),
}

/// A rule of a dialect, understood.
#[derive(Clone, Debug)]
pub struct ReadRule {
    /// What it says; `None` where it cannot be understood, which the diagnostics then say.
    pub expr: Option<Expr>,
    /// The vocabulary that it is written in, with the attributes that nobody declares.
    pub schema: Arc<Schema>,
    /// What there is to say about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Understand a rule of a dialect of the service, for a platform where the dialect has them.
///
/// # Errors
/// There is no such dialect or platform.
pub fn read_rule(
    dialect: &str,
    platform: Option<&str>,
    text: &str,
    source: SourceId,
) -> Result<ReadRule, DialectError> {
    let mut schema = schema_of_dialect(dialect).ok_or(DialectError::Unknown)?;
    let known = schema.dialects.iter().find(|d| d.name == dialect);
    let mut table = known.cloned().ok_or(DialectError::Unknown)?;
    if let Some(platform) = platform {
        let known = table
            .platforms
            .iter()
            .find(|known| known.eq_ignore_ascii_case(platform));
        let Some(known) = known.cloned() else {
            return Err(DialectError::UnknownPlatform(table.platforms));
        };
        table.platform = Some(known);
    }
    let parsed = parse_rule_at(source, text, 0);
    if !table.open.is_empty() {
        let found = undeclared(&table, &parsed.tree.exprs);
        if !found.is_empty() {
            declare(Arc::make_mut(&mut schema), &mut table, found);
        }
    }
    let (expr, diagnostics) = check_parsed(&schema, &table, text, &parsed, source, 0);
    Ok(ReadRule {
        expr,
        schema,
        diagnostics,
    })
}

/// Attributes of a rule that the dialect has without declaring them, in the order of the rule.
fn undeclared(dialect: &Dialect, exprs: &Exprs) -> Vec<(String, OpenAttributes)> {
    let mut found: Vec<(String, OpenAttributes)> = Vec::new();
    let mut note = |words: &[Name]| {
        let name: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let name = name.join(".");
        let starts = |open: &&OpenAttributes| {
            name.get(..open.prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&open.prefix))
                && name.len() > open.prefix.len()
        };
        if let Some(open) = dialect.open.iter().find(starts)
            && !found
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(&name))
        {
            found.push((name, open.clone()));
        }
    };
    let count = u32::try_from(exprs.len()).unwrap_or(u32::MAX);
    for id in (0..count).map(ast::ExprId) {
        match exprs.get(id) {
            ast::Expr::Compare {
                left: Operand::Path { words, .. },
                ..
            }
            | ast::Expr::Quantified {
                collection: Operand::Path { words, .. },
                ..
            } => note(words),
            ast::Expr::Name { path, .. } => note(path),
            _ => {}
        }
    }
    found
}

/// Add such attributes to the vocabulary and the table.
fn declare(schema: &mut Schema, dialect: &mut Dialect, found: Vec<(String, OpenAttributes)>) {
    for (name, open) in found {
        let Ok(id) = u32::try_from(schema.attributes.len()) else {
            return;
        };
        schema.attributes.push(Attribute {
            name: name.clone(),
            kind: Kind::String,
            enumeration: None,
            is_optional: true,
            difference: None,
            docs: "An extension attribute.".to_owned(),
            span: Span::default(),
        });
        dialect.attributes.push(DialectAttribute {
            name,
            attribute: AttributeId(id),
            operators: open.operators,
        });
    }
}

/// Understand the rule of a device filter. `offset` is added to every span.
///
/// The expression is `None` where the rule cannot be understood; the diagnostics say why.
#[must_use]
pub fn check_device_rule(
    schema: &Schema,
    text: &str,
    source: SourceId,
    offset: u32,
) -> (Option<Expr>, Vec<Diagnostic>) {
    check_rule_of(schema, DEVICE_RULE_DIALECT, text, source, offset)
}

/// Understand a rule of a dialect of this schema; `None` without a word where it has none of that
/// name. `offset` is added to every span.
#[must_use]
pub fn check_rule_of(
    schema: &Schema,
    dialect: &str,
    text: &str,
    source: SourceId,
    offset: u32,
) -> (Option<Expr>, Vec<Diagnostic>) {
    match schema.dialects.iter().find(|d| d.name == dialect) {
        Some(dialect) => check_text(schema, dialect, text, source, offset),
        None => (None, Vec::new()),
    }
}

fn check_text(
    schema: &Schema,
    dialect: &Dialect,
    text: &str,
    source: SourceId,
    offset: u32,
) -> (Option<Expr>, Vec<Diagnostic>) {
    let parsed = parse_rule_at(source, text, offset);
    check_parsed(schema, dialect, text, &parsed, source, offset)
}

fn check_parsed(
    schema: &Schema,
    dialect: &Dialect,
    text: &str,
    parsed: &Parsed<ast::Rule>,
    source: SourceId,
    offset: u32,
) -> (Option<Expr>, Vec<Diagnostic>) {
    let mut problems: Vec<Diagnostic> = parsed.problems.iter().map(syntax::diagnostic).collect();
    problems.extend(typographic(&parsed.tokens, text, source, offset));
    let strict = strictness(dialect, &parsed.tokens, text, source, offset);
    let end = offset.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
    problems.extend(length(dialect, text, Span::new(source, offset, end)));
    let is_readable = parsed.problems.is_empty() && strict.is_empty();
    problems.extend(strict);
    let Some(root) = parsed.tree.root else {
        return (None, problems);
    };
    let cx = ExprCx {
        schema,
        dialect,
        symbols: None,
    };
    let lowered = lower_expr(cx, &parsed.tree.exprs, root, &mut problems);
    if !is_readable || lowered.is_broken {
        return (None, problems);
    }
    lints::expression(schema, &lowered.expr, &mut problems);
    (Some(lowered.expr), problems)
}

/// Spellings that the dialect refuses and that only the tokens show.
fn strictness(
    dialect: &Dialect,
    tokens: &TokenTable,
    text: &str,
    source: SourceId,
    offset: u32,
) -> Vec<Diagnostic> {
    let spelling = dialect.spelling;
    let name = &dialect.name;
    let span = |start: usize, end: usize| {
        let place = |at: usize| offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        Span::new(source, place(start), place(end))
    };
    let mut problems = Vec::new();
    let all: Vec<(TokenKind, std::ops::Range<usize>)> = tokens.iter().collect();
    let is_blank = |kind: TokenKind| matches!(kind, TokenKind::Whitespace | TokenKind::Comment);
    let is_word = |kind: TokenKind, range: &std::ops::Range<usize>| {
        let slice = text.get(range.clone()).unwrap_or_default();
        kind.is_operator() || (kind == TokenKind::Word && is_operator_word(slice))
    };
    let mut before: Option<(TokenKind, std::ops::Range<usize>)> = None;
    for (kind, range) in all {
        if spelling.comments == Stance::Refused && kind == TokenKind::Comment {
            problems.push(dialects::refused_comment(
                span(range.start, range.end),
                name,
            ));
        }
        let slice = text.get(range.clone()).unwrap_or_default();
        let has_escape = slice.contains("`\"") || slice.contains("`'");
        if spelling.escapes == Stance::Refused && kind == TokenKind::String && has_escape {
            problems.push(dialects::refused_escape(span(range.start, range.end), name));
        }
        if let Some((last, place)) = &before
            && spelling.missing_spaces == Stance::Refused
            && !is_blank(kind)
            && !is_blank(*last)
            && (is_word(kind, &range) || is_word(*last, place))
        {
            let operator = if is_word(kind, &range) { &range } else { place };
            let at = span(range.start, range.start);
            let operator = span(operator.start, operator.end);
            problems.push(dialects::missing_space(at, operator, name));
        }
        before = Some((kind, range));
    }
    problems
}

/// Whether a word without hyphen is an operator or a connective.
fn is_operator_word(word: &str) -> bool {
    const CONNECTIVES: [&str; 3] = ["and", "or", "not"];
    CONNECTIVES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
        || ast::CompareOperator::from_word(word).is_some()
}

/// Whether the rule is longer than the dialect allows.
pub(crate) fn length(dialect: &Dialect, text: &str, span: Span) -> Option<Diagnostic> {
    let limit = dialect.characters_max?;
    let characters = text.chars().count();
    (characters > limit).then(|| problem::rule_too_long(span, characters, limit))
}

/// The same for a part of a file.
pub(crate) fn typographic_at(sources: &SourceMap, span: Span) -> Vec<Diagnostic> {
    let text = sources.text(span);
    typographic(&lex_rule(text), text, span.source, span.start)
}

/// A warning for every dash and quote that a word processor made.
pub(crate) fn typographic(
    tokens: &TokenTable,
    text: &str,
    source: SourceId,
    offset: u32,
) -> Vec<Diagnostic> {
    let place = |at: usize| offset.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    typographic_marks(tokens, text)
        .into_iter()
        .map(|(mark, range)| {
            let span = Span::new(source, place(range.start), place(range.end));
            let is_dash = mark == TypographicMark::Dash;
            let plain = if is_dash {
                Some("-".to_owned())
            } else {
                straight(text.get(range).unwrap_or_default())
            };
            problem::typographic(span, is_dash, plain.as_deref())
        })
        .collect()
}

/// The same string with straight quotes, where nothing in it would need an escape.
fn straight(string: &str) -> Option<String> {
    let mut inner = string.chars();
    inner.next()?;
    inner.next_back()?;
    let inner = inner.as_str();
    (!inner.contains(['"', '`'])).then(|| format!("\"{inner}\""))
}
