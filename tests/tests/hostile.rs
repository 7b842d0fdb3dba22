//! Bad input of every kind gets an error with a place, on a small stack, and the process lives on.
//!
//! In the tables, `‸` marks the place where the error must be; it is taken out before reading.

use gatewright_compiler::{Compilation, Input, SourceFile, check_rule, compile};
use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use gatewright_runtime::{Directory, Engine, Mode, ReadOptions, Request, RequestError, Requests};
use gatewright_runtime::{ReportOptions, Scratch};
use gatewright_tests::corpus::{folder, origins};
use gatewright_tests::engines::Subject;
use gatewright_tests::histogram::Histogram;
use serde_json::{Value, json};

/// Run on the stack that a thread of a service has. A panic or an overflow fails the test.
fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

/// The text without its mark, and the line and column of the mark.
fn marked(text: &str) -> (String, (u32, u32)) {
    let (before, after) = text
        .split_once('‸')
        .unwrap_or_else(|| panic!("no mark: {text}"));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let place = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    (format!("{before}{after}"), place)
}

fn compile_one(path: &str, bytes: impl Into<Vec<u8>>) -> Compilation {
    let file = SourceFile {
        path: path.to_owned(),
        bytes: bytes.into(),
    };
    on_a_small_stack(|| {
        compile(&Input {
            files: vec![file],
            ..Input::default()
        })
    })
}

/// What is said but for lints, which have an opinion on what is left of a broken policy.
fn said(compilation: &Compilation) -> Vec<(&'static str, u32, u32)> {
    let problems = compilation.diagnostics.iter();
    let problems = problems.filter(|d| !d.code.name().starts_with("GW04"));
    let place = |span: gatewright_source::Span| {
        let source = compilation.sources.get(span.source).unwrap();
        source.position(span.start)
    };
    problems
        .map(|d| (d.code.name(), place(d.span()).line, place(d.span()).column))
        .collect()
}

#[track_caller]
fn assert_said(path: &str, bytes: &[u8], expected: (&str, u32, u32)) {
    let compilation = compile_one(path, bytes);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    assert_eq!(said(&compilation), [expected], "{path}: {start}");
    let is_error = !["GW0803"].contains(&expected.0);
    assert_eq!(compilation.is_readable(), !is_error, "{path}: {start}");
    assert!(!compilation.render().is_empty());
    assert_alive();
}

/// An ordinary policy is still compiled and decided.
fn assert_alive() {
    let engine = engine();
    let request = Request::from_json(&engine, SIGN_IN.as_bytes()).unwrap();
    let decision = engine
        .decide(&request, &mut Scratch::default(), Mode::Graph)
        .unwrap()
        .verdict();
    assert_eq!(decision.to_string(), "block");
}

const POLICY: &str = "policy \"P\" { state enabled users all apps all block }";

const SIGN_IN: &str =
    r#"{"signInIdentity":{"userId":"u"},"signInContext":{"includeApplications":["a"]}}"#;

fn bundle(text: &str) -> Vec<u8> {
    let compilation = compile_one("policies.gate", text);
    let decisions = compilation.decisions();
    compilation
        .bundle(&compilation.program(&decisions))
        .unwrap()
}

fn engine() -> Engine {
    Engine::load(&bundle(POLICY)).unwrap()
}

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
        "role R = \"a\"\npolicy \"Q\" { state enabled users groups [‸R] apps all require mfa }",
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
fn graph(from: &str, to: &str) -> String {
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
const FILES: &[(&str, &[u8], (&str, u32, u32))] = &[
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
            directory: None,
        };
        let compilation = on_a_small_stack(|| compile(&input));
        assert_eq!(said(&compilation)[0].0, code);
        assert!(!compilation.is_readable());
    }
}

const DEEP: usize = 100_000;

