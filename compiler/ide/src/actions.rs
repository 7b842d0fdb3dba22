//! What can be done at a place: mend a finding, give an id a name, put policies into a scope.
//!
//! An action that says that it keeps the meaning is proved to, by comparing the project with and
//! without its edits over all sign-ins ([`keeps_meaning`]); until then it is only offered.

mod exclusion;
mod named;
mod scope;
mod sorted;
mod split;
mod style;

use gatewright_compiler::{CompareOptions, compare, incomparable};
use gatewright_diagnostics::{Applicability, Diagnostic, Edit, Severity};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::Declaration;

use crate::describe::capitalised;
use crate::position::Position;
use crate::{Form, Snapshot, declarations};

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does, as an imperative.
    pub title: String,
    /// What kind of action it is.
    pub kind: ActionKind,
    /// The edits, not overlapping.
    pub edits: Vec<Edit>,
    /// The finding that it mends, by its place in
    /// [`Compilation::diagnostics`](gatewright_compiler::Compilation::diagnostics).
    pub mends: Option<usize>,
    /// Whether it is the obvious thing to do.
    pub is_preferred: bool,
    /// Whether it says that no sign-in is decided differently.
    pub claims_same: bool,
    /// Why it cannot be done here, where that is worth knowing; it has no edits then.
    pub disabled: Option<String>,
}

impl Action {
    /// A change of form: it says the same in another way.
    fn same(title: impl Into<String>, kind: ActionKind, edits: Vec<Edit>) -> Action {
        Action {
            title: title.into(),
            kind,
            edits,
            mends: None,
            is_preferred: false,
            claims_same: true,
            disabled: None,
        }
    }

    /// A change that is decided differently.
    fn change(title: impl Into<String>, kind: ActionKind, edits: Vec<Edit>) -> Action {
        Action {
            claims_same: false,
            ..Action::same(title, kind, edits)
        }
    }
}

/// What kinds of actions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionKind {
    /// Mends a finding.
    Fix,
    /// Writes the same in another way.
    Rewrite,
    /// Takes something out, under a name of its own.
    Extract,
    /// Mends everything in a file that is certain.
    FixAll,
}

/// What can be done at a part of a source. What was in the one style is so afterwards.
#[must_use]
pub fn actions(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let mut found = fixes(snapshot, part);
    if snapshot.form(part.source) == Form::PolicyText {
        found.extend(suppressions(snapshot, part));
        found.extend(named::name_for_id(snapshot, part));
        found.extend(exclusion::missing(snapshot, part));
        found.extend(scope::into_new(snapshot, part));
        found.extend(scope::into_neighbour(snapshot, part));
        found.extend(split::policy(snapshot, part));
        found.extend(sorted::list(snapshot, part));
        found.extend(sorted::clauses(snapshot, part));
    }
    found.extend(fix_all(snapshot, part.source));
    for action in &mut found {
        action.edits = style::kept(snapshot, std::mem::take(&mut action.edits));
    }
    found
}

/// Whether the project decides every sign-in alike with these edits, and has no other errors. Cost:
/// a compilation, and a comparison over all sign-ins.
///
/// # Errors
/// Why that is not so, or not known.
pub fn keeps_meaning(snapshot: &Snapshot, edits: &[Edit]) -> Result<(), String> {
    let edited = snapshot.edited(edits);
    let (old, new) = (snapshot.compilation(), edited.compilation());
    if !old.is_readable() {
        return Err("the project cannot be decided while it has errors".to_owned());
    }
    let is_new = |one: &&Diagnostic| {
        let same = |other: &Diagnostic| other.code == one.code;
        one.severity == Severity::Error && !old.diagnostics.iter().any(same)
    };
    if let Some(new) = new.diagnostics.iter().find(is_new) {
        return Err(format!("then {} ({})", new.message, new.code.name()));
    }
    if let Some(why) = incomparable(old, new) {
        return Err(why);
    }
    let found = compare(old, new, &CompareOptions::default(), None, &mut |_| {});
    match (found.exhausted, found.classes.first()) {
        (_, Some(_)) => Err("some sign-ins would be decided differently".to_owned()),
        (Some(exhausted), None) => Err(format!("it was not decided: {exhausted} ended")),
        (None, None) => Ok(()),
    }
}

/// Everything that the compiler knows to mend what it finds here.
fn fixes(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let mut found = Vec::new();
    for (at, diagnostic) in snapshot.compilation().diagnostics.iter().enumerate() {
        if !touches(diagnostic.span(), part) {
            continue;
        }
        for (place, fix) in diagnostic.fixes.iter().enumerate() {
            let is_only = diagnostic.fixes.len() == 1;
            let is_certain = place == 0 && fix.applicability == Applicability::Always;
            found.push(Action {
                mends: Some(at),
                is_preferred: is_only || is_certain,
                ..Action::change(capitalised(&fix.title), ActionKind::Fix, fix.edits.clone())
            });
        }
    }
    found
}

