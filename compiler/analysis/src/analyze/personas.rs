//! Who signs in, in groups that people think in.

use batsat::Lit;
use gatewright_decision::{ClassSet, Classes, Literal};
use gatewright_value::fold;

use super::break_glass::GLOBAL_ADMINISTRATOR;
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
    /// Members of the tenant without a role that any policy names.
    Members,
    /// Holders of a role that some policy names.
    Administrators,
    /// Guests and external users.
    Guests,
    /// A group that policies include, by id.
    Group(String),
    /// Workload identities.
    Workloads,
    /// Agent identities.
    Agents,
    /// Those who are to get in whatever happens.
    BreakGlass,
}

impl Analyst<'_> {
    /// The personas of this set, each with what makes a sign-in theirs. Those who are to get in
    /// whatever happens are a persona of their own, and in no other one.
    pub(super) fn personas(&mut self) -> Vec<(Persona, Vec<Lit>)> {
        let user = self.is_user();
        let glass: Vec<Lit> = self
            .break_glass
            .clone()
            .iter()
            .filter_map(|who| self.is(who))
            .collect();
        let is_glass = self.demands.solver.any(&glass);
        let roles = self.elements("user.roles");
        let role = self.demands.solver.any(&roles);
        let guest = self.is_guest();
        let mut found = Vec::new();
        let mut add = |kind: PersonaKind, lits: Vec<Lit>| found.push((Persona { kind }, lits));
        let people = vec![user, !is_glass];
        let of = |more: &[Lit]| [people.as_slice(), more].concat();
        if let Some(guest) = guest {
            add(PersonaKind::Members, of(&[!role, !guest]));
        } else {
            add(PersonaKind::Members, of(&[!role]));
        }
        if !roles.is_empty() {
            let admin = self.is(&Excluded::Role(GLOBAL_ADMINISTRATOR.to_owned()));
            add(PersonaKind::Administrators, of(&[admin.unwrap_or(role)]));
        }
        if let Some(guest) = guest {
            add(PersonaKind::Guests, of(&[guest]));
        }
        for group in self.included_groups() {
            if let Some(is) = self.is(&Excluded::Group(group.clone())) {
                add(PersonaKind::Group(group), of(&[is]));
            }
        }
        let classes = [
            ("servicePrincipal", PersonaKind::Workloads),
            ("agentIdentity", PersonaKind::Agents),
        ];
        for (name, kind) in classes {
            if let Some(is) = self.identity(name) {
                add(kind, vec![is]);
            }
        }
        if !glass.is_empty() {
            add(PersonaKind::BreakGlass, vec![user, is_glass]);
        }
        found
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

    fn is_guest(&mut self) -> Option<Lit> {
        let null = self.attributes().is_null("user.guesttype")?;
        Some(!self.demands.solver.literal(&null))
    }

    fn identity(&mut self, name: &str) -> Option<Lit> {
        let literal = self.attributes().equals("signin.identity", &[name])?;
        (!literal.classes.runs().is_empty()).then(|| self.demands.solver.literal(&literal))
    }

    /// Groups that enforced policies include, by how many do, most first.
    fn included_groups(&self) -> Vec<String> {
        use gatewright_hir::model::{UserScope, Who};
        let mut counts: std::collections::BTreeMap<String, usize> = Default::default();
        for place in self.demands.enforced(super::SUBJECT) {
            let policy = self.set.policies.get(*place);
            let assignments = policy.and_then(|policy| policy.assignments.as_deref());
            let Some(Who::Users(scope)) = assignments.map(|of| &of.who) else {
                continue;
            };
            for item in &scope.include {
                if let UserScope::Group(id) = &item.value {
                    *counts.entry(fold(id).into_owned()).or_default() += 1;
                }
            }
        }
        let is_glass = |id: &String| self.break_glass.contains(&Excluded::Group(id.clone()));
        let mut groups: Vec<(String, usize)> =
            counts.into_iter().filter(|(id, _)| !is_glass(id)).collect();
        groups.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), id.clone()));
        let groups = groups.into_iter().take(GROUPS_MAX);
        groups.map(|(id, _)| id).collect()
    }
}
