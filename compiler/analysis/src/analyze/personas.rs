//! Who signs in, in groups that people think in.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use gatewright_decision::{ClassSet, Classes, Literal};
use gatewright_hir::model::{UserScope, Who};
use gatewright_value::fold;

use super::break_glass::GLOBAL_ADMINISTRATOR;
use super::variants::user;
use super::{Analyst, Excluded};

/// LIMIT: groups of a project that are personas of their own.
const GROUPS_MAX: usize = 8;

/// A group of people, or of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// Which.
    pub kind: PersonaKind,
}

/// Which group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonaKind {
    /// Members of the tenant whom no policy names by a group or role.
    Members,
    /// Global administrators, or holders of the role that most policies include.
    Administrators,
    /// Guests and external users.
    Guests,
    /// A group that policies include, by id.
    Group(String),
    /// Workload identities of the tenant itself.
    Workloads,
    /// Agent identities.
    Agents,
    /// Those who are to get in whatever happens.
    BreakGlass,
}

impl PersonaKind {
    /// The attributes that say how risky a sign-in of theirs is.
    pub(super) fn risks(&self) -> &'static [&'static str] {
        match self {
            PersonaKind::Workloads => &["serviceprincipal.risk"],
            PersonaKind::Agents => &["agent.risk"],
            _ => &["user.risk", "signin.risk"],
        }
    }
}

