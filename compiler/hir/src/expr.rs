//! Expressions: names resolved, values typed, named rules put in their place.
//!
//! One walk for every dialect; what a dialect allows is its table in the schema. Connectives become
//! flat lists, parentheses go, a negated comparison becomes the opposite comparison.
//!
//! INVARIANT: a part that could not be understood is [`Expr::Unknown`], has been reported, and
//! [`Lowered::is_broken`] says so; the parts around it are still checked.
//! LIMIT: [`NODES_MAX`] nodes and [`DEPTH_MAX`] levels once named rules are in their place.

mod compare;
mod custom;
mod element;
mod filter;
mod lookup;
mod ordered;
mod place;
mod time;
mod value;

pub(crate) use lookup::joined;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{self, ExprId, Exprs, Name, Operand, Text};
use gatewright_value::fold;

use crate::model::{Comparison, Expr, FieldTest, Test};
use crate::problems::{dialects, expressions as problem, names, values};
use crate::schema::{Dialect, Schema, Stance};
use crate::symbols::{RuleValue, Symbols};

pub(crate) use value::{date_time_ms, duration_seconds, is_country, is_guid};

/// LIMIT: nodes of an expression, named rules put in their place.
pub(crate) const NODES_MAX: usize = 200_000;
/// LIMIT: levels of an expression, named rules put in their place. The parser caps what is written;
/// this caps what rules make of it.
pub(crate) const DEPTH_MAX: usize = 256;

/// What expressions are read against.
#[derive(Clone, Copy)]
pub(crate) struct ExprCx<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) dialect: &'a Dialect,
    /// The names of the project; `None` for a rule on its own.
    pub(crate) symbols: Option<&'a Symbols<'a>>,
}

impl ExprCx<'_> {
    /// Whether the dialect is one of the service's, not the language's own.
    pub(crate) fn is_filter(&self) -> bool {
        self.dialect.entity.is_some()
    }
}

/// An expression with what it cost.
pub(crate) struct Lowered {
    pub(crate) expr: Expr,
    pub(crate) is_broken: bool,
    pub(crate) size: usize,
    pub(crate) depth: usize,
}

/// Understand an expression.
pub(crate) fn lower_expr(
    cx: ExprCx<'_>,
    exprs: &Exprs,
    root: ExprId,
    problems: &mut Vec<Diagnostic>,
) -> Lowered {
    let mut lowering = ExprLowering {
        cx,
        exprs,
        problems,
        is_broken: false,
        size: 0,
        depth: 0,
        deepest: 0,
        element: None,
        is_list: false,
    };
    lowering.stands_alone(root);
    let expr = lowering.lower(root);
    Lowered {
        expr,
        is_broken: lowering.is_broken,
        size: lowering.size,
        depth: lowering.deepest,
    }
}

struct ExprLowering<'a, 'p> {
    cx: ExprCx<'a>,
    exprs: &'a Exprs,
    problems: &'p mut Vec<Diagnostic>,
    is_broken: bool,
    size: usize,
    depth: usize,
    deepest: usize,
    /// What the body of the quantifier at hand speaks of.
    element: Option<element::Element<'a>>,
    /// Whether the values at hand stand in brackets.
    is_list: bool,
}

impl ExprLowering<'_, '_> {
    /// Report, and stand in for what cannot be understood.
    fn broken(&mut self, problem: Diagnostic) -> Expr {
        let span = problem.span();
        self.problems.push(problem);
        self.silently_broken(span)
    }

    fn silently_broken(&mut self, span: Span) -> Expr {
        self.is_broken = true;
        Expr::Unknown(span)
    }

    fn lower(&mut self, id: ExprId) -> Expr {
        self.size += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let exprs = self.exprs;
        let span = exprs.span(id);
        let expr = match exprs.get(id) {
            ast::Expr::Or(parts) => any(parts.iter().map(|part| self.lower(*part)).collect()),
            ast::Expr::And(parts) => all(parts.iter().map(|part| self.lower(*part)).collect()),
            ast::Expr::Not(inner) => self.negated(span, *inner),
            ast::Expr::Paren(inner) => self.lower(*inner),
            ast::Expr::Compare {
                left,
                operator,
                right,
            } => self.compare(span, left, operator, right),
            ast::Expr::Quantified {
                collection,
                is_all,
                quantifier,
                body,
            } => self.quantified(collection, *is_all, *quantifier, *body),
            ast::Expr::Name { path, arguments } => self.name(span, path, arguments.as_deref()),
            ast::Expr::DirectReports(text) => self.direct_reports(span.to(text.span), text),
            ast::Expr::Broken => self.silently_broken(span),
        };
        self.depth -= 1;
        expr
    }

