//! What became of mutants, for people and for programs.

use std::fmt::Write as _;

use gatewright_source::SourceMap;

use super::place;
use crate::mutation::{Fate, MutantResult, Mutation, Witness};
use crate::request::quote;

/// The share that was noticed, and every mutant that was not, with its place.
pub(super) fn human(mutation: &Mutation, sources: &SourceMap) -> String {
    let [killed, noticed, unchanged, survived] = mutation.counts();
    let mut text = format!(
        "mutants: {:.1} % noticed ({} of {}",
        mutation.percentage(),
        killed + noticed,
        killed + noticed + survived
    );
    let rest = [
        (noticed, "by invariants alone"),
        (unchanged, "more are provably no change"),
        (mutation.left_out, "more were not made: too many"),
    ];
    for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
        // Writing to a string cannot fail.
        let _ = write!(text, "; {count} {what}");
    }
    text.push_str(")\n");
    for result in mutation.survivors() {
        let (file, line, column) = place(result.mutant.span, sources);
        let description = &result.mutant.description;
        let _ = writeln!(text, "  {file}:{line}:{column}: {description}");
        // Writing to a string cannot fail.
        let _ = match &result.fate {
            Fate::Survived(witness) => writeln!(text, "    {}", witness.sentence),
            Fate::Unknown(Some(why)) => {
                writeln!(text, "    whether it changes anything is unknown: {why}")
            }
            _ => Ok(()),
        };
    }
    text
}

/// One object with the counts and every mutant.
pub(super) fn json(mutation: &Mutation, sources: &SourceMap) -> String {
    let [killed, noticed, unchanged, survived] = mutation.counts();
    let rows: Vec<String> = mutation
        .results
        .iter()
        .map(|result| mutant(result, sources))
        .collect();
    format!(
        "{{\"killed\":{killed},\"noticed\":{noticed},\"unchanged\":{unchanged},\
         \"survived\":{survived},\"leftOut\":{},\"percentage\":{:.1},\"mutants\":[{}]}}",
        mutation.left_out,
        mutation.percentage(),
        rows.join(",")
    )
}

fn mutant(result: &MutantResult, sources: &SourceMap) -> String {
    let mutant = &result.mutant;
    let (file, line, column) = place(mutant.span, sources);
    let fate = match &result.fate {
        Fate::Killed { test, step } => {
            format!("\"killed\",\"test\":{},\"step\":{step}", quote(test))
        }
        Fate::Noticed { invariant, witness } => format!(
            "\"noticed\",\"invariant\":{},{}",
            quote(invariant),
            self::witness(witness)
        ),
        Fate::NoChange => "\"unchanged\"".to_owned(),
        Fate::Survived(witness) => format!("\"survived\",{}", self::witness(witness)),
        Fate::Unknown(why) => {
            let why = why.as_deref().map_or("null".to_owned(), quote);
            format!("\"survived\",\"exhausted\":{why}")
        }
    };
    format!(
        "{{\"policy\":{},\"operator\":\"{}\",\"description\":{},\"file\":{},\"line\":{line},\
         \"column\":{column},\"fate\":{fate}}}",
        quote(&mutant.changed.display_name),
        mutant.operator.name(),
        quote(&mutant.description),
        quote(&file)
    )
}

fn witness(witness: &Witness) -> String {
    format!(
        "\"sentence\":{},\"witness\":{}",
        quote(&witness.sentence),
        witness.request
    )
}
