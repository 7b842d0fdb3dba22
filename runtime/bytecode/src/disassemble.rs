//! The textual listing of a program, for people and for pinned expectations.
//!
//! ```text
//! policy 0 `Block legacy authentication`: certain @4, possible @4
//!
//! @0   reject
//! @1   accept
//! @4   range signIn.client 3..4 → @1 else @0        ; policy 0
//! ```

mod masks;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::op::{Instruction, instructions};
use crate::program::Program;

/// The listing of a program: entries first, then the code, one instruction a line, then the masks.
#[must_use]
pub fn disassemble(program: &Program) -> String {
    let mut text = String::new();
    let mut entries: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (number, policy) in program.policies.iter().enumerate() {
        let (certain, possible) = (policy.certain, policy.possible);
        let name = &policy.display_name;
        _ = writeln!(
            text,
            "policy {number} `{name}`: certain @{certain}, possible @{possible}"
        );
        let notes = [(certain, "certain"), (possible, "possible")];
        let conditions = policy.conditions.iter().flat_map(|condition| {
            let reason = condition.reason.name();
            [(condition.certain, reason), (condition.possible, reason)]
        });
        for (entry, note) in notes.into_iter().chain(conditions) {
            let note = format!("{number} {note}");
            let notes = entries.entry(entry).or_default();
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    for (number, policy) in program.compliance_policies().iter().enumerate() {
        let (assigned, met) = (policy.assigned, policy.met);
        _ = writeln!(
            text,
            "compliance policy {number} `{}`: assigned @{} @{}, met @{} @{}",
            policy.display_name, assigned.certain, assigned.possible, met.certain, met.possible
        );
        let requirements = policy.requirements.iter().zip(0..);
        let requirements = requirements.map(|(row, at)| (row.entries, format!("requirement {at}")));
        let whole = [(assigned, "assigned".to_owned()), (met, "met".to_owned())];
        for (row, note) in whole.into_iter().chain(requirements) {
            for entry in [row.certain, row.possible] {
                let note = format!("compliance {number} {note}");
                let notes = entries.entry(entry).or_default();
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    for step in instructions(&program.code) {
        let (at, line) = match step {
            Ok((at, instruction)) => (at, line(program, &instruction)),
            Err(at) => (at, "no instruction".to_owned()),
        };
        let start = if at == 0 { "\n" } else { "" };
        let notes = match entries.get(&at) {
            None => String::new(),
            Some(notes) => format!("  ; {}", notes.join(", ")),
        };
        _ = writeln!(text, "{start}@{at:<5} {line}{notes}");
    }
    if let Some(found) = &program.masks {
        masks::list(&mut text, program, found);
    }
    text
}

fn line(program: &Program, instruction: &Instruction<'_>) -> String {
    let name = |variable: u32| {
        let row = program.variables.get(variable as usize);
        row.map_or_else(|| format!("variable {variable}"), |row| row.name.clone())
    };
    match *instruction {
        Instruction::Reject => "reject".to_owned(),
        Instruction::Accept => "accept".to_owned(),
        Instruction::Range {
            variable,
            first,
            last,
            yes,
            no,
        } => {
            let classes = if first == last {
                first.to_string()
            } else {
                format!("{first}..{last}")
            };
            format!("range {} {classes} → @{yes} else @{no}", name(variable))
        }
        Instruction::Switch { variable, rows } => {
            let rows: Vec<String> = rows
                .iter()
                .map(|[first, target]| format!("{first}.. → @{target}"))
                .collect();
            format!("switch {} {}", name(variable), rows.join(", "))
        }
        Instruction::Table { variable, targets } => {
            let targets: Vec<String> = targets.iter().map(|target| format!("@{target}")).collect();
            format!("table {} {}", name(variable), targets.join(" "))
        }
    }
}
