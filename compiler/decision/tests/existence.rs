//! Which sign-ins the rows of existence forbid, on a small space.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check that cannot be made should fail the test"
)]

mod fixture;

use fixture::*;
use gatewright_decision::{
    Attributes, Classes, Population, ROWS, Space, Variable, existence, join,
};
use gatewright_hir::entra_schema;
use gatewright_hir::model::*;
use gatewright_value::{FieldComparison, Predicate};

/// What an attribute is; everything that is not said is left open.
#[derive(Clone, Copy)]
enum Is {
    Text(&'static str),
    Yes,
    No,
    Null,
    Unknown,
}
use Is::{No, Null, Text, Unknown, Yes};

fn class(of: Attributes<'_>, name: &str, is: Is) -> (u32, u32) {
    let (number, variable) = of.variable(name).expect(name);
    let class = match (is, &variable.classes) {
        (Text(text), Classes::Text(_)) => {
            let literal = of.equals(name, &[text]).unwrap();
            literal.classes.runs()[0].0
        }
        (Yes, _) => 1,
        (No, _) => 0,
        (Null, _) => variable.null_class().unwrap(),
        (Unknown, _) => variable.unknown_class(),
        (Text(_), _) => panic!("{name} is no text"),
    };
    (number, class)
}

/// The rows with a clause that does not hold, whatever is left open.
fn forbidding(facts: &[(&str, Is)]) -> Vec<&'static str> {
    let owned = Assignments {
        who: Who::ServicePrincipals(scope(vec![ServicePrincipalScope::Owned], vec![])),
        ..everybody()
    };
    let set = PolicySet {
        schema: entra_schema(),
        ..set(vec![policy(everybody()), policy(owned)])
    };
    let space: Space = join(&[&set]).space;
    let of = Attributes {
        schema: &set.schema,
        space: &space,
    };
    let chosen: Vec<(u32, u32)> = facts
        .iter()
        .map(|(name, is)| class(of, name, *is))
        .collect();
    let rows = existence(&set, &space, &[], &Population::default());
    assert_eq!(rows.len(), ROWS.len());
    let fails = |clause: &Vec<gatewright_decision::Literal>| {
        clause.iter().all(|literal| {
            let at = chosen
                .iter()
                .find(|(number, _)| *number == literal.variable);
            at.is_some_and(|(_, class)| !literal.classes.contains(*class))
        })
    };
    let rows = rows.iter().filter(|row| row.clauses.iter().any(fails));
    rows.map(|row| row.name).collect()
}

#[test]
fn whether_a_service_principal_is_owned_is_said_of_it_alone() {
    let owned = |who, is| {
        forbidding(&[
            ("signin.identity", Text(who)),
            ("serviceprincipal.isowned", is),
        ])
    };
    for is in [Yes, No, Unknown] {
        assert!(owned("servicePrincipal", is).is_empty());
    }
    assert_eq!(owned("servicePrincipal", Null), ["oneIdentity"]);
    for who in ["user", "agentUser", "agentIdentity"] {
        assert!(owned(who, Null).is_empty(), "{who}");
        assert_eq!(owned(who, Yes), ["oneIdentity"], "{who}");
    }
}

#[test]
fn a_client_that_shows_no_device_has_no_registered_one() {
    let with = |name, text, is| forbidding(&[(name, Text(text)), ("device.isregistered", is)]);
    assert_eq!(with("signin.client", "other", Yes), ["legacyClient"]);
    assert_eq!(
        with("session.flow", "deviceCodeFlow", Yes),
        ["deviceCodeFlow"]
    );
    assert!(with("signin.client", "other", No).is_empty());
    assert!(with("session.flow", "deviceCodeFlow", No).is_empty());
}

#[test]
fn a_device_that_is_not_registered_has_nothing() {
    let device = |is, compliant| {
        forbidding(&[
            ("device.isregistered", is),
            ("device.iscompliant", compliant),
        ])
    };
    assert_eq!(device(No, Yes), ["unregisteredDevice"]);
    assert!(device(No, Null).is_empty());
    assert_eq!(device(Unknown, Yes), ["unregisteredDevice"]);
    assert!(device(Yes, No).is_empty());
    let trust = [("device.isregistered", Yes), ("device.trusttype", Null)];
    assert_eq!(forbidding(&trust), ["unregisteredDevice"]);
}

#[test]
fn an_address_without_a_country_is_unmapped() {
    let address = |ip, country, unmapped| {
        forbidding(&[
            ("location.ip", ip),
            ("location.country", country),
            ("location.isunmapped", unmapped),
        ])
    };
    // Neither null nor unknown: some value.
    assert!(address(No, Null, Yes).is_empty());
    assert_eq!(address(No, Null, No), ["address"]);
    assert!(address(Null, Null, No).is_empty());
    assert_eq!(address(Null, Null, Yes), ["address"]);
    assert_eq!(address(No, No, Yes), ["address"]);
    assert!(address(Unknown, Unknown, Unknown).is_empty());
}

#[test]
fn whoever_has_no_id_has_no_attributes() {
    // `Some` of a rule that asks for a tag, and of one that asks that there be none.
    let tagged = |is_negated: bool| {
        let rule = Predicate::field("legal_hold", FieldComparison::OneOf(vec!["yes".to_owned()]));
        if is_negated { rule.negated() } else { rule }
    };
    let schema = entra_schema();
    let set = PolicySet {
        schema: schema.clone(),
        ..set(vec![policy(everybody())])
    };
    let mut space: Space = join(&[&set]).space;
    let id = schema.find_attribute("servicePrincipal.id").unwrap();
    let attributes = schema
        .find_attribute("servicePrincipal.attributes")
        .unwrap();
    let template = space.variables[0].clone();
    let mut add = |attribute, classes: Classes, class_count| {
        space.variables.push(Variable {
            attribute,
            classes,
            class_count,
            ..template.clone()
        });
    };
    add(id, Classes::Text(Vec::new()), 3);
    add(attributes, Classes::Some(tagged(false)), 3);
    add(attributes, Classes::Some(tagged(true)), 3);
    let last = u32::try_from(space.variables.len()).unwrap();
    let rows = existence(&set, &space, &[], &Population::default());
    let row = rows.iter().find(|row| row.name == "oneIdentity").unwrap();
    let of = Attributes {
        schema: &schema,
        space: &space,
    };
    let principal = of.equals("signin.identity", &["servicePrincipal"]).unwrap();
    let is_possible = |named: u32, tag: u32, untagged: u32| {
        let at = [
            (principal.variable, principal.classes.runs()[0].0),
            (last - 3, named),
            (last - 2, tag),
            (last - 1, untagged),
        ];
        row.clauses.iter().all(|clause| {
            clause.iter().any(|literal| {
                let found = at.iter().find(|(number, _)| *number == literal.variable);
                found.is_none_or(|(_, class)| literal.classes.contains(*class))
            })
        })
    };
    let (some_id, no_id, unknown_id) = (0, 1, 2);
    assert!(is_possible(some_id, 1, 0) && is_possible(some_id, 0, 1));
    // Without a tag, what asks that there be none holds.
    assert!(is_possible(no_id, 0, 1) && is_possible(no_id, 2, 2));
    assert!(!is_possible(no_id, 1, 0) && !is_possible(no_id, 0, 0));
    assert!(is_possible(unknown_id, 2, 2) && !is_possible(unknown_id, 0, 1));
}
