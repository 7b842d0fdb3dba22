//! Drawing a sign-in from what was collected.

use gatewright_hir::schema::{Attribute, Schema};
use gatewright_value::Kind;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, GuestType, InsiderRiskLevel, Method, Platform,
    RiskLevel, TransferMethod,
};
use serde_json::{Map, Value, json};

use super::Facts;
use crate::generate::{Random, compliance, requests};

impl Facts {
    /// A random sign-in.
    #[must_use]
    pub fn sign_in(&self, random: &mut Random, schema: &Schema) -> Value {
        let mut request = Map::new();
        request.insert("signInIdentity".to_owned(), self.identity(random));
        request.insert("signInContext".to_owned(), self.context(random));
        request.insert(
            "signInConditions".to_owned(),
            self.conditions(random, schema),
        );
        if random.chance(85) {
            let mut directory = json!({
                "groups": random.some(&self.groups, 0, 4),
                "roles": random.some(&self.roles, 0, 2),
            });
            let user = self.person(random, schema);
            if !user.is_empty() {
                directory["user"] = Value::Object(user);
            }
            for (list, ids) in [
                ("apps", &self.apps),
                ("servicePrincipals", &self.service_principals),
                ("agents", &self.agents),
            ] {
                if !self.tags.is_empty() && random.chance(80) {
                    directory[list] = self.tagged(random, ids);
                }
            }
            request.insert("directory".to_owned(), directory);
        }
        if random.chance(70) {
            request.insert("claims".to_owned(), self.claims(random));
        }
        if random.chance(25) {
            request.insert("context".to_owned(), self.surroundings(random));
        }
        if self.derives_compliance && random.chance(60) {
            // Compliance is derived or given, never both.
            let device = request["signInConditions"].get_mut("deviceInfo");
            if let Some(device) = device.and_then(Value::as_object_mut) {
                device.remove("isCompliant");
            }
            let report = compliance::report(random, schema);
            request.insert("compliance".to_owned(), report);
        }
        if random.chance(15) {
            request.insert("unknown".to_owned(), json!(unknown(random, schema)));
        }
        Value::Object(request)
    }

    /// Objects of which most carry the attributes that the set asks about.
    fn tagged(&self, random: &mut Random, ids: &[String]) -> Value {
        let mut objects = Vec::new();
        for id in random.some(ids, 0, 8) {
            let mut sets = json!({});
            for (name, texts) in &self.tags {
                let Some((set, attribute)) = name.split_once('_') else {
                    continue;
                };
                let value = random.some(texts, 0, 2);
                match random.below(4) {
                    0 => {}
                    1 => sets[set][attribute] = json!(value),
                    _ => sets[set][attribute] = json!(value.first()),
                }
            }
            objects.push(json!({ "id": id, "customSecurityAttributes": sets }));
        }
        Value::Array(objects)
    }

    fn identity(&self, random: &mut Random) -> Value {
        let others = self.service_principals.len() + self.agents.len() > 2;
        match random.below(if others { 8 } else { 40 }) {
            0 => {
                let mut value = json!({
                    "@odata.type": "#microsoft.graph.servicePrincipalSignIn",
                    "servicePrincipalId": random.pick(&self.service_principals),
                });
                if random.chance(30) {
                    value["isOwned"] = json!(random.chance(50));
                }
                value
            }
            1 => json!({
                "@odata.type": "#microsoft.graph.agentSignIn",
                "agentServicePrincipalId": random.pick(&self.agents),
            }),
            _ => {
                let user = random.pick(&self.users);
                let user = if random.chance(20) {
                    user.to_uppercase()
                } else {
                    user.clone()
                };
                let mut value =
                    json!({"@odata.type": "#microsoft.graph.userSignIn", "userId": user});
                if random.chance(25) {
                    value["externalUserType"] = json!(random.pick(GuestType::ALL).name());
                    value["externalTenantId"] = json!(random.pick(&self.tenants));
                } else if random.chance(5) {
                    value["isAgentUser"] = json!(true);
                }
                value
            }
        }
    }

    fn context(&self, random: &mut Random) -> Value {
        const ACTIONS: &[&str] = &[
            "registerSecurityInformation",
            "registerOrJoinDevices",
            "accountRecovery",
        ];
        match random.below(12) {
            0 => json!({
                "@odata.type": "#microsoft.graph.userActionContext",
                "userAction": *random.pick(ACTIONS),
            }),
            1 => json!({
                "@odata.type": "#microsoft.graph.authContext",
                "authenticationContextValue": random.pick(&self.contexts),
            }),
            _ => json!({
                "@odata.type": "#microsoft.graph.applicationContext",
                "includeApplications": random.some(&self.apps, 1, 2),
            }),
        }
    }

