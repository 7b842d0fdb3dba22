//! The smallest changes that make a verdict better.
//!
//! A verdict gets better only in certain *ways*: a condition of a policy in the way does not hold
//! any more, or a control that is missing is held. The solver is asked for the cheapest sets of
//! ways, one after the other; each time it says why some do not do, which the next set respects. For
//! each set the facts that change are made as few as possible, then as ordinary as possible, and at
//! last each one is taken back where the others do without it.
//!
//! INVARIANT: no part of a change, with the same new values, makes the verdict better, as far as it
//! leaves a sign-in that can exist.

use batsat::Lit;

use super::Explainer;
use super::hitting::{Hitting, cheapest};
use super::reason::places;
use super::sign_in::{Point, SignIn};
use super::units::{About, Changing};
use super::verdicts::{Effect, Verdict};
use crate::solver::Answer;

/// LIMIT: sets of ways that are tried for a sign-in.
const ROUNDS_MAX: usize = 64;

/// A change that makes the verdict better.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The facts that change, by place among the units.
    pub(super) facts: Vec<usize>,
    /// Those of them that are enough to be told: the others follow.
    pub(super) told: Vec<usize>,
    /// The sign-in with the change.
    pub(super) other: Point,
    /// What it comes to.
    pub(super) verdict: Verdict,
    /// Whether it takes somebody else to sign in.
    pub(super) is_about_person: bool,
}

/// What holds in every search for changes of a sign-in.
struct Search {
    /// What stays, and what a change must not do.
    hard: Vec<Lit>,
    /// By unit, that it is as it is.
    facts: Vec<Lit>,
    /// The verdicts that are better, the best first.
    better: Vec<Lit>,
    /// That the verdict is one of them.
    some: Lit,
    effects: Vec<Effect>,
}

