//! Device compliance policies: `compliance "name" for windows { … }`.
//!
//! A requirement speaks of `setting.…` alone, so that `device.isCompliant`, which compliance gives
//! its value, never depends on itself. `grace` is the time until the service marks the device: the
//! action `block` of Graph. What `graph { … }` says is kept as it is for the way back; a member in
//! it that may be a requirement and that nobody understands makes the policy's result unknown.

mod graph;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{
    Clause, ClauseBody, Declaration, DeclarationKind, ExprId, Head, Name, ObjectKind, Phrase, Term,
    Text,
};
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};
use rustc_hash::FxHashMap;

use crate::annotations;
use crate::expr::{ExprCx, lower_expr};
use crate::lints;
use crate::model::{
    CompliancePolicy, Expr, Located, PolicySet, ScheduledAction, Scoped, SettingRequirement, Test,
    UserScope,
};
use crate::objects::resolve;
use crate::policy::{PolicyCx, form};
use crate::problems::{clauses, compliance as problem, names};
use crate::rule::typographic_at;
use crate::settings;
use crate::terms::Terms;

/// The name of the dialect of requirements.
pub(crate) const DIALECT: &str = "compliance";

/// The entity that requirements speak of.
pub(crate) const ENTITY: &str = "setting";

const HEADS: &[Head] = &[
    Head::Users,
    Head::Require,
    Head::Grace,
    Head::Noncompliance,
    Head::Graph,
];

/// Understand a compliance policy; `None` where its platform cannot be understood, which is
/// reported.
pub(crate) fn lower(
    cx: PolicyCx<'_>,
    declaration: &Declaration,
    problems: &mut Vec<Diagnostic>,
) -> Option<CompliancePolicy> {
    let DeclarationKind::Compliance {
        name,
        platform,
        clauses,
    } = &declaration.kind
    else {
        return None;
    };
    if !cx.schema.is_entra {
        problems.push(problem::own_schema(declaration.keyword));
        return None;
    }
    let parsed = CompliancePlatform::ALL
        .iter()
        .copied()
        .find(|known| known.name() == platform.text);
    let Some(platform) = parsed else {
        // A header that cannot be read has been reported.
        if !platform.text.is_empty() {
            problems.push(problem::unknown_platform(platform));
        }
        return None;
    };
    problems.extend(typographic_at(cx.sources, name.span));
    let mut lowering = Lowering {
        cx,
        name,
        platform,
        problems,
    };
    let clauses = lowering.gather(clauses);
    Some(lowering.policy(declaration, &clauses))
}

struct Lowering<'a, 'p> {
    cx: PolicyCx<'a>,
    name: &'a Text,
    platform: CompliancePlatform,
    problems: &'p mut Vec<Diagnostic>,
}

