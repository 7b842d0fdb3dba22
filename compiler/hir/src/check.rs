//! A project: all its files as one namespace, whatever their order.
//!
//! First every name is declared, then objects are read, then named rules in the order in which they
//! need each other, then policies. A mistake in one declaration never hides those in another.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::ast::{self, Clause, Declaration, DeclarationKind, ObjectKind, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::annotations;
use crate::compliance;
use crate::data::Data;
use crate::lower_schema::{is_schema_declaration, lower_declarations};
use crate::model::{Compliance, CompliancePolicy, Edition, ObjectName, Policy, PolicySet};
use crate::objects::{self, Objects};
use crate::policy::{Level, PolicyCx, lower_policy};
use crate::problems::{clauses, names as problem};
use crate::rule::typographic_at;
use crate::rules;
use crate::scenario::{self, Scenario};
use crate::schema::Schema;
use crate::symbols::Symbols;

/// What a project is checked against.
#[derive(Clone)]
pub struct Context<'a> {
    /// The texts: a filter keeps its rule as it is written.
    pub sources: &'a SourceMap,
    /// The vocabulary, where the project declares none of its own.
    pub schema: Arc<Schema>,
    /// The meaning.
    pub edition: Edition,
    /// What every tenant has.
    pub data: &'a Data,
    /// Names from a directory; policies may use them like declared ones.
    pub names: &'a [ObjectName],
}

/// What a project says.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The policies, those for device compliance among them, with the objects that they speak of.
    pub set: PolicySet,
    /// The scenario tests, in path order, then in order of the file.
    pub scenarios: Vec<Scenario>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Names, types and clauses of a project.
#[must_use]
pub fn check(files: &[(SourceId, ast::File)], cx: &Context<'_>) -> Checked {
    let mut problems = Vec::new();
    let files = in_path_order(files, cx.sources);
    let schema = schema(&files, cx, &mut problems);
    let mut symbols = Symbols::new(cx.data, cx.names);
    declare(&files, &mut symbols, &mut problems);
    let mut objects = Objects::default();
    for file in &files {
        objects::lower(file, &symbols, &mut objects, &mut problems);
    }
    rules::lower(&files, &schema, &mut symbols, &mut problems);
    let mut policies = Vec::new();
    let mut compliance = Vec::new();
    let mut scenarios = Vec::new();
    let mut scope_bytes = 0;
    for file in &files {
        let policy_cx = PolicyCx {
            sources: cx.sources,
            schema: &schema,
            symbols: &symbols,
            exprs: &file.exprs,
        };
        let mut walk = Walk {
            cx: policy_cx,
            levels: Vec::new(),
            scope_bytes: &mut scope_bytes,
            policies: &mut policies,
            compliance: &mut compliance,
            scenarios: &mut scenarios,
            problems: &mut problems,
        };
        walk.members(&file.declarations);
    }
    duplicates(&policies, &mut problems);
    let mut set = assemble(cx, schema, &symbols, objects, policies);
    set.compliance.policies = compliance;
    once_in_text_order(&files, &mut problems);
    Checked {
        set,
        scenarios,
        diagnostics: problems,
    }
}

fn in_path_order<'a>(
    files: &'a [(SourceId, ast::File)],
    sources: &SourceMap,
) -> Vec<&'a ast::File> {
    let mut files: Vec<&ast::File> = files.iter().map(|(_, file)| file).collect();
    files.sort_by(|a, b| sources.name(a.source).cmp(sources.name(b.source)));
    files
}

