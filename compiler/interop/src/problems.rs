//! What reading Graph JSON has to say: every wording of the `GW06xx` codes.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;

use crate::json::{JsonProblem, JsonProblemKind, NESTING_MAX, Value};
use crate::sink::Item;

/// How many places of one kind a report shows.
const LABELS_MAX: usize = 6;

pub(crate) fn json(problem: JsonProblem) -> Diagnostic {
    use JsonProblemKind as K;
    let JsonProblem { kind, span } = problem;
    let malformed = |message: &str| Diagnostic::new(codes::GW0601, span, message);
    match kind {
        K::Expected(what) => malformed(&format!("{what} was expected here")),
        K::Unclosed(open) => malformed("the file ends before everything is closed")
            .label(open, "opened here")
            .help("see whether the file was cut off"),
        K::Comment => malformed("JSON has no comments").help("take the comment out"),
        K::TrailingComma => malformed("nothing follows the comma").fix(
            "take the comma out",
            Applicability::Always,
            span,
            "",
        ),
        K::MissingComma => {
            malformed("a comma is missing").fix("put a comma", Applicability::Always, span, ",")
        }
        K::UnterminatedString => malformed("the string is not closed on its line"),
        K::BadEscape => {
            malformed("JSON has no such escape").help("write a backslash itself as `\\\\`")
        }
        K::LoneSurrogate => malformed("the escape is half of a pair of UTF-16 code units"),
        K::ControlCharacter => {
            malformed("a control character stands in a string").help("write it as an escape")
        }
        K::TooDeep => malformed(&format!("values are nested more than {NESTING_MAX} deep")),
        K::Duplicate(name, first) => {
            let message = format!("the member `{name}` is there twice");
            Diagnostic::new(codes::GW0602, span, message).label(first, "first here")
        }
    }
}

pub(crate) fn wrong_type(name: &str, value: &Value<'_>, expected: &str) -> Diagnostic {
    let message = format!(
        "`{name}` is {} where Graph has {expected}",
        value.type_name()
    );
    let problem = Diagnostic::new(codes::GW0603, value.span, message);
    let problem = problem.because(format!("not {expected}"));
    let is_flattened = |text: &str| {
        let types = ["@{", "System.", "Microsoft.Graph."];
        types.iter().any(|prefix| text.starts_with(prefix))
    };
    if value.as_str().is_some_and(is_flattened) {
        return problem.help("export again with `ConvertTo-Json -Depth 10`");
    }
    let is_scalar = value.as_array().is_none() && value.as_object().is_none();
    if expected == "an array" && is_scalar {
        return problem.help("write it as an array");
    }
    problem
}

/// Offer brackets around a value that stands alone where Graph has an array.
pub(crate) fn with_brackets(found: Diagnostic, value: &Value<'_>, text: &str) -> Diagnostic {
    let written = text.get(value.span.range()).unwrap_or_default();
    if value.as_str().is_none() || written.len() > 100 {
        return found;
    }
    let title = "make it an array of one";
    found.fix(
        title,
        Applicability::Maybe,
        value.span,
        format!("[{written}]"),
    )
}

