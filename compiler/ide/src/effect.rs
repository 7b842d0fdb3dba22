//! What a policy changes: what would be different without it, or with it where it is not enforced.
//!
//! INVARIANT: whatever is said to change is shown at a sign-in that the reference evaluator
//! confirms, and that nothing changes is proved.

use gatewright_analysis::Budget;
use gatewright_analysis::demand::Demand;
use gatewright_compiler::{
    Compilation, Consequence, ProofOutcome, ProveOptions, Replacement, consequences, prove,
};
use gatewright_hir::invariant::{Invariant, Quantifier};
use gatewright_hir::model::{Outcome, Policy};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use crate::Snapshot;
use crate::testing::{decidable, fenced, pretty};

/// What a policy does for the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEffect {
    /// In a few words, for a line above the policy.
    pub title: String,
    /// In full, as Markdown.
    pub markdown: String,
}

/// LIMIT: instances of a template that one answer speaks of.
const INSTANCES_MAX: usize = 8;

/// LIMIT: policies that are named as demanding the same.
const OTHERS_MAX: usize = 4;

/// What the policies change whose name is written here: one, or every instance of a policy in a
/// template. Cost: for each policy, putting the set over one space, and a few searches.
///
/// # Errors
/// Why nobody can say, or that no policy is here.
pub fn policy_effect(snapshot: &Snapshot, name_span: Span) -> Result<PolicyEffect, String> {
    decidable(snapshot)?;
    let compilation = snapshot.compilation();
    let policies = compilation.set.policies.iter().enumerate();
    let here: Vec<usize> = policies
        .filter(|(_, policy)| policy.name_span == name_span)
        .map(|(place, _)| place)
        .collect();
    let shown = here.iter().take(INSTANCES_MAX);
    let mut effects: Vec<PolicyEffect> = Vec::new();
    for place in shown {
        let policy = compilation.set.policies.get(*place);
        effects.extend(policy.map(|policy| of_policy(compilation, (*place, policy))));
    }
    let Some(first) = effects.first() else {
        return Err("no policy is written here any more".to_owned());
    };
    let title = if effects.iter().all(|one| one.title == first.title) {
        first.title.clone()
    } else {
        format!("each of its {} instances is another case", here.len())
    };
    let mut markdown: Vec<String> = effects.into_iter().map(|one| one.markdown).collect();
    if let Some(more @ 1..) = here.len().checked_sub(INSTANCES_MAX) {
        markdown.push(format!("_{more} more instances are not looked at._\n"));
    }
    Ok(PolicyEffect {
        title,
        markdown: markdown.join("\n"),
    })
}

fn of_policy(compilation: &Compilation, (place, policy): (usize, &Policy)) -> PolicyEffect {
    let is_enforced = policy.state == State::Enabled;
    let told = |title: &str, sentence: String| PolicyEffect {
        title: title.to_owned(),
        markdown: format!("### Policy `{}`\n\n{sentence}\n", policy.display_name),
    };
    if Demand::of(&policy.outcome).is_empty() {
        return told("demands nothing", "It demands nothing.".to_owned());
    }
    let other = Policy {
        state: if is_enforced {
            State::Disabled
        } else {
            State::Enabled
        },
        ..policy.clone()
    };
    let replacement = [Replacement {
        policy: place,
        with: &other,
    }];
    let ask = |invariants: &[Invariant]| {
        let budget = Budget::default();
        let nobody = &mut |_, _| {};
        let found = consequences(compilation, invariants, &replacement, budget, nobody);
        found.into_iter().next()
    };
    let (now, otherwise) = if is_enforced {
        ("", "Without it")
    } else if policy.state == State::ReportOnly {
        ("It only reports. ", "Enforced")
    } else {
        ("It is switched off. ", "Enforced")
    };
    let subject = match compilation.set.schema.is_entra {
        true => "sign-in",
        false => "request",
    };
    match ask(&[]) {
        Some(
            Consequence::Changes { sentence, request }
            | Consequence::Breaks {
                sentence, request, ..
            },
        ) => {
            let (what, at) = split(&sentence);
            let what = if policy.outcome.is_block {
                what.replace("now lets in", "no longer blocks")
            } else {
                // Who cannot have what is required does not get in.
                what.replace("now lets in", "no longer keeps out who cannot meet it")
                    .replace("now blocks", "now keeps out who cannot meet it")
            };
            let title = match is_enforced {
                true => format!("without it: {what}"),
                false => format!("enforced: {what}"),
            };
            let mut text = format!(
                "{now}{otherwise}, this {subject} would be decided differently: **{what}**.\n\n{at}\n"
            );
            text.push_str(&fenced(&pretty(&request.to_string())));
            if !compilation.invariants.is_empty()
                && let Some(Consequence::Breaks {
                    invariant,
                    sentence,
                    request,
                }) = ask(&compilation.invariants)
            {
                text.push_str(&format!(
                    "\n{otherwise}, the invariant `{invariant}` would not hold: {sentence}\n"
                ));
                text.push_str(&fenced(&pretty(&request.to_string())));
            }
            told(&title, text)
        }
        Some(Consequence::Nothing) => {
            let (title, why) = why_nothing(compilation, (place, policy));
            let text =
                format!("{now}{otherwise}, no {subject} would be decided differently: {why}.");
            told(title, text)
        }
        Some(Consequence::Unknown(why)) => told(
            "what it changes is not known",
            format!("Nobody knows what it changes: {why}."),
        ),
        None => told(
            "what it changes is not known",
            "Nobody knows what it changes.".to_owned(),
        ),
    }
}

