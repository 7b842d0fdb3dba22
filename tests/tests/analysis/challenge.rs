//! Larger sets: every refutation is one for the reference, and every proof stands up to a hundred
//! thousand sign-ins of its scope.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_codegen::MaskUse;
use gatewright_hir::model::{Control, Policy, PolicySet};
use gatewright_reference::{Mode as ReferenceMode, decide};
use gatewright_runtime::{
    AttributeHandle, Batch, Claims, Column, Dictionary, Engine, Mode, Outcomes, Part, Proof,
    Request, Scratch, SessionReport, Verdict as Decided,
};
use gatewright_source::Span;
use gatewright_tests::engines::program;
use gatewright_tests::generate::Random;
use gatewright_tests::harvest;
use gatewright_value::SessionControls;
use gatewright_value::vocabulary::State;
use serde_json::Value;

use crate::is_full;
use crate::missing::Missing;
use crate::oracle::{
    Asked, Oracle, Property, claiming, demands_of, is_as_strict, outcome_of, with_policies,
    without_devices,
};
use crate::pool::{GROUPS, group, merged, possible, representatives};
use crate::proofs::{of_properties, quantifier, told};
use crate::tenants::{self, Tenant};

/// Sign-ins that every proof has to stand up to.
const WANTED: usize = 100_000;
/// Sign-ins that parts are taken from.
const POOL: usize = 160;
/// One of so many is decided by the reference as well.
const SAMPLE: usize = 1000;

/// An engine, and the parts of all sign-ins of a pool as it reads them.
struct Reader {
    engine: Engine,
    columns: Vec<Dictionary>,
    mode: Mode,
}

/// For each group, sign-ins that have it.
struct Pool {
    /// These have all groups.
    drawn: Vec<Value>,
    /// These have one that is worth looking at.
    more: [Vec<Value>; GROUPS],
    /// This one is in the scope.
    inside: Value,
}

impl Pool {
    /// The place of the one in the scope.
    fn base(&self, group: usize) -> u32 {
        u32::try_from(self.drawn.len() + self.more[group].len()).unwrap()
    }

    fn sign_in(&self, group: usize, place: usize) -> &Value {
        let all = self.drawn.iter().chain(&self.more[group]);
        all.chain([&self.inside]).nth(place).unwrap()
    }
}

impl Reader {
    fn new(set: &PolicySet, pool: &Pool, mode: Mode) -> Reader {
        let engine = Engine::from_program(program(set, MaskUse::Always)).unwrap();
        let mut groups: [Vec<AttributeHandle>; GROUPS] = Default::default();
        for row in &engine.program().attributes {
            groups[group(&row.name)].extend(engine.attribute(&row.name));
        }
        let mut scratch = Scratch::default();
        let read = |sign_in: &Value| {
            let text = sign_in.to_string();
            let request = Request::from_json(&engine, text.as_bytes());
            request
                .unwrap_or_else(|error| panic!("{error}: {text}"))
                .into_owned()
        };
        let drawn: Vec<Request<'_>> = pool.drawn.iter().map(read).collect();
        let inside = read(&pool.inside);
        let columns = groups.iter().zip(&pool.more).map(|(group, more)| {
            let more: Vec<Request<'_>> = more.iter().map(read).collect();
            let all = drawn.iter().chain(&more).chain([&inside]);
            let parts = all.map(|request| {
                let group = group.iter().copied();
                let part = engine.encode_part(request, group, &mut scratch, mode);
                part.unwrap()
            });
            engine.dictionary(parts.collect::<Vec<Part>>()).unwrap()
        });
        let columns = columns.collect();
        Reader {
            columns,
            engine,
            mode,
        }
    }

    /// Decide rows, each a place in the pool for every group. `None` where there are too many
    /// demands for a batch.
    fn decide(&self, rows: &[[u32; GROUPS]], proofs: &[Control]) -> Option<Outcomes> {
        let codes: Vec<Vec<u32>> = (0..GROUPS)
            .map(|group| rows.iter().map(|row| row[group]).collect())
            .collect();
        let columns = self.columns.iter().zip(&codes);
        let columns: Vec<Column<'_>> = columns
            .map(|(dictionary, codes)| Column { dictionary, codes })
            .collect();
        let proofs: [Proof; 1] = [self.engine.prove(&claims(proofs))];
        let batch = Batch {
            columns: &columns,
            proofs: &proofs,
            proof_codes: &[],
            mode: self.mode,
        };
        let mut outcomes = Outcomes::default();
        self.engine.decide_batch(&batch, 1, &mut outcomes).ok()?;
        Some(outcomes)
    }
}