/// Nesting in every place that can nest: the code, and the column of the first level beyond the cap.
fn nested() -> Vec<(&'static str, &'static str, String)> {
    let around = |start: &str, open: &str, middle: &str, close: &str, end: &str| {
        let (outer, inner) = (open.repeat(256), open.repeat(DEEP - 256));
        format!("{start}{outer}‸{inner}{middle}{}{end}", close.repeat(DEEP))
    };
    let policy = |clause: &str| POLICY.replace("block", clause);
    let (start, end) = (policy("when "), "}".to_owned());
    let start = start.trim_end_matches([' ', '}']);
    let gate = |open: &str, middle: &str, close: &str| {
        (
            "a.gate",
            "GW0503",
            around(&format!("{start} "), open, middle, close, &end),
        )
    };
    let test = "user.city -eq \"x\"";
    vec![
        gate("(", test, ")"),
        (
            "a.gate",
            "GW0503",
            around("rule R = ", "(", test, ")", &format!("\n{POLICY}")),
        ),
        (
            "a.gate",
            "GW0503",
            around("rule R = ", "-not ", test, "", &format!("\n{POLICY}")),
        ),
        (
            "a.gate",
            "GW0503",
            around("", "scope \"s\" { ", POLICY, "}", ""),
        ),
        ("a.json", "GW0601", around("", "[", "", "]", "")),
        ("a.json", "GW0601", around("", "{\"a\":", "1", "}", "")),
    ]
}

#[test]
fn a_hundred_thousand_levels_are_refused_at_the_first_that_is_too_deep() {
    for (path, code, text) in nested() {
        let (text, (line, column)) = marked(&text);
        let compilation = compile_one(path, text.as_str());
        let found = said(&compilation);
        let [(found_code, found_line, found_column)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((*found_code, *found_line), (code, line));
        // A cap that counts what is around an expression is reached a few levels earlier.
        let width = text.len() / DEEP;
        let early = column.abs_diff(*found_column) as usize;
        assert!(
            early <= 16 * width.max(1),
            "{found_column} and not {column}"
        );
    }
    assert_alive();
}

#[test]
fn a_hundred_thousand_levels_in_a_rule_are_refused_in_the_rule() {
    let rule = format!(
        "{}device.model -eq \"x\"{}",
        "(".repeat(DEEP),
        ")".repeat(DEEP)
    );
    let checked = on_a_small_stack(|| check_rule(DEVICE_RULE_DIALECT, &rule)).unwrap();
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| (d.code.name(), d.span().start))
        .collect();
    assert_eq!(said, [("GW0501", 0), ("GW0503", 256)]);
    assert!(checked.set.is_none());
    let filter = json!({"deviceFilter": {"mode": "include", "rule": rule}}).to_string();
    let text = graph(
        "\"clientAppTypes\"",
        &format!("\"devices\": {filter},\n  \"clientAppTypes\""),
    );
    let found = said_codes(&compile_one("a.json", text));
    assert_eq!(found, ["GW0501", "GW0503"]);
}

fn said_codes(compilation: &Compilation) -> Vec<&'static str> {
    said(compilation)
        .into_iter()
        .map(|(code, _, _)| code)
        .collect()
}

#[test]
fn three_thousand_levels_of_json_are_refused_and_two_hundred_are_not() {
    let nested = |levels: usize| {
        let inner = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        graph("\"state\"", &format!("\"extra\": {inner},\n \"state\""))
    };
    assert_eq!(said_codes(&compile_one("a.json", nested(3000))), ["GW0601"]);
    assert_eq!(said_codes(&compile_one("a.json", nested(200))), ["GW0611"]);
}

