//! The words of phrases: which of them start one, and what follows each.

use gatewright_syntax::ast::{Head, ObjectKind};

use super::clauses::direct;

/// What follows a word of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing: the phrase is whole.
    Nothing,
    /// Names of objects, in brackets or one alone.
    Objects(ObjectKind),
    /// Names of applications, and of no group of them.
    Apps,
    /// Members of an enumeration.
    Members(&'static str),
    /// One of these words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// A length of time: numbers and units that are usual.
    Amounts(&'static [(&'static str, &'static str)]),
    /// `enabled` and the others.
    States,
    /// Controls.
    Controls,
    /// Session controls.
    Sessions,
    /// Effects of a schema of one's own.
    Effects,
    /// Codes of countries.
    Countries,
    /// An id in quotes.
    Id,
    /// Something that only the author knows.
    Text,
}

use Follows::{Amounts, Controls, Id, Members, Nothing, Objects, Sessions, Text, Words};

/// A word that starts a phrase.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) word: &'static str,
    pub(super) docs: &'static str,
    pub(super) follows: Follows,
}

impl Row {
    /// Whether a list in brackets is what usually follows.
    pub(super) fn is_list(&self) -> bool {
        let is_one = matches!(self.word, "strength" | "terms" | "custom" | "require");
        let is_listed = matches!(self.follows, Objects(_) | Members(_) | Controls);
        !is_one && (is_listed || matches!(self.word, "servicePrincipals" | "agents"))
    }
}

const fn row(word: &'static str, docs: &'static str, follows: Follows) -> Row {
    Row {
        word,
        docs,
        follows,
    }
}

const FILTER: Row = row("where", "by a filter over custom security attributes", Text);

const USERS: &[Row] = &[
    row("all", "every user, guests included", Nothing),
    row(
        "groups",
        "members of these groups",
        Objects(ObjectKind::Group),
    ),
    row("roles", "holders of these roles", Objects(ObjectKind::Role)),
    row("users", "these people", Objects(ObjectKind::User)),
    row("guests", "guests and external users", Members("GuestType")),
    row("none", "nobody", Nothing),
    row("allAgentUsers", "the user accounts of agents", Nothing),
];
const GUESTS: &[Row] = &[row("all", "guests of every type", Nothing)];
const WORKLOADS: &[Row] = &[
    row("all", "the tenant's own service principals", Nothing),
    row("servicePrincipals", "these, by id", Id),
    FILTER,
    row("none", "nobody", Nothing),
];
const AGENTS: &[Row] = &[
    row("all", "every agent identity", Nothing),
    row("agents", "these, by id", Id),
    FILTER,
    row("none", "nobody", Nothing),
];
const APPS: &[Row] = &[
    row("all", "every resource", Nothing),
    FILTER,
    row("none", "no resource", Nothing),
];
const ACTIONS: &[Row] = &[
    row(
        "registerSecurityInformation",
        "registers security information",
        Nothing,
    ),
    row("registerDevice", "registers or joins a device", Nothing),
    row("accountRecovery", "recovers an account", Nothing),
];
const PLATFORMS: &[Row] = &[row(
    "all",
    "every platform, those that the service does not recognise included",
    Nothing,
)];
const TRUSTED: Row = row(
    "allTrusted",
    "every named location that is trusted",
    Nothing,
);
const LOCATIONS: &[Row] = &[row("all", "every network", Nothing), TRUSTED];
/// The states of a policy.
pub(super) const STATES: &[Row] = &[
    row("enabled", "evaluated and enforced", Nothing),
    row(
        "reportOnly",
        "evaluated and recorded, not enforced",
        Nothing,
    ),
    row("disabled", "not evaluated", Nothing),
];
const DEVICES: &[Row] = &[
    row("where", "devices that match", Text),
    row(
        "except",
        "devices that do not match, unregistered ones included",
        Text,
    ),
];
/// Controls that are followed by which one.
pub(super) const NAMED_CONTROLS: &[Row] = &[
    row(
        "strength",
        "an authentication strength",
        Objects(ObjectKind::Strength),
    ),
    row("terms", "terms of use", Objects(ObjectKind::Terms)),
    row("custom", "a custom control, by id", Id),
];
const REQUIRE: &[Row] = &[
    row("any", "any one of these", Controls),
    row("all", "all of these", Controls),
];
const CLAIMS: &[Row] = &[
    row("block", "nobody gets in", Nothing),
    row("require", "nobody gets in without it", Controls),
    row("session", "a token comes with it", Sessions),
];
const NEVER: &[Row] = &[
    row("block", "whoever has what is asked for gets in", Nothing),
    row("require", "no sign-in has to have it", Controls),
    row("session", "no token comes with it", Sessions),
];
const OWN_CLAIMS: &[Row] = &[
    row("then", "this is the effect", Follows::Effects),
    row("require", "nothing less is required", Controls),
];
const NONCOMPLIANCE: &[Row] = &[
    row("notification", "a message", Nothing),
    row("pushNotification", "a message on the device", Nothing),
    row("remoteLock", "the device is locked", Nothing),
    row("retire", "company data is removed", Nothing),
    row("wipe", "everything is removed", Nothing),
    row(
        "removeResourceAccessProfiles",
        "profiles are removed",
        Nothing,
    ),
    row("noAction", "nothing", Nothing),
];

