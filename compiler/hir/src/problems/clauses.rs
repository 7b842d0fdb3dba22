//! What can be wrong with declarations and clauses.

use gatewright_diagnostics::{Applicability, Diagnostic, Edit, Fix, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, Head, Name, ObjectKind, Text};

use super::names::{a_kind, sample};
use super::syntax::head_meant;
use crate::suggest::{nearest, one_of};

/// A library with declarations that hold in itself alone.
pub(crate) fn not_handed_on(keyword: Span, count: usize) -> Diagnostic {
    let message = match count {
        1 => "a library hands this on to nobody".to_owned(),
        _ => format!("a library hands this and {} more on to nobody", count - 1),
    };
    Diagnostic::new(codes::GW0218, keyword, message)
        .because("holds in the library alone")
        .help("make it a template, or move it to the project that uses the library")
}

/// A group in a scope.
pub(crate) fn declaration_in_scope(keyword: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        keyword,
        "names are declared outside of scopes",
    )
    .because("in a scope")
    .help("move the declaration out: every file sees every name")
}

// Declarations of objects.

/// An empty id.
pub(crate) fn empty_id(name: &Name, kind: ObjectKind, span: Span) -> Diagnostic {
    let what = if name.text.is_empty() {
        a_kind(kind).to_owned()
    } else {
        format!("`{}`", name.text)
    };
    Diagnostic::new(codes::GW0328, span, format!("the id of {what} is empty"))
        .because("empty")
        .help("write the object's id")
}

/// An object without its id.
pub(crate) fn id_expected(name: &Name, kind: ObjectKind, span: Span) -> Diagnostic {
    let message = format!("the id of `{}` is missing", name.text);
    Diagnostic::new(codes::GW0328, span, message)
        .because(format!("{} is declared by its id", a_kind(kind)))
        .help(format!("write `{}`", sample(kind, &name.text)))
}

/// An id that is no authentication context's.
pub(crate) fn bad_context(id: &str, span: Span) -> Diagnostic {
    let message = format!("`{id}` is no authentication context");
    Diagnostic::new(codes::GW0417, span, message)
        .because("not one of `c1` to `c99`")
        .help("write its id, such as `c1`")
}

/// A location that says something else than it can.
pub(crate) fn bad_location(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0328,
        span,
        "this does not say what is in the location",
    )
    .because("ranges, countries or a compliant network are expected")
    .help(
        "write `ranges [203.0.113.0/24]`, `trusted ranges […]`, `countries [NL, BE]`, \
             `countries [KP] or unknown`, `compliantNetwork \"id\"`, or the location's id \
                  in quotes",
    )
}

/// `location Office = 203.0.113.0/24`
pub(crate) fn bare_range(range: &Name) -> Diagnostic {
    let text = format!("ranges [{}]", range.text);
    bad_location(range.span)
        .help(format!("write `{text}`"))
        .fix(
            format!("write `{text}`"),
            Applicability::Maybe,
            range.span,
            text,
        )
}

/// More ranges than the service takes.
pub(crate) fn too_many_ranges(name: &Name, list: Span, count: usize, limit: usize) -> Diagnostic {
    let message = format!(
        "`{}` has {count} ranges, and the service takes {limit}",
        name.text
    );
    Diagnostic::new(codes::GW0505, list, message)
        .because(format!("{} too many", count.saturating_sub(limit)))
        .help("join neighbouring ranges, or split the location")
}

/// A strength that says something else than it can.
pub(crate) fn bad_strength(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0328,
        span,
        "this does not say what satisfies the strength",
    )
    .because("combinations of methods are expected")
    .help("write `combinations [[password, sms], [fido2]]`, or the strength's id in quotes")
}

// Phrases.

/// A list where a name is expected.
pub(crate) fn name_expected(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        format!("the name of {what} is expected here"),
    )
    .because("not a name")
    .help("write a declared name, or an id in quotes")
}

/// Something more than the clause can have.
pub(crate) fn unexpected(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0320, span, "this is not part of the clause")
        .because("nothing more is expected here")
        .help("remove it, or write a comma before it if it is another item")
}

