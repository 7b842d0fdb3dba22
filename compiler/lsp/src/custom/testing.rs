//! The tests of projects, for views that list and run them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use gatewright_ide::{Outcome, Test, TestKind, Verdict, run_tests, tests};
use gen_lsp_types as lsp;
use serde::{Deserialize, Serialize};

use crate::context::{Context, Reply, View};
use crate::uri::Key;

/// Lists tests.
pub(crate) const TESTS: &str = "gatewright/tests";
/// Runs tests.
pub(crate) const RUN_TESTS: &str = "gatewright/runTests";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestsParams {
    text_document: Option<lsp::TextDocumentIdentifier>,
}

#[derive(Serialize)]
pub(crate) struct Tests {
    items: Vec<Item>,
}

/// A test as clients list it.
#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct Item {
    id: String,
    label: String,
    kind: &'static str,
    uri: lsp::Uri,
    range: lsp::Range,
    project: lsp::Uri,
}

#[derive(Deserialize)]
pub(crate) struct RunParams {
    ids: Option<BTreeSet<String>>,
    uri: Option<lsp::Uri>,
}

#[derive(Serialize)]
pub(crate) struct Results {
    results: Vec<Ran>,
}

/// What became of a test, as clients hear it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ran {
    id: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<lsp::Uri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<lsp::Range>,
    duration_ms: f64,
}

/// The tests of a file, or of all projects.
pub(crate) fn list(cx: &Context, params: TestsParams) -> Reply<Tests> {
    let file = params.text_document.map(|document| Key::of(&document.uri));
    let items = cx.views.iter().flat_map(items);
    let wanted = items.filter(|item| file.as_ref().is_none_or(|file| Key::of(&item.uri) == *file));
    Ok(Tests {
        items: wanted.collect(),
    })
}

/// Run tests by their ids, those of a file or project, or all. An id that is not known has no
/// result.
pub(crate) fn run_some(cx: &Context, params: RunParams) -> Reply<Results> {
    let key = params.uri.as_ref().map(Key::of);
    let mut results = Vec::new();
    for view in cx.views.iter() {
        let project = key.as_ref() == Some(&Key::of(&view.uri_of_project()));
        let all = tests(&view.snapshot);
        let ids = ids(view, &all);
        let chosen = ids.into_iter().zip(all).filter(|(id, test)| {
            let has_id = params.ids.as_ref().is_none_or(|ids| ids.contains(id));
            let place = || view.uri(test.span.source).map(|uri| Key::of(&uri));
            has_id && (key.is_none() || project || place() == key)
        });
        let chosen: Vec<(String, Test)> = chosen.collect();
        if !chosen.is_empty() {
            results.extend(run(cx, view, &chosen));
        }
    }
    cx.refresh_lenses();
    Ok(Results { results })
}

/// Run these tests of a project, and keep what became of them.
pub(crate) fn run(cx: &Context, view: &View, chosen: &[(String, Test)]) -> Vec<Ran> {
    let wanted: Vec<Test> = chosen.iter().map(|(_, test)| test.clone()).collect();
    let mut durations = BTreeMap::new();
    let mut began = Instant::now();
    let outcomes = run_tests(&view.snapshot, &wanted, cx.now, &mut |done| {
        let elapsed = began.elapsed();
        began = Instant::now();
        if let Some(at) = done {
            durations.insert(at, elapsed.as_secs_f64() * 1000.0);
        }
    });
    let results = chosen.iter().zip(outcomes).enumerate();
    let results = results.map(|(at, ((id, test), outcome))| {
        view.outcomes.ran(test, outcome.clone());
        ran(view, id, outcome, durations.get(&at).copied())
    });
    results.collect()
}

fn ran(view: &View, id: &str, outcome: Outcome, duration: Option<f64>) -> Ran {
    let place = outcome.span.and_then(|span| view.location(span));
    let (uri, range) = place.map(|place| (place.uri, place.range)).unzip();
    Ran {
        id: id.to_owned(),
        outcome: match outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Unknown => "unknown",
            Verdict::Errored => "errored",
        },
        message: Some(outcome.message),
        uri,
        range,
        duration_ms: duration.unwrap_or_default(),
    }
}

/// The tests of a project that are written in files.
pub(crate) fn items(view: &View) -> Vec<Item> {
    let all = tests(&view.snapshot);
    let ids = ids(view, &all);
    let items = all.iter().zip(ids).filter_map(|(test, id)| {
        Some(Item {
            id,
            label: test.name.clone(),
            kind: match test.kind {
                TestKind::Scenario => "test",
                TestKind::Invariant => "invariant",
            },
            uri: view.uri(test.span.source)?,
            range: view.range(test.span),
            project: view.uri_of_project(),
        })
    });
    items.collect()
}

/// Names for tests that stay when others are edited: by project, kind and name. Of several of one
/// name, later ones are counted.
pub(crate) fn ids(view: &View, all: &[Test]) -> Vec<String> {
    let mut seen: BTreeMap<(TestKind, &str), usize> = BTreeMap::new();
    let ids = all.iter().map(|test| {
        let count = seen.entry((test.kind, &test.name)).or_default();
        *count += 1;
        let kind = match test.kind {
            TestKind::Scenario => "test",
            TestKind::Invariant => "invariant",
        };
        let id = format!("{}#{kind}/{}", view.name, test.name);
        match count {
            1 => id,
            count => format!("{id}#{count}"),
        }
    });
    ids.collect()
}
