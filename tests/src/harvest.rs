//! Sign-ins that meet the constants of one policy set.
//!
//! [`Facts::of`] collects every id, value and address that a set speaks of; [`Facts::sign_in`]
//! draws from them, and from a few strangers, so that each condition is met and missed often.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Comparison, Control, Expr, FieldTest, LocationKind,
    LocationScope, PolicySet, Scoped, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_hir::schema::Schema;
use gatewright_value::AddressRange;

use crate::generate::world;

mod sign_in;

/// What a policy set speaks of, and a stranger of each kind.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    users: Vec<String>,
    groups: Vec<String>,
    roles: Vec<String>,
    tenants: Vec<String>,
    apps: Vec<String>,
    service_principals: Vec<String>,
    agents: Vec<String>,
    contexts: Vec<String>,
    /// Locations that a request has to speak of, because nothing is known of them.
    open_locations: Vec<String>,
    addresses: Vec<String>,
    countries: Vec<String>,
    strengths: Vec<String>,
    terms: Vec<String>,
    custom: Vec<String>,
    /// Texts that an attribute is compared with, by its name.
    texts: BTreeMap<String, Vec<String>>,
    /// Texts that a custom security attribute is compared with, by its name.
    tags: BTreeMap<String, Vec<String>>,
    /// Whether the set has compliance policies.
    derives_compliance: bool,
}

impl Facts {
    /// Everything that the set speaks of.
    #[must_use]
    pub fn of(set: &PolicySet) -> Facts {
        let mut facts = Facts::strangers();
        for location in &set.locations {
            facts.location(&location.id, &location.kind);
        }
        for strength in &set.strengths {
            facts.strengths.push(strength.id.clone());
        }
        for group in &set.app_groups {
            facts.apps.extend(group.apps.iter().take(3).cloned());
        }
        for policy in &set.policies {
            if let Some(assignments) = &policy.assignments {
                facts.assignments(&set.schema, assignments);
            }
            if let Some(when) = &policy.when {
                facts.expression(&set.schema, when);
            }
            for control in policy.outcome.requirement.iter().flat_map(|r| &r.controls) {
                match control {
                    Control::Strength(id) => facts.strengths.push(id.clone()),
                    Control::Terms(id) => facts.terms.push(id.clone()),
                    Control::Custom(id) => facts.custom.push(id.clone()),
                    Control::BuiltIn(_) | Control::Own(_) => {}
                }
            }
        }
        for policy in &set.compliance.policies {
            facts.derives_compliance = true;
            items(&policy.users).for_each(|item| facts.user(item));
        }
        let is_known = |id: &String| {
            let same = |l: &&gatewright_hir::model::NamedLocation| l.id.eq_ignore_ascii_case(id);
            let known = set.locations.iter().find(same).map(|l| &l.kind);
            !matches!(known, None | Some(LocationKind::CompliantNetwork))
        };
        facts.open_locations.retain(|id| !is_known(id));
        facts.tidy();
        facts
    }

    /// What no set speaks of.
    fn strangers() -> Facts {
        let one = |kind: &str| vec![world::id(kind, 999)];
        Facts {
            users: one("user"),
            groups: one("group"),
            roles: one("role"),
            tenants: one("tenant"),
            apps: vec![world::id("app", 999), world::DIRECTORY_APP.to_owned()],
            service_principals: one("servicePrincipal"),
            agents: one("agent"),
            contexts: vec!["c98".to_owned()],
            open_locations: one("location"),
            addresses: vec!["192.0.2.77".to_owned(), "2001:db8:ffff::1".to_owned()],
            countries: vec!["NL".to_owned(), "US".to_owned(), "KP".to_owned()],
            strengths: Vec::new(),
            terms: one("terms"),
            custom: Vec::new(),
            texts: BTreeMap::new(),
            tags: BTreeMap::new(),
            derives_compliance: false,
        }
    }

    /// Sort, so that a draw does not depend on the order of policies or of their items.
    fn tidy(&mut self) {
        let lists = [
            &mut self.users,
            &mut self.groups,
            &mut self.roles,
            &mut self.tenants,
            &mut self.apps,
            &mut self.service_principals,
            &mut self.agents,
            &mut self.contexts,
            &mut self.open_locations,
            &mut self.addresses,
            &mut self.countries,
            &mut self.strengths,
            &mut self.terms,
            &mut self.custom,
        ];
        let by_name = self.texts.values_mut().chain(self.tags.values_mut());
        for list in lists.into_iter().chain(by_name) {
            list.sort();
            list.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        }
    }

    fn location(&mut self, id: &str, kind: &LocationKind) {
        match kind {
            LocationKind::Ranges { ranges, .. } => self.ranges(ranges),
            LocationKind::Countries {
                countries, by_gps, ..
            } => {
                self.countries.extend(countries.iter().take(4).cloned());
                if *by_gps {
                    self.open_locations.push(id.to_owned());
                }
            }
            LocationKind::CompliantNetwork => self.open_locations.push(id.to_owned()),
        }
    }

    /// The ends of ranges and what lies next to them.
    fn ranges(&mut self, ranges: &[AddressRange]) {
        for range in ranges {
            let next = [range.first.checked_sub(1), range.last.checked_add(1)];
            for key in [range.first, range.last]
                .into_iter()
                .chain(next.into_iter().flatten())
            {
                self.addresses.push(address(key));
            }
        }
    }

