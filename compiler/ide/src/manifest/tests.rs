//! The manifest in an editor, whole and broken.

use std::sync::Arc;

use gatewright_compiler::{Input, Missing, SourceFile, compile};

use super::*;
use crate::fixture::Fixture;
use crate::{LinkTarget, links};

fn hovered(text: &str) -> Option<(String, String)> {
    let fixture = Fixture::new(&format!("//- a.gate\n//- gatewright.toml\n{text}"));
    let (source, offset) = fixture.cursor();
    let found = hover(&fixture.snapshot, source, offset)?;
    let sources = &fixture.snapshot.compilation().sources;
    Some((sources.text(found.span).to_owned(), found.markdown))
}

fn offered(text: &str) -> Vec<(String, String)> {
    let fixture = Fixture::new(&format!("//- a.gate\n//- gatewright.toml\n{text}"));
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    found
        .into_iter()
        .map(|one| (one.label, one.insert))
        .collect()
}

fn labels(text: &str) -> Vec<String> {
    offered(text).into_iter().map(|(label, _)| label).collect()
}

#[test]
fn keys_tables_and_values_say_what_they_mean() {
    for (text, shown, words) in [
        ("na$0me = \"Å\"", "name", "called"),
        ("[li$0nts]", "lints", "Levels"),
        ("[compliance]\ncheck-in-d$0ays = 30", "check-in-days", "120"),
        (
            "edition = \"2025$0-03\" # Å",
            "\"2025-03\"",
            "since 2025-01",
        ),
        ("[lints]\nGW0401 = \"de$0ny\"", "\"deny\"", "error"),
        (
            "[data]\nroles = [ # Å\n  \"a$0\",\n]",
            "[ # Å\n  \"a\",\n]",
            "Directory roles",
        ),
    ] {
        let (span, markdown) = hovered(text).expect(text);
        assert_eq!(span, shown, "{text}");
        assert!(markdown.contains(words), "{text}: {markdown}");
    }
    assert_eq!(hovered("own = $01"), None);
    assert_eq!(hovered("# na$0me"), None);
}

#[test]
fn a_lint_leads_to_its_page_by_code_and_by_name() {
    let code = Code::find("GW0302").unwrap();
    for name in [code.name(), code.slug()] {
        let (_, markdown) = hovered(&format!("[lints]\n$0{name} = \"deny\"")).unwrap();
        assert!(markdown.contains(&code.url()), "{markdown}");
        assert!(markdown.contains(code.slug()), "{markdown}");
        assert!(markdown.contains("always an error"), "{markdown}");
    }
}

#[test]
fn every_key_that_is_told_is_one_that_the_compiler_knows() {
    for key in keys::KEYS.iter().filter(|key| !key.value.is_empty()) {
        let table = if key.table.is_empty() {
            String::new()
        } else {
            format!("[{}]\n", key.table)
        };
        let value = match key.name {
            "edition" => "\"2026-06\"",
            "schema" => "\"entra\"",
            "optional" => "\"warn\"",
            "security-defaults" | "secure-by-default" => "false",
            "check-in-days" => "30",
            _ if key.table == "data" => "[]",
            _ => "\"x\"",
        };
        let text = format!(
            "//- gatewright.toml\n{table}{} = {value}\n//- a.gate\n",
            key.name
        );
        let fixture = Fixture::new(&text);
        let found = fixture.snapshot.compilation().render();
        assert!(!found.contains("GW0801"), "{text}{found}");
    }
}

#[test]
fn what_is_not_there_yet_is_offered() {
    let found = labels("name = \"a\"\n$0\n[lints]\n");
    assert!(found.contains(&"edition".to_owned()), "{found:?}");
    assert!(found.contains(&"data".to_owned()), "{found:?}");
    assert!(!found.contains(&"name".to_owned()), "{found:?}");
    assert!(!found.contains(&"lints".to_owned()), "{found:?}");
    let found = offered("[lints]\n[$0");
    assert!(
        found.contains(&("data".to_owned(), "data]".to_owned())),
        "{found:?}"
    );
    assert_eq!(
        labels("[compliance]\nch$0"),
        [
            "check-in-days",
            "secure-by-default",
            "data",
            "libraries",
            "lints"
        ]
    );
}

#[test]
fn lints_and_their_levels_are_offered_and_what_has_no_level_is_not() {
    let found = labels("[lints]\nGW0401 = \"deny\"\n$0");
    assert!(found.contains(&"optional".to_owned()));
    assert!(found.contains(&"GW0402".to_owned()) || found.contains(&"GW0403".to_owned()));
    assert!(!found.contains(&"GW0401".to_owned()));
    assert!(
        !found.contains(&"GW0302".to_owned()),
        "nothing can be decided"
    );
    assert_eq!(
        labels("[lints]\nGW0401 = $0"),
        ["allow", "deny", "hint", "warn"]
    );
    let found = offered("[lints]\nGW0401 = \"w$0\" # Å");
    assert!(found.contains(&("warn".to_owned(), "\"warn\"".to_owned())));
}

