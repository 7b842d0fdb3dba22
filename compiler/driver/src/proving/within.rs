//! Which sign-ins an invariant speaks of, narrowed by another scope.
//!
//! INVARIANT: a narrowing never makes an invariant speak of nothing because of what it leaves out:
//! no `users` and no `apps` narrow nothing, although an invariant without them means all of them.

use std::mem::discriminant;

use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{AppScope, Located, Policy, Scoped, Target, UserScope, Who};
use gatewright_source::Span;

/// The policy that applies where an invariant is narrowed to `within`: with who and what of the
/// invariant where the narrowing leaves them out, or says them of another kind.
pub(super) fn narrowing(within: &Invariant, invariant: &Policy) -> Policy {
    let mut policy = within.policy.clone();
    let (Some(own), Some(of)) = (&mut policy.assignments, &invariant.assignments) else {
        return policy;
    };
    let place = within.name_span;
    if !says_who(&own.who, place) || discriminant(&own.who) != discriminant(&of.who) {
        own.who = of.who.clone();
    }
    if !says_what(&own.target, place) || discriminant(&own.target) != discriminant(&of.target) {
        own.target = of.target.clone();
    }
    policy
}

/// Whether an invariant says who signs in, and what is asked for.
pub(crate) fn said(within: &Invariant) -> (bool, bool) {
    let place = within.name_span;
    let assignments = within.policy.assignments.as_ref();
    assignments.map_or((true, true), |own| {
        (says_who(&own.who, place), says_what(&own.target, place))
    })
}

fn says_who(who: &Who, place: Span) -> bool {
    match who {
        Who::Users(users) => !is_unsaid(users, place, |item| *item == UserScope::All),
        Who::ServicePrincipals(_) | Who::Agents(_) => true,
    }
}

fn says_what(target: &Target, place: Span) -> bool {
    match target {
        Target::Apps(apps) => !is_unsaid(apps, place, |item| *item == AppScope::All),
        Target::Actions(_) | Target::Contexts(_) | Target::Nothing(_) => true,
    }
}

/// Whether `all` is there only because nothing is: then it stands where the name is.
fn is_unsaid<T>(scope: &Scoped<T>, place: Span, is_all: impl Fn(&T) -> bool) -> bool {
    let mut include = scope.include.iter();
    let added = |item: &Located<T>| is_all(&item.value) && item.span == place;
    scope.exclude.is_empty() && include.all(added)
}
