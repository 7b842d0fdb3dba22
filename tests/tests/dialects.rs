//! Rules of every dialect: those of the corpus, what they match, and what their translations match.
//!
//! What a rule matches is decided by the compiled program, the DAG and the reference evaluator.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_compiler::translate_rule;
use gatewright_tests::corpus::{files, folder, lines};
use gatewright_tests::dialects::{DialectRule, codes_in};
use gatewright_tests::generate::Random;
use serde_json::{Value, json};

fn read(dialect: &str, text: &str) -> DialectRule {
    DialectRule::read(dialect, text).unwrap_or_else(|codes| panic!("{text}: {codes:?}"))
}

/// The dialect of a rule of the corpus, which knows families only.
fn dialect_of(family: &str, rule: &str) -> &'static str {
    match family {
        "ca-device-filter" => "ca-device",
        "dynamic-membership" if rule.contains("device.") => "dyn-device",
        "dynamic-membership" => "dyn-user",
        "intune-filter" if rule.contains("app.") => "intune-app",
        "intune-filter" => "intune-device",
        other => panic!("the corpus has a family `{other}`"),
    }
}

/// Rules of the corpus that are refused: what is said, and why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "user.employeeHireDate -eq \"value\"",
        "GW0304",
        "the page stands `value` for a date; a date is ISO 8601",
    ),
    (
        "user.employeeId -ne *null*",
        "GW0102",
        "the page's italics are in the rule; null is written without marks",
    ),
    (
        "user.department -eq `\"Sales`\"",
        "GW0116",
        "the quotes are escaped for PowerShell; in the rule itself they are plain",
    ),
    (
        "(user.proxyAddresses -any (\\_ -startsWith \"contoso\"))",
        "GW0102",
        "the backslash escapes the underscore for Markdown",
    ),
    (
        "(device.devicePhysicalIds -any _ -eq \"[OrderID]:179887111881\"",
        "GW0104",
        "a parenthesis is never closed",
    ),
    (
        "(device.devicePhysicalIds -any _ -eq \"[PurchaseOrderId]:76222342342\"",
        "GW0104",
        "a parenthesis is never closed",
    ),
    (
        "device.systemLabels -startsWith \"M365Managed\" SystemLabels",
        "GW0111",
        "the next column of the page's table is in the rule",
    ),
];

/// What is said about rules of the corpus that are accepted, by what is in them.
const SAID: &[(&str, &str, &str)] = &[
    ("device.deviceid ", "GW0310", "the property is `deviceId`"),
    ("mailNickname", "GW0310", "the property is `mailNickName`"),
    (
        "employeehiredate",
        "GW0310",
        "the property is `employeeHireDate`",
    ),
    (
        "devicePhysicalIDs",
        "GW0310",
        "the property is `devicePhysicalIds`",
    ),
    ("–", "GW0312", "a dash of a word processor"),
    (
        "-in ['value']",
        "GW0319",
        "the page stands `value` for an object id",
    ),
    (
        "{objectID_of_manager}",
        "GW0319",
        "a placeholder for an object id",
    ),
    (
        "device.osVersion",
        "GW0338",
        "the page calls the property deprecated",
    ),
];

#[test]
fn every_rule_of_the_corpus_is_accepted_or_refused_for_a_reason() {
    let mut counts = (0, 0);
    for (path, _) in files(&folder().join("rules"), ".jsonl") {
        for line in lines(&format!("rules/{path}")) {
            let rule = line["rule"].as_str().unwrap();
            let dialect = dialect_of(line["dialect"].as_str().unwrap(), rule);
            let mut codes = codes_in(dialect, rule);
            codes.dedup();
            match REFUSED.iter().find(|(known, _, _)| *known == rule) {
                Some((_, code, _)) => {
                    assert_eq!(codes, [*code], "{rule}");
                    assert!(DialectRule::read(dialect, rule).is_err(), "{rule}");
                    counts.1 += 1;
                }
                None => {
                    let said = SAID.iter().filter(|(part, _, _)| rule.contains(part));
                    let said: Vec<&str> = said.map(|(_, code, _)| *code).collect();
                    assert_eq!(codes, said, "{rule}");
                    // Nothing is known of the object, and every engine says the same of it.
                    let _ = read(dialect, rule).matches(&Value::Null);
                    counts.0 += 1;
                }
            }
        }
    }
    assert_eq!(counts, (185, 7));
}