    fn negated(&mut self, span: Span, inner: ExprId) -> Expr {
        let dialect = self.cx.dialect;
        if !dialect.has_not {
            return self.broken(problem::no_not(span, &dialect.name));
        }
        if dialect.spelling.negated_null == Stance::Refused
            && let Some((null, opposite)) = null_test(self.exprs, inner)
        {
            return self.broken(dialects::negated_null(span, null, &opposite));
        }
        not(self.lower(inner))
    }

    /// `Direct Reports for "…"`: those whose manager that is.
    fn direct_reports(&mut self, span: Span, manager: &Text) -> Expr {
        const MANAGER: &str = "user.manager";
        let cx = self.cx;
        let attribute = cx.schema.find_attribute(MANAGER);
        let (true, Some(attribute)) = (cx.dialect.has_direct_reports, attribute) else {
            return self.broken(problem::direct_reports(span, &cx.dialect.name));
        };
        if !value::is_guid(&manager.value) {
            let problem = values::not_a_guid(manager.span, "Direct Reports for", &manager.value);
            self.problems.push(problem);
        }
        Expr::Test(Test {
            attribute,
            comparison: Comparison::OneOf(vec![fold(&manager.value).into_owned()]),
            is_negated: false,
            span,
            needs_managed_device: false,
        })
    }

    /// Report what has to be a whole rule and is a part of one.
    fn stands_alone(&mut self, root: ExprId) {
        let dialect = self.cx.dialect;
        if dialect.alone.is_empty() && !dialect.has_direct_reports {
            return;
        }
        let mut whole = root;
        while let ast::Expr::Paren(inner) = self.exprs.get(whole) {
            whole = *inner;
        }
        let mut parts = vec![root];
        while let Some(part) = parts.pop() {
            let found = match self.exprs.get(part) {
                ast::Expr::Or(inner) | ast::Expr::And(inner) => {
                    parts.extend(inner.iter().rev());
                    None
                }
                ast::Expr::Not(inner) | ast::Expr::Paren(inner) => {
                    parts.push(*inner);
                    None
                }
                ast::Expr::DirectReports(_) => Some("Direct Reports for".to_owned()),
                ast::Expr::Quantified {
                    collection: Operand::Path { words, .. },
                    ..
                }
                | ast::Expr::Compare {
                    left: Operand::Path { words, .. },
                    ..
                } => {
                    let name = joined(words);
                    let mut known = dialect.attributes.iter();
                    let known = known.find(|a| a.name.eq_ignore_ascii_case(&name));
                    let is_alone = known.is_some_and(|a| dialect.alone.contains(&a.attribute));
                    is_alone.then_some(name)
                }
                _ => None,
            };
            if let Some(what) = found.filter(|_| part != whole) {
                let problem = dialects::stands_alone(self.exprs.span(part), &what);
                self.problems.push(problem);
                self.is_broken = true;
            }
        }
    }

    /// A name that is not compared: a rule, a constant, a Boolean attribute.
    fn name(&mut self, span: Span, path: &[Name], arguments: Option<&[Operand]>) -> Expr {
        let Some(first) = path.first() else {
            return self.silently_broken(span);
        };
        if let Some(element) = self.element {
            return self.broken(element.not_it(span));
        }
        let is_unknown = |symbols: &Symbols<'_>| symbols.rule(&first.text).is_none();
        let may_be_rule = path.len() == 1 && self.cx.symbols.is_some_and(is_unknown);
        if let Some(arguments) = arguments.filter(|_| !may_be_rule) {
            let end = arguments.last().map_or(span, Operand::span);
            return self.broken(problem::no_parameters(first, span.to(end)));
        }
        if path.len() > 1 {
            return self.lone_attribute(span, path);
        }
        if let Some(value) = constant(&first.text) {
            if self.cx.is_filter() {
                return self.broken(problem::constant_in_filter(first, &self.cx.dialect.name));
            }
            return Expr::Constant(value);
        }
        let Some(symbols) = self.cx.symbols else {
            let attributes = self.cx.dialect.attributes.iter().map(|a| a.name.as_str());
            return self.broken(problem::bare_word(first, attributes));
        };
        match symbols.rule(&first.text) {
            Some(rule) => {
                symbols.note_declared(first.span, rule.span);
                match &rule.value {
                    Some(value) => self.inline(symbols, first, rule.span, value),
                    // The rule itself has been reported: it is broken, or part of a cycle.
                    None => self.silently_broken(span),
                }
            }
            None => {
                let problem = match symbols.kind_of(&first.text) {
                    Some((kind, declared)) => names::object_for_rule(first, kind, declared),
                    None => names::unknown_rule(
                        first,
                        symbols.rule_names(),
                        self.cx.dialect.attributes.iter().map(|a| a.name.as_str()),
                    ),
                };
                self.broken(problem)
            }
        }
    }

