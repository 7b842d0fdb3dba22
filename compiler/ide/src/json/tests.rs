//! Graph JSON in an editor, whole and broken.

mod kinds;
mod rules;

use std::collections::BTreeSet;

use crate::fixture::Fixture;
use crate::{
    DeclaredKind, completions, definition, folds, hints, hover, occurrences, outline,
    prepare_rename, selections, symbol_at,
};

const ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
const OFFICE: &str = "6d0a7c36-0000-4000-8000-00000000000a";

/// A policy for administrators outside of an office, with `$0` somewhere, and the office.
fn project(from: &str, to: &str) -> Fixture {
    let policy = format!(
        r##"//- policies/x.json
{{
  "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
  "displayName": "Å 😀",
  "state": "enabled",
  "conditions": {{
    "clientAppTypes": ["browser"],
    "users": {{ "includeUsers": ["All"], "includeRoles": ["{ADMIN}"] }},
    "applications": {{ "includeApplications": ["All", "Office365"] }},
    "locations": {{ "includeLocations": ["All"], "excludeLocations": ["{OFFICE}"] }},
    "devices": {{ "deviceFilter": {{
      "mode": "exclude", "rule": "device.model -ne \"\u00c5\" -and device.trustType -eq \"AzureAD\""
    }} }}
  }},
  "grantControls": {{ "operator": "OR", "builtInControls": ["mfa"] }}
}}
"##
    );
    assert!(policy.contains(from), "{from}");
    let policy = policy.replacen(from, to, 1);
    let places = format!(
        r##"//- locations/places.json
{{ "value": [ {{
  "@odata.type": "#microsoft.graph.ipNamedLocation", "id": "{OFFICE}",
  "displayName": "Office Ä", "isTrusted": true,
  "ipRanges": [ {{ "cidrAddress": "203.0.113.0/24" }} ]
}} ] }}
"##
    );
    Fixture::new(&format!("{policy}{places}"))
}

fn hovered(from: &str, to: &str) -> Option<(String, String)> {
    let fixture = project(from, to);
    let (source, offset) = fixture.cursor();
    let found = hover(&fixture.snapshot, source, offset)?;
    let sources = &fixture.snapshot.compilation().sources;
    Some((sources.text(found.span).to_owned(), found.markdown))
}

fn offered(from: &str, to: &str) -> Vec<(String, String)> {
    let fixture = project(from, to);
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    found
        .into_iter()
        .map(|one| (one.label, one.insert))
        .collect()
}

fn labels(from: &str, to: &str) -> BTreeSet<String> {
    offered(from, to)
        .into_iter()
        .map(|(label, _)| label)
        .collect()
}

#[test]
fn members_values_and_names_say_what_they_mean() {
    for (from, to, span, words) in [
        (
            "\"includeRoles\"",
            "\"include$0Roles\"",
            "\"includeRoles\"",
            "users roles […]",
        ),
        ("[\"All\"]", "[\"A$0ll\"]", "\"All\"", "guests included"),
        (
            "\"62e90394",
            "\"62e9$00394",
            "\"62e90394-69f5-4237-9190-012177145e10\"",
            "**Global Administrator**: role",
        ),
        (
            "[\"6d0a7c36",
            "[\"6d0a$07c36",
            "\"6d0a7c36-0000-4000-8000-00000000000a\"",
            "`locations/places.json`.\n\nTrusted: one range",
        ),
        (
            "\"Office365\"",
            "\"Off$0ice365\"",
            "\"Office365\"",
            "applications as one",
        ),
        (
            "\"browser\"",
            "\"brow$0ser\"",
            "\"browser\"",
            "A web browser.",
        ),
        ("\"mfa\"", "\"m$0fa\"", "\"mfa\"", "Require multifactor"),
        ("\"OR\"", "\"O$0R\"", "\"OR\"", "enough"),
        ("\"enabled\"", "\"ena$0bled\"", "\"enabled\"", "enforced"),
        (
            "\"Å 😀\"",
            "\"Å $0😀\"",
            "\"Å 😀\"",
            "Requires mfa for all users",
        ),
    ] {
        let (found, markdown) = hovered(from, to).expect(to);
        assert_eq!(found, span);
        assert!(markdown.contains(words), "{to}: {markdown}");
    }
    assert_eq!(
        hovered("\"displayName\"", "\"own$0\": 1, \"displayName\""),
        None
    );
}