impl Explainer<'_> {
    /// Up to so many changes, those of the fewest facts first, and what was exhausted before the
    /// search was complete.
    pub(super) fn changes(
        &mut self,
        sign_in: &SignIn<'_>,
        verdict: &Verdict,
        changes_max: usize,
    ) -> (Vec<Found>, Option<&'static str>) {
        let Some(rank) = verdict.rank(self.demands.world.schema) else {
            return (Vec::new(), None);
        };
        let better = self.verdicts.better(&mut self.demands, rank);
        if better.is_empty() || changes_max == 0 {
            return (Vec::new(), None);
        }
        let mut exhausted = None;
        for is_about_person in [false, true] {
            let search = self.search(sign_in, better.clone(), is_about_person);
            let (mut found, what) = self.enumerate(sign_in, &search, changes_max);
            exhausted = exhausted.or(what);
            if !found.is_empty() {
                for one in &mut found {
                    one.is_about_person = is_about_person;
                }
                found.sort_by_key(|one| (self.groups(&one.facts), one.facts.len()));
                found.truncate(changes_max);
                return (found, exhausted);
            }
        }
        (Vec::new(), exhausted)
    }

    /// How many things somebody has to do about these facts.
    fn groups(&self, facts: &[usize]) -> usize {
        let units = facts.iter().filter_map(|one| self.units.get(*one));
        let mut groups: Vec<&str> = units.map(|unit| unit.group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups.len()
    }

    fn search(&mut self, sign_in: &SignIn<'_>, better: Vec<Lit>, is_about_person: bool) -> Search {
        let facts = self.as_is(sign_in);
        let mut hard = self.switches(sign_in);
        for (unit, as_is) in self.units.iter().zip(&facts) {
            let can_change = match unit.changing {
                Changing::Yes => true,
                Changing::Person => is_about_person,
                Changing::No => false,
            };
            let is_proved = match unit.about {
                About::Proof(place) => sign_in.here.proved.get(place) == Some(&true),
                _ => false,
            };
            if !can_change || is_proved {
                hard.push(*as_is);
                continue;
            }
            // Nothing gets better by not being known.
            for variable in unit.variables() {
                let unknown = self.demands.world.joint.space.known(*variable);
                if sign_in.here.classes.get(*variable as usize) != Some(&unknown) {
                    hard.push(!self.demands.solver.exactly(*variable, unknown));
                }
            }
        }
        let some = self.demands.solver.any(&better);
        let (classes, proved) = (&sign_in.here.classes, &sign_in.here.proved);
        let effects = self.verdicts.effects_at(&mut self.demands, classes, proved);
        Search {
            hard,
            facts,
            better,
            some,
            effects,
        }
    }

    /// Changes by the cheapest sets of ways.
    fn enumerate(
        &mut self,
        sign_in: &SignIn<'_>,
        search: &Search,
        changes_max: usize,
    ) -> (Vec<Found>, Option<&'static str>) {
        let costs: Vec<u32> = search.effects.iter().map(|effect| effect.cost).collect();
        let stay: Vec<Lit> = search.effects.iter().map(|effect| !effect.lit).collect();
        let mut found: Vec<Found> = Vec::new();
        let (mut cores, mut known): (Vec<Vec<usize>>, Vec<Vec<usize>>) = Default::default();
        for _ in 0..ROUNDS_MAX {
            if known.len() >= changes_max.saturating_mul(2) {
                return (found, None);
            }
            let ways = match cheapest(&cores, &known, &costs) {
                Hitting::One(ways) => ways,
                Hitting::None => return (found, None),
                Hitting::Exhausted => return (found, Some("the sets of ways to a better verdict")),
            };
            let outside = stay.iter().enumerate().filter(|(at, _)| !ways.contains(at));
            let outside: Vec<Lit> = outside.map(|(_, lit)| *lit).collect();
            let mut asked = search.hard.clone();
            asked.push(search.some);
            asked.extend(&outside);
            match self.demands.solver.find(&asked) {
                Answer::Exhausted(what) => return (found, Some(what)),
                Answer::None(core) => {
                    let core: Vec<usize> = places(&stay, &core)
                        .into_iter()
                        .filter(|at| !ways.contains(at))
                        .collect();
                    if core.is_empty() {
                        return (found, None);
                    }
                    cores.push(core);
                }
                Answer::Found(_) => {
                    known.push(ways);
                    match self.settle(sign_in, search, &outside) {
                        Ok(one) => self.add(&mut found, one),
                        Err(what) => return (found, Some(what)),
                    }
                }
            }
        }
        (found, Some("the number of searches for a change"))
    }

    /// The smallest change by these ways.
    fn settle(
        &mut self,
        sign_in: &SignIn<'_>,
        search: &Search,
        outside: &[Lit],
    ) -> Result<Found, &'static str> {
        let mut asked = search.hard.clone();
        asked.extend(outside);
        let other = self.best(search, &mut asked)?;
        let changed = self.fewest(sign_in, search, &asked, other)?;
        let other = self.plainest(sign_in, search, &asked, &changed)?;
        let (facts, other) = self.take_back(sign_in, search, other)?;
        let told = self.telling(search, &facts, &other)?;
        let verdict = self
            .verdicts
            .at(&self.demands, &other.classes, &other.proved);
        Ok(Found {
            facts,
            told,
            other,
            verdict,
            is_about_person: false,
        })
    }

    /// Ask for the best verdict that there is here.
    fn best(&mut self, search: &Search, asked: &mut Vec<Lit>) -> Result<Point, &'static str> {
        for better in &search.better {
            asked.push(*better);
            match self.demands.solver.find(asked) {
                Answer::Found(model) => return Ok(self.other(model)),
                Answer::Exhausted(what) => return Err(what),
                Answer::None(_) => asked.pop(),
            };
        }
        Err("two searches that do not agree")
    }

    /// The facts that have to change, as few as possible.
    fn fewest(
        &mut self,
        sign_in: &SignIn<'_>,
        search: &Search,
        asked: &[Lit],
        other: Point,
    ) -> Result<Vec<usize>, &'static str> {
        let mut changed = self.changed(sign_in, &other);
        // All facts of one group at once, then one by one, what tells least first.
        let mut tries: Vec<Vec<usize>> = Vec::new();
        for one in &changed {
            let group = |place: &usize| self.units.get(*place).map(|unit| &unit.group);
            let same = changed
                .iter()
                .copied()
                .filter(|other| group(other) == group(one));
            let same: Vec<usize> = same.collect();
            if same.len() > 1 && !tries.contains(&same) {
                tries.push(same);
            }
        }
        let mut single = changed.clone();
        let weight = |one: &usize| self.units.get(*one).map(|unit| unit.weight);
        single.sort_by_key(|one| std::cmp::Reverse(weight(one)));
        tries.extend(single.into_iter().map(|one| vec![one]));
        for back in tries {
            if !back.iter().all(|one| changed.contains(one)) {
                continue;
            }
            let mut asked = asked.to_vec();
            let stays = search.facts.iter().enumerate();
            let stays = stays.filter(|(at, _)| back.contains(at) || !changed.contains(at));
            asked.extend(stays.map(|(_, lit)| *lit));
            match self.demands.solver.find(&asked) {
                Answer::Found(model) => {
                    let other = self.other(model);
                    changed = self.changed(sign_in, &other);
                }
                Answer::None(_) => {}
                Answer::Exhausted(what) => return Err(what),
            }
        }
        Ok(changed)
    }

    /// The most ordinary values of what has to change.
    fn plainest(
        &mut self,
        sign_in: &SignIn<'_>,
        search: &Search,
        asked: &[Lit],
        changed: &[usize],
    ) -> Result<Point, &'static str> {
        let mut asked = asked.to_vec();
        let mut proved = sign_in.here.proved.clone();
        for (place, (unit, as_is)) in self.units.iter().zip(&search.facts).enumerate() {
            match (changed.contains(&place), &unit.about) {
                (false, _) => asked.push(*as_is),
                (true, About::Proof(proof)) => {
                    asked.push(!*as_is);
                    if let Some(is_proved) = proved.get_mut(*proof) {
                        *is_proved = true;
                    }
                }
                (true, _) => {}
            }
        }
        match self.demands.solver.smallest(&asked) {
            Answer::Found(model) => Ok(Point {
                classes: model.classes,
                facts: model.facts,
                proved,
            }),
            Answer::Exhausted(what) => Err(what),
            Answer::None(_) => Err("two searches that do not agree"),
        }
    }

    /// Take back what the rest of a change does without.
    fn take_back(
        &mut self,
        sign_in: &SignIn<'_>,
        search: &Search,
        mut other: Point,
    ) -> Result<(Vec<usize>, Point), &'static str> {
        let mut changed = self.changed(sign_in, &other);
        let mut order = changed.clone();
        let weight = |one: &usize| self.units.get(*one).map(|unit| unit.weight);
        order.sort_by_key(|one| std::cmp::Reverse(weight(one)));
        for one in order {
            if !changed.contains(&one) {
                continue;
            }
            let new = self.as_in(&other);
            let mut asked = search.hard.clone();
            asked.push(search.some);
            for (place, (as_is, new)) in search.facts.iter().zip(new).enumerate() {
                asked.push(match place != one && changed.contains(&place) {
                    true => self.demands.solver.any(&[*as_is, new]),
                    false => *as_is,
                });
            }
            match self.demands.solver.find(&asked) {
                Answer::Found(model) => {
                    other = self.other(model);
                    changed = self.changed(sign_in, &other);
                }
                Answer::None(_) => {}
                Answer::Exhausted(what) => return Err(what),
            }
        }
        Ok((changed, other))
    }

    /// Those facts of a change from which the others follow, as far as the verdict depends on them.
    fn telling(
        &mut self,
        search: &Search,
        changed: &[usize],
        other: &Point,
    ) -> Result<Vec<usize>, &'static str> {
        let new = self.as_in(other);
        let mut told = changed.to_vec();
        let weight = |one: &usize| self.units.get(*one).map(|unit| unit.weight);
        let mut order = changed.to_vec();
        order.sort_by_key(|one| std::cmp::Reverse(weight(one)));
        for one in order {
            let mut asked = search.hard.clone();
            asked.push(!search.some);
            for (place, (as_is, new)) in search.facts.iter().zip(&new).enumerate() {
                if !changed.contains(&place) {
                    asked.push(*as_is);
                } else if place != one && told.contains(&place) {
                    asked.push(*new);
                }
            }
            match self.demands.solver.find(&asked) {
                Answer::None(_) => told.retain(|other| *other != one),
                Answer::Found(_) => {}
                Answer::Exhausted(what) => return Err(what),
            }
        }
        Ok(told)
    }

    /// Add a change, unless another one does with a part of it.
    fn add(&self, found: &mut Vec<Found>, one: Found) {
        let is_part = |less: &Found, more: &Found| {
            less.facts.iter().all(|fact| {
                let unit = self.units.get(*fact);
                let is_same = unit.is_some_and(|unit| unit.is_same(&less.other, &more.other));
                more.facts.contains(fact) && is_same
            })
        };
        if found.iter().any(|known| is_part(known, &one)) {
            return;
        }
        found.retain(|known| !is_part(&one, known));
        found.push(one);
    }
}
