//! What is offered fits: where it takes the place of something, and where something is there.

use super::*;

#[test]
fn texts_in_quotes_are_completed_inside_of_them() {
    let first = |text: &str| -> Option<(String, String)> {
        let fixture = Fixture::new(&format!("{NAMES}{text}"));
        let (source, offset) = fixture.cursor();
        let item = completions(&fixture.snapshot, source, offset)
            .into_iter()
            .next()?;
        let sources = &fixture.snapshot.compilation().sources;
        Some((sources.text(item.replaced).to_owned(), item.insert))
    };
    let pair = |replaced: &str, insert: &str| Some((replaced.to_owned(), insert.to_owned()));
    assert_eq!(
        first("policy \"P\" { devices where device.trustType -eq \"Az$0\" block }"),
        pair("Az", "AzureAD")
    );
    // An open quote is closed, and the rest of the line stays.
    assert_eq!(
        first("policy \"P\" { devices where device.trustType -eq \"Az$0 -or device.model -eq x }"),
        pair("Az", "AzureAD\"")
    );
    // A name takes the place of the quotes too.
    assert_eq!(
        first("policy \"P\" { users groups [\"5b0c$0\"] }"),
        pair("\"5b0c\"", "Finance")
    );
    assert_eq!(first("group Sales = \"$0\""), None);
}

#[test]
fn ids_are_completed_to_names() {
    let filter = |text: &str| found(text).into_iter().next().and_then(|item| item.filter);
    assert_eq!(
        filter("policy \"P\" { users groups [\"5B0C$0\"] }").unwrap(),
        "\"5b0c0de0-0000-4000-8000-000000000001"
    );
    assert_eq!(
        filter("policy \"P\" { users groups [\"Fi$0\"] }").unwrap(),
        "\"Finance"
    );
    assert_eq!(
        filter("policy \"P\" { users groups [5b0c$0] }").unwrap(),
        "5b0c0de0-0000-4000-8000-000000000001"
    );
}

#[test]
fn operators_are_found_without_their_hyphen() {
    let items = found("rule R = device.model no$0");
    let item = items.iter().find(|item| item.label == "-notIn").unwrap();
    assert_eq!(item.filter.as_deref(), Some("notIn"));
}

#[test]
fn what_cannot_stand_there_is_not_offered() {
    // Clauses that are there, and those that exclude them.
    offers(
        "policy \"P\" { state enabled users all apps all $0 block }",
        &["clients", "guests"],
        &[
            "state",
            "users",
            "actions",
            "workloads",
            "workloadRisk",
            "block",
            "require",
        ],
    );
    offers(
        "policy \"P\" { session signInFrequency 4 hours, $0 }",
        &["persistentBrowser"],
        &["signInFrequency"],
    );
    offers(
        "policy \"P\" { users groups [Finance], $0 }",
        &["roles"],
        &["all", "none", "groups"],
    );
    // Groups of applications are asked for by none.
    offers(
        "test \"T\" { given { app $0 } }",
        &["Payroll"],
        &["office365"],
    );
    offers(
        "test \"T\" { given { user app Payroll $0 } }",
        &["client", "device.model"],
        &["guest", "action", "app", "device.isRegistered", "user.id"],
    );
    offers(
        "test \"T\" { given { user device [model \"X\", $0] } }",
        &["trustType"],
        &["model", "isRegistered"],
    );
    // Settings that the platform does not have, and null where the service knows none.
    offers(
        "compliance \"C\" for iOS { require $0 }",
        &["setting.osVersion"],
        &["setting.bitLockerEnabled"],
    );
    offers(
        "policy \"P\" { devices where device.model -eq $0 }",
        &["\"text\""],
        &["null"],
    );
    offers(
        "rule R = user.groups -any (_ $0",
        &["-in"],
        &["-startsWith"],
    );
    offers("rule R = $0", &["Managed"], &["R"]);
}

#[test]
fn what_other_rules_say_is_offered() {
    offers(
        "rule A = device.extensionAttribute1 -eq \"SAW\"\n\
         rule B = device.extensionAttribute1 -in [$0]",
        &["SAW"],
        &[],
    );
    offers(
        "policy \"A\" { apps where CustomSecurityAttribute.Tier_Level -eq \"High\" }\n\
         policy \"B\" { apps where CustomSecurityAttribute.$0 }",
        &["Tier_Level"],
        &[],
    );
}

