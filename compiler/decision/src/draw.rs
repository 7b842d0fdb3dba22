//! Pictures of diagrams: SVG, DOT for Graphviz, and text.
//!
//! A picture for people has one panel for each policy, which asks its questions from the top down
//! and ends at *applies*, *may apply* or not at all ([`panel`]). The text shows the store as it is.
//!
//! INVARIANT: equal diagrams have equal pictures, whatever else is in the store.

mod dot;
mod layered;
mod panel;
mod svg;
mod text;

use std::fmt::Write;

use indexmap::IndexMap;

pub use self::dot::dot;
pub use self::svg::svg;
use crate::build::{Decisions, Roots, Shape};
use crate::dag::{Edge, Node, NodeId};
use crate::space::{Classes, Space, Variable};

/// What to draw, and in which words.
#[derive(Clone)]
pub struct DrawOptions<'n> {
    /// Places of the policies to draw; all of them where there is none.
    pub policies: Vec<usize>,
    /// Whether the conditions are drawn too, not only the policies as a whole.
    pub has_conditions: bool,
    /// Names of the policies, by place.
    pub names: Vec<String>,
    /// What the policies do where they apply, by place.
    pub effects: Vec<String>,
    /// What questions and answers are called.
    pub naming: &'n dyn Naming,
    /// How others are chosen where not all policies fit into a picture.
    pub choice: &'n str,
}

impl Default for DrawOptions<'_> {
    fn default() -> Self {
        DrawOptions {
            policies: Vec::new(),
            has_conditions: false,
            names: Vec::new(),
            effects: Vec::new(),
            naming: &Plain,
            choice: "",
        }
    }
}

/// What people call variables and their classes. Classes come as runs, both ends included.
pub trait Naming {
    /// What a variable asks: `The user is in the group Administrators`.
    fn question(&self, variable: &Variable) -> String;
    /// An answer to that, short: `yes or unknown`.
    fn answer(&self, variable: &Variable, runs: &[(u32, u32)]) -> String;
    /// Question and answer in full.
    fn sentence(&self, variable: &Variable, runs: &[(u32, u32)]) -> String;
}

/// The words of the space itself, which knows no names for ids.
struct Plain;

impl Naming for Plain {
    fn question(&self, variable: &Variable) -> String {
        variable.name.clone()
    }

    fn answer(&self, variable: &Variable, runs: &[(u32, u32)]) -> String {
        let runs = runs.iter();
        shortened(runs.map(|(first, last)| variable.describe_run(*first, *last))).join(", ")
    }

    fn sentence(&self, variable: &Variable, runs: &[(u32, u32)]) -> String {
        format!("{}: {}", variable.name, self.answer(variable, runs))
    }
}

/// A diagram with what it is called.
struct Named {
    title: String,
    effect: String,
    roots: Roots,
}

/// The diagrams to draw, policies in order, each before its conditions.
fn chosen(decisions: &Decisions, options: &DrawOptions<'_>) -> Vec<Named> {
    let mut found = Vec::new();
    for (place, policy) in decisions.policies.iter().enumerate() {
        if !options.policies.is_empty() && !options.policies.contains(&place) {
            continue;
        }
        let unnamed = || format!("policy {place}");
        let title = options.names.get(place).cloned().unwrap_or_else(unnamed);
        found.push(Named {
            title: title.clone(),
            effect: options.effects.get(place).cloned().unwrap_or_default(),
            roots: policy.roots,
        });
        if options.has_conditions {
            found.extend(policy.conditions.iter().map(|condition| Named {
                title: format!("{title}: {}", condition.reason),
                effect: String::new(),
                roots: condition.roots,
            }));
        }
    }
    found
}

