//! What an analysis of a set found, in words.
//!
//! Beside what [`gatewright_analysis::analyze`] looks for stand the project's own invariants and the
//! library of controls, so that one run answers what people ask first.
//!
//! INVARIANT: a sign-in that the reference evaluator does not confirm is told as a disagreement, and
//! nobody may rely on what it was to show.

mod controls;
mod effects;
mod findings;
mod gaps;
mod matrix;
mod naming;
mod witness;

use gatewright_analysis::analyze::{self as analysis, Analysis, Entrance, Excluded};
use gatewright_analysis::{Assumptions, Budget};
use gatewright_hir::model::PolicySet;
use gatewright_source::Span;
use gatewright_value::vocabulary::State;
use serde_json::Value;

pub use naming::break_glass;

use self::naming::{excluded, quoted};
use self::witness::Court;
use crate::Compilation;
use crate::proving::{Named, Proof, ProofOutcome, ProveOptions, population, prove};
use crate::regions::Region;

/// How to analyse.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// What is taken for granted. Groups and roles that nobody has, as a complete directory tells
    /// them, are added to its population.
    pub assumptions: Assumptions,
    /// How far searches may go.
    pub budget: Budget,
    /// The ids of those who are to get in whatever happens ([`break_glass`]); where there are none,
    /// they are guessed.
    pub break_glass: Vec<String>,
    /// Whether gaps are looked for by persona.
    pub is_by_persona: bool,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyzed {
    /// Who is to get in whatever happens: ``the group `BreakGlass` ``.
    pub break_glass: Vec<String>,
    /// Whether that was guessed.
    pub is_guessed: bool,
    /// How the project's invariants were decided.
    pub invariants: Vec<Property>,
    /// How the library of controls was decided, without those who are to get in whatever happens.
    pub controls: Vec<Property>,
    /// Where nothing is required.
    pub gaps: Vec<ToldGap>,
    /// Whether these are all gaps.
    pub has_all_gaps: bool,
    /// Whether gaps and ways in were looked for: a schema of one's own has no users.
    pub asks_for_users: bool,
    /// Whether those who repair things can get in.
    pub entrances: Vec<ToldEntrance>,
    /// What is wrong with policies, worst first.
    pub findings: Vec<ToldFinding>,
    /// The weakest way to a token.
    pub matrix: Vec<MatrixRow>,
    /// What each policy changes, in the order of the set.
    pub effects: Vec<PolicyEffect>,
    /// Questions that were not answered, with what was exhausted.
    pub exhausted: Vec<String>,
    /// What the reference evaluator does not confirm.
    pub disagreements: Vec<String>,
}

/// A property of all sign-ins.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// How it was decided. Of a control, its places are not places of the project.
    pub proof: Proof,
    /// Why it is there.
    pub docs: String,
    /// Whether it is one of the few that people ask about first.
    pub is_headline: bool,
}

/// A sign-in that shows something.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldWitness {
    /// In words.
    pub sentence: String,
    /// As everything that decides reads it.
    pub request: Value,
    /// Whether the reference evaluator finds what it is to show.
    pub is_confirmed: bool,
}

/// Sign-ins at which nothing is required.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldGap {
    /// Whose, if that was asked.
    pub persona: Option<String>,
    /// In what they are not ordinary; `ordinary sign-ins`, if in nothing.
    pub sentence: String,
    /// What they leave out, in the first of their regions: people, resources and places.
    pub except: Vec<String>,
    /// What they leave out beside that, each some facts together: what any of their regions lacks.
    pub unless: Vec<String>,
    /// All of them, in regions that may overlap.
    pub regions: Vec<ToldRegion>,
    /// One of them.
    pub witness: ToldWitness,
}

/// Sign-ins that share some facts, without some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldRegion {
    /// What they share.
    pub within: Region,
    /// What none of them has.
    pub without: Vec<Region>,
}

/// Whether somebody can get in.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldEntrance {
    /// Who.
    pub who: String,
    /// What was asked of them.
    pub claim: &'static str,
    /// Whether it is so; `None` if nobody knows.
    pub holds: Option<bool>,
    /// Why.
    pub because: String,
    /// The policies that keep them out.
    pub by: Vec<Named>,
    /// A sign-in that shows it.
    pub witness: Option<ToldWitness>,
}

