//! Random rules of every dialect on random facts: the compiled program, the DAG and the reference
//! evaluator say the same, and so does every one of them when facts are not known.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use gatewright_compiler::check_rule;
use gatewright_hir::rule::RULE_DIALECTS;
use gatewright_tests::dialects::DialectRule;
use gatewright_tests::generate::{Random, rules};

/// Rules of each dialect, and objects that each is asked about.
const RULES: usize = 60;
const OBJECTS: usize = 10;

/// A rule of the dialect, for its tables.
fn example(dialect: &str) -> &'static str {
    match dialect {
        "ca-csa" => "CustomSecurityAttribute.A_B -eq \"x\"",
        "ca-device" => "device.model -eq \"x\"",
        "dyn-user" => "user.city -eq \"x\"",
        "dyn-device" => "device.displayName -eq \"x\"",
        "intune-device" => "device.deviceName -eq \"x\"",
        "intune-app" => "app.appVersion -eq \"1\"",
        other => panic!("an example of `{other}` is missing"),
    }
}

#[test]
fn random_rules_of_every_dialect_match_alike_in_every_engine() {
    for (seed, name) in (1..).zip(RULE_DIALECTS) {
        let mut random = Random::new(seed);
        let set = check_rule(name, example(name)).unwrap().set.unwrap();
        let schema = &set.schema;
        let found = schema.dialects.iter().find(|d| d.name == *name);
        let dialect = found.unwrap();
        let (mut accepted, mut outcomes) = (0, [0_usize; 3]);
        for _ in 0..RULES {
            let text = rules::rule(&mut random, schema, dialect);
            let Ok(rule) = DialectRule::read(name, &text) else {
                continue;
            };
            accepted += 1;
            for _ in 0..OBJECTS {
                let facts = rules::facts(&mut random, schema, dialect);
                let now = random.chance(85).then_some("2026-11-22T09:00:00Z");
                let unknown = rules::unknown(&mut random, schema, dialect);
                let outcome = rule.matches_with(&facts, &unknown, now);
                let [yes, no, open] = &mut outcomes;
                *match outcome {
                    Some(true) => yes,
                    Some(false) => no,
                    None => open,
                } += 1;
            }
        }
        println!("{name}: {accepted} rules, {outcomes:?}");
        assert!(accepted * 2 >= RULES, "{name}: only {accepted} rules");
        assert!(outcomes.iter().all(|n| *n > 20), "{name}: {outcomes:?}");
    }
}
