//! What can be written at a place: words of the language, names, attributes, operators, values.
//!
//! A text that is being written does not parse, so the place is found from the tokens before it
//! ([`context`]); what may stand there is looked up in the schema, the dialect and the project.

mod annotations;
mod around;
mod clauses;
mod context;
mod declarations;
mod expressions;
mod facts;
mod meaning;
mod names;
mod objects;
mod operands;
mod phrases;
mod rules;
mod scenarios;
mod schemas;
mod snippets;
mod templates;
mod used;

use std::collections::BTreeSet;

use gatewright_source::{SourceId, Span};

pub(crate) use meaning::meaning;
pub(crate) use phrases::takes;
pub(crate) use rules::in_rule;
pub(crate) use templates::filled_with;

use crate::{Form, Snapshot, json, manifest};
use context::{Body, Context, Place, Quoted};

/// Something that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What is matched with what has been typed, where it is not the label.
    pub filter: Option<String>,
    /// What kind of thing it is.
    pub kind: CompletionKind,
    /// A few words beside it.
    pub detail: String,
    /// What it means, as Markdown; may be empty.
    pub documentation: String,
    /// What takes the place of `replaced`.
    pub insert: String,
    /// Whether `insert` has places to fill in, as `$1` and `${2:text}`.
    pub is_snippet: bool,
    /// What has been typed of it.
    pub replaced: Span,
    /// The smaller, the further up.
    pub rank: u8,
}

impl Completion {
    /// What is written where nothing can be filled in: places have what is suggested for them.
    #[must_use]
    pub fn plain(&self) -> String {
        if self.is_snippet {
            snippets::plain(&self.insert)
        } else {
            self.insert.clone()
        }
    }
}

/// What kinds of things can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named by what it is")]
pub enum CompletionKind {
    Keyword,
    Clause,
    Snippet,
    Object,
    Rule,
    Template,
    Parameter,
    Attribute,
    Operator,
    Member,
    Control,
    Policy,
    Annotation,
    Value,
}

/// What can be written at an offset, best first.
#[must_use]
pub fn completions(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Completion> {
    match snapshot.form(source) {
        Form::PolicyText => {}
        Form::Json => return json::completions(snapshot, source, offset),
        Form::Manifest => return manifest::completions(snapshot, source, offset),
        Form::Table => return Vec::new(),
    }
    let Some(context) = Context::of(snapshot, source, offset) else {
        return Vec::new();
    };
    let typed = snapshot.text(source);
    let typed = typed.get(context.replaced.start as usize..offset as usize);
    let mut items = Items {
        snapshot,
        replaced: context.replaced,
        typed: typed.unwrap_or_default(),
        quoted: context.quoted,
        found: Vec::new(),
    };
    items.place(&context);
    items.finish(&context.taken)
}

/// A label without the number at its end, and that: the tenth of a kind comes after the ninth.
fn counted(label: &str) -> (&str, Option<u64>) {
    let head = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = label
        .get(head.len()..)
        .and_then(|digits| digits.parse().ok());
    (head, number)
}

/// What starts a piece of a body: a clause, a declaration.
fn start(items: &mut Items<'_>, body: Body) {
    match body {
        Body::File => declarations::keywords(items, true),
        Body::Scope => {
            clauses::heads(items, body);
            declarations::keywords(items, false);
        }
        Body::Template => declarations::keywords(items, false),
        Body::Policy | Body::Invariant | Body::Compliance => clauses::heads(items, body),
        Body::Test => scenarios::blocks(items),
        _ => {}
    }
}

/// What has been found so far.
struct Items<'s> {
    snapshot: &'s Snapshot,
    replaced: Span,
    /// What has been typed of `replaced`.
    typed: &'s str,
    /// The text in quotes that is being typed, if it is one.
    quoted: Option<Quoted>,
    found: Vec<Completion>,
}

