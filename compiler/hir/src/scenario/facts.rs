//! The facts of a step to the members of a request.
//!
//! Who and where are set first, whatever the order of the text: they put what earlier steps said
//! about the same out of force. Everything else changes one member.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, ObjectKind, Term, TestBlock};
use gatewright_value::vocabulary::GuestType;
use gatewright_value::{Kind, folded_eq};

use super::changes::{Change, apply};
use super::cursor::Cursor;
use super::requests::Value;
use super::values::{Values, Wanted, instant, noun};
use super::words::{ACTIONS, LONG, SHORT, derived, object_kind};
use crate::model::{LocationKind, NamedLocation};
use crate::objects::{is_context_id, resolve};
use crate::policy::PolicyCx;
use crate::problems::scenarios as problem;
use crate::schema::AttributeId;

/// Someone of whom nothing is known but what the test says.
const SOMEONE: &str = "00000000-0000-4000-8000-000000000000";

/// Read the facts of a step and change the request.
pub(super) fn lower(
    cx: PolicyCx<'_>,
    locations: &[NamedLocation],
    blocks: &[TestBlock],
    request: &mut Value,
    problems: &mut Vec<Diagnostic>,
) {
    let mut facts = Facts {
        values: Values { cx, problems },
        locations,
        changes: Vec::new(),
        said: Vec::new(),
        known: Vec::new(),
    };
    for block in blocks {
        let mut cursor = Cursor::new(&block.terms, block.span);
        while cursor.peek().is_some() {
            facts.fact(&mut cursor);
        }
    }
    let Facts { changes, known, .. } = facts;
    apply(changes, &known, request);
    if cx.schema.is_entra {
        request.order();
    }
}

struct Facts<'a, 'p> {
    values: Values<'a, 'p>,
    locations: &'p [NamedLocation],
    changes: Vec<Change>,
    /// What has been said in this step, and where.
    said: Vec<(String, Span)>,
    /// Attributes that this step says.
    known: Vec<String>,
}

impl Facts<'_, '_> {
    fn report(&mut self, problem: Diagnostic) {
        self.values.problems.push(problem);
    }

    fn is_entra(&self) -> bool {
        self.values.cx.schema.is_entra
    }

    /// Read one fact; something is always taken.
    fn fact(&mut self, cursor: &mut Cursor<'_>) {
        let Some(term) = cursor.next() else {
            return;
        };
        let Term::Word(name) = term else {
            self.report(problem::fact_expected(term.span()));
            skip(cursor, self.is_entra());
            return;
        };
        let count_before = self.values.problems.len();
        if name.text == "unknown" {
            self.unknown(name, cursor);
        } else if !self.is_entra() || name.text.contains('.') {
            self.attribute(name, cursor);
        } else if let Some((_, attribute, path)) =
            SHORT.iter().find(|(word, ..)| *word == name.text)
        {
            self.short(name, attribute, path, cursor);
        } else if LONG.contains(&name.text.as_str()) {
            self.long(name, cursor);
        } else {
            self.unknown_fact(name);
        }
        if self.values.problems.len() > count_before {
            skip(cursor, self.is_entra());
        }
    }

    fn unknown_fact(&mut self, name: &Name) {
        let schema = self.values.cx.schema;
        if schema.is_mistyped(&name.text) {
            // Its type has been reported.
            return;
        }
        let mut known: Vec<&str> = Vec::new();
        if self.is_entra() {
            let short = SHORT.iter().map(|(word, ..)| *word);
            known.extend(LONG.iter().copied().chain(short).filter(|w| !w.is_empty()));
        }
        if !self.is_entra() || name.text.contains('.') {
            known = schema.attributes.iter().map(|a| a.name.as_str()).collect();
        }
        self.report(problem::unknown_fact(name, &known));
    }

    /// Note that something is said; false where it has been said in this step.
    fn say(&mut self, key: &str, what: &str, span: Span) -> bool {
        let first = self.said.iter().find(|(known, _)| known == key);
        match first.map(|(_, first)| *first) {
            Some(first) => {
                self.report(problem::fact_twice(what, span, first));
                false
            }
            None => {
                self.said.push((key.to_owned(), span));
                true
            }
        }
    }

