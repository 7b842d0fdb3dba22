//! A finding of the compiler as a finding of the protocol.

use std::collections::BTreeMap;
use std::sync::Arc;

use gatewright_diagnostics::{Applicability, Diagnostic, Fix, Label, Severity};
use gatewright_source::{Source, Span};
use gen_lsp_types as lsp;
use serde_json::{Value, json};

use super::Said;
use crate::client::Abilities;
use crate::positions;
use crate::projects::Project;
use crate::uri::Key;

/// Who says it.
const SAID_BY: &str = "gatewright";

/// Findings about text that may as well not be there.
const UNNECESSARY: &[&str] = &[
    "unused-suppression",
    "unused-parameter",
    "redundant-policy",
    "duplicate-clause",
];

/// Findings about what should not be used any more.
const DEPRECATED: &[&str] = &["deprecated-attribute", "retired-part"];

/// What is said of the files of a project: what the compiler found, what is wrong with its
/// invariants, and why it cannot be read.
pub(super) fn said(project: &Project, abilities: &Abilities) -> BTreeMap<Key, Said> {
    let mut found: BTreeMap<Key, (lsp::Uri, Vec<lsp::Diagnostic>)> = BTreeMap::new();
    let mut say = |(key, uri): &(Key, lsp::Uri), diagnostic| {
        let entry = found.entry(key.clone());
        let (_, all) = entry.or_insert_with(|| (uri.clone(), Vec::new()));
        all.push(diagnostic);
    };
    if let Some(snapshot) = &project.snapshot {
        let converter = Converter { project, abilities };
        let diagnostics = &snapshot.compilation().diagnostics;
        for diagnostic in diagnostics.iter().chain(&project.refuted) {
            if let Some((_, place)) = converter.place(diagnostic.span()) {
                say(place, converter.diagnostic(diagnostic));
            }
        }
    }
    if let Some(trouble) = &project.trouble {
        let manifest = project.names.iter().find(|(key, _)| key.is_manifest());
        if let Some(place) = manifest.or_else(|| project.names.iter().next()) {
            say(place, unreadable(trouble));
        }
    }
    let said = found.into_iter().map(|(key, (uri, diagnostics))| {
        let said = Said {
            uri,
            version: None,
            diagnostics: Arc::from(diagnostics),
        };
        (key, said)
    });
    said.collect()
}

/// The project as a whole cannot be read.
fn unreadable(trouble: &str) -> lsp::Diagnostic {
    lsp::Diagnostic {
        severity: Some(lsp::DiagnosticSeverity::Error),
        source: Some(SAID_BY.to_owned()),
        message: lsp::Message::String(trouble.to_owned()),
        ..empty()
    }
}

fn empty() -> lsp::Diagnostic {
    lsp::Diagnostic {
        range: lsp::Range::default(),
        severity: None,
        code: None,
        code_description: None,
        source: None,
        message: lsp::Message::String(String::new()),
        tags: None,
        related_information: None,
        data: None,
    }
}

struct Converter<'a> {
    project: &'a Project,
    abilities: &'a Abilities,
}

impl<'a> Converter<'a> {
    /// The text and the file of a span; none for what is built in.
    fn place(&self, span: Span) -> Option<(&'a Source, &'a (Key, lsp::Uri))> {
        let snapshot = self.project.snapshot.as_ref()?;
        let source = snapshot.compilation().sources.get(span.source)?;
        Some((source, self.project.names.place(&source.name)?))
    }

    fn location(&self, span: Span) -> Option<lsp::Location> {
        let (source, (_, uri)) = self.place(span)?;
        Some(lsp::Location {
            uri: uri.clone(),
            range: positions::range(source, span, self.abilities.unit),
        })
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) -> lsp::Diagnostic {
        let code = diagnostic.code;
        let range = self.location(diagnostic.span()).map(|place| place.range);
        let related = diagnostic.labels.iter().filter(|label| !label.is_primary);
        let related: Vec<_> = related.filter_map(|label| self.related(label)).collect();
        lsp::Diagnostic {
            range: range.unwrap_or_default(),
            severity: Some(match diagnostic.severity {
                Severity::Error => lsp::DiagnosticSeverity::Error,
                Severity::Warning => lsp::DiagnosticSeverity::Warning,
                Severity::Hint => lsp::DiagnosticSeverity::Hint,
            }),
            code: Some(lsp::Code::String(code.name().to_owned())),
            code_description: self
                .abilities
                .pages
                .uri(code)
                .filter(|_| self.abilities.code_description)
                .map(|href| lsp::CodeDescription { href }),
            source: Some(SAID_BY.to_owned()),
            message: lsp::Message::String(message(diagnostic)),
            tags: self.tags(code.slug()),
            related_information: (self.abilities.related_information && !related.is_empty())
                .then_some(related),
            data: self.data(&diagnostic.fixes),
        }
    }

    fn related(&self, label: &Label) -> Option<lsp::DiagnosticRelatedInformation> {
        Some(lsp::DiagnosticRelatedInformation {
            location: self.location(label.span)?,
            message: label.text.clone(),
        })
    }

    fn tags(&self, slug: &str) -> Option<Vec<lsp::DiagnosticTag>> {
        let tag = if UNNECESSARY.contains(&slug) {
            lsp::DiagnosticTag::Unnecessary
        } else if DEPRECATED.contains(&slug) {
            lsp::DiagnosticTag::Deprecated
        } else {
            return None;
        };
        self.abilities.tags.then(|| vec![tag])
    }

    /// The fixes, as a client sends them back when it asks for actions.
    fn data(&self, fixes: &[Fix]) -> Option<Value> {
        let fixes = fixes.iter().filter_map(|fix| {
            let edits = fix.edits.iter().map(|edit| {
                let place = self.location(edit.span)?;
                Some(json!({ "uri": place.uri, "range": place.range, "newText": edit.text }))
            });
            let edits: Option<Vec<Value>> = edits.collect();
            let is_certain = fix.applicability == Applicability::Always;
            Some(json!({ "title": fix.title, "isPreferred": is_certain, "edits": edits? }))
        });
        let fixes: Vec<Value> = fixes.collect();
        (!fixes.is_empty()).then(|| json!({ "fixes": fixes }))
    }
}

/// What is wrong, why here, and what to do.
fn message(diagnostic: &Diagnostic) -> String {
    let mut message = diagnostic.message.clone();
    let because = diagnostic.labels.first().map_or("", |label| &label.text);
    if !because.is_empty() {
        message.push('\n');
        message.push_str(because);
    }
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_diagnostics::codes;

    #[test]
    fn slugs_that_mean_a_tag_are_slugs_of_codes() {
        for slug in UNNECESSARY.iter().chain(DEPRECATED) {
            assert!(codes::all().any(|code| code.slug() == *slug), "{slug}");
        }
    }
}
