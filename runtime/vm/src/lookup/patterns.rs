//! Patterns: text in the program, automata in memory.
//!
//! A program stores patterns as text and nothing else, and their automata are made when it is
//! loaded: an automaton that came with the program could find something else than the text that
//! people are shown, and checking it against the text is making it once more. States are made
//! while texts are searched, and kept within a limit.
//!
//! The patterns of one attribute are searched in one pass where they fit one automaton.

use regex_automata::meta::{Cache, Regex};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};

/// LIMIT: bytes of the automaton of one pattern, and of several that are searched together.
const PATTERN_AUTOMATON_BYTES_MAX: usize = 1 << 20;
/// LIMIT: bytes of the states that one automaton keeps while it runs.
const PATTERN_CACHE_BYTES_MAX: usize = 1 << 18;
/// LIMIT: nesting of a pattern.
const PATTERN_NESTING_MAX: u32 = 64;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the pattern `{}` cannot be used: {}",
            self.pattern, self.reason
        )
    }
}

impl std::error::Error for PatternError {}

/// All automata of a program; a number of one is a place here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Automata(Vec<Regex>);

/// What an automaton needs while it runs.
#[derive(Debug)]
pub(crate) struct Space {
    cache: Cache,
    found: PatternSet,
}

/// Patterns that are asked about one text together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patterns {
    first: usize,
    /// How many automata there are: one for all patterns, or one each.
    automata: usize,
    pub(super) count: u32,
}

impl Automata {
    /// Space for every automaton.
    pub(crate) fn spaces(&self) -> Vec<Space> {
        let space = |automaton: &Regex| Space {
            cache: automaton.create_cache(),
            found: PatternSet::new(automaton.pattern_len()),
        };
        self.0.iter().map(space).collect()
    }

    /// Automata for patterns that are asked one by one; the result is the number of the first.
    pub(super) fn add<'p>(
        &mut self,
        patterns: impl IntoIterator<Item = &'p str>,
    ) -> Result<usize, PatternError> {
        let first = self.0.len();
        for pattern in patterns {
            self.0.push(compile(pattern)?);
        }
        Ok(first)
    }

    /// Automata for patterns that are asked together.
    pub(super) fn add_together(
        &mut self,
        rows: &[(String, u32)],
    ) -> Result<Patterns, PatternError> {
        let first = self.add(rows.iter().map(|row| row.0.as_str()))?;
        if rows.len() > 1 {
            let texts: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
            let config = config().match_kind(MatchKind::All);
            let joint = Regex::builder()
                .configure(config)
                .syntax(syntax())
                .build_many(&texts);
            if let Ok(joint) = joint {
                self.0.truncate(first);
                self.0.push(joint);
            }
        }
        Ok(Patterns {
            first,
            automata: self.0.len() - first,
            count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        })
    }

    /// Whether the pattern of this number matches somewhere in a text.
    pub(super) fn matches(&self, number: usize, spaces: &mut [Space], text: &str) -> bool {
        let found = self.0.get(number).zip(spaces.get_mut(number));
        found.is_some_and(|(automaton, space)| matches(automaton, space, text))
    }

    /// Tell the places of the patterns that match somewhere in a text.
    pub(super) fn search(
        &self,
        patterns: Patterns,
        spaces: &mut [Space],
        text: &str,
        mut found: impl FnMut(u32),
    ) {
        let Patterns {
            first,
            automata,
            count,
        } = patterns;
        if automata == 1 && count > 1 {
            let Some((automaton, space)) = self.0.get(first).zip(spaces.get_mut(first)) else {
                return;
            };
            space.found.clear();
            let Space { cache, found: set } = space;
            automaton.which_overlapping_matches_with(cache, &Input::new(text), set);
            for pattern in set.iter() {
                found(pattern.as_u32());
            }
            return;
        }
        for (place, number) in (0..).zip(first..first + automata) {
            if self.matches(number, spaces, text) {
                found(place);
            }
        }
    }
}

fn matches(automaton: &Regex, space: &mut Space, text: &str) -> bool {
    let input = Input::new(text).earliest(true);
    automaton
        .search_half_with(&mut space.cache, &input)
        .is_some()
}

fn config() -> regex_automata::meta::Config {
    Regex::config()
        .nfa_size_limit(Some(PATTERN_AUTOMATON_BYTES_MAX))
        .hybrid_cache_capacity(PATTERN_CACHE_BYTES_MAX)
}

fn syntax() -> syntax::Config {
    syntax::Config::new()
        .case_insensitive(true)
        .nest_limit(PATTERN_NESTING_MAX)
        .unicode(true)
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let built = Regex::builder()
        .configure(config())
        .syntax(syntax())
        .build(pattern);
    built.map_err(|error| {
        let reason = match error.size_limit() {
            Some(limit) => format!("its automaton takes more than {limit} bytes"),
            // The message shows the pattern in several lines; the last one says what is wrong.
            None => {
                let message = error
                    .syntax_error()
                    .map_or(error.to_string(), ToString::to_string);
                let last = message.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        };
        PatternError {
            pattern: pattern.to_owned(),
            reason,
        }
    })
}
