//! Bytes instead of channels: what arrives is never trusted.

use std::io::{BufReader, Read, Write, pipe};
use std::sync::Arc;
use std::thread;

use gatewright_lsp::{End, serve, transport};
use serde_json::{Value, json};

use crate::host::Memory;

fn framed(body: &[u8]) -> Vec<u8> {
    [
        format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
        body,
    ]
    .concat()
}

/// What a server answers to bytes, and how it ends.
fn said(bytes: &[u8]) -> (Vec<Value>, End) {
    let (mut answers, writer) = pipe().unwrap();
    let input = BufReader::new(std::io::Cursor::new(bytes.to_vec()));
    let streams = transport::over(input, writer).unwrap();
    let end = serve(streams.connection, Arc::new(Memory::default()));
    let reading = thread::spawn(move || {
        let mut bytes = Vec::new();
        answers.read_to_end(&mut bytes).unwrap();
        bytes
    });
    streams.rest.finish();
    let bytes = reading.join().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let messages = text.split("Content-Length: ").skip(1);
    let bodies = messages.map(|one| one.split_once("\r\n\r\n").unwrap().1);
    (
        bodies
            .map(|body| serde_json::from_str(body).unwrap())
            .collect(),
        end,
    )
}

fn session(inner: &[&[u8]]) -> (Vec<Value>, End) {
    let message = |value: Value| framed(value.to_string().as_bytes());
    let mut bytes = message(json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "capabilities": {} } }));
    bytes.extend(inner.concat());
    bytes.extend(message(
        json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }),
    ));
    bytes.extend(message(json!({ "jsonrpc": "2.0", "method": "exit" })));
    said(&bytes)
}

