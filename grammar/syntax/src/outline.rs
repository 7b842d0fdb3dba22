//! A file to declarations: where each starts and ends, whatever is wrong inside.
//!
//! Braces are counted, and nothing else: an open parenthesis never takes the rest of the file with
//! it. A missing brace is noticed where a line starts a declaration that cannot stand in the body
//! that is still open; the body then ends there. Scopes and templates hold declarations themselves.
//! They are kept on a stack of their own; nothing here recurses.
//!
//! Whether a scope or its last policy lacks the brace cannot be told from counting. Where the braces
//! of the file do not balance, indentation decides: a declaration that is indented no deeper than
//! the scope's keyword stands outside the scope.

use crate::ast::{Annotation, Clause, Declaration, DeclarationKind};
use crate::blame::found_at;
use crate::clause::{Body, read_clauses};
use crate::declaration::{read_header, read_members_of, read_value};
use crate::island::{NESTING_MAX, Session};
use crate::keyword::{Keyword, Shape, head_from_word};
use crate::lexical::bad_token;
use crate::problem::{Expected, Inside, SyntaxProblem, SyntaxProblemKind as Kind};
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::token::TokenKind;

/// Read all declarations of a file.
pub(crate) fn read_file(session: &mut Session<'_>) -> Vec<Declaration> {
    let is_unbalanced = !is_balanced(&session.tokens);
    let mut reader = Reader {
        session,
        at: 0,
        top: Vec::new(),
        containers: Vec::new(),
        pending: Pending::default(),
        is_unbalanced,
    };
    reader.read();
    reader.top
}

/// What stands before a declaration.
#[derive(Default)]
struct Pending {
    docs: Vec<String>,
    annotations: Vec<Annotation>,
    first: Option<usize>,
    is_broken: bool,
}

/// A scope or template whose body is being read.
struct Container {
    declaration: Declaration,
    keyword_at: usize,
    open: Option<usize>,
    clauses: Vec<Clause>,
    members: Vec<Declaration>,
    first_at: usize,
    problems_before: usize,
    own_problems: usize,
}

struct Reader<'s, 't> {
    session: &'s mut Session<'t>,
    at: usize,
    top: Vec<Declaration>,
    containers: Vec<Container>,
    pending: Pending,
    is_unbalanced: bool,
}

