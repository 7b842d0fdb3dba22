//! JSON as it is while somebody writes it: every text has a tree.
//!
//! What counts is read elsewhere, strictly, and complained about there. Here a member without a
//! value, a missing comma, a bracket without a partner leave a gap and hide nothing else.

mod escape;
mod reader;

use std::borrow::Cow;
use std::ops::Range;

pub(super) use escape::{Unescaped, escaped};
pub(super) use reader::read;

/// What is written, in order of the text: what is around something comes before it.
#[derive(Clone, Copy)]
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: &'t [Node],
}

/// The place of a node in its tree.
pub(super) type NodeId = usize;

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// All of it, quotes and brackets included; of what is missing, where it could be.
    pub(super) range: Range<usize>,
    /// The name of the member whose value it is, with its quotes.
    pub(super) name: Option<Range<usize>>,
    /// What is around it.
    pub(super) parent: Option<NodeId>,
    /// Whether a bracket has its partner.
    is_closed: bool,
    /// The first node behind all that is in it.
    next: NodeId,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Object,
    Array,
    Text,
    /// A number, a word.
    Word,
    /// The member has a colon, and nothing behind it.
    Missing,
    /// The member has not even a colon.
    NameOnly,
}

impl Node {
    /// What is between the brackets.
    pub(super) fn body(&self) -> Option<Range<usize>> {
        let is_container = matches!(self.kind, NodeKind::Object | NodeKind::Array);
        let end = self.range.end - usize::from(self.is_closed);
        is_container.then_some(self.range.start + 1..end)
    }

    /// Where it starts, its name included.
    pub(super) fn start(&self) -> usize {
        let name = self.name.as_ref().map(|name| name.start);
        name.map_or(self.range.start, |name| name.min(self.range.start))
    }
}

impl<'t> Tree<'t> {
    /// The tree of a text from what was read of it.
    pub(super) fn new(text: &'t str, nodes: &'t [Node]) -> Tree<'t> {
        Tree { text, nodes }
    }

    pub(super) fn ids(self) -> Range<NodeId> {
        0..self.nodes.len()
    }

    pub(super) fn get(self, id: NodeId) -> Option<&'t Node> {
        self.nodes.get(id)
    }

    /// The first value that starts behind an offset.
    pub(super) fn after(self, offset: usize) -> NodeId {
        self.nodes.partition_point(|node| node.start() <= offset)
    }

    /// What is right inside.
    pub(super) fn inside(self, id: NodeId) -> impl Iterator<Item = (NodeId, &'t Node)> {
        let end = self.nodes.get(id).map_or(0, |node| node.next);
        let mut at = id + 1;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at).filter(|_| at < end)?;
            let found = (at, node);
            at = node.next;
            Some(found)
        })
    }

    /// The values of the outside.
    pub(super) fn roots(self) -> impl Iterator<Item = (NodeId, &'t Node)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let found = (at, self.nodes.get(at)?);
            at = found.1.next;
            Some(found)
        })
    }

    /// The member with this name, in any case.
    pub(super) fn member(self, object: NodeId, name: &str) -> Option<(NodeId, &'t Node)> {
        let mut members = self.inside(object);
        members.find(|(_, node)| {
            let own = self.name(node);
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }

    /// The text that is the value of this member.
    pub(super) fn member_text(self, object: NodeId, name: &str) -> Option<Cow<'t, str>> {
        let (_, node) = self.member(object, name)?;
        self.value(node)
    }

    /// What a text says.
    pub(super) fn value(self, node: &Node) -> Option<Cow<'t, str>> {
        (node.kind == NodeKind::Text).then(|| self.plain(&node.range))
    }

    /// The name of the member.
    pub(super) fn name(self, node: &Node) -> Option<Cow<'t, str>> {
        node.name.as_ref().map(|name| self.plain(name))
    }

    fn plain(self, range: &Range<usize>) -> Cow<'t, str> {
        let inner = self.text.get(self.unquoted(range)).unwrap_or_default();
        if inner.contains('\\') {
            Cow::Owned(self.unescaped(range).text)
        } else {
            Cow::Borrowed(inner)
        }
    }

    /// What is between the quotes of a text; the closing one may be missing.
    pub(super) fn unquoted(self, range: &Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let Some(rest) = text.strip_prefix('"') else {
            return range.clone();
        };
        let end = range.end - usize::from(escape::is_closed(rest));
        range.start + 1..end
    }

    /// A text without its escapes.
    pub(super) fn unescaped(self, range: &Range<usize>) -> Unescaped {
        let inner = self.unquoted(range);
        let raw = self.text.get(inner.clone()).unwrap_or_default();
        Unescaped::of(raw, inner.start)
    }

    /// The innermost object or array that an offset is inside of, between its brackets.
    pub(super) fn around(self, offset: usize) -> Option<NodeId> {
        let holds = |node: &Node| {
            matches!(node.kind, NodeKind::Object | NodeKind::Array)
                && node.range.start < offset
                && offset < node.range.end + usize::from(!node.is_closed)
        };
        let mut found = self.roots().find(|(_, node)| holds(node))?.0;
        while let Some((inner, _)) = self.inside(found).find(|(_, node)| holds(node)) {
            found = inner;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests;
