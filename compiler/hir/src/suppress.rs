//! `@suppress(GW0402, "why")`: findings that the author of a declaration knows about.
//!
//! What follows from a part that could not be read is left out as well: a policy whose clause is
//! broken is not said to lack one.
//!
//! Only findings that leave the text decidable can be suppressed, and only inside the declaration
//! that the annotation stands before; a scope covers what is in it, a `use` what it makes. A
//! suppression that hides nothing is a finding itself, unless something could not be read: then
//! nobody knows what it would hide.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gatewright_diagnostics::{Class, Code, Diagnostic, Label, codes};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::ast::{self, Annotation, Declaration, DeclarationKind, Term};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Policy, PolicySet};
use crate::problems::names as problem;
use crate::problems::templates::USED_HERE;

/// What a declaration lacks because a part of it could not be read.
const CASCADES: [Code; 4] = [codes::GW0328, codes::GW0401, codes::GW0414, codes::GW0415];

/// What only other verbs than `check` report, so that nothing is known of it here.
const REPORTED_LATER: &[&str] = &["GW0249", "GW027", "GW064", "GW065"];

/// LIMIT: instances that a finding about a template names.
const INSTANCES_SHOWN: usize = 3;

/// What declarations hide.
#[derive(Default)]
struct Hidden {
    /// By where a declaration starts.
    codes: FxHashMap<(SourceId, u32), FxHashSet<Code>>,
    annotations: Vec<Suppression>,
    used: RefCell<FxHashSet<((SourceId, u32), Code)>>,
}

/// An `@suppress` that can be read.
struct Suppression {
    declaration: (SourceId, u32),
    code: Code,
    span: Span,
}

/// Say of findings in templates which instances they are about, where only the policies tell.
pub fn mark_instances(set: &PolicySet, problems: &mut [Diagnostic]) {
    let instances: Vec<&Policy> = set
        .policies
        .iter()
        .filter(|policy| !policy.annotations.used_at.is_empty())
        .collect();
    if instances.is_empty() {
        return;
    }
    let mut by_name: FxHashMap<&str, &Policy> = FxHashMap::default();
    let mut by_place: BTreeMap<(SourceId, u32), Vec<&Policy>> = BTreeMap::new();
    for policy in instances {
        by_name.entry(&policy.display_name).or_insert(policy);
        let place = (policy.span.source, policy.span.start);
        let shown = by_place.entry(place).or_default();
        if shown.len() < INSTANCES_SHOWN {
            shown.push(policy);
        }
    }
    for found in problems {
        let span = found.span();
        if found.labels.iter().any(|label| label.text == USED_HERE) {
            continue;
        }
        let is_around = |policy: &&Policy| {
            let own = policy.span;
            own.source == span.source && own.start <= span.start && span.end <= own.end
        };
        let quoted = found.message.split('`').skip(1).step_by(2);
        let named: Vec<&Policy> = quoted
            .filter_map(|name| by_name.get(name).copied())
            .filter(is_around)
            .collect();
        let meant = if named.is_empty() {
            let before = by_place.range(..=(span.source, span.start)).next_back();
            let shown = before
                .map(|(_, shown)| shown.as_slice())
                .unwrap_or_default();
            shown.iter().copied().filter(is_around).collect()
        } else {
            named
        };
        let places = meant.iter().flat_map(|policy| &policy.annotations.used_at);
        let mut labels = std::mem::take(&mut found.labels);
        for place in places {
            let is_there = |label: &Label| label.span == *place && label.text == USED_HERE;
            if !labels.iter().any(is_there) {
                labels.push(Label {
                    span: *place,
                    text: USED_HERE.into(),
                    is_primary: false,
                });
            }
        }
        found.labels = labels;
    }
}

/// The findings without those that a declaration suppresses, and without those that follow from
/// others; with those about suppressions that hide nothing. What `libraries` do not hand on is not
/// checked, so that nothing is said of suppressions in them.
#[must_use]
pub fn suppress(
    sources: &SourceMap,
    files: &[(SourceId, Arc<ast::File>)],
    libraries: &[SourceId],
    problems: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let broken: BTreeSet<(SourceId, u32)> = problems
        .iter()
        .filter(|found| found.code.name() < "GW0200")
        .map(|found| (found.span().source, found.span().start))
        .collect();
    let mut hidden = Hidden::default();
    for (source, file) in files {
        let is_reported = !libraries.contains(source);
        hidden.collect(&file.declarations, &broken, is_reported);
    }
    if hidden.codes.is_empty() {
        return problems;
    }
    let file_by_source: FxHashMap<SourceId, &ast::File> = files
        .iter()
        .map(|(_, file)| (file.source, &**file))
        .collect();
    let is_at = |span: Span, code: Code| {
        let file = file_by_source.get(&span.source);
        file.is_some_and(|file| hidden.is_hidden(&file.declarations, span, code))
    };
    let is_readable = !problems.iter().any(Diagnostic::is_unreadable);
    let is_wanted = |found: &Diagnostic| {
        let uses = found.labels.iter().filter(|label| label.text == USED_HERE);
        let spans = std::iter::once(found.span()).chain(uses.map(|label| label.span));
        // Each of them counts as used.
        let hiding: Vec<bool> = spans.map(|span| is_at(span, found.code)).collect();
        !hiding.contains(&true)
    };
    let mut wanted: Vec<Diagnostic> = problems.into_iter().filter(is_wanted).collect();
    if is_readable {
        let unused = hidden.unused(sources);
        wanted.extend(
            unused
                .into_iter()
                .filter(|found| !is_at(found.span(), found.code)),
        );
    }
    wanted
}

