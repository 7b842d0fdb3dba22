//! The files that a manifest speaks of: schemas, tables, libraries.

use std::ops::Range;

use gatewright_source::{SourceId, Span};

use super::lines::{Line, lines};
use crate::{DeclaredKind, Form, Link, LinkTarget, Snapshot, declarations};

/// A path where it is written.
pub(super) struct Path<'t> {
    /// The table that it is in.
    pub(super) table: &'t str,
    /// The key whose value it is, or is in.
    pub(super) key: &'t str,
    pub(super) path: &'t str,
    /// Without quotes.
    pub(super) range: Range<usize>,
}

/// The paths of a manifest, in order.
pub(super) fn paths(text: &str) -> Vec<Path<'_>> {
    let mut found = Vec::new();
    for line in lines(text) {
        let Line::Entry {
            table,
            key,
            value,
            value_range,
            ..
        } = line
        else {
            continue;
        };
        if !matches!((table, key), ("", "schema") | ("libraries" | "data", _)) {
            continue;
        }
        for inner in quoted(value) {
            let range = value_range.start + inner.start..value_range.start + inner.end;
            found.extend(value.get(inner).map(|path| Path {
                table,
                key,
                path,
                range,
            }));
        }
    }
    found
}

/// What stands between quotes in a value; the last quote may be missing.
fn quoted(value: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut is_comment = false;
    for (at, c) in value.char_indices() {
        match (open, c) {
            (_, '\n') => {
                is_comment = false;
                found.extend(open.take().map(|(_, start)| start..at));
            }
            (None, '#') => is_comment = true,
            (None, '"' | '\'') if !is_comment => open = Some((c, at + 1)),
            (Some((quote, start)), c) if c == quote => {
                found.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|(_, start)| start..value.len()));
    found
}

/// What a path leads to: a file, or the texts of a library in order.
pub(super) fn targets(snapshot: &Snapshot, manifest: SourceId, path: &Path<'_>) -> Vec<SourceId> {
    let sources = &snapshot.compilation().sources;
    let folder = sources.name(manifest);
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = joined(folder, path.path);
    if path.table != "libraries" {
        return snapshot.source(&name).into_iter().collect();
    }
    let within = format!("{name}/");
    let libraries = snapshot.input().libraries.iter();
    let own = libraries.filter(|file| file.path.starts_with(&within) || name.is_empty());
    own.filter_map(|file| snapshot.source(&file.path)).collect()
}

/// A path relative to a folder, with as few `..` as can be.
fn joined(folder: &str, path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let folder = if is_absolute { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if is_absolute || folder.starts_with('/') {
        "/"
    } else {
        ""
    };
    format!("{root}{}", parts.join("/"))
}

/// The path at an offset, a place right behind it included.
pub(super) fn path_at(text: &str, at: usize) -> Option<Path<'_>> {
    let mut all = paths(text).into_iter();
    all.find(|path| path.range.start <= at && at <= path.range.end)
}

/// Where what a path at an offset leads to begins.
pub(crate) fn definition(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Span> {
    let text = snapshot.text(source);
    let at = offset as usize;
    let all = paths(text);
    let is_there = |path: &&Path<'_>| path.range.start <= at && at <= path.range.end;
    let path = all.iter().find(is_there).or_else(|| {
        // The name of a library stands for its folder.
        let (table, key) = key_at(text, at)?;
        let mut all = all.iter();
        all.find(|path| table == "libraries" && path.table == table && path.key == key)
    });
    let files = path.map_or_else(Vec::new, |path| targets(snapshot, source, path));
    files.iter().map(|file| Span::new(*file, 0, 0)).collect()
}

/// What the paths of a manifest lead to: of a library, to its first text.
pub(crate) fn links(snapshot: &Snapshot, source: SourceId) -> Vec<Link> {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let all = paths(snapshot.text(source)).into_iter();
    all.filter_map(|path| {
        let files = targets(snapshot, source, &path);
        let tooltip = match path.table {
            "libraries" => "open the first file of the library",
            _ => "open the file",
        };
        Some(Link {
            span: Span::new(source, offset(path.range.start), offset(path.range.end)),
            target: LinkTarget::File(*files.first()?),
            tooltip: tooltip.to_owned(),
        })
    })
    .collect()
}

fn key_at(text: &str, at: usize) -> Option<(&str, &str)> {
    lines(text).into_iter().find_map(|line| match line {
        Line::Entry {
            table,
            key,
            key_range,
            ..
        } if key_range.start <= at && at <= key_range.end => Some((table, key)),
        _ => None,
    })
}

/// What a library has, for a hover.
pub(super) fn library(snapshot: &Snapshot, source: SourceId, name: &str) -> Option<String> {
    let all = paths(snapshot.text(source));
    let path = all
        .iter()
        .find(|path| path.table == "libraries" && path.key == name)?;
    let files = targets(snapshot, source, path);
    let sources = &snapshot.compilation().sources;
    if files.is_empty() {
        return Some(format!("**{name}**: a library that has no text."));
    }
    let mut lines = vec![format!(
        "**{name}**: a library; its objects, rules, templates and schema can be used here."
    )];
    for file in files
        .iter()
        .filter(|file| snapshot.form(**file) == Form::PolicyText)
    {
        let declared = declarations(snapshot, *file);
        let names: Vec<String> = declared
            .iter()
            .filter(|one| is_handed_on(one.kind))
            .take(NAMES_MAX)
            .map(|one| format!("`{}`", one.name))
            .collect();
        let name = sources.name(*file);
        let name = name.rsplit('/').next().unwrap_or(name);
        lines.push(format!("- `{name}`: {}", names.join(", ")));
    }
    lines.truncate(FILES_MAX);
    Some(lines.join("\n"))
}

/// LIMIT: names of a file, and files of a library, that a hover tells.
const NAMES_MAX: usize = 20;
const FILES_MAX: usize = 20;

fn is_handed_on(kind: DeclaredKind) -> bool {
    use DeclaredKind::{Object, Rule, Template};
    matches!(kind, Object(_) | Rule | Template)
}
