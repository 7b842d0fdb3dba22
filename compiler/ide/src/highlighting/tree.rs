//! What the words of a tree are, by where they stand in it.

use gatewright_syntax::ast::{
    Annotation, AttributeDecl, Clause, ClauseBody, Declaration, DeclarationKind as K, Expr, ExprId,
    Exprs, MemberDecl, Operand, Parameter, Phrase, Term,
};

use super::HighlightKind;
use super::words::Words;

impl Words {
    /// Declarations are nested as deeply as the parser allows.
    pub(super) fn declaration(&mut self, exprs: &Exprs, declaration: &Declaration) {
        for annotation in &declaration.annotations {
            self.annotation(annotation);
        }
        self.set(declaration.keyword, HighlightKind::Keyword);
        match &declaration.kind {
            K::Object { name, value, .. } => {
                self.declare(name.span, HighlightKind::Object);
                self.phrases(value);
            }
            K::Rule {
                name,
                parameters,
                body,
            } => {
                self.declare(name.span, HighlightKind::Rule);
                self.parameters(parameters);
                body.iter().for_each(|body| self.expr(exprs, *body));
            }
            K::Policy { name, clauses } | K::Invariant { name, clauses } => {
                self.declare(name.span, HighlightKind::Title);
                self.clauses(exprs, clauses);
            }
            K::Scope {
                name,
                clauses,
                members,
            } => {
                self.declare(name.span, HighlightKind::Title);
                self.clauses(exprs, clauses);
                members.iter().for_each(|d| self.declaration(exprs, d));
            }
            K::Template {
                name,
                parameters,
                members,
            } => {
                self.declare(name.span, HighlightKind::Template);
                self.parameters(parameters);
                members.iter().for_each(|d| self.declaration(exprs, d));
            }
            K::Instance {
                template,
                arguments,
                ..
            } => {
                self.set(template.span, HighlightKind::Template);
                for argument in arguments {
                    if let Some(name) = &argument.name {
                        self.set(name.span, HighlightKind::Parameter);
                    }
                    self.phrases(std::slice::from_ref(&argument.value));
                }
            }
            K::Compliance {
                name,
                platform,
                clauses,
            } => {
                self.declare(name.span, HighlightKind::Title);
                self.set(platform.span, HighlightKind::Member);
                self.clauses(exprs, clauses);
            }
            K::Test { name, blocks } => {
                self.declare(name.span, HighlightKind::Title);
                for block in blocks {
                    self.set(block.keyword, HighlightKind::Keyword);
                    self.terms(&block.terms);
                }
            }
            other => self.schema(other),
        }
    }

    /// What a schema declares.
    fn schema(&mut self, kind: &K) {
        match kind {
            K::Entity {
                name,
                modifiers,
                attributes,
            } => {
                self.declare(name.span, HighlightKind::Entity);
                self.names(modifiers, HighlightKind::Keyword);
                attributes.iter().for_each(|own| self.attribute(own));
            }
            K::Enum { name, members } => {
                self.declare(name.span, HighlightKind::Type);
                for MemberDecl { name, .. } in members {
                    self.declare(name.span(), HighlightKind::Member);
                }
            }
            K::Control {
                name, modifiers, ..
            }
            | K::SessionControl {
                name, modifiers, ..
            }
            | K::Effect {
                name, modifiers, ..
            } => {
                self.declare(name.span, HighlightKind::Member);
                self.names(modifiers, HighlightKind::Keyword);
            }
            K::Combine { rule, otherwise } => {
                self.set(rule.span, HighlightKind::Keyword);
                let otherwise = otherwise.iter();
                otherwise.for_each(|effect| self.set(effect.span, HighlightKind::Member));
            }
            K::Dialect { name, rows } => {
                self.declare(name.span, HighlightKind::Title);
                for row in rows {
                    row.subject
                        .iter()
                        .for_each(|term| self.set(term.span(), HighlightKind::Type));
                    self.phrases(&row.values);
                }
            }
            K::Schema { name, modifiers } => {
                self.declare(name.span, HighlightKind::Title);
                self.terms(modifiers);
            }
            _ => {}
        }
    }

