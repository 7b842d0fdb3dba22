//! Requests say what the facts say: every fact is asked for by a policy of its own, and the
//! reference answers.

use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Fact, Facts};
use gatewright_hir::model::{Comparison, Control, Expr, Outcome, Policy, PolicySet, Test};
use gatewright_hir::schema::{Attribute, AttributeId};
use gatewright_reference::{Mode, applies};
use gatewright_source::Span;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, own_set, payments_schema, policy_set, requests};
use gatewright_value::vocabulary::{BuiltInControl, State};
use gatewright_value::{AddressRange, Kind, fold, ordered_key};
use serde_json::{Value, json};

use crate::project::{FINANCE, PAYROLL, elements, facts, project, text};

/// A policy that applies exactly where the fact is as it is meant; where it is Unknown, one of
/// which nobody knows whether it applies.
fn asking(id: AttributeId, attribute: &Attribute, fact: &Fact) -> Vec<Expr> {
    let test = |comparison: Comparison, is_negated: bool| {
        Expr::Test(Test {
            attribute: id,
            comparison,
            is_negated,
            span: Span::default(),
            needs_managed_device: false,
        })
    };
    let is_set = matches!(attribute.kind, Kind::Set(_));
    match fact {
        Fact::Unknown if is_set => vec![test(Comparison::Has(vec!["x".to_owned()]), false)],
        Fact::Unknown | Fact::Null => vec![test(Comparison::IsNull, false)],
        Fact::Boolean(true) => vec![test(Comparison::IsTrue, false)],
        Fact::Boolean(false) => vec![test(Comparison::IsFalse, false)],
        Fact::Text(text) => vec![test(Comparison::OneOf(vec![text.clone()]), false)],
        Fact::Key(key) if attribute.kind == Kind::Address => {
            let range = AddressRange {
                first: *key,
                last: *key,
            };
            vec![test(Comparison::InRange(vec![range]), false)]
        }
        Fact::Key(key) => vec![test(Comparison::Between(*key, *key), false)],
        Fact::Elements(elements) => {
            let mut all: Vec<Expr> = elements
                .iter()
                .map(|element| test(Comparison::Has(vec![element.clone()]), false))
                .collect();
            all.push(test(Comparison::Has(vec!["nothing".to_owned()]), true));
            all
        }
        Fact::Records(_) => Vec::new(),
    }
}

/// Check every fact; the policies of the set make no difference.
fn assert_said(set: &PolicySet, facts: &Facts) {
    let said = request(set, facts, &Proofs::default());
    let mut asked = set.clone();
    asked.policies = Vec::new();
    let mut meant = Vec::new();
    for (id, fact) in facts {
        let Some(attribute) = set.schema.attribute(*id) else {
            continue;
        };
        for when in asking(*id, attribute, fact) {
            meant.push((attribute.name.clone(), fact.clone()));
            asked.policies.push(when_only(when));
        }
    }
    let certain = applies(&asked, &said, Mode::Graph, None)
        .unwrap_or_else(|error| panic!("{error}: {said:#}"));
    let possible = applies(&asked, &said, Mode::Pessimistic, None).unwrap();
    for (((name, fact), certain), possible) in meant.iter().zip(certain).zip(possible) {
        let is_known = *fact != Fact::Unknown;
        assert_eq!(certain.applies, is_known, "{name} {fact:?}\n{said:#}");
        assert!(possible.applies, "{name} {fact:?}\n{said:#}");
    }
}

fn when_only(when: Expr) -> Policy {
    Policy {
        id: "p".to_owned(),
        has_server_id: false,
        display_name: "p".to_owned(),
        state: State::Enabled,
        name_span: Span::default(),
        span: Span::default(),
        assignments: None,
        when: Some(when),
        outcome: Outcome::default(),
        unmodelled: Vec::new(),
        form: Default::default(),
        annotations: Default::default(),
        scopes: Vec::new(),
    }
}

/// A value of a request as a fact.
fn fact(attribute: &Attribute, value: &Value) -> Fact {
    match (&attribute.kind, value) {
        (_, Value::Bool(value)) => Fact::Boolean(*value),
        (_, Value::Array(values)) => {
            let texts = values.iter().filter_map(Value::as_str);
            Fact::Elements(texts.map(|text| fold(text).into_owned()).collect())
        }
        (Kind::Address, Value::String(text)) => {
            Fact::Key(AddressRange::parse(text).unwrap().0.first)
        }
        (Kind::DateTime, _) => Fact::Key(ordered_key(&Kind::DateTime, "1795338000123").unwrap()),
        (Kind::Duration, _) => Fact::Key(ordered_key(&Kind::Duration, "5400").unwrap()),
        (kind, Value::Number(number)) => Fact::Key(ordered_key(kind, &number.to_string()).unwrap()),
        (kind, Value::String(text)) if kind.is_ordered() => {
            Fact::Key(ordered_key(kind, text).unwrap())
        }
        (_, Value::String(text)) => Fact::Text(fold(text).into_owned()),
        _ => Fact::Null,
    }
}

