//! From a name to its declaration, and to everywhere it is used.

use gatewright_hir::scenario::ExpectationKind;
use gatewright_hir::schema::AttributeId;
use gatewright_hir::{Reference, Target};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::{Declaration, DeclarationKind, MemberDecl, ObjectKind, Parameter};

use crate::{DeclaredKind, Form, Snapshot, declarations, json, manifest};

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// Something declared by a word, by the place of the name in its declaration.
    Declared(Span),
    /// A policy, by its name: tests speak of policies by name.
    Policy(String),
    /// An object that every tenant has, or one of the directory.
    Known(ObjectKind, String),
    /// An attribute of the schema.
    Attribute(AttributeId),
}

/// A place where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// Whether it is declared there.
    pub is_declaration: bool,
}

/// The symbol whose name is at an offset, and where that name stands.
#[must_use]
pub fn symbol_at(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<(Symbol, Span)> {
    if snapshot.form(source) == Form::Json {
        return json::symbol_at(snapshot, source, offset);
    }
    if let Some(reference) = snapshot.reference_at(source, offset) {
        if let Some(entity) = entity_of(snapshot, reference)
            && offset <= entity.1.end
        {
            return Some(entity);
        }
        let symbol = match &reference.target {
            Target::Declared(span) => Symbol::Declared(*span),
            Target::Known(kind, id) => Symbol::Known(*kind, id.clone()),
            Target::Attribute(id) => Symbol::Attribute(*id),
        };
        return Some((symbol, reference.span));
    }
    let holds = |span: Span| span.source == source && span.start <= offset && offset <= span.end;
    for declared in declarations(snapshot, source) {
        if holds(declared.name_span) {
            return match declared.kind {
                DeclaredKind::Policy => {
                    Some((Symbol::Policy(declared.name.to_owned()), declared.name_span))
                }
                // What it is an instance of has no name, or one that is read as a reference.
                DeclaredKind::Instance => None,
                _ => Some((Symbol::Declared(declared.name_span), declared.name_span)),
            };
        }
        let mut members = members(declared.declaration).iter();
        if let Some(member) = members.find(|member| holds(member.name.span())) {
            let span = member.name.span();
            return Some((Symbol::Declared(span), span));
        }
        let mut parameters = parameters(declared.declaration).iter();
        if let Some(parameter) = parameters.find(|parameter| holds(parameter.name.span)) {
            return Some((Symbol::Declared(parameter.name.span), parameter.name.span));
        }
    }
    if let Some(attribute) = attribute_at(snapshot, holds) {
        return Some(attribute);
    }
    let mut named = policy_names(snapshot);
    let (name, span) = named.find(|(_, span)| holds(*span))?;
    Some((Symbol::Policy(name.to_owned()), span))
}

/// Where what is named at an offset is declared. Empty for what no source declares.
#[must_use]
pub fn definition(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Span> {
    if snapshot.form(source) == Form::Manifest {
        return manifest::definition(snapshot, source, offset);
    }
    let Some((symbol, _)) = symbol_at(snapshot, source, offset) else {
        return Vec::new();
    };
    let all = occurrences(snapshot, &symbol);
    let declared = all.iter().filter(|occurrence| occurrence.is_declaration);
    declared.map(|occurrence| occurrence.span).collect()
}

/// Everywhere a symbol is named, in order of the sources.
#[must_use]
pub fn occurrences(snapshot: &Snapshot, symbol: &Symbol) -> Vec<Occurrence> {
    let used = |span| Occurrence {
        span,
        is_declaration: false,
    };
    let declared = |span| Occurrence {
        span,
        is_declaration: true,
    };
    let mut found: Vec<Occurrence> = match symbol {
        Symbol::Declared(span) => {
            let uses = references(snapshot, |target| *target == Target::Declared(*span));
            let all = snapshot.compilation().references.iter();
            let paths = all.filter_map(|reference| entity_of(snapshot, reference));
            let paths = paths.filter(|(entity, _)| entity == symbol);
            let uses = uses.chain(paths.map(|(_, span)| span));
            uses.map(used).chain([declared(*span)]).collect()
        }
        Symbol::Known(kind, id) => references(
            snapshot,
            |target| matches!(target, Target::Known(k, i) if k == kind && i.eq_ignore_ascii_case(id)),
        )
        .map(used)
        .chain(json::occurrences(snapshot, *kind, id))
        .collect(),
        Symbol::Attribute(id) => {
            let uses = references(snapshot, |target| *target == Target::Attribute(*id));
            let own = attribute_place(snapshot, *id).map(declared);
            uses.map(used).chain(own).collect()
        }
        Symbol::Policy(name) => {
            let uses = policy_names(snapshot).filter(|(other, _)| other == name);
            let policies = snapshot.compilation().set.policies.iter();
            let places = policies.filter(|policy| policy.display_name == *name);
            let places = places.map(|policy| declared(policy.name_span));
            uses.map(|(_, span)| used(span)).chain(places).collect()
        }
    };
    found.sort();
    found.dedup();
    found
}

fn references<'s>(
    snapshot: &'s Snapshot,
    is_meant: impl Fn(&Target) -> bool + 's,
) -> impl Iterator<Item = Span> + 's {
    let all = snapshot.compilation().references.iter();
    all.filter(move |reference| is_meant(&reference.target))
        .map(|reference| reference.span)
}

