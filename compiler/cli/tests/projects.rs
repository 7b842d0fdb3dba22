//! Libraries, tables, editions and the clock, from the command line to the exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Folder, Ran, command};

impl Folder {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = Folder::new(name);
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).unwrap()
    }

    fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = command();
        command.args(args).current_dir(&self.0);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[])
    }

    #[track_caller]
    fn expect(&self, args: &[&str], code: i32, words: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        for words in words {
            let is_said = ran.out.contains(words) || ran.err.contains(words);
            assert!(is_said, "{words}: {}{}", ran.out, ran.err);
        }
        ran
    }
}

const REQUEST: &str = r#"{"signInIdentity": {"userId": "u"},
    "signInContext": {"includeApplications": ["5d0c9f5e-0000-4000-8000-000000009a11"]},
    "signInConditions": {"clientAppType": "browser", "devicePlatform": "windows"},
    "directory": {"roles": ["5d0c9f5e-0000-4000-8000-000000009a12"]}}"#;

/// The policies that apply to the request, with the verdict first.
#[track_caller]
fn decided(folder: &Folder, path: &str, more: &[&str]) -> String {
    let eval = [
        "eval",
        path,
        "--request",
        "request.json",
        "--format",
        "json",
    ];
    let ran = folder.run(&[&eval, more].concat());
    let report: serde_json::Value = serde_json::from_str(&ran.out)
        .unwrap_or_else(|_| panic!("{} {}{}", ran.code, ran.out, ran.err));
    let policies = report["policies"].as_array().unwrap().iter();
    let applied = policies.filter(|policy| policy["policyApplies"] == true);
    let names: Vec<&str> = applied
        .map(|p| p["displayName"].as_str().unwrap())
        .collect();
    format!(
        "{}: {}",
        report["verdict"].as_str().unwrap(),
        names.join(", ")
    )
}

fn with_library(name: &str) -> Folder {
    Folder::of(
        name,
        &[
            ("request.json", REQUEST),
            (
                "base/objects.gate",
                "group BreakGlass = \"d1f3c0de-0000-4000-8000-00000000b6e1\"\nrule Managed = device.isCompliant -eq True -or Joined\n\
                 rule Joined = device.trustType -eq \"AzureAD\"\n",
            ),
            (
                "base/templates.gate",
                "template Strong(prefix: text, exempt: group = BreakGlass) {\n\
                 policy \"{prefix} Strong\" { state enabled users all except groups [exempt]\n\
                 apps all unless Managed require mfa } }\n",
            ),
            ("own/gatewright.toml", "[libraries]\nbase = \"../base\"\n"),
            ("own/main.gate", "use Strong(\"CA1\")\n"),
        ],
    )
}

#[test]
fn a_library_hands_on_templates_rules_and_objects() {
    let folder = with_library("hands-on");
    let ran = folder.expect(&["check", "own"], 0, &["1 policy: no findings"]);
    assert_eq!(ran.out, "");
    assert_eq!(decided(&folder, "own", &[]), "interrupt: CA1 Strong");
    let manifest = "own/gatewright.toml";
    let at = folder.0.join("own").to_string_lossy().into_owned();
    let within = command()
        .args(["check", "--deny", "warnings"])
        .current_dir(at)
        .status()
        .unwrap();
    assert_eq!(within.code(), Some(0), "from the folder of the project");
    assert_eq!(folder.run(&["check", manifest]).code, 0);
    assert_eq!(folder.run(&["build", "own", "-o", "own.gwb"]).code, 0);
    assert_eq!(decided(&folder, "own.gwb", &[]), "interrupt: CA1 Strong");
}

#[test]
fn a_name_that_both_have_shows_both_places() {
    let folder = with_library("collision");
    folder.write("own/more.gate", "group BreakGlass = \"other\"\n");
    let ran = folder.expect(&["check", "own"], 3, &["GW0203"]);
    for place in ["own/more.gate:1:7", "base/objects.gate:1:7"] {
        assert!(ran.out.contains(place), "{place}: {}", ran.out);
    }
    assert!(!ran.out.contains(".."), "{}", ran.out);
}

#[test]
fn policies_of_a_library_are_left_out_and_a_warning_says_so() {
    let folder = with_library("policies");
    let policy =
        "policy \"Q\" { state enabled users all except groups [BreakGlass] apps all block }";
    folder.write("base/policies.gate", policy);
    folder.expect(
        &["check", "own"],
        0,
        &["GW0218", "base/policies.gate:1:1", "1 policy: 1 warning"],
    );
    assert_eq!(decided(&folder, "own", &[]), "interrupt: CA1 Strong");
    folder.expect(
        &["check", "own", "--deny", "warnings"],
        3,
        &["error[GW0218]"],
    );
    folder.expect(&["check", "base"], 0, &["1 policy"]);
}

