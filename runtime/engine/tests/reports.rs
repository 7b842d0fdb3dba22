//! Reports: the whole decision as JSON, its reasons and its explanation.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod common;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use common::{decide, engine, report, sign_in, with};
use gatewright_bytecode::{Control, write};
use gatewright_runtime::{
    CompliancePart, DecideError, Engine, Evaluate, Mode, Rail, ReportOptions, Request, Scratch,
};
use gatewright_value::vocabulary::{BuiltInControl, Reason, State};
use sample::Sample;
use serde_json::{Value, json};

/// Blocks other clients; requires multifactor or a compliant device of finance on risky sign-ins;
/// reports on guests.
fn tenant() -> Engine {
    let mut sample = Sample::entra();
    let client = sample.text("signIn.client", &["browser", "other"]);
    let risk = sample.text("signIn.risk", &["high", "medium"]);
    let groups = sample.elements("user.groups", &["breakglass", "finance"]);
    let identity = sample.text("signIn.identity", &["user"]);
    let guest = sample.text("user.guestType", &["internalguest"]);
    let mfa = sample.control(Control::BuiltIn(BuiltInControl::Mfa));
    let compliant = sample.control(Control::BuiltIn(BuiltInControl::CompliantDevice));
    let user = sample.test(Reason::Users, identity, 1);
    let legacy = sample.test(Reason::ClientApps, client, 2);
    let mut risky = sample.test(Reason::SignInRisk, risk, 1);
    risky.last = 2;
    let finance = sample.test(Reason::Users, groups[1], 1);
    let guests = sample.test(Reason::Users, guest, 1);
    sample
        .policy("Block legacy", State::Enabled, &[user, legacy])
        .is_block = true;
    sample
        .policy("Risky finance", State::Enabled, &[finance, risky])
        .clauses = vec![vec![mfa, compliant]];
    sample
        .policy("Guests", State::ReportOnly, &[guests])
        .is_block = true;
    sample.policy("Old", State::Disabled, &[user]).is_block = true;
    engine(sample.finish())
}

fn risky(changes: &[(&str, Value)]) -> Value {
    let mut all = vec![
        ("directory.groups", json!(["Finance", "elsewhere"])),
        ("signInConditions.signInRiskLevel", json!("high")),
    ];
    all.extend_from_slice(changes);
    with(&all)
}

#[test]
fn the_json_of_a_decision_has_its_members_in_order() {
    let engine = tenant();
    let bytes = risky(&[]).to_string();
    let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
    let options = ReportOptions::default();
    let report = engine
        .report(&request, &mut Scratch::default(), &options)
        .unwrap();
    let hash = engine.hash().unwrap();
    let expected = [
        r#"{"verdict":"interrupt","missing":[["mfa","compliantDevice"]],"session":{},"policies":["#,
        r#"{"id":"block-legacy","displayName":"Block legacy","state":"enabled","#,
        r#""policyApplies":false,"result":"notApplied","analysisReasons":"clientApps","#,
        r#""allReasons":["clientApps"]},"#,
        r#"{"id":"risky-finance","displayName":"Risky finance","state":"enabled","#,
        r#""policyApplies":true,"result":"failure","analysisReasons":"notSet","allReasons":[]},"#,
        r#"{"id":"guests","displayName":"Guests","state":"enabledForReportingButNotEnforced","#,
        r#""policyApplies":false,"result":"reportOnlyNotApplied","analysisReasons":"users","#,
        r#""allReasons":["users"]},"#,
        r#"{"id":"old","displayName":"Old","state":"disabled","policyApplies":false,"#,
        r#""result":"notEnabled","analysisReasons":"policyNotEnabled","#,
        r#""allReasons":["policyNotEnabled"]}],"#,
        r#""reportOnly":{"verdict":"interrupt","missing":[["mfa","compliantDevice"]]},"#,
        r#""edition":"2026-06","bundle":""#,
        hash,
        r#"","mode":"graph"}"#,
    ];
    assert_eq!(report.to_json(), expected.concat());
}

