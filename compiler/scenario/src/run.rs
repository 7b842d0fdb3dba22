//! Running tests.

use gatewright_bytecode::Program;
use gatewright_codegen::{Options as EmitOptions, emit};
use gatewright_decision::{OptimiseOptions, build_optimised, checkpoint};
use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::{Scenario, Step};
use gatewright_runtime::{
    Directory, Engine, LoadError, Mode, ReadOptions, Report, ReportOptions, Request, Scratch,
};
use gatewright_source::{SourceMap, Span};

use crate::coverage::{Coverage, Recorder};
use crate::filter::Filter;
use crate::invariants::InvariantResult;
use crate::judge::{Decided, judge};
use crate::mutation::Mutation;
use crate::request::to_json;
use crate::suggestions::Suggestions;
use crate::why::{Reason, reasons};

/// How to run tests.
#[derive(Clone, Debug, Default)]
pub struct Options<'d> {
    /// Which tests.
    pub filter: Filter,
    /// Whether to find out what they cover.
    pub coverage: bool,
    /// People with their groups and roles, for users whose facts the tests leave out.
    pub directory: Option<&'d Directory>,
    /// The instant of sign-ins that name none, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: Option<i64>,
}

/// What became of the tests.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every test that was run, in order.
    pub tests: Vec<TestResult>,
    /// The invariants that were chosen, where somebody has decided them.
    pub invariants: Vec<InvariantResult>,
    /// How many tests and invariants were not chosen.
    pub left_out: usize,
    /// What they cover, where that was asked for.
    pub coverage: Option<Coverage>,
    /// What became of mutants, where that was asked for: [`mutation`](crate::mutation()) says it.
    pub mutation: Option<Mutation>,
    /// Tests for what is not covered, where somebody has found some.
    pub suggestions: Option<Suggestions>,
}

/// What became of a test.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// How many sign-ins it decided.
    pub steps: usize,
    /// Where a decision was not as expected.
    pub failures: Vec<Failure>,
    /// What the runtime had to say about the sign-ins.
    pub warnings: Vec<String>,
}

/// A decision that was not as expected.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which sign-in of the test, from 1.
    pub step: usize,
    /// Where the expectation is written, or the sign-in that could not be decided.
    pub span: Span,
    /// What was expected, in words.
    pub expected: String,
    /// What came out, in words.
    pub got: String,
    /// The policies that made it so.
    pub why: Vec<Reason>,
    /// The sign-in, as JSON.
    pub request: String,
}

/// Why tests could not be run.
#[derive(Debug, thiserror::Error)]
#[error("the set cannot be run: {0}")]
pub struct RunError(#[from] LoadError);

impl Run {
    /// How many tests and invariants failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        let failed = |test: &&TestResult| !test.failures.is_empty();
        let refuted = self.invariants.iter().filter(|one| one.has_failed());
        self.tests.iter().filter(failed).count() + refuted.count()
    }

    /// Every failure as a finding.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let failures = self
            .tests
            .iter()
            .flat_map(|test| test.failures.iter().map(move |failure| (test, failure)));
        let failures = failures.map(|(test, failure)| failure.diagnostic(test));
        let invariants = self.invariants.iter();
        failures
            .chain(invariants.filter_map(|one| one.finding.clone()))
            .collect()
    }
}

impl Failure {
    /// The failure as a finding at the expectation.
    #[must_use]
    pub fn diagnostic(&self, test: &TestResult) -> Diagnostic {
        let step = if test.steps > 1 {
            format!(", step {}", self.step)
        } else {
            String::new()
        };
        let message = format!(
            "`{}`{step}: expected {}, got {}",
            test.name, self.expected, self.got
        );
        let mut found =
            Diagnostic::new(codes::GW0249, self.span, message).because(format!("got {}", self.got));
        let mut said = Vec::new();
        for reason in &self.why {
            match reason.span {
                Some(span) => found = found.label(span, reason.text.clone()),
                None => said.push(reason.text.clone()),
            }
        }
        if said.is_empty() {
            found
        } else {
            found.help(said.join("; "))
        }
    }
}

