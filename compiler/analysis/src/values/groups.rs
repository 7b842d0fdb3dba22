//! Which variables concern each other.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_decision::{Classes, Space, checkpoint};
use gatewright_hir::schema::{Attribute, AttributeId, Schema};
use gatewright_value::{Kind, PredicateStep};

use super::apps::AppGroup;
use super::identity::{Holder, IdentityGroup};
use super::ordered::{OrderedGroup, Row};
use super::records::{RecordGroup, RecordSpace};
use super::sets::SetGroup;
use super::text::TextGroup;
use super::times::{Difference, Time, TimesGroup};
use super::{Literal, Solved};
use crate::facts::Fact;

/// Variables that concern each other and no others.
pub(super) enum Group<'s> {
    Boolean {
        attribute: AttributeId,
        can_be_null: bool,
    },
    Text(TextGroup<'s>),
    Ordered(OrderedGroup<'s>),
    Times(TimesGroup<'s>),
    Set(SetGroup<'s>),
    Records(RecordGroup),
    Apps(AppGroup<'s>),
    Identity(IdentityGroup<'s>),
}

impl Group<'_> {
    /// Values in these classes, whatever variables that are not named come to.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Vec<(AttributeId, Fact)>> {
        checkpoint();
        let one = |attribute, solved: Solved<Fact>| solved.map(|fact| vec![(attribute, fact)]);
        match self {
            Group::Boolean {
                attribute,
                can_be_null,
            } => {
                let class = literals.first().map_or(0, |(_, class)| *class);
                let solved = match class {
                    0 | 1 => Solved::One(Fact::Boolean(class == 1)),
                    2 if *can_be_null => Solved::One(Fact::Null),
                    2 => Solved::None,
                    _ => Solved::One(Fact::Unknown),
                };
                one(*attribute, solved)
            }
            Group::Text(of) => one(of.attribute, of.solve(literals)),
            Group::Ordered(of) => one(of.attribute, of.solve(literals)),
            Group::Times(of) => of.solve(literals),
            Group::Set(of) => one(of.attribute, of.solve(literals)),
            Group::Records(of) => one(of.attribute, of.solve(literals)),
            Group::Apps(of) => of.solve(literals),
            Group::Identity(of) => of.solve(literals),
        }
    }

    /// A part of what was asked last that has no values either, where something is known of that.
    pub(super) fn core(&self) -> &[Literal] {
        match self {
            Group::Records(of) => &of.core,
            Group::Apps(of) => &of.core,
            _ => &[],
        }
    }

    /// Whether no values are in these classes, for certain.
    pub(super) fn excludes(&mut self, literals: &[Literal]) -> bool {
        match self {
            Group::Apps(of) => of.excludes(literals),
            _ => self.solve(literals) == Solved::None,
        }
    }

    /// Other classes that have no values for the same reason as these, as far as that is known.
    pub(super) fn alike(&mut self, core: &[Literal]) -> Vec<Vec<Literal>> {
        match self {
            Group::Records(of) => of.alike(core),
            Group::Apps(of) => of.alike(core),
            _ => Vec::new(),
        }
    }

    /// Steps of all searches so far.
    pub(super) fn effort(&self) -> usize {
        // A record takes many times the work of a character.
        const RECORD: usize = 100;
        match self {
            Group::Boolean { .. } | Group::Ordered(_) | Group::Times(_) => 0,
            Group::Text(of) => of.effort(),
            Group::Set(of) => of.effort(),
            Group::Records(of) => of.space.steps() * RECORD,
            Group::Apps(of) => of.ids.effort() + of.steps() * RECORD,
            Group::Identity(of) => {
                let holders = of.holders.iter().map(|holder| holder.space.steps());
                holders.sum::<usize>() * RECORD
            }
        }
    }
}

/// Whether null can be a value of an attribute. In a schema of one's own an optional entity can be
/// missing as a whole.
pub(super) fn can_be_null(schema: &Schema, attribute: &Attribute) -> bool {
    attribute.is_optional || (!schema.is_entra && is_of_optional(schema, attribute))
}

fn is_of_optional(schema: &Schema, attribute: &Attribute) -> bool {
    let entity = entity_of(attribute);
    schema
        .entities
        .iter()
        .any(|known| known.is_optional && known.name == entity)
}

/// The entity of an attribute.
pub(super) fn entity_of(attribute: &Attribute) -> &str {
    attribute
        .name
        .split_once('.')
        .map_or("", |(entity, _)| entity)
}

/// The groups of a space, each with its variables.
pub(super) fn of<'s>(schema: &'s Schema, space: &'s Space) -> Vec<(Group<'s>, Vec<u32>)> {
    let mut rest: BTreeMap<AttributeId, Vec<u32>> = BTreeMap::new();
    for (number, variable) in (0..).zip(&space.variables) {
        rest.entry(variable.attribute).or_default().push(number);
    }
    let mut groups = Vec::new();
    if schema.is_entra {
        groups.extend(apps(schema, space, &mut rest));
        groups.extend(identity(schema, space, &mut rest));
    }
    while let Some(group) = times(schema, space, &mut rest) {
        groups.push(group);
    }
    for (attribute, variables) in rest {
        let Some(info) = schema.attribute(attribute) else {
            continue;
        };
        let can_be_null = can_be_null(schema, info);
        let row = || Row::of(*variables.first()?, space);
        let group = match &info.kind {
            Kind::Boolean => Group::Boolean {
                attribute,
                can_be_null,
            },
            Kind::Set(element) if **element == Kind::Record => {
                let mut of = RecordSpace::default();
                of.add(&variables, space);
                Group::Records(RecordGroup {
                    attribute,
                    space: of,
                    core: Vec::new(),
                })
            }
            Kind::Set(element) => Group::Set(SetGroup::new(attribute, element, &variables, space)),
            kind => match row() {
                Some(row) => Group::Ordered(OrderedGroup {
                    attribute,
                    can_be_null,
                    kind,
                    row,
                }),
                None => {
                    let about = (kind, info.name.as_str(), can_be_null);
                    Group::Text(TextGroup::new(attribute, about, &variables, space))
                }
            },
        };
        groups.push((group, variables));
    }
    groups
}

/// Lists of variables of which all are unknown or none is: those of one attribute, unless a part of
/// what is asked of it can be answered where the rest is not known.
pub(super) fn known_together(schema: &Schema, space: &Space) -> Vec<Vec<u32>> {
    let resources = schema
        .find_attribute("app.resources")
        .filter(|_| schema.is_entra);
    let mut together: BTreeMap<AttributeId, Vec<u32>> = BTreeMap::new();
    for (number, variable) in (0..).zip(&space.variables) {
        let is_open = match &variable.classes {
            Classes::Some(predicate) => predicate.steps().contains(&PredicateStep::Unknown),
            _ => false,
        };
        let is_baseline = schema.attribute(variable.attribute).is_none();
        if !is_open && !is_baseline && Some(variable.attribute) != resources {
            together.entry(variable.attribute).or_default().push(number);
        }
    }
    together
        .into_values()
        .filter(|variables| variables.len() > 1)
        .collect()
}

/// The audiences, where something is asked of their records.
fn apps<'s>(
    schema: &'s Schema,
    space: &'s Space,
    rest: &mut BTreeMap<AttributeId, Vec<u32>>,
) -> Option<(Group<'s>, Vec<u32>)> {
    let ids = schema.find_attribute("app.ids")?;
    let resources = schema.find_attribute("app.resources")?;
    let baseline = AttributeId(u32::try_from(schema.attributes.len()).ok()?);
    if !rest.contains_key(&resources) && !rest.contains_key(&baseline) {
        return None;
    }
    let Kind::Set(element) = &schema.attribute(ids)?.kind else {
        return None;
    };
    let mut take = |attribute| rest.remove(&attribute).unwrap_or_default();
    let (of_ids, of_resources, of_baseline) = (take(ids), take(resources), take(baseline));
    let variables = [of_ids.as_slice(), &of_resources, &of_baseline].concat();
    let ids = SetGroup::new(ids, element, &of_ids, space);
    let (resources, baseline) = ((resources, &*of_resources), (baseline, &*of_baseline));
    let group = AppGroup::new(ids, resources, baseline, space);
    Some((Group::Apps(group), variables))
}

/// Who signs in, where something is asked of the records of identities.
fn identity<'s>(
    schema: &'s Schema,
    space: &'s Space,
    rest: &mut BTreeMap<AttributeId, Vec<u32>>,
) -> Option<(Group<'s>, Vec<u32>)> {
    let identity = schema.find_attribute("signIn.identity")?;
    let info = schema.attribute(identity)?;
    let mut holders = Vec::new();
    let mut all = Vec::new();
    let named = [
        ("servicePrincipal.attributes", "serviceprincipal"),
        ("agent.attributes", "agentidentity"),
    ];
    for (name, of) in named {
        let Some(attribute) = schema.find_attribute(name) else {
            continue;
        };
        let Some(variables) = rest.remove(&attribute) else {
            continue;
        };
        let mut records = RecordSpace::default();
        records.add(&variables, space);
        all.extend(variables.iter().copied());
        holders.push(Holder {
            attribute,
            of,
            space: records,
            variables: variables.into_iter().collect(),
        });
    }
    if holders.is_empty() {
        return None;
    }
    let own = rest.remove(&identity).unwrap_or_default();
    all.extend(own.iter().copied());
    let about = (&info.kind, info.name.as_str(), can_be_null(schema, info));
    let group = IdentityGroup {
        identity: TextGroup::new(identity, about, &own, space),
        holders,
    };
    Some((Group::Identity(group), all))
}

