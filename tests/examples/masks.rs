//! What masks are like and what they cost: the tables on masks of `docs/performance.md`.
//!
//! - `cargo run --release -p gatewright-tests --example masks`: the masks of the workload's sets and
//!   of the corpus, and nanoseconds of a decision. Numbers of policies may follow.
//! - `… -- walk`: walking beside masks for small sets, which the cost model is fitted to.
//! - `… -- count WHAT NUMBER`, where `WHAT` is `combined`, `list`, `walk`, `combined-parts` or
//!   `list-parts`: one of them is done often with so many mixed policies and nothing is printed, for
//!   tools that count instructions.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use gatewright_bytecode::masks::{Lanes, Masks};
use gatewright_bytecode::{Program, Verified, estimates, write};
use gatewright_codegen::{MaskUse, Options, emit};
use gatewright_compiler::{Compilation, compile};
use gatewright_decision::Decisions;
use gatewright_runtime::{Engine, Mode, Part, Proof, Request, Route, Scratch};
use gatewright_tests::corpus::tenants;
use gatewright_tests::workload::facts::Attributes;
use gatewright_tests::workload::model::SignIn;
use gatewright_tests::workload::sign_ins::sign_ins;
use gatewright_tests::workload::{Shape, Workload, graph};
use gatewright_vm::{Buffers, Facts, Gathered, Loaded, Rail, Visit, applying, outcomes};

/// Different sign-ins that are decided in turn.
const SIGN_INS: usize = 1_000;

/// Sign-ins that are timed together, and how often: what counts is the least time of each such
/// batch, so that what other programs take does not.
const TOGETHER: usize = 25;
const RUNS: usize = 15;

/// Sign-ins of a run that counts instructions.
const COUNTED: usize = 20_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn emitted(compilation: &Compilation, decisions: &Decisions, masks: MaskUse) -> Program {
    let options = Options {
        masks,
        ..Options::default()
    };
    emit(&compilation.set, decisions, &compilation.sources, &options)
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

/// The mean over all batches of the least time of a piece of work, in nanoseconds.
fn nanoseconds(count: usize, mut work: impl FnMut(usize)) -> f64 {
    let mut least = vec![f64::INFINITY; count.div_ceil(TOGETHER)];
    for _ in 0..RUNS {
        for (batch, least) in least.iter_mut().enumerate() {
            let first = batch * TOGETHER;
            let start = Instant::now();
            for at in first..count.min(first + TOGETHER) {
                work(at);
            }
            *least = least.min(start.elapsed().as_secs_f64() * 1e9);
        }
    }
    least.iter().sum::<f64>() / count as f64
}

/// What the evaluation of masks visits.
#[derive(Default)]
struct Visits {
    asked: usize,
    visited: usize,
    lanes: u32,
}

impl Visit for Visits {
    fn wants(&mut self, _block: usize) -> bool {
        self.asked += 1;
        true
    }

    fn block(&mut self, _block: usize, lanes: Lanes) {
        self.visited += 1;
        self.lanes += lanes.iter().map(|word| word.count_ones()).sum::<u32>();
    }
}

/// What requests say, as facts of another instance of their program.
fn facts<'a>(requests: &[Request<'a>], loaded: &Loaded) -> Outcome<Vec<Facts<'a>>> {
    let convert = |request: &Request<'a>| {
        let mut facts = Facts::unknown(loaded);
        let handles =
            (0..).map_while(|attribute| Some((attribute, loaded.attribute_at(attribute)?)));
        for (attribute, handle) in handles {
            facts.set(loaded, handle, request.facts().at(attribute).clone())?;
        }
        Ok(facts)
    };
    requests.iter().map(convert).collect()
}

