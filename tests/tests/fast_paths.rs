//! Every quick way to a decision says what the slow one says: the combined decision, the list by
//! masks and by walking, parts of sign-ins, batches.
//!
//! The slow one is `decide_with`, which walks the diagram of every policy and combines from the
//! list. `GATEWRIGHT_SIGN_INS` says how many sign-ins a set meets (24 unless told), and
//! `GATEWRIGHT_SEED` where to begin.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use allocation_counter::measure;
use gatewright_bytecode::Combine;
use gatewright_bytecode::{Control, Program};
use gatewright_codegen::MaskUse;
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    AttributeHandle, Batch, Column, DecideError, Decision, Dictionary, Engine, Fact, Interned,
    Lowering, Mode, Outcome, Outcomes, Part, Proof, Rail, Request, Route, Scratch, Verdict,
};
use gatewright_tests::engines::program;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use gatewright_value::SessionControls;
use serde_json::{Value, json};

const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

fn sign_ins() -> usize {
    usize::try_from(number("GATEWRIGHT_SIGN_INS", 24)).unwrap()
}

fn engine(set: &PolicySet) -> Engine {
    Engine::from_program(program(set, MaskUse::Always)).unwrap()
}

/// Everything that a decision says, but for the list.
#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    verdict: Verdict,
    missing: Vec<Vec<String>>,
    session: SessionControls,
    profiles: Vec<String>,
    effects: Vec<String>,
    controls: Vec<String>,
}

fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}

fn of_outcome(outcome: Result<Outcome<'_>, DecideError>) -> Result<Said, DecideError> {
    outcome.map(|outcome| Said {
        verdict: outcome.verdict(),
        missing: outcome.missing().map(owned).collect(),
        session: outcome.session(),
        profiles: owned(outcome.filtering_profiles()),
        effects: owned(outcome.effects()),
        controls: owned(outcome.controls()),
    })
}

type Listed = Result<(Said, Vec<u32>), DecideError>;

fn of_decision(decision: Result<Decision<'_>, DecideError>) -> Listed {
    decision.map(|decision| {
        let said = Said {
            verdict: decision.verdict(),
            missing: decision.missing().map(owned).collect(),
            session: decision.session(),
            profiles: owned(decision.filtering_profiles()),
            effects: owned(decision.effects()),
            controls: owned(decision.controls()),
        };
        (said, decision.applying().to_vec())
    })
}

/// What the combined decision must say: where a policy blocks, nothing else.
fn combined(listed: &Listed) -> Result<Said, DecideError> {
    listed.clone().map(|(said, _)| match said.verdict {
        Verdict::Block => Said {
            verdict: Verdict::Block,
            ..Said::default()
        },
        _ => said,
    })
}

/// What happened how often, so that a test which compares nothing fails.
type Counts = BTreeMap<String, usize>;

fn count(counts: &mut Counts, listed: &Listed) {
    let what = match listed {
        Ok((said, _)) => said.verdict.name().to_owned(),
        Err(_) => "conflict".to_owned(),
    };
    *counts.entry(what).or_default() += 1;
}

/// Compare every way to decide these sign-ins.
fn compare(engine: &Engine, requests: &[Value], random: &mut Random, counts: &mut Counts) {
    let texts: Vec<String> = requests.iter().map(ToString::to_string).collect();
    let read = |text: &String| {
        Request::from_json(engine, text.as_bytes())
            .unwrap()
            .into_owned()
    };
    let requests: Vec<Request<'_>> = texts.iter().map(read).collect();
    let walking = engine.by(Route::Walk);
    // One scratch space for everything: nothing that is left in it may matter.
    let mut scratch = Scratch::default();
    for mode in MODES {
        let mut slow = Vec::new();
        for (request, text) in requests.iter().zip(&texts) {
            let interpreter = engine.interpreter();
            let listed = of_decision(engine.decide_with(&interpreter, request, &mut scratch, mode));
            count(counts, &listed);
            let expected = combined(&listed);
            for engine in [engine, &walking] {
                let quick = of_decision(engine.decide(request, &mut scratch, mode));
                assert_eq!(quick, listed, "decide by {:?}\n{text}", engine.route());
                let quick = of_outcome(engine.combined(request, &mut scratch, mode));
                assert_eq!(quick, expected, "combined by {:?}\n{text}", engine.route());
            }
            let parts = parts(engine, request, random, &mut scratch, mode);
            let parts: Vec<&Part> = parts.iter().collect();
            let proof = engine.prove(request.claims());
            let quick = of_decision(engine.decide_parts(&parts, &proof, &mut scratch, mode));
            assert_eq!(quick, listed, "decide by parts\n{text}");
            let quick = of_outcome(engine.combined_parts(&parts, &proof, &mut scratch, mode));
            assert_eq!(quick, expected, "combined by parts\n{text}");
            slow.push(expected);
        }
        compare_batch(engine, &requests, &slow, random, &mut scratch, counts, mode);
    }
}

