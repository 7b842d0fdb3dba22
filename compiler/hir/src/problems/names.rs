//! What can be wrong with a name.

use gatewright_diagnostics::{Applicability, Code, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, ObjectKind};

use crate::date::Date;
use crate::suggest::nearest;

/// `a group`, `an app`
pub(crate) fn a_kind(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "a group",
        ObjectKind::User => "a user",
        ObjectKind::App => "an app",
        ObjectKind::Role => "a role",
        ObjectKind::Location => "a location",
        ObjectKind::Strength => "an authentication strength",
        ObjectKind::Terms => "terms of use",
        ObjectKind::Context => "an authentication context",
    }
}

/// What a declaration of this kind looks like.
pub(crate) fn sample(kind: ObjectKind, name: &str) -> String {
    let value = match kind {
        ObjectKind::Location => "ranges [203.0.113.0/24]",
        ObjectKind::Strength => "combinations [[fido2]]",
        ObjectKind::Context => "\"c1\"",
        ObjectKind::App => "\"<application id>\"",
        _ => "\"<object id>\"",
    };
    format!("{} {name} = {value}", kind.keyword())
}

/// Nothing of this name.
pub(crate) fn unknown_object(name: &Name, kind: ObjectKind, candidates: Vec<&str>) -> Diagnostic {
    let message = format!("there is no {} `{}`", noun(kind), name.text);
    let found = Diagnostic::new(codes::GW0201, name.span, message);
    match nearest(&name.text, candidates) {
        Some(meant) => found
            .because("not declared in any file of the project")
            .help(format!("did you mean `{meant}`?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                name.span,
                meant,
            ),
        None => found
            .because("not declared in any file of the project")
            .help(format!("declare it: `{}`", sample(kind, &name.text))),
    }
}

/// `groups ["Finance"]`, `group Finance = "finance"`
pub(crate) fn not_a_guid(
    text: &str,
    span: Span,
    kind: ObjectKind,
    meant: Option<&str>,
) -> Diagnostic {
    let shown: String = text.chars().take(60).collect();
    let found = Diagnostic::new(codes::GW0610, span, format!("`{shown}` is no GUID")).because(
        format!("stands for {} of that id, not of that name", a_kind(kind)),
    );
    match meant {
        Some(meant) => found
            .help(format!("did you mean `{meant}`, without quotes?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                span,
                meant,
            ),
        None => found.help(match kind {
            ObjectKind::App => "put the application id there",
            _ => "put the object's id there",
        }),
    }
}

/// `group`, `authentication strength`
pub(crate) fn noun(kind: ObjectKind) -> &'static str {
    let phrase = a_kind(kind);
    phrase.split_once(' ').map_or(
        phrase,
        |(article, noun)| {
            if article.len() <= 2 { noun } else { phrase }
        },
    )
}

/// The name of an object of another kind.
pub(crate) fn wrong_kind(
    name: &Name,
    wanted: ObjectKind,
    found: ObjectKind,
    declared: Option<Span>,
) -> Diagnostic {
    let message = format!(
        "`{}` is {}, where {} is expected",
        name.text,
        a_kind(found),
        a_kind(wanted)
    );
    let mut diagnostic = Diagnostic::new(codes::GW0202, name.span, message)
        .because(format!("not {}", a_kind(wanted)));
    if let Some(span) = declared {
        diagnostic = diagnostic.label(span, format!("declared as {} here", a_kind(found)));
    }
    let is_who = |kind| {
        matches!(
            kind,
            ObjectKind::User | ObjectKind::Group | ObjectKind::Role
        )
    };
    if is_who(wanted) && is_who(found) {
        diagnostic.help(format!("write `{}s [{}]`", found.keyword(), name.text))
    } else {
        diagnostic.help(format!(
            "name {} here, or declare `{}` as one",
            a_kind(wanted),
            name.text
        ))
    }
}

/// The name of a rule where an object is expected.
pub(crate) fn rule_for_object(name: &Name, wanted: ObjectKind, declared: Span) -> Diagnostic {
    let message = format!(
        "`{}` is a rule, where {} is expected",
        name.text,
        a_kind(wanted)
    );
    Diagnostic::new(codes::GW0202, name.span, message)
        .because(format!("not {}", a_kind(wanted)))
        .label(declared, "declared as a rule here")
        .help(format!("use the rule in a condition: `when {}`", name.text))
}

/// The name of an object where a condition is expected.
pub(crate) fn object_for_rule(
    name: &Name,
    found: ObjectKind,
    declared: Option<Span>,
) -> Diagnostic {
    let message = format!("`{}` is {}, not a condition", name.text, a_kind(found));
    let mut diagnostic = Diagnostic::new(codes::GW0202, name.span, message)
        .because("neither true nor false on its own");
    if let Some(span) = declared {
        diagnostic = diagnostic.label(span, format!("declared as {} here", a_kind(found)));
    }
    let test = match found {
        ObjectKind::Group => format!("user.groups -contains {}", name.text),
        ObjectKind::Role => format!("user.roles -contains {}", name.text),
        ObjectKind::User => format!("user.id -eq {}", name.text),
        ObjectKind::App => format!("app -in [{}]", name.text),
        ObjectKind::Location => format!("location -in [{}]", name.text),
        ObjectKind::Context => format!("app.context -eq {}", name.text),
        ObjectKind::Strength | ObjectKind::Terms => {
            return diagnostic.help(format!(
                "require it: `require {} {}`",
                found.keyword(),
                name.text
            ));
        }
    };
    diagnostic.help(format!("test it: `{test}`")).fix(
        format!("write `{test}`"),
        Applicability::Maybe,
        name.span,
        test.clone(),
    )
}

/// No rule of this name.
pub(crate) fn unknown_rule<'a>(
    name: &Name,
    rules: impl Iterator<Item = &'a str>,
    attributes: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("there is no rule `{}`", name.text);
    let found = Diagnostic::new(codes::GW0201, name.span, message)
        .because("neither a rule nor `True` or `False`");
    let of_attribute = |full: &&str| {
        full.rsplit_once('.')
            .is_some_and(|(_, last)| last.eq_ignore_ascii_case(&name.text))
    };
    let attributes: Vec<&str> = attributes.collect();
    if let Some(full) = attributes.iter().copied().find(of_attribute) {
        return found
            .help(format!("did you mean the attribute `{full}`?"))
            .fix(
                format!("write `{full}`"),
                Applicability::Maybe,
                name.span,
                full,
            );
    }
    match nearest(&name.text, rules) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            name.span,
            meant,
        ),
        None => found.help(format!("declare it: `rule {} = …`", name.text)),
    }
}

