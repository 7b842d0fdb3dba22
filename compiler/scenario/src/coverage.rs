//! What tests cover: which policies applied and which did not, and which conditions were seen to
//! hold and to fail.
//!
//! The conditions are the dimensions of a policy (who, what, how, where) and every comparison in
//! its `when` and in its filter for devices. Each becomes a policy of its own in a second set,
//! compiled like the first one, so that a condition here means what it means there. Where a fact is
//! missing, neither outcome is seen.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Condition, DeviceFilter, Expr, Located, LocationScope,
    Outcome, PlatformScope, Policy, PolicySet, Scoped, ServicePrincipalScope, Target, UserScope,
    Who,
};
use gatewright_hir::scenario::{Step, Value};
use gatewright_hir::schema::EffectId;
use gatewright_runtime::{Engine, Mode, ReadOptions, ReportOptions, Request, Scratch};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::{State, UserAction};

use crate::run::{RunError, program};

/// What the tests cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Every policy that is not disabled: whether it applied, and whether it did not.
    pub policies: Vec<Seen>,
    /// Every condition of these policies: whether it held, and whether it failed.
    pub conditions: Vec<Seen>,
}

/// Something that has two outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The display name of the policy.
    pub policy: String,
    /// What it is: the policy, or the text of the condition.
    pub what: String,
    /// Where it is written.
    pub span: Span,
    /// Which of its outcomes were seen.
    pub outcomes: Outcomes,
}

/// Which of two outcomes were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// It held.
    pub held: bool,
    /// It failed.
    pub failed: bool,
}

impl Outcomes {
    fn note(&mut self, certain: bool, possible: bool) {
        self.held |= certain;
        self.failed |= !possible;
    }

    fn count(self) -> usize {
        usize::from(self.held) + usize::from(self.failed)
    }
}

impl Seen {
    /// Whether both outcomes were seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.count() == 2
    }
}

impl Coverage {
    /// Outcomes that were seen, and outcomes that there are.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let all = || self.policies.iter().chain(&self.conditions);
        let seen = all().map(|seen| seen.outcomes.count()).sum();
        (seen, 2 * all().count())
    }

    /// The share of the outcomes that were seen; 100 where there is none.
    #[must_use]
    pub fn percentage(&self) -> f64 {
        let (seen, total) = self.count();
        if total == 0 {
            return 100.0;
        }
        let exact = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        100.0 * exact(seen) / exact(total)
    }
}

/// Which kind of sign-in a policy can apply to at all.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kinds {
    who: &'static str,
    target: &'static str,
}

/// A condition that is watched, as a policy of the second set.
struct Watched {
    /// The place of its policy in [`Recorder::policies`].
    policy: usize,
    /// A condition on what is asked for is watched under every kind of target.
    is_target: bool,
    seen: Seen,
}

pub(crate) struct Recorder<'a> {
    engine: Engine,
    scratch: Scratch,
    policies: Vec<(&'a Policy, Option<Kinds>, Seen)>,
    watched: Vec<Watched>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(set: &'a PolicySet, sources: &SourceMap) -> Result<Self, RunError> {
        let mut recorder = Recorder {
            engine: Engine::from_program(program(set, sources))?,
            scratch: Scratch::default(),
            policies: Vec::new(),
            watched: Vec::new(),
        };
        let mut probes = Vec::new();
        for policy in set.policies.iter().filter(|p| p.state != State::Disabled) {
            let at = recorder.policies.len();
            let kinds = policy.assignments.as_deref().map(kinds);
            let seen = Seen {
                policy: policy.display_name.clone(),
                what: "the policy".to_owned(),
                span: policy.name_span,
                outcomes: Outcomes::default(),
            };
            recorder.policies.push((policy, kinds, seen));
            for probe in conditions(policy) {
                let what = one_line(sources.text(probe.span));
                recorder.watched.push(Watched {
                    policy: at,
                    is_target: probe.is_target,
                    seen: Seen {
                        policy: policy.display_name.clone(),
                        what,
                        span: probe.span,
                        outcomes: Outcomes::default(),
                    },
                });
                probes.push(probe);
            }
        }
        let mut second = set.clone();
        // The set's own policies come first, so that both are decided at once.
        second.policies = recorder
            .policies
            .iter()
            .map(|(policy, ..)| (*policy).clone())
            .chain(probes.into_iter().map(|probe| probe.policy))
            .enumerate()
            .map(|(at, policy)| renamed(policy, at))
            .collect();
        recorder.engine = Engine::from_program(program(&second, sources))?;
        Ok(recorder)
    }

    /// Note what is seen in one sign-in; one that cannot be read shows nothing.
    pub(crate) fn record(&mut self, step: &Step, json: &str, options: &ReadOptions<'_>) {
        let Ok(request) = Request::from_json_with(&self.engine, json.as_bytes(), options) else {
            return;
        };
        let mut applies = |mode| {
            let options = ReportOptions {
                mode,
                explain: false,
                hash: false,
            };
            let report = self.engine.report(&request, &mut self.scratch, &options);
            let report = report.ok()?;
            Some(
                report
                    .policies()
                    .iter()
                    .map(|p| p.policy_applies)
                    .collect::<Vec<bool>>(),
            )
        };
        let (Some(certain), Some(possible)) = (applies(Mode::Graph), applies(Mode::Pessimistic))
        else {
            return;
        };
        let outcome = |at: usize| {
            let is = |rail: &[bool]| rail.get(at).copied().unwrap_or_default();
            (is(&certain), is(&possible))
        };
        for (at, (_, _, seen)) in self.policies.iter_mut().enumerate() {
            let (certain, possible) = outcome(at);
            seen.outcomes.note(certain, possible);
        }
        let said = of_step(&step.request);
        let count = self.policies.len();
        for (at, watched) in self.watched.iter_mut().enumerate() {
            let kinds = self
                .policies
                .get(watched.policy)
                .and_then(|policy| policy.1);
            let can_tell = kinds.is_none_or(|kinds| {
                kinds.who == said.who && (watched.is_target || kinds.target == said.target)
            });
            if can_tell {
                let (certain, possible) = outcome(count + at);
                watched.seen.outcomes.note(certain, possible);
            }
        }
    }

    pub(crate) fn finish(self) -> Coverage {
        Coverage {
            policies: self.policies.into_iter().map(|(_, _, seen)| seen).collect(),
            conditions: self
                .watched
                .into_iter()
                .map(|watched| watched.seen)
                .collect(),
        }
    }
}