/// What is different, and where: a colon stands between, and names in quotes may have others.
fn split(sentence: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let colon = sentence.char_indices().find(|(at, character)| {
        is_quoted ^= *character == '"';
        let is_colon = sentence
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(": "));
        is_colon && !is_quoted
    });
    let parts = colon.and_then(|(at, _)| Some((sentence.get(..at)?, sentence.get(at + 2..)?)));
    parts.unwrap_or((sentence, ""))
}

/// Why a policy changes nothing, in a few words and in more.
fn why_nothing(
    compilation: &Compilation,
    (place, policy): (usize, &Policy),
) -> (&'static str, String) {
    let mut without = compilation.clone();
    if let Some(there) = without.set.policies.get_mut(place) {
        there.state = State::Disabled;
    }
    let claims = claims(policy);
    let options = ProveOptions::default();
    let proofs = prove(&without, &claims, &options, &mut |_, _| {});
    let mut others: Vec<&String> = Vec::new();
    for proof in &proofs {
        match &proof.outcome {
            ProofOutcome::Proved {
                is_vacuous: true, ..
            } => {
                let why = "it applies to no sign-in that can exist";
                return ("never applies", why.to_owned());
            }
            ProofOutcome::Proved { by, .. } => {
                let new = by.iter().filter(|name| !others.contains(name));
                let new: Vec<&String> = new.collect();
                others.extend(new);
            }
            ProofOutcome::Refuted(_) | ProofOutcome::Undecided(_) => {}
        }
    }
    let title = "changes nothing: others demand the same";
    let more = others.len().saturating_sub(OTHERS_MAX);
    let names: Vec<String> = others
        .iter()
        .take(OTHERS_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    match (names.as_slice(), more) {
        ([], _) => (
            "changes nothing",
            "what it demands is demanded by others or given by the facts wherever it applies"
                .to_owned(),
        ),
        ([one], _) => (title, format!("{one} demands the same")),
        (names, 0) => (title, format!("{} demand the same", names.join(", "))),
        (names, more) => {
            let names = names.join(", ");
            (title, format!("{names} and {more} more demand the same"))
        }
    }
}

/// What a policy does as invariants, one for each thing.
fn claims(policy: &Policy) -> Vec<Invariant> {
    let all = &policy.outcome;
    let nothing = Outcome {
        is_block: false,
        requirement: None,
        session: Default::default(),
        effect: None,
        ..all.clone()
    };
    let mut parts = Vec::new();
    if all.is_block || all.effect.is_some() {
        parts.push(Outcome {
            is_block: all.is_block,
            effect: all.effect,
            ..nothing.clone()
        });
    }
    if all.requirement.is_some() {
        parts.push(Outcome {
            requirement: all.requirement.clone(),
            ..nothing.clone()
        });
    }
    if all.session != Default::default() {
        parts.push(Outcome {
            session: all.session.clone(),
            ..nothing
        });
    }
    let claims = parts.into_iter().map(|outcome| Invariant {
        name: policy.display_name.clone(),
        name_span: policy.name_span,
        span: policy.span,
        docs: String::new(),
        quantifier: Quantifier::Always(policy.name_span),
        policy: Policy {
            state: State::Enabled,
            outcome,
            ..policy.clone()
        },
        annotations: policy.annotations.clone(),
    });
    claims.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// What the policy at the cursor changes.
    fn effect(text: &str) -> Result<PolicyEffect, String> {
        let fixture = Fixture::new(text);
        let (source, offset) = fixture.cursor();
        let mut policies = fixture.snapshot.compilation().set.policies.iter();
        let is_here = |span: Span| span.source == source && span.start == offset;
        let here = policies.find(|policy| is_here(policy.name_span));
        let span = here.map_or(Span::new(source, offset, offset), |policy| policy.name_span);
        policy_effect(&fixture.snapshot, span)
    }

    fn title(text: &str) -> String {
        effect(text).unwrap().title
    }

    const ALL: &str = "policy \"Ä\" { state enabled users all apps all require mfa }\n";
    const RISK: &str =
        "policy $0\"Risk\" { state enabled users all apps all signInRisk [high] require mfa }\n";

    #[test]
    fn a_policy_that_alone_demands_something_is_shown_at_a_sign_in() {
        let found = effect(RISK).unwrap();
        assert_eq!(found.title, "without it: no longer requires mfa");
        assert!(found.markdown.contains("```json"), "{}", found.markdown);
        assert!(found.markdown.contains("signInRiskLevel"));
    }

    #[test]
    fn under_a_schema_of_ones_own_the_strongest_effect_is_told() {
        let found = title(
            "schema \"Doors\" version 1\n\
             entity badge { level: Integer [0, 9] }\n\
             control pin \"A PIN\"\n\
             effect open \"Opens\"\neffect ask \"Asks\"\neffect shut \"Stays shut\"\n\
             combine strongest otherwise open\n\
             policy $0\"Low\" { when badge.level -lt 3 then shut require [pin] }\n",
        );
        assert_eq!(
            found,
            "without it: no longer comes to shut and no longer requires pin"
        );
    }

    #[test]
    fn who_cannot_meet_a_requirement_is_kept_out_and_not_blocked() {
        let found = title(
            "policy $0\"Managed\" { state enabled users all apps all require all [mfa, compliantDevice] }\n",
        );
        assert_eq!(found, "without it: no longer keeps out who cannot meet it");
    }

    #[test]
    fn names_with_colons_are_no_end() {
        let sentence = "no longer requires the strength \"A: b\": a user signs in";
        let expected = (
            "no longer requires the strength \"A: b\"",
            "a user signs in",
        );
        assert_eq!(split(sentence), expected);
        assert_eq!(split("nothing"), ("nothing", ""));
    }

    #[test]
    fn invariants_that_hang_on_a_policy_are_named() {
        let found = effect(&format!(
            "{RISK}invariant \"At risk\" {{ signInRisk [high] always require mfa }}\n"
        ));
        let found = found.unwrap().markdown;
        assert!(
            found.contains("the invariant `At risk` would not hold"),
            "{found}"
        );
    }

    #[test]
    fn others_that_demand_the_same_are_named() {
        let found = effect(&format!("{ALL}{RISK}")).unwrap();
        assert_eq!(found.title, "changes nothing: others demand the same");
        assert!(
            found.markdown.contains("`Ä` demands the same"),
            "{}",
            found.markdown
        );
    }

    #[test]
    fn a_policy_that_never_applies_is_said_to() {
        let never = "policy $0\"Never\" { state enabled users none apps all block }\n";
        assert_eq!(title(&format!("{ALL}{never}")), "never applies");
    }

    #[test]
    fn what_is_not_enforced_is_told_as_if_it_were() {
        let report_only = RISK.replace("enabled", "reportOnly");
        assert_eq!(title(&report_only), "enforced: now requires mfa");
        let off = RISK.replace("enabled", "disabled");
        let found = effect(&format!("{ALL}{off}")).unwrap();
        assert_eq!(found.title, "changes nothing: others demand the same");
        assert!(found.markdown.contains("It is switched off."));
    }

    #[test]
    fn every_instance_of_a_template_is_spoken_of() {
        let found = effect(
            "template Risky(name: text, level: list of RiskLevel) {\n\
             policy $0\"Risk {name}\" { state enabled users all apps all signInRisk level require mfa }\n}\n\
             use Risky(\"A\", [high])\nuse Risky(\"B\", [low])\n",
        );
        let found = found.unwrap();
        assert_eq!(found.markdown.matches("### Policy").count(), 2, "{found:?}");
    }

    #[test]
    fn a_broken_project_and_a_place_without_a_policy_are_errors() {
        assert!(effect(&format!("{RISK}policy \"B\" {{")).is_err());
        assert!(effect(&format!("$0{ALL}")).is_err());
    }
}
