//! What names stand for: the declarations of a project, what every tenant has, the directory.
//!
//! There is one space of names for each kind of object, so that a group and an application may
//! share a name; which kind is meant always follows from the place. A declaration wins over a
//! built-in name, and that over the directory.

use std::cell::Cell;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, ObjectKind};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::data::Data;
use crate::model::{Expr, ObjectName};
use crate::problems::names as problem;
use crate::references::{References, Target};
use crate::schema::AttributeId;
use crate::suggest::nearest;

/// LIMIT: unknown names that a suggestion is looked for; each costs a pass over all names.
const SUGGESTIONS_MAX: usize = 100;

/// LIMIT: nodes that all uses of rules in a project may add together.
const INLINED_MAX: usize = 1_000_000;

/// All names of a project.
pub(crate) struct Symbols<'a> {
    pub(crate) data: &'a Data,
    directory: FxHashMap<(ObjectKind, &'a str), &'a str>,
    directory_names: &'a [ObjectName],
    suggestions: Cell<usize>,
    inlined: Cell<usize>,
    objects: IndexMap<(ObjectKind, String), Symbol>,
    rules: IndexMap<String, RuleSymbol>,
    made: FxHashMap<String, RuleSymbol>,
    parameters: Vec<(ObjectKind, Name)>,
    references: References,
}

/// What reading a file takes from the budgets of its project.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Charge {
    suggestions: usize,
    inlined: usize,
}

impl Charge {
    pub(crate) fn since(self, before: Charge) -> Charge {
        Charge {
            suggestions: self.suggestions.saturating_sub(before.suggestions),
            inlined: self.inlined.saturating_sub(before.inlined),
        }
    }
}

/// A declared object.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    pub(crate) id: String,
    pub(crate) span: Span,
}

/// A declared rule and, once it has been checked, what it says.
#[derive(Clone, Debug)]
pub(crate) struct RuleSymbol {
    pub(crate) span: Span,
    pub(crate) value: Option<RuleValue>,
}

/// What a rule says.
#[derive(Clone, Debug)]
pub(crate) struct RuleValue {
    pub(crate) expr: Expr,
    /// Number of nodes.
    pub(crate) size: usize,
    pub(crate) depth: usize,
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(data: &'a Data, directory: &'a [ObjectName]) -> Self {
        let mut by_name = FxHashMap::default();
        for object in directory {
            by_name
                .entry((object.kind, object.name.as_str()))
                .or_insert(object.id.as_str());
        }
        Symbols {
            data,
            directory: by_name,
            directory_names: directory,
            suggestions: Cell::new(0),
            inlined: Cell::new(0),
            objects: IndexMap::new(),
            rules: IndexMap::new(),
            made: FxHashMap::default(),
            parameters: Vec::new(),
            references: References::default(),
        }
    }

    /// Add an object; where the name is taken, the place of the first one.
    pub(crate) fn declare(&mut self, kind: ObjectKind, name: &Name, id: String) -> Option<Span> {
        let key = (kind, name.text.clone());
        if let Some(first) = self.objects.get(&key) {
            return Some(first.span);
        }
        self.objects.insert(
            key,
            Symbol {
                id,
                span: name.span,
            },
        );
        None
    }

    /// Add a rule; where the name is taken, the place of the first one.
    pub(crate) fn declare_rule(&mut self, name: &Name) -> Option<Span> {
        if let Some(first) = self.rules.get(&name.text) {
            return Some(first.span);
        }
        self.rules.insert(
            name.text.clone(),
            RuleSymbol {
                span: name.span,
                value: None,
            },
        );
        None
    }

    /// Whether this is the declaration that the name stands for.
    pub(crate) fn is_declared_at(&self, kind: ObjectKind, name: &Name) -> bool {
        let known = self.objects.get(&(kind, name.text.clone()));
        known.is_some_and(|symbol| symbol.span == name.span)
    }

    /// Whether this is the rule that the name stands for.
    pub(crate) fn is_rule_at(&self, name: &Name) -> bool {
        let known = self.rules.get(&name.text);
        known.is_some_and(|rule| rule.span == name.span)
    }

