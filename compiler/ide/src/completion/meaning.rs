//! What a word means where it stands: what is said of it where it is offered.

use gatewright_source::Span;

use super::used::SAID_ELSEWHERE;
use super::{Completion, CompletionKind, completions};
use crate::{Snapshot, describe, hover};

/// What a word or text means that could be written where it stands, as Markdown.
pub(crate) fn meaning(snapshot: &Snapshot, span: Span) -> Option<String> {
    let text = snapshot.compilation().sources.text(span);
    let bare = text.trim_matches(['"', '\'']);
    let is_quoted = bare.len() != text.len();
    let offers = completions(snapshot, span.source, span.start);
    let words = |label: &str| label.split([' ', '.']).next().unwrap_or(label).to_owned();
    let is_fit = |item: &&Completion| !is_quoted || item.kind != CompletionKind::Snippet;
    let mut exact = offers.iter().filter(is_fit);
    let exact = exact.find(|item| item.label.eq_ignore_ascii_case(bare));
    let found = exact.or_else(|| {
        let mut first = offers.iter().filter(|item| {
            // `or unknown` is offered as a whole, `device.model` is not told by its first word.
            item.kind != CompletionKind::Attribute && !item.label.contains('…')
        });
        first.find(|item| !is_quoted && words(&item.label) == bare)
    })?;
    said(snapshot, found)
}

fn said(snapshot: &Snapshot, item: &Completion) -> Option<String> {
    let Completion {
        label,
        detail,
        documentation: docs,
        ..
    } = item;
    if detail == SAID_ELSEWHERE {
        return None;
    }
    if item.kind == CompletionKind::Attribute && !detail.is_empty() {
        let shown = format!("```gate\n{label}: {detail}\n```\n\n{docs}");
        return Some(shown.trim_end().to_owned());
    }
    if item.kind == CompletionKind::Policy {
        return Some(format!("**{label}** ({detail})\n\n{docs}"));
    }
    if item.kind == CompletionKind::Object && item.detail.ends_with("applications") {
        return group(snapshot, label);
    }
    let about = if docs.is_empty() { detail } else { docs };
    if about.is_empty() || about.starts_with("**") {
        return (!about.is_empty()).then(|| about.clone());
    }
    let kind = match item.kind {
        CompletionKind::Member if !detail.is_empty() => format!(" (`{detail}`)"),
        CompletionKind::Control => format!(" ({detail})"),
        _ => String::new(),
    };
    let end = if about.ends_with(['.', '`', '-']) || about.contains('\n') {
        ""
    } else {
        "."
    };
    Some(format!("**{label}**{kind}: {about}{end}"))
}

/// The applications of a group.
fn group(snapshot: &Snapshot, name: &str) -> Option<String> {
    let compilation = snapshot.compilation();
    let mut groups = compilation.data.app_groups.iter();
    let group = groups.find(|group| group.name.eq_ignore_ascii_case(name))?;
    let kind = gatewright_syntax::ast::ObjectKind::App;
    let set = &compilation.set;
    let apps = group.apps.iter().map(|id| {
        let known = compilation.data.find_id(kind, id);
        let known = known.map(|known| known.display_name.clone());
        known.unwrap_or_else(|| describe::object(set, kind, id))
    });
    let apps: Vec<String> = apps.collect();
    Some(match apps.as_slice() {
        [] => format!("**{name}**: a group of applications; which ones is the service's business."),
        apps => format!(
            "**{name}**: {} applications: {}.",
            apps.len(),
            hover::some_of(apps)
        ),
    })
}