#[test]
fn arguments_are_offered_by_their_place_and_by_name() {
    offers("use T($0)", &["Finance", "who"], &["PhishingResistantMfa"]);
    offers(
        "use T(Finance, $0)",
        &["PhishingResistantMfa", "level"],
        &["Finance", "who"],
    );
    offers(
        "rule Risky(level: RiskLevel) = user.risk -eq level\nrule R = Risky($0)",
        &["high"],
        &["device.model", "-not"],
    );
    offers("template N(a: list $0", &["of"], &["group"]);
    offers("template N(a: state = $0", &["reportOnly"], &["Finance"]);
    // The kind of objects in a type opens no body.
    offers(
        "template N(a: list of group) {\n    $0\n}",
        &["policy", "use"],
        &["users", "schema"],
    );
}

#[test]
fn annotations_offer_what_they_say() {
    let items = found("@suppress($0)\npolicy \"P\" { users all apps all block }");
    assert_eq!(
        items[0].label, "GW0401",
        "the finding that there is comes first"
    );
    offers("@graph($0", &["beta", "without"], &["created by"]);
}

#[test]
fn a_vocabulary_of_one_s_own_is_offered() {
    const OWN: &str = "schema \"S\" version 1\nenum Zone { lab \"L\", hall \"H\" }\n\
        entity door { zone: Zone isOpen: Boolean }\ncontrol escort \"E\"\n\
        effect stay \"S\"\neffect open \"O\"\ncombine strongest otherwise stay\n";
    let own = |text: &str, wanted: &[&str], unwanted: &[&str]| {
        offers(&format!("{OWN}{text}"), wanted, unwanted);
    };
    own(
        "policy \"P\" { $0 }",
        &["when", "then"],
        &["users", "block"],
    );
    own("policy \"P\" { when $0 }", &["door.zone"], &["location"]);
    own(
        "policy \"P\" { when door.zone -eq $0 }",
        &["lab"],
        &["True"],
    );
    own("policy \"P\" { then $0 }", &["stay", "open"], &["escort"]);
    own(
        "policy \"P\" { require $0 }",
        &["escort"],
        &["any", "strength"],
    );
    own(
        "invariant \"I\" { always $0 }",
        &["then", "require"],
        &["block"],
    );
    own("test \"T\" { given { $0 } }", &["door.zone"], &["user"]);
    own(
        "test \"T\" { given { door.zone $0 } }",
        &["hall"],
        &["door.zone"],
    );
    own(
        "test \"T\" { expect { $0 } }",
        &["open", "require"],
        &["block"],
    );
    own(
        "entity gate { zone: $0 }",
        &["Zone", "set of", "Country"],
        &["group"],
    );
    own("combine $0", &["least", "union"], &[]);
    own("dialect \"gatewright\" { String: [$0] }", &["eq"], &["and"]);
    own(
        "dialect \"gatewright\" { connectives: [$0] }",
        &["and"],
        &["eq"],
    );
}

/// What is offered as a whole is right as it is written, and in the one style.
#[test]
fn whole_declarations_are_right_and_in_style() {
    let own = "schema \"S\" version 1\nentity door { isOpen: Boolean }\neffect stay \"S\"\n\
        combine strongest otherwise stay\n//- main.gate\n$0";
    for (text, is_own) in [("$0", false), (own, true)] {
        let text = if is_own {
            format!("//- schema.gate\n{text}")
        } else {
            text.to_owned()
        };
        let fixture = Fixture::new(&text);
        let (source, offset) = fixture.cursor();
        let all = completions(&fixture.snapshot, source, offset);
        let whole: Vec<&Completion> = all.iter().filter(|one| one.label.ends_with('…')).collect();
        assert!(whole.len() >= 3, "{whole:?}");
        for item in whole {
            let plain = format!("{}\n", item.plain());
            let fixture = Fixture::new(&plain);
            let source = fixture.only_source();
            let edits = crate::format(&fixture.snapshot, source);
            assert_eq!(edits, Ok(Vec::new()), "{plain}");
            // What stands for a condition or an effect is nobody's name.
            let compilation = fixture.snapshot.compilation();
            assert!(
                is_own || compilation.is_readable(),
                "{}",
                compilation.render()
            );
        }
    }
}
