//! The table `data/graph.txt`. A line of it that cannot be read is a mistake that a test finds.

use std::borrow::Cow;
use std::sync::LazyLock;

use gatewright_diagnostics::Code;
use gatewright_syntax::ast::ObjectKind;

use super::{Holds, Member, SHAPES, Shape};

type Table = Vec<(Shape, Vec<Member>)>;

static TABLE: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../data/graph.txt")).0);

/// The members of an object that the table has.
pub(super) fn members(shape: Shape) -> &'static [Member] {
    let found = TABLE.iter().find(|(one, _)| *one == shape);
    found.map_or(&[], |(_, members)| members)
}

/// The table, and the lines that cannot be read.
fn read(text: &'static str) -> (Table, Vec<&'static str>) {
    let mut table: Table = Vec::new();
    let mut unreadable = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let is_read = line.starts_with('#') || line_of(&mut table, line).is_some();
        if !is_read {
            unreadable.push(line);
        }
    }
    (table, unreadable)
}

fn line_of(table: &mut Table, line: &'static str) -> Option<()> {
    if let Some(name) = line.strip_prefix("object ") {
        table.push((find(name)?, Vec::new()));
        return Some(());
    }
    let (_, members) = table.last_mut()?;
    if let Some(limit) = line.trim_start().strip_prefix("! ") {
        let (code, limit) = limit.split_once(' ')?;
        members.last_mut()?.limits.push((Code::find(code)?, limit));
        return Some(());
    }
    let parts: Vec<&'static str> = line.split(" | ").map(str::trim).collect();
    match parts.as_slice() {
        [word, means] => {
            let word = (Cow::Borrowed(*word), Cow::Borrowed(*means));
            members.last_mut()?.words.push(word);
        }
        [name, holds, clause, means] => members.push(Member {
            name,
            holds: parse(holds)?,
            means: Cow::Borrowed(means),
            clause: Cow::Borrowed(if *clause == "-" { "" } else { clause }),
            words: Vec::new(),
            limits: Vec::new(),
        }),
        _ => return None,
    }
    Some(())
}

fn find(name: &str) -> Option<Shape> {
    let found = SHAPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, shape)| *shape)
}

fn parse(text: &'static str) -> Option<Holds> {
    let (word, of) = text.split_once(' ').unwrap_or((text, ""));
    let kind = || {
        let mut kinds = ObjectKind::ALL.iter().copied();
        kinds.find(|kind| kind.keyword() == of)
    };
    Some(match word {
        "text" => Holds::Text,
        "name" => Holds::Name,
        "ownId" => Holds::OwnId,
        "ids" => Holds::Ids(kind()?),
        "id" => Holds::Id(kind()?),
        "members" => Holds::Members(of),
        "joined" => Holds::Joined(of),
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
        let (table, unreadable) = read(include_str!("../../../data/graph.txt"));
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
            assert!(member.limits.iter().all(|(_, limit)| limit.ends_with('.')));
            let has_others = matches!(
                member.holds,
                Holds::Ids(_) | Holds::Members(_) | Holds::Joined(_) | Holds::Words
            );
            assert!(member.words.is_empty() || has_others, "{}", member.name);
            assert!(
                member.holds != Holds::Words || !member.words.is_empty(),
                "{}",
                member.name
            );
            match member.holds {
                Holds::Members(name) | Holds::Joined(name) => {
                    let mut all = schema.enumerations.iter();
                    assert!(all.any(|one| one.name == name), "{name}");
                }
                Holds::Rule(name) => {
                    assert!(schema.dialects.iter().any(|one| one.name == name), "{name}");
                }
                _ => {}
            }
        }
    }
}
