//! Where names are used, and what they stand for: what an editor follows.
//!
//! Names are resolved while policies are checked, in one place for each kind of name; what was found
//! there is noted, so that nobody has to resolve a name a second time.

use std::cell::RefCell;

use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;
use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;

use crate::schema::AttributeId;

/// A name at the place where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// What it stands for.
    pub target: Target,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object, rule, template or parameter, by the place of the name in its declaration.
    Declared(Span),
    /// An object that every tenant has, or one of the directory, by its id.
    Known(ObjectKind, String),
    /// An attribute of the schema.
    Attribute(AttributeId),
}

/// What has been noted so far.
#[derive(Debug, Default)]
pub(crate) struct References {
    noted: RefCell<IndexMap<Span, Target, FxBuildHasher>>,
}

impl References {
    /// Note what a name stands for. A place is noted once: clauses of a scope are read for every
    /// policy inside, and what is filled in for a parameter is read at the parameter's place.
    pub(crate) fn note(&self, span: Span, target: impl FnOnce() -> Target) {
        if let Entry::Vacant(entry) = self.noted.borrow_mut().entry(span) {
            entry.insert(target());
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.noted.borrow().len()
    }

    /// Those that were noted since there were so many.
    pub(crate) fn since(&self, count: usize) -> Vec<Reference> {
        let noted = self.noted.borrow();
        let new = noted.iter().skip(count);
        new.map(|(span, target)| Reference {
            span: *span,
            target: target.clone(),
        })
        .collect()
    }

    /// All of them, in order of the sources.
    pub(crate) fn in_order(&self) -> Vec<Reference> {
        let mut all = self.since(0);
        all.sort_by_key(|reference| {
            let span = reference.span;
            (span.source, span.start, span.end)
        });
        all
    }
}
