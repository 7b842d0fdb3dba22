//! Three truths.
//!
//! SEMANTICS: §2.1

/// A condition's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kleene {
    /// It does not hold.
    False,
    /// A missing fact decides.
    Unknown,
    /// It holds.
    True,
}

impl Kleene {
    /// True or false.
    pub(crate) fn from(holds: bool) -> Kleene {
        if holds { Kleene::True } else { Kleene::False }
    }

    /// The opposite; Unknown stays.
    pub(crate) fn not(self) -> Kleene {
        match self {
            Kleene::False => Kleene::True,
            Kleene::Unknown => Kleene::Unknown,
            Kleene::True => Kleene::False,
        }
    }

    /// True or false, if it is either.
    pub(crate) fn known(self) -> Option<bool> {
        match self {
            Kleene::False => Some(false),
            Kleene::Unknown => None,
            Kleene::True => Some(true),
        }
    }
}

/// False if any part is, else Unknown if any part is, else true.
pub(crate) fn all(parts: impl IntoIterator<Item = Kleene>) -> Kleene {
    let mut result = Kleene::True;
    for part in parts {
        match part {
            Kleene::False => return Kleene::False,
            Kleene::Unknown => result = Kleene::Unknown,
            Kleene::True => {}
        }
    }
    result
}

/// True if any part is, else Unknown if any part is, else false.
pub(crate) fn any(parts: impl IntoIterator<Item = Kleene>) -> Kleene {
    let mut result = Kleene::False;
    for part in parts {
        match part {
            Kleene::True => return Kleene::True,
            Kleene::Unknown => result = Kleene::Unknown,
            Kleene::False => {}
        }
    }
    result
}
