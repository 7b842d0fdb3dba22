//! JSON to a tree, whatever is in it.
//!
//! INVARIANT: nothing recurses and the cost is linear in the text, whatever is in it.

use std::ops::Range;

use super::{Node, NodeId, NodeKind};

/// LIMIT: values of a file; what comes after so many is not looked at.
pub(super) const NODES_MAX: usize = 1 << 20;

/// What is written, in order of the text.
pub(in crate::json) fn read(text: &str) -> Vec<Node> {
    let mut reader = Reader {
        text,
        at: 0,
        nodes: Vec::new(),
        open: Vec::new(),
        open_objects: 0,
        member: None,
    };
    reader.read();
    reader.nodes
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
    nodes: Vec<Node>,
    /// Arrays and objects whose end has not been read.
    open: Vec<NodeId>,
    open_objects: usize,
    member: Option<Started>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while self.nodes.len() < NODES_MAX {
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
        let open = self.open.last().and_then(|open| self.nodes.get(*open));
        open.is_some_and(|open| open.kind == NodeKind::Object)
    }

    fn add(&mut self, kind: NodeKind, range: Range<usize>) {
        let next = self.nodes.len() + 1;
        self.nodes.push(Node {
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
        let id = self.nodes.len();
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
            let kind = self.nodes.get(open).map(|node| node.kind);
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
        let next = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(open) {
            node.range.end = end;
            node.is_closed = is_closed;
            node.next = next;
        }
    }
}
