//! The facts of a request, line by line.

use gatewright_hir::model::LocationKind;
use gatewright_value::vocabulary::UserAction;
use gatewright_value::{Kind, folded_eq};
use serde_json::{Value, json};

use super::Reason;
use super::terms::{Words, is_word, quoted, term};
use crate::request::SOMEONE;

/// Members of `signInConditions`: the word, and the attribute.
const SIGNALS: [(&str, &str, &str); 9] = [
    ("clientAppType", "client", "signIn.client"),
    ("devicePlatform", "platform", "signIn.platform"),
    ("ipAddress", "ip", "location.ip"),
    ("country", "country", "location.country"),
    ("userRiskLevel", "userRisk", "user.risk"),
    ("signInRiskLevel", "signInRisk", "signIn.risk"),
    ("insiderRiskLevel", "insiderRisk", "user.insiderRisk"),
    (
        "servicePrincipalRiskLevel",
        "workloadRisk",
        "servicePrincipal.risk",
    ),
    ("agentIdRiskLevel", "agentRisk", "agent.risk"),
];

/// What is written, and what it will be read as.
pub(super) struct Sentence<'a> {
    pub(super) words: &'a Words<'a>,
    pub(super) lines: Vec<String>,
    pub(super) read: Value,
}

/// The members of an object that are not null.
fn members<'v>(
    object: &'v Value,
    name: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
    let members = object.get(name).and_then(Value::as_object);
    let members = members.into_iter().flatten();
    members.filter(|(name, value)| !value.is_null() && !name.contains("@odata."))
}

fn texts(value: &Value) -> Vec<String> {
    let elements = value.as_array().into_iter().flatten();
    elements
        .filter_map(|e| e.as_str().map(str::to_owned))
        .collect()
}

fn no_word(what: &str) -> Reason {
    format!("the language has no word for `{what}`")
}

