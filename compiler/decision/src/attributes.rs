//! The variables of a space by the names of their attributes: literals for what is said about a
//! sign-in in words, and not by policies.

use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::fold;

use crate::class_set::ClassSet;
use crate::formula::Literal;
use crate::space::{Classes, Space, Variable};

/// Finds variables by the folded names of attributes: `device.iscompliant`.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'s> {
    /// The vocabulary.
    pub schema: &'s Schema,
    /// Where it is looked for.
    pub space: &'s Space,
}

impl<'s> Attributes<'s> {
    /// The name of an attribute as the schema writes it.
    #[must_use]
    pub fn name(&self, attribute: AttributeId) -> &'s str {
        let found = self.schema.attribute(attribute);
        found.map_or(crate::BASELINE, |found| found.name.as_str())
    }

    /// Every variable with its number.
    pub fn variables(&self) -> impl Iterator<Item = (u32, &'s Variable)> + use<'s> {
        (0u32..).zip(&self.space.variables)
    }

    /// The variable with the values of an attribute; sets have none.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<(u32, &'s Variable)> {
        self.variables().find(|(_, variable)| {
            variable.null_class().is_some() && fold(self.name(variable.attribute)) == name
        })
    }

    /// That an attribute equals one of these texts. `None` where nothing asks about it.
    #[must_use]
    pub fn equals(&self, name: &str, texts: &[&str]) -> Option<Literal> {
        let (variable, described) = self.variable(name)?;
        let Classes::Text(entries) = &described.classes else {
            return None;
        };
        let texts: Vec<_> = texts.iter().map(|text| fold(text)).collect();
        let named = entries
            .iter()
            .filter(|entry| entry.is_exact && texts.iter().any(|text| *text == entry.text));
        let classes = ClassSet::from_runs(named.map(|e| (e.class, e.class)).collect());
        Some(Literal { variable, classes })
    }

    /// That a Boolean attribute has this value.
    #[must_use]
    pub fn is(&self, name: &str, value: bool) -> Option<Literal> {
        let (variable, described) = self.variable(name)?;
        let class = u32::from(value);
        (described.classes == Classes::Boolean).then(|| Literal {
            variable,
            classes: ClassSet::run(class, class),
        })
    }

    /// That an attribute is null.
    #[must_use]
    pub fn is_null(&self, name: &str) -> Option<Literal> {
        let (variable, described) = self.variable(name)?;
        let null = described.null_class()?;
        Some(Literal {
            variable,
            classes: ClassSet::run(null, null),
        })
    }
}

impl Space {
    /// Every other class than those of the literal, the unknown one among them.
    #[must_use]
    pub fn any_other(&self, literal: &Literal) -> Literal {
        let count = self.known(literal.variable) + 1;
        Literal {
            variable: literal.variable,
            classes: literal.classes.complement(count),
        }
    }

    /// Every other known class than those of the literal.
    #[must_use]
    pub fn known_other(&self, literal: &Literal) -> Literal {
        let known = self.known(literal.variable);
        Literal {
            variable: literal.variable,
            classes: literal.classes.complement(known),
        }
    }
}
