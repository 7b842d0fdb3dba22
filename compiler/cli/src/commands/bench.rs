//! `gatewright bench`: decisions per second of one set on this machine.
//!
//! All ways to decide are measured in turn, in small rounds, after all of them have decided every
//! sign-in alike.

mod measure;
mod print;
mod sample;
mod sign_ins;
mod values;

use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use gatewright_runtime::{Batch, Engine, Outcomes, Part, ReadOptions, Requests, Route, Scratch};
use gatewright_source::decode;
use serde::de::IgnoredAny;

use self::measure::{Label, Spread, Way, alone, rounds};
use self::print::{Measured, Results};
use self::sample::{MODE, Sample};
use crate::args::{Bench, Common};
use crate::clock::instant;
use crate::outcome::Outcome;
use crate::project::{self, Project};
use crate::terminal::{Terminal, counted};
use crate::{load, people};

/// What is decided: all that the policies come to.
const COMBINED: &str = "combined decision";
/// What is decided: the same, and which policies apply.
const LIST: &str = "policies that apply";
/// What is decided: rows.
const BATCH: &str = "batch, a row";
/// Sign-ins as facts in memory, ids as numbers.
const TYPED: &str = "typed facts";

/// Measure one set.
pub(crate) fn run(args: &Bench, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let now = instant(common)?;
    let start = Instant::now();
    let project = match project::open(&args.path, common, terminal)? {
        Ok(project) => project,
        Err(outcome) => return Ok(outcome),
    };
    let (engine, bundle, people) = match &project {
        Project::Bundle(name, bytes) => {
            let engine = Engine::load(bytes).with_context(|| format!("cannot load `{name}`"))?;
            (engine, Some(bytes.clone()), people::of_file(common)?)
        }
        Project::Compiled(compilation) => {
            let program = compilation.program(&compilation.decisions());
            let bundle = compilation.bundle(&program).ok();
            let engine = Engine::from_program(program).context("the set cannot be run")?;
            (engine, bundle, compilation.directory.clone())
        }
    };
    let compile_time = match &project {
        Project::Bundle(..) => None,
        Project::Compiled(_) => Some(start.elapsed()),
    };
    let directory = people::for_runtime(&people);
    let options = ReadOptions {
        directory: common.directory.as_ref().map(|_| &directory),
        now: Some(now),
    };
    let texts = match &args.requests {
        None => sign_ins::make_up(engine.program()),
        Some(path) => requests(&engine, path, &options)?,
    };
    let mut sample = Sample::new(&engine, texts, &options)?;
    let engines = engines(&engine, &mut sample.notes);
    sample.note_unstreamed(&engine, &options);
    let alike = counted(sample.cases.len(), "sign-in", "sign-ins");
    terminal.say(&format!(
        "deciding {alike} in every way, to see that all agree"
    ));
    let compared = sample.check(&engines, &options)?;
    let time = Duration::from_secs_f64(args.seconds);
    terminal.say(&format!(
        "{compared} decisions agree; measuring for {} s",
        args.seconds
    ));
    let mut ways = ways(&engine, &engines, &sample, &options);
    let (round_count, spreads) = rounds(&mut ways, time);
    let rows = ways.iter().zip(spreads);
    let measured = rows.map(|(way, spread)| Measured {
        label: way.label.clone(),
        spread,
    });
    let results = Results {
        path: load::display(&args.path),
        engine: &engine,
        measured: measured.collect(),
        sign_ins: sample.cases.len(),
        are_made_up: args.requests.is_none(),
        request_bytes: sample.cases.iter().map(|case| case.json.len()).sum(),
        round_count,
        threads: threads(),
        compile_time,
        bundle_bytes: bundle.as_ref().map(Vec::len),
        load: bundle.as_deref().map(|bytes| load_time(bytes, time)),
        notes: &sample.notes,
    };
    terminal.print(&results.show(args.format))?;
    Ok(Outcome::Yes)
}

/// The user's own sign-ins, each as its own text.
fn requests(
    engine: &Engine,
    path: &std::path::Path,
    options: &ReadOptions<'_>,
) -> Result<Vec<String>> {
    let name = load::display(path);
    let decoded = decode(&load::read(path)?).with_context(|| format!("`{name}` is not text"))?;
    let requests = Requests::from_json(engine, decoded.text.as_bytes(), options)
        .map_err(|error| load::misread(&name, &error))?;
    let texts = texts(&decoded.text);
    if texts.len() != requests.requests.len() {
        bail!("`{name}` is too deep to be taken apart");
    }
    Ok(texts)
}

/// The values of an array or of JSON Lines, as they are written.
fn texts(text: &str) -> Vec<String> {
    let is_between = |letter: char| letter.is_ascii_whitespace() || letter == ',';
    let mut rest = text.trim_start();
    rest = rest.strip_prefix('[').unwrap_or(rest);
    let mut texts = Vec::new();
    loop {
        rest = rest.trim_start_matches(is_between);
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let is_value = matches!(stream.next(), Some(Ok(_)));
        match rest.split_at_checked(stream.byte_offset()) {
            Some((value, after)) if is_value => {
                texts.push(value.to_owned());
                rest = after;
            }
            _ => return texts,
        }
    }
}

