//! `gatewright.toml`: what an editor shows of it.
//!
//! Read line by line, so that a manifest that is being written has keys too; what counts is what
//! the compiler makes of it.

mod completion;
mod keys;
mod lines;
mod paths;

use gatewright_diagnostics::{Class, Code};
use gatewright_hir::model::Edition;
use gatewright_source::{SourceId, Span};

use crate::hover::finding;
use crate::{DeclaredKind, Hover, Outlined, Snapshot};
use keys::{Key, key, table};
use lines::{Line, lines};

pub(crate) use completion::completions;
pub(crate) use paths::{definition, links};

/// What there is to know of what stands at an offset: a table, a key, a value.
pub(crate) fn hover(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Hover> {
    let text = snapshot.text(source);
    let at = offset as usize;
    let holds = |range: &std::ops::Range<usize>| range.start <= at && at <= range.end;
    let shown = |range: &std::ops::Range<usize>, markdown: String| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Some(Hover {
            span: Span::new(source, offset(range.start), offset(range.end)),
            markdown,
        })
    };
    for line in lines(text) {
        match line {
            Line::Table { name, range } if holds(&range) => {
                return shown(&range, about(table(name)?));
            }
            Line::Entry {
                table,
                key: name,
                key_range,
                ..
            } if holds(&key_range) => {
                let markdown = match (table, Code::find(name)) {
                    ("lints", Some(code)) => lint(code),
                    ("libraries", _) => paths::library(snapshot, source, name)?,
                    _ => about(key(table, name)?),
                };
                return shown(&key_range, markdown);
            }
            Line::Entry {
                table,
                key: name,
                value,
                value_range,
                ..
            } if holds(&value_range) => {
                let markdown = match table {
                    "libraries" => paths::library(snapshot, source, name)?,
                    _ => of_value(table, name, value)?,
                };
                return shown(&value_range, markdown);
            }
            _ => {}
        }
    }
    None
}

fn about(key: &Key) -> String {
    format!("**{}**: {}", key.name, key.means)
}

/// A finding, with what can be done about its level.
fn lint(code: Code) -> String {
    let mut text = finding(code);
    text.push_str("\n\n");
    text.push_str(&format!("`{}`. ", code.slug()));
    text.push_str(match code.class() {
        Class::Unreadable => "It is always an error: nothing can be decided.",
        _ if code.is_opt_in() => "It is off by default.",
        _ => "It is on by default.",
    });
    text
}

/// What a value means.
fn of_value(table: &str, key_name: &str, value: &str) -> Option<String> {
    let word = value.trim_matches(['"', '\'']);
    if table == "lints" {
        let (level, means) = keys::LEVELS.iter().find(|(level, _)| *level == word)?;
        return Some(format!("**{level}**: {means}"));
    }
    if key_name == "edition" {
        let edition = Edition::parse(word)?;
        let known = Edition::KNOWN.iter().rev();
        let (since, what) = known.into_iter().find(|(since, _)| *since <= edition)?;
        return Some(format!("**{edition}**: since {since}, {what}."));
    }
    key(table, key_name).map(about)
}

/// The tables and keys of a manifest.
pub(crate) fn outline(snapshot: &Snapshot, source: SourceId) -> Vec<Outlined> {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = |start: usize, end: usize| Span::new(source, offset(start), offset(end));
    let mut found: Vec<Outlined> = Vec::new();
    for line in lines(snapshot.text(source)) {
        match line {
            Line::Table { name, range } => found.push(Outlined {
                name: name.to_owned(),
                kind: DeclaredKind::Table,
                span: span(range.start, range.end),
                name_span: span(range.start, range.end),
                members: Vec::new(),
            }),
            Line::Entry {
                table,
                key,
                key_range,
                value_range,
                ..
            } => {
                let own = Outlined {
                    name: key.to_owned(),
                    kind: DeclaredKind::Key,
                    span: span(key_range.start, value_range.end),
                    name_span: span(key_range.start, key_range.end),
                    members: Vec::new(),
                };
                match found.last_mut().filter(|_| !table.is_empty()) {
                    Some(outer) => {
                        outer.span.end = own.span.end;
                        outer.members.push(own);
                    }
                    None => found.push(own),
                }
            }
            Line::Other { .. } => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
