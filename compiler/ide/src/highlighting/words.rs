//! What the tree and the checker know of the words of a text.

use gatewright_hir::Target;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::Name;
use rustc_hash::FxHashMap;

use super::{Highlight, HighlightKind};
use crate::{DeclaredKind, Snapshot, declarations};

/// What the tree and the checker know of words, by where they start.
pub(super) struct Words {
    by_start: FxHashMap<u32, Highlight>,
}

impl Words {
    pub(super) fn of(snapshot: &Snapshot, source: SourceId) -> Words {
        let mut words = Words {
            by_start: FxHashMap::default(),
        };
        if let Some(tree) = snapshot.tree(source) {
            for declaration in &tree.declarations {
                words.declaration(&tree.exprs, declaration);
            }
            words.unread(snapshot, &tree.unread);
        }
        words.references(snapshot, source);
        words
    }

    /// What a token is; `None` for blanks and punctuation.
    pub(super) fn kind(&self, token: TokenKind, start: u32) -> Option<Highlight> {
        let plain = |kind| Some(highlight(kind, false));
        let known = || self.by_start.get(&start).copied();
        match token {
            TokenKind::Whitespace => None,
            TokenKind::Comment => plain(HighlightKind::Comment),
            TokenKind::Doc | TokenKind::FileDoc => plain(HighlightKind::Documentation),
            TokenKind::String | TokenKind::UnterminatedString => {
                known().or(plain(HighlightKind::String))
            }
            TokenKind::Literal => known().or(plain(HighlightKind::Number)),
            TokenKind::Word | TokenKind::At => known(),
            TokenKind::Compare
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Not
            | TokenKind::Quantifier
            | TokenKind::Offset => plain(HighlightKind::Operator),
            _ => None,
        }
    }

    pub(super) fn set(&mut self, span: Span, kind: HighlightKind) {
        self.by_start.insert(span.start, highlight(kind, false));
    }

    pub(super) fn declare(&mut self, span: Span, kind: HighlightKind) {
        self.by_start.insert(span.start, highlight(kind, true));
    }

    pub(super) fn names(&mut self, names: &[Name], kind: HighlightKind) {
        for name in names {
            self.set(name.span, kind);
        }
    }

    /// Names that stand for something are what they stand for.
    fn references(&mut self, snapshot: &Snapshot, source: SourceId) {
        let is_entra = snapshot.compilation().set.schema.is_entra;
        let kinds = kinds(snapshot);
        for reference in snapshot.references(source) {
            let span = reference.span;
            match &reference.target {
                Target::Declared(declared) => {
                    let own = kinds.get(declared).copied();
                    self.set(span, own.unwrap_or(HighlightKind::Parameter));
                }
                Target::Known(..) => {
                    let known = Highlight {
                        is_built_in: true,
                        ..highlight(HighlightKind::Object, false)
                    };
                    self.by_start.insert(span.start, known);
                }
                Target::Attribute(_) => {
                    let text = snapshot.compilation().sources.text(span);
                    let mut at = span.start;
                    for (place, word) in text.split('.').enumerate() {
                        let kind = match place {
                            0 if text.contains('.') => HighlightKind::Entity,
                            _ => HighlightKind::Attribute,
                        };
                        let known = Highlight {
                            is_built_in: is_entra,
                            ..highlight(kind, false)
                        };
                        self.by_start.insert(at, known);
                        at += u32::try_from(word.len() + 1).unwrap_or_default();
                    }
                }
            }
        }
    }
}

/// What the declared things of a project are, by the places of their names; parameters are not
/// among them.
fn kinds(snapshot: &Snapshot) -> FxHashMap<Span, HighlightKind> {
    let sources = snapshot.compilation().trees.iter();
    let all = sources.flat_map(|(source, _)| declarations(snapshot, *source));
    all.filter_map(|declared| {
        let kind = match declared.kind {
            DeclaredKind::Object(_) => HighlightKind::Object,
            DeclaredKind::Rule => HighlightKind::Rule,
            DeclaredKind::Template => HighlightKind::Template,
            _ => return None,
        };
        Some((declared.name_span, kind))
    })
    .collect()
}

fn highlight(kind: HighlightKind, is_declaration: bool) -> Highlight {
    Highlight {
        span: Span::default(),
        kind,
        is_declaration,
        is_built_in: false,
    }
}
