//! Pictures and pages: the decision DAG, and why a sign-in is decided as it is.

use gatewright_ide::{decision_graph, explain_request};
use gen_lsp_types as lsp;
use serde::{Deserialize, Serialize};

use crate::context::{Context, Failure, Reply};

/// Draws the decision DAG.
pub(crate) const DECISION_GRAPH: &str = "gatewright/decisionGraph";
/// Decides one sign-in and says why.
pub(crate) const EXPLAIN: &str = "gatewright/explain";

#[derive(Deserialize)]
pub(crate) struct GraphParams {
    uri: lsp::Uri,
    policy: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Picture {
    svg: String,
    title: String,
}

#[derive(Deserialize)]
pub(crate) struct ExplainParams {
    uri: lsp::Uri,
    request: String,
}

#[derive(Serialize)]
pub(crate) struct Explained {
    markdown: String,
    verdict: String,
}

/// The decision DAG of the project that a file is in, or of a policy of it.
pub(crate) fn graph(cx: &Context, params: GraphParams) -> Reply<Picture> {
    let view = cx.project(&params.uri)?;
    let graph = decision_graph(&view.snapshot, params.policy.as_deref());
    let graph = graph.map_err(Failure::Failed)?;
    Ok(Picture {
        svg: graph.svg,
        title: graph.title,
    })
}

/// Why the project that a file is in decides a sign-in as it does.
pub(crate) fn explain(cx: &Context, params: ExplainParams) -> Reply<Explained> {
    let view = cx.project(&params.uri)?;
    let explained = explain_request(&view.snapshot, &params.request, cx.now);
    let explained = explained.map_err(Failure::Failed)?;
    Ok(Explained {
        markdown: explained.markdown,
        verdict: explained.verdict,
    })
}
