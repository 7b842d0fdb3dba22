//! Declarations: what stands before them, their headers and their bodies.

use std::ops::Range;

use gatewright_syntax::ast::{Declaration, DeclarationKind as Kind, File, TestBlock};
use gatewright_syntax::{Parsed, TokenKind};

use crate::WIDTH;
use crate::body::Body;
use crate::clauses;
use crate::phrases::{phrases, width};
use crate::tokens::Tokens;

/// LIMIT: characters of a name that others are aligned with.
const ALIGNED_MAX: usize = 40;

/// How far a run of objects is padded.
#[derive(Clone, Copy, Default)]
struct Columns {
    keyword: usize,
    name: usize,
}

/// The whole text.
pub(crate) fn write(text: &str, parsed: &Parsed<File>) -> String {
    let mut body = Body::new(Tokens::new(text, &parsed.tokens));
    members(&mut body, &parsed.tree.declarations, 0);
    body.gap(text.len(), 0, true);
    let mut written = body.text;
    while written.ends_with(['\n', ' ']) {
        written.pop();
    }
    if !written.is_empty() {
        written.push('\n');
    }
    written
}

/// Scopes are nested as deeply as the parser allows.
fn members(body: &mut Body<'_>, declarations: &[Declaration], indent: usize) {
    let columns = runs(body.tokens, declarations);
    for (declaration, columns) in declarations.iter().zip(columns) {
        let span = declaration.span.range();
        body.gap(span.start, indent, false);
        if declaration.is_broken || is_odd(body.tokens, declaration) {
            body.verbatim(span);
            continue;
        }
        annotations(body, declaration, indent);
        body.begin(indent);
        one(body, declaration, columns, indent);
        body.at = span.end;
    }
}

/// Whether a comment stands where there is no good place for one, in a header, or a brace lacks its
/// partner.
fn is_odd(tokens: Tokens<'_>, declaration: &Declaration) -> bool {
    let end = header_end(tokens, declaration);
    let is_odd = |block: &TestBlock| {
        let span = block.span.range();
        let open = tokens.find(span.clone(), TokenKind::OpenBrace);
        tokens.has_comment(span.start..open.map_or(span.end, |open| open.end))
    };
    let has_odd_block =
        matches!(&declaration.kind, Kind::Test { blocks, .. } if blocks.iter().any(is_odd));
    has_odd_block
        || is_unclosed(tokens, declaration)
        || tokens.has_comment(declaration.keyword.range().start..end)
}

/// Whether the last token is not the brace that closes the first one.
fn is_unclosed(tokens: Tokens<'_>, declaration: &Declaration) -> bool {
    let whole = declaration.keyword.range().start..declaration.span.range().end;
    let mut depth = 0_usize;
    let mut closed_at = None;
    for (kind, bytes) in tokens.significant(whole.clone()) {
        match kind {
            TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseBrace => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    closed_at.get_or_insert(bytes.end);
                }
            }
            _ => {}
        }
    }
    // A member that could not be read may have taken the brace with it.
    let member_end = match &declaration.kind {
        Kind::Scope { members, .. } | Kind::Template { members, .. } => {
            members.last().map(|member| member.span.range().end)
        }
        _ => None,
    };
    let is_taken = member_end.is_some_and(|end| end >= whole.end);
    depth > 0 || is_taken || closed_at.is_some_and(|end| end != whole.end)
}

/// Where what follows the header starts: after the brace or the `=`.
fn header_end(tokens: Tokens<'_>, declaration: &Declaration) -> usize {
    let whole = declaration.keyword.range().start..declaration.span.range().end;
    let mark = match &declaration.kind {
        Kind::Object { .. } | Kind::Rule { .. } => TokenKind::Equals,
        _ => TokenKind::OpenBrace,
    };
    tokens
        .find(whole.clone(), mark)
        .map_or(whole.end, |mark| mark.end)
}

