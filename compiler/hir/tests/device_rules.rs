//! The device filter: what is accepted, what it means, and what is said about the rest.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use gatewright_hir::model::{Comparison, Expr, Test};
use gatewright_hir::{entra_schema, rule};

mod common;
use common::{device_rule, expect_rule};

/// The rule in a canonical form, for comparing meanings.
#[track_caller]
fn meaning(text: &str) -> String {
    let (expr, found, _) = device_rule(text);
    show(&expr.unwrap_or_else(|| panic!("{text}: {found:#?}")))
}

fn show(expr: &Expr) -> String {
    match expr {
        Expr::All(parts) => {
            format!(
                "({})",
                parts.iter().map(show).collect::<Vec<_>>().join(" & ")
            )
        }
        Expr::Any(parts) => {
            format!(
                "({})",
                parts.iter().map(show).collect::<Vec<_>>().join(" | ")
            )
        }
        Expr::Not(inner) => format!("!{}", show(inner)),
        Expr::Test(test) => show_test(test),
        other => format!("{other:?}"),
    }
}

fn show_test(test: &Test) -> String {
    let schema = entra_schema();
    let name = &schema.attribute(test.attribute).unwrap().name;
    let sign = if test.is_negated { "!" } else { "" };
    let guard = if test.needs_managed_device { "?" } else { "" };
    let what = match &test.comparison {
        Comparison::OneOf(texts) => format!("={}", texts.join(",")),
        Comparison::StartsWith(texts) => format!("^{}", texts.join(",")),
        Comparison::EndsWith(texts) => format!("${}", texts.join(",")),
        Comparison::Contains(texts) => format!("~{}", texts.join(",")),
        Comparison::Has(texts) => format!(" has {}", texts.join(",")),
        Comparison::IsTrue => String::new(),
        Comparison::IsFalse => "=false".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{sign}{name}{guard}{what}")
}

#[test]
fn values_are_folded_and_operators_know_their_opposites() {
    let rows = [
        (
            r#"device.trustType -eq "AzureAD""#,
            "device.trustType=azuread",
        ),
        (
            r#"device.trustType -ne "ServerAD""#,
            "!device.trustType=serverad",
        ),
        (r#"device.isCompliant -eq True"#, "device.isCompliant"),
        (r#"device.isCompliant -ne "True""#, "!device.isCompliant"),
        (
            r#"device.isCompliant -ne false"#,
            "!device.isCompliant=false",
        ),
        (
            r#"device.model -startsWith "Surface""#,
            "device.model^surface",
        ),
        (r#"device.model -notEndsWith "Go""#, "!device.model$go"),
        (r#"device.model -notContains "x""#, "!device.model~x"),
        (r#"device.model -in ["B", "a", "b"]"#, "device.model=a,b"),
        (
            r#"device.deviceOwnership -eq "Company""#,
            "device.ownership=company",
        ),
        (
            r#"device.physicalIds -contains "[ZTDId]:v""#,
            "device.physicalIds has [ztdid]:v",
        ),
        (
            r#"device.extensionAttribute7 -eq "SAW""#,
            "device.extensionAttribute7?=saw",
        ),
    ];
    for (text, wanted) in rows {
        assert_eq!(meaning(text), wanted, "{text}");
    }
}

#[test]
fn connectives_bind_as_documented_and_are_flat() {
    let rows = [
        (
            r#"device.model -eq "a" -or device.model -eq "b" -and device.isCompliant -eq True"#,
            "(device.model=a | (device.model=b & device.isCompliant))",
        ),
        (
            r#"(device.model -eq "a" -or device.model -eq "b") -and device.isCompliant -eq True"#,
            "((device.model=a | device.model=b) & device.isCompliant)",
        ),
        (
            r#"(device.model -eq "a" -or (device.model -eq "b" -or device.model -eq "c"))"#,
            "(device.model=a | device.model=b | device.model=c)",
        ),
        (r#"-not (device.model -eq "a")"#, "!device.model=a"),
        (
            r#"-not (device.model -eq "a" -and device.isCompliant -eq True)"#,
            "!(device.model=a & device.isCompliant)",
        ),
    ];
    for (text, wanted) in rows {
        assert_eq!(meaning(text), wanted, "{text}");
    }
}

#[test]
fn spelling_does_not_change_the_meaning() {
    let wanted = meaning(r#"device.trustType -eq "AzureAD" -and device.isCompliant -eq True"#);
    for text in [
        r#"device.trustType eq "AzureAD" and device.isCompliant eq True"#,
        r#"device.trustType -EQ "azuread" -AND device.isCompliant -Eq TRUE"#,
        r#"device.trusttype -eq "AzureAD" -and Device.IsCompliant -eq "true""#,
        "device.trustType -eq 'AzureAD'\n\t-and device.isCompliant -eq True",
        "device.trustType –eq “AzureAD” —and device.isCompliant −eq True",
        r#"((device.trustType -eq "AzureAD")) -and (device.isCompliant -eq True)"#,
        r#"device.trustType -eq"AzureAD"-and device.isCompliant -eq True"#,
    ] {
        assert_eq!(meaning(text), wanted, "{text}");
    }
}

#[test]
fn every_operator_of_every_attribute_is_as_documented() {
    let all = "eq ne startsWith notStartsWith endsWith notEndsWith contains notContains in notIn";
    let some = |words: &'static str| words.split(' ').collect::<Vec<_>>();
    let mut rows: Vec<(String, Vec<&str>, &str)> = vec![
        (
            "deviceId".into(),
            some("eq ne in notIn"),
            "\"0000000a-0000-0000-c000-000000000000\"",
        ),
        (
            "mdmAppId".into(),
            some("eq ne in notIn"),
            "\"0000000a-0000-0000-c000-000000000000\"",
        ),
        ("deviceOwnership".into(), some("eq ne"), "\"Company\""),
        ("isCompliant".into(), some("eq ne"), "True"),
        ("profileType".into(), some("eq ne"), "\"Printer\""),
        ("trustType".into(), some("eq ne"), "\"AzureAD\""),
        (
            "physicalIds".into(),
            some("contains notContains"),
            "\"[ZTDId]:v\"",
        ),
        (
            "systemLabels".into(),
            some("contains notContains eq ne"),
            "\"CloudPC\"",
        ),
    ];
    let texts = "displayName manufacturer model enrollmentProfileName operatingSystem \
                 operatingSystemVersion";
    rows.extend(
        texts
            .split(' ')
            .map(|name| (name.to_owned(), some(all), "\"x\"")),
    );
    rows.extend((1..=15).map(|n| (format!("extensionAttribute{n}"), some(all), "\"x\"")));
    let operators = format!("{all} match notMatch le ge lt gt");
    for (name, allowed, value) in &rows {
        for operator in operators.split(' ') {
            let is_list = operator.eq_ignore_ascii_case("in") || operator == "notIn";
            let value = if is_list {
                format!("[{value}]")
            } else {
                (*value).to_owned()
            };
            let (expr, found, _) = device_rule(&format!("device.{name} -{operator} {value}"));
            let is_allowed = allowed.contains(&operator);
            assert_eq!(expr.is_some(), is_allowed, "{name} {operator}: {found:?}");
            assert!(
                is_allowed || found[0].code.name() == "GW0303",
                "{name} {operator}"
            );
        }
    }
}

#[test]
fn values_outside_an_enumeration_are_explained() {
    expect_rule(
        r#"
        device.trustType -eq "AzureADJoined"
                           //^^^^^^^^^^^^^^^ GW0302: `device.trustType` is never "AzureADJoined"
    -or device.deviceOwnership -eq "Corporate"
                                 //^^^^^^^^^^^ GW0302: `device.deviceOwnership` is never "Corporate"
    -or device.profileType -ne "Iot1"
                             //^^^^^^ GW0302
"#,
    );
    let (_, found, _) = device_rule(r#"device.trustType -eq "Hybrid Azure AD joined""#);
    assert_eq!(
        found[0].help.as_deref(),
        Some(r#"hybrid joined devices are "ServerAD""#)
    );
    assert_eq!(found[0].labels[1].text, "AzureAD, ServerAD or Workplace");
    assert_eq!(found[0].fixes[0].edits[0].text, "\"ServerAD\"");
}

#[test]
fn unknown_attributes_are_explained_by_what_was_meant() {
    expect_rule(
        r#"
        device.deviceTrustType -eq "AzureAD"
      //^^^^^^^^^^^^^^^^^^^^^^ GW0301: there is no attribute `device.deviceTrustType`
    -or device.modle -eq "x"
      //^^^^^^^^^^^^ GW0301
    -or trustType -eq "x"
      //^^^^^^^^^ GW0301
    -or user.department -eq "x"
      //^^^^^^^^^^^^^^^ GW0301: a `ca-device` rule cannot ask for `user.department`
    -or device.accountEnabled -eq True
      //^^^^^^^^^^^^^^^^^^^^^ GW0301
"#,
    );
    let meant = |text: &str| {
        device_rule(text).1[0]
            .fixes
            .first()
            .map(|f| f.edits[0].text.clone())
    };
    assert_eq!(
        meant(r#"device.deviceTrustType -eq "AzureAD""#),
        Some("device.trustType".into())
    );
    assert_eq!(
        meant(r#"device.modle -eq "x""#),
        Some("device.model".into())
    );
    assert_eq!(
        meant(r#"trustType -eq "AzureAD""#),
        Some("device.trustType".into())
    );
    assert_eq!(
        meant(r#"devise.trustType -eq "AzureAD""#),
        Some("device.trustType".into())
    );
    assert_eq!(meant(r#"device.accountEnabled -eq True"#), None);
}

#[test]
fn values_of_the_wrong_shape_are_explained() {
    expect_rule(
        r#"
        device.model -eq ["a", "b"]
                       //^^^^^^^^^^ GW0306: `-eq` compares with one value, not with a list
    -or device.model -in "a"
                       //^^^ GW0306: `-in` needs a list
    -or device.model -in []
                       //^^ GW0306: the list is empty
    -or device.model -in ["a", ["b"]]
                             //^^^^^ GW0306
    -or device.model -eq ""
                       //^^ GW0308
    -or device.model -eq null
                       //^^^^ GW0305: a `ca-device` rule has no `null`
    -or device.trustType -eq AzureAD
                           //^^^^^^^ GW0309: `AzureAD` needs quotes
    -or device.operatingSystemVersion -eq 10.0
                                        //^^^^ GW0309
    -or device.isCompliant -eq "yes"
                             //^^^^^ GW0304: `device.isCompliant` is `True` or `False`
    -or device.deviceId -eq "SAW"
                          //^^^^^ GW0319
    -or device.model -eq device.manufacturer
                       //^^^^^^^^^^^^^^^^^^^ GW0304
    -or "a" -eq device.model
      //^^^^^^^^^^^^^^^^^^^^ GW0307: the attribute stands on the wrong side
    -or device.isCompliant
      //^^^^^^^^^^^^^^^^^^ GW0307
    -or True
      //^^^^ GW0307: a `ca-device` rule cannot be a constant
    -or Corporate
      //^^^^^^^^^ GW0307
"#,
    );
}

#[test]
fn marks_of_word_processors_and_other_spellings_are_warnings_with_certain_fixes() {
    let (expr, found, _) = device_rule("device.deviceid –eq “x” —and device.systemLabels -eq 'y'");
    assert!(expr.is_some());
    let mut codes: Vec<&str> = found.iter().map(|d| d.code.name()).collect();
    codes.sort_unstable();
    let wanted = [
        "GW0310", "GW0311", "GW0312", "GW0312", "GW0312", "GW0313", "GW0319",
    ];
    assert_eq!(codes, wanted);
    for diagnostic in found.iter().filter(|d| d.code.name() != "GW0319") {
        let fix = &diagnostic.fixes[0];
        assert_eq!(
            fix.applicability,
            gatewright_diagnostics::Applicability::Always
        );
    }
}

#[test]
fn lists_where_there_is_no_in_can_be_written_out() {
    let (_, found, _) = device_rule(r#"device.trustType -in ["AzureAD", "ServerAD"]"#);
    assert_eq!(
        found[0].fixes[0].edits[0].text,
        r#"(device.trustType -eq "AzureAD" -or device.trustType -eq "ServerAD")"#
    );
    let (_, found, _) = device_rule(r#"device.trustType -notIn ["AzureAD", "ServerAD"]"#);
    assert_eq!(
        found[0].fixes[0].edits[0].text,
        r#"(device.trustType -ne "AzureAD" -and device.trustType -ne "ServerAD")"#
    );
}

#[test]
fn contradictions_are_found_and_hints_of_one_are_not() {
    for text in [
        r#"device.trustType -eq "AzureAD" -and device.trustType -eq "ServerAD""#,
        r#"device.model -startsWith "a" -and device.isCompliant -eq True -and device.model -eq "b""#,
        r#"device.isCompliant -eq True -and device.isCompliant -ne True"#,
        r#"device.model -eq "ab" -and device.model -notStartsWith "a""#,
        r#"device.model -startsWith "a" -and device.model -startsWith "b""#,
        r#"device.systemLabels -contains "a" -and device.systemLabels -notContains "a""#,
        r#"device.isCompliant -eq True -or (device.model -eq "a" -and device.model -eq "b")"#,
    ] {
        let codes: Vec<&str> = device_rule(text).1.iter().map(|d| d.code.name()).collect();
        assert_eq!(codes, ["GW0412"], "{text}");
    }
    for text in [
        r#"device.trustType -ne "AzureAD" -or device.trustType -ne "ServerAD""#,
        r#"device.isCompliant -eq True -or device.isCompliant -ne True"#,
        r#"device.model -startsWith "a" -or device.model -ne "ab""#,
    ] {
        let codes: Vec<&str> = device_rule(text).1.iter().map(|d| d.code.name()).collect();
        assert_eq!(codes, ["GW0413"], "{text}");
    }
    for text in [
        r#"device.trustType -eq "AzureAD" -or device.trustType -eq "ServerAD""#,
        r#"device.trustType -ne "AzureAD" -and device.trustType -ne "ServerAD""#,
        r#"device.isCompliant -ne True -and device.isCompliant -ne False"#,
        r#"device.model -startsWith "a" -and device.model -startsWith "ab""#,
        r#"device.model -contains "a" -and device.model -contains "b""#,
        r#"device.systemLabels -contains "a" -and device.systemLabels -contains "b""#,
        r#"device.extensionAttribute1 -eq "a" -and device.extensionAttribute2 -eq "b""#,
    ] {
        assert_eq!(device_rule(text).1, [], "{text}");
    }
}

#[test]
fn a_rule_that_is_too_long_is_reported() {
    let rule = |length: usize| {
        let fixed = r#"device.model -eq """#.len();
        format!(r#"device.model -eq "{}""#, "é".repeat(length - fixed))
    };
    assert_eq!(device_rule(&rule(3072)).1, []);
    let (expr, found, _) = device_rule(&rule(3073));
    assert!(
        expr.is_some(),
        "a rule that the service refuses can still be decided"
    );
    assert_eq!(found[0].code.name(), "GW0501");
    assert_eq!(found[0].labels[0].text, "1 too many");
}

#[test]
fn deep_nesting_is_reported() {
    for depth in [300, 100_000] {
        let text = format!(
            "{}device.isCompliant -eq True{}",
            "(".repeat(depth),
            ")".repeat(depth)
        );
        let (expr, found, _) = device_rule(&text);
        assert_eq!(expr, None);
        assert_eq!(found[0].code.name(), "GW0503");
    }
    let text = format!(
        "{}device.isCompliant -eq True{}",
        "(".repeat(200),
        ")".repeat(200)
    );
    assert!(device_rule(&text).0.is_some());
}

#[test]
fn spans_count_from_the_offset() {
    let text = r#"device.trustType -eq "nope""#;
    let source = gatewright_source::SourceId(7);
    let (_, found) = rule::check_device_rule(&entra_schema(), text, source, 100);
    assert_eq!(
        found[0].span(),
        gatewright_source::Span::new(source, 121, 127)
    );
}
