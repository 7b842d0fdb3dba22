//! The same policy in every wrapping, and what stands beside policies.

use gatewright_hir::model::LocationKind;
use gatewright_syntax::ast::ObjectKind;

use crate::common::*;

const POLICY: &str = r#"{
    "displayName": "P", "state": "enabled",
    "conditions": { "clientAppTypes": ["all"],
                    "applications": { "includeApplications": ["All"] },
                    "users": { "includeUsers": ["All"] } },
    "grantControls": { "operator": "OR", "builtInControls": ["mfa"] }
}"#;

#[test]
fn a_policy_is_found_in_any_wrapping() {
    let wrappings = [
        "§",
        "[§]",
        "{\"value\": [§]}",
        "{\"@odata.context\": \"x\", \"value\": [§]}",
        "{\"policies\": [§], \"settings\": {\"a\": [1, \"b\"]}}",
        "{\"name\": \"T\", \"id\": \"t\", \"details\": §}",
        "{\"request\": {\"signInIdentity\": {}}, \"response\": {\"value\": [§]}}",
        "[[{\"deep\": {\"deeper\": §}}]]",
    ];
    for wrapping in wrappings {
        let document = read_one(&wrapping.replace('§', POLICY));
        assert_eq!(document.policies.len(), 1, "{wrapping}");
        let policy = &document.policies[0].object;
        assert_eq!(policy.display_name, "P");
        assert!(!policy.has_server_id);
        assert_eq!(policy.id, "P");
        assert!(
            document.diagnostics.is_empty(),
            "{wrapping}: {:?}",
            document.diagnostics
        );
    }
}

#[test]
fn a_type_alone_makes_a_policy_and_member_names_may_have_any_case() {
    let typed = "{\"@odata.type\": \"#microsoft.graph.conditionalAccessPolicy\", \"id\": \"x\"}";
    let document = read_one(typed);
    assert_eq!(document.policies.len(), 1);
    assert!(document.policies[0].object.has_server_id);
    let shouted = POLICY
        .replace("displayName", "DisplayName")
        .replace("conditions", "Conditions")
        .replace("includeUsers", "IncludeUsers");
    assert_eq!(read_one(&shouted).diagnostics, []);
}

#[test]
fn templates_have_their_name_around_the_body() {
    let body = POLICY.replacen("\"displayName\": \"P\", \"state\": \"enabled\",", "", 1);
    let text = format!("{{\"name\": \"Template\", \"id\": \"1\", \"details\": {body}}}");
    let document = read_one(&text);
    assert_eq!(document.policies[0].object.display_name, "Template");
    assert_eq!(codes(&document.diagnostics), ["GW0612"]);
}

#[test]
fn named_locations_of_all_three_kinds_are_read() {
    let text = r##"{"value": [
        {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "displayName": "C",
         "id": "3d46dbda-8382-466a-856d-eb00cbc6b910", "isTrusted": true},
        {"displayName": "G", "countriesAndRegions": ["nl", "BE"],
         "includeUnknownCountriesAndRegions": true, "countryLookupMethod": "authenticatorAppGps"},
        {"displayName": "R", "isTrusted": true, "ipRanges": [
            {"cidrAddress": "203.0.113.0/24"},
            {"lowerAddress": "10.0.0.1", "upperAddress": "10.0.0.9"}]}
    ]}"##;
    let document = read_one(text);
    let kinds: Vec<_> = document.locations.iter().map(|l| &l.object.kind).collect();
    assert_eq!(kinds[0], &LocationKind::CompliantNetwork);
    let countries = vec!["NL".to_owned(), "BE".to_owned()];
    let (includes_unknown, by_gps) = (true, true);
    assert_eq!(
        kinds[1],
        &LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps
        }
    );
    let LocationKind::Ranges {
        ranges,
        is_trusted: true,
    } = kinds[2]
    else {
        panic!()
    };
    assert_eq!(ranges.len(), 2);
    assert_eq!(ranges[1].last - ranges[1].first, 8);
    assert_eq!(codes(&document.diagnostics), ["GW0615"]);
}

#[test]
fn strengths_stand_alone_or_inside_policies() {
    let strength = r#"{
        "id": "6f1ed154-c9eb-4217-9cbe-e3d690bdc8ce", "displayName": "S",
        "allowedCombinations": ["password,sms", "fido2"],
        "combinationConfigurations": [
            {"appliesToCombinations": ["fido2"], "allowedAAGUIDs": ["a"]}]
    }"#;
    let inside = POLICY.replace(
        "\"builtInControls\": [\"mfa\"]",
        &format!("\"builtInControls\": [], \"authenticationStrength\": {strength}"),
    );
    for text in [strength, &inside] {
        let document = read_one(text);
        assert_eq!(document.diagnostics, []);
        let combinations = &document.strengths[0].object.combinations;
        let shape: Vec<_> = combinations
            .iter()
            .map(|c| (c.methods.len(), c.is_restricted))
            .collect();
        assert_eq!(shape, [(2, false), (1, true)]);
    }
}

#[test]
fn a_directory_names_people_and_groups() {
    let text = r##"{
        "complete": true,
        "users": [{"id": "8f6f3d0a-0000-4000-8000-000000000001", "displayName": "Ada",
                   "department": "IT", "accountEnabled": true, "roles": ["R"],
                   "memberOf": [{"@odata.type": "#microsoft.graph.group", "id": "g1"}]}],
        "groups": [{"id": "g1", "displayName": "Finance", "groups": ["g2"]},
                   {"id": "g2", "displayName": "Staff", "groups": ["G1"]}],
        "apps": [{"appId": "a1", "displayName": "Payroll"}],
        "appGroups": [{"name": "Office365", "apps": ["B", "a", "A"]}],
        "namedLocations": []
    }"##;
    let assembled = assemble_all(&[text]);
    let index = assembled.directory.index();
    let ada = index
        .memberships("8F6F3D0A-0000-4000-8000-000000000001")
        .unwrap();
    assert_eq!(
        (ada.groups, ada.roles),
        (vec!["g1".into(), "g2".into()], vec!["r".into()])
    );
    let kinds: Vec<_> = assembled.directory.complete.iter().copied().collect();
    let expected = [
        ObjectKind::Group,
        ObjectKind::User,
        ObjectKind::App,
        ObjectKind::Location,
    ];
    assert_eq!(kinds, expected);
    let office = assembled
        .set
        .app_groups
        .iter()
        .find(|g| g.name == "Office365")
        .unwrap();
    assert_eq!(office.apps, ["a", "b"]);
    let names: Vec<_> = assembled
        .set
        .names
        .iter()
        .filter(|name| name.span.is_some())
        .map(|name| name.name.as_str())
        .collect();
    assert_eq!(names, ["Finance", "Staff", "Ada", "Payroll"]);
}

#[test]
fn sets_are_put_together_without_repetition() {
    let id = "\"id\": \"ad8d2b4a-8d30-413f-88b8-144c6c8d98d9\", \"displayName\"";
    let first = POLICY.replace("\"displayName\"", id);
    let again = first.replacen(
        '{',
        "{\"createdDateTime\": \"2024-01-01\", \"sessionControls\": null, ",
        1,
    );
    let assembled = assemble_all(&[&first, &again]);
    assert_eq!(
        (assembled.set.policies.len(), assembled.diagnostics.len()),
        (1, 0)
    );
    let other = first.replace("\"mfa\"", "\"compliantDevice\"");
    let assembled = assemble_all(&[&first, &other]);
    assert_eq!(codes(&assembled.diagnostics), ["GW0607"]);
    assert_eq!(assembled.diagnostics[0].labels.len(), 2);
}
