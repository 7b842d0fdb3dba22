//! `gatewright diff` as scripts and reviewers meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Folder, Ran, run};
use serde_json::Value;

impl Folder {
    fn diff(&self, old: &str, new: &str, more: &[&str]) -> Ran {
        let old = self.write("old.gate", old);
        let new = self.write("new.gate", new);
        let mut args = vec!["diff", &old, &new];
        args.extend(more);
        run(&args)
    }

    fn json(&self, old: &str, new: &str, more: &[&str]) -> (Value, i32) {
        let ran = self.diff(old, new, &[&["--format", "json"], more].concat());
        let value = serde_json::from_str(&ran.out);
        (
            value.unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err)),
            ran.code,
        )
    }
}

const MFA: &str = "policy \"MFA\" { state enabled users all apps all require mfa }";
const MFA_BUT_OPS: &str = "group Ops = \"10000000-0000-0000-0000-000000000001\"
    policy \"MFA\" { state enabled users all except groups [Ops] apps all require mfa }";

#[test]
fn an_exclusion_is_a_looser_class_with_a_request_that_both_sides_decide_differently() {
    let folder = Folder::new("exclusion");
    let (value, code) = folder.json(MFA, MFA_BUT_OPS, &[]);
    assert_eq!(code, 2);
    assert_eq!(value["result"], "different");
    let class = &value["classes"][0];
    assert_eq!(class["direction"], "looser");
    assert_eq!(class["dropped"], serde_json::json!(["mfa"]));
    assert_eq!(class["added"], serde_json::json!([]));
    assert_eq!(class["old"]["verdict"], "interrupt");
    assert_eq!(class["old"]["missing"], serde_json::json!([["mfa"]]));
    assert_eq!(class["new"]["verdict"], "notApplicable");
    assert_eq!(class["causes"]["old"][0]["displayName"], "MFA");
    assert_eq!(class["confirmed"], true);
    assert_eq!(class["covered"], true);
    let facts = class["cubes"][0]["facts"].as_array().unwrap();
    let of_group = facts
        .iter()
        .find(|fact| fact["attribute"] == "user.groups")
        .unwrap();
    assert_eq!(of_group["says"], "the user is in the group Ops");
    assert_eq!(of_group["usual"], false);
    let request = folder.write("request.json", &class["witness"]["request"].to_string());
    for (side, verdict) in [("old.gate", "interrupt"), ("new.gate", "notApplicable")] {
        let path = folder.0.join(side).to_string_lossy().into_owned();
        let ran = run(&["eval", &path, "--request", &request, "--format", "json"]);
        let decision: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(decision["verdict"], verdict, "{}", ran.err);
    }
}

#[test]
fn the_answer_reads_as_a_release_note() {
    let folder = Folder::new("human");
    let ran = folder.diff(MFA, MFA_BUT_OPS, &[]);
    for expected in [
        "1. ▼ looser: multifactor authentication is no longer required\n",
        "the user is in the group Ops",
        "   before   asked for multifactor authentication\n",
        "   after    let in: nothing is required\n",
        "   was by   `MFA`\n",
        "  ~ MFA: conditions changed: users\n",
        "   partly   access is no longer blocked\n",
        "1 difference: 1 looser. Less is demanded than before, and nowhere more.\n",
    ] {
        assert!(ran.out.contains(expected), "{expected}: {}", ran.out);
    }
}

#[test]
fn a_stronger_requirement_is_stricter() {
    let folder = Folder::new("stronger");
    let strong = MFA.replace("mfa", "strength PhishingResistantMfa");
    let (value, code) = folder.json(MFA, &strong, &[]);
    assert_eq!(code, 2);
    let classes = value["classes"].as_array().unwrap();
    assert!(
        classes.iter().all(|class| class["direction"] == "stricter"),
        "{value:#}"
    );
    let added = classes[0]["added"][0].as_str().unwrap();
    assert_eq!(added, "the strength \"Phishing-resistant MFA\"");
    assert_eq!(
        value["policies"][0]["aspects"],
        serde_json::json!(["requirement"])
    );
}

#[test]
fn a_policy_that_is_disabled_says_so_and_what_is_lost() {
    let folder = Folder::new("disabled");
    let block = "policy \"Block\" { state enabled users all apps all clients [other] block }";
    let (value, code) = folder.json(block, &block.replace("enabled", "disabled"), &[]);
    assert_eq!(code, 2);
    assert_eq!(value["classes"][0]["dropped"], serde_json::json!(["block"]));
    assert_eq!(value["classes"][0]["old"]["verdict"], "block");
    assert_eq!(
        value["policies"][0]["aspects"],
        serde_json::json!(["state"])
    );
    assert_eq!(value["policies"][0]["new"]["state"], "disabled");
}

