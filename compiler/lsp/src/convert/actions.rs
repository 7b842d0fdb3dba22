//! What can be done at a place.

use gatewright_ide::{Action, ActionKind, actions, keeps_meaning};
use gen_lsp_types as lsp;
use serde_json::{Value, json};

use super::names::workspace_edit;
use crate::context::{Context, Failure, Place, Reply};

/// The kinds of actions that there are.
pub(crate) fn kinds() -> Vec<lsp::CodeActionKind> {
    vec![
        lsp::CodeActionKind::QuickFix,
        lsp::CodeActionKind::RefactorRewrite,
        lsp::CodeActionKind::RefactorExtract,
        lsp::CodeActionKind::SourceFixAll,
    ]
}

/// What can be done at a range. What claims to keep the meaning has no edits yet where the client
/// can ask for them: proving the claim takes longer than a list may.
pub(crate) fn at(
    cx: &Context,
    params: lsp::CodeActionParams,
) -> Reply<Option<Vec<lsp::CodeActionResponse>>> {
    let place = cx.file(&params.text_document.uri)?;
    let part = place.view.span(place.source, params.range);
    let found = actions(&place.view.snapshot, part).into_iter();
    let wanted = found.filter(|action| {
        let own: String = kind(action.kind).into();
        params.context.only.as_ref().is_none_or(|only| {
            only.iter().any(|wanted| {
                let wanted: String = wanted.clone().into();
                own == wanted || own.starts_with(&format!("{wanted}."))
            })
        })
    });
    let mut all = Vec::new();
    for action in wanted {
        let is_late = action.claims_same && cx.abilities.resolves_edits;
        if action.claims_same && !is_late && proved_same(place, &action)?.is_err() {
            continue;
        }
        let data = is_late.then(|| {
            json!({
                "uri": params.text_document.uri,
                "range": params.range,
                "title": action.title,
            })
        });
        all.push(response(cx, place, &params, &action, data));
    }
    Ok(Some(all))
}

fn response(
    cx: &Context,
    place: Place<'_>,
    params: &lsp::CodeActionParams,
    action: &Action,
    data: Option<Value>,
) -> lsp::CodeActionResponse {
    let diagnostics = action.mends.and_then(|at| {
        let found = place.view.snapshot.compilation().diagnostics.get(at)?;
        let code = found.code.name();
        let range = place.view.range(found.span());
        let is_it = |one: &&lsp::Diagnostic| {
            let own = serde_json::to_value(&one.code).unwrap_or_default();
            one.range == range && own == code
        };
        let told = params.context.diagnostics.iter().find(is_it)?;
        Some(vec![told.clone()])
    });
    let edit = data
        .is_none()
        .then(|| workspace_edit(cx, place.view, &action.edits));
    lsp::CodeAction {
        title: action.title.clone(),
        kind: Some(kind(action.kind)),
        diagnostics,
        is_preferred: action.is_preferred.then_some(true),
        edit,
        data,
        ..lsp::CodeAction::default()
    }
    .into()
}

/// The edits of an action that was listed without: once it is proved that it keeps the meaning.
pub(crate) fn resolve(cx: &Context, action: lsp::CodeAction) -> Reply<lsp::CodeAction> {
    let Some(data) = &action.data else {
        return Ok(action);
    };
    let member = |name: &str| data.get(name).cloned().unwrap_or_default();
    let invalid = |error: serde_json::Error| Failure::Invalid(error.to_string());
    let uri: lsp::Uri = serde_json::from_value(member("uri")).map_err(invalid)?;
    let range: lsp::Range = serde_json::from_value(member("range")).map_err(invalid)?;
    let place = cx.file(&uri)?;
    let part = place.view.span(place.source, range);
    let all = actions(&place.view.snapshot, part);
    let mut same = all.iter().filter(|one| one.title == action.title);
    let Some(found) = same.next() else {
        let gone = "the text has changed, and there is nothing to do here any more";
        return Err(Failure::Failed(gone.to_owned()));
    };
    if found.claims_same {
        proved_same(place, found)?
            .map_err(|why| Failure::Failed(format!("\"{}\" is not done: {why}", found.title)))?;
    }
    Ok(lsp::CodeAction {
        edit: Some(workspace_edit(cx, place.view, &found.edits)),
        ..action
    })
}

/// Whether an action keeps the meaning; an edit makes the question void.
fn proved_same(place: Place<'_>, action: &Action) -> Reply<Result<(), String>> {
    let snapshot = &place.view.snapshot;
    let outcomes = &place.view.outcomes;
    outcomes.while_current(|| keeps_meaning(snapshot, &action.edits))
}

fn kind(kind: ActionKind) -> lsp::CodeActionKind {
    match kind {
        ActionKind::Fix => lsp::CodeActionKind::QuickFix,
        ActionKind::Rewrite => lsp::CodeActionKind::RefactorRewrite,
        ActionKind::Extract => lsp::CodeActionKind::RefactorExtract,
        ActionKind::FixAll => lsp::CodeActionKind::SourceFixAll,
    }
}
