//! What can stand in tests: blocks, facts, expectations.

use gatewright_hir::scenario::is_said_otherwise;
use gatewright_hir::schema::{Attribute, Schema};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::Head;

use super::clauses::{Written, phrase};
use super::context::{Body, Token};
use super::declarations::nth;
use super::expressions::{documentation, values};
use super::facts::{ALTERNATIVES, EXPECTATIONS, FACTS, OWN_FACTS, Row, last, name};
use super::phrases::Follows::{self, Effects, Id, Members, Nothing};
use super::used::TAGS;
use super::{CompletionKind, Items};

/// The blocks of a test.
pub(super) fn blocks(items: &mut Items<'_>) {
    items.snippet("given", "given  { $0 }", "a sign-in", 0);
    items.snippet(
        "expect",
        "expect { $0 }",
        "what is expected of its decision",
        1,
    );
}

/// The rank of the first fact or expectation; the others follow in the usual order.
const FIRST: u8 = 100;

/// The rank of a whole attribute, behind the facts.
const ATTRIBUTES: u8 = 200;

/// A fact, or what follows its word.
pub(super) fn given(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let rows = if items.is_entra() { FACTS } else { OWN_FACTS };
    let Some(last) = last(tokens, rows) else {
        facts(items, rows, &[]);
        return;
    };
    let is_over = match last.rest {
        [dot, rest @ ..] if dot.kind == TokenKind::Dot => {
            dotted(items, last.word, rest, &last.before)
        }
        rest => fact(items, rows, last.word, rest),
    };
    if is_over {
        let mut said = last.before;
        said.extend(name(last.tokens));
        facts(items, rows, &said);
    }
}

/// What starts a fact: those that have not been said.
fn facts(items: &mut Items<'_>, rows: &[Row], said: &[String]) {
    let is_said = |word: &str| {
        let mut groups = ALTERNATIVES.iter();
        let group = groups.find(|group| group.contains(&word));
        let alone = [word];
        let group = group.copied().unwrap_or(&alone);
        let is_said = |word: &&str| said.iter().any(|said| said == word);
        group.iter().any(is_said)
    };
    for (at, (word, docs, _)) in rows.iter().enumerate() {
        if !is_said(word) {
            let about = ("fact", *docs);
            let first = if items.is_entra() {
                FIRST
            } else {
                ATTRIBUTES + 1
            };
            items.ranked(word, CompletionKind::Keyword, about, nth(first, at));
        }
    }
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    let entities = ["user.", "device.", "location.", "setting."];
    for attribute in &schema.attributes {
        let is_settable = entities
            .iter()
            .any(|entity| attribute.name.starts_with(entity));
        let is_new = !said.contains(&attribute.name);
        if is_new && (is_settable || !schema.is_entra) && is_sayable(schema, attribute) {
            let detail = crate::hover::kind(schema, attribute);
            let docs = documentation(schema, attribute);
            let about = (&*detail, &*docs);
            items.ranked(
                &attribute.name,
                CompletionKind::Attribute,
                about,
                ATTRIBUTES,
            );
        }
    }
}

/// Whether a fact can say an attribute by its name.
fn is_sayable(schema: &Schema, attribute: &Attribute) -> bool {
    let is_derived = schema.is_entra && is_said_otherwise(&attribute.name);
    attribute.difference.is_none() && !is_derived
}

