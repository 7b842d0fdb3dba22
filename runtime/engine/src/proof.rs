//! What has been proved, as bits: which controls of one program hold takes a few instructions.
//!
//! [`Holding`] says how a control is held; the tables here are made from it once per program, so
//! that there is one definition. A program with more controls than a word has bits has none of
//! this, and its controls are asked one by one.
//!
//! INVARIANT: bit `i` of a [`ControlSet`] is control `i` of the program.

use gatewright_bytecode::method_bit;
use gatewright_value::folded_eq;
use gatewright_value::vocabulary::{BuiltInControl, Method};

use crate::claims::{Claims, DeviceEvidence, Evidence, Holding, IdKind};
use crate::signals::Settled;

/// Controls of one program.
pub(crate) type ControlSet = u64;

/// LIMIT: controls of a program whose claims are bits.
pub(crate) const CONTROLS_MAX: usize = 64;

/// The controls that claims prove, legacy clients and the device apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Proved {
    controls: ControlSet,
}

/// How the controls of a program are held.
#[derive(Debug)]
pub(crate) struct Holdings {
    /// By control.
    rows: Vec<Holding>,
    /// The same by what is claimed, unless there are too many controls.
    by_claim: Option<ByClaim>,
}

/// What each claim proves.
#[derive(Debug, Default)]
struct ByClaim {
    /// By place of the built-in control.
    built_in: [ControlSet; BuiltInControl::ALL.len()],
    /// By place of a method: combinations of which it is the first, each with what it proves.
    methods: [Vec<(u32, ControlSet)>; Method::ALL.len()],
    /// By kind: the ids that prove something.
    ids: [Vec<(String, ControlSet)>; IdKind::ALL.len()],
    /// Held whatever the client.
    by_legacy: ControlSet,
    by_compliant: ControlSet,
    by_hybrid_joined: ControlSet,
}

impl Holdings {
    pub(crate) fn new(rows: Vec<Holding>) -> Holdings {
        let by_claim = (rows.len() <= CONTROLS_MAX).then(|| ByClaim::new(&rows));
        Holdings { rows, by_claim }
    }

    /// Whether claims can be bits.
    pub(crate) fn are_bits(&self) -> bool {
        self.by_claim.is_some()
    }

    /// Find out which controls hold, one by one.
    pub(crate) fn list(&self, claims: &Claims<'_>, settled: &Settled, held: &mut Vec<bool>) {
        held.clear();
        let rows = self.rows.iter();
        held.extend(rows.map(|holding| holding.is_held(claims, settled)));
    }

    /// The same of what has been proved.
    pub(crate) fn list_bits(&self, proved: Proved, settled: &Settled, held: &mut Vec<bool>) {
        let bits = self.held(proved, settled);
        held.clear();
        held.extend((0..self.rows.len()).map(|control| bits >> (control % CONTROLS_MAX) & 1 != 0));
    }

    /// What these claims prove.
    pub(crate) fn prove(&self, claims: &Claims<'_>) -> Proved {
        let mut proving = Proving::new(self);
        proving.built_in = claims.built_in_bits();
        proving.methods = claims.method_bits();
        for (kind, ids) in IdKind::ALL.into_iter().zip(claims.ids()) {
            for id in ids {
                proving.id(kind, id);
            }
        }
        proving.finish()
    }

    /// Which controls hold: what decisions, not explanations, take for held.
    #[inline]
    pub(crate) fn held(&self, proved: Proved, settled: &Settled) -> ControlSet {
        let Some(by_claim) = &self.by_claim else {
            return 0;
        };
        let counted = if settled.is_legacy {
            proved.controls & by_claim.by_legacy
        } else {
            proved.controls
        };
        let by_device = |evidence, controls| if settled.shows(evidence) { controls } else { 0 };
        counted
            | by_device(DeviceEvidence::Compliant, by_claim.by_compliant)
            | by_device(DeviceEvidence::HybridJoined, by_claim.by_hybrid_joined)
    }
}

