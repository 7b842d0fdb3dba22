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
    let users = if condition.contains("users ") {
        ""
    } else {
        "users all except groups [Admins]"
    };
    let text = format!(
        "group Admins = \"8f6f3d0a-0000-4000-8000-000000000001\"\n\
         app Payroll = \"8f6f3d0a-0000-4000-8000-000000000002\"\n\
         @id(\"8f6f3d0a-0000-4000-8000-000000000003\")\n\
         policy \"A\" {{\n state enabled\n {users}\n apps all\n \
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
    let other = "8f6f3d0a-0000-4000-8000-000000000009";
    let conditions = [
        "when user.department -eq \"Sales\"".to_owned(),
        "when signIn.now -lt 2027-01-01".to_owned(),
        format!("users groups [Admins]\n when user.groups -contains \"{other}\""),
    ];
    for condition in conditions {
        let result = split(&policy(&condition).set);
        let codes: Vec<_> = result.diagnostics.iter().map(|d| d.code.name()).collect();
        assert_eq!(codes, ["GW0643"], "{condition}");
        assert_eq!(result.split_count, 0);
    }
}
