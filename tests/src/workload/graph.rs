//! The policies as Graph JSON, and as a project of policy text, for our compiler.

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_hir::model::{GraphForm, PolicySet};
use gatewright_interop::{ImportOptions, write_project};
use serde_json::{Value, json};

use super::model::{
    ALL_PLATFORMS, Apps, CLAUSES, CONTROLS, Client, Controls, Filter, Flow, Guest, Guid, Location,
    NO_HOURS, People, Places, Platform, Policy, Risk, Rule, guid_text,
};
use super::policies::Workload;
use super::sign_ins::address_text;
use super::tenant;

/// The policies and named locations as files of Graph JSON.
#[must_use]
pub fn files(workload: &Workload) -> Vec<SourceFile> {
    let policies: Vec<Value> = workload.policies.iter().map(policy).collect();
    let locations: Vec<Value> = workload
        .locations
        .iter()
        .enumerate()
        .map(|(number, at)| location(number, at))
        .collect();
    let file = |path: &str, value: Vec<Value>| SourceFile {
        path: path.to_owned(),
        bytes: json!({ "value": value }).to_string().into_bytes(),
    };
    vec![
        file("policies.json", policies),
        file("zz-locations.json", locations),
    ]
}

/// What our compiler makes of the policies.
#[must_use]
pub fn compilation(workload: &Workload) -> Compilation {
    compile(&Input {
        files: files(workload),
        ..Input::default()
    })
}

/// What they come to without how Graph wrote them: as people write them down.
#[must_use]
pub fn plain(workload: &Workload) -> PolicySet {
    let mut set = compilation(workload).set;
    for policy in &mut set.policies {
        policy.form = GraphForm::default();
    }
    for location in &mut set.locations {
        location.form = GraphForm::default();
    }
    set
}

/// The policies as a project of policy text.
#[must_use]
pub fn project(compilation: &Compilation) -> Input {
    let (mut files, mut manifest) = (Vec::new(), None);
    for (path, text) in write_project(&compilation.set, &ImportOptions::default()) {
        let is_manifest = path.ends_with(".toml");
        let file = SourceFile {
            path,
            bytes: text.into_bytes(),
        };
        if is_manifest {
            manifest = Some(file);
        } else {
            files.push(file);
        }
    }
    Input {
        files,
        manifest,
        ..Input::default()
    }
}

fn ids(ids: &[Guid]) -> Vec<String> {
    ids.iter().map(|id| guid_text(*id)).collect()
}

fn bits<T: Copy>(all: &[T], bits: u8, bit: fn(T) -> u8, name: fn(T) -> &'static str) -> Vec<&str> {
    let members = all.iter().copied();
    members
        .filter(|member| bits & bit(*member) != 0)
        .map(name)
        .collect()
}

fn location(number: usize, location: &Location) -> Value {
    let id = guid_text(tenant::location_id(number));
    let name = format!("Location {number:02}");
    match location {
        Location::Ranges { ranges, is_trusted } => {
            let range = |(first, prefix, _): &(u128, u8, u128)| {
                let text = address_text(*first);
                if text.contains(':') {
                    json!({
                        "@odata.type": "#microsoft.graph.iPv6CidrRange",
                        "cidrAddress": format!("{text}/{prefix}"),
                    })
                } else {
                    json!({
                        "@odata.type": "#microsoft.graph.iPv4CidrRange",
                        "cidrAddress": format!("{text}/{}", prefix - 96),
                    })
                }
            };
            json!({
                "@odata.type": "#microsoft.graph.ipNamedLocation",
                "id": id,
                "displayName": name,
                "isTrusted": is_trusted,
                "ipRanges": ranges.iter().map(range).collect::<Vec<_>>(),
            })
        }
        Location::Countries {
            countries,
            includes_unknown,
        } => json!({
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": id,
            "displayName": name,
            "countriesAndRegions": countries
                .iter()
                .map(|[a, b]| [char::from(*a), char::from(*b)].iter().collect::<String>())
                .collect::<Vec<_>>(),
            "includeUnknownCountriesAndRegions": includes_unknown,
            "countryLookupMethod": "clientIpAddress",
        }),
    }
}

fn policy(policy: &Policy) -> Value {
    let users = |people: &People| {
        if people.all {
            vec!["All".to_owned()]
        } else {
            ids(&people.users)
        }
    };
    let guests = |people: &People| {
        if people.guests == 0 {
            return Value::Null;
        }
        json!({
            "guestOrExternalUserTypes":
                bits(Guest::ALL, people.guests, Guest::bit, Guest::name).join(","),
            "externalTenants": {
                "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
                "membershipKind": "all",
            },
        })
    };
    let apps = |apps: &Apps| {
        if apps.all {
            vec!["All".to_owned()]
        } else {
            ids(&apps.listed)
        }
    };
    let clients = if policy.clients == 0 {
        vec!["all"]
    } else {
        bits(Client::ALL, policy.clients, Client::bit, Client::name)
    };
    let risks = |levels| bits(Risk::ALL, levels, Risk::bit, Risk::name);
    let (include, exclude) = (&policy.include, &policy.exclude);
    json!({
        "id": guid_text(policy.id),
        "displayName": policy.name,
        "state": if policy.effect.is_report_only {
            "enabledForReportingButNotEnforced"
        } else {
            "enabled"
        },
        "conditions": {
            "clientAppTypes": clients,
            "userRiskLevels": risks(policy.user_risks),
            "signInRiskLevels": risks(policy.sign_in_risks),
            "users": {
                "includeUsers": users(include),
                "excludeUsers": users(exclude),
                "includeGroups": ids(&include.groups),
                "excludeGroups": ids(&exclude.groups),
                "includeRoles": ids(&include.roles),
                "excludeRoles": ids(&exclude.roles),
                "includeGuestsOrExternalUsers": guests(include),
                "excludeGuestsOrExternalUsers": guests(exclude),
            },
            "applications": {
                "includeApplications": apps(&policy.include_apps),
                "excludeApplications": apps(&policy.exclude_apps),
            },
            "platforms": platforms(policy.platforms),
            "locations": policy.places.as_ref().map(|(include, exclude)| json!({
                "includeLocations": places(include),
                "excludeLocations": places(exclude),
            })),
            "authenticationFlows": (policy.flows != 0).then(|| json!({
                "transferMethods": bits(Flow::ALL, policy.flows, Flow::bit, Flow::name).join(","),
            })),
            "devices": policy.filter.as_ref().map(|filter| json!({ "deviceFilter": {
                "mode": if filter.excludes { "exclude" } else { "include" },
                "rule": rule_text(filter),
            }})),
        },
        "grantControls": grant(policy),
        "sessionControls": session(policy),
    })
}

