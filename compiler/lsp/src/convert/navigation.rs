//! From where something is used to where it is declared.

use gatewright_ide as ide;
use gen_lsp_types as lsp;

use crate::context::{Context, Reply};

/// Where the name at a place is declared.
pub(crate) fn definition(
    cx: &Context,
    params: lsp::DefinitionParams,
) -> Reply<Option<lsp::DefinitionResponse>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let found = ide::definition(&place.view.snapshot, place.source, offset);
    let locations = found
        .into_iter()
        .filter_map(|span| place.view.location(span));
    let locations: Vec<_> = locations.collect();
    Ok(Some(lsp::Definition::LocationList(locations).into()))
}
