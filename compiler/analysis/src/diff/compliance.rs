//! Devices that are compliant by the compliance policies of one set and not by those of the other.
//!
//! What a device reports is one and the same; each set derives its own mark from it, see
//! [`Marks`](crate::world::Marks). Written down for the search is what a mark is: *noncompliant* if
//! the check-in is stale, some policy that is assigned fails outside of its grace, or none is
//! assigned and that counts as noncompliant; *unknown* if that cannot be said; else *compliant*.
//! How long ago the device reported, and since when it fails, are propositions of their own, one
//! for each time that either set names.
//!
//! INVARIANT: which of two marks a sign-in has, and so which class it is in, is told by the classes
//! of its variables; of the times there are some at which both marks are so.
//!
//! SEMANTICS: §19

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_decision::{Attributes, Formula, Literal, Stated};
use gatewright_hir::model::{Compliance, CompliancePolicy};
use gatewright_value::Truth;

use super::{Differ, NEW, OLD};
use crate::demands::Demands;
use crate::facts::{Fact, Facts};
use crate::world::{Marks, Rail, World};

mod report;

pub use report::Report;

/// The classes of a mark.
const NONCOMPLIANT: u32 = 0;
const COMPLIANT: u32 = 1;
const UNKNOWN: u32 = 3;

/// Why a set does not count a device as compliant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It fails this compliance policy, by its place in the set, or nobody knows whether it does.
    Policy(usize),
    /// No policy is assigned to it, or nobody knows whether one is.
    Unassigned,
    /// It has not reported for longer than the set allows.
    CheckIn,
}

/// What a sign-in is by two sets of compliance policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// By set, why it does not count the device as compliant, and the other one does, or would.
    pub reasons: [Vec<Reason>; 2],
    /// When the device reported.
    pub report: Report,
}

/// What a difference can come from: the compliance policies of each set.
pub(super) struct Derivation {
    /// The marks differ.
    pub(super) differs: Lit,
    /// By set, each reason with the proposition that the marks differ and it is one. The last one
    /// is what is left.
    pub(super) reasons: [Vec<(Reason, Lit)>; 2],
}

/// Times that either set names, each with the proposition that more has passed.
struct Times {
    /// Days since the device reported.
    days: BTreeMap<u16, Lit>,
    /// Hours since when it fails.
    hours: BTreeMap<u32, Lit>,
}

/// One compliance policy of a set.
#[derive(Clone, Copy)]
struct Part<'w> {
    policy: &'w CompliancePolicy,
    stated: &'w [Stated],
}

fn compliance<'w>(world: &World<'w>, set: usize) -> Option<&'w Compliance> {
    world.sets.get(set).map(|set| &set.compliance)
}

fn parts<'w>(world: &'w World<'w>, set: usize) -> Vec<Part<'w>> {
    let start = world.joint.compliance_starts.get(set).copied();
    let stated = world
        .joint
        .compliance
        .iter()
        .skip(start.unwrap_or_default());
    let policies = compliance(world, set).into_iter();
    let pairs = policies.flat_map(|of| &of.policies).zip(stated);
    pairs
        .map(|(policy, stated)| Part { policy, stated })
        .collect()
}

impl<'w> Part<'w> {
    /// Whether it is assigned; then what it requires.
    fn split(&self) -> (Option<&'w Stated>, &'w [Stated]) {
        match self.stated.split_first() {
            Some((assigned, required)) => (Some(assigned), required),
            None => (None, &[]),
        }
    }

