//! Many sign-ins at once: columns in, columns out.
//!
//! A column is a dictionary of parts and a code for each row, so each distinct user, device or
//! application is encoded once, whatever the number of rows. What is proved is a column too. Rows
//! are divided among threads; a thread writes its own rows of the outcomes and nothing else.
//!
//! INVARIANT: what rows demand are bits here. A program with more demands than bits is refused.

mod leaves;

use std::ops::Range;
use std::thread;

use gatewright_vm::Gathered;

use crate::batch::leaves::{AllLeaves, Leaves, Tile};
use crate::combine::Verdict;
use crate::demands::{DemandSet, Demands, Owed};
use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::outcome::Outcome;
use crate::parts::{Part, Proof};
use crate::session::SessionSet;
use crate::signals::Signals;

/// The distinct values of a column. Made by [`Engine::dictionary`].
#[derive(Clone, Debug)]
pub struct Dictionary {
    found: Option<gatewright_vm::Dictionary>,
    /// By code; empty where no value says anything of signals.
    signals: Vec<Signals>,
    /// By code, where rows may have to be decided one by one.
    parts: Vec<Part>,
    /// One of them, for what all have in common.
    sample: Part,
    count: usize,
}

/// A column of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The distinct values.
    pub dictionary: &'a Dictionary,
    /// By row: the place of its value in the dictionary.
    pub codes: &'a [u32],
}

/// Rows to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// They cover together everything that decisions depend on, each attribute once.
    pub columns: &'a [Column<'a>],
    /// What has been proved: the distinct values.
    pub proofs: &'a [Proof],
    /// By row: the place of its proof. Where it is empty, the first proof is that of every row.
    pub proof_codes: &'a [u32],
    /// How facts that are not known were taken when the values were encoded.
    pub mode: Mode,
}

/// What rows came to, as columns. It is filled again and again without allocating, once it has had
/// room for as many rows.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    verdicts: Vec<Verdict>,
    missing: Vec<DemandSet>,
    sessions: Vec<SessionSet>,
    mode: Mode,
    program: u64,
}

/// The outcomes of some rows, while they are written.
struct Rows<'o> {
    first: usize,
    verdicts: &'o mut [Verdict],
    missing: &'o mut [DemandSet],
    sessions: &'o mut [SessionSet],
}

impl Dictionary {
    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

impl Outcomes {
    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.verdicts.len()
    }

    /// By row: the verdict.
    #[must_use]
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// By row: the clauses that are missing, as bits. Equal bits are equal clauses, and 0 is none;
    /// [`Engine::outcome`] says which ones they are.
    #[must_use]
    pub fn missing(&self) -> &[u64] {
        &self.missing
    }

    /// By row: the session controls of the applying enforced policies, as bits.
    #[must_use]
    pub fn sessions(&self) -> &[u64] {
        &self.sessions
    }

    fn make_room(&mut self, rows: usize) {
        self.verdicts.resize(rows, Verdict::NotApplicable);
        self.missing.resize(rows, 0);
        self.sessions.resize(rows, 0);
    }

    /// The rows in as many pieces as there are threads.
    fn pieces(&mut self, threads: usize) -> impl Iterator<Item = Rows<'_>> {
        let size = self.verdicts.len().div_ceil(threads.max(1)).max(1);
        let verdicts = self.verdicts.chunks_mut(size);
        let others = self
            .missing
            .chunks_mut(size)
            .zip(self.sessions.chunks_mut(size));
        let pieces = verdicts.zip(others).enumerate();
        pieces.map(move |(piece, (verdicts, (missing, sessions)))| Rows {
            first: piece * size,
            verdicts,
            missing,
            sessions,
        })
    }
}

/// What a row comes to, where it is written.
type Place<'r> = (&'r mut Verdict, &'r mut DemandSet, &'r mut SessionSet);

impl Rows<'_> {
    /// The places of all rows, in order.
    fn iter_mut(&mut self) -> impl Iterator<Item = Place<'_>> {
        let missing = self.missing.iter_mut().zip(self.sessions.iter_mut());
        let rows = self.verdicts.iter_mut().zip(missing);
        rows.map(|(verdict, (missing, sessions))| (verdict, missing, sessions))
    }

    fn range(&self) -> Range<usize> {
        self.first..self.first + self.verdicts.len()
    }

    #[inline]
    fn set(&mut self, row: usize, verdict: Verdict, missing: DemandSet, sessions: SessionSet) {
        let at = row - self.first;
        let slots = self.verdicts.get_mut(at).zip(self.missing.get_mut(at));
        if let Some(((of_verdict, of_missing), of_sessions)) = slots.zip(self.sessions.get_mut(at))
        {
            *of_verdict = verdict;
            *of_missing = missing;
            *of_sessions = sessions;
        }
    }
}

/// Writes rows, one after the other.
struct Writing<'a, I> {
    rules: &'a Rules<'a>,
    places: I,
    tile: Tile,
    /// Rows that have to be decided on their own.
    alone: Vec<usize>,
    result: Result<(), DecideError>,
}