#[test]
fn what_is_no_message_is_answered_and_passed_over() {
    for (body, code, id) in [
        (&b"{ \"jsonrpc\": "[..], -32700, Value::Null),
        (b"\xFF\xFE", -32700, Value::Null),
        (b"", -32700, Value::Null),
        (b"[]", -32600, Value::Null),
        (b"{}", -32600, Value::Null),
        (br#"{"id": 7, "method": 3}"#, -32600, json!(7)),
        (br#"{"id": 1.5, "method": "x"}"#, -32600, Value::Null),
        (
            br#"{"id": 5000000000, "method": "x"}"#,
            -32600,
            json!(5_000_000_000_i64),
        ),
        (br#"{"id": null, "method": "x"}"#, -32600, Value::Null),
        (br#"{"id": 9}"#, -32600, json!(9)),
        (br#"{"id": 9, "error": "none"}"#, -32600, json!(9)),
    ] {
        let (answers, end) = session(&[&framed(body)]);
        let text = String::from_utf8_lossy(body);
        assert_eq!(end, End::Asked, "{text}");
        assert_eq!(answers.len(), 3, "{text}: {answers:?}");
        let refusal = answers.iter().find(|one| one.get("error").is_some());
        let refusal = refusal.unwrap_or_else(|| panic!("{text}: {answers:?}"));
        assert_eq!(
            (&refusal["error"]["code"], &refusal["id"]),
            (&json!(code), &id),
            "{text}"
        );
        assert!(answers.iter().all(|one| one["jsonrpc"] == "2.0"));
    }
}

#[test]
fn answers_to_nothing_are_passed_over() {
    for body in [
        &br#"{"id": 9, "result": 1}"#[..],
        br#"{"id": "gatewright/99", "error": {"code": 1, "message": "x"}}"#,
        br#"{"id": null, "error": {"code": -32700, "message": "x"}}"#,
    ] {
        let (answers, end) = session(&[&framed(body)]);
        assert_eq!((answers.len(), end), (2, End::Asked), "{answers:?}");
    }
}

#[test]
fn headers_may_be_odd() {
    let body = br#"{"id": 3, "method": "gatewright/page", "params": {"code": "GW0101"}}"#;
    let length = body.len();
    for header in [
        format!("content-length:{length}\r\nContent-Type: x\r\n\r\n"),
        format!("Content-Length: {length}\n\n"),
        format!("\r\n\r\nnonsense\r\nContent-Length: {length}\r\n\r\n"),
        format!("Content-Length: many\r\nContent-Length: {length}\r\n\r\n"),
    ] {
        let (answers, end) = session(&[header.as_bytes(), body]);
        assert_eq!(end, End::Asked, "{header}");
        assert!(
            answers.iter().any(|one| one["id"] == 3),
            "{header}: {answers:?}"
        );
    }
}

#[test]
fn a_stream_that_breaks_off_ends_the_session() {
    let whole = framed(br#"{"id": 1, "method": "initialize", "params": {"capabilities": {}}}"#);
    for length in [0, 5, 20, 24, 40, whole.len() - 1, whole.len()] {
        let (answers, end) = said(&whole[..length]);
        assert_eq!(end, End::Abrupt);
        assert_eq!(answers.len(), usize::from(length == whole.len()));
    }
    let (_, end) = said(b"Content-Length: 99999999999999999999\r\n\r\n{}");
    assert_eq!(end, End::Abrupt);
    let (answers, end) = said(b"Content-Length: 9999999999999\r\n\r\n{}");
    assert_eq!((answers.len(), end), (1, End::Abrupt));
}

#[test]
fn a_client_that_does_not_read_does_not_hold_up_the_end() {
    let (answers, writer) = pipe().unwrap();
    drop(answers);
    let mut bytes = framed(br#"{"id": 1, "method": "initialize", "params": {"capabilities": {}}}"#);
    bytes.extend(framed(br#"{"id": 2, "method": "shutdown"}"#));
    bytes.write_all(&framed(br#"{"method": "exit"}"#)).unwrap();
    let streams = transport::over(std::io::Cursor::new(bytes), writer).unwrap();
    assert_eq!(
        serve(streams.connection, Arc::new(Memory::default())),
        End::Asked
    );
    streams.rest.finish();
}

#[test]
fn a_length_that_is_wrong_costs_no_more_than_what_it_is_about() {
    let body = br#"{"id": 3, "method": "gatewright/page", "params": {"code": "GW0101"}}"#;
    let other = br#"{"id": 4, "method": "gatewright/page", "params": {"code": "GW0101"}}"#;
    let length = body.len();
    let long = "x".repeat(10_000);
    for header in [
        "Content-Length: -5\r\n\r\n".to_owned(),
        "Content-Length: 1.5\r\n\r\n".to_owned(),
        "\r\n\r\n".to_owned(),
        format!("Content-Length: {}\r\n\r\n", length - 7),
        format!("Content-Length: {}\r\n\r\n", length + 7),
        format!("{long}\r\nContent-Length: 0\r\n\r\n{long}"),
        format!("Content-Length: 1\r\nContent-Length: {length}\r\n\r\n"),
    ] {
        let (answers, end) = session(&[header.as_bytes(), body, &framed(other), &framed(other)]);
        assert_eq!(end, End::Asked, "{header}");
        assert!(
            answers.iter().any(|one| one["id"] == 4),
            "{header}: {answers:?}"
        );
    }
}

#[test]
fn a_change_that_cannot_be_read_is_heard_of() {
    let text = json!({ "uri": "file:///a.gate", "languageId": "gatewright", "version": 1,
        "text": "policy { stat }" });
    let open = json!({ "method": "textDocument/didOpen", "params": { "textDocument": text } });
    let lost = b"{\"method\": \"textDocument/didChange\", \"params\": \"\xFF\"}";
    let change = json!({ "method": "textDocument/didChange", "params": {
        "textDocument": { "uri": "file:///a.gate", "version": 3 },
        "contentChanges": [{ "range": { "start": { "line": 0, "character": 0 },
            "end": { "line": 0, "character": 0 } }, "text": "x" }] } });
    let framed_value = |value: &Value| framed(value.to_string().as_bytes());
    let inner = [
        &framed_value(&open)[..],
        &framed(lost),
        &framed_value(&change),
    ];
    let (answers, end) = session(&inner);
    assert_eq!(end, End::Asked);
    let told = format!("{answers:?}");
    assert!(told.contains("-32700"), "{told}");
    assert!(
        told.contains("an earlier change could not be applied"),
        "{told}"
    );
}

#[test]
fn a_request_that_takes_long_does_not_hold_up_the_end() {
    let host = Arc::new(Memory::default());
    let (open, gate) = crossbeam_channel::unbounded();
    *host.waits_at.lock().unwrap() = Some(("gatewright/page", gate));
    let (mut answers, writer) = pipe().unwrap();
    let mut bytes = framed(br#"{"id": 1, "method": "initialize", "params": {"capabilities": {}}}"#);
    bytes.extend(framed(
        br#"{"id": 2, "method": "gatewright/page", "params": {"code": "GW0101"}}"#,
    ));
    bytes.extend(framed(br#"{"id": 3, "method": "shutdown"}"#));
    bytes.extend(framed(br#"{"method": "exit"}"#));
    let streams = transport::over(std::io::Cursor::new(bytes), writer).unwrap();
    // What it waits for only comes when the server is gone.
    assert_eq!(serve(streams.connection, host), End::Asked);
    streams.rest.finish();
    drop(open);
    let mut text = String::new();
    answers.read_to_string(&mut text).unwrap();
    for id in 1..=3 {
        assert!(text.contains(&format!("\"id\":{id}")), "{text}");
    }
}

#[test]
fn a_client_that_writes_before_it_reads_is_read() {
    let (mut answers, writer) = pipe().unwrap();
    let (reader, mut questions) = pipe().unwrap();
    let streams = transport::over(BufReader::new(reader), writer).unwrap();
    let serving = thread::spawn(move || serve(streams.connection, Arc::new(Memory::default())));
    let framed_value = |value: Value| framed(value.to_string().as_bytes());
    let initialize = json!({ "id": 1, "method": "initialize", "params": { "capabilities": {} } });
    questions.write_all(&framed_value(initialize)).unwrap();
    // More than pipes hold, in both directions.
    for id in 2..4_000 {
        let page = json!({ "code": "GW0101" });
        let ask = json!({ "id": id, "method": "gatewright/page", "params": page });
        questions.write_all(&framed_value(ask)).unwrap();
        questions.write_all(&framed(b"[]")).unwrap();
    }
    drop(questions);
    assert_eq!(serving.join().unwrap(), End::Abrupt);
    let mut first = [0; 16];
    answers.read_exact(&mut first).unwrap();
}
