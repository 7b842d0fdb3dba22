//! `"{prefix} Require MFA"`: parameters in the texts of a template.
//!
//! Only texts in the places of names and terms are filled in, never those of expressions: braces
//! of a pattern stand for themselves there.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::Text;

use super::Env;
use crate::parameter::{Atom, Base, Value};
use crate::problems::templates as problem;

/// LIMIT: bytes of a text with what is filled in.
const FILLED_BYTES_MAX: usize = 1 << 20;

/// A parameter in a text.
pub(super) struct Use {
    /// Where it stands, without the braces; all of the text where escapes come before it.
    pub(super) place: Span,
    /// Where the parameter is declared.
    pub(super) declared: Span,
}

/// What a text says with the parameters in place, those that it uses, and what is wrong with it.
pub(super) struct Filled {
    pub(super) text: String,
    pub(super) used: Vec<Use>,
    pub(super) problems: Vec<Diagnostic>,
    /// Whether something is not filled in, because the text would be too long.
    pub(super) is_too_long: bool,
}

/// Put parameters in place.
pub(super) fn fill(text: &Text, env: &Env) -> Filled {
    let mut filled = Filled {
        text: String::with_capacity(text.value.len()),
        used: Vec::new(),
        problems: Vec::new(),
        is_too_long: false,
    };
    let mut rest = text.value.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        filled.text.push_str(before);
        let doubled = ["{{", "}}"].into_iter().find(|two| from.starts_with(two));
        if let Some(two) = doubled {
            filled.text.push_str(two.get(..1).unwrap_or_default());
            rest = from.get(2..).unwrap_or_default();
            continue;
        }
        let inner = from
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let Some((name, after)) = inner.filter(|(name, _)| is_name(name)) else {
            filled.problems.push(problem::lone_brace(text.span));
            filled.text.push_str(from);
            return filled;
        };
        rest = after;
        match env.find(name) {
            None => {
                let known = env.bindings().iter().filter(|b| b.kind.base == Base::Text);
                let known = known.map(|b| b.name.as_str());
                filled
                    .problems
                    .push(problem::unknown_in_text(text.span, name, known));
            }
            Some(binding) => {
                let end = text.value.len() - after.len();
                filled.used.push(Use {
                    place: place(text, end - 1 - name.len()..end - 1),
                    declared: binding.declared,
                });
                match &binding.value {
                    Value::One(Atom::Text(value)) if binding.kind.base == Base::Text => {
                        if filled.text.len() + value.value.len() > FILLED_BYTES_MAX {
                            filled.is_too_long = true;
                        } else {
                            filled.text.push_str(&value.value);
                        }
                    }
                    _ => {
                        let declared = binding.declared;
                        filled
                            .problems
                            .push(problem::no_text(text.span, name, declared));
                    }
                }
            }
        }
    }
    filled.text.push_str(rest);
    filled
}

/// Where a part of the value stands in the source: known where nothing in the text is escaped.
fn place(text: &Text, part: std::ops::Range<usize>) -> Span {
    let is_plain = text.value.len() + 2 == text.span.range().len();
    let at = |offset: usize| u32::try_from(offset).ok()?.checked_add(text.span.start + 1);
    match (at(part.start), at(part.end)) {
        (Some(start), Some(end)) if is_plain => Span::new(text.span.source, start, end),
        _ => text.span,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
