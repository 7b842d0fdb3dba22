//! Deciding a sign-in on the way through its bytes: no tree, no facts, no texts of one's own.
//!
//! An ordinary request is read once, member by member in whatever order they come. A value that
//! some matcher asks for goes to the encoder as it is met; a value that none asks for is stepped
//! over, its type and its syntax checked and nothing else. What has been proved becomes bits.
//!
//! INVARIANT: this path knows fewer requests than [`read`](super::read), and none differently. It
//! gives up on everything that the other one refuses, warns of or has to work out (`None`), so
//! problems are worded in one place. What members are called, which attribute each stands for and
//! what its absence means is said once, in `vocabulary.rs`, for both.

mod members;
mod reading;

use std::collections::BTreeSet;

use gatewright_bytecode::Program;
use gatewright_value::Kind;
use gatewright_value::vocabulary::{IdentityKind, TargetKind};
use gatewright_vm::{Buffers, Encoder, Loaded, Sink};

use crate::entra::stream::members::Tables;
use crate::entra::stream::reading::Reading;
use crate::proof::{Proved, Proving};
use crate::signals::{SignalSlot, SignalSlots, Signals};
use crate::vocabulary::{Absent, absent};

/// LIMIT: bytes of a request that is decided on the way through. No text in it can be too long for
/// a fact, and there cannot be too many values.
pub(crate) const BYTES_MAX: usize = 1 << 16;

/// What is prepared once per program to decide sign-ins on the way through their bytes.
#[derive(Debug)]
pub(crate) struct Stream {
    tables: Tables,
    slots: Slots,
    /// What is said of attributes that no member gave.
    defaults: Vec<Default>,
    /// Whether a request of a person without `directory` deserves a warning.
    asks_memberships: bool,
}

/// What a request says besides the values that went to the encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streamed {
    pub(crate) proved: Proved,
    pub(crate) signals: Signals,
}

/// An attribute that a matcher asks for, and what holds of it where none of these members is given.
#[derive(Debug)]
struct Default {
    members: u128,
    attribute: u32,
    absent: Absent,
}

/// A place for values: an attribute as far as anybody asks for it.
#[derive(Clone, Debug, std::default::Default)]
pub(crate) struct Slot {
    /// Its number, if some matcher asks for it.
    attribute: Option<u32>,
    /// What it says about signals.
    signal: Option<SignalSlot>,
}

/// Attributes that follow from several members.
#[derive(Debug)]
struct Slots {
    identity: Slot,
    identity_places: [u16; 4],
    target: Slot,
    target_places: [u16; 3],
    is_owned: Slot,
    is_registered: Slot,
    is_unmapped: Slot,
    location_names: Slot,
    now: Slot,
    is_overdue: Slot,
}

impl Stream {
    /// What is needed for a program; `None` where its sign-ins have to be read into facts, because
    /// it asks for records or is not as a compiler makes it.
    pub(crate) fn new(loaded: &Loaded, signals: &SignalSlots) -> Option<Stream> {
        let program = loaded.program();
        if !program.origin.is_entra || !program.differences.is_empty() || asks_records(program) {
            return None;
        }
        let attributes = Attributes { loaded, signals };
        let tables = Tables::new(&attributes)?;
        let slots = Slots::new(&attributes)?;
        let nulls = [
            "location.ip",
            "location.country",
            "user.isMfaRegistered",
            "signIn.now",
        ];
        let are_null = nulls.iter().all(|name| {
            let row = attributes.row(name);
            row.is_some_and(|(_, info)| absent(info) == Absent::Null)
        });
        let asks = |name: &str| {
            attributes
                .slot(name)
                .is_some_and(|slot| slot.attribute.is_some())
        };
        let defaults = defaults(loaded, &tables, &slots);
        are_null.then_some(Stream {
            tables,
            slots,
            defaults,
            asks_memberships: asks("user.groups") || asks("user.roles"),
        })
    }

    /// Read a sign-in into an encoder. `None` says that it has to be read into facts; the encoder
    /// has then been told something or other.
    #[inline]
    pub(crate) fn read<S: Sink>(
        &self,
        text: &str,
        now: Option<i64>,
        loaded: &Loaded,
        buffers: &mut Buffers,
        sink: &mut S,
        proving: Proving<'_>,
    ) -> Option<Streamed> {
        let mut encoder = Encoder::new(loaded, buffers, sink);
        let mut reading = Reading::new(self, text, &mut encoder, proving);
        reading.request()?;
        reading.finish(now)
    }
}

