//! Parts and suffixes of a text: all of an attribute in one pass (Aho and Corasick's automaton).
//!
//! A state is the longest end of what was read that begins some atom. Small automata have a table
//! with the next state for each state and class of bytes; large ones keep the edges of the trie and
//! go back to shorter ends where there is none.
//!
//! A text that is searched is folded, or it is in ASCII in any case: capital letters count as small
//! ones, and a folded text has none.
//!
//! INVARIANT: a search takes time in proportion to the text and the number of atoms, whatever they
//! are: an atom that was seen hides those inside it, which were reported with it.

/// LIMIT: bytes of the table of next states; automata that would take more go without.
const TABLE_BYTES_MAX: usize = 1 << 20;

/// Texts that may occur in a text or end it.
#[derive(Clone, Debug, Default)]
pub(super) struct Atoms {
    steps: Steps,
    /// By state: the longest atom that what was read ends with.
    endings: Box<[Option<u32>]>,
    atoms: Box<[Atom]>,
    /// Rows of atoms, those of one atom together.
    rows: Box<[Row]>,
    /// Bytes of the longest suffix, where only suffixes are asked for.
    tail: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Atom {
    first_row: u32,
    end_row: u32,
    /// The longest other atom that this one ends with.
    shorter: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    number: u32,
    is_suffix: bool,
}

#[derive(Clone, Debug)]
enum Steps {
    /// Next states by state, then class of byte, with [`ENDING`] where some atom ends there. A
    /// state is the place of its first cell, and `1 << shift` cells belong to it.
    Table {
        class_of: Box<[u8; 256]>,
        shift: u32,
        next: Box<[u32]>,
    },
    /// Nodes of the trie.
    Trie(Box<[Node]>),
}

/// In a table, a state in which some atom ends.
const ENDING: u32 = 1 << 31;

impl Default for Steps {
    fn default() -> Steps {
        Steps::Trie(Box::default())
    }
}

/// A node of the trie of all atoms; the first one is the root.
#[derive(Clone, Debug, Default)]
struct Node {
    /// By byte, ascending.
    edges: Vec<(u8, u32)>,
    /// The node of the longest shorter end.
    shorter: u32,
    rows: Vec<Row>,
}

/// Space that a search works in.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Vec<bool>);

impl Atoms {
    /// Of folded texts: those that may occur, and those that may end; the numbers of rows go on
    /// from the first to the second.
    pub(super) fn new(contains: &[(String, u32)], suffixes: &[(String, u32)]) -> Atoms {
        let mut nodes = vec![Node::default()];
        let contained = contains.iter().map(|row| (row, false));
        let all = contained.chain(suffixes.iter().map(|row| (row, true)));
        for (number, ((text, _), is_suffix)) in (0..).zip(all) {
            insert(&mut nodes, text.as_bytes(), Row { number, is_suffix });
        }
        let order = link(&mut nodes);
        let mut atoms = Atoms {
            tail: contains
                .is_empty()
                .then(|| suffixes.iter().map(|row| row.0.len()).max().unwrap_or(0)),
            ..Atoms::default()
        };
        atoms.collect(&nodes, &order);
        atoms.steps =
            table(&nodes, &order, &atoms.endings).unwrap_or_else(|| Steps::Trie(nodes.into()));
        atoms
    }

    /// Tell the rows of the atoms that occur in, or end, a text.
    pub(super) fn search(&self, text: &[u8], seen: &mut Seen, mut found: impl FnMut(u32)) {
        let mut state = 0;
        if let Some(tail) = self.tail {
            let start = text.len().saturating_sub(tail);
            let end = text.get(start..).unwrap_or(text);
            state = self.steps.walk(end, |_| {});
        } else {
            seen.0.clear();
            self.report(state, seen, &mut found);
            state = self
                .steps
                .walk(text, |state| self.report(state, seen, &mut found));
        }
        let mut ending = self.ending(state);
        while let Some(atom) = ending {
            for row in self.rows_of(atom).iter().filter(|row| row.is_suffix) {
                found(row.number);
            }
            ending = self.atom(atom.shorter);
        }
    }

    /// Tell the rows of what has just ended, unless it was seen before.
    #[inline]
    fn report(&self, state: u32, seen: &mut Seen, found: &mut impl FnMut(u32)) {
        let mut number = self.endings.get(state as usize).copied().flatten();
        if number.is_some() && seen.0.is_empty() {
            seen.0.resize(self.atoms.len(), false);
        }
        while let Some(at) = number {
            let is_new = seen.0.get_mut(at as usize);
            if is_new.is_none_or(|seen| std::mem::replace(seen, true)) {
                return;
            }
            let Some(atom) = self.atom(Some(at)) else {
                return;
            };
            for row in self.rows_of(atom).iter().filter(|row| !row.is_suffix) {
                found(row.number);
            }
            number = atom.shorter;
        }
    }

