//! Policies that can be one: they do the same, and differ in one list of one dimension.

use std::collections::BTreeMap;

use gatewright_hir::model::{
    AppScope, Assignments, Condition, Located, LocationScope, PlatformScope, Policy, PolicySet,
    Scoped, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use super::variants::Change;
use super::{Analyst, Finding, FindingKind, Found};
use crate::world::Rail;

/// LIMIT: policies that are tried as one.
const MERGED_MAX: usize = 32;

/// Policies in one, with those that they are made of and the dimension in which these differ.
pub(super) fn merged(set: &PolicySet) -> Vec<(Policy, Vec<usize>, &'static str)> {
    let mut found: Vec<(Policy, Vec<usize>, &'static str)> = Vec::new();
    for dimension in DIMENSIONS {
        let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, policy) in set.policies.iter().enumerate() {
            if policy.state != State::Disabled
                && policy.unmodelled.is_empty()
                && let Some(without) = (dimension.without)(policy)
            {
                alike.entry(spelling(&without)).or_default().push(place);
            }
        }
        for places in alike.into_values().filter(|places| places.len() > 1) {
            let policies = places.iter().filter_map(|place| set.policies.get(*place));
            let policies: Vec<&Policy> = policies.take(MERGED_MAX).collect();
            if let Some(one) = (dimension.union)(&policies) {
                let places = places.into_iter().take(MERGED_MAX).collect();
                found.push((one, places, dimension.name));
            }
        }
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    found
}

/// A list that can be joined.
struct Dimension {
    name: &'static str,
    /// The policy without the list; `None` where it has none.
    without: fn(&Policy) -> Option<Policy>,
    /// The first policy, with the lists of all.
    union: fn(&[&Policy]) -> Option<Policy>,
}

const DIMENSIONS: &[Dimension] = &[
    Dimension {
        name: "users",
        without: |policy| change(policy, |of| users_mut(of).map(|list| list.include.clear())),
        union: |all| {
            join(all, users, |of, list| {
                users_mut(of).map(|scope| scope.include = list)
            })
        },
    },
    Dimension {
        name: "apps",
        without: |policy| change(policy, |of| apps_mut(of).map(|list| list.include.clear())),
        union: |all| {
            join(all, apps, |of, list| {
                apps_mut(of).map(|scope| scope.include = list)
            })
        },
    },
    Dimension {
        name: "platforms",
        without: |policy| {
            change(policy, |of| {
                of.platforms.as_mut().map(|list| list.include.clear())
            })
        },
        union: |all| {
            join(all, platforms, |of, list| {
                of.platforms.as_mut().map(|scope| scope.include = list)
            })
        },
    },
    Dimension {
        name: "locations",
        without: |policy| {
            change(policy, |of| {
                of.locations.as_mut().map(|list| list.include.clear())
            })
        },
        union: |all| {
            join(all, locations, |of, list| {
                of.locations.as_mut().map(|scope| scope.include = list)
            })
        },
    },
    Dimension {
        name: "clients",
        without: |policy| change(policy, |of| cleared(&mut of.clients)),
        union: |all| {
            join(
                all,
                |of| members(&of.clients),
                |of, list| of.clients.as_mut().map(|one| one.members = list),
            )
        },
    },
    Dimension {
        name: "userRisk",
        without: |policy| change(policy, |of| cleared(&mut of.user_risk)),
        union: |all| {
            join(
                all,
                |of| members(&of.user_risk),
                |of, list| of.user_risk.as_mut().map(|one| one.members = list),
            )
        },
    },
    Dimension {
        name: "signInRisk",
        without: |policy| change(policy, |of| cleared(&mut of.sign_in_risk)),
        union: |all| {
            join(
                all,
                |of| members(&of.sign_in_risk),
                |of, list| of.sign_in_risk.as_mut().map(|one| one.members = list),
            )
        },
    },
    Dimension {
        name: "flows",
        without: |policy| change(policy, |of| cleared(&mut of.flows)),
        union: |all| {
            join(
                all,
                |of| members(&of.flows),
                |of, list| of.flows.as_mut().map(|one| one.members = list),
            )
        },
    },
];

fn cleared<T>(condition: &mut Option<Condition<T>>) -> Option<()> {
    condition.as_mut().map(|one| one.members.clear())
}

fn members<T: Clone>(condition: &Option<Condition<T>>) -> Option<Vec<T>> {
    condition.as_ref().map(|one| one.members.clone())
}

fn users(of: &Assignments) -> Option<Vec<Located<UserScope>>> {
    match &of.who {
        Who::Users(scope) => Some(scope.include.clone()),
        _ => None,
    }
}

fn users_mut(of: &mut Assignments) -> Option<&mut Scoped<UserScope>> {
    match &mut of.who {
        Who::Users(scope) => Some(scope),
        _ => None,
    }
}

fn apps(of: &Assignments) -> Option<Vec<Located<AppScope>>> {
    match &of.target {
        Target::Apps(scope) => Some(scope.include.clone()),
        _ => None,
    }
}

fn apps_mut(of: &mut Assignments) -> Option<&mut Scoped<AppScope>> {
    match &mut of.target {
        Target::Apps(scope) => Some(scope),
        _ => None,
    }
}

fn platforms(of: &Assignments) -> Option<Vec<Located<PlatformScope>>> {
    of.platforms.as_ref().map(|scope| scope.include.clone())
}

fn locations(of: &Assignments) -> Option<Vec<Located<LocationScope>>> {
    of.locations.as_ref().map(|scope| scope.include.clone())
}

/// A policy with changed assignments; `None` where there is nothing to change.
fn change(policy: &Policy, change: impl Fn(&mut Assignments) -> Option<()>) -> Option<Policy> {
    let mut changed = policy.clone();
    change(changed.assignments.as_deref_mut()?)?;
    Some(changed)
}

/// The first policy with the lists of all.
fn join<T: Clone>(
    all: &[&Policy],
    list: impl Fn(&Assignments) -> Option<Vec<T>>,
    set: impl Fn(&mut Assignments, Vec<T>) -> Option<()>,
) -> Option<Policy> {
    let mut joined = Vec::new();
    for policy in all {
        joined.extend(list(policy.assignments.as_deref()?)?);
    }
    let mut first = (*all.first()?).clone();
    set(first.assignments.as_deref_mut()?, joined)?;
    Some(first)
}

/// What a policy says, without its name and without places: equal texts say the same. Lists in
/// another order are another text, so nothing is found that is not there.
fn spelling(policy: &Policy) -> String {
    let bare = Policy {
        id: String::new(),
        has_server_id: false,
        display_name: String::new(),
        name_span: Span::default(),
        span: Span::default(),
        form: gatewright_hir::model::GraphForm::default(),
        annotations: gatewright_hir::model::Annotations::default(),
        scopes: Vec::new(),
        ..policy.clone()
    };
    let text = format!(
        "{:?} {:?} {:?} {:?}",
        bare.state, bare.assignments, bare.when, bare.outcome
    );
    without_places(&text)
}

/// A printed policy without its places, which are printed as `Span { … }`.
fn without_places(text: &str) -> String {
    const PLACE: &str = "Span {";
    let mut parts = text.split(PLACE);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A place has one level of braces inside at most: that of its source.
        let mut depth = 1_usize;
        let rest = part.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then(|| part.get(at + 1..)).flatten()
        });
        kept.push_str(rest.unwrap_or_default());
    }
    kept
}

