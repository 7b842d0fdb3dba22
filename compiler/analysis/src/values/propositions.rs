//! Propositions about one value, with a search of their own.
//!
//! What a question asks of a value is a formula of few tests. A small solver finds which tests a
//! value must pass, and tells which of the assumptions exclude each other where there is none.

use batsat::{Lit, Solver as Sat, SolverInterface as _, lbool};
use gatewright_decision::checkpoint;
use rustc_hash::FxHashMap;

use crate::search::{Meter, Union, union};

/// LIMIT: clauses that one search may learn.
const LEARNT_MAX: u64 = 20_000;

/// How a search ended.
pub(super) enum Outcome {
    /// There is a model.
    Model,
    /// These of the assumptions exclude each other.
    None(Vec<Lit>),
    /// This was exhausted.
    Exhausted(&'static str),
}

/// A model, kept.
#[derive(Clone, Default)]
pub(super) struct Valuation(Vec<lbool>);

impl Valuation {
    /// Whether a proposition holds.
    pub(super) fn is_true(&self, lit: Lit) -> bool {
        let value = self.0.get(lit.var().idx() as usize);
        value.is_some_and(|value| *value == lbool::new(lit.sign()))
    }
}

/// Propositions and clauses.
pub(super) struct Propositions {
    sat: Sat<Meter>,
    truth: Lit,
    /// Disjunctions by their parts.
    unions: FxHashMap<Vec<Lit>, Lit>,
}

impl Propositions {
    pub(super) fn new() -> Propositions {
        let mut sat = Sat::new(batsat::SolverOpts::default(), Meter::default());
        sat.cb_mut().learnt_max = u64::MAX;
        let truth = Lit::new(sat.new_var(lbool::TRUE, false), true);
        sat.add_clause_reuse(&mut vec![truth]);
        Propositions {
            sat,
            truth,
            unions: FxHashMap::default(),
        }
    }

    /// That always holds.
    pub(super) fn truth(&self) -> Lit {
        self.truth
    }

    /// A new proposition, and whether it should rather hold.
    pub(super) fn proposition(&mut self, prefers: bool) -> Lit {
        Lit::new(self.sat.new_var(lbool::new(prefers), true), true)
    }

    /// One of these holds.
    pub(super) fn require(&mut self, clause: &[Lit]) {
        self.sat.add_clause_reuse(&mut clause.to_vec());
    }

    /// Not all of these hold.
    pub(super) fn exclude(&mut self, all: &[Lit]) {
        let clause: Vec<Lit> = all.iter().map(|lit| !*lit).collect();
        self.require(&clause);
    }

    /// At most one of these holds.
    pub(super) fn exclusive(&mut self, lits: &[Lit]) {
        let mut before: Option<Lit> = None;
        for lit in lits {
            let next = Lit::new(self.sat.new_var(lbool::UNDEF, false), true);
            self.require(&[!*lit, next]);
            if let Some(before) = before {
                self.require(&[!before, next]);
                self.require(&[!before, !*lit]);
            }
            before = Some(next);
        }
    }

    /// That all of these hold.
    pub(super) fn all(&mut self, parts: &[Lit]) -> Lit {
        let opposite: Vec<Lit> = parts.iter().map(|part| !*part).collect();
        !self.any(&opposite)
    }

    /// That one of these holds.
    pub(super) fn any(&mut self, parts: &[Lit]) -> Lit {
        let kept = match union(parts, self.truth) {
            Union::Known(known) => return known,
            Union::OneOf(kept) => kept,
        };
        if let Some(known) = self.unions.get(&kept) {
            return *known;
        }
        let whole = Lit::new(self.sat.new_var(lbool::UNDEF, false), true);
        for part in &kept {
            self.require(&[whole, !*part]);
        }
        let mut clause = kept.clone();
        clause.push(!whole);
        self.require(&clause);
        self.unions.insert(kept, whole);
        whole
    }

    /// Look for a model in which all of these hold.
    pub(super) fn solve(&mut self, all: &[Lit]) -> Outcome {
        let learnt = self.sat.cb().learnt;
        self.sat.cb_mut().learnt_max = learnt.saturating_add(LEARNT_MAX);
        let found = self.sat.solve_limited(all);
        checkpoint();
        if found == lbool::TRUE {
            Outcome::Model
        } else if found == lbool::FALSE {
            Outcome::None(self.sat.unsat_core().iter().map(|lit| !*lit).collect())
        } else {
            Outcome::Exhausted("the search for a value")
        }
    }

    /// Whether a proposition holds in the model that was found last.
    pub(super) fn is_true(&self, lit: Lit) -> bool {
        self.sat.value_lit(lit) == lbool::TRUE
    }

    /// The model that was found last.
    pub(super) fn valuation(&self) -> Valuation {
        Valuation(self.sat.get_model().to_vec())
    }
}
