//! What can stand in the use of a template, and types of parameters.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{DeclarationKind, ObjectKind, Parameter};

use super::context::Token;
use super::declarations::nth;
use super::{CompletionKind, Items};
use crate::declarations;

/// What stands behind `use`: a template, then what is filled in; whether the declaration may be
/// over.
pub(super) fn instance(items: &mut Items<'_>, tokens: &[Token<'_>]) -> bool {
    let snapshot = items.snapshot;
    let sources = snapshot.compilation().trees.iter();
    let all = sources.flat_map(|(source, _)| declarations(snapshot, *source));
    let Some(named) = tokens.first() else {
        for declared in all {
            if let DeclarationKind::Template { parameters, .. } = &declared.declaration.kind {
                template(items, declared.name, parameters, &declared.declaration.docs);
            }
        }
        return false;
    };
    if tokens
        .last()
        .is_some_and(|t| t.kind == TokenKind::CloseParen)
    {
        return false;
    }
    let mut templates = all.filter_map(|declared| match &declared.declaration.kind {
        DeclarationKind::Template { parameters, .. } if declared.name == named.text => {
            Some(parameters.as_slice())
        }
        _ => None,
    });
    if let Some(parameters) = templates.next() {
        filled(items, parameters, tokens.get(1..).unwrap_or_default());
    }
    false
}

/// A template with places for what has no default.
fn template(items: &mut Items<'_>, name: &str, parameters: &[Parameter], docs: &[String]) {
    let wanted = parameters.iter().filter(|one| one.default.is_none());
    let places = wanted.enumerate().map(|(at, parameter)| {
        let place = at + 1;
        let label = &parameter.name.text;
        if is_list(parameter) {
            format!("{label}: [${place}]")
        } else {
            format!("{label}: ${place}")
        }
    });
    let places: Vec<String> = places.collect();
    items.ranked(
        name,
        CompletionKind::Template,
        (&signature(parameters), &docs.join("\n")),
        0,
    );
    items.insert(&format!("{name}({})", places.join(", ")));
}

/// `(who: list of group, enforcement: state)`
fn signature(parameters: &[Parameter]) -> String {
    let shown = parameters.iter().map(|parameter| {
        let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
        format!("{}: {}", parameter.name.text, kind.join(" "))
    });
    let shown: Vec<String> = shown.collect();
    format!("({})", shown.join(", "))
}

fn is_list(parameter: &Parameter) -> bool {
    let first = parameter.kind.first();
    first.is_some_and(|word| word.text == "list")
}

/// What is filled in: the value of a parameter, or the name of one.
fn filled(items: &mut Items<'_>, parameters: &[Parameter], tokens: &[Token<'_>]) {
    let arguments = split(tokens);
    let Some((argument, before)) = arguments.split_last() else {
        return;
    };
    let label = |argument: &[Token<'_>]| match argument {
        [name, colon, ..] if colon.kind == TokenKind::Colon => Some(name.text.to_owned()),
        _ => None,
    };
    let named = label(argument);
    let said: Vec<String> = before.iter().filter_map(|one| label(one)).collect();
    let value = match (&named, argument.as_slice()) {
        (Some(_), [_, _, value @ ..]) => value,
        (_, value) => value,
    };
    let parameter = match &named {
        Some(name) => parameters.iter().find(|one| one.name.text == *name),
        // Behind one with a name, all have one.
        None if said.is_empty() => parameters.get(before.len()),
        None => None,
    };
    let is_in_list = value
        .last()
        .is_some_and(|last| matches!(last.kind, TokenKind::OpenBracket | TokenKind::Comma));
    if let Some(parameter) = parameter.filter(|_| value.is_empty() || is_in_list) {
        let kind = parameter.kind.last().map_or("", |word| &*word.text);
        let from = items.found.len();
        argument_of(items, kind, parameter);
        if is_list(parameter) && !is_in_list {
            items.bracketed(from);
        }
    }
    if argument.is_empty() {
        let by_place = if said.is_empty() { before.len() } else { 0 };
        for (at, parameter) in parameters.iter().enumerate().skip(by_place) {
            let name = &parameter.name.text;
            if said.contains(name) {
                continue;
            }
            let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
            let rank = nth(100, at);
            items.ranked(name, CompletionKind::Parameter, (&kind.join(" "), ""), rank);
            let value = if is_list(parameter) { "[$0]" } else { "$0" };
            items.insert(&format!("{name}: {value}"));
        }
    }
}

