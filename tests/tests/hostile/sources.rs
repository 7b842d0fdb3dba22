//! Policy text, Graph JSON and manifests.

use gatewright_compiler::{Input, SourceFile, compile};
use serde_json::json;

use crate::{POLICY, Said, assert_alive, assert_said, compile_one, marked, on_a_small_stack, said};

/// Policy text: what is wrong, the code, and the text; the policy of [`POLICY`] follows on its own
/// line and is none of the trouble.
const TEXTS: &[(&str, &str)] = &[
    ("GW0102", "rule A = ‸\0"),
    (
        "GW0103",
        "group A = ‸\"8f6f3d0a-0000-4000-8000-0000000f1a0c",
    ),
    (
        "GW0104",
        "policy \"Q\" { state enabled users all apps all require mfa‸",
    ),
    (
        "GW0101",
        "policy \"Q\" { state enabled users ‸,,, apps all require mfa }",
    ),
    ("GW0112", "‸polcy \"Q\" { state enabled }"),
    ("GW0113", "policy \"Q\" { ‸stat enabled }"),
    (
        "GW0320",
        "policy \"Q\" { state enabled users all apps all ‸requires mfa }",
    ),
    (
        "GW0201",
        "policy \"Q\" { state enabled users groups [‸Nobody] apps all require mfa }",
    ),
    (
        "GW0202",
        "role R = \"a0000000-0000-4000-8000-00000000000a\"\npolicy \"Q\" { state enabled users groups [‸R] apps all require mfa }",
    ),
    ("GW0203", "group A = \"1\"\ngroup ‸A = \"2\""),
    (
        "GW0204",
        "rule ‸A = B -or user.city -eq \"x\"\nrule B = C\nrule C = -not A",
    ),
    ("GW0204", "rule ‸A = A"),
    (
        "GW0302",
        "policy \"Q\" { state ‸sometimes users all apps all require mfa }",
    ),
    ("GW0302", "rule R = user.risk -eq ‸\"extreme\""),
    ("GW0324", "location L = ranges [‸1.2.3.4/99]"),
    ("GW0324", "location L = ranges [‸300.2.3.4/9]"),
    ("GW0324", "location L = ranges [2001:db8::/32, ‸:::/1]"),
    ("GW0325", "location L = countries [‸XYZ]"),
    (
        "GW0326",
        "policy \"Q\" { state enabled users all apps all require mfa\n\
         session signInFrequency ‸99999999999999999999999 hours }",
    ),
    ("GW0303", "rule R = user.city ‸-gt \"a\""),
    ("GW0317", "rule R = user.city -match ‸\"(\""),
];

#[test]
fn broken_text_is_said_where_it_is_broken() {
    for (code, text) in TEXTS {
        let (text, (line, column)) = marked(text);
        let text = format!("{text}\n{POLICY}");
        let compilation = compile_one("a.gate", text.as_str());
        assert_eq!(said(&compilation), [(*code, line, column)], "{text}");
        assert!(!compilation.is_readable(), "{text}");
    }
    assert_alive();
}

#[test]
fn two_policies_of_one_name_are_said_at_the_second() {
    let (text, (line, column)) = marked(&format!(
        "{POLICY}\npolicy ‸\"P\" {{ state disabled users all apps all block }}"
    ));
    assert_said("a.gate", text.as_bytes(), ("GW0205", line, column));
}

/// A Graph policy with something put in place of one of its parts.
pub(crate) fn graph(from: &str, to: &str) -> String {
    let policy = "{\n \"displayName\": \"P\",\n \"state\": \"enabled\",\n \"conditions\": {\n  \
        \"users\": {\"includeUsers\": [\"All\"]},\n  \
        \"applications\": {\"includeApplications\": [\"All\"]},\n  \
        \"clientAppTypes\": [\"all\"]\n },\n \
        \"grantControls\": {\"operator\": \"OR\", \"builtInControls\": [\"mfa\"]}\n}";
    assert!(policy.contains(from), "{from}");
    policy.replacen(from, to, 1)
}