    fn set(&mut self, path: &[&str], value: Value, what: &str, span: Span) {
        if self.say(&path.join("."), what, span) {
            let path = path.iter().map(|name| (*name).to_owned()).collect();
            self.changes.push(Change::Set(path, value));
        }
    }

    /// `client browser`: one attribute, typed as the schema says.
    fn short(&mut self, name: &Name, attribute: &str, path: &[&str], cursor: &mut Cursor<'_>) {
        let schema = self.values.cx.schema;
        let Some(found) = schema
            .find_attribute(attribute)
            .and_then(|id| schema.attribute(id))
        else {
            self.unknown_fact(name);
            return;
        };
        let (kind, what) = (&found.kind, format!("`{}`", name.text));
        // A flag that is said at all is true.
        let is_flag = *kind == Kind::Boolean
            && !cursor.peek_word().is_some_and(|word| {
                word.text.eq_ignore_ascii_case("true") || word.text.eq_ignore_ascii_case("false")
            });
        let value = if is_flag {
            Some(Value::Boolean(true))
        } else {
            let wanted = Wanted {
                fact: &name.text,
                kind,
                is_optional: found.is_optional,
                object: object_kind(attribute),
            };
            self.values.read(cursor, wanted)
        };
        if let Some(value) = value {
            self.known.push(found.name.clone());
            self.set(path, value, &what, name.span);
        }
    }

    /// `user.department "Sales"`, `payment.amount 100`
    fn attribute(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let schema = self.values.cx.schema;
        let found: Option<AttributeId> = schema.find_attribute(&name.text);
        if let Some(id) = found.filter(|_| !schema.is_entra) {
            self.values.cx.symbols.note_attribute(name.span, id);
        }
        let Some(found) = found.and_then(|id| schema.attribute(id)) else {
            self.unknown_fact(name);
            return;
        };
        let Some((entity, member)) = found.name.split_once('.') else {
            return;
        };
        let path: Vec<&str> = if !schema.is_entra {
            vec![entity, member]
        } else if let Some((_, _, path)) = SHORT.iter().find(|(_, known, _)| *known == found.name) {
            path.to_vec()
        } else if let Some(instead) = derived(&found.name).filter(|_| found.difference.is_none()) {
            self.report(problem::derived_fact(name, instead));
            return;
        } else {
            match entity {
                "user" => vec!["directory", "user", member],
                "device" => vec!["signInConditions", "deviceInfo", member],
                "setting" => vec!["compliance", "settings", member],
                _ => {
                    self.unknown_fact(name);
                    return;
                }
            }
        };
        if found.difference.is_some() {
            let instead = "give the two times that it is the difference of";
            self.report(problem::derived_fact(name, instead));
            return;
        }
        let wanted = Wanted {
            fact: &name.text,
            kind: &found.kind,
            is_optional: found.is_optional,
            object: object_kind(&found.name),
        };
        if let (Some(of), Some(term)) = (found.enumeration, cursor.peek()) {
            let references = self.values.cx.symbols.references();
            references.note_members(schema, term, of);
        }
        if let Some(value) = self.values.read(cursor, wanted) {
            self.known.push(found.name.clone());
            self.set(&path, value, &format!("`{}`", name.text), name.span);
        }
    }

    fn long(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        match name.text.as_str() {
            "user" | "guest" | "agentUser" => self.person(name, cursor),
            "servicePrincipal" | "agent" => self.workload(name, cursor),
            "app" | "apps" => self.apps(name, cursor),
            "action" => self.action(name, cursor),
            "context" => self.context(name, cursor),
            "location" => self.location(name, cursor),
            "device" => self.device(name, cursor),
            "satisfied" => self.satisfied(name, cursor),
            "terms" => self.ids(name, cursor, Some(ObjectKind::Terms)),
            "custom" => self.ids(name, cursor, None),
            "compliance" => self.compliance(name, cursor),
            "firstInteractiveSignIn" => {
                self.time(name, cursor, &["context", "firstInteractiveSignIn"]);
            }
            _ => self.tags(name, cursor),
        }
    }

