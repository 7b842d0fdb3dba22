//! What words are where the text could not be read: told by the word itself, and by what stands
//! behind it.

use gatewright_syntax::ast::{Head, Term};
use gatewright_syntax::{declaration_keywords, is_word_operator};

use super::HighlightKind;
use super::words::Words;
use crate::Snapshot;

/// Words that are part of a clause or test wherever they stand between others.
const BETWEEN: &[&str] = &["except", "where", "given", "expect", "for", "otherwise"];

impl Words {
    /// What stands for something is known by its reference.
    pub(super) fn unread(&mut self, snapshot: &Snapshot, terms: &[Term]) {
        for term in terms {
            let Term::Word(word) = term else { continue };
            let text = snapshot.text(word.span.source);
            let behind = text.get(word.span.range().end..).unwrap_or_default();
            let behind = behind.trim_start();
            let is_before_list = behind.starts_with('[');
            let is_between = BETWEEN.contains(&word.text.as_str());
            let is_head = Head::ALL.iter().any(|head| head.word() == word.text);
            let is_keyword = declaration_keywords().any(|(keyword, _)| keyword == word.text);
            let kind = if is_word_operator(&word.text) {
                HighlightKind::Operator
            } else if is_between || (is_head && !is_before_list) {
                HighlightKind::Keyword
            } else if is_before_list {
                HighlightKind::Type
            } else if is_keyword {
                HighlightKind::Keyword
            } else if word.text.contains('.') {
                HighlightKind::Attribute
            } else {
                HighlightKind::Member
            };
            self.set(word.span, kind);
        }
    }
}