/// All certain fixes of a file at once, where there are several.
fn fix_all(snapshot: &Snapshot, source: SourceId) -> Option<Action> {
    let all = snapshot.compilation().diagnostics.iter();
    let fixes = all.flat_map(|diagnostic| &diagnostic.fixes);
    let certain = fixes.filter(|fix| fix.applicability == Applicability::Always);
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for fix in certain {
        let is_here = fix.edits.iter().all(|edit| edit.span.source == source);
        let clashes = |edit: &Edit| edits.iter().any(|other| overlaps(edit.span, other.span));
        if is_here && !fix.edits.iter().any(clashes) {
            edits.extend(fix.edits.iter().cloned());
            count += 1;
        }
    }
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let title = match count {
        0 => return None,
        1 => "Apply the certain fix of this file".to_owned(),
        many => format!("Apply the {many} certain fixes of this file"),
    };
    Some(Action::change(title, ActionKind::FixAll, edits))
}

/// Hide a finding inside of its declaration, with a reason to fill in.
fn suppressions(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let compilation = snapshot.compilation();
    let mut found = Vec::new();
    for (at, diagnostic) in compilation.diagnostics.iter().enumerate() {
        let is_one = diagnostic.severity != Severity::Error && !diagnostic.is_unreadable();
        if !is_one || !touches(diagnostic.span(), part) {
            continue;
        }
        let place = diagnostic.span();
        let all = declarations(snapshot, place.source);
        let around = all.iter().filter(|one| {
            let span = one.declaration.span;
            span.start <= place.start && place.end <= span.end
        });
        let Some(around) = around.min_by_key(|one| one.declaration.span.len()) else {
            continue;
        };
        let start = around.declaration.span.start;
        let indent = indentation(snapshot, place.source, start);
        let code = diagnostic.code.name();
        let edit = Edit {
            span: Span::new(place.source, start, start),
            text: format!("@suppress({code}, \"why\")\n{indent}"),
        };
        let title = format!("Suppress {code} in this {}", around.kind.keyword());
        found.push(Action {
            mends: Some(at),
            ..Action::change(title, ActionKind::Fix, vec![edit])
        });
    }
    found
}

/// The blanks before an offset, up to the start of its line.
fn indentation(snapshot: &Snapshot, source: SourceId, offset: u32) -> String {
    let before = snapshot
        .text(source)
        .get(..offset as usize)
        .unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().take_while(|c| c.is_whitespace()).collect()
}

/// Where the comments right above a place start, or the place itself.
fn with_comments_above(snapshot: &Snapshot, source: SourceId, place: u32) -> u32 {
    let text = snapshot.text(source);
    let mut at = place as usize;
    let line_start = |at: usize| Some(text.get(..at)?.rfind('\n').map_or(0, |end| end + 1));
    while let Some(own) = line_start(at)
        && let Some(above) = own.checked_sub(1).and_then(line_start)
    {
        let line = text.get(above..own).unwrap_or_default();
        let before = line.len() - line.trim_start().len();
        let is_comment = line.trim_start().starts_with("//") && !line.trim().starts_with("//!");
        if !is_comment {
            break;
        }
        at = above + before;
    }
    u32::try_from(at).unwrap_or(place)
}

/// Whether a place is in a part, or next to it.
fn touches(place: Span, part: Span) -> bool {
    place.source == part.source && place.start <= part.end && part.start <= place.end
}

fn overlaps(one: Span, other: Span) -> bool {
    one.source == other.source && one.start < other.end && other.start < one.end || one == other
}

/// Whether a comment stands in a part: moving what is around it would move it somewhere else.
fn has_comment(snapshot: &Snapshot, part: Span) -> bool {
    snapshot.tokens(part.source).iter().any(|(kind, range)| {
        matches!(kind, TokenKind::Comment | TokenKind::Doc)
            && range.start < part.end as usize
            && part.start as usize <= range.start
    })
}

/// The innermost policy around a part.
fn policy_around(snapshot: &Snapshot, part: Span) -> Option<&Declaration> {
    use gatewright_syntax::ast::DeclarationKind;
    let position = Position::of(snapshot, part.source, part.start);
    let found = position.declaration()?;
    let is_policy = matches!(found.kind, DeclarationKind::Policy { .. });
    (is_policy && part.end <= found.span.end).then_some(found)
}

#[cfg(test)]
mod tests;
