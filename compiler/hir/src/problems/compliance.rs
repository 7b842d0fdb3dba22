//! Mistakes in compliance policies, in words.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, Head, Name};
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction, Platform};

use crate::suggest::{nearest, one_of};

/// A compliance policy in a project with a schema of its own.
pub(crate) fn own_schema(keyword: Span) -> Diagnostic {
    let message = "this project has a schema of its own, and no device compliance";
    Diagnostic::new(codes::GW0432, keyword, message)
        .because("belongs to Conditional Access")
        .help("remove the compliance policy, or the schema")
}

/// `for` something that is no platform.
pub(crate) fn unknown_platform(platform: &Name) -> Diagnostic {
    let names = || CompliancePlatform::ALL.iter().map(|p| p.name());
    let message = format!("there is no platform `{}`", platform.text);
    let found = Diagnostic::new(codes::GW0430, platform.span, message).because("not a platform");
    match nearest(&platform.text, names()) {
        Some(near) => found.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            Applicability::Maybe,
            platform.span,
            near,
        ),
        None => found.help(format!("write {}", one_of(names(), "or"))),
    }
}

/// A setting that devices of the platform do not have.
pub(crate) fn not_on_platform(
    span: Span,
    name: &str,
    (policy, platform): (Span, CompliancePlatform),
    others: &[CompliancePlatform],
) -> Diagnostic {
    let message = format!("`{name}` is no setting of {platform}");
    let found = Diagnostic::new(codes::GW0431, span, message)
        .because("never reported, so that no device is compliant")
        .label(policy, format!("this policy is for {platform}"));
    if others.is_empty() {
        found.help("no platform has it; remove the requirement")
    } else {
        let names = one_of(others.iter().map(|p| p.name()), "and");
        found.help(format!("it is a setting of {names}"))
    }
}

/// A clause that does not belong to a compliance policy.
pub(crate) fn foreign_clause(clause: &Clause) -> Diagnostic {
    let word = clause.head.word();
    let message = format!("`{word}` does not belong to a compliance policy");
    let found = Diagnostic::new(codes::GW0432, clause.head_span, message)
        .because("cannot stand in a compliance policy");
    match clause.head {
        Head::Block => found.help("say with `grace` when a device is marked as noncompliant"),
        Head::Platforms => found.help("the platform stands after `for`"),
        Head::Guests => found.help("it is assigned with `users`, to users and groups"),
        Head::When | Head::Unless => found.help("say with `require` what has to hold"),
        _ => found.help("there are `users`, `require`, `grace`, `noncompliance` and `graph`"),
    }
}

/// A time that cannot be read.
pub(crate) fn bad_time(span: Span, what: &str) -> Diagnostic {
    let message = format!("`{what}` needs a number of hours or days");
    Diagnostic::new(codes::GW0432, span, message)
        .because("not a number of hours or days")
        .help("write it as in `3 days`")
}

/// An action that does not exist.
pub(crate) fn unknown_action(span: Span, word: &str) -> Diagnostic {
    let names = || {
        let actions = NoncomplianceAction::ALL.iter();
        actions
            .filter(|action| **action != NoncomplianceAction::Block)
            .map(|action| action.name())
    };
    let message = if word.is_empty() {
        "`noncompliance` needs an action".to_owned()
    } else {
        format!("there is no action `{word}`")
    };
    let found = Diagnostic::new(codes::GW0432, span, message).because("not an action");
    match nearest(word, names()) {
        Some(near) if !word.is_empty() => found.help(format!("did you mean `{near}`?")),
        _ => found.help(format!("write {}", one_of(names(), "or"))),
    }
}

/// `noncompliance block`.
pub(crate) fn block_is_grace(span: Span) -> Diagnostic {
    let message = "when a device is marked as noncompliant is said with `grace`";
    Diagnostic::new(codes::GW0432, span, message)
        .because("the action that every compliance policy has")
        .help("write `grace 3 days` as a clause of its own")
}

/// `template` without an id.
pub(crate) fn template_id(span: Span) -> Diagnostic {
    let message = "`template` needs the id of a message template";
    Diagnostic::new(codes::GW0432, span, message)
        .because("no id")
        .help("write it as in `template \"00000000-0000-0000-0000-000000000000\"`")
}