fn attributes(engine: &Engine) -> Vec<AttributeHandle> {
    let names = engine
        .program()
        .attributes
        .iter()
        .map(|row| row.name.as_str());
    names.map(|name| engine.attribute(name).unwrap()).collect()
}

/// The attributes in up to four groups.
fn partition(engine: &Engine, random: &mut Random) -> Vec<Vec<AttributeHandle>> {
    let mut groups = vec![Vec::new(); 1 + random.below(4)];
    // By entity, as an embedder would, or any way at all.
    let is_wild = random.chance(50);
    for (handle, row) in attributes(engine)
        .into_iter()
        .zip(&engine.program().attributes)
    {
        let entity = row.name.split('.').next().unwrap_or_default();
        let at = if is_wild {
            random.below(groups.len())
        } else {
            entity.len() % groups.len()
        };
        groups[at].push(handle);
    }
    groups
}

fn parts(
    engine: &Engine,
    request: &Request<'_>,
    random: &mut Random,
    scratch: &mut Scratch,
    mode: Mode,
) -> Vec<Part> {
    let groups = partition(engine, random);
    let encode = |group| engine.encode_part(request, group, scratch, mode).unwrap();
    groups.into_iter().map(encode).collect()
}

/// The sign-ins as columns of parts: by group of attributes, then by sign-in.
fn columns(
    engine: &Engine,
    requests: &[Request<'_>],
    random: &mut Random,
    scratch: &mut Scratch,
    mode: Mode,
) -> Vec<Vec<Part>> {
    let groups = partition(engine, random);
    groups
        .iter()
        .map(|group| {
            let encode = |request| {
                let group = group.iter().copied();
                engine.encode_part(request, group, scratch, mode).unwrap()
            };
            requests.iter().map(encode).collect()
        })
        .collect()
}

/// The sign-ins as a batch, and a batch of rows that are mixed from them.
fn compare_batch(
    engine: &Engine,
    requests: &[Request<'_>],
    slow: &[Result<Said, DecideError>],
    random: &mut Random,
    scratch: &mut Scratch,
    counts: &mut Counts,
    mode: Mode,
) {
    let columns = columns(engine, requests, random, scratch, mode);
    let dictionaries: Vec<Dictionary> = columns
        .iter()
        .map(|parts| engine.dictionary(parts.clone()).unwrap())
        .collect();
    let proofs: Vec<Proof> = requests
        .iter()
        .map(|request| engine.prove(request.claims()))
        .collect();
    let straight: Vec<u32> = (0..).take(requests.len()).collect();
    let mut outcomes = Outcomes::default();
    let mut decide = |codes: &[Vec<u32>], proof_codes: &[u32], threads: usize| {
        let columns: Vec<Column<'_>> = dictionaries
            .iter()
            .zip(codes)
            .map(|(dictionary, codes)| Column { dictionary, codes })
            .collect();
        let batch = Batch {
            columns: &columns,
            proofs: &proofs,
            proof_codes,
            mode,
        };
        match engine.decide_batch(&batch, threads, &mut outcomes) {
            Err(DecideError::TooManyDemands) => return None,
            decided => decided.unwrap(),
        }
        let rows = 0..outcomes.count();
        let said = rows.map(|row| of_outcome(engine.outcome(&outcomes, row)));
        Some(said.collect::<Vec<_>>())
    };
    let straight_codes = vec![straight.clone(); dictionaries.len()];
    let Some(said) = decide(&straight_codes, &straight, 1) else {
        *counts.entry("refused".to_owned()).or_default() += 1;
        return;
    };
    assert_eq!(said, slow, "a batch");
    *counts.entry("batch".to_owned()).or_default() += 1;
    let rows = 3 * requests.len();
    let mut draw = || -> Vec<u32> {
        let codes = (0..rows).map(|_| random.below(requests.len()));
        codes.map(|code| u32::try_from(code).unwrap()).collect()
    };
    let codes: Vec<Vec<u32>> = dictionaries.iter().map(|_| draw()).collect();
    let proof_codes = draw();
    let said = decide(&codes, &proof_codes, 3).unwrap();
    for (row, said) in said.into_iter().enumerate() {
        let parts: Vec<&Part> = columns
            .iter()
            .zip(&codes)
            .map(|(parts, codes)| &parts[codes[row] as usize])
            .collect();
        let proof = &proofs[proof_codes[row] as usize];
        let single = of_outcome(engine.combined_parts(&parts, proof, scratch, mode));
        assert_eq!(said, single, "row {row} of a mixed batch");
    }
}

#[test]
fn every_way_to_decide_says_the_same() {
    let base = Base::entra();
    let mut counts = Counts::new();
    let first = number("GATEWRIGHT_SEED", 1);
    for (seed, size) in (first..).zip([1, 1, 2, 3, 5, 10, 10, 40, 100, 240, 300, 1000]) {
        let mut random = Random::new(seed);
        let set = policy_set(&mut random, &base, size);
        let mut program = program(&set, MaskUse::Always);
        if seed % 2 == 0 {
            // Verdicts milder than *block* show more, and a real tenant requires few different
            // things.
            let models: Vec<_> = program.policies.iter().take(12).cloned().collect();
            for (policy, model) in program.policies.iter_mut().zip(models.iter().cycle()) {
                policy.is_block = false;
                policy.clauses.clone_from(&model.clauses);
                policy.session = model.session;
            }
        }
        let engine = Engine::from_program(program).unwrap();
        let requests: Vec<Value> = (0..sign_ins())
            .map(|_| {
                let mut request = sign_in(&mut random, &base.schema);
                if random.chance(15) {
                    request["signInContext"] = json!({"userAction": "registerSecurityInformation"});
                }
                request
            })
            .collect();
        compare(&engine, &requests, &mut random, &mut counts);
    }
    println!("{counts:?}");
    for verdict in Verdict::ALL {
        assert!(counts.contains_key(verdict.name()), "never {verdict}");
    }
    assert!(counts["batch"] >= 12, "{counts:?}");
}

#[test]
fn a_schema_of_ones_own_is_decided_alike_every_way() {
    let schema = payments_schema().unwrap();
    let mut counts = Counts::new();
    let rules = [
        Combine::Strongest,
        Combine::Least,
        Combine::Union,
        Combine::Conflict,
    ];
    for combine in rules {
        for (seed, size) in (1..).zip([1, 3, 10, 40]) {
            let mut random = Random::new(seed);
            let set = own_set(&mut random, &schema, size);
            let mut program = program(&set, MaskUse::Always);
            let effects = program.effects.as_mut().unwrap();
            effects.combine = combine;
            let engine = Engine::from_program(program).unwrap();
            let requests: Vec<Value> = (0..sign_ins())
                .map(|_| own_request(&mut random, &schema))
                .collect();
            compare(&engine, &requests, &mut random, &mut counts);
        }
    }
    assert!(
        counts.contains_key("conflict"),
        "effects never excluded each other"
    );
}

#[test]
fn more_controls_than_bits_are_decided_from_lists() {
    let base = Base::entra();
    let mut counts = Counts::new();
    for (masks, seed) in [(MaskUse::Always, 3), (MaskUse::Never, 4)] {
        let mut random = Random::new(seed);
        let set = policy_set(&mut random, &base, 90);
        let mut program = program(&set, masks);
        let first = u32::try_from(program.controls.len()).unwrap();
        for (number, policy) in (first..).zip(&mut program.policies) {
            program
                .controls
                .push(Control::Custom(format!("custom-{number}")));
            policy.clauses.push(vec![number]);
            policy.is_block = false;
        }
        let engine = Engine::from_program(program).unwrap();
        let walking = engine.by(Route::Walk);
        let mut scratch = Scratch::default();
        for _ in 0..sign_ins() {
            let mut request = sign_in(&mut random, &base.schema);
            request["claims"] = json!({
                "methods": ["fido2"],
                "custom": [format!("CUSTOM-{}", first as usize + random.below(90))],
            });
            let text = request.to_string();
            let request = Request::from_json(&engine, text.as_bytes()).unwrap();
            for mode in MODES {
                let interpreter = engine.interpreter();
                let listed =
                    of_decision(engine.decide_with(&interpreter, &request, &mut scratch, mode));
                count(&mut counts, &listed);
                let expected = combined(&listed);
                for engine in [&engine, &walking] {
                    let quick = of_decision(engine.decide(&request, &mut scratch, mode));
                    assert_eq!(quick, listed, "{text}");
                    let quick = of_outcome(engine.combined(&request, &mut scratch, mode));
                    assert_eq!(quick, expected, "{text}");
                }
                let parts = parts(&engine, &request, &mut random, &mut scratch, mode);
                let parts: Vec<&Part> = parts.iter().collect();
                let proof = engine.prove(request.claims());
                let quick = of_outcome(engine.combined_parts(&parts, &proof, &mut scratch, mode));
                assert_eq!(quick, expected, "{text}");
                let dictionary = engine.dictionary(vec![parts[0].clone()]).unwrap();
                let columns = [Column {
                    dictionary: &dictionary,
                    codes: &[0],
                }];
                let batch = Batch {
                    columns: &columns,
                    proofs: &[proof],
                    proof_codes: &[],
                    mode,
                };
                let refused = engine.decide_batch(&batch, 1, &mut Outcomes::default());
                assert_eq!(refused, Err(DecideError::TooManyDemands));
            }
        }
    }
    assert!(counts.len() > 1, "{counts:?}");
}

#[test]
fn a_program_without_masks_is_decided_alike() {
    let base = Base::entra();
    let mut counts = Counts::new();
    let mut random = Random::new(11);
    let set = policy_set(&mut random, &base, 30);
    let engine = Engine::from_program(program(&set, MaskUse::Never)).unwrap();
    assert_eq!(engine.route().name(), "walk");
    let requests: Vec<Value> = (0..sign_ins())
        .map(|_| sign_in(&mut random, &base.schema))
        .collect();
    compare(&engine, &requests, &mut random, &mut counts);
}

/// Policies that are each about a group or a user: several blocks, each opened by a slot to which
/// both attributes bring bits.
#[test]
fn a_part_opens_the_blocks_that_another_part_could_open_too() {
    const POLICIES: usize = 700;
    let policy = |number: usize| {
        format!(
            "policy \"P{number}\" {{ state enabled users users [\"u{number}\"], \
             groups [\"g{number}\"] apps all block }}\n"
        )
    };
    let text: String = (0..POLICIES).map(policy).collect();
    let file = SourceFile {
        path: "narrow.gate".to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    let engine = engine(&compilation.set);
    let masks = engine.program().masks.as_ref().unwrap();
    assert!(masks.blocks.len() > 1);
    assert!(masks.blocks.iter().all(|block| block.opener.is_some()));
    let groups: Vec<AttributeHandle> = engine.attribute("user.groups").into_iter().collect();
    let others = attributes(&engine);
    let others: Vec<AttributeHandle> = others
        .into_iter()
        .filter(|handle| !groups.contains(handle))
        .collect();
    let mut scratch = Scratch::default();
    for (user, group) in [
        (Some(3), Some(640)),
        (Some(640), None),
        (None, Some(3)),
        (None, None),
    ] {
        let id = |kind: &str, number: Option<usize>| match number {
            Some(number) => format!("{kind}{number}"),
            None => "nobody".to_owned(),
        };
        let request = json!({
            "signInIdentity": {"userId": id("u", user)},
            "signInContext": {"includeApplications": ["a"]},
            "directory": {"groups": [id("g", group)], "roles": []},
        });
        let text = request.to_string();
        let request = Request::from_json(&engine, text.as_bytes()).unwrap();
        let expected: Vec<u32> = user.into_iter().chain(group).map(|at| at as u32).collect();
        for mode in MODES {
            let mut encode = |handles: &[AttributeHandle]| {
                let handles = handles.iter().copied();
                engine
                    .encode_part(&request, handles, &mut scratch, mode)
                    .unwrap()
            };
            let parts = [encode(&groups), encode(&others)];
            let proof = engine.prove(request.claims());
            let parts: Vec<&Part> = parts.iter().collect();
            let decided = engine
                .decide_parts(&parts, &proof, &mut scratch, mode)
                .unwrap();
            assert_eq!(decided.applying(), expected, "{mode:?} {text}");
        }
    }
}

/// A tenant's worth of policies with sign-ins, read.
fn tenant(count: usize) -> (Engine, Vec<Request<'static>>) {
    let base = Base::entra();
    let mut random = Random::new(77);
    let set = policy_set(&mut random, &base, 240);
    let engine = engine(&set);
    let read = |value: Value| {
        let text = value.to_string();
        Request::from_json(&engine, text.as_bytes())
            .unwrap()
            .into_owned()
    };
    let requests = (0..count)
        .map(|_| read(sign_in(&mut random, &base.schema)))
        .collect();
    (engine, requests)
}

#[test]
fn nothing_is_allocated_once_the_scratch_space_is_warm() {
    let (engine, requests) = tenant(60);
    let walking = engine.by(Route::Walk);
    let mut scratch = Scratch::default();
    for mode in MODES {
        let mut random = Random::new(5);
        let split: Vec<Vec<Part>> = requests
            .iter()
            .map(|request| parts(&engine, request, &mut random, &mut scratch, mode))
            .collect();
        let split: Vec<Vec<&Part>> = split.iter().map(|parts| parts.iter().collect()).collect();
        let proofs: Vec<Proof> = requests
            .iter()
            .map(|request| engine.prove(request.claims()))
            .collect();
        let interned = requests
            .iter()
            .map(|request| engine.intern(request, &mut scratch, mode).unwrap());
        let interned: Vec<Interned> = interned.collect();
        let mut all = || {
            for interned in &interned {
                engine.combined_interned(interned, &mut scratch).unwrap();
                engine.decide_interned(interned, &mut scratch).unwrap();
            }
            for ((request, parts), proof) in requests.iter().zip(&split).zip(&proofs) {
                for engine in [&engine, &walking] {
                    engine.combined(request, &mut scratch, mode).unwrap();
                    let decision = engine.decide(request, &mut scratch, mode).unwrap();
                    let clauses = decision.missing().map(Iterator::count);
                    std::hint::black_box(clauses.sum::<usize>());
                    std::hint::black_box(decision.session());
                }
                engine
                    .combined_parts(parts, proof, &mut scratch, mode)
                    .unwrap();
                engine
                    .decide_parts(parts, proof, &mut scratch, mode)
                    .unwrap();
            }
        };
        all();
        let counted = measure(all);
        assert_eq!(counted.count_total, 0, "allocations in {mode:?}");
    }
}

#[test]
fn what_was_interned_for_one_engine_is_refused_by_another() {
    let (engine, requests) = tenant(1);
    let (other, _) = tenant(0);
    let mut scratch = Scratch::default();
    let interned = engine.intern(&requests[0], &mut scratch, Mode::Graph);
    let interned = interned.unwrap();
    let refused = other.combined_interned(&interned, &mut scratch);
    assert_eq!(refused.err(), Some(DecideError::OtherProgram));
    let refused = other.decide_interned(&interned, &mut scratch);
    assert_eq!(refused.err(), Some(DecideError::OtherProgram));
    let refused = other.intern(&requests[0], &mut scratch, Mode::Graph);
    assert_eq!(refused.err(), Some(DecideError::OtherProgram));
}

#[test]
fn many_threads_share_one_engine() {
    let (engine, requests) = tenant(40);
    let mut scratch = Scratch::default();
    let alone: Vec<_> = requests
        .iter()
        .map(|request| of_outcome(engine.combined(request, &mut scratch, Mode::Graph)))
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (engine, requests, alone) = (&engine, &requests, &alone);
            scope.spawn(move || {
                let mut scratch = Scratch::default();
                for round in 0..20 {
                    for at in 0..requests.len() {
                        let at = (at * (thread + 1) + round) % requests.len();
                        let outcome = engine.combined(&requests[at], &mut scratch, Mode::Graph);
                        assert_eq!(of_outcome(outcome), alone[at]);
                    }
                }
            });
        }
    });
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let (engine, requests) = tenant(1);
    let (other, _) = tenant(1);
    let mut scratch = Scratch::default();
    let mode = Mode::Graph;
    let user: Vec<AttributeHandle> = engine.attributes_of("user").collect();
    assert!(user.len() > 5);
    let encode = |handles: &[AttributeHandle], mode, scratch: &mut Scratch| {
        engine.encode_part(&requests[0], handles.iter().copied(), scratch, mode)
    };
    let user_part = encode(&user, mode, &mut scratch).unwrap();
    let rest: Vec<AttributeHandle> = engine.uncovered(&[&user_part]).collect();
    let rest_part = encode(&rest, mode, &mut scratch).unwrap();
    assert_eq!(engine.uncovered(&[&user_part, &rest_part]).count(), 0);
    let other_mode = encode(&rest, Mode::Pessimistic, &mut scratch).unwrap();
    let proof = engine.prove(requests[0].claims());
    let foreign = other.prove(requests[0].claims());
    let name = &engine.program().attributes[rest[0].index() as usize].name;
    let uncovered = DecideError::Uncovered {
        attribute: name.clone(),
    };
    for (parts, proof, expected) in [
        (vec![&user_part], &proof, uncovered),
        (
            vec![&user_part, &rest_part, &user_part],
            &proof,
            DecideError::Overlap,
        ),
        (
            vec![&user_part, &other_mode],
            &proof,
            DecideError::OtherMode,
        ),
        (
            vec![&user_part, &rest_part],
            &foreign,
            DecideError::OtherProgram,
        ),
    ] {
        let refused = engine.combined_parts(&parts, proof, &mut scratch, mode);
        assert_eq!(of_outcome(refused), Err(expected));
    }
    let foreign = other.encode_part(&requests[0], [], &mut scratch, mode);
    assert_eq!(foreign.err(), Some(DecideError::OtherProgram));
    let handles = other.attributes_of("user");
    let foreign = engine.encode_part(&requests[0], handles, &mut scratch, mode);
    assert_eq!(foreign.err(), Some(DecideError::OtherProgram));
}

