//! What the decision diagrams show of a whole set: policies that never make a difference, trials
//! that were left behind, sessions that contradict each other.
//!
//! INVARIANT: what is reported holds for every sign-in, whatever facts are missing. What is over a
//! budget is passed over, and that is said.

mod memo;
mod search;

use std::sync::Arc;

use gatewright_decision::Limits;
use gatewright_diagnostics::{Diagnostic, Severity, codes};
use gatewright_hir::model::{Assignments, Compliance, Policy, PolicySet, Target};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_value::vocabulary::State;
use gatewright_value::{ContinuousAccess, SessionControls};

pub(crate) use crate::redundant::memo::Memo;
use crate::redundant::search::Relation;

/// LIMIT: policies of a set that is looked at; a larger one costs too much at every compilation.
const POLICIES_MAX: usize = 300;

/// LIMIT: diagrams are for looking only, so they may cost little.
const LIMITS: Limits = Limits {
    condition_nodes_max: 1024,
    policy_growth_max: 2,
    nodes_max: 200_000,
};

/// Look at a set of which everything could be read. `found` is what is known of it already: a
/// policy that is told to be broken is not told to be unreachable. `memo` is what was found before,
/// where somebody remembers.
pub(crate) fn check(
    set: &PolicySet,
    found: &[Diagnostic],
    sources: &SourceMap,
    memo: Option<&mut Memo>,
) -> Vec<Diagnostic> {
    let mut forgotten = Memo::default();
    let has_memo = memo.is_some();
    let memo = memo.unwrap_or(&mut forgotten);
    let last = std::mem::take(memo);
    if !set.schema.is_entra || found.iter().any(Diagnostic::is_unreadable) {
        return Vec::new();
    }
    let is_active = |policy: &&Policy| policy.state != State::Disabled;
    let active: Vec<&Policy> = set.policies.iter().filter(is_active).collect();
    let Some(first) = active.first() else {
        return Vec::new();
    };
    let passed_over = not_looked_for(first.name_span, active.len());
    if active.len() > POLICIES_MAX {
        return vec![passed_over];
    }
    let keys = has_memo.then(|| memo::keys(&active, sources));
    let known = keys.as_deref().and_then(|keys| last.recall(keys));
    let again = known.and_then(|known| search::again(set, &active, known));
    let searched = again.unwrap_or_else(|| search::all(set, &active));
    let mut problems = tell(&active, &searched.relations, found);
    if !searched.is_complete {
        problems.push(passed_over);
    } else if let Some(keys) = keys {
        memo.remember(keys, searched);
    }
    problems
}

/// The set with only these policies, for their diagrams.
fn part<'p>(set: &PolicySet, policies: impl Iterator<Item = &'p Policy>) -> PolicySet {
    PolicySet {
        policies: policies.cloned().collect(),
        schema: Arc::clone(&set.schema),
        edition: set.edition,
        locations: set.locations.clone(),
        strengths: set.strengths.clone(),
        names: Vec::new(),
        compliance: Compliance::default(),
        app_groups: set.app_groups.clone(),
    }
}

/// The findings in words.
fn tell(active: &[&Policy], relations: &[Relation], found: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut places: Vec<(SourceId, u32)> = found
        .iter()
        .filter(|d| d.severity != Severity::Hint && !d.code.is_opt_in())
        .map(|d| (d.span().source, d.span().start))
        .collect();
    places.sort_unstable();
    let is_told = |policy: &Policy| {
        let Span { source, start, end } = policy.span;
        let next = places.partition_point(|place| *place < (source, start));
        let next = places.get(next);
        next.is_some_and(|place| *place <= (source, end))
    };
    let rows = || active.iter().copied().zip(relations);
    let other = |at: Option<usize>| at.and_then(|at| active.get(at).copied());
    let mut problems = Vec::new();
    for (policy, relation) in rows() {
        if relation.is_unreachable && !is_told(policy) {
            problems.push(unreachable(policy));
        }
    }
    for (policy, relation) in rows() {
        problems.extend(other(relation.absorbed_by).map(|other| absorbed(policy, other)));
    }
    for (policy, relation) in rows() {
        problems.extend(other(relation.twin).map(|twin| left_behind(policy, twin)));
    }
    for (policy, relation) in rows() {
        let contradicted = other(relation.contradicts);
        problems.extend(contradicted.and_then(|other| contradictory(policy, other)));
    }
    problems
}

fn unreachable(policy: &Policy) -> Diagnostic {
    let message = "no sign-in meets this policy";
    Diagnostic::new(codes::GW0429, policy.name_span, message)
        .because("its conditions exclude each other")
        .help("remove the condition that cannot hold with the others")
}

fn absorbed(policy: &Policy, by: &Policy) -> Diagnostic {
    let message = "another policy does what this one does, wherever it applies";
    Diagnostic::new(codes::GW0429, policy.name_span, message)
        .because("never makes a difference")
        .label(by.name_span, "does at least as much, for at least as many")
        .help("remove it, or narrow the other one")
}

