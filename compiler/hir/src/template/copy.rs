//! Copies of trees with parameters in place.

use gatewright_source::Span;
use gatewright_syntax::ast::{
    Annotation, Argument, Clause, ClauseBody, Declaration, DeclarationKind, Expr, ExprId, Exprs,
    Name, Operand, Phrase, Term, TestBlock, Text,
};

use super::bind::{Binding, Checks, Env, Given};
use super::{DEPTH_MAX, Expander, MADE_MAX, Made, text};
use crate::parameter::{Atom, Base, Value};
use crate::problems::{names, templates as problem};

/// How many bytes of a text that is filled in count as one piece.
const BYTES_PER_PIECE: usize = 64;

/// Where a copy comes from.
#[derive(Clone, Copy)]
pub(super) struct From<'f> {
    pub(super) exprs: &'f Exprs,
    pub(super) env: &'f Env,
    /// Whether it is a template's: its texts have parameters in braces, and what is filled in
    /// stands at the place of the parameter. In a rule it keeps its own place, that of the call.
    pub(super) in_template: bool,
}

impl Expander<'_, '_> {
    pub(super) fn declarations(
        &mut self,
        from: From<'_>,
        declarations: &[Declaration],
    ) -> Vec<Declaration> {
        let copied = declarations.iter().map(|d| self.declaration(from, d));
        copied.collect()
    }

    fn declaration(&mut self, from: From<'_>, declaration: &Declaration) -> Declaration {
        self.count(1);
        use DeclarationKind as Kind;
        let clauses = |this: &mut Self, clauses: &[Clause]| -> Vec<Clause> {
            clauses
                .iter()
                .map(|clause| this.clause(from, clause))
                .collect()
        };
        let kind = match &declaration.kind {
            Kind::Policy { name, clauses: own } => Kind::Policy {
                name: self.text(from, name),
                clauses: clauses(self, own),
            },
            Kind::Scope {
                name,
                clauses: own,
                members,
            } => Kind::Scope {
                name: self.text(from, name),
                clauses: clauses(self, own),
                members: self.declarations(from, members),
            },
            Kind::Invariant { name, clauses: own } => Kind::Invariant {
                name: self.text(from, name),
                clauses: clauses(self, own),
            },
            Kind::Compliance {
                name,
                platform,
                clauses: own,
            } => Kind::Compliance {
                name: self.text(from, name),
                platform: self.word(from, platform),
                clauses: clauses(self, own),
            },
            Kind::Test { name, blocks } => Kind::Test {
                name: self.text(from, name),
                blocks: blocks.iter().map(|block| self.block(from, block)).collect(),
            },
            Kind::Instance {
                template,
                arguments,
                ..
            } => self.instance(from, template, arguments, declaration),
            Kind::Rule {
                name,
                parameters,
                body,
            } => Kind::Rule {
                name: name.clone(),
                parameters: parameters.clone(),
                body: body
                    .filter(|_| parameters.is_empty())
                    .map(|body| self.expr(from, body, false)),
            },
            // What it holds is copied where it is used.
            Kind::Template {
                name, parameters, ..
            } => Kind::Template {
                name: name.clone(),
                parameters: parameters.clone(),
                members: Vec::new(),
            },
            other => other.clone(),
        };
        let annotations = declaration.annotations.iter();
        Declaration {
            docs: declaration.docs.clone(),
            annotations: annotations.map(|a| self.annotation(from, a)).collect(),
            kind,
            keyword: declaration.keyword,
            span: declaration.span,
            is_broken: declaration.is_broken,
        }
    }

    fn count(&mut self, pieces: usize) {
        if self.depth > 0 {
            self.spend(pieces);
        }
    }

    fn spend(&mut self, pieces: usize) {
        self.budget = self.budget.saturating_sub(pieces);
    }

    fn annotation(&mut self, from: From<'_>, annotation: &Annotation) -> Annotation {
        Annotation {
            name: annotation.name.clone(),
            arguments: self.phrases(from, &annotation.arguments),
            span: annotation.span,
        }
    }

    fn block(&mut self, from: From<'_>, block: &TestBlock) -> TestBlock {
        TestBlock {
            is_given: block.is_given,
            keyword: block.keyword,
            terms: self.terms(from, &block.terms),
            span: block.span,
        }
    }

