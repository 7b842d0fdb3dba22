//! Differences of two texts, as a patch shows them.

use std::fmt::Write as _;
use std::ops::Range;

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// LIMIT: cells of the table that finds common lines; past it the whole middle counts as changed.
const CELLS_MAX: usize = 16_000_000;

/// A line of both texts, of the old one, or of the new one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Old,
    New,
}

/// The differences of two texts in the unified format, empty where there are none.
#[must_use]
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let changes = changes(&old, &new);
    let mut text = format!("--- {name}\n+++ {name}\n");
    for hunk in hunks(&changes) {
        write_hunk(&mut text, &changes, hunk, &old, &new);
    }
    text
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(prefix..), new.get(prefix..));
    let (old, new) = (old_rest.unwrap_or_default(), new_rest.unwrap_or_default());
    let pairs = old.iter().rev().zip(new.iter().rev());
    let suffix = pairs.take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len() - suffix).unwrap_or_default();
    let new = new.get(..new.len() - suffix).unwrap_or_default();
    let mut changes = vec![Change::Same; prefix];
    changes.extend(middle(old, new));
    changes.extend(std::iter::repeat_n(Change::Same, suffix));
    changes
}

/// The longest common subsequence, by the table of its lengths.
fn middle(old: &[&str], new: &[&str]) -> Vec<Change> {
    let row = new.len() + 1;
    if (old.len() + 1).saturating_mul(row) > CELLS_MAX {
        let removed = std::iter::repeat_n(Change::Old, old.len());
        return removed
            .chain(std::iter::repeat_n(Change::New, new.len()))
            .collect();
    }
    let mut lengths = vec![0_u32; (old.len() + 1) * row];
    let at = |i: usize, j: usize| i * row + j;
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let get = |place: usize| lengths.get(place).copied().unwrap_or_default();
            let length = if a == b {
                get(at(i + 1, j + 1)) + 1
            } else {
                get(at(i + 1, j)).max(get(at(i, j + 1)))
            };
            if let Some(cell) = lengths.get_mut(at(i, j)) {
                *cell = length;
            }
        }
    }
    let get = |i: usize, j: usize| lengths.get(at(i, j)).copied().unwrap_or_default();
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old.get(i) == new.get(j) {
            changes.push(Change::Same);
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || get(i + 1, j) >= get(i, j + 1)) {
            changes.push(Change::Old);
            i += 1;
        } else {
            changes.push(Change::New);
            j += 1;
        }
    }
    changes
}

/// Ranges of changes with the context around them, put together where they touch.
fn hunks(changes: &[Change]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        if *change == Change::Same {
            continue;
        }
        let range = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(changes.len());
        match hunks.last_mut() {
            Some(last) if last.end >= range.start => last.end = range.end,
            _ => hunks.push(range),
        }
    }
    hunks
}

fn write_hunk(
    text: &mut String,
    changes: &[Change],
    hunk: Range<usize>,
    old: &[&str],
    new: &[&str],
) {
    let count = |range: Range<usize>, other: Change| {
        let changes = changes.get(range).unwrap_or_default();
        changes.iter().filter(|change| **change != other).count()
    };
    let (mut i, mut j) = (
        count(0..hunk.start, Change::New),
        count(0..hunk.start, Change::Old),
    );
    let (olds, news) = (
        count(hunk.clone(), Change::New),
        count(hunk.clone(), Change::Old),
    );
    let start = |first: usize, count: usize| if count == 0 { first } else { first + 1 };
    let (a, b) = (start(i, olds), start(j, news));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "@@ -{a},{olds} +{b},{news} @@");
    for change in changes.get(hunk).unwrap_or_default() {
        let (mark, line) = match change {
            Change::Same => (' ', old.get(i)),
            Change::Old => ('-', old.get(i)),
            Change::New => ('+', new.get(j)),
        };
        i += usize::from(*change != Change::New);
        j += usize::from(*change != Change::Old);
        let line = line.copied().unwrap_or_default();
        let _ = write!(text, "{mark}{line}");
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_are_shown_with_three_lines_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(
            unified("x", old, new),
            "--- x\n+++ x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
        );
        assert_eq!(unified("x", old, old), "");
        assert_eq!(
            unified("x", "", "a"),
            "--- x\n+++ x\n@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n"
        );
    }
}
