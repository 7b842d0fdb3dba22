//! Reading requests: one object, an array of them, or one after another (JSON Lines).
//!
//! Problems are found with their place: line, column, and the way to the member. The first one ends
//! the reading of its document.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use gatewright_vm::{Fact, FactError};

use crate::derived::differences;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::json::{Json, Malformed, Member, Reader, Value, line_and_column};
use crate::request::Request;
use crate::suggest::hint;
use crate::{entra, own};

/// Why bytes are no request, or no directory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}{message}", Prefix(path))]
pub struct RequestError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The way to the member, empty for the document as a whole: `signInConditions.ipAddress`.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
}

struct Prefix<'a>(&'a str);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, "`{}`: ", self.0)
        }
    }
}

/// What else a request is completed with.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'d> {
    /// People with their groups and roles.
    pub directory: Option<&'d Directory>,
    /// The instant of the sign-in where the request names none, in milliseconds since
    /// 1970-01-01T00:00:00Z.
    pub now: Option<i64>,
}

/// How several requests are written together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One object.
    One,
    /// An array of objects.
    Array,
    /// One object after another.
    Lines,
}

/// The requests of a document.
#[derive(Clone, Debug)]
pub struct Requests<'a> {
    /// How they are written together.
    pub shape: Shape,
    /// In order.
    pub requests: Vec<Request<'a>>,
}

impl<'a> Request<'a> {
    /// Read one request.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place. No input makes reading panic.
    pub fn from_json(engine: &Engine, bytes: &'a [u8]) -> Result<Request<'a>, RequestError> {
        Request::from_json_with(engine, bytes, &ReadOptions::default())
    }

    /// Read one request and complete it.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_json_with(
        engine: &Engine,
        bytes: &'a [u8],
        options: &ReadOptions<'_>,
    ) -> Result<Request<'a>, RequestError> {
        located(bytes, || {
            let json = Reader::new(text(bytes)?).only_value()?;
            request(engine, &json, options)
        })
    }

    /// Read the facts of a device, a `deviceInfo` object or null, and nothing else: whatever else
    /// could be known of the sign-in is unknown.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_device_info(engine: &Engine, bytes: &'a [u8]) -> Result<Request<'a>, RequestError> {
        located(bytes, || {
            let json = Reader::new(text(bytes)?).only_value()?;
            entra::device_only(engine, &json)
        })
    }
}

impl<'a> Requests<'a> {
    /// Read one request, an array of them, or one after another.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in the whole document.
    pub fn from_json(
        engine: &Engine,
        bytes: &'a [u8],
        options: &ReadOptions<'_>,
    ) -> Result<Requests<'a>, RequestError> {
        located(bytes, || {
            let mut reader = Reader::new(text(bytes)?);
            let mut requests = Vec::new();
            if reader.take(b'[') {
                let mut is_more = !reader.take(b']');
                while is_more {
                    let Some(json) = reader.next_value()? else {
                        reader.fail_expecting::<()>("a request")?;
                        break;
                    };
                    requests.push(request(engine, &json, options)?);
                    is_more = reader.take(b',');
                    if !is_more && !reader.take(b']') {
                        reader.fail_expecting::<()>("`,` or `]`")?;
                    }
                }
                reader.end("the end")?;
                return Ok(Requests {
                    shape: Shape::Array,
                    requests,
                });
            }
            while let Some(json) = reader.next_value()? {
                requests.push(request(engine, &json, options)?);
            }
            match requests.len() {
                0 => Err(Problem {
                    offset: 0,
                    path: String::new(),
                    message: "no request".into(),
                }),
                1 => Ok(Requests {
                    shape: Shape::One,
                    requests,
                }),
                _ => Ok(Requests {
                    shape: Shape::Lines,
                    requests,
                }),
            }
        })
    }
}

fn request<'a>(engine: &Engine, json: &Json<'a>, options: &ReadOptions<'_>) -> Found<Request<'a>> {
    if engine.program().origin.is_entra {
        entra::read(engine, json, options)
    } else {
        own::read(engine, json)
    }
}

/// What is wrong, at which byte.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) offset: usize,
    pub(crate) path: String,
    pub(crate) message: String,
}

pub(crate) type Found<T> = Result<T, Problem>;

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Problem {
        Problem {
            offset: malformed.offset,
            path: String::new(),
            message: malformed.message,
        }
    }
}

