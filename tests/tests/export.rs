//! Generated policies, written as Graph JSON and read again.
//!
//! `GATEWRIGHT_DECISIONS` says how many decisions to compare (20 000 unless told).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_compiler::{Compilation, Input, SourceFile, compile, export};
use gatewright_hir::model::{Edition, PolicySet};
use gatewright_interop::{ExportOptions, Exported, ImportOptions, write_project};
use gatewright_runtime::Mode;
use gatewright_tests::corpus::tenants;
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_tests::harvest::Facts;
use gatewright_tests::histogram::Histogram;
use gatewright_tests::sayable::sayable;
use serde_json::Value;

const AS_IS: ExportOptions = ExportOptions { normalise: false };
const NORMALISED: ExportOptions = ExportOptions { normalise: true };
const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

fn decisions_wanted(default: usize) -> usize {
    std::env::var("GATEWRIGHT_DECISIONS").map_or(default, |text| text.parse().unwrap())
}

/// A set that Graph can say: what it cannot is taken out, a policy at a time.
fn graph_set(random: &mut Random, base: &Base, size: usize) -> PolicySet {
    let mut set = policy_set(random, base, size);
    sayable(&mut set, &mut Histogram::default());
    for policy in &mut set.policies {
        policy.when = None;
    }
    // Graph JSON knows no editions.
    set.edition = Edition::NEWEST;
    let whole = set.clone();
    set.policies.retain(|policy| {
        let mut alone = whole.clone();
        alone.policies = vec![policy.clone()];
        export(&alone, AS_IS).diagnostics.is_empty()
    });
    set
}

fn read(files: &[(String, String)]) -> Compilation {
    let mut input = Input::default();
    for (path, text) in files.iter().filter(|(path, _)| path != "apply-order.json") {
        let file = SourceFile {
            path: path.clone(),
            bytes: text.clone().into_bytes(),
        };
        if path == "gatewright.toml" {
            input.manifest = Some(file);
        } else {
            input.files.push(file);
        }
    }
    compile(&input)
}

/// The files, what fixes their order apart.
fn contents(exported: &Exported) -> Vec<String> {
    let files = exported.files.iter();
    files.map(|(_, text)| text.clone()).collect()
}

/// The same files, one by one.
#[track_caller]
fn assert_same(name: &str, found: &Exported, wanted: &Exported) {
    let [found, wanted] = [found, wanted].map(contents);
    assert_eq!(found.len(), wanted.len(), "{name}");
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted, "{name}");
    }
}

/// Decide by both; the decisions must be the same, but for ids where `with_ids` is false.
fn assert_alike(name: &str, left: &Subject, right: &Subject, request: &Value, with_ids: bool) {
    for mode in MODES {
        let [left, right] = [left, right].map(|subject| {
            let mut decision = subject.reference(request, mode);
            for policy in decision["policies"].as_array_mut().unwrap() {
                if !with_ids {
                    policy["id"] = Value::Null;
                }
            }
            decision
        });
        assert!(!left.is_null(), "{name}: refused {request}");
        assert_eq!(left, right, "{name}, {mode:?}\n{request}");
    }
}

#[test]
fn generated_policies_come_back_from_json_and_from_text() {
    const SIZES: &[usize] = &[1, 2, 5, 13, 30];
    const SIGN_INS: usize = 40;
    let wanted = decisions_wanted(20_000);
    let base = Base::entra();
    let (mut decided, mut seed, mut policies) = (0, 1, 0);
    while decided < wanted {
        let mut random = Random::new(seed);
        let set = graph_set(&mut random, &base, SIZES[seed as usize % SIZES.len()]);
        let name = format!("seed {seed}");
        seed += 1;
        if set.policies.is_empty() {
            continue;
        }
        policies += set.policies.len();
        let first = export(&set, AS_IS);
        let json = read(&first.files);
        assert!(json.is_readable(), "{name}\n{}", json.render());
        assert_same(&name, &export(&json.set, AS_IS), &first);
        let text = write_project(&json.set, &ImportOptions::default());
        let text = read(&text);
        assert!(text.is_readable(), "{name}\n{}", text.render());
        assert_same(&name, &export(&text.set, AS_IS), &first);
        let canonical = canonical(&set);
        let sets = [set, json.set, text.set, canonical];
        let [set, json, text, canonical] = sets.map(|set| Subject::new(set).unwrap());
        for _ in 0..SIGN_INS {
            let request = sign_in(&mut random, &base.schema);
            assert_alike(&name, &set, &json, &request, true);
            assert_alike(&name, &set, &text, &request, true);
            assert_alike(&name, &set, &canonical, &request, false);
            decided += 3 * MODES.len();
        }
    }
    println!("{decided} decisions, {policies} policies");
}

/// The set with one policy to a name: what is written canonically has no id, and is known by it.
fn named_apart(set: &PolicySet) -> PolicySet {
    let mut set = set.clone();
    for (at, policy) in set.policies.iter_mut().enumerate() {
        policy.display_name = format!("{at:03} {}", policy.display_name);
    }
    set
}

/// The policies of a set as they are read where the service has taken the canonical ones. What
/// they speak of is as before: its ids are the service's.
fn canonical(set: &PolicySet) -> PolicySet {
    let compilation = read(&canonical_policies(set));
    assert!(compilation.is_readable(), "{}", compilation.render());
    PolicySet {
        locations: set.locations.clone(),
        strengths: set.strengths.clone(),
        ..compilation.set
    }
}

fn canonical_policies(set: &PolicySet) -> Vec<(String, String)> {
    let files = export(set, NORMALISED).files.into_iter();
    files
        .filter(|(path, _)| path.starts_with("policies/"))
        .collect()
}

#[test]
fn canonical_policies_decide_as_those_they_were_written_from() {
    let tenants = tenants();
    let sign_ins = decisions_wanted(20_000) / tenants.len() / MODES.len();
    for (seed, tenant) in (1..).zip(&tenants) {
        let set = named_apart(&compile(&tenant.input).set);
        let again = canonical(&set);
        let [first, second] = [&set, &again].map(canonical_policies);
        assert_eq!(second, first, "{}", tenant.name);
        let facts = Facts::of(&set);
        let [left, right] = [set, again].map(|set| Subject::new(set).unwrap());
        let mut random = Random::new(seed);
        for _ in 0..sign_ins {
            let request = facts.sign_in(&mut random, &left.set.schema);
            assert_alike(&tenant.name, &left, &right, &request, false);
        }
    }
}