#[test]
fn editions_and_schemas_are_offered() {
    assert_eq!(labels("edition = $0"), ["2025-01", "2026-06"]);
    assert_eq!(labels("schema = \"$0\""), ["entra", "a.gate"]);
    assert_eq!(labels("security-defaults = $0"), ["false", "true"]);
}

#[test]
fn tables_have_their_keys_in_them() {
    let fixture = Fixture::new(
        "//- a.gate\n//- gatewright.toml\nname = \"Å\"\n\
         [lints]\nGW0401 = \"deny\"\nbroken\n[data]\n",
    );
    let found = outline(&fixture.snapshot, fixture.source("gatewright.toml"));
    let names: Vec<_> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["name", "lints", "data"]);
    assert_eq!(found[1].members[0].name, "GW0401");
}

#[test]
fn a_list_that_is_open_does_not_swallow_the_next_table() {
    let found = labels("[data]\napps = [\"a\n[compliance]\nch$0");
    assert!(found.contains(&"check-in-days".to_owned()), "{found:?}");
    let (_, markdown) = hovered("lints.GW0401 = \"de$0ny\"").unwrap();
    assert!(markdown.contains("error"), "{markdown}");
}

const MANIFEST: &str = "schema = \"å.gate\"\n[libraries]\nbase = \"../base\"\n\
    none = \"../nowhere/\"\n[data]\napps = [\n  \"data/./apps.txt\", # \"no\"\n  \"data/\",\n]\n";

/// A project with a library and a table, and two paths that lead nowhere.
fn project() -> (Snapshot, SourceId) {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        bytes: text.into(),
    };
    let missing = |path: &str, near: &[&str]| Missing {
        manifest: "p/own/gatewright.toml".to_owned(),
        path: path.to_owned(),
        why: "it is not there".to_owned(),
        near: near.iter().map(|near| (*near).to_owned()).collect(),
    };
    let input = Input {
        files: vec![file("p/own/å.gate", "")],
        manifest: Some(file("p/own/gatewright.toml", MANIFEST)),
        libraries: vec![
            file(
                "p/base/a.gate",
                "group Guards = \"5b0c0de0-0000-4000-8000-000000000001\"",
            ),
            file(
                "p/base/b.gate",
                "rule managed = device.isCompliant -eq True",
            ),
            file("p/based/c.gate", ""),
        ],
        data: vec![(
            gatewright_hir::data::Table::Apps,
            file("p/own/data/apps.txt", ""),
        )],
        missing: vec![
            missing("../nowhere/", &["../nowhere/a/", "../nowhere/b/"]),
            missing("data/", &["data/apps.txt"]),
        ],
        ..Input::default()
    };
    let compilation = compile(&input);
    let snapshot = Snapshot::new(Arc::new(input), compilation);
    let source = snapshot.source("p/own/gatewright.toml").unwrap();
    (snapshot, source)
}

fn place(needle: &str) -> u32 {
    u32::try_from(MANIFEST.find(needle).unwrap()).unwrap()
}

#[test]
fn paths_lead_to_files_and_libraries_to_their_texts() {
    let (snapshot, source) = project();
    let sources = &snapshot.compilation().sources;
    let found = links(&snapshot, source);
    let found = found.iter().map(|link| match &link.target {
        LinkTarget::File(file) => (sources.text(link.span), sources.name(*file)),
        LinkTarget::Url(url) => (sources.text(link.span), url.as_str()),
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            ("å.gate", "p/own/å.gate"),
            ("../base", "p/base/a.gate"),
            ("data/./apps.txt", "p/own/data/apps.txt"),
        ]
    );
    let names = |needle: &str| -> Vec<&str> {
        let found = crate::definition(&snapshot, source, place(needle) + 1);
        found.iter().map(|span| sources.name(span.source)).collect()
    };
    for library in ["base =", "../base"] {
        assert_eq!(names(library), ["p/base/a.gate", "p/base/b.gate"]);
    }
    assert_eq!(names("data/./apps"), ["p/own/data/apps.txt"]);
    assert!(names("../nowhere").is_empty() && names("apps = ").is_empty());
    let found = hover(&snapshot, source, place("../base")).unwrap().markdown;
    assert!(found.contains("`a.gate`: `Guards`"), "{found}");
    assert!(found.contains("`b.gate`: `managed`"), "{found}");
}

#[test]
fn paths_that_lead_nowhere_are_offered_what_is_there() {
    let (snapshot, source) = project();
    let offered = |needle: &str| -> Vec<String> {
        let at = place(needle) + u32::try_from(needle.find('"').unwrap()).unwrap();
        let found = completions(&snapshot, source, at);
        found.into_iter().map(|one| one.insert).collect()
    };
    assert_eq!(offered("../nowhere/\""), ["../nowhere/a/", "../nowhere/b/"]);
    assert_eq!(offered("data/\""), ["data/apps.txt"]);
    assert!(offered("../base\"").is_empty());
}
