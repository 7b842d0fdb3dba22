//! How a JSON file is laid out: its objects as a tree, what can be folded, what is around a place.

use gatewright_source::{SourceId, Span};

use super::file::{At, File};
use super::members::Shape;
use super::tree::NodeKind;
use crate::{DeclaredKind, Fold, FoldKind, Outlined, Snapshot};

/// The objects of a file that mean something to policies, and the policies.
pub(crate) fn outline(snapshot: &Snapshot, source: SourceId) -> Vec<Outlined> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let mut found: Vec<Outlined> = Vec::new();
    for (id, node) in file.nodes() {
        let Some(kind) = file.shape(id).and_then(kind) else {
            continue;
        };
        let span = file.span(&node.range);
        let open = Span::new(source, span.start, span.start + 1);
        let title = file.title(id);
        let name_span = title.as_ref().and_then(|(id, _)| file.tree.get(*id));
        let own = Outlined {
            name: title.map_or_else(|| kind.keyword().to_owned(), |(_, name)| name.into_owned()),
            kind,
            span,
            name_span: name_span.map_or(open, |node| file.span(&node.range)),
            members: Vec::new(),
        };
        // What is inside of another object comes after it.
        match found.last_mut().filter(|outer| span.end <= outer.span.end) {
            Some(outer) => outer.members.push(own),
            None => found.push(own),
        }
    }
    found
}

/// What an object is, in the words of the language; `None` for parts of another one.
fn kind(shape: Shape) -> Option<DeclaredKind> {
    Some(match shape {
        Shape::Policy | Shape::Rule => DeclaredKind::Policy,
        Shape::Template => DeclaredKind::Template,
        Shape::Plan => DeclaredKind::Scope,
        Shape::RiskPolicy => DeclaredKind::Policy,
        Shape::Compliance(_) => DeclaredKind::Compliance,
        Shape::GrantStrength => return None,
        other => DeclaredKind::Object(other.object()?),
    })
}

/// Objects and arrays of several lines, without their brackets.
pub(crate) fn folds(snapshot: &Snapshot, source: SourceId) -> Vec<Fold> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    // PERF: brackets open in order of the text, so that the ends of lines are passed once.
    let line_ends = snapshot.text(source).match_indices('\n');
    let mut line_ends = line_ends.map(|(at, _)| at).peekable();
    let bodies = file.nodes().filter_map(|(_, node)| {
        let body = node.body()?;
        while line_ends.next_if(|end| *end < body.start).is_some() {}
        let is_long = line_ends.peek().is_some_and(|end| *end < body.end);
        is_long.then(|| Fold {
            span: file.span(&body),
            kind: FoldKind::Body,
        })
    });
    bodies.collect()
}

/// LIMIT: pieces around a place; of more, the outer ones are left out, but for the whole text.
const PIECES_MAX: usize = 256;

/// What is around an offset: a text, its value, the member, the body of the object, the object.
pub(crate) fn selections(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Span> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let at = offset as usize;
    let mut found = Vec::new();
    let mut add = |range: std::ops::Range<usize>| {
        if range.start <= at && at <= range.end && !range.is_empty() {
            found.push(file.span(&range));
        }
    };
    let mut next = match file.at(at) {
        Some(At::Name(id)) => {
            let name = file.tree.get(id).and_then(|node| node.name.clone());
            if let Some(name) = name {
                add(file.tree.unquoted(&name));
                add(name);
            }
            Some(id)
        }
        Some(At::Value(id)) => Some(id),
        None => file.tree.around(at),
    };
    let mut count = 0;
    while let Some(node) = next.and_then(|id| file.tree.get(id)) {
        count += 1;
        if count > PIECES_MAX {
            break;
        }
        if node.kind == NodeKind::Text {
            add(file.tree.unquoted(&node.range));
        }
        if let Some(body) = node.body() {
            add(body);
        }
        if node.kind != NodeKind::Missing {
            add(node.range.clone());
        }
        if let Some(name) = &node.name {
            add(name.start..node.range.end.max(name.end));
        }
        next = node.parent;
    }
    found
}
