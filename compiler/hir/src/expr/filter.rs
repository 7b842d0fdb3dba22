//! What a named rule may say where it is used in a filter of the service.
//!
//! A rule is written in the language's own dialect. In `devices` it has to be something that the
//! filter can say too: the same attributes, and operators that the filter has or that can be
//! written out (`-in` as several `-eq`).

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, Name};

use super::ExprLowering;
use crate::model::{Comparison, Expr, Test};
use crate::problems::expressions as problem;
use crate::schema::DialectAttribute;

impl ExprLowering<'_, '_> {
    /// Why the filter cannot say this rule, if it cannot.
    pub(super) fn not_in_filter(&self, name: &Name, rule: &Expr) -> Option<Diagnostic> {
        let (reason, span) = self.obstacle(rule)?;
        Some(problem::rule_not_in_filter(
            name,
            &self.cx.dialect.name,
            &reason,
            span,
        ))
    }

    fn obstacle(&self, rule: &Expr) -> Option<(String, Option<Span>)> {
        match rule {
            Expr::Constant(value) => {
                let word = if *value { "True" } else { "False" };
                Some((format!("the constant `{word}`"), None))
            }
            Expr::Not(inner) => self.obstacle(inner),
            Expr::All(parts) | Expr::Any(parts) => {
                parts.iter().find_map(|part| self.obstacle(part))
            }
            Expr::Location(scope) => Some(("the location".to_owned(), Some(scope.span))),
            Expr::App(scope) => Some(("the app".to_owned(), Some(scope.span))),
            Expr::Some(some) => Some(("a question about elements".to_owned(), Some(some.span))),
            Expr::Field(_) | Expr::Unknown(_) => None,
            Expr::Test(test) => self.test_obstacle(test),
        }
    }

    fn test_obstacle(&self, test: &Test) -> Option<(String, Option<Span>)> {
        let known = self
            .cx
            .dialect
            .attributes
            .iter()
            .find(|a| a.attribute == test.attribute);
        let Some(known) = known else {
            let attribute = self.cx.schema.attribute(test.attribute)?;
            return Some((format!("`{}`", attribute.name), Some(test.span)));
        };
        let reason = missing_operator(known, &test.comparison)?;
        Some((format!("{reason} on `{}`", known.name), Some(test.span)))
    }
}

/// What a comparison needs that the filter has not.
fn missing_operator(known: &DialectAttribute, comparison: &Comparison) -> Option<&'static str> {
    let (operator, word) = match comparison {
        Comparison::OneOf(_) | Comparison::IsTrue | Comparison::IsFalse => (Op::Eq, "`-eq`"),
        Comparison::StartsWith(_) => (Op::StartsWith, "`-startsWith`"),
        Comparison::EndsWith(_) => (Op::EndsWith, "`-endsWith`"),
        Comparison::Contains(_) | Comparison::Has(_) => (Op::Contains, "`-contains`"),
        Comparison::Matches(_) => (Op::Match, "`-match`"),
        Comparison::Between(..) => (Op::Le, "an order"),
        Comparison::InRange(_) => (Op::In, "a range"),
        Comparison::IsNull => return Some("`null`"),
    };
    (!known.operators.contains(&operator)).then_some(word)
}
