//! Parts of sign-ins: what is known of a user, of a device, of anything, encoded once and decided
//! with other parts again and again.
//!
//! What a part costs is paid when it is made: its values are looked up, and what they permit is
//! folded into a set of policies. Deciding intersects those sets.

use gatewright_bytecode::Program;
use gatewright_bytecode::masks::Lanes;
use gatewright_value::Truth;
use gatewright_vm::{AttributeHandle, Encoder, Fact, Loaded};

use crate::claims::Claims;
use crate::deciding::{From, Held};
use crate::decision::Decision;
use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::outcome::Outcome;
use crate::proof::Proved;
use crate::request::Request;
use crate::signals::{Signals, View};

/// LIMIT: attributes that decisions of a program depend on, where parts of sign-ins are used.
const ATTRIBUTES_MAX: usize = 256;

/// Attributes that decisions depend on, by their place among them.
type Cover = [u64; ATTRIBUTES_MAX / 64];

/// What is known of some attributes, encoded for one program and mode. Made by
/// [`Engine::encode_part`].
///
/// PERF: a decision by parts mostly reads this one cache line of each, and nothing behind it.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Part {
    /// What it permits, where it is closed.
    permitted: Lanes,
    pub(crate) program: u64,
    /// The first word of what it covers.
    covers: u64,
    behind: Box<Behind>,
    pub(crate) signals: Signals,
    pub(crate) mode: Mode,
    /// Whether the program has one block and nothing but what it permits matters of this part.
    is_closed: bool,
}

/// What most decisions do not read.
#[derive(Clone, Debug)]
struct Behind {
    found: gatewright_vm::Part,
    cover: Cover,
}

/// Parts that can be decided together.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) signals: Signals,
    /// What all of them permit, where they are closed.
    permitted: Option<Lanes>,
}

/// What has been proved, looked up once for one program. Made by [`Engine::prove`].
#[derive(Clone, Debug)]
pub struct Proof {
    pub(crate) proved: Proved,
    /// Of a program with more controls than bits: the claims themselves.
    claims: Option<Box<Claims<'static>>>,
    pub(crate) program: u64,
}

/// The attributes that decisions depend on.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Ascending.
    attributes: Vec<u32>,
    all: Cover,
}

impl Asked {
    pub(crate) fn new(program: &Program, signals: impl Iterator<Item = u32>) -> Asked {
        let matchers = program.matchers.iter().map(|matcher| matcher.attribute());
        let mut attributes: Vec<u32> = matchers.chain(signals).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let mut all = Cover::default();
        for place in 0..attributes.len() {
            insert(&mut all, place);
        }
        Asked { attributes, all }
    }

    fn place(&self, attribute: u32) -> Option<usize> {
        self.attributes.binary_search(&attribute).ok()
    }

    /// Whether parts that cover this in the first word together cover everything.
    #[inline]
    fn are_covered(&self, covers: u64, parts: &[&Part]) -> bool {
        let [first, ..] = self.all;
        covers == first && (self.attributes.len() <= 64 || self.are_all_covered(parts))
    }

    #[cold]
    fn are_all_covered(&self, parts: &[&Part]) -> bool {
        let mut all = Cover::default();
        for part in parts {
            for (word, covered) in all.iter_mut().zip(part.behind.cover) {
                if *word & covered != 0 {
                    return false;
                }
                *word |= covered;
            }
        }
        all == self.all
    }
}

fn insert(cover: &mut Cover, place: usize) {
    if let Some(word) = cover.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

impl Part {
    /// Whether another part is of the same attributes and mode.
    pub(crate) fn is_like(&self, other: &Part) -> bool {
        self.behind.cover == other.behind.cover && self.mode == other.mode
    }

    /// What was found, with everything that any decision asks of it.
    pub(crate) fn found(&self) -> &gatewright_vm::Part {
        &self.behind.found
    }
}

impl Proof {
    pub(crate) fn held(&self) -> Held<'_> {
        match &self.claims {
            Some(claims) => Held::By(claims),
            None => Held::Bits(self.proved),
        }
    }
}

impl Engine {
    /// Look up what these claims prove, to decide with it again and again.
    #[must_use]
    pub fn prove(&self, claims: &Claims<'_>) -> Proof {
        let holdings = &self.plan().holdings;
        let are_many = !holdings.are_bits();
        Proof {
            proved: holdings.prove(claims),
            claims: are_many.then(|| Box::new(claims.clone().into_owned())),
            program: self.loaded().identity(),
        }
    }

