//! What can be proved, and what follows from it.

use gatewright_hir::model::{Control, Strength};
use gatewright_value::vocabulary::BuiltInControl;
use serde_json::{Value, json};

const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";
/// Controls of which every combination is tried.
const ATOMS_MAX: usize = 6;

/// A control that follows from no fact.
pub(crate) fn is_claimed(control: &Control) -> bool {
    !matches!(
        control,
        Control::BuiltIn(BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice)
            | Control::Own(_)
    )
}

pub(super) fn is_same(one: &Control, other: &Control) -> bool {
    said(one) == said(other)
}

/// A control as a request claims it.
fn said(control: &Control) -> String {
    match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => format!("strength:{}", id.to_lowercase()),
        Control::Terms(id) => format!("terms:{}", id.to_lowercase()),
        Control::Custom(id) => format!("custom:{}", id.to_lowercase()),
        Control::Own(id) => format!("own:{}", id.0),
    }
}

/// The sign-in, with these controls proved and no others.
pub(crate) fn claiming(sign_in: &Value, proofs: &[Control]) -> Value {
    let mut request = sign_in.clone();
    if proofs.is_empty() && request["claims"].is_null() {
        return request;
    }
    let satisfied: Vec<String> = proofs.iter().map(said).collect();
    let methods = request["claims"]["methods"].take();
    request["claims"] = json!({ "satisfied": satisfied });
    if !methods.is_null() {
        request["claims"]["methods"] = methods;
    }
    request
}

/// Every set of these controls, with what they imply. Of many controls: none, all, each alone, and
/// all but each and what implies it.
pub(super) fn proof_sets(strengths: &[Strength], atoms: &[Control]) -> Vec<Vec<Control>> {
    let closed = |chosen: &[Control]| -> Vec<Control> {
        let held = atoms
            .iter()
            .filter(|one| chosen.iter().any(|c| implies(strengths, c, one)));
        held.cloned().collect()
    };
    let mut sets: Vec<Vec<Control>> = Vec::new();
    let mut add = |set: Vec<Control>| {
        if !sets.contains(&set) {
            sets.push(set);
        }
    };
    add(closed(atoms));
    if atoms.len() <= ATOMS_MAX {
        for bits in 0u32..1 << atoms.len() {
            let chosen = atoms
                .iter()
                .enumerate()
                .filter(|(at, _)| bits >> at & 1 == 1);
            let chosen: Vec<Control> = chosen.map(|(_, one)| one.clone()).collect();
            add(closed(&chosen));
        }
        return sets;
    }
    add(Vec::new());
    for atom in atoms {
        add(closed(std::slice::from_ref(atom)));
        let others = atoms.iter().filter(|one| !implies(strengths, one, atom));
        add(others.cloned().collect());
    }
    sets
}

/// SEMANTICS: §9.4
pub(crate) fn implies(strengths: &[Strength], one: &Control, other: &Control) -> bool {
    if is_same(one, other) {
        return true;
    }
    let combinations = |control: &Control| {
        let id = match control {
            Control::BuiltIn(BuiltInControl::Mfa) => MULTIFACTOR,
            Control::Strength(id) => id.as_str(),
            _ => return None,
        };
        let found = strengths.iter().find(|one| one.id.eq_ignore_ascii_case(id));
        found.map(|found| &found.combinations)
    };
    let (Some(has), Some(wanted)) = (combinations(one), combinations(other)) else {
        return false;
    };
    !has.is_empty()
        && has.iter().all(|has| {
            wanted.iter().any(|wanted| {
                !wanted.is_restricted && wanted.methods.iter().all(|m| has.methods.contains(m))
            })
        })
}
