//! What cannot be read is refused with its place, and no input makes reading panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod common;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use common::{engine, with};
use gatewright_runtime::{Directory, Engine, Request};
use sample::Sample;
use serde_json::{Value, json};

fn plain() -> Engine {
    engine(Sample::entra().finish())
}

fn refused(text: &[u8]) -> String {
    Request::from_json(&plain(), text).unwrap_err().to_string()
}

#[test]
fn bad_requests_are_refused_with_their_place() {
    let rows: Vec<(Value, &str)> = vec![
        (
            json!([]),
            "line 1, column 1: an array stands where an object is expected",
        ),
        (json!({}), "column 1: there is no `signInIdentity`"),
        (
            json!({"signInIdentity": {"userId": "a"}}),
            "there is no `signInContext`",
        ),
        (
            with(&[("signInCondition", json!({}))]),
            "did you mean `signInConditions`?",
        ),
        (
            with(&[("signInConditions.ipAdress", json!(""))]),
            "`signInConditions.ipAdress`: there is no such member; did you mean `ipAddress`?",
        ),
        (
            with(&[("signInConditions.ipAddress", json!("1.2.3"))]),
            "`signInConditions.ipAddress`: `1.2.3` is no IP address",
        ),
        (
            with(&[("signInConditions.ipAddress", json!(7))]),
            "a number stands where a string",
        ),
        (
            with(&[("signInConditions.country", json!("Holland"))]),
            "no country code",
        ),
        (
            with(&[("signInConditions.userRiskLevel", json!("hgih"))]),
            "did you mean `high`?",
        ),
        (
            with(&[("signInConditions.insiderRiskLevel", json!("high"))]),
            "level of insider risk",
        ),
        (
            with(&[("signInConditions.agentIdRiskLevel", json!("hidden"))]),
            "level of agent risk",
        ),
        (
            with(&[("signInConditions.clientAppType", json!("modern"))]),
            "no type of client",
        ),
        (
            with(&[(
                "signInConditions.authenticationFlow",
                json!("deviceCodeFlow"),
            )]),
            "a string stands where an object is expected",
        ),
        (
            with(&[("signInConditions.deviceInfo", json!({"isCompliant": "yes"}))]),
            "`signInConditions.deviceInfo.isCompliant`: a string stands where `true` or `false`",
        ),
        (
            with(&[(
                "signInConditions.deviceInfo",
                json!({"trustype": "AzureAD"}),
            )]),
            "did you mean `trustType`?",
        ),
        (
            with(&[(
                "signInConditions.deviceInfo",
                json!({"ownership": "Company", "deviceOwnership": "Company"}),
            )]),
            "says the same",
        ),
        (
            with(&[(
                "signInConditions.deviceInfo",
                json!({"ownership": "Corporate"}),
            )]),
            "`Corporate` is no value of `device.ownership`",
        ),
        (
            with(&[("signInIdentity", json!({"user": "a"}))]),
            "did you mean `userId`?",
        ),
        (
            with(&[(
                "signInIdentity",
                json!({"userId": "a", "servicePrincipalId": "b"}),
            )]),
            "it has members of `userSignIn` and of `servicePrincipalSignIn`",
        ),
        (
            with(&[("signInIdentity", json!({}))]),
            "none of `userId`, `servicePrincipalId`",
        ),
        (
            with(&[(
                "signInIdentity",
                json!({"@odata.type": "#microsoft.graph.userSignin2"}),
            )]),
            "did you mean `userSignIn`?",
        ),
        (
            with(&[(
                "signInIdentity",
                json!({"userId": "a", "externalUserType": "guest"}),
            )]),
            "`guest` is no type of guest",
        ),
        (
            with(&[(
                "signInIdentity",
                json!({"userId": "a", "externalUserType": "internalGuest,serviceProvider"}),
            )]),
            "a user is a guest of one type",
        ),
        (
            with(&[("signInContext", json!({"userAction": "registerDevice"}))]),
            "no user action",
        ),
        (
            with(&[("signInContext", json!({"includeApplications": "all"}))]),
            "a string stands where an array is expected",
        ),
        (
            with(&[("claims.satisfied", json!(["mfaa"]))]),
            "did you mean `mfa`?",
        ),
        (
            with(&[("claims.satisfied", json!(["strenght:x"]))]),
            "did you mean `strength`?",
        ),
        (
            with(&[("claims.methods", json!(["fido"]))]),
            "did you mean `fido2`?",
        ),
        (
            with(&[("context.now", json!("yesterday"))]),
            "`yesterday` is no RFC 3339 date-time",
        ),
        (
            with(&[("unknown", json!(["device.isCompliantt"]))]),
            "did you mean `device.isCompliant`?",
        ),
        (
            with(&[("unknown", json!("device"))]),
            "a string stands where an array is expected",
        ),
        (
            with(&[("directory.user", json!({"departement": "x"}))]),
            "did you mean `department`?",
        ),
        (
            with(&[("directory.groups", json!([1]))]),
            "a number stands where a string is expected",
        ),
    ];
    for (request, expected) in rows {
        let error = refused(request.to_string().as_bytes());
        assert!(error.contains(expected), "{request}: {error}");
    }
}

