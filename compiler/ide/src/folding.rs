//! What can be folded away: what is in brackets, and comments.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;

use crate::{Form, Snapshot, json};

/// A part of a text that can be folded away; it goes over several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// What disappears, but for its first line.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// What is folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// What is in brackets, without them.
    Body,
    /// Comments on lines that follow each other.
    Comment,
}

/// What of a source can be folded away, in order of where it starts. Made from the tokens alone, so
/// that a text that cannot be read can be folded too; a bracket without a partner folds nothing.
#[must_use]
pub fn folds(snapshot: &Snapshot, source: SourceId) -> Vec<Fold> {
    if snapshot.form(source) == Form::Json {
        return json::folds(snapshot, source);
    }
    let text = snapshot.text(source);
    if snapshot.tree(source).is_none() {
        return Vec::new();
    }
    let span = |start: usize, end: usize| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(source, offset(start), offset(end))
    };
    let mut found = Vec::new();
    let mut open = Open::default();
    let mut comment: Option<(usize, usize)> = None;
    for (kind, range) in snapshot.tokens(source).iter() {
        match kind {
            TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc => {
                let start = comment.map_or(range.start, |(start, _)| start);
                comment = Some((start, range.end));
                continue;
            }
            // A blank line ends a run of comments.
            TokenKind::Whitespace if line_ends(text, &range) < 2 => continue,
            _ => {
                let run = comment.take();
                found.extend(run.map(|(start, end)| (span(start, end), FoldKind::Comment)));
            }
        }
        match kind {
            TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen => {
                open.push(kind, range.end);
            }
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen => {
                let start = open.pop(|opened| closes(opened, kind));
                found.extend(start.map(|start| (span(start, range.start), FoldKind::Body)));
            }
            _ => {}
        }
    }
    found.extend(comment.map(|(start, end)| (span(start, end), FoldKind::Comment)));
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    found.retain(|(span, _)| {
        let next = ends.partition_point(|end| *end < span.start as usize);
        ends.get(next).is_some_and(|end| *end < span.end as usize)
    });
    found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let folds = found.into_iter().map(|(span, kind)| Fold { span, kind });
    folds.collect()
}

/// Brackets that are open, from the outermost on.
///
/// PERF: how many there are of each kind is counted, so that a bracket without a partner is known
/// without a look at all of them; a text may consist of nothing else.
#[derive(Default)]
struct Open {
    brackets: Vec<(TokenKind, usize)>,
    counts: Vec<(TokenKind, usize)>,
}

impl Open {
    fn push(&mut self, kind: TokenKind, end: usize) {
        self.brackets.push((kind, end));
        match self.counts.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((kind, 1)),
        }
    }

    /// Where the innermost bracket that is meant ends. It is closed, with what is open in it.
    fn pop(&mut self, is_meant: impl Fn(TokenKind) -> bool) -> Option<usize> {
        let mut counts = self.counts.iter();
        if !counts.any(|(kind, count)| *count > 0 && is_meant(*kind)) {
            return None;
        }
        while let Some((kind, end)) = self.brackets.pop() {
            for (_, count) in self.counts.iter_mut().filter(|(other, _)| *other == kind) {
                *count -= 1;
            }
            if is_meant(kind) {
                return Some(end);
            }
        }
        None
    }
}

fn closes(open: TokenKind, close: TokenKind) -> bool {
    matches!(
        (open, close),
        (TokenKind::OpenBrace, TokenKind::CloseBrace)
            | (TokenKind::OpenBracket, TokenKind::CloseBracket)
            | (TokenKind::OpenParen, TokenKind::CloseParen)
    )
}

fn line_ends(text: &str, range: &std::ops::Range<usize>) -> usize {
    let text = text.get(range.clone()).unwrap_or("");
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[track_caller]
    fn check(text: &str, kinds: &[FoldKind]) {
        let fixture = Fixture::new(text);
        let found = folds(&fixture.snapshot, fixture.only_source());
        let spans: Vec<_> = found.iter().map(|fold| fold.span).collect();
        assert_eq!(spans, fixture.ranges());
        let found: Vec<_> = found.iter().map(|fold| fold.kind).collect();
        assert_eq!(found, kinds);
    }

    #[test]
    fn bodies_and_lists_of_several_lines_fold() {
        check(
            "policy \"Å\" {⟦\n users groups [⟦\n A, B\n ⟧]\n apps all\n⟧}\npolicy \"Q\" { block }",
            &[FoldKind::Body, FoldKind::Body],
        );
    }

    #[test]
    fn comments_fold_together_until_a_blank_line() {
        check(
            "⟦// one\n// two⟧\n\n// alone\nrule r = device.isCompliant -eq True\n⟦/// docs\n/// more⟧",
            &[FoldKind::Comment, FoldKind::Comment],
        );
    }

    #[test]
    fn brackets_without_a_partner_fold_nothing() {
        check(
            "policy \"😀\" {⟦\n users groups [\n⟧}\n)\npolicy {\n",
            &[FoldKind::Body],
        );
    }

    #[test]
    fn brackets_in_brackets_without_end_are_borne() {
        let count = 50_000;
        let text = ["{", "(", "]", ")", "\n", "}"].map(|piece| piece.repeat(count));
        let fixture = Fixture::new(&text.concat());
        let found = folds(&fixture.snapshot, fixture.only_source());
        assert_eq!(found.len(), count);
    }
}