/// What follows the word of a fact; whether the fact may be over.
fn fact(items: &mut Items<'_>, rows: &[Row], word: &str, rest: &[Token<'_>]) -> bool {
    let mut all = rows.iter();
    let follows = all
        .find(|(row, ..)| *row == word)
        .map_or(Nothing, |row| row.2);
    if is_open(rest) {
        listed(items, word, rest, follows);
        return false;
    }
    let words: Vec<&str> = rest.iter().map(|token| token.text).collect();
    match (word, words.as_slice()) {
        ("user" | "device", []) => {
            items.follow(follows);
            if word == "device" {
                items.snippet("[…]", "[$0]", "a registered device and its attributes", 0);
            }
            word == "user"
        }
        ("agentUser" | "agent" | "servicePrincipal", []) => {
            items.follow(Id);
            true
        }
        ("baselineScopesOnly" | "enrollmentService", []) => {
            items.booleans();
            true
        }
        ("platform", []) => {
            items.follow(follows);
            let docs = "one that the service does not recognise";
            items.ranked("unknown", CompletionKind::Member, ("", docs), 40);
            false
        }
        ("guest", [_]) => {
            let docs = "the tenant that the guest comes from, by id";
            items.ranked("from", CompletionKind::Keyword, ("", docs), 0);
            items.insert("from \"$0\"");
            true
        }
        ("guest", [_, "from"]) => {
            items.follow(Id);
            false
        }
        ("compliance", ["platform"]) => {
            items.follow(Members("CompliancePlatform"));
            false
        }
        ("compliance", [_]) => false,
        ("tags", ["app"]) => {
            items.follow(Follows::Apps);
            false
        }
        ("tags", ["servicePrincipal" | "agent"]) => {
            items.follow(Id);
            false
        }
        ("tags", [_, _]) => false,
        (_, []) => {
            items.follow(follows);
            false
        }
        _ => true,
    }
}

fn is_open(tokens: &[Token<'_>]) -> bool {
    let count = |kind: TokenKind| tokens.iter().filter(|token| token.kind == kind).count();
    count(TokenKind::OpenBracket) > count(TokenKind::CloseBracket)
}

/// What stands in the brackets of a fact.
fn listed(items: &mut Items<'_>, word: &str, rest: &[Token<'_>], follows: Follows) {
    let written = Written::of(rest);
    let element = written.element.unwrap_or_default();
    match (word, element) {
        ("device", []) => {
            let starts = rest.iter().zip(rest.iter().skip(1));
            let names = starts.filter(|(before, _)| {
                matches!(before.kind, TokenKind::OpenBracket | TokenKind::Comma)
            });
            let said: Vec<String> = names
                .map(|(_, name)| format!("device.{}", name.text))
                .collect();
            attributes(items, "device.", &said);
        }
        ("device", [name]) => of_attribute(items, &format!("device.{}", name.text)),
        ("tags", []) => items.tags(""),
        ("tags", [set, dot]) if dot.kind == TokenKind::Dot => items.tags(set.text),
        ("tags", [set, _, name]) => {
            items.texts_of(&format!("{TAGS}.{}_{}", set.text, name.text));
            items.snippet("\"text\"", "\"$0\"", "a text", 90);
        }
        ("satisfied", _) => {
            phrase(items, Head::Require, &written, Body::Test);
        }
        ("unknown", []) => {
            let rows = if items.is_entra() { FACTS } else { OWN_FACTS };
            facts(items, rows, &["unknown".to_owned()]);
        }
        ("unknown", [entity, dot]) if dot.kind == TokenKind::Dot => {
            attributes(items, &format!("{}.", entity.text), &[]);
        }
        (_, []) => items.follow(follows),
        _ => {}
    }
}

/// `device.` and what follows: an attribute, its value; whether the fact may be over.
fn dotted(items: &mut Items<'_>, entity: &str, rest: &[Token<'_>], said: &[String]) -> bool {
    match rest {
        [] => {
            attributes(items, &format!("{entity}."), said);
            false
        }
        [name, rest @ ..] => {
            let is_value = match rest {
                [] => true,
                [.., last] if is_open(rest) => {
                    matches!(last.kind, TokenKind::OpenBracket | TokenKind::Comma)
                }
                _ => return true,
            };
            if is_value {
                of_attribute(items, &format!("{entity}.{}", name.text));
            }
            false
        }
    }
}

/// The values of an attribute.
fn of_attribute(items: &mut Items<'_>, name: &str) {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    let found = schema.find_attribute(name);
    let Some(attribute) = found.and_then(|id| schema.attribute(id)) else {
        return;
    };
    // As filters for devices write them, so that both look alike.
    values(items, schema, attribute, name.starts_with("device."));
    if attribute.is_optional {
        let docs = "there is no value";
        items.ranked("null", CompletionKind::Keyword, ("", docs), 80);
    }
}

