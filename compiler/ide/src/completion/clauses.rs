//! What can stand in clauses that list phrases.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{DeclarationKind, Head, ObjectKind};

use super::context::{Body, Clause, Token};
use super::declarations::nth;
use super::phrases::{self, Row};
use super::{CompletionKind, Items, start};
use crate::hover::enumeration;
use crate::position::Position;

pub(super) use super::phrases::{Follows, STATES};

/// What can stand at a place in a clause.
pub(super) fn clause(items: &mut Items<'_>, clause: &Clause<'_>, body: Body) {
    let (head, tokens) = claimed(clause);
    let written = Written::of(tokens);
    let is_whole = phrase(items, head, &written, body);
    if written.phrase.is_empty() && written.element.is_none() {
        let is_other = |label: &str| written.others.contains(&label);
        let has_others = !written.others.is_empty();
        // `all` and `none` stand alone.
        let is_alone = |label: &str| has_others && matches!(label, "all" | "none");
        items
            .found
            .retain(|item| !is_other(&item.label) && !is_alone(&item.label));
    }
    if written.has_except && written.phrase.is_empty() && written.element.is_none() {
        // Whoever takes away everybody or nobody means something else.
        items
            .found
            .retain(|item| !matches!(item.label.as_str(), "all" | "none"));
    }
    let is_open = written.phrase.is_empty() && !written.is_continued;
    if written.element.is_none()
        && has_exceptions(head)
        && !written.has_except
        && (is_whole || is_open)
    {
        let rank = match (is_whole, clause.is_new_line) {
            (true, false) => 0,
            (true, true) => HEADS + 40,
            (false, _) => 40,
        };
        let docs = "what is taken away";
        items.ranked("except", CompletionKind::Keyword, ("", docs), rank);
    }
    // A clause may be left unfinished on the line before.
    if is_whole || clause.is_new_line && !clause.tokens.is_empty() {
        start(items, body);
    }
}

/// A clause that lists phrases, as far as it has been written.
pub(super) struct Written<'t, 's> {
    /// The phrase at the place, up to its bracket.
    phrase: &'t [Token<'s>],
    /// In brackets: the element at the place.
    pub(super) element: Option<&'t [Token<'s>]>,
    /// The words that the phrases before it start with, on the same side of `except`.
    others: Vec<&'s str>,
    has_except: bool,
    /// Whether a comma or `except` was before the phrase.
    is_continued: bool,
}

impl<'t, 's> Written<'t, 's> {
    /// The phrase that tokens end with.
    pub(super) fn of(tokens: &'t [Token<'s>]) -> Written<'t, 's> {
        let mut written = Written {
            phrase: tokens,
            element: None,
            others: Vec::new(),
            has_except: false,
            is_continued: false,
        };
        let (mut from, mut depth, mut inside) = (0, 0_usize, 0);
        let mut bracket = None;
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::OpenBracket => {
                    bracket = bracket.filter(|_| depth > 0).or(Some(at));
                    depth += 1;
                    inside = at + 1;
                }
                TokenKind::CloseBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth > 0 => inside = at + 1,
                _ if depth > 0 => {}
                TokenKind::Comma => {
                    let first = tokens.get(from).map(|token| token.text);
                    written.others.extend(first);
                    from = at + 1;
                    written.is_continued = true;
                }
                _ if token.text == "except" => {
                    written.others.clear();
                    from = at + 1;
                    written.has_except = true;
                    written.is_continued = true;
                }
                _ => {}
            }
        }
        let end = bracket.filter(|_| depth > 0).unwrap_or(tokens.len());
        written.phrase = tokens.get(from..end).unwrap_or_default();
        written.element = tokens.get(inside..).filter(|_| depth > 0);
        written
    }
}

/// What can stand next in a phrase; whether it may be over.
pub(super) fn phrase(
    items: &mut Items<'_>,
    head: Head,
    written: &Written<'_, '_>,
    body: Body,
) -> bool {
    let is_entra = items.is_entra();
    let words: Vec<&str> = written.phrase.iter().map(|token| token.text).collect();
    let next = phrases::next(head, &words, is_entra);
    match written.element {
        Some([]) => {
            for follows in next.follows {
                items.follow(follows);
            }
            if words.is_empty() {
                items.words(phrases::listed(head));
            }
            false
        }
        Some([.., last]) => {
            if let Some(follows) = phrases::named(last.text) {
                items.follow(follows);
            }
            false
        }
        None => {
            let rows = next.words.iter();
            let is_there = |row: &&Row| {
                body != Body::Compliance
                    || !matches!(row.word, "none" | "roles" | "guests" | "allAgentUsers")
            };
            // What is usually required is one control.
            let first = if head == Head::Require { 30 } else { 10 };
            items.word_rows(rows.filter(is_there), first);
            for follows in next.follows {
                items.follow(follows);
            }
            next.is_whole
        }
    }
}

