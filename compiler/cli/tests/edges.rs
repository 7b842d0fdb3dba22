//! The edges of the command: odd names, bundles without their extension, twins in the environment.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{Folder, command, root};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run_with(args: &[&str], input: &[u8], variables: &[(&str, &str)]) -> Ran {
    let mut command = command();
    let mut child = command
        .args(args)
        .envs(variables.iter().copied())
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it; that is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Ran {
    run_with(args, b"", &[])
}

const REQUEST: &str = "examples/contoso/signins.json";

#[test]
fn a_bundle_is_recognised_under_any_name_and_on_standard_input() {
    let folder = Folder::new("bundle");
    let bundle = folder.path("policies.bin");
    assert_eq!(
        run(&["build", "examples/contoso", "-o", &bundle]).code,
        Some(0)
    );
    let ran = run(&["eval", &bundle, "--request", REQUEST]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let bytes = std::fs::read(&bundle).unwrap();
    let ran = run_with(&["inspect", "-"], &bytes, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = run(&["check", &bundle]);
    assert!(
        ran.code == Some(0) && ran.err.contains("18 policies"),
        "{}",
        ran.err
    );
    let ran = run_with(&["check", "-"], &bytes[..bytes.len() / 2], &[]);
    assert!(
        ran.code == Some(1) && ran.err.contains("not a sound"),
        "{}",
        ran.err
    );
    let ran = run_with(&["inspect", "-", "--dot"], &bytes, &[]);
    assert!(ran.out.starts_with("digraph"), "{}", ran.err);
}

#[test]
fn a_folder_of_graph_json_may_use_any_file_names() {
    let folder = Folder::new("names");
    let policy = r#" {"displayName": "P", "state": "disabled", "conditions":
        {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"#;
    let other = policy.replace("\"P\"", "\"Q\"");
    let wide = std::iter::once(0xfeff).chain(other.encode_utf16());
    let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path("one.txt"), policy).unwrap();
    std::fs::write(folder.path("two"), wide).unwrap();
    std::fs::write(folder.path("README.md"), "# Policies").unwrap();
    std::fs::write(folder.path(".hidden"), policy).unwrap();
    let ran = run(&["check", &folder.path("")]);
    assert!(ran.err.contains("2 policies"), "{}{}", ran.out, ran.err);
}

#[test]
fn twins_of_flags_take_the_usual_words() {
    for (word, is_explained) in [
        ("1", true),
        ("Yes", true),
        ("0", false),
        ("no", false),
        ("", false),
    ] {
        let variables = [("GATEWRIGHT_EXPLAIN", word)];
        let ran = run_with(
            &["eval", "examples/contoso", "--request", REQUEST],
            b"",
            &variables,
        );
        assert_eq!(ran.code, Some(0), "{word}: {}", ran.err);
        assert_eq!(ran.out.contains("  because  "), is_explained, "{word}");
    }
    let variables = [("GATEWRIGHT_EXPLAIN", "perhaps")];
    let ran = run_with(
        &["eval", "examples/contoso", "--request", REQUEST],
        b"",
        &variables,
    );
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn versions_hyphens_and_near_names_are_understood() {
    for flag in ["--version", "-V"] {
        let ran = run(&[flag]);
        assert!(
            ran.code == Some(0) && ran.out.starts_with("gatewright "),
            "{}",
            ran.err
        );
    }
    let ran = run(&["rule", "check", "-not (device.isCompliant -eq True)"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let ran = run(&[
        "rule",
        "check",
        "--format",
        "json",
        "device.isCompliant -eq True",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let ran = run(&["explain", "unknown-valu"]);
    assert!(
        ran.code == Some(1) && ran.err.contains("`unknown-value`"),
        "{}",
        ran.err
    );
    let folder = Folder::new("a b");
    let ran = run(&["new", &folder.path("")]);
    assert!(ran.err.contains("check '"), "{}", ran.err);
}

#[test]
fn facts_of_a_rule_are_warned_of_and_refused_by_name() {
    let eval = [
        "rule",
        "eval",
        "device.trustType -eq \"AzureAD\"",
        "--facts",
        "-",
    ];
    let ran = run_with(&eval, br#"{"trustType": "EntraID"}"#, &[]);
    assert!(
        ran.code == Some(2) && ran.err.contains("EntraID"),
        "{}",
        ran.err
    );
    let ran = run_with(
        &[&eval[..], &["--unknown", "device.modle"]].concat(),
        b"null",
        &[],
    );
    assert!(
        ran.code == Some(1) && ran.err.contains("modle"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("--unknown:1:"), "{}", ran.err);
}

#[test]
fn the_reference_prints_what_the_other_engines_print() {
    let print = |engine: &str, more: &[&str]| {
        let format = ["--format", "json", "--engine", engine];
        let eval = ["eval", "examples/contoso", "--request", REQUEST];
        run(&[&eval[..], &format, more].concat())
    };
    let without_bundle = |line: &str| {
        let Some((before, after)) = line.split_once("\"bundle\":") else {
            return line.to_owned();
        };
        let (_, after) = after.split_once(',').unwrap();
        format!("{before}{after}")
    };
    let lines = |text: &str| text.lines().map(without_bundle).collect::<Vec<_>>();
    let reference = print("reference", &[]);
    assert_eq!(lines(&reference.out), lines(&print("vm", &[]).out));
    let ran = print("reference", &["--explain"]);
    assert_eq!(ran.out, reference.out);
    assert!(ran.err.contains("does not explain"), "{}", ran.err);
}

#[test]
fn errors_that_do_not_stop_a_build_are_printed_in_full() {
    let folder = Folder::new("service");
    let policy = br#"{"displayName": "P", "state": "enabled", "conditions": {"users":
        {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["block"]}}"#;
    let ran = run_with(&["build", "-", "-o", &folder.path("p.gwb")], policy, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for words in [
        "error[GW0406]",
        "1 warning; `gatewright check`",
        "1 policy to",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
}

#[test]
fn rules_of_every_dialect_are_evaluated_and_translated() {
    let eval = |dialect: &str, rule: &str, facts: &str, more: &[&str]| {
        let args = ["rule", "eval", "--dialect", dialect, rule, "--facts", "-"];
        run_with(&[&args, more].concat(), facts.as_bytes(), &[])
    };
    let hired = "user.employeeHireDate -ge system.now -plus p1d";
    let facts = r#"{"employeeHireDate": "2026-11-23T09:00:00Z"}"#;
    let at = |now: &str| eval("dyn-user", hired, facts, &["--now", now]).code;
    assert_eq!(at("2026-11-22T09:00:00Z"), Some(0));
    assert_eq!(at("2026-11-22T10:00:00Z"), Some(2));
    let mistyped = eval("dyn-user", "user.city -eq \"x\"", r#"{"town": "x"}"#, &[]);
    assert_eq!(mistyped.code, Some(1));
    assert!(mistyped.err.contains("town"), "{}", mistyped.err);
    let translate = |rule: &str, more: &[&str]| {
        let args = [
            "rule",
            "translate",
            rule,
            "--from",
            "ca-device",
            "--to",
            "intune-device",
        ];
        run(&[&args, more].concat())
    };
    let done = translate("device.trustType -eq \"AzureAD\"", &[]);
    assert_eq!(done.code, Some(0));
    assert_eq!(done.out, "device.deviceTrustType -eq \"Azure AD joined\"\n");
    let refused = translate("device.isCompliant -eq True", &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    assert!(refused.err.contains("GW0340"), "{}", refused.err);
    let json = translate("device.isCompliant -eq True", &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["rule"], serde_json::Value::Null);
    assert_eq!(json["findings"][0]["code"], "GW0340");
    assert_eq!(translate("device.isCompliant -eq", &[]).code, Some(3));
    let platform = run(&[
        "rule",
        "check",
        "--platform",
        "macOS",
        "device.isCompliant -eq True",
    ]);
    assert_eq!(platform.code, Some(1));
}

const TAGGED: &str = r#"
policy "Critical" {
    state enabled users all block
    apps  where CustomSecurityAttribute.Operations_Tier -eq "Critical"
}
policy "Vetted" {
    state enabled apps all block
    workloads where CustomSecurityAttribute.Review_Done -notContains "2026"
}
policy "Trusted" {
    state enabled apps all block
    agents all
    agents except where CustomSecurityAttribute.Review_Level -startsWith "high"
}
"#;

const TAGS: &str = r#"{
    "apps": [{"id": "a1", "customSecurityAttributes": {"Operations": {"Tier": "critical"}}}],
    "servicePrincipals": [{"id": "s1", "appId": "a2", "customSecurityAttributes": {
        "Review": {"Done@odata.type": "Collection", "Done": ["2025", "2026"]},
        "Operations": {"Tier": "Critical"}}}],
    "agents": [{"id": "g1", "customSecurityAttributes": {"Review": {"Level": "Higher"}}}]
}"#;

#[test]
fn a_directory_file_tells_every_engine_the_custom_security_attributes() {
    let folder = Folder::new("tagged");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path(name), text).unwrap();
        folder.path(name)
    };
    let (source, tags) = (write("tagged.gate", TAGGED), write("directory.json", TAGS));
    let sign_in = |who: &str, app: &str, more: &str| {
        format!(
            r#"{{"signInIdentity": {{{who}}}, "directory": {{{more}}},
                "signInContext": {{"includeApplications": ["{app}"]}}}}"#
        )
    };
    let (user, workload) = (r#""userId": "u""#, r#""servicePrincipalId": "S1""#);
    let agent = |id: &str| format!(r#""agentServicePrincipalId": "{id}""#);
    let rows = [
        (sign_in(user, "A1", ""), "block"),
        (sign_in(user, "a2", ""), "block"),
        (sign_in(user, "a3", ""), "notApplicable"),
        // What the request says of an object comes first, also that it is not tagged.
        (
            sign_in(user, "a1", r#""apps": [{"id": "a1"}]"#),
            "notApplicable",
        ),
        (
            sign_in(
                user,
                "a3",
                r#""apps": [{"id": "A3", "customSecurityAttributes":
                {"operations": {"tier": "Critical"}}}]"#,
            ),
            "block",
        ),
        (sign_in(workload, "a3", ""), "notApplicable"),
        (
            sign_in(workload, "a3", r#""servicePrincipals": [{"id": "s1"}]"#),
            "block",
        ),
        (sign_in(r#""servicePrincipalId": "s2""#, "a3", ""), "block"),
        (sign_in(&agent("g1"), "a3", ""), "notApplicable"),
        (sign_in(&agent("g2"), "a3", ""), "block"),
    ];
    for engine in ["reference", "dag", "vm"] {
        for (request, expected) in &rows {
            let args = ["eval", &source, "--request", "-", "--directory", &tags];
            let engine = ["--engine", engine, "--format", "json"];
            let ran = run_with(&[&args[..], &engine].concat(), request.as_bytes(), &[]);
            let decision: serde_json::Value = serde_json::from_str(&ran.out)
                .unwrap_or_else(|_| panic!("{engine:?}: {request}\n{}", ran.err));
            assert_eq!(decision["verdict"], *expected, "{engine:?}: {request}");
        }
    }
}

#[test]
fn people_among_the_sources_complete_no_request_in_any_engine() {
    let folder = Folder::new("people");
    let people = r#"{"users": [{"id": "u", "groups": ["g"]}], "groups": [{"id": "g"}]}"#;
    let policy = "policy \"P\" { state enabled users groups [\"g\"] apps all block }";
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.path("policies.gate"), policy).unwrap();
    std::fs::write(folder.path("people.json"), people).unwrap();
    let request = br#"{"signInIdentity": {"userId": "u"},
        "signInContext": {"includeApplications": ["a"]}}"#;
    let path = folder.0.to_string_lossy().into_owned();
    let people = folder.path("people.json");
    for (more, code) in [(&[][..], 0), (&["--directory", &people], 2)] {
        for engine in ["reference", "dag", "vm"] {
            let args = ["eval", &path, "--request", "-", "--engine", engine];
            let ran = run_with(&[&args[..], more].concat(), request, &[]);
            assert_eq!(ran.code, Some(code), "{engine}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn a_picture_names_the_compliance_policy_and_the_place_of_the_requirement() {
    let args = [
        "eval",
        "examples/device-risk",
        "--request",
        "examples/device-risk/signins.json",
        "--explain",
    ];
    let ran = run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for words in [
        "  device     compliant: Windows at low risk compliant, Windows up to date compliant",
        "  device     noncompliant: Windows at low risk noncompliant",
        "a requirement of Windows at low risk does not hold  examples/device-risk/policies.gate:9:19",
    ] {
        assert!(
            ran.out.contains(words),
            "{words} is missing in\n{}",
            ran.out
        );
    }
}