/// The engine by every lowering there is, the interpreter first: it says what is right.
fn engines(engine: &Engine, notes: &mut Vec<String>) -> Vec<Engine> {
    let mut engines = vec![engine.by(Route::Walk)];
    if matches!(engine.route(), Route::Masks) {
        engines.push(engine.by(Route::Masks));
    } else {
        let why = match engine.program().masks {
            None => "the program has none: it is expected to be walked faster, or too large",
            Some(_) => "those of the program are too large for this runtime",
        };
        notes.push(format!("no masks: {why}"));
    }
    match native(engine) {
        Ok(route) => engines.push(engine.by(route)),
        Err(why) => notes.push(format!("no native code: {why}")),
    }
    engines
}

#[cfg(feature = "jit")]
fn native(engine: &Engine) -> Result<Route> {
    let native = gatewright_jit::Native::compile(engine, gatewright_jit::Options::default())?;
    Ok(Route::Other(std::sync::Arc::new(native)))
}

#[cfg(not(feature = "jit"))]
fn native(_: &Engine) -> Result<Route> {
    bail!("it is not built into this program")
}

/// Threads that run at once here.
fn threads() -> usize {
    available_parallelism().map_or(1, usize::from)
}

fn load_time(bundle: &[u8], time: Duration) -> Spread {
    alone(time / 10, || {
        drop(std::hint::black_box(Engine::load(bundle)))
    })
}

/// Everything that is measured.
fn ways<'w>(
    engine: &'w Engine,
    engines: &'w [Engine],
    sample: &'w Sample,
    options: &'w ReadOptions<'w>,
) -> Vec<Way<'w>> {
    let count = sample.cases.len();
    let way = |group, name: &str, lowering, run| Way {
        label: Label {
            group,
            name: name.to_owned(),
            lowering,
            threads: 1,
        },
        count,
        run,
    };
    let chosen = engine.route().name();
    let mut ways = Vec::new();
    for group in [COMBINED, LIST] {
        let is_list = group == LIST;
        for engine in engines {
            let run = typed(engine, sample, is_list);
            ways.push(way(group, TYPED, engine.route().name(), run));
        }
        if sample.has_parts {
            let run = parts(engine, sample, is_list);
            ways.push(way(group, "encoded parts", chosen, run));
        }
        let run = json(engine, sample, options, is_list);
        ways.push(way(group, "JSON bytes", chosen, run));
    }
    let mut of_threads = vec![1, threads()];
    of_threads.dedup();
    for threads in of_threads {
        let Some(run) = batch(engine, sample, threads) else {
            break;
        };
        ways.push(Way {
            label: Label {
                group: BATCH,
                name: counted(threads, "thread", "threads"),
                lowering: chosen,
                threads,
            },
            count: sample.table.as_ref().map_or(0, |table| table.rows()),
            run,
        });
    }
    ways
}

type Run<'w> = Box<dyn FnMut() + 'w>;

fn typed<'w>(engine: &'w Engine, sample: &'w Sample, is_list: bool) -> Run<'w> {
    let mut scratch = Scratch::default();
    Box::new(move || {
        for case in &sample.cases {
            if is_list {
                _ = std::hint::black_box(engine.decide(&case.request, &mut scratch, MODE));
            } else {
                _ = std::hint::black_box(engine.combined(&case.request, &mut scratch, MODE));
            }
        }
    })
}

fn parts<'w>(engine: &'w Engine, sample: &'w Sample, is_list: bool) -> Run<'w> {
    let mut scratch = Scratch::default();
    let rows = sample.cases.iter();
    let rows = rows.map(|case| (case.parts.iter().collect::<Vec<&Part>>(), &case.proof));
    let rows: Vec<_> = rows.collect();
    Box::new(move || {
        for (parts, proof) in &rows {
            if is_list {
                _ = std::hint::black_box(engine.decide_parts(parts, proof, &mut scratch, MODE));
            } else {
                _ = std::hint::black_box(engine.combined_parts(parts, proof, &mut scratch, MODE));
            }
        }
    })
}

fn json<'w>(
    engine: &'w Engine,
    sample: &'w Sample,
    options: &'w ReadOptions<'w>,
    is_list: bool,
) -> Run<'w> {
    let mut scratch = Scratch::default();
    Box::new(move || {
        for case in &sample.cases {
            let bytes = case.json.as_bytes();
            if is_list {
                _ = std::hint::black_box(engine.decide_json(bytes, options, &mut scratch, MODE));
            } else {
                _ = std::hint::black_box(engine.combined_json(bytes, options, &mut scratch, MODE));
            }
        }
    })
}

fn batch<'w>(engine: &'w Engine, sample: &'w Sample, threads: usize) -> Option<Run<'w>> {
    let table = sample.table.as_ref()?;
    let columns = table.columns();
    let mut outcomes = Outcomes::default();
    Some(Box::new(move || {
        let batch = Batch {
            columns: &columns,
            proofs: &table.proofs,
            proof_codes: &table.proof_codes,
            mode: MODE,
        };
        _ = std::hint::black_box(engine.decide_batch(&batch, threads, &mut outcomes));
    }))
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn requests_are_taken_apart_as_they_are_written() {
        let two = ["{\"a\": [1, 2]}", "{\"b\":1.50}"];
        for text in [
            format!("[{} ,\n{}]", two[0], two[1]),
            format!("{}\n{}\n", two[0], two[1]),
        ] {
            assert_eq!(texts(&text), two, "{text}");
        }
        assert_eq!(texts(" {}"), ["{}"]);
        assert_eq!(texts("[]"), [""; 0]);
    }
}
