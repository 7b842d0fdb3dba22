//! Sign-ins for proofs to stand up to: drawn from the constants of the policies, and one for each
//! class of everything that they ask about.
//!
//! The classes are those of the space; the values are made here, of its constants and what lies
//! next to them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gatewright_analysis::{Fact, World, classes_of};
use gatewright_decision::{Classes, Space, Variable};
use gatewright_hir::schema::{Attribute, AttributeId};
use gatewright_reference::{Mode, decide};
use gatewright_tests::generate::world::id;
use gatewright_value::{Kind, fold};
use serde_json::{Value, json};

use crate::missing::{Missing, follow, said};
use crate::oracle::with_policies;
use crate::small::facts;

/// Facts that hang together: who, for what, on which device, and everything else. Where each part
/// can exist, all four can exist together.
pub(crate) const GROUPS: usize = 4;

/// Values of one attribute that are tried.
const VALUES_MAX: usize = 160;

pub(crate) fn group(attribute: &str) -> usize {
    const OTHERS: [&str; 7] = [
        "user.risk",
        "user.insiderRisk",
        "servicePrincipal.risk",
        "agent.risk",
        "user.isMfaRegistered",
        "user.isRegistrationOverdue",
        "session.methods",
    ];
    match attribute {
        name if OTHERS.contains(&name) => 3,
        "device" => 2,
        "signIn.identity" => 0,
        "signIn.target" | "signIn.baselineScopesOnly" => 1,
        "signIn.client" | "session.flow" => 2,
        name => match name.split('.').next() {
            Some("user" | "servicePrincipal" | "agent") => 0,
            Some("app") => 1,
            Some("device" | "setting") => 2,
            _ => 3,
        },
    }
}

/// A sign-in with the groups of these.
pub(crate) fn merged(of: [&Value; GROUPS]) -> Value {
    let [who, what, device, rest] = of;
    let mut request = rest.clone();
    request["signInIdentity"] = who["signInIdentity"].clone();
    request["directory"] = who["directory"].clone();
    request["directory"]["apps"] = what["directory"]["apps"].clone();
    request["signInContext"] = what["signInContext"].clone();
    request["context"]["baselineScopesOnly"] = what["context"]["baselineScopesOnly"].clone();
    for member in ["clientAppType", "authenticationFlow", "deviceInfo"] {
        request["signInConditions"][member] = device["signInConditions"][member].clone();
    }
    let names = (0..GROUPS).flat_map(|number| {
        let names = unknown(of[number]).into_iter();
        names.filter(move |name| group(name) == number)
    });
    let names: Vec<&str> = names.collect();
    request["unknown"] = json!(names);
    request
}