fn left_behind(policy: &Policy, twin: &Policy) -> Diagnostic {
    let message = "an enabled policy is the same but for its state";
    Diagnostic::new(codes::GW0498, policy.name_span, message)
        .because("report-only")
        .label(twin.name_span, "enabled")
        .help("remove the trial")
}

fn contradictory(policy: &Policy, other: &Policy) -> Option<Diagnostic> {
    let what = contradiction(&policy.outcome.session, &other.outcome.session)?;
    let message = format!("two policies that meet contradict each other about {what}");
    Some(
        Diagnostic::new(codes::GW0495, policy.outcome.span, message)
            .because("sets it in one way")
            .label(other.outcome.span, "and this in another")
            .help("exclude from one what the other is for"),
    )
}

/// What two policies disagree about.
fn contradiction(one: &SessionControls, other: &SessionControls) -> Option<&'static str> {
    let differ = |is_both: bool, is_same: bool| is_both && !is_same;
    let is_off = |session: &SessionControls| {
        session
            .continuous_access_evaluation
            .map(|mode| mode == ContinuousAccess::Disabled)
    };
    let has_browser = one.persistent_browser.is_some() && other.persistent_browser.is_some();
    let has_security = one.cloud_app_security.is_some() && other.cloud_app_security.is_some();
    let has_evaluation = is_off(one).is_some() && is_off(other).is_some();
    if differ(
        has_browser,
        one.persistent_browser == other.persistent_browser,
    ) {
        Some("whether the browser session persists")
    } else if differ(
        has_security,
        one.cloud_app_security == other.cloud_app_security,
    ) {
        Some("how the session goes through Defender for Cloud Apps")
    } else if differ(has_evaluation, is_off(one) == is_off(other)) {
        Some("continuous access evaluation")
    } else {
        None
    }
}

/// Whether all that a policy does is known, and is something.
fn is_whole(policy: &Policy) -> bool {
    let is_control = |name: &String| {
        ["grantControls", "sessionControls"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    let mut carried = policy
        .unmodelled
        .iter()
        .filter_map(|member| member.path.first());
    let outcome = &policy.outcome;
    let does = outcome.is_block
        || !outcome.session.is_empty()
        || outcome
            .requirement
            .as_ref()
            .is_some_and(|r| !r.controls.is_empty());
    does && !carried.any(is_control)
}

// SEMANTICS: §10.6, a strength for a user action replaces those for resources.
fn is_same_action(policy: &Policy, other: &Policy) -> bool {
    let is_action = |policy: &Policy| {
        let target = policy
            .assignments
            .as_deref()
            .map(|a: &Assignments| &a.target);
        matches!(target, Some(Target::Actions(_)))
    };
    is_action(policy) == is_action(other)
}

fn not_looked_for(span: Span, count: usize) -> Diagnostic {
    let message = "policies that make no difference were looked for in part of the set only";
    Diagnostic::new(codes::GW0631, span, message).because(format!(
        "the first of {count} policies, which is more than the budget allows"
    ))
}

#[cfg(test)]
mod tests {
    use crate::{Input, SourceFile, compile};

    fn found(text: &str) -> Vec<&'static str> {
        let file = SourceFile {
            path: "a.gate".to_owned(),
            bytes: text.into(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        compilation
            .diagnostics
            .iter()
            .map(|d| d.code.name())
            .collect()
    }

    fn policy(name: &str, rest: &str) -> String {
        format!("policy \"{name}\" {{ state enabled {rest} }}\n")
    }

    #[test]
    fn a_policy_that_another_one_covers_is_told_and_one_that_asks_more_is_not() {
        let wide = policy("A", "users all apps all require mfa");
        let same = policy("B", "users all apps all require mfa");
        let more = policy(
            "C",
            "users all apps all require strength PhishingResistantMfa",
        );
        assert_eq!(found(&[wide.as_str(), same.as_str()].concat()), ["GW0429"]);
        // The stronger one makes the weaker one superfluous, not the reverse.
        let (first, second) = (found(&[wide.as_str(), &more].concat()), found(&more));
        assert_eq!((first, second), (vec!["GW0429"], vec![]));
        let session = policy("D", "users all apps all session persistentBrowser never");
        assert_eq!(found(&[wide.as_str(), &session].concat()), [""; 0]);
    }

    #[test]
    fn conditions_that_exclude_each_other_make_a_policy_unreachable() {
        let text = policy(
            "A",
            "users all except guests all, roles [GlobalAdministrator] apps all require mfa",
        );
        assert_eq!(found(&text), [""; 0]);
        let text = policy("A", "users none apps all require mfa");
        assert_eq!(found(&text), ["GW0429"]);
    }

    #[test]
    fn a_large_set_is_passed_over_with_a_word() {
        let text: String = (0..301)
            .map(|n| policy(&format!("P{n}"), "users all apps all require mfa"))
            .collect();
        assert_eq!(found(&text), ["GW0631", "GW0423"]);
    }
}
