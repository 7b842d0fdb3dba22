//! What each word of a text is, for colours that know more than a lexer.

mod tree;
mod unread;
mod words;

use std::ops::Range;

use gatewright_source::{SourceId, Span};

use crate::{Form, Snapshot, json};
use words::Words;

/// A piece of text with what it is. Pieces are in order, never empty, and do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Where; within one line, but for JSON and unfinished texts.
    pub span: Span,
    /// What.
    pub kind: HighlightKind,
    /// Whether a name is declared here.
    pub is_declaration: bool,
    /// Whether the service or the language gave it, not the project.
    pub is_built_in: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named by what it is")]
pub enum HighlightKind {
    Comment,
    Documentation,
    String,
    Number,
    Keyword,
    Operator,
    Annotation,
    /// The name of a policy, test, scope or invariant.
    Title,
    /// A group, application, location and the like.
    Object,
    Rule,
    Template,
    Parameter,
    /// An attribute of the schema.
    Attribute,
    /// A member of an enumeration, a control, a session control.
    Member,
    Entity,
    Type,
}

impl HighlightKind {
    /// All of them, in order of declaration.
    pub const ALL: &'static [HighlightKind] = &[
        HighlightKind::Comment,
        HighlightKind::Documentation,
        HighlightKind::String,
        HighlightKind::Number,
        HighlightKind::Keyword,
        HighlightKind::Operator,
        HighlightKind::Annotation,
        HighlightKind::Title,
        HighlightKind::Object,
        HighlightKind::Rule,
        HighlightKind::Template,
        HighlightKind::Parameter,
        HighlightKind::Attribute,
        HighlightKind::Member,
        HighlightKind::Entity,
        HighlightKind::Type,
    ];
}

/// The pieces of a source, or of what of it touches `range`: in Graph JSON those of rules, in a
/// manifest or a table none.
#[must_use]
pub fn highlights(
    snapshot: &Snapshot,
    source: SourceId,
    range: Option<Range<u32>>,
) -> Vec<Highlight> {
    match snapshot.form(source) {
        Form::PolicyText => {}
        Form::Json => return json::highlights(snapshot, source, range),
        Form::Manifest | Form::Table => return Vec::new(),
    }
    let words = Words::of(snapshot, source);
    let mut found = Vec::new();
    for (kind, place) in snapshot.tokens(source).iter() {
        let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) else {
            break;
        };
        let is_asked = range
            .as_ref()
            .is_none_or(|r| start < r.end && r.start < end);
        let Some(known) = words.kind(kind, start).filter(|_| is_asked && start < end) else {
            continue;
        };
        found.push(Highlight {
            span: Span::new(source, start, end),
            ..known
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// Each piece as `text:kind`, those of these kinds left out.
    fn shown(text: &str) -> Vec<String> {
        let fixture = Fixture::new(text);
        let source = fixture.only_source();
        let sources = &fixture.snapshot.compilation().sources;
        highlights(&fixture.snapshot, source, None)
            .iter()
            .map(|h| format!("{}:{:?}", sources.text(h.span), h.kind))
            .collect()
    }

    #[test]
    fn names_are_what_they_stand_for() {
        let found = shown(
            "group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             rule Managed = device.isCompliant -eq True\n\
             policy \"P\" { users groups [Finance] apps all when Managed block }",
        );
        for wanted in [
            "group:Keyword",
            "Finance:Object",
            "Managed:Rule",
            "device:Entity",
            "isCompliant:Attribute",
            "-eq:Operator",
            "\"P\":Title",
            "users:Keyword",
            "groups:Type",
            "all:Member",
            "block:Keyword",
        ] {
            assert!(found.iter().any(|one| one == wanted), "{wanted}: {found:?}");
        }
        assert_eq!(
            found.iter().filter(|one| *one == "Finance:Object").count(),
            2
        );
        assert_eq!(found.iter().filter(|one| *one == "Managed:Rule").count(), 2);
    }

    #[test]
    fn words_of_what_cannot_be_read_have_their_colours() {
        let found = shown(
            "group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             rule Managed = device.isCompliant -eq True\n\
             policy \"P\" {\n    users groups [Finance\n    \
             devices except Managed -and device.trustType -ne device.\n    block\n}",
        );
        for wanted in [
            "users:Keyword",
            "groups:Type",
            "devices:Keyword",
            "except:Keyword",
            "device:Entity",
            "trustType:Attribute",
            "-ne:Operator",
            "block:Keyword",
        ] {
            assert!(found.iter().any(|one| one == wanted), "{wanted}: {found:?}");
        }
        let count = |wanted: &str| found.iter().filter(|one| *one == wanted).count();
        assert_eq!(count("Finance:Object"), 2);
        assert_eq!(count("Managed:Rule"), 2);
    }

    #[test]
    fn pieces_are_in_order_and_never_overlap_however_broken_the_text_is() {
        for text in [
            "policy \"P { users all\n@\n@owner( group Ä = [",
            "rule X = device. -eq \"é\" -and ( -not\n/// docs\npolicy",
            "template T(who: group) { policy \"{who}\" { users groups [who] } } use T(who: 😀)",
        ] {
            let fixture = Fixture::new(text);
            let source = fixture.only_source();
            let found = highlights(&fixture.snapshot, source, None);
            assert!(!found.is_empty());
            let pairs = found.iter().zip(found.iter().skip(1));
            for (one, next) in pairs {
                assert!(one.span.end <= next.span.start && !one.span.is_empty());
            }
        }
    }

    #[test]
    fn a_range_holds_what_touches_it() {
        let fixture = Fixture::new("group A = \"x\"\n⟦group B⟧ = \"y\"\n");
        let source = fixture.only_source();
        let range = fixture.ranges()[0];
        let all = highlights(&fixture.snapshot, source, None);
        let some = highlights(&fixture.snapshot, source, Some(range.start..range.end));
        let wanted: Vec<Highlight> = all
            .into_iter()
            .filter(|h| h.span.start < range.end && range.start < h.span.end)
            .collect();
        assert_eq!(some, wanted);
        assert_eq!(some.len(), 2);
    }
}
