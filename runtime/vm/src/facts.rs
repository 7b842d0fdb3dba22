//! What is known of one sign-in: a fact per attribute.
//!
//! INVARIANT: the facts of a program have a slot for each of its attributes, and each slot holds a
//! fact of the attribute's type, null or unknown.

use std::borrow::Cow;
use std::sync::Arc;

use gatewright_value::{Kind, Record, guid_text};

use crate::loaded::Loaded;

/// LIMIT: bytes of a text in a request. Patterns run in time proportional to it.
pub const TEXT_BYTES_MAX: usize = 1 << 16;

/// An attribute of one program, looked up once and used for many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttributeHandle {
    pub(crate) index: u32,
    pub(crate) program: u64,
}

impl AttributeHandle {
    /// The number of the attribute in its program.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }
}

/// What is known of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fact<'a> {
    /// Nothing.
    #[default]
    Unknown,
    /// That it has no value.
    Null,
    /// A truth.
    Boolean(bool),
    /// A text, in any case.
    Text(Cow<'a, str>),
    /// A GUID as [`parse_guid`](gatewright_value::parse_guid) reads it. The same value as its text.
    Guid(u128),
    /// A member of an enumeration, by its place among the members. The same value as its name.
    Member(u16),
    /// The [`ordered_key`](gatewright_value::ordered_key) of a value.
    Ordered(u128),
    /// The [`address_key`](gatewright_value::address_key) of an address.
    Address(u128),
    /// The elements of a set, as texts in any case.
    Set(Vec<Cow<'a, str>>),
    /// The elements of a set of which every one is a GUID. The same value as their texts.
    Guids(Cow<'a, [u128]>),
    /// The elements of a set of records.
    Records(Vec<Record<'a>>),
}

impl<'a> Fact<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Fact<'a> {
        Fact::Text(text.into())
    }

    /// The set without elements of an attribute of this type.
    #[must_use]
    pub fn empty_set(kind: &Kind) -> Fact<'a> {
        match kind {
            Kind::Set(of) if **of == Kind::Record => Fact::Records(Vec::new()),
            _ => Fact::Set(Vec::new()),
        }
    }

    /// A set of texts.
    pub fn set<T: Into<Cow<'a, str>>>(elements: impl IntoIterator<Item = T>) -> Fact<'a> {
        Fact::Set(elements.into_iter().map(Into::into).collect())
    }

    /// The truth, if that is what is known.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Fact::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The text, if one is known.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Fact::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a value whose attribute is of this type: a text as it is, a GUID in its
    /// canonical form, a member by its name.
    #[must_use]
    pub fn text_of<'f>(&'f self, kind: &'f Kind) -> Option<Cow<'f, str>> {
        match (self, kind) {
            (Fact::Text(text), _) => Some(Cow::Borrowed(text)),
            (Fact::Guid(guid), _) => Some(Cow::Owned(guid_text(*guid).as_str().to_owned())),
            (Fact::Member(place), Kind::Enumeration { members, .. }) => {
                let name = members.get(usize::from(*place))?;
                Some(Cow::Borrowed(name))
            }
            _ => None,
        }
    }

    /// The fact with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Fact<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Fact::Unknown => Fact::Unknown,
            Fact::Null => Fact::Null,
            Fact::Boolean(truth) => Fact::Boolean(truth),
            Fact::Text(text) => Fact::Text(owned(text)),
            Fact::Guid(guid) => Fact::Guid(guid),
            Fact::Member(place) => Fact::Member(place),
            Fact::Guids(guids) => Fact::Guids(Cow::Owned(guids.into_owned())),
            Fact::Ordered(key) => Fact::Ordered(key),
            Fact::Address(key) => Fact::Address(key),
            Fact::Set(elements) => Fact::Set(elements.into_iter().map(owned).collect()),
            Fact::Records(records) => {
                Fact::Records(records.into_iter().map(Record::into_owned).collect())
            }
        }
    }

    /// Whether an attribute of this type can have this fact.
    #[must_use]
    pub fn fits(&self, kind: &Kind) -> bool {
        match self {
            Fact::Unknown | Fact::Null => true,
            Fact::Boolean(_) => *kind == Kind::Boolean,
            Fact::Text(_) => kind.is_text(),
            Fact::Guid(_) => is_guid(kind),
            Fact::Member(place) => match kind {
                Kind::Enumeration { members, .. } => usize::from(*place) < members.len(),
                _ => false,
            },
            Fact::Guids(_) => matches!(kind, Kind::Set(of) if is_guid(of)),
            Fact::Ordered(_) => kind.is_ordered(),
            Fact::Address(_) => *kind == Kind::Address,
            Fact::Set(_) => matches!(kind, Kind::Set(of) if **of != Kind::Record),
            Fact::Records(_) => matches!(kind, Kind::Set(of) if **of == Kind::Record),
        }
    }

    fn is_short(&self) -> bool {
        match self {
            Fact::Text(text) => text.len() <= TEXT_BYTES_MAX,
            Fact::Set(elements) => elements
                .iter()
                .all(|element| element.len() <= TEXT_BYTES_MAX),
            Fact::Records(records) => records
                .iter()
                .all(|record| record.text_bytes_max() <= TEXT_BYTES_MAX),
            _ => true,
        }
    }
}

