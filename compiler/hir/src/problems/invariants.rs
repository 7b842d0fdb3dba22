//! What can be wrong with invariants.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, Head, Name, Text};

/// Neither `always` nor `never`.
pub(crate) fn no_claim(name: &Text, is_entra: bool) -> Diagnostic {
    let message = format!(
        "`{}` does not say what always or never holds for its sign-ins",
        name.value
    );
    Diagnostic::new(codes::GW0250, name.span, message)
        .because("neither `always` nor `never`")
        .help(format!("write {}", samples(is_entra)))
}

/// `always require []`, `never session`
pub(crate) fn empty_claim(head: Head, place: Span) -> Diagnostic {
    let message = format!(
        "nothing follows `{}`, so the invariant says nothing",
        head.word()
    );
    let help = match head {
        Head::Session => "name a session control, such as `session persistentBrowser never`",
        Head::Then => "name an effect of the schema",
        _ => "name what is required",
    };
    Diagnostic::new(codes::GW0250, place, message)
        .because("nothing in it")
        .help(help)
}

/// A second `always` or `never`.
pub(crate) fn second_claim(clause: &Clause, first: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0251,
        clause.head_span,
        "an invariant says one thing, and this one says several",
    )
    .because("says something else")
    .label(first, "says one thing already")
    .help("write an invariant for each of them; a `scope` around them says once for whom")
}

/// `always block, require mfa`
pub(crate) fn second_outcome(clause: &Clause, other: &Name, first: &Name) -> Diagnostic {
    let message = format!(
        "an invariant says one thing, and this one says `{}` and `{}`",
        first.text, other.text
    );
    Diagnostic::new(codes::GW0251, other.span, message)
        .because("says something else")
        .label(first.span, "says one thing already")
        .help(format!(
            "write an invariant of its own with `{} {} …`",
            clause.head.word(),
            other.text
        ))
}

/// `state enabled` in an invariant.
pub(crate) fn foreign_clause(clause: &Clause) -> Diagnostic {
    let word = clause.head.word();
    let message = format!("`{word}` has no place in an invariant");
    let found =
        Diagnostic::new(codes::GW0252, clause.head_span, message).because("not about sign-ins");
    match clause.head {
        Head::State => found
            .help("remove it: an invariant is about the policies that are enforced")
            .fix("remove it", Applicability::Maybe, clause.span, ""),
        _ => found.help("say for which sign-ins, and what `always` or `never` holds for them"),
    }
}

/// `require mfa` without a word before it.
pub(crate) fn bare_outcome(clause: &Clause, has_claim: bool) -> Diagnostic {
    let word = clause.head.word();
    let message = format!("`{word}` stands without `always` or `never`");
    let found = Diagnostic::new(codes::GW0253, clause.head_span, message)
        .because("a policy does this; an invariant says that it is done");
    if has_claim {
        return found.help("an invariant says one thing: write another one for this");
    }
    let start = clause.head_span.start;
    let place = Span::new(clause.head_span.source, start, start);
    found
        .help(format!("write `always {word} …` or `never {word} …`"))
        .fix("write `always`", Applicability::Maybe, place, "always ")
}

/// `always mfa`
pub(crate) fn no_outcome(
    clause: &Clause,
    place: Span,
    meant: Option<Head>,
    is_entra: bool,
) -> Diagnostic {
    let word = clause.head.word();
    let message = format!("what `{word}` holds is not said in the words of a policy");
    let found = Diagnostic::new(codes::GW0254, place, message).because("not what a policy does");
    match meant {
        Some(meant) => {
            let before = Span::new(place.source, place.start, place.start);
            let (head, text) = (meant.word(), format!("{} ", meant.word()));
            found.help(format!("write `{word} {head} …`")).fix(
                format!("write `{head}`"),
                Applicability::Maybe,
                before,
                text,
            )
        }
        None => found.help(format!("write {}", samples(is_entra))),
    }
}

/// Two invariants with one name.
pub(crate) fn duplicate(name: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("there are two invariants `{name}`");
    Diagnostic::new(codes::GW0255, span, message)
        .because("has the name of another invariant")
        .label(first, "the first one")
        .help("give it a name of its own")
}

fn samples(is_entra: bool) -> &'static str {
    match is_entra {
        true => "`always block`, `always require mfa`, `never session persistentBrowser always`",
        false => {
            "`always then` or `never then` with an effect, or `always require` with obligations"
        }
    }
}
