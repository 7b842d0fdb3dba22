//! What a step changes in the request of the step before.

use gatewright_value::folded_eq;

use super::requests::Value;

/// What a fact does to the request of the step before.
pub(super) enum Change {
    /// Another identity: what the directory knows of the old one is forgotten.
    Identity(Value),
    /// Another place: address, country and named locations are forgotten.
    Place(Vec<&'static str>, Value),
    /// One member.
    Set(Vec<String>, Value),
    /// What the directory says about one object of a list.
    Tags(&'static str, String, Value),
}

pub(super) fn apply(changes: Vec<Change>, known: &[String], request: &mut Value) {
    // What is said in this step is no longer unknown; what it calls unknown comes after.
    if let Some(Value::List(unknown)) = request.member("unknown").cloned() {
        let is_known = |fact: &Value| matches!(fact, Value::Text(name) if known.contains(name));
        let left: Vec<Value> = unknown.into_iter().filter(|fact| !is_known(fact)).collect();
        request.set(&["unknown"], Value::List(left));
    }
    let (first, rest): (Vec<Change>, Vec<Change>) = changes
        .into_iter()
        .partition(|change| matches!(change, Change::Identity(_) | Change::Place(..)));
    for change in first.into_iter().chain(rest) {
        match change {
            Change::Identity(identity) => {
                request.set(&["signInIdentity"], identity);
                request.set(&["directory", "groups"], Value::List(Vec::new()));
                request.set(&["directory", "roles"], Value::List(Vec::new()));
                without(request, "directory", "user");
            }
            Change::Place(path, value) => {
                without(request, "signInConditions", "ipAddress");
                without(request, "signInConditions", "country");
                without(request, "context", "namedLocations");
                request.set(&path, value);
            }
            Change::Set(path, value) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                request.set(&path, value);
            }
            Change::Tags(list, id, tags) => tag(request, list, id, tags),
        }
    }
}

fn without(request: &mut Value, object: &str, member: &str) {
    if let Value::Members(members) = request
        && let Some((_, object)) = members.iter_mut().find(|(name, _)| name == object)
    {
        object.remove(member);
    }
}

/// Replace what the directory says about an object, or add it.
fn tag(request: &mut Value, list: &'static str, id: String, tags: Value) {
    let known = request.member("directory").and_then(|d| d.member(list));
    let mut objects = match known {
        Some(Value::List(objects)) => objects.clone(),
        _ => Vec::new(),
    };
    let is_same = |object: &Value| match object.member("id") {
        Some(Value::Text(known)) => folded_eq(known, &id),
        _ => false,
    };
    objects.retain(|object| !is_same(object));
    objects.push(Value::Members(vec![
        ("id".to_owned(), Value::Text(id)),
        ("customSecurityAttributes".to_owned(), tags),
    ]));
    request.set(&["directory", list], Value::List(objects));
}
