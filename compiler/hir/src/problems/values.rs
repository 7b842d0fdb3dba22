//! What can be wrong with a value.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::Text;
use gatewright_value::{KeyError, Kind};

use crate::suggest::{join, nearest};

/// A value that is no member of the enumeration.
pub(crate) struct UnknownMember<'a> {
    pub(crate) attribute: &'a str,
    pub(crate) left: Span,
    pub(crate) span: Span,
    pub(crate) written: &'a str,
    pub(crate) members: &'a [String],
    /// The name of the enumeration.
    pub(crate) enumeration: &'a str,
}

/// Values that people write for another one: enumeration, what is written, what is meant, in words.
const CONFUSIONS: &[(&str, &str, &str, &str)] = &[
    (
        "TrustType",
        "Azure AD joined",
        "AzureAD",
        "Entra joined devices",
    ),
    (
        "TrustType",
        "AzureADJoined",
        "AzureAD",
        "Entra joined devices",
    ),
    (
        "TrustType",
        "Microsoft Entra joined",
        "AzureAD",
        "Entra joined devices",
    ),
    (
        "TrustType",
        "Entra joined",
        "AzureAD",
        "Entra joined devices",
    ),
    ("TrustType", "EntraID", "AzureAD", "Entra joined devices"),
    ("TrustType", "Entra", "AzureAD", "Entra joined devices"),
    (
        "TrustType",
        "Hybrid Azure AD joined",
        "ServerAD",
        "hybrid joined devices",
    ),
    (
        "TrustType",
        "Microsoft Entra hybrid joined",
        "ServerAD",
        "hybrid joined devices",
    ),
    ("TrustType", "Hybrid", "ServerAD", "hybrid joined devices"),
    (
        "TrustType",
        "HybridAzureADJoined",
        "ServerAD",
        "hybrid joined devices",
    ),
    (
        "TrustType",
        "DomainJoined",
        "ServerAD",
        "hybrid joined devices",
    ),
    (
        "TrustType",
        "Azure AD registered",
        "Workplace",
        "registered devices",
    ),
    (
        "TrustType",
        "AzureADRegistered",
        "Workplace",
        "registered devices",
    ),
    (
        "TrustType",
        "Microsoft Entra registered",
        "Workplace",
        "registered devices",
    ),
    ("TrustType", "Registered", "Workplace", "registered devices"),
    (
        "Ownership",
        "Corporate",
        "Company",
        "the organisation's own devices",
    ),
    (
        "Ownership",
        "Corp",
        "Company",
        "the organisation's own devices",
    ),
    ("Ownership", "BYOD", "Personal", "the users' own devices"),
    ("Ownership", "Unknown", "", ""),
    (
        "ProfileType",
        "Standard",
        "RegisteredDevice",
        "ordinary devices",
    ),
    ("Platform", "mac", "macOS", "Apple computers"),
    ("Platform", "osx", "macOS", "Apple computers"),
    ("Platform", "win", "windows", "Windows computers"),
    ("Platform", "iPadOS", "iOS", "iPads"),
    ("Platform", "iPhone", "iOS", "iPhones"),
    (
        "ClientApp",
        "modern",
        "mobileAppsAndDesktopClients",
        "native applications",
    ),
    ("ClientApp", "legacy", "other", "other legacy clients"),
    (
        "ClientApp",
        "easUnsupported",
        "exchangeActiveSync",
        "Exchange ActiveSync clients",
    ),
    ("RiskLevel", "elevated", "high", "the highest risk"),
    (
        "InsiderRiskLevel",
        "high",
        "elevated",
        "the highest insider risk",
    ),
    (
        "InsiderRiskLevel",
        "medium",
        "moderate",
        "the middle insider risk",
    ),
    (
        "InsiderRiskLevel",
        "low",
        "minor",
        "the lowest insider risk",
    ),
];

/// What is called what in a sentence.
fn noun(enumeration: &str) -> &'static str {
    match enumeration {
        "TrustType" => "a trust type",
        "Ownership" => "an ownership",
        "ProfileType" => "a profile type",
        "Platform" => "a platform",
        "ClientApp" => "a kind of client",
        "RiskLevel" | "InsiderRiskLevel" | "AgentRiskLevel" => "a risk level",
        "GuestType" => "a guest type",
        "UserType" => "a user type",
        "UserAction" => "a user action",
        "TransferMethod" => "an authentication flow",
        "Method" => "an authentication method",
        "IdentityKind" => "a kind of identity",
        "TargetKind" => "a kind of target",
        _ => "one of its values",
    }
}

