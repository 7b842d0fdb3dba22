//! What it takes to decide a request from its bytes: the table on JSON of `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example json_path`
//!
//! With `-- count WHAT`, where `WHAT` is `parse`, `read`, `combined` or `decide`, one of them is
//! done often and nothing is printed, for tools that count instructions.

use std::hint::black_box;
use std::time::Instant;

use gatewright_codegen::{Options, emit};
use gatewright_decision::{Limits, build};
use gatewright_runtime::{Engine, Mode, ReadOptions, Request, Scratch};
use gatewright_source::SourceMap;
use gatewright_tests::workload::{self, Shape, Workload};
use serde::Deserialize;

/// A request as typed structs that borrow from its bytes, as a service of its own would have it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Typed<'a> {
    #[serde(borrow)]
    sign_in_identity: Identity<'a>,
    sign_in_context: Context<'a>,
    sign_in_conditions: Conditions<'a>,
    directory: Memberships<'a>,
    claims: Claims<'a>,
    context: Circumstances<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Identity<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'a str,
    user_id: &'a str,
    external_user_type: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Context<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'a str,
    #[serde(borrow)]
    include_applications: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Conditions<'a> {
    client_app_type: &'a str,
    device_platform: &'a str,
    ip_address: &'a str,
    country: Option<&'a str>,
    user_risk_level: &'a str,
    sign_in_risk_level: &'a str,
    insider_risk_level: &'a str,
    #[serde(borrow)]
    authentication_flow: Option<Flow<'a>>,
    device_info: Option<Device<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Flow<'a> {
    transfer_method: &'a str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Device<'a> {
    device_id: &'a str,
    is_compliant: bool,
    trust_type: &'a str,
    ownership: &'a str,
    display_name: Option<&'a str>,
    manufacturer: Option<&'a str>,
    model: Option<&'a str>,
    operating_system: Option<&'a str>,
    operating_system_version: Option<&'a str>,
    enrollment_profile_name: Option<&'a str>,
    extension_attribute1: Option<&'a str>,
    extension_attribute2: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Memberships<'a> {
    #[serde(borrow)]
    groups: Vec<&'a str>,
    roles: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Claims<'a> {
    #[serde(borrow)]
    satisfied: Option<Vec<&'a str>>,
    methods: Vec<&'a str>,
    terms: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "parsing is all that is measured")]
struct Circumstances<'a> {
    now: &'a str,
}

/// Sign-ins that are decided in turn.
const REQUESTS: usize = 256;

/// Rounds over all of them; each figure is the least of so many means.
const ROUNDS: usize = 400;

struct Bench {
    engine: Engine,
    requests: Vec<String>,
    scratch: Scratch,
    options: ReadOptions<'static>,
}

impl Bench {
    fn new() -> Bench {
        let workload = Workload::new(Shape::Mixed, 240);
        let set = workload::graph::compilation(&workload).set;
        let decisions = build(&set, &Limits::default());
        let program = emit(&set, &decisions, &SourceMap::new(), &Options::default());
        let sign_ins = workload::sign_ins::sign_ins(&workload.locations, REQUESTS);
        #[expect(clippy::expect_used, reason = "the workload is one that compiles")]
        let engine = Engine::from_program(program).expect("a program that is fit to run");
        Bench {
            engine,
            requests: sign_ins.iter().map(workload::sign_ins::json).collect(),
            scratch: Scratch::default(),
            options: ReadOptions::default(),
        }
    }

    fn each(&mut self, what: &str) {
        let Bench {
            engine,
            requests,
            scratch,
            options,
        } = self;
        let mode = Mode::Graph;
        for request in requests {
            let bytes = request.as_bytes();
            match what {
                "utf8" => drop(black_box(std::str::from_utf8(bytes))),
                "parse" => drop(black_box(serde_json::from_slice::<Typed<'_>>(bytes))),
                "read" => drop(black_box(engine.is_streamed(bytes, options, scratch, mode))),
                "combined" => {
                    drop(black_box(
                        engine.combined_json(bytes, options, scratch, mode),
                    ));
                }
                "decide" => drop(black_box(engine.decide_json(bytes, options, scratch, mode))),
                _ => drop(black_box(Request::from_json(engine, bytes))),
            }
        }
    }

    /// Nanoseconds of each, measured in turn.
    fn times<const N: usize>(&mut self, what: [&str; N]) -> [f64; N] {
        let mut least = [f64::INFINITY; N];
        for _ in 0..ROUNDS {
            for (what, least) in what.iter().zip(&mut least) {
                let start = Instant::now();
                self.each(what);
                let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
                *least = least.min(nanoseconds / REQUESTS as f64);
            }
        }
        least
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let mut bench = Bench::new();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [_, what] = arguments.as_slice() {
        (0..40).for_each(|_| bench.each(what));
        return;
    }
    let compact = bench.requests.clone();
    let pretty = |text: &String| {
        let value = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
        serde_json::to_string_pretty(&value).unwrap_or_default()
    };
    let pretty: Vec<String> = compact.iter().map(pretty).collect();
    println!("| 240 policies, ns | without spaces | indented |\n|---|---|---|");
    let what = ["utf8", "parse", "read", "combined", "decide", "facts"];
    let labels = [
        "UTF-8 checked, nothing else",
        "parsed into structs by serde_json",
        "read, and what matchers find gathered",
        "combined decision",
        "decision with the list",
        "read into facts, not decided",
    ];
    let compact_times = bench.times(what);
    let bytes = |requests: &[String]| requests.iter().map(String::len).sum::<usize>() / REQUESTS;
    let compact_bytes = bytes(&compact);
    bench.requests = pretty;
    let pretty_times = bench.times(what);
    println!(
        "| bytes of a request | {compact_bytes} | {} |",
        bytes(&bench.requests)
    );
    for (label, (compact, pretty)) in labels.iter().zip(compact_times.iter().zip(pretty_times)) {
        println!("| {label} | {compact:.0} | {pretty:.0} |");
    }
}
