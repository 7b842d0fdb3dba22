//! JSON as it is while somebody writes it: every text has a tree.
//!
//! What counts is read elsewhere, strictly, and complained about there. Here a member without a
//! value, a missing comma, a bracket without a partner leave a gap and hide nothing else.
//!
//! INVARIANT: nothing recurses and the cost is linear in the text, whatever is in it.

use std::borrow::Cow;
use std::ops::Range;

/// What is written, in order of the text: what is around something comes before it.
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
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
}

/// A text without its escapes, and where its bytes are written.
pub(super) struct Unescaped {
    pub(super) text: String,
    /// For every byte and for the end.
    places: Vec<usize>,
}

impl Unescaped {
    /// Where the byte is written.
    pub(super) fn place(&self, byte: usize) -> usize {
        let last = self.places.last();
        self.places.get(byte).or(last).copied().unwrap_or_default()
    }

    /// The byte that is written there, or the next one.
    pub(super) fn byte(&self, place: usize) -> usize {
        let found = self.places.partition_point(|one| *one < place);
        found.min(self.text.len())
    }
}

impl<'t> Tree<'t> {
    pub(super) fn of(text: &'t str) -> Tree<'t> {
        let mut reader = Reader {
            text,
            at: 0,
            tree: Tree {
                text,
                nodes: Vec::new(),
            },
            open: Vec::new(),
            open_objects: 0,
            member: None,
        };
        reader.read();
        reader.tree
    }

    pub(super) fn ids(&self) -> Range<NodeId> {
        0..self.nodes.len()
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// What is right inside.
    pub(super) fn inside(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
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
    pub(super) fn roots(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let found = (at, self.nodes.get(at)?);
            at = found.1.next;
            Some(found)
        })
    }

    /// The member with this name, in any case.
    pub(super) fn member(&self, object: NodeId, name: &str) -> Option<(NodeId, &Node)> {
        let mut members = self.inside(object);
        members.find(|(_, node)| {
            let own = self.name(node);
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }

    /// The text that is the value of this member.
    pub(super) fn member_text(&self, object: NodeId, name: &str) -> Option<Cow<'t, str>> {
        let (_, node) = self.member(object, name)?;
        self.value(node)
    }

    /// What a text says.
    pub(super) fn value(&self, node: &Node) -> Option<Cow<'t, str>> {
        (node.kind == NodeKind::Text).then(|| self.plain(&node.range))
    }

    /// The name of the member.
    pub(super) fn name(&self, node: &Node) -> Option<Cow<'t, str>> {
        node.name.as_ref().map(|name| self.plain(name))
    }

    fn plain(&self, range: &Range<usize>) -> Cow<'t, str> {
        let inner = self.text.get(self.unquoted(range)).unwrap_or_default();
        if inner.contains('\\') {
            Cow::Owned(self.unescaped(range).text)
        } else {
            Cow::Borrowed(inner)
        }
    }

    /// What is between the quotes of a text; the closing one may be missing.
    pub(super) fn unquoted(&self, range: &Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let Some(rest) = text.strip_prefix('"') else {
            return range.clone();
        };
        let end = range.end - usize::from(is_closed(rest));
        range.start + 1..end
    }

    /// The innermost object or array that an offset is inside of, between its brackets.
    pub(super) fn around(&self, offset: usize) -> Option<NodeId> {
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

    /// A text without its escapes. What is no escape stands for itself.
    pub(super) fn unescaped(&self, range: &Range<usize>) -> Unescaped {
        let inner = self.unquoted(range);
        let raw = self.text.get(inner.clone()).unwrap_or_default();
        let mut found = Unescaped {
            text: String::with_capacity(raw.len()),
            places: Vec::with_capacity(raw.len() + 1),
        };
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let (c, length) = first(rest);
            found.text.push(c);
            let bytes = std::iter::repeat_n(inner.start + at, c.len_utf8());
            found.places.extend(bytes);
            at += length;
        }
        found.places.push(inner.end);
        found
    }
}

/// Whether what follows an opening quote ends with one that is not escaped.
fn is_closed(rest: &str) -> bool {
    let Some(body) = rest.strip_suffix('"') else {
        return false;
    };
    let backslashes = body.len() - body.trim_end_matches('\\').len();
    backslashes.is_multiple_of(2)
}

