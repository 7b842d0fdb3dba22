//! Sign-ins made up for one program: deterministic, and of the size that sign-ins have.
//!
//! Of every attribute that the program asks about, all values that it tells apart occur, and as
//! often values that it does not name. People are in some thirty groups, a few of them named.

use std::collections::BTreeSet;

use gatewright_bytecode::{Control, Program};
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::{AttributeInfo, Kind};
use serde_json::{Map, Value, json};

use super::values::World;

/// Where the random numbers start.
const SEED: u64 = 0x6A7E_3A16;

/// LIMIT: sign-ins that are made up. At least so many, and no more than so many.
const COUNT: (usize, usize) = (512, 4_096);

/// Groups of a person, and how many of them the program asks about.
const GROUPS: (usize, usize) = (30, 3);

/// Attributes of a device that are said of every one, whether asked about or not.
const DEVICE: [&str; 8] = [
    "device.deviceId",
    "device.displayName",
    "device.manufacturer",
    "device.model",
    "device.operatingSystem",
    "device.operatingSystemVersion",
    "device.isCompliant",
    "device.trustType",
];

/// Members of `signInConditions` and the attributes that they say.
const CONDITIONS: [(&str, &str); 9] = [
    ("clientAppType", "signIn.client"),
    ("devicePlatform", "signIn.platform"),
    ("ipAddress", "location.ip"),
    ("country", "location.country"),
    ("userRiskLevel", "user.risk"),
    ("signInRiskLevel", "signIn.risk"),
    ("insiderRiskLevel", "user.insiderRisk"),
    ("servicePrincipalRiskLevel", "servicePrincipal.risk"),
    ("agentIdRiskLevel", "agent.risk"),
];

/// Members of `context` that are truths, and the attributes that they say.
const CIRCUMSTANCES: [(&str, &str); 4] = [
    ("baselineScopesOnly", "signIn.baselineScopesOnly"),
    ("enrollmentService", "signIn.enrollmentService"),
    ("mfaRegistered", "user.isMfaRegistered"),
    ("mfaDeemedNecessary", "signIn.isMfaDeemedNecessary"),
];

/// Attributes of a user that are said elsewhere than in `directory.user`.
const NOT_OF_DIRECTORY: [&str; 9] = [
    "user.id",
    "user.groups",
    "user.roles",
    "user.guestType",
    "user.homeTenant",
    "user.risk",
    "user.insiderRisk",
    "user.isMfaRegistered",
    "user.isRegistrationOverdue",
];

/// Sets of methods that people sign in with.
const METHODS: [&[&str]; 5] = [
    &["password"],
    &["password", "microsoftAuthenticatorPush"],
    &["password", "sms"],
    &["fido2"],
    &["windowsHelloForBusiness"],
];

/// Sign-ins for a program, as JSON.
pub(super) fn make_up(program: &Program) -> Vec<String> {
    let mut world = World::new(program, SEED);
    let (least, most) = COUNT;
    let count = (2 * world.most_named()).clamp(least, most);
    let requests = (0..count).map(|_| {
        if program.origin.is_entra {
            entra(&mut world, program)
        } else {
            own(&mut world, program)
        }
    });
    requests.map(|request| request.to_string()).collect()
}

fn entra(world: &mut World, program: &Program) -> Value {
    let mut request = Map::new();
    let mut directory = Map::new();
    let (identity, is_user) = identity(world, &mut directory);
    request.insert("signInIdentity".to_owned(), identity);
    request.insert("signInContext".to_owned(), target(world, &mut directory));
    let conditions = conditions(world, program, is_user);
    request.insert("signInConditions".to_owned(), conditions);
    if is_user {
        person(world, program, &mut directory);
    }
    request.insert("directory".to_owned(), Value::Object(directory));
    request.insert("claims".to_owned(), claims(world, program));
    let context = circumstances(world);
    if !context.is_empty() {
        request.insert("context".to_owned(), Value::Object(context));
    }
    Value::Object(request)
}

/// Put what is known into an object; null is what is absent.
fn put(object: &mut Map<String, Value>, member: &str, value: Option<Value>) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        object.insert(member.to_owned(), value);
    }
}

