//! From the words of a path to an attribute of the dialect.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator, Name};

use super::ExprLowering;
use crate::concepts;
use crate::problems::{dialects, expressions as problem};
use crate::schema::{Attribute, AttributeId, DialectAttribute};

/// An attribute as the dialect knows it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) id: AttributeId,
    /// Its name in this dialect.
    pub(super) name: &'a str,
    pub(super) attribute: &'a Attribute,
    pub(super) operators: &'a [CompareOperator],
}

impl<'a> ExprLowering<'a, '_> {
    /// The attribute of a path; `None` after reporting that there is none.
    pub(super) fn attribute(&mut self, path: &[Name], span: Span) -> Option<Found<'a>> {
        let written = joined(path);
        let cx = self.cx;
        let known = cx
            .dialect
            .attributes
            .iter()
            .find(|a| a.name.eq_ignore_ascii_case(&written));
        if let Some(known) = known {
            let attribute = cx.schema.attribute(known.attribute)?;
            if known.name != written {
                self.problems
                    .push(problem::attribute_case(span, &written, &known.name));
            }
            self.availability(known, span);
            if let Some(symbols) = cx.symbols {
                symbols.note_attribute(span, known.attribute);
            }
            return Some(Found {
                id: known.attribute,
                name: &known.name,
                attribute,
                operators: &known.operators,
            });
        }
        if cx.schema.is_mistyped(&written) {
            return None;
        }
        let problem = self.unknown_attribute(&written, path, span);
        self.problems.push(problem);
        None
    }

    /// Say that an attribute is replaced by another one, or that the platform at hand has none.
    fn availability(&mut self, known: &DialectAttribute, span: Span) {
        let dialect = self.cx.dialect;
        let deprecated = dialect
            .deprecated
            .iter()
            .find(|(id, _)| *id == known.attribute);
        if let Some((_, by)) = deprecated {
            let problem = dialects::deprecated_attribute(span, &known.name, by);
            self.problems.push(problem);
        }
        let available = dialect
            .availability
            .iter()
            .find(|a| a.attribute == known.attribute);
        if let (Some(platform), Some(available)) = (&dialect.platform, available)
            && !available.platforms.contains(platform)
        {
            let problem =
                dialects::not_on_platform(span, &known.name, platform, &available.platforms);
            self.problems.push(problem);
        }
    }

    fn unknown_attribute(
        &self,
        written: &str,
        path: &[Name],
        span: Span,
    ) -> gatewright_diagnostics::Diagnostic {
        let dialect = self.cx.dialect;
        let (entity, last) = match path {
            [only] => (None, only.text.as_str()),
            [entity, .., last] => (Some(entity), last.text.as_str()),
            [] => (None, ""),
        };
        if let Some(problem) = self.misplaced_setting(written, span) {
            return problem;
        }
        let is_service = self.cx.schema.is_entra || dialect.entity.is_some();
        if is_service
            && let Some(foreign) = concepts::foreign(dialect, entity.map(|e| e.text.as_str()), last)
        {
            return problem::foreign_attribute(written, span, &foreign);
        }
        if let Some(only) = dialect.entity.as_deref()
            && entity.is_some_and(|e| !e.text.eq_ignore_ascii_case(only))
            && self.cx.schema.find_attribute(written).is_some()
        {
            return problem::outside_entity(written, span, &dialect.name, only);
        }
        let names = || dialect.attributes.iter().map(|a| a.name.as_str());
        if entity.is_none() {
            let full = names().find(|name| {
                name.rsplit_once('.')
                    .is_some_and(|(_, l)| l.eq_ignore_ascii_case(last))
            });
            if let Some(full) = full {
                return problem::entity_missing(written, span, full);
            }
        }
        let entities = self.cx.schema.entities.iter().map(|e| e.name.as_str());
        let entities: Vec<&str> = match dialect.entity.as_deref() {
            Some(only) => vec![only],
            None => entities.collect(),
        };
        problem::unknown_attribute(written, span, entity, last, &entities, names())
    }
}

/// The words with dots between them.
pub(crate) fn joined(path: &[Name]) -> String {
    path.iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}
