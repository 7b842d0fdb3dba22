//! What people call things: objects by the names of the set, attributes by a phrase.

use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::{Attribute, AttributeId};
use gatewright_value::fold;
use rustc_hash::{FxHashMap, FxHashSet};

/// Names for ids.
pub(crate) struct Names<'a> {
    pub(crate) set: &'a PolicySet,
    by_id: FxHashMap<(&'static str, String), &'a str>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(set: &'a PolicySet) -> Names<'a> {
        let mut by_id: FxHashMap<(&'static str, String), &str> = FxHashMap::default();
        let mut add = |kind: &'static str, id: &str, name: &'a str| {
            by_id.entry((kind, fold(id).into_owned())).or_insert(name);
        };
        for location in &set.locations {
            add("location", &location.id, &location.display_name);
        }
        for strength in &set.strengths {
            add("strength", &strength.id, &strength.display_name);
        }
        for object in &set.names {
            add(object.kind.keyword(), &object.id, &object.name);
        }
        Names { set, by_id }
    }

    /// What an object of this kind is called; its id in quotes where it has no name.
    pub(crate) fn of(&self, kind: &'static str, id: &str) -> String {
        let found = self.by_id.get(&(kind, fold(id).into_owned()));
        found.map_or_else(|| format!("\"{id}\""), |name| (*name).to_owned())
    }

    pub(crate) fn attribute(&self, id: AttributeId) -> Option<&'a Attribute> {
        self.set.schema.attribute(id)
    }

    /// A value of an attribute: an object by its name, a member as the schema spells it, any other
    /// text in quotes.
    pub(crate) fn value(&self, attribute: Option<&Attribute>, text: &str) -> String {
        use gatewright_value::Kind;
        let Some(attribute) = attribute else {
            return format!("\"{text}\"");
        };
        if let Some(kind) = object_kind(&attribute.name) {
            return self.of(kind, text);
        }
        if attribute.name == "app.action" {
            return action(text).to_owned();
        }
        let kind = match &attribute.kind {
            Kind::Set(element) => element,
            kind => kind,
        };
        match kind {
            Kind::Enumeration { members, .. } => {
                let member = members.iter().find(|member| fold(member) == text);
                member.map_or_else(
                    || format!("\"{text}\""),
                    |member| self.member(attribute, member),
                )
            }
            Kind::Country => text.to_ascii_uppercase(),
            _ => format!("\"{text}\""),
        }
    }

    /// A member of an enumeration; some have plainer words.
    fn member(&self, attribute: &Attribute, member: &str) -> String {
        let is_entra = self.set.schema.is_entra;
        let plain = match (attribute.name.as_str(), member) {
            ("signIn.client", "browser") => "a browser",
            ("signIn.client", "mobileAppsAndDesktopClients") => "a mobile or desktop application",
            ("signIn.client", "exchangeActiveSync") => "Exchange ActiveSync",
            ("signIn.client", "easSupported") => "Exchange ActiveSync on a supported platform",
            ("signIn.client", "other") => "another legacy client (other clients)",
            ("session.flow", "deviceCodeFlow") => "the device code flow",
            ("session.flow", "authenticationTransfer") => "authentication transfer",
            ("signIn.identity", "user") => "a user",
            ("signIn.identity", "servicePrincipal") => "a workload identity",
            ("signIn.identity", "agentIdentity") => "an agent identity",
            ("signIn.identity", "agentUser") => "an agent's user account",
            ("signIn.target", "apps") => "a resource",
            ("signIn.target", "userAction") => "a user action",
            ("signIn.target", "authenticationContext") => "an authentication context",
            _ => member,
        };
        if is_entra { plain } else { member }.to_owned()
    }

    /// That an attribute has no value.
    pub(crate) fn null(&self, id: AttributeId) -> String {
        let name = self.attribute(id).map_or("", |attribute| &attribute.name);
        let phrase = match name {
            _ if !self.set.schema.is_entra => None,
            "user.id" => Some("no user is named"),
            "servicePrincipal.id" => Some("no service principal is named"),
            "agent.id" => Some("no agent identity is named"),
            "user.guestType" => Some("the user is not a guest"),
            "session.flow" => {
                Some("neither the device code flow nor authentication transfer is used")
            }
            "location.ip" => Some("there is no address"),
            "location.country" => Some("there is no country"),
            "app.action" => Some("there is no user action"),
            "app.context" => Some("there is no authentication context"),
            _ => None,
        };
        phrase.map_or_else(|| format!("{} is not set", self.subject(id)), str::to_owned)
    }

    /// What an attribute is called at the beginning of a clause, verb excluded.
    pub(crate) fn subject(&self, id: AttributeId) -> String {
        let Some(attribute) = self.attribute(id) else {
            return "the directory as a resource".to_owned();
        };
        let name = attribute.name.as_str();
        if !self.set.schema.is_entra {
            return name.to_owned();
        }
        let phrase = match name {
            "signIn.identity" => "who signs in",
            "signIn.target" => "what is asked for",
            "signIn.client" => "the client",
            "signIn.platform" => "the platform",
            "signIn.risk" => "the sign-in risk",
            "signIn.now" => "the time",
            "user.id" => "the user",
            "user.guestType" => "the type of guest",
            "user.homeTenant" => "the home tenant",
            "user.risk" => "the user risk",
            "user.insiderRisk" => "the insider risk",
            "servicePrincipal.id" => "the service principal",
            "servicePrincipal.risk" => "the workload risk",
            "agent.id" => "the agent identity",
            "agent.risk" => "the agent risk",
            "app.action" => "the user action",
            "app.context" => "the authentication context",
            "location.ip" => "the address",
            "location.country" => "the country",
            "session.flow" => "the authentication flow",
            "device.managedPlatform" => "the platform of device management",
            _ => name,
        };
        phrase.to_owned()
    }
}

/// The kind of object that the values of an attribute of Entra's schema name.
pub(crate) fn object_kind(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "user.id" => "user",
        "user.groups" => "group",
        "user.roles" => "role",
        "app.ids" => "app",
        "app.context" => "context",
        "location.names" => "location",
        _ => return None,
    })
}

/// A user action in words.
pub(crate) fn action(text: &str) -> &str {
    match text {
        "urn:user:registersecurityinfo" => "registering security information",
        "urn:user:registerdevice" => "registering or joining a device",
        "urn:user:accountrecovery" => "recovering an account",
        other => other,
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Each item once, where it stands first.
pub(crate) fn dedup(items: &mut Vec<String>) {
    let mut known = FxHashSet::default();
    items.retain(|item| known.insert(item.clone()));
}

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// All of it.
    #[default]
    Full,
    /// The first few of a long list, and how many more there are: for people to read.
    Short,
}

impl Length {
    /// LIMIT: items of a list that is shortened.
    const SHOWN: usize = 8;

    /// `a, b or c`; shortened `a, b or 12 more`.
    pub(crate) fn list(self, mut items: Vec<String>, last: &str) -> String {
        let more = items.len().saturating_sub(Self::SHOWN);
        if self == Length::Short && more > 1 {
            items.truncate(Self::SHOWN);
            items.push(format!("{more} more"));
        }
        list(&items, last)
    }
}
