//! Slips in expressions: `when`, filters for devices, filters over custom security attributes.

use gatewright_hir::model::{
    AgentScope, AppScope, Comparison, Expr, Located, LocationScope, Policy, Scoped,
    ServicePrincipalScope, Target, Who,
};
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_source::Span;

use super::assignments::{app, location};
use super::{Operator, Slips};

/// Where an expression stands in a policy.
#[derive(Clone, Copy)]
enum Slot {
    When,
    Devices,
    /// The filter that is this item of the resources, or of the principals; among the exclusions.
    Filter {
        is_target: bool,
        is_exclude: bool,
        at: usize,
    },
}

impl Slot {
    fn of(self, policy: &mut Policy) -> Option<&mut Expr> {
        match self {
            Slot::When => policy.when.as_mut(),
            Slot::Devices => {
                let filter = policy.assignments.as_deref_mut()?.devices.as_mut();
                filter.map(|filter| &mut filter.rule)
            }
            Slot::Filter {
                is_target,
                is_exclude,
                at,
            } => filter_at(policy, is_target, is_exclude, at),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Slot::When => "`when`",
            Slot::Devices => "the filter for devices",
            Slot::Filter { .. } => "the filter over attributes",
        }
    }
}

fn filter_at(
    policy: &mut Policy,
    is_target: bool,
    is_exclude: bool,
    at: usize,
) -> Option<&mut Expr> {
    fn items<T>(scope: &mut Scoped<T>, is_exclude: bool) -> &mut Vec<Located<T>> {
        if is_exclude {
            &mut scope.exclude
        } else {
            &mut scope.include
        }
    }
    let assignments = policy.assignments.as_deref_mut()?;
    if is_target {
        let Target::Apps(scope) = &mut assignments.target else {
            return None;
        };
        let AppScope::Filter(filter) = &mut items(scope, is_exclude).get_mut(at)?.value else {
            return None;
        };
        return Some(&mut filter.rule);
    }
    let filter = match &mut assignments.who {
        Who::Users(_) => None,
        Who::ServicePrincipals(scope) => match &mut items(scope, is_exclude).get_mut(at)?.value {
            ServicePrincipalScope::Filter(filter) => Some(filter),
            _ => None,
        },
        Who::Agents(scope) => match &mut items(scope, is_exclude).get_mut(at)?.value {
            AgentScope::Filter(filter) => Some(filter),
            _ => None,
        },
    };
    filter.map(|filter| &mut filter.rule)
}

/// The slips in every expression of the policy.
pub(super) fn conditions(slips: &mut Slips<'_>) {
    let policy = slips.policy;
    if let Some(assignments) = policy.assignments.as_deref() {
        if let Some(filter) = &assignments.devices {
            let says = if filter.is_exclude {
                "includes the devices of the filter instead of excluding them"
            } else {
                "excludes the devices of the filter instead of including them"
            };
            slips.add(Operator::Negation, filter.span, says, |policy| {
                let assignments = policy.assignments.as_deref_mut();
                if let Some(filter) = assignments.and_then(|a| a.devices.as_mut()) {
                    filter.is_exclude = !filter.is_exclude;
                }
            });
            expression(slips, Slot::Devices, &filter.rule, filter.span);
        }
        filters(slips, &assignments.who, &assignments.target);
    }
    if let Some(when) = &policy.when {
        let span = span_of(when).unwrap_or(policy.name_span);
        let says = "applies whatever `when` says";
        slips.add(Operator::Condition, span, says, |policy| policy.when = None);
        expression(slips, Slot::When, when, span);
    }
}

