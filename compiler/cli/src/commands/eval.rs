//! `gatewright eval`: decide sign-ins.

mod because;
mod picture;
mod places;
mod slow;

use anyhow::{Context as _, Result, bail};
use gatewright_analysis::explain::{Explanation, Unexplained};
use gatewright_bytecode::inputs;
use gatewright_compiler::{Compilation, DagWalk};
use gatewright_decision::Decisions;
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    Engine, Evaluate, Mode, ReadOptions, Report, ReportOptions, Request, Requests, Scratch, Shape,
};
use gatewright_source::decode;
use serde::Serialize;
use serde_json::Value;

use self::because::Why;
use self::picture::Paint;
use crate::args::{self, Common, DataFormat, EngineKind, Eval};
use crate::clock::instant;
use crate::outcome::Outcome;
use crate::project::{self, Project};
use crate::terminal::Terminal;
use crate::{load, people};

/// Decide every request and print the decisions.
pub(crate) fn run(args: &Eval, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let now = instant(common)?;
    let project = match project::open(&args.path, common, terminal)? {
        Ok(project) => project,
        Err(outcome) => return Ok(outcome),
    };
    let request_name = load::display(&args.request);
    let decoded = decode(&load::read(&args.request)?)
        .with_context(|| format!("`{request_name}` is not text"))?;
    let (compiled, engine) = match project {
        Project::Bundle(name, bytes) => {
            let loaded = Engine::load(&bytes).with_context(|| format!("cannot load `{name}`"))?;
            in_bundle(args, (&name, &bytes), loaded, common, terminal)?
        }
        Project::Compiled(compilation) => {
            let decisions = compilation.decisions();
            let program = compilation.program(&decisions);
            (
                Some((compilation, decisions)),
                Engine::from_program(program).context("the set cannot be run")?,
            )
        }
    };
    let people = match &compiled {
        Some((compilation, _)) => compilation.directory.clone(),
        None => people::of_file(common)?,
    };
    let directory = people::for_runtime(&people);
    let directory = common.directory.as_ref().map(|_| &directory);
    let options = ReadOptions {
        directory,
        now: Some(now),
    };
    let requests = Requests::from_json(&engine, decoded.text.as_bytes(), &options)
        .map_err(|error| load::misread(&request_name, &error))?;
    let values = values(&decoded.text, requests.shape)?;
    let decider = Decider {
        args,
        engine: &engine,
        sources: compiled.as_ref().map(|(c, decisions)| (&**c, decisions)),
        now,
        has_directory: directory.is_some(),
    };
    let decisions = decider.decide(&requests.requests, &values, terminal)?;
    let decisions = decider.explain(decisions, &values, terminal);
    let set = decider.sources.map(|(compilation, _)| &compilation.set);
    print(args, requests.shape, (&decisions, &values), set, terminal)?;
    Ok(outcome(requests.shape, &decisions))
}

/// Policies with their diagrams, where there are any.
type Compiled = Option<(Box<Compilation>, Decisions)>;

/// What a bundle holds beside its program, where that is asked for and there, and what decides: the
/// program itself, unless diagrams are walked that need the numbers of their own.
fn in_bundle(
    args: &Eval,
    (name, bytes): (&str, &[u8]),
    loaded: Engine,
    common: &Common,
    terminal: &Terminal,
) -> Result<(Compiled, Engine)> {
    let is_wanted = args.explain || matches!(args.engine, EngineKind::Reference | EngineKind::Dag);
    if !is_wanted || inputs(bytes).is_ok_and(|files| files.is_empty()) {
        return Ok((None, loaded));
    }
    // A bundle keeps its edition.
    let common = Common {
        edition: None,
        ..common.clone()
    };
    let input = load::unpacked(name, bytes, &common)?;
    let Ok(compilation) = project::compiled(&input, terminal) else {
        bail!("this version does not understand the sources in `{name}`");
    };
    let decisions = compilation.decisions();
    let engine = match args.engine {
        EngineKind::Dag => Engine::from_program(compilation.program(&decisions))
            .context("the set cannot be run")?,
        _ => loaded,
    };
    Ok((Some((compilation, decisions)), engine))
}

/// The requests as plain JSON, for pictures and for the reference evaluator.
fn values(text: &str, shape: Shape) -> Result<Vec<Value>> {
    if shape == Shape::Array {
        return Ok(serde_json::from_str(text)?);
    }
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    stream.map(|value| Ok(value?)).collect()
}

/// A decision, from whichever engine.
enum Decided {
    /// From the runtime, which keeps its members in the documented order.
    Report(Report),
    /// The same with what the analysis says about it.
    Explained(Box<Explained>),
    /// From the reference evaluator.
    Reference(Value),
}

/// A report with its explanation.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    report: Report,
    explanation: Why,
}

impl Explained {
    fn new(mut report: Report, found: Result<Explanation, Unexplained>) -> Explained {
        let engine = match &mut report {
            Report::Entra(report) => report.explanation.take(),
            Report::Own(report) => report.explanation.take(),
        };
        Explained {
            report,
            explanation: Why::new(engine, found),
        }
    }
}

impl Decided {
    fn verdict(&self) -> &str {
        match self {
            Decided::Report(report) => report.verdict(),
            Decided::Explained(explained) => explained.report.verdict(),
            Decided::Reference(value) => value.get("verdict").and_then(Value::as_str).unwrap_or(""),
        }
    }

    fn line(&self) -> Result<String> {
        Ok(match self {
            Decided::Report(report) => report.to_json(),
            Decided::Explained(explained) => serde_json::to_string(explained)?,
            Decided::Reference(value) => slow::line(value),
        })
    }

