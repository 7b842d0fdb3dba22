//! `@id`, `@owner` and the like.

use gatewright_diagnostics::Diagnostic;
use gatewright_syntax::ast::{Annotation, Declaration, Term, Text};

use crate::date::Date;
use crate::model::{Annotations, PlanForm};
use crate::policy::graph::top_members;
use crate::problems::names as problem;
use crate::suppress;

/// How a Graph object was written; `policy::form` reads it.
pub(crate) const GRAPH: &str = "graph";
/// An example of it.
pub(crate) const GRAPH_SAMPLE: &str = "@graph(beta, without [conditions.times])";

/// The plan that the policies of a scope are rules of, as Graph has it without the rules.
const PLAN: &str = "plan";
/// An example of it.
const PLAN_SAMPLE: &str = "@plan(\"{`\"sharedConditions`\": {}}\")";
/// The rule that a policy is.
const PLAN_RULE: &str = "rule";
/// An example of it.
const PLAN_RULE_SAMPLE: &str = "@rule(\"{`\"conditions`\": {}}\")";

/// Every annotation that a declaration may have, with an example.
const KNOWN: &[(&str, &str)] = &[
    (GRAPH, GRAPH_SAMPLE),
    (PLAN, PLAN_SAMPLE),
    (PLAN_RULE, PLAN_RULE_SAMPLE),
    ("id", "@id(\"00000000-0000-0000-0000-000000000000\")"),
    ("display", "@display(\"Break glass (EU)\")"),
    ("owner", "@owner(\"identity\")"),
    ("ticket", "@ticket(\"SEC-1207\")"),
    ("expires", "@expires(2027-01-01)"),
    ("suppress", "@suppress(GW0401, \"why\")"),
];

/// How many days before its day an `@expires` is spoken of.
const NOTICE_DAYS: i64 = 30;

/// Report what is unknown, incomplete or over. Without a day of today nothing is over.
pub(crate) fn check(
    declaration: &Declaration,
    today: Option<Date>,
    problems: &mut Vec<Diagnostic>,
) {
    if crate::lower_schema::is_schema_declaration(declaration) {
        return;
    }
    let mut first_id = None;
    for annotation in &declaration.annotations {
        let name = annotation.name.text.as_str();
        if name == "id" {
            match first_id {
                Some(first) => problems.push(problem::second_id(annotation.name.span, first)),
                None => first_id = Some(annotation.name.span),
            }
        }
        let Some((_, sample)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&'static str> = KNOWN.iter().map(|(known, _)| *known).collect();
            problems.push(problem::unknown_annotation(&annotation.name, &known));
            continue;
        };
        match name {
            GRAPH => {}
            "expires" => problems.extend(expiry(annotation, today)),
            "suppress" => problems.extend(suppress::read(annotation).err()),
            PLAN | PLAN_RULE if object(annotation).is_none() => {
                problems.push(problem::bad_annotation(&annotation.name, sample));
            }
            _ if single_text(annotation).is_none() => {
                problems.push(problem::bad_annotation(&annotation.name, sample));
            }
            _ => {}
        }
    }
}

/// What is to be said of an `@expires` on this day.
fn expiry(annotation: &Annotation, today: Option<Date>) -> Option<Diagnostic> {
    let Some(day) = day(annotation).and_then(Date::parse) else {
        return Some(problem::bad_day(annotation.span));
    };
    let left = day.days_after(today?);
    if left < 0 {
        Some(problem::expired(annotation.span, day, today?))
    } else if left <= NOTICE_DAYS {
        Some(problem::expires_soon(annotation.span, day, left))
    } else {
        None
    }
}

/// The literal of `@expires(2027-01-01)`.
fn day(annotation: &Annotation) -> Option<&str> {
    match annotation.arguments.as_slice() {
        [phrase] => match phrase.terms.as_slice() {
            [Term::Literal(literal)] => Some(&literal.text),
            _ => None,
        },
        _ => None,
    }
}

/// What the annotations of a policy and of what is around it say; the innermost says it.
/// `around` has the outermost first.
pub(crate) fn read(own: &[Annotation], around: &[&[Annotation]]) -> Annotations {
    let innermost = |name: &str| {
        let levels = std::iter::once(own).chain(around.iter().rev().copied());
        levels
            .flatten()
            .find(|annotation| annotation.name.text == name)
    };
    let text = |name: &str| {
        innermost(name)
            .and_then(single_text)
            .map(|t| t.value.clone())
    };
    let expires = innermost("expires").and_then(day);
    Annotations {
        owner: text("owner"),
        ticket: text("ticket"),
        expires: expires
            .filter(|day| Date::parse(day).is_some())
            .map(str::to_owned),
        used_at: Vec::new(),
        is_titled: own
            .iter()
            .any(|annotation| annotation.name.text == "display"),
    }
}

/// The plan that the innermost `@plan` around says, and the rule in it. `around` has the outermost
/// first.
pub(crate) fn plan(own: &[Annotation], around: &[&[Annotation]]) -> Option<PlanForm> {
    let called = |name: &'static str| move |annotation: &&Annotation| annotation.name.text == name;
    let levels = around.iter().rev().flat_map(|level| level.iter());
    let annotation = levels.into_iter().find(called(PLAN))?;
    let rule = own.iter().find(called(PLAN_RULE));
    Some(PlanForm {
        plan: object(annotation)?.into(),
        rule: rule.and_then(object).map(str::to_owned),
        span: annotation.span,
    })
}

/// The text of an annotation that has a JSON object.
fn object(annotation: &Annotation) -> Option<&str> {
    let text = single_text(annotation)?;
    top_members(&text.value, text.span, &mut Vec::new()).map(|_| text.value.as_str())
}

/// The text of `@id("…")`, if there is one.
pub(crate) fn id(declaration: &Declaration) -> Option<&Text> {
    declaration
        .annotations
        .iter()
        .find(|a| a.name.text == "id")
        .and_then(single_text)
}

/// The text of `@display("…")`: what people call the object, where its name is another.
pub(crate) fn display(declaration: &Declaration) -> Option<&Text> {
    declaration
        .annotations
        .iter()
        .find(|a| a.name.text == "display")
        .and_then(single_text)
}

fn single_text(annotation: &Annotation) -> Option<&Text> {
    match annotation.arguments.as_slice() {
        [phrase] => match phrase.terms.as_slice() {
            [Term::Text(text)] if !text.value.is_empty() => Some(text),
            _ => None,
        },
        _ => None,
    }
}