/// What all of these sign-ins visit together.
fn visits(program: &Program, requests: &[Request<'_>]) -> Outcome<Visits> {
    let loaded = Loaded::new(Verified::new(program.clone())?)?;
    let (mut gathered, mut buffers) = (Gathered::default(), Buffers::default());
    let mut visits = Visits::default();
    for facts in facts(requests, &loaded)? {
        gathered.start(&loaded, Rail::Certain);
        outcomes(&loaded, &facts, &mut buffers, &mut gathered.sink(&loaded));
        applying(&loaded, &mut gathered, &[], &mut visits)?;
    }
    Ok(visits)
}

fn described(masks: &Masks) -> String {
    let forbidding = masks.slots.iter().filter(|slot| slot.forbids).count();
    let opened = masks.blocks.iter().filter(|block| block.opener.is_some());
    format!(
        "{} | {} + {forbidding} | {} | {} | {} of {}",
        masks.residual.len(),
        masks.slots.len() - forbidding,
        masks.cells.len(),
        masks.segments.len(),
        opened.count(),
        masks.blocks.len(),
    )
}

#[expect(
    clippy::print_stdout,
    reason = "the tables are what this program is for"
)]
fn of_workload(counts: &[usize]) -> Outcome<()> {
    println!(
        "| set | policies | residual lanes | slots | cells | segments | blocks with opener \
         | blocks asked | visited | lanes permitted | apply | emit ms, without | KiB, without | load ms |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut times = Vec::new();
    for (shape, count) in counts
        .iter()
        .flat_map(|c| [(Shape::Mixed, *c), (Shape::Narrow, *c)])
    {
        let workload = Workload::new(shape, count);
        let compilation = graph::compilation(&workload);
        let decisions = compilation.decisions();
        let mut programs = Vec::new();
        let emitting = [MaskUse::Always, MaskUse::Never]
            .map(|masks| milliseconds(|| programs.push(emitted(&compilation, &decisions, masks))));
        let [with, without] = programs.as_slice() else {
            continue;
        };
        let Some(masks) = &with.masks else {
            continue;
        };
        let (bytes, plain) = (write(with, &[])?, write(without, &[])?);
        let mut engine = None;
        let load = milliseconds(|| engine = Engine::load(&bytes).ok());
        let engine = engine.ok_or("a program that was emitted can be loaded")?;
        let sign_ins = sign_ins(&workload.locations, SIGN_INS);
        let prepared = Prepared::new(&engine, &sign_ins)?;
        let settled = visits(with, &prepared.requests)?;
        let mut unsettled = with.clone();
        if let Some(masks) = &mut unsettled.masks {
            masks.residual.clear();
        }
        let permitted = visits(&unsettled, &prepared.requests)?;
        let each = |count: usize| count as f64 / SIGN_INS as f64;
        println!(
            "| {} | {count} | {} | {:.1} | {:.1} | {:.2} | {:.2} | {:.1}, {:.1} | {}, {} | {load:.1} |",
            shape.name(),
            described(masks),
            each(settled.asked),
            each(settled.visited),
            each(permitted.lanes as usize),
            each(settled.lanes as usize),
            emitting[0],
            emitting[1],
            bytes.len() / 1024,
            plain.len() / 1024,
        );
        times.push((shape, count, Times::of(&engine, &prepared)?));
    }
    println!(
        "\n| set | policies | gather | combined | list | combined, parts | list, parts |\n\
         |---|---|---|---|---|---|---|"
    );
    for (shape, count, times) in times {
        println!(
            "| {} | {count} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            shape.name(),
            times.gather,
            times.combined,
            times.list,
            times.combined_parts,
            times.list_parts,
        );
    }
    Ok(())
}

/// The parts of a sign-in, and what is proved in it.
type Encoded = ([Part; 4], Proof);

/// Sign-ins as requests, and each as parts: the user, the device, the application, the rest.
struct Prepared<'a> {
    requests: Vec<Request<'a>>,
    parts: Vec<Encoded>,
}

