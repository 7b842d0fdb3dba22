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
    let says_who = match &own.who {
        Who::Users(users) => !is_unsaid(users, place, |item| *item == UserScope::All),
        Who::ServicePrincipals(_) | Who::Agents(_) => true,
    };
    if !says_who || discriminant(&own.who) != discriminant(&of.who) {
        own.who = of.who.clone();
    }
    let says_what = match &own.target {
        Target::Apps(apps) => !is_unsaid(apps, place, |item| *item == AppScope::All),
        Target::Actions(_) | Target::Contexts(_) | Target::Nothing(_) => true,
    };
    if !says_what || discriminant(&own.target) != discriminant(&of.target) {
        own.target = of.target.clone();
    }
    policy
}

/// Whether `all` is there only because nothing is: then it stands where the name is.
fn is_unsaid<T>(scope: &Scoped<T>, place: Span, is_all: impl Fn(&T) -> bool) -> bool {
    let mut include = scope.include.iter();
    let added = |item: &Located<T>| is_all(&item.value) && item.span == place;
    scope.exclude.is_empty() && include.all(added)
}
