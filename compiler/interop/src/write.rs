//! Typed policies to a project of policy text that reads well and means the same.
//!
//! A project has `gatewright.toml`, `objects.gate` with a name for every id, and the policies, one
//! to a file or all in one. How things are spelled:
//!
//! - state: `state enabled`, `disabled`, `reportOnly`
//! - users: `users all`, `none`, `allAgentUsers`, `users [A, B]`, `groups [..]`, `roles [..]`,
//!   `guests all`, `guests [internalGuest] from tenants ["…"]`
//! - workload identities: `workloads all`, `none`, `servicePrincipals ["…"]`,
//!   `workloads where …`
//! - agent identities: `agents all`, `none`, `agents ["…"]`, `agents where …`
//! - resources: `apps all`, `none`, `office365`, `microsoftAdminPortals`, `[Payroll]`,
//!   `apps where …`, `apps except where …`
//! - user actions: `actions [registerSecurityInformation, registerDevice, accountRecovery]`
//! - authentication contexts: `contexts [c1, c2]`
//! - lists: `clients [browser]`, `userRisk [high]`, `signInRisk`, `insiderRisk`, `workloadRisk`,
//!   `agentRisk`, `flows [deviceCodeFlow]`
//! - platforms and networks: `platforms all except [iOS]`, `locations all`, `allTrusted`,
//!   `[Offices]`
//! - filter for devices: `devices where …`, `devices except …`, the rule byte for byte
//! - grant: `block`, `require mfa`, `require any [mfa, strength X, terms "…", custom "…"]`,
//!   `require all [..]`
//! - session: `signInFrequency 4 hours secondary`, `signInFrequency everyTime`,
//!   `persistentBrowser never`, `applicationEnforcedRestrictions`, `filteringProfile "…"`,
//!   `cloudAppSecurity blockDownloads`, `disableResilienceDefaults`, `secureSignInSession`,
//!   `continuousAccessEvaluation strictLocation`
//! - what is not understood: `graph { "conditions": { … } }`
//! - named locations: `location X = trusted ranges [..]`, `countries [KP] or unknown by gps`,
//!   `compliantNetwork "id"`
//! - strengths: `strength X = combinations [[password, sms], [fido2] restricted]`
//!
//! Unions are written with commas and the exclusions after `except`; a list with nothing in it is
//! `[]`. `@id("…")` before a declaration is the id that the server gave. Built-in names are used
//! without being declared.
//!
//! INVARIANT: the order of policies, and the order of the items of a condition, is kept.

mod compliance;
mod form;
mod layout;
mod names;
mod objects;
mod plan;
mod policy;

use std::collections::BTreeSet;

use gatewright_hir::data::app_group_table;
use gatewright_hir::model::{BUILT_IN_PREFIX, Policy, PolicySet};
use gatewright_value::fold;

use names::Names;
use policy::PolicyText;

use crate::export::grouped;

pub(crate) use layout::slug;
pub(crate) use objects::blocks;

/// How a project is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// The name of the project.
    pub name: String,
    /// Whether all policies are in one file, `policies.gate`; else each has one below `policies/`.
    pub grouped: bool,
    /// Whether security defaults are on, where that is known.
    pub security_defaults: Option<bool>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        ImportOptions {
            name: "imported".to_owned(),
            grouped: false,
            security_defaults: None,
        }
    }
}

