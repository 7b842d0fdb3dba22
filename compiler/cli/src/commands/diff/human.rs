//! Differences as people read them on a terminal.

use std::fmt::Write as _;

use gatewright_analysis::diff::Direction;
use gatewright_compiler::{Changed, Comparison};

use super::words;
use crate::terminal::counted;

/// Every class, then what changed in the text, then the sum.
pub(super) fn text(comparison: &Comparison, has_color: bool) -> String {
    let paint = |code: &str, text: &str| match has_color {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    for (place, class) in comparison.classes.iter().enumerate() {
        let code = match class.direction {
            Direction::Looser => "1;31",
            Direction::Changed => "1;33",
            Direction::Stricter => "1;32",
        };
        let head = format!(
            "{} {}",
            words::sign(class.direction),
            class.direction.name()
        );
        let effects = words::effects(class).join("; ");
        _ = writeln!(out, "{}. {}: {effects}", place + 1, paint(code, &head));
        describe(&mut out, class, comparison.people);
        out.push('\n');
    }
    if !comparison.policies.is_empty() {
        _ = writeln!(out, "{}", paint("1", "policies"));
        for change in &comparison.policies {
            let edit = words::edit(change);
            _ = writeln!(
                out,
                "  {} {}: {}",
                edit.sign,
                edit.name,
                edit.what.join("; ")
            );
        }
        out.push('\n');
    }
    if let Some(editions) = words::editions(comparison) {
        _ = writeln!(out, "{editions}");
    }
    let verdict = words::verdict(comparison);
    if comparison.classes.is_empty() {
        _ = writeln!(out, "{verdict}");
    } else {
        let count = counted(comparison.classes.len(), "difference", "differences");
        _ = writeln!(out, "{count}: {}. {verdict}", words::counts(comparison));
    }
    out
}

fn describe(out: &mut String, class: &Changed, all: Option<usize>) {
    let mut line = |title: &str, text: &str| {
        _ = writeln!(out, "   {title:<8} {text}");
    };
    let place = words::place(class);
    for (number, way) in place.ways.iter().enumerate() {
        line(if number == 0 { "where" } else { "   or" }, way);
    }
    if !place.usual.is_empty() && !place.is_usual_told {
        line("while", &words::shortened(&place.usual));
    }
    line("such as", &class.sentence);
    let [before, after] = &class.decided;
    line("before", &words::decision(before));
    line("after", &words::decision(after));
    let further = words::further_effects(class).join("; ");
    if !further.is_empty() {
        line("partly", &further);
    }
    let titles = ["was by", "is by"].into_iter();
    for (title, causes) in titles.zip(words::causes(class)) {
        if !causes.is_empty() {
            line(title, &causes);
        }
    }
    if let Some(people) = words::people(class, all) {
        line("concerns", &people);
    }
    if !class.is_confirmed {
        line("unsure", "the reference evaluator does not confirm this");
    }
}
