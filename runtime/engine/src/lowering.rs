//! What finds the policies that apply: the program's masks, its diagrams, or something else that
//! was made from it, such as machine code.
//!
//! Which of them is fastest depends on the program and on the machine, so [`Engine::auto`]
//! measures. An engine that uses another lowering is another value of the same program: both can be
//! used side by side, and what a lowering holds goes with the last engine that uses it.

use core::time::Duration;
use std::fmt;
use std::sync::Arc;

use gatewright_vm::{Loaded, Rail};

use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::request::Request;

/// Something made from a program that finds the policies that apply to a sign-in.
pub trait Lowering: fmt::Debug + Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Append the policies that apply, disabled ones apart, ascending. `classes` has the class of
    /// each variable of the program.
    fn applying(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>);
}

/// What an engine finds the policies that apply with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Route {
    /// The program's masks.
    Masks,
    /// The diagram of each policy, walked by the interpreter.
    Walk,
    /// Something else.
    Other(Arc<dyn Lowering>),
}

impl Route {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Route::Masks => "masks",
            Route::Walk => "walk",
            Route::Other(lowering) => lowering.name(),
        }
    }

    /// What an engine uses unless it is told or measures.
    pub(crate) fn first(loaded: &Loaded) -> Route {
        if loaded.has_masks() {
            Route::Masks
        } else {
            Route::Walk
        }
    }
}

/// What measuring showed.
#[derive(Clone, Debug)]
pub struct Auto {
    /// The engine with the fastest route.
    pub engine: Engine,
    /// Every route with the time of a decision, the fastest first.
    pub measured: Vec<Measured>,
}

/// What one route took.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The route.
    pub route: Route,
    /// The median over the rounds of the mean time of a decision with its list.
    pub time: Duration,
}

/// Rounds in which every route decides the whole sample.
const ROUNDS: usize = 15;

impl Engine {
    /// What finds the policies that apply.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The same program by another route. Without masks, [`Route::Masks`] is [`Route::Walk`].
    #[must_use]
    pub fn by(&self, route: Route) -> Engine {
        let mut engine = self.clone();
        engine.route = match route {
            Route::Masks => Route::first(self.loaded()),
            route => route,
        };
        engine
    }

    /// Decide a sample of sign-ins by the program's own routes and by these others, in turn, and
    /// take the fastest. Takes as long as deciding the sample some dozens of times, so it is for
    /// the time of loading. `clock` says how much time has passed since some instant, for there is
    /// no clock here: `let start = Instant::now(); engine.auto([], &sample, || start.elapsed())`.
    ///
    /// # Errors
    /// A request of another program, or one that no route decides.
    pub fn auto(
        &self,
        others: impl IntoIterator<Item = Arc<dyn Lowering>>,
        sample: &[Request<'_>],
        mut clock: impl FnMut() -> Duration,
    ) -> Result<Auto, DecideError> {
        let masks = Some(Route::Masks).filter(|_| self.loaded().has_masks());
        let others = others.into_iter().map(Route::Other);
        let routes = masks.into_iter().chain([Route::Walk]).chain(others);
        let engines: Vec<Engine> = routes.map(|route| self.by(route)).collect();
        let mut times = vec![Vec::with_capacity(ROUNDS); engines.len()];
        let mut scratch = Scratch::default();
        for round in 0..=ROUNDS {
            for (engine, times) in engines.iter().zip(&mut times) {
                let start = clock();
                for request in sample {
                    std::hint::black_box(engine.decide(request, &mut scratch, Mode::Graph)?);
                }
                // The first round fills caches.
                if round > 0 {
                    times.push(clock().saturating_sub(start));
                }
            }
        }
        let count = u32::try_from(sample.len().max(1)).unwrap_or(u32::MAX);
        let median = |mut times: Vec<Duration>| {
            times.sort_unstable();
            times.get(times.len() / 2).copied().unwrap_or_default() / count
        };
        let measured = engines.iter().zip(times).map(|(engine, times)| Measured {
            route: engine.route.clone(),
            time: median(times),
        });
        let mut measured: Vec<Measured> = measured.collect();
        measured.sort_by_key(|row| row.time);
        let fastest = measured.first().map(|row| row.route.clone());
        Ok(Auto {
            engine: self.by(fastest.unwrap_or(Route::Walk)),
            measured,
        })
    }
}