/// A dialect, a rule, facts, and whether the rule matches them.
fn cases() -> Vec<(&'static str, &'static str, Value, bool)> {
    let plan =
        |service: &str, status: &str| json!({"service": service, "capabilityStatus": status});
    let user = "dyn-user";
    vec![
        (
            user,
            "user.department -eq \"sales\"",
            json!({"department": "Sales"}),
            true,
        ),
        (user, "user.department -ne \"Sales\"", json!({}), true),
        (user, "user.department -eq null", json!({}), true),
        (
            user,
            "user.department -ne null",
            json!({"Department": "x"}),
            true,
        ),
        (
            user,
            "user.displayName -match \"^Da.*\"",
            json!({"displayName": "david"}),
            true,
        ),
        (
            user,
            "user.displayName -match \"vid\"",
            json!({"displayName": "David B"}),
            true,
        ),
        (user, "user.displayName -notMatch \"vid\"", json!({}), true),
        // Of a set, some element has the part; a whole element is never asked for by accident.
        (
            user,
            "user.proxyAddresses -contains \"contoso\"",
            json!({"proxyAddresses": ["smtp:a@x", "SMTP:b@CONTOSO.com"]}),
            true,
        ),
        (
            user,
            "user.proxyAddresses -notContains \"contoso\"",
            json!({}),
            true,
        ),
        (
            user,
            "user.proxyAddresses -any (_ -startsWith \"smtp:\" -and _ -endsWith \"@x\")",
            json!({"proxyAddresses": ["smtp:a@y", "b@x"]}),
            false,
        ),
        (
            user,
            "user.otherMails -all (_ -endsWith \"@x\")",
            json!({"otherMails": ["a@x", "b@X"]}),
            true,
        ),
        (
            user,
            "user.otherMails -all (_ -endsWith \"@x\")",
            json!({"otherMails": ["a@y"]}),
            false,
        ),
        (
            user,
            "user.otherMails -all (_ -endsWith \"@x\")",
            json!({}),
            true,
        ),
        // Members of one element, not of two.
        (
            user,
            "user.assignedPlans -any (assignedPlan.service -eq \"SCO\" \
             -and assignedPlan.capabilityStatus -eq \"Enabled\")",
            json!({"assignedPlans": [plan("SCO", "Deleted"), plan("Exchange", "Enabled")]}),
            false,
        ),
        (
            user,
            "user.assignedPlans -any (assignedPlan.service -eq \"SCO\" \
             -and assignedPlan.capabilityStatus -eq \"Enabled\")",
            json!({"assignedPlans": [plan("sco", "enabled")]}),
            true,
        ),
        (
            user,
            "user.assignedPlans -all (assignedPlan.servicePlanId -eq null)",
            json!({"assignedPlans": [plan("SCO", "Enabled")]}),
            true,
        ),
        (
            user,
            "user.memberOf -any (group.objectId -in ['00001111-aaaa-2222-bbbb-3333cccc4444'])",
            json!({"memberOf": [{"id": "00001111-AAAA-2222-bbbb-3333cccc4444"}]}),
            true,
        ),
        (
            user,
            "Direct Reports for \"00001111-aaaa-2222-bbbb-3333cccc4444\"",
            json!({"manager": {"id": "00001111-aaaa-2222-bbbb-3333cccc4444"}}),
            true,
        ),
        (
            user,
            "Direct Reports for \"00001111-aaaa-2222-bbbb-3333cccc4444\"",
            json!({}),
            false,
        ),
        (
            user,
            "user.extension_1_Office -ne \"a\"",
            json!({"extension_1_Office": "b", "extension_2_Other": "c"}),
            true,
        ),
        // The present is 2026-11-22T09:00:00Z.
        (
            user,
            "user.employeeHireDate -ge system.now -plus p1d",
            json!({"employeeHireDate": "2026-11-23T09:00:00Z"}),
            true,
        ),
        (
            user,
            "user.employeeHireDate -ge system.now -plus p1d",
            json!({"employeeHireDate": "2026-11-23T08:59:59Z"}),
            false,
        ),
        (
            user,
            "user.employeeHireDate -le system.now -minus p1d",
            json!({"employeeHireDate": "2026-11-21T09:00:00Z"}),
            true,
        ),
        (
            user,
            "user.employeeHireDate -le system.now",
            json!({}),
            false,
        ),
        (
            user,
            "user.employeeHireDate -le 2020-06-10T18:13:20Z",
            json!({"employeeHireDate": "2020-06-10T18:13:20Z"}),
            true,
        ),
        (
            "dyn-device",
            "device.devicePhysicalIds -any _ -startsWith \"[ZTDId]\"",
            json!({"devicePhysicalIds": ["[OrderID]:1", "[ZTDId]:2"]}),
            true,
        ),
        (
            "dyn-device",
            "device.objectId -ne null",
            json!({"id": "x"}),
            true,
        ),
        (
            "intune-device",
            "device.operatingSystemVersion -eq 10.0.26100",
            json!({"operatingSystemVersion": "10.0.26100.9457"}),
            false,
        ),
        (
            "intune-device",
            "device.operatingSystemVersion -gt 10.0.26100.0",
            json!({"operatingSystemVersion": "10.0.26100.9457"}),
            true,
        ),
        (
            "intune-device",
            "device.operatingSystemVersion -eq \"10.0\"",
            json!({"operatingSystemVersion": "10.0.0.0"}),
            true,
        ),
        (
            "intune-device",
            "device.operatingSystemVersion -lt 99.0",
            json!({"operatingSystemVersion": "unknown"}),
            false,
        ),
        (
            "intune-device",
            "device.operatingSystemVersion -ne 99.0",
            json!({"operatingSystemVersion": "unknown"}),
            true,
        ),
        (
            "intune-device",
            "device.isRooted -eq \"True\"",
            json!({"isRooted": true}),
            true,
        ),
        (
            "intune-device",
            "device.deviceName -eq \" x \"",
            json!({"deviceName": "X  "}),
            true,
        ),
        (
            "intune-device",
            "device.deviceCategory -eq $null",
            json!({}),
            true,
        ),
        (
            "intune-device",
            "device.model -eq \"a\" -or device.model -eq \"b\" -and device.manufacturer -eq \"c\"",
            json!({"model": "a"}),
            true,
        ),
        (
            "intune-app",
            "app.appVersion -startsWith \"10.\"",
            json!({"appVersion": "10.1"}),
            true,
        ),
    ]
}

