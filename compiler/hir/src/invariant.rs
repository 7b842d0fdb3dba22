//! Invariants: `invariant "name" { users roles [A]  always require mfa }`.
//!
//! An invariant says for which sign-ins it speaks in the clauses of a policy, and what holds for
//! all or for none of them in the words with which a policy says what it does. So it is lowered as
//! a policy, with `always block` read as `block`.
//!
//! INVARIANT: what is left out widens an invariant: no `users` means all of them, no `apps` all
//! resources. One in which anything is wrong is reported and absent, as deciding a part of it would
//! answer another question.

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, ClauseBody, Declaration, Head, Name, Phrase, Term, Text};
use gatewright_value::fold;
use gatewright_value::vocabulary::BuiltInControl;
use rustc_hash::FxHashMap;

use crate::lower_schema::find_effect;
use crate::model::{Annotations, Policy};
use crate::policy::{LISTS, Level, PolicyCx, SESSION_CONTROLS, lower_claim};
use crate::problems::invariants as problem;
use crate::schema::Schema;

/// What has to hold for every sign-in of a scope, or for none.
#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    /// What it is called.
    pub name: String,
    /// Where its name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// Why it is there: the `///` lines before it, without the marks.
    pub docs: String,
    /// Whether it holds for all sign-ins or for none.
    pub quantifier: Quantifier,
    /// A policy that applies to the sign-ins that are meant, and does what always or never is done.
    /// Its state is `enabled`, its outcome one thing: a block, a requirement, session controls, or
    /// under a schema of one's own an effect or obligations.
    pub policy: Policy,
    /// Who answers for it, and the uses of templates that made it.
    pub annotations: Annotations,
}

/// For how many sign-ins of its scope an invariant says that something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// For all of them; where the word `always` is.
    Always(Span),
    /// For none of them; where the word `never` is.
    Never(Span),
}

impl Quantifier {
    /// Where the word is.
    #[must_use]
    pub fn span(self) -> Span {
        match self {
            Quantifier::Always(span) | Quantifier::Never(span) => span,
        }
    }

    /// Whether it is `always`.
    #[must_use]
    pub fn is_always(self) -> bool {
        matches!(self, Quantifier::Always(_))
    }
}

const WHO: [Head; 4] = [Head::Users, Head::Guests, Head::Workloads, Head::Agents];
const TARGETS: [Head; 3] = [Head::Apps, Head::Actions, Head::Contexts];
/// What a policy does.
const OUTCOMES: [Head; 4] = [Head::Block, Head::Require, Head::Session, Head::Then];

/// Understand an invariant in the scopes around it, outermost first; `None` where it cannot be
/// understood, which is reported.
pub(crate) fn lower(
    cx: PolicyCx<'_>,
    declaration: &Declaration,
    name: &Text,
    clauses: &[Clause],
    scopes: &[Level<'_>],
    problems: &mut Vec<Diagnostic>,
) -> Option<Invariant> {
    let count_before = problems.len();
    let claim = claim(cx.schema, declaration, name, clauses, problems);
    let keyword = declaration.keyword;
    let mut own: Vec<Clause> = clauses.iter().filter(is_scope).cloned().collect();
    let quantifier = claim.as_ref().map(|(quantifier, _)| *quantifier);
    own.extend(claim.map(|(_, clause)| clause));
    let around: Vec<(Span, Vec<Clause>)> = scopes
        .iter()
        .map(|level| {
            let narrowing = level.clauses.iter().filter(is_scope);
            (level.keyword, narrowing.cloned().collect())
        })
        .collect();
    let everything = match cx.schema.is_entra {
        true => unsaid(&around, &own, name.span),
        false => Vec::new(),
    };
    let mut levels: Vec<Level<'_>> = vec![Level {
        keyword,
        clauses: &everything,
    }];
    levels.extend(around.iter().map(|(keyword, clauses)| Level {
        keyword: *keyword,
        clauses,
    }));
    levels.push(Level {
        keyword,
        clauses: &own,
    });
    let policy = lower_claim(cx, declaration, name, &levels, problems);
    let is_broken = |clause: &Clause| matches!(clause.body, ClauseBody::Broken);
    let new = problems.get(count_before..).unwrap_or_default();
    let is_wrong = new.iter().any(|p| p.code.severity() == Severity::Error)
        || levels
            .iter()
            .any(|level| level.clauses.iter().any(is_broken));
    if declaration.is_broken || is_wrong {
        return None;
    }
    Some(Invariant {
        name: name.value.clone(),
        name_span: name.span,
        span: declaration.span,
        docs: docs(declaration),
        quantifier: quantifier?,
        policy,
        annotations: Annotations::default(),
    })
}

