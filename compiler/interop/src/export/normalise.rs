//! Objects as the service accepts them: canonical spelling, members that can be written, and every
//! member that the policy manages, because an update keeps what it does not name.

use gatewright_hir::model::{LocationKind, NamedLocation, ObjectName, Policy, Strength};

use super::objects::{location_node, strength_node};
use super::policy::generate;
use super::profile::{manage, order};
use crate::json::Node;
use crate::sink::is_guid;
use gatewright_hir::model::GraphProfile;
use gatewright_syntax::ast::ObjectKind;

/// What nobody but the server writes.
const OWNED: &[&str] = &[
    "id",
    "createdDateTime",
    "modifiedDateTime",
    "deletedDateTime",
    "partialEnablementStrategy",
    "policyApplies",
    "analysisReasons",
    "allReasons",
    "result",
];

/// A policy as the body of a request.
pub(crate) fn policy_body(policy: &Policy) -> Node {
    let mut node = generate(policy, &[], GraphProfile::Minimal);
    for name in OWNED {
        node.remove(&[name]);
    }
    manage(&mut node);
    node
}

/// A named location as the body of a request; `None` for those that every tenant has.
pub(crate) fn location_body(location: &NamedLocation) -> Option<Node> {
    if location.kind == LocationKind::CompliantNetwork {
        return None;
    }
    let mut node = location_node(location);
    node.remove(&["id"]);
    Some(node)
}

/// A custom strength as the body of a request; `None` for built-in ones.
pub(crate) fn strength_body(strength: &Strength, whole: &Node) -> Option<Node> {
    strength.span?;
    let mut node = strength_node(strength);
    node.remove(&["id"]);
    for name in ["description", "combinationConfigurations"] {
        if let Some(value) = whole.get(name) {
            node.put(&[name], value.clone());
        }
    }
    order(&mut node);
    Some(node)
}

/// An authentication context or terms of use as the body of a request. Terms have a file that is
/// not here, so they are only updated, and only where more than their name is known.
pub(crate) fn named_body(object: &ObjectName, whole: &Node) -> Option<Node> {
    let writable: &[&str] = match object.kind {
        ObjectKind::Context => &["id", "displayName", "description", "isAvailable"],
        ObjectKind::Terms => &["displayName", "isViewingBeforeAcceptanceRequired"],
        _ => return None,
    };
    if object.kind == ObjectKind::Terms {
        let is_known = writable.iter().all(|name| whole.get(name).is_some());
        if !is_known || !is_guid(&object.id) {
            return None;
        }
    }
    let mut node = Node::object();
    for name in writable {
        if let Some(value) = whole.get(name) {
            node.put(&[name], value.clone());
        }
    }
    Some(node)
}