/// How a declaration starts here.
#[derive(Clone, Copy)]
struct Starter {
    keyword: Keyword,
    is_misspelt: bool,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        while self.at < self.session.tokens.len() {
            self.leave_by_indent();
            match self.session.tokens.kind(self.at) {
                Some(TokenKind::CloseBrace) => self.close_brace(),
                Some(TokenKind::At) => self.annotation(),
                _ => match self.starter() {
                    Some(starter) => self.declaration(starter),
                    None if self.is_in_scope() => self.clauses(),
                    None => self.junk(),
                },
            }
        }
        self.drop_pending();
        while let Some(container) = self.containers.pop() {
            self.unclosed(&container);
            self.finish_container(container);
        }
    }

    fn is_in_scope(&self) -> bool {
        self.containers
            .last()
            .is_some_and(|c| matches!(c.declaration.kind, DeclarationKind::Scope { .. }))
    }

    fn inside(&self) -> Inside {
        match self.containers.last() {
            Some(_) if self.is_in_scope() => Inside::Declaration("scope"),
            Some(_) => Inside::Declaration("template"),
            None => Inside::File,
        }
    }

    fn starter(&self) -> Option<Starter> {
        starter(&self.session.tokens, self.at, self.is_in_scope())
    }

    /// In a file with unbalanced braces, end the scopes that the line here stands outside of.
    fn leave_by_indent(&mut self) {
        if !self.is_unbalanced {
            return;
        }
        let Some(indent) = self.session.tokens.indent(self.at) else { return };
        let is_brace = self.session.tokens.is(self.at, TokenKind::CloseBrace);
        if is_brace || !is_item_start(&self.session.tokens, self.at, self.is_in_scope()) {
            return;
        }
        while let Some(container) = self.containers.last() {
            let tokens = &self.session.tokens;
            let is_outside = tokens.indent(container.keyword_at).is_some_and(|own| indent <= own);
            let has_members = container.open.is_some_and(|open| {
                open + 1 < self.at
                    && tokens.indent(open + 1) > tokens.indent(container.keyword_at)
            });
            if !is_outside || !has_members {
                return;
            }
            if let Some(container) = self.containers.pop() {
                self.unclosed(&container);
                self.finish_container(container);
            }
        }
    }

    fn unclosed(&mut self, container: &Container) {
        let inside = match container.declaration.kind {
            DeclarationKind::Scope { .. } => Inside::Declaration("scope"),
            _ => Inside::Declaration("template"),
        };
        if let Some(open) = container.open
            && !self.session.has_open_bracket_since(container.problems_before)
        {
            self.session.report_unclosed_brace(open, self.at, inside);
        }
    }

    fn close_brace(&mut self) {
        self.drop_pending();
        let tokens = &self.session.tokens;
        let is_own = self.containers.last().is_some_and(|container| {
            // With a brace too many, one that is indented deeper than the scope is not the scope's.
            let own = tokens.indent(container.keyword_at);
            let here = tokens.indent(self.at);
            !(self.is_unbalanced && own.is_some() && here > own)
        });
        let at = self.at;
        self.at += 1;
        if is_own {
            if let Some(container) = self.containers.pop() {
                self.finish_container(container);
            }
            return;
        }
        let span = self.session.tokens.span(at);
        self.session.report_at(Kind::UnmatchedBracket { close: '}' }, span, self.inside());
        if self.containers.is_empty() {
            while self.session.tokens.is(self.at, TokenKind::CloseBrace) {
                self.at += 1;
            }
        }
    }

    fn finish_container(&mut self, container: Container) {
        let Container { mut declaration, clauses, members, first_at, own_problems, .. } = container;
        declaration.span = self.session.tokens.span_between(first_at..self.at);
        declaration.is_broken |= own_problems > 0;
        match &mut declaration.kind {
            DeclarationKind::Scope { clauses: own, members: inner, .. } => {
                (*own, *inner) = (clauses, members);
            }
            DeclarationKind::Template { members: inner, .. } => *inner = members,
            _ => {}
        }
        self.push(declaration);
    }

    fn push(&mut self, declaration: Declaration) {
        match self.containers.last_mut() {
            Some(container) => container.members.push(declaration),
            None => self.top.push(declaration),
        }
    }

    fn annotation(&mut self) {
        let tokens = &self.session.tokens;
        let start = self.at;
        let mut end = start + 1;
        if tokens.is(end, TokenKind::Word) {
            end += 1;
        }
        if end > start + 1 && tokens.is(end, TokenKind::OpenParen) {
            end = closing_paren(tokens, end);
        }
        self.pending.first.get_or_insert(start);
        self.pending.docs.extend(tokens.docs_before(start));
        self.at = end;
        use crate::terminal::Island;
        match self.session.parse(Island::Annotation, None, start..end, Inside::Annotation) {
            Some(crate::tree::Piece::Annotation(annotation)) => {
                self.pending.annotations.push(annotation);
            }
            _ => self.pending.is_broken = true,
        }
    }

    /// Annotations with nothing to annotate.
    fn drop_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let Some(annotation) = pending.annotations.last().filter(|_| !pending.is_broken) else {
            return;
        };
        let found = found_at(&self.session.tokens, self.at);
        let kind = Kind::Unexpected { found, expected: vec![Expected::Declaration] };
        let problem =
            SyntaxProblem::new(kind, self.session.tokens.gap_before(self.at), self.inside())
                .with(crate::problem::RelatedRole::Before, annotation.span);
        self.session.report(problem);
    }

    fn clauses(&mut self) {
        self.drop_pending();
        let end = region_end(&self.session.tokens, self.at + 1, true, false);
        let before = self.session.problem_count();
        let read = read_clauses(self.session, self.at..end, Body::Policy);
        self.at = end;
        let problems = self.session.problem_count() - before;
        if let Some(container) = self.containers.last_mut() {
            container.clauses.extend(read.clauses);
            container.own_problems += problems;
        }
    }

    fn junk(&mut self) {
        self.drop_pending();
        let tokens = &self.session.tokens;
        let at = self.at;
        let end = region_end(tokens, at + 1, false, false);
        let inside = self.inside();
        let problem = bad_token(tokens, at, end, inside).unwrap_or_else(|| {
            let kind = match tokens.word(at).filter(|word| head_from_word(word).is_none()) {
                Some(word) => {
                    let words = Keyword::ALL.iter().map(|keyword| keyword.word());
                    Kind::UnknownDeclaration {
                        word: word.to_owned(),
                        candidate: nearest(word, words),
                    }
                }
                None => {
                    let expected = vec![Expected::Declaration];
                    Kind::Unexpected { found: found_at(tokens, at), expected }
                }
            };
            SyntaxProblem::new(kind, tokens.span(at), inside)
        });
        self.session.report(problem);
        self.at = end;
        // What could not be read may hold braces of its own; they are part of the same problem.
        while self.containers.is_empty() && self.session.tokens.is(self.at, TokenKind::CloseBrace) {
            self.at += 1;
        }
    }

    fn declaration(&mut self, starter: Starter) {
        let keyword_at = self.at;
        let mut pending = std::mem::take(&mut self.pending);
        let first_at = pending.first.unwrap_or(keyword_at);
        pending.docs.extend(self.session.tokens.docs_before(keyword_at));
        let problems_before = self.session.problem_count();
        if starter.is_misspelt {
            let kind = Kind::UnknownDeclaration {
                word: self.session.tokens.slice(keyword_at).to_owned(),
                candidate: Some(starter.keyword.word()),
            };
            let span = self.session.tokens.span(keyword_at);
            self.session.report_at(kind, span, self.inside());
        }
        let mut declaration = Declaration {
            docs: pending.docs,
            annotations: pending.annotations,
            kind: DeclarationKind::Schema { name: Default::default(), modifiers: Vec::new() },
            keyword: self.session.tokens.span(keyword_at),
            span: self.session.tokens.span(keyword_at),
            is_broken: pending.is_broken,
        };
        let keyword = starter.keyword;
        match keyword.shape() {
            Shape::Titled | Shape::Braced => {
                let (kind, open, body_start) = self.block_header(keyword);
                declaration.kind = kind;
                if matches!(keyword, Keyword::Scope | Keyword::Template) {
                    let own_problems = self.session.problem_count() - problems_before;
                    self.at = body_start;
                    self.enter(Container {
                        declaration,
                        keyword_at,
                        open,
                        clauses: Vec::new(),
                        members: Vec::new(),
                        first_at,
                        problems_before: self.session.problem_count(),
                        own_problems,
                    });
                    return;
                }
                self.block_body(&mut declaration.kind, keyword, open, body_start);
            }
            Shape::Assigned | Shape::Line => {
                let end = region_end(&self.session.tokens, keyword_at + 1, self.is_in_scope(), true);
                declaration.kind = read_value(self.session, keyword, keyword_at..end);
                self.at = end;
            }
        }
        declaration.span = self.session.tokens.span_between(first_at..self.at);
        declaration.is_broken |= self.session.problem_count() > problems_before;
        self.push(declaration);
    }

    fn enter(&mut self, container: Container) {
        if self.containers.len() >= NESTING_MAX {
            let span = container.declaration.keyword;
            let inside = self.inside();
            self.session.report_at(Kind::TooDeep { limit: NESTING_MAX }, span, inside);
            // One clear problem is better than one for each level: the rest is not read.
            self.containers.iter_mut().for_each(|outer| outer.open = None);
            self.at = self.session.tokens.len();
            return;
        }
        self.containers.push(container);
    }

    /// Read up to the opening brace: the declaration so far, the brace, and where the body starts.
    fn block_header(&mut self, keyword: Keyword) -> (DeclarationKind, Option<usize>, usize) {
        let tokens = &self.session.tokens;
        let start = self.at;
        let end = header_end(tokens, start);
        let open = tokens.is(end, TokenKind::OpenBrace).then_some(end);
        let has_open_string =
            (start..end).any(|at| tokens.is(at, TokenKind::UnterminatedString));
        let before = self.session.problem_count();
        let kind = read_header(self.session, keyword, start..end);
        let is_read = self.session.problem_count() == before;
        if open.is_none() && is_read && !has_open_string {
            let tokens = &self.session.tokens;
            let found = found_at(tokens, end);
            let kind = Kind::Unexpected { found, expected: vec![Expected::Mark('{')] };
            let inside = Inside::Declaration(keyword.word());
            let span = if end < tokens.len() { tokens.span(end) } else { tokens.gap_before(end) };
            self.session.report_at(kind, span, inside);
        }
        (kind, open, open.map_or(end, |open| open + 1))
    }

    fn block_body(
        &mut self,
        kind: &mut DeclarationKind,
        keyword: Keyword,
        open: Option<usize>,
        start: usize,
    ) {
        let has_annotations = matches!(keyword, Keyword::Entity | Keyword::Enum);
        let (end, is_closed) = body_end(&self.session.tokens, start, has_annotations);
        let before = self.session.problem_count();
        read_members_of(self.session, kind, start..end);
        if let Some(open) = open.filter(|_| !is_closed)
            && !self.session.has_open_bracket_since(before)
        {
            let inside = Inside::Declaration(keyword.word());
            self.session.report_unclosed_brace(open, end, inside);
        }
        self.at = if is_closed { end + 1 } else { end };
    }
}

