//! A view of a [`TokenTable`] without its trivia: what the parser looks at.
//!
//! Tokens are addressed by their place in this view. Questions about line breaks and documentation
//! comments, which stand between significant tokens, are answered from the table.

use std::ops::Range;

use gatewright_source::{SourceId, Span};

use crate::token::{TokenKind, TokenTable};

/// Set in an entry whose token is the first of its line.
const LINE_START: u32 = 1 << 31;

/// LIMIT: bytes of indentation that are told apart; it is asked for again and again.
const INDENT_MAX: usize = 1024;

pub(crate) struct Significant<'t> {
    pub(crate) text: &'t str,
    source: SourceId,
    offset: u32,
    table: &'t TokenTable,
    /// Index in the table, and [`LINE_START`]. Four bytes a token keep huge texts bearable.
    entries: Vec<u32>,
}

impl<'t> Significant<'t> {
    pub(crate) fn new(source: SourceId, text: &'t str, offset: u32, table: &'t TokenTable) -> Self {
        let mut entries = Vec::new();
        let mut at_start = true;
        for (index, (kind, range)) in table.iter().enumerate() {
            if kind.is_trivia() {
                let is_break = || text.get(range).is_some_and(|slice| slice.contains('\n'));
                at_start |= kind == TokenKind::Whitespace && is_break();
            } else {
                let index = u32::try_from(index).unwrap_or(u32::MAX) & !LINE_START;
                entries.push(if at_start { index | LINE_START } else { index });
                at_start = false;
            }
        }
        Significant {
            text,
            source,
            offset,
            table,
            entries,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn index(&self, at: usize) -> usize {
        self.entries
            .get(at)
            .map_or(self.table.len(), |entry| (entry & !LINE_START) as usize)
    }

    /// What the token is; `None` past the end.
    pub(crate) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.table.kind(self.index(at))
    }

    pub(crate) fn is(&self, at: usize, kind: TokenKind) -> bool {
        self.kind(at) == Some(kind)
    }

    /// The kind of the token before this one.
    pub(crate) fn kind_before(&self, at: usize) -> Option<TokenKind> {
        at.checked_sub(1).and_then(|before| self.kind(before))
    }

    /// The bytes of the token in the text; an empty range at the end of the text past the end.
    pub(crate) fn bytes(&self, at: usize) -> Range<usize> {
        if at < self.entries.len() {
            self.table.range(self.index(at))
        } else {
            self.text.len()..self.text.len()
        }
    }

    pub(crate) fn slice(&self, at: usize) -> &'t str {
        self.text.get(self.bytes(at)).unwrap_or_default()
    }

    /// The token as a word, if it is one.
    pub(crate) fn word(&self, at: usize) -> Option<&'t str> {
        self.is(at, TokenKind::Word).then(|| self.slice(at))
    }

    pub(crate) fn is_word(&self, at: usize, word: &str) -> bool {
        self.word(at) == Some(word)
    }

    /// Whether the token is the first of its line; so is the end of the text.
    pub(crate) fn is_line_start(&self, at: usize) -> bool {
        self.entries
            .get(at)
            .is_none_or(|entry| entry & LINE_START != 0)
    }

    /// Bytes between the start of the line and a token that is the first of its line.
    pub(crate) fn indent(&self, at: usize) -> Option<usize> {
        if at >= self.len() || !self.is_line_start(at) {
            return None;
        }
        let start = self.bytes(at).start;
        let from = start.saturating_sub(INDENT_MAX);
        let before = self.text.as_bytes().get(from..start)?;
        let blanks = before.iter().rev().take_while(|byte| **byte != b'\n');
        Some(blanks.count())
    }

    /// The span of bytes of the text.
    pub(crate) fn span_of(&self, bytes: Range<usize>) -> Span {
        let end = |n: usize| {
            u32::try_from(n)
                .unwrap_or(u32::MAX)
                .saturating_add(self.offset)
        };
        Span::new(self.source, end(bytes.start), end(bytes.end))
    }

    pub(crate) fn span(&self, at: usize) -> Span {
        self.span_of(self.bytes(at))
    }

    /// From the first to the last token of the range; empty, after the token before, for no tokens.
    pub(crate) fn span_between(&self, range: Range<usize>) -> Span {
        if range.is_empty() {
            return self.gap_before(range.start);
        }
        self.span_of(self.bytes(range.start).start..self.bytes(range.end - 1).end)
    }

    /// The last token, before `end`, of the dotted words that start at `at`: `at` itself where it
    /// is no word, or where no dot and word follow.
    pub(crate) fn path_end(&self, mut at: usize, end: usize) -> usize {
        let is = |at: usize, kind| at < end && self.is(at, kind);
        while is(at, TokenKind::Word) && is(at + 1, TokenKind::Dot) && is(at + 2, TokenKind::Word) {
            at += 2;
        }
        at
    }

    /// The empty span right after the token before this one: where something is missing.
    pub(crate) fn gap_before(&self, at: usize) -> Span {
        let end = at.checked_sub(1).map_or(0, |before| self.bytes(before).end);
        self.span_of(end..end)
    }

    /// The `///` lines right before the token, without the marks.
    pub(crate) fn docs_before(&self, at: usize) -> Vec<String> {
        let first = at.checked_sub(1).map_or(0, |before| self.index(before) + 1);
        self.comments(first..self.index(at), TokenKind::Doc)
    }

    /// The place of the token that starts at this byte of the text.
    pub(crate) fn at_byte(&self, byte: usize) -> usize {
        let index = self.table.index_at(byte);
        self.entries
            .partition_point(|entry| ((entry & !LINE_START) as usize) < index)
    }

    /// The `//!` lines before the first token, without the marks.
    pub(crate) fn file_docs(&self) -> Vec<String> {
        self.comments(0..self.index(0), TokenKind::FileDoc)
    }

    fn comments(&self, range: Range<usize>, kind: TokenKind) -> Vec<String> {
        range
            .filter(|index| self.table.kind(*index) == Some(kind))
            .map(|index| {
                let line = self.text.get(self.table.range(index)).unwrap_or_default();
                let line = line.get(3..).unwrap_or_default();
                line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
            })
            .collect()
    }
}
