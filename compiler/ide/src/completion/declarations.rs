//! What starts declarations, and what stands in them beside clauses.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::DeclarationKind;

use super::clauses::Follows;
use super::context::Token;
use super::{CompletionKind, Items};
use crate::declarations;

/// The words that start declarations, with what they declare.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("group", "a name for a group"),
    ("user", "a name for a user"),
    ("app", "a name for an application"),
    ("role", "a name for a directory role"),
    ("location", "a named location"),
    ("strength", "an authentication strength"),
    ("terms", "a name for terms of use"),
    ("context", "a name for an authentication context"),
    ("rule", "a condition with a name"),
    (
        "policy",
        "to whom and what it applies, and what it does there",
    ),
    ("scope", "clauses for every policy inside"),
    ("template", "policies with parameters"),
    ("use", "a template, filled in"),
    ("compliance", "what makes a device compliant"),
    ("test", "a sign-in, and what is expected of its decision"),
    ("invariant", "what must hold for every sign-in"),
    ("schema", "a vocabulary of one's own"),
    ("entity", "something with attributes"),
    ("enum", "a list of names"),
    ("control", "something that can be required"),
    ("session", "a session control"),
    ("effect", "what a policy can do"),
    ("combine", "how effects become one"),
    ("dialect", "which operators rules have"),
];

/// Pieces of text that many projects need, each a whole declaration.
const SNIPPETS: &[(&str, &str, &str)] = &[
    (
        "policy …",
        "policy \"${1:name}\" {\n    state   ${2|reportOnly,enabled,disabled|}\n    users   ${3:all}\n    apps    ${4:all}\n    ${0:require mfa}\n}",
        "a policy",
    ),
    (
        "scope …",
        "scope \"${1:name}\" {\n    state reportOnly\n\n    $0\n}",
        "clauses for several policies",
    ),
    (
        "test …",
        "test \"${1:what happens}\" {\n    given  { ${2:user}  ${3:app \"00000003-0000-0ff1-ce00-000000000000\"} }\n    expect { ${0:verdict notApplicable} }\n}",
        "a sign-in and its decision",
    ),
    (
        "invariant …",
        "invariant \"${1:what always holds}\" {\n    users  ${2:all}\n    always ${0:require mfa}\n}",
        "a property of all sign-ins",
    ),
    (
        "template …",
        "template ${1:Name}(${2:who: group}) {\n    policy \"${3:name}\" {\n        state   reportOnly\n        users   groups [${4:who}]\n        apps    all\n        ${0:require mfa}\n    }\n}",
        "policies with parameters",
    ),
];

/// What starts a declaration: all of them in a file, those that may be inside elsewhere.
pub(super) fn keywords(items: &mut Items<'_>, is_file: bool) {
    let is_inside = |word: &str| {
        let inside = ["policy", "scope", "use", "test", "invariant", "compliance"];
        inside.contains(&word)
    };
    // A vocabulary of one's own is declared once, if at all.
    let is_of_schema = |word: &str| {
        KEYWORDS
            .iter()
            .skip_while(|(w, _)| *w != "schema")
            .any(|(w, _)| *w == word)
    };
    for (word, docs) in KEYWORDS {
        if is_file || is_inside(word) {
            let rank = if is_of_schema(word) { 2 } else { 1 };
            items.ranked(word, CompletionKind::Keyword, ("", docs), rank);
        }
    }
    for (label, insert, detail) in SNIPPETS {
        let word = label.split(' ').next().unwrap_or_default();
        if is_file || is_inside(word) {
            items.snippet(label, insert, detail);
        }
    }
}

/// Annotations, after `@`.
pub(super) fn annotations(items: &mut Items<'_>) {
    let known = [
        ("id", "id(\"$0\")", "the id that the server gave"),
        ("display", "display(\"$0\")", "what people call it"),
        ("graph", "graph($0)", "how the Graph object was written"),
        ("owner", "owner(\"$0\")", "who answers for it"),
        ("ticket", "ticket(\"$0\")", "where it was decided"),
        ("expires", "expires($0)", "the last day on which it holds"),
        (
            "suppress",
            "suppress(${1:GW0407}, \"${0:why}\")",
            "hides a finding",
        ),
    ];
    for (label, insert, docs) in known {
        items.add(label, CompletionKind::Annotation, "", docs);
        if let Some(last) = items.found.last_mut() {
            last.insert = insert.to_owned();
            last.is_snippet = true;
        }
    }
}

