//! Declarations of a whole project, found by name.

use gatewright_source::Span;

use crate::{DeclaredKind, Form, Outlined, Snapshot, declarations, outline};

/// Something that a search by name found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Its name, without quotes.
    pub name: String,
    /// What it is.
    pub kind: DeclaredKind,
    /// Where the name is.
    pub name_span: Span,
    /// The name of what is right around it.
    pub container: Option<String>,
}

/// LIMIT: declarations that a search by name finds.
const FOUND_MAX: usize = 256;

/// The declarations of policy text, and the objects of JSON, whose name holds the letters of the
/// query in order, in any case; best first: the name itself, then what starts with it, then what
/// holds it in one piece.
#[must_use]
pub fn workspace_symbols(snapshot: &Snapshot, query: &str) -> Vec<WorkspaceSymbol> {
    let query = query.to_lowercase();
    let trees = snapshot.compilation().trees.iter();
    let mut found: Vec<(Rank, WorkspaceSymbol)> = trees
        .flat_map(|(source, _)| declarations(snapshot, *source))
        .filter(|found| found.kind != DeclaredKind::Instance)
        .filter_map(|found| {
            let symbol = WorkspaceSymbol {
                name: found.name.to_owned(),
                kind: found.kind,
                name_span: found.name_span,
                container: found.container.map(str::to_owned),
            };
            Some((rank(found.name, &query)?, symbol))
        })
        .collect();
    for (source, _) in snapshot.compilation().sources.iter() {
        if snapshot.form(source) == Form::Json {
            objects(&outline(snapshot, source), None, &query, &mut found);
        }
    }
    found.sort_by_key(|(rank, found)| (*rank, found.name_span.source, found.name_span.start));
    found.truncate(FOUND_MAX);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Those of the objects of a JSON file that are meant; an outline of JSON has two levels.
fn objects(
    outlined: &[Outlined],
    container: Option<&str>,
    query: &str,
    found: &mut Vec<(Rank, WorkspaceSymbol)>,
) {
    for one in outlined {
        found.extend(rank(&one.name, query).map(|rank| {
            let symbol = WorkspaceSymbol {
                name: one.name.clone(),
                kind: one.kind,
                name_span: one.name_span,
                container: container.map(str::to_owned),
            };
            (rank, symbol)
        }));
        objects(&one.members, Some(&one.name), query, found);
    }
}

/// How near a name is to what was asked for, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Same,
    Start,
    Piece,
    Letters,
}

fn rank(name: &str, query: &str) -> Option<Rank> {
    let name = name.to_lowercase();
    if name == query {
        return Some(Rank::Same);
    }
    if name.starts_with(query) {
        return Some(Rank::Start);
    }
    if name.contains(query) {
        return Some(Rank::Piece);
    }
    let mut letters = name.chars();
    let mut asked = query.chars();
    asked
        .all(|wanted| letters.any(|letter| letter == wanted))
        .then_some(Rank::Letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn the_nearest_names_come_first() {
        let fixture = Fixture::new(
            "//- a.gate\nrule AbleAdmins = device.isCompliant -eq True\n\
             rule TheAdmin = device.isCompliant -eq True\nrule Other = AbleAdmins\n\
             //- b.gate\nrule AdminsOfÅ = device.isCompliant -eq True\n\
             rule admin = device.isCompliant -eq True\ngroup AddMoreIn = \"x\"",
        );
        let found = workspace_symbols(&fixture.snapshot, "Admin");
        let names: Vec<_> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(
            names,
            ["admin", "AdminsOfÅ", "AbleAdmins", "TheAdmin", "AddMoreIn"]
        );
    }

    #[test]
    fn objects_of_json_are_found_too() {
        let fixture = Fixture::new(
            "//- p.json\n[{ \"displayName\": \"Å\", \"ipRanges\": [], \"id\": \"x\" },\n\
             { \"displayName\": \"Plan\", \"sharedConditions\": {}, \"rules\": [{ \"name\": \"Å 😀\" }] }]",
        );
        let found = workspace_symbols(&fixture.snapshot, "å");
        let names: Vec<_> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["Å", "Å 😀"]);
        assert_eq!(found[1].container.as_deref(), Some("Plan"));
    }
}
