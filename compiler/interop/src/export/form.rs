//! How an object was written: what has to change in what its meaning gives, so that it is what came
//! in.

use gatewright_hir::model::{GraphForm, GraphProfile, Policy, Written};
use gatewright_source::Span;

use super::policy::{Expanded, generate};
use crate::json::{Node, is_annotation};

/// A member that is written in another way than generated.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) path: Vec<String>,
    /// `None` where the member is absent.
    pub(crate) value: Option<Node>,
    /// Where a text says so.
    pub(crate) span: Span,
}

impl Change {
    fn apply(&self, node: &mut Node) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match &self.value {
            None => node.remove(&path),
            Some(value) => {
                let mut over = Node::object();
                over.put(&path, value.clone());
                node.lay(&over);
            }
        }
    }
}

/// The members that have to change, so that `generated` becomes `wanted`.
pub(crate) fn part(generated: &Node, wanted: &Node) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(generated, wanted, &mut Vec::new(), &mut changes);
    changes
}

/// Recursion is bounded by the nesting of what was read.
fn compare(generated: &Node, wanted: &Node, path: &mut Vec<String>, changes: &mut Vec<Change>) {
    let (Some(left), Some(right)) = (generated.members(), wanted.members()) else {
        return;
    };
    let mut add = |path: &[String], value: Option<Node>| {
        changes.push(Change {
            path: path.to_vec(),
            value,
            span: Span::default(),
        });
    };
    for name in left.keys().filter(|name| !is_annotation(name)) {
        if !right.contains_key(name) {
            path.push(name.clone());
            add(path, None);
            path.pop();
        }
    }
    for (name, value) in right.iter().filter(|(name, _)| !is_annotation(name)) {
        path.push(name.clone());
        match left.get(name) {
            Some(Node::Object(members)) if matches!(value, Node::Object(_)) => {
                let inner = Node::Object(members.clone());
                compare(&inner, value, path, changes);
            }
            Some(same) if same.bare() == value.bare() => {}
            _ => changes.push(Change {
                path: path.clone(),
                value: Some(value.clone()),
                span: Span::default(),
            }),
        }
        path.pop();
    }
}

/// What the form of an object changes. A form that has the object as a whole is taken apart, so
/// that one member that does not hold any more does not spoil the others.
pub(crate) fn changes(generated: &Node, form: &GraphForm) -> Vec<Change> {
    let mut changes = Vec::new();
    for Written { path, json, span } in &form.written {
        let value = json.as_deref().map(Node::parse);
        match value {
            Some(whole) if path.is_empty() => changes.extend(part(generated, &whole)),
            value => changes.push(Change {
                path: path.clone(),
                value,
                span: *span,
            }),
        }
    }
    changes
}

/// Change everything, whether it holds or not.
pub(crate) fn apply(node: &mut Node, changes: &[Change]) {
    changes.iter().for_each(|change| change.apply(node));
}

/// Change what may be changed: as much as keeps `holds` true. What is left out is returned.
pub(crate) fn settle(
    node: &mut Node,
    changes: &[Change],
    holds: &dyn Fn(&Node) -> bool,
) -> Vec<Change> {
    if changes.is_empty() {
        return Vec::new();
    }
    let mut changed = node.clone();
    changes.iter().for_each(|change| change.apply(&mut changed));
    if holds(&changed) {
        *node = changed;
        return Vec::new();
    }
    if changes.len() == 1 {
        return changes.to_vec();
    }
    // Halves, so that few bad ones among many cost few readings.
    let (first, second) = changes.split_at(changes.len() / 2);
    let mut left_out = settle(node, first, holds);
    left_out.extend(settle(node, second, holds));
    left_out
}

/// The profile in which a text has to say least so that the policy becomes `wanted`, and what it
/// has to say.
pub(crate) fn worded(
    policy: &Policy,
    strengths: &[Expanded],
    wanted: &Node,
) -> (GraphProfile, Vec<Change>) {
    let named = GraphProfile::NAMED.iter().map(|(_, profile)| *profile);
    let profiles = std::iter::once(GraphProfile::Minimal).chain(named);
    let tried = profiles.map(|profile| {
        let generated = generate(policy, strengths, profile);
        (profile, part(&generated, wanted))
    });
    tried
        .min_by_key(|(_, changes)| changes.len())
        .unwrap_or_default()
}
