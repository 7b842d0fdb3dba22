//! What has been proved, and which controls hold.
//!
//! A control either holds or does not: facts that are not known count as not held. For explanations
//! there are two further [`View`]s that bound every completion of the missing facts.

use std::borrow::Cow;

use gatewright_bytecode::{Control, method_bit};
use gatewright_value::folded_eq;
use gatewright_value::vocabulary::{BuiltInControl, Method};

use crate::signals::{Settled, View};

/// The built-in strength *multifactor authentication*.
const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";
/// The built-in strength *passwordless*, which implies multifactor.
const PASSWORDLESS: &str = "00000000-0000-0000-0000-000000000003";
/// The built-in strength *phishing-resistant*, which implies passwordless.
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

/// Methods each of which is multifactor on its own.
const MULTIFACTOR_ALONE: [Method; 7] = [
    Method::WindowsHelloForBusiness,
    Method::Fido2,
    Method::X509CertificateMultiFactor,
    Method::DeviceBasedPush,
    Method::TemporaryAccessPassOneTime,
    Method::TemporaryAccessPassMultiUse,
    Method::FederatedMultiFactor,
];
/// Second factors beside a password or a single-factor federated sign-in.
const SECOND_FACTORS: [Method; 5] = [
    Method::MicrosoftAuthenticatorPush,
    Method::SoftwareOath,
    Method::HardwareOath,
    Method::Sms,
    Method::Voice,
];

/// What has been proved during a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims<'a> {
    built_in: u32,
    methods: u32,
    are_methods_unknown: bool,
    strengths: Vec<Cow<'a, str>>,
    terms: Vec<Cow<'a, str>>,
    custom: Vec<Cow<'a, str>>,
}

impl<'a> Claims<'a> {
    /// Claim a built-in control. Device controls are derived from facts and ignore the claim.
    pub fn control(&mut self, control: BuiltInControl) {
        self.built_in |= 1 << control as u32;
    }

    /// Claim a method.
    pub fn method(&mut self, method: Method) {
        self.methods |= method_bit(method);
    }

    /// Say that it is not known which methods were used.
    pub fn methods_are_unknown(&mut self) {
        self.methods = 0;
        self.are_methods_unknown = true;
    }

    /// Claim an authentication strength, by id.
    pub fn strength(&mut self, id: impl Into<Cow<'a, str>>) {
        self.strengths.push(id.into());
    }

    /// Claim acceptance of terms of use, by id.
    pub fn terms(&mut self, id: impl Into<Cow<'a, str>>) {
        self.terms.push(id.into());
    }

    /// Claim a custom control, by id.
    pub fn custom(&mut self, id: impl Into<Cow<'a, str>>) {
        self.custom.push(id.into());
    }

    /// The methods claimed, in declared order.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        let methods = self.methods;
        Method::ALL
            .iter()
            .copied()
            .filter(move |method| methods & method_bit(*method) != 0)
    }

    /// Whether a built-in control is claimed.
    #[must_use]
    pub fn has(&self, control: BuiltInControl) -> bool {
        self.built_in & (1 << control as u32) != 0
    }

    /// The strengths, terms and custom controls claimed, each by id.
    #[must_use]
    pub fn ids(&self) -> [&[Cow<'a, str>]; 3] {
        [&self.strengths, &self.terms, &self.custom]
    }

    /// The claims with texts of their own.
    #[must_use]
    pub fn into_owned(self) -> Claims<'static> {
        let owned = |ids: Vec<Cow<'a, str>>| {
            ids.into_iter()
                .map(|id| Cow::Owned(id.into_owned()))
                .collect::<Vec<_>>()
        };
        Claims {
            built_in: self.built_in,
            methods: self.methods,
            are_methods_unknown: self.are_methods_unknown,
            strengths: owned(self.strengths),
            terms: owned(self.terms),
            custom: owned(self.custom),
        }
    }

    /// The methods under a view: unknown ones are none, or all where a bound from below is wanted.
    fn methods_in(&self, view: View) -> u32 {
        if self.are_methods_unknown && view == View::Lenient {
            u32::MAX
        } else {
            self.methods
        }
    }

    fn proves(&self, evidence: &Evidence, view: View) -> bool {
        let among =
            |ids: &[Cow<'_, str>], id: &str| ids.iter().any(|claimed| folded_eq(claimed, id));
        match evidence {
            Evidence::Claim(control) => self.has(*control),
            Evidence::Methods(combination) => combination & !self.methods_in(view) == 0,
            Evidence::Id(IdKind::Strength, id) => among(&self.strengths, id),
            Evidence::Id(IdKind::Terms, id) => among(&self.terms, id),
            Evidence::Id(IdKind::Custom, id) => among(&self.custom, id),
        }
    }

    /// The built-in controls claimed, as bits by place in their enumeration.
    pub(crate) fn built_in_bits(&self) -> u32 {
        self.built_in
    }

    /// The methods claimed, as bits by place in their enumeration.
    pub(crate) fn method_bits(&self) -> u32 {
        self.methods
    }
}