/// Attributes whose facts follow from others or from who signs in.
const FOLLOWS: [&str; 17] = [
    "signIn.identity",
    "signIn.target",
    "user.id",
    "user.guestType",
    "user.homeTenant",
    "servicePrincipal.id",
    "servicePrincipal.isOwned",
    "agent.id",
    "app.ids",
    "app.action",
    "app.context",
    "device.isRegistered",
    "device.isCompliant",
    "device.managedPlatform",
    "location.isUnmapped",
    "user.isMfaRegistered",
    "user.isRegistrationOverdue",
];

/// Random facts that a sign-in can have.
fn random_facts(random: &mut Random, set: &PolicySet) -> Facts {
    let id = |name: &str| set.schema.find_attribute(name).unwrap();
    let mut facts = Facts::new();
    let is_registered = random.chance(60);
    facts.insert(id("device.isRegistered"), Fact::Boolean(is_registered));
    for (number, attribute) in (0u32..).zip(&set.schema.attributes) {
        let name = attribute.name.as_str();
        let is_record = attribute.kind == Kind::Set(Box::new(Kind::Record));
        let is_managed = name.starts_with("setting.");
        if FOLLOWS.contains(&name) || is_record || is_managed || !random.chance(50) {
            continue;
        }
        let of_device = name.starts_with("device.");
        let is_set = matches!(attribute.kind, Kind::Set(_));
        let value = if of_device && !is_registered {
            if is_set {
                Fact::Elements(Vec::new())
            } else {
                Fact::Null
            }
        } else if random.chance(12) {
            Fact::Unknown
        } else if attribute.is_optional && random.chance(15) {
            Fact::Null
        } else {
            fact(attribute, &requests::value(random, attribute))
        };
        facts.insert(AttributeId(number), value);
    }
    let identity = *random.pick(&["user", "serviceprincipal", "agentidentity", "agentuser"]);
    facts.insert(id("signIn.identity"), text(identity));
    if identity == "serviceprincipal" {
        facts.insert(
            id("servicePrincipal.isOwned"),
            Fact::Boolean(random.chance(50)),
        );
        facts.insert(id("servicePrincipal.id"), text("s-1"));
    } else if identity == "agentidentity" {
        facts.insert(
            id("agent.id"),
            if random.chance(50) {
                text("a-1")
            } else {
                Fact::Null
            },
        );
    } else {
        facts.insert(
            id("user.id"),
            if random.chance(80) {
                text("u-1")
            } else {
                Fact::Null
            },
        );
        facts.insert(id("user.homeTenant"), text("t-1"));
    }
    match random.below(3) {
        0 => facts.insert(id("app.ids"), elements(&["app-1", "app-2"])),
        1 => facts.insert(id("app.action"), text("urn:user:registerdevice")),
        _ => facts.insert(id("app.context"), text("c5")),
    };
    facts
}

#[test]
fn random_facts_are_read_back_from_the_request() {
    let base = Base::entra();
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &base, 1);
        set.compliance = Default::default();
        let facts = random_facts(&mut random, &set);
        assert_said(&set, &facts);
    }
}

#[test]
fn facts_of_a_schema_of_ones_own_are_read_back_from_the_request() {
    let schema = payments_schema().unwrap();
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let set = own_set(&mut random, &schema, 1);
        let mut facts = Facts::new();
        for (number, attribute) in (0u32..).zip(&schema.attributes) {
            if attribute.difference.is_some() || random.chance(30) {
                continue;
            }
            let value = if random.chance(15) {
                Fact::Unknown
            } else if attribute.is_optional && random.chance(20) {
                Fact::Null
            } else {
                fact(attribute, &requests::value(&mut random, attribute))
            };
            facts.insert(AttributeId(number), value);
        }
        facts.retain(|id, _| {
            schema.attribute(*id).unwrap().kind != Kind::Set(Box::new(Kind::Record))
        });
        assert_said(&set, &facts);
    }
}