#[test]
fn a_rule_matches_what_its_dialect_says() {
    for (dialect, rule, facts, expected) in cases() {
        assert_eq!(
            read(dialect, rule).matches(&facts),
            expected,
            "{rule}: {facts}"
        );
    }
}

#[test]
fn without_a_clock_the_present_is_not_known() {
    let rule = read("dyn-user", "user.employeeHireDate -ge system.now -plus p1d");
    let hired = json!({"employeeHireDate": "2026-11-23T09:00:00Z"});
    assert_eq!(rule.matches_at(&hired, None), None);
    assert_eq!(
        rule.matches_at(&hired, Some("2026-11-22T09:00:00Z")),
        Some(true)
    );
}

#[test]
fn a_filter_over_custom_security_attributes_asks_for_what_an_app_is_tagged_with() {
    let tagged =
        json!({"Engineering": {"Project": ["Baker", "Cascade"], "Level": "High", "Old": true}});
    for (rule, tagged_matches, untagged_matches) in [
        (
            "CustomSecurityAttribute.Engineering_Level -eq \"high\"",
            true,
            false,
        ),
        (
            "CustomSecurityAttribute.Engineering_Level -ne \"high\"",
            false,
            true,
        ),
        (
            "CustomSecurityAttribute.Engineering_Project -contains \"baker\"",
            true,
            false,
        ),
        (
            "CustomSecurityAttribute.Engineering_Project -contains \"bak\"",
            false,
            false,
        ),
        (
            "CustomSecurityAttribute.Engineering_Level -contains \"ig\"",
            true,
            false,
        ),
        (
            "CustomSecurityAttribute.Engineering_Old -eq \"true\"",
            false,
            false,
        ),
        (
            "-not (CustomSecurityAttribute.Engineering_Level -startsWith \"h\")",
            false,
            true,
        ),
    ] {
        let rule_read = read("ca-csa", rule);
        assert_eq!(rule_read.matches(&tagged), tagged_matches, "{rule}");
        assert_eq!(
            rule_read.matches(&Value::Null),
            untagged_matches,
            "{rule}, untagged"
        );
        assert_eq!(
            rule_read.matches(&json!({})),
            untagged_matches,
            "{rule}, no tag"
        );
    }
}

