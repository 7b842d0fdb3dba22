//! Compliance policies as text.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod common;

use common::project;
use gatewright_hir::model::{Comparison, CompliancePolicy, Expr, UserScope};
use gatewright_hir::settle_compliance;
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};

fn one(text: &str) -> CompliancePolicy {
    let mut checked = project(&[("main.gate", text)]);
    assert!(checked.diagnostics.is_empty(), "{}", checked.render());
    checked.set.compliance.policies.remove(0)
}

/// The codes of a policy for `platform` with these clauses.
fn codes(platform: &str, clauses: &str) -> Vec<&'static str> {
    let text = format!("compliance \"A\" for {platform} {{\n{clauses}\n}}\n");
    project(&[("main.gate", &text)]).codes()
}

#[test]
fn a_policy_has_all_that_its_clauses_say() {
    let policy = one(r#"
        group Staff = "11111111-0000-4000-8000-000000000001"
        group Lab   = "11111111-0000-4000-8000-000000000002"
        @id("22222222-0000-4000-8000-000000000001")
        compliance "Windows baseline" for windows {
            users   groups [Staff] except groups [Lab]
            require setting.threatLevel -le "low"
            require setting.osVersion -ge "10.0.22631" -and setting.bitLockerEnabled -eq True
            grace   3 days
            noncompliance notification after 12 hours template "33333333-0000-4000-8000-000000000001",
                          retire after 30 days
        }
    "#);
    assert_eq!(policy.id, "22222222-0000-4000-8000-000000000001");
    assert_eq!(policy.platform, CompliancePlatform::Windows);
    let scope = |id: &str| UserScope::Group(id.to_owned());
    assert_eq!(
        policy.users.include[0].value,
        scope("11111111-0000-4000-8000-000000000001")
    );
    assert_eq!(
        policy.users.exclude[0].value,
        scope("11111111-0000-4000-8000-000000000002")
    );
    assert_eq!((policy.requirements.len(), policy.grace_hours()), (2, 72));
    let actions: Vec<_> = policy
        .actions
        .iter()
        .map(|a| (a.kind, a.after_hours))
        .collect();
    use NoncomplianceAction as A;
    assert_eq!(
        actions,
        [(A::Block, 72), (A::Notification, 12), (A::Retire, 720)]
    );
    assert!(
        policy.actions[1]
            .template
            .as_deref()
            .unwrap()
            .starts_with("3333")
    );
}

#[test]
fn without_grace_a_device_is_marked_at_once() {
    let policy = one("compliance \"A\" for iOS { users all require setting.jailbroken -eq False }");
    assert_eq!((policy.grace_hours(), policy.actions.len()), (0, 1));
}

#[test]
fn members_of_an_ordered_enumeration_are_compared_by_their_order() {
    let members = |require: &str| {
        let text = format!("compliance \"A\" for android {{ users all require {require} }}");
        match one(&text).requirements.remove(0).rule {
            Expr::Test(test) => match test.comparison {
                Comparison::OneOf(members) => members,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    let type_of = |require| members(&format!("setting.passwordRequiredType {require}"));
    assert_eq!(
        type_of("-ge \"alphanumeric\""),
        ["alphanumeric", "alphanumericwithsymbols"]
    );
    assert_eq!(type_of("-gt alphanumeric"), ["alphanumericwithsymbols"]);
    assert_eq!(
        type_of("-lt any"),
        ["devicedefault", "lowsecuritybiometric"]
    );
    assert_eq!(
        members("setting.threatLevel -ge \"medium\""),
        ["high", "medium"]
    );
}

#[test]
fn an_unreported_threat_level_depends_on_the_tenant() {
    let text = "compliance \"A\" for iOS {\n    users all\n    require setting.threatLevel -le \
                \"low\" -or setting.passwordRequired -eq True\n}\n";
    let checked = project(&[("main.gate", text)]);
    let says = |set: &gatewright_hir::model::PolicySet| {
        format!("{:?}", set.compliance.policies[0].requirements).contains("unavailable")
    };
    let mut set = checked.set;
    settle_compliance(&mut set);
    assert!(says(&set));
    set.compliance.is_secure_by_default = true;
    settle_compliance(&mut set);
    assert!(!says(&set));
}

#[test]
fn what_is_wrong_with_a_clause_is_said_at_the_clause() {
    let require = "    users   all\n    require setting.passwordRequired -eq True\n";
    let with = |clause: &str| codes("windows", &format!("{require}    {clause}"));
    assert_eq!(with("grace 3"), ["GW0432"]);
    assert_eq!(with("grace 400 days"), ["GW0436"]);
    assert_eq!(with("noncompliance block after 1 day"), ["GW0432"]);
    assert_eq!(with("noncompliance notify after 1 day"), ["GW0432"]);
    assert_eq!(with("apps all"), ["GW0432"]);
    assert_eq!(with("graph { \"displayName\": \"B\" }"), ["GW0320"]);
    assert_eq!(with("graph { \"bitLockerEnabled\": true }"), ["GW0320"]);
    assert_eq!(with("graph { \"newSetting\": true }"), ["GW0611"]);
    assert!(with("graph { \"newSetting\": false, \"description\": \"x\" }").is_empty());
    let to_roles = codes(
        "windows",
        "users roles [GlobalAdministrator]\nrequire setting.tpmPresent",
    );
    assert_eq!(to_roles, ["GW0434"]);
}

#[test]
fn a_setting_that_the_platform_lacks_names_the_platforms_that_have_it() {
    let text = "compliance \"A\" for iOS {\n    users all\n    require setting.systemIntegrityProtectionEnabled -eq True\n}\n";
    let checked = project(&[("main.gate", text)]);
    assert_eq!(checked.codes(), ["GW0431"]);
    assert!(checked.render().contains("macOS"), "{}", checked.render());
}

#[test]
fn settings_and_sign_ins_do_not_mix() {
    let with = |require: &str| codes("windows", &format!("    users all\n    require {require}"));
    assert_eq!(with("device.isCompliant -eq True"), ["GW0433"]);
    assert_eq!(with("user.department -eq \"IT\""), ["GW0433"]);
    assert_eq!(with("setting.threatLevel -le \"unavailable\""), ["GW0433"]);
    let policy = "policy \"P\" { state enabled users groups [\"11111111-0000-4000-8000-000000000001\"] apps office365 when setting.threatLevel -eq \"high\" block }";
    assert!(
        project(&[("main.gate", policy)])
            .codes()
            .contains(&"GW0433")
    );
}

#[test]
fn names_and_ids_are_used_once() {
    let text = "compliance \"A\" for iOS { users all require setting.jailbroken -eq False }\n\
                compliance \"A\" for macOS { users all require setting.storageEncrypted -eq True }\n";
    assert_eq!(project(&[("main.gate", text)]).codes(), ["GW0205"]);
}

#[test]
fn a_compliant_device_is_required_only_where_a_compliance_policy_reaches() {
    let compliance = "compliance \"C\" for windows { users groups [\"11111111-0000-4000-8000-000000000001\"] require setting.bitLockerEnabled -eq True }\n";
    let found = |users: &str, platforms: &str| {
        let policy = format!(
            "{compliance}policy \"P\" {{ state enabled users {users} apps [\"797f4846-ba00-4fd7-ba43-dac1f8f63013\"] {platforms} require any [compliantDevice, mfa] }}"
        );
        project(&[("main.gate", &policy)])
            .codes()
            .contains(&"GW0439")
    };
    assert!(!found(
        "groups [\"11111111-0000-4000-8000-000000000001\"]",
        "platforms [windows]"
    ));
    assert!(!found(
        "groups [\"11111111-0000-4000-8000-000000000001\"]",
        ""
    ));
    assert!(found(
        "groups [\"11111111-0000-4000-8000-000000000001\"]",
        "platforms [iOS]"
    ));
    assert!(found(
        "groups [\"11111111-0000-4000-8000-000000000002\"]",
        "platforms [windows]"
    ));
    assert!(found("all", ""));
    assert!(!found("roles [GlobalAdministrator]", "platforms [windows]"));
}
