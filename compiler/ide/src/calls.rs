//! Which rules and templates use which others: the call hierarchy of a language without functions.

use std::collections::BTreeMap;

use gatewright_hir::Target;
use gatewright_source::{SourceId, Span};

use crate::navigate::{Symbol, symbol_at};
use crate::{Declared, DeclaredKind, Snapshot, declarations};

/// A declaration at one end of a use, with where the uses are.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What uses, or is used.
    pub declared: Declared<'a>,
    /// Where, in what uses it.
    pub places: Vec<Span>,
}

/// The rule or template at an offset, where it is declared or used.
#[must_use]
pub fn callable(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Declared<'_>> {
    let (symbol, _) = symbol_at(snapshot, source, offset)?;
    let Symbol::Declared(span) = symbol else {
        return None;
    };
    let declared = at(snapshot, span)?;
    is_callable(declared.kind).then_some(declared)
}

/// What uses a rule or template, by where its name is declared; in order of the sources.
#[must_use]
pub fn incoming(snapshot: &Snapshot, callee: Span) -> Vec<Call<'_>> {
    let references = snapshot.compilation().references.iter();
    let uses = references.filter(|reference| reference.target == Target::Declared(callee));
    let pairs = uses.filter_map(|reference| {
        let around = around(snapshot, reference.span)?;
        Some((around, reference.span))
    });
    grouped(pairs)
}

/// Which rules and templates a declaration uses, by where its name is declared.
#[must_use]
pub fn outgoing(snapshot: &Snapshot, caller: Span) -> Vec<Call<'_>> {
    let Some(own) = at(snapshot, caller) else {
        return Vec::new();
    };
    let body = own.declaration.span;
    let references = snapshot.references(caller.source).iter();
    let inside = references.filter(|r| body.start <= r.span.start && r.span.end <= body.end);
    let pairs = inside.filter_map(|reference| {
        let Target::Declared(span) = reference.target else {
            return None;
        };
        let callee = at(snapshot, span)?;
        is_callable(callee.kind).then_some((callee, reference.span))
    });
    grouped(pairs)
}

fn is_callable(kind: DeclaredKind) -> bool {
    matches!(kind, DeclaredKind::Rule | DeclaredKind::Template)
}

/// The declaration whose name stands here.
fn at(snapshot: &Snapshot, name: Span) -> Option<Declared<'_>> {
    let mut all = declarations(snapshot, name.source).into_iter();
    all.find(|declared| declared.name_span == name)
}

/// The innermost declaration around a place; for a `use` in a template, the template.
fn around(snapshot: &Snapshot, place: Span) -> Option<Declared<'_>> {
    let all = declarations(snapshot, place.source).into_iter();
    let holds = |span: Span| span.start <= place.start && place.end <= span.end;
    all.filter(|declared| holds(declared.declaration.span))
        .min_by_key(|declared| (declared.declaration.span.len(), declared.depth))
}

fn grouped<'a>(pairs: impl Iterator<Item = (Declared<'a>, Span)>) -> Vec<Call<'a>> {
    let mut by_name: BTreeMap<Span, Call<'a>> = BTreeMap::new();
    for (declared, place) in pairs {
        let call = by_name.entry(declared.name_span).or_insert_with(|| Call {
            declared,
            places: Vec::new(),
        });
        call.places.push(place);
    }
    by_name.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const PROJECT: &str = r#"
//- rules.gate
rule ⟦Man$0aged⟧ = device.isCompliant -eq True
rule ⟦Trusted⟧ = Managed -and Managed
template ⟦T⟧() { policy "In template" { state enabled users all apps all when Managed block } }
//- policies.gate
policy ⟦"P"⟧ { state enabled users all apps all when Trusted -or Managed block }
use T()
"#;

    fn names(calls: &[Call<'_>]) -> Vec<(String, usize)> {
        let shown = |call: &Call<'_>| (call.declared.name.to_owned(), call.places.len());
        calls.iter().map(shown).collect()
    }

    #[test]
    fn who_uses_a_rule_and_what_it_uses() {
        let fixture = Fixture::new(PROJECT);
        let (source, offset) = fixture.cursor();
        let managed = callable(&fixture.snapshot, source, offset).unwrap();
        assert_eq!(managed.name, "Managed");
        let found = incoming(&fixture.snapshot, managed.name_span);
        let wanted = [("Trusted", 2), ("In template", 1), ("P", 1)];
        let mut found = names(&found);
        found.sort();
        let mut wanted: Vec<_> = wanted.map(|(name, n)| (name.to_owned(), n)).to_vec();
        wanted.sort();
        assert_eq!(found, wanted);
        let [_, trusted, _, policy] = fixture.ranges()[..] else {
            panic!("four names are marked");
        };
        let found = outgoing(&fixture.snapshot, trusted);
        assert_eq!(names(&found), [("Managed".to_owned(), 2)]);
        let found = outgoing(&fixture.snapshot, policy);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_template_is_used_by_files_without_anything_around() {
        let fixture = Fixture::new(PROJECT);
        let template = fixture.ranges()[2];
        let found = incoming(&fixture.snapshot, template);
        assert_eq!(names(&found), [("T".to_owned(), 1)]);
        assert_eq!(found[0].declared.kind, DeclaredKind::Instance);
    }
}
