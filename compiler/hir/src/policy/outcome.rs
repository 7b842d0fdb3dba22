//! What a policy does: `block`, `require`, `session`, `then`.

use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, Head, ObjectKind, Phrase, Term};
use gatewright_value::vocabulary::BuiltInControl;
use indexmap::IndexSet;

use super::PolicyLowering;
use crate::lower_schema::find_effect;
use crate::model::{Control, Outcome, Requirement};
use crate::objects::resolve;
use crate::problems::{clauses as problem, lints as lint, schema as schema_problem};
use crate::schema::ControlId;
use crate::terms::Terms;

/// The clauses that say what a policy does.
const HEADS: [Head; 4] = [Head::Block, Head::Require, Head::Session, Head::Then];

impl PolicyLowering<'_, '_> {
    pub(super) fn outcome(&mut self, whole: Span) -> Outcome {
        let outcome = self.claimed(whole);
        if self.written.lacks(&HEADS) {
            self.report(if self.cx.schema.is_entra {
                lint::no_outcome(self.name.span, &self.name.value)
            } else {
                problem::effect_missing(self.name)
            });
        }
        if let Some(list) = self.written.empty_list(Head::Require) {
            let is_alone = self.cx.schema.is_entra
                && self
                    .written
                    .lacks(&[Head::Block, Head::Session, Head::Then]);
            self.report(if is_alone {
                lint::requires_nothing(list, &self.name.value)
            } else {
                lint::nothing_required(list)
            });
        }
        outcome
    }

    /// What is written, whether or not that is anything.
    pub(super) fn claimed(&mut self, whole: Span) -> Outcome {
        let spans = HEADS
            .into_iter()
            .filter_map(|head| Some(self.written.only(head)?.span));
        let span = spans.reduce(Span::to).unwrap_or(whole);
        Outcome {
            is_block: self.block(),
            requirement: self.requirement(),
            session: self.session(),
            effect: self.effect(),
            span,
        }
    }

    fn block(&mut self) -> bool {
        let Some(clause) = self.written.only(Head::Block) else {
            return false;
        };
        if let ClauseBody::Phrases { include, except } = &clause.body {
            if let Some(phrase) = include.first() {
                self.report(problem::unexpected(phrase.span));
            } else if let Some((span, _)) = except {
                self.report(problem::no_except(Head::Block, *span));
            }
        }
        true
    }

    fn effect(&mut self) -> Option<crate::schema::EffectId> {
        let parts = self.written.phrases(Head::Then)?;
        let word = match parts.include.as_slice() {
            [phrase] => match phrase.terms.as_slice() {
                [term] => term.as_word(),
                _ => None,
            },
            _ => None,
        };
        let Some(word) = word else {
            self.report(problem::one_effect(parts.span));
            return None;
        };
        let effect = find_effect(self.cx.schema, &word.text);
        let references = self.cx.symbols.references();
        references.note_effect(self.cx.schema, word);
        if effect.is_none() {
            let effects = self.cx.schema.effects.iter().map(|e| e.name.as_str());
            self.report(schema_problem::unknown_effect(word, effects));
        }
        effect
    }

    pub(super) fn requirement(&mut self) -> Option<Requirement> {
        let parts = self.written.phrases(Head::Require)?;
        self.no_exceptions(Head::Require, &parts);
        let is_entra = self.cx.schema.is_entra;
        let mut is_all = !is_entra;
        let mut controls = Vec::new();
        let is_listed = self.controls_are_listed(&parts.include);
        for (at, phrase) in parts.include.iter().enumerate() {
            let mut terms = Terms::new(phrase);
            if terms.take_word("all").is_some() {
                is_all = true;
            } else if terms.take_word("any").is_some() {
                is_all = false;
            } else if is_entra {
                let is_list =
                    matches!(terms.peek(), Some(Term::List { items, .. }) if items.len() > 1);
                if is_listed && (is_list || at > 0) {
                    self.report(problem::any_or_all(phrase.span));
                }
            }
            if let Some(Term::List { items, .. }) = terms.peek() {
                terms.next();
                for item in items {
                    controls.extend(self.control(item));
                }
                self.problems.extend(terms.nothing_more());
            } else {
                controls.extend(self.control_terms(terms));
            }
        }
        let unique: IndexSet<Control> = controls.into_iter().collect();
        Some(Requirement {
            is_all,
            controls: unique.into_iter().collect(),
            span: parts.span,
        })
    }