#[test]
fn a_rule_is_explained_through_its_escapes() {
    for (from, to, span, words) in [
        (
            "device.model",
            "device.mo$0del",
            "device.model",
            "unless the rule holds for them",
        ),
        (
            "device.trustType",
            "device.$0trustType",
            "device.trustType",
            "AzureAD",
        ),
        ("-ne", "-n$0e", "-ne", "unregistered device"),
        ("-ne", "$0-ne", "-ne", "unregistered device"),
        ("-and", "-an$0d", "-and", "both hold"),
        ("AzureAD", "Azu$0reAD", "AzureAD", "Microsoft Entra joined"),
    ] {
        let (found, markdown) = hovered(from, to).expect(to);
        assert_eq!(found, span);
        assert!(markdown.contains(words), "{to}: {markdown}");
    }
    let (found, markdown) = hovered("\\u00c5", "\\u00$0c5").unwrap();
    assert!(found.starts_with("\"device.model"), "{found}");
    assert!(markdown.contains("**rule**"), "{markdown}");
}

#[test]
fn what_is_broken_is_explained_all_the_same() {
    let whole = "\"state\": \"enabled\",\n  \"conditions\"";
    let (_, markdown) = hovered(whole, "\"state\": \n  \"cond$0itions\"").unwrap();
    assert!(markdown.contains("every condition"), "{markdown}");
    let (_, markdown) = hovered("\"mfa\"] }\n}", "\"m$0fa").unwrap();
    assert!(markdown.contains("Require multifactor"), "{markdown}");
}

#[test]
fn an_id_leads_to_its_object_and_to_every_policy_that_names_it() {
    let fixture = project("[\"6d0a7c36", "[\"6D0A$07c36");
    let (source, offset) = fixture.cursor();
    let sources = &fixture.snapshot.compilation().sources;
    let [place] = definition(&fixture.snapshot, source, offset)[..] else {
        panic!("one place");
    };
    assert_eq!(sources.name(place.source), "locations/places.json");
    assert_eq!(sources.text(place), format!("\"{OFFICE}\""));
    let (symbol, _) = symbol_at(&fixture.snapshot, source, offset).unwrap();
    let all = occurrences(&fixture.snapshot, &symbol);
    assert_eq!(all.len(), 2);
    let (again, _) = symbol_at(&fixture.snapshot, place.source, place.start + 1).unwrap();
    assert_eq!(occurrences(&fixture.snapshot, &again), all);
    assert!(prepare_rename(&fixture.snapshot, source, offset).is_err());
    let fixture = project("[\"All\"]", "[\"A$0ll\"]");
    let (source, offset) = fixture.cursor();
    assert_eq!(symbol_at(&fixture.snapshot, source, offset), None);
}

#[test]
fn text_and_the_directory_lead_to_each_other() {
    let group = "5b0c0de0-0000-4000-8000-000000000001";
    let fixture = Fixture::new(&format!(
        "//- a.gate\ngroup Fin$0ance = \"{group}\"\n//- p.json\n\
         {{ \"state\": \"enabled\", \"grantControls\": null,\n\
         \"conditions\": {{ \"users\": {{ \"includeGroups\": [\"{group}\"] }} }} }}\n"
    ));
    let json = fixture.source("p.json");
    let at = u32::try_from(fixture.snapshot.text(json).find(group).unwrap()).unwrap();
    let (source, offset) = fixture.cursor();
    let found = definition(&fixture.snapshot, json, at);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].source, source);
    assert!(found[0].start <= offset && offset <= found[0].end);
}