    fn ending(&self, state: u32) -> Option<&Atom> {
        self.atom(self.endings.get(state as usize).copied().flatten())
    }

    fn atom(&self, number: Option<u32>) -> Option<&Atom> {
        self.atoms.get(number? as usize)
    }

    fn rows_of(&self, atom: &Atom) -> &[Row] {
        let rows = self
            .rows
            .get(atom.first_row as usize..atom.end_row as usize);
        rows.unwrap_or_default()
    }

    /// Note where atoms end; `order` has every node after the node of its shorter end.
    fn collect(&mut self, nodes: &[Node], order: &[u32]) {
        let mut endings = vec![None; nodes.len()];
        let (mut atoms, mut rows) = (Vec::new(), Vec::new());
        for number in order {
            let Some(node) = nodes.get(*number as usize) else {
                continue;
            };
            let is_root = *number == 0;
            let shorter = endings.get(node.shorter as usize).copied().flatten();
            let mut ending = shorter.filter(|_| !is_root);
            if !node.rows.is_empty() {
                let first_row = rows.len() as u32;
                rows.extend_from_slice(&node.rows);
                let end_row = rows.len() as u32;
                let atom = Atom {
                    first_row,
                    end_row,
                    shorter: ending,
                };
                ending = Some(atoms.len() as u32);
                atoms.push(atom);
            }
            if let Some(slot) = endings.get_mut(*number as usize) {
                *slot = ending;
            }
        }
        self.endings = endings.into();
        self.atoms = atoms.into();
        self.rows = rows.into();
    }
}

impl Steps {
    /// The state after a text, from the first state on; `visit` is called at least with those in
    /// which some atom ends.
    ///
    /// PERF: in the table, a byte takes two loads and one branch.
    #[inline]
    fn walk(&self, text: &[u8], mut visit: impl FnMut(u32)) -> u32 {
        match self {
            Steps::Table {
                class_of,
                shift,
                next,
            } => {
                let mut state = 0;
                for byte in text {
                    let class = class_of.get(usize::from(*byte)).copied().unwrap_or(0);
                    let at = state | u32::from(class);
                    let entry = next.get(at as usize).copied().unwrap_or(0);
                    state = entry & !ENDING;
                    if entry != state {
                        visit(state.wrapping_shr(*shift));
                    }
                }
                state.wrapping_shr(*shift)
            }
            Steps::Trie(nodes) => text.iter().fold(0, |state, byte| {
                let state = next(nodes, state, byte.to_ascii_lowercase());
                visit(state);
                state
            }),
        }
    }
}

impl Node {
    fn edge(&self, byte: u8) -> Option<u32> {
        let at = self.edges.binary_search_by_key(&byte, |edge| edge.0).ok()?;
        self.edges.get(at).map(|edge| edge.1)
    }
}

/// The node of the longest end that goes on with this byte, from that of the longest end on.
fn next(nodes: &[Node], mut state: u32, byte: u8) -> u32 {
    while let Some(node) = nodes.get(state as usize) {
        match node.edge(byte) {
            Some(next) => return next,
            None if state == 0 => return 0,
            None => state = node.shorter,
        }
    }
    0
}

fn insert(nodes: &mut Vec<Node>, text: &[u8], row: Row) {
    let mut at = 0;
    for byte in text {
        let next = nodes.len() as u32;
        let Some(node) = nodes.get_mut(at as usize) else {
            return;
        };
        at = match node.edges.binary_search_by_key(byte, |edge| edge.0) {
            Ok(edge) => node.edges.get(edge).map_or(0, |edge| edge.1),
            Err(edge) => {
                node.edges.insert(edge, (*byte, next));
                nodes.push(Node::default());
                next
            }
        };
    }
    if let Some(node) = nodes.get_mut(at as usize) {
        node.rows.push(row);
    }
}

/// Find the longest shorter end of every node; the result are the nodes by their distance from the
/// root.
fn link(nodes: &mut [Node]) -> Vec<u32> {
    let mut order = vec![0];
    let mut done = 0;
    while let Some(at) = order.get(done).copied() {
        done += 1;
        let Some(node) = nodes.get(at as usize) else {
            continue;
        };
        let (edges, above) = (node.edges.clone(), node.shorter);
        for (byte, child) in edges {
            let shorter = if at == 0 { 0 } else { next(nodes, above, byte) };
            if let Some(node) = nodes.get_mut(child as usize) {
                node.shorter = shorter;
            }
            order.push(child);
        }
    }
    order
}

/// The table of next states, if it is not too large. `endings` are by state.
fn table(nodes: &[Node], order: &[u32], endings: &[Option<u32>]) -> Option<Steps> {
    let mut class_of = Box::new([0u8; 256]);
    let mut classes = 1u32;
    for (byte, _) in nodes.iter().flat_map(|node| &node.edges) {
        let class = class_of.get_mut(usize::from(*byte))?;
        if *class == 0 {
            *class = u8::try_from(classes).ok()?;
            classes += 1;
        }
    }
    for (capital, small) in (b'A'..=b'Z').zip(b'a'..=b'z') {
        let class = class_of.get(usize::from(small)).copied()?;
        *class_of.get_mut(usize::from(capital))? = class;
    }
    let shift = classes.next_power_of_two().trailing_zeros();
    let stride = 1usize << shift;
    let cells = nodes.len().checked_mul(stride)?;
    if cells > TABLE_BYTES_MAX / size_of::<u32>() {
        return None;
    }
    let mut next = vec![0u32; cells];
    for number in order {
        let node = nodes.get(*number as usize)?;
        let (to, from) = (*number as usize * stride, node.shorter as usize * stride);
        if to != 0 {
            next.copy_within(from..from + stride, to);
        }
        for (byte, child) in &node.edges {
            let class = class_of.get(usize::from(*byte)).copied()?;
            let ends = endings.get(*child as usize)?.is_some();
            let ending = if ends { ENDING } else { 0 };
            *next.get_mut(to + usize::from(class))? = *child << shift | ending;
        }
    }
    Some(Steps::Table {
        class_of,
        shift,
        next: next.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[String]) -> Vec<(String, u32)> {
        texts.iter().map(|text| (text.clone(), 0)).collect()
    }

    fn check(contains: &[String], suffixes: &[String], texts: &[String]) {
        let atoms = Atoms::new(&rows(contains), &rows(suffixes));
        let mut in_trie = atoms.clone();
        let mut nodes = vec![Node::default()];
        for text in contains.iter().chain(suffixes) {
            insert(
                &mut nodes,
                text.as_bytes(),
                Row {
                    number: 0,
                    is_suffix: false,
                },
            );
        }
        link(&mut nodes);
        in_trie.steps = Steps::Trie(nodes.into());
        for text in texts {
            let in_it = contains.iter().map(|part| text.contains(part.as_str()));
            let at_end = suffixes.iter().map(|part| text.ends_with(part.as_str()));
            let expected: Vec<bool> = in_it.chain(at_end).collect();
            for atoms in [&atoms, &in_trie] {
                let mut found = vec![false; expected.len()];
                atoms.search(text.as_bytes(), &mut Seen::default(), |row| {
                    assert!(!std::mem::replace(&mut found[row as usize], true), "twice");
                });
                assert_eq!(found, expected, "{text:?}: {contains:?} {suffixes:?}");
                let mut found = vec![false; expected.len()];
                let capitals = text.to_ascii_uppercase();
                atoms.search(capitals.as_bytes(), &mut Seen::default(), |row| {
                    found[row as usize] = true;
                });
                assert_eq!(found, expected, "{capitals:?}: {contains:?} {suffixes:?}");
            }
        }
    }

    #[test]
    fn all_atoms_are_found_in_one_pass() {
        // Every set of few atoms over two letters, and every text over them.
        let words = |letters: &[&str], longest: usize| -> Vec<String> {
            let mut all = vec![String::new()];
            let mut last = all.clone();
            for _ in 0..longest {
                last = last
                    .iter()
                    .flat_map(|w| letters.iter().map(move |l| format!("{w}{l}")))
                    .collect();
                all.extend(last.iter().cloned());
            }
            all
        };
        let (atoms, texts) = (words(&["a", "é"], 3), words(&["a", "é", "c"], 5));
        for one in &atoms {
            for other in &atoms {
                let pair = [one.clone(), other.clone()];
                check(&pair, &[], &texts);
                check(&[], &pair, &texts);
                check(&pair[..1], &pair[1..], &texts);
            }
        }
        check(&atoms, &atoms, &texts);
    }

    #[test]
    fn a_long_text_of_one_letter_with_many_atoms_of_it_is_read_quickly() {
        let atoms: Vec<String> = (0..1000).map(|length| "a".repeat(length)).collect();
        check(&atoms, &atoms, &["a".repeat(1 << 16)]);
    }
}