// Where things start and end.

fn is_balanced(tokens: &Significant<'_>) -> bool {
    let (mut opened, mut closed) = (0_usize, 0_usize);
    for at in 0..tokens.len() {
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => opened += 1,
            Some(TokenKind::CloseBrace) => closed += 1,
            _ => {}
        }
    }
    opened == closed
}

fn is_text(tokens: &Significant<'_>, at: usize) -> bool {
    matches!(tokens.kind(at), Some(TokenKind::String | TokenKind::UnterminatedString))
}

/// The declaration that starts at a place where one may start.
fn starter(tokens: &Significant<'_>, at: usize, in_scope: bool) -> Option<Starter> {
    let word = tokens.word(at)?;
    if tokens.is(at + 1, TokenKind::Dot) {
        return None;
    }
    if let Some(keyword) = Keyword::from_word(word) {
        let is_allowed = !in_scope || keyword.is_member();
        return is_allowed.then_some(Starter { keyword, is_misspelt: false });
    }
    if in_scope && (head_from_word(word).is_some() || !has_declaration_shape(tokens, at)) {
        return None;
    }
    let is_titled = is_text(tokens, at + 1);
    if !is_titled && !tokens.is(at + 1, TokenKind::Word) {
        return None;
    }
    let is_assigned = tokens.is(at + 2, TokenKind::Equals);
    let fits = |keyword: &&Keyword| match keyword.shape() {
        Shape::Titled => is_titled,
        Shape::Assigned => !is_titled,
        Shape::Braced | Shape::Line => !is_titled && !is_assigned && !in_scope,
    };
    let words = Keyword::ALL.iter().filter(fits).map(|keyword| keyword.word());
    let keyword = nearest(word, words).and_then(Keyword::from_word)?;
    Some(Starter { keyword, is_misspelt: true })
}

