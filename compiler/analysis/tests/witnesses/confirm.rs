//! What the reference makes of witnesses.

use gatewright_analysis::Fact;
use gatewright_analysis::confirm::Judge;
use gatewright_analysis::request::{Proofs, request};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_reference::Mode;
use serde_json::Value;

use crate::project::{FINANCE, PAYROLL, elements, facts, project, text};

/// A set, and the last of its policies taken out as the invariant.
fn set_and_invariant(policies: &str, invariant: &str) -> (PolicySet, Policy) {
    let text = format!("{policies}\npolicy \"invariant\" {{ state disabled {invariant} }}");
    let mut set = project(&text).set;
    let invariant = set.policies.pop().unwrap();
    (set, invariant)
}

fn sign_in<const N: usize>(set: &PolicySet, more: [(&str, Fact); N], proofs: &Proofs) -> Value {
    let mut known = facts(
        set,
        [
            ("user.groups", elements(&[FINANCE])),
            ("app.ids", elements(&[PAYROLL])),
        ],
    );
    known.extend(facts(set, more));
    request(set, &known, proofs)
}

const MFA: &str = "policy \"MFA\" { state enabled users groups [Finance] apps all \
    clients [browser] require mfa }";

#[test]
fn always_is_refuted_where_the_set_admits_and_the_invariant_does_not() {
    let (set, invariant) = set_and_invariant(MFA, "users all apps all require mfa");
    let judge = Judge::new(&set, false);
    let mfa = invariant
        .outcome
        .requirement
        .as_ref()
        .unwrap()
        .controls
        .clone();
    let proofs = Proofs::avoiding(&set, &mfa);
    let browser = sign_in(&set, [("signIn.client", text("browser"))], &proofs);
    assert!(!judge.admits(&browser, Mode::Graph).unwrap());
    assert!(!judge.refutes_always(&invariant, &browser).unwrap());
    let app = sign_in(
        &set,
        [("signIn.client", text("mobileappsanddesktopclients"))],
        &proofs,
    );
    assert!(judge.refutes_always(&invariant, &app).unwrap());
    // Who has proved it refutes nothing.
    let proved = sign_in(&set, [], &Proofs::every(&set));
    assert!(!judge.refutes_always(&invariant, &proved).unwrap());
    // A missing client counts against the set.
    let unknown = sign_in(&set, [("signIn.client", Fact::Unknown)], &proofs);
    assert!(judge.refutes_always(&invariant, &unknown).unwrap());
}

#[test]
fn never_block_is_refuted_where_no_proof_helps() {
    let (set, invariant) = set_and_invariant(MFA, "users groups [Finance] apps all block");
    let judge = Judge::new(&set, false);
    let modern = sign_in(&set, [], &Proofs::default());
    assert!(!judge.refutes_never(&invariant, &modern).unwrap());
    let policies = "policy \"L\" { state enabled users all apps all clients [other] require mfa }";
    let (set, invariant) = set_and_invariant(policies, "users groups [Finance] apps all block");
    let judge = Judge::new(&set, false);
    let legacy = sign_in(&set, [("signIn.client", text("other"))], &Proofs::default());
    assert!(judge.refutes_never(&invariant, &legacy).unwrap());
    let elsewhere = request(&set, &facts(&set, []), &Proofs::default());
    assert!(!judge.refutes_never(&invariant, &elsewhere).unwrap());
}

#[test]
fn never_require_is_refuted_where_everything_else_does_not_do() {
    let policies = "policy \"A\" { state enabled users all apps all \
        require any [compliantDevice, passwordChange] }
        policy \"B\" { state enabled users all apps [Payroll] require compliantDevice }";
    let (set, invariant) =
        set_and_invariant(policies, "users all apps all require compliantDevice");
    let judge = Judge::new(&set, false);
    // The device is compliant, and all the same it is demanded that it is.
    let device = [("device.isCompliant", Fact::Boolean(true))];
    let payroll = sign_in(&set, device.clone(), &Proofs::default());
    assert!(judge.refutes_never(&invariant, &payroll).unwrap());
    let mut other = facts(&set, device);
    other.extend(facts(&set, [("app.ids", elements(&["x"]))]));
    let other = request(&set, &other, &Proofs::default());
    assert!(!judge.refutes_never(&invariant, &other).unwrap());
}

#[test]
fn methods_that_happen_to_be_used_do_not_hide_what_is_demanded() {
    let policies = "policy \"K\" { state enabled users all apps all require strength Keys }";
    let (set, invariant) = set_and_invariant(policies, "users all apps all require strength Keys");
    let judge = Judge::new(&set, false);
    let key = sign_in(
        &set,
        [("session.methods", elements(&["fido2"]))],
        &Proofs::default(),
    );
    assert!(judge.admits(&key, Mode::Graph).unwrap());
    assert!(judge.refutes_never(&invariant, &key).unwrap());
}

#[test]
fn report_only_policies_count_where_they_are_to() {
    let policies = "policy \"R\" { state reportOnly users all apps all require mfa }";
    let (set, invariant) = set_and_invariant(policies, "users all apps all require mfa");
    let anybody = sign_in(&set, [], &Proofs::default());
    assert!(
        Judge::new(&set, false)
            .refutes_always(&invariant, &anybody)
            .unwrap()
    );
    assert!(
        !Judge::new(&set, true)
            .refutes_always(&invariant, &anybody)
            .unwrap()
    );
}

#[test]
fn session_controls_are_compared_by_how_strict_they_are() {
    let policies = "policy \"S\" { state enabled users all apps all require mfa
        session signInFrequency 1 day, persistentBrowser never }";
    for (wanted, always, never) in [
        ("signInFrequency 1 day", false, true),
        ("signInFrequency 4 hours", true, false),
        ("signInFrequency 2 days", false, false),
        ("persistentBrowser always", false, false),
        ("persistentBrowser never", false, true),
    ] {
        let session = format!("users all apps all session {wanted}");
        let (set, invariant) = set_and_invariant(policies, &session);
        let judge = Judge::new(&set, false);
        let anybody = sign_in(&set, [], &Proofs::default());
        let is_refuted = judge.refutes_always_session(&invariant, &anybody).unwrap();
        assert_eq!(is_refuted, always, "always {wanted}");
        let is_refuted = judge.refutes_never_session(&invariant, &anybody).unwrap();
        assert_eq!(is_refuted, never, "never {wanted}");
    }
}
