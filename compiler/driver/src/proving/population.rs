//! Who can sign in, as a directory tells it.

use std::collections::BTreeSet;

use gatewright_analysis::Population;
use gatewright_hir::model::{Policy, UserScope, Who};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;

use crate::Compilation;

/// Who can sign in, by the directory of a project: see [`Population`]. Cost: the memberships of all
/// users.
#[must_use]
pub fn population(compilation: &Compilation) -> Population {
    let mut population = Population::default();
    add(&mut population, compilation);
    population
}

/// Add the groups and roles that nobody has, where the directory says that it knows everybody.
/// Cost: the memberships of all users.
pub(crate) fn add(population: &mut Population, compilation: &Compilation) {
    let directory = &compilation.directory;
    let is_complete = |kind| directory.complete.contains(&kind);
    if !is_complete(ObjectKind::User) {
        return;
    }
    let index = directory.index();
    let (mut groups, mut roles) = (BTreeSet::new(), BTreeSet::new());
    for id in index.member_ids() {
        let memberships = index.memberships(id).unwrap_or_default();
        groups.extend(memberships.groups);
        roles.extend(memberships.roles);
    }
    let (mut known_groups, mut known_roles) = (BTreeSet::new(), BTreeSet::new());
    let set = &compilation.set;
    for name in &set.names {
        match name.kind {
            ObjectKind::Group => known_groups.insert(fold(&name.id).into_owned()),
            ObjectKind::Role => known_roles.insert(fold(&name.id).into_owned()),
            _ => false,
        };
    }
    for item in set.policies.iter().flat_map(users) {
        match item {
            UserScope::Group(id) => known_groups.insert(fold(id).into_owned()),
            UserScope::Role(id) => known_roles.insert(fold(id).into_owned()),
            _ => false,
        };
    }
    if is_complete(ObjectKind::Group) {
        population
            .empty_groups
            .extend(known_groups.difference(&groups).cloned());
    }
    if is_complete(ObjectKind::Role) {
        population
            .empty_roles
            .extend(known_roles.difference(&roles).cloned());
    }
}

/// What a policy says of users.
fn users(policy: &Policy) -> impl Iterator<Item = &UserScope> {
    let users = policy.assignments.as_deref().and_then(|of| match &of.who {
        Who::Users(users) => Some(users),
        Who::ServicePrincipals(_) | Who::Agents(_) => None,
    });
    let items = users
        .into_iter()
        .flat_map(|users| users.include.iter().chain(&users.exclude));
    items.map(|item| &item.value)
}
