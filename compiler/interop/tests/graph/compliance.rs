//! Compliance policies of Intune: what they mean, and that they come back as they were.

use gatewright_hir::data::Data;
use gatewright_hir::model::{Comparison, Compliance, CompliancePolicy, Expr, PolicySet, UserScope};
use gatewright_hir::{Context, check, entra_schema, settle_compliance};
use gatewright_interop::{
    ExportOptions, ImportOptions, write_compliance, write_graph, write_project,
};
use gatewright_source::SourceMap;
use gatewright_syntax::parse_file;
use gatewright_value::vocabulary::CompliancePlatform;

use super::common::{World, assemble_all, codes, read_one};

/// What a v1.0 answer of the service has.
const IOS: &str = r##"{
  "@odata.type": "#microsoft.graph.iosCompliancePolicy",
  "id": "3f0c0de0-0000-4000-8000-000000000001",
  "createdDateTime": "2026-01-01T00:00:00Z",
  "description": "PIN and risk",
  "version": 4,
  "roleScopeTagIds": ["0"],
  "displayName": "iOS base",
  "passcodeBlockSimple": false,
  "passcodeExpirationDays": null,
  "passcodeMinimumLength": 6,
  "passcodeMinutesOfInactivityBeforeLock": null,
  "passcodePreviousPasscodeBlockCount": null,
  "passcodeMinimumCharacterSetCount": null,
  "passcodeRequiredType": "deviceDefault",
  "passcodeRequired": true,
  "osMinimumVersion": "17.0",
  "osMaximumVersion": null,
  "securityBlockJailbrokenDevices": true,
  "deviceThreatProtectionEnabled": true,
  "deviceThreatProtectionRequiredSecurityLevel": "low",
  "managedEmailProfileRequired": false,
  "assignments": [
    { "id": "x_adadadad", "source": "direct", "target": { "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "3f0c0de0-0000-4000-8000-0000000000a1" } },
    { "id": "x_bdbdbdbd", "source": "direct", "target": { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": "3f0c0de0-0000-4000-8000-0000000000a2" } }
  ],
  "scheduledActionsForRule": [{
    "ruleName": "PasswordRequired",
    "scheduledActionConfigurations": [
      { "actionType": "block", "gracePeriodHours": 72, "notificationTemplateId": "", "notificationMessageCCList": [] },
      { "actionType": "notification", "gracePeriodHours": 48, "notificationTemplateId": "3f0c0de0-0000-4000-8000-0000000000b1", "notificationMessageCCList": ["3f0c0de0-0000-4000-8000-0000000000a3"] }
    ]
  }]
}"##;

/// One of each form of settings, and what nobody models.
const WINDOWS: &str = r##"{
  "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
  "displayName": "Windows base",
  "passwordRequiredType": "alphanumeric",
  "passwordMinutesOfInactivityBeforeLock": 15,
  "bitLockerEnabled": true,
  "osMinimumVersion": "10.0.22631.0",
  "validOperatingSystemBuildRanges": [
    { "description": "22H2", "lowestVersion": "10.0.22621.1", "highestVersion": "10.0.22621.9999" },
    { "description": "23H2", "lowestVersion": "10.0.22631.1", "highestVersion": "10.0.22631.9999" }
  ],
  "deviceThreatProtectionEnabled": false,
  "deviceThreatProtectionRequiredSecurityLevel": "medium",
  "deviceCompliancePolicyScript": { "deviceComplianceScriptId": "3f0c0de0-0000-4000-8000-0000000000c1", "rulesContent": "e30=" },
  "wslDistributions": [],
  "assignments": [{ "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget", "deviceAndAppManagementAssignmentFilterId": null, "deviceAndAppManagementAssignmentFilterType": "none" } }],
  "scheduledActionsForRule": [{ "ruleName": null, "scheduledActionConfigurations": [{ "actionType": "block", "gracePeriodHours": 0 }] }]
}"##;

const ANDROID: &str = r##"{
  "@odata.type": "#microsoft.graph.androidWorkProfileCompliancePolicy",
  "displayName": "BYOD",
  "requiredPasswordComplexity": "high",
  "minAndroidSecurityPatchLevel": "2026-02-05",
  "securityDisableUsbDebugging": true,
  "advancedThreatProtectionRequiredSecurityLevel": "secured",
  "passwordRequiredType": "customPassword",
  "scheduledActionsForRule": []
}"##;

fn policy(text: &str) -> CompliancePolicy {
    let mut document = read_one(text);
    document.compliance_policies.remove(0).object
}