/// What was meant by a word that is no member, with what it is called in a sentence.
pub(crate) fn confusion(enumeration: &str, written: &str) -> Option<(&'static str, &'static str)> {
    let squeeze = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let squeezed = squeeze(written);
    CONFUSIONS
        .iter()
        .filter(|(e, _, meant, _)| *e == enumeration && !meant.is_empty())
        .find(|(_, known, _, _)| squeeze(known) == squeezed)
        .map(|(_, _, meant, words)| (*meant, *words))
}

/// `AzureAD, ServerAD or Workplace`
fn member_list(members: &[String]) -> String {
    const SHOWN: usize = 9;
    let mut shown: Vec<String> = members.iter().take(SHOWN).cloned().collect();
    if members.len() > SHOWN {
        shown.push(format!("{} others", members.len() - SHOWN));
    }
    join(&shown, "or")
}

impl UnknownMember<'_> {
    pub(crate) fn diagnostic(self) -> Diagnostic {
        let message = format!("`{}` is never \"{}\"", self.attribute, self.written);
        let found = Diagnostic::new(codes::GW0302, self.span, message)
            .because(format!("not {}", noun(self.enumeration)))
            .label(self.left, member_list(self.members));
        if let Some((meant, words)) = confusion(self.enumeration, self.written) {
            return found.help(format!("{words} are \"{meant}\"")).fix(
                format!("write \"{meant}\""),
                Applicability::Maybe,
                self.span,
                format!("\"{meant}\""),
            );
        }
        match nearest(self.written, self.members.iter().map(String::as_str)) {
            Some(meant) => found.help(format!("did you mean \"{meant}\"?")).fix(
                format!("write \"{meant}\""),
                Applicability::Maybe,
                self.span,
                format!("\"{meant}\""),
            ),
            None => found.help(format!("use {}", member_list(self.members))),
        }
    }
}

/// A member in a list of words of a clause.
pub(crate) fn unknown_word(
    what: &str,
    span: Span,
    written: &str,
    enumeration: &str,
    members: &[&str],
) -> Diagnostic {
    let message = format!("`{written}` is no {what}");
    let found = Diagnostic::new(codes::GW0302, span, message);
    let meant = confusion(enumeration, written)
        .map(|(meant, _)| meant)
        .or_else(|| nearest(written, members.iter().copied()));
    let members: Vec<String> = members.iter().map(|m| (*m).to_owned()).collect();
    match meant {
        Some(meant) => found
            .because(member_list(&members))
            .help(format!("did you mean `{meant}`?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                span,
                meant,
            ),
        None => found
            .because(format!("not a {what}"))
            .help(format!("use {}", member_list(&members))),
    }
}

/// A value that is neither `True` nor `False`.
pub(crate) fn not_a_boolean(name: &str, left: Span, span: Span, written: &str) -> Diagnostic {
    let message = format!("`{name}` is `True` or `False`");
    let found = Diagnostic::new(codes::GW0304, span, message)
        .because("neither")
        .label(left, "Boolean");
    match written.to_ascii_lowercase().as_str() {
        "yes" | "y" | "1" | "compliant" => {
            found
                .help("write `True`")
                .fix("write `True`", Applicability::Maybe, span, "True")
        }
        "no" | "n" | "0" | "noncompliant" => {
            found
                .help("write `False`")
                .fix("write `False`", Applicability::Maybe, span, "False")
        }
        _ => found.help("write `True` or `False`"),
    }
}

/// A text without quotes.
pub(crate) fn unquoted(span: Span, written: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0309, span, format!("`{written}` needs quotes"))
        .because("a text without quotes")
        .help(format!("write \"{written}\""))
        .fix(
            "put it into quotes",
            Applicability::Always,
            span,
            format!("\"{written}\""),
        )
}

/// `CustomSecurityAttribute.Hr_Manager -eq True`
pub(crate) fn only_texts(span: Span, written: &str, is_boolean: bool) -> Diagnostic {
    let what = if is_boolean { "a Boolean" } else { "a number" };
    let message = "only custom security attributes of type String work in a filter";
    Diagnostic::new(codes::GW0309, span, message)
        .because(what)
        .help(format!(
            "ask for an attribute of type String; if this is one, write \"{written}\""
        ))
        .fix(
            "put it into quotes, if the attribute is of type String",
            Applicability::Maybe,
            span,
            format!("\"{written}\""),
        )
}

/// `""`
pub(crate) fn empty_text(span: Span, name: &str, is_filter: bool) -> Diagnostic {
    let found = Diagnostic::new(
        codes::GW0308,
        span,
        format!("`{name}` is never an empty text"),
    )
    .because("empty");
    if is_filter {
        found.help(
            "an attribute that is not set satisfies every negative comparison: use `-ne` or \
             `-notStartsWith` with the values that are not meant",
        )
    } else {
        found.help(format!("ask whether it is set: `{name} -eq null`"))
    }
}

