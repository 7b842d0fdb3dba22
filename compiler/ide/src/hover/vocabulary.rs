//! What the parts of declarations are called: parameters, attributes and members of a vocabulary of
//! one's own, custom security attributes.

use gatewright_source::Span;
use gatewright_syntax::ast::{Declaration, DeclarationKind as K, Parameter};

use super::attribute;
use crate::Snapshot;
use crate::position::Position;

/// The name of a part of a declaration, where that is declared.
pub(super) fn declared(snapshot: &Snapshot, position: &Position<'_>, span: Span) -> Option<String> {
    let mut around = position.declarations.iter().rev();
    around.find_map(|declaration| part(snapshot, &declaration.kind, span))
}

/// The part of a declaration whose name is at a place.
fn part(snapshot: &Snapshot, declaration: &K, span: Span) -> Option<String> {
    let schema = &snapshot.compilation().set.schema;
    match declaration {
        K::Rule { parameters, .. } | K::Template { parameters, .. } => {
            let mut all = parameters.iter();
            all.find(|one| one.name.span == span).map(parameter)
        }
        K::Entity {
            name, attributes, ..
        } => {
            let mut all = attributes.iter();
            let found = all.find(|one| one.name.span == span)?;
            let id = schema.find_attribute(&format!("{}.{}", name.text, found.name.text))?;
            attribute(snapshot, id, None)
        }
        K::Enum {
            name: enumeration,
            members,
        } => {
            let mut all = members.iter();
            let found = all.find(|one| one.name.span() == span)?;
            let name = snapshot.compilation().sources.text(span);
            let name = name.trim_matches('"');
            let about = format!("**{name}** (`{}`)", enumeration.text);
            let title = found.title.as_ref();
            Some(title.map_or(about.clone(), |title| format!("{about}: {}", title.value)))
        }
        _ => None,
    }
}

/// A parameter: its type, and what stands for it where nothing is filled in.
fn parameter(parameter: &Parameter) -> String {
    let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
    let kind = if kind.is_empty() {
        String::new()
    } else {
        format!(": {}", kind.join(" "))
    };
    let has_default = if parameter.default.is_some() {
        " It may be left out."
    } else {
        ""
    };
    format!(
        "```gate\n{}{kind}\n```\nA parameter.{has_default}",
        parameter.name.text
    )
}

/// What a scope or template has in it, by name.
pub(super) fn inside(declaration: &Declaration) -> Option<String> {
    let members = match &declaration.kind {
        K::Scope { members, .. } | K::Template { members, .. } => members,
        _ => return None,
    };
    let names = members.iter().filter_map(|member| match &member.kind {
        K::Policy { name, .. } => Some(format!("policy \"{}\"", name.value)),
        K::Scope { name, .. } => Some(format!("scope \"{}\"", name.value)),
        K::Compliance { name, .. } => Some(format!("compliance \"{}\"", name.value)),
        K::Invariant { name, .. } => Some(format!("invariant \"{}\"", name.value)),
        K::Test { name, .. } => Some(format!("test \"{}\"", name.value)),
        K::Instance { template, .. } => Some(format!("use {}", template.text)),
        _ => None,
    });
    let lines: Vec<String> = names.map(|name| format!("- {name}")).collect();
    let shown = lines.iter().take(super::values::LISTED_MAX);
    let mut text: Vec<&str> = shown.map(String::as_str).collect();
    let more = format!("- {} more", lines.len().saturating_sub(text.len()));
    if lines.len() > text.len() {
        text.push(&more);
    }
    (!text.is_empty()).then(|| format!("Has in it\n\n{}", text.join("\n")))
}

/// A custom security attribute, as rules write it, or as tests do.
pub(super) fn tag(written: &str, in_test: bool) -> Option<String> {
    let (entity, field) = written.split_once('.')?;
    let (set, name) = if entity.eq_ignore_ascii_case("CustomSecurityAttribute") {
        field.split_once('_')?
    } else {
        in_test.then_some((entity, field))?
    };
    Some(format!(
        "**{set}_{name}**: the custom security attribute `{name}` of the set `{set}`."
    ))
}