/// How bad a finding is, worst first. All but notes are warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody stays out who is to get in, or gets in who is to stay out.
    High,
    /// Less is protected than it seems.
    Medium,
    /// Nothing is less protected, and something is not as it was meant.
    Low,
    /// Good to know.
    Note,
}

/// Something worth a word.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldFinding {
    /// A stable name: `canBeDodged`.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// In few words.
    pub title: &'static str,
    /// What is so. Names stand between backticks.
    pub sentence: String,
    /// What to do.
    pub advice: String,
    /// The policies that it is about.
    pub policies: Vec<Named>,
    /// The policies that prove it.
    pub certificate: Vec<String>,
    /// A sign-in that shows it.
    pub witness: Option<ToldWitness>,
    /// Where to look first.
    pub span: Span,
}

/// A row of the matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixRow {
    /// Who: `Members`.
    pub persona: String,
    /// Who they are, in few words.
    pub about: String,
    /// By platform, and within that by risk.
    pub cells: Vec<Vec<MatrixCell>>,
}

/// What somebody needs on a platform at a risk.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixCell {
    /// What everybody needs there who gets a token.
    pub access: analysis::Access,
    /// The sign-in that gets by with nothing.
    pub witness: Option<ToldWitness>,
}

/// A policy, and what it does for the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyEffect {
    /// The policy.
    pub policy: Named,
    /// Its state.
    pub state: State,
    /// Whom and what it is about.
    pub scope: String,
    /// What it asks for.
    pub asks: String,
    /// What would be different without it.
    pub effect: ToldEffect,
}

/// What a policy does that no other does.
#[derive(Clone, Debug, PartialEq)]
pub enum ToldEffect {
    /// Without it, less would be demanded.
    Changes {
        /// What would not be demanded, in words.
        demand: String,
        /// A sign-in of which it would not be.
        witness: ToldWitness,
        /// How many cells of the matrix are what they are by a proof that uses it.
        cells: usize,
    },
    /// Nothing: these demand as much.
    Absorbed(Vec<String>),
    /// Nothing: it never applies.
    NeverApplies,
    /// Nothing now: it is not enforced.
    NotEnforced,
    /// Nothing: it demands nothing.
    DemandsNothing,
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

impl Analyzed {
    /// Whether anything is wrong: a warning, a lock-out, or a broken invariant of the project.
    #[must_use]
    pub fn has_wrong(&self) -> bool {
        self.findings
            .iter()
            .any(|one| one.severity != Severity::Note)
            || self.entrances.iter().any(|one| one.holds == Some(false))
            || self.invariants.iter().any(Property::is_refuted)
    }

    /// Whether everything that was asked was answered, and confirmed.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let mut properties = self.invariants.iter().chain(&self.controls);
        self.exhausted.is_empty()
            && self.disagreements.is_empty()
            && !properties.any(|one| matches!(one.proof.outcome, ProofOutcome::Undecided(_)))
    }

    /// How many cells of the matrix there are.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.matrix
            .iter()
            .flat_map(|row| &row.cells)
            .map(Vec::len)
            .sum()
    }
}

impl Property {
    /// Whether there is a sign-in that breaks it.
    #[must_use]
    pub fn is_refuted(&self) -> bool {
        matches!(self.proof.outcome, ProofOutcome::Refuted(_))
    }
}