fn unknown(request: &Value) -> Vec<&str> {
    let names = request["unknown"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

// SEMANTICS: §14
/// A random sign-in as one that can exist, of which only this may be missing.
pub(crate) fn possible(mut request: Value, missing: Missing) -> Value {
    let names = names(&request, missing);
    let members = request.as_object_mut().unwrap();
    for name in ["compliance", "claims", "appliedPoliciesOnly"] {
        members.remove(name);
    }
    request["unknown"] = json!(names);
    let conditions = &mut request["signInConditions"];
    let usual = [
        ("clientAppType", "browser"),
        ("devicePlatform", "windows"),
        ("userRiskLevel", "none"),
        ("signInRiskLevel", "none"),
        ("insiderRiskLevel", "none"),
        ("servicePrincipalRiskLevel", "none"),
        ("agentIdRiskLevel", "none"),
    ];
    for (name, value) in usual {
        if conditions[name].is_null() && missing == Missing::Nothing {
            conditions[name] = json!(value);
        }
    }
    if shows_no_device(conditions) {
        conditions["deviceInfo"] = Value::Null;
    } else if conditions["deviceInfo"].is_object()
        && conditions["deviceInfo"]["trustType"].is_null()
    {
        conditions["deviceInfo"]["trustType"] = json!("AzureAD");
    }
    if request["context"]["namedLocations"].is_null() {
        request["context"]["namedLocations"] = json!([]);
    }
    if request["context"]["now"].is_null() {
        request["context"]["now"] = json!("2026-11-18T11:06:40Z");
    }
    let identity = request["signInIdentity"].clone();
    let kind = identity["@odata.type"].as_str().unwrap_or_default();
    if !kind.ends_with("userSignIn") {
        request["directory"] = Value::Null;
    }
    let ids = [
        ("servicePrincipals", identity["servicePrincipalId"].clone()),
        ("agents", identity["agentServicePrincipalId"].clone()),
    ];
    for (list, id) in ids {
        request["directory"][list] = if id.is_null() {
            json!([])
        } else {
            json!([{ "id": id }])
        };
    }
    with_resources(&mut request);
    request
}

/// A request for resources is for some, and of all of them it is known how they are tagged.
fn with_resources(request: &mut Value) {
    let audiences = &mut request["signInContext"]["includeApplications"];
    if audiences.as_array().is_some_and(Vec::is_empty) {
        *audiences = json!(["0a0a0a0a-0000-4000-8000-000000000000"]);
    }
    let mut apps: Vec<Value> = audiences.as_array().cloned().unwrap_or_default();
    if apps.is_empty() {
        request["signInContext"]
            .as_object_mut()
            .unwrap()
            .remove("includeApplications");
        request["context"]["baselineScopesOnly"] = json!(false);
    }
    apps.push(json!("00000002-0000-0000-c000-000000000000"));
    let mut known = HashSet::new();
    apps.retain(|id| known.insert(id.as_str().unwrap_or_default().to_lowercase()));
    let apps: Vec<Value> = apps.into_iter().map(|id| json!({ "id": id })).collect();
    request["directory"]["apps"] = json!(apps);
}

fn shows_no_device(conditions: &Value) -> bool {
    let client = conditions["clientAppType"].as_str().unwrap_or_default();
    ["exchangeActiveSync", "easSupported", "other"].contains(&client)
        || conditions["authenticationFlow"]["transferMethod"] == "deviceCodeFlow"
}

/// What a request says is not known, attribute by attribute, as far as that can be.
fn names(request: &Value, missing: Missing) -> Vec<String> {
    if missing == Missing::Nothing {
        return Vec::new();
    }
    let conditions = &request["signInConditions"];
    let kind = request["signInIdentity"]["@odata.type"].as_str();
    let kind = kind.unwrap_or_default();
    let is_legacy = shows_no_device(conditions);
    let can_be = |name: &&str| match name.split_once('.') {
        None => *name == "device" && !is_legacy,
        Some(("device", name)) => {
            conditions["deviceInfo"].is_object() && !is_legacy && name != "managedPlatform"
        }
        Some(("setting" | "app", _)) => false,
        Some((entity @ ("user" | "servicePrincipal" | "agent"), _)) if group(name) == 0 => {
            kind.ends_with(&format!("{entity}SignIn"))
        }
        Some(("user", name)) => name != "isMfaRegistered" && name != "isRegistrationOverdue",
        Some(("signIn", "identity" | "target")) | Some(("location", "isUnmapped")) => false,
        _ => true,
    };
    let spelled = unknown(request).into_iter().flat_map(|name| match name {
        "directory" => ["user.groups", "user.roles"].as_slice(),
        "ipAddress" | "signInConditions.ipAddress" => &["location.ip"],
        "country" => &["location.country"],
        "device" => &["device"],
        _ => &[],
    });
    let written = unknown(request).into_iter();
    let written =
        written.filter(|name| name.contains('.') && !name.starts_with("signInConditions"));
    let all: BTreeSet<&str> = spelled.copied().chain(written).collect();
    all.iter()
        .filter(|name| can_be(name))
        .map(|name| (*name).to_owned())
        .collect()
}

/// A sign-in for each class, and how many classes have one.
#[derive(Default)]
pub(crate) struct Representatives {
    /// Each with the group that it is about.
    pub(crate) sign_ins: Vec<(usize, Value)>,
    pub(crate) covered: usize,
    pub(crate) classes: usize,
}

/// Sign-ins that are ordinary but for one attribute, which has a value of each class that its
/// variables have, as far as the constants lead to one. What lies next to a constant is of another
/// class.
pub(crate) fn representatives(world: &World<'_>, missing: Missing) -> Representatives {
    let mut asked: BTreeMap<AttributeId, Vec<Variable>> = BTreeMap::new();
    for variable in &world.joint.space.variables {
        asked
            .entry(variable.attribute)
            .or_default()
            .push(variable.clone());
    }
    let nothing = with_policies(world.sets[0], Vec::new());
    let mut all = Representatives::default();
    for (id, variables) in asked {
        let Some(attribute) = world.schema.attribute(id) else {
            continue;
        };
        let space = Space { variables };
        let mut seen: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); space.variables.len()];
        for value in values(attribute, &space.variables, missing) {
            for around in around(&attribute.name, &value) {
                let mut facts = facts(world.schema, [around, Vec::new()]);
                facts.insert(id, value.clone());
                follow(world.schema, &mut facts);
                let at = classes_of(world.schema, &space, &facts);
                let mut both = seen.iter().zip(&at);
                if both.all(|(seen, class)| seen.contains(class)) {
                    continue;
                }
                let request = possible(said(&nothing, &facts), missing);
                // Not every value can be written, such as a setting where nothing manages devices.
                if decide(&nothing, &request, Mode::Graph, None).is_err() {
                    continue;
                }
                for (seen, class) in seen.iter_mut().zip(at) {
                    seen.insert(class);
                }
                all.sign_ins.push((group(&attribute.name), request));
            }
        }
        let is_missing = usize::from(missing != Missing::Nothing);
        let counts = space.variables.iter();
        let counts = counts.map(|variable| variable.class_count as usize - 1 + is_missing);
        all.classes += counts.sum::<usize>();
        all.covered += seen.iter().map(BTreeSet::len).sum::<usize>();
    }
    all
}