#[test]
fn only_applying_policies_are_listed_where_that_is_asked() {
    let found = decide(&tenant(), &risky(&[("appliedPoliciesOnly", json!(true))]));
    let ids: Vec<&Value> = found["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| &policy["id"])
        .collect();
    assert_eq!(ids, ["risky-finance"]);
    assert_eq!(found["verdict"], "interrupt");
}

#[test]
fn every_false_condition_is_a_reason_and_unknown_comes_last() {
    let engine = tenant();
    let request = with(&[("directory.groups", json!(["breakglass"]))]);
    let found = decide(&engine, &request);
    assert_eq!(
        found["policies"][1]["allReasons"],
        json!(["users", "notEnoughInformation"])
    );
    assert_eq!(found["policies"][1]["analysisReasons"], "users");
}

#[test]
fn an_explanation_names_the_conditions_that_decided_with_their_places() {
    let found = report(&tenant(), &risky(&[]), Mode::Graph, true);
    let conditions = |policy: usize| found["policies"][policy]["conditions"].clone();
    let condition = |name: &str, outcome: &str, line: u32, column: u32| {
        json!({"condition": name, "outcome": outcome, "file": "policies.gate",
            "line": line, "column": column})
    };
    assert_eq!(
        conditions(0),
        json!([condition("clientApps", "false", 1, 2)])
    );
    let all = [
        condition("users", "true", 2, 1),
        condition("signInRisk", "true", 2, 2),
    ];
    assert_eq!(conditions(1), json!(all));
    assert_eq!(conditions(3), json!([]));
    let unknown = report(
        &tenant(),
        &with(&[("directory.groups", json!(["finance"]))]),
        Mode::Graph,
        true,
    );
    let expected = json!([condition("signInRisk", "unknown", 2, 2)]);
    assert_eq!(unknown["policies"][1]["conditions"], expected);
}

fn explanation(engine: &Engine, request: &Value) -> Value {
    report(engine, request, Mode::Graph, true)["explanation"].clone()
}

fn fact(attribute: &str, value: Value) -> Value {
    json!({ "attribute": attribute, "value": value })
}

#[test]
fn an_explanation_names_facts_that_force_the_verdict() {
    let engine = tenant();
    let legacy = risky(&[("signInConditions.clientAppType", json!("other"))]);
    let found = explanation(&engine, &legacy);
    assert_eq!(found["isForced"], true);
    assert_eq!(found["policies"], json!(["block-legacy"]));
    let expected = [
        fact("signIn.identity", json!("user")),
        fact("signIn.client", json!("other")),
    ];
    assert_eq!(found["facts"], json!(expected));

    // A grant by a compliant device needs all that keeps other policies away, and the device.
    let compliant = ("signInConditions.deviceInfo", json!({"isCompliant": true}));
    let found = explanation(&engine, &risky(&[compliant]));
    let names: Vec<&str> = found["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["attribute"].as_str().unwrap())
        .collect();
    let expected = [
        "user.groups",
        "signIn.risk",
        "signIn.client",
        "session.flow",
        "device.isCompliant",
    ];
    assert_eq!(names, expected);
    assert_eq!(found["facts"][0]["value"], json!(["Finance"]));

    // Without the risk, whether the policy applies is open.
    let open = with(&[("directory.groups", json!(["finance"]))]);
    let found = explanation(&engine, &open);
    assert_eq!(found["isForced"], false);
    assert_eq!(found["unknown"], json!(["signIn.risk"]));
    assert!(found.get("facts").is_none());
}

#[test]
fn an_explanation_names_facts_that_only_controls_ask_for() {
    let mut sample = Sample::entra();
    let compliant = sample.control(Control::BuiltIn(BuiltInControl::CompliantDevice));
    sample.policy("Managed", State::Enabled, &[]).clauses = vec![vec![compliant]];
    let engine = engine(sample.finish());
    let device = ("signInConditions.deviceInfo", json!({"isCompliant": true}));
    let found = explanation(&engine, &with(std::slice::from_ref(&device)));
    assert_eq!(found["isForced"], true);
    let facts = found["facts"].as_array().unwrap();
    assert!(facts.contains(&fact("device.isCompliant", json!(true))));

    let unknown = ("unknown", json!(["device.isCompliant"]));
    let found = explanation(&engine, &with(&[device, unknown]));
    assert_eq!(found["isForced"], false);
    assert_eq!(found["unknown"], json!(["device.isCompliant"]));
}

/// Facts that are named force the verdict whatever the others are; without any one of them, some
/// other fact changes it.
#[test]
fn the_facts_of_an_explanation_suffice_and_none_can_be_left_out() {
    let engine = tenant();
    let members = [
        (
            "signInIdentity",
            vec![json!({"userId": "a"}), json!({"servicePrincipalId": "s"})],
        ),
        (
            "directory.groups",
            vec![json!([]), json!(["finance"]), json!(["breakglass"])],
        ),
        (
            "signInConditions.signInRiskLevel",
            vec![json!("none"), json!("high")],
        ),
        (
            "signInConditions.clientAppType",
            vec![json!("browser"), json!("other")],
        ),
        (
            "signInConditions.deviceInfo",
            vec![Value::Null, json!({"isCompliant": true})],
        ),
        (
            "signInConditions.authenticationFlow",
            vec![Value::Null, json!({"transferMethod": "deviceCodeFlow"})],
        ),
    ];
    // Which facts a member says, in the order of `members`.
    let says: [&[&str]; 6] = [
        &["signIn.identity"],
        &["user.groups"],
        &["signIn.risk"],
        &["signIn.client"],
        &["device.isCompliant"],
        &["session.flow"],
    ];
    let counts = members.iter().map(|member| member.1.len());
    let total: usize = counts.clone().product();
    let request = |mut number: usize| {
        let mut request = sign_in();
        let mut choices = Vec::new();
        for (path, values) in &members {
            let choice = number % values.len();
            number /= values.len();
            choices.push(choice);
            request = {
                let mut at = &mut request;
                for name in path.split('.') {
                    at = &mut at[name];
                }
                *at = values[choice].clone();
                request
            };
        }
        (request, choices)
    };
    let all: Vec<(Vec<usize>, Value, Value)> = (0..total)
        .map(|number| {
            let (request, choices) = request(number);
            let found = report(&engine, &request, Mode::Graph, true);
            (
                choices,
                found["verdict"].clone(),
                found["explanation"].clone(),
            )
        })
        .collect();
    let mut minimal = 0;
    for (choices, verdict, explanation) in &all {
        assert_eq!(explanation["isForced"], true);
        let facts = explanation["facts"].as_array().unwrap();
        let names: Vec<&str> = facts
            .iter()
            .map(|fact| fact["attribute"].as_str().unwrap())
            .collect();
        let kept: Vec<usize> = (0..members.len())
            .filter(|member| names.iter().any(|name| says[*member].contains(name)))
            .collect();
        let agree = |kept: &[usize]| {
            let like = all
                .iter()
                .filter(|other| kept.iter().all(|at| other.0[*at] == choices[*at]));
            like.clone().all(|other| other.1 == *verdict)
        };
        assert!(
            agree(&kept),
            "{choices:?} {verdict}: {names:?} do not force"
        );
        for left_out in &kept {
            let rest: Vec<usize> = kept.iter().copied().filter(|at| at != left_out).collect();
            minimal += usize::from(!agree(&rest));
            assert!(
                !agree(&rest),
                "{choices:?} {verdict}: {names:?} without {left_out}"
            );
        }
    }
    assert!(minimal > total);
}

#[test]
fn every_form_of_a_value_is_explained() {
    let mut sample = Sample::entra();
    let address = sample.ordered("location.ip", &[0]);
    let now = sample.ordered("signIn.now", &[0]);
    let model = sample.text("device.model", &["x"]);
    let address = sample.test(Reason::Location, address, 1);
    let now = sample.test(Reason::When, now, 1);
    let null = sample.test(Reason::When, model, 2);
    sample
        .policy("All", State::Enabled, &[address, now, null])
        .is_block = true;
    let request = with(&[
        ("signInConditions.ipAddress", json!("203.0.113.7")),
        ("context.now", json!("2026-11-22T10:00:00.25+01:00")),
    ]);
    let found = explanation(&engine(sample.finish()), &request);
    let expected = [
        fact("device.model", Value::Null),
        fact("location.ip", json!("203.0.113.7")),
        fact("signIn.now", json!("2026-11-22T09:00:00.250Z")),
    ];
    let mut facts = found["facts"].as_array().unwrap().clone();
    facts.sort_by_key(|fact| fact["attribute"].to_string());
    assert_eq!(facts, expected);
}

/// Says the opposite of whatever it is asked.
struct Contrary<'e>(&'e Engine);

impl Evaluate for Contrary<'_> {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        !self.0.interpreter().policy(policy, rail, classes)
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        !self
            .0
            .interpreter()
            .condition(policy, condition, rail, classes)
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        !self.0.interpreter().compliance(policy, part, rail, classes)
    }
}

