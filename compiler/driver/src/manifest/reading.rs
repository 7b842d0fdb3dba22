//! Reading a manifest: what can be understood counts, whatever is wrong beside it.

use std::ops::Range;

use gatewright_diagnostics::{Diagnostic, Level, codes};
use gatewright_hir::data::Table;
use gatewright_hir::model::Edition;
use gatewright_source::SourceId;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Manifest, entries, meant, nearest, span};

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

/// What `[compliance]` can have in it.
const COMPLIANCE: &[&str] = &["secure-by-default", "check-in-days"];

/// The levels of findings.
const LEVELS: &[&str] = &["allow", "hint", "warn", "deny"];

/// The name that stands for all findings that are off by default.
const OPTIONAL: &str = "optional";

type Name<'t> = Spanned<DeString<'t>>;
type Value<'t> = Spanned<DeValue<'t>>;

/// Read a manifest; what cannot be understood is reported and has its default.
pub(crate) fn read(source: SourceId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        source,
        manifest: Manifest::default(),
        problems: Vec::new(),
    };
    for (name, value) in table.get_ref() {
        reader.member(name, value);
    }
    if !errors.is_empty() {
        // What is broken is understood by guessing: the guesses are not reported on.
        reader.problems.clear();
        let mut last = None;
        for error in errors {
            let place = error.span().unwrap_or(0..0);
            let line = text
                .get(..place.start)
                .unwrap_or(text)
                .matches('\n')
                .count();
            if last.replace(line) != Some(line) {
                let message = error.message().lines().collect::<Vec<_>>().join(" ");
                reader.report(place, message, "");
            }
        }
    }
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.span().start);
    (reader.manifest, problems)
}

struct Reader {
    source: SourceId,
    manifest: Manifest,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn report(&mut self, range: Range<usize>, message: String, help: &str) {
        let place = span(self.source, Some(range));
        let found = Diagnostic::new(codes::GW0801, place, message);
        self.problems.push(if help.is_empty() {
            found
        } else {
            found.help(help)
        });
    }

    fn member(&mut self, name: &Name<'_>, value: &Value<'_>) {
        match name.get_ref().as_ref() {
            "name" => self.manifest.name = self.text(name, value),
            "tenant" => self.manifest.tenant = self.text(name, value),
            "edition" => {
                if let Some(edition) = self.text(name, value) {
                    self.edition(&edition, value.span());
                }
            }
            "schema" => {
                let schema = self.text(name, value);
                let schema = schema.filter(|schema| !schema.eq_ignore_ascii_case("entra"));
                let place = schema.as_ref().map(|_| value.span());
                self.manifest.schema_span = place.map(|place| span(self.source, Some(place)));
                self.manifest.schema = schema;
            }
            "security-defaults" => {
                if let Some(is_on) = self.flag(name, value) {
                    self.manifest.security_defaults = is_on;
                    let place = span(self.source, Some(value.span()));
                    self.manifest.security_defaults_span = Some(place);
                }
            }
            "lints" => self.lints(name, value),
            "compliance" => self.compliance(name, value),
            "libraries" => {
                self.table(name, value);
                for (name, path) in entries(Some(value)) {
                    self.text(name, path);
                }
            }
            "data" => self.data(name, value),
            other => {
                let message = format!("a manifest has no `{other}`");
                self.unknown(name, message, MEMBERS);
            }
        }
    }

    fn edition(&mut self, written: &str, place: Range<usize>) {
        match Edition::parse(written) {
            Some(parsed) if parsed > Edition::NEWEST => self.report(
                place,
                format!("the edition {parsed} is not known"),
                &format!("the newest edition is {}", Edition::NEWEST),
            ),
            Some(parsed) if parsed < Edition::oldest() => self.report(
                place,
                format!("the meaning of the edition {parsed} is not known"),
                &known_editions(),
            ),
            Some(parsed) => self.manifest.edition = parsed,
            None => self.report(
                place,
                format!("`{written}` is not an edition"),
                "write a year and a month, such as \"2026-06\"",
            ),
        }
    }

