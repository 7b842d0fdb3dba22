//! Slips in lists: includes and excludes, and sets of members.

use gatewright_hir::model::{Condition, Located, Policy, Scoped};
use gatewright_source::Span;

use super::{Operator, Slips};

/// A condition with includes and excludes, as far as slips need to know it.
pub(super) struct Dimension<'d, T> {
    /// Where it stands in a policy.
    pub(super) slot: fn(&mut Policy) -> Option<&mut Scoped<T>>,
    /// What people call an item.
    pub(super) describe: &'d dyn Fn(&T) -> String,
    /// The item that stands for all of them, and what people call that.
    pub(super) all: Option<(T, &'static str)>,
    /// Items of a short list, each of which might have been named.
    pub(super) nameable: Vec<T>,
}

/// The slips in a condition with includes and excludes.
pub(super) fn scoped<T: Clone + PartialEq>(
    slips: &mut Slips<'_>,
    scope: &Scoped<T>,
    dimension: &Dimension<'_, T>,
) {
    let (slot, describe) = (dimension.slot, dimension.describe);
    let mut change = |operator, span: Span, says: String, change: &dyn Fn(&mut Scoped<T>)| {
        slips.add(operator, span, &says, |policy| {
            if let Some(scope) = slot(policy) {
                change(scope);
            }
        });
    };
    let has_all = |items: &[Located<T>]| {
        let mut all = dimension.all.iter();
        all.any(|(all, _)| items.iter().any(|item| item.value == *all))
    };
    let is_all = has_all(&scope.include);
    // An include list of one item cannot lose it: the service refuses such a policy.
    for (at, item) in scope.include.iter().enumerate() {
        if scope.include.len() > 1 {
            let says = format!("no longer includes {}", describe(&item.value));
            change(Operator::Include, item.span, says, &|scope| {
                scope.include.remove(at);
            });
        }
    }
    for (at, item) in scope.exclude.iter().enumerate() {
        let what = describe(&item.value);
        let says = format!("no longer excludes {what}");
        change(Operator::Exclude, item.span, says, &|scope| {
            scope.exclude.remove(at);
        });
        // Beside all of them an item adds nothing, so it takes their place.
        let says = format!("includes {what} instead of excluding it");
        change(Operator::Exclude, item.span, says, &|scope| {
            let item = scope.exclude.remove(at);
            if is_all {
                scope.include.clear();
            }
            scope.include.push(item);
        });
    }
    if let Some((all, name)) = dimension.all.as_ref().filter(|_| !is_all) {
        let says = format!("includes {name}");
        change(Operator::All, scope.span, says, &|scope| {
            scope.include = vec![Located {
                value: all.clone(),
                span: scope.span,
            }];
        });
    }
    for value in dimension.nameable.iter().filter(|_| !is_all) {
        let is_named = |items: &[Located<T>]| items.iter().any(|item| item.value == *value);
        if is_named(&scope.include) || is_named(&scope.exclude) {
            continue;
        }
        let says = format!("also includes {}", describe(value));
        change(Operator::Include, scope.span, says, &|scope| {
            scope.include.push(Located {
                value: value.clone(),
                span: scope.span,
            });
        });
    }
}

/// The slips in a condition that is a set of members: one forgotten, one more.
pub(super) fn members<T: Copy + PartialEq>(
    slips: &mut Slips<'_>,
    condition: &Condition<T>,
    slot: fn(&mut Policy) -> Option<&mut Condition<T>>,
    describe: &dyn Fn(T) -> String,
    nameable: &[T],
) {
    let mut change = |says: String, change: &dyn Fn(&mut Vec<T>)| {
        slips.add(Operator::Include, condition.span, &says, |policy| {
            if let Some(condition) = slot(policy) {
                change(&mut condition.members);
            }
        });
    };
    for (at, member) in condition.members.iter().enumerate() {
        if condition.members.len() > 1 {
            let says = format!("no longer applies at {}", describe(*member));
            change(says, &|members| {
                members.remove(at);
            });
        }
    }
    for member in nameable {
        if !condition.members.contains(member) {
            let says = format!("also applies at {}", describe(*member));
            change(says, &|members| members.push(*member));
        }
    }
}