#[test]
fn libraries_that_are_not_there_stop_the_run() {
    let folder = with_library("missing");
    folder.write("own/gatewright.toml", "[libraries]\nbase = \"../bass\"\n");
    for verb in [&["check", "own"][..], &["build", "own", "-o", "x.gwb"]] {
        folder.expect(verb, 1, &["`base`", "bass", "own/gatewright.toml"]);
    }
    folder.write("empty/README.md", "");
    folder.write("own/gatewright.toml", "[libraries]\nbase = \"../empty\"\n");
    folder.expect(&["check", "own"], 1, &["holds no .gate file"]);
    folder.write("own/gatewright.toml", "[libraries]\nbase = \"..\"\n");
    folder.expect(&["check", "own"], 1, &["around the project"]);
    folder.write("own/gatewright.toml", "[libraries]\nbase = 1\n");
    folder.expect(&["check", "own"], 3, &["GW0801", "own/gatewright.toml:2"]);
}

#[test]
fn libraries_may_use_each_other_and_be_inside() {
    let folder = with_library("cycle");
    folder.write(
        "base/gatewright.toml",
        "[libraries]\nown = \"../own\"\nbase = \".\"\n",
    );
    folder.expect(&["check", "own"], 0, &["1 policy: no findings"]);
    folder.write(
        "own/inner/i.gate",
        "rule Inner = device.isCompliant -eq True\n",
    );
    folder.write(
        "own/gatewright.toml",
        "[libraries]\nbase = \"../base\"\ninner = \"inner\"\n",
    );
    folder.write(
        "own/main.gate",
        "use Strong(\"CA1\")\npolicy \"I\" { state enabled users all except groups [BreakGlass] \
         apps all when Inner require mfa }\n",
    );
    folder.expect(&["check", "own"], 0, &["2 policies"]);
}

#[test]
fn a_template_of_a_library_is_wrong_at_the_library_and_its_use() {
    let folder = with_library("wrong");
    folder.write("own/main.gate", "use Strong(4)\n");
    folder.expect(&["check", "own"], 3, &["GW0209", "own/main.gate:1:12"]);
    let broken = folder
        .text("base/templates.gate")
        .replace("Managed", "Manged");
    folder.write("base/templates.gate", &broken);
    folder.write("own/main.gate", "use Strong(\"CA1\")\n");
    folder.expect(
        &["check", "own"],
        3,
        &["base/templates.gate:3", "`Managed`?"],
    );
}

fn with_data(name: &str) -> Folder {
    Folder::of(
        name,
        &[
            ("request.json", REQUEST),
            (
                "own/gatewright.toml",
                "[data]\napps = [\"data/apps.txt\"]\nroles = [\"data/roles.txt\"]\n\
                 app-groups = [\"data/groups.txt\"]\n",
            ),
            (
                "own/data/apps.txt",
                "# ours\n5d0c9f5e-0000-4000-8000-000000009a11 Payroll Payroll (EU)\n",
            ),
            (
                "own/data/roles.txt",
                "5d0c9f5e-0000-4000-8000-000000009a12 Custodian The custodian of keys\n",
            ),
            (
                "own/data/groups.txt",
                "Office365 5d0c9f5e-0000-4000-8000-000000009a11\n",
            ),
            (
                "own/main.gate",
                "policy \"A\" { state enabled users roles [Custodian] apps [Payroll] require mfa }\n\
                 policy \"B\" { state enabled users roles [Custodian] apps office365 require mfa }\n",
            ),
        ],
    )
}

#[test]
fn tables_add_roles_apps_and_members_of_groups_of_apps() {
    let folder = with_data("tables");
    folder.expect(&["check", "own"], 0, &["2 policies"]);
    assert_eq!(decided(&folder, "own", &[]), "interrupt: A, B");
    folder.write(
        "own/data/groups.txt",
        "Office365 5d0c9f5e-0000-4000-8000-000000009a13\n",
    );
    assert_eq!(decided(&folder, "own", &[]), "interrupt: A");
    folder.write(
        "own/gatewright.toml",
        "[data]\napps = [\"data/apps.txt\"]\n",
    );
    folder.expect(&["check", "own"], 3, &["`Custodian`"]);
}

#[test]
fn a_line_of_a_table_that_cannot_be_read_is_an_error_at_its_place() {
    let folder = with_data("lines");
    let text = folder.text("own/data/apps.txt");
    folder.write("own/data/apps.txt", &format!("{text}\n  oops\n"));
    folder.expect(&["check", "own"], 3, &["GW0219", "own/data/apps.txt:4:3"]);
    let eval = ["eval", "own", "--request", "request.json"];
    folder.expect(&eval, 3, &["own/data/apps.txt:4:3"]);
    folder.write(
        "own/gatewright.toml",
        "[data]\napps = [\"data/none.txt\"]\n",
    );
    folder.expect(&["check", "own"], 1, &["own/data/none.txt"]);
    folder.write("own/gatewright.toml", "[data]\napp = [\"data/apps.txt\"]\n");
    folder.expect(&["check", "own"], 3, &["GW0801", "`apps`?"]);
}

