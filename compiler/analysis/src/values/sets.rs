//! Attributes that are sets of texts.
//!
//! Every question asks whether some element is such. So for each that is answered by *yes* an
//! element is found that is such and makes none true that is answered by *no*; nothing hangs
//! between elements.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_decision::{Classes, Space, TargetSet};
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Element, FieldComparison, FieldQuestion, Kind, Truth, fold};
use rustc_hash::FxHashSet;

use super::language::{Constants, Language, Search};
use super::questions::{Asked, FALSE, TRUE, UNKNOWN};
use super::text::TextGroup;
use super::{Literal, Solved, fresh_guids};
use crate::facts::Fact;

/// LIMIT: listed texts that a search for a text minds, and their bytes.
const LISTED_MAX: usize = 256;
const SHORT_MAX: usize = 16;

/// An attribute that is a set of texts, and its variables.
pub(super) struct SetGroup<'s> {
    pub(super) attribute: AttributeId,
    element: &'s Kind,
    questions: BTreeMap<u32, SetQuestion<'s>>,
    /// Every text that a question names as a whole element.
    listed: BTreeSet<&'s str>,
    /// Of questions about parts of elements.
    language: Option<Language>,
}

/// What a variable asks of a set.
pub(super) enum SetQuestion<'s> {
    Has(&'s str),
    Reaches(&'s TargetSet),
    Some(Asked),
}

/// What elements must not be.
#[derive(Default)]
pub(super) struct Barred<'g> {
    texts: FxHashSet<&'g str>,
    sets: Vec<&'g TargetSet>,
    /// Each with whether *unknown* is allowed.
    asked: Vec<(&'g Asked, bool)>,
}

/// What an assignment asks of a set.
#[derive(Default)]
pub(super) struct Demands<'g> {
    pub(super) has: Vec<&'g str>,
    pub(super) reached: Vec<&'g TargetSet>,
    /// Each with the answer that some element must give.
    pub(super) asked: Vec<(&'g Asked, Truth)>,
    pub(super) barred: Barred<'g>,
}

/// What an assignment says of a set.
pub(super) enum Said<'g> {
    Unknown,
    Known(Demands<'g>),
    /// It is known and unknown at once.
    Both,
}

impl Barred<'_> {
    /// Whether no element can be this text.
    pub(super) fn holds(&self, text: &str) -> bool {
        let is_asked = |(asked, is_open): &(&Asked, bool)| match asked.of(Element::Text(text)) {
            Truth::False => false,
            Truth::Unknown => !is_open,
            Truth::True => true,
        };
        self.texts.contains(text)
            || self.sets.iter().any(|set| set.holds(text))
            || self.asked.iter().any(is_asked)
    }
}

