//! Reference = DAG = bytecode = every quicker way to decide, on random policy sets and random
//! sign-ins, after save and load.
//!
//! The quicker ways, in memory, from bytes and from parts, with the list and combined, decide one
//! sign-in of [some](EVERY_WAY), and these also together, as a batch. `GATEWRIGHT_DECISIONS` says how many decisions to compare (25 000 unless told), and
//! `GATEWRIGHT_SEED` where to begin. A failure prints the seed, the smallest set found that still
//! shows it, the request and the members that differ. Native code: `runtime/jit/tests`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use std::sync::Arc;

use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::{Attribute, AttributeId, Schema};
use gatewright_runtime::{Mode, Scratch};
use gatewright_source::Span;
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::probes;
use gatewright_value::Kind;
use serde_json::Value;

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

/// Sizes of sets: mostly small ones, where a single policy's mistake shows; some of a tenant's size.
const SIZES: &[usize] = &[1, 1, 1, 2, 2, 3, 3, 5, 5, 8, 13, 21, 40, 80, 150, 300];

/// Decisions of an ordinary run.
const DECISIONS: u64 = 25_000;

/// Sign-ins per set, each in both modes.
const SIGN_INS: usize = 40;

/// One sign-in of so many is decided every way: without optimisation each takes its time.
const EVERY_WAY: usize = 8;

#[test]
fn reference_dag_and_bytecode_decide_alike() {
    let wanted = number("GATEWRIGHT_DECISIONS", DECISIONS);
    let first_seed = number("GATEWRIGHT_SEED", 1);
    let base = Base::entra();
    let mut histogram = Histogram::default();
    let mut decided = 0;
    let (mut refused, mut batches) = (0, 0);
    let mut seed = first_seed;
    while decided < wanted {
        let mut random = Random::new(seed);
        let size = SIZES[usize::try_from(seed).unwrap() % SIZES.len()];
        let set = policy_set(&mut random, &base, size);
        histogram.count_set(&set);
        // A large set has nothing that several of these have not.
        let probes = if size <= 21 {
            probes::of_set(&set)
        } else {
            Vec::new()
        };
        let subject = Subject::new(set).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut together = Together::default();
        for at in 0..SIGN_INS {
            let request = sign_in(&mut random, &base.schema);
            probes::count(&probes, &request, &mut histogram);
            for mode in MODES {
                let decision = together.decide(seed, at, &subject, &request, mode);
                if decision.is_null() {
                    refused += 1;
                }
                histogram.count_decision(&decision);
                decided += 1;
            }
        }
        batches += together.decide_batches(seed, &subject);
        seed += 1;
    }
    println!(
        "{decided} decisions, {batches} batches, seeds {first_seed}..{seed}\n{}",
        histogram.table()
    );
    assert_eq!(refused, 0, "generated requests must be readable");
    // A shorter run looks for disagreements alone.
    if wanted >= DECISIONS {
        assert_reached(&histogram);
        assert!(batches > 100, "only {batches} batches");
    }
}

const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

/// What is decided every way, and together.
#[derive(Default)]
struct Together {
    /// By mode: sign-ins with their decisions.
    rows: [Vec<(Value, Value)>; 2],
}

impl Together {
    /// Decide by every engine, and some sign-ins every way.
    fn decide(
        &mut self,
        seed: u64,
        at: usize,
        subject: &Subject,
        request: &Value,
        mode: Mode,
    ) -> Value {
        let is_every_way = at.abs_diff(usize::try_from(seed).unwrap()) % EVERY_WAY == 0;
        let decided = if is_every_way {
            subject.decide(request, mode)
        } else {
            subject.decide_by_engines(request, mode)
        };
        let decision = decided.unwrap_or_else(|_| fail(seed, &subject.set, request, mode));
        if is_every_way {
            self.rows[mode as usize].push((request.clone(), decision.clone()));
        }
        decision
    }

    /// How many batches there are: none where a policy demands too much.
    fn decide_batches(&self, seed: u64, subject: &Subject) -> usize {
        let decide = |mode: Mode| {
            let rows = &self.rows[mode as usize];
            let decided = subject
                .ways
                .check_batch(rows, mode, &mut Scratch::default());
            decided.unwrap_or_else(|e| panic!("seed {seed}, {mode:?}: {e}"))
        };
        MODES.into_iter().filter(|mode| decide(*mode)).count()
    }
}

/// Drop policies while the disagreement stays, then say everything.
fn fail(seed: u64, set: &PolicySet, request: &Value, mode: Mode) -> Value {
    let disagrees = |set: &PolicySet| {
        Subject::new(set.clone())
            .ok()
            .and_then(|s| s.decide(request, mode).err())
    };
    let mut smallest = set.clone();
    let mut at = 0;
    while at < smallest.policies.len() {
        let mut fewer = smallest.clone();
        fewer.policies.remove(at);
        if disagrees(&fewer).is_some() {
            smallest = fewer;
        } else {
            at += 1;
        }
    }
    at = 0;
    while at < smallest.compliance.policies.len() {
        let mut fewer = smallest.clone();
        fewer.compliance.policies.remove(at);
        if disagrees(&fewer).is_some() {
            smallest = fewer;
        } else {
            at += 1;
        }
    }
    let said = disagrees(&smallest)
        .map(|d| d.to_string())
        .unwrap_or_default();
    panic!(
        "seed {seed}, mode {mode:?}\n{said}\nrequest: {request}\npolicies: {:#?}\n{:#?}",
        smallest.policies, smallest.compliance
    );
}