    /// `user "id" groups [A] roles [B]`, `guest b2bCollaborationGuest from "tenant"`
    fn person(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let mut members = vec![(
            "@odata.type".to_owned(),
            Value::text("#microsoft.graph.userSignIn"),
        )];
        let mut guest = None;
        if name.text == "guest" {
            let names = GuestType::ALL.iter().map(|kind| kind.name());
            let Some(word) = cursor.peek_word() else {
                let place = cursor.place();
                self.report(problem::value_missing("guest", place, "a type of guest"));
                return;
            };
            cursor.next();
            match GuestType::parse(&word.text) {
                Some(kind) => guest = Some(kind),
                None => {
                    let found = problem::unknown_value("guest", &word.text, word.span, names);
                    self.report(found);
                    return;
                }
            }
        }
        let mut id = SOMEONE.to_owned();
        let is_name = |word: &Name| {
            let is_fact = LONG.contains(&word.text.as_str())
                || SHORT.iter().any(|(known, ..)| *known == word.text)
                || word.text.contains('.')
                || word.text == "from";
            !is_fact
        };
        let is_who = |term: &&Term| match term {
            Term::Text(_) | Term::Literal(_) => true,
            Term::Word(word) => is_name(word),
            Term::List { .. } => false,
        };
        if let Some(term) = cursor.peek().filter(is_who) {
            cursor.next();
            let symbols = self.values.cx.symbols;
            let found = resolve(symbols, ObjectKind::User, term, self.values.problems);
            id = found.map_or(id, |(id, _)| id);
        }
        members.push(("userId".to_owned(), Value::Text(id)));
        if let Some(kind) = guest {
            members.push(("externalUserType".to_owned(), Value::text(kind.name())));
        }
        if cursor.take_word("from").is_some() {
            cursor.take_word("tenant");
            match cursor.next() {
                Some(Term::Text(tenant)) => {
                    members.push(("externalTenantId".to_owned(), Value::text(&tenant.value)));
                }
                _ => {
                    let found = problem::value_missing("from", cursor.last(), noun(&Kind::Guid));
                    self.report(found);
                }
            }
        }
        if name.text == "agentUser" {
            members.push(("isAgentUser".to_owned(), Value::Boolean(true)));
        }
        self.identity(name, members);
    }

    fn identity(&mut self, name: &Name, members: Vec<(String, Value)>) {
        if self.say("signInIdentity", "who signs in", name.span) {
            self.known.extend(
                [
                    "user.id",
                    "servicePrincipal.id",
                    "agent.id",
                    "user.groups",
                    "user.roles",
                ]
                .map(str::to_owned),
            );
            self.changes.push(Change::Identity(Value::Members(members)));
        }
    }

    fn workload(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let Some(Term::Text(id)) = cursor.peek() else {
            let place = cursor.place();
            let found = problem::value_missing(&name.text, place, noun(&Kind::Guid));
            self.report(found);
            return;
        };
        cursor.next();
        let (kind, member) = if name.text == "agent" {
            ("#microsoft.graph.agentSignIn", "agentServicePrincipalId")
        } else {
            (
                "#microsoft.graph.servicePrincipalSignIn",
                "servicePrincipalId",
            )
        };
        let members = vec![
            ("@odata.type".to_owned(), Value::text(kind)),
            (member.to_owned(), Value::text(&id.value)),
        ];
        self.identity(name, members);
    }

    fn target(&mut self, name: &Name, kind: &str, member: &str, value: Value) {
        if !self.say("signInContext", "what is asked for", name.span) {
            return;
        }
        let context = Value::Members(vec![
            ("@odata.type".to_owned(), Value::text(kind)),
            (member.to_owned(), value),
        ]);
        self.changes
            .push(Change::Set(vec!["signInContext".to_owned()], context));
    }

