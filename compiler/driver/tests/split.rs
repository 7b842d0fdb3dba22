//! Policies that Entra cannot say, written as several that it can.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_compiler::{Compilation, Input, SourceFile, compile, export, split};
use gatewright_interop::ExportOptions;

/// A policy for everybody, or for those that the condition names.
fn policy(condition: &str) -> Compilation {
    let unless_said = |head: &str, clause: &'static str| {
        let is_said = condition.lines().any(|line| line.trim().starts_with(head));
        if is_said { "" } else { clause }
    };
    let users = unless_said("users ", "users all except groups [Admins]");
    let apps = unless_said("apps ", "apps all");
    let text = format!(
        "group Admins = \"8f6f3d0a-0000-4000-8000-000000000001\"\n\
         group Staff = \"8f6f3d0a-0000-4000-8000-000000000004\"\n\
         group Guests = \"8f6f3d0a-0000-4000-8000-000000000009\"\n\
         app Payroll = \"8f6f3d0a-0000-4000-8000-000000000002\"\n\
         app Travel = \"8f6f3d0a-0000-4000-8000-000000000005\"\n\
         location Offices = trusted ranges [203.0.113.0/24]\n\
         location Home = countries [DK, SE]\n\
         rule Managed = device.isCompliant -eq True -or device.trustType -eq \"ServerAD\"\n\
         @id(\"8f6f3d0a-0000-4000-8000-000000000003\")\n\
         policy \"A\" {{\n state enabled\n {users}\n {apps}\n \
         {condition}\n require mfa\n}}"
    );
    let file = SourceFile {
        path: "a.gate".to_owned(),
        bytes: text.into_bytes(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation
}

#[test]
fn alternatives_become_policies_that_are_proved_equal() {
    let rows = [
        // The complement of an enumeration has all its other members, `none` and `hidden` too.
        ("when signIn.risk -ne high", 1),
        ("unless user.risk -in [none, hidden]", 1),
        ("unless signIn.risk -eq none -or user.risk -eq none", 1),
        // `exchangeActiveSync` of a policy has `easSupported` in it.
        ("when signIn.client -ne browser", 1),
        (
            "when signIn.client -in [exchangeActiveSync, easSupported]",
            1,
        ),
        (
            "clients [browser, exchangeActiveSync]\n when signIn.client -ne browser",
            1,
        ),
        ("when signIn.client -eq easSupported", 1),
        // All resources include the registration of security information, these do not.
        ("when app -in [Payroll]", 1),
        ("when app -eq Payroll -or app -eq Travel", 2),
        ("apps [Payroll, Travel]\n when app -eq Travel", 1),
        ("apps [Payroll]\n when app -in [Travel, Payroll]", 1),
        (
            "when app -eq Payroll -and signIn.risk -eq high -or user.risk -eq high",
            2,
        ),
        ("when signIn.platform -in [windows, macOS]", 1),
        ("unless signIn.platform -in [windows, macOS]", 1),
        (
            "platforms all except [iOS]\n when signIn.platform -ne android",
            1,
        ),
        (
            "when user.groups -contains Staff -or user.guestType -eq internalGuest",
            2,
        ),
        ("unless user.groups -contains Staff", 1),
        (
            "unless user.guestType -in [internalGuest, serviceProvider]",
            1,
        ),
        (
            "users groups [Staff, Guests]\n when user.groups -contains Guests",
            1,
        ),
        (
            "users all\n when user.roles -contains GlobalAdministrator",
            1,
        ),
        (
            "users all\n unless user.roles -contains GlobalAdministrator",
            1,
        ),
        ("when location -in [Offices, Home]", 1),
        ("when location -notIn [Offices] -or user.risk -eq high", 2),
        ("locations [Offices, Home]\n when location -eq Home", 1),
        ("when Managed", 1),
        ("unless Managed -or location -in [Offices]", 1),
        ("when -not (Managed -and location -in [Offices])", 2),
        (
            "devices where device.model -startsWith \"x\"\n when Managed",
            1,
        ),
        (
            "when (signIn.risk -eq high -or (user.risk -eq high -and signIn.client -eq browser)) \
             -and -not (location -in [Offices])",
            2,
        ),
        (
            "when session.flow -eq deviceCodeFlow -or session.flow -eq authenticationTransfer",
            2,
        ),
        ("when signIn.risk -eq high", 1),
        ("when signIn.risk -eq high -or signIn.client -eq browser", 2),
        (
            "when signIn.risk -eq high -or device.isCompliant -ne True",
            2,
        ),
        (
            "when device.isCompliant -eq True -or device.trustType -eq \"ServerAD\"",
            1,
        ),
        (
            "when signIn.platform -ne windows -or user.risk -in [medium, high]",
            2,
        ),
        (
            "when (user.risk -eq high -or signIn.risk -eq high) -and signIn.client -eq browser",
            2,
        ),
        (
            "unless signIn.platform -eq windows -and device.isCompliant -eq True",
            2,
        ),
        (
            "signInRisk [medium, high]\n when signIn.risk -eq high -or user.risk -eq high",
            2,
        ),
        (
            "when location -in [allTrusted] -or device.isCompliant -eq True",
            2,
        ),
        ("unless location -in [allTrusted]", 1),
        (
            "when user.groups -contains \"8f6f3d0a-0000-4000-8000-000000000009\"",
            1,
        ),
    ];
    for (condition, count) in rows {
        let set = policy(condition).set;
        let result = split(&set);
        assert!(
            result.diagnostics.is_empty(),
            "{condition}: {:#?}",
            result.diagnostics
        );
        assert_eq!(result.set.policies.len(), count, "{condition}");
        assert!(
            result
                .set
                .policies
                .iter()
                .all(|policy| policy.when.is_none())
        );
        let with_id = result
            .set
            .policies
            .iter()
            .filter(|policy| policy.has_server_id);
        assert_eq!(with_id.count(), 1, "{condition}");
        let exported = export(&result.set, ExportOptions { normalise: true });
        assert!(
            exported.diagnostics.is_empty(),
            "{condition}: {:#?}",
            exported.diagnostics
        );
    }
}

#[test]
fn conditions_without_a_dimension_are_refused() {
    let many = "(signIn.risk -eq high -or user.risk -eq high)";
    let many = format!("when {}", [many; 6].join(" -and "));
    let rows = [
        (
            "when user.department -eq \"Sales\"",
            "asks for `user.department`",
        ),
        ("when signIn.now -lt 2027-01-01", "asks for `signIn.now`"),
        ("when session.flow -ne deviceCodeFlow", "there being none"),
        (
            "when app -ne Payroll",
            "a request may be for several resources",
        ),
        (
            "when signIn.client -eq exchangeActiveSync",
            "stands for `easSupported`",
        ),
        (
            "when signIn.client -ne easSupported",
            "stands for `easSupported`",
        ),
        (
            "when user.insiderRisk -ne elevated",
            "`none`, which no policy names",
        ),
        (
            "apps [Payroll]\n when app -eq Travel",
            "two resources at once",
        ),
        (
            "locations [Offices]\n when location -eq Home",
            "two networks at once",
        ),
        (
            "users groups [Admins]\n when user.groups -contains Staff",
            "two kinds of users at once",
        ),
        (
            "users all, allAgentUsers\n when user.groups -contains Staff",
            "signIn.identity is \"agentuser\"",
        ),
        (
            "apps all except [Travel]\n when app -eq Payroll",
            "say something else where",
        ),
        (&many, "more than 32 policies"),
    ];
    for (condition, why) in rows {
        let result = split(&policy(condition).set);
        let [found] = result.diagnostics.as_slice() else {
            panic!("{condition}: {:#?}", result.diagnostics)
        };
        assert_eq!(found.code.name(), "GW0643", "{condition}");
        assert!(
            found.message.contains(why),
            "{condition}: {}",
            found.message
        );
        assert_eq!(result.split_count, 0);
    }
}