/// For each declaration, the columns of the run of objects that it is in: those without a blank
/// line between.
fn runs(tokens: Tokens<'_>, declarations: &[Declaration]) -> Vec<Columns> {
    let mut columns = Vec::with_capacity(declarations.len());
    let mut run: Vec<&Declaration> = Vec::new();
    for declaration in declarations {
        let gap = run
            .last()
            .map(|last| last.span.range().end..declaration.span.range().start);
        let is_apart = gap.is_some_and(|gap| has_blank_line(tokens, gap));
        if is_apart || !is_aligned(declaration) {
            close(tokens, &mut run, &mut columns);
        }
        if is_aligned(declaration) {
            run.push(declaration);
        } else {
            columns.push(Columns::default());
        }
    }
    close(tokens, &mut run, &mut columns);
    columns
}

fn close(tokens: Tokens<'_>, run: &mut Vec<&Declaration>, columns: &mut Vec<Columns>) {
    let mut run_columns = Columns::default();
    for declaration in run.iter() {
        let (keyword, name) = header(tokens, declaration);
        run_columns.keyword = run_columns.keyword.max(width(&keyword));
        run_columns.name = run_columns.name.max(width(&name));
    }
    run_columns.name = run_columns.name.min(ALIGNED_MAX);
    columns.extend(run.drain(..).map(|_| run_columns));
}

fn is_aligned(declaration: &Declaration) -> bool {
    let is_object = matches!(declaration.kind, Kind::Object { .. } | Kind::Rule { .. });
    is_object && !declaration.is_broken
}

fn has_blank_line(tokens: Tokens<'_>, gap: Range<usize>) -> bool {
    tokens.within(gap).any(|(kind, bytes)| {
        kind == TokenKind::Whitespace && tokens.slice(bytes).matches('\n').count() > 1
    })
}

/// The keyword of an object, and its name with parameters.
fn header(tokens: Tokens<'_>, declaration: &Declaration) -> (String, String) {
    let keyword = declaration.keyword.range();
    let end = header_end(tokens, declaration);
    let name = tokens.spaced(keyword.end..end);
    let name = name
        .strip_suffix('=')
        .unwrap_or(&name)
        .trim_end()
        .to_owned();
    (tokens.slice(keyword).to_owned(), name)
}

/// Annotations keep their lines; the declaration starts on the next one.
fn annotations(body: &mut Body<'_>, declaration: &Declaration, indent: usize) {
    let tokens = body.tokens;
    for (at, annotation) in declaration.annotations.iter().enumerate() {
        let span = annotation.span.range();
        let is_beside = at > 0
            && !tokens.has_line_end(body.at..span.start)
            && !tokens.has_comment(body.at..span.start);
        if is_beside {
            body.push(" ");
        } else {
            body.gap(span.start, indent, true);
            body.begin(indent);
        }
        if tokens.has_line_end(span.clone()) || tokens.has_comment(span.clone()) {
            body.push(tokens.slice(span.clone()));
        } else {
            body.push(&tokens.spaced(span.clone()));
        }
        body.at = span.end;
    }
    body.gap(declaration.keyword.range().start, indent, true);
}

fn one(body: &mut Body<'_>, declaration: &Declaration, columns: Columns, indent: usize) {
    let tokens = body.tokens;
    let whole = declaration.keyword.range().start..declaration.span.range().end;
    let header = whole.start..header_end(tokens, declaration);
    match &declaration.kind {
        Kind::Object { .. } | Kind::Rule { .. } => object(body, declaration, columns, indent),
        Kind::Policy { clauses, .. }
        | Kind::Compliance { clauses, .. }
        | Kind::Invariant { clauses, .. } => {
            block(body, header, whole.end, indent, |body| {
                clauses::write(body, clauses, indent + 4);
            });
        }
        Kind::Scope {
            clauses,
            members: inner,
            ..
        } => block(body, header, whole.end, indent, |body| {
            scope(body, clauses, inner, indent + 4);
        }),
        Kind::Template { members: inner, .. } => {
            block(body, header, whole.end, indent, |body| {
                members(body, inner, indent + 4);
            });
        }
        Kind::Test { blocks, .. } => {
            block(body, header, whole.end, indent, |body| {
                test(body, blocks, indent + 4);
            });
        }
        Kind::Entity { .. } | Kind::Enum { .. } | Kind::Dialect { .. } => {
            schema(body, header, whole.end, indent);
        }
        _ => body.lines(whole, indent + 4),
    }
}