    fn apps(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let kind = Kind::Set(Box::new(Kind::Guid));
        let wanted = Wanted {
            fact: &name.text,
            kind: &kind,
            is_optional: false,
            object: Some(ObjectKind::App),
        };
        if let Some(value) = self.values.read(cursor, wanted) {
            self.known.push("app.ids".to_owned());
            let kind = "#microsoft.graph.applicationContext";
            self.target(name, kind, "includeApplications", value);
        }
    }

    fn action(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let place = cursor.place();
        let Some(word) = cursor.peek_word() else {
            self.report(problem::value_missing("action", place, "a user action"));
            return;
        };
        cursor.next();
        let Some((_, action)) = ACTIONS.iter().find(|(known, _)| *known == word.text) else {
            let names = ACTIONS.iter().map(|(known, _)| *known);
            let found = problem::unknown_value("action", &word.text, word.span, names);
            self.report(found);
            return;
        };
        let value = Value::text(action.name());
        self.target(
            name,
            "#microsoft.graph.userActionContext",
            "userAction",
            value,
        );
    }

    fn context(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let Some(term) = cursor.next() else {
            let wanted = "an authentication context";
            self.report(problem::value_missing("context", cursor.place(), wanted));
            return;
        };
        let id = match term {
            Term::Word(word) if is_context_id(&word.text) => Some(word.text.clone()),
            other => resolve(
                self.values.cx.symbols,
                ObjectKind::Context,
                other,
                self.values.problems,
            )
            .map(|(id, _)| id),
        };
        if let Some(id) = id {
            let (kind, member) = ("#microsoft.graph.authContext", "authenticationContextValue");
            self.target(name, kind, member, Value::Text(id));
        }
    }

    /// `location Offices`: an address in it, or its country; where neither is known, its name.
    fn location(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let Some(term) = cursor.next() else {
            let found = problem::value_missing("location", cursor.place(), "a named location");
            self.report(found);
            return;
        };
        let symbols = self.values.cx.symbols;
        let Some((id, span)) = resolve(symbols, ObjectKind::Location, term, self.values.problems)
        else {
            return;
        };
        let known = self.locations.iter().find(|l| folded_eq(&l.id, &id));
        let by_name = || {
            let path = vec!["context", "namedLocations"];
            Some((path, Value::List(vec![Value::text(&id)])))
        };
        let place = match known.map(|location| &location.kind) {
            Some(LocationKind::Ranges { ranges, .. }) => ranges.first().map(|range| {
                let path = vec!["signInConditions", "ipAddress"];
                (path, Value::Text(address(range.first, range.last)))
            }),
            Some(LocationKind::Countries {
                countries,
                by_gps: false,
                ..
            }) => countries
                .first()
                .map(|code| (vec!["signInConditions", "country"], Value::text(code))),
            _ => by_name(),
        };
        let Some((path, value)) = place else {
            let shown = term.as_word().map_or(id.as_str(), |word| &word.text);
            self.report(problem::empty_location(shown, span));
            return;
        };
        self.known
            .extend(["location.ip", "location.country", "location.names"].map(str::to_owned));
        let is_first = self.say("location", "where the sign-in comes from", name.span);
        if is_first && self.say(&path.join("."), "where the sign-in comes from", name.span) {
            self.changes.push(Change::Place(path, value));
        }
    }

    /// `device unregistered`, `device registered`, `device [trustType "AzureAD", isCompliant True]`
    fn device(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let path = ["signInConditions", "deviceInfo"];
        let what = "the device";
        let schema = self.values.cx.schema;
        let of_device = |attribute: &str| attribute.starts_with("device.");
        if cursor.take_word("unregistered").is_some() {
            self.set(&path, Value::Null, what, name.span);
        } else if cursor.take_word("registered").is_some() {
            self.set(&path, Value::Members(Vec::new()), what, name.span);
        } else if let Some(Term::List { items, .. }) = cursor.peek() {
            cursor.next();
            self.set(&path, Value::Members(Vec::new()), what, name.span);
            for item in items {
                let mut inner = Cursor::new(&item.terms, item.span);
                let Some(Term::Word(member)) = inner.next() else {
                    self.report(problem::fact_expected(item.span));
                    continue;
                };
                let full = Name {
                    text: format!("device.{}", member.text),
                    span: member.span,
                };
                self.attribute(&full, &mut inner);
                if let Some(term) = inner.peek() {
                    self.report(problem::fact_expected(term.span()));
                }
            }
        } else {
            let wanted = "`unregistered`, `registered` or `[trustType \"AzureAD\"]`";
            let found = problem::value_missing("device", cursor.place(), wanted);
            self.report(found);
        }
        let all = schema.attributes.iter().map(|a| a.name.clone());
        self.known.extend(all.filter(|name| of_device(name)));
    }

