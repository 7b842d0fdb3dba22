//! Objects with the members of their forms, as far as these say the same as the object does.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{
    GraphForm, GraphProfile, LocationKind, NamedLocation, ObjectName, Policy, PolicySet, Strength,
    Written,
};
use gatewright_source::SourceId;

use super::form::{Change, changes, settle};
use super::objects::{location_node, named_node, strength_node};
use super::policy::{Expanded, generate, said};
use super::profile::{is_date, is_optional, order};
use crate::context::Context;
use crate::json::{self, Node, Value};
use crate::problems;
use crate::read::{Body, read_location, read_policy, read_strength};
use crate::sink::Sink;

/// The source that texts are said to be in that are read only to be compared.
pub(super) const COMPARED: SourceId = SourceId(u32::MAX - 2);

/// A policy as it was written, and what of its form does not hold any more.
#[derive(Clone, Debug)]
pub(crate) struct Unchanged {
    pub(crate) node: Node,
    /// The template around it.
    pub(crate) template: Option<Node>,
    pub(crate) left_out: Vec<Change>,
}

impl Unchanged {
    /// The policy, inside its template where it has one.
    pub(crate) fn whole(&self) -> Node {
        match &self.template {
            None => self.node.clone(),
            Some(template) => {
                let mut whole = template.clone();
                whole.put(&["details"], self.node.clone());
                whole
            }
        }
    }
}

/// Write a policy as it was written.
pub(crate) fn unchanged(policy: &Policy, strengths: &[Expanded], cx: &Context<'_>) -> Unchanged {
    let mut node = generate(policy, strengths, policy.form.profile);
    let wanted = meaning(policy);
    let template = policy.form.template.as_deref().map(Node::parse);
    let has_template = template.is_some();
    let template = template.filter(|template| reads_as(&node, Some(template), &wanted, cx));
    if has_template && template.is_none() {
        let mut alone = policy.clone();
        alone.form.template = None;
        node = generate(&alone, strengths, policy.form.profile);
    }
    let mut changes = changes(&node, &policy.form);
    let holds = |node: &Node| reads_as(node, template.as_ref(), &wanted, cx);
    changes.sort_by_key(|change| change.value.is_some());
    let left_out = settle(&mut node, &changes, &holds);
    order(&mut node);
    Unchanged {
        node,
        template,
        left_out,
    }
}

/// Whether a policy that is written so means this.
fn reads_as(node: &Node, template: Option<&Node>, wanted: &Node, cx: &Context<'_>) -> bool {
    let text = match template {
        None => node.compact(),
        Some(template) => {
            let mut whole = template.clone();
            whole.put(&["details"], node.clone());
            whole.compact()
        }
    };
    let read = read(&text, cx, |sink, value| {
        let details = value.get("details").filter(|_| template.is_some());
        let body = Body {
            object: details.unwrap_or(value),
            template: details.is_some().then_some(value),
        };
        read_policy(sink, body, &mut Vec::new())
    });
    read.is_some_and(|policy| meaning(&policy) == *wanted)
}

fn read<T>(
    text: &str,
    cx: &Context<'_>,
    read: impl FnOnce(&mut Sink<'_>, &Value<'_>) -> Option<T>,
) -> Option<T> {
    let (value, _) = json::read(COMPARED, text);
    let mut sink = Sink::new(cx, COMPARED, text);
    read(&mut sink, &value?)
}

/// What a policy means, so that it can be compared: no matter the order of lists, the case of ids,
/// and what is around a rule.
pub(super) fn meaning(policy: &Policy) -> Node {
    let mut node = generate(policy, &[], GraphProfile::Minimal);
    settled(&mut node, "");
    node
}

/// Recursion is bounded by the nesting of what was read.
fn settled(node: &mut Node, name: &str) {
    match node {
        Node::Text(text) => match name {
            "displayName" => *text = text.split_whitespace().collect::<Vec<_>>().join(" "),
            "rule" => *text = text.trim().to_owned(),
            _ => {
                let folded = text.to_lowercase();
                let mut words: Vec<&str> = folded.split(',').map(str::trim).collect();
                words.sort_unstable();
                words.dedup();
                *text = words.join(",");
            }
        },
        Node::List(items) => {
            items.iter_mut().for_each(|item| settled(item, name));
            items.sort_by_cached_key(Node::compact);
            items.dedup();
        }
        Node::Object(members) => {
            for (name, member) in members.iter_mut() {
                settled(member, name);
            }
            members.sort_keys();
        }
        Node::Null | Node::Bool(_) | Node::Number(_) => {}
    }
}

