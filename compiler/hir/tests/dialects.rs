//! Rules of every dialect: what is read, what is refused, and why.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_hir::model::{Comparison, Expr};
use gatewright_hir::rule::{DialectError, ReadRule, read_rule};
use gatewright_source::SourceId;
use gatewright_syntax::ast::CompareOperator;

fn read(dialect: &str, text: &str) -> ReadRule {
    read_rule(dialect, None, text, SourceId(0)).unwrap()
}

fn codes(dialect: &str, text: &str) -> Vec<&'static str> {
    codes_of(&read(dialect, text))
}

fn codes_of(read: &ReadRule) -> Vec<&'static str> {
    read.diagnostics.iter().map(|d| d.code.name()).collect()
}

/// The help of the only finding, and the rule with its fix made.
fn advice(dialect: &str, platform: Option<&str>, text: &str) -> (String, Option<String>) {
    let read = read_rule(dialect, platform, text, SourceId(0)).unwrap();
    let [found] = read.diagnostics.as_slice() else {
        panic!("{text}: {:?}", codes_of(&read));
    };
    let because = found.labels.iter().map(|label| label.text.clone());
    let words: Vec<String> = [found.message.clone()]
        .into_iter()
        .chain(because)
        .chain(found.help.clone())
        .collect();
    let fixed = found.fixes.first().map(|fix| {
        let mut fixed = text.to_owned();
        for edit in fix.edits.iter().rev() {
            fixed.replace_range(edit.span.range(), &edit.text);
        }
        fixed
    });
    (words.join(" | "), fixed)
}

const TEXT: &str = "eq ne startsWith notStartsWith endsWith notEndsWith contains notContains in \
                    notIn match notMatch";
const SET: &str = "eq ne startsWith notStartsWith endsWith notEndsWith contains notContains match \
                   notMatch";
const SEEN: &str = "eq ne in notIn startsWith contains notContains";
const ORDER: &str = "eq ne gt ge lt le";
const FREE: &str =
    "eq ne startsWith notStartsWith endsWith notEndsWith contains notContains in notIn";

/// A dialect, properties with the same operators, these, and a value that goes with them.
const PROPERTIES: &[(&str, &str, &str, &str)] = &[
    (
        "ca-csa",
        "CustomSecurityAttribute.Engineering_Project",
        FREE,
        "\"x\"",
    ),
    (
        "dyn-user",
        "user.accountEnabled user.dirSyncEnabled",
        "eq ne",
        "true",
    ),
    (
        "dyn-user",
        "user.employeeHireDate",
        "eq ne le ge",
        "2026-11-22T09:00:00Z",
    ),
    ("dyn-user", "user.objectId", TEXT, ID),
    (
        "dyn-user",
        "user.city user.companyName user.country user.department user.displayName \
         user.employeeId user.employeeType user.facsimileTelephoneNumber user.givenName \
         user.jobTitle user.mail user.mailNickName user.mobile user.onPremisesDistinguishedName \
         user.onPremisesSecurityIdentifier user.physicalDeliveryOfficeName user.postalCode \
         user.preferredLanguage user.sipProxyAddress user.state user.streetAddress user.surname \
         user.telephoneNumber user.usageLocation user.userPrincipalName user.extensionAttribute1 \
         user.extensionAttribute2 user.extensionAttribute3 user.extensionAttribute4 \
         user.extensionAttribute5 user.extensionAttribute6 user.extensionAttribute7 \
         user.extensionAttribute8 user.extensionAttribute9 user.extensionAttribute10 \
         user.extensionAttribute11 user.extensionAttribute12 user.extensionAttribute13 \
         user.extensionAttribute14 user.extensionAttribute15 \
         user.extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber",
        TEXT,
        "\"x\"",
    ),
    ("dyn-user", "user.userType", TEXT, "\"Member\""),
    ("dyn-user", "user.passwordPolicies", TEXT, "\"None\""),
    (
        "dyn-user",
        "user.otherMails user.proxyAddresses",
        SET,
        "\"x\"",
    ),
    ("dyn-user", "user.assignedPlans user.memberOf", "", "\"x\""),
    (
        "dyn-device",
        "device.accountEnabled device.isRooted",
        "eq ne",
        "true",
    ),
    (
        "dyn-device",
        "device.objectId device.deviceId device.deviceManagementAppId",
        TEXT,
        ID,
    ),
    (
        "dyn-device",
        "device.deviceCategory device.deviceManufacturer device.deviceModel device.displayName \
         device.deviceOSType device.deviceOSVersion device.enrollmentProfileName \
         device.extensionAttribute1 device.extensionAttribute15",
        TEXT,
        "\"x\"",
    ),
    ("dyn-device", "device.deviceOwnership", TEXT, "\"Company\""),
    ("dyn-device", "device.deviceTrustType", TEXT, "\"AzureAD\""),
    ("dyn-device", "device.managementType", TEXT, "\"MDM\""),
    ("dyn-device", "device.profileType", TEXT, "\"Shared\""),
    (
        "dyn-device",
        "device.devicePhysicalIds device.systemLabels",
        SET,
        "\"x\"",
    ),
    ("dyn-device", "device.memberOf", "", "\"x\""),
    (
        "intune-device",
        "device.deviceName device.deviceCategory device.enrollmentProfileName \
         device.manufacturer device.model device.osVersion device.operatingSystemSKU",
        SEEN,
        "\"x\"",
    ),
    (
        "intune-device",
        "device.deviceOwnership",
        "eq ne",
        "\"Corporate\"",
    ),
    (
        "intune-device",
        "device.isRooted device.isTpmAttested",
        "eq ne",
        "\"True\"",
    ),
    (
        "intune-device",
        "device.deviceTrustType",
        "eq ne in notIn",
        "\"Azure AD joined\"",
    ),
    (
        "intune-device",
        "device.cpuArchitecture",
        "eq ne in notIn",
        "\"arm64\"",
    ),
    (
        "intune-device",
        "device.operatingSystemVersion",
        ORDER,
        "10.0.22631",
    ),
    (
        "intune-app",
        "app.appVersion app.deviceManufacturer app.deviceModel app.osVersion",
        SEEN,
        "\"x\"",
    ),
    (
        "intune-app",
        "app.operatingSystemVersion",
        ORDER,
        "10.0.22631",
    ),
    (
        "intune-app",
        "app.deviceManagementType",
        "eq ne",
        "\"Unmanaged\"",
    ),
];

