//! Ids in JSON: what they are of, where the objects are, and where else they stand.

use std::ops::Range;

use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;

use super::file::File;
use super::members::{Holds, Shape, Word};
use super::rule;
use super::tree::{Node, NodeId};
use crate::hints::Known;
use crate::navigate::{Occurrence, Symbol};
use crate::{Form, Hint, Snapshot, describe};

/// An id where it is written.
struct Use {
    kind: ObjectKind,
    id: String,
    /// Quotes included.
    span: Span,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// An object is named by it.
    Names,
    /// The object itself has it.
    Declares,
    /// The object inside of another one, as a copy of it.
    Copies,
}

/// The object whose id is at an offset, and where that id stands.
pub(crate) fn symbol_at(
    snapshot: &Snapshot,
    source: SourceId,
    offset: u32,
) -> Option<(Symbol, Span)> {
    let file = File::open(snapshot, source)?;
    let at = offset as usize;
    let mut uses = file
        .touching(at..at)
        .filter_map(|(id, node)| one(&file, id, node));
    let found = uses.find(|one| one.span.start <= offset && offset <= one.span.end)?;
    Some((Symbol::Known(found.kind, found.id), found.span))
}

/// LIMIT: bytes of a project in which an id is looked for.
const SEARCHED_BYTES_MAX: usize = 64 << 20;

/// Where the id of an object stands in JSON files, and where text declares the object.
pub(crate) fn occurrences(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> Vec<Occurrence> {
    let mut found: Vec<(Span, Role)> = Vec::new();
    let sources = snapshot.compilation().sources.iter();
    let mut searched = 0;
    for (source, text) in sources {
        searched += text.text.len();
        if searched > SEARCHED_BYTES_MAX {
            break;
        }
        let Some(file) = File::open(snapshot, source) else {
            continue;
        };
        let same = uses(&file).filter(|one| one.kind == kind && one.id.eq_ignore_ascii_case(id));
        found.extend(same.map(|one| (one.span, one.role)));
    }
    let written = declared(snapshot, kind, id);
    let in_text = written.filter(|span| snapshot.form(span.source) == Form::PolicyText);
    found.extend(in_text.map(|span| (span, Role::Declares)));
    let is_declared = found.iter().any(|(_, role)| *role == Role::Declares);
    let found = found.into_iter().map(|(span, role)| Occurrence {
        span,
        is_declaration: match role {
            Role::Names => false,
            Role::Declares => true,
            Role::Copies => !is_declared,
        },
    });
    found.collect()
}

/// Remarks on a part of a file: names behind ids, and what of a rule holds on unregistered devices.
/// Only what is in that part is looked into.
pub(crate) fn hints(snapshot: &Snapshot, source: SourceId, range: &Range<u32>) -> Vec<Hint> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut known = None;
    for (id, node) in file.touching(range.start as usize..range.end as usize) {
        if let Some(Holds::Rule(DEVICE_RULE_DIALECT)) = file.member(id).map(|one| one.holds) {
            rule::hints(&file, node, &mut found);
        } else if let Some(one) = one(&file, id, node).filter(|one| one.role == Role::Names) {
            let known = known.get_or_insert_with(|| Known::new(&snapshot.compilation().set));
            let object = known.find(one.kind, &one.id);
            found.extend(object.map(|object| object.hint(&one.id, one.span.end)));
        }
    }
    found.retain(|hint| range.start <= hint.offset && hint.offset <= range.end);
    found
}

/// The object that has this id: of this kind, else of any.
pub(super) fn find<'s>(
    snapshot: &'s Snapshot,
    kind: ObjectKind,
    id: &str,
) -> Option<(ObjectKind, &'s str)> {
    let set = &snapshot.compilation().set;
    let mut kinds = [kind].into_iter().chain(ObjectKind::ALL.iter().copied());
    kinds.find_map(|kind| Some((kind, describe::find(set, kind, id)?)))
}

/// Where an object is declared; `None` for what every tenant has.
pub(super) fn declared(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> Option<Span> {
    let set = &snapshot.compilation().set;
    let is_it = |other: &str| other.eq_ignore_ascii_case(id);
    match kind {
        ObjectKind::Location => {
            let mut all = set.locations.iter();
            all.find(|one| is_it(&one.id)).map(|one| one.span)
        }
        ObjectKind::Strength => {
            let mut all = set.strengths.iter();
            all.find(|one| is_it(&one.id)).and_then(|one| one.span)
        }
        _ => {
            let mut all = set.names.iter();
            all.find(|one| one.kind == kind && is_it(&one.id))
                .and_then(|one| one.span)
        }
    }
}

/// Whether a text that could be an id is a word for many, and what it means.
pub(super) fn word(
    snapshot: &Snapshot,
    kind: ObjectKind,
    words: &[Word],
    text: &str,
) -> Option<String> {
    if let Some(means) = means(words, text) {
        return Some(means);
    }
    let groups = &snapshot.compilation().data;
    let group = groups.find_app_group(text);
    let group = group.filter(|_| kind == ObjectKind::App)?;
    Some(match group.apps.len() {
        0 => format!("**{}**: several applications as one.", group.name),
        count => format!("**{}**: {count} applications as one.", group.name),
    })
}

/// What a word means, of those that may stand in its place.
pub(super) fn means(words: &[Word], text: &str) -> Option<String> {
    let mut words = words.iter();
    let (word, means) = words.find(|(word, _)| word.eq_ignore_ascii_case(text))?;
    Some(format!("**{word}**: {means}"))
}

/// Every id of a file, in order.
fn uses<'f>(file: &'f File<'_>) -> impl Iterator<Item = Use> + 'f {
    file.nodes().filter_map(|(id, node)| one(file, id, node))
}

fn one(file: &File<'_>, id: NodeId, node: &Node) -> Option<Use> {
    let text = file.tree.value(node).filter(|text| !text.is_empty())?;
    let member = file.member(id)?;
    let (kind, role) = match member.holds {
        Holds::Ids(kind) | Holds::Id(kind)
            if word(file.snapshot, kind, &member.words, &text).is_none() =>
        {
            (kind, Role::Names)
        }
        Holds::OwnId => {
            let parent = node.parent?;
            let shape = file.shape(parent)?;
            (shape.object()?, own(file, shape, parent, id)?)
        }
        _ => return None,
    };
    Some(Use {
        kind,
        id: text.into_owned(),
        span: file.span(&node.range),
        role,
    })
}

/// What the id of an object does, if it is the one by which policies name it.
fn own(file: &File<'_>, shape: Shape, object: NodeId, id: NodeId) -> Option<Role> {
    if file.own_id(object) != Some(id) {
        return None;
    }
    let is_whole = file.tree.member(object, "allowedCombinations").is_some();
    Some(match shape {
        Shape::GrantStrength if is_whole => Role::Copies,
        Shape::GrantStrength => Role::Names,
        _ => Role::Declares,
    })
}