fn claims(proofs: &[Control]) -> Claims<'static> {
    let mut claims = Claims::default();
    for proof in proofs {
        match proof {
            Control::BuiltIn(control) => claims.control(*control),
            Control::Strength(id) => claims.strength(id.clone()),
            Control::Terms(id) => claims.terms(id.clone()),
            Control::Custom(id) => claims.custom(id.clone()),
            Control::Own(_) => {}
        }
    }
    claims
}

/// A proof, and what would refute it.
struct Challenge<'a> {
    tenant: &'a Tenant,
    property: &'a Property,
    asked: Asked,
    pool: &'a Pool,
    /// Everything that can be proved without what is asked for.
    proofs: Vec<Control>,
    /// What the tenant decides.
    decides: PolicySet,
    /// The invariant as the only policy, which says whom it is about and who has what it asks for.
    scope: PolicySet,
}

impl Challenge<'_> {
    /// How many sign-ins of the scope the proof has stood up to.
    fn run(&self, random: &mut Random, decides: &Reader) -> Result<Option<usize>, String> {
        // What is missing may make it a sign-in of the scope.
        let scope = Reader::new(&self.scope, self.pool, Mode::Pessimistic);
        let is_meant = |verdict: &Decided| *verdict != Decided::NotApplicable;
        let bases: [u32; GROUPS] = std::array::from_fn(|group| self.pool.base(group));
        let mut fitting: Vec<Vec<u32>> = Vec::new();
        for group in 0..GROUPS {
            let rows: Vec<[u32; GROUPS]> = (0..=bases[group])
                .map(|one| {
                    let mut row = bases;
                    row[group] = one;
                    row
                })
                .collect();
            let outcomes = scope
                .decide(&rows, &self.proofs)
                .ok_or("a small set, not decided")?;
            let verdicts = (0..=bases[group]).zip(outcomes.verdicts());
            fitting.push(
                verdicts
                    .filter(|(_, v)| is_meant(v))
                    .map(|(one, _)| one)
                    .collect(),
            );
            if fitting[group].is_empty() {
                return Err("what is in the scope, is not".to_owned());
            }
        }
        let mut seen: HashSet<[u32; GROUPS]> = HashSet::new();
        let mut sessions: HashMap<u64, bool> = HashMap::new();
        let mut inside = 0;
        for _ in 0..40 {
            let mut rows = Vec::new();
            for _ in 0..WANTED / 4 {
                let mut row = [0; GROUPS];
                for (place, fitting) in row.iter_mut().zip(&fitting) {
                    *place = *random.pick(fitting);
                }
                if seen.insert(row) {
                    rows.push(row);
                }
            }
            let meant = scope
                .decide(&rows, &self.proofs)
                .ok_or("a small set, not decided")?;
            let Some(decided) = decides.decide(&rows, &self.proofs) else {
                return Ok(None);
            };
            for (place, row) in rows.iter().enumerate() {
                let (meant, verdict) = (meant.verdicts()[place], decided.verdicts()[place]);
                if !is_meant(&meant) {
                    continue;
                }
                inside += 1;
                let is_in = matches!(verdict, Decided::Grant | Decided::NotApplicable);
                let stands = match &self.asked {
                    Asked::Session(wanted) => {
                        let bits = decided.sessions()[place];
                        let is_enough = || self.is_enough(decides, &decided, place, wanted);
                        !is_in || *sessions.entry(bits).or_insert_with(is_enough)
                    }
                    _ if !self.property.is_always => is_in,
                    _ => !is_in || meant == Decided::Grant,
                };
                let said = || {
                    let groups = row.iter().enumerate();
                    let groups = groups.map(|(group, at)| self.pool.sign_in(group, *at as usize));
                    let groups: Vec<&Value> = groups.collect();
                    merged(groups.try_into().unwrap())
                };
                if !stands {
                    return Err(format!("{}: {}", self.property.name, said()));
                }
                if inside % SAMPLE == 0 {
                    let request = claiming(&said(), &self.proofs);
                    let mode = match decides.mode {
                        Mode::Graph => ReferenceMode::Graph,
                        Mode::Pessimistic => ReferenceMode::Pessimistic,
                    };
                    let decision = decide(&self.decides, &request, mode, None);
                    let decision = decision.map_err(|error| format!("{error}: {request}"))?;
                    if decision["verdict"] != verdict.name() {
                        return Err(format!("engine {}: {request}", verdict.name()));
                    }
                }
            }
            if inside >= WANTED {
                return Ok(Some(inside));
            }
        }
        Err(format!(
            "{}, {}: only {inside} sign-ins of the scope: {:?}",
            self.tenant.name,
            self.property.name,
            fitting.iter().map(Vec::len).collect::<Vec<_>>()
        ))
    }

    fn is_enough(
        &self,
        of: &Reader,
        outcomes: &Outcomes,
        row: usize,
        wanted: &SessionControls,
    ) -> bool {
        let outcome = of.engine.outcome(outcomes, row).unwrap();
        let session = serde_json::to_value(SessionReport(outcome.session())).unwrap();
        is_as_strict(&session, wanted)
    }
}

