//! The files of an export.
//!
//! INVARIANT: paths are lower-case ASCII and begin with a number, so that no two are the same on
//! any file system, and none is a name that a system keeps for itself.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{BUILT_IN_PREFIX, ObjectName, Policy, PolicySet};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;
use gatewright_value::vocabulary::CompliancePlatform;

use super::check::{expanded, unchanged, unchanged_location, unchanged_named, unchanged_strength};
use super::compliance::compliance_node;
use super::fill_in::{Made, fill_in};
use super::inexpressible;
use super::normalise::{location_body, named_body, policy_body, strength_body};
use super::plan::{grouped, plan};
use crate::context::Context;
use crate::json::Node;
use crate::problems;
use crate::sink::{is_context, is_guid};
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
    /// What a policy of Intune is assigned to, which takes a request of its own.
    assignments: Option<Node>,
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
    let problems = &mut exported.diagnostics;
    folders.extend(compliance(set, options, problems));
    folders.push(plans(set, options, cx, problems));
    folders.push(policies(set, options, cx, problems));
    let groups: Vec<&str> = set.app_groups.iter().map(|g| g.name.as_str()).collect();
    let (mut steps, mut made) = (Vec::new(), Made::new());
    for folder in &folders {
        let width = folder.objects.len().to_string().len().max(2);
        for (at, object) in folder.objects.iter().enumerate() {
            let slug = slug(&object.title);
            let dash = if slug.is_empty() { "" } else { "-" };
            let path = format!("{}/{:0width$}{dash}{slug}.json", folder.name, at + 1);
            let mut request = step(folder, object, &path);
            if let Some(missing) = fill_in(&object.node, &made, &groups) {
                request.put(&["fillIn"], missing);
            }
            steps.push(request);
            made.extend(named_only(object).map(|id| (fold(id).into_owned(), path.clone())));
            exported.files.push((path.clone(), object.node.pretty()));
            if let Some(assignments) = &object.assignments {
                let path = path.replace(".json", ASSIGNMENTS);
                steps.push(assign(folder, object, &path));
                exported.files.push((path, assignments.pretty()));
            }
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

/// How the file ends that has the assignments of a policy.
const ASSIGNMENTS: &str = ".assignments.json";

/// A request that assigns a policy that was made or updated before; `{id}` stands for the id that
/// the answer of the step before has.
fn assign(folder: &Folder, object: &Object, path: &str) -> Node {
    let id = object
        .id
        .as_deref()
        .filter(|id| is_guid(id))
        .unwrap_or("{id}");
    let mut node = Node::object();
    node.put(&["kind"], Node::text("assignments"));
    node.put(&["displayName"], Node::text(&object.title));
    node.put(&["method"], Node::text("POST"));
    node.put(&["url"], Node::text(format!("{}/{id}/assign", folder.url)));
    node.put(&["body"], Node::text(path));
    node
}

/// The id of an object, given by who makes it, which no answer has.
fn named_only(object: &Object) -> Option<&String> {
    let id = object.id.as_ref()?;
    (!is_guid(id) && !is_context(id)).then_some(id)
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
            assignments: None,
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
            assignments: None,
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

/// Terms of use come with a file that is not here: they are returned or updated, never made.
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
        let (whole, _) = unchanged_named(object)?;
        let node = if options.normalise {
            named_body(object, &whole)?
        } else {
            whole
        };
        Some(Object {
            title: object.name.clone(),
            id: Some(object.id.clone()),
            node,
            assignments: None,
        })
    };
    own.filter_map(one).collect()
}

/// What nobody but the server writes of a compliance policy or a plan.
const OWNED: &[&str] = &[
    "id",
    "version",
    "createdDateTime",
    "modifiedDateTime",
    "lastModifiedDateTime",
    "settingCount",
    "isAssigned",
];

/// Compliance policies; those of Linux are settings of the catalogue, which is another place.
fn compliance(
    set: &PolicySet,
    options: ExportOptions,
    problems: &mut Vec<Diagnostic>,
) -> [Folder; 2] {
    let mut objects = [Vec::new(), Vec::new()];
    for policy in &set.compliance.policies {
        let Some(mut node) = compliance_node(&set.schema, policy, problems) else {
            continue;
        };
        let mut assignments = None;
        if options.normalise {
            OWNED.iter().for_each(|owned| node.remove(&[owned]));
            assignments = Some(assign_body(&node));
            node.remove(&["assignments"]);
        }
        let [templates, catalogue] = &mut objects;
        let objects = match policy.platform {
            CompliancePlatform::Linux => catalogue,
            _ => templates,
        };
        objects.push(Object {
            title: policy.display_name.clone(),
            id: policy.has_server_id.then(|| policy.id.clone()),
            node,
            assignments,
        });
    }
    let [templates, catalogue] = objects;
    [
        Folder {
            name: "compliance-policies",
            kind: "deviceCompliancePolicy",
            url: "/deviceManagement/deviceCompliancePolicies",
            objects: templates,
        },
        Folder {
            name: "compliance-policies-linux",
            kind: "deviceManagementCompliancePolicy",
            url: "/deviceManagement/compliancePolicies",
            objects: catalogue,
        },
    ]
}

/// The assignments of a policy as the body of a request: whom they mean, and nothing that only the
/// server writes.
fn assign_body(policy: &Node) -> Node {
    let list = match policy.get("assignments") {
        Some(Node::List(items)) => items.as_slice(),
        _ => &[],
    };
    let targets = list.iter().filter_map(|item| {
        let mut node = Node::object();
        node.put(&["target"], item.get("target")?.clone());
        Some(node)
    });
    let mut body = Node::object();
    body.put(&["assignments"], Node::List(targets.collect()));
    body
}

/// Plans, with those policies that are rules of one.
fn plans(
    set: &PolicySet,
    options: ExportOptions,
    cx: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Folder {
    let mut objects = Vec::new();
    for group in grouped(&set.policies) {
        let Some(plan) = plan(group, cx) else {
            continue;
        };
        for policy in group {
            problems.extend(inexpressible::check(policy, cx));
        }
        let mut node = plan.node;
        let text = |name: &str| node.get(name).and_then(Node::as_text).map(str::to_owned);
        let (title, id) = (text("displayName").unwrap_or_default(), text("id"));
        if !plan.is_unchanged {
            problems.push(problems::stale(&title, "rules", plan.span));
        }
        if options.normalise {
            OWNED.iter().for_each(|owned| node.remove(&[owned]));
        }
        objects.push(Object {
            title,
            id,
            node,
            assignments: None,
        });
    }
    Folder {
        name: "plans",
        kind: "conditionalAccessPolicyPlan",
        url: "/identity/conditionalAccess/plans",
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
    let is_own =
        |policy: &&Policy| !policy.id.starts_with(BUILT_IN_PREFIX) && policy.form.plan.is_none();
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
            assignments: None,
        });
    }
    Folder {
        name: "policies",
        kind: "conditionalAccessPolicy",
        url: "/identity/conditionalAccess/policies",
        objects,
    }
}
