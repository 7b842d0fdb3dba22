//! What the answers rest on: which sign-ins were taken to exist, and what was counted.

use maud::{Markup, html};

use super::section;
use crate::model::Assumption;
use crate::text::{Names, plain};

pub(crate) fn section_of(assumptions: &[Assumption], names: &Names<'_>) -> Markup {
    let lead = html! {
        "Proofs are about sign-ins that can exist. These assumptions say which do; "
        "each can be switched off, and the questions asked again."
    };
    let body = html! {
        @if assumptions.is_empty() {
            p.none { "Nothing was assumed." }
        } @else {
            table.basis {
                caption.unseen { "Assumptions" }
                thead {
                    tr {
                        th scope="col" { "Assumed" }
                        th scope="col" { "What it says" }
                    }
                }
                tbody {
                    @for assumption in assumptions {
                        tr {
                            td { @if assumption.is_on { "yes" } @else { strong { "no" } } }
                            th scope="row" {
                                div {
                                    (names.sentence(&assumption.sentence))
                                    span.meta { code { (plain(&assumption.name)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    section("basis", "What this rests on", &lead, &body)
}
