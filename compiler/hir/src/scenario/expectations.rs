//! What is expected of a decision.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, ClauseBody, Head, Name, Phrase, Term, TestBlock, Text};
use gatewright_value::SessionControls;

use super::cursor::Cursor;
use super::values::Values;
use super::{Expectation, ExpectationKind, PolicyName};
use crate::lower_schema::find_effect;
use crate::model::{Control, Outcome};
use crate::policy::{PolicyCx, SESSION_CONTROLS, lower_expected};
use crate::problems::scenarios as problem;

/// Verdicts of Conditional Access; each is an expectation by itself.
const VERDICTS: &[&str] = &["block", "deny", "interrupt", "grant", "notApplicable"];

/// The other words that start an expectation.
const WORDS: &[&str] = &[
    "verdict",
    "require",
    "applied",
    "not",
    "session",
    "reportOnly",
    "compliance",
];

const COMPLIANCE_STATES: [&str; 4] = ["compliant", "inGracePeriod", "noncompliant", "unknown"];

/// Read the expectations of a step.
pub(super) fn lower(
    cx: PolicyCx<'_>,
    name: &Text,
    blocks: &[TestBlock],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Expectation> {
    let mut reading = Reading {
        values: Values { cx, problems },
        name,
        found: Vec::new(),
    };
    for block in blocks {
        let mut cursor = Cursor::new(&block.terms, block.span);
        while cursor.peek().is_some() {
            reading.one(&mut cursor);
        }
    }
    let mut found = requirements_together(reading.found);
    contradictions(&mut found, cx.schema.is_entra, problems);
    found
}

struct Reading<'a, 'p> {
    values: Values<'a, 'p>,
    name: &'a Text,
    found: Vec<Expectation>,
}

impl Reading<'_, '_> {
    fn report(&mut self, problem: Diagnostic) {
        self.values.problems.push(problem);
    }

    fn is_entra(&self) -> bool {
        self.values.cx.schema.is_entra
    }

    /// Read one expectation; something is always taken.
    fn one(&mut self, cursor: &mut Cursor<'_>) {
        let Some(term) = cursor.next() else {
            return;
        };
        let Term::Word(mut word) = term.clone() else {
            self.report(problem::expectation_expected(term.span()));
            self.skip(cursor);
            return;
        };
        let start = word.span;
        let is_report_only = word.text == "reportOnly";
        if is_report_only {
            match cursor.next() {
                Some(Term::Word(next)) => word = next.clone(),
                _ => {
                    let wanted = "a verdict, `require` or `applied`";
                    let place = cursor.last();
                    self.report(problem::incomplete_expectation("reportOnly", place, wanted));
                    return;
                }
            }
        }
        let count_before = self.values.problems.len();
        let kind = self.kind(&word, cursor);
        if self.values.problems.len() > count_before {
            self.skip(cursor);
        }
        if let Some(kind) = kind {
            let span = start.to(cursor.last());
            let is_fit = matches!(
                kind,
                ExpectationKind::Verdict(_)
                    | ExpectationKind::Require(_)
                    | ExpectationKind::Applied(_)
            );
            if is_report_only && !is_fit {
                let wanted = "a verdict, `require` or `applied`";
                self.report(problem::incomplete_expectation(
                    "reportOnly",
                    word.span,
                    wanted,
                ));
                return;
            }
            self.found.push(Expectation {
                kind,
                is_report_only,
                span,
            });
        }
    }

    fn kind(&mut self, word: &Name, cursor: &mut Cursor<'_>) -> Option<ExpectationKind> {
        match word.text.as_str() {
            "verdict" => self.verdict(cursor),
            "require" => self.require(word, cursor),
            "applied" => Some(ExpectationKind::Applied(self.policies("applied", cursor)?)),
            "not" => {
                if cursor.take_word("applied").is_none() {
                    let place = cursor.place();
                    self.report(problem::incomplete_expectation("not", place, "`applied`"));
                    return None;
                }
                let names = self.policies("not applied", cursor)?;
                Some(ExpectationKind::NotApplied(names))
            }
            "session" if self.is_entra() => self.session(word, cursor),
            "compliance" if self.is_entra() => self.compliance(cursor),
            other if self.is_entra() && VERDICTS.contains(&other) => {
                Some(ExpectationKind::Verdict(vec![other.to_owned()]))
            }
            other if !self.is_entra() && find_effect(self.values.cx.schema, other).is_some() => {
                let references = self.values.cx.symbols.references();
                references.note_effect(self.values.cx.schema, word);
                Some(ExpectationKind::Verdict(vec![other.to_owned()]))
            }
            _ => {
                let known = self.words();
                let found = problem::unknown_expectation(word, &known);
                self.report(found);
                None
            }
        }
    }

    /// The words that start an expectation here.
    fn words(&self) -> Vec<&str> {
        let mut known: Vec<&str> = Vec::new();
        if self.is_entra() {
            known.extend(VERDICTS.iter().chain(WORDS));
        } else {
            let effects = self.values.cx.schema.effects.iter();
            known.extend(effects.map(|effect| effect.name.as_str()));
            known.extend(["verdict", "require", "applied", "not", "reportOnly"]);
        }
        known
    }

    fn verdict(&mut self, cursor: &mut Cursor<'_>) -> Option<ExpectationKind> {
        let place = cursor.place();
        let words: Vec<&Name> = match cursor.next() {
            Some(Term::Word(word)) => vec![word],
            Some(Term::List { items, .. }) => {
                let terms = items.iter().flat_map(|item| &item.terms);
                terms.filter_map(Term::as_word).collect()
            }
            _ => Vec::new(),
        };
        if words.is_empty() {
            self.report(problem::incomplete_expectation(
                "verdict",
                place,
                "a verdict",
            ));
            return None;
        }
        let schema = self.values.cx.schema;
        if schema.is_entra {
            let [word] = words.as_slice() else {
                self.report(problem::incomplete_expectation(
                    "verdict",
                    place,
                    "one verdict",
                ));
                return None;
            };
            if !VERDICTS.contains(&word.text.as_str()) {
                let known = VERDICTS.iter().copied();
                let found = problem::unknown_verdict("verdict", &word.text, word.span, known);
                self.report(found);
                return None;
            }
            return Some(ExpectationKind::Verdict(vec![word.text.clone()]));
        }
        let known = schema.effects.iter().map(|effect| effect.name.as_str());
        let mut effects = Vec::new();
        for word in words {
            let references = self.values.cx.symbols.references();
            references.note_effect(schema, word);
            match find_effect(schema, &word.text) {
                Some(effect) => effects.push(effect),
                None => {
                    let known = known.clone();
                    let found = problem::unknown_verdict("effect", &word.text, word.span, known);
                    self.report(found);
                    return None;
                }
            }
        }
        effects.sort_unstable();
        effects.dedup();
        let names = effects.iter().filter_map(|effect| {
            let info = schema.effects.get(effect.0 as usize)?;
            Some(info.name.clone())
        });
        Some(ExpectationKind::Verdict(names.collect()))
    }

    /// `require mfa`, `require any [mfa, compliantDevice]`, `require nothing`
    fn require(&mut self, head: &Name, cursor: &mut Cursor<'_>) -> Option<ExpectationKind> {
        let is_empty_list = |term: Option<&Term>| match term {
            Some(Term::List { items, .. }) => items.is_empty(),
            _ => false,
        };
        if cursor.take_word("nothing").is_some() {
            return Some(ExpectationKind::Require(Vec::new()));
        }
        if is_empty_list(cursor.peek()) {
            cursor.next();
            return Some(ExpectationKind::Require(Vec::new()));
        }
        let outcome = read_controls(&mut self.values, self.name, head, cursor)?;
        let requirement = outcome.requirement?;
        let alternatives = if requirement.is_all {
            requirement.controls.into_iter().map(|c| vec![c]).collect()
        } else {
            vec![requirement.controls]
        };
        Some(ExpectationKind::Require(alternatives))
    }

    fn policies(&mut self, what: &str, cursor: &mut Cursor<'_>) -> Option<Vec<PolicyName>> {
        let wanted = "a list of policies, `[\"name\"]`";
        let place = cursor.place();
        let terms: Vec<&Term> = match cursor.next() {
            Some(Term::List { items, .. }) => items.iter().flat_map(|item| &item.terms).collect(),
            Some(term @ Term::Text(_)) => vec![term],
            _ => {
                self.report(problem::incomplete_expectation(what, place, wanted));
                return None;
            }
        };
        let mut names = Vec::new();
        for term in terms {
            let Term::Text(name) = term else {
                self.report(problem::incomplete_expectation(what, term.span(), wanted));
                return None;
            };
            names.push(PolicyName {
                name: name.value.clone(),
                span: name.span,
            });
        }
        Some(names)
    }

    /// `session persistentBrowser never, signInFrequency 4 hours`
    fn session(&mut self, head: &Name, cursor: &mut Cursor<'_>) -> Option<ExpectationKind> {
        if cursor.take_word("none").is_some() {
            return Some(ExpectationKind::NoSession);
        }
        let is_control = |word: &Name| SESSION_CONTROLS.contains(&word.text.as_str());
        let is_end = |word: &Name| {
            let text = word.text.as_str();
            (VERDICTS.contains(&text) || WORDS.contains(&text)) && !is_control(word)
        };
        let mut phrases: Vec<Phrase> = Vec::new();
        while let Some(term) = cursor.peek() {
            let word = term.as_word();
            if word.is_some_and(is_end) && !phrases.is_empty() {
                break;
            }
            cursor.next();
            match phrases.last_mut() {
                Some(phrase) if !word.is_some_and(is_control) => {
                    phrase.span = phrase.span.to(term.span());
                    phrase.terms.push(term.clone());
                }
                _ => phrases.push(Phrase {
                    terms: vec![term.clone()],
                    span: term.span(),
                }),
            }
        }
        if phrases.is_empty() {
            let place = cursor.place();
            let wanted = "session controls, or `none`";
            self.report(problem::incomplete_expectation("session", place, wanted));
            return None;
        }
        let clause = clause(Head::Session, head.span, phrases);
        let cx = self.values.cx;
        let outcome = lower_expected(cx, self.name, &[clause], self.values.problems);
        (outcome.session != SessionControls::default())
            .then_some(ExpectationKind::Session(outcome.session))
    }

    fn compliance(&mut self, cursor: &mut Cursor<'_>) -> Option<ExpectationKind> {
        let place = cursor.place();
        let Some(word) = cursor.next().and_then(Term::as_word) else {
            let wanted = "`compliant`, `inGracePeriod`, `noncompliant` or `unknown`";
            self.report(problem::incomplete_expectation("compliance", place, wanted));
            return None;
        };
        if !COMPLIANCE_STATES.contains(&word.text.as_str()) {
            let what = "state of compliance";
            let found = problem::unknown_verdict(what, &word.text, word.span, COMPLIANCE_STATES);
            self.report(found);
            return None;
        }
        Some(ExpectationKind::Compliance(word.text.clone()))
    }

    /// Skip to what may be the next expectation, so that one mistake is one problem.
    fn skip(&self, cursor: &mut Cursor<'_>) {
        let known = self.words();
        while let Some(term) = cursor.peek() {
            if term
                .as_word()
                .is_some_and(|w| known.contains(&w.text.as_str()))
            {
                break;
            }
            cursor.next();
        }
    }
}

fn clause(head: Head, head_span: Span, include: Vec<Phrase>) -> Clause {
    let span = include
        .last()
        .map_or(head_span, |phrase| head_span.to(phrase.span));
    Clause {
        head,
        head_span,
        body: ClauseBody::Phrases {
            include,
            except: None,
        },
        span,
    }
}

/// Read what a `require` clause of a policy could say, and no term more.
fn read_controls(
    values: &mut Values<'_, '_>,
    name: &Text,
    head: &Name,
    cursor: &mut Cursor<'_>,
) -> Option<Outcome> {
    let from = cursor.position();
    if cursor.take_word("any").is_none() {
        cursor.take_word("all");
    }
    let has_name = cursor
        .peek_word()
        .is_some_and(|word| matches!(word.text.as_str(), "strength" | "terms" | "custom"));
    cursor.next();
    if has_name && values.cx.schema.is_entra {
        cursor.next();
    }
    let terms = cursor.since(from);
    let (Some(first), Some(last)) = (terms.first(), terms.last()) else {
        let wanted = "a control, or `nothing`";
        let found = problem::incomplete_expectation(&head.text, cursor.place(), wanted);
        values.problems.push(found);
        return None;
    };
    let phrase = Phrase {
        span: first.span().to(last.span()),
        terms: terms.to_vec(),
    };
    let clause = clause(Head::Require, head.span, vec![phrase]);
    let count_before = values.problems.len();
    let outcome = lower_expected(values.cx, name, &[clause], values.problems);
    (values.problems.len() == count_before).then_some(outcome)
}

/// The controls of `satisfied [mfa, strength PhishingResistantMfa]`.
pub(super) fn controls(
    values: &mut Values<'_, '_>,
    head: &Name,
    cursor: &mut Cursor<'_>,
) -> Option<Vec<Control>> {
    let Some(Term::List { items, span }) = cursor.peek() else {
        let found = problem::value_missing(&head.text, cursor.place(), "a list of controls");
        values.problems.push(found);
        return None;
    };
    cursor.next();
    let name = Text {
        span: head.span,
        ..Text::default()
    };
    if items.is_empty() {
        return Some(Vec::new());
    }
    let any = Name {
        text: "any".to_owned(),
        span: Span::new(span.source, span.start, span.start),
    };
    let list = Term::List {
        items: items.clone(),
        span: *span,
    };
    let phrase = Phrase {
        terms: vec![Term::Word(any), list],
        span: *span,
    };
    let clause = clause(Head::Require, head.span, vec![phrase]);
    let outcome = lower_expected(values.cx, &name, &[clause], values.problems);
    outcome.requirement.map(|requirement| requirement.controls)
}

/// How requests and decisions spell a control.
pub(super) fn spelling(control: &Control) -> String {
    match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => format!("strength:{id}"),
        Control::Terms(id) => format!("terms:{id}"),
        Control::Custom(id) => format!("custom:{id}"),
        Control::Own(id) => id.0.to_string(),
    }
}

