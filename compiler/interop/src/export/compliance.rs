//! Compliance policies to objects of Intune, the way back included: a member that was written in
//! another way than it would be written from its meaning keeps that, as long as it means the same.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{
    CompliancePolicy, Expr, GraphForm, GraphProfile, PolicySet, ScheduledAction, Scoped,
    SettingRequirement, UserScope, Written,
};
use gatewright_hir::schema::Schema;
use gatewright_hir::settings::{self, Asked, Form, Setting};
use gatewright_source::Span;
use gatewright_value::Kind as Type;
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};

use crate::context::{Context, RuleReading};
use crate::json::{self, Node};
use crate::problems;
use crate::read::read_meaning;
use crate::sink::Sink;

/// Profiles, the plainest first.
const PROFILES: &[GraphProfile] = &[GraphProfile::Minimal, GraphProfile::V1, GraphProfile::Beta];

/// The member that has the actions for noncompliance.
const ACTIONS: &str = "scheduledActionsForRule";

/// Write a compliance policy as the object of Intune, `None` where its platform has none; what
/// Intune cannot ask for is reported.
#[must_use]
pub fn write_compliance(
    set: &PolicySet,
    policy: &CompliancePolicy,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    let node = compliance_node(&set.schema, policy, problems)?;
    Some(node.pretty())
}

/// The same as a tree.
pub(crate) fn compliance_node(
    schema: &Arc<Schema>,
    policy: &CompliancePolicy,
    problems: &mut Vec<Diagnostic>,
) -> Option<Node> {
    settings::graph_type(policy.platform)?;
    problems.extend(unsayable(schema, policy));
    let plain = base(schema, policy, policy.form.profile);
    let mut whole = plain.clone();
    for written in &policy.form.written {
        lay(&mut whole, written);
    }
    let meaning = Meaning::of(schema, policy);
    let says_the_same = |node: &Node| {
        reread(schema, node, policy).is_some_and(|read| Meaning::of(schema, &read) == meaning)
    };
    if says_the_same(&whole) {
        return Some(whole);
    }
    // Somebody changed the policy since: each member that still says the same is kept.
    let mut kept = plain;
    for written in &policy.form.written {
        let mut tried = kept.clone();
        lay(&mut tried, written);
        if says_the_same(&tried) {
            kept = tried;
        }
    }
    Some(kept)
}

/// How an object was written, beyond what it means.
pub(crate) fn compliance_form(
    policy: &CompliancePolicy,
    source: &Node,
    schema: &Arc<Schema>,
) -> GraphForm {
    let forms = PROFILES.iter().map(|profile| {
        let base = base(schema, policy, *profile);
        GraphForm {
            profile: *profile,
            written: differences(&base, source, policy),
            ..GraphForm::default()
        }
    });
    forms
        .min_by_key(|form| form.written.len())
        .unwrap_or_default()
}

fn differences(base: &Node, source: &Node, policy: &CompliancePolicy) -> Vec<Written> {
    let span = policy.name_span;
    let (Some(base), Some(source)) = (base.members(), source.members()) else {
        return Vec::new();
    };
    let written = |name: &str, json| Written {
        path: vec![name.to_owned()],
        json,
        span,
    };
    let mut found = Vec::new();
    for (name, value) in source {
        if !name.starts_with('@') && base.get(name) != Some(value) {
            found.push(written(name, Some(value.compact())));
        }
    }
    // Text always says when a device is marked, so that what does not say it is kept as it is.
    let is_marked = policy
        .actions
        .iter()
        .any(|a| a.kind == NoncomplianceAction::Block);
    if !is_marked && base.get(ACTIONS) == source.get(ACTIONS) {
        found.push(written(ACTIONS, source.get(ACTIONS).map(Node::compact)));
    }
    for name in base.keys() {
        if !name.starts_with('@') && !source.contains_key(name) {
            found.push(written(name, None));
        }
    }
    found
}

fn lay(node: &mut Node, written: &Written) {
    let path: Vec<&str> = written.path.iter().map(String::as_str).collect();
    match &written.json {
        Some(json) => node.put(&path, Node::parse(json)),
        None => node.remove(&path),
    }
}

