//! What members mean, and what is said about them and where.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{
    AgentScope, AppScope, Control, Expr, PlatformScope, Policy, ServicePrincipalScope, Target,
    UserScope, Who,
};
use gatewright_interop::{Document, RuleReading, read};
use gatewright_source::{SourceId, Span};
use gatewright_value::FrequencyInterval;
use gatewright_value::vocabulary::{
    BuiltInControl, ClientApp, GuestType, InsiderRiskLevel, TransferMethod, UserAction,
};

use crate::common::*;

/// A policy with this instead of its conditions on users and so on.
fn policy_with(conditions: &str) -> String {
    format!(
        r#"{{"displayName": "P", "state": "enabled", "conditions": {{{conditions}}},
            "grantControls": {{"operator": "OR", "builtInControls": ["mfa"]}}}}"#
    )
}

const REST: &str = r#""clientAppTypes": ["all"],
    "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}"#;

fn one(text: &str) -> (Policy, Document) {
    let document = read_one(text);
    (document.policies[0].object.clone(), document)
}

/// The codes, and what is written at the places of the findings.
fn said<'t>(text: &'t str, document: &Document) -> Vec<(&'static str, &'t str)> {
    let row = |d: &Diagnostic| (d.code.name(), &text[d.span().range()]);
    document.diagnostics.iter().map(row).collect()
}

#[test]
fn users_are_unions_in_order() {
    let text = policy_with(
        r#""clientAppTypes": ["all"], "applications": {"includeApplications": ["None"]},
        "users": {"includeUsers": ["None", "GuestsOrExternalUsers", "AllAgentIdUsers"],
                  "includeGroups": ["8f6f3d0a-0000-4000-8000-0000000f1a0c"],
                  "excludeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "serviceProvider, b2bCollaborationGuest",
                    "externalTenants": {"membershipKind": "enumerated",
                                        "members": ["8f6f3d0a-0000-4000-8000-0000000f1a0d"]}}}"#,
    );
    let (policy, document) = one(&text);
    assert_eq!(document.diagnostics, []);
    let assignments = policy.assignments.unwrap();
    let Who::Users(users) = assignments.who else {
        panic!()
    };
    assert_eq!(users.include[0].value, UserScope::None);
    let UserScope::Guests(all) = &users.include[1].value else {
        panic!()
    };
    assert_eq!((all.types.len(), &all.tenants), (6, &None));
    assert_eq!(users.include[2].value, UserScope::AllAgentUsers);
    assert!(matches!(&users.include[3].value, UserScope::Group(_)));
    let UserScope::Guests(some) = &users.exclude[0].value else {
        panic!()
    };
    assert_eq!(
        some.types,
        [GuestType::ServiceProvider, GuestType::B2bCollaborationGuest]
    );
    assert_eq!(some.tenants.as_ref().map(Vec::len), Some(1));
    let Target::Apps(apps) = assignments.target else {
        panic!()
    };
    assert_eq!(apps.include[0].value, AppScope::None);
}

