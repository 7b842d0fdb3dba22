//! Named rules: each is checked once, those that it needs before it.
//!
//! Rules that need each other are reported as one cycle, with every use in it, and have no value;
//! what uses them is not reported again. A rule with parameters has no value itself: each use with
//! its arguments is a rule of its own, made by [`crate::template`].

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{self, DeclarationKind, Expr, ExprId, Exprs, Name};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cycles::Needs;
use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::lower_schema::OWN_DIALECT;
use crate::problems::names as problem;
use crate::schema::Schema;
use crate::symbols::{RuleValue, Symbols};

/// A rule without parameters.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'a> {
    pub(crate) name: &'a Name,
    pub(crate) exprs: &'a Exprs,
    pub(crate) body: ExprId,
}

/// The names of rules that need each other, parameters or not; each cycle is reported once.
pub(crate) fn cyclic(
    files: &[&ast::File],
    symbols: &Symbols<'_>,
    problems: &mut Vec<Diagnostic>,
) -> FxHashSet<String> {
    let mut needs = Needs::default();
    let rules = || files.iter().flat_map(|file| declared(file));
    let is_first = |rule: &Rule<'_>| symbols.is_rule_at(rule.name);
    for rule in rules().filter(is_first) {
        needs.define(rule.name);
    }
    for rule in rules().filter(is_first) {
        for (used, span) in uses(rule.exprs, rule.body) {
            needs.need(&rule.name.text, used, span);
        }
    }
    let mut cyclic = FxHashSet::default();
    for (group, way) in needs.in_order() {
        if let Some(way) = way {
            problems.extend(problem::rule_cycle(&way));
            cyclic.extend(group.iter().map(|name| name.text.clone()));
        }
    }
    cyclic
}

/// The rules of a file that could be read, those with parameters among them.
fn declared(file: &ast::File) -> impl Iterator<Item = Rule<'_>> {
    file.declarations
        .iter()
        .filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Rule {
                name,
                body: Some(body),
                ..
            } => Some(Rule {
                name,
                exprs: &file.exprs,
                body: *body,
            }),
            _ => None,
        })
}

/// The rules without parameters of some files; the first of several with one name, and none that
/// is part of a cycle.
pub(crate) fn plain<'a>(
    files: &[&'a ast::File],
    symbols: &Symbols<'_>,
    cyclic: &FxHashSet<String>,
) -> Vec<Rule<'a>> {
    let mut found = Vec::new();
    for file in files {
        for declaration in &file.declarations {
            if let DeclarationKind::Rule {
                name,
                parameters,
                body: Some(body),
            } = &declaration.kind
                && parameters.is_empty()
                && symbols.is_rule_at(name)
                && !cyclic.contains(&name.text)
            {
                found.push(Rule {
                    name,
                    exprs: &file.exprs,
                    body: *body,
                });
            }
        }
    }
    found
}

/// Check every rule and give it its value. None of them is in `cyclic`.
pub(crate) fn lower(
    rules: &[Rule<'_>],
    schema: &Schema,
    symbols: &mut Symbols<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut needs = Needs::default();
    let mut rule_by_name: FxHashMap<&str, Rule<'_>> = FxHashMap::default();
    for rule in rules {
        needs.define(rule.name);
        rule_by_name.entry(&rule.name.text).or_insert(*rule);
    }
    for rule in rules {
        for (used, span) in uses(rule.exprs, rule.body) {
            needs.need(&rule.name.text, used, span);
        }
    }
    for (group, _) in needs.in_order() {
        for rule in group
            .iter()
            .filter_map(|name| rule_by_name.get(name.text.as_str()))
        {
            lower_rule(*rule, schema, symbols, problems);
        }
    }
}

fn lower_rule(
    rule: Rule<'_>,
    schema: &Schema,
    symbols: &mut Symbols<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(dialect) = schema.dialects.iter().find(|d| d.name == OWN_DIALECT) else {
        return;
    };
    let cx = ExprCx {
        schema,
        dialect,
        symbols: Some(symbols),
    };
    let lowered = lower_expr(cx, rule.exprs, rule.body, problems);
    if !lowered.is_broken {
        lints::expression(schema, &lowered.expr, problems);
        let value = RuleValue {
            expr: lowered.expr,
            size: lowered.size,
            depth: lowered.depth,
        };
        symbols.set_rule(&rule.name.text, value);
    }
}

/// What is wrong with the body of a rule.
pub(crate) fn check(
    exprs: &Exprs,
    body: ExprId,
    schema: &Schema,
    symbols: &Symbols<'_>,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let dialect = schema.dialects.iter().find(|d| d.name == OWN_DIALECT);
    if let Some(dialect) = dialect {
        let cx = ExprCx {
            schema,
            dialect,
            symbols: Some(symbols),
        };
        lower_expr(cx, exprs, body, &mut problems);
    }
    problems
}

/// Words of an expression that could be names of rules, with their places.
fn uses(exprs: &Exprs, root: ExprId) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        match exprs.get(id) {
            Expr::Or(parts) | Expr::And(parts) => stack.extend(parts.iter().rev()),
            Expr::Not(inner) | Expr::Paren(inner) => stack.push(*inner),
            Expr::Quantified { body, .. } => stack.push(*body),
            Expr::Name { path, .. } => {
                if let [word] = path.as_slice() {
                    found.push((word.text.as_str(), word.span));
                }
            }
            Expr::Compare { .. } | Expr::DirectReports(_) | Expr::Broken => {}
        }
    }
    found
}
