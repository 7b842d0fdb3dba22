//! Which ids of a request only exist once other requests have been answered.
//!
//! What has no id yet stands in the policies by its name. A step of the order of requests says
//! which values these are, and by the answer of which step each is replaced.

use gatewright_value::fold;

use crate::json::Node;
use crate::sink::is_guid;

/// Members of a policy that are ids, or lists of ids.
const IDS: &[&str] = &[
    "conditions.users.includeUsers",
    "conditions.users.excludeUsers",
    "conditions.users.includeGroups",
    "conditions.users.excludeGroups",
    "conditions.users.includeRoles",
    "conditions.users.excludeRoles",
    "conditions.clientApplications.includeServicePrincipals",
    "conditions.clientApplications.excludeServicePrincipals",
    "conditions.clientApplications.includeAgentIdServicePrincipals",
    "conditions.clientApplications.excludeAgentIdServicePrincipals",
    "conditions.applications.includeApplications",
    "conditions.applications.excludeApplications",
    "conditions.locations.includeLocations",
    "conditions.locations.excludeLocations",
    "grantControls.authenticationStrength.id",
    "grantControls.termsOfUse",
];

/// Words that stand where ids do; names of groups of resources are words too.
const WORDS: &[&str] = &[
    "All",
    "AllAgentIdUsers",
    "AllTrusted",
    "GuestsOrExternalUsers",
    "None",
    "ServicePrincipalsInMyTenant",
];

/// Objects that are made, not updated, by their ids before, with the files of their requests.
pub(super) type Made = Vec<(String, String)>;

/// The values of a request that are no ids yet; `None` where all are.
pub(super) fn fill_in(body: &Node, made: &Made, groups: &[&str]) -> Option<Node> {
    let mut rows = Vec::new();
    for member in IDS {
        let path: Vec<&str> = member.split('.').collect();
        let texts: Vec<&str> = match body.at(&path) {
            Some(Node::Text(text)) => vec![text],
            Some(Node::List(items)) => items.iter().filter_map(Node::as_text).collect(),
            _ => continue,
        };
        let is_word = |text: &str| {
            let mut words = WORDS.iter().chain(groups);
            words.any(|word| word.eq_ignore_ascii_case(text))
        };
        for text in texts.into_iter().filter(|t| !is_guid(t) && !is_word(t)) {
            rows.push(row(member, text, made));
        }
    }
    (!rows.is_empty()).then_some(Node::List(rows))
}

fn row(member: &str, text: &str, made: &Made) -> Node {
    let mut row = Node::object();
    row.put(&["member"], Node::text(member));
    row.put(&["value"], Node::text(text));
    let key = fold(text);
    // Without a step, whoever sends the requests has to know the id.
    if let Some((_, path)) = made.iter().find(|(id, _)| *id == key) {
        row.put(&["idFrom"], Node::text(path));
    }
    row
}