/// Whether the tokens have the shape of a declaration, whatever the first word is:
/// `word "name" {`, `word Name =`.
fn has_declaration_shape(tokens: &Significant<'_>, at: usize) -> bool {
    if !tokens.is(at, TokenKind::Word) {
        return false;
    }
    let is_word = |at| tokens.is(at, TokenKind::Word);
    (is_text(tokens, at + 1) && tokens.is(at + 2, TokenKind::OpenBrace))
        || (is_word(at + 1) && tokens.is(at + 2, TokenKind::Equals))
}

/// Whether a declaration certainly starts here, even inside an open body: nothing that may stand in
/// a body looks like it.
fn is_certain_start(tokens: &Significant<'_>, at: usize) -> bool {
    use TokenKind::{Equals, OpenBrace, OpenParen, Word};
    let Some(word) = tokens.word(at) else { return false };
    if tokens.kind_before(at) == Some(TokenKind::Dot) {
        return false;
    }
    let is = |offset: usize, kind| tokens.is(at + offset, kind);
    let Some(keyword) = Keyword::from_word(word) else {
        return has_declaration_shape(tokens, at) && starter(tokens, at, false).is_some();
    };
    let brace_follows = |from: usize| {
        (at + from..at + from + 6)
            .find(|at| !tokens.is(*at, Word))
            .is_some_and(|at| tokens.is(at, OpenBrace))
    };
    match keyword {
        Keyword::Schema => is_text(tokens, at + 1),
        Keyword::Template => is(1, Word) && (is(2, OpenBrace) || is(2, OpenParen)),
        Keyword::Use => is(1, Word) && is(2, OpenParen),
        Keyword::Rule => is(1, Word) && (is(2, Equals) || is(2, OpenParen)),
        Keyword::Object(_) => is(1, Word) && is(2, Equals),
        Keyword::Entity | Keyword::Enum => is(1, Word) && brace_follows(2),
        Keyword::Dialect => (is_text(tokens, at + 1) || is(1, Word)) && brace_follows(2),
        _ if keyword.shape() == Shape::Titled => {
            let is_open = is(1, TokenKind::UnterminatedString);
            is_open || (is_text(tokens, at + 1) && (is(2, OpenBrace) || is_for(tokens, at + 2)))
        }
        _ => false,
    }
}

