//! What every search among propositions is made of: where it ends, and disjunctions made plain.

use batsat::{Callbacks, ClauseKind, Lit};
use gatewright_decision::is_cancelled;

/// Counts what is learnt, so that a search ends at the same place everywhere; where it was
/// cancelled, whoever asked passes a checkpoint.
#[derive(Default)]
pub(crate) struct Meter {
    pub(crate) learnt: u64,
    pub(crate) learnt_max: u64,
}

impl Callbacks for Meter {
    fn on_new_clause(&mut self, _: &[Lit], _: ClauseKind) {
        self.learnt += 1;
    }

    fn stop(&self) -> bool {
        self.learnt > self.learnt_max || is_cancelled()
    }
}

/// What a disjunction comes to.
pub(crate) enum Union {
    /// This proposition, that it holds always or never included.
    Known(Lit),
    /// One of these, two at least, in order.
    OneOf(Vec<Lit>),
}

/// That one of these holds, `truth` holding always.
pub(crate) fn union(parts: &[Lit], truth: Lit) -> Union {
    let mut kept: Vec<Lit> = parts.to_vec();
    kept.retain(|part| *part != !truth);
    kept.sort_unstable();
    kept.dedup();
    // A proposition and its opposite are neighbours.
    let mut pairs = kept.iter().zip(kept.iter().skip(1));
    if kept.contains(&truth) || pairs.any(|(one, next)| *one == !*next) {
        return Union::Known(truth);
    }
    match kept.as_slice() {
        [] => Union::Known(!truth),
        [only] => Union::Known(*only),
        _ => Union::OneOf(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batsat::{Solver, SolverInterface as _, lbool};
    use gatewright_decision::{Cancellation, Cancelled, checkpoint};

    /// A meter that somebody cancels when so much has been learnt.
    struct Interrupted {
        meter: Meter,
        cancellation: Cancellation,
        cancelled_at: u64,
    }

    impl Callbacks for Interrupted {
        fn on_new_clause(&mut self, clause: &[Lit], kind: ClauseKind) {
            self.meter.on_new_clause(clause, kind);
            if self.meter.learnt >= self.cancelled_at {
                self.cancellation.cancel();
            }
        }

        fn stop(&self) -> bool {
            self.meter.stop()
        }
    }

    /// Whether more pigeons than holes have a hole each: short to ask, long to refute.
    fn pigeons(cancelled_at: u64) -> (Result<lbool, Cancelled>, u64) {
        const HOLES: usize = 7;
        let cancellation = Cancellation::default();
        let callbacks = Interrupted {
            meter: Meter {
                learnt: 0,
                learnt_max: u64::MAX,
            },
            cancellation: cancellation.clone(),
            cancelled_at,
        };
        let mut sat = Solver::new(batsat::SolverOpts::default(), callbacks);
        let mut row = || {
            let holes = (0..HOLES).map(|_| Lit::new(sat.new_var_default(), true));
            holes.collect::<Vec<_>>()
        };
        let rows: Vec<Vec<Lit>> = (0..=HOLES).map(|_| row()).collect();
        for (at, row) in rows.iter().enumerate() {
            sat.add_clause_reuse(&mut row.clone());
            for other in &rows[..at] {
                for (one, other) in row.iter().zip(other) {
                    sat.add_clause_reuse(&mut vec![!*one, !*other]);
                }
            }
        }
        let ended = cancellation.run(|| {
            let found = sat.solve_limited(&[]);
            checkpoint();
            found
        });
        (ended, sat.cb().meter.learnt)
    }

    #[test]
    fn a_search_ends_where_it_is_cancelled() {
        let (found, learnt) = pigeons(u64::MAX);
        assert_eq!(found, Ok(lbool::FALSE));
        let (found, learnt_till) = pigeons(learnt / 2);
        assert_eq!(found, Err(Cancelled));
        // Not a conflict more.
        assert_eq!(learnt_till, learnt / 2);
    }
}