fn renamed(mut policy: Policy, at: usize) -> Policy {
    policy.id = format!("watched {at}");
    policy.display_name.clone_from(&policy.id);
    // Report-only policies are watched like enforced ones; what they do is of no interest here.
    policy.state = State::Enabled;
    policy.outcome = Outcome {
        is_block: policy.assignments.is_some(),
        effect: policy.assignments.is_none().then_some(EffectId(0)),
        ..Outcome::default()
    };
    policy
}

fn kinds(assignments: &Assignments) -> Kinds {
    Kinds {
        who: match assignments.who {
            Who::Users(_) => "userSignIn",
            Who::ServicePrincipals(_) => "servicePrincipalSignIn",
            Who::Agents(_) => "agentSignIn",
        },
        target: match assignments.target {
            Target::Apps(_) | Target::Nothing(_) => "applicationContext",
            Target::Actions(_) => "userActionContext",
            Target::Contexts(_) => "authContext",
        },
    }
}

fn of_step(request: &Value) -> Kinds {
    const KINDS: [&str; 6] = [
        "userSignIn",
        "servicePrincipalSignIn",
        "agentSignIn",
        "applicationContext",
        "userActionContext",
        "authContext",
    ];
    let kind = |member: &str| {
        let found = request.member(member).and_then(|m| m.member("@odata.type"));
        let Some(Value::Text(text)) = found else {
            return "";
        };
        let mut kinds = KINDS.into_iter();
        kinds.find(|kind| text.ends_with(kind)).unwrap_or("")
    };
    Kinds {
        who: kind("signInIdentity"),
        target: kind("signInContext"),
    }
}

/// A condition of a policy, as a policy that has no other.
struct Probe {
    span: Span,
    is_target: bool,
    policy: Policy,
}

fn conditions(policy: &Policy) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut expressions: Vec<&Expr> = policy.when.iter().collect();
    if let Some(assignments) = &policy.assignments {
        dimensions(policy, assignments, &mut probes);
        let filter: Option<&DeviceFilter> = assignments.devices.as_ref();
        expressions.extend(filter.map(|filter| &filter.rule));
    }
    let mut spans: Vec<Span> = Vec::new();
    while let Some(expr) = expressions.pop() {
        let span = match expr {
            Expr::Not(inner) => {
                expressions.push(inner);
                continue;
            }
            Expr::All(parts) | Expr::Any(parts) => {
                expressions.extend(parts.iter().rev());
                continue;
            }
            Expr::Constant(_) | Expr::Unknown(_) | Expr::Field(_) => continue,
            Expr::Test(test) => test.span,
            Expr::Location(scope) => scope.span,
            Expr::App(scope) => scope.span,
            Expr::Some(quantified) => quantified.span,
        };
        // A named rule that is used twice is one condition.
        if spans.contains(&span) {
            continue;
        }
        spans.push(span);
        let assignments = policy.assignments.as_deref().map(neutral);
        let only = bare(policy, assignments, Some(expr.clone()));
        probes.push(Probe {
            span,
            is_target: false,
            policy: only,
        });
    }
    probes
}

