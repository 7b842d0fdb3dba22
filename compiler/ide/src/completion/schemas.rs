//! What can stand in the bodies of a vocabulary of one's own: types of attributes, rows of a
//! dialect.

use gatewright_hir::settings::settings;
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{CompareOperator, DeclarationKind};
use gatewright_value::vocabulary::CompliancePlatform;

use super::context::Token;
use super::declarations::nth;
use super::{CompletionKind, Items};
use crate::position::Position;

/// The types of attributes, with what they hold.
const TYPES: &[(&str, &str)] = &[
    ("String", "a text, compared without case"),
    ("Boolean", "`True` or `False`"),
    ("Integer", "a whole number; a range may follow, `[0, 9]`"),
    ("Decimal", "a number with digits behind the point"),
    ("Version", "numbers with points between, `10.0.22631`"),
    ("DateTime", "a moment"),
    ("Duration", "a length of time, `4 hours`"),
    ("Address", "an address, `203.0.113.7`"),
    ("Guid", "an id"),
    ("Country", "two letters, `NL`"),
];

/// An attribute of an entity: its type, behind the colon.
pub(super) fn attribute(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let words: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    match words.as_slice() {
        [.., ":"] => {
            types(items);
            let docs = "several of a type that is text";
            items.ranked("set of", CompletionKind::Keyword, ("type", docs), 40);
            items.insert("set of $0");
        }
        [.., ":", "set"] => items.add("of", CompletionKind::Keyword, "", "of this type"),
        [.., "set", "of"] => types(items),
        _ => {}
    }
}

fn types(items: &mut Items<'_>) {
    for (at, (kind, docs)) in TYPES.iter().enumerate() {
        items.ranked(kind, CompletionKind::Keyword, ("type", docs), nth(10, at));
    }
    let snapshot = items.snapshot;
    for enumeration in &snapshot.compilation().set.schema.enumerations {
        let members = enumeration.members.iter().map(|(name, _)| name.as_str());
        let members: Vec<&str> = members.collect();
        items.ranked(
            &enumeration.name,
            CompletionKind::Keyword,
            ("enumeration", &members.join(", ")),
            5,
        );
    }
}

/// The operators that there are.
pub(super) fn operators(items: &mut Items<'_>) {
    for (at, operator) in CompareOperator::ALL.iter().enumerate() {
        let word = operator.word();
        let docs = crate::hover::operator_of(word, false).unwrap_or_default();
        items.ranked(word, CompletionKind::Operator, ("", &docs), nth(10, at));
    }
}

/// Rows of a dialect that are about no type and no attribute.
const ROWS: &[(&str, &str)] = &[
    (
        "connectives",
        "which of `and`, `or`, `not` there are; `any` for `-any` and `-all`",
    ),
    ("values", "`null`, where it may be written"),
    ("Enumeration", "the operators of enumerations"),
    ("set", "the operators of sets"),
    ("elements", "the operators of `_` in `-any` and `-all`"),
    ("only", "the attributes and entities that can be asked for"),
    (
        "without",
        "the attributes and entities that cannot be asked for",
    ),
];

/// A row of a dialect: what it is about, or what stands in its list.
pub(super) fn row(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let colon = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::Colon);
    let is_list = is_open(tokens.get(colon.unwrap_or(0)..).unwrap_or_default());
    match tokens {
        [.., entity, dot] if dot.kind == TokenKind::Dot => {
            attributes(items, &format!("{}.", entity.text));
        }
        [.., last] if is_list && colon.is_some() => {
            let is_start = matches!(last.kind, TokenKind::OpenBracket | TokenKind::Comma);
            let subject = colon.and_then(|at| tokens.get(at.checked_sub(1)?));
            if is_start {
                elements(items, subject.map_or("", |token| token.text));
            }
        }
        [.., last] if last.kind == TokenKind::Colon || last.text == "as" => {}
        _ => {
            for (at, (word, docs)) in ROWS.iter().enumerate() {
                items.ranked(word, CompletionKind::Keyword, ("row", docs), nth(40, at));
                items.insert(&format!("{word}: [$0]"));
            }
            types(items);
            attributes(items, "");
            if tokens
                .last()
                .is_some_and(|last| last.kind == TokenKind::Word)
            {
                let docs = "another name for the attribute";
                items.add("as", CompletionKind::Keyword, "", docs);
            }
        }
    }
}

fn is_open(tokens: &[Token<'_>]) -> bool {
    let count = |kind: TokenKind| tokens.iter().filter(|token| token.kind == kind).count();
    count(TokenKind::OpenBracket) > count(TokenKind::CloseBracket)
}

fn elements(items: &mut Items<'_>, subject: &str) {
    match subject {
        "connectives" => {
            for word in ["and", "or", "not", "any"] {
                let docs = crate::hover::connective(word).unwrap_or_default();
                items.add(word, CompletionKind::Operator, "", &docs);
            }
        }
        "values" => items.add("null", CompletionKind::Keyword, "", "there is no value"),
        "only" | "without" => {
            attributes(items, "");
            let snapshot = items.snapshot;
            for entity in &snapshot.compilation().set.schema.entities {
                items.add(
                    &entity.name,
                    CompletionKind::Attribute,
                    "entity",
                    &entity.docs,
                );
            }
        }
        _ => operators(items),
    }
}

fn attributes(items: &mut Items<'_>, path: &str) {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    for attribute in &schema.attributes {
        if let Some(rest) = attribute.name.strip_prefix(path) {
            let detail = crate::hover::kind(schema, attribute);
            items.add(rest, CompletionKind::Attribute, &detail, &attribute.docs);
        }
    }
}

impl Items<'_> {
    /// Whether an attribute is one that devices of the platform at hand report: in a compliance
    /// policy, each platform has settings of its own.
    pub(super) fn is_reported(&self, attribute: &str) -> bool {
        if !attribute.starts_with("setting.") {
            return true;
        }
        let place = self.replaced;
        let position = Position::of(self.snapshot, place.source, place.start);
        let Some(DeclarationKind::Compliance { platform, .. }) =
            position.declaration().map(|one| &one.kind)
        else {
            return true;
        };
        let mut platforms = CompliancePlatform::ALL.iter();
        let known = platforms.find(|known| known.name() == platform.text);
        known.is_none_or(|platform| {
            let mut all = settings(*platform).iter();
            all.any(|known| known.attribute == attribute)
        })
    }
}
