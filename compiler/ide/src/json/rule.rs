//! The rule of a filter, which stands in a JSON text, behind its escapes.

use std::ops::Range;

use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use gatewright_hir::schema::{Attribute, AttributeId, Dialect};
use gatewright_source::Span;
use gatewright_syntax::ast::{Expr, ExprId};
use gatewright_syntax::{TokenKind, lex_rule, parse_rule_at};

use super::file::File;
use super::tree::{Node, escaped};
use crate::completion::in_rule;
use crate::hints::{is_negative, or_unregistered};
use crate::hover::{attribute, connective, operator};
use crate::{Completion, Highlight, HighlightKind, Hint, Hover};

/// What there is to know of a word of a rule.
pub(super) fn hover(file: &File<'_>, node: &Node, dialect: &str, offset: usize) -> Option<Hover> {
    let rule = file.tree.unescaped(&node.range);
    let at = rule.byte(offset);
    let range = word(&rule.text, at)?;
    let text = rule.text.get(range.clone())?;
    let schema = &file.snapshot.compilation().set.schema;
    let mut dialects = schema.dialects.iter();
    let dialect = dialects.find(|one| one.name == dialect)?;
    let markdown = if text.starts_with('-') {
        operator(text).or_else(|| connective(text))
    } else if let Some(id) = find(dialect, text) {
        attribute(file.snapshot, id, is_exclude(file, node))
    } else {
        let before = rule.text.get(..range.start)?;
        value(file, dialect, before, text)
    }?;
    let place = rule.place(range.start)..rule.place(range.end);
    Some(Hover {
        span: file.span(&place),
        markdown,
    })
}

/// The comparisons of a rule on devices that hold where there is no value.
pub(super) fn hints(file: &File<'_>, node: &Node, found: &mut Vec<Hint>) {
    let rule = file.tree.unescaped(&node.range);
    let schema = &file.snapshot.compilation().set.schema;
    let mut dialects = schema.dialects.iter();
    let Some(dialect) = dialects.find(|one| one.name == DEVICE_RULE_DIALECT) else {
        return;
    };
    let exprs = parse_rule_at(file.source, &rule.text, 0).tree.exprs;
    let text = |span: Span| rule.text.get(span.range()).unwrap_or_default();
    for id in (0..exprs.len()).filter_map(|at| u32::try_from(at).ok()) {
        let id = ExprId(id);
        let Expr::Compare {
            left,
            operator,
            right,
        } = exprs.get(id)
        else {
            continue;
        };
        let attribute = find(dialect, text(left.span())).and_then(|id| schema.attribute(id));
        let is_optional = attribute.is_some_and(|attribute| attribute.is_optional);
        let is_null = matches!(text(right.span()), "null" | "$null");
        if is_optional && is_negative(operator.operator) && !is_null {
            let end = rule.place(exprs.span(id).end as usize);
            found.push(or_unregistered(u32::try_from(end).unwrap_or(u32::MAX)));
        }
    }
}

/// What can be written at an offset inside of a rule; what is written is escaped.
pub(super) fn completions(
    file: &File<'_>,
    node: &Node,
    dialect: &str,
    offset: usize,
) -> Vec<Completion> {
    let rule = file.tree.unescaped(&node.range);
    let at = rule.byte(offset);
    let mut found = in_rule(file.snapshot, dialect, &rule.text, at);
    for item in &mut found {
        let span = item.replaced.range();
        item.replaced = file.span(&(rule.place(span.start)..rule.place(span.end)));
        // A snippet has escapes of its own: the backslash of JSON is written as two.
        item.insert = if item.is_snippet {
            item.insert.replace('"', "\\\\\"")
        } else {
            escaped(&item.insert)
        };
    }
    found
}

/// The words of a rule, as they would be coloured in policy text.
pub(super) fn highlights(file: &File<'_>, node: &Node, dialect: &str, found: &mut Vec<Highlight>) {
    let rule = file.tree.unescaped(&node.range);
    let schema = &file.snapshot.compilation().set.schema;
    let mut dialects = schema.dialects.iter();
    let Some(dialect) = dialects.find(|one| one.name == dialect) else {
        return;
    };
    for (kind, range) in lex_rule(&rule.text).iter() {
        let Some(kind) = highlight(dialect, &rule.text, kind, &range) else {
            continue;
        };
        found.push(Highlight {
            span: file.span(&(rule.place(range.start)..rule.place(range.end))),
            kind,
            is_declaration: false,
            is_built_in: matches!(kind, HighlightKind::Entity | HighlightKind::Attribute),
        });
    }
}

fn highlight(
    dialect: &Dialect,
    text: &str,
    token: TokenKind,
    range: &Range<usize>,
) -> Option<HighlightKind> {
    Some(match token {
        TokenKind::String | TokenKind::UnterminatedString => HighlightKind::String,
        TokenKind::Literal => HighlightKind::Number,
        TokenKind::Word => {
            let whole = word(text, range.start)?;
            find(dialect, text.get(whole.clone())?)?;
            if range.end < whole.end {
                HighlightKind::Entity
            } else {
                HighlightKind::Attribute
            }
        }
        TokenKind::Compare
        | TokenKind::And
        | TokenKind::Or
        | TokenKind::Not
        | TokenKind::Quantifier => HighlightKind::Operator,
        _ => return None,
    })
}

/// Whether the filter excludes.
fn is_exclude(file: &File<'_>, node: &Node) -> Option<bool> {
    let mode = file.tree.member_text(node.parent?, "mode");
    Some(mode.is_some_and(|mode| mode.eq_ignore_ascii_case("exclude")))
}

/// The word around a byte: letters, digits, dots, and the hyphen of an operator.
fn word(text: &str, at: usize) -> Option<Range<usize>> {
    let (before, after) = text.split_at_checked(at)?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut start = before.trim_end_matches(is_part).len();
    let length = match after.strip_prefix('-').filter(|_| start == at) {
        Some(rest) => 1 + rest.len() - rest.trim_start_matches(is_part).len(),
        None => after.len() - after.trim_start_matches(is_part).len(),
    };
    let around = text.get(..start)?;
    // A hyphen in the middle of a text belongs to that.
    let is_operator = around.strip_suffix('-').is_some_and(|rest| {
        let last = rest.chars().next_back();
        last.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | ']'))
    });
    start -= usize::from(is_operator);
    (start < at + length).then_some(start..at + length)
}

fn find(dialect: &Dialect, name: &str) -> Option<AttributeId> {
    let mut all = dialect.attributes.iter();
    let found = all.find(|one| one.name.eq_ignore_ascii_case(name))?;
    Some(found.attribute)
}

/// A value, as the attribute before it has it.
fn value(file: &File<'_>, dialect: &Dialect, before: &str, text: &str) -> Option<String> {
    let schema = &file.snapshot.compilation().set.schema;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut words = before.rsplit(|c: char| !is_part(c));
    let attribute: &Attribute = words.find_map(|word| schema.attribute(find(dialect, word)?))?;
    let enumeration = schema.enumerations.get(attribute.enumeration? as usize)?;
    let mut members = enumeration.members.iter();
    let (name, docs) = members.find(|(name, _)| name.eq_ignore_ascii_case(text))?;
    Some(format!("**{name}**: {docs}"))
}
