//! The library of controls, which an installed program has with it.

use gatewright_analysis::analyze::Excluded;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Located, UserScope, Who};

use super::Property;
use crate::proving::{ProveOptions, prove};
use crate::{Compilation, Input, SourceFile, compile, property};

/// The files of the library, `examples/controls`.
const FILES: &[(&str, &str)] = &[
    (
        "administrators.gate",
        include_str!("../../../../examples/controls/administrators.gate"),
    ),
    (
        "devices.gate",
        include_str!("../../../../examples/controls/devices.gate"),
    ),
    (
        "identities.gate",
        include_str!("../../../../examples/controls/identities.gate"),
    ),
    (
        "risk.gate",
        include_str!("../../../../examples/controls/risk.gate"),
    ),
];

/// What people ask about first, in this order.
const HEADLINES: [&str; 6] = [
    "Everybody uses multifactor authentication",
    "Administrators use phishing-resistant MFA",
    "Legacy authentication is blocked",
    "Registering security information is protected",
    "The device code flow is blocked",
    "High user risk is blocked",
];

/// Decide the library of a set, without those who are to get in whatever happens.
pub(super) fn decide(
    compilation: &Compilation,
    break_glass: &[Excluded],
    options: &ProveOptions,
) -> Vec<Property> {
    if !compilation.set.schema.is_entra {
        return Vec::new();
    }
    let invariants = library(compilation);
    let options = ProveOptions {
        within: within(compilation, break_glass),
        ..options.clone()
    };
    let proofs = prove(compilation, &invariants, &options, &mut |_, _| {});
    let properties = invariants
        .iter()
        .zip(proofs)
        .map(|(invariant, proof)| Property {
            is_headline: HEADLINES.contains(&proof.name.as_str()),
            docs: invariant.docs.clone(),
            proof,
        });
    let mut properties: Vec<Property> = properties.collect();
    let rank = |one: &Property| HEADLINES.iter().position(|name| *name == one.proof.name);
    properties.sort_by_key(|one| rank(one).unwrap_or(HEADLINES.len()));
    properties
}

fn library(compilation: &Compilation) -> Vec<Invariant> {
    let files = FILES.iter().map(|(name, text)| SourceFile {
        path: format!("<controls>/{name}"),
        bytes: text.as_bytes().to_vec(),
    });
    let input = Input {
        files: files.collect(),
        edition: Some(compilation.set.edition),
        ..Input::default()
    };
    compile(&input).invariants
}

/// Users apart from those who are to get in whatever happens; `None` where there are none.
fn within(compilation: &Compilation, break_glass: &[Excluded]) -> Option<Invariant> {
    let input = Input {
        files: vec![property("<within>", "users all always block")],
        edition: Some(compilation.set.edition),
        ..Input::default()
    };
    let mut within = compile(&input).invariants.into_iter().next()?;
    let place = within.name_span;
    let users = match &mut within.policy.assignments.as_deref_mut()?.who {
        Who::Users(users) => users,
        Who::ServicePrincipals(_) | Who::Agents(_) => return None,
    };
    let items = break_glass.iter().filter_map(|who| match who {
        Excluded::User(id) => Some(UserScope::User(id.clone())),
        Excluded::Group(id) => Some(UserScope::Group(id.clone())),
        _ => None,
    });
    users
        .exclude
        .extend(items.map(|value| Located { value, span: place }));
    (!users.exclude.is_empty()).then_some(within)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_library_is_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/controls");
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.filter(|name| name.ends_with(".gate")).collect();
        let known: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, known);
    }

    #[test]
    fn every_headline_is_a_control() {
        let compilation = compile(&Input::default());
        let names: BTreeSet<String> = library(&compilation)
            .into_iter()
            .map(|one| one.name)
            .collect();
        for headline in HEADLINES {
            assert!(names.contains(headline), "{headline}");
        }
        assert!(names.len() > 20, "{names:?}");
    }
}
