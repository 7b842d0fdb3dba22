//! Invariants: what they are about, what they say, and what is said about mistakes in them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;
use common::{Checked, expect, file};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{
    AppScope, Assignments, Control, Scoped, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_value::vocabulary::{BuiltInControl, State};
use gatewright_value::{FrequencyInterval, PersistentBrowser};

const GROUPS: &str = "group Finance = \"f\"\ngroup BreakGlass = \"b\"\n";

/// The only invariant of a text without findings.
#[track_caller]
fn only(text: &str) -> Invariant {
    let checked = file(&format!("{GROUPS}{text}"));
    assert!(checked.diagnostics.is_empty(), "{}", checked.render());
    assert_eq!(checked.invariants.len(), 1);
    checked.invariants.into_iter().next().unwrap()
}

fn clauses(clauses: &str) -> Invariant {
    only(&format!("invariant \"i\" {{ {clauses} }}"))
}

fn assignments(invariant: &Invariant) -> &Assignments {
    invariant.policy.assignments.as_ref().unwrap()
}

fn values<T: Clone>(scope: &Scoped<T>) -> (Vec<T>, Vec<T>) {
    let values = |items: &[gatewright_hir::model::Located<T>]| {
        items.iter().map(|item| item.value.clone()).collect()
    };
    (values(&scope.include), values(&scope.exclude))
}

fn users(invariant: &Invariant) -> (Vec<UserScope>, Vec<UserScope>) {
    match &assignments(invariant).who {
        Who::Users(scope) => values(scope),
        other => panic!("{other:?}"),
    }
}

fn apps(invariant: &Invariant) -> (Vec<AppScope>, Vec<AppScope>) {
    match &assignments(invariant).target {
        Target::Apps(scope) => values(scope),
        other => panic!("{other:?}"),
    }
}

fn group(id: &str) -> UserScope {
    UserScope::Group(id.to_owned())
}

#[test]
fn what_is_left_out_means_everybody_and_everything() {
    let invariant = clauses("clients [other] always block");
    assert_eq!(users(&invariant), (vec![UserScope::All], vec![]));
    assert_eq!(apps(&invariant), (vec![AppScope::All], vec![]));
    let policy = &invariant.policy;
    assert_eq!(policy.state, State::Enabled);
    assert!(policy.outcome.is_block && policy.outcome.requirement.is_none());
    assert!(assignments(&invariant).clients.is_some());
    assert!(invariant.quantifier.is_always());
}

#[test]
fn exceptions_alone_except_from_everything() {
    let invariant = clauses(
        "users except groups [BreakGlass] apps except [AzureServiceManagement] never block",
    );
    assert_eq!(users(&invariant), (vec![UserScope::All], vec![group("b")]));
    let (include, exclude) = apps(&invariant);
    assert_eq!((include, exclude.len()), (vec![AppScope::All], 1));
    let filtered = clauses("apps except where CustomSecurityAttribute.A_B -eq \"x\" always block");
    let (include, exclude) = apps(&filtered);
    assert_eq!((include, exclude.len()), (vec![AppScope::All], 1));
}

#[test]
fn other_identities_and_targets_are_not_widened() {
    let workloads = clauses("workloads all always block");
    match &assignments(&workloads).who {
        Who::ServicePrincipals(scope) => {
            assert_eq!(values(scope), (vec![ServicePrincipalScope::Owned], vec![]));
        }
        other => panic!("{other:?}"),
    }
    let actions = clauses("actions [registerSecurityInformation] always require mfa");
    assert!(matches!(assignments(&actions).target, Target::Actions(_)));
    let guests = clauses("guests all always require mfa");
    assert!(matches!(
        users(&guests).0.as_slice(),
        [UserScope::Guests(_)]
    ));
}

#[test]
fn a_requirement_is_read_like_that_of_a_policy() {
    let both = clauses("always require all [mfa, compliantDevice]");
    let requirement = both.policy.outcome.requirement.unwrap();
    let controls = [BuiltInControl::Mfa, BuiltInControl::CompliantDevice];
    assert!(requirement.is_all);
    assert_eq!(requirement.controls, controls.map(Control::BuiltIn));
    let any = clauses("never require any [mfa, compliantDevice]");
    assert!(!any.policy.outcome.requirement.unwrap().is_all);
    assert!(!any.quantifier.is_always());
    let strength = clauses("always require strength PhishingResistantMfa");
    let controls = strength.policy.outcome.requirement.unwrap().controls;
    assert!(matches!(controls.as_slice(), [Control::Strength(id)] if id.ends_with("0004")));
}

#[test]
fn session_controls_with_commas_are_one_claim() {
    let session = clauses("always session signInFrequency 4 hours, persistentBrowser never");
    let controls = session.policy.outcome.session;
    assert_eq!(
        controls.sign_in_frequency.unwrap().interval,
        FrequencyInterval::Hours(4)
    );
    assert_eq!(controls.persistent_browser, Some(PersistentBrowser::Never));
    let never = clauses("never session persistentBrowser always");
    assert_eq!(
        never.policy.outcome.session.persistent_browser,
        Some(PersistentBrowser::Always)
    );
}

#[test]
fn scopes_narrow_and_what_they_do_is_left_out() {
    let invariant = only(
        "scope \"S\" {
             state disabled
             users groups [Finance] except groups [BreakGlass]
             require mfa
             scope \"T\" {
                 apps [AzureServiceManagement]
                 when user.department -eq \"x\"
                 invariant \"i\" { unless user.country -eq \"NL\" always block }
             }
         }",
    );
    assert_eq!(users(&invariant), (vec![group("f")], vec![group("b")]));
    assert_eq!(apps(&invariant).0.len(), 1);
    assert!(invariant.policy.when.is_some());
    assert!(invariant.policy.outcome.requirement.is_none());
    assert_eq!(invariant.policy.scopes, ["S", "T"]);
}

