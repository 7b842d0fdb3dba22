//! A real set of policies from the corpus: our engines alone, since nobody translates those by hand.

use gatewright_compiler::compile;
use gatewright_runtime::{Engine, Mode, Request, Route, Scratch};
use gatewright_tests::corpus;
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::tenant;

use std::hint::black_box;

use crate::contender::{Contract, Field, From, Pair};
use crate::options::Options;
use crate::report::time;
use crate::run;

/// The repository whose policies these are.
const ORIGIN: &str = "j0eyv/ConditionalAccessBaseline";

/// The table of the real set.
pub fn table(options: &Options) -> Result<String, String> {
    eprintln!("the corpus");
    let origin = corpus::origins()
        .into_iter()
        .find(|origin| origin.name == ORIGIN);
    let origin = origin.ok_or(format!("the corpus has no {ORIGIN}"))?;
    let compilation = compile(&origin.input());
    let program = compilation.program(&compilation.decisions());
    let bytes = compilation
        .bundle(&program)
        .map_err(|error| error.to_string())?;
    let masks = Engine::load(&bytes).map_err(|error| error.to_string())?;
    let walk = masks.by(Route::Walk);
    let texts: Vec<Vec<u8>> = sign_ins(&tenant::locations(), 500)
        .iter()
        .map(|sign_in| json(sign_in).into_bytes())
        .collect();
    let read = |engine: &Engine| -> Vec<Request<'_>> {
        let requests = texts.iter().map(|text| Request::from_json(engine, text));
        requests
            .map(|request| request.expect("a request"))
            .collect()
    };
    let (of_masks, of_walk) = (read(&masks), read(&walk));
    let (mut first, mut second) = (Scratch::default(), Scratch::default());
    let mut applying = 0;
    for (a, b) in of_masks.iter().zip(&of_walk) {
        let a = masks
            .decide(a, &mut first, Mode::Graph)
            .map_err(|error| error.to_string())?;
        let b = walk
            .decide(b, &mut second, Mode::Graph)
            .map_err(|error| error.to_string())?;
        if (a.verdict(), a.applying()) != (b.verdict(), b.applying()) {
            return Err("the masks and the diagrams disagree on the real set".to_owned());
        }
        applying += a.applying().len();
    }
    let mut field = Field::default();
    let count = texts.len();
    for (name, engine, requests) in [("masks", &masks, &of_masks), ("diagrams", &walk, &of_walk)] {
        let state = Scratch::default();
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, _| {
                let outcome = engine
                    .combined(&requests[at], s, Mode::Graph)
                    .expect("one engine");
                black_box((outcome.verdict(), outcome.missing().count()));
            }),
        );
        let state = Scratch::default();
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(state, |s, at, _| {
                let decision = engine
                    .decide(&requests[at], s, Mode::Graph)
                    .expect("one engine");
                black_box(decision.applying());
            }),
        );
    }
    let measured = run::measure(&mut field.contenders, options);
    let mut text = format!(
        "\n### A real set\n\nThe {} policies of `{ORIGIN}` from the corpus, decided on the sign-ins of the workload; {:.1} apply on average.\n\n\
         | by | combined | list |\n|---|---|---|\n",
        masks.program().policies.len(),
        applying as f64 / count as f64,
    );
    for rows in measured.chunks(2) {
        text += &format!(
            "| {} | {} | {} |\n",
            rows[0].name,
            time(rows[0].median),
            time(rows[1].median)
        );
    }
    Ok(text)
}