/// The first difference that something is asked of, with all times and differences that hang
/// together with it.
fn times<'s>(
    schema: &'s Schema,
    space: &'s Space,
    rest: &mut BTreeMap<AttributeId, Vec<u32>>,
) -> Option<(Group<'s>, Vec<u32>)> {
    let ends = |attribute: &AttributeId| schema.attribute(*attribute)?.difference;
    let asked: Vec<(AttributeId, (AttributeId, AttributeId))> = rest
        .keys()
        .filter_map(|attribute| Some((*attribute, ends(attribute)?)))
        .collect();
    let mut together: BTreeSet<AttributeId> = BTreeSet::new();
    let (_, (first, second)) = asked.first()?;
    together.extend([*first, *second]);
    loop {
        let before = together.len();
        for (_, (first, second)) in &asked {
            if together.contains(first) || together.contains(second) {
                together.extend([*first, *second]);
            }
        }
        if together.len() == before {
            break;
        }
    }
    let mut variables = Vec::new();
    let mut row_of = |attribute: &AttributeId| {
        let own = rest.remove(attribute)?;
        variables.extend(own.iter().copied());
        Row::of(*own.first()?, space)
    };
    let mut times = Vec::new();
    let mut place_of = BTreeMap::new();
    for attribute in &together {
        let info = schema.attribute(*attribute);
        place_of.insert(*attribute, times.len());
        times.push(Time {
            attribute: *attribute,
            can_be_null: info.is_some_and(|info| can_be_null(schema, info)),
            row: row_of(attribute),
        });
    }
    let mut differences = Vec::new();
    for (attribute, (first, second)) in asked {
        let Some((first, second)) = place_of
            .get(&first)
            .copied()
            .zip(place_of.get(&second).copied())
        else {
            continue;
        };
        if let Some(row) = row_of(&attribute) {
            differences.push(Difference {
                attribute,
                row,
                first,
                second,
            });
        }
    }
    Some((Group::Times(TimesGroup { times, differences }), variables))
}