/// The parameters of a rule or template.
fn parameters(declaration: &Declaration) -> &[Parameter] {
    match &declaration.kind {
        DeclarationKind::Rule { parameters, .. } | DeclarationKind::Template { parameters, .. } => {
            parameters
        }
        _ => &[],
    }
}

/// The members of an enumeration.
fn members(declaration: &Declaration) -> &[MemberDecl] {
    match &declaration.kind {
        DeclarationKind::Enum { members, .. } => members,
        _ => &[],
    }
}

/// The entity at the start of a path, where a schema of one's own declares it.
fn entity_of(snapshot: &Snapshot, reference: &Reference) -> Option<(Symbol, Span)> {
    let Target::Attribute(id) = reference.target else {
        return None;
    };
    let schema = &snapshot.compilation().set.schema;
    let attribute = schema.attribute(id).filter(|_| !schema.is_entra)?;
    let (name, _) = attribute.name.split_once('.')?;
    let entity = schema.entities.iter().find(|entity| entity.name == name)?;
    let Span { source, start, .. } = reference.span;
    let text = snapshot.compilation().sources.text(reference.span);
    let is_whole = text.starts_with(&attribute.name);
    let end = start + u32::try_from(name.len()).ok()?;
    is_whole.then_some((Symbol::Declared(entity.span), Span::new(source, start, end)))
}

/// The policies that tests name, with where.
pub(crate) fn policy_names(snapshot: &Snapshot) -> impl Iterator<Item = (&str, Span)> {
    let scenarios = snapshot.compilation().scenarios.iter();
    let steps = scenarios.flat_map(|scenario| &scenario.steps);
    let expectations = steps.flat_map(|step| &step.expectations);
    expectations
        .flat_map(|expectation| match &expectation.kind {
            ExpectationKind::Applied(names) | ExpectationKind::NotApplied(names) => {
                names.as_slice()
            }
            _ => &[],
        })
        .map(|named| (named.name.as_str(), named.span))
}

/// Where an attribute of a schema of one's own is declared; the built-in one is in no source.
fn attribute_place(snapshot: &Snapshot, id: AttributeId) -> Option<Span> {
    let schema = &snapshot.compilation().set.schema;
    let attribute = schema.attribute(id).filter(|_| !schema.is_entra)?;
    let tree = snapshot.tree(attribute.span.source)?;
    let entities = tree.declarations.iter();
    let mut attributes = entities.flat_map(|declaration| match &declaration.kind {
        DeclarationKind::Entity { attributes, .. } => attributes.as_slice(),
        _ => &[],
    });
    let found =
        attributes.find(|own| own.span == attribute.span || own.name.span == attribute.span)?;
    Some(found.name.span)
}

/// The attribute whose declaration has its name here.
fn attribute_at(snapshot: &Snapshot, holds: impl Fn(Span) -> bool) -> Option<(Symbol, Span)> {
    let schema = &snapshot.compilation().set.schema;
    let ids = (0..schema.attributes.len()).filter_map(|at| u32::try_from(at).ok());
    let mut places = ids.filter_map(|at| {
        let id = AttributeId(at);
        Some((id, attribute_place(snapshot, id)?))
    });
    let (id, span) = places.find(|(_, span)| holds(*span))?;
    Some((Symbol::Attribute(id), span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn what_a_schema_declares_is_found_where_it_is_used() {
        let text = "schema \"Doors\" version 1\nenum ⟦Zone⟧ { ⟦lab⟧ \"A lab\" hall \"A hall\" }\n\
                    entity ⟦door⟧ { ⟦zone⟧: Zone }\ncontrol ⟦pin⟧ \"A PIN\"\neffect open \"Opens\"\n\
                    effect ⟦shut⟧ \"Stays shut\"\ncombine strongest otherwise open\n\
                    policy \"P\" { when door.zone -eq lab then shut require [pin] }\n\
                    test \"t\" { given { door.zone lab } expect { shut require pin } }\n";
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let whole = fixture.snapshot.text(source);
        let uses = [1, 2, 2, 2, 2, 2];
        for (declared, count) in fixture.ranges().into_iter().zip(uses) {
            let (symbol, span) = symbol_at(&fixture.snapshot, source, declared.start).unwrap();
            let all = occurrences(&fixture.snapshot, &symbol);
            let name = &whole[declared.range()];
            assert_eq!((span, all.len()), (declared, count + 1), "{name}: {all:?}");
            for one in all {
                let found = definition(&fixture.snapshot, source, one.span.end);
                assert_eq!(found, [declared], "{name}");
            }
        }
    }

    #[test]
    fn what_nobody_speaks_of_has_a_name_too() {
        let text = "scope \"$0S\" { state enabled policy \"P\" { users all apps all block } }\n";
        let fixture = Fixture::new(text);
        let (source, offset) = fixture.cursor();
        let edits = crate::rename(&fixture.snapshot, source, offset, "Ä \"B\"").unwrap();
        let found = fixture.snapshot.edited(&edits);
        assert!(found.text(source).starts_with("scope \"Ä `\"B`\"\" {"));
    }
}