/// The first character that a piece of a string stands for, and how much of it that takes.
fn first(raw: &str) -> (char, usize) {
    let plain = raw.chars().next().unwrap_or_default();
    let Some(escape) = raw.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return (plain, plain.len_utf8());
    };
    let unit = |at: usize| {
        let digits = raw.get(at..at + 4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match escape {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'b' => ('\u{8}', 2),
        'f' => ('\u{c}', 2),
        '"' | '\\' | '/' => (escape, 2),
        'u' => {
            let Some(high) = unit(2) else {
                return (plain, 1);
            };
            let low = raw.get(6..8).filter(|mark| *mark == "\\u");
            let low = low.and_then(|_| unit(8));
            let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            match (char::from_u32(u32::from(high)), pair) {
                (Some(single), _) => (single, 6),
                (None, Some(pair)) => (pair, 12),
                (None, None) => (char::REPLACEMENT_CHARACTER, 6),
            }
        }
        _ => (plain, 1),
    }
}

/// A member whose value has not been read.
struct Started {
    name: Range<usize>,
    /// Behind the colon.
    colon: Option<usize>,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    tree: Tree<'t>,
    /// Arrays and objects whose end has not been read.
    open: Vec<NodeId>,
    open_objects: usize,
    member: Option<Started>,
}

/// LIMIT: values of a file; what comes after so many is not looked at.
const NODES_MAX: usize = 1 << 20;

impl Reader<'_> {
    fn read(&mut self) {
        while self.tree.nodes.len() < NODES_MAX {
            self.space();
            let start = self.at;
            let Some(byte) = self.peek() else { break };
            match byte {
                b'{' => self.begin(NodeKind::Object),
                b'[' => self.begin(NodeKind::Array),
                b'}' | b']' => self.end(byte),
                b',' => {
                    self.drop_member(start);
                    self.at += 1;
                }
                b':' => {
                    self.at += 1;
                    if let Some(member) = &mut self.member {
                        member.colon.get_or_insert(start + 1);
                    }
                }
                b'"' => {
                    self.string();
                    self.piece(NodeKind::Text, start);
                }
                _ => {
                    self.word();
                    self.piece(NodeKind::Word, start);
                }
            }
        }
        let end = self.at;
        self.drop_member(end);
        while let Some(open) = self.open.pop() {
            self.close(open, end, false);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Past white space and comments.
    fn space(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let skipped = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
            self.at += rest.len() - skipped.len();
            let length = if skipped.starts_with("//") {
                skipped.find('\n').unwrap_or(skipped.len())
            } else if skipped.starts_with("/*") {
                skipped.find("*/").map_or(skipped.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
        }
    }

    /// To the closing quote, or to the end of the line where there is none.
    fn string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' | b'\r' => return,
                b'\\' if !matches!(bytes.get(self.at + 1), None | Some(b'\n' | b'\r')) => {
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(bytes.len());
    }

    fn word(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = |c: char| c.is_ascii_whitespace() || "{}[],:\"".contains(c);
        self.at += rest.find(ends).unwrap_or(rest.len()).max(1);
    }

    /// A string or a word: a name or a value.
    fn piece(&mut self, kind: NodeKind, start: usize) {
        let range = start..self.at;
        let end = self.at;
        self.space();
        let is_named = self.peek() == Some(b':');
        self.at = end;
        if !self.is_in_object() {
            self.add(kind, range);
            return;
        }
        match &self.member {
            // What has a colon behind it is a name: the member before has no value.
            Some(Started { colon: Some(_), .. }) if !is_named => self.add(kind, range),
            _ => {
                self.drop_member(start);
                self.member = Some(Started {
                    name: range,
                    colon: None,
                });
            }
        }
    }

    fn is_in_object(&self) -> bool {
        let open = self.open.last().and_then(|open| self.tree.get(*open));
        open.is_some_and(|open| open.kind == NodeKind::Object)
    }

    fn add(&mut self, kind: NodeKind, range: Range<usize>) {
        let next = self.tree.nodes.len() + 1;
        self.tree.nodes.push(Node {
            kind,
            range,
            name: self.member.take().map(|member| member.name),
            parent: self.open.last().copied(),
            is_closed: false,
            next,
        });
    }

    /// The member that was begun has no value.
    fn drop_member(&mut self, end: usize) {
        let Some(member) = &self.member else { return };
        let (kind, range) = match member.colon {
            Some(colon) => (NodeKind::Missing, colon..end),
            None => (NodeKind::NameOnly, member.name.clone()),
        };
        self.add(kind, range);
    }

    fn begin(&mut self, kind: NodeKind) {
        // A member without a colon is none.
        if self
            .member
            .as_ref()
            .is_some_and(|member| member.colon.is_none())
        {
            self.drop_member(self.at);
        }
        let id = self.tree.nodes.len();
        self.add(kind, self.at..self.at + 1);
        self.open_objects += usize::from(kind == NodeKind::Object);
        self.open.push(id);
        self.at += 1;
    }

    /// A closing bracket closes everything inside of its partner; one without a partner is nothing.
    fn end(&mut self, byte: u8) {
        let at = self.at;
        self.drop_member(at);
        self.at += 1;
        let is_object = byte == b'}';
        let open_arrays = self.open.len() - self.open_objects;
        let partners = if is_object {
            self.open_objects
        } else {
            open_arrays
        };
        if partners == 0 {
            return;
        }
        while let Some(open) = self.open.pop() {
            let kind = self.tree.get(open).map(|node| node.kind);
            let is_own = kind == Some(NodeKind::Object);
            self.open_objects -= usize::from(is_own);
            if is_own == is_object {
                self.close(open, at + 1, true);
                return;
            }
            self.close(open, at, false);
        }
    }

    fn close(&mut self, open: NodeId, end: usize, is_closed: bool) {
        let next = self.tree.nodes.len();
        if let Some(node) = self.tree.nodes.get_mut(open) {
            node.range.end = end;
            node.is_closed = is_closed;
            node.next = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree on one line: `?` is missing.
    fn shown(text: &str) -> String {
        fn show(tree: &Tree<'_>, id: NodeId, out: &mut String) {
            let node = tree.get(id).unwrap();
            if let Some(name) = tree.name(node) {
                out.push_str(&format!("{name}="));
            }
            match node.kind {
                NodeKind::Missing => out.push('?'),
                NodeKind::NameOnly => out.push_str("??"),
                NodeKind::Text | NodeKind::Word => out.push_str(&tree.text[node.range.clone()]),
                NodeKind::Object | NodeKind::Array => {
                    out.push('(');
                    for (at, (inner, _)) in tree.inside(id).enumerate() {
                        out.push_str(if at > 0 { " " } else { "" });
                        show(tree, inner, out);
                    }
                    out.push(')');
                }
            }
        }
        let tree = Tree::of(text);
        let mut out = String::new();
        for (id, _) in tree.roots() {
            show(&tree, id, &mut out);
        }
        out
    }

    #[test]
    fn what_is_whole_is_read_as_it_is() {
        assert_eq!(
            shown("{\"a\": [1, \"å\", {}], \"b\": {\"c\": null}} // end"),
            "(a=(1 \"å\" ()) b=(c=null))"
        );
    }

    #[test]
    fn what_is_missing_hides_nothing_else() {
        for (text, wanted) in [
            ("{\"a\": , \"b\": 1}", "(a=? b=1)"),
            ("{\"a\": \n \"b\": 1}", "(a=? b=1)"),
            ("{\"a\" \"b\": 1}", "(a=?? b=1)"),
            ("{\"a\": 1 \"b\": 2}", "(a=1 b=2)"),
            ("{\"a\": [1, 2 }, 3", "(a=(1 2))3"),
            ("{\"a\": [{\"b\": 1 ], \"c\": 2}", "(a=((b=1)) c=2)"),
            ("{\"a\": \"x\n, \"b\": 2}", "(a=\"x b=2)"),
            ("{\"a\": {\"b\": \"x", "(a=(b=\"x))"),
            ("}]{\"a\" {\"b\"", "(a=?? (b=??))"),
            ("", ""),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn any_number_of_brackets_is_harmless() {
        let count = 400_000;
        let text = format!("{}{}", "[{".repeat(count), "]}".repeat(count));
        let tree = Tree::of(&text);
        assert_eq!(tree.ids().end, 2 * count);
        let text = "[".repeat(2 * NODES_MAX);
        assert_eq!(Tree::of(&text).ids().end, NODES_MAX);
        Tree::of(&"}".repeat(count));
        Tree::of(&format!("{}{}", "[".repeat(count), "}".repeat(count)));
    }

    #[test]
    fn escapes_lead_back_to_where_they_are_written() {
        let text = r#""a\"\u00e5\ud83d\ude00\qz""#;
        let tree = Tree::of(text);
        let node = tree.get(0).unwrap();
        let found = tree.unescaped(&node.range);
        assert_eq!(found.text, "a\"å😀\\qz");
        for (piece, written) in [
            ("\"", "\\\""),
            ("å", "\\u00e5"),
            ("😀", "\\ud83d"),
            ("z", "z\""),
        ] {
            let place = found.place(found.text.find(piece).unwrap());
            assert!(text[place..].starts_with(written), "{piece}");
            assert_eq!(found.byte(place), found.text.find(piece).unwrap());
        }
        assert_eq!(found.place(found.text.len()), text.len() - 1);
    }

    #[test]
    fn the_innermost_bracket_around_a_place_is_found() {
        let text = "{\"a\": [ ], \"b\": { ";
        let tree = Tree::of(text);
        let kind = |offset| {
            tree.around(offset)
                .map(|id| tree.get(id).unwrap().range.start)
        };
        assert_eq!(kind(0), None);
        assert_eq!(kind(1), Some(0));
        assert_eq!(kind(7), Some(6));
        assert_eq!(kind(9), Some(0));
        assert_eq!(kind(text.len()), Some(16));
    }
}
