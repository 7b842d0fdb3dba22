//! The answers that come first.

use maud::{Markup, html};

use super::{section, verdict};
use crate::model::{Answer, Verdict};
use crate::text::Names;

pub(crate) fn section_of(answers: &[Answer], names: &Names<'_>) -> Markup {
    let lead = html! {
        "About every sign-in that can exist. "
        em { "Proved" } " means there is no exception, "
        em { "refuted" } " that there is one and here it is."
    };
    let body = html! {
        @if answers.is_empty() {
            p.none { "No question was asked." }
        } @else {
            ul.answers { @for answer in answers { (item(answer, names)) } }
        }
    };
    section("answers", "The answers", &lead, &body)
}

fn item(answer: &Answer, names: &Names<'_>) -> Markup {
    let class = match answer.verdict {
        Verdict::Proved => "is-proved",
        Verdict::Refuted => "is-refuted",
        Verdict::Unknown => "is-undecided",
    };
    html! {
        li class=(class) {
            (verdict(answer.verdict))
            h3 { (names.sentence(&answer.claim)) }
            @if !answer.because.is_empty() { p { (names.sentence(&answer.because)) } }
        }
    }
}
