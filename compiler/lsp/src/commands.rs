//! Commands: what a lens or a user asks the server to do.
//!
//! A client of ours shows results itself; for all others they are shown as messages, because a
//! server without files has no other place to put them.

use gatewright_ide::{Test, Verdict, tests};
use gen_lsp_types as lsp;
use lsp::MessageType;
use serde_json::Value;

use crate::context::{Context, Failure, Reply};
use crate::convert::markup::plain;
use crate::convert::{self, actions};
use crate::custom::testing::{ids, run};

/// Runs a test, or decides an invariant: its id.
pub(crate) const RUN_TEST: &str = "gatewright.runTest";
/// Shows a sign-in: `{title, request, markdown}`.
pub(crate) const SHOW_WITNESS: &str = "gatewright.showWitness";
/// Shows what a policy changes: `{title, markdown}`, or `{uri, policy}` to find it out.
pub(crate) const SHOW_POLICY_EFFECT: &str = "gatewright.showPolicyEffect";
/// Draws the decision DAG of a policy; only a client can: its URI and its name.
pub(crate) const OPEN_GRAPH: &str = "gatewright.openGraph";
/// Does an action at a place: `{uri, range, title}`; for clients that know actions as commands alone.
pub(crate) const APPLY_ACTION: &str = "gatewright.applyAction";

/// The commands that the server executes.
pub(crate) const SERVED: &[&str] = &[RUN_TEST, SHOW_WITNESS, SHOW_POLICY_EFFECT, APPLY_ACTION];

/// Execute a command.
pub(crate) fn execute(cx: &Context, params: lsp::ExecuteCommandParams) -> Reply<Option<Value>> {
    let arguments = params.arguments.unwrap_or_default();
    let first = arguments.first().unwrap_or(&Value::Null);
    match params.command.as_str() {
        RUN_TEST => {
            let id = first.as_str();
            let id =
                id.ok_or_else(|| Failure::Invalid("the id of a test is missing".to_owned()))?;
            run_test(cx, id)
        }
        APPLY_ACTION => apply(cx, first),
        SHOW_WITNESS => show(cx, first),
        SHOW_POLICY_EFFECT if first.get("markdown").is_some() => show(cx, first),
        SHOW_POLICY_EFFECT => {
            let text = |name: &str| first.get(name).and_then(Value::as_str);
            let (Some(uri), Some(policy)) = (text("uri"), text("policy")) else {
                return Err(Failure::Invalid(
                    "a `uri` and a `policy` are missing".to_owned(),
                ));
            };
            let place = cx.file(&lsp::Uri::from(uri))?;
            let (_, markdown) = convert::lenses::effect(place, (policy, None))?;
            cx.client.show(MessageType::Info, &plain(&markdown));
            Ok(None)
        }
        other => Err(Failure::Invalid(format!("there is no command `{other}`"))),
    }
}

/// The client is asked to apply the edits; whether it does is its own affair.
fn apply(cx: &Context, action: &Value) -> Reply<Option<Value>> {
    let listed = actions::Listed::read(action)?;
    let edit = listed.edit(cx)?;
    let label = Some(listed.title);
    let params = lsp::ApplyWorkspaceEditParams {
        label,
        edit,
        metadata: None,
    };
    cx.client.request::<lsp::ApplyWorkspaceEditRequest>(&params);
    Ok(None)
}

fn run_test(cx: &Context, id: &str) -> Reply<Option<Value>> {
    let found = cx.views.iter().find_map(|view| {
        let all = tests(&view.snapshot);
        let ids = ids(view, &all);
        let place = ids.iter().position(|one| one == id)?;
        let test: Test = all.get(place)?.clone();
        Some((view, test))
    });
    let (view, test) = found.ok_or_else(|| Failure::Failed(format!("there is no test `{id}`")))?;
    let results = run(cx, view, &[(id.to_owned(), test.clone())]);
    if let Some(outcome) = view.outcomes.test(&test) {
        let (kind, message) = match outcome.verdict {
            Verdict::Passed => (MessageType::Info, &outcome.message),
            Verdict::Failed | Verdict::Errored => (MessageType::Error, &outcome.message),
            Verdict::Unknown => (MessageType::Warning, &outcome.message),
        };
        cx.client.show(kind, &format!("`{}`: {message}", test.name));
    }
    cx.refresh_lenses();
    serde_json::to_value(results)
        .map(Some)
        .map_err(|error| Failure::Failed(error.to_string()))
}

fn show(cx: &Context, what: &Value) -> Reply<Option<Value>> {
    let markdown = what.get("markdown").and_then(Value::as_str);
    let markdown = markdown.ok_or_else(|| Failure::Invalid("nothing to show".to_owned()))?;
    let mut text = plain(markdown);
    if let Some(request) = what.get("request").and_then(Value::as_str) {
        text.push_str("\n\n");
        text.push_str(request);
    }
    cx.client.show(MessageType::Info, &text);
    Ok(None)
}
