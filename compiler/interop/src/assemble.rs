//! From what the files have to one set of policies.
//!
//! Equal objects count once, different ones with one id are an error. What policies name is looked
//! for among the objects of the files; that is only worth a word where the files have objects of
//! the kind, because a policy on its own never comes with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{
    AppGroup, AppScope, Compliance, Control, Edition, LocationScope, ObjectName, Policy, PolicySet,
    Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;

use crate::context::Context;
use crate::directory::Directory;
use crate::problems;
use crate::recognise::{Document, Found};
use crate::sink::{Item, is_context, is_guid};

/// All files together.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The policies and what they speak of.
    pub set: PolicySet,
    /// People and groups.
    pub directory: Directory,
    /// Whether security defaults are on, and where a file says so.
    pub security_defaults: Option<(bool, Span)>,
    /// What is wrong with the files taken together; what is wrong with each is in its
    /// [`Document::diagnostics`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Put the files together.
#[must_use]
pub fn assemble(documents: Vec<Document>, edition: Edition, cx: &Context<'_>) -> Assembled {
    let mut problems = Vec::new();
    let mut parts = merged(documents);
    let policies = distinct(parts.policies, &mut problems, "policies", |p| {
        (p.has_server_id.then_some(&p.id), p.name_span)
    });
    let what = "compliance policies";
    let found = std::mem::take(&mut parts.compliance_policies);
    parts.compliance.policies = distinct(found, &mut problems, what, |p| {
        (p.has_server_id.then_some(&p.id), p.name_span)
    });
    let named = parts.compliance.policies.iter();
    repeated_names(
        &mut problems,
        what,
        named.map(|p| (&p.display_name, p.name_span)),
    );
    let what = "named locations";
    let mut locations = distinct(parts.locations, &mut problems, what, |l| {
        (Some(&l.id), l.span)
    });
    let built_in: BTreeSet<_> = cx
        .strengths
        .iter()
        .map(|s| fold(&s.id).into_owned())
        .collect();
    parts
        .strengths
        .retain(|found| !built_in.contains(fold(&found.object.id).as_ref()));
    let what = "authentication strengths";
    let mut strengths = distinct(parts.strengths, &mut problems, what, |s| {
        (Some(&s.id), s.span.unwrap_or_default())
    });
    let has_strengths = !strengths.is_empty();
    strengths.extend(cx.strengths.iter().cloned());
    locations.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    strengths.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    repeated_names(
        &mut problems,
        "policies",
        policies.iter().map(|p| (&p.display_name, p.name_span)),
    );
    let named = locations.iter().map(|l| (&l.display_name, l.span));
    repeated_names(&mut problems, "named locations", named);
    let names = names(parts.names, cx, &mut problems);
    let app_groups = app_groups(parts.app_groups, cx);
    let schema = Arc::clone(cx.schema);
    let set = PolicySet {
        schema,
        edition,
        policies,
        locations,
        strengths,
        names,
        app_groups,
        compliance: parts.compliance,
    };
    unresolved(&set, &parts.directory, has_strengths, &mut problems);
    Assembled {
        set,
        directory: parts.directory,
        security_defaults: parts.security_defaults,
        diagnostics: problems,
    }
}

/// Everything in one document.
fn merged(documents: Vec<Document>) -> Document {
    let mut parts = Document::default();
    for mut document in documents {
        parts.policies.append(&mut document.policies);
        parts.locations.append(&mut document.locations);
        parts.strengths.append(&mut document.strengths);
        parts.names.append(&mut document.names);
        parts.app_groups.append(&mut document.app_groups);
        parts
            .compliance_policies
            .append(&mut document.compliance_policies);
        parts.compliance.is_secure_by_default |= document.compliance.is_secure_by_default;
        if document.compliance.check_in_days != Compliance::default().check_in_days {
            parts.compliance.check_in_days = document.compliance.check_in_days;
        }
        parts.security_defaults = document.security_defaults.or(parts.security_defaults);
        parts.directory.users.append(&mut document.directory.users);
        parts
            .directory
            .groups
            .append(&mut document.directory.groups);
        parts
            .directory
            .tagged
            .append(&mut document.directory.tagged);
        parts
            .directory
            .complete
            .append(&mut document.directory.complete);
    }
    parts
}

/// Groups of apps, those of every tenant included, by name.
fn app_groups(own: Vec<AppGroup>, cx: &Context<'_>) -> Vec<AppGroup> {
    let mut app_groups = own;
    for group in cx.app_groups {
        if !app_groups
            .iter()
            .any(|own| own.name.eq_ignore_ascii_case(&group.name))
        {
            app_groups.push(group.clone());
        }
    }
    app_groups.sort_by(|a, b| a.name.cmp(&b.name));
    app_groups.dedup_by(|b, a| a.name.eq_ignore_ascii_case(&b.name));
    app_groups
}

/// The objects without repetition; different ones of one id are told, and the first is kept. Those
/// without an id are different unless they say the same.
fn distinct<T>(
    found: Vec<Found<T>>,
    problems: &mut Vec<Diagnostic>,
    what: &str,
    key: impl Fn(&T) -> (Option<&String>, Span),
) -> Vec<T> {
    let mut seen: HashMap<String, (String, Span)> = HashMap::with_capacity(found.len());
    let mut kept = Vec::with_capacity(found.len());
    for Found { object, identity } in found {
        let (id, span) = key(&object);
        let same = id.map_or_else(|| identity.clone(), |id| fold(id).into_owned());
        match seen.get(&same) {
            None => {
                seen.insert(same, (identity, span));
                kept.push(object);
            }
            Some((first, _)) if *first == identity => {}
            Some((_, first)) => {
                let id = id.map_or("", String::as_str);
                problems.push(problems::duplicate_id(what, id, span, *first));
            }
        }
    }
    kept
}

