//! The gaps: what is open, in sentences.

use maud::{Markup, html};

use super::{extent, nearly, section, witness};
use crate::model::{Found, Gap};
use crate::text::{Names, plain};

pub(crate) fn section_of(gaps: &Found<Gap>, names: &Names<'_>) -> Markup {
    let lead = html! { "Sign-ins at which no enforced policy asks for anything." };
    let none = "There is none: at every sign-in that can exist, something is required.";
    let body = html! {
        @if !gaps.items.is_empty() {
            ol.gaps { @for gap in &gaps.items { (item(gap, names)) } }
        }
        (extent(gaps, none, names))
    };
    section("gaps", "Gaps", &lead, &body)
}

/// LIMIT: exceptions that are shown unfolded.
const UNLESS_OPEN: usize = 3;

fn item(gap: &Gap, names: &Names<'_>) -> Markup {
    let has_more = gap.except.is_some() || !gap.unless.is_empty() || !gap.nearly.is_empty();
    html! {
        li.unnamed[gap.persona.is_none()].bare[!has_more] {
            @if let Some(persona) = &gap.persona { p.who { bdi { (plain(persona)) } } }
            div.what {
                h3 { (names.sentence(&gap.sentence)) }
                @if let Some(found) = &gap.witness { (witness(found, names)) }
            }
            @if has_more {
                div.then {
                    @if let Some(except) = &gap.except {
                        p.label { "Only where" }
                        p { (names.sentence(except)) }
                    }
                    (unless(&gap.unless, names))
                    (nearly(&gap.nearly, names))
                }
            }
        }
    }
}

/// Facts that come together, and lead out of a gap.
fn unless(all: &[String], names: &Names<'_>) -> Markup {
    let list = html! {
        ul.nearly { @for one in all { li { (names.sentence(one)) } } }
    };
    html! {
        @if all.len() > UNLESS_OPEN {
            details.request {
                summary { "Something is required in " (all.len()) " cases" }
                (list)
            }
        } @else if !all.is_empty() {
            p.label { "Something is required" }
            (list)
        }
    }
}