    /// Put a named rule in its place.
    fn inline(
        &mut self,
        symbols: &Symbols<'_>,
        name: &Name,
        declared: Span,
        rule: &RuleValue,
    ) -> Expr {
        let is_too_deep = self.depth + rule.depth > DEPTH_MAX;
        if is_too_deep || self.size + rule.size > NODES_MAX || !symbols.can_inline(rule.size) {
            return self.broken(problem::too_large(name, declared));
        }
        self.size += rule.size;
        self.deepest = self.deepest.max(self.depth + rule.depth);
        if self.cx.is_filter()
            && let Some(problem) = self.not_in_filter(name, &rule.expr)
        {
            return self.broken(problem);
        }
        rule.expr.clone()
    }

    /// `device.isRegistered` on its own.
    fn lone_attribute(&mut self, span: Span, path: &[Name]) -> Expr {
        let Some(found) = self.attribute(path, span) else {
            return self.silently_broken(span);
        };
        if found.attribute.kind != gatewright_value::Kind::Boolean {
            let operators = found.operators;
            let problem = problem::not_compared(span, found.name, &found.attribute.kind, operators);
            return self.broken(problem);
        }
        if self.cx.is_filter() {
            return self.broken(problem::boolean_alone_in_filter(span, found.name));
        }
        Expr::Test(Test {
            attribute: found.id,
            comparison: Comparison::IsTrue,
            is_negated: false,
            span,
            needs_managed_device: false,
        })
    }
}

/// The comparison with null that this is, parentheses aside: where the null stands, and the
/// opposite comparison.
fn null_test(exprs: &Exprs, id: ExprId) -> Option<(Span, String)> {
    match exprs.get(id) {
        ast::Expr::Paren(inner) => null_test(exprs, *inner),
        ast::Expr::And(parts) | ast::Expr::Or(parts) => {
            parts.iter().find_map(|part| null_test(exprs, *part))
        }
        ast::Expr::Compare {
            left: Operand::Path { words, .. },
            operator,
            right,
        } if compare::is_null(right) => {
            let word = if operator.operator == ast::CompareOperator::Ne {
                "eq"
            } else {
                "ne"
            };
            let opposite = format!("{} -{word} null", joined(words));
            Some((right.span(), opposite))
        }
        _ => None,
    }
}

/// `True` or `False` in any case.
pub(crate) fn constant(word: &str) -> Option<bool> {
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// All of these, flat.
pub(crate) fn all(parts: Vec<Expr>) -> Expr {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 {
        flat.pop().unwrap_or(Expr::Constant(true))
    } else {
        Expr::All(flat)
    }
}

/// Any of these, flat.
pub(crate) fn any(parts: Vec<Expr>) -> Expr {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::Any(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 {
        flat.pop().unwrap_or(Expr::Constant(false))
    } else {
        Expr::Any(flat)
    }
}

/// The opposite; a comparison is turned round in place.
pub(crate) fn not(expr: Expr) -> Expr {
    match expr {
        Expr::Constant(value) => Expr::Constant(!value),
        Expr::Not(inner) => *inner,
        Expr::Test(test) => Expr::Test(Test {
            is_negated: !test.is_negated,
            ..test
        }),
        Expr::Field(test) => Expr::Field(FieldTest {
            is_negated: !test.is_negated,
            ..test
        }),
        // Unknown is its own opposite.
        Expr::Unknown(span) => Expr::Unknown(span),
        other => Expr::Not(Box::new(other)),
    }
}
