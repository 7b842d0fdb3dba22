//! A file to declarations: where each starts and ends, whatever is wrong inside.
//!
//! Braces are counted, and nothing else: an open parenthesis never takes the rest of the file with
//! it. A missing brace is noticed where a line starts a declaration that cannot stand in the body
//! that is still open; the body then ends there. Scopes and templates hold declarations themselves.
//! They are kept on a stack of their own; nothing here recurses.
//!
//! Whether a scope or its last policy lacks the brace cannot be told from counting. Where the
//! braces of the file do not balance, indentation decides: a declaration that is indented no deeper
//! than the scope's keyword stands outside the scope.

use crate::ast::{Annotation, Clause, Declaration, DeclarationKind};
use crate::blame::found_at;
use crate::boundary::{
    Open, Region, Starter, annotation_end, body_end, has_declaration_shape, header_end,
    is_item_start, is_quoted_by_slip, region_end, starter,
};
use crate::clause::{Body, read_clauses};
use crate::declaration::{read_header, read_members_of, read_value};
use crate::island::{NESTING_MAX, Session};
use crate::keyword::{Keyword, Shape, head_from_word};
use crate::lexical::bad_token;
use crate::problem::{Expected, Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind as Kind};
use crate::spelling::nearest;
use crate::terminal::Island;
use crate::token::TokenKind;
use crate::tree::Piece;

