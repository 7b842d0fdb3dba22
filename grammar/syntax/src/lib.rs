//! Text to tokens to tree: the lexer, the grammar and the syntax tree.
//!
//! One lexer serves the parser and, later, the formatter and the highlighter; one grammar reads
//! whole files and single rules. Nothing here knows what a word means.

pub mod ast;