/// The object from its meaning, and from what a profile has besides.
fn base(schema: &Arc<Schema>, policy: &CompliancePolicy, profile: GraphProfile) -> Node {
    let mut node = Node::object();
    let graph_type = settings::graph_type(policy.platform).unwrap_or_default();
    node.put(
        &["@odata.type"],
        Node::text(format!("#microsoft.graph.{graph_type}")),
    );
    if policy.has_server_id {
        node.put(&["id"], Node::text(&policy.id));
    }
    let name = settings::name_member(policy.platform);
    node.put(&[name], Node::text(&policy.display_name));
    for member in &policy.unmodelled {
        let path: Vec<&str> = member.path.iter().map(String::as_str).collect();
        node.put(&path, Node::parse(&member.json));
    }
    let rules = parts(schema, policy);
    for setting in settings::settings(policy.platform) {
        let Some(member) = setting.member else {
            continue;
        };
        let asked = rules
            .iter()
            .find_map(|rule| settings::asked(schema, setting, rule));
        let is_shown = match profile {
            GraphProfile::Minimal => false,
            GraphProfile::V1
            | GraphProfile::Template
            | GraphProfile::V1In2022
            | GraphProfile::V1In2020 => !setting.is_beta,
            GraphProfile::Beta => true,
        };
        let value = match &asked {
            Some(asked) => Some(said(schema, setting, asked)),
            None => is_shown.then(|| silent(schema, setting)),
        };
        if let Some(value) = value {
            if setting.form == Form::Level {
                node.put(&[settings::LEVEL_SWITCH], Node::Bool(asked.is_some()));
            }
            node.put(&[member], value);
        }
    }
    let assignments = assignments(&policy.users);
    if profile != GraphProfile::Minimal || !policy.users.include.is_empty() {
        node.put(&["assignments"], assignments);
    }
    if !policy.actions.is_empty() {
        node.put(&[ACTIONS], actions(&policy.actions));
    }
    node
}

/// The value of a member that asks for something.
fn said(schema: &Schema, setting: &Setting, asked: &Asked) -> Node {
    match asked {
        Asked::Set => Node::Bool(true),
        Asked::Value(text) if is_number(schema, setting) => Node::Number(text.clone()),
        Asked::Value(text) => Node::text(text),
        Asked::Ranges(ranges) => {
            let range = |(lowest, highest): &(String, String)| {
                let mut node = Node::object();
                node.put(&["lowestVersion"], Node::text(lowest));
                node.put(&["highestVersion"], Node::text(highest));
                node
            };
            Node::List(ranges.iter().map(range).collect())
        }
    }
}

/// The value of a member that asks for nothing.
fn silent(schema: &Schema, setting: &Setting) -> Node {
    match setting.form {
        Form::Flag(_) => Node::Bool(false),
        Form::Min | Form::Max => Node::Null,
        Form::Ranges => Node::List(Vec::new()),
        Form::Level => Node::text("unavailable"),
        Form::Least | Form::Most => {
            let values = settings::values(schema, setting);
            let nothing = values
                .iter()
                .find(|value| settings::says_nothing(setting, value));
            let other = if setting.attribute.ends_with("hreatLevel") {
                "notSet"
            } else {
                "notConfigured"
            };
            match (setting.form, nothing) {
                (Form::Least, Some(value)) => Node::text(*value),
                _ => Node::text(other),
            }
        }
    }
}

fn is_number(schema: &Schema, setting: &Setting) -> bool {
    let id = schema.find_attribute(&setting.attribute);
    let attribute = id.and_then(|id| schema.attribute(id));
    attribute.is_some_and(|a| matches!(a.kind, Type::Integer { .. }))
}

fn assignments(users: &Scoped<UserScope>) -> Node {
    let target = |kind: &str, group: Option<&String>| {
        let mut target = Node::object();
        target.put(
            &["@odata.type"],
            Node::text(format!("#microsoft.graph.{kind}")),
        );
        if let Some(group) = group {
            target.put(&["groupId"], Node::text(group));
        }
        let mut node = Node::object();
        node.put(&["target"], target);
        node
    };
    let mut list = Vec::new();
    for item in &users.include {
        match &item.value {
            UserScope::All => list.push(target("allLicensedUsersAssignmentTarget", None)),
            UserScope::Group(id) => list.push(target("groupAssignmentTarget", Some(id))),
            _ => {}
        }
    }
    for item in &users.exclude {
        if let UserScope::Group(id) = &item.value {
            list.push(target("exclusionGroupAssignmentTarget", Some(id)));
        }
    }
    Node::List(list)
}

fn actions(actions: &[ScheduledAction]) -> Node {
    let one = |action: &ScheduledAction| {
        let mut node = Node::object();
        node.put(&["actionType"], Node::text(action.kind.name()));
        node.put(
            &["gracePeriodHours"],
            Node::Number(action.after_hours.to_string()),
        );
        if let Some(template) = &action.template {
            node.put(&["notificationTemplateId"], Node::text(template));
        }
        node
    };
    let mut rule = Node::object();
    rule.put(&["ruleName"], Node::text("PasswordRequired"));
    let list = Node::List(actions.iter().map(one).collect());
    rule.put(&["scheduledActionConfigurations"], list);
    Node::List(vec![rule])
}

