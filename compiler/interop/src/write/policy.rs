//! A policy as text.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, AttributeFilter, Condition, Control, Guests, Located,
    LocationScope, PlatformScope, Policy, Requirement, Scoped, ServicePrincipalScope, Target,
    UserScope, Who,
};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::{GuestType, State, UserAction};
use gatewright_value::{
    FrequencyAuthentication, FrequencyInterval, SessionControls, SignInFrequency,
};

use super::form::{self, Form};
use super::layout::{Body, Clause, Phrase, clauses, list, one_line, string, word_or_string};
use super::names::Names;
use crate::export::Expanded;
use crate::json;
use crate::vocabulary::Vocabulary;

/// A policy before it is laid out.
pub(super) struct PolicyText {
    annotations: String,
    title: String,
    pub(super) clauses: Vec<Clause>,
}

impl PolicyText {
    pub(super) fn laid_out(&self) -> String {
        let title = string(&self.title);
        let body = clauses(&self.clauses);
        format!("{}policy {title} {{\n{body}}}\n", self.annotations)
    }
}

/// Write one policy.
pub(super) fn write(
    policy: &Policy,
    title: &str,
    names: &Names,
    strengths: &[Expanded],
) -> PolicyText {
    let form = form::of(policy, names, strengths);
    let mut writer = Writer {
        names,
        policy,
        clauses: Vec::new(),
    };
    let state = match policy.state {
        State::Enabled => "enabled",
        State::Disabled => "disabled",
        State::ReportOnly => "reportOnly",
    };
    writer.verbatim("state", state);
    if let Some(assignments) = &policy.assignments {
        writer.assignments(assignments);
    }
    if policy.outcome.is_block {
        writer.verbatim("block", "");
    }
    if let Some(requirement) = &policy.outcome.requirement {
        writer.requirement(requirement);
    }
    writer.session(&policy.outcome.session);
    writer.graph(&form);
    PolicyText {
        annotations: annotations(policy, title, &form),
        title: title.to_owned(),
        clauses: writer.clauses,
    }
}

/// The lines before a policy.
fn annotations(policy: &Policy, title: &str, form: &Form) -> String {
    let mut text = String::new();
    if policy.has_server_id {
        text.push_str(&format!("@id({})\n", string(&policy.id)));
    }
    text.push_str(&form.annotation());
    if let Some(rule) = policy
        .form
        .plan
        .as_ref()
        .and_then(|plan| plan.rule.as_ref())
    {
        text.push_str(&format!("@rule({})\n", string(rule)));
    }
    if title != policy.display_name && one_line(&policy.display_name) == policy.display_name {
        text.push_str(&format!("@display({})\n", string(&policy.display_name)));
    }
    text
}

struct Writer<'a> {
    names: &'a Names,
    policy: &'a Policy,
    clauses: Vec<Clause>,
}

