//! The files of an export.
//!
//! INVARIANT: paths are lower-case ASCII and begin with a number, so that no two are the same on
//! any file system, and none is a name that a system keeps for itself.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{BUILT_IN_PREFIX, ObjectName, Policy, PolicySet};
use gatewright_syntax::ast::ObjectKind;

use super::check::{expanded, unchanged, unchanged_location, unchanged_named, unchanged_strength};
use super::compliance::compliance_node;
use super::inexpressible;
use super::normalise::{context_body, location_body, policy_body, strength_body};
use crate::context::Context;
use crate::json::Node;
use crate::problems;
use crate::sink::is_guid;
use crate::write::slug;

/// How policies are written as Graph JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// Whether objects are written as the service accepts them, not as they came in.
    pub normalise: bool,
}

/// Graph JSON, and what is to be said of it.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// Paths, with forward slashes, and what is in the files.
    pub files: Vec<(String, String)>,
    /// What could not be written, or is written otherwise than it was.
    pub diagnostics: Vec<Diagnostic>,
}

/// A folder of objects of one kind, in the order in which they are made.
struct Folder {
    name: &'static str,
    kind: &'static str,
    url: &'static str,
    objects: Vec<Object>,
}

struct Object {
    title: String,
    id: Option<String>,
    node: Node,
}

/// Write every policy and supporting object, one to a file.
#[must_use]
pub fn write_graph(set: &PolicySet, options: ExportOptions, cx: &Context<'_>) -> Exported {
    let mut exported = Exported::default();
    let mut folders = vec![
        locations(set, options, cx),
        strengths(set, options, cx),
        contexts(set, options),
        terms(set, options),
    ];
    folders.push(compliance(set, options, &mut exported.diagnostics));
    folders.push(policies(set, options, cx, &mut exported.diagnostics));
    let mut steps = Vec::new();
    for folder in &folders {
        let width = folder.objects.len().to_string().len().max(2);
        for (at, object) in folder.objects.iter().enumerate() {
            let slug = slug(&object.title);
            let dash = if slug.is_empty() { "" } else { "-" };
            let path = format!("{}/{:0width$}{dash}{slug}.json", folder.name, at + 1);
            steps.push(step(folder, object, &path));
            exported.files.push((path, object.node.pretty()));
        }
    }
    if options.normalise {
        let mut order = Node::object();
        order.put(&["steps"], Node::List(steps));
        exported
            .files
            .push(("apply-order.json".to_owned(), order.pretty()));
    }
    exported
}

/// A request that makes or updates an object.
fn step(folder: &Folder, object: &Object, path: &str) -> Node {
    let mut node = Node::object();
    let known = object
        .id
        .as_ref()
        .filter(|id| is_guid(id) || is_context(id));
    let (method, url) = match known {
        Some(id) => ("PATCH", format!("{}/{id}", folder.url)),
        None => ("POST", folder.url.to_owned()),
    };
    node.put(&["kind"], Node::text(folder.kind));
    node.put(&["displayName"], Node::text(&object.title));
    node.put(&["method"], Node::text(method));
    node.put(&["url"], Node::text(url));
    node.put(&["body"], Node::text(path));
    node
}

/// `c1` to `c99`: the id is given by who makes it.
fn is_context(id: &str) -> bool {
    let digits = id.strip_prefix('c').unwrap_or_default();
    !digits.is_empty() && digits.len() < 3 && digits.bytes().all(|b| b.is_ascii_digit())
}

fn locations(set: &PolicySet, options: ExportOptions, cx: &Context<'_>) -> Folder {
    let one = |location: &gatewright_hir::model::NamedLocation| {
        let node = if options.normalise {
            location_body(location)?
        } else {
            unchanged_location(location, cx).0
        };
        Some(Object {
            title: location.display_name.clone(),
            id: Some(location.id.clone()),
            node,
        })
    };
    Folder {
        name: "named-locations",
        kind: "namedLocation",
        url: "/identity/conditionalAccess/namedLocations",
        objects: set.locations.iter().filter_map(one).collect(),
    }
}

