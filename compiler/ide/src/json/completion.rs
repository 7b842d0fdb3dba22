//! What can be written at a place in JSON: members, values of enumerations, names for ids.

use std::ops::Range;

use gatewright_source::SourceId;
use gatewright_syntax::ast::ObjectKind;

use super::file::{At, File};
use super::hover::member as about;
use super::members::{Holds, Member};
use super::tree::{NodeId, NodeKind};
use crate::{Completion, CompletionKind, Snapshot};

/// What can be written at an offset, best first.
pub(crate) fn completions(snapshot: &Snapshot, source: SourceId, offset: u32) -> Vec<Completion> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let at = offset as usize;
    let mut items = Items {
        file: &file,
        replaced: at..at,
        is_inside: false,
        found: Vec::new(),
    };
    match file.at(at) {
        Some(At::Name(id)) => items.name(id, at),
        Some(At::Value(id)) => items.value_at(id, at),
        None => items.nothing(at),
    }
    let mut found = items.found;
    found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    found.dedup_by(|a, b| a.label == b.label && a.insert == b.insert);
    found
}

struct Items<'f> {
    file: &'f File<'f>,
    /// What has been typed.
    replaced: Range<usize>,
    /// Whether that is between quotes.
    is_inside: bool,
    found: Vec<Completion>,
}

impl Items<'_> {
    /// In the name of a member.
    fn name(&mut self, id: NodeId, at: usize) {
        let Some(node) = self.file.tree.get(id) else {
            return;
        };
        let (Some(name), Some(parent)) = (&node.name, node.parent) else {
            return;
        };
        self.within(name, at);
        let is_alone = node.kind == NodeKind::NameOnly;
        self.members(parent, Some(id), is_alone);
    }

    /// In a value.
    fn value_at(&mut self, id: NodeId, at: usize) {
        let (Some(node), Some(member)) = (self.file.tree.get(id), self.file.member(id)) else {
            return;
        };
        self.within(&node.range, at);
        let parent = node.parent.and_then(|parent| self.file.tree.get(parent));
        let is_element = parent.is_some_and(|parent| parent.kind == NodeKind::Array);
        self.value(member, is_element, None);
    }

    /// Where nothing is written.
    fn nothing(&mut self, at: usize) {
        let Some(around) = self.file.tree.around(at) else {
            return;
        };
        let inside = self.file.tree.inside(around);
        let mut missing = inside.filter(|(_, node)| node.kind == NodeKind::Missing);
        let missing = missing.find(|(_, node)| node.range.start <= at && at <= node.range.end);
        if let Some((id, _)) = missing {
            if let Some(member) = self.file.member(id) {
                self.value(member, false, None);
            }
            return;
        }
        match self.file.tree.get(around).map(|node| node.kind) {
            Some(NodeKind::Object) => self.members(around, None, true),
            Some(_) => {
                if let Some(member) = self.file.member(around) {
                    self.value(member, true, Some(around));
                }
            }
            None => {}
        }
    }

    /// A text is being typed: what is between its quotes, as far as that.
    fn within(&mut self, range: &Range<usize>, at: usize) {
        let inner = self.file.tree.unquoted(range);
        self.is_inside = inner.start > range.start;
        self.replaced = inner.start.min(at)..inner.end.max(at);
    }

    /// The members that an object can have and has not, but for the one that is being typed.
    fn members(&mut self, object: NodeId, typed: Option<NodeId>, is_alone: bool) {
        let Some(shape) = self.file.shape(object) else {
            return;
        };
        for member in shape.members() {
            let taken = self.file.tree.member(object, member.name);
            if taken.is_some_and(|(id, _)| Some(id) != typed) {
                continue;
            }
            let rank = u8::from(matches!(member.holds, Holds::Server)) + 1;
            self.add(member.name, CompletionKind::Attribute, detail(member), rank);
            let is_inside = self.is_inside;
            if let Some(last) = self.found.last_mut() {
                last.documentation = about(member);
                if is_alone && !is_inside {
                    last.insert = format!("\"{}\": {}", member.name, empty(member));
                    last.is_snippet = true;
                }
            }
        }
    }

    /// What a member can hold; as an element of its list, or as the whole.
    fn value(&mut self, member: &Member, is_element: bool, list: Option<NodeId>) {
        let snapshot = self.file.snapshot;
        let schema = &snapshot.compilation().set.schema;
        let empty = empty(member);
        if !is_element && !self.is_inside && empty.starts_with(['[', '{']) {
            let label = empty.replace("$0", "…");
            self.add(&label, CompletionKind::Snippet, String::new(), 1);
            if let Some(last) = self.found.last_mut() {
                last.insert = empty;
                last.is_snippet = true;
            }
            return;
        }
        self.words(&member.words);
        match member.holds {
            Holds::Members(enumeration) => {
                let mut all = schema.enumerations.iter();
                if let Some(known) = all.find(|one| one.name == enumeration) {
                    for (name, docs) in &known.members {
                        self.text(name, CompletionKind::Member, docs, 1);
                    }
                }
            }
            Holds::Controls => {
                self.text("block", CompletionKind::Control, "Nobody gets in.", 1);
                for control in &schema.controls {
                    self.text(&control.name, CompletionKind::Control, &control.title, 1);
                }
            }
            Holds::Ids(kind) => self.objects(kind),
            Holds::Flag if !self.is_inside => {
                self.add("true", CompletionKind::Value, String::new(), 1);
                self.add("false", CompletionKind::Value, String::new(), 1);
            }
            _ => {}
        }
        if let Some(list) = list {
            self.leave_out(list);
        }
    }

    /// What a list has already.
    fn leave_out(&mut self, list: NodeId) {
        let inside = self.file.tree.inside(list);
        let taken = inside.filter_map(|(_, node)| self.file.tree.value(node));
        let taken: Vec<_> = taken.collect();
        self.found.retain(|found| {
            let mut taken = taken.iter();
            !taken.any(|text| found.insert.trim_matches('"') == text)
        });
    }

    fn words(&mut self, words: &[(&str, &str)]) {
        for (word, means) in words {
            self.text(word, CompletionKind::Member, means, 0);
        }
    }

    /// Objects by their names; what is written is the id.
    fn objects(&mut self, kind: ObjectKind) {
        let compilation = self.file.snapshot.compilation();
        let set = &compilation.set;
        let names = set.names.iter().filter(|one| one.kind == kind);
        let mut objects: Vec<(&str, &str, u8)> = names
            .map(|one| (&*one.name, &*one.id, if one.span.is_some() { 1 } else { 2 }))
            .collect();
        if kind == ObjectKind::Location {
            let own = set.locations.iter();
            objects.extend(own.map(|one| (&*one.display_name, &*one.id, 1)));
        }
        let known = compilation.data.objects.iter();
        let known = known.filter(|one| one.kind == kind);
        objects.extend(known.map(|one| (&*one.display_name, &*one.id, 2)));
        objects.truncate(OBJECTS_MAX);
        for (name, id, rank) in objects {
            self.add(name, CompletionKind::Object, id.to_owned(), rank);
            self.write(id);
        }
        if kind == ObjectKind::App {
            for group in &compilation.data.app_groups {
                let count = format!("{} applications as one", group.apps.len());
                self.text(&group.name, CompletionKind::Member, &count, 0);
            }
        }
    }

    /// A text that is written as it is shown.
    fn text(&mut self, text: &str, kind: CompletionKind, means: &str, rank: u8) {
        self.add(text, kind, String::new(), rank);
        self.write(text);
        if let Some(last) = self.found.last_mut() {
            means.clone_into(&mut last.documentation);
        }
    }

    /// What is written in place of the last label.
    fn write(&mut self, text: &str) {
        let is_inside = self.is_inside;
        if let Some(last) = self.found.last_mut() {
            last.insert = if is_inside {
                text.to_owned()
            } else {
                format!("\"{text}\"")
            };
        }
    }

    fn add(&mut self, label: &str, kind: CompletionKind, detail: String, rank: u8) {
        self.found.push(Completion {
            label: label.to_owned(),
            kind,
            detail,
            documentation: String::new(),
            insert: label.to_owned(),
            is_snippet: false,
            replaced: self.file.span(&self.replaced),
            rank,
        });
    }
}

