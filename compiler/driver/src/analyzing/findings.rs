//! What is wrong with policies, in sentences.

use gatewright_analysis::analyze::{Excluded, Finding, FindingKind, Withheld};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::words;
use gatewright_hir::model::Control;

use super::naming::{demand, excluded, keeping_back, listed, quoted};
use super::{Severity, Teller, ToldFinding, ToldWitness};
use crate::proving::Named;

/// A title, a sentence, what to do, and how bad it is.
struct Text {
    title: &'static str,
    sentence: String,
    advice: String,
    severity: Severity,
}

impl Teller<'_> {
    /// All findings, worst first.
    pub(super) fn findings(&self) -> Vec<ToldFinding> {
        let found = self.analysis.findings.iter();
        let mut told: Vec<ToldFinding> = found.map(|finding| self.finding(finding)).collect();
        told.sort_by_key(|finding| finding.severity);
        told
    }

    fn finding(&self, finding: &Finding) -> ToldFinding {
        let named = |places: &[usize]| -> Vec<Named> {
            places
                .iter()
                .filter_map(|place| self.named(*place))
                .collect()
        };
        let policies = named(&finding.policies);
        let by: Vec<String> = named(&finding.certificate)
            .into_iter()
            .map(|one| one.name)
            .collect();
        let text = self.text(&finding.kind, &policies, &by);
        ToldFinding {
            kind: finding.kind.name(),
            severity: text.severity,
            title: text.title,
            sentence: text.sentence,
            advice: text.advice,
            witness: self.shown(finding, text.title),
            policies,
            certificate: by,
            span: finding.span,
        }
    }

    /// The sign-in, confirmed on what it shows.
    fn shown(&self, finding: &Finding, what: &str) -> Option<ToldWitness> {
        let witness = finding.witness.as_ref()?;
        let policies = &finding.policies;
        let what = &format!("`{what}`");
        Some(match &finding.kind {
            FindingKind::ExclusionLeavesHole { is_open: true, .. } => {
                self.court.admitted(what, witness)
            }
            FindingKind::ExclusionLeavesHole { demand, .. }
            | FindingKind::CanBeDodged { demand, .. } => self.court.lacks(what, witness, demand),
            FindingKind::CannotBeMet { is_everywhere, .. } => {
                self.court.applying(what, witness, policies, *is_everywhere)
            }
            FindingKind::SessionConflict { .. } => {
                self.court
                    .applying(what, witness, &finding.certificate, false)
            }
            _ => self.court.applying(what, witness, policies, false),
        })
    }

    fn text(&self, kind: &FindingKind, policies: &[Named], by: &[String]) -> Text {
        let names = quoted(policies);
        match kind {
            FindingKind::NeverApplies => never_applies(&names),
            FindingKind::ChangesNothing => changes_nothing(&names, &absorbed(by)),
            FindingKind::ReportOnlyChangesNothing => would_change_nothing(&names, &absorbed(by)),
            FindingKind::ExclusionWithoutEffect { item } => {
                needless_exclusion(&excluded(self.set, item), &names, &absorbed(by))
            }
            FindingKind::ExclusionLeavesHole {
                item,
                demand,
                is_open,
            } => self.hole(item, demand, *is_open, &names),
            FindingKind::SessionConflict { about } => session_conflict(&names, about),
            FindingKind::CannotBeMet {
                controls,
                is_everywhere,
            } => self.unmet(controls, *is_everywhere, &names),
            FindingKind::CanBeDodged { by, demand: what } => {
                let is_clause = matches!(what, Demand::Clause(_));
                dodge(*by, &demand(self.set, what), is_clause, policies)
            }
            FindingKind::CanBeMerged { dimension } => can_be_merged(&names, dimension),
        }
    }

    fn unmet(&self, controls: &[Control], is_everywhere: bool, names: &str) -> Text {
        let ways: Vec<String> = controls
            .iter()
            .map(|c| words::control(self.set, c))
            .collect();
        let ways = ways.join(" or ");
        if is_everywhere {
            return Text {
                title: "A requirement cannot be met",
                sentence: format!(
                    "{names} requires {ways}, which no sign-in that it applies to can have: it \
                     blocks."
                ),
                advice: "Say `block` if that is meant, or require what can be had.".to_owned(),
                severity: Severity::Medium,
            };
        }
        Text {
            title: "A requirement cannot be met on a platform",
            sentence: format!(
                "{names} requires {ways} on a platform on which that cannot be had, and blocks \
                 there."
            ),
            advice: "Leave the platform out, or offer another way.".to_owned(),
            severity: Severity::Low,
        }
    }

    fn hole(&self, item: &Excluded, what: &Demand, is_open: bool, names: &str) -> Text {
        let who = excluded(self.set, item);
        let is_network = matches!(item, Excluded::Location(_) | Excluded::TrustedLocations);
        let is_plural = matches!(
            item,
            Excluded::Guests | Excluded::Apps(_) | Excluded::TrustedLocations
        );
        let are = if is_plural { "are" } else { "is" };
        let instead = match is_open {
            true => "somewhere nothing at all is required instead".to_owned(),
            false => {
                let what = demand(self.set, what);
                format!("somewhere nothing else demands {what}, although something is required")
            }
        };
        let advice = match is_open {
            true => "Give what is excluded a policy of its own, or narrow the exclusion.",
            false => "Check that this is meant.",
        };
        Text {
            title: match is_open {
                true => "An exclusion leaves a hole",
                false => "An exclusion is made up for in part",
            },
            sentence: format!(
                "{} {are} excluded from {names}, and {instead}.",
                capital(&who)
            ),
            advice: advice.to_owned(),
            severity: match is_open && !is_network {
                true => Severity::Medium,
                false => Severity::Note,
            },
        }
    }
}

