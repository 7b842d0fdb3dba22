//! What a contender is: something that decides the sign-in of a number, again and again.

use std::hint::black_box;

use gatewright_tests::workload::Combined;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// Verdict, missing clauses, session; what cannot change them may be skipped.
    Combined,
    /// The numbers of all policies that apply, report-only ones included.
    List,
    /// Nothing is decided: the bytes become a struct.
    Parse,
}

/// From what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum From {
    /// A request in memory, in a form of the contender's own.
    Memory,
    /// The bytes of a request.
    Json,
    /// What was encoded before: per user, per device, and so on.
    Encoded,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The combined decision.
    Combined(Combined),
    /// The policies, ascending.
    List(Vec<u32>),
    /// Nothing to compare.
    Parsed,
}

/// What decides.
pub trait Decide {
    /// Decide the sign-in of this number and keep the outcome.
    fn decide(&mut self, at: usize);

    /// The outcome that was kept.
    fn answer(&self) -> Answer;

    /// Decide, and say what came out.
    fn check(&mut self, at: usize) -> Answer {
        self.decide(at);
        self.answer()
    }
}

/// A contender as the runner sees it.
pub trait Runner {
    /// Decide so many sign-ins from this number on, round and round.
    fn slice(&mut self, from: usize, count: usize, of: usize);

    /// Decide one, and say what came out.
    fn answer(&mut self, at: usize) -> Answer;
}

impl<D: Decide> Runner for D {
    fn slice(&mut self, from: usize, count: usize, of: usize) {
        let mut at = from % of;
        for _ in 0..count {
            self.decide(black_box(at));
            at += 1;
            if at == of {
                at = 0;
            }
        }
        black_box(self);
    }

    fn answer(&mut self, at: usize) -> Answer {
        self.check(at)
    }
}

/// A contender with what tables say of it.
pub struct Contender<'a> {
    /// Its row.
    pub name: String,
    /// What is asked of it.
    pub contract: Contract,
    /// From what.
    pub from: From,
    /// It decides.
    pub runner: Box<dyn Runner + 'a>,
    /// How many of the sign-ins it is asked; slow ones get fewer.
    pub requests: usize,
}

/// The list of contenders, to add to.
#[derive(Default)]
pub struct Field<'a> {
    /// In the order of the tables.
    pub contenders: Vec<Contender<'a>>,
    /// Name and what getting ready took, in seconds.
    pub loads: Vec<(String, f64)>,
    /// Names to look for; all where there is none.
    pub only: Vec<String>,
    /// What is left out, and why.
    pub notes: Vec<String>,
}

impl<'a> Field<'a> {
    /// Whether a contender of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        name == "plain Rust"
            || self.only.is_empty()
            || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    /// Add a contender.
    pub fn add(
        &mut self,
        name: &str,
        contract: Contract,
        from: From,
        requests: usize,
        decide: impl Decide + 'a,
    ) {
        if self.wants(name) {
            self.contenders.push(Contender {
                name: name.to_owned(),
                contract,
                from,
                runner: Box::new(decide),
                requests,
            });
        }
    }

    /// Get something ready, and note how long that took.
    pub fn load<T>(&mut self, name: &str, load: impl FnOnce() -> T) -> T {
        let start = crate::clock::Moment::now();
        let loaded = load();
        let seconds = start.seconds();
        self.loads.push((name.to_owned(), seconds));
        loaded
    }
}

/// A contender of two closures: one decides into a place, the other says what is in it.
pub struct Pair<S, D> {
    state: S,
    outcome: Outcome,
    decide: D,
}

/// Where outcomes are kept, list or decision.
#[derive(Debug)]
pub struct Outcome {
    /// The combined decision, where that is asked for.
    pub combined: Option<Combined>,
    /// The list, otherwise.
    pub list: Vec<u32>,
}

impl<S, D: FnMut(&mut S, usize, &mut Outcome)> Pair<S, D> {
    /// A contender that decides with a closure.
    pub fn new(state: S, decide: D) -> Self {
        let outcome = Outcome {
            combined: None,
            list: Vec::with_capacity(1024),
        };
        Pair {
            state,
            outcome,
            decide,
        }
    }
}

impl<S, D: FnMut(&mut S, usize, &mut Outcome)> Decide for Pair<S, D> {
    #[inline]
    fn decide(&mut self, at: usize) {
        (self.decide)(&mut self.state, at, &mut self.outcome);
    }

    fn answer(&self) -> Answer {
        match self.outcome.combined {
            Some(combined) => Answer::Combined(combined),
            None => {
                let mut list = self.outcome.list.clone();
                list.sort_unstable();
                Answer::List(list)
            }
        }
    }
}