#[test]
fn what_only_reports_makes_no_difference_unless_it_is_asked_for() {
    let folder = Folder::new("report");
    let reports = MFA.replace("enabled", "reportOnly");
    let none = MFA.replace("enabled", "disabled");
    assert_eq!(folder.json(&reports, &none, &[]).1, 0);
    let (value, code) = folder.json(&reports, &none, &["--report-only"]);
    assert_eq!(
        (code, &value["classes"][0]["dropped"][0]),
        (2, &Value::from("mfa"))
    );
}

#[test]
fn what_a_device_shows_anyway_is_no_difference() {
    let folder = Folder::new("held");
    let needless = format!(
        "{MFA}\npolicy \"C\" {{ state enabled users all apps all
            clients [browser, mobileAppsAndDesktopClients]
            when device.isCompliant -eq True and session.flow -ne deviceCodeFlow
            require compliantDevice }}"
    );
    let ran = folder.diff(MFA, &needless, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_new_name_and_other_words_are_textual_changes_only() {
    let folder = Folder::new("textual");
    let renamed = MFA
        .replace("\"MFA\"", "\"Second factor\"")
        .replace("mfa", "any [mfa]");
    let ran = folder.diff(MFA, &renamed, &[]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("~ Second factor: renamed from `MFA`\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .ends_with("Textual changes only: every sign-in is decided as before.\n")
    );
    let (value, _) = folder.json(MFA, &renamed, &[]);
    assert_eq!(value["result"], "textual");
    let ran = folder.diff(MFA, MFA, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "No difference.\n"));
    assert_eq!(folder.json(MFA, MFA, &[]).0["result"], "same");
}

#[test]
fn one_text_is_compared_with_itself_by_two_editions() {
    let folder = Folder::new("editions");
    let text = "app Payroll = \"5d0c9f5e-0000-4000-8000-000000009a11\"
        policy \"MFA\" { state enabled users all apps all except [Payroll] require mfa }";
    let editions = ["--old-edition", "2025-01", "--new-edition", "2026-06"];
    let (value, code) = folder.json(text, text, &editions);
    assert_eq!(code, 2, "{value:#}");
    assert_eq!(value["editions"]["old"], "2025-01");
    assert_eq!(value["classes"][0]["direction"], "stricter");
    assert_eq!(value["policies"], serde_json::json!([]));
    let ran = folder.diff(MFA, MFA, &editions);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("alike in both editions"), "{}", ran.out);
}

#[test]
fn people_are_counted_through_groups_in_groups() {
    let folder = Folder::new("users");
    let users = folder.write(
        "users.json",
        r#"{
            "users": [
                { "id": "u1", "displayName": "Ada", "groups": ["inner"] },
                { "id": "u2", "displayName": "Bob" },
                { "id": "u3", "displayName": "Cleo",
                  "groups": ["10000000-0000-0000-0000-000000000001"] }
            ],
            "groups": [
                { "id": "inner", "groups": ["10000000-0000-0000-0000-000000000001"] },
                { "id": "10000000-0000-0000-0000-000000000001" }
            ]
        }"#,
    );
    let (value, _) = folder.json(MFA, MFA_BUT_OPS, &["--users", &users]);
    assert_eq!(value["people"], 3);
    let concerned = &value["classes"][0]["users"];
    assert_eq!(concerned["count"], 2, "{value:#}");
    assert_eq!(concerned["names"], serde_json::json!(["Ada", "Cleo"]));
    let ran = folder.diff(MFA, MFA_BUT_OPS, &["--users", &users]);
    assert!(
        ran.out.contains("concerns 2 of 3 people: Ada, Cleo\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_change_for_guests_concerns_no_member() {
    let folder = Folder::new("guests");
    let users = folder.write(
        "users.json",
        r#"{ "users": [
            { "id": "u1", "displayName": "Ada", "userType": "Member" },
            { "id": "u2", "displayName": "Gus", "userType": "Guest" }
        ] }"#,
    );
    let guests = "policy \"G\" { state enabled users guests all apps all require mfa }";
    let none = guests.replace("enabled", "disabled");
    let (value, _) = folder.json(guests, &none, &["--users", &users]);
    let concerned = &value["classes"][0]["users"];
    assert_eq!(concerned["names"], serde_json::json!(["Gus"]), "{value:#}");
}

