//! A directory: people with their groups, roles and attributes, for requests that do not bring
//! them.
//!
//! ```json
//! {
//!   "users":  [{ "id": "…", "groups": ["…"], "roles": ["…"], "department": "IT" }],
//!   "groups": [{ "id": "…", "memberOf": ["…"], "members": ["…"], "roles": ["…"] }],
//!   "apps":   [{ "appId": "…", "customSecurityAttributes": { "Engineering": { "Level": "High" } } }],
//!   "servicePrincipals": [], "agents": []
//! }
//! ```
//!
//! Groups in groups are closed transitively; cycles are tolerated. Names of things, locations,
//! strengths and groups of apps may stand in the same file for the compiler; they are passed over
//! here, as the program already holds what they mean.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gatewright_value::{Record, fold, folded_eq};
use gatewright_vm::Fact;

use crate::entra::{ATTRIBUTES, ObjectKind, Tagged, custom_security_attributes};
use crate::json::{Reader, Value};
use crate::read::{Found, Node, Object, RequestError, located, text};
use crate::vocabulary::{Form, USER};

/// Members of the file that only the compiler reads.
const FOR_THE_COMPILER: [&str; 7] = [
    "namedLocations",
    "authenticationStrengths",
    "appGroups",
    "roles",
    "terms",
    "contexts",
    "devices",
];

/// People with their groups, roles and attributes. Ids are compared without case.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    users: BTreeMap<String, Attributes>,
    /// By id of a user or group: the groups that it is directly in.
    groups: BTreeMap<String, Vec<String>>,
    /// By id of a user or group: roles.
    roles: BTreeMap<String, Vec<String>>,
    /// Ids of groups: a member that is no group is a user, listed or not.
    group_ids: BTreeSet<String>,
    apps: Tagged<'static>,
    service_principals: Tagged<'static>,
    agents: Tagged<'static>,
    is_complete: bool,
}

/// Attributes of a user by their names in a program.
type Attributes = Vec<(String, Fact<'static>)>;

/// What a user belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// Groups, direct and through groups.
    pub groups: Vec<String>,
    /// Roles, direct and through groups.
    pub roles: Vec<String>,
}

impl Directory {
    /// Read a directory file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn from_json(bytes: &[u8]) -> Result<Directory, RequestError> {
        located(bytes, || {
            let json = Reader::new(text(bytes)?).only_value()?;
            read(Node::root(&json))
        })
    }

    /// Add a user; the result is whether there was none of this id.
    pub fn add_user(&mut self, id: &str) -> bool {
        self.users
            .insert(fold(id).into_owned(), Vec::new())
            .is_none()
    }

    /// Say what is known of an attribute of a user, by its name in a program: `user.department`.
    pub fn add_attribute(&mut self, user: &str, attribute: &str, fact: Fact<'static>) {
        let attributes = self.users.entry(fold(user).into_owned()).or_default();
        attributes.push((attribute.to_owned(), fact));
    }

    /// Say that an id is a group's, so that it is no user's where another group has it as a member.
    pub fn add_group(&mut self, id: &str) {
        self.group_ids.insert(fold(id).into_owned());
    }

    /// Put a user or a group into a group.
    pub fn add_membership(&mut self, member: &str, group: &str) {
        self.group_ids.insert(fold(group).into_owned());
        self.groups
            .entry(fold(member).into_owned())
            .or_default()
            .push(group.to_owned());
    }

    /// Give a role to a user or to the members of a group.
    pub fn add_role(&mut self, member: &str, role: &str) {
        self.roles
            .entry(fold(member).into_owned())
            .or_default()
            .push(role.to_owned());
    }

    /// Say what the custom security attributes of a resource are, by its application id. The field
    /// of an attribute is called by the names of its set and its own: `engineering_project`.
    pub fn add_app(&mut self, id: &str, attributes: Record<'static>) {
        self.apps.insert(fold(id).into_owned(), attributes);
    }

    /// Say what the custom security attributes of a service principal are, by its object id.
    pub fn add_service_principal(&mut self, id: &str, attributes: Record<'static>) {
        let id = fold(id).into_owned();
        self.service_principals.insert(id, attributes);
    }

    /// Say what the custom security attributes of an agent identity are, by its object id.
    pub fn add_agent(&mut self, id: &str, attributes: Record<'static>) {
        self.agents.insert(fold(id).into_owned(), attributes);
    }

    /// The custom security attributes of an object, if it is listed.
    pub(crate) fn tagged(&self, kind: ObjectKind, id: &str) -> Option<&Record<'static>> {
        let list = match kind {
            ObjectKind::App => &self.apps,
            ObjectKind::ServicePrincipal => &self.service_principals,
            ObjectKind::Agent => &self.agents,
        };
        list.get(fold(id).as_ref())
    }

    /// Whether it says that there is nobody and nothing else.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// How many users it has.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// What a user belongs to, nearest first; `None` where there is no such user, neither listed
    /// nor as a member of a group.
    #[must_use]
    pub fn memberships(&self, user: &str) -> Option<Memberships> {
        let start = fold(user).into_owned();
        let is_named = self.groups.contains_key(&start) && !self.group_ids.contains(&start);
        if !is_named && !self.users.contains_key(&start) {
            return None;
        }
        let mut found = Memberships::default();
        let (mut groups, mut roles) = (BTreeSet::new(), BTreeSet::new());
        let mut open = VecDeque::from([start]);
        while let Some(id) = open.pop_front() {
            for role in self.roles.get(&id).into_iter().flatten() {
                if roles.insert(fold(role).into_owned()) {
                    found.roles.push(role.clone());
                }
            }
            for group in self.groups.get(&id).into_iter().flatten() {
                let folded = fold(group).into_owned();
                if groups.insert(folded.clone()) {
                    found.groups.push(group.clone());
                    open.push_back(folded);
                }
            }
        }
        Some(found)
    }

    pub(crate) fn attributes(&self, user: &str) -> &[(String, Fact<'static>)] {
        self.users
            .get(fold(user).as_ref())
            .map_or(&[], Vec::as_slice)
    }
}