fn set(text: &str) -> PolicySet {
    assemble_all(&[text]).set
}

/// Members as they count: in any order.
fn sorted(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// The policies of a project that was written, checked again.
fn again(set: &PolicySet) -> PolicySet {
    let mut sources = SourceMap::new();
    let mut trees = Vec::new();
    for (path, text) in write_project(set, &ImportOptions::default()) {
        if !path.ends_with(".gate") {
            continue;
        }
        let source = sources.add(path, text.clone());
        let parsed = parse_file(source, &text);
        assert!(parsed.problems.is_empty(), "{text}\n{:?}", parsed.problems);
        trees.push((source, std::sync::Arc::new(parsed.tree)));
    }
    let cx = Context {
        sources: &sources,
        schema: entra_schema(),
        edition: set.edition,
        data: Data::built_in(),
        names: &[],
        libraries: &[],
        today: None,
    };
    let checked = check(&trees, &cx);
    let found = codes(&checked.diagnostics);
    assert!(
        found.iter().all(|code| *code == "GW0611"),
        "{:#?}",
        checked.diagnostics
    );
    checked.set
}

fn written(set: &PolicySet) -> String {
    let mut problems = Vec::new();
    let text = write_compliance(set, &set.compliance.policies[0], &mut problems).unwrap();
    assert_eq!(problems, []);
    text
}

#[test]
fn members_are_read_as_what_they_require() {
    let policy = policy(IOS);
    assert_eq!(policy.platform, CompliancePlatform::Ios);
    assert_eq!(policy.requirements.len(), 5);
    assert_eq!(policy.grace_hours(), 72);
    let group = |id: &str| UserScope::Group(format!("3f0c0de0-0000-4000-8000-0000000000{id}"));
    assert_eq!(policy.users.include[0].value, group("a1"));
    assert_eq!(policy.users.exclude[0].value, group("a2"));
    let carried: Vec<_> = policy.unmodelled.iter().map(|u| u.path.join(".")).collect();
    assert_eq!(
        carried,
        [
            "createdDateTime",
            "description",
            "version",
            "roleScopeTagIds"
        ]
    );
    assert!(
        codes(&read_one(IOS).diagnostics).is_empty(),
        "{:?}",
        read_one(IOS).diagnostics
    );
}

#[test]
fn a_level_counts_only_where_it_is_switched_on() {
    let has_level = |text: &str| format!("{:?}", policy(text).requirements).contains("unavailable");
    assert!(has_level(IOS));
    assert!(!has_level(WINDOWS));
}

#[test]
fn every_policy_comes_back_as_it_was() {
    for text in [IOS, WINDOWS, ANDROID] {
        assert_eq!(sorted(&written(&set(text))), sorted(text));
    }
}

#[test]
fn every_policy_comes_back_through_text_as_it_was() {
    for text in [IOS, WINDOWS, ANDROID] {
        let read = set(text);
        let again = again(&read);
        assert_eq!(sorted(&written(&again)), sorted(text));
        let (first, second) = (&read.compliance.policies[0], &again.compliance.policies[0]);
        assert_eq!(first.requirements.len(), second.requirements.len());
        assert_eq!(first.grace_hours(), second.grace_hours());
    }
}

#[test]
fn a_secure_tenant_writes_the_same_level() {
    let mut set = set(IOS);
    set.compliance.is_secure_by_default = true;
    settle_compliance(&mut set);
    assert_eq!(sorted(&written(&set)), sorted(IOS));
}

#[test]
fn a_member_that_was_changed_since_is_written_anew() {
    let mut set = set(WINDOWS);
    let policy = &mut set.compliance.policies[0];
    for requirement in &mut policy.requirements {
        if let Expr::Test(test) = &mut requirement.rule
            && let Comparison::Between(low @ 1.., u128::MAX) = &mut test.comparison
        {
            *low += 1;
        }
    }
    let json = sorted(&written(&set));
    assert_eq!(json["osMinimumVersion"], "10.0.22631.1");
    assert_eq!(
        json["validOperatingSystemBuildRanges"][0]["description"],
        "22H2"
    );
}

#[test]
fn what_may_be_a_requirement_is_unknown_and_said() {
    assert_eq!(codes(&read_one(WINDOWS).diagnostics), ["GW0611"]);
    assert_eq!(codes(&read_one(ANDROID).diagnostics), ["GW0611"]);
    let unknown = |policy: &CompliancePolicy| {
        let rules = policy.requirements.iter();
        rules.filter(|r| matches!(r.rule, Expr::Unknown(_))).count()
    };
    assert_eq!(
        (unknown(&policy(WINDOWS)), unknown(&policy(ANDROID))),
        (1, 1)
    );
}

#[test]
fn values_are_strict_and_wrong_ones_have_their_place() {
    let found = |member: &str| {
        let text = format!(
            "{{\"@odata.type\": \"#microsoft.graph.windows10CompliancePolicy\", \"displayName\": \"A\", {member}}}"
        );
        let document = read_one(&text);
        let found = document.diagnostics;
        assert!(
            found.iter().all(|d| !d.span().range().is_empty()),
            "{found:?}"
        );
        codes(&found)
    };
    assert_eq!(found("\"bitLockerEnabled\": \"yes\""), ["GW0603"]);
    assert_eq!(found("\"passwordMinimumLength\": \"6\""), ["GW0603"]);
    assert_eq!(found("\"osMinimumVersion\": \"ten\""), ["GW0604"]);
    assert_eq!(
        found("\"passwordRequiredType\": \"alphanumerical\""),
        ["GW0604"]
    );
    assert_eq!(
        found(
            "\"assignments\": [{\"target\": {\"@odata.type\": \"#microsoft.graph.everyTarget\"}}]"
        ),
        ["GW0604"]
    );
    assert_eq!(found("\"bitLockerEnable\": true"), ["GW0611"]);
}

#[test]
fn settings_of_the_tenant_are_read_and_written() {
    let text = r#"{ "settings": { "secureByDefault": true, "deviceComplianceCheckinThresholdDays": 45 } }"#;
    let set = set(text);
    let wanted = Compliance {
        policies: Vec::new(),
        is_secure_by_default: true,
        check_in_days: 45,
    };
    assert_eq!(set.compliance, wanted);
    let files = write_project(&set, &ImportOptions::default());
    assert!(
        files[0]
            .1
            .contains("secure-by-default = true\ncheck-in-days = 45"),
        "{}",
        files[0].1
    );
    let defaults = r##"{"@odata.type": "#microsoft.graph.identitySecurityDefaultsEnforcementPolicy", "isEnabled": true}"##;
    assert!(assemble_all(&[defaults]).security_defaults.unwrap().0);
}

/// A policy of the catalogue, as an answer has it.
const LINUX: &str = r##"{
  "@odata.type": "#microsoft.graph.deviceManagementCompliancePolicy",
  "id": "3f0c0de0-0000-4000-8000-000000000009",
  "name": "Linux base", "description": "", "platforms": "linux", "technologies": "linuxMdm",
  "settingCount": 1, "creationSource": null, "roleScopeTagIds": ["0"], "isAssigned": true,
  "settings": [{ "id": "0", "settingInstance": { "settingDefinitionId": "linux_distribution_alloweddistros", "value": [null, 1.50, {"a": []}] } }],
  "assignments": [{ "target": { "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" } }],
  "scheduledActionsForRule": [{ "ruleName": null, "scheduledActionConfigurations": [{ "actionType": "block", "gracePeriodHours": 24 }] }]
}"##;

