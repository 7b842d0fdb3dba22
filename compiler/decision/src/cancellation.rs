//! Giving up what nobody waits for any more.
//!
//! Whoever starts something that may take long runs it under a [`Cancellation`]; what takes long
//! passes a [`checkpoint`] in its loops. Once the run is cancelled, the next checkpoint unwinds to
//! where it began, and nobody in between can take half an answer for a whole one.
//!
//! Which runs a thread is in is noted for the thread, and not handed from function to function: no
//! answer depends on it.
//!
//! INVARIANT: what runs under a cancellation ends as it would without one, or has no answer.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// The runs that this thread is in, the outermost first.
    static RUNS: RefCell<Vec<Cancellation>> = const { RefCell::new(Vec::new()) };
}

/// A way to end runs from another thread. Copies are the same cancellation, and it is for good.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

/// Instead of an answer: the run was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// What a checkpoint unwinds with.
struct Unwound;

impl Cancellation {
    /// End every run under this, at its next checkpoint.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Run something that may be cancelled; runs may be nested. What `work` changes may be left
    /// half changed, so what it borrows has to stand that, or must not be looked at again.
    ///
    /// # Errors
    /// It was cancelled before it was done.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> Result<T, Cancelled> {
        if self.is_cancelled() {
            return Err(Cancelled);
        }
        RUNS.with_borrow_mut(|runs| runs.push(self.clone()));
        let ended = catch_unwind(AssertUnwindSafe(work));
        RUNS.with_borrow_mut(Vec::pop);
        ended.or_else(|panic| {
            // It may be a run around this one that was cancelled.
            if panic.is::<Unwound>() && self.is_cancelled() {
                Err(Cancelled)
            } else {
                resume_unwind(panic)
            }
        })
    }
}

/// Whether a run that this thread is in was cancelled: for what has a way out of its own, which has
/// to lead to a [`checkpoint`].
#[must_use]
pub fn is_cancelled() -> bool {
    RUNS.with_borrow(|runs| runs.iter().any(Cancellation::is_cancelled))
}

/// End here, if a run that this thread is in was cancelled. Not a panic: nothing is said of it.
/// Cost: a few instructions.
pub fn checkpoint() {
    if is_cancelled() {
        resume_unwind(Box::new(Unwound));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_its_next_checkpoint() {
        let cancellation = Cancellation::default();
        let mut passed = 0;
        let ended = cancellation.run(|| {
            for round in 0..3 {
                checkpoint();
                passed = round;
                if round == 1 {
                    cancellation.cancel();
                }
            }
        });
        assert_eq!((ended, passed), (Err(Cancelled), 1));
        assert!(!is_cancelled(), "the thread is in no run any more");
        let again = cancellation.run(|| passed = 9);
        assert_eq!((again, passed), (Err(Cancelled), 1));
    }

    #[test]
    fn what_is_done_is_done() {
        let cancellation = Cancellation::default();
        let answer = cancellation.run(|| {
            checkpoint();
            cancellation.cancel();
            7
        });
        assert_eq!(answer, Ok(7));
        checkpoint();
    }

    #[test]
    fn a_run_ends_with_the_one_around_it() {
        let (around, inside) = (Cancellation::default(), Cancellation::default());
        let mut is_over = false;
        let ended = around.run(|| {
            let _ = inside.run(|| {
                around.cancel();
                checkpoint();
            });
            is_over = true;
        });
        assert_eq!((ended, is_over), (Err(Cancelled), false));
        let around = Cancellation::default();
        let ended = around.run(|| {
            inside.run(|| {
                inside.cancel();
                checkpoint();
            })
        });
        assert_eq!(ended, Ok(Err(Cancelled)));
    }

    #[test]
    fn a_panic_stays_one() {
        let cancellation = Cancellation::default();
        let run = || {
            cancellation.run(|| {
                cancellation.cancel();
                panic!("a defect");
            })
        };
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a defect"));
        assert!(!is_cancelled(), "the thread is in no run any more");
    }
}
