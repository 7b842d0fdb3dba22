//! The style, and that formatting changes nothing but blanks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::path::{Path, PathBuf};

use gatewright_format::format;
use gatewright_source::SourceId;
use gatewright_syntax::{TokenKind, dump_file, parse_file};
use proptest::prelude::*;

#[track_caller]
fn formats(before: &str, after: &str) {
    let formatted = format(before).unwrap();
    assert_eq!(formatted.text, after, "\n{}", formatted.text);
    assert_eq!(format(after).unwrap().text, after, "not stable");
}

#[track_caller]
fn stays(text: &str) {
    formats(text, text);
}

#[test]
fn clauses_stand_one_a_line_with_their_bodies_in_a_column() {
    formats(
        "policy   \"P\"{state enabled users all except groups[A,B]\n  signInRisk [ medium,high ] block }",
        "policy \"P\" {\n    state      enabled\n    users      all except groups [A, B]\n    \
         signInRisk [medium, high]\n    block\n}\n",
    );
}

#[test]
fn long_lists_are_filled_and_exceptions_get_a_line_of_their_own() {
    let names: Vec<String> = (0..14).map(|n| format!("Group{n:02}")).collect();
    let text = format!(
        "policy \"P\" {{ users groups [{}] except groups [X] }}",
        names.join(",")
    );
    let formatted = format(&text).unwrap().text;
    assert!(
        formatted.lines().all(|line| line.chars().count() <= 100),
        "{formatted}"
    );
    assert!(
        formatted.contains(",\n                  Group"),
        "{formatted}"
    );
    assert!(
        formatted.contains("]\n          except groups [X]\n"),
        "{formatted}"
    );
    stays(&formatted);
}

#[test]
fn comments_and_blank_lines_keep_their_places() {
    stays(
        "//! The file.\n\n// About nothing.\n\n/// Documented.\n@owner(\"a\") @ticket(\"b\")\n\
         policy \"P\" { // after the brace\n    // before a clause\n    state enabled // beside it\n\n    \
         users all\n    // the last word\n}\n\n// the end\n",
    );
    formats(
        "\n\n// first\n\n\n\ngroup A = \"1\" // one\n\n\n\ngroup B = \"2\"\n\n\n",
        "// first\n\ngroup A = \"1\" // one\n\ngroup B = \"2\"\n",
    );
    formats(
        "policy \"P\" {\n\n  users groups [A, // why\n  B]\n block\n\n}",
        "policy \"P\" {\n    users groups [A, // why\n              B]\n    block\n}\n",
    );
}

#[test]
fn runs_of_objects_are_aligned_and_blank_lines_end_a_run() {
    formats(
        "group A = \"1\"\nlocation Offices = ranges [10.0.0.0/8]\nrule Long(x: group) = a -eq 1\n\ngroup B=\"2\"\n",
        "group    A                   = \"1\"\nlocation Offices             = ranges [10.0.0.0/8]\n\
         rule     Long(x: group)      = a -eq 1\n\ngroup B = \"2\"\n"
            .replace("A                   =", "A              =")
            .replace("Offices             =", "Offices        =")
            .replace("group)      =", "group) =")
            .as_str(),
    );
}

#[test]
fn the_spelling_of_rules_is_their_authors() {
    formats(
        "policy \"P\" {\n devices   where   device.model  -eq \"x\"\n      -OR device.x -eq  'y'\nwhen a -eq 1\n-or   b -eq 2\n}",
        "policy \"P\" {\n    devices where device.model  -eq \"x\"\n      -OR device.x -eq  'y'\n    \
         when    a -eq 1\n            -or   b -eq 2\n}\n",
    );
    stays("policy \"P\" {\n    graph { \"a\":   [1,2],\n \"b\": {} }\n    block\n}\n");
}

