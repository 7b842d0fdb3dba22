//! People and groups, as a directory file or exported objects tell them.
//!
//! A directory file is JSON with any of these lists, and everything that is recognised elsewhere:
//!
//! ```json
//! {
//!   "complete": true,
//!   "users":  [{ "id": "…", "displayName": "Ada", "groups": ["…"], "roles": ["…"],
//!                "department": "IT" }],
//!   "groups": [{ "id": "…", "displayName": "Finance", "groups": ["…"], "members": ["…"],
//!                "roles": ["…"] }],
//!   "roles":  [{ "id": "…", "displayName": "Global Reader" }],
//!   "apps":   [{ "appId": "…", "displayName": "Payroll",
//!                "customSecurityAttributes": { "HR": { "Level": "High" } } }],
//!   "servicePrincipals": [{ "id": "…", "customSecurityAttributes": {} }], "agents": [],
//!   "namedLocations": [], "authenticationStrengths": [], "terms": [], "contexts": [],
//!   "appGroups": [{ "name": "Office365", "apps": ["…"] }]
//! }
//! ```
//!
//! `groups` of a group are the groups that it is in, `members` the users and groups that are in it.
//! `memberOf` with objects, as Graph expands it, does as well. `complete` says that what is in no
//! list does not exist, for the kinds that have a list.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;

/// People and groups.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// In order of the files.
    pub users: Vec<DirectoryUser>,
    /// In order of the files.
    pub groups: Vec<DirectoryGroup>,
    /// Objects with custom security attributes, in order of the files.
    pub tagged: Vec<TaggedObject>,
    /// The kinds of object of which nothing exists outside the lists.
    pub complete: BTreeSet<ObjectKind>,
}

/// A user.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryUser {
    /// Object id.
    pub id: String,
    /// Groups that name the user or that the user names, by id.
    pub groups: Vec<String>,
    /// Active roles, by role template id.
    pub roles: Vec<String>,
    /// What else is known: `department` and so on, by the names of [`USER_ATTRIBUTES`].
    pub attributes: BTreeMap<&'static str, AttributeValue>,
    /// Where it is written.
    pub span: Span,
}

/// The value of a user's attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text.
    Text(String),
    /// Yes or no.
    Boolean(bool),
}

/// An object with custom security attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedObject {
    /// What it is.
    pub kind: TaggedKind,
    /// Application id of a resource, object id of anything else.
    pub id: String,
    /// By the names of set and attribute, joined by `_` and folded.
    pub attributes: Vec<(String, TagValue)>,
    /// Where it is written.
    pub span: Span,
}

/// What can have custom security attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaggedKind {
    /// A resource.
    App,
    /// A workload identity.
    ServicePrincipal,
    /// An agent identity.
    Agent,
}

/// The value of a custom security attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagValue {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryGroup {
    /// Object id.
    pub id: String,
    /// Groups that it is in, by id.
    pub groups: Vec<String>,
    /// Users and groups in it, by id.
    pub members: Vec<String>,
    /// Roles of its members, by role template id.
    pub roles: Vec<String>,
    /// Where it is written.
    pub span: Span,
}

/// The attributes of a user that conditions can ask for.
pub const USER_ATTRIBUTES: &[&str] = &[
    "userPrincipalName",
    "displayName",
    "department",
    "jobTitle",
    "companyName",
    "country",
    "city",
    "state",
    "usageLocation",
    "employeeId",
    "mail",
    "userType",
    "accountEnabled",
];

/// What a user belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// Ids of groups, direct and through groups, folded, sorted.
    pub groups: Vec<String>,
    /// Role template ids, direct and through groups, folded, sorted.
    pub roles: Vec<String>,
}

impl Directory {
    /// Whether nobody and nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_nobody = self.users.is_empty() && self.groups.is_empty();
        is_nobody && self.tagged.is_empty() && self.complete.is_empty()
    }

    /// The user of this id, in any case.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&DirectoryUser> {
        let id = fold(id);
        self.users.iter().find(|user| fold(&user.id) == id)
    }

    /// The graph of memberships, to be asked many times.
    #[must_use]
    pub fn index(&self) -> DirectoryIndex {
        let mut index = DirectoryIndex::default();
        for user in &self.users {
            let id = fold(&user.id).into_owned();
            index.add(&id, &user.groups, &user.roles);
            index.users.insert(id);
        }
        for group in &self.groups {
            let id = fold(&group.id).into_owned();
            index.add(&id, &group.groups, &group.roles);
            index.groups.insert(id.clone());
            for member in &group.members {
                index
                    .parents
                    .entry(fold(member).into_owned())
                    .or_default()
                    .push(id.clone());
            }
        }
        index
    }
}

