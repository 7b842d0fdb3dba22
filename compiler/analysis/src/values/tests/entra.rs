//! Audiences, baseline scopes and identities, as Entra has them.

use gatewright_decision::{Classes, Space, TargetSet, Variable};
use gatewright_hir::entra_schema;
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::FieldComparison;
use serde_json::{Value, json};

use super::super::apps::DIRECTORY;
use super::draw::Draw;
use super::{Realised, Realiser, check, entries, is, variable};
use crate::facts::{Fact, Facts};

fn of(schema: &Schema, name: &str) -> u32 {
    schema.find_attribute(name).unwrap().0
}

fn id_or_tag(draw: &mut Draw) -> gatewright_value::Predicate {
    let tag = draw.predicate(&["f"]);
    match draw.below(5) {
        0 => tag,
        3 => gatewright_value::Predicate::all([part_of_id(draw), tag]),
        4 => gatewright_value::Predicate::any([part_of_id(draw).negated(), tag]),
        kind => {
            let ids = (0..=draw.below(2)).map(|_| id(draw)).collect();
            let id = is("id", FieldComparison::OneOf(ids));
            let id = if kind == 1 { id } else { id.negated() };
            gatewright_value::Predicate::all([id, tag])
        }
    }
}

fn part_of_id(draw: &mut Draw) -> gatewright_value::Predicate {
    let word = vec![["a", "0", "ab", "c000"][draw.below(4) as usize].to_owned()];
    let comparison = match draw.below(4) {
        0 => FieldComparison::StartsWith(word),
        1 => FieldComparison::EndsWith(word),
        2 => FieldComparison::Contains(word),
        _ => FieldComparison::Matches(draw.pattern()),
    };
    is("id", comparison)
}

fn id(draw: &mut Draw) -> String {
    ["a", "b", "c", DIRECTORY][draw.below(4) as usize].to_owned()
}

fn with_id(mut record: Value, id: &str) -> Value {
    record["id"] = json!(id);
    record
}

#[test]
fn audiences_have_one_record_each_and_the_baseline_is_one_of_them() {
    let schema = &*entra_schema();
    let baseline = AttributeId(u32::try_from(schema.attributes.len()).unwrap());
    let (ids, resources) = (of(schema, "app.ids"), of(schema, "app.resources"));
    let mut draw = Draw(7);
    let (mut conflicts, mut exhausted) = (0, 0);
    for _ in 0..40 {
        let mut variables = Vec::new();
        for _ in 0..draw.below(3) {
            let listed = (0..draw.below(3)).map(|_| id(&mut draw)).collect();
            let set = TargetSet::new(draw.flip(), listed);
            variables.push(variable(ids, Classes::Reaches(set)));
        }
        for _ in 0..=draw.below(2) {
            variables.push(variable(resources, Classes::Some(id_or_tag(&mut draw))));
        }
        for _ in 0..draw.below(2) {
            variables.push(variable(baseline.0, Classes::Some(draw.predicate(&["f"]))));
        }
        let space = Space { variables };
        let (c, e) = check(schema, &space, &mut draw, &mut |draw| {
            let mut chosen: Vec<String> = (0..draw.below(4)).map(|_| id(draw)).collect();
            if draw.below(3) == 0 {
                chosen.push(["fresh", "abba", "x0"][draw.below(3) as usize].to_owned());
            }
            chosen.sort();
            chosen.dedup();
            let tags = with_id(draw.record(&["f"]), DIRECTORY);
            let record = |draw: &mut Draw, id: &str| match id {
                DIRECTORY => tags.clone(),
                id => with_id(draw.record(&["f"]), id),
            };
            let records: Vec<Value> = chosen.iter().map(|id| record(draw, id)).collect();
            let (mut ids_fact, mut fact) = (Fact::Elements(chosen), Fact::Records(records));
            let mut of_baseline = Fact::Records(vec![tags]);
            match draw.below(6) {
                0 => (ids_fact, fact) = (Fact::Unknown, Fact::Unknown),
                1 => (fact, of_baseline) = (Fact::Unknown, Fact::Unknown),
                _ => {}
            }
            Facts::from([
                (AttributeId(ids), ids_fact),
                (AttributeId(resources), fact),
                (baseline, of_baseline),
            ])
        });
        conflicts += c;
        exhausted += e;
    }
    assert!(conflicts > 50 && exhausted == 0, "{conflicts} {exhausted}");
}

#[test]
fn a_workload_identity_has_exactly_one_record() {
    let schema = &*entra_schema();
    let identity = of(schema, "signIn.identity");
    let principal = of(schema, "servicePrincipal.attributes");
    let mut draw = Draw(8);
    let mut conflicts = 0;
    for _ in 0..30 {
        let names = ["user", "serviceprincipal", "agentidentity"];
        let known = names.into_iter().take(draw.below(4) as usize);
        let mut variables: Vec<Variable> = vec![variable(
            identity,
            entries(known.map(|n| (n.to_owned(), true)).collect()),
        )];
        for _ in 0..=draw.below(2) {
            variables.push(variable(principal, Classes::Some(draw.predicate(&["f"]))));
        }
        let space = Space { variables };
        let (c, e) = check(schema, &space, &mut draw, &mut |draw| {
            let who = ["user", "servicePrincipal", "agentIdentity", "agentUser"];
            let who = who[draw.below(4) as usize];
            let records = match who {
                "servicePrincipal" => vec![draw.record(&["f"])],
                _ => Vec::new(),
            };
            let facts = match draw.below(8) {
                0 => [Fact::Unknown, Fact::Unknown],
                1 => [Fact::Text(who.to_owned()), Fact::Unknown],
                _ => [Fact::Text(who.to_owned()), Fact::Records(records)],
            };
            [identity, principal]
                .map(AttributeId)
                .into_iter()
                .zip(facts)
                .collect()
        });
        assert_eq!(e, 0);
        conflicts += c;
    }
    assert!(conflicts > 50, "{conflicts}");
}

#[test]
fn attributes_are_not_known_without_the_id_of_their_holder() {
    let schema = &*entra_schema();
    let tagged = is("f", FieldComparison::IsNull).negated();
    let space = Space {
        variables: vec![
            variable(
                of(schema, "signIn.identity"),
                entries(vec![("serviceprincipal".to_owned(), true)]),
            ),
            variable(
                of(schema, "servicePrincipal.id"),
                entries(vec![("a".to_owned(), true)]),
            ),
            variable(
                of(schema, "servicePrincipal.attributes"),
                Classes::Some(tagged),
            ),
        ],
    };
    let mut realiser = Realiser::new(schema, &space);
    let Realised::Conflicts(found) = realiser.realise(&[1, 3, 1]) else {
        panic!("the attributes of nobody are known")
    };
    assert_eq!(found[0].literals, [(0, 1), (1, 3), (2, 1)]);
    assert!(matches!(realiser.realise(&[1, 3, 2]), Realised::Facts(_)));
}