fn is_for(tokens: &Significant<'_>, at: usize) -> bool {
    tokens.is_word(at, "for")
}

/// Whether a declaration starts here where none is open.
fn is_item_start(tokens: &Significant<'_>, at: usize, in_scope: bool) -> bool {
    if is_certain_start(tokens, at) || tokens.is(at, TokenKind::At) {
        return true;
    }
    if !tokens.is_line_start(at) {
        return false;
    }
    let is_keyword = tokens
        .word(at)
        .and_then(Keyword::from_word)
        .is_some_and(|keyword| !in_scope || keyword.is_member());
    let is_named = is_text(tokens, at + 1) || tokens.is(at + 1, TokenKind::Word);
    (is_keyword && is_named) || has_declaration_shape(tokens, at)
}

/// The end of something that has no brace of its own, starting at `at` behind its first token: a
/// declaration with a value, the clauses of a scope, or what is no declaration.
fn region_end(tokens: &Significant<'_>, at: usize, in_scope: bool, is_value: bool) -> usize {
    use TokenKind as K;
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for at in at..tokens.len() {
        let is_outside = braces == 0 && brackets == 0;
        let is_open_ended = matches!(tokens.kind_before(at), Some(K::Comma | K::Equals | K::Dot))
            || tokens.kind_before(at).is_some_and(K::is_operator);
        if tokens.is_line_start(at) && is_certain_start(tokens, at) {
            return at;
        }
        if is_outside && !is_open_ended {
            let is_clause = in_scope && is_value && tokens.word(at).is_some_and(|word| {
                head_from_word(word).is_some() && !tokens.is(at + 1, K::Dot)
            });
            if is_clause || is_item_start(tokens, at, in_scope) {
                return at;
            }
        }
        match tokens.kind(at) {
            Some(K::OpenBrace) => braces += 1,
            Some(K::CloseBrace) if braces == 0 => return at,
            Some(K::CloseBrace) => braces -= 1,
            Some(K::OpenParen | K::OpenBracket) => brackets += 1,
            Some(K::CloseParen | K::CloseBracket) => brackets = brackets.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// Where the header of a block ends: at its brace, or where it should be.
fn header_end(tokens: &Significant<'_>, start: usize) -> usize {
    use TokenKind as K;
    let mut parens = 0_usize;
    for at in start + 1..tokens.len() {
        match tokens.kind(at) {
            Some(K::OpenBrace | K::CloseBrace) => return at,
            _ if tokens.is_line_start(at) && (parens == 0 || is_certain_start(tokens, at)) => {
                return at;
            }
            Some(K::OpenParen) => parens += 1,
            Some(K::CloseParen) => parens = parens.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// Where the body that starts at `start` ends, and whether with its brace.
fn body_end(tokens: &Significant<'_>, start: usize, has_annotations: bool) -> (usize, bool) {
    let mut depth = 1_usize;
    for at in start..tokens.len() {
        if tokens.is_line_start(at) {
            let is_annotation = tokens.is(at, TokenKind::At) && !has_annotations;
            if is_annotation || is_certain_start(tokens, at) {
                return (at, false);
            }
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => depth += 1,
            Some(TokenKind::CloseBrace) => {
                depth -= 1;
                if depth == 0 {
                    return (at, true);
                }
            }
            _ => {}
        }
    }
    (tokens.len(), false)
}

/// Behind the parenthesis that closes the one at `open`, or where the line of the annotation ends.
fn closing_paren(tokens: &Significant<'_>, open: usize) -> usize {
    let mut depth = 0_usize;
    for at in open..tokens.len() {
        let is_over = tokens.is(at, TokenKind::OpenBrace)
            || tokens.is(at, TokenKind::CloseBrace)
            || (tokens.is_line_start(at)
                && (tokens.is(at, TokenKind::At) || is_item_start(tokens, at, false)));
        if is_over && at > open {
            return at;
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenParen) => depth += 1,
            Some(TokenKind::CloseParen) => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

