//! What `cargo dev check --full` counts the instructions of: decisions of the workload of the
//! benchmarks, each way to decide on its own.
//!
//! ```text
//! counts                  the ways, a line each
//! counts WAY PASSES       decide all sign-ins so many times, and say how many decisions it was
//! ```
//!
//! Compiling and reading belong to every run, and the difference of two runs with different passes
//! is of deciding alone. Nothing that decides depends on time, on addresses or on a seeded hash.

use std::hint::black_box;

use gatewright_runtime::{
    AttributeHandle, Batch, Column, DecideError, Dictionary, Engine, Mode, Outcomes, Part, Proof,
    ReadOptions, Request, Scratch,
};
use gatewright_tests::workload::facts::{Attributes, groups};
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, graph};

/// Policies of the set.
const POLICIES: usize = 240;

/// Sign-ins of a pass.
const SIGN_INS: usize = 200;

/// Rows of a pass that decides a batch.
const ROWS: usize = 4_000;

const MODE: Mode = Mode::Graph;

type Failure = Box<dyn std::error::Error>;

/// A way to decide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Combined,
    List,
    Json,
    JsonList,
    Encode,
    Parts,
    PartsList,
    Batch,
}

impl Way {
    const ALL: [(&str, Way); 8] = [
        ("combined", Way::Combined),
        ("list", Way::List),
        ("json", Way::Json),
        ("json-list", Way::JsonList),
        ("encode-parts", Way::Encode),
        ("parts", Way::Parts),
        ("parts-list", Way::PartsList),
        ("batch-row", Way::Batch),
    ];

    fn of(name: &str) -> Option<Way> {
        let mut all = Way::ALL.into_iter();
        all.find(|(its, _)| *its == name).map(|(_, way)| way)
    }
}

/// Everything that deciding starts from.
struct Bench<'s> {
    engine: Engine,
    requests: Vec<Request<'s>>,
    texts: Vec<String>,
    groups: [Vec<AttributeHandle>; 3],
    proofs: Vec<Proof>,
    /// By sign-in, then by group of attributes.
    parts: Vec<[Part; 3]>,
}

impl Bench<'_> {
    fn encode(&self, request: &Request<'_>, scratch: &mut Scratch) -> Result<[Part; 3], Failure> {
        encode(&self.engine, &self.groups, request, scratch)
    }

    /// One pass; the result is the number of decisions.
    fn pass(&self, way: Way, scratch: &mut Scratch) -> Result<usize, Failure> {
        let Bench { engine, .. } = self;
        let options = ReadOptions::default();
        let sign_ins = self.requests.iter().zip(&self.texts);
        let rest = self.parts.iter().zip(&self.proofs);
        for ((request, text), (parts, proof)) in sign_ins.zip(rest) {
            let bytes = text.as_bytes();
            let parts = parts.each_ref();
            match way {
                Way::Combined => {
                    black_box(engine.combined(request, scratch, MODE)?.verdict());
                }
                Way::List => {
                    black_box(engine.decide(request, scratch, MODE)?.applying().len());
                }
                Way::Json => {
                    let outcome = engine.combined_json(bytes, &options, scratch, MODE)?;
                    black_box(outcome.verdict());
                }
                Way::JsonList => {
                    let decision = engine.decide_json(bytes, &options, scratch, MODE)?;
                    black_box(decision.applying().len());
                }
                Way::Encode => {
                    black_box(self.encode(request, scratch)?);
                }
                Way::Parts => {
                    let outcome = engine.combined_parts(&parts, proof, scratch, MODE)?;
                    black_box(outcome.verdict());
                }
                Way::PartsList => {
                    let decision = engine.decide_parts(&parts, proof, scratch, MODE)?;
                    black_box(decision.applying().len());
                }
                Way::Batch => {}
            }
        }
        Ok(self.requests.len())
    }

    /// Decide batches; the result is the number of rows.
    fn batches(&self, passes: usize) -> Result<usize, Failure> {
        let dictionary = |group: usize| -> Result<Dictionary, DecideError> {
            let parts = self
                .parts
                .iter()
                .flat_map(|parts| parts.get(group))
                .cloned();
            self.engine.dictionary(parts.collect())
        };
        let dictionaries = [dictionary(0)?, dictionary(1)?, dictionary(2)?];
        // Steps without a common divisor: users meet every device.
        let codes = [1, 7, 3].map(|step| {
            let codes = (0..ROWS).map(|row| row * step % SIGN_INS);
            codes.map(|code| code as u32).collect::<Vec<u32>>()
        });
        let columns = dictionaries.iter().zip(&codes);
        let columns: Vec<Column<'_>> = columns
            .map(|(dictionary, codes)| Column { dictionary, codes })
            .collect();
        let [proof_codes, ..] = &codes;
        let batch = Batch {
            columns: &columns,
            proofs: &self.proofs,
            proof_codes,
            mode: MODE,
        };
        let mut outcomes = Outcomes::default();
        for _ in 0..passes {
            self.engine.decide_batch(&batch, 1, &mut outcomes)?;
            black_box(outcomes.verdicts().len());
        }
        Ok(passes * ROWS)
    }
}

fn encode(
    engine: &Engine,
    groups: &[Vec<AttributeHandle>; 3],
    request: &Request<'_>,
    scratch: &mut Scratch,
) -> Result<[Part; 3], Failure> {
    let [user, device, others] = groups;
    let mut part = |group: &[AttributeHandle]| {
        engine.encode_part(request, group.iter().copied(), scratch, MODE)
    };
    Ok([part(user)?, part(device)?, part(others)?])
}

#[expect(clippy::print_stdout, reason = "the number of decisions is the result")]
fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for (name, _) in Way::ALL {
            println!("{name}");
        }
        return Ok(());
    };
    let way = Way::of(&name).ok_or("there is no such way")?;
    let passes: usize = arguments.next().ok_or("how many passes?")?.parse()?;
    let workload = Workload::new(Shape::Mixed, POLICIES);
    let compilation = graph::compilation(&workload);
    let engine = Engine::from_program(compilation.program(&compilation.decisions()))?;
    if engine.route().name() != "masks" {
        return Err("the program has no masks, so these are not the ways that are meant".into());
    }
    let attributes = Attributes::new(&engine);
    let sign_ins = sign_ins(&workload.locations, SIGN_INS);
    let requests = sign_ins.iter();
    let requests: Result<Vec<Request<'_>>, _> = requests
        .map(|sign_in| attributes.request(&engine, sign_in))
        .collect();
    let (requests, groups) = (requests?, groups(&engine));
    let mut scratch = Scratch::default();
    let parts = requests.iter();
    let parts: Result<Vec<[Part; 3]>, Failure> = parts
        .map(|request| encode(&engine, &groups, request, &mut scratch))
        .collect();
    let claims = requests.iter().map(Request::claims);
    let bench = Bench {
        proofs: claims.map(|claims| engine.prove(claims)).collect(),
        parts: parts?,
        texts: sign_ins.iter().map(json).collect(),
        engine,
        requests,
        groups,
    };
    let decided = if way == Way::Batch {
        bench.batches(passes)?
    } else {
        let decided: Result<usize, Failure> =
            (0..passes).map(|_| bench.pass(way, &mut scratch)).sum();
        decided?
    };
    println!("{decided}");
    Ok(())
}
