//! Real policies are read, and decided alike by every engine.
//!
//! `docs/corpus.md` is written from what is found here; `GATEWRIGHT_BLESS=1` writes it anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use std::collections::BTreeMap;

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::data::Data;
use gatewright_hir::{entra_schema, rule};
use gatewright_interop::corpus::{CorpusFile, report};
use gatewright_interop::{Context, Document, RuleReading, read};
use gatewright_runtime::Mode;
use gatewright_source::{SourceId, decode};
use gatewright_tests::corpus::{Origin, lines, origins, tenants};
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::Random;
use gatewright_tests::harvest::Facts;
use gatewright_tests::histogram::Histogram;
use gatewright_tests::repository::root;

/// What cannot be understood, and why that is the file's fault.
const UNREADABLE: &[(&str, &str, &str)] = &[
    (
        "PolicyRepository/Base protection/209 - RING - Base protection - All apps Require Token \
         protection for EXO and SPO Desktop App(preview).json",
        "GW0602",
        "`sessionControls` is there twice with different values, and JSON does not say which holds",
    ),
    (
        "policies/conditional-access/020-require-compliant-network-gsa/\
         CA020-require-compliant-network-gsa.json",
        "GW0604",
        "Graph has no grant control `compliantNetwork`; a compliant network is a location",
    ),
];

/// Sign-ins per set, each in both modes.
const SIGN_INS: usize = 150;

fn alone(file: &SourceFile) -> Compilation {
    compile(&Input {
        files: vec![file.clone()],
        ..Input::default()
    })
}

#[test]
fn every_policy_of_the_index_is_read() {
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines("policies/index.jsonl") {
        *expected
            .entry(line["file"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let mut found = BTreeMap::new();
    for origin in origins() {
        for file in &origin.policies {
            let path = format!("{}/{}", origin.name.replace('/', "+"), file.path);
            found.insert(path, alone(file).set.policies.len());
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn no_policy_is_lost_when_the_files_of_a_tenant_are_put_together() {
    for tenant in tenants() {
        let apart: usize = tenant
            .input
            .files
            .iter()
            .map(|file| alone(file).set.policies.len())
            .sum();
        assert_eq!(
            compile(&tenant.input).set.policies.len(),
            apart,
            "{}",
            tenant.name
        );
    }
}

#[test]
fn nothing_is_unreadable_for_want_of_knowledge() {
    let mut found = Vec::new();
    for origin in origins() {
        for file in origin.files() {
            let compilation = alone(file);
            for problem in compilation.diagnostics.iter().filter(|d| d.is_unreadable()) {
                found.push((file.path.clone(), problem.code.name().to_owned()));
            }
        }
    }
    for (path, code, reason) in UNREADABLE {
        println!("{path}\n  {code}: {reason}");
    }
    let known: Vec<_> = UNREADABLE
        .iter()
        .map(|(path, code, _)| ((*path).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(found, known);
}

/// One file, read as a document and compiled on its own.
struct Read {
    document: Document,
    later: Vec<Diagnostic>,
}

fn read_file(file: &SourceFile) -> Read {
    let schema = entra_schema();
    let data = Data::built_in();
    let (names, strengths) = (data.names(), data.built_in_strengths());
    let read_rule = |dialect: &str, source: SourceId, text: &str| {
        let (expr, diagnostics) = rule::check_rule_of(&schema, dialect, text, source, 0);
        RuleReading { expr, diagnostics }
    };
    let cx = Context {
        schema: &schema,
        rule: &read_rule,
        strengths: &strengths,
        names: &names,
        app_groups: &data.app_groups,
    };
    let text = decode(&file.bytes).unwrap().text;
    let document = read(SourceId(0), &text, &cx);
    // That a file of locations has no policy in it is nothing to report.
    let later = alone(file)
        .diagnostics
        .into_iter()
        .filter(|d| d.code != codes::GW0803 && !document.diagnostics.contains(d))
        .collect();
    Read { document, later }
}

#[test]
fn the_page_about_the_corpus_is_up_to_date() {
    let origins = origins();
    let read: Vec<(&Origin, &SourceFile, Read)> = origins
        .iter()
        .flat_map(|origin| {
            origin
                .files()
                .map(move |file| (origin, file, read_file(file)))
        })
        .collect();
    let files: Vec<CorpusFile<'_>> = read
        .iter()
        .map(|(origin, file, read)| CorpusFile {
            origin: &origin.name,
            path: &file.path,
            document: &read.document,
            later: &read.later,
        })
        .collect();
    let page = report(&files);
    let path = root().join("docs/corpus.md");
    if std::env::var_os("GATEWRIGHT_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/corpus.md is stale; write it with GATEWRIGHT_BLESS=1\n{page}"
    );
}

#[test]
fn every_set_of_the_corpus_is_decided_alike_by_all_engines() {
    let mut histogram = Histogram::default();
    for (seed, tenant) in (1..).zip(tenants()) {
        let compilation = compile(&tenant.input);
        let facts = Facts::of(&compilation.set);
        let subject = Subject::new(compilation.set).unwrap();
        let mut random = Random::new(seed);
        for _ in 0..SIGN_INS {
            let request = facts.sign_in(&mut random, &subject.set.schema);
            for mode in [Mode::Graph, Mode::Pessimistic] {
                let decision = subject
                    .decide(&request, mode)
                    .unwrap_or_else(|d| panic!("{}, {mode:?}: {d}\n{request}", tenant.name));
                assert!(!decision.is_null(), "{}: refused {request}", tenant.name);
                histogram.count_decision(&decision);
            }
        }
    }
    println!("{}", histogram.table());
    for verdict in ["block", "deny", "interrupt", "grant", "notApplicable"] {
        let name = format!("verdict {verdict}");
        assert!(
            histogram.get(&name) > 0,
            "the sign-ins never lead to {verdict}"
        );
    }
}
