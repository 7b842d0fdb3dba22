//! What is said at places.

use super::*;
use crate::fixture::Fixture;

/// What is said at `$0`, and of what.
fn said(text: &str) -> Option<(String, String)> {
    let fixture = Fixture::new(text);
    let (source, offset) = fixture.cursor();
    let hover = hover(&fixture.snapshot, source, offset)?;
    let sources = &fixture.snapshot.compilation().sources;
    Some((sources.text(hover.span).to_owned(), hover.markdown))
}

#[track_caller]
fn says(text: &str, of: &str, wanted: &[&str]) {
    let (span, markdown) = said(text).expect("something is said");
    assert_eq!(span, of);
    for part in wanted {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
}

#[test]
fn a_name_shows_its_declaration_with_documentation() {
    says(
        "/// Those who hold money, é.\ngroup Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
         policy \"P\" { state enabled users groups [Fin$0ance] apps all block }",
        "Finance",
        &["group Finance = \"5b0c0de0", "Those who hold money, é."],
    );
}

#[test]
fn words_of_an_unfinished_clause_show_what_they_stand_for() {
    let policy = |devices: &str, users: &str| {
        format!(
            "group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             policy \"P\" {{\n    users groups [{users}\n    devices except {devices}\n}}"
        )
    };
    says(
        &policy(
            "device.trust$0Type -eq \"AzureAD\" -and device.",
            "Finance]",
        ),
        "device.trustType",
        &["device.trustType: TrustType?"],
    );
    says(
        &policy("device.isCompliant", "Fin$0ance,, "),
        "Finance",
        &["group Finance = \"5b0c0de0"],
    );
}

#[test]
fn a_built_in_role_shows_its_id() {
    says(
        "policy \"P\" { state enabled users roles [GlobalAdmin$0istrator] apps all block }",
        "GlobalAdministrator",
        &[
            "Global Administrator",
            "62e90394-69f5-4237-9190-012177145e10",
        ],
    );
}

#[test]
fn an_attribute_shows_its_type_its_values_and_what_absence_means() {
    says(
        "policy \"P\" { state enabled users all apps all \
         devices except device.trust$0Type -eq \"AzureAD\" block }",
        "device.trustType",
        &[
            "device.trustType: TrustType?",
            "`ServerAD`: Microsoft Entra hybrid joined.",
            "negative ones",
            "devices except",
        ],
    );
}

#[test]
fn a_policy_is_told_in_a_sentence() {
    says(
        "policy \"Blo$0ck\" { state enabled users all apps all platforms [linux] block }",
        "\"Block\"",
        &["Blocks for all users, all resources, on linux."],
    );
}

#[test]
fn operators_heads_members_and_codes_are_explained() {
    says(
        "rule R = device.model -n$0e \"x\"",
        "-ne",
        &["unregistered device"],
    );
    says("policy \"P\" { us$0ers all }", "users", &["Which users."]);
    says(
        "policy \"P\" { users all apps all flows [deviceCode$0Flow] block }",
        "deviceCodeFlow",
        &["device code flow"],
    );
    says(
        "policy \"P\" { users all apps all require m$0fa }",
        "mfa",
        &["multifactor"],
    );
    says(
        "@allow(GW03$002)\npolicy \"P\" { users all apps all block }",
        "GW0302",
        &["page of this finding"],
    );
}

#[test]
fn an_id_shows_who_has_it() {
    says(
        "group A = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
         policy \"P\" { state enabled users groups [\"5b0c0de0-0000-$04000-8000-000000000001\"] apps all block }",
        "\"5b0c0de0-0000-4000-8000-000000000001\"",
        &["**A**: group"],
    );
}

#[test]
fn words_say_what_they_mean_where_they_stand() {
    says(
        "test \"T\" { given { user plat$0form iOS } }",
        "platform",
        &["the device platform"],
    );
    says(
        "test \"T\" { given { user device [trust$0Type \"AzureAD\"] } }",
        "trustType",
        &["trustType: TrustType?", "hybrid joined"],
    );
    says(
        "test \"T\" { given { user device [trustType \"Azure$0AD\"] } }",
        "\"AzureAD\"",
        &["**AzureAD** (`TrustType`)", "Microsoft Entra joined"],
    );
    says(
        "policy \"P\" { session persistentBrowser ne$0ver }",
        "never",
        &["ends when the browser is closed"],
    );
    says(
        "@own$0er(\"x\")\npolicy \"P\" { }",
        "owner",
        &["who answers for it"],
    );
    says(
        "policy \"P\" { apps off$0ice365 }",
        "office365",
        &["applications", "Office 365 Exchange Online"],
    );
    says(
        "location L = countries [NL] by g$0ps",
        "gps",
        &["authenticator app"],
    );
}

#[test]
fn heads_say_what_they_take() {
    says(
        "policy \"P\" { sta$0te enabled }",
        "state",
        &["- `reportOnly`: evaluated and recorded, not enforced"],
    );
    says(
        "policy \"P\" { require$0 mfa }",
        "require",
        &["- `mfa`: Require multi"],
    );
    says(
        "invariant \"I\" { never$0 block }",
        "never",
        &["- `block`: whoever has what is asked for gets in"],
    );
}

#[test]
fn parameters_show_their_types_where_they_are_used() {
    says(
        "template T(who: list of group) { policy \"P\" { users groups wh$0o } }",
        "who",
        &["who: list of group"],
    );
    says(
        "template Te$0mplate(who: list of group) { policy \"P\" { users groups who } }",
        "Template",
        &["- policy \"P\""],
    );
}

#[test]
fn only_devices_are_unregistered() {
    let (_, said) = said("rule R = user.department -n$0e \"x\"").expect("something");
    assert!(
        said.contains("no value") && !said.contains("unregistered"),
        "{said}"
    );
}

#[test]
fn every_place_of_a_broken_text_answers() {
    let text = "policy \"Ä { users [groups device. -eq\n@ rule R = -not ( template T(x: ) }";
    let fixture = Fixture::new(text);
    let source = fixture.only_source();
    for offset in 0..=u32::try_from(text.len()).unwrap() + 1 {
        let _ = hover(&fixture.snapshot, source, offset);
    }
}
