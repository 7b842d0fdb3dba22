//! Names that a project, every tenant or the directory gives.

use gatewright_source::Span;
use gatewright_syntax::ast::{DeclarationKind, ObjectKind, Parameter};
use gatewright_value::vocabulary::State;

use super::{CompletionKind, Items, is_word};
use crate::{Declared, DeclaredKind, Snapshot, declarations, describe, hover};

/// The rank of what is built in: behind what the project names.
const BUILT_IN: u8 = 60;

/// Whether a declaration is around a place: one that is not finished goes on behind its last token.
fn is_around(snapshot: &Snapshot, span: Span, place: Span) -> bool {
    if span.source != place.source || place.start < span.start {
        return false;
    }
    let text = snapshot.text(place.source);
    let between = text.get(span.end as usize..place.start as usize);
    let is_blank = between.is_some_and(|between| between.trim().is_empty());
    let own = text.get(span.range()).unwrap_or_default();
    place.end <= span.end || is_blank && !own.trim_end().ends_with('}')
}

impl Items<'_> {
    /// Objects of a kind by name, and groups of them.
    pub(super) fn objects(&mut self, kind: ObjectKind) {
        self.named(kind);
        if kind == ObjectKind::App {
            let compilation = self.snapshot.compilation();
            for group in &compilation.data.app_groups {
                let detail = format!("{} applications", group.apps.len());
                // As the language writes words; the service starts them with a capital.
                let (first, rest) = group.name.split_at_checked(1).unwrap_or(("", &group.name));
                let name = format!("{}{rest}", first.to_ascii_lowercase());
                self.object(&name, (&detail, ""), "", BUILT_IN - 1);
            }
        }
    }

    /// Objects of a kind by name: those of the project first.
    pub(super) fn named(&mut self, kind: ObjectKind) {
        let snapshot = self.snapshot;
        let compilation = snapshot.compilation();
        for (source, _) in &compilation.trees {
            for declared in declarations(snapshot, *source) {
                if declared.kind == DeclaredKind::Object(kind) {
                    self.declared(&declared, kind);
                }
            }
        }
        let known = compilation.data.objects.iter();
        for object in known.filter(|object| object.kind == kind) {
            let about = (
                &*object.display_name,
                &*format!("Built in: `{}`.", object.id),
            );
            self.object(&object.identifier, about, &object.id, BUILT_IN);
        }
        if kind == ObjectKind::Strength {
            for known in &compilation.data.strengths {
                let docs = hover::strength(&known.strength);
                let about = (&*known.strength.display_name, &*docs);
                self.object(&known.identifier, about, &known.strength.id, BUILT_IN);
            }
        }
        self.of_directory(kind);
        self.parameters(&[kind.keyword()]);
    }

    /// An object that the project names.
    fn declared(&mut self, declared: &Declared<'_>, kind: ObjectKind) {
        let set = &self.snapshot.compilation().set;
        let names = set.names.iter().filter(|one| one.kind == kind);
        let mut named = names.filter(|one| one.span == Some(declared.name_span));
        let id = named.next().map(|one| one.id.as_str());
        let mut docs = declared.declaration.docs.join("\n");
        let about = match kind {
            ObjectKind::Location => {
                let mut all = set.locations.iter();
                let found = all.find(|one| one.span == declared.name_span);
                found.map(|one| hover::location(&one.kind))
            }
            ObjectKind::Strength => {
                let mut all = set.strengths.iter();
                let found = all.find(|one| one.span == Some(declared.name_span));
                found.map(hover::strength)
            }
            _ => id.map(|id| format!("`{id}`")),
        };
        if let Some(more) = about {
            if !docs.is_empty() {
                docs.push_str("\n\n");
            }
            docs.push_str(&more);
        }
        self.object(
            declared.name,
            (kind.keyword(), &docs),
            id.unwrap_or_default(),
            0,
        );
    }

    /// Objects of the directory that a word can name.
    fn of_directory(&mut self, kind: ObjectKind) {
        let compilation = self.snapshot.compilation();
        for known in compilation.set.names.iter().filter(|one| one.kind == kind) {
            let is_built_in = compilation.data.find_id(kind, &known.id).is_some();
            if known.span.is_none() && !is_built_in && is_word(&known.name) {
                let docs = format!("From the directory: `{}`.", known.id);
                self.object(
                    &known.name,
                    (kind.keyword(), &docs),
                    &known.id,
                    BUILT_IN - 2,
                );
            }
        }
    }

    /// An object; its name also takes the place of its id, where that is being typed.
    fn object(&mut self, name: &str, about: (&str, &str), id: &str, rank: u8) {
        self.ranked(name, CompletionKind::Object, about, rank);
        let typed = self.typed;
        let start = id.get(..typed.len()).unwrap_or_default();
        let is_id = !typed.is_empty() && start.eq_ignore_ascii_case(typed);
        let matched = if is_id { id } else { name };
        let Some(last) = self.found.last_mut() else {
            return;
        };
        if let Some(quoted) = self.quoted {
            last.replaced = quoted.whole;
            let sources = &self.snapshot.compilation().sources;
            let quote = sources.text(quoted.whole).chars().next().unwrap_or('"');
            last.filter = Some(format!("{quote}{matched}"));
        } else if is_id {
            last.filter = Some(matched.to_owned());
        }
    }

    /// The rules of the project whose parameters are such; the one at the place is not among them.
    pub(super) fn rules(&mut self, is_fit: impl Fn(&[Parameter]) -> bool) {
        let snapshot = self.snapshot;
        let place = self.replaced;
        for (source, _) in &snapshot.compilation().trees {
            for declared in declarations(snapshot, *source) {
                let DeclarationKind::Rule { parameters, .. } = &declared.declaration.kind else {
                    continue;
                };
                let is_around = is_around(snapshot, declared.declaration.span, place);
                if is_around || !is_fit(parameters) {
                    continue;
                }
                let docs = declared.declaration.docs.join("\n");
                self.ranked(declared.name, CompletionKind::Rule, ("rule", &docs), 5);
                if !parameters.is_empty() {
                    let places = parameters.iter().enumerate();
                    let places: Vec<String> = places
                        .map(|(at, one)| format!("${{{}:{}}}", at + 1, one.name.text))
                        .collect();
                    self.insert(&format!("{}({})", declared.name, places.join(", ")));
                }
            }
        }
    }

    /// The policies of the project, as texts.
    pub(super) fn policy_names(&mut self) {
        let set = &self.snapshot.compilation().set;
        for policy in &set.policies {
            let state = match policy.state {
                State::Enabled => "enabled",
                State::Disabled => "disabled",
                State::ReportOnly => "reportOnly",
            };
            let docs = describe::policy(set, policy);
            let about = (state, docs.as_str());
            self.quoted(&policy.display_name, CompletionKind::Policy, about, 50);
        }
    }

    /// The parameters of these types of the template or rule around; those without a type too.
    pub(super) fn parameters(&mut self, kinds: &[&str]) {
        let snapshot = self.snapshot;
        let place = self.replaced;
        for declared in declarations(snapshot, place.source) {
            let is_around = is_around(snapshot, declared.declaration.span, place);
            let (DeclarationKind::Template { parameters, .. }
            | DeclarationKind::Rule { parameters, .. }) = &declared.declaration.kind
            else {
                continue;
            };
            for parameter in parameters.iter().filter(|_| is_around) {
                let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
                if kind.last().is_none_or(|last| kinds.contains(last)) {
                    let about = (&*kind.join(" "), "a parameter");
                    self.ranked(&parameter.name.text, CompletionKind::Parameter, about, 0);
                }
            }
        }
    }
}