/// A header with its brace, what is in the braces, and the brace that closes them.
fn block<'a>(
    body: &mut Body<'a>,
    header: Range<usize>,
    end: usize,
    indent: usize,
    inside: impl FnOnce(&mut Body<'a>),
) {
    let tokens = body.tokens;
    let line = tokens.spaced(header.clone());
    if indent + width(&line) > WIDTH && tokens.has_line_end(header.clone()) {
        // Parameters over several lines.
        body.lines(header.clone(), indent);
    } else {
        body.push(&line);
    }
    body.at = header.end;
    body.open();
    inside(body);
    body.gap(end.saturating_sub(1), indent + 4, true);
    body.begin(indent);
    body.push(tokens.slice(end.saturating_sub(1)..end));
}

/// Clauses and members in the order of the text.
fn scope(
    body: &mut Body<'_>,
    clauses: &[gatewright_syntax::ast::Clause],
    inner: &[Declaration],
    indent: usize,
) {
    let first_member = inner
        .first()
        .map_or(usize::MAX, |member| member.span.range().start);
    let split = clauses.partition_point(|clause| clause.span.range().start < first_member);
    let (before, after) = clauses.split_at_checked(split).unwrap_or((clauses, &[]));
    clauses::write(body, before, indent);
    // A clause behind a member is rare; then the rest is left as it is.
    match (after.first(), after.last(), inner.first(), inner.last()) {
        (Some(_), Some(last), Some(first), Some(end)) => {
            let start = first.span.range().start;
            let end = last.span.range().end.max(end.span.range().end);
            body.gap(start, indent, false);
            body.verbatim(start..end);
        }
        _ => members(body, inner, indent),
    }
}

/// `keyword Name = value`, the `=` aligned with those around it.
fn object(body: &mut Body<'_>, declaration: &Declaration, columns: Columns, indent: usize) {
    let tokens = body.tokens;
    let (keyword, name) = header(tokens, declaration);
    let end = declaration.span.range().end;
    let value_start = header_end(tokens, declaration);
    let Some(first) = tokens.first(value_start..end) else {
        body.lines(declaration.keyword.range().start..end, indent + 4);
        return;
    };
    let pad = |text: &str, column: usize| " ".repeat(column.saturating_sub(width(text)));
    body.push(&keyword);
    body.push(&pad(&keyword, columns.keyword));
    body.push(" ");
    body.push(&name);
    body.push(&pad(&name, columns.name));
    body.push(" = ");
    match &declaration.kind {
        Kind::Object { value, .. } if !tokens.has_comment(first.start..end) => {
            let text = phrases(tokens, value, body.column());
            body.push(&text);
        }
        _ => body.lines(first.start..end, indent + 4),
    }
}

/// The body of a schema's declaration keeps its lines.
fn schema(body: &mut Body<'_>, header: Range<usize>, end: usize, indent: usize) {
    let tokens = body.tokens;
    if !tokens.has_line_end(header.end..end) {
        let inside = tokens.slice(header.end..end.saturating_sub(1)).trim();
        body.push(&tokens.spaced(header.clone()));
        body.push(if inside.is_empty() { "" } else { " " });
        body.push(inside);
        body.push(" }");
        return;
    }
    let close = end.saturating_sub(1);
    block(body, header.clone(), end, indent, |body| {
        let Some((_, first)) = tokens.significant(header.end..close).next() else {
            return;
        };
        body.gap(first.start, indent + 4, false);
        body.begin(indent + 4);
        let last = tokens.significant(header.end..close).last();
        let last = last.map_or(first.end, |(_, bytes)| bytes.end);
        body.lines(first.start..last, indent + 4);
    });
}

