//! Messages as bytes: what is read is never trusted, and nothing that is read ends the session but
//! its end.
//!
//! A message is a header with the length of what follows, a blank line, and JSON. What is no JSON, or
//! no message, is answered by an error and passed over.

use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// LIMIT: bytes of one message; what is longer is passed over.
const MESSAGE_BYTES_MAX: u64 = 1 << 30;

/// LIMIT: bytes of a line of a header.
const HEADER_BYTES_MAX: u64 = 4096;

/// LIMIT: messages that are read ahead.
const AHEAD_MAX: usize = 64;

/// A connection over streams.
pub struct Streams {
    /// What [`serve`](crate::serve()) takes.
    pub connection: Connection,
    /// What is left to be done after serving.
    pub rest: Rest,
}

/// What was said and is not written yet.
pub struct Rest(JoinHandle<()>);

/// How long to wait for a client that does not read, or for an answer that takes long.
const PATIENCE: Duration = Duration::from_secs(2);

impl Rest {
    /// Wait until it is written, but not for ever.
    pub fn finish(self) {
        let until = Instant::now() + PATIENCE;
        while !self.0.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A connection over streams, each on a thread of its own. The reading one ends with its stream.
///
/// # Errors
/// A thread cannot be started.
pub fn over<R, W>(mut reader: R, writer: W) -> io::Result<Streams>
where
    R: BufRead + Send + 'static,
    W: Write + Send + 'static,
{
    let (incoming, receiver) = bounded(AHEAD_MAX);
    let (sender, outgoing) = unbounded::<Message>();
    let writer = Arc::new(Mutex::new(writer));
    let replies = Arc::clone(&writer);
    let reading = thread::Builder::new().name("gatewright reader".to_owned());
    reading.spawn(move || {
        loop {
            match read(&mut reader) {
                Ok(Some(Ok(message))) => {
                    let is_exit =
                        matches!(&message, Message::Notification(one) if one.method == "exit");
                    if incoming.send(message).is_err() || is_exit {
                        return;
                    }
                }
                Ok(Some(Err(refusal))) => {
                    if write(&replies, &refusal).is_err() {
                        return;
                    }
                }
                Ok(None) | Err(_) => return,
            }
        }
    })?;
    let writing = thread::Builder::new().name("gatewright writer".to_owned());
    let writer = writing.spawn(move || {
        for message in outgoing {
            if write(&writer, &object(message)).is_err() {
                return;
            }
        }
    })?;
    Ok(Streams {
        connection: Connection { sender, receiver },
        rest: Rest(writer),
    })
}

/// Read a message, or what to answer instead; nothing at the end of the stream.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Result<Message, Value>>> {
    let mut length: Option<u64> = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader
            .by_ref()
            .take(HEADER_BYTES_MAX)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        match (text.is_empty(), length) {
            (true, Some(_)) => break,
            // A blank line before the length: something is amiss, and a header may follow.
            (true, None) => {}
            (false, _) => {
                let (name, value) = text.split_once(':').unwrap_or((text, ""));
                if name.trim().eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().ok().or(length);
                }
            }
        }
    }
    let length = length.unwrap_or_default();
    if length > MESSAGE_BYTES_MAX {
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        let message = format!("a message of {length} bytes is too long");
        return Ok(Some(Err(refusal(
            Value::Null,
            ErrorCode::InvalidRequest,
            &message,
        ))));
    }
    let mut body = Vec::new();
    let count = reader.by_ref().take(length).read_to_end(&mut body)?;
    if (count as u64) < length {
        return Ok(None);
    }
    Ok(Some(parse(&body)))
}

/// The message that bytes are, or what to answer instead.
fn parse(body: &[u8]) -> Result<Message, Value> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| refusal(Value::Null, ErrorCode::ParseError, &error.to_string()))?;
    let Value::Object(mut object) = value else {
        let message = "a message is an object";
        return Err(refusal(Value::Null, ErrorCode::InvalidRequest, message));
    };
    let id = object.remove("id");
    let method = object.remove("method");
    let params = object.remove("params").unwrap_or_default();
    let known: Option<RequestId> = id.clone().and_then(|id| serde_json::from_value(id).ok());
    let refuse = |message: &str| {
        let id = id.clone().filter(|id| id.is_string() || id.is_i64());
        Err(refusal(
            id.unwrap_or_default(),
            ErrorCode::InvalidRequest,
            message,
        ))
    };
    match (known, id.is_some(), method) {
        (Some(id), _, Some(Value::String(method))) => {
            Ok(Message::Request(Request { id, method, params }))
        }
        (None, false, Some(Value::String(method))) => {
            Ok(Message::Notification(Notification { method, params }))
        }
        (None, true, Some(Value::String(_))) => refuse("an id is a text or a 32-bit number"),
        (_, _, Some(_)) => refuse("a method is a text"),
        (Some(id), _, None) => {
            let error = object.remove("error").filter(|error| !error.is_null());
            let response_result = match error.map(serde_json::from_value) {
                Some(Ok(error)) => Err(error),
                Some(Err(_)) => return refuse("an error has a code and a message"),
                None => match object.remove("result") {
                    Some(result) => Ok(result),
                    None => return refuse("a message has a method, a result or an error"),
                },
            };
            Ok(Message::Response(Response {
                id,
                response_result,
            }))
        }
        // A client that could not read an answer of ours: nothing follows from it.
        (None, true, None) if object.contains_key("error") => {
            let method = "$/unreadable".to_owned();
            let params = Value::Null;
            Ok(Message::Notification(Notification { method, params }))
        }
        (None, _, None) => refuse("a message has a method, a result or an error"),
    }
}

fn refusal(id: Value, code: ErrorCode, message: &str) -> Value {
    let error = json!({ "code": code as i32, "message": message });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

fn object(message: Message) -> Value {
    let mut value = serde_json::to_value(message).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("jsonrpc".to_owned(), json!("2.0"));
    }
    value
}

fn write<W: Write>(writer: &Mutex<W>, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    write!(writer, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    writer.flush()
}
