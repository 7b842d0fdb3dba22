//! Texts: by equality and prefix, by what is in them, by their place in an enumeration.

use std::borrow::Cow;

use gatewright_bytecode::Matcher;
use gatewright_bytecode::index::AttributeIndex;
use gatewright_value::{Kind, fold_into, guid_text};

use super::atoms::{Atoms, Seen};
use super::constants::Constants;
use super::keys::is_ascii;
use super::patterns::{Automata, PatternError, Patterns, Space};
use super::prefixes::Prefixes;
use super::{FALSE, Found, TRUE, Workspace, tell};
use crate::encode::Sink;

/// LIMIT: outcomes of all members of an enumeration that are laid out beforehand. Members of larger
/// ones are looked up by name, as are those that patterns are asked about.
const MEMBER_OUTCOMES_MAX: usize = 1 << 14;

/// The look-up of a text attribute.
#[derive(Clone, Debug)]
pub(crate) struct TextLookup {
    attribute: u32,
    constants: Constants<Found>,
    /// By matcher, ascending.
    classes: Box<[Classes]>,
    parts: Box<[Parts]>,
    /// Whether more than equality is asked, so that every text must be folded.
    reads_folded: bool,
    members: Members,
}

/// A matcher by equality and prefix.
#[derive(Clone, Debug)]
struct Classes {
    matcher: u32,
    prefixes: Prefixes,
}

/// A matcher by what is in a text.
#[derive(Clone, Debug)]
struct Parts {
    matcher: u32,
    atoms: Option<Atoms>,
    patterns: Patterns,
    /// Rows before those of the patterns.
    atom_rows: u32,
    row_count: usize,
}

/// What is found in the members of an enumeration.
#[derive(Clone, Debug, Default)]
struct Members {
    names: Box<[Box<str>]>,
    /// The outcomes of all members, as many for each; empty where there are too many.
    found: Box<[Found]>,
    found_each: usize,
}

/// Notes what is found.
#[derive(Default)]
struct List(Vec<Found>);

impl Sink for List {
    fn found(&mut self, matcher: u32, outcome: u32) {
        self.0.push(Found { matcher, outcome });
    }
}

impl TextLookup {
    pub(super) fn new(
        attribute: u32,
        index: Option<&AttributeIndex>,
        kind: &Kind,
        matchers: &[(u32, &Matcher)],
        automata: &mut Automata,
    ) -> Result<TextLookup, PatternError> {
        let (mut mentions, mut classes, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (matcher, of) in matchers {
            let matcher = *matcher;
            match of {
                Matcher::Text {
                    exact, prefixes, ..
                } => {
                    for (text, outcome) in exact {
                        mentions.push((
                            text.as_str(),
                            Found {
                                matcher,
                                outcome: *outcome,
                            },
                        ));
                    }
                    classes.push(Classes {
                        matcher,
                        prefixes: Prefixes::new(prefixes),
                    });
                }
                Matcher::TextParts {
                    contains,
                    suffixes,
                    patterns,
                    ..
                } => {
                    let atom_rows = contains.len() + suffixes.len();
                    parts.push(Parts {
                        matcher,
                        atoms: (atom_rows > 0).then(|| Atoms::new(contains, suffixes)),
                        patterns: automata.add_together(patterns)?,
                        atom_rows: u32::try_from(atom_rows).unwrap_or(u32::MAX),
                        row_count: atom_rows + patterns.len(),
                    });
                }
                _ => {}
            }
        }
        let has_prefixes = classes.iter().any(|of| !of.prefixes.is_empty());
        let mut lookup = TextLookup {
            attribute,
            constants: Constants::new(index, mentions),
            reads_folded: has_prefixes || parts.iter().any(|of| of.atoms.is_some()),
            classes: classes.into(),
            parts: parts.into(),
            members: Members::default(),
        };
        if let Kind::Enumeration { members, .. } = kind {
            lookup.members = lookup.members_of(members, automata);
        }
        Ok(lookup)
    }

    /// What is found in each member.
    fn members_of(&self, names: &[String], automata: &Automata) -> Members {
        let rows: usize = self.parts.iter().map(|of| of.row_count).sum();
        let found_each = self.classes.len() + rows;
        let mut found = List::default();
        let has_patterns = self.parts.iter().any(|of| of.patterns.count > 0);
        if !has_patterns && names.len().saturating_mul(found_each) <= MEMBER_OUTCOMES_MAX {
            let mut space = Workspace::default();
            for name in names {
                self.text(name, automata, &mut space, &mut found);
            }
        }
        let names = names.iter().map(|name| name.as_str().into()).collect();
        Members {
            names,
            found: found.0.into(),
            found_each,
        }
    }

    /// What is found in each member of the enumeration, where that is laid out.
    pub(super) fn answers_of_members(&self) -> impl Iterator<Item = Cow<'_, [Found]>> {
        let each = self.members.found_each.max(1);
        self.members.found.chunks_exact(each).map(Cow::from)
    }

