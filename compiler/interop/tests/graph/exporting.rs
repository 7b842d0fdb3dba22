//! Typed policies to Graph JSON, and through text.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::data::Data;
use gatewright_hir::model::{Edition, PolicySet};
use gatewright_hir::{self as hir};
use gatewright_interop::{
    ExportOptions, Exported, ImportOptions, contradictions, write_graph, write_project,
    write_terraform,
};
use gatewright_source::SourceMap;
use gatewright_syntax::parse_file;
use serde_json::{Value, json};

use crate::common::{World, assemble_all, corpus, files, text_of};

const AS_IS: ExportOptions = ExportOptions { normalise: false };

fn export(set: &PolicySet, options: ExportOptions) -> Exported {
    World::new().with(|cx| write_graph(set, options, cx))
}

/// What a project of policy text says, and what is wrong with it.
fn check(texts: &[(String, String)]) -> (PolicySet, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let mut trees = Vec::new();
    for (path, text) in texts.iter().filter(|(path, _)| path.ends_with(".gate")) {
        let source = sources.add(path.clone(), text.as_str());
        trees.push((source, std::sync::Arc::new(parse_file(source, text).tree)));
    }
    let data = Data::built_in();
    let checked = hir::check(
        &trees,
        &hir::Context {
            sources: &sources,
            schema: Arc::clone(&hir::entra_schema()),
            edition: Edition::NEWEST,
            data,
            names: &[],
            libraries: &[],
            today: None,
        },
    );
    let mut set = checked.set;
    set.app_groups.clone_from(&data.app_groups);
    (set, checked.diagnostics)
}

