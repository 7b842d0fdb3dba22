//! What can be written at a place in JSON: members, values of enumerations, names for ids, words of
//! rules.

use std::ops::Range;

use gatewright_source::SourceId;
use gatewright_syntax::ast::ObjectKind;

use super::file::{At, File, fits};
use super::hover::member as about;
use super::members::{ALONE, Holds, Member, Shape, Word};
use super::rule;
use super::tree::{NodeId, NodeKind, escaped};
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
        let Some(node) = self.file.tree.get(id) else {
            return;
        };
        self.within(&node.range, at);
        let Some(member) = self.file.member(id) else {
            return;
        };
        let name = self.file.tree.name(node);
        if name.is_some_and(|name| name == TYPE) && member.name != TYPE {
            self.types(node.parent);
            return;
        }
        if let Holds::Rule(dialect) = member.holds {
            if self.is_inside {
                self.found = rule::completions(self.file, node, dialect, at);
            }
            return;
        }
        let is_list = |id: &NodeId| {
            let parent = self.file.tree.get(*id);
            parent.is_some_and(|parent| parent.kind == NodeKind::Array)
        };
        let list = node.parent.filter(is_list);
        self.value(
            (node.parent, member),
            list.is_some(),
            list.map(|list| (list, Some(id))),
        );
        if matches!(member.holds, Holds::Joined(_) | Holds::Members("Method")) && self.is_inside {
            self.piece(at);
        }
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
                self.value((Some(around), member), false, None);
            }
            return;
        }
        match self.file.tree.get(around).map(|node| node.kind) {
            Some(NodeKind::Object) => self.members(around, None, true),
            Some(_) => {
                if let Some(member) = self.file.member(around) {
                    let object = self.file.tree.get(around).and_then(|node| node.parent);
                    self.value((object, member), true, Some((around, None)));
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

    /// In a text of several words with commas between them, one of them is being typed.
    fn piece(&mut self, at: usize) {
        let whole = self.replaced.clone();
        let text = self.file.snapshot.text(self.file.source);
        let (Some(before), Some(after)) = (text.get(whole.start..at), text.get(at..whole.end))
        else {
            return;
        };
        let start = before.rfind(',').map_or(0, |comma| comma + 1);
        let blanks = |text: &str| text.len() - text.trim_start().len();
        let typed = before.get(start..).unwrap_or_default();
        let start = whole.start + start + blanks(typed);
        let end = at + after.find(',').unwrap_or(after.len());
        let taken = text.get(whole).unwrap_or_default();
        let mut taken: Vec<&str> = taken.split(',').map(str::trim).collect();
        let typed = text.get(start..end).unwrap_or_default().trim();
        taken.retain(|word| *word != typed);
        self.found
            .retain(|found| !taken.contains(&found.insert.as_str()));
        self.replaced = start.min(at)..end;
        let replaced = self.file.span(&self.replaced);
        for found in &mut self.found {
            found.replaced = replaced;
        }
    }

    /// The members that an object can have and has not, but for the one that is being typed.
    fn members(&mut self, object: NodeId, typed: Option<NodeId>, is_alone: bool) {
        let tree = self.file.tree;
        if let Some(shape) = self.file.shape(object) {
            self.members_of(object, shape, typed, is_alone);
        } else if self.file.member(object).is_none() {
            // What is nothing yet can become what has the members that are there.
            let possible = ALONE.iter().filter(|shape| fits(tree, object, **shape));
            for (rank, shape) in possible.enumerate() {
                let first = self.found.len();
                self.members_of(object, *shape, typed, is_alone);
                let rank = u8::try_from(rank).unwrap_or(u8::MAX);
                let added = self.found.iter_mut().skip(first);
                added.for_each(|found| found.rank = found.rank.saturating_add(rank));
            }
            let mut labels = rustc_hash::FxHashSet::default();
            self.found
                .retain(|found| labels.insert(found.label.clone()));
        }
    }

    fn members_of(&mut self, object: NodeId, shape: Shape, typed: Option<NodeId>, is_alone: bool) {
        for member in shape.members() {
            let taken = self.file.tree.member(object, member.name);
            if taken.is_some_and(|(id, _)| Some(id) != typed) {
                continue;
            }
            let rank = u8::from(matches!(member.holds, Holds::Server)) + 1;
            self.add(member.name, CompletionKind::Attribute, detail(member), rank);
            let is_inside = self.is_inside;
            if let Some(last) = self.found.last_mut() {
                last.documentation = about(member, member.name);
                if is_alone {
                    let (name, empty) = (member.name.replace('$', "\\$"), empty(member));
                    last.insert = match is_inside {
                        true => member.name.to_owned(),
                        false => format!("\"{name}\": {empty}"),
                    };
                    last.is_snippet = !is_inside;
                }
            }
        }
    }

    /// What a member of an object can hold; as an element of its list, or as the whole. What the
    /// list has already, but for what is being typed, is not offered.
    fn value(
        &mut self,
        (object, member): (Option<NodeId>, &'static Member),
        is_element: bool,
        list: Option<(NodeId, Option<NodeId>)>,
    ) {
        let empty = match member.holds {
            Holds::Object(_) | Holds::List(_) if is_element => "{ $0 }",
            _ => empty(member),
        };
        let is_container = empty.starts_with(['[', '{']) && !self.is_inside;
        if is_container && (!is_element || empty.starts_with('{')) {
            let label = empty.replace("$0", "…");
            self.add(&label, CompletionKind::Snippet, String::new(), 1);
            if let Some(last) = self.found.last_mut() {
                empty.clone_into(&mut last.insert);
                last.is_snippet = true;
            }
            return;
        }
        self.words(&member.words);
        match member.holds {
            Holds::Members(name) | Holds::Joined(name) => self.enumeration(name),
            Holds::Controls => {
                let schema = &self.file.snapshot.compilation().set.schema;
                self.text("block", CompletionKind::Control, "Nobody gets in.", 1);
                for control in &schema.controls {
                    self.text(&control.name, CompletionKind::Control, &control.title, 1);
                }
            }
            Holds::Ids(kind) | Holds::Id(kind) => self.objects(kind),
            Holds::OwnId
                if object.and_then(|id| self.file.shape(id)) == Some(Shape::GrantStrength) =>
            {
                self.objects(ObjectKind::Strength);
            }
            Holds::Flag if !self.is_inside => {
                self.add("true", CompletionKind::Value, String::new(), 1);
                self.add("false", CompletionKind::Value, String::new(), 1);
            }
            _ => {}
        }
        if let Some((list, typed)) = list {
            self.leave_out(list, typed);
        }
    }

    /// What an object can be that is nothing yet.
    fn types(&mut self, object: Option<NodeId>) {
        let tree = self.file.tree;
        let is_possible = |shape: &&Shape| object.is_some_and(|id| fits(tree, id, **shape));
        for shape in ALONE.iter().filter(is_possible) {
            let words = shape.member(TYPE).map(|member| &*member.words);
            self.words(words.unwrap_or_default());
        }
    }

    fn enumeration(&mut self, name: &str) {
        let schema = &self.file.snapshot.compilation().set.schema;
        let mut all = schema.enumerations.iter();
        if let Some(known) = all.find(|one| one.name == name) {
            for (name, docs) in &known.members {
                self.text(name, CompletionKind::Member, docs, 1);
            }
        }
    }

    /// What a list has already.
    fn leave_out(&mut self, list: NodeId, typed: Option<NodeId>) {
        let tree = self.file.tree;
        let others = tree.inside(list).filter(|(id, _)| Some(*id) != typed);
        let taken = others.filter_map(|(_, node)| tree.value(node));
        let taken: Vec<_> = taken.collect();
        self.found.retain(|found| {
            let mut taken = taken.iter();
            !taken.any(|text| found.insert.trim_matches('"') == text)
        });
    }

    fn words(&mut self, words: &[Word]) {
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
        if kind == ObjectKind::Strength {
            let own = set.strengths.iter();
            objects.extend(own.map(|one| (&*one.display_name, &*one.id, 1)));
        }
        let known = compilation.data.objects.iter();
        let known = known.filter(|one| one.kind == kind);
        objects.extend(known.map(|one| (&*one.display_name, &*one.id, 2)));
        objects.truncate(OBJECTS_MAX);
        for (name, id, rank) in objects {
            self.add(name, CompletionKind::Object, id.to_owned(), rank);
            self.write(id);
            if let Some(last) = self.found.last_mut() {
                last.filter = Some(format!("{name} {id}"));
            }
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
        let text = escaped(text);
        if let Some(last) = self.found.last_mut() {
            last.insert = if is_inside {
                text
            } else {
                format!("\"{text}\"")
            };
        }
    }

    fn add(&mut self, label: &str, kind: CompletionKind, detail: String, rank: u8) {
        self.found.push(Completion {
            label: label.to_owned(),
            filter: None,
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

/// The member in which an object says what it is.
const TYPE: &str = "@odata.type";

/// LIMIT: objects of a kind that are offered.
const OBJECTS_MAX: usize = 2000;

fn detail(member: &Member) -> String {
    let kind = match member.holds {
        Holds::Text | Holds::Name | Holds::OwnId | Holds::Id(_) | Holds::Words => "text",
        Holds::Joined(_) => "text",
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
fn empty(member: &Member) -> &'static str {
    match member.holds {
        // A directory says it of a user, as one word.
        Holds::Members("UserType") => "\"$0\"",
        Holds::Text | Holds::Name | Holds::OwnId | Holds::Id(_) | Holds::Joined(_) => "\"$0\"",
        Holds::Words | Holds::Rule(_) => "\"$0\"",
        Holds::Object(_) => "{ $0 }",
        Holds::Ids(..) | Holds::Members(..) | Holds::Controls | Holds::List(_) | Holds::Texts => {
            "[$0]"
        }
        Holds::Flag | Holds::Number | Holds::Server => "$0",
    }
}