/// `'AzureAD'`
pub(crate) fn single_quotes(text: &Text) -> Diagnostic {
    let found = Diagnostic::new(
        codes::GW0311,
        text.span,
        "the service documents double quotes only",
    )
    .because("single quotes")
    .help("use double quotes");
    if text.value.contains(['"', '`']) {
        return found;
    }
    let plain = format!("\"{}\"", text.value);
    found.fix("use double quotes", Applicability::Always, text.span, plain)
}

/// An id that is no GUID. Real files are full of placeholders.
pub(crate) fn not_a_guid(span: Span, name: &str, written: &str) -> Diagnostic {
    let shown: String = written.chars().take(40).collect();
    let message = format!("`{name}` holds GUIDs, and \"{shown}\" is none");
    Diagnostic::new(codes::GW0319, span, message)
        .because("never equal to anything")
        .help("write an id such as \"0000000a-0000-0000-c000-000000000000\"")
}

/// A country that is no country code.
pub(crate) fn not_a_country(span: Span, written: &str) -> Diagnostic {
    let message = format!("`{written}` is no country code");
    let found = Diagnostic::new(codes::GW0325, span, message).because("not two letters");
    found.help("write the two letters of ISO 3166-1, such as `NL`")
}

/// A list in a list.
pub(crate) fn nested_list(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0306, span, "a list cannot stand in a list")
        .because("a list, where one value is expected")
        .help("remove the inner brackets")
}

/// A value of another type.
pub(crate) fn wrong_type(span: Span, name: &str, kind: &Kind, found: &str) -> Diagnostic {
    let message = format!("`{name}` has the type {}", type_words(kind));
    Diagnostic::new(codes::GW0304, span, message)
        .because(found)
        .help(format!("write a value such as {}", sample(kind)))
}

/// A literal that is no value of an ordered type.
pub(crate) fn not_a_value(
    span: Span,
    name: &str,
    kind: &Kind,
    written: &str,
    error: KeyError,
) -> Diagnostic {
    if let (KeyError::OutOfBounds, Kind::Integer { min, max }) = (error, kind) {
        let message = format!("`{name}` is never {written}");
        return Diagnostic::new(codes::GW0304, span, message)
            .because("out of bounds")
            .help(format!("its values are {min} to {max}"));
    }
    let shown: String = written.chars().take(40).collect();
    let message = format!("`{shown}` is no {}", type_words(kind));
    Diagnostic::new(codes::GW0304, span, message)
        .because(format!("compared with `{name}`"))
        .help(format!("write a value such as {}", sample(kind)))
}

fn type_words(kind: &Kind) -> &'static str {
    match kind {
        Kind::DateTime => "date or time",
        Kind::Duration => "duration",
        Kind::Version => "version",
        Kind::Integer { .. } => "whole number",
        Kind::Decimal => "number",
        other => other.name(),
    }
}

fn sample(kind: &Kind) -> &'static str {
    match kind {
        Kind::DateTime => "`2026-11-22T09:00:00Z`",
        Kind::Duration => "`4 hours`",
        Kind::Version => "`10.0.22631`",
        Kind::Integer { .. } => "`6`",
        Kind::Decimal => "`99.5`",
        Kind::Address => "`203.0.113.0/24`",
        Kind::Country => "`NL`",
        Kind::Boolean => "`True`",
        _ => "\"text\"",
    }
}

/// Something that is neither an address nor a range.
pub(crate) fn not_a_range(span: Span, written: &str) -> Diagnostic {
    let message = if written.is_empty() {
        "an address or a range is expected here".to_owned()
    } else {
        format!("`{written}` is neither an address nor a range")
    };
    Diagnostic::new(codes::GW0324, span, message)
        .because("not an address")
        .help("write `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/32`")
}

/// `203.0.113.7/24`
pub(crate) fn host_bits(span: Span, written: &str) -> Diagnostic {
    let length = written.split_once('/').map_or("", |(_, length)| length);
    let message = format!("`{written}` is more than the one address in it");
    Diagnostic::new(codes::GW0329, span, message)
        .because(format!(
            "everything with the same first {length} bits is meant"
        ))
        .help("write the first address of the range, or leave out the length for one address")
}

/// A pattern that is no text.
pub(crate) fn pattern_not_text(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0317, span, "a pattern is a text")
        .because("not a text")
        .help("put the pattern into quotes")
}

/// A pattern that cannot be run.
pub(crate) fn bad_pattern(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0317,
        span,
        format!("this pattern cannot be used: {reason}"),
    )
    .because("cannot be run")
    .help(
        if reason.contains("not supported") || reason.contains("too large") {
            "write the same with `-startsWith`, `-contains` or a simpler pattern"
        } else {
            "correct the pattern; a backslash before a mark takes its special meaning away"
        },
    )
}