/// `given` and `expect`: on one line where their author has them on one, else a line for each of
/// the author's lines.
fn test(body: &mut Body<'_>, blocks: &[TestBlock], indent: usize) {
    let tokens = body.tokens;
    let column = blocks
        .iter()
        .map(|block| width(tokens.spanned(block.keyword)))
        .max()
        .unwrap_or(0);
    for block in blocks {
        let span = block.span.range();
        body.gap(span.start, indent, false);
        body.begin(indent);
        let keyword = tokens.spanned(block.keyword);
        body.push(keyword);
        let inside = block.keyword.range().end..span.end;
        let open = tokens.find(inside.clone(), TokenKind::OpenBrace);
        let open = open.map_or(inside.start, |open| open.end);
        let close = span.end.saturating_sub(1);
        let Some((_, first)) = tokens.significant(open..close).next() else {
            body.push(" {");
            body.at = open;
            body.open();
            body.gap(close, indent + 4, true);
            if tokens.has_comment(open..close) {
                body.begin(indent);
                body.push("}");
            } else {
                body.push(" }");
            }
            body.at = span.end;
            continue;
        };
        let last = tokens.significant(open..close).last();
        let last = last.map_or(first.end, |(_, bytes)| bytes.end);
        let is_block = tokens.has_line_end(open..first.start)
            || tokens.has_line_end(last..close)
            || tokens.has_comment(open..first.start)
            || tokens.has_comment(last..close);
        // What is too long for one line gets a line for each fact that is set apart.
        let is_long = !is_block && is_too_long(tokens, first.start..last, indent + column);
        if is_block || is_long {
            body.push(" {");
            body.at = open;
            body.open();
            body.gap(first.start, indent + 4, false);
            body.begin(indent + 4);
            facts(body, first.start..last, indent + 4, is_long);
            body.gap(close, indent + 4, true);
            body.begin(indent);
            body.push("}");
        } else {
            body.push(&" ".repeat(column.saturating_sub(width(keyword))));
            body.push(" { ");
            let start = body.column();
            facts(body, first.start..last, start, false);
            body.push(" }");
        }
        body.at = span.end;
    }
}

/// Whether facts on one line, after `column` characters, are longer than a line, and have places to
/// break at.
fn is_too_long(tokens: Tokens<'_>, range: Range<usize>, column: usize) -> bool {
    let mut trial = Body::new(tokens);
    trial.push(&" ".repeat(column));
    facts(&mut trial, range, 0, false);
    let is_one_line = !trial.text.contains('\n');
    is_one_line && trial.text.trim_start().contains("  ") && trial.column() + " {  }".len() > WIDTH
}

/// Facts keep their lines, or get one each. Between two tokens of a line stands one blank, or two
/// where the author has two or more, which is how facts are set apart.
fn facts(body: &mut Body<'_>, range: Range<usize>, indent: usize, is_broken: bool) {
    let tokens = body.tokens;
    let mut depth = 0_usize;
    let mut before = range.start;
    let mut is_first = true;
    for (kind, bytes) in tokens.within(range.clone()) {
        if kind == TokenKind::Whitespace {
            continue;
        }
        use TokenKind as K;
        let is_close = matches!(kind, K::CloseParen | K::CloseBracket | K::CloseBrace);
        depth = depth.saturating_sub(usize::from(is_close));
        let gap = tokens.slice(before..bytes.start);
        let is_tight = is_tight(tokens, before, kind);
        let is_wide = depth == 0 && gap.len() > 1 && !is_tight;
        if is_first {
        } else if gap.contains('\n') || (is_wide && is_broken) {
            body.begin(indent + 4 * depth);
        } else if !is_tight {
            body.push(if is_wide { "  " } else { " " });
        }
        body.push(tokens.slice(bytes.clone()).trim_end());
        depth += usize::from(matches!(kind, K::OpenParen | K::OpenBracket | K::OpenBrace));
        (before, is_first) = (bytes.end, false);
    }
    body.at = range.end;
}

/// Whether no blank stands between what ends at `end` and a token of this kind.
fn is_tight(tokens: Tokens<'_>, end: usize, after: TokenKind) -> bool {
    use TokenKind as K;
    let before = tokens.slice(end.saturating_sub(1)..end);
    matches!(before, "[" | "(" | ".")
        || matches!(after, K::CloseBracket | K::CloseParen | K::Comma | K::Dot)
}
