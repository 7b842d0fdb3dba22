//! Proofs and refutations for people and for programs.

use std::fmt::Write as _;

use anyhow::Result;
use gatewright_compiler::{Named, Proof, ProofOutcome, Refutation};
use gatewright_source::{SourceMap, Span};
use serde_json::{Value, json};

use crate::terminal::counted;

/// LIMIT: policies that people read as missing a sign-in.
const MISSED_SHOWN: usize = 3;

/// A line for each property; after those that are refuted, everything there is to know.
pub(super) fn human(proofs: &[Proof], files: &[Option<String>], sources: &SourceMap) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (proof, file) in proofs.iter().zip(files) {
        match &proof.outcome {
            ProofOutcome::Proved { by, is_vacuous } => {
                let why = match (is_vacuous, by.as_slice()) {
                    (true, _) => "  (speaks of no sign-in that can exist)".to_owned(),
                    (false, []) => String::new(),
                    (false, by) => format!("  (by {})", by.join("; ")),
                };
                _ = writeln!(text, "✓ {}{why}", proof.name);
            }
            ProofOutcome::Undecided(what) => {
                _ = writeln!(text, "? {}: nobody knows: {what}", proof.name);
            }
            ProofOutcome::Refuted(refutation) => {
                _ = writeln!(text, "✗ {}: {}", proof.name, refutation.sentence);
                refuted(&mut text, proof, refutation, file.as_deref(), sources);
            }
        }
    }
    text
}

fn refuted(
    text: &mut String,
    proof: &Proof,
    refutation: &Refutation,
    file: Option<&str>,
    sources: &SourceMap,
) {
    if !refutation.unusual.is_empty() {
        _ = writeln!(text, "    unusual");
        for fact in &refutation.unusual {
            _ = writeln!(text, "      {fact}");
        }
    }
    if !refutation.missed.is_empty() {
        _ = writeln!(text, "    missed by");
    }
    for missed in refutation.missed.iter().take(MISSED_SHOWN) {
        _ = writeln!(text, "      {}", missed.policy.name);
        for condition in &missed.conditions {
            let (file, line, column) = place(sources, condition.span);
            _ = writeln!(text, "        {}  {file}:{line}:{column}", condition.text);
        }
    }
    let more = refutation.missed.len().saturating_sub(MISSED_SHOWN) + refutation.missed_further;
    if more > 0 {
        let more = counted(more, "other policy", "other policies");
        _ = writeln!(text, "      and {more} further away");
    }
    let helps = [&refutation.asking, &refutation.report_only];
    let nobody_does = helps.iter().all(|named| named.is_empty());
    if proof.is_always && refutation.missed.is_empty() && nobody_does {
        _ = writeln!(text, "    no enforced policy demands {}", proof.claim);
    }
    named(
        text,
        "applies, and asks for something else or for less",
        &refutation.asking,
        sources,
    );
    named(
        text,
        "would be covered, but only reported, by",
        &refutation.report_only,
        sources,
    );
    named(text, "demanded by", &refutation.culprits, sources);
    match file {
        Some(file) => _ = writeln!(text, "    request: {file}"),
        None => _ = writeln!(text, "    request: {}", refutation.request),
    }
}

fn named(text: &mut String, title: &str, policies: &[Named], sources: &SourceMap) {
    if policies.is_empty() {
        return;
    }
    _ = writeln!(text, "    {title}");
    for policy in policies {
        let (file, line, column) = place(sources, policy.span);
        _ = writeln!(text, "      {}  {file}:{line}:{column}", policy.name);
    }
}

fn place(sources: &SourceMap, span: Span) -> (String, u32, u32) {
    let source = sources.get(span.source);
    let position = source.map(|source| source.position(span.start));
    let (line, column) = position.map_or((0, 0), |position| (position.line, position.column));
    (sources.name(span.source).to_owned(), line, column)
}

/// One array with an object for each property.
pub(super) fn json(proofs: &[Proof], sources: &SourceMap) -> Result<String> {
    let proofs: Vec<Value> = proofs.iter().map(|proof| one(proof, sources)).collect();
    let mut text = serde_json::to_string_pretty(&proofs)?;
    text.push('\n');
    Ok(text)
}

fn one(proof: &Proof, sources: &SourceMap) -> Value {
    let (file, line, _) = place(sources, proof.name_span);
    let (mut verdict, mut vacuous) = ("proved", false);
    let (mut policies, mut witness, mut exhausted) = (json!([]), Value::Null, Value::Null);
    match &proof.outcome {
        ProofOutcome::Proved { by, is_vacuous } => {
            vacuous = *is_vacuous;
            policies = json!(by);
        }
        ProofOutcome::Refuted(refutation) => {
            verdict = "refuted";
            witness = self::witness(refutation, sources);
        }
        ProofOutcome::Undecided(what) => {
            verdict = "unknown";
            exhausted = json!(what);
        }
    }
    json!({
        "name": proof.name, "file": file, "line": line, "verdict": verdict, "vacuous": vacuous,
        "by": policies, "witness": witness, "exhausted": exhausted,
    })
}

fn witness(refutation: &Refutation, sources: &SourceMap) -> Value {
    let names = |policies: &[Named]| -> Value {
        policies.iter().map(|policy| policy.name.as_str()).collect()
    };
    let missed = refutation.missed.iter().map(|missed| {
        let conditions = missed.conditions.iter().map(|condition| {
            let (file, line, _) = place(sources, condition.span);
            json!({ "text": condition.text, "file": file, "line": line })
        });
        let conditions: Vec<Value> = conditions.collect();
        json!({ "policy": missed.policy.name, "conditions": conditions })
    });
    let missed: Vec<Value> = missed.collect();
    json!({
        "request": refutation.request,
        "sentence": refutation.sentence,
        "unusual": refutation.unusual,
        "missed": missed,
        "missedFurther": refutation.missed_further,
        "asking": names(&refutation.asking),
        "reportOnly": names(&refutation.report_only),
        "culprits": names(&refutation.culprits),
    })
}