    /// Add a rule that the compiler made of another one: its name is no suggestion for anything.
    pub(crate) fn make_rule(&mut self, name: &Name) {
        let made = RuleSymbol {
            span: name.span,
            value: None,
        };
        self.made.entry(name.text.clone()).or_insert(made);
    }

    /// Have these names stand for objects of these kinds, before every other meaning: parameters
    /// of the template that is being checked.
    pub(crate) fn set_parameters(&mut self, parameters: Vec<(ObjectKind, Name)>) {
        self.parameters = parameters;
    }

    pub(crate) fn set_rule(&mut self, name: &str, value: RuleValue) {
        let rule = match self.rules.get_mut(name) {
            Some(rule) => Some(rule),
            None => self.made.get_mut(name),
        };
        if let Some(rule) = rule {
            rule.value = Some(value);
        }
    }

    pub(crate) fn rule(&self, name: &str) -> Option<&RuleSymbol> {
        self.rules.get(name).or_else(|| self.made.get(name))
    }

    pub(crate) fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// The declared objects, in order.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (ObjectKind, &str, &Symbol)> {
        self.objects
            .iter()
            .map(|((kind, name), symbol)| (*kind, name.as_str(), symbol))
    }

    /// What names were found to stand for.
    pub(crate) fn references(&self) -> &References {
        &self.references
    }

    /// Note the use of something that is declared, by the place of its name.
    pub(crate) fn note_declared(&self, used: Span, declared: Span) {
        self.references.note(used, || Target::Declared(declared));
    }

    /// Note the use of an attribute.
    pub(crate) fn note_attribute(&self, used: Span, attribute: AttributeId) {
        self.references.note(used, || Target::Attribute(attribute));
    }

    /// Note the use of an object that every tenant has, if it has one of this name, of any kind.
    pub(crate) fn note_known(&self, name: &Name) {
        let known = self.data.objects.iter().find(|o| o.identifier == name.text);
        if let Some(known) = known {
            let target = || Target::Known(known.kind, known.id.clone());
            self.references.note(name.span, target);
        }
    }

    /// The id that a name stands for, and the place of its declaration where it has one.
    pub(crate) fn find(&self, kind: ObjectKind, name: &str) -> Option<(String, Option<Span>)> {
        if let Some((own, parameter)) = self.parameter(name) {
            return (own == kind).then(|| (parameter.text.clone(), Some(parameter.span)));
        }
        if let Some(symbol) = self.objects.get(&(kind, name.to_owned())) {
            return Some((symbol.id.clone(), Some(symbol.span)));
        }
        Some((self.find_known(kind, name)?, None))
    }

    /// The id of an object that every tenant has, or one of the directory.
    fn find_known(&self, kind: ObjectKind, name: &str) -> Option<String> {
        if kind == ObjectKind::Strength {
            let known = self.data.strengths.iter().find(|s| s.identifier == name);
            if let Some(known) = known {
                return Some(known.strength.id.clone());
            }
        }
        let known = self
            .data
            .objects
            .iter()
            .find(|o| o.kind == kind && o.identifier == name);
        if let Some(known) = known {
            return Some(known.id.clone());
        }
        self.directory.get(&(kind, name)).map(|id| (*id).to_owned())
    }

    /// The id that a name stands for, or what is wrong with it.
    pub(crate) fn resolve(&self, kind: ObjectKind, name: &Name) -> Result<String, Diagnostic> {
        let (id, declared) = self
            .find(kind, &name.text)
            .ok_or_else(|| self.explain(kind, name))?;
        self.references.note(name.span, || match declared {
            Some(declared) => Target::Declared(declared),
            None => Target::Known(kind, id.clone()),
        });
        Ok(id)
    }

    /// The name of this kind that a text in quotes was probably meant to be.
    pub(crate) fn meant(&self, kind: ObjectKind, text: &str) -> Option<&str> {
        let word: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let group = self
            .data
            .find_app_group(&word)
            .map(|group| group.name.as_str());
        if let Some(group) = group.filter(|_| kind == ObjectKind::App) {
            return Some(group);
        }
        let asked = self.suggestions.get();
        self.suggestions.set(asked.saturating_add(1));
        let candidates = (asked < SUGGESTIONS_MAX).then(|| self.candidates(kind));
        nearest(&word, candidates.unwrap_or_default())
    }

    /// Why there is nothing of this kind with this name.
    fn explain(&self, kind: ObjectKind, name: &Name) -> Diagnostic {
        if let Some((other, span)) = self.declared(&name.text) {
            return problem::wrong_kind(name, kind, other, Some(span));
        }
        if let Some(rule) = self.rules.get(&name.text) {
            return problem::rule_for_object(name, kind, rule.span);
        }
        if let Some(known) = self.data.objects.iter().find(|o| o.identifier == name.text) {
            return problem::wrong_kind(name, kind, known.kind, None);
        }
        if self
            .data
            .strengths
            .iter()
            .any(|s| s.identifier == name.text)
        {
            return problem::wrong_kind(name, kind, ObjectKind::Strength, None);
        }
        let asked = self.suggestions.get();
        self.suggestions.set(asked.saturating_add(1));
        let candidates = if asked < SUGGESTIONS_MAX {
            self.candidates(kind)
        } else {
            Vec::new()
        };
        problem::unknown_object(name, kind, candidates)
    }

    fn parameter(&self, name: &str) -> Option<(ObjectKind, &Name)> {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(_, parameter)| parameter.text == name);
        found.map(|(kind, parameter)| (*kind, parameter))
    }

    /// The declared object with this name, whatever its kind.
    fn declared(&self, name: &str) -> Option<(ObjectKind, Span)> {
        if let Some((kind, parameter)) = self.parameter(name) {
            return Some((kind, parameter.span));
        }
        ObjectKind::ALL.iter().find_map(|kind| {
            let symbol = self.objects.get(&(*kind, name.to_owned()))?;
            Some((*kind, symbol.span))
        })
    }

    /// What was taken from the budgets of the project so far.
    pub(crate) fn charged(&self) -> Charge {
        Charge {
            suggestions: self.suggestions.get(),
            inlined: self.inlined.get(),
        }
    }

    /// Whether the budgets last for this.
    pub(crate) fn can_afford(&self, charge: Charge) -> bool {
        let lasts = |used: usize, more: usize, max: usize| used.saturating_add(more) <= max;
        lasts(self.suggestions.get(), charge.suggestions, SUGGESTIONS_MAX)
            && lasts(self.inlined.get(), charge.inlined, INLINED_MAX)
    }

    /// Take this from the budgets.
    pub(crate) fn charge(&self, charge: Charge) {
        let suggestions = self.suggestions.get().saturating_add(charge.suggestions);
        self.suggestions.set(suggestions);
        let inlined = self.inlined.get().saturating_add(charge.inlined);
        self.inlined.set(inlined);
    }

    /// Count the nodes that the use of a rule adds; false where the project has too many of them.
    pub(crate) fn can_inline(&self, size: usize) -> bool {
        let inlined = self.inlined.get().saturating_add(size);
        self.inlined.set(inlined);
        inlined <= INLINED_MAX
    }

    /// Every name of this kind, declared ones first.
    pub(crate) fn candidates(&self, kind: ObjectKind) -> Vec<&str> {
        let declared = self
            .objects
            .keys()
            .filter(|(k, _)| *k == kind)
            .map(|(_, name)| name.as_str());
        let known = self
            .data
            .objects
            .iter()
            .filter(|o| o.kind == kind)
            .map(|o| o.identifier.as_str());
        let strengths = self.data.strengths.iter().map(|s| s.identifier.as_str());
        let strengths = strengths.filter(|_| kind == ObjectKind::Strength);
        let directory = self
            .directory_names
            .iter()
            .filter(|o| o.kind == kind)
            .map(|o| o.name.as_str());
        declared
            .chain(known)
            .chain(strengths)
            .chain(directory)
            .collect()
    }

    /// The kind of the object with this name, whichever it is.
    pub(crate) fn kind_of(&self, name: &str) -> Option<(ObjectKind, Option<Span>)> {
        if let Some((kind, span)) = self.declared(name) {
            return Some((kind, Some(span)));
        }
        let known = self.data.objects.iter().find(|o| o.identifier == name)?;
        Some((known.kind, None))
    }
}