/// The same, where it begins with a word that may be a misspelt head.
pub(crate) fn unexpected_word(span: Span, word: Option<&Name>) -> Diagnostic {
    if let Some(found) = word.and_then(foreign_word) {
        return found;
    }
    let heads = Head::ALL.iter().map(|head| head.word());
    let meant = word.and_then(|word| {
        let meant = head_meant(&word.text).map(Head::word);
        Some((word, meant.or_else(|| nearest(&word.text, heads))?))
    });
    let Some((word, meant)) = meant else {
        return unexpected(span);
    };
    let message = format!("`{}` starts no clause", word.text);
    Diagnostic::new(codes::GW0320, word.span, message)
        .because("still in the clause before")
        .help(format!("did you mean `{meant}`?"))
        .fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            word.span,
            meant,
        )
}

/// A word with which other languages put the items of a list together.
fn foreign_word(word: &Name) -> Option<Diagnostic> {
    let message = format!("`{}` puts nothing together here", word.text);
    let found =
        Diagnostic::new(codes::GW0320, word.span, message).because("no word of this clause");
    match word.text.to_ascii_lowercase().as_str() {
        "exclude" | "excludes" | "excluding" | "excluded" | "without" | "not" | "but" => {
            Some(found.help("write `except` before what is not meant").fix(
                "write `except`",
                Applicability::Maybe,
                word.span,
                "except",
            ))
        }
        "and" => Some(found.help(
            "several names stand in a list, `[A, B]`; controls of which each is required in \
             `require all [A, B]`",
        )),
        "or" => Some(found.help(
            "several names stand in a list, `[A, B]`; controls of which one is enough in \
             `require any [A, B]`",
        )),
        _ => None,
    }
}

/// `platforms not [windows]`
pub(crate) fn negated(word: &Name) -> Diagnostic {
    Diagnostic::new(codes::GW0320, word.span, "a list cannot be negated")
        .because("no word of this clause")
        .help("write `all except`, and then what is not meant")
        .fix(
            "write `all except`",
            Applicability::Maybe,
            word.span,
            "all except",
        )
}

/// Nothing where a list is expected.
pub(crate) fn list_expected(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0320, span, "a list is expected here")
        .because("nothing follows")
        .help("write a list such as `[A, B]`")
}

/// `state on`
pub(crate) fn bad_state(span: Span, word: Option<&Name>) -> Diagnostic {
    const STATES: [&str; 3] = ["enabled", "disabled", "reportOnly"];
    let message = match word {
        Some(word) => format!("`{}` is no state", word.text),
        None => "a policy has one state".to_owned(),
    };
    let found = Diagnostic::new(codes::GW0302, span, message).because("not a state");
    let meant = word.and_then(|word| match word.text.to_ascii_lowercase().as_str() {
        "on" | "true" | "active" => Some("enabled"),
        "off" | "false" | "inactive" => Some("disabled"),
        "report" | "reporting" | "audit" | "reportonly" | "enabledforreportingbutnotenforced" => {
            Some("reportOnly")
        }
        _ => nearest(&word.text, STATES),
    });
    match meant {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            meant,
        ),
        None => found.help(format!("use {}", one_of(STATES, "or"))),
    }
}

/// `devices [A]`
pub(crate) fn filter_expected(clause: &Clause) -> Diagnostic {
    Diagnostic::new(codes::GW0320, clause.span, "`devices` needs a filter")
        .because("neither `where` nor `except`")
        .help("write `devices where device.isCompliant -eq True`")
}

/// A clause that belongs to something else.
pub(crate) fn foreign_clause(clause: &Clause, is_entra: bool) -> Diagnostic {
    let word = clause.head.word();
    let owner = match clause.head {
        Head::Always | Head::Never => Some("an invariant"),
        Head::Grace | Head::Noncompliance => Some("a compliance policy"),
        Head::Applied | Head::Verdict => Some("a test"),
        Head::Then => Some("a policy under a schema of one's own"),
        _ => None,
    };
    let message = match (owner, is_entra) {
        (Some(owner), _) => format!("`{word}` belongs to {owner}"),
        (None, true) => format!("`{word}` does not belong to a policy"),
        (None, false) => format!(
            "`{word}` belongs to Conditional Access, and this project has a schema of its own"
        ),
    };
    let found =
        Diagnostic::new(codes::GW0323, clause.head_span, message).because("cannot stand here");
    if clause.head == Head::Then {
        found.help("say what happens with `block`, `require` or `session`")
    } else if is_entra {
        found.help("remove the clause")
    } else {
        found.help("say it in a `when` clause, with the attributes of the schema")
    }
}

