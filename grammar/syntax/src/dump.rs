//! Tokens and trees as text: stable, complete, one thing a line. For tests and for the curious.
//!
//! Spans are not shown for trees, so that a dump changes when the meaning of a text changes and not
//! when a blank is added. Recursion is bounded by the nesting cap.

use std::fmt::Write;

use crate::ast::{
    Annotation, Argument, AttributeDecl, Clause, ClauseBody, Declaration, DeclarationKind, Expr,
    ExprId, Exprs, File, Name, Operand, Parameter, Phrase, Quote, Rule, Term, Text,
};
use crate::problem::SyntaxProblem;
use crate::token::{TokenKind, TokenTable};

/// Every token of `text`, blanks left out, with its bytes.
#[must_use]
pub fn dump_tokens(tokens: &TokenTable, text: &str) -> String {
    let mut out = String::new();
    for (kind, range) in tokens
        .iter()
        .filter(|(kind, _)| *kind != TokenKind::Whitespace)
    {
        let slice = text.get(range.clone()).unwrap_or_default();
        let (start, end) = (range.start, range.end);
        line(&mut out, 0, &format!("{start}..{end} {kind:?} {slice:?}"));
    }
    out
}

/// The tree of a file.
#[must_use]
pub fn dump_file(file: &File) -> String {
    let mut dump = Dump {
        exprs: &file.exprs,
        out: String::new(),
    };
    for doc in &file.docs {
        dump.line(0, &format!("//! {doc}"));
    }
    for declaration in &file.declarations {
        dump.declaration(0, declaration);
    }
    for term in &file.unread {
        dump.line(0, &format!("unread {}", shown_term(term)));
    }
    dump.out
}

/// The tree of a rule.
#[must_use]
pub fn dump_rule(rule: &Rule) -> String {
    let mut dump = Dump {
        exprs: &rule.exprs,
        out: String::new(),
    };
    match rule.root {
        Some(root) => dump.expr(0, root),
        None => dump.line(0, "broken"),
    }
    dump.out
}

/// Every problem with its bytes.
#[must_use]
pub fn dump_problems(problems: &[SyntaxProblem]) -> String {
    let mut out = String::new();
    for problem in problems {
        let SyntaxProblem {
            kind,
            span,
            inside,
            related,
        } = problem;
        line(
            &mut out,
            0,
            &format!("{}..{} {kind:?} inside {inside:?}", span.start, span.end),
        );
        for related in related {
            let span = related.span;
            line(
                &mut out,
                1,
                &format!("{}..{} {:?}", span.start, span.end, related.role),
            );
        }
    }
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:width$}{text}", "", width = depth * 2);
}

struct Dump<'a> {
    exprs: &'a Exprs,
    out: String,
}