/// What has to be so for an attribute to have a value; each way gives a sign-in.
fn around(name: &str, value: &Fact) -> Vec<Vec<(&'static str, Fact)>> {
    let text = |text: &str| Fact::Text(fold(text).into_owned());
    let user = vec![
        ("signIn.identity", text("user")),
        ("user.id", text(&id("user", 9))),
    ];
    let apps = vec![
        ("signIn.target", text("apps")),
        ("app.ids", Fact::Elements(vec![id("app", 9)])),
    ];
    let place = vec![
        ("location.ip", Fact::Key(0xffff_c633_6407)),
        ("location.country", text("fr")),
    ];
    let unregistered = vec![("device.isRegistered", Fact::Boolean(false))];
    let registered = vec![
        ("device.isRegistered", Fact::Boolean(true)),
        ("device.trustType", text("azuread")),
    ];
    let with =
        |parts: [&Vec<(&'static str, Fact)>; 4]| parts.into_iter().flatten().cloned().collect();
    let plain: Vec<(&'static str, Fact)> = with([&user, &apps, &place, &unregistered]);
    let asked_for = match value {
        Fact::Text(text) => text.as_str(),
        _ => "",
    };
    let principal = vec![
        ("signIn.identity", text("serviceprincipal")),
        ("servicePrincipal.id", text(&id("servicePrincipal", 9))),
        ("servicePrincipal.isOwned", Fact::Boolean(true)),
    ];
    let agent = vec![
        ("signIn.identity", text("agentidentity")),
        ("agent.id", text(&id("agent", 9))),
    ];
    let action = vec![
        ("signIn.target", text("useraction")),
        ("app.action", text("urn:user:registerdevice")),
    ];
    let context = vec![
        ("signIn.target", text("authenticationcontext")),
        ("app.context", text("c99")),
    ];
    match (name, asked_for) {
        ("signIn.identity", "serviceprincipal") => {
            vec![with([&principal, &apps, &place, &unregistered])]
        }
        ("signIn.identity", "agentidentity") => vec![with([&agent, &apps, &place, &unregistered])],
        ("signIn.target" | "app.action", "useraction") | ("app.action", _)
            if *value != Fact::Null =>
        {
            vec![with([&user, &action, &place, &unregistered])]
        }
        ("signIn.target", "authenticationcontext") => {
            vec![with([&user, &context, &place, &unregistered])]
        }
        ("app.context", _) if *value != Fact::Null => {
            vec![with([&user, &context, &place, &unregistered])]
        }
        ("user.homeTenant", _) => {
            let mut guest = user.clone();
            guest.push(("user.guestType", text("b2bCollaborationGuest")));
            vec![with([&guest, &apps, &place, &unregistered])]
        }
        ("location.ip", _) => {
            let mut nowhere = plain.clone();
            nowhere.push(("location.country", Fact::Null));
            vec![plain, nowhere]
        }
        ("device.isRegistered", _) if *value != Fact::Boolean(true) => vec![plain],
        (name, _) if name.starts_with("device.") => vec![with([&user, &apps, &place, &registered])],
        (name, _) if name.starts_with("servicePrincipal.") && *value != Fact::Null => {
            vec![with([&principal, &apps, &place, &unregistered])]
        }
        (name, _) if name.starts_with("agent.") && *value != Fact::Null => {
            vec![with([&agent, &apps, &place, &unregistered])]
        }
        _ => vec![plain],
    }
}

/// Values of all classes of an attribute, as far as the constants of its variables lead to them.
fn values(attribute: &Attribute, variables: &[Variable], missing: Missing) -> Vec<Fact> {
    let mut found: Vec<Fact> = Vec::new();
    let mut add = |fact: Fact| {
        if !found.contains(&fact) && found.len() < VALUES_MAX {
            found.push(fact);
        }
    };
    let is_always_known = attribute.name.starts_with("app.")
        || ["signIn.identity", "signIn.target"].contains(&attribute.name.as_str());
    if missing != Missing::Nothing && !is_always_known {
        add(Fact::Unknown);
    }
    match &attribute.kind {
        Kind::Set(_) => {
            add(Fact::Elements(Vec::new()));
            let elements = elements(variables);
            for element in &elements {
                add(Fact::Elements(vec![element.clone()]));
            }
            for pair in elements.windows(2) {
                add(Fact::Elements(pair.to_vec()));
            }
            add(Fact::Elements(elements));
        }
        kind => {
            if attribute.is_optional {
                add(Fact::Null);
            }
            match kind {
                Kind::Boolean => [false, true]
                    .map(Fact::Boolean)
                    .map(&mut add)
                    .into_iter()
                    .collect(),
                Kind::Enumeration { members, is_open } => {
                    members
                        .iter()
                        .for_each(|one| add(Fact::Text(fold(one).into_owned())));
                    if *is_open {
                        texts(variables)
                            .into_iter()
                            .for_each(|one| add(Fact::Text(one)));
                        add(Fact::Text("plan9".to_owned()));
                    }
                }
                Kind::Country => {
                    let named = texts(variables).into_iter().filter(|code| code.len() == 2);
                    let others = ["fr", "kp", "us", "aq"].map(str::to_owned);
                    named.chain(others).for_each(|code| add(Fact::Text(code)));
                }
                _ => {
                    let keys = keys(variables);
                    match keys.is_empty() {
                        true => texts(variables)
                            .into_iter()
                            .for_each(|one| add(Fact::Text(one))),
                        false => keys.into_iter().for_each(|key| add(Fact::Key(key))),
                    }
                }
            }
        }
    }
    found
}

/// The first and the last number of each cell.
fn keys(variables: &[Variable]) -> BTreeSet<u128> {
    let cells = variables
        .iter()
        .filter_map(|variable| match &variable.classes {
            Classes::Ordered(cells) => Some(&cells.starts),
            _ => None,
        });
    cells
        .flatten()
        .flat_map(|start| [start.saturating_sub(1), *start])
        .collect()
}

/// The elements that are asked about, and one that is not.
fn elements(variables: &[Variable]) -> Vec<String> {
    let mut elements = vec!["0e0e0e0e-0000-4000-8000-000000000000".to_owned()];
    for variable in variables {
        match &variable.classes {
            Classes::Has(element) => elements.push(element.clone()),
            Classes::Reaches(set) => elements.extend(set.listed.iter().take(40).cloned()),
            _ => {}
        }
    }
    elements.dedup();
    elements
}

/// The constants of texts, what is next to them, and texts that are several things at once.
fn texts(variables: &[Variable]) -> BTreeSet<String> {
    let (mut starts, mut insides, mut ends) = (
        vec![String::new()],
        vec![String::new()],
        vec![String::new()],
    );
    let mut all = BTreeSet::from(["x".to_owned()]);
    for variable in variables {
        match &variable.classes {
            Classes::Text(entries) => {
                for entry in entries {
                    if !entry.is_exact {
                        starts.push(entry.text.clone());
                    }
                    all.insert(entry.text.clone());
                    all.insert(format!("{}x", entry.text));
                    all.insert(format!("x{}", entry.text));
                }
            }
            Classes::Contains(text) => insides.push(text.clone()),
            Classes::EndsWith(text) => ends.push(text.clone()),
            // As far as a pattern is a text.
            Classes::Matches(pattern) => {
                let plain = pattern.chars().filter(|c| !"^$.*+?()[]{}|\\".contains(*c));
                insides.push(plain.collect());
            }
            _ => {}
        }
    }
    for start in starts.iter().take(8) {
        for inside in insides.iter().take(6) {
            for end in ends.iter().take(4) {
                all.insert(format!("{start}{inside}{end}"));
                all.insert(format!("{start}x{inside}x{end}"));
            }
        }
    }
    all
}
