//! The program: everything that deciding needs, and nothing else.
//!
//! A request is encoded into one *class* per variable by the matchers; the code tests classes.
//! Every condition has two entries, *certainly holds* and *possibly holds*, which differ only at
//! missing facts.
//!
//! A `Program` built by hand or read from bytes may be nonsense; [`verify`](crate::verify()) says
//! whether it is fit to run.

use gatewright_value::vocabulary::{BuiltInControl, CompliancePlatform, Method, Reason, State};
use gatewright_value::{AttributeInfo, Predicate, SessionControls};
use serde::{Deserialize, Serialize};

use crate::index::AttributeIndex;
use crate::masks::Masks;

/// A compiled policy set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What it was compiled from.
    pub origin: Origin,
    /// The attributes of the schema; an attribute number is a place here.
    pub attributes: Vec<AttributeInfo>,
    /// Entities that can be missing as a whole: then each of their attributes is null.
    pub optional_entities: Vec<String>,
    /// Attributes that no request gives, by their numbers, ascending.
    pub differences: Vec<Difference>,
    /// What the code tests; a variable number is a place here.
    pub variables: Vec<Variable>,
    /// How requests are encoded.
    pub matchers: Vec<Matcher>,
    /// Where the constants of attributes are found, by attribute. An attribute without an index
    /// gets one when the program is loaded.
    pub indexes: Vec<AttributeIndex>,
    /// Instructions, see [`Op`](crate::Op).
    pub code: Vec<u32>,
    /// The policies in path order, then file order.
    pub policies: Vec<Policy>,
    /// What can be required; a control number is a place here.
    pub controls: Vec<Control>,
    /// Session controls; a session number is a place here.
    pub sessions: Vec<SessionControls>,
    /// How effects combine, under a schema of one's own.
    pub effects: Option<Effects>,
    /// What makes a device compliant, where there are compliance policies.
    pub compliance: Option<Compliance>,
    /// The mask lowering of the policies, where it is expected to pay.
    pub masks: Option<Masks>,
    /// The source files, for places in explanations; a file number is a place here.
    pub files: Vec<String>,
}

/// What a program was compiled from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `Entra`, or the name of a schema of one's own.
    pub schema: String,
    /// Whether requests and decisions have the shape of Conditional Access.
    pub is_entra: bool,
    /// `2026-06`
    pub edition: String,
    /// `gatewright 0.1.0`
    pub producer: String,
}

/// An attribute that is the difference of two date-times, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which attribute.
    pub attribute: u32,
    /// The attribute that is taken from.
    pub minuend: u32,
    /// The attribute that is taken away.
    pub subtrahend: u32,
}

/// Something that the code tests: a number below `class_count`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The attribute that it is about.
    pub attribute: u32,
    /// How many classes there are. The last one is *unknown*.
    pub class_count: u32,
    /// The class of null, where null has one of its own.
    pub null_class: Option<u32>,
    /// What it is, for people: `device.trustType`, `user.groups has "8f6f…"`.
    pub name: String,
}

impl Variable {
    /// The class of a missing fact.
    #[must_use]
    pub fn unknown_class(&self) -> u32 {
        self.class_count.saturating_sub(1)
    }
}

/// How the values of one attribute become classes. A Boolean variable has the classes 0 (false),
/// 1 (true) and 2 (unknown); null is false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matcher {
    /// A Boolean attribute: classes 0 false, 1 true, 2 null, 3 unknown.
    Boolean {
        /// Which attribute.
        attribute: u32,
        /// Which variable.
        variable: u32,
    },
    /// A text by equality and prefix. The class is that of the equal text in `exact`, else of the
    /// longest text in `prefixes` that it starts with, else 0.
    Text {
        /// Which attribute.
        attribute: u32,
        /// Which variable.
        variable: u32,
        /// Folded texts with their classes, sorted by text.
        exact: Vec<(String, u32)>,
        /// Folded texts with their classes, sorted by text.
        prefixes: Vec<(String, u32)>,
    },
    /// A text by what is in it: each row sets one Boolean variable.
    TextParts {
        /// Which attribute.
        attribute: u32,
        /// Folded texts that may occur in it.
        contains: Vec<(String, u32)>,
        /// Folded texts that it may end with.
        suffixes: Vec<(String, u32)>,
        /// Patterns that may match in it, case-insensitively.
        patterns: Vec<(String, u32)>,
    },
    /// An ordered value or an address: cell `i` holds the numbers from `starts[i - 1]` up to
    /// `starts[i]`, cell 0 those below `starts[0]`.
    Ordered {
        /// Which attribute.
        attribute: u32,
        /// Which variable.
        variable: u32,
        /// Ascending, without repetition.
        starts: Vec<u128>,
        /// The class of each cell; empty where cell `i` is class `i`.
        classes: Vec<u32>,
    },
    /// A set by its elements: each row sets one Boolean variable.
    Elements {
        /// Which attribute.
        attribute: u32,
        /// Folded elements with their variables, sorted by text.
        elements: Vec<(String, u32)>,
    },
    /// A set by whether some element lies in a target set: each target set is one Boolean variable.
    Targets {
        /// Which attribute.
        attribute: u32,
        /// One per target set.
        variables: Vec<u32>,
        /// Folded elements with the target sets (places in `variables`) that they lie in, sorted by
        /// text; the sets ascending.
        elements: Vec<(String, Vec<u32>)>,
        /// The target sets that every element not listed lies in, ascending.
        others: Vec<u32>,
        /// The target sets of which it is unknown whether they hold an element that they do not
        /// list (they depend on attributes of the resource that no request shows), ascending. An
        /// element outside them makes such a set *unknown* unless another element makes it true.
        uncertain: Vec<u32>,
    },
    /// A set by whether some element satisfies a predicate: each row sets one Boolean variable.
    Predicates {
        /// Which attribute.
        attribute: u32,
        /// The predicates with their variables.
        predicates: Vec<(Predicate, u32)>,
    },
}

