//! Rules of one dialect written in another.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_hir::translate;
use gatewright_source::SourceId;

/// Rules in two dialects that mean the same.
const TRANSLATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "ca-device",
        "device.trustType -eq 'AzureAD' -and device.deviceOwnership -ne \"Company\"",
        "intune-device",
        "device.deviceTrustType -eq \"Azure AD joined\" \
         -and device.deviceOwnership -ne \"Corporate\"",
    ),
    (
        "ca-device",
        "device.physicalIds -notContains \"[ZTDId]:x\" -and device.isCompliant -eq True",
        "ca-device",
        "device.physicalIds -notContains \"[ZTDId]:x\" -and device.isCompliant -eq True",
    ),
    (
        "ca-device",
        "device.physicalIds -notContains \"[ZTDId]:x\" -or device.operatingSystem -eq \"iOS\"",
        "dyn-device",
        "-not (device.devicePhysicalIds -any (_ -eq \"[ZTDId]:x\")) \
         -or device.deviceOSType -eq \"iOS\"",
    ),
    (
        "dyn-device",
        "device.devicePhysicalIds -any _ -in ['a', 'b'] \
         -and device.deviceTrustType -in ['AzureAD', 'ServerAD']",
        "ca-device",
        "(device.physicalIds -contains \"a\" -or device.physicalIds -contains \"b\") \
         -and (device.trustType -eq \"AzureAD\" -or device.trustType -eq \"ServerAD\")",
    ),
    (
        "dyn-device",
        "-not (device.deviceModel -startsWith \"a\" -or device.displayName -eq \"b\")",
        "ca-device",
        "-not (device.model -startsWith \"a\" -or device.displayName -eq \"b\")",
    ),
    (
        "dyn-device",
        "-not (device.deviceModel -notContains \"a\" -and device.isRooted -eq true)",
        "intune-device",
        "device.model -contains \"a\" -or device.isRooted -ne \"True\"",
    ),
    (
        "intune-device",
        "device.deviceName -eq \" x \" and device.model -ne $null",
        "dyn-device",
        "device.displayName -eq \"x\" -and device.deviceModel -ne null",
    ),
];

#[test]
fn a_rule_is_written_in_another_dialect_where_it_means_the_same() {
    for (from, rule, to, expected) in TRANSLATIONS {
        let translation = translate(rule, from, to, SourceId(0)).unwrap();
        assert_eq!(translation.text.as_deref(), Some(*expected), "{rule}");
    }
    let rule = "device.extensionAttribute1 -eq \"SAW\"";
    let translation = translate(rule, "ca-device", "dyn-device", SourceId(0)).unwrap();
    assert!(translation.notes[0].contains("managed, compliant or hybrid joined"));
}

/// Parts of rules that another dialect cannot say, and why.
const UNTRANSLATABLE: &[(&str, &str, &str, &str)] = &[
    (
        "ca-device",
        "device.isCompliant -eq True",
        "intune-device",
        "nothing there is",
    ),
    (
        "ca-device",
        "device.model -endsWith \"x\"",
        "intune-device",
        "has no `-endsWith`",
    ),
    (
        "ca-device",
        "-not (device.model -startsWith \"x\")",
        "intune-device",
        "has no `-notStartsWith`",
    ),
    (
        "ca-device",
        "device.model -eq \"a`\"b\"",
        "intune-device",
        "a quote in it",
    ),
    (
        "ca-device",
        "device.model -eq \" a\"",
        "intune-device",
        "blanks around values",
    ),
    (
        "dyn-device",
        "device.deviceModel -eq null",
        "ca-device",
        "no `null`",
    ),
    (
        "dyn-device",
        "device.deviceModel -match \"x\"",
        "ca-device",
        "has no `-match`",
    ),
    (
        "dyn-device",
        "device.deviceOwnership -eq \"Unknown\"",
        "ca-device",
        "is never \"Unknown\"",
    ),
    (
        "dyn-device",
        "device.deviceTrustType -startsWith \"Azure\"",
        "intune-device",
        "spelled in another way",
    ),
    (
        "dyn-device",
        "device.devicePhysicalIds -any _ -startsWith \"[\"",
        "ca-device",
        "one whole element",
    ),
    (
        "dyn-device",
        "device.systemLabels -contains \"M365\"",
        "ca-device",
        "a part of an element",
    ),
    (
        "intune-device",
        "device.operatingSystemVersion -gt 10.0",
        "dyn-device",
        "nothing there is",
    ),
    (
        "dyn-user",
        "user.city -eq \"x\"",
        "ca-device",
        "ask for users",
    ),
];

#[test]
fn what_cannot_be_translated_says_why_at_the_clause() {
    for (from, clause, to, reason) in UNTRANSLATABLE {
        let rule = if *from == "dyn-user" {
            (*clause).to_owned()
        } else {
            format!("device.enrollmentProfileName -eq \"x\" -and {clause}")
        };
        let translation = translate(&rule, from, to, SourceId(0)).unwrap();
        assert_eq!(translation.text, None, "{rule}");
        assert!(translation.is_readable, "{rule}");
        let errors = translation.diagnostics.iter();
        let errors: Vec<_> = errors.filter(|d| d.code.name() == "GW0340").collect();
        let [error] = errors.as_slice() else {
            panic!("{rule}: {:?}", translation.diagnostics)
        };
        let inner = clause.trim_start_matches("-not (").trim_end_matches(')');
        assert_eq!(&rule[error.span().range()], inner, "{rule}");
        assert!(
            error.labels[0].text.contains(reason),
            "{rule}: {}",
            error.labels[0].text
        );
    }
    let broken = translate("device.model -eq", "ca-device", "dyn-device", SourceId(0)).unwrap();
    assert!(!broken.is_readable && broken.text.is_none());
}
