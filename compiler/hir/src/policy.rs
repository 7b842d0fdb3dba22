//! A policy: its clauses, those of the scopes around it included, as one typed policy.
//!
//! INVARIANT: a dimension that is not written is `None`; who and what are never left open, a policy
//! without them is reported and matches nobody or nothing.

mod conditions;
mod filter;
pub(crate) mod form;
pub(crate) mod graph;
mod outcome;
mod parts;
mod session;
mod target;
mod who;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceMap, Span};
use gatewright_syntax::ast::{Clause, ClauseBody, Declaration, ExprId, Exprs, Head, Term, Text};
use gatewright_value::vocabulary::State;

use crate::annotations;
use crate::expr::{ExprCx, all, lower_expr, not};
use crate::lints;
use crate::lower_schema::OWN_DIALECT;
use crate::model::{Annotations, Assignments, DeviceFilter, Expr, Policy, Target, Unmodelled};
use crate::problems::{clauses as problem, lints as lint};
use crate::rule::{DEVICE_RULE_DIALECT, typographic_at};
use crate::schema::Schema;
use crate::symbols::Symbols;

pub(crate) use parts::LISTS;
use parts::Written;
pub(crate) use session::CONTROLS as SESSION_CONTROLS;

/// What policies are read against.
#[derive(Clone, Copy)]
pub(crate) struct PolicyCx<'a> {
    pub(crate) sources: &'a SourceMap,
    pub(crate) schema: &'a Schema,
    pub(crate) symbols: &'a Symbols<'a>,
    pub(crate) exprs: &'a Exprs,
    /// Whether this is a template with samples for its parameters, in none of the scopes that its
    /// instances may stand in.
    pub(crate) is_sample: bool,
}

impl PolicyCx<'_> {
    /// The text of a filter, with what is filled in for parameters.
    pub(crate) fn filter_text(&self, text: Span, filled: &[(Span, String)]) -> String {
        let written = self.sources.text(text);
        let mut out = String::with_capacity(written.len());
        let mut rest = text.start;
        let part = |from: u32, to: u32| {
            let range =
                from.saturating_sub(text.start) as usize..to.saturating_sub(text.start) as usize;
            written.get(range).unwrap_or_default()
        };
        for (span, value) in filled {
            out.push_str(part(rest, span.start));
            out.push_str(value);
            rest = span.end;
        }
        out.push_str(part(rest, text.end));
        out
    }
}

/// The clauses that say what a policy is about.
const TARGETS: [Head; 3] = [Head::Apps, Head::Actions, Head::Contexts];

/// The clauses of a policy or of a scope around it.
#[derive(Clone, Copy)]
pub(crate) struct Level<'a> {
    pub(crate) keyword: Span,
    pub(crate) clauses: &'a [Clause],
}