#[test]
fn settings_of_the_catalogue_are_carried_and_come_back() {
    let untyped = LINUX.replace(
        "\"@odata.type\": \"#microsoft.graph.deviceManagementCompliancePolicy\",",
        "",
    );
    for text in [LINUX, &untyped] {
        assert_eq!(codes(&read_one(text).diagnostics), ["GW0619"], "{text}");
        let policy = policy(text);
        assert_eq!(policy.platform, CompliancePlatform::Linux);
        assert_eq!(
            (policy.display_name.as_str(), policy.grace_hours()),
            ("Linux base", 24)
        );
        assert!(matches!(policy.requirements[0].rule, Expr::Unknown(_)));
    }
    let read = set(LINUX);
    assert_eq!(sorted(&written(&read)), sorted(LINUX));
    assert_eq!(sorted(&written(&again(&read))), sorted(LINUX));
}

#[test]
fn retired_platforms_are_recognised_and_passed_over() {
    let text = r##"{"@odata.type": "#microsoft.graph.windows81CompliancePolicy", "name": "L"}"##;
    assert_eq!(codes(&read_one(text).diagnostics), ["GW0619"]);
}

#[test]
fn builds_of_apple_and_passwords_of_work_profiles_are_requirements() {
    for (graph_type, members) in [
        (
            "iosCompliancePolicy",
            r#""osMinimumBuildVersion": "20E772520a", "osMaximumBuildVersion": "21A329""#,
        ),
        (
            "macOSCompliancePolicy",
            r#""osMinimumBuildVersion": "22E252""#,
        ),
        (
            "androidWorkProfileCompliancePolicy",
            r#""workProfileRequirePassword": true, "workProfilePasswordMinimumLength": 8,
            "workProfileRequiredPasswordComplexity": "medium", "workProfilePasswordRequiredType": "numericComplex",
            "workProfileInactiveBeforeScreenLockInMinutes": 5, "workProfilePasswordExpirationInDays": 90,
            "workProfilePreviousPasswordBlockCount": 3"#,
        ),
        (
            "windows10CompliancePolicy",
            r#""validOperatingSystemBuildRanges": [{"lowestVersion":"10.0.1","highestVersion":"10.0.9"}]"#,
        ),
        (
            "androidDeviceOwnerCompliancePolicy",
            r#""passwordMinimumSymbolCharacters": 1"#,
        ),
    ] {
        let text = format!(
            "{{\"@odata.type\": \"#microsoft.graph.{graph_type}\", \"displayName\": \"A\", {members}}}"
        );
        assert_eq!(codes(&read_one(&text).diagnostics), [""; 0], "{text}");
        let read = set(&text);
        let rules = &read.compliance.policies[0].requirements;
        assert_eq!(rules.len(), members.matches("\": ").count());
        assert!(rules.iter().all(|r| !matches!(r.rule, Expr::Unknown(_))));
        assert_eq!(sorted(&written(&again(&read))), sorted(&text));
    }
}

