//! Texts with one thing wrong, at each of their tokens: what is there while somebody types.

use std::ops::Range;

use gatewright_syntax::lex_file;

/// What is done to a text at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The token is missing.
    Without,
    /// The second half of the token is missing.
    Half,
    /// The token and the rest of its line are missing.
    LineCut,
    /// This stands before the token.
    Stray(&'static str),
}

impl Kind {
    const ALL: [Kind; 17] = [
        Kind::Without,
        Kind::Half,
        Kind::LineCut,
        Kind::Stray("{"),
        Kind::Stray("}"),
        Kind::Stray("("),
        Kind::Stray(")"),
        Kind::Stray("["),
        Kind::Stray("]"),
        Kind::Stray("\""),
        Kind::Stray("'"),
        Kind::Stray("word"),
        Kind::Stray("."),
        Kind::Stray(","),
        Kind::Stray("-"),
        Kind::Stray("@"),
        Kind::Stray("/*"),
    ];

    /// Whether a text with this damage is never in the language: its brackets or quotes have no
    /// partners, or it holds what starts no token.
    pub(crate) fn always_breaks(self) -> bool {
        matches!(self, Kind::Stray(stray) if !["word", ".", ","].contains(&stray))
    }
}

/// A change of a text at one place.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    pub(crate) kind: Kind,
    /// What is taken away.
    pub(crate) range: Range<usize>,
    /// What stands there instead.
    pub(crate) inserted: String,
}

impl Damage {
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut damaged = text.to_owned();
        damaged.replace_range(self.range.clone(), &self.inserted);
        damaged
    }

    /// Where a byte goes to that is not taken away.
    pub(crate) fn moved(&self, at: usize) -> usize {
        if at < self.range.end {
            at
        } else {
            at - self.range.len() + self.inserted.len()
        }
    }
}

/// Every damage of a text, in order of its tokens.
pub(crate) fn damages(text: &str) -> Vec<Damage> {
    let tokens = lex_file(text);
    let tokens = tokens.iter().filter(|(token, _)| !token.is_trivia());
    let at_token = |(_, token): (_, Range<usize>)| {
        let line_end = text[token.start..].find('\n');
        let line_end = line_end.map_or(text.len(), |end| token.start + end);
        let middle = text.floor_char_boundary(token.start + token.len() / 2);
        Kind::ALL.map(|kind| {
            let (range, inserted) = match kind {
                Kind::Without => (token.clone(), String::new()),
                Kind::Half => (middle..token.end, String::new()),
                Kind::LineCut => (token.start..line_end.max(token.end), String::new()),
                Kind::Stray(stray) => (token.start..token.start, format!("{stray} ")),
            };
            Damage {
                kind,
                range,
                inserted,
            }
        })
    };
    let found = tokens.flat_map(at_token);
    // Half of one character is no other damage than without it.
    found
        .filter(|damage| damage.kind != Kind::Half || damage.range.len() > 1)
        .collect()
}
