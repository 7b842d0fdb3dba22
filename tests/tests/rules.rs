//! The device filter's rule language: real rules, every property and operator, every spelling.
//!
//! What a rule matches is decided by the compiled program, the DAG and the reference evaluator, in
//! both modes of the filter ([`gatewright_tests::device_rules`]).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_hir::entra_schema;
use gatewright_hir::schema::Attribute;
use gatewright_syntax::ast::CompareOperator;
use gatewright_tests::corpus::{files, folder, lines};
use gatewright_tests::device_rules::{Applies, DeviceRule, codes, example, is_negative};
use serde_json::{Value, json};

fn read(text: &str) -> DeviceRule {
    DeviceRule::read(text).unwrap_or_else(|codes| panic!("{text}: {codes:?}"))
}

/// What is said about rules of the corpus.
const SAID: &[(&str, &[&str], &str)] = &[(
    "(device.deviceid -eq \"aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb\")",
    &["GW0310"],
    "the page writes `deviceid`, the property is `deviceId`",
)];

#[test]
fn every_device_rule_of_the_corpus_is_accepted() {
    let mut count = 0;
    for (path, _) in files(&folder().join("rules"), ".jsonl") {
        for line in lines(&format!("rules/{path}")) {
            if line["dialect"] != "ca-device-filter" {
                continue;
            }
            let rule = line["rule"].as_str().unwrap();
            let said = SAID.iter().find(|(known, _, _)| *known == rule);
            let expected: &[&str] = said.map_or(&[], |(_, codes, _)| codes);
            assert_eq!(codes(rule), expected, "{rule}");
            if let Some((_, codes, reason)) = said {
                println!("{rule}\n  {codes:?}: {reason}");
            }
            // An unregistered device matches or does not, in every engine alike.
            let _ = read(rule).matches(&Value::Null);
            count += 1;
        }
    }
    assert_eq!(count, 24);
}

/// The properties as the service documents them, with the operators that they have.
const PROPERTIES: &[(&str, &str)] = &[
    ("deviceId mdmAppId", "eq ne in notIn"),
    ("displayName manufacturer model enrollmentProfileName", TEXT),
    ("operatingSystem operatingSystemVersion", TEXT),
    (
        "extensionAttribute1 extensionAttribute2 extensionAttribute3 extensionAttribute4",
        TEXT,
    ),
    (
        "extensionAttribute5 extensionAttribute6 extensionAttribute7 extensionAttribute8",
        TEXT,
    ),
    (
        "extensionAttribute9 extensionAttribute10 extensionAttribute11",
        TEXT,
    ),
    (
        "extensionAttribute12 extensionAttribute13 extensionAttribute14 extensionAttribute15",
        TEXT,
    ),
    ("deviceOwnership isCompliant profileType trustType", "eq ne"),
    ("physicalIds", "contains notContains"),
    ("systemLabels", "contains notContains eq ne"),
];

const TEXT: &str =
    "eq ne startsWith notStartsWith endsWith notEndsWith contains notContains in notIn";

fn properties() -> impl Iterator<Item = (&'static str, Vec<CompareOperator>)> {
    PROPERTIES.iter().flat_map(|(names, operators)| {
        let operators = operators
            .split(' ')
            .map(|w| CompareOperator::from_word(w).unwrap());
        let operators: Vec<_> = operators.collect();
        names.split(' ').map(move |name| (name, operators.clone()))
    })
}

