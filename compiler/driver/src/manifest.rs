//! `gatewright.toml`: what a project says about itself.

use std::collections::BTreeMap;

use gatewright_diagnostics::{Diagnostic, Level, Levels, codes};
use gatewright_hir::data::Table;
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
    /// Where the schema file's path is written.
    pub(crate) schema_span: Option<Span>,
    /// Lint levels.
    pub levels: Levels,
    /// Whether the tenant has security defaults switched on.
    pub security_defaults: bool,
    /// Where it is said whether they are; `None` where nothing is said.
    pub(crate) security_defaults_span: Option<Span>,
    /// The tenant's settings for device compliance.
    pub compliance: ComplianceSettings,
}

/// The tenant's settings for device compliance; `None` is not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ComplianceSettings {
    /// Whether a device that no policy is assigned to counts as noncompliant.
    #[serde(rename = "secure-by-default")]
    pub is_secure_by_default: Option<bool>,
    /// Days after which a device that has not reported counts as noncompliant.
    pub check_in_days: Option<u16>,
}

impl Default for Manifest {
    fn default() -> Self {
        Manifest {
            name: None,
            edition: Edition::NEWEST,
            tenant: None,
            schema: None,
            schema_span: None,
            levels: Levels::default(),
            security_defaults: false,
            security_defaults_span: None,
            compliance: ComplianceSettings::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    name: Option<String>,
    edition: Option<Spanned<String>>,
    tenant: Option<String>,
    schema: Option<Spanned<String>>,
    #[serde(default)]
    lints: BTreeMap<Spanned<String>, Spanned<String>>,
    security_defaults: Option<Spanned<bool>>,
    compliance: Option<Spanned<ComplianceSettings>>,
    #[serde(default)]
    libraries: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    data: BTreeMap<Spanned<String>, Vec<String>>,
}

/// Files and folders that a manifest speaks of, relative to its own folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The folders of libraries, by name.
    pub libraries: Vec<(String, String)>,
    /// Tables of known objects, by table, in order of the text.
    pub data: Vec<(Table, String)>,
}

impl References {
    /// Those of a manifest; none where it cannot be understood, which the compilation reports.
    #[must_use]
    pub fn of(manifest: &[u8]) -> References {
        let text = gatewright_source::decode(manifest).map(|decoded| decoded.text);
        let raw = text.ok().and_then(|text| toml::from_str::<Raw>(&text).ok());
        let Some(raw) = raw else {
            return References::default();
        };
        let libraries = raw.libraries.into_iter();
        let data = raw.data.into_iter().filter_map(|(name, files)| {
            let table = Table::ALL.into_iter().find(|t| t.name() == name.as_ref())?;
            Some(files.into_iter().map(move |file| (table, file)))
        });
        References {
            libraries: libraries
                .map(|(name, path)| (name, path.into_inner()))
                .collect(),
            data: data.flatten().collect(),
        }
    }
}

/// What a manifest can have in it.
const MEMBERS: &[&str] = &[
    "name",
    "edition",
    "tenant",
    "schema",
    "lints",
    "security-defaults",
    "libraries",
    "data",
    "compliance",
];

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
    for (range, name) in unknown_members(text) {
        let help = nearest(&name, MEMBERS.iter().copied()).map_or_else(
            || format!("there are {}", MEMBERS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        report(Some(range), format!("a manifest has no `{name}`"), &help);
    }
    let schema = raw
        .schema
        .filter(|s| !s.as_ref().eq_ignore_ascii_case("entra"));
    let mut manifest = Manifest {
        name: raw.name,
        tenant: raw.tenant,
        schema_span: schema
            .as_ref()
            .map(|schema| span(source, Some(schema.span()))),
        schema: schema.map(Spanned::into_inner),
        security_defaults: raw
            .security_defaults
            .as_ref()
            .is_some_and(|on| *on.as_ref()),
        security_defaults_span: raw
            .security_defaults
            .as_ref()
            .map(|on| span(source, Some(on.span()))),
        ..Manifest::default()
    };
    if let Some(edition) = raw.edition {
        match Edition::parse(edition.as_ref()) {
            Some(parsed) if parsed > Edition::NEWEST => report(
                Some(edition.span()),
                format!("the edition {parsed} is not known"),
                &format!("the newest edition is {}", Edition::NEWEST),
            ),
            Some(parsed) if parsed < Edition::oldest() => report(
                Some(edition.span()),
                format!("the meaning of the edition {parsed} is not known"),
                &known_editions(),
            ),
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
    for table in raw.data.keys() {
        let names = || Table::ALL.into_iter().map(Table::name);
        if names().any(|name| name == table.as_ref()) {
            continue;
        }
        let help = nearest(table.as_ref(), names()).map_or_else(
            || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no table `{}`", table.as_ref());
        report(Some(table.span()), message, &help);
    }
    if let Some(compliance) = raw.compliance {
        let days = compliance.as_ref().check_in_days;
        if days.is_some_and(|days| !(1..=120).contains(&days)) {
            let message = "`check-in-days` is between 1 and 120".to_owned();
            report(Some(compliance.span()), message, "");
        } else {
            manifest.compliance = compliance.into_inner();
        }
    }
    (manifest, problems)
}

/// The editions with what changed.
fn known_editions() -> String {
    let known = Edition::KNOWN.iter();
    let known: Vec<String> = known
        .map(|(edition, what)| format!("{edition}: {what}"))
        .collect();
    format!("the editions are {}", known.join("; "))
}

/// The members of the top level that a manifest does not have.
fn unknown_members(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let members: BTreeMap<Spanned<String>, toml::Value> = toml::from_str(text).unwrap_or_default();
    let names = members
        .into_keys()
        .map(|name| (name.span(), name.into_inner()));
    let mut unknown: Vec<_> = names
        .filter(|(_, name)| !MEMBERS.contains(&name.as_str()))
        .collect();
    unknown.sort_by_key(|(range, _)| range.start);
    unknown
}

/// Say that the schema file is none of the project's, or declares no schema. `files` has each text
/// of the project with whether it declares one.
pub(crate) fn check_schema(
    manifest: &Manifest,
    own: &str,
    files: &[(&str, bool)],
) -> Option<Diagnostic> {
    let (schema, span) = (manifest.schema.as_deref()?, manifest.schema_span?);
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let within = |path: &str| -> String {
        let inner = path.strip_prefix(folder).unwrap_or(path);
        inner.trim_start_matches('/').to_owned()
    };
    let wanted = schema.replace('\\', "/");
    let wanted = wanted.trim_start_matches("./");
    let message = match files.iter().find(|(path, _)| within(path) == wanted) {
        Some((_, true)) => return None,
        Some((_, false)) => format!("`{schema}` declares no schema"),
        None => format!("the project has no file `{schema}`"),
    };
    let problem = Diagnostic::new(codes::GW0801, span, message);
    let declared = files.iter().filter(|(_, declares)| *declares);
    let declared: Vec<String> = declared.map(|(path, _)| within(path)).collect();
    let all: Vec<String> = files.iter().map(|(path, _)| within(path)).collect();
    let near = match declared.as_slice() {
        [only] => Some(only.as_str()),
        _ => nearest(wanted, all.iter().map(String::as_str)),
    };
    Some(match near.filter(|near| *near != wanted) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("name the file that declares the schema, or remove `schema`"),
    })
}

/// The known word that is meant, probably.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > 100 {
        return None;
    }
    let distances = known.map(|k| (strsim::damerau_levenshtein(word, k), k));
    let best = distances.min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1 + word.len() / 6).then_some(best.1)
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
    fn a_schema_must_be_a_file_of_the_project_that_declares_one() {
        let files = [("p/schema.gate", true), ("p/sub/a.gate", false)];
        let said = |schema: &str| {
            let (manifest, _) = read(SourceId(0), &format!("schema = \"{schema}\""));
            let found = check_schema(&manifest, "p/gatewright.toml", &files);
            found.map(|d| (d.message, d.help.unwrap_or_default()))
        };
        assert_eq!(said("schema.gate"), None);
        assert_eq!(said("./schema.gate"), None);
        let (message, help) = said("shema.gate").unwrap();
        assert!(message.contains("no file `shema.gate`"), "{message}");
        assert!(help.contains("`schema.gate`?"), "{help}");
        assert!(said("sub/a.gate").unwrap().0.contains("declares no schema"));
    }

    #[test]
    fn what_is_not_known_yet_is_said() {
        let (_, problems) = read(SourceId(0), "edition = \"2099-01\"");
        assert!(format!("{:?}", problems[0]).contains("the newest edition is 2026-06"));
        let (_, problems) = read(SourceId(0), "editon = \"2026-06\"");
        assert!(format!("{:?}", problems[0]).contains("did you mean `edition`?"));
    }

    #[test]
    fn settings_of_the_tenant_are_read() {
        let text = "security-defaults = false\n[compliance]\nsecure-by-default = true\n";
        let (manifest, problems) = read(SourceId(0), text);
        assert!(problems.is_empty(), "{problems:?}");
        let wanted = ComplianceSettings {
            is_secure_by_default: Some(true),
            check_in_days: None,
        };
        assert_eq!(manifest.compliance, wanted);
        assert!(!manifest.security_defaults && manifest.security_defaults_span.is_some());
        for wrong in [
            "check-in-days = 121",
            "check-in-day = 30",
            "secure-by-default = 1",
        ] {
            let (_, problems) = read(SourceId(0), &format!("[compliance]\n{wrong}"));
            assert_eq!(problems.len(), 1, "{wrong}");
        }
    }

    #[test]
    fn an_edition_before_the_oldest_is_an_error_with_the_list() {
        let (manifest, problems) = read(SourceId(0), "edition = \"2019-12\"");
        assert_eq!(manifest.edition, Edition::NEWEST);
        let help = problems[0].help.as_deref().unwrap();
        assert!(
            help.contains("2025-01") && help.contains("2026-06"),
            "{help}"
        );
        let (manifest, problems) = read(SourceId(0), "edition = \"2025-11\"");
        assert!(problems.is_empty() && manifest.edition < Edition::NEWEST);
    }

    #[test]
    fn every_code_whose_level_can_be_set_is_known_by_name_and_by_slug() {
        for code in
            codes::all().filter(|code| code.class() == gatewright_diagnostics::Class::Service)
        {
            let text = format!(
                "[lints]\n{} = \"warn\"\n{} = \"hint\"",
                code.name(),
                code.slug()
            );
            let (_, problems) = read(SourceId(0), &text);
            assert!(problems.is_empty(), "{code:?}: {problems:?}");
        }
    }

    #[test]
    fn libraries_and_tables_are_told_with_their_paths() {
        let text = "[libraries]\nbase = \"../base\"\n[data]\napps = [\"a.txt\", \"b.txt\"]";
        let references = References::of(text.as_bytes());
        assert_eq!(
            references.libraries,
            [("base".to_owned(), "../base".to_owned())]
        );
        let data = [
            (Table::Apps, "a.txt".to_owned()),
            (Table::Apps, "b.txt".to_owned()),
        ];
        assert_eq!(references.data, data);
        let (_, problems) = read(SourceId(0), "[data]\napp = [\"a.txt\"]");
        assert!(
            format!("{problems:?}").contains("did you mean `apps`?"),
            "{problems:?}"
        );
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