/// Read all declarations of a file.
pub(crate) fn read_file(session: &mut Session<'_>) -> Vec<Declaration> {
    let mut reader = Reader {
        session,
        at: 0,
        top: Vec::new(),
        containers: Vec::new(),
        pending: Pending::default(),
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
                    None if self.is_in_scope() && !self.is_lost_member() => self.clauses(),
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

    /// Whether what stands here in a scope was to be a member of it, not a clause: a slip hides how
    /// it starts, or its first line is missing.
    fn is_lost_member(&self) -> bool {
        let tokens = &self.session.tokens;
        let is_deeper = self.containers.last().is_some_and(|container| {
            let own = container.open.and_then(|open| tokens.indent(open + 1));
            own.is_some() && tokens.indent(self.at) > own
        });
        let is_deeper = is_deeper && !self.session.layout.is_balanced();
        is_deeper
            || is_quoted_by_slip(tokens, self.at)
            || (has_declaration_shape(tokens, self.at) && tokens.is_line_start(self.at))
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
        if self.session.layout.is_balanced() {
            return;
        }
        let Some(indent) = self.session.tokens.indent(self.at) else {
            return;
        };
        let is_brace = self.session.tokens.is(self.at, TokenKind::CloseBrace);
        if is_brace || !is_item_start(&self.session.tokens, self.at, self.is_in_scope()) {
            return;
        }
        while let Some(container) = self.containers.last() {
            let tokens = &self.session.tokens;
            let is_outside = tokens
                .indent(container.first_at)
                .is_some_and(|own| indent <= own);
            let has_members = container.open.is_some_and(|open| {
                open + 1 < self.at && tokens.indent(open + 1) > tokens.indent(container.first_at)
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
            && !self
                .session
                .has_open_bracket_since(container.problems_before)
        {
            self.session.report_unclosed_brace(open, self.at, inside);
        }
    }

    fn close_brace(&mut self) {
        self.drop_pending();
        let tokens = &self.session.tokens;
        let is_own = self.containers.last().is_some_and(|container| {
            // With a brace too many, one that is indented deeper than the scope is not the scope's.
            let own = tokens.indent(container.first_at);
            let is_deeper = own.is_some() && tokens.indent(self.at) > own;
            let is_early = self
                .session
                .layout
                .closes_early(tokens, self.at, container.first_at);
            self.session.layout.is_balanced() || !(is_deeper || is_early)
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
        self.session
            .report_at(Kind::UnmatchedBracket { close: '}' }, span, self.inside());
        if self.containers.is_empty() {
            while self.session.tokens.is(self.at, TokenKind::CloseBrace) {
                self.at += 1;
            }
        }
    }

    fn finish_container(&mut self, container: Container) {
        let Container {
            mut declaration,
            clauses,
            members,
            first_at,
            own_problems,
            ..
        } = container;
        declaration.span = self.session.tokens.span_between(first_at..self.at);
        declaration.is_broken |= own_problems > 0;
        match &mut declaration.kind {
            DeclarationKind::Scope {
                clauses: own,
                members: inner,
                ..
            } => {
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
        let end = annotation_end(tokens, start);
        self.pending.first.get_or_insert(start);
        self.pending.docs.extend(tokens.docs_before(start));
        self.at = end;
        match self
            .session
            .parse(Island::Annotation, None, start..end, Inside::Annotation)
        {
            Some(Piece::Annotation(annotation)) => {
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
        let kind = Kind::Unexpected {
            found,
            expected: vec![Expected::Declaration],
        };
        let problem =
            SyntaxProblem::new(kind, self.session.tokens.gap_before(self.at), self.inside())
                .with(RelatedRole::Before, annotation.span);
        self.session.report(problem);
    }

    fn clauses(&mut self) {
        self.drop_pending();
        let end = region_end(
            &self.session.tokens,
            self.at,
            true,
            (Region::Clauses, self.session.layout),
        );
        let before = self.session.problem_count();
        let read = read_clauses(self.session, self.at..end, Body::Scope);
        self.at = end;
        let problems = self.session.problem_count() - before;
        if let Some(container) = self.containers.last_mut() {
            container.clauses.extend(read);
            container.own_problems += problems;
        }
    }

    fn junk(&mut self) {
        self.drop_pending();
        let tokens = &self.session.tokens;
        let at = self.at;
        let end = region_end(tokens, at, false, (Region::Junk, self.session.layout));
        let inside = self.inside();
        let problem = bad_token(tokens, at, end, inside).unwrap_or_else(|| {
            let kind = match tokens
                .word(at)
                .filter(|word| head_from_word(word).is_none())
            {
                Some(word) => {
                    let words = Keyword::ALL.iter().map(|keyword| keyword.word());
                    Kind::UnknownDeclaration {
                        word: word.to_owned(),
                        candidate: nearest(word, words),
                    }
                }
                None => {
                    let expected = vec![Expected::Declaration];
                    Kind::Unexpected {
                        found: found_at(tokens, at),
                        expected,
                    }
                }
            };
            SyntaxProblem::new(kind, tokens.span(at), inside)
        });
        self.session.report(problem);
        self.session.give_up(at..end);
        self.at = end;
        // What could not be read may hold braces of its own; they are part of the same problem.
        while self.session.tokens.is(self.at, TokenKind::CloseBrace)
            && self.containers.last().is_none_or(|container| {
                let tokens = &self.session.tokens;
                self.session
                    .layout
                    .is_left_over(tokens, self.at, container.first_at)
            })
        {
            self.at += 1;
        }
    }

    fn declaration(&mut self, starter: Starter) {
        let keyword_at = self.at;
        let mut pending = std::mem::take(&mut self.pending);
        let first_at = pending.first.unwrap_or(keyword_at);
        pending
            .docs
            .extend(self.session.tokens.docs_before(keyword_at));
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
            kind: DeclarationKind::Schema {
                name: Default::default(),
                modifiers: Vec::new(),
            },
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
                        open,
                        clauses: Vec::new(),
                        members: Vec::new(),
                        first_at,
                        problems_before: self.session.problem_count(),
                        own_problems,
                    });
                    return;
                }
                let body = Open {
                    owner: first_at,
                    start: body_start,
                    has_brace: open.is_some(),
                    has_annotations: matches!(keyword, Keyword::Entity | Keyword::Enum),
                };
                self.block_body(&mut declaration.kind, keyword, open, &body);
            }
            Shape::Assigned | Shape::Line => {
                let region = (Region::Value(keyword), self.session.layout);
                let in_scope = self.is_in_scope();
                let end = region_end(&self.session.tokens, keyword_at, in_scope, region);
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
            self.session
                .report_at(Kind::TooDeep { limit: NESTING_MAX }, span, inside);
            // One clear problem is better than one for each level: the rest is not read.
            self.containers
                .iter_mut()
                .for_each(|outer| outer.open = None);
            self.at = self.session.tokens.len();
            return;
        }
        self.containers.push(container);
    }

    /// Read up to the opening brace: the declaration so far, the brace, and where the body starts.
    fn block_header(&mut self, keyword: Keyword) -> (DeclarationKind, Option<usize>, usize) {
        let tokens = &self.session.tokens;
        let start = self.at;
        let end = header_end(tokens, keyword, start);
        let open = tokens.is(end, TokenKind::OpenBrace).then_some(end);
        let has_open_string = (start..end).any(|at| tokens.is(at, TokenKind::UnterminatedString));
        let before = self.session.problem_count();
        let kind = read_header(self.session, keyword, start..end);
        let is_read = self.session.problem_count() == before;
        if open.is_none() && is_read && !has_open_string {
            let tokens = &self.session.tokens;
            let found = found_at(tokens, end);
            let kind = Kind::Unexpected {
                found,
                expected: vec![Expected::Mark('{')],
            };
            let inside = Inside::Declaration(keyword.word());
            let span = if end < tokens.len() {
                tokens.span(end)
            } else {
                tokens.gap_before(end)
            };
            self.session.report_at(kind, span, inside);
        }
        (kind, open, open.map_or(end, |open| open + 1))
    }

    fn block_body(
        &mut self,
        kind: &mut DeclarationKind,
        keyword: Keyword,
        open: Option<usize>,
        body: &Open,
    ) {
        let (end, is_closed) = body_end(&self.session.tokens, body, self.session.layout);
        let before = self.session.problem_count();
        read_members_of(self.session, kind, body.start..end);
        let is_cut = self.session.tokens.kind_before(end) == Some(TokenKind::Unread);
        if let Some(open) = open.filter(|_| !is_closed && !is_cut)
            && !self.session.has_open_bracket_since(before)
        {
            let inside = Inside::Declaration(keyword.word());
            self.session.report_unclosed_brace(open, end, inside);
        }
        self.at = if is_closed { end + 1 } else { end };
    }
}
