//! The types that attributes can have.

use serde::{Deserialize, Serialize};

/// A type of the language. Whether null is a value too is a property of the attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// `True` or `False`.
    Boolean,
    /// A whole number within bounds, both included.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number with up to [`Decimal::DIGITS`](crate::Decimal::DIGITS) digits after the point.
    Decimal,
    /// Text, compared without case.
    String,
    /// One of a closed list of names, compared without case.
    Enumeration {
        /// The members, in declared order.
        members: Vec<String>,
        /// Whether values outside the list can occur in a request (they match no member).
        is_open: bool,
    },
    /// Numbers with dots, compared part by part.
    Version,
    /// An instant, in milliseconds since 1970-01-01T00:00:00Z.
    DateTime,
    /// A length of time, in seconds.
    Duration,
    /// An IPv4 or IPv6 address.
    Address,
    /// An identifier; opaque text compared without case.
    Guid,
    /// A country by its ISO 3166-1 alpha-2 code.
    Country,
    /// A set of values of one type.
    Set(Box<Kind>),
    /// Named fields, each a text or a list of texts. Only as the element of a set.
    Record,
}

impl Kind {
    /// Whether `<` and `>` have a meaning.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        matches!(
            self,
            Kind::Integer { .. } | Kind::Decimal | Kind::Version | Kind::DateTime | Kind::Duration
        )
    }

    /// Whether values are texts that are compared without case.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Kind::String | Kind::Enumeration { .. } | Kind::Guid | Kind::Country
        )
    }

    /// The type's name as a schema writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Boolean => "Boolean",
            Kind::Integer { .. } => "Integer",
            Kind::Decimal => "Decimal",
            Kind::String => "String",
            Kind::Enumeration { .. } => "enumeration",
            Kind::Version => "Version",
            Kind::DateTime => "DateTime",
            Kind::Duration => "Duration",
            Kind::Address => "Address",
            Kind::Guid => "Guid",
            Kind::Country => "Country",
            Kind::Set(_) => "set",
            Kind::Record => "Record",
        }
    }
}

/// An attribute as the runtime needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeInfo {
    /// `device.trustType`
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Whether it can be null.
    pub is_optional: bool,
}
