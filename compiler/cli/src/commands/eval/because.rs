//! Why sign-ins are decided as they are: what the analysis finds, beside what the engine knows.

use gatewright_analysis::explain::{
    Change, ExplainOptions, Explanation, Statement, Unexplained, explain,
};
use gatewright_compiler::{Compilation, dated};
use gatewright_reference::Mode;
use gatewright_runtime as runtime;
use serde::Serialize;
use serde_json::Value;

use crate::{args, people};

/// The member `explanation` of a decision.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Why {
    /// What the engine knows.
    #[serde(flatten)]
    engine: Option<runtime::Explanation>,
    #[serde(flatten)]
    found: Option<Found>,
    /// What was exhausted before everything was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exhausted: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    because: Vec<Told>,
    is_smallest: bool,
    changes: Vec<Changed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct Told {
    fact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    text: String,
    verdict: String,
    missing: Vec<Vec<String>>,
    facts: Vec<Told>,
    is_about_person: bool,
    request: Value,
}

/// The explanations of sign-ins, in their order, as far as their sources are there.
pub(super) fn explanations(
    compilation: &Compilation,
    requests: &[Value],
    mode: args::Mode,
    now: i64,
    has_directory: bool,
) -> Vec<Result<Explanation, Unexplained>> {
    let mode = match mode {
        args::Mode::Graph => Mode::Graph,
        args::Mode::Pessimistic => Mode::Pessimistic,
    };
    let directory = has_directory.then(|| people::for_reference(&compilation.directory));
    let options = ExplainOptions {
        mode,
        directory: directory.as_ref(),
        ..ExplainOptions::default()
    };
    let dated: Vec<Value> = requests
        .iter()
        .map(|request| dated((*request).clone(), compilation, now))
        .collect();
    let dated: Vec<&Value> = dated.iter().collect();
    explain(&compilation.set, &dated, &options)
}

impl Why {
    pub(super) fn new(
        engine: Option<runtime::Explanation>,
        found: Result<Explanation, Unexplained>,
    ) -> Why {
        let (found, exhausted) = match found {
            Ok(found) => {
                let exhausted = found
                    .exhausted
                    .iter()
                    .map(|what| (*what).to_owned())
                    .collect();
                let found = Found {
                    because: found.because.into_iter().map(told).collect(),
                    is_smallest: found.is_smallest,
                    changes: found.changes.into_iter().map(changed).collect(),
                    set_aside: found.set_aside,
                };
                (Some(found), exhausted)
            }
            Err(Unexplained::Exhausted(what)) => (None, vec![what.to_owned()]),
            Err(Unexplained::Impossible) => (
                None,
                vec!["no sign-in that can exist has these facts".to_owned()],
            ),
            Err(Unexplained::Unreadable(why)) => (None, vec![why]),
        };
        Why {
            engine,
            found,
            exhausted,
        }
    }
}

fn told(one: Statement) -> Told {
    let Statement {
        fact,
        value,
        name,
        holds,
        text,
    } = one;
    Told {
        fact,
        value,
        name,
        holds,
        text,
    }
}

fn changed(one: Change) -> Changed {
    Changed {
        text: one.text,
        verdict: one.verdict,
        missing: one.missing,
        facts: one.statements.into_iter().map(told).collect(),
        is_about_person: one.is_about_person,
        request: one.request,
    }
}