#[test]
fn a_strength_inside_of_a_policy_is_a_copy_of_the_one_that_stands_alone() {
    let id = "6d0a7c36-0000-4000-8000-0000000000e1";
    let strength = |id: &str| {
        format!(
            "{{ \"id\": \"{id}\", \"displayName\": \"Keys\",\n\
             \"allowedCombinations\": [\"fido2\"] }}"
        )
    };
    let policy = format!(
        "//- p.json\n{{ \"displayName\": \"P\", \"state\": \"enabled\", \"conditions\": {{}},\n\
         \"grantControls\": {{ \"operator\": \"OR\", \"authenticationStrength\": {} }} }}\n",
        strength(&id.replace("6d0a", "6d$00a"))
    );
    let found = |text: &str| {
        let fixture = Fixture::new(text);
        let (source, offset) = fixture.cursor();
        let sources = &fixture.snapshot.compilation().sources;
        let found = definition(&fixture.snapshot, source, offset);
        let names = found
            .iter()
            .map(|span| sources.name(span.source).to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(found(&policy), ["p.json"]);
    assert_eq!(
        found(&format!("{policy}//- s.json\n{}\n", strength(id))),
        ["s.json"]
    );
}

#[test]
fn names_stand_behind_ids() {
    let fixture = project("", "");
    let source = fixture.source("policies/x.json");
    let found = hints(&fixture.snapshot, source, 0..u32::MAX);
    let shown: Vec<_> = found.iter().map(|hint| hint.label.as_str()).collect();
    assert_eq!(
        shown,
        ["Global Administrator", "Office Ä", "or unregistered"]
    );
    let text = fixture.snapshot.text(source);
    assert!(text[..found[1].offset as usize].ends_with(&format!("{OFFICE}\"")));
    let remark = &text[..found[2].offset as usize];
    assert!(remark.ends_with("-ne \\\"\\u00c5\\\""), "{remark}");
    let declared = found[1].declared.unwrap();
    assert_eq!(declared.source, fixture.source("locations/places.json"));
    assert!(hints(&fixture.snapshot, source, 0..10).is_empty());
}

#[test]
fn policies_and_objects_are_the_symbols_of_a_file() {
    let fixture = project("", "");
    let policies = outline(&fixture.snapshot, fixture.source("policies/x.json"));
    assert_eq!(policies.len(), 1);
    assert_eq!(
        (policies[0].name.as_str(), policies[0].kind),
        ("Å 😀", DeclaredKind::Policy)
    );
    let places = outline(&fixture.snapshot, fixture.source("locations/places.json"));
    assert_eq!(places[0].name, "Office Ä");
    assert_eq!(places[0].kind.keyword(), "location");
    let plan = Fixture::new(
        "//- p.json\n{ \"displayName\": \"Plan\", \"sharedConditions\": {},\n\
         \"rules\": [ { \"name\": \"MFA\" }, {} ",
    );
    let found = outline(&plan.snapshot, plan.source("p.json"));
    let names = found[0].members.iter().map(|one| one.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["MFA", "policy"]);
}

#[test]
fn objects_and_arrays_of_several_lines_fold() {
    let fixture = Fixture::new("//- p.json\n{⟦\n \"å\": [⟦\n {}, [1]\n⟧], \"b\": {⟦\n 1⟧⟧");
    let found = folds(&fixture.snapshot, fixture.source("p.json"));
    let spans: Vec<_> = found.iter().map(|fold| fold.span).collect();
    let mut ranges = fixture.ranges();
    // The outermost is not closed, and goes to the end.
    assert_eq!(ranges.remove(0).start, spans[0].start);
    assert_eq!(spans[1..], ranges);
}

#[test]
fn any_number_of_brackets_on_one_line_is_folded_in_one_walk() {
    let count = 500_000;
    let (open, close) = ("[".repeat(count), "]".repeat(count));
    let fixture = Fixture::new(&format!("//- p.json\n{open}\n{close}{open}{close}"));
    let found = folds(&fixture.snapshot, fixture.source("p.json"));
    assert_eq!(found.len(), count);
    assert!(found.is_sorted_by_key(|fold| fold.span.start));
}

#[test]
fn any_number_of_ids_in_an_object_is_borne() {
    let others = "\"x\": 1, ".repeat(100_000);
    let ids = format!("\"id\": \"{OFFICE}\", ").repeat(100_000);
    let fixture = Fixture::new(&format!(
        "//- p.json\n{{ \"@odata.type\": \"#microsoft.graph.ipNamedLocation\", {others}{ids} }}"
    ));
    let (snapshot, source) = (&fixture.snapshot, fixture.source("p.json"));
    let first = snapshot.text(source).find(OFFICE).unwrap();
    let (symbol, span) = symbol_at(snapshot, source, u32::try_from(first).unwrap()).unwrap();
    let found = occurrences(snapshot, &symbol);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].span, span);
    assert_eq!(hints(snapshot, source, 0..u32::MAX), []);
}

#[test]
fn a_selection_grows_by_the_structure() {
    let fixture = Fixture::new("//- p.json\n{ \"a\": { \"b\": [1, \"å$0\"] } }");
    let (source, offset) = fixture.cursor();
    let sources = &fixture.snapshot.compilation().sources;
    let found = selections(&fixture.snapshot, source, offset);
    let texts: Vec<_> = found.iter().map(|span| sources.text(*span)).collect();
    assert_eq!(
        texts,
        [
            "å",
            "\"å\"",
            "1, \"å\"",
            "[1, \"å\"]",
            "\"b\": [1, \"å\"]",
            " \"b\": [1, \"å\"] ",
            "{ \"b\": [1, \"å\"] }",
            "\"a\": { \"b\": [1, \"å\"] }",
            " \"a\": { \"b\": [1, \"å\"] } ",
            "{ \"a\": { \"b\": [1, \"å\"] } }",
        ]
    );
}