/// Whether a clause takes `except`.
fn has_exceptions(head: Head) -> bool {
    matches!(
        head,
        Head::Users
            | Head::Guests
            | Head::Workloads
            | Head::Agents
            | Head::Apps
            | Head::Platforms
            | Head::Locations
    )
}

/// `always require mfa` goes on like `require mfa`.
fn claimed<'c, 's>(clause: &'c Clause<'s>) -> (Head, &'c [Token<'s>]) {
    let tokens = clause.tokens.as_slice();
    match (clause.head, tokens) {
        (Head::Always | Head::Never, [first, rest @ ..]) => match first.text {
            "require" => (Head::Require, rest),
            "session" => (Head::Session, rest),
            "then" => (Head::Then, rest),
            "block" => (Head::Block, rest),
            _ => (clause.head, tokens),
        },
        _ => (clause.head, tokens),
    }
}

/// The rank of the first clause; the others follow in the usual order.
const HEADS: u8 = 100;

/// The clauses that the declaration around has, that at the place excepted.
fn written(items: &Items<'_>) -> Vec<Head> {
    let place = items.replaced;
    let position = Position::of(items.snapshot, place.source, place.start);
    let clauses = match position.declaration().map(|one| &one.kind) {
        Some(
            DeclarationKind::Policy { clauses, .. }
            | DeclarationKind::Invariant { clauses, .. }
            | DeclarationKind::Compliance { clauses, .. }
            | DeclarationKind::Scope { clauses, .. },
        ) => clauses.as_slice(),
        _ => &[],
    };
    let others = clauses
        .iter()
        .filter(|clause| clause.span.start != place.start);
    others.map(|clause| clause.head).collect()
}

/// Heads of which a declaration has one: who, what, and what an invariant says.
const ALTERNATIVES: &[&[Head]] = &[
    &[Head::Workloads, Head::Agents, Head::Users],
    &[Head::Workloads, Head::Agents, Head::Guests],
    &[Head::Apps, Head::Actions, Head::Contexts],
    &[Head::Always, Head::Never],
];

/// Whether a clause cannot stand beside one that is there.
fn is_excluded(head: Head, written: &[Head]) -> bool {
    let has = |heads: &[Head]| heads.iter().any(|head| written.contains(head));
    // Risks of those whom the declaration is not about, and requirements for nobody.
    let is_vain = match head {
        Head::WorkloadRisk => has(&[Head::Users, Head::Guests, Head::Agents]),
        Head::AgentRisk => has(&[Head::Users, Head::Guests, Head::Workloads]),
        Head::UserRisk | Head::InsiderRisk => has(&[Head::Workloads, Head::Agents]),
        Head::Block => has(&[Head::Require]),
        Head::Require => has(&[Head::Block]),
        _ => false,
    };
    if is_vain {
        return true;
    }
    // A filter over attributes stands beside the clause that lists.
    let is_twice = matches!(head, Head::Apps | Head::Workloads | Head::Agents);
    if written.contains(&head) {
        return !is_twice && head != Head::Require;
    }
    let mut all = ALTERNATIVES.iter().filter(|group| group.contains(&head));
    all.any(|group| group.iter().any(|other| written.contains(other)))
}

/// The heads of clauses that a body may have.
pub(super) fn heads(items: &mut Items<'_>, body: Body) {
    let is_entra = items.is_entra();
    let written = written(items);
    for (at, head) in Head::ALL.iter().enumerate() {
        let is_there = match head {
            Head::Always | Head::Never => body == Body::Invariant,
            Head::Grace | Head::Noncompliance => body == Body::Compliance,
            Head::Applied | Head::Verdict => false,
            Head::Then => !is_entra && matches!(body, Body::Policy | Body::Scope),
            Head::State | Head::Block | Head::Session => {
                matches!(body, Body::Policy | Body::Scope) && (is_entra || *head == Head::State)
            }
            Head::Users => is_entra,
            Head::Require => body != Body::Invariant,
            Head::Graph => matches!(body, Body::Policy | Body::Compliance) && is_entra,
            Head::When | Head::Unless => body != Body::Compliance,
            _ => body != Body::Compliance && is_entra,
        };
        let is_again = written.contains(head) && body != Body::Compliance;
        let is_out = is_excluded(*head, &written) || *head == Head::Require && is_again;
        if is_there && !is_out {
            items.ranked(
                head.word(),
                CompletionKind::Clause,
                ("clause", head.summary()),
                nth(HEADS, at),
            );
        }
    }
}

