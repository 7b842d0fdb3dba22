//! Completions at places of texts that are being written.

use super::*;
use crate::fixture::Fixture;

const NAMES: &str = "//- names.gate\n\
    /// Those who hold money.\n\
    group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
    app Payroll = \"5b0c0de0-0000-4000-8000-000000000002\"\n\
    location Offices = trusted ranges [203.0.113.0/24]\n\
    rule Managed = device.isCompliant -eq True\n\
    template T(who: group, level: strength = Mfa) { policy \"{who}\" { users groups [who] } }\n\
    policy \"Named \u{e9}\" { state enabled users all apps all block }\n\
    //- main.gate\n";

fn found(text: &str) -> Vec<Completion> {
    let fixture = Fixture::new(&format!("{NAMES}{text}"));
    let (source, offset) = fixture.cursor();
    completions(&fixture.snapshot, source, offset)
}

#[track_caller]
fn offers(text: &str, wanted: &[&str], unwanted: &[&str]) {
    let found = found(text);
    let labels: Vec<&str> = found.iter().map(|item| item.label.as_str()).collect();
    for label in wanted {
        assert!(labels.contains(label), "{label} is not among {labels:?}");
    }
    for label in unwanted {
        assert!(!labels.contains(label), "{label} is among {labels:?}");
    }
}

#[test]
fn a_file_starts_with_declarations() {
    offers(
        "$0",
        &["policy", "policy …", "test …", "group"],
        &["users", "-and"],
    );
    offers("pol$0", &["policy"], &[]);
    offers(
        "policy \"A\" { state enabled }\n$0",
        &["policy", "invariant"],
        &["users"],
    );
}

#[test]
fn a_body_starts_with_the_clauses_that_it_may_have() {
    offers(
        "policy \"P\" {\n    $0\n}",
        &["state", "users", "require"],
        &["always", "grace"],
    );
    offers(
        "invariant \"I\" {\n    $0\n}",
        &["always", "never", "users"],
        &["state", "grace"],
    );
    offers(
        "compliance \"C\" for windows {\n    $0\n}",
        &["grace", "require"],
        &["always", "apps"],
    );
    offers(
        "scope \"S\" {\n    $0\n}",
        &["policy", "users"],
        &["always"],
    );
    offers("test \"T\" {\n    $0\n}", &["given", "expect"], &["users"]);
}

#[test]
fn clauses_offer_their_words_and_the_names_of_their_kind() {
    offers(
        "policy \"P\" { users $0 }",
        &["all", "groups", "roles"],
        &["Finance", "mfa"],
    );
    offers(
        "policy \"P\" { users groups [$0] }",
        &["Finance"],
        &["Payroll", "all"],
    );
    // What a list has already is not offered again.
    offers(
        "group Sales = \"5b0c0de0-0000-4000-8000-000000000003\"\n\
         policy \"P\" { users groups [Finance, $0 }",
        &["Sales"],
        &["Finance", "Payroll"],
    );
    offers(
        "policy \"P\" { users roles [Glob$0] }",
        &["GlobalAdministrator"],
        &["Finance"],
    );
    offers(
        "policy \"P\" { users all except $0 }",
        &["groups", "guests"],
        &["state"],
    );
    offers(
        "policy \"P\" { users all $0 }",
        &["except", "apps"],
        &["Finance"],
    );
    offers(
        "policy \"P\" { apps [$0] }",
        &["Payroll", "office365"],
        &["Finance"],
    );
    offers(
        "policy \"P\" { locations all except [$0] }",
        &["Offices"],
        &["Payroll"],
    );
    offers(
        "policy \"P\" { platforms [$0] }",
        &["linux", "iOS"],
        &["browser"],
    );
    offers(
        "policy \"P\" { signInRisk [$0] }",
        &["high", "hidden"],
        &["minor"],
    );
    offers(
        "policy \"P\" { state $0 }",
        &["enabled", "reportOnly"],
        &["users"],
    );
    offers("policy \"P\" { users users $0 }", &[], &["state"]);
}

