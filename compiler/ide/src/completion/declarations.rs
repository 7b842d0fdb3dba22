//! What starts declarations, and what stands in them before their braces.

use gatewright_syntax::TokenKind;

use super::context::{Body, Token, Written};
use super::{CompletionKind, Items, expressions, objects, start, templates};

/// The words that start declarations, with what they declare; the usual ones first.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    (
        "policy",
        "to whom and what it applies, and what it does there",
    ),
    ("group", "a name for a group of the tenant"),
    ("app", "a name for an application"),
    ("rule", "a condition with a name"),
    (
        "location",
        "a named location: ranges of addresses, or countries",
    ),
    ("test", "a sign-in, and what is expected of its decision"),
    (
        "invariant",
        "what must hold for every sign-in that can exist",
    ),
    ("use", "a template, with its parameters filled in"),
    ("scope", "clauses for every policy inside"),
    ("template", "policies with parameters"),
    ("user", "a name for a user of the tenant"),
    ("role", "a name for a directory role"),
    (
        "strength",
        "an authentication strength: combinations of methods, each of them enough",
    ),
    ("terms", "a name for terms of use"),
    ("context", "a name for an authentication context"),
    ("compliance", "what makes a device of a platform compliant"),
    ("schema", "a vocabulary of one's own"),
    ("entity", "something with attributes"),
    ("enum", "a list of names, each with what it means"),
    ("control", "something that can be required"),
    ("session", "a session control"),
    (
        "effect",
        "what a policy can do; the order of the text is from the weakest to the strongest",
    ),
    ("combine", "how the effects of several policies become one"),
    ("dialect", "which operators rules have"),
];

/// Those that may stand in scopes and templates too.
const MEMBERS: &[&str] = &["policy", "scope", "use", "compliance", "test", "invariant"];

/// Pieces of text that many projects need, each a whole declaration.
const SNIPPETS: &[(&str, &str, &str)] = &[
    (
        "policy …",
        concat!(
            "policy \"${1:name}\" {\n",
            "    state   ${2|reportOnly,enabled,disabled|}\n",
            "    users   ${3:all}\n",
            "    apps    ${4:all}\n",
            "    ${0:require mfa}\n",
            "}",
        ),
        "a policy",
    ),
    (
        "scope …",
        concat!(
            "scope \"${1:name}\" {\n",
            "    state ${2|reportOnly,enabled,disabled|}\n",
            "\n",
            "    policy \"${3:name}\" {\n",
            "        users   ${4:all}\n",
            "        apps    ${5:all}\n",
            "        ${0:require mfa}\n",
            "    }\n",
            "}",
        ),
        "clauses for several policies",
    ),
    (
        "test …",
        concat!(
            "test \"${1:what happens}\" {\n",
            "    given {\n",
            "        user ${2:groups []}\n",
            "        app ${3:ExchangeOnline}\n",
            "        client ${4|browser,mobileAppsAndDesktopClients,exchangeActiveSync,other|}\n",
            "    }\n",
            "    expect { ${0:notApplicable} }\n",
            "}",
        ),
        "a sign-in and its decision",
    ),
    (
        "invariant …",
        concat!(
            "invariant \"${1:what always holds}\" {\n",
            "    users  ${2:all}\n",
            "    always ${0:require mfa}\n",
            "}",
        ),
        "a property of all sign-ins",
    ),
    (
        "template …",
        concat!(
            "template ${1:Name}(${2:who}: list of group, enforcement: state = reportOnly) {\n",
            "    policy \"${3:name}\" {\n",
            "        state   enforcement\n",
            "        users   groups ${2:who}\n",
            "        apps    all\n",
            "        ${0:require mfa}\n",
            "    }\n",
            "}",
        ),
        "policies with parameters",
    ),
    (
        "compliance …",
        concat!(
            "compliance \"${1:name}\" for ${2|windows,iOS,macOS,android,linux|} {\n",
            "    users   all\n",
            "    require ${0:setting.osVersion -ge \"10.0.22631\"}\n",
            "}",
        ),
        "what makes a device compliant",
    ),
];

/// The same under a schema of one's own.
const OWN_SNIPPETS: &[(&str, &str, &str)] = &[
    (
        "policy …",
        "policy \"${1:name}\" {\n    when ${2:condition}\n    then ${0:effect}\n}",
        "a policy",
    ),
    (
        "test …",
        concat!(
            "test \"${1:what happens}\" {\n",
            "    given  { ${2:attribute value} }\n",
            "    expect { ${0:effect} }\n",
            "}",
        ),
        "a request and its decision",
    ),
    (
        "invariant …",
        concat!(
            "invariant \"${1:what always holds}\" {\n",
            "    when   ${2:condition}\n",
            "    always then ${0:effect}\n",
            "}",
        ),
        "a property of all requests",
    ),
];

/// Whether a word starts a declaration.
pub(super) fn is_declaration(word: &str) -> bool {
    KEYWORDS.iter().any(|(keyword, _)| *keyword == word)
}

/// Whether a word starts a declaration that may stand in a scope or a template.
pub(super) fn is_member(word: &str) -> bool {
    MEMBERS.contains(&word)
}

/// How many snippets there are at most.
const SNIPPETS_MAX: u8 = 10;

/// The rank of the first keyword; the others follow in the usual order, behind clauses.
const FIRST: u8 = 150;

