//! The standard library: the vocabulary of Entra, written in the language itself.

use std::sync::{Arc, LazyLock};

use gatewright_source::SourceId;
use gatewright_syntax::{ast, parse_file};

use crate::lower_schema::lower_schema;
use crate::schema::Schema;

/// The text of the Entra schema.
pub const ENTRA_TEXT: &str = include_str!("../stdlib/entra.gate");

/// The name that the Entra schema goes by.
pub const ENTRA_NAME: &str = "stdlib/entra.gate";

/// The policies of security defaults; their ids start with
/// [`BUILT_IN_PREFIX`](crate::model::BUILT_IN_PREFIX).
pub const SECURITY_DEFAULTS_TEXT: &str = include_str!("../stdlib/security-defaults.gate");

/// The name that the policies of security defaults go by.
pub const SECURITY_DEFAULTS_NAME: &str = "stdlib/security-defaults.gate";

/// The source that spans of the standard library are in. It is in no source map, so that nothing
/// is drawn from it.
pub(crate) const STDLIB_SOURCE: SourceId = SourceId(u32::MAX);

/// The text of the schema of dynamic membership.
const MEMBERSHIP_TEXT: &str = include_str!("../stdlib/membership.gate");

/// The text of the schema of Intune's filters.
const INTUNE_TEXT: &str = include_str!("../stdlib/intune.gate");

/// The schema that a dialect of the service belongs to; `None` for a name that is none.
#[must_use]
pub fn schema_of_dialect(dialect: &str) -> Option<Arc<Schema>> {
    let schema = match dialect {
        "ca-device" | "ca-csa" => entra_schema(),
        "dyn-user" | "dyn-device" => membership_schema(),
        "intune-device" | "intune-app" => intune_schema(),
        _ => return None,
    };
    Some(schema)
}

/// The vocabulary of dynamic membership, built once.
#[must_use]
pub fn membership_schema() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| built_in(MEMBERSHIP_TEXT));
    Arc::clone(&SCHEMA)
}

/// The vocabulary of Intune's filters, built once.
#[must_use]
pub fn intune_schema() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| built_in(INTUNE_TEXT));
    Arc::clone(&SCHEMA)
}

fn built_in(text: &str) -> Arc<Schema> {
    let (schema, _) = lower_schema(&parse_file(STDLIB_SOURCE, text).tree);
    Arc::new(schema)
}

/// The tree of the Entra schema, parsed once.
pub(crate) fn entra_tree() -> &'static ast::File {
    static TREE: LazyLock<ast::File> = LazyLock::new(|| parse_file(STDLIB_SOURCE, ENTRA_TEXT).tree);
    &TREE
}

/// The Entra vocabulary, built once.
#[must_use]
pub fn entra_schema() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
        let (mut schema, _) = lower_schema(entra_tree());
        schema.is_entra = true;
        Arc::new(schema)
    });
    Arc::clone(&SCHEMA)
}

#[cfg(test)]
mod tests {
    use gatewright_value::Kind;
    use gatewright_value::vocabulary as v;

    use super::*;

    #[test]
    fn the_entra_schema_has_no_problem() {
        let parsed = parse_file(STDLIB_SOURCE, ENTRA_TEXT);
        assert_eq!(parsed.problems, []);
        assert_eq!(lower_schema(&parsed.tree).1, []);
    }

    #[test]
    fn the_other_schemas_have_no_problem() {
        for text in [MEMBERSHIP_TEXT, INTUNE_TEXT] {
            let parsed = parse_file(STDLIB_SOURCE, text);
            assert_eq!(parsed.problems, []);
            assert_eq!(lower_schema(&parsed.tree).1, []);
        }
        let membership = membership_schema();
        let until = membership.find_attribute("user.untilHire").unwrap();
        let until = membership.attribute(until).unwrap();
        let name = |id| membership.attribute(id).unwrap().name.as_str();
        let (first, second) = until.difference.unwrap();
        assert_eq!(
            (name(first), name(second)),
            ("user.employeeHireDate", "system.now")
        );
    }

