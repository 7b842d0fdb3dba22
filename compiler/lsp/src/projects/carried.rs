//! Findings that took long to make, over an edit: until they are made anew they stay where their
//! words are, so that they do not flicker while somebody types.

use std::collections::BTreeMap;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceId, SourceMap, Span};

/// What an edit left of findings: those of whose places none was touched, moved with their texts.
pub(super) fn carried(found: &[Diagnostic], old: &SourceMap, new: &SourceMap) -> Vec<Diagnostic> {
    let mut moves: BTreeMap<SourceId, Option<Move>> = BTreeMap::new();
    let mut place = |span: &mut Span| {
        let moved = moves
            .entry(span.source)
            .or_insert_with(|| Move::between(span.source, old, new));
        let moved = moved.as_ref().and_then(|moved| moved.span(*span));
        moved.map(|moved| *span = moved).is_some()
    };
    let mut found = found.to_vec();
    found.retain_mut(|one| {
        let labels = one.labels.iter_mut().map(|label| &mut label.span);
        let edits = one.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
        labels
            .chain(edits.map(|edit| &mut edit.span))
            .all(&mut place)
    });
    found
}

/// How a text has changed: what is the same in front and behind.
struct Move {
    source: SourceId,
    prefix: usize,
    /// Where what is the same behind starts, before and after.
    suffix: (usize, usize),
}

impl Move {
    fn between(source: SourceId, old: &SourceMap, new: &SourceMap) -> Option<Move> {
        let before = old.get(source)?;
        let (source, after) = new.iter().find(|(_, after)| after.name == before.name)?;
        let (before, after) = (before.text.as_bytes(), after.text.as_bytes());
        let same = |(a, b): &(&u8, &u8)| a == b;
        let prefix = before.iter().zip(after).take_while(same).count();
        let ends = before.iter().rev().zip(after.iter().rev());
        let shorter = before.len().min(after.len());
        let suffix = ends.take_while(same).count().min(shorter - prefix);
        Some(Move {
            source,
            prefix,
            suffix: (before.len() - suffix, after.len() - suffix),
        })
    }

    fn span(&self, span: Span) -> Option<Span> {
        let (start, end) = (span.start as usize, span.end as usize);
        let (before, after) = self.suffix;
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if end <= self.prefix {
            Some(Span::new(self.source, span.start, span.end))
        } else if start >= before {
            let moved = |at: usize| offset(at - before + after);
            Some(Span::new(self.source, moved(start), moved(end)))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_diagnostics::codes;

    #[track_caller]
    fn check(before: &str, after: &str, is_kept: bool) {
        let mut old = SourceMap::new();
        let mut new = SourceMap::new();
        let id = old.add("a", before);
        new.add("another", "");
        new.add("a", after);
        let span = |source, text: &str| {
            let start = u32::try_from(text.find("here").unwrap()).unwrap();
            Span::new(source, start, start + 4)
        };
        let found = Diagnostic::new(codes::GW0270, span(id, before), "m");
        let kept = carried(&[found], &old, &new);
        assert_eq!(kept.len(), usize::from(is_kept));
        if let [kept] = kept.as_slice() {
            assert_eq!(kept.span(), span(SourceId(1), after));
        }
    }

    #[test]
    fn findings_move_with_their_words_and_go_with_them() {
        check("å here 😀", "å here 😀", true);
        check("å here 😀", "ååå here 😀", true);
        check("å here 😀", "here 😀", true);
        check("å here 😀", "å here x", true);
        check("å here here", "å here, here", true);
        check("å here 😀", "å here", true);
        check("a her here", "a here", false);
        check("x here y", "x he!re here y", false);
    }

    #[test]
    fn findings_of_a_file_that_is_gone_go() {
        let mut old = SourceMap::new();
        let id = old.add("a", "text");
        let found = Diagnostic::new(codes::GW0270, Span::new(id, 0, 1), "m");
        assert!(carried(&[found], &old, &SourceMap::new()).is_empty());
    }
}
