//! Dialects of a schema: the rows of a table to a [`Dialect`].
//!
//! A row is a subject and a list. `entity`, `characters`, `connectives`, `values`, `sets`,
//! `versions` (the least number of parts) and `platforms` speak of the dialect; `accepts`, `warns`
//! and `refuses` of spellings; a row that starts with an attribute or a type gives operators. The
//! rest start with a word of their own:
//!
//! ```text
//! open user.extension_: [eq]                          attributes that nobody declares
//! free: [eq]                                          the same, as fields of a record
//! elements: [eq]                                      operators of elements that are texts
//! element user.assignedPlans as assignedPlan: [service]   a name for elements, their fields
//! fields assignedPlan: [eq]                           operators of those fields
//! alone: [user.memberOf]                              what cannot be combined
//! platforms device.isRooted: [iOS]                    the only platforms that have an attribute
//! known device.cpuArchitecture macOS: ["x64"]         values that occur, on a platform
//! deprecated device.osVersion: [device.operatingSystemVersion]
//! ```
//!
//! INVARIANT: a later row replaces an earlier one about the same name.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator, DeclarationKind, DialectRow, Text};
use gatewright_value::Kind;

use crate::lower_schema::{Lowering, OWN_DIALECT, flat_words};
use crate::problems::schema as problem;
use crate::schema::{
    AttributeId, Availability, Dialect, DialectAttribute, ElementName, KnownValues, OpenAttributes,
    Spelling, Stance,
};

impl Lowering {
    /// The dialect `gatewright` of a schema that declares none: the rows by type of the standard
    /// library.
    pub(crate) fn own_dialect(&mut self) {
        if self.schema.dialects.iter().any(|d| d.name == OWN_DIALECT) {
            return;
        }
        let rows = crate::stdlib::entra_tree()
            .declarations
            .iter()
            .find_map(|d| match &d.kind {
                DeclarationKind::Dialect { name, rows } if name.value == OWN_DIALECT => {
                    Some((name, rows))
                }
                _ => None,
            });
        if let Some((name, rows)) = rows {
            let by_type: Vec<DialectRow> = rows
                .iter()
                .filter(|row| {
                    !row.subject
                        .iter()
                        .flat_map(flat_words)
                        .any(|(w, _)| w.contains('.') || w == "without" || w == "only")
                })
                .cloned()
                .collect();
            self.dialect(name, &by_type);
        }
    }

    pub(crate) fn apply_restrictions(&mut self) {
        let own = self
            .schema
            .dialects
            .iter_mut()
            .find(|d| d.name == OWN_DIALECT);
        let Some(own) = own else { return };
        for (at, operators) in &self.restricted {
            for known in own
                .attributes
                .iter_mut()
                .filter(|a| a.attribute.0 as usize == *at)
            {
                known.operators.clone_from(operators);
            }
        }
    }

    pub(crate) fn dialect(&mut self, name: &Text, rows: &[DialectRow]) {
        if !self.declare("dialect", &name.value, name.span) {
            return;
        }
        let mut dialect = Dialect {
            name: name.value.clone(),
            spelling: Spelling {
                one_text_lists: Stance::Refused,
                empty_items: Stance::Refused,
                ..Spelling::default()
            },
            ..Dialect::default()
        };
        for row in rows {
            self.dialect_row(&mut dialect, row);
        }
        self.schema.dialects.push(dialect);
    }

