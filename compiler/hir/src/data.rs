//! What is known about every tenant: built-in roles, well-known applications, groups of
//! applications, built-in authentication strengths, locations with fixed ids.
//!
//! Each is a plain table under `data/`, one line per entry, so that a new role is one line. A
//! project can bring tables of its own in the same formats; what they say wins over what is built
//! in. A line that cannot be read is left out and told.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;
use gatewright_value::vocabulary::Method;

use crate::model::{AppGroup, Combination, GraphForm, ObjectName, Strength};
use crate::problems::data as problem;

/// The tables.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Roles, applications and locations, by table, then by line.
    pub objects: Vec<KnownObject>,
    /// Groups of applications, by name.
    pub app_groups: Vec<AppGroup>,
    /// Built-in strengths, by id.
    pub strengths: Vec<KnownStrength>,
    /// What tables of a project say, by kind, with where: ids and names, folded.
    own: BTreeMap<(ObjectKind, String), (KnownObject, Span)>,
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
        static BUILT_IN: LazyLock<Data> = LazyLock::new(|| {
            Data::of(&[
                (Table::Roles, include_str!("../data/roles.txt")),
                (Table::Apps, include_str!("../data/apps.txt")),
                (Table::Locations, include_str!("../data/locations.txt")),
                (Table::AppGroups, include_str!("../data/app-groups.txt")),
                (Table::Strengths, include_str!("../data/strengths.txt")),
            ])
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
                form: GraphForm::default(),
                is_per_device: false,
                is_unpublished: false,
            })
            .collect()
    }

    /// The built-in strengths, by id.
    #[must_use]
    pub fn built_in_strengths(&self) -> Vec<Strength> {
        self.strengths.iter().map(|s| s.strength.clone()).collect()
    }
}

/// A table that a project can add to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Role templates: id, name, display name.
    Roles,
    /// Applications: id, name, display name.
    Apps,
    /// Locations with fixed ids: id, name, display name.
    Locations,
    /// Groups of applications: name, application id.
    AppGroups,
    /// Authentication strengths with their combinations.
    Strengths,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 5] = [
        Table::Roles,
        Table::Apps,
        Table::Locations,
        Table::AppGroups,
        Table::Strengths,
    ];

    /// What a manifest calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Roles => "roles",
            Table::Apps => "apps",
            Table::Locations => "locations",
            Table::AppGroups => "app-groups",
            Table::Strengths => "strengths",
        }
    }

    /// What a line looks like.
    fn format(self) -> &'static str {
        match self {
            Table::Roles | Table::Apps | Table::Locations => "an id, a name and a display name",
            Table::AppGroups => "the name of a group and the id of an application",
            Table::Strengths => {
                "`strength`, an id, a name and a display name, or methods with `+` between them"
            }
        }
    }
}

impl Data {
    /// Add the lines of a table. What it says wins over what is there: an entry replaces those of
    /// its kind with the same id or name, a group of applications the one of its name.
    pub fn extend(&mut self, table: Table, source: SourceId, text: &str) -> Vec<Diagnostic> {
        let (read, wrong) = read(table, text);
        let wrong = wrong
            .into_iter()
            .map(|range| problem::bad_line(place(source, range), table.name(), table.format()));
        let mut wrong: Vec<Diagnostic> = wrong.collect();
        wrong.extend(self.conflicts(table, source, text));
        for object in read.objects {
            self.objects.retain(|known| {
                let is_same = known.id.eq_ignore_ascii_case(&object.id)
                    || known.identifier == object.identifier;
                known.kind != object.kind || !is_same
            });
            self.objects.push(object);
        }
        for group in read.app_groups {
            self.app_groups.retain(|known| known.name != group.name);
            self.app_groups.push(group);
        }
        self.app_groups.sort_by(|a, b| a.name.cmp(&b.name));
        for strength in read.strengths {
            self.strengths.retain(|known| {
                known.identifier != strength.identifier
                    && !known
                        .strength
                        .id
                        .eq_ignore_ascii_case(&strength.strength.id)
            });
            self.strengths.push(strength);
        }
        wrong
    }

