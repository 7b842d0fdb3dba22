//! Hot reload: a handle whose engine can be exchanged while others decide with it.

use std::sync::{PoisonError, RwLock};

use crate::engine::Engine;

/// A handle whose engine can be exchanged.
///
/// Take the [`current`](Self::current) engine once per sign-in, and use it for the request as well
/// as for the decision. Taking it locks for as long as it takes to count one more owner; deciding
/// does not lock at all. The engine that was current before goes when its last owner does.
#[derive(Debug)]
pub struct Reloadable {
    engine: RwLock<Engine>,
}

impl Reloadable {
    /// A handle on this engine.
    #[must_use]
    pub fn new(engine: Engine) -> Reloadable {
        Reloadable {
            engine: RwLock::new(engine),
        }
    }

    /// The engine to decide the next sign-in with.
    #[must_use]
    pub fn current(&self) -> Engine {
        // A lock is poisoned by a panic while an engine is exchanged, which cannot leave half of
        // one.
        self.engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Put another engine in place; the result is the one before.
    pub fn replace(&self, engine: Engine) -> Engine {
        let mut current = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, engine)
    }
}
