//! Device compliance policies of Intune.
//!
//! What a member requires is said by the table of settings that the checker has too. A member that
//! the table does not know and that is not null, empty or false may be a requirement: it is
//! carried, and whether a device satisfies the policy is unknown.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{
    Compliance, CompliancePolicy, Expr, GraphForm, Located, ScheduledAction, Scoped,
    SettingRequirement, Unmodelled, UserScope,
};
use gatewright_hir::settings::{self, Asked, Form, GraphMember, Refused, Setting};
use gatewright_source::Span;
use gatewright_value::Kind as Type;
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};

use crate::export::compliance_form;
use crate::json::{Kind, Member, Node, Value, is_annotation, pretty};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

/// The id that stands for no message template.
const NO_TEMPLATE: &str = "00000000-0000-0000-0000-000000000000";

/// Read a compliance policy for a platform.
pub(crate) fn read_compliance(
    sink: &mut Sink<'_>,
    value: &Value<'_>,
    platform: CompliancePlatform,
) -> Option<CompliancePolicy> {
    let mut policy = read_meaning(sink, value, platform)?;
    policy.form = compliance_form(&policy, &Node::plain(value), sink.cx.schema);
    for written in &mut policy.form.written {
        written.span = policy.name_span;
    }
    Some(policy)
}

/// The same without the form.
pub(crate) fn read_meaning(
    sink: &mut Sink<'_>,
    value: &Value<'_>,
    platform: CompliancePlatform,
) -> Option<CompliancePolicy> {
    let mut fields = Fields::new(value)?;
    let id = fields.take_said("id").and_then(|m| sink.string(m));
    let name_member = settings::name_member(platform);
    let name = fields.take_said(name_member).and_then(|m| sink.string(m));
    if let Some(id) = &id {
        sink.id(id);
    }
    let place = name.as_ref().map_or_else(
        || Span::new(value.span.source, value.span.start, value.span.start + 1),
        |name| name.span,
    );
    if name.is_none() {
        let found = problems::missing_member(place, name_member, "called by its id");
        sink.report(found);
    }
    let users = match fields.take("assignments") {
        Some(member) => assignments(sink, member),
        None => nobody(place),
    };
    let actions = fields
        .take("scheduledActionsForRule")
        .map(|m| actions(sink, m));
    let display_name = name
        .or_else(|| id.clone())
        .map_or_else(String::new, |item| item.text);
    let mut policy = CompliancePolicy {
        id: id
            .as_ref()
            .map_or_else(|| display_name.clone(), |id| id.text.clone()),
        has_server_id: id.is_some(),
        display_name,
        name_span: place,
        span: value.span,
        platform,
        users,
        requirements: Vec::new(),
        actions: actions.unwrap_or_default(),
        unmodelled: Vec::new(),
        form: GraphForm::default(),
    };
    members(sink, value, &mut policy);
    sink.report_strangers();
    Some(policy)
}

/// Every member that is a setting, or unknown.
fn members(sink: &mut Sink<'_>, value: &Value<'_>, policy: &mut CompliancePolicy) {
    let is_switched = value.get(settings::LEVEL_SWITCH);
    let is_switched = is_switched.is_some_and(|v| matches!(v.kind, Kind::Bool(true)));
    for member in value.as_object().unwrap_or_default() {
        if is_annotation(&member.name) {
            continue;
        }
        let json = pretty(&member.value, 0, usize::MAX);
        match settings::graph_member(policy.platform, &member.name, &json) {
            GraphMember::Clause(_) => {}
            GraphMember::Form => {
                let known = settings::settings(policy.platform).iter();
                let mut known = known.filter(|s| is_member(s, &member.name));
                if let Some(setting) = known.next()
                    && (setting.form != Form::Level || is_switched)
                    && let Some(rule) = requirement(sink, setting, member)
                {
                    let span = member.name_span.to(member.value.span);
                    policy.requirements.push(SettingRequirement { rule, span });
                }
            }
            GraphMember::Carried => policy.unmodelled.push(carried(member, json, false)),
            GraphMember::Condition => {
                sink.report(not_understood(policy.platform, member));
                let span = member.name_span;
                let rule = Expr::Unknown(span);
                policy.requirements.push(SettingRequirement { rule, span });
                policy.unmodelled.push(carried(member, json, true));
            }
        }
    }
}

/// What is said of a member that may be a requirement.
fn not_understood(platform: CompliancePlatform, member: &Member<'_>) -> Diagnostic {
    let is_settings = member
        .name
        .eq_ignore_ascii_case(settings::CATALOGUE_SETTINGS);
    if platform == CompliancePlatform::Linux && is_settings {
        return problems::catalogue(member.name_span);
    }
    let near = settings::settings(platform).iter();
    let near: Vec<&'static str> = near.filter_map(|s| s.member).collect();
    let near = problems::nearest(&member.name, &near);
    problems::unmodelled(&member.name, member.name_span, true, near)
}

