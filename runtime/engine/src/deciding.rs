//! From a request to the policies that apply, and from those to what they come to.
//!
//! Everything here reads the engine and writes the scratch space of its thread, nothing else. What
//! reads requests from elsewhere than [`Request`] gathers what matchers find in
//! `scratch.gathered`, adds up [`Signals`], proves claims with
//! [`Proving`](crate::proof::Proving), and ends in [`Engine::combined_of_gathered`] or
//! [`Engine::decision_of_gathered`].

use gatewright_bytecode::masks::Lanes;
use gatewright_value::Truth;
use gatewright_vm::{
    ApplyError, Buffers, Encoder, Loaded, Part, Rail, Sink, applying, encode, only_block, outcomes,
    settle,
};

use crate::claims::Claims;
use crate::compliance::Derivation;
use crate::decision::Decision;
use crate::demands::{Combined, Demands, Owed};
use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::evaluate::Evaluate;
use crate::lowering::Route;
use crate::openings::Openings;
use crate::outcome::Outcome;
use crate::parts::fact;
use crate::proof::{ControlSet, Proved};
use crate::request::Request;
use crate::signals::{Settled, Signals, View};

/// What says which controls hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'c> {
    By(&'c Claims<'c>),
    Bits(Proved),
}

/// What was gathered beside parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// What `scratch.gathered` has.
    Gathered,
    /// Nothing: `scratch.nothing` is ready.
    Nothing,
}

impl Scratch {
    /// Have nothing gathered, without the cost of starting anew.
    #[inline]
    pub(crate) fn gather_nothing(&mut self, loaded: &Loaded, mode: Mode) {
        let wanted = Some((loaded.identity(), mode));
        if self.nothing_of != wanted {
            self.nothing.start(loaded, mode.rail());
            self.nothing_of = wanted;
        }
    }
}

impl std::convert::From<ApplyError> for DecideError {
    fn from(error: ApplyError) -> DecideError {
        match error {
            ApplyError::OtherRail => DecideError::OtherMode,
            ApplyError::Overlap => DecideError::Overlap,
            ApplyError::Uncovered => DecideError::Uncovered {
                attribute: String::new(),
            },
            ApplyError::Columns => DecideError::Columns,
            _ => DecideError::OtherProgram,
        }
    }
}

