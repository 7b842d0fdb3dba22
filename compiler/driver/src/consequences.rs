//! Findings that follow from another one.
//!
//! A policy that has an unreadable part was checked without it: that it blocks everybody, or does
//! nothing, may be a consequence of the one mistake that is reported already.

use gatewright_diagnostics::{Code, Diagnostic, codes};
use gatewright_hir::model::PolicySet;
use gatewright_source::{SourceId, Span};

/// What is said because something is not there.
const OF_ABSENCE: &[Code] = &[
    codes::GW0406,
    codes::GW0407,
    codes::GW0414,
    codes::GW0415,
    codes::GW0426,
    codes::GW0427,
];

/// What is said of a policy because of all that others do or do not.
const OF_THE_SET: &[Code] = &[
    codes::GW0428,
    codes::GW0429,
    codes::GW0459,
    codes::GW0460,
    codes::GW0461,
    codes::GW0462,
    codes::GW0475,
    codes::GW0495,
    codes::GW0498,
];

/// Whether a finding puts parts of one policy together, one of which may be missing.
fn is_combined(code: Code) -> bool {
    OF_ABSENCE.contains(&code) || ("GW0450".."GW0500").contains(&code.name())
}

/// Drop what is said of a policy because something is not there, or goes with something, where a
/// part of the policy could not be read; and what is said of the set, where any part could not.
/// Cost: n log n.
pub(crate) fn drop_consequences(set: &PolicySet, found: &mut Vec<Diagnostic>) {
    let unreadable = found
        .iter()
        .filter(|d| d.is_unreadable())
        .map(Diagnostic::span);
    let mut unreadable: Vec<(SourceId, u32)> = unreadable.map(start).collect();
    unreadable.sort_unstable();
    if !unreadable.is_empty() {
        found.retain(|problem| !OF_THE_SET.contains(&problem.code));
    }
    let is_broken = |policy: &Span| {
        let next = unreadable.partition_point(|place| *place < start(*policy));
        unreadable
            .get(next)
            .is_some_and(|place| *place <= (policy.source, policy.end))
    };
    let mut broken: Vec<Span> = set
        .policies
        .iter()
        .map(|p| p.span)
        .filter(is_broken)
        .collect();
    broken.sort_unstable_by_key(|span| start(*span));
    found.retain(|problem| {
        let place = start(problem.span());
        let next = broken.partition_point(|policy| start(*policy) <= place);
        let around = next.checked_sub(1).and_then(|last| broken.get(last));
        let is_outside = around.is_none_or(|policy| place > (policy.source, policy.end));
        is_outside || !is_combined(problem.code)
    });
}

fn start(span: Span) -> (SourceId, u32) {
    (span.source, span.start)
}

#[cfg(test)]
mod tests {
    use crate::{Input, SourceFile, compile};

    #[test]
    fn a_mistake_is_no_lock_out_and_hides_none_in_the_next_policy() {
        let policy = |name: &str, users: &str| {
            format!("policy \"{name}\" {{ state enabled users {users} apps all block }}\n")
        };
        let text = [
            policy("A", "all except groups [Nobody]"),
            policy("B", "all"),
        ]
        .concat();
        let file = SourceFile {
            path: "a.gate".to_owned(),
            bytes: text.into_bytes(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        let codes: Vec<_> = compilation
            .diagnostics
            .iter()
            .map(|d| d.code.name())
            .collect();
        assert_eq!(codes, ["GW0201", "GW0406"]);
    }

    #[test]
    fn a_policy_whose_requirement_cannot_be_read_is_not_said_to_do_nothing() {
        let text = "policy \"A\" { state enabled users all apps all require mfaa }";
        let file = SourceFile {
            path: "a.gate".to_owned(),
            bytes: text.into(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        assert_eq!(compilation.diagnostics.len(), 1, "{}", compilation.render());
    }
}
