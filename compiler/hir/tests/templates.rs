//! Templates, rules with parameters, annotations and libraries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;
use common::{Checked, expect, file, project, project_on};
use gatewright_hir::Date;
use gatewright_hir::model::{Comparison, Expr};

const BASELINE: &str = r#"
template Baseline(prefix: text, admins: list of group, level: RiskLevel = high) {
    policy "{prefix} Admins {{MFA}}" {
        state      enabled
        users      groups [admins, Extra]
        apps       all
        signInRisk [level]
        require    mfa
    }
}
"#;

fn names(checked: &Checked) -> Vec<&str> {
    let policies = checked.set.policies.iter();
    policies.map(|p| p.display_name.as_str()).collect()
}

fn baseline(uses: &str) -> String {
    format!("group A = \"a\"\ngroup B = \"b\"\ngroup Extra = \"x\"\n{BASELINE}\n{uses}")
}

#[test]
fn an_instance_has_the_policies_of_its_template_with_what_is_filled_in() {
    let text = baseline(
        "use Baseline(\"CA1\", [A, B], level: medium)\nuse Baseline(admins: [A], prefix: \"CA2\")",
    );
    let checked = file(&text);
    assert!(
        checked
            .diagnostics
            .iter()
            .all(|d| d.code.name() == "GW0410"),
        "{}",
        checked.render()
    );
    assert_eq!(names(&checked), ["CA1 Admins {MFA}", "CA2 Admins {MFA}"]);
    let said = format!("{:?}", checked.set.policies[0].assignments);
    for id in ["Group(\"a\")", "Group(\"b\")", "Group(\"x\")", "Medium"] {
        assert!(said.contains(id), "{id}: {said}");
    }
    assert!(format!("{:?}", checked.set.policies[1].assignments).contains("High"));
}

#[test]
fn what_is_filled_in_is_checked_where_it_is_filled_in() {
    let text = baseline(
        r#"
use Baseline(prefix: CA, admins: [A])
                   //^^ GW0209: `CA` is not a text
use Baseline(prefix: "CA", admins: A)
                                 //^ GW0209: `A` is filled in, where `admins` is a list of group
use Baseline(prefix: "CA", admins: [GlobalReader])
                                  //^^^^^^^^^^^^ GW0202: `GlobalReader` is a role, where a group is expected
use Baseline(prefix: "CA", admins: [A], level: severe)
                                             //^^^^^^ GW0209: `severe` is not a RiskLevel
use Baseline(prefix: "CA", admin: [A])
                         //^^^^^ GW0209: `Baseline` has no parameter `admin`
use Baseline("CA")
  //^^^^^^^^ GW0209: `Baseline` needs `admins`
use Baseline("CA", [A], high, 4)
                            //^ GW0209: `Baseline` takes 3 values, and 4 are given
use Baseline("CA", [A], prefix: "CB")
                              //^^^^ GW0209: `prefix` is filled in twice
use Baselin("CA", [A])
  //^^^^^^^ GW0201: there is no template `Baselin`
"#,
    );
    expect(&text);
}

#[test]
fn a_mistake_in_a_template_is_reported_once_whoever_uses_it() {
    let template = r#"
template Wrong(who: group, managed: rule, time: duration) {
    policy "W" {
        state   enabled
        users   roles [who], groups [Nobdy]
                     //^^^ GW0202: `who` is a group, where a role is expected
                                   //^^^^^ GW0201: there is no group `Nobdy`
        apps    all
        when    managed -or who
                          //^^^ GW0202: `who` is a group, not a condition
        require mfa
        session signInFrequency time
    }
}
"#;
    expect(template);
    let used = format!(
        "{template}\ngroup A = \"a\"\nrule R = device.isCompliant -eq True\n\
         use Wrong(A, R, 4 hours)\n"
    );
    let checked = file(&used);
    assert_eq!(
        checked.codes(),
        ["GW0202", "GW0201", "GW0202"],
        "{}",
        checked.render()
    );
}