const FIFTY_MEGABYTES: usize = 50 << 20;

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_json() {
    assert_said("a.json", &b"[".repeat(FIFTY_MEGABYTES), ("GW0601", 1, 257));
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_policy_text() {
    assert_said("a.gate", &b"[".repeat(FIFTY_MEGABYTES), ("GW0101", 1, 1));
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_a_rule() {
    let rule = "(".repeat(FIFTY_MEGABYTES);
    let checked = on_a_small_stack(|| check_rule(DEVICE_RULE_DIALECT, &rule)).unwrap();
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| (d.code.name(), d.span().start))
        .collect();
    assert_eq!(said, [("GW0501", 0), ("GW0503", 256)]);
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_a_request() {
    let engine = engine();
    for bracket in ["[", "{\"signInContext\":"] {
        let bytes = bracket.repeat(FIFTY_MEGABYTES / bracket.len());
        let error = on_a_small_stack(|| refusal(&engine, bytes.as_bytes()));
        assert_eq!(error.line, 1);
        assert!(error.message.contains("deep"), "{error}");
    }
}

#[test]
fn a_line_of_ten_megabytes_is_read_and_what_follows_has_its_column() {
    let long = "x".repeat(10 << 20);
    let column = u32::try_from(long.len()).unwrap();
    assert_said(
        "a.gate",
        format!("// {long}\n\0").as_bytes(),
        ("GW0102", 2, 1),
    );
    let text = format!("{POLICY} // {long}");
    assert_eq!(said_codes(&compile_one("a.gate", text)), Vec::<&str>::new());
    let json = format!("{{\"{long}\": tru}}");
    assert_said("a.json", json.as_bytes(), ("GW0601", 1, column + 6));
}

fn refusal(engine: &Engine, bytes: &[u8]) -> RequestError {
    match Request::from_json(engine, bytes) {
        Ok(_) => panic!(
            "accepted: {}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(300)])
        ),
        Err(error) => error,
    }
}

/// Requests: members of the request with the mark, and what the message must say.
const REQUESTS: &[(&str, &str)] = &[
    (
        r#"{"signInIdentity":{‸"userID":"u"}, REST"#,
        "did you mean `userId`?",
    ),
    (
        r#"{‸"signinContext":{}, REST"#,
        "did you mean `signInContext`?",
    ),
    (
        r#"{"signInConditions":{‸"ipAdress":"1.2.3.4"}, REST"#,
        "did you mean `ipAddress`?",
    ),
    (
        r#"{"signInConditions":{"deviceInfo":{‸"isComplaint":true}}, REST"#,
        "did you mean `isCompliant`?",
    ),
    (
        r#"{"directory":{"user":{‸"departmnt":"x"}}, REST"#,
        "did you mean `department`?",
    ),
    (
        r#"{"unknown":[‸"device.isComplaint"], REST"#,
        "did you mean `device.isCompliant`?",
    ),
    (
        r#"{"claims":{"satisfied":[‸"mfaa"]}, REST"#,
        "did you mean `mfa`?",
    ),
    (
        r#"{"claims":{"methods":[‸"fido"]}, REST"#,
        "did you mean `fido2`?",
    ),
    (
        r#"{"signInConditions":{"ipAddress":‸"1.2.3"}, REST"#,
        "is no IP address",
    ),
    (
        r#"{"signInConditions":{"ipAddress":‸"1.2.3.4/8"}, REST"#,
        "is no IP address",
    ),
    (
        r#"{"signInConditions":{"ipAddress":‸7}, REST"#,
        "a number stands where a string",
    ),
    (
        r#"{"signInConditions":{"country":‸"NLD"}, REST"#,
        "two letters",
    ),
    (
        r#"{"signInConditions":{"userRiskLevel":‸"extreme"}, REST"#,
        "is no risk level",
    ),
    (
        r#"{"signInConditions":{"clientAppType":‸"all"}, REST"#,
        "is no type of client",
    ),
    (
        r#"{"signInConditions":{"insiderRiskLevel":‸"elevated,minor"}, REST"#,
        "insider risk",
    ),
    (
        r#"{"signInConditions":{"authenticationFlow":‸"deviceCodeFlow"}, REST"#,
        "an object is expected",
    ),
    (
        r#"{"signInConditions":{"authenticationFlow":{"transferMethod":‸"pigeon"}}, REST"#,
        "is no transfer method",
    ),
    (
        r#"{"signInConditions":{"deviceInfo":‸[]}, REST"#,
        "an object is expected",
    ),
    (
        r#"{"signInConditions":{"deviceInfo":{"isCompliant":‸"True"}}, REST"#,
        "`true` or `false`",
    ),
    (
        r#"{"signInConditions":{"deviceInfo":{"ownership":‸"Alien"}}, REST"#,
        "`device.ownership`",
    ),
    (
        r#"{"signInConditions":{"deviceInfo":{"systemLabels":‸"x"}}, REST"#,
        "an array is expected",
    ),
    (r#"{"unknown":‸"device", REST"#, "an array is expected"),
    (r#"{"context":{"now":‸"yesterday"}, REST"#, "RFC 3339"),
    (
        r#"{"context":{"now":‸"2026-13-01T00:00:00Z"}, REST"#,
        "RFC 3339",
    ),
    (
        r#"{"context":{"namedLocations":[‸1]}, REST"#,
        "a string is expected",
    ),
    (
        r#"{"appliedPoliciesOnly":‸"yes", REST"#,
        "`true` or `false`",
    ),
    (
        r#"{"signInConditions":{"country":‸1e999}, REST"#,
        "a number stands where a string",
    ),
    (
        "{\"signInIdentity\":‸{},\n \"signInContext\":{\"includeApplications\":[]}}",
        "none of `userId`",
    ),
    (
        "{\"signInIdentity\":{\"userId\":\"u\"},\n\"signInContext\":‸\"app\"}",
        "an object is expected",
    ),
    (
        "{\"signInIdentity\":{\"userId\":\"u\"},\n\"signInContext\":{\"includeApplications\":‸\"a\"}}",
        "an array",
    ),
    (
        "{\"signInIdentity\":‸{\"userId\":\"u\",\"servicePrincipalId\":\"u\"}, REST",
        "members of",
    ),
    (
        "{\"signInIdentity\":‸{\"@odata.type\":\"#microsoft.graph.carSignIn\"}, REST",
        "`carSignIn`",
    ),
    (
        "{\"signInIdentity\":{\"userId\":\"u\",\"externalUserType\":‸\"friend\"}, REST",
        "type of guest",
    ),
    ("‸null", "an object is expected"),
    ("‸[]", "an object is expected"),
];

/// Requests that are no JSON, or not JSON of one meaning.
const NO_JSON: &[(&str, &str)] = &[
    ("‸", "there is no value"),
    ("{‸\0}", "found `\\0`"),
    ("{\"signInIdentity\":{}‸", "the text ends"),
    (
        "{\"signInIdentity\":{\"userId\":\"u\",\n‸\"userId\":\"u\"}}",
        "given twice",
    ),
    (
        "{\"signInIdentity\":{},‸\"signInIdentity\":{}}",
        "given twice",
    ),
    ("{\"signInIdentity\":{},‸}", "found `}`"),
    ("{‸/* */\"signInIdentity\":{}}", "found `/`"),
    ("{‸'signInIdentity':{}}", "found `\\'`"),
    ("{\"signInIdentity\":\"‸\\q\"}", "no such escape"),
    ("{\"signInIdentity\":\"‸\\ud800\"}", "surrogate"),
    ("{\"signInIdentity\":\"‸\n\"}", "control character"),
    ("{} ‸{}", "the end is expected"),
    ("{\"signInIdentity\":‸tru}", ""),
    ("{\"signInIdentity\":0‸1}", "does not start with 0"),
    ("{\"signInIdentity\":‸+1}", ""),
    ("{\"signInIdentity\":‸NaN}", ""),
];

#[test]
fn a_bad_request_is_refused_at_its_member_by_every_engine() {
    let rest = SIGN_IN.strip_prefix('{').unwrap();
    let set = compile_one("a.gate", POLICY).set;
    let subject = Subject::new(set).unwrap();
    for (text, words) in REQUESTS {
        let is_identity = text.contains("signInIdentity");
        let rest = if is_identity {
            r#""signInContext":{"includeApplications":["a"]}}"#
        } else {
            rest
        };
        let (text, (line, column)) = marked(&text.replace("REST", rest));
        let error = on_a_small_stack(|| refusal(&subject.engine, text.as_bytes()));
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}\n{error}"
        );
        assert!(error.message.contains(words), "{text}\n{error}");
        let value: Value = serde_json::from_str(&text.replace("1e999", "1")).unwrap();
        let decided = subject
            .decide(&value, Mode::Graph)
            .unwrap_or_else(|d| panic!("{text}\n{d}"));
        assert!(decided.is_null(), "{text}");
    }
    assert_alive();
}

#[test]
fn a_request_that_is_no_json_is_refused_at_the_place() {
    let engine = engine();
    for (text, words) in NO_JSON {
        let (text, (line, column)) = marked(text);
        let error = on_a_small_stack(|| refusal(&engine, text.as_bytes()));
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}\n{error}"
        );
        assert!(error.message.contains(words), "{text}\n{error}");
    }
    for bytes in [
        &b"{\"\xFF\":1}"[..],
        b"\xFF\xFE{\0}\0",
        b"\xEF\xBB\xBF",
        b"{\"a\":\"\xED\xA0\x80\"}",
    ] {
        assert_eq!(on_a_small_stack(|| refusal(&engine, bytes)).line, 1);
    }
    assert_alive();
}

