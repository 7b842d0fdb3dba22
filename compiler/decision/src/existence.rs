//! Which sign-ins can exist.
//!
//! A space tells sign-ins apart that nobody will ever see: an unregistered device with a model, a
//! workload identity in a group. What cannot be is said by *rows* of clauses over the classes, one
//! row for each line of `docs/semantics.md`, §14, so that each can be read, and switched off.
//!
//! A clause here speaks of *unknown* as of any other class: whether a fact is known depends on other
//! facts too (an unknown device has no known attribute).

use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::Schema;
use gatewright_value::vocabulary::{ClientApp, IdentityKind, TargetKind, TransferMethod};
use gatewright_value::{Element, Kind, Record, Truth, fold};

use crate::atom::{ClassKind, Question, TargetSet};
use crate::attributes::Attributes;
use crate::build::Stated;
use crate::class_set::ClassSet;
use crate::context::{Asked, Context};
use crate::formula::{Formula, Literal};
use crate::space::{Classes, Space, Variable};

/// A reason for which sign-ins cannot exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name, by which it is switched off.
    pub name: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// Each has to hold: in one of these sets is the class of its variable. The sets may hold the
    /// unknown class.
    pub clauses: Vec<Vec<Literal>>,
    /// Formulas of which *if the first certainly holds, so does the second* must be true; for what
    /// is said about more than classes.
    pub implications: Vec<(Formula<Literal>, Formula<Literal>)>,
}

/// What is known beside the policies, of who can sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Groups of which a complete directory knows no member, by id.
    pub empty_groups: Vec<String>,
    /// Roles that nobody holds, by id.
    pub empty_roles: Vec<String>,
}

/// The names of all rows, in order, with what they say.
pub const ROWS: &[(&str, &str)] = &[
    (
        "values",
        "every fact has a value of its type: no level outside an enumeration, null only where there may be none",
    ),
    (
        "unregisteredDevice",
        "every attribute of an unregistered device is null, and a registered device has a trust type",
    ),
    (
        "legacyClient",
        "a legacy client shows no device, no second factor, no terms and no custom control",
    ),
    ("deviceCodeFlow", "the device code flow shows no device"),
    (
        "oneIdentity",
        "a sign-in has one identity class, and one without an id has no attributes",
    ),
    (
        "oneTarget",
        "a sign-in asks for one kind of target, and for resources it reaches at least one",
    ),
    (
        "address",
        "an address maps to one country at most, and to none exactly if it is unmapped",
    ),
    (
        "directory",
        "a group or a role that a complete directory gives to nobody is held by nobody",
    ),
    (
        "compliance",
        "a device is compliant only if what it reports satisfies the compliance policies",
    ),
];

/// Kinds of client that cannot do modern authentication.
const LEGACY: [ClientApp; 3] = [
    ClientApp::ExchangeActiveSync,
    ClientApp::EasSupported,
    ClientApp::Other,
];

/// What the rows ask about, so that it is part of the space even where no policy asks.
pub(crate) fn anchors<'c>(cx: &'c Context<'_>) -> Vec<Asked<'c>> {
    if !cx.set.schema.is_entra {
        return Vec::new();
    }
    let identities = [
        IdentityKind::User,
        IdentityKind::AgentUser,
        IdentityKind::ServicePrincipal,
        IdentityKind::Agent,
    ];
    let targets = [
        TargetKind::Apps,
        TargetKind::UserAction,
        TargetKind::AuthenticationContext,
    ];
    let anything = TargetSet::new(true, Vec::new());
    vec![
        cx.equals("signin.identity", identities.map(IdentityKind::name)),
        cx.equals("signin.target", targets.map(TargetKind::name)),
        cx.equals("signin.client", LEGACY.map(ClientApp::name)),
        cx.equals("session.flow", [TransferMethod::DeviceCodeFlow.name()]),
        cx.ask("app.ids", Question::Reaches(anything)),
        cx.is_true("device.isregistered"),
        cx.is_true("device.iscompliant"),
        cx.equals("device.trusttype", ["ServerAD"]),
        cx.is_true("signin.enrollmentservice"),
        cx.ask("location.ip", Question::IsNull(ClassKind::Ordered)),
        cx.ask("location.country", Question::IsNull(ClassKind::Text)),
        cx.is_true("location.isunmapped"),
    ]
}