/// The requirements one by one: all of several parts are as many requirements.
fn parts<'p>(schema: &Schema, policy: &'p CompliancePolicy) -> Vec<&'p Expr> {
    let requirements = policy.requirements.iter();
    let one = |requirement: &'p SettingRequirement| rules(schema, policy.platform, requirement);
    requirements.flat_map(one).collect()
}

/// The rules of a requirement; a range, which is two of them, is one where a member says it.
fn rules<'p>(
    schema: &Schema,
    platform: CompliancePlatform,
    requirement: &'p SettingRequirement,
) -> Vec<&'p Expr> {
    let rule = &requirement.rule;
    let known = settings::settings(platform).iter();
    let mut ranges = known.filter(|setting| setting.form == Form::Ranges);
    match rule {
        Expr::All(parts) if ranges.all(|s| settings::asked(schema, s, rule).is_none()) => {
            parts.iter().collect()
        }
        _ => vec![rule],
    }
}

/// Requirements that no member of the object can say, or that one member would have to say twice.
fn unsayable(schema: &Schema, policy: &CompliancePolicy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut taken: Vec<(&'static str, Asked)> = Vec::new();
    for requirement in &policy.requirements {
        for rule in rules(schema, policy.platform, requirement) {
            // What is carried says this.
            if matches!(rule, Expr::Unknown(_)) {
                continue;
            }
            let known = settings::settings(policy.platform).iter();
            let member = known
                .filter_map(|s| Some((s.member?, settings::asked(schema, s, rule)?)))
                .next();
            let is_said = member.is_some_and(|(name, asked)| {
                match taken.iter().find(|(known, _)| *known == name) {
                    Some((_, first)) => *first == asked,
                    None => {
                        taken.push((name, asked));
                        true
                    }
                }
            });
            if !is_said {
                let span = requirement.span;
                found.push(problems::requirement_not_expressible(span, policy.platform));
            }
        }
    }
    for item in policy.users.include.iter().chain(&policy.users.exclude) {
        if let UserScope::User(_) = item.value {
            found.push(problems::user_not_assignable(item.span));
        }
    }
    found
}

/// What a policy means, in a form that can be compared: without places, without order.
#[derive(PartialEq)]
struct Meaning {
    rules: Vec<String>,
    users: [Vec<String>; 2],
    actions: Vec<(NoncomplianceAction, u32, Option<String>)>,
}

impl Meaning {
    fn of(schema: &Schema, policy: &CompliancePolicy) -> Meaning {
        let mut rules: Vec<String> = parts(schema, policy)
            .into_iter()
            .map(|rule| format!("{:?}", bare(rule)))
            .collect();
        rules.sort();
        let side = |items: &[gatewright_hir::model::Located<UserScope>]| {
            let mut side: Vec<String> = items
                .iter()
                .filter(|item| !matches!(item.value, UserScope::User(_)))
                .map(|item| format!("{:?}", item.value))
                .collect();
            side.sort();
            side
        };
        let mut actions: Vec<_> = policy
            .actions
            .iter()
            .map(|action| (action.kind, action.after_hours, action.template.clone()))
            .collect();
        // Without the action `block` a device is marked at once.
        if !actions
            .iter()
            .any(|action| action.0 == NoncomplianceAction::Block)
        {
            actions.push((NoncomplianceAction::Block, 0, None));
        }
        actions.sort();
        let users = [side(&policy.users.include), side(&policy.users.exclude)];
        Meaning {
            rules,
            users,
            actions,
        }
    }
}

/// An expression without places; what a threat level that is not reported means is left open.
fn bare(rule: &Expr) -> Expr {
    let mut rule = rule.clone();
    settings::settle(&mut rule);
    erase(&mut rule);
    rule
}

/// Recursion is bounded by the nesting of what was read.
fn erase(rule: &mut Expr) {
    match rule {
        Expr::Test(test) => test.span = Span::default(),
        Expr::Not(inner) => erase(inner),
        Expr::All(parts) | Expr::Any(parts) => parts.iter_mut().for_each(erase),
        Expr::Unknown(span) => *span = Span::default(),
        _ => {}
    }
}

/// Read an object again.
fn reread(
    schema: &Arc<Schema>,
    node: &Node,
    policy: &CompliancePolicy,
) -> Option<CompliancePolicy> {
    let text = node.compact();
    let (value, _) = json::read(Default::default(), &text);
    let read_rule = |_: &str, _, _: &str| RuleReading::default();
    let cx = Context {
        schema,
        rule: &read_rule,
        strengths: &[],
        names: &[],
        app_groups: &[],
    };
    let mut sink = Sink::new(&cx, Default::default(), &text);
    read_meaning(&mut sink, &value?, policy.platform)
}
