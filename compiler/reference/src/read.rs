//! Members of JSON objects, by type.
//!
//! SEMANTICS: §1.1

use serde_json::{Map, Value};

use crate::{RequestError, order};

/// An object of the request, with the way to it.
pub(crate) struct Object<'a> {
    place: String,
    members: Option<&'a Map<String, Value>>,
}

/// An error of this text.
pub(crate) fn refuse<T>(message: impl Into<String>) -> Result<T, RequestError> {
    Err(RequestError(message.into()))
}

impl<'a> Object<'a> {
    /// The object of a value; null is an object without members.
    pub(crate) fn of(place: &str, value: Option<&'a Value>) -> Result<Object<'a>, RequestError> {
        let members = match value {
            None | Some(Value::Null) => None,
            Some(Value::Object(members)) => Some(members),
            Some(_) => return refuse(format!("`{place}` is not an object")),
        };
        Ok(Object {
            place: place.to_owned(),
            members,
        })
    }

    /// Whether there is an object, not null and not left out.
    pub(crate) fn is_there(&self) -> bool {
        self.members.is_some()
    }

    /// Refuse members of other names; OData annotations are passed over.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), RequestError> {
        let Some(members) = self.members else {
            return Ok(());
        };
        for name in members.keys() {
            if !name.contains("@odata.") && !names.contains(&name.as_str()) {
                return refuse(format!("`{}` has no member `{name}`", self.place));
            }
        }
        Ok(())
    }

    /// A member that is not null.
    pub(crate) fn member(&self, name: &str) -> Option<&'a Value> {
        self.members?.get(name).filter(|value| !value.is_null())
    }

    /// An object in this one.
    pub(crate) fn object(&self, name: &str) -> Result<Object<'a>, RequestError> {
        Object::of(&self.place_of(name), self.member(name))
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, RequestError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => refuse(format!("`{}` is not a text", self.place_of(name))),
        }
    }

    /// True or false.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, RequestError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => refuse(format!("`{}` is not true or false", self.place_of(name))),
        }
    }

    /// A list of texts; `None` where there is no list.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, RequestError> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let Value::Array(elements) = value else {
            return refuse(format!("`{}` is not a list", self.place_of(name)));
        };
        let mut texts = Vec::new();
        for element in elements {
            match element {
                Value::String(text) => texts.push(text.clone()),
                _ => return refuse(format!("`{}` has an element that is no text", self.place)),
            }
        }
        Ok(Some(texts))
    }

    /// Objects of a list; none where there is no list.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Object<'a>>, RequestError> {
        let place = self.place_of(name);
        let Some(value) = self.member(name) else {
            return Ok(Vec::new());
        };
        let Value::Array(elements) = value else {
            return refuse(format!("`{place}` is not a list"));
        };
        let mut objects = Vec::new();
        for element in elements {
            if !element.is_object() {
                return refuse(format!("`{place}` has an element that is no object"));
            }
            objects.push(Object::of(&place, Some(element))?);
        }
        Ok(objects)
    }

    /// A time, in milliseconds since 1970.
    pub(crate) fn time(&self, name: &str) -> Result<Option<i64>, RequestError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match order::milliseconds(text) {
            Some(instant) => Ok(Some(instant)),
            None => refuse(format!("`{text}` is no time")),
        }
    }

    /// Names of members, OData annotations apart.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        let members = self.members.into_iter().flatten();
        members
            .map(|(name, _)| name.as_str())
            .filter(|name| !name.contains("@odata."))
            .collect()
    }

    /// The way to a member.
    pub(crate) fn place_of(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }
}
