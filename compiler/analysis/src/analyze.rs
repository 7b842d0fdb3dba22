//! What is wrong with a policy set, over all sign-ins: gaps, policies that do nothing, exclusions,
//! lock-out, conditions that can be dodged.
//!
//! Every question is a search, and has a certificate or a witness. Most are about a set that is a
//! little different (a policy without one exclusion, two policies as one): these *variants* are
//! put over the same space as the set, so that nothing but the question differs.

mod break_glass;
mod gaps;
mod matrix;
mod merging;
mod personas;
mod redundancy;
mod variants;
mod weaknesses;

use batsat::Lit;
use gatewright_decision::{Attributes, Space};
use gatewright_hir::model::{Control, PolicySet};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use crate::demand::{Demand, clauses};
use crate::demands::Demands;
use crate::diff::Witness;
use crate::solver::{Answer, Budget, Model};
use crate::world::{Assumptions, Rail, World};

pub use break_glass::{Entrance, Principal};
pub use gaps::{Gap, Gaps, Region};
pub use matrix::{Access, Cell, Matrix, PLATFORMS, RISKS};
pub use personas::{Persona, PersonaKind};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Which sign-ins can exist, and which policies count.
    pub assumptions: Assumptions,
    /// What each search may cost.
    pub budget: Budget,
    /// Accounts and groups that are to get in whatever happens, by id. Where none is given, those
    /// that most policies exclude are taken to be.
    pub break_glass: Vec<String>,
    /// Whether gaps are looked for by persona.
    pub is_by_persona: bool,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The space of the cubes.
    pub space: Space,
    /// The class of each variable in an ordinary sign-in.
    pub ordinary: Vec<u32>,
    /// Who is to get in whatever happens.
    pub break_glass: Vec<Excluded>,
    /// Where nothing is required.
    pub gaps: Gaps,
    /// What is wrong with policies, in the order of the set.
    pub findings: Vec<Finding>,
    /// Whether those who repair things can get in.
    pub principals: Vec<Principal>,
    /// The weakest way to a token.
    pub matrix: Matrix,
    /// What each policy changes, by policy of the set.
    pub effects: Vec<Effect>,
    /// What ended a search before its answer: the question, and what was exhausted.
    pub exhausted: Vec<(String, &'static str)>,
}

/// Something worth a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The policies that it is about, by place in the set.
    pub policies: Vec<usize>,
    /// The policies that prove it, by place in the set: together they do what is said.
    pub certificate: Vec<usize>,
    /// A sign-in that shows it.
    pub witness: Option<Witness>,
    /// Where to look first.
    pub span: Span,
}

/// What a finding is.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingKind {
    /// No sign-in that can exist meets the policy.
    NeverApplies,
    /// Whatever the policy demands, others demand wherever it applies.
    ChangesNothing,
    /// A report-only policy that would demand nothing new if it were enforced.
    ReportOnlyChangesNothing,
    /// What is excluded is kept out, or asked for as much, by other policies all the same.
    ExclusionWithoutEffect {
        /// What is excluded.
        item: Excluded,
    },
    /// What is excluded meets nothing in place of these policies.
    ExclusionLeavesHole {
        /// What is excluded.
        item: Excluded,
        /// What nobody demands there.
        demand: Demand,
        /// Whether somewhere nothing at all is required in its place.
        is_open: bool,
    },
    /// Session controls that apply together and say different things.
    SessionConflict {
        /// What they are about.
        about: &'static str,
    },
    /// What is required cannot be had where the policy applies, so it blocks.
    CannotBeMet {
        /// What cannot be had.
        controls: Vec<Control>,
        /// Whether that is so wherever the policy applies.
        is_everywhere: bool,
    },
    /// Whoever keeps a fact to himself meets neither these policies nor others in their place.
    CanBeDodged {
        /// What is kept back.
        by: Withheld,
        /// What is escaped, of the first policy.
        demand: Demand,
    },
    /// These policies can be one.
    CanBeMerged {
        /// The dimension in which they differ.
        dimension: &'static str,
    },
}

