//! `gatewright inspect`: what was compiled, and what it costs.

mod drawing;
mod lowering;

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use gatewright_bytecode::{InputFile, InputRole, Program, disassemble, inputs};
use gatewright_compiler::{Compilation, Input};
use gatewright_decision::{Decisions, Effect, OptimiseOptions, Pass, Statistics, statistics};
use gatewright_hir::ENTRA_TEXT;
use gatewright_hir::model::Strength;
use gatewright_hir::strength::implied;
use gatewright_runtime::Engine;
use serde_json::{Value, json};

use crate::args::{Common, DataFormat, Inspect};
use crate::load::{self, Loaded};
use crate::outcome::Outcome;
use crate::project;
use crate::terminal::{Terminal, counted};

/// Print what is in a bundle or policy set.
pub(crate) fn run(args: &Inspect, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    if args.schema {
        terminal.print(ENTRA_TEXT)?;
        return Ok(Outcome::Yes);
    }
    let Some(path) = &args.path else {
        bail!("say what to inspect")
    };
    let input = match load::load(std::slice::from_ref(path), common)? {
        Loaded::Sources(input) => input,
        // The diagrams are not in a bundle, and what they are made from may be.
        Loaded::Bundle(name, bytes) if args.dot || args.svg || args.passes => {
            load::unpacked(&name, &bytes, common)?
        }
        Loaded::Bundle(name, bytes) => return bundle(args, &name, &bytes, terminal),
    };
    match project::compiled(&input, terminal) {
        Err(outcome) => Ok(outcome),
        Ok(compilation) => sources(args, &compilation, &input, terminal),
    }
}

fn bundle(args: &Inspect, name: &str, bytes: &[u8], terminal: &Terminal) -> Result<Outcome> {
    let start = Instant::now();
    let engine = Engine::load(bytes).with_context(|| format!("cannot load `{name}`"))?;
    let load_time = start.elapsed();
    if args.listing {
        terminal.print(&disassemble(engine.program()))?;
        return Ok(Outcome::Yes);
    }
    let files = inputs(bytes).with_context(|| format!("cannot read the sources in `{name}`"))?;
    let mut facts = facts(&engine, bytes.len());
    let size: usize = files.iter().map(|file| file.bytes.len()).sum();
    facts.push(("source files", json!(files.len())));
    facts.push(("source bytes", json!(size)));
    facts.extend(lowering::facts(&engine));
    facts.push(("load time", json!(milliseconds(load_time))));
    let shown = Shown {
        facts: &facts,
        built: None,
        files: Some(&files),
    };
    print(args, &shown, engine.program(), terminal)
}

fn sources(
    args: &Inspect,
    compilation: &Compilation,
    input: &Input,
    terminal: &Terminal,
) -> Result<Outcome> {
    let start = Instant::now();
    let (decisions, report) = compilation.optimised(&passes(args)?);
    let build_time = start.elapsed();
    if args.passes {
        for effect in &report.effects {
            terminal.print(&format!("{effect}\n{}", effect.dump))?;
        }
        return Ok(Outcome::Yes);
    }
    let start = Instant::now();
    let program = compilation.program(&decisions);
    let emit_time = start.elapsed();
    if args.dot || args.svg {
        let picture = drawing::picture(args, compilation, &decisions)?;
        terminal.print(&picture)?;
        return Ok(Outcome::Yes);
    }
    if args.listing {
        terminal.print(&disassemble(&program))?;
        return Ok(Outcome::Yes);
    }
    let bytes = compilation
        .bundle_with_sources(&program, input)
        .context("the set is too large for a bundle")?;
    let start = Instant::now();
    let engine = Engine::load(&bytes).context("internal error")?;
    let load_time = start.elapsed();
    let mut facts = facts(&engine, bytes.len());
    facts.extend(lowering::facts(&engine));
    let statistics = statistics(&decisions);
    facts.extend(diagram_facts(&decisions, &statistics));
    facts.extend(report.effects.iter().map(effect_fact));
    facts.push(("diagram build time", json!(milliseconds(build_time))));
    facts.push(("code emit time", json!(milliseconds(emit_time))));
    facts.push(("load time", json!(milliseconds(load_time))));
    let built = Built {
        statistics: &statistics,
        strengths: &compilation.set.strengths,
    };
    let shown = Shown {
        facts: &facts,
        built: Some(&built),
        files: None,
    };
    print(args, &shown, engine.program(), terminal)
}