/// What is known of a device, by what it is called in each dialect, with values by dialect.
const KNOWN: &[([&str; 3], &[[&str; 3]])] = &[
    (
        ["trustType", "deviceTrustType", "deviceTrustType"],
        &[
            ["AzureAD", "AzureAD", "Azure AD joined"],
            ["ServerAD", "ServerAD", "Hybrid Azure AD joined"],
            ["Workplace", "Workplace", "Azure AD registered"],
        ],
    ),
    (
        ["deviceOwnership", "deviceOwnership", "deviceOwnership"],
        &[
            ["Personal", "Personal", "Personal"],
            ["Company", "Company", "Corporate"],
        ],
    ),
    (
        ["model", "deviceModel", "model"],
        &[["Pro 9"; 3], ["Go"; 3], ["a`b"; 3]],
    ),
    (
        ["manufacturer", "deviceManufacturer", "manufacturer"],
        &[["Microsoft"; 3], ["Micro"; 3]],
    ),
    (
        ["displayName", "displayName", "deviceName"],
        &[["PC-1"; 3], ["pc-2"; 3]],
    ),
    (
        ["operatingSystemVersion", "deviceOSVersion", "osVersion"],
        &[["10.0.1"; 3], ["10.0.22631"; 3]],
    ),
    (
        [
            "enrollmentProfileName",
            "enrollmentProfileName",
            "enrollmentProfileName",
        ],
        &[["Kiosk"; 3], ["Pilot"; 3]],
    ),
    (
        ["extensionAttribute1", "extensionAttribute1", ""],
        &[["SAW"; 3], ["Room"; 3]],
    ),
];

/// Sets that two of the dialects see.
const SETS: &[([&str; 3], &[&str])] = &[
    (
        ["physicalIds", "devicePhysicalIds", ""],
        &["[ZTDId]:1", "[OrderID]:2"],
    ),
    (
        ["systemLabels", "systemLabels", ""],
        &["M365Managed", "CloudPC"],
    ),
];

const DIALECTS: [&str; 3] = ["ca-device", "dyn-device", "intune-device"];

