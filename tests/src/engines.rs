//! One sign-in, every engine.
//!
//! The reference evaluator reads the typed policies and the JSON request; the DAG and the bytecode
//! interpreter read the classes that the runtime encodes, by a program that has been saved and
//! loaded. Whole decisions are compared, member by member, and the quicker ways to decide
//! ([`Ways`]) in what they say.

use gatewright_bytecode::{Program, write};
use gatewright_codegen::{MaskUse, Options, emit};
use gatewright_compiler::DagWalk;
use gatewright_decision::{Decisions, Limits, OptimiseOptions, build, build_optimised};
use gatewright_hir::model::PolicySet;
use gatewright_reference as reference;
use gatewright_runtime::{Engine, Mode, ReportOptions, Request, Scratch};
use gatewright_source::SourceMap;
use serde_json::Value;

use crate::ways::Ways;

/// A policy set, compiled, saved and loaded.
pub struct Subject {
    /// The typed policies.
    pub set: PolicySet,
    /// Their diagrams.
    pub decisions: Decisions,
    /// The engine that loaded the bundle.
    pub engine: Engine,
    /// The quicker ways to decide.
    pub ways: Ways,
}

/// The program of a set, as its policies say, without passes.
#[must_use]
pub fn program(set: &PolicySet, masks: MaskUse) -> Program {
    let decisions = build(set, &Limits::default());
    let options = Options {
        masks,
        ..Options::default()
    };
    emit(set, &decisions, &SourceMap::new(), &options)
}

/// Two engines that say different things of one request.
#[derive(Debug)]
pub struct Disagreement {
    /// Which engines.
    pub between: String,
    /// What each says.
    pub left: Value,
    /// What each says.
    pub right: Value,
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} disagree:", self.between)?;
        differences(&self.left, &self.right, "", f)
    }
}

/// Write where two values differ, one line per place.
fn differences(
    left: &Value,
    right: &Value,
    at: &str,
    f: &mut std::fmt::Formatter<'_>,
) -> std::fmt::Result {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let (x, y) = (a.get(name), b.get(name));
                if x != y {
                    let place = format!("{at}.{name}");
                    let absent = Value::String("<absent>".to_owned());
                    differences(x.unwrap_or(&absent), y.unwrap_or(&absent), &place, f)?;
                }
            }
            Ok(())
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (place, (x, y)) in a.iter().zip(b).enumerate() {
                if x != y {
                    differences(x, y, &format!("{at}[{place}]"), f)?;
                }
            }
            Ok(())
        }
        _ => writeln!(f, "  {at}: {left} / {right}"),
    }
}

impl Subject {
    /// Compile, save and load.
    ///
    /// # Errors
    /// What is wrong with the bundle that the compiler wrote: always a defect.
    pub fn new(set: PolicySet) -> Result<Subject, String> {
        Subject::optimised(set, &OptimiseOptions::default())
    }

    /// Compile with these passes, save and load.
    ///
    /// # Errors
    /// What is wrong with the bundle that the compiler wrote: always a defect.
    pub fn optimised(set: PolicySet, options: &OptimiseOptions) -> Result<Subject, String> {
        let (decisions, _) = build_optimised(&set, options);
        decisions.verify()?;
        let engine = |masks| {
            let options = Options {
                masks,
                ..Options::default()
            };
            let program = emit(&set, &decisions, &SourceMap::new(), &options);
            let bytes = write(&program, &[]).map_err(|error| error.to_string())?;
            let engine = Engine::load(&bytes).map_err(|error| error.to_string())?;
            if *engine.program() != program {
                return Err("the program is another one after saving and loading".to_owned());
            }
            Ok(engine)
        };
        Ok(Subject {
            engine: engine(MaskUse::default())?,
            ways: Ways::new(engine(MaskUse::Always)?),
            set,
            decisions,
        })
    }

    /// Decide by every engine and every way but as a batch; the decision, if they agree.
    ///
    /// # Errors
    /// The engines that disagree and what each says. A request that every engine refuses is the
    /// value `null`.
    pub fn decide(&self, request: &Value, mode: Mode) -> Result<Value, Box<Disagreement>> {
        let decision = self.decide_by_engines(request, mode)?;
        let mut scratch = Scratch::default();
        self.ways.check(request, &decision, mode, &mut scratch)?;
        Ok(decision)
    }

    /// Decide by every engine; the decision, if they agree.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn decide_by_engines(
        &self,
        request: &Value,
        mode: Mode,
    ) -> Result<Value, Box<Disagreement>> {
        let expected = self.reference(request, mode);
        let bytes = request.to_string();
        let (vm, dag) = self.compiled(bytes.as_bytes(), mode);
        let disagreement = |between: &str, left: &Value, right: &Value| {
            Box::new(Disagreement {
                between: between.to_owned(),
                left: left.clone(),
                right: right.clone(),
            })
        };
        if vm != dag {
            return Err(disagreement("bytecode and DAG", &vm, &dag));
        }
        if vm != expected {
            return Err(disagreement("bytecode and reference", &vm, &expected));
        }
        Ok(expected)
    }

    /// What the reference evaluator says; `null` where it refuses the request.
    #[must_use]
    pub fn reference(&self, request: &Value, mode: Mode) -> Value {
        let mode = match mode {
            Mode::Graph => reference::Mode::Graph,
            Mode::Pessimistic => reference::Mode::Pessimistic,
        };
        reference::decide(&self.set, request, mode, None).unwrap_or(Value::Null)
    }

    fn compiled(&self, bytes: &[u8], mode: Mode) -> (Value, Value) {
        let Ok(request) = Request::from_json(&self.engine, bytes) else {
            return (Value::Null, Value::Null);
        };
        let mut scratch = Scratch::default();
        let options = ReportOptions {
            mode,
            explain: false,
            hash: false,
        };
        let vm = self.engine.report(&request, &mut scratch, &options);
        let walk = DagWalk(&self.decisions);
        let dag = self
            .engine
            .report_with(&walk, &request, &mut scratch, &options);
        let value = |report: Result<gatewright_runtime::Report, _>| {
            report
                .ok()
                .and_then(|r| serde_json::to_value(r).ok())
                .unwrap_or(Value::Null)
        };
        (value(vm), value(dag))
    }
}
