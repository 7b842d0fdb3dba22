//! All texts of one run.

use std::sync::Arc;

use crate::{ColumnUnit, LineIndex, Position, SourceId, Span};

/// One text with its name.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that messages show: a path with forward slashes, or a description such as `<rule>`.
    pub name: String,
    /// The decoded text.
    pub text: Arc<str>,
    lines: LineIndex,
}

impl Source {
    /// Where `offset` is in this text.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        self.lines.position(&self.text, offset)
    }

    /// The offset of a line and a column, both from 0; see [`LineIndex::offset`].
    #[must_use]
    pub fn offset(&self, place: (u32, u32), unit: ColumnUnit) -> u32 {
        self.lines.offset(&self.text, place, unit)
    }

    /// The line that `offset` is in, without its terminator.
    #[must_use]
    pub fn line_range(&self, offset: u32) -> std::ops::Range<usize> {
        self.lines.line_range(&self.text, offset)
    }
}

/// All texts of one run, addressed by [`SourceId`].
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// A map without texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Add a text. Its size should have been checked against
    /// [`TEXT_BYTES_MAX`](Self::TEXT_BYTES_MAX); offsets past it cannot be addressed.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(Source {
            name: name.into(),
            lines: LineIndex::new(&text),
            text,
        });
        id
    }

    /// LIMIT: texts above this size are refused, so that every offset fits.
    pub const TEXT_BYTES_MAX: usize = 256 * 1024 * 1024;

    /// The text with this id, if it is of this map.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// What stands at `span`; empty where the span is not of this map or not on boundaries.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|s| s.text.get(span.range()))
            .unwrap_or("")
    }

    /// Every text with its id, in order of loading.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.sources)
    }

    /// The name of a source, `<unknown>` where it is not of this map.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("<unknown>", |s| s.name.as_str())
    }
}
