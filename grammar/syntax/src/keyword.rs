//! The words that start a declaration.
//!
//! They are keywords there and nowhere else; every one of them may be a name.

use crate::ast::{Head, ObjectKind};

/// The keyword of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Object(ObjectKind),
    Rule,
    Policy,
    Scope,
    Template,
    Use,
    Compliance,
    Test,
    Invariant,
    Schema,
    Enum,
    Entity,
    Control,
    Session,
    Effect,
    Combine,
    Dialect,
}

/// What follows the keyword of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A name in quotes and a body in braces.
    Titled,
    /// A name and a body in braces.
    Braced,
    /// A name, and often `=` and a value.
    Assigned,
    /// Words up to the next declaration.
    Line,
}

impl Keyword {
    pub(crate) const ALL: &'static [Keyword] = &[
        Keyword::Object(ObjectKind::Group),
        Keyword::Object(ObjectKind::User),
        Keyword::Object(ObjectKind::App),
        Keyword::Object(ObjectKind::Role),
        Keyword::Object(ObjectKind::Location),
        Keyword::Object(ObjectKind::Strength),
        Keyword::Object(ObjectKind::Terms),
        Keyword::Object(ObjectKind::Context),
        Keyword::Rule,
        Keyword::Policy,
        Keyword::Scope,
        Keyword::Template,
        Keyword::Use,
        Keyword::Compliance,
        Keyword::Test,
        Keyword::Invariant,
        Keyword::Schema,
        Keyword::Enum,
        Keyword::Entity,
        Keyword::Control,
        Keyword::Session,
        Keyword::Effect,
        Keyword::Combine,
        Keyword::Dialect,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Keyword::Object(kind) => kind.keyword(),
            Keyword::Rule => "rule",
            Keyword::Policy => "policy",
            Keyword::Scope => "scope",
            Keyword::Template => "template",
            Keyword::Use => "use",
            Keyword::Compliance => "compliance",
            Keyword::Test => "test",
            Keyword::Invariant => "invariant",
            Keyword::Schema => "schema",
            Keyword::Enum => "enum",
            Keyword::Entity => "entity",
            Keyword::Control => "control",
            Keyword::Session => "session",
            Keyword::Effect => "effect",
            Keyword::Combine => "combine",
            Keyword::Dialect => "dialect",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|keyword| keyword.word() == word)
    }

    pub(crate) fn shape(self) -> Shape {
        match self {
            Keyword::Policy
            | Keyword::Scope
            | Keyword::Compliance
            | Keyword::Test
            | Keyword::Invariant => Shape::Titled,
            Keyword::Template | Keyword::Enum | Keyword::Entity | Keyword::Dialect => Shape::Braced,
            Keyword::Object(_) | Keyword::Rule => Shape::Assigned,
            Keyword::Use
            | Keyword::Schema
            | Keyword::Control
            | Keyword::Session
            | Keyword::Effect
            | Keyword::Combine => Shape::Line,
        }
    }

    /// Whether it starts a declaration inside a scope too, where `session` is a clause.
    pub(crate) fn is_member(self) -> bool {
        matches!(self.shape(), Shape::Titled | Shape::Assigned)
            || matches!(self, Keyword::Use | Keyword::Template)
    }
}

/// Every word that starts a declaration, and what follows it.
pub fn declaration_keywords() -> impl Iterator<Item = (&'static str, Shape)> {
    Keyword::ALL
        .iter()
        .map(|keyword| (keyword.word(), keyword.shape()))
}

/// The head with this word.
pub(crate) fn head_from_word(word: &str) -> Option<Head> {
    Head::ALL.iter().copied().find(|head| head.word() == word)
}
