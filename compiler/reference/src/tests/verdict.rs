//! SEMANTICS: §10, §12

use gatewright_hir::model::{Control, Policy, Target, UserScope};
use gatewright_value::vocabulary::{BuiltInControl as BuiltIn, State, UserAction};
use serde_json::{Value, json};

use super::builder::{
    blocking, built_in, decide, in_state, members, policy, registering, request, requiring, set,
    users, with,
};

fn all(name: &str, controls: &[BuiltIn]) -> Policy {
    requiring(name, true, controls.iter().copied().map(built_in).collect())
}

fn any(name: &str, controls: &[BuiltIn]) -> Policy {
    requiring(
        name,
        false,
        controls.iter().copied().map(built_in).collect(),
    )
}

fn report_only(policy: Policy) -> Policy {
    in_state(policy, State::ReportOnly)
}

fn for_nobody(policy: Policy) -> Policy {
    with(policy, |assignments| {
        assignments.who = users(vec![UserScope::None], vec![])
    })
}

fn claiming(claims: &[&str]) -> Value {
    request(json!({ "claims": { "satisfied": claims } }))
}

fn results(decision: &Value) -> Vec<&str> {
    let policies = decision["policies"].as_array().unwrap();
    policies
        .iter()
        .map(|policy| policy["result"].as_str().unwrap())
        .collect()
}

#[test]
fn the_verdict_follows_from_enforced_policies_that_apply() {
    use BuiltIn::{CompliantDevice, Mfa, PasswordChange};
    let rows: Vec<(Vec<Policy>, &[&str], &str, Value)> = vec![
        (vec![], &[], "notApplicable", json!([])),
        (
            vec![for_nobody(blocking("a"))],
            &[],
            "notApplicable",
            json!([]),
        ),
        (
            vec![in_state(blocking("a"), State::Disabled)],
            &[],
            "notApplicable",
            json!([]),
        ),
        (
            vec![report_only(blocking("a"))],
            &[],
            "notApplicable",
            json!([]),
        ),
        (vec![policy("session only")], &[], "grant", json!([])),
        (vec![all("a", &[])], &[], "grant", json!([])),
        (vec![all("a", &[Mfa])], &["mfa"], "grant", json!([])),
        (vec![all("a", &[Mfa])], &[], "interrupt", json!([["mfa"]])),
        (
            vec![all("a", &[CompliantDevice])],
            &[],
            "deny",
            json!([["compliantDevice"]]),
        ),
        (
            vec![any("a", &[CompliantDevice, Mfa])],
            &[],
            "interrupt",
            json!([["mfa", "compliantDevice"]]),
        ),
        (
            vec![any("a", &[CompliantDevice, Mfa])],
            &["mfa"],
            "grant",
            json!([]),
        ),
        (
            vec![all("a", &[CompliantDevice, Mfa])],
            &["mfa"],
            "deny",
            json!([["compliantDevice"]]),
        ),
        (
            vec![all("a", &[Mfa, PasswordChange])],
            &["mfa"],
            "interrupt",
            json!([["passwordChange"]]),
        ),
        (
            vec![all("a", &[Mfa]), all("b", &[CompliantDevice])],
            &[],
            "deny",
            json!([["mfa"], ["compliantDevice"]]),
        ),
        (
            vec![all("a", &[Mfa]), blocking("b")],
            &["mfa"],
            "block",
            json!([]),
        ),
    ];
    for (policies, claims, verdict, missing) in rows {
        let decision = decide(&set(policies.clone()), &claiming(claims));
        assert_eq!(decision["verdict"], verdict, "{policies:?} {claims:?}");
        assert_eq!(decision["missing"], missing, "{policies:?} {claims:?}");
    }
}

