//! Every policy with what it does that no other does.
//!
//! The list can be narrowed without a script: the style sheet reads which choice is checked, and
//! shows the choices only where the browser can do that.

use maud::{Markup, html};

use super::section;
use crate::model::{Effect, Policy, Report, State};
use crate::text::{Names, anchor_of, title};

/// The choices that narrow the list: the class of the rows that stay, and what is said.
const CHOICES: [(&str, &str); 5] = [
    ("all", "All"),
    ("enabled", "Enabled"),
    ("report-only", "Report-only"),
    ("disabled", "Disabled"),
    ("idle", "Without effect"),
];

pub(crate) fn section_of(report: &Report, names: &Names<'_>) -> Markup {
    let policies = &report.policies;
    let idle = policies.iter().filter(|policy| is_idle(policy)).count();
    let lead = html! {
        "What each policy does that no other does"
        "."
        @if idle == 1 { " One of them has no effect of its own." }
        @if idle > 1 { " " (idle) " of " (policies.len()) " have no effect of their own." }
        @if let Some(measure) = &report.measure { " " (names.sentence(measure)) }
    };
    let body = html! {
        @if policies.is_empty() {
            p.none { "There is no policy." }
        } @else {
            (choices(policies))
            table.effects {
                caption.unseen { "Policies and their effect" }
                thead {
                    tr {
                        th scope="col" { "Policy" }
                        th scope="col" { "Asks for" }
                        th scope="col" { "Effect" }
                    }
                }
                tbody {
                    @for (position, policy) in policies.iter().enumerate() {
                        (row(position, policy, names))
                    }
                }
            }
        }
    };
    section("policies", "Policies", &lead, &body)
}

fn is_idle(policy: &Policy) -> bool {
    matches!(
        policy.effect,
        Effect::Absorbed { .. } | Effect::NeverApplies { .. }
    )
}

fn state_class(state: State) -> &'static str {
    match state {
        State::Enabled => "enabled",
        State::ReportOnly => "report-only",
        State::Disabled => "disabled",
    }
}

fn choices(policies: &[Policy]) -> Markup {
    let stays = |choice: &str| {
        let stay = |policy: &&Policy| match choice {
            "all" => true,
            "idle" => is_idle(policy),
            state => state == state_class(policy.state),
        };
        policies.iter().filter(stay).count()
    };
    html! {
        fieldset.choices {
            legend.unseen { "Which policies are shown" }
            @for (choice, word) in CHOICES {
                @if stays(choice) > 0 {
                    input type="radio" name="shown" id={ "show-" (choice) }
                        checked[choice == "all"];
                    label for={ "show-" (choice) } { (word) " " span { (stays(choice)) } }
                }
            }
        }
    }
}

fn row(position: usize, policy: &Policy, names: &Names<'_>) -> Markup {
    let idle = if is_idle(policy) { " idle" } else { "" };
    let state = state_class(policy.state);
    html! {
        tr id=(anchor_of(position)) class={ (state) (idle) } {
            th scope="row" {
                bdi { (title(&policy.name)) }
                @if policy.state != State::Enabled { " " span.state { (state) } }
                @if let Some(scope) = &policy.scope { span.meta { (names.sentence(scope)) } }
            }
            td.asks { (names.sentence(&policy.asks)) }
            td { (effect(policy.state, &policy.effect, names)) }
        }
    }
}

fn effect(state: State, effect: &Effect, names: &Names<'_>) -> Markup {
    match effect {
        Effect::Changes {
            share,
            sentence,
            witness,
        } => html! {
            @if let Some(share) = share { (bar(*share)) }
            p { (names.sentence(sentence)) }
            @if let Some(witness) = witness {
                p.witness { span.label { "For example" } " " (names.sentence(&witness.sentence)) }
            }
        },
        Effect::Absorbed { by } => html! {
            p {
                strong { "Changes nothing." }
                @for (index, name) in by.iter().enumerate() {
                    @if index == 0 { " Absorbed by " }
                    @else if index + 1 == by.len() { " and " }
                    @else { ", " }
                    (names.policy(name))
                }
                @if !by.is_empty() { "." }
            }
        },
        Effect::NeverApplies { sentence } => html! {
            p { strong { "Never applies." } " " (names.sentence(sentence)) }
        },
        Effect::Unknown(what) => html! {
            p { strong { "Unknown." } " " (names.sentence(what)) }
        },
        Effect::Off => html! {
            p.quiet { @if state == State::ReportOnly { "Only reports." } @else { "Disabled." } }
        },
    }
}

/// A share of a thousand as a bar with its number. A share that is not nothing can be seen.
fn bar(share: u16) -> Markup {
    let share = share.min(1000);
    let number = match share {
        0 => "< 0.1%".to_owned(),
        _ if share < 100 => format!("{}.{}%", share / 10, share % 10),
        _ => format!("{}%", (share + 5) / 10),
    };
    let width = format!("width:{}.{}%", share / 10, share % 10);
    html! {
        p.share {
            span.track aria-hidden="true" { span style=(width) {} }
            span.figure { (number) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn shares_are_rounded_to_what_can_be_seen() {
        let number = |share| {
            let html = bar(share).into_string();
            let from = html.rfind("figure\">").map_or(0, |at| at + 8);
            html[from..]
                .split('<')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(number(7), "0.7%");
        assert_eq!(number(126), "13%");
        assert_eq!(number(2000), "100%");
        assert_eq!(number(0), "&lt; 0.1%");
    }
}
