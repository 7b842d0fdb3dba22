//! What an editor shows of one file of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use gatewright_compiler::{Compilation, Input};
use gatewright_diagnostics::Severity;
use gatewright_ide::{HighlightKind, Outlined, Snapshot, highlights, lenses, outline};
use gatewright_syntax::TokenKind;

/// A declaration as the outline shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// How many others are around it.
    pub(crate) depth: usize,
    pub(crate) range: Range<usize>,
}

/// Something that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) path: String,
    pub(crate) range: Range<usize>,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    is_error: bool,
}

impl Said {
    /// Whether it is about what can be read, not about what it means.
    pub(crate) fn is_of_syntax(&self) -> bool {
        self.is_error && self.code.starts_with("GW01")
    }
}

/// What an editor shows of one file, and what is said of all files.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) symbols: Vec<Symbol>,
    /// What words are, by where they start.
    pub(crate) colours: BTreeMap<usize, HighlightKind>,
    pub(crate) strings: Vec<Range<usize>>,
    pub(crate) lenses: BTreeSet<usize>,
    pub(crate) said: Vec<Said>,
}

impl Seen {
    pub(crate) fn new(input: &Input, compilation: Compilation, path: &str) -> Seen {
        let said = said(&compilation);
        let snapshot = Snapshot::new(Arc::new(input.clone()), compilation);
        let source = snapshot.source(path).unwrap();
        let mut symbols = Vec::new();
        flatten(&outline(&snapshot, source), 0, &mut symbols);
        let colours = highlights(&snapshot, source, None).into_iter();
        let lenses = lenses(&snapshot, source, &|_| None).into_iter();
        let tokens = snapshot.tokens(source);
        let is_string = |kind| matches!(kind, TokenKind::String | TokenKind::UnterminatedString);
        let strings = tokens.iter().filter(|(kind, _)| is_string(*kind));
        Seen {
            symbols,
            colours: colours.map(|h| (h.span.range().start, h.kind)).collect(),
            strings: strings.map(|(_, range)| range).collect(),
            lenses: lenses.map(|lens| lens.span.range().start).collect(),
            said,
        }
    }
}

fn flatten(found: &[Outlined], depth: usize, symbols: &mut Vec<Symbol>) {
    for one in found {
        symbols.push(Symbol {
            name: one.name.clone(),
            kind: one.kind.keyword(),
            depth,
            range: one.span.range(),
        });
        flatten(&one.members, depth + 1, symbols);
    }
}

fn said(compilation: &Compilation) -> Vec<Said> {
    let said = compilation.diagnostics.iter();
    said.map(|found| Said {
        path: compilation.sources.name(found.span().source).to_owned(),
        range: found.span().range(),
        code: found.code.name(),
        message: found.message.clone(),
        is_error: found.severity == Severity::Error,
    })
    .collect()
}