    fn dialect_row(&mut self, dialect: &mut Dialect, row: &DialectRow) {
        let values: Vec<(String, Span)> = row
            .values
            .iter()
            .flat_map(|phrase| &phrase.terms)
            .flat_map(flat_words)
            .collect();
        let has = |word: &str| {
            values
                .iter()
                .any(|(value, _)| value.eq_ignore_ascii_case(word))
        };
        let subject: Vec<(String, Span)> = row.subject.iter().flat_map(flat_words).collect();
        match subject.first().map(|(word, _)| word.as_str()) {
            Some("entity") => dialect.entity = values.first().map(|(value, _)| value.clone()),
            Some("characters") => {
                dialect.characters_max = values.first().and_then(|(value, _)| value.parse().ok());
            }
            Some("connectives") => {
                dialect.has_not = has("not");
                dialect.has_quantifiers = has("any");
                dialect.has_direct_reports = has("directReports");
            }
            Some("values") => {
                dialect.has_null = has("null");
                dialect.is_trimmed = has("trimmed");
            }
            Some("versions") => {
                let least = values.first().and_then(|(value, _)| value.parse().ok());
                dialect.version_parts_min = least.unwrap_or_default();
            }
            Some("sets") => dialect.asks_for_parts = has("parts"),
            Some("accepts") => self.stances(dialect, &values, Stance::Accepted),
            Some("warns") => self.stances(dialect, &values, Stance::Warned),
            Some("refuses") => self.stances(dialect, &values, Stance::Refused),
            Some("without") => dialect.attributes.retain(|a| !belongs(&a.name, &values)),
            Some("only") => dialect.attributes.retain(|a| belongs(&a.name, &values)),
            _ if self.other_row(dialect, &subject, &values) => {}
            _ => {
                let operators = self.operators(&values);
                self.operator_row(dialect, &subject, &operators);
            }
        }
    }

    /// Rows that start with a word of their own; false where the row is none of them.
    fn other_row(
        &mut self,
        dialect: &mut Dialect,
        subject: &[(String, Span)],
        values: &[(String, Span)],
    ) -> bool {
        let texts = || values.iter().map(|(value, _)| value.clone()).collect();
        let word = |at: usize| subject.get(at).map(|(word, _)| word.as_str());
        match (word(0), subject.get(1)) {
            (Some("platforms"), None) => dialect.platforms = texts(),
            (Some("free"), None) => dialect.free_fields = self.operators(values),
            (Some("elements"), None) => dialect.element_operators = self.operators(values),
            (Some("alone"), None) => {
                let found = values.iter().filter_map(|value| self.declared(value));
                dialect.alone = found.collect();
            }
            (Some("open"), Some((prefix, _))) => {
                let (prefix, operators) = (prefix.clone(), self.operators(values));
                dialect.open.push(OpenAttributes { prefix, operators });
            }
            (Some("platforms"), Some(name)) => {
                if let Some(attribute) = self.declared(name) {
                    let platforms = texts();
                    dialect.availability.push(Availability {
                        attribute,
                        platforms,
                    });
                }
            }
            (Some("known"), Some(name)) => {
                if let Some(attribute) = self.declared(name) {
                    let platform = word(2).map(str::to_owned);
                    let values = texts();
                    dialect.known_values.push(KnownValues {
                        attribute,
                        platform,
                        values,
                    });
                }
            }
            (Some("deprecated"), Some(name)) => {
                if let (Some(attribute), Some((by, _))) = (self.declared(name), values.first()) {
                    dialect.deprecated.push((attribute, by.clone()));
                }
            }
            (Some("element"), Some(name)) if word(2) == Some("as") => {
                if let (Some(attribute), Some(alias)) = (self.declared(name), word(3)) {
                    dialect.elements.push(ElementName {
                        attribute,
                        name: alias.to_owned(),
                        fields: texts(),
                        operators: Vec::new(),
                    });
                }
            }
            (Some("fields"), Some((alias, _))) => {
                let operators = self.operators(values);
                for element in dialect.elements.iter_mut().filter(|e| e.name == *alias) {
                    element.operators.clone_from(&operators);
                }
            }
            _ => return false,
        }
        true
    }

    /// The attribute of a row; `None` after reporting that there is none.
    fn declared(&mut self, (name, span): &(String, Span)) -> Option<AttributeId> {
        let found = self.schema.find_attribute(name);
        if found.is_none() && !self.schema.is_mistyped(name) {
            let names = self.schema.attributes.iter().map(|a| a.name.as_str());
            self.problems
                .push(problem::unknown_attribute(name, *span, names));
        }
        found
    }

