//! A panel, laid out and drawn.
//!
//! INVARIANT: boxes do not overlap, labels neither, and no line runs behind a box: labels have room
//! of their own below their box, and lines pass layers where the layout gave them a place.

use std::fmt::Write as _;

use super::super::DrawOptions;
use super::super::layered::{Item, Layout, Link, float, layout};
use super::super::panel::{End, Panel};
use super::super::text::{escape, width, wrap};
use crate::build::Decisions;
use crate::space::Classes;

/// LIMIT: lines of a question, of an answer.
const QUESTION_LINES: usize = 4;
const ANSWER_LINES: usize = 3;

const QUESTION_WIDTH: f64 = 190.0;
const ANSWER_WIDTH: f64 = 160.0;
/// Labels that are no wider together stand in one row.
const ONE_ROW: f64 = 210.0;
const LINE: f64 = 15.0;
/// From the edge of a box to where its line for *does not apply* ends.
const STUB: f64 = 18.0;
/// Above the first row of answers; below the last one, for lines to turn.
const ABOVE_ANSWERS: f64 = 12.0;
const TURN: f64 = 30.0;

/// A panel on its way to a picture.
#[derive(Default)]
pub(super) struct Picture {
    boxes: Vec<DrawnBox>,
    arrows: Vec<Arrow>,
}

/// A question, or an end.
struct DrawnBox {
    class: &'static str,
    lines: Vec<String>,
    full: String,
    width: f64,
    /// What leads to *does not apply*, in words; empty where nothing does.
    stub: String,
    /// Arrows that leave it.
    arrows: Vec<usize>,
}

impl DrawnBox {
    fn is_test(&self) -> bool {
        matches!(self.class, "test" | "open")
    }
}

/// An answer.
struct Arrow {
    from: usize,
    to: usize,
    lines: Vec<String>,
    full: String,
    is_unknown: bool,
    /// From the centre of its box, and in which row below it.
    label_x: f64,
    row: usize,
}

impl Arrow {
    fn label_width(&self) -> f64 {
        let widths = self.lines.iter().map(|line| width(line, 11.0));
        widths.fold(0.0, f64::max) + 8.0
    }
}

impl Picture {
    /// Questions and answers in words.
    pub(super) fn new(decisions: &Decisions, panel: &Panel, options: &DrawOptions<'_>) -> Picture {
        let mut picture = Picture::default();
        let naming = options.naming;
        let variables = &decisions.space.variables;
        for test in &panel.tests {
            let variable = variables.get(test.variable as usize);
            let question = variable.map_or_else(String::new, |v| naming.question(v));
            let class = if test.is_open { "open" } else { "test" };
            let place = picture.add(class, &question);
            if let (Some(shown), Some(variable)) = (picture.boxes.get_mut(place), variable)
                && !matches!(variable.classes, Classes::Text(_) | Classes::Ordered(_))
            {
                // A question that is answered by yes or no says all where yes is spelt out.
                shown.full = naming.sentence(variable, &[(1, 1)]);
            }
        }
        if panel.tests.is_empty() {
            picture.end(panel.start, true);
        }
        for (from, test) in panel.tests.iter().enumerate() {
            let Some(variable) = variables.get(test.variable as usize) else {
                continue;
            };
            let of = |unknown: bool| {
                let branches = test.branches.iter();
                branches.filter(move |branch| branch.is_unknown(variable) == unknown)
            };
            // What is known goes straight on, what is missing turns off to the right.
            for branch in of(false).chain(of(true)) {
                let full = naming.sentence(variable, &branch.runs);
                let to = match branch.end {
                    End::Test(place) => place,
                    End::Not => {
                        if let Some(shown) = picture.boxes.get_mut(from) {
                            shown.stub = full;
                        }
                        continue;
                    }
                    end => picture.end(end, false),
                };
                let answer = naming.answer(variable, &branch.runs);
                picture.arrows.push(Arrow {
                    from,
                    to,
                    lines: wrap(&answer, 11.0, ANSWER_WIDTH, ANSWER_LINES),
                    full,
                    is_unknown: branch.is_unknown(variable),
                    label_x: 0.0,
                    row: 0,
                });
            }
        }
        picture.attach();
        picture
    }

