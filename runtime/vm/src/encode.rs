//! From facts to outcomes, and from outcomes to classes.
//!
//! An [`Encoder`] takes values attribute by attribute, as facts or straight from what is being
//! read, and tells a [`Sink`] what every matcher of the attribute finds. There is one encoder and
//! there are two kinds of sinks: masks add up what outcomes bring, and a [`ClassVector`] has the
//! class of every variable, for code.
//!
//! INVARIANT: outcomes are those that the verified program's matchers have, so that the class of a
//! variable is below its class count.

use gatewright_bytecode::{Matcher, Variable};
use gatewright_value::{Element, Record, Truth};

use crate::facts::{AttributeHandle, Fact, Facts};
use crate::loaded::Loaded;
use crate::lookup::{AttributeLookup, FALSE, Reading, SetLookup, TRUE, UNKNOWN, Workspace, tell};
use crate::masks::Answer;

/// Takes what matchers find.
pub trait Sink {
    /// A matcher found this outcome, see [`Matcher::outcome_count`]. An outcome may be found more
    /// than once.
    fn found(&mut self, matcher: u32, outcome: u32);

    /// Take at once what all matchers of an attribute find in a value that is known beforehand;
    /// whether that was possible. Else it is told outcome by outcome.
    #[inline]
    fn answer(&mut self, _attribute: u32, _answer: Answer) -> bool {
        false
    }

    /// The same for a key of an attribute, by its place, where nothing is asked but whether values
    /// are equal to keys; the place after the last key stands for any other text.
    #[inline]
    fn answer_key(&mut self, _attribute: u32, _key: u32) -> bool {
        false
    }

    /// Whether rows of this matcher that are false have to be told.
    #[inline]
    fn wants_false(&self, _matcher: u32) -> bool {
        true
    }
}

/// Space that looking up works in. One thread uses it at a time, for any number of requests; it is
/// made anew where it meets another program.
#[derive(Debug, Default)]
pub struct Buffers {
    program: u64,
    space: Workspace,
}

impl Buffers {
    #[inline]
    fn prepare_for(&mut self, loaded: &Loaded) {
        if self.program != loaded.identity() {
            self.space.spaces = loaded.lookup().automata().spaces();
            self.program = loaded.identity();
        }
    }
}

/// Space that encoding works in, with the classes of the last request.
#[derive(Debug, Default)]
pub struct Scratch {
    program: u64,
    classes: Vec<u32>,
    buffers: Buffers,
}

impl Scratch {
    /// The classes of the last request, one per variable.
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }
}

/// The classes of a request, one per variable. Facts of another program count as unknown.
pub fn encode<'s>(loaded: &Loaded, facts: &Facts<'_>, scratch: &'s mut Scratch) -> &'s [u32] {
    scratch.program = loaded.identity();
    let mut sink = ClassVector::new(loaded, &mut scratch.classes);
    outcomes(loaded, facts, &mut scratch.buffers, &mut sink);
    &scratch.classes
}

/// What every matcher finds. Facts of another program count as unknown.
pub fn outcomes<S: Sink>(loaded: &Loaded, facts: &Facts<'_>, buffers: &mut Buffers, sink: &mut S) {
    let belong = facts.belong_to(loaded);
    debug_assert!(belong, "the facts are of another program");
    let mut encoder = Encoder::new(loaded, buffers, sink);
    let read = loaded.lookup().read();
    if belong {
        for (attribute, fact) in read.iter().zip(facts.read()) {
            encoder.any_fact(*attribute, fact);
        }
    } else {
        read.iter()
            .for_each(|attribute| encoder.unknown(*attribute));
    }
}

/// Say after encoding what a Boolean attribute is, whatever its fact says: it follows from others.
/// A scratch space of another program stays as it is.
pub fn settle(loaded: &Loaded, attribute: AttributeHandle, truth: Truth, scratch: &mut Scratch) {
    if scratch.program != loaded.identity() || attribute.program != scratch.program {
        return;
    }
    for matcher in loaded.matchers_of(attribute.index) {
        let Some(Matcher::Boolean { variable, .. }) = loaded.matcher(*matcher) else {
            continue;
        };
        let row = loaded.program().variables.get(*variable as usize);
        let class = match truth {
            Truth::False => FALSE,
            Truth::True => TRUE,
            Truth::Unknown => row.map_or(FALSE, Variable::unknown_class),
        };
        if let Some(slot) = scratch.classes.get_mut(*variable as usize) {
            *slot = class;
        }
    }
}

/// Finds the outcomes of the matchers of one attribute after the other, from values as they come.
///
/// An attribute of which nothing is said has no outcomes: say *unknown* of it. One that is said
/// twice has the outcomes of both, so a reader says each once. A value that is not of the
/// attribute's type counts as unknown. Attributes that no matcher reads cost next to nothing.
#[derive(Debug)]
pub struct Encoder<'a, S> {
    loaded: &'a Loaded,
    space: &'a mut Workspace,
    sink: &'a mut S,
    /// The set whose elements are coming, and how many came.
    set: Option<&'a SetLookup>,
    elements: u32,
}