impl Sentence<'_> {
    fn line(&mut self, parts: &[String]) {
        if !parts.is_empty() {
            self.lines.push(parts.join(" "));
        }
    }

    /// A value of an attribute of the schema.
    fn value(&self, attribute: &str, value: &Value) -> Result<String, Reason> {
        let schema = &self.words.set.schema;
        let found = schema.find_attribute(attribute);
        let found = found.and_then(|id| schema.attribute(id));
        let found = found.ok_or_else(|| no_word(attribute))?;
        term(&found.kind, value)
    }

    pub(super) fn own(&mut self, request: &Value) -> Result<(), Reason> {
        let schema = &self.words.set.schema;
        for entity in &schema.entities {
            let mut parts = Vec::new();
            for (name, value) in members(request, &entity.name) {
                let attribute = format!("{}.{name}", entity.name);
                let value = self.value(&attribute, value)?;
                parts.push(format!("{attribute} {value}"));
            }
            if parts.is_empty()
                && let Some(read) = self.read.as_object_mut()
            {
                read.remove(&entity.name);
            }
            self.line(&parts);
        }
        self.unknown(request)
    }

    pub(super) fn entra(&mut self, request: &Value) -> Result<(), Reason> {
        let who = self.who(request)?;
        self.line(&who);
        let mut target = vec![self.target(request)?];
        target.extend(self.tags(request)?);
        self.line(&target);
        let (signals, risks) = self.signals(request)?;
        self.line(&signals);
        self.line(&risks);
        let device = self.device(request)?;
        self.lines.extend(device);
        let mut person = Vec::new();
        for (name, value) in members(request.get("directory").unwrap_or(&Value::Null), "user") {
            let attribute = format!("user.{name}");
            person.push(format!("{attribute} {}", self.value(&attribute, value)?));
        }
        self.line(&person);
        let context = self.context(request)?;
        self.line(&context);
        let claims = self.claims(request)?;
        self.line(&claims);
        let compliance = self.compliance(request)?;
        self.line(&compliance);
        self.unknown(request)
    }

    fn who(&mut self, request: &Value) -> Result<Vec<String>, Reason> {
        let identity = request.get("signInIdentity").unwrap_or(&Value::Null);
        let text = |name: &str| identity.get(name).and_then(Value::as_str);
        let kind = text("@odata.type").unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let mut parts = Vec::new();
        let member = match kind {
            "userSignIn" => {
                parts.extend(self.person(identity)?);
                "userId"
            }
            "servicePrincipalSignIn" => {
                let id = text("servicePrincipalId").unwrap_or(SOMEONE);
                parts.push(format!("servicePrincipal {}", quoted(id)?));
                if let Some(is_owned) = identity.get("isOwned").filter(|v| !v.is_null()) {
                    let is_owned = term(&Kind::Boolean, is_owned)?;
                    parts.push(format!("servicePrincipal.isOwned {is_owned}"));
                }
                "servicePrincipalId"
            }
            "agentSignIn" => {
                let id = text("agentServicePrincipalId").unwrap_or(SOMEONE);
                parts.push(format!("agent {}", quoted(id)?));
                "agentServicePrincipalId"
            }
            _ => return Err(no_word("@odata.type")),
        };
        if text(member).is_none()
            && let Some(identity) = self.read.get_mut("signInIdentity")
            && let Some(identity) = identity.as_object_mut()
        {
            identity.insert(member.to_owned(), json!(SOMEONE));
        }
        let directory = request.get("directory").unwrap_or(&Value::Null);
        for (member, kind) in [("groups", "group"), ("roles", "role")] {
            let ids = directory.get(member).map(texts).unwrap_or_default();
            if !ids.is_empty() {
                let ids: Result<Vec<String>, Reason> =
                    ids.iter().map(|id| self.words.object(kind, id)).collect();
                parts.push(format!("{member} [{}]", ids?.join(", ")));
            }
        }
        Ok(parts)
    }

    /// `guest b2bCollaborationGuest "id" from "tenant"`
    fn person(&self, identity: &Value) -> Result<Option<String>, Reason> {
        let text = |name: &str| identity.get(name).and_then(Value::as_str);
        let is_agent_user = identity.get("isAgentUser") == Some(&Value::Bool(true));
        let mut said = match (text("externalUserType"), is_agent_user) {
            (Some(_), true) => return Err(no_word("an agent's user account that is a guest")),
            (Some(kind), false) => format!("guest {kind}"),
            (None, true) => "agentUser".to_owned(),
            (None, false) => "user".to_owned(),
        };
        if let Some(id) = text("userId").filter(|id| *id != SOMEONE) {
            // A word that starts a fact would be read as that.
            let word = self.words.word("user", id);
            let word = word.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
            said.push(' ');
            said.push_str(&word.map_or_else(|| quoted(id), |word| Ok(word.to_owned()))?);
        }
        if let Some(tenant) = text("externalTenantId") {
            said.push_str(&format!(" from {}", quoted(tenant)?));
        }
        Ok(Some(said))
    }

    fn target(&self, request: &Value) -> Result<String, Reason> {
        let context = request.get("signInContext").unwrap_or(&Value::Null);
        let text = |name: &str| context.get(name).and_then(Value::as_str);
        let kind = text("@odata.type").unwrap_or_default();
        match kind.rsplit('.').next().unwrap_or_default() {
            "applicationContext" => {
                let ids = context.get("includeApplications").map(texts);
                let apps = self.words.objects("app", &ids.unwrap_or_default())?;
                Ok(format!("app {apps}"))
            }
            "userActionContext" => {
                let action = text("userAction").and_then(UserAction::parse);
                let word = match action {
                    Some(UserAction::RegisterSecurityInfo) => "registerSecurityInformation",
                    Some(UserAction::RegisterDevice) => "registerDevice",
                    Some(UserAction::AccountRecovery) => "accountRecovery",
                    None => return Err(no_word("a user action that is none")),
                };
                Ok(format!("action {word}"))
            }
            "authContext" => {
                let id = text("authenticationContextValue");
                let id = id.ok_or_else(|| no_word("an authentication context that is none"))?;
                Ok(format!("context {}", self.words.object("context", id)?))
            }
            _ => Err(no_word("@odata.type")),
        }
    }

    /// `tags app Payroll [Engineering.Project "Baker"]`
    fn tags(&self, request: &Value) -> Result<Vec<String>, Reason> {
        let directory = request.get("directory").unwrap_or(&Value::Null);
        let mut parts = Vec::new();
        for (list, kind) in [
            ("apps", "app"),
            ("servicePrincipals", "servicePrincipal"),
            ("agents", "agent"),
        ] {
            for object in directory
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
                let id = match kind {
                    "app" => self.words.object("app", id)?,
                    _ => quoted(id)?,
                };
                let mut tags = Vec::new();
                for (set, _) in members(object, "customSecurityAttributes") {
                    let attributes = object.get("customSecurityAttributes");
                    for (name, value) in members(attributes.unwrap_or(&Value::Null), set) {
                        if !is_word(set) || !is_word(name) {
                            return Err(no_word(&format!("{set}.{name}")));
                        }
                        let value = match value {
                            Value::String(_) => term(&Kind::String, value)?,
                            Value::Array(values) if values.iter().all(Value::is_string) => {
                                term(&Kind::Set(Box::new(Kind::String)), value)?
                            }
                            // What is no text counts as absent.
                            _ => continue,
                        };
                        tags.push(format!("{set}.{name} {value}"));
                    }
                }
                parts.push(format!("tags {kind} {id} [{}]", tags.join(", ")));
            }
        }
        Ok(parts)
    }

    /// What is said of the client and the place, and the risks.
    fn signals(&self, request: &Value) -> Result<(Vec<String>, Vec<String>), Reason> {
        let (mut signals, mut risks) = (Vec::new(), Vec::new());
        let conditions = request.get("signInConditions").unwrap_or(&Value::Null);
        for (member, word, attribute) in SIGNALS {
            let Some(value) = conditions.get(member).filter(|value| !value.is_null()) else {
                continue;
            };
            let value = match (word, value.as_str()) {
                ("platform", Some("unknown")) => "unknown".to_owned(),
                _ => self.value(attribute, value)?,
            };
            let list = if word.ends_with("Risk") {
                &mut risks
            } else {
                &mut signals
            };
            list.push(format!("{word} {value}"));
        }
        if let Some(flow) = conditions.pointer("/authenticationFlow/transferMethod") {
            signals.push(format!("flow {}", self.value("session.flow", flow)?));
        }
        if let Some(names) = request.pointer("/context/namedLocations") {
            signals.push(self.named_locations(&texts(names))?);
        }
        Ok((signals, risks))
    }

    /// `location CompliantNetwork` where that says just this, else the ids.
    fn named_locations(&self, ids: &[String]) -> Result<String, Reason> {
        if let [id] = ids
            && let Some(word) = self.words.word("location", id)
        {
            let mut locations = self.words.set.locations.iter();
            let kind = locations.find(|l| folded_eq(&l.id, id)).map(|l| &l.kind);
            let is_by_name = match kind {
                None | Some(LocationKind::CompliantNetwork) => true,
                Some(LocationKind::Countries { by_gps, .. }) => *by_gps,
                Some(LocationKind::Ranges { .. }) => false,
            };
            if is_by_name {
                return Ok(format!("location {word}"));
            }
        }
        let ids: Result<Vec<String>, Reason> = ids.iter().map(|id| quoted(id)).collect();
        Ok(format!("location.names [{}]", ids?.join(", ")))
    }

    fn device(&self, request: &Value) -> Result<Option<String>, Reason> {
        let conditions = request.get("signInConditions").unwrap_or(&Value::Null);
        let is_there = conditions.get("deviceInfo").is_some_and(|d| !d.is_null());
        if !is_there {
            let kind = request
                .pointer("/signInIdentity/@odata.type")
                .and_then(Value::as_str);
            let is_user = kind.is_some_and(|kind| kind.ends_with("userSignIn"));
            return Ok(is_user.then(|| "device unregistered".to_owned()));
        }
        let mut attributes = Vec::new();
        for (name, value) in members(conditions, "deviceInfo") {
            let value = self.value(&format!("device.{name}"), value)?;
            attributes.push(format!("{name} {value}"));
        }
        if attributes.is_empty() {
            return Ok(Some("device registered".to_owned()));
        }
        Ok(Some(format!("device [{}]", attributes.join(", "))))
    }

    fn context(&self, request: &Value) -> Result<Vec<String>, Reason> {
        let mut parts = Vec::new();
        for (name, value) in members(request, "context") {
            let kind = match name.as_str() {
                "namedLocations" => continue,
                "baselineScopesOnly" | "enrollmentService" | "mfaRegistered"
                | "mfaDeemedNecessary" => Kind::Boolean,
                "now" | "firstInteractiveSignIn" => Kind::DateTime,
                _ => return Err(no_word(name)),
            };
            parts.push(format!("{name} {}", term(&kind, value)?));
        }
        Ok(parts)
    }

    fn claims(&self, request: &Value) -> Result<Vec<String>, Reason> {
        let mut parts = Vec::new();
        for (name, value) in members(request, "claims") {
            let items = texts(value);
            let written: Result<Vec<String>, Reason> = match name.as_str() {
                "satisfied" => items.iter().map(|c| self.words.control(c)).collect(),
                "terms" => items
                    .iter()
                    .map(|id| self.words.object("terms", id))
                    .collect(),
                "methods" => Ok(items),
                "custom" => items.iter().map(|id| quoted(id)).collect(),
                _ => return Err(no_word(name)),
            };
            parts.push(format!("{name} [{}]", written?.join(", ")));
        }
        Ok(parts)
    }

    fn compliance(&self, request: &Value) -> Result<Vec<String>, Reason> {
        let mut parts = Vec::new();
        for (name, value) in members(request, "compliance") {
            match name.as_str() {
                "platform" => {
                    let platform = self.value("device.managedPlatform", value)?;
                    parts.push(format!("compliance platform {platform}"));
                }
                "noncompliantSince" | "lastCheckIn" => {
                    parts.push(format!(
                        "compliance {name} {}",
                        term(&Kind::DateTime, value)?
                    ));
                }
                "settings" => {
                    let settings = value.as_object().into_iter().flatten();
                    for (name, value) in settings {
                        let attribute = format!("setting.{name}");
                        parts.push(format!("{attribute} {}", self.value(&attribute, value)?));
                    }
                }
                _ => return Err(no_word(name)),
            }
        }
        let is_there = request.get("compliance").is_some_and(Value::is_object);
        if is_there && parts.is_empty() {
            return Err(no_word("a device that management knows nothing of"));
        }
        Ok(parts)
    }

    fn unknown(&mut self, request: &Value) -> Result<(), Reason> {
        const WHOLE: [&str; 5] = [
            "device",
            "directory",
            "app.attributes",
            "servicePrincipal.attributes",
            "agent.attributes",
        ];
        let names = request.get("unknown").map(texts).unwrap_or_default();
        let schema = &self.words.set.schema;
        let is_sayable = |name: &String| {
            let is_whole = schema.is_entra && WHOLE.contains(&name.as_str());
            is_whole || schema.find_attribute(name).is_some()
        };
        if let Some(name) = names.iter().find(|name| !is_sayable(name)) {
            return Err(no_word(name));
        }
        if !names.is_empty() {
            self.lines.push(format!("unknown [{}]", names.join(", ")));
        }
        Ok(())
    }
}
