//! A trie of constants, with the links of Aho and Corasick where it looks for parts.

use std::collections::{BTreeMap, VecDeque};

/// The node of the empty text.
pub(super) const ROOT: u32 = 0;

/// A trie; some of its texts are marked.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: BTreeMap<char, u32>,
    /// The longest proper suffix that is a node.
    suffix: u32,
    /// The node itself or the next on the way of suffixes that is marked.
    mark: Option<u32>,
    /// The last node on the way from the root that is marked; the root where none is.
    last_marked: u32,
    is_marked: bool,
    text: String,
}

impl Trie {
    /// The trie of these texts, and whether each is marked.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = (&'t String, bool)>) -> Trie {
        let nodes = vec![Node::default()];
        Trie { nodes }.with(texts)
    }

    /// The trie with more texts.
    pub(super) fn with<'t>(mut self, texts: impl IntoIterator<Item = (&'t String, bool)>) -> Trie {
        for (text, is_marked) in texts {
            let mut at = ROOT;
            for c in text.chars() {
                at = match self.child(at, c) {
                    Some(child) => child,
                    None => self.grow(at, c),
                };
            }
            if let (true, Some(node)) = (is_marked, self.nodes.get_mut(at as usize)) {
                node.is_marked = true;
                node.text.clone_from(text);
            }
        }
        self.trace();
        self
    }

    /// The trie with the links of suffixes.
    pub(super) fn linked(mut self) -> Trie {
        let mut queue = VecDeque::from([ROOT]);
        while let Some(at) = queue.pop_front() {
            let Some(node) = self.nodes.get(at as usize) else {
                break;
            };
            let (children, suffix) = (node.children.clone(), node.suffix);
            let inherited = self.nodes.get(suffix as usize).and_then(|node| node.mark);
            if let Some(node) = self.nodes.get_mut(at as usize) {
                node.mark = if node.is_marked { Some(at) } else { inherited };
            }
            for (c, child) in children {
                let to = if at == ROOT {
                    ROOT
                } else {
                    self.next(suffix, c)
                };
                if let Some(node) = self.nodes.get_mut(child as usize) {
                    node.suffix = to;
                }
                queue.push_back(child);
            }
        }
        self
    }

    /// The node one character further, if there is one.
    pub(super) fn child(&self, at: u32, c: char) -> Option<u32> {
        self.nodes.get(at as usize)?.children.get(&c).copied()
    }

    /// The last marked node on the way to a node.
    pub(super) fn last_marked(&self, at: u32) -> u32 {
        self.nodes
            .get(at as usize)
            .map_or(ROOT, |node| node.last_marked)
    }

    /// The node of the longest suffix that is one, one character further.
    pub(super) fn next(&self, mut at: u32, c: char) -> u32 {
        loop {
            if let Some(child) = self.child(at, c) {
                return child;
            }
            if at == ROOT {
                return ROOT;
            }
            at = self.nodes.get(at as usize).map_or(ROOT, |node| node.suffix);
        }
    }

    /// The marked nodes whose texts end here.
    pub(super) fn marks(&self, at: u32) -> impl Iterator<Item = u32> {
        let mark = move |at: u32| self.nodes.get(at as usize).and_then(|node| node.mark);
        std::iter::successors(mark(at), move |found| {
            let node = self.nodes.get(*found as usize)?;
            (*found != ROOT).then(|| mark(node.suffix))?
        })
    }

    /// The text of a marked node.
    pub(super) fn text(&self, at: u32) -> &str {
        self.nodes
            .get(at as usize)
            .map_or("", |node| node.text.as_str())
    }

    fn grow(&mut self, at: u32, c: char) -> u32 {
        let child = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.children.insert(c, child);
        }
        child
    }

    /// Find the last marked node on the way to each.
    fn trace(&mut self) {
        let mut queue = VecDeque::from([(ROOT, ROOT)]);
        while let Some((at, last)) = queue.pop_front() {
            let Some(node) = self.nodes.get_mut(at as usize) else {
                break;
            };
            let last = if node.is_marked { at } else { last };
            node.last_marked = last;
            queue.extend(node.children.values().map(|child| (*child, last)));
        }
    }
}