#[test]
fn findings_about_an_instance_show_the_template_and_the_use() {
    let text = "template T(name: text) {\n    policy \"{name}\" {\n        state enabled\n        \
                users all\n        apps all\n        block\n    }\n}\nuse T(\"One\")\n";
    let checked = file(text);
    let lockout = checked
        .diagnostics
        .iter()
        .find(|d| d.code.name() == "GW0406");
    let lockout = lockout.unwrap_or_else(|| panic!("{}", checked.render()));
    assert!(lockout.span().start < 60, "{}", checked.render());
    let label = lockout
        .labels
        .iter()
        .find(|l| l.text == "used here")
        .unwrap();
    assert_eq!(&text[label.span.range()], "use T");
}

#[test]
fn instances_stand_in_scopes_and_in_templates() {
    let text = r#"
group Finance = "f"
group BreakGlass = "b"
template Mfa(name: text) {
    policy "{name}" {
        state   enabled
        users   except groups [BreakGlass]
        apps    all
        require mfa
    }
}
template Both(prefix: text) {
    use Mfa(name: "{prefix}-1")
    use Mfa("{prefix}-2")
}
@owner("finance")
scope "Finance" {
    users groups [Finance]
    @ticket("SEC-1")
    use Both("F")
}
"#;
    let checked = file(text);
    assert_eq!(checked.codes(), Vec::<&str>::new(), "{}", checked.render());
    assert_eq!(names(&checked), ["F-1", "F-2"]);
    let policy = &checked.set.policies[0];
    assert_eq!(policy.scopes, ["Finance"]);
    assert_eq!(policy.annotations.owner.as_deref(), Some("finance"));
    assert_eq!(policy.annotations.ticket.as_deref(), Some("SEC-1"));
    assert_eq!(policy.annotations.used_at.len(), 2);
}

#[test]
fn parameters_stand_in_filters_and_their_text() {
    let text = r#"
template Managed(owner: Ownership, models: list of text) {
    policy "M" {
        state   enabled
        users   all
        apps    all
        devices except device.deviceOwnership -eq owner -and device.model -in [models, "Z"]
        require mfa
    }
}
use Managed(Company, ["X", "Y"])
"#;
    let checked = file(text);
    let unreadable: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|d| d.is_unreadable())
        .collect();
    assert!(unreadable.is_empty(), "{}", checked.render());
    let assignments = checked.set.policies[0].assignments.as_deref().unwrap();
    let filter = assignments.devices.as_ref().unwrap();
    let expected =
        "device.deviceOwnership -eq \"Company\" -and device.model -in [\"X\", \"Y\", \"Z\"]";
    assert_eq!(filter.text, expected);
    assert!(format!("{:?}", filter.rule).contains("company"));
}

#[test]
fn rules_take_values() {
    let text = r#"
group Staff = "5d0c9f5e-0000-4000-8000-000000009a11"
rule Owned(owner: Ownership, depth) = device.deviceOwnership -eq owner -and device.model -eq depth
rule InGroup(who: group)            = user.groups -contains who
rule Either                         = Owned(Company, "M") -or InGroup(Staff)
policy "P" { state enabled  users all  apps all  when Either -or Owned("Personal", "N")  require mfa }
"#;
    let checked = file(text);
    assert_eq!(checked.codes(), Vec::<&str>::new(), "{}", checked.render());
    let Some(Expr::Any(parts)) = &checked.set.policies[0].when else {
        panic!("{:?}", checked.set.policies[0].when)
    };
    let said = format!("{parts:?}");
    for value in ["company", "personal", "\"m\"", "\"n\"", "5d0c9f5e"] {
        assert!(said.contains(value), "{value}: {said}");
    }
    let tests =
        |expr: &Expr| matches!(expr, Expr::Test(t) if matches!(t.comparison, Comparison::OneOf(_)));
    assert!(parts.iter().any(|part| match part {
        Expr::All(inner) => inner.iter().all(tests),
        _ => false,
    }));
}