/// The diagrams as text, one node a line, children first.
#[must_use]
pub fn dump(decisions: &Decisions, options: &DrawOptions<'_>) -> String {
    let chosen = chosen(decisions, options);
    let roots = chosen
        .iter()
        .flat_map(|named| [named.roots.certain, named.roots.possible]);
    let mut text = String::new();
    for id in decisions.dag.reachable(&roots.collect::<Vec<_>>()) {
        let Some(node) = decisions.dag.node(id) else {
            continue;
        };
        let Some(variable) = decisions.space.variables.get(node.variable as usize) else {
            continue;
        };
        let edges: Vec<String> = by_child(node, variable)
            .into_iter()
            .map(|(child, runs)| format!("{} → {}", runs.join(", "), name(child)))
            .collect();
        // Writing to a string cannot fail.
        _ = writeln!(
            text,
            "{}: {}  {}",
            name(id),
            variable.name,
            edges.join(" · ")
        );
    }
    for Named { title, roots, .. } in chosen {
        let shape = match roots.shape {
            Shape::Chain => " (chain)",
            Shape::Ordered => "",
        };
        let sides = [("certainly", roots.certain), ("possibly", roots.possible)];
        for (side, root) in sides {
            _ = writeln!(text, "{title}{shape}, {side}: {}", name(root));
        }
    }
    text
}

fn name(id: NodeId) -> String {
    match id {
        NodeId::FALSE => "false".to_owned(),
        NodeId::TRUE => "true".to_owned(),
        NodeId(number) => format!("n{number}"),
    }
}

/// The children of a node in the order of their first class, each with the runs that lead to it.
fn by_child(node: Node<'_>, variable: &Variable) -> Vec<(NodeId, Vec<String>)> {
    let mut found: IndexMap<NodeId, Vec<String>> = IndexMap::new();
    for (edge, last) in runs(node.edges, variable.class_count) {
        let run = variable.describe_run(edge.first, last);
        found.entry(edge.child).or_default().push(run);
    }
    let found = found.into_iter();
    found
        .map(|(child, runs)| (child, shortened(runs.into_iter())))
        .collect()
}

/// The first few of many runs, and how many more there are.
fn shortened(mut runs: impl Iterator<Item = String>) -> Vec<String> {
    // LIMIT: runs that are shown, up to a number that people still read.
    const SHOWN: usize = 6;
    let mut shown: Vec<String> = runs.by_ref().take(SHOWN).collect();
    match runs.count() {
        0 => {}
        more => shown.push(format!("{more} more")),
    }
    shown
}

/// Edges with their last classes.
fn runs(edges: &[Edge], class_count: u32) -> impl Iterator<Item = (&Edge, u32)> {
    let ends = edges
        .iter()
        .skip(1)
        .map(|edge| edge.first)
        .chain([class_count]);
    edges.iter().zip(ends.map(|end| end.saturating_sub(1)))
}

impl Variable {
    /// What people call the classes from `first` to `last`.
    #[must_use]
    pub fn describe_run(&self, first: u32, last: u32) -> String {
        if first == last {
            self.describe_class(first)
        } else {
            format!(
                "{} … {}",
                self.describe_class(first),
                self.describe_class(last)
            )
        }
    }

    /// What people call a class.
    #[must_use]
    pub fn describe_class(&self, class: u32) -> String {
        if class == self.unknown_class() {
            return "unknown".to_owned();
        }
        if Some(class) == self.null_class() {
            return "null".to_owned();
        }
        match &self.classes {
            Classes::Text(_) if class == 0 => "other".to_owned(),
            Classes::Text(entries) => {
                let of_class = entries.iter().filter(|entry| entry.class == class);
                few(of_class.map(|entry| match entry.is_exact {
                    true => format!("\"{}\"", entry.text),
                    false => format!("\"{}…\"", entry.text),
                }))
            }
            Classes::Ordered(cells) => few(cells.of_class(class).map(|start| match start {
                None => "least".to_owned(),
                Some(start) => format!("≥ {start}"),
            })),
            _ => if class == 0 { "false" } else { "true" }.to_owned(),
        }
    }
}

impl Space {
    /// A vector of classes in words, for messages: what differs from class 0 is listed.
    #[must_use]
    pub fn describe(&self, classes: &[u32]) -> String {
        let told = self
            .variables
            .iter()
            .zip(classes)
            .filter(|(_, class)| **class != 0);
        let words = told.map(|(v, class)| format!("{} = {}", v.name, v.describe_class(*class)));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The first few of what is in a class.
fn few(mut names: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.by_ref().take(SHOWN).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{}, {more} more", shown.join(", ")),
    }
}