impl<'a, S: Sink> Encoder<'a, S> {
    /// An encoder for one request, or for a part of one.
    #[inline]
    pub fn new(loaded: &'a Loaded, buffers: &'a mut Buffers, sink: &'a mut S) -> Encoder<'a, S> {
        buffers.prepare_for(loaded);
        Encoder {
            loaded,
            space: &mut buffers.space,
            sink,
            set: None,
            elements: 0,
        }
    }

    /// What is known of an attribute.
    pub fn fact(&mut self, attribute: u32, fact: &Fact<'_>) {
        self.any_fact(attribute, fact);
    }

    /// PERF: in the loop over all attributes, a call for each would cost as much as most of them.
    #[inline(always)]
    fn any_fact(&mut self, attribute: u32, fact: &Fact<'_>) {
        match fact {
            Fact::Unknown => self.unknown(attribute),
            Fact::Null => self.null(attribute),
            Fact::Boolean(truth) => self.boolean(attribute, *truth),
            Fact::Text(text) => self.text(attribute, text),
            Fact::Guid(guid) => self.guid(attribute, *guid),
            Fact::Member(place) => self.member(attribute, *place),
            Fact::Ordered(key) | Fact::Address(key) => self.ordered(attribute, *key),
            Fact::Set(elements) => {
                self.begin_set(attribute);
                for element in elements {
                    self.element(element);
                }
                self.end_set();
            }
            Fact::Guids(elements) => {
                self.begin_set(attribute);
                self.element_guids(elements);
                self.end_set();
            }
            Fact::Records(records) => {
                self.begin_set(attribute);
                for record in records {
                    self.element_record(record);
                }
                self.end_set();
            }
        }
    }

    /// Nothing is known.
    #[inline]
    pub fn unknown(&mut self, attribute: u32) {
        if self.sink.answer(attribute, Answer::UNKNOWN) {
            return;
        }
        if let Some(lookup) = self.lookup(attribute) {
            tell(&lookup.unknown, self.sink);
        }
    }

    /// There is no value. A set without a value is empty.
    #[inline]
    pub fn null(&mut self, attribute: u32) {
        if self.sink.answer(attribute, Answer::NULL) {
            return;
        }
        if let Some(lookup) = self.lookup(attribute) {
            tell(&lookup.null, self.sink);
        }
    }

    /// A truth.
    #[inline]
    pub fn boolean(&mut self, attribute: u32, truth: bool) {
        if self.sink.answer(attribute, Answer::truth(truth)) {
            return;
        }
        match self.reading(attribute) {
            Reading::Nothing => {}
            Reading::Boolean(matchers) => {
                for matcher in matchers {
                    self.sink.found(*matcher, u32::from(truth));
                }
            }
            _ => self.unknown(attribute),
        }
    }

    /// A text, in any case. A GUID in its canonical form is found as a GUID.
    #[inline]
    pub fn text(&mut self, attribute: u32, text: &str) {
        match self.reading(attribute) {
            Reading::Nothing => {}
            Reading::Text(of) => of.text(text, self.loaded.automata(), self.space, self.sink),
            _ => self.unknown(attribute),
        }
    }

    /// A GUID, as [`parse_guid`](gatewright_value::parse_guid) reads it.
    #[inline]
    pub fn guid(&mut self, attribute: u32, guid: u128) {
        match self.reading(attribute) {
            Reading::Nothing => {}
            Reading::Text(of) => of.guid(guid, self.loaded.automata(), self.space, self.sink),
            _ => self.unknown(attribute),
        }
    }

    /// A member of an enumeration, by its place among the members.
    #[inline]
    pub fn member(&mut self, attribute: u32, place: u16) {
        if self.sink.answer(attribute, Answer::member(place)) {
            return;
        }
        let is_found = match self.reading(attribute) {
            Reading::Nothing => true,
            Reading::Text(of) => of.member(place, self.loaded.automata(), self.space, self.sink),
            _ => false,
        };
        if !is_found {
            self.unknown(attribute);
        }
    }

    /// A value with an order, by its [`ordered_key`](gatewright_value::ordered_key).
    #[inline]
    pub fn ordered(&mut self, attribute: u32, key: u128) {
        match self.reading(attribute) {
            Reading::Nothing => {}
            Reading::Ordered(matchers) => {
                for of in matchers {
                    of.find(key, self.sink);
                }
            }
            _ => self.unknown(attribute),
        }
    }

    /// An address, by its [`address_key`](gatewright_value::address_key).
    #[inline]
    pub fn address(&mut self, attribute: u32, key: u128) {
        self.ordered(attribute, key);
    }

    /// The elements of a set follow, up to [`end_set`](Self::end_set). Nothing else may come
    /// between them.
    #[inline]
    pub fn begin_set(&mut self, attribute: u32) {
        self.elements = 0;
        self.set = match self.reading(attribute) {
            Reading::Nothing => None,
            Reading::Set(of) => {
                of.begin(self.space);
                Some(of)
            }
            _ => {
                self.unknown(attribute);
                None
            }
        };
    }

    /// An element of the set, in any case. A GUID in its canonical form is found as a GUID.
    #[inline]
    pub fn element(&mut self, element: &str) {
        if let Some(set) = self.set {
            self.elements = self.elements.saturating_add(1);
            set.text(element, self.loaded.automata(), self.space, self.sink);
        }
    }

    /// An element of the set that is a GUID.
    #[inline]
    pub fn element_guid(&mut self, element: u128) {
        if let Some(set) = self.set {
            self.elements = self.elements.saturating_add(1);
            set.guid(element, self.loaded.automata(), self.space, self.sink);
        }
    }

    /// Elements of the set that are GUIDs.
    #[inline]
    pub fn element_guids(&mut self, elements: &[u128]) {
        if let Some(set) = self.set {
            let count = u32::try_from(elements.len()).unwrap_or(u32::MAX);
            self.elements = self.elements.saturating_add(count);
            set.guids(elements, self.loaded.automata(), self.space, self.sink);
        }
    }

    /// An element of the set that is a record. It is equal to no text, so only predicates ask it.
    pub fn element_record(&mut self, element: &Record<'_>) {
        if let Some(set) = self.set {
            set.ask(Element::Record(element), self.loaded.automata(), self.space);
        }
    }

    /// There are no more elements.
    #[inline]
    pub fn end_set(&mut self) {
        if let Some(set) = self.set.take() {
            set.end(self.elements, self.space, self.sink);
        }
    }

    #[inline]
    fn lookup(&self, attribute: u32) -> Option<&'a AttributeLookup> {
        self.loaded.lookup().attribute(attribute)
    }

