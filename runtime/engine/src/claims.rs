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

    fn is_multifactor(&self, view: View) -> bool {
        let methods = self.methods_in(view);
        let has = |method: &Method| methods & method_bit(*method) != 0;
        let password = has(&Method::Password);
        self.has(BuiltInControl::Mfa)
            || MULTIFACTOR_ALONE.iter().any(has)
            || (password && has(&Method::X509CertificateSingleFactor))
            || ((password || has(&Method::FederatedSingleFactor)) && SECOND_FACTORS.iter().any(has))
            || self.claims_strength(MULTIFACTOR)
    }

    /// Whether this strength, or a built-in one that implies it, is claimed.
    fn claims_strength(&self, id: &str) -> bool {
        let claims = |id: &str| self.strengths.iter().any(|claimed| folded_eq(claimed, id));
        match id {
            MULTIFACTOR => claims(id) || claims(PASSWORDLESS) || claims(PHISHING_RESISTANT),
            PASSWORDLESS => claims(id) || claims(PHISHING_RESISTANT),
            _ => claims(id),
        }
    }
}

/// Whether a control holds.
pub(crate) fn is_held(control: &Control, claims: &Claims<'_>, settled: &Settled) -> bool {
    let is_proved = |proved: bool| proved && !settled.is_legacy;
    let among = |ids: &[Cow<'_, str>], id: &str| ids.iter().any(|claimed| folded_eq(claimed, id));
    match control {
        Control::BuiltIn(control) => match control {
            BuiltInControl::Mfa => is_proved(claims.is_multifactor(settled.view)),
            BuiltInControl::CompliantDevice => {
                settled.is_enrollment || (settled.is_compliant && settled.shows_device())
            }
            BuiltInControl::DomainJoinedDevice => {
                settled.is_hybrid_joined && settled.shows_device()
            }
            BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication => {
                claims.has(*control)
            }
            BuiltInControl::PasswordChange
            | BuiltInControl::RiskRemediation
            | BuiltInControl::VerifiedId => is_proved(claims.has(*control)),
        },
        Control::Strength { id, combinations } => {
            let methods = claims.methods_in(settled.view);
            let by_methods = combinations
                .iter()
                .any(|bits| *bits != 0 && bits & !methods == 0);
            let by_claim = claims.claims_strength(id)
                || (id.as_str() == MULTIFACTOR && claims.has(BuiltInControl::Mfa));
            is_proved(by_methods || by_claim)
        }
        Control::Terms(id) => is_proved(among(&claims.terms, id)),
        Control::Custom(id) => is_proved(among(&claims.custom, id)),
        Control::Own(_) => false,
    }
}

/// Whether the user can satisfy a control during the sign-in; nobody can with a legacy client.
pub(crate) fn is_interactive(control: &Control) -> bool {
    match control {
        Control::BuiltIn(control) => control.is_interactive(),
        Control::Strength { .. } | Control::Terms(_) | Control::Custom(_) => true,
        Control::Own(_) => false,
    }
}