/// The session controls with what they take.
const SESSION_VALUES: &[(&str, Follows)] = &[
    (
        "persistentBrowser",
        Words(&[
            ("never", "the session ends when the browser is closed"),
            ("always", "the session outlives the browser"),
        ]),
    ),
    (
        "cloudAppSecurity",
        Words(&[
            ("mcasConfigured", "as Defender for Cloud Apps has it"),
            ("monitorOnly", "sessions are watched"),
            ("blockDownloads", "nothing can be downloaded"),
        ]),
    ),
    (
        "continuousAccessEvaluation",
        Words(&[
            ("strictEnforcement", "tokens are checked strictly"),
            ("strictLocation", "tokens end when the location changes"),
            ("disabled", "tokens live until they expire"),
        ]),
    ),
    ("filteringProfile", Id),
];

const SECONDARY: &[Row] = &[row("secondary", "about the second factor alone", Nothing)];
const FROM: &[Row] = &[row("from", "of certain tenants", Nothing)];
const TENANTS: &[Row] = &[row("tenants", "these tenants, by id", Id)];
const AFTER: Row = row(
    "after",
    "how long after the device became noncompliant",
    Text,
);
const TEMPLATE: Row = row("template", "which message, by id", Id);
const HOURS_OR_DAYS: Follows = Words(&[("hours", "1 to 23"), ("days", "1 to 365")]);
const TIMES: Follows = Words(&[
    ("days", "24 hours each"),
    ("day", "24 hours"),
    ("hours", "60 minutes each"),
    ("hour", "60 minutes"),
    ("weeks", "7 days each"),
    ("week", "7 days"),
]);

/// The words that start a phrase of a clause.
pub(super) fn rows(head: Head) -> &'static [Row] {
    match head {
        Head::Users => USERS,
        Head::Guests => GUESTS,
        Head::Workloads => WORKLOADS,
        Head::Agents => AGENTS,
        Head::Apps => APPS,
        Head::Actions => ACTIONS,
        Head::Locations => LOCATIONS,
        Head::Platforms => PLATFORMS,
        Head::Devices => DEVICES,
        Head::Require => REQUIRE,
        Head::Always => CLAIMS,
        Head::Never => NEVER,
        Head::Noncompliance => NONCOMPLIANCE,
        _ => &[],
    }
}

/// What a clause takes, each word with what it means.
pub(crate) fn takes(head: Head) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = match head {
        Head::State => STATES,
        head => rows(head),
    };
    rows.iter().map(|row| (row.word, row.docs))
}

/// The words that a list in brackets may have too, where nothing stands before it.
pub(super) fn listed(head: Head) -> &'static [Row] {
    match head {
        Head::Actions => ACTIONS,
        Head::Locations => &[TRUSTED],
        _ => &[],
    }
}

/// What follows a control that says which one, also in brackets.
pub(super) fn named(word: &str) -> Option<Follows> {
    let row = NAMED_CONTROLS.iter().find(|row| row.word == word);
    row.map(|row| row.follows)
}

