//! Graph JSON comes back unchanged: as it is, and through policy text.
//!
//! `GATEWRIGHT_BLESS=1` writes `docs/roundtrip.md` anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gatewright_compiler::{Compilation, Input, SourceFile, compile, export};
use gatewright_hir::model::{Assignments, Condition, Policy, PolicySet, Scoped, Target, Who};
use gatewright_interop::{ExportOptions, ImportOptions, write_project};
use gatewright_source::decode;
use gatewright_tests::corpus::{TenantFiles, tenants};
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::sayable::sayable;
use gatewright_value::vocabulary::State;
use serde_json::Value;

const AS_IS: ExportOptions = ExportOptions { normalise: false };

/// The text that `import` writes for a set, compiled.
fn through_text(set: &PolicySet) -> (Vec<(String, String)>, Compilation) {
    let files = write_project(set, &ImportOptions::default());
    let mut input = Input::default();
    for (path, text) in &files {
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
    (files, compile(&input))
}

/// Without OData's annotations.
fn bare(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(bare).collect(),
        Value::Object(members) => {
            let is_kept = |name: &str| !name.contains('@') && !name.starts_with('#');
            let kept = members.iter().filter(|(name, _)| is_kept(name));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), bare(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn is_policy(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    value["conditions"].is_object()
        && (has("grantControls") || has("sessionControls") || has("state"))
}

/// The policies of a file in its order, templates with what is around them.
fn policies(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| policies(item, found)),
        Value::Object(_) if is_policy(value) || is_policy(&value["details"]) => {
            found.push(bare(value));
        }
        Value::Object(members) => members.values().for_each(|member| policies(member, found)),
        _ => {}
    }
}

fn source_policies(tenant: &TenantFiles) -> Vec<Value> {
    let mut found = Vec::new();
    for file in &tenant.input.files {
        let text = decode(&file.bytes).unwrap().text;
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            policies(&value, &mut found);
        }
    }
    found
}

fn exported(set: &PolicySet, options: ExportOptions, folder: &str) -> Vec<Value> {
    let files = export(set, options).files;
    let own = files.iter().filter(|(path, _)| path.starts_with(folder));
    own.map(|(_, text)| bare(&serde_json::from_str(text).unwrap()))
        .collect()
}

/// What of the one is not in the other, each counted as often as it is there.
fn missing<'v>(of: &'v [Value], among: &[Value]) -> Vec<&'v Value> {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for value in among {
        *left.entry(value.to_string()).or_default() += 1;
    }
    let is_missing = |value: &&Value| match left.get(&value.to_string()) {
        Some(count) => *count == 0,
        None => true,
    };
    of.iter().filter(is_missing).collect()
}

#[derive(Default)]
struct Row {
    policies: usize,
    as_is: usize,
    through_text: usize,
    /// Lines of `@graph` and `graph`, all policies together.
    lines: usize,
}

fn row(tenant: &TenantFiles, odd: &mut String) -> Row {
    let sources = source_policies(tenant);
    let set = compile(&tenant.input).set;
    let as_is = exported(&set, AS_IS, "policies/");
    let (files, text) = through_text(&set);
    let back = exported(&text.set, AS_IS, "policies/");
    let lost = missing(&sources, &back);
    for policy in &lost {
        let name = &policy["displayName"];
        // Neither is a value that JSON has: the reader takes the first of two members.
        let _ = writeln!(
            odd,
            "- {}, {name}: it has `sessionControls` twice, which no JSON value has; the first is \
             read, and the second is lost with the error `GW0602`",
            tenant.name
        );
    }
    Row {
        policies: sources.len(),
        as_is: sources.len() - missing(&sources, &as_is).len(),
        through_text: sources.len() - lost.len(),
        lines: files.iter().map(|(_, text)| form_lines(text)).sum(),
    }
}

/// Lines that only say how something was written.
fn form_lines(text: &str) -> usize {
    let mut count = 0;
    let mut is_inside = false;
    for line in text.lines() {
        let starts = line.starts_with("@graph(") || line.trim_start().starts_with("graph ");
        is_inside = (is_inside || starts) && !line.starts_with("policy ") && line != "}";
        count += usize::from(is_inside);
    }
    count
}

