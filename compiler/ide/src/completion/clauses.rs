//! What can stand in clauses that list phrases.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{DeclarationKind, Head, ObjectKind};

use super::context::{Body, Clause, Token};
use super::{CompletionKind, Items, start};
use crate::hover::enumeration;
use crate::position::Position;

/// What follows a word of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing: the phrase is whole.
    Nothing,
    /// Names of objects, in brackets or one alone.
    Objects(ObjectKind),
    /// Members of an enumeration.
    Members(&'static str),
    /// One of these words.
    Words(&'static [&'static str]),
    /// Controls.
    Controls,
    /// Session controls.
    Sessions,
    /// Codes of countries.
    Countries,
    /// Something that only the author knows: an id, a number.
    Text,
}

type Row = (&'static str, &'static str, Follows);

use Follows::{Controls, Countries, Members, Nothing, Objects, Sessions, Text, Words};

const USERS: &[Row] = &[
    ("all", "every user, guests included", Nothing),
    ("none", "nobody", Nothing),
    ("allAgentUsers", "the user accounts of agents", Nothing),
    ("users", "these people", Objects(ObjectKind::User)),
    (
        "groups",
        "members of these groups",
        Objects(ObjectKind::Group),
    ),
    ("roles", "holders of these roles", Objects(ObjectKind::Role)),
    ("guests", "guests and external users", Members("GuestType")),
];
const GUESTS: &[Row] = &[("all", "guests of every type", Nothing)];
const WORKLOADS: &[Row] = &[
    ("all", "the tenant's own service principals", Nothing),
    ("none", "nobody", Nothing),
    ("servicePrincipals", "these, by id", Text),
    ("where", "by a filter over custom security attributes", Text),
];
const AGENTS: &[Row] = &[
    ("all", "every agent identity", Nothing),
    ("none", "nobody", Nothing),
    ("agents", "these, by id", Text),
    ("where", "by a filter over custom security attributes", Text),
];
const APPS: &[Row] = &[
    ("all", "every resource", Nothing),
    ("none", "no resource", Nothing),
    ("where", "by a filter over custom security attributes", Text),
];
const ACTIONS: &[Row] = &[
    (
        "registerSecurityInformation",
        "registers security information",
        Nothing,
    ),
    ("registerDevice", "registers or joins a device", Nothing),
    ("accountRecovery", "recovers an account", Nothing),
];
const ALL: &[Row] = &[("all", "every one", Nothing)];
const LOCATIONS: &[Row] = &[
    ("all", "every network", Nothing),
    (
        "allTrusted",
        "every named location that is trusted",
        Nothing,
    ),
];
const STATES: &[Row] = &[
    ("enabled", "evaluated and enforced", Nothing),
    ("disabled", "not evaluated", Nothing),
    (
        "reportOnly",
        "evaluated and recorded, not enforced",
        Nothing,
    ),
];
const DEVICES: &[Row] = &[
    ("where", "devices that match", Text),
    (
        "except",
        "devices that do not match, unregistered ones included",
        Text,
    ),
];
const REQUIRE: &[Row] = &[
    ("any", "any one of these", Controls),
    ("all", "all of these", Controls),
    (
        "strength",
        "an authentication strength",
        Objects(ObjectKind::Strength),
    ),
    ("terms", "terms of use", Objects(ObjectKind::Terms)),
    ("custom", "a custom control, by id", Text),
];
const CLAIMS: &[Row] = &[
    ("block", "nobody gets in", Nothing),
    ("require", "nobody gets in without it", Controls),
    ("session", "a token comes with it", Sessions),
];
/// The session controls with what they take.
pub(super) const SESSION_VALUES: &[(&str, Follows)] = &[
    (
        "signInFrequency",
        Words(&["everyTime", "4 hours", "7 days"]),
    ),
    ("persistentBrowser", Words(&["always", "never"])),
    (
        "cloudAppSecurity",
        Words(&["mcasConfigured", "monitorOnly", "blockDownloads"]),
    ),
    (
        "continuousAccessEvaluation",
        Words(&["strictEnforcement", "disabled", "strictLocation"]),
    ),
    ("filteringProfile", Text),
];
const NONCOMPLIANCE: &[Row] = &[
    ("notification", "a message", Nothing),
    ("pushNotification", "a message on the device", Nothing),
    ("remoteLock", "the device is locked", Nothing),
    ("retire", "company data is removed", Nothing),
    ("wipe", "everything is removed", Nothing),
    (
        "removeResourceAccessProfiles",
        "profiles are removed",
        Nothing,
    ),
    ("noAction", "nothing", Nothing),
];