/// What is claimed by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// An authentication strength.
    Strength,
    /// Acceptance of terms of use.
    Terms,
    /// A custom control.
    Custom,
}

impl IdKind {
    /// Every kind, in the order of [`Claims::ids`].
    pub(crate) const ALL: [IdKind; 3] = [IdKind::Strength, IdKind::Terms, IdKind::Custom];
}

/// Something that, claimed, proves a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// A built-in control.
    Claim(BuiltInControl),
    /// These methods together, as bits.
    Methods(u32),
    /// What has this id.
    Id(IdKind, String),
}

/// What facts prove a control that no claim proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceEvidence {
    /// The device complies, or is being enrolled.
    Compliant,
    /// The device is joined to a domain too.
    HybridJoined,
}

/// How a control is held: the one definition, from which the bits of
/// [`Holdings`](crate::proof::Holdings) are made too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    /// Each of these alone proves it.
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) device: Option<DeviceEvidence>,
    /// Whether claims count with a legacy client.
    pub(crate) is_held_by_legacy: bool,
}

impl Holding {
    pub(crate) fn of(control: &Control) -> Holding {
        let mut holding = Holding::default();
        match control {
            Control::BuiltIn(BuiltInControl::Mfa) => holding.evidence = multifactor_evidence(),
            Control::BuiltIn(BuiltInControl::CompliantDevice) => {
                holding.device = Some(DeviceEvidence::Compliant);
            }
            Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => {
                holding.device = Some(DeviceEvidence::HybridJoined);
            }
            Control::BuiltIn(control) => {
                holding.evidence.push(Evidence::Claim(*control));
                holding.is_held_by_legacy = matches!(
                    control,
                    BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication
                );
            }
            Control::Strength { id, combinations } => {
                holding.evidence = strength_evidence(id, combinations);
            }
            Control::Terms(id) => holding
                .evidence
                .push(Evidence::Id(IdKind::Terms, id.clone())),
            Control::Custom(id) => holding
                .evidence
                .push(Evidence::Id(IdKind::Custom, id.clone())),
            Control::Own(_) => {}
        }
        holding
    }

    /// Whether the control holds.
    pub(crate) fn is_held(&self, claims: &Claims<'_>, settled: &Settled) -> bool {
        let by_device = self.device.is_some_and(|device| settled.shows(device));
        let counts = self.is_held_by_legacy || !settled.is_legacy;
        let mut evidence = self.evidence.iter();
        by_device || (counts && evidence.any(|evidence| claims.proves(evidence, settled.view)))
    }
}

/// What proves multifactor authentication.
fn multifactor_evidence() -> Vec<Evidence> {
    let alone = MULTIFACTOR_ALONE.iter().map(|method| method_bit(*method));
    let password = method_bit(Method::Password);
    let federated = method_bit(Method::FederatedSingleFactor);
    let second = SECOND_FACTORS.iter().map(|method| method_bit(*method));
    let pairs = second.flat_map(|second| [password | second, federated | second]);
    let certificate = password | method_bit(Method::X509CertificateSingleFactor);
    let methods = alone
        .chain(pairs)
        .chain([certificate])
        .map(Evidence::Methods);
    let claim = Evidence::Claim(BuiltInControl::Mfa);
    methods
        .chain([claim])
        .chain(strengths_that_imply(MULTIFACTOR))
        .collect()
}

fn strength_evidence(id: &str, combinations: &[u32]) -> Vec<Evidence> {
    let combinations = combinations.iter().filter(|bits| **bits != 0);
    let claim = (id == MULTIFACTOR).then_some(Evidence::Claim(BuiltInControl::Mfa));
    combinations
        .map(|bits| Evidence::Methods(*bits))
        .chain(claim)
        .chain(strengths_that_imply(id))
        .collect()
}

/// The claims of this strength and of the built-in ones that imply it.
fn strengths_that_imply(id: &str) -> impl Iterator<Item = Evidence> {
    let implying: &[&str] = match id {
        MULTIFACTOR => &[PASSWORDLESS, PHISHING_RESISTANT],
        PASSWORDLESS => &[PHISHING_RESISTANT],
        _ => &[],
    };
    let ids = std::iter::once(id).chain(implying.iter().copied());
    ids.map(|id| Evidence::Id(IdKind::Strength, id.to_owned()))
}

/// Whether the user can satisfy a control during the sign-in; nobody can with a legacy client.
pub(crate) fn is_interactive(control: &Control) -> bool {
    match control {
        Control::BuiltIn(control) => control.is_interactive(),
        Control::Strength { .. } | Control::Terms(_) | Control::Custom(_) => true,
        Control::Own(_) => false,
    }
}
