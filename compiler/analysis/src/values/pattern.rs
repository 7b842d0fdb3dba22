//! Patterns as automata that are walked character by character.
//!
//! A text is searched for by its characters, of which there are a million; the classes that a
//! pattern names tell apart only a few kinds, and one of each is enough.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::questions::{AUTOMATON_BYTES_MAX, NESTING_MAX, syntax};

/// LIMIT: bytes of the states of one automaton.
const STATES_BYTES_MAX: usize = 1 << 22;

/// Ranges of characters, both ends included.
pub(super) type Characters = Vec<(char, char)>;

/// A pattern whose states are made as they are met.
pub(super) struct Pattern {
    dfa: DFA,
    cache: Cache,
    /// Sets of characters; two characters that lie in the same ones are the same to it.
    pub(super) sets: Vec<Characters>,
    /// Whether all characters that have the same folded one are the same to it.
    pub(super) is_caseless: bool,
}

/// How far a pattern has come in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// It may match yet, or match here if the text ends.
    Within(LazyStateID),
    /// It has matched.
    Matched,
    /// It will never match.
    Dead,
}

impl Pattern {
    /// The automaton of a pattern; `None` where it takes too much.
    pub(super) fn new(pattern: &str) -> Option<Pattern> {
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .unicode_word_boundary(true)
            .cache_capacity(STATES_BYTES_MAX)
            .minimum_cache_clear_count(Some(0));
        let thompson = thompson::Config::new().nfa_size_limit(Some(AUTOMATON_BYTES_MAX));
        let mut builder = DFA::builder();
        builder
            .configure(config)
            .syntax(syntax())
            .thompson(thompson);
        let dfa = builder.build(pattern).ok()?;
        let mut parser = regex_syntax::ParserBuilder::new();
        parser.case_insensitive(true).nest_limit(NESTING_MAX);
        let hir = parser.build().parse(pattern).ok()?;
        let mut sets = Vec::new();
        sets_of(&hir, &mut sets);
        sets.sort_unstable();
        sets.dedup();
        Some(Pattern {
            cache: dfa.create_cache(),
            dfa,
            sets,
            is_caseless: !turns_case_on(pattern),
        })
    }

    /// Before the first character.
    pub(super) fn start(&mut self) -> Option<Place> {
        let start = self
            .dfa
            .start_state_forward(&mut self.cache, &Input::new(""));
        start.ok().map(Place::Within)
    }

    /// After one more character; `None` where the automaton cannot say.
    pub(super) fn after(&mut self, place: Place, c: char) -> Option<Place> {
        let Place::Within(mut state) = place else {
            return Some(place);
        };
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            state = self.dfa.next_state(&mut self.cache, state, byte).ok()?;
            if state.is_match() {
                return Some(Place::Matched);
            }
            if state.is_dead() {
                return Some(Place::Dead);
            }
            if state.is_quit() {
                return None;
            }
        }
        Some(Place::Within(state))
    }
}

/// Whether a group of flags makes a part of a pattern mind case. Rather once too often: it costs
/// an answer, not a wrong one.
pub(super) fn turns_case_on(pattern: &str) -> bool {
    pattern.split("(?").skip(1).any(|group| {
        let flags: &str = group.split([':', ')']).next().unwrap_or_default();
        flags
            .split_once('-')
            .is_some_and(|(_, off)| off.contains('i'))
    })
}

/// The sets of characters that a pattern names. Recursion is bounded by the nesting limit.
fn sets_of(hir: &Hir, sets: &mut Vec<Characters>) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            sets.extend(text.chars().map(|c| vec![(c, c)]));
        }
        HirKind::Class(Class::Unicode(class)) => {
            sets.push(
                class
                    .iter()
                    .map(|range| (range.start(), range.end()))
                    .collect(),
            );
        }
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.iter();
            sets.push(ranges.map(|r| (r.start().into(), r.end().into())).collect());
        }
        HirKind::Look(look) => sets_of_look(*look, sets),
        kind => kind.subs().iter().for_each(|inner| sets_of(inner, sets)),
    }
}

fn sets_of_look(look: Look, sets: &mut Vec<Characters>) {
    sets.push(vec![('\n', '\n')]);
    sets.push(vec![('\r', '\r')]);
    if !matches!(
        look,
        Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF
    ) {
        let ascii = ('\0', '\u{7f}');
        sets.push(vec![ascii]);
        sets.push(vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);
        if let Ok(word) = regex_syntax::parse(r"\w") {
            sets_of(&word, sets);
        }
    }
}
