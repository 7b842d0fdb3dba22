//! Projects: names across files, clauses, and what is said about mistakes in them.

mod common;
use common::{expect, file, project};

/// A policy around some clauses, without any finding of its own.
fn policy(clauses: &str) -> String {
    let rest = |head: &str, clause: &str| {
        if clauses.split_whitespace().any(|word| word == head) {
            String::new()
        } else {
            format!("    {clause}\n")
        }
    };
    format!(
        "policy \"P\" {{\n{}{}{}    {clauses}\n{}}}\n",
        rest("state", "state enabled"),
        if ["users", "guests", "workloads", "agents"]
            .iter()
            .any(|h| clauses.contains(h))
        {
            String::new()
        } else {
            "    users all\n".to_owned()
        },
        if ["apps", "actions", "contexts"]
            .iter()
            .any(|h| clauses.contains(h))
        {
            String::new()
        } else {
            "    apps all\n".to_owned()
        },
        if ["block", "require", "session"]
            .iter()
            .any(|h| clauses.contains(h))
        {
            String::new()
        } else {
            "    require mfa\n".to_owned()
        },
    )
}

#[track_caller]
fn codes_of(clauses: &str) -> Vec<&'static str> {
    file(&policy(clauses)).codes()
}

#[test]
fn names_are_found_whatever_the_order_of_files_and_declarations() {
    let checked = project(&[
        (
            "b.gate",
            &policy("users groups [Finance] except groups [BreakGlass]"),
        ),
        (
            "z/a.gate",
            "group Finance = \"f\"\nrule R = Corporate -or user.department -eq \"x\"",
        ),
        (
            "a.gate",
            "rule Corporate = device.isCompliant -eq True\ngroup BreakGlass = \"b\"",
        ),
    ]);
    assert_eq!(checked.codes(), Vec::<&str>::new());
    assert_eq!(checked.set.policies.len(), 1);
}

#[test]
fn policies_come_in_path_order_then_in_order_of_the_file() {
    let one = |name: &str| {
        format!("policy \"{name}\" {{ state enabled users all apps all require mfa }}")
    };
    let checked = project(&[
        ("b.gate", &one("third")),
        ("a/z.gate", &format!("{}\n{}", one("first"), one("second"))),
    ]);
    let names: Vec<&str> = checked
        .set
        .policies
        .iter()
        .map(|p| p.display_name.as_str())
        .collect();
    assert_eq!(names, ["first", "second", "third"]);
}

#[test]
fn names_that_stand_for_nothing_or_something_else() {
    expect(
        r#"
group Finance = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
rule  Corporate = device.isCompliant -eq True
policy "P" {
    state   enabled
    users   roles [GlobalAdministrator, Finance], groups [Finanec]
                                      //^^^^^^^ GW0202: `Finance` is a group, where a role is expected
                                                        //^^^^^^^ GW0201: there is no group `Finanec`
            except groups [GlobalReader, "id", Corporate]
                         //^^^^^^^^^^^^ GW0202: `GlobalReader` is a role, where a group is expected
                                             //^^^^^^^^^ GW0202: `Corporate` is a rule
    apps    [Payroll, ExchangeOnlin]
           //^^^^^^^ GW0201: there is no app `Payroll`
                    //^^^^^^^^^^^^^ GW0201
    locations [Offices]
             //^^^^^^^ GW0201: there is no location `Offices`
    require strength PhishingResistantMFA
                   //^^^^^^^^^^^^^^^^^^^^ GW0201
}
"#,
    );
    let checked = file(
        "group Finance = \"f\"\npolicy \"P\" { state enabled users groups [Finanec] apps all require mfa }",
    );
    assert_eq!(checked.diagnostics[0].fixes[0].edits[0].text, "Finance");
}

#[test]
fn duplicates_show_both_places_across_files() {
    let checked = project(&[
        ("a.gate", "group Finance = \"1\""),
        ("b.gate", "group Finance = \"2\"\napp Finance = \"3\""),
    ]);
    assert_eq!(checked.codes(), ["GW0203"]);
    let labels = &checked.diagnostics[0].labels;
    assert_eq!(checked.sources.name(labels[0].span.source), "b.gate");
    assert_eq!(checked.sources.name(labels[1].span.source), "a.gate");
}

