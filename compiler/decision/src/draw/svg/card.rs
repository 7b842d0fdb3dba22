//! A card: the panel of one policy with its name and what it does.

use std::fmt::Write as _;

use super::super::layered::float;
use super::super::panel::panel;
use super::super::text::{escape, width, wrap};
use super::super::{DrawOptions, Named};
use super::picture::Picture;
use crate::build::{Decisions, Roots};
use crate::dag::NodeId;

/// LIMIT: questions of a panel that is drawn; nobody follows more.
const TESTS_MAX: usize = 300;

const PADDING: f64 = 18.0;
const WIDTH_MIN: f64 = 340.0;

/// What is drawn of a policy.
pub(super) struct Card {
    pub(super) title: String,
    effect: String,
    pub(super) width: f64,
    pub(super) height: f64,
    head: f64,
    body: String,
    body_width: f64,
}

/// The card of a policy, no wider than that.
pub(super) fn card(
    decisions: &Decisions,
    named: &Named,
    options: &DrawOptions<'_>,
    width_max: f64,
) -> Card {
    let whole = panel(decisions, named.roots, TESTS_MAX);
    let (mut body, mut body_width, mut body_height) = match whole {
        Some(panel) => Picture::new(decisions, &panel, options).draw(),
        None => apart(decisions, named.roots, options).unwrap_or_else(too_large),
    };
    let room = width_max - 2.0 * PADDING;
    if body_width > room {
        let scale = room / body_width;
        body = format!("<g transform=\"scale({scale:.4})\">\n{body}</g>\n");
        body_width = room;
        body_height *= scale;
    }
    let width = (body_width + 2.0 * PADDING).max(WIDTH_MIN);
    let lines =
        heading(&named.title, 14.0, width).len() + heading(&named.effect, 12.0, width).len();
    let head = 12.0 + 18.0 * float(lines) + 14.0;
    Card {
        title: named.title.clone(),
        effect: named.effect.clone(),
        width,
        height: head + body_height + PADDING,
        head,
        body,
        body_width,
    }
}

/// The lines of a title or of what a policy does.
fn heading(text: &str, size: f64, width: f64) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    wrap(text, size, width - 2.0 * PADDING, 3)
}

/// Both functions side by side, where walking them together asks too much: those that are kept as
/// chains may ask in two orders. `None` where one alone is too large.
fn apart(
    decisions: &Decisions,
    roots: Roots,
    options: &DrawOptions<'_>,
) -> Option<(String, f64, f64)> {
    const HEAD: f64 = 26.0;
    const BETWEEN: f64 = 40.0;
    let certain = (roots.certain, roots.certain);
    let possible = (NodeId::FALSE, roots.possible);
    let mut body = String::new();
    let (mut x, mut lowest) = (0.0, 0.0);
    for (words, (certain, possible)) in [("certainly", certain), ("possibly", possible)] {
        let roots = Roots {
            certain,
            possible,
            ..roots
        };
        let panel = panel(decisions, roots, TESTS_MAX)?;
        let (drawn, width, height) = Picture::new(decisions, &panel, options).draw();
        // Writing to a string cannot fail.
        _ = writeln!(
            body,
            "<text class=\"effect\" x=\"{x:.1}\" y=\"12\">{words}</text>\n\
             <g transform=\"translate({x:.1} {HEAD})\">\n{drawn}</g>"
        );
        x += width + BETWEEN;
        lowest = f64::max(lowest, height);
    }
    Some((body, x - BETWEEN, HEAD + lowest))
}

fn too_large() -> (String, f64, f64) {
    let text = format!("more than {TESTS_MAX} questions: too many to follow in a picture");
    let drawn = format!("<text class=\"said\" x=\"0\" y=\"12\">{text}</text>\n");
    (drawn, width(&text, 12.0), 20.0)
}

impl Card {
    /// Draw it here, this wide and high. Writing to a string cannot fail.
    pub(super) fn draw(&self, out: &mut String, (x, y): (f64, f64), width: f64, height: f64) {
        let full = match self.effect.as_str() {
            "" => self.title.clone(),
            effect => format!("{}: {effect}", self.title),
        };
        _ = writeln!(
            out,
            "<g transform=\"translate({x:.1} {y:.1})\">\n<rect class=\"card\" x=\"0.5\" \
             y=\"0.5\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"10\"/>\n\
             <g><title>{}</title>",
            escape(&full)
        );
        let mut at = 12.0;
        for (text, size, class) in [(&self.title, 14.0, "title"), (&self.effect, 12.0, "effect")] {
            for line in heading(text, size, self.width) {
                at += 18.0;
                let line = escape(&line);
                _ = writeln!(
                    out,
                    "<text class=\"{class}\" x=\"{PADDING}\" y=\"{at:.1}\">{line}</text>"
                );
            }
        }
        let left = (width - self.body_width) / 2.0;
        _ = writeln!(
            out,
            "</g>\n<g transform=\"translate({left:.1} {:.1})\">\n{}</g>\n</g>",
            self.head, self.body
        );
    }
}