fn strengths(set: &PolicySet, options: ExportOptions, cx: &Context<'_>) -> Folder {
    let custom = set
        .strengths
        .iter()
        .filter(|strength| strength.span.is_some());
    let one = |strength: &gatewright_hir::model::Strength| {
        let (whole, _) = unchanged_strength(strength, cx);
        let node = if options.normalise {
            strength_body(strength, &whole)?
        } else {
            whole
        };
        Some(Object {
            title: strength.display_name.clone(),
            id: Some(strength.id.clone()),
            node,
        })
    };
    Folder {
        name: "authentication-strengths",
        kind: "authenticationStrengthPolicy",
        url: "/policies/authenticationStrengthPolicies",
        objects: custom.filter_map(one).collect(),
    }
}

fn contexts(set: &PolicySet, options: ExportOptions) -> Folder {
    Folder {
        name: "authentication-contexts",
        kind: "authenticationContextClassReference",
        url: "/identity/conditionalAccess/authenticationContextClassReferences",
        objects: named(set, options, ObjectKind::Context),
    }
}

/// Terms of use come with a file that is not here: they are returned, never made.
fn terms(set: &PolicySet, options: ExportOptions) -> Folder {
    Folder {
        name: "terms-of-use",
        kind: "agreement",
        url: "/identityGovernance/termsOfUse/agreements",
        objects: named(set, options, ObjectKind::Terms),
    }
}

fn named(set: &PolicySet, options: ExportOptions, kind: ObjectKind) -> Vec<Object> {
    let own = set
        .names
        .iter()
        .filter(|object| object.kind == kind && object.span.is_some());
    let one = |object: &ObjectName| {
        let whole = unchanged_named(object)?;
        let node = if options.normalise {
            context_body(object, &whole)?
        } else {
            whole
        };
        Some(Object {
            title: object.name.clone(),
            id: Some(object.id.clone()),
            node,
        })
    };
    own.filter_map(one).collect()
}

/// Compliance policies; those of Linux are settings of the catalogue and are not written.
fn compliance(set: &PolicySet, options: ExportOptions, problems: &mut Vec<Diagnostic>) -> Folder {
    let mut objects = Vec::new();
    for policy in &set.compliance.policies {
        let Some(mut node) = compliance_node(&set.schema, policy, problems) else {
            continue;
        };
        if options.normalise {
            for owned in ["id", "version", "createdDateTime", "lastModifiedDateTime"] {
                node.remove(&[owned]);
            }
        }
        objects.push(Object {
            title: policy.display_name.clone(),
            id: policy.has_server_id.then(|| policy.id.clone()),
            node,
        });
    }
    Folder {
        name: "compliance-policies",
        kind: "deviceCompliancePolicy",
        url: "/deviceManagement/deviceCompliancePolicies",
        objects,
    }
}

fn policies(
    set: &PolicySet,
    options: ExportOptions,
    cx: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Folder {
    let strengths = expanded(set, cx);
    let mut objects = Vec::with_capacity(set.policies.len());
    let is_own = |policy: &&Policy| !policy.id.starts_with(BUILT_IN_PREFIX);
    for policy in set.policies.iter().filter(is_own) {
        problems.extend(inexpressible::check(policy, cx));
        let policy = &inexpressible::written_out(policy, cx);
        let node = if options.normalise {
            policy_body(policy)
        } else {
            let unchanged = unchanged(policy, &strengths, cx);
            let title = &policy.display_name;
            problems.extend(
                unchanged
                    .left_out
                    .iter()
                    .map(|change| problems::stale(title, &change.path.join("."), change.span)),
            );
            unchanged.whole()
        };
        objects.push(Object {
            title: policy.display_name.clone(),
            id: policy.has_server_id.then(|| policy.id.clone()),
            node,
        });
    }
    Folder {
        name: "policies",
        kind: "conditionalAccessPolicy",
        url: "/identity/conditionalAccess/policies",
        objects,
    }
}