#[test]
fn cycles_among_rules_are_one_finding_with_every_use() {
    let checked = project(&[
        (
            "a.gate",
            "rule A = B -and device.isCompliant -eq True\nrule D = A",
        ),
        ("b.gate", "rule B = -not (C)\nrule C = A -or B"),
        ("c.gate", &policy("when A -or D")),
    ]);
    assert_eq!(checked.codes(), ["GW0204"]);
    let labels = &checked.diagnostics[0].labels;
    assert!(labels.len() >= 3, "{labels:?}");
    assert!(
        checked.diagnostics[0].message.contains(" → "),
        "{}",
        checked.render()
    );
    let alone = file("rule A = A -or True");
    assert_eq!(alone.codes(), ["GW0204"]);
    assert_eq!(
        alone.diagnostics[0].message,
        "the rule `A` is defined by itself"
    );
}

#[test]
fn rules_that_double_each_other_are_stopped() {
    let mut text = String::from("rule R0 = device.isCompliant -eq True\n");
    for n in 1..64 {
        text.push_str(&format!("rule R{n} = R{0} -and (R{0} -or R{0})\n", n - 1));
    }
    let checked = file(&text);
    assert_eq!(
        checked.codes(),
        ["GW0502"],
        "one finding, not one for every later rule"
    );
    let deep: String = (1..2000)
        .map(|n| format!("rule R{n} = -not (R{} -and True)\n", n - 1))
        .collect();
    let checked = file(&format!("rule R0 = user.city -eq \"x\" -or True\n{deep}"));
    assert!(checked.codes().contains(&"GW0502"), "{:?}", checked.codes());
}

#[test]
fn one_mistake_is_one_finding() {
    expect(
        r#"
rule Broken = device.trustType -eq "nope"
                                 //^^^^^^ GW0302
policy "A" { state enabled users all apps all when Broken require mfa }
policy "B" { state enabled users all apps all unless Broken -and Broken require mfa }
policy "C" { state enabled users groups [Nobody] apps all require mfa }
                                       //^^^^^^ GW0201
"#,
    );
}

#[test]
fn a_clause_says_what_it_cannot_have() {
    expect(
        r#"
user Kim = "11111111-0000-4000-8000-000000000001"
policy "P" {
    state   on
          //^^ GW0302: `on` is no state
    users   Kim, [A], group [B], all
          //^^^ GW0320: `Kim` does not say who
               //^^^ GW0320: this does not say what the names stand for
                    //^^^^^ GW0320: `group` does not say who
    apps    all 5
              //^ GW0320: this is not part of the clause
    clients [browser, modern] except [other]
                    //^^^^^^ GW0302: `modern` is no kind of client
                            //^^^^^^ GW0320: `clients` has no `except`
    platforms [windows, osx]
                      //^^^ GW0302: `osx` is no platform
    signInRisk [high, elevated]
                    //^^^^^^^^ GW0302
    require [mfa, compliantDevice]
          //^^^^^^^^^^^^^^^^^^^^^^ GW0327
    session signInFrequency 4, persistentBrowser sometimes, tokenProtection
                          //^ GW0326
                                               //^^^^^^^^^ GW0302: `sometimes` is no mode
                                                          //^^^^^^^^^^^^^^^ GW0201
}
"#,
    );
}

#[test]
fn clauses_that_cannot_stand_together() {
    expect(
        r#"
policy "P" {
    state    enabled
    users    all
    users    roles [GlobalAdministrator]
  //^^^^^ GW0321: `users` is written twice
    workloads all
  //^^^^^^^^^ GW0322
    apps     all
    contexts [c1]
  //^^^^^^^^ GW0322
    grace    3 days
  //^^^^^ GW0323: `grace` belongs to a compliance policy
    then     refuse
  //^^^^ GW0323
    require  mfa
}
"#,
    );
    assert_eq!(codes_of("users all, guests all"), ["GW0330"]);
    assert_eq!(codes_of("users except groups [\"x\"]"), ["GW0320"]);
    assert_eq!(codes_of("users all guests all"), ["GW0330"]);
    assert_eq!(
        codes_of("users roles [GlobalReader] guests all"),
        Vec::<&str>::new()
    );
}

#[test]
fn a_policy_without_a_part_is_a_service_error_and_still_there() {
    let checked = file("policy \"P\" { }");
    assert_eq!(checked.codes(), ["GW0401", "GW0414", "GW0415", "GW0414"]);
    assert_eq!(checked.set.policies.len(), 1);
    assert!(
        !checked
            .diagnostics
            .iter()
            .any(gatewright_diagnostics::Diagnostic::is_unreadable)
    );
}

