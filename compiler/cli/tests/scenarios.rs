//! `gatewright test` and `gatewright fmt` as scripts meet them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::path::PathBuf;

use common::{run, run_with_input};
use serde_json::Value;

/// A fresh folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("gatewright-scenarios-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name).to_string_lossy().into_owned();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
        ran.out.contains("coverage: 50.0 % (1 of 2 outcomes)"),
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