/// Analyse a set. `progress` hears what is being looked at, with the steps that are done and those
/// that there are. Cost: some searches for every policy, exclusion and cell of the matrix.
#[must_use]
pub fn analyze(
    compilation: &Compilation,
    options: &AnalyzeOptions,
    progress: &mut dyn FnMut(&str, usize, usize),
) -> Analyzed {
    let set = &compilation.set;
    let mut assumptions = options.assumptions.clone();
    population::add(&mut assumptions.population, compilation);
    let asked = analysis::AnalyzeOptions {
        assumptions,
        budget: options.budget,
        break_glass: options.break_glass.clone(),
        is_by_persona: options.is_by_persona,
    };
    let mut step = 0;
    let found = analysis::analyze(set, &asked, &mut |what, done, all| {
        step = all;
        progress(what, done, all + PROPERTY_STEPS);
    });
    let all = step + PROPERTY_STEPS;
    progress("invariants", step, all);
    let proving = ProveOptions {
        assumptions: options.assumptions.clone(),
        budget: options.budget,
        within: None,
    };
    let proofs = prove(
        compilation,
        &compilation.invariants,
        &proving,
        &mut |_, _| {},
    );
    let invariants = compilation
        .invariants
        .iter()
        .zip(proofs)
        .map(|(one, proof)| Property {
            proof,
            docs: one.docs.clone(),
            is_headline: false,
        });
    let invariants = invariants.collect();
    progress("controls", step + 1, all);
    let controls = controls::decide(compilation, &found.break_glass, &proving);
    progress("", all, all);
    let court = Court::new(set, asked.assumptions.with_report_only);
    let teller = Teller {
        set,
        analysis: &found,
        court: &court,
    };
    let told = teller.told(options, invariants, controls);
    Analyzed {
        disagreements: court.disagreements(),
        ..told
    }
}

/// How many steps come after those of the analysis itself.
const PROPERTY_STEPS: usize = 2;

struct Teller<'a> {
    set: &'a PolicySet,
    analysis: &'a Analysis,
    court: &'a Court<'a>,
}

impl Teller<'_> {
    fn told(
        &self,
        options: &AnalyzeOptions,
        invariants: Vec<Property>,
        controls: Vec<Property>,
    ) -> Analyzed {
        let found = self.analysis;
        let glass = found.break_glass.iter();
        let exhausted = found.exhausted.iter();
        let mut exhausted: Vec<String> = exhausted
            .map(|(question, what)| format!("{question}: {what} are exhausted"))
            .collect();
        exhausted.dedup();
        Analyzed {
            break_glass: glass.map(|who| excluded(self.set, who)).collect(),
            is_guessed: options.break_glass.is_empty(),
            invariants,
            controls,
            gaps: self.gaps(),
            has_all_gaps: found.gaps.is_complete,
            asks_for_users: self.set.schema.is_entra,
            entrances: found
                .principals
                .iter()
                .map(|one| self.entrance(one))
                .collect(),
            findings: self.findings(),
            matrix: self.matrix(),
            effects: self.effects(),
            exhausted,
            disagreements: Vec::new(),
        }
    }

    fn entrance(&self, principal: &analysis::Principal) -> ToldEntrance {
        let who = match &principal.who {
            Some(who) => excluded(self.set, who),
            None => "administrators".to_owned(),
        };
        let is_group = matches!(principal.who, Some(Excluded::Group(_)));
        let claim = match (&principal.who, is_group) {
            (None, _) => "can get in at least somewhere",
            (Some(_), true) => "members of it always get in, given the right proofs",
            (Some(_), false) => "always gets in, given the right proofs",
        };
        let named = |places: &[usize]| -> Vec<Named> {
            places
                .iter()
                .filter_map(|place| self.named(*place))
                .collect()
        };
        let (holds, because, by, witness) = match &principal.entrance {
            Entrance::Always => {
                let because = "No policy blocks any such sign-in, and none asks for something that \
                    cannot be had there.";
                (Some(true), because.to_owned(), Vec::new(), None)
            }
            Entrance::Somewhere(witness) => {
                let told = self.court.not_blocked("an entrance", witness);
                (
                    Some(true),
                    "One way in is enough.".to_owned(),
                    Vec::new(),
                    Some(told),
                )
            }
            Entrance::NotAt(witness, by) => {
                let by = named(by);
                let because = format!("{} can keep them out.", quoted(&by));
                let told = self.court.blocked("a lock-out", witness);
                (Some(false), because, by, Some(told))
            }
            Entrance::Never(by) => {
                let by = named(by);
                let because = format!("{} leave no way in.", quoted(&by));
                (Some(false), because, by, None)
            }
            Entrance::Unknown => (None, "Nobody knows.".to_owned(), Vec::new(), None),
        };
        ToldEntrance {
            who,
            claim,
            holds,
            because,
            by,
            witness,
        }
    }

    fn named(&self, place: usize) -> Option<Named> {
        let policy = self.set.policies.get(place)?;
        Some(Named {
            name: policy.display_name.clone(),
            span: policy.name_span,
        })
    }
}
