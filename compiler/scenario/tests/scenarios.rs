//! Tests from text to result.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Project, ran_with};
use gatewright_scenario::{Filter, Options, Run, Suite, human, json, junit, to_json};

const POLICIES: &str = r#"
group    BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group    Finance    = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
user     Ada        = "11111111-0000-4000-8000-000000000001"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]
location Embargoed  = countries [KP, IR]
terms    Handbook   = "a4d3c2b1-0000-4000-8000-0000000ba9d0"
context  Secret     = "c7"

policy "MFA" { state enabled users all except groups [BreakGlass] apps all require mfa }
policy "Phones" {
    state enabled users all except groups [BreakGlass] apps all platforms [iOS]
    require any [compliantDevice, compliantApplication]
    session persistentBrowser never, signInFrequency 4 hours
}
policy "Embargo" { state enabled users all apps all locations [Embargoed] block }
policy "Trial" { state reportOnly users groups [Finance] apps [Payroll]
    when user.department -eq "Sales" -or signIn.risk -eq high
    block }
policy "Off" { state disabled users all apps all block }
"#;

fn project(tests: &str) -> Project {
    common::project(&format!("{POLICIES}\n{tests}"))
}

#[track_caller]
fn ran(tests: &str) -> Run {
    ran_with(&project(tests), &Options::default())
}

/// What is said about a test of one step with this sign-in and these expectations.
#[track_caller]
fn said(given: &str, expect: &str) -> Vec<String> {
    let run = ran(&format!(
        "test \"t\" {{ given {{ {given} }} expect {{ {expect} }} }}"
    ));
    let failures = run.tests.iter().flat_map(|test| &test.failures);
    failures
        .map(|f| format!("expected {}, got {}", f.expected, f.got))
        .collect()
}

#[track_caller]
fn passes(given: &str, expect: &str) {
    assert_eq!(said(given, expect), Vec::<String>::new());
}

const USER: &str =
    "user  app Payroll  client browser  platform windows  ip 203.0.113.9  country NL";

#[test]
fn a_decision_is_compared_with_each_expectation() {
    passes(
        USER,
        "interrupt require mfa applied [\"MFA\"] session none not applied [\"Phones\", \"Off\"]",
    );
    passes(&format!("{USER} satisfied [mfa]"), "grant require nothing");
    passes(
        &USER.replace("user", "user groups [BreakGlass]"),
        "notApplicable applied []",
    );
    let on_phone = USER.replace("windows", "iOS");
    passes(
        &on_phone,
        "deny require mfa require any [compliantDevice, compliantApplication]",
    );
    passes(
        &on_phone,
        "session persistentBrowser never session signInFrequency 4 hours",
    );
    assert_eq!(
        said(USER, "grant"),
        ["expected `grant`, got `interrupt`, because `mfa` is missing"]
    );
    assert_eq!(
        said(USER, "applied [\"Phones\"]"),
        ["expected exactly `Phones` to apply, got not `Phones`, but `MFA`"]
    );
    assert_eq!(
        said(USER, "not applied [\"MFA\"]"),
        ["expected `MFA` not to apply, got that it does"]
    );
    assert_eq!(
        said(&on_phone, "session persistentBrowser always"),
        [
            "expected the session control `persistentBrowser always`, got `signInFrequency 4 hours`, \
          `persistentBrowser never`"
        ]
    );
    assert_eq!(
        said(USER, "require all [mfa, terms Handbook]"),
        ["expected `mfa`, and `terms Handbook` to be required, got `mfa`"]
    );
}

#[test]
fn report_only_policies_are_judged_as_if_they_were_enforced() {
    let finance = format!(
        "{} user.department \"Sales\"",
        USER.replace("user", "user groups [Finance]")
    );
    passes(
        &finance,
        "interrupt reportOnly block reportOnly applied [\"Trial\"]",
    );
    assert_eq!(
        said(&finance, "reportOnly interrupt"),
        ["expected `interrupt` if report-only policies were enforced, got `block`"]
    );
}

