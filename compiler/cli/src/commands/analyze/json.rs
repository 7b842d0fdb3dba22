//! What was found, for programs: one object, as `docs/cli.md` describes it.

use anyhow::Result;
use gatewright_analysis::analyze::{Access, PLATFORMS, RISKS};
use gatewright_compiler::{
    Analyzed, Compilation, MatrixCell, Named, PolicyEffect, ProofOutcome, Property, Region,
    Severity, ToldEffect, ToldEntrance, ToldFinding, ToldGap, ToldWitness,
};
use gatewright_source::Span;
use serde_json::{Value, json};

/// The object.
pub(super) fn text(compilation: &Compilation, found: &Analyzed) -> Result<String> {
    let listed =
        |properties: &[Property]| -> Vec<Value> { properties.iter().map(property).collect() };
    let value = json!({
        "breakGlass": {
            "who": found.break_glass.iter().map(|who| plain(who)).collect::<Vec<_>>(),
            "guessed": found.is_guessed,
        },
        "invariants": listed(&found.invariants),
        "controls": listed(&found.controls),
        "lockOut": found.entrances.iter().map(entrance).collect::<Vec<_>>(),
        "findings": found.findings.iter().map(|one| finding(compilation, one)).collect::<Vec<_>>(),
        "gaps": {
            "items": found.gaps.iter().map(gap).collect::<Vec<_>>(),
            "complete": found.has_all_gaps && found.asks_for_users,
        },
        "matrix": matrix(found),
        "policies": found.effects.iter().map(effect).collect::<Vec<_>>(),
        "exhausted": found.exhausted,
        "disagreements": found.disagreements,
    });
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}

fn property(property: &Property) -> Value {
    let (verdict, witness, exhausted) = match &property.proof.outcome {
        ProofOutcome::Proved { .. } => ("proved", Value::Null, Value::Null),
        ProofOutcome::Refuted(found) => {
            let witness = json!({ "sentence": found.sentence, "request": found.request });
            ("refuted", witness, Value::Null)
        }
        ProofOutcome::Undecided(what) => ("unknown", Value::Null, json!(what)),
    };
    json!({
        "name": property.proof.name, "verdict": verdict, "witness": witness,
        "exhausted": exhausted,
    })
}

fn entrance(one: &ToldEntrance) -> Value {
    let verdict = match one.holds {
        Some(true) => "proved",
        Some(false) => "refuted",
        None => "unknown",
    };
    json!({
        "who": plain(&one.who), "claim": one.claim, "verdict": verdict, "by": names(&one.by),
        "witness": one.witness.as_ref().map(witness),
    })
}

fn finding(compilation: &Compilation, one: &ToldFinding) -> Value {
    let (file, line) = place(compilation, one.span);
    let severity = match one.severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Note => "note",
    };
    json!({
        "kind": one.kind, "severity": severity, "title": one.title, "sentence": one.sentence,
        "advice": one.advice, "policies": names(&one.policies), "because": one.certificate,
        "file": file, "line": line, "witness": one.witness.as_ref().map(witness),
    })
}

fn gap(gap: &ToldGap) -> Value {
    let regions = gap.regions.iter().map(|region| {
        let without = region.without.iter().map(facts);
        json!({ "facts": facts(&region.within), "without": without.collect::<Value>() })
    });
    json!({
        "persona": gap.persona, "sentence": gap.sentence, "except": gap.except,
        "unless": gap.unless, "regions": regions.collect::<Value>(),
        "witness": witness(&gap.witness),
    })
}

fn facts(region: &Region) -> Value {
    let facts = region.facts.iter().map(
        |fact| json!({ "attribute": fact.attribute, "says": fact.says, "usual": fact.is_usual }),
    );
    facts.collect()
}

fn matrix(found: &Analyzed) -> Value {
    let rows = found.matrix.iter().map(|row| {
        let cells = row.cells.iter();
        let cells = cells.map(|risks| risks.iter().map(cell).collect::<Vec<_>>());
        json!({ "persona": row.persona, "cells": cells.collect::<Vec<_>>() })
    });
    let rows: Vec<Value> = rows.collect();
    json!({ "platforms": PLATFORMS, "risks": RISKS, "rows": rows })
}

fn cell(cell: &MatrixCell) -> Value {
    let access = match cell.access {
        Access::Nothing => "nothing",
        Access::Other => "other",
        Access::Mfa => "mfa",
        Access::ManagedDevice => "managedDevice",
        Access::PhishingResistant => "phishingResistant",
        Access::ManagedDeviceAndMfa => "managedDeviceAndMfa",
        Access::Blocked => "blocked",
        Access::NoSignIn => "noSignIn",
        Access::Unknown => "unknown",
    };
    json!({ "access": access, "witness": cell.witness.as_ref().map(witness) })
}

fn effect(one: &PolicyEffect) -> Value {
    let (effect, rest) = match &one.effect {
        ToldEffect::Changes {
            demand,
            witness: shown,
            cells,
        } => {
            let demand = plain(demand);
            (
                "changes",
                json!({ "demand": demand, "cells": cells, "witness": witness(shown) }),
            )
        }
        ToldEffect::Absorbed(by) => ("absorbed", json!({ "by": by })),
        ToldEffect::NeverApplies => ("neverApplies", json!({})),
        ToldEffect::NotEnforced => ("notEnforced", json!({})),
        ToldEffect::DemandsNothing => ("demandsNothing", json!({})),
        ToldEffect::Unknown(what) => ("unknown", json!({ "exhausted": what })),
    };
    let mut value = json!({
        "name": one.policy.name, "state": one.state.name(), "effect": effect,
    });
    if let (Some(members), Value::Object(rest)) = (value.as_object_mut(), rest) {
        members.extend(rest);
    }
    value
}

fn witness(witness: &ToldWitness) -> Value {
    json!({
        "sentence": witness.sentence, "request": witness.request,
        "confirmed": witness.is_confirmed,
    })
}

fn names(policies: &[Named]) -> Vec<&str> {
    policies.iter().map(|one| one.name.as_str()).collect()
}

fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn place(compilation: &Compilation, span: Span) -> (String, u32) {
    let sources = &compilation.sources;
    let source = sources.get(span.source);
    let line = source.map_or(0, |source| source.position(span.start).line);
    (sources.name(span.source).to_owned(), line)
}