    /// Lines of the project's tables that say something else of an id or name than others do. The
    /// last one wins, as everywhere in these tables.
    fn conflicts(&mut self, table: Table, source: SourceId, text: &str) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (line, range) in lines(text) {
            let entry = match table {
                Table::Roles => object(ObjectKind::Role, line),
                Table::Apps => object(ObjectKind::App, line),
                Table::Locations => object(ObjectKind::Location, line),
                Table::Strengths => line
                    .strip_prefix("strength ")
                    .and_then(|head| object(ObjectKind::Strength, head)),
                Table::AppGroups => None,
            };
            let Some(entry) = entry else { continue };
            let span = place(source, range);
            let mut first = None;
            for key in [&entry.id, &entry.identifier] {
                let key = (entry.kind, fold(key).into_owned());
                let known = self.own.insert(key, (entry.clone(), span));
                first = first.or(known.filter(|(known, _)| *known != entry));
            }
            found.extend(first.map(|(_, first)| problem::conflict(span, first, &entry.identifier)));
        }
        found
    }

    fn of(tables: &[(Table, &str)]) -> Data {
        let mut data = Data::default();
        for (table, text) in tables {
            let (read, _) = read(*table, text);
            data.objects.extend(read.objects);
            data.app_groups.extend(read.app_groups);
            data.strengths.extend(read.strengths);
        }
        data
    }
}

fn place(source: SourceId, range: Range<usize>) -> Span {
    let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, at(range.start), at(range.end))
}

/// The table of those groups of applications that differ from the built-in ones, in the form in
/// which a project brings it.
#[must_use]
pub fn app_group_table(groups: &[AppGroup]) -> String {
    let mut text = String::new();
    let built_in = Data::built_in();
    let is_own = |group: &&AppGroup| {
        let known = built_in.find_app_group(&group.name);
        is_name(&group.name) && known.is_none_or(|known| known.apps != group.apps)
    };
    for group in groups.iter().filter(is_own) {
        let known = built_in.find_app_group(&group.name);
        let name = known.map_or(&group.name, |known| &known.name);
        let is_column = |id: &&String| !id.is_empty() && !id.contains(char::is_whitespace);
        let apps: Vec<&String> = group.apps.iter().filter(is_column).collect();
        if apps.is_empty() {
            text.push_str(&format!("{name}\n"));
        }
        for id in apps {
            text.push_str(&format!("{name} {id}\n"));
        }
    }
    text
}

/// The entries of a table, and the places of lines that cannot be read.
fn read(table: Table, text: &str) -> (Data, Vec<Range<usize>>) {
    let mut data = Data::default();
    let mut wrong = Vec::new();
    for (line, range) in lines(text) {
        let is_read = match table {
            Table::Roles => push(&mut data.objects, object(ObjectKind::Role, line)),
            Table::Apps => push(&mut data.objects, object(ObjectKind::App, line)),
            Table::Locations => push(&mut data.objects, object(ObjectKind::Location, line)),
            Table::AppGroups => app_group(&mut data.app_groups, line),
            Table::Strengths => strength(&mut data.strengths, line),
        };
        if !is_read {
            wrong.push(range);
        }
    }
    for group in &mut data.app_groups {
        group.apps.sort_unstable();
        group.apps.dedup();
    }
    data.app_groups.sort_by(|a, b| a.name.cmp(&b.name));
    (data, wrong)
}

fn push<T>(list: &mut Vec<T>, found: Option<T>) -> bool {
    let is_there = found.is_some();
    list.extend(found);
    is_there
}

/// The lines that say something, with their places.
fn lines(table: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = 0;
    table.split_inclusive('\n').filter_map(move |whole| {
        let line_start = start;
        start += whole.len();
        let line = whole.trim();
        let at = line_start + whole.find(line).unwrap_or(0);
        (!line.is_empty() && !line.starts_with('#')).then(|| (line, at..at + line.len()))
    })
}