impl Items<'_> {
    fn place(&mut self, context: &Context<'_>) {
        let body = context.body;
        match &context.place {
            Place::Start(body) => start(self, *body),
            Place::Clause(clause) => clauses::clause(self, clause, body),
            Place::Expression { dialect, tokens } => {
                if expressions::expression(self, dialect, tokens) {
                    start(self, body);
                }
            }
            Place::Annotation => annotations::names(self, body),
            Place::AnnotationValue { name, tokens } => annotations::value(self, name, tokens),
            Place::Declaration(written) => declarations::declaration(self, written, body),
            Place::Given { tokens } => scenarios::given(self, tokens),
            Place::Expect { tokens } => scenarios::expect(self, tokens),
            Place::Attribute { tokens } => schemas::attribute(self, tokens),
            Place::Operators => schemas::operators(self),
            Place::Row { tokens } => schemas::row(self, tokens),
        }
    }

    /// What fits, in order and once.
    fn finish(mut self, taken: &[&str]) -> Vec<Completion> {
        if let Some(quoted) = self.quoted {
            self.found.retain_mut(|item| fit_quotes(item, quoted));
        }
        for item in &mut self.found {
            // Operators are read without their hyphen too.
            let word = item.label.strip_prefix('-');
            let is_bare = self.typed.starts_with(char::is_alphabetic);
            item.filter = item
                .filter
                .take()
                .or(word.filter(|_| is_bare).map(str::to_owned));
            if item.insert.contains('\n') && item.documentation.is_empty() {
                item.documentation = format!("```gate\n{}\n```", item.plain());
            }
        }
        let is_taken = |item: &Completion| {
            let mut all = taken.iter();
            all.any(|one| one.eq_ignore_ascii_case(&item.label))
        };
        let mut found = self.found;
        found.retain(|item| !is_taken(item));
        found.sort_by(|a, b| {
            let key = |item: &Completion| (item.rank, counted(&item.label).0.to_owned());
            let key = key(a).cmp(&key(b));
            let numbers = || counted(&a.label).1.cmp(&counted(&b.label).1);
            key.then_with(numbers).then_with(|| a.label.cmp(&b.label))
        });
        let mut seen = BTreeSet::new();
        found.retain(|item| seen.insert((item.label.clone(), item.kind)));
        found
    }

    fn is_entra(&self) -> bool {
        self.snapshot.compilation().set.schema.is_entra
    }

    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, documentation: &str) {
        self.ranked(label, kind, (detail, documentation), 50);
    }

    fn ranked(
        &mut self,
        label: &str,
        kind: CompletionKind,
        (detail, documentation): (&str, &str),
        rank: u8,
    ) {
        self.found.push(Completion {
            label: label.to_owned(),
            filter: None,
            kind,
            detail: detail.to_owned(),
            documentation: documentation.to_owned(),
            insert: label.to_owned(),
            is_snippet: false,
            replaced: self.replaced,
            rank,
        });
    }

    /// What is written for the last item, with places to fill in.
    fn insert(&mut self, insert: &str) {
        if let Some(last) = self.found.last_mut() {
            insert.clone_into(&mut last.insert);
            last.is_snippet = insert.contains('$');
        }
    }

    /// The items from one on, each as a list of one.
    fn bracketed(&mut self, from: usize) {
        for item in self.found.iter_mut().skip(from) {
            if !item.is_snippet {
                item.insert = format!("[{}$0]", escaped(&item.insert));
                item.is_snippet = true;
            }
        }
    }

    /// A piece of text with places to fill in.
    fn snippet(&mut self, label: &str, insert: &str, detail: &str, rank: u8) {
        self.ranked(label, CompletionKind::Snippet, (detail, ""), rank);
        self.insert(insert);
    }

    /// Text in quotes; where a quote has been typed, what is in it.
    fn quoted(&mut self, text: &str, kind: CompletionKind, about: (&str, &str), rank: u8) {
        self.ranked(text, kind, about, rank);
        let text = text.replace('`', "``").replace('"', "`\"");
        if let Some(last) = self.found.last_mut() {
            last.insert = if self.quoted.is_some() {
                text
            } else {
                format!("\"{text}\"")
            };
        }
    }

    /// The members of an enumeration of the schema, in declared order.
    fn members(&mut self, enumeration: &str, kind: CompletionKind) {
        let snapshot = self.snapshot;
        let schema = &snapshot.compilation().set.schema;
        let mut all = schema.enumerations.iter();
        let Some(found) = all.find(|one| one.name == enumeration) else {
            return;
        };
        for (at, (member, docs)) in found.members.iter().enumerate() {
            let rank = declarations::nth(20, at);
            if is_word(member) {
                self.ranked(member, kind, (enumeration, docs), rank);
            } else {
                self.quoted(member, kind, (enumeration, docs), rank);
            }
        }
    }

    fn booleans(&mut self) {
        for (at, (word, docs)) in [("True", "it is so"), ("False", "it is not so")]
            .iter()
            .enumerate()
        {
            let rank = declarations::nth(10, at);
            self.ranked(word, CompletionKind::Value, ("", docs), rank);
        }
        self.parameters(&["boolean"]);
    }
}

/// Whether a text is a word of the language, and needs no quotes.
fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    let is_start = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    is_start && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// What a snippet has to say so that it is written as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    text.replace('$', "\\$").replace('}', "\\}")
}

/// Whether an item can stand for a text in quotes that is being typed; it is made to.
fn fit_quotes(item: &mut Completion, quoted: Quoted) -> bool {
    use CompletionKind::{Member, Policy, Value};
    if item.replaced == quoted.whole {
        return true;
    }
    if item.is_snippet || !matches!(item.kind, Member | Policy | Value) {
        return false;
    }
    if !quoted.is_closed {
        item.insert.push('"');
    }
    true
}

#[cfg(test)]
mod tests;
