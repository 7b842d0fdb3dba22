//! A verified program made ready to run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gatewright_bytecode::{Costs, Matcher, Program, Verified};

use crate::facts::AttributeHandle;
use crate::lookup::{Automata, Lookup, PatternError};
use crate::masks::{Answers, Tables};

/// Tells programs of this process apart, so that handles, facts and scratch space of one are never
/// taken for those of another.
static NEXT_IDENTITY: AtomicU64 = AtomicU64::new(1);

/// A verified program made ready to run.
#[derive(Clone, Debug)]
pub struct Loaded {
    program: Program,
    costs: Costs,
    lookup: Lookup,
    by_name: Vec<u32>,
    /// By attribute: the slot of its fact, see [`Facts`](crate::Facts).
    places: Arc<[u32]>,
    tables: Option<Tables>,
    answers: Option<Answers>,
    identity: u64,
}

impl Loaded {
    /// Make a program ready to run.
    ///
    /// # Errors
    /// The first pattern that cannot be compiled within the limits.
    pub fn new(verified: Verified) -> Result<Loaded, PatternError> {
        let (program, costs) = verified.into_parts();
        let lookup = Lookup::new(&program)?;
        let mut by_name: Vec<u32> = (0..).take(program.attributes.len()).collect();
        by_name.sort_by(|a, b| compare(name(&program, *a), name(&program, *b)));
        let places = places(program.attributes.len(), lookup.read());
        let mut tables = Tables::new(&program);
        let answers = tables
            .as_mut()
            .and_then(|tables| Answers::new(&program, &lookup, tables));
        let identity = NEXT_IDENTITY.fetch_add(1, Ordering::Relaxed);
        Ok(Loaded {
            program,
            costs,
            lookup,
            by_name,
            places,
            tables,
            answers,
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
        let found = self
            .by_name
            .binary_search_by(|index| compare(self::name(&self.program, *index), name));
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

    /// Whether [`applying`](crate::applying()) can be asked: the program has masks, and they fit
    /// the tables of this runtime.
    #[must_use]
    pub fn has_masks(&self) -> bool {
        self.tables.is_some()
    }

    pub(crate) fn tables(&self) -> Option<&Tables> {
        self.tables.as_ref()
    }

    pub(crate) fn places(&self) -> &Arc<[u32]> {
        &self.places
    }

    pub(crate) fn answers(&self) -> Option<&Answers> {
        self.answers.as_ref()
    }

    /// Whether code is run beside the masks, or instead of them.
    pub(crate) fn records_outcomes(&self) -> bool {
        self.tables
            .as_ref()
            .is_none_or(|tables| tables.has_residual)
    }

    /// Tells this program apart from all others of this process.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// The matchers that read an attribute, by their numbers, ascending.
    #[must_use]
    pub fn matchers_of(&self, attribute: u32) -> &[u32] {
        let lookup = self.lookup.attribute(attribute);
        lookup.map_or(&[], |lookup| &lookup.matchers)
    }

    pub(crate) fn matcher(&self, number: u32) -> Option<&Matcher> {
        self.program.matchers.get(number as usize)
    }

    #[inline]
    pub(crate) fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    #[inline]
    pub(crate) fn automata(&self) -> &Automata {
        self.lookup.automata()
    }
}

/// A slot for each of so many attributes, those that are read first.
fn places(count: usize, read: &[u32]) -> Arc<[u32]> {
    let all = 0..u32::try_from(count).unwrap_or(u32::MAX);
    let others = all.filter(|attribute| read.binary_search(attribute).is_err());
    let in_order = read.iter().copied().chain(others);
    let mut places = vec![0; count];
    for (slot, attribute) in (0u32..).zip(in_order) {
        if let Some(place) = places.get_mut(attribute as usize) {
            *place = slot;
        }
    }
    places.into()
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
