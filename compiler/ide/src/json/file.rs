//! A JSON file with what each value in it is: which kind of object, the value of which member.
//!
//! What an object is, the compiler's reader says ([`shape_of`]); below it the table of
//! [members](super::members) says what is what. An object that is being written and is nothing yet
//! is what stands before it in its list, as long as that has the members that it has.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gatewright_compiler::{ObjectMembers, ObjectShape, listed_shape, shape_of};
use gatewright_source::{SourceId, Span};
use rustc_hash::FxHashMap;

use super::members::{Holds, Member, Shape, annotation, is_annotation};
use super::tree::{Node, NodeId, NodeKind, Tree, read};
use crate::{Form, Snapshot};

/// LIMIT: bytes of a JSON file that an editor is shown more of than what is wrong with it. A tenant
/// with thousands of policies has one; what is beyond is a dump of a directory, which nobody edits.
const BYTES_MAX: usize = 16 << 20;

/// A file, understood as far as it can be.
pub(super) struct File<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) source: SourceId,
    pub(super) tree: Tree<'s>,
    kinds: &'s [Kind],
}

/// What was made of the JSON files of a project, of each when something is asked about it first.
#[derive(Clone)]
pub(crate) struct Understood {
    /// By the number of the source.
    files: Arc<[OnceLock<Parts>]>,
}

struct Parts {
    nodes: Vec<Node>,
    kinds: Vec<Kind>,
}

/// What a value is.
#[derive(Clone, Copy, Default)]
struct Kind {
    /// What kind of object.
    shape: Option<Shape>,
    /// The member that it is the value of, or a part of it.
    member: Option<&'static Member>,
    /// Of an object, its member by whose value policies name it.
    own_id: Option<NodeId>,
}

impl Understood {
    /// Of so many sources.
    pub(crate) fn new(count: usize) -> Understood {
        Understood {
            files: (0..count).map(|_| OnceLock::new()).collect(),
        }
    }
}

impl<'s> File<'s> {
    /// `None` for what is no JSON, and for a file that is too large. Cost: reading the file, once
    /// for a snapshot.
    pub(super) fn open(snapshot: &'s Snapshot, source: SourceId) -> Option<File<'s>> {
        let text = snapshot.text(source);
        if snapshot.form(source) != Form::Json || text.len() > BYTES_MAX {
            return None;
        }
        let place = usize::try_from(source.0).ok()?;
        let parts = snapshot.json().files.get(place)?.get_or_init(|| {
            let nodes = read(text);
            let kinds = kinds(Tree::new(text, &nodes));
            Parts { nodes, kinds }
        });
        Some(File {
            snapshot,
            source,
            tree: Tree::new(text, &parts.nodes),
            kinds: &parts.kinds,
        })
    }

    /// Every value, in order of the text.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &'s Node)> + use<'s> {
        let tree = self.tree;
        tree.ids().filter_map(move |id| Some((id, tree.get(id)?)))
    }

    /// The values that touch a part of the text, and may be what is around it.
    pub(super) fn touching(
        &self,
        part: Range<usize>,
    ) -> impl Iterator<Item = (NodeId, &'s Node)> + use<'s> {
        let tree = self.tree;
        // What begins before the part and ends in it is the last one before it.
        let first = tree.after(part.start).saturating_sub(NEAR);
        let ids = first..tree.after(part.end);
        ids.filter_map(move |id| Some((id, tree.get(id)?)))
            .filter(move |(_, node)| node.range.end >= part.start)
    }

    /// What kind of object a value is.
    pub(super) fn shape(&self, id: NodeId) -> Option<Shape> {
        self.kinds.get(id)?.shape
    }

    /// What kind of object a value is a member of.
    pub(super) fn outer(&self, node: &Node) -> Option<Shape> {
        self.shape(node.parent?)
    }

    /// The member that a value is of.
    pub(super) fn member(&self, id: NodeId) -> Option<&'static Member> {
        self.kinds.get(id)?.member
    }

    /// The member of an object by whose value policies name it.
    pub(super) fn own_id(&self, object: NodeId) -> Option<NodeId> {
        self.kinds.get(object)?.own_id
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.source, offset(range.start), offset(range.end))
    }

    /// The name or value that is at an offset, a place right behind it included.
    pub(super) fn at(&self, offset: usize) -> Option<At> {
        let touches = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        let mut found = None;
        for (id, node) in self.touching(offset..offset) {
            if node.name.as_ref().is_some_and(touches) {
                return Some(At::Name(id));
            }
            let is_leaf = matches!(node.kind, NodeKind::Text | NodeKind::Word);
            if is_leaf && touches(&node.range) {
                found = Some(At::Value(id));
            }
        }
        found
    }

    /// What an object is called: by its name, else by its id.
    pub(super) fn title(&self, object: NodeId) -> Option<(NodeId, Cow<'s, str>)> {
        let names = ["displayName", "name", "id"];
        names.iter().find_map(|name| {
            let (id, node) = self.tree.member(object, name)?;
            let text = self.tree.value(node).filter(|text| !text.is_empty())?;
            Some((id, text))
        })
    }
}