impl<'a> Lowering<'a, '_> {
    /// The clauses that may stand here; all but `require` and `noncompliance` only once.
    fn gather(&mut self, clauses: &'a [Clause]) -> Vec<&'a Clause> {
        let mut found: Vec<&Clause> = Vec::new();
        for clause in clauses {
            if !HEADS.contains(&clause.head) {
                self.problems.push(problem::foreign_clause(clause));
                continue;
            }
            let may_repeat = matches!(clause.head, Head::Require | Head::Noncompliance);
            let first = found.iter().find(|known| known.head == clause.head);
            if let (false, Some(first)) = (may_repeat, first) {
                let twice = clauses::duplicate_clause(clause, first.head_span);
                self.problems.push(twice);
                continue;
            }
            found.push(clause);
        }
        found
    }

    fn policy(mut self, declaration: &Declaration, clauses: &[&'a Clause]) -> CompliancePolicy {
        let of = |head| clauses.iter().copied().filter(move |c| c.head == head);
        let users = self.users(of(Head::Users).next());
        let mut requirements = Vec::new();
        for clause in of(Head::Require) {
            match clause.body {
                ClauseBody::Expression(root) => requirements.push(self.requirement(root)),
                ClauseBody::Broken => requirements.push(unknown(clause.span)),
                _ => {}
            }
        }
        let mut actions = vec![self.grace(of(Head::Grace).next())];
        for clause in of(Head::Noncompliance) {
            if let ClauseBody::Phrases { include, .. } = &clause.body {
                actions.extend(include.iter().filter_map(|phrase| self.action(phrase)));
            }
        }
        let form = form::annotation(declaration, self.problems);
        let id = annotations::id(declaration);
        let mut policy = CompliancePolicy {
            id: id.map_or_else(|| self.name.value.clone(), |id| id.value.clone()),
            has_server_id: id.is_some(),
            display_name: self.name.value.clone(),
            name_span: self.name.span,
            span: declaration.span,
            platform: self.platform,
            users,
            requirements,
            actions,
            unmodelled: Vec::new(),
            form,
        };
        if let Some(clause) = of(Head::Graph).next() {
            graph::lower(self.cx, clause, &mut policy, self.problems);
        }
        policy
    }

    /// `users all except groups [A], users [B]`
    fn users(&mut self, clause: Option<&'a Clause>) -> Scoped<UserScope> {
        let span = clause.map_or(self.name.span, |clause| clause.span);
        let mut scope = Scoped {
            include: Vec::new(),
            exclude: Vec::new(),
            span,
        };
        let Some(clause) = clause else {
            return scope;
        };
        let ClauseBody::Phrases { include, except } = &clause.body else {
            // What cannot be read may have been anybody.
            scope.include.push(Located {
                value: UserScope::All,
                span,
            });
            return scope;
        };
        for phrase in include {
            scope.include.extend(self.user_phrase(phrase));
        }
        for phrase in except.iter().flat_map(|(_, phrases)| phrases) {
            scope.exclude.extend(self.user_phrase(phrase));
        }
        if let Some((except, _)) = except.as_ref().filter(|_| include.is_empty()) {
            self.problems
                .push(clauses::only_exceptions(Head::Users, *except));
        }
        let is_all = |item: &&Located<UserScope>| item.value == UserScope::All;
        if let (Some(all), true) = (scope.include.iter().find(is_all), scope.include.len() > 1) {
            let other = scope.include.iter().find(|item| !is_all(item));
            self.problems
                .push(clauses::not_alone(all.span, other.map(|item| item.span)));
        }
        if let Some(all) = scope.exclude.iter().find(is_all) {
            self.problems
                .push(clauses::except_all(Head::Users, all.span));
        }
        scope
    }

    fn user_phrase(&mut self, phrase: &'a Phrase) -> Vec<Located<UserScope>> {
        let mut terms = Terms::new(phrase);
        let Some(word) = terms.next_word() else {
            self.problems.push(clauses::say_which_kind(phrase.span));
            return Vec::new();
        };
        let mut found = Vec::new();
        let (kind, make): (_, fn(String) -> UserScope) = match word.text.as_str() {
            "all" => {
                found.push(Located {
                    value: UserScope::All,
                    span: phrase.span,
                });
                self.problems.extend(terms.nothing_more());
                return found;
            }
            "none" => {
                self.problems.extend(terms.nothing_more());
                return found;
            }
            "users" => (ObjectKind::User, UserScope::User),
            "groups" => (ObjectKind::Group, UserScope::Group),
            _ => {
                self.problems
                    .push(problem::not_assignable(word, phrase.span));
                // Somebody is meant, so that it is not said that nobody is.
                found.push(Located {
                    value: UserScope::None,
                    span: phrase.span,
                });
                return found;
            }
        };
        for term in terms.list(self.problems) {
            let resolved = resolve(self.cx.symbols, kind, term, self.problems);
            found.extend(resolved.map(|(id, span)| Located {
                value: make(id),
                span,
            }));
        }
        self.problems.extend(terms.nothing_more());
        found
    }

    /// `require setting.osVersion -ge "10.0.22631"`
    fn requirement(&mut self, root: ExprId) -> SettingRequirement {
        let span = self.cx.exprs.span(root);
        let schema = self.cx.schema;
        let Some(dialect) = schema.dialects.iter().find(|d| d.name == DIALECT) else {
            return unknown(span);
        };
        let cx = ExprCx {
            schema,
            dialect,
            symbols: Some(self.cx.symbols),
        };
        let lowered = lower_expr(cx, self.cx.exprs, root, self.problems);
        self.problems.extend(typographic_at(self.cx.sources, span));
        if lowered.is_broken {
            return unknown(span);
        }
        lints::expression(schema, &lowered.expr, self.problems);
        let mut tests = Vec::new();
        let is_about_settings = collect(&lowered.expr, &mut tests);
        let mut is_told = false;
        for test in tests {
            let name = schema
                .attribute(test.attribute)
                .map_or("", |attribute| attribute.name.as_str());
            if name.split('.').next() != Some(ENTITY) {
                self.problems.push(problem::not_a_setting(test.span, name));
                is_told = true;
            } else if !is_told && !has_setting(self.platform, name) {
                let others = settings::platforms_with(name);
                let place = (self.name.span, self.platform);
                self.problems
                    .push(problem::not_on_platform(test.span, name, place, &others));
            }
        }
        if !is_about_settings && !is_told {
            self.problems.push(problem::not_a_setting(span, ""));
        }
        SettingRequirement {
            rule: lowered.expr,
            span,
        }
    }

    /// `grace 3 days`
    fn grace(&mut self, clause: Option<&'a Clause>) -> ScheduledAction {
        let mut action = ScheduledAction {
            kind: NoncomplianceAction::Block,
            after_hours: 0,
            template: None,
            span: self.name.span,
        };
        let Some(clause) = clause else { return action };
        action.span = clause.span;
        if let ClauseBody::Phrases {
            include,
            except: None,
        } = &clause.body
            && let [phrase] = include.as_slice()
        {
            let mut terms = Terms::new(phrase);
            match hours(&mut terms).filter(|_| terms.peek().is_none()) {
                Some(hours) => action.after_hours = hours,
                None => self.problems.push(problem::bad_time(phrase.span, "grace")),
            }
        } else if !matches!(clause.body, ClauseBody::Broken) {
            self.problems.push(problem::bad_time(clause.span, "grace"));
        }
        action
    }

    /// `notification after 2 days template "…"`
    fn action(&mut self, phrase: &'a Phrase) -> Option<ScheduledAction> {
        let mut terms = Terms::new(phrase);
        let Some(word) = terms.next_word() else {
            self.problems.push(problem::unknown_action(phrase.span, ""));
            return None;
        };
        let known = NoncomplianceAction::ALL
            .iter()
            .copied()
            .find(|action| action.name() == word.text);
        let kind = match known {
            Some(NoncomplianceAction::Block) => {
                self.problems.push(problem::block_is_grace(phrase.span));
                return None;
            }
            Some(kind) => kind,
            None => {
                self.problems
                    .push(problem::unknown_action(word.span, &word.text));
                return None;
            }
        };
        let mut action = ScheduledAction {
            kind,
            after_hours: 0,
            template: None,
            span: phrase.span,
        };
        if terms.take_word("after").is_some() {
            match hours(&mut terms) {
                Some(hours) => action.after_hours = hours,
                None => {
                    self.problems
                        .push(problem::bad_time(phrase.span, kind.name()));
                    return Some(action);
                }
            }
        }
        if terms.take_word("template").is_some() {
            match terms.take_id() {
                Some((id, _)) => action.template = Some(id),
                None => self.problems.push(problem::template_id(phrase.span)),
            }
        }
        self.problems.extend(terms.nothing_more());
        Some(action)
    }
}

/// A requirement that nobody understands: whether it holds is unknown.
fn unknown(span: Span) -> SettingRequirement {
    SettingRequirement {
        rule: Expr::Unknown(span),
        span,
    }
}

fn has_setting(platform: CompliancePlatform, name: &str) -> bool {
    let known = settings::settings(platform);
    known.iter().any(|setting| setting.attribute == name)
}

/// `3 days`, `12 hours`, as hours.
fn hours(terms: &mut Terms<'_>) -> Option<u32> {
    let Some(Term::Literal(literal)) = terms.peek() else {
        return None;
    };
    terms.next();
    // The unit is the rest of the literal, or the next word.
    let (digits, unit) = match literal.text.split_once(char::is_whitespace) {
        Some((digits, unit)) => (digits, unit.trim()),
        None => (
            literal.text.as_str(),
            terms.next_word().map_or("", word_text),
        ),
    };
    let number: u32 = digits.parse().ok()?;
    match unit {
        "hour" | "hours" => Some(number),
        "day" | "days" => number.checked_mul(24),
        "week" | "weeks" => number.checked_mul(24 * 7),
        _ => None,
    }
}

fn word_text(word: &Name) -> &str {
    &word.text
}

/// The tests of an expression; false where it asks for something that is no test.
fn collect<'e>(expr: &'e Expr, tests: &mut Vec<&'e Test>) -> bool {
    match expr {
        Expr::Test(test) => {
            tests.push(test);
            true
        }
        Expr::Not(inner) => collect(inner, tests),
        Expr::All(parts) | Expr::Any(parts) => {
            let mut is_plain = true;
            for part in parts {
                is_plain &= collect(part, tests);
            }
            is_plain
        }
        Expr::Constant(_) | Expr::Unknown(_) => true,
        Expr::Location(_) | Expr::App(_) | Expr::Some(_) | Expr::Field(_) => false,
    }
}