/// Report invariants of one name, in any case. An instance is meant by its `use`.
pub(crate) fn duplicates(invariants: &[Invariant], problems: &mut Vec<Diagnostic>) {
    let mut first_by_name: FxHashMap<String, Span> = FxHashMap::default();
    for invariant in invariants {
        let used_at = invariant.annotations.used_at.last();
        let span = used_at.copied().unwrap_or(invariant.name_span);
        let key = fold(&invariant.name).into_owned();
        if let Some(first) = first_by_name.get(&key) {
            problems.push(problem::duplicate(&invariant.name, span, *first));
        } else {
            first_by_name.insert(key, span);
        }
    }
}

fn docs(declaration: &Declaration) -> String {
    let lines: Vec<&str> = declaration.docs.iter().map(|line| line.trim()).collect();
    lines.join("\n").trim().to_owned()
}

fn is_scope(clause: &&Clause) -> bool {
    matches!(clause.head, Head::When | Head::Unless | Head::Devices) || LISTS.contains(&clause.head)
}

fn is_outcome(head: Head, schema: &Schema) -> bool {
    match schema.is_entra {
        true => head != Head::Then && OUTCOMES.contains(&head),
        false => matches!(head, Head::Then | Head::Require),
    }
}

/// `users all` and `apps all`, where nothing says who and what.
fn unsaid(around: &[(Span, Vec<Clause>)], own: &[Clause], place: Span) -> Vec<Clause> {
    let clauses = || {
        around
            .iter()
            .flat_map(|(_, clauses)| clauses)
            .chain(own.iter())
    };
    // Exceptions need something to except from: `users except groups [A]`.
    let says = |heads: &[Head], class: Head| {
        clauses().any(|clause| {
            heads.contains(&clause.head) && (clause.head != class || !excepts(clause))
        })
    };
    let mut unsaid = Vec::new();
    if !says(&WHO, Head::Users) {
        unsaid.push(all(Head::Users, place));
    }
    if !says(&TARGETS, Head::Apps) {
        unsaid.push(all(Head::Apps, place));
    }
    unsaid
}

/// Whether a clause has exceptions and nothing else.
fn excepts(clause: &Clause) -> bool {
    match &clause.body {
        ClauseBody::Phrases { include, except } => include.is_empty() && except.is_some(),
        ClauseBody::Filter { is_exclude, .. } => *is_exclude,
        _ => false,
    }
}

/// `users all`
fn all(head: Head, place: Span) -> Clause {
    let word = Term::Word(Name {
        text: "all".to_owned(),
        span: place,
    });
    let phrase = Phrase {
        terms: vec![word],
        span: place,
    };
    let body = ClauseBody::Phrases {
        include: vec![phrase],
        except: None,
    };
    Clause {
        head,
        head_span: place,
        body,
        span: place,
    }
}