/// A property as requests and the schema call it.
fn request_name(property: &'static str) -> &'static str {
    if property == "deviceOwnership" {
        "ownership"
    } else {
        property
    }
}

fn attribute(property: &'static str) -> Attribute {
    let schema = entra_schema();
    let id = schema
        .find_attribute(&format!("device.{}", request_name(property)))
        .unwrap();
    schema.attribute(id).unwrap().clone()
}

#[test]
fn every_property_takes_its_operators_and_no_others() {
    assert_eq!(properties().count(), 29);
    for (property, operators) in properties() {
        for operator in CompareOperator::ALL {
            let is_list = matches!(operator, CompareOperator::In | CompareOperator::NotIn);
            let example = example(&attribute(property).kind, *operator);
            let comparison = match example {
                Some(example) => example.comparison,
                None if is_list => format!("-{} [\"x\"]", operator.word()),
                None => format!("-{} \"x\"", operator.word()),
            };
            let rule = format!("device.{property} {comparison}");
            let is_equality = matches!(operator, CompareOperator::Eq | CompareOperator::Ne);
            let expected: &[&str] = match operators.contains(operator) {
                false => &["GW0303"],
                // The service's own pages compare labels like this.
                true if property == "systemLabels" && is_equality => &["GW0313"],
                true => &[],
            };
            assert_eq!(codes(&rule), expected, "{rule}");
            assert_eq!(
                DeviceRule::read(&rule).is_ok(),
                operators.contains(operator),
                "{rule}"
            );
        }
    }
}

/// The states of a device that matter, and whether the values of extension attributes are there.
fn states() -> Vec<(&'static str, Value, bool)> {
    vec![
        (
            "managed",
            json!({"mdmAppId": "0000000a-0000-0000-c000-000000000000"}),
            true,
        ),
        ("compliant", json!({"isCompliant": true}), true),
        ("hybrid joined", json!({"trustType": "ServerAD"}), true),
        (
            "hybrid joined, in another case",
            json!({"trustType": "SERVERAD"}),
            true,
        ),
        (
            "not compliant, joined",
            json!({"isCompliant": false, "trustType": "AzureAD"}),
            false,
        ),
        ("of which nothing is known", json!({}), false),
    ]
}

/// Registration × family of operators × mode of the filter, for every property and operator.
#[test]
fn a_filter_applies_by_registration_operator_and_mode() {
    for (property, operators) in properties() {
        let kind = attribute(property).kind;
        let name = request_name(property);
        for operator in operators {
            let example = example(&kind, operator).unwrap();
            let rule = read(&format!("device.{property} {}", example.comparison));
            let absent = Applies::matching(is_negative(operator));
            assert_eq!(
                rule.applies(&Value::Null),
                absent,
                "{property}, unregistered"
            );
            for (state, device, is_trusted) in states() {
                if !device.as_object().unwrap().contains_key(name) {
                    assert_eq!(rule.applies(&device), absent, "{property} is null, {state}");
                }
                let is_hidden = property.starts_with("extensionAttribute") && !is_trusted;
                for (value, is_met) in [(&example.met, true), (&example.missed, false)] {
                    let mut device = device.clone();
                    device[name] = value.clone();
                    let wanted = if is_hidden {
                        absent
                    } else {
                        Applies::matching(is_met)
                    };
                    assert_eq!(
                        rule.applies(&device),
                        wanted,
                        "{property}, {state}: {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_four_corners_of_an_unregistered_device() {
    let positive = read("device.extensionAttribute1 -eq \"SAW\"").applies(&Value::Null);
    let negative = read("device.extensionAttribute1 -ne \"SAW\"").applies(&Value::Null);
    assert_eq!((positive.include, positive.exclude), (false, true));
    assert_eq!((negative.include, negative.exclude), (true, false));
}

/// Rules that mean the same whatever the spelling: the rule, what is said, and whether it matches a
/// compliant, hybrid joined device called `Åse's "SAW"`.
const SPELLINGS: &[(&str, &[&str], bool)] = &[
    // Operators: with and without hyphen, in any case.
    ("device.trustType -eq \"ServerAD\"", &[], true),
    ("device.trustType eq \"ServerAD\"", &[], true),
    ("device.trustType -EQ \"SERVERAD\"", &[], true),
    ("device.displayName -StartsWith \"åse\"", &[], true),
    ("device.displayName notstartswith \"åse\"", &[], false),
    (
        "device.isCompliant -eq True AND device.trustType -eq \"ServerAD\"",
        &[],
        true,
    ),
    (
        "device.isCompliant -ne True OR device.trustType -ne \"ServerAD\"",
        &[],
        false,
    ),
    ("NOT device.isCompliant -eq True", &[], false),
    ("-not (device.isCompliant -eq True)", &[], false),
    // Names: in any case, with a warning.
    ("Device.TrustType -eq \"ServerAD\"", &["GW0310"], true),
    // Booleans: bare and quoted, in any case.
    ("device.isCompliant -eq True", &[], true),
    ("device.isCompliant -eq true", &[], true),
    ("device.isCompliant -eq \"True\"", &[], true),
    ("device.isCompliant -eq \"TRUE\"", &[], true),
    ("device.isCompliant -ne False", &[], true),
    ("device.isCompliant -eq \"False\"", &[], false),
    // Quotes: double, single, and those of word processors.
    ("device.trustType -eq 'ServerAD'", &["GW0311"], true),
    ("device.trustType -eq “ServerAD”", &["GW0312"], true),
    ("device.trustType -eq ‘ServerAD’", &["GW0312"], true),
    // Dashes of word processors: en, em and minus.
    ("device.trustType –eq \"ServerAD\"", &["GW0312"], true),
    ("device.trustType —eq \"ServerAD\"", &["GW0312"], true),
    ("device.trustType −eq \"ServerAD\"", &["GW0312"], true),
    // A string ends at its quote; a backtick or a doubled single quote escapes, a backslash never.
    ("device.displayName -eq \"Åse's `\"SAW`\"\"", &[], true),
    ("device.displayName -eq 'Åse''s \"SAW\"'", &["GW0311"], true),
    ("device.displayName -contains \"\\\"", &[], false),
    // Lists, with a comma after the last element or not.
    ("device.model -in [\"Surface\", \"Pro\"]", &[], true),
    ("device.model -in [\"Surface\", \"Pro\",]", &[], true),
    ("device.model -notIn [\"pro\"]", &[], false),
    ("device.model -in['pro']", &["GW0311"], true),
    // White space: any, and none where nothing needs it.
    ("  device.isCompliant\n\t-eq\r\n True ", &[], true),
    (
        "device.model -eq\"Pro\"-and(device.isCompliant -eq True)",
        &[],
        true,
    ),
    // Precedence: `-and` before `-or`, parentheses before both, `-not` before all.
    (
        "device.isCompliant -eq True -or device.model -eq \"a\" -and device.manufacturer -eq \"b\"",
        &[],
        true,
    ),
    (
        "(device.isCompliant -eq True -or device.model -eq \"a\") \
         -and device.manufacturer -eq \"b\"",
        &[],
        false,
    ),
    (
        "-not device.model -eq \"a\" -and device.manufacturer -eq \"b\"",
        &[],
        false,
    ),
    (
        "-not (device.model -eq \"a\" -and device.manufacturer -eq \"b\")",
        &[],
        true,
    ),
    ("((((device.model -eq \"Pro\"))))", &[], true),
];

#[test]
fn spelling_changes_what_is_said_and_not_what_is_meant() {
    let device = json!({
        "isCompliant": true,
        "trustType": "ServerAD",
        "displayName": "åSE'S \"saw\"",
        "model": "Pro",
    });
    for (rule, said, matches) in SPELLINGS {
        assert_eq!(codes(rule), *said, "{rule}");
        assert_eq!(read(rule).matches(&device), *matches, "{rule}");
    }
}

/// Rules that the service refuses or that cannot be understood, and the one code that says why.
const REFUSED: &[(&str, &str)] = &[
    ("", "GW0110"),
    ("()", "GW0110"),
    ("device.isCompliant", "GW0307"),
    ("\"True\" -eq device.isCompliant", "GW0307"),
    ("True", "GW0307"),
    ("device.isCompliant -eq", "GW0107"),
    ("device.isCompliant -eq True -and", "GW0109"),
    ("-or device.isCompliant -eq True", "GW0109"),
    (
        "device.isCompliant -eq True device.model -eq \"a\"",
        "GW0108",
    ),
    ("device.isCompliant -eq True once", "GW0111"),
    ("(device.isCompliant -eq True", "GW0104"),
    ("device.isCompliant -eq True)", "GW0104"),
    ("device.model -eq \"Pro", "GW0103"),
    ("device.isCompliant -eq True;", "GW0102"),
    ("device.model -equals \"Pro\"", "GW0105"),
    ("device.model == \"Pro\"", "GW0106"),
    (
        "device.isCompliant -eq True && device.isCompliant -eq True",
        "GW0106",
    ),
    // Values.
    ("device.isCompliant -eq \"yes\"", "GW0304"),
    ("device.isCompliant -eq 1", "GW0304"),
    ("device.trustType -eq \"AzureADJoined\"", "GW0302"),
    ("device.profileType -eq \"Standard\"", "GW0302"),
    ("device.deviceOwnership -eq \"Corporate\"", "GW0302"),
    ("device.trustType -eq ServerAD", "GW0309"),
    ("device.operatingSystemVersion -startsWith 10", "GW0309"),
    ("device.model -eq null", "GW0305"),
    ("device.model -ne $null", "GW0305"),
    ("device.model -eq \"\"", "GW0308"),
    ("device.model -in \"Pro\"", "GW0306"),
    ("device.model -eq [\"Pro\"]", "GW0306"),
    ("device.model -in []", "GW0306"),
    ("device.model -in [\"a\" \"b\"]", "GW0115"),
    // What other dialects have.
    ("device.model -match \"^Pro\"", "GW0303"),
    ("device.operatingSystemVersion -ge \"10.0\"", "GW0303"),
    (
        "device.physicalIds -any (_ -startsWith \"[ZTDId]\")",
        "GW0316",
    ),
    (
        "Direct Reports for \"00001111-aaaa-2222-bbbb-3333cccc4444\"",
        "GW0316",
    ),
    ("user.department -eq \"Sales\"", "GW0301"),
    ("device.accountEnabled -eq True", "GW0301"),
    ("device.deviceCategory -eq \"Kiosk\"", "GW0301"),
    ("device.isRooted -eq False", "GW0301"),
    ("device.managementType -eq \"MDM\"", "GW0301"),
    ("device.memberOf -eq \"x\"", "GW0301"),
    ("device.objectId -eq \"x\"", "GW0301"),
    ("device.isRegistered -eq True", "GW0301"),
    ("device.ownership -eq \"Company\"", "GW0301"),
];

#[test]
fn what_the_service_refuses_is_refused_once_with_its_reason() {
    for (rule, code) in REFUSED {
        assert_eq!(codes(rule), [*code], "{rule}");
        assert!(DeviceRule::read(rule).is_err(), "{rule}");
    }
}

#[test]
fn a_rule_may_have_3072_characters_and_not_one_more() {
    let start = "device.model -eq \"";
    // A character may be more than a byte.
    let rule = |length: usize| {
        let filling = "é".repeat(length - start.len() - 1);
        format!("{start}{filling}\"")
    };
    assert_eq!(rule(3072).chars().count(), 3072);
    assert_eq!(codes(&rule(3072)), Vec::<&str>::new());
    assert_eq!(codes(&rule(3073)), ["GW0501"]);
    // It is the service that refuses; what the rule means is clear.
    let text = rule(3073);
    let model = text
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap();
    assert!(read(&text).matches(&json!({"model": model.to_uppercase()})));
}

#[test]
fn each_comparison_takes_null_on_its_own_before_they_are_combined() {
    let mixed = read("device.trustType -eq \"AzureAD\" -and device.isCompliant -ne True");
    assert!(!mixed.matches(&Value::Null));
    assert!(!mixed.matches(&json!({})));
    assert!(mixed.matches(&json!({"trustType": "AzureAD"})));
    assert!(!mixed.matches(&json!({"trustType": "AzureAD", "isCompliant": true})));
    let negated = read("-not (device.trustType -eq \"AzureAD\")");
    assert!(negated.matches(&Value::Null));
}

#[test]
fn compliance_of_a_device_that_nothing_manages_is_neither_true_nor_false() {
    let unmanaged = json!({"trustType": "Workplace"});
    assert!(!read("device.isCompliant -eq True").matches(&unmanaged));
    assert!(!read("device.isCompliant -eq False").matches(&unmanaged));
    assert!(read("device.isCompliant -ne True").matches(&unmanaged));
    assert!(read("device.isCompliant -ne False").matches(&unmanaged));
}

#[test]
fn versions_are_texts_in_a_device_rule() {
    let rule = read("device.operatingSystemVersion -startsWith \"10.0\"");
    for (version, matches) in [
        ("10.0.19045", true),
        ("10.01", true),
        ("10.1", false),
        ("010.0", false),
    ] {
        assert_eq!(
            rule.matches(&json!({"operatingSystemVersion": version})),
            matches,
            "{version}"
        );
    }
}

#[test]
fn case_is_folded_as_unicode_says_and_nothing_is_trimmed() {
    let rule = read("device.displayName -eq \"ÅSE Kelvin\"");
    assert!(rule.matches(&json!({"displayName": "åse \u{212A}elvin"})));
    assert!(!rule.matches(&json!({"displayName": "åse kelvin "})));
    assert!(!rule.matches(&json!({"displayName": "ase kelvin"})));
}