#[test]
fn what_intune_cannot_ask_for_is_an_error_of_the_export() {
    let mut set = set(WINDOWS);
    let policy = &mut set.compliance.policies[0];
    let rule = policy.requirements[0].rule.clone();
    policy.requirements[0].rule = Expr::Not(Box::new(rule));
    let mut problems = Vec::new();
    let policy = &set.compliance.policies[0];
    assert!(write_compliance(&set, policy, &mut problems).is_some());
    assert_eq!(codes(&problems), ["GW0442"]);
}

#[test]
fn normalising_parts_a_policy_from_its_assignments_in_apply_order() {
    let nameless = IOS.replace("\"id\": \"3f0c0de0-0000-4000-8000-000000000001\",", "");
    let nameless = nameless.replace("iOS base", "New");
    let set = assemble_all(&[IOS, LINUX, &nameless]).set;
    let options = ExportOptions { normalise: true };
    let exported = World::new().with(|cx| write_graph(&set, options, cx));
    let file = |path: &str| -> serde_json::Value {
        let found = exported.files.iter().find(|(name, _)| name == path);
        let (_, text) = found.unwrap_or_else(|| panic!("{path}: {:?}", exported.files));
        serde_json::from_str(text).unwrap()
    };
    let body = file("compliance-policies/01-ios-base.json");
    for owned in ["id", "assignments", "createdDateTime", "version"] {
        assert_eq!(body.get(owned), None, "{owned}");
    }
    assert_eq!(body["passcodeMinimumLength"], 6);
    let assigned = file("compliance-policies/01-ios-base.assignments.json");
    assert_eq!(assigned["assignments"].as_array().unwrap().len(), 2);
    file("compliance-policies-linux/01-linux-base.assignments.json");
    let order = file("apply-order.json");
    let steps: Vec<_> = order["steps"].as_array().unwrap().iter().collect();
    let said: Vec<String> = steps
        .iter()
        .map(|step| {
            format!(
                "{} {}",
                step["method"].as_str().unwrap(),
                step["url"].as_str().unwrap()
            )
        })
        .collect();
    let templates = "/deviceManagement/deviceCompliancePolicies";
    let catalogue = "/deviceManagement/compliancePolicies/3f0c0de0-0000-4000-8000-000000000009";
    let id = "3f0c0de0-0000-4000-8000-000000000001";
    assert_eq!(
        said,
        [
            format!("PATCH {templates}/{id}"),
            format!("POST {templates}/{id}/assign"),
            format!("POST {templates}"),
            format!("POST {templates}/{{id}}/assign"),
            format!("PATCH {catalogue}"),
            format!("POST {catalogue}/assign"),
        ]
    );
}