impl Analyst<'_> {
    /// Policies that are one by proof: the merged one applies exactly where one of them does.
    pub(super) fn merges(&mut self) {
        let start = self.world.policies(1).start;
        let candidates: Vec<(usize, Vec<usize>, &'static str)> = self
            .variants
            .iter()
            .enumerate()
            .filter_map(|(place, variant)| match variant.change {
                Change::Merged(dimension) => Some((start + place, variant.of.clone(), dimension)),
                _ => None,
            })
            .collect();
        let idle = self.findings.iter().filter(|finding| {
            matches!(
                finding.kind,
                FindingKind::NeverApplies | FindingKind::ChangesNothing
            )
        });
        let idle: Vec<usize> = idle.flat_map(|finding| finding.policies.clone()).collect();
        for (number, of, dimension) in candidates {
            // What can be left out has been told.
            if of.iter().any(|place| idle.contains(place)) {
                continue;
            }
            let is_equal = [Rail::Certain, Rail::Possible].into_iter().all(|rail| {
                let one = self.demands.solver.policy(number, rail);
                let parts: Vec<_> = of
                    .iter()
                    .map(|place| self.demands.solver.policy(*place, rail))
                    .collect();
                let parts = self.demands.solver.any(&parts);
                let question = "whether policies can be one";
                matches!(self.find(question, &[one, !parts]), Found::None(_))
                    && matches!(self.find(question, &[parts, !one]), Found::None(_))
            });
            if is_equal {
                let first = of.first().copied().unwrap_or_default();
                self.findings.push(Finding {
                    kind: FindingKind::CanBeMerged { dimension },
                    span: self.span(first),
                    policies: of,
                    certificate: Vec::new(),
                    witness: None,
                });
            }
        }
    }
}
