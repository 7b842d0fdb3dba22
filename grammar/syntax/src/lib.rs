//! Text to tokens to tree: the lexer, the grammar and the syntax tree.
//!
//! One lexer serves the parser and, later, the formatter and the highlighter; one grammar reads
//! whole files and single rules. Nothing here knows what a word means.

pub mod ast;
mod keyword;
mod lexer;
mod problem;
mod significant;
mod spelling;
mod terminal;
mod token;
mod tree;

lalrpop_util::lalrpop_mod!(grammar);


use gatewright_source::SourceId;

use ast::{File, Rule};
pub use lexer::{TypographicMark, is_dash, lex_file, lex_rule, typographic_marks};
pub use problem::{
    Expected, Found, Inside, Related, RelatedRole, SyntaxProblem, SyntaxProblemKind,
};
pub use token::{TokenKind, TokenTable};

/// What became of a text: always a tree, however broken the text is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<T> {
    /// The tree, with `Broken` or nothing where the text could not be read.
    pub tree: T,
    /// All tokens, trivia included.
    pub tokens: TokenTable,
    /// What is wrong, in order of the text.
    pub problems: Vec<SyntaxProblem>,
}

/// Read a file.
#[must_use]
pub fn parse_file(source: SourceId, _text: &str) -> Parsed<File> {
    Parsed {
        tree: File {
            source,
            ..File::default()
        },
        ..Parsed::default()
    }
}

/// Read a rule on its own; its spans count from the start of `text`.
#[must_use]
pub fn parse_rule(source: SourceId, text: &str) -> Parsed<Rule> {
    parse_rule_at(source, text, 0)
}

/// Read a rule on its own that stands at `offset` of its source.
#[must_use]
pub fn parse_rule_at(_source: SourceId, _text: &str, _offset: u32) -> Parsed<Rule> {
    Parsed::default()
}
