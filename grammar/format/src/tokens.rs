//! The tokens of a text, for looking at what stands between two places.

use std::ops::Range;

use gatewright_source::Span;
use gatewright_syntax::{TokenKind, TokenTable};

#[derive(Clone, Copy)]
pub(crate) struct Tokens<'a> {
    pub(crate) text: &'a str,
    table: &'a TokenTable,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, table: &'a TokenTable) -> Self {
        Tokens { text, table }
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    pub(crate) fn spanned(&self, span: Span) -> &'a str {
        self.slice(span.range())
    }

    /// The tokens that start in a range of bytes, blanks included.
    pub(crate) fn within(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (TokenKind, Range<usize>)> + 'a {
        let table = self.table;
        let first = table.index_at(range.start);
        // A token that started before is not of the range.
        let first = if table.range(first).start < range.start {
            first + 1
        } else {
            first
        };
        (first..table.len())
            .map(move |at| (table.kind(at).unwrap_or(TokenKind::Stray), table.range(at)))
            .take_while(move |(_, bytes)| bytes.start < range.end)
    }

    /// The tokens of a range that the parser sees.
    pub(crate) fn significant(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (TokenKind, Range<usize>)> + 'a {
        self.within(range).filter(|(kind, _)| !kind.is_trivia())
    }

    /// The first token or comment of a range.
    pub(crate) fn first(&self, range: Range<usize>) -> Option<Range<usize>> {
        let mut tokens = self.within(range);
        tokens
            .find(|(kind, _)| *kind != TokenKind::Whitespace)
            .map(|(_, bytes)| bytes)
    }

    pub(crate) fn has_comment(&self, range: Range<usize>) -> bool {
        self.within(range).any(|(kind, _)| is_comment(kind))
    }

    pub(crate) fn has_line_end(&self, range: Range<usize>) -> bool {
        self.slice(range).contains('\n')
    }

    /// The bytes of the first token of this kind in a range.
    pub(crate) fn find(&self, range: Range<usize>, kind: TokenKind) -> Option<Range<usize>> {
        let mut tokens = self.significant(range);
        tokens
            .find(|(found, _)| *found == kind)
            .map(|(_, bytes)| bytes)
    }

    /// Tokens side by side with the usual blanks between them.
    pub(crate) fn spaced(&self, range: Range<usize>) -> String {
        let mut line = String::new();
        let mut before: Option<TokenKind> = None;
        for (kind, bytes) in self.significant(range) {
            if before.is_some_and(|before| has_blank(before, kind)) {
                line.push(' ');
            }
            line.push_str(self.slice(bytes));
            before = Some(kind);
        }
        line
    }
}

pub(crate) fn is_comment(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc
    )
}

/// Whether a blank stands between two tokens of a line that is no expression.
fn has_blank(before: TokenKind, after: TokenKind) -> bool {
    use TokenKind as K;
    if matches!(before, K::OpenParen | K::OpenBracket | K::At | K::Dot) {
        return false;
    }
    !matches!(
        after,
        K::CloseParen | K::CloseBracket | K::Comma | K::Dot | K::Colon | K::Question | K::OpenParen
    )
}