/// The attributes of an entity that have not been said, without its name.
fn attributes(items: &mut Items<'_>, entity: &str, said: &[String]) {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    for attribute in &schema.attributes {
        if let Some(name) = attribute.name.strip_prefix(entity)
            && is_sayable(schema, attribute)
            && !said.contains(&attribute.name)
        {
            let detail = crate::hover::kind(schema, attribute);
            let docs = documentation(schema, attribute);
            items.add(name, CompletionKind::Attribute, &detail, &docs);
        }
    }
}

/// An expectation, or what follows its word.
pub(super) fn expect(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let Some(last) = last(tokens, EXPECTATIONS) else {
        let is_own = !items.is_entra() && !tokens.is_empty();
        expectations(items, |word| !is_own || word != "verdict");
        return;
    };
    let words: Vec<&str> = last.rest.iter().map(|token| token.text).collect();
    let is_over = match (last.word, words.as_slice()) {
        ("require", rest) => required(items, last.rest, rest),
        ("session", []) => {
            items.follow(Follows::Sessions);
            let docs = "the token comes with no session control";
            items.ranked("none", CompletionKind::Keyword, ("", docs), 10);
            false
        }
        ("session", ["none"]) => true,
        ("session", _) => {
            let written = Written::of(last.rest);
            phrase(items, Head::Session, &written, Body::Test)
        }
        ("reportOnly", []) => {
            expectations(items, |word| {
                !matches!(
                    word,
                    "session" | "compliance" | "reportOnly" | "not applied"
                )
            });
            false
        }
        ("not", []) => {
            items.add("applied", CompletionKind::Keyword, "", "these do not apply");
            items.insert("applied [$0]");
            false
        }
        ("verdict", []) => {
            verdicts(items);
            false
        }
        ("applied" | "not", _) if is_open(last.rest) => {
            items.policy_names();
            false
        }
        ("applied", []) | ("not", ["applied"]) => false,
        ("compliance", []) => {
            let mut rows = EXPECTATIONS.iter();
            let row = rows.find(|row| row.0 == "compliance");
            row.into_iter().for_each(|row| items.follow(row.2));
            false
        }
        _ => true,
    };
    if is_over {
        expectations(items, |_| true);
    }
}

/// What follows `require`; whether that may be all.
fn required(items: &mut Items<'_>, rest: &[Token<'_>], words: &[&str]) -> bool {
    if words.is_empty() {
        let docs = "nothing is missing";
        items.ranked("nothing", CompletionKind::Keyword, ("", docs), 5);
    }
    if words == ["nothing"] {
        return true;
    }
    phrase(items, Head::Require, &Written::of(rest), Body::Test)
}

/// What starts an expectation.
fn expectations(items: &mut Items<'_>, is_there: impl Fn(&str) -> bool) {
    let is_entra = items.is_entra();
    if !is_entra {
        items.follow(Effects);
    }
    for (at, (word, docs, _)) in EXPECTATIONS.iter().enumerate() {
        let is_common = matches!(
            *word,
            "require" | "applied" | "not applied" | "reportOnly" | "verdict"
        );
        if is_there(word) && (is_entra || is_common) {
            let about = ("expectation", *docs);
            items.ranked(word, CompletionKind::Keyword, about, nth(FIRST, at));
            if matches!(*word, "applied" | "not applied") {
                items.insert(&format!("{word} [$0]"));
            }
        }
    }
}

fn verdicts(items: &mut Items<'_>) {
    if !items.is_entra() {
        items.follow(Effects);
        return;
    }
    let verdicts = EXPECTATIONS.iter().take(5);
    for (at, (word, docs, _)) in verdicts.enumerate() {
        items.ranked(word, CompletionKind::Value, ("verdict", docs), nth(10, at));
    }
}