impl<'r, I: Iterator<Item = Place<'r>>> Writing<'_, I> {
    /// Write the next row, this one, by what it owes.
    #[inline]
    fn row(&mut self, row: usize, owed: impl FnOnce(&Leaves) -> Owed) {
        let Some(place) = self.places.next() else {
            return;
        };
        match self.rules.leaves.of(row, &mut self.tile) {
            Ok(leaves) => {
                let owed = owed(leaves);
                if leaves.may_replace {
                    self.alone.push(row);
                } else {
                    self.rules.finish(owed, leaves, place);
                }
            }
            Err(error) => self.result = Err(error),
        }
    }

    /// The rows that have to be decided on their own.
    fn finish(self) -> Result<Vec<usize>, DecideError> {
        self.result.map(|()| self.alone)
    }
}

/// What deciding rows needs, shared by threads and only read.
struct Rules<'a> {
    engine: &'a Engine,
    demands: &'a Demands,
    batch: &'a Batch<'a>,
    found: Option<gatewright_vm::Batch<'a>>,
    leaves: AllLeaves<'a>,
}

impl Engine {
    /// The dictionary of these values, all of the same attributes and mode. The code of a value is
    /// its place. Allocates.
    ///
    /// # Errors
    /// A part is of another program, or parts differ in what they cover, or there are none.
    pub fn dictionary(&self, parts: Vec<Part>) -> Result<Dictionary, DecideError> {
        let loaded = self.loaded();
        let sample = parts.first().ok_or(DecideError::Columns)?.clone();
        if parts.iter().any(|part| part.program != loaded.identity()) {
            return Err(DecideError::OtherProgram);
        }
        if parts.iter().any(|part| !part.is_like(&sample)) {
            return Err(DecideError::Columns);
        }
        let found = loaded.has_masks().then(|| {
            let found = parts.iter().map(|part| part.found().clone()).collect();
            gatewright_vm::Dictionary::new(loaded, found)
        });
        let found = found.transpose()?;
        let says_nothing = parts.iter().all(|part| part.signals == Signals::default());
        let are_kept = found.is_none() || self.may_replace_strengths();
        let signals = parts.iter().filter(|_| !says_nothing);
        Ok(Dictionary {
            found,
            signals: signals.map(|part| part.signals).collect(),
            count: parts.len(),
            parts: if are_kept { parts } else { Vec::new() },
            sample,
        })
    }

    /// Decide every row of a batch on so many threads, and write what it comes to into `outcomes`.
    ///
    /// # Errors
    /// Columns that do not fit together, or that leave an attribute out, see [`DecideError`]; or a
    /// program that demands more than fits into a word.
    pub fn decide_batch(
        &self,
        batch: &Batch<'_>,
        threads: usize,
        outcomes: &mut Outcomes,
    ) -> Result<(), DecideError> {
        let rules = Rules::new(self, batch)?;
        let rows = batch.columns.first().map_or(0, |column| column.codes.len());
        outcomes.make_room(rows);
        outcomes.mode = batch.mode;
        outcomes.program = self.loaded().identity();
        if threads <= 1 {
            return outcomes.pieces(1).try_for_each(|piece| rules.decide(piece));
        }
        thread::scope(|scope| {
            let rules = &rules;
            let pieces = outcomes.pieces(threads);
            let running: Vec<_> = pieces
                .map(|piece| scope.spawn(move || rules.decide(piece)))
                .collect();
            let mut result = Ok(());
            for thread in running {
                // A thread does not panic; should it, the batch has not been decided.
                let ended = thread.join().unwrap_or(Err(DecideError::Columns));
                result = result.and(ended);
            }
            result
        })
    }

    /// What a row came to.
    ///
    /// # Errors
    /// The outcomes are of another program, or have no such row; or, under a schema of one's own,
    /// effects that exclude each other.
    pub fn outcome(&self, outcomes: &Outcomes, row: usize) -> Result<Outcome<'_>, DecideError> {
        let demands = self.plan().demands.as_ref();
        let demands = demands.filter(|_| outcomes.program == self.loaded().identity());
        let demands = demands.ok_or(DecideError::OtherProgram)?;
        let cells = outcomes.verdicts.get(row).zip(outcomes.missing.get(row));
        let cells = cells.zip(outcomes.sessions.get(row));
        let ((verdict, missing), sessions) = cells.ok_or(DecideError::Columns)?;
        let owed = Owed {
            demands: *missing,
            sessions: *sessions,
            ..Owed::default()
        };
        self.outcome_of_owed(demands, &owed, *verdict, &[], outcomes.mode)
    }

    fn may_replace_strengths(&self) -> bool {
        let demands = self.plan().demands.as_ref();
        demands.is_some_and(|demands| demands.can_replace_strengths)
    }
}