#[test]
fn workload_and_agent_identities_are_classes_of_their_own() {
    let with = |clients: &str| {
        policy_with(&format!(
            r#""clientAppTypes": ["all"], "applications": {{"includeApplications": ["All"]}},
               "users": {{"includeUsers": ["None"]}}, "clientApplications": {clients}"#
        ))
    };
    let text = with(
        r#"{"includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
                        "servicePrincipalFilter": {"mode": "exclude", "rule":
                            "CustomSecurityAttribute.A_B -eq \"c\""}}"#,
    );
    let (policy, document) = one(&text);
    let Who::ServicePrincipals(found) = policy.assignments.clone().unwrap().who else {
        panic!()
    };
    assert_eq!(found.include[0].value, ServicePrincipalScope::Owned);
    let ServicePrincipalScope::Filter(filter) = &found.exclude[0].value else {
        panic!()
    };
    assert!(matches!(&filter.rule, Expr::Field(test) if test.field == "a_b"));
    assert_eq!(filter.text, "CustomSecurityAttribute.A_B -eq \"c\"");
    assert_eq!(codes(&document.diagnostics), Vec::<&str>::new());
    assert!(policy.unmodelled.is_empty());
    let (policy, document) = one(&with(
        r#"{"includeAgentIdServicePrincipals": ["All"],
            "agentIdServicePrincipalFilter": {"mode": "include", "rule": "x -eq \"1\""}}"#,
    ));
    let Who::Agents(found) = policy.assignments.unwrap().who else {
        panic!()
    };
    assert!(matches!(
        &found.include[1].value,
        AgentScope::Filter(filter) if matches!(filter.rule, Expr::Unknown(_))
    ));
    assert_eq!(codes(&document.diagnostics), ["GW0331"]);
    let (policy, _) = one(&with(r#"{"includeAgentIdServicePrincipals": ["All"]}"#));
    let Who::Agents(found) = policy.assignments.unwrap().who else {
        panic!()
    };
    assert_eq!(found.include[0].value, AgentScope::All);
    let (policy, _) = one(&with(
        r#"{"includeServicePrincipals": [], "servicePrincipalFilter": null}"#,
    ));
    assert!(matches!(policy.assignments.unwrap().who, Who::Users(_)));
}

#[test]
fn agents_of_the_beta_select_agent_users_under_an_unknown_condition() {
    let text = policy_with(&format!(
        r#"{}, "agents": {{"includeAgentUsers": ["All"], "agentFilter": null}}"#,
        REST.replace("[\"All\"]}\"", "").replace(
            "{\"includeUsers\": [\"All\"]}",
            "{\"includeUsers\": [\"None\"]}"
        )
    ));
    let (policy, _) = one(&text);
    let Who::Users(users) = policy.assignments.unwrap().who else {
        panic!()
    };
    assert_eq!(users.include[1].value, UserScope::AllAgentUsers);
    assert_eq!(policy.unmodelled[0].path, ["conditions", "agents"]);
    assert!(policy.unmodelled[0].is_condition);
}

#[test]
fn targets_are_apps_or_actions_or_contexts() {
    let with = |apps: &str| {
        policy_with(&format!(
            r#""clientAppTypes": ["all"], "applications": {apps},
               "users": {{"includeUsers": ["All"]}}"#
        ))
    };
    let target = |apps: &str| one(&with(apps)).0.assignments.unwrap().target;
    let actions =
        r#"{"includeApplications": ["None"], "includeUserActions": ["urn:user:registerdevice"]}"#;
    assert!(
        matches!(target(actions), Target::Actions(a) if a.members == [UserAction::RegisterDevice])
    );
    let contexts = r#"{"includeAuthenticationContextClassReferences": ["C37", "c1"]}"#;
    assert!(matches!(target(contexts), Target::Contexts(c) if c.members == ["c37", "c1"]));
    assert!(matches!(target("{}"), Target::Nothing(_)));
    let group = r#"{"includeApplications": ["office365"]}"#;
    let Target::Apps(apps) = target(group) else {
        panic!()
    };
    assert_eq!(
        apps.include[0].value,
        AppScope::Group("Office365".to_owned())
    );
    let both = with(
        r#"{"includeApplications": ["All"], "includeUserActions": ["urn:user:registerdevice"]}"#,
    );
    let (policy, document) = one(&both);
    assert_eq!(codes(&document.diagnostics), ["GW0618"]);
    assert!(policy.unmodelled[0].is_condition);
}

#[test]
fn flags_are_strings_or_arrays() {
    for levels in [
        "\"elevated,minor\"",
        "[\"minor\", \"elevated\"]",
        "[\"elevated,minor\"]",
    ] {
        let text = policy_with(&format!("{REST}, \"insiderRiskLevels\": {levels}"));
        let (policy, document) = one(&text);
        assert_eq!(document.diagnostics, [], "{levels}");
        let mut found = policy.assignments.unwrap().insider_risk.unwrap().members;
        found.sort_unstable();
        assert_eq!(found, [InsiderRiskLevel::Minor, InsiderRiskLevel::Elevated]);
    }
    let text = policy_with(&format!(
        r#"{REST}, "authenticationFlows":
            {{"transferMethods": "deviceCodeFlow, devicecodeflo"}}"#
    ));
    let (policy, document) = one(&text);
    assert_eq!(said(&text, &document), [("GW0604", "devicecodeflo")]);
    let flows = policy.assignments.unwrap().flows.unwrap().members;
    assert_eq!(flows, [TransferMethod::DeviceCodeFlow]);
}

#[test]
fn what_is_not_configured_is_no_condition() {
    for value in [
        "null",
        "[]",
        "{}",
        "{\"includePlatforms\": [], \"excludePlatforms\": []}",
    ] {
        let text = policy_with(&format!(
            "{REST}, \"platforms\": {value}, \"times\": {value}"
        ));
        let (policy, document) = one(&text);
        assert_eq!(document.diagnostics, [], "{value}");
        assert_eq!(policy.assignments.unwrap().platforms, None);
    }
    let text = policy_with(&format!("{REST}, \"signInRiskLevels\": []"));
    assert_eq!(one(&text).0.assignments.unwrap().sign_in_risk, None);
    let text = policy_with(&format!("{REST}, \"signInRiskLevels\": [\"none\"]"));
    assert_eq!(
        one(&text)
            .0
            .assignments
            .unwrap()
            .sign_in_risk
            .unwrap()
            .members
            .len(),
        1
    );
}

#[test]
fn spellings_are_read_in_any_case_and_old_ones_are_translated() {
    let text =
        policy_with(&REST.replace("[\"all\"]", "[\"Browser\", \"modern\", \"easUnsupported\"]"));
    let (policy, document) = one(&text);
    let expected = [
        ("GW0615", "Browser"),
        ("GW0616", "modern"),
        ("GW0616", "easUnsupported"),
    ];
    assert_eq!(said(&text, &document), expected);
    let clients = policy.assignments.unwrap().clients.unwrap().members;
    assert_eq!(
        clients,
        [
            ClientApp::Browser,
            ClientApp::Modern,
            ClientApp::ExchangeActiveSync
        ]
    );
    let fix = &document.diagnostics[0].fixes[0].edits[0];
    assert_eq!(
        (&text[fix.span.range()], fix.text.as_str()),
        ("Browser", "browser")
    );
}

#[test]
fn unknown_members_are_carried_with_their_paths() {
    let text = policy_with(&format!(
        r#"{REST}, "users@odata.type": "x", "times": {{"a": 1, "b": null}},
           "platforms": {{"includePlatforms": ["all"], "includeplatform": ["x"]}}"#
    ));
    let (policy, document) = one(&text);
    let carried: Vec<_> = policy
        .unmodelled
        .iter()
        .map(|u| (u.path.join("."), u.json.as_str(), u.is_condition))
        .collect();
    let expected = [
        (
            "conditions.platforms.includeplatform".to_owned(),
            "[\"x\"]",
            true,
        ),
        (
            "conditions.times".to_owned(),
            "{ \"a\": 1, \"b\": null }",
            true,
        ),
    ];
    assert_eq!(carried, expected);
    assert_eq!(
        document.diagnostics[0].help.as_deref(),
        Some("did you mean `includePlatforms`?")
    );
    let platforms = policy.assignments.unwrap().platforms.unwrap();
    assert_eq!(platforms.include[0].value, PlatformScope::All);
    let text = text.replacen('{', "{\"description\": \"d\", \"templateId\": null, ", 1);
    let (policy, _) = one(&text);
    assert_eq!(policy.unmodelled[0].path, ["description"]);
    assert!(!policy.unmodelled[0].is_condition);
}

#[test]
fn ids_that_are_no_guids_are_told_once_for_a_policy() {
    let text = policy_with(&REST.replace(
        "{\"includeUsers\": [\"All\"]}",
        r#"{"includeUsers": ["All"], "excludeGroups": ["<A>", "<B>", "<A>", "x\u0041"]}"#,
    ));
    let (_, document) = one(&text);
    assert_eq!(said(&text, &document), [("GW0610", "<A>")]);
    let places: Vec<_> = document.diagnostics[0]
        .labels
        .iter()
        .map(|l| &text[l.span.range()])
        .collect();
    assert_eq!(places, ["<A>", "<B>", "x\\u0041"]);
}

#[test]
fn grant_controls_become_one_requirement() {
    let with = |grant: &str| {
        policy_with(REST).replace(
            "{\"operator\": \"OR\", \"builtInControls\": [\"mfa\"]}",
            grant,
        )
    };
    let text = with(
        r#"{"operator": "AND", "builtInControls": ["mfa", "mfa"],
        "termsOfUse": ["8f6f3d0a-0000-4000-8000-0000000f1a0c"], 
        "customAuthenticationFactors": ["c"],
        "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}}"#,
    );
    let (policy, document) = one(&text);
    assert_eq!(document.diagnostics, []);
    let requirement = policy.outcome.requirement.unwrap();
    assert!(requirement.is_all);
    assert_eq!(requirement.controls.len(), 4);
    assert_eq!(
        requirement.controls[0],
        Control::BuiltIn(BuiltInControl::Mfa)
    );
    let (policy, _) = one(&with(r#"{"operator": "OR", "builtInControls": ["block"]}"#));
    assert!(policy.outcome.is_block && policy.outcome.requirement.is_none());
    let (policy, document) = one(&with(
        r#"{"operator": "AND", "builtInControls": ["MfaAndChangePassword"]}"#,
    ));
    assert_eq!(policy.outcome.requirement.unwrap().controls.len(), 2);
    assert_eq!(codes(&document.diagnostics), ["GW0616"]);
}

#[test]
fn session_controls_that_are_switched_off_are_absent() {
    let with = |session: &str| {
        format!(
            "{},\n \"sessionControls\": {session}}}",
            policy_with(REST).trim_end_matches('}').to_owned() + "}"
        )
    };
    let text = with(
        r#"{
        "signInFrequency": {"value": 1, "type": "days", "isEnabled": true},
        "persistentBrowser": {"isEnabled": false, "mode": "never"},
        "cloudAppSecurity": {"isEnabled": true, "cloudAppSecurityType": "blockDownloads"},
        "disableResilienceDefaults": true,
        "secureSignInSession": {"isEnabled": true},
        "continuousAccessEvaluation": {"mode": "strictLocation"},
        "globalSecureAccessFilteringProfile": {"isEnabled": true,
            "profileId": "8f6f3d0a-0000-4000-8000-0000000f1a0c"},
        "networkAccessSecurity": null}"#,
    );
    let (policy, document) = one(&text);
    assert_eq!(document.diagnostics, []);
    let session = policy.outcome.session;
    assert_eq!(
        session.sign_in_frequency.unwrap().interval,
        FrequencyInterval::Days(1)
    );
    assert_eq!(session.persistent_browser, None);
    assert!(session.disable_resilience_defaults && session.secure_sign_in_session);
    assert!(session.cloud_app_security.is_some() && session.continuous_access_evaluation.is_some());
    assert_eq!(session.filtering_profiles.len(), 1);
    let text = with(
        r#"{"signInFrequency": {"isEnabled": true, "frequencyInterval": "everyTime",
        "type": null, "value": null, "authenticationType": "secondaryAuthentication"}}"#,
    );
    let frequency = one(&text).0.outcome.session.sign_in_frequency.unwrap();
    assert_eq!(frequency.interval, FrequencyInterval::EveryTime);
}

