//! Whether those who repair things can get in.
//!
//! An account that is to get in whatever happens must be left out of everything that could keep it
//! out; whether it is, is a question over all sign-ins. So is whether any administrator at all can
//! get in.

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_decision::{ClassSet, Classes, Literal};
use gatewright_hir::model::Who;
use gatewright_value::fold;

use super::variants::user;
use super::{Analyst, Excluded, Found, SUBJECT};
use crate::demand::Demand;
use crate::diff::Witness;
use crate::world::Rail;

/// The template id of the role that can repair everything.
pub(super) const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Somebody who is to get in.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Who; `None` for whoever administers the tenant.
    pub who: Option<Excluded>,
    /// Whether they can.
    pub entrance: Entrance,
}

/// Whether somebody can get in.
#[derive(Clone, Debug, PartialEq)]
pub enum Entrance {
    /// At every sign-in, given the right proofs.
    Always,
    /// At some: this sign-in shows one that lets in, nothing is wrong with it.
    Somewhere(Witness),
    /// Not at this one, because of these policies.
    NotAt(Witness, Vec<usize>),
    /// At none.
    Never(Vec<usize>),
    /// Nobody knows.
    Unknown,
}

impl Analyst<'_> {
    /// The accounts and groups that are given, or those that most enforced policies for users
    /// exclude, if there are at least three such policies.
    pub(super) fn find_break_glass(&self, given: &[String]) -> Vec<Excluded> {
        if !given.is_empty() {
            let is_group = |id: &str| {
                let mut named = self.set.names.iter();
                named.any(|one| one.kind.keyword() == "group" && fold(&one.id) == id)
                    || self
                        .attributes_named("user.groups")
                        .any(|element| element == id)
            };
            let named = given.iter().map(|id| fold(id).into_owned());
            return named
                .map(|id| match is_group(&id) {
                    true => Excluded::Group(id),
                    false => Excluded::User(id),
                })
                .collect();
        }
        let mut counts: BTreeMap<Excluded, usize> = BTreeMap::new();
        let mut policies = 0;
        for place in self.demands.enforced(SUBJECT) {
            let policy = self.set.policies.get(*place);
            let assignments = policy.and_then(|policy| policy.assignments.as_deref());
            let Some(Who::Users(scope)) = assignments.map(|of| &of.who) else {
                continue;
            };
            policies += 1;
            let mut items: Vec<Excluded> = scope
                .exclude
                .iter()
                .filter_map(|item| user(&item.value))
                .collect();
            items.sort_unstable();
            items.dedup();
            for item in items {
                if matches!(item, Excluded::User(_) | Excluded::Group(_)) {
                    *counts.entry(item).or_default() += 1;
                }
            }
        }
        let is_most = |count: usize| policies >= 3 && count * 2 > policies;
        let most = counts.into_iter().filter(|(_, count)| is_most(*count));
        most.map(|(item, _)| item).collect()
    }

    /// The elements of a set that policies ask for by name.
    fn attributes_named(&self, name: &str) -> impl Iterator<Item = &str> {
        let attributes = self.attributes();
        let name = name.to_owned();
        attributes.variables().filter_map(move |(_, variable)| {
            let is_it = fold(attributes.name(variable.attribute)) == name;
            match &variable.classes {
                Classes::Has(element) if is_it => Some(element.as_str()),
                _ => None,
            }
        })
    }

    /// That the user is this one, or in this group, or holds this role. `None` where no policy asks.
    pub(super) fn is(&mut self, who: &Excluded) -> Option<Lit> {
        let attributes = self.attributes();
        let element = |name: &str, id: &str| {
            let mut variables = attributes.variables();
            let found = variables.find(|(_, variable)| {
                fold(attributes.name(variable.attribute)) == name
                    && variable.classes == Classes::Has(id.to_owned())
            });
            found.map(|(variable, _)| Literal {
                variable,
                classes: ClassSet::run(1, 1),
            })
        };
        let literal = match who {
            Excluded::User(id) => {
                let literal = attributes.equals("user.id", &[id]);
                literal.filter(|literal| !literal.classes.runs().is_empty())
            }
            Excluded::Group(id) => element("user.groups", id),
            Excluded::Role(id) => element("user.roles", id),
            _ => None,
        }?;
        Some(self.demands.solver.literal(&literal))
    }

    /// That the sign-in is a user's.
    pub(super) fn is_user(&mut self) -> Lit {
        let attributes = self.attributes();
        match attributes.equals("signin.identity", &["user"]) {
            Some(literal) => self.demands.solver.literal(&literal),
            None => self.demands.solver.truth(),
        }
    }

    /// Whether each of them can get in, and whether any administrator can.
    pub(super) fn principals(&mut self) -> Vec<Principal> {
        if !self.world.schema.is_entra {
            return Vec::new();
        }
        let mut found = Vec::new();
        let user = self.is_user();
        let guest = self.is_guest();
        for who in self.break_glass.clone() {
            // Whom no policy names is somebody like everybody else.
            let is = self.is(&who);
            let scope = [Some(user), is, guest.map(|is| !is)];
            let scope: Vec<Lit> = scope.into_iter().flatten().collect();
            found.push(Principal {
                who: Some(who),
                entrance: self.can_always(&scope),
            });
        }
        let admin = self.is(&Excluded::Role(GLOBAL_ADMINISTRATOR.to_owned()));
        let scope = match admin {
            Some(admin) => vec![user, admin],
            None => vec![user],
        };
        found.push(Principal {
            who: None,
            entrance: self.can_somewhere(&scope),
        });
        found
    }

    /// Whether they get in at every sign-in. A legacy client is left out: it is no way in that
    /// anybody plans with.
    fn can_always(&mut self, scope: &[Lit]) -> Entrance {
        let blocked = self.others(&[], &Demand::BLOCK, Rail::Possible);
        let lits: Vec<Lit> = blocked.iter().map(|(lit, _)| *lit).collect();
        let some = self.demands.solver.any(&lits);
        let modern = !self.demands.controls.legacy();
        let asked = [scope, &[some, modern]].concat();
        match self.smallest("whether emergency access is kept out", &asked) {
            Found::None(_) => Entrance::Always,
            Found::Unknown => Entrance::Unknown,
            Found::One(witness) => {
                let culprits = blocked.iter().filter(|(_, number)| {
                    let classes = &witness.classes;
                    self.demands.applies(*number, classes, Rail::Possible)
                        && self.demands.demands_here(*number, &Demand::BLOCK, classes)
                });
                let culprits = culprits.map(|(_, number)| *number).collect();
                Entrance::NotAt(witness, culprits)
            }
        }
    }

    fn can_somewhere(&mut self, scope: &[Lit]) -> Entrance {
        let blocked = self.others(&[], &Demand::BLOCK, Rail::Certain);
        let mut asked = scope.to_vec();
        asked.extend(blocked.iter().map(|(lit, _)| !*lit));
        let question = "whether an administrator gets in";
        match self.find(question, &asked) {
            Found::None(core) => Entrance::Never(Self::certificate(&core, &blocked)),
            Found::Unknown => Entrance::Unknown,
            Found::One(_) => match self.smallest(question, &asked) {
                Found::One(witness) => Entrance::Somewhere(witness),
                _ => Entrance::Unknown,
            },
        }
    }
}