impl Analyst<'_> {
    /// The personas of this set, each with what makes a sign-in theirs. Those who are to get in
    /// whatever happens are a persona of their own, and in no other one; and nobody is in a group,
    /// has a role or is somebody that policies name, unless that is what makes the persona: what is
    /// left to exceptions, the exclusions say.
    pub(super) fn personas(&mut self) -> Vec<(Persona, Vec<Lit>)> {
        let person = self.is_user();
        let is_glass: Vec<Lit> = self
            .break_glass
            .clone()
            .iter()
            .filter_map(|who| self.is(who))
            .collect();
        let glass = self.demands.solver.any(&is_glass);
        let roles = self.elements("user.roles");
        let groups = self.elements("user.groups");
        let guest = self.is_guest();
        let mut people = vec![person, !glass];
        people.extend(self.is_named_user().map(|is| !is));
        let of = |more: &[Lit], but: Option<Lit>, lists: &[&[Lit]]| -> Vec<Lit> {
            let named = lists.iter().flat_map(|list| list.iter());
            let others = named.filter(|lit| Some(**lit) != but).map(|lit| !*lit);
            people.iter().chain(more).copied().chain(others).collect()
        };
        let member: Vec<Lit> = guest.iter().map(|guest| !*guest).collect();
        let mut found = Vec::new();
        let mut add = |kind: PersonaKind, lits: Vec<Lit>| found.push((Persona { kind }, lits));
        add(PersonaKind::Members, of(&member, None, &[&roles, &groups]));
        if let Some(admin) = self.administrator() {
            let lits = of(
                &[member.as_slice(), &[admin]].concat(),
                Some(admin),
                &[&roles, &groups],
            );
            add(PersonaKind::Administrators, lits);
        }
        if let Some(guest) = guest {
            add(PersonaKind::Guests, of(&[guest], None, &[&roles, &groups]));
        }
        for group in self.included_groups() {
            if let Some(is) = self.is(&Excluded::Group(group.clone())) {
                let lits = of(&[is], Some(is), &[&roles, &groups]);
                add(PersonaKind::Group(group), lits);
            }
        }
        let classes = [
            (
                "servicePrincipal",
                "serviceprincipal.id",
                PersonaKind::Workloads,
            ),
            ("agentIdentity", "agent.id", PersonaKind::Agents),
        ];
        for (name, id, kind) in classes {
            if let Some(is) = self.identity(name) {
                // Each of them is somebody.
                let unnamed = self.attributes().is_null(id);
                let unnamed = unnamed.map(|null| self.demands.solver.literal(&null));
                let mut lits = vec![is];
                lits.extend(unnamed.map(|null| !null));
                if kind == PersonaKind::Workloads
                    && let Some(own) = self.attributes().is("serviceprincipal.isowned", true)
                {
                    lits.push(self.demands.solver.literal(&own));
                }
                add(kind, lits);
            }
        }
        if !is_glass.is_empty() {
            add(PersonaKind::BreakGlass, vec![person, glass]);
        }
        found
    }

    /// Who holds the role that can repair everything, or else the first role that policies include.
    fn administrator(&mut self) -> Option<Lit> {
        let global = self.is(&Excluded::Role(GLOBAL_ADMINISTRATOR.to_owned()));
        global.or_else(|| {
            let role = self.included(|item| match item {
                UserScope::Role(id) => Some(id),
                _ => None,
            });
            let role = role.into_iter().next()?;
            self.is(&Excluded::Role(role))
        })
    }

    /// That the user is one whom policies name.
    fn is_named_user(&mut self) -> Option<Lit> {
        let scopes = self.set.policies.iter().filter_map(|policy| {
            match policy.assignments.as_deref().map(|of| &of.who) {
                Some(Who::Users(scope)) => Some(scope),
                _ => None,
            }
        });
        let items = scopes.flat_map(|scope| scope.include.iter().chain(&scope.exclude));
        let ids: BTreeSet<String> = items
            .filter_map(|item| match &item.value {
                UserScope::User(id) => Some(fold(id).into_owned()),
                _ => None,
            })
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let literal = self.attributes().equals("user.id", &ids)?;
        (!literal.classes.runs().is_empty()).then(|| self.demands.solver.literal(&literal))
    }

    fn elements(&mut self, name: &str) -> Vec<Lit> {
        let attributes = self.attributes();
        let variables = attributes.variables().filter(|(_, variable)| {
            matches!(variable.classes, Classes::Has(_))
                && fold(attributes.name(variable.attribute)) == name
        });
        let literals: Vec<Literal> = variables
            .map(|(variable, _)| Literal {
                variable,
                classes: ClassSet::run(1, 1),
            })
            .collect();
        let literals = literals.iter();
        literals
            .map(|one| self.demands.solver.literal(one))
            .collect()
    }

    pub(super) fn is_guest(&mut self) -> Option<Lit> {
        let null = self.attributes().is_null("user.guesttype")?;
        Some(!self.demands.solver.literal(&null))
    }

    fn identity(&mut self, name: &str) -> Option<Lit> {
        let literal = self.attributes().equals("signin.identity", &[name])?;
        (!literal.classes.runs().is_empty()).then(|| self.demands.solver.literal(&literal))
    }

    /// Users, groups and roles that enforced policies exclude, and none includes.
    pub(super) fn exceptions(&self) -> BTreeSet<Excluded> {
        let (mut included, mut excluded) = (BTreeSet::new(), BTreeSet::new());
        for place in self.demands.enforced(super::SUBJECT) {
            let policy = self.set.policies.get(*place);
            let assignments = policy.and_then(|policy| policy.assignments.as_deref());
            if let Some(Who::Users(scope)) = assignments.map(|of| &of.who) {
                included.extend(scope.include.iter().filter_map(|item| user(&item.value)));
                excluded.extend(scope.exclude.iter().filter_map(|item| user(&item.value)));
            }
        }
        excluded.difference(&included).cloned().collect()
    }

    /// Groups that enforced policies include, by how many do, most first.
    fn included_groups(&self) -> Vec<String> {
        let groups = self.included(|item| match item {
            UserScope::Group(id) => Some(id),
            _ => None,
        });
        let is_glass = |id: &String| self.break_glass.contains(&Excluded::Group(id.clone()));
        let groups = groups.into_iter().filter(|id| !is_glass(id));
        groups.take(GROUPS_MAX).collect()
    }

    /// What enforced policies include of users, by how many do, most first.
    fn included(&self, id: impl Fn(&UserScope) -> Option<&String>) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for place in self.demands.enforced(super::SUBJECT) {
            let policy = self.set.policies.get(*place);
            let assignments = policy.and_then(|policy| policy.assignments.as_deref());
            let Some(Who::Users(scope)) = assignments.map(|of| &of.who) else {
                continue;
            };
            for id in scope.include.iter().filter_map(|item| id(&item.value)) {
                *counts.entry(fold(id).into_owned()).or_default() += 1;
            }
        }
        let mut counted: Vec<(String, usize)> = counts.into_iter().collect();
        counted.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), id.clone()));
        counted.into_iter().map(|(id, _)| id).collect()
    }
}
