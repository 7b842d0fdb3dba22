//! Which requests there are, and what answers them.
//!
//! A feature is a row here, a function in [`convert`](crate::convert) that says in the protocol's
//! words what `gatewright-ide` found, and a member of the
//! [capabilities](crate::capabilities::capabilities).

use gen_lsp_types as lsp;
use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Abilities;
use crate::context::{Context, Reply};
use crate::custom::{pictures, testing};
use crate::{commands, convert, custom, pool, pull};

/// Answers a request.
pub(crate) type Handler = fn(&Context, Value) -> Result<Value, (ErrorCode, String)>;

/// A row of the table: a request of the protocol, and the function that answers it.
macro_rules! row {
    ($request:ty, $answer:path) => {
        (<$request as lsp::Request>::METHOD.as_str(), |cx, params| {
            let answer: fn(
                &Context,
                <$request as lsp::Request>::Params,
            ) -> Reply<<$request as lsp::Request>::Result> = $answer;
            run(cx, params, answer)
        })
    };
}

/// Every request that is answered from the projects as they are.
const TABLE: &[(&str, Handler)] = &[
    row!(lsp::DocumentSymbolRequest, convert::symbols::of_document),
    row!(lsp::FoldingRangeRequest, convert::folding::ranges),
    row!(lsp::DefinitionRequest, convert::navigation::definition),
    row!(lsp::DocumentFormattingRequest, convert::formatting::whole),
    row!(
        lsp::DocumentRangeFormattingRequest,
        convert::formatting::range
    ),
    row!(
        lsp::DocumentOnTypeFormattingRequest,
        convert::formatting::typed
    ),
    row!(lsp::CodeActionRequest, convert::actions::at),
    row!(lsp::CodeActionResolveRequest, convert::actions::resolve),
    row!(lsp::HoverRequest, convert::explaining::hover),
    row!(lsp::InlayHintRequest, convert::explaining::inlay_hints),
    row!(lsp::SignatureHelpRequest, convert::explaining::signature),
    row!(lsp::CompletionRequest, convert::completion::at),
    row!(lsp::SemanticTokensRequest, convert::highlighting::full),
    row!(
        lsp::SemanticTokensRangeRequest,
        convert::highlighting::range
    ),
    row!(
        lsp::SemanticTokensDeltaRequest,
        convert::highlighting::delta
    ),
    row!(lsp::SelectionRangeRequest, convert::selection::ranges),
    row!(lsp::DocumentLinkRequest, convert::selection::links),
    row!(lsp::ReferencesRequest, convert::names::references),
    row!(lsp::DocumentHighlightRequest, convert::names::highlights),
    row!(lsp::PrepareRenameRequest, convert::names::prepare),
    row!(lsp::RenameRequest, convert::names::rename),
    row!(lsp::WorkspaceSymbolRequest, convert::names::search),
    row!(
        lsp::CallHierarchyPrepareRequest,
        convert::names::prepare_calls
    ),
    row!(
        lsp::CallHierarchyIncomingCallsRequest,
        convert::names::incoming
    ),
    row!(
        lsp::CallHierarchyOutgoingCallsRequest,
        convert::names::outgoing
    ),
    row!(lsp::DocumentDiagnosticRequest, pull::of_document),
    row!(lsp::WorkspaceDiagnosticRequest, pull::of_workspace),
    row!(lsp::CodeLensRequest, convert::lenses::of_document),
    row!(lsp::CodeLensResolveRequest, convert::lenses::resolve),
    row!(lsp::ExecuteCommandRequest, commands::execute),
    (custom::PAGE, |cx, params| run(cx, params, custom::page)),
    (testing::TESTS, |cx, params| run(cx, params, testing::list)),
    (testing::RUN_TESTS, |cx, params| {
        run(cx, params, testing::run_some)
    }),
    (pictures::DECISION_GRAPH, |cx, params| {
        run(cx, params, pictures::graph)
    }),
    (pictures::EXPLAIN, |cx, params| {
        run(cx, params, pictures::explain)
    }),
];

/// How long a request may take. Requests of one pace wait for each other, and for no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// No longer than somebody who types waits.
    Quick,
    /// As long as it takes: somebody asked for it.
    Asked,
    /// As long as it takes, when nothing else is to be done.
    Idle,
}

impl Pace {
    pub(crate) const ALL: [Pace; 3] = [Pace::Quick, Pace::Asked, Pace::Idle];
}

/// How long a request may take, by its method and what the client can do.
pub(crate) fn pace(method: &str, abilities: &Abilities) -> Pace {
    match method {
        "codeLens/resolve" => Pace::Idle,
        // Both prove that the meaning stays, the list where it cannot be put off.
        "textDocument/codeAction" if !abilities.resolves_edits => Pace::Asked,
        "codeAction/resolve"
        | "workspace/executeCommand"
        | testing::RUN_TESTS
        | pictures::DECISION_GRAPH
        | pictures::EXPLAIN => Pace::Asked,
        _ => Pace::Quick,
    }
}

/// What a request is about: of two of one method about the same, with an edit between them, the
/// first has no use any more. Nothing, if it does something beside answering.
pub(crate) fn subject(method: &str, params: &Value) -> Option<String> {
    let does_more = ["workspace/executeCommand", testing::RUN_TESTS].contains(&method);
    let document = params.pointer("/textDocument/uri").unwrap_or(params);
    (!does_more).then(|| document.to_string())
}

/// What answers a request, if anything does.
pub(crate) fn find(method: &str) -> Option<(&'static str, Handler)> {
    TABLE.iter().find(|(name, _)| *name == method).copied()
}

/// Read the parameters, answer, write the result.
fn run<P: DeserializeOwned, R: Serialize>(
    cx: &Context,
    params: Value,
    answer: fn(&Context, P) -> Reply<R>,
) -> Result<Value, (ErrorCode, String)> {
    let params = serde_json::from_value(params)
        .map_err(|error| (ErrorCode::InvalidParams, error.to_string()))?;
    match answer(cx, params) {
        Ok(result) => serde_json::to_value(result)
            .map_err(|error| (ErrorCode::InternalError, error.to_string())),
        Err(failure) => pool::error(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_request_has_one_row() {
        let methods: BTreeSet<&str> = TABLE.iter().map(|(method, _)| *method).collect();
        assert_eq!(methods.len(), TABLE.len());
        let slow = |abilities: &Value| {
            let abilities = Abilities::of(abilities);
            let slow = |one: &&&str| pace(one, &abilities) != Pace::Quick;
            methods.iter().filter(slow).count()
        };
        assert_eq!(slow(&Value::Null), 7);
        let resolves = serde_json::json!({ "capabilities": { "textDocument": { "codeAction": {
            "resolveSupport": { "properties": ["edit"] } } } } });
        assert_eq!(slow(&resolves), 6);
    }
}
