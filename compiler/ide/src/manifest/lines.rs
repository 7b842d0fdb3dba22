//! A manifest line by line: tables, keys, and what else is written.

use std::ops::Range;

/// A line of a manifest, or several where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    /// `[name]`
    Table {
        name: &'t str,
        /// The name.
        range: Range<usize>,
    },
    /// `key = value`; the value may be missing.
    Entry {
        /// The table that it is in.
        table: &'t str,
        /// Without quotes.
        key: &'t str,
        /// Quotes included.
        key_range: Range<usize>,
        value: &'t str,
        value_range: Range<usize>,
    },
    /// Something else: a word that is being typed.
    Other {
        table: &'t str,
        text: &'t str,
        range: Range<usize>,
    },
}

/// The lines, comments and empty ones left out.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut table = "";
    let mut start = 0;
    // How many brackets of a value are open.
    let mut depth = 0;
    for whole in text.split_inclusive('\n') {
        let body = before_comment(whole);
        let at = start + (body.len() - body.trim_start().len());
        let trimmed = body.trim();
        start += whole.len();
        if depth > 0 && !is_header(trimmed) {
            depth = depth_after(trimmed, depth);
            if let Some(Line::Entry {
                value, value_range, ..
            }) = found.last_mut()
            {
                value_range.end = at + trimmed.len();
                *value = text.get(value_range.clone()).unwrap_or_default();
            }
            continue;
        }
        depth = 0;
        if trimmed.is_empty() {
            continue;
        }
        if let Some(rest) = trimmed.strip_prefix('[') {
            let name = rest.trim_end_matches(']');
            let lead = name.len() - name.trim_start().len();
            table = name.trim();
            let from = at + 1 + lead;
            found.push(Line::Table {
                name: table,
                range: from..from + table.len(),
            });
        } else if let Some((key, value)) = trimmed.split_once('=') {
            let (written, lead) = (key.trim_end(), value.len() - value.trim_start().len());
            // `lints.GW0401` is in the table.
            let (table, key) = match written.split_once('.').filter(|_| table.is_empty()) {
                Some((table, key)) if !table.contains(['"', '\'']) => (table, key),
                _ => (table, written),
            };
            let key_at = at + written.len() - key.len();
            let value_at = at + trimmed.len() - value.len() + lead;
            let value = value.trim();
            depth = depth_after(value, 0);
            found.push(Line::Entry {
                table,
                key: key.trim_matches(['"', '\'']),
                key_range: key_at..key_at + key.len(),
                value,
                value_range: value_at..value_at + value.len(),
            });
        } else {
            found.push(Line::Other {
                table,
                text: trimmed,
                range: at..at + trimmed.len(),
            });
        }
    }
    found
}

/// Whether a line starts a table, also where a list before it was left open.
fn is_header(line: &str) -> bool {
    let name = line
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    name.is_some_and(|name| !name.is_empty() && name.chars().all(is_part))
}

/// A line up to its comment; a `#` between quotes is none.
fn before_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return line.get(..at).unwrap_or(line),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    line
}

fn depth_after(value: &str, depth: usize) -> usize {
    let mut quote = None;
    let mut depth = depth;
    for c in value.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}