/// Whether GUIDs can be values of a type.
fn is_guid(kind: &Kind) -> bool {
    matches!(kind, Kind::Guid | Kind::String)
}

/// Why a fact cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactError {
    /// The handle is of another program.
    OtherProgram,
    /// The fact is not of the attribute's type.
    OtherType,
    /// A text is longer than [`TEXT_BYTES_MAX`].
    TooLong,
}

impl std::fmt::Display for FactError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FactError::OtherProgram => f.write_str("the attribute is of another program"),
            FactError::OtherType => f.write_str("the fact is not of the attribute's type"),
            FactError::TooLong => write!(f, "a text is longer than {TEXT_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for FactError {}

/// What is known of one sign-in, for one program.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// Those of attributes that matchers read stand first, in their order.
    ///
    /// PERF: a request in memory is mostly met cold, and a schema has five times as many attributes
    /// as a program reads.
    slots: Vec<Fact<'a>>,
    /// By attribute: its slot.
    places: Arc<[u32]>,
    program: u64,
}

impl<'a> Facts<'a> {
    /// Nothing is known.
    #[must_use]
    pub fn unknown(loaded: &Loaded) -> Facts<'a> {
        let places = Arc::clone(loaded.places());
        let slots = vec![Fact::Unknown; places.len()];
        Facts {
            slots,
            places,
            program: loaded.identity(),
        }
    }

    /// Whether the facts are of this program.
    #[must_use]
    pub fn belong_to(&self, loaded: &Loaded) -> bool {
        self.program == loaded.identity()
    }

    /// What is known of an attribute; nothing is known of attributes of other programs.
    #[must_use]
    pub fn get(&self, attribute: AttributeHandle) -> &Fact<'a> {
        if attribute.program != self.program {
            return &Fact::Unknown;
        }
        self.at(attribute.index)
    }

    /// What is known of the attribute of this number.
    #[must_use]
    pub fn at(&self, index: u32) -> &Fact<'a> {
        let slot = self.place(index).and_then(|place| self.slots.get(place));
        slot.unwrap_or(&Fact::Unknown)
    }

    /// The facts of the attributes that matchers read, in the order of the look-ups.
    pub(crate) fn read(&self) -> &[Fact<'a>] {
        &self.slots
    }

    fn place(&self, index: u32) -> Option<usize> {
        self.places.get(index as usize).map(|place| *place as usize)
    }

    /// Say what is known of an attribute; the result is what was said before.
    ///
    /// # Errors
    /// See [`FactError`].
    pub fn set(
        &mut self,
        loaded: &Loaded,
        attribute: AttributeHandle,
        fact: Fact<'a>,
    ) -> Result<Fact<'a>, FactError> {
        if attribute.program != self.program || loaded.identity() != self.program {
            return Err(FactError::OtherProgram);
        }
        let info = loaded.program().attributes.get(attribute.index as usize);
        let place = self.place(attribute.index);
        let info = info.zip(place.and_then(|place| self.slots.get_mut(place)));
        let (info, slot) = info.ok_or(FactError::OtherProgram)?;
        if !fact.fits(&info.kind) {
            return Err(FactError::OtherType);
        }
        if !fact.is_short() {
            return Err(FactError::TooLong);
        }
        Ok(std::mem::replace(slot, fact))
    }

    /// Forget what is known of the attribute of this number; the result is what was known.
    pub fn forget(&mut self, index: u32) -> Fact<'a> {
        let place = self.place(index);
        let slot = place.and_then(|place| self.slots.get_mut(place));
        slot.map_or(Fact::Unknown, std::mem::take)
    }

    /// Put back what [`forget`](Self::forget) gave.
    pub fn restore(&mut self, index: u32, fact: Fact<'a>) {
        let place = self.place(index);
        if let Some(slot) = place.and_then(|place| self.slots.get_mut(place)) {
            *slot = fact;
        }
    }

    /// The facts with texts of their own.
    #[must_use]
    pub fn into_owned(self) -> Facts<'static> {
        let slots = self.slots.into_iter().map(Fact::into_owned).collect();
        Facts {
            slots,
            places: self.places,
            program: self.program,
        }
    }
}
