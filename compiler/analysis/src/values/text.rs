//! Attributes that are texts: one variable for equality and prefixes, one for each part, suffix and
//! pattern.

use std::collections::BTreeSet;

use gatewright_decision::{Classes, Space, TextClass, checkpoint};
use gatewright_hir::countries;
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Kind, fold};
use regex_automata::meta::Regex;

use super::language::{Constants, Language, Search, State};
use super::questions::{TRUE, UNKNOWN, compile, is_match, text_class};
use super::{Literal, Solved, fresh_guids};
use crate::facts::Fact;

/// Members of enumerations, and countries, that nobody wonders about.
const USUAL: [&str; 5] = ["none", "us", "de", "fr", "jp"];

/// An attribute that is a text, and its variables.
pub(super) struct TextGroup<'s> {
    pub(super) attribute: AttributeId,
    pub(super) can_be_null: bool,
    kind: &'s Kind,
    name: &'s str,
    class: Option<Class<'s>>,
    parts: Vec<Part<'s>>,
    /// Made where it is needed first: most texts are found without.
    language: Option<Language>,
}

/// The variable for equality and prefixes.
struct Class<'s> {
    variable: u32,
    entries: &'s [TextClass],
    null: u32,
}

/// A variable for a part, a suffix or a pattern.
struct Part<'s> {
    variable: u32,
    question: PartQuestion<'s>,
}

