//! Places in a text that lead somewhere else: pages of findings, files that a manifest names.

use gatewright_diagnostics::Code;

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;

use crate::{Form, Snapshot, json, manifest};

/// A place that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where.
    pub span: Span,
    /// Where to.
    pub target: LinkTarget,
    /// What is there.
    pub tooltip: String,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An address in the web.
    Url(String),
    /// A file of the project.
    File(SourceId),
}

/// The links of a source, in order.
#[must_use]
pub fn links(snapshot: &Snapshot, source: SourceId) -> Vec<Link> {
    match snapshot.form(source) {
        Form::PolicyText => in_text(snapshot, source),
        Form::Manifest => in_manifest(snapshot, source),
        Form::Json => json::links(snapshot, source),
        Form::Table => Vec::new(),
    }
}

/// Codes of findings, as `@allow` and comments name them, and addresses in comments.
fn in_text(snapshot: &Snapshot, source: SourceId) -> Vec<Link> {
    let text = snapshot.text(source);
    let mut found = Vec::new();
    for (kind, range) in snapshot.tokens(source).iter() {
        let is_comment = matches!(
            kind,
            TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc
        );
        if !is_comment && kind != TokenKind::Word {
            continue;
        }
        let Some(piece) = text.get(range.clone()) else {
            continue;
        };
        for (at, word) in words(piece) {
            let span = span(source, range.start + at, word.len());
            if let Some(code) = code(word) {
                found.push(page(span, code));
            } else if is_comment && (word.starts_with("https://") || word.starts_with("http://")) {
                found.push(Link {
                    span,
                    target: LinkTarget::Url(word.to_owned()),
                    tooltip: "open the page".to_owned(),
                });
            }
        }
    }
    found
}

/// Codes as keys of lint levels, and paths in quotes that name files of the project.
fn in_manifest(snapshot: &Snapshot, source: SourceId) -> Vec<Link> {
    let text = snapshot.text(source);
    let mut found = manifest::links(snapshot, source);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.split('#').next().unwrap_or_default();
        for (at, word) in words(body) {
            if let Some(code) = code(word) {
                found.push(page(span(source, start + at, word.len()), code));
            }
        }
        start += line.len();
    }
    found.sort_by_key(|link| link.span.start);
    found
}

fn page(span: Span, code: Code) -> Link {
    Link {
        span,
        target: LinkTarget::Url(code.url()),
        tooltip: code.summary().to_owned(),
    }
}

fn code(word: &str) -> Option<Code> {
    let is_code = word.len() == 6 && word.starts_with("GW");
    Code::find(word).filter(|_| is_code)
}

fn span(source: SourceId, start: usize, length: usize) -> Span {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(source, at(start), at(start + length))
}

/// The pieces between blanks, without the punctuation around them, with where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let after = text.get(rest..)?;
        let start = rest + after.find(|c: char| !c.is_whitespace())?;
        let piece = text.get(start..)?;
        let length = piece.find(char::is_whitespace).unwrap_or(piece.len());
        rest = start + length;
        let piece = piece.get(..length)?;
        let lead = piece.len()
            - piece
                .trim_start_matches(|c: char| !c.is_alphanumeric())
                .len();
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
        let word = word.trim_start_matches('/');
        Some((start + lead, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn shown(text: &str, path: &str) -> Vec<(String, LinkTarget)> {
        let fixture = Fixture::new(text);
        let sources = &fixture.snapshot.compilation().sources;
        links(&fixture.snapshot, fixture.source(path))
            .into_iter()
            .map(|link| (sources.text(link.span).to_owned(), link.target))
            .collect()
    }

    #[test]
    fn codes_lead_to_their_pages_and_addresses_to_themselves() {
        let found = shown(
            "// é GW0302, see https://example.com/x?y=1 (GW9999)\n@allow(GW0302)\n\
             policy \"GW0302\" { users all }",
            "main.gate",
        );
        let page = LinkTarget::Url(Code::find("GW0302").unwrap().url());
        assert_eq!(
            found,
            [
                ("GW0302".to_owned(), page.clone()),
                (
                    "https://example.com/x?y=1".to_owned(),
                    LinkTarget::Url("https://example.com/x?y=1".to_owned())
                ),
                ("GW0302".to_owned(), page),
            ]
        );
    }

    #[test]
    fn a_manifest_leads_to_codes() {
        let found = shown(
            "//- gatewright.toml\n[lints]\nGW0302 = \"deny\" # GW0303\n//- a.gate\n",
            "gatewright.toml",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "GW0302");
    }
}
