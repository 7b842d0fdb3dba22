//! The state of reading one file: what has been found wrong, and how members are taken apart.

use gatewright_diagnostics::{Diagnostic, Severity, codes};
use gatewright_hir::model::{Located, Unmodelled};
use gatewright_source::{SourceId, Span};

use crate::context::Context;
use crate::json::{EscapeMap, Kind, Member, Value, is_annotation, is_vacuous, pretty};
use crate::problems;

/// LIMIT: warnings of one file; errors are always told, up to ten times as many.
const WARNINGS_MAX: usize = 1000;

/// The state of reading one file.
pub(crate) struct Sink<'a> {
    pub(crate) cx: &'a Context<'a>,
    pub(crate) source: SourceId,
    pub(crate) text: &'a str,
    pub(crate) problems: Vec<Diagnostic>,
    /// How many findings are beyond the limit.
    left_out: usize,
    /// Members of the policy at hand that are carried.
    pub(crate) bag: Vec<Unmodelled>,
    /// Ids of the object at hand that are no GUIDs.
    pub(crate) strangers: Vec<Item>,
}

/// A string of a list, and the place between its quotes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// The members of an object, each to be taken once; what is left is unknown.
pub(crate) struct Fields<'v, 't> {
    pub(crate) span: Span,
    members: &'v [Member<'t>],
    is_taken: Vec<bool>,
    asked: Vec<&'static str>,
}

impl<'v, 't> Fields<'v, 't> {
    pub(crate) fn new(value: &'v Value<'t>) -> Option<Self> {
        let members = value.as_object()?;
        let is_taken = vec![false; members.len()];
        Some(Fields {
            span: value.span,
            members,
            is_taken,
            asked: Vec::new(),
        })
    }

    /// The member of this name, in any case, null included.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'v Member<'t>> {
        self.asked.push(name);
        let at = self
            .members
            .iter()
            .position(|m| m.name.eq_ignore_ascii_case(name))?;
        if let Some(taken) = self.is_taken.get_mut(at) {
            *taken = true;
        }
        self.members.get(at)
    }

    /// The member of this name, unless it is null or has nothing in it.
    pub(crate) fn take_said(&mut self, name: &'static str) -> Option<&'v Member<'t>> {
        self.take(name).filter(|member| !is_vacuous(&member.value))
    }

    /// Take members that need no reading.
    pub(crate) fn pass(&mut self, names: &[&'static str]) {
        for name in names {
            let _ = self.take(name);
        }
    }

    fn left(&self) -> impl Iterator<Item = &'v Member<'t>> {
        let pairs = self.members.iter().zip(&self.is_taken);
        pairs
            .filter(|(_, taken)| !**taken)
            .map(|(member, _)| member)
    }
}

impl<'a> Sink<'a> {
    pub(crate) fn new(cx: &'a Context<'a>, source: SourceId, text: &'a str) -> Self {
        let (problems, left_out, bag, strangers) = Default::default();
        Sink {
            cx,
            source,
            text,
            problems,
            left_out,
            bag,
            strangers,
        }
    }