#[test]
fn typed_facts_give_the_signals_that_texts_give() {
    let (engine, _) = tenant(1);
    let handle = |name: &str| engine.attribute(name).unwrap();
    let mut scratch = Scratch::default();
    for client in ["browser", "exchangeActiveSync", "easSupported", "other"] {
        let row = &engine.program().attributes[handle("signIn.client").index() as usize];
        let gatewright_value::Kind::Enumeration { members, .. } = &row.kind else {
            panic!("a client is one of a list");
        };
        let place = members.iter().position(|member| member == client).unwrap();
        let place = u16::try_from(place).unwrap();
        let mut said = Vec::new();
        for fact in [Fact::text(client.to_uppercase()), Fact::Member(place)] {
            let mut request = Request::unknown(&engine);
            request.set(&engine, handle("signIn.client"), fact).unwrap();
            let decided = engine.decide(&request, &mut scratch, Mode::Pessimistic);
            said.push(of_decision(decided));
        }
        assert_eq!(said[0], said[1], "{client}");
    }
}

/// Another lowering: the interpreter over a program of its own, with something that it holds.
#[derive(Debug)]
struct Copied {
    program: Program,
    held: Arc<()>,
}

impl Lowering for Copied {
    fn name(&self) -> &'static str {
        "copied"
    }

    fn applying(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>) {
        assert_eq!(
            Arc::strong_count(&self.held),
            2,
            "held by the lowering and by the test"
        );
        for (number, policy) in (0..).zip(&self.program.policies) {
            let entry = match rail {
                Rail::Certain => policy.certain,
                Rail::Possible => policy.possible,
            };
            let is_evaluated = policy.state != gatewright_value::vocabulary::State::Disabled;
            if is_evaluated && gatewright_vm::run(&self.program.code, entry, classes) {
                applying.push(number);
            }
        }
    }
}

