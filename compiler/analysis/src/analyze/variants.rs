//! Sets that are a little different: each variant is a policy of the set with one thing changed.

use gatewright_hir::model::{
    AppScope, Assignments, Located, LocationScope, PlatformScope, Policy, PolicySet, Scoped,
    Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use super::merging::merged;
use super::{Excluded, Withheld};

/// A changed policy, which stands at the same place among those of the second set.
pub(super) struct Variant {
    /// What was changed.
    pub(super) change: Change,
    /// The policies that it is made of, by place in the set.
    pub(super) of: Vec<usize>,
    /// Where what was changed is written.
    pub(super) span: Span,
}

/// What was changed.
pub(super) enum Change {
    /// It no longer excludes this.
    Included(Excluded),
    /// It no longer asks for this.
    Unconditional(Withheld),
    /// It is several policies in one, which differed in this dimension.
    Merged(&'static str),
}

/// The set of all variants, with what they are.
pub(super) fn vary(set: &PolicySet) -> (PolicySet, Vec<Variant>) {
    let mut policies = Vec::new();
    let mut variants = Vec::new();
    for (place, policy) in set.policies.iter().enumerate() {
        if policy.state == State::Disabled {
            continue;
        }
        let Some(assignments) = policy.assignments.as_deref() else {
            continue;
        };
        let mut add = |change: Change, span: Span, assignments: Assignments| {
            policies.push(Policy {
                assignments: Some(Box::new(assignments)),
                ..policy.clone()
            });
            variants.push(Variant {
                change,
                of: vec![place],
                span,
            });
        };
        exclusions(assignments, &mut |item, span, changed| {
            add(Change::Included(item), span, changed);
        });
        conditions(assignments, &mut |withheld, span, changed| {
            add(Change::Unconditional(withheld), span, changed);
        });
    }
    for (policy, of, dimension) in merged(set) {
        variants.push(Variant {
            change: Change::Merged(dimension),
            of,
            span: policy.name_span,
        });
        policies.push(policy);
    }
    let mut varied = set.with_policies(policies);
    varied.compliance.policies.clear();
    (varied, variants)
}

/// Each exclusion left out in turn.
fn exclusions(of: &Assignments, add: &mut impl FnMut(Excluded, Span, Assignments)) {
    if let Who::Users(scope) = &of.who {
        without_each(scope, user, |item, span, scope| {
            add(
                item,
                span,
                Assignments {
                    who: Who::Users(scope),
                    ..of.clone()
                },
            );
        });
    }
    if let Target::Apps(scope) = &of.target {
        without_each(scope, app, |item, span, scope| {
            add(
                item,
                span,
                Assignments {
                    target: Target::Apps(scope),
                    ..of.clone()
                },
            );
        });
    }
    if let Some(scope) = &of.platforms {
        without_each(scope, platform, |item, span, scope| {
            add(
                item,
                span,
                Assignments {
                    platforms: Some(scope),
                    ..of.clone()
                },
            );
        });
    }
    if let Some(scope) = &of.locations {
        without_each(scope, location, |item, span, scope| {
            add(
                item,
                span,
                Assignments {
                    locations: Some(scope),
                    ..of.clone()
                },
            );
        });
    }
}

/// The scope without each excluded item in turn, where the item has a name.
fn without_each<T: Clone>(
    scope: &Scoped<T>,
    name: impl Fn(&T) -> Option<Excluded>,
    mut add: impl FnMut(Excluded, Span, Scoped<T>),
) {
    for (place, excluded) in scope.exclude.iter().enumerate() {
        let Some(item) = name(&excluded.value) else {
            continue;
        };
        let mut changed = scope.clone();
        changed.exclude.remove(place);
        add(item, excluded.span, changed);
    }
}

/// The name of an excluded user, group, role, or kind of guest.
pub(super) fn user(scope: &UserScope) -> Option<Excluded> {
    match scope {
        UserScope::User(id) => Some(Excluded::User(id.to_lowercase())),
        UserScope::Group(id) => Some(Excluded::Group(id.to_lowercase())),
        UserScope::Role(id) => Some(Excluded::Role(id.to_lowercase())),
        UserScope::Guests(_) => Some(Excluded::Guests),
        UserScope::All | UserScope::None | UserScope::AllAgentUsers => None,
    }
}

fn app(scope: &AppScope) -> Option<Excluded> {
    match scope {
        AppScope::App(id) => Some(Excluded::App(id.to_lowercase())),
        AppScope::Group(name) => Some(Excluded::Apps(name.clone())),
        AppScope::All | AppScope::None | AppScope::Filter(_) => None,
    }
}

fn platform(scope: &PlatformScope) -> Option<Excluded> {
    match scope {
        PlatformScope::Platform(platform) => Some(Excluded::Platform(platform.name().to_owned())),
        PlatformScope::All => None,
    }
}

fn location(scope: &LocationScope) -> Option<Excluded> {
    match scope {
        LocationScope::Named(id) => Some(Excluded::Location(id.to_lowercase())),
        LocationScope::AllTrusted => Some(Excluded::TrustedLocations),
        LocationScope::All => None,
    }
}

/// Each condition that hangs on the client's own word left out in turn.
fn conditions(of: &Assignments, add: &mut impl FnMut(Withheld, Span, Assignments)) {
    if let Some(scope) = &of.platforms {
        let changed = Assignments {
            platforms: None,
            ..of.clone()
        };
        add(Withheld::Platform, scope.span, changed);
    }
    if let Some(filter) = &of.devices {
        let changed = Assignments {
            devices: None,
            ..of.clone()
        };
        add(Withheld::Device, filter.span, changed);
    }
    let is_named = |item: &Located<LocationScope>| matches!(item.value, LocationScope::Named(_));
    if let Some(scope) = &of.locations
        && scope.include.iter().any(is_named)
    {
        let changed = Assignments {
            locations: None,
            ..of.clone()
        };
        add(Withheld::Country, scope.span, changed);
    }
}
