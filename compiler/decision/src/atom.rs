//! Atoms: the smallest questions that policies ask of a sign-in, before classes are known.
//!
//! Texts are folded here once; everything after compares them byte by byte.

use std::borrow::Cow;

use gatewright_hir::schema::AttributeId;
use gatewright_value::{AddressRange, Kind, Predicate};

use crate::formula::Complement;

/// An attribute compared with constants, perhaps turned round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Atom<'a> {
    /// What is asked about.
    pub(crate) attribute: AttributeId,
    /// What is asked.
    pub(crate) question: Question<'a>,
    /// Whether the answer is turned round; Unknown stays Unknown.
    pub(crate) is_negated: bool,
}

/// What is asked of an attribute. A null value answers no to all but [`Question::IsNull`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Question<'a> {
    /// Equal to one of these texts.
    OneOf(Cow<'a, [String]>),
    /// Starts with one of these texts.
    StartsWith(&'a [String]),
    /// Is null; of a text, a Boolean, or an ordered value.
    IsNull(ClassKind),
    /// Is this truth value.
    Is(bool),
    /// Lies in this range of keys, both ends included.
    Between(u128, u128),
    /// Lies in one of these ranges of addresses.
    InRange(&'a [AddressRange]),
    /// This text occurs in it.
    Contains(&'a str),
    /// Ends with this text.
    EndsWith(&'a str),
    /// This pattern matches in it.
    Matches(&'a str),
    /// The set has this element.
    Has(Cow<'a, str>),
    /// Some element of the set lies in the target set.
    Reaches(TargetSet),
    /// Some element of the set satisfies the predicate.
    Some(Predicate),
}

/// How the values of an attribute fall into classes of one variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ClassKind {
    /// By equality and prefix.
    Text,
    /// True, false, null.
    Boolean,
    /// By cut points.
    Ordered,
}

impl ClassKind {
    /// How values of this type fall into classes; sets do not.
    pub(crate) fn of(kind: &Kind) -> Option<ClassKind> {
        match kind {
            Kind::Set(_) => None,
            Kind::Boolean => Some(ClassKind::Boolean),
            Kind::Address => Some(ClassKind::Ordered),
            kind if kind.is_ordered() => Some(ClassKind::Ordered),
            _ => Some(ClassKind::Text),
        }
    }
}

impl Question<'_> {
    /// How many constants it compares with: about the edges that its node has.
    pub(crate) fn constant_count(&self) -> usize {
        match self {
            Question::OneOf(texts) => texts.len(),
            Question::StartsWith(texts) => texts.len(),
            Question::InRange(ranges) => ranges.len(),
            Question::Some(predicate) => predicate.steps().len(),
            _ => 1,
        }
    }

    /// Whether values of this type can answer.
    pub(crate) fn fits(&self, kind: &Kind) -> bool {
        let of = ClassKind::of(kind);
        match self {
            Question::OneOf(_)
            | Question::StartsWith(_)
            | Question::Contains(_)
            | Question::EndsWith(_)
            | Question::Matches(_) => of == Some(ClassKind::Text),
            Question::IsNull(kind) => of == Some(*kind),
            Question::Is(_) => of == Some(ClassKind::Boolean),
            Question::Between(..) => kind.is_ordered(),
            Question::InRange(_) => *kind == Kind::Address,
            Question::Has(_) | Question::Reaches(_) | Question::Some(_) => of.is_none(),
        }
    }
}

/// A set of elements: those listed, or all but those listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetSet {
    /// Whether the set holds every element that is *not* listed.
    pub is_complement: bool,
    /// Folded texts, sorted, without repetition.
    pub listed: Vec<String>,
}

impl TargetSet {
    /// The set of these elements, or of all others.
    #[must_use]
    pub fn new(is_complement: bool, mut listed: Vec<String>) -> TargetSet {
        listed.sort_unstable();
        listed.dedup();
        TargetSet {
            is_complement,
            listed,
        }
    }

    /// Whether the set holds this folded text.
    #[must_use]
    pub fn holds(&self, element: &str) -> bool {
        let is_listed = self
            .listed
            .binary_search_by(|text| text.as_str().cmp(element))
            .is_ok();
        is_listed != self.is_complement
    }
}

/// What makes two atoms questions about one variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum VariableKey<'q> {
    Class(AttributeId, ClassKind),
    Contains(AttributeId, &'q str),
    EndsWith(AttributeId, &'q str),
    Matches(AttributeId, &'q str),
    Has(AttributeId, &'q str),
    Reaches(AttributeId, &'q TargetSet),
    Some(AttributeId, &'q Predicate),
}

impl<'a> Atom<'a> {
    /// The atom that asks this.
    #[must_use]
    pub(crate) fn new(attribute: AttributeId, question: Question<'a>) -> Atom<'a> {
        Atom {
            attribute,
            question,
            is_negated: false,
        }
    }

    pub(crate) fn variable_key(&self) -> VariableKey<'_> {
        let attribute = self.attribute;
        match &self.question {
            Question::OneOf(_) | Question::StartsWith(_) => {
                VariableKey::Class(attribute, ClassKind::Text)
            }
            Question::IsNull(kind) => VariableKey::Class(attribute, *kind),
            Question::Is(_) => VariableKey::Class(attribute, ClassKind::Boolean),
            Question::Between(..) | Question::InRange(_) => {
                VariableKey::Class(attribute, ClassKind::Ordered)
            }
            Question::Contains(text) => VariableKey::Contains(attribute, text),
            Question::EndsWith(text) => VariableKey::EndsWith(attribute, text),
            Question::Matches(text) => VariableKey::Matches(attribute, text),
            Question::Has(text) => VariableKey::Has(attribute, text),
            Question::Reaches(set) => VariableKey::Reaches(attribute, set),
            Question::Some(predicate) => VariableKey::Some(attribute, predicate),
        }
    }
}

impl Complement for Atom<'_> {
    fn complement(mut self) -> Self {
        self.is_negated = !self.is_negated;
        self
    }
}
