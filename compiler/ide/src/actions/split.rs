//! One policy as several: one for each thing that a clause names, for each side of an `-or`, for each
//! thing that is required.

use gatewright_diagnostics::Edit;
use gatewright_hir::model::{Control, Policy};
use gatewright_source::Span;
use gatewright_syntax::ast::{
    Clause, ClauseBody, Declaration, DeclarationKind, Expr, Exprs, Head, Phrase, Term,
};
use gatewright_value::vocabulary::BuiltInControl;

use super::{Action, ActionKind, has_comment, indentation, policy_around, touches};
use crate::Snapshot;
use crate::navigate::policy_names;

/// LIMIT: policies that one becomes.
const PARTS_MAX: usize = 16;

/// The ways to split the policy around a part, by the clause that the part is in.
pub(super) fn policy(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let declaration = policy_around(snapshot, part)?;
    let DeclarationKind::Policy { name, clauses } = &declaration.kind else {
        return None;
    };
    if declaration.is_broken || has_comment(snapshot, declaration.span) {
        return None;
    }
    let clause = clauses.iter().find(|clause| touches(clause.span, part))?;
    let exprs = &snapshot.tree(part.source)?.exprs;
    let (what, place, texts) = alternatives(snapshot, exprs, clause)?;
    if !(2..=PARTS_MAX).contains(&texts.len()) {
        return None;
    }
    let inside = Span::new(name.span.source, name.span.end - 1, name.span.end - 1);
    let policies = texts.iter().enumerate().map(|(at, text)| {
        let number = format!(" ({})", at + 1);
        replaced(snapshot, declaration, [(inside, &number), (place, text)])
    });
    let indent = indentation(snapshot, part.source, declaration.span.start);
    let policies: Vec<String> = policies.collect();
    let title = format!("Split into {} policies, one for each {what}", texts.len());
    let edit = Edit {
        span: declaration.span,
        text: policies.join(&format!("\n\n{indent}")),
    };
    let action = Action::same(title, ActionKind::Rewrite, vec![edit]);
    Some(match hindrance(snapshot, declaration, clause) {
        Some(why) => Action {
            edits: Vec::new(),
            disabled: Some(why),
            ..action
        },
        None => action,
    })
}

/// Why a policy has to stay whole.
fn hindrance(snapshot: &Snapshot, policy: &Declaration, clause: &Clause) -> Option<String> {
    let DeclarationKind::Policy { name, .. } = &policy.kind else {
        return None;
    };
    let set = &snapshot.compilation().set;
    let own: Vec<&Policy> = set
        .policies
        .iter()
        .filter(|policy| policy.name_span == name.span)
        .collect();
    let is_own = |wanted: &str| own.iter().any(|policy| policy.display_name == wanted);
    if policy.annotations.iter().any(|one| one.name.text == "id") {
        return Some("the policy has an id, and only one can keep it".to_owned());
    }
    let mut named = policy_names(snapshot);
    if let Some((_, span)) = named.find(|(name, _)| is_own(name)) {
        let mut tests = snapshot.compilation().scenarios.iter();
        let is_around = |test: &Span| {
            test.source == span.source && test.start <= span.start && span.end <= test.end
        };
        let test = tests.find(|test| is_around(&test.span));
        let test = test.map_or_else(String::new, |test| format!(" \"{}\"", test.name));
        return Some(format!("the test{test} names this policy"));
    }
    let needs_others = |policy: &&Policy| {
        let requirement = policy.outcome.requirement.as_ref();
        requirement.is_some_and(|requirement| {
            requirement.controls.iter().any(|control| {
                use BuiltInControl::{PasswordChange, RiskRemediation};
                matches!(control, Control::BuiltIn(PasswordChange | RiskRemediation))
            })
        })
    };
    if clause.head == Head::Require && own.iter().any(needs_others) {
        return Some("one of the controls can only be required together with others".to_owned());
    }
    None
}

/// What each of several policies would have in place of a part of a clause.
fn alternatives(
    snapshot: &Snapshot,
    exprs: &Exprs,
    clause: &Clause,
) -> Option<(String, Span, Vec<String>)> {
    let sources = &snapshot.compilation().sources;
    let text = |span: Span| sources.text(span).to_owned();
    match (&clause.body, clause.head) {
        (ClauseBody::Phrases { include, .. }, head) if is_union(head) => {
            let texts = |phrases: &[Phrase]| phrases.iter().map(|one| text(one.span)).collect();
            if include.len() > 1 {
                let whole = include.first()?.span.to(include.last()?.span);
                let what = format!("part of `{}`", head.word());
                return Some((what, whole, texts(include)));
            }
            let [.., Term::List { items, span }] = include.first()?.terms.as_slice() else {
                return None;
            };
            let lists = items.iter().map(|item| format!("[{}]", text(item.span)));
            Some(("element of this list".to_owned(), *span, lists.collect()))
        }
        (ClauseBody::Phrases { include, .. }, Head::Require) => {
            let [phrase] = include.as_slice() else {
                return None;
            };
            let [Term::Word(all), Term::List { items, .. }] = phrase.terms.as_slice() else {
                return None;
            };
            let texts = items.iter().map(|item| text(item.span)).collect();
            (all.text == "all").then(|| ("control".to_owned(), phrase.span, texts))
        }
        (ClauseBody::Expression(root), Head::When) => {
            let Expr::Or(sides) = exprs.get(*root) else {
                return None;
            };
            let texts = sides.iter().map(|side| text(exprs.span(*side))).collect();
            Some(("side of the `-or`".to_owned(), exprs.span(*root), texts))
        }
        _ => None,
    }
}

/// Whether a clause holds where one of the things that it names does.
fn is_union(head: Head) -> bool {
    matches!(
        head,
        Head::Users
            | Head::Apps
            | Head::Platforms
            | Head::Locations
            | Head::UserRisk
            | Head::SignInRisk
            | Head::Flows
    )
}

/// A declaration as it is written, with other texts in two places of it.
fn replaced(snapshot: &Snapshot, of: &Declaration, mut places: [(Span, &String); 2]) -> String {
    places.sort_by_key(|(span, _)| span.start);
    let sources = &snapshot.compilation().sources;
    let mut text = String::new();
    let mut done = of.span.start;
    for (span, new) in places {
        text.push_str(sources.text(Span::new(of.span.source, done, span.start)));
        text.push_str(new);
        done = span.end;
    }
    text.push_str(sources.text(Span::new(of.span.source, done, of.span.end)));
    text
}
