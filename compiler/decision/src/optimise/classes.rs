//! Classes that no condition tells apart become one.
//!
//! The values of an attribute fall into classes by the constants that policies name. Two constants
//! that are always named together (the accounts for emergencies, the ranges of one named location,
//! the members of one list) are one class for every policy. So of the different sets that a
//! variable is tested for, the coarsest partition is taken that each of them is a union of.
//!
//! Numbers are given so that tests are few runs. There are two candidates: the order of values, which
//! suits prefixes and ranges, and that of splitting classes by one set after the other, the most
//! frequent first, where the parts stay side by side. Null stays a class of its own.
//!
//! Entries of a text that then lie in the class of what is around them say nothing and go; so do
//! the borders between two cells of one class, and variables that nothing asks about.
//!
//! Miniature: `user.id ∈ {a, b}`, `user.id ∈ {a, b, c}` have the classes other, a and b, c.

use rustc_hash::FxHashMap;

use super::Notes;
use super::draft::{Draft, map_literals, tests};
use crate::class_set::ClassSet;
use crate::formula::Literal;
use crate::space::{Cells, Classes, Space, TextClass, Variable};

/// LIMIT: steps for one variable, about a tenth of a second. Where every one of thousands of
/// ranges is tested from its own start to its own end, the classes stay as they are.
const STEPS_MAX: usize = 20_000_000;

pub(super) fn merge(draft: &mut Draft, notes: &mut Notes) {
    let tests = tests(draft);
    let mut renamed: FxHashMap<(u32, ClassSet), ClassSet> = FxHashMap::default();
    let mut order = Vec::new();
    let mut variables = draft.space().variables.clone();
    for (number, (variable, sets)) in (0u32..).zip(variables.iter_mut().zip(&tests)) {
        if sets.is_empty() {
            notes.add(|| format!("{}: dropped, nothing asks about it", variable.name));
            continue;
        }
        order.push(number);
        if !matches!(variable.classes, Classes::Text(_) | Classes::Ordered(_)) {
            continue;
        }
        let Some(partition) = Partition::new(variable, sets) else {
            notes.add(|| format!("{}: too many different ranges", variable.name));
            continue;
        };
        let before = variable.class_count;
        for (set, _) in sets {
            let mapped = partition.map(set);
            renamed.insert((number, (*set).clone()), mapped);
        }
        partition.rename(variable);
        notes.add(|| {
            let rest = variable.entry_count();
            let after = variable.class_count;
            format!(
                "{}: {before} → {after} classes, {rest} constants",
                variable.name
            )
        });
    }
    let is_smaller = order.len() < tests.len();
    draft.replace(Space { variables }, |formula| {
        map_literals(formula, &mut |literal| {
            // Variables without classes of their own keep their numbers.
            let key = (literal.variable, literal.classes.clone());
            let classes = renamed.get(&key).cloned();
            Literal {
                variable: literal.variable,
                classes: classes.unwrap_or(key.1),
            }
        })
    });
    if is_smaller {
        draft.permute(&order);
    }
}

/// Whether every variable is asked about, and all its classes told apart.
pub(super) fn verify(draft: &Draft) -> Result<(), String> {
    for (variable, sets) in draft.space().variables.iter().zip(tests(draft)) {
        if sets.is_empty() {
            return Err(format!("{}: nothing asks about it", variable.name));
        }
        let is_merged = matches!(variable.classes, Classes::Text(_) | Classes::Ordered(_));
        let Some(partition) = is_merged.then(|| Partition::new(variable, &sets)).flatten() else {
            continue;
        };
        if partition.known < variable.unknown_class() {
            return Err(format!(
                "{}: nothing tells some classes apart",
                variable.name
            ));
        }
    }
    Ok(())
}

/// The classes of a variable as blocks of classes that are never told apart.
struct Partition {
    /// Where the segments of old classes start, ascending, from 0. Between two starts nothing is
    /// told apart.
    starts: Vec<u32>,
    /// The new class of each segment.
    class_of_segment: Vec<u32>,
    /// New classes, null included.
    known: u32,
    /// Old classes, null included.
    known_before: u32,
}

impl Partition {
    /// The coarsest partition; `None` where finding it would cost too much.
    fn new(variable: &Variable, sets: &[(&ClassSet, u32)]) -> Option<Partition> {
        let known_before = variable.unknown_class();
        let null = variable.null_class()?;
        let runs = sets.iter().flat_map(|(set, _)| set.runs());
        let ends = runs.flat_map(|(first, last)| [*first, last.saturating_add(1)]);
        let mut starts: Vec<u32> = ends.filter(|start| *start < known_before).collect();
        starts.extend([0, null]);
        starts.sort_unstable();
        starts.dedup();
        let mut partition = Partition {
            class_of_segment: Vec::new(),
            starts,
            known: 0,
            known_before,
        };
        partition.refine(sets, matches!(variable.classes, Classes::Text(_)))?;
        Some(partition)
    }

