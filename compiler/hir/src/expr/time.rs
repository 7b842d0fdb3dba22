//! `system.now -plus p1d`: a date-time compared with the present.
//!
//! That a date is at or after tomorrow's this time is that it is at least a day away. Such a
//! comparison therefore tests the attribute that is the difference of the two.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, Name, Operand};
use gatewright_value::{ordered_key, parse_duration};

use super::lookup::Found;
use super::value::duration_seconds;
use super::{ExprLowering, not};
use crate::model::Expr;
use crate::problems::{dialects as problem, expressions};
use crate::schema::AttributeId;

/// A point in time that is counted from an attribute.
pub(super) struct Moment<'o> {
    base: &'o str,
    seconds: Result<i64, &'o Name>,
    span: Span,
}

/// How far a point is from what it is counted from: backwards or not, and how much.
type Distance<'o> = Option<(bool, &'o Name)>;

/// The operand as such a point, if it is one: what it is counted from, how far, and where it is.
pub(super) fn moment(operand: &Operand) -> Option<(String, Distance<'_>, Span)> {
    match operand {
        Operand::Offset {
            base,
            is_minus,
            amount,
            span,
        } => Some((base.text.clone(), Some((*is_minus, amount)), *span)),
        Operand::Path { words, span } if words.len() > 1 => {
            Some((super::lookup::joined(words), None, *span))
        }
        _ => None,
    }
}

impl<'a> ExprLowering<'a, '_> {
    /// A date-time compared with a point that is counted from another one.
    pub(super) fn compare_moment(
        &mut self,
        span: Span,
        found: Found<'a>,
        (operator, is_negated): (Op, bool),
        moment: &Moment<'_>,
    ) -> Expr {
        let seconds = match moment.seconds {
            Ok(seconds) => seconds,
            Err(amount) => return self.broken(problem::bad_offset(amount)),
        };
        let schema = self.cx.schema;
        let base = schema.find_attribute(moment.base);
        let difference = (0u32..).zip(&schema.attributes).find(|(_, attribute)| {
            attribute
                .difference
                .is_some_and(|(first, second)| first == found.id && Some(second) == base)
        });
        let Some((id, attribute)) = difference else {
            return self.broken(expressions::two_attributes(moment.span, found.name));
        };
        let Ok(key) = ordered_key(&attribute.kind, &seconds.to_string()) else {
            return self.silently_broken(span);
        };
        let difference = Found {
            id: AttributeId(id),
            attribute,
            ..found
        };
        let expr = self.ordered_test(span, difference, operator, key);
        if is_negated { not(expr) } else { expr }
    }
}

impl<'o> Moment<'o> {
    pub(super) fn new(base: &'o str, offset: Distance<'o>, span: Span) -> Moment<'o> {
        let seconds = match offset {
            None => Ok(0),
            Some((is_minus, amount)) => {
                let seconds = iso_seconds(&amount.text).or_else(|| duration_seconds(&amount.text));
                let signed = seconds.map(|s| if is_minus { -s } else { s });
                signed.ok_or(amount)
            }
        };
        Moment {
            base,
            seconds,
            span,
        }
    }
}

/// `p1d`, `P1DT12H`, `pt30m` as seconds, whatever the case.
fn iso_seconds(text: &str) -> Option<i64> {
    parse_duration(&text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_have_a_fixed_length() {
        assert_eq!(iso_seconds("p1d"), Some(86_400));
        assert_eq!(iso_seconds("P2W"), Some(1_209_600));
        assert_eq!(iso_seconds("P1DT12H30M5S"), Some(131_405));
        assert_eq!(iso_seconds("pt30m"), Some(1_800));
        for wrong in [
            "p", "pt", "p1", "1d", "p1m", "p1y", "p1dt", "p1h", "p1d1d", "pd",
        ] {
            assert_eq!(iso_seconds(wrong), None, "{wrong}");
        }
        assert_eq!(iso_seconds("p9223372036854775807w"), None);
    }
}
