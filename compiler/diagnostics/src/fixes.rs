//! Applying what can be mended by machine.

use std::collections::BTreeMap;

use gatewright_source::{SourceId, SourceMap, Span};

use crate::{Applicability, Diagnostic, Edit};

/// What fixes made of the texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new text of every source that changed.
    pub texts: BTreeMap<SourceId, String>,
    /// How many fixes were applied.
    pub count: usize,
}

/// Apply every fix that is [certain](Applicability::Always), in the order of the findings.
///
/// A fix is applied whole or not at all. One that touches what an earlier one has changed waits for
/// the next run, when the finding is either gone or has new places; so does one that inserts where
/// another has inserted.
#[must_use]
pub fn apply_fixes(diagnostics: &[Diagnostic], sources: &SourceMap) -> Fixed {
    let mut taken: BTreeMap<Span, &Edit> = BTreeMap::new();
    let mut count = 0;
    let fixes = diagnostics.iter().filter_map(|diagnostic| {
        let mut fixes = diagnostic.fixes.iter();
        fixes.find(|fix| fix.applicability == Applicability::Always)
    });
    for fix in fixes {
        let mut spans: Vec<Span> = fix.edits.iter().map(|edit| edit.span).collect();
        spans.sort_unstable();
        let is_apart = spans
            .array_windows()
            .all(|[a, b]| a.source != b.source || (a.end <= b.start && a != b));
        let is_text = |span: &Span| {
            let source = sources.get(span.source);
            source.is_some_and(|source| source.text.get(span.range()).is_some())
        };
        let is_free = |span: &Span| is_text(span) && !touches(&taken, *span);
        if is_apart && !spans.is_empty() && spans.iter().all(is_free) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span, edit)));
            count += 1;
        }
    }
    let mut edits_by_source = BTreeMap::<_, Vec<_>>::new();
    for edit in taken.into_values() {
        edits_by_source
            .entry(edit.span.source)
            .or_default()
            .push(edit);
    }
    let text = |(id, edits): (SourceId, Vec<&Edit>)| {
        let source = sources.get(id)?;
        Some((id, edited(&source.text, &edits)))
    };
    Fixed {
        texts: edits_by_source.into_iter().filter_map(text).collect(),
        count,
    }
}

/// Whether a span overlaps or is next to one that is taken; taken ones do not overlap, so only the
/// two neighbours can be.
fn touches(taken: &BTreeMap<Span, &Edit>, span: Span) -> bool {
    let before = taken.range(..=span).next_back();
    let after = taken.range(span..).next();
    let mut neighbours = before.into_iter().chain(after);
    neighbours.any(|(other, _)| {
        other.source == span.source && other.start <= span.end && span.start <= other.end
    })
}

fn edited(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        out.push_str(text.get(done..range.start).unwrap_or(""));
        out.push_str(&edit.text);
        done = range.end;
    }
    out + text.get(done..).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, codes};

    fn finding(edits: &[(u32, u32, &str)], applicability: Applicability) -> Diagnostic {
        let mut found = Diagnostic::new(codes::GW0101, Span::default(), "m");
        let edit = |&(start, end, text): &(u32, u32, &str)| Edit {
            span: Span::new(SourceId(0), start, end),
            text: text.to_owned(),
        };
        let edits = edits.iter().map(edit).collect();
        found.fixes.push(Fix {
            title: "mend".into(),
            edits,
            applicability,
        });
        found
    }

    fn fixed(findings: &[Diagnostic]) -> (Option<String>, usize) {
        let mut sources = SourceMap::new();
        let id = sources.add("a", "one two three");
        let mut fixed = apply_fixes(findings, &sources);
        (fixed.texts.remove(&id), fixed.count)
    }

    #[test]
    fn certain_fixes_are_applied_from_any_order() {
        let findings = [
            finding(&[(8, 13, "3")], Applicability::Always),
            finding(&[(0, 3, "1")], Applicability::Always),
            finding(&[(4, 7, "2")], Applicability::Maybe),
        ];
        assert_eq!(fixed(&findings), (Some("1 two 3".to_owned()), 2));
    }

    #[test]
    fn a_fix_that_touches_an_earlier_one_waits_whole() {
        let findings = [
            finding(&[(4, 7, "2")], Applicability::Always),
            finding(&[(0, 3, "1"), (7, 7, "!")], Applicability::Always),
            finding(&[(4, 7, "2")], Applicability::Always),
        ];
        assert_eq!(fixed(&findings), (Some("one 2 three".to_owned()), 1));
    }

    #[test]
    fn an_edit_outside_of_its_text_changes_nothing() {
        let findings = [finding(&[(4, 99, "x")], Applicability::Always)];
        assert_eq!(fixed(&findings), (None, 0));
    }
}