/// The same name twice.
pub(crate) fn duplicate(kind: &str, name: &Name, first: Span) -> Diagnostic {
    let message = format!("the {kind} `{}` is declared twice", name.text);
    Diagnostic::new(codes::GW0203, name.span, message)
        .because("declared again here")
        .label(first, "first declared here")
        .help("remove one of the two, or give it another name")
}

/// Rules that need each other; each with the place of the use that leads to the next.
pub(crate) fn rule_cycle(cycle: &[(String, Span, Span)]) -> Option<Diagnostic> {
    self::cycle(
        cycle,
        &Cycle {
            code: codes::GW0204,
            one: |name| format!("the rule `{name}` is defined by itself"),
            several: "these rules are defined by each other",
            reason: "a rule cannot need its own value",
            verb: "needs",
        },
    )
}

/// How a cycle is spoken of.
pub(super) struct Cycle {
    pub(super) code: Code,
    pub(super) one: fn(&str) -> String,
    pub(super) several: &'static str,
    pub(super) reason: &'static str,
    pub(super) verb: &'static str,
}

/// Declarations that lead to each other; each with the place of what leads to the next.
pub(super) fn cycle(cycle: &[(String, Span, Span)], words: &Cycle) -> Option<Diagnostic> {
    let ((name, declared, _), rest) = cycle.split_first()?;
    let message = if rest.is_empty() {
        (words.one)(name)
    } else {
        let around = cycle.iter().chain(cycle.first());
        let names: Vec<String> = around.map(|(name, _, _)| format!("`{name}`")).collect();
        format!("{}: {}", words.several, names.join(" → "))
    };
    let mut diagnostic = Diagnostic::new(words.code, *declared, message).because(words.reason);
    for (at, (from, _, used)) in cycle.iter().enumerate() {
        let to = cycle.get(at + 1).map_or(name, |(to, _, _)| to);
        diagnostic = diagnostic.label(*used, format!("`{from}` {} `{to}`", words.verb));
    }
    Some(diagnostic.help("write one of them without the others"))
}

/// Two policies of one display name.
pub(crate) fn duplicate_policy(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0205,
        span,
        format!("there are two policies called `{name}`"),
    )
    .because("the same name again")
    .label(first, "first used here")
    .help("give each policy a name of its own: reports and decisions name policies by it")
}

