//! Facts that are computed from other facts, whatever the schema.
//!
//! SEMANTICS: §18, §20.2

use gatewright_hir::schema::Schema;

use crate::facts::{Fact, Facts};
use crate::logic::{self, Kleene};
use crate::order;

/// Milliseconds after which registration is overdue.
const REGISTRATION_TIME: i128 = 14 * 86_400_000;

/// Set every attribute that is a difference of two times and is not said to be unknown.
///
/// SEMANTICS: §18
pub(crate) fn differences(schema: &Schema, facts: &mut Facts) {
    for attribute in &schema.attributes {
        let Some((first, second)) = attribute.difference else {
            continue;
        };
        if *facts.get(&attribute.name) == Fact::Unknown {
            continue;
        }
        let (Some(first), Some(second)) = (schema.attribute(first), schema.attribute(second))
        else {
            continue;
        };
        let difference = match (facts.get(&first.name), facts.get(&second.name)) {
            (Fact::Number(first), Fact::Number(second)) => {
                let milliseconds = order::to_integer(*first) - order::to_integer(*second);
                let seconds = i64::try_from(milliseconds.div_euclid(1000));
                seconds.map_or(Fact::Null, |s| Fact::Number(order::of_integer(s)))
            }
            (Fact::Null, _) | (_, Fact::Null) => Fact::Null,
            _ => Fact::Unknown,
        };
        facts.set(&attribute.name, difference);
    }
}

/// Set `user.isRegistrationOverdue`.
///
/// SEMANTICS: §20.2
pub(crate) fn registration(first_sign_in: Option<i64>, facts: &mut Facts) {
    if *facts.get("user.isRegistrationOverdue") == Fact::Unknown {
        return;
    }
    let is_unregistered = match facts.get("user.isMfaRegistered") {
        Fact::Unknown => Kleene::Unknown,
        Fact::Boolean(false) => Kleene::True,
        _ => Kleene::False,
    };
    let is_late = match (first_sign_in, facts.get("signIn.now")) {
        (None, _) => Kleene::False,
        (Some(first), Fact::Number(now)) => {
            let passed = order::to_integer(*now) - i128::from(first);
            Kleene::from(passed >= REGISTRATION_TIME)
        }
        (Some(_), _) => Kleene::Unknown,
    };
    let is_overdue = match logic::all([is_unregistered, is_late]) {
        Kleene::Unknown => Fact::Unknown,
        is_overdue => Fact::Boolean(is_overdue == Kleene::True),
    };
    facts.set("user.isRegistrationOverdue", is_overdue);
}