impl FindingKind {
    /// A stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            FindingKind::NeverApplies => "neverApplies",
            FindingKind::ChangesNothing => "changesNothing",
            FindingKind::ReportOnlyChangesNothing => "reportOnlyChangesNothing",
            FindingKind::ExclusionWithoutEffect { .. } => "exclusionWithoutEffect",
            FindingKind::ExclusionLeavesHole { .. } => "exclusionLeavesHole",
            FindingKind::SessionConflict { .. } => "sessionConflict",
            FindingKind::CannotBeMet { .. } => "cannotBeMet",
            FindingKind::CanBeDodged { .. } => "canBeDodged",
            FindingKind::CanBeMerged { .. } => "canBeMerged",
        }
    }
}

/// What a policy excludes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excluded {
    /// A user, by id.
    User(String),
    /// A group, by id.
    Group(String),
    /// Holders of a role, by id.
    Role(String),
    /// Guests of some types.
    Guests,
    /// A resource, by id.
    App(String),
    /// A group of resources, by name.
    Apps(String),
    /// A platform.
    Platform(String),
    /// A named location, by id.
    Location(String),
    /// Every trusted location.
    TrustedLocations,
}

/// A fact that a client can keep to itself, or make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Withheld {
    /// The platform: the client's own word for itself.
    Platform,
    /// The device: a private window shows none.
    Device,
    /// The country: an address that maps to none.
    Country,
}

/// What a policy changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Without it, this sign-in would be met with less.
    Changes {
        /// What would not be demanded.
        demand: Demand,
        /// The sign-in.
        witness: Witness,
        /// How many cells of the matrix owe what they are to it.
        cells: usize,
    },
    /// Nothing: these demand as much.
    Absorbed(Vec<usize>),
    /// Nothing: it never applies.
    NeverApplies,
    /// Nothing now: it is not enforced.
    NotEnforced,
    /// Nothing: it demands nothing.
    DemandsNothing,
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

/// Analyse a set. `progress` hears what is being looked at, with the steps that are done and those
/// that there are. Cost: some searches for every policy, exclusion and cell of the matrix.
pub fn analyze(
    set: &PolicySet,
    options: &AnalyzeOptions,
    progress: &mut dyn FnMut(&str, usize, usize),
) -> Analysis {
    let (varied, variants) = variants::vary(set);
    let world = World::new(set, &[&varied], options.assumptions.clone());
    let mut analyst = Analyst {
        set,
        world: &world,
        demands: Demands::new(&world, options.budget),
        variants,
        break_glass: Vec::new(),
        findings: Vec::new(),
        exhausted: Vec::new(),
    };
    let mut step = 0;
    let mut tell = |what: &str| {
        progress(what, step, 7);
        step += 1;
    };
    analyst.break_glass = analyst.find_break_glass(&options.break_glass);
    tell("policies that change nothing");
    let mut effects = analyst.redundancy();
    tell("exclusions");
    analyst.exclusions();
    tell("requirements that cannot be met, and facts that can be withheld");
    analyst.unmet();
    analyst.dodges();
    analyst.sessions();
    tell("policies that can be one");
    analyst.merges();
    tell("lock-out");
    let principals = analyst.principals();
    tell("gaps");
    let gaps = analyst.gaps(options.is_by_persona);
    tell("the weakest way to a token");
    let matrix = analyst.matrix(&mut effects);
    let order = |finding: &Finding| (finding.policies.first().copied(), finding.kind.name());
    let mut findings = analyst.findings;
    findings.sort_by(|one, other| order(one).cmp(&order(other)));
    let variables = 0..world.joint.space.variables.len();
    let ordinary = variables.map(|number| {
        let number = u32::try_from(number).ok()?;
        analyst.demands.solver.ordinary(number)
    });
    Analysis {
        ordinary: ordinary.map(Option::unwrap_or_default).collect(),
        break_glass: analyst.break_glass,
        gaps,
        findings,
        principals,
        matrix,
        effects,
        exhausted: analyst.exhausted,
        space: world.joint.space,
    }
}

