//! What there is to know of a place in JSON.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;

use super::file::{At, File};
use super::members::{Holds, Member};
use super::tree::{Node, NodeKind};
use super::{ids, rule};
use crate::hover::{control, location, strength};
use crate::{Hover, Snapshot, describe};

/// What there is to know of what stands at an offset: a member, what a value means.
pub(crate) fn hover(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Hover> {
    let file = File::open(snapshot, source)?;
    match file.at(offset as usize)? {
        At::Name(id) => {
            let node = file.tree.get(id)?;
            let name = file.tree.name(node)?;
            Some(Hover {
                span: file.span(node.name.as_ref()?),
                markdown: member(file.member(id)?, &name),
            })
        }
        At::Value(id) => {
            let node = file.tree.get(id)?;
            let known = file.member(id)?;
            if let Holds::Rule(dialect) = known.holds {
                let found = rule::hover(&file, node, dialect, offset as usize);
                return found.or_else(|| whole(&file, node, member(known, known.name)));
            }
            let markdown = value(&file, node, known);
            let markdown = markdown.unwrap_or_else(|| member(known, known.name));
            whole(&file, node, markdown)
        }
    }
}

fn whole(file: &File<'_>, node: &Node, markdown: String) -> Option<Hover> {
    Some(Hover {
        span: file.span(&node.range),
        markdown,
    })
}

/// A member: what it means, what may stand there, what the service asks for, and the clause that
/// says the same.
pub(super) fn member(member: &Member, name: &str) -> String {
    let mut parts = vec![format!("**{name}**: {}", member.means)];
    let words = member.words.iter().map(|(word, means)| match &**means {
        "" => format!("- `{word}`"),
        means => format!("- `{word}`: {means}"),
    });
    let limits = member.limits.iter().map(|(code, limit)| {
        let (code, page) = (code.name(), code.url());
        format!("- {limit} [{code}]({page})")
    });
    for list in [words.collect::<Vec<_>>(), limits.collect()] {
        if !list.is_empty() {
            parts.push(list.join("\n"));
        }
    }
    if !member.clause.is_empty() {
        parts.push(format!("In policy text:\n```gate\n{}\n```", member.clause));
    }
    parts.join("\n\n")
}

/// What a value means, where it is more than what its member means.
fn value(file: &File<'_>, node: &Node, known: &Member) -> Option<String> {
    let snapshot = file.snapshot;
    let text = file.tree.value(node)?;
    match known.holds {
        Holds::Ids(kind) | Holds::Id(kind) => {
            let own = ids::word(snapshot, kind, &known.words, &text);
            own.or_else(|| Some(object(snapshot, kind, &text)))
        }
        Holds::OwnId => {
            let kind = file.outer(node)?.object()?;
            Some(object(snapshot, kind, &text))
        }
        Holds::Name => named(file, node),
        Holds::Words => ids::means(&known.words, &text),
        Holds::Members(enumeration) | Holds::Joined(enumeration) => {
            let own = ids::means(&known.words, &text);
            own.or_else(|| members(snapshot, enumeration, &text))
        }
        Holds::Controls => {
            let all = &snapshot.compilation().set.schema.controls;
            let found = all.iter().find(|one| one.name.eq_ignore_ascii_case(&text));
            let block = text.eq_ignore_ascii_case("block");
            found
                .map(control)
                .or_else(|| block.then(|| "**block**: Nobody gets in.".to_owned()))
        }
        _ => None,
    }
}

/// Members of an enumeration: one, or several with commas between them.
fn members(snapshot: &Snapshot, enumeration: &str, text: &str) -> Option<String> {
    let schema = &snapshot.compilation().set.schema;
    let mut all = schema.enumerations.iter();
    let known = all.find(|one| one.name == enumeration)?;
    let lines = text.split(',').filter_map(|word| {
        let mut members = known.members.iter();
        let (name, docs) = members.find(|(name, _)| name.eq_ignore_ascii_case(word.trim()))?;
        Some(format!("**{name}**: {docs}"))
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

/// The object that has an id.
fn object(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> String {
    let Some((kind, name)) = ids::find(snapshot, kind, id) else {
        return format!(
            "`{id}`: {}. No file of the project says what it is called.",
            kind.keyword()
        );
    };
    let sources = &snapshot.compilation().sources;
    let origin = match ids::declared(snapshot, kind, id) {
        Some(span) => format!("from `{}`", sources.name(span.source)),
        None => "every tenant has it".to_owned(),
    };
    let mut text = format!("**{name}**: {} `{id}`, {origin}.", kind.keyword());
    if let Some(more) = made_of(snapshot, kind, id) {
        text.push_str("\n\n");
        text.push_str(&more);
    }
    text
}

/// What a location or a strength is made of.
fn made_of(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> Option<String> {
    let set = &snapshot.compilation().set;
    match kind {
        ObjectKind::Location => {
            let mut all = set.locations.iter();
            let found = all.find(|one| one.id.eq_ignore_ascii_case(id))?;
            Some(location(&found.kind))
        }
        ObjectKind::Strength => {
            let mut all = set.strengths.iter();
            let found = all.find(|one| one.id.eq_ignore_ascii_case(id))?;
            Some(strength(found))
        }
        _ => None,
    }
}

/// What the object comes to that has this name: a policy in a sentence, the parts of a location.
fn named(file: &File<'_>, node: &Node) -> Option<String> {
    let snapshot = file.snapshot;
    let set = &snapshot.compilation().set;
    let span = file.span(&node.range);
    let mut policies = set.policies.iter();
    let is_in = |place: Span| {
        place.source == span.source && span.start <= place.start && place.end <= span.end
    };
    if let Some(policy) = policies.find(|policy| is_in(policy.name_span)) {
        return Some(format!(
            "**{}**\n\n{}",
            policy.display_name,
            describe::policy(set, policy)
        ));
    }
    let parent = node.parent?;
    let shape = file.shape(parent)?;
    let kind = shape.object()?;
    let mut ids = shape.id_members().iter();
    let id = ids.find_map(|name| file.tree.member_text(parent, name));
    let own = id.map(|id| object(snapshot, kind, &id));
    own.filter(|_| node.kind == NodeKind::Text)
}