/// The rows for a space that was made by [`join`](crate::join()), in the order of [`ROWS`]. Of a
/// schema of one's own only the first one says something. Cost: linear in the variables.
#[must_use]
pub fn existence(
    set: &PolicySet,
    space: &Space,
    compliance: &[Vec<Stated>],
    population: &Population,
) -> Vec<Row> {
    let of = Attributes {
        schema: &set.schema,
        space,
    };
    let found = Found {
        of,
        schema: &set.schema,
        space,
    };
    let rows = ROWS.iter().map(|(name, sentence)| {
        let mut row = Row {
            name,
            sentence,
            clauses: Vec::new(),
            implications: Vec::new(),
        };
        match *name {
            "values" => row.clauses = found.values(),
            _ if !set.schema.is_entra => {}
            "unregisteredDevice" => row.clauses = found.unregistered_device(),
            "legacyClient" => row.clauses = found.legacy_client(),
            "deviceCodeFlow" => row.clauses = found.device_code_flow(),
            "oneIdentity" => row.clauses = found.one_identity(),
            "oneTarget" => row.clauses = found.one_target(),
            "address" => row.clauses = found.address(),
            "directory" => row.clauses = found.directory(population),
            _ => row.implications = found.compliance(set, compliance),
        }
        row
    });
    rows.collect()
}

/// Where things are in the space.
struct Found<'s> {
    of: Attributes<'s>,
    schema: &'s Schema,
    space: &'s Space,
}

