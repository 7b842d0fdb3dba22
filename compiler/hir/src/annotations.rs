//! `@id`, `@owner` and the like.

use gatewright_diagnostics::Diagnostic;
use gatewright_syntax::ast::{Annotation, Declaration, Term, Text};

use crate::problems::{clauses, names as problem};
use crate::suppress;

/// Every annotation that a declaration may have, with an example.
const KNOWN: &[(&str, &str)] = &[
    ("id", "@id(\"00000000-0000-0000-0000-000000000000\")"),
    ("owner", "@owner(\"identity\")"),
    ("ticket", "@ticket(\"SEC-1207\")"),
    ("expires", "@expires(2027-01-01)"),
    ("suppress", "@suppress(GW0401, \"why\")"),
];

/// Report what is unknown, incomplete or not supported yet.
pub(crate) fn check(declaration: &Declaration, problems: &mut Vec<Diagnostic>) {
    if crate::lower_schema::is_schema_declaration(declaration) {
        return;
    }
    let mut first_id = None;
    for annotation in &declaration.annotations {
        let name = annotation.name.text.as_str();
        if name == "id" {
            match first_id {
                Some(first) => problems.push(problem::second_id(annotation.name.span, first)),
                None => first_id = Some(annotation.name.span),
            }
        }
        let Some((_, sample)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&'static str> = KNOWN.iter().map(|(known, _)| *known).collect();
            problems.push(problem::unknown_annotation(&annotation.name, &known));
            continue;
        };
        match name {
            "expires" => problems.push(clauses::inert_annotation(annotation)),
            "suppress" => problems.extend(suppress::read(annotation).err()),
            _ if single_text(annotation).is_none() => {
                problems.push(problem::bad_annotation(&annotation.name, sample));
            }
            _ => {}
        }
    }
}

/// The text of `@id("…")`, if there is one.
pub(crate) fn id(declaration: &Declaration) -> Option<&Text> {
    declaration
        .annotations
        .iter()
        .find(|a| a.name.text == "id")
        .and_then(single_text)
}

fn single_text(annotation: &Annotation) -> Option<&Text> {
    match annotation.arguments.as_slice() {
        [phrase] => match phrase.terms.as_slice() {
            [Term::Text(text)] if !text.value.is_empty() => Some(text),
            _ => None,
        },
        _ => None,
    }
}
