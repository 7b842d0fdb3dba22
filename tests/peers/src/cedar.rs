//! Cedar: every policy is a `permit` with its condition in `when`; the determining policies of the
//! answer are those that apply. Groups and roles are parents of the user.
//!
//! *Sliced*: a set of policies for each application, made before. Timed: `is_authorized` and
//! combining; from bytes, reading and making the request and the entities as well.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, RestrictedExpression,
};
use gatewright_tests::workload::model::{Guid, SignIn};
use gatewright_tests::workload::{Workload, tenant};

use crate::condition::{Condition, Flat, combine, condition};
use crate::contender::{Contract, Field, From, Outcome, Pair};
use crate::parsing;

fn text(of: &Condition, into: &mut String) {
    let list = |kind: &str, ids: &[String]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("{kind}{id:?}")).collect();
        format!("[{}]", ids.join(", "))
    };
    let _ = match of {
        Condition::Not(inner) => {
            into.push_str("!(");
            text(inner, into);
            write!(into, ")")
        }
        Condition::All(inner) => joined(inner, " && ", "true", into),
        Condition::Any(inner) => joined(inner, " || ", "false", into),
        Condition::User(ids) => write!(into, "principal in {}", list("User::", ids)),
        Condition::Group(ids) => write!(into, "principal in {}", list("Group::", ids)),
        Condition::Role(ids) => write!(into, "principal in {}", list("Role::", ids)),
        Condition::App(ids) => write!(into, "resource in {}", list("App::", ids)),
        Condition::Place(ids) => write!(into, "context.places.containsAny({})", list("", ids)),
        Condition::Is(name, texts) => match texts.as_slice() {
            [one] => write!(into, "context.{name} == {one:?}"),
            _ => write!(into, "{}.contains(context.{name})", list("", texts)),
        },
        Condition::Starts(name, start) => write!(into, "context.{name} like \"{start}*\""),
        Condition::Contains(name, part) => write!(into, "context.{name} like \"*{part}*\""),
    };
}

fn joined(parts: &[Condition], word: &str, none: &str, into: &mut String) -> std::fmt::Result {
    into.push('(');
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            into.push_str(word);
        }
        text(part, into);
    }
    if parts.is_empty() {
        into.push_str(none);
    }
    into.push(')');
    Ok(())
}

/// The names of types, looked up once.
struct Types {
    user: EntityTypeName,
    group: EntityTypeName,
    role: EntityTypeName,
    app: EntityTypeName,
    action: EntityUid,
}

impl Types {
    fn new() -> Types {
        let name = |text| EntityTypeName::from_str(text).expect("a name");
        Types {
            user: name("User"),
            group: name("Group"),
            role: name("Role"),
            app: name("App"),
            action: EntityUid::from_str("Action::\"signIn\"").expect("an action"),
        }
    }

    fn request(&self, flat: &Flat) -> (Request, Entities) {
        let id = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let user = id(&self.user, &flat.user);
        let groups = flat.groups.iter().map(|group| id(&self.group, group));
        let roles = flat.roles.iter().map(|role| id(&self.role, role));
        let parents: HashSet<EntityUid> = groups.chain(roles).collect();
        let entities = Entities::from_entities([Entity::new_no_attrs(user.clone(), parents)], None);
        let string = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let texts = flat
            .texts()
            .map(|(name, text)| (name.to_owned(), string(text)));
        let places = flat.places.iter().map(|place| string(place));
        let places = RestrictedExpression::new_set(places);
        let context = Context::from_pairs(texts.chain([("places".to_owned(), places)]));
        let app = id(&self.app, &flat.app);
        let context = context.expect("names are distinct");
        let request = Request::new(user, self.action.clone(), app, context, None);
        (
            request.expect("no schema to break"),
            entities.expect("one entity"),
        )
    }
}

struct Program {
    workload: Workload,
    authorizer: Authorizer,
    types: Types,
    whole: PolicySet,
    slices: HashMap<Guid, PolicySet>,
    numbers: HashMap<PolicyId, u32>,
}

impl Program {
    fn new(workload: &Workload, is_sliced: bool) -> Program {
        let (mut policies, mut numbers) = (Vec::new(), HashMap::new());
        for (number, policy) in (0..).zip(&workload.policies) {
            let mut body = String::from("permit(principal, action, resource) when { ");
            text(&condition(policy), &mut body);
            body.push_str(" };");
            let id = PolicyId::new(format!("p{number}"));
            numbers.insert(id.clone(), number);
            policies.push(Policy::parse(Some(id), body).expect("a policy"));
        }
        let mut slices = HashMap::new();
        if is_sliced {
            for app in (0..tenant::APPS).map(tenant::app_id) {
                let reached = policies
                    .iter()
                    .zip(&workload.policies)
                    .filter(|(_, policy)| {
                        (policy.include_apps.all || policy.include_apps.listed.contains(&app))
                            && !policy.exclude_apps.listed.contains(&app)
                    });
                let reached = reached.map(|(policy, _)| policy.clone());
                slices.insert(
                    app,
                    PolicySet::from_policies(reached).expect("distinct ids"),
                );
            }
        }
        Program {
            workload: workload.clone(),
            authorizer: Authorizer::new(),
            types: Types::new(),
            whole: PolicySet::from_policies(policies).expect("distinct ids"),
            slices,
            numbers,
        }
    }

    fn list(&self, app: Guid, (request, entities): &(Request, Entities), list: &mut Vec<u32>) {
        let policies = self.slices.get(&app).unwrap_or(&self.whole);
        let response = self.authorizer.is_authorized(request, policies, entities);
        assert!(
            response.diagnostics().errors().next().is_none(),
            "conditions have no errors"
        );
        list.clear();
        list.extend(response.diagnostics().reason().map(|id| self.numbers[id]));
        list.sort_unstable();
    }

    fn combined(&self, sign_in: &SignIn, request: &(Request, Entities), out: &mut Outcome) {
        self.list(sign_in.app, request, &mut out.list);
        out.combined = Some(combine(&self.workload, &out.list, sign_in));
    }
}

/// Natural and sliced.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let count = (48_000 / workload.policies.len()).clamp(6, 200);
    for (name, is_sliced) in [
        ("Cedar, natural", false),
        ("Cedar, sliced by application", true),
    ] {
        if !field.wants(name) {
            continue;
        }
        let program = Rc::new(field.load(name, || Program::new(workload, is_sliced)));
        let flat = |at: usize| Flat::new(&sign_ins[at], &workload.locations);
        let requests: Vec<_> = (0..count)
            .map(|at| program.types.request(&flat(at)))
            .collect();
        let requests = Rc::new(requests);
        let state = (program.clone(), requests.clone());
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                s.0.combined(&sign_ins[at], &s.1[at], out);
            }),
        );
        let state = (program.clone(), requests);
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                s.0.list(sign_ins[at].app, &s.1[at], &mut out.list);
            }),
        );
        field.add(
            name,
            Contract::Combined,
            From::Json,
            count,
            Pair::new(program, |s, at, out| {
                let sign_in = parsing::fast(&texts[at]).sign_in();
                let request = s.types.request(&Flat::new(&sign_in, &workload.locations));
                s.combined(&sign_in, &request, out);
            }),
        );
    }
}
