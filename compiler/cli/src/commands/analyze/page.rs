//! What was found, as the page that people print.

use anyhow::Result;
use gatewright_analysis::analyze as analysis;
use gatewright_analysis::analyze::{PLATFORMS, RISKS};
use gatewright_compiler::{
    Analyzed, Compilation, MatrixCell, MatrixRow, PolicyEffect, ProofOutcome, Property, Refutation,
    ToldEffect, ToldEntrance, ToldFinding, ToldGap, ToldWitness,
};
use gatewright_decision::ROWS;
use gatewright_hir::Date;
use gatewright_report::{
    Access, Answer, Assumption, Cell, Cells, Coverage, Effect, Extent, Finding, Found, Gap,
    Invariant, Nearly, Origin, Persona, Policy, Principal, Report, Severity, State, Verdict,
    Witness,
};
use gatewright_value::vocabulary;

use crate::args::{Analyze, Common};
use crate::clock::instant;

/// LIMIT: policies that are named as nearly covering a witness.
const NEARLY_SHOWN: usize = 3;

/// LIMIT: characters of a condition that are shown.
const CONDITION_CHARS_MAX: usize = 60;

/// Everything on the page.
pub(super) fn report(
    compilation: &Compilation,
    found: &Analyzed,
    args: &Analyze,
    common: &Common,
) -> Result<Report> {
    let manifest = &compilation.manifest;
    let name = manifest.name.as_deref();
    let program = compilation.program(&compilation.decisions());
    let project = found
        .invariants
        .iter()
        .map(|one| invariant(one, Origin::Project));
    let library = found
        .controls
        .iter()
        .map(|one| invariant(one, Origin::Library));
    let mut exhausted: Vec<String> = found.exhausted.iter().map(|what| sentence(what)).collect();
    // The request stands with what it was to show.
    let disagreements = found.disagreements.iter();
    let disagreements = disagreements.filter_map(|what| what.split(": {").next());
    exhausted.extend(disagreements.map(sentence));
    exhausted.dedup();
    Ok(Report {
        title: match name {
            Some(name) => format!("Who gets in at {}, and how", capital(name)),
            None => "Who gets in, and how".to_owned(),
        },
        subject: name.map(str::to_owned).or_else(|| manifest.tenant.clone()),
        edition: compilation.set.edition.to_string(),
        date: Date::from_ms(instant(common)?).to_string(),
        bundle: Some(gatewright_bytecode::program_hash(&program)?),
        generator: format!("gatewright {}", env!("CARGO_PKG_VERSION")),
        assumptions: assumptions(found, args),
        exhausted,
        answers: answers(found),
        invariants: project.chain(library).collect(),
        coverage: coverage(found),
        gaps: Found {
            items: found.gaps.iter().map(gap).collect(),
            extent: match found.has_all_gaps {
                _ if !found.asks_for_users => Extent::NotAsked,
                true => Extent::All,
                false => Extent::Stopped("Only the most ordinary ones are listed.".to_owned()),
            },
        },
        lock_out: Found {
            items: found.entrances.iter().map(principal).collect(),
            extent: match found.asks_for_users {
                true => Extent::All,
                false => Extent::NotAsked,
            },
        },
        findings: Found {
            items: found.findings.iter().map(finding).collect(),
            extent: Extent::All,
        },
        policies: found.effects.iter().map(|one| policy(one, found)).collect(),
        measure: Some(
            "The bar is the share of the parts of the coverage matrix whose proof uses the policy."
                .to_owned(),
        ),
    })
}

fn assumptions(found: &Analyzed, args: &Analyze) -> Vec<Assumption> {
    let row = |name: &str, sentence: String, is_on: bool| Assumption {
        name: name.to_owned(),
        sentence,
        is_on,
    };
    let mut rows: Vec<Assumption> = ROWS
        .iter()
        .map(|(name, text)| {
            row(
                name,
                sentence(text),
                !args.assumed.without.iter().any(|off| off == name),
            )
        })
        .collect();
    rows.push(row(
        "complete-facts",
        "Every fact that a policy asks about is known to the service.".to_owned(),
        !args.assumed.missing_facts,
    ));
    rows.push(row(
        "report-only",
        "Policies that only report count as enforced.".to_owned(),
        args.assumed.report_only,
    ));
    let glass = found.break_glass.join(", ");
    let text = match (found.break_glass.is_empty(), found.is_guessed) {
        (true, _) => {
            "Nobody is taken to be for emergencies: most policies exclude no one.".to_owned()
        }
        (false, true) => format!(
            "{} is for emergencies, as most policies exclude it: gaps and controls leave it out.",
            capital(&glass)
        ),
        (false, false) => format!(
            "{} is for emergencies: gaps and controls leave it out.",
            capital(&glass)
        ),
    };
    rows.push(row("break-glass", text, !found.break_glass.is_empty()));
    rows
}

