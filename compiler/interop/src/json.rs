//! JSON with the place of everything in it.
//!
//! A reader of its own, because what exists does not fit together: members must keep the places of
//! their names, repeated members must be told, an offset inside a string with escapes must lead
//! back to the file (the rules of device filters stand in such strings), one slip such as a
//! trailing comma must not hide the rest of the file, and 50 MB of brackets must be harmless.
//!
//! INVARIANT: nesting never exceeds [`NESTING_MAX`], so walking and dropping a tree may recurse.
//! INVARIANT: every span lies on character boundaries of the text.

mod escape;
mod read;
mod tree;
mod write;

use std::borrow::Cow;

use gatewright_source::Span;

pub(crate) use escape::{EscapeMap, quote};
pub(crate) use read::{JsonProblem, JsonProblemKind, read};
pub(crate) use tree::Node;
pub(crate) use write::{canonical, is_annotation, is_vacuous, pretty};

/// LIMIT: arrays and objects inside each other.
pub(crate) const NESTING_MAX: usize = 256;

/// A value and where it is written; the span of a string has its quotes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) span: Span,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'t> {
    Null,
    Bool(bool),
    /// As written.
    Number(&'t str),
    String(Cow<'t, str>),
    Array(Vec<Value<'t>>),
    Object(Vec<Member<'t>>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member<'t> {
    pub(crate) name: Cow<'t, str>,
    pub(crate) name_span: Span,
    pub(crate) value: Value<'t>,
}

impl<'t> Value<'t> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Value<'t>]> {
        if let Kind::Array(items) = &self.kind {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn as_object(&self) -> Option<&[Member<'t>]> {
        if let Kind::Object(members) = &self.kind {
            Some(members)
        } else {
            None
        }
    }

    /// The value of this member, its name in any case; the first where there are several.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'t>> {
        let members = self.as_object()?;
        members
            .iter()
            .find(|m| m.name.eq_ignore_ascii_case(name))
            .map(|m| &m.value)
    }

    /// What the value is, as messages say it.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a Boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }
}