fn filters(slips: &mut Slips<'_>, who: &Who, target: &Target) {
    fn of<T>(
        scope: &Scoped<T>,
        rule: fn(&T) -> Option<&Expr>,
        is_target: bool,
    ) -> Vec<(Slot, &Expr, Span)> {
        let rows = [(false, &scope.include), (true, &scope.exclude)];
        let mut found = Vec::new();
        for (is_exclude, items) in rows {
            for (at, item) in items.iter().enumerate() {
                let slot = Slot::Filter {
                    is_target,
                    is_exclude,
                    at,
                };
                found.extend(rule(&item.value).map(|rule| (slot, rule, item.span)));
            }
        }
        found
    }
    fn of_app(item: &AppScope) -> Option<&Expr> {
        match item {
            AppScope::Filter(filter) => Some(&filter.rule),
            _ => None,
        }
    }
    fn of_principal(item: &ServicePrincipalScope) -> Option<&Expr> {
        match item {
            ServicePrincipalScope::Filter(filter) => Some(&filter.rule),
            _ => None,
        }
    }
    fn of_agent(item: &AgentScope) -> Option<&Expr> {
        match item {
            AgentScope::Filter(filter) => Some(&filter.rule),
            _ => None,
        }
    }
    let mut found = match who {
        Who::Users(_) => Vec::new(),
        Who::ServicePrincipals(scope) => of(scope, of_principal, false),
        Who::Agents(scope) => of(scope, of_agent, false),
    };
    if let Target::Apps(scope) = target {
        found.extend(of(scope, of_app, true));
    }
    for (slot, rule, span) in found {
        expression(slips, slot, rule, span);
    }
}

/// The slips in one expression, outer ones first. `span` is where it stands, for parts that do not
/// know their own place.
fn expression(slips: &mut Slips<'_>, slot: Slot, root: &Expr, span: Span) {
    // The way to a part: of each connective the operand, of what has one part 0.
    let mut open: Vec<(&Expr, Vec<usize>)> = vec![(root, Vec::new())];
    while let Some((expr, path)) = open.pop() {
        let here = span_of(expr).unwrap_or(span);
        part(slips, slot, expr, &path, here);
        let children: Vec<&Expr> = match expr {
            Expr::Not(inner) => vec![inner],
            Expr::All(parts) | Expr::Any(parts) => parts.iter().collect(),
            Expr::Some(some) => vec![&some.body],
            _ => Vec::new(),
        };
        for (at, child) in children.into_iter().enumerate().rev() {
            let mut longer = path.clone();
            longer.push(at);
            open.push((child, longer));
        }
    }
}

/// The part at the end of a way.
fn at<'e>(root: &'e mut Expr, path: &[usize]) -> Option<&'e mut Expr> {
    path.iter().try_fold(root, |expr, step| match expr {
        Expr::Not(inner) => Some(&mut **inner),
        Expr::All(parts) | Expr::Any(parts) => parts.get_mut(*step),
        Expr::Some(some) => Some(&mut *some.body),
        _ => None,
    })
}

/// The slips in a part itself, not in what it is made of.
fn part(slips: &mut Slips<'_>, slot: Slot, expr: &Expr, path: &[usize], span: Span) {
    let place = slot.name();
    let (schema, names) = (slips.set.schema.clone(), slips.names);
    let mut change = |operator, span, says: &str, change: &dyn Fn(&mut Expr)| {
        slips.add(operator, span, says, |policy| {
            if let Some(expr) = slot.of(policy).and_then(|root| at(root, path)) {
                change(expr);
            }
        });
    };
    match expr {
        Expr::Not(_) => {
            let says = format!("no longer negates a part of {place}");
            change(Operator::Negation, span, &says, &|expr| {
                if let Expr::Not(inner) = expr {
                    *expr = std::mem::replace(inner, Expr::Constant(true));
                }
            });
        }
        Expr::All(parts) | Expr::Any(parts) if parts.len() > 1 => {
            let is_all = matches!(expr, Expr::All(_));
            connective(parts, is_all, slot, &schema, span, &mut change);
        }
        Expr::Test(test) => {
            let name = schema.attribute(test.attribute);
            let name = name.map_or("an attribute", |attribute| &attribute.name);
            comparison(
                &test.comparison,
                test.is_negated,
                name,
                test.span,
                &mut change,
            );
        }
        Expr::Field(test) => {
            comparison(
                &test.comparison,
                test.is_negated,
                &test.field,
                test.span,
                &mut change,
            );
        }
        Expr::Location(scope) => {
            let slot_of: fn(&mut Expr) -> Option<&mut Scoped<LocationScope>> = |expr| match expr {
                Expr::Location(scope) => Some(scope),
                _ => None,
            };
            items(scope, |item| location(names, item), slot_of, &mut change);
        }
        Expr::App(scope) => {
            let slot_of: fn(&mut Expr) -> Option<&mut Scoped<AppScope>> = |expr| match expr {
                Expr::App(scope) => Some(scope),
                _ => None,
            };
            items(scope, |item| app(names, item), slot_of, &mut change);
        }
        _ => {}
    }
}

