//! `gatewright.toml`: what a project says about itself.

use std::collections::BTreeMap;

use gatewright_diagnostics::{Diagnostic, Level, Levels, codes};
use gatewright_hir::model::Edition;
use gatewright_source::{SourceId, Span};
use serde::Deserialize;
use toml::Spanned;

/// What a project says about itself, with defaults filled in.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The project's name.
    pub name: Option<String>,
    /// Which meaning of the service.
    pub edition: Edition,
    /// The tenant's id.
    pub tenant: Option<String>,
    /// The schema file's path, relative to the manifest; `None` for Entra's.
    pub schema: Option<String>,
    /// Lint levels.
    pub levels: Levels,
    /// Whether the tenant has security defaults switched on.
    pub security_defaults: bool,
}

impl Default for Manifest {
    fn default() -> Self {
        Manifest {
            name: None,
            edition: Edition::NEWEST,
            tenant: None,
            schema: None,
            levels: Levels::default(),
            security_defaults: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    name: Option<String>,
    edition: Option<Spanned<String>>,
    tenant: Option<String>,
    schema: Option<String>,
    #[serde(default)]
    lints: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    security_defaults: bool,
}

/// Read a manifest; what cannot be understood is reported and has its default.
pub(crate) fn read(source: SourceId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut report = |range: Option<std::ops::Range<usize>>, message: String, help: &str| {
        let diagnostic = Diagnostic::new(codes::GW0801, span(source, range), message);
        problems.push(if help.is_empty() {
            diagnostic
        } else {
            diagnostic.help(help)
        });
    };
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            report(error.span(), message, "");
            return (Manifest::default(), problems);
        }
    };
    let mut manifest = Manifest {
        name: raw.name,
        tenant: raw.tenant,
        schema: raw
            .schema
            .filter(|schema| !schema.eq_ignore_ascii_case("entra")),
        security_defaults: raw.security_defaults,
        ..Manifest::default()
    };
    if let Some(edition) = raw.edition {
        match Edition::parse(edition.as_ref()) {
            Some(parsed) => manifest.edition = parsed,
            None => report(
                Some(edition.span()),
                format!("`{}` is not an edition", edition.as_ref()),
                "write a year and a month, such as \"2026-06\"",
            ),
        }
    }
    for (lint, level) in &raw.lints {
        let Some(parsed) = Level::find(level.as_ref()) else {
            report(
                Some(level.span()),
                format!("`{}` is not a level", level.as_ref()),
                "write allow, hint, warn or deny",
            );
            continue;
        };
        if let Err(error) = manifest.levels.set(lint.as_ref(), parsed) {
            report(Some(lint.span()), error.to_string(), "");
        }
    }
    (manifest, problems)
}

fn span(source: SourceId, range: Option<std::ops::Range<usize>>) -> Span {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    range.map_or(Span::new(source, 0, 0), |r| {
        Span::new(source, at(r.start), at(r.end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_newest_edition_and_entra() {
        let (manifest, problems) = read(SourceId(0), "name = \"x\"\nschema = \"Entra\"");
        assert!(problems.is_empty());
        assert_eq!((manifest.edition, manifest.schema), (Edition::NEWEST, None));
    }

    #[test]
    fn an_invalid_manifest_is_named_with_its_place() {
        for (text, at, words) in [
            ("name = 3", 7..8, "string"),
            ("editon = \"2026-06\"", 0..6, "editon"),
            ("edition = \"2026-13\"", 10..19, "2026-13"),
            ("[lints]\nno-such-lint = \"warn\"", 8..20, "no-such-lint"),
            ("[lints]\nno-policies = \"loud\"", 22..28, "loud"),
        ] {
            let (_, problems) = read(SourceId(0), text);
            let [problem] = problems.as_slice() else {
                panic!("{text}: {problems:?}")
            };
            assert!(
                problem.message.contains(words),
                "{text}: {}",
                problem.message
            );
            assert_eq!(problem.span().range(), at, "{text}");
        }
    }
}