impl ByClaim {
    fn new(rows: &[Holding]) -> ByClaim {
        let mut by_claim = ByClaim::default();
        for (control, holding) in rows.iter().enumerate() {
            let bit = 1 << control;
            for evidence in &holding.evidence {
                by_claim.add(evidence, bit);
            }
            if holding.is_held_by_legacy {
                by_claim.by_legacy |= bit;
            }
            match holding.device {
                Some(DeviceEvidence::Compliant) => by_claim.by_compliant |= bit,
                Some(DeviceEvidence::HybridJoined) => by_claim.by_hybrid_joined |= bit,
                None => {}
            }
        }
        by_claim
    }

    fn add(&mut self, evidence: &Evidence, bit: ControlSet) {
        match evidence {
            Evidence::Claim(control) => {
                if let Some(controls) = self.built_in.get_mut(*control as usize) {
                    *controls |= bit;
                }
            }
            Evidence::Methods(combination) => {
                let first = combination.trailing_zeros() as usize;
                let Some(rows) = self.methods.get_mut(first) else {
                    return;
                };
                match rows.iter_mut().find(|row| row.0 == *combination) {
                    Some(row) => row.1 |= bit,
                    None => rows.push((*combination, bit)),
                }
            }
            Evidence::Id(kind, id) => {
                let Some(rows) = self.ids.get_mut(*kind as usize) else {
                    return;
                };
                match rows.iter_mut().find(|row| folded_eq(&row.0, id)) {
                    Some(row) => row.1 |= bit,
                    None => rows.push((id.clone(), bit)),
                }
            }
        }
    }
}

/// Claims, as they are read one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proving<'a> {
    holdings: &'a Holdings,
    built_in: u32,
    methods: u32,
    controls: ControlSet,
}

impl<'a> Proving<'a> {
    /// Nothing is claimed.
    pub(crate) fn new(holdings: &'a Holdings) -> Proving<'a> {
        Proving {
            holdings,
            built_in: 0,
            methods: 0,
            controls: 0,
        }
    }

    /// A built-in control is claimed.
    pub(crate) fn control(&mut self, control: BuiltInControl) {
        self.built_in |= 1 << control as u32;
    }

    /// A method is claimed.
    pub(crate) fn method(&mut self, method: Method) {
        self.methods |= method_bit(method);
    }

    /// A strength, terms or a custom control is claimed.
    pub(crate) fn id(&mut self, kind: IdKind, id: &str) {
        let by_claim = self.holdings.by_claim.as_ref();
        let rows = by_claim.and_then(|by_claim| by_claim.ids.get(kind as usize));
        let is_ascii = id.is_ascii();
        let last = id.as_bytes().last().map(u8::to_ascii_lowercase);
        for (known, controls) in rows.into_iter().flatten() {
            // Most ids are told apart by their last character; folding keeps it, if it is in ASCII.
            let known_last = known.as_bytes().last().map(u8::to_ascii_lowercase);
            let is_same = if is_ascii && known_last.is_none_or(|last| last.is_ascii()) {
                known_last == last && folded_eq(known, id)
            } else {
                folded_eq(known, id)
            };
            if is_same {
                self.controls |= controls;
            }
        }
    }

    /// What all of this proves.
    pub(crate) fn finish(self) -> Proved {
        let mut controls = self.controls;
        let Some(by_claim) = &self.holdings.by_claim else {
            return Proved { controls };
        };
        let mut built_in = self.built_in;
        while built_in != 0 {
            let place = built_in.trailing_zeros() as usize;
            controls |= by_claim.built_in.get(place).copied().unwrap_or(0);
            built_in &= built_in - 1;
        }
        let mut firsts = self.methods;
        while firsts != 0 {
            let first = firsts.trailing_zeros() as usize;
            for (combination, proved) in by_claim.methods.get(first).into_iter().flatten() {
                if combination & !self.methods == 0 {
                    controls |= proved;
                }
            }
            firsts &= firsts - 1;
        }
        Proved { controls }
    }
}