/// What stands after `=`.
pub(super) fn value(items: &mut Items<'_>, keyword: &str, tokens: &[Token<'_>]) {
    let last = tokens.last().map(|token| token.text);
    match (keyword, last) {
        ("location", None) => {
            items.snippet("trusted ranges", "trusted ranges [$0]", "a trusted network");
            items.snippet("ranges", "ranges [$0]", "a network");
            items.snippet("countries", "countries [$0]", "countries");
            items.snippet(
                "compliantNetwork",
                "compliantNetwork \"$0\"",
                "the compliant network",
            );
        }
        ("location", Some("trusted")) => items.snippet("ranges", "ranges [$0]", "a network"),
        ("location", Some("[" | ",")) if tokens.iter().any(|token| token.text == "countries") => {
            items.follow(Follows::Countries);
        }
        ("location", Some("]")) => {
            items.add(
                "or unknown",
                CompletionKind::Keyword,
                "",
                "addresses without a country",
            );
            items.add(
                "by gps",
                CompletionKind::Keyword,
                "",
                "by the authenticator app",
            );
        }
        ("strength", None) => {
            items.snippet(
                "combinations",
                "combinations [[$0]]",
                "methods that are enough",
            );
        }
        ("strength", Some("[" | ",")) => items.members("Method", CompletionKind::Member),
        ("group" | "user" | "app" | "role" | "terms", None) => {
            items.snippet("\"id\"", "\"$0\"", "its id");
        }
        _ => {}
    }
}

/// What stands after `use`: a template, then its parameters by name.
pub(super) fn instance(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let snapshot = items.snapshot;
    let sources = snapshot.compilation().trees.iter();
    let all = sources.flat_map(|(source, _)| declarations(snapshot, *source));
    let named = tokens.first().map(|token| token.text);
    for declared in all {
        let DeclarationKind::Template { parameters, .. } = &declared.declaration.kind else {
            continue;
        };
        match named {
            None => {
                let docs = declared.declaration.docs.join("\n");
                items.add(declared.name, CompletionKind::Template, "template", &docs);
                let places = parameters
                    .iter()
                    .enumerate()
                    .map(|(at, parameter)| format!("{}: ${}", parameter.name.text, at + 1));
                let places: Vec<String> = places.collect();
                if let Some(last) = items.found.last_mut() {
                    last.insert = format!("{}({})", declared.name, places.join(", "));
                    last.is_snippet = true;
                }
            }
            Some(name) if name == declared.name => {
                let last = tokens.last().map(|token| token.kind);
                let is_start = matches!(last, Some(TokenKind::OpenParen | TokenKind::Comma));
                let is_value = matches!(last, Some(TokenKind::Colon | TokenKind::OpenBracket));
                for parameter in parameters {
                    let name = parameter.name.text.as_str();
                    let is_said = tokens.iter().any(|token| token.text == name);
                    if is_start && !is_said {
                        let kind: Vec<&str> = parameter.kind.iter().map(|w| &*w.text).collect();
                        items.add(name, CompletionKind::Parameter, &kind.join(" "), "");
                        if let Some(last) = items.found.last_mut() {
                            last.insert = format!("{name}: ");
                        }
                    }
                }
                let label = tokens
                    .iter()
                    .rposition(|token| token.kind == TokenKind::Colon);
                let label = label.and_then(|at| tokens.get(at.checked_sub(1)?));
                let parameter = label.and_then(|label| {
                    let mut all = parameters.iter();
                    all.find(|parameter| parameter.name.text == label.text)
                });
                if let Some(parameter) = parameter.filter(|_| is_value) {
                    let word = parameter.kind.last().map_or("", |word| &*word.text);
                    argument(items, word);
                }
            }
            Some(_) => {}
        }
    }
}

/// What can be filled in for a parameter of a type.
fn argument(items: &mut Items<'_>, kind: &str) {
    use gatewright_syntax::ast::ObjectKind;
    let object = ObjectKind::ALL.iter().find(|one| one.keyword() == kind);
    match (object, kind) {
        (Some(object), _) => items.objects(*object),
        (None, "rule") => items.rules(),
        (None, "boolean") => {
            items.add("True", CompletionKind::Value, "", "");
            items.add("False", CompletionKind::Value, "", "");
        }
        (None, "state") => {
            for state in ["enabled", "disabled", "reportOnly"] {
                items.add(state, CompletionKind::Value, "", "");
            }
        }
        (None, enumeration) => items.members(enumeration, CompletionKind::Member),
    }
}

/// Types of parameters.
pub(super) fn types(items: &mut Items<'_>) {
    let snapshot = items.snapshot;
    let plain = [
        "group", "user", "app", "role", "location", "strength", "terms", "context", "text",
        "state", "boolean", "number", "duration", "control", "rule", "list of",
    ];
    for kind in plain {
        items.add(kind, CompletionKind::Keyword, "type", "");
    }
    for enumeration in &snapshot.compilation().set.schema.enumerations {
        items.ranked(
            &enumeration.name,
            CompletionKind::Keyword,
            ("enumeration", ""),
            2,
        );
    }
}
