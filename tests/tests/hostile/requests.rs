//! Requests and directories.

use gatewright_runtime::{
    Directory, Engine, Mode, ReadOptions, ReportOptions, Request, RequestError, Requests, Scratch,
};
use gatewright_tests::engines::Subject;
use serde_json::{Value, json};

use crate::{DEEP, POLICY, SIGN_IN, assert_alive, compile_one, engine, marked, on_a_small_stack};

pub(crate) fn refusal(engine: &Engine, bytes: &[u8]) -> RequestError {
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
        r#"{"signInConditions":{"clientAppType":‸"every"}, REST"#,
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
        "{\"signInIdentity\":{\"userId\":\"u\"},\n\
         \"signInContext\":{\"includeApplications\":‸\"a\"}}",
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
