//! The one style of policy text, as changes of what is written.

use gatewright_diagnostics::Edit;
use gatewright_source::{SourceId, Span};

use crate::{Form, Snapshot};

/// What changes when a whole source is written in the one style, from front to back; nothing for
/// what is no policy text. Runs of lines that stay as they are are left alone, so that cursors and
/// marks in them stay where they are.
///
/// # Errors
/// The formatter would have changed more than blanks.
pub fn format(snapshot: &Snapshot, source: SourceId) -> Result<Vec<Edit>, String> {
    if snapshot.form(source) != Form::PolicyText {
        return Ok(Vec::new());
    }
    let text = snapshot.text(source);
    let formatted = gatewright_format::format(text).map_err(|error| error.to_string())?;
    Ok(changes(source, text, &formatted.text))
}

/// The changes that touch a part of a source.
///
/// # Errors
/// The formatter would have changed more than blanks.
pub fn format_range(snapshot: &Snapshot, part: Span) -> Result<Vec<Edit>, String> {
    let mut changes = format(snapshot, part.source)?;
    changes.retain(|change| change.span.start <= part.end && part.start <= change.span.end);
    Ok(changes)
}

/// The changes once something has been typed at an offset that ends a piece: those in the lines of
/// the declaration that it is in, up to there. None while the declaration cannot be read.
#[must_use]
pub fn format_typed(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Edit> {
    let Some(tree) = snapshot.tree(source) else {
        return Vec::new();
    };
    let mut declarations = tree.declarations.iter();
    let around = declarations.find(|one| one.span.start <= offset && offset <= one.span.end);
    let Some(around) = around.filter(|one| !one.is_broken) else {
        return Vec::new();
    };
    let part = Span::new(source, around.span.start, offset);
    let mut changes = format_range(snapshot, part).unwrap_or_default();
    // A change that goes on behind the cursor would move what is being typed.
    changes.retain(|change| {
        part.start <= change.span.start && change.span.end <= line_end(snapshot, source, offset)
    });
    changes
}

/// The end of the line of an offset, its terminator included.
fn line_end(snapshot: &Snapshot, source: SourceId, offset: u32) -> u32 {
    let text = snapshot.text(source);
    let rest = text.get(offset as usize..).unwrap_or_default();
    let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    offset.saturating_add(u32::try_from(end).unwrap_or(u32::MAX))
}

/// LIMIT: lines further down that are looked at for one that is the same again.
const LOOK_AHEAD: usize = 64;

/// The lines that differ. The formatter keeps the order of everything, so the next line that is the
/// same in both is where they meet again.
pub(crate) fn changes(source: SourceId, old: &str, new: &str) -> Vec<Edit> {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let mut changes = Vec::new();
    let (mut i, mut j, mut at) = (0, 0, 0);
    while i < old.len() || j < new.len() {
        if let (Some(left), Some(right)) = (old.get(i), new.get(j))
            && left == right
        {
            (i, j, at) = (i + 1, j + 1, at + left.len());
            continue;
        }
        let (skip_old, skip_new) = meeting(&old, &new, (i, j));
        let removed: usize = lines(&old, i, skip_old).map(str::len).sum();
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        changes.push(Edit {
            span: Span::new(source, offset(at), offset(at + removed)),
            text: lines(&new, j, skip_new).collect(),
        });
        (i, j, at) = (i + skip_old, j + skip_new, at + removed);
    }
    changes
}

/// How many lines of both to pass over, as few as possible, until they have a line in common that
/// is not blank; else all.
fn meeting(old: &[&str], new: &[&str], (i, j): (usize, usize)) -> (usize, usize) {
    for sum in 1..=LOOK_AHEAD {
        for skip_old in 0..=sum {
            let skip_new = sum - skip_old;
            let (left, right) = (old.get(i + skip_old), new.get(j + skip_new));
            if left.is_some_and(|line| right == Some(line) && !line.trim().is_empty()) {
                return (skip_old, skip_new);
            }
        }
    }
    (old.len().saturating_sub(i), new.len().saturating_sub(j))
}

fn lines<'a>(all: &'a [&'a str], from: usize, count: usize) -> impl Iterator<Item = &'a str> {
    all.iter().skip(from).take(count).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// The text after the changes, and how many lines they touch.
    fn applied(text: &str) -> (String, usize) {
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let changes = format(&fixture.snapshot, source).unwrap();
        let touched = changes.iter().map(|change| change.text.lines().count());
        let touched = touched.sum();
        let mut text = text.to_owned();
        for change in changes.iter().rev() {
            text.replace_range(change.span.range(), &change.text);
        }
        (text, touched)
    }

    #[test]
    fn the_changes_make_the_formatted_text() {
        for text in [
            "policy \"P\" { state enabled users all apps all block }",
            "\n\n\npolicy \"Å😀\"   {\n state enabled\n\n\n  users all\n apps all block }\n\n// end",
            "policy \"P\" {\r\n users all\r\napps all block }\r\n",
            "rule x = \n\npolicy \"P\"  { block }\npolicy  {",
            "",
        ] {
            assert_eq!(
                applied(text).0,
                gatewright_format::format(text).unwrap().text
            );
        }
    }

    #[test]
    fn a_range_changes_what_it_touches() {
        let fixture =
            Fixture::new("policy \"P\" {\n users   all\n}\n\npolicy \"Q\" {\n ⟦apps⟧   all\n}\n");
        let range = fixture.ranges()[0];
        let found = format_range(&fixture.snapshot, range).unwrap();
        let texts: Vec<&str> = found.iter().map(|edit| edit.text.as_str()).collect();
        assert_eq!(texts, ["    apps all\n"]);
    }

    #[test]
    fn a_closing_brace_lays_its_declaration_out_and_no_other() {
        let fixture = Fixture::new(
            "policy \"P\" {\n users   all\n}\npolicy \"Q\" {\n apps   all\n}$0\npolicy \"R\" {\n apps  all\n}\n",
        );
        let (source, offset) = fixture.cursor();
        let found = format_typed(&fixture.snapshot, source, offset);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "    apps all\n");
        let broken = Fixture::new("policy \"Q\" {\n apps   [all\n}$0\n");
        let (source, offset) = broken.cursor();
        assert_eq!(format_typed(&broken.snapshot, source, offset), []);
    }

    #[test]
    fn lines_in_the_style_stay_untouched() {
        let good = gatewright_format::format(
            "policy \"P\" { state enabled users all apps all block }\n\n\
             policy \"Q\" { state enabled users all apps all block }\n",
        );
        let good = good.unwrap().text;
        assert_eq!(applied(&good).1, 0);
        let bad = good.replacen("    users", "  users", 1);
        assert_eq!(applied(&bad), (good, 1));
    }
}
