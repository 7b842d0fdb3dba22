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

fn item(gap: &Gap, names: &Names<'_>) -> Markup {
    html! {
        li.unnamed[gap.persona.is_none()] {
            @if let Some(persona) = &gap.persona { p.who { bdi { (plain(persona)) } } }
            div.what {
                h3 { (names.sentence(&gap.sentence)) }
                @if let Some(found) = &gap.witness { (witness(found, names)) }
                @if let Some(except) = &gap.except {
                    details.request {
                        summary { "What it leaves out" }
                        p { (names.sentence(except)) }
                    }
                }
            }
            @if !gap.nearly.is_empty() { div.then { (nearly(&gap.nearly, names)) } }
        }
    }
}