    fn conditions(&self, random: &mut Random, schema: &Schema) -> Value {
        let mut conditions = Map::new();
        let mut set = |name: &str, value: Value| {
            conditions.insert(name.to_owned(), value);
        };
        if random.chance(93) {
            set("clientAppType", json!(random.pick(ClientApp::ALL).name()));
        }
        if random.chance(93) {
            let at = random.below(Platform::ALL.len() + 1);
            set(
                "devicePlatform",
                json!(Platform::ALL.get(at).map_or("unknown", |p| p.name())),
            );
        }
        if random.chance(80) {
            set("ipAddress", json!(random.pick(&self.addresses)));
        }
        if random.chance(60) {
            set("country", json!(random.pick(&self.countries)));
        }
        for name in [
            "userRiskLevel",
            "signInRiskLevel",
            "servicePrincipalRiskLevel",
        ] {
            if random.chance(90) {
                set(name, json!(random.pick(RiskLevel::ALL).name()));
            }
        }
        if random.chance(85) {
            set(
                "insiderRiskLevel",
                json!(random.pick(InsiderRiskLevel::ALL).name()),
            );
        }
        if random.chance(80) {
            set(
                "agentIdRiskLevel",
                json!(random.pick(AgentRiskLevel::ALL).name()),
            );
        }
        if random.chance(25) {
            let method = random.pick(TransferMethod::ALL).name();
            set("authenticationFlow", json!({"transferMethod": method}));
        }
        if random.chance(75) {
            set("deviceInfo", self.device(random, schema));
        }
        Value::Object(conditions)
    }

    /// Random attributes, and the constants of the set in place of some of them.
    fn device(&self, random: &mut Random, schema: &Schema) -> Value {
        let mut device = requests::device(random, schema);
        for (name, value) in self.near(random, schema, "device.") {
            if name != "managedPlatform" {
                device[name] = value;
            }
        }
        device
    }

    fn person(&self, random: &mut Random, schema: &Schema) -> Map<String, Value> {
        const TAKEN: &[&str] = &["guestType", "risk", "insiderRisk"];
        let values = self.near(random, schema, "user.");
        values
            .into_iter()
            .filter(|(name, _)| !TAKEN.contains(&name.as_str()))
            .collect()
    }

    /// For most attributes of an entity that are compared, values that satisfy some comparisons of
    /// the set and miss others by little.
    fn near(&self, random: &mut Random, schema: &Schema, prefix: &str) -> Vec<(String, Value)> {
        let mut near = Vec::new();
        for (full_name, texts) in &self.texts {
            let is_this = |a: &&Attribute| a.name == *full_name;
            let Some(attribute) = schema.attributes.iter().find(is_this) else {
                continue;
            };
            let Some(name) = full_name.strip_prefix(prefix) else {
                continue;
            };
            if texts.is_empty() || !random.chance(75) {
                continue;
            }
            let is_closed = matches!(attribute.kind, Kind::Enumeration { is_open: false, .. });
            let value = |random: &mut Random| {
                let text = random.pick(texts).clone();
                match random.below(8) {
                    0 if !is_closed => format!("{text}x"),
                    1 if !is_closed => format!("x{text}"),
                    2 => text.to_uppercase(),
                    _ => text,
                }
            };
            let value = match attribute.kind {
                Kind::Set(_) => json!([value(random), value(random)]),
                _ => json!(value(random)),
            };
            near.push((name.to_owned(), value));
        }
        near
    }

    fn claims(&self, random: &mut Random) -> Value {
        let mut all: Vec<String> = BuiltInControl::ALL
            .iter()
            .map(|control| control.name().to_owned())
            .filter(|name| name != "compliantDevice" && name != "domainJoinedDevice")
            .collect();
        all.extend(self.strengths.iter().map(|id| format!("strength:{id}")));
        let methods: Vec<&str> = Method::ALL.iter().map(|method| method.name()).collect();
        json!({
            "satisfied": random.some(&all, 0, 4),
            "methods": if random.chance(50) { random.some(&methods, 0, 3) } else { Vec::new() },
            "terms": random.some(&self.terms, 0, 1),
            "custom": random.some(&self.custom, 0, 1),
        })
    }

    fn surroundings(&self, random: &mut Random) -> Value {
        let mut context = Map::new();
        if random.chance(50) {
            context.insert("baselineScopesOnly".to_owned(), json!(random.chance(70)));
        }
        if random.chance(30) {
            context.insert("enrollmentService".to_owned(), json!(random.chance(70)));
        }
        if random.chance(50) {
            context.insert("now".to_owned(), json!(compliance::NOW));
        }
        compliance::registration(random, &mut context);
        if random.chance(70) {
            let names = random.some(&self.open_locations, 0, 2);
            context.insert("namedLocations".to_owned(), json!(names));
        }
        Value::Object(context)
    }
}

/// Attributes and whole members that are said not to be known.
fn unknown(random: &mut Random, schema: &Schema) -> Vec<String> {
    const FIXED: &[&str] = &[
        "signIn.identity",
        "signIn.target",
        "device.isRegistered",
        "app.baseline",
    ];
    const WHOLE: &[&str] = &[
        "device",
        "directory",
        "ipAddress",
        "country",
        "signInConditions.ipAddress",
    ];
    let mut names: Vec<&str> = schema.attributes.iter().map(|a| a.name.as_str()).collect();
    names.retain(|name| !name.starts_with("setting."));
    let mut said: Vec<String> = Vec::new();
    for _ in 0..1 + random.below(2) {
        let list = if random.chance(40) {
            WHOLE
        } else {
            names.as_slice()
        };
        let name = *random.pick(list);
        if !FIXED.contains(&name) && !said.iter().any(|s| s == name) {
            said.push(name.to_owned());
        }
    }
    said
}
