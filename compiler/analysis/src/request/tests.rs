//! Values for classes, as a request, are decided by the reference as the classes are.

use gatewright_decision::{Classes, Limits, build, engine};
use gatewright_hir::model::{Compliance, PolicySet};
use gatewright_hir::schema::{Attribute, AttributeId};
use gatewright_reference::{Mode, applies};
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_value::vocabulary::State;
use gatewright_value::{Kind, Truth};
use serde_json::json;

use super::{Proofs, request};
use crate::facts::{Fact, Facts};
use crate::values::{Realised, Realiser, classes_of};

/// A member of the tenant in a browser, of whom nothing is said.
fn ordinary(set: &PolicySet) -> Facts {
    let fact = |attribute: &Attribute| match (attribute.name.as_str(), &attribute.kind) {
        ("app.ids", _) => Fact::Elements(vec!["x".to_owned()]),
        ("app.resources", _) => Fact::Records(vec![json!({"id": "x"})]),
        (_, Kind::Set(of)) if **of == Kind::Record => Fact::Records(Vec::new()),
        (_, Kind::Set(_)) => Fact::Elements(Vec::new()),
        ("device.isRegistered", _) => Fact::Boolean(true),
        ("signIn.identity", _) => Fact::Text("user".to_owned()),
        ("signIn.target", _) => Fact::Text("apps".to_owned()),
        ("signIn.client", _) => Fact::Text("browser".to_owned()),
        ("signIn.platform", _) => Fact::Text("windows".to_owned()),
        (name, _) if name.ends_with("isk") => Fact::Text("none".to_owned()),
        (_, Kind::Boolean) if !attribute.is_optional => Fact::Boolean(false),
        _ => Fact::Null,
    };
    let attributes = (0u32..).zip(&set.schema.attributes);
    let mut facts: Facts = attributes
        .map(|(number, attribute)| (AttributeId(number), fact(attribute)))
        .collect();
    let baseline = AttributeId(u32::try_from(set.schema.attributes.len()).unwrap());
    let record = json!({"id": "00000002-0000-0000-c000-000000000000"});
    facts.insert(baseline, Fact::Records(vec![record]));
    facts
}

/// Attributes that change together with others, or only for another identity or target.
const FIXED: [&str; 16] = [
    "signIn.identity",
    "signIn.target",
    "servicePrincipal.id",
    "servicePrincipal.isOwned",
    "servicePrincipal.attributes",
    "agent.id",
    "agent.attributes",
    "app.action",
    "app.context",
    "location.isUnmapped",
    "location.ip",
    "location.country",
    "user.isMfaRegistered",
    "user.isRegistrationOverdue",
    "device.isRegistered",
    "device.managedPlatform",
];

#[test]
fn what_is_found_for_classes_is_decided_as_the_classes_are() {
    let base = Base::entra();
    let (mut decided, mut changed) = (0, 0);
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &base, 6);
        set.compliance = Compliance::default();
        let decisions = build(&set, &Limits::default());
        let space = &decisions.space;
        let mut realiser = Realiser::new(&set.schema, space);
        let mut classes = classes_of(&set.schema, space, &ordinary(&set));
        for _ in 0..60 {
            let at = random.below(space.variables.len());
            let variable = &space.variables[at];
            let name = set
                .schema
                .attribute(variable.attribute)
                .map(|a| a.name.as_str());
            let is_fixed = name.is_some_and(|n| FIXED.contains(&n) || n.starts_with("setting."));
            let of_sets = matches!(variable.classes, Classes::Has(_) | Classes::Reaches(_));
            if is_fixed || (of_sets && random.chance(20)) {
                continue;
            }
            let before = classes[at];
            classes[at] = u32::try_from(random.below(variable.class_count as usize)).unwrap();
            let Realised::Facts(facts) = realiser.realise(&classes) else {
                classes[at] = before;
                continue;
            };
            changed += usize::from(classes[at] != before);
            let said = request(&set, &facts, &Proofs::default());
            let certain = applies(&set, &said, Mode::Graph, None)
                .unwrap_or_else(|error| panic!("{error}: {said:#}"));
            let possible = applies(&set, &said, Mode::Pessimistic, None).unwrap();
            for (place, (certain, possible)) in certain.iter().zip(&possible).enumerate() {
                if set.policies[place].state == State::Disabled {
                    continue;
                }
                let found = match (certain.applies, possible.applies) {
                    (true, _) => Truth::True,
                    (false, true) => Truth::Unknown,
                    (false, false) => Truth::False,
                };
                let meant = engine::policy(&decisions, place, &classes);
                assert_eq!(
                    found, meant,
                    "{seed} {place} {}\n{said:#}",
                    space.variables[at].name
                );
                decided += 1;
            }
        }
    }
    assert!(decided > 2_000 && changed > 400, "{decided} {changed}");
}