fn is_member(setting: &Setting, name: &str) -> bool {
    setting
        .member
        .is_some_and(|member| member.eq_ignore_ascii_case(name))
}

fn carried(member: &Member<'_>, json: String, is_condition: bool) -> Unmodelled {
    Unmodelled {
        path: vec![member.name.to_string()],
        json,
        span: member.name_span.to(member.value.span),
        is_condition,
    }
}

/// What a member requires; `None` where its value asks for nothing, or cannot be read.
fn requirement(sink: &mut Sink<'_>, setting: &Setting, member: &Member<'_>) -> Option<Expr> {
    let span = member.name_span.to(member.value.span);
    let asked = match setting.form {
        Form::Flag(_) => sink.boolean(member)?.then_some(Asked::Set)?,
        Form::Ranges => ranges(sink, member)?,
        Form::Min | Form::Max if is_number(sink, setting) => {
            Asked::Value(sink.number(member)?.to_string())
        }
        _ => {
            let item = sink.string(member).filter(|item| !item.text.is_empty())?;
            Asked::Value(item.text)
        }
    };
    let schema = sink.cx.schema.clone();
    match settings::requirement(&schema, setting, &asked, span) {
        Ok(rule) => rule,
        Err(Refused::WrongType | Refused::NotAValue) => {
            let text = member.value.as_str().unwrap_or_default().to_owned();
            let item = Item {
                text,
                span: sink.inside(&member.value),
            };
            let known = settings::values(&schema, setting);
            let what = format!("value of `{}`", member.name);
            if known.is_empty() {
                sink.report(problems::not_a_setting_value(&item, &what));
            } else {
                sink.unknown_word(&item, &what, &known);
            }
            Some(Expr::Unknown(span))
        }
    }
}

fn is_number(sink: &Sink<'_>, setting: &Setting) -> bool {
    let schema = sink.cx.schema;
    let id = schema.find_attribute(&setting.attribute);
    let attribute = id.and_then(|id| schema.attribute(id));
    attribute.is_some_and(|a| matches!(a.kind, Type::Integer { .. }))
}

/// `validOperatingSystemBuildRanges`
fn ranges(sink: &mut Sink<'_>, member: &Member<'_>) -> Option<Asked> {
    let mut found = Vec::new();
    for value in sink.array(member) {
        let Some(mut fields) = Fields::new(value) else {
            let name = format!("{}[]", member.name);
            sink.report(problems::wrong_type(&name, value, "an object"));
            continue;
        };
        let lowest = fields
            .take_said("lowestVersion")
            .and_then(|m| sink.string(m));
        let highest = fields
            .take_said("highestVersion")
            .and_then(|m| sink.string(m));
        if let (Some(lowest), Some(highest)) = (lowest, highest) {
            found.push((lowest.text, highest.text));
        } else {
            let place = value.span;
            sink.report(problems::missing_member(place, "lowestVersion", "left out"));
        }
    }
    (!found.is_empty()).then_some(Asked::Ranges(found))
}

fn nobody(span: Span) -> Scoped<UserScope> {
    Scoped {
        include: Vec::new(),
        exclude: Vec::new(),
        span,
    }
}

/// Whom the policy is assigned to.
fn assignments(sink: &mut Sink<'_>, member: &Member<'_>) -> Scoped<UserScope> {
    let mut scope = nobody(member.name_span);
    for value in sink.array(member) {
        assignment(sink, value, &mut scope);
    }
    // Everybody is everybody, whatever groups stand beside it.
    if scope
        .include
        .iter()
        .any(|item| item.value == UserScope::All)
    {
        scope.include.retain(|item| item.value == UserScope::All);
    }
    scope
}

/// One of them.
fn assignment(sink: &mut Sink<'_>, value: &Value<'_>, scope: &mut Scoped<UserScope>) {
    let target = value.get("target").filter(|t| t.as_object().is_some());
    let Some(mut fields) = target.and_then(Fields::new) else {
        sink.report(problems::wrong_type(
            "assignments[]",
            value,
            "an object with a `target`",
        ));
        return;
    };
    filter(sink, &mut fields);
    let said = target
        .and_then(|t| t.get("@odata.type"))
        .and_then(Value::as_str);
    let kind = said
        .and_then(|said| said.rsplit('.').next())
        .unwrap_or_default();
    let span = target.map_or(value.span, |target| target.span);
    let group = fields.take_said("groupId").and_then(|m| sink.string(m));
    match (kind, group) {
        ("allLicensedUsersAssignmentTarget" | "allDevicesAssignmentTarget", _) => {
            let all = Located {
                value: UserScope::All,
                span,
            };
            if !scope
                .include
                .iter()
                .any(|item| item.value == UserScope::All)
            {
                scope.include.push(all);
            }
        }
        ("groupAssignmentTarget", Some(group)) => {
            sink.id(&group);
            let value = UserScope::Group(group.text);
            scope.include.push(Located {
                value,
                span: group.span,
            });
        }
        ("exclusionGroupAssignmentTarget", Some(group)) => {
            sink.id(&group);
            let value = UserScope::Group(group.text);
            scope.exclude.push(Located {
                value,
                span: group.span,
            });
        }
        ("groupAssignmentTarget" | "exclusionGroupAssignmentTarget", None) => {
            sink.report(problems::missing_member(
                span,
                "groupId",
                "assigned to nobody",
            ));
        }
        _ => {
            let item = Item {
                text: kind.to_owned(),
                span,
            };
            sink.unknown_word(&item, "target of an assignment", TARGETS);
        }
    }
}

