//! Giving something another name, everywhere at once.
//!
//! Whether a new name is free is not reasoned about: the project is compiled with the edits, and has
//! to have no new errors, and the same places have to speak of the same thing.

use gatewright_diagnostics::{Edit, Severity};
use gatewright_hir::{Reference, Target};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;

use crate::navigate::{Symbol, occurrences, symbol_at};
use crate::{Occurrence, Snapshot};

/// Why something cannot be renamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is no name at that place.
    #[error("there is no name here")]
    NoName,
    /// The name belongs to the service or to the directory.
    #[error("`{0}` is not declared in this project")]
    NotOurs(String),
    /// The name is put together from parameters of a template.
    #[error("the name is put together by a template; change the template")]
    FromTemplate,
    /// It is no name.
    #[error("`{0}` is no name: letters, digits and `_`, not starting with a digit")]
    NoIdentifier(String),
    /// It is blank.
    #[error("a name has to have letters")]
    Empty,
    /// With that name the project would mean something else, or nothing.
    #[error("with the name `{0}`, {1}")]
    Taken(String, String),
}

/// The name at an offset, if it can be renamed: where it stands, without quotes.
///
/// # Errors
/// Why it cannot.
pub fn prepare_rename(
    snapshot: &Snapshot,
    source: SourceId,
    offset: u32,
) -> Result<Span, RenameError> {
    let (symbol, span) = symbol_at(snapshot, source, offset).ok_or(RenameError::NoName)?;
    let own = ours(snapshot, &symbol, span)?;
    own.iter()
        .map(|occurrence| bare(snapshot, &symbol, occurrence.span))
        .find(|place| span.start <= place.start && place.end <= span.end && place.source == source)
        .ok_or(RenameError::NoName)
}

/// The edits that give what is named at an offset another name.
///
/// # Errors
/// Why that cannot be, or would change what the project means.
pub fn rename(
    snapshot: &Snapshot,
    source: SourceId,
    offset: u32,
    new_name: &str,
) -> Result<Vec<Edit>, RenameError> {
    let (symbol, span) = symbol_at(snapshot, source, offset).ok_or(RenameError::NoName)?;
    let own = ours(snapshot, &symbol, span)?;
    let is_quoted = |one: &Occurrence| quote(snapshot, one.span).is_some();
    if !own.iter().all(is_quoted) && !is_identifier(new_name) {
        return Err(RenameError::NoIdentifier(new_name.to_owned()));
    }
    if new_name.trim().is_empty() {
        return Err(RenameError::Empty);
    }
    let text = |span: Span| match quote(snapshot, span) {
        Some(quote) => escaped(new_name, quote),
        None => new_name.to_owned(),
    };
    let edits: Vec<Edit> = own
        .iter()
        .map(|occurrence| Edit {
            span: bare(snapshot, &symbol, occurrence.span),
            text: text(occurrence.span),
        })
        .collect();
    confirm(snapshot, &edits, new_name)?;
    Ok(edits)
}

/// All places of a symbol that the project declares.
fn ours(snapshot: &Snapshot, symbol: &Symbol, span: Span) -> Result<Vec<Occurrence>, RenameError> {
    let all = if matches!(symbol, Symbol::Known(..)) {
        Vec::new()
    } else {
        occurrences(snapshot, symbol)
    };
    let text = |span: Span| snapshot.compilation().sources.text(span).to_owned();
    if !all.iter().any(|occurrence| occurrence.is_declaration) {
        return Err(RenameError::NotOurs(text(span)));
    }
    // Members of enumerations are the same in any case.
    let is_same = |one: &Occurrence| {
        let (one, other) = (
            bare(snapshot, symbol, one.span),
            bare(snapshot, symbol, span),
        );
        text(one).eq_ignore_ascii_case(&text(other))
    };
    if !all.iter().all(is_same) {
        return Err(RenameError::FromTemplate);
    }
    Ok(all)
}

/// The part of a place that is the name: without quotes, and without the entity of an attribute.
fn bare(snapshot: &Snapshot, symbol: &Symbol, span: Span) -> Span {
    if quote(snapshot, span).is_some() {
        return Span::new(span.source, span.start + 1, span.end - 1);
    }
    let text = snapshot.compilation().sources.text(span);
    match symbol {
        Symbol::Attribute(_) => {
            let entity = text.rfind('.').map_or(0, |dot| dot + 1);
            let entity = u32::try_from(entity).unwrap_or_default();
            Span::new(span.source, span.start + entity, span.end)
        }
        _ => span,
    }
}

/// The quotes that a name stands in.
fn quote(snapshot: &Snapshot, span: Span) -> Option<char> {
    let text = snapshot.compilation().sources.text(span);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    quote.filter(|quote| text.len() >= 2 && text.ends_with(*quote))
}

/// Whether the lexer takes it for one name.
pub(crate) fn is_identifier(text: &str) -> bool {
    let tokens = gatewright_syntax::lex_file(text);
    let mut kinds = tokens.iter();
    let is_word = |kind: TokenKind| kind == TokenKind::Word;
    matches!(kinds.next(), Some((kind, range)) if is_word(kind) && range == (0..text.len()))
}

/// A name as it stands between quotes of this kind.
fn escaped(name: &str, quote: char) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '`' => text.push_str("``"),
            c if c == quote => text.extend(['`', c]),
            '\n' | '\r' | '\t' => text.push(' '),
            other => text.push(other),
        }
    }
    text
}

