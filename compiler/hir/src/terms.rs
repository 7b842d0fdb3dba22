//! The terms of a phrase, read one after the other.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Phrase, Term};

use crate::problems::clauses as problem;

/// A place in a phrase.
pub(crate) struct Terms<'a> {
    terms: std::slice::Iter<'a, Term>,
    span: Span,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(phrase: &'a Phrase) -> Self {
        Terms {
            terms: phrase.terms.iter(),
            span: phrase.span,
        }
    }

    /// The next term, left in place.
    pub(crate) fn peek(&self) -> Option<&'a Term> {
        self.terms.as_slice().first()
    }

    pub(crate) fn next(&mut self) -> Option<&'a Term> {
        self.terms.next()
    }

    /// The next term if it is a word.
    pub(crate) fn next_word(&mut self) -> Option<&'a Name> {
        let word = self.peek()?.as_word()?;
        self.terms.next();
        Some(word)
    }

    /// The next term if it is this word.
    pub(crate) fn take_word(&mut self, word: &str) -> Option<Span> {
        let found = self.peek()?.as_word().filter(|name| name.text == word)?;
        self.terms.next();
        Some(found.span)
    }

    /// Whether the next two terms are these words; both are taken then.
    pub(crate) fn take_words(&mut self, words: [&str; 2]) -> bool {
        let slice = self.terms.as_slice();
        let is_there = words.iter().enumerate().all(|(at, word)| {
            slice
                .get(at)
                .and_then(Term::as_word)
                .is_some_and(|name| name.text == *word)
        });
        if is_there {
            self.terms.next();
            self.terms.next();
        }
        is_there
    }

    /// The next term if it is an id: a text, or a GUID without quotes.
    pub(crate) fn take_id(&mut self) -> Option<(String, Span)> {
        let found = match self.peek()? {
            Term::Text(text) => (text.value.clone(), text.span),
            Term::Literal(literal) => (literal.text.clone(), literal.span),
            _ => return None,
        };
        self.terms.next();
        Some(found)
    }

    /// The terms of the next list, or the next term alone: each has to be one word or text.
    pub(crate) fn list(&mut self, problems: &mut Vec<Diagnostic>) -> Vec<&'a Term> {
        if let [Term::Word(word), _, ..] = self.terms.as_slice()
            && word.text == "not"
        {
            problems.push(problem::negated(word));
            self.terms = [].iter();
            return Vec::new();
        }
        match self.terms.next() {
            Some(Term::List { items, .. }) => {
                let mut found = Vec::new();
                for item in items {
                    match item.terms.as_slice() {
                        [term] => found.push(term),
                        [_, extra, ..] => problems.push(problem::unexpected(extra.span())),
                        [] => {}
                    }
                }
                found
            }
            Some(term) => vec![term],
            None => {
                problems.push(problem::list_expected(self.end()));
                Vec::new()
            }
        }
    }

    /// The same as texts.
    pub(crate) fn elements(&mut self, problems: &mut Vec<Diagnostic>) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        for term in self.list(problems) {
            match term {
                Term::Word(name) | Term::Literal(name) => {
                    found.push((name.text.clone(), name.span));
                }
                Term::Text(text) => found.push((text.value.clone(), text.span)),
                Term::List { span, .. } => problems.push(problem::unexpected(*span)),
            }
        }
        found
    }

    /// The place of what is left; the end of the phrase where nothing is.
    pub(crate) fn rest(&self) -> Span {
        let slice = self.terms.as_slice();
        match (slice.first(), slice.last()) {
            (Some(first), Some(last)) => first.span().to(last.span()),
            _ => self.end(),
        }
    }

    /// The end of the phrase.
    pub(crate) fn end(&self) -> Span {
        Span::new(self.span.source, self.span.end, self.span.end)
    }

    /// A problem where something is left.
    pub(crate) fn nothing_more(&self) -> Option<Diagnostic> {
        let next = self.peek()?;
        Some(problem::unexpected_word(self.rest(), next.as_word()))
    }
}
