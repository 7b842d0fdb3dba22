//! What can be wrong with a test.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Text};

use crate::suggest::{nearest, one_of};

/// Add the word that was probably meant, or all of them.
fn suggest<'a>(
    found: Diagnostic,
    written: &str,
    span: Span,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    match nearest(written, names.clone()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            meant,
        ),
        None => {
            let list = one_of(names, "or");
            if list.is_empty() {
                found
            } else {
                found.help(format!("write {list}"))
            }
        }
    }
}

/// A word that starts no fact.
pub(crate) fn unknown_fact(name: &Name, known: &[&str]) -> Diagnostic {
    let message = format!("a sign-in has no fact `{}`", name.text);
    let found = Diagnostic::new(codes::GW0230, name.span, message).because("no such fact");
    suggest(found, &name.text, name.span, known.iter().copied())
}

/// An attribute that follows from others, or that no request can say.
pub(crate) fn derived_fact(name: &Name, instead: &str) -> Diagnostic {
    let message = format!(
        "`{}` cannot be given: it follows from other facts",
        name.text
    );
    Diagnostic::new(codes::GW0230, name.span, message)
        .because("not a fact of its own")
        .help(instead.to_owned())
}

/// Something that is no word where a fact starts.
pub(crate) fn fact_expected(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0230, span, "a fact starts with its name")
        .because("belongs to no fact")
        .help("write `app Payroll`, `client browser`, `user.department \"Sales\"` and the like")
}

/// A fact without its value.
pub(crate) fn value_missing(fact: &str, span: Span, wanted: &str) -> Diagnostic {
    let message = format!("`{fact}` needs {wanted}");
    Diagnostic::new(codes::GW0231, span, message)
        .because(format!("{wanted} is expected here"))
        .help(format!("say after `{fact}` what it is"))
}

/// A value of another type than the fact has.
pub(crate) fn wrong_value(fact: &str, span: Span, wanted: &str) -> Diagnostic {
    let message = format!("`{fact}` takes {wanted}");
    Diagnostic::new(codes::GW0231, span, message)
        .because(format!("not {wanted}"))
        .help(format!("write {wanted}"))
}

/// A word that is none of the values that the fact has.
pub(crate) fn unknown_value<'a>(
    fact: &str,
    written: &str,
    span: Span,
    members: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let message = format!("`{fact}` is never `{written}`");
    let found = Diagnostic::new(codes::GW0231, span, message).because("no such value");
    suggest(found, written, span, members)
}

/// `location Nowhere`: no address could be chosen.
pub(crate) fn empty_location(name: &str, span: Span) -> Diagnostic {
    let message = format!("no address of `{name}` is known");
    Diagnostic::new(codes::GW0231, span, message)
        .because("has no ranges and no countries here")
        .help("give an address with `ip`, or a country with `country`")
}

/// Two facts of one step about one thing.
pub(crate) fn fact_twice(what: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("{what} is said twice in one step");
    Diagnostic::new(codes::GW0232, span, message)
        .because("said again")
        .label(first, "said here first")
        .help("leave one out, or begin another step with `given`")
}

/// A test without any block.
pub(crate) fn no_steps(name: &Text, is_empty: bool) -> Diagnostic {
    let message = format!("the test `{}` says nothing", name.value);
    let found = Diagnostic::new(codes::GW0233, name.span, message);
    if is_empty {
        found
            .because("has no `given` and no `expect`")
            .help("write `given { … }` and `expect { … }`")
    } else {
        found.because("has no step")
    }
}

/// `expect` without `given`.
pub(crate) fn expect_without_given(keyword: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0233, keyword, "`expect` stands without a sign-in")
        .because("no `given` before it")
        .help("write `given { … }` before it")
}

/// `given` without `expect`.
pub(crate) fn given_without_expect(keyword: Span) -> Diagnostic {
    let message = "nothing is expected of this sign-in";
    Diagnostic::new(codes::GW0233, keyword, message)
        .because("no `expect` after it")
        .help("write `expect { … }` after it")
}

/// `expect { }`
pub(crate) fn nothing_expected(keyword: Span) -> Diagnostic {
    let message = "nothing is expected of this sign-in";
    Diagnostic::new(codes::GW0233, keyword, message)
        .because("an empty `expect`")
        .help("write `grant`, `block`, `require mfa`, `applied [\"…\"]` and the like")
}

/// A sign-in that does not say who signs in, or what for.
pub(crate) fn incomplete_sign_in(span: Span, lacking: &str) -> Diagnostic {
    let message = format!("the sign-in does not say {lacking}");
    let help = if lacking == "who signs in" {
        "write `user` for a member in no group, `user roles [A]`, `guest …` and the like"
    } else {
        "write `app Payroll`, `action registerSecurityInformation` or `context c1`"
    };
    Diagnostic::new(codes::GW0233, span, message)
        .because(format!("{lacking} is missing"))
        .help(help)
}

/// A word that starts no expectation.
pub(crate) fn unknown_expectation(name: &Name, known: &[&str]) -> Diagnostic {
    let message = format!("a decision has nothing that is called `{}`", name.text);
    let found = Diagnostic::new(codes::GW0234, name.span, message).because("no such expectation");
    suggest(found, &name.text, name.span, known.iter().copied())
}

/// Something that is no word where an expectation starts.
pub(crate) fn expectation_expected(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0234, span, "an expectation starts with its name")
        .because("belongs to no expectation")
        .help("write `block`, `require mfa`, `applied [\"…\"]` and the like")
}

/// An expectation without what belongs to it, or with something else.
pub(crate) fn incomplete_expectation(what: &str, span: Span, wanted: &str) -> Diagnostic {
    let message = format!("`{what}` needs {wanted}");
    Diagnostic::new(codes::GW0234, span, message)
        .because(format!("{wanted} is expected here"))
        .help(format!("write {wanted} after `{what}`"))
}

/// A verdict, state or effect that there is not.
pub(crate) fn unknown_verdict<'a>(
    what: &str,
    name: &str,
    span: Span,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let message = format!("no {what} is `{name}`");
    let found = Diagnostic::new(codes::GW0234, span, message).because(format!("no such {what}"));
    suggest(found, name, span, known)
}

/// A policy that does not exist.
pub(crate) fn unknown_policy<'a>(
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("there is no policy `{name}`");
    let found = Diagnostic::new(codes::GW0235, span, message).because("no such policy");
    match nearest(name, known) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            format!("\"{}\"", meant.replace('`', "``").replace('"', "`\"")),
        ),
        None => found.help("write the name that stands after `policy`"),
    }
}

/// Two expectations that no decision can satisfy.
pub(crate) fn conflicting(what: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0236, span, what.to_owned())
        .because("cannot hold together with the other")
        .label(first, "expected here")
        .help("leave one of them out")
}

/// Two tests with one name.
pub(crate) fn duplicate_test(name: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("there are two tests `{name}`");
    Diagnostic::new(codes::GW0237, span, message)
        .because("has the name of another test")
        .label(first, "the first one")
        .help("give it a name of its own")
}
