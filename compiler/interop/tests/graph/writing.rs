//! Policies as text.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::data::Data;
use gatewright_hir::model::{Edition, Policy, PolicySet};
use gatewright_hir::{check, entra_schema};
use gatewright_interop::{ImportOptions, assemble, read, write_project};
use gatewright_source::{SourceId, SourceMap};
use gatewright_syntax::parse_file;
use proptest::prelude::*;

use crate::common::*;

fn project(texts: &[&str], grouped: bool) -> Vec<(String, String)> {
    World::new().with(|cx| {
        let documents = (0..)
            .zip(texts)
            .map(|(at, text)| read(SourceId(at), text, cx))
            .collect();
        let set = assemble(documents, Edition::NEWEST, cx).set;
        write_project(
            &set,
            &ImportOptions {
                name: "contoso".to_owned(),
                grouped,
                ..Default::default()
            },
        )
    })
}

const TENANT: &str = r#"{
    "groups": [{"id": "d1f3c0de-0000-4000-8000-00000000b6e1", "displayName": "Break glass"}],
    "namedLocations": [
        {"id": "06e4ff15-ca6b-4843-9c34-3fdd1ce8f739", "displayName": "Offices", "isTrusted": true,
         "ipRanges": [{"cidrAddress": "203.0.113.7/24"}, {"cidrAddress": "2001:db8:40::/48"}]},
        {"displayName": "Embargoed", "countriesAndRegions": ["KP", "IR"],
         "includeUnknownCountriesAndRegions": true}],
    "policies": [{
        "id": "ad8d2b4a-8d30-413f-88b8-144c6c8d98d9", "displayName": "CA001 \"Admins\"",
        "description": "kept",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["browser", "mobileAppsAndDesktopClients"],
            "applications": {"includeApplications": ["All"],
                "excludeApplications": ["Office365", "5d0c9f5e-0000-4000-8000-000000009a11"]},
            "users": {"includeUsers": ["None"],
                "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
                "includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest",
                    "externalTenants": {"membershipKind": "enumerated",
                        "members": ["8f6f3d0a-0000-4000-8000-00000000000a"]}},
                "excludeGroups": ["D1F3C0DE-0000-4000-8000-00000000B6E1"]},
            "locations": {"includeLocations": ["All"],
                "excludeLocations": ["AllTrusted", "06e4ff15-ca6b-4843-9c34-3fdd1ce8f739"]},
            "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS", "macOS"]},
            "signInRiskLevels": ["medium", "high"],
            "times": {"a": 1},
            "devices": {"deviceFilter": {"mode": "exclude",
                "rule": "device.extensionAttribute1 -eq  'SAW'"}}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"],
            "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}},
        "sessionControls": {"signInFrequency": {"isEnabled": true, "value": 4, "type": "hours"},
            "persistentBrowser": {"isEnabled": true, "mode": "never"}}}]
}"#;

#[test]
fn a_tenant_becomes_text_that_reads_well() {
    let files = project(&[TENANT], false);
    let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "gatewright.toml",
            "objects.gate",
            "policies/01-ca001-admins.gate"
        ]
    );
    assert_eq!(files[0].1, "name    = \"contoso\"\nedition = \"2026-06\"\n");
    let objects = r#"//! What the policies speak of: names for ids.

/// Break glass
group BreakGlass = "D1F3C0DE-0000-4000-8000-00000000B6E1"

app App_5d0c9f5e = "5d0c9f5e-0000-4000-8000-000000009a11"

@id("06e4ff15-ca6b-4843-9c34-3fdd1ce8f739")
@graph("{`"ipRanges`": [{`"cidrAddress`": `"203.0.113.7/24`"}, {`"cidrAddress`": `"2001:db8:40::/48`"}]}")
location Offices = trusted ranges [203.0.113.0/24, 2001:db8:40::/48]

@graph(without [countryLookupMethod])
location Embargoed = countries [KP, IR] or unknown
"#;
    assert_eq!(files[1].1, objects);
    let policy = r#"@id("ad8d2b4a-8d30-413f-88b8-144c6c8d98d9")
@graph(without [sessionControls.signInFrequency.frequencyInterval,
                sessionControls.signInFrequency.authenticationType])
