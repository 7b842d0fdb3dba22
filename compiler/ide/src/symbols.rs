//! Declarations of a whole project, found by name.

use gatewright_source::SourceId;

use crate::{Declared, DeclaredKind, Snapshot, declarations};

/// Something that a search by name found.
pub type WorkspaceSymbol<'a> = Declared<'a>;

/// LIMIT: declarations that a search by name finds.
const FOUND_MAX: usize = 256;

/// The declarations whose name holds the letters of the query in order, in any case; best first: the
/// name itself, then what starts with it, then what holds it in one piece.
#[must_use]
pub fn workspace_symbols<'a>(snapshot: &'a Snapshot, query: &str) -> Vec<WorkspaceSymbol<'a>> {
    let query = query.to_lowercase();
    let trees = snapshot.compilation().trees.iter();
    let mut found: Vec<(Rank, Declared<'a>)> = trees
        .flat_map(|(source, _)| declarations(snapshot, *source))
        .filter(|found| found.kind != DeclaredKind::Instance)
        .filter_map(|found| Some((rank(found.name, &query)?, found)))
        .collect();
    found.sort_by_key(|(rank, found)| (*rank, place(found)));
    found.truncate(FOUND_MAX);
    found.into_iter().map(|(_, found)| found).collect()
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

fn place(found: &Declared<'_>) -> (SourceId, u32) {
    (found.source, found.name_span.start)
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
        let names: Vec<_> = found.iter().map(|found| found.name).collect();
        assert_eq!(
            names,
            ["admin", "AdminsOfÅ", "AbleAdmins", "TheAdmin", "AddMoreIn"]
        );
    }
}