/// How many values before a place can touch it: of pieces that stand without a blank between them,
/// the last two.
const NEAR: usize = 3;

/// What is at a place.
pub(super) enum At {
    /// The name of the member whose value this is.
    Name(NodeId),
    /// A text, a number, a word.
    Value(NodeId),
}

/// A value as the compiler's reader looks at it.
#[derive(Clone, Copy)]
struct Seen<'t> {
    tree: Tree<'t>,
    id: NodeId,
}

impl Seen<'_> {
    fn is(self, kind: NodeKind) -> bool {
        self.tree.get(self.id).is_some_and(|node| node.kind == kind)
    }
}

impl ObjectMembers for Seen<'_> {
    fn member(self, name: &str) -> Option<Self> {
        let object = self.is(NodeKind::Object).then_some(self.id)?;
        let (id, _) = self.tree.member(object, name)?;
        Some(Seen { id, ..self })
    }

    fn names(self) -> Vec<String> {
        let object = self.is(NodeKind::Object).then_some(self.id);
        let members = object.into_iter().flat_map(|id| self.tree.inside(id));
        let names = members.filter_map(|(_, node)| self.tree.name(node));
        names.map(Cow::into_owned).collect()
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        self.tree.value(self.tree.get(self.id)?)
    }

    fn is_object(self) -> bool {
        self.is(NodeKind::Object)
    }

    fn is_array(self) -> bool {
        self.is(NodeKind::Array)
    }
}

fn kinds(tree: Tree<'_>) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::with_capacity(tree.ids().end);
    // What the last object in each list is, by the list.
    let mut last: FxHashMap<NodeId, Shape> = FxHashMap::default();
    for id in tree.ids() {
        let Some(node) = tree.get(id) else { break };
        let mut kind = kind(tree, &kinds, (id, node));
        let is_element = node.kind == NodeKind::Object && node.name.is_none();
        if let Some(list) = node.parent.filter(|_| is_element && kind.member.is_none()) {
            let like = last.get(&list).copied();
            let like = like.filter(|shape| kind.shape.is_none() && fits(tree, id, *shape));
            kind.shape = kind.shape.or(like);
            last.extend(kind.shape.map(|shape| (list, shape)));
        }
        kind.own_id = kind.shape.and_then(|shape| own_id(tree, id, shape));
        kinds.push(kind);
    }
    kinds
}

/// What is around a value is known before it.
fn kind(tree: Tree<'_>, kinds: &[Kind], (id, node): (NodeId, &Node)) -> Kind {
    let around = node.parent.and_then(|parent| kinds.get(parent).copied());
    let around = around.unwrap_or_default();
    let member = match tree.name(node) {
        Some(name) => {
            let own = around.shape.and_then(|shape| shape.member(&name));
            own.or_else(|| annotation(&name))
        }
        None => around.member,
    };
    let shape = match member.map(|member| member.holds) {
        _ if node.kind != NodeKind::Object => None,
        Some(Holds::Object(shape) | Holds::List(shape)) => Some(shape),
        Some(Holds::Server) => None,
        _ => recognised(tree, id, node),
    };
    Kind {
        shape,
        member,
        own_id: None,
    }
}

/// PERF: found once for an object, because it may have any number of members with such a name.
fn own_id(tree: Tree<'_>, object: NodeId, shape: Shape) -> Option<NodeId> {
    let members = shape.id_members().iter();
    let mut members = members.filter_map(|name| tree.member(object, name));
    let (found, _) = members.find(|(_, node)| node.kind == NodeKind::Text)?;
    Some(found)
}

fn recognised(tree: Tree<'_>, id: NodeId, node: &Node) -> Option<Shape> {
    let found = shape_of(Seen { tree, id }, listed(tree, node))?;
    // One that says no platform has what all of them have.
    let is_compliance = tree.member(id, "scheduledActionsForRule").is_some();
    Shape::of(found).or(is_compliance.then_some(Shape::Compliance(None)))
}

/// What stands in the list that an object is in; a list in `value` is called as what has that.
fn listed(tree: Tree<'_>, node: &Node) -> Option<ObjectShape> {
    let mut list = tree.get(node.parent?)?;
    if list.kind != NodeKind::Array {
        return None;
    }
    if tree.name(list)?.eq_ignore_ascii_case("value") {
        list = tree.get(list.parent?)?;
    }
    listed_shape(&tree.name(list)?)
}

/// Whether an object has no members but those of a kind.
pub(super) fn fits(tree: Tree<'_>, object: NodeId, shape: Shape) -> bool {
    let mut names = tree.inside(object).filter_map(|(_, node)| {
        let is_typed = node.kind == NodeKind::NameOnly;
        tree.name(node).filter(|_| !is_typed)
    });
    names.all(|name| shape.member(&name).is_some() || is_annotation(&name))
}