/// The words that start a phrase of a clause.
pub(super) fn rows(head: Head) -> &'static [Row] {
    match head {
        Head::State => STATES,
        Head::Users => USERS,
        Head::Guests => GUESTS,
        Head::Workloads => WORKLOADS,
        Head::Agents => AGENTS,
        Head::Apps => APPS,
        Head::Actions => ACTIONS,
        Head::Locations => LOCATIONS,
        Head::Platforms => ALL,
        Head::Devices => DEVICES,
        Head::Require => REQUIRE,
        Head::Always | Head::Never => CLAIMS,
        Head::Noncompliance => NONCOMPLIANCE,
        _ => &[],
    }
}

/// What a phrase of a clause lists without a word before it.
fn direct(head: Head) -> Follows {
    match head {
        Head::Apps => Objects(ObjectKind::App),
        Head::Contexts => Objects(ObjectKind::Context),
        Head::Locations => Objects(ObjectKind::Location),
        Head::Require => Controls,
        Head::Session => Sessions,
        Head::Users => Nothing,
        head => enumeration(head).map_or(Nothing, Members),
    }
}

/// Whether a clause takes `except`.
fn has_exceptions(head: Head) -> bool {
    matches!(
        head,
        Head::Users
            | Head::Guests
            | Head::Workloads
            | Head::Agents
            | Head::Apps
            | Head::Platforms
            | Head::Locations
    )
}

/// What can stand at a place in a clause.
pub(super) fn clause(items: &mut Items<'_>, clause: &Clause<'_>, body: Body) {
    let (head, tokens) = claimed(clause);
    if let Some(word) = clause.list {
        let rows = rows(head);
        let named = word.and_then(|word| rows.iter().find(|(row, _, _)| *row == word));
        match named {
            Some((_, _, follows)) => items.follow(*follows),
            // `actions […]` and the like list their own words.
            None => {
                items.follow(direct(head));
                if head == Head::Actions {
                    items.words(rows);
                }
            }
        }
        return;
    }
    match tokens.last() {
        None => phrase(items, head),
        Some(last) if last.kind == TokenKind::Comma || last.text == "except" => {
            phrase(items, head);
            // Whoever takes away everybody or nobody means something else.
            if tokens.iter().any(|token| token.text == "except") {
                items
                    .found
                    .retain(|item| !matches!(item.label.as_str(), "all" | "none"));
            }
        }
        Some(last) => {
            let rows = rows(head);
            let row = rows.iter().find(|(word, _, _)| *word == last.text);
            let session = SESSION_VALUES.iter().find(|(word, _)| *word == last.text);
            let session = session.filter(|_| head == Head::Session);
            let follows = row.map(|row| row.2).or(session.map(|row| row.1));
            let follows = follows.filter(|follows| *follows != Nothing);
            match follows {
                Some(follows) => {
                    if last.text == "guests" {
                        items.words(GUESTS);
                    }
                    items.follow(follows);
                }
                None => {
                    if has_exceptions(head) && !tokens.iter().any(|t| t.text == "except") {
                        items.ranked(
                            "except",
                            CompletionKind::Keyword,
                            ("", "what is taken away"),
                            if clause.is_new_line { HEADS + 50 } else { 0 },
                        );
                    }
                    start(items, body);
                    return;
                }
            }
        }
    }
    // A clause may be left unfinished on the line before.
    if clause.is_new_line && !clause.tokens.is_empty() {
        start(items, body);
    }
}

/// `always require mfa` goes on like `require mfa`.
fn claimed<'c, 's>(clause: &'c Clause<'s>) -> (Head, &'c [Token<'s>]) {
    let tokens = clause.tokens.as_slice();
    match (clause.head, tokens) {
        (Head::Always | Head::Never, [first, rest @ ..]) => match first.text {
            "require" => (Head::Require, rest),
            "session" => (Head::Session, rest),
            "block" => (Head::Block, rest),
            _ => (clause.head, tokens),
        },
        _ => (clause.head, tokens),
    }
}

