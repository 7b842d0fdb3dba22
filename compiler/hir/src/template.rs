//! Templates and rules with parameters, put in their places before anything is typed.
//!
//! Each `use` gets a copy of the template's members in which the parameters are what is filled in,
//! each call of a rule with parameters a rule of its own. All that follows sees declarations that
//! could have been written by hand, at the places of the template.
//!
//! Copying is hygienic: names are those of the whole project, a parameter is replaced where the
//! template says its name and nowhere in what is filled in.
//!
//! Every template and every such rule is also copied once with samples of its parameters' types:
//! what is wrong with it whatever is filled in is reported from that copy, once, even if nobody
//! uses it.
//!
//! LIMIT: [`NODES_MAX`] pieces, what is filled in included, [`DEPTH_MAX`] templates in templates,
//! [`MADE_MAX`] calls of rules with different arguments.

mod bind;
mod copy;
mod declared;
mod text;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;
use gatewright_syntax::ast::{self, Declaration, DeclarationKind, Expr, ExprId, Exprs, Name};
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::parameter::{Base, sample};
use crate::schema::Schema;
use crate::symbols::Symbols;

pub(crate) use bind::{Binding, Env};
use declared::{RuleDecl, Template};

/// LIMIT: pieces of trees that all uses of templates in a project may add together.
const NODES_MAX: usize = 500_000;
/// LIMIT: templates in templates.
const DEPTH_MAX: usize = 64;
/// LIMIT: different calls of rules with parameters.
const MADE_MAX: usize = 20_000;

/// What templates and rules with parameters become.
pub(crate) struct Expansion {
    /// The files, `use` with what it stands for, calls of rules by name; none where a file has
    /// nothing to expand.
    pub(crate) files: Vec<Option<ast::File>>,
    /// The rules that calls became.
    pub(crate) made: Vec<(Name, ExprId)>,
    pub(crate) made_exprs: Exprs,
    pub(crate) samples: Vec<Sample>,
    /// Where samples stand for parameters.
    pub(crate) placeholders: FxHashMap<Span, Base>,
}

/// A template or rule with samples for its parameters.
pub(crate) struct Sample {
    /// Parameters that stand for objects.
    pub(crate) parameters: Vec<(ObjectKind, Name)>,
    pub(crate) body: SampleBody,
    pub(crate) exprs: Exprs,
}

/// What a [`Sample`] is of.
pub(crate) enum SampleBody {
    Template(Vec<Declaration>),
    Rule(ExprId),
}

/// Whether any of the files has something to expand.
pub(crate) fn is_needed(files: &[&ast::File]) -> bool {
    let in_tree = |file: &&ast::File| file.declarations.iter().any(has_template);
    let in_exprs = |file: &&ast::File| {
        let ids = (0..file.exprs.len()).filter_map(|at| u32::try_from(at).ok());
        ids.map(|at| file.exprs.get(ExprId(at))).any(|expr| {
            matches!(
                expr,
                Expr::Name {
                    arguments: Some(_),
                    ..
                }
            )
        })
    };
    files.iter().any(|file| in_tree(file) || in_exprs(file))
}

/// Whether a declaration has to do with templates, or is a rule with parameters.
pub(crate) fn has_template(declaration: &Declaration) -> bool {
    match &declaration.kind {
        DeclarationKind::Template { .. } | DeclarationKind::Instance { .. } => true,
        DeclarationKind::Rule { parameters, .. } => !parameters.is_empty(),
        DeclarationKind::Scope { members, .. } => members.iter().any(has_template),
        _ => false,
    }
}

/// Put templates and rules with parameters in their places. `cyclic` are rules without a value.
pub(crate) fn expand(
    files: &[&ast::File],
    schema: &Schema,
    symbols: &Symbols<'_>,
    cyclic: &FxHashSet<String>,
    problems: &mut Vec<Diagnostic>,
) -> Expansion {
    let declared = declared::Declared::collect(files, schema, symbols, cyclic, problems);
    let mut expander = Expander {
        schema,
        symbols,
        templates: &declared.templates,
        rules: &declared.rules,
        to: Exprs::default(),
        made: IndexMap::new(),
        placeholders: FxHashMap::default(),
        used: FxHashSet::default(),
        filled: Vec::new(),
        budget: NODES_MAX,
        depth: 0,
        is_sample: false,
        is_quiet: false,
        is_exhausted: false,
        problems,
    };
    let files = files.iter().copied();
    let files = files
        .map(|file| (!is_plain(file, &declared.rules)).then(|| expander.file(file)))
        .collect();
    let samples = expander.samples();
    let (made, made_exprs) = expander.rules();
    expander.unused();
    let placeholders = expander.placeholders;
    Expansion {
        files,
        made,
        made_exprs,
        samples,
        placeholders,
    }
}

/// Whether a file has nothing to expand: that hangs on itself and on which rules have parameters.
fn is_plain(file: &ast::File, rules: &IndexMap<&str, RuleDecl<'_>>) -> bool {
    let is_call = |expr: &Expr| {
        let Expr::Name { path, arguments } = expr else {
            return false;
        };
        let rule = path.first().and_then(|word| rules.get(word.text.as_str()));
        arguments.is_some() || rule.is_some_and(|rule| !rule.callee.parameters.is_empty())
    };
    let ids = (0..file.exprs.len()).filter_map(|at| u32::try_from(at).ok());
    !file.declarations.iter().any(has_template)
        && !ids.map(|at| file.exprs.get(ExprId(at))).any(is_call)
}

