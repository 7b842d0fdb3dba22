//! The grammars that colour policy text in editors are those of the language as it is.
//!
//! `GATEWRIGHT_BLESS=1` writes them anew. Whether they colour what the lexer and the parser see is
//! tested where they are run, in `grammar/editor/vscode`.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use gatewright_syntax::ast::{CompareOperator, Head};
use gatewright_syntax::declaration_keywords;
use gatewright_tests::highlighting::{grammar, markdown, vim_syntax};
use gatewright_tests::repository::root;

fn kept(path: &str, text: &str) {
    let path = root().join("grammar/editor").join(path);
    if std::env::var_os("GATEWRIGHT_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "{} is stale; write it with GATEWRIGHT_BLESS=1",
        path.display()
    );
}

#[test]
fn the_grammars_are_those_of_the_tables() {
    kept("gate.tmLanguage.json", &grammar());
    kept("gate.markdown.tmLanguage.json", &markdown());
    kept("vim/syntax/gatewright.vim", &vim_syntax());
}

#[test]
fn every_word_of_the_tables_is_in_the_grammar() {
    let grammar = grammar();
    let keywords = declaration_keywords().map(|(word, _)| word);
    let heads = Head::ALL.iter().map(|head| head.word());
    let operators = CompareOperator::ALL.iter().map(|operator| operator.word());
    for word in keywords.chain(heads).chain(operators) {
        let is_there = grammar
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|found| found == word);
        assert!(is_there, "`{word}` is nowhere in the grammar");
    }
}