    /// Whether the other set has it too.
    fn is_in(&self, others: &[Part<'_>]) -> bool {
        others.iter().any(|other| {
            let pairs = self.stated.iter().zip(other.stated);
            self.policy.grace_hours() == other.policy.grace_hours()
                && self.stated.len() == other.stated.len()
                && pairs
                    .into_iter()
                    .all(|(one, other)| one.formula == other.formula)
        })
    }
}

/// What is said of a part, as propositions or as truths.
struct Said<T> {
    /// It is assigned, certainly and possibly.
    assigned: [T; 2],
    /// It is met, certainly and possibly.
    met: [T; 2],
}

impl Derivation {
    /// Write down what the marks are. `None` where both sets derive the same.
    pub(super) fn new(demands: &mut Demands<'_>) -> Option<Derivation> {
        let world = demands.world;
        let marks = world.marks.as_ref()?;
        let solver = &mut demands.solver;
        let platform = marks.platform;
        let null = world
            .joint
            .space
            .variables
            .get(platform as usize)?
            .null_class()?;
        // Whether management knows a device of which this is missing, nobody can say.
        let missing = solver.exactly(platform, world.joint.space.known(platform));
        solver.exclude(&[missing]);
        let managed = !solver.exactly(platform, null);
        let times = Times::new(demands);
        let mut reasons = [Vec::new(), Vec::new()];
        let differs = differs(demands, marks);
        for (set, reasons) in reasons.iter_mut().enumerate() {
            *reasons = side(demands, marks, &times, set, managed, differs);
        }
        // What nobody derives is stated, for both.
        for class in 0..=UNKNOWN {
            let [old, new] = marks
                .variables
                .map(|variable| demands.solver.exactly(variable, class));
            demands.solver.exclude(&[!managed, old, !new]);
            if class == UNKNOWN && !world.assumptions.with_missing_facts {
                demands.solver.exclude(&[!managed, old]);
            }
        }
        Some(Derivation { differs, reasons })
    }
}

fn differs(demands: &mut Demands<'_>, marks: &Marks) -> Lit {
    let mut ways = Vec::new();
    for class in 0..=UNKNOWN {
        let [old, new] = marks
            .variables
            .map(|variable| demands.solver.exactly(variable, class));
        ways.push(demands.solver.all(&[old, !new]));
    }
    demands.solver.any(&ways)
}

/// Write down what the mark of a set is; the reasons for which it is not *compliant*.
fn side(
    demands: &mut Demands<'_>,
    marks: &Marks,
    times: &Times,
    set: usize,
    managed: Lit,
    differs: Lit,
) -> Vec<(Reason, Lit)> {
    let world = demands.world;
    let Some((of, variable)) = compliance(world, set).zip(marks.variables.get(set)) else {
        return Vec::new();
    };
    let (never, all) = (!demands.solver.truth(), parts(world, set));
    let others = parts(world, NEW + OLD - set);
    let [bad, fine, open] =
        [NONCOMPLIANT, COMPLIANT, UNKNOWN].map(|class| demands.solver.exactly(*variable, class));
    let here = demands.solver.all(&[differs, !fine]);
    let mut noncompliant = vec![times.days.get(&of.check_in_days).copied().unwrap_or(never)];
    let (mut unsettled, mut reasons) = (Vec::new(), Vec::new());
    let (mut certainly, mut possibly) = (Vec::new(), Vec::new());
    for (place, part) in all.iter().enumerate() {
        let Said { assigned, met } = part.said(demands);
        let solver = &mut demands.solver;
        let late = match part.policy.grace_hours() {
            0 => solver.truth(),
            hours => times.hours.get(&hours).copied().unwrap_or(never),
        };
        noncompliant.push(solver.all(&[assigned[0], !met[1], late]));
        unsettled.push(solver.all(&[assigned[0], !met[0], met[1]]));
        unsettled.push(solver.all(&[assigned[1], !assigned[0], !met[0]]));
        certainly.push(assigned[0]);
        possibly.push(assigned[1]);
        if !part.is_in(&others) {
            let fails = solver.all(&[here, assigned[1], !met[0]]);
            reasons.push((Reason::Policy(place), fails));
        }
    }
    let solver = &mut demands.solver;
    if of.is_secure_by_default {
        let (some, perhaps) = (solver.any(&certainly), solver.any(&possibly));
        noncompliant.push(!perhaps);
        unsettled.push(!some);
        reasons.push((Reason::Unassigned, solver.all(&[here, !some])));
    }
    reasons.push((Reason::CheckIn, here));
    let (noncompliant, unsettled) = (solver.any(&noncompliant), solver.any(&unsettled));
    solver.exclude(&[managed, noncompliant, !bad]);
    solver.exclude(&[managed, !noncompliant, unsettled, !open]);
    solver.exclude(&[managed, !noncompliant, !unsettled, !fine]);
    reasons
}

impl<'w> Part<'w> {
    fn said(&self, demands: &mut Demands<'w>) -> Said<Lit> {
        let (assigned, required) = self.split();
        let solver = &mut demands.solver;
        let mut of = |rail: Rail| {
            let assigned = assigned.map(|one| solver.condition(&one.formula, rail));
            let met: Vec<Lit> = required
                .iter()
                .map(|one| solver.condition(&one.formula, rail))
                .collect();
            let never = !solver.truth();
            (assigned.unwrap_or(never), solver.all(&met))
        };
        let (certain, possible) = (of(Rail::Certain), of(Rail::Possible));
        Said {
            assigned: [certain.0, possible.0],
            met: [certain.1, possible.1],
        }
    }

