//! Device filters: what they do to devices that are not registered, not managed, or renamed.

use gatewright_diagnostics::Diagnostic;

use super::Notation;
use crate::model::{Comparison, Expr, Policy, Test};
use crate::problems::lints as problem;
use crate::schema::Schema;

pub(super) fn check(
    schema: &Schema,
    policy: &Policy,
    notation: Notation,
    problems: &mut Vec<Diagnostic>,
) {
    let mut tests = Vec::new();
    if let Some(filter) = policy.assignments.as_ref().and_then(|a| a.devices.as_ref()) {
        collect(&filter.rule, &mut tests);
        let on_unregistered = holds_without_attributes(&filter.rule);
        if filter.is_exclude && on_unregistered == Some(true) {
            problems.push(problem::wide_exclusion(filter.span, notation));
        }
        // A comparison of the compliance with `False` is reported for the same reason.
        let is_about_compliance = tests.iter().any(|test| is_compliance_false(schema, test));
        if !filter.is_exclude
            && policy.outcome.is_block
            && on_unregistered == Some(false)
            && !is_about_compliance
        {
            problems.push(problem::unregistered_escapes(
                filter.span,
                policy.outcome.span,
                notation,
            ));
        }
        extension_attributes(schema, &tests, problems);
        let editable = ["device.displayName", "device.manufacturer", "device.model"];
        let all_editable = tests
            .iter()
            .all(|test| editable.contains(&name(schema, test)));
        if all_editable && !tests.is_empty() {
            problems.push(problem::user_editable(filter.span));
        }
    }
    if let Some(when) = &policy.when {
        collect(when, &mut tests);
    }
    for test in tests {
        if is_compliance_false(schema, test) {
            problems.push(problem::compliance_false(test.span));
        }
    }
}

fn is_compliance_false(schema: &Schema, test: &Test) -> bool {
    let is_false = test.comparison == Comparison::IsFalse && !test.is_negated;
    is_false && name(schema, test) == "device.isCompliant"
}

/// Report the first extension attribute of a filter that asks for nothing that would show it.
fn extension_attributes(schema: &Schema, tests: &[&Test], problems: &mut Vec<Diagnostic>) {
    let guards = ["device.isCompliant", "device.trustType", "device.mdmAppId"];
    if tests
        .iter()
        .any(|test| guards.contains(&name(schema, test)))
    {
        return;
    }
    if let Some(test) = tests.iter().find(|test| test.needs_managed_device) {
        problems.push(problem::extension_attribute(test.span, name(schema, test)));
    }
}

fn name<'a>(schema: &'a Schema, test: &Test) -> &'a str {
    schema
        .attribute(test.attribute)
        .map_or("", |attribute| attribute.name.as_str())
}

fn collect<'e>(expr: &'e Expr, tests: &mut Vec<&'e Test>) {
    match expr {
        Expr::Test(test) => tests.push(test),
        Expr::Not(inner) => collect(inner, tests),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| collect(part, tests)),
        Expr::Constant(_) | Expr::Location(_) | Expr::App(_) => {}
        Expr::Some(_) | Expr::Field(_) | Expr::Unknown(_) => {}
    }
}

/// What a filter says of a device that has no attribute; `None` where that is not known.
pub(super) fn holds_without_attributes(rule: &Expr) -> Option<bool> {
    match rule {
        Expr::Constant(value) => Some(*value),
        Expr::Test(test) => Some((test.comparison == Comparison::IsNull) != test.is_negated),
        Expr::Not(inner) => holds_without_attributes(inner).map(|value| !value),
        Expr::All(parts) => {
            let values: Vec<Option<bool>> = parts.iter().map(holds_without_attributes).collect();
            if values.contains(&Some(false)) {
                Some(false)
            } else if values.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Expr::Any(parts) => {
            let values: Vec<Option<bool>> = parts.iter().map(holds_without_attributes).collect();
            if values.contains(&Some(true)) {
                Some(true)
            } else if values.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        Expr::Some(_) => Some(false),
        Expr::Location(_) | Expr::App(_) | Expr::Field(_) | Expr::Unknown(_) => None,
    }
}
