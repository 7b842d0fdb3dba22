//! At every place of the example projects: names lead to what they stand for and back, can be changed
//! and changed back, selections grow, and what folds is nested.

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_hir::Target;
use gatewright_ide::{
    Outlined, RenameError, Snapshot, Symbol, definition, folds, occurrences, outline,
    prepare_rename, rename, selections, symbol_at,
};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;

use crate::examples::projects;

/// The middle of every token but blanks.
fn places(snapshot: &Snapshot, source: SourceId) -> Vec<u32> {
    let tokens = snapshot.tokens(source);
    let tokens = tokens
        .iter()
        .filter(|(kind, _)| *kind != TokenKind::Whitespace);
    let middles = tokens.map(|(_, range)| range.start.midpoint(range.end));
    middles.map(|at| u32::try_from(at).unwrap()).collect()
}

#[test]
fn names_lead_to_their_declarations_and_those_to_every_use() {
    for project in projects() {
        let snapshot = &project.snapshot;
        for reference in &snapshot.compilation().references {
            let Span { source, end, .. } = reference.span;
            let (symbol, span) = symbol_at(snapshot, source, end).unwrap();
            assert_eq!(span, reference.span);
            let all = occurrences(snapshot, &symbol);
            assert!(all.iter().any(|one| one.span == span));
            if let Target::Declared(declared) = reference.target {
                assert_eq!(definition(snapshot, source, end), [declared]);
                let back = symbol_at(snapshot, declared.source, declared.end).unwrap();
                assert_eq!(back, (symbol, declared));
            }
            for one in &all {
                let same = symbol_at(snapshot, one.span.source, one.span.end).unwrap();
                assert_eq!(occurrences(snapshot, &same.0), all, "{}", project.name);
            }
        }
    }
}

#[test]
fn every_name_can_be_changed_and_changed_back() {
    let mut count = 0;
    for project in projects() {
        let snapshot = &project.snapshot;
        let mut seen: Vec<Symbol> = Vec::new();
        for (source, _) in &snapshot.compilation().trees {
            for place in places(snapshot, *source) {
                let Some((symbol, span)) = symbol_at(snapshot, *source, place) else {
                    continue;
                };
                if seen.contains(&symbol) {
                    continue;
                }
                seen.push(symbol);
                // Every change compiles the project three times.
                if !seen.len().is_multiple_of(5) && project.name != "payments" {
                    continue;
                }
                let old = match prepare_rename(snapshot, *source, place) {
                    Ok(span) => snapshot.compilation().sources.text(span).to_owned(),
                    Err(RenameError::NotOurs(_) | RenameError::FromTemplate) => continue,
                    Err(other) => panic!("{}: {other} at {span:?}", project.name),
                };
                let name = snapshot.compilation().sources.text(span);
                let is_text = name.starts_with('"');
                let new = if is_text {
                    "Ü \"1\" `2` '3' 😀"
                } else {
                    "Ü_1"
                };
                let edits = rename(snapshot, *source, place, new);
                let edits = edits.unwrap_or_else(|why| panic!("{}: {old}: {why}", project.name));
                let renamed = snapshot.edited(&edits);
                let errors = |snapshot: &Snapshot| {
                    let all = snapshot.compilation().diagnostics.iter();
                    let is_error = |one: &&Diagnostic| one.severity == Severity::Error;
                    all.filter(is_error).map(|one| one.code).collect::<Vec<_>>()
                };
                assert_eq!(
                    errors(snapshot),
                    errors(&renamed),
                    "{}: {old}",
                    project.name
                );
                let last = edits.iter().filter(|edit| edit.span.source == *source);
                let first = last.min_by_key(|edit| edit.span.start).unwrap().span.start;
                let back = rename(&renamed, *source, first, &old).unwrap();
                let back = renamed.edited(&back);
                for (source, _) in &snapshot.compilation().trees {
                    assert_eq!(snapshot.text(*source), back.text(*source));
                }
                count += 1;
            }
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn selections_grow_from_every_token_to_the_whole() {
    for project in projects() {
        let snapshot = &project.snapshot;
        for (source, _) in &snapshot.compilation().trees {
            let length = u32::try_from(snapshot.text(*source).len()).unwrap();
            for place in places(snapshot, *source) {
                let found = selections(snapshot, *source, place);
                assert_eq!(found.last().unwrap().len(), length);
                for pair in found.windows(2) {
                    let (inner, outer) = (pair[0], pair[1]);
                    assert!(outer.start <= inner.start && inner.end <= outer.end);
                    assert!(inner.len() < outer.len(), "{inner:?} {outer:?}");
                }
                assert!(
                    found
                        .iter()
                        .all(|one| one.start <= place && place <= one.end)
                );
            }
        }
    }
}

#[test]
fn what_folds_is_nested_and_has_several_lines() {
    for project in projects() {
        let snapshot = &project.snapshot;
        for (source, _) in &snapshot.compilation().trees {
            let found = folds(snapshot, *source);
            for (at, one) in found.iter().enumerate() {
                assert!(snapshot.compilation().sources.text(one.span).contains('\n'));
                for other in found.iter().skip(at + 1) {
                    let (a, b) = (one.span, other.span);
                    let is_inside = a.start <= b.start && b.end <= a.end;
                    assert!(
                        is_inside || a.end <= b.start,
                        "{}: {a:?} {b:?}",
                        project.name
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_outlined_is_in_what_is_around_it() {
    fn check(all: &[Outlined], around: Span) {
        for one in all {
            assert!(!one.name.trim().is_empty());
            assert!(around.start <= one.span.start && one.span.end <= around.end);
            assert!(one.span.start <= one.name_span.start && one.name_span.end <= one.span.end);
            check(&one.members, one.span);
        }
        for pair in all.windows(2) {
            assert!(pair[0].span.end <= pair[1].span.start);
        }
    }
    for project in projects() {
        for (source, _) in &project.snapshot.compilation().trees {
            let length = u32::try_from(project.snapshot.text(*source).len()).unwrap();
            let found = outline(&project.snapshot, *source);
            assert!(!found.is_empty(), "{}", project.name);
            check(&found, Span::new(*source, 0, length));
        }
    }
}
