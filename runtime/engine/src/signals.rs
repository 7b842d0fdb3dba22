//! The few facts that controls and combining depend on, apart from the policies' conditions.
//!
//! What is known of them is a pair of bit sets, so that parts of a sign-in which were read at
//! different times add up, and so that settling them takes a few instructions. Texts are compared
//! where the value is a text; the places of an enumeration's members are looked up.

use gatewright_value::vocabulary::{ClientApp, TargetKind, TransferMethod, UserAction};
use gatewright_value::{Kind, Truth, folded_eq};
use gatewright_vm::{AttributeHandle, Fact, Facts, Loaded};

use crate::claims::DeviceEvidence;

/// The signals, as bits of [`Signals`].
const LEGACY: u8 = 1;
const DEVICE_CODE: u8 = 1 << 1;
const COMPLIANT: u8 = 1 << 2;
const HYBRID_JOINED: u8 = 1 << 3;
const ENROLLMENT: u8 = 1 << 4;
/// Registering is what both of these say together.
const USER_ACTION: u8 = 1 << 5;
const REGISTER: u8 = 1 << 6;

/// How many sets of signals there are.
pub(crate) const CERTAIN_MAX: usize = 1 << 7;

/// How many ways there are in which settled signals differ for a decision.
pub(crate) const SETTLED_MAX: usize = 1 << 4;

/// The attributes that say something about signals, each with the bit that it speaks of.
const ATTRIBUTES: [(&str, u8); 7] = [
    ("signIn.client", LEGACY),
    ("session.flow", DEVICE_CODE),
    ("device.isCompliant", COMPLIANT),
    ("device.trustType", HYBRID_JOINED),
    ("signIn.enrollmentService", ENROLLMENT),
    ("signIn.target", USER_ACTION),
    ("app.action", REGISTER),
];

/// Whether a text says that the signal of this bit is there.
fn says(bit: u8, text: &str) -> bool {
    // Every name is in ASCII, so another text in ASCII is told without folding.
    let is_plain = text.is_ascii();
    let is = |name: &str| text.eq_ignore_ascii_case(name) || (!is_plain && folded_eq(text, name));
    match bit {
        LEGACY => {
            let mut legacy = ClientApp::ALL.iter().filter(|client| client.is_legacy());
            legacy.any(|client| is(client.name()))
        }
        DEVICE_CODE => is(TransferMethod::DeviceCodeFlow.name()),
        HYBRID_JOINED => is("ServerAD"),
        USER_ACTION => is(TargetKind::UserAction.name()),
        REGISTER => is(UserAction::RegisterSecurityInfo.name()),
        _ => false,
    }
}

/// An attribute that says something about signals.
#[derive(Clone, Debug)]
pub(crate) struct SignalSlot {
    attribute: AttributeHandle,
    bit: u8,
    /// Of an enumeration, by place of the member: whether it says that the signal is there.
    members: Vec<bool>,
}

impl SignalSlot {
    fn new(loaded: &Loaded, name: &str, bit: u8) -> Option<SignalSlot> {
        let attribute = loaded.attribute(name)?;
        let row = loaded.program().attributes.get(attribute.index() as usize);
        let members = match row.map(|row| &row.kind) {
            Some(Kind::Enumeration { members, .. }) => {
                members.iter().map(|member| says(bit, member)).collect()
            }
            _ => Vec::new(),
        };
        Some(SignalSlot {
            attribute,
            bit,
            members,
        })
    }

    /// What a text says.
    pub(crate) fn text(&self, text: &str) -> Signals {
        self.known(says(self.bit, text))
    }

    /// What the member at this place of the enumeration says.
    pub(crate) fn member(&self, place: u16) -> Signals {
        self.known(self.members.get(usize::from(place)) == Some(&true))
    }

    /// What a truth says.
    pub(crate) fn boolean(&self, truth: bool) -> Signals {
        self.known(truth && self.bit & (COMPLIANT | ENROLLMENT) != 0)
    }

    /// What it says that there is no value, or one of another type.
    pub(crate) fn null(&self) -> Signals {
        self.known(false)
    }

    /// What a fact says.
    pub(crate) fn fact(&self, fact: &Fact<'_>) -> Signals {
        match fact {
            Fact::Unknown => Signals::default(),
            Fact::Text(text) => self.text(text),
            Fact::Member(place) => self.member(*place),
            Fact::Boolean(truth) => self.boolean(*truth),
            _ => self.null(),
        }
    }

    fn known(&self, is_there: bool) -> Signals {
        let (certain, refuted) = if is_there {
            (self.bit, 0)
        } else {
            (0, self.bit)
        };
        Signals { certain, refuted }
    }
}

/// Where signals are in a program for Conditional Access.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignalSlots {
    slots: Vec<SignalSlot>,
    /// By attribute: its place in `slots`.
    places: Vec<Option<u8>>,
    compliant: Option<AttributeHandle>,
}