#[test]
fn another_evaluator_can_stand_in() {
    let engine = tenant();
    let bytes = sign_in().to_string();
    let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
    let (mut scratch, options) = (Scratch::default(), ReportOptions::default());
    let own = engine
        .report_with(&engine.interpreter(), &request, &mut scratch, &options)
        .unwrap();
    assert_eq!(
        own,
        engine.report(&request, &mut scratch, &options).unwrap()
    );
    assert_eq!(own.verdict(), "notApplicable");
    let other = engine
        .report_with(&Contrary(&engine), &request, &mut scratch, &options)
        .unwrap();
    assert_eq!(other.verdict(), "block");
    assert!(other.policies()[0].policy_applies);
}

#[test]
fn a_request_of_another_program_is_refused() {
    let (one, other) = (tenant(), tenant());
    let bytes = sign_in().to_string();
    let request = Request::from_json(&one, bytes.as_bytes()).unwrap();
    let mut scratch = Scratch::default();
    let found = other.decide(&request, &mut scratch, Mode::Graph);
    assert_eq!(found.map(drop), Err(DecideError::OtherProgram));
    assert!(
        one.clone()
            .decide(&request, &mut scratch, Mode::Graph)
            .is_ok()
    );
}

#[test]
fn a_program_decides_alike_and_has_one_name_before_and_after_the_bundle() {
    let engine = tenant();
    let bundle = write(engine.program(), &[]).unwrap();
    let loaded = Engine::load(&bundle).unwrap();
    assert_eq!(loaded.hash(), engine.hash());
    assert_eq!(loaded.program(), engine.program());
    assert_eq!(loaded.costs(), engine.costs());
    let request = risky(&[]);
    assert_eq!(decide(&loaded, &request), decide(&engine, &request));
    let error = Engine::load(&bundle[1..]).unwrap_err().to_string();
    assert!(error.contains("not a bundle"), "{error}");
}