#[derive(Default)]
struct Counted {
    proved: usize,
    vacuous: usize,
    refuted: usize,
    challenged: usize,
    sign_ins: usize,
    left_out: usize,
    unknown: usize,
    represented: usize,
    classes: usize,
    proving: Duration,
}

/// Decide every property of a tenant, confirm what is refuted, and challenge what is proved.
fn check(tenant: &Tenant, missing: Missing, seed: u64, counted: &mut Counted) -> Vec<String> {
    let Tenant {
        set, properties, ..
    } = tenant;
    let mut failures = Vec::new();
    let claimed = of_properties(set, properties);
    let assumptions = Assumptions {
        with_report_only: true,
        ..missing.assumptions()
    };
    let world = World::new(set, &[&claimed], assumptions);
    let started = Instant::now();
    let mut prover = Prover::new(&world, 0, Budget::default());
    let verdicts: Vec<Verdict> = properties
        .iter()
        .zip(world.policies(1))
        .map(|(property, number)| prover.decide(number, quantifier(property)))
        .collect();
    counted.proving += started.elapsed();
    let oracle = Oracle::new(set, true, properties);
    let mut random = Random::new(seed);
    let facts = harvest::Facts::of(&with_policies(
        set,
        [set.policies.clone(), claimed.policies.clone()].concat(),
    ));
    let draw = |_| possible(facts.sign_in(&mut random, &set.schema), missing);
    let mut pool = Pool {
        drawn: (0..POOL).map(draw).collect(),
        more: Default::default(),
        inside: Value::Null,
    };
    let represented = representatives(&world, missing);
    counted.represented += represented.covered;
    counted.classes += represented.classes;
    for (group, sign_in) in represented.sign_ins {
        pool.more[group].push(sign_in);
    }
    for (property, verdict) in properties.iter().zip(&verdicts) {
        match verdict {
            Verdict::Unknown(what) => {
                println!("{}, {}: nobody knows: {what}", tenant.name, property.name);
                counted.unknown += 1;
            }
            Verdict::Refuted(shown) => {
                counted.refuted += 1;
                let witness = request(set, &shown.facts, &Proofs::default());
                if oracle.refutes(&oracle.case(property), &witness) != Some(true) {
                    let what = format!("{}: refuted by what does not refute", tenant.name);
                    failures.push(told(
                        &what,
                        &with_policies(set, Vec::new()),
                        property,
                        &witness,
                        verdict,
                    ));
                }
            }
            Verdict::Proved {
                is_vacuous: true, ..
            } => counted.vacuous += 1,
            Verdict::Proved { .. } => {
                counted.proved += 1;
                for asked in demands_of(&property.policy.outcome) {
                    let Some(inside) = somewhere(set, &property.policy) else {
                        // A scope that only what is missing can put somebody into.
                        match missing {
                            Missing::Nothing => {
                                failures.push(format!("{}: nobody is in the scope", property.name))
                            }
                            _ => counted.left_out += 1,
                        }
                        continue;
                    };
                    pool.inside = possible(inside, missing);
                    match challenge(tenant, property, asked, &oracle, &pool, &mut random) {
                        Ok(Some(sign_ins)) => {
                            counted.challenged += 1;
                            counted.sign_ins += sign_ins;
                        }
                        Ok(None) => counted.left_out += 1,
                        Err(failure) => failures.push(format!("{}: {failure}", tenant.name)),
                    }
                }
            }
        }
    }
    failures
}