    /// Split blocks by one set after the other, and number them.
    fn refine(&mut self, sets: &[(&ClassSet, u32)], is_text: bool) -> Option<()> {
        let mut by_frequency: Vec<&(&ClassSet, u32)> = sets.iter().collect();
        // A stable sort: of equally frequent sets the first comes first.
        by_frequency.sort_by_key(|(_, uses)| std::cmp::Reverse(*uses));
        let mut blocks = Blocks::new(self.starts.len());
        let mut steps = 0usize;
        let mut inside = Vec::new();
        let null = ClassSet::run(self.known_before - 1, self.known_before - 1);
        for set in std::iter::once(&null).chain(by_frequency.iter().map(|(set, _)| *set)) {
            self.smaller_side(set, &mut inside);
            steps = steps.saturating_add(inside.len());
            if steps > STEPS_MAX {
                return None;
            }
            blocks.split(&inside);
        }
        let split: Vec<u32> = blocks.in_order().collect();
        let of_split = self.number(&blocks, &split, is_text)?;
        let runs_of_split = self.runs(sets);
        let by_value = blocks.by_first_segment();
        let of_values = self.number(&blocks, &by_value, is_text)?;
        if runs_of_split < self.runs(sets) {
            self.class_of_segment = of_split;
        } else {
            self.class_of_segment = of_values;
        }
        Some(())
    }

    /// Runs of all tests, each as often as conditions make it.
    fn runs(&self, sets: &[(&ClassSet, u32)]) -> u64 {
        let runs = sets.iter().map(|(set, uses)| {
            let runs = self.map(set).runs().len();
            u64::from(*uses).saturating_mul(runs as u64)
        });
        runs.fold(0, u64::saturating_add)
    }

    /// Number blocks in this order, and segments by them; the classes of segments, which are also
    /// put in place.
    fn number(&mut self, blocks: &Blocks, order: &[u32], is_text: bool) -> Option<Vec<u32>> {
        // Null is the last class of values; every other text is the first.
        let last = blocks.of_segment.last().copied();
        let first = blocks.of_segment.first().copied().filter(|_| is_text);
        let middle = order.iter().copied();
        let middle = middle.filter(|block| Some(*block) != first && Some(*block) != last);
        let order: Vec<u32> = first.into_iter().chain(middle).chain(last).collect();
        let mut class_of_block = vec![0; order.len()];
        for (class, block) in (0..).zip(&order) {
            if let Some(slot) = class_of_block.get_mut(*block as usize) {
                *slot = class;
            }
        }
        let class = |block: &u32| class_of_block.get(*block as usize).copied().unwrap_or(0);
        self.class_of_segment = blocks.of_segment.iter().map(class).collect();
        self.known = u32::try_from(order.len()).ok()?;
        Some(self.class_of_segment.clone())
    }

    /// The segments inside a set, or those outside if they are fewer. (Either splits alike.)
    fn smaller_side(&self, set: &ClassSet, inside: &mut Vec<u32>) {
        let count = |set: &ClassSet| -> usize {
            let runs = set.runs().iter();
            runs.map(|run| self.segments(*run).len()).sum()
        };
        let inner = count(set);
        let other = (inner * 2 > self.starts.len()).then(|| set.complement(self.known_before));
        inside.clear();
        for run in other.as_ref().unwrap_or(set).runs() {
            inside.extend(self.segments(*run));
        }
    }

    /// The segments of a run of classes.
    fn segments(&self, (first, last): (u32, u32)) -> std::ops::Range<u32> {
        let place = |class: u32| {
            let before = self.starts.partition_point(|start| *start < class);
            u32::try_from(before).unwrap_or(u32::MAX)
        };
        place(first)..place(last.saturating_add(1))
    }

    fn class(&self, segment: usize) -> u32 {
        self.class_of_segment.get(segment).copied().unwrap_or(0)
    }

    /// The new class of an old one.
    fn class_of(&self, old: u32) -> u32 {
        let after = self.starts.partition_point(|start| *start <= old);
        self.class(after.saturating_sub(1))
    }

    /// What a set becomes.
    fn map(&self, set: &ClassSet) -> ClassSet {
        let count: usize = set.runs().iter().map(|run| self.segments(*run).len()).sum();
        let is_most = count * 2 > self.starts.len();
        let other = is_most.then(|| set.complement(self.known_before));
        let runs = other.as_ref().unwrap_or(set).runs().iter();
        let classes = runs
            .flat_map(|run| self.segments(*run))
            .map(|segment| self.class(segment as usize));
        let mapped = ClassSet::from_runs(classes.map(|class| (class, class)).collect());
        if is_most {
            mapped.complement(self.known)
        } else {
            mapped
        }
    }

