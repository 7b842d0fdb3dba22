//! What was found out about one compilation of a project, and is gone with it: what became of tests
//! that were run, and what policies change. Of the latter it is remembered what was known last: a
//! project that is being edited can seldom be decided.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gatewright_compiler::{Cancellation, Cancelled, checkpoint};
use gatewright_ide::{Outcome, PolicyEffect, Test, TestKind};
use gatewright_source::Span;

use crate::context::{Failure, Reply};

/// What was found out.
#[derive(Debug)]
pub(crate) struct Outcomes {
    since: Instant,
    stale: Cancellation,
    tests: Mutex<BTreeMap<(TestKind, usize), Outcome>>,
    effects: Mutex<BTreeMap<Span, Result<PolicyEffect, String>>>,
    remembered: Arc<Mutex<BTreeMap<Policy, PolicyEffect>>>,
}

/// A policy by its file and its name, which edits of others leave alone.
pub(crate) type Policy = (String, String);

/// LIMIT: policies of which it is remembered what they changed. With more, all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

impl Default for Outcomes {
    fn default() -> Outcomes {
        Outcomes {
            since: Instant::now(),
            stale: Cancellation::default(),
            tests: Mutex::default(),
            effects: Mutex::default(),
            remembered: Arc::default(),
        }
    }
}

/// How often somebody who waits looks whether it is still worth it.
const STEP: Duration = Duration::from_millis(10);

impl Outcomes {
    /// What became of a test.
    pub(crate) fn test(&self, test: &Test) -> Option<Outcome> {
        lock(&self.tests).get(&(test.kind, test.place)).cloned()
    }

    /// A test was run.
    pub(crate) fn ran(&self, test: &Test, outcome: Outcome) {
        lock(&self.tests).insert((test.kind, test.place), outcome);
    }

    /// What a policy changes, by its place; found out once.
    ///
    /// # Errors
    /// It was given up.
    pub(crate) fn effect(
        &self,
        policy: Span,
        find: impl FnOnce() -> Reply<Result<PolicyEffect, String>>,
    ) -> Reply<Result<PolicyEffect, String>> {
        if let Some(known) = lock(&self.effects).get(&policy) {
            return Ok(known.clone());
        }
        let found = find()?;
        lock(&self.effects).insert(policy, found.clone());
        Ok(found)
    }

    /// What a policy changed when that was known last.
    pub(crate) fn remembered(&self, policy: &Policy) -> Option<PolicyEffect> {
        lock(&self.remembered).get(policy).cloned()
    }

    /// What a policy changes is known.
    pub(crate) fn remember(&self, policy: Policy, effect: &PolicyEffect) {
        let mut remembered = lock(&self.remembered);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(policy, effect.clone());
    }

    /// For the next compilation of the same project: nothing is known of it, but remembered.
    pub(crate) fn next(&self) -> Outcomes {
        Outcomes {
            remembered: Arc::clone(&self.remembered),
            ..Outcomes::default()
        }
    }

    /// The project has been edited, or is looked at no more.
    pub(crate) fn expire(&self) {
        self.stale.cancel();
    }

    /// Whether nobody wants to hear of this compilation any more.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale.is_cancelled()
    }

    /// Run what nobody wants to hear of once the project has been edited.
    ///
    /// # Errors
    /// It was edited meanwhile.
    pub(crate) fn while_current<T>(&self, run: impl FnOnce() -> T) -> Reply<T> {
        self.stale.run(run).map_err(|Cancelled| Failure::Stale)
    }

    /// Wait until nothing has been typed for so long, or nobody waits any more.
    ///
    /// # Errors
    /// Something was typed.
    pub(crate) fn settle(&self, pause: Duration) -> Reply<()> {
        self.while_current(|| {
            loop {
                checkpoint();
                let rest = pause.saturating_sub(self.since.elapsed());
                if rest.is_zero() {
                    return;
                }
                thread::sleep(rest.min(STEP));
            }
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_pause_is_told_when_it_is_in_vain() {
        let outcomes = Outcomes::default();
        assert_eq!(outcomes.settle(Duration::ZERO), Ok(()));
        let cancellation = Cancellation::default();
        let waited = cancellation.run(|| {
            cancellation.cancel();
            outcomes.settle(Duration::MAX)
        });
        assert_eq!(waited, Err(Cancelled));
        outcomes.expire();
        assert_eq!(outcomes.settle(Duration::MAX), Err(Failure::Stale));
    }

    #[test]
    fn an_effect_is_found_out_once() {
        let outcomes = Outcomes::default();
        let policy = Span::new(gatewright_source::SourceId(0), 0, 1);
        let given_up = outcomes.effect(policy, || Err(Failure::Stale));
        assert_eq!(given_up, Err(Failure::Stale));
        let once = outcomes.effect(policy, || Ok(Err("no".to_owned())));
        let twice = outcomes.effect(policy, || Err(Failure::Stale));
        assert_eq!((&once, once.is_ok()), (&twice, true));
    }

    #[test]
    fn what_nobody_wants_is_given_up() {
        let outcomes = Outcomes::default();
        let run = || {
            checkpoint();
            outcomes.expire();
            checkpoint();
        };
        assert_eq!(outcomes.while_current(run), Err(Failure::Stale));
    }
}
