//! Text as it grows: lines, and the comments and blank lines between them.

use std::ops::Range;

use gatewright_syntax::TokenKind;

use crate::tokens::{Tokens, is_comment};

pub(crate) struct Body<'a> {
    pub(crate) tokens: Tokens<'a>,
    pub(crate) text: String,
    /// How far the source has been written.
    pub(crate) at: usize,
    /// Whether nothing stands in the block that was opened last.
    is_fresh: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn new(tokens: Tokens<'a>) -> Self {
        Body {
            tokens,
            text: String::new(),
            at: 0,
            is_fresh: true,
        }
    }

    /// Begin a line.
    pub(crate) fn begin(&mut self, indent: usize) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&" ".repeat(indent));
        self.is_fresh = false;
    }

    /// Note that a block begins, where blank lines have no place.
    pub(crate) fn open(&mut self) {
        self.is_fresh = true;
    }

    fn blank(&mut self) {
        if self.is_fresh || self.text.is_empty() {
            return;
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Write what stands between here and `end`: comments, and what belongs to no declaration. One
    /// blank line at most is kept, none before the end of a block.
    pub(crate) fn gap(&mut self, end: usize, indent: usize, is_block_end: bool) {
        let mut line_ends = if self.at == 0 { 2 } else { 0 };
        let tokens: Vec<_> = self.tokens.within(self.at..end).collect();
        for (kind, bytes) in tokens {
            let slice = self.tokens.slice(bytes.clone());
            if kind == TokenKind::Whitespace {
                line_ends += slice.matches('\n').count();
                continue;
            }
            if line_ends == 0 && !self.text.is_empty() {
                // On the line of what was written last.
                if is_comment(kind) || !self.text.ends_with('\n') {
                    self.text.push(' ');
                }
                self.text.push_str(slice.trim_end());
            } else {
                if line_ends > 1 {
                    self.blank();
                }
                self.begin(indent);
                self.text.push_str(slice.trim_end());
            }
            self.at = bytes.end;
            line_ends = 0;
        }
        if line_ends > 1 && !is_block_end {
            self.blank();
        }
        self.at = self.at.max(end);
    }

    /// Write a range as it is, on lines of its own, its indentation included.
    pub(crate) fn verbatim(&mut self, range: Range<usize>) {
        let before = self.tokens.slice(0..range.start);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let indent = if line.trim().is_empty() { line } else { "" };
        self.begin(0);
        self.text.push_str(indent);
        self.text.push_str(self.tokens.slice(range.clone()));
        self.at = range.end;
    }

    /// Write a range line by line: the first continues the line that is written, every other one is
    /// indented by `indent` and, within brackets, deeper. Blanks within lines are the author's.
    pub(crate) fn lines(&mut self, range: Range<usize>, indent: usize) {
        let mut depth = 0_usize;
        let mut line_ends = 0;
        let mut is_first = true;
        let mut before = range.start;
        let tokens: Vec<_> = self.tokens.within(range.clone()).collect();
        for (kind, bytes) in tokens {
            let slice = self.tokens.slice(bytes.clone());
            if kind == TokenKind::Whitespace {
                line_ends += slice.matches('\n').count();
                continue;
            }
            let is_close = matches!(
                kind,
                TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace
            );
            depth = depth.saturating_sub(usize::from(is_close));
            if line_ends > 0 && !is_first {
                if line_ends > 1 {
                    self.blank();
                }
                self.begin(indent + 4 * depth);
            } else if !is_first {
                self.text.push_str(self.tokens.slice(before..bytes.start));
            }
            self.text.push_str(if is_comment(kind) {
                slice.trim_end()
            } else {
                slice
            });
            let is_open = matches!(
                kind,
                TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace
            );
            depth += usize::from(is_open);
            (is_first, line_ends, before) = (false, 0, bytes.end);
        }
        self.at = range.end;
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The column in which the next character stands.
    pub(crate) fn column(&self) -> usize {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    }
}