    /// The same at a sign-in.
    fn said_at(&self, world: &World<'_>, classes: &[u32]) -> Said<bool> {
        let (assigned, required) = self.split();
        let of = |formula: &Formula<Literal>| {
            formula.evaluate(classes, &|variable| world.joint.space.known(variable))
        };
        let assigned = assigned.map_or(Truth::False, |one| of(&one.formula));
        let truths: Vec<Truth> = required.iter().map(|one| of(&one.formula)).collect();
        let is_met = |is_enough: fn(&Truth) -> bool| truths.iter().all(is_enough);
        Said {
            assigned: [assigned == Truth::True, assigned != Truth::False],
            met: [
                is_met(|one| *one == Truth::True),
                is_met(|one| *one != Truth::False),
            ],
        }
    }
}

impl Times {
    fn new(demands: &mut Demands<'_>) -> Times {
        let world = demands.world;
        let of = [OLD, NEW]
            .into_iter()
            .filter_map(|set| compliance(world, set));
        let mut times = Times {
            days: BTreeMap::new(),
            hours: BTreeMap::new(),
        };
        for compliance in of {
            times.days.insert(compliance.check_in_days, Lit::UNDEF);
            let graces = compliance
                .policies
                .iter()
                .map(CompliancePolicy::grace_hours);
            let graces = graces.filter(|hours| *hours > 0);
            times.hours.extend(graces.map(|hours| (hours, Lit::UNDEF)));
        }
        // Longer than long is longer than short; and without a time nothing is long ago.
        let timed = timed(demands);
        let mut chain = |lits: &mut dyn Iterator<Item = &mut Lit>| {
            let mut before = timed;
            for lit in lits {
                *lit = demands.solver.proposition();
                demands.solver.exclude(&[*lit, !before]);
                before = *lit;
            }
        };
        chain(&mut times.days.values_mut());
        chain(&mut times.hours.values_mut());
        times
    }
}

/// That it is known when the sign-in is.
fn timed(demands: &mut Demands<'_>) -> Lit {
    let now = now(demands.world);
    let Some((variable, null)) = now else {
        return demands.solver.truth();
    };
    let unknown = demands.world.joint.space.known(variable);
    let (null, unknown) = (
        demands.solver.exactly(variable, null),
        demands.solver.exactly(variable, unknown),
    );
    demands.solver.all(&[!null, !unknown])
}

/// The variable of the time of the sign-in, and its class of no time.
fn now(world: &World<'_>) -> Option<(u32, u32)> {
    let of = Attributes {
        schema: world.schema,
        space: &world.joint.space,
    };
    let (variable, described) = of.variable("signin.now")?;
    Some((variable, described.null_class()?))
}

impl Differ<'_, '_> {
    /// By set, the first reason for which the marks differ at a sign-in, by its place.
    pub(super) fn first_reasons(&self, classes: &[u32]) -> [Option<usize>; 2] {
        let none = [None, None];
        let (Some(derivation), Some(marks)) = (&self.derivation, &self.demands.world.marks) else {
            return none;
        };
        let at = |set: usize| {
            let variable = marks.variables.get(set).copied().unwrap_or_default();
            classes.get(variable as usize).copied()
        };
        if at(OLD) == at(NEW) {
            return none;
        }
        [OLD, NEW].map(|set| {
            let mut reasons = derivation.reasons.get(set)?.iter();
            let is_here = at(set) != Some(COMPLIANT);
            reasons.position(|(reason, _)| is_here && self.is_reason(set, *reason, classes))
        })
    }

    /// Whether a reason is one at a sign-in at which the mark is not *compliant*.
    fn is_reason(&self, set: usize, reason: Reason, classes: &[u32]) -> bool {
        let world = self.demands.world;
        let all = parts(world, set);
        match reason {
            Reason::CheckIn => true,
            Reason::Policy(place) => all.get(place).is_some_and(|part| {
                let said = part.said_at(world, classes);
                said.assigned[1] && !said.met[0]
            }),
            Reason::Unassigned => {
                let mut said = all.iter().map(|part| part.said_at(world, classes));
                said.all(|said| !said.assigned[0])
            }
        }
    }

