//! What a decision takes, by every way to it, for a bundle and sign-ins of one's own.
//!
//! ```text
//! cargo run --release -p gatewright-runtime --example deciding -- \
//!     policies.gwb sign-ins.jsonl [rounds] [way]
//! ```
//!
//! Each round times every way over all sign-ins, in turn; the table shows the least and the median
//! of the rounds, in nanoseconds for a sign-in. With the name of a way, only that one runs, for a
//! profiler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it measures, and shows what it measured"
)]

use std::hint::black_box;
use std::time::Instant;

use gatewright_runtime::{
    AttributeHandle, Batch, Column, Engine, Fact, Mode, Outcomes, Part, Proof, Request, Route,
    Scratch,
};
use gatewright_value::{Kind, folded_eq, parse_guid};

/// Rows of the batch.
const ROWS: usize = 200_000;
const MODE: Mode = Mode::Graph;

/// A way to decide: its name, how many sign-ins it decides, and how.
type Way<'w> = (&'static str, usize, Box<dyn FnMut() + 'w>);

/// What is decided, encoded in every form.
struct Sample<'a> {
    engine: Engine,
    requests: Vec<Request<'a>>,
    user: Vec<AttributeHandle>,
    /// By attributes of the user, of the device, others; then by sign-in.
    parts: [Vec<Part>; 3],
    proofs: Vec<Proof>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let bundle = arguments.next().expect("a bundle");
    let sign_ins = arguments.next().expect("sign-ins, one on a line");
    let rounds = arguments.next().map_or(15, |text| text.parse().unwrap());
    let only = arguments.next();
    let engine = Engine::load(&std::fs::read(bundle).unwrap()).unwrap();
    let sign_ins = std::fs::read_to_string(sign_ins).unwrap();
    let requests: Vec<Request<'_>> = sign_ins
        .lines()
        .map(|line| {
            typed(
                &engine,
                Request::from_json(&engine, line.as_bytes()).unwrap(),
            )
        })
        .collect();
    let policies = engine.program().policies.len();
    println!("{policies} policies, {} sign-ins", requests.len());
    let sample = Sample::new(engine, requests);
    let mut spaces: [Scratch; 6] = Default::default();
    let mut ways = sample.ways(&mut spaces);
    ways.push(sample.batch());
    if let Some(only) = only {
        ways.retain(|way| way.0 == only);
    }
    measure(ways, rounds);
}

