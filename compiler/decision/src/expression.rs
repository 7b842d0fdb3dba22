//! What expressions, locations and resource scopes mean.
//!
//! Every rule keeps Kleene's logic exactly; where a rule is rewritten, the text says why the two
//! forms are the same at Unknown too.

use std::borrow::Cow;

use gatewright_hir::model::{
    AppScope, Comparison, Expr, Located, LocationKind, LocationScope, Scoped, Test,
};
use gatewright_hir::schema::AttributeId;
use gatewright_source::Span;
use gatewright_value::fold;
use gatewright_value::vocabulary::TargetKind;

use crate::atom::{ClassKind, Question, TargetSet};
use crate::context::{Asked, Context};
use crate::formula::Formula;
use crate::predicate::{asks_fields, baseline_filter, filtered_resources, quantified};

/// The meaning of an expression. Recursion is bounded by the nesting cap of the language.
pub(crate) fn expression<'c>(cx: &'c Context<'_>, expr: &'c Expr) -> Asked<'c> {
    match expr {
        Expr::Constant(true) => Formula::True,
        Expr::Constant(false) => Formula::False,
        Expr::Not(inner) => expression(cx, inner).negated(),
        Expr::All(parts) => Formula::all(parts.iter().map(|part| expression(cx, part))),
        Expr::Any(parts) => Formula::any(parts.iter().map(|part| expression(cx, part))),
        Expr::Test(test) => comparison(cx, test),
        Expr::Location(scope) => locations(cx, scope),
        Expr::App(scope) => Formula::all([
            cx.equals("signin.target", [TargetKind::Apps.name()]),
            resources(cx, scope),
        ]),
        Expr::Some(some) => quantified(cx, some),
        // A field is of an element, and there is none here; that has been reported.
        Expr::Field(_) | Expr::Unknown(_) => Formula::Unknown,
    }
}

/// From the first to the last place that the expression speaks of.
pub(crate) fn expression_span(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Constant(_) => None,
        Expr::Not(inner) => expression_span(inner),
        Expr::All(parts) | Expr::Any(parts) => {
            parts.iter().filter_map(expression_span).reduce(Span::to)
        }
        Expr::Test(test) => Some(test.span),
        Expr::Location(scope) => Some(scope.span),
        Expr::App(scope) => Some(scope.span),
        Expr::Some(some) => Some(some.span),
        Expr::Field(test) => Some(test.span),
        Expr::Unknown(span) => Some(*span),
    }
}

/// A test: the positive comparison, hidden values counting as null, then the negation.
fn comparison<'c>(cx: &'c Context<'_>, test: &'c Test) -> Asked<'c> {
    let raw = compare(cx, test.attribute, &test.comparison);
    let positive = if !test.needs_managed_device {
        raw
    } else if test.comparison == Comparison::IsNull {
        Formula::any([is_managed(cx).negated(), raw])
    } else {
        Formula::all([is_managed(cx), raw])
    };
    if test.is_negated {
        positive.negated()
    } else {
        positive
    }
}

/// Whether the device is managed, compliant or hybrid joined: only then does the service see its
/// extension attributes.
fn is_managed<'c>(cx: &'c Context<'_>) -> Asked<'c> {
    Formula::any([
        cx.ask("device.mdmappid", Question::IsNull(ClassKind::Text))
            .negated(),
        cx.is_true("device.iscompliant"),
        cx.equals("device.trusttype", ["ServerAD"]),
    ])
}

/// A positive comparison. Long lists of parts become disjunctions of questions, an empty list a
/// question that nothing answers with yes.
fn compare<'c>(
    cx: &'c Context<'_>,
    attribute: AttributeId,
    comparison: &'c Comparison,
) -> Asked<'c> {
    let ask = |question| cx.ask_of(attribute, question);
    let any_part = |texts: &'c [String], part: fn(&'c str) -> Question<'c>| match texts {
        [] => ask(Question::OneOf(Cow::Borrowed(&[]))),
        texts => Formula::any(texts.iter().map(|text| ask(part(text)))),
    };
    match comparison {
        Comparison::OneOf(texts) => ask(Question::OneOf(Cow::Borrowed(texts))),
        Comparison::StartsWith(texts) => ask(Question::StartsWith(texts)),
        Comparison::EndsWith(texts) => any_part(texts, Question::EndsWith),
        Comparison::Contains(texts) => any_part(texts, Question::Contains),
        Comparison::Matches(pattern) => ask(Question::Matches(pattern)),
        Comparison::Has(texts) if texts.is_empty() => ask(Question::Reaches(TargetSet::default())),
        Comparison::Has(texts) => Formula::any(
            texts
                .iter()
                .map(|text| ask(Question::Has(Cow::Borrowed(text)))),
        ),
        Comparison::IsTrue => ask(Question::Is(true)),
        Comparison::IsFalse => ask(Question::Is(false)),
        Comparison::Between(first, last) => ask(Question::Between(*first, *last)),
        Comparison::InRange(ranges) => ask(Question::InRange(ranges)),
        Comparison::IsNull => ask(null_question(cx, attribute)),
    }
}

/// A set is never null: the question is then whether it reaches the empty target set, which is
/// false unless the set is unknown.
fn null_question<'c>(cx: &Context<'_>, attribute: AttributeId) -> Question<'c> {
    match cx.set.schema.attribute(attribute).map(|found| &found.kind) {
        Some(kind) => {
            ClassKind::of(kind).map_or(Question::Reaches(TargetSet::default()), Question::IsNull)
        }
        None => Question::IsNull(ClassKind::Text),
    }
}

