//! Where facts are missing, some policies possibly apply, and not certainly: each choice of those
//! that do is a reading.

use std::borrow::Cow;

use gatewright_hir::model::PolicySet;
use gatewright_reference::{Mode, decide};
use gatewright_value::vocabulary::State;
use serde_json::Value;

use super::is_admitted;

/// Which policies apply of those of which nobody knows.
pub(crate) struct Reading {
    /// What is thought of all of them.
    pub(super) mode: Mode,
    /// The places of those that do not, whatever the mode.
    pub(super) off: Vec<usize>,
}

/// None of them.
pub(crate) const CERTAIN: Reading = Reading {
    mode: Mode::Graph,
    off: Vec::new(),
};
/// All of them.
pub(crate) const POSSIBLE: Reading = Reading {
    mode: Mode::Pessimistic,
    off: Vec::new(),
};

impl Reading {
    pub(super) fn of<'s>(&self, set: &'s PolicySet) -> Cow<'s, PolicySet> {
        let mut set = Cow::Borrowed(set);
        for at in &self.off {
            set.to_mut().policies[*at].state = State::Disabled;
        }
        set
    }

    pub(super) fn decide(&self, set: &PolicySet, request: &Value) -> Option<Value> {
        decide(&self.of(set), request, self.mode, None).ok()
    }

    pub(super) fn admits(&self, set: &PolicySet, request: &Value) -> Option<bool> {
        self.decide(set, request).as_ref().map(is_admitted)
    }
}