    #[inline]
    fn reading(&self, attribute: u32) -> &'a Reading {
        self.lookup(attribute)
            .map_or(&Reading::Nothing, |lookup| &lookup.reading)
    }
}

/// The class vector as a [`Sink`]: one class per variable.
#[derive(Debug)]
pub struct ClassVector<'a> {
    matchers: &'a [Matcher],
    classes: &'a mut [u32],
}

impl<'a> ClassVector<'a> {
    /// A class vector in which every variable has class 0, in place of what was there.
    pub fn new(loaded: &'a Loaded, classes: &'a mut Vec<u32>) -> ClassVector<'a> {
        classes.clear();
        classes.resize(loaded.program().variables.len(), 0);
        ClassVector {
            matchers: &loaded.program().matchers,
            classes,
        }
    }

    fn set(&mut self, variable: u32, class: u32) {
        if let Some(slot) = self.classes.get_mut(variable as usize) {
            *slot = class;
        }
    }

    /// Some element lies in these target sets, and may lie in those that are uncertain.
    fn reach(&mut self, variables: &[u32], sets: &[u32], uncertain: &[u32]) {
        let variable_of = |set: &u32| variables.get(*set as usize).copied();
        for variable in sets.iter().filter_map(variable_of) {
            self.set(variable, TRUE);
        }
        for variable in uncertain.iter().filter_map(variable_of) {
            let slot = self.classes.get_mut(variable as usize);
            if let Some(class) = slot.filter(|class| **class == FALSE) {
                *class = UNKNOWN;
            }
        }
    }
}

impl Sink for ClassVector<'_> {
    fn found(&mut self, matcher: u32, outcome: u32) {
        let matchers = self.matchers;
        let Some(matcher) = matchers.get(matcher as usize) else {
            return;
        };
        // Of matchers with three outcomes for each row.
        let (row, class) = (outcome as usize / 3, outcome % 3);
        match matcher {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => self.set(*variable, outcome),
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                let mut rows = contains.iter().chain(suffixes).chain(patterns);
                if let Some((_, variable)) = rows.nth(row) {
                    self.set(*variable, class);
                }
            }
            Matcher::Predicates { predicates, .. } => {
                if let Some((_, variable)) = predicates.get(row) {
                    self.set(*variable, class);
                }
            }
            Matcher::Elements { elements, .. } => match elements.get(outcome as usize) {
                Some((_, variable)) => self.set(*variable, TRUE),
                None => elements.iter().for_each(|row| self.set(row.1, UNKNOWN)),
            },
            Matcher::Targets {
                variables,
                elements,
                others,
                uncertain,
                ..
            } => match elements.get(outcome as usize) {
                Some((_, sets)) => self.reach(variables, sets, uncertain),
                None if outcome as usize == elements.len() => {
                    self.reach(variables, others, uncertain);
                }
                None => variables
                    .iter()
                    .for_each(|variable| self.set(*variable, UNKNOWN)),
            },
        }
    }
}