    fn clause(&mut self, from: From<'_>, clause: &Clause) -> Clause {
        let body = match &clause.body {
            ClauseBody::Phrases { include, except } => ClauseBody::Phrases {
                include: self.phrases(from, include),
                except: except
                    .as_ref()
                    .map(|(span, phrases)| (*span, self.phrases(from, phrases))),
            },
            ClauseBody::Expression(root) => ClauseBody::Expression(self.expr(from, *root, false)),
            ClauseBody::Filter {
                is_exclude,
                mode,
                rule,
                text,
                ..
            } => {
                self.filled.clear();
                let rule = self.expr(from, *rule, true);
                let mut filled = std::mem::take(&mut self.filled);
                filled.sort_by_key(|(span, _)| span.start);
                ClauseBody::Filter {
                    is_exclude: *is_exclude,
                    mode: *mode,
                    rule,
                    text: *text,
                    filled,
                }
            }
            ClauseBody::Graph(span) => ClauseBody::Graph(*span),
            ClauseBody::Broken => ClauseBody::Broken,
        };
        Clause {
            head: clause.head,
            head_span: clause.head_span,
            body,
            span: clause.span,
        }
    }

    // Terms.

    fn phrases(&mut self, from: From<'_>, phrases: &[Phrase]) -> Vec<Phrase> {
        let mut copied = Vec::with_capacity(phrases.len());
        for phrase in phrases {
            copied.push(self.phrase(from, phrase));
        }
        copied
    }

    fn phrase(&mut self, from: From<'_>, phrase: &Phrase) -> Phrase {
        Phrase {
            terms: self.terms(from, &phrase.terms),
            span: phrase.span,
        }
    }

    fn terms(&mut self, from: From<'_>, terms: &[Term]) -> Vec<Term> {
        self.count(terms.len());
        let mut copied = Vec::with_capacity(terms.len());
        for term in terms {
            match term {
                Term::Word(word) => match self.value_of(from, word) {
                    Some(Value::One(atom)) => copied.extend(atom.terms()),
                    Some(Value::List(atoms, span)) => copied.push(Term::List {
                        items: atoms.iter().map(item).collect(),
                        span,
                    }),
                    None => copied.push(term.clone()),
                },
                Term::Text(text) => copied.push(Term::Text(self.text(from, text))),
                Term::Literal(literal) => copied.push(Term::Literal(literal.clone())),
                Term::List { items, span } => copied.push(Term::List {
                    items: self.items(from, items),
                    span: *span,
                }),
            }
        }
        copied
    }

    /// The elements of a list; those of a list that is filled in are put between them.
    fn items(&mut self, from: From<'_>, items: &[Phrase]) -> Vec<Phrase> {
        let mut copied = Vec::with_capacity(items.len());
        for phrase in items {
            if let [Term::Word(word)] = phrase.terms.as_slice()
                && let Some(Value::List(atoms, _)) = self.value_of(from, word)
            {
                copied.extend(atoms.iter().map(item));
            } else {
                copied.push(self.phrase(from, phrase));
            }
        }
        copied
    }

    /// A word that stands for one thing, such as the platform of a compliance policy.
    fn word(&mut self, from: From<'_>, word: &Name) -> Name {
        match self.value_of(from, word) {
            Some(Value::One(Atom::Word(name))) => name,
            Some(Value::One(Atom::Text(text))) => Name {
                text: text.value,
                span: text.span,
            },
            _ => word.clone(),
        }
    }

    fn text(&mut self, from: From<'_>, text: &Text) -> Text {
        if !from.in_template || !text.value.contains(['{', '}']) {
            return text.clone();
        }
        let filled = text::fill(text, from.env);
        self.spend(filled.text.len() / BYTES_PER_PIECE);
        if filled.is_too_long || self.budget == 0 {
            self.exhausted(text.span);
        }
        for used in filled.used {
            self.used.insert(used.declared);
            self.symbols.note_declared(used.place, used.declared);
        }
        // Braces are the same in every instance.
        if self.is_sample {
            filled.problems.into_iter().for_each(|p| self.report(p));
        }
        Text {
            value: filled.text,
            ..text.clone()
        }
    }

    /// What is filled in for a word, at its place.
    fn value_of(&mut self, from: From<'_>, word: &Name) -> Option<Value> {
        let binding = from.env.find(&word.text)?;
        self.used.insert(binding.declared);
        self.symbols.note_declared(word.span, binding.declared);
        self.spend(binding.value.atoms().iter().map(pieces).sum());
        if self.budget == 0 {
            self.exhausted(word.span);
            return Some(Value::List(Vec::new(), word.span));
        }
        if self.is_sample {
            self.placeholders.insert(word.span, binding.kind.base);
        }
        Some(if from.in_template || self.is_sample {
            binding.value.at(word.span)
        } else {
            binding.value.clone()
        })
    }

    // Expressions.

