//! Conditions that are never true, or always.
//!
//! Comparisons of one attribute that stand side by side under `-and` are put together: is there a
//! value that satisfies all of them? Under `-or` the same question is asked of their opposites.
//! Nothing is multiplied out, so that the cost is linear in the expression.
//!
//! INVARIANT: what is reported is so for every value, null included. Silence proves nothing.

use std::collections::BTreeMap;

use gatewright_diagnostics::Diagnostic;

use crate::model::{Comparison, Expr, Test};
use crate::problems::lints as problem;
use crate::schema::{AttributeId, Schema};

/// LIMIT: comparisons of one attribute that are put together.
const TESTS_MAX: usize = 64;

/// LIMIT: values of a comparison; longer lists are not looked at.
const VALUES_MAX: usize = 256;

pub(super) fn check(schema: &Schema, expr: &Expr, problems: &mut Vec<Diagnostic>) {
    match expr {
        Expr::All(parts) => {
            let clash = clash(parts, false);
            if let Some((first, second)) = clash {
                problems.push(problem::never_true(
                    &name(schema, first),
                    first.span,
                    second.span,
                ));
            }
            parts.iter().for_each(|part| check(schema, part, problems));
        }
        Expr::Any(parts) => {
            let clash = clash(parts, true);
            if let Some((first, second)) = clash {
                problems.push(problem::always_true(
                    &name(schema, first),
                    first.span,
                    second.span,
                ));
            }
            parts.iter().for_each(|part| check(schema, part, problems));
        }
        Expr::Not(inner) => check(schema, inner, problems),
        Expr::Some(some) => check(schema, &some.body, problems),
        Expr::Constant(_) | Expr::Test(_) | Expr::Location(_) | Expr::App(_) => {}
        Expr::Field(_) | Expr::Unknown(_) => {}
    }
}

fn name(schema: &Schema, test: &Test) -> String {
    schema
        .attribute(test.attribute)
        .map_or_else(String::new, |a| a.name.clone())
}

/// Two comparisons that cannot both hold; with `is_opposite`, two of which one always holds.
fn clash(parts: &[Expr], is_opposite: bool) -> Option<(&Test, &Test)> {
    let mut by_attribute: BTreeMap<AttributeId, Vec<&Test>> = BTreeMap::new();
    for part in parts {
        if let Expr::Test(test) = part
            && value_count(&test.comparison) <= VALUES_MAX
        {
            by_attribute.entry(test.attribute).or_default().push(test);
        }
    }
    by_attribute
        .values()
        .filter(|tests| tests.len() > 1)
        .find_map(|tests| {
            let tests = tests.get(..TESTS_MAX.min(tests.len()))?;
            tests.iter().enumerate().find_map(|(at, first)| {
                let rest = tests.get(at + 1..)?;
                let second = rest
                    .iter()
                    .find(|second| are_disjoint(first, second, is_opposite))?;
                Some((*first, *second))
            })
        })
}

fn value_count(comparison: &Comparison) -> usize {
    match comparison {
        Comparison::OneOf(texts) | Comparison::Has(texts) => texts.len(),
        Comparison::InRange(ranges) => ranges.len(),
        _ => 1,
    }
}

/// Whether no value, null included, satisfies both (or, opposite, neither).
fn are_disjoint(first: &Test, second: &Test, is_opposite: bool) -> bool {
    if first.needs_managed_device != second.needs_managed_device {
        return false;
    }
    let (first_negated, second_negated) = (
        first.is_negated != is_opposite,
        second.is_negated != is_opposite,
    );
    match (first_negated, second_negated) {
        (false, false) => positive_disjoint(&first.comparison, &second.comparison),
        (false, true) => implies(&first.comparison, &second.comparison),
        (true, false) => implies(&second.comparison, &first.comparison),
        // Both hold for null, or, of a Boolean that is never null, for neither of its values.
        (true, true) => false,
    }
}

fn positive_disjoint(first: &Comparison, second: &Comparison) -> bool {
    use Comparison as C;
    match (first, second) {
        (C::OneOf(a), C::OneOf(b)) => !a.iter().any(|text| b.contains(text)),
        (C::OneOf(texts), other) | (other, C::OneOf(texts)) => texts
            .iter()
            .all(|text| holds_of(other, text) == Some(false)),
        (C::StartsWith(a), C::StartsWith(b)) => {
            let fits =
                |x: &String, y: &String| x.starts_with(y.as_str()) || y.starts_with(x.as_str());
            !a.iter().any(|x| b.iter().any(|y| fits(x, y)))
        }
        (C::EndsWith(a), C::EndsWith(b)) => {
            let fits = |x: &String, y: &String| x.ends_with(y.as_str()) || y.ends_with(x.as_str());
            !a.iter().any(|x| b.iter().any(|y| fits(x, y)))
        }
        (C::IsTrue, C::IsFalse) | (C::IsFalse, C::IsTrue) => true,
        (C::IsNull, other) | (other, C::IsNull) => *other != C::IsNull,
        (C::Between(a, b), C::Between(c, d)) => b < c || d < a,
        (C::InRange(a), C::InRange(b)) => !a
            .iter()
            .any(|x| b.iter().any(|y| x.first <= y.last && y.first <= x.last)),
        _ => false,
    }
}

/// Whether every value that satisfies the first satisfies the second.
fn implies(first: &Comparison, second: &Comparison) -> bool {
    use Comparison as C;
    if first == second {
        return true;
    }
    match (first, second) {
        (C::OneOf(texts), other) => texts.iter().all(|text| holds_of(other, text) == Some(true)),
        (C::Has(a), C::Has(b)) => a.iter().all(|text| b.contains(text)),
        (C::StartsWith(a), C::StartsWith(b)) => a
            .iter()
            .all(|x| b.iter().any(|y| x.starts_with(y.as_str()))),
        (C::EndsWith(a), C::EndsWith(b)) => {
            a.iter().all(|x| b.iter().any(|y| x.ends_with(y.as_str())))
        }
        (C::StartsWith(a) | C::EndsWith(a) | C::Contains(a), C::Contains(b)) => {
            a.iter().all(|x| b.iter().any(|y| x.contains(y.as_str())))
        }
        (C::Between(a, b), C::Between(c, d)) => c <= a && b <= d,
        _ => false,
    }
}

/// Whether a comparison of texts holds for one text, where that can be told.
fn holds_of(comparison: &Comparison, text: &str) -> Option<bool> {
    match comparison {
        Comparison::OneOf(texts) => Some(texts.iter().any(|t| t == text)),
        Comparison::StartsWith(texts) => Some(texts.iter().any(|t| text.starts_with(t.as_str()))),
        Comparison::EndsWith(texts) => Some(texts.iter().any(|t| text.ends_with(t.as_str()))),
        Comparison::Contains(texts) => Some(texts.iter().any(|t| text.contains(t.as_str()))),
        Comparison::IsNull => Some(false),
        _ => None,
    }
}