fn bare(policy: &Policy, assignments: Option<Assignments>, when: Option<Expr>) -> Policy {
    Policy {
        assignments: assignments.map(Box::new),
        when,
        ..policy.clone()
    }
}

fn all<T>(value: T, span: Span) -> Scoped<T> {
    Scoped {
        include: vec![Located { value, span }],
        exclude: Vec::new(),
        span,
    }
}

/// Everybody of the policy's kind and everything of its target's kind.
fn neutral(assignments: &Assignments) -> Assignments {
    let who = match &assignments.who {
        Who::Users(users) => Who::Users(all(UserScope::All, users.span)),
        Who::ServicePrincipals(some) => {
            Who::ServicePrincipals(all(ServicePrincipalScope::Owned, some.span))
        }
        Who::Agents(agents) => Who::Agents(all(AgentScope::All, agents.span)),
    };
    let target = match &assignments.target {
        Target::Apps(apps) => Target::Apps(all(AppScope::All, apps.span)),
        Target::Actions(actions) => Target::Actions(Condition {
            members: UserAction::ALL.to_vec(),
            span: actions.span,
        }),
        // There is no condition that every context satisfies.
        other => other.clone(),
    };
    Assignments::new(who, target)
}

/// One probe for each dimension that can fail.
fn dimensions(policy: &Policy, assignments: &Assignments, probes: &mut Vec<Probe>) {
    let mut add = |span: Span, is_target: bool, change: &dyn Fn(&mut Assignments)| {
        let mut only = neutral(assignments);
        change(&mut only);
        probes.push(Probe {
            span,
            is_target,
            policy: bare(policy, Some(only), None),
        });
    };
    let (who, target) = (&assignments.who, &assignments.target);
    let (who_span, is_everybody) = match who {
        Who::Users(s) => (s.span, is_all(s, |v| matches!(v, UserScope::All))),
        Who::ServicePrincipals(s) => (s.span, false),
        Who::Agents(s) => (s.span, is_all(s, |v| matches!(v, AgentScope::All))),
    };
    if !is_everybody {
        add(who_span, false, &|only| only.who = who.clone());
    }
    let (target_span, is_everything) = match target {
        Target::Apps(s) => (s.span, is_all(s, |v| matches!(v, AppScope::All))),
        Target::Actions(c) => (c.span, false),
        Target::Contexts(c) => (c.span, false),
        Target::Nothing(span) => (*span, true),
    };
    if !is_everything {
        add(target_span, true, &|only| only.target = target.clone());
    }
    if let Some(c) = &assignments.user_risk {
        add(c.span, false, &|only| only.user_risk = Some(c.clone()));
    }
    if let Some(c) = &assignments.sign_in_risk {
        add(c.span, false, &|only| only.sign_in_risk = Some(c.clone()));
    }
    if let Some(c) = &assignments.insider_risk {
        add(c.span, false, &|only| only.insider_risk = Some(c.clone()));
    }
    if let Some(c) = &assignments.service_principal_risk {
        add(c.span, false, &|only| {
            only.service_principal_risk = Some(c.clone())
        });
    }
    if let Some(c) = &assignments.agent_risk {
        add(c.span, false, &|only| only.agent_risk = Some(c.clone()));
    }
    if let Some(c) = &assignments.clients {
        add(c.span, false, &|only| only.clients = Some(c.clone()));
    }
    if let Some(c) = &assignments.flows {
        add(c.span, false, &|only| only.flows = Some(c.clone()));
    }
    let platforms = assignments.platforms.as_ref();
    if let Some(c) = platforms.filter(|c| !is_all(c, |v| matches!(v, PlatformScope::All))) {
        add(c.span, false, &|only| only.platforms = Some(c.clone()));
    }
    let locations = assignments.locations.as_ref();
    if let Some(c) = locations.filter(|c| !is_all(c, |v| matches!(v, LocationScope::All))) {
        add(c.span, false, &|only| only.locations = Some(c.clone()));
    }
}

fn is_all<T>(scope: &Scoped<T>, is: impl Fn(&T) -> bool) -> bool {
    scope.exclude.is_empty() && scope.include.iter().any(|item| is(&item.value))
}

/// A text on one line, cut where it is long.
fn one_line(text: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= CHARACTERS_MAX {
        return line;
    }
    let cut: String = line.chars().take(CHARACTERS_MAX - 1).collect();
    format!("{cut}…")
}
