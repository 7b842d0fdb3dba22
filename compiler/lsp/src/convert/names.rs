//! Everywhere a name stands: references, highlights, renaming, search, call hierarchy.

use std::collections::BTreeMap;

use gatewright_diagnostics::Edit;
use gatewright_ide::{
    Call, Declared, callable, incoming as using, occurrences, outgoing as used, prepare_rename,
    rename as renamed, symbol_at, workspace_symbols,
};
use gatewright_source::{SourceId, Span};
use gen_lsp_types as lsp;

use super::symbols::kind;
use crate::context::{Context, Failure, Place, Reply, View};
use crate::uri::Key;

/// Everywhere in the project where what is named at a place is named.
pub(crate) fn references(
    cx: &Context,
    params: lsp::ReferenceParams,
) -> Reply<Option<Vec<lsp::Location>>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let snapshot = &place.view.snapshot;
    let Some((symbol, _)) = symbol_at(snapshot, place.source, offset) else {
        return Ok(None);
    };
    let all = occurrences(snapshot, &symbol).into_iter();
    let wanted = all.filter(|one| params.context.include_declaration || !one.is_declaration);
    Ok(Some(
        wanted
            .filter_map(|one| place.view.location(one.span))
            .collect(),
    ))
}

/// The same within one document.
pub(crate) fn highlights(
    cx: &Context,
    params: lsp::DocumentHighlightParams,
) -> Reply<Option<Vec<lsp::DocumentHighlight>>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let snapshot = &place.view.snapshot;
    let Some((symbol, _)) = symbol_at(snapshot, place.source, offset) else {
        return Ok(None);
    };
    let all = occurrences(snapshot, &symbol).into_iter();
    let here = all.filter(|one| one.span.source == place.source);
    let here = here.map(|one| lsp::DocumentHighlight {
        range: place.view.range(one.span),
        kind: Some(if one.is_declaration {
            lsp::DocumentHighlightKind::Write
        } else {
            lsp::DocumentHighlightKind::Read
        }),
    });
    Ok(Some(here.collect()))
}

/// Whether and what can be renamed at a place.
pub(crate) fn prepare(
    cx: &Context,
    params: lsp::PrepareRenameParams,
) -> Reply<Option<lsp::PrepareRenameResult>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let span = prepare_rename(&place.view.snapshot, place.source, offset)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let placeholder = lsp::PrepareRenamePlaceholder {
        range: place.view.range(span),
        placeholder: place
            .view
            .snapshot
            .compilation()
            .sources
            .text(span)
            .to_owned(),
    };
    Ok(Some(placeholder.into()))
}

/// Give what is named at a place another name.
pub(crate) fn rename(cx: &Context, params: lsp::RenameParams) -> Reply<Option<lsp::WorkspaceEdit>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let edits = renamed(&place.view.snapshot, place.source, offset, &params.new_name)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(Some(workspace_edit(cx, place.view, &edits)))
}

/// Edits of several files, as the protocol carries them: with the versions of open files that they
/// are for, where the client looks at those.
pub(crate) fn workspace_edit(cx: &Context, view: &View, edits: &[Edit]) -> lsp::WorkspaceEdit {
    let mut by_file: BTreeMap<String, Vec<lsp::TextEdit>> = BTreeMap::new();
    for edit in edits {
        if let Some(uri) = view.uri(edit.span.source) {
            by_file.entry(uri.0).or_default().push(lsp::TextEdit {
                range: view.range(edit.span),
                new_text: edit.text.clone(),
            });
        }
    }
    let mut found = lsp::WorkspaceEdit::default();
    if cx.abilities.versioned_edits {
        let changes = by_file.into_iter().map(|(uri, edits)| {
            let uri = lsp::Uri(uri);
            let said = cx.board.get(&Key::of(&uri));
            let document = lsp::OptionalVersionedTextDocumentIdentifier {
                version: said.and_then(|said| said.version),
                text_document_identifier: lsp::TextDocumentIdentifier { uri },
            };
            lsp::DocumentChange::TextDocumentEdit(lsp::TextDocumentEdit {
                text_document: document,
                edits: edits.into_iter().map(lsp::Edit::from).collect(),
            })
        });
        found.document_changes = Some(changes.collect());
    } else {
        let changes = by_file.into_iter();
        found.changes = Some(changes.map(|(uri, edits)| (lsp::Uri(uri), edits)).collect());
    }
    found
}

/// Declarations of every project, by name.
pub(crate) fn search(
    cx: &Context,
    params: lsp::WorkspaceSymbolParams,
) -> Reply<Option<lsp::WorkspaceSymbolResponse>> {
    let mut all: Vec<lsp::WorkspaceSymbol> = Vec::new();
    for view in cx.views.iter() {
        for declared in workspace_symbols(&view.snapshot, &params.query) {
            if let Some(location) = view.location(declared.name_span) {
                all.push(lsp::WorkspaceSymbol {
                    location: location.into(),
                    data: None,
                    base_symbol_information: lsp::BaseSymbolInformation {
                        name: declared.name,
                        kind: kind(declared.kind),
                        tags: None,
                        container_name: declared.container,
                    },
                });
            }
        }
    }
    Ok(Some(all.into()))
}

/// The rule or template at a place.
pub(crate) fn prepare_calls(
    cx: &Context,
    params: lsp::CallHierarchyPrepareParams,
) -> Reply<Option<Vec<lsp::CallHierarchyItem>>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let found = callable(&place.view.snapshot, place.source, offset);
    let item = found.and_then(|declared| item(place.view, &declared));
    Ok(item.map(|item| vec![item]))
}

/// What uses a rule or template.
pub(crate) fn incoming(
    cx: &Context,
    params: lsp::CallHierarchyIncomingCallsParams,
) -> Reply<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
    let (place, name) = named(cx, &params.item)?;
    let view = place.view;
    let calls = using(&view.snapshot, name);
    let calls = calls.iter().filter_map(|call| {
        Some(lsp::CallHierarchyIncomingCall {
            from: item(view, &call.declared)?,
            from_ranges: ranges(view, call),
        })
    });
    Ok(Some(calls.collect()))
}

/// What a declaration uses.
pub(crate) fn outgoing(
    cx: &Context,
    params: lsp::CallHierarchyOutgoingCallsParams,
) -> Reply<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
    let (place, name) = named(cx, &params.item)?;
    let view = place.view;
    let calls = used(&view.snapshot, name);
    let calls = calls.iter().filter_map(|call| {
        Some(lsp::CallHierarchyOutgoingCall {
            to: item(view, &call.declared)?,
            from_ranges: ranges(view, call),
        })
    });
    Ok(Some(calls.collect()))
}

fn ranges(view: &View, call: &Call<'_>) -> Vec<lsp::Range> {
    call.places.iter().map(|span| view.range(*span)).collect()
}

fn item(view: &View, declared: &Declared<'_>) -> Option<lsp::CallHierarchyItem> {
    Some(lsp::CallHierarchyItem {
        name: declared.name.to_owned(),
        kind: kind(declared.kind),
        tags: None,
        detail: Some(declared.kind.keyword().to_owned()),
        uri: view.uri(declared.source)?,
        range: view.range(declared.declaration.span.to(declared.name_span)),
        selection_range: view.range(declared.name_span),
        data: None,
    })
}

/// Where the name of an item stands that a client hands back.
fn named<'c>(cx: &'c Context, item: &lsp::CallHierarchyItem) -> Reply<(Place<'c>, Span)> {
    let place = cx.file(&item.uri)?;
    let source: SourceId = place.source;
    Ok((place, place.view.span(source, item.selection_range)))
}
