//! The templates and rules of a project as something that can be called.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{self, Declaration, DeclarationKind, ExprId, Exprs, Name, Parameter};
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::bind;
use crate::cycles::Needs;
use crate::parameter::{Kind, Value, is_reserved};
use crate::problems::{names, templates as problem};
use crate::schema::Schema;
use crate::symbols::Symbols;

/// A name with parameters.
pub(super) struct Callee<'a> {
    pub(super) name: &'a Name,
    pub(super) parameters: Vec<Formal<'a>>,
    /// Whether it can be used: its parameters could be understood, and it is part of no cycle.
    pub(super) is_whole: bool,
    /// Whether all of it could be read.
    pub(super) is_read: bool,
}

/// A parameter with its type.
pub(super) struct Formal<'a> {
    pub(super) name: &'a Name,
    pub(super) kind: Kind,
    pub(super) default: Option<Value>,
}

pub(super) struct Template<'a> {
    pub(super) callee: Callee<'a>,
    pub(super) members: &'a [Declaration],
    pub(super) exprs: &'a Exprs,
}

pub(super) struct RuleDecl<'a> {
    pub(super) callee: Callee<'a>,
    pub(super) body: Option<ExprId>,
    pub(super) exprs: &'a Exprs,
}

/// All of them; the first of several with one name.
pub(super) struct Declared<'a> {
    pub(super) templates: IndexMap<&'a str, Template<'a>>,
    pub(super) rules: IndexMap<&'a str, RuleDecl<'a>>,
}

impl<'a> Declared<'a> {
    pub(super) fn collect(
        files: &[&'a ast::File],
        schema: &Schema,
        symbols: &Symbols<'_>,
        cyclic: &FxHashSet<String>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut declared = Declared {
            templates: IndexMap::new(),
            rules: IndexMap::new(),
        };
        let reading = Reading { schema, symbols };
        for file in files {
            for declaration in &file.declarations {
                match &declaration.kind {
                    DeclarationKind::Template {
                        name,
                        parameters,
                        members,
                    } => {
                        if let Some(first) = declared.templates.get(name.text.as_str()) {
                            let first = first.callee.name.span;
                            problems.push(names::duplicate("template", name, first));
                            continue;
                        }
                        foreign_members(members, problems);
                        let mut callee = reading.callee(name, parameters, false, problems);
                        callee.is_whole &= !declaration.is_broken;
                        callee.is_read = is_read(declaration);
                        let template = Template {
                            callee,
                            members,
                            exprs: &file.exprs,
                        };
                        declared.templates.insert(&name.text, template);
                    }
                    DeclarationKind::Rule {
                        name,
                        parameters,
                        body,
                    } if symbols.is_rule_at(name) => {
                        let mut callee = reading.callee(name, parameters, true, problems);
                        callee.is_whole &= !cyclic.contains(&name.text) && body.is_some();
                        callee.is_whole &= !declaration.is_broken;
                        let rule = RuleDecl {
                            callee,
                            body: *body,
                            exprs: &file.exprs,
                        };
                        declared.rules.insert(&name.text, rule);
                    }
                    _ => {}
                }
            }
        }
        declared.break_cycles(problems);
        declared
    }

    /// Templates that are made of each other are reported and expand to nothing.
    fn break_cycles(&mut self, problems: &mut Vec<Diagnostic>) {
        let mut needs = Needs::default();
        for template in self.templates.values() {
            needs.define(template.callee.name);
        }
        for template in self.templates.values() {
            for (used, span) in uses(template.members) {
                needs.need(&template.callee.name.text, used, span);
            }
        }
        for (group, way) in needs.in_order() {
            let Some(way) = way else { continue };
            problems.extend(problem::template_cycle(&way));
            for name in group {
                if let Some(template) = self.templates.get_mut(name.text.as_str()) {
                    template.callee.is_whole = false;
                }
            }
        }
    }
}

/// Whether neither a template nor a member of it is broken. They are nested as deeply as the parser
/// allows.
fn is_read(declaration: &Declaration) -> bool {
    let is_inside_read = match &declaration.kind {
        DeclarationKind::Template { members, .. } | DeclarationKind::Scope { members, .. } => {
            members.iter().all(is_read)
        }
        _ => true,
    };
    is_inside_read && !declaration.is_broken
}

/// The templates that are used in members, with the places.
fn uses(members: &[Declaration]) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let mut stack: Vec<&Declaration> = members.iter().rev().collect();
    while let Some(member) = stack.pop() {
        match &member.kind {
            DeclarationKind::Instance { template, .. } => {
                found.push((template.text.as_str(), template.span));
            }
            DeclarationKind::Scope { members, .. } => stack.extend(members.iter().rev()),
            _ => {}
        }
    }
    found
}

/// Report what every instance would declare again.
fn foreign_members(members: &[Declaration], problems: &mut Vec<Diagnostic>) {
    let foreign = members.iter().filter(|member| {
        let is_named = matches!(
            member.kind,
            DeclarationKind::Object { .. }
                | DeclarationKind::Rule { .. }
                | DeclarationKind::Template { .. }
        );
        is_named || crate::lower_schema::is_schema_declaration(member)
    });
    problems.extend(foreign.map(|member| problem::declaration_in_template(member.keyword)));
}

struct Reading<'r> {
    schema: &'r Schema,
    symbols: &'r Symbols<'r>,
}

impl Reading<'_> {
    fn callee<'a>(
        &self,
        name: &'a Name,
        parameters: &'a [Parameter],
        is_rule: bool,
        problems: &mut Vec<Diagnostic>,
    ) -> Callee<'a> {
        let before = problems.len();
        let mut formals: Vec<Formal<'a>> = Vec::new();
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        for parameter in parameters {
            let own = &parameter.name;
            if let Some(first) = seen.insert(&own.text, own.span) {
                problems.push(names::duplicate("parameter", own, first));
                continue;
            }
            if is_reserved(self.schema, &own.text) {
                problems.push(problem::reserved(own));
                continue;
            }
            let kind = match Kind::of(self.schema, parameter, is_rule) {
                Ok(kind) => kind,
                Err(found) => {
                    problems.push(found);
                    continue;
                }
            };
            let default = self.default(parameter, kind, problems);
            let last = formals.last();
            if let Some(last) = last.filter(|last| last.default.is_some() && default.is_none()) {
                problems.push(problem::default_first(own, last.name.span));
            }
            formals.push(Formal {
                name: own,
                kind,
                default,
            });
        }
        Callee {
            name,
            parameters: formals,
            is_whole: problems.len() == before,
            is_read: true,
        }
    }

    fn default(
        &self,
        parameter: &Parameter,
        kind: Kind,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let phrase = parameter.default.as_ref()?;
        let Some(value) = Value::of_phrase(phrase) else {
            problems.push(problem::no_value(phrase.span));
            return None;
        };
        let checks = bind::Checks {
            schema: self.schema,
            symbols: self.symbols,
            placeholders: &FxHashMap::default(),
        };
        match checks.value(&parameter.name, kind, &value) {
            Ok(()) => Some(value),
            Err(found) => {
                problems.push(found);
                None
            }
        }
    }
}
