//! A sign-in as the members of a request, in the order in which people read it.

/// A value in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Said to be null.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Members with their names, in order.
    Members(Vec<(String, Value)>),
}

/// The members of a request for Conditional Access, in order.
const ENTRA_MEMBERS: [&str; 7] = [
    "signInIdentity",
    "signInContext",
    "signInConditions",
    "compliance",
    "directory",
    "claims",
    "context",
];

impl Value {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// The member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        let Value::Members(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Set the member at the end of a path; what is on the way and no object becomes one.
    pub(super) fn set(&mut self, path: &[&str], value: Value) {
        let Some((name, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self, Value::Members(_)) {
            *self = Value::Members(Vec::new());
        }
        let Value::Members(members) = self else {
            return;
        };
        let found = members.iter().position(|(known, _)| known == name);
        let at = found.unwrap_or_else(|| {
            members.push(((*name).to_owned(), Value::Null));
            members.len() - 1
        });
        if let Some((_, inner)) = members.get_mut(at) {
            inner.set(rest, value);
        }
    }

    /// Remove the member of this name.
    pub(super) fn remove(&mut self, name: &str) {
        if let Value::Members(members) = self {
            members.retain(|(known, _)| known != name);
        }
    }

    /// Put the members of a request for Conditional Access into their order.
    pub(super) fn order(&mut self) {
        if let Value::Members(members) = self {
            let place = |name: &str| ENTRA_MEMBERS.iter().position(|known| *known == name);
            members.sort_by_key(|(name, _)| place(name).unwrap_or(ENTRA_MEMBERS.len()));
        }
    }
}

/// A request that says nothing. People without groups and roles are people of whom that is known.
pub(super) fn empty(is_entra: bool) -> Value {
    let mut request = Value::Members(Vec::new());
    if is_entra {
        request.set(&["directory", "groups"], Value::List(Vec::new()));
        request.set(&["directory", "roles"], Value::List(Vec::new()));
    }
    request
}

/// What a sign-in must say and this one does not, in words.
pub(super) fn lacking(request: &Value) -> Option<&'static str> {
    if request.member("signInIdentity").is_none() {
        Some("who signs in")
    } else if request.member("signInContext").is_none() {
        Some("what is asked for")
    } else {
        None
    }
}