#[test]
fn malformed_json_is_refused_with_its_place() {
    let deep = "[".repeat(100_000);
    let deep_object = "{\"a\":".repeat(100_000);
    let long = format!(
        "{{\"signInIdentity\": {{\"userId\": \"{}\"}}}}",
        "x".repeat(10 << 20)
    );
    let open = format!("{{\"signInIdentity\": \"{}", "x".repeat(10 << 20));
    let many = format!("[{}0]", "0,".repeat(2 << 20));
    let misspelt = format!("{{\"{}\": 1}}", "x".repeat(1 << 20));
    let ignored = format!("{{\"@odata.context\": {deep}");
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "line 1, column 1: there is no value"),
        (b"  \n ".to_vec(), "line 2, column 2: there is no value"),
        (
            b"{".to_vec(),
            "line 1, column 2: the text ends where the name of a member is expected",
        ),
        (
            b"{\"a\" 1}".to_vec(),
            "column 6: found `1` where `:` is expected",
        ),
        (
            b"{\"a\": 1,}".to_vec(),
            "column 9: found `}` where the name of a member",
        ),
        (
            b"{\"a\": [1 2]}".to_vec(),
            "column 10: found `2` where `,` or `]`",
        ),
        (
            b"{\"a\": nul}".to_vec(),
            "column 7: found `n` where a value is expected",
        ),
        (b"{\"a\": 01}".to_vec(), "a number does not start with 0"),
        (b"{\"a\": 1.}".to_vec(), "where a digit is expected"),
        (b"{\"a\": -}".to_vec(), "where a digit is expected"),
        (b"{\"a\": 1e+}".to_vec(), "where a digit is expected"),
        (
            b"{\"a\": \"\x01\"}".to_vec(),
            "a control character in a string must be escaped",
        ),
        (
            b"{\"a\": \"\\x\"}".to_vec(),
            "column 8: there is no such escape",
        ),
        (
            b"{\"a\": \"\\u12G4\"}".to_vec(),
            "`\\u` takes four hexadecimal digits",
        ),
        (b"{\"a\": \"\\ud800\"}".to_vec(), "half of a surrogate pair"),
        (
            b"{\"a\": \"\\udc00\\ud800\"}".to_vec(),
            "half of a surrogate pair",
        ),
        (
            b"{} {}".to_vec(),
            "column 4: found `{` where the end is expected",
        ),
        (
            b"// no comments".to_vec(),
            "column 1: found `/` where a value is expected",
        ),
        (
            b"{\"\xC3\xA5\": \"\xFF\"}".to_vec(),
            "line 1, column 8: the bytes are not UTF-8",
        ),
        (
            "{\n \"å\": 1,\n \"å\": 2 }".into(),
            "line 3, column 2: the member `å` is given twice",
        ),
        (
            "{\"å\": 1, \"\\u00e5\": 2}".into(),
            "column 10: the member `å` is given twice",
        ),
        (
            deep.into_bytes(),
            "line 1, column 65: values nest more than 64 deep",
        ),
        (deep_object.into_bytes(), "values nest more than 64 deep"),
        (ignored.into_bytes(), "values nest more than 64 deep"),
        (long.into_bytes(), "a text is longer than 65536 bytes"),
        (open.into_bytes(), "the string is not closed"),
        (misspelt.into_bytes(), "xxx…`: there is no such member"),
        (many.into_bytes(), "there are more than 1048576 values"),
    ];
    for (text, expected) in rows {
        let error = refused(&text);
        assert!(error.contains(expected), "{error}: {expected}");
    }
}

#[test]
fn every_truncation_of_a_request_is_refused_and_none_panics() {
    let request = with(&[
        (
            "signInConditions.deviceInfo",
            json!({"displayName": "å\n\u{1F600}", "isCompliant": true}),
        ),
        ("claims.methods", json!(["fido2"])),
    ]);
    let engine = plain();
    let text = request.to_string();
    for length in 0..text.len() {
        assert!(
            Request::from_json(&engine, &text.as_bytes()[..length]).is_err(),
            "{length}"
        );
    }
    for (at, _) in text.char_indices() {
        for other in ["\"", "{", "]", ",", "0", "\u{FFFD}", "\\"] {
            let mut changed = text.clone();
            changed.insert_str(at, other);
            // It may still be a request; it must not panic.
            _ = Request::from_json(&engine, changed.as_bytes());
        }
    }
}

#[test]
fn bad_directories_are_refused_with_their_place() {
    let rows = [
        (
            r#"{"user": []}"#,
            "line 1, column 2: `user`: there is no such member; did you mean `users`?",
        ),
        (
            r#"{"users": {}}"#,
            "`users`: an object stands where an array is expected",
        ),
        (r#"{"users": [{}]}"#, "there is no `id`"),
        (
            "{\"users\": [{\"id\": \"a\"},\n{\"id\": \"A\"}]}",
            "line 2, column 1: `users`: the user `A` is given twice",
        ),
        (
            r#"{"groups": [{"id": "a"}, {"id": "A"}]}"#,
            "the group `A` is given twice",
        ),
        (
            r#"{"users": [{"id": "a", "grups": []}]}"#,
            "did you mean `groups`?",
        ),
        (
            r#"{"users": [{"id": "a", "userType": "x"}]}"#,
            "neither `Member` nor `Guest`",
        ),
        (
            r#"{"complete": 1}"#,
            "a number stands where `true` or `false`",
        ),
    ];
    for (text, expected) in rows {
        let error = Directory::from_json(text.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