/// The same device in each dialect.
fn device(random: &mut Random) -> [Value; 3] {
    // A compliant device: Conditional Access sees its extension attributes.
    let mut device = [json!({"isCompliant": true}), json!({}), json!({})];
    for (names, values) in KNOWN {
        if random.chance(30) {
            continue;
        }
        let value = random.pick(values);
        for at in 0..3 {
            // A device says it in the words of the request.
            let name = match (at, names[at]) {
                (0, "deviceOwnership") => "ownership",
                (_, name) => name,
            };
            if !name.is_empty() {
                device[at][name] = json!(value[at]);
            }
        }
    }
    for (names, values) in SETS {
        let some: Vec<&str> = values
            .iter()
            .copied()
            .filter(|_| random.chance(50))
            .collect();
        for at in 0..3 {
            if !names[at].is_empty() {
                device[at][names[at]] = json!(some);
            }
        }
    }
    device
}

/// A rule of the dialect of this column.
fn rule(random: &mut Random, at: usize, depth: usize) -> String {
    if depth > 0 && random.chance(60) {
        let (left, right) = (rule(random, at, depth - 1), rule(random, at, depth - 1));
        return match random.below(3) {
            0 => format!("{left} -and {right}"),
            1 => format!("({left} -or {right})"),
            // Intune has no `-not`.
            _ if at == 2 => format!("({left} -and {right})"),
            _ => format!("-not ({left} -or {right})"),
        };
    }
    if at < 2 && random.chance(20) {
        let (names, values) = random.pick(SETS);
        let (name, value) = (names[at], random.pick(values));
        return match (at, random.chance(50)) {
            (0, true) => format!("device.{name} -contains \"{value}\""),
            (0, false) => format!("device.{name} -notContains \"{value}\""),
            (_, true) => format!("device.{name} -any (_ -eq \"{value}\")"),
            (_, false) => format!("-not (device.{name} -any (_ -in [\"{value}\", \"x\"]))"),
        };
    }
    let (names, values) = random.pick(KNOWN);
    let (name, value) = (names[at], random.pick(values)[at]);
    if name.is_empty() || (at == 2 && value.contains('`')) {
        return "device.model -ne \"Go\"".replace("model", KNOWN[2].0[at]);
    }
    let value = value.replace('`', "``");
    let is_open = values[0][0] == values[0][2] && names[0] != "deviceOwnership";
    let operators: &[&str] = match (is_open, at) {
        (false, _) => &["eq", "ne"],
        (true, 2) => &[
            "eq",
            "ne",
            "startsWith",
            "contains",
            "notContains",
            "in",
            "notIn",
        ],
        (true, _) => &[
            "eq",
            "ne",
            "startsWith",
            "notStartsWith",
            "endsWith",
            "contains",
            "notContains",
            "in",
            "notIn",
        ],
    };
    match *random.pick(operators) {
        list @ ("in" | "notIn") => format!("device.{name} -{list} [\"{value}\", \"other\"]"),
        "startsWith" => {
            let start: String = value.chars().take(2).collect();
            format!("device.{name} -startsWith \"{}\"", start.replace('`', "``"))
        }
        operator => format!("device.{name} -{operator} \"{value}\""),
    }
}

#[test]
fn a_translated_rule_matches_the_same_devices() {
    let mut random = Random::new(0x7261_6e73);
    let mut translated = [[0_usize; 3]; 3];
    for _ in 0..40 {
        for from in 0..3 {
            let text = rule(&mut random, from, 2);
            let original = read(DIALECTS[from], &text);
            for to in (0..3).filter(|to| *to != from) {
                let outcome = translate_rule(&text, DIALECTS[from], DIALECTS[to]).unwrap();
                let Some(translation) = outcome.translation.text else {
                    continue;
                };
                translated[from][to] += 1;
                let other = read(DIALECTS[to], &translation);
                for _ in 0..8 {
                    let device = device(&mut random);
                    assert_eq!(
                        original.matches(&device[from]),
                        other.matches(&device[to]),
                        "{text}\n{translation}\n{}\n{}",
                        device[from],
                        device[to]
                    );
                }
            }
        }
    }
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        let count = translated[from][to];
        assert!(
            count >= 8,
            "{} to {}: {count}",
            DIALECTS[from],
            DIALECTS[to]
        );
    }
}
