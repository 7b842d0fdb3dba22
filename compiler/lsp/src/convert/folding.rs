//! What can be folded away.

use gatewright_ide::{FoldKind, folds};
use gen_lsp_types as lsp;

use crate::context::{Context, Reply};

/// What of a document can be folded away. Clients that fold whole lines leave out the columns.
pub(crate) fn ranges(
    cx: &Context,
    params: lsp::FoldingRangeParams,
) -> Reply<Option<Vec<lsp::FoldingRange>>> {
    let place = cx.file(&params.text_document.uri)?;
    let found = folds(&place.view.snapshot, place.source);
    let ranges = found.iter().map(|fold| {
        let range = place.view.range(fold.span);
        lsp::FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: match fold.kind {
                FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
                FoldKind::Body => None,
            },
            collapsed_text: None,
        }
    });
    Ok(Some(ranges.collect()))
}