#[test]
fn what_tables_say_is_used_by_policies_and_names_what_is_imported() {
    let folder = with_data("naming");
    let manifest = folder.text("own/gatewright.toml");
    let more = format!("{manifest}strengths = [\"data/strengths.txt\"]\n");
    folder.write("own/gatewright.toml", &more);
    let strengths = "strength 5d0c9f5e-0000-4000-8000-000000009a13 Keys Keys of ours\nfido2\n";
    folder.write("own/data/strengths.txt", strengths);
    let text = "policy \"A\" { state enabled users roles [Custodian] apps [Payroll]\n\
                require strength Keys }\n";
    folder.write("own/main.gate", text);
    folder.expect(&["check", "own"], 0, &["1 policy"]);
    assert_eq!(decided(&folder, "own", &[]), "interrupt: A");
    let request = REQUEST.replacen('{', "{\"claims\": {\"methods\": [\"fido2\"]}, ", 1);
    let usual = folder.text("request.json");
    folder.write("request.json", &request);
    assert_eq!(decided(&folder, "own", &[]), "grant: A");
    folder.write("request.json", &usual);
    folder.expect(
        &["inspect", "own"],
        0,
        &["Keys of ours", "implies Multifactor"],
    );
    // The same as Graph JSON, beside the same tables.
    std::fs::remove_file(folder.0.join("own/main.gate")).unwrap();
    folder.write(
        "own/policy.json",
        r#"{"displayName": "A", "state": "enabled", "conditions": {
            "users": {"includeRoles": ["5d0c9f5e-0000-4000-8000-000000009a12"]},
            "applications": {"includeApplications": ["5d0c9f5e-0000-4000-8000-000000009a11"]}},
            "grantControls": {"operator": "OR", "authenticationStrength":
                {"id": "5d0c9f5e-0000-4000-8000-000000009a13"}}}"#,
    );
    let output = folder.0.join("imported");
    let output = output.to_str().unwrap();
    folder.expect(
        &["import", "own", "own/policy.json", "--output", output],
        0,
        &["wrote 1 policy"],
    );
    let objects = folder.text("imported/objects.gate");
    for name in [
        "app PayrollEU",
        "role TheCustodianOfKeys",
        "strength KeysOfOurs",
    ] {
        assert!(objects.contains(name), "{name}: {objects}");
    }
    let table = folder.text("imported/data/app-groups.txt");
    assert_eq!(table, "Office365 5d0c9f5e-0000-4000-8000-000000009a11\n");
    folder.expect(&["check", "imported"], 0, &[]);
    assert_eq!(decided(&folder, "imported", &[]), "interrupt: A");
}

#[test]
fn lines_of_tables_that_contradict_each_other_are_told() {
    let folder = with_data("conflict");
    let text = folder.text("own/data/apps.txt");
    let other = "5d0c9f5e-0000-4000-8000-000000009a19 Payroll Another\n";
    folder.write("own/data/apps.txt", &format!("{text}{other}"));
    folder.expect(&["check", "own"], 0, &["GW0635", "own/data/apps.txt:3:1"]);
}

const BASELINE: &str = r#"{"signInIdentity": {"userId": "u"},
    "signInContext": {"includeApplications": ["00000003-0000-0000-c000-000000000000"]},
    "signInConditions": {"clientAppType": "browser", "devicePlatform": "windows"},
    "context": {"baselineScopesOnly": true}, "directory": {}}"#;
const ALL_BUT_ONE: &str = "app Payroll = \"5d0c9f5e-0000-4000-8000-000000009a11\"\n\
    policy \"P\" { state enabled users all apps all except [Payroll] require mfa }\n";