impl Dump<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        line(&mut self.out, depth, text);
    }

    fn declaration(&mut self, depth: usize, declaration: &Declaration) {
        for doc in &declaration.docs {
            self.line(depth, &format!("/// {doc}"));
        }
        for annotation in &declaration.annotations {
            self.line(depth, &shown_annotation(annotation));
        }
        let broken = if declaration.is_broken {
            " (broken)"
        } else {
            ""
        };
        self.line(depth, &format!("{}{broken}", title(&declaration.kind)));
        self.body(depth + 1, &declaration.kind);
    }

    fn body(&mut self, depth: usize, kind: &DeclarationKind) {
        use DeclarationKind as Decl;
        match kind {
            Decl::Object { value, .. } => {
                value
                    .iter()
                    .for_each(|phrase| self.line(depth, &shown_phrase(phrase)));
            }
            Decl::Instance { arguments, .. } => {
                arguments
                    .iter()
                    .for_each(|argument| self.line(depth, &shown_argument(argument)));
            }
            Decl::Rule { body, .. } => match body {
                Some(body) => self.expr(depth, *body),
                None => self.line(depth, "broken"),
            },
            Decl::Policy { clauses, .. }
            | Decl::Compliance { clauses, .. }
            | Decl::Invariant { clauses, .. } => self.clauses(depth, clauses),
            Decl::Scope {
                clauses, members, ..
            } => {
                self.clauses(depth, clauses);
                members
                    .iter()
                    .for_each(|member| self.declaration(depth, member));
            }
            Decl::Template { members, .. } => {
                members
                    .iter()
                    .for_each(|member| self.declaration(depth, member));
            }
            Decl::Test { blocks, .. } => {
                for block in blocks {
                    let word = if block.is_given { "given" } else { "expect" };
                    self.line(depth, &format!("{word} {}", shown_terms(&block.terms)));
                }
            }
            _ => self.schema_body(depth, kind),
        }
    }

    fn schema_body(&mut self, depth: usize, kind: &DeclarationKind) {
        use DeclarationKind as Decl;
        match kind {
            Decl::Entity { attributes, .. } => {
                attributes
                    .iter()
                    .for_each(|attribute| self.attribute(depth, attribute));
            }
            Decl::Enum { members, .. } => {
                for member in members {
                    member
                        .docs
                        .iter()
                        .for_each(|doc| self.line(depth, &format!("/// {doc}")));
                    let title = shown_title(member.title.as_ref());
                    self.line(depth, &format!("{}{title}", shown_term(&member.name)));
                }
            }
            Decl::Dialect { rows, .. } => {
                for row in rows {
                    let values = shown_phrases(&row.values);
                    self.line(depth, &format!("{}: {values}", shown_terms(&row.subject)));
                }
            }
            _ => {}
        }
    }

    fn attribute(&mut self, depth: usize, attribute: &AttributeDecl) {
        let AttributeDecl {
            docs,
            annotations,
            name,
            kind,
            optional,
            operators,
            title,
            ..
        } = attribute;
        docs.iter()
            .for_each(|doc| self.line(depth, &format!("/// {doc}")));
        annotations
            .iter()
            .for_each(|note| self.line(depth, &shown_annotation(note)));
        let mark = if *optional { "?" } else { "" };
        let operators = if operators.is_empty() {
            String::new()
        } else {
            format!(" {{ {} }}", shown_phrases(operators))
        };
        let title = shown_title(title.as_ref());
        let text = format!(
            "{}: {}{mark}{operators}{title}",
            name.text,
            shown_terms(kind)
        );
        self.line(depth, &text);
    }

    fn clauses(&mut self, depth: usize, clauses: &[Clause]) {
        for clause in clauses {
            let head = clause.head.word();
            match &clause.body {
                ClauseBody::Phrases { include, except } => {
                    self.line(depth, head);
                    include
                        .iter()
                        .for_each(|phrase| self.line(depth + 1, &shown_phrase(phrase)));
                    if let Some((_, phrases)) = except {
                        self.line(depth + 1, "except");
                        phrases
                            .iter()
                            .for_each(|p| self.line(depth + 2, &shown_phrase(p)));
                    }
                }
                ClauseBody::Expression(expr) => {
                    self.line(depth, head);
                    self.expr(depth + 1, *expr);
                }
                ClauseBody::Filter {
                    is_exclude, rule, ..
                } => {
                    let mode = if *is_exclude { "except" } else { "where" };
                    self.line(depth, &format!("{head} {mode}"));
                    self.expr(depth + 1, *rule);
                }
                ClauseBody::Graph(span) => {
                    self.line(depth, &format!("{head} ({} bytes of JSON)", span.len()));
                }
                ClauseBody::Broken => self.line(depth, &format!("{head} broken")),
            }
        }
    }

    fn expr(&mut self, depth: usize, id: ExprId) {
        match self.exprs.get(id) {
            Expr::Or(parts) => self.exprs_of(depth, "or", parts),
            Expr::And(parts) => self.exprs_of(depth, "and", parts),
            Expr::Not(inner) => self.exprs_of(depth, "not", &[*inner]),
            Expr::Paren(inner) => self.exprs_of(depth, "paren", &[*inner]),
            Expr::Compare {
                left,
                operator,
                right,
            } => {
                let hyphen = if operator.has_hyphen { "-" } else { "" };
                let text = format!(
                    "{} {hyphen}{} {}",
                    shown_operand(left),
                    operator.operator.word(),
                    shown_operand(right)
                );
                self.line(depth, &text);
            }
            Expr::Quantified {
                collection,
                is_all,
                body,
                ..
            } => {
                let word = if *is_all { "all" } else { "any" };
                self.exprs_of(
                    depth,
                    &format!("{word} {}", shown_operand(collection)),
                    &[*body],
                );
            }
            Expr::Name { path, arguments } => {
                let arguments = arguments.as_ref().map_or(String::new(), |arguments| {
                    format!("({})", join(arguments.iter().map(shown_operand), ", "))
                });
                self.line(depth, &format!("name {}{arguments}", shown_path(path)));
            }
            Expr::DirectReports(text) => {
                self.line(depth, &format!("direct reports {}", shown_text(text)));
            }
            Expr::Broken => self.line(depth, "broken"),
        }
    }

    fn exprs_of(&mut self, depth: usize, title: &str, parts: &[ExprId]) {
        self.line(depth, title);
        for part in parts {
            self.expr(depth + 1, *part);
        }
    }
}