impl<'a> Prepared<'a> {
    fn new(engine: &Engine, sign_ins: &'a [SignIn]) -> Outcome<Prepared<'a>> {
        let attributes = Attributes::new(engine);
        let mut groups = [const { Vec::new() }; 4];
        for row in &engine.program().attributes {
            let group = match row.name.split_once('.') {
                Some(("user", "risk" | "insiderRisk")) => 3,
                Some(("user", _)) => 0,
                Some(("device", _)) => 1,
                Some(("app", _)) => 2,
                _ => 3usize,
            };
            if let Some(group) = groups.get_mut(group) {
                group.extend(engine.attribute(&row.name));
            }
        }
        let mut scratch = Scratch::default();
        let mut prepared = Prepared {
            requests: Vec::new(),
            parts: Vec::new(),
        };
        for sign_in in sign_ins {
            let request = attributes.request(engine, sign_in)?;
            let [user, device, app, rest] = groups.each_ref().map(|group| {
                let attributes = group.iter().copied();
                engine.encode_part(&request, attributes, &mut scratch, Mode::Graph)
            });
            let parts = [user?, device?, app?, rest?];
            prepared.parts.push((parts, engine.prove(request.claims())));
            prepared.requests.push(request);
        }
        Ok(prepared)
    }
}

/// Nanoseconds of a decision.
struct Times {
    gather: f64,
    combined: f64,
    list: f64,
    combined_parts: f64,
    list_parts: f64,
}

impl Times {
    fn of(engine: &Engine, prepared: &Prepared<'_>) -> Outcome<Times> {
        let (mut scratch, mode) = (Scratch::default(), Mode::Graph);
        let (mut gathered, mut buffers) = (Gathered::default(), Buffers::default());
        let loaded = Loaded::new(Verified::new(engine.program().clone())?)?;
        let facts = facts(&prepared.requests, &loaded)?;
        let (requests, parts) = (&prepared.requests, &prepared.parts);
        let in_turn = |work: &mut dyn FnMut(&Request<'_>)| {
            nanoseconds(SIGN_INS, |at| {
                requests.get(at).into_iter().for_each(&mut *work)
            })
        };
        let parts_in_turn = |work: &mut dyn FnMut(&Encoded)| {
            nanoseconds(SIGN_INS, |at| {
                parts.get(at).into_iter().for_each(&mut *work)
            })
        };
        Ok(Times {
            gather: nanoseconds(SIGN_INS, |at| {
                if let Some(facts) = facts.get(at) {
                    gathered.start(&loaded, Rail::Certain);
                    outcomes(&loaded, facts, &mut buffers, &mut gathered.sink(&loaded));
                    black_box(&gathered);
                }
            }),
            combined: in_turn(&mut |request| {
                let _ = black_box(engine.combined(request, &mut scratch, mode));
            }),
            list: in_turn(&mut |request| {
                let _ = black_box(engine.decide(request, &mut scratch, mode));
            }),
            combined_parts: parts_in_turn(&mut |(parts, proof)| {
                let parts = parts.each_ref();
                let _ = black_box(engine.combined_parts(&parts, proof, &mut scratch, mode));
            }),
            list_parts: parts_in_turn(&mut |(parts, proof)| {
                let parts = parts.each_ref();
                let _ = black_box(engine.decide_parts(&parts, proof, &mut scratch, mode));
            }),
        })
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the tables are what this program is for"
)]
fn of_corpus() {
    println!(
        "| tenant | lanes | residual lanes | slots | cells | segments | blocks with opener |\n\
         |---|---|---|---|---|---|---|"
    );
    for tenant in tenants() {
        let compilation = compile(&tenant.input);
        let decisions = compilation.decisions();
        let program = emitted(&compilation, &decisions, MaskUse::Always);
        if let Some(masks) = &program.masks {
            let lanes = masks.lanes.len();
            println!("| {} | {lanes} | {} |", tenant.name, described(masks));
        }
    }
}

/// Small sets, by both ways, with what the model says of them.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn walking() -> Outcome<()> {
    println!(
        "| policies | instructions | walk ns | masks ns | model: walk | masks |\n\
         |---|---|---|---|---|---|"
    );
    for count in [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 40, 80, 240] {
        let mut workload = Workload::new(Shape::Mixed, 300);
        workload.policies.drain(..300 - count);
        let compilation = graph::compilation(&workload);
        let program = emitted(&compilation, &compilation.decisions(), MaskUse::Always);
        let verified = Verified::new(program.clone())?;
        let instructions = verified.costs().policies.iter().sum::<u32>();
        let estimates = estimates(&program);
        let masks = Engine::from_program(program)?;
        let walk = masks.by(Route::Walk);
        let sign_ins = sign_ins(&workload.locations, SIGN_INS);
        let prepared = Prepared::new(&masks, &sign_ins)?;
        let mut scratch = Scratch::default();
        let [walk, masks] = [walk, masks].map(|engine| {
            nanoseconds(SIGN_INS, |at| {
                if let Some(request) = prepared.requests.get(at) {
                    let _ = black_box(engine.decide(request, &mut scratch, Mode::Graph));
                }
            })
        });
        println!(
            "| {count} | {instructions} | {walk:.0} | {masks:.0} | {} | {} |",
            estimates.walking,
            estimates.masks.unwrap_or_default(),
        );
    }
    Ok(())
}

fn counted(what: &str, count: usize) -> Outcome<()> {
    let workload = Workload::new(Shape::Mixed, count);
    let compilation = graph::compilation(&workload);
    let program = emitted(&compilation, &compilation.decisions(), MaskUse::Always);
    let engine = Engine::from_program(program)?;
    let walk = engine.by(Route::Walk);
    let sign_ins = sign_ins(&workload.locations, SIGN_INS);
    let prepared = Prepared::new(&engine, &sign_ins)?;
    let (mut scratch, mode) = (Scratch::default(), Mode::Graph);
    let in_turn = prepared.requests.iter().zip(&prepared.parts).cycle();
    for (request, (parts, proof)) in in_turn.take(COUNTED) {
        let parts = parts.each_ref();
        match what {
            "combined" => {
                black_box(engine.combined(request, &mut scratch, mode)?);
            }
            "walk" => {
                black_box(walk.decide(request, &mut scratch, mode)?);
            }
            "list" => {
                black_box(engine.decide(request, &mut scratch, mode)?);
            }
            "combined-parts" => {
                black_box(engine.combined_parts(&parts, proof, &mut scratch, mode)?);
            }
            "list-parts" => {
                black_box(engine.decide_parts(&parts, proof, &mut scratch, mode)?);
            }
            _ => return Err("what is to be counted?".into()),
        }
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["walk"] => walking(),
        ["corpus"] => {
            of_corpus();
            Ok(())
        }
        ["count", what, count] => counted(what, count.parse()?),
        [] => {
            of_workload(&[240, 1_000, 10_000])?;
            of_corpus();
            Ok(())
        }
        counts => {
            let counts = counts.iter().map(|count| count.parse());
            of_workload(&counts.collect::<Result<Vec<usize>, _>>()?)
        }
    }
}
