//! Custom security attributes, `CustomSecurityAttribute.Set_Name`: fields that nobody declares.

use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Operand, OperatorToken};
use gatewright_value::{Kind, fold};

use super::ExprLowering;
use super::element::Field;
use super::lookup::{Found, joined};
use crate::model::Expr;
use crate::problems::dialects as problem;
use crate::schema::AttributeId;

/// The attribute that stands for all custom security attributes in lookups of names and types.
const RECORDS: &str = "app.resources";

impl ExprLowering<'_, '_> {
    /// A comparison in a dialect whose attributes are fields.
    pub(super) fn custom_compare(
        &mut self,
        span: Span,
        words: &[Name],
        left: Span,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        let cx = self.cx;
        let entity = cx.dialect.entity.as_deref().unwrap_or_default();
        let name = match custom_name(entity, words) {
            Ok(name) => name,
            Err(meant) => {
                let written = joined(words);
                let name = &cx.dialect.name;
                let found =
                    problem::custom_attribute(left, &written, name, entity, meant.as_deref());
                return self.broken(found);
            }
        };
        let id = cx.schema.find_attribute(RECORDS).unwrap_or(AttributeId(0));
        let Some(attribute) = cx.schema.attribute(id) else {
            return self.silently_broken(span);
        };
        let shown = format!("{entity}.{name}");
        let written = joined(words);
        if !written.starts_with(entity) {
            let problem = crate::problems::expressions::attribute_case(left, &written, &shown);
            self.problems.push(problem);
        }
        let found = Found {
            id,
            name: &shown,
            attribute,
            operators: &cx.dialect.free_fields,
        };
        let field = Field {
            shown: &shown,
            name: fold(&name).into_owned(),
            kind: &Kind::String,
            operators: &cx.dialect.free_fields,
            is_optional: true,
        };
        self.field_test(span, found, &field, left, operator, right)
    }
}

/// `Set_Name` of `CustomSecurityAttribute.Set_Name`; else what was probably meant.
fn custom_name(entity: &str, words: &[Name]) -> Result<String, Option<String>> {
    match words {
        [first, name] if first.text.eq_ignore_ascii_case(entity) => {
            let has_both = name
                .text
                .split_once('_')
                .is_some_and(|(set, rest)| !set.is_empty() && !rest.is_empty());
            if has_both {
                Ok(name.text.clone())
            } else {
                Err(None)
            }
        }
        [first, set, rest @ ..] if first.text.eq_ignore_ascii_case(entity) && !rest.is_empty() => {
            let rest: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
            Err(Some(format!("{entity}.{}_{}", set.text, rest.join("_"))))
        }
        [only] if only.text.contains('_') => Err(Some(format!("{entity}.{}", only.text))),
        _ => Err(None),
    }
}
