//! Plain English for sign-ins and for regions of the sign-in space.
//!
//! INVARIANT: in full, a clause about classes says what the classes say, no less and no more, for
//! every value that the attribute can have.

mod conditional;
mod effects;
mod elements;
mod labels;
mod names;
mod ordered;
mod session;
mod sign_in;
mod texts;

use gatewright_decision::{Classes, Space, Variable};
use gatewright_hir::model::PolicySet;

pub(crate) use conditional::conditional;
pub use effects::effect;
pub use labels::Labels;
pub use names::Length;
pub(crate) use names::Names;
pub(crate) use ordered::places;
pub use session::session;
pub use sign_in::{control, sentence, worth_telling};

/// What an object of a kind, such as `group`, is called; its id where it has no name.
#[must_use]
pub fn object(set: &PolicySet, kind: &'static str, id: &str) -> String {
    Names::new(set).of(kind, id).trim_matches('"').to_owned()
}

/// A control as decisions spell it, an object by its name: `strength Phishing-resistant MFA`.
#[must_use]
pub fn spelled(set: &PolicySet, control: &str) -> String {
    let object = |kind: &'static str, id: &str| format!("{kind} {}", object(set, kind, id));
    match control.split_once(':') {
        Some(("strength", id)) => object("strength", id),
        Some(("terms", id)) => object("terms", id),
        _ => control.to_owned(),
    }
}

/// Any of these controls, as decisions spell them; a set gives names to objects.
#[must_use]
pub fn alternatives<'c>(
    set: Option<&PolicySet>,
    controls: impl IntoIterator<Item = &'c str>,
) -> String {
    let names = controls.into_iter().map(|control| match set {
        Some(set) => spelled(set, control),
        None => control.to_owned(),
    });
    names.collect::<Vec<_>>().join(" or ")
}

/// What it means that a variable is at a class.
#[must_use]
pub fn fact_of_class(set: &PolicySet, variable: &Variable, class: u32) -> String {
    fact_of_classes(set, variable, &[class], Length::Full)
}

/// What it means that a variable is at one of these classes.
#[must_use]
pub fn fact_of_classes(
    set: &PolicySet,
    variable: &Variable,
    classes: &[u32],
    length: Length,
) -> String {
    clause(&Names::new(set), variable, classes, length)
}

/// A region of the sign-in space: of every variable in it, one of the classes. Variables that are
/// not in it may be at any class.
#[must_use]
pub fn cube(set: &PolicySet, space: &Space, cube: &[(u32, Vec<u32>)], length: Length) -> String {
    let names = Names::new(set);
    let clauses = cube.iter().filter_map(|(number, classes)| {
        let variable = space.variables.get(*number as usize)?;
        Some(clause(&names, variable, classes, length))
    });
    let clauses: Vec<String> = clauses.collect();
    if clauses.is_empty() {
        return "every sign-in".to_owned();
    }
    clauses.join("; ")
}

/// Classes of one variable, each of them once.
struct Chosen<'c> {
    is_chosen: Vec<bool>,
    variable: &'c Variable,
}

impl Chosen<'_> {
    fn has(&self, class: u32) -> bool {
        self.is_chosen.get(class as usize).copied().unwrap_or(false)
    }

    fn is_unknown_chosen(&self) -> bool {
        self.has(self.variable.unknown_class())
    }

    /// Whether null is there; `None` where null has no class or cannot occur.
    fn null(&self, names: &Names<'_>) -> Option<bool> {
        let attribute = names.attribute(self.variable.attribute);
        let class = self.variable.null_class()?;
        let can_be_null = attribute.is_none_or(|attribute| {
            let entity = attribute
                .name
                .split_once('.')
                .map_or("", |(entity, _)| entity);
            let mut entities = names.set.schema.entities.iter();
            // Of an entity that is missing as a whole every attribute is null.
            let is_own = !names.set.schema.is_entra;
            let is_absent = entities.any(|known| known.name == entity && known.is_optional);
            attribute.is_optional || (is_own && is_absent)
        });
        can_be_null.then(|| self.has(class))
    }

    /// How many known classes there are and how many of them are chosen.
    fn counts(&self) -> (usize, usize) {
        let known = self.variable.unknown_class() as usize;
        let chosen = self.is_chosen.iter().take(known).filter(|chosen| **chosen);
        (known, chosen.count())
    }
}

