//! Texts that answer questions as asked: a search of the product of automata.
//!
//! What a text answers to all questions of an attribute depends on where it has come to in a trie
//! of constants and prefixes, in an automaton of parts and suffixes, and in one automaton for each
//! pattern. Texts are searched by breadth over these states, shortest first, each state once. Of
//! characters that are the same to all automata one is tried.
//!
//! INVARIANT: two texts in one state have the same answers, and so has what follows them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;

use gatewright_decision::checkpoint;
use rustc_hash::FxHashSet;

use super::pattern::{Characters, Pattern, Place};
use super::questions::fold_char;
use super::trie::{ROOT, Trie};

/// LIMIT: steps from one state to another in one search.
const STEPS_MAX: usize = 400_000;

/// The constants that questions about a text compare it with, folded.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    pub(super) whole: BTreeSet<String>,
    pub(super) prefixes: BTreeSet<String>,
    pub(super) parts: BTreeSet<String>,
    pub(super) suffixes: BTreeSet<String>,
    pub(super) patterns: BTreeSet<String>,
}

impl Constants {
    /// All constants that are texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        let starts = self.whole.iter().chain(&self.prefixes);
        starts.chain(&self.parts).chain(&self.suffixes)
    }
}

/// The automata of the questions about a text.
pub(super) struct Language {
    starts: Trie,
    parts: Trie,
    part_texts: Vec<String>,
    patterns: Vec<(String, Pattern)>,
    /// Each with its folded form.
    alphabet: Vec<(char, char)>,
    /// Why not every text can be found.
    gap: Option<&'static str>,
    /// Steps of all searches.
    pub(super) steps: usize,
}