#[test]
fn a_threshold_of_risk_is_the_levels_from_it_on() {
    use gatewright_hir::model::Control;
    use gatewright_value::vocabulary::{BuiltInControl, RiskLevel};
    let read = |members: &str| read_one(&format!("{{ {members} }}"));
    let document = read(
        r#""riskPolicyType": "userRisk", "isEnabled": true, "riskLevel": "medium", "control": "requirePasswordChange", "excludeGroups": ["3f0c0de0-0000-4000-8000-0000000000a1"]"#,
    );
    assert_eq!(codes(&document.diagnostics), ["GW0441"]);
    let policy = &document.policies[0].object;
    let assignments = policy.assignments.as_ref().unwrap();
    let levels = &assignments.user_risk.as_ref().unwrap().members;
    assert_eq!(*levels, [RiskLevel::Medium, RiskLevel::High]);
    let requirement = policy.outcome.requirement.as_ref().unwrap();
    let change = Control::BuiltIn(BuiltInControl::PasswordChange);
    assert!(requirement.is_all && requirement.controls.contains(&change));
    let registration = read(r#""riskPolicyType": "mfaRegistration", "isEnabled": true"#);
    assert_eq!(codes(&registration.diagnostics), ["GW0441"]);
    assert!(registration.policies.is_empty());
    let wrong =
        read(r#""riskPolicyType": "signInRisk", "riskLevel": "extreme", "control": "block""#);
    assert_eq!(codes(&wrong.diagnostics), ["GW0441", "GW0604"]);
}

#[test]
fn each_rule_of_a_plan_is_a_policy_under_the_shared_conditions() {
    let text = r##"{
      "@odata.type": "#microsoft.graph.conditionalAccessPolicyPlan",
      "displayName": "Finance", "state": "enabled",
      "sharedConditions": { "clientAppTypes": ["all"], "users": { "includeUsers": ["All"] } },
      "rules": [
        { "displayName": "MFA", "conditions": { "applications": { "includeApplications": ["All"] } },
          "controls": { "grantControls": { "operator": "OR", "builtInControls": ["mfa"] } } },
        { "conditions": { "applications": { "includeApplications": ["All"] }, "users": { "includeUsers": ["None"] } },
          "controls": { "grantControls": { "operator": "OR", "builtInControls": ["block"] } } }
      ]
    }"##;
    let document = read_one(text);
    let policies: Vec<_> = document.policies.iter().map(|p| &p.object).collect();
    let names: Vec<_> = policies.iter().map(|p| p.display_name.as_str()).collect();
    assert_eq!(names, ["Finance: MFA", "Finance: rule 2"]);
    assert!(policies.iter().all(|p| p.scopes == ["Finance"]));
    assert!(policies[1].outcome.is_block);
    // Everybody and nobody are nobody.
    assert!(policies.iter().all(|p| p.unmodelled.is_empty()));
    assert!(format!("{:?}", policies[1].assignments).contains("None"));
    assert_eq!(codes(&document.diagnostics), [""; 0]);
}

#[test]
fn a_device_state_is_rewritten_as_a_filter() {
    let text = |devices: &str| {
        format!(
            r#"{{ "displayName": "P", "state": "enabled", "conditions": {{ "clientAppTypes": ["all"], "applications": {{ "includeApplications": ["All"] }}, "users": {{ "includeUsers": ["All"] }}, {devices} }}, "grantControls": {{ "operator": "OR", "builtInControls": ["mfa"] }} }}"#
        )
    };
    for states in [
        r#""deviceStates": { "includeStates": ["All"], "excludeStates": ["Compliant", "DomainJoined"] }"#,
        r#""devices": { "includeDevices": ["All"], "excludeDevices": ["Compliant", "DomainJoined"] }"#,
    ] {
        let old = text(states);
        let document = read_one(&old);
        let found = document
            .diagnostics
            .iter()
            .find(|d| d.code.name() == "GW0617")
            .unwrap();
        let edit = &found.fixes[0].edits[0];
        let mut new = old.clone();
        new.replace_range(edit.span.range(), &edit.text);
        let fixed = read_one(&new);
        assert!(
            codes(&fixed.diagnostics).is_empty(),
            "{new}: {:?}",
            fixed.diagnostics
        );
        let filter = |document: &gatewright_interop::Document| {
            let policy = &document.policies[0].object;
            let filter = policy
                .assignments
                .as_ref()
                .unwrap()
                .devices
                .clone()
                .unwrap();
            (filter.is_exclude, filter.text)
        };
        assert_eq!(filter(&document), filter(&fixed));
    }
    // A fix that would give the object a member twice is none.
    let both = text(r#""devices": null, "deviceStates": { "excludeStates": ["Compliant"] }"#);
    let document = read_one(&both);
    let found = document
        .diagnostics
        .iter()
        .find(|d| d.code.name() == "GW0617")
        .unwrap();
    assert!(found.fixes.is_empty());
}
