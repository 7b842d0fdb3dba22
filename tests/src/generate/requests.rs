//! Random sign-ins, as JSON.

use gatewright_hir::schema::{Attribute, Schema};
use gatewright_value::Kind;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, GuestType, InsiderRiskLevel, Method, Platform,
    RiskLevel, TransferMethod,
};
use serde_json::{Map, Value, json};

use super::expressions::{ordered_values, text_values};
use super::random::Random;
use super::{compliance, tags, world};

/// A random sign-in for a set of Conditional Access policies.
#[must_use]
pub fn sign_in(random: &mut Random, schema: &Schema) -> Value {
    let mut request = Map::new();
    let identity = identity(random);
    request.insert("signInIdentity".to_owned(), identity);
    request.insert("signInContext".to_owned(), context(random));
    request.insert("signInConditions".to_owned(), conditions(random, schema));
    if random.chance(80) {
        let mut directory = Map::new();
        directory.insert(
            "groups".to_owned(),
            json!(random.some(&world::ids("group", 8), 0, 4)),
        );
        directory.insert(
            "roles".to_owned(),
            json!(random.some(&world::ids("role", 4), 0, 2)),
        );
        if random.chance(40) {
            directory.insert("user".to_owned(), person(random, schema));
        }
        tag(random, &request, &mut directory);
        request.insert("directory".to_owned(), Value::Object(directory));
    }
    if random.chance(40) {
        // Compliance is derived or given, never both.
        if let Some(device) = request["signInConditions"]["deviceInfo"].as_object_mut() {
            device.remove("isCompliant");
        }
        let report = compliance::report(random, schema);
        request.insert("compliance".to_owned(), report);
    }
    if random.chance(70) {
        request.insert("claims".to_owned(), claims(random));
    }
    if random.chance(35) {
        request.insert("context".to_owned(), surroundings(random));
    }
    if random.chance(25) {
        request.insert("unknown".to_owned(), json!(unknown(random, schema)));
    }
    if random.chance(5) {
        request.insert("appliedPoliciesOnly".to_owned(), json!(random.chance(50)));
    }
    Value::Object(request)
}

/// Objects with custom security attributes: those that are asked for or sign in, and others.
fn tag(random: &mut Random, request: &Map<String, Value>, directory: &mut Map<String, Value>) {
    let mut asked: Vec<String> = Vec::new();
    let audiences = request["signInContext"]["includeApplications"].as_array();
    for audience in audiences.into_iter().flatten() {
        asked.extend(audience.as_str().map(str::to_lowercase));
    }
    asked.push(world::DIRECTORY_APP.to_owned());
    asked.sort();
    asked.dedup();
    let lists = [
        ("apps", asked),
        ("servicePrincipals", world::ids("servicePrincipal", 3)),
        ("agents", world::ids("agent", 3)),
    ];
    for (list, ids) in lists {
        if random.chance(60) {
            directory.insert(list.to_owned(), tags::objects(random, &ids));
        }
    }
}

fn identity(random: &mut Random) -> Value {
    match random.below(20) {
        0 | 1 => {
            let mut value = json!({
                "@odata.type": "#microsoft.graph.servicePrincipalSignIn",
                "servicePrincipalId": world::id("servicePrincipal", random.below(3)),
            });
            if random.chance(30) {
                value["isOwned"] = json!(random.chance(50));
            }
            value
        }
        2 | 3 => json!({
            "@odata.type": "#microsoft.graph.agentSignIn",
            "agentServicePrincipalId": world::id("agent", random.below(3)),
        }),
        _ => {
            let user = world::id("user", random.below(6));
            let mut value = json!({
                "@odata.type": "#microsoft.graph.userSignIn",
                "userId": random_case(random, &user),
            });
            if random.chance(30) {
                value["externalUserType"] = json!(random.pick(GuestType::ALL).name());
                if random.chance(80) {
                    value["externalTenantId"] = json!(world::id("tenant", random.below(4)));
                }
            } else if random.chance(10) {
                value["isAgentUser"] = json!(true);
            }
            value
        }
    }
}

fn random_case(random: &mut Random, text: &str) -> String {
    if random.chance(20) {
        text.to_uppercase()
    } else {
        text.to_owned()
    }
}

fn context(random: &mut Random) -> Value {
    match random.below(20) {
        0 | 1 => json!({
            "@odata.type": "#microsoft.graph.userActionContext",
            "userAction": *random.pick(
                &["registerSecurityInformation", "registerOrJoinDevices", "urn:user:registersecurityinfo"]),
        }),
        2 => json!({
            "@odata.type": "#microsoft.graph.authContext",
            "authenticationContextValue": *random.pick(&["c1", "C2", "c9"]),
        }),
        _ => {
            let mut apps = world::apps();
            apps.push(world::id("app", 99));
            let apps = if random.chance(5) {
                Vec::new()
            } else {
                random.some(&apps, 1, 3)
            };
            let apps: Vec<String> = apps.iter().map(|a| random_case(random, a)).collect();
            json!({
                "@odata.type": "#microsoft.graph.applicationContext",
                "includeApplications": apps,
            })
        }
    }
}