/// What can come next in a phrase.
pub(super) struct Next {
    pub(super) words: Vec<Row>,
    pub(super) follows: Vec<Follows>,
    /// Whether the phrase may be over.
    pub(super) is_whole: bool,
}

impl Next {
    fn words(words: &[Row]) -> Next {
        Next {
            words: words.to_vec(),
            follows: Vec::new(),
            is_whole: false,
        }
    }

    fn one(follows: Follows) -> Next {
        Next {
            words: Vec::new(),
            follows: vec![follows],
            is_whole: false,
        }
    }

    /// The phrase may be over, or go on with these.
    fn whole(words: &[Row]) -> Next {
        Next {
            is_whole: true,
            ..Next::words(words)
        }
    }
}

/// What can come next in a phrase that has these words.
pub(super) fn next(head: Head, written: &[&str], is_entra: bool) -> Next {
    let [first, rest @ ..] = written else {
        return first_of(head, is_entra);
    };
    let last = rest.last().copied();
    match head {
        Head::Users | Head::Guests => people(head, first, last, written),
        Head::Session => session(first, rest),
        Head::Require => match rest {
            [] if matches!(*first, "any" | "all") && is_entra => Next::one(Controls),
            [] => named(first).map_or(Next::whole(&[]), Next::one),
            _ => Next::whole(&[]),
        },
        Head::Grace => match rest {
            [] => Next::one(TIMES),
            _ => Next::whole(&[]),
        },
        Head::Noncompliance => noncompliance(rest),
        _ => {
            let row = rows(head).iter().find(|row| row.word == *first);
            match row.map(|row| row.follows) {
                Some(follows) if rest.is_empty() && follows != Nothing => Next::one(follows),
                _ => Next::whole(&[]),
            }
        }
    }
}

fn first_of(head: Head, is_entra: bool) -> Next {
    if head == Head::Block {
        return Next::whole(&[]);
    }
    let words = match head {
        Head::Always | Head::Never if !is_entra => OWN_CLAIMS,
        Head::Require if !is_entra => &[],
        _ => rows(head),
    };
    Next {
        words: words.to_vec(),
        follows: vec![direct(head)],
        is_whole: false,
    }
}

fn people(head: Head, first: &str, last: Option<&str>, written: &[&str]) -> Next {
    let is_guests = head == Head::Guests || first == "guests";
    match (first, last) {
        (_, Some("tenants")) => Next::one(Id),
        (_, Some("from")) => Next::words(TENANTS),
        ("guests", None) => Next {
            words: GUESTS.to_vec(),
            ..Next::one(Members("GuestType"))
        },
        (_, None) if head == Head::Users => {
            let row = USERS.iter().find(|row| row.word == first);
            match row.map(|row| row.follows) {
                Some(follows) if follows != Nothing => Next::one(follows),
                _ => Next::whole(&[]),
            }
        }
        _ if is_guests && !written.contains(&"from") => Next::whole(FROM),
        _ => Next::whole(&[]),
    }
}

fn session(control: &str, rest: &[&str]) -> Next {
    let starts_with_digit = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    if control == "signInFrequency" {
        return match rest {
            [] => Next {
                words: vec![row("everyTime", "at every sign-in", Nothing)],
                ..Next::one(Amounts(&[("4", "hours"), ("7", "days")]))
            },
            [number] if Some(number).filter(starts_with_digit).is_some() => {
                Next::one(HOURS_OR_DAYS)
            }
            [.., "secondary"] => Next::whole(&[]),
            _ => Next::whole(SECONDARY),
        };
    }
    let values = SESSION_VALUES.iter().find(|(word, _)| *word == control);
    match values {
        Some((_, follows)) if rest.is_empty() => Next::one(*follows),
        _ => Next::whole(&[]),
    }
}

fn noncompliance(rest: &[&str]) -> Next {
    match rest {
        [] => Next::whole(&[AFTER, TEMPLATE]),
        [.., "after"] => Next::one(Amounts(&[("1", "day"), ("30", "days")])),
        [.., "after", _] => Next::one(TIMES),
        [.., "template"] => Next::one(Id),
        all if all.contains(&"template") => Next::whole(&[]),
        _ => Next::whole(&[TEMPLATE]),
    }
}