#[test]
fn every_use_of_a_template_makes_its_own() {
    let checked = file(&format!(
        "{GROUPS}template Protected(name: text, who: group, what: list of control) {{
             /// Why.
             @owner(\"identity\")
             invariant \"{{name}} is protected\" {{ users groups [who] always require all [what] }}
         }}
         use Protected(\"Finance\", Finance, [mfa])
         use Protected(\"BreakGlass\", BreakGlass, [mfa, compliantDevice])",
    ));
    assert!(checked.diagnostics.is_empty(), "{}", checked.render());
    let names: Vec<&str> = checked.invariants.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["Finance is protected", "BreakGlass is protected"]);
    let second = &checked.invariants[1];
    assert_eq!(second.annotations.owner.as_deref(), Some("identity"));
    assert_eq!(second.annotations.used_at.len(), 1);
    assert_eq!(second.docs, "Why.");
    let controls = &second.policy.outcome.requirement.as_ref().unwrap().controls;
    assert_eq!(controls.len(), 2);
}

#[test]
fn they_come_in_order_of_paths_and_not_out_of_libraries() {
    let text = |name: &str| format!("invariant \"{name}\" {{ always block }}");
    let (a, b, c) = (text("a"), text("b"), text("c"));
    let files = [("z.gate", &*b), ("a.gate", &*a), ("library/l.gate", &*c)];
    let checked = common::project(&files);
    let names: Vec<&str> = checked.invariants.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(checked.codes(), ["GW0218"]);
}

#[test]
fn a_suppression_hides_what_is_unwise_in_an_invariant() {
    let text = |annotation: &str| {
        format!(
            "{annotation} invariant \"i\" {{ when user.department -eq \"a\" -and user.department -eq \"b\" always block }}"
        )
    };
    let codes = file(&text("")).codes();
    assert_eq!(codes, ["GW0412"]);
    assert!(
        file(&text("@suppress(GW0412, \"shown\")"))
            .codes()
            .is_empty()
    );
}

