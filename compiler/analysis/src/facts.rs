//! What a sign-in is made of, by attribute.

use std::collections::BTreeMap;

use gatewright_hir::schema::AttributeId;
use serde_json::Value;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Nobody knows it.
    Unknown,
    /// There is none.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A text, folded.
    Text(String),
    /// A number, a version, a time or a length of time by its
    /// [`ordered_key`](gatewright_value::ordered_key); an address as its 128 bits.
    Key(u128),
    /// The elements of a set, folded.
    Elements(Vec<String>),
    /// The elements of a set of records.
    Records(Vec<Value>),
}

/// The facts of a sign-in. An attribute that nothing asks about is absent.
pub type Facts = BTreeMap<AttributeId, Fact>;