impl<'s> Found<'s> {
    /// That nothing is there to ask about, per variable about one of these entities: null, the
    /// empty set, and whatever follows from them.
    fn absent<'f>(&'f self, entities: &'f [&str]) -> impl Iterator<Item = Literal> + use<'f, 's> {
        self.of.variables().filter_map(|(number, variable)| {
            let name = self.of.name(variable.attribute);
            let (entity, _) = name.split_once('.')?;
            let is_optional = self
                .schema
                .attribute(variable.attribute)
                .is_none_or(|attribute| attribute.is_optional);
            let is_of = entities.iter().any(|one| one.eq_ignore_ascii_case(entity));
            let class = match variable.null_class() {
                // What is never null says nothing here.
                Some(_) if !is_optional => return None,
                Some(null) => null,
                None => 0,
            };
            is_of.then(|| Literal {
                variable: number,
                classes: ClassSet::run(class, class),
            })
        })
    }

    fn values(&self) -> Vec<Vec<Literal>> {
        let mut clauses = Vec::new();
        for (number, variable) in self.of.variables() {
            let Some(attribute) = self.schema.attribute(variable.attribute) else {
                continue;
            };
            let mut never = Vec::new();
            if !attribute.is_optional {
                never.extend(variable.null_class());
            }
            let closed = match &attribute.kind {
                Kind::Enumeration {
                    members,
                    is_open: false,
                } => Some(members),
                _ => None,
            };
            if let (Classes::Text(entries), Some(members)) = (&variable.classes, closed) {
                let is_named = |member: &String| {
                    let member = fold(member);
                    entries.iter().any(|c| c.is_exact && c.text == member)
                };
                if members.iter().all(is_named) {
                    never.push(0);
                }
            }
            clauses.extend(
                never
                    .into_iter()
                    .map(|class| vec![self.space.any_other(&one(number, class))]),
            );
        }
        clauses
    }

    fn unregistered_device(&self) -> Vec<Vec<Literal>> {
        let Some((number, _)) = self.of.variable("device.isregistered") else {
            return Vec::new();
        };
        let registered = |class: u32| Literal {
            variable: number,
            classes: ClassSet::run(class, class),
        };
        let (no, yes, unknown) = (0, 1, 3);
        let not = |class| self.space.any_other(&registered(class));
        let mut clauses = Vec::new();
        for absent in self.absent(&["device", "setting"]) {
            let last = self.space.known(absent.variable);
            let missing = Literal {
                variable: absent.variable,
                classes: ClassSet::run(last, last),
            };
            let variable = self.space.variables.get(absent.variable as usize);
            let of_device = variable.is_some_and(|variable| {
                fold(self.of.name(variable.attribute)).starts_with("device.")
            });
            clauses.push(vec![not(no), absent]);
            if of_device {
                clauses.push(vec![not(unknown), missing]);
            }
        }
        let null = self.of.is_null("device.trusttype");
        clauses.extend(null.map(|null| vec![not(yes), self.space.any_other(&null)]));
        clauses
    }

    /// That the device is not registered.
    fn unregistered(&self) -> Option<Literal> {
        self.of.is("device.isregistered", false)
    }

    fn legacy_client(&self) -> Vec<Vec<Literal>> {
        let legacy = self
            .of
            .equals("signin.client", &LEGACY.map(ClientApp::name));
        self.implies(legacy, self.unregistered())
    }

    fn device_code_flow(&self) -> Vec<Vec<Literal>> {
        let flow = self
            .of
            .equals("session.flow", &[TransferMethod::DeviceCodeFlow.name()]);
        self.implies(flow, self.unregistered())
    }

    fn implies(&self, first: Option<Literal>, then: Option<Literal>) -> Vec<Vec<Literal>> {
        let pair = first.zip(then);
        pair.map(|(first, then)| vec![vec![self.space.any_other(&first), then]])
            .unwrap_or_default()
    }

    fn one_identity(&self) -> Vec<Vec<Literal>> {
        let mut clauses = Vec::new();
        let users = [IdentityKind::User.name(), IdentityKind::AgentUser.name()];
        let rows: [(&[&str], &[&str]); 3] = [
            (&users, &["servicePrincipal", "agent"]),
            (&[IdentityKind::ServicePrincipal.name()], &["user", "agent"]),
            (&[IdentityKind::Agent.name()], &["user", "servicePrincipal"]),
        ];
        for (identities, others) in rows {
            for absent in self.absent(others) {
                clauses.extend(
                    self.implies(self.of.equals("signin.identity", identities), Some(absent)),
                );
            }
        }
        // SEMANTICS: §1.3. Of a service principal it is true where nothing is said.
        let principal = [IdentityKind::ServicePrincipal.name()];
        let principal = self.of.equals("signin.identity", &principal);
        let owned = self.of.is_null("serviceprincipal.isowned");
        let owned = owned.map(|null| self.space.any_other(&null));
        clauses.extend(self.implies(principal, owned));
        clauses.extend(self.unnamed(IdentityKind::ServicePrincipal, "servicePrincipal"));
        clauses.extend(self.unnamed(IdentityKind::Agent, "agent"));
        clauses
    }

    // SEMANTICS: §16.1, §16.2
    /// That an identity without an id has no custom security attributes, as they are listed by id;
    /// and that whose they are is not known where the id is not.
    fn unnamed(&self, kind: IdentityKind, entity: &str) -> Vec<Vec<Literal>> {
        let of_kind = self.of.equals("signin.identity", &[kind.name()]);
        let id = self.of.is_null(&fold(&format!("{entity}.id")));
        let Some((of_kind, no_id)) = of_kind.zip(id) else {
            return Vec::new();
        };
        let open_id = one(no_id.variable, self.space.known(no_id.variable));
        let other = self.space.any_other(&of_kind);
        let [named, known] = [no_id, open_id].map(|id| self.space.any_other(&id));
        let mut clauses = Vec::new();
        for (number, variable) in self.of.variables() {
            let Classes::Some(predicate) = &variable.classes else {
                continue;
            };
            if self.of.name(variable.attribute) != format!("{entity}.attributes") {
                continue;
            }
            let unknown = one(number, variable.unknown_class());
            // No field is there that a pattern could be searched in.
            let nothing = Element::Record(&Record::new());
            let answer = predicate.evaluate(nothing, &mut String::new(), |_, _| false);
            let empty = match answer {
                Truth::False => one(number, 0),
                Truth::True => one(number, 1),
                Truth::Unknown => unknown.clone(),
            };
            clauses.push(vec![other.clone(), named.clone(), empty, unknown.clone()]);
            clauses.push(vec![other.clone(), known.clone(), unknown]);
        }
        clauses
    }

    fn one_target(&self) -> Vec<Vec<Literal>> {
        let target = |kind: TargetKind| self.of.equals("signin.target", &[kind.name()]);
        let mut clauses = Vec::new();
        let apps = target(TargetKind::Apps);
        let others = apps.clone().map(|apps| self.space.any_other(&apps));
        for (number, variable) in self.of.variables() {
            let name = fold(self.of.name(variable.attribute));
            if name != "app.ids" && name != "app.resources" {
                continue;
            }
            let reached = |class: u32| Literal {
                variable: number,
                classes: ClassSet::run(class, class),
            };
            clauses.extend(self.implies(others.clone(), Some(reached(0))));
            let is_anything = matches!(&variable.classes, Classes::Reaches(set)
                if set.is_complement && set.listed.is_empty());
            if is_anything {
                clauses.extend(self.implies(apps.clone(), Some(self.space.any_other(&reached(0)))));
            }
        }
        let actions = [
            ("app.action", TargetKind::UserAction),
            ("app.context", TargetKind::AuthenticationContext),
        ];
        for (name, kind) in actions {
            let of_kind = target(kind);
            let not_null = self
                .of
                .is_null(name)
                .map(|null| self.space.any_other(&null));
            clauses.extend(self.implies(of_kind.clone(), not_null));
            let other = of_kind.map(|of_kind| self.space.any_other(&of_kind));
            clauses.extend(self.implies(other, self.of.is_null(name)));
        }
        let baseline = self.of.is("signin.baselinescopesonly", true);
        clauses.extend(self.implies(baseline, apps));
        clauses
    }

    fn address(&self) -> Vec<Vec<Literal>> {
        let (Some((ip, of_ip)), Some((country, of_country)), Some((unmapped, _))) = (
            self.of.variable("location.ip"),
            self.of.variable("location.country"),
            self.of.variable("location.isunmapped"),
        ) else {
            return Vec::new();
        };
        let not = |variable, class| self.space.any_other(&one(variable, class));
        let (false_, true_, unknown) = (0, 1, 3);
        let null = |variable: &Variable| variable.null_class().unwrap_or_default();
        let (ip_null, ip_unknown) = (null(of_ip), of_ip.unknown_class());
        let (no_country, some_country) = (null(of_country), of_country.unknown_class());
        // By the country: given, unknown, or none; then by the address.
        let is_given = Literal {
            variable: country,
            classes: ClassSet::run(no_country, some_country),
        };
        vec![
            vec![is_given, one(unmapped, false_)],
            vec![not(country, some_country), one(unmapped, unknown)],
            vec![
                not(country, no_country),
                not(ip, ip_null),
                one(unmapped, false_),
            ],
            vec![
                not(country, no_country),
                not(ip, ip_unknown),
                one(unmapped, unknown),
            ],
            vec![
                not(country, no_country),
                one(ip, ip_null),
                one(ip, ip_unknown),
                one(unmapped, true_),
            ],
        ]
    }

    fn directory(&self, population: &Population) -> Vec<Vec<Literal>> {
        let empty = |name: &str| match name {
            "user.groups" => population.empty_groups.as_slice(),
            "user.roles" => population.empty_roles.as_slice(),
            _ => &[],
        };
        let mut clauses = Vec::new();
        for (number, variable) in self.of.variables() {
            let Classes::Has(element) = &variable.classes else {
                continue;
            };
            let name = fold(self.of.name(variable.attribute));
            if empty(&name).iter().any(|id| fold(id) == element.as_str()) {
                clauses.push(vec![self.space.any_other(&one(number, 1))]);
            }
        }
        clauses
    }

    // SEMANTICS: §19.4. That a device is noncompliant needs no reason: its check-in may be stale.
    fn compliance(
        &self,
        set: &PolicySet,
        stated: &[Vec<Stated>],
    ) -> Vec<(Formula<Literal>, Formula<Literal>)> {
        let policies = &set.compliance.policies;
        let unmanaged = self.of.is_null("device.managedplatform");
        let unmarked = self.of.is_null("device.iscompliant");
        let marked = unmarked.map(|null| Formula::Literal(self.space.known_other(&null)));
        if policies.is_empty() {
            // SEMANTICS: §19.1. Nothing derives the mark, and a managed device has no other one.
            let unmanaged = unmanaged.map(Formula::Literal);
            return marked.zip(unmanaged).into_iter().collect();
        }
        let Some(compliant) = self.of.is("device.iscompliant", true) else {
            return Vec::new();
        };
        let compliant = Formula::Literal(compliant);
        let assigned = |conditions: &Vec<Stated>| {
            let first = conditions.first();
            first.map_or(Formula::False, |one| (*one.formula).clone())
        };
        let mut found = Vec::new();
        for (policy, conditions) in policies.iter().zip(stated) {
            if policy.grace_hours() > 0 {
                continue;
            }
            let met = conditions.iter().skip(1);
            let met = Formula::all(met.map(|one| (*one.formula).clone()));
            found.push((Formula::all([compliant.clone(), assigned(conditions)]), met));
        }
        if set.compliance.is_secure_by_default {
            let some = Formula::any(stated.iter().map(assigned));
            found.push((compliant, some));
        }
        // What device management says, it says of the devices that it knows, and of all of them.
        let managed = unmanaged.map(|null| Formula::Literal(self.space.known_other(&null)));
        if let Some((marked, managed)) = marked.zip(managed) {
            found.extend([(marked.clone(), managed.clone()), (managed, marked)]);
        }
        found
    }
}

/// That a variable is at a class.
fn one(variable: u32, class: u32) -> Literal {
    Literal {
        variable,
        classes: ClassSet::run(class, class),
    }
}
