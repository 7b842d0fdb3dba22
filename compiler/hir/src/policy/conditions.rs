//! The conditions that are lists of words: risk, clients, platforms, flows, and locations.

use std::hash::Hash;

use gatewright_syntax::ast::{Head, ObjectKind};
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
};

use super::PolicyLowering;
use super::parts::{Parts, distinct};
use crate::model::{Condition, Located, LocationScope, PlatformScope, Scoped};
use crate::objects::resolve;
use crate::problems::{clauses as problem, values};
use crate::terms::Terms;

/// The members of an enumeration, as a clause may name them.
struct Words<T: 'static> {
    what: &'static str,
    enumeration: &'static str,
    all: &'static [T],
    name: fn(T) -> &'static str,
}

impl PolicyLowering<'_, '_> {
    pub(super) fn risk(&mut self, head: Head) -> Option<Condition<RiskLevel>> {
        self.members(
            head,
            &Words {
                what: "risk level",
                enumeration: "RiskLevel",
                all: RiskLevel::ALL,
                name: RiskLevel::name,
            },
        )
    }

    pub(super) fn insider_risk(&mut self) -> Option<Condition<InsiderRiskLevel>> {
        self.members(
            Head::InsiderRisk,
            &Words {
                what: "level of insider risk",
                enumeration: "InsiderRiskLevel",
                all: InsiderRiskLevel::ALL,
                name: InsiderRiskLevel::name,
            },
        )
    }

    pub(super) fn agent_risk(&mut self) -> Option<Condition<AgentRiskLevel>> {
        self.members(
            Head::AgentRisk,
            &Words {
                what: "level of agent risk",
                enumeration: "AgentRiskLevel",
                all: AgentRiskLevel::ALL,
                name: AgentRiskLevel::name,
            },
        )
    }

    pub(super) fn clients(&mut self) -> Option<Condition<ClientApp>> {
        self.members(
            Head::Clients,
            &Words {
                what: "kind of client",
                enumeration: "ClientApp",
                all: ClientApp::ALL,
                name: ClientApp::name,
            },
        )
    }

    pub(super) fn flows(&mut self) -> Option<Condition<TransferMethod>> {
        self.members(
            Head::Flows,
            &Words {
                what: "authentication flow",
                enumeration: "TransferMethod",
                all: TransferMethod::ALL,
                name: TransferMethod::name,
            },
        )
    }

    /// Report `except` in a clause that has none.
    pub(super) fn no_exceptions(&mut self, head: Head, parts: &Parts<'_>) {
        if let Some(span) = parts.except {
            self.report(problem::no_except(head, span));
        }
    }

    /// A list of words, one word, or `all`, which says nothing.
    fn members<T: Copy + Eq + Hash>(
        &mut self,
        head: Head,
        words: &Words<T>,
    ) -> Option<Condition<T>> {
        let parts = self.written.phrases(head)?;
        self.no_exceptions(head, &parts);
        let mut members = Vec::new();
        let mut all = None;
        let mut count = 0_usize;
        for phrase in &parts.include {
            let mut terms = Terms::new(phrase);
            for (word, span) in terms.elements(self.problems) {
                count += 1;
                if word == "all" {
                    all = Some(span);
                } else {
                    members.extend(self.word(words, &word, span));
                }
            }
            self.problems.extend(terms.nothing_more());
        }
        if let Some(span) = all {
            if count > 1 {
                self.report(problem::not_alone(span, None));
            }
            return None;
        }
        Some(Condition {
            members: distinct(members),
            span: parts.span,
        })
    }

    fn word<T: Copy>(
        &mut self,
        words: &Words<T>,
        word: &str,
        span: gatewright_source::Span,
    ) -> Option<T> {
        let found = words
            .all
            .iter()
            .copied()
            .find(|m| (words.name)(*m).eq_ignore_ascii_case(word));
        if found.is_none() {
            let names: Vec<&str> = words.all.iter().map(|m| (words.name)(*m)).collect();
            let problem = values::unknown_word(words.what, span, word, words.enumeration, &names);
            self.report(problem);
        }
        found
    }

    pub(super) fn platforms(&mut self) -> Option<Scoped<PlatformScope>> {
        let parts = self.written.phrases(Head::Platforms)?;
        let words = Words {
            what: "platform",
            enumeration: "Platform",
            all: Platform::ALL,
            name: Platform::name,
        };
        let mut scope = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span: parts.span,
        };
        for (phrase, is_include) in parts.sides() {
            let mut terms = Terms::new(phrase);
            for (word, span) in terms.elements(self.problems) {
                let value = if word == "all" {
                    Some(PlatformScope::All)
                } else {
                    self.word(&words, &word, span).map(PlatformScope::Platform)
                };
                let side = if is_include {
                    &mut scope.include
                } else {
                    &mut scope.exclude
                };
                side.extend(value.map(|value| Located { value, span }));
            }
            self.problems.extend(terms.nothing_more());
        }
        self.includes_something(Head::Platforms, &parts);
        let is_all = |value: &PlatformScope| matches!(value, PlatformScope::All);
        self.alone(&scope.include, is_all);
        self.excepts_all(Head::Platforms, &scope.exclude, is_all);
        Some(scope)
    }

    pub(super) fn locations(&mut self) -> Option<Scoped<LocationScope>> {
        let parts = self.written.phrases(Head::Locations)?;
        let mut scope = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span: parts.span,
        };
        for (phrase, is_include) in parts.sides() {
            let mut terms = Terms::new(phrase);
            for term in terms.list(self.problems) {
                let span = term.span();
                let value = match term.as_word().map(|word| word.text.as_str()) {
                    Some("all") => Some(LocationScope::All),
                    Some("allTrusted") => Some(LocationScope::AllTrusted),
                    _ => resolve(self.cx.symbols, ObjectKind::Location, term, self.problems)
                        .map(|(id, _)| LocationScope::Named(id)),
                };
                let side = if is_include {
                    &mut scope.include
                } else {
                    &mut scope.exclude
                };
                side.extend(value.map(|value| Located { value, span }));
            }
            self.problems.extend(terms.nothing_more());
        }
        self.includes_something(Head::Locations, &parts);
        let is_all = |value: &LocationScope| matches!(value, LocationScope::All);
        self.alone(&scope.include, is_all);
        self.excepts_all(Head::Locations, &scope.exclude, is_all);
        Some(scope)
    }
}