    /// What follows for the device of a sign-in from what it reports; `None` where nobody derives
    /// anything.
    pub(super) fn derived(&self, classes: &[u32]) -> Option<Derived> {
        let world = self.demands.world;
        let marks = world.marks.as_ref()?;
        let platform = world.joint.space.variables.get(marks.platform as usize)?;
        if classes.get(marks.platform as usize).copied() == platform.null_class() {
            return None;
        }
        let at = marks
            .variables
            .map(|variable| classes.get(variable as usize).copied());
        let is_so =
            |report: &Report| [OLD, NEW].map(|set| Some(mark(world, set, classes, report).0)) == at;
        let mut reports = reports(world, classes).into_iter();
        let report = reports.find(is_so).unwrap_or_default();
        let reasons = [OLD, NEW].map(|set| match at {
            [old, new] if old == new => Vec::new(),
            _ => mark(world, set, classes, &report).1,
        });
        Some(Derived { reasons, report })
    }

    /// What is known of a sign-in, without a mark that the two sets do not agree about.
    pub(super) fn without_mark(&self, mut facts: Facts, classes: &[u32]) -> Facts {
        let world = self.demands.world;
        let Some(derived) = self.derived(classes) else {
            return facts;
        };
        let mark = world.schema.find_attribute("device.isCompliant");
        let is_doubtful = |fact: &Fact| *fact == Fact::Unknown;
        let differs = derived.reasons.iter().any(|reasons| !reasons.is_empty());
        facts.retain(|attribute, fact| Some(*attribute) != mark || !(differs || is_doubtful(fact)));
        facts
    }
}

/// The class of a set's mark at a sign-in, and why it is not *compliant*.
fn mark(world: &World<'_>, set: usize, classes: &[u32], report: &Report) -> (u32, Vec<Reason>) {
    let Some(of) = compliance(world, set) else {
        return (COMPLIANT, Vec::new());
    };
    let (mut bad, mut open) = (Vec::new(), Vec::new());
    let (mut is_some, mut is_perhaps) = (false, false);
    for (place, part) in parts(world, set).iter().enumerate() {
        let Said { assigned, met } = part.said_at(world, classes);
        is_some |= assigned[0];
        is_perhaps |= assigned[1];
        if assigned[0] && !met[1] && report.is_late(part.policy.grace_hours()) {
            bad.push(Reason::Policy(place));
        } else if assigned[1] && !met[0] && (!assigned[0] || met[1]) {
            open.push(Reason::Policy(place));
        }
    }
    if of.is_secure_by_default && !is_some {
        let list = if is_perhaps { &mut open } else { &mut bad };
        list.push(Reason::Unassigned);
    }
    if report.is_stale(of.check_in_days) {
        bad.push(Reason::CheckIn);
    }
    match (bad.is_empty(), open.is_empty()) {
        (false, _) => (NONCOMPLIANT, bad),
        (true, false) => (UNKNOWN, open),
        (true, true) => (COMPLIANT, Vec::new()),
    }
}

/// The reports that either set tells apart, the most ordinary ones first.
fn reports(world: &World<'_>, classes: &[u32]) -> Vec<Report> {
    let is_timed = now(world).is_none_or(|(variable, null)| {
        let class = classes.get(variable as usize).copied();
        class != Some(null) && class != Some(world.joint.space.known(variable))
    });
    let of = || {
        let of = [OLD, NEW].into_iter().filter(|_| is_timed);
        of.filter_map(|set| compliance(world, set))
    };
    let mut days: Vec<Option<u16>> = of().map(|one| Some(one.check_in_days)).collect();
    let graces = of()
        .flat_map(|one| &one.policies)
        .map(CompliancePolicy::grace_hours);
    let mut hours: Vec<Option<u32>> = graces.filter(|hours| *hours > 0).map(Some).collect();
    days.push(None);
    hours.push(None);
    days.sort_unstable();
    hours.sort_unstable();
    hours.dedup();
    days.dedup();
    let pairs = days.into_iter().flat_map(|days| {
        let hours = hours.iter();
        hours.map(move |hours| Report {
            days,
            hours: *hours,
        })
    });
    pairs.collect()
}
