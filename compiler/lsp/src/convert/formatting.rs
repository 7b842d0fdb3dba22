//! The one style of policy text, as edits.

use gatewright_diagnostics::Edit;
use gatewright_ide::{format, format_range, format_typed};
use gen_lsp_types as lsp;

use crate::context::{Context, Failure, Place, Reply};

/// Write a whole document in the one style. What a client wishes for tabs is not asked: there is one
/// style.
pub(crate) fn whole(
    cx: &Context,
    params: lsp::DocumentFormattingParams,
) -> Reply<Option<Vec<lsp::TextEdit>>> {
    let place = cx.file(&params.text_document.uri)?;
    let changes = format(&place.view.snapshot, place.source).map_err(Failure::Failed)?;
    Ok(Some(edits(place, &changes)))
}

/// The same for what touches a range.
pub(crate) fn range(
    cx: &Context,
    params: lsp::DocumentRangeFormattingParams,
) -> Reply<Option<Vec<lsp::TextEdit>>> {
    let place = cx.file(&params.text_document.uri)?;
    let part = place.view.span(place.source, params.range);
    let changes = format_range(&place.view.snapshot, part).map_err(Failure::Failed)?;
    Ok(Some(edits(place, &changes)))
}

/// The characters that end a piece of text, beside the closing brace.
pub(crate) const TYPED: &[&str] = &["]"];

/// The same for the declaration in which something has just been typed.
pub(crate) fn typed(
    cx: &Context,
    params: lsp::DocumentOnTypeFormattingParams,
) -> Reply<Option<Vec<lsp::TextEdit>>> {
    let place = cx.file(&params.text_document.uri)?;
    let offset = place.view.offset(place.source, params.position);
    let changes = format_typed(&place.view.snapshot, place.source, offset);
    Ok(Some(edits(place, &changes)))
}

/// Edits of one file, as the protocol has them.
pub(crate) fn edits(place: Place<'_>, changes: &[Edit]) -> Vec<lsp::TextEdit> {
    let edits = changes.iter().map(|change| lsp::TextEdit {
        range: place.view.range(change.span),
        new_text: change.text.clone(),
    });
    edits.collect()
}