/// A requirement about something that is no setting.
pub(crate) fn not_a_setting(span: Span, name: &str) -> Diagnostic {
    let message = if name.is_empty() {
        "a compliance policy asks only for what the device reports".to_owned()
    } else {
        format!("a compliance policy cannot ask for `{name}`")
    };
    Diagnostic::new(codes::GW0433, span, message)
        .because("not a setting of the device")
        .help("ask for `setting.…`; who is meant is said with `users`")
}

/// `setting.…` in a policy.
pub(crate) fn setting_outside(written: &str, span: Span) -> Diagnostic {
    let message = format!("only compliance policies can ask for `{written}`");
    Diagnostic::new(codes::GW0433, span, message)
        .because("no sign-in shows the settings of the device")
        .help(
            "require it in a `compliance` declaration and ask for `device.isCompliant` here, or \
             `require compliantDevice`",
        )
}

/// Users that compliance policies cannot be assigned to.
pub(crate) fn not_assignable(word: &Name, span: Span) -> Diagnostic {
    let text = &word.text;
    let message = format!("a compliance policy cannot be assigned to `{text}`");
    Diagnostic::new(codes::GW0434, span, message)
        .because("neither all users, nor users, nor groups")
        .help("write `users all`, `users [A]` or `groups [B]`")
}

/// A member of `graph` that may be a requirement.
pub(crate) fn unmodelled_setting(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` is carried, not understood: it may be a requirement");
    Diagnostic::new(codes::GW0611, span, message)
        .because("whether a device satisfies it is unknown")
        .help("remove it where it asks for nothing")
}

/// An ordered comparison with a member that has no place in the order.
pub(crate) fn no_order(span: Span, name: &str, member: &str, order: &[&str]) -> Diagnostic {
    let message = format!("`{member}` is neither more nor less than another `{name}`");
    Diagnostic::new(codes::GW0433, span, message)
        .because("has no place in the order")
        .help(format!("the order is {}", order.join(", ")))
}

/// A compliance policy that is assigned to nobody.
pub(crate) fn assigned_to_nobody(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` is assigned to nobody");
    Diagnostic::new(codes::GW0435, span, message)
        .because("evaluated on no device")
        .help("write `users all`, or name groups; export with `$expand=assignments`")
}

/// A compliance policy without a requirement.
pub(crate) fn asks_for_nothing(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` asks for nothing: every device satisfies it");
    Diagnostic::new(codes::GW0438, span, message)
        .because("no `require`")
        .help(
            "write what the device has to satisfy, such as `require setting.jailbroken -eq False`",
        )
}

/// An action beyond what the service takes.
pub(crate) fn too_late(span: Span, hours: u32) -> Diagnostic {
    let message = format!(
        "{} days are more than the service takes",
        hours.div_ceil(24)
    );
    Diagnostic::new(codes::GW0436, span, message)
        .because("more than 365 days")
        .help("write at most `365 days`")
}

/// A compliance policy without the action that marks a device.
pub(crate) fn no_block(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` has no action `block`");
    Diagnostic::new(codes::GW0437, span, message)
        .because("taken as marking devices at once")
        .help("add the action `block` with its grace period, or export the policy with its actions")
}

/// A platform that no compliance policy is for.
pub(crate) fn platform_not_reached(
    (span, name): (Span, &str),
    platform: Platform,
    is_secure: bool,
) -> Diagnostic {
    let message =
        format!("`{name}` requires a compliant device, and no compliance policy is for {platform}");
    Diagnostic::new(codes::GW0439, span, message)
        .because(consequence(is_secure))
        .help("write a compliance policy for the platform")
}

/// Users that no compliance policy is assigned to.
pub(crate) fn users_not_reached(
    (span, name): (Span, &str),
    platform: Option<Platform>,
    is_secure: bool,
) -> Diagnostic {
    let platform = platform.map_or_else(String::new, |platform| format!(" for {platform}"));
    let message = format!(
        "`{name}` requires a compliant device of users that no compliance policy{platform} is \
         assigned to"
    );
    Diagnostic::new(codes::GW0439, span, message)
        .because(consequence(is_secure))
        .help("assign a compliance policy to the same groups, or to all users")
}

fn consequence(is_secure: bool) -> &'static str {
    if is_secure {
        "never satisfied: devices without a compliance policy are noncompliant here"
    } else {
        "satisfied by any managed device: those without a compliance policy are compliant"
    }
}