/// Compile with the edits: no new errors, and as many names that stand for something as before.
fn confirm(snapshot: &Snapshot, edits: &[Edit], name: &str) -> Result<(), RenameError> {
    let edited = snapshot.edited(edits);
    let errors = |snapshot: &Snapshot| -> Vec<String> {
        let all = snapshot.compilation().diagnostics.iter();
        let errors = all.filter(|d| d.severity == Severity::Error);
        errors.map(|d| d.message.clone()).collect()
    };
    let (before, after) = (errors(snapshot), errors(&edited));
    if after.len() > before.len() {
        let new = after.into_iter().find(|message| !before.contains(message));
        let why = new.unwrap_or_else(|| "there would be more errors".to_owned());
        return Err(RenameError::Taken(name.to_owned(), why));
    }
    if meanings(snapshot) == meanings(&edited) {
        Ok(())
    } else {
        let why = "a name would stand for something else".to_owned();
        Err(RenameError::Taken(name.to_owned(), why))
    }
}

/// What the names of a project stand for, in order, told without places: an edit moves those.
fn meanings(snapshot: &Snapshot) -> Vec<(SourceId, Meaning<'_>)> {
    let references = &snapshot.compilation().references;
    let declared = |reference: &Reference| match reference.target {
        Target::Declared(span) => Some((span.source, span.start)),
        _ => None,
    };
    let mut places: Vec<_> = references.iter().filter_map(declared).collect();
    places.sort_unstable();
    places.dedup();
    let meaning =
        |reference: &'_ Reference| declared(reference).map(|place| places.binary_search(&place));
    let all = references.iter();
    all.map(|r| {
        let meaning = match meaning(r) {
            Some(place) => Meaning::Declared(place.ok()),
            None => Meaning::Other(&r.target),
        };
        (r.span.source, meaning)
    })
    .collect()
}

#[derive(PartialEq)]
enum Meaning<'s> {
    /// The place among all declarations that are used.
    Declared(Option<usize>),
    Other(&'s Target),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const PROJECT: &str = r#"
//- names.gate
group ⟦Fin$0ance⟧ = "5b0c0de0-0000-4000-8000-000000000001"
group Sales = "5b0c0de0-0000-4000-8000-000000000002"
//- policies.gate
scope "Tier Ä" {
    users groups [⟦Finance⟧] except groups [Sales]
    policy "One" { state enabled apps all block }
    policy "Two" { state enabled apps all require mfa }
}
test "they are blocked" {
    given { user "5b0c0de0-0000-4000-8000-000000000009" groups [⟦Finance⟧] app "5b0c0de0-0000-4000-8000-000000000003" }
    expect { verdict block }
}
"#;

    #[test]
    fn every_use_of_a_group_is_renamed_once() {
        let fixture = Fixture::new(PROJECT);
        let (source, offset) = fixture.cursor();
        let edits = rename(&fixture.snapshot, source, offset, "Money").unwrap();
        let mut places: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
        places.sort();
        assert_eq!(places, fixture.ranges());
        assert!(edits.iter().all(|edit| edit.text == "Money"));
    }

    #[test]
    fn a_name_that_is_taken_or_none_is_refused() {
        let fixture = Fixture::new(PROJECT);
        let (source, offset) = fixture.cursor();
        let refused = |name| rename(&fixture.snapshot, source, offset, name).unwrap_err();
        assert!(matches!(refused("Sales"), RenameError::Taken(..)));
        assert!(matches!(refused("a b"), RenameError::NoIdentifier(_)));
        assert!(matches!(refused("9"), RenameError::NoIdentifier(_)));
    }

    #[test]
    fn what_every_tenant_has_keeps_its_name() {
        let fixture = Fixture::new(
            "policy \"P\" { state enabled users roles [Global$0Administrator] apps all block }",
        );
        let (source, offset) = fixture.cursor();
        let found = prepare_rename(&fixture.snapshot, source, offset);
        assert_eq!(
            found,
            Err(RenameError::NotOurs("GlobalAdministrator".to_owned()))
        );
    }

    #[test]
    fn a_policy_is_renamed_in_tests_too() {
        let fixture = Fixture::new(
            r#"
policy "⟦Blo$0ck⟧" { state enabled users all apps all block }
test "t" {
    given { user "5b0c0de0-0000-4000-8000-000000000009" app "5b0c0de0-0000-4000-8000-000000000003" }
    expect { applied ["⟦Block⟧"] }
}
"#,
        );
        let (source, offset) = fixture.cursor();
        let edits = rename(&fixture.snapshot, source, offset, "Say \"no\"").unwrap();
        let places: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
        assert_eq!(places, fixture.ranges());
        assert!(edits.iter().all(|edit| edit.text == "Say `\"no`\""));
    }

    #[test]
    fn a_parameter_is_renamed_in_its_template_alone() {
        let fixture = Fixture::new(
            r#"
group Finance = "5b0c0de0-0000-4000-8000-000000000001"
template Blocked(⟦who⟧: group, ⟦prefix⟧: text) {
    policy "{⟦prefix⟧} blocked" { state enabled users groups [⟦w$0ho⟧] apps all block }
}
use Blocked(⟦who⟧: Finance, prefix: "X")
"#,
        );
        let (source, offset) = fixture.cursor();
        let mut places: Vec<Span> = rename(&fixture.snapshot, source, offset, "whom")
            .unwrap()
            .iter()
            .map(|edit| edit.span)
            .collect();
        places.sort();
        let ranges = fixture.ranges();
        assert_eq!(places, [ranges[0], ranges[3], ranges[4]]);
        let (prefix, in_text) = (ranges[1], ranges[2]);
        let edits = rename(&fixture.snapshot, source, prefix.start, "head").unwrap();
        assert!(edits.iter().any(|edit| edit.span == in_text), "{edits:?}");
        assert_eq!(edits.len(), 3);
    }
}