#[test]
fn scopes_hold_for_every_policy_inside() {
    let checked = file(
        r#"
group Finance = "f"
group BreakGlass = "b"
scope "Finance" {
    users groups [Finance] except groups [BreakGlass]
    state enabled
    when  signIn.risk -eq high
    scope "Inner" {
        apps all
        policy "A" { users except users ["u"] when signIn.risk -ne low require mfa }
    }
    policy "B" { state enabled users all apps all require mfa }
}
"#,
    );
    assert_eq!(
        checked.codes(),
        ["GW0321", "GW0321"],
        "{}",
        checked.render()
    );
    let policy = &checked.set.policies[0];
    let gatewright_hir::model::Who::Users(users) = &policy.assignments.as_ref().unwrap().who else {
        panic!()
    };
    assert_eq!((users.include.len(), users.exclude.len()), (1, 2));
    let Some(gatewright_hir::model::Expr::All(conditions)) = &policy.when else {
        panic!()
    };
    assert_eq!(conditions.len(), 2);
}

#[test]
fn device_filters_may_use_rules_that_a_filter_can_say() {
    assert_eq!(
        file(&format!(
            "rule Corporate = device.trustType -in [\"AzureAD\", \"ServerAD\"]\n{}",
            policy("devices except device.extensionAttribute1 -eq \"SAW\" -or Corporate")
        ))
        .codes(),
        Vec::<&str>::new()
    );
    expect(
        r#"
rule Sales = user.department -eq "Sales"
rule Unset = device.model -eq null -or device.isCompliant -eq True
rule Home  = location -in [AllCompliantNetworks]
policy "A" { state enabled users all apps all devices where Sales -or Unset require mfa }
                                                          //^^^^^ GW0318
                                                                    //^^^^^ GW0318
policy "B" { state enabled users all apps all devices where Home require mfa }
                                                          //^^^^ GW0318
"#,
    );
}

#[test]
fn objects_say_what_they_are() {
    expect(
        r#"
group    A
       //^ GW0328: the id of `A` is missing
group    B = ""
           //^^ GW0328
location C = trusted [203.0.113.0/24]
                   //^^^^^^^^^^^^^^^^ GW0328
location D = ranges [203.0.113.0/33, 10.0.0.1/8, nonsense]
                   //^^^^^^^^^^^^^^ GW0324
                                   //^^^^^^^^^^ GW0329
                                               //^^^^^^^^ GW0324
location E = countries [NL, Narnia] or unknown
                          //^^^^^^ GW0325
strength F = combinations [[password, sms], [fido3]]
                                           //^^^^^ GW0302
strength G = passwordless
           //^^^^^^^^^^^^ GW0328
context  H = c100
           //^^^^ GW0417: `c100` is no authentication context
"#,
    );
    assert_eq!(file("@id(5)\ngroup I = \"i\"").codes(), ["GW0207"]);
    assert_eq!(file("@onwer(\"x\")\ngroup I = \"i\"").codes(), ["GW0207"]);
}

#[test]
fn a_location_has_a_largest_number_of_ranges() {
    let ranges: Vec<String> = (0..2001)
        .map(|n| format!("203.{}.{}.0/32", n / 256, n % 256))
        .collect();
    let checked = file(&format!("location L = ranges [{}]", ranges.join(", ")));
    assert_eq!(checked.codes(), ["GW0505"]);
}

#[test]
fn conditions_of_the_language_itself() {
    expect(
        r#"
group    Finance = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
app      Payroll = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices = trusted ranges [203.0.113.0/24]
rule A = user.department -eq "Sales" -or signIn.risk -eq high -or device.isRegistered
rule B = user.groups -contains Finance -and app -in [Payroll, Office365] -and location -eq Offices
rule C = location.ip -in [203.0.113.0/24, 2001:db8::/32] -and location.country -notIn [KP, "IR"]
rule D = device.deviceOwnership -eq "Company" -and session.methods -contains fido2
rule E = user.department -match "^Da.*" -and user.guestType -eq null
rule F = signIn.now -ge 2026-11-22T09:00:00Z -and user.groups -any (_ -in [Finance, "x"])
                                                                                  //^^^ GW0319
rule G = user.groups -contains Offices
                             //^^^^^^^ GW0202
rule H = Finance
       //^^^^^^^ GW0202: `Finance` is a group, not a condition
rule I = isCompliant
       //^^^^^^^^^^^ GW0201
rule J = signIn.risk -eq null
       //^^^^^^^^^^^^^^^^^^^^ GW0305: `signIn.risk` is never null
rule K = signIn.risk -ge medium
                   //^^^ GW0303
rule L = user.department -match "(a"
                              //^^^^ GW0317
rule M = location.country -eq Netherlands
                            //^^^^^^^^^^^ GW0325
rule N = A -eq True
       //^ GW0307: the rule `A` is true or false on its own
rule O = user.department
       //^^^^^^^^^^^^^^^ GW0307
rule P = app -startsWith Payroll
           //^^^^^^^^^^^ GW0303
rule Q = location -in Offices
                    //^^^^^^^ GW0306
"#,
    );
}

