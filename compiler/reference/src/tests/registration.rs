//! SEMANTICS: §20.2

use gatewright_hir::model::Comparison;
use serde_json::{Value, json};

use super::builder::{compare, meets, request, when};

const NOW: &str = "2026-11-22T09:00:00Z";

fn overdue(context: Value, unknown: &[&str]) -> Option<bool> {
    let request = request(json!({ "context": context, "unknown": unknown }));
    let rule = compare("user.isRegistrationOverdue", Comparison::IsTrue);
    meets(when(rule), &request)
}

#[test]
fn registration_is_overdue_after_fourteen_days() {
    for (first, expected) in [
        ("2026-11-08T09:00:00Z", true),
        ("2026-11-08T09:00:00.001Z", false),
        ("2026-11-30T09:00:00Z", false),
    ] {
        let context =
            json!({ "mfaRegistered": false, "firstInteractiveSignIn": first, "now": NOW });
        assert_eq!(overdue(context, &[]), Some(expected), "{first}");
    }
}

#[test]
fn who_has_registered_or_says_nothing_is_not_overdue() {
    let long_ago = "2026-01-01T00:00:00Z";
    let rows = [
        json!({ "mfaRegistered": true, "firstInteractiveSignIn": long_ago, "now": NOW }),
        json!({ "firstInteractiveSignIn": long_ago, "now": NOW }),
        json!({ "mfaRegistered": false, "now": NOW }),
        json!({ "mfaRegistered": true, "firstInteractiveSignIn": long_ago }),
        json!({}),
    ];
    for context in rows {
        assert_eq!(overdue(context.clone(), &[]), Some(false), "{context}");
    }
}

#[test]
fn what_is_missing_leaves_it_open_only_where_it_matters() {
    let late = json!({
        "mfaRegistered": false,
        "firstInteractiveSignIn": "2026-01-01T00:00:00Z",
        "now": NOW,
    });
    let soon = json!({
        "mfaRegistered": false,
        "firstInteractiveSignIn": "2026-11-20T00:00:00Z",
        "now": NOW,
    });
    assert_eq!(overdue(late.clone(), &["mfaRegistered"]), None);
    assert_eq!(
        overdue(soon.clone(), &["user.isMfaRegistered"]),
        Some(false)
    );
    assert_eq!(overdue(soon.clone(), &["context.now"]), None);
    assert_eq!(overdue(soon, &["user.isRegistrationOverdue"]), None);
    assert_eq!(overdue(late, &["firstInteractiveSignIn"]), None);
    let without_now = json!({ "mfaRegistered": false, "firstInteractiveSignIn": NOW });
    assert_eq!(overdue(without_now, &[]), None);
}

#[test]
fn the_other_two_are_what_the_context_says() {
    let meets = |name: &str, comparison: Comparison, context: Value, unknown: &[&str]| {
        let request = request(json!({ "context": context, "unknown": unknown }));
        meets(when(compare(name, comparison)), &request)
    };
    let necessary = "signIn.isMfaDeemedNecessary";
    let rows = [
        (necessary, Comparison::IsFalse, json!({}), Some(true)),
        (
            necessary,
            Comparison::IsTrue,
            json!({ "mfaDeemedNecessary": true }),
            Some(true),
        ),
        (
            "user.isMfaRegistered",
            Comparison::IsNull,
            json!({}),
            Some(true),
        ),
        (
            "user.isMfaRegistered",
            Comparison::IsFalse,
            json!({ "mfaRegistered": false }),
            Some(true),
        ),
    ];
    for (name, comparison, context, expected) in rows {
        assert_eq!(meets(name, comparison, context, &[]), expected, "{name}");
    }
    let open = meets(
        necessary,
        Comparison::IsTrue,
        json!({}),
        &["mfaDeemedNecessary"],
    );
    assert_eq!(open, None);
}
