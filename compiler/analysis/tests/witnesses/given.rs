//! Sign-ins as the text of tests: what is written is read as a sign-in that is decided alike.

use std::collections::BTreeMap;

use gatewright_analysis::Fact;
use gatewright_analysis::given::{expect, given, test};
use gatewright_analysis::request::{Proofs, request};
use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::scenario::ExpectationKind;
use gatewright_reference::{Mode, decide};
use gatewright_source::SourceMap;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use gatewright_value::vocabulary::BuiltInControl;
use serde_json::{Value, json};

use crate::project::{
    ADA, FINANCE, OBJECTS, PAYROLL, elements, facts, json, project, project_of, text,
};

/// Read the text of a test in a project of this schema, and give back its request.
fn read(set: &PolicySet, objects: &str, text: &str) -> Value {
    let project = project_of(&format!("{objects}\n{text}"), set.schema.clone());
    assert_eq!(project.problems, Vec::<String>::new(), "{text}");
    json(&project.scenarios[0].steps[0].request)
}

#[test]
fn random_sign_ins_that_can_be_said_are_read_as_they_were() {
    let base = Base::entra();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = 0;
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let set = policy_set(&mut random, &base, 12);
        let mut request = sign_in(&mut random, &set.schema);
        if let Some(members) = request.as_object_mut() {
            // This is about the answer, not about the sign-in.
            members.remove("appliedPoliciesOnly");
            if random.chance(70) {
                members.remove("unknown");
            }
        }
        let facts = match given(&set, &SourceMap::new(), &request) {
            Ok(facts) => facts,
            Err(reason) => {
                *reasons.entry(reason).or_default() += 1;
                continue;
            }
        };
        let decision = decide(&set, &request, Mode::Graph, None).unwrap();
        let text = format!("test \"x\" {{ given {{ {facts} }} expect {{ block }} }}");
        let read = read(&set, "", &text);
        assert_eq!(
            decide(&set, &read, Mode::Graph, None).unwrap(),
            decision,
            "{seed}\n{facts}\n{request:#}\n{read:#}"
        );
        count += 1;
    }
    assert!(count > 200, "only {count} can be said: {reasons:#?}");
}

#[test]
fn requests_of_a_schema_of_ones_own_are_read_as_they_were() {
    let schema = payments_schema().unwrap();
    let mut count = 0;
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let set = own_set(&mut random, &schema, 8);
        let request = own_request(&mut random, &schema);
        let (Ok(facts), Ok(decision)) = (
            given(&set, &SourceMap::new(), &request),
            decide(&set, &request, Mode::Graph, None),
        ) else {
            continue;
        };
        let effect = &schema.effects[0].name;
        let text = format!("test \"x\" {{ given {{ {facts} }} expect {{ verdict {effect} }} }}");
        let read = read(&set, "", &text);
        assert_eq!(
            decide(&set, &read, Mode::Graph, None).unwrap(),
            decision,
            "{facts}"
        );
        count += 1;
    }
    assert!(count > 100, "only {count} can be said");
}

const POLICIES: &str = "
policy \"MFA\" { state enabled users groups [Finance] apps [Payroll] require mfa }
policy \"Keys\" { state enabled users all apps all clients [browser]
    require any [strength Keys, terms Handbook, custom \"c\"] }
";

#[test]
fn a_test_has_names_where_the_project_declares_them() {
    let project = project(POLICIES);
    let facts = facts(
        &project.set,
        [
            ("user.id", text(ADA)),
            ("user.groups", elements(&[FINANCE])),
            ("app.ids", elements(&[PAYROLL])),
            ("user.department", text("a \"b\" `c")),
            ("location.names", Fact::Elements(Vec::new())),
            ("location.ip", Fact::Key(0xffff_cb00_7107)),
        ],
    );
    let proofs = Proofs {
        controls: vec![Control::BuiltIn(BuiltInControl::PasswordChange)],
    };
    let request = request(&project.set, &facts, &proofs);
    let text = test(&project.set, &project.sources, "Ada", &request).unwrap();
    let expected = r#"test "Ada" {
    given {
        user Ada groups [Finance]
        app Payroll
        client browser platform windows ip 203.0.113.7 location.names []
        userRisk none signInRisk none insiderRisk none
        device unregistered
        user.department "a `"b`" ``c"
        satisfied [passwordChange]
    }
    expect { interrupt require mfa require any [strength Keys, terms Handbook, custom "c"] applied ["MFA", "Keys"] }
}
"#;
    assert_eq!(text, expected);
    let objects = format!("{OBJECTS}{POLICIES}");
    let read = read(&project.set, &objects, &text);
    let decision = decide(&project.set, &request, Mode::Graph, None);
    assert_eq!(decide(&project.set, &read, Mode::Graph, None), decision);
}

#[test]
fn what_is_expected_is_what_was_decided() {
    let project = project(POLICIES);
    let decision = json!({
        "verdict": "deny",
        "missing": [["mfa"], ["compliantDevice", "strength:00000000-0000-0000-0000-000000000004"]],
        "policies": [
            {"displayName": "MFA", "state": "enabled", "policyApplies": true},
            {"displayName": "Keys", "state": "enabled", "policyApplies": false},
        ],
    });
    let said = expect(&project.set, &project.sources, &decision).unwrap();
    assert_eq!(
        said,
        "deny require mfa require any [compliantDevice, strength PhishingResistantMfa] \
         applied [\"MFA\"]"
    );
    let text = format!(
        "{OBJECTS}{POLICIES}test \"x\" {{ given {{ user app Payroll }} expect {{ {said} }} }}"
    );
    let read = project_of(&text, project.set.schema.clone());
    let kinds: Vec<&ExpectationKind> = read.scenarios[0].steps[0]
        .expectations
        .iter()
        .map(|e| &e.kind)
        .collect();
    assert_eq!(kinds[0], &ExpectationKind::Verdict(vec!["deny".to_owned()]));
    assert!(matches!(kinds[1], ExpectationKind::Require(clauses) if clauses.len() == 2));
}

#[test]
fn what_has_no_words_is_refused_with_the_reason() {
    let project =
        project("policy \"P\" { state enabled users all apps all when user.id -eq null block }");
    let sign_in = |identity: Value| {
        json!({
            "signInIdentity": identity,
            "signInContext": {
                "@odata.type": "#microsoft.graph.applicationContext",
                "includeApplications": [PAYROLL],
            },
        })
    };
    let user = "#microsoft.graph.userSignIn";
    for (identity, reason) in [
        (
            json!({"@odata.type": user}),
            "a value that is absent makes a difference here",
        ),
        (
            json!({"@odata.type": user, "userId": "a\nb"}),
            "a text with several lines cannot be written",
        ),
        (
            json!({"@odata.type": user, "isAgentUser": true, "externalUserType": "internalGuest"}),
            "the language has no word for `an agent's user account that is a guest`",
        ),
    ] {
        let found = given(&project.set, &project.sources, &sign_in(identity));
        assert_eq!(found.unwrap_err(), reason);
    }
}