fn clause(names: &Names<'_>, variable: &Variable, classes: &[u32], length: Length) -> String {
    let mut is_chosen = vec![false; variable.class_count as usize];
    for class in classes {
        if let Some(chosen) = is_chosen.get_mut(*class as usize) {
            *chosen = true;
        }
    }
    let chosen = Chosen {
        is_chosen,
        variable,
    };
    let subject = match &variable.classes {
        Classes::Text(_) | Classes::Ordered(_) => names.subject(variable.attribute),
        Classes::Boolean => {
            let name = names.attribute(variable.attribute).map(|found| &found.name);
            match name.and_then(|name| phrases(names, name)) {
                Some((yes, _)) => format!("whether {yes}"),
                None => names.subject(variable.attribute),
            }
        }
        _ => {
            let about = elements::clause(names, variable, true, length);
            format!("whether {about}")
        }
    };
    match (chosen.counts(), chosen.is_unknown_chosen()) {
        ((_, 0), false) => format!("{subject} is impossible"),
        ((_, 0), true) => format!("{subject} is not known"),
        ((known, count), false) if known == count => format!("{subject} is known"),
        ((known, count), true) if known == count => format!("{subject} is anything, or not known"),
        (_, is_unknown) => {
            let said = known_clause(names, &chosen, length);
            if is_unknown {
                format!("{said}, or this is not known")
            } else {
                said
            }
        }
    }
}

/// What the known classes say, where they are neither none nor all.
fn known_clause(names: &Names<'_>, chosen: &Chosen<'_>, length: Length) -> String {
    let variable = chosen.variable;
    match &variable.classes {
        Classes::Boolean => boolean(names, chosen),
        Classes::Text(entries) => texts::clause(names, chosen, entries, length),
        Classes::Ordered(cells) => ordered::clause(names, chosen, cells, length),
        _ => elements::clause(names, variable, chosen.has(1), length),
    }
}

fn boolean(names: &Names<'_>, chosen: &Chosen<'_>) -> String {
    let attribute = names.attribute(chosen.variable.attribute);
    let name = attribute.map_or("", |attribute| attribute.name.as_str());
    let phrase = phrases(names, name);
    let subject = names.subject(chosen.variable.attribute);
    let (yes, no) = match phrase {
        Some((yes, no)) => (yes.to_owned(), no.to_owned()),
        None => (format!("{subject} is true"), format!("{subject} is false")),
    };
    let mut parts = Vec::new();
    for (is_chosen, part) in [(chosen.has(1), yes), (chosen.has(0), no)] {
        if is_chosen {
            parts.push(part);
        }
    }
    match chosen.null(names) {
        Some(true) if name == "device.isCompliant" && names.set.schema.is_entra => {
            parts.push("the device has no state of compliance".to_owned());
        }
        Some(true) => parts.push(format!("{name} is not set")),
        // A value that is never null is known wherever both others are there.
        None if parts.len() == 2 => return format!("{subject} is known"),
        _ => {}
    }
    names::list(&parts, "or")
}

/// What it means that an attribute is true, and false, where there are words for that.
fn phrases(names: &Names<'_>, name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        _ if !names.set.schema.is_entra => None,
        "device.isRegistered" => Some(("the device is registered", "the device is not registered")),
        "device.isCompliant" => Some(("the device is compliant", "the device is noncompliant")),
        "location.isUnmapped" => Some((
            "the address maps to no country",
            "the address maps to a country, or there is none",
        )),
        "signIn.baselineScopesOnly" => Some((
            "only basic scopes are asked for",
            "more than basic scopes are asked for",
        )),
        "signIn.enrollmentService" => Some((
            "the sign-in enrols the device",
            "the sign-in does not enrol the device",
        )),
        "signIn.isMfaDeemedNecessary" => Some((
            "the service deems multifactor authentication necessary",
            "the service does not deem multifactor authentication necessary",
        )),
        "servicePrincipal.isOwned" => Some((
            "the service principal is the tenant's own",
            "the service principal is another tenant's",
        )),
        "user.isMfaRegistered" => Some((
            "a method for multifactor authentication is registered",
            "no method for multifactor authentication is registered",
        )),
        "user.isRegistrationOverdue" => Some((
            "registering a method is overdue",
            "registering a method is not overdue",
        )),
        "user.accountEnabled" => Some(("the account is enabled", "the account is disabled")),
        _ => None,
    }
}
