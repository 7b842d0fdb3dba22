//! Declarations of a schema to a [`Schema`].
//!
//! The vocabulary of Entra and one's own go through here alike. A schema that declares no dialect
//! called `gatewright` gets the rows by type of the one in the standard library.
//!
//! INVARIANT: what could not be understood is left out and reported; ids stay places in the lists.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{
    self, Annotation, AttributeDecl, CompareOperator, Declaration, DeclarationKind, MemberDecl,
    Name, Term, Text,
};
use gatewright_value::Kind;
use rustc_hash::FxHashMap;

use crate::problems::schema as problem;
use crate::schema::{
    Attribute, AttributeId, Combine, ControlInfo, EffectId, EffectInfo, Entity, Enumeration, Schema,
};

/// The name of the language's own dialect.
pub const OWN_DIALECT: &str = "gatewright";

/// LIMIT: attributes of a schema.
const ATTRIBUTES_MAX: usize = 4_096;

/// The annotation of an attribute that is the difference of two date-times.
const DIFFERENCE: &str = "difference";

/// The schema that a file declares, and what is wrong with it.
#[must_use]
pub fn lower_schema(file: &ast::File) -> (Schema, Vec<Diagnostic>) {
    lower_declarations(&file.declarations.iter().collect::<Vec<_>>())
}

/// Whether a declaration belongs to a schema.
pub(crate) fn is_schema_declaration(declaration: &Declaration) -> bool {
    matches!(
        declaration.kind,
        DeclarationKind::Schema { .. }
            | DeclarationKind::Entity { .. }
            | DeclarationKind::Enum { .. }
            | DeclarationKind::Control { .. }
            | DeclarationKind::SessionControl { .. }
            | DeclarationKind::Effect { .. }
            | DeclarationKind::Combine { .. }
            | DeclarationKind::Dialect { .. }
    )
}

/// The schema of all these declarations, whatever files they are in.
pub(crate) fn lower_declarations(declarations: &[&Declaration]) -> (Schema, Vec<Diagnostic>) {
    let mut lowering = Lowering::default();
    lowering.head(declarations);
    for declaration in declarations {
        lowering.enumeration(declaration);
    }
    for declaration in declarations {
        lowering.vocabulary(declaration);
    }
    lowering.resolve_differences();
    for declaration in declarations {
        lowering.combine(declaration);
        if let DeclarationKind::Dialect { name, rows } = &declaration.kind {
            lowering.dialect(name, rows);
        }
    }
    lowering.own_dialect();
    lowering.apply_restrictions();
    (lowering.schema, lowering.problems)
}

#[derive(Default)]
pub(crate) struct Lowering {
    pub(crate) schema: Schema,
    pub(crate) problems: Vec<Diagnostic>,
    /// Names in lower case with their places, by what they name, for duplicates.
    declared: FxHashMap<(&'static str, String), Span>,
    head: Option<Span>,
    combined: Option<Span>,
    /// Places of attributes with the only operators that they have.
    pub(crate) restricted: Vec<(usize, Vec<CompareOperator>)>,
    /// Attributes with the annotation that makes them a difference.
    differences: Vec<(AttributeId, Annotation)>,
}

impl Lowering {
    /// Note a name; false, with a problem, where it is taken.
    pub(crate) fn declare(&mut self, what: &'static str, name: &str, span: Span) -> bool {
        let key = (what, name.to_ascii_lowercase());
        if let Some(first) = self.declared.get(&key) {
            self.problems
                .push(problem::duplicate(what, name, span, *first));
            return false;
        }
        self.declared.insert(key, span);
        true
    }

    fn head(&mut self, declarations: &[&Declaration]) {
        for declaration in declarations {
            if let DeclarationKind::Schema { name, .. } = &declaration.kind {
                if let Some(first) = self.head {
                    self.problems.push(problem::two_schemas(name, first));
                    continue;
                }
                self.head = Some(name.span);
                self.schema.name.clone_from(&name.value);
            }
        }
        if let (None, Some(first)) = (self.head, declarations.first()) {
            self.problems.push(problem::no_head(first.keyword));
        }
    }