/// What stands between the commas of the parentheses, which the tokens begin with.
fn split<'s>(tokens: &[Token<'s>]) -> Vec<Vec<Token<'s>>> {
    let mut found: Vec<Vec<Token<'s>>> = Vec::new();
    let mut depth = 0_usize;
    for token in tokens {
        match token.kind {
            TokenKind::OpenParen if found.is_empty() => {
                found.push(Vec::new());
                continue;
            }
            TokenKind::OpenBracket | TokenKind::OpenParen => depth += 1,
            TokenKind::CloseBracket | TokenKind::CloseParen => depth = depth.saturating_sub(1),
            TokenKind::Comma if depth == 0 => {
                found.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(*token);
        }
    }
    found
}

/// What can be filled in, with what stands there otherwise first.
fn argument_of(items: &mut Items<'_>, kind: &str, parameter: &Parameter) {
    argument(items, kind);
    let mut terms = parameter.default.iter().flat_map(|phrase| &phrase.terms);
    let default = terms.next().and_then(|term| term.as_word());
    let Some(default) = default else {
        return;
    };
    for item in items
        .found
        .iter_mut()
        .filter(|one| one.label == default.text)
    {
        item.detail = format!("{} (the default)", item.detail).trim().to_owned();
    }
}

/// What can be filled in for a parameter of a type.
pub(super) fn argument(items: &mut Items<'_>, kind: &str) {
    let object = ObjectKind::ALL.iter().find(|one| one.keyword() == kind);
    match (object, kind) {
        (Some(object), _) => items.objects(*object),
        (None, "rule") => items.rules(|parameters| parameters.is_empty()),
        (None, "boolean") => items.booleans(),
        (None, "state") => {
            items.words(super::clauses::STATES);
            items.parameters(&["state"]);
        }
        (None, "control") => {
            items.controls();
            items.parameters(&["control"]);
        }
        (None, "text") => items.snippet("\"text\"", "\"$0\"", "a text", 90),
        (None, "number") => items.parameters(&["number"]),
        (None, "duration") => {
            items.amounts(&[("4", "hours"), ("7", "days")]);
            items.parameters(&["duration"]);
        }
        (None, enumeration) => {
            items.members(enumeration, CompletionKind::Member);
            items.parameters(&[enumeration]);
        }
    }
}

/// Types of parameters, with what they are filled in with.
const TYPES: &[(&str, &str)] = &[
    ("group", "a group, or its id in quotes"),
    ("user", "a user, or an id in quotes"),
    ("app", "an application, or its id in quotes"),
    ("role", "a directory role, or its id in quotes"),
    ("location", "a named location"),
    ("strength", "an authentication strength"),
    ("terms", "terms of use"),
    ("context", "an authentication context"),
    ("text", "a text in quotes"),
    ("state", "`enabled`, `disabled` or `reportOnly`"),
    ("boolean", "`True` or `False`"),
    ("number", "a number"),
    ("duration", "a length of time, such as `4 hours`"),
    ("control", "a control, such as `mfa`"),
    ("rule", "the name of a rule without parameters"),
];

/// What a parameter of a type is filled in with, each time.
pub(crate) fn filled_with(kind: &str) -> String {
    let known = TYPES.iter().find(|(name, _)| *name == kind);
    known.map_or_else(
        || format!("a member of `{kind}`"),
        |(_, docs)| (*docs).to_owned(),
    )
}

/// Types of parameters.
pub(super) fn types(items: &mut Items<'_>, is_whole: bool) {
    for (at, (kind, docs)) in TYPES.iter().enumerate() {
        if is_whole || *kind != "rule" {
            items.ranked(kind, CompletionKind::Keyword, ("type", docs), nth(10, at));
        }
    }
    if is_whole {
        let docs = "several of a type, in brackets";
        items.ranked("list of", CompletionKind::Keyword, ("type", docs), 9);
        items.insert("list of $0");
    }
    for enumeration in &items.snapshot.compilation().set.schema.enumerations {
        let docs = "a member of the enumeration";
        items.ranked(
            &enumeration.name,
            CompletionKind::Keyword,
            ("enumeration", docs),
            60,
        );
    }
}