/// Give a problem its line and column.
pub(crate) fn located<T>(bytes: &[u8], read: impl FnOnce() -> Found<T>) -> Result<T, RequestError> {
    read().map_err(
        |Problem {
             offset,
             path,
             message,
         }| {
            let (line, column) = line_and_column(bytes, offset);
            RequestError {
                line,
                column,
                path: short(path),
                message: short(message),
            }
        },
    )
}

/// A text that quotes a request, cut where the request is unreasonable.
fn short(mut text: String) -> String {
    const BYTES_MAX: usize = 400;
    if text.len() > BYTES_MAX {
        text.truncate(text.floor_char_boundary(BYTES_MAX));
        text.push('…');
    }
    text
}

/// The bytes as text.
pub(crate) fn text(bytes: &[u8]) -> Found<&str> {
    std::str::from_utf8(bytes).map_err(|error| Problem {
        offset: error.valid_up_to(),
        path: String::new(),
        message: "the bytes are not UTF-8".to_owned(),
    })
}

/// A value on the way through a document: where it is, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Node<'j, 'a> {
    pub(crate) json: &'j Json<'a>,
    place: Path<'j>,
}

/// The way to a value, without allocation until it is printed.
#[derive(Clone, Copy)]
enum Path<'j> {
    Root,
    Member(&'j str, &'j str),
}

impl<'j, 'a> Node<'j, 'a> {
    /// The document as a whole.
    pub(crate) fn root(json: &'j Json<'a>) -> Node<'j, 'a> {
        Node {
            json,
            place: Path::Root,
        }
    }

    /// A problem with this value.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            offset: self.json.offset,
            path: self.path(),
            message: message.into(),
        }
    }

    pub(crate) fn fail<T>(&self, message: impl Into<String>) -> Found<T> {
        Err(self.problem(message))
    }

    pub(crate) fn path(&self) -> String {
        match self.place {
            Path::Root => String::new(),
            Path::Member("", name) => name.to_owned(),
            Path::Member(parent, name) => format!("{parent}.{name}"),
        }
    }

    fn expected<T>(&self, expected: &str) -> Found<T> {
        self.fail(format!(
            "{} stands where {expected} is expected",
            self.json.value.noun()
        ))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.json.value, Value::Null)
    }

    /// The members of an object; `path` is the way to it. Annotations (`@odata.…`) are left out.
    pub(crate) fn object(&self, path: &'j str) -> Found<Object<'j, 'a>> {
        let Value::Object(members) = &self.json.value else {
            return self.expected("an object");
        };
        Ok(Object {
            node: *self,
            path,
            members,
        })
    }

    pub(crate) fn array(&self) -> Found<&'j [Json<'a>]> {
        match &self.json.value {
            Value::Array(elements) => Ok(elements),
            _ => self.expected("an array"),
        }
    }

    pub(crate) fn string(&self) -> Found<Cow<'a, str>> {
        match &self.json.value {
            Value::String(text) => Ok(text.clone()),
            _ => self.expected("a string"),
        }
    }

    /// The text of a member of this object, whatever else it has.
    pub(crate) fn member_text(&self, name: &str) -> Option<&'j str> {
        let Value::Object(members) = &self.json.value else {
            return None;
        };
        let member = members.iter().find(|member| member.name == name)?;
        match &member.json.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn boolean(&self) -> Found<bool> {
        match &self.json.value {
            Value::Boolean(truth) => Ok(*truth),
            _ => self.expected("`true` or `false`"),
        }
    }

    pub(crate) fn strings(&self) -> Found<Vec<Cow<'a, str>>> {
        let element = |json| {
            Node {
                json,
                place: self.place,
            }
            .string()
        };
        self.array()?.iter().map(element).collect()
    }

    /// The elements of an array.
    pub(crate) fn elements(&self) -> Found<impl Iterator<Item = Node<'j, 'a>> + use<'j, 'a>> {
        let place = self.place;
        Ok(self.array()?.iter().map(move |json| Node { json, place }))
    }

    /// The member of a vocabulary that this string names, in any case.
    pub(crate) fn one_of<T: Copy>(
        &self,
        what: &str,
        all: &'static [T],
        name: impl Fn(T) -> &'static str,
    ) -> Found<T> {
        let text = self.string()?;
        let found = all
            .iter()
            .find(|member| name(**member).eq_ignore_ascii_case(&text));
        found.copied().map_or_else(
            || {
                let hint = hint(&text, all.iter().map(|member| name(*member)));
                self.fail(format!("`{text}` is no {what}{hint}"))
            },
            Ok,
        )
    }
}