const ID: &str = "\"00001111-aaaa-2222-bbbb-3333cccc4444\"";

#[test]
fn every_property_of_every_dialect_takes_its_operators_and_no_others() {
    for (dialect, properties, operators, value) in PROPERTIES {
        let operators: Vec<_> = operators
            .split_whitespace()
            .map(|word| CompareOperator::from_word(word).unwrap())
            .collect();
        for property in properties.split_whitespace() {
            for operator in CompareOperator::ALL {
                let is_list = matches!(operator, CompareOperator::In | CompareOperator::NotIn);
                let value = if is_list {
                    format!("[{value}]")
                } else {
                    (*value).to_owned()
                };
                let rule = format!("{property} -{} {value}", operator.word());
                let read = read(dialect, &rule);
                let is_equality = matches!(operator, CompareOperator::Eq | CompareOperator::Ne);
                let is_set = operators.len() == 10 && !operators.contains(&CompareOperator::In);
                let mut expected: Vec<&str> = Vec::new();
                if property.ends_with(".osVersion") && *dialect == "intune-device" {
                    expected.push("GW0338");
                }
                match operators.contains(operator) {
                    false => expected.push("GW0303"),
                    true if is_set && is_equality => expected.push("GW0313"),
                    true => {}
                }
                assert_eq!(codes_of(&read), expected, "{rule}");
                assert_eq!(read.expr.is_some(), operators.contains(operator), "{rule}");
            }
        }
    }
}