#[test]
fn markdown_fits_a_comment_on_a_pull_request() {
    let folder = Folder::new("markdown");
    let new = "policy \"MFA | all\" { state enabled users all apps all
        clients [browser, mobileAppsAndDesktopClients] require mfa }";
    let old = new.replace("enabled", "disabled");
    let ran = folder.diff(&old, new, &["--format", "markdown"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn a_search_that_ends_early_is_unknown() {
    let folder = Folder::new("budget");
    let parts: Vec<String> = (0..14)
        .map(|n| {
            format!(
                "policy \"P{n}\" {{ state enabled users groups [\"g{n}\", \"h{n}\"] \
            except groups [\"g{}\"] apps all require mfa }}",
                (n + 5) % 14
            )
        })
        .collect();
    let (old, new) = (parts.join("\n"), parts[1..].join("\n"));
    let ran = folder.diff(&old, &new, &["--budget", "0"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("unknown: "), "{}", ran.err);
}

#[test]
fn what_cannot_be_compared_is_said_with_a_way_out() {
    let folder = Folder::new("wrong");
    let path = folder.write("a.gate", MFA);
    let bundle = folder.0.join("a.gwb").to_string_lossy().into_owned();
    let build = ["build", &path, "-o", &bundle, "--without-sources"];
    assert_eq!(run(&build).code, 0);
    let ran = run(&["diff", &bundle, &path]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("give the sources that it was built from"),
        "{}",
        ran.err
    );
    let ran = run(&["diff", &path, "examples/payments"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("different schemas"), "{}", ran.err);
    let ran = run(&["diff", &path, "nowhere"]);
    assert_eq!(ran.code, 1);
    let ran = run(&["diff", &path, &path, "--without", "legacyClients"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("did you mean `legacyClient`?"),
        "{}",
        ran.err
    );
    let ran = run(&["diff", "-", "-"]);
    assert_eq!(ran.code, 1);
    let broken = folder.write("broken.gate", "policy \"A\" { state enbled }");
    assert_eq!(run(&["diff", &path, &broken]).code, 3);
}

#[test]
fn policies_come_in_any_form() {
    let ran = run(&[
        "diff",
        "examples/exported",
        "examples/exported/policies.json",
    ]);
    assert!(matches!(ran.code, 0 | 2), "{}{}", ran.out, ran.err);
}

#[test]
fn a_schema_of_ones_own_is_compared_by_its_effects_and_obligations() {
    let folder = Folder::new("own");
    let read = |name: &str| {
        let path = common::root().join("examples/payments").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let text = read("schema.gate") + &read("payments.gate");
    let (value, code) = folder.json(&text, &text.replace("-ge 10000", "-ge 5000"), &[]);
    assert_eq!(code, 2);
    let classes = value["classes"].as_array().unwrap();
    assert!(
        classes.iter().all(|class| class["direction"] == "stricter"),
        "{value:#}"
    );
    assert!(
        classes
            .iter()
            .any(|class| class["new"]["verdict"] == "stepUp")
    );
    assert_eq!(
        classes[0]["causes"]["new"][0]["id"],
        "P2 Large payments are confirmed"
    );
}

#[test]
fn within_clauses_only_their_sign_ins_are_compared() {
    let folder = Folder::new("within");
    let old = format!(
        "{MFA} policy \"Legacy\" {{ state enabled users all apps all clients [other] block }}"
    );
    for (within, client) in [
        ("users groups [Ops]", None),
        ("clients [other]", Some("other")),
        ("users groups [Ops] clients [browser]", Some("browser")),
    ] {
        let (found, code) = folder.json(&old, MFA_BUT_OPS, &["--within", within]);
        let classes = found["classes"].as_array().unwrap();
        assert_eq!((code, classes.is_empty()), (2, false), "{within}");
        for class in classes {
            let met = &class["witness"]["request"]["signInConditions"]["clientAppType"];
            assert!(
                client.is_none_or(|client| met == client),
                "{within}: {class}"
            );
        }
    }
    // What cannot prove anything is still shut out by the other policy.
    for within in ["users all except groups [Ops]", "workloads all"] {
        let (found, code) = folder.json(&old, MFA_BUT_OPS, &["--within", within]);
        assert_eq!(
            (code, &found["classes"]),
            (0, &serde_json::json!([])),
            "{within}"
        );
    }
    let ran = folder.diff(&old, MFA_BUT_OPS, &["--within", "users groups [Nobody]"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let ran = folder.diff(
        &old,
        MFA_BUT_OPS,
        &["--within", "clients [other] never block"],
    );
    assert_ne!(ran.code, 0, "{}", ran.err);
}

const COMPLIANT: &str = "policy \"P\" { state enabled users all apps all require compliantDevice }
    compliance \"Windows\" for windows { users all require setting.threatLevel -le \"medium\" }";

#[test]
fn a_stricter_compliance_policy_shuts_devices_out_that_report_too_little() {
    let folder = Folder::new("compliance");
    let stricter = COMPLIANT.replace("\"medium\"", "\"low\"");
    let (value, code) = folder.json(COMPLIANT, &stricter, &[]);
    assert_eq!((code, &value["result"]), (2, &"different".into()));
    assert_eq!(value["notes"], serde_json::json!([]));
    let classes = value["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 1, "{value:#}");
    let class = &classes[0];
    assert_eq!(
        (&class["direction"], &class["added"][0]),
        (&"stricter".into(), &"block".into())
    );
    assert_eq!(class["confirmed"], true);
    assert_eq!(
        class["complianceCauses"]["new"][0]["displayName"],
        "Windows"
    );
    assert_eq!(class["causes"]["new"], serde_json::json!([]));
    let report = &class["witness"]["request"]["compliance"];
    assert_eq!(report["settings"]["threatLevel"], "medium");
    // In words, the same is a matter of two marks.
    let ran = folder.diff(COMPLIANT, &stricter, &[]);
    assert!(
        ran.out.contains("is by    compliance policy `Windows`"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("by the old compliance policies"),
        "{}",
        ran.out
    );
}

#[test]
fn a_longer_grace_is_told_with_how_long_the_device_fails() {
    let folder = Folder::new("grace");
    let [old, new] = ["grace 1 day", "grace 2 days"]
        .map(|grace| COMPLIANT.replace("\"medium\"", &format!("\"medium\" {grace}")));
    let ran = folder.diff(&old, &new, &[]);
    assert!(
        ran.out.contains("looser: access is no longer blocked"),
        "{}",
        ran.out
    );
    let since = "which has been noncompliant for 24 hours";
    assert!(ran.out.contains(since), "{}{}", ran.out, ran.err);
}

#[test]
fn compliance_policies_of_one_side_alone_are_not_followed_up_and_that_is_said() {
    let folder = Folder::new("one-sided");
    let (without, _) = COMPLIANT.split_once("compliance").unwrap();
    for (old, new) in [(COMPLIANT, without), (without, COMPLIANT)] {
        let (value, code) = folder.json(old, new, &[]);
        assert_eq!((code, value["classes"].as_array().unwrap().len()), (0, 0));
        let note = value["notes"][0].as_str().unwrap();
        assert!(
            note.starts_with("only one side has compliance policies"),
            "{note}"
        );
    }
}

#[test]
fn that_policies_contradict_each_other_is_a_difference() {
    let folder = Folder::new("conflict");
    let schema = "schema \"S\" version 1\nentity thing { count: Integer [0, 9] }
        effect approve \"yes\"\neffect refuse \"no\"\ncombine conflict\n";
    let old =
        format!("{schema}policy \"Small\" {{ state enabled when thing.count -lt 5 then approve }}");
    let new =
        format!("{old}\npolicy \"Odd\" {{ state enabled when thing.count -eq 3 then refuse }}");
    let (value, code) = folder.json(&old, &new, &[]);
    assert_eq!(code, 2, "{value:#}");
    let class = &value["classes"][0];
    assert_eq!(class["direction"], "changed");
    assert_eq!(
        (&class["dropped"][0], &class["added"][0]),
        (&"approve".into(), &"conflict".into())
    );
    assert_eq!(
        (&class["old"]["verdict"], &class["new"]["verdict"]),
        (&"approve".into(), &"conflict".into())
    );
    assert_eq!(class["witness"]["request"]["thing"]["count"], 3);
    assert_eq!(class["confirmed"], true);
    let ran = folder.diff(&old, &new, &[]);
    assert!(
        ran.out.contains("policies contradict each other now"),
        "{}",
        ran.out
    );
}