fn answers(found: &Analyzed) -> Vec<Answer> {
    let headlines = found.controls.iter().filter(|one| one.is_headline);
    let headlines = headlines.map(|property| {
        let (verdict, because) = match &property.proof.outcome {
            ProofOutcome::Proved {
                is_vacuous: true, ..
            } => (Verdict::Proved, "There is no such sign-in.".to_owned()),
            ProofOutcome::Proved { by, .. } => (Verdict::Proved, proved_by(by)),
            ProofOutcome::Refuted(refutation) => (Verdict::Refuted, sentence(&refutation.sentence)),
            ProofOutcome::Undecided(what) => (Verdict::Unknown, sentence(what)),
        };
        Answer {
            claim: property.proof.name.clone(),
            verdict,
            because,
        }
    });
    headlines.collect()
}

fn proved_by(by: &[String]) -> String {
    let names: Vec<String> = by
        .iter()
        .take(NEARLY_SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match (names.as_slice(), by.len() - names.len()) {
        ([], _) => String::new(),
        (names, 0) => format!("By {}.", names.join(", ")),
        (names, more) => format!("By {} and {more} more.", names.join(", ")),
    }
}

fn invariant(property: &Property, origin: Origin) -> Invariant {
    let docs: Vec<&str> = property.docs.split_whitespace().collect();
    let (verdict, note, refutation) = match &property.proof.outcome {
        ProofOutcome::Proved {
            is_vacuous: true, ..
        } => (
            Verdict::Proved,
            Some("It speaks of no sign-in that can exist.".to_owned()),
            None,
        ),
        ProofOutcome::Proved { by, .. } => {
            let by = proved_by(by);
            (Verdict::Proved, (!by.is_empty()).then_some(by), None)
        }
        ProofOutcome::Undecided(what) => (Verdict::Unknown, Some(sentence(what)), None),
        ProofOutcome::Refuted(found) => (Verdict::Refuted, None, Some(&**found)),
    };
    Invariant {
        name: property.proof.name.clone(),
        origin,
        sentence: docs.join(" "),
        verdict,
        note,
        witness: refutation.map(|found| Witness {
            sentence: sentence(&found.sentence),
            request: serde_json::to_string_pretty(&found.request).ok(),
        }),
        nearly: refutation
            .map(|found| nearly(found, origin))
            .unwrap_or_default(),
    }
}

/// The policies that nearly cover it: of controls, which are many, only the nearest one.
fn nearly(refutation: &Refutation, origin: Origin) -> Vec<Nearly> {
    let shown = match origin {
        Origin::Project => NEARLY_SHOWN,
        Origin::Library => 1,
    };
    let missed = refutation.missed.iter().take(shown).map(|missed| {
        let conditions: Vec<String> = missed
            .conditions
            .iter()
            .map(|one| shortened(&one.text))
            .collect();
        Nearly {
            policy: missed.policy.name.clone(),
            condition: format!("only for {}", conditions.join("; ")),
        }
    });
    missed.collect()
}

/// A condition as a name on the page, cut where it is long.
fn shortened(text: &str) -> String {
    let text = text.replace('`', "'");
    match text.char_indices().nth(CONDITION_CHARS_MAX) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

fn coverage(found: &Analyzed) -> Option<Coverage> {
    (!found.matrix.is_empty()).then(|| Coverage {
        platforms: PLATFORMS.iter().map(|name| platform(name)).collect(),
        risks: RISKS
            .iter()
            .map(|name| match *name {
                "none" => "no".to_owned(),
                name => name.to_owned(),
            })
            .collect(),
        personas: found.matrix.iter().map(persona).collect(),
    })
}

fn platform(name: &str) -> String {
    match name {
        "windows" => "Windows",
        "android" => "Android",
        "linux" => "Linux",
        "unknown" => "Unknown",
        name => name,
    }
    .to_owned()
}

fn persona(row: &MatrixRow) -> Persona {
    let cells: Vec<Cell> = row.cells.iter().map(|risks| cell(risks)).collect();
    let access: Vec<&Vec<Access>> = cells.iter().map(|cell| &cell.by_risk).collect();
    let is_alike = access.iter().all(|one| Some(one) == access.first());
    Persona {
        name: row.persona.clone(),
        about: Some(row.about.clone()),
        cells: match cells.first() {
            Some(first) if is_alike => Cells::Alike(first.clone()),
            _ => Cells::ByPlatform(cells),
        },
    }
}

fn cell(risks: &[MatrixCell]) -> Cell {
    let shown = risks.iter().find_map(|cell| cell.witness.as_ref());
    Cell {
        by_risk: risks.iter().map(|cell| access(cell.access)).collect(),
        witness: shown.map(witness),
    }
}

fn access(access: analysis::Access) -> Access {
    match access {
        analysis::Access::Nothing => Access::Open,
        analysis::Access::Other => Access::Other,
        analysis::Access::Mfa => Access::Mfa,
        analysis::Access::ManagedDevice => Access::ManagedDevice,
        analysis::Access::PhishingResistant => Access::PhishingResistant,
        analysis::Access::ManagedDeviceAndMfa => Access::ManagedDeviceAndMfa,
        analysis::Access::Blocked => Access::Blocked,
        analysis::Access::NoSignIn => Access::NoSignIn,
        analysis::Access::Unknown => Access::Unknown,
    }
}

fn gap(gap: &ToldGap) -> Gap {
    let except = gap.except.join("; ");
    Gap {
        persona: gap.persona.clone(),
        sentence: sentence(&gap.sentence),
        except: (!except.is_empty()).then(|| sentence(&except)),
        unless: gap
            .unless
            .iter()
            .map(|one| sentence(&format!("if {one}")))
            .collect(),
        witness: Some(witness(&gap.witness)),
        nearly: Vec::new(),
    }
}

fn principal(one: &ToldEntrance) -> Principal {
    Principal {
        name: capital(&one.who.replace('`', "")),
        claim: one.claim.to_owned(),
        verdict: match one.holds {
            Some(true) => Verdict::Proved,
            Some(false) => Verdict::Refuted,
            None => Verdict::Unknown,
        },
        because: one.because.clone(),
        witness: one.witness.as_ref().map(witness),
        policies: one.by.iter().map(|policy| policy.name.clone()).collect(),
    }
}

fn finding(one: &ToldFinding) -> Finding {
    use gatewright_compiler::Severity as Told;
    Finding {
        severity: match one.severity {
            Told::High => Severity::High,
            Told::Medium => Severity::Medium,
            Told::Low => Severity::Low,
            Told::Note => Severity::Note,
        },
        code: None,
        title: one.title.to_owned(),
        sentence: one.sentence.clone(),
        policies: Vec::new(),
        witness: one.witness.as_ref().map(witness),
        advice: Some(one.advice.clone()),
    }
}

fn policy(one: &PolicyEffect, found: &Analyzed) -> Policy {
    Policy {
        name: one.policy.name.clone(),
        state: match one.state {
            vocabulary::State::Enabled => State::Enabled,
            vocabulary::State::ReportOnly => State::ReportOnly,
            vocabulary::State::Disabled => State::Disabled,
        },
        scope: (!one.scope.is_empty()).then(|| one.scope.clone()),
        asks: one.asks.clone(),
        effect: effect(one, found),
    }
}

fn effect(one: &PolicyEffect, found: &Analyzed) -> Effect {
    match &one.effect {
        ToldEffect::Changes {
            demand,
            witness: shown,
            cells,
        } => Effect::Changes {
            share: u16::try_from(cells * 1000 / found.cell_count().max(1))
                .ok()
                .filter(|_| *cells > 0),
            sentence: match demand.as_str() {
                "a block" => "Without it, somebody would not be kept out.".to_owned(),
                demand => format!("Without it, somebody would not be asked for {demand}."),
            },
            witness: Some(witness(shown)),
        },
        ToldEffect::Absorbed(by) => Effect::Absorbed { by: by.clone() },
        ToldEffect::NeverApplies => Effect::NeverApplies {
            sentence: "No sign-in that can exist meets its conditions.".to_owned(),
        },
        ToldEffect::DemandsNothing => Effect::Unknown("It demands nothing.".to_owned()),
        ToldEffect::Unknown(what) => Effect::Unknown(sentence(&format!("{what} are exhausted"))),
        ToldEffect::NotEnforced => Effect::Off,
    }
}

fn witness(witness: &ToldWitness) -> Witness {
    let text = sentence(&witness.sentence);
    Witness {
        sentence: match witness.is_confirmed {
            true => text,
            false => format!("{text} The reference evaluator does not confirm this."),
        },
        request: serde_json::to_string_pretty(&witness.request).ok(),
    }
}

/// A clause as a sentence.
fn sentence(text: &str) -> String {
    let text = capital(text.trim());
    match text.ends_with(['.', '!', '?']) {
        true => text,
        false => format!("{text}."),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