/// Every condition, operator and outcome occurs.
fn assert_reached(histogram: &Histogram) {
    let mut wanted: Vec<String> = Vec::new();
    for (kind, names) in [
        ("verdict", "block deny interrupt grant notApplicable"),
        (
            "report-only verdict",
            "block deny interrupt grant notApplicable",
        ),
        (
            "result",
            "success failure notApplied notEnabled reportOnlySuccess reportOnlyFailure \
             reportOnlyInterrupted reportOnlyNotApplied",
        ),
        (
            "reason",
            "notSet policyNotEnabled users workloadIdentities agentIdentities application \
             userActions authenticationContext userRisk signInRisk insiderRisk devicePlatform \
             location clientApps devices authenticationFlow when notEnoughInformation",
        ),
        ("users", "All None AllAgentUsers User Group Role Guests"),
        ("guests from", "some all"),
        ("who", "ServicePrincipals Agents"),
        ("apps", "All None App Group Filter"),
        ("target", "Actions Contexts Nothing"),
        ("locations", "All AllTrusted Named"),
        ("condition devices", "include exclude"),
        (
            "operator",
            "not All Any OneOf StartsWith EndsWith Contains Matches Has IsTrue IsFalse Between \
             InRange IsNull",
        ),
        (
            "operator not",
            "OneOf StartsWith EndsWith Contains Matches Has IsTrue IsFalse InRange",
        ),
        ("expression", "Location App Constant Some"),
        ("field", "OneOf StartsWith EndsWith Contains Matches IsNull"),
        (
            "field not",
            "OneOf StartsWith EndsWith Contains Matches IsNull",
        ),
        ("workloads", "Owned None Id Filter"),
        ("agents", "All None Id Filter"),
        ("app filter", "true false unknown"),
        ("workload filter", "true false unknown"),
        ("agent filter", "true false unknown"),
        ("some text", "true false unknown"),
        ("every text", "true false unknown"),
        ("some id", "true false unknown"),
        ("every id", "true false unknown"),
        ("some record", "true false unknown"),
        ("every record", "true false unknown"),
        ("device", "compliant inGracePeriod noncompliant unknown"),
        (
            "compliance",
            "compliant inGracePeriod noncompliant unknown notApplicable",
        ),
        (
            "compliance policy for",
            "windows iOS macOS android androidWorkProfile androidDeviceOwner androidOpenSource linux",
        ),
        (
            "missing",
            "mfa compliantDevice domainJoinedDevice approvedApplication compliantApplication \
             passwordChange riskRemediation verifiedID strength terms custom",
        ),
        (
            "session",
            "signInFrequency secondarySignInFrequency persistentBrowser \
             applicationEnforcedRestrictions cloudAppSecurity disableResilienceDefaults \
             secureSignInSession continuousAccessEvaluation globalSecureAccessFilteringProfile",
        ),
    ] {
        let singles = kind.split(' ').next() != Some("guests");
        for name in names.split_whitespace() {
            let name = if singles {
                format!("{kind} {name}")
            } else {
                format!("{kind} {name} tenants")
            };
            wanted.push(name);
        }
    }
    let missed: Vec<&String> = wanted
        .iter()
        .filter(|what| histogram.get(what) == 0)
        .collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

#[test]
fn a_schema_of_ones_own_is_decided_alike() {
    let schema = Arc::new(with_times_and_records(&payments_schema().unwrap()));
    let wanted = number("GATEWRIGHT_DECISIONS", DECISIONS) / 10;
    let mut verdicts = Histogram::default();
    let mut used = Histogram::default();
    let mut decided = 0;
    let mut seed = number("GATEWRIGHT_SEED", 1);
    while decided < wanted {
        let mut random = Random::new(seed);
        let size = SIZES[usize::try_from(seed).unwrap() % 12];
        let set = own_set(&mut random, &schema, size);
        used.count_set(&set);
        let subject = Subject::new(set).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut together = Together::default();
        for at in 0..SIGN_INS {
            let request = own_request(&mut random, &schema);
            for mode in MODES {
                let decision = together.decide(seed, at, &subject, &request, mode);
                assert!(!decision.is_null(), "seed {seed}: refused {request}");
                verdicts.count(decision["verdict"].as_str().unwrap_or("?"));
                decided += 1;
            }
        }
        together.decide_batches(seed, &subject);
        seed += 1;
    }
    println!("{decided} decisions\n{}", verdicts.table());
    if wanted < DECISIONS / 10 {
        return;
    }
    for verdict in ["approve", "stepUp", "refuse"] {
        assert!(verdicts.get(verdict) > 0, "{verdict} was never decided");
    }
    for what in ["expression Some", "field IsNull", "operator Between"] {
        assert!(used.get(what) > 0, "{what} was never used");
    }
}

/// The schema with two times, their difference either way, and a set of records.
fn with_times_and_records(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    let entity = schema.entities[0].name.clone();
    let first = schema.attributes.len();
    let id = |offset: usize| AttributeId(u32::try_from(first + offset).unwrap());
    let records = Kind::Set(Box::new(Kind::Record));
    for (name, kind, is_optional, difference) in [
        ("ordered", Kind::DateTime, true, None),
        ("checked", Kind::DateTime, false, None),
        ("since", Kind::Duration, true, Some((id(1), id(0)))),
        ("until", Kind::Duration, true, Some((id(0), id(1)))),
        ("lines", records, false, None),
    ] {
        schema.attributes.push(Attribute {
            name: format!("{entity}.{name}"),
            kind,
            enumeration: None,
            is_optional,
            difference,
            docs: String::new(),
            span: Span::default(),
        });
    }
    schema
}