/// Run the tests of a set. `progress` is told before the first test and after each how many of how
/// many are done.
///
/// # Errors
/// The set cannot be compiled to a program that runs.
pub fn run(
    set: &PolicySet,
    scenarios: &[Scenario],
    sources: &SourceMap,
    options: &Options<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Run, RunError> {
    let chosen: Vec<&Scenario> = scenarios
        .iter()
        .filter(|scenario| options.filter.matches(&scenario.name))
        .collect();
    let engine = Engine::from_program(program(set, sources))?;
    let mut recorder = if options.coverage {
        Some(Recorder::new(set, sources)?)
    } else {
        None
    };
    let mut running = Running {
        set,
        sources,
        engine: &engine,
        read_options: ReadOptions {
            directory: options.directory,
            now: options.now,
        },
        scratch: Scratch::default(),
    };
    let mut tests = Vec::with_capacity(chosen.len());
    progress(0, chosen.len());
    for (at, scenario) in chosen.iter().enumerate() {
        checkpoint();
        tests.push(running.test(scenario, recorder.as_mut()));
        progress(at + 1, chosen.len());
    }
    Ok(Run {
        tests,
        invariants: Vec::new(),
        left_out: scenarios.len() - chosen.len(),
        coverage: recorder.map(Recorder::finish),
        mutation: None,
        suggestions: None,
    })
}

pub(crate) fn program(set: &PolicySet, sources: &SourceMap) -> Program {
    let (decisions, _) = build_optimised(set, &OptimiseOptions::default());
    emit(set, &decisions, sources, &EmitOptions::default())
}

struct Running<'a> {
    set: &'a PolicySet,
    sources: &'a SourceMap,
    engine: &'a Engine,
    read_options: ReadOptions<'a>,
    scratch: Scratch,
}

impl Running<'_> {
    fn test(&mut self, scenario: &Scenario, mut recorder: Option<&mut Recorder>) -> TestResult {
        let mut result = TestResult {
            name: scenario.name.clone(),
            span: scenario.name_span,
            steps: scenario.steps.len(),
            failures: Vec::new(),
            warnings: Vec::new(),
        };
        for (at, step) in scenario.steps.iter().enumerate() {
            let json = to_json(&step.request);
            self.step(at + 1, step, &json, &mut result);
            if let Some(recorder) = recorder.as_deref_mut() {
                recorder.record(&json, &self.read_options);
            }
        }
        result
    }

    fn step(&mut self, number: usize, step: &Step, json: &str, result: &mut TestResult) {
        let options = self.read_options;
        let undecided = |got: String| Failure {
            step: number,
            span: step.given,
            expected: "a decision".to_owned(),
            got,
            why: Vec::new(),
            request: json.to_owned(),
        };
        let request = match Request::from_json_with(self.engine, json.as_bytes(), &options) {
            Ok(request) => request,
            Err(error) => {
                let member = if error.path.is_empty() {
                    String::new()
                } else {
                    format!("`{}`: ", error.path)
                };
                let got = format!("a sign-in that cannot be read: {member}{}", error.message);
                result.failures.push(undecided(got));
                return;
            }
        };
        result.warnings.extend(request.warnings().iter().cloned());
        let decided = match self.decide(&request, false) {
            Ok(decided) => decided,
            Err(error) => {
                result.failures.push(undecided(error));
                return;
            }
        };
        let mut explained = None;
        for expectation in &step.expectations {
            let Some(difference) = judge(expectation, &decided, self.set) else {
                continue;
            };
            if explained.is_none() {
                explained = self.decide(&request, true).ok();
            }
            let report = explained.as_ref().map_or(&decided.report, |d| &d.report);
            let why = reasons(expectation, report, self.set, self.sources);
            result.failures.push(Failure {
                step: number,
                span: expectation.span,
                expected: difference.expected,
                got: difference.got,
                why,
                request: json.to_owned(),
            });
        }
    }

    fn decide(&mut self, request: &Request<'_>, explain: bool) -> Result<Decided, String> {
        let options = ReportOptions {
            mode: Mode::Graph,
            explain,
            hash: false,
        };
        let report: Report = self
            .engine
            .report(request, &mut self.scratch, &options)
            .map_err(|error| error.to_string())?;
        let decision = self
            .engine
            .decide(request, &mut self.scratch, Mode::Graph)
            .map_err(|error| error.to_string())?;
        let mut session = decision.session();
        session.filtering_profiles = decision.filtering_profiles().map(str::to_owned).collect();
        let json = serde_json::to_value(&report).unwrap_or_default();
        Ok(Decided {
            report,
            json,
            session,
        })
    }
}
