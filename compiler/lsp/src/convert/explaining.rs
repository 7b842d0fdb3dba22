//! What is shown beside a text: hovers, hints, signatures.

use gatewright_ide::{Hint, HintKind, hints, hover as known, signature as used};
use gen_lsp_types as lsp;

use super::markup::content;
use crate::client::Markup;
use crate::context::{Context, Place, Reply};

/// What there is to know of a place.
pub(crate) fn hover(cx: &Context, params: lsp::HoverParams) -> Reply<Option<lsp::Hover>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let found = known(&place.view.snapshot, place.source, offset);
    Ok(found.map(|hover| lsp::Hover {
        contents: content(
            cx.abilities.pages.linked(&hover.markdown),
            cx.abilities.hovers,
        )
        .into(),
        range: Some(place.view.range(hover.span)),
    }))
}

/// Remarks in a text, of the kinds that the user wants.
pub(crate) fn inlay_hints(
    cx: &Context,
    params: lsp::InlayHintParams,
) -> Reply<Option<Vec<lsp::InlayHint>>> {
    let place = cx.file(&params.text_document.uri)?;
    let span = place.view.span(place.source, params.range);
    let found = hints(&place.view.snapshot, place.source, span.start..span.end);
    let wanted = found.iter().filter(|hint| match hint.kind {
        HintKind::Name => cx.settings.hint_names,
        HintKind::Scope => cx.settings.hint_scope,
        HintKind::UnregisteredDevice => cx.settings.hint_unregistered_devices,
    });
    Ok(Some(wanted.map(|hint| inlay(place, hint)).collect()))
}

fn inlay(place: Place<'_>, hint: &Hint) -> lsp::InlayHint {
    let label = lsp::InlayHintLabelPart {
        value: hint.label.clone(),
        tooltip: None,
        location: hint.declared.and_then(|span| place.view.location(span)),
        command: None,
    };
    let at = gatewright_source::Span::new(place.source, hint.offset, hint.offset);
    lsp::InlayHint {
        position: place.view.range(at).start,
        label: vec![label].into(),
        kind: None,
        text_edits: None,
        tooltip: Some(content(hint.tooltip.clone(), Markup::Markdown).into()),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// The parameters of what is being used.
pub(crate) fn signature(
    cx: &Context,
    params: lsp::SignatureHelpParams,
) -> Reply<Option<lsp::SignatureHelp>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let Some(found) = used(&place.view.snapshot, place.source, offset) else {
        return Ok(None);
    };
    // The protocol counts in UTF-16 here, whatever columns are counted in.
    let units = |end: usize| {
        let before = found.label.get(..end).unwrap_or_default();
        u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    let said = |text: &String| {
        let text = text.clone();
        (!text.is_empty()).then(|| content(text, cx.abilities.signatures).into())
    };
    let parameters = found.parameters.iter().zip(&found.meanings);
    let parameters = parameters.map(|((start, end), meaning)| {
        let label = (units(*start), units(*end)).into();
        lsp::ParameterInformation {
            label,
            documentation: said(meaning),
        }
    });
    let active = found.active.and_then(|at| u32::try_from(at).ok());
    let signature = lsp::SignatureInformation {
        label: found.label.clone(),
        documentation: said(&found.documentation),
        parameters: Some(parameters.collect()),
        active_parameter: None,
    };
    Ok(Some(lsp::SignatureHelp {
        signatures: vec![signature],
        active_signature: Some(0),
        active_parameter: active.map(Into::into),
    }))
}