impl Writer<'_> {
    fn verbatim(&mut self, head: &'static str, body: impl Into<String>) {
        self.clauses.push(Clause {
            head,
            body: Body::Verbatim(body.into()),
        });
    }

    /// A clause of phrases; nothing included is an empty list.
    fn phrases(&mut self, head: &'static str, mut include: Vec<Phrase>, except: Vec<Phrase>) {
        if include.is_empty() {
            include.push(Phrase::list("", Vec::new()));
        }
        self.clauses.push(Clause {
            head,
            body: Body::Phrases { include, except },
        });
    }

    fn members<T: Vocabulary>(&mut self, head: &'static str, condition: Option<&Condition<T>>) {
        if let Some(condition) = condition {
            let words = condition
                .members
                .iter()
                .map(|m| word_or_string(m.spelling()))
                .collect();
            self.phrases(head, vec![Phrase::list("", words)], Vec::new());
        }
    }

    fn assignments(&mut self, assignments: &Assignments) {
        self.who(&assignments.who);
        self.target(&assignments.target);
        self.members("clients", assignments.clients.as_ref());
        if let Some(platforms) = &assignments.platforms {
            let side = |items: &[Located<PlatformScope>]| {
                runs(items, |scope| match scope {
                    PlatformScope::All => Run::Words("all".to_owned()),
                    PlatformScope::Platform(platform) => Run::Item("", platform.name().to_owned()),
                })
            };
            self.phrases(
                "platforms",
                side(&platforms.include),
                side(&platforms.exclude),
            );
        }
        if let Some(locations) = &assignments.locations {
            let names = self.names;
            let side = |items: &[Located<LocationScope>]| {
                runs(items, |scope| match scope {
                    LocationScope::All => Run::Words("all".to_owned()),
                    LocationScope::AllTrusted => Run::Words("allTrusted".to_owned()),
                    LocationScope::Named(id) => Run::Item("", names.of(ObjectKind::Location, id)),
                })
            };
            self.phrases(
                "locations",
                side(&locations.include),
                side(&locations.exclude),
            );
        }
        self.members("userRisk", assignments.user_risk.as_ref());
        self.members("signInRisk", assignments.sign_in_risk.as_ref());
        self.members("insiderRisk", assignments.insider_risk.as_ref());
        self.members("workloadRisk", assignments.service_principal_risk.as_ref());
        self.members("agentRisk", assignments.agent_risk.as_ref());
        self.members("flows", assignments.flows.as_ref());
        if let Some(filter) = &assignments.devices {
            let mode = if filter.is_exclude { "except" } else { "where" };
            self.verbatim("devices", format!("{mode} {}", filter.text.trim()));
        }
    }

    fn who(&mut self, who: &Who) {
        let names = self.names;
        match who {
            Who::Users(users) => {
                let side = |items: &[Located<UserScope>]| runs(items, |scope| user(names, scope));
                let mut include = side(&users.include);
                if include.is_empty() {
                    include.push(Phrase::list("users", Vec::new()));
                }
                self.phrases("users", include, side(&users.exclude));
            }
            Who::ServicePrincipals(principals) => {
                let write = |scope: &ServicePrincipalScope| match scope {
                    ServicePrincipalScope::Owned => Run::Words("all".to_owned()),
                    ServicePrincipalScope::None => Run::Words("none".to_owned()),
                    ServicePrincipalScope::Id(id) => Run::Item("servicePrincipals", string(id)),
                    ServicePrincipalScope::Filter(_) => Run::Nothing,
                };
                self.filtered("workloads", principals, write, |scope| match scope {
                    ServicePrincipalScope::Filter(filter) => Some(filter),
                    _ => None,
                });
            }
            Who::Agents(agents) => {
                let write = |scope: &AgentScope| match scope {
                    AgentScope::All => Run::Words("all".to_owned()),
                    AgentScope::None => Run::Words("none".to_owned()),
                    AgentScope::Id(id) => Run::Item("agents", string(id)),
                    AgentScope::Filter(_) => Run::Nothing,
                };
                self.filtered("agents", agents, write, |scope| match scope {
                    AgentScope::Filter(filter) => Some(filter),
                    _ => None,
                });
            }
        }
    }

    fn target(&mut self, target: &Target) {
        match target {
            Target::Apps(apps) => {
                let names = self.names;
                let write = |scope: &AppScope| app(names, scope);
                self.filtered("apps", apps, write, |scope| match scope {
                    AppScope::Filter(filter) => Some(filter),
                    _ => None,
                });
            }
            Target::Actions(actions) => {
                let words = actions
                    .members
                    .iter()
                    .map(|a| action(*a).to_owned())
                    .collect();
                self.phrases("actions", vec![Phrase::list("", words)], Vec::new());
            }
            Target::Contexts(contexts) => {
                let words = contexts
                    .members
                    .iter()
                    .map(|id| match self.names.get(ObjectKind::Context, id) {
                        Some(name) => name.word.clone(),
                        None => word_or_string(id),
                    })
                    .collect();
                self.phrases("contexts", vec![Phrase::list("", words)], Vec::new());
            }
            Target::Nothing(_) => {}
        }
    }

    /// A clause of phrases, and one clause for each filter over custom security attributes.
    fn filtered<T>(
        &mut self,
        head: &'static str,
        scoped: &Scoped<T>,
        write: impl Fn(&T) -> Run,
        filter: impl Fn(&T) -> Option<&AttributeFilter>,
    ) {
        let (include, exclude) = (runs(&scoped.include, &write), runs(&scoped.exclude, &write));
        let rules = |items: &[Located<T>]| -> Vec<String> {
            let filters = items.iter().filter_map(|item| filter(&item.value));
            filters
                .map(|filter| filter.text.trim().to_owned())
                .collect()
        };
        let (included, excluded) = (rules(&scoped.include), rules(&scoped.exclude));
        let has_rules = !included.is_empty() || !excluded.is_empty();
        if !has_rules || !include.is_empty() || !exclude.is_empty() {
            self.phrases(head, include, exclude);
        }
        for rule in included {
            self.verbatim(head, format!("where {rule}"));
        }
        for rule in excluded {
            self.verbatim(head, format!("except where {rule}"));
        }
    }

    fn requirement(&mut self, requirement: &Requirement) {
        let words: Vec<String> = requirement
            .controls
            .iter()
            .map(|control| self.control(control))
            .collect();
        if let ([word], false) = (words.as_slice(), requirement.is_all) {
            self.verbatim("require", word.clone());
            return;
        }
        let mode = if requirement.is_all { "all" } else { "any" };
        self.phrases("require", vec![Phrase::list(mode, words)], Vec::new());
    }

    fn control(&self, control: &Control) -> String {
        match control {
            Control::BuiltIn(control) => control.name().to_owned(),
            Control::Strength(id) => {
                format!("strength {}", self.names.of(ObjectKind::Strength, id))
            }
            Control::Terms(id) => format!("terms {}", self.names.of(ObjectKind::Terms, id)),
            Control::Custom(id) => format!("custom {}", string(id)),
            Control::Own(id) => format!("control{}", id.0),
        }
    }

    fn session(&mut self, session: &SessionControls) {
        let mut phrases = Vec::new();
        let frequencies = [session.sign_in_frequency, session.secondary_frequency];
        phrases.extend(frequencies.into_iter().flatten().map(frequency));
        phrases.extend(
            session
                .persistent_browser
                .map(|m| format!("persistentBrowser {m}")),
        );
        if session.application_enforced_restrictions {
            phrases.push("applicationEnforcedRestrictions".to_owned());
        }
        phrases.extend(
            session
                .cloud_app_security
                .map(|t| format!("cloudAppSecurity {t}")),
        );
        if session.disable_resilience_defaults {
            phrases.push("disableResilienceDefaults".to_owned());
        }
        if session.secure_sign_in_session {
            phrases.push("secureSignInSession".to_owned());
        }
        let mode = session.continuous_access_evaluation;
        phrases.extend(mode.map(|m| format!("continuousAccessEvaluation {m}")));
        let profiles = session.filtering_profiles.iter();
        phrases.extend(profiles.map(|id| format!("filteringProfile {}", string(id))));
        if !phrases.is_empty() {
            let phrases = phrases.into_iter().map(Phrase::words).collect();
            self.phrases("session", phrases, Vec::new());
        }
    }

    fn graph(&mut self, form: &Form) {
        let Some(text) = form.clause(&self.policy.unmodelled) else {
            return;
        };
        let (value, _) = json::read(Default::default(), &text);
        let body = value.map_or_else(|| text.clone(), |value| json::pretty(&value, 4, 88));
        self.verbatim("graph", body);
    }
}

