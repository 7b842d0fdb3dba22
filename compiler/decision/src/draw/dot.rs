//! Panels in the language of Graphviz: a cluster each, side by side in rows.

use std::fmt::Write;

use super::panel::{End, Panel, panel};
use super::text::wrap;
use super::{DrawOptions, Named, chosen};
use crate::build::Decisions;

/// LIMIT: questions of a panel. What reads this language draws what it can, and people ask it for
/// parts; the limit only keeps the text in memory.
const TESTS_MAX: usize = 1_000_000;

const HEAD: &str = "digraph decisions {
  graph [fontname=\"Helvetica\", pack=24, packmode=\"array_t3\", nodesep=0.3, ranksep=0.4];
  node [fontname=\"Helvetica\", fontsize=11, shape=box, style=\"rounded,filled\", \
fillcolor=\"#eef3fa\", color=\"#9db4d0\"];
  edge [fontname=\"Helvetica\", fontsize=10, color=\"#5b6b7f\", arrowsize=0.7];
";

/// The diagrams in the language of Graphviz.
#[must_use]
pub fn dot(decisions: &Decisions, options: &DrawOptions<'_>) -> String {
    let mut text = String::from(HEAD);
    for (place, named) in chosen(decisions, options).iter().enumerate() {
        cluster(&mut text, place, named, decisions, options);
    }
    text.push_str("}\n");
    text
}

// Writing to a string cannot fail.
fn cluster(
    text: &mut String,
    place: usize,
    named: &Named,
    decisions: &Decisions,
    options: &DrawOptions<'_>,
) {
    let label = match named.effect.as_str() {
        "" => named.title.clone(),
        effect => format!("{}\n{effect}", named.title),
    };
    _ = writeln!(text, "  subgraph cluster_{place} {{");
    _ = writeln!(text, "    label={}; color=\"#c8d0da\";", quoted(&label));
    match panel(decisions, named.roots, TESTS_MAX) {
        Some(panel) => tests(text, place, &panel, decisions, options),
        None => {
            let label = format!("more than {TESTS_MAX} questions");
            _ = writeln!(text, "    p{place} [shape=plaintext, label=\"{label}\"];");
        }
    }
    text.push_str("  }\n");
}

fn tests(
    text: &mut String,
    place: usize,
    panel: &Panel,
    decisions: &Decisions,
    options: &DrawOptions<'_>,
) {
    let mut ends: Vec<End> = vec![panel.start];
    for (number, test) in panel.tests.iter().enumerate() {
        let Some(variable) = decisions.space.variables.get(test.variable as usize) else {
            continue;
        };
        let label = quoted(&lines(&options.naming.question(variable)));
        let look = if test.is_open {
            ", style=\"rounded,filled,dashed\""
        } else {
            ""
        };
        _ = writeln!(text, "    p{place}n{number} [label={label}{look}];");
        for branch in &test.branches {
            let from = format!("p{place}n{number}");
            let full = quoted(&options.naming.sentence(variable, &branch.runs));
            if branch.end == End::Not {
                _ = writeln!(
                    text,
                    "    {from}x [shape=point, width=0.06, color=\"#a8b2bd\"]; {from} -> {from}x \
                     [arrowhead=none, color=\"#a8b2bd\", tooltip={full}];"
                );
                continue;
            }
            ends.push(branch.end);
            let label = quoted(&lines(&options.naming.answer(variable, &branch.runs)));
            let style = if branch.is_unknown(variable) {
                ", style=dotted"
            } else {
                ""
            };
            let to = node(place, branch.end);
            _ = writeln!(
                text,
                "    {from} -> {to} [label={label}, tooltip={full}{style}];"
            );
        }
    }
    for (end, label, colour) in [
        (End::Applies, "applies", "#1d7f4f"),
        (End::MayApply, "may apply", "#9a6200"),
        (End::Not, "never applies", "#6b7785"),
    ] {
        if ends.contains(&end) {
            let node = node(place, end);
            _ = writeln!(
                text,
                "    {node} [label=\"{label}\", fillcolor=\"{colour}\", color=\"{colour}\", \
                 fontcolor=white];"
            );
        }
    }
}

fn node(place: usize, end: End) -> String {
    match end {
        End::Test(number) => format!("p{place}n{number}"),
        End::Applies => format!("p{place}yes"),
        End::MayApply => format!("p{place}may"),
        End::Not => format!("p{place}no"),
    }
}

/// A text in lines; what there is no room for is in the tooltip.
fn lines(text: &str) -> String {
    wrap(text, 11.0, 190.0, 4).join("\n")
}

/// A text in the quotes of Graphviz.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