#[test]
fn what_follows_from_other_facts_is_made_so() {
    let project = project("");
    let set = &project.set;
    for rows in [
        vec![("location.isUnmapped", Fact::Boolean(true))],
        vec![
            ("location.isUnmapped", Fact::Boolean(false)),
            ("location.ip", Fact::Key(7)),
        ],
        vec![("user.isRegistrationOverdue", Fact::Boolean(true))],
        vec![
            ("device.isRegistered", Fact::Unknown),
            ("device.isCompliant", Fact::Unknown),
        ],
        vec![("location.names", Fact::Unknown)],
        vec![
            ("location.names", Fact::Elements(Vec::new())),
            ("location.ip", Fact::Key(7)),
        ],
        vec![("app.ids", Fact::Unknown), ("user.groups", Fact::Unknown)],
        vec![
            ("device.isCompliant", Fact::Boolean(true)),
            ("device.trustType", text("serverad")),
        ],
        vec![
            ("device.managedPlatform", text("ios")),
            ("setting.passwordRequired", Fact::Boolean(true)),
        ],
        vec![("device.managedPlatform", Fact::Unknown)],
        vec![("device.isRegistered", Fact::Boolean(true))],
    ] {
        let id = |name: &str| set.schema.find_attribute(name).unwrap();
        let facts: Facts = rows
            .into_iter()
            .map(|(name, fact)| (id(name), fact))
            .collect();
        assert_said(set, &facts);
    }
}

#[test]
fn an_ordinary_sign_in_is_complete_and_spelled_as_people_spell_it() {
    let project = project("");
    let facts = facts(
        &project.set,
        [
            ("user.groups", elements(&[FINANCE])),
            ("app.ids", elements(&[PAYROLL])),
            ("signIn.platform", text("ios")),
            ("location.country", text("nl")),
            ("session.flow", text("devicecodeflow")),
            ("device.isRegistered", Fact::Boolean(false)),
        ],
    );
    let proofs = Proofs {
        controls: vec![
            Control::BuiltIn(BuiltInControl::Mfa),
            Control::BuiltIn(BuiltInControl::CompliantDevice),
            Control::Strength("s".to_owned()),
            Control::Terms("t".to_owned()),
        ],
    };
    let expected = json!({
        "signInIdentity": {
            "@odata.type": "#microsoft.graph.userSignIn",
            "userId": "00000000-0000-4000-8000-000000000000",
        },
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [PAYROLL],
        },
        "signInConditions": {
            "clientAppType": "browser",
            "devicePlatform": "iOS",
            "country": "NL",
            "userRiskLevel": "none",
            "signInRiskLevel": "none",
            "insiderRiskLevel": "none",
            "authenticationFlow": { "transferMethod": "deviceCodeFlow" },
        },
        "directory": { "groups": [FINANCE], "roles": [] },
        "claims": { "satisfied": ["mfa", "strength:s"], "terms": ["t"] },
    });
    assert_eq!(request(&project.set, &facts, &proofs), expected);
}

#[test]
fn custom_security_attributes_are_listed_with_their_objects() {
    let project = project("");
    let set = &project.set;
    let mut facts = facts(
        set,
        [
            (
                "app.resources",
                Fact::Records(vec![
                    json!({"id": "a", "eng_level": "high", "eng_tags": ["x"]}),
                ]),
            ),
            ("signIn.identity", text("serviceprincipal")),
            ("servicePrincipal.id", text("s")),
            (
                "servicePrincipal.attributes",
                Fact::Records(vec![json!({"ops_tier": "1"})]),
            ),
        ],
    );
    let baseline = AttributeId(u32::try_from(set.schema.attributes.len()).unwrap());
    facts.insert(baseline, Fact::Records(vec![json!({"eng_level": "low"})]));
    let said = request(set, &facts, &Proofs::default());
    assert_eq!(said["signInContext"]["includeApplications"], json!(["a"]));
    let expected = json!({
        "apps": [
            {"id": "a", "customSecurityAttributes": {"eng": {"level": "high", "tags": ["x"]}}},
            {
                "id": "00000002-0000-0000-c000-000000000000",
                "customSecurityAttributes": {"eng": {"level": "low"}},
            },
        ],
        "servicePrincipals": [{"id": "s", "customSecurityAttributes": {"ops": {"tier": "1"}}}],
    });
    assert_eq!(said["directory"], expected);
}

#[test]
fn proofs_are_all_that_policies_ask_for_or_what_avoids_some() {
    let project = project(
        "policy \"P\" { state enabled users all apps all
            require all [mfa, strength Keys, terms Handbook, custom \"c\"] }",
    );
    let every = Proofs::every(&project.set).controls;
    assert!(every.contains(&Control::Custom("c".to_owned())));
    let is_device = |c: &&Control| **c == Control::BuiltIn(BuiltInControl::CompliantDevice);
    assert_eq!(every.iter().find(is_device), None);
    let mfa = Control::BuiltIn(BuiltInControl::Mfa);
    let left = Proofs::avoiding(&project.set, &[mfa]).controls;
    assert!(
        !left.iter().any(|c| matches!(c, Control::Strength(_))),
        "{left:?}"
    );
    assert!(left.contains(&Control::BuiltIn(BuiltInControl::PasswordChange)));
}
