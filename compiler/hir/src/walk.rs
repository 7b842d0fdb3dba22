//! The policies, invariants, tests and compliance policies of a file, scopes and instances around them included.

use gatewright_diagnostics::{Code, Diagnostic};
use gatewright_source::Span;
use gatewright_syntax::ast::{self, Annotation, Clause, Declaration, DeclarationKind, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::annotations;
use crate::compliance;
use crate::date::Date;
use crate::invariant::{self, Invariant};
use crate::model::{CompliancePolicy, NamedLocation, Policy};
use crate::policy::{Level, PolicyCx, lower_policy};
use crate::problems::templates::USED_HERE;
use crate::problems::{clauses, names as problem};
use crate::rule::typographic_at;
use crate::scenario::{self, Scenario};

/// LIMIT: bytes of clauses of scopes, written out for every policy inside.
const SCOPE_BYTES_MAX: usize = 64 << 20;

/// What a walk finds.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) policies: Vec<Policy>,
    pub(crate) compliance: Vec<CompliancePolicy>,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) problems: Vec<Diagnostic>,
    /// Bytes of clauses of scopes, written out; those of files before included.
    scope_bytes: usize,
    /// Those of files before.
    scope_bytes_before: usize,
}

impl Found {
    /// Nothing yet, after what was found before.
    pub(crate) fn begin(&self) -> Found {
        Found {
            scope_bytes: self.scope_bytes,
            scope_bytes_before: self.scope_bytes,
            ..Found::default()
        }
    }

    fn scope_bytes_with(&self, other: &Found) -> usize {
        self.scope_bytes + (other.scope_bytes - other.scope_bytes_before)
    }

    /// Whether nothing of this would be left out after what was found before.
    pub(crate) fn can_take(&self, other: &Found) -> bool {
        self.scope_bytes_with(other) <= SCOPE_BYTES_MAX
    }

    /// Add what was found in a further file.
    pub(crate) fn take(&mut self, other: &Found) {
        self.scope_bytes = self.scope_bytes_with(other);
        self.policies.extend_from_slice(&other.policies);
        self.compliance.extend_from_slice(&other.compliance);
        self.scenarios.extend_from_slice(&other.scenarios);
        self.invariants.extend_from_slice(&other.invariants);
        self.problems.extend_from_slice(&other.problems);
    }
}

/// A walk through a file.
pub(crate) struct Walk<'a, 'p> {
    cx: PolicyCx<'a>,
    locations: &'a [NamedLocation],
    today: Option<Date>,
    /// What is wrong with templates themselves.
    known: &'p FxHashSet<(Span, Code)>,
    levels: Vec<Level<'a>>,
    /// Annotations of scopes and instances around, outermost first.
    around: Vec<&'a [Annotation]>,
    scopes: Vec<String>,
    /// The instances around, outermost first.
    used_at: Vec<Span>,
    is_template: bool,
    found: &'p mut Found,
}

impl<'a, 'p> Walk<'a, 'p> {
    pub(crate) fn new(
        cx: PolicyCx<'a>,
        locations: &'a [NamedLocation],
        today: Option<Date>,
        known: &'p FxHashSet<(Span, Code)>,
        found: &'p mut Found,
    ) -> Self {
        Walk {
            cx,
            locations,
            today,
            known,
            levels: Vec::new(),
            around: Vec::new(),
            scopes: Vec::new(),
            used_at: Vec::new(),
            is_template: false,
            found,
        }
    }

    /// Read the declarations of a file.
    pub(crate) fn file(mut self, declarations: &'a [Declaration]) {
        self.members(declarations);
    }

    /// Read the members of a template.
    pub(crate) fn template(mut self, members: &'a [Declaration]) {
        self.is_template = true;
        self.members(members);
    }

    fn report(&mut self, problem: impl IntoIterator<Item = Diagnostic>) {
        self.found.problems.extend(problem);
    }

    /// Scopes are nested as deeply as the parser allows, instances as deeply as they are expanded.
    fn members(&mut self, declarations: &'a [Declaration]) {
        for declaration in declarations {
            annotations::check(declaration, self.today, &mut self.found.problems);
            self.member(declaration);
        }
    }

    fn member(&mut self, declaration: &'a Declaration) {
        let keyword = declaration.keyword;
        let is_outside = self.levels.is_empty();
        match &declaration.kind {
            DeclarationKind::Policy { name, clauses } => self.policy(declaration, name, clauses),
            DeclarationKind::Invariant { name, clauses } => {
                self.invariant(declaration, name, clauses);
            }
            DeclarationKind::Scope {
                name,
                clauses,
                members,
            } => {
                self.levels.push(Level { keyword, clauses });
                self.around.push(&declaration.annotations);
                self.scopes.push(name.value.clone());
                self.members(members);
                self.scopes.pop();
                self.around.pop();
                self.levels.pop();
            }
            DeclarationKind::Instance {
                template, members, ..
            } => self.instance(declaration, keyword.to(template.span), members),
            DeclarationKind::Rule {
                body: Some(body), ..
            } if is_outside => {
                let span = self.cx.exprs.span(*body);
                self.report(typographic_at(self.cx.sources, span));
            }
            DeclarationKind::Object { .. }
            | DeclarationKind::Rule { .. }
            | DeclarationKind::Template { .. }
                if !is_outside =>
            {
                self.report([clauses::declaration_in_scope(keyword)]);
            }
            DeclarationKind::Compliance { .. } if is_outside => {
                let policy = compliance::lower(self.cx, declaration, &mut self.found.problems);
                self.found.compliance.extend(policy);
            }
            DeclarationKind::Test { .. } if is_outside => {
                let problems = &mut self.found.problems;
                let scenario = scenario::lower(self.cx, self.locations, declaration, problems);
                self.found.scenarios.extend(scenario);
            }
            DeclarationKind::Compliance { .. } | DeclarationKind::Test { .. } => {
                self.report([clauses::declaration_in_scope(keyword)]);
            }
            _ => {}
        }
    }