/// The set that is analysed, by its place in the world.
const SUBJECT: usize = 0;

/// Asks the questions.
struct Analyst<'w> {
    set: &'w PolicySet,
    world: &'w World<'w>,
    demands: Demands<'w>,
    variants: Vec<variants::Variant>,
    /// Who gets in whatever happens.
    break_glass: Vec<Excluded>,
    findings: Vec<Finding>,
    exhausted: Vec<(String, &'static str)>,
}

/// How a question was answered.
enum Found {
    /// There is such a sign-in.
    One(Witness),
    /// There is none, because of these assumptions.
    None(Vec<Lit>),
    /// Nobody knows, which has been noted.
    Unknown,
}

impl<'w> Analyst<'w> {
    /// The variables by the names of attributes.
    fn attributes(&self) -> Attributes<'w> {
        Attributes {
            schema: self.world.schema,
            space: &self.world.joint.space,
        }
    }

    /// The smallest sign-in of which all of these hold.
    fn smallest(&mut self, question: &str, all: &[Lit]) -> Found {
        let answer = self.demands.solver.smallest(all);
        self.answered(question, answer)
    }

    /// Some sign-in of which all of these hold.
    fn find(&mut self, question: &str, all: &[Lit]) -> Found {
        let answer = self.demands.solver.find(all);
        self.answered(question, answer)
    }

    fn answered(&mut self, question: &str, answer: Answer) -> Found {
        match answer {
            Answer::Found(Model { classes, facts }) => Found::One(Witness { classes, facts }),
            Answer::None(core) => Found::None(core),
            Answer::Exhausted(what) => {
                self.exhausted.push((question.to_owned(), what));
                Found::Unknown
            }
        }
    }

    /// The policies of the set in one state, by place.
    fn in_state(&self, state: State) -> Vec<usize> {
        let policies = self.set.policies.iter().enumerate();
        policies
            .filter(|(_, policy)| policy.state == state)
            .map(|(place, _)| place)
            .collect()
    }

    /// What the policies that count, without these, demand: each a proposition with its policy. Of
    /// those who do not get in no session is asked.
    fn others(&mut self, without: &[usize], demand: &Demand, rail: Rail) -> Vec<(Lit, usize)> {
        let numbers = self.demands.enforced(SUBJECT).to_vec();
        let mut found = Vec::new();
        for number in numbers {
            if without.contains(&number) {
                continue;
            }
            let by = self.demands.by(number, demand, rail);
            found.extend(by.map(|lit| (lit, number)));
            if matches!(demand, Demand::Session(_)) {
                let by = self.demands.by(number, &Demand::BLOCK, rail);
                found.extend(by.map(|lit| (lit, number)));
            }
        }
        found
    }

    /// The policies whose propositions are in a core, turned round.
    fn certificate(core: &[Lit], others: &[(Lit, usize)]) -> Vec<usize> {
        let needed = others.iter().filter(|(lit, _)| core.contains(&!*lit));
        let mut numbers: Vec<usize> = needed.map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// That none of the policies that count requires anything.
    fn free(&mut self, scope: &[Lit]) -> Vec<Lit> {
        let mut asked = scope.to_vec();
        for number in self.demands.enforced(SUBJECT).to_vec() {
            let policy = self.world.policy(number);
            if policy.is_some_and(|policy| !clauses(policy).is_empty()) {
                asked.push(!self.demands.solver.policy(number, Rail::Certain));
            }
        }
        asked
    }

    fn name(&self, place: usize) -> String {
        let policy = self.set.policies.get(place);
        policy.map_or_else(String::new, |policy| policy.display_name.clone())
    }

    fn span(&self, place: usize) -> Span {
        let policy = self.set.policies.get(place);
        policy.map_or_else(Span::default, |policy| policy.name_span)
    }
}