    /// The attributes of an entity: `user`, `device`, `signIn`.
    pub fn attributes_of<'a>(
        &'a self,
        entity: &'a str,
    ) -> impl Iterator<Item = AttributeHandle> + 'a {
        let is_of = move |name: &str| name.split_once('.').is_some_and(|(of, _)| of == entity);
        let rows = (0u32..).zip(&self.program().attributes);
        let numbers = rows.filter(move |(_, row)| is_of(&row.name));
        numbers.filter_map(|(number, _)| self.loaded().attribute_at(number))
    }

    /// The attributes that decisions depend on and that none of these parts speaks of.
    pub fn uncovered(&self, parts: &[&Part]) -> impl Iterator<Item = AttributeHandle> {
        let mut rest = self.plan().asked.all;
        for part in parts {
            for (word, covered) in rest.iter_mut().zip(part.behind.cover) {
                *word &= !covered;
            }
        }
        let places = self.plan().asked.attributes.iter().enumerate();
        let is_left = move |place: usize| {
            let word = rest.get(place / 64).copied().unwrap_or_default();
            word >> (place % 64) & 1 != 0
        };
        let left = places.filter(move |(place, _)| is_left(*place));
        left.filter_map(|(_, attribute)| self.loaded().attribute_at(*attribute))
    }

    /// Encode what a request says of these attributes, to decide with it again and again: those of
    /// a user, of a device. What the request says of others does not matter, but where it says how
    /// a device is managed and `device.isCompliant` is asked for, that is derived from all that the
    /// request says. Allocates.
    ///
    /// # Errors
    /// The request or an attribute is of another program, or decisions depend on more attributes
    /// than parts can cover.
    pub fn encode_part(
        &self,
        request: &Request<'_>,
        attributes: impl IntoIterator<Item = AttributeHandle>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Result<Part, DecideError> {
        let (loaded, plan, facts) = (self.loaded(), self.plan(), request.facts());
        if !facts.belong_to(loaded) {
            return Err(DecideError::OtherProgram);
        }
        if plan.asked.attributes.len() > ATTRIBUTES_MAX {
            return Err(DecideError::TooManyAttributes);
        }
        let numbers = numbers(loaded, attributes)?;
        let compliant = plan.signals.compliant().map(AttributeHandle::index);
        let derived = self.derived(request, scratch);
        let (mut signals, mut cover) = (Signals::default(), Cover::default());
        let Scratch {
            gathered, buffers, ..
        } = scratch;
        gathered.start(loaded, mode.rail());
        let mut sink = gathered.sink(loaded);
        let mut encoder = Encoder::new(loaded, buffers, &mut sink);
        for attribute in numbers.iter().copied() {
            let derived = derived.filter(|_| Some(attribute) == compliant).map(fact);
            let fact = derived.as_ref().unwrap_or_else(|| facts.at(attribute));
            encoder.fact(attribute, fact);
            if let Some(slot) = plan.signals.of(attribute) {
                signals = signals.and_those(slot.fact(fact));
            }
            if let Some(place) = plan.asked.place(attribute) {
                insert(&mut cover, place);
            }
        }
        let found = gatewright_vm::Part::new(loaded, gathered, numbers);
        let permitted = found.alone();
        let [covers, ..] = cover;
        Ok(Part {
            permitted: permitted.unwrap_or_default(),
            program: loaded.identity(),
            covers,
            behind: Box::new(Behind { found, cover }),
            signals,
            mode,
            is_closed: permitted.is_some(),
        })
    }

    /// What the policies that apply come to, of parts that together cover everything that decisions
    /// depend on; allocates for more than five. Otherwise as [`combined`](Self::combined).
    ///
    /// # Errors
    /// The parts are of other programs or modes, two of them cover the same attribute, or one is
    /// covered by none; see [`DecideError`].
    pub fn combined_parts<'a>(
        &'a self,
        parts: &[&Part],
        proof: &Proof,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let joined = self.join(parts, proof, mode)?;
        let settled = joined.signals.settle(View::Stated);
        if let Some((lanes, demands)) = joined.permitted.zip(self.bits(&settled)) {
            return self.combined_of_lanes(lanes, demands, &settled, proof.proved, scratch, mode);
        }
        if !(self.loaded().has_masks() && self.plan().demands.is_some()) {
            let decision = self.decide_joined(parts, &joined, proof, scratch, mode)?;
            return Ok(decision.outcome.if_blocked_nothing_else());
        }
        scratch.gather_nothing(self.loaded(), mode);
        with_found(parts, |found| {
            let (signals, proved) = (joined.signals, proof.proved);
            self.combined_of(From::Nothing, found, signals, proved, scratch, mode)
        })
    }

    /// The decision of parts that together cover everything that decisions depend on. Otherwise as
    /// [`decide`](Self::decide).
    ///
    /// # Errors
    /// As [`combined_parts`](Self::combined_parts).
    pub fn decide_parts<'a>(
        &'a self,
        parts: &[&Part],
        proof: &Proof,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let joined = self.join(parts, proof, mode)?;
        self.decide_joined(parts, &joined, proof, scratch, mode)
    }

    fn decide_joined<'a>(
        &'a self,
        parts: &[&Part],
        joined: &Joined,
        proof: &Proof,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let settled = joined.signals.settle(View::Stated);
        if let Some(lanes) = joined.permitted {
            return self.decision_of_lanes(lanes, proof.held(), &settled, scratch, mode);
        }
        self.list_found(parts, scratch, mode)?;
        self.decision_of_list(proof.held(), &settled, scratch, mode)
    }

    fn list_found(
        &self,
        parts: &[&Part],
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Result<(), DecideError> {
        let loaded = self.loaded();
        scratch.gather_nothing(loaded, mode);
        with_found(parts, |found| {
            if loaded.has_masks() {
                return self.list_of(From::Nothing, found, scratch);
            }
            let Scratch {
                nothing, applying, ..
            } = &mut *scratch;
            let classes = nothing.classes_with(loaded, found);
            self.list_classes(classes, mode.rail(), applying);
            Ok(())
        })
    }

    /// What parts say together, once it is certain that they can be decided together.
    #[inline]
    pub(crate) fn join(
        &self,
        parts: &[&Part],
        proof: &Proof,
        mode: Mode,
    ) -> Result<Joined, DecideError> {
        let program = self.loaded().identity();
        let (mut signals, mut permitted) = (Signals::default(), [u64::MAX; 4]);
        let (mut covers, mut twice, mut are_closed) = (0, 0, !parts.is_empty());
        let (mut is_foreign, mut is_other_mode) = (proof.program != program, false);
        for part in parts {
            is_foreign |= part.program != program;
            is_other_mode |= part.mode != mode;
            are_closed &= part.is_closed;
            signals = signals.and_those(part.signals);
            twice |= covers & part.covers;
            covers |= part.covers;
            for (word, permits) in permitted.iter_mut().zip(part.permitted) {
                *word &= permits;
            }
        }
        let are_covered = twice == 0 && self.plan().asked.are_covered(covers, parts);
        if is_foreign || is_other_mode || !are_covered {
            return Err(self.misfit(parts, is_foreign, is_other_mode));
        }
        Ok(Joined {
            signals,
            permitted: are_closed.then_some(permitted),
        })
    }

    #[cold]
    fn misfit(&self, parts: &[&Part], is_foreign: bool, is_other_mode: bool) -> DecideError {
        if is_foreign {
            return DecideError::OtherProgram;
        }
        if is_other_mode {
            return DecideError::OtherMode;
        }
        if are_overlapping(parts) {
            return DecideError::Overlap;
        }
        if self.plan().asked.attributes.len() > ATTRIBUTES_MAX {
            return DecideError::TooManyAttributes;
        }
        let first = self.uncovered(parts).next();
        let row = first.and_then(|first| self.program().attributes.get(first.index() as usize));
        DecideError::Uncovered {
            attribute: row.map(|row| row.name.clone()).unwrap_or_default(),
        }
    }
}