#[test]
fn findings_in_a_rule_have_their_place_in_the_file() {
    let text = policy_with(&format!(
        r#"{REST}, "devices": {{"deviceFilter": {{"mode": "exclude",
            "rule": "device.x -eq \"\u00e5\" -and\tdevice.wrong -eq 1"}}}}"#
    ));
    let world = World::new();
    let read_rule = |_: &str, source: SourceId, rule: &str| {
        let at = rule.find("device.wrong").unwrap();
        let offset = |at: usize| u32::try_from(at).unwrap();
        let span = Span::new(source, offset(at), offset(at + "device.wrong".len()));
        let finding = Diagnostic::new(gatewright_diagnostics::codes::GW0604, span, "x");
        RuleReading {
            expr: Some(Expr::Unknown(span)),
            diagnostics: vec![finding],
        }
    };
    let document = world.with(|cx| {
        let cx = gatewright_interop::Context {
            rule: &read_rule,
            ..*cx
        };
        read(SourceId(0), &text, &cx)
    });
    assert_eq!(said(&text, &document), [("GW0604", "device.wrong")]);
    let policy = document.policies[0].object.clone();
    let filter = policy.assignments.unwrap().devices.unwrap();
    assert!(filter.is_exclude);
    assert_eq!(filter.text, "device.x -eq \"å\" -and\tdevice.wrong -eq 1");
    let Expr::Unknown(span) = filter.rule else {
        panic!()
    };
    assert_eq!(&text[span.range()], "device.wrong");
}