const TARGETS: &[&str] = &[
    "allLicensedUsersAssignmentTarget",
    "allDevicesAssignmentTarget",
    "groupAssignmentTarget",
    "exclusionGroupAssignmentTarget",
];

fn filter(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) {
    let mode = fields.take_said("deviceAndAppManagementAssignmentFilterType");
    let id = fields.take_said("deviceAndAppManagementAssignmentFilterId");
    let is_on = mode
        .and_then(|m| m.value.as_str())
        .is_none_or(|m| !m.eq_ignore_ascii_case("none"));
    if let (Some(id), true) = (id, is_on)
        && id.value.as_str() != Some(NO_TEMPLATE)
    {
        sink.report(problems::assignment_filter(id.value.span));
    }
}

/// What happens to devices that are not compliant.
fn actions(sink: &mut Sink<'_>, member: &Member<'_>) -> Vec<ScheduledAction> {
    let mut found = Vec::new();
    for rule in sink.array(member) {
        let Some(mut fields) = Fields::new(rule) else {
            sink.report(problems::wrong_type(
                "scheduledActionsForRule[]",
                rule,
                "an object",
            ));
            continue;
        };
        let Some(list) = fields.take_said("scheduledActionConfigurations") else {
            continue;
        };
        for value in sink.array(list) {
            found.extend(action(sink, value));
        }
    }
    found
}

fn action(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<ScheduledAction> {
    let Some(mut fields) = Fields::new(value) else {
        let name = "scheduledActionConfigurations[]";
        sink.report(problems::wrong_type(name, value, "an object"));
        return None;
    };
    let word = fields.take_said("actionType").and_then(|m| sink.string(m));
    let hours = fields
        .take_said("gracePeriodHours")
        .and_then(|m| sink.number(m));
    let template = fields
        .take_said("notificationTemplateId")
        .and_then(|m| sink.string(m));
    let Some(word) = word else {
        sink.report(problems::missing_member(
            value.span,
            "actionType",
            "nothing happens",
        ));
        return None;
    };
    let Some(kind) = NoncomplianceAction::parse(&word.text) else {
        let known: Vec<&str> = NoncomplianceAction::ALL.iter().map(|a| a.name()).collect();
        sink.unknown_word(&word, "action for noncompliance", &known);
        return None;
    };
    sink.is_word(&word, kind.name());
    let template = template.map(|item| item.text);
    Some(ScheduledAction {
        kind,
        after_hours: hours.unwrap_or(0),
        template: template.filter(|id| id != NO_TEMPLATE && !id.is_empty()),
        span: value.span,
    })
}

/// The tenant's settings: `deviceManagement.settings`.
pub(crate) fn read_compliance_settings(
    sink: &mut Sink<'_>,
    value: &Value<'_>,
    compliance: &mut Compliance,
) {
    let Some(mut fields) = Fields::new(value) else {
        return;
    };
    if let Some(is_secure) = fields.take("secureByDefault").and_then(|m| sink.boolean(m)) {
        compliance.is_secure_by_default = is_secure;
    }
    let days = fields.take("deviceComplianceCheckinThresholdDays");
    if let Some(member) = days
        && let Some(days) = sink.number(member)
    {
        match u16::try_from(days) {
            Ok(days @ 1..=120) => compliance.check_in_days = days,
            _ => {
                let item = Item {
                    text: days.to_string(),
                    span: member.value.span,
                };
                let what = "number of days between 1 and 120";
                sink.report(problems::not_a_setting_value(&item, what));
            }
        }
    }
}

/// Whether security defaults are on.
pub(crate) fn read_security_defaults(
    sink: &mut Sink<'_>,
    value: &Value<'_>,
) -> Option<(bool, Span)> {
    let mut fields = Fields::new(value)?;
    let member = fields.take("isEnabled")?;
    Some((sink.boolean(member)?, member.name_span))
}
