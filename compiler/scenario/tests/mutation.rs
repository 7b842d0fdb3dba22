//! Slips in policies, and whether tests notice them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Project, own_project, project, ran_with};
use gatewright_scenario::{
    Fate, Judged, Mutant, Mutation, Operator, Options, Witness, human, json, mutants, mutation, run,
};

const POLICIES: &str = r#"
group    BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group    Finance    = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]
location Embargoed  = countries [KP, IR]

policy "MFA" { state enabled users all except groups [BreakGlass] apps all
    require any [strength PhishingResistantMfa, compliantDevice] }
policy "Phones" {
    state enabled users guests except roles [GlobalAdministrator] apps all except [Payroll]
    platforms [android, iOS]
    clients [browser]
    require compliantApplication
    session persistentBrowser never, signInFrequency 4 hours
}
policy "Embargo" { state enabled users all apps all locations [Embargoed, Offices] block }
policy "Trial" { state reportOnly users groups [Finance] apps [Payroll] signInRisk [high]
    devices where device.model -in ["A", "B"] -and device.isCompliant -ne True
    when user.department -eq "Sales" -or -not (user.country -eq "NL" -and user.city -eq "Delft")
    block }
policy "Off" { state disabled users all apps all block }
"#;

const USER: &str = "user app Payroll client browser ip 198.51.100.7 country NL platform windows";

/// A project with a test of each row: a sign-in and what is expected.
fn with_tests(rows: &[(&str, &str)]) -> Project {
    let tests: String = rows
        .iter()
        .enumerate()
        .map(|(at, (given, expect))| {
            format!("test \"{at}\" {{ given {{ {given} }} expect {{ {expect} }} }}\n")
        })
        .collect();
    project(&format!("{POLICIES}\n{tests}"))
}

#[track_caller]
fn mutated(project: &Project, judged: &mut Judged<'_>) -> Mutation {
    assert_eq!(ran_with(project, &Options::default()).failed(), 0);
    let mut last = (0, 0);
    let found = mutation(
        &project.set,
        &project.scenarios,
        &project.sources,
        &Options::default(),
        judged,
        &mut |done, all| last = (done, all),
    )
    .unwrap();
    assert_eq!(last.0, last.1);
    found
}

fn suite() -> Project {
    let guest = USER.replace("user app", "guest b2bCollaborationGuest app");
    let trial = format!(
        "{USER} groups [Finance] signInRisk high user.department \"Sales\" \
         device [model \"A\", isCompliant False]"
    );
    let missing = "require any [strength PhishingResistantMfa, compliantDevice]";
    with_tests(&[
        (USER, &format!("interrupt {missing} applied [\"MFA\"]")),
        (&format!("{USER} groups [BreakGlass]"), "notApplicable"),
        (
            &guest
                .replace("windows", "iOS")
                .replace("app Payroll", "app ExchangeOnline"),
            "deny session signInFrequency 4 hours",
        ),
        (
            &USER.replace("country NL", "country KP"),
            "block applied [\"MFA\", \"Embargo\"]",
        ),
        (&trial, "reportOnly block reportOnly applied [\"Trial\"]"),
        (
            &trial.replace("model \"A\"", "model \"C\""),
            "not applied [\"Trial\"]",
        ),
    ])
}