enum PartQuestion<'s> {
    Contains(&'s str),
    EndsWith(&'s str),
    Matches(&'s str, Option<Regex>),
}

/// What is asked of a text.
#[derive(Default)]
struct Wanted {
    class: Option<u32>,
    /// By part: its answer, where it is asked.
    parts: Vec<Option<bool>>,
}

impl<'s> TextGroup<'s> {
    pub(super) fn new(
        attribute: AttributeId,
        (kind, name, can_be_null): (&'s Kind, &'s str, bool),
        variables: &[u32],
        space: &'s Space,
    ) -> TextGroup<'s> {
        let mut group = TextGroup {
            attribute,
            can_be_null,
            kind,
            name,
            class: None,
            parts: Vec::new(),
            language: None,
        };
        for variable in variables {
            let Some(row) = space.variables.get(*variable as usize) else {
                continue;
            };
            let question = match &row.classes {
                Classes::Text(entries) => {
                    group.class = Some(Class {
                        variable: *variable,
                        entries,
                        null: row.null_class().unwrap_or(u32::MAX),
                    });
                    continue;
                }
                Classes::Contains(text) => PartQuestion::Contains(text),
                Classes::EndsWith(text) => PartQuestion::EndsWith(text),
                Classes::Matches(text) => PartQuestion::Matches(text, compile(text)),
                _ => continue,
            };
            group.parts.push(Part {
                variable: *variable,
                question,
            });
        }
        group
    }

    /// A value that is in these classes, whatever it answers to variables that are not named.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Fact> {
        let (wanted, unknown) = self.wanted(literals);
        if unknown > 0 {
            let is_all = unknown == literals.len();
            return if is_all {
                Solved::One(Fact::Unknown)
            } else {
                Solved::None
            };
        }
        let null = self.class.as_ref().map(|of| of.null);
        let is_any_true = wanted.parts.contains(&Some(true));
        let can_be_null = self.can_be_null && !is_any_true;
        if wanted.class.is_some() && wanted.class == null {
            return if can_be_null {
                Solved::One(Fact::Null)
            } else {
                Solved::None
            };
        }
        match self.text(&wanted) {
            Solved::One(text) => Solved::One(Fact::Text(text)),
            _ if can_be_null && wanted.class.is_none() => Solved::One(Fact::Null),
            Solved::None => Solved::None,
            Solved::Exhausted(what) => Solved::Exhausted(what),
        }
    }

    /// Steps of all searches.
    pub(super) fn effort(&self) -> usize {
        self.language.as_ref().map_or(0, |language| language.steps)
    }

    /// Whether the value is not known in these classes.
    pub(super) fn is_unknown(&self, literals: &[Literal]) -> bool {
        let (_, unknown) = self.wanted(literals);
        unknown > 0 && unknown == literals.len()
    }

    /// Whether a text that can be a value is in these classes.
    pub(super) fn admits(&self, literals: &[Literal], text: &str) -> bool {
        let (wanted, unknown) = self.wanted(literals);
        unknown == 0 && self.accepts(&wanted, text)
    }

    /// What is asked, and how often it is *unknown*.
    fn wanted(&self, literals: &[Literal]) -> (Wanted, usize) {
        let mut wanted = Wanted {
            class: None,
            parts: vec![None; self.parts.len()],
        };
        let mut unknown = 0;
        for (variable, class) in literals {
            if let Some(of) = self.class.as_ref().filter(|of| of.variable == *variable) {
                unknown += usize::from(*class > of.null);
                wanted.class = Some(*class);
            }
            let parts = self.parts.iter().zip(&mut wanted.parts);
            for (_, slot) in parts.filter(|(part, _)| part.variable == *variable) {
                unknown += usize::from(*class == UNKNOWN);
                *slot = Some(*class == TRUE);
            }
        }
        (wanted, unknown)
    }

    /// Every text that can be a value, where these are few.
    pub(super) fn finite(kind: &Kind) -> Option<Vec<String>> {
        match kind {
            Kind::Enumeration {
                members,
                is_open: false,
            } => Some(
                members
                    .iter()
                    .map(|member| fold(member).into_owned())
                    .collect(),
            ),
            Kind::Country => {
                let assigned = countries::assigned().map(str::to_ascii_lowercase);
                let any = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
                let mut seen = BTreeSet::new();
                let all = assigned.chain(any).filter(|code| seen.insert(code.clone()));
                Some(all.collect())
            }
            _ => None,
        }
    }

    fn text(&mut self, wanted: &Wanted) -> Solved<String> {
        if let Some(all) = TextGroup::finite(self.kind) {
            let usual = USUAL
                .iter()
                .filter(|usual| all.iter().any(|text| text == *usual));
            let usual = usual.map(|usual| (*usual).to_owned());
            let mut texts = usual.chain(all.iter().cloned());
            let found = texts.find(|text| self.accepts(wanted, text));
            return found.map_or(Solved::None, Solved::One);
        }
        let seeds = self.seeds(wanted.class);
        for (seed, is_whole) in &seeds {
            checkpoint();
            let candidates = if *is_whole {
                vec![seed.clone()]
            } else {
                self.candidates(seed, wanted)
            };
            if let Some(text) = candidates
                .into_iter()
                .find(|text| self.accepts(wanted, text))
            {
                return Solved::One(text);
            }
        }
        let mut exhausted = None;
        for (seed, _) in seeds.iter().filter(|(_, is_whole)| !is_whole) {
            match self.search(seed, wanted) {
                Search::Found(text) => return Solved::One(text),
                Search::Nothing => {}
                Search::Exhausted(what) => exhausted = Some(what),
            }
        }
        exhausted.map_or(Solved::None, Solved::Exhausted)
    }

    /// What texts of a class are, or start with.
    fn seeds(&self, class: Option<u32>) -> Vec<(String, bool)> {
        let (Some(class), Some(of)) = (class, &self.class) else {
            return vec![(String::new(), false)];
        };
        let entries = of.entries.iter().filter(|entry| entry.class == class);
        let seeds = entries.map(|entry| (entry.text.clone(), entry.is_exact));
        let other = (class == 0).then(|| (String::new(), false));
        other.into_iter().chain(seeds).collect()
    }

    fn accepts(&self, wanted: &Wanted, text: &str) -> bool {
        let folded = fold(text);
        let in_class = match (wanted.class, &self.class) {
            (Some(class), Some(of)) => text_class(of.entries, &folded) == class,
            _ => true,
        };
        let mut parts = self.parts.iter().zip(&wanted.parts);
        in_class
            && parts.all(|(part, wanted)| {
                wanted.is_none_or(|wanted| part.question.holds(text, &folded) == wanted)
            })
    }

    /// Texts that are likely to do, readable ones first.
    fn candidates(&self, seed: &str, wanted: &Wanted) -> Vec<String> {
        let (mut contains, mut ends) = (Vec::new(), Vec::new());
        let asked = self.parts.iter().zip(&wanted.parts);
        for (part, _) in asked.filter(|(_, wanted)| **wanted == Some(true)) {
            match &part.question {
                PartQuestion::Contains(text) => contains.push(*text),
                PartQuestion::EndsWith(text) => ends.push(*text),
                PartQuestion::Matches(..) => {}
            }
        }
        // The longest suffix may have the others in it, and so may parts.
        ends.sort_by_key(|text| text.len());
        let end = ends.pop().unwrap_or_default();
        let middle = contains.concat();
        let longest = contains
            .iter()
            .max_by_key(|text| text.len())
            .copied()
            .unwrap_or_default();
        let mut found: Vec<String> = Vec::new();
        if seed.is_empty() && middle.is_empty() && end.is_empty() {
            if let Kind::Enumeration { members, .. } = self.kind {
                found.extend(members.iter().map(|member| fold(member).into_owned()));
                found.push("unknown".to_owned());
            }
            if *self.kind == Kind::Guid {
                let listed = self.class.as_ref().map_or(0, |of| of.entries.len());
                let mut fresh = fresh_guids().take(listed + 1);
                found.extend(fresh.find(|text| self.accepts(wanted, text)));
            }
            let is_mail = ["userPrincipalName", "mail"]
                .iter()
                .any(|n| self.name.ends_with(n));
            if is_mail {
                found.push("someone@example.com".to_owned());
            }
            found.extend(["other", "another", "something else"].map(str::to_owned));
        }
        for filler in ["", "1", "-1", "other", "x", " x"] {
            for middle in ["", longest, middle.as_str()] {
                found.push(format!("{seed}{filler}{middle}{end}"));
                found.push(format!("{seed}{middle}{filler}{end}"));
            }
        }
        found.retain(|text| !text.is_empty());
        found
    }

    fn search(&mut self, seed: &str, wanted: &Wanted) -> Search<String> {
        let mut language = match self.language.take() {
            Some(language) => language,
            None => Language::new(&self.constants()),
        };
        let (mut must_not, mut never, mut must) = (Vec::new(), Vec::new(), Vec::new());
        for (part, wanted) in self.parts.iter().zip(&wanted.parts) {
            match (&part.question, wanted) {
                (PartQuestion::Contains(text), Some(false)) => must_not.extend(language.part(text)),
                (PartQuestion::Matches(text, _), Some(false)) => {
                    never.extend(language.pattern(text));
                }
                (PartQuestion::Matches(text, _), Some(true)) => must.extend(language.pattern(text)),
                _ => {}
            }
        }
        let is_doomed = |state: &State| {
            let occurred = |at: &usize| state.occurred.get(*at) == Some(&true);
            must_not.iter().any(occurred) || state.is_doomed(&never, &must)
        };
        let found = language.search(seed, &is_doomed, &mut |text| self.accepts(wanted, text));
        self.language = Some(language);
        found
    }

    fn constants(&self) -> Constants {
        let mut constants = Constants::default();
        for entry in self.class.iter().flat_map(|of| of.entries) {
            let list = if entry.is_exact {
                &mut constants.whole
            } else {
                &mut constants.prefixes
            };
            list.insert(entry.text.clone());
        }
        for part in &self.parts {
            match &part.question {
                PartQuestion::Contains(text) => constants.parts.insert((*text).to_owned()),
                PartQuestion::EndsWith(text) => constants.suffixes.insert((*text).to_owned()),
                PartQuestion::Matches(text, _) => constants.patterns.insert((*text).to_owned()),
            };
        }
        constants
    }
}

impl PartQuestion<'_> {
    fn holds(&self, text: &str, folded: &str) -> bool {
        match self {
            PartQuestion::Contains(part) => folded.contains(part),
            PartQuestion::EndsWith(end) => folded.ends_with(end),
            PartQuestion::Matches(_, pattern) => is_match(pattern.as_ref(), text),
        }
    }
}
