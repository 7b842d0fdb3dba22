//! What each word is: semantic tokens, whole, by range, and as changes.

use gatewright_ide::{Highlight, HighlightKind, highlights};
use gatewright_source::ColumnUnit;
use gen_lsp_types as lsp;

use crate::context::{Context, Place, Reply};

/// The names of what words are, in order of [`HighlightKind::ALL`].
const TYPES: &[(HighlightKind, &str)] = &[
    (HighlightKind::Comment, "comment"),
    (HighlightKind::Documentation, "comment"),
    (HighlightKind::String, "string"),
    (HighlightKind::Number, "number"),
    (HighlightKind::Keyword, "keyword"),
    (HighlightKind::Operator, "operator"),
    (HighlightKind::Annotation, "decorator"),
    (HighlightKind::Title, "class"),
    (HighlightKind::Object, "variable"),
    (HighlightKind::Rule, "function"),
    (HighlightKind::Template, "interface"),
    (HighlightKind::Parameter, "parameter"),
    (HighlightKind::Attribute, "property"),
    (HighlightKind::Member, "enumMember"),
    (HighlightKind::Entity, "namespace"),
    (HighlightKind::Type, "type"),
];

const MODIFIERS: &[&str] = &["declaration", "defaultLibrary", "documentation"];

/// What the numbers of tokens stand for.
pub(crate) fn legend() -> lsp::SemanticTokensLegend {
    lsp::SemanticTokensLegend {
        token_types: TYPES.iter().map(|(_, name)| (*name).to_owned()).collect(),
        token_modifiers: MODIFIERS.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The tokens of a document.
pub(crate) fn full(
    cx: &Context,
    params: lsp::SemanticTokensParams,
) -> Reply<Option<lsp::SemanticTokens>> {
    let place = cx.file(&params.text_document.uri)?;
    let data = tokens(place, &highlights(&place.view.snapshot, place.source, None));
    let result_id = cx.tokens.keep(&params.text_document.uri, &data);
    Ok(Some(lsp::SemanticTokens {
        result_id: Some(result_id),
        data,
    }))
}

/// The tokens that touch a range.
pub(crate) fn range(
    cx: &Context,
    params: lsp::SemanticTokensRangeParams,
) -> Reply<Option<lsp::SemanticTokens>> {
    let place = cx.file(&params.text_document.uri)?;
    let span = place.view.span(place.source, params.range);
    let found = highlights(
        &place.view.snapshot,
        place.source,
        Some(span.start..span.end),
    );
    Ok(Some(lsp::SemanticTokens {
        result_id: None,
        data: tokens(place, &found),
    }))
}

/// What has changed since an earlier answer; all of it where that one is not known any more.
pub(crate) fn delta(
    cx: &Context,
    params: lsp::SemanticTokensDeltaParams,
) -> Reply<Option<lsp::SemanticTokensDeltaResponse>> {
    let uri = &params.text_document.uri;
    let place = cx.file(uri)?;
    let data = tokens(place, &highlights(&place.view.snapshot, place.source, None));
    let before = cx.tokens.recall(uri, &params.previous_result_id);
    let result_id = Some(cx.tokens.keep(uri, &data));
    Ok(Some(match before {
        None => lsp::SemanticTokens { result_id, data }.into(),
        Some(before) => lsp::SemanticTokensDelta {
            result_id,
            edits: changed(&before, &data).into_iter().collect(),
        }
        .into(),
    }))
}

/// The numbers of a token, one after the other.
fn numbers(tokens: &[lsp::SemanticToken]) -> Vec<u32> {
    let each = tokens.iter().flat_map(|token| {
        [
            token.delta_line,
            token.delta_start,
            token.length,
            token.token_type,
            token.token_modifiers_bitset,
        ]
    });
    each.collect()
}

/// What is between the parts that are alike at both ends.
fn changed(
    before: &[lsp::SemanticToken],
    after: &[lsp::SemanticToken],
) -> Option<lsp::SemanticTokensEdit> {
    let pairs = before.iter().zip(after);
    let start = pairs.take_while(|(one, other)| one == other).count();
    let (old, new) = (before.get(start..)?, after.get(start..)?);
    if old.is_empty() && new.is_empty() {
        return None;
    }
    let pairs = old.iter().rev().zip(new.iter().rev());
    let end = pairs.take_while(|(one, other)| one == other).count();
    let old = old.get(..old.len() - end)?;
    let new = new.get(..new.len() - end)?;
    let five = |count: usize| u32::try_from(count.saturating_mul(5)).ok();
    Some(lsp::SemanticTokensEdit {
        start: five(start)?,
        delete_count: five(old.len())?,
        data: Some(numbers(new)),
    })
}

/// Pieces as the protocol counts them: each from the one before, within one line.
fn tokens(place: Place<'_>, found: &[Highlight]) -> Vec<lsp::SemanticToken> {
    let mut tokens = Vec::with_capacity(found.len());
    let mut last = lsp::Position::default();
    for piece in found {
        let range = place.view.range(piece.span);
        // A text that nobody has closed yet, and JSON, may go over several lines: their first one.
        let length = if range.start.line == range.end.line {
            range.end.character - range.start.character
        } else {
            first_line(place, piece)
        };
        let is_same_line = range.start.line == last.line;
        let token_type = TYPES.iter().position(|(kind, _)| *kind == piece.kind);
        tokens.push(lsp::SemanticToken {
            delta_line: range.start.line - last.line,
            delta_start: if is_same_line {
                range.start.character - last.character
            } else {
                range.start.character
            },
            length,
            token_type: token_type
                .and_then(|at| u32::try_from(at).ok())
                .unwrap_or_default(),
            token_modifiers_bitset: u32::from(piece.is_declaration)
                | u32::from(piece.is_built_in) << 1
                | u32::from(piece.kind == HighlightKind::Documentation) << 2,
        });
        last = range.start;
    }
    tokens
}

fn first_line(place: Place<'_>, piece: &Highlight) -> u32 {
    let text = place.view.snapshot.compilation().sources.text(piece.span);
    let line = text.lines().next().unwrap_or_default();
    let length = match place.view.unit {
        ColumnUnit::Utf8 => line.len(),
        ColumnUnit::Utf16 => line.encode_utf16().count(),
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_type_at_its_place() {
        let kinds: Vec<HighlightKind> = TYPES.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, HighlightKind::ALL);
    }

    #[test]
    fn a_change_makes_the_old_numbers_the_new_ones() {
        let token = |n: u32| lsp::SemanticToken {
            delta_line: n,
            delta_start: 0,
            length: 1,
            token_type: 0,
            token_modifiers_bitset: 0,
        };
        let texts: [&[u32]; 6] = [&[], &[1], &[1, 2, 3], &[1, 9, 3], &[1, 1, 1], &[3, 2, 1, 1]];
        for before in texts {
            for after in texts {
                let old: Vec<_> = before.iter().map(|n| token(*n)).collect();
                let new: Vec<_> = after.iter().map(|n| token(*n)).collect();
                let mut patched = numbers(&old);
                if let Some(edit) = changed(&old, &new) {
                    let start = edit.start as usize;
                    let end = start + edit.delete_count as usize;
                    patched.splice(start..end, edit.data.unwrap());
                }
                assert_eq!(patched, numbers(&new), "{before:?} {after:?}");
            }
        }
    }
}