/// Two things of one id.
pub(crate) fn duplicate_id(what: &str, id: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0206,
        span,
        format!("two {what} have the id `{id}`"),
    )
    .because("the same id again")
    .label(first, "first used here")
    .help("remove one of the two, or correct its id")
}

/// An annotation that nobody knows.
pub(crate) fn unknown_annotation(name: &Name, known: &[&'static str]) -> Diagnostic {
    let message = format!("there is no annotation `@{}`", name.text);
    let found = Diagnostic::new(codes::GW0207, name.span, message).because("not an annotation");
    match nearest(&name.text, known.iter().copied()) {
        Some(meant) => found.help(format!("did you mean `@{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            name.span,
            meant,
        ),
        None => found.help(format!(
            "use {}",
            crate::suggest::join(
                &known.iter().map(|k| format!("`@{k}`")).collect::<Vec<_>>(),
                "or"
            )
        )),
    }
}

/// `@id` twice.
pub(crate) fn second_id(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0207, span, "`@id` is written twice")
        .because("again here")
        .label(first, "first written here")
        .help("remove one of them")
}

/// An annotation whose argument is missing or of another kind.
pub(crate) fn bad_annotation(name: &Name, sample: &str) -> Diagnostic {
    let message = format!("`@{}` needs one text", name.text);
    Diagnostic::new(codes::GW0207, name.span, message)
        .because("its argument is missing or no text")
        .help(format!("write `{sample}`"))
}

/// `@expires` without a day.
pub(crate) fn bad_day(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0207, span, "`@expires` needs a day")
        .because("a year, a month and a day")
        .help("write `@expires(2027-01-01)`")
}

/// The day of an `@expires` is over.
pub(crate) fn expired(span: Span, day: Date, today: Date) -> Diagnostic {
    Diagnostic::new(codes::GW0215, span, format!("this expired on {day}"))
        .because(format!("today is {today}"))
        .help("remove what is not needed any longer, or write the new day")
}

/// The day of an `@expires` is near.
pub(crate) fn expires_soon(span: Span, day: Date, days_left: i64) -> Diagnostic {
    let when = match days_left {
        0 => "today".to_owned(),
        1 => format!("tomorrow, {day}"),
        _ => format!("{day}, in {days_left} days"),
    };
    let message = format!("the last day on which this holds is {when}");
    Diagnostic::new(codes::GW0216, span, message)
        .because("an error afterwards")
        .help("remove what is not needed any longer, or write the new day")
}

/// `@suppress` of what is not there; `whole` is what goes with it.
pub(crate) fn unused_suppression(span: Span, whole: Span, code: Code) -> Diagnostic {
    let message = format!("`{}` ({}) is not reported here", code.name(), code.slug());
    Diagnostic::new(codes::GW0217, span, message)
        .because("hides nothing")
        .help("remove the annotation")
        .fix("remove it", Applicability::Always, whole, "")
}

/// No template of this name.
pub(crate) fn unknown_template<'a>(
    name: &Name,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("there is no template `{}`", name.text);
    let found = Diagnostic::new(codes::GW0201, name.span, message)
        .because("not declared in any file of the project");
    match nearest(&name.text, known) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            name.span,
            meant,
        ),
        None => found.help(format!("declare it: `template {}(…) {{ … }}`", name.text)),
    }
}

/// `@suppress` without a code or a reason.
pub(crate) fn bad_suppression(span: Span, code: Option<Code>) -> Diagnostic {
    let code = code.unwrap_or(codes::GW0402).name();
    Diagnostic::new(codes::GW0207, span, "`@suppress` needs a code and a reason")
        .because("a code, and a text that says why")
        .help(format!("write `@suppress({code}, \"why\")`"))
}

/// `@suppress` of a code that does not exist.
pub(crate) fn unknown_code(name: &str, span: Span) -> Diagnostic {
    let found = Diagnostic::new(codes::GW0207, span, format!("there is no finding `{name}`"))
        .because("neither a code nor its readable name");
    let slugs: Vec<&str> = codes::all()
        .map(gatewright_diagnostics::Code::slug)
        .collect();
    match nearest(name, slugs) {
        Some(meant) => found.help(format!("did you mean \"{meant}\"?")).fix(
            format!("write \"{meant}\""),
            Applicability::Maybe,
            span,
            format!("\"{meant}\""),
        ),
        None => found.help("write a code such as `GW0402`"),
    }
}

/// `@suppress` of a finding that keeps everything from being decided.
pub(crate) fn not_suppressible(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` cannot be suppressed");
    Diagnostic::new(codes::GW0207, span, message)
        .because("nothing is decided while it stands")
        .help("correct what it is about")
}
