//! The objects of Microsoft Graph that are read: their members, what each holds, what it means, and
//! what says the same in policy text.
//!
//! What counts is what the compiler makes of a file; the table `data/graph.txt` is what an editor
//! says about it. A line of it that cannot be read is a mistake that a test finds.

use std::sync::LazyLock;

use gatewright_syntax::ast::ObjectKind;

macro_rules! shapes {
    ($($variant:ident $name:literal;)*) => {
        /// What kind of object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Shape { $($variant,)* }

        /// All of them, by the names that the table has.
        const SHAPES: &[(&str, Shape)] = &[$(($name, Shape::$variant),)*];
    };
}

shapes! {
    Policy "policy";
    Template "template";
    Plan "plan";
    Rule "rule";
    RuleControls "ruleControls";
    Conditions "conditions";
    Users "users";
    Guests "guests";
    Tenants "tenants";
    Workloads "workloads";
    Applications "applications";
    AttributeFilter "attributeFilter";
    Platforms "platforms";
    Locations "locations";
    Devices "devices";
    DeviceFilter "deviceFilter";
    Flows "flows";
    Grant "grant";
    GrantStrength "grantStrength";
    Session "session";
    Frequency "frequency";
    Browser "browser";
    CloudApps "cloudApps";
    Evaluation "evaluation";
    Profile "profile";
    Switch "switch";
    Location "location";
    Range "range";
    Strength "strength";
    Configuration "configuration";
    Terms "terms";
    Context "context";
    User "user";
    Group "group";
    Role "role";
    App "app";
    AppGroup "appGroup";
    Defaults "defaults";
    Compliance "compliance";
}

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Any text.
    Text,
    /// What people read: the name of the object.
    Name,
    /// The id of the object itself.
    OwnId,
    /// The id of another object, or a list of them.
    Ids(ObjectKind),
    /// Members of an enumeration of the schema.
    Members(&'static str),
    /// One of the member's words.
    Words,
    /// Built-in controls.
    Controls,
    Flag,
    Number,
    /// The rule of a filter, in this dialect.
    Rule(&'static str),
    /// An object, or a list of them.
    Object(Shape),
    List(Shape),
    /// A list of texts.
    Texts,
    /// The server's own matter.
    Server,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// In a sentence.
    pub(super) means: &'static str,
    /// What says the same in policy text; empty where nothing does.
    pub(super) clause: &'static str,
    /// Words that may stand there, beside what it holds, and what they mean.
    pub(super) words: Vec<(&'static str, &'static str)>,
}

impl Shape {
    /// The members that are known.
    pub(super) fn members(self) -> &'static [Member] {
        // A strength is the same inside of a policy.
        let own = match self {
            Shape::GrantStrength => Shape::Strength,
            other => other,
        };
        let found = TABLE.iter().find(|(shape, _)| *shape == own);
        found.map_or(&[], |(_, members)| members)
    }

    /// The member of this name, in any case.
    pub(super) fn member(self, name: &str) -> Option<&'static Member> {
        let mut members = self.members().iter();
        members.find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// What such an object is to policies.
    pub(super) fn object(self) -> Option<ObjectKind> {
        Some(match self {
            Shape::Location => ObjectKind::Location,
            Shape::Strength | Shape::GrantStrength => ObjectKind::Strength,
            Shape::Terms => ObjectKind::Terms,
            Shape::Context => ObjectKind::Context,
            Shape::User => ObjectKind::User,
            Shape::Group => ObjectKind::Group,
            Shape::Role => ObjectKind::Role,
            Shape::App => ObjectKind::App,
            _ => return None,
        })
    }

    /// The members that hold the id by which policies name the object, the first that is there.
    pub(super) fn id_members(self) -> &'static [&'static str] {
        match self {
            Shape::App => &["appId", "id"],
            Shape::Role => &["roleTemplateId", "templateId", "id"],
            _ => &["id"],
        }
    }
}

type Table = Vec<(Shape, Vec<Member>)>;

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../data/graph.txt")).0);

/// The table, and the lines that cannot be read.
fn read(text: &'static str) -> (Table, Vec<&'static str>) {
    let mut table: Table = Vec::new();
    let mut unreadable = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let parts: Vec<&'static str> = line.split(" | ").map(str::trim).collect();
        let is_read = match parts.as_slice() {
            _ if line.starts_with('#') => true,
            [name] => {
                let name = name.strip_prefix("object ").unwrap_or_default();
                let shape = find(name);
                table.extend(shape.map(|shape| (shape, Vec::new())));
                shape.is_some()
            }
            [word, means] => {
                let member = table.last_mut().and_then(|(_, members)| members.last_mut());
                member.is_some_and(|member| {
                    member.words.push((word, means));
                    true
                })
            }
            [name, holds, clause, means] => {
                let member = parse(holds).map(|holds| Member {
                    name,
                    holds,
                    means,
                    clause: if *clause == "-" { "" } else { clause },
                    words: Vec::new(),
                });
                let members = table.last_mut().map(|(_, members)| members);
                members.zip(member).is_some_and(|(members, member)| {
                    members.push(member);
                    true
                })
            }
            _ => false,
        };
        if !is_read {
            unreadable.push(line);
        }
    }
    (table, unreadable)
}

fn find(name: &str) -> Option<Shape> {
    let found = SHAPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, shape)| *shape)
}

fn parse(text: &'static str) -> Option<Holds> {
    let (word, of) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "text" => Holds::Text,
        "name" => Holds::Name,
        "ownId" => Holds::OwnId,
        "ids" => {
            let mut kinds = ObjectKind::ALL.iter();
            Holds::Ids(*kinds.find(|kind| kind.keyword() == of)?)
        }
        "members" => Holds::Members(of),
        "words" => Holds::Words,
        "controls" => Holds::Controls,
        "flag" => Holds::Flag,
        "number" => Holds::Number,
        "rule" => Holds::Rule(of),
        "object" => Holds::Object(find(of)?),
        "list" => Holds::List(find(of)?),
        "texts" => Holds::Texts,
        "server" => Holds::Server,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_object_is_there_once() {
        let (table, unreadable) = read(include_str!("../../data/graph.txt"));
        assert_eq!(unreadable, [""; 0]);
        // A strength inside of a policy has none of its own.
        assert_eq!(table.len(), SHAPES.len() - 1);
        for (shape, members) in &table {
            assert_eq!(table.iter().filter(|(other, _)| other == shape).count(), 1);
            let mut names: Vec<_> = members.iter().map(|member| member.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), members.len(), "{shape:?}");
        }
    }

    #[test]
    fn what_is_said_are_sentences_and_what_is_named_is_there() {
        let schema = gatewright_hir::entra_schema();
        for member in TABLE.iter().flat_map(|(_, members)| members) {
            assert!(member.means.ends_with('.'), "{}", member.name);
            assert!(member.words.iter().all(|(_, means)| means.ends_with('.')));
            assert_eq!(
                member.holds == Holds::Words,
                !member.words.is_empty()
                    && !matches!(member.holds, Holds::Ids(_) | Holds::Members(_)),
                "{}",
                member.name
            );
            match member.holds {
                Holds::Members(name) => {
                    assert!(
                        schema.enumerations.iter().any(|one| one.name == name),
                        "{name}"
                    );
                }
                Holds::Rule(name) => {
                    assert!(schema.dialects.iter().any(|one| one.name == name), "{name}");
                }
                _ => {}
            }
        }
    }
}
