//! Places around places: growing selections, and links to elsewhere.

use gatewright_ide::{LinkTarget, links as found_links, selections};
use gen_lsp_types as lsp;

use crate::context::{Context, Reply};

/// What to select around each place, from the smallest piece on.
pub(crate) fn ranges(
    cx: &Context,
    params: lsp::SelectionRangeParams,
) -> Reply<Option<Vec<lsp::SelectionRange>>> {
    let place = cx.file(&params.text_document.uri)?;
    let around = params.positions.iter().map(|position| {
        let offset = place.view.offset(place.source, *position);
        let spans = selections(&place.view.snapshot, place.source, offset);
        let outer = spans.iter().rev().fold(None, |parent, span| {
            Some(lsp::SelectionRange {
                range: place.view.range(*span),
                parent: parent.map(Box::new),
            })
        });
        outer.unwrap_or(lsp::SelectionRange {
            range: lsp::Range {
                start: *position,
                end: *position,
            },
            parent: None,
        })
    });
    Ok(Some(around.collect()))
}

/// Places that lead somewhere.
pub(crate) fn links(
    cx: &Context,
    params: lsp::DocumentLinkParams,
) -> Reply<Option<Vec<lsp::DocumentLink>>> {
    let place = cx.file(&params.text_document.uri)?;
    let view = place.view;
    let found = found_links(&view.snapshot, place.source);
    let links = found.into_iter().filter_map(|link| {
        let target = match &link.target {
            LinkTarget::Url(url) => cx.abilities.pages.target(url)?,
            LinkTarget::File(file) => view.uri(*file)?,
        };
        Some(lsp::DocumentLink {
            range: view.range(link.span),
            target: Some(target),
            tooltip: Some(link.tooltip),
            data: None,
        })
    });
    Ok(Some(links.collect()))
}
