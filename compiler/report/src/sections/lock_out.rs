//! Lock-out: whether those who repair things can always get in.

use maud::{Markup, html};

use super::{extent, policy_list, section, verdict, witness};
use crate::model::{Found, Principal};
use crate::text::{Names, plain};

pub(crate) fn section_of(principals: &Found<Principal>, names: &Names<'_>) -> Markup {
    let lead = html! {
        "Whether somebody can always get in to repair a mistake, given the right proofs."
    };
    let none =
        "There is nobody to ask about: no administrator and no break-glass account is named.";
    let body = html! {
        @if !principals.items.is_empty() {
            table.lock-out {
                caption.unseen { "Who can always get in" }
                thead {
                    tr {
                        th scope="col" { "Verdict" }
                        th scope="col" { "Who" }
                        th scope="col" { "Why" }
                    }
                }
                tbody { @for principal in &principals.items { (row(principal, names)) } }
            }
        }
        (extent(principals, none, names))
    };
    section("lock-out", "Lock-out", &lead, &body)
}

fn row(principal: &Principal, names: &Names<'_>) -> Markup {
    html! {
        tr {
            td { (verdict(principal.verdict)) }
            th scope="row" {
                bdi { (plain(&principal.name)) }
                span.meta { (names.sentence(&principal.claim)) }
            }
            td {
                p { (names.sentence(&principal.because)) }
                @if let Some(found) = &principal.witness { (witness(found, names)) }
                @if !principal.policies.is_empty() {
                    p.label { "Kept out by" }
                    (policy_list(&principal.policies, names))
                }
            }
        }
    }
}