fn graph_policies() -> Vec<(&'static str, String)> {
    let rule = |rule: &str| {
        let filter = json!({"deviceFilter": {"mode": "include", "rule": rule}});
        graph(
            "\"clientAppTypes\"",
            &format!("\"devices\": {filter},\n  \"clientAppTypes\""),
        )
    };
    vec![
        ("GW0601", graph("\n}", "‸,\n}")),
        (
            "GW0601",
            graph("{\n \"displayName\"", "{ ‸// a comment\n \"displayName\""),
        ),
        ("GW0601", graph("\"P\"", "‸'P'")),
        ("GW0601", graph("\"P\"", "\"‸\\q\"")),
        ("GW0601", graph("\"P\"", "\"‸\\ud800\"")),
        ("GW0601", graph("\"P\"", "\"‸\0\"")),
        ("GW0601", format!("{} ‸{{}}", graph("", ""))),
        (
            "GW0602",
            graph(
                "\"state\": \"enabled\"",
                "\"state\": \"enabled\", ‸\"state\": \"disabled\"",
            ),
        ),
        ("GW0603", graph("[\"mfa\"]", "‸7")),
        ("GW0603", graph("{\"includeUsers\": [\"All\"]}", "‸\"All\"")),
        ("GW0604", graph("\"enabled\"", "\"‸sometimes\"")),
        ("GW0604", graph("\"mfa\"", "\"‸mfaa\"")),
        ("GW0605", graph("\"mfa\"", "\"‸unknownFutureValue\"")),
        ("GW0104", rule("(device.isCompliant -eq True‸")),
        ("GW0301", rule("‸device.colour -eq True")),
        (
            "GW0607",
            format!(
                "[{},\n{}]",
                graph(
                    "{\n",
                    "{\"id\": \"00001111-aaaa-2222-bbbb-3333cccc4444\",\n"
                ),
                graph(
                    "{\n \"displayName\": \"P\"",
                    "{\"id\": \"00001111-aaaa-2222-bbbb-3333cccc4444\",\n \"displayName\": \"‸Q\""
                )
            ),
        ),
        (
            "GW0606",
            "{\"displayName\": \"L\", \"ipRanges\": [{\"cidrAddress\": \"‸1.2.3.4/99\"}]}"
                .to_owned(),
        ),
        (
            "GW0606",
            "{\"displayName\": \"L\", \"countriesAndRegions\": [\"NL\", \"‸Nederland\"]}"
                .to_owned(),
        ),
    ]
}

#[test]
fn broken_graph_json_is_said_at_the_member() {
    for (code, text) in graph_policies() {
        let (text, (line, column)) = marked(&text);
        let said: Vec<_> = said(&compile_one("a.json", text.as_str()))
            .into_iter()
            .filter(|(code, _, _)| *code != "GW0803")
            .collect();
        assert_eq!(said, [(code, line, column)], "{text}");
    }
    assert_alive();
}

/// Files that are no text, or nothing at all: the code and the place.
const FILES: &[(&str, &[u8], Said)] = &[
    ("empty.gate", b"", ("GW0803", 1, 1)),
    ("empty.json", b"", ("GW0601", 1, 1)),
    ("bom.gate", b"\xEF\xBB\xBF", ("GW0803", 1, 1)),
    ("bom.json", b"\xEF\xBB\xBF", ("GW0601", 1, 1)),
    ("bom16.json", b"\xFF\xFE", ("GW0601", 1, 1)),
    ("space.json", b" \n\t ", ("GW0601", 2, 3)),
    ("nul.gate", b"// x\n\0", ("GW0102", 2, 1)),
    ("nul.json", b"{\"a\": \0}", ("GW0601", 1, 7)),
    ("nuls.json", b"\0\0\0\0", ("GW0601", 1, 1)),
    (
        "utf32.json",
        b"\xFF\xFE\0\0{\0\0\0}\0\0\0",
        ("GW0601", 1, 1),
    ),
];

#[test]
fn empty_files_and_stray_bytes_have_a_place() {
    for (path, bytes, expected) in FILES {
        assert_said(path, bytes, *expected);
    }
}

/// Bytes in no encoding, and the offset of the first one that is wrong.
const NO_TEXT: &[(&str, &[u8], &str)] = &[
    ("a.gate", b"// ok\n// \xFF\xFE", "UTF-8 at byte 9"),
    ("a.gate", b"\xE2\x82", "UTF-8 at byte 0"),
    ("a.json", b"{\"a\": \"\xC3\x28\"}", "UTF-8 at byte 7"),
    (
        "a.json",
        b"\xEF\xBB\xBF{\"a\": \"\xED\xA0\x80\"}",
        "UTF-8 at byte 10",
    ),
    (
        "a.json",
        b"\xFF\xFE{\0}",
        "UTF-16 (little-endian) at byte 4",
    ),
    (
        "a.json",
        b"\xFF\xFE\x00\xD8\x41\x00",
        "UTF-16 (little-endian) at byte 2",
    ),
    (
        "a.json",
        b"\xFE\xFF\x00{\xDC\x00",
        "UTF-16 (big-endian) at byte 4",
    ),
];

#[test]
fn bytes_that_are_no_text_are_told_by_their_offset() {
    for (path, bytes, words) in NO_TEXT {
        let compilation = compile_one(path, *bytes);
        let messages: Vec<_> = compilation
            .diagnostics
            .iter()
            .map(|d| (d.code.name(), d.message.as_str()))
            .collect();
        let [("GW0802", message)] = messages.as_slice() else {
            panic!("{messages:?}")
        };
        assert!(message.contains(words), "{message}");
    }
    assert_alive();
}

#[test]
fn a_manifest_that_is_no_text_or_no_toml_has_a_place() {
    for (bytes, code) in [
        (&b"\xFF\xFF"[..], "GW0802"),
        (b"name = [", "GW0801"),
        (b"\0", "GW0801"),
    ] {
        let manifest = SourceFile {
            path: "gatewright.toml".to_owned(),
            bytes: bytes.to_vec(),
        };
        let files = vec![SourceFile {
            path: "a.gate".to_owned(),
            bytes: POLICY.into(),
        }];
        let input = Input {
            files,
            manifest: Some(manifest),
            ..Input::default()
        };
        let compilation = on_a_small_stack(|| compile(&input));
        assert_eq!(said(&compilation)[0].0, code);
        assert!(!compilation.is_readable());
    }
}
