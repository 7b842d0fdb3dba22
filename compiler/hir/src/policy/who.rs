//! Who signs in: `users`, `guests`, `workloads`, `agents`.

use gatewright_source::Span;
use gatewright_syntax::ast::{Head, ObjectKind, Phrase, Term};
use gatewright_value::vocabulary::GuestType;

use super::PolicyLowering;
use super::parts::{Parts, distinct};
use crate::model::{AgentScope, Guests, Located, Scoped, ServicePrincipalScope, UserScope, Who};
use crate::objects::resolve_guid;
use crate::problems::{clauses as problem, lints as lint, values};
use crate::terms::Terms;

impl<'a> PolicyLowering<'a, '_> {
    pub(super) fn who(&mut self) -> Who {
        let classes = [Head::Users, Head::Guests, Head::Workloads, Head::Agents];
        let present: Vec<Head> = classes
            .into_iter()
            .filter(|head| self.written.has(*head))
            .collect();
        let is_users = |head: &Head| matches!(head, Head::Users | Head::Guests);
        let first = present.first().copied();
        let other = present.iter().copied().find(|head| {
            first.is_some_and(|first| first != *head && !(is_users(&first) && is_users(head)))
        });
        if let (Some(first), Some(other)) = (first, other) {
            let spans = (self.written.head_span(first), self.written.head_span(other));
            self.report(problem::two_identities(first, spans.0, other, spans.1));
            self.undecided("clientApplications", spans.1);
        }
        match first {
            Some(Head::Workloads) => self.workloads(),
            Some(Head::Agents) => self.agents(),
            Some(_) => self.users(),
            None => {
                if self.written.lacks(&classes) {
                    self.report(lint::nobody(self.name.span, &self.name.value));
                }
                let span = self.name.span;
                Who::Users(Scoped {
                    include: Vec::new(),
                    exclude: Vec::new(),
                    span,
                })
            }
        }
    }

    fn users(&mut self) -> Who {
        let mut scope = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span: self.name.span,
        };
        let mut span: Option<Span> = None;
        for head in [Head::Users, Head::Guests] {
            let Some(parts) = self.written.phrases(head) else {
                continue;
            };
            span = Some(span.map_or(parts.span, |span| span.to(parts.span)));
            for phrase in parts.include.iter().copied() {
                let items = self.user_phrase(head, phrase);
                scope.include.extend(items);
            }
            for phrase in parts.exclude.iter().copied() {
                let items = self.user_phrase(head, phrase);
                scope.exclude.extend(items);
            }
            self.includes_something(head, &parts);
        }
        scope.span = span.unwrap_or(scope.span);
        let is_all = |value: &UserScope| matches!(value, UserScope::All);
        self.alone(&scope.include, is_all);
        self.excepts_all(Head::Users, &scope.exclude, is_all);
        Who::Users(scope)
    }

    /// Report `except` without anything before it.
    pub(super) fn includes_something(&mut self, head: Head, parts: &Parts<'_>) {
        let is_alone = parts.include.is_empty() && !self.cx.is_sample;
        if let (true, Some(except)) = (is_alone, parts.except) {
            self.report(problem::only_exceptions(head, except));
        }
    }

    /// Report `except all`: Graph has no `All` among what is excluded.
    pub(super) fn excepts_all<T>(
        &mut self,
        head: Head,
        items: &[Located<T>],
        is_all: impl Fn(&T) -> bool,
    ) {
        if let Some(all) = items.iter().find(|item| is_all(&item.value)) {
            self.report(problem::except_all(head, all.span));
        }
    }

    /// Report `all` or `none` beside others.
    pub(super) fn alone<T>(&mut self, items: &[Located<T>], is_special: impl Fn(&T) -> bool) {
        if items.len() < 2 {
            return;
        }
        if let Some(special) = items.iter().find(|item| is_special(&item.value)) {
            let other = items.iter().find(|item| item.span != special.span);
            self.report(problem::not_alone(
                special.span,
                other.map(|item| item.span),
            ));
        }
    }

    fn user_phrase(&mut self, head: Head, phrase: &'a Phrase) -> Vec<Located<UserScope>> {
        let mut terms = Terms::new(phrase);
        if head == Head::Guests {
            return self.guests(terms, phrase.span);
        }
        let Some(word) = terms.next_word() else {
            self.report(problem::say_which_kind(phrase.span));
            return Vec::new();
        };
        let one = |value| {
            vec![Located {
                value,
                span: phrase.span,
            }]
        };
        let items = match word.text.as_str() {
            "all" => one(UserScope::All),
            "none" => one(UserScope::None),
            "allAgentUsers" => one(UserScope::AllAgentUsers),
            "users" => self.objects(&mut terms, ObjectKind::User, UserScope::User),
            "groups" => self.objects(&mut terms, ObjectKind::Group, UserScope::Group),
            "roles" => self.objects(&mut terms, ObjectKind::Role, UserScope::Role),
            "guests" => return self.guests(terms, phrase.span),
            _ => {
                let kind = self.cx.symbols.kind_of(&word.text).map(|(kind, _)| kind);
                self.report(problem::not_a_who(word, kind));
                return Vec::new();
            }
        };
        self.problems.extend(terms.nothing_more());
        items
    }

    /// A list of names and ids of one kind.
    pub(super) fn objects<T>(
        &mut self,
        terms: &mut Terms<'a>,
        kind: ObjectKind,
        make: impl Fn(String) -> T,
    ) -> Vec<Located<T>> {
        let mut found = Vec::new();
        for term in terms.list(self.problems) {
            if let Some((id, span)) = resolve_guid(self.cx.symbols, kind, term, self.problems) {
                found.push(Located {
                    value: make(id),
                    span,
                });
            }
        }
        found
    }

    /// `all`, `[b2bCollaborationGuest] from tenants ["id"]`
    fn guests(&mut self, mut terms: Terms<'a>, span: Span) -> Vec<Located<UserScope>> {
        let mut types = Vec::new();
        let is_from = |term: &Term| term.as_word().is_some_and(|w| w.text == "from");
        if terms.take_word("all").is_some() || terms.peek().is_none_or(is_from) {
            types.extend(GuestType::ALL);
        } else {
            for (word, place) in terms.elements(self.problems) {
                match GuestType::parse(&word) {
                    Some(guest) => types.push(guest),
                    None => {
                        let names: Vec<&str> = GuestType::ALL.iter().map(|g| g.name()).collect();
                        let what = "guest type";
                        let found = values::unknown_word(what, place, &word, "GuestType", &names);
                        self.report(found);
                    }
                }
            }
        }
        let mut tenants = None;
        if terms.take_words(["from", "tenants"]) {
            let ids = terms.elements(self.problems);
            tenants = Some(ids.into_iter().map(|(id, _)| id).collect());
        }
        self.problems.extend(terms.nothing_more());
        let types = distinct(types);
        vec![Located {
            value: UserScope::Guests(Guests { types, tenants }),
            span,
        }]
    }

    fn workloads(&mut self) -> Who {
        let mut scope = self.identities(
            Head::Workloads,
            "servicePrincipals",
            (ServicePrincipalScope::Owned, ServicePrincipalScope::None),
            ServicePrincipalScope::Id,
        );
        self.filters(Head::Workloads, &mut scope, ServicePrincipalScope::Filter);
        Who::ServicePrincipals(scope)
    }

    fn agents(&mut self) -> Who {
        let all = (AgentScope::All, AgentScope::None);
        let mut scope = self.identities(Head::Agents, "agents", all, AgentScope::Id);
        self.filters(Head::Agents, &mut scope, AgentScope::Filter);
        Who::Agents(scope)
    }

    /// `all`, `none`, or a list of ids after `word`.
    fn identities<T: Clone + PartialEq>(
        &mut self,
        head: Head,
        word: &str,
        (all, none): (T, T),
        make: impl Fn(String) -> T + Copy,
    ) -> Scoped<T> {
        let empty = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span: self.name.span,
        };
        let Some(parts) = self.written.phrases(head) else {
            return empty;
        };
        let mut scope = Scoped {
            span: parts.span,
            ..empty
        };
        for (phrase, is_include) in parts
            .include
            .iter()
            .map(|phrase| (*phrase, true))
            .chain(parts.exclude.iter().map(|phrase| (*phrase, false)))
        {
            let mut terms = Terms::new(phrase);
            let side = if is_include {
                &mut scope.include
            } else {
                &mut scope.exclude
            };
            let one = |value: &T| Located {
                value: value.clone(),
                span: phrase.span,
            };
            if terms.take_word("all").is_some() {
                side.push(one(&all));
            } else if terms.take_word("none").is_some() {
                side.push(one(&none));
            } else if terms.take_word(word).is_some() && terms.peek().is_none() {
                // `workloads servicePrincipals`: all of them.
                side.push(one(&all));
            } else {
                for (id, span) in ids(&mut terms, head, self.problems) {
                    side.push(Located {
                        value: make(id),
                        span,
                    });
                }
            }
            self.problems.extend(terms.nothing_more());
        }
        self.includes_something(head, &parts);
        self.alone(&scope.include, |value| *value == all);
        scope
    }
}

/// Ids in quotes: the objects of these classes have no names.
fn ids(
    terms: &mut Terms<'_>,
    head: Head,
    problems: &mut Vec<gatewright_diagnostics::Diagnostic>,
) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for term in terms.list(problems) {
        match term {
            Term::Text(text) => found.push((text.value.clone(), text.span)),
            Term::Literal(literal) => found.push((literal.text.clone(), literal.span)),
            other => problems.push(problem::id_in_quotes(other.span(), head)),
        }
    }
    found
}
