//! What the decision diagrams show of a whole set: policies that never make a difference, trials
//! that were left behind, sessions that contradict each other.
//!
//! INVARIANT: what is reported holds for every sign-in, whatever facts are missing. What is over a
//! budget is passed over, and that is said.

use std::collections::BTreeMap;

use gatewright_decision::{Decisions, Limits, PolicyRoots, Shape, build};
use gatewright_diagnostics::{Diagnostic, Severity, codes};
use gatewright_hir::model::{Assignments, Policy, PolicySet, Strength, Target};
use gatewright_source::{SourceId, Span};
use gatewright_value::vocabulary::State;
use gatewright_value::{ContinuousAccess, SessionControls};

use crate::overlap::Walk;
use crate::strength::{does_as_much, does_the_same};

/// LIMIT: policies of a set that is looked at; a larger one costs too much at every compilation.
const POLICIES_MAX: usize = 300;

/// LIMIT: pairs of nodes that all questions of a set may look at.
const PAIRS_MAX: usize = 1_000_000;

/// LIMIT: diagrams are for looking only, so they may cost little.
const LIMITS: Limits = Limits {
    condition_nodes_max: 1024,
    policy_growth_max: 2,
    nodes_max: 200_000,
};

/// Look at a set of which everything could be read. `found` is what is known of it already: a
/// policy that is told to be broken is not told to be unreachable.
pub(crate) fn check(set: &PolicySet, found: &[Diagnostic]) -> Vec<Diagnostic> {
    if !set.schema.is_entra || found.iter().any(Diagnostic::is_unreadable) {
        return Vec::new();
    }
    let is_active = |policy: &&Policy| policy.state != State::Disabled;
    let active: Vec<&Policy> = set.policies.iter().filter(is_active).collect();
    let Some(first) = active.first() else {
        return Vec::new();
    };
    if active.len() > POLICIES_MAX {
        return vec![not_looked_for(first.name_span, active.len())];
    }
    let part = PolicySet {
        policies: active.iter().map(|policy| (*policy).clone()).collect(),
        ..set.clone()
    };
    let decisions = build(&part, &LIMITS);
    let mut search = Search {
        active: &active,
        strengths: &set.strengths,
        decisions: &decisions,
        walk: Walk::new(&decisions.dag, PAIRS_MAX),
        problems: Vec::new(),
    };
    search.unreachable(found);
    search.absorbed();
    search.twins();
    search.sessions();
    if search.walk.is_exhausted() {
        search
            .problems
            .push(not_looked_for(first.name_span, active.len()));
    }
    search.problems
}

struct Search<'s> {
    active: &'s [&'s Policy],
    strengths: &'s [Strength],
    decisions: &'s Decisions,
    walk: Walk<'s>,
    problems: Vec<Diagnostic>,
}

impl<'s> Search<'s> {
    /// Policies with ordered diagrams that are in a state.
    fn in_state(&self, state: State) -> Vec<(&'s Policy, &'s PolicyRoots)> {
        let pairs = self.active.iter().copied().zip(&self.decisions.policies);
        pairs
            .filter(|(policy, found)| policy.state == state && found.roots.shape == Shape::Ordered)
            .collect()
    }

    /// Policies that no sign-in meets.
    fn unreachable(&mut self, found: &[Diagnostic]) {
        let mut places: Vec<(SourceId, u32)> = found
            .iter()
            .filter(|d| d.severity != Severity::Hint && !d.code.is_opt_in())
            .map(|d| (d.span().source, d.span().start))
            .collect();
        places.sort_unstable();
        for (policy, roots) in self.active.iter().zip(&self.decisions.policies) {
            let Span { source, start, end } = policy.span;
            let next = places.partition_point(|place| *place < (source, start));
            let is_told = places
                .get(next)
                .is_some_and(|place| *place <= (source, end));
            if roots.roots.possible == gatewright_decision::NodeId::FALSE && !is_told {
                self.problems.push(
                    Diagnostic::new(
                        codes::GW0429,
                        policy.name_span,
                        "no sign-in meets this policy",
                    )
                    .because("its conditions exclude each other")
                    .help("remove the condition that cannot hold with the others"),
                );
            }
        }
    }

    /// Policies that another one makes superfluous.
    fn absorbed(&mut self) {
        let enabled = self.in_state(State::Enabled);
        let strengths = self.strengths;
        for (at, (policy, roots)) in enabled.iter().enumerate() {
            let roots = roots.roots;
            if roots.possible == gatewright_decision::NodeId::FALSE || !is_whole(policy) {
                continue;
            }
            let by = enabled.iter().enumerate().find(|(place, (other, others))| {
                let is_twin = others.roots == roots && does_as_much(other, policy, strengths);
                *place != at
                    && does_as_much(policy, other, strengths)
                    && is_same_action(policy, other)
                    // Of two that are alike, the later one goes.
                    && (!is_twin || *place < at)
                    && self.walk.implies(roots.possible, others.roots.possible) == Some(true)
                    && self.walk.implies(roots.certain, others.roots.certain) == Some(true)
            });
            if let Some((_, (other, _))) = by {
                let message = "another policy does what this one does, wherever it applies";
                self.problems.push(
                    Diagnostic::new(codes::GW0429, policy.name_span, message)
                        .because("never makes a difference")
                        .label(
                            other.name_span,
                            "does at least as much, for at least as many",
                        )
                        .help("remove it, or narrow the other one"),
                );
            }
        }
    }

    /// Report-only policies that are enforced under another name.
    fn twins(&mut self) {
        let mut enabled: BTreeMap<(u32, u32), Vec<&Policy>> = BTreeMap::new();
        for (policy, found) in self.in_state(State::Enabled) {
            let key = (found.roots.certain.0, found.roots.possible.0);
            enabled.entry(key).or_default().push(policy);
        }
        for (policy, found) in self.in_state(State::ReportOnly) {
            let key = (found.roots.certain.0, found.roots.possible.0);
            let mut alike = enabled.get(&key).into_iter().flatten();
            let twin = alike.find(|other| is_whole(policy) && does_the_same(policy, other));
            if let Some(twin) = twin {
                let message = "an enabled policy is the same but for its state";
                self.problems.push(
                    Diagnostic::new(codes::GW0498, policy.name_span, message)
                        .because("report-only")
                        .label(twin.name_span, "enabled")
                        .help("remove the trial"),
                );
            }
        }
    }

    /// Pairs of enabled policies that meet and of which one sets what the other forbids.
    fn sessions(&mut self) {
        let enabled = self.in_state(State::Enabled);
        let has_control = |(policy, _): &&(&Policy, &PolicyRoots)| {
            let session = &policy.outcome.session;
            session.persistent_browser.is_some()
                || session.cloud_app_security.is_some()
                || session.continuous_access_evaluation.is_some()
        };
        let controlling: Vec<_> = enabled.iter().filter(has_control).collect();
        for (at, (policy, roots)) in controlling.iter().enumerate() {
            let earlier = controlling.iter().take(at).find_map(|(other, others)| {
                let what = contradiction(&policy.outcome.session, &other.outcome.session)?;
                let meet = self.walk.meet(roots.roots.certain, others.roots.certain);
                (meet == Some(true)).then_some((other, what))
            });
            if let Some((other, what)) = earlier {
                let message = format!("two policies that meet contradict each other about {what}");
                self.problems.push(
                    Diagnostic::new(codes::GW0495, policy.outcome.span, message)
                        .because("sets it in one way")
                        .label(other.outcome.span, "and this in another")
                        .help("exclude from one what the other is for"),
                );
            }
        }
    }
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