    /// The members of a template. What is wrong with the template itself is said once, at the
    /// template; what is wrong with this instance says where it is.
    fn instance(&mut self, declaration: &'a Declaration, place: Span, members: &'a [Declaration]) {
        let before = self.found.problems.len();
        self.around.push(&declaration.annotations);
        self.used_at.push(place);
        self.members(members);
        self.used_at.pop();
        self.around.pop();
        let new = self.found.problems.split_off(before);
        let is_in_template = |problem: &Diagnostic| {
            let span = problem.span();
            let mut spans = members.iter().map(|member| member.span);
            spans.any(|m| m.source == span.source && m.start <= span.start && span.end <= m.end)
        };
        let known = self.known;
        let new = new
            .into_iter()
            .filter(|p| !known.contains(&(p.span(), p.code)));
        let new = new.map(|problem| match is_in_template(&problem) {
            true => problem.label(place, USED_HERE),
            false => problem,
        });
        self.found.problems.extend(new);
    }

    /// Count the clauses of the scopes around a declaration; whether there was room for them.
    fn charge_scopes(&mut self, name: &Text) -> bool {
        let of_scopes = self.levels.iter().flat_map(|level| level.clauses);
        self.found.scope_bytes += of_scopes
            .map(|clause| clause.span.len() as usize)
            .sum::<usize>();
        let has_room = self.found.scope_bytes <= SCOPE_BYTES_MAX;
        if !has_room {
            self.report([clauses::scopes_too_large(name)]);
        }
        has_room
    }

    fn invariant(&mut self, declaration: &'a Declaration, name: &'a Text, clauses: &'a [Clause]) {
        if !self.charge_scopes(name) {
            return;
        }
        self.report(typographic_at(self.cx.sources, name.span));
        let problems = &mut self.found.problems;
        let levels = &self.levels;
        let lowered = invariant::lower(self.cx, declaration, name, clauses, levels, problems);
        if let Some(mut invariant) = lowered {
            invariant.annotations = annotations::read(&declaration.annotations, &self.around);
            invariant.annotations.used_at = self.used_at.iter().rev().copied().collect();
            invariant.policy.scopes.clone_from(&self.scopes);
            self.found.invariants.push(invariant);
        }
    }

    fn policy(&mut self, declaration: &'a Declaration, name: &'a Text, clauses: &'a [Clause]) {
        if !self.charge_scopes(name) {
            return;
        }
        self.levels.push(Level {
            keyword: declaration.keyword,
            clauses,
        });
        self.report(typographic_at(self.cx.sources, name.span));
        let problems = &mut self.found.problems;
        let mut policy = lower_policy(self.cx, declaration, name, &self.levels, problems);
        policy.annotations = annotations::read(&declaration.annotations, &self.around);
        policy.form.plan = annotations::plan(&declaration.annotations, &self.around);
        policy.annotations.used_at = self.used_at.iter().rev().copied().collect();
        policy.scopes.clone_from(&self.scopes);
        self.found.policies.push(policy);
        self.levels.pop();
    }
}

/// Say that a library declares what it does not hand on.
pub(crate) fn not_handed_on(file: &ast::File) -> Option<Diagnostic> {
    let own = file.declarations.iter().filter(|declaration| {
        matches!(
            declaration.kind,
            DeclarationKind::Policy { .. }
                | DeclarationKind::Scope { .. }
                | DeclarationKind::Instance { .. }
                | DeclarationKind::Compliance { .. }
                | DeclarationKind::Test { .. }
                | DeclarationKind::Invariant { .. }
        )
    });
    let own: Vec<&Declaration> = own.collect();
    let first = own.first()?;
    Some(clauses::not_handed_on(first.keyword, own.len()))
}

/// Report policies of one name or id. An instance is meant by its `use`.
pub(crate) fn duplicates(policies: &[Policy], problems: &mut Vec<Diagnostic>) {
    let mut names: FxHashMap<&str, Span> = FxHashMap::default();
    let mut ids: FxHashMap<String, Span> = FxHashMap::default();
    for policy in policies {
        let used_at = policy.annotations.used_at.last();
        let span = used_at.copied().unwrap_or(policy.name_span);
        let name = policy.display_name.as_str();
        if policy.annotations.is_titled {
            // The name is one that Graph may have twice.
        } else if let Some(first) = names.get(name) {
            problems.push(problem::duplicate_policy(name, span, *first));
        } else {
            names.insert(name, span);
        }
        if !policy.has_server_id {
            continue;
        }
        let id = gatewright_value::fold(&policy.id).into_owned();
        if let Some(first) = ids.get(&id) {
            problems.push(problem::duplicate_id("policies", &policy.id, span, *first));
        } else {
            ids.insert(id, span);
        }
    }
}