#[test]
fn auto_measures_every_route_and_what_a_lowering_holds_goes_with_it() {
    let (engine, requests) = tenant(10);
    let held = Arc::new(());
    let lowering = Arc::new(Copied {
        program: engine.program().clone(),
        held: held.clone(),
    });
    let by_lowering = engine.by(Route::Other(lowering.clone()));
    let mut scratch = Scratch::default();
    for request in &requests {
        for mode in MODES {
            let expected = of_decision(engine.decide(request, &mut scratch, mode));
            let said = of_decision(by_lowering.decide(request, &mut scratch, mode));
            assert_eq!(said, expected);
            let expected = of_outcome(engine.combined(request, &mut scratch, mode));
            let said = of_outcome(by_lowering.combined(request, &mut scratch, mode));
            assert_eq!(said, expected);
        }
    }
    let start = std::time::Instant::now();
    let auto = engine
        .auto([lowering as Arc<dyn Lowering>], &requests, || {
            start.elapsed()
        })
        .unwrap();
    let mut names: Vec<&str> = auto.measured.iter().map(|row| row.route.name()).collect();
    assert_eq!(auto.engine.route().name(), names[0]);
    assert!(auto.measured.iter().all(|row| row.time.as_nanos() > 0));
    names.sort_unstable();
    assert_eq!(names, ["copied", "masks", "walk"]);
    drop((auto, by_lowering));
    assert_eq!(Arc::strong_count(&held), 1, "nothing keeps the lowering");
}

