//! Differences as a comment on a pull request.

use std::fmt::Write as _;

use anyhow::Result;
use gatewright_compiler::{Changed, Comparison};

use super::words;

/// A headline, the answer, a table, and the details folded away.
pub(super) fn text(comparison: &Comparison) -> Result<String> {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let headline = match comparison.classes.len() {
        0 if !comparison.is_certain() => "unknown".to_owned(),
        0 => "no difference in access".to_owned(),
        _ => words::counts(comparison),
    };
    _ = writeln!(out, "## Conditional Access: {headline}\n");
    _ = writeln!(out, "**{}**", escaped(&words::verdict(comparison)));
    if let Some(editions) = words::editions(comparison) {
        _ = writeln!(out, "\nRead by {editions}.");
    }
    for note in comparison.notes.iter().chain(&comparison.exhausted) {
        _ = writeln!(out, "\n> {}", escaped(note));
    }
    if !comparison.classes.is_empty() {
        table(&mut out, comparison);
        for (place, class) in comparison.classes.iter().enumerate() {
            details(&mut out, place + 1, class, comparison.people)?;
        }
    }
    policies(&mut out, comparison);
    Ok(out)
}

fn table(out: &mut String, comparison: &Comparison) {
    let has_people = comparison.people.is_some();
    let (head, rule) = if has_people {
        (" People |", "---:|")
    } else {
        ("", "")
    };
    _ = writeln!(out, "\n| | Who | Before | After | Policies |{head}");
    _ = writeln!(out, "|---|---|---|---|---|{rule}");
    for class in &comparison.classes {
        let [before, after] = &class.decided;
        let causes = words::causes(class).into_iter();
        let mut causes: Vec<String> = causes.filter(|names| !names.is_empty()).collect();
        causes.dedup();
        let place = words::place(class);
        let ways: Vec<String> = place.ways.iter().map(|way| escaped(way)).collect();
        let who = ways.join("<br>*or* ");
        _ = write!(
            out,
            "| {} {} | {} | {} | {} | {} |",
            words::sign(class.direction),
            class.direction.name(),
            who,
            escaped(&words::decision(before)),
            escaped(&words::decision(after)),
            escaped(&causes.join(" → ")),
        );
        if has_people {
            let count = class.users.as_ref().map_or(0, |users| users.count);
            _ = write!(out, " {count} |");
        }
        out.push('\n');
    }
}

fn details(out: &mut String, number: usize, class: &Changed, all: Option<usize>) -> Result<()> {
    let effects = words::effects(class).join("; ");
    let sign = words::sign(class.direction);
    _ = writeln!(
        out,
        "\n<details><summary>{sign} {number}. {}</summary>\n",
        in_html(&effects)
    );
    _ = writeln!(out, "For example: {}.\n", escaped(&class.sentence));
    let usual = words::place(class).usual;
    if !usual.is_empty() {
        _ = writeln!(out, "Only while:\n");
        for fact in usual {
            _ = writeln!(out, "- {}", escaped(&fact));
        }
        out.push('\n');
    }
    let further = words::further_effects(class).join("; ");
    if !further.is_empty() {
        _ = writeln!(out, "For others of them: {}.\n", escaped(&further));
    }
    if let Some(people) = words::people(class, all) {
        _ = writeln!(out, "Concerns {}.\n", escaped(&people));
    }
    if !class.is_confirmed {
        _ = writeln!(out, "The reference evaluator does not confirm this.\n");
    }
    let request = serde_json::to_string_pretty(&class.request)?;
    _ = writeln!(out, "```json\n{request}\n```\n\n</details>");
    Ok(())
}

fn policies(out: &mut String, comparison: &Comparison) {
    if comparison.policies.is_empty() {
        return;
    }
    _ = writeln!(out, "\n### Policies\n");
    for change in &comparison.policies {
        let edit = words::edit(change);
        let what = escaped(&edit.what.join("; "));
        _ = writeln!(out, "- **{}**: {what}", escaped(&edit.name));
    }
}

/// Text in which nothing is markup but code between backticks, on one line of a table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

/// Text between tags.
fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