/// The same clause twice.
pub(crate) fn duplicate_clause(clause: &Clause, first: Span) -> Diagnostic {
    let word = clause.head.word();
    let found = Diagnostic::new(
        codes::GW0321,
        clause.head_span,
        format!("`{word}` is written twice"),
    )
    .because("again here")
    .label(first, "first written here");
    match clause.head {
        Head::When | Head::Unless => found.help("connect the two conditions with `-and` or `-or`"),
        Head::State | Head::Block | Head::Devices | Head::Then => found.help("remove one of them"),
        Head::Require => {
            found.help("put both into one list: `require any […]` or `require all […]`")
        }
        _ => found.help("put both into one clause, with a comma between"),
    }
}

/// A clause that a scope has set already.
pub(crate) fn set_by_scope(clause: &Clause, scope: Span) -> Diagnostic {
    let word = clause.head.word();
    let message = format!("`{word}` is set by the scope already");
    Diagnostic::new(codes::GW0321, clause.head_span, message)
        .because("set again here")
        .label(scope, "set for every policy of the scope here")
        .help(format!(
            "remove one of them; only exceptions add up: `{word} except …`"
        ))
        .fix(
            format!("remove this `{word}`"),
            Applicability::Maybe,
            clause.span,
            "",
        )
}

/// `users` and `workloads`
pub(crate) fn two_identities(first: Head, at: Span, other: Head, span: Span) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` are about two classes of identities, and no sign-in is of both",
        first.word(),
        other.word()
    );
    Diagnostic::new(codes::GW0322, span, message)
        .because("another class")
        .label(at, "the first one")
        .help("write one for each of them")
}

/// `apps` and `actions`
pub(crate) fn two_targets(first: Head, at: Span, other: Head, span: Span) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` are about two kinds of target, and no sign-in has both",
        first.word(),
        other.word()
    );
    Diagnostic::new(codes::GW0322, span, message)
        .because("another kind of target")
        .label(at, "the first one")
        .help("write one for each of them")
}

/// `users except groups [A]`
pub(crate) fn only_exceptions(head: Head, except: Span) -> Diagnostic {
    let word = head.word();
    Diagnostic::new(
        codes::GW0320,
        except,
        format!("`{word}` has exceptions, and nothing to except them from"),
    )
    .because("nothing stands before this")
    .help(format!("write `{word} all except …`"))
}

/// `users all, apps all`: a comma before the next clause.
pub(crate) fn comma_before(word: &Name, head: Head) -> Diagnostic {
    let message = format!("`{}` starts a clause of its own", head.word());
    Diagnostic::new(codes::GW0320, word.span, message)
        .because("still in the clause before, because of the comma")
        .help(format!("remove the comma before `{}`", head.word()))
}

/// `users all except apps all`: nothing is excepted.
pub(crate) fn nothing_excepted(except: Span, word: &Name) -> Diagnostic {
    Diagnostic::new(codes::GW0320, except, "`except` has nothing to except")
        .because("nothing follows")
        .label(word.span, "this starts a clause of its own")
        .help("write what is excepted, such as `except groups [BreakGlass]`, or remove `except`")
}

/// `users all, groups [A]`
pub(crate) fn not_alone(special: Span, other: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(
        codes::GW0330,
        special,
        "this stands for all or none, and others are named too",
    )
    .because("has to stand alone");
    match other {
        Some(other) => found
            .label(other, "named too")
            .help("remove one of the two"),
        None => found.help("remove it, or the others"),
    }
}