    /// Expressions are nested as deeply as the parser allows.
    pub(super) fn expr(&mut self, from: From<'_>, id: ExprId, is_filter: bool) -> ExprId {
        self.count(1);
        let span = from.exprs.span(id);
        let parts = |this: &mut Self, parts: &[ExprId]| -> Vec<ExprId> {
            parts
                .iter()
                .map(|part| this.expr(from, *part, is_filter))
                .collect()
        };
        let expr = match from.exprs.get(id) {
            Expr::Or(chain) => Expr::Or(parts(self, chain)),
            Expr::And(chain) => Expr::And(parts(self, chain)),
            Expr::Not(inner) => Expr::Not(self.expr(from, *inner, is_filter)),
            Expr::Paren(inner) => Expr::Paren(self.expr(from, *inner, is_filter)),
            Expr::Compare {
                left,
                operator,
                right,
            } => Expr::Compare {
                left: self.operand(from, left, is_filter),
                operator: operator.clone(),
                right: self.operand(from, right, is_filter),
            },
            Expr::Quantified {
                collection,
                is_all,
                quantifier,
                body,
            } => Expr::Quantified {
                collection: self.operand(from, collection, is_filter),
                is_all: *is_all,
                quantifier: *quantifier,
                body: self.expr(from, *body, is_filter),
            },
            Expr::Name { path, arguments } => {
                self.name(from, path, arguments.as_deref(), span, is_filter)
            }
            other => other.clone(),
        };
        self.to.add(expr, span)
    }

    fn operand(&mut self, from: From<'_>, operand: &Operand, is_filter: bool) -> Operand {
        match operand {
            Operand::Path { words, span } => match words.as_slice() {
                [word] => match self.value_of(from, word) {
                    Some(value) => {
                        let filled = operand_of(&value, is_filter);
                        if is_filter {
                            self.filled.push((*span, shown(&filled)));
                        }
                        filled
                    }
                    None => operand.clone(),
                },
                _ => operand.clone(),
            },
            Operand::List { items, span } => {
                let mut copied = Vec::with_capacity(items.len());
                for one in items {
                    match self.operand(from, one, is_filter) {
                        Operand::List { items, .. } if !matches!(one, Operand::List { .. }) => {
                            // In the text of a filter the brackets are those around it.
                            if let Some((_, text)) = self.filled.last_mut().filter(|_| is_filter) {
                                let inner = text.trim_start_matches('[').trim_end_matches(']');
                                *text = inner.to_owned();
                            }
                            copied.extend(items);
                        }
                        other => copied.push(other),
                    }
                }
                Operand::List {
                    items: copied,
                    span: *span,
                }
            }
            other => other.clone(),
        }
    }

    /// A name that is not compared: a rule with or without arguments, a parameter.
    fn name(
        &mut self,
        from: From<'_>,
        path: &[Name],
        arguments: Option<&[Operand]>,
        span: Span,
        is_filter: bool,
    ) -> Expr {
        let copied = arguments.map(|arguments| {
            let operands = arguments.iter().map(|a| self.operand(from, a, false));
            operands.collect::<Vec<Operand>>()
        });
        let [word] = path else {
            return Expr::Name {
                path: path.to_vec(),
                arguments: copied,
            };
        };
        if arguments.is_none()
            && let Some(value) = self.value_of(from, word)
        {
            let is_rule = from
                .env
                .find(&word.text)
                .is_some_and(|b| b.kind.base == Base::Rule);
            if is_rule && self.is_sample {
                return Expr::Broken;
            }
            if let Value::One(Atom::Word(name)) = value {
                if is_filter {
                    self.filled.push((word.span, name.text.clone()));
                }
                return self.call(&name, None, span);
            }
        }
        self.call(word, copied, span)
    }

    /// A rule, or what may be one: with parameters it becomes a rule of its own.
    fn call(&mut self, name: &Name, arguments: Option<Vec<Operand>>, span: Span) -> Expr {
        let as_written = |arguments| Expr::Name {
            path: vec![name.clone()],
            arguments,
        };
        let rules = self.rules;
        let Some(rule) = rules.get(name.text.as_str()) else {
            return as_written(arguments);
        };
        let callee = &rule.callee;
        self.symbols.note_declared(name.span, callee.name.span);
        if callee.parameters.is_empty() && arguments.is_none() {
            return as_written(None);
        }
        if !callee.is_whole {
            return Expr::Broken;
        }
        let arguments = arguments.unwrap_or_default();
        let end = arguments.last().map_or(span, Operand::span);
        let given = arguments.iter().map(|operand| Given {
            name: None,
            value: Value::of_operand(operand),
            span: operand.span(),
        });
        let checks = Checks {
            schema: self.schema,
            symbols: self.symbols,
            placeholders: &self.placeholders,
        };
        let env = match checks.bind(callee, given.collect(), name.span.to(end)) {
            Ok(env) => env,
            Err(found) => {
                found.into_iter().for_each(|problem| self.report(problem));
                return Expr::Broken;
            }
        };
        if callee.parameters.is_empty() {
            return as_written(None);
        }
        let shown: Vec<String> = env.bindings().iter().map(|b| b.value.shown()).collect();
        let shown = format!("{}({})", name.text, shown.join(", "));
        let is_place = |b: &Binding| self.placeholders.contains_key(&b.value.span());
        let is_placeholder = env.bindings().iter().any(is_place);
        if self.made.len() >= MADE_MAX {
            self.exhausted(name.span);
            return Expr::Broken;
        }
        let text = if is_placeholder {
            format!("{shown} of a template")
        } else {
            shown.clone()
        };
        let made = Made {
            name: Name {
                text: text.clone(),
                span: callee.name.span,
            },
            rule,
            env,
        };
        self.made.entry((is_placeholder, shown)).or_insert(made);
        Expr::Name {
            path: vec![Name {
                text,
                span: name.span,
            }],
            arguments: None,
        }
    }