policy "CA001 `"Admins`"" {
    state      reportOnly
    users      none,
               roles [GlobalAdministrator],
               guests [internalGuest] from tenants ["8f6f3d0a-0000-4000-8000-00000000000a"]
               except groups [BreakGlass]
    apps       all except office365, [App_5d0c9f5e]
    clients    [browser, mobileAppsAndDesktopClients]
    platforms  all except [iOS, macOS]
    locations  all except allTrusted, [Offices]
    signInRisk [medium, high]
    devices    except device.extensionAttribute1 -eq  'SAW'
    require    any [mfa, strength PhishingResistantMfa]
    session    signInFrequency 4 hours, persistentBrowser never
    graph      { "description": "kept", "conditions": { "times": { "a": 1 } } }
}
"#;
    assert_eq!(files[2].1, policy);
}

#[test]
fn everything_written_from_the_corpus_parses() {
    let mut folders: Vec<_> = std::fs::read_dir(corpus().join("policies"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let mut paths = files(folder, ".json");
        paths.extend(files(&corpus().join("locations"), ".json"));
        let texts: Vec<String> = paths.iter().map(|path| text_of(path)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for grouped in [false, true] {
            for (path, text) in project(&texts, grouped) {
                if path.ends_with(".gate") {
                    let parsed = parse_file(Default::default(), &text);
                    assert_eq!(
                        parsed.problems,
                        [],
                        "{path} of {}:\n{text}",
                        folder.display()
                    );
                    let long: Vec<_> = text.lines().filter(|l| l.chars().count() > 200).collect();
                    assert!(long.len() < 5, "{long:?}");
                }
            }
        }
    }
}

#[test]
fn writing_is_the_same_on_every_run_and_names_are_unique() {
    let twice = TENANT
        .replace("\"policies\": [", "\"policies\": [@,")
        .replace(
            '@',
            r#"{"id": "bd8d2b4a-8d30-413f-88b8-144c6c8d98d9", "displayName": "CA001 \"Admins\"",
            "state": "enabled",
            "conditions": {"clientAppTypes": ["all"], "users": {}, "applications": {}},
            "grantControls": {"operator": "OR", "builtInControls": ["block"]}}"#,
        );
    let first = project(&[&twice], true);
    assert_eq!(first, project(&[&twice], true));
    let text = &first[2].1;
    let block = "    state enabled\n    users users []\n    block\n}";
    assert!(
        text.contains(&format!("policy \"CA001 `\"Admins`\"\" {{\n{block}")),
        "{text}"
    );
    assert!(
        text.contains("policy \"CA001 `\"Admins`\" (2)\" {"),
        "{text}"
    );
}

#[test]
fn filters_over_custom_security_attributes_keep_their_rules() {
    let text = r#"{"displayName": "P", "state": "enabled", "conditions": {"clientAppTypes": ["all"],
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["None"], "applicationFilter":
            {"mode": "include", "rule": "CustomSecurityAttribute.Set_A -eq \"x\""}}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"#;
    let files = project(&[text], true);
    let expected = "    apps    none\n    apps    where CustomSecurityAttribute.Set_A -eq \"x\"\n";
    assert!(files[2].1.contains(expected), "{}", files[2].1);
}

/// The policies that a project's text says.
pub(crate) fn compiled(project: &[(String, String)]) -> (PolicySet, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let mut trees = Vec::new();
    for (path, text) in project.iter().filter(|(path, _)| path.ends_with(".gate")) {
        let id = sources.add(path.as_str(), text.as_str());
        trees.push((id, std::sync::Arc::new(parse_file(id, text).tree)));
    }
    let cx = gatewright_hir::Context {
        sources: &sources,
        schema: entra_schema(),
        edition: Edition::NEWEST,
        data: Data::built_in(),
        names: &[],
        libraries: &[],
        today: None,
    };
    let checked = check(&trees, &cx);
    (checked.set, checked.diagnostics)
}

/// A policy without the places of its parts, without case, and without what text does not keep:
/// the layout of carried JSON, and that two policies have one name.
fn essence(policy: &Policy) -> String {
    let mut policy = policy.clone();
    policy.display_name = String::new();
    policy.form = gatewright_hir::model::GraphForm::default();
    policy.annotations = gatewright_hir::model::Annotations::default();
    if !policy.has_server_id {
        policy.id = String::new();
    }
    policy.unmodelled.sort_by(|a, b| a.path.cmp(&b.path));
    for member in &mut policy.unmodelled {
        let json: serde_json::Value = serde_json::from_str(&member.json).unwrap();
        member.json = crate::exporting::bare(&json).to_string();
    }
    without_places(&format!("{policy:?}"))
}