/// The slips in a conjunction or disjunction.
fn connective(
    parts: &[Expr],
    is_all: bool,
    slot: Slot,
    schema: &Schema,
    span: Span,
    change: &mut Change<'_>,
) {
    let place = slot.name();
    let (here, there) = if is_all { ("and", "or") } else { ("or", "and") };
    let says = format!("has `{there}` for `{here}` in {place}");
    change(Operator::Connective, span, &says, &|expr| {
        *expr = match std::mem::replace(expr, Expr::Constant(true)) {
            Expr::All(parts) => Expr::Any(parts),
            Expr::Any(parts) => Expr::All(parts),
            other => other,
        };
    });
    for (at, dropped) in parts.iter().enumerate() {
        let asked = asked(dropped).and_then(|id| schema.attribute(id));
        let says = match asked {
            Some(attribute) => format!("no longer asks for `{}` in {place}", attribute.name),
            None => format!("leaves out a part of {place}"),
        };
        let span = span_of(dropped).unwrap_or(span);
        change(Operator::Connective, span, &says, &|expr| {
            if let Expr::All(parts) | Expr::Any(parts) = expr {
                parts.remove(at);
            }
        });
    }
}

/// Takes a kind of slip, its place, what it says, and the change to the expression there.
type Change<'c> = dyn FnMut(Operator, Span, &str, &dyn Fn(&mut Expr)) + 'c;

/// The slips in a comparison.
fn comparison(
    comparison: &Comparison,
    is_negated: bool,
    name: &str,
    span: Span,
    change: &mut Change<'_>,
) {
    if is_negated {
        let says = format!("no longer negates the comparison of `{name}`");
        change(Operator::Negation, span, &says, &|expr| match expr {
            Expr::Test(test) => test.is_negated = false,
            Expr::Field(test) => test.is_negated = false,
            _ => {}
        });
    }
    let constants: Vec<String> = match comparison {
        Comparison::OneOf(texts)
        | Comparison::StartsWith(texts)
        | Comparison::EndsWith(texts)
        | Comparison::Contains(texts)
        | Comparison::Has(texts) => texts.iter().map(|text| format!("\"{text}\"")).collect(),
        Comparison::InRange(ranges) => (1..=ranges.len())
            .map(|number| format!("range {number}"))
            .collect(),
        _ => Vec::new(),
    };
    for (at, constant) in constants.iter().enumerate() {
        if constants.len() > 1 {
            let says = format!("no longer compares `{name}` with {constant}");
            change(Operator::Constant, span, &says, &|expr| {
                with_comparison(expr, |comparison| without(comparison, at));
            });
        }
    }
    match comparison {
        Comparison::IsTrue | Comparison::IsFalse => {
            let says = format!("asks for the opposite of `{name}`");
            change(Operator::Negation, span, &says, &|expr| {
                with_comparison(expr, |comparison| {
                    *comparison = match comparison {
                        Comparison::IsTrue => Comparison::IsFalse,
                        _ => Comparison::IsTrue,
                    };
                });
            });
        }
        Comparison::Between(first, last) if first < last => {
            bounds(*first, *last, name, span, change);
        }
        _ => {}
    }
}

