//! What is asked of the elements of sets: quantifiers, and filters over custom security attributes.
//!
//! A question about an element is one predicate, and whether some element satisfies it one Boolean
//! variable: false, true, or unknown. What is asked of two elements never mixes, so nothing is lost
//! by not looking inside.

use std::borrow::Cow;

use gatewright_hir::model::{
    AppScope, AttributeFilter, Comparison, Expr, FieldTest, Located, Quantified, Scoped,
};
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::{FieldComparison, Kind, Predicate, fold};

use crate::atom::{Atom, Question, TargetSet};
use crate::context::{Asked, Context};
use crate::expression::expression;
use crate::formula::Formula;

/// What requests for baseline scopes only stand for, as one record of the form of a resource. It
/// follows from the request and is nothing that policies can name, so it is no attribute of the
/// schema: its number is one past those.
pub const BASELINE: &str = "app.baseline";

/// The resources of a request as records, with their custom security attributes.
const RESOURCES: &str = "app.resources";

/// The field of a resource that is its application id.
const ID: &str = "id";

/// Whether some element of a set satisfies a condition.
pub(crate) fn quantified<'c>(cx: &'c Context<'_>, some: &'c Quantified) -> Asked<'c> {
    let attribute = cx.set.schema.attribute(some.collection);
    let is_record = attribute.is_some_and(
        |found| matches!(&found.kind, Kind::Set(element) if **element == Kind::Record),
    );
    let ask = |question| cx.ask_of(some.collection, question);
    // Whether an element is equal to a text is asked in other ways too: one variable for all.
    if let (false, Some(texts)) = (is_record, as_equality(&some.body)) {
        return match texts {
            [] => ask(Question::Reaches(TargetSet::default())),
            texts => Formula::any(
                texts
                    .iter()
                    .map(|text| ask(Question::Has(Cow::Borrowed(text)))),
            ),
        };
    }
    let body = within_limits(predicate(&some.body));
    body.map_or(Formula::Unknown, |body| ask(Question::Some(body)))
}

/// Whether the object that these records describe satisfies a filter over its custom security
/// attributes. A filter that asks about none of them is an expression like any other.
pub(crate) fn filter<'c>(
    cx: &'c Context<'_>,
    records: &str,
    filter: &'c AttributeFilter,
) -> Asked<'c> {
    if !asks_fields(&filter.rule) {
        return expression(cx, &filter.rule);
    }
    let body = within_limits(predicate(&filter.rule));
    body.map_or(Formula::Unknown, |body| {
        cx.ask(records, Question::Some(body))
    })
}

/// Whether what requests for baseline scopes only stand for satisfies a filter.
pub(crate) fn baseline_filter<'c>(cx: &'c Context<'_>, filter: &'c AttributeFilter) -> Asked<'c> {
    if !asks_fields(&filter.rule) {
        return expression(cx, &filter.rule);
    }
    let body = within_limits(predicate(&filter.rule));
    body.map_or(Formula::Unknown, |body| {
        Formula::Literal(Atom::new(
            baseline_attribute(&cx.set.schema),
            Question::Some(body),
        ))
    })
}

/// The number of [`BASELINE`]: one past the attributes of the schema.
pub(crate) fn baseline_attribute(schema: &Schema) -> AttributeId {
    AttributeId(u32::try_from(schema.attributes.len()).unwrap_or(u32::MAX))
}

/// Whether some audience is included and not excluded, where that depends on custom security
/// attributes; `None` where it does not.
///
/// Includes, excludes and filters are about the same audience, so they are one predicate.
pub(crate) fn filtered_resources<'c>(
    cx: &'c Context<'_>,
    scope: &'c Scoped<AppScope>,
) -> Option<Asked<'c>> {
    let has_filter = |items: &[Located<AppScope>]| {
        items
            .iter()
            .any(|item| matches!(&item.value, AppScope::Filter(one) if asks_fields(&one.rule)))
    };
    let is_all = scope.include.iter().any(|item| item.value == AppScope::All);
    if !has_filter(&scope.exclude) && (is_all || !has_filter(&scope.include)) {
        return None;
    }
    let lies_in = |items: &'c [Located<AppScope>]| {
        let mut ids: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        for item in items {
            match &item.value {
                AppScope::All => parts.push(Predicate::constant(true)),
                AppScope::None => {}
                AppScope::App(id) => ids.push(fold(id).into_owned()),
                AppScope::Group(name) => {
                    ids.extend(cx.apps(name).iter().map(|id| fold(id).into_owned()));
                }
                AppScope::Filter(filter) => parts.push(predicate(&filter.rule)),
            }
        }
        if !ids.is_empty() {
            parts.insert(0, Predicate::field(ID, FieldComparison::OneOf(ids)));
        }
        Predicate::any(parts)
    };
    let body = Predicate::all([lies_in(&scope.include), lies_in(&scope.exclude).negated()]);
    let body = within_limits(body);
    Some(body.map_or(Formula::Unknown, |body| {
        cx.ask(RESOURCES, Question::Some(body))
    }))
}

fn within_limits(predicate: Predicate) -> Option<Predicate> {
    predicate.is_within_limits().then_some(predicate)
}

/// The texts, where a body asks whether the element is one of them and nothing else.
fn as_equality(body: &Expr) -> Option<&[String]> {
    match body {
        Expr::Field(FieldTest {
            field,
            comparison: Comparison::OneOf(texts),
            is_negated: false,
            ..
        }) if field.is_empty() => Some(texts),
        _ => None,
    }
}

/// Whether an expression asks about a field. Recursion is bounded by the nesting cap of the
/// language.
pub(crate) fn asks_fields(expr: &Expr) -> bool {
    match expr {
        Expr::Field(_) => true,
        Expr::Not(inner) => asks_fields(inner),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().any(asks_fields),
        _ => false,
    }
}

/// What a body asks. Recursion is bounded by the nesting cap of the language.
fn predicate(expr: &Expr) -> Predicate {
    match expr {
        Expr::Constant(holds) => Predicate::constant(*holds),
        Expr::Not(inner) => predicate(inner).negated(),
        Expr::All(parts) => Predicate::all(parts.iter().map(predicate)),
        Expr::Any(parts) => Predicate::any(parts.iter().map(predicate)),
        Expr::Field(test) => {
            let positive = field(test);
            if test.is_negated {
                positive.negated()
            } else {
                positive
            }
        }
        // What is no question about an element has been reported.
        Expr::Test(_) | Expr::Location(_) | Expr::App(_) | Expr::Some(_) | Expr::Unknown(_) => {
            Predicate::unknown()
        }
    }
}

fn field(test: &FieldTest) -> Predicate {
    let comparison = match &test.comparison {
        Comparison::OneOf(texts) => FieldComparison::OneOf(texts.clone()),
        Comparison::StartsWith(texts) => FieldComparison::StartsWith(texts.clone()),
        Comparison::EndsWith(texts) => FieldComparison::EndsWith(texts.clone()),
        Comparison::Contains(texts) => FieldComparison::Contains(texts.clone()),
        Comparison::Matches(pattern) => FieldComparison::Matches(pattern.clone()),
        Comparison::IsNull => FieldComparison::IsNull,
        // A text is none of these; the checks before have reported the question.
        Comparison::Has(_)
        | Comparison::IsTrue
        | Comparison::IsFalse
        | Comparison::Between(..)
        | Comparison::InRange(_) => return Predicate::unknown(),
    };
    Predicate::field(test.field.clone(), comparison)
}