/// Write a named location as it was written.
pub(crate) fn unchanged_location(
    location: &NamedLocation,
    cx: &Context<'_>,
) -> (Node, Vec<Change>) {
    let mut node = location_node(location);
    let holds = |node: &Node| {
        let found = read(&node.compact(), cx, read_location);
        found.is_some_and(|found| {
            let name = |location: &NamedLocation| location.display_name.clone();
            let kinds = (
                location_meaning(&found.kind),
                location_meaning(&location.kind),
            );
            name(&found) == name(location) && kinds.0 == kinds.1
        })
    };
    let changes = changes(&node, &location.form);
    let left_out = settle(&mut node, &changes, &holds);
    (node, left_out)
}

fn location_meaning(kind: &LocationKind) -> LocationKind {
    let mut kind = kind.clone();
    match &mut kind {
        LocationKind::Ranges { ranges, .. } => {
            ranges.sort_unstable_by_key(|range| (range.first, range.last));
            // Ranges that touch are one.
            let mut merged: Vec<gatewright_value::AddressRange> = Vec::with_capacity(ranges.len());
            for range in ranges.iter() {
                match merged.last_mut() {
                    Some(last) if range.first <= last.last.saturating_add(1) => {
                        last.last = last.last.max(range.last);
                    }
                    _ => merged.push(*range),
                }
            }
            *ranges = merged;
        }
        LocationKind::Countries { countries, .. } => countries.sort_unstable(),
        LocationKind::CompliantNetwork => {}
    }
    kind
}

/// Write a strength as it was written.
pub(crate) fn unchanged_strength(strength: &Strength, cx: &Context<'_>) -> (Node, Vec<Change>) {
    let mut node = strength_node(strength);
    let sorted = |strength: &Strength| {
        let combinations = strength.combinations.iter();
        let mut rows: Vec<_> = combinations
            .map(|c| (c.methods.clone(), c.is_restricted))
            .collect();
        rows.sort_unstable();
        (strength.display_name.clone(), rows)
    };
    let wanted = sorted(strength);
    let holds = |node: &Node| {
        read(&node.compact(), cx, read_strength).is_some_and(|found| sorted(&found) == wanted)
    };
    let changes = changes(&node, &strength.form);
    let left_out = settle(&mut node, &changes, &holds);
    (node, left_out)
}

/// Write terms of use or a context as they were written.
pub(crate) fn unchanged_named(object: &ObjectName) -> Option<(Node, Vec<Change>)> {
    let mut node = named_node(object)?;
    let said = |node: &Node| {
        let is = |name: &str, wanted: bool| node.get(name) == Some(&Node::Bool(wanted));
        (
            node.get("displayName").cloned(),
            is("isPerDeviceAcceptanceRequired", true),
            is("isAvailable", false),
        )
    };
    let wanted = said(&node);
    let changes = changes(&node, &object.form);
    let left_out = settle(&mut node, &changes, &|node| said(node) == wanted);
    Some((node, left_out))
}

/// The strengths of a set as answers have them.
pub(crate) fn expanded(set: &PolicySet, cx: &Context<'_>) -> Vec<Expanded> {
    let one = |strength: &Strength| {
        let (node, _) = unchanged_strength(strength, cx);
        (strength.id.clone(), node.bare())
    };
    set.strengths.iter().map(one).collect()
}

/// Members of `graph { … }` and `@graph(…)` that say something else than the clauses of the policy
/// or the declaration that they stand in. What stands in sources of which `is_known` says yes is
/// passed over.
#[must_use]
pub fn contradictions(
    set: &PolicySet,
    is_known: impl Fn(SourceId) -> bool,
    cx: &Context<'_>,
) -> Vec<Diagnostic> {
    let is_asked = |form: &GraphForm| {
        let mut members = form.written.iter().filter(|w| !w.path.is_empty());
        members.any(|written| !is_known(written.span.source))
    };
    let mut left_out: Vec<Change> = Vec::new();
    let policies = set.policies.iter().filter(|policy| is_asked(&policy.form));
    let mut policies = policies.filter(|policy| !says_nothing(policy)).peekable();
    if policies.peek().is_some() {
        let strengths = expanded(set, cx);
        for policy in policies {
            left_out.extend(unchanged(policy, &strengths, cx).left_out);
        }
    }
    let locations = set.locations.iter();
    for location in locations.filter(|location| is_asked(&location.form)) {
        left_out.extend(unchanged_location(location, cx).1);
    }
    let strengths = set.strengths.iter();
    for strength in strengths.filter(|strength| is_asked(&strength.form)) {
        left_out.extend(unchanged_strength(strength, cx).1);
    }
    for object in set.names.iter().filter(|object| is_asked(&object.form)) {
        let found = unchanged_named(object);
        left_out.extend(found.into_iter().flat_map(|(_, left_out)| left_out));
    }
    let one = |change: &Change| problems::contradiction(&change.path.join("."), change.span);
    left_out.iter().map(one).collect()
}