/// Who is in what, by folded id.
#[derive(Clone, Debug, Default)]
pub struct DirectoryIndex {
    parents: BTreeMap<String, Vec<String>>,
    roles: BTreeMap<String, Vec<String>>,
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl DirectoryIndex {
    fn add(&mut self, id: &str, groups: &[String], roles: &[String]) {
        let folded = |ids: &[String]| -> Vec<String> {
            ids.iter().map(|id| fold(id).into_owned()).collect()
        };
        let groups = folded(groups);
        self.groups.extend(groups.iter().cloned());
        self.parents
            .entry(id.to_owned())
            .or_default()
            .extend(groups);
        self.roles
            .entry(id.to_owned())
            .or_default()
            .extend(folded(roles));
    }

    /// Every id that is a user, or that is in a group without being a group itself:
    /// somebody whom only the members of a group name is a user as well. Folded, sorted.
    pub fn member_ids(&self) -> impl Iterator<Item = &str> {
        let named = self.parents.iter().filter(|(_, groups)| !groups.is_empty());
        let named = named
            .map(|(id, _)| id)
            .filter(|id| !self.groups.contains(*id));
        let all: BTreeSet<&str> = self.users.iter().chain(named).map(String::as_str).collect();
        all.into_iter()
    }

    /// What the user of this id belongs to, through groups in groups; `None` where the directory
    /// has no such user, neither in a list nor as a member of a group. Groups that contain each
    /// other are no trouble.
    #[must_use]
    pub fn memberships(&self, user_id: &str) -> Option<Memberships> {
        let start = fold(user_id).into_owned();
        let is_member = self
            .parents
            .get(&start)
            .is_some_and(|groups| !groups.is_empty());
        let is_named = is_member && !self.groups.contains(&start);
        if !is_named && !self.users.contains(&start) {
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut roles = BTreeSet::new();
        let mut queue = VecDeque::from([start.clone()]);
        while let Some(id) = queue.pop_front() {
            roles.extend(self.roles.get(&id).into_iter().flatten().cloned());
            for parent in self.parents.get(&id).into_iter().flatten() {
                if seen.insert(parent.clone()) {
                    queue.push_back(parent.clone());
                }
            }
        }
        Some(Memberships {
            groups: seen.into_iter().collect(),
            roles: roles.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, groups: &[&str], members: &[&str], roles: &[&str]) -> DirectoryGroup {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        DirectoryGroup {
            id: id.to_owned(),
            groups: owned(groups),
            members: owned(members),
            roles: owned(roles),
            span: Span::default(),
        }
    }

    #[test]
    fn memberships_are_closed_over_groups_in_groups_and_cycles_are_harmless() {
        let ada = DirectoryUser {
            id: "Ada".to_owned(),
            groups: vec!["A".to_owned()],
            roles: vec!["R1".to_owned()],
            attributes: BTreeMap::new(),
            span: Span::default(),
        };
        let directory = Directory {
            users: vec![ada],
            groups: vec![
                group("a", &["B"], &[], &[]),
                group("b", &["a"], &[], &["r2"]),
                group("c", &[], &["B"], &[]),
                group("d", &["a"], &[], &["r3"]),
            ],
            ..Directory::default()
        };
        let found = directory.index().memberships("ADA").unwrap();
        assert_eq!(found.groups, ["a", "b", "c"]);
        assert_eq!(found.roles, ["r1", "r2"]);
        assert_eq!(directory.index().memberships("a"), None);
    }

    #[test]
    fn whom_only_a_group_names_is_a_user() {
        let directory = Directory {
            groups: vec![group("G", &[], &["A"], &[]), group("A", &[], &["U"], &[])],
            ..Directory::default()
        };
        let index = directory.index();
        assert_eq!(index.member_ids().collect::<Vec<_>>(), ["u"]);
        assert_eq!(index.memberships("U").unwrap().groups, ["a", "g"]);
        assert_eq!(index.memberships("a"), None);
    }
}
