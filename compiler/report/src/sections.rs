//! The sections of the page, a module each, and what several of them show.

pub(crate) mod answers;
pub(crate) mod basis;
pub(crate) mod coverage;
pub(crate) mod findings;
pub(crate) mod gaps;
pub(crate) mod invariants;
pub(crate) mod lock_out;
pub(crate) mod policies;

use maud::{Markup, html};

use crate::model::{Extent, Found, Nearly, Verdict, Witness};
use crate::text::{Names, plain};

/// A section with its heading. Its identifier is what the table of contents links to.
fn section(id: &str, heading: &str, lead: &Markup, body: &Markup) -> Markup {
    let heading_id = format!("{id}-heading");
    html! {
        section id=(id) aria-labelledby=(heading_id) {
            div.opening {
                h2 id=(heading_id) { (heading) }
                p.lead { (lead) }
            }
            (body)
        }
    }
}

/// A verdict as a word with its sign, so that no colour is needed to read it.
fn verdict(verdict: Verdict) -> Markup {
    let (class, sign, word) = match verdict {
        Verdict::Proved => ("proved", "✓", "proved"),
        Verdict::Refuted => ("refuted", "✕", "refuted"),
        Verdict::Unknown => ("undecided", "?", "unknown"),
    };
    html! {
        span class={ "verdict " (class) } { span.sign aria-hidden="true" { (sign) } (word) }
    }
}

/// A sign-in in words; the request behind it can be unfolded.
fn witness(witness: &Witness, names: &Names<'_>) -> Markup {
    html! {
        p.witness { span.label { "For example" } " " (names.sentence(&witness.sentence)) }
        @if let Some(request) = &witness.request {
            details.request {
                summary { "The sign-in as a request" }
                pre tabindex="0" { code { (plain(request)) } }
            }
        }
    }
}

/// The policies that nearly cover a witness, each with what let it through.
fn nearly(policies: &[Nearly], names: &Names<'_>) -> Markup {
    html! {
        @if !policies.is_empty() {
            p.label { "Nearly covered by" }
            ul.nearly {
                @for near in policies {
                    li { (names.policy(&near.policy)) ": " (names.sentence(&near.condition)) }
                }
            }
        }
    }
}

/// Names of policies, one a line.
fn policy_list(policies: &[String], names: &Names<'_>) -> Markup {
    html! {
        @if !policies.is_empty() {
            ul.policies { @for name in policies { li { (names.policy(name)) } } }
        }
    }
}

/// What a search says beside its items: that there are none, that it stopped, that nobody asked.
fn extent<T>(found: &Found<T>, none: &str, names: &Names<'_>) -> Markup {
    html! {
        @match &found.extent {
            Extent::All if found.items.is_empty() => p.none { (none) },
            Extent::All => {},
            Extent::Stopped(what) => p.notice {
                strong { "There may be more." } " " (names.sentence(what))
            },
            Extent::NotAsked if found.items.is_empty() => p.none { "Not asked." },
            Extent::NotAsked => {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(items: Vec<u8>, extent_of: Extent) -> String {
        let found = Found {
            items,
            extent: extent_of,
        };
        extent(&found, "None.", &Names::new(&[])).into_string()
    }

    #[test]
    fn no_items_are_none_only_where_the_search_came_to_its_end() {
        assert!(said(vec![], Extent::All).contains("None."));
        assert!(said(vec![], Extent::NotAsked).contains("Not asked."));
        let stopped = said(vec![], Extent::Stopped("1 s went by.".to_owned()));
        assert!(stopped.contains("1 s went by.") && !stopped.contains("None."));
        assert_eq!(said(vec![1], Extent::All), "");
    }
}