/// A sign-in that a policy applies to.
fn somewhere(set: &PolicySet, policy: &Policy) -> Option<Value> {
    let blocking = Policy {
        outcome: outcome_of(&[]),
        ..policy.clone()
    };
    let (nothing, asked) = (
        with_policies(set, Vec::new()),
        with_policies(set, vec![blocking]),
    );
    let world = World::new(&nothing, &[&asked], Assumptions::default());
    let mut prover = Prover::new(&world, 0, Budget::default());
    let always = gatewright_hir::invariant::Quantifier::Always(Span::default());
    match prover.decide(world.policies(1).start, always) {
        Verdict::Refuted(shown) => Some(request(set, &shown.facts, &Proofs::default())),
        _ => None,
    }
}

fn challenge(
    tenant: &Tenant,
    property: &Property,
    asked: Asked,
    oracle: &Oracle,
    pool: &Pool,
    random: &mut Random,
) -> Result<Option<usize>, String> {
    let clauses = demands_of(&property.policy.outcome).len();
    let (mut scope, mut decides) = (property.policy.clone(), oracle.set().clone());
    scope.state = State::Enabled;
    match &asked {
        // Several things that are never asked for together, or a session control that is not set,
        // are no matter of who gets in.
        _ if !property.is_always && clauses > 1 => return Ok(None),
        Asked::Session(_) if !property.is_always => return Ok(None),
        Asked::Session(_) => scope.outcome = outcome_of(&[]),
        Asked::Clause(controls) if property.is_always => scope.outcome = outcome_of(controls),
        Asked::Clause(controls) => {
            scope.outcome = outcome_of(&[]);
            decides = without_devices(&decides, controls).unwrap_or(decides);
        }
        _ => return Ok(None),
    }
    let challenge = Challenge {
        proofs: oracle.avoiding(&asked),
        scope: with_policies(&decides, vec![scope]),
        tenant,
        property,
        asked,
        pool,
        decides,
    };
    let mode = match property.is_always {
        true => Mode::Graph,
        false => Mode::Pessimistic,
    };
    let reader = Reader::new(&challenge.decides, pool, mode);
    challenge.run(random, &reader)
}

#[test]
fn refutations_are_confirmed_and_proofs_stand_up_to_a_hundred_thousand_sign_ins() {
    challenge_all(Missing::Nothing);
}

#[test]
fn proofs_stand_up_to_a_hundred_thousand_sign_ins_of_which_facts_are_missing() {
    challenge_all(Missing::Facts);
}

fn challenge_all(missing: Missing) {
    let started = Instant::now();
    let mut tenants = tenants::all(if is_full() { 12 } else { 3 });
    if missing != Missing::Nothing && !is_full() {
        // Where facts are missing most claims about the others do not hold.
        tenants.retain(|tenant| tenant.name.starts_with("random"));
    }
    let mut counted = Counted::default();
    let mut failures = Vec::new();
    for (seed, tenant) in (0u64..).zip(&tenants) {
        failures.extend(check(tenant, missing, seed, &mut counted));
    }
    println!(
        "{} sets ({missing:?} missing): {} refuted and confirmed, {} proved, {} of nothing; {} \
         challenged by {} sign-ins of their scopes, {} are no matter of who gets in, {} nobody \
         knows; {} of {} classes have a sign-in; {:?} to prove, {:?} in all",
        tenants.len(),
        counted.refuted,
        counted.proved,
        counted.vacuous,
        counted.challenged,
        counted.sign_ins,
        counted.left_out,
        counted.unknown,
        counted.represented,
        counted.classes,
        counted.proving,
        started.elapsed()
    );
    for failure in failures.iter().take(8) {
        println!("{failure}");
    }
    assert!(counted.sign_ins >= counted.challenged * WANTED);
    assert!(counted.challenged > 0);
    // Budgets are for what nobody writes.
    assert!(counted.unknown * 20 <= counted.refuted + counted.proved + counted.unknown);
    assert!(failures.is_empty(), "{} failures", failures.len());
}
