//! Words of texts that could not be read. No declaration holds them, and yet an editor shows what
//! they stand for, and nobody is told that there is nothing of a name that one of them may declare.

use gatewright_diagnostics::{Code, Diagnostic, codes};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::ast::{self, Declaration, DeclarationKind, ObjectKind, Term};
use rustc_hash::FxHashSet;

use crate::schema::Schema;
use crate::symbols::Symbols;

/// LIMIT: words of a file whose meaning is looked for; each costs a pass over all attributes.
const NOTED_MAX: usize = 10_000;

/// What may be declared where nothing could be read.
#[derive(Clone, Debug, Default)]
pub struct Unread {
    words: FxHashSet<String>,
    /// Whether a template or an instance could not be read, which may make policies of any name.
    may_make_policies: bool,
    /// Whether something has no name yet.
    has_nameless: bool,
    /// Whether a compliance policy could not be read.
    has_broken_compliance: bool,
    /// Whether a named location could not be read.
    has_broken_location: bool,
    /// Places of policies and the like with clauses that could not be read.
    broken: Vec<Span>,
    /// Places of scopes with such clauses.
    broken_scopes: Vec<Span>,
}

impl Unread {
    pub(crate) fn of(files: &[&ast::File]) -> Unread {
        let mut unread = Unread::default();
        for file in files {
            file.declarations.iter().for_each(|d| unread.declaration(d));
            for term in &file.unread {
                unread.add(term);
            }
        }
        unread.broken.sort_unstable_by_key(start);
        unread.broken_scopes.sort_unstable_by_key(start);
        unread
    }

    /// What cannot be told of a declaration. They are nested as deeply as the parser allows.
    fn declaration(&mut self, declaration: &Declaration) {
        let (is_broken, span) = (declaration.is_broken, declaration.span);
        match &declaration.kind {
            DeclarationKind::Object { kind, name, .. } => {
                self.has_nameless |= is_broken && name.text.is_empty();
                self.has_broken_location |= is_broken && *kind == ObjectKind::Location;
                if is_broken {
                    self.words.insert(name.text.clone());
                }
            }
            DeclarationKind::Rule { name, .. } => {
                self.has_nameless |= is_broken && name.text.is_empty();
                if is_broken {
                    self.words.insert(name.text.clone());
                }
            }
            DeclarationKind::Template { name, members, .. } => {
                self.has_nameless |= is_broken && name.text.is_empty();
                self.may_make_policies |= is_broken;
                members.iter().for_each(|member| self.declaration(member));
            }
            DeclarationKind::Scope { members, .. } => {
                self.broken_scopes.extend(is_broken.then_some(span));
                members.iter().for_each(|member| self.declaration(member));
            }
            DeclarationKind::Policy { name, .. } => {
                self.may_make_policies |= is_broken && name.value.trim().is_empty();
                self.broken.extend(is_broken.then_some(span));
            }
            DeclarationKind::Invariant { .. } => self.broken.extend(is_broken.then_some(span)),
            DeclarationKind::Instance { template, .. } => {
                self.has_nameless |= is_broken && template.text.is_empty();
                self.may_make_policies |= is_broken;
            }
            DeclarationKind::Compliance { .. } => {
                self.has_broken_compliance |= is_broken;
                self.broken.extend(is_broken.then_some(span));
            }
            _ => {}
        }
    }

    /// A name may also stand in a string that was opened by mistake.
    fn add(&mut self, term: &Term) {
        match term {
            Term::Word(word) => {
                self.words.insert(word.text.clone());
            }
            Term::Text(text) => {
                let words = text.value.split(|c: char| !c.is_alphanumeric() && c != '_');
                self.words.extend(words.map(str::to_owned));
                self.words.insert(text.value.clone());
                // Behind a quote too many, what is in quotes is not, and the other way round.
                self.may_make_policies = true;
            }
            Term::Literal(_) | Term::List { .. } => {}
        }
    }

    /// Whether what is said to be missing may be declared where nothing could be read.
    #[must_use]
    pub fn explains(&self, problem: &Diagnostic, sources: &SourceMap) -> bool {
        let is_of = |codes: &[Code]| codes.contains(&problem.code);
        // A clause may lack what the scope would have said.
        let is_about_members = is_of(&[codes::GW0320]) || is_of(ABOUT_CLAUSES);
        if (self.may_make_policies && is_of(&[codes::GW0235]))
            || (self.has_nameless && is_of(&[codes::GW0201]))
            || (self.has_broken_compliance && is_of(&[codes::GW0439]))
            || (self.has_broken_location && is_of(&[codes::GW0609]))
            || (is_of(ABOUT_CLAUSES) && is_in(&self.broken, problem.span()))
            || (is_about_members && is_in(&self.broken_scopes, problem.span()))
        {
            return true;
        }
        if self.words.is_empty() || !is_of(ABOUT_NAMES) {
            return false;
        }
        let name = sources.text(problem.span()).trim_matches(['"', '\'']);
        self.words.contains(name) || name.split('.').any(|word| self.words.contains(word))
    }
}

/// What says of a name that nothing is called so, or that nothing calls it.
const ABOUT_NAMES: &[Code] = &[
    codes::GW0201,
    codes::GW0220,
    codes::GW0230,
    codes::GW0231,
    codes::GW0234,
    codes::GW0235,
    codes::GW0301,
    codes::GW0302,
    codes::GW0353,
];

/// What says that clauses lack another one or do not go together.
const ABOUT_CLAUSES: &[Code] = &[
    codes::GW0321,
    codes::GW0330,
    codes::GW0401,
    codes::GW0408,
    codes::GW0414,
    codes::GW0435,
];

fn start(span: &Span) -> (SourceId, u32) {
    (span.source, span.start)
}

/// Whether the place is in one of the spans, which are in order; of those in another, the last one
/// that starts before the place counts.
fn is_in(spans: &[Span], place: Span) -> bool {
    let next = spans.partition_point(|span| start(span) <= start(&place));
    let around = next.checked_sub(1).and_then(|last| spans.get(last));
    around.is_some_and(|span| span.source == place.source && place.start <= span.end)
}

/// Note what the words of a file stand for that could not be read. The kind of a name would follow
/// from its place; here a name stands for whatever is called so.
pub(crate) fn note(file: &ast::File, schema: &Schema, symbols: &Symbols<'_>) {
    for term in file.unread.iter().take(NOTED_MAX) {
        let Term::Word(word) = term else { continue };
        if let Some(attribute) = schema.find_attribute(&word.text) {
            symbols.note_attribute(word.span, attribute);
        } else if let Some(declared) = declared(symbols, &word.text) {
            if declared != word.span {
                symbols.note_declared(word.span, declared);
            }
        } else {
            symbols.note_known(word);
        }
    }
}

fn declared(symbols: &Symbols<'_>, name: &str) -> Option<Span> {
    let rule = symbols.rule(name).map(|rule| rule.span);
    rule.or_else(|| symbols.kind_of(name)?.1)
}