    pub(crate) fn report(&mut self, problem: Diagnostic) {
        let is_error = problem.severity == Severity::Error;
        let limit = if is_error {
            10 * WARNINGS_MAX
        } else {
            WARNINGS_MAX
        };
        if self.problems.len() < limit {
            self.problems.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    /// What was found, with a word on what is beyond the limit.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        // What is incomplete because a part of it could not be read is told once.
        let unread = [codes::GW0603, codes::GW0604, codes::GW0605];
        let problems = self
            .problems
            .iter()
            .filter(|found| unread.contains(&found.code));
        let unread: Vec<Span> = problems.map(Diagnostic::span).collect();
        let holds = |whole: Span| {
            let is_in = |part: &Span| whole.start < part.start && part.end < whole.end;
            unread.iter().any(is_in)
        };
        let follows = [codes::GW0625, codes::GW0626];
        self.problems
            .retain(|found| !(follows.contains(&found.code) && holds(found.span())));
        if self.left_out > 0 {
            let start = Span::new(self.source, 0, 0);
            self.problems.push(problems::left_out(start, self.left_out));
        }
        self.problems
    }

    /// The place between the quotes of a string.
    pub(crate) fn inside(&self, value: &Value<'_>) -> Span {
        let Span { source, start, end } = value.span;
        if value.as_str().is_some() && end >= start + 2 {
            Span::new(source, start + 1, end - 1)
        } else {
            value.span
        }
    }

    /// Where the bytes `start..end` of a string's value are written.
    pub(crate) fn place_in(&self, map: &EscapeMap, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(map.place(at)).unwrap_or(u32::MAX);
        Span::new(self.source, offset(start), offset(end))
    }

    /// The map of a string value.
    pub(crate) fn map_of(&self, value: &Value<'_>) -> EscapeMap {
        let literal = self.text.get(value.span.range()).unwrap_or_default();
        EscapeMap::new(literal, value.span.start as usize)
    }

    pub(crate) fn object<'v, 't>(&mut self, member: &'v Member<'t>) -> Option<Fields<'v, 't>> {
        let fields = Fields::new(&member.value);
        if fields.is_none() {
            self.report(problems::wrong_type(
                &member.name,
                &member.value,
                "an object",
            ));
        }
        fields
    }

    pub(crate) fn boolean(&mut self, member: &Member<'_>) -> Option<bool> {
        match member.value.kind {
            Kind::Bool(value) => Some(value),
            Kind::Null => None,
            _ => {
                self.report(problems::wrong_type(
                    &member.name,
                    &member.value,
                    "a Boolean",
                ));
                None
            }
        }
    }

    pub(crate) fn string(&mut self, member: &Member<'_>) -> Option<Item> {
        match &member.value.kind {
            Kind::String(text) => Some(Item {
                text: text.to_string(),
                span: self.inside(&member.value),
            }),
            Kind::Null => None,
            _ => {
                self.report(problems::wrong_type(
                    &member.name,
                    &member.value,
                    "a string",
                ));
                None
            }
        }
    }

    pub(crate) fn number(&mut self, member: &Member<'_>) -> Option<u32> {
        let number = match member.value.kind {
            Kind::Number(text) => text.parse().ok(),
            Kind::Null => return None,
            _ => None,
        };
        if number.is_none() {
            self.report(problems::wrong_type(
                &member.name,
                &member.value,
                "a whole number",
            ));
        }
        number
    }

    /// The elements of an array.
    pub(crate) fn array<'v, 't>(&mut self, member: &'v Member<'t>) -> &'v [Value<'t>] {
        match &member.value.kind {
            Kind::Array(items) => items,
            Kind::Null => &[],
            _ => {
                let found = problems::wrong_type(&member.name, &member.value, "an array");
                self.report(problems::with_brackets(found, &member.value, self.text));
                &[]
            }
        }
    }

    /// The elements of an array of strings.
    pub(crate) fn strings(&mut self, member: &Member<'_>) -> Vec<Item> {
        let mut items = Vec::new();
        for value in self.array(member) {
            match value.as_str() {
                Some(text) => {
                    items.push(Item {
                        text: text.to_owned(),
                        span: self.inside(value),
                    });
                }
                None => {
                    let name = format!("{}[]", member.name);
                    self.report(problems::wrong_type(&name, value, "a string"));
                }
            }
        }
        items
    }

