//! When a device reported to its management, and since when it fails.
//!
//! SEMANTICS: §19.1, §19.3, §19.4

use gatewright_hir::model::PolicySet;
use gatewright_value::format_date_time;
use serde_json::{Value, json};

use crate::diff::Class;
use crate::request::{Proofs, request, time};

const HOUR: i64 = 3_600_000;

/// How long ago things were, as far as compliance policies ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// It reported longer ago than so many days; just now, where this is not said.
    pub days: Option<u16>,
    /// It fails for so many hours; where this is not said, nobody says since when.
    pub hours: Option<u32>,
}

impl Report {
    /// Whether it is too long ago where so many days are allowed.
    pub(super) fn is_stale(&self, allowed: u16) -> bool {
        self.days.is_some_and(|days| days >= allowed)
    }

    /// Whether this grace is over.
    pub(super) fn is_late(&self, grace: u32) -> bool {
        grace == 0 || self.hours.is_some_and(|hours| hours >= grace)
    }

    /// Say it in a request of this time.
    fn write(&self, now: i64, request: &mut Value) {
        let ago = [
            (
                "lastCheckIn",
                self.days.map(|days| i64::from(days) * 24 + 1),
            ),
            ("noncompliantSince", self.hours.map(i64::from)),
        ];
        let mut is_timed = false;
        let compliance = request.get_mut("compliance").and_then(Value::as_object_mut);
        let Some(compliance) = compliance else { return };
        for (member, hours) in ago {
            if let Some(hours) = hours {
                let then = now.saturating_sub(hours * HOUR);
                compliance.insert(member.to_owned(), json!(format_date_time(then)));
                is_timed = true;
            }
        }
        let members = request.as_object_mut().filter(|_| is_timed);
        let context = members.map(|members| members.entry("context").or_insert_with(|| json!({})));
        if let Some(context) = context.and_then(Value::as_object_mut) {
            context
                .entry("now")
                .or_insert_with(|| json!(format_date_time(now)));
        }
    }
}

impl Class {
    /// The witness as a request, by the names of a set. Nothing is proved.
    #[must_use]
    pub fn request(&self, set: &PolicySet) -> Value {
        let Some(derived) = &self.derived else {
            return request(set, &self.witness.facts, &Proofs::default());
        };
        let mut facts = self.witness.facts.clone();
        let mark = set.schema.find_attribute("device.isCompliant");
        facts.retain(|attribute, _| Some(*attribute) != mark);
        let mut request = request(set, &facts, &Proofs::default());
        derived.report.write(time(set, &facts), &mut request);
        request
    }
}