pub(crate) fn unknown_value(item: &Item, what: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{}` is no {what}", shown(&item.text));
    let problem = Diagnostic::new(codes::GW0604, item.span, message);
    match nearest(&item.text, known) {
        Some(near) => problem
            .because("not known")
            .help(format!("did you mean `{near}`?"))
            .fix(
                format!("write `{near}`"),
                Applicability::Maybe,
                item.span,
                near,
            ),
        None => problem.because(format!("{} can stand here", either(known))),
    }
}

pub(crate) fn future_value(item: &Item, what: &str) -> Diagnostic {
    let message = format!("the export left out which {what} this is");
    Diagnostic::new(codes::GW0605, item.span, message)
        .because("stands for a value that the caller did not ask for")
        .help("export again with the header `Prefer: include-unknown-enum-members`")
}

pub(crate) fn unreadable_range(item: &Item, what: &str, help: &str) -> Diagnostic {
    let message = format!("`{}` is no {what}", shown(&item.text));
    Diagnostic::new(codes::GW0606, item.span, message).help(help)
}

pub(crate) fn duplicate_id(what: &str, id: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("two different {what} have the id `{}`", shown(id));
    Diagnostic::new(codes::GW0607, span, message)
        .label(first, "the other one is here")
        .help("leave only the one that holds")
}

pub(crate) fn unresolved(kind: ObjectKind, ids: &[Item], is_complete: bool) -> Option<Diagnostic> {
    let first = ids.first()?;
    let (code, place) = if is_complete {
        (
            codes::GW0608,
            "in the directory, which says that it is complete",
        )
    } else {
        (codes::GW0609, "among the objects that were read")
    };
    let message = match ids.len() {
        1 => format!(
            "there is no {} `{}` {place}",
            noun(kind, 1),
            shown(&first.text)
        ),
        count => format!("{count} {} are not {place}", noun(kind, count)),
    };
    let help = if is_complete {
        "take the id out, or add the object to the directory"
    } else {
        "add a file that has the object, or name it with `--directory`"
    };
    Some(places(Diagnostic::new(code, first.span, message), ids).help(help))
}

pub(crate) fn not_guids(ids: &[Item]) -> Option<Diagnostic> {
    let mut distinct: Vec<Item> = Vec::new();
    for id in ids {
        if distinct.len() <= LABELS_MAX && !distinct.iter().any(|d| d.text == id.text) {
            distinct.push(id.clone());
        }
    }
    let first = distinct.first()?;
    let message = match distinct.len() {
        1 => format!("`{}` is no GUID", shown(&first.text)),
        2 => format!("`{}` and another id are no GUIDs", shown(&first.text)),
        _ => format!("`{}` and other ids are no GUIDs", shown(&first.text)),
    };
    let problem = Diagnostic::new(codes::GW0610, first.span, message);
    Some(
        places(problem, &distinct)
            .help("put the object's id there; until then it stands for an object of that id"),
    )
}

/// Label the further places.
fn places(problem: Diagnostic, items: &[Item]) -> Diagnostic {
    let mut problem = problem;
    let further = items.iter().skip(1).take(LABELS_MAX - 1);
    for item in further {
        problem = problem.label(item.span, format!("`{}`", shown(&item.text)));
    }
    problem
}

pub(crate) fn unmodelled(
    path: &str,
    span: Span,
    is_condition: bool,
    near: Option<&str>,
) -> Diagnostic {
    let message = format!("`{}` is not understood", shown(path));
    let why = if is_condition {
        "whether this condition holds is taken for unknown"
    } else {
        "carried along, without effect"
    };
    let problem = Diagnostic::new(codes::GW0611, span, message).because(why);
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

pub(crate) fn missing_state(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0612, span, "the policy has no `state`")
        .because("taken for enabled")
        .help("write `\"state\": \"enabled\"`, or the state that is meant")
}

pub(crate) fn missing_member(span: Span, name: &str, taken_for: &str) -> Diagnostic {
    // Without these, nobody or nothing is meant: the service refuses the policy.
    let code = match name {
        "conditions" | "users" | "applications" => codes::GW0414,
        _ => codes::GW0613,
    };
    Diagnostic::new(code, span, format!("`{name}` is missing")).because(taken_for)
}

pub(crate) fn empty_client_types(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0614,
        span,
        "`clientAppTypes` is empty, which the service refuses",
    )
    .because("taken for `all`")
    .fix("write `[\"all\"]`", Applicability::Maybe, span, "[\"all\"]")
}

pub(crate) fn other_case(item: &Item, canonical: &str) -> Diagnostic {
    let message = format!("`{}` is spelled `{canonical}` in Graph", item.text);
    let title = format!("write `{canonical}`");
    Diagnostic::new(codes::GW0615, item.span, message).fix(
        title,
        Applicability::Always,
        item.span,
        canonical,
    )
}

pub(crate) fn old_spelling(item: &Item, now: &str, written: Option<&str>) -> Diagnostic {
    let message = format!("`{}` is an old name of {now}", item.text);
    let problem = Diagnostic::new(codes::GW0616, item.span, message);
    match written {
        Some(text) => problem.fix(
            format!("write `{text}`"),
            Applicability::Always,
            item.span,
            text,
        ),
        None => problem,
    }
}

pub(crate) fn device_state(span: Span, name: &str, rule: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0617, span, format!("`{name}` is deprecated"))
        .because("taken for a filter for devices")
        .help(format!("write a `deviceFilter` with the rule `{rule}`"))
}

pub(crate) fn several_kinds(span: Span, other: Span, left: &str, right: &str) -> Diagnostic {
    let message = format!("a policy has either {left} or {right}, not both");
    Diagnostic::new(codes::GW0618, span, message)
        .because("whether this condition holds is taken for unknown")
        .label(other, "the other one is here")
        .help("make two policies of it")
}

pub(crate) fn unsupported_object(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0619, span, format!("{what} are not judged")).because("passed over")
}