#[test]
fn missing_is_in_the_order_of_prompting() {
    let policies = vec![requiring(
        "a",
        true,
        vec![
            Control::Custom("k".into()),
            Control::Terms("t2".into()),
            Control::Terms("T1".into()),
            built_in(BuiltIn::VerifiedId),
            built_in(BuiltIn::RiskRemediation),
            built_in(BuiltIn::PasswordChange),
            built_in(BuiltIn::CompliantApplication),
            built_in(BuiltIn::ApprovedApplication),
            built_in(BuiltIn::DomainJoinedDevice),
            built_in(BuiltIn::CompliantDevice),
            Control::Strength("s".into()),
            built_in(BuiltIn::Mfa),
        ],
    )];
    let expected = json!([
        ["mfa"],
        ["strength:s"],
        ["compliantDevice"],
        ["domainJoinedDevice"],
        ["approvedApplication"],
        ["compliantApplication"],
        ["passwordChange"],
        ["riskRemediation"],
        ["verifiedID"],
        ["terms:T1"],
        ["terms:t2"],
        ["custom:k"],
    ]);
    assert_eq!(decide(&set(policies), &claiming(&[]))["missing"], expected);
}

#[test]
fn missing_drops_what_is_repeated_or_absorbed() {
    use BuiltIn::{ApprovedApplication, CompliantApplication, CompliantDevice, Mfa};
    let policies = vec![
        any("wider than e", &[CompliantDevice, Mfa]),
        any("two", &[CompliantApplication, ApprovedApplication]),
        any("the same two", &[ApprovedApplication, CompliantApplication]),
        any("other two", &[CompliantDevice, ApprovedApplication]),
        all("e", &[Mfa]),
        requiring("one case", true, vec![Control::Terms("AB".into())]),
        requiring("another case", true, vec![Control::Terms("ab".into())]),
    ];
    let expected = json!([
        ["mfa"],
        ["compliantDevice", "approvedApplication"],
        ["approvedApplication", "compliantApplication"],
        ["terms:AB"],
    ]);
    assert_eq!(decide(&set(policies), &claiming(&[]))["missing"], expected);
}

#[test]
fn every_policy_has_a_result() {
    use BuiltIn::{CompliantDevice, Mfa};
    let policies = vec![
        in_state(blocking("disabled"), State::Disabled),
        for_nobody(all("not applied", &[Mfa])),
        policy("session only"),
        all("met", &[Mfa]),
        all("unmet", &[CompliantDevice]),
        report_only(for_nobody(blocking("not applied"))),
        report_only(all("met", &[Mfa])),
        report_only(blocking("block")),
        report_only(any(
            "interactive",
            &[BuiltIn::PasswordChange, CompliantDevice],
        )),
        report_only(all(
            "half interactive",
            &[BuiltIn::PasswordChange, CompliantDevice],
        )),
    ];
    let mut request = claiming(&["mfa"]);
    let decision = decide(&set(policies.clone()), &request);
    let expected = [
        "notEnabled",
        "notApplied",
        "success",
        "success",
        "failure",
        "reportOnlyNotApplied",
        "reportOnlySuccess",
        "reportOnlyFailure",
        "reportOnlyInterrupted",
        "reportOnlyFailure",
    ];
    assert_eq!(results(&decision), expected);
    assert_eq!(decision["edition"], "2026-06");
    assert_eq!(decision["mode"], "graph");
    assert_eq!(decision["policies"][0]["state"], "disabled");
    assert_eq!(
        decision["policies"][5]["state"],
        "enabledForReportingButNotEnforced"
    );

    request["appliedPoliciesOnly"] = json!(true);
    let decision = decide(&set(policies), &request);
    assert_eq!(
        results(&decision),
        [&expected[2..5], &expected[6..]].concat()
    );
    // A block fails whether or not something else is required of it and held.
    let mut blocking = all("block and mfa", &[Mfa]);
    blocking.outcome.is_block = true;
    assert_eq!(
        results(&decide(&set(vec![blocking]), &request)),
        ["failure"]
    );
}

