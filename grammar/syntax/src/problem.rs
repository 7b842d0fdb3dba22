//! What can be wrong with a text before anybody asks what it means: typed facts, without words.
//!
//! The compiler turns each kind into a message with labels and fixes. So a problem carries what a
//! good message needs: where a bracket was opened, which word was probably meant, which operator
//! has no value. Spans lie inside the text and on character boundaries.

use gatewright_source::Span;

use crate::ast::{Head, Quote};

/// One thing that is wrong, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// What is wrong.
    pub kind: SyntaxProblemKind,
    /// Where; empty where something is missing.
    pub span: Span,
    /// What was being read.
    pub inside: Inside,
    /// Other places that matter.
    pub related: Vec<Related>,
}

/// A place that helps to understand a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub role: RelatedRole,
    /// Where.
    pub span: Span,
}

/// What is at a [`Related`] place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelatedRole {
    /// The bracket that was opened here has no partner.
    Opened,
    /// The operator or connector that lacks a side.
    Operator,
    /// What stands before the place and was understood.
    Before,
    /// The declaration or clause that the place is in.
    Owner,
}

/// What was being read when the problem was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The file, between declarations.
    File,
    /// The declaration that starts with this keyword, outside its clauses.
    Declaration(&'static str),
    /// A clause that is a list of phrases.
    Clause(Head),
    /// The expression of this clause.
    ClauseExpression(Head),
    /// An expression that belongs to no clause: a rule.
    Rule,
    /// An annotation.
    Annotation,
    /// The facts of a test.
    Given,
    /// The expectations of a test.
    Expect,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxProblemKind {
    /// A string is not closed before its line ends. The span is the string.
    UnterminatedString {
        /// The quote that it starts with.
        quote: Quote,
    },
    /// A character that starts nothing.
    StrayCharacter {
        /// Which one.
        character: char,
    },
    /// A hyphen with a space after it: `- eq`. The span holds both.
    DetachedHyphen {
        /// The operator after it, as written.
        word: String,
    },
    /// `` `"Sales`" ``: quotes escaped as for a shell. The span is all of it.
    EscapedQuotes {
        /// What stands between the quotes.
        value: String,
    },
    /// An operator of another language.
    ForeignOperator {
        /// As written: `==`.
        written: String,
        /// What it is here: `-eq`.
        candidate: &'static str,
    },
    /// A hyphen and a word that is no operator.
    UnknownOperator {
        /// As written, hyphen included.
        written: String,
        /// The operator that was probably meant, with its hyphen.
        candidate: Option<&'static str>,
    },
    /// A token that cannot stand here.
    Unexpected {
        /// What stands there.
        found: Found,
        /// What could stand there, in groups, the likeliest first.
        expected: Vec<Expected>,
    },
    /// A bracket is never closed. The span is where the partner is missing;
    /// [`RelatedRole::Opened`] is the bracket.
    UnclosedBracket {
        /// The opening bracket.
        open: char,
        /// Its missing partner.
        close: char,
    },
    /// A closing bracket that nothing opened.
    UnmatchedBracket {
        /// The bracket.
        close: char,
    },
    /// A closing bracket of another kind than the one that was opened, which is
    /// [`RelatedRole::Opened`].
    MismatchedBracket {
        /// The bracket that stands there.
        found: char,
        /// The one that would fit.
        wanted: char,
    },
    /// Brackets, negations or scopes are nested more than this many times.
    TooDeep {
        /// The cap.
        limit: usize,
    },
    /// The text is longer than this many bytes.
    TooLong {
        /// The cap.
        limit: usize,
    },
    /// A word that starts no declaration where one has to start.
    UnknownDeclaration {
        /// As written.
        word: String,
        /// The keyword that was probably meant; the declaration has then been read as this one.
        candidate: Option<&'static str>,
    },
    /// A word that starts no clause where one has to start.
    UnknownClause {
        /// As written.
        word: String,
        /// The head that was probably meant; the clause has then been read as this one.
        candidate: Option<Head>,
    },
    /// A head without anything after it that needs something.
    EmptyClause {
        /// The head.
        head: Head,
    },
    /// A rule without any expression. The span is empty or holds what stands instead.
    EmptyExpression,
    /// `()`
    EmptyParentheses,
    /// A comparison operator without a value after it. [`RelatedRole::Operator`] is the operator.
    MissingValue {
        /// The operator as written.
        operator: String,
    },
    /// A comparison operator without anything before it. The span is the operator.
    MissingLeftSide {
        /// The operator as written.
        operator: String,
    },
    /// Something is named and then not compared. The span is where the operator is missing,
    /// [`RelatedRole::Before`] what should be compared.
    MissingOperator,
    /// Two comparisons side by side without `-and` or `-or`.
    MissingConnector,
    /// `-and`, `-or` or `-not` with nothing on one side. The span is the connector.
    DanglingConnector {
        /// As written.
        word: String,
        /// Whether the missing side is the one after it.
        is_after: bool,
    },
    /// Two elements of a list without a comma. The span is where it is missing.
    MissingComma,
    /// Words after the end of a rule. The span is all of them.
    TrailingWords,
}

/// What stands where it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The end of the text, the declaration or the clause.
    End,
    /// A word.
    Word(String),
    /// A string.
    Text,
    /// A loose literal.
    Literal(String),
    /// An operator with its hyphen, as written.
    Operator(String),
    /// A bracket or another mark.
    Mark(char),
    /// A JSON object.
    Json,
}

/// What could stand at a place: groups as a reader thinks of them, not tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expected {
    /// A declaration.
    Declaration,
    /// A clause.
    Clause,
    /// An expression.
    Expression,
    /// A comparison operator.
    Operator,
    /// `-and` or `-or`.
    Connector,
    /// An attribute or a value.
    Value,
    /// Words, names and lists, as in a clause.
    Phrase,
    /// A name without quotes.
    Name,
    /// A name in quotes.
    QuotedName,
    /// The name of a platform.
    Platform,
    /// The name of a type.
    Type,
    /// `where` or `except`, before the rule of a filter.
    FilterMode,
    /// A `given` or `expect` block of a test.
    TestBlock,
    /// A JSON object.
    Json,
    /// This word.
    Word(&'static str),
    /// This mark.
    Mark(char),
    /// Nothing more.
    End,
}

impl SyntaxProblem {
    /// A problem without related places.
    #[must_use]
    pub fn new(kind: SyntaxProblemKind, span: Span, inside: Inside) -> Self {
        SyntaxProblem {
            kind,
            span,
            inside,
            related: Vec::new(),
        }
    }

    /// The same with one more related place.
    #[must_use]
    pub fn with(mut self, role: RelatedRole, span: Span) -> Self {
        self.related.push(Related { role, span });
        self
    }

    /// The first related place of this role.
    #[must_use]
    pub fn related(&self, role: RelatedRole) -> Option<Span> {
        self.related
            .iter()
            .find(|related| related.role == role)
            .map(|related| related.span)
    }
}