/// A plan whose policies together would be too large.
pub(crate) fn plan_too_large(span: Span) -> Diagnostic {
    let place = Span::new(span.source, span.start, (span.start + 1).min(span.end));
    let message = "the plan has too many rules for what it shares";
    Diagnostic::new(codes::GW0502, place, message)
        .because("shared conditions are written out for each rule")
        .help("name a group for the users or apps that are shared")
}

/// Settings of the catalogue, in which policies for Linux say what they require.
pub(crate) fn catalogue(span: Span) -> Diagnostic {
    let message = "settings of the catalogue are carried and not judged";
    Diagnostic::new(codes::GW0619, span, message)
        .because("whether a device satisfies them is taken for unknown")
        .help("write what they ask for as `require setting.…` to have it judged")
}

pub(crate) fn nothing_recognised(span: Span, is_terraform: bool) -> Diagnostic {
    let message = "no policy and no other object of Microsoft Graph is in this file";
    let found = Diagnostic::new(codes::GW0621, span, message);
    if is_terraform {
        return found.because("resources of Terraform").help(
            "Terraform is written, and not read: give the policies as Microsoft Graph returns them",
        );
    }
    found.help("see whether this is the file that was meant")
}

pub(crate) fn repeated_name(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    let message = format!("two {what} are called `{}`", shown(name));
    Diagnostic::new(codes::GW0622, span, message).label(first, "the other one is here")
}

pub(crate) fn host_bits(item: &Item) -> Diagnostic {
    let message = format!(
        "`{}` has bits set that the range leaves open",
        shown(&item.text)
    );
    Diagnostic::new(codes::GW0623, item.span, message).because("they are ignored")
}

pub(crate) fn all_with_others(all: &str, span: Span, name: &str) -> Diagnostic {
    let message = format!("`{all}` must stand alone in `{name}`");
    Diagnostic::new(codes::GW0624, span, message)
        .because("covers the others")
        .help("take the others out")
}

pub(crate) fn empty_include(span: Span, include: &str, exclude: &str) -> Diagnostic {
    let message = format!("`{exclude}` takes away from `{include}`, which is empty");
    Diagnostic::new(codes::GW0625, span, message)
        .because("nothing is included, so the policy never applies")
}

pub(crate) fn incomplete_control(span: Span, name: &str, needs: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0626,
        span,
        format!("`{name}` says too little to be enforced"),
    )
    .because("left out")
    .help(format!("add {needs}"))
}

/// A frequency of every time that has a length too.
pub(crate) fn frequency_says_both(every_time: Span, length: Span) -> Diagnostic {
    let message = "a sign-in frequency is every time or has a length, not both";
    Diagnostic::new(codes::GW0630, every_time, message)
        .because("taken for every time")
        .label(length, "and this is a length")
        .help("make `type` and `value` null, or write `timeBased`")
        .fix(
            "write `timeBased`",
            Applicability::Maybe,
            every_time,
            "timeBased",
        )
}

/// Findings of a file that are not shown.
pub(crate) fn left_out(span: Span, count: usize) -> Diagnostic {
    let what = if count == 1 {
        "finding is"
    } else {
        "findings are"
    };
    Diagnostic::new(
        codes::GW0631,
        span,
        format!("{count} more {what} not shown"),
    )
    .because("of this file")
    .help("mend what is shown, and run again")
}

pub(crate) fn missing_operator(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0627,
        span,
        "`operator` is missing, which the service refuses",
    )
    .because("all controls are taken to be required")
    .help("write `\"operator\": \"AND\"` or `\"operator\": \"OR\"`")
}

pub(crate) fn partially_enabled(item: &Item) -> Diagnostic {
    let message = "whom a policy reaches that is enabled in part is not documented";
    Diagnostic::new(codes::GW0628, item.span, message).because("taken for enabled")
}

pub(crate) fn unknown_directory_member(
    name: &str,
    span: Span,
    what: &str,
    near: Option<&str>,
) -> Diagnostic {
    let message = format!("{what} has no member `{}`", shown(name));
    let problem = Diagnostic::new(codes::GW0629, span, message).because("not known");
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("take it out; nothing reads it"),
    }
}

pub(crate) fn without_id(span: Span, what: &str) -> Diagnostic {
    let place = Span {
        end: span.end.min(span.start + 1),
        ..span
    };
    Diagnostic::new(
        codes::GW0629,
        place,
        format!("{what} of the directory has no `id`"),
    )
    .help("write the object's id; nothing is known by its name alone")
}

pub(crate) fn wrong_directory_type(name: &str, value: &Value<'_>, expected: &str) -> Diagnostic {
    let message = format!(
        "`{}` is {} where a directory file has {expected}",
        shown(name),
        value.type_name()
    );
    Diagnostic::new(codes::GW0603, value.span, message).because(format!("not {expected}"))
}

