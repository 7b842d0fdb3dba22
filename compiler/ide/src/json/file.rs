//! A JSON file with what each value in it is: which kind of object, the value of which member.
//!
//! An object is recognised by its `@odata.type`, else by members that only its kind has, else by
//! the list that it stands in; below it the table of [members](super::members) says what is what.

use std::borrow::Cow;

use gatewright_hir::settings::{Setting, platform_of, settings};
use gatewright_source::{SourceId, Span};
use gatewright_value::vocabulary::CompliancePlatform;

use super::members::{Holds, Member, Shape};
use super::tree::{Node, NodeId, NodeKind, Tree};
use crate::{Form, Snapshot};

/// LIMIT: bytes of a JSON file that an editor is shown more of than what is wrong with it. A tenant
/// with hundreds of policies has one; what is beyond is a dump of a directory, which nobody edits.
const BYTES_MAX: usize = 4 << 20;

/// A file, understood as far as it can be.
pub(super) struct File<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) source: SourceId,
    pub(super) tree: Tree<'s>,
    kinds: Vec<Kind>,
}

/// What a value is.
#[derive(Clone, Copy, Default)]
struct Kind {
    /// What kind of object.
    shape: Option<Shape>,
    /// The member that it is the value of, or a part of it.
    member: Option<&'static Member>,
}

impl<'s> File<'s> {
    /// `None` for what is no JSON, and for a file that is too large.
    pub(super) fn open(snapshot: &'s Snapshot, source: SourceId) -> Option<File<'s>> {
        let text = snapshot.text(source);
        if snapshot.form(source) != Form::Json || text.len() > BYTES_MAX {
            return None;
        }
        let tree = Tree::of(text);
        let kinds = kinds(&tree);
        Some(File {
            snapshot,
            source,
            tree,
            kinds,
        })
    }

    /// Every value, in order of the text.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.tree
            .ids()
            .filter_map(|id| Some((id, self.tree.get(id)?)))
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

    pub(super) fn span(&self, range: &std::ops::Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.source, offset(range.start), offset(range.end))
    }