/// One value at a bound is left out: `-gt` for `-ge`.
fn bounds(first: u128, last: u128, name: &str, span: Span, change: &mut Change<'_>) {
    if first > 0 {
        let says = format!("leaves out the least value that `{name}` is compared with");
        change(Operator::Constant, span, &says, &|expr| {
            with_comparison(expr, |comparison| {
                if let Comparison::Between(first, _) = comparison {
                    *first += 1;
                }
            });
        });
    }
    if last < u128::MAX {
        let says = format!("leaves out the greatest value that `{name}` is compared with");
        change(Operator::Constant, span, &says, &|expr| {
            with_comparison(expr, |comparison| {
                if let Comparison::Between(_, last) = comparison {
                    *last -= 1;
                }
            });
        });
    }
}

fn with_comparison(expr: &mut Expr, change: impl FnOnce(&mut Comparison)) {
    match expr {
        Expr::Test(test) => change(&mut test.comparison),
        Expr::Field(test) => change(&mut test.comparison),
        _ => {}
    }
}

fn without(comparison: &mut Comparison, at: usize) {
    match comparison {
        Comparison::OneOf(texts)
        | Comparison::StartsWith(texts)
        | Comparison::EndsWith(texts)
        | Comparison::Contains(texts)
        | Comparison::Has(texts) => {
            texts.remove(at);
        }
        Comparison::InRange(ranges) => {
            ranges.remove(at);
        }
        _ => {}
    }
}

/// The slips in a list of locations or resources within an expression.
fn items<T>(
    scope: &Scoped<T>,
    describe: impl Fn(&T) -> String,
    slot_of: fn(&mut Expr) -> Option<&mut Scoped<T>>,
    change: &mut Change<'_>,
) {
    let rows = [(false, &scope.include), (true, &scope.exclude)];
    for (is_exclude, items) in rows {
        for (at, item) in items.iter().enumerate() {
            if !is_exclude && items.len() < 2 {
                continue;
            }
            let what = describe(&item.value);
            let (operator, says) = if is_exclude {
                (Operator::Exclude, format!("no longer excludes {what}"))
            } else {
                (Operator::Include, format!("no longer includes {what}"))
            };
            change(operator, item.span, &says, &|expr| {
                if let Some(scope) = slot_of(expr) {
                    let items = if is_exclude {
                        &mut scope.exclude
                    } else {
                        &mut scope.include
                    };
                    items.remove(at);
                }
            });
        }
    }
}

/// What an expression asks about, where it is one comparison.
fn asked(expr: &Expr) -> Option<AttributeId> {
    match expr {
        Expr::Not(inner) => asked(inner),
        Expr::Test(test) => Some(test.attribute),
        Expr::Some(some) => Some(some.collection),
        _ => None,
    }
}

/// How many constants a part compares with.
pub(super) fn constant_count(expr: &Expr) -> usize {
    let of = |comparison: &Comparison| match comparison {
        Comparison::OneOf(texts)
        | Comparison::StartsWith(texts)
        | Comparison::EndsWith(texts)
        | Comparison::Contains(texts)
        | Comparison::Has(texts) => texts.len(),
        Comparison::InRange(ranges) => ranges.len(),
        _ => 1,
    };
    match expr {
        Expr::Test(test) => of(&test.comparison),
        Expr::Field(test) => of(&test.comparison),
        Expr::Location(scope) => scope.include.len() + scope.exclude.len(),
        Expr::App(scope) => scope.include.len() + scope.exclude.len(),
        _ => 0,
    }
}

/// Where a part is written, if it knows, or else the first of its parts.
fn span_of(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Not(inner) => span_of(inner),
        Expr::All(parts) | Expr::Any(parts) => {
            let first = parts.first().and_then(span_of)?;
            let last = parts.last().and_then(span_of).unwrap_or(first);
            Some(first.to(last))
        }
        Expr::Test(test) => Some(test.span),
        Expr::Location(scope) => Some(scope.span),
        Expr::App(scope) => Some(scope.span),
        Expr::Some(some) => Some(some.span),
        Expr::Field(test) => Some(test.span),
        Expr::Unknown(span) => Some(*span),
        Expr::Constant(_) => None,
    }
}
