//! What a text does not say and a reader would want to know: names for ids, clauses that a policy has
//! from scopes around it, negative operators that hold on unregistered devices.

use std::ops::Range;

use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::AttributeId;
use gatewright_hir::{Reference, Target};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{
    CompareOperator, Declaration, DeclarationKind as K, Expr, ExprId, ObjectKind, Operand,
};
use rustc_hash::FxHashMap;

use crate::{DeclaredKind, Form, Snapshot, declarations, json};

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

/// LIMIT: clauses of scopes that one policy shows; scopes with more are written to be slow.
const CLAUSES_MAX: usize = 64;

/// The remarks on a part of a source, in order. Cost: a walk over the source, and what is in the
/// part.
#[must_use]
pub fn hints(snapshot: &Snapshot, source: SourceId, range: Range<u32>) -> Vec<Hint> {
    if snapshot.form(source) == Form::Json {
        return json::hints(snapshot, source, &range);
    }
    let mut asked = Asked {
        snapshot,
        source,
        range,
        found: Vec::new(),
    };
    asked.names();
    asked.scopes();
    asked.unregistered();
    asked.found.sort_by_key(|hint| (hint.offset, hint.kind));
    asked.found
}

/// Remarks that are being looked for.
struct Asked<'s> {
    snapshot: &'s Snapshot,
    source: SourceId,
    range: Range<u32>,
    found: Vec<Hint>,
}

impl<'s> Asked<'s> {
    fn is_asked(&self, offset: u32) -> bool {
        self.range.start <= offset && offset <= self.range.end
    }

    /// Names behind ids in clauses; where a name is declared, the id has it already.
    fn names(&mut self) {
        let (snapshot, source) = (self.snapshot, self.source);
        let text = snapshot.text(source);
        let is_object = |kind| matches!(kind, DeclaredKind::Object(_));
        let all = declarations(snapshot, source);
        let objects = all.iter().filter(|declared| is_object(declared.kind));
        // In order of the text, and none in another.
        let objects: Vec<Span> = objects.map(|declared| declared.declaration.span).collect();
        let mut known = None;
        for (kind, place) in snapshot.tokens(source).iter() {
            let Ok(end) = u32::try_from(place.end) else {
                break;
            };
            let is_text = matches!(kind, TokenKind::String | TokenKind::Literal);
            if !is_text || !self.is_asked(end) {
                continue;
            }
            let id = text.get(place.clone()).unwrap_or_default();
            let id = id.trim_matches(['"', '\'']);
            let around = objects.partition_point(|object| object.end < end);
            let around = objects.get(around);
            let is_declared = around.is_some_and(|object| object.start as usize <= place.start);
            if is_declared || !is_guid(id) {
                continue;
            }
            let known = known.get_or_insert_with(|| Known::new(&snapshot.compilation().set));
            let found = known.any(id);
            self.found.extend(found.map(|object| object.hint(id, end)));
        }
    }

    /// Clauses of scopes around a policy, behind its name.
    fn scopes(&mut self) {
        if let Some(tree) = self.snapshot.tree(self.source) {
            for declaration in &tree.declarations {
                self.inherited(declaration, &mut Vec::new());
            }
        }
    }

    /// Scopes are nested as deeply as the parser allows.
    fn inherited(&mut self, declaration: &'s Declaration, around: &mut Vec<Hint>) {
        match &declaration.kind {
            K::Scope {
                name,
                clauses,
                members,
            } => {
                let count = around.len();
                let more = CLAUSES_MAX.saturating_sub(count);
                for clause in clauses.iter().take(more) {
                    let text = self.snapshot.compilation().sources.text(clause.span);
                    around.push(Hint {
                        offset: 0,
                        label: one_line(text),
                        tooltip: format!("from the scope \"{}\"", name.value),
                        kind: HintKind::Scope,
                        declared: Some(clause.head_span),
                    });
                }
                for member in members {
                    self.inherited(member, around);
                }
                around.truncate(count);
            }
            K::Policy { name, .. } if self.is_asked(name.span.end) => {
                let offset = name.span.end;
                let own = around.iter().cloned();
                self.found.extend(own.map(|hint| Hint { offset, ..hint }));
            }
            _ => {}
        }
    }

    /// Comparisons of device attributes that hold where there is no value.
    fn unregistered(&mut self) {
        let (snapshot, source) = (self.snapshot, self.source);
        let schema = &snapshot.compilation().set.schema;
        let Some(tree) = snapshot.tree(source).filter(|_| schema.is_entra) else {
            return;
        };
        let ids = (0..tree.exprs.len()).filter_map(|at| u32::try_from(at).ok());
        for id in ids.map(ExprId) {
            let end = tree.exprs.span(id).end;
            let Expr::Compare {
                left: Operand::Path { span, .. },
                operator,
                right,
            } = tree.exprs.get(id)
            else {
                continue;
            };
            if !self.is_asked(end) || !is_negative(operator.operator) {
                continue;
            }
            let Some(attribute) = used_at(snapshot.references(source), *span) else {
                continue;
            };
            let attribute = schema.attribute(attribute);
            let is_device =
                attribute.is_some_and(|a| a.is_optional && a.name.starts_with("device."));
            // Who compares with `null` asks for the value itself.
            let text = snapshot.compilation().sources.text(right.span());
            if is_device && !matches!(text, "null" | "$null") {
                self.found.push(or_unregistered(end));
            }
        }
    }
}