#[test]
fn one_bad_request_among_many_is_told_by_its_line() {
    let engine = engine();
    let read = |text: String| {
        let requests = Requests::from_json(&engine, text.as_bytes(), &ReadOptions::default());
        requests
            .map(|r| r.requests.len())
            .map_err(|e| (e.line, e.column))
    };
    assert_eq!(read(format!("{SIGN_IN}\n{SIGN_IN}\n")), Ok(2));
    assert_eq!(read(format!("{SIGN_IN}\n{SIGN_IN}\n{{")), Err((3, 2)));
    assert_eq!(read(format!("[{SIGN_IN},\n7]")), Err((2, 1)));
}

#[test]
fn a_bad_directory_is_refused_at_its_member() {
    for text in [
        "‸",
        "{‸",
        "‸[]",
        "{‸\"usrs\": []}",
        "{\"users\": ‸7}",
        "{\"users\": [{\"id\": ‸7}]}",
        "{\"users\": [\n {\"id\": \"u\", \"groups\": ‸\"x\"}]}",
    ] {
        let (text, (line, column)) = marked(text);
        let error = on_a_small_stack(|| Directory::from_json(text.as_bytes()).unwrap_err());
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}\n{error}"
        );
    }
    let deep = "[".repeat(DEEP);
    assert!(on_a_small_stack(
        || Directory::from_json(deep.as_bytes()).is_err()
    ));
}

