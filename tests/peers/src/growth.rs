//! How our decisions grow with the policies, and with threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gatewright_runtime::{Engine, Mode, Scratch};
use gatewright_tests::workload::facts::Attributes;
use gatewright_tests::workload::model::SignIn;
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, oracle};

use crate::contender::{Answer, Contract, Field, From};
use crate::options::Options;
use crate::ours;
use crate::report::time;
use crate::run;

/// Sign-ins of each set.
const SIGN_INS: usize = 500;

/// The sets: 240 policies first, with which the others are compared.
const SETS: [(Shape, usize); 5] = [
    (Shape::Mixed, 240),
    (Shape::Mixed, 1_000),
    (Shape::Mixed, 10_000),
    (Shape::Narrow, 1_000),
    (Shape::Narrow, 10_000),
];

struct Set {
    name: String,
    engine: Engine,
    sign_ins: Vec<SignIn>,
    texts: Vec<Vec<u8>>,
    lists: Vec<Vec<u32>>,
    combined: Vec<Answer>,
}

impl Set {
    fn new(shape: Shape, count: usize) -> Set {
        let workload = Workload::new(shape, count);
        let sign_ins = sign_ins(&workload.locations, SIGN_INS);
        let decide = |s: &SignIn| oracle::decide(&workload.policies, &workload.locations, s);
        let decisions: Vec<_> = sign_ins.iter().map(decide).collect();
        Set {
            name: format!("{count} {}", shape.name()),
            engine: Engine::load(&ours::bundle(&workload)).expect("the bundle is sound"),
            texts: sign_ins.iter().map(|s| json(s).into_bytes()).collect(),
            combined: decisions
                .iter()
                .map(|(_, c)| Answer::Combined(*c))
                .collect(),
            lists: decisions.into_iter().map(|(list, _)| list).collect(),
            sign_ins,
        }
    }
}

/// The table of growth: all sets in turns.
pub fn table(options: &Options) -> Result<String, String> {
    eprintln!("growth");
    let sets: Vec<Set> = SETS
        .iter()
        .map(|(shape, count)| Set::new(*shape, *count))
        .collect();
    let mut field = Field::default();
    for set in &sets {
        let first = field.contenders.len();
        ours::add_engine(
            &mut field,
            &set.name,
            &set.engine,
            &set.sign_ins,
            &set.texts,
        );
        run::check(&mut field.contenders[first..], &set.lists, &set.combined)?;
    }
    let measured = run::measure(&mut field.contenders, options);
    let mut text = String::from(
        "\n### Growth\n\nGatewright alone; in brackets how many times as long as 240 mixed policies take.\n\n\
         | policies | apply | in memory, combined | in memory, list | encoded, combined | encoded, list | JSON, combined |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let columns = [
        (Contract::Combined, From::Memory),
        (Contract::List, From::Memory),
        (Contract::Combined, From::Encoded),
        (Contract::List, From::Encoded),
        (Contract::Combined, From::Json),
    ];
    for set in &sets {
        let applying: usize = set.lists.iter().map(Vec::len).sum();
        text += &format!(
            "| {} | {:.1} |",
            set.name,
            applying as f64 / SIGN_INS as f64
        );
        for (contract, from) in columns {
            let find = |name: &str| {
                let mut rows = measured.iter();
                rows.find(|r| r.name == name && r.contract == contract && r.from == from)
                    .map_or(f64::NAN, |row| row.median)
            };
            let (mine, first) = (find(&set.name), find(&sets[0].name));
            text += &format!(" {} ({:.2} ×) |", time(mine), mine / first);
        }
        text += "\n";
    }
    Ok(text + &threads(&sets[0], options))
}

/// One shared engine, one and two threads in turns.
fn threads(set: &Set, options: &Options) -> String {
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds {
        for (rates, threads) in rates.iter_mut().zip(1..) {
            rates.push(rate(set, threads));
        }
    }
    let [one, two] = rates.map(|rates| run::quartiles(rates)[1]);
    format!(
        "\nOne shared engine on two threads decides {:.2} × as many sign-ins a second as on one ({:.1} and {:.1} million).\n",
        two / one,
        two / 1e6,
        one / 1e6,
    )
}

fn rate(set: &Set, threads: usize) -> f64 {
    let is_over = AtomicBool::new(false);
    let work = || {
        let attributes = Attributes::new(&set.engine);
        let requests = set
            .sign_ins
            .iter()
            .map(|s| attributes.request(&set.engine, s));
        let requests: Vec<_> = requests
            .map(|request| request.expect("types fit"))
            .collect();
        let (mut scratch, mut count) = (Scratch::default(), 0u64);
        let start = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            for request in &requests {
                let outcome = set.engine.combined(request, &mut scratch, Mode::Graph);
                std::hint::black_box(outcome.expect("the request is of this engine").verdict());
            }
            count += requests.len() as u64;
        }
        count as f64 / start.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        std::thread::sleep(Duration::from_millis(20));
        is_over.store(true, Ordering::Relaxed);
        running
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    })
}