/// What starts a declaration: all of them in a file, those that may be inside elsewhere.
pub(super) fn keywords(items: &mut Items<'_>, is_file: bool) {
    let is_entra = items.is_entra();
    let is_there = |word: &str| {
        let is_fit = is_file || is_member(word);
        is_fit && (is_entra || !matches!(word, "compliance" | "strength" | "context" | "terms"))
    };
    let snippets = if is_entra { SNIPPETS } else { OWN_SNIPPETS };
    for (at, (label, insert, detail)) in snippets.iter().enumerate() {
        let word = label.split(' ').next().unwrap_or_default();
        if is_there(word) {
            items.snippet(label, insert, detail, nth(FIRST - SNIPPETS_MAX, at));
        }
    }
    for (at, (word, docs)) in KEYWORDS.iter().enumerate() {
        if is_there(word) {
            items.ranked(word, CompletionKind::Keyword, ("", docs), nth(FIRST, at));
        }
    }
}

/// The rank of something in a list that is in order.
pub(super) fn nth(first: u8, at: usize) -> u8 {
    first.saturating_add(u8::try_from(at).unwrap_or(u8::MAX))
}

/// What can stand in a declaration behind its keyword.
pub(super) fn declaration(items: &mut Items<'_>, written: &Written<'_>, body: Body) {
    let tokens = written.tokens.as_slice();
    let is_over = match written.keyword {
        "use" => templates::instance(items, tokens),
        "template" => parameters(items, tokens),
        "rule" => match behind_equals(tokens) {
            Some(value) => expressions::expression(items, "gatewright", value),
            None => parameters(items, tokens),
        },
        "compliance" => {
            compliance(items, tokens);
            false
        }
        "schema" | "entity" | "control" | "session" | "effect" | "combine" => {
            of_schema(items, written.keyword, tokens)
        }
        "group" | "user" | "app" | "role" | "location" | "strength" | "terms" | "context" => {
            match behind_equals(tokens) {
                Some(value) => objects::value(items, written.keyword, value),
                None => false,
            }
        }
        _ => false,
    };
    // A declaration may be left unfinished on the line before.
    if is_over || (written.is_new_line && !is_waiting(tokens)) {
        start(items, body);
    }
}

/// Whether tokens end where something has to follow.
fn is_waiting(tokens: &[Token<'_>]) -> bool {
    tokens.last().is_none_or(|token| {
        matches!(
            token.kind,
            TokenKind::Equals
                | TokenKind::Comma
                | TokenKind::Colon
                | TokenKind::OpenBracket
                | TokenKind::OpenParen
        )
    })
}

/// The tokens behind the equals sign that belongs to the declaration, and to no parameter.
fn behind_equals<'t, 's>(tokens: &'t [Token<'s>]) -> Option<&'t [Token<'s>]> {
    let mut depth = 0_usize;
    let equals = tokens.iter().position(|token| {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        token.kind == TokenKind::Equals && depth == 0
    })?;
    tokens.get(equals + 1..)
}

/// The types of parameters and what stands for them where nothing is filled in.
fn parameters(items: &mut Items<'_>, tokens: &[Token<'_>]) -> bool {
    let is_start =
        |token: &Token<'_>| matches!(token.kind, TokenKind::OpenParen | TokenKind::Comma);
    let Some(from) = tokens.iter().rposition(is_start) else {
        return false;
    };
    let parameter = tokens.get(from + 1..).unwrap_or_default();
    let words: Vec<&str> = parameter.iter().map(|token| token.text).collect();
    match words.as_slice() {
        [_, ":"] => templates::types(items, true),
        [_, ":", "list"] => items.add("of", CompletionKind::Keyword, "", "of this type"),
        [_, ":", "list", "of"] => templates::types(items, false),
        [_, ":", .., kind, "="] => templates::argument(items, kind),
        _ => {}
    }
    false
}

fn compliance(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    match tokens.last() {
        Some(last) if last.kind == TokenKind::String => {
            items.add("for", CompletionKind::Keyword, "", "which platform");
        }
        Some(last) if last.text == "for" => {
            items.members("CompliancePlatform", CompletionKind::Member);
        }
        _ => {}
    }
}

/// How the effects of several policies become one.
const COMBINING: &[(&str, &str)] = &[
    ("strongest", "the strongest effect, in declared order"),
    ("least", "the weakest effect, in declared order"),
    ("union", "all effects together"),
    ("conflict", "two different effects are an error"),
];

/// The words of what declares a vocabulary; whether the declaration may be over.
fn of_schema(items: &mut Items<'_>, keyword: &str, tokens: &[Token<'_>]) -> bool {
    let last = tokens.last();
    let is_named = tokens.len() == 1;
    match keyword {
        "schema" if is_named => items.snippet("version", "version ${1:1}", "which version", 10),
        "entity" if is_named => {
            let docs = "all of it may be missing";
            items.add("optional", CompletionKind::Keyword, "", docs);
        }
        "control" | "session" if is_named => {
            let docs = "the user can satisfy it on the spot";
            items.add("interactive", CompletionKind::Keyword, "", docs);
        }
        "combine" => match last.map(|token| token.text) {
            None => {
                for (at, (word, docs)) in COMBINING.iter().enumerate() {
                    items.ranked(word, CompletionKind::Keyword, ("", docs), nth(10, at));
                }
            }
            Some("otherwise") => items.effects(),
            Some(_) if is_named => {
                let docs = "the effect where no policy applies";
                items.add("otherwise", CompletionKind::Keyword, "", docs);
            }
            Some(_) => {}
        },
        _ => {}
    }
    false
}