#[test]
fn device_states_become_filters() {
    let rows = [
        (
            r#""deviceStates": {"includeStates": ["All"],
                "excludeStates": ["Compliant", "DomainJoined"]}"#,
            (
                true,
                "device.isCompliant -eq True -or device.trustType -eq \"ServerAD\"",
            ),
        ),
        (
            r#""devices": {"includeDevices": ["Compliant"], "excludeDevices": ["DomainJoined"]}"#,
            (
                false,
                "(device.isCompliant -eq True) -and device.trustType -ne \"ServerAD\"",
            ),
        ),
        (
            r#""devices": {"includeDevices": ["Compliant"]}"#,
            (false, "device.isCompliant -eq True"),
        ),
    ];
    for (states, expected) in rows {
        let text = policy_with(&format!("{REST}, {states}"));
        let (policy, document) = one(&text);
        let filter = policy.assignments.unwrap().devices.unwrap();
        assert_eq!((filter.is_exclude, filter.text.as_str()), expected);
        assert_eq!(codes(&document.diagnostics), ["GW0617"]);
    }
    let all = policy_with(&format!(
        "{REST}, \"devices\": {{\"includeDevices\": [\"All\"]}}"
    ));
    let (policy, document) = one(&all);
    assert_eq!(
        (
            policy.assignments.unwrap().devices,
            document.diagnostics.len()
        ),
        (None, 0)
    );
}