/// `users [Finance]`
pub(crate) fn say_which_kind(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        "this does not say what the names stand for",
    )
    .because("users, groups, roles or guests?")
    .help("write `users [A]`, `groups [A]` or `roles [A]`")
}

/// `users Finance`
pub(crate) fn not_a_who(word: &Name, kind: Option<ObjectKind>) -> Diagnostic {
    const WORDS: [&str; 7] = [
        "all",
        "none",
        "allAgentUsers",
        "users",
        "groups",
        "roles",
        "guests",
    ];
    let message = format!("`{}` does not say who", word.text);
    let found = Diagnostic::new(codes::GW0320, word.span, message);
    if let Some(kind @ (ObjectKind::User | ObjectKind::Group | ObjectKind::Role)) = kind {
        let text = format!("{}s [{}]", kind.keyword(), word.text);
        return found
            .because(format!("{}, without the word for it", a_kind(kind)))
            .help(format!("write `{text}`"))
            .fix(
                format!("write `{text}`"),
                Applicability::Maybe,
                word.span,
                text,
            );
    }
    let meant = match word.text.to_ascii_lowercase().as_str() {
        "everyone" | "everybody" | "any" | "anyone" => Some("all"),
        "external" | "externalusers" => Some("guests all"),
        _ => nearest(&word.text, WORDS),
    };
    match meant {
        Some(meant) => found
            .because("not a word for users")
            .help(format!("did you mean `{meant}`?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                word.span,
                meant,
            ),
        None => found
            .because("not a word for users")
            .help("write `all`, `none`, `users [A]`, `groups [A]`, `roles [A]` or `guests all`"),
    }
}

/// A word where ids in quotes are expected.
pub(crate) fn id_in_quotes(span: Span, head: Head) -> Diagnostic {
    let sample = if head == Head::Agents {
        "agents agents [\"id\"]"
    } else {
        "workloads servicePrincipals [\"id\"]"
    };
    Diagnostic::new(
        codes::GW0320,
        span,
        "an object id in quotes is expected here",
    )
    .because("not an id")
    .help(format!("write `all`, or `{sample}`"))
}

/// `users all except all`
pub(crate) fn except_all(head: Head, span: Span) -> Diagnostic {
    let message = format!(
        "`{}` excepts `all`, so the policy never applies",
        head.word()
    );
    Diagnostic::new(codes::GW0418, span, message)
        .because("leaves nothing")
        .help("name what is excepted, or write `state disabled`")
}

/// `except` where nothing can be excepted.
pub(crate) fn no_except(head: Head, span: Span) -> Diagnostic {
    let message = format!("`{}` has no `except`", head.word());
    Diagnostic::new(codes::GW0320, span, message)
        .because("nothing can be excepted here")
        .help("name those that are meant")
}

// `graph`

/// `graph` with something else than an object.
pub(crate) fn graph_not_object(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0601, span, "`graph` needs a JSON object")
        .because("not an object")
        .help("write `graph { \"member\": … }`")
}

/// `graph` with something that is no JSON.
pub(crate) fn graph_not_json(span: Span, reason: &str) -> Diagnostic {
    let mut reason = reason.trim_end_matches('.').to_owned();
    if let Some(first) = reason.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    Diagnostic::new(codes::GW0601, span, format!("this is not JSON: {reason}"))
        .because("here")
        .help("write it as Microsoft Graph returns it")
}

/// A member of `graph` that a clause says.
pub(crate) fn graph_has_clause(path: &str, clause: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` has a clause of its own");
    Diagnostic::new(codes::GW0320, span, message)
        .because("ignored here")
        .help(format!("say it with {clause}"))
}

/// A member of `graph` twice.
pub(crate) fn graph_member_twice(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0602, span, format!("`{name}` is written twice"))
        .because("again here")
        .label(first, "first written here")
        .help("remove one of them")
}

/// A condition that nobody understands.
pub(crate) fn unmodelled_condition(path: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}` is carried, not understood: it may narrow the policy");
    Diagnostic::new(codes::GW0611, span, message)
        .because("evaluates as unknown")
        .help(
            "the policy does not apply where this would decide; `--mode pessimistic` \
             assumes it does",
        )
}

// Outcome.

