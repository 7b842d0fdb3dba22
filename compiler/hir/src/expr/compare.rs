//! Comparisons: an attribute, an operator that the dialect allows, values of the attribute's type.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, ObjectKind, Operand, OperatorToken};
use gatewright_value::{AddressRange, Kind};

use super::lookup::Found;
use super::time::{Moment, moment};
use super::{ExprLowering, any, not};
use crate::model::{Comparison, Expr, Test};
use crate::problems::{dialects, expressions as problem, values};
use crate::schema::Stance;

/// LIMIT: bytes of a pattern once compiled.
const PATTERN_BYTES_MAX: usize = 1 << 20;

impl<'a> ExprLowering<'a, '_> {
    pub(super) fn compare(
        &mut self,
        span: Span,
        left: &Operand,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        if let Some(element) = self.element {
            return self.element_compare(element, span, left, operator, right);
        }
        if let Some(expr) = self.whole_object(span, left, operator, right) {
            return expr;
        }
        let Operand::Path {
            words,
            span: left_span,
        } = left
        else {
            let problem = match right {
                Operand::Path { words, .. } if words.len() > 1 => {
                    problem::reversed(span, left.span(), operator, right.span())
                }
                _ => problem::no_attribute(span, left.span()),
            };
            return self.broken(problem);
        };
        if let ([word], Some(symbols)) = (words.as_slice(), self.cx.symbols)
            && let Some(rule) = symbols.rule(&word.text)
        {
            return self.broken(problem::rule_compared(word, rule.span, operator));
        }
        if !self.cx.dialect.free_fields.is_empty() {
            return self.custom_compare(span, words, *left_span, operator, right);
        }
        let Some(found) = self.attribute(words, *left_span) else {
            return self.silently_broken(span);
        };
        self.compare_attribute(span, *left_span, found, operator, right)
    }

    fn compare_attribute(
        &mut self,
        span: Span,
        left: Span,
        found: Found<'a>,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Expr {
        if is_null(right) {
            return self.compare_null(span, found, operator, right.span());
        }
        if !found.operators.contains(&operator.operator) {
            let refused = problem::RefusedOperator {
                attribute: found.name,
                left,
                allowed: found.operators,
                operator,
                right,
                span,
            };
            return self.broken(refused.diagnostic());
        }
        let is_set = matches!(found.attribute.kind, Kind::Set(_));
        if is_set && self.cx.dialect.asks_for_parts {
            return self.part_of_some(span, left, found, operator, right);
        }
        if is_set && matches!(operator.operator, Op::Eq | Op::Ne) {
            self.problems
                .push(problem::set_equality(found.name, operator));
        }
        let (positive, is_negated) = positive(operator.operator);
        if found.attribute.kind == Kind::DateTime
            && let Some((base, offset, place)) = moment(right)
        {
            let moment = Moment::new(&base, offset, place);
            return self.compare_moment(span, found, (positive, is_negated), &moment);
        }
        let Some(items) = self.items(positive, found, operator, right) else {
            return self.silently_broken(span);
        };
        let kind = &found.attribute.kind;
        let is_ordered = matches!(positive, Op::Le | Op::Lt | Op::Ge | Op::Gt);
        if is_ordered && matches!(kind, Kind::Enumeration { .. }) {
            return self.in_order(span, left, found, positive, items);
        }
        let comparison = match kind {
            Kind::Boolean => self.boolean(left, found, items),
            Kind::Address => self.ranges(items).map(Comparison::InRange),
            Kind::Set(inner) => self.texts(left, found, inner, items).map(Comparison::Has),
            kind if kind.is_ordered() => {
                return self.ordered(span, found, positive, is_negated, items);
            }
            kind => {
                let comparison = self.text_comparison(left, found, kind, positive, items);
                if let Some(Comparison::OneOf(_)) = comparison {
                    self.known_values(found, left, items);
                }
                comparison
            }
        };
        match comparison {
            Some(comparison) => self.test(span, found, comparison, is_negated),
            None => self.silently_broken(span),
        }
    }

    pub(super) fn test(
        &self,
        span: Span,
        found: Found<'_>,
        comparison: Comparison,
        is_negated: bool,
    ) -> Expr {
        Expr::Test(Test {
            attribute: found.id,
            comparison,
            is_negated,
            span,
            needs_managed_device: self.cx.schema.is_entra
                && found
                    .attribute
                    .name
                    .starts_with("device.extensionAttribute"),
        })
    }

    fn compare_null(
        &mut self,
        span: Span,
        found: Found<'_>,
        operator: &OperatorToken,
        null: Span,
    ) -> Expr {
        if !self.cx.dialect.has_null {
            let problem = problem::no_null(null, &self.cx.dialect.name, found.name, operator);
            return self.broken(problem);
        }
        let is_negated = match operator.operator {
            Op::Eq => false,
            Op::Ne => true,
            _ => return self.broken(problem::null_operator(operator, null)),
        };
        if !found.attribute.is_optional && !self.may_be_absent(found) {
            return self.broken(problem::never_null(span, found.name, null));
        }
        self.test(span, found, Comparison::IsNull, is_negated)
    }

    /// Whether the entity of the attribute may be absent: then its attributes are null.
    fn may_be_absent(&self, found: Found<'_>) -> bool {
        let schema = self.cx.schema;
        let entity = found.attribute.name.split('.').next();
        !schema.is_entra
            && schema
                .entities
                .iter()
                .any(|known| known.is_optional && Some(known.name.as_str()) == entity)
    }

    /// The values on the right side: several where the operator takes a list, else one.
    pub(super) fn items<'o>(
        &mut self,
        positive: Op,
        found: Found<'_>,
        operator: &OperatorToken,
        right: &'o Operand,
    ) -> Option<&'o [Operand]> {
        self.is_list = matches!(right, Operand::List { .. });
        match right {
            Operand::List { items, span } if positive == Op::In => {
                if items.is_empty() {
                    self.problems.push(problem::empty_list(*span));
                    return None;
                }
                Some(items)
            }
            Operand::List { items, span } => {
                let has_in = found.operators.contains(&Op::In);
                let problem = problem::list_for_one(operator, *span, items.len(), has_in);
                self.problems.push(problem);
                None
            }
            other
                if positive == Op::In
                    && self.cx.dialect.spelling.one_text_lists != Stance::Refused =>
            {
                Some(std::slice::from_ref(other))
            }
            other if positive == Op::In => {
                self.problems
                    .push(problem::one_for_list(operator, other.span()));
                None
            }
            other => Some(std::slice::from_ref(other)),
        }
    }

    fn boolean(&mut self, left: Span, found: Found<'_>, items: &[Operand]) -> Option<Comparison> {
        let value = items.first()?;
        let text = match value {
            Operand::Path { words, .. } => match words.as_slice() {
                [word] => word.text.as_str(),
                _ => "",
            },
            Operand::Text(text) => {
                self.check_quotes(text);
                if self.cx.dialect.spelling.quoted_booleans == Stance::Warned {
                    self.problems.push(dialects::quoted_boolean(text));
                }
                text.value.as_str()
            }
            _ => "",
        };
        match super::constant(text) {
            Some(true) => Some(Comparison::IsTrue),
            Some(false) => Some(Comparison::IsFalse),
            None => {
                self.problems
                    .push(values::not_a_boolean(found.name, left, value.span(), text));
                None
            }
        }
    }

    fn ranges(&mut self, items: &[Operand]) -> Option<Vec<AddressRange>> {
        let mut ranges = Vec::new();
        let mut is_whole = true;
        for item in items {
            let text = match item {
                Operand::Text(text) => text.value.as_str(),
                Operand::Literal(literal) => literal.text.as_str(),
                _ => "",
            };
            match AddressRange::parse(text) {
                Some((range, has_host_bits)) => {
                    if has_host_bits {
                        self.problems.push(values::host_bits(item.span(), text));
                    }
                    ranges.push(range);
                }
                None => {
                    self.problems.push(values::not_a_range(item.span(), text));
                    is_whole = false;
                }
            }
        }
        is_whole.then(|| sorted(ranges))
    }

    pub(super) fn texts(
        &mut self,
        left: Span,
        found: Found<'_>,
        kind: &Kind,
        items: &[Operand],
    ) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        let mut is_whole = true;
        let may_be_empty = self.is_list && self.cx.dialect.spelling.empty_items == Stance::Accepted;
        for item in items {
            if let Operand::Text(text) = item
                && may_be_empty
                && text.value.trim().is_empty()
            {
                self.check_quotes(text);
                texts.push(String::new());
                continue;
            }
            match self.text_value(left, found, kind, item) {
                Some(text) => texts.push(text),
                None => is_whole = false,
            }
        }
        is_whole.then(|| sorted(texts))
    }

    fn ordered(
        &mut self,
        span: Span,
        found: Found<'_>,
        positive: Op,
        is_negated: bool,
        items: &[Operand],
    ) -> Expr {
        let mut tests = Vec::new();
        for item in items {
            let Some(key) = self.ordered_value(found, item) else {
                continue;
            };
            tests.push(self.ordered_test(span, found, positive, key));
        }
        if tests.len() < items.len() {
            return self.silently_broken(span);
        }
        let expr = any(tests);
        if is_negated { not(expr) } else { expr }
    }

    /// A comparison with one value of an ordered type.
    pub(super) fn ordered_test(
        &self,
        span: Span,
        found: Found<'_>,
        positive: Op,
        key: u128,
    ) -> Expr {
        let range = match positive {
            Op::Le => Some((0, key)),
            Op::Ge => Some((key, u128::MAX)),
            Op::Lt => key.checked_sub(1).map(|last| (0, last)),
            Op::Gt => key.checked_add(1).map(|first| (first, u128::MAX)),
            _ => Some((key, key)),
        };
        match range {
            Some((first, last)) => self.test(span, found, Comparison::Between(first, last), false),
            None => Expr::Constant(false),
        }
    }

    /// Warn of values that the service takes and that no object has.
    fn known_values(&mut self, found: Found<'_>, left: Span, items: &[Operand]) {
        let dialect = self.cx.dialect;
        let Some(values) = dialect.values_of(found.id) else {
            return;
        };
        for item in items {
            let Operand::Text(text) = item else { continue };
            let written = text.value.trim();
            let mut known = values.iter();
            if !known.any(|value| gatewright_value::folded_eq(value, written)) {
                let never = dialects::NeverMatches {
                    attribute: found.name,
                    left,
                    text,
                    values: &values,
                    dialect,
                };
                self.problems.push(never.diagnostic());
            }
        }
    }

    pub(super) fn pattern(&mut self, items: &[Operand]) -> Option<Comparison> {
        let item = items.first()?;
        let Operand::Text(text) = item else {
            self.problems.push(values::pattern_not_text(item.span()));
            return None;
        };
        self.check_quotes(text);
        match check_pattern(&text.value) {
            Ok(()) => Some(Comparison::Matches(text.value.clone())),
            Err(reason) => {
                self.problems.push(values::bad_pattern(text.span, &reason));
                None
            }
        }
    }
}