    fn value(&self) -> Result<Value> {
        Ok(match self {
            Decided::Report(report) => serde_json::to_value(report)?,
            Decided::Explained(explained) => serde_json::to_value(explained)?,
            Decided::Reference(value) => value.clone(),
        })
    }
}

struct Decider<'a> {
    args: &'a Eval,
    engine: &'a Engine,
    /// The policies and their diagrams, where there are sources.
    sources: Option<(&'a Compilation, &'a Decisions)>,
    now: i64,
    /// Whether a directory file completes requests.
    has_directory: bool,
}

impl Decider<'_> {
    /// Decide in order; warnings about requests go to standard error.
    fn decide(
        &self,
        requests: &[Request<'_>],
        values: &[Value],
        terminal: &Terminal,
    ) -> Result<Vec<Decided>> {
        for (place, request) in requests.iter().enumerate() {
            for warning in request.warnings() {
                terminal.say(&format!("warning: sign-in {}: {warning}", place + 1));
            }
        }
        match self.args.engine {
            EngineKind::Reference => {
                let (compilation, _) = self
                    .sources
                    .context("--engine reference needs the sources, which this bundle has not")?;
                if self.args.explain {
                    terminal.say("the reference evaluator does not explain; other engines do");
                }
                let (mode, now, file) = (self.args.mode, self.now, self.has_directory);
                let decided = slow::decide(compilation, values, mode, now, file)?;
                Ok(decided.into_iter().map(Decided::Reference).collect())
            }
            EngineKind::Dag => {
                let (_, decisions) = self
                    .sources
                    .context("--engine dag needs the sources, which this bundle has not")?;
                self.report(&DagWalk(decisions), requests)
            }
            #[cfg(feature = "jit")]
            EngineKind::Jit => {
                let options = gatewright_jit::Options::default();
                let native = gatewright_jit::Native::compile(self.engine, options)
                    .context("use --engine vm")?;
                self.report(&native, requests)
            }
            #[cfg(not(feature = "jit"))]
            EngineKind::Jit => {
                bail!("native code is not built into this program; use --engine vm")
            }
            EngineKind::Vm | EngineKind::Auto => self.report(&self.engine.interpreter(), requests),
        }
    }

    /// Say why, where that is wanted and there are sources to look at.
    fn explain(
        &self,
        decisions: Vec<Decided>,
        values: &[Value],
        terminal: &Terminal,
    ) -> Vec<Decided> {
        if !self.args.explain || self.args.engine == EngineKind::Reference {
            return decisions;
        }
        let Some((compilation, _)) = self.sources else {
            terminal.say(
                "the smallest set of facts, and what would change the verdict, need the sources; \
                 of a bundle without them this is what its engine knows",
            );
            return decisions;
        };
        let (mode, now, file) = (self.args.mode, self.now, self.has_directory);
        let found = because::explanations(compilation, values, mode, now, file);
        let pairs = decisions.into_iter().zip(found);
        let explained = pairs.map(|(decided, found)| match decided {
            Decided::Report(report) => Decided::Explained(Box::new(Explained::new(report, found))),
            other => other,
        });
        explained.collect()
    }

    fn report(&self, evaluator: &dyn Evaluate, requests: &[Request<'_>]) -> Result<Vec<Decided>> {
        let mode = match self.args.mode {
            args::Mode::Graph => Mode::Graph,
            args::Mode::Pessimistic => Mode::Pessimistic,
        };
        let options = ReportOptions {
            mode,
            explain: self.args.explain,
            hash: true,
        };
        let mut scratch = Scratch::default();
        let mut decide = |request: &Request<'_>| -> Result<Decided> {
            let mut report = self
                .engine
                .report_with(evaluator, request, &mut scratch, &options)?;
            if let Some((compilation, _)) = self.sources {
                places::show(&mut report, compilation);
            }
            Ok(Decided::Report(report))
        };
        requests
            .iter()
            .enumerate()
            .map(|(at, request)| decide(request).with_context(|| format!("sign-in {}", at + 1)))
            .collect()
    }
}

fn print(
    args: &Eval,
    shape: Shape,
    (decisions, requests): (&[Decided], &[Value]),
    set: Option<&PolicySet>,
    terminal: &Terminal,
) -> Result<()> {
    if args.format == DataFormat::Json {
        return terminal.print(&json(shape, decisions)?);
    }
    let paint = Paint(terminal.color_out);
    let numbered = shape != Shape::One;
    let pictures: Vec<String> = decisions
        .iter()
        .zip(requests)
        .enumerate()
        .map(|(at, (decision, request))| {
            let number = numbered.then_some(at + 1);
            let decision = decision.value()?;
            Ok(picture::decision(
                &decision,
                request,
                number,
                args.explain,
                paint,
                set,
            ))
        })
        .collect::<Result<_>>()?;
    terminal.print(&pictures.join("\n"))
}

fn json(shape: Shape, decisions: &[Decided]) -> Result<String> {
    let lines: Vec<String> = decisions.iter().map(Decided::line).collect::<Result<_>>()?;
    Ok(match shape {
        Shape::Array => format!("[{}]\n", lines.join(",\n ")),
        Shape::One | Shape::Lines => lines.iter().map(|line| format!("{line}\n")).collect(),
    })
}

fn outcome(shape: Shape, decisions: &[Decided]) -> Outcome {
    match (shape, decisions.first().map(Decided::verdict)) {
        (Shape::One, Some("block" | "deny" | "interrupt")) => Outcome::No,
        _ => Outcome::Yes,
    }
}
