//! Formatted text says what it was made from.

use gatewright_source::SourceId;
use gatewright_syntax::ast::File;
use gatewright_syntax::{Parsed, TokenKind, dump_file, parse_file};

use crate::Changed;
use crate::tokens::is_comment;

/// Compare tokens, comments, tree and problems.
pub(crate) fn same(before: &str, parsed: &Parsed<File>, after: &str) -> Result<(), Changed> {
    let again = parse_file(SourceId(0), after);
    let changed = |what| Err(Changed { what });
    if significant(before, parsed) != significant(after, &again) {
        return changed("words");
    }
    if comments(before, parsed) != comments(after, &again) {
        return changed("comments");
    }
    if dump_file(&parsed.tree) != dump_file(&again.tree) {
        return changed("meaning");
    }
    let kinds = |parsed: &Parsed<File>| -> Vec<String> {
        let problems = parsed.problems.iter();
        problems
            .map(|problem| format!("{:?}", problem.kind))
            .collect()
    };
    if kinds(parsed) != kinds(&again) {
        return changed("errors");
    }
    Ok(())
}

fn significant<'t>(text: &'t str, parsed: &Parsed<File>) -> Vec<(TokenKind, &'t str)> {
    let tokens = parsed.tokens.iter();
    tokens
        .filter(|(kind, _)| !kind.is_trivia())
        .map(|(kind, bytes)| (kind, text.get(bytes).unwrap_or_default()))
        .collect()
}

fn comments<'t>(text: &'t str, parsed: &Parsed<File>) -> Vec<&'t str> {
    let tokens = parsed.tokens.iter();
    tokens
        .filter(|(kind, _)| is_comment(*kind))
        .map(|(_, bytes)| text.get(bytes).unwrap_or_default().trim_end())
        .collect()
}