impl<'a> Sample<'a> {
    fn new(engine: Engine, requests: Vec<Request<'a>>) -> Sample<'a> {
        let mut scratch = Scratch::default();
        let groups = groups(&engine);
        let parts = groups.each_ref().map(|attributes| {
            let part = |request| {
                let attributes = attributes.iter().copied();
                engine
                    .encode_part(request, attributes, &mut scratch, MODE)
                    .unwrap()
            };
            requests.iter().map(part).collect()
        });
        let [user, ..] = groups;
        let proofs = requests
            .iter()
            .map(|request| engine.prove(request.claims()));
        Sample {
            user,
            parts,
            proofs: proofs.collect(),
            engine,
            requests,
        }
    }

    fn ways<'w>(&'w self, spaces: &'w mut [Scratch; 6]) -> Vec<Way<'w>> {
        let [s0, s1, s2, s3, s4, s5] = spaces;
        let (engine, requests) = (&self.engine, &self.requests);
        let walking = engine.by(Route::Walk);
        let [users, devices, others] = &self.parts;
        let parts = move || users.iter().zip(devices).zip(others).zip(&self.proofs);
        let combined = move || {
            for request in requests {
                black_box(engine.combined(request, s0, MODE).unwrap());
            }
        };
        let list = move || {
            for request in requests {
                black_box(engine.decide(request, s1, MODE).unwrap());
            }
        };
        let parts_combined = move || {
            for (((user, device), other), proof) in parts() {
                let parts = [user, device, other];
                black_box(engine.combined_parts(&parts, proof, s2, MODE).unwrap());
            }
        };
        let parts_list = move || {
            for (((user, device), other), proof) in parts() {
                let parts = [user, device, other];
                black_box(engine.decide_parts(&parts, proof, s3, MODE).unwrap());
            }
        };
        let walk = move || {
            for request in requests {
                black_box(walking.decide(request, s4, MODE).unwrap());
            }
        };
        let encode = move || {
            for request in requests {
                let user = self.user.iter().copied();
                black_box(engine.encode_part(request, user, s5, MODE).unwrap());
            }
        };
        let count = requests.len();
        vec![
            ("combined", count, Box::new(combined)),
            ("list", count, Box::new(list)),
            ("parts, combined", count, Box::new(parts_combined)),
            ("parts, list", count, Box::new(parts_list)),
            ("walk, list", count, Box::new(walk)),
            ("encode user", count, Box::new(encode)),
        ]
    }

    fn batch(&self) -> Way<'_> {
        let count = self.requests.len();
        let dictionaries = self
            .parts
            .each_ref()
            .map(|parts| self.engine.dictionary(parts.clone()).unwrap());
        let codes = [1usize, 7, 11, 13].map(|step| {
            let codes = (0..ROWS).map(|row| u32::try_from(row * step % count).unwrap());
            codes.collect::<Vec<u32>>()
        });
        let mut outcomes = Outcomes::default();
        let batch = move || {
            let [a, b, c, proof_codes] = &codes;
            let columns = dictionaries.iter().zip([a, b, c]);
            let columns: Vec<Column<'_>> = columns
                .map(|(dictionary, codes)| Column { dictionary, codes })
                .collect();
            let batch = Batch {
                columns: &columns,
                proofs: &self.proofs,
                proof_codes,
                mode: MODE,
            };
            self.engine.decide_batch(&batch, 1, &mut outcomes).unwrap();
        };
        ("batch", ROWS, Box::new(batch))
    }
}

fn measure(mut ways: Vec<Way<'_>>, rounds: usize) {
    let mut times = vec![Vec::new(); ways.len()];
    for round in 0..=rounds {
        for ((_, count, way), times) in ways.iter_mut().zip(&mut times) {
            let start = Instant::now();
            way();
            // The first round fills caches.
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e9 / *count as f64);
            }
        }
    }
    println!("ns: least, median of {rounds} rounds");
    for ((name, ..), mut times) in ways.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        if let Some((least, median)) = times.first().zip(times.get(times.len() / 2)) {
            println!("{name:18} {least:10.1} {median:10.1}");
        }
    }
}

/// The attributes of the user, of the device, and the others.
fn groups(engine: &Engine) -> [Vec<AttributeHandle>; 3] {
    let names = engine
        .program()
        .attributes
        .iter()
        .map(|row| row.name.as_str());
    let named = names.filter_map(|name| Some((name, engine.attribute(name)?)));
    let mut groups = [Vec::new(), Vec::new(), Vec::new()];
    let [user, device, other] = &mut groups;
    for (name, attribute) in named {
        match name.split('.').next() {
            Some("user") => user.push(attribute),
            Some("device") => device.push(attribute),
            _ => other.push(attribute),
        }
    }
    groups
}

/// The request with values instead of texts, as a service has them.
fn typed<'a>(engine: &Engine, mut request: Request<'a>) -> Request<'a> {
    for row in &engine.program().attributes {
        let attribute = engine.attribute(&row.name).unwrap();
        let guid = |text: &str| parse_guid(text.as_bytes());
        let fact = match (request.facts().get(attribute), &row.kind) {
            (Fact::Text(text), Kind::Guid) => guid(text).map(Fact::Guid),
            (Fact::Text(text), Kind::Enumeration { members, .. }) => {
                let place = members.iter().position(|member| folded_eq(member, text));
                place.map(|place| Fact::Member(u16::try_from(place).unwrap()))
            }
            (Fact::Set(elements), _) => {
                let guids: Option<Vec<u128>> = elements.iter().map(|text| guid(text)).collect();
                guids
                    .filter(|guids| !guids.is_empty())
                    .map(|guids| Fact::Guids(guids.into()))
            }
            _ => None,
        };
        if let Some(fact) = fact {
            request.set(engine, attribute, fact).unwrap();
        }
    }
    request.prove(engine);
    request
}
