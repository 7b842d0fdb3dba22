//! Names that a project, every tenant or the directory gives.

use gatewright_syntax::ast::{DeclarationKind, ObjectKind};
use gatewright_value::vocabulary::State;

use super::{CompletionKind, Items};
use crate::{DeclaredKind, declarations};

impl Items<'_> {
    /// Objects of a kind by name: those of the project first.
    pub(super) fn objects(&mut self, kind: ObjectKind) {
        let snapshot = self.snapshot;
        let compilation = snapshot.compilation();
        for (source, _) in &compilation.trees {
            for declared in declarations(snapshot, *source) {
                if declared.kind == DeclaredKind::Object(kind) {
                    let docs = declared.declaration.docs.join("\n");
                    self.ranked(
                        declared.name,
                        CompletionKind::Object,
                        (kind.keyword(), &docs),
                        0,
                    );
                }
            }
        }
        let known = compilation.data.objects.iter();
        for object in known.filter(|object| object.kind == kind) {
            let detail = format!("built in: {}", object.display_name);
            self.ranked(
                &object.identifier,
                CompletionKind::Object,
                (&detail, &format!("`{}`", object.id)),
                2,
            );
        }
        if kind == ObjectKind::Strength {
            for known in &compilation.data.strengths {
                let detail = format!("built in: {}", known.strength.display_name);
                self.ranked(&known.identifier, CompletionKind::Object, (&detail, ""), 2);
            }
        }
        if kind == ObjectKind::App {
            for group in &compilation.data.app_groups {
                let detail = format!("{} applications", group.apps.len());
                // As the language writes words; the service starts them with a capital.
                let (first, rest) = group.name.split_at_checked(1).unwrap_or(("", &group.name));
                let name = format!("{}{rest}", first.to_ascii_lowercase());
                self.ranked(&name, CompletionKind::Object, (&detail, ""), 2);
            }
        }
        self.parameters();
    }

    /// The rules of the project.
    pub(super) fn rules(&mut self) {
        let snapshot = self.snapshot;
        for (source, _) in &snapshot.compilation().trees {
            for declared in declarations(snapshot, *source) {
                let DeclarationKind::Rule { parameters, .. } = &declared.declaration.kind else {
                    continue;
                };
                let docs = declared.declaration.docs.join("\n");
                self.ranked(declared.name, CompletionKind::Rule, ("rule", &docs), 0);
                if let (false, Some(last)) = (parameters.is_empty(), self.found.last_mut()) {
                    let places = (1..=parameters.len()).map(|at| format!("${at}"));
                    let places: Vec<String> = places.collect();
                    last.insert = format!("{}({})", declared.name, places.join(", "));
                    last.is_snippet = true;
                }
            }
        }
    }

    /// The policies of the project, as texts.
    pub(super) fn policy_names(&mut self) {
        let snapshot = self.snapshot;
        for policy in &snapshot.compilation().set.policies {
            let state = match policy.state {
                State::Enabled => "enabled",
                State::Disabled => "disabled",
                State::ReportOnly => "reportOnly",
            };
            self.quoted(&policy.display_name, CompletionKind::Policy, state);
        }
    }

    /// The parameters of the template around.
    pub(super) fn parameters(&mut self) {
        let snapshot = self.snapshot;
        let place = self.replaced;
        for declared in declarations(snapshot, place.source) {
            let span = declared.declaration.span;
            let is_around = span.start <= place.start && place.end <= span.end;
            let DeclarationKind::Template { parameters, .. } = &declared.declaration.kind else {
                continue;
            };
            for parameter in parameters.iter().filter(|_| is_around) {
                let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
                self.ranked(
                    &parameter.name.text,
                    CompletionKind::Parameter,
                    (&kind.join(" "), ""),
                    0,
                );
            }
        }
    }
}