    fn enumeration(&mut self, declaration: &Declaration) {
        let DeclarationKind::Enum { name, members } = &declaration.kind else {
            return;
        };
        if !self.declare("enumeration", &name.text, name.span) {
            return;
        }
        let mut is_open = false;
        for annotation in &declaration.annotations {
            if annotation.name.text == "open" {
                is_open = true;
            } else {
                self.problems
                    .push(problem::unknown_modifier(&annotation.name, &["open"]));
            }
        }
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        let (mut list, mut places) = (Vec::new(), Vec::new());
        for member in members {
            let text = term_text(&member.name).unwrap_or_default();
            let span = member.name.span();
            match seen.get(&text.to_ascii_lowercase()) {
                Some(first) => {
                    self.problems
                        .push(problem::duplicate("member", &text, span, *first));
                }
                None => {
                    seen.insert(text.to_ascii_lowercase(), span);
                    list.push((text, member_docs(member)));
                    places.push(span);
                }
            }
        }
        self.schema.enumerations.push(Enumeration {
            name: name.text.clone(),
            members: list,
            places,
            is_open,
            span: name.span,
        });
    }

    fn vocabulary(&mut self, declaration: &Declaration) {
        match &declaration.kind {
            DeclarationKind::Entity {
                name,
                modifiers,
                attributes,
            } => {
                self.entity(declaration, name, modifiers, attributes);
            }
            DeclarationKind::Control {
                name,
                modifiers,
                title,
            } if self.declare("control", &name.text, name.span) => {
                let info = self.control(name, modifiers, title.as_ref());
                self.schema.controls.push(info);
            }
            DeclarationKind::SessionControl {
                name,
                modifiers,
                title,
            } if self.declare("session control", &name.text, name.span) => {
                let info = self.control(name, modifiers, title.as_ref());
                self.schema.session_controls.push(info);
            }
            DeclarationKind::Effect {
                name,
                modifiers,
                title,
            } => {
                self.words(modifiers, &[]);
                if self.declare("effect", &name.text, name.span) {
                    let title = title_or_name(title.as_ref(), name);
                    self.schema.effects.push(EffectInfo {
                        name: name.text.clone(),
                        title,
                        span: name.span,
                    });
                }
            }
            _ => {}
        }
    }

    fn control(&mut self, name: &Name, modifiers: &[Name], title: Option<&Text>) -> ControlInfo {
        self.words(modifiers, &["interactive"]);
        ControlInfo {
            name: name.text.clone(),
            title: title_or_name(title, name),
            is_interactive: modifiers.iter().any(|m| m.text == "interactive"),
            span: name.span,
        }
    }