/// A policy of one's own schema without an effect.
pub(crate) fn effect_missing(name: &Text) -> Diagnostic {
    let message = format!("`{}` does not say what happens", name.value);
    Diagnostic::new(codes::GW0320, name.span, message)
        .because("no `then`")
        .help("write `then` and an effect of the schema")
}

/// `then` with something else than one word.
pub(crate) fn one_effect(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0320, span, "`then` needs the name of one effect")
        .because("not one name")
        .help("write `then` and an effect of the schema")
}

/// `require [mfa, compliantDevice]`
pub(crate) fn any_or_all(span: Span) -> Diagnostic {
    let before = Span::new(span.source, span.start, span.start);
    Diagnostic::new(
        codes::GW0327,
        span,
        "are all of these required, or any one of them?",
    )
    .because("several controls, without `any` or `all`")
    .help("write `require any […]` or `require all […]`")
    .fix(
        "require any one of them",
        Applicability::Maybe,
        before,
        "any ",
    )
    .fix("require all of them", Applicability::Maybe, before, "all ")
}

/// `require mfa, compliantDevice`, `require any mfa, compliantDevice`
pub(crate) fn controls_without_list(items: Span, quantifier: Option<&Name>) -> Diagnostic {
    let found = match quantifier {
        Some(word) => {
            let message = format!("the controls of `{}` stand in a list", word.text);
            Diagnostic::new(codes::GW0320, items, message)
                .because("several controls, without a list")
                .help(format!("write `require {} […]`", word.text))
        }
        None => Diagnostic::new(
            codes::GW0327,
            items,
            "are all of these required, or any one of them?",
        )
        .because("several controls, without `any` or `all`")
        .help("write `require any […]` or `require all […]`"),
    };
    let before = Span::new(items.source, items.start, items.start);
    let after = Span::new(items.source, items.end, items.end);
    let brackets = |opening: &str| {
        [(before, opening.to_owned()), (after, "]".to_owned())]
            .map(|(span, text)| Edit { span, text })
            .to_vec()
    };
    let fix = |title: &str, opening: &str| Fix {
        title: title.to_owned(),
        applicability: Applicability::Maybe,
        edits: brackets(opening),
    };
    let fixes = match quantifier {
        Some(_) => vec![fix("put them into a list", "[")],
        None => vec![
            fix("require any one of them", "any ["),
            fix("require all of them", "all ["),
        ],
    };
    Diagnostic { fixes, ..found }
}

/// Something else where a control is expected.
pub(crate) fn control_expected(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        "the name of a control is expected here",
    )
    .because("not a control")
    .help(
        "write `mfa`, `compliantDevice`, `strength PhishingResistantMfa`, `terms \
             Name` or `custom \"id\"`",
    )
}

/// A control that nobody knows.
pub(crate) fn unknown_control(word: &Name, kind: Option<ObjectKind>) -> Diagnostic {
    const WORDS: [&str; 11] = [
        "mfa",
        "compliantDevice",
        "domainJoinedDevice",
        "approvedApplication",
        "compliantApplication",
        "passwordChange",
        "riskRemediation",
        "verifiedID",
        "strength",
        "terms",
        "custom",
    ];
    let message = format!("there is no control `{}`", word.text);
    let found = Diagnostic::new(codes::GW0201, word.span, message).because("not a control");
    if let Some(kind @ (ObjectKind::Strength | ObjectKind::Terms)) = kind {
        let text = format!("{} {}", kind.keyword(), word.text);
        return found.help(format!("write `{text}`")).fix(
            format!("write `{text}`"),
            Applicability::Maybe,
            word.span,
            text,
        );
    }
    let meant = match word.text.to_ascii_lowercase().as_str() {
        "multifactor" | "multifactorauthentication" | "2fa" => Some("mfa"),
        "hybridjoineddevice" | "hybriddevice" | "hybridazureadjoineddevice" => {
            Some("domainJoinedDevice")
        }
        "approvedapp" | "approvedclientapp" => Some("approvedApplication"),
        "appprotection" | "appprotectionpolicy" => Some("compliantApplication"),
        "termsofuse" => Some("terms"),
        _ => nearest(&word.text, WORDS),
    };
    match meant {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            word.span,
            meant,
        ),
        None => found.help(format!("use {}", one_of(WORDS, "or"))),
    }
}

