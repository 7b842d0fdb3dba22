//! Measuring: contenders take turns in small slices, so that whatever else the machine does hits
//! all of them alike.

use crate::clock::Moment;
use crate::contender::{Answer, Contender, Contract, From};
use crate::options::Options;

/// What was measured of a contender: seconds per decision.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Its row.
    pub name: String,
    /// What was asked of it.
    pub contract: Contract,
    /// From what.
    pub from: From,
    /// The lower quartile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The upper quartile.
    pub high: f64,
    /// The median, over the rounds, of its time over that of plain Rust in the same round.
    pub ratio: f64,
}

/// Check that all contenders come to what is expected, on every request that they are asked.
///
/// # Errors
/// The first decision that differs.
pub fn check(
    contenders: &mut [Contender<'_>],
    lists: &[Vec<u32>],
    combined: &[Answer],
) -> Result<(), String> {
    for contender in contenders {
        for at in 0..contender.requests {
            let expected = match contender.contract {
                Contract::Parse => continue,
                Contract::Combined => combined[at].clone(),
                Contract::List => Answer::List(lists[at].clone()),
            };
            let found = contender.runner.answer(at);
            if found != expected {
                let (name, from) = (&contender.name, contender.from);
                return Err(format!(
                    "{name} from {from:?}, sign-in {at}:\n found {found:?}\n expected {expected:?}"
                ));
            }
        }
    }
    Ok(())
}

/// Measure contenders in turns.
pub fn measure(contenders: &mut [Contender<'_>], options: &Options) -> Vec<Measured> {
    let mut counts = Vec::new();
    for contender in contenders.iter_mut() {
        counts.push(calibrated(contender, options.slice));
    }
    let mut times = vec![Vec::with_capacity(options.rounds); contenders.len()];
    let mut at = 0;
    for round in 0..options.rounds {
        eprint!("\r  round {} of {}  ", round + 1, options.rounds);
        for (number, contender) in contenders.iter_mut().enumerate() {
            let count = counts[number];
            let start = Moment::now();
            contender.runner.slice(at, count, contender.requests);
            times[number].push(start.seconds() / count as f64);
        }
        at += 97;
    }
    eprintln!();
    summarise(contenders, &times)
}

/// How many decisions fill a slice.
fn calibrated(contender: &mut Contender<'_>, slice: f64) -> usize {
    let mut count = 1;
    loop {
        let start = Moment::now();
        contender.runner.slice(0, count, contender.requests);
        let elapsed = start.seconds();
        if elapsed >= slice / 2.0 || count >= 1 << 20 {
            return ((count as f64 * slice / elapsed) as usize).max(1);
        }
        count *= 2;
    }
}

/// The place of plain Rust that others are compared with: in memory for what is in memory or
/// encoded, from JSON for what is from JSON; reading is compared with deciding from JSON.
fn base(contenders: &[Contender<'_>], of: &Contender<'_>) -> Option<usize> {
    contenders.iter().position(|other| {
        let contract = match of.contract {
            Contract::Parse => Contract::Combined,
            contract => contract,
        };
        other.name == "plain Rust"
            && other.contract == contract
            && (other.from == From::Json) == (of.from == From::Json)
    })
}

fn summarise(contenders: &[Contender<'_>], times: &[Vec<f64>]) -> Vec<Measured> {
    let rows = contenders.iter().enumerate();
    rows.map(|(number, contender)| {
        let mine = &times[number];
        let base = base(contenders, contender).map_or(mine, |base| &times[base]);
        let ratios = mine.iter().zip(base).map(|(mine, base)| mine / base);
        let [low, median, high] = quartiles(mine.clone());
        Measured {
            name: contender.name.clone(),
            contract: contender.contract,
            from: contender.from,
            low,
            median,
            high,
            ratio: quartiles(ratios.collect())[1],
        }
    })
    .collect()
}

/// The quartiles.
pub fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
