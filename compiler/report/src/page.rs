//! The page itself: head, title, numbers that lead to the sections, and the sections in the order
//! of a board meeting: answers first, what they rest on last.

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::{Extent, Found, Report, State, Verdict};
use crate::sections::{answers, basis, coverage, findings, gaps, invariants, lock_out, policies};
use crate::text::{Names, count, plain};

/// Style of screen, narrow screen, dark screen and paper. Nothing of a caller goes in.
const STYLE: &str = include_str!("page.css");

/// Nothing is fetched and nothing is run, whatever a text on the page looks like.
const SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

/// The page of a report: one file of HTML.
#[must_use]
pub fn page(report: &Report) -> String {
    let names = Names::new(&report.policies);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(report))
            body {
                a.skip href="#main" { "Skip to the answers" }
                (opening(report))
                main id="main" {
                    (answers::section_of(&report.answers, &names))
                    (unanswered(report, &names))
                    (coverage::section_of(report.coverage.as_ref(), &names))
                    (gaps::section_of(&report.gaps, &names))
                    (lock_out::section_of(&report.lock_out, &names))
                    (findings::section_of(&report.findings, &names))
                    (invariants::section_of(&report.invariants, &names))
                    (policies::section_of(report, &names))
                    (basis::section_of(&report.assumptions, &names))
                }
                footer { p { (colophon(report)) } }
            }
        }
    };
    markup.into_string()
}

fn head(report: &Report) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(SECURITY_POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (heading(report)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn opening(report: &Report) -> Markup {
    html! {
        header {
            p.eyebrow { "Analysis of all sign-ins" }
            h1 { bdi { (heading(report)) } }
            dl.about {
                @if let Some(subject) = &report.subject {
                    div { dt { "Project" } dd { bdi { (plain(subject)) } } }
                }
                (about("Date", &report.date))
                (about("Edition", &report.edition))
                div { dt { "Policies" } dd { (states(report)) } }
            }
            nav aria-label="Contents" { ul.numbers { @for number in numbers(report) { (number) } } }
        }
    }
}

fn heading(report: &Report) -> Cow<'_, str> {
    match report.title.as_str() {
        "" => Cow::Borrowed("Who gets in, and how"),
        given => plain(given),
    }
}

fn about(term: &str, text: &str) -> Markup {
    html! {
        @if !text.is_empty() { div { dt { (term) } dd { bdi { (plain(text)) } } } }
    }
}

fn states(report: &Report) -> String {
    let of = |state: State| report.policies.iter().filter(|p| p.state == state).count();
    let parts = [
        (of(State::Enabled), "enabled"),
        (of(State::ReportOnly), "report-only"),
        (of(State::Disabled), "disabled"),
    ];
    let named: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, state)| format!("{number} {state}"))
        .collect();
    if named.is_empty() {
        return "none".to_owned();
    }
    format!("{}: {}", report.policies.len(), named.join(", "))
}

/// The sections with what is in them, as links.
fn numbers(report: &Report) -> Vec<Markup> {
    let of = |verdict: Verdict| {
        report
            .invariants
            .iter()
            .filter(|i| i.verdict == verdict)
            .count()
    };
    let proved = of(Verdict::Proved);
    let safe = report
        .lock_out
        .items
        .iter()
        .filter(|p| p.verdict == Verdict::Proved)
        .count();
    let open = report.coverage.as_ref().map(coverage::open_parts);
    let squares = match open {
        Some(1) => "square of the matrix asks for nothing",
        _ => "squares of the matrix ask for nothing",
    };
    let policies = match report.policies.len() {
        1 => "policy with its effect",
        _ => "policies, each with its effect",
    };
    vec![
        number(
            "coverage",
            &open.map_or("–".to_owned(), |open| open.to_string()),
            squares,
        ),
        number(
            "gaps",
            &found(&report.gaps),
            one_or("gap", "gaps", &report.gaps),
        ),
        number(
            "lock-out",
            &of_all(safe, report.lock_out.items.len()),
            "always get back in",
        ),
        number(
            "findings",
            &found(&report.findings),
            one_or("finding", "findings", &report.findings),
        ),
        number(
            "invariants",
            &of_all(proved, report.invariants.len()),
            "properties proved",
        ),
        number("policies", &report.policies.len().to_string(), policies),
    ]
}

fn number(section: &str, value: &str, what: &str) -> Markup {
    html! {
        li { a href={ "#" (section) } { strong { (value) } " " span { (what) } } }
    }
}

fn of_all(some: usize, all: usize) -> String {
    if all == 0 {
        "–".to_owned()
    } else {
        format!("{some} of {all}")
    }
}

fn one_or<T>(one: &'static str, many: &'static str, found: &Found<T>) -> &'static str {
    if found.items.len() == 1 { one } else { many }
}

/// A number that is only a lower bound says so.
fn found<T>(found: &Found<T>) -> String {
    match found.extent {
        Extent::All => found.items.len().to_string(),
        Extent::Stopped(_) => format!("≥ {}", found.items.len()),
        Extent::NotAsked if found.items.is_empty() => "–".to_owned(),
        Extent::NotAsked => found.items.len().to_string(),
    }
}

fn unanswered(report: &Report, names: &Names<'_>) -> Markup {
    html! {
        @if !report.exhausted.is_empty() {
            div.notice role="note" {
                p {
                    strong { "Not everything was answered. " }
                    (count(report.exhausted.len(), "budget", "budgets"))
                    " ended before the answer; what hangs on it is marked unknown, "
                    "and nothing was guessed."
                }
                ul { @for what in &report.exhausted { li { (names.sentence(what)) } } }
            }
        }
    }
}

fn colophon(report: &Report) -> Markup {
    html! {
        "Proved means: for every sign-in that can exist, not for a sample. "
        "This page needs no network and runs no script."
        @if !report.generator.is_empty() { " Made by " bdi { (plain(&report.generator)) } "." }
        @if let Some(bundle) = &report.bundle {
            br;
            "The policies compile to the bundle " code { (plain(bundle)) } "."
        }
    }
}