    /// The name or value that is at an offset, a place right behind it included.
    pub(super) fn at(&self, offset: usize) -> Option<At> {
        let touches = |range: &std::ops::Range<usize>| range.start <= offset && offset <= range.end;
        let mut found = None;
        for (id, node) in self.nodes() {
            if node.range.start > offset && node.name.as_ref().is_none_or(|n| n.start > offset) {
                break;
            }
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

/// What is at a place.
pub(super) enum At {
    /// The name of the member whose value this is.
    Name(NodeId),
    /// A text, a number, a word.
    Value(NodeId),
}

fn kinds(tree: &Tree<'_>) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::with_capacity(tree.ids().end);
    for id in tree.ids() {
        let kind = tree.get(id).map(|node| kind(tree, &kinds, (id, node)));
        kinds.push(kind.unwrap_or_default());
    }
    kinds
}

/// What is around a value is known before it.
fn kind(tree: &Tree<'_>, kinds: &[Kind], (id, node): (NodeId, &Node)) -> Kind {
    let around = node.parent.and_then(|parent| kinds.get(parent).copied());
    let around = around.unwrap_or_default();
    let member = match tree.name(node) {
        Some(name) => around.shape.and_then(|shape| shape.member(&name)),
        None => around.member,
    };
    let shape = match member.map(|member| member.holds) {
        _ if node.kind != NodeKind::Object => None,
        Some(Holds::Object(shape) | Holds::List(shape)) => Some(shape),
        Some(Holds::Server) => None,
        _ => by_type(tree, id)
            .or_else(|| by_members(tree, id))
            .or_else(|| by_list(tree, node)),
    };
    Kind { shape, member }
}

/// What an object says that it is.
fn by_type(tree: &Tree<'_>, object: NodeId) -> Option<Shape> {
    let said = tree.member_text(object, "@odata.type")?;
    let name = said.rsplit('.').next()?.to_ascii_lowercase();
    Some(match name.as_str() {
        "conditionalaccesspolicy" | "whatifanalysisresult" => Shape::Policy,
        "conditionalaccesstemplate" => Shape::Template,
        "conditionalaccesspolicyplan" => Shape::Plan,
        "namedlocation"
        | "ipnamedlocation"
        | "countrynamedlocation"
        | "compliantnetworknamedlocation" => Shape::Location,
        "authenticationstrengthpolicy" => Shape::Strength,
        "agreement" => Shape::Terms,
        "authenticationcontextclassreference" => Shape::Context,
        "user" => Shape::User,
        "group" => Shape::Group,
        "directoryrole" | "directoryroletemplate" | "unifiedroledefinition" => Shape::Role,
        "application" | "serviceprincipal" => Shape::App,
        "identitysecuritydefaultsenforcementpolicy" => Shape::Defaults,
        other if platform_of(other).is_some() => Shape::Compliance,
        _ => return None,
    })
}

/// What only one kind has.
fn by_members(tree: &Tree<'_>, object: NodeId) -> Option<Shape> {
    let has = |name: &str| tree.member(object, name).is_some();
    let is_policy = |object: NodeId| {
        let has = |name: &str| tree.member(object, name).is_some();
        let is_object = |node: &Node| node.kind == NodeKind::Object;
        let conditions = tree.member(object, "conditions");
        let has_conditions = conditions.is_some_and(|(_, node)| is_object(node));
        has("grantControls") || has("sessionControls") || (has_conditions && has("state"))
    };
    if is_policy(object) {
        return Some(Shape::Policy);
    }
    let details = tree.member(object, "details");
    if details.is_some_and(|(details, _)| is_policy(details)) {
        return Some(Shape::Template);
    }
    let telling: &[(&str, Shape)] = &[
        ("sharedConditions", Shape::Plan),
        ("ipRanges", Shape::Location),
        ("countriesAndRegions", Shape::Location),
        ("compliantNetworkType", Shape::Location),
        ("allowedCombinations", Shape::Strength),
        ("scheduledActionsForRule", Shape::Compliance),
    ];
    let found = telling.iter().find(|(name, _)| has(name));
    if let Some((_, shape)) = found {
        return Some(*shape);
    }
    if !has("id") && !has("appId") {
        return None;
    }
    let telling: &[(&str, Shape)] = &[
        ("isViewingBeforeAcceptanceRequired", Shape::Terms),
        ("isPerDeviceAcceptanceRequired", Shape::Terms),
        ("isAvailable", Shape::Context),
        ("securityEnabled", Shape::Group),
        ("groupTypes", Shape::Group),
        ("roleTemplateId", Shape::Role),
        ("rolePermissions", Shape::Role),
        ("servicePrincipalType", Shape::App),
        ("appRoles", Shape::App),
    ];
    let found = telling.iter().find(|(name, _)| has(name));
    let is_person = has("userPrincipalName") && !has("appliedConditionalAccessPolicies");
    found
        .map(|(_, shape)| *shape)
        .or(is_person.then_some(Shape::User))
}

/// What stands in a list of this name.
fn by_list(tree: &Tree<'_>, node: &Node) -> Option<Shape> {
    let list = tree.get(node.parent?)?;
    let name = tree.name(list).filter(|_| list.kind == NodeKind::Array)?;
    Some(match name.to_ascii_lowercase().as_str() {
        "users" => Shape::User,
        "groups" => Shape::Group,
        "roles" | "directoryroles" | "roledefinitions" => Shape::Role,
        "apps" | "applications" | "serviceprincipals" => Shape::App,
        "locations" | "namedlocations" => Shape::Location,
        "strengths" | "authenticationstrengths" | "authenticationstrengthpolicies" => {
            Shape::Strength
        }
        "terms" | "termsofuse" | "agreements" => Shape::Terms,
        "contexts" | "authenticationcontexts" | "authenticationcontextclassreferences" => {
            Shape::Context
        }
        "appgroups" => Shape::AppGroup,
        _ => return None,
    })
}

/// The setting that a member of a compliance policy asks for, on any platform.
pub(super) fn setting(name: &str) -> Option<&'static Setting> {
    let platforms = CompliancePlatform::ALL.iter();
    let mut all = platforms.flat_map(|platform| settings(*platform));
    all.find(|setting| {
        let member = setting.member;
        member.is_some_and(|member| member.eq_ignore_ascii_case(name))
    })
}
