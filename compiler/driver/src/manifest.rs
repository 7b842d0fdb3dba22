//! `gatewright.toml`: what a project says about itself.

mod reading;

use gatewright_diagnostics::{Applicability, Diagnostic, Levels, codes};
use gatewright_hir::data::Table;
use gatewright_hir::model::Edition;
use gatewright_source::{SourceId, Span};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::Missing;

pub(crate) use reading::read;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComplianceSettings {
    /// Whether a device that no policy is assigned to counts as noncompliant.
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

/// Files and folders that a manifest speaks of, relative to its own folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The folders of libraries, by name.
    pub libraries: Vec<(String, String)>,
    /// Tables of known objects, by table, in order of the text.
    pub data: Vec<(Table, String)>,
}

impl References {
    /// Those of a manifest, as far as it can be understood; what cannot be, the compilation reports.
    #[must_use]
    pub fn of(manifest: &[u8]) -> References {
        let text = gatewright_source::decode(manifest).map(|decoded| decoded.text);
        let text = text.unwrap_or_default();
        let (table, _) = DeTable::parse_recoverable(&text);
        let mut references = References::default();
        for (name, path) in entries(table.get_ref().get("libraries")) {
            let path = path.get_ref().as_str().map(str::to_owned);
            references
                .libraries
                .extend(path.map(|path| (name.get_ref().to_string(), path)));
        }
        for (name, files) in entries(table.get_ref().get("data")) {
            let mut tables = Table::ALL.into_iter();
            let of = tables.find(|table| table.name() == name.get_ref().as_ref());
            let files = files.get_ref().as_array().into_iter().flatten();
            let files = files.filter_map(|file| Some((of?, file.get_ref().as_str()?.to_owned())));
            references.data.extend(files);
        }
        references
    }
}

/// Say what a manifest speaks of and is not there, where it does.
pub(crate) fn missing(source: SourceId, text: &str, missing: &Missing) -> Diagnostic {
    let (table, _) = DeTable::parse_recoverable(text);
    let libraries = entries(table.get_ref().get("libraries")).map(|(_, path)| path);
    let data = entries(table.get_ref().get("data"));
    let files = data.flat_map(|(_, files)| files.get_ref().as_array().into_iter().flatten());
    let mut paths = libraries.chain(files);
    let named = paths.find(|path| path.get_ref().as_str() == Some(&missing.path));
    let place = span(source, named.map(Spanned::span));
    let found = Diagnostic::new(codes::GW0801, place, missing.why.clone());
    match nearest(&missing.path, missing.near.iter().map(String::as_str)) {
        Some(near) => meant(found, near, &format!("\"{near}\"")),
        None => found,
    }
}

/// Say what is meant, probably, and offer to write that.
fn meant(found: Diagnostic, near: &str, written: &str) -> Diagnostic {
    let place = found.span();
    let found = found.help(format!("did you mean `{near}`?"));
    let title = format!("write `{near}`");
    found.fix(title, Applicability::Maybe, place, written)
}

/// The members of a table; none of anything else.
fn entries<'v, 't>(
    value: Option<&'v Spanned<DeValue<'t>>>,
) -> impl Iterator<Item = (&'v Spanned<DeString<'t>>, &'v Spanned<DeValue<'t>>)> {
    let table = value.and_then(|value| value.get_ref().as_table());
    table.into_iter().flatten()
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
    fn what_is_wrong_hides_nothing_else() {
        for text in ["name = 3", "name = \"x", "[lints]\nGW0401 = 1", "edition ="] {
            let text = format!("schema = \"s.gate\"\n{text}\n[libraries]\nbase = \"../base\"\n");
            let references = References::of(text.as_bytes());
            assert_eq!(references.libraries.len(), 1, "{text}");
            let (manifest, problems) = read(SourceId(0), &text);
            assert_eq!(manifest.schema.as_deref(), Some("s.gate"), "{text}");
            assert_eq!(problems.len(), 1, "{text}{problems:?}");
        }
        let text = "nam = \"x\"\n[compliance]\ncheck-in-day = 3\nsecure-by-default = 1\n\
                    [lints]\noptinal = \"warn\"\nno-policies = \"wran\"\n";
        let (_, problems) = read(SourceId(0), text);
        let fixes: Vec<&str> = problems
            .iter()
            .flat_map(|problem| &problem.fixes)
            .map(|fix| fix.edits[0].text.as_str())
            .collect();
        assert_eq!(problems.len(), 5, "{problems:?}");
        assert_eq!(fixes, ["name", "check-in-days", "optional", "\"warn\""]);
    }

    #[test]
    fn what_is_not_there_is_said_where_it_is_named() {
        let text = "[data]\napps = [\"a.txt\", \"data/aps.txt\"]\n";
        let missing_one = Missing {
            manifest: "gatewright.toml".to_owned(),
            path: "data/aps.txt".to_owned(),
            why: "it is not there".to_owned(),
            near: vec!["data/apps.txt".to_owned(), "data/other.txt".to_owned()],
        };
        let found = missing(SourceId(0), text, &missing_one);
        assert_eq!(&text[found.span().range()], "\"data/aps.txt\"");
        assert_eq!(found.help.as_deref(), Some("did you mean `data/apps.txt`?"));
        assert_eq!(found.fixes[0].edits[0].text, "\"data/apps.txt\"");
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
