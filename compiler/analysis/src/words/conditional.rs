//! Clauses after *would … if*: `the device were compliant`.
//!
//! INVARIANT: only the verb of a clause changes. It stands before everything that people named, so
//! no name is taken for a verb.

use gatewright_hir::schema::AttributeId;

use super::names::Names;

/// Verbs of clauses, and what becomes of them.
const VERBS: &[(&str, &str)] = &[
    (" is ", " were "),
    (" has ", " had "),
    (" does ", " did "),
    (" lies ", " lay "),
    (" comes ", " came "),
    (" reaches ", " reached "),
    (" maps ", " mapped "),
    (" contains ", " contained "),
    (" ends ", " ended "),
    (" matches ", " matched "),
    (" satisfies ", " satisfied "),
];

/// A clause about an attribute, as something that is not so.
pub(crate) fn conditional(names: &Names<'_>, id: AttributeId, clause: &str) -> String {
    let null = names.null(id);
    let without = clause
        .strip_suffix(&null)
        .and_then(|rest| rest.strip_suffix(", or "));
    match without {
        Some(rest) => format!("{}, or {}", changed(rest), changed(&null)),
        None => changed(clause),
    }
}

/// The first verb, changed.
fn changed(clause: &str) -> String {
    let found = VERBS
        .iter()
        .filter_map(|(verb, other)| Some((clause.find(verb)?, verb, other)));
    match found.min_by_key(|(at, _, _)| *at) {
        Some((_, verb, other)) => clause.replacen(verb, other, 1),
        None => clause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn only_the_first_verb_changes() {
        for (is, were) in [
            ("the device is compliant", "the device were compliant"),
            (
                "the user is in the group Who is who",
                "the user were in the group Who is who",
            ),
            (
                "the user does not have the role R",
                "the user did not have the role R",
            ),
            (
                "the address lies in What is left",
                "the address lay in What is left",
            ),
        ] {
            assert_eq!(changed(is), were);
        }
    }
}
