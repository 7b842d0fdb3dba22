//! Records: named fields, each a text or a list of texts.
//!
//! INVARIANT: the fields of a record ascend by name, without repetition, and names are folded.

use std::borrow::Cow;

use crate::fold::fold;

/// Named fields, each a text or a list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    fields: Vec<(Cow<'a, str>, Field<'a>)>,
    is_open: bool,
}

/// The value of a field, in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A list of texts.
    List(Vec<Cow<'a, str>>),
}

/// What a question about a field meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue<'e> {
    /// Nobody knows.
    Unknown,
    /// There is no such field.
    Absent,
    /// A text.
    Text(&'e str),
    /// A list of texts.
    List(&'e [Cow<'e, str>]),
}

/// An element of a set, as questions about it see it.
#[derive(Clone, Copy, Debug)]
pub enum Element<'e> {
    /// A text, whose only field has the empty name.
    Text(&'e str),
    /// A record.
    Record(&'e Record<'e>),
}

impl<'e> Element<'e> {
    pub(crate) fn field(self, name: &str) -> FieldValue<'e> {
        match self {
            Element::Text(text) if name.is_empty() => FieldValue::Text(text),
            Element::Text(_) => FieldValue::Absent,
            Element::Record(record) => match record.get(name) {
                Some(Field::Text(text)) => FieldValue::Text(text),
                Some(Field::List(texts)) => FieldValue::List(texts),
                None if record.is_open => FieldValue::Unknown,
                None => FieldValue::Absent,
            },
        }
    }
}

impl<'a> Record<'a> {
    /// A record without fields.
    #[must_use]
    pub fn new() -> Record<'a> {
        Record::default()
    }

    /// The record with a text in this field.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<Cow<'a, str>>) -> Record<'a> {
        self.set(name, Field::Text(text.into()));
        self
    }

    /// The record with a list of texts in this field.
    #[must_use]
    pub fn with_list<T: Into<Cow<'a, str>>>(
        mut self,
        name: &str,
        texts: impl IntoIterator<Item = T>,
    ) -> Record<'a> {
        self.set(
            name,
            Field::List(texts.into_iter().map(Into::into).collect()),
        );
        self
    }

    /// The record of which it is not known what else it has.
    #[must_use]
    pub fn and_unknown(mut self) -> Record<'a> {
        self.is_open = true;
        self
    }

    /// Put a value into a field; the result is what was there before.
    pub fn set(&mut self, name: &str, value: Field<'a>) -> Option<Field<'a>> {
        let name = fold(name);
        match self.place(&name) {
            Ok(at) => {
                let slot = self.fields.get_mut(at)?;
                Some(std::mem::replace(&mut slot.1, value))
            }
            Err(at) => {
                self.fields
                    .insert(at, (Cow::Owned(name.into_owned()), value));
                None
            }
        }
    }

    /// The value of the field of this folded name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field<'a>> {
        let at = self.place(name).ok()?;
        self.fields.get(at).map(|(_, value)| value)
    }

    /// The fields in order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field<'a>)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether it is not known what else it has.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Bytes of its longest text.
    #[must_use]
    pub fn text_bytes_max(&self) -> usize {
        let of_value = |value: &Field<'_>| match value {
            Field::Text(text) => text.len(),
            Field::List(texts) => texts.iter().map(|text| text.len()).max().unwrap_or(0),
        };
        let bytes = |(name, value): &(Cow<'_, str>, Field<'_>)| name.len().max(of_value(value));
        self.fields.iter().map(bytes).max().unwrap_or(0)
    }

    /// The record with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Record<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let value = |value: Field<'_>| match value {
            Field::Text(text) => Field::Text(owned(text)),
            Field::List(texts) => Field::List(texts.into_iter().map(owned).collect()),
        };
        let fields = self.fields.into_iter();
        Record {
            fields: fields.map(|(name, of)| (owned(name), value(of))).collect(),
            is_open: self.is_open,
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.fields
            .binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}