/// Report compliance policies of one name or one id.
pub(crate) fn duplicates(policies: &[CompliancePolicy], problems: &mut Vec<Diagnostic>) {
    let mut seen_names: FxHashMap<&str, Span> = FxHashMap::default();
    let mut seen_ids: FxHashMap<String, Span> = FxHashMap::default();
    for policy in policies {
        let span = policy.name_span;
        match seen_names.get(policy.display_name.as_str()) {
            Some(first) => {
                let name = &policy.display_name;
                problems.push(names::duplicate_policy(name, span, *first));
            }
            None => drop(seen_names.insert(&policy.display_name, span)),
        }
        if !policy.has_server_id {
            continue;
        }
        let id = gatewright_value::fold(&policy.id).into_owned();
        match seen_ids.get(&id) {
            Some(first) => {
                let what = "compliance policies";
                problems.push(names::duplicate_id(what, &policy.id, span, *first));
            }
            None => drop(seen_ids.insert(id, span)),
        }
    }
}

/// Say what the tenant's settings mean for each policy, once both are known: a threat level that no
/// device reports is low enough unless the tenant is secure by default.
pub fn settle_compliance(set: &mut PolicySet) {
    if !set.compliance.is_secure_by_default {
        return;
    }
    for policy in &mut set.compliance.policies {
        for requirement in &mut policy.requirements {
            settings::settle(&mut requirement.rule);
        }
    }
}