    fn lints(&mut self, name: &Name<'_>, value: &Value<'_>) {
        self.table(name, value);
        for (lint, level) in entries(Some(value)) {
            let Some(written) = self.text(lint, level) else {
                continue;
            };
            let Some(parsed) = Level::find(&written) else {
                let message = format!("`{written}` is not a level");
                let place = span(self.source, Some(level.span()));
                let found = Diagnostic::new(codes::GW0801, place, message);
                self.problems
                    .push(match nearest(&written, LEVELS.iter().copied()) {
                        Some(near) => meant(found, near, &format!("\"{near}\"")),
                        None => found.help("write allow, hint, warn or deny"),
                    });
                continue;
            };
            let name = lint.get_ref().as_ref();
            if let Err(error) = self.manifest.levels.set(name, parsed) {
                let place = span(self.source, Some(lint.span()));
                let found = Diagnostic::new(codes::GW0801, place, error.to_string());
                self.problems
                    .push(match nearest(name, [OPTIONAL].into_iter()) {
                        Some(near) => meant(found, near, near),
                        None => found,
                    });
            }
        }
    }

    fn compliance(&mut self, name: &Name<'_>, value: &Value<'_>) {
        self.table(name, value);
        for (name, value) in entries(Some(value)) {
            match name.get_ref().as_ref() {
                "secure-by-default" => {
                    self.manifest.compliance.is_secure_by_default = self.flag(name, value);
                }
                "check-in-days" => {
                    let written = value.get_ref().as_integer();
                    let Some(written) = written else {
                        self.mistyped(name, value, "a number of days");
                        continue;
                    };
                    let days = u16::from_str_radix(written.as_str(), written.radix()).ok();
                    let days = days.filter(|days| (1..=120).contains(days));
                    if days.is_none() {
                        let message = "`check-in-days` is between 1 and 120".to_owned();
                        self.report(value.span(), message, "");
                    }
                    self.manifest.compliance.check_in_days = days;
                }
                other => {
                    let message = format!("`[compliance]` has no `{other}`");
                    self.unknown(name, message, COMPLIANCE);
                }
            }
        }
    }

    fn data(&mut self, name: &Name<'_>, value: &Value<'_>) {
        self.table(name, value);
        let known: Vec<&str> = Table::ALL.into_iter().map(Table::name).collect();
        for (name, files) in entries(Some(value)) {
            if !known.contains(&name.get_ref().as_ref()) {
                let message = format!("there is no table `{}`", name.get_ref());
                self.unknown(name, message, &known);
                continue;
            }
            let Some(list) = files.get_ref().as_array() else {
                self.mistyped(name, files, "a list of files");
                continue;
            };
            for file in list.iter().filter(|file| !file.get_ref().is_str()) {
                self.mistyped(name, file, "a list of files");
            }
        }
    }

    fn text(&mut self, name: &Name<'_>, value: &Value<'_>) -> Option<String> {
        let found = value.get_ref().as_str().map(str::to_owned);
        if found.is_none() {
            self.mistyped(name, value, "a string");
        }
        found
    }

    fn flag(&mut self, name: &Name<'_>, value: &Value<'_>) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.mistyped(name, value, "`true` or `false`");
        }
        found
    }

    fn table(&mut self, name: &Name<'_>, value: &Value<'_>) {
        if !value.get_ref().is_table() {
            self.mistyped(name, value, "a table");
        }
    }

    fn mistyped(&mut self, name: &Name<'_>, value: &Value<'_>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a Boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` is {wanted}, not {found}", name.get_ref());
        self.report(value.span(), message, "");
    }

    fn unknown(&mut self, name: &Name<'_>, message: String, known: &[&str]) {
        let place = span(self.source, Some(name.span()));
        let found = Diagnostic::new(codes::GW0801, place, message);
        self.problems
            .push(match nearest(name.get_ref(), known.iter().copied()) {
                Some(near) => meant(found, near, near),
                None => found.help(format!("there are {}", known.join(", "))),
            });
    }
}

/// The editions with what changed.
fn known_editions() -> String {
    let known = Edition::KNOWN.iter();
    let known: Vec<String> = known
        .map(|(edition, what)| format!("{edition}: {what}"))
        .collect();
    format!("the editions are {}", known.join("; "))
}