const SCHEMA: &str = "
schema \"Payments\" version 1
entity payment { amount: Decimal }
control otp interactive \"A one-time password\"
effect approve \"a\"
effect refuse \"r\"
combine strongest otherwise approve
";

fn own(clauses: &str) -> Checked {
    file(&format!("{SCHEMA}invariant \"i\" {{ {clauses} }}"))
}

#[test]
fn under_a_schema_of_ones_own_effects_and_obligations_are_claimed() {
    let checked = own("when payment.amount -gt 100 always then refuse");
    assert!(checked.diagnostics.is_empty(), "{}", checked.render());
    let policy = &checked.invariants[0].policy;
    assert!(policy.assignments.is_none() && policy.when.is_some());
    assert_eq!(policy.outcome.effect.map(|effect| effect.0), Some(1));
    let checked = own("never require [otp]");
    assert!(checked.diagnostics.is_empty(), "{}", checked.render());
    let requirement = checked.invariants[0].policy.outcome.requirement.as_ref();
    assert_eq!(requirement.map(|r| r.controls.len()), Some(1));
    assert_eq!(own("always refuse").codes(), ["GW0254"]);
    assert_eq!(own("always block").codes(), ["GW0254"]);
    assert_eq!(own("users all always then refuse").codes(), ["GW0323"]);
    assert_eq!(own("always then refused").codes().len(), 1);
}

#[test]
fn mistakes_are_shown_at_their_places_and_leave_nothing_behind() {
    expect(
        r#"
invariant "a" { users all }
//        ^^^ GW0250: `a` does not say
invariant "b" { }
//        ^^^ GW0250: `b` does not say
invariant "c" {
    always require any []
//                     ^^ GW0250: nothing follows `require`
}
invariant "d" {
    always block
    never  block
//  ^^^^^ GW0251: an invariant says one thing
}
invariant "e" { always block, require mfa }
//                            ^^^^^^^ GW0251: an invariant says one thing, and this one says `block`
invariant "f" {
    state  enabled
//  ^^^^^ GW0252: `state` has no place
    always block
}
invariant "g" {
    require mfa
//  ^^^^^^^ GW0253: `require` stands without
}
invariant "h" {
    always block
    session persistentBrowser never
//  ^^^^^^^ GW0253: `session` stands without
}
invariant "q" { always require mfa, session persistentBrowser never }
//                                  ^^^^^^^ GW0251: an invariant says one thing
invariant "i" { always mfa }
//                     ^^^ GW0254: what `always` holds
invariant "j" { never "x" }
//                    ^^^ GW0254: what `never` holds
invariant "k" { always then refuse }
//                     ^^^^ GW0254: what `always` holds
invariant "l" { always block }
invariant "L" { never  block }
//        ^^^ GW0255: there are two invariants `L`
invariant "m" { always session }
//                     ^^^^^^^ GW0250: nothing follows `session`
invariant "n" { always block now }
//                           ^^^ GW0320
invariant "o" { users all users all always block }
//                        ^^^^^ GW0321
invariant "p" { always require all [mfa] except [mfa] }
//                                       ^^^^^^ GW0320
"#,
    );
    let checked = file("invariant \"a\" { always mfa } invariant \"b\" { always require mfas }");
    assert!(checked.invariants.is_empty());
    let checked = file("invariant \"a\" { users all workloads all always block }");
    assert_eq!(checked.codes(), ["GW0322"]);
    assert!(checked.invariants.is_empty());
}

#[test]
fn a_mistake_that_has_one_remedy_has_its_fix() {
    for (clauses, fixed) in [
        ("always mfa", "require "),
        ("always signInFrequency 4 hours", "session "),
        ("always persistentBrowser never", "session "),
        ("require mfa", "always "),
    ] {
        let checked = file(&format!("invariant \"i\" {{ {clauses} }}"));
        assert_eq!(checked.diagnostics.len(), 1, "{}", checked.render());
        assert_eq!(checked.diagnostics[0].fixes[0].edits[0].text, fixed);
    }
}