fn conditions(random: &mut Random, schema: &Schema) -> Value {
    let mut conditions = Map::new();
    let mut set = |name: &str, value: Value| {
        conditions.insert(name.to_owned(), value);
    };
    let names = |all: &[RiskLevel]| all.iter().map(|l| l.name()).collect::<Vec<_>>();
    if random.chance(85) {
        set("clientAppType", json!(random.pick(ClientApp::ALL).name()));
    }
    if random.chance(85) {
        let mut platforms: Vec<&str> = Platform::ALL.iter().map(|p| p.name()).collect();
        platforms.push("unknown");
        set("devicePlatform", json!(*random.pick(&platforms)));
    }
    if random.chance(75) {
        set("ipAddress", json!(*random.pick(world::ADDRESSES)));
    }
    if random.chance(55) {
        set("country", json!(*random.pick(world::COUNTRIES)));
    }
    for name in [
        "userRiskLevel",
        "signInRiskLevel",
        "servicePrincipalRiskLevel",
    ] {
        if random.chance(80) {
            set(name, json!(*random.pick(&names(RiskLevel::ALL))));
        }
    }
    if random.chance(70) {
        set(
            "insiderRiskLevel",
            json!(random.pick(InsiderRiskLevel::ALL).name()),
        );
    }
    if random.chance(50) {
        set(
            "agentIdRiskLevel",
            json!(random.pick(AgentRiskLevel::ALL).name()),
        );
    }
    if random.chance(20) {
        set(
            "authenticationFlow",
            json!({"transferMethod": random.pick(TransferMethod::ALL).name()}),
        );
    }
    if random.chance(70) {
        set("deviceInfo", device(random, schema));
    } else if random.chance(20) {
        set("deviceInfo", Value::Null);
    }
    Value::Object(conditions)
}

/// A random `deviceInfo`.
#[must_use]
pub fn device(random: &mut Random, schema: &Schema) -> Value {
    let mut device = Map::new();
    let full = random.chance(50);
    for attribute in &schema.attributes {
        let Some(name) = attribute.name.strip_prefix("device.") else {
            continue;
        };
        let is_given = name != "isRegistered" && name != "managedPlatform";
        if !is_given || !random.chance(if full { 75 } else { 20 }) {
            continue;
        }
        let value = if random.chance(8) && attribute.is_optional {
            Value::Null
        } else {
            value(random, attribute)
        };
        device.insert(name.to_owned(), value);
    }
    Value::Object(device)
}

fn person(random: &mut Random, schema: &Schema) -> Value {
    let taken = [
        "user.id",
        "user.groups",
        "user.roles",
        "user.guestType",
        "user.homeTenant",
        "user.risk",
        "user.isMfaRegistered",
        "user.isRegistrationOverdue",
    ];
    let mut person = Map::new();
    for attribute in &schema.attributes {
        let Some(name) = attribute.name.strip_prefix("user.") else {
            continue;
        };
        let is_taken = taken.contains(&attribute.name.as_str()) || name == "insiderRisk";
        if !is_taken && random.chance(50) {
            person.insert(name.to_owned(), value(random, attribute));
        }
    }
    Value::Object(person)
}

fn claims(random: &mut Random) -> Value {
    let mut satisfied: Vec<String> = BuiltInControl::ALL
        .iter()
        .map(|c| c.name().to_owned())
        .collect();
    satisfied.retain(|c| c != "compliantDevice" && c != "domainJoinedDevice");
    for id in world::BUILT_IN_STRENGTHS {
        satisfied.push(format!("strength:{id}"));
    }
    for number in [0, 1, 9] {
        satisfied.push(format!("strength:{}", world::id("strength", number)));
    }
    satisfied.push(format!("terms:{}", world::id("terms", 0)));
    satisfied.push("custom:custom-0".to_owned());
    let methods: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
    let mut claims = Map::new();
    let mut chosen = random.some(&satisfied, 0, 3);
    if random.chance(50) && !chosen.contains(&"mfa".to_owned()) {
        chosen.push("mfa".to_owned());
    }
    claims.insert("satisfied".to_owned(), json!(chosen));
    if random.chance(50) {
        let mut used = random.some(&methods, 0, 3);
        if random.chance(40) && !used.contains(&"password") {
            used.push("password");
        }
        claims.insert("methods".to_owned(), json!(used));
    }
    if random.chance(30) {
        claims.insert("terms".to_owned(), json!([world::id("terms", 0)]));
    }
    if random.chance(20) {
        claims.insert("custom".to_owned(), json!(["custom-0"]));
    }
    Value::Object(claims)
}