/// Whether all that the form of a policy adds are dates, and members that say nothing where they
/// are null, empty or absent, beside clauses that say nothing there either: nearly every form is
/// like that, and need not be read again.
fn says_nothing(policy: &Policy) -> bool {
    let form = &policy.form;
    let is_candidate = |written: &Written| {
        is_date(&written.path)
            || (matches!(written.json.as_deref(), None | Some("null" | "[]"))
                && is_optional(&written.path))
    };
    if form.template.is_some() || !form.written.iter().all(is_candidate) {
        return false;
    }
    let node = said(policy, &[], form.profile);
    let says_nothing = |written: &Written| {
        let path: Vec<&str> = written.path.iter().map(String::as_str).collect();
        let (_, around) = path.split_last().unwrap_or((&"", &[]));
        let is_empty = match node.at(&path) {
            None | Some(Node::Null) => true,
            Some(Node::List(items)) => items.is_empty(),
            Some(_) => false,
        };
        is_empty && matches!(node.at(around), Some(Node::Object(_)))
    };
    let mut others = form.written.iter().filter(|w| !is_date(&w.path));
    others.all(says_nothing)
}

#[cfg(test)]
mod tests {
    use gatewright_hir::data::Data;
    use gatewright_hir::entra_schema;
    use gatewright_hir::rule::check_rule_of;

    use super::*;
    use crate::RuleReading;
    use crate::export::profile::optional_paths;

    const POLICIES: &[&str] = &[
        r#"{"displayName": "A", "state": "enabled", "conditions": {"clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}},
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}}"#,
        r#"{"displayName": "A", "state": "enabled", "conditions": {"clientAppTypes": ["browser"],
            "applications": {"includeUserActions": ["urn:user:registerdevice"]},
            "users": {"includeGroups": ["8f6f3d0a-0000-4000-8000-000000000001"],
                "excludeUsers": ["GuestsOrExternalUsers"]},
            "platforms": {"includePlatforms": ["all"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
            "devices": {"deviceFilter": {"mode": "include", "rule": "device.isCompliant -eq True"}}},
            "sessionControls": {"signInFrequency": {"isEnabled": true, "type": "hours", "value": 4,
                "frequencyInterval": "timeBased",
                "authenticationType": "primaryAndSecondaryAuthentication"}}}"#,
    ];

    fn with_context(work: impl FnOnce(&Context<'_>)) {
        let schema = entra_schema();
        let rule = |dialect: &str, source: SourceId, text: &str| {
            let (expr, diagnostics) = check_rule_of(&schema, dialect, text, source, 0);
            RuleReading { expr, diagnostics }
        };
        work(&Context {
            schema: &schema,
            rule: &rule,
            strengths: &Data::built_in().built_in_strengths(),
            names: &[],
            app_groups: &[],
        });
    }

    /// Every optional member, null, empty and absent, in every profile: the shorter way says so
    /// only where the longer one does.
    #[test]
    fn what_is_passed_over_would_be_read_as_nothing() {
        let (mut passed_over, mut read) = (0, 0);
        with_context(|cx| {
            for text in POLICIES {
                let found = super::read(text, cx, |sink, value| {
                    let (object, template) = (value, None);
                    read_policy(sink, Body { object, template }, &mut Vec::new())
                });
                let mut policy = found.unwrap();
                let profiles = GraphProfile::NAMED.iter().map(|(_, profile)| *profile);
                for profile in profiles.chain([GraphProfile::Minimal]) {
                    for path in optional_paths() {
                        for json in [None, Some("null"), Some("[]")] {
                            policy.form.profile = profile;
                            policy.form.written = vec![Written {
                                path: path.split('.').map(str::to_owned).collect(),
                                json: json.map(str::to_owned),
                                span: Default::default(),
                            }];
                            let left_out = unchanged(&policy, &[], cx).left_out;
                            if says_nothing(&policy) {
                                passed_over += 1;
                                assert!(left_out.is_empty(), "{profile:?} {path} {json:?}");
                            } else {
                                read += 1;
                            }
                        }
                    }
                }
            }
        });
        assert!(passed_over > 300 && read > 300, "{passed_over} {read}");
    }
}