/// The attribute that a path names. References are in order of the text: of those that start with
/// the path, the shortest is the innermost.
fn used_at(references: &[Reference], path: Span) -> Option<AttributeId> {
    let first = references.partition_point(|reference| reference.span.start < path.start);
    let found = references.get(first)?;
    match found.target {
        Target::Attribute(attribute) if found.span.start == path.start => Some(attribute),
        _ => None,
    }
}

/// Objects by their ids.
///
/// PERF: made in one walk, because a file may name as many ids as the project has objects.
pub(crate) struct Known<'s> {
    by_id: FxHashMap<String, Vec<KnownObject<'s>>>,
}

/// An object that has a name.
#[derive(Clone, Copy)]
pub(crate) struct KnownObject<'s> {
    kind: ObjectKind,
    name: &'s str,
    /// Where it is declared; `None` for what every tenant has.
    declared: Option<Span>,
}

impl<'s> Known<'s> {
    pub(crate) fn new(set: &'s PolicySet) -> Known<'s> {
        let locations = set.locations.iter().map(|one| {
            let declared = Some(one.span);
            (ObjectKind::Location, &one.id, &one.display_name, declared)
        });
        let strengths = set
            .strengths
            .iter()
            .map(|one| (ObjectKind::Strength, &one.id, &one.display_name, one.span));
        let names = set.names.iter();
        let names = names.map(|one| (one.kind, &one.id, &one.name, one.span));
        let mut by_id: FxHashMap<String, Vec<KnownObject<'_>>> = FxHashMap::default();
        for (kind, id, name, declared) in locations.chain(strengths).chain(names) {
            let same = by_id.entry(id.to_ascii_lowercase()).or_default();
            // Of several of a kind the first counts.
            if !same.iter().any(|other| other.kind == kind) {
                same.push(KnownObject {
                    kind,
                    name,
                    declared,
                });
            }
        }
        Known { by_id }
    }

    /// The object of this kind, else of any.
    pub(crate) fn find(&self, kind: ObjectKind, id: &str) -> Option<KnownObject<'s>> {
        let same = self.by_id.get(&id.to_ascii_lowercase())?;
        let found = same.iter().find(|object| object.kind == kind).copied();
        found.or_else(|| self.any(id))
    }

    /// The object of the first kind that has this id.
    fn any(&self, id: &str) -> Option<KnownObject<'s>> {
        let same = self.by_id.get(&id.to_ascii_lowercase())?;
        let mut kinds = ObjectKind::ALL.iter();
        kinds.find_map(|kind| same.iter().find(|object| object.kind == *kind).copied())
    }
}

impl KnownObject<'_> {
    /// The name behind an id.
    pub(crate) fn hint(self, id: &str, offset: u32) -> Hint {
        Hint {
            offset,
            label: self.name.to_owned(),
            tooltip: format!("{} `{id}`", self.kind.keyword()),
            kind: HintKind::Name,
            declared: self.declared,
        }
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

/// A clause on one line, cut where it is long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().nth(CLAUSE_CHARS_MAX).is_none() {
        return line;
    }
    let mut short: String = line.chars().take(CLAUSE_CHARS_MAX - 1).collect();
    short.push('…');
    short
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

    #[test]
    fn a_part_has_the_remarks_that_end_in_it() {
        let text = "scope \"S\" { state enabled policy \"P\" { users roles \
                    [62e90394-69f5-4237-9190-012177145e10] apps all block } }\n\
                    rule A = device.model -ne \"x\"";
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let of = |range| hints(&fixture.snapshot, source, range);
        let all = of(0..u32::MAX);
        assert_eq!(all.len(), 3);
        for hint in &all {
            assert_eq!(of(hint.offset..hint.offset), std::slice::from_ref(hint));
            assert_eq!(of(hint.offset + 1..hint.offset + 2), []);
        }
    }

    #[test]
    fn any_number_of_comparisons_ids_and_clauses_is_borne() {
        let count = 20_000;
        let rules: String = (0..count)
            .map(|at| format!("rule r{at} = device.model -ne \"x\"\n"))
            .collect();
        let ids = "62e90394-69f5-4237-9190-012177145e10, ".repeat(count);
        let clauses = "state enabled ".repeat(200);
        let policies = "policy \"P\" { } ".repeat(200);
        let text = format!(
            "{rules}policy \"Q\" {{ users roles [{ids}] }} scope \"S\" {{ {clauses}{policies} }}"
        );
        let found = shown(&text);
        assert_eq!(found.len(), 2 * count + 200 * CLAUSES_MAX);
    }
}
