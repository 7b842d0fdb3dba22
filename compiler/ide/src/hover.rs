//! What there is to know of a place, as Markdown: what a name stands for, what a word means, what a
//! policy covers.

mod values;
mod vocabulary;
mod words;

use gatewright_diagnostics::Code;
use gatewright_hir::Target;
use gatewright_hir::schema::AttributeId;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::ObjectKind;

use crate::completion::meaning;
use crate::position::Position;
use crate::{Declared, DeclaredKind, Form, Snapshot, declarations, describe, json, manifest};

pub(crate) use values::{kind, location, members, some_of, strength};
pub(crate) use words::{connective, control, enumeration, operator, operator_of};

/// What there is to know of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// What there is to know, as Markdown.
    pub markdown: String,
}

/// LIMIT: characters of a declaration that are shown.
const SHOWN_CHARS_MAX: usize = 600;

/// What there is to know of what stands at an offset.
#[must_use]
pub fn hover(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Hover> {
    match snapshot.form(source) {
        Form::PolicyText => {}
        Form::Json => return json::hover(snapshot, source, offset),
        Form::Manifest => return manifest::hover(snapshot, source, offset),
        Form::Table => return None,
    }
    let position = Position::of(snapshot, source, offset);
    if let Some(reference) = snapshot.reference_at(source, offset)
        && let Some(markdown) = target(snapshot, &reference.target, &position)
    {
        return Some(Hover {
            span: reference.span,
            markdown,
        });
    }
    let holds = |span: Span| span.start <= offset && offset <= span.end;
    let all = declarations(snapshot, source);
    if let Some(found) = all.iter().find(|declared| holds(declared.name_span)) {
        return Some(Hover {
            span: found.name_span,
            markdown: declared(snapshot, found),
        });
    }
    if let Some(found) = written_attribute(snapshot, &position) {
        return Some(found);
    }
    let (kind, span) = position.token?;
    let text = snapshot.compilation().sources.text(span);
    let markdown = match kind {
        TokenKind::Compare => words::operator_of(text, is_device(snapshot, span)),
        TokenKind::And | TokenKind::Or | TokenKind::Not | TokenKind::Quantifier => {
            words::connective(text)
        }
        TokenKind::Word => words::head(snapshot, &position, span)
            .or_else(|| page(text))
            .or_else(|| vocabulary::declared(snapshot, &position, span))
            .or_else(|| values::literal(snapshot, text))
            .or_else(|| meaning(snapshot, span)),
        TokenKind::Literal => values::literal(snapshot, text),
        TokenKind::String => values::literal(snapshot, text.trim_matches(['"', '\'']))
            .or_else(|| vocabulary::declared(snapshot, &position, span))
            .or_else(|| meaning(snapshot, span)),
        _ => None,
    }?;
    Some(Hover { span, markdown })
}

/// An attribute of a comparison that is not written to its end, which stands for nothing yet.
fn written_attribute(snapshot: &Snapshot, position: &Position<'_>) -> Option<Hover> {
    let (_, token) = position.token?;
    let text = snapshot.text(token.source);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let before = text.get(..token.start as usize)?;
    let after = text.get(token.start as usize..)?;
    let lead = before.len() - before.trim_end_matches(is_part).len();
    let rest = after.len() - after.trim_start_matches(is_part).len();
    let (lead, rest) = (u32::try_from(lead).ok()?, u32::try_from(rest).ok()?);
    let span = Span::new(token.source, token.start - lead, token.start + rest);
    let name = snapshot.compilation().sources.text(span);
    let found = snapshot.compilation().set.schema.find_attribute(name);
    let markdown = match found {
        Some(id) => attribute(snapshot, id, position.filter())?,
        None => vocabulary::tag(name, position.block.is_some())?,
    };
    Some(Hover { span, markdown })
}

/// Whether the attribute before an operator is one of the device of Conditional Access.
fn is_device(snapshot: &Snapshot, operator: Span) -> bool {
    let text = snapshot.text(operator.source);
    let before = text.get(..operator.start as usize).unwrap_or_default();
    let before = before.trim_end();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let name = before.trim_end_matches(is_part).len();
    let name = before.get(name..).unwrap_or_default();
    snapshot.compilation().set.schema.is_entra && name.starts_with("device.")
}

/// What a name stands for.
fn target(snapshot: &Snapshot, target: &Target, position: &Position<'_>) -> Option<String> {
    match target {
        Target::Declared(span) => {
            let all = declarations(snapshot, span.source);
            let found = all.iter().find(|one| one.name_span == *span);
            found.map(|found| declared(snapshot, found)).or_else(|| {
                let position = Position::of(snapshot, span.source, span.start);
                vocabulary::declared(snapshot, &position, *span)
            })
        }
        Target::Known(kind, id) => Some(known(snapshot, *kind, id)),
        Target::Attribute(id) => attribute(snapshot, *id, position.filter()),
    }
}

/// A declaration: how it is written, its documentation, and what it means.
fn declared(snapshot: &Snapshot, declared: &Declared<'_>) -> String {
    let set = &snapshot.compilation().set;
    let mut parts = vec![format!("```gate\n{}\n```", written(snapshot, declared))];
    let docs = declared.declaration.docs.join("\n");
    if !docs.trim().is_empty() {
        parts.push(docs);
    }
    match declared.kind {
        DeclaredKind::Policy => {
            let mut policies = set.policies.iter();
            let found = policies.find(|policy| policy.name_span == declared.name_span);
            parts.extend(found.map(|policy| describe::policy(set, policy)));
        }
        DeclaredKind::Object(ObjectKind::Location) => {
            let mut locations = set.locations.iter();
            let found = locations.find(|location| location.span == declared.name_span);
            parts.extend(found.map(|location| values::location(&location.kind)));
        }
        DeclaredKind::Object(ObjectKind::Strength) => {
            let mut strengths = set.strengths.iter();
            let found = strengths.find(|strength| strength.span == Some(declared.name_span));
            parts.extend(found.map(values::strength));
        }
        DeclaredKind::Invariant => parts.extend(proof(snapshot, declared)),
        DeclaredKind::Template | DeclaredKind::Scope => {
            parts.extend(vocabulary::inside(declared.declaration));
        }
        _ => {}
    }
    parts.join("\n\n")
}

/// How a declaration is written: all of a short one, the first line of a policy and the like.
fn written<'s>(snapshot: &'s Snapshot, declared: &Declared<'_>) -> &'s str {
    let declaration = declared.declaration;
    let whole = Span::new(
        declared.source,
        declaration.keyword.start,
        declaration.span.end,
    );
    let text = snapshot.compilation().sources.text(whole);
    let is_short = matches!(
        declared.kind,
        DeclaredKind::Object(_)
            | DeclaredKind::Rule
            | DeclaredKind::Control
            | DeclaredKind::SessionControl
            | DeclaredKind::Effect
            | DeclaredKind::Invariant
            | DeclaredKind::Compliance
            | DeclaredKind::Enumeration
            | DeclaredKind::Entity
    );
    let end = if is_short {
        let mut chars = text.char_indices();
        chars.nth(SHOWN_CHARS_MAX).map_or(text.len(), |(at, _)| at)
    } else {
        let body = text.find('{').unwrap_or(text.len());
        let name = declared.name_span.end.saturating_sub(whole.start) as usize;
        body.max(name)
    };
    text.get(..end).unwrap_or(text).trim_end()
}

/// What is known of an invariant.
fn proof(snapshot: &Snapshot, declared: &Declared<'_>) -> Option<String> {
    use gatewright_compiler::ProofOutcome as Outcome;
    let mut proofs = snapshot.proofs()?.iter();
    let found = proofs.find(|proof| proof.name_span == declared.name_span)?;
    Some(match &found.outcome {
        Outcome::Proved {
            is_vacuous: true, ..
        } => "Proved, and about no sign-in at all.".to_owned(),
        Outcome::Proved { by, .. } if by.is_empty() => "Proved.".to_owned(),
        Outcome::Proved { by, .. } => {
            let names: Vec<String> = by.iter().map(|name| format!("\"{name}\"")).collect();
            format!("Proved; enough for it: {}.", names.join(", "))
        }
        Outcome::Refuted(refutation) => format!("Refuted: {}", refutation.sentence),
        Outcome::Undecided(why) => format!("Not decided: {why}."),
    })
}

/// An object that every tenant has, or one of the directory.
fn known(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> String {
    let compilation = snapshot.compilation();
    let set = &compilation.set;
    let name = describe::object(set, kind, id);
    let origin = if compilation.data.find_id(kind, id).is_some() || kind == ObjectKind::Strength {
        "every tenant has it"
    } else {
        "from the directory"
    };
    let mut text = format!("**{name}**: {} `{id}`, {origin}.", kind.keyword());
    if kind == ObjectKind::Strength {
        let mut strengths = set.strengths.iter();
        let found = strengths.find(|strength| strength.id.eq_ignore_ascii_case(id));
        text.extend(found.map(|strength| format!("\n\n{}", values::strength(strength))));
    }
    text
}

/// An attribute: its type, what it is, and what the rule at hand makes of its absence: one of a
/// filter for devices, which can be to exclude, or another.
pub(crate) fn attribute(
    snapshot: &Snapshot,
    id: AttributeId,
    filter: Option<bool>,
) -> Option<String> {
    let schema = &snapshot.compilation().set.schema;
    let attribute = schema.attribute(id)?;
    let mut parts = vec![format!(
        "```gate\n{}: {}\n```",
        attribute.name,
        values::kind(schema, attribute)
    )];
    if !attribute.docs.is_empty() {
        parts.push(attribute.docs.clone());
    }
    parts.extend(values::members(schema, attribute));
    if attribute.is_optional {
        parts.push(words::absence(schema.is_entra, &attribute.name, filter));
    }
    Some(parts.join("\n\n"))
}

/// The page of a finding, where a code is named.
fn page(word: &str) -> Option<String> {
    let code = Code::find(word).filter(|_| word.len() == 6)?;
    Some(finding(code))
}

/// A finding, in a line and with its page.
pub(crate) fn finding(code: Code) -> String {
    format!(
        "**{}** {}\n\n[The page of this finding]({})",
        code.name(),
        code.summary(),
        code.url()
    )
}

#[cfg(test)]
mod tests;