/// LIMIT: objects of a kind that are offered.
const OBJECTS_MAX: usize = 2000;

fn detail(member: &Member) -> String {
    let kind = match member.holds {
        Holds::Text | Holds::Name | Holds::OwnId | Holds::Words => "text",
        Holds::Rule(_) => "rule",
        Holds::Flag => "true or false",
        Holds::Number => "number",
        Holds::Object(_) => "object",
        Holds::Ids(..) | Holds::Members(..) | Holds::Controls | Holds::List(_) | Holds::Texts => {
            "list"
        }
        Holds::Server => "",
    };
    kind.to_owned()
}

/// A value with a place to fill in.
fn empty(member: &Member) -> String {
    let is_text = matches!(
        member.name,
        "guestOrExternalUserTypes" | "transferMethods" | "userType"
    );
    let text = match member.holds {
        Holds::Members(..) if is_text => "\"$0\"",
        Holds::Text | Holds::Name | Holds::OwnId | Holds::Words | Holds::Rule(_) => "\"$0\"",
        Holds::Object(_) => "{ $0 }",
        Holds::Ids(..) | Holds::Members(..) | Holds::Controls | Holds::List(_) | Holds::Texts => {
            "[$0]"
        }
        Holds::Flag | Holds::Number | Holds::Server => "$0",
    };
    text.to_owned()
}