/// The passes that are to run.
fn passes(args: &Inspect) -> Result<OptimiseOptions> {
    let mut options = OptimiseOptions {
        has_dump: args.passes,
        clock: Some(clock),
        ..OptimiseOptions::default()
    };
    for name in &args.without {
        let Some(left_out) = Pass::parse(name) else {
            let known = Pass::ALL.map(Pass::name).join("`, `");
            bail!("there is no pass `{name}`; there are `{known}`");
        };
        options.passes.retain(|pass| *pass != left_out);
    }
    Ok(options)
}

/// The time since the first call.
fn clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn effect_fact(effect: &Effect) -> (&'static str, Value) {
    let name = match effect.pass {
        Pass::Sets => "pass sets",
        Pass::Classes => "pass classes",
    };
    (name, json!(effect.summary()))
}

/// What sources say and a bundle does not.
struct Built<'b> {
    statistics: &'b Statistics,
    strengths: &'b [Strength],
}

/// What is printed beside the policies.
struct Shown<'s> {
    facts: &'s [(&'static str, Value)],
    built: Option<&'s Built<'s>>,
    /// The files in a bundle.
    files: Option<&'s [InputFile<'s>]>,
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// What any bundle can say of itself; names are what people read and what JSON uses.
fn facts(engine: &Engine, bytes: usize) -> Vec<(&'static str, Value)> {
    let program = engine.program();
    let costs = engine.costs();
    vec![
        ("schema", json!(program.origin.schema)),
        ("edition", json!(program.origin.edition)),
        ("producer", json!(program.origin.producer)),
        ("hash", json!(engine.hash())),
        ("bundle bytes", json!(bytes)),
        ("policies", json!(program.policies.len())),
        ("variables", json!(program.variables.len())),
        (
            "classes",
            json!(
                program
                    .variables
                    .iter()
                    .map(|v| u64::from(v.class_count))
                    .sum::<u64>()
            ),
        ),
        ("instructions", json!(costs.instruction_count)),
        ("code bytes", json!(program.code.len() * 4)),
        ("worst case instructions", json!(costs.instructions_max)),
    ]
}

fn diagram_facts(decisions: &Decisions, statistics: &Statistics) -> Vec<(&'static str, Value)> {
    let longest = statistics
        .policies
        .iter()
        .map(|p| p.longest_path)
        .max()
        .unwrap_or(0);
    vec![
        ("diagram nodes", json!(statistics.node_count)),
        ("diagram edges", json!(statistics.edge_count)),
        ("diagrams kept as chains", json!(statistics.fallbacks.len())),
        ("longest path of a policy", json!(longest)),
        (
            "conditions",
            json!(
                decisions
                    .policies
                    .iter()
                    .map(|p| p.conditions.len())
                    .sum::<usize>()
            ),
        ),
    ]
}

fn print(
    args: &Inspect,
    shown: &Shown<'_>,
    program: &Program,
    terminal: &Terminal,
) -> Result<Outcome> {
    let text = match args.format {
        DataFormat::Json => format!("{}\n", as_json(shown, program)),
        DataFormat::Human => as_text(shown, program),
    };
    terminal.print(&text)?;
    Ok(Outcome::Yes)
}

