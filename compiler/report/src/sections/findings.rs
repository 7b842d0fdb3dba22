//! The findings, worst first.

use maud::{Markup, html};

use super::{extent, policy_list, section, witness};
use crate::model::{Finding, Found, Severity};
use crate::text::{Names, count, plain};

/// LIMIT: notes that are shown unfolded.
const NOTES_OPEN: usize = 5;

pub(crate) fn section_of(findings: &Found<Finding>, names: &Names<'_>) -> Markup {
    let lead = html! { "What is wrong with policies, worst first, and what to do about it." };
    let mut sorted: Vec<&Finding> = findings.items.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let notes = sorted
        .iter()
        .position(|finding| finding.severity == Severity::Note);
    let notes = sorted.split_off(notes.unwrap_or(sorted.len()));
    // A few notes are read; many would hide what is wrong.
    let is_folded = notes.len() > NOTES_OPEN;
    if !is_folded {
        sorted.extend(&notes);
    }
    let body = html! {
        @if !sorted.is_empty() {
            ol.findings { @for finding in sorted { li { (item(finding, names)) } } }
        }
        @if is_folded {
            details.examples {
                summary { (count(notes.len(), "note", "notes")) }
                ol.findings { @for finding in notes { li { (item(finding, names)) } } }
            }
        }
        (extent(findings, "There is nothing to report.", names))
    };
    section("findings", "Findings", &lead, &body)
}

fn item(finding: &Finding, names: &Names<'_>) -> Markup {
    html! {
        article {
            div.rank {
                (severity(finding.severity))
                @if let Some(code) = &finding.code { code { (plain(code)) } }
            }
            div.what {
                h3 { (names.sentence(&finding.title)) }
                p { (names.sentence(&finding.sentence)) }
                @if let Some(found) = &finding.witness { (witness(found, names)) }
                (policy_list(&finding.policies, names))
            }
            div.then {
                @if let Some(advice) = &finding.advice {
                    p.label { "What to do" }
                    p { (names.sentence(advice)) }
                }
            }
        }
    }
}

/// A severity as a word; the more marks before it, the worse.
fn severity(severity: Severity) -> Markup {
    let (class, marks, word) = match severity {
        Severity::High => ("high", "▲▲▲", "high"),
        Severity::Medium => ("medium", "▲▲", "medium"),
        Severity::Low => ("low", "▲", "low"),
        Severity::Note => ("note", "○", "note"),
    };
    html! {
        span class={ "severity " (class) } { span.sign aria-hidden="true" { (marks) } (word) }
    }
}