/// That others do what a policy does.
fn absorbed(by: &[String]) -> String {
    match by.len() {
        0 => "what it demands holds anyway wherever it applies".to_owned(),
        1 => format!("{} demands as much wherever it applies", listed(by)),
        _ => format!("{} together demand as much wherever it applies", listed(by)),
    }
}

fn never_applies(names: &str) -> Text {
    Text {
        title: "A policy never applies",
        sentence: format!("No sign-in that can exist meets the conditions of {names}."),
        advice: "Correct its conditions, or remove it.".to_owned(),
        severity: Severity::Low,
    }
}

fn changes_nothing(names: &str, demands: &str) -> Text {
    Text {
        title: "A policy changes nothing",
        sentence: format!("{names} is enforced and changes nothing: {demands}."),
        advice: "Remove it, or keep it on purpose.".to_owned(),
        severity: Severity::Note,
    }
}

fn would_change_nothing(names: &str, demands: &str) -> Text {
    Text {
        title: "A report-only policy would change nothing",
        sentence: format!(
            "{names} only reports, and enforcing it would change nothing: {demands}."
        ),
        advice: "Remove it, or enforce it and remove what it repeats.".to_owned(),
        severity: Severity::Note,
    }
}

fn needless_exclusion(who: &str, names: &str, demands: &str) -> Text {
    Text {
        title: "An exclusion has no effect",
        sentence: format!("Excluding {who} from {names} changes nothing: {demands}."),
        advice: "Remove the exclusion, or exclude them where they are asked as well.".to_owned(),
        severity: Severity::Note,
    }
}

fn session_conflict(names: &str, about: &str) -> Text {
    Text {
        title: "Session controls contradict each other",
        sentence: format!("{names} apply together, and say different things about {about}."),
        advice: "Let one of them leave the others' sign-ins out; the strictest wins.".to_owned(),
        severity: Severity::Low,
    }
}

fn can_be_merged(names: &str, dimension: &str) -> Text {
    let dimension = dimension_words(dimension);
    Text {
        title: "Policies can be one",
        sentence: format!(
            "{names} differ in their {dimension} alone, and one policy with the lists of all does \
             the same."
        ),
        advice: "Make them one, if they are not apart on purpose.".to_owned(),
        severity: Severity::Note,
    }
}

fn dodge(by: Withheld, what: &str, is_clause: bool, policies: &[Named]) -> Text {
    let advice = match by {
        Withheld::Platform => {
            "Block platforms that the service does not know: `platforms all except [android, iOS, \
             windows, macOS, linux]`."
        }
        Withheld::Device => {
            "Turn the filter round: demand it of all devices except those that are known to be \
             good, so that no device is a device of which it is demanded."
        }
        Withheld::Country => {
            "Block everything except the countries that you expect, or add the addresses that map \
             to no country to the location."
        }
    };
    let title = match by {
        Withheld::Platform => "An unknown platform escapes policies",
        Withheld::Device => "Showing no device escapes policies",
        Withheld::Country => "An address without a country escapes policies",
    };
    let sentence = match policies {
        [only] => format!(
            "Whoever {} escapes `{}`: nothing else demands {what} of them.",
            keeping_back(by),
            only.name
        ),
        [first, ..] => format!(
            "Whoever {} escapes {}. Of `{}`, nothing else demands {what} of them.",
            keeping_back(by),
            quoted(policies),
            first.name
        ),
        [] => String::new(),
    };
    Text {
        title,
        sentence,
        advice: advice.to_owned(),
        severity: if is_clause {
            Severity::Medium
        } else {
            Severity::Low
        },
    }
}

fn dimension_words(dimension: &str) -> &str {
    match dimension {
        "userRisk" => "user risk",
        "signInRisk" => "sign-in risk",
        other => other,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
