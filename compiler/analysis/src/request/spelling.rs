//! Values as requests write them.

use gatewright_hir::model::Control;
use gatewright_value::{Kind, folded_eq, key_number, ordered_text};
use serde_json::{Value, json};

use crate::facts::Fact;

/// How a request writes a value of this type; `None` where there is no value.
pub(crate) fn written(kind: &Kind, fact: &Fact) -> Option<Value> {
    Some(match fact {
        Fact::Unknown | Fact::Null => return None,
        Fact::Boolean(value) => json!(value),
        Fact::Text(text) => json!(canonical(kind, text)),
        Fact::Key(key) => match kind {
            Kind::Integer { .. } | Kind::Duration => json!(key_number(*key)),
            _ => json!(ordered_text(kind, *key)?),
        },
        Fact::Elements(elements) => {
            let element = match kind {
                Kind::Set(element) => element,
                kind => kind,
            };
            let texts = elements.iter().map(|text| canonical(element, text));
            json!(texts.collect::<Vec<_>>())
        }
        Fact::Records(records) => json!(records),
    })
}

/// A text in the spelling of its type: members of enumerations as the schema has them, countries
/// in capitals.
pub(crate) fn canonical(kind: &Kind, text: &str) -> String {
    match kind {
        Kind::Enumeration { members, .. } => {
            let member = members.iter().find(|member| folded_eq(member, text));
            member.map_or_else(|| text.to_owned(), Clone::clone)
        }
        Kind::Country => text.to_ascii_uppercase(),
        _ => text.to_owned(),
    }
}

/// Whether two controls are one, whatever the case of their ids.
pub(super) fn is_same_control(one: &Control, other: &Control) -> bool {
    match (one, other) {
        (Control::Strength(one), Control::Strength(other))
        | (Control::Terms(one), Control::Terms(other))
        | (Control::Custom(one), Control::Custom(other)) => folded_eq(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_countries_have_the_spelling_of_their_types() {
        let kind = Kind::Enumeration {
            members: vec!["iOS".to_owned()],
            is_open: true,
        };
        assert_eq!(canonical(&kind, "ios"), "iOS");
        assert_eq!(canonical(&kind, "beos"), "beos");
        assert_eq!(canonical(&Kind::Country, "nl"), "NL");
    }
}