impl<'s> SetGroup<'s> {
    pub(super) fn new(
        attribute: AttributeId,
        element: &'s Kind,
        variables: &[u32],
        space: &'s Space,
    ) -> SetGroup<'s> {
        let mut questions = BTreeMap::new();
        let mut listed = BTreeSet::new();
        for variable in variables {
            let row = space.variables.get(*variable as usize);
            let question = match row.map(|row| &row.classes) {
                Some(Classes::Has(text)) => {
                    listed.insert(text.as_str());
                    SetQuestion::Has(text)
                }
                Some(Classes::Reaches(set)) => {
                    listed.extend(set.listed.iter().map(String::as_str));
                    SetQuestion::Reaches(set)
                }
                Some(Classes::Some(predicate)) => SetQuestion::Some(Asked::new(predicate)),
                _ => continue,
            };
            questions.insert(*variable, question);
        }
        SetGroup {
            attribute,
            element,
            questions,
            listed,
            language: None,
        }
    }

    /// What an assignment says of the set.
    pub(super) fn said(&self, literals: &[Literal]) -> Said<'_> {
        let mut demands = Demands::default();
        let (mut unknown, mut all) = (0, 0);
        for (variable, class) in literals {
            let Some(question) = self.questions.get(variable) else {
                continue;
            };
            all += 1;
            match (question, *class) {
                (SetQuestion::Has(text), TRUE) => demands.has.push(text),
                (SetQuestion::Has(text), FALSE) => {
                    demands.barred.texts.insert(text);
                }
                (SetQuestion::Reaches(set), TRUE) => demands.reached.push(set),
                (SetQuestion::Reaches(set), FALSE) => demands.barred.sets.push(set),
                (SetQuestion::Some(asked), TRUE) => demands.asked.push((asked, Truth::True)),
                (SetQuestion::Some(asked), FALSE) => demands.barred.asked.push((asked, false)),
                (SetQuestion::Some(asked), UNKNOWN) if asked.may_be_open() => {
                    unknown += 1;
                    demands.asked.push((asked, Truth::Unknown));
                    demands.barred.asked.push((asked, true));
                }
                _ => {
                    unknown += 1;
                    demands.barred.texts.insert(IMPOSSIBLE);
                }
            }
        }
        if unknown > 0 && unknown == all {
            return Said::Unknown;
        }
        if demands.barred.texts.contains(IMPOSSIBLE) {
            return Said::Both;
        }
        Said::Known(demands)
    }

    /// A set that is in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Fact> {
        let mut language = self.language.take();
        let solved = match self.said(literals) {
            Said::Unknown => Solved::One(Fact::Unknown),
            Said::Both => Solved::None,
            Said::Known(demands) => self.elements(&demands, &mut language),
        };
        self.language = language;
        solved
    }

    fn elements(&self, demands: &Demands<'_>, language: &mut Option<Language>) -> Solved<Fact> {
        let barred = &demands.barred;
        let mut elements: Vec<String> = Vec::new();
        let finite = TextGroup::finite(self.element);
        let is_value = |text: &str| match &finite {
            Some(all) => all.iter().any(|member| member == text),
            None => true,
        };
        for text in &demands.has {
            if barred.holds(text) || !is_value(text) {
                return Solved::None;
            }
            elements.push((*text).to_owned());
        }
        // Short lists first: what they force may reach the others.
        let mut reached = demands.reached.clone();
        reached.sort_by_key(|set| (set.is_complement, set.listed.len()));
        for set in reached {
            if elements.iter().any(|element| set.holds(element)) {
                continue;
            }
            let found = if set.is_complement || finite.is_some() {
                self.find(
                    &|text| set.holds(text) && !barred.holds(text),
                    &[],
                    language,
                )
            } else {
                let mut listed = set.listed.iter();
                let found = listed.find(|text| !barred.holds(text));
                found.map_or(Search::Nothing, |text| Search::Found(text.clone()))
            };
            match found {
                Search::Found(text) => elements.push(text),
                Search::Nothing => return Solved::None,
                Search::Exhausted(what) => return Solved::Exhausted(what),
            }
        }
        for (asked, wanted) in &demands.asked {
            let is_such = |text: &str| asked.of(Element::Text(text)) == *wanted;
            if elements.iter().any(|element| is_such(element)) {
                continue;
            }
            let near = constants(&[asked]);
            let near: Vec<&str> = near.texts().map(String::as_str).collect();
            match self.find(
                &|text| is_such(text) && !barred.holds(text),
                &near,
                language,
            ) {
                Search::Found(text) => elements.push(text),
                Search::Nothing => return Solved::None,
                Search::Exhausted(what) => return Solved::Exhausted(what),
            }
        }
        Solved::One(Fact::Elements(elements))
    }

    /// A value of the elements' type that is accepted.
    fn find(
        &self,
        is_accepted: &dyn Fn(&str) -> bool,
        near: &[&str],
        language: &mut Option<Language>,
    ) -> Search<String> {
        if let Some(all) = TextGroup::finite(self.element) {
            let found = all.into_iter().find(|text| is_accepted(text));
            return found.map_or(Search::Nothing, Search::Found);
        }
        if let Some(text) = near.iter().find(|text| is_accepted(text)) {
            return Search::Found((*text).to_owned());
        }
        let fresh = self.fresh();
        if is_accepted(&fresh) {
            return Search::Found(fresh);
        }
        if let Some(text) = self.listed.iter().find(|text| is_accepted(text)) {
            return Search::Found((*text).to_owned());
        }
        let asked = self.asked();
        if asked.is_empty() {
            // All texts that are not listed are the same.
            return Search::Nothing;
        }
        // A search comes by a listed text as if it were like others, unless the automata know it.
        let short = self.listed.iter().filter(|text| text.len() <= SHORT_MAX);
        let known: BTreeSet<&str> = short.take(LISTED_MAX).copied().collect();
        let language = language.get_or_insert_with(|| {
            let mut constants = constants(&asked);
            let known = known.iter().map(|text| (*text).to_owned());
            constants.whole.extend(known);
            Language::new(&constants)
        });
        let mut is_passed = false;
        let found = language.search("", &|_| false, &mut |text| {
            let is_listed = self.listed.contains(text);
            is_passed |= is_listed && !known.contains(text);
            !is_listed && is_accepted(text)
        });
        match found {
            Search::Nothing if is_passed => Search::Exhausted("texts that are not listed"),
            found => found,
        }
    }

    /// What is asked, by variable.
    pub(super) fn questions(&self) -> impl Iterator<Item = (u32, &SetQuestion<'s>)> {
        let questions = self.questions.iter();
        questions.map(|(variable, question)| (*variable, question))
    }

    /// Steps of all searches.
    pub(super) fn effort(&self) -> usize {
        self.language.as_ref().map_or(0, |language| language.steps)
    }

    /// What is asked of parts of elements.
    fn asked(&self) -> Vec<&Asked> {
        let questions = self.questions.values();
        questions.filter_map(SetQuestion::asked).collect()
    }

    /// A text that no question names as a whole element, as values of the type look.
    fn fresh(&self) -> String {
        let words: Vec<String> = match self.element {
            Kind::Guid => Vec::new(),
            Kind::Enumeration { members, .. } => {
                let members = members.iter().map(|member| fold(member).into_owned());
                members.chain(["unknown".to_owned()]).collect()
            }
            _ => ["other", "another", "something else"]
                .map(str::to_owned)
                .into(),
        };
        let mut fresh = words.into_iter().chain(fresh_guids());
        let found = fresh.find(|text| !self.listed.contains(text.as_str()));
        found.unwrap_or_default()
    }
}

