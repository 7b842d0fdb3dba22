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
use gatewright_hir::model::{Assignments, Condition, Outcome, Policy, PolicySet, Scoped};
use gatewright_interop::{ExportOptions, ImportOptions, write_project};
use gatewright_source::decode;
use gatewright_tests::corpus::{TenantFiles, tenants};
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
        let _ = writeln!(odd, "- {}, {name}", tenant.name);
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
         not say.\n\n\
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
    assert_eq!(sum.policies, sum.through_text, "{odd}");
}
