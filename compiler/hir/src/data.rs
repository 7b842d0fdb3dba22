//! What is known about every tenant: built-in roles, well-known applications, groups of
//! applications, built-in authentication strengths, locations with fixed ids.
//!
//! Each is a plain table under `data/`, one line per entry, so that a new role is one line. A line
//! that cannot be read is left out; a test holds that there is none.

use std::sync::LazyLock;

use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;
use gatewright_value::vocabulary::Method;

use crate::model::{AppGroup, Combination, ObjectName, Strength};

/// The tables.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Roles, applications and locations, by table, then by line.
    pub objects: Vec<KnownObject>,
    /// Groups of applications, by name.
    pub app_groups: Vec<AppGroup>,
    /// Built-in strengths, by id.
    pub strengths: Vec<KnownStrength>,
}

/// An object that exists in every tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownObject {
    /// What kind of object.
    pub kind: ObjectKind,
    /// Its id; for roles the template id.
    pub id: String,
    /// The name that policies use: `GlobalAdministrator`.
    pub identifier: String,
    /// What people call it: `Global Administrator`.
    pub display_name: String,
}

/// A built-in strength with the name that policies use.
#[derive(Clone, Debug)]
pub struct KnownStrength {
    /// `PhishingResistantMfa`
    pub identifier: String,
    /// The strength.
    pub strength: Strength,
}

impl Data {
    /// The tables that come with the compiler.
    #[must_use]
    pub fn built_in() -> &'static Data {
        static BUILT_IN: LazyLock<Data> = LazyLock::new(|| Data {
            objects: [
                (ObjectKind::Role, include_str!("../data/roles.txt")),
                (ObjectKind::App, include_str!("../data/apps.txt")),
                (ObjectKind::Location, include_str!("../data/locations.txt")),
            ]
            .into_iter()
            .flat_map(|(kind, table)| lines(table).filter_map(move |line| object(kind, line)))
            .collect(),
            app_groups: app_groups(include_str!("../data/app-groups.txt")),
            strengths: strengths(include_str!("../data/strengths.txt")),
        });
        &BUILT_IN
    }

    /// The object of this kind with this identifier, in any case.
    #[must_use]
    pub fn find(&self, kind: ObjectKind, identifier: &str) -> Option<&KnownObject> {
        self.objects
            .iter()
            .find(|o| o.kind == kind && o.identifier.eq_ignore_ascii_case(identifier))
    }

    /// The object of this kind with this id, in any case.
    #[must_use]
    pub fn find_id(&self, kind: ObjectKind, id: &str) -> Option<&KnownObject> {
        self.objects
            .iter()
            .find(|o| o.kind == kind && o.id.eq_ignore_ascii_case(id))
    }

    /// The built-in strength with this identifier, in any case.
    #[must_use]
    pub fn find_strength(&self, identifier: &str) -> Option<&KnownStrength> {
        self.strengths
            .iter()
            .find(|s| s.identifier.eq_ignore_ascii_case(identifier))
    }

    /// The group of applications with this name, in any case.
    #[must_use]
    pub fn find_app_group(&self, name: &str) -> Option<&AppGroup> {
        self.app_groups
            .iter()
            .find(|g| g.name.eq_ignore_ascii_case(name))
    }

    /// Display names for the ids of these tables.
    #[must_use]
    pub fn names(&self) -> Vec<ObjectName> {
        self.objects
            .iter()
            .map(|o| ObjectName {
                kind: o.kind,
                id: o.id.clone(),
                name: o.display_name.clone(),
                span: None,
            })
            .collect()
    }

    /// The built-in strengths, by id.
    #[must_use]
    pub fn built_in_strengths(&self) -> Vec<Strength> {
        self.strengths.iter().map(|s| s.strength.clone()).collect()
    }
}