/// Without OData's annotations.
pub(crate) fn bare(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(bare).collect(),
        Value::Object(members) => {
            let is_kept = |name: &str| !name.contains('@') && !name.starts_with('#');
            let kept = members.iter().filter(|(name, _)| is_kept(name));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), bare(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn of_folder(exported: &Exported, folder: &str) -> Vec<Value> {
    let own = exported
        .files
        .iter()
        .filter(|(path, _)| path.starts_with(folder));
    own.map(|(_, text)| bare(&serde_json::from_str(text).unwrap()))
        .collect()
}

/// The policies of a text, with `main.gate` as its only file.
fn text(policy: &str) -> (PolicySet, Vec<Diagnostic>) {
    check(&[("main.gate".to_owned(), policy.to_owned())])
}

const MFA: &str = "state enabled\n users all\n apps all\n require mfa\n";

#[test]
fn what_entra_cannot_say_is_an_error_at_its_place() {
    let clauses = [
        ("when user.department -eq \"Sales\"", "user.department"),
        (
            "users guests [internalGuest] from tenants [\"a\"], guests [serviceProvider]",
            "guests [serv",
        ),
    ];
    for (clause, place) in clauses {
        let head = clause.split(' ').next().unwrap();
        let body: String = MFA
            .lines()
            .filter(|l| !l.trim().starts_with(head))
            .collect::<Vec<_>>()
            .join("\n");
        let source = format!("policy \"A\" {{\n{body}\n{clause}\n}}");
        let (set, _) = text(&source);
        let found = export(&set, AS_IS).diagnostics;
        let [found] = found.as_slice() else {
            panic!("{clause}: {found:#?}")
        };
        assert_eq!(found.code.name(), "GW0641", "{clause}");
        let start = found.span().start as usize;
        assert!(
            source[start..].starts_with(place),
            "{clause}: {}",
            &source[start..]
        );
    }
}

#[test]
fn a_form_that_does_not_hold_is_left_out_and_said() {
    let body = r#"{"id": "8f6f3d0a-0000-4000-8000-000000000001", "displayName": "A",
        "state": "Enabled", "conditions": {"clientAppTypes": ["ALL"], "times": null,
        "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["all"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"#;
    let mut set = assemble_all(&[body]).set;
    set.policies[0].state = gatewright_value::vocabulary::State::Disabled;
    let exported = export(&set, AS_IS);
    let codes: Vec<_> = exported.diagnostics.iter().map(|d| d.code.name()).collect();
    assert_eq!(codes, ["GW0642"]);
    let mut wanted: Value = serde_json::from_str(body).unwrap();
    wanted["state"] = json!("disabled");
    assert_eq!(of_folder(&exported, "policies/"), [wanted]);
}

#[test]
fn members_that_repeat_a_clause_keep_their_spelling_and_may_not_contradict_it() {
    let with = |graph: &str| {
        let (set, _) = text(&format!("policy \"A\" {{\n{MFA} graph {graph}\n}}"));
        let found = World::new().with(|cx| contradictions(&set, |_| false, cx));
        (
            of_folder(&export(&set, AS_IS), "policies/").remove(0),
            found,
        )
    };
    let (node, found) = with(r#"{ "state": "ENABLED", "conditions": { "times": null } }"#);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        (&node["state"], node["conditions"].get("times")),
        (&json!("ENABLED"), Some(&Value::Null))
    );
    let (node, found) = with(r#"{ "state": "disabled", "conditions": { "clients": [] } }"#);
    assert_eq!(
        found.iter().map(|d| d.code.name()).collect::<Vec<_>>(),
        ["GW0640"]
    );
    assert_eq!(node["state"], "enabled");
    assert_eq!(node["conditions"]["clients"], json!([]));
}

#[test]
fn normalised_policies_have_every_member_that_an_update_has_to_name_and_no_other() {
    let body = r#"{"id": "8f6f3d0a-0000-4000-8000-000000000001", "createdDateTime": "2020",
        "displayName": "A", "state": "Enabled", "conditions": {"clientAppTypes": ["modern"],
        "signInRiskLevels": ["High", "high"],
        "applications": {"includeApplications": ["all"]}, "users": {"includeUsers": ["all"]}},
        "sessionControls": {"persistentBrowser": {"isEnabled": false, "mode": "never"}},
        "grantControls": {"builtInControls": [], "authenticationStrength":
            {"id": "00000000-0000-0000-0000-000000000002", "displayName": "x",
             "allowedCombinations": ["fido2"]}}}"#;
    let set = assemble_all(&[body]).set;
    let exported = export(&set, ExportOptions { normalise: true });
    let node = of_folder(&exported, "policies/").remove(0);
    assert_eq!(node.get("id").or(node.get("createdDateTime")), None);
    assert_eq!(node["state"], "enabled");
    assert_eq!(
        node["conditions"]["clientAppTypes"],
        json!(["mobileAppsAndDesktopClients"])
    );
    assert_eq!(node["conditions"]["signInRiskLevels"], json!(["high"]));
    assert_eq!(node["conditions"]["platforms"], Value::Null);
    assert_eq!(node["conditions"]["users"]["excludeGroups"], json!([]));
    assert_eq!(node["sessionControls"], Value::Null);
    assert_eq!(
        node["grantControls"]["authenticationStrength"],
        json!({"id": "00000000-0000-0000-0000-000000000002"})
    );
    let again = assemble_all(&[&node.to_string()]);
    assert_eq!(
        of_folder(
            &export(&again.set, ExportOptions { normalise: true }),
            "policies/"
        ),
        [node]
    );
    let (_, order) = exported.files.last().unwrap();
    let order: Value = serde_json::from_str(order).unwrap();
    assert_eq!(order["steps"][0]["method"], "PATCH");
}

#[test]
fn named_locations_come_back_through_text() {
    let mut count = 0;
    for path in files(&corpus().join("locations"), ".json") {
        let text = text_of(&path);
        let set = assemble_all(&[&text]).set;
        let as_is = of_folder(&export(&set, AS_IS), "named-locations/");
        let source: Value = serde_json::from_str(&text).unwrap();
        let mut sources = Vec::new();
        objects(&source, &mut sources);
        for source in &sources {
            assert!(as_is.contains(source), "{path:?}: {source} {as_is:#?}");
        }
        let (again, problems) = check(&write_project(&set, &ImportOptions::default()));
        assert!(
            !problems.iter().any(Diagnostic::is_unreadable),
            "{path:?}: {problems:#?}"
        );
        assert_eq!(
            of_folder(&export(&again, AS_IS), "named-locations/"),
            as_is,
            "{path:?}"
        );
        count += as_is.len();
    }
    assert!(count > 15, "{count}");
}

fn objects(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        Value::Object(members)
            if value["ipRanges"].is_array() || value["countriesAndRegions"].is_array() =>
        {
            assert!(!members.is_empty());
            found.push(bare(value));
        }
        Value::Object(members) => members.values().for_each(|member| objects(member, found)),
        _ => {}
    }
}

#[test]
fn rules_that_name_others_are_written_out() {
    let (set, problems) = text(&format!(
        "rule Own = device.trustType -eq \"AzureAD\" -and device.isCompliant -ne True\n\
         policy \"A\" {{\n{MFA} devices except device.model -startsWith \"Surface\" -or Own\n}}"
    ));
    assert!(
        !problems.iter().any(Diagnostic::is_unreadable),
        "{problems:#?}"
    );
    let exported = export(&set, AS_IS);
    assert!(
        exported.diagnostics.is_empty(),
        "{:#?}",
        exported.diagnostics
    );
    let rule =
        &of_folder(&exported, "policies/")[0]["conditions"]["devices"]["deviceFilter"]["rule"];
    assert_eq!(
        rule,
        "device.model -startsWith \"surface\" -or (device.trustType -eq \"AzureAD\" -and \
         device.isCompliant -ne True)"
    );
}

#[test]
fn what_the_provider_cannot_say_is_an_error_at_its_place() {
    let source = format!("policy \"A\" {{\n{MFA} flows [deviceCodeFlow]\n}}");
    let (set, _) = text(&source);
    let found = World::new()
        .with(|cx| write_terraform(&set, cx))
        .diagnostics;
    let [found] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(found.code.name(), "GW0644");
    assert!(source[found.span().start as usize..].starts_with("flows"));
}

#[test]
fn terraform_names_locations_by_their_resources() {
    let (set, problems) = text(&format!(
        "location Offices = trusted ranges [203.0.113.0/24]\npolicy \"1 A ${{x}}\" {{\n{MFA} \
         locations all except [Offices]\n platforms [windows]\n \
         session signInFrequency 4 hours, persistentBrowser never\n}}"
    ));
    assert!(
        !problems.iter().any(Diagnostic::is_unreadable),
        "{problems:#?}"
    );
    let exported = World::new().with(|cx| write_terraform(&set, cx));
    assert!(
        exported.diagnostics.is_empty(),
        "{:#?}",
        exported.diagnostics
    );
    let file = |name: &str| -> Value {
        let (_, text) = exported
            .files
            .iter()
            .find(|(path, _)| path == name)
            .unwrap();
        serde_json::from_str(text).unwrap()
    };
    let policy =
        &file("policies.tf.json")["resource"]["azuread_conditional_access_policy"]["policy_1_a_x"];
    assert_eq!(policy["display_name"], "1 A $${x}");
    let conditions = &policy["conditions"][0];
    assert_eq!(
        conditions["locations"][0],
        json!({
            "included_locations": ["All"],
            "excluded_locations": ["${azuread_named_location.offices.object_id}"]
        })
    );
    assert_eq!(
        conditions["platforms"],
        json!([{ "included_platforms": ["windows"] }])
    );
    assert_eq!(policy["session_controls"][0]["sign_in_frequency"], 4);
    assert_eq!(
        policy["grant_controls"],
        json!([{ "operator": "OR", "built_in_controls": ["mfa"] }])
    );
    let locations = file("named-locations.tf.json");
    assert_eq!(
        locations["resource"]["azuread_named_location"]["offices"]["ip"][0],
        json!({ "ip_ranges": ["203.0.113.0/24"], "trusted": true })
    );
}

/// Supporting objects of every kind, with members that no clause says.
const SUPPORTING: &str = r##"{
  "agreements": [
    {"@odata.type": "#microsoft.graph.agreement", "id": "A4D3C2B1-0000-4000-8000-0000000BA9D0",
      "displayName": "Guest terms", "isPerDeviceAcceptanceRequired": true,
      "isViewingBeforeAcceptanceRequired": true, "userReacceptRequiredFrequency": "P90D",
      "termsExpiration": {"startDateTime": "2026-01-01T00:00:00Z", "frequency": "P365D"},
      "files": [{"fileName": "terms.pdf", "language": "en", "isDefault": true}]},
    {"id": "a4d3c2b1-0000-4000-8000-0000000ba9d1", "displayName": "Handbook",
      "isPerDeviceAcceptanceRequired": false, "isViewingBeforeAcceptanceRequired": false,
      "userReacceptRequiredFrequency": null}],
  "authenticationContexts": [
    {"id": "c5", "displayName": "C6", "description": "Two \"words\"", "isAvailable": false},
    {"id": "C7", "displayName": "Trading", "description": null, "isAvailable": true},
    {"id": "c8", "displayName": "Not used", "isAvailable": true}],
  "authenticationStrengths": [
    {"id": "22222222-0000-4000-8000-000000000002", "displayName": "Keys", "description": "Ours",
      "policyType": "custom", "requirementsSatisfied": "mfa",
      "allowedCombinations": ["x509CertificateMultiFactor", "fido2", "password,sms"],
      "combinationConfigurations": [
        {"@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "id": "k",
          "appliesToCombinations": ["fido2"],
          "allowedAAGUIDs": ["de1e552d-db1d-4423-a619-566b625cdc84"]},
        {"@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration",
          "appliesToCombinations": ["x509CertificateMultiFactor"],
          "allowedIssuerSkis": ["9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"],
          "allowedPolicyOIDs": ["1.3.6.1.4.1.311"]}]}],
  "namedLocations": [
    {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Head office",
      "id": "06e4ff15-ca6b-4843-9c34-3fdd1ce8f739", "isTrusted": true, "ipRanges": [
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"},
        {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"}]},
    {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "By address",
      "id": "06e4ff15-ca6b-4843-9c34-3fdd1ce8f740", "countriesAndRegions": ["NL", "BE"],
      "includeUnknownCountriesAndRegions": true, "countryLookupMethod": "clientIpAddress"},
    {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "By phone",
      "id": "06e4ff15-ca6b-4843-9c34-3fdd1ce8f741", "countriesAndRegions": ["NL"],
      "includeUnknownCountriesAndRegions": false, "countryLookupMethod": "authenticatorAppGps"},
    {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "isTrusted": true,
      "id": "3d46dbda-8382-466a-856d-eb00cbc6b910", "displayName": "All compliant networks",
      "compliantNetworkType": "allTenantCompliantNetworks"}],
  "appGroups": [{"name": "Office365", "apps": ["00000002-0000-0ff1-ce00-000000000000"]}],
  "policies": [{"displayName": "P", "state": "enabled",
    "conditions": {"users": {"includeUsers": ["All"]}, "applications":
      {"includeAuthenticationContextClassReferences": ["c5", "c7", "c9"]}},
    "grantControls": {"operator": "OR", "builtInControls": [],
      "termsOfUse": ["a4d3c2b1-0000-4000-8000-0000000ba9d0"]}}]
}"##;

const FOLDERS: [&str; 4] = [
    "terms-of-use/",
    "authentication-contexts/",
    "authentication-strengths/",
    "named-locations/",
];

#[test]
fn supporting_objects_come_back_through_text() {
    let first = assemble_all(&[SUPPORTING]).set;
    let as_is = export(&first, AS_IS);
    let files = write_project(&first, &ImportOptions::default());
    let objects = &files
        .iter()
        .find(|file| file.0 == "objects.gate")
        .unwrap()
        .1;
    for line in [
        "@display(\"Guest terms\")",
        "terms GuestTerms = \"A4D3C2B1-0000-4000-8000-0000000BA9D0\" perDevice",
        "context C5 = c5 unpublished",
        "context Trading = c7",
        "context NotUsed = c8",
    ] {
        assert!(
            objects.lines().any(|known| known == line),
            "{line}: {objects}"
        );
    }
    let policy = &files.last().unwrap().1;
    assert!(policy.contains("[C5, Trading, c9]"), "{policy}");
    let (second, problems) = check(&files);
    assert!(
        !problems.iter().any(Diagnostic::is_unreadable),
        "{problems:#?}"
    );
    let source: Value = serde_json::from_str(SUPPORTING).unwrap();
    let lists = [
        "agreements",
        "authenticationContexts",
        "authenticationStrengths",
        "namedLocations",
    ];
    let again = export(&second, AS_IS);
    for (folder, list) in FOLDERS.iter().zip(lists) {
        let objects = of_folder(&again, folder);
        assert_eq!(
            objects.len(),
            source[list].as_array().unwrap().len(),
            "{folder}"
        );
        for object in source[list].as_array().unwrap() {
            let object = bare(object);
            let both = [of_folder(&as_is, folder), objects.clone()];
            assert!(
                both.iter().all(|all| all.contains(&object)),
                "{object:#} {objects:#?}"
            );
        }
    }
    let table = files
        .iter()
        .find(|file| file.0 == "data/app-groups.txt")
        .unwrap();
    assert_eq!(table.1, "Office365 00000002-0000-0ff1-ce00-000000000000\n");
    assert!(
        files[0]
            .1
            .ends_with("\n[data]\napp-groups = [\"data/app-groups.txt\"]\n")
    );
}

#[test]
fn normalised_supporting_objects_have_what_can_be_written_in_the_order_of_their_use() {
    let set = assemble_all(&[SUPPORTING]).set;
    let exported = export(&set, ExportOptions { normalise: true });
    let terms = of_folder(&exported, "terms-of-use/");
    let wanted = [
        json!({"displayName": "Guest terms", "isViewingBeforeAcceptanceRequired": true}),
        json!({"displayName": "Handbook", "isViewingBeforeAcceptanceRequired": false}),
    ];
    assert_eq!(terms, wanted);
    let contexts = of_folder(&exported, "authentication-contexts/");
    let wanted = json!({"id": "c5", "displayName": "C6", "description": "Two \"words\"",
        "isAvailable": false});
    assert_eq!(contexts[0], wanted);
    let (_, order) = exported.files.last().unwrap();
    let order: Value = serde_json::from_str(order).unwrap();
    let steps: Vec<_> = order["steps"].as_array().unwrap().iter().collect();
    let kinds: Vec<&str> = steps.iter().map(|s| s["kind"].as_str().unwrap()).collect();
    let place = |kind: &str| kinds.iter().position(|known| *known == kind).unwrap();
    assert!(
        place("agreement") < place("conditionalAccessPolicy"),
        "{kinds:?}"
    );
    assert_eq!(steps[place("agreement")]["method"], "PATCH");
    // What is only a name is not renamed.
    let (named, _) = text("terms Handbook = \"a4d3c2b1-0000-4000-8000-0000000ba9d1\"");
    assert!(
        of_folder(
            &export(&named, ExportOptions { normalise: true }),
            FOLDERS[0]
        )
        .is_empty()
    );
}

#[test]
fn a_mark_of_an_object_and_a_member_that_contradict_each_other_are_told() {
    for (mark, is_told) in [(" unpublished", false), ("", true)] {
        let declared =
            format!("@graph(\"{{`\"isAvailable`\": false}}\")\ncontext Draft = c5{mark}");
        let (set, problems) = text(&declared);
        assert!(problems.is_empty(), "{problems:#?}");
        let found = World::new().with(|cx| contradictions(&set, |_| false, cx));
        assert_eq!(!found.is_empty(), is_told, "{found:?}");
    }
    let (_, problems) = text("context Draft = c5 perDevice");
    assert!(problems.iter().any(Diagnostic::is_unreadable));
}

#[test]
fn contexts_and_terms_that_no_file_defines_while_others_do_are_told() {
    let found = assemble_all(&[SUPPORTING]).diagnostics;
    assert_eq!(crate::common::codes(&found), ["GW0609"]);
    assert!(found[0].message.contains("`c9`"), "{found:?}");
    let other = SUPPORTING.replace(
        "\"a4d3c2b1-0000-4000-8000-0000000ba9d0\"]",
        "\"a4d3c2b1-0000-4000-8000-0000000ba9d7\"]",
    );
    let found = assemble_all(&[&other]).diagnostics;
    assert_eq!(found.len(), 2, "{found:?}");
}