#[test]
fn ids_that_resolve_to_nothing_are_told_once_for_a_kind() {
    let text = policy_with(&format!(
        r#"{REST}, "locations": {{"includeLocations": ["All"], "excludeLocations": [
            "8f6f3d0a-0000-4000-8000-000000000001", "8f6f3d0a-0000-4000-8000-000000000002",
            "3d46dbda-8382-466a-856d-eb00cbc6b910", "<placeholder>"]}}"#
    ));
    assert_eq!(assemble_all(&[&text]).diagnostics, []);
    let location =
        r#"{"id": "8f6f3d0a-0000-4000-8000-000000000003", "displayName": "L", "ipRanges": []}"#;
    assert_eq!(assemble_all(&[&text, location]).diagnostics, []);
    let complete = r#"{"complete": true, "namedLocations": []}"#;
    let assembled = assemble_all(&[&text, complete]);
    assert_eq!(codes(&assembled.diagnostics), ["GW0608"]);
    assert_eq!(assembled.diagnostics[0].labels.len(), 3);
}

#[test]
fn what_powershell_flattened_is_to_be_exported_again() {
    for (value, help) in [
        (
            "\"@{includeUsers=System.Object[]}\"",
            "ConvertTo-Json -Depth 10",
        ),
        ("\"System.Object[]\"", "ConvertTo-Json -Depth 10"),
    ] {
        let text = format!(
            "{{\"state\": \"enabled\", \"displayName\": \"A\", \"grantControls\": {value}, \
             \"conditions\": {{\"clientAppTypes\": \"all\"}}}}"
        );
        let said = format!("{:?}", read_one(&text).diagnostics);
        assert!(said.contains(help), "{said}");
        assert!(said.contains("write it as an array"), "{said}");
    }
}

#[test]
fn what_cannot_be_read_is_not_called_missing_as_well() {
    let users = "{\"includeUsers\": [\"All\"]}";
    let flat =
        r#"{"includeUsers": "All", "excludeUsers": ["22222222-0000-4000-8000-000000000000"]}"#;
    let cut = r#""Microsoft.Graph.PowerShell.Models.MicrosoftGraphConditionalAccessUsers""#;
    for (written, help) in [(flat, "write it as an array"), (cut, "-Depth 10")] {
        let (_, document) = one(&policy_with(&REST.replace(users, written)));
        let [found] = document.diagnostics.as_slice() else {
            panic!("{:?}", document.diagnostics);
        };
        assert_eq!(found.code.name(), "GW0603");
        assert!(found.help.as_deref().unwrap().contains(help), "{found:?}");
    }
    let text = policy_with(REST).replace("\"enabled\"", "false");
    let (_, document) = one(&text);
    assert_eq!(said(&text, &document), [("GW0603", "false")]);
}
