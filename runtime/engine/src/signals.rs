//! The few facts that controls and combining depend on, apart from the policies' conditions.

use gatewright_value::vocabulary::{ClientApp, TargetKind, TransferMethod, UserAction};
use gatewright_value::{Truth, folded_eq};
use gatewright_vm::{AttributeHandle, Fact, Facts, Loaded};

/// Where these facts are in a program for Conditional Access.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SignalSlots {
    client: Option<AttributeHandle>,
    flow: Option<AttributeHandle>,
    compliant: Option<AttributeHandle>,
    trust: Option<AttributeHandle>,
    enrollment: Option<AttributeHandle>,
    target: Option<AttributeHandle>,
    action: Option<AttributeHandle>,
}

impl SignalSlots {
    pub(crate) fn new(loaded: &Loaded) -> SignalSlots {
        SignalSlots {
            client: loaded.attribute("signIn.client"),
            flow: loaded.attribute("session.flow"),
            compliant: loaded.attribute("device.isCompliant"),
            trust: loaded.attribute("device.trustType"),
            enrollment: loaded.attribute("signIn.enrollmentService"),
            target: loaded.attribute("signIn.target"),
            action: loaded.attribute("app.action"),
        }
    }

    /// The attribute that says whether the device complies.
    pub(crate) fn compliant(&self) -> Option<AttributeHandle> {
        self.compliant
    }

    /// The attributes that they are.
    pub(crate) fn all(&self) -> impl Iterator<Item = AttributeHandle> {
        let slots = [
            self.client,
            self.flow,
            self.compliant,
            self.trust,
            self.enrollment,
        ];
        slots
            .into_iter()
            .chain([self.target, self.action])
            .flatten()
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

/// The signals in three truths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signals {
    is_legacy: Truth,
    is_device_code: Truth,
    is_compliant: Truth,
    is_hybrid_joined: Truth,
    is_enrollment: Truth,
    is_registering: Truth,
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
    pub(crate) fn read(slots: &SignalSlots, facts: &Facts<'_>) -> Signals {
        let fact = |slot: Option<AttributeHandle>| slot.map_or(&Fact::Unknown, |at| facts.get(at));
        let is = |slot, name: &str| match fact(slot) {
            Fact::Unknown => Truth::Unknown,
            Fact::Text(text) => Truth::from(folded_eq(text, name)),
            _ => Truth::False,
        };
        let holds = |slot| match fact(slot) {
            Fact::Unknown => Truth::Unknown,
            known => Truth::from(known.as_bool() == Some(true)),
        };
        let legacy = ClientApp::ALL.iter().filter(|client| client.is_legacy());
        let is_legacy = legacy.map(|client| is(slots.client, client.name()));
        Signals {
            is_legacy: is_legacy.fold(Truth::False, Truth::or),
            is_device_code: is(slots.flow, TransferMethod::DeviceCodeFlow.name()),
            is_compliant: holds(slots.compliant),
            is_hybrid_joined: is(slots.trust, "ServerAD"),
            is_enrollment: holds(slots.enrollment),
            is_registering: is(slots.target, TargetKind::UserAction.name())
                .and(is(slots.action, UserAction::RegisterSecurityInfo.name())),
        }
    }

    /// Say whether the device complies, where that follows from other facts.
    pub(crate) fn set_compliance(&mut self, truth: Truth) {
        self.is_compliant = truth;
    }

    pub(crate) fn settle(&self, view: View) -> Settled {
        // What speaks for the sign-in, and what speaks against it.
        let favourable = |truth: Truth| match view {
            View::Stated | View::Strict => truth == Truth::True,
            View::Lenient => truth != Truth::False,
        };
        let adverse = |truth: Truth| match view {
            View::Stated | View::Lenient => truth == Truth::True,
            View::Strict => truth != Truth::False,
        };
        Settled {
            view,
            is_legacy: adverse(self.is_legacy),
            is_device_code: adverse(self.is_device_code),
            is_compliant: favourable(self.is_compliant),
            is_hybrid_joined: favourable(self.is_hybrid_joined),
            is_enrollment: favourable(self.is_enrollment),
            is_registering: favourable(self.is_registering),
        }
    }
}

impl Settled {
    /// Whether the service sees the device that signs in.
    pub(crate) fn shows_device(&self) -> bool {
        !self.is_legacy && !self.is_device_code
    }
}
