//! What can be written in a manifest.

use std::ops::Range;

use gatewright_diagnostics::{Class, Code, codes};
use gatewright_hir::model::Edition;
use gatewright_source::{SourceId, Span};

use super::finding;
use super::keys::{KEYS, Key, LEVELS, key};
use super::lines::{Line, lines};
use super::paths::{Path, path_at};
use crate::{Completion, CompletionKind, Form, Snapshot};

/// What can be written at an offset, best first.
pub(crate) fn completions(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Completion> {
    let text = snapshot.text(source);
    let at = (offset as usize).min(text.len());
    let lines = lines(text);
    let mut items = Items {
        source,
        text,
        replaced: at..at,
        found: Vec::new(),
    };
    let line = lines.iter().find(|line| range(text, line).contains(&at));
    let mut before = lines.iter().filter(|line| range(text, line).end <= at);
    let table = before.rfind(|line| matches!(line, Line::Table { .. }));
    match line {
        Some(Line::Table { range, .. }) => {
            items.replaced = range.clone();
            items.tables(&lines);
        }
        Some(Line::Entry {
            table,
            key,
            key_range,
            value,
            value_range,
        }) => {
            if at <= key_range.end {
                items.replaced = key_range.clone();
                items.keys(&lines, table, true);
            } else {
                items.value(snapshot, (table, key), value, value_range, at);
            }
        }
        Some(Line::Other { table, range, .. }) => {
            items.replaced = range.clone();
            items.keys(&lines, table, false);
        }
        None if is_blank(text, at) => {
            let name = match table {
                Some(Line::Table { name, .. }) => name,
                _ => "",
            };
            items.keys(&lines, name, false);
        }
        None => {}
    }
    let mut found = items.found;
    found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    found
}

/// Where a line is, up to the end of the text's line: what is typed behind a value belongs to it.
fn range(text: &str, line: &Line<'_>) -> Range<usize> {
    let own = match line {
        Line::Table { range, .. } => range.start.saturating_sub(1)..range.end,
        Line::Entry {
            key_range,
            value_range,
            ..
        } => key_range.start..value_range.end,
        Line::Other { range, .. } => range.clone(),
    };
    let rest = text.get(own.end..).unwrap_or_default();
    let end = rest.find(['\n', '#']).map_or(text.len(), |at| own.end + at);
    own.start..end + 1
}

/// Whether nothing but blanks stands on the line of an offset before it.
fn is_blank(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim().is_empty()
}

struct Items<'t> {
    source: SourceId,
    text: &'t str,
    replaced: Range<usize>,
    found: Vec<Completion>,
}

