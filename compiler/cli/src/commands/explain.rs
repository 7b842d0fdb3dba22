//! `gatewright explain`: the page of a diagnostic or of an edition.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use gatewright_diagnostics::{Code, Level, Levels, Severity, codes};
use gatewright_hir::model::Edition;

use crate::args::Explain;
use crate::outcome::Outcome;
use crate::terminal::Terminal;

/// The page of each edition that changed a meaning.
const EDITIONS: &[(&str, &str)] = &[
    (
        "2025-01",
        include_str!("../../../../docs/editions/2025-01.md"),
    ),
    (
        "2026-06",
        include_str!("../../../../docs/editions/2026-06.md"),
    ),
];

/// Print the page, or the list of all codes.
pub(crate) fn run(args: &Explain, terminal: &Terminal) -> Result<Outcome> {
    let Some(name) = &args.code else {
        terminal.print(&list())?;
        return Ok(Outcome::Yes);
    };
    if name == "editions" {
        terminal.print(&editions())?;
        return Ok(Outcome::Yes);
    }
    if let Some(edition) = Edition::parse(name) {
        terminal.print(page(edition)?)?;
        return Ok(Outcome::Yes);
    }
    match Code::find(name) {
        Some(code) => {
            terminal.print(code.page())?;
            Ok(Outcome::Yes)
        }
        // Setting the level of a code that there is not says which one is meant.
        None => match Levels::default().set(name, Level::Deny) {
            Err(error) => bail!("{error}; `gatewright explain` lists them all"),
            Ok(()) => bail!("there is no diagnostic `{name}`"),
        },
    }
}

/// The page of the edition that holds what this one means.
fn page(edition: Edition) -> Result<&'static str> {
    let (oldest, newest) = (Edition::oldest(), Edition::NEWEST);
    if !(oldest..=newest).contains(&edition) {
        bail!("{edition} is not an edition between {oldest} and {newest}");
    }
    let known = Edition::KNOWN.iter().rev();
    let meant = known
        .map(|(known, _)| known)
        .find(|known| **known <= edition);
    let name = meant.map(ToString::to_string);
    let page = EDITIONS
        .iter()
        .find(|(known, _)| name.as_deref() == Some(known));
    page.map(|(_, page)| *page)
        .with_context(|| format!("the edition {edition} has no page"))
}

fn editions() -> String {
    let mut text = String::new();
    for (edition, what) in Edition::KNOWN {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{edition}  {what}");
    }
    text
}

fn list() -> String {
    let mut text = String::new();
    for code in codes::all() {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}  {:<34} {:<8} {}",
            code.name(),
            code.slug(),
            severity,
            code.summary()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edition_has_its_page() {
        for (edition, _) in Edition::KNOWN {
            let title = format!("# Edition {edition}\n");
            assert!(page(*edition).unwrap().starts_with(&title), "{edition}");
        }
        let between = page(Edition::parse("2025-12").unwrap()).unwrap();
        assert!(between.starts_with("# Edition 2025-01\n"));
        assert!(page(Edition::parse("2024-12").unwrap()).is_err());
    }
}