/// No folded text, as it has a capital letter.
const IMPOSSIBLE: &str = "Known and unknown";

impl SetQuestion<'_> {
    fn asked(&self) -> Option<&Asked> {
        match self {
            SetQuestion::Some(asked) => Some(asked),
            _ => None,
        }
    }
}

/// The constants of questions about elements that are texts.
pub(super) fn constants(asked: &[&Asked]) -> Constants {
    let mut constants = Constants::default();
    let questions = asked.iter().flat_map(|asked| asked.predicate.questions());
    for question in questions.filter(|question| question.field.is_empty()) {
        add_constants(question, &mut constants);
    }
    constants
}

/// Add what a question compares with.
pub(super) fn add_constants(question: &FieldQuestion, constants: &mut Constants) {
    let list = match &question.comparison {
        FieldComparison::OneOf(_) => &mut constants.whole,
        FieldComparison::StartsWith(_) => &mut constants.prefixes,
        FieldComparison::EndsWith(_) => &mut constants.suffixes,
        FieldComparison::Contains(_) => &mut constants.parts,
        FieldComparison::Matches(pattern) => {
            constants.patterns.insert(pattern.clone());
            return;
        }
        FieldComparison::IsNull => return,
    };
    list.extend(question.comparison.texts().iter().cloned());
}
