//! `@suppress(GW0402, "why")`: findings that the author of a declaration knows about.
//!
//! Only findings that leave the text decidable can be suppressed, and only inside the declaration
//! that the annotation stands before; a scope covers what is in it.

use gatewright_diagnostics::{Class, Code, Diagnostic};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::{self, Annotation, Declaration, DeclarationKind, Term};

use crate::problems::names as problem;

/// The findings without those that a declaration suppresses.
#[must_use]
pub fn suppress(files: &[(SourceId, ast::File)], problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut suppressed: Vec<(Span, Code)> = Vec::new();
    for (_, file) in files {
        collect(&file.declarations, &mut suppressed);
    }
    if suppressed.is_empty() {
        return problems;
    }
    let is_wanted = |found: &Diagnostic| {
        let span = found.span();
        !suppressed.iter().any(|(owner, code)| {
            *code == found.code
                && owner.source == span.source
                && owner.start <= span.start
                && span.end <= owner.end
        })
    };
    problems.into_iter().filter(is_wanted).collect()
}

/// Scopes are nested as deeply as the parser allows.
fn collect(declarations: &[Declaration], suppressed: &mut Vec<(Span, Code)>) {
    for declaration in declarations {
        for annotation in &declaration.annotations {
            if annotation.name.text == "suppress"
                && let Ok(code) = read(annotation)
            {
                suppressed.push((declaration.span, code));
            }
        }
        if let DeclarationKind::Scope { members, .. } = &declaration.kind {
            collect(members, suppressed);
        }
    }
}

/// The code of an annotation, or what is wrong with it.
pub(crate) fn read(annotation: &Annotation) -> Result<Code, Diagnostic> {
    let incomplete = || problem::bad_suppression(annotation.span);
    let [code, reason] = annotation.arguments.as_slice() else {
        return Err(incomplete());
    };
    let ([code], [Term::Text(reason)]) = (code.terms.as_slice(), reason.terms.as_slice()) else {
        return Err(incomplete());
    };
    let name = match code {
        Term::Word(name) | Term::Literal(name) => &name.text,
        Term::Text(text) => &text.value,
        Term::List { .. } => return Err(incomplete()),
    };
    if reason.value.trim().is_empty() {
        return Err(incomplete());
    }
    match Code::find(name) {
        None => Err(problem::unknown_code(name, code.span())),
        Some(code_found) if code_found.class() == Class::Unreadable => {
            Err(problem::not_suppressible(code_found.name(), code.span()))
        }
        Some(code_found) => Ok(code_found),
    }
}
