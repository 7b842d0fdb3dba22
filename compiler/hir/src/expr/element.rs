//! `-any` and `-all`: what is asked of the elements of a set, and of fields of records.
//!
//! The body of a quantifier speaks of the element alone: `_` where it is a text, `assignedPlan.…`
//! (the name that the dialect gives it) where it is a record. That all elements satisfy something
//! is that none does not.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, ExprId, Name, Operand, OperatorToken};
use gatewright_value::{Kind, fold};

use super::compare::{is_null, positive};
use super::lookup::Found;
use super::{ExprLowering, not};
use crate::model::{Comparison, Expr, FieldTest, Quantified, Test};
use crate::problems::{dialects as dialect_problem, expressions as problem};

/// The element that the body of a quantifier speaks of.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// The set.
    found: Found<'a>,
    /// The type of an element.
    kind: &'a Kind,
    /// What the dialect calls it, and its fields; `None`: any.
    name: &'a str,
    fields: Option<&'a [String]>,
    operators: &'a [Op],
}

impl Element<'_> {
    /// Say that something is not about the element.
    pub(super) fn not_it(&self, span: Span) -> Diagnostic {
        dialect_problem::not_the_element(span, &self.example())
    }

    /// What a body starts with.
    fn example(&self) -> String {
        match self.fields.and_then(<[String]>::first) {
            Some(field) => format!("{}.{field}", self.name),
            None if *self.kind == Kind::Record => format!("{}.field", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// A field and what it may be compared with.
pub(super) struct Field<'f> {
    /// What messages call it.
    pub(super) shown: &'f str,
    /// The name in the typed form.
    pub(super) name: String,
    pub(super) kind: &'f Kind,
    pub(super) operators: &'f [Op],
    /// Whether it can be null.
    pub(super) is_optional: bool,
}

impl<'a> ExprLowering<'a, '_> {
    /// `user.proxyAddresses -any (_ -startsWith "smtp:")`
    pub(super) fn quantified(
        &mut self,
        collection: &Operand,
        is_all: bool,
        quantifier: Span,
        body: ExprId,
    ) -> Expr {
        let span = collection.span().to(self.exprs.span(body));
        if !self.cx.dialect.has_quantifiers {
            let name = &self.cx.dialect.name;
            return self.broken(problem::no_quantifier(quantifier, is_all, name));
        }
        if let Some(outer) = self.element {
            return self.broken(outer.not_it(span));
        }
        let Operand::Path { words, span: left } = collection else {
            return self.broken(problem::no_attribute(span, collection.span()));
        };
        let Some(found) = self.attribute(words, *left) else {
            return self.silently_broken(span);
        };
        let Kind::Set(kind) = &found.attribute.kind else {
            return self.broken(problem::not_a_set(*left, found.name));
        };
        self.element = Some(self.element_of(found, kind));
        let was_broken = std::mem::replace(&mut self.is_broken, false);
        let body = self.lower(body);
        let is_whole = !self.is_broken;
        self.is_broken |= was_broken;
        self.element = None;
        if !is_whole {
            return self.silently_broken(span);
        }
        let some = |body: Expr| match body {
            // An element that is one of these: the set has one of these.
            Expr::Field(FieldTest {
                field,
                comparison: Comparison::OneOf(texts),
                is_negated: false,
                ..
            }) if field.is_empty() => Expr::Test(Test {
                attribute: found.id,
                comparison: Comparison::Has(texts),
                is_negated: false,
                span,
                needs_managed_device: false,
            }),
            body => Expr::Some(Quantified {
                collection: found.id,
                body: Box::new(body),
                span,
            }),
        };
        if is_all {
            not(some(not(body)))
        } else {
            some(body)
        }
    }

    fn element_of(&self, found: Found<'a>, kind: &'a Kind) -> Element<'a> {
        let dialect = self.cx.dialect;
        let named = dialect.elements.iter().find(|e| e.attribute == found.id);
        match named {
            Some(named) => Element {
                found,
                kind,
                name: &named.name,
                fields: Some(&named.fields),
                operators: &named.operators,
            },
            None => Element {
                found,
                kind,
                name: "_",
                fields: None,
                operators: &dialect.element_operators,
            },
        }
    }

    /// A comparison in the body of a quantifier.
    pub(super) fn element_compare(
        &mut self,
        element: Element<'a>,
        span: Span,
        left: &Operand,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        let Operand::Path {
            words,
            span: left_span,
        } = left
        else {
            return self.broken(element.not_it(left.span()));
        };
        let Some(field) = self.element_field(element, words, *left_span) else {
            return self.silently_broken(span);
        };
        let shown = match field.as_str() {
            "" => element.name.to_owned(),
            field => format!("{}.{field}", element.name),
        };
        // The name of a member that is the element itself: `group.objectId` of a set of ids.
        let is_text = *element.kind != Kind::Record;
        let field = Field {
            shown: &shown,
            name: if is_text {
                String::new()
            } else {
                fold(&field).into_owned()
            },
            kind: if is_text { element.kind } else { &Kind::String },
            operators: element.operators,
            is_optional: !is_text,
        };
        self.field_test(span, element.found, &field, *left_span, operator, right)
    }

    /// The field that a path of the body names, empty for `_`; `None` after reporting.
    fn element_field(
        &mut self,
        element: Element<'_>,
        words: &[Name],
        span: Span,
    ) -> Option<String> {
        let is_element = |word: &Name| word.text.eq_ignore_ascii_case(element.name);
        let is_record = *element.kind == Kind::Record;
        match (words, element.fields) {
            ([only], None) if !is_record && is_element(only) => Some(String::new()),
            ([first, field], None) if is_record && is_element(first) => Some(field.text.clone()),
            ([first, field], Some(fields)) if is_element(first) => {
                let known = fields
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(&field.text));
                if known.is_none() {
                    let problem =
                        dialect_problem::unknown_field(field.span, element.name, field, fields);
                    self.problems.push(problem);
                }
                known.cloned()
            }
            _ => {
                self.problems.push(element.not_it(span));
                None
            }
        }
    }

    /// A field compared with values.
    pub(super) fn field_test(
        &mut self,
        span: Span,
        found: Found<'_>,
        field: &Field<'_>,
        left: Span,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        let found = Found {
            name: field.shown,
            operators: field.operators,
            ..found
        };
        let (positive, is_negated) = positive(operator.operator);
        let test = |comparison, is_negated| {
            Expr::Field(FieldTest {
                field: field.name.clone(),
                comparison,
                is_negated,
                span,
            })
        };
        if is_null(right) {
            if !self.cx.dialect.has_null {
                let name = &self.cx.dialect.name;
                return self.broken(problem::no_null(right.span(), name, field.shown, operator));
            }
            if positive != Op::Eq {
                return self.broken(problem::null_operator(operator, right.span()));
            }
            if !field.is_optional {
                return self.broken(problem::never_null(span, field.shown, right.span()));
            }
            return test(Comparison::IsNull, is_negated);
        }
        if !field.operators.contains(&operator.operator) {
            let refused = problem::RefusedOperator {
                attribute: field.shown,
                left,
                allowed: field.operators,
                operator,
                right,
                span,
            };
            return self.broken(refused.diagnostic());
        }
        let Some(items) = self.items(positive, found, operator, right) else {
            return self.silently_broken(span);
        };
        match self.text_comparison(left, found, field.kind, positive, items) {
            Some(comparison) => test(comparison, is_negated),
            None => self.silently_broken(span),
        }
    }

    /// A comparison of a text with texts; `None` after reporting.
    pub(super) fn text_comparison(
        &mut self,
        left: Span,
        found: Found<'_>,
        kind: &Kind,
        positive: Op,
        items: &[Operand],
    ) -> Option<Comparison> {
        let make: fn(Vec<String>) -> Comparison = match positive {
            Op::Match => return self.pattern(items),
            Op::StartsWith => Comparison::StartsWith,
            Op::EndsWith => Comparison::EndsWith,
            Op::Contains => Comparison::Contains,
            _ => {
                let texts = self.texts(left, found, kind, items)?;
                return Some(Comparison::OneOf(texts));
            }
        };
        // A part of an id need not look like one.
        let kind = if *kind == Kind::Guid {
            &Kind::String
        } else {
            kind
        };
        self.texts(left, found, kind, items).map(make)
    }

    /// `user.proxyAddresses -contains "contoso"` where that asks for a part of some element.
    pub(super) fn part_of_some(
        &mut self,
        span: Span,
        left: Span,
        found: Found<'a>,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        let Kind::Set(kind) = &found.attribute.kind else {
            return self.silently_broken(span);
        };
        if matches!(operator.operator, Op::Eq | Op::Ne) {
            self.problems.push(dialect_problem::equality_with_set(
                found.name, operator, right,
            ));
        }
        let (positive, is_negated) = positive(operator.operator);
        let Some(items) = self.items(positive, found, operator, right) else {
            return self.silently_broken(span);
        };
        let Some(comparison) = self.text_comparison(left, found, kind, positive, items) else {
            return self.silently_broken(span);
        };
        let some = match comparison {
            Comparison::OneOf(texts) => Expr::Test(Test {
                attribute: found.id,
                comparison: Comparison::Has(texts),
                is_negated: false,
                span,
                needs_managed_device: false,
            }),
            comparison => Expr::Some(Quantified {
                collection: found.id,
                body: Box::new(Expr::Field(FieldTest {
                    field: String::new(),
                    comparison,
                    is_negated: false,
                    span,
                })),
                span,
            }),
        };
        if is_negated { not(some) } else { some }
    }
}