    fn add(&mut self, class: &'static str, text: &str) -> usize {
        let lines = wrap(text, 12.0, QUESTION_WIDTH, QUESTION_LINES);
        let widest = lines
            .iter()
            .map(|line| width(line, 12.0))
            .fold(0.0, f64::max);
        self.boxes.push(DrawnBox {
            class,
            lines,
            full: text.to_owned(),
            width: widest + 22.0,
            stub: String::new(),
            arrows: Vec::new(),
        });
        self.boxes.len() - 1
    }

    /// An end of its own for each arrow, so that none is long.
    fn end(&mut self, end: End, is_only: bool) -> usize {
        match (end, is_only) {
            (End::Applies | End::Test(_), false) => self.add("yes", "applies"),
            (End::Applies | End::Test(_), true) => self.add("yes", "always applies"),
            (End::MayApply, _) => self.add("may", "may apply"),
            (End::Not, _) => self.add("no", "never applies"),
        }
    }

    fn attach(&mut self) {
        for (number, arrow) in self.arrows.iter().enumerate() {
            if let Some(shown) = self.boxes.get_mut(arrow.from) {
                shown.arrows.push(number);
            }
        }
    }

    /// The drawing, its width and its height.
    pub(super) fn draw(mut self) -> (String, f64, f64) {
        let links: Vec<Link> = self.arrows.iter().map(|arrow| self.link(arrow)).collect();
        // Labels need the order of where arrows lead, the layout the room that labels need; their
        // room hardly depends on the order, so one layout comes before and one after.
        let first = self.layout(&links);
        self.spread_labels(&first);
        let placed = self.layout(&links);
        let ys = self.layers(&placed);
        let mut out = String::new();
        for (number, arrow) in self.arrows.iter().enumerate() {
            self.draw_line(&mut out, &placed, &ys, number, arrow);
        }
        for (at, shown) in self.boxes.iter().enumerate() {
            let x = placed.x.get(at).copied().unwrap_or(0.0);
            let layer = placed.layer.get(at).and_then(|layer| ys.get(*layer));
            draw_box(&mut out, shown, x, layer.map_or(0.0, |layer| layer.top));
        }
        for arrow in &self.arrows {
            self.draw_label(&mut out, &placed, &ys, arrow);
        }
        let height = ys.last().map_or(0.0, |layer| layer.top + layer.boxes);
        (out, placed.width, height)
    }

    /// Known answers to further questions are the spine of a picture.
    fn link(&self, arrow: &Arrow) -> Link {
        let to = self.boxes.get(arrow.to);
        let weight = match (to.is_some_and(DrawnBox::is_test), arrow.is_unknown) {
            (true, false) => 4.0,
            (true, true) => 1.0,
            (false, _) => 0.2,
        };
        Link {
            from: arrow.from,
            to: arrow.to,
            weight,
        }
    }

    fn layout(&self, links: &[Link]) -> Layout {
        let item = |shown: &DrawnBox| {
            let half = shown.width / 2.0;
            let stub = if shown.stub.is_empty() { 0.0 } else { STUB };
            let labels = shown.arrows.iter().filter_map(|at| self.arrows.get(*at));
            let (mut left, mut right) = (half, half + stub);
            for arrow in labels {
                left = left.max(arrow.label_width() / 2.0 - arrow.label_x);
                right = right.max(arrow.label_width() / 2.0 + arrow.label_x);
            }
            Item { left, right }
        };
        let items: Vec<Item> = self.boxes.iter().map(item).collect();
        layout(&items, links)
    }