    /// Report several controls with commas between them and no list around them.
    fn controls_are_listed(&mut self, phrases: &[&Phrase]) -> bool {
        let ([first, .., last], true) = (phrases, self.cx.schema.is_entra) else {
            return true;
        };
        let has_list =
            |phrase: &&&Phrase| phrase.terms.iter().any(|t| matches!(t, Term::List { .. }));
        if phrases.iter().any(|phrase| has_list(&phrase)) {
            return true;
        }
        let mut terms = Terms::new(first);
        let word = terms.peek().and_then(Term::as_word);
        let quantifier = word.filter(|word| matches!(word.text.as_str(), "any" | "all"));
        if quantifier.is_some() {
            terms.next();
        }
        let items = terms.rest().to(last.span);
        self.report(problem::controls_without_list(items, quantifier));
        false
    }

    fn control(&mut self, phrase: &Phrase) -> Option<Control> {
        self.control_terms(Terms::new(phrase))
    }

    /// `mfa`, `strength PhishingResistantMfa`, `terms Guests`, `custom "id"`
    fn control_terms(&mut self, mut terms: Terms<'_>) -> Option<Control> {
        let whole = terms.rest();
        let Some(word) = terms.next_word() else {
            self.report(problem::control_expected(whole));
            return None;
        };
        if !self.cx.schema.is_entra {
            self.problems.extend(terms.nothing_more());
            return self.own_control(word);
        }
        let object = match word.text.as_str() {
            "strength" => Some((
                ObjectKind::Strength,
                Control::Strength as fn(String) -> Control,
            )),
            "terms" => Some((ObjectKind::Terms, Control::Terms as fn(String) -> Control)),
            "custom" => None,
            _ => {
                self.problems.extend(terms.nothing_more());
                let control = BuiltInControl::parse(&word.text);
                if control.is_none() {
                    let kind = self.cx.symbols.kind_of(&word.text).map(|(kind, _)| kind);
                    let is_strength = self
                        .cx
                        .symbols
                        .find(ObjectKind::Strength, &word.text)
                        .is_some();
                    let kind = if is_strength {
                        Some(ObjectKind::Strength)
                    } else {
                        kind
                    };
                    self.report(problem::unknown_control(word, kind));
                }
                return control.map(Control::BuiltIn);
            }
        };
        let Some(value) = terms.next() else {
            self.report(problem::control_without_name(word));
            return None;
        };
        self.problems.extend(terms.nothing_more());
        match (object, value) {
            (Some((kind, make)), value) => {
                resolve(self.cx.symbols, kind, value, self.problems).map(|(id, _)| make(id))
            }
            (None, Term::Text(text)) => Some(Control::Custom(text.value.clone())),
            (None, other) => {
                self.report(problem::custom_id(other.span()));
                None
            }
        }
    }

    fn own_control(&mut self, word: &gatewright_syntax::ast::Name) -> Option<Control> {
        let controls = &self.cx.schema.controls;
        let at = controls
            .iter()
            .position(|control| control.name == word.text);
        if at.is_none() {
            let names: Vec<&str> = controls.iter().map(|c| c.name.as_str()).collect();
            self.report(problem::unknown_own_control(word, &names));
        }
        let at = at?;
        let declared = controls.get(at).map(|control| control.span);
        let references = self.cx.symbols.references();
        references.note_word(self.cx.schema, word.span, declared);
        u32::try_from(at).ok().map(|at| Control::Own(ControlId(at)))
    }
}