/// Whatever could be written by one thread and read by another, and where it is.
const SHARED: [(&str, &str, &str); 4] = [
    (
        "vm/src/loaded.rs",
        "AtomicU64",
        "numbers programs as they are loaded",
    ),
    (
        "engine/src/reload.rs",
        "RwLock",
        "exchanges engines, between decisions",
    ),
    (
        "engine/src/plan.rs",
        "OnceLock",
        "is asked when requests are read that bring no directory",
    ),
    ("engine/src/engine.rs", "OnceLock", "the hash, for reports"),
];

#[test]
fn no_decision_writes_what_threads_share() {
    let means = [
        "Atomic",
        "Mutex",
        "RwLock",
        "RefCell",
        "Cell<",
        "OnceLock",
        "LazyLock",
        "OnceCell",
        "UnsafeCell",
        "thread_local",
        "static mut",
    ];
    let runtime = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let mut folders: Vec<_> = ["value", "bytecode", "vm", "engine"]
        .iter()
        .map(|name| runtime.join(name).join("src"))
        .collect();
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let place = path
                .strip_prefix(&runtime)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let mut allowed = SHARED.iter().filter(|row| row.0 == place);
            for mean in means.into_iter().filter(|mean| text.contains(mean)) {
                assert!(
                    allowed.any(|row| row.1.starts_with(mean)),
                    "{mean} in {place}"
                );
                seen += 1;
            }
        }
    }
    assert_eq!(
        seen,
        SHARED.len(),
        "each of them is still where it is said to be"
    );
}
