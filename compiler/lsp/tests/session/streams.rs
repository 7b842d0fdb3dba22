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