/// The one clause with `always` or `never`, as the clause of a policy that does it.
fn claim(
    schema: &Schema,
    declaration: &Declaration,
    name: &Text,
    clauses: &[Clause],
    problems: &mut Vec<Diagnostic>,
) -> Option<(Quantifier, Clause)> {
    let is_claim = |clause: &&Clause| matches!(clause.head, Head::Always | Head::Never);
    let mut claims = clauses.iter().filter(is_claim);
    let first = claims.next();
    for second in claims {
        let first = first.map_or(second.head_span, |first| first.head_span);
        problems.push(problem::second_claim(second, first));
    }
    let others = clauses.iter().filter(|c| !is_claim(c) && !is_scope(c));
    // What stands alone may belong to a clause that could not be read.
    for clause in others.filter(|c| !(declaration.is_broken && is_outcome(c.head, schema))) {
        let found = match is_outcome(clause.head, schema) {
            true => problem::bare_outcome(clause, first.is_some()),
            false => problem::foreign_clause(clause),
        };
        problems.push(found);
    }
    let has_outcome = || clauses.iter().any(|c| is_outcome(c.head, schema));
    let Some(first) = first else {
        if !has_outcome() && !declaration.is_broken {
            problems.push(problem::no_claim(name, schema.is_entra));
        }
        return None;
    };
    let quantifier = match first.head {
        Head::Always => Quantifier::Always(first.head_span),
        _ => Quantifier::Never(first.head_span),
    };
    let ClauseBody::Phrases { include, except } = &first.body else {
        return None;
    };
    let outcome = outcome(schema, first, include, problems)?;
    let except = except.clone();
    let body = ClauseBody::Phrases {
        include: outcome.include,
        except,
    };
    let clause = Clause {
        head: outcome.head,
        head_span: outcome.word,
        body,
        span: outcome.word.to(first.span),
    };
    Some((quantifier, clause))
}

/// `require all [mfa, compliantDevice]` after `always`, taken apart.
struct Outcome {
    head: Head,
    word: Span,
    include: Vec<Phrase>,
}

fn outcome(
    schema: &Schema,
    clause: &Clause,
    phrases: &[Phrase],
    problems: &mut Vec<Diagnostic>,
) -> Option<Outcome> {
    let (first, others) = phrases.split_first()?;
    let word = first.terms.first().and_then(Term::as_word);
    let head = word.and_then(|word| outcome_head(schema, word));
    let (Some(word), Some(head)) = (word, head) else {
        let meant = word.and_then(|word| meant_head(schema, word));
        let place = first.terms.first().map_or(first.span, Term::span);
        problems.push(problem::no_outcome(clause, place, meant, schema.is_entra));
        return None;
    };
    for phrase in others {
        let other = phrase.terms.first().and_then(Term::as_word);
        if let Some(other) = other.filter(|other| outcome_head(schema, other).is_some()) {
            problems.push(problem::second_outcome(clause, other, word));
            return None;
        }
    }
    let rest = first.terms.get(1..).unwrap_or_default();
    if let (Some(Term::List { items, span }), true) = (rest.last(), others.is_empty())
        && items.is_empty()
    {
        problems.push(problem::empty_claim(head, *span));
        return None;
    }
    let mut include = Vec::new();
    if let (Some(start), Some(end)) = (rest.first(), rest.last()) {
        include.push(Phrase {
            terms: rest.to_vec(),
            span: start.span().to(end.span()),
        });
    } else if head != Head::Block {
        problems.push(problem::empty_claim(head, word.span));
        return None;
    }
    include.extend_from_slice(others);
    Some(Outcome {
        head,
        word: word.span,
        include,
    })
}

fn outcome_head(schema: &Schema, word: &Name) -> Option<Head> {
    let heads = OUTCOMES.into_iter();
    let mut heads = heads.filter(|head| is_outcome(*head, schema));
    heads.find(|head| head.word() == word.text)
}

/// The head that is missing before a word: `always mfa`.
fn meant_head(schema: &Schema, word: &Name) -> Option<Head> {
    let text = word.text.as_str();
    if !schema.is_entra {
        let is_control = || schema.controls.iter().any(|control| control.name == text);
        return match find_effect(schema, text) {
            Some(_) => Some(Head::Then),
            None => is_control().then_some(Head::Require),
        };
    }
    let is_requirement = BuiltInControl::parse(text).is_some()
        || matches!(text, "any" | "all" | "strength" | "terms" | "custom");
    if is_requirement {
        Some(Head::Require)
    } else {
        SESSION_CONTROLS.contains(&text).then_some(Head::Session)
    }
}
