//! Named rules: each is checked once, those that it needs before it.
//!
//! Rules that need each other are reported as one cycle, with every use in it, and have no value;
//! what uses them is not reported again.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{self, DeclarationKind, Expr, ExprId, Exprs, Name};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::lower_schema::OWN_DIALECT;
use crate::problems::{clauses, names as problem};
use crate::schema::Schema;
use crate::symbols::{RuleValue, Symbols};

struct Rule<'a> {
    name: &'a Name,
    exprs: &'a Exprs,
    body: ExprId,
}

/// Check every rule and give it its value.
pub(crate) fn lower(
    files: &[&ast::File],
    schema: &Schema,
    symbols: &mut Symbols<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut graph: DiGraph<Rule<'_>, Span> = DiGraph::new();
    let mut node_by_name: FxHashMap<&str, NodeIndex> = FxHashMap::default();
    for file in files {
        for declaration in &file.declarations {
            let DeclarationKind::Rule {
                name,
                parameters,
                body,
            } = &declaration.kind
            else {
                continue;
            };
            if let Some(first) = parameters.first() {
                problems.push(clauses::rule_with_parameters(name, first.name.span));
                continue;
            }
            // The first of several with one name; the others have been reported.
            let is_first = symbols
                .rule(&name.text)
                .is_some_and(|rule| rule.span == name.span);
            if let (Some(body), true) = (body, is_first) {
                let node = graph.add_node(Rule {
                    name,
                    exprs: &file.exprs,
                    body: *body,
                });
                node_by_name.insert(&name.text, node);
            }
        }
    }
    for node in graph.node_indices().collect::<Vec<_>>() {
        let Some(rule) = graph.node_weight(node) else {
            continue;
        };
        for (used, span) in uses(rule.exprs, rule.body) {
            if let Some(target) = node_by_name.get(used.as_str()) {
                graph.add_edge(node, *target, span);
            }
        }
    }
    // Components come with what they need before them.
    for component in tarjan_scc(&graph) {
        match cycle(&graph, &component) {
            Some(cycle) => problems.extend(problem::rule_cycle(&cycle)),
            None => {
                for node in component {
                    if let Some(rule) = graph.node_weight(node) {
                        lower_rule(rule, schema, symbols, problems);
                    }
                }
            }
        }
    }
}

fn lower_rule(
    rule: &Rule<'_>,
    schema: &Schema,
    symbols: &mut Symbols<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(dialect) = schema.dialects.iter().find(|d| d.name == OWN_DIALECT) else {
        return;
    };
    let cx = ExprCx {
        schema,
        dialect,
        symbols: Some(symbols),
    };
    let lowered = lower_expr(cx, rule.exprs, rule.body, problems);
    if !lowered.is_broken {
        lints::expression(schema, &lowered.expr, problems);
        let value = RuleValue {
            expr: lowered.expr,
            size: lowered.size,
            depth: lowered.depth,
        };
        symbols.set_rule(&rule.name.text, value);
    }
}

/// Words of an expression that could be names of rules, with their places.
fn uses(exprs: &Exprs, root: ExprId) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        match exprs.get(id) {
            Expr::Or(parts) | Expr::And(parts) => stack.extend(parts.iter().rev()),
            Expr::Not(inner) | Expr::Paren(inner) => stack.push(*inner),
            Expr::Quantified { body, .. } => stack.push(*body),
            Expr::Name {
                path,
                arguments: None,
            } => {
                if let [word] = path.as_slice() {
                    found.push((word.text.clone(), word.span));
                }
            }
            Expr::Compare { .. } | Expr::Name { .. } | Expr::DirectReports(_) | Expr::Broken => {}
        }
    }
    found
}

/// A way round through a component, if there is one: name, place of the declaration, place of the
/// use of the next rule.
fn cycle(
    graph: &DiGraph<Rule<'_>, Span>,
    component: &[NodeIndex],
) -> Option<Vec<(String, Span, Span)>> {
    let start = *component.iter().min()?;
    let mut way = shortest_way_round(graph, component, start)?;
    way.dedup_by_key(|(node, _)| *node);
    way.into_iter()
        .map(|(node, used)| {
            let rule = graph.node_weight(node)?;
            Some((rule.name.text.clone(), rule.name.span, used))
        })
        .collect()
}

/// The nodes from `start` back to it, each with the edge to the next; breadth first.
fn shortest_way_round(
    graph: &DiGraph<Rule<'_>, Span>,
    component: &[NodeIndex],
    start: NodeIndex,
) -> Option<Vec<(NodeIndex, Span)>> {
    use petgraph::visit::EdgeRef;
    let inside: rustc_hash::FxHashSet<NodeIndex> = component.iter().copied().collect();
    let mut reached_by: FxHashMap<NodeIndex, (NodeIndex, Span)> = FxHashMap::default();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for edge in graph.edges(node) {
            let target = edge.target();
            if target == start {
                let mut way = vec![(node, *edge.weight())];
                let mut at = node;
                while at != start {
                    let (previous, span) = *reached_by.get(&at)?;
                    way.push((previous, span));
                    at = previous;
                }
                way.reverse();
                return Some(way);
            }
            if inside.contains(&target) && !reached_by.contains_key(&target) {
                reached_by.insert(target, (node, *edge.weight()));
                queue.push_back(target);
            }
        }
    }
    None
}
