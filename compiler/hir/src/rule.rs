//! One rule on its own: the text of a device filter, or of `rule check`.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::{TokenTable, TypographicMark, lex_rule, parse_rule_at, typographic_marks};

use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::model::Expr;
use crate::problems::{expressions as problem, syntax};
use crate::schema::{Dialect, Schema};

/// The dialect of the device filter.
pub const DEVICE_RULE_DIALECT: &str = "ca-device";

/// The name of the dialect of the device filter.
#[must_use]
pub fn device_rule_dialect() -> &'static str {
    DEVICE_RULE_DIALECT
}

/// The dialects that `rule check` will know, with whether they are supported yet.
pub const RULE_DIALECTS: &[(&str, bool)] = &[
    (DEVICE_RULE_DIALECT, true),
    ("ca-csa", false),
    ("dyn-user", false),
    ("dyn-device", false),
    ("intune-device", false),
    ("intune-app", false),
];

/// Why a rule was not checked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialectError {
    /// There is no dialect of this name.
    Unknown,
    /// The dialect exists and is not supported yet.
    NotSupported,
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

/// Understand a rule of any dialect that is supported.
///
/// # Errors
/// Says whether the dialect is unknown or not supported yet.
pub fn check_rule(
    schema: &Schema,
    dialect: &str,
    text: &str,
    source: SourceId,
) -> Result<(Option<Expr>, Vec<Diagnostic>), DialectError> {
    match schema.dialects.iter().find(|d| d.name == dialect) {
        Some(dialect) => Ok(check_text(schema, dialect, text, source, 0)),
        None if RULE_DIALECTS.iter().any(|(name, _)| *name == dialect) => {
            Err(DialectError::NotSupported)
        }
        None => Err(DialectError::Unknown),
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
    let mut problems: Vec<Diagnostic> = parsed.problems.iter().map(syntax::diagnostic).collect();
    problems.extend(typographic(&parsed.tokens, text, source, offset));
    let end = offset.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
    problems.extend(length(dialect, text, Span::new(source, offset, end)));
    let is_readable = parsed.problems.is_empty();
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