fn without_places(debug: &str) -> String {
    let mut text = String::new();
    let mut rest = debug;
    while let Some(at) = rest.find("Span {") {
        text.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').unwrap().1;
    }
    (text + rest).to_lowercase()
}

#[test]
fn text_means_what_the_json_means_for_every_source_of_the_corpus() {
    let mut folders: Vec<_> = std::fs::read_dir(corpus().join("policies"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let mut paths = files(folder, ".json");
        paths.extend(files(&corpus().join("locations"), ".json"));
        let world = World::new();
        let set = world.with(|cx| {
            let read_file =
                |(at, path): (u32, &std::path::PathBuf)| read(SourceId(at), &text_of(path), cx);
            let documents = (0..).zip(&paths).map(read_file).collect();
            assemble(documents, Edition::NEWEST, cx).set
        });
        let options = ImportOptions {
            name: "contoso".to_owned(),
            grouped: false,
            ..Default::default()
        };
        let (found, problems) = compiled(&write_project(&set, &options));
        let unreadable: Vec<_> = problems.iter().filter(|p| p.is_unreadable()).collect();
        assert!(
            unreadable.is_empty(),
            "{}: {unreadable:#?}",
            folder.display()
        );
        assert_eq!(set.policies.len(), found.policies.len());
        for (left, right) in set.policies.iter().zip(&found.policies) {
            assert_eq!(essence(left), essence(right), "{}", left.display_name);
        }
        let location = |l: &gatewright_hir::model::NamedLocation| {
            without_places(&format!("{:?} {:?}", l.id, l.kind))
        };
        let mut pairs: [Vec<String>; 2] =
            [&set, &found].map(|set| set.locations.iter().map(location).collect());
        pairs.iter_mut().for_each(|locations| locations.sort());
        assert_eq!(pairs[0], pairs[1]);
        let strengths = [&set, &found].map(|set| {
            let rows = set
                .strengths
                .iter()
                .map(|s| (s.id.clone(), s.combinations.clone()));
            rows.collect::<Vec<_>>()
        });
        assert_eq!(strengths[0], strengths[1]);
    }
}

/// Names as people and placeholders write them, and worse.
const NAMES: &str = "[ -~]{1,12}|[a-zé日ﬀ²İ😀]{1,4}|except|all|none|where|Office365|users|block|\
    GlobalAdministrator|Mfa|\\$null|-eq|//|\"`|c1|8f6f3d0a-0000-4000-8000-0000000f1a0c";

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_name_and_any_id_survives_the_way_through_text(
        title in NAMES,
        groups in prop::collection::vec((NAMES, NAMES), 1..4),
        apps in prop::collection::vec(NAMES, 1..4),
        location in NAMES,
    ) {
        let list = |ids: Vec<&String>| serde_json::to_string(&ids).unwrap();
        let named = |(id, name): &(String, String)| {
            serde_json::json!({"id": id, "displayName": name})
        };
        let text = serde_json::json!({
            "groups": groups.iter().map(named).collect::<Vec<_>>(),
            "namedLocations": [{"displayName": location, "countriesAndRegions": ["NO"]}],
        });
        let policy = format!(
            r#"{{"displayName": {}, "state": "enabled", "conditions": {{"clientAppTypes": ["all"],
                "users": {{"includeGroups": {}, "excludeRoles": {1}, "excludeUsers": {1}}},
                "applications": {{"includeApplications": {}}},
                "locations": {{"includeLocations": {}}}}},
                "grantControls": {{"operator": "OR", "builtInControls": ["mfa"],
                    "termsOfUse": {1}, "customAuthenticationFactors": {1}}}}}"#,
            serde_json::to_string(&title).unwrap(),
            list(groups.iter().map(|(id, _)| id).collect()),
            list(apps.iter().collect()),
            list(vec![&location]),
        );
        let world = World::new();
        let set = world.with(|cx| {
            let texts = [text.to_string(), policy];
            let read_text = |(at, text): (u32, &String)| read(SourceId(at), text, cx);
            let documents = (0..).zip(&texts).map(read_text).collect();
            assemble(documents, Edition::NEWEST, cx).set
        });
        let project = write_project(&set, &ImportOptions::default());
        let (found, problems) = compiled(&project);
        let unreadable: Vec<_> = problems.iter().filter(|p| p.is_unreadable()).collect();
        prop_assert!(unreadable.is_empty(), "{:#?}\n{:#?}", unreadable, project);
        prop_assert_eq!(essence(&set.policies[0]), essence(&found.policies[0]), "{:#?}", project);
    }
}