    /// Labels below their box side by side, in the order of where they lead; in two rows where one
    /// would be wider than the box.
    fn spread_labels(&mut self, placed: &Layout) {
        let x_of = |item: usize| placed.x.get(item).copied().unwrap_or(0.0);
        for shown in &mut self.boxes {
            let arrows = &self.arrows;
            // Where an arrow goes on: its first place between layers, or its end.
            let toward = |at: &usize| {
                let passing = placed.routes.get(*at).and_then(|route| route.first());
                let end = || arrows.get(*at).map_or(0.0, |arrow| x_of(arrow.to));
                passing.copied().unwrap_or_else(end)
            };
            shown
                .arrows
                .sort_by(|a, b| toward(a).total_cmp(&toward(b)).then(a.cmp(b)));
            let widths = shown.arrows.iter().filter_map(|at| arrows.get(*at));
            let widths: Vec<f64> = widths.map(Arrow::label_width).collect();
            let together: f64 = widths.iter().map(|width| width + 6.0).sum();
            let rows = if together > shown.width.max(ONE_ROW) {
                2
            } else {
                1
            };
            let mut xs = Vec::with_capacity(widths.len());
            let mut x = 0.0;
            let mut before: Option<f64> = None;
            for width in widths {
                if let Some(before) = before {
                    x += match rows {
                        1 => f64::midpoint(before, width).max(shown.width / 3.0) + 6.0,
                        _ => before.max(width) / 2.0 + 6.0,
                    };
                }
                before = Some(width);
                xs.push(x);
            }
            let middle = x / 2.0;
            for (number, (at, x)) in shown.arrows.iter().zip(xs).enumerate() {
                if let Some(arrow) = self.arrows.get_mut(*at) {
                    arrow.label_x = x - middle;
                    arrow.row = number % rows;
                }
            }
        }
    }

    /// Where each layer is, and how much room its parts take.
    fn layers(&self, placed: &Layout) -> Vec<Layer> {
        let mut layers = vec![Layer::default(); placed.layer_count];
        for (shown, layer) in self.boxes.iter().zip(&placed.layer) {
            let Some(layer) = layers.get_mut(*layer) else {
                continue;
            };
            layer.boxes = layer.boxes.max(box_height(shown));
            for arrow in shown.arrows.iter().filter_map(|at| self.arrows.get(*at)) {
                layer.row = layer.row.max(LINE * float(arrow.lines.len()) + 4.0);
                layer.rows = layer.rows.max(arrow.row + 1);
            }
        }
        let mut top = 2.0;
        for layer in &mut layers {
            layer.top = top;
            top = layer.turn() + TURN;
        }
        layers
    }

    fn draw_line(
        &self,
        out: &mut String,
        placed: &Layout,
        ys: &[Layer],
        number: usize,
        arrow: &Arrow,
    ) {
        let x_of = |item: usize| placed.x.get(item).copied().unwrap_or(0.0);
        let layer_of = |item: usize| placed.layer.get(item).copied().unwrap_or(0);
        let (Some(from), Some(start)) = (self.boxes.get(arrow.from), ys.get(layer_of(arrow.from)))
        else {
            return;
        };
        let half = (from.width / 2.0 - 12.0).max(0.0);
        let bottom = start.top + box_height(from);
        let label_x = x_of(arrow.from) + arrow.label_x;
        let port = x_of(arrow.from) + arrow.label_x.clamp(-half, half);
        let mut path = format!("M{port:.1} {bottom:.1}");
        curve(
            &mut path,
            (port, bottom),
            (label_x, start.below() + ABOVE_ANSWERS),
        );
        _ = write!(path, "V{:.1}", start.turn());
        let mut at = (label_x, start.turn());
        let passed = ys.iter().skip(layer_of(arrow.from) + 1);
        for (x, layer) in placed.routes.get(number).into_iter().flatten().zip(passed) {
            curve(&mut path, at, (*x, layer.top));
            _ = write!(path, "V{:.1}", layer.turn());
            at = (*x, layer.turn());
        }
        let Some(end) = ys.get(layer_of(arrow.to)) else {
            return;
        };
        let top = end.top;
        let x = x_of(arrow.to) + self.entry(placed, number, arrow.to);
        curve(&mut path, at, (x, top - 7.0));
        let class = if arrow.is_unknown {
            "line unknown"
        } else {
            "line"
        };
        _ = writeln!(
            out,
            "<g><title>{}</title><path class=\"{class}\" d=\"{path}\"/><path class=\"tip\" \
             d=\"M{x:.1} {top:.1}l-4 -8h8z\"/></g>",
            escape(&arrow.full)
        );
    }

