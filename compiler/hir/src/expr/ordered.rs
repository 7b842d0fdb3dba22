//! What compliance policies have and nothing else: settings, and enumerations of which the members
//! are in order (`setting.threatLevel -le "low"`).

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, Operand};
use gatewright_value::fold;

use super::ExprLowering;
use super::lookup::Found;
use crate::compliance::{DIALECT, ENTITY};
use crate::lower_schema::OWN_DIALECT;
use crate::model::{Comparison, Expr};
use crate::problems::compliance as problem;
use crate::settings::{one_of, ordered_members};

impl ExprLowering<'_, '_> {
    /// The members before or after one, as a comparison with all of them.
    pub(super) fn in_order(
        &mut self,
        span: Span,
        left: Span,
        found: Found<'_>,
        positive: Op,
        items: &[Operand],
    ) -> Expr {
        let Some(item) = items.first() else {
            return self.silently_broken(span);
        };
        let kind = &found.attribute.kind;
        let Some(text) = self.text_value(left, found, kind, item) else {
            return self.silently_broken(span);
        };
        let order = ordered_members(self.cx.schema, found.attribute);
        let folded: Vec<String> = order.iter().map(|m| fold(m).into_owned()).collect();
        let Some(at) = folded.iter().position(|member| *member == text) else {
            return self.broken(problem::no_order(item.span(), found.name, &text, &order));
        };
        let chosen = match positive {
            Op::Le => folded.get(..=at),
            Op::Lt => folded.get(..at),
            Op::Ge => folded.get(at..),
            _ => folded.get(at + 1..),
        };
        let mut chosen = chosen.unwrap_or_default().to_vec();
        if chosen.is_empty() {
            return Expr::Constant(false);
        }
        chosen.sort_unstable();
        let test = |comparison: Comparison| self.test(span, found, comparison, false);
        one_of(self.cx.schema, found.attribute, chosen, test)
    }

    /// A setting outside a compliance policy, or something else in one.
    pub(super) fn misplaced_setting(&self, written: &str, span: Span) -> Option<Diagnostic> {
        if !self.cx.schema.is_entra {
            return None;
        }
        let entity = written.split('.').next().unwrap_or_default();
        let is_setting = entity.eq_ignore_ascii_case(ENTITY) && written.len() > entity.len();
        match self.cx.dialect.name.as_str() {
            OWN_DIALECT if is_setting => Some(problem::setting_outside(written, span)),
            DIALECT if !is_setting && self.cx.schema.find_attribute(written).is_some() => {
                Some(problem::not_a_setting(span, written))
            }
            _ => None,
        }
    }
}
