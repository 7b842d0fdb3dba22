//! The words of tests, and how a row of them falls into facts or expectations.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::ObjectKind;

use super::context::Token;
use super::phrases::Follows::{
    self, Controls, Countries, Id, Members, Nothing, Objects, Text, Words,
};

/// A word, what it says, and what follows it.
pub(super) type Row = (&'static str, &'static str, Follows);

const RISK: Follows = Members("RiskLevel");

/// The facts of a sign-in, the usual ones first.
pub(super) const FACTS: &[Row] = &[
    ("user", "a member of this tenant", Objects(ObjectKind::User)),
    ("guest", "a guest", Members("GuestType")),
    ("agentUser", "an agent's user account", Id),
    ("agent", "an agent", Id),
    ("servicePrincipal", "a workload identity", Id),
    (
        "groups",
        "the groups of the user",
        Objects(ObjectKind::Group),
    ),
    ("roles", "the roles of the user", Objects(ObjectKind::Role)),
    ("app", "the resource that is asked for", Follows::Apps),
    ("apps", "the resources that are asked for", Follows::Apps),
    (
        "action",
        "a user action",
        Words(&[
            (
                "registerSecurityInformation",
                "registers security information",
            ),
            ("registerDevice", "registers or joins a device"),
            ("accountRecovery", "recovers an account"),
        ]),
    ),
    (
        "context",
        "an authentication context",
        Objects(ObjectKind::Context),
    ),
    ("client", "the kind of client", Members("ClientApp")),
    ("platform", "the device platform", Members("Platform")),
    (
        "device",
        "the device",
        Words(&[
            ("unregistered", "there is no device object"),
            ("registered", "there is one, of which nothing else is set"),
        ]),
    ),
    (
        "location",
        "an address in this location",
        Objects(ObjectKind::Location),
    ),
    ("ip", "the address", Text),
    ("country", "the country of the address", Countries),
    ("userRisk", "the risk of the user", RISK),
    ("signInRisk", "the risk of the sign-in", RISK),
    (
        "insiderRisk",
        "the insider risk",
        Members("InsiderRiskLevel"),
    ),
    ("workloadRisk", "the risk of the service principal", RISK),
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
    ("satisfied", "what has been proved", Controls),
    ("methods", "the methods that were used", Members("Method")),
    (
        "terms",
        "terms of use that are accepted",
        Objects(ObjectKind::Terms),
    ),
    ("custom", "custom controls that are satisfied, by id", Id),
    ("now", "when, such as `2027-01-01T09:00:00Z`", Text),
    (
        "compliance",
        "what device management knows of the device",
        Words(&[
            ("platform", "the platform that it is managed as"),
            ("noncompliantSince", "since when it has not been compliant"),
            ("lastCheckIn", "when it last reported"),
        ]),
    ),
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
    (
        "mfaRegistered",
        "whether a method for multifactor authentication is registered",
        BOOLEANS,
    ),
    (
        "mfaDeemedNecessary",
        "whether the service deems a second factor necessary",
        BOOLEANS,
    ),
    (
        "firstInteractiveSignIn",
        "when the user first signed in",
        Text,
    ),
    (
        "tags",
        "custom security attributes",
        Words(&[
            ("app", "of a resource"),
            ("servicePrincipal", "of a workload identity"),
            ("agent", "of an agent"),
        ]),
    ),
    ("unknown", "facts that are not known", Text),
];

const BOOLEANS: Follows = Words(&[("True", "it is so"), ("False", "it is not so")]);