impl SignalSlots {
    pub(crate) fn new(loaded: &Loaded) -> SignalSlots {
        let slots = ATTRIBUTES
            .iter()
            .filter_map(|(name, bit)| SignalSlot::new(loaded, name, *bit));
        let slots: Vec<SignalSlot> = slots.collect();
        let mut places = vec![None; loaded.program().attributes.len()];
        for (place, slot) in (0..).zip(&slots) {
            if let Some(row) = places.get_mut(slot.attribute.index() as usize) {
                *row = Some(place);
            }
        }
        SignalSlots {
            slots,
            places,
            compliant: loaded.attribute("device.isCompliant"),
        }
    }

    /// The attribute that says whether the device complies.
    pub(crate) fn compliant(&self) -> Option<AttributeHandle> {
        self.compliant
    }

    /// The attributes that they are.
    pub(crate) fn all(&self) -> impl Iterator<Item = AttributeHandle> {
        self.slots.iter().map(|slot| slot.attribute)
    }

    /// The slot of the attribute of this number, where it says something about signals.
    pub(crate) fn of(&self, attribute: u32) -> Option<&SignalSlot> {
        let place = self.places.get(attribute as usize).copied().flatten()?;
        self.slots.get(usize::from(place))
    }

    /// What all facts together say.
    pub(crate) fn read(&self, facts: &Facts<'_>) -> Signals {
        let said = |slot: &SignalSlot| slot.fact(facts.get(slot.attribute));
        self.slots
            .iter()
            .map(said)
            .fold(Signals::default(), Signals::and_those)
    }
}

/// How facts that are not known are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// As decisions take them: a device that is not known to comply does not, no legacy client, no
    /// transfer.
    Stated,
    /// As favourably as any completion could have them.
    Lenient,
    /// As unfavourably as any completion could have them.
    Strict,
}

/// What is known of the signals: those in neither set are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    certain: u8,
    refuted: u8,
}

/// The signals under a view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) view: View,
    pub(crate) is_legacy: bool,
    pub(crate) is_compliant: bool,
    pub(crate) is_hybrid_joined: bool,
    pub(crate) is_enrollment: bool,
    /// Whether security information is being registered.
    pub(crate) is_registering: bool,
    is_device_code: bool,
}

impl Signals {
    /// These, and those of other attributes.
    #[inline]
    pub(crate) fn and_those(self, others: Signals) -> Signals {
        Signals {
            certain: self.certain | others.certain,
            refuted: self.refuted | others.refuted,
        }
    }

    /// The place of the signals that are certain among all sets of signals: decisions depend on
    /// nothing else.
    #[inline]
    pub(crate) fn certain_place(self) -> usize {
        usize::from(self.certain) % CERTAIN_MAX
    }

    /// The signals of which those of this place are certain.
    pub(crate) fn of_certain_place(place: usize) -> Signals {
        Signals {
            certain: u8::try_from(place % CERTAIN_MAX).unwrap_or(0),
            refuted: 0,
        }
    }

    /// Say whether the device complies, where that follows from other facts.
    pub(crate) fn set_compliance(&mut self, truth: Truth) {
        self.certain &= !COMPLIANT;
        self.refuted &= !COMPLIANT;
        match truth {
            Truth::True => self.certain |= COMPLIANT,
            Truth::False => self.refuted |= COMPLIANT,
            Truth::Unknown => {}
        }
    }

    #[inline]
    pub(crate) fn settle(self, view: View) -> Settled {
        let certainly = |bit: u8| self.certain & bit == bit;
        let possibly = |bit: u8| self.refuted & bit == 0;
        // What speaks for the sign-in, and what speaks against it.
        let favourable = |bit: u8| match view {
            View::Stated | View::Strict => certainly(bit),
            View::Lenient => possibly(bit),
        };
        let adverse = |bit: u8| match view {
            View::Stated | View::Lenient => certainly(bit),
            View::Strict => possibly(bit),
        };
        Settled {
            view,
            is_legacy: adverse(LEGACY),
            is_device_code: adverse(DEVICE_CODE),
            is_compliant: favourable(COMPLIANT),
            is_hybrid_joined: favourable(HYBRID_JOINED),
            is_enrollment: favourable(ENROLLMENT),
            is_registering: favourable(USER_ACTION | REGISTER),
        }
    }
}

impl Settled {
    /// The place among all that a decision can make a difference between.
    pub(crate) fn place(&self) -> usize {
        let bits = [
            self.is_legacy,
            self.is_registering,
            self.shows(DeviceEvidence::Compliant),
            self.shows(DeviceEvidence::HybridJoined),
        ];
        bits.iter()
            .fold(0, |place, bit| place << 1 | usize::from(*bit))
    }

    /// Whether the facts of the device prove a control.
    #[inline]
    pub(crate) fn shows(&self, evidence: DeviceEvidence) -> bool {
        // Neither kind of sign-in lets the service see the device.
        let is_seen = !self.is_legacy && !self.is_device_code;
        match evidence {
            DeviceEvidence::Compliant => self.is_enrollment || (self.is_compliant && is_seen),
            DeviceEvidence::HybridJoined => self.is_hybrid_joined && is_seen,
        }
    }
}