#[test]
fn values_of_rules_are_checked_at_the_call() {
    expect(
        r#"
rule Owned(owner: Ownership) = device.deviceOwnership -eq owner
rule Open(level)             = device.deviceOwnership -eq level
rule Plain                   = device.isCompliant -eq True
rule Loop(x)                 = Loop(x)
   //^^^^ GW0204: the rule `Loop` is defined by itself
rule Wrong(x: Ownership)     = device.trustTyp -eq "AzureAD" -and device.deviceOwnership -eq x
                             //^^^^^^^^^^^^^^^ GW0301
policy "P" {
    state   enabled
    users   all
    apps    all
    when    Owned("Compny") -or Owned("Company", "x") -or Owned -or Plain("x")
                //^^^^^^^^ GW0209: `Compny` is not an Ownership
                                               //^^^ GW0209: `Owned` takes one value, and 2 are given
                                                        //^^^^^ GW0209: `Owned` needs `owner`
                                                                        //^^^ GW0209: `Plain` takes no values
    unless  Open("Persnal") -or Loop("x") -or Ownd("Company")
               //^^^^^^^^^ GW0302
                                            //^^^^ GW0201: there is no rule `Ownd`
    require mfa
}
"#,
    );
}

#[test]
fn what_is_wrong_with_parameters_is_said_at_the_template() {
    expect(
        r#"
template T(a, b: grup, groups: group, c: list group, c: text, d: text = "x", e: text) {
         //^ GW0208: the parameter `a` has no type
               //^^^^ GW0208: there is no type `grup`
                     //^^^^^^ GW0208: a parameter cannot be called `groups`
                                       //^^^^^^^^^^ GW0208: this is no type
                                                   //^ GW0203: the parameter `c` is declared twice
                                                                           //^ GW0208: `e` has no default
    group G = "g"
  //^^^^^ GW0323
}
template A() { use B() }
       //^ GW0212: these templates use each other: `A` → `B` → `A`
template B() { use A() }
use A()
"#,
    );
}

#[test]
fn texts_of_templates_name_their_parameters() {
    expect(
        r#"
template T(name: text, who: group) {
    policy "{name} {nam}" { state enabled  users groups [who]  apps all  require mfa }
         //^^^^^^^^^^^^^^ GW0213: the template has no parameter `nam`
    policy "{who}" { state enabled  users all  apps all  require mfa }
         //^^^^^^^ GW0213: `{who}` is no text
    policy "a } b" { state enabled  users all  apps all  require mfa }
         //^^^^^^^ GW0213: a brace in this text
}
policy "{kept}" { state enabled  users all  apps all  require mfa }
"#,
    );
}

#[test]
fn templates_that_double_each_other_end_with_an_error() {
    let mut text = String::from(
        "template T0(n: text) { policy \"{n}\" { state enabled users all apps all require mfa } }\n",
    );
    for level in 1..30 {
        let below = level - 1;
        text.push_str(&format!(
            "template T{level}(n: text) {{ use T{below}(\"{{n}}a\") use T{below}(\"{{n}}b\") }}\n"
        ));
    }
    text.push_str("use T29(\"x\")\n");
    let checked = file(&text);
    let count = checked
        .codes()
        .iter()
        .filter(|code| **code == "GW0214")
        .count();
    assert_eq!(count, 1);
}

#[test]
fn instances_of_one_name_are_named_by_their_use() {
    let text = "template T() { policy \"P\" { state enabled users all apps all require mfa } }\n\
                use T()\nuse T()\n";
    let checked = file(text);
    assert_eq!(checked.codes(), ["GW0205"], "{}", checked.render());
    assert_eq!(&text[checked.diagnostics[0].span().range()], "use T");
    assert!(checked.diagnostics[0].span().start > checked.diagnostics[0].labels[1].span.start);
}