fn surroundings(random: &mut Random) -> Value {
    let mut context = Map::new();
    if random.chance(50) {
        context.insert("baselineScopesOnly".to_owned(), json!(random.chance(80)));
    }
    if random.chance(30) {
        context.insert("enrollmentService".to_owned(), json!(random.chance(70)));
    }
    if random.chance(75) {
        context.insert("now".to_owned(), json!(compliance::NOW));
    }
    compliance::registration(random, &mut context);
    if random.chance(40) {
        let names: Vec<&str> = random.some(world::UNKNOWN_LOCATIONS, 0, 2);
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.extend(random.some(&[world::id("location", 5), world::id("location", 6)], 0, 2));
        context.insert("namedLocations".to_owned(), json!(names));
    }
    Value::Object(context)
}

fn unknown(random: &mut Random, schema: &Schema) -> Vec<String> {
    const PATHS: &[&str] = &[
        "signInConditions.ipAddress",
        "ipAddress",
        "country",
        "directory.groups",
        "directory.roles",
        "groups",
        "signInContext.includeApplications",
        "signInConditions.userRiskLevel",
        "device",
        "directory",
        "app.attributes",
        "servicePrincipal.attributes",
        "agent.attributes",
        "context.mfaRegistered",
        "firstInteractiveSignIn",
        "context.now",
        "setting.threatLevel",
        "setting.osVersion",
        "device.managedPlatform",
        "device.isCompliant",
    ];
    let mut names: Vec<String> = Vec::new();
    // Settings are many; PATHS has those that are asked about.
    let is_usual = |a: &&Attribute| !a.name.starts_with("setting.");
    let attributes: Vec<&Attribute> = schema.attributes.iter().filter(is_usual).collect();
    for _ in 0..1 + random.below(3) {
        if random.chance(40) {
            names.push((*random.pick(PATHS)).to_owned());
        } else {
            let attribute = *random.pick(&attributes);
            let fixed = ["device.isRegistered", "app.baseline"];
            if !fixed.contains(&attribute.name.as_str()) {
                names.push(attribute.name.clone());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A random request under a schema of one's own.
#[must_use]
pub fn own_request(random: &mut Random, schema: &Schema) -> Value {
    let mut request = Map::new();
    for entity in &schema.entities {
        let prefix = format!("{}.", entity.name);
        let mut object = Map::new();
        for attribute in &schema.attributes {
            let Some(name) = attribute.name.strip_prefix(&prefix) else {
                continue;
            };
            if attribute.difference.is_some() {
                continue;
            }
            if attribute.is_optional && random.chance(30) {
                if random.chance(50) {
                    object.insert(name.to_owned(), Value::Null);
                }
                continue;
            }
            object.insert(name.to_owned(), value(random, attribute));
        }
        request.insert(entity.name.clone(), Value::Object(object));
    }
    if random.chance(20) {
        let names: Vec<String> = (0..2)
            .map(|_| random.pick(&schema.attributes).name.clone())
            .collect();
        request.insert("unknown".to_owned(), json!(names));
    }
    Value::Object(request)
}

/// A random value of an attribute.
pub fn value(random: &mut Random, attribute: &Attribute) -> Value {
    let texts = text_values(attribute);
    match &attribute.kind {
        Kind::Boolean => json!(random.chance(50)),
        Kind::Set(element) if **element == Kind::Record => {
            let count = random.below(4);
            Value::Array((0..count).map(|_| tags::record(random)).collect())
        }
        Kind::Set(_) => json!(random.some(&texts, 0, 3)),
        Kind::Address => json!(*random.pick(world::ADDRESSES)),
        Kind::DateTime => {
            json!(*random.pick(&[
                "2026-11-18T11:06:40Z",
                "2026-11-18T11:06:40.001Z",
                "2026-11-18T12:06:40Z",
                "2026-12-01T00:00:00+01:00"
            ]))
        }
        Kind::Integer { .. } => {
            let text = *random.pick(ordered_values(&attribute.kind));
            json!(text.parse::<i64>().unwrap_or(0))
        }
        Kind::Decimal => {
            let text = *random.pick(ordered_values(&attribute.kind));
            json!(text.parse::<f64>().unwrap_or(0.0))
        }
        Kind::Version => json!(*random.pick(ordered_values(&attribute.kind))),
        Kind::Duration => json!(*random.pick(&["PT1H", "P1D", "PT0S"])),
        _ => {
            let text = random.pick(&texts).clone();
            json!(random_case(random, &text))
        }
    }
}
