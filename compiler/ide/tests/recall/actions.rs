//! Every action that is offered in the example projects does what it says.

use std::collections::BTreeMap;

use gatewright_diagnostics::{Diagnostic, Edit, Severity};
use gatewright_hir::Target;
use gatewright_ide::{Action, DeclaredKind, Snapshot, actions, declarations, keeps_meaning};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{Head, ObjectKind};

use crate::examples::projects;

/// LIMIT: actions of one kind in one project whose claim is proved again.
const PROVED_MAX: usize = 1;

/// Where a project is asked: at the name and at every clause of what it declares, in every list, and
/// at every two and three policies beside each other.
fn parts(snapshot: &Snapshot, source: SourceId) -> Vec<Span> {
    let at = |offset: u32| Span::new(source, offset, offset);
    let mut found = Vec::new();
    for declared in declarations(snapshot, source) {
        found.push(at(declared.name_span.start));
    }
    for (kind, range) in snapshot.tokens(source).iter() {
        let text = snapshot.text(source).get(range.clone()).unwrap();
        let is_head = Head::ALL.iter().any(|head| head.word() == text);
        if is_head || kind == TokenKind::OpenBracket {
            found.push(at(u32::try_from(range.end).unwrap()));
        }
    }
    let findings = snapshot.compilation().diagnostics.iter();
    let findings = findings.map(Diagnostic::span);
    found.extend(findings.filter(|span| span.source == source));
    let all = declarations(snapshot, source);
    let policies = all.iter().filter(|one| one.kind == DeclaredKind::Policy);
    let policies: Vec<Span> = policies.map(|one| one.name_span).collect();
    for count in [2, 3] {
        found.extend(policies.windows(count).map(|all| all[0].to(all[count - 1])));
    }
    found
}

/// The sources of policy text in the one style.
fn styled(snapshot: &Snapshot) -> Vec<SourceId> {
    let all = snapshot
        .compilation()
        .trees
        .iter()
        .map(|(source, _)| *source);
    let is_styled = |source: &SourceId| {
        let text = snapshot.text(*source);
        gatewright_format::format(text).unwrap().text == text
    };
    all.filter(is_styled).collect()
}

fn count(snapshot: &Snapshot, is_meant: impl Fn(&Diagnostic) -> bool) -> usize {
    let all = snapshot.compilation().diagnostics.iter();
    all.filter(|one| is_meant(one)).count()
}

/// What is wrong with an action, if anything.
fn wrong(snapshot: &Snapshot, action: &Action, is_proved: bool) -> Result<(), String> {
    if let Some(why) = &action.disabled {
        let is_said = action.edits.is_empty() && !why.is_empty();
        return is_said
            .then_some(())
            .ok_or("edits although disabled".to_owned());
    }
    let edited = snapshot.edited(&action.edits);
    let is_error = |one: &Diagnostic| one.severity == Severity::Error;
    if count(&edited, is_error) > count(snapshot, is_error) {
        let new = edited
            .compilation()
            .diagnostics
            .iter()
            .find(|one| is_error(one));
        return Err(format!("new errors: {}", new.unwrap().message));
    }
    if let Some(at) = action.mends {
        let code = snapshot.compilation().diagnostics[at].code;
        if count(&edited, |one| one.code == code) >= count(snapshot, |one| one.code == code) {
            return Err("the finding is still there".to_owned());
        }
    }
    if styled(snapshot) != styled(&edited) {
        return Err("it is not in the style any more".to_owned());
    }
    if action.claims_same && is_proved {
        keeps_meaning(snapshot, &action.edits)?;
    }
    Ok(())
}

#[test]
fn what_is_offered_at_every_policy_does_what_it_says() {
    let mut offered: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for project in projects() {
        let snapshot = &project.snapshot;
        let mut seen = Vec::new();
        let mut proved: BTreeMap<String, usize> = BTreeMap::new();
        for (source, _) in &snapshot.compilation().trees {
            for part in parts(snapshot, *source) {
                for action in actions(snapshot, part) {
                    if seen.contains(&action) {
                        continue;
                    }
                    let words = action.title.split(' ').take(2);
                    let words: Vec<&str> = words.collect();
                    let kind = words.join(" ");
                    let many = proved.entry(kind.clone()).or_default();
                    *many += 1;
                    if let Err(why) = wrong(snapshot, &action, *many <= PROVED_MAX) {
                        let file = snapshot.compilation().sources.name(*source);
                        failures.push(format!(
                            "{} {file}:{} {}: {why}",
                            project.name, part.start, action.title
                        ));
                    }
                    *offered.entry(kind).or_default() += 1;
                    seen.push(action);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    for kind in [
        "Put 2",
        "Split into",
        "Sort this",
        "Except the",
        "Suppress GW0404",
    ] {
        assert!(
            offered.contains_key(kind),
            "{kind} is not among {offered:?}"
        );
    }
}

/// Where a policy uses an object by name: with the id in its place the name is offered, and taking
/// the offer gives the text back. The ids of authentication contexts are words themselves.
#[test]
fn an_id_in_place_of_a_name_gets_the_name_back() {
    let mut count = 0;
    for project in projects() {
        let snapshot = &project.snapshot;
        let set = &snapshot.compilation().set;
        for object in &set.names {
            let Some(declared) = object.span.filter(|_| object.kind != ObjectKind::Context) else {
                continue;
            };
            let references = snapshot.compilation().references.iter();
            let policies = set.policies.iter().map(|policy| policy.span);
            let policies: Vec<Span> = policies.collect();
            let is_in_policy = |span: Span| {
                let is_around = |p: &Span| {
                    p.source == span.source && p.start <= span.start && span.end <= p.end
                };
                policies.iter().any(is_around)
            };
            let Some(used) = references
                .filter(|one| one.target == Target::Declared(declared))
                .find(|one| is_in_policy(one.span))
            else {
                continue;
            };
            let edit = Edit {
                span: used.span,
                text: format!("\"{}\"", object.id),
            };
            let with_id = snapshot.edited(&[edit]);
            let source = used.span.source;
            let part = Span::new(source, used.span.start + 2, used.span.start + 2);
            let all = actions(&with_id, part);
            let offered = all.iter().find(|one| one.title.starts_with("Use the name"));
            let Some(offered) = offered else {
                panic!(
                    "{}: no name for {} {}",
                    project.name,
                    object.kind.keyword(),
                    object.id
                );
            };
            let back = with_id.edited(&offered.edits);
            assert_eq!(back.text(source), snapshot.text(source));
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