impl Items<'_> {
    /// Words that start a phrase, in the usual order.
    pub(super) fn words(&mut self, rows: &[Row]) {
        self.word_rows(rows.iter(), 10);
    }

    fn word_rows<'r>(&mut self, rows: impl Iterator<Item = &'r Row>, first: u8) {
        for (at, row) in rows.enumerate() {
            let rank = nth(first, at);
            self.ranked(row.word, CompletionKind::Keyword, ("", row.docs), rank);
            if row.is_list() {
                self.insert(&format!("{} [$0]", row.word));
            }
        }
    }

    /// Lengths of time that are usual.
    pub(super) fn amounts(&mut self, amounts: &[(&str, &str)]) {
        for (at, (number, unit)) in amounts.iter().enumerate() {
            let label = format!("{number} {unit}");
            let insert = format!("${{1:{number}}} {unit}");
            self.snippet(&label, &insert, "a length of time", nth(15, at));
        }
    }

    /// The controls of the schema, and those with a name of their own.
    pub(super) fn controls(&mut self) {
        let schema = &self.snapshot.compilation().set.schema;
        for (at, control) in schema.controls.iter().enumerate() {
            let rank = nth(20, at);
            let about = ("control", control.title.as_str());
            self.ranked(&control.name, CompletionKind::Control, about, rank);
        }
    }

    /// The effects of the schema, weakest first.
    pub(super) fn effects(&mut self) {
        let schema = &self.snapshot.compilation().set.schema;
        for (at, effect) in schema.effects.iter().enumerate() {
            let about = ("effect", effect.title.as_str());
            self.ranked(&effect.name, CompletionKind::Control, about, nth(10, at));
        }
    }

    /// What follows a word, one by one.
    pub(super) fn follow(&mut self, follows: Follows) {
        let snapshot = self.snapshot;
        let schema = &snapshot.compilation().set.schema;
        match follows {
            Follows::Nothing | Follows::Text => {}
            Follows::Id => self.snippet("\"id\"", "\"$0\"", "an id", 90),
            Follows::Countries => {
                for code in gatewright_hir::countries::assigned() {
                    let docs = "a country, by its two letters";
                    self.add(code, CompletionKind::Value, "", docs);
                }
            }
            Follows::Objects(kind) => self.objects(kind),
            Follows::Apps => self.named(ObjectKind::App),
            Follows::Members(enumeration) => {
                self.members(enumeration, CompletionKind::Member);
                self.parameters(&[enumeration]);
            }
            Follows::Words(words) => {
                for (at, (word, docs)) in words.iter().enumerate() {
                    self.ranked(word, CompletionKind::Value, ("", docs), nth(10, at));
                }
            }
            Follows::Amounts(amounts) => {
                self.amounts(amounts);
                self.parameters(&["duration"]);
            }
            Follows::Controls => {
                self.controls();
                if schema.is_entra {
                    self.word_rows(phrases::NAMED_CONTROLS.iter(), 40);
                }
                self.parameters(&["control"]);
            }
            Follows::States => {
                self.words(STATES);
                self.parameters(&["state"]);
            }
            Follows::Effects => self.effects(),
            Follows::Sessions => {
                for (at, control) in schema.session_controls.iter().enumerate() {
                    let about = ("session control", control.title.as_str());
                    self.ranked(&control.name, CompletionKind::Control, about, nth(20, at));
                }
            }
        }
    }
}

/// What a phrase of a clause lists without a word before it.
pub(super) fn direct(head: Head) -> Follows {
    match head {
        Head::State => Follows::States,
        Head::Apps => Follows::Objects(ObjectKind::App),
        Head::Contexts => Follows::Objects(ObjectKind::Context),
        Head::Locations => Follows::Objects(ObjectKind::Location),
        Head::Require => Follows::Controls,
        Head::Session => Follows::Sessions,
        Head::Then => Follows::Effects,
        Head::Grace => Follows::Amounts(&[("3", "days"), ("12", "hours")]),
        Head::Users => Follows::Nothing,
        head => enumeration(head).map_or(Follows::Nothing, Follows::Members),
    }
}
