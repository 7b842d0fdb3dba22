//! What can stand in tests: blocks, facts, expectations.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::ObjectKind;

use super::clauses::Follows::{
    self, Controls, Countries, Members, Nothing, Objects, Sessions, Text, Words,
};
use super::clauses::SESSION_VALUES;
use super::context::Token;
use super::expressions::values;
use super::{CompletionKind, Items};

/// The blocks of a test.
pub(super) fn blocks(items: &mut Items<'_>) {
    items.snippet("given", "given  { $0 }", "a sign-in");
    items.snippet(
        "expect",
        "expect { $0 }",
        "what is expected of its decision",
    );
}

type Row = (&'static str, &'static str, Follows);

const FACTS: &[Row] = &[
    ("user", "a member of this tenant", Objects(ObjectKind::User)),
    ("guest", "a guest", Members("GuestType")),
    ("agentUser", "an agent's user account", Text),
    ("agent", "an agent", Text),
    ("servicePrincipal", "a workload identity", Text),
    (
        "groups",
        "the groups of the user",
        Objects(ObjectKind::Group),
    ),
    ("roles", "the roles of the user", Objects(ObjectKind::Role)),
    (
        "app",
        "the resource that is asked for",
        Objects(ObjectKind::App),
    ),
    (
        "apps",
        "the resources that are asked for",
        Objects(ObjectKind::App),
    ),
    (
        "action",
        "a user action",
        Words(&[
            "registerSecurityInformation",
            "registerDevice",
            "accountRecovery",
        ]),
    ),
    (
        "context",
        "an authentication context",
        Objects(ObjectKind::Context),
    ),
    ("client", "the kind of client", Members("ClientApp")),
    ("platform", "the device platform", Members("Platform")),
    ("ip", "the address", Text),
    ("country", "the country of the address", Countries),
    (
        "location",
        "an address in this location",
        Objects(ObjectKind::Location),
    ),
    ("userRisk", "the risk of the user", Members("RiskLevel")),
    (
        "signInRisk",
        "the risk of the sign-in",
        Members("RiskLevel"),
    ),
    (
        "insiderRisk",
        "the insider risk",
        Members("InsiderRiskLevel"),
    ),
    (
        "workloadRisk",
        "the risk of the service principal",
        Members("RiskLevel"),
    ),
    (
        "agentRisk",
        "the risk of the agent",
        Members("AgentRiskLevel"),
    ),
    (
        "flow",
        "how the authentication was carried here",
        Members("TransferMethod"),
    ),
    (
        "device",
        "the device",
        Words(&["unregistered", "registered"]),
    ),
    ("satisfied", "what has been proved", Controls),
    ("methods", "the methods that were used", Members("Method")),
    (
        "terms",
        "terms of use that are accepted",
        Objects(ObjectKind::Terms),
    ),
    ("custom", "custom controls that are satisfied", Text),
    ("now", "when", Text),
    (
        "baselineScopesOnly",
        "only baseline scopes are asked for",
        Nothing,
    ),
    (
        "enrollmentService",
        "the service for enrolment is asked for",
        Nothing,
    ),
    ("unknown", "facts that are not known", Text),
];

const EXPECTATIONS: &[Row] = &[
    ("verdict", "the verdict", Words(VERDICTS)),
    ("block", "access is blocked", Nothing),
    ("deny", "access is denied", Nothing),
    ("interrupt", "something is still missing", Nothing),
    ("grant", "access is granted", Nothing),
    ("notApplicable", "no policy applies", Nothing),
    ("require", "exactly this is still missing", Controls),
    ("applied", "exactly these enforced policies apply", Text),
    ("not applied", "none of these policies applies", Text),
    ("session", "the token comes with it", Sessions),
    (
        "reportOnly",
        "the same, if report-only policies were enforced",
        Nothing,
    ),
    (
        "compliance",
        "what device management calls the device",
        Words(&["compliant", "inGracePeriod", "noncompliant", "unknown"]),
    ),
];

const VERDICTS: &[&str] = &["block", "deny", "interrupt", "grant", "notApplicable"];