#[test]
fn requirements_and_sessions_offer_controls_with_what_they_take() {
    offers(
        "policy \"P\" { require $0 }",
        &["mfa", "strength", "any"],
        &["persistentBrowser"],
    );
    offers(
        "policy \"P\" { require any [$0] }",
        &["mfa", "compliantDevice"],
        &["users"],
    );
    offers(
        "policy \"P\" { require strength $0 }",
        &["PhishingResistantMfa"],
        &["mfa"],
    );
    offers(
        "policy \"P\" { session $0 }",
        &["signInFrequency"],
        &["mfa"],
    );
    offers(
        "policy \"P\" { session persistentBrowser $0 }",
        &["always", "never"],
        &["mfa"],
    );
    offers(
        "invariant \"I\" { always $0 }",
        &["block", "require"],
        &["mfa"],
    );
    offers(
        "invariant \"I\" { always require $0 }",
        &["mfa"],
        &["block"],
    );
}

#[test]
fn expressions_offer_what_their_dialect_knows() {
    offers(
        "rule R = $0",
        &["device.isCompliant", "user.department", "Managed", "-not"],
        &["-and"],
    );
    offers(
        "rule R = device.$0",
        &["isCompliant", "trustType"],
        &["user.department"],
    );
    offers(
        "policy \"P\" { devices where device.$0 }",
        &["trustType", "isCompliant"],
        &["department", "isRegistered"],
    );
    offers(
        "rule R = device.isCompliant $0",
        &["-eq", "-ne", "-and"],
        &["-match"],
    );
    offers(
        "policy \"P\" { devices where device.isCompliant $0",
        &["-eq", "-ne"],
        &["-and", "-match"],
    );
    offers("rule R = device.model -st$0", &["-startsWith"], &["-and"]);
    offers(
        "rule R = device.isCompliant -eq $0",
        &["True", "False"],
        &["-and"],
    );
    offers("rule R = signIn.risk -in [$0", &["high"], &["True"]);
    offers(
        "rule R = user.groups -contains $0",
        &["Finance"],
        &["Payroll"],
    );
    offers(
        "rule R = device.isCompliant -eq True $0",
        &["-and", "-or"],
        &["-eq"],
    );
    offers(
        "policy \"P\" {\n    when device.isCompliant -eq True\n    $0\n}",
        &["-and", "require", "block"],
        &[],
    );
}

#[test]
fn whole_objects_are_compared_with_names() {
    offers("rule R = $0", &["location", "app"], &[]);
    offers(
        "rule R = location $0",
        &["-in", "-notIn"],
        &["-and", "-startsWith"],
    );
    offers(
        "rule R = location -in [$0]",
        &["Offices", "allTrusted"],
        &["Payroll"],
    );
    offers(
        "rule R = app -eq $0",
        &["Payroll", "office365"],
        &["Offices"],
    );
    offers("rule R = location -in [Offices] $0", &["-and"], &["-in"]);
}

#[test]
fn what_is_likely_comes_first() {
    let first = |text: &str| -> Vec<String> {
        let found = found(text);
        found.into_iter().take(3).map(|item| item.label).collect()
    };
    assert_eq!(
        first("policy \"P\" {\n    $0\n}"),
        ["state", "users", "guests"]
    );
    assert_eq!(
        first("policy \"P\" {\n    state enabled\n    users all\n    $0\n}"),
        ["guests", "apps", "actions"]
    );
    assert_eq!(first("policy \"P\" { users all $0 }")[0], "except");
    assert_eq!(
        first("test \"T\" { given { $0 } }"),
        ["user", "guest", "agentUser"]
    );
    let labels = found("$0");
    let place = |label: &str| labels.iter().position(|item| item.label == label);
    assert!(place("test") < place("schema") && place("use") < place("dialect"));
    let attributes = found("rule R = device.ext$0");
    let place = |label: &str| attributes.iter().position(|item| item.label == label);
    assert!(place("extensionAttribute2") < place("extensionAttribute10"));
}

#[test]
fn countries_are_offered_by_their_codes() {
    offers("location L = countries [$0]", &["NL", "DE"], &["Offices"]);
    offers("test \"T\" { given { country $0 } }", &["NL"], &["user"]);
}

#[test]
fn everybody_and_nobody_are_not_taken_away() {
    offers(
        "policy \"P\" { users all except $0 }",
        &["groups"],
        &["all", "none"],
    );
    offers(
        "policy \"P\" { users all except guests $0 }",
        &["all", "internalGuest"],
        &[],
    );
}

#[test]
fn members_of_the_service_s_dialect_are_in_quotes() {
    let items = found("policy \"P\" { devices where device.trustType -eq $0 }");
    let item = items.iter().find(|item| item.label == "ServerAD").unwrap();
    assert_eq!(item.insert, "\"ServerAD\"");
}

