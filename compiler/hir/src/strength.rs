//! Which authentication strength implies which, and which of them a name promises.
//!
//! INVARIANT: whoever signs in with methods that satisfy a strength satisfies every strength that
//! it implies.

use gatewright_value::fold;
use gatewright_value::vocabulary::BuiltInControl;

use crate::data::Data;
use crate::model::{Combination, Control, Strength};

/// The id of the built-in strength that is the same as `mfa`.
pub const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";

// SEMANTICS: §9.4
/// Whether whatever satisfies `first` satisfies `second`: each combination of the one has all
/// methods of some combination of the other that asks for nothing more. A strength that nothing
/// satisfies, or of which no more than its id is known, implies only itself.
#[must_use]
pub fn implies(first: &Strength, second: &Strength) -> bool {
    if first.id.eq_ignore_ascii_case(&second.id) {
        return true;
    }
    let is_within = |combination: &Combination| {
        second.combinations.iter().any(|known| {
            let mut methods = known.methods.iter();
            !known.is_restricted && methods.all(|method| combination.methods.contains(method))
        })
    };
    !first.combinations.is_empty() && first.combinations.iter().all(is_within)
}

/// Whether whoever meets the control `held` meets `wanted` by that, given the strengths of a set.
#[must_use]
pub fn control_implies(strengths: &[Strength], held: &Control, wanted: &Control) -> bool {
    let of = |control: &Control| match control {
        Control::BuiltIn(BuiltInControl::Mfa) => find(strengths, MULTIFACTOR),
        Control::Strength(id) => find(strengths, id),
        _ => None,
    };
    held == wanted
        || matches!((of(held), of(wanted)), (Some(held), Some(wanted)) if implies(held, wanted))
}

/// The other strengths that this one implies, in their order.
#[must_use]
pub fn implied<'s>(strength: &Strength, strengths: &'s [Strength]) -> Vec<&'s Strength> {
    let others = strengths
        .iter()
        .filter(|other| !other.id.eq_ignore_ascii_case(&strength.id));
    others.filter(|other| implies(strength, other)).collect()
}

/// The strongest built-in strength that the name of one promises, if it is not implied.
#[must_use]
pub fn broken_promise(strength: &Strength) -> Option<&'static Strength> {
    let letters = |c: &char| c.is_alphanumeric();
    let name: String = fold(&strength.display_name)
        .chars()
        .filter(letters)
        .collect();
    let promises = [
        ("phishingresist", "PhishingResistantMfa"),
        ("passwordless", "PasswordlessMfa"),
        ("multifactor", "Mfa"),
        ("mfa", "Mfa"),
    ];
    let (_, promised) = promises.into_iter().find(|(word, _)| name.contains(word))?;
    let promised = &Data::built_in().find_strength(promised)?.strength;
    let is_known = !strength.combinations.is_empty();
    (is_known && !implies(strength, promised)).then_some(promised)
}

fn find<'s>(strengths: &'s [Strength], id: &str) -> Option<&'s Strength> {
    strengths.iter().find(|s| s.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use gatewright_value::vocabulary::Method;

    use super::*;
    use crate::model::GraphForm;

    fn strength(name: &str, combinations: &[(&[Method], bool)]) -> Strength {
        let one = |(methods, is_restricted): &(&[Method], bool)| Combination {
            methods: methods.to_vec(),
            is_restricted: *is_restricted,
        };
        Strength {
            id: name.to_owned(),
            display_name: name.to_owned(),
            combinations: combinations.iter().map(one).collect(),
            span: None,
            form: GraphForm::default(),
        }
    }

    #[test]
    fn built_in_strengths_are_a_chain_whose_end_is_mfa() {
        let all = Data::built_in().built_in_strengths();
        let mfa = Control::BuiltIn(BuiltInControl::Mfa);
        for (at, first) in all.iter().enumerate() {
            for (place, second) in all.iter().enumerate() {
                assert_eq!(
                    implies(first, second),
                    at >= place,
                    "{} {}",
                    first.id,
                    second.id
                );
            }
            let control = Control::Strength(first.id.clone());
            assert!(control_implies(&all, &control, &mfa));
            assert_eq!(control_implies(&all, &mfa, &control), at == 0);
        }
    }

    #[test]
    fn a_custom_strength_implies_what_all_of_its_combinations_are_within() {
        use Method as M;
        let key = strength("key", &[(&[M::Fido2], false)]);
        let model = strength("model", &[(&[M::Fido2], true)]);
        let both = strength("both", &[(&[M::Password, M::Fido2], false)]);
        let text = strength(
            "text",
            &[(&[M::Fido2], false), (&[M::Password, M::Sms], false)],
        );
        let sms = strength("sms", &[(&[M::Sms], false)]);
        let unknown = strength("unknown", &[]);
        let all = [&key, &model, &both, &text, &sms, &unknown];
        let names = |first: &Strength| -> String {
            let found = all.iter().filter(|second| implies(first, second));
            let found: Vec<&str> = found.map(|s| s.id.as_str()).collect();
            found.join(" ")
        };
        assert_eq!(names(&key), "key text");
        // What asks for more is implied by nothing but itself, and implies what asks for less.
        assert_eq!(names(&model), "key model text");
        assert_eq!(names(&both), "key both text");
        assert_eq!(names(&text), "text");
        assert_eq!(names(&sms), "sms");
        assert_eq!(names(&unknown), "unknown");
        let mut set = Data::built_in().built_in_strengths();
        set.extend([key, text, sms]);
        let custom = |id: &str| Control::Strength(id.to_owned());
        let mfa = Control::BuiltIn(BuiltInControl::Mfa);
        assert!(control_implies(&set, &custom("KEY"), &mfa));
        assert!(control_implies(&set, &custom("text"), &mfa));
        assert!(!control_implies(&set, &custom("sms"), &mfa));
        assert!(!control_implies(&set, &custom("sms"), &custom("gone")));
    }

    #[test]
    fn a_name_promises_the_built_in_strength_that_it_speaks_of() {
        use Method as M;
        let found = |name: &str, methods: &[M]| {
            let found = broken_promise(&strength(name, &[(methods, false)]));
            found.map(|promised| promised.display_name.as_str())
        };
        let sms = [M::Password, M::Sms];
        assert_eq!(
            found("Phishing-resistant", &sms),
            Some("Phishing-resistant MFA")
        );
        assert_eq!(
            found("Our passwordless MFA", &sms),
            Some("Passwordless MFA")
        );
        assert_eq!(found("Text MFA", &sms), None);
        assert_eq!(
            found("Multi-Factor", &[M::Sms]),
            Some("Multifactor authentication")
        );
        assert_eq!(found("PHISHING RESISTANT", &[M::Fido2]), None);
        assert_eq!(found("Text message", &sms), None);
    }
}
