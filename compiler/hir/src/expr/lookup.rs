//! From the words of a path to an attribute of the dialect.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator, Name};

use super::ExprLowering;
use crate::problems::expressions as problem;
use crate::schema::{Attribute, AttributeId};

/// An attribute as the dialect knows it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) id: AttributeId,
    /// Its name in this dialect.
    pub(super) name: &'a str,
    pub(super) attribute: &'a Attribute,
    pub(super) operators: &'a [CompareOperator],
}

/// What other dialects call an attribute of the device filter: the name, whose it is, and the name
/// here. `None`: there is nothing like it here.
const FOREIGN: &[(&str, &str, Option<&str>)] = &[
    (
        "deviceTrustType",
        "dynamic membership and Intune name",
        Some("trustType"),
    ),
    (
        "deviceOSType",
        "dynamic-membership name",
        Some("operatingSystem"),
    ),
    (
        "deviceOSVersion",
        "dynamic-membership name",
        Some("operatingSystemVersion"),
    ),
    ("osVersion", "Intune name", Some("operatingSystemVersion")),
    (
        "deviceManufacturer",
        "dynamic-membership name",
        Some("manufacturer"),
    ),
    ("deviceModel", "dynamic-membership name", Some("model")),
    ("deviceName", "Intune name", Some("displayName")),
    (
        "deviceManagementAppId",
        "dynamic-membership name",
        Some("mdmAppId"),
    ),
    (
        "devicePhysicalIds",
        "dynamic-membership name",
        Some("physicalIds"),
    ),
    ("compliant", "name in other tools", Some("isCompliant")),
    ("complianceState", "Intune name", Some("isCompliant")),
    ("joinType", "name in other tools", Some("trustType")),
    ("accountEnabled", "dynamic-membership name", None),
    ("deviceCategory", "dynamic membership and Intune name", None),
    ("isRooted", "dynamic membership and Intune name", None),
    ("managementType", "dynamic-membership name", None),
    ("memberOf", "dynamic-membership name", None),
    ("objectId", "dynamic-membership name", None),
    ("isManaged", "name in the sign-in log", None),
    ("cpuArchitecture", "Intune name", None),
    ("operatingSystemSKU", "Intune name", None),
    ("isTpmAttested", "Intune name", None),
];

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
        let is_device = entity.is_some_and(|e| e.text.eq_ignore_ascii_case("device"));
        let foreign = FOREIGN
            .iter()
            .find(|(name, _, _)| name.eq_ignore_ascii_case(last));
        if let (true, Some((_, whose, here))) = (is_device && self.cx.schema.is_entra, foreign) {
            let here = here.map(|name| format!("device.{name}"));
            return problem::foreign_attribute(written, span, whose, here.as_deref());
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
pub(super) fn joined(path: &[Name]) -> String {
    path.iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}
