//! The text that `import` writes means what the policies mean that it was written from.
//!
//! `GATEWRIGHT_DECISIONS` says how many decisions to compare for the whole corpus (50 000 unless
//! told, two thousand for each set), and how many for random sets (20 000 unless told).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use std::collections::{BTreeMap, BTreeSet};

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_hir::model::PolicySet;
use gatewright_interop::{ImportOptions, write_project};
use gatewright_runtime::Mode;
use gatewright_tests::corpus::tenants;
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_tests::harvest::Facts;
use gatewright_tests::histogram::Histogram;
use gatewright_tests::sayable::{sayable, text};
use serde_json::Value;

fn decisions_wanted(default: usize) -> usize {
    std::env::var("GATEWRIGHT_DECISIONS").map_or(default, |text| text.parse().unwrap())
}

const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

/// The project that `import` writes, one policy to a file or all in one.
fn project(set: &PolicySet, grouped: bool) -> Vec<(String, String)> {
    write_project(
        set,
        &ImportOptions {
            grouped,
            ..ImportOptions::default()
        },
    )
}

fn compile_project(files: Vec<(String, String)>) -> Compilation {
    let mut input = Input::default();
    for (path, text) in files {
        let file = SourceFile {
            path,
            bytes: text.into_bytes(),
        };
        if file.path == "gatewright.toml" {
            input.manifest = Some(file);
        } else {
            input.files.push(file);
        }
    }
    compile(&input)
}

/// Decide by both sets; the decisions must be the same but for names that text has to change,
/// because it cannot have two of one kind. What other tests compare thoroughly, that the engines
/// agree on each of the sets, is looked at for some of the sign-ins.
struct Pair<'a> {
    name: &'a str,
    json: Subject,
    text: Subject,
    /// Places of policies that are known by another name in the text.
    renamed: Vec<usize>,
    decided: usize,
}

impl<'a> Pair<'a> {
    fn new(name: &'a str, json: PolicySet, text: PolicySet) -> Self {
        assert_eq!(json.policies.len(), text.policies.len(), "{name}");
        let renamed = renamed(&json, &text);
        let (json, text) = (Subject::new(json).unwrap(), Subject::new(text).unwrap());
        Pair {
            name,
            json,
            text,
            renamed,
            decided: 0,
        }
    }

    fn assert_alike(&mut self, request: &Value) {
        for mode in MODES {
            let mut left = self.decide(&self.json, request, mode);
            let mut right = self.decide(&self.text, request, mode);
            assert!(!left.is_null(), "{}: refused {request}", self.name);
            for decision in [&mut left, &mut right] {
                let policies = decision["policies"].as_array_mut().unwrap();
                for place in &self.renamed {
                    policies[*place]["id"] = Value::Null;
                }
            }
            assert_eq!(left, right, "{}, {mode:?}\n{request}", self.name);
            self.decided += 1;
        }
    }

    fn decide(&self, subject: &Subject, request: &Value, mode: Mode) -> Value {
        if self.decided % 16 > 1 {
            return subject.reference(request, mode);
        }
        let decision = subject.decide(request, mode);
        decision.unwrap_or_else(|d| panic!("{}, {mode:?}: {d}\n{request}", self.name))
    }
}

/// Places of policies without an id of the server, whose name comes twice: text tells them apart.
fn renamed(json: &PolicySet, text: &PolicySet) -> Vec<usize> {
    let mut places = Vec::new();
    for (place, (left, right)) in json.policies.iter().zip(&text.policies).enumerate() {
        assert_eq!(left.display_name, right.display_name);
        if left.id != right.id {
            assert!(!left.has_server_id, "{} and {}", left.id, right.id);
            places.push(place);
        }
    }
    places
}

#[test]
fn text_of_the_corpus_decides_as_the_json_it_was_written_from() {
    let tenants = tenants();
    let sign_ins = decisions_wanted(50_000) / tenants.len() / 2;
    for (seed, tenant) in (1000..).zip(&tenants) {
        let set = compile(&tenant.input).set;
        let facts = Facts::of(&set);
        let written = compile_project(project(&set, seed % 2 == 0));
        assert!(
            written.is_readable(),
            "{}\n{}",
            tenant.name,
            written.render()
        );
        let mut pair = Pair::new(&tenant.name, set, written.set);
        for place in &pair.renamed {
            let name = &pair.json.set.policies[*place].display_name;
            println!("{}: two policies have one name: `{name}`", tenant.name);
        }
        let mut random = Random::new(seed);
        for _ in 0..sign_ins {
            pair.assert_alike(&facts.sign_in(&mut random, &pair.json.set.schema));
        }
    }
    println!("{} decisions", sign_ins * tenants.len() * 2);
}