fn repeated_names<'n>(
    problems: &mut Vec<Diagnostic>,
    what: &str,
    names: impl Iterator<Item = (&'n String, Span)>,
) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for (name, span) in names {
        let first = *seen.entry(fold(name).into_owned()).or_insert(span);
        if first != span {
            problems.push(problems::repeated_name(what, name, span, first));
        }
    }
}

/// All names, by kind and id; those of the files come before built-in ones.
fn names(
    found: Vec<ObjectName>,
    cx: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ObjectName> {
    let mut all: BTreeMap<(ObjectKind, String), ObjectName> = BTreeMap::new();
    for name in found.into_iter().chain(cx.names.iter().cloned()) {
        let key = (name.kind, fold(&name.id).into_owned());
        match all.get(&key) {
            None => {
                all.insert(key, name);
            }
            Some(first) => {
                if let (Some(span), Some(first_span)) = (name.span, first.span)
                    && name.name != first.name
                {
                    let what = problems::noun(name.kind, 2);
                    problems.push(problems::duplicate_id(what, &name.id, span, first_span));
                }
            }
        }
    }
    all.into_values().collect()
}

/// Say which ids resolve to nothing, once for each kind. Named locations are only looked at where
/// the directory is complete: the compiler says of every policy which of them are not defined.
fn unresolved(
    set: &PolicySet,
    directory: &Directory,
    has_strengths: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let mut used: BTreeMap<(ObjectKind, String), Item> = BTreeMap::new();
    for policy in &set.policies {
        for_each_id(policy, &mut |kind, id, span| {
            let item = Item {
                text: id.to_owned(),
                span,
            };
            used.entry((kind, fold(id).into_owned())).or_insert(item);
        });
    }
    let mut known: BTreeSet<(ObjectKind, String)> = BTreeSet::new();
    let mut kinds: BTreeSet<ObjectKind> = directory.complete.clone();
    let locations = set
        .locations
        .iter()
        .map(|l| (ObjectKind::Location, fold(&l.id).into_owned()));
    known.extend(locations);
    let strengths = set
        .strengths
        .iter()
        .map(|s| (ObjectKind::Strength, fold(&s.id).into_owned()));
    known.extend(strengths);
    kinds.extend(has_strengths.then_some(ObjectKind::Strength));
    for name in &set.names {
        known.insert((name.kind, fold(&name.id).into_owned()));
        kinds.extend(name.span.map(|_| name.kind));
    }
    for kind in kinds {
        let is_complete = directory.complete.contains(&kind);
        let mut missing: Vec<Item> = used
            .iter()
            .filter(|(key, item)| {
                let is_id =
                    is_guid(&item.text) || (kind == ObjectKind::Context && is_context(&item.text));
                key.0 == kind && !known.contains(*key) && (is_complete || is_id)
            })
            .map(|(_, item)| item.clone())
            .collect();
        missing.sort_by_key(|item| item.span);
        problems.extend(problems::unresolved(kind, &missing, is_complete));
    }
}

/// Every id that a policy names, with its kind and place.
pub(crate) fn for_each_id(policy: &Policy, see: &mut impl FnMut(ObjectKind, &str, Span)) {
    let requirement = policy.outcome.requirement.iter();
    for control in requirement.clone().flat_map(|r| &r.controls) {
        let span = policy
            .outcome
            .requirement
            .as_ref()
            .map_or(policy.span, |r| r.span);
        match control {
            Control::Strength(id) => see(ObjectKind::Strength, id, span),
            Control::Terms(id) => see(ObjectKind::Terms, id, span),
            Control::BuiltIn(_) | Control::Custom(_) | Control::Own(_) => {}
        }
    }
    let Some(assignments) = &policy.assignments else {
        return;
    };
    if let Who::Users(users) = &assignments.who {
        for item in users.include.iter().chain(&users.exclude) {
            match &item.value {
                UserScope::User(id) => see(ObjectKind::User, id, item.span),
                UserScope::Group(id) => see(ObjectKind::Group, id, item.span),
                UserScope::Role(id) => see(ObjectKind::Role, id, item.span),
                UserScope::All | UserScope::None => {}
                UserScope::AllAgentUsers | UserScope::Guests(_) => {}
            }
        }
    }
    match &assignments.target {
        Target::Apps(apps) => {
            for item in apps.include.iter().chain(&apps.exclude) {
                if let AppScope::App(id) = &item.value {
                    see(ObjectKind::App, id, item.span);
                }
            }
        }
        Target::Contexts(contexts) => {
            for id in &contexts.members {
                see(ObjectKind::Context, id, contexts.span);
            }
        }
        Target::Actions(_) | Target::Nothing(_) => {}
    }
    for item in assignments
        .locations
        .iter()
        .flat_map(|l| l.include.iter().chain(&l.exclude))
    {
        if let LocationScope::Named(id) = &item.value {
            see(ObjectKind::Location, id, item.span);
        }
    }
}