/// Who signs in, and whether that is a user.
fn identity(world: &mut World, directory: &mut Map<String, Value>) -> (Value, bool) {
    let are_asked = |world: &World, entity: &str| {
        let names = ["id", "risk", "isOwned", "attributes"];
        names
            .iter()
            .any(|name| world.is_asked(&format!("{entity}.{name}")))
    };
    let mut object = Map::new();
    let mut is_user = false;
    let (kind, list) = match world.random.below(20) {
        0 | 1 if are_asked(world, "servicePrincipal") => {
            put(
                &mut object,
                "isOwned",
                world.any("servicePrincipal.isOwned"),
            );
            ("servicePrincipal", "servicePrincipals")
        }
        2 if are_asked(world, "agent") => ("agent", "agents"),
        _ => {
            is_user = true;
            ("user", "")
        }
    };
    let id = world.any(&format!("{kind}.id")).filter(|id| !id.is_null());
    let id = id.unwrap_or_else(|| json!(world.random.id()));
    if is_user {
        if world.random.chance(15) {
            put(&mut object, "externalUserType", world.any("user.guestType"));
            put(
                &mut object,
                "externalTenantId",
                world.any("user.homeTenant"),
            );
        }
    } else {
        let attributes = format!("{kind}.attributes");
        tag(world, directory, list, &id, &attributes);
    }
    let (name, member) = match kind {
        "servicePrincipal" => ("servicePrincipalSignIn", "servicePrincipalId"),
        "agent" => ("agentSignIn", "agentServicePrincipalId"),
        _ => ("userSignIn", "userId"),
    };
    object.insert(
        "@odata.type".to_owned(),
        json!(format!("#microsoft.graph.{name}")),
    );
    object.insert(member.to_owned(), id);
    (Value::Object(object), is_user)
}

/// List an object of the directory with the custom security attributes that are asked about.
fn tag(
    world: &mut World,
    directory: &mut Map<String, Value>,
    list: &str,
    id: &Value,
    attribute: &str,
) {
    if !world.is_asked(attribute) {
        return;
    }
    let mut sets = Map::new();
    for (field, text) in world.record(attribute) {
        let Some((set, name)) = field.split_once('_') else {
            continue;
        };
        let set = sets.entry(set).or_insert_with(|| json!({}));
        if let Some(set) = set.as_object_mut() {
            set.insert(name.to_owned(), json!(text));
        }
    }
    let objects = directory.entry(list).or_insert_with(|| json!([]));
    if let Some(objects) = objects.as_array_mut() {
        objects.push(json!({"id": id, "customSecurityAttributes": sets}));
    }
}

/// What is asked for: mostly one resource.
fn target(world: &mut World, directory: &mut Map<String, Value>) -> Value {
    let special = world.random.below(20);
    if special == 0
        && let Some(context) = world.named("app.context").filter(|value| !value.is_null())
    {
        let kind = "#microsoft.graph.authContext";
        return json!({"@odata.type": kind, "authenticationContextValue": context});
    }
    if special == 1
        && let Some(action) = world.named("app.action").filter(|value| !value.is_null())
    {
        return json!({"@odata.type": "#microsoft.graph.userActionContext", "userAction": action});
    }
    let by_record = world.texts_of("app.resources", "id");
    let listed = by_record.get(world.random.below(by_record.len() * 2));
    let app = match listed {
        Some(id) => json!(id),
        None => {
            let app = world.any("app.ids").filter(|value| !value.is_null());
            app.unwrap_or_else(|| json!(world.random.id()))
        }
    };
    tag(world, directory, "apps", &app, "app.resources");
    json!({"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": [app]})
}

fn conditions(world: &mut World, program: &Program, is_user: bool) -> Value {
    let mut conditions = Map::new();
    for (member, attribute) in CONDITIONS {
        let is_apart =
            attribute.starts_with("servicePrincipal.") || attribute.starts_with("agent.");
        if is_user != is_apart || !attribute.contains(".risk") {
            put(&mut conditions, member, world.any(attribute));
        }
    }
    if world.is_asked("session.flow") && world.random.chance(10) {
        let method = world.named("session.flow").filter(|value| !value.is_null());
        if let Some(method) = method {
            conditions.insert(
                "authenticationFlow".to_owned(),
                json!({"transferMethod": method}),
            );
        }
    }
    if world.random.chance(80) {
        conditions.insert("deviceInfo".to_owned(), device(world, program));
    }
    Value::Object(conditions)
}

fn device(world: &mut World, program: &Program) -> Value {
    let mut device = Map::new();
    for info in &program.attributes {
        let name = info.name.as_str();
        let is_said = DEVICE.contains(&name) || world.is_asked(name);
        let Some(member) = name.strip_prefix("device.").filter(|_| is_said) else {
            continue;
        };
        match (member, &info.kind) {
            ("isRegistered" | "managedPlatform", _) => {}
            (_, Kind::Set(_)) => {
                let elements = world.elements(name, 1, 2);
                device.insert(member.to_owned(), json!(elements));
            }
            _ => put(&mut device, member, world.any(name)),
        }
    }
    Value::Object(device)
}