#[test]
fn an_edition_is_a_meaning_of_the_same_text() {
    let folder = Folder::of(
        "editions",
        &[("request.json", BASELINE), ("own/main.gate", ALL_BUT_ONE)],
    );
    let (before, since) = ("notApplicable: ", "interrupt: P");
    assert_eq!(decided(&folder, "own", &[]), since);
    for (edition, wanted) in [("2025-01", before), ("2026-05", before), ("2026-06", since)] {
        let option = ["--edition", edition];
        assert_eq!(decided(&folder, "own", &option), wanted, "{edition}");
        folder.write("own/gatewright.toml", &format!("edition = \"{edition}\"\n"));
        assert_eq!(decided(&folder, "own", &[]), wanted, "manifest {edition}");
        assert_eq!(folder.run(&["build", "own", "-o", "own.gwb"]).code, 0);
        for said in ["2025-01", "2026-06"] {
            let option = ["--edition", said];
            assert_eq!(decided(&folder, "own.gwb", &option), wanted, "{edition}");
        }
    }
    // The option wins over the manifest, which says 2026-06.
    assert_eq!(decided(&folder, "own", &["--edition", "2025-01"]), before);
    let eval = ["eval", "own", "--request", "request.json"];
    let ran = folder.run_with(&eval, &[("GATEWRIGHT_EDITION", "2025-01")]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    for wrong in ["2019-12", "2099-01", "june"] {
        let ran = folder.expect(&["check", "own", "--edition", wrong], 1, &[wrong]);
        assert!(ran.err.contains("2025-01"), "{}", ran.err);
    }
}

#[test]
fn what_expires_is_a_hint_before_its_day_and_an_error_after_it() {
    let text = "@expires(2026-12-31)\n\
        policy \"P\" { state enabled users all except groups [\"d1f3c0de-0000-4000-8000-00000000b6e1\"] apps all require mfa }\n";
    let folder = Folder::of("expires", &[("a.gate", text), ("request.json", BASELINE)]);
    let on = |day: &str, code: i32, words: &[&str]| {
        let now = format!("{day}T12:00:00Z");
        folder.expect(&["check", "a.gate", "--now", &now], code, words)
    };
    let ran = on("2026-11-30", 0, &[]);
    assert!(!ran.out.contains("GW021"), "{}", ran.out);
    on("2026-12-01", 0, &["hint[GW0216]", "2026-12-31, in 30 days"]);
    on("2026-12-30", 0, &["tomorrow"]);
    on("2026-12-31", 0, &["today"]);
    on("2027-01-01", 3, &["error[GW0215]", "expired on 2026-12-31"]);
    let variables = [("GATEWRIGHT_NOW", "2027-01-01T00:00:00Z")];
    assert_eq!(folder.run_with(&["check", "a.gate"], &variables).code, 3);
    // Nothing is decided otherwise.
    let late = ["--now", "2027-01-01T00:00:00Z"];
    assert_eq!(decided(&folder, "a.gate", &late), "interrupt: P");
}

#[test]
fn a_suppression_that_hides_nothing_is_taken_out() {
    let policy = |name: &str, number: u8| {
        format!(
            "policy \"{name}\" {{ state reportOnly users groups [\"d1f3c0de-0000-4000-8000-00000000b6e{number}\"] apps all require mfa }}\n"
        )
    };
    let (a, b, c) = (policy("A", 1), policy("B", 2), policy("C", 3));
    let because = "@suppress(GW0407, \"why\")";
    let text = format!(
        "{because}\n{a}\n@owner(\"x\") {because} @ticket(\"t\")\n{b}\n@owner(\"x\") {because}\n{c}"
    );
    let folder = Folder::of("suppress", &[("a.gate", &text)]);
    folder.expect(&["check", "a.gate"], 0, &["warning[GW0217]", "a.gate:4:13"]);
    folder.expect(&["check", "--fix", "a.gate"], 0, &["applied 3 fixes"]);
    let wanted = format!("{a}\n@owner(\"x\") @ticket(\"t\")\n{b}\n@owner(\"x\")\n{c}");
    assert_eq!(folder.text("a.gate"), wanted);
}

#[test]
fn instances_are_exported_with_what_is_filled_in() {
    let folder = Folder::of(
        "export",
        &[(
            "a.gate",
            "rule Owned(owner: Ownership) = device.deviceOwnership -eq owner\n\
             template T(name: text, owner: Ownership, model: text) { policy \"{name} MFA\" {\n\
             state enabled users groups [\"11111111-0000-4000-8000-000000000001\"] apps all\n\
             devices where Owned(owner) -and device.model -eq model require mfa } }\n\
             use T(\"CA1\", Company, \"x1\")\n",
        )],
    );
    folder.expect(&["export", "a.gate", "-o", "out", "--normalise"], 0, &[]);
    let policies = std::fs::read_dir(folder.0.join("out/policies")).unwrap();
    let files: Vec<_> = policies.map(|entry| entry.unwrap().path()).collect();
    let json = std::fs::read_to_string(&files[0]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["displayName"], "CA1 MFA");
    let rule = json["conditions"]["devices"]["deviceFilter"]["rule"]
        .as_str()
        .unwrap();
    assert!(
        rule.contains("device.deviceOwnership -eq \"Company\""),
        "{rule}"
    );
    assert!(rule.contains("device.model -eq \"x1\""), "{rule}");
}