    /// Where an arrow meets its end, from the centre: side by side in the order of where they come
    /// from.
    fn entry(&self, placed: &Layout, number: usize, to: usize) -> f64 {
        let from = |at: usize, arrow: &Arrow| {
            let passing = placed.routes.get(at).and_then(|route| route.last());
            let start = || placed.x.get(arrow.from).map_or(0.0, |x| x + arrow.label_x);
            passing.copied().unwrap_or_else(start)
        };
        let entering = self.arrows.iter().enumerate();
        let mut entering: Vec<(f64, usize)> = entering
            .filter(|(_, arrow)| arrow.to == to)
            .map(|(at, arrow)| (from(at, arrow), at))
            .collect();
        entering.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let place = entering.iter().position(|(_, at)| *at == number);
        let half = self
            .boxes
            .get(to)
            .map_or(0.0, |shown| shown.width / 2.0 - 14.0);
        let between = float(entering.len().saturating_sub(1)).max(1.0);
        let step = (2.0 * half.max(0.0) / between).min(22.0);
        step * (float(place.unwrap_or(0)) - float(entering.len().saturating_sub(1)) / 2.0)
    }

    fn draw_label(&self, out: &mut String, placed: &Layout, ys: &[Layer], arrow: &Arrow) {
        let x = placed.x.get(arrow.from).copied().unwrap_or(0.0) + arrow.label_x;
        let layer = placed
            .layer
            .get(arrow.from)
            .and_then(|layer| ys.get(*layer));
        let Some(layer) = layer else {
            return;
        };
        let top = layer.below() + ABOVE_ANSWERS + layer.row * float(arrow.row);
        let (width, height) = (arrow.label_width(), LINE * float(arrow.lines.len()));
        _ = write!(
            out,
            "<g class=\"label\"><title>{}</title><rect x=\"{:.1}\" y=\"{top:.1}\" \
             width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>",
            escape(&arrow.full),
            x - width / 2.0
        );
        draw_lines(out, &arrow.lines, x, top + 11.0);
        out.push_str("</g>\n");
    }
}

/// The vertical parts of a layer.
#[derive(Clone, Copy, Default)]
struct Layer {
    top: f64,
    /// The highest box.
    boxes: f64,
    /// A row of labels, and how many there are.
    row: f64,
    rows: usize,
}

impl Layer {
    /// Where the boxes end.
    fn below(&self) -> f64 {
        self.top + self.boxes
    }

    /// Where lines begin to turn towards the next layer.
    fn turn(&self) -> f64 {
        self.below() + ABOVE_ANSWERS + self.row * float(self.rows)
    }
}

fn box_height(shown: &DrawnBox) -> f64 {
    LINE * float(shown.lines.len()) + 12.0
}

/// Go on downwards to there, leaving and arriving upright.
fn curve(path: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    if (x1 - x2).abs() < 0.05 {
        _ = write!(path, "V{y2:.1}");
        return;
    }
    let middle = f64::midpoint(y1, y2);
    _ = write!(
        path,
        "C{x1:.1} {middle:.1} {x2:.1} {middle:.1} {x2:.1} {y2:.1}"
    );
}

fn draw_box(out: &mut String, shown: &DrawnBox, x: f64, layer_top: f64) {
    // Boxes of a layer hang from one line, so that lines that turn above them end alike.
    let (height, width) = (box_height(shown), shown.width);
    let (top, left) = (layer_top, x - width / 2.0);
    let radius = if shown.is_test() { 7.0 } else { height / 2.0 };
    if !shown.stub.is_empty() {
        let (right, middle) = (x + width / 2.0, top + height / 2.0);
        _ = writeln!(
            out,
            "<g><title>{}: does not apply</title><path class=\"stub\" d=\"M{right:.1} \
             {middle:.1}h{:.1}m0 -5v10\"/></g>",
            escape(&shown.stub),
            STUB - 4.0
        );
    }
    _ = write!(
        out,
        "<g class=\"{}\"><title>{}</title><rect x=\"{left:.1}\" y=\"{top:.1}\" \
         width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.1}\"/>",
        shown.class,
        escape(&shown.full)
    );
    draw_lines(out, &shown.lines, x, top + 17.0);
    out.push_str("</g>\n");
}

fn draw_lines(out: &mut String, lines: &[String], x: f64, first: f64) {
    let mut y = first;
    for line in lines {
        let line = escape(line);
        _ = write!(
            out,
            "<text class=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">{line}</text>"
        );
        y += LINE;
    }
}
