//! Lenses, in the protocol's words.
//!
//! A client of ours gets commands that it knows itself; others get those that the server executes
//! ([`commands`](crate::commands)). What a policy changes takes a search, so that lens is resolved
//! when it comes into view, and only when nothing has been typed for a while.

use std::collections::BTreeMap;

use gatewright_ide::{Lens, LensKind, Test, Witness, lenses, policy_effect, tests};
use gatewright_source::{SourceId, Span};
use gen_lsp_types as lsp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::commands::{OPEN_GRAPH, RUN_TEST, SHOW_POLICY_EFFECT, SHOW_WITNESS};
use crate::context::{Context, Failure, Place, Reply, View};
use crate::custom::testing::ids;

/// What a lens that is not resolved keeps: the policy that it is of.
#[derive(Deserialize, Serialize)]
struct Unresolved {
    uri: lsp::Uri,
    policy: String,
}

/// The lenses of a file.
pub(crate) fn of_document(
    cx: &Context,
    params: lsp::CodeLensParams,
) -> Reply<Option<Vec<lsp::CodeLens>>> {
    if !cx.settings.lenses {
        return Ok(None);
    }
    let place = cx.file(&params.text_document.uri)?;
    let view = place.view;
    let ran = |test: &Test| view.outcomes.test(test);
    let found = lenses(&view.snapshot, place.source, &ran);
    let all = tests(&view.snapshot);
    let ids = ids(view, &all);
    let by_place = all.iter().zip(&ids);
    let by_place: BTreeMap<_, _> = by_place
        .map(|(test, id)| ((test.kind, test.place), id))
        .collect();
    let id = |test: &Test| by_place.get(&(test.kind, test.place));
    let uri = &params.text_document.uri;
    let told = found.into_iter().filter_map(|Lens { span, kind }| {
        let command = |title: String, command: &str, argument: Vec<Value>| lsp::CodeLens {
            range: view.range(span),
            command: Some(lsp::Command {
                title,
                tooltip: None,
                command: command.to_owned(),
                arguments: Some(argument),
            }),
            data: None,
        };
        Some(match kind {
            LensKind::Run(title, test) => command(title, RUN_TEST, vec![json!(id(&test))]),
            LensKind::Show(title, witness) => command(title, SHOW_WITNESS, vec![shown(&witness)]),
            LensKind::Effect(policy) => {
                let data = Unresolved {
                    uri: uri.clone(),
                    policy,
                };
                lsp::CodeLens {
                    range: view.range(span),
                    command: None,
                    data: serde_json::to_value(data).ok(),
                }
            }
            // Only a client of ours can show a picture.
            LensKind::Graph(policy) if cx.abilities.client_commands => {
                let arguments = vec![json!(uri), json!(policy)];
                command("Show graph".to_owned(), OPEN_GRAPH, arguments)
            }
            LensKind::Graph(_) => return None,
        })
    });
    Ok(Some(told.collect()))
}

/// A sign-in as the argument of a command.
fn shown(witness: &Witness) -> Value {
    json!({ "title": witness.title, "request": witness.request, "markdown": witness.markdown })
}

/// Find out what a policy changes.
pub(crate) fn resolve(cx: &Context, mut lens: lsp::CodeLens) -> Reply<lsp::CodeLens> {
    let data = lens.data.clone().unwrap_or_default();
    if lens.command.is_some() {
        return Ok(lens);
    }
    let wanted =
        Unresolved::deserialize(&data).map_err(|error| Failure::Invalid(error.to_string()))?;
    let place = cx.file(&wanted.uri)?;
    let pause = cx.settings.pause;
    place.view.outcomes.settle(pause)?;
    let (title, markdown) = effect(place, (&wanted.policy, Some(lens.range)))?;
    let page = format!("What {} changes", wanted.policy);
    lens.command = Some(lsp::Command {
        title,
        tooltip: None,
        command: SHOW_POLICY_EFFECT.to_owned(),
        arguments: Some(vec![json!({ "title": page, "markdown": markdown })]),
    });
    Ok(lens)
}

/// What a policy changes, by its name, in a few words and in full.
pub(crate) fn effect(
    place: Place<'_>,
    policy: (&str, Option<lsp::Range>),
) -> Reply<(String, String)> {
    let view = place.view;
    let span = named(view, place.source, policy).ok_or(Failure::Stale)?;
    let outcomes = &view.outcomes;
    let found = outcomes.effect(span, || {
        outcomes.while_current(|| policy_effect(&view.snapshot, span))
    });
    let source = view.snapshot.compilation().sources.get(place.source);
    let file = source.map_or_else(String::new, |source| source.name.clone());
    let named = (file, policy.0.to_owned());
    Ok(match found? {
        Ok(found) => {
            outcomes.remember(named, &found);
            (capitalised(&found.title), found.markdown)
        }
        Err(why) => match outcomes.remembered(&named) {
            Some(last) => (
                format!("{} (before the error)", capitalised(&last.title)),
                format!("{why}\n\nBefore that:\n\n{}", last.markdown),
            ),
            None => ("What this policy changes is not known".to_owned(), why),
        },
    })
}

/// Where a policy of this name is written in a source; of several, the one in this range.
fn named(view: &View, source: SourceId, (name, range): (&str, Option<lsp::Range>)) -> Option<Span> {
    let policies = view.snapshot.compilation().set.policies.iter();
    let named = policies
        .filter(|policy| policy.name_span.source == source && policy.display_name == name)
        .map(|policy| policy.name_span);
    let is_there = |span: &Span| range.is_none_or(|range| view.range(*span) == range);
    let mut first = None;
    for span in named {
        if is_there(&span) {
            return Some(span);
        }
        first = first.or(Some(span));
    }
    first
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}
