//! The rule of a device filter from what it means: for rules that name others, and for conditions
//! that stood elsewhere.

use gatewright_hir::model::{Comparison, Expr, Test};
use gatewright_hir::schema::{Dialect, Schema};
use gatewright_syntax::ast::CompareOperator as Op;
use gatewright_value::Kind;

/// The rule as a dialect writes it; `None` where it cannot say it.
#[must_use]
pub fn rule_text(schema: &Schema, dialect: &str, expr: &Expr) -> Option<String> {
    let dialect = schema.dialects.iter().find(|d| d.name == dialect)?;
    let text = Writer { schema, dialect }.expression(expr)?;
    // The outermost parentheses hold everything together that is alone anyway.
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let is_list = matches!(expr, Expr::All(_) | Expr::Any(_));
    Some(match inner {
        Some(inner) if is_list => inner.to_owned(),
        _ => text,
    })
}

struct Writer<'a> {
    schema: &'a Schema,
    dialect: &'a Dialect,
}

impl Writer<'_> {
    /// Recursion is bounded: expressions are nested no deeper than the parser allows.
    fn expression(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Not(inner) => Some(format!("-not ({})", self.expression(inner)?)),
            Expr::All(parts) => self.joined(parts, " -and "),
            Expr::Any(parts) => self.joined(parts, " -or "),
            Expr::Test(test) => self.test(test),
            _ => None,
        }
    }

    fn joined(&self, parts: &[Expr], connective: &str) -> Option<String> {
        let parts: Option<Vec<String>> = parts.iter().map(|p| self.expression(p)).collect();
        parts
            .filter(|p| !p.is_empty())
            .map(|p| format!("({})", p.join(connective)))
    }

    fn test(&self, test: &Test) -> Option<String> {
        let attributes = &self.dialect.attributes;
        let known = attributes.iter().find(|a| a.attribute == test.attribute)?;
        let one = |positive: Op, negative: Op, value: &str| {
            let operator = if test.is_negated { negative } else { positive };
            let is_known = known.operators.contains(&operator);
            is_known.then(|| format!("{} -{} {value}", known.name, operator.word()))
        };
        let each = |positive: Op, negative: Op, texts: &[String]| {
            let all: Option<Vec<String>> = texts
                .iter()
                .map(|text| one(positive, negative, &self.quoted(test, text)?))
                .collect();
            let connective = if test.is_negated { " -and " } else { " -or " };
            match all?.as_slice() {
                [] => None,
                [single] => Some(single.clone()),
                several => Some(format!("({})", several.join(connective))),
            }
        };
        match &test.comparison {
            Comparison::OneOf(texts) => each(Op::Eq, Op::Ne, texts),
            Comparison::StartsWith(texts) => each(Op::StartsWith, Op::NotStartsWith, texts),
            Comparison::EndsWith(texts) => each(Op::EndsWith, Op::NotEndsWith, texts),
            Comparison::Contains(texts) | Comparison::Has(texts) => {
                each(Op::Contains, Op::NotContains, texts)
            }
            Comparison::IsTrue => one(Op::Eq, Op::Ne, "True"),
            Comparison::IsFalse => one(Op::Eq, Op::Ne, "False"),
            Comparison::Matches(_)
            | Comparison::InRange(_)
            | Comparison::Between(..)
            | Comparison::IsNull => None,
        }
    }

    /// A value in quotes, a member of an enumeration in its own spelling.
    fn quoted(&self, test: &Test, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        let kind = self.schema.attribute(test.attribute).map(|a| &a.kind);
        if let Some(Kind::Enumeration { members, .. }) = kind {
            let spelled = members
                .iter()
                .find(|member| member.eq_ignore_ascii_case(&text));
            text = spelled.map_or(text, Clone::clone);
        }
        (!text.contains(['"', '`', '\n', '\r'])).then(|| format!("\"{text}\""))
    }
}
