//! Comparing two policy sets over all sign-ins.
//!
//! What is decided differently comes in classes, each with the smallest sign-in of it as a request.
//! What is written differently is told beside it, so that a change of the text alone can be called
//! one.
//!
//! INVARIANT: a class whose witness the reference evaluator does not decide differently on both
//! sides, and in the way that is claimed, says so; then nobody may rely on the answer.

mod compliance;
mod people;
mod texts;
mod witness;

use std::collections::BTreeSet;

use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::{self, Census, Class, DiffOptions, Direction, Scope, Step};
use gatewright_analysis::request::Proofs;
use gatewright_analysis::words::{self, sentence, worth_telling};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Control, Edition, Policy, PolicySet};
use gatewright_hir::schema::Schema;
use gatewright_interop::Directory;
use gatewright_value::fold;
use gatewright_value::vocabulary::{BuiltInControl, State};
use serde_json::Value;

use crate::proving::with_policies;
use crate::proving::within::said;
use crate::regions::{Region, Regions};

pub use compliance::ComplianceCause;
pub use people::Affected;
pub use texts::{PolicyChange, TextAspect};
pub use witness::Decided;
pub(crate) use witness::Jury;

use crate::Compilation;

/// How to compare.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// What is taken for granted of sign-ins.
    pub assumptions: Assumptions,
    /// How far searches may go.
    pub budget: Budget,
    /// Only sign-ins to which this one speaks, by the names of the new set. What it leaves out,
    /// who signs in or what is asked for, does not narrow.
    pub within: Option<Invariant>,
}

/// How two sets differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The editions by which the two are read.
    pub editions: [Edition; 2],
    /// What is decided differently; none if every sign-in is decided alike.
    pub classes: Vec<Changed>,
    /// The policies that are written differently.
    pub policies: Vec<PolicyChange>,
    /// Whether the sources are the same, letter by letter.
    pub is_same_text: bool,
    /// What the comparison does not look into.
    pub notes: Vec<String>,
    /// What was exhausted before every class was found.
    pub exhausted: Option<String>,
    /// Whether there are further classes, which are not listed.
    pub has_further: bool,
    /// How many people were counted.
    pub people: Option<usize>,
}

/// Sign-ins that are decided differently in the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Whether more or less is demanded.
    pub direction: Direction,
    /// What only the old set demands of the sign-in that is told.
    pub dropped: Vec<Told>,
    /// What only the new set demands of it.
    pub added: Vec<Told>,
    /// What else only the old set demands, of other sign-ins of the class.
    pub also_dropped: Vec<Told>,
    /// What else only the new set demands, of others.
    pub also_added: Vec<Told>,
    /// Who is concerned, as regions that may overlap.
    pub regions: Vec<Region>,
    /// Whether the regions are all of it.
    pub is_covered: bool,
    /// The smallest sign-in of the class, in words.
    pub sentence: String,
    /// The same as a request.
    pub request: Value,
    /// What each side decides there, says the reference evaluator: the old one, then the new one.
    pub decided: [Decided; 2],
    /// Whether it confirms that the two differ, and as claimed.
    pub is_confirmed: bool,
    /// The policies that make the difference, of each side.
    pub causes: [Vec<PolicyName>; 2],
    /// Why each side does not count the device as compliant, where that makes the difference.
    pub compliance: [Vec<ComplianceCause>; 2],
    /// How many people are concerned, where they are known.
    pub users: Option<Affected>,
}

/// A demand in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As policies write it: `mfa`, `block`.
    pub name: String,
    /// As people say it: `multifactor authentication`.
    pub words: String,
    /// What kind of thing it is.
    pub kind: DemandKind,
}

/// What kind of thing is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandKind {
    /// Nobody gets in.
    Block,
    /// A control, or one of several.
    Requirement,
    /// A session control.
    Session,
    /// The verdict under a schema of one's own.
    Effect,
    /// An obligation under a schema of one's own.
    Obligation,
    /// Under a schema of one's own: that nothing is decided, as effects conflict.
    Conflict,
}

/// A policy as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is enforced.
    pub state: State,
}

impl Comparison {
    /// Whether no search was given up, and every class is confirmed.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.exhausted.is_none() && self.classes.iter().all(|class| class.is_confirmed)
    }

    /// Whether nothing differs at all, be it only in writing.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        let [old, new] = self.editions;
        self.classes.is_empty() && self.policies.is_empty() && self.is_same_text && old == new
    }
}

