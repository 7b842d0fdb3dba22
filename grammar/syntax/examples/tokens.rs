//! What every token of some files is, a line each, for tools that are not written in Rust.
//!
//! ```text
//! cargo run -p gatewright-syntax --example tokens -- FILES
//! ```
//!
//! A line `file PATH` starts a file; each line after it has the first byte of a token and the one
//! after its last, its kind as the lexer says it, and its role as the parser says it: `keyword` for
//! words that start a declaration, a clause or a block, and for `except` and the mode of a filter,
//! where they are spelt as they should be;
//! `operator` for comparisons, with hyphen or without; `name` for what a declaration declares;
//! `plain` for everything else. Blanks are left out.

use std::collections::BTreeMap;
use std::io::Write as _;

use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::{
    Annotation, Clause, ClauseBody, Declaration, DeclarationKind, Expr, Head,
};
use gatewright_syntax::{TokenKind, declaration_keywords, parse_file};

/// Roles by the first byte of their token; every other token is plain.
type Roles = BTreeMap<usize, &'static str>;

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        writeln!(out, "file {path}")?;
        out.write_all(told(&text).as_bytes())?;
    }
    out.flush()
}

/// The lines of a file.
fn told(text: &str) -> String {
    let parsed = parse_file(SourceId::default(), text);
    let mut roles = Roles::new();
    for declaration in &parsed.tree.declarations {
        declared(declaration, &mut roles);
    }
    let exprs = &parsed.tree.exprs;
    for index in 0..exprs.len() {
        let id = gatewright_syntax::ast::ExprId(u32::try_from(index).unwrap_or(u32::MAX));
        if let Expr::Compare { operator, .. } = exprs.get(id) {
            mark(operator.span, "operator", &mut roles);
        }
    }
    let mut lines = String::new();
    for (kind, range) in parsed.tokens.iter() {
        if kind != TokenKind::Whitespace {
            let role = roles.get(&range.start).copied().unwrap_or("plain");
            let word = text.get(range.clone()).unwrap_or_default();
            let is_misspelt = role == "keyword" && !is_keyword(word);
            let role = if is_misspelt { "plain" } else { role };
            let line = format!("{} {} {kind:?} {role}\n", range.start, range.end);
            lines.push_str(&line);
        }
    }
    lines
}

/// Whether the word is spelt like a keyword: what the parser takes for one may be misspelt.
fn is_keyword(word: &str) -> bool {
    declaration_keywords().any(|(keyword, _)| keyword == word)
        || Head::ALL.iter().any(|head| head.word() == word)
        || ["given", "expect", "except", "where"].contains(&word)
}

fn mark(span: Span, role: &'static str, roles: &mut Roles) {
    roles.insert(span.start as usize, role);
}

fn declared(declaration: &Declaration, roles: &mut Roles) {
    use DeclarationKind as Kind;
    mark(declaration.keyword, "keyword", roles);
    annotated(&declaration.annotations, roles);
    match &declaration.kind {
        Kind::Object { name, .. } | Kind::Rule { name, .. } | Kind::Control { name, .. } => {
            mark(name.span, "name", roles);
        }
        Kind::SessionControl { name, .. } | Kind::Effect { name, .. } | Kind::Enum { name, .. } => {
            mark(name.span, "name", roles);
        }
        Kind::Policy { clauses, .. }
        | Kind::Compliance { clauses, .. }
        | Kind::Invariant { clauses, .. } => clauses.iter().for_each(|clause| said(clause, roles)),
        Kind::Scope {
            clauses, members, ..
        } => {
            clauses.iter().for_each(|clause| said(clause, roles));
            members.iter().for_each(|member| declared(member, roles));
        }
        Kind::Template { name, members, .. } => {
            mark(name.span, "name", roles);
            members.iter().for_each(|member| declared(member, roles));
        }
        Kind::Test { blocks, .. } => {
            for block in blocks {
                mark(block.keyword, "keyword", roles);
            }
        }
        Kind::Entity {
            name, attributes, ..
        } => {
            mark(name.span, "name", roles);
            for attribute in attributes {
                mark(attribute.name.span, "name", roles);
                annotated(&attribute.annotations, roles);
            }
        }
        Kind::Instance { .. }
        | Kind::Combine { .. }
        | Kind::Dialect { .. }
        | Kind::Schema { .. } => {}
    }
}

fn annotated(annotations: &[Annotation], roles: &mut Roles) {
    for annotation in annotations {
        mark(annotation.name.span, "name", roles);
    }
}

fn said(clause: &Clause, roles: &mut Roles) {
    mark(clause.head_span, "keyword", roles);
    match &clause.body {
        ClauseBody::Phrases {
            except: Some((except, _)),
            ..
        } => mark(*except, "keyword", roles),
        ClauseBody::Filter { mode, .. } => mark(*mode, "keyword", roles),
        _ => {}
    }
}