    fn attribute(&mut self, attribute: &AttributeDecl) {
        for annotation in &attribute.annotations {
            self.annotation(annotation);
        }
        self.declare(attribute.name.span, HighlightKind::Attribute);
        for term in &attribute.kind {
            if let Term::Word(word) = term {
                self.set(word.span, HighlightKind::Type);
            }
        }
        for operator in &attribute.operators {
            for term in &operator.terms {
                self.set(term.span(), HighlightKind::Operator);
            }
        }
    }

    fn annotation(&mut self, annotation: &Annotation) {
        self.set(annotation.span, HighlightKind::Annotation);
        self.set(annotation.name.span, HighlightKind::Annotation);
        self.phrases(&annotation.arguments);
    }

    fn parameters(&mut self, parameters: &[Parameter]) {
        for parameter in parameters {
            self.declare(parameter.name.span, HighlightKind::Parameter);
            self.names(&parameter.kind, HighlightKind::Type);
            self.phrases(parameter.default.as_slice());
        }
    }

    fn clauses(&mut self, exprs: &Exprs, clauses: &[Clause]) {
        for clause in clauses {
            self.set(clause.head_span, HighlightKind::Keyword);
            match &clause.body {
                ClauseBody::Phrases { include, except } => {
                    self.phrases(include);
                    if let Some((word, excluded)) = except {
                        self.set(*word, HighlightKind::Keyword);
                        self.phrases(excluded);
                    }
                }
                ClauseBody::Expression(root) => self.expr(exprs, *root),
                ClauseBody::Filter { mode, rule, .. } => {
                    self.set(*mode, HighlightKind::Keyword);
                    self.expr(exprs, *rule);
                }
                ClauseBody::Graph(_) | ClauseBody::Broken => {}
            }
        }
    }

    fn phrases(&mut self, phrases: &[Phrase]) {
        for phrase in phrases {
            self.terms(&phrase.terms);
        }
    }

    /// A word before a list or a name says what kind of thing follows; others are members.
    fn terms(&mut self, terms: &[Term]) {
        for (at, term) in terms.iter().enumerate() {
            match term {
                Term::Word(word) => {
                    let kind = if terms.get(at + 1).is_some() {
                        HighlightKind::Type
                    } else {
                        HighlightKind::Member
                    };
                    self.set(word.span, kind);
                }
                Term::List { items, .. } => self.phrases(items),
                Term::Text(_) | Term::Literal(_) => {}
            }
        }
    }

    /// Expressions are nested as deeply as the parser allows.
    fn expr(&mut self, exprs: &Exprs, id: ExprId) {
        match exprs.get(id) {
            Expr::Or(parts) | Expr::And(parts) => {
                parts.iter().for_each(|part| self.expr(exprs, *part));
            }
            Expr::Not(inner) | Expr::Paren(inner) => self.expr(exprs, *inner),
            Expr::Compare {
                left,
                operator,
                right,
            } => {
                self.operand(left);
                self.set(operator.span, HighlightKind::Operator);
                self.operand(right);
            }
            Expr::Quantified {
                collection, body, ..
            } => {
                self.operand(collection);
                self.expr(exprs, *body);
            }
            Expr::Name { path, arguments } => {
                self.names(path, HighlightKind::Member);
                let arguments = arguments.iter().flatten();
                arguments.for_each(|argument| self.operand(argument));
            }
            Expr::DirectReports(_) | Expr::Broken => {}
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Path { words, .. } => self.names(words, HighlightKind::Member),
            Operand::List { items, .. } => items.iter().for_each(|item| self.operand(item)),
            Operand::Offset { base, .. } => self.set(base.span, HighlightKind::Attribute),
            Operand::Text(_) | Operand::Literal(_) => {}
        }
    }
}