    /// `satisfied [mfa, strength PhishingResistantMfa]`
    fn satisfied(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let from = cursor.position();
        let controls = super::expectations::controls(&mut self.values, name, cursor);
        if let Some(controls) = controls.filter(|_| cursor.position() > from) {
            let texts = controls
                .iter()
                .map(|control| Value::Text(super::expectations::spelling(control)));
            let value = Value::List(texts.collect());
            self.set(&["claims", "satisfied"], value, "`satisfied`", name.span);
        }
    }

    /// `terms [Handbook]`, `custom ["id"]`
    fn ids(&mut self, name: &Name, cursor: &mut Cursor<'_>, object: Option<ObjectKind>) {
        let kind = Kind::Set(Box::new(Kind::Guid));
        let wanted = Wanted {
            fact: &name.text,
            kind: &kind,
            is_optional: false,
            object,
        };
        if let Some(value) = self.values.read(cursor, wanted) {
            let what = format!("`{}`", name.text);
            self.set(&["claims", &name.text], value, &what, name.span);
        }
    }

    fn time(&mut self, name: &Name, cursor: &mut Cursor<'_>, path: &[&str]) {
        let text = match cursor.peek() {
            Some(Term::Literal(literal)) => Some(&literal.text),
            Some(Term::Text(text)) => Some(&text.value),
            _ => None,
        };
        match text.and_then(|text| instant(text)) {
            Some(instant) => {
                cursor.next();
                let what = format!("`{}`", name.text);
                self.set(path, Value::Text(instant), &what, name.span);
            }
            None => {
                let place = cursor.place();
                let found = problem::value_missing(&name.text, place, noun(&Kind::DateTime));
                self.report(found);
            }
        }
    }

    /// `compliance platform windows`, `compliance noncompliantSince 2026-11-20`
    fn compliance(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        const MEMBERS: [&str; 3] = ["platform", "noncompliantSince", "lastCheckIn"];
        let Some(member) = cursor.peek_word() else {
            let wanted = "`platform`, `noncompliantSince` or `lastCheckIn`";
            self.report(problem::value_missing("compliance", cursor.place(), wanted));
            return;
        };
        cursor.next();
        match member.text.as_str() {
            "platform" => {
                let path = ["compliance", "platform"];
                self.short(member, "device.managedPlatform", &path, cursor);
            }
            "noncompliantSince" | "lastCheckIn" => {
                self.time(member, cursor, &["compliance", &member.text]);
            }
            _ => {
                let found = problem::unknown_value(&name.text, &member.text, member.span, MEMBERS);
                self.report(found);
            }
        }
    }