    fn assignments(&mut self, schema: &Schema, assignments: &Assignments) {
        match &assignments.who {
            Who::Users(users) => items(users).for_each(|item| self.user(item)),
            Who::ServicePrincipals(scope) => {
                for item in items(scope) {
                    match item {
                        ServicePrincipalScope::Id(id) => self.service_principals.push(id.clone()),
                        ServicePrincipalScope::Filter(filter) => {
                            self.expression(schema, &filter.rule);
                        }
                        ServicePrincipalScope::Owned | ServicePrincipalScope::None => {}
                    }
                }
            }
            Who::Agents(scope) => {
                for item in items(scope) {
                    match item {
                        AgentScope::Id(id) => self.agents.push(id.clone()),
                        AgentScope::Filter(filter) => self.expression(schema, &filter.rule),
                        AgentScope::All | AgentScope::None => {}
                    }
                }
            }
        }
        match &assignments.target {
            Target::Apps(apps) => self.app_items(schema, apps),
            Target::Contexts(contexts) => self.contexts.extend(contexts.members.iter().cloned()),
            Target::Actions(_) | Target::Nothing(_) => {}
        }
        if let Some(locations) = &assignments.locations {
            self.location_items(locations);
        }
        if let Some(filter) = &assignments.devices {
            self.expression(schema, &filter.rule);
        }
    }

    fn user(&mut self, item: &UserScope) {
        match item {
            UserScope::User(id) => self.users.push(id.clone()),
            UserScope::Group(id) => self.groups.push(id.clone()),
            UserScope::Role(id) => self.roles.push(id.clone()),
            UserScope::Guests(guests) => {
                self.tenants
                    .extend(guests.tenants.iter().flatten().cloned());
            }
            UserScope::All | UserScope::None | UserScope::AllAgentUsers => {}
        }
    }

    fn app_items(&mut self, schema: &Schema, apps: &Scoped<AppScope>) {
        for item in items(apps) {
            match item {
                AppScope::App(id) => self.apps.push(id.clone()),
                AppScope::Filter(filter) => self.expression(schema, &filter.rule),
                AppScope::All | AppScope::None | AppScope::Group(_) => {}
            }
        }
    }

    fn location_items(&mut self, locations: &Scoped<LocationScope>) {
        for item in items(locations) {
            if let LocationScope::Named(id) = item {
                self.open_locations.push(id.clone());
            }
        }
    }

    fn expression(&mut self, schema: &Schema, expr: &Expr) {
        match expr {
            Expr::Not(inner) => self.expression(schema, inner),
            Expr::All(parts) | Expr::Any(parts) => {
                parts.iter().for_each(|part| self.expression(schema, part));
            }
            Expr::Location(scope) => self.location_items(scope),
            Expr::App(scope) => self.app_items(schema, scope),
            Expr::Some(some) => {
                let set = schema.attribute(some.collection);
                self.elements(set.map_or("", |a| a.name.as_str()), &some.body);
            }
            Expr::Field(test) => self.tag(test),
            Expr::Constant(_) | Expr::Unknown(_) => {}
            Expr::Test(test) => {
                let name = schema
                    .attribute(test.attribute)
                    .map_or("", |a| a.name.as_str());
                match &test.comparison {
                    Comparison::InRange(ranges) => self.ranges(ranges),
                    comparison => self.attribute(name, texts_of(comparison)),
                }
            }
        }
    }

    /// What elements of a set are compared with.
    fn elements(&mut self, set: &str, body: &Expr) {
        match body {
            Expr::Not(inner) => self.elements(set, inner),
            Expr::All(parts) | Expr::Any(parts) => {
                parts.iter().for_each(|part| self.elements(set, part));
            }
            Expr::Field(test) if test.field.is_empty() => {
                self.attribute(set, texts_of(&test.comparison));
            }
            Expr::Field(test) if test.field == "id" => {
                self.apps.extend(texts_of(&test.comparison).iter().cloned());
            }
            Expr::Field(test) => self.tag(test),
            _ => {}
        }
    }

    fn tag(&mut self, test: &FieldTest) {
        let texts = self.tags.entry(test.field.clone()).or_default();
        texts.extend(texts_of(&test.comparison).iter().cloned());
    }

    fn attribute(&mut self, name: &str, texts: &[String]) {
        let list = match name {
            "user.id" => &mut self.users,
            "user.groups" => &mut self.groups,
            "user.roles" => &mut self.roles,
            "user.homeTenant" => &mut self.tenants,
            "app.ids" => &mut self.apps,
            "app.context" => &mut self.contexts,
            "servicePrincipal.id" => &mut self.service_principals,
            "agent.id" => &mut self.agents,
            "location.names" => &mut self.open_locations,
            "location.country" => &mut self.countries,
            _ => self.texts.entry(name.to_owned()).or_default(),
        };
        list.extend(texts.iter().cloned());
    }
}

fn texts_of(comparison: &Comparison) -> &[String] {
    match comparison {
        Comparison::OneOf(texts)
        | Comparison::StartsWith(texts)
        | Comparison::EndsWith(texts)
        | Comparison::Contains(texts)
        | Comparison::Has(texts) => texts,
        _ => &[],
    }
}

fn items<T>(scope: &Scoped<T>) -> impl Iterator<Item = &T> {
    scope
        .include
        .iter()
        .chain(&scope.exclude)
        .map(|item| &item.value)
}

fn address(key: u128) -> String {
    let v6 = Ipv6Addr::from(key);
    v6.to_ipv4_mapped()
        .map_or(IpAddr::V6(v6), IpAddr::V4)
        .to_string()
}