/// What a kind of object is called.
pub(crate) fn noun(kind: ObjectKind, count: usize) -> &'static str {
    let (one, many) = match kind {
        ObjectKind::Group => ("group", "groups"),
        ObjectKind::User => ("user", "users"),
        ObjectKind::App => ("app", "apps"),
        ObjectKind::Role => ("role", "roles"),
        ObjectKind::Location => ("named location", "named locations"),
        ObjectKind::Strength => ("authentication strength", "authentication strengths"),
        ObjectKind::Terms => ("terms of use", "terms of use"),
        ObjectKind::Context => ("authentication context", "authentication contexts"),
    };
    if count == 1 { one } else { many }
}

/// The known word that is meant, probably.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 64 {
        return None;
    }
    let folded = word.to_ascii_lowercase();
    let distance = |k: &str| strsim::damerau_levenshtein(&folded, &k.to_ascii_lowercase());
    let best = known
        .iter()
        .map(|k| (distance(k), *k))
        .min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 1 + word.len() / 6).then_some(best.1)
}

/// A member of `graph` that says something else than the clauses.
pub(crate) fn contradiction(path: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` is said otherwise by the clauses");
    Diagnostic::new(codes::GW0640, span, message)
        .because("ignored here")
        .help("take the member out; `graph` keeps the spelling of what the clauses say")
}

/// A member that was left out of an export, because the text was changed since.
pub(crate) fn stale(policy: &str, path: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` of \"{}\" is written anew", shown(policy));
    Diagnostic::new(codes::GW0642, span, message)
        .because("the policy was changed since this was written")
        .help("take the member out")
}

/// Something that the policies of Entra cannot say.
pub(crate) fn inexpressible(what: &str, why: &str, span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0641, span, format!("Entra cannot say {what}")).help(why.to_owned())
}

/// Something that the Terraform provider has no argument for.
pub(crate) fn not_in_terraform(what: &str, span: Span) -> Diagnostic {
    let message = format!("the Terraform provider `azuread` has no argument for {what}");
    Diagnostic::new(codes::GW0644, span, message)
        .help("export as Graph JSON, or leave the policy out")
}

/// `a`, `b` or `c`
fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// A text from the file, short and on one line.
fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() || c == '`' { ' ' } else { c };
    let mut short: String = text.chars().take(60).map(clean).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// A value that the type of a setting does not have.
pub(crate) fn not_a_setting_value(item: &Item, what: &str) -> Diagnostic {
    let message = format!("`{}` is no {what}", shown(&item.text));
    Diagnostic::new(codes::GW0604, item.span, message)
        .because("cannot be read")
        .help("write a version such as `10.0.22631`, a date such as `2026-02-05` or a number")
}

/// A filter beside the target of an assignment.
pub(crate) fn assignment_filter(span: Span) -> Diagnostic {
    let message = "the assignment has a filter, which is not evaluated";
    Diagnostic::new(codes::GW0440, span, message)
        .because("taken as assigned without it")
        .help("read its verdicts with care for devices that the filter leaves out")
}

/// A requirement that no member of the Graph object can say.
pub(crate) fn requirement_not_expressible(
    span: Span,
    platform: gatewright_value::vocabulary::CompliancePlatform,
) -> Diagnostic {
    let message = format!("a compliance policy of Intune for {platform} cannot ask for this");
    Diagnostic::new(codes::GW0442, span, message)
        .because("no member says it")
        .help("ask for one value of one setting, as a minimum or a maximum where it has an order")
}

/// A single user among those that a compliance policy is assigned to.
pub(crate) fn user_not_assignable(span: Span) -> Diagnostic {
    let message = "Intune assigns policies to groups, not to single users";
    Diagnostic::new(codes::GW0442, span, message)
        .because("left out")
        .help("put the user into a group")
}

/// A policy of Identity Protection.
pub(crate) fn legacy_risk_policy(span: Span, is_registration: bool) -> Diagnostic {
    let message = if is_registration {
        "a policy for registration has no counterpart in Conditional Access"
    } else {
        "the risk policies of Identity Protection are retired on 2026-10-01"
    };
    let found = Diagnostic::new(codes::GW0441, span, message);
    if is_registration {
        found
            .because("left out: it asks for something after the sign-in")
            .help("security defaults and registration campaigns ask users to register")
    } else {
        found
            .because("read as a policy of Conditional Access")
            .help("create that policy in Conditional Access, and switch this one off")
    }
}