fn asks_records(program: &Program) -> bool {
    program.matchers.iter().any(|matcher| {
        let row = program.attributes.get(matcher.attribute() as usize);
        row.is_none_or(|row| matches!(&row.kind, Kind::Set(of) if **of == Kind::Record))
    })
}

/// What is said of the attributes that matchers ask for and that do not follow from several
/// members.
fn defaults(loaded: &Loaded, tables: &Tables, slots: &Slots) -> Vec<Default> {
    let derived: BTreeSet<u32> = slots.all().filter_map(|slot| slot.attribute).collect();
    let attributes = (0u32..).zip(&loaded.program().attributes);
    let asked = attributes
        .filter(|(number, _)| !loaded.matchers_of(*number).is_empty() && !derived.contains(number));
    let default = asked.map(|(attribute, info)| Default {
        members: tables.members_of(attribute),
        attribute,
        absent: absent(info),
    });
    default.collect()
}

impl Slots {
    fn new(attributes: &Attributes<'_>) -> Option<Slots> {
        let boolean = |name: &str| {
            let (_, info) = attributes.row(name)?;
            let slot = attributes.slot(name)?;
            (info.kind == Kind::Boolean).then_some(slot)
        };
        let of_kind = |name: &str, is: fn(&Kind) -> bool| {
            let (_, info) = attributes.row(name)?;
            let slot = attributes.slot(name)?;
            is(&info.kind).then_some(slot)
        };
        let [user, principal, agent, agent_user] = IdentityKind::ALL else {
            return None;
        };
        let identity = |kind: &IdentityKind| attributes.place("signIn.identity", kind.name());
        let [apps, action, context] = TargetKind::ALL else {
            return None;
        };
        let target = |kind: &TargetKind| attributes.place("signIn.target", kind.name());
        Some(Slots {
            identity: attributes.slot("signIn.identity")?,
            identity_places: [
                identity(user)?,
                identity(principal)?,
                identity(agent)?,
                identity(agent_user)?,
            ],
            target: attributes.slot("signIn.target")?,
            target_places: [target(apps)?, target(action)?, target(context)?],
            is_owned: boolean("servicePrincipal.isOwned")?,
            is_registered: boolean("device.isRegistered")?,
            is_unmapped: boolean("location.isUnmapped")?,
            location_names: of_kind("location.names", |kind| matches!(kind, Kind::Set(_)))?,
            now: of_kind("signIn.now", |kind| *kind == Kind::DateTime)?,
            is_overdue: boolean("user.isRegistrationOverdue")?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Slot> {
        let first = [
            &self.identity,
            &self.target,
            &self.is_owned,
            &self.is_registered,
        ];
        let second = [
            &self.is_unmapped,
            &self.location_names,
            &self.now,
            &self.is_overdue,
        ];
        first.into_iter().chain(second)
    }
}

/// The attributes of a program, by name.
pub(crate) struct Attributes<'a> {
    loaded: &'a Loaded,
    signals: &'a SignalSlots,
}

impl<'a> Attributes<'a> {
    /// The attribute of this name, with its number.
    fn row(&self, name: &str) -> Option<(u32, &'a gatewright_value::AttributeInfo)> {
        let number = self.loaded.attribute(name)?.index();
        let row = self.loaded.program().attributes.get(number as usize)?;
        Some((number, row))
    }

    /// The place for values of the attribute of this name.
    fn slot(&self, name: &str) -> Option<Slot> {
        let (number, _) = self.row(name)?;
        let is_asked = !self.loaded.matchers_of(number).is_empty();
        Some(Slot {
            attribute: is_asked.then_some(number),
            signal: self.signals.of(number).cloned(),
        })
    }

    /// The place of a member in the enumeration that an attribute's values are of.
    fn place(&self, attribute: &str, member: &str) -> Option<u16> {
        let (_, info) = self.row(attribute)?;
        let Kind::Enumeration { members, .. } = &info.kind else {
            return None;
        };
        let place = members.iter().position(|known| known == member)?;
        u16::try_from(place).ok()
    }
}
