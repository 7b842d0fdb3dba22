//! What a text does not say and a reader would want to know: names for ids, clauses that a policy has
//! from scopes around it, negative operators that hold on unregistered devices.

use std::ops::Range;

use gatewright_hir::Target;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{
    Clause, CompareOperator, Declaration, DeclarationKind as K, Expr, ExprId, ObjectKind, Operand,
};

use crate::{DeclaredKind, Form, Snapshot, declarations, describe, json};

/// A remark shown in a text, at a place between two characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where.
    pub offset: u32,
    /// What is shown.
    pub label: String,
    /// More of it, as Markdown.
    pub tooltip: String,
    /// What kind of remark.
    pub kind: HintKind,
    /// Where what it speaks of is declared.
    pub declared: Option<Span>,
}

/// What kinds of remarks there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HintKind {
    /// The name of an object, behind its id.
    Name,
    /// A clause that a policy has from a scope.
    Scope,
    /// That a comparison holds where there is no device.
    UnregisteredDevice,
}

/// LIMIT: characters of a clause that are shown.
const CLAUSE_CHARS_MAX: usize = 60;

/// The remarks on a part of a source, in order.
#[must_use]
pub fn hints(snapshot: &Snapshot, source: SourceId, range: Range<u32>) -> Vec<Hint> {
    if snapshot.form(source) == Form::Json {
        return json::hints(snapshot, source, &range);
    }
    let mut found = Vec::new();
    names(snapshot, source, &mut found);
    scopes(snapshot, source, &mut found);
    unregistered(snapshot, source, &mut found);
    found.retain(|hint| range.start <= hint.offset && hint.offset <= range.end);
    found.sort_by_key(|hint| (hint.offset, hint.kind));
    found
}

/// Names behind ids in clauses; where a name is declared, the id has it already.
fn names(snapshot: &Snapshot, source: SourceId, found: &mut Vec<Hint>) {
    let set = &snapshot.compilation().set;
    let is_object = |kind| matches!(kind, DeclaredKind::Object(_));
    let all = declarations(snapshot, source);
    let objects = all.iter().filter(|declared| is_object(declared.kind));
    let objects: Vec<Span> = objects.map(|declared| declared.declaration.span).collect();
    for (kind, place) in snapshot.tokens(source).iter() {
        if !matches!(kind, TokenKind::String | TokenKind::Literal) {
            continue;
        }
        let text = snapshot.text(source).get(place.clone()).unwrap_or_default();
        let id = text.trim_matches(['"', '\'']);
        let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) else {
            continue;
        };
        let is_declared = objects.iter().any(|o| o.start <= start && end <= o.end);
        if is_declared || !is_guid(id) {
            continue;
        }
        let mut named = ObjectKind::ALL.iter().filter_map(|kind| {
            let name = describe::find(set, *kind, id)?;
            Some((*kind, name))
        });
        let Some((kind, name)) = named.next() else {
            continue;
        };
        found.push(Hint {
            offset: end,
            label: name.to_owned(),
            tooltip: format!("{} `{id}`", kind.keyword()),
            kind: HintKind::Name,
            declared: set
                .names
                .iter()
                .find(|object| object.kind == kind && object.id.eq_ignore_ascii_case(id))
                .and_then(|object| object.span),
        });
    }
}

/// Whether a text is an id of an object.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// Clauses of scopes around a policy, behind its name.
fn scopes(snapshot: &Snapshot, source: SourceId, found: &mut Vec<Hint>) {
    if let Some(tree) = snapshot.tree(source) {
        for declaration in &tree.declarations {
            inherited(snapshot, declaration, &mut Vec::new(), found);
        }
    }
}

/// Scopes are nested as deeply as the parser allows.
fn inherited<'a>(
    snapshot: &Snapshot,
    declaration: &'a Declaration,
    around: &mut Vec<(&'a str, &'a Clause)>,
    found: &mut Vec<Hint>,
) {
    match &declaration.kind {
        K::Scope {
            name,
            clauses,
            members,
        } => {
            let count = around.len();
            around.extend(clauses.iter().map(|clause| (name.value.as_str(), clause)));
            for member in members {
                inherited(snapshot, member, around, found);
            }
            around.truncate(count);
        }
        K::Policy { name, .. } => {
            for (scope, clause) in around.iter() {
                let text = snapshot.compilation().sources.text(clause.span);
                found.push(Hint {
                    offset: name.span.end,
                    label: one_line(text),
                    tooltip: format!("from the scope \"{scope}\""),
                    kind: HintKind::Scope,
                    declared: Some(clause.head_span),
                });
            }
        }
        _ => {}
    }
}

