//! What was found out about one compilation of a project, and is gone with it: what became of tests
//! that were run, and what policies change.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gatewright_ide::{Outcome, PolicyEffect, Test, TestKind};
use gatewright_source::Span;

use crate::context::{Cancel, Failure, GivenUp, Reply};

/// What was found out.
#[derive(Debug)]
pub(crate) struct Outcomes {
    since: Instant,
    is_stale: AtomicBool,
    tests: Mutex<BTreeMap<(TestKind, usize), Outcome>>,
    effects: Mutex<BTreeMap<Span, Result<PolicyEffect, String>>>,
}

impl Default for Outcomes {
    fn default() -> Outcomes {
        Outcomes {
            since: Instant::now(),
            is_stale: AtomicBool::new(false),
            tests: Mutex::default(),
            effects: Mutex::default(),
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

    /// The project has been compiled again, or is looked at no more.
    pub(crate) fn expire(&self) {
        self.is_stale.store(true, Ordering::Relaxed);
    }

    /// Whether nobody wants to hear of this compilation any more.
    pub(crate) fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Relaxed)
    }

    /// Run what looks now and then whether it is still wanted, by what it is handed.
    ///
    /// # Errors
    /// The project was compiled again meanwhile, or nobody waits any more.
    pub(crate) fn while_wanted<T>(
        &self,
        cancel: &Cancel,
        run: impl FnOnce(&mut dyn FnMut()) -> T,
    ) -> Reply<T> {
        let mut checkpoint = || {
            if self.is_stale() || cancel.is_cancelled() {
                resume_unwind(Box::new(GivenUp));
            }
        };
        catch_unwind(AssertUnwindSafe(|| run(&mut checkpoint))).map_err(|panic| {
            if !panic.is::<GivenUp>() {
                resume_unwind(panic);
            }
            Failure::Stale
        })
    }

    /// Wait until nothing has been typed for so long.
    ///
    /// # Errors
    /// Something was typed, or nobody waits any more.
    pub(crate) fn settle(&self, pause: Duration, cancel: &Cancel) -> Reply<()> {
        loop {
            if self.is_stale() || cancel.is_cancelled() {
                return Err(Failure::Stale);
            }
            let rest = pause.saturating_sub(self.since.elapsed());
            if rest.is_zero() {
                return Ok(());
            }
            thread::sleep(rest.min(STEP));
        }
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
        assert_eq!(outcomes.settle(Duration::ZERO, &Cancel::default()), Ok(()));
        let cancel = Cancel::default();
        cancel.cancel();
        let stale = Err(Failure::Stale);
        assert_eq!(outcomes.settle(Duration::MAX, &cancel), stale);
        outcomes.expire();
        assert_eq!(outcomes.settle(Duration::MAX, &Cancel::default()), stale);
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
        let cancel = Cancel::default();
        let run = |checkpoint: &mut dyn FnMut()| {
            checkpoint();
            outcomes.expire();
            checkpoint();
        };
        assert_eq!(outcomes.while_wanted(&cancel, run), Err(Failure::Stale));
    }
}
