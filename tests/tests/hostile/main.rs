//! Bad input of every kind gets an error with a place, on a small stack, and the process lives on.
//!
//! In the tables, `‸` marks the place where the error must be; it is taken out before reading.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

mod bundles;
mod large;
mod requests;
mod sources;

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_runtime::{Engine, Mode, Request, Scratch};

/// Levels of nesting that no stack holds.
pub(crate) const DEEP: usize = 100_000;

/// Run on the stack that a thread of a service has. A panic or an overflow fails the test.
pub(crate) fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

/// The text without its mark, and the line and column of the mark.
pub(crate) fn marked(text: &str) -> (String, (u32, u32)) {
    let (before, after) = text
        .split_once('‸')
        .unwrap_or_else(|| panic!("no mark: {text}"));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let place = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    (format!("{before}{after}"), place)
}

pub(crate) fn compile_one(path: &str, bytes: impl Into<Vec<u8>>) -> Compilation {
    let file = SourceFile {
        path: path.to_owned(),
        bytes: bytes.into(),
    };
    on_a_small_stack(|| {
        compile(&Input {
            files: vec![file],
            ..Input::default()
        })
    })
}

/// A code, a line and a column.
pub(crate) type Said = (&'static str, u32, u32);

/// Everything that is said, but for lints of the policies that are no part of the trouble.
pub(crate) fn said(compilation: &Compilation) -> Vec<Said> {
    let problems = compilation.diagnostics.iter();
    let problems = problems.filter(|d| !["GW0406", "GW0407", "GW0610"].contains(&d.code.name()));
    let place = |span: gatewright_source::Span| {
        let source = compilation.sources.get(span.source).unwrap();
        source.position(span.start)
    };
    problems
        .map(|d| (d.code.name(), place(d.span()).line, place(d.span()).column))
        .collect()
}

#[track_caller]
pub(crate) fn assert_said(path: &str, bytes: &[u8], expected: Said) {
    let compilation = compile_one(path, bytes);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    assert_eq!(said(&compilation), [expected], "{path}: {start}");
    let is_warning = expected.0 == "GW0803";
    assert_eq!(compilation.is_readable(), is_warning, "{path}: {start}");
    assert!(!compilation.render().is_empty());
    assert_alive();
}

/// An ordinary policy is still compiled and decided.
pub(crate) fn assert_alive() {
    let engine = engine();
    let request = Request::from_json(&engine, SIGN_IN.as_bytes()).unwrap();
    let decision = engine
        .decide(&request, &mut Scratch::default(), Mode::Graph)
        .unwrap()
        .verdict();
    assert_eq!(decision.to_string(), "block");
}

pub(crate) const POLICY: &str = "policy \"P\" { state enabled users all apps all block }";

pub(crate) const SIGN_IN: &str =
    r#"{"signInIdentity":{"userId":"u"},"signInContext":{"includeApplications":["a"]}}"#;

pub(crate) fn bundle(text: &str) -> Vec<u8> {
    let compilation = compile_one("policies.gate", text);
    let decisions = compilation.decisions();
    compilation
        .bundle(&compilation.program(&decisions))
        .unwrap()
}

pub(crate) fn engine() -> Engine {
    Engine::load(&bundle(POLICY)).unwrap()
}
