//! A verified program made ready to run.

use std::sync::atomic::{AtomicU64, Ordering};

use gatewright_bytecode::{Costs, Matcher, Program, Verified};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use crate::facts::AttributeHandle;

/// LIMIT: bytes of the automaton of one pattern.
const PATTERN_AUTOMATON_BYTES_MAX: usize = 1 << 20;
/// LIMIT: bytes of the states that one pattern keeps while it runs.
const PATTERN_CACHE_BYTES_MAX: usize = 1 << 18;
/// LIMIT: nesting of a pattern.
const PATTERN_NESTING_MAX: u32 = 64;

/// Tells programs of this process apart, so that handles, facts and scratch space of one are never
/// taken for those of another.
static NEXT_IDENTITY: AtomicU64 = AtomicU64::new(1);

/// A verified program made ready to run.
#[derive(Clone, Debug)]
pub struct Loaded {
    program: Program,
    costs: Costs,
    prepared: Vec<Prepared>,
    by_name: Vec<u32>,
    identity: u64,
}

/// What a matcher needs beside its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// Of a text matcher: the lengths of its prefixes, longest first.
    pub(crate) prefix_lengths: Vec<usize>,
    /// Of a matcher of parts or of predicates: its patterns, compiled, in order.
    pub(crate) patterns: Vec<Regex>,
}

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

impl Loaded {
    /// Make a program ready to run.
    ///
    /// # Errors
    /// The first pattern that cannot be compiled within the limits.
    pub fn new(verified: Verified) -> Result<Loaded, PatternError> {
        let (program, costs) = verified.into_parts();
        let prepared = program
            .matchers
            .iter()
            .map(prepare)
            .collect::<Result<_, _>>()?;
        let mut by_name: Vec<u32> = (0..).take(program.attributes.len()).collect();
        by_name.sort_by(|a, b| compare(name(&program, *a), name(&program, *b)));
        let identity = NEXT_IDENTITY.fetch_add(1, Ordering::Relaxed);
        Ok(Loaded {
            program,
            costs,
            prepared,
            by_name,
            identity,
        })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What running it costs at worst.
    #[must_use]
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// The attribute of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<AttributeHandle> {
        let wanted = name.to_ascii_lowercase();
        let found = self.by_name.binary_search_by(|index| {
            self::name(&self.program, *index)
                .to_ascii_lowercase()
                .cmp(&wanted)
        });
        let index = *self.by_name.get(found.ok()?)?;
        Some(AttributeHandle {
            index,
            program: self.identity,
        })
    }

    /// The attribute of this number.
    #[must_use]
    pub fn attribute_at(&self, index: u32) -> Option<AttributeHandle> {
        let exists = (index as usize) < self.program.attributes.len();
        exists.then_some(AttributeHandle {
            index,
            program: self.identity,
        })
    }

    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    /// Each matcher with what was prepared for it.
    pub(crate) fn matchers(&self) -> impl Iterator<Item = (&Matcher, &Prepared)> {
        self.program.matchers.iter().zip(&self.prepared)
    }
}

fn name(program: &Program, index: u32) -> &str {
    program
        .attributes
        .get(index as usize)
        .map_or("", |attribute| attribute.name.as_str())
}

/// The order of names without case.
fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    let left = left.bytes().map(|byte| byte.to_ascii_lowercase());
    left.cmp(right.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn prepare(matcher: &Matcher) -> Result<Prepared, PatternError> {
    let mut prepared = Prepared::default();
    match matcher {
        Matcher::Text { prefixes, .. } => {
            prepared.prefix_lengths = prefixes.iter().map(|row| row.0.len()).collect();
            prepared.prefix_lengths.sort_unstable_by(|a, b| b.cmp(a));
            prepared.prefix_lengths.dedup();
        }
        Matcher::TextParts { patterns, .. } => {
            prepared.patterns = patterns
                .iter()
                .map(|row| compile(&row.0))
                .collect::<Result<_, _>>()?;
        }
        Matcher::Predicates { predicates, .. } => {
            prepared.patterns = predicates
                .iter()
                .flat_map(|row| row.0.patterns())
                .map(compile)
                .collect::<Result<_, _>>()?;
        }
        _ => {}
    }
    Ok(prepared)
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let config = Regex::config()
        .nfa_size_limit(Some(PATTERN_AUTOMATON_BYTES_MAX))
        .hybrid_cache_capacity(PATTERN_CACHE_BYTES_MAX);
    let syntax = syntax::Config::new()
        .case_insensitive(true)
        .nest_limit(PATTERN_NESTING_MAX)
        .unicode(true);
    Regex::builder()
        .configure(config)
        .syntax(syntax)
        .build(pattern)
        .map_err(|error| {
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