/// Understand a policy. The last level is its own.
pub(crate) fn lower_policy(
    cx: PolicyCx<'_>,
    declaration: &Declaration,
    name: &Text,
    levels: &[Level<'_>],
    problems: &mut Vec<Diagnostic>,
) -> Policy {
    let mut lowering = PolicyLowering::new(cx, name, levels, problems);
    let state = lowering.state();
    let assignments = cx.schema.is_entra.then(|| Box::new(lowering.assignments()));
    let when = lowering.when();
    let outcome = lowering.outcome(declaration.span);
    let (unmodelled, form) = lowering.unmodelled(declaration);
    lowering.targetless(&unmodelled);
    let id = annotations::id(declaration);
    Policy {
        id: id.map_or_else(|| name.value.clone(), |id| id.value.clone()),
        has_server_id: id.is_some(),
        display_name: annotations::display(declaration)
            .unwrap_or(name)
            .value
            .clone(),
        state,
        name_span: name.span,
        span: declaration.span,
        assignments,
        when,
        outcome,
        unmodelled,
        form,
        annotations: Annotations::default(),
        scopes: Vec::new(),
    }
}

/// Understand the clauses of an invariant: its scope, and what it says of it as a policy would do
/// it. It has no state and nothing of Graph.
pub(crate) fn lower_claim(
    cx: PolicyCx<'_>,
    declaration: &Declaration,
    name: &Text,
    levels: &[Level<'_>],
    problems: &mut Vec<Diagnostic>,
) -> Policy {
    let mut lowering = PolicyLowering::new(cx, name, levels, problems);
    let assignments = cx.schema.is_entra.then(|| Box::new(lowering.assignments()));
    let when = lowering.when();
    let outcome = lowering.claimed(declaration.span);
    Policy {
        id: name.value.clone(),
        has_server_id: false,
        display_name: name.value.clone(),
        state: State::Enabled,
        name_span: name.span,
        span: declaration.span,
        assignments,
        when,
        outcome,
        unmodelled: Vec::new(),
        form: crate::model::GraphForm::default(),
        annotations: Annotations::default(),
        scopes: Vec::new(),
    }
}

/// What `require` and `session` clauses that stand outside of a policy say, such as those of a
/// test.
pub(crate) fn lower_expected(
    cx: PolicyCx<'_>,
    name: &Text,
    clauses: &[Clause],
    problems: &mut Vec<Diagnostic>,
) -> crate::model::Outcome {
    let keyword = name.span;
    let level = Level { keyword, clauses };
    let mut lowering = PolicyLowering::new(cx, name, &[level], problems);
    crate::model::Outcome {
        requirement: lowering.requirement(),
        session: lowering.session(),
        span: name.span,
        ..crate::model::Outcome::default()
    }
}

struct PolicyLowering<'a, 'p> {
    cx: PolicyCx<'a>,
    name: &'a Text,
    written: Written<'a>,
    problems: &'p mut Vec<Diagnostic>,
    /// Parts that exclude each other, as conditions of which nothing is known.
    undecided: Vec<Unmodelled>,
}

impl<'a, 'p> PolicyLowering<'a, 'p> {
    fn new(
        cx: PolicyCx<'a>,
        name: &'a Text,
        levels: &[Level<'a>],
        problems: &'p mut Vec<Diagnostic>,
    ) -> Self {
        let written = Written::gather(cx.schema.is_entra, levels, problems);
        PolicyLowering {
            cx,
            name,
            written,
            problems,
            undecided: Vec::new(),
        }
    }

    fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// A part that another one excludes: whether it holds is taken for unknown, as of Graph JSON.
    fn undecided(&mut self, member: &str, span: Span) {
        self.undecided.push(Unmodelled {
            path: vec!["conditions".to_owned(), member.to_owned()],
            json: "null".to_owned(),
            span,
            is_condition: true,
        });
    }

    fn state(&mut self) -> State {
        let Some(parts) = self.written.phrases(Head::State) else {
            // A schema of one's own need not know states.
            if self.cx.schema.is_entra && self.written.lacks(&[Head::State]) {
                self.report(lint::unwritten_state(self.name.span, &self.name.value));
            }
            return State::Enabled;
        };
        let word = match parts.include.as_slice() {
            [phrase] => match phrase.terms.as_slice() {
                [term] => term.as_word(),
                _ => None,
            },
            _ => None,
        };
        match word.map(|word| word.text.as_str()) {
            Some("enabled") => State::Enabled,
            Some("disabled") => State::Disabled,
            Some("reportOnly") => State::ReportOnly,
            _ => {
                let span = parts
                    .include
                    .first()
                    .map_or(parts.span, |phrase| phrase.span);
                let first = parts.include.first().map(|phrase| phrase.terms.as_slice());
                let stray = match first {
                    Some([Term::Word(_), Term::Word(stray), ..]) => Some(stray),
                    _ => None,
                };
                let found = problem::unexpected_word(span, stray);
                self.report(match found.fixes.is_empty() {
                    true => problem::bad_state(span, word),
                    false => found,
                });
                State::Enabled
            }
        }
    }

    fn assignments(&mut self) -> Assignments {
        self.empty_lists();
        let who = self.who();
        let target = self.target();
        Assignments {
            who,
            target,
            user_risk: self.risk(Head::UserRisk),
            sign_in_risk: self.risk(Head::SignInRisk),
            insider_risk: self.insider_risk(),
            service_principal_risk: self.risk(Head::WorkloadRisk),
            agent_risk: self.agent_risk(),
            platforms: self.platforms(),
            locations: self.locations(),
            clients: self.clients(),
            devices: self.devices(),
            flows: self.flows(),
        }
    }

    /// Report conditions that nothing can meet, because nothing is listed.
    fn empty_lists(&mut self) {
        for head in LISTS.iter().copied() {
            let Some(list) = self.written.empty_list(head) else {
                continue;
            };
            // `users` and `guests` are one union.
            let other = match head {
                Head::Users => Head::Guests,
                Head::Guests => Head::Users,
                _ => head,
            };
            let is_all_empty = other == head
                || !self.written.has(other)
                || self.written.empty_list(other).is_some();
            if is_all_empty {
                let found = self.empty(head, other, list);
                self.report(found);
            }
        }
    }

    /// What an empty list is: the service takes no policy that is for nobody, and no empty list
    /// of clients. Where something is excepted, the list only matches nothing.
    fn empty(&self, head: Head, other: Head, list: Span) -> Diagnostic {
        let excepts = [head, other].into_iter().any(|head| {
            let parts = self.written.phrases(head);
            parts.is_some_and(|parts| !parts.exclude.is_empty())
        });
        let name = &self.name.value;
        match head {
            Head::Clients => lint::empty_clients(list, "so the policy never applies"),
            Head::Users | Head::Guests | Head::Workloads | Head::Agents if !excepts => {
                lint::nobody_listed(list, name)
            }
            _ => lint::empty_list(list, head.word()),
        }
    }

    /// `devices where …`, `devices except …`
    fn devices(&mut self) -> Option<DeviceFilter> {
        let clause = self.written.only(Head::Devices)?;
        let ClauseBody::Filter {
            is_exclude,
            rule,
            text,
            filled,
            ..
        } = &clause.body
        else {
            if !matches!(clause.body, ClauseBody::Broken) {
                self.report(problem::filter_expected(clause));
            }
            return None;
        };
        let schema = self.cx.schema;
        let dialect = schema
            .dialects
            .iter()
            .find(|d| d.name == DEVICE_RULE_DIALECT)?;
        let rule = self.filter_rule(dialect, *rule, *text, filled);
        Some(DeviceFilter {
            is_exclude: *is_exclude,
            rule,
            text: self.cx.filter_text(*text, filled),
            span: *text,
        })
    }

    /// `when` and `unless`, of every level.
    fn when(&mut self) -> Option<Expr> {
        let mut conditions = Vec::new();
        for head in [Head::When, Head::Unless] {
            for clause in self.written.all(head) {
                let ClauseBody::Expression(root) = clause.body else {
                    continue;
                };
                let expr = self.own_expression(root);
                conditions.push(if head == Head::Unless {
                    not(expr)
                } else {
                    expr
                });
            }
        }
        (!conditions.is_empty()).then(|| all(conditions))
    }

    fn own_expression(&mut self, root: ExprId) -> Expr {
        let schema = self.cx.schema;
        let Some(dialect) = schema.dialects.iter().find(|d| d.name == OWN_DIALECT) else {
            return Expr::Constant(true);
        };
        let cx = ExprCx {
            schema,
            dialect,
            symbols: Some(self.cx.symbols),
        };
        let lowered = lower_expr(cx, self.cx.exprs, root, self.problems);
        if !lowered.is_broken {
            lints::expression(schema, &lowered.expr, self.problems);
        }
        let span = self.cx.exprs.span(root);
        self.problems.extend(typographic_at(self.cx.sources, span));
        lowered.expr
    }

    /// The kind of target that the policy has; anything but one kind is a mistake.
    fn target(&mut self) -> Target {
        let present: Vec<Head> = TARGETS
            .into_iter()
            .filter(|head| self.written.has(*head))
            .collect();
        if let [first, second, ..] = present.as_slice() {
            let spans = (
                self.written.head_span(*first),
                self.written.head_span(*second),
            );
            self.report(problem::two_targets(*first, spans.0, *second, spans.1));
            self.undecided("applications", spans.1);
        }
        match present.first() {
            Some(Head::Apps) => self.apps(),
            Some(Head::Actions) => self.actions(),
            Some(_) => self.contexts(),
            None => Target::Nothing(self.name.span),
        }
    }

    /// Say that the policy is about nothing, unless what it is about may stand in a member that is
    /// carried and not understood.
    fn targetless(&mut self, unmodelled: &[Unmodelled]) {
        let is_applications = |part: &String| part.eq_ignore_ascii_case("applications");
        let carries = unmodelled
            .iter()
            .any(|m| m.path.iter().any(is_applications));
        let is_entra = self.cx.schema.is_entra;
        if is_entra && !carries && self.written.lacks(&TARGETS) {
            self.report(lint::no_target(self.name.span, &self.name.value));
        }
    }
}
