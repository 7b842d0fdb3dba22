//! Named locations that policies speak of and nobody defines.
//!
//! What is in such a location is not known, so neither is whether the policy's condition holds:
//! that changes decisions, unlike an unknown group, whose id is all that is asked for.
//! So it is said of every policy, whether it is text or Graph JSON, and whatever else was read.

use std::collections::BTreeSet;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::model::{LocationScope, PolicySet};
use gatewright_source::Span;
use gatewright_value::fold;

/// Locations of the service that no export has, and what they are.
const OF_THE_SERVICE: &[(&str, &str)] = &[
    (
        "00000000-0000-0000-0000-000000000000",
        "the old list of trusted addresses",
    ),
    (
        "3d46dbda-8382-466a-856d-eb00cbc6b910",
        "all compliant networks",
    ),
];

const CONSEQUENCE: &str = "the condition is not known, so the policy does not apply in graph mode";

/// Say for each policy which of its locations are not defined, except for policies of which
/// `is_told` says that it is said already. Cost: n log n.
pub(crate) fn undefined(set: &PolicySet, is_told: impl Fn(Span) -> bool) -> Vec<Diagnostic> {
    let known: BTreeSet<String> = set
        .locations
        .iter()
        .map(|location| fold(&location.id).into_owned())
        .collect();
    let mut problems = Vec::new();
    for policy in set.policies.iter().filter(|policy| !is_told(policy.span)) {
        let locations = policy
            .assignments
            .iter()
            .filter_map(|a| a.locations.as_ref());
        let mut seen = BTreeSet::new();
        let mut missing: Vec<(&str, Span)> = Vec::new();
        for item in locations.flat_map(|l| l.include.iter().chain(&l.exclude)) {
            let LocationScope::Named(id) = &item.value else {
                continue;
            };
            let folded = fold(id).into_owned();
            if !known.contains(&folded) && seen.insert(folded) {
                missing.push((id, item.span));
            }
        }
        problems.extend(report(&missing));
    }
    problems
}

fn report(missing: &[(&str, Span)]) -> Option<Diagnostic> {
    let ((first, span), further) = missing.split_first()?;
    let of_the_service = |id: &str| {
        let mut rows = OF_THE_SERVICE.iter();
        rows.find(|(known, _)| known.eq_ignore_ascii_case(id))
    };
    let message = match (of_the_service(first), further.len()) {
        (Some((_, what)), 0) => format!("what belongs to {what} is known to the service alone"),
        (None, 0) => format!("the named location `{}` is not defined", shown(first)),
        (_, count) => format!("{} named locations are not defined", count + 1),
    };
    let mut problem = Diagnostic::new(codes::GW0609, *span, message).because(CONSEQUENCE);
    for (id, span) in further.iter().take(LABELS_MAX) {
        problem = problem.label(*span, format!("`{}`", shown(id)));
    }
    Some(problem.help("add a file that has the named location, or name it with `--directory`"))
}

/// LIMIT: further places of one report.
const LABELS_MAX: usize = 5;

/// An id, short and on one line.
fn shown(id: &str) -> String {
    let clean = |c: char| if c.is_control() || c == '`' { ' ' } else { c };
    id.chars().take(60).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Input, SourceFile, compile};

    const UNKNOWN: &str = "8f6f3d0a-0000-4000-8000-000000000001";

    fn of(path: &str, text: String) -> Vec<String> {
        let file = SourceFile {
            path: path.to_owned(),
            bytes: text.into_bytes(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        let found = compilation.diagnostics.iter();
        found
            .filter(|d| d.code.name() == "GW0609")
            .map(|d| d.message.clone())
            .collect()
    }

    #[test]
    fn an_undefined_location_is_told_in_text_and_json_alike() {
        let json = |id: &str| {
            format!(
                r#"{{"displayName": "A", "state": "enabled", "conditions": {{
                "clientAppTypes": ["all"], "applications": {{"includeApplications": ["All"]}},
                "users": {{"includeUsers": ["All"]}},
                "locations": {{"includeLocations": ["All"], "excludeLocations": ["{id}"]}}}},
                "grantControls": {{"operator": "OR", "builtInControls": ["mfa"]}}}}"#
            )
        };
        let text = |id: &str| {
            format!(
                "policy \"A\" {{ state enabled users all apps all \
                 locations all except [\"{id}\"] require mfa }}"
            )
        };
        let expected = [format!("the named location `{UNKNOWN}` is not defined")];
        assert_eq!(of("a.json", json(UNKNOWN)), expected);
        assert_eq!(of("a.gate", text(UNKNOWN)), expected);
        let networks = "3d46dbda-8382-466a-856d-eb00cbc6b910";
        assert!(
            of("a.json", json(networks))
                .concat()
                .contains("all compliant networks")
        );
    }
}