fn as_text(shown: &Shown<'_>, program: &Program) -> String {
    let built = shown.built;
    let statistics = built.map(|built| built.statistics);
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, value) in shown.facts {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let unit = match name.rsplit(' ').next() {
            Some("time") => " ms",
            Some("estimate") if value != "null" => " ns",
            _ => "",
        };
        let value = if value == "null" { "–" } else { &value };
        let _ = writeln!(text, "{name:<26} {value}{unit}");
    }
    if let Some(statistics) = statistics {
        let order: Vec<&str> = statistics
            .order
            .iter()
            .take(24)
            .map(|(name, _)| name.as_str())
            .collect();
        let more = statistics.order.len().saturating_sub(order.len());
        let rest = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let _ = writeln!(text, "{:<26} {}{rest}", "variable order", order.join(", "));
    }
    text.push('\n');
    for (place, policy) in program.policies.iter().enumerate() {
        let sizes = statistics
            .and_then(|s| s.policies.get(place))
            .map_or_else(String::new, |s| {
                format!("  {} nodes, longest path {}", s.node_count, s.longest_path)
            });
        let _ = writeln!(
            text,
            "{:<34} {}{sizes}",
            policy.state.name(),
            policy.display_name
        );
    }
    let strengths = built.map_or(&[] as &[Strength], |built| built.strengths);
    if !strengths.is_empty() {
        text.push('\n');
    }
    for strength in strengths {
        let implied = implied(strength, strengths);
        let names: Vec<&str> = implied.iter().map(|s| s.display_name.as_str()).collect();
        let rest = match names.as_slice() {
            [] => String::new(),
            names => format!("implies {}", names.join(", ")),
        };
        let line = format!("{:<34} {rest}", strength.display_name);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let files = shown.files.unwrap_or_default();
    if !files.is_empty() {
        text.push('\n');
    }
    for file in files {
        let what = format!(
            "{}, {}",
            role(file),
            counted(file.bytes.len(), "byte", "bytes")
        );
        let _ = writeln!(text, "{what:<34} {}", file.path);
    }
    text
}

/// What the compiler takes a file for: `table apps`.
fn role(file: &InputFile<'_>) -> String {
    match file.role {
        InputRole::Table(name) => format!("table {name}"),
        role => role.name().to_owned(),
    }
}

fn as_json(shown: &Shown<'_>, program: &Program) -> Value {
    let built = shown.built;
    let statistics = built.map(|built| built.statistics);
    let mut object = serde_json::Map::new();
    for (name, value) in shown.facts {
        object.insert(camel(name), value.clone());
    }
    if let Some(files) = shown.files {
        let row = |file: &InputFile<'_>| json!({ "path": file.path, "role": role(file), "bytes": file.bytes.len() });
        object.insert("sources".to_owned(), files.iter().map(row).collect());
    }
    let policies: Vec<Value> = program
        .policies
        .iter()
        .enumerate()
        .map(|(place, policy)| {
            let sizes = statistics.and_then(|s| s.policies.get(place));
            json!({
                "id": policy.id,
                "displayName": policy.display_name,
                "state": policy.state.name(),
                "nodes": sizes.map(|s| s.node_count),
                "longestPath": sizes.map(|s| s.longest_path),
            })
        })
        .collect();
    object.insert("policyList".to_owned(), json!(policies));
    if let Some(statistics) = statistics {
        let order: Vec<&String> = statistics.order.iter().map(|(name, _)| name).collect();
        object.insert("variableOrder".to_owned(), json!(order));
    }
    if let Some(built) = built {
        let strengths = built.strengths.iter().map(|strength| {
            let implied = implied(strength, built.strengths);
            let ids: Vec<&str> = implied.iter().map(|s| s.id.as_str()).collect();
            json!({
                "id": strength.id,
                "displayName": strength.display_name,
                "implies": ids,
            })
        });
        object.insert("strengths".to_owned(), strengths.collect());
    }
    Value::Object(object)
}

/// `bundle bytes` as JSON names it: `bundleBytes`.
fn camel(name: &str) -> String {
    let mut words = name.split(' ');
    let mut out = words.next().unwrap_or("").to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}