    /// Strings of an array, none where there is no such member.
    pub(crate) fn list(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Vec<Item> {
        fields
            .take_said(name)
            .map(|member| self.strings(member))
            .unwrap_or_default()
    }

    /// The words of a flags enumeration: one string with commas, or an array of such.
    pub(crate) fn flags(&mut self, member: &Member<'_>) -> Vec<Item> {
        let values: Vec<&Value<'_>> = match &member.value.kind {
            Kind::Array(items) => items.iter().collect(),
            _ => vec![&member.value],
        };
        let mut words = Vec::new();
        for value in values {
            let Some(text) = value.as_str() else {
                self.report(problems::wrong_type(
                    &member.name,
                    value,
                    "a string of flags",
                ));
                continue;
            };
            let map = self.map_of(value);
            let mut at = 0;
            for part in text.split(',') {
                let word = part.trim();
                let start = at + (part.len() - part.trim_start().len());
                at += part.len() + 1;
                if !word.is_empty() && !word.eq_ignore_ascii_case("none") {
                    let span = self.place_in(&map, start, start + word.len());
                    words.push(Item {
                        text: word.to_owned(),
                        span,
                    });
                }
            }
        }
        words
    }

    /// Note an id, so that all that are no GUIDs can be told at once.
    pub(crate) fn id(&mut self, item: &Item) {
        if !is_guid(&item.text) {
            self.strangers.push(item.clone());
        }
    }

    /// Say that everything is included beside what is included one by one.
    pub(crate) fn stands_alone<T: PartialEq>(
        &mut self,
        word: &str,
        include: &[Located<T>],
        all: T,
        list: &str,
    ) {
        if let Some(item) = include.iter().find(|item| item.value == all)
            && include.iter().any(|other| other.value != all)
        {
            self.report(problems::all_with_others(word, item.span, list));
        }
    }

    /// Tell the ids that are no GUIDs.
    pub(crate) fn report_strangers(&mut self) {
        let strangers = std::mem::take(&mut self.strangers);
        if let Some(problem) = problems::not_guids(&strangers) {
            self.report(problem);
        }
    }

    /// Carry what is left of an object, and say so.
    pub(crate) fn carry_rest(&mut self, fields: &Fields<'_, '_>, path: &[&str]) {
        for member in fields.left() {
            if !is_annotation(&member.name) && !is_vacuous(&member.value) {
                self.carry(member, path);
                let at = self.bag.last().map(|u| (u.path.join("."), u.is_condition));
                let (at, is_condition) = at.unwrap_or_default();
                let near = problems::nearest(&member.name, &fields.asked);
                self.report(problems::unmodelled(
                    &at,
                    member.name_span,
                    is_condition,
                    near,
                ));
            }
        }
    }

    /// Carry a member, without a word.
    pub(crate) fn carry(&mut self, member: &Member<'_>, path: &[&str]) {
        let mut path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        path.push(member.name.to_string());
        let is_condition = path.first().is_some_and(|part| part == "conditions");
        self.bag.push(Unmodelled {
            path,
            json: pretty(&member.value, 0, usize::MAX),
            span: member.name_span.to(member.value.span),
            is_condition,
        });
    }

    /// Say which members of an object outside policies are not understood; they are not carried.
    pub(crate) fn report_rest(&mut self, fields: &Fields<'_, '_>) {
        for member in fields.left() {
            if !is_annotation(&member.name) && !is_vacuous(&member.value) {
                let near = problems::nearest(&member.name, &fields.asked);
                self.report(problems::unmodelled(
                    &member.name,
                    member.name_span,
                    false,
                    near,
                ));
            }
        }
    }
}

/// `c1` to `c99`: an id that is given by who makes an authentication context.
pub(crate) fn is_context(id: &str) -> bool {
    let digits = id.strip_prefix(['c', 'C']).unwrap_or_default();
    let is_number = !digits.is_empty() && digits.len() < 3 && !digits.starts_with('0');
    is_number && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text has the form of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    let all = lengths.iter().all(|length| {
        parts.next().is_some_and(|part| {
            part.len() == *length && part.bytes().all(|b| b.is_ascii_hexdigit())
        })
    });
    all && parts.next().is_none()
}
