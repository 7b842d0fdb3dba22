//! Measuring several ways in turn, in small rounds, so that what disturbs the machine disturbs all
//! of them alike.

use std::time::{Duration, Instant};

/// How long one way runs in one round.
const ROUND: Duration = Duration::from_millis(1);

/// LIMIT: rounds, however short or long the time.
const ROUNDS: (usize, usize) = (3, 100_000);

/// LIMIT: how often one way does its work in one round.
const REPEATS_MAX: u32 = 100_000;

/// Something that is measured.
pub(super) struct Way<'w> {
    pub(super) label: Label,
    /// What it does at once: decisions, rows.
    pub(super) count: usize,
    pub(super) run: Box<dyn FnMut() + 'w>,
}

/// What a way is called.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// The contract: what is decided.
    pub(super) group: &'static str,
    /// From what.
    pub(super) name: String,
    /// What finds the policies that apply.
    pub(super) lowering: &'static str,
    pub(super) threads: usize,
}

/// Nanoseconds of one decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) lower: f64,
    pub(super) median: f64,
    pub(super) upper: f64,
}

impl Spread {
    /// The quartiles of some times; zero where there are none.
    pub(super) fn of(mut times: Vec<f64>) -> Spread {
        times.sort_by(f64::total_cmp);
        let at = |quarter: usize| {
            let place = times.len().saturating_sub(1) * quarter / 4;
            times.get(place).copied().unwrap_or(0.0)
        };
        Spread {
            lower: at(1),
            median: at(2),
            upper: at(3),
        }
    }

    /// Decisions per second.
    pub(super) fn per_second(self) -> f64 {
        if self.median > 0.0 {
            1e9 / self.median
        } else {
            0.0
        }
    }
}

/// Run every way in turn until the time is over; the number of rounds, and the spread of each way.
pub(super) fn rounds(ways: &mut [Way<'_>], time: Duration) -> (usize, Vec<Spread>) {
    let repeats: Vec<u32> = ways.iter_mut().map(repeats).collect();
    let mut times = vec![Vec::new(); ways.len()];
    let start = Instant::now();
    let (least, most) = ROUNDS;
    let mut round = 0;
    while round < least || (round < most && start.elapsed() < time) {
        let rows = ways.iter_mut().zip(&repeats).zip(&mut times);
        for ((way, repeats), times) in rows {
            let start = Instant::now();
            for _ in 0..*repeats {
                (way.run)();
            }
            let decisions = f64::from(*repeats) * way.count.max(1) as f64;
            times.push(start.elapsed().as_secs_f64() * 1e9 / decisions);
        }
        round += 1;
    }
    (round, times.into_iter().map(Spread::of).collect())
}

/// Nanoseconds that something takes, done until the time is over and at least a few times.
pub(super) fn alone(time: Duration, mut run: impl FnMut()) -> Spread {
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < ROUNDS.0 || start.elapsed() < time {
        let start = Instant::now();
        run();
        times.push(start.elapsed().as_secs_f64() * 1e9);
    }
    Spread::of(times)
}

/// How often a way is to run to fill its time in a round. The first run fills caches.
fn repeats(way: &mut Way<'_>) -> u32 {
    (way.run)();
    let start = Instant::now();
    (way.run)();
    let once = start.elapsed().as_nanos().max(1);
    let repeats = u32::try_from(ROUND.as_nanos() / once).unwrap_or(REPEATS_MAX);
    repeats.clamp(1, REPEATS_MAX)
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn quartiles_are_those_of_the_sorted_times() {
        let spread = Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        let expected = Spread {
            lower: 2.0,
            median: 3.0,
            upper: 4.0,
        };
        assert_eq!(spread, expected);
        assert_eq!(spread.per_second(), 1e9 / 3.0);
        assert_eq!(Spread::of(Vec::new()).per_second(), 0.0);
    }
}
