//! Layered pictures of directed acyclic graphs, as SVG.
//!
//! The classic recipe of Sugiyama, Tagawa and Toda (1981): layers by longest path, an order within
//! layers that keeps neighbours near each other (barycentre sweeps), then coordinates. The picture
//! is plain SVG with its own style sheet, readable on white and on dark ground and in print.
//!
//! INVARIANT: the same graph gives the same bytes.

use std::fmt::Write as _;

/// A graph to draw. Edges go from lower to higher layers only: the graph must be acyclic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing {
    /// The boxes.
    pub(crate) boxes: Vec<DrawnBox>,
    /// The arrows between them, by place in `boxes`.
    pub(crate) arrows: Vec<Arrow>,
}

/// A box with a text.
#[derive(Clone, Debug)]
pub(crate) struct DrawnBox {
    /// The text in it; longer ones are shortened.
    pub(crate) text: String,
    /// How it looks.
    pub(crate) look: Look,
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Where reading begins: a policy.
    Root,
    /// A test.
    Test,
    /// The answer yes.
    Accept,
    /// The answer no.
    Reject,
}

/// An arrow with a text.
#[derive(Clone, Debug)]
pub(crate) struct Arrow {
    /// Where it starts.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
    /// The text on it; longer ones are shortened.
    pub(crate) text: String,
}

/// LIMIT: characters of a text in a box, on an arrow.
const BOX_TEXT_MAX: usize = 64;
const ARROW_TEXT_MAX: usize = 26;

const CHARACTER_WIDTH: f64 = 7.3;
const BOX_HEIGHT: f64 = 28.0;
const LAYER_HEIGHT: f64 = 104.0;
const GAP: f64 = 28.0;
const MARGIN: f64 = 24.0;
const SWEEPS: usize = 6;

/// Draw.
#[must_use]
pub(crate) fn svg(drawing: &Drawing, title: &str) -> String {
    let layers = layers(drawing);
    let places = places(drawing, &layers);
    render(drawing, &places, title)
}

#[derive(Clone, Copy, Default)]
struct PlaceOnPage {
    x: f64,
    y: f64,
    width: f64,
}

