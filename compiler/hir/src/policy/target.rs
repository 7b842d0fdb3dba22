//! What is asked for: `apps`, `actions`, `contexts`.

use gatewright_syntax::ast::{Head, ObjectKind, Phrase, Term};
use gatewright_value::fold;
use gatewright_value::vocabulary::UserAction;

use super::PolicyLowering;
use super::parts::distinct;
use crate::model::{AppScope, Condition, Located, Scoped, Target};
use crate::objects::{is_context_id, resolve, resolve_guid};
use crate::problems::{clauses as problem, values};
use crate::terms::Terms;

/// User actions as policies spell them.
const ACTIONS: &[(&str, UserAction)] = &[
    (
        "registerSecurityInformation",
        UserAction::RegisterSecurityInfo,
    ),
    ("registerDevice", UserAction::RegisterDevice),
    ("accountRecovery", UserAction::AccountRecovery),
];

impl PolicyLowering<'_, '_> {
    pub(super) fn apps(&mut self) -> Target {
        let Some(parts) = self.written.phrases(Head::Apps) else {
            return Target::Nothing(self.written.head_span(Head::Apps));
        };
        let mut scope = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span: parts.span,
        };
        for phrase in parts.include.iter().copied() {
            let items = self.app_phrase(phrase);
            scope.include.extend(items);
        }
        for phrase in parts.exclude.iter().copied() {
            let items = self.app_phrase(phrase);
            scope.exclude.extend(items);
        }
        self.includes_something(Head::Apps, &parts);
        self.alone(&scope.include, |value| matches!(value, AppScope::All));
        self.filters(Head::Apps, &mut scope, AppScope::Filter);
        Target::Apps(scope)
    }

    fn app_phrase(&mut self, phrase: &Phrase) -> Vec<Located<AppScope>> {
        let mut terms = Terms::new(phrase);
        let mut items = Vec::new();
        for term in terms.list(self.problems) {
            items.extend(self.app(term));
        }
        self.problems.extend(terms.nothing_more());
        items
    }

    /// `all`, `none`, a group of applications, a name or an id.
    fn app(&mut self, term: &Term) -> Option<Located<AppScope>> {
        let span = term.span();
        if let Some(word) = term.as_word() {
            let special = match word.text.as_str() {
                "all" => Some(AppScope::All),
                "none" => Some(AppScope::None),
                other => self
                    .cx
                    .symbols
                    .data
                    .find_app_group(other)
                    .map(|group| AppScope::Group(group.name.clone())),
            };
            if let Some(value) = special {
                return Some(Located { value, span });
            }
        }
        let (id, span) = resolve_guid(self.cx.symbols, ObjectKind::App, term, self.problems)?;
        Some(Located {
            value: AppScope::App(id),
            span,
        })
    }

    pub(super) fn actions(&mut self) -> Target {
        let span = self.written.head_span(Head::Actions);
        let Some(parts) = self.written.phrases(Head::Actions) else {
            return Target::Nothing(span);
        };
        self.no_exceptions(Head::Actions, &parts);
        let mut members = Vec::new();
        for phrase in parts.include {
            let mut terms = Terms::new(phrase);
            for (word, place) in terms.elements(self.problems) {
                let known = ACTIONS
                    .iter()
                    .find(|(name, _)| *name == word)
                    .map(|(_, a)| *a);
                match known.or_else(|| UserAction::parse(&word)) {
                    Some(action) => members.push(action),
                    None => {
                        let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
                        let what = "user action";
                        let found = values::unknown_word(what, place, &word, "UserAction", &names);
                        self.report(found);
                    }
                }
            }
            self.problems.extend(terms.nothing_more());
        }
        Target::Actions(Condition {
            members: distinct(members),
            span: parts.span,
        })
    }

    pub(super) fn contexts(&mut self) -> Target {
        let span = self.written.head_span(Head::Contexts);
        let Some(parts) = self.written.phrases(Head::Contexts) else {
            return Target::Nothing(span);
        };
        self.no_exceptions(Head::Contexts, &parts);
        let mut members = Vec::new();
        for phrase in parts.include {
            let mut terms = Terms::new(phrase);
            for term in terms.list(self.problems) {
                let id = match term {
                    Term::Word(word) if is_context_id(&word.text) => Some(word.text.clone()),
                    Term::Text(text) if !text.value.is_empty() => Some(text.value.clone()),
                    other => resolve(self.cx.symbols, ObjectKind::Context, other, self.problems)
                        .map(|(id, _)| id),
                };
                if let Some(id) = id {
                    if !is_context_id(&id) && matches!(term, Term::Text(_)) {
                        self.report(problem::bad_context(&id, term.span()));
                    }
                    members.push(fold(&id).into_owned());
                }
            }
            self.problems.extend(terms.nothing_more());
        }
        Target::Contexts(Condition {
            members: distinct(members),
            span: parts.span,
        })
    }
}
