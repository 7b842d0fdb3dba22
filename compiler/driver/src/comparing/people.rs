//! Whom a difference concerns.

use gatewright_analysis::diff::{Census, Person};
use gatewright_analysis::{Fact, World};
use gatewright_hir::schema::AttributeId;
use gatewright_interop::{AttributeValue, Directory, DirectoryUser, USER_ATTRIBUTES};
use gatewright_value::fold;
use gatewright_value::vocabulary::IdentityKind;
use rustc_hash::FxHashMap;

/// LIMIT: people that are named for a class.
const NAMED_MAX: usize = 5;

/// The people that a class concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// How many.
    pub count: usize,
    /// The first of them, by name.
    pub names: Vec<String>,
    /// Of how many nobody knows, because the search was exhausted.
    pub unknown: usize,
}

/// Count, for each class. Cost: a search for each class and each kind of person.
pub(super) fn count(
    mut census: Census<'_, '_>,
    world: &World<'_>,
    people: &Directory,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Affected> {
    let index = people.index();
    let users = people
        .users
        .iter()
        .map(|user| (fold(&user.id).into_owned(), user));
    let users: FxHashMap<String, &DirectoryUser> = users.collect();
    let find = |name: &str| {
        world
            .schema
            .find_attribute(name)
            .filter(|_| world.schema.is_entra)
    };
    let ids: Vec<&str> = index.member_ids().collect();
    let mut counts: Vec<Affected> = Vec::new();
    for (done, id) in ids.iter().enumerate() {
        progress(done, ids.len());
        let user = users.get(*id).copied();
        let of = index.memberships(id).unwrap_or_default();
        let mut known = Known {
            find: &find,
            person: Person::new(),
        };
        known.set("signIn.identity", [text(IdentityKind::User.name())]);
        known.set("user.id", [text(id)]);
        known.set("user.groups", [Fact::Elements(of.groups)]);
        known.set("user.roles", [Fact::Elements(of.roles)]);
        if let Some(user) = user {
            known.attributes(user);
        }
        let answers = census.concerns(&known.person);
        counts.resize_with(answers.len(), Affected::default);
        for (count, answer) in counts.iter_mut().zip(answers) {
            match answer {
                Some(true) => {
                    count.count += 1;
                    if count.names.len() < NAMED_MAX {
                        count.names.push(name(id, user));
                    }
                }
                Some(false) => {}
                None => count.unknown += 1,
            }
        }
    }
    progress(ids.len(), ids.len());
    counts
}

fn text(text: &str) -> Fact {
    Fact::Text(fold(text).into_owned())
}

fn name(id: &str, user: Option<&DirectoryUser>) -> String {
    let attribute = |name: &str| match user?.attributes.get(name) {
        Some(AttributeValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let names = ["displayName", "userPrincipalName"];
    names
        .into_iter()
        .find_map(attribute)
        .unwrap_or_else(|| id.to_owned())
}

/// What is known of somebody.
struct Known<'f> {
    find: &'f dyn Fn(&str) -> Option<AttributeId>,
    person: Person,
}

impl Known<'_> {
    fn set(&mut self, name: &str, values: impl IntoIterator<Item = Fact>) {
        if let Some(id) = (self.find)(name) {
            self.person.push((id, values.into_iter().collect()));
        }
    }

    /// What the directory does not say of a user is not set, as where it completes a request.
    fn attributes(&mut self, user: &DirectoryUser) {
        for name in USER_ATTRIBUTES {
            let fact = match user.attributes.get(name) {
                Some(AttributeValue::Text(text)) => Fact::Text(text.clone()),
                Some(AttributeValue::Boolean(truth)) => Fact::Boolean(*truth),
                None => Fact::Null,
            };
            self.set(&format!("user.{name}"), [fact]);
        }
        let said = |name: &str| match user.attributes.get(name) {
            Some(AttributeValue::Text(text)) => Some(fold(text).into_owned()),
            _ => None,
        };
        // Entra gives whoever signs in elsewhere a name with this in it.
        let name = said("userPrincipalName");
        let is_external = name.map(|name| name.contains("#ext#"));
        let is_guest = said("userType").as_deref() == Some("guest");
        let kinds: &[&str] = match (is_guest, is_external) {
            (true, Some(true)) => &["b2bCollaborationGuest"],
            (true, Some(false)) => &["internalGuest"],
            (true, None) => &["internalGuest", "b2bCollaborationGuest"],
            (false, Some(true)) => &["b2bCollaborationMember"],
            (false, _) => &[],
        };
        if kinds.is_empty() {
            self.set("user.guestType", [Fact::Null]);
            self.set("user.homeTenant", [Fact::Null]);
        } else {
            self.set("user.guestType", kinds.iter().map(|kind| text(kind)));
        }
    }
}