impl Matcher {
    /// The attribute whose values it reads.
    #[must_use]
    pub fn attribute(&self) -> u32 {
        match self {
            Matcher::Boolean { attribute, .. }
            | Matcher::Text { attribute, .. }
            | Matcher::TextParts { attribute, .. }
            | Matcher::Ordered { attribute, .. }
            | Matcher::Elements { attribute, .. }
            | Matcher::Targets { attribute, .. }
            | Matcher::Predicates { attribute, .. } => *attribute,
        }
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The server's id, or the display name.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// Whether it is enforced.
    pub state: State,
    /// Where it is written.
    pub place: Place,
    /// Entry of *certainly applies*.
    pub certain: u32,
    /// Entry of *possibly applies*.
    pub possible: u32,
    /// Its conditions in the order of their reasons; it applies where all hold.
    pub conditions: Vec<Condition>,
    /// Whether it blocks.
    pub is_block: bool,
    /// What it requires: all of these clauses, of each any control, by number, ascending.
    pub clauses: Vec<Vec<u32>>,
    /// Its session controls, by number.
    pub session: Option<u32>,
    /// What it is aimed at.
    pub target: TargetClass,
    /// Its effect, under a schema of one's own.
    pub effect: Option<u32>,
}

/// What a policy is aimed at, as far as combining decisions needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetClass {
    /// Resources.
    Apps,
    /// User actions, registration of security information among them.
    SecurityInfo,
    /// Anything else.
    Other,
}

/// One condition of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The reason to name where it does not hold.
    pub reason: Reason,
    /// Entry of *certainly holds*.
    pub certain: u32,
    /// Entry of *possibly holds*.
    pub possible: u32,
    /// Where it is written.
    pub place: Place,
}

/// Device compliance: what makes `device.isCompliant` true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// In path order, then file order.
    pub policies: Vec<CompliancePolicy>,
    /// Whether a device that no policy is assigned to is noncompliant.
    pub is_secure_by_default: bool,
    /// Days after which a device that has not reported is noncompliant.
    pub check_in_days: u16,
}

/// A device compliance policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompliancePolicy {
    /// The server's id, or the display name.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// Where it is written.
    pub place: Place,
    /// The devices it is for.
    pub platform: CompliancePlatform,
    /// Hours for which a device that does not satisfy it still counts as compliant.
    pub grace_hours: u32,
    /// Whether it is assigned to the user and the device.
    pub assigned: Entries,
    /// Whether the device satisfies all requirements.
    pub met: Entries,
    /// The requirements in order.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a compliance policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Whether the device satisfies it.
    pub entries: Entries,
    /// Where it is written.
    pub place: Place,
}

/// The two entries of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// Entry of *certainly holds*.
    pub certain: u32,
    /// Entry of *possibly holds*.
    pub possible: u32,
}

impl Program {
    /// The number of classes of a variable; 0 of one that does not exist.
    #[must_use]
    pub fn class_count(&self, variable: u32) -> u32 {
        let row = self.variables.get(variable as usize);
        row.map_or(0, |row| row.class_count)
    }

    /// The compliance policies.
    #[must_use]
    pub fn compliance_policies(&self) -> &[CompliancePolicy] {
        self.compliance
            .as_ref()
            .map_or(&[], |compliance| compliance.policies.as_slice())
    }
}

/// A place in a source file, as people count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which file.
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Something that can be required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Control {
    /// A built-in control.
    BuiltIn(BuiltInControl),
    /// An authentication strength.
    Strength {
        /// Its id.
        id: String,
        /// Sets of methods that together satisfy it, as bits in the order of [`Method::ALL`].
        combinations: Vec<u32>,
    },
    /// Terms of use, by id.
    Terms(String),
    /// A custom control, by id.
    Custom(String),
    /// A control of a schema of one's own, by name.
    Own(String),
}

/// The bit of a method in [`Control::Strength`].
#[must_use]
pub fn method_bit(method: Method) -> u32 {
    1 << (method as u32)
}

/// How effects combine, under a schema of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// Their names, weakest first.
    pub names: Vec<String>,
    /// The rule.
    pub combine: Combine,
    /// The effect where no policy applies.
    pub otherwise: u32,
}

/// How the effects of several policies become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Combine {
    /// The strongest.
    Strongest,
    /// The weakest.
    Least,
    /// All of them.
    Union,
    /// Two different ones are an error.
    Conflict,
}
