//! What can be done at a place.

use gatewright_ide::{Action, ActionKind, actions, keeps_meaning};
use gen_lsp_types as lsp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::workspace_edit;
use crate::commands::APPLY_ACTION;
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
                // The empty kind is that of all.
                own == wanted || wanted.is_empty() || own.starts_with(&format!("{wanted}."))
            })
        })
    });
    let mut all = Vec::new();
    // What cannot be done is only shown where its reason is.
    for action in wanted.filter(|one| one.disabled.is_none() || cx.abilities.disables_actions) {
        let listed = Listed {
            uri: params.text_document.uri.clone(),
            range: params.range,
            title: action.title.clone(),
        };
        if !cx.abilities.action_literals {
            all.extend(listed.command(cx));
            continue;
        }
        let needs_proof = action.claims_same && action.disabled.is_none();
        let is_late = needs_proof && cx.abilities.resolves_edits;
        if needs_proof && !is_late && proved_same(place, &action)?.is_err() {
            continue;
        }
        let data = is_late.then(|| serde_json::to_value(&listed).unwrap_or_default());
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
    let has_edits = data.is_none() && action.disabled.is_none();
    let edit = has_edits.then(|| workspace_edit(cx, place.view, &action.edits));
    let disabled = action.disabled.clone();
    lsp::CodeAction {
        title: action.title.clone(),
        kind: Some(kind(action.kind)),
        diagnostics,
        is_preferred: action.is_preferred.then_some(true),
        edit,
        data,
        disabled: disabled.map(|reason| lsp::CodeActionDisabled { reason }),
        ..lsp::CodeAction::default()
    }
    .into()
}

/// The edits of an action that was listed without: once it is proved that it keeps the meaning.
pub(crate) fn resolve(cx: &Context, action: lsp::CodeAction) -> Reply<lsp::CodeAction> {
    let Some(data) = &action.data else {
        return Ok(action);
    };
    let edit = Listed::read(data)?.edit(cx)?;
    Ok(lsp::CodeAction {
        edit: Some(edit),
        ..action
    })
}

/// What is kept of an action whose edits are asked for later.
#[derive(Deserialize, Serialize)]
pub(crate) struct Listed {
    uri: lsp::Uri,
    range: lsp::Range,
    /// What the user was told.
    pub(crate) title: String,
}

impl Listed {
    /// Read one that a client hands back.
    pub(crate) fn read(data: &Value) -> Reply<Listed> {
        Listed::deserialize(data).map_err(|error| Failure::Invalid(error.to_string()))
    }

    /// Its edits, once it is proved that it keeps the meaning if it claims to.
    pub(crate) fn edit(&self, cx: &Context) -> Reply<lsp::WorkspaceEdit> {
        let place = cx.file(&self.uri)?;
        let part = place.view.span(place.source, self.range);
        let all = actions(&place.view.snapshot, part);
        let mut same = all.iter().filter(|one| one.title == self.title);
        let Some(found) = same.next() else {
            let gone = "the text has changed, and there is nothing to do here any more";
            return Err(Failure::Failed(gone.to_owned()));
        };
        let not_done =
            |why: &str| Failure::Failed(format!("\"{}\" is not done: {why}", self.title));
        if let Some(why) = &found.disabled {
            return Err(not_done(why));
        }
        if found.claims_same {
            proved_same(place, found)?.map_err(|why| not_done(&why))?;
        }
        Ok(workspace_edit(cx, place.view, &found.edits))
    }

    /// As a command, for a client that can be told to apply edits.
    fn command(&self, cx: &Context) -> Option<lsp::CodeActionResponse> {
        let argument = serde_json::to_value(self).ok()?;
        let command = lsp::Command {
            title: self.title.clone(),
            tooltip: None,
            command: APPLY_ACTION.to_owned(),
            arguments: Some(vec![argument]),
        };
        cx.abilities.applies_edits.then(|| command.into())
    }
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