/// The groups, the roles and what else the directory knows of a user.
fn person(world: &mut World, program: &Program, directory: &mut Map<String, Value>) {
    let (count, named) = GROUPS;
    let groups = world.elements("user.groups", named, count);
    directory.insert("groups".to_owned(), json!(groups));
    let roles = match world.random.below(4) {
        0 => world.elements("user.roles", 1, 2),
        _ => Vec::new(),
    };
    directory.insert("roles".to_owned(), json!(roles));
    let mut user = Map::new();
    for info in &program.attributes {
        let name = info.name.as_str();
        let member = name.strip_prefix("user.");
        let member = member.filter(|_| !NOT_OF_DIRECTORY.contains(&name) && world.is_asked(name));
        if let Some(member) = member {
            put(&mut user, member, world.any(name));
        }
    }
    if !user.is_empty() {
        directory.insert("user".to_owned(), Value::Object(user));
    }
}

/// What has been proved: some of what the policies require.
fn claims(world: &mut World, program: &Program) -> Value {
    let (mut satisfied, mut terms, mut custom) = (Vec::new(), Vec::new(), Vec::new());
    for control in &program.controls {
        let is_proved = world.random.chance(30);
        match control {
            Control::BuiltIn(BuiltInControl::CompliantDevice)
            | Control::BuiltIn(BuiltInControl::DomainJoinedDevice)
            | Control::Own(_) => {}
            Control::BuiltIn(control) if is_proved => satisfied.push(control.name().to_owned()),
            Control::Strength { id, .. } if is_proved => satisfied.push(format!("strength:{id}")),
            Control::Terms(id) if is_proved => terms.push(id),
            Control::Custom(id) if is_proved => custom.push(id),
            _ => {}
        }
    }
    let methods = METHODS.get(world.random.below(METHODS.len()));
    json!({"satisfied": satisfied, "methods": methods, "terms": terms, "custom": custom})
}

fn circumstances(world: &mut World) -> Map<String, Value> {
    let mut context = Map::new();
    for (member, attribute) in CIRCUMSTANCES {
        if world.is_asked(attribute) {
            put(&mut context, member, world.any(attribute));
        }
    }
    if world.is_asked("signIn.now") {
        put(&mut context, "now", world.any("signIn.now"));
    }
    if world.is_asked("location.names") {
        let count = world.random.below(2);
        let names = world.elements("location.names", 1, count);
        context.insert("namedLocations".to_owned(), json!(names));
    }
    if world.is_asked("user.isRegistrationOverdue") {
        let days = ["2026-11-21", "2026-01-01"];
        let day = days.get(world.random.below(days.len()));
        let instant = day.map(|day| json!(format!("{day}T09:00:00Z")));
        put(&mut context, "firstInteractiveSignIn", instant);
    }
    context
}

/// A request under a schema of one's own: its entities, each with its attributes.
fn own(world: &mut World, program: &Program) -> Value {
    let derived: BTreeSet<u32> = program
        .differences
        .iter()
        .map(|row| row.attribute)
        .collect();
    let mut request = Map::new();
    let mut missing = BTreeSet::new();
    for entity in &program.optional_entities {
        if world.random.chance(10) {
            missing.insert(entity.as_str());
        }
    }
    for (number, info) in (0u32..).zip(&program.attributes) {
        let Some((entity, member)) = info.name.split_once('.') else {
            continue;
        };
        if derived.contains(&number) || missing.contains(entity) {
            continue;
        }
        let value = own_value(world, info);
        let object = request.entry(entity).or_insert_with(|| json!({}));
        if let Some(object) = object.as_object_mut() {
            put(object, member, value);
        }
    }
    Value::Object(request)
}

fn own_value(world: &mut World, info: &AttributeInfo) -> Option<Value> {
    let Kind::Set(of) = &info.kind else {
        return world.any(&info.name);
    };
    if **of != Kind::Record {
        let (count, named) = if **of == Kind::Guid { GROUPS } else { (4, 2) };
        return Some(json!(world.elements(&info.name, named, count)));
    }
    let records = (0..2).map(|_| {
        let fields = world.record(&info.name).into_iter();
        Value::Object(fields.map(|(name, text)| (name, json!(text))).collect())
    });
    Some(records.collect())
}
