//! Text to tokens to tree: the lexer, the grammar and the syntax tree.
//!
//! One lexer serves the parser and, later, the formatter and the highlighter; one grammar reads
//! whole files and single rules. Nothing here knows what a word means.
//!
//! How a text becomes a tree: the lexer makes a table of all tokens; the outline finds where each
//! declaration and clause starts and ends; the grammar reads what is between, one island at a time;
//! what it cannot read becomes one problem and leaves its neighbours alone.
//!
//! # Declarations of a schema
//!
//! ```text
//! schema "Payments" version 1
//!
//! /// Who pays.                               documentation belongs to what follows
//! entity payer optional {                     words after the name are modifiers
//!     id: String                              a line starts an attribute; so does `name:`
//!     limit: Integer [0, 100000]?             `?`: may be missing
//!     kinds: set of Kind { contains } "…"     operators in braces, then what people read
//! }
//!
//! @open                                       annotations stand before what they are about
//! enum Kind { card "By card", "wire transfer" "By wire" }    the title stands on the same line
//!
//! control stepUp interactive "Confirm in the app"
//! session rememberDevice "Remember this device"
//! effect approve "Approve"                    the order of the text is the order of strength
//! combine strongest otherwise approve
//!
//! dialect "own" {
//!     String: [eq, ne, startsWith]            a type, or an attribute, and its operators
//!     payer.limit: [eq, ge, le]
//! }
//! ```

pub mod ast;
mod blame;
mod boundary;
mod clause;
mod declaration;
mod dump;
mod island;
mod keyword;
mod layout;
mod lexer;
mod lexical;
mod outline;
mod problem;
mod significant;
mod spelling;
mod terminal;
mod token;
mod tree;

lalrpop_util::lalrpop_mod!(
    #[allow(
        warnings,
        clippy::all,
        clippy::allow_attributes_without_reason,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::unreachable,
        reason = "the parser is generated"
    )]
    grammar
);

use gatewright_source::{SourceId, SourceMap, Span};

use ast::{File, Rule};
pub use dump::{dump_file, dump_problems, dump_rule, dump_tokens};
use island::Session;
pub use island::{NESTING_MAX, PROBLEMS_MAX};
pub use keyword::{Shape, declaration_keywords};
use lexer::{TextKind, lex};
pub use lexer::{TypographicMark, is_dash, lex_file, lex_rule, typographic_marks};
pub use problem::{
    Expected, Found, Inside, Related, RelatedRole, SyntaxProblem, SyntaxProblemKind,
};
use significant::Significant;
pub use terminal::is_word_operator;
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
pub fn parse_file(source: SourceId, text: &str) -> Parsed<File> {
    if let Some(problem) = too_long(source, text) {
        let tree = File {
            source,
            ..File::default()
        };
        return Parsed {
            tree,
            tokens: TokenTable::default(),
            problems: vec![problem],
        };
    }
    let tokens = lex(text, TextKind::File);
    let mut session = Session::new(Significant::new(source, text, 0, &tokens));
    let docs = session.tokens.file_docs();
    let declarations = outline::read_file(&mut session);
    let (exprs, unread, problems) = session.finish();
    Parsed {
        tree: File {
            source,
            docs,
            declarations,
            exprs,
            unread,
        },
        tokens,
        problems,
    }
}

/// Read a rule on its own; its spans count from the start of `text`.
#[must_use]
pub fn parse_rule(source: SourceId, text: &str) -> Parsed<Rule> {
    parse_rule_at(source, text, 0)
}

/// Read a rule on its own that stands at `offset` of its source. Its tokens count from the start of
/// `text` all the same.
#[must_use]
pub fn parse_rule_at(source: SourceId, text: &str, offset: u32) -> Parsed<Rule> {
    if let Some(problem) = too_long(source, text) {
        let tree = Rule::default();
        return Parsed {
            tree,
            tokens: TokenTable::default(),
            problems: vec![problem],
        };
    }
    let tokens = lex(text, TextKind::Rule);
    let mut session = Session::new(Significant::new(source, text, offset, &tokens));
    let root = session.expression(0..session.tokens.len(), Inside::Rule);
    let (exprs, _, problems) = session.finish();
    Parsed {
        tree: Rule { exprs, root },
        tokens,
        problems,
    }
}

/// Offsets past the cap cannot be addressed.
fn too_long(source: SourceId, text: &str) -> Option<SyntaxProblem> {
    let limit = SourceMap::TEXT_BYTES_MAX;
    let kind = SyntaxProblemKind::TooLong { limit };
    let start = Span::new(source, 0, 0);
    (text.len() > limit).then(|| SyntaxProblem::new(kind, start, Inside::File))
}
