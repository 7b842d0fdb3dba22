//! What can be written at a place: words of the language, names, attributes, operators, values.
//!
//! A text that is being written does not parse, so the place is found from the tokens before it
//! ([`context`]); what may stand there is looked up in the schema, the dialect and the project.

mod clauses;
mod context;
mod declarations;
mod expressions;
mod names;
mod scenarios;

use gatewright_source::{SourceId, Span};

use crate::{Form, Snapshot, json, manifest};
use context::{Body, Context, Place};

/// Something that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is shown, and matched with what has been typed.
    pub label: String,
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
    let mut items = Items {
        snapshot,
        replaced: context.replaced,
        found: Vec::new(),
    };
    match &context.place {
        Place::Start(body) => start(&mut items, *body),
        Place::Clause(clause) => {
            clauses::clause(&mut items, clause, context.body);
        }
        Place::Expression { dialect, tokens } => {
            let may_end = expressions::expression(&mut items, dialect, tokens);
            if may_end {
                start(&mut items, context.body);
            }
        }
        Place::Annotation => declarations::annotations(&mut items),
        Place::Value { keyword, tokens } => declarations::value(&mut items, keyword, tokens),
        Place::Instance { tokens } => declarations::instance(&mut items, tokens),
        Place::ParameterType => declarations::types(&mut items),
        Place::Platform => items.members("CompliancePlatform", CompletionKind::Member),
        Place::Given { tokens, word } => scenarios::given(&mut items, tokens, *word),
        Place::Expect { tokens, word } => scenarios::expect(&mut items, tokens, *word),
        Place::PolicyName => items.policy_names(),
    }
    let mut found = items.found;
    found.sort_by(|a, b| {
        let key = |item: &Completion| (item.rank, counted(&item.label).0.to_owned());
        let key = key(a).cmp(&key(b));
        let numbers = || counted(&a.label).1.cmp(&counted(&b.label).1);
        key.then_with(numbers).then_with(|| a.label.cmp(&b.label))
    });
    found.dedup_by(|a, b| a.label == b.label && a.kind == b.kind);
    found
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
        Body::Other => {}
    }
}

/// What has been found so far.
struct Items<'s> {
    snapshot: &'s Snapshot,
    replaced: Span,
    found: Vec<Completion>,
}

impl Items<'_> {
    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, documentation: &str) {
        self.ranked(label, kind, (detail, documentation), 1);
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
            kind,
            detail: detail.to_owned(),
            documentation: documentation.to_owned(),
            insert: label.to_owned(),
            is_snippet: false,
            replaced: self.replaced,
            rank,
        });
    }

    /// A piece of text with places to fill in.
    fn snippet(&mut self, label: &str, insert: &str, detail: &str) {
        self.found.push(Completion {
            label: label.to_owned(),
            kind: CompletionKind::Snippet,
            detail: detail.to_owned(),
            documentation: String::new(),
            insert: insert.to_owned(),
            is_snippet: true,
            replaced: self.replaced,
            rank: 0,
        });
    }

    /// Text in quotes; where a quote has been typed, what is in it.
    fn quoted(&mut self, text: &str, kind: CompletionKind, detail: &str) {
        let sources = &self.snapshot.compilation().sources;
        let is_inside = {
            let before = self.replaced.start.checked_sub(1);
            let before = before.map(|at| Span::new(self.replaced.source, at, at + 1));
            before.is_some_and(|span| sources.text(span) == "\"")
        };
        self.ranked(text, kind, (detail, ""), 1);
        if let Some(last) = self.found.last_mut().filter(|_| !is_inside) {
            last.insert = format!("\"{}\"", text.replace('`', "``").replace('"', "`\""));
        }
    }

    /// The members of an enumeration of the schema.
    fn members(&mut self, enumeration: &str, kind: CompletionKind) {
        let snapshot = self.snapshot;
        let schema = &snapshot.compilation().set.schema;
        let mut all = schema.enumerations.iter();
        if let Some(found) = all.find(|one| one.name == enumeration) {
            for (member, docs) in &found.members {
                self.add(member, kind, enumeration, docs);
            }
        }
    }
}

#[cfg(test)]
mod tests;