/// How a literal may be written: the rule by dialect, what is said, and whether it is read.
const LITERALS: &[(&str, &str, &[&str], bool)] = &[
    // Quotes.
    (
        "ca-csa",
        "CustomSecurityAttribute.A_B -eq 'x'",
        &["GW0311"],
        true,
    ),
    ("dyn-user", "user.city -eq 'x'", &[], true),
    ("dyn-user", "user.city -eq \"x\"", &[], true),
    ("dyn-user", "user.city -eq x", &["GW0309"], false),
    ("intune-device", "device.model -eq 'x'", &["GW0335"], false),
    ("intune-device", "device.model -eq x", &["GW0309"], false),
    // Escapes.
    ("dyn-user", "user.city -eq \"a `\"b`\" c\"", &[], true),
    ("dyn-user", "user.city -eq 'O''Brien'", &[], true),
    (
        "intune-device",
        "device.model -eq \"a`\"b\"",
        &["GW0335"],
        false,
    ),
    (
        "intune-device",
        "device.model -eq \"Scott's \\ \t device\"",
        &[],
        true,
    ),
    // Booleans.
    ("dyn-user", "user.accountEnabled -eq true", &[], true),
    (
        "dyn-user",
        "user.accountEnabled -eq \"true\"",
        &["GW0339"],
        true,
    ),
    ("intune-device", "device.isRooted -eq \"True\"", &[], true),
    (
        "intune-device",
        "device.isRooted -eq True",
        &["GW0309"],
        false,
    ),
    // Null.
    (
        "ca-csa",
        "CustomSecurityAttribute.A_B -ne null",
        &["GW0305"],
        false,
    ),
    ("dyn-user", "user.city -eq null", &[], true),
    ("dyn-user", "user.city -ne $null", &[], true),
    ("dyn-user", "user.city -eq \"null\"", &[], true),
    ("dyn-user", "user.city -contains null", &["GW0305"], false),
    ("dyn-user", "-not (user.city -eq null)", &["GW0332"], false),
    ("intune-device", "device.model -ne $null", &[], true),
    ("intune-device", "device.model -eq null", &[], true),
    ("intune-device", "device.model -eq \"null\"", &[], true),
    (
        "intune-device",
        "device.model -startsWith $null",
        &["GW0305"],
        false,
    ),
    // Lists.
    ("dyn-user", "user.city -in [\"a\",'b']", &[], true),
    ("dyn-user", "user.city -in \"a\"", &["GW0306"], false),
    ("dyn-user", "user.city -in []", &["GW0306"], false),
    (
        "intune-device",
        "device.model -in [\"a\",\"b\",]",
        &[],
        true,
    ),
    ("intune-device", "device.model -in \"a\"", &[], true),
    ("intune-device", "device.model -in [\"\"]", &[], true),
    ("intune-device", "device.model -in []", &["GW0306"], false),
    (
        "intune-device",
        "device.model -eq [\"a\"]",
        &["GW0306"],
        false,
    ),
    // Empty texts.
    (
        "ca-csa",
        "CustomSecurityAttribute.A_B -eq \"\"",
        &["GW0308"],
        false,
    ),
    ("dyn-user", "user.city -eq \"\"", &["GW0308"], false),
    ("intune-device", "device.model -eq \"\"", &["GW0308"], false),
    // White space.
    ("dyn-user", "user.mail -endsWith\"@contoso.com\"", &[], true),
    (
        "intune-device",
        "device.model\n\t-eq  \"x\"\r\nand (device.model ne \"y\")",
        &[],
        true,
    ),
    ("intune-device", "device.model -eq\"x\"", &["GW0335"], false),
    (
        "intune-device",
        "(device.model -eq \"x\")and (device.model -eq \"y\")",
        &["GW0335"],
        false,
    ),
    (
        "intune-device",
        "device.model -eq \"x\" // why",
        &["GW0335"],
        false,
    ),
    // Versions.
    (
        "dyn-device",
        "device.deviceOSVersion -startsWith 10",
        &["GW0309"],
        false,
    ),
    (
        "intune-device",
        "device.operatingSystemVersion -gt 10.0",
        &[],
        true,
    ),
    (
        "intune-device",
        "device.operatingSystemVersion -gt \"10.0.26100.1\"",
        &[],
        true,
    ),
    (
        "intune-device",
        "device.operatingSystemVersion -gt 10",
        &["GW0304"],
        false,
    ),
    (
        "intune-device",
        "device.operatingSystemVersion -gt 1.2.3.4.5",
        &["GW0304"],
        false,
    ),
    // Dates.
    (
        "dyn-user",
        "user.employeeHireDate -le 2020-06-10T18:13:20Z",
        &[],
        true,
    ),
    (
        "dyn-user",
        "user.employeeHireDate -ge system.now",
        &[],
        true,
    ),
    (
        "dyn-user",
        "user.employeeHireDate -ge system.now -plus p1d",
        &[],
        true,
    ),
    (
        "dyn-user",
        "user.employeeHireDate -le system.now -minus PT12H",
        &[],
        true,
    ),
    (
        "dyn-user",
        "user.employeeHireDate -le system.now -minus p1y",
        &["GW0304"],
        false,
    ),
    (
        "dyn-user",
        "user.employeeHireDate -le user.mail",
        &["GW0304"],
        false,
    ),
];

#[test]
fn every_dialect_has_its_own_literals() {
    for (dialect, rule, said, is_read) in LITERALS {
        let read = read(dialect, rule);
        assert_eq!(codes_of(&read), *said, "{dialect}: {rule}");
        assert_eq!(read.expr.is_some(), *is_read, "{dialect}: {rule}");
    }
}

