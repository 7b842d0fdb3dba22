//! `gatewright export`, from the command line to the files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{Folder, command};
use serde_json::{Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

struct Ran {
    code: Option<i32>,
    err: String,
}

impl Folder {
    fn with(name: &str, text: &str) -> Self {
        let folder = Folder::new(name);
        std::fs::write(folder.0.join("main.gate"), text).unwrap();
        folder
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = command().args(args).current_dir(&self.0).output().unwrap();
        Ran {
            code: output.status.code(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Export `main.gate` to `out`.
    fn export(&self, options: &[&str]) -> Ran {
        self.run(&[&["export", "main.gate", "-o", "out"], options].concat())
    }

    /// Every file below `out` with its text.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let out = self.0.join("out");
        if out.exists() {
            collect(&out, &out, &mut found);
        }
        found
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.files()[path]).unwrap()
    }
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            found.insert(
                name.replace('\\', "/"),
                std::fs::read_to_string(&path).unwrap(),
            );
        }
    }
}

fn policy(name: &str, clauses: &str) -> String {
    format!("policy \"{name}\" {{ state reportOnly users all apps all {clauses} require mfa }}\n")
}

#[test]
fn plain_answers_come_back_and_their_text_says_nothing_of_their_form_but_a_word() {
    let folder = Folder::new("plain");
    let source = format!("{ROOT}/examples/exported");
    let ran = folder.run(&["import", &source, "-o", "text"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut texts = BTreeMap::new();
    let text = folder.0.join("text/policies");
    collect(&text, &text, &mut texts);
    for text in texts.values() {
        let form = text.lines().filter(|line| line.starts_with("@graph"));
        let form: Vec<&str> = form.collect();
        let is_short = form.len() == 1 && form[0].starts_with("@graph(v1, created \"20");
        assert!(is_short && !text.contains("without"), "{text}");
        assert!(
            !text.lines().any(|line| line.trim().starts_with("graph ")),
            "{text}"
        );
    }
    let ran = folder.run(&["export", "text", "-o", "out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let answer = std::fs::read_to_string(format!("{source}/policies.json")).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let files = folder.files();
    let written = files
        .iter()
        .filter(|(path, _)| path.starts_with("policies/"));
    let written: Vec<Value> = written
        .map(|(_, text)| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(Some(&written), answer["value"].as_array());
}

#[test]
fn conditions_are_split_where_that_is_asked_for() {
    let folder = Folder::new("contoso");
    let contoso = format!("{ROOT}/examples/contoso");
    let ran = folder.run(&["export", &contoso, "-o", "out"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.err.contains("GW0641") && ran.err.contains("finance.gate:7"),
        "{}",
        ran.err
    );
    assert!(folder.files().is_empty());
    let ran = folder.run(&["export", &contoso, "-o", "out", "--split"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("split and proved equal"), "{}", ran.err);
    let again = folder.run(&["check", "out"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
}

#[test]
fn what_cannot_be_split_or_said_is_an_error_at_the_clause() {
    let rows = [
        (
            "when user.department -eq \"Sales\"",
            &["--split"][..],
            "GW0643",
            "user.department",
        ),
        (
            "when user.department -eq \"Sales\"",
            &[],
            "GW0641",
            "user.department",
        ),
        (
            "flows [deviceCodeFlow]",
            &["--format", "terraform"],
            "GW0644",
            "flows",
        ),
        ("graph { \"state\": \"disabled\" }", &[], "GW0640", "graph"),
    ];
    for (clause, options, code, place) in rows {
        let text = policy("A", &format!("\n{clause}\n"));
        let folder = Folder::with(code, &text);
        let ran = folder.export(options);
        assert_eq!(ran.code, Some(3), "{clause}: {}", ran.err);
        let column = clause.find(place).unwrap() + 1;
        let is_there = ran.err.contains(code)
            && (ran.err.contains(&format!("main.gate:2:{column}")) || code == "GW0640");
        assert!(
            is_there && ran.err.contains("main.gate:2:"),
            "{clause}: {}",
            ran.err
        );
        assert!(folder.files().is_empty(), "{clause}");
    }
}

#[test]
fn an_export_replaces_its_own_files_and_no_others() {
    let folder = Folder::with("own", &(policy("A", "") + &policy("B", "")));
    assert_eq!(folder.export(&[]).code, Some(0));
    let both = folder.files();
    // A policy less: its file goes. What somebody put beside it stays.
    std::fs::write(folder.0.join("out/policies/notes.txt"), "mine").unwrap();
    std::fs::write(folder.0.join("main.gate"), policy("A", "")).unwrap();
    assert_eq!(folder.export(&[]).code, Some(0));
    let one = folder.files();
    assert!(both.contains_key("policies/02-b.json") && !one.contains_key("policies/02-b.json"));
    assert_eq!(one["policies/notes.txt"], "mine");
    assert_eq!(one["policies/01-a.json"], both["policies/01-a.json"]);
    // A foreign file where one would be written: nothing is.
    std::fs::write(folder.0.join("out/policies/02-b.json"), "mine").unwrap();
    let text = policy("A2", "") + &policy("B", "");
    std::fs::write(folder.0.join("main.gate"), text).unwrap();
    let before = folder.files();
    let ran = folder.export(&[]);
    assert_ne!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("no export wrote it"), "{}", ran.err);
    assert_eq!(folder.files(), before);
    // Nor is anything where the policies are wrong.
    std::fs::write(folder.0.join("main.gate"), "policy \"A\" { state on }").unwrap();
    assert_eq!(folder.export(&[]).code, Some(3));
    assert_eq!(folder.files(), before);
    assert!(!before.keys().any(|path| path.ends_with(".part")));
}

#[test]
fn paths_are_different_and_allowed_on_every_file_system() {
    let names = [
        "CON",
        "con",
        "Ünïcödé",
        "a/b\\c:d",
        "..",
        "nul.json",
        "COM1",
        "ab",
        "AB",
        "   x ",
    ];
    let text: String = names.iter().map(|name| policy(name, "")).collect();
    let folder = Folder::with("names", &text.replace('\\', "-"));
    let ran = folder.export(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let files = folder.files();
    let own: Vec<&String> = files
        .keys()
        .filter(|path| path.starts_with("policies/"))
        .collect();
    assert_eq!(own.len(), names.len());
    let folded: BTreeSet<String> = own.iter().map(|path| path.to_lowercase()).collect();
    assert_eq!(folded.len(), names.len());
    for path in own {
        let name = path.strip_prefix("policies/").unwrap();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        assert!(name.starts_with(|c: char| c.is_ascii_digit()), "{path}");
        assert!(name.bytes().all(is_plain) && !name.contains(".."), "{path}");
    }
}

#[test]
fn the_order_of_requests_says_which_ids_have_to_be_filled_in() {
    let text = format!(
        "location Offices = trusted ranges [203.0.113.0/24]\n\
         @id(\"8f6f3d0a-0000-4000-8000-000000000001\")\n\
         location Home = countries [DK]\n\
         strength Strong = combinations [[fido2]]\n\
         {}",
        policy("A", "locations all except [Offices, Home]").replace("mfa", "strength Strong")
    );
    let folder = Folder::with("order", &text);
    let ran = folder.export(&["--normalise"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let order = folder.json("apply-order.json");
    let steps = order["steps"].as_array().unwrap();
    let methods: Vec<_> = steps
        .iter()
        .map(|step| step["method"].as_str().unwrap())
        .collect();
    assert_eq!(methods, ["PATCH", "POST", "POST", "POST"]);
    let row = |member: &str, value: &str, from: &str| json!({"member": member, "value": value, "idFrom": from});
    assert_eq!(
        steps[3]["fillIn"],
        json!([
            row(
                "conditions.locations.excludeLocations",
                "Offices",
                "named-locations/02-offices.json"
            ),
            row(
                "grantControls.authenticationStrength.id",
                "Strong",
                "authentication-strengths/01-strong.json"
            ),
        ])
    );
    for step in steps {
        assert!(
            folder.files().contains_key(step["body"].as_str().unwrap()),
            "{step}"
        );
        let is_last = step == &steps[3];
        assert_eq!(step.get("fillIn").is_some(), is_last, "{step}");
    }
}

#[test]
fn terraform_is_json_whose_references_are_there() {
    let names = ["1 ${a}", "1 %{a}", "A", "a"];
    let text: String = names
        .iter()
        .map(|name| policy(name, "locations all except [Offices, Home, allTrusted]"))
        .collect();
    let text = format!(
        "location Offices = trusted ranges [203.0.113.0/24]\nlocation Home = countries [DK]\n{text}"
    );
    let folder = Folder::with("terraform", &text);
    let ran = folder.export(&["--format", "terraform"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let files = folder.files();
    let mut resources = BTreeSet::new();
    let mut texts = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".tf.json")) {
        let value: Value = serde_json::from_str(text).unwrap();
        for (kind, all) in value["resource"].as_object().into_iter().flatten() {
            for label in all.as_object().unwrap().keys() {
                let is_name = label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_')
                    && label.starts_with(|c: char| c.is_ascii_alphabetic());
                assert!(is_name, "{path}: {label}");
                assert!(
                    resources.insert(format!("{kind}.{label}")),
                    "{path}: {label}"
                );
            }
        }
        strings(&value, &mut texts);
    }
    assert_eq!(resources.len(), names.len() + 2);
    let mut count = 0;
    for text in texts {
        // What is no reference has its `$` twice.
        for (at, _) in text.match_indices("${").chain(text.match_indices("%{")) {
            let is_escaped = at > 0 && text.as_bytes()[at - 1] == text.as_bytes()[at];
            if is_escaped {
                continue;
            }
            let inner = text[at + 2..].trim_end_matches('}');
            let resource = inner.strip_suffix(".object_id").unwrap();
            assert!(resources.contains(resource), "{text}");
            count += 1;
        }
    }
    assert_eq!(count, 2 * names.len());
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}
