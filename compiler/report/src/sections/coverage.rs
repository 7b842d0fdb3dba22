//! The matrix: personas by platform, and in each cell the risks. What lets somebody in is a colour
//! and a letter; the colours differ in lightness too, so that they survive a grey printer.

use maud::{Markup, html};

use super::section;
use crate::model::{Access, Cell, Cells, Coverage, Persona};
use crate::text::{Names, count, plain};

/// Every level, weakest first: the order of the legend.
const LEVELS: [Access; 9] = [
    Access::Open,
    Access::Other,
    Access::Mfa,
    Access::ManagedDevice,
    Access::PhishingResistant,
    Access::ManagedDeviceAndMfa,
    Access::Blocked,
    Access::Unknown,
    Access::NoSignIn,
];

pub(crate) fn section_of(coverage: Option<&Coverage>, names: &Names<'_>) -> Markup {
    let lead = html! {
        "The weakest thing that gets a token there, over all apps, clients and places."
    };
    let body = match coverage {
        Some(coverage) if !coverage.personas.is_empty() => html! {
            (legend(coverage))
            (matrix(coverage))
            (open_cells(coverage, names))
        },
        Some(_) => html! { p.none { "There is no persona to ask about." } },
        None => html! { p.none { "Not asked." } },
    };
    section("coverage", "Coverage", &lead, &body)
}

/// How many parts of cells ask for nothing.
pub(crate) fn open_parts(coverage: &Coverage) -> usize {
    parts(coverage)
        .filter(|access| *access == Access::Open)
        .count()
}

fn parts(coverage: &Coverage) -> impl Iterator<Item = Access> + '_ {
    let cells = coverage
        .personas
        .iter()
        .flat_map(|persona| cells_of(&persona.cells));
    cells.flat_map(|cell| cell.by_risk.iter().copied())
}

fn cells_of(cells: &Cells) -> &[Cell] {
    match cells {
        Cells::ByPlatform(cells) => cells,
        Cells::Alike(cell) => std::slice::from_ref(cell),
    }
}

/// The class of the style sheet, the letter and the words of a level.
fn words(access: Access) -> (&'static str, &'static str, &'static str) {
    match access {
        Access::Open => ("open", "!", "nothing is asked"),
        Access::Other => ("other", "~", "something that is no proof"),
        Access::Mfa => ("mfa", "M", "MFA"),
        Access::ManagedDevice => ("device", "D", "managed device"),
        Access::PhishingResistant => ("strong", "P", "phishing-resistant MFA"),
        Access::ManagedDeviceAndMfa => ("both", "DM", "managed device and MFA"),
        Access::Blocked => ("blocked", "×", "blocked"),
        Access::Unknown => ("undecided", "?", "unknown"),
        Access::NoSignIn => ("never", "", "no such sign-in"),
    }
}

fn key(access: Access) -> Markup {
    let (class, letter, _) = words(access);
    html! { span class={ "key " (class) } aria-hidden="true" { (letter) } }
}

/// The levels that occur, weakest first, and how a cell is read.
fn legend(coverage: &Coverage) -> Markup {
    let occurs = |level: &&Access| parts(coverage).any(|access| access == **level);
    html! {
        div.legend {
            ul aria-label="Legend" {
                @for level in LEVELS.iter().filter(occurs) {
                    li { (key(*level)) (words(*level).2) }
                }
            }
            @if coverage.risks.len() > 1 {
                p {
                    "Within a cell, from left to right: sign-ins at "
                    @for (index, risk) in coverage.risks.iter().enumerate() {
                        @if index > 0 { ", " }
                        (ramp(index)) " " bdi { (plain(risk)) }
                    }
                    " risk."
                }
            }
        }
    }
}

/// The sign of a risk: a bar as high as the risk.
fn ramp(index: usize) -> Markup {
    html! { span class={ "ramp ramp-" (index.min(3)) } aria-hidden="true" {} }
}

fn matrix(coverage: &Coverage) -> Markup {
    html! {
        table.matrix.dense[coverage.platforms.len() > 6] {
            caption.unseen { "The weakest thing that gets a token, by persona, platform and risk" }
            thead {
                tr {
                    th scope="col" { "Persona" }
                    @for platform in &coverage.platforms {
                        th scope="col" {
                            bdi { (plain(platform)) }
                            span.strip.risks aria-hidden="true" {
                                @for index in 0..coverage.risks.len() { span { (ramp(index)) } }
                            }
                        }
                    }
                }
            }
            tbody { @for persona in &coverage.personas { (row(persona, coverage)) } }
        }
    }
}

fn row(persona: &Persona, coverage: &Coverage) -> Markup {
    html! {
        tr {
            th scope="row" {
                bdi { (plain(&persona.name)) }
                @if let Some(about) = &persona.about { span.meta { bdi { (plain(about)) } } }
            }
            @match &persona.cells {
                Cells::ByPlatform(cells) => {
                    @for (index, platform) in coverage.platforms.iter().enumerate() {
                        td data-platform=(plain(platform)) {
                            @if let Some(cell) = cells.get(index) { (strip(cell, coverage)) }
                        }
                    }
                },
                Cells::Alike(cell) => {
                    td.alike colspan=(coverage.platforms.len().max(1)) {
                        (strip(cell, coverage)) span.meta { "whatever the platform" }
                    }
                },
            }
        }
    }
}

/// The parts of a cell: to the eye a row of letters, to a reader a sentence.
fn strip(cell: &Cell, coverage: &Coverage) -> Markup {
    let risk = |index: usize| coverage.risks.get(index).map_or("", String::as_str);
    let part = |(index, access): (usize, &Access)| match risk(index) {
        "" => words(*access).2.to_owned(),
        name => format!("{name} risk: {}", words(*access).2),
    };
    let parts: Vec<String> = cell.by_risk.iter().enumerate().map(part).collect();
    html! {
        span.strip role="img" aria-label=(plain(&parts.join(", ")))  {
            @for (access, said) in cell.by_risk.iter().zip(&parts) {
                span class={ "key " (words(*access).0) } title=(plain(said)) {
                    (words(*access).1)
                }
            }
        }
    }
}

/// A sign-in for every cell in which nothing is asked.
fn open_cells(coverage: &Coverage, names: &Names<'_>) -> Markup {
    let mut found: Vec<(&str, &str, &str)> = Vec::new();
    for persona in &coverage.personas {
        for (index, cell) in cells_of(&persona.cells).iter().enumerate() {
            let is_open = cell.by_risk.contains(&Access::Open);
            if let Some(witness) = cell.witness.as_ref().filter(|_| is_open) {
                let platform = match &persona.cells {
                    Cells::ByPlatform(_) => coverage.platforms.get(index).map(String::as_str),
                    Cells::Alike(_) => Some("any platform"),
                };
                found.push((
                    &persona.name,
                    platform.unwrap_or_default(),
                    &witness.sentence,
                ));
            }
        }
    }
    html! {
        @if !found.is_empty() {
            details.examples {
                summary {
                    (count(found.len(), "cell asks for nothing", "cells ask for nothing"))
                    " somewhere: a sign-in for each"
                }
                dl {
                    @for (persona, platform, sentence) in found {
                        div {
                            dt { bdi { (plain(persona)) } ", " bdi { (plain(platform)) } }
                            dd { (names.sentence(sentence)) }
                        }
                    }
                }
            }
        }
    }
}