    /// Report the modifiers that are none of `allowed`.
    fn words(&mut self, modifiers: &[Name], allowed: &[&'static str]) {
        for modifier in modifiers
            .iter()
            .filter(|m| !allowed.contains(&m.text.as_str()))
        {
            self.problems
                .push(problem::unknown_modifier(modifier, allowed));
        }
    }

    fn entity(
        &mut self,
        declaration: &Declaration,
        name: &Name,
        modifiers: &[Name],
        attributes: &[AttributeDecl],
    ) {
        self.words(modifiers, &["optional"]);
        let of_attributes = attributes
            .iter()
            .flat_map(|a| &a.annotations)
            .filter(|a| a.name.text != DIFFERENCE);
        for annotation in declaration.annotations.iter().chain(of_attributes) {
            self.problems.push(problem::no_annotation(&annotation.name));
        }
        if !self.declare("entity", &name.text, name.span) {
            return;
        }
        let is_optional = modifiers.iter().any(|m| m.text == "optional");
        self.schema.entities.push(Entity {
            name: name.text.clone(),
            is_optional,
            docs: join_docs(&declaration.docs),
            span: name.span,
        });
        for attribute in attributes {
            let full = format!("{}.{}", name.text, attribute.name.text);
            if !self.declare("attribute", &full, attribute.name.span) {
                continue;
            }
            if self.schema.attributes.len() == ATTRIBUTES_MAX {
                self.problems
                    .push(problem::too_many_attributes(attribute.span, ATTRIBUTES_MAX));
                break;
            }
            let found = self.kind(&attribute.kind);
            if let Some((Kind::Record, _)) = found {
                self.problems.push(problem::not_a_type(attribute.span));
                self.schema.mistyped.push(full);
            } else if let Some((kind, enumeration)) = found {
                self.schema.attributes.push(Attribute {
                    name: full,
                    kind,
                    enumeration,
                    is_optional: attribute.optional,
                    difference: None,
                    docs: match &attribute.title {
                        Some(title) => title.value.clone(),
                        None => join_docs(&attribute.docs),
                    },
                    span: attribute.span,
                });
                self.restrict(attribute);
                self.note_difference(attribute);
            } else {
                self.schema.mistyped.push(full);
            }
        }
    }

    /// `@difference(user.employeeHireDate, system.now)`, to be understood once all is declared.
    fn note_difference(&mut self, attribute: &AttributeDecl) {
        let Some(last) = self.schema.attributes.len().checked_sub(1) else {
            return;
        };
        let id = AttributeId(u32::try_from(last).unwrap_or(u32::MAX));
        let annotations = attribute.annotations.iter();
        for annotation in annotations.filter(|a| a.name.text == DIFFERENCE) {
            self.differences.push((id, annotation.clone()));
        }
    }

    /// Attributes that are the difference of two others.
    fn resolve_differences(&mut self) {
        for (id, annotation) in std::mem::take(&mut self.differences) {
            let words: Vec<(String, Span)> = annotation
                .arguments
                .iter()
                .flat_map(|phrase| &phrase.terms)
                .flat_map(flat_words)
                .collect();
            let date = |(name, _): &(String, Span)| {
                let id = self.schema.find_attribute(name)?;
                let attribute = self.schema.attribute(id)?;
                let is_date = attribute.kind == Kind::DateTime && attribute.difference.is_none();
                is_date.then_some(id)
            };
            let pair = match words.as_slice() {
                [first, second] => date(first).zip(date(second)),
                _ => None,
            };
            let attribute = self.schema.attributes.get_mut(id.0 as usize);
            let attribute = attribute.filter(|a| a.kind == Kind::Duration && a.is_optional);
            match attribute.zip(pair) {
                Some((attribute, pair)) => attribute.difference = Some(pair),
                None => self.problems.push(problem::bad_difference(annotation.span)),
            }
        }
    }

    /// Operators in braces after the type: the only ones that the attribute has.
    fn restrict(&mut self, attribute: &AttributeDecl) {
        if attribute.operators.is_empty() {
            return;
        }
        let words: Vec<(String, Span)> = attribute
            .operators
            .iter()
            .flat_map(|p| &p.terms)
            .flat_map(flat_words)
            .collect();
        let operators = self.operators(&words);
        let last = self.schema.attributes.len().saturating_sub(1);
        self.restricted.push((last, operators));
    }

    /// Read a type: `String`, `Integer [0, 100]`, `set of Guid`, the name of an enumeration.
    fn kind(&mut self, terms: &[Term]) -> Option<(Kind, Option<u32>)> {
        let (first, rest) = terms.split_first()?;
        let Some(name) = first.as_word() else {
            self.problems.push(problem::not_a_type(first.span()));
            return None;
        };
        let simple = match name.text.as_str() {
            "Boolean" => Kind::Boolean,
            "Integer" => return self.integer(rest),
            "Decimal" => Kind::Decimal,
            "String" => Kind::String,
            "Version" => Kind::Version,
            "DateTime" => Kind::DateTime,
            "Duration" => Kind::Duration,
            "Address" => Kind::Address,
            "Guid" => Kind::Guid,
            "Country" => Kind::Country,
            "Record" => Kind::Record,
            "set" => {
                let rest = match rest.split_first() {
                    Some((of, rest)) if of.as_word().is_some_and(|w| w.text == "of") => rest,
                    _ => rest,
                };
                let (inner, enumeration) = match rest {
                    [] => {
                        self.problems.push(problem::set_of_what(name.span));
                        return None;
                    }
                    rest => self.kind(rest)?,
                };
                if !inner.is_text() && inner != Kind::Record {
                    self.problems
                        .push(problem::set_of_non_text(name.span, inner.name()));
                    return None;
                }
                return Some((Kind::Set(Box::new(inner)), enumeration));
            }
            _ => return self.named_kind(name, rest),
        };
        self.nothing_more(rest).then_some((simple, None))
    }

    fn named_kind(&mut self, name: &Name, rest: &[Term]) -> Option<(Kind, Option<u32>)> {
        let at = self
            .schema
            .enumerations
            .iter()
            .position(|e| e.name == name.text);
        let Some((at, enumeration)) = at.and_then(|at| {
            self.schema
                .enumerations
                .get(at)
                .map(|enumeration| (at, enumeration))
        }) else {
            let enumerations = self.schema.enumerations.iter().map(|e| e.name.as_str());
            self.problems
                .push(problem::unknown_type(name, enumerations));
            return None;
        };
        let kind = Kind::Enumeration {
            members: enumeration
                .members
                .iter()
                .map(|(member, _)| member.clone())
                .collect(),
            is_open: enumeration.is_open,
        };
        self.nothing_more(rest)
            .then_some((kind, u32::try_from(at).ok()))
    }

    fn integer(&mut self, rest: &[Term]) -> Option<(Kind, Option<u32>)> {
        let (min, max) = match rest {
            [] => (i64::MIN, i64::MAX),
            [Term::List { items, span }] => {
                let bounds: Vec<Option<i64>> = items
                    .iter()
                    .map(|item| single_text(&item.terms)?.parse().ok())
                    .collect();
                match bounds.as_slice() {
                    [Some(min), Some(max)] if min <= max => (*min, *max),
                    _ => {
                        self.problems.push(problem::bad_bounds(*span));
                        return None;
                    }
                }
            }
            [first, ..] => {
                self.problems.push(problem::not_a_type(first.span()));
                return None;
            }
        };
        Some((Kind::Integer { min, max }, None))
    }

    fn nothing_more(&mut self, rest: &[Term]) -> bool {
        if let Some(extra) = rest.first() {
            self.problems.push(problem::not_a_type(extra.span()));
        }
        rest.is_empty()
    }

    fn combine(&mut self, declaration: &Declaration) {
        let DeclarationKind::Combine { rule, otherwise } = &declaration.kind else {
            return;
        };
        if let Some(first) = self.combined {
            self.problems.push(problem::duplicate(
                "combining rule",
                &rule.text,
                rule.span,
                first,
            ));
            return;
        }
        self.combined = Some(rule.span);
        let rules = [
            ("strongest", Combine::Strongest),
            ("least", Combine::Least),
            ("union", Combine::Union),
            ("conflict", Combine::Conflict),
        ];
        match rules.iter().find(|(word, _)| *word == rule.text) {
            Some((_, combine)) => self.schema.combine = *combine,
            None => {
                let words = rules.map(|(word, _)| word);
                self.problems.push(problem::unknown_modifier(rule, &words));
            }
        }
        if let Some(effect) = otherwise {
            self.schema.otherwise = find_effect(&self.schema, &effect.text);
            if self.schema.otherwise.is_none() {
                let effects = self.schema.effects.iter().map(|e| e.name.as_str());
                self.problems.push(problem::unknown_effect(effect, effects));
            }
        }
    }
}

/// The effect of this name.
pub(crate) fn find_effect(schema: &Schema, name: &str) -> Option<EffectId> {
    let at = schema.effects.iter().position(|e| e.name == name)?;
    u32::try_from(at).ok().map(EffectId)
}

fn title_or_name(title: Option<&Text>, name: &Name) -> String {
    title.map_or_else(|| name.text.clone(), |text| text.value.clone())
}

fn member_docs(member: &MemberDecl) -> String {
    match &member.title {
        Some(title) => title.value.clone(),
        None => join_docs(&member.docs),
    }
}

fn join_docs(docs: &[String]) -> String {
    docs.iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

/// The text of a term that is one word, literal or string.
fn term_text(term: &Term) -> Option<String> {
    match term {
        Term::Word(name) | Term::Literal(name) => Some(name.text.clone()),
        Term::Text(text) => Some(text.value.clone()),
        Term::List { .. } => None,
    }
}

fn single_text(terms: &[Term]) -> Option<String> {
    match terms {
        [term] => term_text(term),
        _ => None,
    }
}

/// The words of a term, one list deep.
pub(crate) fn flat_words(term: &Term) -> Vec<(String, Span)> {
    match term {
        Term::List { items, .. } => items
            .iter()
            .flat_map(|item| &item.terms)
            .filter_map(|t| Some((term_text(t)?, t.span())))
            .collect(),
        other => term_text(other)
            .map(|text| (text, other.span()))
            .into_iter()
            .collect(),
    }
}
