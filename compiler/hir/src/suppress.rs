//! `@suppress(GW0402, "why")`: findings that the author of a declaration knows about.
//!
//! What follows from a part that could not be read is left out as well: a policy whose clause is
//! broken is not said to lack one.
//!
//! Only findings that leave the text decidable can be suppressed, and only inside the declaration
//! that the annotation stands before; a scope covers what is in it.

use std::collections::BTreeSet;

use gatewright_diagnostics::{Class, Code, Diagnostic, codes};
use gatewright_source::SourceId;
use gatewright_syntax::ast::{self, Annotation, Declaration, DeclarationKind, Term};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::problems::names as problem;

/// What a declaration lacks because a part of it could not be read.
const CASCADES: [Code; 4] = [codes::GW0328, codes::GW0401, codes::GW0414, codes::GW0415];

/// The codes that a declaration hides, by where it starts.
type Hidden = FxHashMap<(SourceId, u32), FxHashSet<Code>>;

/// The findings without those that a declaration suppresses, and without those that follow from
/// others.
#[must_use]
pub fn suppress(files: &[(SourceId, ast::File)], problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let broken: BTreeSet<(SourceId, u32)> = problems
        .iter()
        .filter(|found| found.code.name() < "GW0200")
        .map(|found| (found.span().source, found.span().start))
        .collect();
    let mut hidden = Hidden::default();
    for (_, file) in files {
        collect(&file.declarations, &broken, &mut hidden);
    }
    if hidden.is_empty() {
        return problems;
    }
    let file_by_source: FxHashMap<SourceId, &ast::File> =
        files.iter().map(|(_, file)| (file.source, file)).collect();
    let is_wanted = |found: &Diagnostic| {
        let file = file_by_source.get(&found.span().source);
        !file.is_some_and(|file| is_hidden(&file.declarations, &hidden, found))
    };
    problems.into_iter().filter(is_wanted).collect()
}

/// Whether a declaration around the finding hides it. Declarations are in order of the text.
fn is_hidden(declarations: &[Declaration], hidden: &Hidden, found: &Diagnostic) -> bool {
    let span = found.span();
    let after = declarations.partition_point(|d| d.span.start <= span.start);
    let around = after.checked_sub(1).and_then(|at| declarations.get(at));
    let Some(declaration) = around.filter(|d| span.end <= d.span.end) else {
        return false;
    };
    let codes = hidden.get(&(declaration.span.source, declaration.span.start));
    if codes.is_some_and(|codes| codes.contains(&found.code)) {
        return true;
    }
    match &declaration.kind {
        DeclarationKind::Scope { members, .. } => is_hidden(members, hidden, found),
        _ => false,
    }
}

/// Scopes are nested as deeply as the parser allows.
fn collect(declarations: &[Declaration], broken: &BTreeSet<(SourceId, u32)>, hidden: &mut Hidden) {
    for declaration in declarations {
        let span = declaration.span;
        let key = (span.source, span.start);
        for annotation in &declaration.annotations {
            if annotation.name.text == "suppress"
                && let Ok(code) = read(annotation)
            {
                hidden.entry(key).or_default().insert(code);
            }
        }
        if let DeclarationKind::Scope { members, .. } = &declaration.kind {
            collect(members, broken, hidden);
        } else if broken.range(key..=(span.source, span.end)).next().is_some() {
            hidden.entry(key).or_default().extend(CASCADES);
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
