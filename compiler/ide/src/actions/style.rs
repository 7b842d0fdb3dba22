//! Edits that leave a text in the one style that was in it.
//!
//! What an edit puts somewhere rarely fits what is around it: columns are wider, lists break
//! elsewhere, a line is empty. Around each edit the text is formatted anew, if it was formatted; who
//! writes otherwise is left alone.

use std::collections::BTreeMap;
use std::ops::Range;

use gatewright_diagnostics::Edit;
use gatewright_source::{SourceId, Span};

use crate::{Form, Snapshot, formatting};

/// LIMIT: bytes around an edit that are formatted.
const AROUND_MAX: usize = 1 << 16;

/// The same edits, with what they make necessary around them.
pub(super) fn kept(snapshot: &Snapshot, edits: Vec<Edit>) -> Vec<Edit> {
    let mut by_source: BTreeMap<SourceId, Vec<Edit>> = BTreeMap::new();
    for edit in edits {
        by_source.entry(edit.span.source).or_default().push(edit);
    }
    let mut found = Vec::new();
    for (source, mut own) in by_source {
        if snapshot.form(source) == Form::PolicyText {
            own = in_source(snapshot, source, own);
        }
        found.extend(own);
    }
    found
}

fn in_source(snapshot: &Snapshot, source: SourceId, mut edits: Vec<Edit>) -> Vec<Edit> {
    let text = snapshot.text(source);
    for edit in &mut edits {
        if edit.text.is_empty() {
            edit.span = whole_lines(text, edit.span);
        }
        if text.contains("\r\n") {
            edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut found = Vec::new();
    let mut rest = edits.into_iter().peekable();
    let mut paragraphs = paragraphs(snapshot, source).into_iter().peekable();
    while let Some(first) = rest.next() {
        let is_before = |one: &Range<usize>| one.end < first.span.start as usize;
        while paragraphs.next_if(is_before).is_some() {}
        let mut around = first.span.range();
        let mut own = vec![first];
        // Edits that share a paragraph are looked at together, and paragraphs that share an edit.
        loop {
            let touched = |one: &Range<usize>| one.start <= around.end && around.start <= one.end;
            if let Some(paragraph) = paragraphs.next_if(touched) {
                around = around.start.min(paragraph.start)..around.end.max(paragraph.end);
            } else if let Some(edit) = rest.next_if(|edit| edit.span.start as usize <= around.end) {
                around.end = around.end.max(edit.span.end as usize);
                own.push(edit);
            } else {
                break;
            }
        }
        found.extend(formatted(snapshot, (source, around), &own).unwrap_or(own));
    }
    found
}

/// The edits that make the part of a source what the edits make it, formatted; none where nothing
/// has to be done, or the part is not in the style now.
fn formatted(
    snapshot: &Snapshot,
    (source, part): (SourceId, Range<usize>),
    edits: &[Edit],
) -> Option<Vec<Edit>> {
    let before = snapshot.text(source).get(part.clone())?;
    if before.len() > AROUND_MAX || laid_out(before)? != before.trim_end() {
        return None;
    }
    let mut after = before.to_owned();
    for edit in edits.iter().rev() {
        let range = edit.span.range();
        let inside = range.start.checked_sub(part.start)?..range.end.checked_sub(part.start)?;
        after.get(inside.clone())?;
        after.replace_range(inside, &edit.text);
    }
    let blank = before.len() - before.trim_end().len();
    let mut wanted = laid_out(&after)?;
    wanted.push_str(before.get(before.len() - blank..)?);
    if wanted == after {
        return None;
    }
    let offset = u32::try_from(part.start).ok()?;
    let changes = formatting::changes(source, before, &wanted).into_iter();
    let moved = changes.map(|change| Edit {
        span: Span::new(source, change.span.start + offset, change.span.end + offset),
        text: change.text,
    });
    Some(moved.collect())
}

/// In the one style, without what is blank at the end.
pub(super) fn laid_out(text: &str) -> Option<String> {
    let formatted = gatewright_format::format(text).ok()?.text;
    Some(formatted.trim_end().to_owned())
}

/// What is deleted, with the rest of its lines where nothing else is on them, and with the blank
/// lines below where there are some above.
pub(super) fn whole_lines(text: &str, span: Span) -> Span {
    let (before, after) = text
        .split_at_checked(span.start as usize)
        .unwrap_or((text, ""));
    let after = after.get(span.len() as usize..).unwrap_or_default();
    let start = before.trim_end_matches([' ', '\t']);
    let line = after.find('\n').map_or(after.len(), |end| end + 1);
    let (line, below) = after.split_at_checked(line).unwrap_or((after, ""));
    if !(start.is_empty() || start.ends_with('\n')) || !line.trim().is_empty() {
        return span;
    }
    let above = start.trim_end_matches([' ', '\t', '\r', '\n']);
    let is_first = above.is_empty() || above.ends_with('{');
    let gap = start.get(above.len()..).unwrap_or_default();
    let is_apart = is_first || gap.matches('\n').count() > 1;
    let rest = below.trim_start_matches([' ', '\t', '\r', '\n']);
    let blank = below.get(..below.len() - rest.len()).unwrap_or_default();
    let blank = blank
        .rfind('\n')
        .filter(|_| is_apart)
        .map_or(0, |end| end + 1);
    let start = match gap.find('\n') {
        Some(end) if rest.is_empty() => above.len() + end + 1,
        _ => start.len(),
    };
    let end = after.len() - below.len() + blank;
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(span.source, at(start), span.end.saturating_add(at(end)))
}

/// The parts of a source between blank lines that are in no declaration, in order: what is in one
/// is aligned together.
fn paragraphs(snapshot: &Snapshot, source: SourceId) -> Vec<Range<usize>> {
    let tree = snapshot.tree(source);
    let declarations = tree.map_or(&[][..], |tree| &tree.declarations);
    let mut spans = declarations.iter().map(|one| one.span.range()).peekable();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut at = 0;
    for line in snapshot.text(source).split_inclusive('\n') {
        while spans.next_if(|span| span.end <= at).is_some() {}
        let is_inside = spans.peek().is_some_and(|span| span.start < at);
        if line.trim().is_empty() && !is_inside {
            found.extend(open.take());
        } else {
            let start = open.map_or(at, |open| open.start);
            open = Some(start..at + line.trim_end_matches(['\r', '\n']).len());
        }
        at += line.len();
    }
    found.extend(open);
    found
}
