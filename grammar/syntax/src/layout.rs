//! Which brace is whose, in a file whose braces do not balance.
//!
//! Counting cannot tell there which one is missing or too much; how the lines are indented usually
//! does. Where the braces balance, nothing here is asked.

use std::cmp::Ordering;

use crate::boundary::starts_certainly;
use crate::significant::Significant;
use crate::token::TokenKind;

/// Whether a file has as many opening braces as closing ones.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Of the opening braces against the closing ones.
    braces: Ordering,
}

impl Layout {
    pub(crate) fn of(tokens: &Significant<'_>) -> Layout {
        let (mut opened, mut closed) = (0_usize, 0_usize);
        for at in 0..tokens.len() {
            match tokens.kind(at) {
                Some(TokenKind::OpenBrace) => opened += 1,
                Some(TokenKind::CloseBrace) => closed += 1,
                _ => {}
            }
        }
        Layout {
            braces: opened.cmp(&closed),
        }
    }

    pub(crate) fn is_balanced(self) -> bool {
        self.braces == Ordering::Equal
    }

    /// Whether the brace at `at`, which by counting closes what starts at `owner`, is one too many:
    /// what follows it still belongs to the body.
    pub(crate) fn closes_early(self, tokens: &Significant<'_>, at: usize, owner: usize) -> bool {
        let next = at + 1;
        let Some(own) = tokens.indent(owner) else {
            return false;
        };
        if self.braces != Ordering::Less || next >= tokens.len() {
            return false;
        }
        let is_in_place = tokens.indent(at) == Some(own);
        match tokens.indent(next) {
            Some(indent) if tokens.is(next, TokenKind::CloseBrace) => indent == own && !is_in_place,
            Some(indent) => indent > own && !is_in_place,
            None => !tokens.is(next, TokenKind::CloseBrace) && !starts_certainly(tokens, next),
        }
    }

    /// Whether the closing brace at `at` is one too many in the middle of a line.
    pub(crate) fn is_amid(self, tokens: &Significant<'_>, at: usize) -> bool {
        let next = at + 1;
        self.braces == Ordering::Less
            && !tokens.is_line_start(at)
            && !tokens.is_line_start(next)
            && !tokens.is(next, TokenKind::CloseBrace)
            && !starts_certainly(tokens, next)
    }

    /// Whether the brace at `at` is one too many, after something deeper than what starts at
    /// `owner`.
    pub(crate) fn is_left_over(self, tokens: &Significant<'_>, at: usize, owner: usize) -> bool {
        let own = tokens.indent(owner);
        self.braces == Ordering::Less && own.is_some() && tokens.indent(at) > own
    }

    /// Whether the brace at `at`, which by counting closes something inside of what starts at
    /// `owner`, closes that itself: another one is missing, or one was opened too many.
    pub(crate) fn closes_late(self, tokens: &Significant<'_>, at: usize, owner: usize) -> bool {
        let own = tokens.indent(owner);
        self.braces == Ordering::Greater && own.is_some() && tokens.indent(at) == own
    }

    /// Whether the brace at `at`, which by counting closes what starts at `owner`, closes what is
    /// around that: it is the inner one that is missing.
    pub(crate) fn closes_outer(self, tokens: &Significant<'_>, at: usize, owner: usize) -> bool {
        let here = tokens.indent(at);
        self.braces == Ordering::Greater && here.is_some() && here < tokens.indent(owner)
    }
}