#[test]
fn what_cannot_be_read_is_left_byte_for_byte_and_its_neighbours_are_not() {
    let broken = "  policy \"Broken\" {\n   users   all  excepted [[\n state    }";
    let text = format!("group   A=\"1\"\n\n{broken}\n\npolicy \"P\" {{ block }}\n");
    let formatted = format(&text).unwrap();
    assert!(formatted.has_errors);
    assert!(formatted.text.contains(broken), "{}", formatted.text);
    assert!(
        formatted.text.starts_with("group A = \"1\"\n"),
        "{}",
        formatted.text
    );
    assert!(
        formatted.text.ends_with("policy \"P\" {\n    block\n}\n"),
        "{}",
        formatted.text
    );
    assert_eq!(format(&formatted.text).unwrap().text, formatted.text);
}

#[test]
fn tests_keep_the_lines_of_their_facts() {
    formats(
        "test \"T\" { given { user  roles [ A,B ]    app Payroll,client browser }\nexpect {block} }",
        "test \"T\" {\n    given  { user  roles [A, B]  app Payroll, client browser }\n    expect { block }\n}\n",
    );
    formats(
        "test \"T\" {\ngiven {\nuser\napp X }\nexpect { block\napplied [\"P\"] }\n}",
        "test \"T\" {\n    given {\n        user\n        app X\n    }\n    expect { block\n             \
         applied [\"P\"] }\n}\n",
    );
}

#[test]
fn scopes_and_templates_are_nested() {
    formats(
        "scope \"S\" { users all\npolicy \"P\" { block }\n\n\npolicy \"Q\" { block } }\ntemplate T( a:group ){policy \"P\" {block}}",
        "scope \"S\" {\n    users all\n    policy \"P\" {\n        block\n    }\n\n    policy \"Q\" {\n        \
         block\n    }\n}\ntemplate T(a: group) {\n    policy \"P\" {\n        block\n    }\n}\n",
    );
}

#[test]
fn line_ends_stay_what_they_are() {
    let formatted = format("group A=\"1\"\r\n\r\n\r\ngroup B=\"2\"").unwrap();
    assert_eq!(formatted.text, "group A = \"1\"\r\n\r\ngroup B = \"2\"\r\n");
    assert_eq!(format("").unwrap().text, "");
    assert_eq!(format(" \n\n").unwrap().text, "");
}

fn gate_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                gate_files(&path, found);
            }
        } else if name.ends_with(".gate") {
            found.push(path);
        }
    }
}

fn repository_texts() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    gate_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        &mut files,
    );
    files.sort();
    assert!(files.len() > 5);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.into_iter().map(read).collect()
}

#[track_caller]
fn is_kept(text: &str, what: &str) {
    let formatted = match format(text) {
        Ok(formatted) => formatted.text,
        Err(changed) => panic!("{what}: {changed}\n{text}"),
    };
    let again =
        format(&formatted).unwrap_or_else(|changed| panic!("{what}: {changed}\n{formatted}"));
    assert_eq!(again.text, formatted, "{what} is not stable\n{text}");
    let dump = |text: &str| dump_file(&parse_file(SourceId(0), text).tree);
    assert_eq!(dump(text), dump(&formatted), "{what}");
    let comments = |text: &str| {
        let parsed = parse_file(SourceId(0), text);
        let is_comment = |kind| {
            matches!(
                kind,
                TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc
            )
        };
        let mut found: Vec<String> = parsed
            .tokens
            .iter()
            .filter(|(kind, _)| is_comment(*kind))
            .map(|(_, bytes)| text[bytes].trim_end().to_owned())
            .collect();
        found.sort();
        found
    };
    assert_eq!(comments(text), comments(&formatted), "{what}");
}

#[test]
fn every_policy_text_of_the_repository_is_kept() {
    for (path, text) in repository_texts() {
        is_kept(&text, &path.display().to_string());
    }
}

#[test]
fn every_example_is_formatted() {
    for (path, text) in repository_texts() {
        if path.components().any(|part| part.as_os_str() == "examples") {
            let formatted = format(&text).unwrap().text;
            let name = path.display().to_string();
            let difference = gatewright_format::unified(&name, &text, &formatted);
            assert!(difference.is_empty(), "{difference}");
        }
    }
}