#[test]
fn lints_of_a_policy() {
    assert_eq!(codes_of("block"), ["GW0406"]);
    assert_eq!(codes_of("state reportOnly block"), Vec::<&str>::new());
    assert_eq!(
        codes_of("users all except users [\"x\"] block"),
        Vec::<&str>::new()
    );
    assert_eq!(
        codes_of("locations all except allTrusted block"),
        ["GW0407"]
    );
    assert_eq!(
        codes_of("clients [exchangeActiveSync, other] block"),
        Vec::<&str>::new()
    );
    assert_eq!(codes_of("signInRisk [low, high]"), ["GW0410"]);
    assert_eq!(codes_of("userRisk [medium]"), ["GW0410"]);
    let other = |state: &str| {
        let own = "policy \"Medium\" { state enabled users all apps all userRisk [medium] block }";
        let body = "users all apps all userRisk [high] block";
        let codes = file(&format!(
            "{own}\npolicy \"High\" {{ state {state} {body} }}"
        ))
        .codes();
        codes.contains(&"GW0410")
    };
    assert!(!other("enabled"), "another policy treats the higher level");
    assert!(other("reportOnly"));
    assert_eq!(codes_of("userRisk [high, none]"), Vec::<&str>::new());
    assert_eq!(codes_of("require any [mfa, strength Mfa]"), ["GW0409"]);
    assert_eq!(codes_of("session signInFrequency 24 hours"), ["GW0411"]);
    assert_eq!(
        codes_of("session signInFrequency 365 days"),
        Vec::<&str>::new()
    );
    assert_eq!(
        codes_of("devices except device.isCompliant -ne True"),
        ["GW0402"]
    );
    assert_eq!(
        codes_of("devices where device.isCompliant -eq False"),
        ["GW0404"]
    );
    assert_eq!(
        codes_of("devices where device.extensionAttribute1 -eq \"x\""),
        ["GW0403"]
    );
    assert_eq!(codes_of("devices where device.model -eq \"x\""), ["GW0416"]);
    assert_eq!(
        codes_of(
            "users all except users [\"x\"] devices where device.trustType -eq \"Workplace\" block"
        ),
        ["GW0405"]
    );
}

#[test]
fn members_that_are_not_modelled_are_carried() {
    let checked = file(&policy(
        "graph { \"description\": \"d\", \"conditions\": { \"clients\": [1, 2], \"times\": null } }",
    ));
    assert_eq!(checked.codes(), ["GW0611"]);
    let members: Vec<(String, &str, bool)> = checked.set.policies[0]
        .unmodelled
        .iter()
        .map(|m| (m.path.join("."), m.json.as_str(), m.is_condition))
        .collect();
    let wanted = [
        ("description".to_owned(), "\"d\"", false),
        ("conditions.clients".to_owned(), "[1, 2]", true),
    ];
    assert_eq!(members, wanted);
    let written = &checked.set.policies[0].form.written;
    assert_eq!(
        written[0].path,
        ["conditions", "times"],
        "what says nothing is form"
    );
    assert_eq!(codes_of("graph { \"a\": }"), ["GW0601"]);
}

