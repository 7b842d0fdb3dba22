//! What policies require of objects that are not ready for it: contexts that nobody can choose,
//! terms of use that every device accepts; and strengths whose names promise more than they ask.

use std::collections::BTreeMap;

use gatewright_diagnostics::Diagnostic;
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;
use gatewright_value::vocabulary::{BuiltInControl, State};

use super::devices::holds_without_attributes;
use super::shape::{is_beyond, is_one_of, users};
use crate::model::{Assignments, Control, ObjectName, Policy, PolicySet, Target};
use crate::problems::objects as problem;
use crate::strength::broken_promise;

/// Controls that a device meets only if it is registered.
const REGISTERED: &[BuiltInControl] = &[
    BuiltInControl::CompliantDevice,
    BuiltInControl::DomainJoinedDevice,
];

pub(super) fn check(set: &PolicySet, problems: &mut Vec<Diagnostic>) {
    let promises = set.strengths.iter().filter_map(|strength| {
        let promised = broken_promise(strength)?;
        Some(problem::weak_strength(
            strength.span?,
            &promised.display_name,
        ))
    });
    problems.extend(promises);
    let marked = set.names.iter();
    let marked = marked.filter(|name| name.is_per_device || name.is_unpublished);
    let marked: BTreeMap<(ObjectKind, String), &ObjectName> = marked
        .map(|name| ((name.kind, fold(&name.id).into_owned()), name))
        .collect();
    if marked.is_empty() {
        return;
    }
    let find = |kind, id: &str| marked.get(&(kind, fold(id).into_owned())).copied();
    for policy in set.policies.iter().filter(|p| p.state != State::Disabled) {
        let Some(assignments) = &policy.assignments else {
            continue;
        };
        if let Target::Contexts(contexts) = &assignments.target {
            let mut ids = contexts.members.iter();
            let found = ids.find_map(|id| find(ObjectKind::Context, id));
            let report = |name: &ObjectName| problem::unpublished(contexts.span, name);
            problems.extend(found.map(report));
        }
        let per_device = |control: &Control| match control {
            Control::Terms(id) => find(ObjectKind::Terms, id),
            _ => None,
        };
        let is_asked = is_beyond(policy, |control| per_device(control).is_some());
        let Some(requirement) = policy.outcome.requirement.as_ref().filter(|_| is_asked) else {
            continue;
        };
        let found = requirement.controls.iter().find_map(per_device);
        if let Some(terms) = found.filter(|_| meets_unregistered(policy, assignments)) {
            problems.push(problem::per_device(requirement.span, terms));
        }
    }
}

/// Whether somebody on a device that is not registered may be asked for nothing but what is asked
/// of everybody.
fn meets_unregistered(policy: &Policy, a: &Assignments) -> bool {
    let is_registered = |control: &Control| is_one_of(control, REGISTERED);
    let filtered = a
        .devices
        .as_ref()
        .is_some_and(|filter| holds_without_attributes(&filter.rule) == Some(filter.is_exclude));
    users(a).is_some() && !policy.outcome.is_block && !filtered && !is_beyond(policy, is_registered)
}