impl Items<'_> {
    fn tables(&mut self, lines: &[Line<'_>]) {
        let is_open = self.text.get(..self.replaced.start);
        let is_open = is_open.is_some_and(|before| before.trim_end().ends_with('['));
        let after = self.text.get(self.replaced.end..).unwrap_or_default();
        let is_closed = after.trim_start_matches(' ').starts_with(']');
        for key in KEYS.iter().filter(|key| key.value.is_empty()) {
            let is_there = lines.iter().any(|line| {
                matches!(line, Line::Table { name, range } if *name == key.name
                    && *range != self.replaced)
            });
            if is_there {
                continue;
            }
            let insert = match (is_open, is_closed) {
                (true, true) => key.name.to_owned(),
                (true, false) => format!("{}]", key.name),
                (false, _) => format!("[{}]", key.name),
            };
            self.add(key.name, CompletionKind::Keyword, key.means, (insert, 2));
        }
    }

    /// The keys that a table can have and has not; where one is being changed, only the name.
    fn keys(&mut self, lines: &[Line<'_>], table: &str, is_name_only: bool) {
        let is_there = |name: &str, replaced: &Range<usize>| {
            lines.iter().any(|line| {
                matches!(line, Line::Entry { table: of, key, key_range, .. }
                    if *of == table && *key == name && key_range != replaced)
            })
        };
        let own = KEYS
            .iter()
            .filter(|key| key.table == table && !key.value.is_empty());
        for key in own {
            if is_there(key.name, &self.replaced) {
                continue;
            }
            self.add(
                key.name,
                CompletionKind::Keyword,
                key.means,
                (entry(key, is_name_only), 0),
            );
            self.snippet(!is_name_only);
        }
        if table == "lints" {
            for code in codes::all().filter(|code| code.class() != Class::Unreadable) {
                self.lint(code, is_name_only, &is_there);
            }
        }
        if !is_name_only {
            self.tables(lines);
        }
    }

    fn lint(
        &mut self,
        code: Code,
        is_name_only: bool,
        is_there: &dyn Fn(&str, &Range<usize>) -> bool,
    ) {
        if is_there(code.name(), &self.replaced) || is_there(code.slug(), &self.replaced) {
            return;
        }
        for name in [code.name(), code.slug()] {
            let insert = if is_name_only {
                name.to_owned()
            } else {
                format!("{name} = \"${{1|warn,deny,hint,allow|}}\"")
            };
            self.add(name, CompletionKind::Value, &finding(code), (insert, 1));
            self.snippet(!is_name_only);
            if let Some(last) = self.found.last_mut() {
                code.summary().clone_into(&mut last.detail);
            }
        }
    }

    fn value(
        &mut self,
        snapshot: &Snapshot,
        (table, name): (&str, &str),
        value: &str,
        value_range: &Range<usize>,
        at: usize,
    ) {
        self.replaced = if value_range.contains(&at) || value_range.end == at {
            value_range.clone()
        } else {
            at..at
        };
        let path = path_at(self.text, at).filter(|path| !path.table.is_empty());
        if let Some(path) = path {
            self.paths(snapshot, &path);
            return;
        }
        if value.starts_with('[') {
            return;
        }
        let quoted = |word: &str| format!("\"{word}\"");
        match (table, name) {
            ("lints", _) => {
                for (level, means) in LEVELS {
                    self.add(level, CompletionKind::Member, means, (quoted(level), 0));
                }
            }
            ("", "edition") => {
                for (edition, what) in Edition::KNOWN.iter().rev() {
                    let edition = edition.to_string();
                    let insert = (quoted(&edition), 0);
                    self.add(&edition, CompletionKind::Member, what, insert);
                }
            }
            ("", "schema") => {
                let own = "The schema of Microsoft Entra.";
                self.add("entra", CompletionKind::Value, own, (quoted("entra"), 0));
                for path in texts(snapshot, self.source) {
                    self.add(path, CompletionKind::Value, "", (quoted(path), 1));
                }
            }
            ("", "security-defaults") | ("compliance", "secure-by-default") => {
                let means = key(table, name).map_or("", |key| key.means);
                for word in ["true", "false"] {
                    self.add(word, CompletionKind::Value, means, (word.to_owned(), 0));
                }
            }
            _ => {}
        }
    }

    /// What could be meant by a path that leads nowhere yet.
    fn paths(&mut self, snapshot: &Snapshot, path: &Path<'_>) {
        self.replaced = path.range.clone();
        let missing = snapshot.input().missing.iter();
        let missing = missing.filter(|missing| missing.path == path.path);
        for near in missing.flat_map(|missing| &missing.near) {
            self.add(near, CompletionKind::Value, "", (near.clone(), 0));
        }
        let is_outward = path.path.replace("../", "").is_empty();
        if path.table == "libraries" && is_outward {
            let outward = format!("{}../", path.path);
            self.add(&outward, CompletionKind::Value, "", (outward.clone(), 1));
        }
    }

    fn snippet(&mut self, is_snippet: bool) {
        if let Some(last) = self.found.last_mut() {
            last.is_snippet = is_snippet;
        }
    }

    fn add(
        &mut self,
        label: &str,
        kind: CompletionKind,
        documentation: &str,
        (insert, rank): (String, u8),
    ) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.found.push(Completion {
            label: label.to_owned(),
            filter: None,
            kind,
            detail: String::new(),
            documentation: documentation.to_owned(),
            insert,
            is_snippet: false,
            replaced: Span::new(
                self.source,
                offset(self.replaced.start),
                offset(self.replaced.end),
            ),
            rank,
        });
    }
}

fn entry(key: &Key, is_name_only: bool) -> String {
    if is_name_only {
        key.name.to_owned()
    } else {
        format!("{} = {}", key.name, key.value)
    }
}

/// The policy texts of the project, relative to the manifest.
fn texts(snapshot: &Snapshot, manifest: SourceId) -> Vec<&str> {
    let sources = &snapshot.compilation().sources;
    let folder = sources.name(manifest);
    let folder = folder.rfind('/').map_or("", |at| &folder[..=at]);
    let all = sources.iter();
    all.filter(|(source, _)| snapshot.form(*source) == Form::PolicyText)
        .filter_map(|(_, source)| source.name.strip_prefix(folder))
        .collect()
}