#[test]
fn findings_can_be_suppressed_with_a_reason() {
    let blocking = "policy \"P\" { state enabled users all apps all block }";
    let codes = |annotation: &str| file(&format!("{annotation} {blocking}")).codes();
    assert_eq!(
        codes("@suppress(GW0406, \"for the test\")"),
        Vec::<&str>::new()
    );
    assert_eq!(
        codes("@suppress(\"lock-out\", \"for the test\")"),
        Vec::<&str>::new()
    );
    assert_eq!(
        codes("@suppress(GW0407, \"for the test\")"),
        ["GW0406", "GW0217"]
    );
    assert_eq!(codes("@suppress(GW0406)"), ["GW0207", "GW0406"]);
    assert_eq!(codes("@suppress(GW0201, \"no\")"), ["GW0207", "GW0406"]);
    assert_eq!(
        codes("@suppress(\"lock-uot\", \"no\")"),
        ["GW0207", "GW0406"]
    );
    let other = format!("@suppress(GW0406, \"x\") group G = \"g\"\n{blocking}");
    assert_eq!(
        file(&other).codes(),
        ["GW0406", "GW0217"],
        "only inside the declaration"
    );
    let scope = format!("@suppress(GW0406, \"x\") scope \"S\" {{ {blocking} }}");
    assert_eq!(file(&scope).codes(), Vec::<&str>::new());
}

#[test]
fn what_follows_from_a_broken_part_is_not_said() {
    let checked = file("policy C { state enabled }\npolicy \"D\" { users all apps: all }");
    assert_eq!(
        checked.codes(),
        ["GW0101", "GW0101"],
        "{}",
        checked.render()
    );
    let checked = file("policy \"P\" { state enabled users all, apps all require mfa }");
    assert_eq!(checked.codes(), ["GW0320"], "{}", checked.render());
    assert_eq!(
        checked.diagnostics[0].message,
        "`apps` starts a clause of its own"
    );
}

#[test]
fn what_is_wrong_with_a_scope_is_said_once() {
    let policies: String = (0..20)
        .map(|n| format!("policy \"P{n}\" {{ apps all require mfa }}\n"))
        .collect();
    let checked = file(&format!(
        "scope \"S\" {{ state enabled users groups [Nobody] when user.city -eq \"\"\n{policies}}}"
    ));
    assert_eq!(checked.codes(), ["GW0201", "GW0308"]);
    assert_eq!(checked.set.policies.len(), 20);
}

#[test]
fn scopes_cannot_multiply_without_bounds() {
    let groups: Vec<String> = (0..40_000).map(|n| format!("\"group-{n:08}\"")).collect();
    let policies: String = (0..3_000)
        .map(|n| format!("policy \"P{n}\" {{ apps all require mfa }}\n"))
        .collect();
    let text = format!(
        "scope \"S\" {{ state enabled users groups [{}]\n{policies}}}",
        groups.join(", ")
    );
    let checked = file(&text);
    let is_of_the_service = |code: &str| ("GW0419".."GW0500").contains(&code);
    let mut codes = checked.codes();
    codes.retain(|code| !is_of_the_service(code));
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "GW0502"));
    assert!(checked.set.policies.len() < 200);
}

#[test]
fn schemas_of_ones_own_report_each_mistake_once() {
    let text = "schema \"S\" version 1\n\
        @odd entity badge optional { id: Guid }\n\
        entity e { a: Strin }\n\
        effect approve\n";
    let own = |condition: &str| {
        let policy = format!("policy \"P\" {{ when {condition}\nthen approve }}");
        file(&format!("{text}{policy}")).codes()
    };
    assert_eq!(own("badge.id -eq null"), ["GW0207", "GW0353"]);
    assert_eq!(own("e.a -eq \"x\""), ["GW0207", "GW0353"]);
}

#[test]
fn marks_of_word_processors_are_reported_wherever_they_stand() {
    let checked = file(
        "rule R = user.groups –contains \"0000000a-0000-0000-c000-000000000000\"\n\
         policy “P” { state enabled users all apps all when R –and -not R require mfa }",
    );
    let marks = checked
        .codes()
        .iter()
        .filter(|code| **code == "GW0312")
        .count();
    assert_eq!(marks, 3, "{}", checked.render());
}

#[test]
fn names_in_expressions_are_no_guids() {
    let checked = file(
        "location Offices = ranges [203.0.113.0/24]\n\
         rule R = location.names -contains Offices",
    );
    assert!(checked.codes().is_empty(), "{}", checked.render());
}

#[test]
fn policies_have_a_name_and_one_id() {
    let body = "{ state disabled users all apps all require mfa }";
    let twice = format!("@id(\"a\") @id(\"b\") policy \"P\" {body}");
    assert_eq!(file(&twice).codes(), ["GW0207"]);
}
