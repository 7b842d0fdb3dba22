//! What can be wrong with templates, parameters and what is filled in for them.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::Name;

use super::names;
use crate::parameter::Atom;
use crate::suggest::{nearest, one_of};

/// The text of the label at the `use` that a finding in a template comes from.
pub const USED_HERE: &str = "used here";

// Parameters.

/// A parameter of a template without a type.
pub(crate) fn no_type(name: &Name) -> Diagnostic {
    let message = format!("the parameter `{}` has no type", name.text);
    Diagnostic::new(codes::GW0208, name.span, message)
        .because("nothing says what can be filled in")
        .help(format!(
            "write `{}: group`, `{}: text` or another type",
            name.text, name.text
        ))
}

/// `x: many group`
pub(crate) fn bad_type(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0208, span, "this is no type of a parameter")
        .because("neither one word nor `list of` and one word")
        .help("write a type such as `group` or `list of group`")
}

/// `x: grup`
pub(crate) fn unknown_type<'a>(word: &Name, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let message = format!("there is no type `{}` of parameters", word.text);
    let found = Diagnostic::new(codes::GW0208, word.span, message).because("not a type");
    match nearest(&word.text, known) {
        Some(meant) => meaning(found, word.span, meant),
        None => found.help(
            "write a kind of object such as `group`, `text`, `state`, `boolean`, `number`, \
             `duration`, `control`, `rule` or an enumeration such as `RiskLevel`",
        ),
    }
}

/// `x: list of rule`, or a rule with a parameter of that type.
pub(crate) fn no_rule_here(word: &Name) -> Diagnostic {
    Diagnostic::new(
        codes::GW0208,
        word.span,
        "a `rule` cannot be filled in here",
    )
    .because("only templates take rules, one at a time")
    .help("name the rule itself where it is used")
}

/// A parameter that has the name of something in clauses.
pub(crate) fn reserved(name: &Name) -> Diagnostic {
    let message = format!("a parameter cannot be called `{}`", name.text);
    Diagnostic::new(codes::GW0208, name.span, message)
        .because("this word means something of its own")
        .help("give it another name")
}

/// A parameter without a default after one that has one.
pub(crate) fn default_first(name: &Name, before: Span) -> Diagnostic {
    let message = format!("`{}` has no default, and follows one that has", name.text);
    Diagnostic::new(codes::GW0208, name.span, message)
        .because("could not be filled in by its place alone")
        .label(before, "has a default")
        .help("put parameters with defaults last")
}

/// A parameter that nothing uses.
pub(crate) fn unused_parameter(name: &Name) -> Diagnostic {
    let message = format!("the parameter `{}` is not used", name.text);
    Diagnostic::new(codes::GW0220, name.span, message)
        .because("what is filled in changes nothing")
        .help("use it or remove it")
}

/// A declaration that every instance would repeat.
pub(crate) fn declaration_in_template(keyword: Span) -> Diagnostic {
    let message = "a template cannot hold a declaration of this kind";
    Diagnostic::new(codes::GW0323, keyword, message)
        .because("every instance would declare it again")
        .help("move it out of the template")
}

/// Templates that are made of each other; each with the place of the use that leads to the next.
pub(crate) fn template_cycle(cycle: &[(String, Span, Span)]) -> Option<Diagnostic> {
    names::cycle(
        cycle,
        &names::Cycle {
            code: codes::GW0212,
            one: |name| format!("the template `{name}` uses itself"),
            several: "these templates use each other",
            reason: "would expand for ever",
            verb: "uses",
        },
    )
}

// Texts.

/// A brace that is neither doubled nor around a parameter.
pub(crate) fn lone_brace(text: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0213,
        text,
        "a brace in this text names no parameter",
    )
    .because("in a template, braces stand around a parameter")
    .help("write `{{` or `}}` for a brace")
}

/// `{prefx}`
pub(crate) fn unknown_in_text<'a>(
    text: Span,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("the template has no parameter `{name}`");
    let found = Diagnostic::new(codes::GW0213, text, message)
        .because(format!("`{{{name}}}` stands for nothing"));
    match nearest(name, known) {
        Some(meant) => found.help(format!("did you mean `{{{meant}}}`?")),
        None => found.help(format!(
            "declare `{name}: text`, or write `{{{{` for a brace"
        )),
    }
}

/// A parameter of another type in a text.
pub(crate) fn no_text(text: Span, name: &str, declared: Span) -> Diagnostic {
    let message = format!("`{{{name}}}` is no text");
    Diagnostic::new(codes::GW0213, text, message)
        .because("only parameters of type `text` can stand here")
        .label(declared, "declared here")
        .help("take a text parameter for it")
}

// Arguments.

fn wrong(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(codes::GW0209, span, message)
}

fn meaning(found: Diagnostic, span: Span, meant: &str) -> Diagnostic {
    found.help(format!("did you mean `{meant}`?")).fix(
        format!("write `{meant}`"),
        Applicability::Maybe,
        span,
        meant,
    )
}

/// Something that is neither one term nor a list of terms.
pub(crate) fn no_value(span: Span) -> Diagnostic {
    wrong(span, "this cannot be filled in for a parameter")
        .because("neither one value nor a list of them")
        .help("write a name, a text, a number, a length of time, or a list such as `[A, B]`")
}