#[test]
fn every_policy_of_the_corpus_comes_back_as_it_came() {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut odd = String::new();
    for tenant in tenants() {
        let found = row(&tenant, &mut odd);
        let name = tenant.name.split(", ").next().unwrap().to_owned();
        let sum = rows.entry(name).or_default();
        sum.policies += found.policies;
        sum.as_is += found.as_is;
        sum.through_text += found.through_text;
        sum.lines += found.lines;
    }
    let mut page = String::from(
        "# The round trip\n\n\
         Every policy of the [corpus](corpus.md), read and written again: as it is, and through \
         policy text.\n\
         This page is generated.\n\
         Equal means equal as data: every member with its value, rules to the byte, lists in their \
         order, and what was absent is absent.\n\
         Only the order of members and OData's annotations may differ.\n\
         The last column counts the lines of `@graph` and `graph`, which keep what the clauses do \
         not say; with a profile for today's v1.0 answers and the dates in `@graph`, they are \
         fewer than the 1525 lines that they were without.\n\n\
         | source | policies | equal | equal through text | lines for the form |\n\
         |---|---:|---:|---:|---:|\n",
    );
    let mut sum = Row::default();
    let mut push = |name: &str, row: &Row| {
        let Row {
            policies,
            as_is,
            through_text,
            lines,
        } = row;
        let _ = writeln!(
            page,
            "| {name} | {policies} | {as_is} | {through_text} | {lines} |"
        );
    };
    for (name, row) in &rows {
        push(name, row);
        sum.policies += row.policies;
        sum.as_is += row.as_is;
        sum.through_text += row.through_text;
        sum.lines += row.lines;
    }
    push("together", &sum);
    if !odd.is_empty() {
        let _ = write!(page, "\n## Not equal\n\n{odd}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/roundtrip.md");
    if std::env::var_os("GATEWRIGHT_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, page, "run with GATEWRIGHT_BLESS=1");
    assert_eq!(
        (sum.policies, sum.as_is),
        (sum.through_text + 1, sum.through_text),
        "{odd}"
    );
}

/// Something done to a policy, with what it is; false where there was nothing to do it to.
type Mutation = (&'static str, fn(&mut Policy) -> bool);

fn assignments(policy: &mut Policy) -> &mut Assignments {
    policy.assignments.as_mut().unwrap()
}

fn clear<T>(condition: &mut Option<Condition<T>>) -> bool {
    condition.take().is_some()
}

fn unscope<T>(scope: &mut Option<Scoped<T>>) -> bool {
    scope.take().is_some()
}

/// Every modelled member, each taken away or changed.
const MUTATIONS: &[Mutation] = &[
    ("id", |p| std::mem::take(&mut p.has_server_id)),
    ("name", |p| {
        p.display_name.push('x');
        true
    }),
    ("state", |p| {
        p.state = match p.state {
            State::Enabled => State::Disabled,
            _ => State::Enabled,
        };
        true
    }),
    ("user risk", |p| clear(&mut assignments(p).user_risk)),
    ("sign-in risk", |p| clear(&mut assignments(p).sign_in_risk)),
    ("insider risk", |p| clear(&mut assignments(p).insider_risk)),
    ("service principal risk", |p| {
        clear(&mut assignments(p).service_principal_risk)
    }),
    ("agent risk", |p| clear(&mut assignments(p).agent_risk)),
    ("clients", |p| clear(&mut assignments(p).clients)),
    ("flows", |p| clear(&mut assignments(p).flows)),
    ("platforms", |p| unscope(&mut assignments(p).platforms)),
    ("locations", |p| unscope(&mut assignments(p).locations)),
    ("devices", |p| assignments(p).devices.take().is_some()),
    ("rule", |p| match &mut assignments(p).devices {
        Some(filter) => {
            filter.text = filter
                .text
                .replacen("device.", "device.model -eq \"x\" -or device.", 1);
            true
        }
        None => false,
    }),
    ("mode", |p| match &mut assignments(p).devices {
        Some(filter) => {
            filter.is_exclude = !filter.is_exclude;
            true
        }
        None => false,
    }),
    ("included users", |p| match &mut assignments(p).who {
        Who::Users(users) => users.include.pop().is_some(),
        Who::ServicePrincipals(users) => users.include.pop().is_some(),
        Who::Agents(users) => users.include.pop().is_some(),
    }),
    ("excluded users", |p| match &mut assignments(p).who {
        Who::Users(users) => users.exclude.pop().is_some(),
        Who::ServicePrincipals(users) => users.exclude.pop().is_some(),
        Who::Agents(users) => users.exclude.pop().is_some(),
    }),
    ("target", |p| match &mut assignments(p).target {
        Target::Apps(apps) => apps.include.pop().is_some(),
        Target::Actions(actions) => actions.members.pop().is_some(),
        Target::Contexts(contexts) => contexts.members.pop().is_some(),
        Target::Nothing(_) => false,
    }),
    ("excluded resources", |p| match &mut assignments(p).target {
        Target::Apps(apps) => apps.exclude.pop().is_some(),
        _ => false,
    }),
    ("block", |p| std::mem::take(&mut p.outcome.is_block)),
    ("requirement", |p| p.outcome.requirement.take().is_some()),
    ("one control", |p| match &mut p.outcome.requirement {
        Some(requirement) if requirement.controls.len() > 1 => requirement.controls.pop().is_some(),
        _ => false,
    }),
    ("operator", |p| match &mut p.outcome.requirement {
        Some(requirement) => {
            requirement.is_all = !requirement.is_all;
            true
        }
        None => false,
    }),
    ("frequency", |p| {
        p.outcome.session.sign_in_frequency.take().is_some()
    }),
    ("browser", |p| {
        p.outcome.session.persistent_browser.take().is_some()
    }),
    ("restrictions", |p| {
        std::mem::take(&mut p.outcome.session.application_enforced_restrictions)
    }),
    ("app security", |p| {
        p.outcome.session.cloud_app_security.take().is_some()
    }),
    ("resilience", |p| {
        std::mem::take(&mut p.outcome.session.disable_resilience_defaults)
    }),
    ("token protection", |p| {
        std::mem::take(&mut p.outcome.session.secure_sign_in_session)
    }),
    ("access evaluation", |p| {
        p.outcome
            .session
            .continuous_access_evaluation
            .take()
            .is_some()
    }),
    ("profile", |p| {
        p.outcome.session.filtering_profiles.pop().is_some()
    }),
    ("unmodelled", |p| p.unmodelled.pop().is_some()),
];

/// Where a form is kept, what it says must never stand for what was taken away.
#[test]
fn no_member_that_is_taken_away_comes_back_from_the_form() {
    let mut seen: BTreeMap<&str, usize> = MUTATIONS.iter().map(|(name, _)| (*name, 0)).collect();
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        let (_, text) = through_text(&set);
        for (origin, set) in [("JSON", &set), ("text", &text.set)] {
            let before = exported(set, AS_IS, "policies/");
            for (name, mutate) in MUTATIONS {
                let mut mutated = set.clone();
                let mut all = before.iter();
                let mut changed = Vec::new();
                mutated.policies.retain_mut(|policy| {
                    let before = all.next().unwrap();
                    let is_changed = mutate(policy);
                    changed.extend(is_changed.then_some(before));
                    is_changed
                });
                *seen.entry(name).or_default() += changed.len();
                let after = exported(&mutated, AS_IS, "policies/");
                for (before, after) in changed.into_iter().zip(&after) {
                    let title = &before["displayName"];
                    assert!(
                        before != after,
                        "{}, {origin}: {name} of {title}",
                        tenant.name
                    );
                }
            }
        }
    }
    // What no policy of the corpus has.
    let unseen: Vec<&str> = seen
        .into_iter()
        .filter(|(_, n)| *n == 0)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(unseen, Vec::<&str>::new());
}

/// Files of Graph JSON, read.
fn read(files: Vec<(String, String)>) -> PolicySet {
    let source = |(path, text): (String, String)| SourceFile {
        path,
        bytes: text.into_bytes(),
    };
    compile(&Input {
        files: files.into_iter().map(source).collect(),
        ..Input::default()
    })
    .set
}

#[test]
fn text_is_stable_from_the_second_step() {
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        let (_, first) = through_text(&set);
        let (second_files, second) = through_text(&read(export(&first.set, AS_IS).files));
        let (third_files, _) = through_text(&read(export(&second.set, AS_IS).files));
        assert_eq!(second_files, third_files, "{}", tenant.name);
    }
}

#[test]
fn canonical_policies_are_read_as_what_they_were_written_from() {
    let canonical = ExportOptions { normalise: true };
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        let files = export(&set, canonical).files.into_iter();
        let again = read(
            files
                .filter(|(path, _)| path.starts_with("policies/"))
                .collect(),
        );
        let first = exported(&set, canonical, "policies/");
        let second = exported(&again, canonical, "policies/");
        // Without ids, policies that say the same are one.
        let none = Vec::<&Value>::new();
        assert_eq!(missing(&first, &second), none, "{}", tenant.name);
        assert_eq!(missing(&second, &first), none, "{}", tenant.name);
    }
}

#[test]
fn random_sets_come_back_unchanged_as_they_are_and_through_text() {
    let base = Base::entra();
    for seed in 1..=40 {
        let mut set = policy_set(&mut Random::new(seed), &base, 12);
        sayable(&mut set, &mut Histogram::default());
        for policy in &mut set.policies {
            policy.when = None;
        }
        let written = exported(&set, AS_IS, "policies/");
        let again = read(export(&set, AS_IS).files);
        let (_, text) = through_text(&again);
        let none = Vec::<&Value>::new();
        for back in [&again, &text.set] {
            let back = exported(back, AS_IS, "policies/");
            assert_eq!(missing(&written, &back), none, "seed {seed}");
            assert_eq!(missing(&back, &written), none, "seed {seed}");
        }
    }
}
