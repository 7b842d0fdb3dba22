//! The command as scripts meet it: exit codes, what goes to standard output, what to standard
//! error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::path::Path;

use common::{Folder, command, root, run, run_with_input};
use serde_json::Value;

const CONTOSO: &[&str] = &[
    "eval",
    "examples/contoso",
    "--request",
    "examples/contoso/signins.json",
];

fn verdicts(text: &str) -> Vec<String> {
    let decisions: Value = serde_json::from_str(text).unwrap();
    let decisions = decisions.as_array().unwrap();
    decisions
        .iter()
        .map(|d| d["verdict"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn contoso_is_decided_alike_by_every_engine_and_by_its_bundle() {
    let folder = Folder::new("contoso");
    let bundle = folder.path("contoso.gwb");
    let built = run(&["build", "examples/contoso", "-o", &bundle]);
    assert_eq!(built.code, 0, "{}", built.err);
    let wanted = [
        "grant",
        "block",
        "interrupt",
        "grant",
        "block",
        "deny",
        "interrupt",
        "block",
        "interrupt",
        "notApplicable",
    ];
    let mut decisions = Vec::new();
    for engine in ["reference", "dag", "vm", "auto"] {
        let ran = run(&[CONTOSO, &["--format", "json", "--engine", engine]].concat());
        assert_eq!(ran.code, 0, "{engine}: {}", ran.err);
        assert_eq!(verdicts(&ran.out), wanted, "{engine}");
        let mut all: Value = serde_json::from_str(&ran.out).unwrap();
        for decision in all.as_array_mut().unwrap() {
            let bundle = decision.as_object_mut().unwrap().remove("bundle");
            assert_eq!(bundle.is_none(), engine == "reference");
        }
        decisions.push(all);
    }
    assert!(decisions.windows(2).all(|pair| pair[0] == pair[1]));
    let ran = run(&[
        "eval",
        &bundle,
        "--request",
        "examples/contoso/signins.json",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(verdicts(&ran.out), wanted);
}

#[test]
fn the_first_command_of_the_readme_shows_decisions_with_reasons_and_places() {
    let ran = run(&[CONTOSO, &["--explain"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    for words in [
        "#2 block",
        "✗ CA001 Block legacy authentication  failure",
        "clientApps: met  examples/contoso/policies/baseline.gate:8:5",
        "missing    strength Phishing-resistant MFA",
        "because    ",
    ] {
        assert!(
            ran.out.contains(words),
            "{words} is missing in\n{}",
            ran.out
        );
    }
    assert!(!ran.out.contains('\u{1b}'), "no colour outside a terminal");
}

#[test]
fn contoso_has_its_two_near_mistakes_and_no_others() {
    let ran = run(&["check", "examples/contoso", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let found: Vec<Value> = ran
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let files: Vec<&str> = found
        .iter()
        .map(|d| d["labels"][0]["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        files, ["examples/contoso/policies/devices.gate"; 2],
        "{}",
        ran.out
    );
    let denied = run(&["check", "examples/contoso", "--deny", "warnings"]);
    assert_eq!(denied.code, 3);
}

#[test]
fn a_schema_of_ones_own_goes_through_the_whole_pipeline() {
    let args = [
        "eval",
        "examples/payments",
        "--request",
        "examples/payments/requests.json",
    ];
    for engine in ["reference", "dag", "vm"] {
        let ran = run(&[&args[..], &["--format", "json", "--engine", engine]].concat());
        assert_eq!(ran.code, 0, "{engine}: {}", ran.err);
        assert_eq!(
            verdicts(&ran.out),
            ["approve", "stepUp", "refuse", "stepUp"],
            "{engine}"
        );
    }
    assert_eq!(
        run(&["check", "examples/payments", "--deny", "warnings"]).code,
        0
    );
}

const RULE: &str = "device.trustType -eq \"AzureAD\" -and device.isCompliant -ne True";

#[test]
fn a_rule_is_true_false_or_unknown_by_exit_code() {
    for (facts, more, code, out) in [
        (
            r#"{"trustType": "azuread"}"#,
            &[][..],
            0,
            r#"{"matches":true,"unknown":[]}"#,
        ),
        ("null", &[], 2, r#"{"matches":false,"unknown":[]}"#),
        (
            r#"{"trustType": "AzureAD"}"#,
            &["--unknown", "device.isCompliant"],
            4,
            r#"{"matches":null,"unknown":["device.isCompliant"]}"#,
        ),
    ] {
        let ran = run_with_input(
            &[&["rule", "eval", RULE, "--facts", "-"], more].concat(),
            facts,
        );
        assert_eq!(
            (ran.code, ran.out.trim()),
            (code, out),
            "{facts}: {}",
            ran.err
        );
    }
    let broken = run_with_input(
        &["rule", "eval", "device.nothing -eq 1", "--facts", "-"],
        "null",
    );
    assert_eq!((broken.code, broken.out.as_str()), (3, ""));
    let facts = run_with_input(
        &["rule", "eval", RULE, "--facts", "-"],
        r#"{"trustTyp": "x"}"#,
    );
    assert_eq!(facts.code, 1);
    assert!(facts.err.contains("trustType"), "{}", facts.err);
}

#[test]
fn membership_rules_take_objects_as_graph_answers_them() {
    let user = r#"{"@odata.context": "x", "id": "5d0c9f5e-0000-4000-8000-000000000001",
        "businessPhones": ["+31 20"], "mobilePhone": "+31 6", "officeLocation": "AMS",
        "onPremisesSyncEnabled": true, "createdDateTime": "2026-01-01T00:00:00Z",
        "onPremisesExtensionAttributes": {"extensionAttribute1": "A", "extensionAttribute2": null}}"#;
    let device = r#"{"id": "5d0c9f5e-0000-4000-8000-000000000001", "operatingSystem": "Windows",
        "operatingSystemVersion": "10.0", "trustType": "AzureAd", "model": "X", "isManaged": true,
        "physicalIds": ["[ZTDId]:1"], "extensionAttributes": {"extensionAttribute3": "C"}}"#;
    for (dialect, rule, facts, ignored) in [
        (
            "dyn-user",
            "user.mobile -eq \"+31 6\" -and user.physicalDeliveryOfficeName -eq \"AMS\" -and \
             user.dirSyncEnabled -eq true -and user.extensionAttribute1 -eq \"A\" -and \
             user.extensionAttribute2 -eq null -and user.telephoneNumber -eq \"+31 20\"",
            user,
            "`createdDateTime`",
        ),
        (
            "dyn-device",
            "device.deviceOSType -eq \"Windows\" -and device.deviceOSVersion -eq \"10.0\" -and \
             device.deviceTrustType -eq \"AzureAD\" -and device.deviceModel -eq \"X\" -and \
             device.objectId -eq \"5d0c9f5e-0000-4000-8000-000000000001\" -and \
             device.extensionAttribute3 -eq \"C\" -and \
             device.devicePhysicalIds -any (_ -startsWith \"[ZTDId]\")",
            device,
            "`isManaged`",
        ),
    ] {
        let arguments = ["rule", "eval", "--dialect", dialect, rule, "--facts", "-"];
        let ran = run_with_input(&arguments, facts);
        assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
        assert_eq!(ran.err.matches("ignored").count(), 1, "{}", ran.err);
        assert!(ran.err.contains(ignored), "{}", ran.err);
    }
}

#[test]
fn rules_are_checked_from_arguments_and_from_standard_input() {
    let good = run_with_input(&["rule", "check"], &format!("{RULE}\n\n{RULE}\n"));
    assert_eq!((good.code, good.out.as_str()), (0, ""));
    let bad = run(&[
        "rule",
        "check",
        "--format",
        "json",
        "device.trustType -eq \"Joined\"",
    ]);
    assert_eq!(bad.code, 3);
    let found: Value = serde_json::from_str(&bad.out).unwrap();
    assert_eq!(found["code"], "GW0302");
    assert_eq!(
        run(&["rule", "check", "--dialect", "no-such", RULE]).code,
        1
    );
}

#[test]
fn one_sign_in_ends_with_its_verdict_and_several_with_success() {
    let folder = Folder::new("verdicts");
    let all: Value = serde_json::from_slice(
        &std::fs::read(root().join("examples/contoso/signins.json")).unwrap(),
    )
    .unwrap();
    for (place, code) in [(0, 0), (1, 2), (2, 2), (5, 2), (9, 0)] {
        let one = folder.write("one.json", &all[place].to_string());
        let ran = run(&[
            "eval",
            "examples/contoso",
            "--request",
            &one,
            "--format",
            "json",
        ]);
        assert_eq!(ran.code, code, "sign-in {place}: {}", ran.err);
        assert!(serde_json::from_str::<Value>(&ran.out).unwrap().is_object());
    }
    let lines = folder.write("two.jsonl", &format!("{}\n{}\n", all[0], all[1]));
    let ran = run(&[
        "eval",
        "examples/contoso",
        "--request",
        &lines,
        "--format",
        "json",
    ]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2));
}

#[test]
fn what_cannot_run_is_exit_one_with_a_place_and_nothing_on_standard_output() {
    let folder = Folder::new("bad");
    let misspelt = folder.write(
        "misspelt.json",
        "{\n  \"signInIdentity\": {\"userId\": \"u\"},\n  \"signInContext\": {\"includeApplications\": [\"a\"]},\n  \"signInConditions\": {\"clientApType\": \"browser\"}\n}",
    );
    let nowhere = folder.path("nowhere.json");
    for (args, words) in [
        (
            vec!["eval", "examples/contoso", "--request", misspelt.as_str()],
            ":4:24",
        ),
        (
            vec!["eval", "examples/contoso", "--request", misspelt.as_str()],
            "clientAppType",
        ),
        (
            vec!["eval", "examples/contoso", "--request", nowhere.as_str()],
            "nowhere.json",
        ),
        (
            vec!["eval", "no/such/folder", "--request", nowhere.as_str()],
            "no/such/folder",
        ),
        #[cfg(not(feature = "jit"))]
        ([CONTOSO, &["--engine", "jit"]].concat(), "not built in"),
        ([CONTOSO, &["--now", "yesterday"]].concat(), "yesterday"),
        (vec!["frobnicate"], "frobnicate"),
        (vec!["explain", "GW9999"], "GW9999"),
        (
            vec!["check", "--deny", "no-such-lint", "examples/contoso"],
            "no-such-lint",
        ),
    ] {
        let ran = run(&args);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (1, ""),
            "{args:?}: {}",
            ran.err
        );
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
    }
}

#[test]
fn an_invalid_source_is_exit_three_in_every_verb_and_nothing_is_written() {
    let folder = Folder::new("invalid");
    let bad = folder.write(
        "bad.gate",
        "policy \"A\" { state enabled users all apps all platforms [plan9] block }\n",
    );
    let output = folder.path("out.gwb");
    let project = folder.path("project");
    for args in [
        vec!["check", bad.as_str()],
        vec![
            "eval",
            bad.as_str(),
            "--request",
            "examples/contoso/signins.json",
        ],
        vec!["build", bad.as_str(), "-o", output.as_str()],
        vec!["inspect", bad.as_str()],
        vec!["import", bad.as_str(), "-o", project.as_str()],
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.err);
        let text = format!("{}{}", ran.out, ran.err);
        assert!(text.contains("plan9"), "{args:?}: {text}");
    }
    assert!(!Path::new(&output).exists() && !Path::new(&project).exists());
}

#[test]
fn an_imported_tenant_checks_and_decides_and_is_not_overwritten() {
    let folder = Folder::new("import");
    let project = folder.path("tenant");
    let source = "tests/corpus/policies/JC-Logic+ConditionalAccessBaseline";
    let args = ["import", source, "-o", &project];
    let ran = run(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(run(&["check", &project]).code, 0);
    let again = run(&args);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("nothing was written"), "{}", again.err);
}

#[test]
fn certain_fixes_are_applied_and_the_rest_is_left() {
    let folder = Folder::new("fix");
    let path = folder.write(
        "dashes.gate",
        "policy \"A\" {\n    state   enabled\n    users   all\n    apps    all\n    devices where device.trustType –eq “AzureAD”\n    require mfa\n}\n",
    );
    let ran = run(&["check", "--fix", &path]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("device.trustType -eq \"AzureAD\""), "{text}");
}

#[test]
fn a_new_project_checks_without_findings_and_decides() {
    let folder = Folder::new("new");
    let project = folder.path("acme");
    assert_eq!(run(&["new", &project]).code, 0);
    let ran = run(&["check", &project, "--deny", "warnings"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let request = format!("{project}/requests/office.json");
    assert_eq!(run(&["eval", &project, "--request", &request]).code, 0);
    assert_eq!(run(&["new", &project]).code, 1);
}

#[cfg(feature = "jit")]
#[test]
fn native_code_decides_as_the_interpreter_does() {
    let by = |engine| run(&[CONTOSO, &["--format", "json", "--engine", engine]].concat());
    let (native, interpreted) = (by("jit"), by("vm"));
    assert_eq!((native.code, native.out), (0, interpreted.out));
}

#[test]
fn inspect_says_what_was_built_and_draws_it() {
    let folder = Folder::new("inspect");
    let bundle = folder.path("contoso.gwb");
    assert_eq!(run(&["build", "examples/contoso", "-o", &bundle]).code, 0);
    for path in ["examples/contoso", &bundle] {
        let ran = run(&["inspect", path, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let facts: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(facts["policies"], 18);
        assert!(facts["worstCaseInstructions"].as_u64().unwrap() > 18);
        assert!(facts["hash"].as_str().unwrap().starts_with("blake3:"));
        assert_eq!(facts["lowering"], "masks");
        assert!(facts["masksEstimate"].as_u64() < facts["walkEstimate"].as_u64());
        assert_eq!(
            (&facts["maskBlocks"], &facts["worstCaseBlocks"]),
            (&1.into(), &1.into())
        );
        for name in [
            "maskSlots",
            "maskCells",
            "indexedConstants",
            "worstCaseSegments",
        ] {
            assert!(facts[name].as_u64().unwrap() > 0, "{name}: {facts}");
        }
        // A bundle has no strengths: they are part of its instructions.
        let strengths = facts["strengths"].as_array();
        assert_eq!(strengths.is_some(), *path != bundle);
        for strength in strengths.into_iter().flatten() {
            if strength["id"] == "00000000-0000-0000-0000-000000000003" {
                let wanted = ["00000000-0000-0000-0000-000000000002"];
                assert_eq!(strength["implies"], serde_json::json!(wanted));
            }
        }
    }
    let people = run(&["inspect", "examples/contoso"]).out;
    assert!(
        people.contains("implies Multifactor authentication, Passwordless MFA"),
        "{people}"
    );
    let dot = run(&["inspect", "examples/contoso", "--dot"]);
    assert!(dot.out.starts_with("digraph"));
    let svg = run(&["inspect", "examples/contoso", "--svg", "--policy", "CA303"]);
    assert!(svg.out.starts_with("<svg") && svg.out.contains("device.model"));
    for words in [
        "CA303 Kiosk accounts",
        ">blocks access<",
        ">The user is in Kiosks<",
    ] {
        assert!(svg.out.contains(words), "{words}");
    }
    assert!(!svg.out.contains("90b4d6e8"), "an id that has a name");
    assert_eq!(
        run(&["inspect", "examples/contoso", "--svg", "--policy", "none"]).code,
        1
    );
    assert!(
        run(&["inspect", &bundle, "--listing"])
            .out
            .contains("accept")
    );
    assert!(run(&["inspect", "--schema"]).out.contains("entity device"));
}

#[test]
fn two_builds_of_the_same_sources_are_the_same_bytes() {
    let folder = Folder::new("same");
    let bytes = |name: &str| {
        let path = folder.path(name);
        assert_eq!(run(&["build", "examples/contoso", "-o", &path]).code, 0);
        std::fs::read(path).unwrap()
    };
    assert_eq!(bytes("a.gwb"), bytes("b.gwb"));
}

#[test]
fn pages_version_and_completions_are_printed() {
    assert!(run(&["explain", "gw0302"]).out.starts_with("# GW0302"));
    assert!(run(&["explain"]).out.lines().count() > 50);
    assert_eq!(
        run(&["version"]).out,
        format!("gatewright {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(run(&["completions", "bash"]).out.contains("gatewright"));
    assert_eq!(run(&["--help"]).code, 0);
    for verb in [
        "check",
        "eval",
        "rule check",
        "rule eval",
        "import",
        "build",
        "inspect",
        "bench",
        "explain",
        "lsp",
        "new",
    ] {
        let words: Vec<&str> = verb.split(' ').chain(["--help"]).collect();
        let ran = run(&words);
        assert!(ran.out.contains("Examples:"), "{verb}: {}", ran.out);
    }
}

#[test]
fn a_flag_has_its_twin_in_the_environment() {
    let output = command()
        .args(["eval", "examples/contoso"])
        .env("GATEWRIGHT_REQUEST", "examples/contoso/signins.json")
        .env("GATEWRIGHT_FORMAT", "json")
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(
        verdicts(&String::from_utf8(output.stdout).unwrap()).len(),
        10
    );
}
