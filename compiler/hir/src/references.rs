//! Where names are used, and what they stand for: what an editor follows.
//!
//! Names are resolved while policies are checked, in one place for each kind of name; what was found
//! there is noted, so that nobody has to resolve a name a second time.

use std::cell::RefCell;

use gatewright_source::Span;
use gatewright_syntax::ast::{Declaration, DeclarationKind, Name, ObjectKind, Term};
use gatewright_value::folded_eq;
use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;

use crate::schema::{AttributeId, EffectInfo, Schema};

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
    /// An object, rule, template or parameter, or what a schema of one's own declares, by the place of
    /// the name in its declaration.
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

    /// Note the use of a word that the schema declares; what the built-in one declares is in no source.
    pub(crate) fn note_word(&self, schema: &Schema, used: Span, declared: Option<Span>) {
        if let Some(declared) = declared.filter(|_| !schema.is_entra) {
            self.note(used, || Target::Declared(declared));
        }
    }

    /// Note the use of a member of an enumeration.
    pub(crate) fn note_member(&self, schema: &Schema, used: Span, (of, text): (u32, &str)) {
        let enumeration = schema.enumerations.get(of as usize);
        let declared = enumeration.and_then(|of| {
            let mut members = of.members.iter();
            let at = members.position(|(member, _)| folded_eq(member, text))?;
            of.places.get(at).copied()
        });
        self.note_word(schema, used, declared);
    }

    /// Note the members of an enumeration that are written here, by themselves or in a list.
    pub(crate) fn note_members(&self, schema: &Schema, term: &Term, of: u32) {
        match term {
            Term::Word(word) => self.note_member(schema, word.span, (of, &word.text)),
            Term::Text(text) => self.note_member(schema, text.span, (of, &text.value)),
            Term::List { items, .. } => {
                for term in items.iter().flat_map(|item| &item.terms) {
                    self.note_members(schema, term, of);
                }
            }
            Term::Literal(_) => {}
        }
    }

    /// Note the use of an effect.
    pub(crate) fn note_effect(&self, schema: &Schema, name: &Name) {
        let of_name = |effect: &&EffectInfo| effect.name == name.text;
        let declared = schema.effects.iter().find(of_name);
        self.note_word(schema, name.span, declared.map(|effect| effect.span));
    }

    /// Note what the declarations of a schema name: types, and the effect where nothing applies.
    pub(crate) fn note_schema<'a>(
        &self,
        schema: &Schema,
        declarations: impl Iterator<Item = &'a Declaration>,
    ) {
        for declaration in declarations {
            match &declaration.kind {
                DeclarationKind::Entity { attributes, .. } => {
                    let words = attributes.iter().flat_map(|attribute| &attribute.kind);
                    for word in words.filter_map(Term::as_word) {
                        let mut all = schema.enumerations.iter();
                        let named = all.find(|of| of.name == word.text);
                        self.note_word(schema, word.span, named.map(|of| of.span));
                    }
                }
                DeclarationKind::Combine {
                    otherwise: Some(effect),
                    ..
                } => self.note_effect(schema, effect),
                _ => {}
            }
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
