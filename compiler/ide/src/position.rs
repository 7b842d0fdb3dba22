//! What is around an offset of policy text: the declaration, the clause, the word.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{Clause, ClauseBody, Declaration, DeclarationKind as K, TestBlock};

use crate::Snapshot;

/// What is around an offset. What does not parse is absent; the token is always there.
#[derive(Clone, Debug)]
pub(crate) struct Position<'a> {
    /// The declarations around it, outermost first.
    pub(crate) declarations: Vec<&'a Declaration>,
    /// The clause that it is in, the head included.
    pub(crate) clause: Option<&'a Clause>,
    /// The block of a test that it is in.
    pub(crate) block: Option<&'a TestBlock>,
    /// The token at the offset; of two that meet there, the one that is no blank, or the first.
    pub(crate) token: Option<(TokenKind, Span)>,
}

impl<'a> Position<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, source: SourceId, offset: u32) -> Position<'a> {
        let mut position = Position {
            declarations: Vec::new(),
            clause: None,
            block: None,
            token: token(snapshot, source, offset),
        };
        if let Some(tree) = snapshot.tree(source) {
            position.descend(&tree.declarations, offset);
        }
        position
    }

    /// The innermost declaration.
    pub(crate) fn declaration(&self) -> Option<&'a Declaration> {
        self.declarations.last().copied()
    }

    /// Whether it is in a filter, and if so, whether that excludes.
    pub(crate) fn filter(&self) -> Option<bool> {
        match self.clause?.body {
            ClauseBody::Filter { is_exclude, .. } => Some(is_exclude),
            _ => None,
        }
    }

    /// Scopes and templates are nested as deeply as the parser allows.
    fn descend(&mut self, declarations: &'a [Declaration], offset: u32) {
        let holds = |span: Span| span.start <= offset && offset <= span.end;
        let around = declarations.iter().filter(|one| holds(one.span));
        let Some(found) = around.min_by_key(|one| (one.span.len(), one.span.start != offset))
        else {
            return;
        };
        self.declarations.push(found);
        let find = |clauses: &'a [Clause]| clauses.iter().rev().find(|c| holds(c.span));
        match &found.kind {
            K::Policy { clauses, .. }
            | K::Invariant { clauses, .. }
            | K::Compliance { clauses, .. } => self.clause = find(clauses),
            K::Scope {
                clauses, members, ..
            } => {
                self.clause = find(clauses);
                self.descend(members, offset);
            }
            K::Template { members, .. } => self.descend(members, offset),
            K::Test { blocks, .. } => self.block = blocks.iter().find(|b| holds(b.span)),
            _ => {}
        }
    }
}

fn token(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<(TokenKind, Span)> {
    let tokens = snapshot.tokens(source);
    let at = tokens.index_at(offset as usize);
    let touching = [Some(at), at.checked_sub(1)].into_iter().flatten();
    let mut found: Vec<(TokenKind, Span)> = touching
        .filter_map(|index| {
            let kind = tokens.kind(index)?;
            let range = tokens.range(index);
            let start = u32::try_from(range.start).ok()?;
            let end = u32::try_from(range.end).ok()?;
            let span = Span::new(source, start, end);
            (start <= offset && offset <= end).then_some((kind, span))
        })
        .collect();
    // A word wins over punctuation, and that over blanks; of equals, the one that starts here.
    found.sort_by_key(|(kind, _)| match kind {
        TokenKind::Word | TokenKind::Literal | TokenKind::String => 0,
        kind if kind.is_trivia() => 2,
        _ => 1,
    });
    found.first().copied()
}