/// A call of a rule that becomes a rule of its own.
struct Made<'a> {
    name: Name,
    rule: &'a RuleDecl<'a>,
    env: Env,
}

struct Expander<'a, 'p> {
    schema: &'a Schema,
    symbols: &'a Symbols<'a>,
    templates: &'a IndexMap<&'a str, Template<'a>>,
    rules: &'a IndexMap<&'a str, RuleDecl<'a>>,
    /// Where copies of expressions go.
    to: Exprs,
    made: IndexMap<(bool, String), Made<'a>>,
    placeholders: FxHashMap<Span, Base>,
    /// Parameters that are used, by their places.
    used: FxHashSet<Span>,
    /// What is filled in in the filter that is being copied.
    filled: Vec<(Span, String)>,
    budget: usize,
    depth: usize,
    is_sample: bool,
    /// Whether what is wrong here is reported from the sample of the same template.
    is_quiet: bool,
    is_exhausted: bool,
    problems: &'p mut Vec<Diagnostic>,
}

impl<'a> Expander<'a, '_> {
    fn report(&mut self, problem: Diagnostic) {
        if !self.is_quiet {
            self.problems.push(problem);
        }
    }

    fn file(&mut self, file: &'a ast::File) -> ast::File {
        let env = Env::default();
        let from = copy::From {
            exprs: &file.exprs,
            env: &env,
            in_template: false,
        };
        self.to = Exprs::default();
        let declarations = self.declarations(from, &file.declarations);
        ast::File {
            source: file.source,
            docs: file.docs.clone(),
            declarations,
            exprs: std::mem::take(&mut self.to),
            unread: file.unread.clone(),
        }
    }

    /// Every template and every rule with parameters, with samples.
    fn samples(&mut self) -> Vec<Sample> {
        self.is_sample = true;
        let mut samples = Vec::new();
        for template in self.templates.values().filter(|t| t.callee.is_whole) {
            self.to = Exprs::default();
            let (env, parameters) = self.sample_env(&template.callee);
            let from = copy::From {
                exprs: template.exprs,
                env: &env,
                in_template: true,
            };
            let members = self.declarations(from, template.members);
            samples.push(Sample {
                parameters,
                body: SampleBody::Template(members),
                exprs: std::mem::take(&mut self.to),
            });
        }
        let with_parameters =
            |rule: &&RuleDecl<'_>| rule.callee.is_whole && !rule.callee.parameters.is_empty();
        for rule in self.rules.values().filter(with_parameters) {
            let Some(body) = rule.body else { continue };
            self.to = Exprs::default();
            let (env, parameters) = self.sample_env(&rule.callee);
            let from = copy::From {
                exprs: rule.exprs,
                env: &env,
                in_template: false,
            };
            let body = self.expr(from, body, false);
            samples.push(Sample {
                parameters,
                body: SampleBody::Rule(body),
                exprs: std::mem::take(&mut self.to),
            });
        }
        self.is_sample = false;
        samples
    }

    fn sample_env(&self, callee: &declared::Callee<'_>) -> (Env, Vec<(ObjectKind, Name)>) {
        let bindings = callee.parameters.iter().map(|parameter| Binding {
            name: parameter.name.text.clone(),
            kind: parameter.kind,
            value: sample(self.schema, parameter.kind, parameter.name),
            declared: parameter.name.span,
        });
        let objects = callee.parameters.iter().filter_map(|p| match p.kind.base {
            Base::Object(kind) => Some((kind, p.name.clone())),
            _ => None,
        });
        (bindings.collect(), objects.collect())
    }

    /// The bodies of the rules that calls became; copying one may make others.
    fn rules(&mut self) -> (Vec<(Name, ExprId)>, Exprs) {
        self.to = Exprs::default();
        let mut bodies = Vec::new();
        let mut next = 0;
        while let Some((_, made)) = self.made.get_index(next) {
            next += 1;
            let (name, rule, env) = (made.name.clone(), made.rule, made.env.clone());
            let Some(body) = rule.body else { continue };
            // A rule that says the types of its parameters was checked with samples.
            let is_open = |binding: &Binding| binding.kind.base == Base::Any;
            self.is_quiet = !env.bindings().iter().any(is_open);
            let from = copy::From {
                exprs: rule.exprs,
                env: &env,
                in_template: false,
            };
            let mut body = self.expr(from, body, false);
            if self.is_exhausted {
                body = self.to.add(Expr::Broken, name.span);
            }
            bodies.push((name, body));
        }
        self.is_quiet = false;
        (bodies, std::mem::take(&mut self.to))
    }

    /// Report parameters that nothing uses.
    fn unused(&mut self) {
        let templates = self.templates.values().map(|t| &t.callee);
        let rules = self.rules.values().map(|r| &r.callee);
        let callees = templates.chain(rules).filter(|c| c.is_whole && c.is_read);
        let callees: Vec<_> = callees.collect();
        for parameter in callees.iter().flat_map(|callee| &callee.parameters) {
            if !self.used.contains(&parameter.name.span) {
                let problem = crate::problems::templates::unused_parameter(parameter.name);
                self.problems.push(problem);
            }
        }
    }
}
