//! What every search among propositions is made of: where it ends, and disjunctions made plain.

use batsat::{Callbacks, ClauseKind, Lit};

/// Counts what is learnt, so that a search ends at the same place everywhere.
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
        self.learnt > self.learnt_max
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