// Generated programs.

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "A",
        "Finance",
        "users",
        "policy",
        "given",
        "Sehr_Lang_Und_Noch_Laenger",
    ])
    .prop_map(str::to_owned)
}

fn list() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 0..24).prop_map(|names| format!("[{}]", names.join(" , ")))
}

fn clause() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("state enabled".to_owned()),
        Just("block".to_owned()),
        (list(), list()).prop_map(|(a, b)| format!("users groups {a}, roles {b} except users {b}")),
        list().prop_map(|items| format!("apps {items}")),
        list().prop_map(|items| format!("require any {items}")),
        Just("session signInFrequency 4 hours, persistentBrowser never".to_owned()),
        Just(
            "devices where device.model  -eq \"x y\"  -and -not (device.isCompliant -eq True)"
                .to_owned()
        ),
        Just("devices except device.model -in [\"a\",  \"b\"]".to_owned()),
        Just("when user.department -eq \"Sales\" -or signIn.risk -eq high".to_owned()),
        Just("graph { \"x\":  [1, {\"y\": null}] }".to_owned()),
    ]
}

fn declaration() -> impl Strategy<Value = String> {
    let clauses = || prop::collection::vec(clause(), 0..6).prop_map(|all| all.join("\n"));
    prop_oneof![
        name().prop_map(|name| format!("group {name} = \"1-2\"")),
        (name(), list()).prop_map(|(name, items)| format!("location {name} = countries {items} or unknown")),
        Just("rule R(x: group, y) = a -eq 1 -and (b -ne 2)".to_owned()),
        clauses().prop_map(|clauses| format!("@id(\"x\") @owner(\"y\")\npolicy \"P\" {{\n{clauses}\n}}")),
        (clauses(), clauses()).prop_map(|(outer, inner)| {
            format!("scope \"S\" {{\n{outer}\npolicy \"Q\" {{\n{inner}\n}}\n}}")
        }),
        list().prop_map(|items| {
            format!("test \"T\" {{ given {{ user roles {items}  ip 198.51.100.7 }} expect {{ block }} }}")
        }),
        list().prop_map(|items| format!("use T({items}, \"x\")")),
        Just("entity e optional {\n  a: Integer [0, 9]? { eq, ne } \"t\"\n b: set of String\n}".to_owned()),
        Just("enum E {\n  x   \"one\"\n  \"long one\" \"two\"\n}".to_owned()),
        Just("policy \"broken\" {\n users [[ all\n}".to_owned()),
    ]
}

/// Blanks, line ends and comments where the text has blanks.
fn disturbed(text: &str, noise: &[u8]) -> String {
    let parsed = parse_file(SourceId(0), text);
    let mut noise = noise.iter().copied().cycle();
    let mut out = String::new();
    for (kind, bytes) in parsed.tokens.iter() {
        let slice = &text[bytes];
        if kind != TokenKind::Whitespace {
            out.push_str(slice);
            continue;
        }
        match noise.next().unwrap_or(0) % 12 {
            0 => out.push_str("   "),
            1 if slice.contains('\n') => out.push_str("\n\n\n"),
            2 if slice.contains('\n') => out.push_str(" // beside\n\t"),
            3 if slice.contains('\n') => out.push_str("\n  // alone\n"),
            4 if slice.contains('\n') => out.push_str("\n      "),
            5 => out.push_str(" // within\n "),
            6 => out.push('\n'),
            _ => out.push_str(slice),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_programs_are_kept(
        declarations in prop::collection::vec(declaration(), 0..6),
        gaps in prop::collection::vec(0_usize..3, 6),
        noise in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let mut text = String::new();
        for (declaration, gap) in declarations.iter().zip(&gaps) {
            text.push_str(declaration);
            text.push_str(&"\n".repeat(gap + 1));
        }
        is_kept(&text, "generated");
        is_kept(&disturbed(&text, &noise), "disturbed");
    }

    #[test]
    fn any_text_ends_without_a_panic(text in "[a-z{}\\[\\]\"'/@=,. \n-]{0,120}") {
        let _ = format(&text);
    }
}