impl Hidden {
    /// Whether a declaration around the place hides the code. Declarations are in order of the
    /// text.
    fn is_hidden(&self, declarations: &[Declaration], span: Span, code: Code) -> bool {
        let after = declarations.partition_point(|d| d.span.start <= span.start);
        let around = after.checked_sub(1).and_then(|at| declarations.get(at));
        let Some(declaration) = around.filter(|d| span.end <= d.span.end) else {
            return false;
        };
        let key = (declaration.span.source, declaration.span.start);
        if self
            .codes
            .get(&key)
            .is_some_and(|codes| codes.contains(&code))
        {
            self.used.borrow_mut().insert((key, code));
            return true;
        }
        match &declaration.kind {
            DeclarationKind::Scope { members, .. } | DeclarationKind::Template { members, .. } => {
                self.is_hidden(members, span, code)
            }
            _ => false,
        }
    }

    /// Scopes are nested as deeply as the parser allows.
    fn collect(
        &mut self,
        declarations: &[Declaration],
        broken: &BTreeSet<(SourceId, u32)>,
        is_reported: bool,
    ) {
        for declaration in declarations {
            let span = declaration.span;
            let key = (span.source, span.start);
            let suppressions = declaration.annotations.iter();
            for annotation in suppressions.filter(|a| a.name.text == "suppress") {
                let Ok(code) = read(annotation) else { continue };
                self.codes.entry(key).or_default().insert(code);
                if is_reported {
                    self.annotations.push(Suppression {
                        declaration: key,
                        code,
                        span: annotation.span,
                    });
                }
            }
            match &declaration.kind {
                DeclarationKind::Scope { members, .. } => {
                    self.collect(members, broken, is_reported);
                }
                // Whether it hides something depends on the instances, if there are any.
                DeclarationKind::Template { members, .. } => self.collect(members, broken, false),
                _ => {
                    if broken.range(key..=(span.source, span.end)).next().is_some() {
                        self.codes.entry(key).or_default().extend(CASCADES);
                    }
                }
            }
        }
    }

    /// Suppressions that hid nothing.
    fn unused(&self, sources: &SourceMap) -> Vec<Diagnostic> {
        let used = self.used.borrow();
        let is_later = |code: Code| {
            REPORTED_LATER
                .iter()
                .any(|name| code.name().starts_with(name))
        };
        let unused = self.annotations.iter().filter(|suppression| {
            let key = (suppression.declaration, suppression.code);
            !used.contains(&key) && !is_later(suppression.code) && suppression.code != codes::GW0217
        });
        unused
            .map(|s| problem::unused_suppression(s.span, with_blanks(sources, s.span), s.code))
            .collect()
    }
}

/// An annotation with the blanks that make no sense without it: its line, where nothing else stands
/// there, else those before the next word, or at the end of the line those after the last one.
fn with_blanks(sources: &SourceMap, span: Span) -> Span {
    let Some(text) = sources.get(span.source).map(|source| &*source.text) else {
        return span;
    };
    let range = span.range();
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let rest = after.get(blanks..).unwrap_or_default();
    let line_end = ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end));
    let (start, end) = match line_end {
        Some(end) if line.trim().is_empty() => (line.len(), blanks + end.len()),
        Some(_) => (line.len() - line.trim_end().len(), blanks),
        None => (0, blanks),
    };
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or_default();
    Span {
        start: span.start.saturating_sub(length(start)),
        end: span.end.saturating_add(length(end)),
        ..span
    }
}

/// The code of an annotation, or what is wrong with it.
pub(crate) fn read(annotation: &Annotation) -> Result<Code, Diagnostic> {
    let written = annotation
        .arguments
        .first()
        .and_then(|code| match code.terms.as_slice() {
            [Term::Word(name) | Term::Literal(name)] => Some(name.text.as_str()),
            [Term::Text(text)] => Some(text.value.as_str()),
            _ => None,
        });
    let incomplete = || problem::bad_suppression(annotation.span, written.and_then(Code::find));
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