/// What a dialect has not, or has in another way.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "ca-csa",
        "CustomSecurityAttribute.Set.Name -eq \"x\"",
        "GW0331",
    ),
    ("ca-csa", "CustomSecurityAttribute.Name -eq \"x\"", "GW0331"),
    (
        "ca-csa",
        "CustomSecurityAttribute.A_B -match \"x\"",
        "GW0303",
    ),
    (
        "ca-csa",
        "CustomSecurityAttribute.A_B -any (_ -eq \"x\")",
        "GW0316",
    ),
    ("dyn-user", "device.displayName -eq \"x\"", "GW0301"),
    ("dyn-user", "user.extension_ -eq \"x\"", "GW0301"),
    ("dyn-user", "user.mail -match \"(?=x)\"", "GW0317"),
    ("dyn-user", "user.mail -any (_ -eq \"x\")", "GW0304"),
    (
        "dyn-user",
        "user.otherMails -any (user.mail -eq \"x\")",
        "GW0333",
    ),
    (
        "dyn-user",
        "user.otherMails -any (user.proxyAddresses -any (_ -eq \"x\"))",
        "GW0333",
    ),
    (
        "dyn-user",
        "user.assignedPlans -any (_ -eq \"x\")",
        "GW0333",
    ),
    (
        "dyn-user",
        "user.assignedPlans -any (assignedPlan.plan -eq \"x\")",
        "GW0301",
    ),
    (
        "dyn-user",
        "user.memberOf -any (group.objectId -eq \"x\")",
        "GW0303",
    ),
    (
        "dyn-device",
        "Direct Reports for \"00001111-aaaa-2222-bbbb-3333cccc4444\"",
        "GW0316",
    ),
    ("dyn-device", "device.trustType -eq \"AzureAD\"", "GW0301"),
    ("intune-device", "not (device.model -eq \"x\")", "GW0316"),
    ("intune-device", "device.model -any (_ -eq \"x\")", "GW0316"),
    ("intune-device", "device.deviceId -eq \"x\"", "GW0301"),
    (
        "intune-device",
        "device.userPrincipalName -eq \"x\"",
        "GW0301",
    ),
    ("intune-device", "app.appVersion -eq \"1\"", "GW0301"),
    ("intune-app", "()", "GW0110"),
    ("intune-app", "app.appVersion -eq \"1\" and", "GW0109"),
];

#[test]
fn what_a_dialect_has_not_is_refused_once() {
    for (dialect, rule, code) in REFUSED {
        assert_eq!(codes(dialect, rule), [*code], "{dialect}: {rule}");
        assert!(read(dialect, rule).expr.is_none(), "{dialect}: {rule}");
    }
}

#[test]
fn some_things_stand_alone() {
    let member =
        "user.memberOf -any (group.objectId -in [\"00001111-aaaa-2222-bbbb-3333cccc4444\"])";
    let reports = "Direct Reports for \"00001111-aaaa-2222-bbbb-3333cccc4444\"";
    for alone in [member, reports] {
        assert_eq!(codes("dyn-user", alone), Vec::<&str>::new());
        assert_eq!(
            codes("dyn-user", &format!("(({alone}))")),
            Vec::<&str>::new()
        );
        for combined in [
            format!("{alone} -and user.city -eq \"x\""),
            format!("user.city -eq \"x\" -or ({alone})"),
            format!("-not ({alone})"),
        ] {
            assert_eq!(codes("dyn-user", &combined), ["GW0334"], "{combined}");
        }
    }
}

#[test]
fn messages_know_the_names_and_values_of_the_other_dialects() {
    for (dialect, rule, words, fixed) in [
        (
            "ca-device",
            "device.deviceTrustType -eq \"AzureAD\"",
            "`deviceTrustType` is the dynamic membership and Intune name",
            "device.trustType -eq \"AzureAD\"",
        ),
        (
            "dyn-device",
            "device.manufacturer -eq \"x\"",
            "`manufacturer` is the Conditional Access and Intune name",
            "device.deviceManufacturer -eq \"x\"",
        ),
        (
            "intune-device",
            "device.displayName -eq \"x\"",
            "`displayName` is the Conditional Access and dynamic membership name",
            "device.deviceName -eq \"x\"",
        ),
        (
            "ca-csa",
            "CustomSecurityAttribute.Engineering.Project -eq \"x\"",
            "an underscore joins set and attribute",
            "CustomSecurityAttribute.Engineering_Project -eq \"x\"",
        ),
        (
            "intune-device",
            "device.deviceOwnership -eq \"Company\"",
            "did you mean \"Corporate\"?",
            "device.deviceOwnership -eq \"Corporate\"",
        ),
        (
            "dyn-device",
            "device.deviceOwnership -eq \"Corporate\"",
            "did you mean \"Company\"?",
            "device.deviceOwnership -eq \"Company\"",
        ),
        (
            "intune-device",
            "device.deviceTrustType -eq \"AzureAD\"",
            "did you mean \"Azure AD joined\"?",
            "device.deviceTrustType -eq \"Azure AD joined\"",
        ),
        (
            "intune-device",
            "device.deviceTrustType -eq \"Microsoft Entra joined\"",
            "did you mean \"Azure AD joined\"?",
            "device.deviceTrustType -eq \"Azure AD joined\"",
        ),
        (
            "dyn-device",
            "device.deviceTrustType -eq \"Hybrid Azure AD joined\"",
            "did you mean \"ServerAD\"?",
            "device.deviceTrustType -eq \"ServerAD\"",
        ),
    ] {
        let (said, fix) = advice(dialect, None, rule);
        assert!(said.contains(words), "{rule}: {said}");
        assert_eq!(fix.as_deref(), Some(fixed), "{rule}");
    }
    let (said, fix) = advice("dyn-device", None, "device.isCompliant -eq true");
    assert!(said.contains("dynamic membership does not see"), "{said}");
    assert_eq!(fix, None);
}

