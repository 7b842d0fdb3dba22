//! Clauses about parts of texts, elements of sets, and what some element satisfies.

use gatewright_decision::{Classes, TargetSet, Variable};
use gatewright_hir::schema::Attribute;
use gatewright_value::{FieldComparison, FieldQuestion, Predicate, PredicateStep, fold};

use super::names::{self, Length, Names};

/// What it means that the answer is yes, or no. Null answers no.
pub(super) fn clause(
    names: &Names<'_>,
    variable: &Variable,
    is_yes: bool,
    length: Length,
) -> String {
    let id = variable.attribute;
    let subject = names.subject(id);
    let attribute = names.attribute(id);
    let verb = |yes: &str, no: &str, text: &str| {
        format!("{subject} {} \"{text}\"", if is_yes { yes } else { no })
    };
    match &variable.classes {
        Classes::Contains(text) => verb("contains", "does not contain", text),
        Classes::EndsWith(text) => verb("ends with", "does not end with", text),
        Classes::Matches(text) => verb("matches", "does not match", text),
        Classes::Has(text) => has(names, attribute, text, is_yes),
        Classes::Reaches(set) => reaches(names, attribute, set, is_yes, length),
        Classes::Some(predicate) => some(names, attribute, predicate, is_yes, length),
        Classes::Boolean | Classes::Text(_) | Classes::Ordered(_) => subject,
    }
}

fn has(names: &Names<'_>, attribute: Option<&Attribute>, text: &str, is_yes: bool) -> String {
    let value = names.value(attribute, text);
    let name = attribute.map_or("", |attribute| attribute.name.as_str());
    let pick = |yes: &str, no: &str| format!("{} {value}", if is_yes { yes } else { no });
    match name {
        "user.groups" if names.set.schema.is_entra => {
            pick("the user is in the group", "the user is not in the group")
        }
        "user.roles" if names.set.schema.is_entra => {
            pick("the user has the role", "the user does not have the role")
        }
        "app.ids" if names.set.schema.is_entra => {
            pick("the sign-in reaches", "the sign-in does not reach")
        }
        "location.names" if names.set.schema.is_entra => pick(
            "the sign-in comes from the named location",
            "the sign-in does not come from the named location",
        ),
        "session.methods" if names.set.schema.is_entra => {
            pick("the session used", "the session did not use")
        }
        _ => pick(&format!("{name} has"), &format!("{name} does not have")),
    }
}

/// What the elements of a set are called, and how the sign-in comes by one.
fn element(names: &Names<'_>, attribute: Option<&Attribute>) -> (String, String) {
    let name = attribute.map_or("", |attribute| attribute.name.as_str());
    let (noun, verb) = match name {
        "app.ids" | "app.resources" => ("resource", "the sign-in reaches"),
        "user.groups" => ("group", "the user is in"),
        "user.roles" => ("role", "the user has"),
        "location.names" => ("named location", "the sign-in comes from"),
        "session.methods" => ("method", "the session used"),
        _ => ("", ""),
    };
    if names.set.schema.is_entra && !noun.is_empty() {
        (noun.to_owned(), verb.to_owned())
    } else {
        ("element".to_owned(), format!("{name} has"))
    }
}

/// `the sign-in reaches Office365 or Payroll`
fn reaches(
    names: &Names<'_>,
    attribute: Option<&Attribute>,
    set: &TargetSet,
    is_yes: bool,
    length: Length,
) -> String {
    let (noun, verb) = element(names, attribute);
    let listed = length.list(targets(names, attribute, set), "or");
    match (set.is_complement, set.listed.is_empty(), is_yes) {
        (false, true, _) => format!("{verb} {noun}s of which there are none"),
        (false, false, true) => format!("{verb} {listed}"),
        (false, false, false) => format!("{verb} no {noun} that is {listed}"),
        (true, true, true) => format!("{verb} some {noun}"),
        (true, true, false) => format!("{verb} no {noun}"),
        (true, false, true) => format!("{verb} some {noun} that is not {listed}"),
        (true, false, false) => format!("{verb} no {noun} other than {listed}"),
    }
}

/// The elements of a set by name, whole groups of resources first.
fn targets(names: &Names<'_>, attribute: Option<&Attribute>, set: &TargetSet) -> Vec<String> {
    let is_app = attribute.is_some_and(|attribute| attribute.name == "app.ids");
    let mut left: Vec<&str> = set.listed.iter().map(String::as_str).collect();
    let mut told = Vec::new();
    for group in names.set.app_groups.iter().filter(|_| is_app) {
        let is_listed = |id: &String| set.listed.binary_search(&fold(id).into_owned()).is_ok();
        if group.apps.len() > 1 && group.apps.iter().all(is_listed) {
            told.push(group.name.clone());
            left.retain(|id| !group.apps.iter().any(|app| fold(app) == *id));
        }
    }
    told.extend(left.into_iter().map(|id| names.value(attribute, id)));
    told
}

