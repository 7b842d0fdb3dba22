//! What has been proved, and what the user can still do.
//!
//! SEMANTICS: §9

use gatewright_hir::model::{Control, PolicySet};
use gatewright_value::vocabulary::BuiltInControl;

use crate::facts::{Fact, Facts, fold};
use crate::logic::Kleene;
use crate::request::Request;

const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";
const PASSWORDLESS: &str = "00000000-0000-0000-0000-000000000003";
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

/// Methods that alone satisfy all three built-in strengths, the lower two, and the lowest.
const ALONE_FOR_ALL: [&str; 3] = [
    "windowsHelloForBusiness",
    "fido2",
    "x509CertificateMultiFactor",
];
const ALONE_FOR_TWO: [&str; 1] = ["deviceBasedPush"];
const ALONE_FOR_ONE: [&str; 3] = [
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "federatedMultiFactor",
];

/// Methods that satisfy the lowest together with a password, or with a federated first factor.
const WITH_PASSWORD: [&str; 7] = [
    "microsoftAuthenticatorPush",
    "softwareOath",
    "hardwareOath",
    "sms",
    "voice",
    "x509CertificateSingleFactor",
    "x509CertificateMultiFactor",
];
const WITH_FEDERATION: [&str; 5] = [
    "microsoftAuthenticatorPush",
    "softwareOath",
    "hardwareOath",
    "sms",
    "voice",
];

/// How a control is spelled.
///
/// SEMANTICS: §10.3
pub(crate) fn spelling(control: &Control) -> String {
    match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => format!("strength:{id}"),
        Control::Terms(id) => format!("terms:{id}"),
        Control::Custom(id) => format!("custom:{id}"),
        Control::Own(id) => format!("own:{}", id.0),
    }
}

/// Whether the client is a legacy one.
///
/// SEMANTICS: §9.1
pub(crate) fn is_legacy(facts: &Facts) -> bool {
    ["exchangeActiveSync", "easSupported", "other"]
        .iter()
        .any(|client| facts.equals("signIn.client", client) == Kleene::True)
}

/// Whether the user can satisfy the control during the sign-in.
///
/// SEMANTICS: §9.6
pub(crate) fn can_be_satisfied(request: &Request, control: &Control) -> bool {
    if is_legacy(&request.facts) {
        return false;
    }
    match control {
        Control::BuiltIn(control) => match control {
            BuiltInControl::Mfa
            | BuiltInControl::PasswordChange
            | BuiltInControl::RiskRemediation
            | BuiltInControl::VerifiedId => true,
            BuiltInControl::CompliantDevice
            | BuiltInControl::DomainJoinedDevice
            | BuiltInControl::ApprovedApplication
            | BuiltInControl::CompliantApplication => false,
        },
        Control::Strength(_) | Control::Terms(_) | Control::Custom(_) => true,
        Control::Own(_) => false,
    }
}

/// Whether the control is held.
pub(crate) fn is_held(set: &PolicySet, request: &Request, control: &Control) -> bool {
    let facts = &request.facts;
    let is_claimed = request.claimed.contains(&fold(&spelling(control)));
    let by_code = facts.equals("session.flow", "deviceCodeFlow") == Kleene::True;

    // SEMANTICS: §9.1
    let for_modern = |is_held: bool| is_held && !is_legacy(facts);
    match control {
        Control::BuiltIn(BuiltInControl::CompliantDevice) => {
            let is_enrolment = facts.is_true("signIn.enrollmentService") == Kleene::True;
            let is_compliant = facts.is_true("device.isCompliant") == Kleene::True;
            is_enrolment || for_modern(is_compliant && !by_code)
        }
        Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => {
            let is_joined = facts.equals("device.trustType", "ServerAD") == Kleene::True;
            for_modern(is_joined && !by_code)
        }
        Control::BuiltIn(BuiltInControl::Mfa) => {
            let built_in = [MULTIFACTOR, PASSWORDLESS, PHISHING_RESISTANT];
            let by_strength = built_in.iter().any(|id| claims_strength(request, id));
            for_modern(is_claimed || by_strength || methods_satisfy(set, facts, MULTIFACTOR))
        }
        Control::BuiltIn(
            BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication,
        ) => is_claimed,
        Control::BuiltIn(
            BuiltInControl::PasswordChange
            | BuiltInControl::RiskRemediation
            | BuiltInControl::VerifiedId,
        ) => for_modern(is_claimed),
        Control::Strength(id) => {
            for_modern(strength_is_claimed(request, id) || methods_satisfy(set, facts, id))
        }
        Control::Terms(_) | Control::Custom(_) => for_modern(is_claimed),
        Control::Own(_) => false,
    }
}

/// Whether a claim proves the strength.
///
/// SEMANTICS: §9.4
fn strength_is_claimed(request: &Request, id: &str) -> bool {
    let implied_by: &[&str] = match fold(id).as_str() {
        MULTIFACTOR => &[PASSWORDLESS, PHISHING_RESISTANT],
        PASSWORDLESS => &[PHISHING_RESISTANT],
        _ => &[],
    };
    let by_mfa = fold(id) == MULTIFACTOR && request.claimed.iter().any(|claim| claim == "mfa");
    by_mfa
        || claims_strength(request, id)
        || implied_by
            .iter()
            .any(|other| claims_strength(request, other))
}

fn claims_strength(request: &Request, id: &str) -> bool {
    request.claimed.contains(&fold(&format!("strength:{id}")))
}

/// Whether the methods of the session satisfy one of the strength's combinations.
///
/// SEMANTICS: §9.4
fn methods_satisfy(set: &PolicySet, facts: &Facts, id: &str) -> bool {
    let Fact::Set(methods) = facts.get("session.methods") else {
        return false;
    };
    let used: Vec<String> = methods.iter().map(|method| fold(method)).collect();
    let is_used = |method: &str| used.contains(&fold(method));
    if let Some(strength) = set
        .strengths
        .iter()
        .find(|strength| fold(&strength.id) == fold(id))
    {
        return strength.combinations.iter().any(|combination| {
            !combination.is_restricted
                && combination
                    .methods
                    .iter()
                    .all(|method| is_used(method.name()))
        });
    }
    let one_is_used = |methods: &[&str]| methods.iter().any(|method| is_used(method));
    let phishing_resistant = one_is_used(&ALONE_FOR_ALL);
    let passwordless = phishing_resistant || one_is_used(&ALONE_FOR_TWO);
    match fold(id).as_str() {
        PHISHING_RESISTANT => phishing_resistant,
        PASSWORDLESS => passwordless,
        MULTIFACTOR => {
            passwordless
                || one_is_used(&ALONE_FOR_ONE)
                || (is_used("password") && one_is_used(&WITH_PASSWORD))
                || (is_used("federatedSingleFactor") && one_is_used(&WITH_FEDERATION))
        }
        _ => false,
    }
}
