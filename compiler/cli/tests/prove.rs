//! `gatewright prove`, and invariants in `check` and `test`, as scripts meet them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Folder, Ran, run, run_with_input};
use serde_json::Value;

const NAMES: &str = r#"
group    BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group    Staff      = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]
"#;

/// A policy with these clauses.
fn policy(clauses: &str) -> String {
    format!("{NAMES}\npolicy \"P\" {{ state enabled {clauses} }}\n")
}

/// Prove a property of policies on standard input.
fn prove(policies: &str, property: &str, options: &[&str]) -> Ran {
    let mut args = vec!["prove", "-", property];
    args.extend(options);
    run_with_input(&args, policies)
}

#[track_caller]
fn proved(policies: &str, property: &str) {
    let ran = prove(policies, property, &[]);
    assert_eq!(ran.code, 0, "{property}\n{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("✓ "), "{}", ran.out);
}

/// The witness of a refutation, which the reference evaluator and the runtime decide alike.
#[track_caller]
fn refuted(policies: &str, property: &str) -> Value {
    let ran = prove(policies, property, &["--format", "json"]);
    assert_eq!(ran.code, 2, "{property}\n{}{}", ran.out, ran.err);
    let results: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(results[0]["verdict"], "refuted");
    results[0]["witness"].clone()
}

#[track_caller]
fn says(witness: &Value, words: &str) {
    let sentence = witness["sentence"].as_str().unwrap();
    assert!(sentence.contains(words), "{sentence}");
}

const MFA: &str = "always require mfa";

#[test]
fn what_holds_is_proved_by_the_policies_that_are_enough() {
    let ran = run(&["prove", "examples/meridian", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let results: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 5);
    let money = results.as_array().unwrap().iter();
    let money = money
        .clone()
        .find(|one| one["name"].as_str().unwrap().starts_with("Money"));
    let by = money.unwrap()["by"].as_array().unwrap();
    let by: Vec<&str> = by.iter().map(|name| &name.as_str().unwrap()[..5]).collect();
    assert_eq!(by, ["CA501", "CA505"]);
}

#[test]
fn a_refutation_is_a_sign_in_that_eval_lets_in() {
    let policies = policy("users all except groups [BreakGlass] apps all require mfa");
    let witness = refuted(&policies, MFA);
    says(&witness, "in the group BreakGlass");
    assert_eq!(witness["missed"][0]["policy"], "P");
    let condition = &witness["missed"][0]["conditions"][0];
    assert_eq!(condition["text"], "users all except groups [BreakGlass]");
    assert_eq!(
        (&condition["file"], &condition["line"]),
        (&"<stdin>".into(), &7.into())
    );

    let folder = Folder::new("eval");
    let path = folder.write("a.gate", &policies);
    let ran = run_with_input(
        &["eval", &path, "--request", "-", "--format", "json"],
        &witness["request"].to_string(),
    );
    let decided: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(decided["verdict"], "notApplicable");
}

#[test]
fn every_verdict_has_its_member_in_json() {
    let policies = policy("users all except groups [BreakGlass] apps all require mfa");
    let both = [
        "users all except groups [BreakGlass] always require mfa",
        "--format",
        "json",
    ];
    let ran = prove(&policies, MFA, &both);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let results: Value = serde_json::from_str(&ran.out).unwrap();
    let (first, second) = (&results[0], &results[1]);
    assert_eq!(
        (&first["verdict"], &second["verdict"]),
        (&"refuted".into(), &"proved".into())
    );
    assert_eq!(second["by"], serde_json::json!(["P"]));
    assert_eq!(
        (&second["witness"], &second["exhausted"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&first["vacuous"], &second["vacuous"]),
        (&false.into(), &false.into())
    );
    for member in [
        "request",
        "sentence",
        "unusual",
        "missed",
        "missedFurther",
        "asking",
        "reportOnly",
        "culprits",
    ] {
        assert!(!first["witness"][member].is_null(), "{member}");
    }
}

#[test]
fn what_is_not_decided_within_the_budget_is_unknown() {
    // Whoever wants to know has to try the cases.
    let mut policies = NAMES.to_owned();
    for number in 0..6 {
        for other in 0..number {
            policies.push_str(&format!(
                "policy \"{number}/{other}\" {{ state enabled users all apps all \
                 when user.department -in [\"{number}\", \"{other}\"] -and \
                 user.jobTitle -in [\"{other}\", \"{number}\"] require mfa }}\n"
            ));
        }
    }
    let property = "when user.department -in [\"0\", \"1\", \"2\", \"3\"] -and \
                    user.jobTitle -in [\"0\", \"1\", \"2\", \"3\"] always require mfa";
    let ran = prove(&policies, property, &["--budget", "0"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("? "), "{}", ran.out);
    assert!(ran.out.contains("exhausted"), "{}", ran.out);
    proved(&policies, property);
}

#[test]
fn an_invariant_of_no_sign_in_is_vacuous() {
    let invariant = "invariant \"I\" { clients [exchangeActiveSync] \
                     when device.isCompliant -eq True always block }";
    let policies = policy("users all apps all require mfa");
    let ran = prove(&policies, invariant, &["--format", "json"]);
    let results: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &results[0]["vacuous"]), (0, &true.into()));
    let ran = run_with_input(&["check", "-"], &format!("{policies}{invariant}\n"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("GW0272"), "{}", ran.out);
    let ran = prove(
        &policies,
        invariant,
        &["--without", "legacyClient,unregisteredDevice,values"],
    );
    assert!(
        !ran.out.contains("no sign-in that can exist"),
        "{}",
        ran.out
    );
}

#[test]
fn a_refuted_invariant_is_found_with_a_sign_in() {
    let project = |clauses: &str, annotation: &str| {
        let policy = policy(clauses);
        format!("{policy}{annotation}invariant \"MFA\" {{ {MFA} }}\n")
    };
    let at_risk = project("users all apps all signInRisk [high] require mfa", "");
    let ran = run_with_input(&["check", "-"], &at_risk);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("GW0270") && ran.out.contains("does not apply"),
        "{}",
        ran.out
    );
    let ran = run_with_input(&["test", "-"], &at_risk);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("FAILED invariant MFA"), "{}", ran.out);
    let ran = run_with_input(&["test", "-", "--format", "junit"], &at_risk);
    assert!(ran.out.contains("type=\"GW0270\""), "{}", ran.out);
    let ran = run_with_input(&["test", "-", "--format", "json"], &at_risk);
    let results: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(results["invariants"][0]["outcome"], "failed");
    assert!(results["invariants"][0]["request"].is_object());

    // Deciding sign-ins goes on.
    let folder = Folder::new("goes-on");
    let path = folder.write("a.gate", &at_risk);
    let output = folder.0.join("a.gwb").to_string_lossy().into_owned();
    assert_eq!(run(&["build", &path, "-o", &output]).code, 0);

    let known = project(
        "users all apps all signInRisk [high] require mfa",
        "@suppress(GW0270, \"being worked on\") ",
    );
    for verb in ["check", "test"] {
        let ran = run_with_input(&[verb, "-"], &known);
        assert_eq!(ran.code, 0, "{verb}: {}{}", ran.out, ran.err);
        assert!(!ran.out.contains("GW0217"), "{}", ran.out);
    }
    let holds = project("users all apps all require mfa", "");
    assert_eq!(run_with_input(&["check", "-"], &holds).code, 0);
    // An error comes first.
    let invalid = format!("{at_risk}invariant \"MFA\" {{ never block }}\n");
    assert_eq!(run_with_input(&["check", "-"], &invalid).code, 3);
}

#[test]
fn invariants_without_policies_are_for_other_projects() {
    for verb in ["check", "test"] {
        let ran = run(&[verb, "examples/controls"]);
        assert_eq!(ran.code, 0, "{verb}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_property_is_a_name_a_file_or_clauses() {
    let by_name = run(&[
        "prove",
        "examples/meridian",
        "no legacy AUTHENTICATION gets in",
    ]);
    assert_eq!(
        (by_name.code, by_name.out.lines().count()),
        (0, 1),
        "{}",
        by_name.err
    );
    let within = "users all except groups [BreakGlass]";
    let file = "examples/controls/risk.gate";
    let by_file = run(&["prove", "examples/meridian", file, "--within", within]);
    assert_eq!(by_file.code, 2, "{}", by_file.err);
    assert!(
        by_file.out.contains("✓ Risky agents are blocked"),
        "{}",
        by_file.out
    );
    let own = "examples/meridian/invariants.gate";
    let ran = run(&[
        "prove",
        "examples/meridian",
        own,
        "apps [Payroll] never session persistentBrowser always",
    ]);
    assert_eq!(
        (ran.code, ran.out.lines().count()),
        (0, 6),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn of_two_invariants_with_one_name_the_one_that_is_given_is_meant() {
    let folder = Folder::new("clash");
    let block = "clients [exchangeActiveSync, other] always block";
    let project = folder.write(
        "a.gate",
        &format!(
            "{}/// Why.\n@owner(\"me\")\ninvariant \"A\" {{ {MFA} }}\n",
            policy("users all apps all clients [exchangeActiveSync, other] block")
        ),
    );
    let given = folder.write("b.gate", &format!("invariant \"a\" {{ {block} }}\n"));
    assert_eq!(run(&["prove", &project, &given]).code, 0);
    assert_eq!(run(&["prove", &project, "A"]).code, 2);
    let both = run(&["prove", &project, "A", &given]);
    assert!(both.out.starts_with("✗ A: "), "{}", both.out);
    assert!(both.out.contains("\n✓ a "), "{}", both.out);
}

#[test]
fn policies_beside_a_property_do_not_count() {
    let folder = Folder::new("beside");
    let given = "policy \"Q\" { state enabled users all apps all require mfa }\n";
    let given = folder.write("b.gate", &format!("{given}invariant \"A\" {{ {MFA} }}\n"));
    let project = policy("users all apps all signInRisk [high] require mfa");
    let ran = run_with_input(&["prove", "-", &given], &project);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_left_out_of_within_narrows_nothing() {
    let policies = format!(
        "{}\npolicy \"R\" {{ state enabled users all except groups [BreakGlass] \
         actions [registerSecurityInformation] require mfa }}\n\
         policy \"W\" {{ state enabled workloads all apps all workloadRisk [high] block }}\n",
        policy("users all except groups [BreakGlass] apps all require mfa")
    );
    let within = [
        "--within",
        "users all except groups [BreakGlass]",
        "--format",
        "json",
    ];
    for (property, code) in [
        (MFA, 0),
        (
            "actions [registerSecurityInformation] always require mfa",
            0,
        ),
        ("actions [registerDevice] always require mfa", 2),
        ("workloads all workloadRisk [high] always block", 0),
        ("workloads all always block", 2),
    ] {
        let ran = prove(&policies, property, &within);
        assert_eq!(ran.code, code, "{property}: {}{}", ran.out, ran.err);
        let results: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(results[0]["vacuous"], false, "{property}");
    }
    let ran = prove(&policies, MFA, &["--within", "platforms [linux]"]);
    assert!(
        ran.out.contains("from Linux") || ran.out.contains("linux"),
        "{}",
        ran.out
    );
}

#[test]
fn what_cannot_be_run_says_why() {
    let folder = Folder::new("wrong");
    let path = folder.write("a.gate", &policy("users all apps all require mfa"));
    let bundle = folder.0.join("a.gwb").to_string_lossy().into_owned();
    let build = ["build", &path, "-o", &bundle, "--without-sources"];
    assert_eq!(run(&build).code, 0);
    for (args, code, words) in [
        (vec!["prove", &path], 1, "there is no invariant"),
        (
            vec!["prove", &path, "No such"],
            1,
            "no invariant of the project, no file",
        ),
        (vec!["prove", &path, "missing.gate"], 1, "missing.gate"),
        (vec!["prove", "missing", MFA], 1, "missing"),
        (
            vec!["prove", &bundle, MFA],
            1,
            "holds bytecode and no sources",
        ),
        (
            vec!["prove", &path, MFA, "--without", "legacyClients"],
            1,
            "did you mean `legacyClient`",
        ),
        (
            vec!["prove", &path, MFA, "--format", "dot"],
            1,
            "--print-constraint",
        ),
        (
            vec!["prove", &path, "users groups [Staf] always block"],
            3,
            "Staff",
        ),
        (
            vec!["prove", &path, MFA, "--within", "users nobody"],
            3,
            "nobody",
        ),
        (
            vec!["prove", "examples/meridian", "Break glass is never locked"],
            1,
            "did you mean",
        ),
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
    }
}

#[test]
fn witnesses_are_files_that_eval_reads() {
    let folder = Folder::new("witness");
    let path = folder.write("a.gate", &policy("users all apps [Payroll] require mfa"));
    let given = folder.write(
        "b.gate",
        &format!("invariant \"A b\" {{ {MFA} }}\ninvariant \"a-B!\" {{ {MFA} }}\n"),
    );
    let output = folder.0.join("out/requests").to_string_lossy().into_owned();
    let ran = run(&["prove", &path, &given, "--witness", &output]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for name in ["a-b.json", "a-b-2.json"] {
        let file = format!("{output}/{name}");
        assert!(ran.out.contains(name), "{}", ran.out);
        assert_eq!(run(&["eval", &path, "--request", &file]).code, 0, "{file}");
    }
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 2);
}

#[test]
fn the_constraint_is_printed_by_rows_and_drawn() {
    let ran = run(&[
        "prove",
        "examples/contoso",
        "--print-constraint",
        "--without",
        "address",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let rows: Vec<&str> = ran.out.lines().collect();
    assert!(
        rows.iter().any(|row| row.starts_with("legacyClient ")),
        "{}",
        ran.out
    );
    let off = rows.iter().find(|row| row.starts_with("address ")).unwrap();
    assert!(off.contains(" off "), "{off}");
    assert!(rows.last().unwrap().ends_with(" nodes"), "{}", ran.out);
    let ran = run(&[
        "prove",
        "examples/contoso",
        "--print-constraint",
        "--format",
        "json",
    ]);
    let constraint: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(constraint["nodes"].as_u64().unwrap() > 10);
    let ran = run(&[
        "prove",
        "examples/contoso",
        "--print-constraint",
        "--format",
        "dot",
    ]);
    assert!(ran.out.starts_with("digraph "), "{}", ran.out);
}

#[test]
fn a_directory_that_knows_everybody_narrows_what_can_exist() {
    let folder = Folder::new("directory");
    let policies = policy("users all except groups [BreakGlass] apps all require mfa");
    let path = folder.write("a.gate", &policies);
    let directory = |members: &str| {
        let text = format!(
            r#"{{"complete": true, "users": [{{"id": "u1", "groups": [{members}]}}],
                "groups": [{{"id": "d1f3c0de-0000-4000-8000-00000000b6e1"}},
                           {{"id": "8f6f3d0a-0000-4000-8000-0000000f1a0c"}}]}}"#
        );
        folder.write("directory.json", &text)
    };
    let nobody = directory("");
    assert_eq!(run(&["prove", &path, MFA, "--directory", &nobody]).code, 0);
    let ran = run(&[
        "prove",
        &path,
        MFA,
        "--directory",
        &nobody,
        "--without",
        "directory",
    ]);
    assert_eq!(ran.code, 2);
    let somebody = directory("\"d1f3c0de-0000-4000-8000-00000000b6e1\"");
    assert_eq!(
        run(&["prove", &path, MFA, "--directory", &somebody]).code,
        2
    );
}

#[test]
fn the_pages_of_findings_about_invariants_show_them() {
    for (code, has_example) in [("GW0270", true), ("GW0271", false), ("GW0272", true)] {
        let page = common::root().join(format!("docs/diagnostics/{code}.md"));
        let page = std::fs::read_to_string(page).unwrap();
        let blocks: Vec<&str> = page.split("```gate\n").skip(1).collect();
        let texts = blocks
            .iter()
            .map(|block| block.split("```").next().unwrap());
        let found: Vec<bool> = texts
            .map(|text| run_with_input(&["check", "-"], text).out.contains("GW"))
            .collect();
        assert_eq!(found, [has_example, false], "{code}");
    }
}

// Traps that checkers of shapes fall into.

#[test]
fn multifactor_authentication_at_high_risk_is_not_multifactor_authentication() {
    let policies = policy("users all apps all signInRisk [high] require mfa");
    let witness = refuted(&policies, MFA);
    assert_eq!(
        witness["missed"][0]["conditions"][0]["text"],
        "signInRisk [high]"
    );
    proved(&policies, "signInRisk [high] always require mfa");
}

#[test]
fn one_of_two_is_not_both() {
    let policies = policy("users all apps all require any [mfa, compliantDevice]");
    says(&refuted(&policies, MFA), "compliant device");
    says(
        &refuted(&policies, "always require compliantDevice"),
        "proved multifactor",
    );
    proved(&policies, "always require any [mfa, compliantDevice]");
    // On a device that does not comply the user has no choice, unless it is being enrolled.
    let unmanaged = "unless device.isCompliant -eq True always require mfa";
    says(&refuted(&policies, unmanaged), "enrolling the device");
    assert_eq!(refuted(&policies, MFA)["asking"], serde_json::json!(["P"]));
    let policies = policy("users all apps all require all [mfa, compliantDevice]");
    proved(&policies, MFA);
}

#[test]
fn a_list_of_platforms_leaves_out_those_that_nobody_thought_of() {
    let policies = policy(
        "users all apps all platforms [android, iOS, windows, macOS] require compliantDevice",
    );
    let property = "always require compliantDevice";
    let platform = |witness: Value| {
        let conditions = &witness["request"]["signInConditions"];
        conditions["devicePlatform"]
            .as_str()
            .unwrap_or("unknown")
            .to_owned()
    };
    let listed = ["android", "iOS", "windows", "macOS"];
    assert!(!listed.contains(&&*platform(refuted(&policies, property))));
    let linux = "platforms [linux] always require compliantDevice";
    assert_eq!(platform(refuted(&policies, linux)), "linux");
    let unknown = "platforms all except [android, iOS, windows, macOS, linux, windowsPhone] \
                   always require compliantDevice";
    assert_eq!(platform(refuted(&policies, unknown)), "unknown");
}

#[test]
fn an_unregistered_device_is_excluded_by_a_negative_comparison() {
    let policies =
        policy("users all apps all devices except device.trustType -ne \"Workplace\" block");
    let witness = refuted(
        &policies,
        "unless device.isRegistered -eq True always block",
    );
    says(&witness, "unregistered device");
    proved(
        &policies,
        "when device.trustType -eq \"Workplace\" always block",
    );
}

#[test]
fn an_excluded_group_is_covered_only_if_another_policy_does() {
    let first = policy("users all except groups [Staff] apps all require mfa");
    says(&refuted(&first, MFA), "in the group Staff");
    let both = format!(
        "{first}policy \"Q\" {{ state enabled users groups [Staff] apps all require \
         strength PhishingResistantMfa }}\n"
    );
    proved(&both, MFA);
}

#[test]
fn nobody_beside_roles_adds_nobody() {
    let json = r##"{"@odata.type": "#microsoft.graph.conditionalAccessPolicy", "id": "p1",
        "displayName": "Admins", "state": "enabled",
        "conditions": {"users": {"includeUsers": ["None"],
            "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]},
            "applications": {"includeApplications": ["All"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"##;
    proved(json, "users roles [GlobalAdministrator] always require mfa");
    says(&refuted(json, MFA), "a user");
}

#[test]
fn trusted_locations_are_a_hole_that_is_named() {
    let policies = policy("users all apps all locations all except allTrusted require mfa");
    says(&refuted(&policies, MFA), "203.0.113.");
    proved(
        &policies,
        "locations all except allTrusted always require mfa",
    );
}

#[test]
fn a_policy_that_only_reports_enforces_nothing() {
    let policies =
        policy("users all apps all require mfa").replace("state enabled", "state reportOnly");
    let witness = refuted(&policies, MFA);
    assert_eq!(witness["reportOnly"], serde_json::json!(["P"]));
    assert_eq!(prove(&policies, MFA, &["--report-only"]).code, 0);
    let ran = prove(&policies, MFA, &[]);
    assert!(
        ran.out.contains("only reported, by\n      P"),
        "{}",
        ran.out
    );
}

#[test]
fn a_requirement_that_cannot_be_met_locks_out() {
    let policies = policy("users all apps all require mfa");
    proved(
        &policies,
        "clients [exchangeActiveSync, other] always block",
    );
    says(&refuted(&policies, "never block"), "Exchange ActiveSync");
    proved(&policies, "clients [browser] never block");
    let witness = refuted(&policies, "never require mfa");
    assert_eq!(witness["culprits"], serde_json::json!(["P"]));
}

#[test]
fn session_controls_are_as_strict_or_stricter() {
    let policies = policy("users all apps all session signInFrequency 4 hours");
    proved(&policies, "always session signInFrequency 1 days");
    refuted(&policies, "always session signInFrequency 1 hours");
    refuted(&policies, "never session signInFrequency 4 hours");
    proved(&policies, "never session persistentBrowser always");
}

#[test]
fn a_schema_of_ones_own_has_its_effects_and_obligations() {
    let path = "examples/payments";
    let large = "when payment.amount -gt 20000 -and payment.channel -ne branch";
    let ran = run(&["prove", path, &format!("{large} always require [otp]")]);
    assert!([0, 2].contains(&ran.code), "{}{}", ran.out, ran.err);
    let ran = run(&["prove", path, "always then refuse"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let ran = run(&[
        "prove",
        path,
        "when payment.destination -eq \"KP\" always then refuse",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn missing_facts_count_where_that_is_asked_for() {
    let missing = ["--missing-facts"];
    let everybody = policy("users all apps all require mfa");
    assert_eq!(
        prove(
            &everybody,
            "never require compliantDevice clients [browser]",
            &missing
        )
        .code,
        0
    );
    // Who signs in and what for is known to whoever decides.
    assert_eq!(prove(&everybody, MFA, &missing).code, 0);
    // Nobody knows whether the policy applies, nor whether the invariant is about such a sign-in.
    let some = policy("users groups [Staff] apps all platforms [windows] require mfa");
    for property in [
        "users groups [Staff] platforms [windows] always require mfa",
        "users all except groups [Staff] never require mfa",
    ] {
        assert_eq!(prove(&some, property, &[]).code, 0, "{property}");
        let ran = prove(&some, property, &missing);
        assert_eq!(ran.code, 2, "{property}: {}", ran.out);
        assert!(ran.out.contains("not known"), "{}", ran.out);
    }
}