/// The boxes of each layer: a box lies below all that point to it, answers at the bottom.
fn layers(drawing: &Drawing) -> Vec<Vec<usize>> {
    let count = drawing.boxes.len();
    let mut depth = vec![0usize; count];
    // Longest paths by repetition: an acyclic graph is settled after as many rounds as it is deep.
    for _ in 0..count {
        let mut changed = false;
        for arrow in &drawing.arrows {
            let below = depth.get(arrow.from).map_or(0, |d| d + 1);
            if let Some(to) = depth.get_mut(arrow.to)
                && *to < below
            {
                *to = below;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let deepest = depth.iter().copied().max().unwrap_or(0);
    let mut layers = vec![Vec::new(); deepest + 1];
    for (at, shown) in drawing.boxes.iter().enumerate() {
        let is_answer = matches!(shown.look, Look::Accept | Look::Reject);
        let layer = if is_answer {
            deepest
        } else {
            depth.get(at).copied().unwrap_or(0)
        };
        if let Some(layer) = layers.get_mut(layer) {
            layer.push(at);
        }
    }
    layers
}

fn places(drawing: &Drawing, layers: &[Vec<usize>]) -> Vec<PlaceOnPage> {
    let mut layers = layers.to_vec();
    let mut places = vec![PlaceOnPage::default(); drawing.boxes.len()];
    for (at, shown) in drawing.boxes.iter().enumerate() {
        if let Some(place) = places.get_mut(at) {
            place.width = width(&shorten(&shown.text, BOX_TEXT_MAX)) + 24.0;
        }
    }
    spread(&layers, &mut places);
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        let mut wanted = vec![(0.0, 0u32); drawing.boxes.len()];
        for arrow in &drawing.arrows {
            let (of, toward) = if downwards {
                (arrow.to, arrow.from)
            } else {
                (arrow.from, arrow.to)
            };
            let x = places.get(toward).map_or(0.0, |p| p.x);
            if let Some((sum, count)) = wanted.get_mut(of) {
                *sum += x;
                *count += 1;
            }
        }
        for layer in &mut layers {
            layer.sort_by(|a, b| {
                let x = |at: &usize| match wanted.get(*at) {
                    Some((sum, count)) if *count > 0 => sum / f64::from(*count),
                    _ => places.get(*at).map_or(0.0, |p| p.x),
                };
                x(a).total_cmp(&x(b)).then(a.cmp(b))
            });
        }
        spread(&layers, &mut places);
    }
    places
}

/// Give the boxes of each layer their places, centred, in the layer's order.
fn spread(layers: &[Vec<usize>], places: &mut [PlaceOnPage]) {
    let total = |layer: &Vec<usize>, places: &[PlaceOnPage]| -> f64 {
        layer
            .iter()
            .filter_map(|at| places.get(*at))
            .map(|p| p.width + GAP)
            .sum::<f64>()
            - GAP
    };
    let widest = layers.iter().map(|l| total(l, places)).fold(0.0, f64::max);
    let mut y = MARGIN + BOX_HEIGHT;
    for layer in layers {
        let mut x = MARGIN + (widest - total(layer, places)) / 2.0;
        for at in layer {
            if let Some(place) = places.get_mut(*at) {
                place.x = x + place.width / 2.0;
                place.y = y;
                x += place.width + GAP;
            }
        }
        y += LAYER_HEIGHT;
    }
}

fn render(drawing: &Drawing, places: &[PlaceOnPage], title: &str) -> String {
    let right = places
        .iter()
        .map(|p| p.x + p.width / 2.0)
        .fold(0.0, f64::max)
        + MARGIN;
    let bottom = places.iter().map(|p| p.y).fold(0.0, f64::max) + BOX_HEIGHT + MARGIN;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {right:.0} {bottom:.0}\" \
         width=\"{right:.0}\" height=\"{bottom:.0}\" role=\"img\">\n<title>{}</title>\n{STYLE}",
        escape(title)
    );
    for from in 0..drawing.boxes.len() {
        draw_arrows(&mut out, drawing, places, from);
    }
    for (shown, place) in drawing.boxes.iter().zip(places) {
        draw_box(&mut out, shown, *place);
    }
    out.push_str("</svg>\n");
    out
}

/// The arrows that leave a box: side by side in the order of where they lead, so that they do not
/// cross at once, their texts at different heights. Arrows to *no* are faint and bare: they are what
/// is left, and there are many.
fn draw_arrows(out: &mut String, drawing: &Drawing, places: &[PlaceOnPage], from: usize) {
    let Some(start) = places.get(from) else {
        return;
    };
    let mut arrows: Vec<(&Arrow, PlaceOnPage)> = drawing
        .arrows
        .iter()
        .filter(|arrow| arrow.from == from)
        .filter_map(|arrow| Some((arrow, *places.get(arrow.to)?)))
        .collect();
    arrows.sort_by(|a, b| a.1.x.total_cmp(&b.1.x).then(a.0.to.cmp(&b.0.to)));
    let step = start.width / (f64::from(u32::try_from(arrows.len()).unwrap_or(u32::MAX)) + 1.0);
    let mut x = start.x - start.width / 2.0;
    for (number, (arrow, to)) in arrows.into_iter().enumerate() {
        x += step;
        let is_rest = drawing
            .boxes
            .get(arrow.to)
            .is_some_and(|b| b.look == Look::Reject);
        let at = PlaceOnPage { x, ..*start };
        let share = [0.3, 0.5, 0.7].get(number % 3).copied().unwrap_or(0.5);
        draw_arrow(
            out,
            at,
            to,
            if is_rest {
                None
            } else {
                Some((&arrow.text, share))
            },
        );
    }
}

/// An arrow with its text at this share of the way; a faint one where there is no text to show.
fn draw_arrow(out: &mut String, from: PlaceOnPage, to: PlaceOnPage, text: Option<(&str, f64)>) {
    let (x1, y1) = (from.x, from.y + BOX_HEIGHT / 2.0);
    let (x2, y2) = (to.x, to.y - BOX_HEIGHT / 2.0 - 5.0);
    let bend = (LAYER_HEIGHT - BOX_HEIGHT) / 2.0;
    let class = if text.is_some() { "arrow" } else { "rest" };
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{x1:.1} {y1:.1} C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}\" \
         marker-end=\"url(#head)\"/>",
        y1 + bend,
        y2 - bend
    );
    let Some((text, share)) = text.filter(|(text, _)| !text.is_empty()) else {
        return;
    };
    // Long arrows are labelled where they begin, not somewhere on their way.
    let run = (y2 - y1).min(LAYER_HEIGHT - BOX_HEIGHT);
    let part = share * run / (y2 - y1).max(1.0);
    let _ = writeln!(
        out,
        "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        x1 + (x2 - x1) * part * part * (3.0 - 2.0 * part),
        y1 + share * run,
        escape(&shorten(text, ARROW_TEXT_MAX))
    );
}