/// What can be expected of a decision; verdicts first.
pub(super) const EXPECTATIONS: &[Row] = &[
    ("block", "access is blocked", Nothing),
    (
        "deny",
        "what is missing cannot be had in this sign-in",
        Nothing,
    ),
    ("interrupt", "something is still missing", Nothing),
    ("grant", "access is granted", Nothing),
    ("notApplicable", "no policy applies", Nothing),
    ("require", "exactly this is still missing", Controls),
    ("applied", "exactly these enforced policies apply", Text),
    ("not applied", "none of these policies applies", Text),
    ("session", "the token comes with it", Follows::Sessions),
    (
        "reportOnly",
        "the same, if report-only policies were enforced",
        Nothing,
    ),
    (
        "compliance",
        "what device management calls the device",
        Words(&[
            ("compliant", "it satisfies its policies"),
            ("inGracePeriod", "it does not, and there is time left"),
            ("noncompliant", "it does not"),
            ("unknown", "nobody knows"),
        ]),
    ),
    ("verdict", "this is the verdict", Text),
];

/// Of these facts a sign-in has one: who signs in, and what for.
pub(super) const ALTERNATIVES: &[&[&str]] = &[
    &["user", "guest", "agentUser", "agent", "servicePrincipal"],
    &["app", "apps", "action", "context"],
];

/// The facts under a vocabulary of one's own that are no attributes.
pub(super) const OWN_FACTS: &[Row] = &[("unknown", "facts that are not known", Text)];

/// The fact or expectation that is being written, and those before it.
pub(super) struct Last<'t, 's> {
    pub(super) word: &'t str,
    /// All of it, the word included.
    pub(super) tokens: &'t [Token<'s>],
    pub(super) rest: &'t [Token<'s>],
    pub(super) before: Vec<String>,
}

/// Cut tokens into facts or expectations: each starts with a word of these, or a dotted one, and
/// has at least what it needs.
pub(super) fn last<'t, 's>(tokens: &'t [Token<'s>], rows: &[Row]) -> Option<Last<'t, 's>> {
    let mut starts: Vec<usize> = Vec::new();
    let (mut depth, mut needed) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let is_dotted = |at: usize| {
            let next = tokens.get(at + 1);
            next.is_some_and(|next| next.kind == TokenKind::Dot)
        };
        let is_behind_dot = at
            .checked_sub(1)
            .and_then(|at| tokens.get(at))
            .is_some_and(|before| before.kind == TokenKind::Dot);
        match token.kind {
            TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseBracket => {
                depth = depth.saturating_sub(1);
                needed = needed.saturating_sub(1);
            }
            _ if depth > 0 => {}
            TokenKind::Comma | TokenKind::Dot => {}
            TokenKind::Word if is_behind_dot => needed = 1,
            TokenKind::Word if needed == 0 => {
                let is_row = rows.iter().any(|(word, ..)| first_word(word) == token.text);
                if is_row || is_dotted(at) {
                    starts.push(at);
                    needed = values_of(token.text);
                }
            }
            _ => needed = needed.saturating_sub(1),
        }
    }
    let at = *starts.last()?;
    let said = starts.iter().rev().skip(1);
    Some(Last {
        word: tokens.get(at)?.text,
        tokens: tokens.get(at..)?,
        rest: tokens.get(at + 1..)?,
        before: said.filter_map(|at| name(tokens.get(*at..)?)).collect(),
    })
}

/// The word that tokens start with, or the dotted one.
pub(super) fn name(tokens: &[Token<'_>]) -> Option<String> {
    match tokens {
        [entity, dot, attribute, ..] if dot.kind == TokenKind::Dot => {
            Some(format!("{}.{}", entity.text, attribute.text))
        }
        [word, ..] => Some(word.text.to_owned()),
        [] => None,
    }
}

fn first_word(row: &str) -> &str {
    row.split(' ').next().unwrap_or(row)
}

/// How many words or lists belong to a fact or expectation in any case.
fn values_of(word: &str) -> usize {
    match word {
        "user" | "agentUser" | "agent" | "servicePrincipal" | "baselineScopesOnly"
        | "enrollmentService" | "reportOnly" | "block" | "deny" | "interrupt" | "grant"
        | "notApplicable" => 0,
        "tags" => 3,
        "not" => 2,
        _ => 1,
    }
}