/// What can start a phrase.
fn phrase(items: &mut Items<'_>, head: Head) {
    items.words(rows(head));
    items.follow(direct(head));
}

/// The rank of the first clause; the others follow in the usual order.
const HEADS: u8 = 10;

/// The same for clauses that the declaration has already.
const WRITTEN: u8 = 100;

/// The clauses that the declaration around has, that at the place excepted.
fn written(items: &Items<'_>) -> Vec<Head> {
    let place = items.replaced;
    let position = Position::of(items.snapshot, place.source, place.start);
    let clauses = match position.declaration().map(|one| &one.kind) {
        Some(
            DeclarationKind::Policy { clauses, .. }
            | DeclarationKind::Invariant { clauses, .. }
            | DeclarationKind::Compliance { clauses, .. }
            | DeclarationKind::Scope { clauses, .. },
        ) => clauses.as_slice(),
        _ => &[],
    };
    let others = clauses
        .iter()
        .filter(|clause| clause.span.start != place.start);
    others.map(|clause| clause.head).collect()
}

/// The heads of clauses that a body may have.
pub(super) fn heads(items: &mut Items<'_>, body: Body) {
    let is_entra = items.snapshot.compilation().set.schema.is_entra;
    let written = written(items);
    for (at, head) in Head::ALL.iter().enumerate() {
        let is_there = match head {
            Head::Always | Head::Never => body == Body::Invariant,
            Head::Grace | Head::Noncompliance => body == Body::Compliance,
            Head::Applied | Head::Verdict => false,
            Head::Then => !is_entra && body != Body::Compliance,
            Head::State | Head::Block | Head::Session => {
                matches!(body, Body::Policy | Body::Scope) && (is_entra || *head == Head::State)
            }
            Head::Users => is_entra,
            Head::Require => body != Body::Invariant,
            Head::Graph => matches!(body, Body::Policy | Body::Compliance) && is_entra,
            Head::When | Head::Unless => body != Body::Compliance,
            _ => body != Body::Compliance && is_entra,
        };
        if is_there {
            let place = u8::try_from(at).unwrap_or(u8::MAX / 4);
            let rank = if written.contains(head) {
                WRITTEN + place
            } else {
                HEADS + place
            };
            items.ranked(
                head.word(),
                CompletionKind::Clause,
                ("clause", head.summary()),
                rank,
            );
        }
    }
}

impl Items<'_> {
    pub(super) fn words(&mut self, rows: &[Row]) {
        for (word, docs, follows) in rows {
            self.add(word, CompletionKind::Keyword, "", docs);
            let is_list = matches!(follows, Objects(_) | Members(_) | Controls);
            let is_one = matches!(*word, "strength" | "terms" | "require");
            if let (true, Some(last)) = (is_list && !is_one, self.found.last_mut()) {
                last.insert = format!("{word} [$0]");
                last.is_snippet = true;
            }
        }
    }

    /// What follows a word, one by one.
    pub(super) fn follow(&mut self, follows: Follows) {
        let snapshot = self.snapshot;
        let schema = &snapshot.compilation().set.schema;
        match follows {
            Nothing | Text => {}
            Countries => {
                for code in gatewright_hir::countries::assigned() {
                    self.add(code, CompletionKind::Value, "country", "");
                }
            }
            Objects(kind) => self.objects(kind),
            Members(enumeration) => {
                self.members(enumeration, CompletionKind::Member);
                self.parameters();
            }
            Words(words) => {
                for word in words {
                    self.add(word, CompletionKind::Value, "", "");
                }
            }
            Controls => {
                for control in &schema.controls {
                    self.add(
                        &control.name,
                        CompletionKind::Control,
                        "control",
                        &control.title,
                    );
                }
                self.words(&[
                    (
                        "strength",
                        "an authentication strength",
                        Objects(ObjectKind::Strength),
                    ),
                    ("terms", "terms of use", Objects(ObjectKind::Terms)),
                ]);
            }
            Sessions => {
                for control in &schema.session_controls {
                    let detail = "session control";
                    self.add(
                        &control.name,
                        CompletionKind::Control,
                        detail,
                        &control.title,
                    );
                }
            }
        }
    }
}