fn draw_box(out: &mut String, shown: &DrawnBox, place: PlaceOnPage) {
    let class = match shown.look {
        Look::Root => "root",
        Look::Test => "test",
        Look::Accept => "accept",
        Look::Reject => "reject",
    };
    let text = shorten(&shown.text, BOX_TEXT_MAX);
    let _ = writeln!(
        out,
        "<g class=\"{class}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
         height=\"{BOX_HEIGHT}\" rx=\"7\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        escape(&shown.text),
        place.x - place.width / 2.0,
        place.y - BOX_HEIGHT / 2.0,
        place.width,
        place.x,
        place.y + 4.0,
        escape(&text)
    );
}

const STYLE: &str = "<style>\
text{font:12px ui-monospace,Menlo,Consolas,monospace;text-anchor:middle;fill:#1b2733}\
.arrow{fill:none;stroke:#8794a3;stroke-width:1.2}.rest{fill:none;stroke:#d3dae1}\
.label{font-size:10.5px;fill:#51606f;paint-order:stroke;stroke:#fff;stroke-width:3px}\
.root rect{fill:#1f4e79}.root text{fill:#fff;font-weight:600}\
.test rect{fill:#eef3f8;stroke:#9fb3c8}\
.accept rect{fill:#1d7f4f}.accept text{fill:#fff}\
.reject rect{fill:#9aa5b1}.reject text{fill:#fff}\
</style>\n<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"7\" \
markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#8794a3\"/></marker></defs>\n\
<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";

fn width(text: &str) -> f64 {
    let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(count) * CHARACTER_WIDTH
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, look: Look) -> DrawnBox {
        DrawnBox {
            text: text.to_owned(),
            look,
        }
    }

    #[test]
    fn a_box_lies_below_all_that_point_to_it_and_text_is_escaped() {
        let drawing = Drawing {
            boxes: vec![
                shown("\"A\" & <B>", Look::Root),
                shown("x", Look::Test),
                shown("yes", Look::Accept),
            ],
            arrows: vec![
                Arrow {
                    from: 0,
                    to: 2,
                    text: String::new(),
                },
                Arrow {
                    from: 0,
                    to: 1,
                    text: "a".to_owned(),
                },
                Arrow {
                    from: 1,
                    to: 2,
                    text: "b".repeat(99),
                },
            ],
        };
        assert_eq!(layers(&drawing), [vec![0], vec![1], vec![2]]);
        let picture = svg(&drawing, "t");
        assert!(picture.contains("&quot;A&quot; &amp; &lt;B&gt;"));
        assert!(!picture.contains(&"b".repeat(30)));
    }
}
