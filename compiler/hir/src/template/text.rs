//! `"{prefix} Require MFA"`: parameters in the texts of a template.
//!
//! Only texts in the places of names and terms are filled in, never those of expressions: braces
//! of a pattern stand for themselves there.

use gatewright_diagnostics::Diagnostic;
use gatewright_syntax::ast::Text;

use super::Env;
use crate::parameter::{Atom, Base, Value};
use crate::problems::templates as problem;

/// LIMIT: bytes of a text with what is filled in.
const FILLED_BYTES_MAX: usize = 1 << 20;

/// What a text says with the parameters in place, the places of those that it uses, and what is
/// wrong with it.
pub(super) struct Filled {
    pub(super) text: String,
    pub(super) used: Vec<gatewright_source::Span>,
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
                filled.used.push(binding.declared);
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

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