#[test]
fn report_only_policies_count_only_in_report_only() {
    use BuiltIn::{CompliantDevice, Mfa};
    let rows = [
        (
            vec![all("a", &[Mfa]), report_only(blocking("b"))],
            "interrupt",
            json!([["mfa"]]),
            "block",
            json!([]),
        ),
        (
            vec![report_only(all("a", &[Mfa]))],
            "notApplicable",
            json!([]),
            "interrupt",
            json!([["mfa"]]),
        ),
        (
            vec![
                any("a", &[Mfa, CompliantDevice]),
                report_only(all("b", &[CompliantDevice])),
            ],
            "interrupt",
            json!([["mfa", "compliantDevice"]]),
            "deny",
            json!([["compliantDevice"]]),
        ),
    ];
    for (policies, verdict, missing, reported, reported_missing) in rows {
        let decision = decide(&set(policies), &claiming(&[]));
        assert_eq!(decision["verdict"], verdict);
        assert_eq!(decision["missing"], missing);
        let expected = json!({ "verdict": reported, "missing": reported_missing });
        assert_eq!(decision["reportOnly"], expected);
    }
}

fn on_registration(policy: Policy) -> Policy {
    let action = UserAction::RegisterSecurityInfo;
    with(policy, |assignments| {
        assignments.target = Target::Actions(members(vec![action]))
    })
}

fn strength(name: &str, id: &str) -> Policy {
    requiring(name, true, vec![Control::Strength(id.to_owned())])
}

#[test]
fn a_strength_on_registration_replaces_strengths_on_resources() {
    let on_resources = || {
        requiring(
            "resources",
            true,
            vec![
                Control::Strength("strong".into()),
                built_in(BuiltIn::CompliantDevice),
            ],
        )
    };
    let weaker = || on_registration(strength("action", "weak"));
    let both = json!([["strength:strong"], ["compliantDevice"]]);
    let all_three = json!([["strength:strong"], ["strength:weak"], ["compliantDevice"]]);
    let replaced = json!([["strength:weak"], ["compliantDevice"]]);
    let no_strength = || on_registration(all("action", &[BuiltIn::Mfa]));
    let rows = [
        (vec![on_resources()], both.clone(), both.clone()),
        (
            vec![on_resources(), weaker()],
            replaced.clone(),
            replaced.clone(),
        ),
        (
            vec![on_resources(), for_nobody(weaker())],
            both.clone(),
            both.clone(),
        ),
        // A policy that is only reported replaces nothing that is enforced.
        (vec![on_resources(), report_only(weaker())], both, replaced),
        (
            vec![on_resources(), no_strength()],
            json!([["mfa"], ["strength:strong"], ["compliantDevice"]]),
            json!([["mfa"], ["strength:strong"], ["compliantDevice"]]),
        ),
        // Several strengths on the action all hold their ground.
        (
            vec![
                on_registration(strength("a", "strong")),
                weaker(),
                all("c", &[BuiltIn::CompliantDevice]),
            ],
            all_three.clone(),
            all_three,
        ),
    ];
    for (policies, missing, reported) in rows {
        let decision = decide(&set(policies.clone()), &registering(json!({})));
        assert_eq!(decision["missing"], missing, "{policies:?}");
        assert_eq!(decision["reportOnly"]["missing"], reported, "{policies:?}");
    }
    // Enforced policies are judged by enforced ones, reported ones by both.
    let policies = vec![
        strength("enforced", "a"),
        report_only(strength("reported", "a")),
        report_only(weaker()),
    ];
    let decision = decide(&set(policies), &registering(json!({})));
    assert_eq!(
        results(&decision),
        ["failure", "reportOnlySuccess", "reportOnlyInterrupted"]
    );
    // Access to a resource is not registration.
    let decision = decide(&set(vec![on_resources(), weaker()]), &request(json!({})));
    assert_eq!(
        decision["missing"],
        json!([["strength:strong"], ["compliantDevice"]])
    );
}
