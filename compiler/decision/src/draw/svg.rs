//! The page: a panel for each policy in rows, with a legend above.
//!
//! Plain SVG with its own style sheet, readable on light and on dark ground and in print, by any
//! viewer: what a viewer does not know of the style sheet it can leave out.

mod card;
mod picture;
mod style;

use std::fmt::Write as _;

use self::card::{Card, card};
use self::style::{LEGEND, STYLE};
use super::layered::float;
use super::text::{escape, width, wrap};
use super::{DrawOptions, chosen};
use crate::build::Decisions;

/// How wide the page is, unless less is enough.
const PAGE: f64 = 1600.0;
const PAGE_MIN: f64 = 720.0;
const MARGIN: f64 = 24.0;
const GAP: f64 = 20.0;
/// How much wider than needed a card of the last row may be.
const STRETCH_MAX: f64 = 1.25;

/// LIMIT: panels of a picture; more are no longer looked at.
const PANELS_MAX: usize = 60;

/// The diagrams as a picture.
#[must_use]
pub fn svg(decisions: &Decisions, options: &DrawOptions<'_>, title: &str) -> String {
    let chosen = chosen(decisions, options);
    let shown = chosen.iter().take(PANELS_MAX);
    let cards: Vec<Card> = shown
        .map(|named| card(decisions, named, options, PAGE - 2.0 * MARGIN))
        .collect();
    let said = match (chosen.len(), cards.len()) {
        (1, _) => "1 policy".to_owned(),
        (all, drawn) if drawn < all => {
            let mut said = format!("the first {drawn} of {all} policies");
            if !options.choice.is_empty() {
                said = format!("{said}; {}", options.choice);
            }
            said
        }
        (all, _) => format!("{all} policies"),
    };
    page(&cards, title, &said)
}

fn page(cards: &[Card], title: &str, said: &str) -> String {
    let needed = cards.iter().map(|card| card.width + GAP).sum::<f64>() - GAP;
    let inner = needed.clamp(PAGE_MIN - 2.0 * MARGIN, PAGE - 2.0 * MARGIN);
    let mut body = String::new();
    let mut y = head(&mut body, inner, title, said);
    let rows = rows(cards, inner);
    for (number, row) in rows.iter().enumerate() {
        let is_last = number + 1 == rows.len();
        let stretch_max = if is_last { STRETCH_MAX } else { f64::MAX };
        y = draw_row(&mut body, row, (inner, stretch_max), y) + GAP;
    }
    let (width, height) = (inner + 2.0 * MARGIN, y - GAP + MARGIN);
    let mut out = String::new();
    // Writing to a string cannot fail.
    _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         aria-labelledby=\"picture-title picture-words\">\n\
         <title id=\"picture-title\">{}</title>\n<desc id=\"picture-words\">{}</desc>\n{STYLE}\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>",
        escape(title),
        escape(&description(cards, said))
    );
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}

fn description(cards: &[Card], said: &str) -> String {
    let names: Vec<&str> = cards.iter().map(|card| card.title.as_str()).collect();
    format!(
        "Decision diagrams of {said}: the questions each asks of a sign-in or request, from the \
         top down, until it applies, may apply if missing facts are so, or does not apply. {}.",
        names.join("; ")
    )
}

/// Title and legend; where they end.
fn head(out: &mut String, inner: f64, title: &str, said: &str) -> f64 {
    let mut y = MARGIN + 18.0;
    for line in wrap(title, 20.0, inner, 2) {
        let line = escape(&line);
        _ = writeln!(
            out,
            "<text class=\"page-title\" x=\"{MARGIN}\" y=\"{y:.1}\">{line}</text>"
        );
        y += 22.0;
    }
    for line in wrap(said, 13.0, inner, 2) {
        let line = escape(&line);
        _ = writeln!(
            out,
            "<text class=\"said\" x=\"{MARGIN}\" y=\"{y:.1}\">{line}</text>"
        );
        y += 18.0;
    }
    y += 12.0;
    let mut x = MARGIN;
    for (mark, mark_width, words) in LEGEND {
        let words_width = width(words, 12.0);
        if x > MARGIN && x + mark_width + 8.0 + words_width > MARGIN + inner {
            x = MARGIN;
            y += 28.0;
        }
        _ = writeln!(
            out,
            "<g transform=\"translate({x:.1} {y:.1})\">{mark}<text class=\"said\" x=\"{:.1}\" \
             y=\"4\">{words}</text></g>",
            mark_width + 8.0
        );
        x += mark_width + 8.0 + words_width + 26.0;
    }
    y + 14.0 + GAP
}

/// As many cards in a row as fit.
fn rows(cards: &[Card], inner: f64) -> Vec<&[Card]> {
    let mut rows = Vec::new();
    let mut rest = cards;
    while !rest.is_empty() {
        let mut used = 0.0;
        let fits = |card: &&Card| {
            used += card.width + GAP;
            used - GAP <= inner + 0.5
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (row, after) = rest.split_at(count);
        rows.push(row);
        rest = after;
    }
    rows
}

/// Cards side by side, together as wide as the page; where they end.
fn draw_row(out: &mut String, row: &[Card], (inner, stretch_max): (f64, f64), y: f64) -> f64 {
    let gaps = GAP * float(row.len().saturating_sub(1));
    let needed: f64 = row.iter().map(|card| card.width).sum();
    let stretch = ((inner - gaps) / needed.max(1.0)).clamp(1.0, stretch_max);
    let height = row.iter().map(|card| card.height).fold(0.0, f64::max);
    let mut x = MARGIN;
    for card in row {
        let width = card.width * stretch;
        card.draw(out, (x, y), width, height);
        x += width + GAP;
    }
    y + height
}