/// A clause on one line, cut where it is long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= CLAUSE_CHARS_MAX {
        return line;
    }
    let mut short: String = line.chars().take(CLAUSE_CHARS_MAX - 1).collect();
    short.push('…');
    short
}

/// Comparisons of device attributes that hold where there is no value.
fn unregistered(snapshot: &Snapshot, source: SourceId, found: &mut Vec<Hint>) {
    let schema = &snapshot.compilation().set.schema;
    let Some(tree) = snapshot.tree(source).filter(|_| schema.is_entra) else {
        return;
    };
    let ids = (0..tree.exprs.len()).filter_map(|at| u32::try_from(at).ok());
    for id in ids.map(ExprId) {
        let Expr::Compare { left, operator, .. } = tree.exprs.get(id) else {
            continue;
        };
        let Operand::Path { span, .. } = left else {
            continue;
        };
        let Some(reference) = snapshot.reference_at(source, span.start) else {
            continue;
        };
        let Target::Attribute(attribute) = reference.target else {
            continue;
        };
        let attribute = schema.attribute(attribute);
        let is_device = attribute.is_some_and(|a| a.is_optional && a.name.starts_with("device."));
        if !is_device || !is_negative(operator.operator) || compares_null(snapshot, tree, id) {
            continue;
        }
        found.push(or_unregistered(tree.exprs.span(id).end));
    }
}

/// That what ends here holds where there is no device.
pub(crate) fn or_unregistered(offset: u32) -> Hint {
    Hint {
        offset,
        label: "or unregistered".to_owned(),
        tooltip: "An unregistered device has no attributes, and a negative operator holds where \
                  there is no value."
            .to_owned(),
        kind: HintKind::UnregisteredDevice,
        declared: None,
    }
}

pub(crate) fn is_negative(operator: CompareOperator) -> bool {
    use CompareOperator as O;
    matches!(
        operator,
        O::Ne | O::NotStartsWith | O::NotEndsWith | O::NotContains | O::NotIn | O::NotMatch
    )
}

/// Whether the right side is `null`: that asks for the value itself.
fn compares_null(snapshot: &Snapshot, tree: &gatewright_syntax::ast::File, id: ExprId) -> bool {
    let Expr::Compare { right, .. } = tree.exprs.get(id) else {
        return false;
    };
    let text = snapshot.compilation().sources.text(right.span());
    matches!(text, "null" | "$null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn shown(text: &str) -> Vec<(String, String)> {
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let text = fixture.snapshot.text(source);
        hints(&fixture.snapshot, source, 0..u32::MAX)
            .into_iter()
            .map(|hint| {
                let before = &text[..hint.offset as usize];
                let word = before.rsplit([' ', '[']).next().unwrap();
                (word.to_owned(), hint.label)
            })
            .collect()
    }

    #[test]
    fn ids_have_names_where_the_project_or_every_tenant_knows_them() {
        assert_eq!(
            shown(
                "group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
                 policy \"É\" { state enabled users groups [\"5b0c0de0-0000-4000-8000-000000000001\"], \
                 roles [62e90394-69f5-4237-9190-012177145e10] apps all block }"
            ),
            [
                (
                    "\"5b0c0de0-0000-4000-8000-000000000001\"".to_owned(),
                    "Finance".to_owned()
                ),
                (
                    "62e90394-69f5-4237-9190-012177145e10".to_owned(),
                    "Global Administrator".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn a_policy_shows_what_it_has_from_scopes() {
        let found = shown(
            "scope \"Outer\" { state enabled scope \"Inner\" { users all\n   except roles [GlobalAdministrator] \
             policy \"P\" { apps all block } } }",
        );
        let wanted = [
            "state enabled",
            "users all except roles [GlobalAdministrator]",
        ];
        let wanted = wanted.map(|label| ("\"P\"".to_owned(), label.to_owned()));
        assert_eq!(found, wanted);
    }

    #[test]
    fn negative_operators_on_devices_are_remarked_and_positive_ones_not() {
        let found = shown(
            "rule A = device.model -ne \"x\"\n\
             rule B = device.model -eq \"x\" -and device.trustType -notIn [\"AzureAD\"]\n\
             rule C = device.model -ne null\n\
             rule D = user.department -ne \"x\"",
        );
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["\"x\"", "\"AzureAD\"]"]);
    }
}
