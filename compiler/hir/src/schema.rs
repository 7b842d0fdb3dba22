//! A schema: the vocabulary that policies are written in, and how their effects combine.

use gatewright_source::Span;
use gatewright_syntax::ast::CompareOperator;
use gatewright_value::Kind;

/// An attribute, by its place in [`Schema::attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributeId(pub u32);

/// A control, by its place in [`Schema::controls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ControlId(pub u32);

/// An effect, by its place in [`Schema::effects`]: the greater, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectId(pub u32);

/// The vocabulary that policies are written in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Its name: `Entra`, or one's own.
    pub name: String,
    /// Whether it is the built-in one, whose clauses and combining rule are Conditional Access'.
    pub is_entra: bool,
    /// In declared order.
    pub entities: Vec<Entity>,
    /// In declared order; an [`AttributeId`] is a place here.
    pub attributes: Vec<Attribute>,
    /// Named enumerations, in declared order.
    pub enumerations: Vec<Enumeration>,
    /// In declared order; a [`ControlId`] is a place here.
    pub controls: Vec<ControlInfo>,
    /// Session controls, in declared order.
    pub session_controls: Vec<ControlInfo>,
    /// Weakest first; an [`EffectId`] is a place here.
    pub effects: Vec<EffectInfo>,
    /// How the effects of several policies become one.
    pub combine: Combine,
    /// The effect where no policy applies.
    pub otherwise: Option<EffectId>,
    /// Rule dialects, in declared order.
    pub dialects: Vec<Dialect>,
    /// Names of attributes whose types are mistakes that are reported: their uses are not.
    pub mistyped: Vec<String>,
}

/// How the effects of several policies become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// The strongest in declared order.
    #[default]
    Strongest,
    /// The weakest in declared order.
    Least,
    /// All of them.
    Union,
    /// Two different ones are an error.
    Conflict,
}

/// A thing that has attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// `device`
    pub name: String,
    /// Whether it can be missing as a whole: then every attribute is null.
    pub is_optional: bool,
    /// What it is.
    pub docs: String,
    /// Where it is declared.
    pub span: Span,
}

/// Something that can be asked of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// `device.trustType`, in canonical case.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The named enumeration of its type, an index into [`Schema::enumerations`].
    pub enumeration: Option<u32>,
    /// Whether it can be null.
    pub is_optional: bool,
    /// Where no request gives the value, the two date-times whose difference it is, the first less
    /// the second: null where one of them is.
    pub difference: Option<(AttributeId, AttributeId)>,
    /// What it is.
    pub docs: String,
    /// Where it is declared.
    pub span: Span,
}

/// A named enumeration.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    /// `TrustType`
    pub name: String,
    /// The members with what they mean.
    pub members: Vec<(String, String)>,
    /// Whether values outside the list can occur in a request.
    pub is_open: bool,
}

/// Something that can be required, or a session control.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlInfo {
    /// `mfa`
    pub name: String,
    /// What people read.
    pub title: String,
    /// Whether the user can satisfy it during the sign-in.
    pub is_interactive: bool,
}

/// An effect.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectInfo {
    /// `refuse`
    pub name: String,
    /// What people read.
    pub title: String,
}

/// A flavour of the rule language: a table, not a parser.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialect {
    /// `ca-device`
    pub name: String,
    /// The only entity that rules may speak of; `None` where all may be.
    pub entity: Option<String>,
    /// LIMIT: characters of a rule.
    pub characters_max: Option<usize>,
    /// Whether `null` is a value.
    pub has_null: bool,
    /// Whether `-not` exists.
    pub has_not: bool,
    /// What is allowed, by attribute: its name in this dialect, and the operators it has.
    pub attributes: Vec<DialectAttribute>,
}

/// An attribute as a dialect knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectAttribute {
    /// The name that rules use: `device.deviceOwnership`.
    pub name: String,
    /// The attribute meant.
    pub attribute: AttributeId,
    /// The operators it has.
    pub operators: Vec<CompareOperator>,
}

impl Schema {
    /// The attribute of this id, if it is of this schema.
    #[must_use]
    pub fn attribute(&self, id: AttributeId) -> Option<&Attribute> {
        self.attributes.get(id.0 as usize)
    }

    /// Whether the type of this attribute is a mistake.
    #[must_use]
    pub fn is_mistyped(&self, name: &str) -> bool {
        self.mistyped
            .iter()
            .any(|mistyped| mistyped.eq_ignore_ascii_case(name))
    }

    /// The attribute of this name, in any case.
    #[must_use]
    pub fn find_attribute(&self, name: &str) -> Option<AttributeId> {
        let at = self
            .attributes
            .iter()
            .position(|a| a.name.eq_ignore_ascii_case(name))?;
        u32::try_from(at).ok().map(AttributeId)
    }
}