/// A bundle with every kind of condition in it: that of a corpus repository.
fn large_bundle() -> Vec<u8> {
    let origin = origins()
        .into_iter()
        .find(|o| o.name.starts_with("Cloudshield"))
        .unwrap();
    let compilation = compile(&origin.input());
    let decisions = compilation.decisions();
    compilation
        .bundle(&compilation.program(&decisions))
        .unwrap()
}

fn load_error(bytes: &[u8]) -> Option<String> {
    on_a_small_stack(|| Engine::load(bytes).err().map(|error| error.to_string()))
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_refused() {
    for (bundle, step) in [(bundle(POLICY), 1), (large_bundle(), 97)] {
        assert_eq!(load_error(&bundle), None);
        let mut reasons = Histogram::default();
        for length in (0..bundle.len()).step_by(step) {
            let reason =
                load_error(&bundle[..length]).unwrap_or_else(|| panic!("{length} bytes load"));
            assert!(
                length < 8 || reason.contains("cut off"),
                "{length} bytes: {reason}"
            );
            reasons.count(reason.split(':').next().unwrap_or_default());
        }
        println!("{} bytes\n{}", bundle.len(), reasons.table());
        let mut longer = bundle.clone();
        longer.push(0);
        assert!(load_error(&longer).is_some_and(|reason| reason.contains("too long")));
    }
    assert_alive();
}

#[test]
fn a_bundle_with_a_bit_turned_over_is_refused() {
    for (bundle, step) in [(bundle(POLICY), 1), (large_bundle(), 61)] {
        let mut reasons = Histogram::default();
        for at in (0..bundle.len()).step_by(step) {
            let mut damaged = bundle.clone();
            damaged[at] ^= 1 << (at % 8);
            let reason = load_error(&damaged).unwrap_or_else(|| panic!("bit {at} does not matter"));
            reasons.count(reason.split(':').next().unwrap_or_default());
        }
        println!("{} bytes\n{}", bundle.len(), reasons.table());
        assert!(reasons.get("damaged") > 100);
    }
    assert_alive();
}

#[test]
fn what_is_no_bundle_is_refused() {
    let policies = std::fs::read(folder().join("policies/index.jsonl")).unwrap();
    for bytes in [
        &b""[..],
        b"\0",
        POLICY.as_bytes(),
        &policies,
        &vec![0xFF; 1 << 20],
    ] {
        let reason = load_error(bytes).unwrap();
        let words = if bytes.is_empty() {
            "cut off"
        } else {
            "not a bundle"
        };
        assert!(reason.contains(words), "{reason}");
    }
}

/// The longest text that a request may hold.
const TEXT_MAX: usize = 65_536;

#[test]
fn facts_at_their_limits_are_decided_and_beyond_them_refused() {
    let engine = engine();
    let many: Vec<String> = (0..20_000).map(|n| format!("group-{n}")).collect();
    let request = |length: usize| {
        let long = "x".repeat(length);
        let device = json!({"displayName": long, "physicalIds": many});
        let request = json!({
            "directory": {"groups": many, "roles": many},
            "signInConditions": {"deviceInfo": device},
            "signInContext": {"includeApplications": many},
            "signInIdentity": {"userId": long},
        });
        request.to_string()
    };
    let bytes = request(TEXT_MAX);
    let options = ReportOptions {
        mode: Mode::Graph,
        explain: true,
        hash: true,
    };
    let report = on_a_small_stack(|| {
        let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
        engine
            .report(&request, &mut Scratch::default(), &options)
            .unwrap()
            .to_json()
    });
    assert!(report.contains("\"verdict\":\"block\""), "{report}");
    let error = refusal(&engine, request(TEXT_MAX + 1).as_bytes());
    assert!(
        error.column > 1 && error.message.contains("longer than 65536"),
        "{error}"
    );
}
