//! Spans to places as people count, with a table of the files that occur.

use gatewright_bytecode::Place;
use gatewright_source::{SourceId, SourceMap, Span};
use rustc_hash::FxHashMap;

/// The files of a program.
pub(crate) struct Places<'s> {
    sources: &'s SourceMap,
    number_by_source: FxHashMap<SourceId, u32>,
    files: Vec<String>,
}

impl<'s> Places<'s> {
    /// The files that these spans are in, in the order of loading.
    pub(crate) fn new(sources: &'s SourceMap, spans: impl IntoIterator<Item = Span>) -> Places<'s> {
        let mut used: Vec<SourceId> = spans.into_iter().map(|span| span.source).collect();
        used.sort_unstable();
        used.dedup();
        used.retain(|id| sources.get(*id).is_some());
        let files = used.iter().map(|id| sources.name(*id).to_owned()).collect();
        Places {
            sources,
            number_by_source: used.into_iter().zip(0u32..).collect(),
            files,
        }
    }

    /// Where a span starts; line and column 0 where it is of no known file.
    pub(crate) fn place(&self, span: Span) -> Place {
        let file = self.number_by_source.get(&span.source).copied();
        match (file, self.sources.get(span.source)) {
            (Some(file), Some(source)) => {
                let position = source.position(span.start);
                Place {
                    file,
                    line: position.line,
                    column: position.column,
                }
            }
            _ => Place::default(),
        }
    }

    pub(crate) fn into_files(self) -> Vec<String> {
        self.files
    }
}