/// What is said of the text and was said of the JSON by another code.
const SAID_OTHERWISE: &[(&str, &str)] = &[
    // `all` beside groups: each format has its own word for it.
    ("GW0330", "GW0624"),
    // No target, or nobody to apply to: a member is missing there, a clause here.
    ("GW0414", "GW0613"),
    // The list that the member becomes is empty.
    ("GW0418", "GW0613"),
    ("GW0418", "GW0614"),
    // The resources stand in a member that is carried, not understood.
    ("GW0418", "GW0611"),
];

#[test]
fn text_of_the_corpus_has_no_errors_and_no_warnings_of_its_own() {
    for tenant in tenants() {
        let json = compile(&tenant.input);
        let unreadable: BTreeSet<_> = json
            .diagnostics
            .iter()
            .filter(|d| d.is_unreadable())
            .map(|d| d.span().source)
            .collect();
        let known: BTreeSet<&str> = json.diagnostics.iter().map(|d| d.code.name()).collect();
        let written = compile_project(project(&json.set, false));
        // What is left of a policy that could not be read may well look odd.
        let odd: Vec<&str> = json
            .set
            .policies
            .iter()
            .filter(|policy| unreadable.contains(&policy.span.source))
            .map(|policy| policy.display_name.as_str())
            .collect();
        let is_odd = |found: &Diagnostic| odd.iter().any(|name| found.message.contains(name));
        let is_new = |found: &&Diagnostic| {
            let code = found.code.name();
            let same = SAID_OTHERWISE
                .iter()
                .any(|(text, json)| *text == code && known.contains(json));
            found.severity > Severity::Hint && !known.contains(code) && !same && !is_odd(found)
        };
        let new: Vec<&Diagnostic> = written.diagnostics.iter().filter(is_new).collect();
        assert!(new.is_empty(), "{}: {new:#?}", tenant.name);
    }
}

/// The project with the `when` clauses that `import` has no use for: Graph has none.
fn project_with_when(set: &PolicySet) -> Vec<(String, String)> {
    let mut files = project(set, false);
    let policies = files
        .iter_mut()
        .filter(|(path, _)| path.starts_with("policies/"));
    for (policy, (_, file)) in set.policies.iter().zip(policies) {
        let Some(when) = &policy.when else { continue };
        let when = text(&set.schema, gatewright_hir::OWN_DIALECT, when).unwrap();
        let end = file.rfind('}').unwrap();
        file.insert_str(end, &format!("    when {when}\n"));
    }
    files
}

#[test]
fn random_sets_decide_alike_after_being_written_and_read() {
    const SIZES: &[usize] = &[1, 2, 3, 5, 8, 13, 30];
    const SIGN_INS: usize = 25;
    let wanted = decisions_wanted(20_000);
    let base = Base::entra();
    let mut left_out = Histogram::default();
    let mut decided = 0;
    let mut seed = 1;
    while decided < wanted {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &base, SIZES[seed as usize % SIZES.len()]);
        sayable(&mut set, &mut left_out);
        let written = compile_project(project_with_when(&set));
        assert!(written.is_readable(), "seed {seed}\n{}", written.render());
        let name = format!("seed {seed}");
        let mut pair = Pair::new(&name, set, written.set);
        for _ in 0..SIGN_INS {
            pair.assert_alike(&sign_in(&mut random, &base.schema));
        }
        decided += pair.decided;
        seed += 1;
    }
    println!(
        "{decided} decisions, {} sets; what text cannot say was left out:",
        seed - 1
    );
    println!("{}", left_out.table());
}

#[test]
fn files_are_written_alike_every_time_and_grouping_changes_no_policy() {
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        assert_eq!(project(&set, false), project(&set, false));
        let apart = compile_project(project(&set, false)).set;
        let grouped = compile_project(project(&set, true)).set;
        let names = |set: &PolicySet| {
            set.policies
                .iter()
                .map(|p| p.display_name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&apart), names(&grouped), "{}", tenant.name);
        let paths: BTreeMap<String, String> = project(&set, false).into_iter().collect();
        assert_eq!(
            paths.len(),
            set.policies.len() + 2,
            "{}: a path comes twice",
            tenant.name
        );
    }
}