fn object(kind: ObjectKind, line: &str) -> Option<KnownObject> {
    let mut columns = line.splitn(3, ' ');
    let object = KnownObject {
        kind,
        id: columns.next()?.to_owned(),
        identifier: columns.next()?.to_owned(),
        display_name: columns.next()?.trim().to_owned(),
    };
    is_name(&object.identifier).then_some(object)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A group and one of its applications; a name alone is a group whose members are not known.
fn app_group(groups: &mut Vec<AppGroup>, line: &str) -> bool {
    let mut columns = line.split_whitespace();
    let (name, app) = (columns.next().unwrap_or_default(), columns.next());
    if !is_name(name) || columns.next().is_some() {
        return false;
    }
    let app = app.map(|id| fold(id).into_owned());
    match groups.iter_mut().find(|g| g.name == name) {
        Some(group) => group.apps.extend(app),
        None => groups.push(AppGroup {
            name: name.to_owned(),
            apps: app.into_iter().collect(),
        }),
    }
    true
}

/// The head of a strength, or a combination of the one before.
fn strength(strengths: &mut Vec<KnownStrength>, line: &str) -> bool {
    if let Some(head) = line.strip_prefix("strength ") {
        let known = object(ObjectKind::Strength, head).map(|known| KnownStrength {
            identifier: known.identifier,
            strength: Strength {
                id: known.id,
                display_name: known.display_name,
                combinations: Vec::new(),
                span: None,
                form: GraphForm::default(),
            },
        });
        return push(strengths, known);
    }
    let (Some(known), Some(methods)) = (strengths.last_mut(), methods(line)) else {
        return false;
    };
    known.strength.combinations.push(Combination {
        methods,
        is_restricted: false,
    });
    true
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
    fn a_line_of_a_data_file_that_cannot_be_read_is_named() {
        let mut data = Data::built_in().clone();
        let text = "# ours\n\n5d0c9f5e-0000-4000-8000-000000009a11 Payroll Payroll (EU)\n oops\n";
        let problems = data.extend(Table::Apps, SourceId(0), text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(&text[problems[0].span().range()], "oops");
        let payroll = data.find(ObjectKind::App, "Payroll").unwrap();
        assert_eq!(payroll.display_name, "Payroll (EU)");
        let own = "62e90394-69f5-4237-9190-012177145e10 TenantRoot The root of the tenant";
        assert!(data.extend(Table::Roles, SourceId(0), own).is_empty());
        assert!(data.find(ObjectKind::Role, "GlobalAdministrator").is_none());
        assert!(
            data.extend(Table::AppGroups, SourceId(0), "Office365 x\nOurs y")
                .is_empty()
        );
        assert_eq!(data.find_app_group("Office365").unwrap().apps, ["x"]);
        let strengths = "strength s-1 Strong Strong ones\nfido2\npassword+sms\nnothing";
        assert_eq!(
            data.extend(Table::Strengths, SourceId(0), strengths).len(),
            1
        );
        let strong = data.find_strength("Strong").unwrap();
        assert_eq!(strong.strength.combinations.len(), 2);
    }

    #[test]
    fn lines_that_contradict_each_other_are_told_and_the_last_one_wins() {
        let mut data = Data::built_in().clone();
        let first = "5d0c9f5e-0000-4000-8000-000000009a11 Payroll Payroll\n";
        assert!(data.extend(Table::Apps, SourceId(0), first).is_empty());
        assert!(data.extend(Table::Apps, SourceId(1), first).is_empty());
        assert!(data.extend(Table::Roles, SourceId(1), first).is_empty());
        let other = "5d0c9f5e-0000-4000-8000-000000009a12 payroll Other\n";
        let problems = data.extend(Table::Apps, SourceId(1), &[first, other].concat());
        let codes: Vec<&str> = problems.iter().map(|p| p.code.name()).collect();
        assert_eq!(codes, ["GW0635"]);
        assert_eq!(
            problems[0].span().range(),
            first.len()..first.len() + other.len() - 1
        );
        let strengths = "strength s One One\nfido2\nstrength s Two Two\nfido2";
        let problems = data.extend(Table::Strengths, SourceId(0), strengths);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(data.find_strength("One").is_none() && data.find_strength("Two").is_some());
    }

    #[test]
    fn a_table_is_written_of_the_groups_that_are_not_built_in() {
        let mut data = Data::built_in().clone();
        assert_eq!(app_group_table(&data.app_groups), "");
        let text = "AllAgentIdResources a\nOffice365 b\nOffice365 c\n";
        data.extend(Table::AppGroups, SourceId(0), text);
        assert_eq!(app_group_table(&data.app_groups), text);
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
