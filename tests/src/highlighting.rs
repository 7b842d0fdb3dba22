//! The TextMate grammar of the language, made from the tables of the lexer, the parser and the
//! schema, so that a word that they learn is coloured without anybody thinking of it.
//!
//! Every token of the language is taken by some rule, the last of them being a plain word, so that
//! no rule has to look back to see where a word starts. Which words are keywords is a matter of
//! place, as for the parser: clauses have their heads in bodies alone, and in brackets nothing is a
//! head. What a grammar of lines cannot see, such as a name that nothing declares, is left to the
//! semantic tokens of the language server.
//!
//! INVARIANT: names of scopes are those that themes know; the last part is `gate`, or `json` in the
//! object of a `graph` clause.

mod bodies;
mod schemas;
mod tokens;
mod vim;
mod words;

use serde_json::{Value, json};

use words::Words;

/// The scope of a file.
const ROOT: &str = "source.gate";

/// The grammar of `.gate` files, as JSON text.
#[must_use]
pub fn grammar() -> String {
    let words = Words::of_the_language();
    let mut repository = serde_json::Map::new();
    let rules = [
        tokens::rules(&words),
        bodies::rules(&words),
        schemas::rules(&words),
    ];
    for (name, rule) in rules.into_iter().flatten() {
        repository.insert(name.to_owned(), rule);
    }
    pretty(&json!({
        "information_for_contributors": [
            "This file is generated from the tables of the compiler.",
            "GATEWRIGHT_BLESS=1 cargo test -p gatewright-tests --test highlighting"
        ],
        "name": "Gatewright",
        "scopeName": ROOT,
        "fileTypes": ["gate"],
        "patterns": [include("file")],
        "repository": repository,
    }))
}

/// The syntax file of Vim.
#[must_use]
pub fn vim_syntax() -> String {
    vim::syntax()
}

/// The grammar that colours policy text in fences of Markdown, as JSON text.
#[must_use]
pub fn markdown() -> String {
    let fence = json!({
        "name": "markup.fenced_code.block.markdown",
        "begin": r"(^|\G)(\s*)(`{3,}|~{3,})\s*(?i:(gate|gatewright)(\s+[^`~]*)?$)",
        "end": r"(^|\G)(\2|\s{0,3})(\3)\s*$",
        "beginCaptures": {
            "3": { "name": "punctuation.definition.markdown" },
            "4": { "name": "fenced_code.block.language" },
            "5": { "name": "fenced_code.block.language.attributes" },
        },
        "endCaptures": { "3": { "name": "punctuation.definition.markdown" } },
        "patterns": [{
            "begin": r"(^|\G)(\s*)(.*)",
            "while": r"(^|\G)(?!\s*([`~]{3,})\s*$)",
            "contentName": "meta.embedded.block.gate",
            "patterns": [{ "include": ROOT }],
        }],
    });
    pretty(&json!({
        "information_for_contributors": [
            "This file is generated beside gate.tmLanguage.json."
        ],
        "scopeName": "markdown.gate.codeblock",
        "injectionSelector": "L:text.html.markdown",
        "patterns": [include("fence")],
        "repository": { "fence": fence },
    }))
}

fn pretty(grammar: &Value) -> String {
    format!("{grammar:#}\n")
}

type Rules = Vec<(&'static str, Value)>;

fn include(name: &str) -> Value {
    json!({ "include": format!("#{name}") })
}

fn includes(names: &str) -> Value {
    names.split(' ').map(include).collect()
}

/// A rule of one match.
fn matching(pattern: &str, name: &str) -> Value {
    json!({ "match": pattern, "name": format!("{name}.gate") })
}

/// A rule of one match whose groups have the scopes, from the first on.
fn captured(pattern: &str, names: &[&str]) -> Value {
    json!({ "match": pattern, "captures": groups(names) })
}

/// A region with the scopes of the groups of its first and last match.
fn region(begin: (&str, &[&str]), end: (&str, &[&str]), patterns: &str) -> Value {
    json!({
        "begin": begin.0,
        "beginCaptures": groups(begin.1),
        "end": end.0,
        "endCaptures": groups(end.1),
        "patterns": includes(patterns),
    })
}

fn groups(names: &[&str]) -> Value {
    let scoped = |name: &&str| {
        let scopes: Vec<_> = name
            .split(' ')
            .map(|scope| format!("{scope}.gate"))
            .collect();
        json!({ "name": scopes.join(" ") })
    };
    let numbered = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty());
    numbered
        .map(|(index, name)| ((index + 1).to_string(), scoped(name)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