/// Write a project: paths, with forward slashes, and what is in the files.
#[must_use]
pub fn write_project(set: &PolicySet, options: &ImportOptions) -> Vec<(String, String)> {
    let is_own = |policy: &Policy| !policy.id.starts_with(BUILT_IN_PREFIX);
    if !set.policies.iter().all(is_own) {
        let mut own = set.clone();
        own.policies.retain(is_own);
        return write_project(&own, options);
    }
    let names = Names::new(set);
    let mut files = vec![
        ("gatewright.toml".to_owned(), manifest(set, options)),
        ("objects.gate".to_owned(), objects::write(set, &names)),
    ];
    let table = app_group_table(&set.app_groups);
    if !table.is_empty() {
        files.push((APP_GROUPS.to_owned(), table));
    }
    if let Some(text) = compliance::write(set, &names) {
        files.push(("compliance.gate".to_owned(), text));
    }
    let titles = titles(set);
    let strengths = form::expanded(&set.strengths, &names);
    let mut titles = titles.as_slice();
    let mut texts = Vec::new();
    for group in grouped(&set.policies) {
        let (own, others) = titles.split_at(group.len().min(titles.len()));
        titles = others;
        let pairs = group.iter().zip(own);
        let policies: Vec<PolicyText> = pairs
            .map(|(policy, title)| policy::write(policy, title, &names, &strengths))
            .collect();
        texts.extend(text(group, own, policies));
    }
    if options.grouped {
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        files.push(("policies.gate".to_owned(), texts.join("\n")));
    } else {
        files.extend(in_folder(texts));
    }
    files.into_iter().map(styled).collect()
}

/// Policies that belong together, with what they are called: those of a plan, or one.
fn text(
    group: &[Policy],
    titles: &[String],
    policies: Vec<PolicyText>,
) -> Option<(String, String)> {
    let first = group.first()?;
    let Some(form) = &first.form.plan else {
        let title = titles.first()?.clone();
        return Some((title, policies.first()?.laid_out()));
    };
    let name = first.scopes.last().map_or("Plan", String::as_str);
    let name = layout::one_line(name);
    let text = plan::write(form, &name, policies);
    Some((name, text))
}

/// The file in the one style; what the formatter would not take is left as it was written.
fn styled((path, text): (String, String)) -> (String, String) {
    let formatted = path
        .ends_with(".gate")
        .then(|| gatewright_format::format(&text).ok())
        .flatten();
    let text = formatted.map_or(text, |formatted| formatted.text);
    (path, text)
}

fn manifest(set: &PolicySet, options: &ImportOptions) -> String {
    let name = crate::json::quote(&options.name);
    let compliance = compliance::manifest(&set.compliance);
    let defaults = match options.security_defaults {
        Some(is_on) => format!("security-defaults = {is_on}\n"),
        None => String::new(),
    };
    let data = match app_group_table(&set.app_groups).as_str() {
        "" => String::new(),
        _ => format!("\n[data]\napp-groups = [\"{APP_GROUPS}\"]\n"),
    };
    format!(
        "name    = {name}\nedition = \"{}\"\n{defaults}{compliance}{data}",
        set.edition
    )
}

/// Where groups of applications are written that are not as they are in every tenant.
const APP_GROUPS: &str = "data/app-groups.txt";

/// The names of the policies: text must not have two of one name, and JSON may. A policy without an
/// id of the server is known by its name, so the first of that name keeps it.
fn titles(set: &PolicySet) -> Vec<String> {
    let key = |title: &str| fold(title).into_owned();
    let nameless = set.policies.iter().filter(|policy| !policy.has_server_id);
    let mut taken: BTreeSet<String> = nameless
        .map(|policy| key(&layout::one_line(&policy.display_name)))
        .collect();
    let mut kept = BTreeSet::new();
    let mut titles = Vec::with_capacity(set.policies.len());
    for policy in &set.policies {
        let base = layout::one_line(&policy.display_name);
        let mut title = base.clone();
        let mut number = 2;
        let keeps_it = !policy.has_server_id && kept.insert(key(&title));
        while !keeps_it && !taken.insert(key(&title)) {
            title = format!("{base} ({number})");
            number += 1;
        }
        titles.push(title);
    }
    titles
}

/// Where the policies are written. The numbers keep their order, because files are read in the
/// order of their paths.
fn in_folder(texts: Vec<(String, String)>) -> Vec<(String, String)> {
    let width = texts.len().to_string().len().max(2);
    let one = |(at, (title, text)): (usize, (String, String))| {
        let slug = layout::slug(&title);
        let dash = if slug.is_empty() { "" } else { "-" };
        (
            format!("policies/{:0width$}{dash}{slug}.gate", at + 1),
            text,
        )
    };
    texts.into_iter().enumerate().map(one).collect()
}