impl<'a> Rules<'a> {
    fn new(engine: &'a Engine, batch: &'a Batch<'a>) -> Result<Rules<'a>, DecideError> {
        let demands = engine.plan().demands.as_ref();
        let demands = demands.ok_or(DecideError::TooManyDemands)?;
        let samples: Vec<&Part> = batch
            .columns
            .iter()
            .map(|column| &column.dictionary.sample)
            .collect();
        let first = batch.proofs.first().ok_or(DecideError::Columns)?;
        engine.join(&samples, first, batch.mode)?;
        let loaded = engine.loaded();
        if batch
            .proofs
            .iter()
            .any(|proof| proof.program != loaded.identity())
        {
            return Err(DecideError::OtherProgram);
        }
        let rows = batch.columns.first().map_or(0, |column| column.codes.len());
        let has_proofs = batch.proof_codes.is_empty() || batch.proof_codes.len() == rows;
        let is_even = batch
            .columns
            .iter()
            .all(|column| column.codes.len() == rows);
        if !has_proofs || !is_even {
            return Err(DecideError::Columns);
        }
        let column = |column: &Column<'a>| {
            let dictionary = column.dictionary.found.as_ref()?;
            let codes = column.codes;
            Some(gatewright_vm::Column { dictionary, codes })
        };
        let columns: Option<Vec<_>> = batch.columns.iter().map(column).collect();
        let found = columns.map(|columns| gatewright_vm::Batch::new(loaded, &columns));
        let said = batch.columns.iter();
        let said = said.map(|column| (column.dictionary.signals.as_slice(), column.codes));
        let said = said.filter(|(said, _)| !said.is_empty()).collect();
        Ok(Rules {
            engine,
            demands,
            batch,
            found: found.transpose()?,
            leaves: AllLeaves::new(engine, demands, batch.proofs, batch.proof_codes, said),
        })
    }

    fn decide(&self, mut rows: Rows<'_>) -> Result<(), DecideError> {
        let Some(found) = &self.found else {
            let (mut parts, mut scratch) = (Vec::new(), Scratch::default());
            return rows
                .range()
                .try_for_each(|row| self.decide_alone(row, &mut rows, &mut parts, &mut scratch));
        };
        let range = rows.range();
        let mut gathered = Gathered::default();
        let mut writing = Writing {
            rules: self,
            places: rows.iter_mut(),
            tile: Tile::default(),
            alone: Vec::new(),
            result: Ok(()),
        };
        if found.has_one_block() {
            found.each(range, &mut gathered, |row, _, lanes| {
                writing.row(row, |leaves| {
                    let telling = leaves.opening.telling;
                    self.demands.of_only(lanes, telling, false)
                });
            })?;
        } else {
            let (mut next, mut owed) = (range.start, Owed::default());
            found.each(range.clone(), &mut gathered, |row, block, lanes| {
                while next < row {
                    writing.row(next, |_| std::mem::take(&mut owed));
                    next += 1;
                }
                self.demands.add(block, lanes, &mut owed);
            })?;
            while next < range.end {
                writing.row(next, |_| std::mem::take(&mut owed));
                next += 1;
            }
        }
        let alone = writing.finish()?;
        if !alone.is_empty() {
            let (mut parts, mut scratch) = (Vec::new(), Scratch::default());
            for row in alone {
                self.decide_alone(row, &mut rows, &mut parts, &mut scratch)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn finish(&self, owed: Owed, leaves: &Leaves, (verdict, missing, sessions): Place<'_>) {
        let owed = self.demands.left(owed, leaves.opening.open);
        *verdict = self.demands.verdict(&owed, leaves.can_interact);
        (*missing, *sessions) = match verdict {
            Verdict::Block => (0, 0),
            _ => (owed.demands, owed.sessions),
        };
    }

    #[inline]
    fn proof(&self, row: usize) -> Result<usize, DecideError> {
        if self.batch.proof_codes.is_empty() {
            return Ok(0);
        }
        let code = self.batch.proof_codes.get(row);
        code.map(|code| *code as usize).ok_or(DecideError::Columns)
    }

    /// Decide a row by its parts, in which strengths may be replaced.
    fn decide_alone(
        &self,
        row: usize,
        rows: &mut Rows<'_>,
        parts: &mut Vec<&'a Part>,
        scratch: &mut Scratch,
    ) -> Result<(), DecideError> {
        parts.clear();
        for column in self.batch.columns {
            let code = column.codes.get(row).ok_or(DecideError::Columns)?;
            let part = column.dictionary.parts.get(*code as usize);
            parts.push(part.ok_or(DecideError::Columns)?);
        }
        let proof = self
            .batch
            .proofs
            .get(self.proof(row)?)
            .ok_or(DecideError::Columns)?;
        let (verdict, owed) = {
            let decided = self
                .engine
                .decide_parts(parts, proof, scratch, self.batch.mode);
            match decided {
                Ok(decision) => {
                    let owed = decision.outcome.owed(self.demands);
                    (decision.verdict(), owed)
                }
                // The conflict is told when the row is asked for.
                Err(DecideError::Conflict { .. }) => {
                    let owed = self.demands.of_list(&scratch.applying, DemandSet::MAX);
                    (Verdict::NotApplicable, owed)
                }
                Err(error) => return Err(error),
            }
        };
        match verdict {
            Verdict::Block => rows.set(row, verdict, 0, 0),
            _ => rows.set(row, verdict, owed.demands, owed.sessions),
        }
        Ok(())
    }
}
