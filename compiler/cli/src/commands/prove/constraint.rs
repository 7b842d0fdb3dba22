//! Which sign-ins can exist, in words and as a diagram.

use std::fmt::Write as _;

use gatewright_analysis::{Assumptions, World};
use gatewright_decision::{
    Decisions, DrawOptions, NodeId, PolicyRoots, ROWS, Roots, Row, Shape, Workspace, dot,
};
use serde_json::{Value, json};

use super::properties::Chosen;
use crate::args::ProveFormat;

/// LIMIT: nodes of the diagram; where it would be larger, that is said.
const NODES_MAX: usize = 1_000_000;

/// The rows with the number of their clauses, and the diagram of those that are on.
pub(super) fn print(chosen: &Chosen, assumptions: Assumptions, format: ProveFormat) -> String {
    let set = &chosen.compilation.set;
    let claims = chosen.invariants.iter().chain(&chosen.within);
    let mut claims = set.with_policies(claims.map(|one| one.policy.clone()).collect());
    claims.compliance.policies.clear();
    let world = World::new(set, &[&claims], assumptions);
    let drawn = drawn(&world);
    match format {
        ProveFormat::Dot => match &drawn {
            Some((decisions, names)) => {
                let options = DrawOptions {
                    names: names.clone(),
                    ..DrawOptions::default()
                };
                dot(decisions, &options)
            }
            None => format!("digraph decisions {{ /* more than {NODES_MAX} nodes */ }}\n"),
        },
        ProveFormat::Json => json(&world, drawn.as_ref().map(|(decisions, _)| decisions)),
        ProveFormat::Human => human(&world, drawn.as_ref().map(|(decisions, _)| decisions)),
    }
}

/// The row of this name, where it is on.
fn row<'w>(world: &'w World<'_>, name: &str) -> Option<&'w Row> {
    world.rows.iter().find(|row| row.name == name)
}

fn count(row: &Row) -> usize {
    row.clauses.len() + row.implications.len()
}

fn human(world: &World<'_>, diagram: Option<&Decisions>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, sentence) in ROWS {
        let state = match row(world, name) {
            Some(row) => match count(row) {
                1 => "1 clause".to_owned(),
                count => format!("{count} clauses"),
            },
            None => "off".to_owned(),
        };
        _ = writeln!(text, "{name:<20} {state:>12}  {sentence}");
    }
    let size = match diagram {
        Some(decisions) => format!("{} nodes", size(decisions)),
        None => format!("more than {NODES_MAX} nodes"),
    };
    let variables = world.joint.space.variables.len();
    _ = writeln!(text, "as a diagram over {variables} variables: {size}");
    text
}

fn json(world: &World<'_>, diagram: Option<&Decisions>) -> String {
    let rows = ROWS.iter().map(|(name, sentence)| {
        let row = row(world, name);
        json!({
            "name": name, "sentence": sentence, "on": row.is_some(),
            "clauses": row.map_or(0, count),
        })
    });
    let rows: Vec<Value> = rows.collect();
    let nodes = diagram.map(size);
    let variables = world.joint.space.variables.len();
    let value = json!({ "rows": rows, "variables": variables, "nodes": nodes });
    format!("{value:#}\n")
}

/// How many nodes the diagram has; the store has those of its parts too.
fn size(decisions: &Decisions) -> usize {
    let roots = decisions.policies.iter().map(|policy| policy.roots.certain);
    let roots: Vec<NodeId> = roots.collect();
    decisions.dag.reachable(&roots).len()
}

/// The diagram of all rows together, with its name.
fn drawn(world: &World<'_>) -> Option<(Decisions, Vec<String>)> {
    let space = &world.joint.space;
    let mut workspace = Workspace::new(space, NODES_MAX);
    let mut parts = Vec::new();
    for row in &world.rows {
        for clause in &row.clauses {
            let literals = clause
                .iter()
                .map(|literal| workspace.classes(literal))
                .collect();
            parts.push(workspace.any(literals)?);
        }
        for (first, then) in &row.implications {
            let first = workspace.formula(first, false)?;
            let then = workspace.formula(then, true)?;
            let no = workspace.not(first)?;
            parts.push(workspace.any(vec![no, then])?);
        }
    }
    let root = workspace.all(parts)?;
    Some((
        decisions(&workspace, world, root),
        vec!["sign-ins that can exist".to_owned()],
    ))
}

fn decisions(workspace: &Workspace<'_>, world: &World<'_>, root: NodeId) -> Decisions {
    let roots = Roots {
        certain: root,
        possible: root,
        shape: Shape::Ordered,
    };
    Decisions {
        space: world.joint.space.clone(),
        dag: workspace.dag().clone(),
        policies: vec![PolicyRoots {
            roots,
            conditions: Vec::new(),
        }],
        compliance: Vec::new(),
    }
}
