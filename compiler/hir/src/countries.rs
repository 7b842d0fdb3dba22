//! Country codes: ISO 3166-1 alpha-2, and what people write in place of one.
//!
//! A code that is not here may be newly assigned, so that it is never more than a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;

const TABLE: &str = include_str!("../data/countries.txt");

#[derive(Default)]
struct Countries {
    assigned: BTreeSet<&'static str>,
    meant: BTreeMap<&'static str, &'static str>,
}

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let mut countries = Countries::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once('=') {
            Some((written, code)) => {
                countries.meant.insert(written.trim(), code.trim());
            }
            None => countries.assigned.extend(line.split_whitespace()),
        }
    }
    countries
});

/// The codes that are assigned, in order.
pub fn assigned() -> impl Iterator<Item = &'static str> {
    COUNTRIES.assigned.iter().copied()
}

/// What is wrong with two letters that are no country's.
#[must_use]
pub fn no_such_country(span: Span, written: &str) -> Option<Diagnostic> {
    let code = written.to_ascii_uppercase();
    if COUNTRIES.assigned.contains(code.as_str()) {
        return None;
    }
    let found = Diagnostic::new(codes::GW0499, span, format!("there is no country `{code}`"))
        .because("not assigned in ISO 3166-1, so nobody is there");
    Some(match COUNTRIES.meant.get(code.as_str()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            *meant,
        ),
        None => found.help("look the code up; one that is newly assigned may be right"),
    })
}

#[cfg(test)]
mod tests {
    use gatewright_source::SourceId;

    use super::*;

    #[test]
    fn every_code_is_known_once_and_what_is_meant_is_one() {
        let codes: Vec<&str> = TABLE
            .lines()
            .filter(|line| !line.contains(['#', '=']))
            .flat_map(str::split_whitespace)
            .collect();
        assert_eq!(codes.len(), 250);
        assert_eq!(COUNTRIES.assigned.len(), codes.len());
        for (written, meant) in &COUNTRIES.meant {
            assert!(COUNTRIES.assigned.contains(meant), "{meant}");
            assert!(!COUNTRIES.assigned.contains(written), "{written}");
        }
        let of = |code| no_such_country(Span::new(SourceId(0), 0, 2), code);
        assert!(of("nl").is_none() && of("XK").is_none());
        let title = of("uk").and_then(|found| found.fixes.first().map(|fix| fix.title.clone()));
        assert_eq!(title.as_deref(), Some("write `GB`"));
        assert!(of("ZZ").is_some_and(|found| found.fixes.is_empty() && !found.is_unreadable()));
    }
}
