//! What can be wrong with a schema.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Text};

use crate::suggest::{nearest, one_of};

/// The same thing declared twice.
pub(crate) fn duplicate(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0351,
        span,
        format!("the {what} `{name}` is declared twice"),
    )
    .because("declared again here")
    .label(first, "first declared here")
    .help("remove one of the two, or give it another name")
}

/// Two heads in one project.
pub(crate) fn two_schemas(second: &Text, first: Span) -> Diagnostic {
    let message = format!("`{}` is a second schema in this project", second.value);
    Diagnostic::new(codes::GW0351, second.span, message)
        .because("a project has one schema")
        .label(first, "the first one")
        .help("put the policies of the second schema into a project of their own")
}

/// Declarations of a schema, and no head.
pub(crate) fn no_head(first: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0352,
        first,
        "this belongs to a schema, and no schema is declared",
    )
    .because("needs a schema")
    .help("start the file with `schema \"Name\" version 1`")
}

/// A word that means nothing at this place.
pub(crate) fn unknown_modifier(word: &Name, allowed: &[&str]) -> Diagnostic {
    let message = format!("`{}` means nothing here", word.text);
    let found = Diagnostic::new(codes::GW0352, word.span, message);
    if let Some(meant) = nearest(&word.text, allowed.iter().copied()) {
        let found = found.because("not known");
        return found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            word.span,
            meant,
        );
    }
    if allowed.is_empty() {
        found
            .because("nothing is expected here")
            .help("remove the word")
    } else {
        let allowed = one_of(allowed.iter().copied(), "or");
        found
            .because("not known")
            .help(format!("{allowed} could stand here"))
    }
}

/// An annotation where a schema has none.
pub(crate) fn no_annotation(name: &Name) -> Diagnostic {
    let message = format!("there is no annotation `@{}` here", name.text);
    Diagnostic::new(codes::GW0207, name.span, message)
        .because("not an annotation of a schema")
        .help("remove it, or write a comment; there are `@open` and `@difference`")
}

/// `@difference` of something else than two date-times.
pub(crate) fn bad_difference(span: Span) -> Diagnostic {
    let message = "a difference is a `Duration?` made of two attributes of type DateTime";
    Diagnostic::new(codes::GW0352, span, message)
        .because("not such a difference")
        .help("write `@difference(user.hired, system.now)` before an attribute of type `Duration?`")
}

/// A type that nobody declared.
pub(crate) fn unknown_type<'a>(
    name: &Name,
    enumerations: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    const BUILT_IN: [&str; 11] = [
        "Boolean", "Integer", "Decimal", "String", "Version", "DateTime", "Duration", "Address",
        "Guid", "Country", "set",
    ];
    let message = format!("there is no type `{}`", name.text);
    let found = Diagnostic::new(codes::GW0353, name.span, message).because("not a type");
    let candidates: Vec<&str> = BUILT_IN.into_iter().chain(enumerations).collect();
    match nearest(&name.text, candidates.iter().copied()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            name.span,
            meant,
        ),
        None => found.help(format!(
            "use {}, or declare it: `enum {} {{ … }}`",
            one_of(BUILT_IN.into_iter().take(8), "or"),
            name.text
        )),
    }
}

/// Something that cannot be part of a type.
pub(crate) fn not_a_type(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0353, span, "this is no part of a type")
        .because("a type was expected to end before this")
        .help("write a type such as `String`, `Integer [0, 100]` or `set of Guid`")
}

/// A set without the type of its elements.
pub(crate) fn set_of_what(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0353, span, "a set needs the type of its elements")
        .because("a set of what?")
        .help("write `set of String`, for example")
}

/// A set of something whose elements cannot be looked up.
pub(crate) fn set_of_non_text(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0353,
        span,
        format!("a set cannot have elements of type {kind}"),
    )
    .because("elements are texts, enumeration members, identifiers or countries")
    .help("use `set of String`")
}

/// Bounds that are no bounds.
pub(crate) fn bad_bounds(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0353,
        span,
        "the bounds of an integer are two whole numbers",
    )
    .because("least and greatest value, in this order")
    .help("write `Integer [0, 100]`")
}

/// An effect that is not declared.
pub(crate) fn unknown_effect<'a>(
    name: &Name,
    effects: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let effects: Vec<&str> = effects.collect();
    let message = format!("there is no effect `{}`", name.text);
    let found = Diagnostic::new(codes::GW0201, name.span, message).because("not an effect");
    match nearest(&name.text, effects.iter().copied()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            name.span,
            meant,
        ),
        None if effects.is_empty() => found.help("declare it: `effect approve \"Approve\"`"),
        None => found.help(format!("use {}", one_of(effects.iter().copied(), "or"))),
    }
}

/// An operator that no dialect has.
pub(crate) fn unknown_operator(word: &str, span: Span) -> Diagnostic {
    let operators = gatewright_syntax::ast::CompareOperator::ALL
        .iter()
        .map(|op| op.word());
    let found = Diagnostic::new(
        codes::GW0352,
        span,
        format!("there is no operator `{word}`"),
    );
    match nearest(word, operators) {
        Some(meant) => found.because(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            meant,
        ),
        None => found
            .because("not an operator")
            .help("write operators such as `eq` or `startsWith`"),
    }
}

/// A row of a dialect about an attribute that does not exist.
pub(crate) fn unknown_attribute<'a>(
    word: &str,
    span: Span,
    names: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let found = Diagnostic::new(
        codes::GW0301,
        span,
        format!("there is no attribute `{word}`"),
    );
    match nearest(word, names) {
        Some(meant) => found.because(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            meant,
        ),
        None => found.because("not declared in this schema"),
    }
}

/// A row of a dialect about nothing.
pub(crate) fn unknown_row(word: &str, span: Span) -> Diagnostic {
    let message = format!("`{word}` is neither a type, an attribute nor a setting of a dialect");
    Diagnostic::new(codes::GW0352, span, message)
        .because("a row of a dialect starts here")
        .help(
            "write a type (`String`), an attribute (`device.model`), `entity`, `characters`, \
         `connectives` or `values`",
        )
}

/// More attributes than a schema may have.
pub(crate) fn too_many_attributes(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(
        codes::GW0352,
        span,
        format!("a schema has at most {limit} attributes"),
    )
    .because("one too many; the rest is not looked at")
    .help("leave out what no policy asks for")
}