    /// What is found in each key, then in any other text, where only equality is asked.
    pub(super) fn answers_of_keys(&self) -> impl Iterator<Item = Cow<'_, [Found]>> {
        let keys = (0..self.constants.key_count()).map(Some).chain([None]);
        let keys = keys.filter(|_| self.asks_equality_only());
        keys.map(|key| {
            let mut found = List::default();
            self.classes(self.constants.rows_of(key), &[], &mut found);
            Cow::from(found.0)
        })
    }

    fn asks_equality_only(&self) -> bool {
        !self.reads_folded && self.parts.is_empty()
    }

    /// A member of the enumeration; whether there is one at this place.
    pub(crate) fn member(
        &self,
        place: u16,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) -> bool {
        let (place, each) = (usize::from(place), self.members.found_each);
        let found = self.members.found.get(place * each..(place + 1) * each);
        match (found, self.members.names.get(place)) {
            (_, None) => return false,
            (Some(found), _) => tell(found, sink),
            (None, Some(name)) => self.text(name, automata, space, sink),
        }
        true
    }

    /// A GUID.
    pub(crate) fn guid(
        &self,
        guid: u128,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        if self.asks_equality_only() {
            return self.key(self.constants.place_of_guid(guid), sink);
        }
        let rows = self.constants.of_guid(guid);
        let text = guid_text(guid);
        self.classes(rows, text.as_str().as_bytes(), sink);
        let text = text.as_str();
        self.parts(text.as_bytes(), text, automata, space, sink);
    }

    /// A text in any case.
    pub(crate) fn text(
        &self,
        text: &str,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        let key = self.constants.place_of_unfolded(text, &mut space.folded);
        if self.asks_equality_only() {
            return self.key(key, sink);
        }
        let rows = self.constants.rows_of(key);
        if is_ascii(text.as_bytes()) {
            self.classes(rows, text.as_bytes(), sink);
            self.parts(text.as_bytes(), text, automata, space, sink);
            return;
        }
        let mut folded = std::mem::take(&mut space.folded);
        fold_into(text, &mut folded);
        self.classes(rows, folded.as_bytes(), sink);
        self.parts(folded.as_bytes(), text, automata, space, sink);
        space.folded = folded;
    }

    /// A key, or any other text, where only equality is asked.
    #[inline]
    fn key(&self, key: Option<u32>, sink: &mut impl Sink) {
        let place = key.unwrap_or_else(|| self.constants.key_count());
        if !sink.answer_key(self.attribute, place) {
            self.classes(self.constants.rows_of(key), &[], sink);
        }
    }

    /// The class of the equal text, else of the longest prefix, else 0, for every matcher. The text
    /// is folded, or in ASCII in any case; nothing reads it where only equality is asked.
    #[inline]
    fn classes(&self, mut rows: &[Found], text: &[u8], sink: &mut impl Sink) {
        for of in &self.classes {
            let class = match rows.split_first() {
                Some((row, rest)) if row.matcher == of.matcher => {
                    rows = rest;
                    row.outcome
                }
                _ if of.prefixes.is_empty() => 0,
                _ => of.prefixes.class(text).unwrap_or(0),
            };
            sink.found(of.matcher, class);
        }
    }

    /// A truth for every row of matchers by what is in a text, which is given folded, or in ASCII in
    /// any case, and as it is written.
    fn parts(
        &self,
        folded: &[u8],
        text: &str,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        let Workspace {
            spaces, seen, rows, ..
        } = space;
        for of in &self.parts {
            if sink.wants_false(of.matcher) {
                rows.clear();
                rows.resize(of.row_count, false);
                of.search(folded, text, automata, spaces, seen, |row| {
                    if let Some(found) = rows.get_mut(row as usize) {
                        *found = true;
                    }
                });
                for (row, found) in (0..).zip(rows.iter()) {
                    sink.found(of.matcher, 3 * row + if *found { TRUE } else { FALSE });
                }
            } else {
                of.search(folded, text, automata, spaces, seen, |row| {
                    sink.found(of.matcher, 3 * row + TRUE);
                });
            }
        }
    }
}

impl Parts {
    /// Tell the rows that are true, some perhaps more than once. Atoms are searched in the text
    /// that is folded, or in ASCII; patterns in the other one.
    #[inline]
    fn search(
        &self,
        folded: &[u8],
        text: &str,
        automata: &Automata,
        spaces: &mut [Space],
        seen: &mut Seen,
        mut mark: impl FnMut(u32),
    ) {
        if let Some(atoms) = &self.atoms {
            atoms.search(folded, seen, &mut mark);
        }
        if self.patterns.count > 0 {
            automata.search(self.patterns, spaces, text, |row| {
                mark(self.atom_rows + row)
            });
        }
    }
}
