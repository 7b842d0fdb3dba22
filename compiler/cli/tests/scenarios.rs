//! `gatewright test` and `gatewright fmt` as scripts meet them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Folder, run, run_with_input};
use serde_json::Value;

const POLICY: &str =
    "policy \"MFA\" {\n    state   enabled\n    users   all\n    apps    all\n    require mfa\n}\n";

fn with_test(expect: &str) -> String {
    format!(
        "{POLICY}\ntest \"In the browser\" {{\n    given  {{ user  app \"0000\"  client browser }}\n    expect {{ {expect} }}\n}}\n"
    )
}

#[test]
fn tests_that_pass_end_with_zero_and_what_they_leave_open_is_listed() {
    let folder = Folder::new("pass");
    let path = folder.write("a.gate", &with_test("require mfa"));
    let ran = run(&["test", &path, "--coverage"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.starts_with("ok     In the browser\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("coverage: 25.0 % (1 of 4 edges)"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("no test in which it does not apply"),
        "{}",
        ran.out
    );
    assert!(
        ran.err.contains("1 test: 1 passed, 0 failed"),
        "{}",
        ran.err
    );
}

#[test]
fn mutants_that_no_test_notices_are_listed_and_end_with_two() {
    let folder = Folder::new("mutate");
    let path = folder.write("a.gate", &with_test("interrupt"));
    let ran = run(&["test", &path, "--mutate"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("mutants: 100.0 % noticed"), "{}", ran.out);

    let path = folder.write("b.gate", &with_test("not applied []"));
    let ran = run(&["test", &path, "--mutate"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("b.gate:1:8: `MFA` is disabled"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("4 survived"), "{}", ran.err);
    let ran = run(&["test", &path, "--mutate", "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["mutation"]["survived"], 4, "{value:#}");

    let path = folder.write("c.gate", &with_test("grant"));
    let ran = run(&["test", &path, "--mutate"]);
    assert_eq!(ran.code, 2);
    assert!(!ran.out.contains("mutants"), "{}", ran.out);
    assert!(ran.err.contains("no mutant was run"), "{}", ran.err);
}

#[test]
fn a_failing_expectation_says_what_came_out_and_why() {
    let folder = Folder::new("fail");
    let path = folder.write("a.gate", &with_test("grant"));
    let ran = run(&["test", &path]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("error[GW0249]"), "{}", ran.out);
    assert!(
        ran.out
            .contains("expected `grant`, got `interrupt`, because `mfa` is missing"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("`MFA` applies and is not satisfied"),
        "{}",
        ran.out
    );
    let request = ran.out.lines().find(|line| line.starts_with('{')).unwrap();
    let again = run_with_input(
        &["eval", &path, "--request", "-", "--format", "json"],
        request,
    );
    let decision: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(decision["verdict"], "interrupt", "{}", again.err);
}

#[test]
fn results_are_printed_for_programs() {
    let folder = Folder::new("formats");
    let path = folder.write("a.gate", &with_test("grant"));
    let ran = run(&["test", &path, "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, value["failed"].as_u64()), (2, Some(1)));
    assert_eq!(value["tests"][0]["failures"][0]["line"], 10);
    let ran = run(&["test", &path, "--format", "junit"]);
    assert!(
        ran.out
            .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>")
    );
    assert!(ran.out.contains("type=\"GW0249\""), "{}", ran.out);
}

#[test]
fn what_cannot_be_read_is_not_run_and_no_test_of_a_name_is_said() {
    let folder = Folder::new("unreadable");
    let path = folder.write("a.gate", &with_test("applied [\"MFAs\"]"));
    let ran = run(&["test", &path]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("GW0235"), "{}", ran.err);
    let path = folder.write("b.gate", &with_test("require mfa"));
    let ran = run(&["test", &path, "--run", "nothing like it"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no test has the name"), "{}", ran.err);
    assert_eq!(run(&["test", &path, "--run", "BROWSER"]).code, 0);
}

#[test]
fn a_new_project_passes_its_own_tests() {
    let folder = Folder::new("new");
    let path = folder.0.join("tenant").to_string_lossy().into_owned();
    assert_eq!(run(&["new", &path]).code, 0);
    let ran = run(&["test", &path]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(run(&["fmt", "--check", &path]).code, 0);
}

#[test]
fn files_are_formatted_in_place_or_only_compared() {
    let folder = Folder::new("fmt");
    let path = folder.write("a.gate", "group   A=\"1\"\n");
    let ran = run(&["fmt", "--check", &path]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("-group   A=\"1\"\n+group A = \"1\"\n"),
        "{}",
        ran.out
    );
    assert_eq!(run(&["fmt", &folder.0.to_string_lossy()]).code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "group A = \"1\"\n");
    assert_eq!(run(&["fmt", "--check", &path]).code, 0);
    let ran = run_with_input(&["fmt", "-"], "group   A=\"1\"");
    assert_eq!((ran.code, ran.out.as_str()), (0, "group A = \"1\"\n"));
}

#[test]
fn marks_and_line_ends_stay_and_broken_declarations_are_left_alone() {
    let folder = Folder::new("marks");
    let text = "\u{FEFF}group   A=\"1\"\r\n\r\npolicy \"B\" { users [[ }\r\n";
    let path = folder.write("a.gate", text);
    assert_eq!(run(&["fmt", &path]).code, 3);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "\u{FEFF}group A = \"1\"\r\n\r\npolicy \"B\" { users [[ }\r\n"
    );
}

/// Copy a project.
fn copied(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[track_caller]
fn suggestions_cover(project: &str) {
    let folder = Folder::new(&format!("suggest-{project}"));
    copied(&common::root().join("examples").join(project), &folder.0);
    let path = folder.0.to_string_lossy().into_owned();
    let ran = run(&["test", &path, "--suggest"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("\ntest \""), "{}", ran.out);
    assert!(!ran.err.contains("coverage: 100.0 %"), "{}", ran.err);
    folder.write("suggested.gate", &ran.out);
    let ran = run(&["test", &path, "--suggest"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("coverage: 100.0 %"), "{}", ran.err);
    assert!(ran.err.contains("no test to suggest"), "{}", ran.err);
}

#[test]
fn with_the_suggested_tests_in_place_contoso_is_covered() {
    suggestions_cover("contoso");
}

#[test]
fn with_the_suggested_tests_in_place_meridian_is_covered() {
    suggestions_cover("meridian");
}

#[test]
fn edges_that_no_sign_in_takes_are_ruled_out_and_counted() {
    // Such clients show no device.
    let policy = "policy \"Managed\" { state enabled users all apps all clients [other]\n    \
                  devices where device.isCompliant -eq True block }\n";
    let folder = Folder::new("impossible");
    let path = folder.write("a.gate", policy);
    let ran = run(&["test", &path, "--suggest", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let ruled_out = value["coverage"]["ruledOut"].as_u64().unwrap();
    let edges = value["coverage"]["edges"].to_string();
    assert!(ruled_out > 0, "{value:#}");
    assert!(!edges.contains("`device.isCompliant` is true"), "{edges}");
    let tests = value["suggestions"]["tests"].as_array().unwrap();
    assert!(!tests.is_empty());
    for test in tests {
        assert!(
            test["request"].is_object() && test["text"].is_string(),
            "{test:#}"
        );
        let name = test["name"].as_str().unwrap();
        assert!(name.starts_with("Managed: "), "{name}");
    }
    let ran = run(&["test", &path, "--coverage"]);
    let counted = format!("; {ruled_out} more that no sign-in can take)");
    assert!(ran.out.contains(&counted), "{}", ran.out);
}

#[test]
fn what_no_test_notices_may_break_an_invariant_or_change_nothing() {
    let folder = Folder::new("judged");
    let text = "policy \"Legacy\" { state enabled users all apps all\n    \
                clients [exchangeActiveSync, other] block }\n\
                policy \"Older\" { state enabled users all apps all clients [other] block }\n\
                invariant \"No legacy\" { users all clients [exchangeActiveSync, other] \
                always block }\n\
                test \"t\" { given { user app \"0000\" client browser } \
                expect { notApplicable } }\n";
    let path = folder.write("a.gate", text);
    let ran = run(&["test", &path, "--mutate", "--format", "json"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let fate = |says: &str| {
        let mut mutants = value["mutation"]["mutants"].as_array().unwrap().iter();
        let found = mutants.find(|one| one["description"].as_str().unwrap().contains(says));
        found.unwrap_or_else(|| panic!("{says}: {value:#}")).clone()
    };
    let disabled = fate("`Legacy` is disabled");
    assert_eq!(disabled["fate"], "noticed", "{disabled:#}");
    assert_eq!(disabled["invariant"], "No legacy");
    assert!(disabled["witness"].is_object(), "{disabled:#}");
    // The other policy does it all the same.
    assert_eq!(fate("`Older` is disabled")["fate"], "unchanged");

    let without = text.replace("invariant", "// ");
    let path = folder.write("b.gate", &without);
    let ran = run(&["test", &path, "--mutate"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("`Legacy` is disabled"), "{}", ran.out);
    assert!(ran.out.contains("    now lets in: "), "{}", ran.out);
    assert!(!ran.out.contains("`Older` is disabled"), "{}", ran.out);
}