fn lines(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn object(kind: ObjectKind, line: &str) -> Option<KnownObject> {
    let mut columns = line.splitn(3, ' ');
    Some(KnownObject {
        kind,
        id: columns.next()?.to_owned(),
        identifier: columns.next()?.to_owned(),
        display_name: columns.next()?.to_owned(),
    })
}

fn app_groups(table: &str) -> Vec<AppGroup> {
    let mut groups: Vec<AppGroup> = Vec::new();
    for line in lines(table) {
        let (name, app) = line
            .split_once(' ')
            .map_or((line, None), |(n, a)| (n, Some(a)));
        let app = app.map(|id| fold(id).into_owned());
        match groups.iter_mut().find(|g| g.name == name) {
            Some(group) => group.apps.extend(app),
            None => {
                groups.push(AppGroup {
                    name: name.to_owned(),
                    apps: app.into_iter().collect(),
                });
            }
        }
    }
    for group in &mut groups {
        group.apps.sort_unstable();
        group.apps.dedup();
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

fn strengths(table: &str) -> Vec<KnownStrength> {
    let mut strengths: Vec<KnownStrength> = Vec::new();
    for line in lines(table) {
        if let Some(head) = line.strip_prefix("strength ") {
            strengths.extend(
                object(ObjectKind::Strength, head).map(|known| KnownStrength {
                    identifier: known.identifier,
                    strength: Strength {
                        id: known.id,
                        display_name: known.display_name,
                        combinations: Vec::new(),
                        span: None,
                    },
                }),
            );
        } else if let (Some(known), Some(methods)) = (strengths.last_mut(), methods(line)) {
            known.strength.combinations.push(Combination {
                methods,
                is_restricted: false,
            });
        }
    }
    strengths
}

fn methods(line: &str) -> Option<Vec<Method>> {
    let mut methods: Vec<Method> = line.split('+').map(Method::parse).collect::<Option<_>>()?;
    methods.sort_unstable();
    methods.dedup();
    Some(methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_count(table: &str) -> usize {
        lines(table).count()
    }

    #[test]
    fn every_line_of_the_tables_is_read() {
        let data = Data::built_in();
        let wanted = line_count(include_str!("../data/roles.txt"))
            + line_count(include_str!("../data/apps.txt"))
            + line_count(include_str!("../data/locations.txt"));
        assert_eq!(data.objects.len(), wanted);
        let combinations: usize = data
            .strengths
            .iter()
            .map(|s| s.strength.combinations.len())
            .sum();
        let table = include_str!("../data/strengths.txt");
        assert_eq!(combinations + data.strengths.len(), line_count(table));
    }

    #[test]
    fn ids_are_guids_and_identifiers_are_unique_per_kind() {
        let data = Data::built_in();
        for (at, object) in data.objects.iter().enumerate() {
            assert_eq!(object.id.len(), 36, "{}", object.identifier);
            assert!(
                object.identifier.chars().all(char::is_alphanumeric),
                "{}",
                object.identifier
            );
            for other in data.objects.iter().skip(at + 1) {
                assert!(other.kind != object.kind || other.identifier != object.identifier);
                assert!(
                    other.kind != object.kind || other.id != object.id,
                    "{}",
                    object.id
                );
            }
        }
    }

    #[test]
    fn each_built_in_strength_implies_the_one_before() {
        let strengths = Data::built_in().built_in_strengths();
        let counts: Vec<usize> = strengths.iter().map(|s| s.combinations.len()).collect();
        assert_eq!(counts, [19, 4, 3]);
        for pair in strengths.windows(2) {
            for combination in &pair[1].combinations {
                assert!(pair[0].combinations.contains(combination));
            }
        }
    }

    #[test]
    fn groups_of_applications_are_found_in_any_case() {
        let office = Data::built_in().find_app_group("office365").unwrap();
        assert!(
            office
                .apps
                .contains(&"00000002-0000-0ff1-ce00-000000000000".to_owned())
        );
        assert!(
            Data::built_in()
                .find_app_group("AllAgentIdResources")
                .unwrap()
                .apps
                .is_empty()
        );
    }
}
