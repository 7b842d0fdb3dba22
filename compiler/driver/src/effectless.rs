//! Policies of Graph JSON that do nothing or are about nothing; of text, the same is said where
//! clauses are read.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::model::{Policy, Target};
use gatewright_value::SessionControls;

/// What is said of a control that was left out because it says too little.
const LEFT_OUT: &str = "GW0626";

/// Say which policies neither block nor require nor control anything. A policy with a control that
/// is carried, or that was left out with a word of its own, does something that is not known.
pub(crate) fn effectless<'p>(
    policies: impl Iterator<Item = &'p Policy>,
    found: &[Diagnostic],
) -> Vec<Diagnostic> {
    let left_out: Vec<_> = found
        .iter()
        .filter(|d| d.code.name() == LEFT_OUT)
        .map(Diagnostic::span)
        .collect();
    let does_nothing = |policy: &&Policy| {
        let outcome = &policy.outcome;
        let requires = outcome.requirement.as_ref();
        let carried = policy.unmodelled.iter().filter_map(|m| m.path.first());
        let is_control = |name: &String| {
            ["grantControls", "sessionControls"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        !outcome.is_block
            && outcome.effect.is_none()
            && requires.is_none_or(|r| r.controls.is_empty())
            && outcome.session == SessionControls::default()
            && !carried.into_iter().any(is_control)
            && !left_out.iter().any(|span| {
                span.source == policy.span.source
                    && (policy.span.start..policy.span.end).contains(&span.start)
            })
    };
    let report = |policy: &Policy| {
        let message = format!("`{}` does nothing where it applies", policy.display_name);
        Diagnostic::new(codes::GW0415, policy.name_span, message)
            .because("neither grant controls nor session controls")
            .help("add what it requires, such as `\"builtInControls\": [\"mfa\"]`")
    };
    policies.filter(does_nothing).map(report).collect()
}

/// Say which policies are about nothing, because no resource, action or context is listed. That a
/// list of exclusions takes away from nothing has a word of its own.
pub(crate) fn targetless<'p>(policies: impl Iterator<Item = &'p Policy>) -> Vec<Diagnostic> {
    let is_empty = |policy: &&Policy| match policy.assignments.as_deref().map(|a| &a.target) {
        Some(Target::Apps(apps)) => apps.include.is_empty() && apps.exclude.is_empty(),
        _ => false,
    };
    let carries = |policy: &Policy| {
        let mut paths = policy
            .unmodelled
            .iter()
            .map(|member| member.path.as_slice());
        paths.any(|path| {
            path.iter()
                .any(|part| part.eq_ignore_ascii_case("applications"))
        })
    };
    let report = |policy: &Policy| {
        let message = format!("`{}` applies to nothing", policy.display_name);
        Diagnostic::new(codes::GW0414, policy.name_span, message)
            .because("no resources, no user actions and no authentication contexts")
            .help("add what it is about, such as `\"includeApplications\": [\"All\"]`")
    };
    policies
        .filter(is_empty)
        .filter(|policy| !carries(policy))
        .map(report)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{Input, SourceFile, compile};

    #[test]
    fn json_that_requires_nothing_is_told_as_text_is() {
        for (controls, is_told) in [
            ("\"grantControls\": null", true),
            (
                "\"grantControls\": {\"operator\": \"OR\", \"builtInControls\": []}",
                true,
            ),
            (
                "\"grantControls\": {\"operator\": \"OR\", \"builtInControls\": [\"mfa\"]}",
                false,
            ),
            (
                "\"sessionControls\": {\"disableResilienceDefaults\": true}",
                false,
            ),
        ] {
            let text = format!(
                r#"{{"displayName": "A", "state": "enabled", "conditions": {{
                "clientAppTypes": ["all"], "applications": {{"includeApplications": ["All"]}},
                "users": {{"includeUsers": ["All"]}}}}, {controls}}}"#
            );
            let file = SourceFile {
                path: "a.json".to_owned(),
                bytes: text.into_bytes(),
            };
            let compilation = compile(&Input {
                files: vec![file],
                ..Input::default()
            });
            let found = compilation
                .diagnostics
                .iter()
                .any(|d| d.code.name() == "GW0415");
            assert_eq!(found, is_told, "{controls}: {}", compilation.render());
        }
    }
}
