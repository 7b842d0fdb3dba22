//! A sign-in on which two sides differ, in words.

use gatewright_decision::{Classes, Space, Variable};

use super::Origin;

/// LIMIT: facts that a sentence names.
const FACTS_MAX: usize = 4;

/// The sign-in to which the walk came, by the last facts that it chose.
pub(super) fn describe(space: &Space, origins: &[Origin], last: Origin) -> String {
    let mut facts = Vec::new();
    let mut next = last;
    while let Some((from, variable, class)) = next {
        if let Some(variable) = space.variables.get(variable as usize) {
            facts.push(fact(variable, class));
        }
        next = origins.get(from).copied().flatten();
    }
    facts.truncate(FACTS_MAX);
    facts.reverse();
    if facts.is_empty() {
        "at every sign-in".to_owned()
    } else {
        format!("where {}", facts.join(", and "))
    }
}

fn fact(variable: &Variable, class: u32) -> String {
    let name = &variable.name;
    if class == variable.unknown_class() {
        // A name without null is a question.
        return match variable.null_class() {
            Some(_) => format!("{name} is not known"),
            None => format!("it is not known whether {name}"),
        };
    }
    if Some(class) == variable.null_class() {
        return format!("{name} is null");
    }
    match &variable.classes {
        Classes::Boolean => format!("{name} is {}", if class == 1 { "true" } else { "false" }),
        Classes::Text(entries) => {
            let entry = entries.iter().find(|entry| entry.class == class);
            match entry {
                None => format!("{name} is another"),
                Some(entry) if entry.is_exact => format!("{name} is \"{}\"", entry.text),
                Some(entry) => format!("{name} starts with \"{}\"", entry.text),
            }
        }
        Classes::Ordered(_) => format!("{name} is in some range"),
        _ if class == 1 => name.clone(),
        _ => format!("not {name}"),
    }
}