    // Templates.

    /// `use Name(arguments)` with the members of the template.
    fn instance(
        &mut self,
        from: From<'_>,
        name: &Name,
        arguments: &[Argument],
        declaration: &Declaration,
    ) -> DeclarationKind {
        let given: Vec<Given> = arguments
            .iter()
            .map(|argument| Given {
                name: argument.name.clone(),
                value: Value::of_phrase(&self.phrase(from, &argument.value)),
                span: argument.value.span,
            })
            .collect();
        DeclarationKind::Instance {
            template: name.clone(),
            arguments: Vec::new(),
            members: self.members(name, given, declaration).unwrap_or_default(),
        }
    }

    fn members(
        &mut self,
        name: &Name,
        given: Vec<Given>,
        declaration: &Declaration,
    ) -> Option<Vec<Declaration>> {
        let span = declaration.span;
        let templates = self.templates;
        let Some(template) = templates.get(name.text.as_str()) else {
            let known = templates.keys().copied();
            self.report(names::unknown_template(name, known));
            return None;
        };
        self.symbols
            .note_declared(name.span, template.callee.name.span);
        if !template.callee.is_whole || declaration.is_broken {
            return None;
        }
        let checks = Checks {
            schema: self.schema,
            symbols: self.symbols,
            placeholders: &self.placeholders,
        };
        let env = match checks.bind(&template.callee, given, name.span) {
            Ok(env) => env,
            Err(found) => {
                found.into_iter().for_each(|problem| self.report(problem));
                return None;
            }
        };
        // The template inside has a sample of its own.
        if self.is_sample {
            return None;
        }
        if self.budget == 0 || self.depth >= DEPTH_MAX {
            self.exhausted(span);
            return None;
        }
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        self.depth += 1;
        let inner = From {
            exprs: template.exprs,
            env: &env,
            in_template: true,
        };
        let is_member = |d: &&Declaration| {
            use DeclarationKind as K;
            let is_named = matches!(
                d.kind,
                K::Object { .. } | K::Rule { .. } | K::Template { .. }
            );
            !is_named && !crate::lower_schema::is_schema_declaration(d)
        };
        let members = template.members.iter().filter(is_member);
        let members = members
            .map(|member| self.declaration(inner, member))
            .collect();
        self.depth -= 1;
        self.is_quiet = was_quiet;
        // What is too much is not worth checking.
        (!self.is_exhausted).then_some(members)
    }

    /// Report once that templates or calls make too much.
    fn exhausted(&mut self, span: Span) {
        if !self.is_exhausted {
            self.is_exhausted = true;
            self.problems.push(problem::too_much(span));
        }
    }
}

/// What a value adds, long texts as several pieces.
fn pieces(atom: &Atom) -> usize {
    let (Atom::Word(Name { text, .. })
    | Atom::Literal(Name { text, .. })
    | Atom::Text(Text { value: text, .. })) = atom;
    1 + text.len() / BYTES_PER_PIECE
}

fn item(atom: &Atom) -> Phrase {
    Phrase {
        terms: atom.terms(),
        span: atom.span(),
    }
}

fn operand_of(value: &Value, is_filter: bool) -> Operand {
    match value {
        Value::One(atom) => atom.operand(is_filter),
        Value::List(atoms, span) => Operand::List {
            items: atoms.iter().map(|atom| atom.operand(is_filter)).collect(),
            span: *span,
        },
    }
}

/// An operand as it is written in a filter.
fn shown(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) => Atom::Text(text.clone()).shown(),
        Operand::Literal(name) => name.text.clone(),
        Operand::Path { words, .. } => {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            words.join(".")
        }
        Operand::List { items, .. } => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Operand::Offset { base, .. } => base.text.clone(),
    }
}