#[test]
fn an_expiry_within_thirty_days_is_a_hint_and_a_past_one_an_error() {
    let text = "@expires(2027-01-31)\nscope \"S\" {\n    users all\n    \
                policy \"P\" { state enabled apps all require mfa }\n}\n";
    let on = |day: &str| project_on(Date::parse(day), &[("main.gate", text)]);
    assert_eq!(on("2026-12-31").codes(), Vec::<&str>::new());
    assert_eq!(on("2027-01-01").codes(), ["GW0216"]);
    assert_eq!(on("2027-01-31").codes(), ["GW0216"]);
    let over = on("2027-02-01");
    assert_eq!(over.codes(), ["GW0215"]);
    assert!(
        over.diagnostics[0].message.contains("2027-01-31"),
        "{}",
        over.render()
    );
    let expires = &over.set.policies[0].annotations.expires;
    assert_eq!(expires.as_deref(), Some("2027-01-31"));
    assert_eq!(file(text).codes(), Vec::<&str>::new());
    expect(
        "  @expires(\"soon\")\n//^^^^^^^^^^^^^^^^ GW0207: `@expires` needs a day\ngroup G = \"g\"\n",
    );
}

#[test]
fn a_suppression_that_hides_nothing_is_told_with_a_fix() {
    let policy = "policy \"P\" { state enabled users all apps all require mfa }";
    let text = format!("@suppress(GW0407, \"why\")\n{policy}\n");
    let checked = file(&text);
    assert_eq!(checked.codes(), ["GW0217"], "{}", checked.render());
    let edit = &checked.diagnostics[0].fixes[0].edits[0];
    assert_eq!(&text[edit.span.range()], "@suppress(GW0407, \"why\")\n");
    // Nobody knows what it would hide.
    let broken =
        format!("{text}policy \"Q\" {{ state enabled users all apps all require mfaa }}\n");
    assert_eq!(file(&broken).codes().len(), 1);
    let template = "template T(n: text) { policy \"{n}\" { users all apps all require mfa } }\n";
    let used =
        format!("{template}@suppress(unwritten-state, \"why\")\nuse T(\"a\")\nuse T(\"b\")\n");
    let checked = file(&used.replace("unwritten-state", "\"unwritten-state\""));
    assert_eq!(checked.codes(), ["GW0401"], "{}", checked.render());
    assert!(
        checked.diagnostics[0].message.contains("`b`"),
        "{}",
        checked.render()
    );
}

#[test]
fn a_library_hands_on_templates_rules_and_objects_and_nothing_else() {
    let library = "group A = \"a\"\nrule R = device.isCompliant -eq True\n\
                   template T(who: group) { policy \"T\" { state enabled users groups [who] apps all when R require mfa } }\n\
                   policy \"Own\" { state enabled users all apps all require mfa }\nuse T(A)\n";
    let checked = project(&[("library/a.gate", library), ("main.gate", "use T(A)\n")]);
    assert_eq!(checked.codes(), ["GW0218"], "{}", checked.render());
    assert_eq!(names(&checked), ["T"]);
    let twice = project(&[
        ("library/a.gate", library),
        ("main.gate", "group A = \"b\"\nuse T(A)\n"),
    ]);
    assert!(twice.codes().contains(&"GW0203"), "{}", twice.render());
}

#[test]
fn values_that_double_each_other_end_with_an_error() {
    let of = |kind: &str, parameter: &str, inner: &str, last: &str, first: &str| {
        let mut text = String::new();
        for n in 0..50 {
            let next = n + 1;
            text += &match kind {
                "template" => {
                    format!("template T{n}({parameter}) {{ use T{next}({inner}) }}\n")
                }
                _ => format!("rule T{n}({parameter}) = T{next}({inner})\n"),
            };
        }
        let text = format!("{text}{kind} T50({parameter}) {last}\n{first}\n");
        let codes = file(&text).codes();
        assert!(codes.contains(&"GW0214"), "{kind}({parameter}): {codes:?}");
    };
    let policy = "{ policy \"P\" { state enabled users groups x apps all require mfa } }";
    of(
        "template",
        "x: list of group",
        "[x, x]",
        policy,
        "use T0([\"a\", \"b\"])",
    );
    let policy = "{ policy \"{x}\" { state enabled users all apps all require mfa } }";
    of("template", "x: text", "\"{x}{x}\"", policy, "use T0(\"a\")");
    let policy = "policy \"P\" { state enabled users all apps all when T0([\"a\"]) require mfa }";
    of("rule", "x", "[x, x]", "= device.model -in x", policy);
}
