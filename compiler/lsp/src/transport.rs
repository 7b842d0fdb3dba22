//! Messages as bytes: what is read is never trusted, and nothing that is read ends the session but
//! its end.
//!
//! A message is a header with the length of what follows, a blank line, and JSON. What is no JSON, or
//! no message, is answered by an error and passed over.

use std::io::{self, BufRead, Read, Write};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// LIMIT: bytes of one message; what is longer is passed over.
const MESSAGE_BYTES_MAX: u64 = 1 << 28;

/// LIMIT: bytes of a line of a header.
const HEADER_BYTES_MAX: u64 = 4096;

/// How much of a line that is too long is kept: its end may be a header.
const TAIL_BYTES: usize = 64;

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
pub struct Rest {
    writer: JoinHandle<()>,
    sender: Sender<Message>,
}

/// What the last message to write is called; it is not written. Servers do not say `exit`.
const LAST: &str = "exit";

/// How long to wait for a client that does not read.
const PATIENCE: Duration = Duration::from_secs(2);

impl Rest {
    /// Wait until it is written, but not for ever. What is still being found out is not waited for.
    pub fn finish(self) {
        let (method, params) = (LAST.to_owned(), Value::Null);
        let _ = self.sender.send(Notification { method, params }.into());
        let until = Instant::now() + PATIENCE;
        while !self.writer.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A connection over streams, each on a thread of its own. The reading one ends with its stream.
///
/// # Errors
/// A thread cannot be started.
pub fn over<R, W>(mut reader: R, mut writer: W) -> io::Result<Streams>
where
    R: BufRead + Send + 'static,
    W: Write + Send + 'static,
{
    let (incoming, receiver) = bounded(AHEAD_MAX);
    let (sender, outgoing) = unbounded();
    let (refuse, refused) = unbounded();
    let reading = thread::Builder::new().name("gatewright reader".to_owned());
    reading.spawn(move || read_all(&mut reader, &incoming, &refuse))?;
    let writing = thread::Builder::new().name("gatewright writer".to_owned());
    let writer = writing.spawn(move || write_all(&mut writer, &outgoing, refused))?;
    let rest = Rest {
        writer,
        sender: sender.clone(),
    };
    Ok(Streams {
        connection: Connection { sender, receiver },
        rest,
    })
}

/// Read until the end of the stream. What is answered here is written by the other thread: a client
/// that writes before it reads would wait for this one to read on.
fn read_all(reader: &mut impl BufRead, incoming: &Sender<Message>, refuse: &Sender<Value>) {
    while let Ok(Some(read)) = read(reader) {
        let (message, answer) = match read {
            Ok(message) => (Some(message), None),
            Err(refused) => (refused.notification(), Some(refused.answer)),
        };
        let is_exit = matches!(&message, Some(Message::Notification(one)) if one.method == "exit");
        let is_heard = message.is_none_or(|message| incoming.send(message).is_ok());
        let is_answered = answer.is_none_or(|answer| refuse.send(answer).is_ok());
        if !is_heard || !is_answered || is_exit {
            return;
        }
    }
}

/// Write until there is nothing more to come, or nobody to read it.
fn write_all(writer: &mut impl Write, outgoing: &Receiver<Message>, mut refused: Receiver<Value>) {
    loop {
        select! {
            recv(outgoing) -> message => {
                let message = message.ok().filter(
                    |message| !matches!(message, Message::Notification(one) if one.method == LAST),
                );
                let Some(message) = message else {
                    let _ = refused.try_iter().try_for_each(|answer| write(writer, &answer));
                    return;
                };
                if write(writer, &object(message)).is_err() {
                    return;
                }
            }
            recv(refused) -> answer => match answer {
                Ok(answer) => {
                    if write(writer, &answer).is_err() {
                        return;
                    }
                }
                // The stream has ended; what is being found out may still be written.
                Err(_) => refused = never(),
            }
        }
    }
}

/// What is no message, or none that is taken.
struct Refused {
    /// What to answer.
    answer: Value,
    /// Whether it may have been a change of a text.
    may_be_change: bool,
}

impl Refused {
    /// What the server has to hear of it: a change without parameters, of which it makes what it
    /// makes of every change that cannot be read.
    fn notification(&self) -> Option<Message> {
        let method = CHANGE.to_owned();
        let params = Value::Null;
        let lost = Notification { method, params };
        self.may_be_change.then(|| lost.into())
    }
}

/// The notification that must not be lost in silence.
const CHANGE: &str = "textDocument/didChange";

/// Read a message, or what to answer instead; nothing at the end of the stream.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Result<Message, Refused>>> {
    let Some(length) = header(reader)? else {
        return Ok(None);
    };
    if length > MESSAGE_BYTES_MAX {
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        let message = format!("a message of {length} bytes is too long");
        return Ok(Some(Err(Refused {
            answer: refusal(Value::Null, ErrorCode::InvalidRequest, &message),
            may_be_change: true,
        })));
    }
    let mut body = Vec::new();
    let count = reader.by_ref().take(length).read_to_end(&mut body)?;
    if (count as u64) < length {
        return Ok(None);
    }
    let parsed = parse(&body).map_err(|answer| Refused {
        answer,
        may_be_change: body
            .windows(CHANGE.len())
            .any(|part| part == CHANGE.as_bytes()),
    });
    Ok(Some(parsed))
}

/// The length that a header says; nothing at the end of the stream.
fn header(reader: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length: Option<u64> = None;
    let mut line = Vec::new();
    loop {
        let mut part = reader.by_ref().take(HEADER_BYTES_MAX);
        if part.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            line.drain(..line.len().saturating_sub(TAIL_BYTES));
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        match (text.trim().is_empty(), length) {
            (true, Some(length)) => return Ok(Some(length)),
            // A blank line before the length: something is amiss, and a header may follow.
            (true, None) => {}
            (false, _) => length = length_in(&text).or(length),
        }
        line.clear();
    }
}

/// The length that a line of a header says. Behind a message whose own length was wrong a header
/// does not start its line, so it is looked for at the end.
fn length_in(line: &str) -> Option<u64> {
    let name = "content-length";
    let at = line.to_ascii_lowercase().rfind(name)?;
    let (_, value) = line.get(at..)?.split_once(':')?;
    value.trim().parse().ok()
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

fn write(writer: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(writer, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    writer.flush()
}
