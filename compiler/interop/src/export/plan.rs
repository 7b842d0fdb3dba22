//! Policies that are rules of one plan back to the plan.
//!
//! A plan is given back as it was written as long as its rules mean what the policies mean; a rule
//! whose policy was changed is written anew, under the shared conditions where they still hold.

use gatewright_hir::model::{GraphProfile, PlanForm, Policy};
use gatewright_source::Span;

use super::check::{COMPARED, meaning};
use super::policy::generate;
use crate::context::Context;
use crate::json::{self, Node};
use crate::read::read_plan;
use crate::sink::Sink;

/// A plan as it is written.
pub(crate) struct Plan {
    pub(crate) node: Node,
    /// Whether every rule, and what they share, is as it was written.
    pub(crate) is_unchanged: bool,
    /// Where it is said.
    pub(crate) span: Span,
}

/// The policies as they follow each other: a policy alone, or all those of one plan.
pub(crate) fn grouped(policies: &[Policy]) -> Vec<&[Policy]> {
    let is_one = |left: &Policy, right: &Policy| match (&left.form.plan, &right.form.plan) {
        (Some(left), Some(right)) => left.plan == right.plan && left.span == right.span,
        _ => false,
    };
    policies.chunk_by(is_one).collect()
}

/// Write the policies of one plan; `None` where they are of none.
pub(crate) fn plan(policies: &[Policy], cx: &Context<'_>) -> Option<Plan> {
    let form = policies.first()?.form.plan.as_ref()?;
    let own = |policy: &Policy| {
        let rule = policy.form.plan.as_ref().and_then(|plan| plan.rule.clone());
        rule.map(|rule| Node::parse(&rule))
    };
    let written: Option<Vec<Node>> = policies.iter().map(own).collect();
    let says = |node: &Node| says(node, policies, cx);
    if let Some(rules) = written {
        let node = whole(form, rules);
        if says(&node).iter().all(|is_same| *is_same) {
            return Some(Plan {
                node,
                is_unchanged: true,
                span: form.span,
            });
        }
    }
    // The rules that still say what their policies say are kept.
    let kept = whole(
        form,
        policies
            .iter()
            .map(|p| own(p).unwrap_or(Node::object()))
            .collect(),
    );
    let is_kept = says(&kept);
    let shared = Node::parse(&form.plan);
    let shared = shared
        .get("sharedConditions")
        .cloned()
        .unwrap_or(Node::object());
    let rule = |policy: &Policy, shared: &Node| anew(policy, own(policy), shared);
    let mixed = policies
        .iter()
        .zip(&is_kept)
        .map(|(policy, is_kept)| match own(policy) {
            Some(own) if *is_kept => own,
            _ => rule(policy, &shared),
        });
    let mut node = whole(form, mixed.collect());
    if !says(&node).iter().all(|is_same| *is_same) {
        // What was shared is not any more.
        let nothing = Node::object();
        node = whole(form, policies.iter().map(|p| rule(p, &nothing)).collect());
        node.put(&["sharedConditions"], nothing);
    }
    Some(Plan {
        node,
        is_unchanged: false,
        span: form.span,
    })
}

fn whole(form: &PlanForm, rules: Vec<Node>) -> Node {
    let mut node = Node::parse(&form.plan);
    node.put(&["rules"], Node::List(rules));
    node
}

/// Which rules of a plan mean what these policies mean.
fn says(node: &Node, policies: &[Policy], cx: &Context<'_>) -> Vec<bool> {
    let text = node.compact();
    let (value, _) = json::read(COMPARED, &text);
    let mut sink = Sink::new(cx, COMPARED, &text);
    let read = value.map(|value| read_plan(&mut sink, &value, &mut Vec::new()));
    let read = read.unwrap_or_default();
    let is_whole = read.len() == policies.len();
    let pairs = policies.iter().zip(&read);
    pairs
        .map(|(policy, (read, _))| is_whole && essence(policy) == essence(read))
        .collect()
}

/// What a policy means; its name in the plan is made of the plan's and the rule's.
fn essence(policy: &Policy) -> Node {
    let mut node = meaning(policy);
    node.remove(&["displayName"]);
    node
}

/// A rule from a policy: what is not shared, with the members that only the old rule has.
fn anew(policy: &Policy, old: Option<Node>, shared: &Node) -> Node {
    let whole = generate(policy, &[], GraphProfile::Minimal);
    let mut rule = old.unwrap_or(Node::object());
    if rule.get("displayName").is_none() && rule.get("name").is_none() {
        rule.put(&["displayName"], Node::text(&policy.display_name));
    }
    rule.put(
        &["state"],
        whole.get("state").cloned().unwrap_or(Node::Null),
    );
    rule.put(&["conditions"], Node::object());
    for (name, value) in whole
        .get("conditions")
        .and_then(Node::members)
        .into_iter()
        .flatten()
    {
        if shared.get(name) != Some(value) {
            rule.put(&["conditions", name], value.clone());
        }
    }
    rule.put(&["controls"], Node::object());
    for name in ["grantControls", "sessionControls"] {
        if let Some(value) = whole.get(name) {
            rule.put(&["controls", name], value.clone());
        }
    }
    rule
}