#[test]
fn slips_are_those_that_people_make() {
    let project = with_tests(&[]);
    let found = mutants(&project.set);
    let all: Vec<&str> = found.mutants.iter().map(|m| &*m.description).collect();
    for expected in [
        "`MFA` is left report-only",
        "`MFA` is disabled",
        "`MFA` no longer excludes the group BreakGlass",
        "`MFA` includes the group BreakGlass instead of excluding it",
        "`MFA` blocks instead of requiring anything",
        "`MFA` requires all of its controls instead of any",
        "`MFA` no longer requires compliantDevice",
        "`MFA` requires the strength Passwordless MFA instead of the strength Phishing-resistant MFA",
        "`Phones` no longer includes the platform android",
        "`Phones` also includes the platform linux",
        "`Phones` includes all platforms",
        "`Phones` no longer asks for the platform",
        "`Phones` also applies at the client mobileAppsAndDesktopClients",
        "`Phones` no longer excludes the app Payroll",
        "`Phones` no longer sets persistentBrowser",
        "`Phones` lets sessions outlive the browser",
        "`Phones` asks half as often to sign in",
        "`Embargo` no longer includes the location Offices",
        "`Embargo` requires mfa instead of blocking",
        "`Trial` is enforced, not report-only",
        "`Trial` also applies at the sign-in risk medium",
        "`Trial` excludes the devices of the filter instead of including them",
        "`Trial` has `or` for `and` in the filter for devices",
        "`Trial` no longer compares `device.model` with \"b\"",
        "`Trial` no longer negates the comparison of `device.isCompliant`",
        "`Trial` has `and` for `or` in `when`",
        "`Trial` no longer negates a part of `when`",
        "`Trial` applies whatever `when` says",
    ] {
        assert!(all.contains(&expected), "{expected} in {all:#?}");
    }
    assert!(!all.iter().any(|said| said.contains("`Off`")), "{all:#?}");
    assert_eq!(found.left_out, 0);
    for mutant in &found.mutants {
        assert_ne!(mutant.changed, project.set.policies[mutant.policy]);
        assert!(!mutant.span.is_empty(), "{}", mutant.description);
    }
    let exclusion = found
        .mutants
        .iter()
        .find(|m| m.operator == Operator::Exclude);
    let place = project.sources.text(exclusion.unwrap().span);
    assert_eq!(place, "BreakGlass");
}

/// Compile every mutant by itself, run the tests, and compare.
fn agrees_with_compiling_each(project: &Project) -> [usize; 4] {
    let found = mutated(project, &mut |_| Vec::new());
    for result in &found.results {
        let changed = result.mutant.applied_to(&project.set);
        let run = run(
            &changed,
            &project.scenarios,
            &project.sources,
            &Options::default(),
            &mut |_, _| {},
        )
        .unwrap();
        let first = run.tests.iter().find(|test| !test.failures.is_empty());
        let what = &result.mutant.description;
        match &result.fate {
            Fate::Killed { test, step } => {
                let first = first.unwrap_or_else(|| panic!("{what}"));
                let known = (&first.name, first.failures[0].step);
                assert_eq!((test, *step), known, "{what}");
            }
            _ => assert!(first.is_none(), "{what}: {first:?}"),
        }
    }
    found.counts()
}

#[test]
fn a_mutant_is_killed_iff_the_tests_fail_on_the_set_with_the_slip() {
    let [killed, _, _, survived] = agrees_with_compiling_each(&suite());
    assert!(killed > 20 && survived > 20, "{killed} {survived}");
}

#[test]
fn the_same_holds_under_a_schema_of_ones_own() {
    let schema = r#"schema "Doors" version 1
        entity badge { level: Integer [0, 9]  teams: set of String }
        entity door optional { zone: String? }
        control escort "A colleague comes along"
        control log "It is written down"
        effect open "The door opens"
        effect ring "Somebody is asked"
        effect stay "The door stays closed"
        combine strongest otherwise open"#;
    let policies = r#"
        policy "Visitors ring" { when badge.level -lt 3 then ring require [escort, log] }
        policy "Labs" {
            when   door.zone -in ["lab", "store"] -and badge.level -le 5
            unless badge.teams -contains "science"
            then   stay }
        policy "Trial" { state reportOnly when badge.level -lt 9 then ring }
        test "A visitor" {
            given  { badge.level 2 badge.teams [] door.zone "hall" }
            expect { ring require all [escort, log] applied ["Visitors ring"] }
            given  { badge.level 3 } expect { open }
            given  { door.zone "lab" } expect { stay }
            given  { badge.level 5 } expect { stay }
            given  { badge.teams ["science"] } expect { open reportOnly ring } }"#;
    let [killed, _, _, survived] = agrees_with_compiling_each(&own_project(schema, policies));
    assert!(killed > 10 && survived > 2, "{killed} {survived}");
}