    /// Give the classes of a variable their new numbers, and drop what then says nothing.
    fn rename(&self, variable: &mut Variable) {
        match &mut variable.classes {
            Classes::Text(entries) => {
                for entry in entries.iter_mut() {
                    entry.class = self.class_of(entry.class);
                }
                drop_entries(entries);
            }
            Classes::Ordered(cells) => {
                let classes = (0..=cells.starts.len()).map(|cell| cells.class_of(cell));
                let classes: Vec<u32> = classes.map(|old| self.class_of(old)).collect();
                *cells = joined(&cells.starts, &classes);
            }
            _ => return,
        }
        variable.class_count = self.known.saturating_add(1);
    }
}

/// Drop the entries of the class that their texts have without them: that of the longest prefix
/// among the others, else 0.
fn drop_entries(entries: &mut Vec<TextClass>) {
    // The prefixes that the entries to come may start with, each within the one before.
    let mut around: Vec<(String, u32)> = Vec::new();
    entries.retain(|entry| {
        while around
            .last()
            .is_some_and(|(prefix, _)| !entry.text.starts_with(prefix.as_str()))
        {
            around.pop();
        }
        let without = around.last().map_or(0, |(_, class)| *class);
        let is_kept = entry.class != without;
        if is_kept && !entry.is_exact {
            around.push((entry.text.clone(), entry.class));
        }
        is_kept
    });
}

/// The same classes in as few cells as possible.
fn joined(starts: &[u128], classes: &[u32]) -> Cells {
    let mut cells = Cells::default();
    let mut classes = classes.iter().copied();
    cells.classes.extend(classes.next());
    for (start, class) in starts.iter().zip(classes) {
        if cells.classes.last() != Some(&class) {
            cells.starts.push(*start);
            cells.classes.push(class);
        }
    }
    if (0..)
        .zip(&cells.classes)
        .all(|(cell, class)| cell == *class)
    {
        cells.classes.clear();
    }
    cells
}

impl Variable {
    fn entry_count(&self) -> usize {
        match &self.classes {
            Classes::Text(entries) => entries.len(),
            Classes::Ordered(cells) => cells.starts.len(),
            _ => 0,
        }
    }
}

/// A partition of segments that is being refined.
struct Blocks {
    of_segment: Vec<u32>,
    blocks: Vec<Block>,
    /// The blocks that the set at hand has segments of.
    touched: Vec<u32>,
}

/// Segments that no set has told apart yet.
struct Block {
    size: u32,
    /// The block after this one: a part that is split off stands next to the rest.
    next: u32,
    /// How much of it lies in the set at hand, and which block that becomes.
    inside: u32,
    part: u32,
}

/// No block.
const NONE: u32 = u32::MAX;

impl Block {
    fn new(size: u32, next: u32) -> Block {
        Block {
            size,
            next,
            inside: 0,
            part: NONE,
        }
    }
}

impl Blocks {
    fn new(segments: usize) -> Blocks {
        let size = u32::try_from(segments).unwrap_or(u32::MAX);
        Blocks {
            of_segment: vec![0; segments],
            blocks: vec![Block::new(size, NONE)],
            touched: Vec::new(),
        }
    }

    /// Take these segments apart from the others, in every block.
    fn split(&mut self, segments: &[u32]) {
        for segment in segments {
            let number = self.of_segment.get(*segment as usize).copied();
            let number = number.unwrap_or(NONE);
            if let Some(block) = self.blocks.get_mut(number as usize) {
                if block.inside == 0 {
                    self.touched.push(number);
                }
                block.inside += 1;
            }
        }
        for number in &self.touched {
            let next = u32::try_from(self.blocks.len()).unwrap_or(NONE);
            let Some(block) = self.blocks.get_mut(*number as usize) else {
                continue;
            };
            let inside = std::mem::take(&mut block.inside);
            if inside < block.size {
                block.size -= inside;
                block.part = next;
                let after = std::mem::replace(&mut block.next, next);
                self.blocks.push(Block::new(inside, after));
            }
        }
        for segment in segments {
            if let Some(of) = self.of_segment.get_mut(*segment as usize)
                && let Some(block) = self.blocks.get(*of as usize)
                && block.part != NONE
            {
                *of = block.part;
            }
        }
        for number in self.touched.drain(..) {
            if let Some(block) = self.blocks.get_mut(number as usize) {
                block.part = NONE;
            }
        }
    }

    /// The blocks in the order of the values in them.
    fn by_first_segment(&self) -> Vec<u32> {
        let mut is_seen = vec![false; self.blocks.len()];
        let is_first = |block: &u32| {
            let seen = is_seen.get_mut(*block as usize);
            seen.is_some_and(|seen| !std::mem::replace(seen, true))
        };
        self.of_segment.iter().copied().filter(is_first).collect()
    }

    /// The blocks in the order of splitting.
    fn in_order(&self) -> impl Iterator<Item = u32> {
        let next = |number: &u32| {
            let block = self.blocks.get(*number as usize)?;
            (block.next != NONE).then_some(block.next)
        };
        std::iter::successors(Some(0), next)
    }
}