/// What a text has come to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// In the trie of constants; where it has left the trie, the last prefix on its way.
    start: u32,
    has_left: bool,
    part: u32,
    /// Which parts have occurred, by their numbers.
    pub(super) occurred: Vec<bool>,
    /// How far patterns have come, by their numbers.
    places: Vec<Place>,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Search<T> {
    /// This is one.
    Found(T),
    /// There is none.
    Nothing,
    /// This was exhausted before one was found.
    Exhausted(&'static str),
}

impl State {
    /// Whether one of these patterns has matched, or one of those never will.
    pub(super) fn is_doomed(&self, never: &[usize], must: &[usize]) -> bool {
        let is = |at: &usize, place| self.places.get(*at) == Some(&place);
        never.iter().any(|at| is(at, Place::Matched)) || must.iter().any(|at| is(at, Place::Dead))
    }
}

impl Language {
    pub(super) fn new(constants: &Constants) -> Language {
        let mut gap = None;
        let mut patterns = Vec::new();
        for text in &constants.patterns {
            match Pattern::new(text) {
                Some(pattern) if pattern.is_caseless => patterns.push((text.clone(), pattern)),
                Some(pattern) => {
                    gap = Some("texts for a pattern that minds case");
                    patterns.push((text.clone(), pattern));
                }
                None => gap = Some("the size of a pattern"),
            }
        }
        let starts = Trie::new(constants.whole.iter().map(|text| (text, false)))
            .with(constants.prefixes.iter().map(|text| (text, true)));
        let needles = constants.parts.iter().map(|text| (text, true));
        let needles = needles.chain(constants.suffixes.iter().map(|text| (text, false)));
        let parts = Trie::new(needles).linked();
        let sets: Vec<&Characters> = patterns.iter().flat_map(|(_, p)| &p.sets).collect();
        let occurring: BTreeSet<char> = constants.texts().flat_map(|text| text.chars()).collect();
        let alphabet = alphabet(&occurring, &sets);
        Language {
            starts,
            parts,
            part_texts: constants.parts.iter().cloned().collect(),
            patterns,
            alphabet: alphabet.into_iter().map(|c| (c, fold_char(c))).collect(),
            gap,
            steps: 0,
        }
    }

    /// The number of a part.
    pub(super) fn part(&self, text: &str) -> Option<usize> {
        self.part_texts
            .binary_search_by(|part| part.as_str().cmp(text))
            .ok()
    }

    /// The number of a pattern.
    pub(super) fn pattern(&self, text: &str) -> Option<usize> {
        self.patterns
            .iter()
            .position(|(pattern, _)| pattern == text)
    }

    /// The shortest text after this one that is accepted. No text is looked for behind a state that
    /// is doomed.
    pub(super) fn search(
        &mut self,
        seed: &str,
        is_doomed: &dyn Fn(&State) -> bool,
        is_accepted: &mut dyn FnMut(&str) -> bool,
    ) -> Search<String> {
        let mut found = None;
        // The empty text is a last resort: people overlook it.
        let exhausted = self.walk(seed, is_doomed, &mut |text| {
            if !text.is_empty() && is_accepted(text) {
                found = Some(text.to_owned());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        if found.is_none() && seed.is_empty() && is_accepted("") {
            found = Some(String::new());
        }
        match (found, exhausted) {
            (Some(text), _) => Search::Found(text),
            (None, Some(what)) => Search::Exhausted(what),
            (None, None) => Search::Nothing,
        }
    }

    /// Visit a text in every state that can be reached from a text, shortest first; the result is
    /// what was exhausted before all were.
    fn walk(
        &mut self,
        seed: &str,
        is_doomed: &dyn Fn(&State) -> bool,
        visit: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Option<&'static str> {
        let mut gap = self.gap;
        let Some(mut state) = self.start() else {
            return Some("the states of a pattern");
        };
        for c in seed.chars() {
            match self.after(&state, (c, fold_char(c))) {
                Some(next) => state = next,
                None => return Some("the states of a pattern"),
            }
        }
        let mut seen: FxHashSet<State> = FxHashSet::default();
        let mut queue = VecDeque::new();
        // Where a pattern minds case, another spelling of the seed may fare better.
        if is_doomed(&state) {
            return gap;
        }
        if visit(seed).is_break() {
            return None;
        }
        seen.insert(state.clone());
        queue.push_back((state, seed.to_owned()));
        let mut steps = 0;
        while let Some((state, text)) = queue.pop_front() {
            for at in 0..self.alphabet.len() {
                checkpoint();
                let Some(letter) = self.alphabet.get(at).copied() else {
                    break;
                };
                steps += 1;
                self.steps += 1;
                if steps > STEPS_MAX {
                    return Some("the length of a search for a text");
                }
                let Some(next) = self.after(&state, letter) else {
                    gap = Some("the states of a pattern");
                    continue;
                };
                if is_doomed(&next) || seen.contains(&next) {
                    continue;
                }
                let mut longer = text.clone();
                longer.push(letter.0);
                if visit(&longer).is_break() {
                    return None;
                }
                seen.insert(next.clone());
                queue.push_back((next, longer));
            }
        }
        gap
    }

    fn start(&mut self) -> Option<State> {
        let places = self.patterns.iter_mut().map(|(_, pattern)| pattern.start());
        let places = places.collect::<Option<Vec<Place>>>()?;
        let occurred = self.part_texts.iter().map(String::is_empty).collect();
        Some(State {
            start: ROOT,
            has_left: false,
            part: ROOT,
            occurred,
            places,
        })
    }

    fn after(&mut self, state: &State, (c, folded): (char, char)) -> Option<State> {
        let mut places = Vec::with_capacity(state.places.len());
        for ((_, pattern), place) in self.patterns.iter_mut().zip(&state.places) {
            places.push(pattern.after(*place, c)?);
        }
        let (mut start, mut has_left) = (state.start, state.has_left);
        if !has_left {
            match self.starts.child(start, folded) {
                Some(child) => start = child,
                None => {
                    start = self.starts.last_marked(start);
                    has_left = true;
                }
            }
        }
        let part = self.parts.next(state.part, folded);
        let mut occurred = state.occurred.clone();
        for mark in self.parts.marks(part) {
            let text = self.parts.text(mark);
            if let Some(slot) = self.part(text).and_then(|at| occurred.get_mut(at)) {
                *slot = true;
            }
        }
        Some(State {
            start,
            has_left,
            part,
            occurred,
            places,
        })
    }
}

/// Characters that people read without effort, best first.
pub(super) const READABLE: &str = "xabcdefghijklmnopqrstuvwyz0123456789-_. @~#+=!";

/// The characters that occur, and of all others one of each kind that the sets tell apart.
fn alphabet(occurring: &BTreeSet<char>, sets: &[&Characters]) -> Vec<char> {
    let kind_of = |c: char| -> Vec<bool> { sets.iter().map(|set| contains(set, c)).collect() };
    let mut cuts: BTreeSet<char> = BTreeSet::from(['\0']);
    for (first, last) in sets.iter().flat_map(|set| set.iter()) {
        cuts.insert(*first);
        cuts.extend(after(*last));
    }
    let mut found: BTreeSet<char> = occurring.clone();
    for c in occurring {
        found.extend(
            c.to_uppercase()
                .filter(|u| fold_char(*u) == *c && kind_of(*u) != kind_of(*c)),
        );
    }
    let mut chosen: BTreeMap<Vec<bool>, char> = BTreeMap::new();
    let is_free = |c: char| !occurring.contains(&fold_char(c));
    for c in READABLE.chars().filter(|c| is_free(*c)) {
        chosen.entry(kind_of(c)).or_insert(c);
    }
    let cuts: Vec<char> = cuts.into_iter().collect();
    // Rather a character that is folded; of some kinds there may be none.
    for must_be_folded in [true, false] {
        for (at, first) in cuts.iter().enumerate() {
            let kind = kind_of(*first);
            if chosen.contains_key(&kind) {
                continue;
            }
            let end = cuts.get(at + 1);
            let run = std::iter::successors(Some(*first), |c| after(*c));
            let mut run = run.take_while(|c| end.is_none_or(|end| c < end));
            let is_fit = |c: &char| is_free(*c) && (!must_be_folded || fold_char(*c) == *c);
            if let Some(c) = run.find(is_fit) {
                chosen.insert(kind, c);
            }
        }
    }
    found.extend(chosen.into_values());
    let (mut letters, others): (Vec<char>, Vec<char>) =
        found.into_iter().partition(|c| READABLE.contains(*c));
    letters.sort_by_key(|c| READABLE.find(*c));
    letters.extend(others);
    letters
}

fn contains(set: &Characters, c: char) -> bool {
    let at = set.partition_point(|(_, last)| *last < c);
    set.get(at).is_some_and(|(first, _)| *first <= c)
}

fn after(c: char) -> Option<char> {
    match c {
        '\u{d7ff}' => Some('\u{e000}'),
        c => char::from_u32(u32::from(c).checked_add(1)?),
    }
}