/// The keyword and the name, with what stands beside them.
fn title(kind: &DeclarationKind) -> String {
    use DeclarationKind as Decl;
    let titled = |keyword: &str, name: &Text| format!("{keyword} {}", shown_text(name));
    let called = |keyword: &str, name: &Name, parameters: &[Parameter]| {
        format!("{keyword} {}{}", name.text, shown_parameters(parameters))
    };
    match kind {
        Decl::Object { kind, name, .. } => called(kind.keyword(), name, &[]),
        Decl::Rule {
            name, parameters, ..
        } => called("rule", name, parameters),
        Decl::Template {
            name, parameters, ..
        } => called("template", name, parameters),
        Decl::Instance { template, .. } => called("use", template, &[]),
        Decl::Policy { name, .. } => titled("policy", name),
        Decl::Scope { name, .. } => titled("scope", name),
        Decl::Test { name, .. } => titled("test", name),
        Decl::Invariant { name, .. } => titled("invariant", name),
        Decl::Compliance { name, platform, .. } => {
            format!("compliance {} for {}", shown_text(name), platform.text)
        }
        _ => schema_title(kind),
    }
}

/// The same for the declarations of a schema.
fn schema_title(kind: &DeclarationKind) -> String {
    use DeclarationKind as Decl;
    let words = |keyword: &str, name: &Name, modifiers: &[Name], title: Option<&Text>| {
        let modifiers: String = modifiers
            .iter()
            .map(|word| format!(" {}", word.text))
            .collect();
        format!("{keyword} {}{modifiers}{}", name.text, shown_title(title))
    };
    match kind {
        Decl::Entity {
            name, modifiers, ..
        } => words("entity", name, modifiers, None),
        Decl::Enum { name, .. } => words("enum", name, &[], None),
        Decl::Control {
            name,
            modifiers,
            title,
        } => words("control", name, modifiers, title.as_ref()),
        Decl::SessionControl {
            name,
            modifiers,
            title,
        } => words("session", name, modifiers, title.as_ref()),
        Decl::Effect {
            name,
            modifiers,
            title,
        } => words("effect", name, modifiers, title.as_ref()),
        Decl::Combine {
            rule,
            otherwise: Some(effect),
        } => {
            format!("combine {} otherwise {}", rule.text, effect.text)
        }
        Decl::Combine {
            rule,
            otherwise: None,
        } => format!("combine {}", rule.text),
        Decl::Dialect { name, .. } => format!("dialect {}", shown_text(name)),
        Decl::Schema { name, modifiers } => {
            format!("schema {} {}", shown_text(name), shown_terms(modifiers))
                .trim_end()
                .to_owned()
        }
        _ => String::new(),
    }
}

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

fn shown_parameters(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let shown = |parameter: &Parameter| {
        let mut text = parameter.name.text.clone();
        if !parameter.kind.is_empty() {
            let words = parameter.kind.iter().map(|word| word.text.clone());
            text.push_str(&format!(": {}", join(words, " ")));
        }
        if let Some(default) = &parameter.default {
            text.push_str(&format!(" = {}", shown_phrase(default)));
        }
        text
    };
    format!("({})", join(parameters.iter().map(shown), ", "))
}

fn shown_argument(argument: &Argument) -> String {
    let value = shown_phrase(&argument.value);
    match &argument.name {
        Some(name) => format!("{}: {value}", name.text),
        None => value,
    }
}

fn shown_annotation(annotation: &Annotation) -> String {
    format!(
        "@{}({})",
        annotation.name.text,
        shown_phrases(&annotation.arguments)
    )
}

fn shown_phrases(phrases: &[Phrase]) -> String {
    join(phrases.iter().map(shown_phrase), ", ")
}

fn shown_phrase(phrase: &Phrase) -> String {
    shown_terms(&phrase.terms)
}

fn shown_terms(terms: &[Term]) -> String {
    join(terms.iter().map(shown_term), " ")
}

fn shown_term(term: &Term) -> String {
    match term {
        Term::Word(name) => name.text.clone(),
        Term::Text(text) => shown_text(text),
        Term::Literal(name) => format!("#{}", name.text),
        Term::List { items, .. } => format!("[{}]", shown_phrases(items)),
    }
}

fn shown_title(title: Option<&Text>) -> String {
    title.map_or(String::new(), |title| format!(" {}", shown_text(title)))
}

fn shown_text(text: &Text) -> String {
    let mark = match text.quote {
        Quote::Double => "",
        Quote::Single => "'",
        Quote::Typographic => "~",
    };
    format!("{mark}{:?}", text.value)
}

fn shown_path(path: &[Name]) -> String {
    join(path.iter().map(|name| name.text.clone()), ".")
}

fn shown_operand(operand: &Operand) -> String {
    match operand {
        Operand::Path { words, .. } => shown_path(words),
        Operand::Text(text) => shown_text(text),
        Operand::Literal(name) => format!("#{}", name.text),
        Operand::List { items, .. } => format!("[{}]", join(items.iter().map(shown_operand), ", ")),
        Operand::Offset {
            base,
            is_minus,
            amount,
            ..
        } => {
            let sign = if *is_minus { "minus" } else { "plus" };
            format!("({} {sign} {})", base.text, amount.text)
        }
    }
}
