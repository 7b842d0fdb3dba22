//! A policy that Entra cannot say as several that it can, proved equal by diagram.
//!
//! What `when` asks for is turned into alternatives of dimensions. Each becomes a policy with the
//! outcome of the original: several policies that ask for the same are together what one is that
//! applies where any of them does. Nothing here is believed: the diagrams of the policies that were
//! written have to say what the diagram of the original says, certainly and possibly.

mod dimension;
mod proof;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::model::{Expr, GraphForm, Policy, PolicySet};
use gatewright_hir::schema::Schema;
use gatewright_source::Span;

use dimension::narrow;
use proof::Proof;

/// LIMIT: policies that one is written as.
const POLICIES_MAX: usize = 32;

/// A set in which every policy can be said, as far as that is possible.
#[derive(Clone, Debug)]
pub struct Split {
    /// The policies; those that could not be split are as they were.
    pub set: PolicySet,
    /// How many policies were split.
    pub split_count: usize,
    /// Why a policy could not be split.
    pub diagnostics: Vec<Diagnostic>,
}

/// Write every policy with a condition that Entra cannot say as policies that it can. Cost: the
/// diagrams of the policies that are split.
#[must_use]
pub fn split(set: &PolicySet) -> Split {
    let mut result = Split {
        set: PolicySet {
            policies: Vec::with_capacity(set.policies.len()),
            ..set.clone()
        },
        split_count: 0,
        diagnostics: Vec::new(),
    };
    for policy in &set.policies {
        let Some(when) = &policy.when else {
            result.set.policies.push(policy.clone());
            continue;
        };
        match parts(set, policy, when) {
            Ok(parts) => {
                result.split_count += 1;
                result.set.policies.extend(parts);
            }
            Err(reason) => {
                let message = format!(
                    "\"{}\" cannot be split: {}",
                    policy.display_name, reason.why
                );
                let span = reason.span.unwrap_or(policy.name_span);
                result
                    .diagnostics
                    .push(Diagnostic::new(codes::GW0643, span, message).help(reason.help));
                // Without the condition, so that it is told once.
                result.set.policies.push(Policy {
                    when: None,
                    ..policy.clone()
                });
            }
        }
    }
    result
}

/// Why a policy cannot be split.
struct Reason {
    why: String,
    help: &'static str,
    span: Option<Span>,
}

impl Reason {
    fn new(why: impl Into<String>, span: Option<Span>) -> Reason {
        Reason {
            why: why.into(),
            help: "keep to what a policy of Entra asks for: users, resources, platforms, networks, \
                   clients, risks, flows, and what a filter for devices sees",
            span,
        }
    }
}

fn parts(set: &PolicySet, policy: &Policy, when: &Expr) -> Result<Vec<Policy>, Reason> {
    let alternatives = alternatives(&set.schema, when, false)?;
    let mut parts = Vec::with_capacity(alternatives.len());
    for alternative in &alternatives {
        let mut part = Policy {
            when: None,
            form: GraphForm::default(),
            ..policy.clone()
        };
        if let Some(assignments) = part.assignments.as_deref_mut()
            && narrow(&set.schema, assignments, alternative)?
        {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        return Err(Reason::new("its condition never holds", None));
    }
    if parts.len() > 1 {
        for (at, part) in parts.iter_mut().enumerate() {
            let number = at + 1;
            part.display_name = format!("{} ({number})", policy.display_name);
            // One of them takes the place of the policy that is there.
            if at > 0 || !part.has_server_id {
                part.has_server_id = false;
                part.id.clone_from(&part.display_name);
            }
        }
    }
    let why = match proof::compare(set, policy, &parts) {
        Proof::Equal => return Ok(parts),
        Proof::Differ(place) => {
            format!("the policies that would be written say something else {place}")
        }
        Proof::TooLarge => {
            "it takes too long to prove that the policies that would be written say \
                            the same"
                .to_owned()
        }
    };
    Err(Reason::new(why, None))
}

/// A question of a conjunction, and whether it is turned round.
struct Literal<'e> {
    expr: &'e Expr,
    is_negated: bool,
}

/// The expression as alternatives of conjunctions. Recursion is bounded: expressions are nested no
/// deeper than the parser allows.
fn alternatives<'e>(
    schema: &Schema,
    expr: &'e Expr,
    is_negated: bool,
) -> Result<Vec<Vec<Literal<'e>>>, Reason> {
    match expr {
        Expr::Constant(value) if *value != is_negated => Ok(vec![Vec::new()]),
        Expr::Constant(_) => Ok(Vec::new()),
        Expr::Not(inner) => alternatives(schema, inner, !is_negated),
        // What only asks about the device is one rule, however it is combined.
        Expr::All(_) | Expr::Any(_) if dimension::is_of_device(schema, expr) => {
            Ok(vec![vec![Literal { expr, is_negated }]])
        }
        Expr::Any(parts) if !is_negated => union(schema, parts, is_negated),
        Expr::All(parts) if is_negated => union(schema, parts, is_negated),
        Expr::All(parts) | Expr::Any(parts) => {
            let mut product: Vec<Vec<Literal<'_>>> = vec![Vec::new()];
            for part in parts {
                let factors = alternatives(schema, part, is_negated)?;
                let mut next = Vec::with_capacity(product.len() * factors.len());
                for left in &product {
                    for right in &factors {
                        let both = left.iter().chain(right);
                        next.push(both.map(|l| Literal { ..*l }).collect());
                    }
                }
                few(next.len())?;
                product = next;
            }
            Ok(product)
        }
        Expr::Test(_) | Expr::Location(_) | Expr::App(_) => {
            Ok(vec![vec![Literal { expr, is_negated }]])
        }
        Expr::Some(some) => {
            let why = "a policy of Entra has no quantifiers";
            Err(Reason::new(why, Some(some.span)))
        }
        Expr::Field(test) => Err(Reason::new("it asks for a field", Some(test.span))),
        Expr::Unknown(span) => Err(Reason::new("a part of it could not be read", Some(*span))),
    }
}

fn union<'e>(
    schema: &Schema,
    parts: &'e [Expr],
    is_negated: bool,
) -> Result<Vec<Vec<Literal<'e>>>, Reason> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(alternatives(schema, part, is_negated)?);
        few(all.len())?;
    }
    Ok(all)
}

fn few(count: usize) -> Result<(), Reason> {
    if count > POLICIES_MAX {
        let why = format!("it would take more than {POLICIES_MAX} policies");
        return Err(Reason::new(why, None));
    }
    Ok(())
}
