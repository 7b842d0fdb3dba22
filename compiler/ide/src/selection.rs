//! What to select when a selection grows: the word, its phrase, the clause, the declaration, all.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{
    Clause, ClauseBody, Declaration, DeclarationKind as K, Expr, ExprId, Exprs, Operand, Phrase,
    Term,
};

use crate::{Form, Snapshot, json};

/// The pieces around an offset, from the smallest to the whole text: each holds the one before.
#[must_use]
pub fn selections(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Span> {
    let length = u32::try_from(snapshot.text(source).len()).unwrap_or(u32::MAX);
    let mut around = Around {
        offset: offset.min(length),
        found: vec![Span::new(source, 0, length)],
    };
    match snapshot.tree(source) {
        Some(tree) => {
            around.declarations(&tree.exprs, &tree.declarations);
            around.tokens(snapshot, source);
        }
        None if snapshot.form(source) == Form::Json => {
            around
                .found
                .extend(json::selections(snapshot, source, offset));
        }
        None => around.tokens(snapshot, source),
    }
    let mut found = around.found;
    found.sort_by_key(|span| (span.len(), span.start));
    found.dedup();
    // What only touches the offset from different sides is not nested.
    let mut nested: Vec<Span> = Vec::with_capacity(found.len());
    for span in found {
        let holds = |inner: &Span| span.start <= inner.start && inner.end <= span.end;
        if nested.last().is_none_or(holds) {
            nested.push(span);
        }
    }
    nested
}

struct Around {
    offset: u32,
    found: Vec<Span>,
}

impl Around {
    fn add(&mut self, span: Span) -> bool {
        let is_around = span.start <= self.offset && self.offset <= span.end && !span.is_empty();
        if is_around {
            self.found.push(span);
        }
        is_around
    }

    /// The word at the offset, and what is inside of quotes.
    fn tokens(&mut self, snapshot: &Snapshot, source: SourceId) {
        let tokens = snapshot.tokens(source);
        let at = tokens.index_at(self.offset as usize);
        for index in [at.checked_sub(1), Some(at)].into_iter().flatten() {
            let range = tokens.range(index);
            let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end))
            else {
                continue;
            };
            match tokens.kind(index) {
                None | Some(TokenKind::Whitespace) => {}
                Some(TokenKind::String) => {
                    self.add(Span::new(source, start, end));
                    let inner = Span::new(source, start + 1, end.saturating_sub(1));
                    self.add(inner);
                }
                Some(_) => {
                    self.add(Span::new(source, start, end));
                }
            }
        }
    }

    /// Declarations are nested as deeply as the parser allows.
    fn declarations(&mut self, exprs: &Exprs, declarations: &[Declaration]) {
        for declaration in declarations {
            if !self.add(declaration.span) {
                continue;
            }
            for annotation in &declaration.annotations {
                self.add(annotation.span);
            }
            match &declaration.kind {
                K::Policy { clauses, .. }
                | K::Invariant { clauses, .. }
                | K::Compliance { clauses, .. } => self.clauses(exprs, clauses),
                K::Scope {
                    clauses, members, ..
                } => {
                    self.clauses(exprs, clauses);
                    self.declarations(exprs, members);
                }
                K::Template { members, .. } => self.declarations(exprs, members),
                K::Object { value, .. } => self.phrases(value),
                K::Rule {
                    body: Some(body), ..
                } => self.expr(exprs, *body),
                K::Test { blocks, .. } => {
                    for block in blocks {
                        if self.add(block.span) {
                            self.terms(&block.terms);
                        }
                    }
                }
                K::Instance { arguments, .. } => {
                    for argument in arguments {
                        let value = argument.value.span;
                        let name = argument.name.as_ref();
                        self.add(name.map_or(value, |name| name.span.to(value)));
                        self.phrases(std::slice::from_ref(&argument.value));
                    }
                }
                K::Entity { attributes, .. } => {
                    for attribute in attributes {
                        self.add(attribute.span);
                    }
                }
                _ => {}
            }
        }
    }

    fn clauses(&mut self, exprs: &Exprs, clauses: &[Clause]) {
        for clause in clauses {
            if !self.add(clause.span) {
                continue;
            }
            match &clause.body {
                ClauseBody::Phrases { include, except } => {
                    self.phrases(include);
                    if let Some((_, excluded)) = except {
                        self.phrases(excluded);
                    }
                }
                ClauseBody::Expression(root) => self.expr(exprs, *root),
                ClauseBody::Filter { rule, .. } => self.expr(exprs, *rule),
                ClauseBody::Graph(span) => {
                    self.add(*span);
                }
                ClauseBody::Broken => {}
            }
        }
    }

    fn phrases(&mut self, phrases: &[Phrase]) {
        if let (Some(first), Some(last)) = (phrases.first(), phrases.last()) {
            self.add(first.span.to(last.span));
        }
        for phrase in phrases {
            if self.add(phrase.span) {
                self.terms(&phrase.terms);
            }
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            if self.add(term.span())
                && let Term::List { items, span } = term
            {
                self.add(Span::new(span.source, span.start + 1, span.end - 1));
                self.phrases(items);
            }
        }
    }

    /// Expressions are nested as deeply as the parser allows.
    fn expr(&mut self, exprs: &Exprs, id: ExprId) {
        if !self.add(exprs.span(id)) {
            return;
        }
        match exprs.get(id) {
            Expr::Or(parts) | Expr::And(parts) => {
                parts.iter().for_each(|part| self.expr(exprs, *part));
            }
            Expr::Not(inner) | Expr::Paren(inner) => self.expr(exprs, *inner),
            Expr::Compare { left, right, .. } => {
                self.operand(left);
                self.operand(right);
            }
            Expr::Quantified {
                collection, body, ..
            } => {
                self.operand(collection);
                self.expr(exprs, *body);
            }
            Expr::Name { .. } | Expr::DirectReports(_) | Expr::Broken => {}
        }
    }

    fn operand(&mut self, operand: &Operand) {
        if self.add(operand.span())
            && let Operand::List { items, .. } = operand
        {
            items.iter().for_each(|item| self.operand(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn grown(text: &str) -> Vec<String> {
        let fixture = Fixture::new(text);
        let (source, offset) = fixture.cursor();
        let sources = &fixture.snapshot.compilation().sources;
        selections(&fixture.snapshot, source, offset)
            .into_iter()
            .map(|span| sources.text(span).to_owned())
            .collect()
    }

    #[test]
    fn a_selection_grows_from_the_word_to_the_file() {
        assert_eq!(
            grown("policy \"P\" { users groups [A, Bé$0b] apps all }\n"),
            [
                "Béb",
                "A, Béb",
                "[A, Béb]",
                "groups [A, Béb]",
                "users groups [A, Béb]",
                "policy \"P\" { users groups [A, Béb] apps all }",
                "policy \"P\" { users groups [A, Béb] apps all }\n",
            ]
        );
    }

    #[test]
    fn in_an_expression_it_grows_by_operands_and_connectives() {
        let found = grown("rule R = device.isCompliant -eq T$0rue -and (device.model -eq \"x\")");
        assert_eq!(
            found.iter().take(3).map(String::as_str).collect::<Vec<_>>(),
            [
                "True",
                "device.isCompliant -eq True",
                "device.isCompliant -eq True -and (device.model -eq \"x\")",
            ]
        );
    }

    #[test]
    fn every_place_of_a_broken_text_has_nested_ranges() {
        let text = "policy \"Ä { users [groups\nrule R = (a -eq [\"é\", ) template T(";
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        for offset in 0..=u32::try_from(text.len()).unwrap() + 2 {
            let found = selections(&fixture.snapshot, source, offset);
            assert_eq!(found.last().unwrap().len() as usize, text.len());
            for (inner, outer) in found.iter().zip(found.iter().skip(1)) {
                assert!(outer.start <= inner.start && inner.end <= outer.end);
            }
        }
    }
}