impl Engine {
    /// Whether decisions are made from what matchers find, without classes: then
    /// [`combined_of_gathered`](Self::combined_of_gathered) can be used.
    #[inline]
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.route(), Route::Masks) && self.plan().demands.is_some()
    }

    /// Gather what matchers find in the facts; the result is what controls and combining depend on.
    pub(crate) fn gather(
        &self,
        request: &Request<'_>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Signals {
        let derived = self.derived(request, scratch);
        let Scratch {
            gathered, buffers, ..
        } = scratch;
        gathered.start(self.loaded(), mode.rail());
        let mut sink = gathered.sink(self.loaded());
        self.find(request, derived, buffers, &mut sink)
    }

    /// Tell what matchers find in the facts, device compliance being what was derived; the result
    /// is what controls and combining depend on.
    #[inline]
    pub(crate) fn find(
        &self,
        request: &Request<'_>,
        derived: Option<Truth>,
        buffers: &mut Buffers,
        sink: &mut impl Sink,
    ) -> Signals {
        let (loaded, facts) = (self.loaded(), request.facts());
        let mut signals = self.plan().signals.read(facts);
        let compliant = self.plan().signals.compliant();
        let Some((truth, compliant)) = derived.zip(compliant) else {
            outcomes(loaded, facts, buffers, sink);
            return signals;
        };
        signals.set_compliance(truth);
        let fact = fact(truth);
        let mut encoder = Encoder::new(loaded, buffers, sink);
        for attribute in (0..).take(self.program().attributes.len()) {
            let said = facts.at(attribute);
            let is_derived = attribute == compliant.index();
            encoder.fact(attribute, if is_derived { &fact } else { said });
        }
        signals
    }

    /// Whether the device complies, where the request says what that follows from.
    pub(crate) fn derived(&self, request: &Request<'_>, scratch: &mut Scratch) -> Option<Truth> {
        request.management.zip(self.program().compliance.as_ref())?;
        let classes = encode(self.loaded(), request.facts(), &mut scratch.encoding);
        self.derive(&self.interpreter(), request, classes)
    }

    fn derive(
        &self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        classes: &[u32],
    ) -> Option<Truth> {
        let derivation = Derivation::new(self, evaluator, request, classes);
        let state = derivation.map(|derivation| derivation.state());
        let state = state.filter(|_| !request.is_compliance_unknown);
        state.map(|state| state.truth())
    }

    /// Encode the request, device compliance derived where the request says what it follows from;
    /// the result is what controls and combining depend on.
    pub(crate) fn encode(
        &self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        encoding: &mut gatewright_vm::Scratch,
    ) -> Signals {
        let mut signals = self.plan().signals.read(request.facts());
        let classes = encode(self.loaded(), request.facts(), encoding);
        if let Some(truth) = self.derive(evaluator, request, classes) {
            signals.set_compliance(truth);
            if let Some(compliant) = self.plan().signals.compliant() {
                settle(self.loaded(), compliant, truth, encoding);
            }
        }
        signals
    }

    /// The decision of a request, with the list of the policies that apply.
    pub(crate) fn decision_of<'a>(
        &'a self,
        request: &Request<'_>,
        held: Held<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        if matches!(self.route(), Route::Masks) {
            let signals = self.gather(request, scratch, mode);
            return self.decision_of_gathered(signals, held, scratch, mode);
        }
        let interpreter = self.interpreter();
        let signals = self.encode(&interpreter, request, &mut scratch.encoding);
        let Scratch {
            encoding, applying, ..
        } = &mut *scratch;
        self.list_classes(encoding.classes(), mode.rail(), applying);
        let settled = signals.settle(View::Stated);
        self.decision_of_list(held, &settled, scratch, mode)
    }

    /// The policies that apply to these classes.
    pub(crate) fn list_classes(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>) {
        applying.clear();
        match self.route() {
            Route::Other(lowering) => lowering.applying(classes, rail, applying),
            Route::Masks | Route::Walk => {
                self.applying(&self.interpreter(), classes, rail, applying);
            }
        }
    }

    pub(crate) fn list_of(
        &self,
        from: From,
        parts: &[&Part],
        scratch: &mut Scratch,
    ) -> Result<(), DecideError> {
        let Scratch {
            gathered,
            nothing,
            listing,
            applying,
            ..
        } = scratch;
        let gathered = match from {
            From::Gathered => gathered,
            From::Nothing => nothing,
        };
        applying.clear();
        Ok(listing.list(self.loaded(), gathered, parts, applying)?)
    }

    /// The combined decision of what was gathered. Only where decisions are
    /// [direct](Self::is_direct).
    #[inline]
    pub(crate) fn combined_of_gathered<'a>(
        &'a self,
        signals: Signals,
        proved: Proved,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        self.combined_of(From::Gathered, &[], signals, proved, scratch, mode)
    }

    #[inline]
    pub(crate) fn combined_of<'a>(
        &'a self,
        from: From,
        parts: &[&Part],
        signals: Signals,
        proved: Proved,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let settled = signals.settle(View::Stated);
        let outcome = match self.bits(&settled) {
            Some(demands) => {
                let gathered = match from {
                    From::Gathered => &mut scratch.gathered,
                    From::Nothing => &mut scratch.nothing,
                };
                if let Some(lanes) = only_block(self.loaded(), gathered, parts)? {
                    return self.combined_of_lanes(lanes, demands, &settled, proved, scratch, mode);
                }
                let held = self.plan().holdings.held(proved, &settled);
                let open = demands.open(held);
                let mut combined = Combined::new(demands, open);
                applying(self.loaded(), gathered, parts, &mut combined)?;
                let owed = demands.left(combined.owed, open);
                self.outcome_of(demands, &owed, &settled, &[], mode)?
            }
            None => {
                self.list_of(from, parts, scratch)?;
                self.outcome_of_held(Held::Bits(proved), &settled, scratch, mode)?
            }
        };
        Ok(outcome.if_blocked_nothing_else())
    }

    /// The decision of what was gathered, with the list of the policies that apply. Only where the
    /// [route](Self::route) is that of masks.
    pub(crate) fn decision_of_gathered<'a>(
        &'a self,
        signals: Signals,
        held: Held<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let settled = signals.settle(View::Stated);
        if let Some(lanes) = only_block(self.loaded(), &mut scratch.gathered, &[])? {
            return self.decision_of_lanes(lanes, held, &settled, scratch, mode);
        }
        self.list_of(From::Gathered, &[], scratch)?;
        self.decision_of_list(held, &settled, scratch, mode)
    }

    /// The decision of the policies that the scratch space lists.
    pub(crate) fn decision_of_list<'a>(
        &'a self,
        held: Held<'_>,
        settled: &Settled,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let outcome = match self.bits(settled) {
            Some(demands) => {
                let open = demands.open(self.held_bits(held, settled).unwrap_or(0));
                let owed = demands.of_list(&scratch.applying, open);
                self.outcome_of(demands, &owed, settled, &scratch.applying, mode)?
            }
            None => self.outcome_of_held(held, settled, scratch, mode)?,
        };
        Ok(Decision {
            engine: self,
            outcome,
        })
    }

    /// What the lanes of the only block come to; `all` as in [`Demands::of_only`].
    #[inline]
    fn owed_of_lanes(
        &self,
        lanes: Lanes,
        demands: &Demands,
        held: ControlSet,
        openings: &mut Openings,
        all: bool,
    ) -> Owed {
        let opening = openings.of(self.loaded().identity(), demands, held);
        let owed = demands.of_only(lanes, opening.telling, all);
        demands.left(owed, opening.open)
    }

    /// The combined decision of the lanes of the only block.
    #[inline]
    pub(crate) fn combined_of_lanes<'a>(
        &'a self,
        lanes: Lanes,
        demands: &'a Demands,
        settled: &Settled,
        proved: Proved,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let held = self.plan().holdings.held(proved, settled);
        let owed = self.owed_of_lanes(lanes, demands, held, &mut scratch.openings, false);
        self.outcome_of(demands, &owed, settled, &[], mode)
    }

    /// The decision of the lanes of the only block, with the list of the policies that apply.
    pub(crate) fn decision_of_lanes<'a>(
        &'a self,
        lanes: Lanes,
        held: Held<'_>,
        settled: &Settled,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let Scratch {
            listing, applying, ..
        } = &mut *scratch;
        applying.clear();
        listing.list_lanes(self.loaded(), lanes, applying);
        let Some((demands, held)) = self.bits(settled).zip(self.held_bits(held, settled)) else {
            return self.decision_of_list(held, settled, scratch, mode);
        };
        let owed = self.owed_of_lanes(lanes, demands, held, &mut scratch.openings, true);
        let outcome = self.outcome_of(demands, &owed, settled, &scratch.applying, mode)?;
        Ok(Decision {
            engine: self,
            outcome,
        })
    }

    /// The controls that hold, where they are bits.
    #[inline]
    fn held_bits(&self, held: Held<'_>, settled: &Settled) -> Option<ControlSet> {
        let holdings = &self.plan().holdings;
        let proved = match held {
            Held::By(claims) => holdings.are_bits().then(|| holdings.prove(claims))?,
            Held::Bits(proved) => proved,
        };
        Some(holdings.held(proved, settled))
    }

    fn outcome_of_held<'a>(
        &'a self,
        held: Held<'_>,
        settled: &Settled,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let holdings = &self.plan().holdings;
        match held {
            Held::By(claims) => holdings.list(claims, settled, &mut scratch.held),
            Held::Bits(proved) => holdings.list_bits(proved, settled, &mut scratch.held),
        }
        self.outcome_of_list(settled, scratch, mode)
    }

    /// The demands, where the sign-in can be combined as bits.
    #[inline]
    pub(crate) fn bits(&self, settled: &Settled) -> Option<&Demands> {
        let demands = self.plan().demands.as_ref();
        demands.filter(|demands| !(settled.is_registering && demands.can_replace_strengths))
    }
}