    /// `tags app Payroll [Engineering.Project ["Baker"], Engineering.Level "High"]`
    fn tags(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        const KINDS: [&str; 3] = ["app", "servicePrincipal", "agent"];
        let kind = cursor.peek_word().map(|word| word.text.as_str());
        let Some(list) = kind.and_then(|kind| match kind {
            "app" => Some("apps"),
            "servicePrincipal" => Some("servicePrincipals"),
            "agent" => Some("agents"),
            _ => None,
        }) else {
            let wanted = format!("`{}`", KINDS.join("`, `"));
            self.report(problem::value_missing("tags", cursor.place(), &wanted));
            return;
        };
        cursor.next();
        let object = (list == "apps").then_some(ObjectKind::App);
        let wanted = Wanted {
            fact: "tags",
            kind: &Kind::Guid,
            is_optional: false,
            object,
        };
        let Some(Value::Text(id)) = self.values.read(cursor, wanted) else {
            return;
        };
        let Some(Term::List { items, .. }) = cursor.peek() else {
            let wanted = "`[Set.Attribute \"value\"]`";
            self.report(problem::value_missing("tags", cursor.place(), wanted));
            return;
        };
        cursor.next();
        let mut tags = Value::Members(Vec::new());
        for item in items {
            let mut inner = Cursor::new(&item.terms, item.span);
            let path = inner.peek_word().and_then(|word| word.text.split_once('.'));
            let Some((set, attribute)) = path else {
                let wanted = "`Set.Attribute \"value\"`";
                self.report(problem::wrong_value("tags", item.span, wanted));
                continue;
            };
            inner.next();
            let is_list = matches!(inner.peek(), Some(Term::List { .. }));
            let kind = if is_list {
                Kind::Set(Box::new(Kind::String))
            } else {
                Kind::String
            };
            let wanted = Wanted {
                fact: "tags",
                kind: &kind,
                is_optional: false,
                object: None,
            };
            if let Some(value) = self.values.read(&mut inner, wanted) {
                tags.set(&[set, attribute], value);
            }
        }
        if self.say(&format!("{list} {id}"), "what is said about it", name.span) {
            self.changes.push(Change::Tags(list, id, tags));
        }
    }

    /// `unknown [device.isCompliant, userRisk]`
    fn unknown(&mut self, name: &Name, cursor: &mut Cursor<'_>) {
        let Some(Term::List { items, .. }) = cursor.peek() else {
            let wanted = "a list of facts";
            self.report(problem::value_missing("unknown", cursor.place(), wanted));
            return;
        };
        cursor.next();
        let mut facts = Vec::new();
        for term in items.iter().flat_map(|item| &item.terms) {
            let Term::Word(fact) = term else {
                self.report(problem::fact_expected(term.span()));
                continue;
            };
            match self.unknown_name(&fact.text) {
                Some(name) => facts.push(Value::Text(name)),
                None => self.unknown_fact(fact),
            }
        }
        self.set(&["unknown"], Value::List(facts), "`unknown`", name.span);
    }

    /// How a request names a fact that is not known.
    fn unknown_name(&self, written: &str) -> Option<String> {
        const WHOLE: [&str; 5] = [
            "device",
            "directory",
            "app.attributes",
            "servicePrincipal.attributes",
            "agent.attributes",
        ];
        let schema = self.values.cx.schema;
        let is_entra = self.is_entra();
        if is_entra && WHOLE.contains(&written) {
            return Some(written.to_owned());
        }
        let short = SHORT
            .iter()
            .find(|(word, ..)| is_entra && *word == written && !word.is_empty());
        let attribute = short.map_or(written, |(_, attribute, _)| attribute);
        let found = schema.find_attribute(attribute);
        if let Some(found) = found.and_then(|id| schema.attribute(id)) {
            return Some(found.name.clone());
        }
        let is_entity = schema.entities.iter().any(|entity| entity.name == written);
        (is_entity && !is_entra).then(|| written.to_owned())
    }
}

/// Skip to what may be the next fact, so that one mistake is one problem.
fn skip(cursor: &mut Cursor<'_>, is_entra: bool) {
    while let Some(term) = cursor.peek() {
        let is_fact = term.as_word().is_some_and(|word| {
            let text = word.text.as_str();
            let is_short = SHORT.iter().any(|(known, ..)| *known == text);
            text.contains('.') || (is_entra && (is_short || LONG.contains(&text)))
        });
        if is_fact {
            break;
        }
        cursor.next();
    }
}

/// An address inside of a range: the second one where there is one, because the first is often the
/// network's own.
fn address(first: u128, last: u128) -> String {
    let inside = std::net::Ipv6Addr::from(first.saturating_add(1).min(last));
    match inside.to_ipv4_mapped() {
        Some(v4) => v4.to_string(),
        None => inside.to_string(),
    }
}