#[test]
fn a_step_changes_what_it_says_and_keeps_the_rest() {
    let run = ran(&format!(
        "test \"steps\" {{
            given {{ {USER} signInRisk high groups [Finance] }} expect {{ reportOnly block }}
            given {{ signInRisk low }} expect {{ reportOnly interrupt }}
            given {{ location Embargoed }} expect {{ block }}
            given {{ location Offices satisfied [mfa] }} expect {{ grant }}
            given {{ user Ada }} expect {{ grant not applied [\"Trial\"] }}
            given {{ device [trustType \"AzureAD\", isCompliant True] platform iOS }} expect {{ grant }}
            given {{ device.isCompliant False }} expect {{ deny }}
            given {{ unknown [device.isCompliant] }} expect {{ deny }}
            given {{ device.isCompliant True }} expect {{ grant }}
            given {{ context Secret }} expect {{ notApplicable }}
        }}"
    ));
    let failures: Vec<String> = run.tests[0]
        .failures
        .iter()
        .map(|f| format!("{f:?}"))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(run.tests[0].steps, 10);
}

#[test]
fn facts_become_the_members_of_a_request() {
    let request = |given: &str| {
        let project = project(&format!(
            "test \"t\" {{ given {{ {given} }} expect {{ grant }} }}"
        ));
        assert!(project.diagnostics.is_empty(), "{:#?}", project.diagnostics);
        to_json(&project.scenarios[0].steps[0].request)
    };
    assert_eq!(
        request("app Payroll user Ada ip 2001:db8::1 now 2026-11-22 baselineScopesOnly"),
        "{\"signInIdentity\":{\"@odata.type\":\"#microsoft.graph.userSignIn\",\
         \"userId\":\"11111111-0000-4000-8000-000000000001\"},\
         \"signInContext\":{\"@odata.type\":\"#microsoft.graph.applicationContext\",\
         \"includeApplications\":[\"5d0c9f5e-0000-4000-8000-000000009a11\"]},\
         \"signInConditions\":{\"ipAddress\":\"2001:db8::1\"},\
         \"directory\":{\"groups\":[],\"roles\":[]},\
         \"context\":{\"now\":\"2026-11-22T00:00:00Z\",\"baselineScopesOnly\":true}}"
    );
    let guest = request(
        "guest serviceProvider from \"t\" groups [Finance] action registerDevice \
                         location Offices satisfied [mfa, terms Handbook] methods [fido2]",
    );
    for part in [
        "\"externalUserType\":\"serviceProvider\",\"externalTenantId\":\"t\"",
        "\"userAction\":\"urn:user:registerdevice\"",
        "\"ipAddress\":\"203.0.113.1\"",
        "\"groups\":[\"8f6f3d0a-0000-4000-8000-0000000f1a0c\"]",
        "\"satisfied\":[\"mfa\",\"terms:a4d3c2b1-0000-4000-8000-0000000ba9d0\"]",
        "\"methods\":[\"fido2\"]",
    ] {
        assert!(guest.contains(part), "{part} in {guest}");
    }
    let tagged = request(
        "servicePrincipal \"s\" app Payroll workloadRisk high compliance platform windows \
                          tags app Payroll [Eng.Project [\"Baker\"], Eng.Level \"High\"]",
    );
    for part in [
        "\"servicePrincipalId\":\"s\"",
        "\"servicePrincipalRiskLevel\":\"high\"",
        "\"compliance\":{\"platform\":\"windows\"}",
        "\"apps\":[{\"id\":\"5d0c9f5e-0000-4000-8000-000000009a11\",\"customSecurityAttributes\":\
         {\"Eng\":{\"Project\":[\"Baker\"],\"Level\":\"High\"}}}]",
    ] {
        assert!(tagged.contains(part), "{part} in {tagged}");
    }
}

#[test]
fn what_is_wrong_with_a_test_is_said_once_and_at_its_place() {
    let codes = |given: &str, expect: &str| -> Vec<&'static str> {
        let project = project(&format!(
            "test \"t\" {{ given {{ {given} }} expect {{ {expect} }} }}"
        ));
        project.diagnostics.iter().map(|d| d.code.name()).collect()
    };
    assert_eq!(codes("user app Payroll browser edge", "block"), ["GW0230"]);
    assert_eq!(
        codes("user app Payroll user.departmnt \"x\"", "block"),
        ["GW0230"]
    );
    assert_eq!(
        codes("user app Payroll device.isRegistered True", "block"),
        ["GW0230"]
    );
    assert_eq!(
        codes("user app Payroll client safari platform iOS", "block"),
        ["GW0231"]
    );
    assert_eq!(codes("user app Payroll ip nowhere", "block"), ["GW0231"]);
    assert_eq!(
        codes("user app Payroll user.department Sales", "block"),
        ["GW0231"]
    );
    assert_eq!(codes("user app Payrol", "block"), ["GW0201"]);
    assert_eq!(
        codes("user roles [Finance] app Payroll", "block"),
        ["GW0202"]
    );
    assert_eq!(
        codes("user app Payroll guest internalGuest", "block"),
        ["GW0232"]
    );
    assert_eq!(codes("app Payroll", "block"), ["GW0233"]);
    assert_eq!(codes("user app Payroll", ""), ["GW0233"]);
    assert_eq!(codes("user app Payroll", "refuse"), ["GW0234"]);
    assert_eq!(codes("user app Payroll", "not block"), ["GW0234"]);
    assert_eq!(codes("user app Payroll", "applied [\"Mfa\"]"), ["GW0235"]);
    assert_eq!(codes("user app Payroll", "block grant"), ["GW0236"]);
    assert_eq!(codes("user app Payroll", "block require mfa"), ["GW0236"]);
    let twice = "test \"A\" { given { user app Payroll } expect { block } }";
    let project = project(&format!("{twice}\n{}", twice.replace("\"A\"", "\"a\"")));
    assert_eq!(project.diagnostics[0].code.name(), "GW0237");
}

#[test]
fn a_failure_names_the_condition_that_kept_a_policy_away() {
    let run = ran(&format!(
        "test \"t\" {{ given {{ {USER} }} expect {{ applied [\"MFA\", \"Phones\"] }} }}"
    ));
    let why = &run.tests[0].failures[0].why;
    assert_eq!(why.len(), 1, "{why:?}");
    assert_eq!(why[0].text, "`Phones` does not apply: this does not hold");
    let text = format!("{POLICIES}\n");
    let span = why[0].span.unwrap();
    assert!(
        text[span.range()].starts_with("platforms [iOS]"),
        "{}",
        &text[span.range()]
    );
}

#[test]
fn results_are_rendered_for_programs() {
    let project = project(&format!(
        "test \"good\" {{ given {{ {USER} }} expect {{ interrupt }} }}
         test \"bad <&>\" {{ given {{ {USER} }} expect {{ grant }} }}"
    ));
    let run = ran_with(&project, &Options::default());
    assert_eq!(
        human(&run, &project.sources),
        "ok     good\nFAILED bad <&>\n"
    );
    let value: serde_json::Value = serde_json::from_str(&json(&run, &project.sources)).unwrap();
    assert_eq!(
        (value["passed"].as_u64(), value["failed"].as_u64()),
        (Some(1), Some(1))
    );
    let failure = &value["tests"][1]["failures"][0];
    assert_eq!(failure["expected"], "`grant`");
    assert!(failure["request"]["signInIdentity"].is_object());
    let suite = Suite {
        name: "p".to_owned(),
        timestamp: "2026-11-22T09:00:00".to_owned(),
        seconds: 1.5,
    };
    let xml = junit(&run, &suite, &project.sources);
    assert!(
        xml.contains("tests=\"2\" failures=\"1\" errors=\"0\" time=\"1.500\""),
        "{xml}"
    );
    assert!(
        xml.contains("name=\"bad &lt;&amp;&gt;\" classname=\"main\""),
        "{xml}"
    );
    assert_eq!(xml.matches("<testcase").count(), 2);
}

#[test]
fn tests_are_chosen_by_name() {
    let project = project(&format!(
        "test \"one\" {{ given {{ {USER} }} expect {{ interrupt }} }}
         test \"two\" {{ given {{ {USER} }} expect {{ grant }} }}"
    ));
    let options = Options {
        filter: Filter::new("on"),
        ..Options::default()
    };
    let run = ran_with(&project, &options);
    assert_eq!((run.tests.len(), run.left_out, run.failed()), (1, 1, 0));
}
