//! Clauses: one a line, what follows the heads in one column.

use gatewright_syntax::ast::{Clause, ClauseBody};

use crate::body::Body;
use crate::phrases::{union, width};

/// Write the clauses of a body.
pub(crate) fn write(body: &mut Body<'_>, clauses: &[Clause], indent: usize) {
    let has_body = |clause: &&Clause| clause.span.end > clause.head_span.end;
    let column = clauses
        .iter()
        .filter(has_body)
        .map(|clause| width(clause.head.word()))
        .max()
        .unwrap_or(0);
    for clause in clauses {
        body.gap(clause.span.range().start, indent, false);
        body.begin(indent);
        one(body, clause, column);
    }
}

fn one(body: &mut Body<'_>, clause: &Clause, column: usize) {
    let tokens = body.tokens;
    let head = tokens.spanned(clause.head_span);
    body.push(head);
    let rest = clause.head_span.range().end..clause.span.range().end;
    body.at = rest.end;
    let Some(first) = tokens.first(rest.clone()) else {
        return;
    };
    body.push(&" ".repeat((column + 1).saturating_sub(width(head)).max(1)));
    let start = body.column();
    match &clause.body {
        ClauseBody::Filter { text, .. } => {
            let words = first.start..text.range().start;
            if tokens.has_comment(rest.clone()) {
                body.push(tokens.slice(first.start..rest.end));
            } else {
                body.push(&tokens.spaced(words));
                body.push(" ");
                body.push(tokens.spanned(*text));
            }
        }
        ClauseBody::Graph(_) => body.push(tokens.slice(first.start..rest.end)),
        ClauseBody::Phrases { include, except } if !tokens.has_comment(rest.clone()) => {
            let except = except.as_ref().map(|(_, phrases)| phrases.as_slice());
            let text = union(tokens, include, except, start);
            body.push(&text);
        }
        _ => body.lines(first.start..rest.end, start),
    }
    body.at = rest.end;
}