/// Several `require` add up.
fn requirements_together(found: Vec<Expectation>) -> Vec<Expectation> {
    let mut together: Vec<Expectation> = Vec::new();
    for expectation in found {
        let is_same = |known: &&mut Expectation| {
            known.is_report_only == expectation.is_report_only
                && matches!(known.kind, ExpectationKind::Require(_))
        };
        if let ExpectationKind::Require(more) = &expectation.kind
            && let Some(known) = together.iter_mut().find(is_same)
            && let ExpectationKind::Require(alternatives) = &mut known.kind
        {
            for one in more {
                if !alternatives.contains(one) {
                    alternatives.push(one.clone());
                }
            }
            known.span = known.span.to(expectation.span);
            continue;
        }
        together.push(expectation);
    }
    together
}

/// Report what no decision can satisfy.
fn contradictions(found: &mut [Expectation], is_entra: bool, problems: &mut Vec<Diagnostic>) {
    for (at, second) in found.iter().enumerate() {
        let before = found.get(..at).unwrap_or_default();
        for first in before
            .iter()
            .filter(|first| first.is_report_only == second.is_report_only)
        {
            if let Some(what) = contradiction(&first.kind, &second.kind, is_entra) {
                problems.push(problem::conflicting(what, second.span, first.span));
                break;
            }
        }
    }
}

fn contradiction(
    first: &ExpectationKind,
    second: &ExpectationKind,
    is_entra: bool,
) -> Option<&'static str> {
    use ExpectationKind as K;
    match (first, second) {
        (K::Verdict(one), K::Verdict(two)) if one != two => Some("two verdicts are expected"),
        (K::Verdict(_), K::Verdict(_)) => Some("the verdict is expected twice"),
        (K::Applied(_), K::Applied(_)) => Some("the policies that apply are expected twice"),
        (K::Verdict(verdict), K::Require(required))
        | (K::Require(required), K::Verdict(verdict))
            if is_entra && !required.is_empty() =>
        {
            let settles = ["block", "grant", "notApplicable"];
            verdict
                .iter()
                .any(|verdict| settles.contains(&verdict.as_str()))
                .then_some("nothing is missing with this verdict")
        }
        (K::Applied(some), K::NotApplied(none)) | (K::NotApplied(none), K::Applied(some)) => some
            .iter()
            .any(|policy| none.iter().any(|other| other.name == policy.name))
            .then_some("a policy is expected to apply and not to apply"),
        _ => None,
    }
}