/// The operator without its negation. A comparison with one value is a list of one.
pub(super) fn positive(operator: Op) -> (Op, bool) {
    match operator {
        Op::Ne => (Op::Eq, true),
        Op::NotStartsWith => (Op::StartsWith, true),
        Op::NotEndsWith => (Op::EndsWith, true),
        Op::NotContains => (Op::Contains, true),
        Op::NotIn => (Op::In, true),
        Op::NotMatch => (Op::Match, true),
        other => (other, false),
    }
}

/// Whether a value is the word `null` or `$null`.
pub(super) fn is_null(operand: &Operand) -> bool {
    let Operand::Path { words, .. } = operand else {
        return false;
    };
    matches!(words.as_slice(), [word]
        if word.text.eq_ignore_ascii_case("null") || word.text.eq_ignore_ascii_case("$null"))
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

/// Whether a pattern can be run in bounded time; else why not.
fn check_pattern(pattern: &str) -> Result<(), String> {
    use regex_automata::nfa::thompson;
    use regex_automata::util::syntax;
    let config = thompson::Config::new().nfa_size_limit(Some(PATTERN_BYTES_MAX));
    let syntax = syntax::Config::new().case_insensitive(true).nest_limit(64);
    thompson::Compiler::new()
        .configure(config)
        .syntax(syntax)
        .build(pattern)
        .map(|_| ())
        .map_err(|error| match error.size_limit() {
            Some(_) => "it is too large".to_owned(),
            None => pattern_reason(pattern, &error),
        })
}

fn pattern_reason(pattern: &str, error: &regex_automata::nfa::thompson::BuildError) -> String {
    use std::error::Error;
    if ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|look| pattern.contains(look))
    {
        return "look-around is not supported: its cost has no bound".to_owned();
    }
    let is_digit_escape = |pair: &[u8]| {
        pair.first() == Some(&b'\\')
            && pair
                .get(1)
                .is_some_and(|digit| (b'1'..=b'9').contains(digit))
    };
    if pattern.as_bytes().windows(2).any(is_digit_escape) {
        return "back-references are not supported: their cost has no bound".to_owned();
    }
    let text = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The kind of object that the values of an attribute name.
pub(super) fn object_kind(attribute: &str) -> Option<ObjectKind> {
    match attribute {
        "user.id" => Some(ObjectKind::User),
        "user.groups" => Some(ObjectKind::Group),
        "user.roles" => Some(ObjectKind::Role),
        "app.ids" => Some(ObjectKind::App),
        "app.context" => Some(ObjectKind::Context),
        "location.names" => Some(ObjectKind::Location),
        _ => None,
    }
}
