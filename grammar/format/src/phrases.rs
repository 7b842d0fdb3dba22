//! Phrases: on one line where they fit, else one to a line; lists filled up to the width.

use gatewright_syntax::ast::{Phrase, Term};

use crate::WIDTH;
use crate::tokens::Tokens;

/// `include` and `except`, whose first character stands in this column.
pub(crate) fn union(
    tokens: Tokens<'_>,
    include: &[Phrase],
    except: Option<&[Phrase]>,
    column: usize,
) -> String {
    let mut text = phrases(tokens, include, column);
    let Some(except) = except else {
        return text;
    };
    const WORD: &str = "except ";
    let excluded = phrases(tokens, except, column + WORD.len());
    let length = column + width(&text) + width(&excluded) + WORD.len() + 1;
    let is_short = !text.contains('\n') && !excluded.contains('\n') && length <= WIDTH;
    if text.is_empty() {
    } else if is_short {
        text.push(' ');
    } else {
        text.push('\n');
        text.push_str(&" ".repeat(column));
    }
    text.push_str(WORD);
    text.push_str(&excluded);
    text
}

/// Phrases with commas.
pub(crate) fn phrases(tokens: Tokens<'_>, phrases: &[Phrase], column: usize) -> String {
    let lines: Vec<String> = phrases
        .iter()
        .map(|one| phrase(tokens, one, column))
        .collect();
    let line = lines.join(", ");
    if !line.contains('\n') && column + width(&line) <= WIDTH {
        return line;
    }
    lines.join(&format!(",\n{}", " ".repeat(column)))
}

fn phrase(tokens: Tokens<'_>, phrase: &Phrase, column: usize) -> String {
    let mut text = String::new();
    for (at, term) in phrase.terms.iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        let Term::List { items, span } = term else {
            text.push_str(&tokens.spaced(term.span().range()));
            continue;
        };
        let start = match text.rsplit_once('\n') {
            Some((_, last)) => width(last) + 1,
            None => column + width(&text) + 1,
        };
        let items: Vec<String> = items
            .iter()
            .map(|item| tokens.spaced(item.span.range()))
            .collect();
        let written = tokens.spaced(span.range());
        let has_comma = written.trim_end_matches(']').ends_with(',');
        text.push_str(&list(&items, start, has_comma));
    }
    text
}

/// A list, filled up to the width; `start` is the column after the bracket.
fn list(items: &[String], start: usize, has_comma: bool) -> String {
    let mut text = String::from("[");
    let mut column = start;
    for (at, item) in items.iter().enumerate() {
        let length = width(item);
        if at > 0 {
            if column + 1 + length + 2 > WIDTH {
                text.push('\n');
                text.push_str(&" ".repeat(start));
                column = start;
            } else {
                text.push(' ');
                column += 1;
            }
        }
        text.push_str(item);
        column += length;
        if at + 1 < items.len() || has_comma {
            text.push(',');
            column += 1;
        }
    }
    text.push(']');
    text
}

pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}