/// A scope's clauses are read for each policy inside; what is wrong with them is said once.
fn once_in_text_order(files: &[&ast::File], problems: &mut Vec<Diagnostic>) {
    let mut seen: FxHashSet<(Span, &'static str, String)> = FxHashSet::default();
    problems.retain(|found| seen.insert((found.span(), found.code.name(), found.message.clone())));
    let place_by_source: FxHashMap<SourceId, usize> = files
        .iter()
        .enumerate()
        .map(|(place, file)| (file.source, place))
        .collect();
    problems.sort_by_cached_key(|problem| {
        let span = problem.span();
        let place = place_by_source
            .get(&span.source)
            .copied()
            .unwrap_or(usize::MAX);
        (place, span.start, span.end)
    });
}

/// The schema that the project declares, or the one that it is checked against.
fn schema(files: &[&ast::File], cx: &Context<'_>, problems: &mut Vec<Diagnostic>) -> Arc<Schema> {
    let declarations: Vec<&Declaration> = files
        .iter()
        .flat_map(|file| &file.declarations)
        .filter(|declaration| is_schema_declaration(declaration))
        .collect();
    if declarations.is_empty() {
        return Arc::clone(&cx.schema);
    }
    let (schema, found) = lower_declarations(&declarations);
    problems.extend(found);
    Arc::new(schema)
}

/// Give every object and rule its name.
fn declare(files: &[&ast::File], symbols: &mut Symbols<'_>, problems: &mut Vec<Diagnostic>) {
    for declaration in files.iter().flat_map(|file| &file.declarations) {
        let (taken, kind, name) = match &declaration.kind {
            DeclarationKind::Object { kind, name, value } => {
                let id = objects::id(declaration, *kind, name, value);
                (symbols.declare(*kind, name, id), kind.keyword(), name)
            }
            DeclarationKind::Rule { name, .. } => (symbols.declare_rule(name), "rule", name),
            _ => continue,
        };
        if let Some(first) = taken {
            problems.push(problem::duplicate(kind, name, first));
        }
    }
}

/// LIMIT: bytes of clauses of scopes, written out for every policy inside.
const SCOPE_BYTES_MAX: usize = 64 << 20;

/// A walk through the policies of a file, scopes around them included.
struct Walk<'a, 'p> {
    cx: PolicyCx<'a>,
    levels: Vec<Level<'a>>,
    scope_bytes: &'p mut usize,
    policies: &'p mut Vec<Policy>,
    compliance: &'p mut Vec<CompliancePolicy>,
    scenarios: &'p mut Vec<Scenario>,
    problems: &'p mut Vec<Diagnostic>,
}

impl<'a> Walk<'a, '_> {
    /// Scopes are nested as deeply as the parser allows.
    fn members(&mut self, declarations: &'a [Declaration]) {
        for declaration in declarations {
            annotations::check(declaration, self.problems);
            let keyword = declaration.keyword;
            match &declaration.kind {
                DeclarationKind::Policy { name, clauses } => {
                    self.policy(declaration, name, clauses);
                }
                DeclarationKind::Scope {
                    clauses, members, ..
                } => {
                    self.levels.push(Level { keyword, clauses });
                    self.members(members);
                    self.levels.pop();
                }
                DeclarationKind::Rule {
                    body: Some(body), ..
                } if self.levels.is_empty() => {
                    let span = self.cx.exprs.span(*body);
                    self.problems.extend(typographic_at(self.cx.sources, span));
                    self.problems.extend(clauses::not_supported(declaration));
                }
                DeclarationKind::Object { .. } | DeclarationKind::Rule { .. }
                    if !self.levels.is_empty() =>
                {
                    self.problems.push(clauses::declaration_in_scope(keyword));
                }
                DeclarationKind::Compliance { .. } if self.levels.is_empty() => {
                    let policy = compliance::lower(self.cx, declaration, self.problems);
                    self.compliance.extend(policy);
                }
                DeclarationKind::Test { .. } if self.levels.is_empty() => {
                    let scenario = scenario::lower(self.cx, declaration, self.problems);
                    self.scenarios.extend(scenario);
                }
                _ => self.problems.extend(clauses::not_supported(declaration)),
            }
        }
    }

    fn policy(&mut self, declaration: &'a Declaration, name: &'a Text, clauses: &'a [Clause]) {
        let of_scopes = self.levels.iter().flat_map(|level| level.clauses);
        *self.scope_bytes += of_scopes
            .map(|clause| clause.span.len() as usize)
            .sum::<usize>();
        if *self.scope_bytes > SCOPE_BYTES_MAX {
            self.problems.push(clauses::scopes_too_large(name));
            return;
        }
        self.levels.push(Level {
            keyword: declaration.keyword,
            clauses,
        });
        self.problems
            .extend(typographic_at(self.cx.sources, name.span));
        let policy = lower_policy(self.cx, declaration, name, &self.levels, self.problems);
        self.policies.push(policy);
        self.levels.pop();
    }
}

fn duplicates(policies: &[Policy], problems: &mut Vec<Diagnostic>) {
    let mut names: FxHashMap<&str, Span> = FxHashMap::default();
    let mut ids: FxHashMap<String, Span> = FxHashMap::default();
    for policy in policies {
        let span = policy.name_span;
        if let Some(first) = names.get(policy.display_name.as_str()) {
            problems.push(problem::duplicate_policy(
                &policy.display_name,
                span,
                *first,
            ));
        } else {
            names.insert(&policy.display_name, span);
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

fn assemble(
    cx: &Context<'_>,
    schema: Arc<Schema>,
    symbols: &Symbols<'_>,
    mut objects: Objects,
    policies: Vec<Policy>,
) -> PolicySet {
    let is_entra = schema.is_entra;
    if is_entra {
        objects.strengths.extend(cx.data.built_in_strengths());
    }
    objects.strengths.sort_by(|a, b| a.id.cmp(&b.id));
    objects.locations.sort_by(|a, b| a.id.cmp(&b.id));
    let mut names: Vec<ObjectName> = symbols
        .objects()
        .filter(|(kind, _, _)| !matches!(kind, ObjectKind::Strength | ObjectKind::Location))
        .map(|(kind, name, symbol)| ObjectName {
            kind,
            id: symbol.id.clone(),
            name: name.to_owned(),
            span: Some(symbol.span),
        })
        .collect();
    names.extend(cx.names.iter().cloned());
    if is_entra {
        names.extend(cx.data.names());
    }
    PolicySet {
        schema,
        edition: cx.edition,
        policies,
        locations: objects.locations,
        strengths: objects.strengths,
        names,
        compliance: Compliance::default(),
        app_groups: if is_entra {
            cx.data.app_groups.clone()
        } else {
            Vec::new()
        },
    }
}
