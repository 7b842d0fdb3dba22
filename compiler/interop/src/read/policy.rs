//! A policy as a whole.

use gatewright_hir::model::{Assignments, GraphForm, Outcome, Policy, Strength, Written};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use super::{conditions, outcome, target, who};
use crate::json::{Kind, Node, Value};
use crate::problems;
use crate::sink::{Fields, Sink};

/// Where the parts of a policy stand: templates have the name around the body.
#[derive(Clone, Copy)]
pub(crate) struct Body<'v, 't> {
    pub(crate) object: &'v Value<'t>,
    pub(crate) template: Option<&'v Value<'t>>,
}

/// What the server owns, and what the What-If call adds.
const PASSED: &[&str] = &[
    "createdDateTime",
    "modifiedDateTime",
    "deletedDateTime",
    "policyApplies",
    "analysisReasons",
    "allReasons",
    "result",
];

/// What is never part of the meaning and returns on export.
const CARRIED: &[&str] = &["description", "templateId", "partialEnablementStrategy"];

/// Read a policy; strengths that stand in it whole are added to `strengths`.
pub(crate) fn read_policy(
    sink: &mut Sink<'_>,
    body: Body<'_, '_>,
    strengths: &mut Vec<(Strength, String)>,
) -> Option<Policy> {
    let mut fields = Fields::new(body.object)?;
    let span = body.template.map_or(fields.span, |template| template.span);
    let (display_name, name_span) = name(sink, &mut fields, body);
    let id = fields.take("id").and_then(|member| sink.string(member));
    let id = id.filter(|id| !id.text.is_empty() && body.template.is_none());
    if let Some(id) = &id {
        sink.id(id);
    }
    let state = state(sink, &mut fields, name_span);
    fields.pass(PASSED);
    for name in CARRIED {
        if let Some(member) = fields.take_said(name) {
            sink.carry(member, &[]);
        }
    }
    let form = form(body);
    let assignments = assignments(sink, &mut fields, name_span);
    let outcome = outcome::read(sink, &mut fields, span, strengths);
    sink.carry_rest(&fields, &[]);
    sink.report_strangers();
    let has_server_id = id.is_some();
    let id = id.map_or_else(|| display_name.clone(), |id| id.text);
    let display_name = if display_name.is_empty() {
        id.clone()
    } else {
        display_name
    };
    Some(Policy {
        id,
        has_server_id,
        display_name,
        state,
        name_span,
        span,
        assignments: Some(Box::new(assignments)),
        when: None,
        outcome,
        unmodelled: std::mem::take(&mut sink.bag),
        form,
        annotations: gatewright_hir::model::Annotations::default(),
        scopes: Vec::new(),
    })
}

/// The policy as it is written, and the template around it.
fn form(body: Body<'_, '_>) -> GraphForm {
    let template = body.template.map(|template| {
        let mut template = Node::plain(template);
        template.remove(&["details"]);
        template.compact()
    });
    GraphForm {
        template,
        ..whole(body.object)
    }
}

/// The form of an object that is written so.
pub(crate) fn whole(object: &Value<'_>) -> GraphForm {
    let written = Written {
        path: Vec::new(),
        json: Some(Node::plain(object).compact()),
        span: object.span,
    };
    GraphForm {
        written: vec![written],
        ..GraphForm::default()
    }
}

/// The display name and its place.
fn name(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>, body: Body<'_, '_>) -> (String, Span) {
    let opening = |span: Span| Span::new(span.source, span.start, (span.start + 1).min(span.end));
    let outer = body
        .template
        .and_then(Fields::new)
        .and_then(|mut template| {
            template
                .take_said("name")
                .or_else(|| template.take_said("displayName"))
        });
    let inner = fields.take_said("displayName");
    let name = inner.or(outer).and_then(|member| sink.string(member));
    match name {
        Some(name) => (name.text, name.span),
        None => {
            let place = opening(fields.span);
            sink.report(problems::missing_member(
                place,
                "displayName",
                "called by its id",
            ));
            (String::new(), place)
        }
    }
}

fn state(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>, name_span: Span) -> State {
    let member = fields.take("state");
    let state = member.and_then(|member| sink.string(member));
    match state {
        // It is there, and has been reported.
        None if member.is_some_and(|member| member.value.kind != Kind::Null) => State::Enabled,
        None => {
            sink.report(problems::missing_state(name_span));
            State::Enabled
        }
        Some(item) if item.text.eq_ignore_ascii_case("partiallyEnabled") => {
            sink.report(problems::partially_enabled(&item));
            State::Enabled
        }
        Some(item) => sink.member(&item).unwrap_or(State::Enabled),
    }
}

fn assignments(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>, name_span: Span) -> Assignments {
    let member = fields.take_said("conditions");
    let Some(mut fields) = member.and_then(|member| sink.object(member)) else {
        if member.is_none() {
            let found = problems::missing_member(name_span, "conditions", "applies to nobody");
            sink.report(found);
        }
        return conditions::nobody(name_span);
    };
    let who = who::read(sink, &mut fields);
    let target = target::read(sink, &mut fields);
    let assignments = conditions::read(sink, &mut fields, who, target);
    sink.carry_rest(&fields, &["conditions"]);
    assignments
}

/// The place of an outcome: where its first part is written.
pub(super) fn place(outcome: &mut Outcome, span: Span, whole: Span) {
    if outcome.span == whole {
        outcome.span = span;
    }
}