    fn stances(&mut self, dialect: &mut Dialect, words: &[(String, Span)], stance: Stance) {
        for (word, span) in words {
            let spelling = &mut dialect.spelling;
            let place = match word.as_str() {
                "singleQuotes" => &mut spelling.single_quotes,
                "escapes" => &mut spelling.escapes,
                "missingSpaces" => &mut spelling.missing_spaces,
                "quotedBooleans" => &mut spelling.quoted_booleans,
                "negatedNull" => &mut spelling.negated_null,
                "oneTextLists" => &mut spelling.one_text_lists,
                "emptyItems" => &mut spelling.empty_items,
                "comments" => &mut spelling.comments,
                _ => {
                    self.problems.push(problem::unknown_row(word, *span));
                    continue;
                }
            };
            *place = stance;
        }
    }

    pub(crate) fn operators(&mut self, values: &[(String, Span)]) -> Vec<CompareOperator> {
        let mut operators = Vec::new();
        for (word, span) in values {
            match CompareOperator::from_word(word.trim_start_matches('-')) {
                Some(operator) => operators.push(operator),
                None => self.problems.push(problem::unknown_operator(word, *span)),
            }
        }
        operators
    }

    /// One row of operators: types, attributes, or `attribute as name`.
    fn operator_row(
        &mut self,
        dialect: &mut Dialect,
        subject: &[(String, Span)],
        operators: &[CompareOperator],
    ) {
        let mut at = 0;
        while let Some((word, span)) = subject.get(at) {
            let alias = match (subject.get(at + 1), subject.get(at + 2)) {
                (Some((as_word, _)), Some((alias, _))) if as_word == "as" => Some(alias.as_str()),
                _ => None,
            };
            at += if alias.is_some() { 3 } else { 1 };
            if word.contains('.') {
                match self.schema.find_attribute(word) {
                    Some(id) => set_operators(dialect, alias.unwrap_or(word), id, operators),
                    None if self.schema.is_mistyped(word) => {}
                    None => {
                        let names = self.schema.attributes.iter().map(|a| a.name.as_str());
                        self.problems
                            .push(problem::unknown_attribute(word, *span, names));
                    }
                }
            } else if is_type_name(word) {
                for (id, attribute) in (0u32..).zip(&self.schema.attributes) {
                    if type_name(&attribute.kind) == word {
                        set_operators(dialect, &attribute.name, AttributeId(id), operators);
                    }
                }
            } else {
                self.problems.push(problem::unknown_row(word, *span));
            }
        }
    }
}

/// Whether an attribute is one of these, or of one of these entities.
fn belongs(name: &str, chosen: &[(String, Span)]) -> bool {
    let entity = name.split('.').next().unwrap_or_default();
    chosen
        .iter()
        .any(|(word, _)| word == name || word == entity)
}

/// A later row replaces an earlier one about the same name.
fn set_operators(
    dialect: &mut Dialect,
    name: &str,
    attribute: AttributeId,
    operators: &[CompareOperator],
) {
    let operators = operators.to_vec();
    match dialect.attributes.iter_mut().find(|a| a.name == name) {
        Some(known) => known.operators = operators,
        None => {
            dialect.attributes.push(DialectAttribute {
                name: name.to_owned(),
                attribute,
                operators,
            });
        }
    }
}

const TYPE_NAMES: [&str; 12] = [
    "Boolean",
    "Integer",
    "Decimal",
    "String",
    "Enumeration",
    "Version",
    "DateTime",
    "Duration",
    "Address",
    "Guid",
    "Country",
    "set",
];

fn is_type_name(word: &str) -> bool {
    TYPE_NAMES.contains(&word)
}

/// The row of a dialect that the type falls under; records fall under none.
fn type_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Enumeration { .. } => "Enumeration",
        Kind::Set(element) if **element == Kind::Record => Kind::Record.name(),
        kind => kind.name(),
    }
}