#[test]
fn values_that_never_occur_depend_on_the_platform() {
    let rule = "device.cpuArchitecture -eq \"x64\"";
    let of = |platform| codes_of(&read_rule("intune-device", platform, rule, SourceId(0)).unwrap());
    assert_eq!(of(None), Vec::<&str>::new());
    assert_eq!(of(Some("macOS")), Vec::<&str>::new());
    assert_eq!(of(Some("Windows10AndLater")), ["GW0336"]);
    let (said, fixed) = advice("intune-device", Some("windows10AndLater"), rule);
    assert!(said.contains("on windows10AndLater"), "{said}");
    assert_eq!(
        fixed.as_deref(),
        Some("device.cpuArchitecture -eq \"amd64\"")
    );
}

#[test]
fn an_attribute_of_another_platform_is_reported() {
    let rule = "device.operatingSystemSKU -eq \"Enterprise\"";
    let of = |platform| codes_of(&read_rule("intune-device", platform, rule, SourceId(0)).unwrap());
    assert_eq!(of(Some("windows10AndLater")), Vec::<&str>::new());
    assert_eq!(of(Some("macOS")), ["GW0337"]);
    let error = |dialect, platform| read_rule(dialect, platform, rule, SourceId(0)).err();
    assert!(matches!(
        error("intune-device", Some("beOS")),
        Some(DialectError::UnknownPlatform(known)) if known.contains(&"macOS".to_owned())
    ));
    assert_eq!(
        error("ca-device", Some("macOS")),
        Some(DialectError::UnknownPlatform(Vec::new()))
    );
    assert_eq!(error("powershell", None), Some(DialectError::Unknown));
}

#[test]
fn a_question_for_one_whole_element_is_a_plain_test() {
    let expr = read("dyn-user", "user.otherMails -any (_ -in [\"B\", \"a\"])").expr;
    let Some(Expr::Test(test)) = expr else {
        panic!("{expr:?}")
    };
    assert_eq!(
        test.comparison,
        Comparison::Has(vec!["a".into(), "b".into()])
    );
    let expr = read("dyn-user", "user.otherMails -all (_ -endsWith \"x\")").expr;
    let Some(Expr::Not(inner)) = expr else {
        panic!("{expr:?}")
    };
    let Expr::Some(some) = *inner else {
        panic!("{inner:?}")
    };
    assert!(matches!(&*some.body, Expr::Field(test) if test.is_negated && test.field.is_empty()));
}

#[test]
fn custom_security_attributes_are_fields_by_their_folded_names() {
    let rule = "CustomSecurityAttribute.Engineering_Project -notIn [\"Baker\"]";
    let expr = read("ca-csa", rule).expr;
    let Some(Expr::Field(test)) = expr else {
        panic!("{expr:?}")
    };
    assert_eq!(test.field, "engineering_project");
    assert_eq!(test.comparison, Comparison::OneOf(vec!["baker".into()]));
    assert!(test.is_negated);
}

#[test]
fn attributes_that_nobody_declares_are_part_of_the_vocabulary_of_their_rule() {
    let rule = "user.extension_1_Office -eq \"a\" -or user.EXTENSION_1_office -ne null";
    let read = read("dyn-user", rule);
    assert_eq!(codes_of(&read), ["GW0310"]);
    let declared = gatewright_hir::membership_schema();
    assert_eq!(read.schema.attributes.len(), declared.attributes.len() + 1);
    assert!(
        read.schema
            .find_attribute("user.extension_1_office")
            .is_some()
    );
}