/// `require strength`
pub(crate) fn control_without_name(word: &Name) -> Diagnostic {
    let message = format!("`{}` needs a name after it", word.text);
    let sample = match word.text.as_str() {
        "strength" => "strength PhishingResistantMfa",
        "terms" => "terms Name",
        _ => "custom \"id\"",
    };
    Diagnostic::new(codes::GW0320, word.span, message)
        .because("nothing follows")
        .help(format!("write `{sample}`"))
}

/// `require custom Name`
pub(crate) fn custom_id(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        "a custom control is named by its id in quotes",
    )
    .because("not an id")
    .help("write `custom \"id\"`")
}

/// A control that the schema does not declare.
pub(crate) fn unknown_own_control(word: &Name, names: &[&str]) -> Diagnostic {
    let message = format!("there is no control `{}`", word.text);
    let found = Diagnostic::new(codes::GW0201, word.span, message).because("not in the schema");
    match nearest(&word.text, names.iter().copied()) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            word.span,
            meant,
        ),
        None if names.is_empty() => found.help(format!("declare it: `control {}`", word.text)),
        None => found.help(format!("use {}", one_of(names.iter().copied(), "or"))),
    }
}

/// Something else where a session control is expected.
pub(crate) fn session_control_expected(span: Span, names: &[&str]) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        "the name of a session control is expected here",
    )
    .because("not a session control")
    .help(format!("use {}", one_of(names.iter().copied(), "or")))
}

/// A session control that nobody knows.
pub(crate) fn unknown_session_control(word: &Name, names: &[&str]) -> Diagnostic {
    let message = format!("there is no session control `{}`", word.text);
    let found = Diagnostic::new(codes::GW0201, word.span, message).because("not a session control");
    let meant = match word.text.to_ascii_lowercase().as_str() {
        "tokenprotection" => Some("secureSignInSession"),
        "appenforcedrestrictions" => Some("applicationEnforcedRestrictions"),
        "persistentbrowsersession" => Some("persistentBrowser"),
        "cae" => Some("continuousAccessEvaluation"),
        _ => nearest(&word.text, names.iter().copied()),
    };
    match meant {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            word.span,
            meant,
        ),
        None => found.help(format!("use {}", one_of(names.iter().copied(), "or"))),
    }
}

/// A session control twice.
pub(crate) fn session_control_twice(word: &Name, first: Span) -> Diagnostic {
    let message = format!("`{}` is written twice", word.text);
    Diagnostic::new(codes::GW0321, word.span, message)
        .because("again here")
        .label(first, "first written here")
        .help("remove one of them")
}

/// `session persistentBrowser`
pub(crate) fn mode_missing(control: &Name, names: &[&str]) -> Diagnostic {
    let message = format!("`{}` needs its mode after it", control.text);
    Diagnostic::new(codes::GW0320, control.span, message)
        .because("nothing follows")
        .help(format!("write {}", one_of(names.iter().copied(), "or")))
}

/// `session filteringProfile`
pub(crate) fn profile_id(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0320,
        span,
        "`filteringProfile` needs the profile's id in quotes",
    )
    .because("no id")
    .help("write `filteringProfile \"id\"`")
}

/// `signInFrequency often`
pub(crate) fn bad_frequency(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0326, span, "this is no sign-in frequency")
        .because("hours, days or `everyTime` are expected")
        .help(
            "write `signInFrequency 4 hours`, `signInFrequency 7 days` or \
             `signInFrequency everyTime`",
        )
}

/// Scopes whose clauses are too much for all the policies inside.
pub(crate) fn scopes_too_large(name: &Text) -> Diagnostic {
    let message = format!(
        "with the clauses of its scopes `{}` is one declaration too many",
        name.value
    );
    Diagnostic::new(codes::GW0502, name.span, message)
        .because("the clauses of the scopes are written out for each of them")
        .help("name a group for the users or apps that the scope lists")
}