/// An argument by place after one by name.
pub(crate) fn place_after_name(span: Span, named: Span) -> Diagnostic {
    wrong(span, "a value without a name follows one with a name")
        .because("its place says nothing here")
        .label(named, "named here")
        .help("name it, or put it first")
}

/// An argument for a parameter that is not there.
pub(crate) fn unknown_parameter<'a>(
    callee: &Name,
    name: &Name,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let message = format!("`{}` has no parameter `{}`", callee.text, name.text);
    let found = wrong(name.span, message)
        .because("no such parameter")
        .label(callee.span, "declared here");
    match nearest(&name.text, known.iter().copied()) {
        Some(meant) => meaning(found, name.span, meant),
        None if known.is_empty() => found.help("remove it: there is no parameter"),
        None => found.help(format!("there is {}", one_of(known, "and"))),
    }
}

/// More arguments than parameters.
pub(crate) fn too_many(callee: &Name, span: Span, given: usize, wanted: usize) -> Diagnostic {
    let given = match given {
        1 => "one is".to_owned(),
        _ => format!("{given} are"),
    };
    let wanted = counted(wanted);
    let message = format!("`{}` takes {wanted}, and {given} given", callee.text);
    wrong(span, message)
        .because("one too many")
        .label(callee.span, "declared here")
        .help("remove what is too many")
}

/// A parameter without a value.
pub(crate) fn missing(callee: &Name, missing: &[&Name], used_at: Span) -> Diagnostic {
    let names = one_of(missing.iter().map(|name| name.text.as_str()), "and");
    let mut found =
        wrong(used_at, format!("`{}` needs {names}", callee.text)).because("not filled in");
    for name in missing.iter().take(4) {
        found = found.label(name.span, "has no default");
    }
    let sample: Vec<String> = missing
        .iter()
        .map(|name| format!("{}: …", name.text))
        .collect();
    found.help(format!("fill it in: `({})`", sample.join(", ")))
}

fn counted(count: usize) -> String {
    match count {
        0 => "no values".to_owned(),
        1 => "one value".to_owned(),
        _ => format!("{count} values"),
    }
}

/// A parameter with two values.
pub(crate) fn filled_twice(parameter: &Name, span: Span, first: Span) -> Diagnostic {
    wrong(span, format!("`{}` is filled in twice", parameter.text))
        .because("again here")
        .label(first, "first filled in here")
        .help("remove one of the two")
}

fn expected(parameter: &Name, span: Span, message: String, wanted: &str) -> Diagnostic {
    wrong(span, message)
        .because(format!("not {wanted}"))
        .label(parameter.span, format!("`{}` is {wanted}", parameter.text))
}

/// A list for a parameter that is one thing.
pub(crate) fn list_for_one(parameter: &Name, span: Span, wanted: &str) -> Diagnostic {
    let message = format!(
        "a list is filled in, where `{}` is {wanted}",
        parameter.text
    );
    expected(parameter, span, message, wanted).help(format!(
        "fill in one value, or declare `{}` as `list of …`",
        parameter.text
    ))
}

/// One thing for a parameter that is a list.
pub(crate) fn one_for_list(parameter: &Name, span: Span, wanted: &str, shown: &str) -> Diagnostic {
    let message = format!(
        "`{shown}` is filled in, where `{}` is {wanted}",
        parameter.text
    );
    expected(parameter, span, message, wanted)
        .help(format!("write `[{shown}]`"))
        .fix(
            format!("write `[{shown}]`"),
            Applicability::Always,
            span,
            format!("[{shown}]"),
        )
}

/// A parameter of the template around of another type.
pub(crate) fn other_type(parameter: &Name, span: Span, wanted: &str, found: &str) -> Diagnostic {
    let message = format!(
        "{found} is filled in, where `{}` is {wanted}",
        parameter.text
    );
    expected(parameter, span, message, wanted).help("hand on a parameter of the same type")
}

/// A value of another type.
pub(crate) fn wrong_type(parameter: &Name, atom: &Atom, wanted: &str, is_text: bool) -> Diagnostic {
    let shown = atom.shown();
    let message = format!("`{shown}` is not {wanted}");
    let found = expected(parameter, atom.span(), message, wanted);
    match atom {
        Atom::Word(name) | Atom::Literal(name) if is_text => {
            let quoted = format!("\"{}\"", name.text);
            found.help(format!("write {quoted}")).fix(
                format!("write {quoted}"),
                Applicability::Always,
                name.span,
                quoted,
            )
        }
        _ => found.help(format!("fill in {wanted}")),
    }
}

/// A word that is no member of an enumeration.
pub(crate) fn no_member<'a>(
    parameter: &Name,
    atom: &Atom,
    wanted: &str,
    members: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let written = match atom {
        Atom::Word(name) | Atom::Literal(name) => name.text.as_str(),
        Atom::Text(text) => text.value.as_str(),
    };
    let members: Vec<&str> = members.collect();
    let message = format!("`{written}` is not {wanted}");
    let found = expected(parameter, atom.span(), message, wanted);
    match nearest(written, members.iter().copied()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")),
        None => found.help(format!("there is {}", one_of(members, "and"))),
    }
}

/// Templates or calls of rules that make too much.
pub(crate) fn too_much(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0214,
        span,
        "the templates of the project make too much",
    )
    .because("beyond what is expanded")
    .help("use fewer templates inside templates, or fewer instances")
}