/// The rank of the first fact or expectation; the others follow in the usual order.
const FIRST: u8 = 10;

/// A fact, or what follows its word; in brackets, what the list has.
pub(super) fn given(items: &mut Items<'_>, tokens: &[Token<'_>], list: Option<&str>) {
    if let Some("device") = list {
        if !of_attribute(items, "device.", tokens) {
            attributes(items, "device.");
        }
        return;
    }
    if dotted(items, tokens) {
        return;
    }
    facts(items, FACTS, tokens, list);
    if list.is_none() {
        for entity in ["user.", "device.", "location.", "setting."] {
            items.ranked(
                entity,
                CompletionKind::Attribute,
                ("one attribute", ""),
                100,
            );
        }
    }
}

/// An expectation, or what follows its word.
pub(super) fn expect(items: &mut Items<'_>, tokens: &[Token<'_>], list: Option<&str>) {
    let last = tokens.last().map_or("", |token| token.text);
    if let Some((_, follows)) = SESSION_VALUES.iter().find(|(word, _)| *word == last) {
        items.follow(*follows);
        return;
    }
    facts(items, EXPECTATIONS, tokens, list);
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    if !schema.is_entra && list.is_none() {
        for effect in &schema.effects {
            items.add(
                &effect.name,
                CompletionKind::Control,
                "effect",
                &effect.title,
            );
        }
    }
}

fn facts(items: &mut Items<'_>, rows: &[Row], tokens: &[Token<'_>], list: Option<&str>) {
    let find = |word: &str| rows.iter().find(|(row, _, _)| *row == word);
    if let Some(word) = list {
        let follows = find(word).map_or(Controls, |row| row.2);
        items.follow(follows);
        return;
    }
    let last = tokens.last();
    let row = last.filter(|token| token.kind == TokenKind::Word);
    let follows = row.and_then(|token| find(token.text)).map(|row| row.2);
    if let Some(follows) = follows.filter(|follows| *follows != Nothing) {
        items.follow(follows);
    }
    // A user may stand without a name, and a fact is over where the next one starts.
    let is_open = match follows {
        Some(Members(_)) => row.is_some_and(|token| token.text != "guest"),
        Some(Objects(_)) => row.is_some_and(|token| token.text != "user"),
        other => matches!(other, Some(Words(_) | Controls | Countries | Sessions)),
    };
    if !is_open {
        for (at, (word, docs, _)) in rows.iter().enumerate() {
            let rank = FIRST.saturating_add(u8::try_from(at).unwrap_or(u8::MAX));
            items.ranked(word, CompletionKind::Keyword, ("", docs), rank);
        }
    }
}

/// The values of the attribute that was written last, if it was one.
fn of_attribute(items: &mut Items<'_>, entity: &str, tokens: &[Token<'_>]) -> bool {
    let [.., before, last] = tokens else {
        return false;
    };
    let is_name = matches!(
        before.kind,
        TokenKind::OpenBracket | TokenKind::Comma | TokenKind::Dot
    );
    let schema = &items.snapshot.compilation().set.schema;
    let name = format!("{entity}{}", last.text);
    let id = schema.find_attribute(&name).filter(|_| is_name);
    let Some(attribute) = id.and_then(|id| schema.attribute(id)) else {
        return false;
    };
    values(items, attribute, false);
    true
}

/// `device.` and what follows.
fn dotted(items: &mut Items<'_>, tokens: &[Token<'_>]) -> bool {
    if let [.., entity, _, _] = tokens
        && of_attribute(items, &format!("{}.", entity.text), tokens)
    {
        return true;
    }
    let [.., entity, dot] = tokens else {
        return false;
    };
    if dot.kind != TokenKind::Dot {
        return false;
    }
    attributes(items, &format!("{}.", entity.text));
    true
}

/// The attributes of an entity, without its name.
fn attributes(items: &mut Items<'_>, entity: &str) {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    for attribute in &schema.attributes {
        if let Some(name) = attribute.name.strip_prefix(entity) {
            let detail = crate::hover::kind(schema, attribute);
            items.add(name, CompletionKind::Attribute, &detail, &attribute.docs);
        }
    }
}