#[test]
fn members_are_offered_that_are_not_there() {
    let found = labels("\"users\": { ", "\"users\": { $0, ");
    assert!(found.contains("excludeGroups"), "{found:?}");
    assert!(!found.contains("includeRoles"), "{found:?}");
    let found = offered("\"users\": { ", "\"users\": { \"excl$0\" ");
    assert!(found.contains(&("excludeGroups".to_owned(), "excludeGroups".to_owned())));
    let found = offered("\"state\": \"enabled\",", "$0");
    let state = ("state".to_owned(), "\"state\": \"$0\"".to_owned());
    assert!(found.contains(&state), "{found:?}");
}

#[test]
fn values_are_offered_where_it_is_clear_which() {
    let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let states: BTreeSet<String> =
        all(&["enabled", "disabled", "enabledForReportingButNotEnforced"]);
    assert_eq!(labels("\"enabled\"", "\"ena$0\""), states);
    assert_eq!(labels("\"enabled\",\n", "$0\n"), states);
    assert_eq!(labels("\"OR\"", "\"$0"), all(&["AND", "OR"]));
    let clients = labels("[\"browser\"]", "[\"browser\", $0]");
    assert!(
        clients.contains("other") && clients.contains("all"),
        "{clients:?}"
    );
    assert!(!clients.contains("browser"), "{clients:?}");
    let found = offered("[\"mfa\"]", "[$0]");
    assert!(
        found.contains(&("mfa".to_owned(), "\"mfa\"".to_owned())),
        "{found:?}"
    );
    let found = offered(&format!("[\"{OFFICE}\"]"), "[\"$0\"]");
    assert!(
        found.contains(&("Office Ä".to_owned(), OFFICE.to_owned())),
        "{found:?}"
    );
    assert!(found.contains(&("AllTrusted".to_owned(), "AllTrusted".to_owned())));
    let found = offered(&format!("[\"{ADMIN}\"]"), "[$0]");
    let admin = ("Global Administrator".to_owned(), format!("\"{ADMIN}\""));
    assert!(found.contains(&admin), "{found:?}");
    let found = offered(&format!("[\"{ADMIN}\"]"), "$0");
    assert_eq!(found, [("[…]".to_owned(), "[$0]".to_owned())]);
    assert!(labels("\"Å 😀\"", "\"$0\"").is_empty());
}

#[test]
fn a_file_that_is_too_large_is_left_alone() {
    let text = format!(
        "//- p.json\n{{ \"state\": \"ena$0bled\", \"grantControls\": null }}{}\n",
        " ".repeat(16 << 20)
    );
    let fixture = Fixture::new(&text);
    let (source, offset) = fixture.cursor();
    assert_eq!(hover(&fixture.snapshot, source, offset), None);
    assert!(folds(&fixture.snapshot, source).is_empty());
}

#[test]
fn a_text_that_ends_anywhere_is_borne() {
    let whole = project("", "");
    let text = whole
        .snapshot
        .text(whole.source("policies/x.json"))
        .to_owned();
    let ends = text.char_indices().map(|(at, _)| at).step_by(11);
    for end in ends.chain([text.len()]) {
        let fixture = Fixture::new(&format!("//- policies/x.json\n{}", &text[..end]));
        let source = fixture.source("policies/x.json");
        let (snapshot, at) = (&fixture.snapshot, u32::try_from(end).unwrap());
        for offset in [at, at / 2, at + 9] {
            let _ = hover(snapshot, source, offset);
            let _ = completions(snapshot, source, offset);
            let _ = symbol_at(snapshot, source, offset);
            let around = selections(snapshot, source, offset.min(at));
            let length = |span: &gatewright_source::Span| span.len();
            assert!(around.is_sorted_by_key(length), "{}", &text[..end]);
        }
        let _ = hints(snapshot, source, 0..u32::MAX);
        for fold in folds(snapshot, source) {
            assert!(text.is_char_boundary(fold.span.end as usize));
        }
        let _ = outline(snapshot, source);
    }
}

#[test]
fn names_of_a_directory_stand_behind_the_ids_of_policies() {
    let group = "5b0c0de0-0000-4000-8000-000000000001";
    let fixture = Fixture::new(&format!(
        "//- d.json\n{{ \"groups\": [ {{ \"id\": \"{group}\", \n\
         \"displayName\": \"Finanz\\u00e4mter\" }} ] }}\n\
         //- p.json\n{{ \"state\": \"enabled\", \"grantControls\": null, \"conditions\": {{\n\
         \"users\": {{ \"includeGroups\": [\"{}\"] }} }} }}\n",
        group.to_uppercase()
    ));
    let source = fixture.source("p.json");
    let found = hints(&fixture.snapshot, source, 0..u32::MAX);
    assert_eq!(found[0].label, "Finanzämter");
    assert_eq!(found[0].declared.unwrap().source, fixture.source("d.json"));
}
