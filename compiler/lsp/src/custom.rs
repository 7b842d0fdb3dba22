//! Requests that are no part of the protocol; `docs/editors.md` describes them.

pub(crate) mod pictures;
pub(crate) mod testing;

use gatewright_compiler::ProofOutcome;
use gatewright_diagnostics::Code;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::context::{Context, Failure, Reply};
use crate::projects::Project;

/// The page of a diagnostic.
pub(crate) const PAGE: &str = "gatewright/page";

#[derive(Deserialize)]
pub(crate) struct PageParams {
    code: String,
}

#[derive(Serialize)]
pub(crate) struct Page {
    markdown: &'static str,
}

/// The page of a diagnostic.
pub(crate) fn page(_: &Context, params: PageParams) -> Reply<Page> {
    let code = Code::find(&params.code);
    let code = code.ok_or_else(|| Failure::Failed(format!("there is no `{}`", params.code)))?;
    Ok(Page {
        markdown: code.page(),
    })
}

/// Tells that there are other tests than before, or that they are elsewhere.
pub(crate) const TESTS_CHANGED: &str = "gatewright/testsChanged";

/// Tells how a project is.
pub(crate) const STATUS: &str = "gatewright/status";

/// How a project is: what it has, and what is known of its invariants.
pub(crate) fn status(name: &str, project: &Project) -> Value {
    let compilation = project
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.compilation());
    let proofs = project.snapshot.as_ref().and_then(|one| one.proofs());
    let count = |is_meant: fn(&ProofOutcome) -> bool| {
        let proofs = proofs.unwrap_or_default().iter();
        proofs.filter(|proof| is_meant(&proof.outcome)).count()
    };
    let all = compilation.map_or(0, |one| one.invariants.len());
    let pending = if proofs.is_some() { 0 } else { all };
    let mut status = json!({
        "project": name,
        "policies": compilation.map_or(0, |one| one.set.policies.len()),
        "invariants": {
            "proved": count(|one| matches!(one, ProofOutcome::Proved { .. })),
            "refuted": count(|one| matches!(one, ProofOutcome::Refuted(_))),
            "unknown": count(|one| matches!(one, ProofOutcome::Undecided(_))),
            "pending": pending,
        },
    });
    if let (Some(trouble), Some(status)) = (&project.trouble, status.as_object_mut()) {
        status.insert("message".to_owned(), json!(trouble));
    }
    status
}