/// Why two sets cannot be compared: they speak of different things.
#[must_use]
pub fn incomparable(old: &Compilation, new: &Compilation) -> Option<String> {
    let (old, new) = (&old.set.schema, &new.set.schema);
    if is_same_schema(old, new) {
        return None;
    }
    let names = format!("`{}` and `{}`", old.name, new.name);
    Some(if old.name == new.name {
        format!("the two sets declare the schema `{}` differently", old.name)
    } else {
        format!("the two sets have different schemas, {names}")
    })
}

/// Places and documentation do not matter.
fn is_same_schema(old: &Schema, new: &Schema) -> bool {
    let attributes = |schema: &Schema| -> Vec<_> {
        let all = schema.attributes.iter();
        all.map(|one| (one.name.clone(), one.kind.clone(), one.is_optional))
            .collect()
    };
    let controls = |schema: &Schema| -> Vec<_> {
        schema.controls.iter().map(|one| one.name.clone()).collect()
    };
    let effects =
        |schema: &Schema| -> Vec<_> { schema.effects.iter().map(|one| one.name.clone()).collect() };
    old.is_entra == new.is_entra
        && attributes(old) == attributes(new)
        && controls(old) == controls(new)
        && effects(old) == effects(new)
        && (old.combine, old.otherwise) == (new.combine, new.otherwise)
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareStep {
    /// Differences are looked for.
    Searching(Step),
    /// So many of all people have been looked at.
    People(usize, usize),
}

/// Compare two sets that are not [`incomparable`]. With `people`, those whom each class concerns
/// are counted; `progress` hears how far it has come. Cost: a few searches for each class, and for
/// each kind of person.
#[must_use]
pub fn compare(
    old: &Compilation,
    new: &Compilation,
    options: &CompareOptions,
    people: Option<&Directory>,
    progress: &mut dyn FnMut(CompareStep),
) -> Comparison {
    let within = options.within.iter().map(|one| one.policy.clone());
    let scope = with_policies(&new.set, within.collect());
    let others = options.within.iter().map(|_| &scope);
    let others: Vec<&PolicySet> = others.collect();
    let assumptions = options.assumptions.clone();
    let world = World::comparing(&old.set, &new.set, &others, assumptions);
    let options = DiffOptions {
        budget: options.budget,
        within: options.within.as_ref().map(|within| {
            let (says_who, says_what) = said(within);
            Scope {
                policy: world.policies(diff::NEW + 1).start,
                says_who,
                says_what,
            }
        }),
        ..DiffOptions::default()
    };
    let mut step = |step| progress(CompareStep::Searching(step));
    let difference = diff::diff_in_steps(&world, &options, &mut step);
    let lexicon = lexicon(&old.set, &new.set);
    let teller = Teller {
        world: &world,
        lexicon: &lexicon,
        regions: Regions {
            space: &world.joint.space,
            lexicon: &lexicon,
            ordinary: &difference.ordinary,
            marks: world.marks.as_ref().map(|marks| marks.variables),
        },
        jury: witness::Jury::new(&old.set, &new.set, world.assumptions.with_report_only),
    };
    let classes = difference.classes.iter();
    let mut classes: Vec<Changed> = classes.map(|class| teller.changed(class)).collect();
    if let Some(people) = people.filter(|_| !classes.is_empty()) {
        let census = Census::new(&world, &options, &difference.classes);
        let mut counted = |done, all| progress(CompareStep::People(done, all));
        let counts = people::count(census, &world, people, &mut counted);
        for (class, count) in classes.iter_mut().zip(counts) {
            class.users = Some(count);
        }
    }
    let exhausted = difference
        .exhausted
        .filter(|what| *what != diff::CLASSES_LISTED);
    Comparison {
        editions: [old.set.edition, new.set.edition],
        classes,
        policies: texts::changes(old, new, &world),
        is_same_text: texts::is_same(old, new),
        notes: compliance::notes(&world),
        has_further: difference.exhausted == Some(diff::CLASSES_LISTED),
        exhausted: exhausted.map(|what| format!("{what} are exhausted")),
        people: people.map(|people| people.index().member_ids().count()),
    }
}

/// The objects of both sets by name: what only the old one knows is told by its name too.
fn lexicon(old: &PolicySet, new: &PolicySet) -> PolicySet {
    let mut both = new.clone();
    both.policies.extend(old.policies.iter().cloned());
    // Of two names for an id the first one counts.
    both.names.extend(old.names.iter().cloned());
    both.strengths.extend(old.strengths.iter().cloned());
    let known: BTreeSet<String> = new.locations.iter().map(|one| folded(&one.id)).collect();
    let others = old.locations.iter();
    let others = others.filter(|location| !known.contains(&folded(&location.id)));
    both.locations.extend(others.cloned());
    both
}

fn folded(id: &str) -> String {
    fold(id).into_owned()
}

struct Teller<'a> {
    world: &'a World<'a>,
    lexicon: &'a PolicySet,
    regions: Regions<'a>,
    jury: witness::Jury<'a>,
}

