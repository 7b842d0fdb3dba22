//! A project: all its files as one namespace, whatever their order.
//!
//! First every name is declared, then objects are read, then templates are put in their places, then
//! named rules are read in the order in which they need each other, then policies. A mistake in one declaration never hides those in another.

use std::sync::Arc;

use gatewright_diagnostics::{Code, Diagnostic};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::ast::{self, Declaration, DeclarationKind, ObjectKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::compliance;
use crate::data::Data;
use crate::date::Date;
use crate::invariant::{self, Invariant};
use crate::lower_schema::{is_schema_declaration, lower_declarations};
use crate::memo::Memo;
use crate::model::{Compliance, Edition, NamedLocation, ObjectName, Policy, PolicySet};
use crate::objects::{self, Objects};
use crate::policy::PolicyCx;
use crate::problems::names as problem;
use crate::references::Reference;
use crate::rules::{self, Rule};
use crate::samples;
use crate::scenario::Scenario;
use crate::schema::Schema;
use crate::symbols::Symbols;
use crate::template::{self, Expansion, Sample, SampleBody};
use crate::unread::{self, Unread};
use crate::walk::{self, Found, Walk};

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
    /// Texts of libraries: they hand on objects, rules and templates, and nothing else.
    pub libraries: &'a [SourceId],
    /// The day on which this is checked; without one no `@expires` is spoken of.
    pub today: Option<Date>,
}

/// What a project says.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The policies, those for device compliance among them, with the objects that they speak of.
    pub set: PolicySet,
    /// The scenario tests, in path order, then in order of the file.
    pub scenarios: Vec<Scenario>,
    /// The invariants, in the same order.
    pub invariants: Vec<Invariant>,
    /// Which names stand for what, in order of the sources.
    pub references: Vec<Reference>,
    /// What may be declared where nothing could be read.
    pub unread: Unread,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Names, types and clauses of a project.
#[must_use]
pub fn check(files: &[(SourceId, Arc<ast::File>)], cx: &Context<'_>) -> Checked {
    check_in(files, cx, None)
}

/// As [`check`], without looking again at files that are as they were when `memo` was last used.
/// The context must be the same as then, sources that have changed apart.
#[must_use]
pub fn check_again(
    files: &[(SourceId, Arc<ast::File>)],
    cx: &Context<'_>,
    memo: &mut Memo,
) -> Checked {
    check_in(files, cx, Some(memo))
}

fn check_in(
    files: &[(SourceId, Arc<ast::File>)],
    cx: &Context<'_>,
    memo: Option<&mut Memo>,
) -> Checked {
    let mut problems = Vec::new();
    let trees = in_path_order(files, cx.sources);
    let files: Vec<&ast::File> = trees.iter().map(|file| &***file).collect();
    let schema = schema(&files, cx, &mut problems);
    let mut symbols = Symbols::new(cx.data, cx.names);
    declare(&files, &mut symbols, &mut problems);
    let declared = files.iter().flat_map(|file| &file.declarations);
    symbols.references().note_schema(&schema, declared);
    let mut objects = Objects::default();
    for file in &files {
        objects::lower(file, &symbols, &mut objects, &mut problems);
    }
    let cyclic = rules::cyclic(&files, &symbols, &mut problems);
    let expansion = template::is_needed(&files)
        .then(|| template::expand(&files, &schema, &symbols, &cyclic, &mut problems));
    let expanded: Vec<&ast::File> = match &expansion {
        Some(expansion) => { files.iter().zip(&expansion.files) }
            .map(|(file, copy)| copy.as_ref().unwrap_or(file))
            .collect(),
        None => files.clone(),
    };
    let project = Project {
        cx,
        schema: &schema,
        cyclic: &cyclic,
        locations: &objects.locations,
    };
    let known = project.rules(&expanded, expansion.as_ref(), &mut symbols, &mut problems);
    let mut found = Found::default();
    match memo {
        Some(memo) => {
            memo.keep_for(&trees);
            for (file, expanded) in trees.into_iter().zip(expanded) {
                let walk = |found: &mut Found| project.walk(expanded, &symbols, &known, found);
                if std::ptr::eq(&raw const **file, expanded) {
                    memo.walk(file, &symbols, &mut found, walk);
                } else {
                    // A copy: what an instance is put in place of hangs on other files.
                    walk(&mut found);
                }
            }
        }
        None => {
            for file in expanded {
                project.walk(file, &symbols, &known, &mut found);
            }
        }
    }
    problems.append(&mut found.problems);
    walk::duplicates(&found.policies, &mut problems);
    compliance::duplicates(&found.compliance, &mut problems);
    invariant::duplicates(&found.invariants, &mut problems);
    let references = symbols.references().in_order();
    let mut set = assemble(cx, schema, &symbols, objects, found.policies);
    set.compliance.policies = found.compliance;
    let unread = Unread::of(&files);
    once_in_text_order(&files, &mut problems);
    Checked {
        set,
        scenarios: found.scenarios,
        invariants: found.invariants,
        references,
        unread,
        diagnostics: problems,
    }
}