/// An object whose members are read by name.
#[derive(Clone, Copy)]
pub(crate) struct Object<'j, 'a> {
    node: Node<'j, 'a>,
    path: &'j str,
    members: &'j [Member<'a>],
}

impl<'j, 'a> Object<'j, 'a> {
    /// That every member has one of these names.
    pub(crate) fn allow<'n>(&self, names: impl IntoIterator<Item = &'n str> + Clone) -> Found<()> {
        for (name, node, offset) in self.places() {
            if !names.clone().into_iter().any(|known| known == name) {
                let hint = hint(name, names.clone());
                let message = format!("there is no such member{hint}");
                return Err(Problem {
                    offset,
                    path: node.path(),
                    message,
                });
            }
        }
        Ok(())
    }

    fn places(&self) -> impl Iterator<Item = (&'j str, Node<'j, 'a>, usize)> + use<'j, 'a> {
        let path = self.path;
        let members = self
            .members
            .iter()
            .filter(|member| !member.name.contains("@odata."));
        members.map(move |member| {
            let place = Path::Member(path, &member.name);
            (
                member.name.as_ref(),
                Node {
                    json: &member.json,
                    place,
                },
                member.offset,
            )
        })
    }

    /// The value of a member; null counts as absent.
    pub(crate) fn get(&self, name: &'j str) -> Option<Node<'j, 'a>> {
        let member = self.members.iter().find(|member| member.name == name)?;
        let node = Node {
            json: &member.json,
            place: Path::Member(self.path, name),
        };
        Some(node).filter(|node| !node.is_null())
    }

    /// The members that are not null, in order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'j str, Node<'j, 'a>)> + use<'j, 'a> {
        let members = self.places().map(|(name, node, _)| (name, node));
        members.filter(|(_, node)| !node.is_null())
    }

    /// The value of a member that must be there.
    pub(crate) fn need(&self, name: &'j str) -> Found<Node<'j, 'a>> {
        self.get(name)
            .map_or_else(|| self.node.fail(format!("there is no `{name}`")), Ok)
    }

    /// The problem of the object as a whole.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        self.node.problem(message)
    }

    pub(crate) fn fail<T>(&self, message: impl Into<String>) -> Found<T> {
        Err(self.problem(message))
    }
}

/// Puts facts by name into a request that is being read. Attributes that the program does not have
/// are left out: nothing in it can ask for them.
pub(crate) struct Filler<'e, 'a> {
    pub(crate) engine: &'e Engine,
    pub(crate) request: Request<'a>,
}

impl<'e, 'a> Filler<'e, 'a> {
    pub(crate) fn new(engine: &'e Engine) -> Filler<'e, 'a> {
        Filler {
            engine,
            request: Request::unknown(engine),
        }
    }

    /// Say what is known of an attribute.
    pub(crate) fn set(&mut self, attribute: &str, fact: Fact<'a>, node: Node<'_, 'a>) -> Found<()> {
        self.put(attribute, fact).map_err(|error| match error {
            FactError::OtherType => node.problem(format!(
                "the program's attribute `{attribute}` is of another type"
            )),
            error => node.problem(error.to_string()),
        })
    }

    /// Say what is known of an attribute where nothing can be wrong with the fact.
    pub(crate) fn put(&mut self, attribute: &str, fact: Fact<'a>) -> Result<(), FactError> {
        match self.engine.attribute(attribute) {
            None => Ok(()),
            Some(handle) => self.request.set(self.engine, handle, fact),
        }
    }

    pub(crate) fn fact(&self, attribute: &str) -> &Fact<'a> {
        let handle = self.engine.attribute(attribute);
        handle.map_or(&Fact::Unknown, |handle| self.request.facts.get(handle))
    }

    /// Work out the differences of date-times that are not said to be unknown.
    pub(crate) fn derive(&mut self, forgotten: &BTreeSet<String>) {
        let program = self.engine.program();
        for (attribute, fact) in differences(program, &self.request.facts) {
            let info = program.attributes.get(attribute as usize);
            if info.is_some_and(|info| !forgotten.contains(&info.name)) {
                self.request.facts.restore(attribute, fact);
            }
        }
    }

    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.request.warnings.push(warning.into());
    }
}
