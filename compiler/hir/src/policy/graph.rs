//! `graph { … }`: members of the Graph object as JSON, those that the language does not model and
//! those that say how the object was written.
//!
//! The clause has the shape of the policy, or of a template with the policy as its `details`.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, Declaration, Head};
use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use rustc_hash::FxHashMap;

use super::{PolicyLowering, form};
use crate::model::{GraphForm, Unmodelled};
use crate::problems::{clauses as problem, lints};

/// Objects of a policy that are modelled: the members in them are looked at one by one.
const MODELLED: &[&str] = &[
    "conditions",
    "conditions.users",
    "conditions.users.includeGuestsOrExternalUsers",
    "conditions.users.excludeGuestsOrExternalUsers",
    "conditions.applications",
    "conditions.clientApplications",
    "conditions.platforms",
    "conditions.locations",
    "conditions.devices",
    "conditions.devices.deviceFilter",
    "conditions.deviceStates",
    "conditions.authenticationFlows",
    "grantControls",
    "grantControls.authenticationStrength",
    "sessionControls",
    "sessionControls.signInFrequency",
    "sessionControls.persistentBrowser",
    "sessionControls.applicationEnforcedRestrictions",
    "sessionControls.cloudAppSecurity",
    "sessionControls.secureSignInSession",
    "sessionControls.continuousAccessEvaluation",
    "sessionControls.globalSecureAccessFilteringProfile",
];

const STRICT: ParseOptions = ParseOptions {
    allow_bare_decimal_point_numbers: false,
    allow_comments: false,
    allow_extended_string_escapes: false,
    allow_non_finite_numbers: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
};

impl PolicyLowering<'_, '_> {
    /// The members that nothing but `graph { … }` says, and how the object was written.
    pub(super) fn unmodelled(&mut self, declaration: &Declaration) -> (Vec<Unmodelled>, GraphForm) {
        let mut form = form::annotation(declaration, self.problems);
        let mut found = Vec::new();
        for clause in self.written.all(Head::Graph) {
            let ClauseBody::Graph(span) = clause.body else {
                continue;
            };
            let text = self.cx.sources.text(span);
            match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
                Ok(parsed) => match parsed.value {
                    Some(Value::Object(object)) => {
                        twice(&object, span, self.problems);
                        let body = details(&object);
                        if body.is_some() {
                            form.template = Some(wrapper(&object, text));
                        }
                        let body = body.unwrap_or(&object);
                        collect(body, text, span, &mut Vec::new(), &mut found);
                    }
                    _ => self.report(problem::graph_not_object(span)),
                },
                Err(error) => {
                    let at = error.range().start;
                    let place = inner(span, at, at);
                    self.report(problem::graph_not_json(place, &error.kind().to_string()));
                }
            }
        }
        let mut carried = form::part(found, &self.written, &mut form);
        if !self.written.has(Head::Clients)
            && let Some(span) = form::empty_clients(&form)
        {
            self.report(lints::empty_clients(span, "taken for every kind of client"));
        }
        for member in carried.iter().filter(|member| member.is_condition) {
            self.problems.push(problem::unmodelled_condition(
                &member.path.join("."),
                member.span,
            ));
        }
        carried.append(&mut self.undecided);
        (carried, form)
    }
}

/// The policy inside a template.
fn details<'o, 'a>(object: &'o Object<'a>) -> Option<&'o Object<'a>> {
    let members = object.properties.iter();
    let mut details = members.filter(|p| p.name.as_str() == "details");
    match &details.next()?.value {
        Value::Object(inner) => Some(inner),
        _ => None,
    }
}

/// A template without the policy inside it.
fn wrapper(object: &Object<'_>, text: &str) -> String {
    let members = object.properties.iter();
    let others = members.filter(|p| p.name.as_str() != "details");
    let rows = others.map(|property| {
        let range = property.range();
        text.get(range.start..range.end).unwrap_or_default()
    });
    format!("{{{}}}", rows.collect::<Vec<_>>().join(", "))
}

/// The members of a JSON object, with their values as JSON; `None` where it is none.
pub(crate) fn top_members(
    text: &str,
    span: Span,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<(String, String)>> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).ok()?;
    let Some(Value::Object(object)) = parsed.value else {
        return None;
    };
    // The text is not in the source as it stands, so that one place stands for all of it.
    let mut found = Vec::new();
    twice(
        &object,
        Span {
            end: span.start,
            ..span
        },
        &mut found,
    );
    problems.extend(found.into_iter().take(1));
    let one = |property: &ObjectProp<'_>| {
        let range = property.value.range();
        let json = text.get(range.start..range.end).unwrap_or_default();
        (property.name.as_str().to_owned(), json.to_owned())
    };
    Some(object.properties.iter().map(one).collect())
}

fn inner(outer: Span, start: usize, end: usize) -> Span {
    let place = |at: usize| {
        outer
            .start
            .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
            .min(outer.end)
    };
    Span::new(outer.source, place(start), place(end))
}

/// Report members that come twice in one object. The parser of JSON bounds the nesting.
fn twice(object: &Object<'_>, outer: Span, problems: &mut Vec<Diagnostic>) {
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    for property in &object.properties {
        let range = property.name.range();
        let span = inner(outer, range.start, range.end);
        let name = property.name.as_str();
        match seen.get(name) {
            Some(first) => problems.push(problem::graph_member_twice(name, span, *first)),
            None => drop(seen.insert(name, span)),
        }
        if let Value::Object(object) = &property.value {
            twice(object, outer, problems);
        }
    }
}

/// The nesting is that of [`MODELLED`], so that the recursion ends soon.
fn collect(
    object: &Object<'_>,
    text: &str,
    outer: Span,
    path: &mut Vec<String>,
    found: &mut Vec<Unmodelled>,
) {
    for property in &object.properties {
        path.push(property.name.as_str().to_owned());
        match &property.value {
            Value::Object(inner) if !inner.properties.is_empty() && is_modelled(path) => {
                collect(inner, text, outer, path, found);
            }
            value => {
                let range = value.range();
                let json = text.get(range.start..range.end).unwrap_or_default();
                let says_nothing = is_nothing(value);
                let whole = property.range();
                found.push(Unmodelled {
                    path: path.clone(),
                    json: json.to_owned(),
                    span: inner(outer, whole.start, whole.end),
                    is_condition: path.len() > 1
                        && path
                            .first()
                            .is_some_and(|first| first.eq_ignore_ascii_case("conditions"))
                        && !says_nothing,
                });
            }
        }
        path.pop();
    }
}

/// Whether a JSON text says nothing: null, nothing in it, or only such things.
pub(super) fn is_vacuous(json: &str) -> bool {
    let parsed = parse_to_ast(json, &CollectOptions::default(), &STRICT).ok();
    parsed
        .and_then(|parsed| parsed.value)
        .is_some_and(|value| is_nothing(&value))
}

/// The parser of JSON bounds the nesting.
fn is_nothing(value: &Value<'_>) -> bool {
    match value {
        Value::NullKeyword(_) => true,
        Value::Array(array) => array.elements.is_empty(),
        Value::Object(object) => object
            .properties
            .iter()
            .all(|property| property.name.as_str().contains('@') || is_nothing(&property.value)),
        _ => false,
    }
}

fn is_modelled(path: &[String]) -> bool {
    let path = path.join(".");
    MODELLED
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&path))
}