/// A project whose names are declared.
struct Project<'c> {
    cx: &'c Context<'c>,
    schema: &'c Schema,
    cyclic: &'c FxHashSet<String>,
    locations: &'c [NamedLocation],
}

impl Project<'_> {
    /// Check the rules, then what is wrong with templates and rules with parameters whatever is
    /// filled in. Gives the places and codes of the latter, which no instance repeats.
    fn rules(
        &self,
        files: &[&ast::File],
        expansion: Option<&Expansion>,
        symbols: &mut Symbols<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> FxHashSet<(Span, Code)> {
        let mut rules = rules::plain(files, symbols, self.cyclic);
        let Some(expansion) = expansion else {
            rules::lower(&rules, self.schema, symbols, problems);
            return FxHashSet::default();
        };
        for (name, body) in &expansion.made {
            symbols.make_rule(name);
            rules.push(Rule {
                name,
                exprs: &expansion.made_exprs,
                body: *body,
            });
        }
        let mut found = Vec::new();
        rules::lower(&rules, self.schema, symbols, &mut found);
        found.retain(|problem| !expansion.placeholders.contains_key(&problem.span()));
        problems.append(&mut found);
        let mut known = FxHashSet::default();
        for sample in &expansion.samples {
            symbols.set_parameters(sample.parameters.clone());
            let found = self.sample(sample, symbols);
            let found = found
                .into_iter()
                .filter(|p| samples::is_certain(p, expansion));
            for problem in found {
                known.insert((problem.span(), problem.code));
                problems.push(problem);
            }
        }
        symbols.set_parameters(Vec::new());
        known
    }

    /// Everything that can be said of a template or rule with samples for its parameters.
    fn sample(&self, sample: &Sample, symbols: &Symbols<'_>) -> Vec<Diagnostic> {
        match &sample.body {
            SampleBody::Template(members) => {
                let mut found = Found::default();
                let cx = self.policy_cx(symbols, &sample.exprs, true);
                let known = FxHashSet::default();
                let walk = Walk::new(cx, self.locations, self.cx.today, &known, &mut found);
                walk.template(members);
                found.problems
            }
            SampleBody::Rule(body) => rules::check(&sample.exprs, *body, self.schema, symbols),
        }
    }

    fn walk(
        &self,
        file: &ast::File,
        symbols: &Symbols<'_>,
        known: &FxHashSet<(Span, Code)>,
        found: &mut Found,
    ) {
        if self.cx.libraries.contains(&file.source) {
            found.problems.extend(walk::not_handed_on(file));
            return;
        }
        unread::note(file, self.schema, symbols);
        let cx = self.policy_cx(symbols, &file.exprs, false);
        let walk = Walk::new(cx, self.locations, self.cx.today, known, found);
        walk.file(&file.declarations);
    }

    fn policy_cx<'a>(
        &'a self,
        symbols: &'a Symbols<'a>,
        exprs: &'a ast::Exprs,
        is_sample: bool,
    ) -> PolicyCx<'a> {
        PolicyCx {
            sources: self.cx.sources,
            schema: self.schema,
            symbols,
            exprs,
            is_sample,
        }
    }
}

fn in_path_order<'a>(
    files: &'a [(SourceId, Arc<ast::File>)],
    sources: &SourceMap,
) -> Vec<&'a Arc<ast::File>> {
    let mut files: Vec<&Arc<ast::File>> = files.iter().map(|(_, file)| file).collect();
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
        .map(|(kind, name, symbol)| {
            let said = objects.said.remove(&symbol.span).unwrap_or_default();
            ObjectName {
                kind,
                id: symbol.id.clone(),
                name: said.display.unwrap_or_else(|| name.to_owned()),
                span: Some(symbol.span),
                form: said.form,
                is_per_device: said.is_marked && kind == ObjectKind::Terms,
                is_unpublished: said.is_marked && kind == ObjectKind::Context,
            }
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
