//! The flat table of tokens, trivia included.
//!
//! INVARIANT: the tokens of a table cover its text without gaps and overlaps, and every boundary is
//! a character boundary; joining the texts of all tokens gives the text back.

use std::ops::Range;

/// What a token is. Words are all [`Word`](TokenKind::Word) here: which of them is a keyword, the
/// head of a clause or an operator without hyphen depends on where it stands.
#[derive(logos::Logos, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum TokenKind {
    /// Blanks and line ends, also those of word processors.
    #[regex(r"[ \t\r\n\f\u{0B}\u{A0}\u{1680}\u{2000}-\u{200B}\u{202F}\u{205F}\u{3000}\u{FEFF}]+")]
    Whitespace,
    /// `// …`
    #[regex(r"//[^\r\n]*", priority = 10, allow_greedy = true)]
    #[regex(r"////[^\r\n]*", priority = 30, allow_greedy = true)]
    Comment,
    /// `/// …`: belongs to the declaration that follows.
    #[regex(r"///[^\r\n]*", priority = 20, allow_greedy = true)]
    Doc,
    /// `//! …`: belongs to the file.
    #[regex(r"//![^\r\n]*", priority = 20, allow_greedy = true)]
    FileDoc,

    /// An identifier or keyword; `$null` and `_` are words too. Never with a hyphen.
    #[regex(r"\$?[\p{XID_Start}_]\p{XID_Continue}*", priority = 5)]
    Word,
    /// A string with both of its quotes.
    #[regex(r#""(?:[^"`\r\n]|`[^\r\n])*""#, priority = 10)]
    #[regex(r"'(?:[^'`\r\n]|`[^\r\n]|'')*'", priority = 10)]
    #[regex(
        "[“”„‟«»″＂](?:[^“”„‟«»″＂\"`\\r\\n]|`[^\\r\\n])*[“”„‟«»″＂\"]",
        priority = 10
    )]
    #[regex(
        "[‘’‚‛‹›′＇](?:[^‘’‚‛‹›′＇'`\\r\\n]|`[^\\r\\n])*[‘’‚‛‹›′＇']",
        priority = 10
    )]
    String,
    /// A string that its line ends before its quote does.
    #[regex(r#""(?:[^"`\r\n]|`[^\r\n])*`?"#, priority = 9, allow_greedy = true)]
    #[regex(r"'(?:[^'`\r\n]|`[^\r\n]|'')*`?", priority = 9, allow_greedy = true)]
    #[regex(
        "[“”„‟«»″＂](?:[^“”„‟«»″＂\"`\\r\\n]|`[^\\r\\n])*`?",
        priority = 9,
        allow_greedy = true
    )]
    #[regex(
        "[‘’‚‛‹›′＇](?:[^‘’‚‛‹›′＇'`\\r\\n]|`[^\\r\\n])*`?",
        priority = 9,
        allow_greedy = true
    )]
    UnterminatedString,
    /// A number, version, address, range, date or GUID without quotes: typed later.
    #[regex(
        r"[-\u{2010}-\u{2015}\u{2212}]?[0-9](?:[0-9A-Za-z_]|::|[.:%][0-9A-Za-z]|/[0-9]|[-+][0-9])*",
        priority = 20
    )]
    #[regex(
        r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        priority = 30
    )]
    #[regex(
        r"[A-Fa-f][0-9A-Fa-f]{0,3}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]+)*(?:/[0-9]+)?",
        priority = 20
    )]
    #[regex(r"::[0-9A-Fa-f:.]*(?:/[0-9]+)?", priority = 20)]
    Literal,
    /// The JSON object after the word `graph`, braces included.
    Json,
    /// Such an object whose last brace is missing.
    UnterminatedJson,

    /// `-eq`, `-notIn` and the other comparisons, in any case.
    Compare,
    /// `-and`
    And,
    /// `-or`
    Or,
    /// `-not`
    Not,
    /// `-any`, `-all`
    Quantifier,
    /// `-plus`, `-minus`
    Offset,
    /// A hyphen and a word that is no operator.
    #[regex(r"[-\u{2010}-\u{2015}\u{2212}][A-Za-z]+", priority = 10)]
    UnknownOperator,
    /// An operator of another language: `==`, `!=`, `&&`, `<` and so on.
    #[regex(r"==+|!==?|<>|<=|>=|<|>|&&?|\|\|?|!", priority = 10)]
    ForeignOperator,

    /// `(`
    #[token("(")]
    OpenParen,
    /// `)`
    #[token(")")]
    CloseParen,
    /// `[`
    #[token("[")]
    OpenBracket,
    /// `]`
    #[token("]")]
    CloseBracket,
    /// `{`
    #[token("{")]
    OpenBrace,
    /// `}`
    #[token("}")]
    CloseBrace,
    /// `,`
    #[token(",")]
    Comma,
    /// `.`
    #[token(".")]
    Dot,
    /// `:`
    #[token(":")]
    Colon,
    /// `=`
    #[token("=")]
    Equals,
    /// `?`
    #[token("?")]
    Question,
    /// `@`
    #[token("@")]
    At,
    /// A character that starts no token.
    #[regex(r"[^ ]", priority = 0)]
    Stray,
    /// The rest of a text whose brackets are nested absurdly deep.
    Unread,
}

impl TokenKind {
    /// Whether the parser never sees it.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        use TokenKind::{Comment, Doc, FileDoc, Whitespace};
        matches!(self, Whitespace | Comment | Doc | FileDoc)
    }

    /// Whether it is an operator with its hyphen.
    #[must_use]
    pub fn is_operator(self) -> bool {
        use TokenKind::{And, Compare, Not, Offset, Or, Quantifier};
        matches!(self, Compare | And | Or | Not | Quantifier | Offset)
    }
}

/// All tokens of a text: what each is and where it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenTable {
    kinds: Vec<TokenKind>,
    ends: Vec<u32>,
}

impl TokenTable {
    pub(crate) fn push(&mut self, kind: TokenKind, end: u32) {
        self.kinds.push(kind);
        self.ends.push(end);
    }

    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// What the token with this index is.
    #[must_use]
    pub fn kind(&self, index: usize) -> Option<TokenKind> {
        self.kinds.get(index).copied()
    }

    /// The bytes of the token with this index; empty past the end.
    #[must_use]
    pub fn range(&self, index: usize) -> Range<usize> {
        let end = |i: usize| self.ends.get(i).copied().unwrap_or_default() as usize;
        let start = index.checked_sub(1).map_or(0, end);
        start..end(index).max(start)
    }

    /// The index of the token that holds the byte at `offset`; the number of tokens past the end.
    #[must_use]
    pub fn index_at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end as usize <= offset)
    }

    /// Every token in order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (TokenKind, Range<usize>)> {
        let mut start = 0;
        self.kinds.iter().zip(&self.ends).map(move |(kind, end)| {
            let range = start..*end as usize;
            start = range.end;
            (*kind, range)
        })
    }
}
