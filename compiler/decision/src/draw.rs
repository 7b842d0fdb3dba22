//! Pictures of diagrams: DOT for Graphviz, and text. Both are sorted by node number, so that equal
//! diagrams have equal pictures.

use std::fmt::Write;

use indexmap::IndexMap;

use crate::build::{Decisions, Shape};
use crate::dag::{Edge, Node, NodeId};
use crate::drawing::{self, Arrow, Drawing, DrawnBox, Look};
use crate::space::{Classes, Space, Variable};

/// What to draw.
#[derive(Clone, Debug, Default)]
pub struct DrawOptions {
    /// Places of the policies to draw; all of them where there is none.
    pub policies: Vec<usize>,
    /// Whether the conditions are drawn too, not only the policies as a whole.
    pub has_conditions: bool,
    /// Names of the policies, by place.
    pub names: Vec<String>,
}

/// A root with its label.
struct Labelled {
    label: String,
    id: NodeId,
}

/// The diagrams in the language of Graphviz.
#[must_use]
pub fn dot(decisions: &Decisions, options: &DrawOptions) -> String {
    let roots = labelled(decisions, options);
    let ids: Vec<NodeId> = roots.iter().map(|root| root.id).collect();
    let mut text = String::from("digraph decisions {\n  node [shape=ellipse];\n");
    text.push_str("  n0 [shape=box, label=\"false\"];\n  n1 [shape=box, label=\"true\"];\n");
    for (place, root) in roots.iter().enumerate() {
        let label = quoted(&root.label);
        _ = writeln!(text, "  r{place} [shape=plaintext, label={label}];");
        _ = writeln!(text, "  r{place} -> n{};", root.id.0);
    }
    for id in decisions.dag.reachable(&ids) {
        let Some(node) = decisions.dag.node(id) else {
            continue;
        };
        let Some(variable) = decisions.space.variables.get(node.variable as usize) else {
            continue;
        };
        _ = writeln!(text, "  n{} [label={}];", id.0, quoted(&variable.name));
        for (child, runs) in by_child(node, variable) {
            let label = quoted(&runs.join(", "));
            _ = writeln!(text, "  n{} -> n{} [label={label}];", id.0, child.0);
        }
    }
    text.push_str("}\n");
    text
}

/// The diagrams as a picture.
#[must_use]
pub fn svg(decisions: &Decisions, options: &DrawOptions, title: &str) -> String {
    let roots = labelled(decisions, options);
    let ids: Vec<NodeId> = roots.iter().map(|root| root.id).collect();
    let mut place_by_node = IndexMap::new();
    let mut drawing = Drawing::default();
    for root in &roots {
        drawing.boxes.push(DrawnBox {
            text: root.label.clone(),
            look: Look::Root,
        });
    }
    let reachable = decisions.dag.reachable(&ids);
    let answers = [
        (NodeId::FALSE, "no", Look::Reject),
        (NodeId::TRUE, "yes", Look::Accept),
    ];
    for (id, text, look) in answers {
        place_by_node.insert(id, drawing.boxes.len());
        drawing.boxes.push(DrawnBox {
            text: text.to_owned(),
            look,
        });
    }
    for id in reachable.iter().copied() {
        let Some(node) = decisions.dag.node(id) else {
            continue;
        };
        let variable = decisions.space.variables.get(node.variable as usize);
        let text = variable.map_or_else(String::new, |variable| variable.name.clone());
        place_by_node.insert(id, drawing.boxes.len());
        drawing.boxes.push(DrawnBox {
            text,
            look: Look::Test,
        });
    }
    let at = |id: NodeId| place_by_node.get(&id).copied().unwrap_or(0);
    for (place, root) in roots.iter().enumerate() {
        drawing.arrows.push(Arrow {
            from: place,
            to: at(root.id),
            text: String::new(),
        });
    }
    for id in reachable.iter().copied() {
        let Some(node) = decisions.dag.node(id) else {
            continue;
        };
        let Some(variable) = decisions.space.variables.get(node.variable as usize) else {
            continue;
        };
        for (child, runs) in by_child(node, variable) {
            drawing.arrows.push(Arrow {
                from: at(id),
                to: at(child),
                text: runs.join(", "),
            });
        }
    }
    drawing::svg(&drawing, title)
}

/// The diagrams as text, one node a line, children first.
#[must_use]
pub fn dump(decisions: &Decisions, options: &DrawOptions) -> String {
    let roots = labelled(decisions, options);
    let ids: Vec<NodeId> = roots.iter().map(|root| root.id).collect();
    let mut text = String::new();
    for id in decisions.dag.reachable(&ids) {
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
        _ = writeln!(
            text,
            "{}: {}  {}",
            name(id),
            variable.name,
            edges.join(" · ")
        );
    }
    for root in roots {
        _ = writeln!(text, "{}: {}", root.label, name(root.id));
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

fn labelled(decisions: &Decisions, options: &DrawOptions) -> Vec<Labelled> {
    let mut found = Vec::new();
    for (place, policy) in decisions.policies.iter().enumerate() {
        if !options.policies.is_empty() && !options.policies.contains(&place) {
            continue;
        }
        let unnamed = || format!("policy {place}");
        let title = options.names.get(place).cloned().unwrap_or_else(unnamed);
        let shape = |shape| {
            if shape == Shape::Chain {
                " (chain)"
            } else {
                ""
            }
        };
        let mut add = |of: &str, roots: crate::Roots| {
            let of = format!("{of}{}", shape(roots.shape));
            let certain = format!("{title}{of}, certainly");
            found.push(Labelled {
                label: certain,
                id: roots.certain,
            });
            found.push(Labelled {
                label: format!("{title}{of}, possibly"),
                id: roots.possible,
            });
        };
        add("", policy.roots);
        if options.has_conditions {
            for condition in &policy.conditions {
                add(&format!(": {}", condition.reason), condition.roots);
            }
        }
    }
    found
}

/// The children of a node in the order of their first class, each with the runs that lead to it.
fn by_child(node: Node<'_>, variable: &Variable) -> Vec<(NodeId, Vec<String>)> {
    // LIMIT: a child's runs are shown up to a number that people still read.
    const SHOWN: usize = 6;
    let mut found: IndexMap<NodeId, Vec<String>> = IndexMap::new();
    for (edge, last) in runs(node.edges, variable.class_count) {
        found
            .entry(edge.child)
            .or_default()
            .push(variable.describe_run(edge.first, last));
    }
    for runs in found.values_mut() {
        let more = runs.len().saturating_sub(SHOWN);
        if more > 0 {
            runs.truncate(SHOWN);
            runs.push(format!("{more} more"));
        }
    }
    found.into_iter().collect()
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

/// A text in the quotes of Graphviz.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