fn some(
    names: &Names<'_>,
    attribute: Option<&Attribute>,
    predicate: &Predicate,
    is_yes: bool,
    length: Length,
) -> String {
    let name = attribute.map_or("", |attribute| attribute.name.as_str());
    let body = predicate_text(names, name, predicate, length);
    let is_entra = names.set.schema.is_entra;
    let whole = match name {
        // There is exactly one record of these.
        "" => Some("the directory as a resource"),
        "servicePrincipal.attributes" if is_entra => Some("the service principal"),
        "agent.attributes" if is_entra => Some("the agent identity"),
        _ => None,
    };
    let (noun, verb) = element(names, attribute);
    match (whole, is_yes) {
        (Some(whole), true) => format!("{whole} satisfies {body}"),
        (Some(whole), false) => format!("{whole} does not satisfy {body}"),
        (None, true) => format!("{verb} some {noun} that satisfies {body}"),
        (None, false) => format!("{verb} no {noun} that satisfies {body}"),
    }
}

/// LIMIT: steps of a predicate that is told when lists are shortened.
const STEPS_SHOWN: usize = 24;

/// A predicate in words; the steps are those of a calculator, so a stack of texts makes it.
fn predicate_text(names: &Names<'_>, of: &str, predicate: &Predicate, length: Length) -> String {
    if length == Length::Short && predicate.steps().len() > STEPS_SHOWN {
        let count = predicate.questions().count();
        return format!("a condition of {count} parts");
    }
    let mut stack: Vec<String> = Vec::new();
    for step in predicate.steps() {
        let text = match step {
            PredicateStep::Constant(holds) => holds.to_string(),
            PredicateStep::Unknown => "what nobody knows".to_owned(),
            PredicateStep::Field(question) => field_text(names, of, question, length),
            PredicateStep::Not => format!("not {}", stack.pop().unwrap_or_default()),
            PredicateStep::And | PredicateStep::Or => {
                let right = stack.pop().unwrap_or_default();
                let left = stack.pop().unwrap_or_default();
                let is_and = *step == PredicateStep::And;
                format!("({left} {} {right})", if is_and { "and" } else { "or" })
            }
        };
        stack.push(text);
    }
    let text = stack.pop().unwrap_or_default();
    let is_simple = !text.contains(' ') || text.starts_with('(');
    if is_simple { text } else { format!("({text})") }
}

fn field_text(names: &Names<'_>, of: &str, question: &FieldQuestion, length: Length) -> String {
    let field = match question.field.as_str() {
        "" => "it",
        field => field,
    };
    let is_app = of == "app.resources" && field == "id";
    let told = |text: &String| match is_app {
        true => names.of("app", text),
        false => format!("\"{text}\""),
    };
    let texts: Vec<String> = question.comparison.texts().iter().map(told).collect();
    let listed = length.list(texts, "or");
    match &question.comparison {
        FieldComparison::OneOf(_) => format!("{field} is {listed}"),
        FieldComparison::StartsWith(_) => format!("{field} starts with {listed}"),
        FieldComparison::EndsWith(_) => format!("{field} ends with {listed}"),
        FieldComparison::Contains(_) => format!("{field} contains {listed}"),
        FieldComparison::Matches(pattern) => format!("{field} matches \"{pattern}\""),
        FieldComparison::IsNull => format!("{field} is not set"),
    }
}

/// The elements of a set of a sign-in, whole groups of resources first.
pub(super) fn reached(names: &Names<'_>, attribute: &Attribute, ids: &[String]) -> Vec<String> {
    let listed = TargetSet::new(false, ids.to_vec());
    let mut told = targets(names, Some(attribute), &listed);
    if attribute.name == "app.ids" && names.set.schema.is_entra {
        // Which one it is that nobody names does not matter, and its id says nothing.
        for resource in told.iter_mut().filter(|told| told.starts_with(MADE_UP)) {
            *resource = "another resource".to_owned();
        }
    }
    names::dedup(&mut told);
    told
}

/// How ids begin, in quotes, that stand for what no policy names.
const MADE_UP: &str = "\"5eed0000-0000-4000-8000-";