    #[test]
    fn enumerations_are_those_of_the_vocabulary() {
        let schema = entra_schema();
        let check = |name: &str, wanted: Vec<&str>| {
            let found = schema.enumerations.iter().find(|e| e.name == name).unwrap();
            let members: Vec<&str> = found.members.iter().map(|(m, _)| m.as_str()).collect();
            assert_eq!(members, wanted, "{name}");
            assert!(
                found.members.iter().all(|(_, docs)| !docs.is_empty()),
                "{name}"
            );
        };
        macro_rules! same {
            ($($name:ident)*) => {$(
                check(stringify!($name), v::$name::ALL.iter().map(|m| m.name()).collect());
            )*};
        }
        same!(IdentityKind TargetKind RiskLevel InsiderRiskLevel AgentRiskLevel GuestType);
        same!(UserAction ClientApp Platform TransferMethod Method);
        let controls: Vec<&str> = schema.controls.iter().map(|c| c.name.as_str()).collect();
        let wanted: Vec<&str> = v::BuiltInControl::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(controls, wanted);
        for (control, info) in v::BuiltInControl::ALL.iter().zip(&schema.controls) {
            assert_eq!(control.is_interactive(), info.is_interactive, "{control}");
        }
    }

    #[test]
    fn attributes_have_their_types() {
        let schema = entra_schema();
        let of = |name: &str| {
            let id = schema
                .find_attribute(name)
                .unwrap_or_else(|| panic!("{name}"));
            schema.attribute(id).unwrap()
        };
        assert_eq!(of("user.groups").kind, Kind::Set(Box::new(Kind::Guid)));
        assert_eq!(of("device.isCompliant").kind, Kind::Boolean);
        assert!(of("device.isCompliant").is_optional);
        assert!(!of("device.isRegistered").is_optional);
        assert!(!of("device.systemLabels").is_optional);
        assert!(matches!(
            of("device.trustType").kind,
            Kind::Enumeration { is_open: true, .. }
        ));
        assert!(matches!(
            of("signIn.client").kind,
            Kind::Enumeration { is_open: false, .. }
        ));
        assert_eq!(of("location.ip").kind, Kind::Address);
        assert_eq!(of("app.resources").kind, Kind::Set(Box::new(Kind::Record)));
    }

    #[test]
    fn the_device_filter_knows_what_the_service_documents() {
        let schema = entra_schema();
        let dialect = schema
            .dialects
            .iter()
            .find(|d| d.name == "ca-device")
            .unwrap();
        assert_eq!(dialect.entity.as_deref(), Some("device"));
        assert_eq!(dialect.characters_max, Some(3072));
        assert!(!dialect.has_null);
        assert!(dialect.has_not);
        assert_eq!(dialect.attributes.len(), 29);
        let ownership = dialect
            .attributes
            .iter()
            .find(|a| a.name == "device.deviceOwnership")
            .unwrap();
        assert_eq!(
            schema.attribute(ownership.attribute).unwrap().name,
            "device.ownership",
            "the filter calls it deviceOwnership"
        );
        let own = schema
            .dialects
            .iter()
            .find(|d| d.name == "gatewright")
            .unwrap();
        // Everything but what only compliance policies ask for, and one attribute by two names.
        let is_asked_for =
            |name: &str| !name.starts_with("setting.") && name != "device.managedPlatform";
        let mut names = schema.attributes.iter().map(|a| a.name.as_str());
        assert!(names.all(|name| {
            let is_known = own.attributes.iter().any(|a| a.name == name);
            let attribute = schema
                .attribute(schema.find_attribute(name).unwrap())
                .unwrap();
            let is_record = attribute.kind == Kind::Set(Box::new(Kind::Record));
            is_known == (is_asked_for(name) && !is_record)
        }));
    }
}
