//! `graph { … }` of a compliance policy: members of the Graph object that the clauses do not say.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, ClauseBody};

use super::{collect, unknown};
use crate::model::{CompliancePolicy, Unmodelled, Written};
use crate::policy::{PolicyCx, graph::top_members};
use crate::problems::{clauses, compliance as problem};
use crate::settings::{self, GraphMember};

/// Read the clause into the policy.
pub(super) fn lower(
    cx: PolicyCx<'_>,
    clause: &Clause,
    policy: &mut CompliancePolicy,
    problems: &mut Vec<Diagnostic>,
) {
    let ClauseBody::Graph(span) = clause.body else {
        return;
    };
    let text = cx.sources.text(span);
    let Some(members) = top_members(text, span, problems) else {
        problems.push(clauses::graph_not_object(span));
        return;
    };
    for (name, json) in members {
        let place = find(text, span, &name);
        match settings::graph_member(policy.platform, &name, &json) {
            GraphMember::Clause(clause) => {
                problems.push(clauses::graph_has_clause(&name, clause, place));
            }
            GraphMember::Form => policy.form.written.push(Written {
                path: vec![name],
                json: Some(json),
                span: place,
            }),
            GraphMember::Carried => policy.unmodelled.push(carried(name, json, place, false)),
            GraphMember::Condition => {
                problems.push(problem::unmodelled_setting(&name, place));
                policy.requirements.push(unknown(place));
                policy.unmodelled.push(carried(name, json, place, true));
            }
        }
    }
    unsaid(cx, policy, problems);
}

fn carried(name: String, json: String, span: Span, is_condition: bool) -> Unmodelled {
    Unmodelled {
        path: vec![name],
        json,
        span,
        is_condition,
    }
}

/// The place of a member's name, else that of the whole clause.
fn find(text: &str, span: Span, name: &str) -> Span {
    let quoted = format!("\"{name}\"");
    let Some(at) = text.find(&quoted) else {
        return span;
    };
    let place = |at: usize| {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        span.start.saturating_add(at).min(span.end)
    };
    Span::new(span.source, place(at), place(at + quoted.len()))
}

/// Report members that would be requirements and that no clause says: they would be lost.
fn unsaid(cx: PolicyCx<'_>, policy: &CompliancePolicy, problems: &mut Vec<Diagnostic>) {
    let mut tests = Vec::new();
    for requirement in &policy.requirements {
        collect(&requirement.rule, &mut tests);
    }
    let is_said = |attribute: &str| {
        let names = tests
            .iter()
            .filter_map(|t| cx.schema.attribute(t.attribute));
        names.into_iter().any(|known| known.name == attribute)
    };
    let is_on = policy.form.written.iter().any(|written| {
        let name = written.path.first();
        name.is_some_and(|name| name == settings::LEVEL_SWITCH)
            && written.json.as_deref().map(str::trim) == Some("true")
    });
    for written in &policy.form.written {
        let (Some(name), Some(json)) = (written.path.first(), &written.json) else {
            continue;
        };
        let Some(setting) = settings::asking_member(policy.platform, name, json) else {
            continue;
        };
        let is_inert = setting.form == settings::Form::Level && !is_on;
        if !is_inert && !is_said(&setting.attribute) {
            problems.push(clauses::graph_has_clause(name, "`require`", written.span));
        }
    }
}