#[test]
fn templates_offer_their_parameters_and_names_of_their_types() {
    offers("use $0", &["T"], &["policy"]);
    offers("use T($0", &["who", "level"], &[]);
    offers("use T(who: Finance, $0", &["level"], &["who"]);
    offers("use T(who: $0", &["Finance"], &["Payroll", "who"]);
    offers(
        "template N(who: $0",
        &["group", "list of", "RiskLevel"],
        &["Finance"],
    );
    offers(
        "template N(whom: group) {\n    policy \"P\" { users groups [$0] }\n}",
        &["whom", "Finance"],
        &[],
    );
}

#[test]
fn tests_offer_facts_and_expectations() {
    offers(
        "test \"T\" { given { $0 } }",
        &["user", "app", "client"],
        &["verdict"],
    );
    offers(
        "test \"T\" { given { user groups [$0] } }",
        &["Finance"],
        &["Payroll"],
    );
    offers(
        "test \"T\" { given { user  client $0 } }",
        &["browser"],
        &["user"],
    );
    offers(
        "test \"T\" { given { user  device [$0] } }",
        &["trustType"],
        &["user"],
    );
    offers(
        "test \"T\" { given { user  device [trustType $0] } }",
        &["ServerAD"],
        &["isCompliant"],
    );
    offers(
        "test \"T\" { given { user  device.trustType $0 } }",
        &["ServerAD"],
        &["client"],
    );
    offers(
        "test \"T\" { given { user  app $0 } }",
        &["Payroll"],
        &["client"],
    );
    offers(
        "test \"T\" { expect { $0 } }",
        &["verdict", "applied"],
        &["client"],
    );
    offers(
        "test \"T\" { expect { verdict $0 } }",
        &["block", "grant"],
        &["client"],
    );
    let quoted = found("test \"T\" { expect { applied [$0] } }");
    assert_eq!(quoted[0].insert, "\"Named \u{e9}\"");
    let inside = found("test \"T\" { expect { applied [\"N$0\"] } }");
    assert_eq!(inside[0].insert, "Named \u{e9}");
}

#[test]
fn annotations_and_values_of_objects_are_offered() {
    offers("@$0", &["owner", "suppress"], &["policy"]);
    offers("@ow$0\npolicy \"P\" { }", &["owner"], &[]);
    offers("location L = $0", &["trusted ranges", "countries"], &[]);
    offers("strength S = combinations [[$0", &["fido2"], &[]);
    offers(
        "compliance \"C\" for $0",
        &["windows", "linux"],
        &["android5"],
    );
}

#[test]
fn nothing_is_offered_in_comments_and_in_names() {
    for text in [
        "// us$0",
        "policy \"na$0me\" { }",
        "group Fin$0",
        "/// pol$0",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn what_has_been_typed_of_a_word_is_replaced_and_no_more() {
    let fixture = Fixture::new(&format!("{NAMES}policy \"P\" {{ users roles [⟦Glo$0b⟧] }}"));
    let (source, offset) = fixture.cursor();
    let found = completions(&fixture.snapshot, source, offset);
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|item| item.replaced == fixture.ranges()[0])
    );
}

/// Every word that a clause is said to take is taken by the checker.
#[test]
fn the_words_of_clauses_are_those_of_the_language() {
    use gatewright_syntax::ast::Head;
    for head in Head::ALL {
        let rows = match head {
            Head::State => phrases::STATES,
            head => phrases::rows(*head),
        };
        for row in rows {
            let word = row.word;
            if row.follows != phrases::Follows::Nothing || *head == Head::Noncompliance {
                continue;
            }
            let body = match head {
                Head::Always | Head::Never => {
                    format!("invariant \"I\" {{ {} {word} }}", head.word())
                }
                _ => format!("policy \"P\" {{ {} {word} }}", head.word()),
            };
            let fixture = Fixture::new(&body);
            let compilation = fixture.snapshot.compilation();
            assert!(
                compilation.is_readable(),
                "{body}: {}",
                compilation.render()
            );
        }
    }
}

#[test]
fn every_place_of_a_broken_text_answers() {
    let text = "policy \"Ä { users [groups device. -eq\n@ rule R = -not ( template T(x: ) }\n\
                test \"t\" { given { user é } expect";
    let fixture = Fixture::new(text);
    let source = fixture.only_source();
    for offset in 0..=u32::try_from(text.len()).unwrap() + 1 {
        let _ = completions(&fixture.snapshot, source, offset);
    }
}

mod fitting;
