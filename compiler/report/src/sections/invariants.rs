//! The table of invariants: those of the project and those of the library, what is broken first.

use maud::{Markup, html};

use super::{nearly, section, verdict, witness};
use crate::model::{Invariant, Origin};
use crate::text::{Names, count, plain};

pub(crate) fn section_of(invariants: &[Invariant], names: &Names<'_>) -> Markup {
    let mut sorted: Vec<&Invariant> = invariants.iter().collect();
    sorted.sort_by_key(|invariant| invariant.verdict);
    let body = html! {
        @if sorted.is_empty() {
            p.none { "No invariant was asked about." }
        } @else {
            table.invariants {
                caption.unseen { "Properties of all sign-ins and whether they hold" }
                thead {
                    tr {
                        th scope="col" { "Verdict" }
                        th scope="col" { "Property" }
                        th scope="col" { "Why" }
                    }
                }
                tbody { @for invariant in sorted { (row(invariant, names)) } }
            }
        }
    };
    let lead = if invariants.is_empty() {
        html! { "What has to hold at every sign-in." }
    } else {
        lead(invariants)
    };
    section("invariants", "Properties", &lead, &body)
}

fn lead(invariants: &[Invariant]) -> Markup {
    let of = |origin: Origin| invariants.iter().filter(|i| i.origin == origin).count();
    html! {
        "What has to hold at every sign-in: "
        (count(of(Origin::Project), "invariant", "invariants")) " of the project, "
        (of(Origin::Library)) " from the library of controls. What is broken comes first."
    }
}

fn row(invariant: &Invariant, names: &Names<'_>) -> Markup {
    let origin = match invariant.origin {
        Origin::Project => "project",
        Origin::Library => "library",
    };
    html! {
        tr {
            td { (verdict(invariant.verdict)) }
            th scope="row" colspan=[has_nothing_to_add(invariant).then_some(2)] {
                div {
                    bdi { (plain(&invariant.name)) }
                    span.meta { (names.sentence(&invariant.sentence)) " · " (origin) }
                }
            }
            @if !has_nothing_to_add(invariant) {
                td {
                    @if let Some(note) = &invariant.note { p { (names.sentence(note)) } }
                    @if let Some(found) = &invariant.witness { (witness(found, names)) }
                    (nearly(&invariant.nearly, names))
                }
            }
        }
    }
}

/// A proof needs no reasons beside it: its row is a line.
fn has_nothing_to_add(invariant: &Invariant) -> bool {
    invariant.witness.is_none() && invariant.note.is_none() && invariant.nearly.is_empty()
}