fn user(names: &Names, scope: &UserScope) -> Run {
    match scope {
        UserScope::All => Run::Words("all".to_owned()),
        UserScope::None => Run::Words("none".to_owned()),
        UserScope::AllAgentUsers => Run::Words("allAgentUsers".to_owned()),
        UserScope::User(id) => Run::Item("users", names.of(ObjectKind::User, id)),
        UserScope::Group(id) => Run::Item("groups", names.of(ObjectKind::Group, id)),
        UserScope::Role(id) => Run::Item("roles", names.of(ObjectKind::Role, id)),
        UserScope::Guests(guests) => Run::Words(guests_text(guests)),
    }
}

fn guests_text(guests: &Guests) -> String {
    let is_all = guests.types == GuestType::ALL;
    if is_all && guests.tenants.is_none() {
        return "guests all".to_owned();
    }
    let types: Vec<String> = guests.types.iter().map(|t| t.name().to_owned()).collect();
    let types = types.join(", ");
    match &guests.tenants {
        None => format!("guests [{types}]"),
        Some(tenants) => {
            let tenants: Vec<String> = tenants.iter().map(|id| string(id)).collect();
            format!("guests [{types}] from tenants {}", list(&tenants))
        }
    }
}

fn app(names: &Names, scope: &AppScope) -> Run {
    match scope {
        AppScope::All => Run::Words("all".to_owned()),
        AppScope::None => Run::Words("none".to_owned()),
        AppScope::App(id) => Run::Item("", names.of(ObjectKind::App, id)),
        AppScope::Group(name) => {
            let mut word = name.clone();
            if let Some(first) = word.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            Run::Words(word)
        }
        AppScope::Filter(_) => Run::Nothing,
    }
}

fn action(action: UserAction) -> &'static str {
    match action {
        UserAction::RegisterSecurityInfo => "registerSecurityInformation",
        UserAction::RegisterDevice => "registerDevice",
        UserAction::AccountRecovery => "accountRecovery",
    }
}

fn frequency(frequency: SignInFrequency) -> String {
    let interval = match frequency.interval {
        FrequencyInterval::EveryTime => "everyTime".to_owned(),
        FrequencyInterval::Hours(hours) => format!("{hours} hours"),
        FrequencyInterval::Days(days) => format!("{days} days"),
    };
    let secondary = match frequency.authentication {
        FrequencyAuthentication::PrimaryAndSecondary => "",
        FrequencyAuthentication::Secondary => " secondary",
    };
    format!("signInFrequency {interval}{secondary}")
}

/// What an item of a condition becomes.
pub(super) enum Run {
    /// Words of its own.
    Words(String),
    /// An element of a list with these words before it.
    Item(&'static str, String),
    /// Something that is written elsewhere.
    Nothing,
}

/// The phrases of one side of a condition: neighbours of one kind share a list.
pub(super) fn runs<T>(items: &[Located<T>], write: impl Fn(&T) -> Run) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = Vec::new();
    for item in items {
        match write(&item.value) {
            Run::Nothing => {}
            Run::Words(words) => phrases.push(Phrase::words(words)),
            Run::Item(words, element) => match phrases.last_mut() {
                Some(Phrase {
                    words: last,
                    list: Some(list),
                    ..
                }) if last == words => {
                    list.push(element);
                }
                _ => phrases.push(Phrase::list(words, vec![element])),
            },
        }
    }
    phrases
}