/// Whether the request comes from one of these locations.
pub(crate) fn locations<'c>(cx: &'c Context<'_>, scope: &'c Scoped<LocationScope>) -> Asked<'c> {
    let any = |items: &'c [Located<LocationScope>]| {
        Formula::any(items.iter().map(|item| location(cx, &item.value)))
    };
    Formula::within(any(&scope.include), any(&scope.exclude))
}

fn location<'c>(cx: &'c Context<'_>, scope: &'c LocationScope) -> Asked<'c> {
    let id = match scope {
        LocationScope::All => return Formula::True,
        LocationScope::AllTrusted => {
            return cx.trusted().map_or(Formula::False, |ranges| {
                cx.ask("location.ip", Question::InRange(ranges))
            });
        }
        LocationScope::Named(id) => id,
    };
    match cx.location(id).map(|found| &found.kind) {
        Some(LocationKind::Ranges { ranges, .. }) => {
            cx.ask("location.ip", Question::InRange(ranges))
        }
        Some(LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps: false,
        }) => {
            let listed = cx.equals("location.country", countries.iter().map(String::as_str));
            let unmapped = if *includes_unknown {
                cx.is_true("location.isunmapped")
            } else {
                Formula::False
            };
            Formula::any([listed, unmapped])
        }
        // What is in these, only the service can say; a request may name them.
        None
        | Some(LocationKind::CompliantNetwork | LocationKind::Countries { by_gps: true, .. }) => {
            cx.has("location.names", id)
        }
    }
}

/// Whether some audience of the request is included and not excluded.
///
/// An audience `a` counts where `(a ∈ I ∨ F) ∧ ¬(a ∈ E ∨ G)`, with the listed includes `I` and
/// excludes `E`, and the filters `F` and `G`. Filters that ask about an audience's custom security
/// attributes make all of it one question; any others are the same for every audience. Summed over
/// the audiences this is `(some a ∈ I∖E ∨ (some a ∉ E ∧ F)) ∧ ¬G`, also at Unknown: the questions
/// about audiences are unknown together or not at all.
pub(crate) fn resources<'c>(cx: &'c Context<'_>, scope: &'c Scoped<AppScope>) -> Asked<'c> {
    if let Some(filtered) = filtered_resources(cx, scope) {
        return filtered;
    }
    let include = AppList::of(cx, &scope.include);
    let exclude = AppList::of(cx, &scope.exclude);
    let reaches = |set| cx.ask("app.ids", Question::Reaches(set));
    let listed = reaches(include.without(&exclude));
    let filtered = match include.filter {
        Formula::False => Formula::False,
        filter => Formula::all([reaches(AppList::all().without(&exclude)), filter]),
    };
    Formula::within(Formula::any([listed, filtered]), exclude.filter)
}

/// Whether this one audience, known when compiling, is included and not excluded.
pub(crate) fn resource<'c>(
    cx: &'c Context<'_>,
    scope: &'c Scoped<AppScope>,
    app: &str,
) -> Asked<'c> {
    let lies_in = |items| {
        let list = AppList::of(cx, items);
        let is_listed = if list.set().holds(app) {
            Formula::True
        } else {
            Formula::False
        };
        Formula::any([is_listed, list.filter])
    };
    Formula::within(lies_in(&scope.include), lies_in(&scope.exclude))
}

/// One side of a resources condition.
struct AppList<'c> {
    is_all: bool,
    apps: Vec<Cow<'c, str>>,
    filter: Asked<'c>,
}

impl<'c> AppList<'c> {
    fn all() -> AppList<'c> {
        AppList {
            is_all: true,
            apps: Vec::new(),
            filter: Formula::False,
        }
    }

    fn of(cx: &'c Context<'_>, items: &'c [Located<AppScope>]) -> AppList<'c> {
        let mut list = AppList {
            is_all: false,
            apps: Vec::new(),
            filter: Formula::False,
        };
        let is_all = items.iter().any(|item| item.value == AppScope::All);
        let mut filters = Vec::new();
        for item in items {
            match &item.value {
                AppScope::All => list.is_all = true,
                AppScope::None => {}
                AppScope::App(id) => list.apps.push(fold(id)),
                AppScope::Group(name) => list.apps.extend(cx.apps(name).iter().map(|id| fold(id))),
                // Who is included anyway is not asked for attributes.
                AppScope::Filter(of_app) if is_all && asks_fields(&of_app.rule) => {}
                AppScope::Filter(of_app) => filters.push(baseline_filter(cx, of_app)),
            }
        }
        list.filter = Formula::any(filters);
        list
    }

    fn set(&self) -> TargetSet {
        if self.is_all {
            return TargetSet::new(true, Vec::new());
        }
        TargetSet::new(false, self.apps.iter().map(|app| app.to_string()).collect())
    }

    fn without(&self, exclude: &AppList<'_>) -> TargetSet {
        if exclude.is_all {
            return TargetSet::default();
        }
        let excluded = TargetSet::new(true, exclude.apps.iter().map(|a| a.to_string()).collect());
        if self.is_all {
            return excluded;
        }
        let kept = self.apps.iter().filter(|app| excluded.holds(app));
        TargetSet::new(false, kept.map(|app| app.to_string()).collect())
    }
}
