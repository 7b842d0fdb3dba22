//! A place in the flat terms of a block.
//!
//! Facts and expectations have no marks between them: each begins with its word and takes what
//! belongs to it.

use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Term};

pub(super) struct Cursor<'a> {
    terms: &'a [Term],
    at: usize,
    /// The end of the block, for what is missing there.
    end: Span,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(terms: &'a [Term], block: Span) -> Self {
        let end = Span::new(block.source, block.end.saturating_sub(1), block.end);
        Cursor { terms, at: 0, end }
    }

    pub(super) fn peek(&self) -> Option<&'a Term> {
        self.terms.get(self.at)
    }

    pub(super) fn peek_word(&self) -> Option<&'a Name> {
        self.peek()?.as_word()
    }

    pub(super) fn next(&mut self) -> Option<&'a Term> {
        let term = self.terms.get(self.at)?;
        self.at += 1;
        Some(term)
    }

    /// The next term if it is this word.
    pub(super) fn take_word(&mut self, word: &str) -> Option<Span> {
        let found = self.peek_word().filter(|name| name.text == word)?;
        self.at += 1;
        Some(found.span)
    }

    /// The place of the next term, or the brace that ends the block.
    pub(super) fn place(&self) -> Span {
        self.peek().map_or(self.end, Term::span)
    }

    /// Where the last term that was taken ends.
    pub(super) fn last(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.terms.get(at));
        before.map_or(self.end, Term::span)
    }

    /// How many terms have been taken.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The terms that were taken since this position.
    pub(super) fn since(&self, position: usize) -> &'a [Term] {
        self.terms.get(position..self.at).unwrap_or_default()
    }
}