#[test]
fn what_is_no_change_is_not_held_against_the_tests() {
    let project = project(
        "policy \"A\" { state enabled users all apps all platforms all except [iOS, iOS] block }
         test \"t\" { given { user app \"0000\" client browser platform windows } expect { block } }
         test \"u\" { given { user app \"0000\" client browser platform iOS }
                      expect { notApplicable } }",
    );
    let found = mutated(&project, &mut |_| Vec::new());
    let fate = |says: &str| {
        let mut results = found.results.iter();
        let found = results.find(|result| result.mutant.description.contains(says));
        found.map(|result| result.fate.clone())
    };
    let dropped = fate("no longer excludes the platform iOS");
    assert_eq!(dropped, Some(Fate::NoChange));
    assert!(matches!(fate("is disabled"), Some(Fate::Killed { .. })));
    // Of mutants that mean the same the first is enough.
    let descriptions: Vec<&str> = found
        .results
        .iter()
        .map(|result| &*result.mutant.description)
        .collect();
    let all = mutants(&project.set).mutants.len();
    assert!(descriptions.len() < all, "{descriptions:?}");
}

#[test]
fn what_tests_let_through_is_judged_at_once() {
    let project = suite();
    let alone = mutated(&project, &mut |_| Vec::new());
    let mut asked = 0;
    let witness = || Witness {
        sentence: "now lets in: somebody".to_owned(),
        request: "{\"a\":1}".to_owned(),
    };
    let mut judged = |mutants: &[&Mutant]| {
        asked += mutants.len();
        let fate = |mutant: &&Mutant| match mutant.operator {
            Operator::All => Fate::Noticed {
                invariant: "Only some".to_owned(),
                witness: witness(),
            },
            Operator::Session => Fate::NoChange,
            Operator::Include => Fate::Survived(witness()),
            _ => Fate::Unknown(Some("too large".to_owned())),
        };
        mutants.iter().map(fate).collect()
    };
    let found = mutated(&project, &mut judged);
    assert_eq!(asked, alone.survivors().count());
    let [killed, noticed, unchanged, survived] = found.counts();
    let before = alone.counts();
    assert_eq!(killed, before[0]);
    assert!(noticed > 0 && unchanged > before[2] && survived < before[3]);
    assert!(found.percentage() > alone.percentage());

    let mut run = ran_with(&project, &Options::default());
    run.mutation = Some(found);
    let text = human(&run, &project.sources);
    assert!(text.contains("by invariants alone"), "{text}");
    assert!(text.contains("    now lets in: somebody\n"), "{text}");
    assert!(text.contains("is unknown: too large"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&json(&run, &project.sources)).unwrap();
    let rows = json["mutation"]["mutants"].as_array().unwrap();
    let of = |fate: &str| rows.iter().filter(|row| row["fate"] == fate).count();
    assert_eq!(of("killed"), killed);
    assert_eq!(of("noticed"), noticed);
    assert_eq!(of("unchanged"), unchanged);
    assert_eq!(of("survived"), survived);
    assert_eq!(json["mutation"]["survived"], survived);
}

#[test]
fn of_a_large_policy_only_some_slips_are_made_and_the_rest_is_counted() {
    let users: Vec<String> = (0..5000)
        .map(|number| format!("\"00000000-0000-4000-8000-{number:012}\""))
        .collect();
    let project = project(&format!(
        "policy \"A\" {{ state enabled users all except users [{}] apps all block }}",
        users.join(", ")
    ));
    let found = mutants(&project.set);
    assert!(found.mutants.len() < 100, "{}", found.mutants.len());
    assert!(found.left_out > 9000, "{}", found.left_out);
}