fn read(node: Node<'_, '_>) -> Found<Directory> {
    let root = node.object("")?;
    root.allow(
        ["users", "groups", "complete"]
            .into_iter()
            .chain(ObjectKind::ALL.map(|kind| kind.list().0))
            .chain(FOR_THE_COMPILER),
    )?;
    let mut directory = Directory::default();
    if let Some(node) = root.get("complete") {
        directory.is_complete = node.boolean()?;
    }
    let mut seen = BTreeSet::new();
    if let Some(node) = root.get("groups") {
        for element in node.elements()? {
            let object = element.object("groups")?;
            let names = [
                "id",
                "displayName",
                "description",
                "groups",
                "memberOf",
                "members",
                "roles",
            ];
            object.allow(names)?;
            let id = object.need("id")?.string()?;
            if !seen.insert(fold(&id).into_owned()) {
                return element.fail(format!("the group `{id}` is given twice"));
            }
            directory.add_group(&id);
            memberships(&mut directory, &id, object)?;
            for member in ids(object, "members", "id")? {
                directory.add_membership(&member, &id);
            }
        }
    }
    if let Some(node) = root.get("users") {
        for element in node.elements()? {
            user(&mut directory, element)?;
        }
    }
    for kind in ObjectKind::ALL {
        if let Some(node) = root.get(kind.list().0) {
            for element in node.elements()? {
                tagged(&mut directory, kind, element)?;
            }
        }
    }
    Ok(directory)
}

/// Read an object for its custom security attributes; whatever else it has is for the compiler. A
/// service principal that says so is a resource too.
fn tagged(directory: &mut Directory, kind: ObjectKind, element: Node<'_, '_>) -> Found<()> {
    let object = element.object(kind.list().0)?;
    if object.get(ATTRIBUTES).is_none() {
        return Ok(());
    }
    let attributes = custom_security_attributes(object)?.into_owned();
    let (id, app_id) = (element.member_text("id"), element.member_text("appId"));
    match kind {
        ObjectKind::App => {
            if let Some(id) = app_id.or(id) {
                directory.add_app(id, attributes);
            }
        }
        ObjectKind::ServicePrincipal => {
            if let Some(id) = app_id {
                directory.add_app(id, attributes.clone());
            }
            if let Some(id) = id {
                directory.add_service_principal(id, attributes);
            }
        }
        ObjectKind::Agent => {
            if let Some(id) = id {
                directory.add_agent(id, attributes);
            }
        }
    }
    Ok(())
}

fn user(directory: &mut Directory, element: Node<'_, '_>) -> Found<()> {
    let object = element.object("users")?;
    let names = ["id", "groups", "memberOf", "transitiveMemberOf", "roles"];
    object.allow(names.into_iter().chain(USER.iter().map(|row| row.name)))?;
    let id = object.need("id")?.string()?;
    if !directory.add_user(&id) {
        return element.fail(format!("the user `{id}` is given twice"));
    }
    memberships(directory, &id, object)?;
    for row in USER {
        let Some(node) = object.get(row.name) else {
            continue;
        };
        let fact = match row.form {
            Form::Boolean => Fact::Boolean(node.boolean()?),
            Form::Enumeration => {
                let text = node.string()?;
                if !["Member", "Guest"]
                    .iter()
                    .any(|known| folded_eq(known, &text))
                {
                    return node.fail(format!("`{text}` is neither `Member` nor `Guest`"));
                }
                Fact::text(text.into_owned())
            }
            _ => Fact::text(node.string()?.into_owned()),
        };
        directory.add_attribute(&id, row.attribute, fact);
    }
    Ok(())
}

/// Read the groups and roles that a user or group says it has.
fn memberships(directory: &mut Directory, id: &str, object: Object<'_, '_>) -> Found<()> {
    for member in ["groups", "memberOf", "transitiveMemberOf"] {
        let Some(node) = object.get(member) else {
            continue;
        };
        for element in node.elements()? {
            match element.member_text("roleTemplateId") {
                Some(role) => directory.add_role(id, role),
                None => directory.add_membership(id, &id_of(element, "id")?),
            }
        }
    }
    for role in ids(object, "roles", "roleTemplateId")? {
        directory.add_role(id, &role);
    }
    Ok(())
}

fn ids<'j>(object: Object<'j, '_>, member: &'j str, preferred: &str) -> Found<Vec<String>> {
    let Some(node) = object.get(member) else {
        return Ok(Vec::new());
    };
    node.elements()?
        .map(|element| id_of(element, preferred))
        .collect()
}

/// An id, as a string or as an object that has one.
fn id_of(node: Node<'_, '_>, preferred: &str) -> Found<String> {
    if let Value::Object(_) = &node.json.value {
        let found = node
            .member_text(preferred)
            .or_else(|| node.member_text("id"));
        return found
            .map(str::to_owned)
            .map_or_else(|| node.fail("there is no `id`"), Ok);
    }
    Ok(node.string()?.into_owned())
}