fn platforms((include, exclude): (u8, u8)) -> Value {
    let names = |set: u8| bits(Platform::ALL, set, Platform::bit, Platform::name);
    match include {
        0 => Value::Null,
        ALL_PLATFORMS => json!({ "includePlatforms": ["all"], "excludePlatforms": names(exclude) }),
        _ => json!({ "includePlatforms": names(include), "excludePlatforms": names(exclude) }),
    }
}

fn places(places: &Places) -> Vec<String> {
    if places.all {
        return vec!["All".to_owned()];
    }
    if places.trusted {
        return vec!["AllTrusted".to_owned()];
    }
    let listed = places.listed.iter();
    listed
        .map(|at| guid_text(tenant::location_id(usize::from(*at))))
        .collect()
}

/// The rule of a filter, as the service writes rules.
#[must_use]
pub fn rule_text(filter: &Filter) -> String {
    text_of(&filter.rule)
}

fn text_of(rule: &Rule) -> String {
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
        format!("[{}]", texts.join(", "))
    };
    let joined = |rules: &[Rule], word: &str| {
        let rules: Vec<String> = rules.iter().map(text_of).collect();
        format!("({})", rules.join(word))
    };
    match rule {
        Rule::Equals(field, texts) => format!("device.{} -in {}", field.name(), list(texts)),
        Rule::Differs(field, texts) => format!("device.{} -notIn {}", field.name(), list(texts)),
        Rule::StartsWith(field, text) => {
            format!("device.{} -startsWith \"{text}\"", field.name())
        }
        Rule::Contains(field, text) => format!("device.{} -contains \"{text}\"", field.name()),
        Rule::TrustIs(trust) => format!("device.trustType -eq \"{}\"", trust.name()),
        Rule::OwnedBy(owner) => format!("device.deviceOwnership -eq \"{}\"", owner.name()),
        Rule::Compliant(true) => "device.isCompliant -eq True".to_owned(),
        Rule::Compliant(false) => "device.isCompliant -eq False".to_owned(),
        Rule::All(rules) => joined(rules, " -and "),
        Rule::Any(rules) => joined(rules, " -or "),
    }
}

/// The controls of a policy, and whether any of them is enough.
fn controls(policy: &Policy) -> (Controls, bool) {
    let mut controls = 0;
    for (bit, clause) in CLAUSES.iter().enumerate() {
        if policy.effect.clauses >> bit & 1 == 1 {
            controls |= clause;
        }
    }
    (controls, policy.effect.clauses.count_ones() == 1)
}

fn grant(policy: &Policy) -> Value {
    let (controls, is_any) = controls(policy);
    let (mut built_in, mut terms, mut strength) = (Vec::new(), Vec::new(), Value::Null);
    if policy.effect.is_block {
        built_in.push("block");
    }
    for (bit, name) in CONTROLS.iter().enumerate() {
        if controls >> bit & 1 == 0 {
            continue;
        }
        match name.split_once(':') {
            Some(("terms", number)) => {
                let number: usize = number.parse().unwrap_or_default();
                terms.push(guid_text(tenant::TERMS[number]));
            }
            Some((_, number)) => {
                let id = format!("00000000-0000-0000-0000-00000000000{number}");
                strength = json!({ "id": id });
            }
            None => built_in.push(name),
        }
    }
    if built_in.is_empty() && terms.is_empty() && strength.is_null() {
        return Value::Null;
    }
    json!({
        "operator": if is_any { "OR" } else { "AND" },
        "builtInControls": built_in,
        "customAuthenticationFactors": [],
        "termsOfUse": terms,
        "authenticationStrength": strength,
    })
}

fn session(policy: &Policy) -> Value {
    let (hours, never) = (policy.effect.hours, policy.effect.never_persistent);
    if hours == NO_HOURS && !never {
        return Value::Null;
    }
    json!({
        "signInFrequency": (hours != NO_HOURS).then(|| json!({
            "isEnabled": true,
            "frequencyInterval": "timeBased",
            "authenticationType": "primaryAndSecondaryAuthentication",
            "type": "hours",
            "value": hours,
        })),
        "persistentBrowser": never.then(|| json!({ "isEnabled": true, "mode": "never" })),
    })
}
