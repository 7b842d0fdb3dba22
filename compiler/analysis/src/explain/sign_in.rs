//! A request as the search sees it: facts, classes, and what has been proved.

use gatewright_decision::{Literal, Space};
use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_reference::{Directory, RequestError, Said, told};
use serde_json::Value;

use crate::demands::holds;
use crate::facts::{Fact, Facts};
use crate::values::classes_of;
use crate::world::{Rail, World};

/// A sign-in that somebody asks about.
#[derive(Clone, Debug)]
pub(super) struct SignIn<'a> {
    pub(super) request: &'a Value,
    /// What it says.
    pub(super) here: Point,
}

/// A sign-in.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// What is known of it.
    pub(super) facts: Facts,
    /// One class per variable of the space.
    pub(super) classes: Vec<u32>,
    /// Of every control that can be proved, whether it has been.
    pub(super) proved: Vec<bool>,
}

impl<'a> SignIn<'a> {
    /// Read a request.
    pub(super) fn read(
        set: &PolicySet,
        space: &Space,
        request: &'a Value,
        directory: Option<&Directory>,
        controls: &[Control],
    ) -> Result<SignIn<'a>, RequestError> {
        let (facts, proved) = facts(set, request, directory, controls)?;
        Ok(SignIn {
            request,
            here: Point {
                classes: classes_of(&set.schema, space, &facts),
                facts,
                proved,
            },
        })
    }

    /// Whether something is not known of it.
    pub(super) fn has_unknown(&self, space: &Space) -> bool {
        let variables = space.variables.iter().zip(&self.here.classes);
        let mut unknown = variables.map(|(variable, class)| variable.unknown_class() == *class);
        unknown.any(|is| is)
    }
}

/// What a request says, by attribute, and which of these controls it proves.
pub(super) fn facts(
    set: &PolicySet,
    request: &Value,
    directory: Option<&Directory>,
    controls: &[Control],
) -> Result<(Facts, Vec<bool>), RequestError> {
    let mut told = told(set, request, directory, controls)?;
    let mut facts = Facts::new();
    let count = u32::try_from(set.schema.attributes.len()).unwrap_or(u32::MAX);
    for (number, attribute) in (0u32..).zip(&set.schema.attributes) {
        // A difference follows from its times.
        if attribute.difference.is_some() {
            continue;
        }
        if let Some(said) = told.facts.remove(&attribute.name) {
            facts.insert(AttributeId(number), fact(said));
        }
    }
    // What requests for baseline scopes stand for comes after the attributes of the schema.
    if let Some(said) = told.facts.remove("app.baseline") {
        facts.insert(AttributeId(count), fact(said));
    }
    Ok((facts, told.proved))
}

fn fact(said: Said) -> Fact {
    match said {
        Said::Unknown => Fact::Unknown,
        Said::Null => Fact::Null,
        Said::Boolean(truth) => Fact::Boolean(truth),
        Said::Text(text) => Fact::Text(text),
        Said::Elements(elements) => Fact::Elements(elements),
        Said::Records(records) => Fact::Records(records),
        Said::Number(number) => Fact::Key(number),
    }
}

/// The rows by which a sign-in cannot exist, by name.
pub(super) fn broken_rows(world: &World<'_>, classes: &[u32]) -> Vec<&'static str> {
    let is_in = |literal: &Literal| {
        let class = classes.get(literal.variable as usize);
        class.is_some_and(|class| literal.classes.contains(*class))
    };
    let broken = world.rows.iter().filter(|row| {
        let mut clauses = row.clauses.iter();
        let mut implications = row.implications.iter();
        clauses.any(|clause| !clause.iter().any(is_in))
            || implications.any(|(first, then)| {
                holds(world, first, classes, Rail::Certain)
                    && !holds(world, then, classes, Rail::Possible)
            })
    });
    broken.map(|row| row.name).collect()
}