impl Teller<'_> {
    fn changed(&self, class: &Class) -> Changed {
        let facts = &class.witness.facts;
        let request = class.request(self.lexicon);
        let decided = self.jury.decided(&request);
        let ordinary = self.regions.ordinary;
        let is_unusual = |number: u32| {
            let place = number as usize;
            class.witness.classes.get(place) != ordinary.get(place)
        };
        let worth = worth_telling(self.world, facts, &is_unusual);
        let told = |demands: &[Demand]| demands.iter().map(|one| self.told(one)).collect();
        let named = |numbers: &[usize]| numbers.iter().filter_map(|n| self.named(*n)).collect();
        Changed {
            direction: class.direction,
            dropped: told(&class.dropped),
            added: told(&class.added),
            also_dropped: told(&class.also_dropped),
            also_added: told(&class.also_added),
            regions: class
                .cubes
                .iter()
                .map(|cube| self.regions.region(cube))
                .collect(),
            is_covered: class.is_covered,
            sentence: sentence(self.lexicon, &worth, &Proofs::default())
                + &compliance::reported(class),
            is_confirmed: self.jury.confirms(class, &request, &decided),
            decided: decided.map(|decided| self.in_words(decided)),
            request,
            causes: [named(&class.old_causes), named(&class.new_causes)],
            compliance: compliance::causes(self.world, class),
            users: None,
        }
    }

    /// What is owed, by the names that people know.
    fn in_words(&self, mut decided: Decided) -> Decided {
        let owed = decided.missing.iter().map(|clause| {
            let ways: Vec<String> = clause.iter().map(|one| self.spelled(one)).collect();
            ways.join(" or ")
        });
        decided.owed = owed.collect();
        decided
    }

    /// A control as decisions spell it, in words.
    fn spelled(&self, control: &str) -> String {
        let built_in = BuiltInControl::ALL.iter().find(|one| one.name() == control);
        let found = match (built_in, control.split_once(':')) {
            (Some(built_in), _) => Control::BuiltIn(*built_in),
            (None, Some(("strength", id))) => Control::Strength(id.to_owned()),
            (None, Some(("terms", id))) => Control::Terms(id.to_owned()),
            (None, Some((_, id))) => Control::Custom(id.to_owned()),
            (None, None) => return control.to_owned(),
        };
        words::control(self.lexicon, &found)
    }

    fn told(&self, demand: &Demand) -> Told {
        let name = demand.describe(self.lexicon);
        let (kind, words) = match demand {
            Demand::Clause(controls) if controls.is_empty() => (DemandKind::Block, name.clone()),
            Demand::Clause(controls) => {
                let controls = controls.iter();
                let words: Vec<String> = controls
                    .map(|one| words::control(self.lexicon, one))
                    .collect();
                (DemandKind::Requirement, words.join(" or "))
            }
            Demand::Session(_) => (DemandKind::Session, name.clone()),
            Demand::Effect(_) => (DemandKind::Effect, name.clone()),
            Demand::Obligation(_) => (DemandKind::Obligation, name.clone()),
            Demand::Conflict => (DemandKind::Conflict, name.clone()),
        };
        Told { name, words, kind }
    }

    fn named(&self, number: usize) -> Option<PolicyName> {
        self.world.policy(number).map(PolicyName::of)
    }
}

impl PolicyName {
    fn of(policy: &Policy) -> PolicyName {
        PolicyName {
            id: policy.id.clone(),
            name: policy.display_name.clone(),
            state: policy.state,
        }
    }
}
