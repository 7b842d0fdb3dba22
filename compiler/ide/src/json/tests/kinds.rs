//! Objects of every kind: which members they have, also while they are written.

use super::{BTreeSet, Fixture, hovered, labels, offered};
use crate::{DeclaredKind, LinkTarget, completions, hover, links, outline};

fn explained(text: &str) -> String {
    let fixture = Fixture::new(&format!("//- x.json\n{text}"));
    let (source, offset) = fixture.cursor();
    let found = hover(&fixture.snapshot, source, offset);
    found.map_or_else(String::new, |found| found.markdown)
}

fn labelled(text: &str) -> BTreeSet<String> {
    let fixture = Fixture::new(&format!("//- x.json\n{text}"));
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    found.into_iter().map(|item| item.label).collect()
}

#[test]
fn settings_of_compliance_policies_are_those_of_the_language() {
    let typed = "\"@odata.type\": \"#microsoft.graph.windows10CompliancePolicy\",\n";
    for (text, words) in [
        (
            "\"bitLocker$0Enabled\": true",
            "require setting.bitLockerEnabled -eq True",
        ),
        ("\"osMinimum$0Version\": \"10\"", "The least that is enough"),
        (
            "\"osMinimumVersion\": \"1$00\"",
            "require setting.osVersion -ge",
        ),
        (
            "\"deviceThreatProtectionRequired$0SecurityLevel\": \"low\"",
            "- `medium`: Medium.",
        ),
        (
            "\"scheduledActionsForRule\": [{ \"scheduledAction$0Configurations\": [] }]",
            "grace",
        ),
        (
            "\"scheduledActionsForRule\": [{ \"scheduledActionConfigurations\": [\n\
             { \"actionType\": \"blo$0ck\" }] }]",
            "noncompliant",
        ),
        (
            "\"assignments\": [{ \"target\": { \"group$0Id\": \"g\" } }]",
            "group",
        ),
    ] {
        let found = explained(&format!("{{ {typed} \"displayName\": \"C\", {text} }}"));
        assert!(found.contains(words), "{text}: {found}");
    }
    let found = labelled(&format!("{{ {typed} \"passwordRequiredType\": \"$0\" }}"));
    assert!(found.contains("alphanumeric"), "{found:?}");
    let found = labelled(&format!("{{ {typed} \"displayName\": \"C\", $0 }}"));
    assert!(found.contains("bitLockerEnabled") && found.contains("assignments"));
    // A phone has no BitLocker.
    let phone = typed.replace("windows10", "ios");
    assert!(!labelled(&format!("{{ {phone} $0 }}")).contains("bitLockerEnabled"));
    let fixture = Fixture::new(&format!("//- x.json\n{{ {typed} \"displayName\": \"C\" }}"));
    let outlined = outline(&fixture.snapshot, fixture.source("x.json"));
    assert_eq!(outlined[0].kind, DeclaredKind::Compliance);
}

#[test]
fn policies_of_identity_protection_and_settings_of_the_tenant_are_explained() {
    let risk =
        "{ \"riskPolicyType\": \"userRisk\", \"isEnabled\": true, \"riskLevel\": \"$0high\" }";
    assert!(explained(risk).contains("High only"), "{}", explained(risk));
    let found = labelled(&risk.replace("$0high", "$0"));
    assert_eq!(
        found,
        BTreeSet::from(["low", "medium", "high"].map(str::to_owned))
    );
    let tenant = "{ \"secureByDefault\": true, \"deviceCompliance$0CheckinThresholdDays\": 30 }";
    assert!(explained(tenant).contains("1 to 120"));
}

#[test]
fn a_member_says_what_the_service_asks_for_and_where_that_is_told() {
    let (_, markdown) = hovered("\"clientAppTypes\"", "\"client$0AppTypes\"").unwrap();
    assert!(
        markdown.contains("The list cannot be empty. [GW0614]("),
        "{markdown}"
    );
}

#[test]
fn annotations_are_explained_and_not_offered() {
    let from = "\"displayName\"";
    let to = "\"state@odata.$0type\": \"x\", \"displayName\"";
    let (name, markdown) = hovered(from, to).unwrap();
    assert_eq!(name, "\"state@odata.type\"");
    assert!(
        markdown.starts_with("**state@odata.type**: What type"),
        "{markdown}"
    );
    let offered = labels(from, "$0, \"displayName\"");
    assert!(!offered.contains("odata.context"), "{offered:?}");
}

#[test]
fn an_object_that_is_nothing_yet_can_become_what_fits() {
    let found = labelled("[ { \"includeApplications@x\": 1, $0 } ]");
    assert!(
        found.contains("conditions") && found.contains("ipRanges"),
        "{found:?}"
    );
    let found = labelled("{ \"ipRanges\": 1, $0 }");
    assert!(
        found.contains("isTrusted") && !found.contains("conditions"),
        "{found:?}"
    );
    let found = labelled("{ \"@odata.type\": \"$0\" }");
    assert!(
        found.contains("#microsoft.graph.countryNamedLocation"),
        "{found:?}"
    );
    // In a list it is what stands before it.
    let found = labelled("{ \"value\": [ { \"allowedCombinations\": [] }, { $0 } ] }");
    assert!(found.contains("combinationConfigurations"), "{found:?}");
    assert!(!found.contains("conditions"), "{found:?}");
}

#[test]
fn words_in_one_text_are_completed_one_by_one() {
    let from = "\"includeRoles\"";
    let guests = |types: &str| {
        format!(
            "\"includeGuestsOrExternalUsers\": {{ \"guestOrExternalUserTypes\": \"{types}\" }},\n\
             \"includeRoles\""
        )
    };
    let found = offered(from, &guests("internalGuest, b2bC$0"));
    assert!(
        found.iter().all(|(label, _)| label != "internalGuest"),
        "{found:?}"
    );
    let fixture = super::project(from, &guests("internalGuest, b2bC$0,x"));
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    let sources = &fixture.snapshot.compilation().sources;
    assert!(
        found
            .iter()
            .all(|item| sources.text(item.replaced) == "b2bC"),
        "{found:?}"
    );
}

#[test]
fn strengths_are_offered_by_name_and_found_by_id() {
    let from = "\"builtInControls\": [\"mfa\"]";
    let fixture = super::project(from, "\"authenticationStrength\": { \"id\": \"$0\" }");
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    let strong = found
        .iter()
        .find(|item| item.insert.ends_with("0000004"))
        .unwrap();
    let filter = strong.filter.as_deref().unwrap();
    assert!(filter.starts_with(&strong.label) && filter.ends_with(&strong.insert));
}

#[test]
fn addresses_lead_where_they_say() {
    let fixture = Fixture::new("//- x.json\n{ \"@odata.context\": \"https://example.com/å\" }");
    let found = links(&fixture.snapshot, fixture.source("x.json"));
    let target = LinkTarget::Url("https://example.com/å".to_owned());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].target, target);
}