fn are_overlapping(parts: &[&Part]) -> bool {
    let mut pairs = (1..).zip(parts).flat_map(|(next, part)| {
        let others = parts.iter().skip(next);
        others.map(move |other| (part.behind.cover, other.behind.cover))
    });
    pairs.any(|(one, other)| one.iter().zip(other).any(|(a, b)| a & b != 0))
}

/// What was found for parts, without allocating for the few parts that there usually are.
#[inline]
fn with_found<R>(parts: &[&Part], then: impl FnOnce(&[&gatewright_vm::Part]) -> R) -> R {
    match parts {
        [a] => then(&[a.found()]),
        [a, b] => then(&[a.found(), b.found()]),
        [a, b, c] => then(&[a.found(), b.found(), c.found()]),
        [a, b, c, d] => then(&[a.found(), b.found(), c.found(), d.found()]),
        [a, b, c, d, e] => then(&[a.found(), b.found(), c.found(), d.found(), e.found()]),
        many => {
            let found: Vec<&gatewright_vm::Part> = many.iter().map(|part| part.found()).collect();
            then(&found)
        }
    }
}

/// What a truth is as a fact.
pub(crate) fn fact(truth: Truth) -> Fact<'static> {
    match truth {
        Truth::Unknown => Fact::Unknown,
        known => Fact::Boolean(known == Truth::True),
    }
}

fn numbers(
    loaded: &Loaded,
    attributes: impl IntoIterator<Item = AttributeHandle>,
) -> Result<Vec<u32>, DecideError> {
    let own = |handle: AttributeHandle| {
        let is_own = loaded.attribute_at(handle.index()) == Some(handle);
        is_own
            .then_some(handle.index())
            .ok_or(DecideError::OtherProgram)
    };
    let numbers: Result<Vec<u32>, _> = attributes.into_iter().map(own).collect();
    let mut numbers = numbers?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}
