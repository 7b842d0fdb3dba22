//! Filters of the service: for devices, and over custom security attributes.

use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, ExprId, Head};

use super::PolicyLowering;
use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::model::{AttributeFilter, Expr, Located, Scoped};
use crate::rule::{ATTRIBUTE_RULE_DIALECT, length, typographic_at};
use crate::schema::Dialect;

impl PolicyLowering<'_, '_> {
    /// `apps where …`, `apps except where …`; also of workloads and agents.
    pub(super) fn filters<T>(
        &mut self,
        head: Head,
        scope: &mut Scoped<T>,
        make: fn(AttributeFilter) -> T,
    ) {
        let mut dialects = self.cx.schema.dialects.iter();
        let Some(dialect) = dialects.find(|d| d.name == ATTRIBUTE_RULE_DIALECT) else {
            return;
        };
        for clause in self.written.all(head) {
            let ClauseBody::Filter {
                is_exclude,
                rule,
                text,
                filled,
                ..
            } = &clause.body
            else {
                continue;
            };
            let value = make(AttributeFilter {
                rule: self.filter_rule(dialect, *rule, *text, filled),
                text: self.cx.filter_text(*text, filled),
            });
            let side = if *is_exclude {
                &mut scope.exclude
            } else {
                &mut scope.include
            };
            side.push(Located { value, span: *text });
        }
    }

    /// The rule of a filter, in its dialect.
    pub(super) fn filter_rule(
        &mut self,
        dialect: &Dialect,
        rule: ExprId,
        text: Span,
        filled: &[(Span, String)],
    ) -> Expr {
        let schema = self.cx.schema;
        let cx = ExprCx {
            schema,
            dialect,
            symbols: Some(self.cx.symbols),
        };
        let lowered = lower_expr(cx, self.cx.exprs, rule, self.problems);
        if !lowered.is_broken {
            lints::expression(schema, &lowered.expr, self.problems);
        }
        let source_text = self.cx.filter_text(text, filled);
        self.problems.extend(length(dialect, &source_text, text));
        self.problems.extend(typographic_at(self.cx.sources, text));
        lowered.expr
    }
}
