//! `gatewright test`: run the scenario tests of a project, and decide its invariants.

mod invariants;
mod mutate;
mod suggest;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::Compilation;
use gatewright_diagnostics::render;
use gatewright_runtime::{ReadOptions, format_date_time};
use gatewright_scenario::{
    Fate, Filter, Mutation, Options, Run, Suite, human, json, junit, mutation, run as run_tests,
    suggested,
};

use crate::args::{Common, Test, TestFormat};
use crate::clock::instant;
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{people, project};

/// Run the tests and print what became of them.
pub(crate) fn run(args: &Test, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let paths = if args.paths.is_empty() {
        vec![PathBuf::from(".")]
    } else {
        args.paths.clone()
    };
    let now = common.now.as_ref().map(|_| instant(common)).transpose()?;
    let compilation = project::open_sources(&paths, common)?;
    project::report(&compilation, terminal);
    if !compilation.is_readable() {
        return Ok(Outcome::Invalid);
    }
    let people = people::for_runtime(&compilation.directory);
    let options = Options {
        filter: args.run.as_deref().map(Filter::new).unwrap_or_default(),
        coverage: args.coverage || args.suggest,
        directory: common.directory.as_ref().map(|_| &people),
        now,
    };
    let (began, clock) = (SystemTime::now(), Instant::now());
    let mut result = run_tests(
        &compilation.set,
        &compilation.scenarios,
        &compilation.sources,
        &options,
        &mut progress("tests"),
    )
    .context("the tests cannot be run")?;
    invariants::decide(&compilation, &options.filter, &mut result);
    if let Some(coverage) = &mut result.coverage {
        if args.suggest {
            let read = ReadOptions {
                directory: options.directory,
                now: options.now,
            };
            result.suggestions = Some(suggest::suggest(&compilation, coverage, &read));
        } else {
            suggest::rule_out(&compilation, coverage);
        }
    }
    if result.tests.is_empty() && result.invariants.is_empty() && result.left_out > 0 {
        bail!(
            "no test has the name `{}`; there are {}",
            args.run.as_deref().unwrap_or_default(),
            counted(result.left_out, "test", "tests")
        );
    }
    if args.mutate && result.failed() == 0 {
        let found = mutation(
            &compilation.set,
            &compilation.scenarios,
            &compilation.sources,
            &options,
            &mut |mutants| mutate::judged(&compilation, &options.filter, mutants),
            &mut progress("mutants"),
        );
        result.mutation = Some(found.context("the mutants cannot be run")?);
    }
    let suite = Suite {
        name: compilation
            .manifest
            .name
            .clone()
            .unwrap_or_else(|| "gatewright".to_owned()),
        timestamp: timestamp(began)?,
        seconds: clock.elapsed().as_secs_f64(),
    };
    print(args, &compilation, &result, &suite, terminal)?;
    tell(&result, terminal);
    if args.mutate && result.mutation.is_none() {
        terminal.say("no mutant was run: every test has to pass first");
    }
    let survivors = result.mutation.iter().flat_map(Mutation::survivors);
    let (unknown, survivors): (Vec<_>, Vec<_>) =
        survivors.partition(|one| matches!(one.fate, Fate::Unknown(_)));
    Ok(if result.failed() > 0 || !survivors.is_empty() {
        Outcome::No
    } else if invariants::has_unknown(&result) || !unknown.is_empty() {
        Outcome::Unknown
    } else {
        Outcome::Yes
    })
}

/// A count on standard error that grows, where somebody watches and it takes long.
pub(super) fn progress(what: &'static str) -> impl FnMut(usize, usize) {
    let is_watched = std::io::stderr().is_terminal();
    let clock = Instant::now();
    let mut is_shown = false;
    move |done, all| {
        let is_long = clock.elapsed().as_millis() > 500;
        if !is_watched || !(is_long || is_shown) || (done % 16 != 0 && done != all) {
            return;
        }
        is_shown = true;
        let end = if done == all { "\r\x1b[K" } else { "" };
        // Where standard error is closed there is nobody to tell.
        let _ = write!(std::io::stderr().lock(), "\r{done} of {all} {what}{end}");
    }
}

/// The time as JUnit has it: UTC, whole seconds, without a zone.
fn timestamp(time: SystemTime) -> Result<String> {
    let milliseconds = i64::try_from(time.duration_since(UNIX_EPOCH)?.as_millis())?;
    let text = format_date_time(milliseconds - milliseconds.rem_euclid(1000));
    Ok(text.trim_end_matches('Z').to_owned())
}

fn print(
    args: &Test,
    compilation: &Compilation,
    result: &Run,
    suite: &Suite,
    terminal: &Terminal,
) -> Result<()> {
    let sources = &compilation.sources;
    match args.format {
        TestFormat::Json => terminal.print(&json(result, sources)),
        TestFormat::Junit => terminal.print(&junit(result, suite, sources)),
        TestFormat::Human => {
            let mut text = human(result, sources);
            let findings = result.diagnostics();
            if !findings.is_empty() {
                text.push('\n');
                text.push_str(&render::human(&findings, sources, terminal.color_out));
            }
            let failures = result
                .tests
                .iter()
                .flat_map(|test| test.failures.iter().map(move |failure| (test, failure)));
            let mut shown: Vec<&str> = Vec::new();
            for (test, failure) in failures {
                if shown.contains(&failure.request.as_str()) {
                    continue;
                }
                shown.push(&failure.request);
                text.push_str(&format!(
                    "`{}`, step {}: `gatewright eval PATH --request -` decides it again:\n{}\n",
                    test.name, failure.step, failure.request
                ));
            }
            match &result.suggestions {
                // What is on standard output can go into a file as it is.
                Some(suggestions) => {
                    terminal.say(text.trim_end());
                    terminal.print(&suggested(suggestions))
                }
                None => terminal.print(&text),
            }
        }
    }
}

/// The sum, and what was not run, on standard error.
fn tell(result: &Run, terminal: &Terminal) {
    // Where a test is as expected, what it leaves out was left out on purpose.
    for test in result.tests.iter().filter(|test| !test.failures.is_empty()) {
        let warnings: BTreeSet<&String> = test.warnings.iter().collect();
        for warning in warnings {
            terminal.say(&format!("warning: test `{}`: {warning}", test.name));
        }
    }
    let failed = result
        .tests
        .iter()
        .filter(|test| !test.failures.is_empty())
        .count();
    let left_out = if result.left_out > 0 {
        format!(", {} left out", result.left_out)
    } else {
        String::new()
    };
    let what = counted(result.tests.len(), "test", "tests");
    terminal.say(&format!(
        "{what}: {} passed, {failed} failed{left_out}",
        result.tests.len() - failed
    ));
    invariants::tell(result, terminal);
    if let Some(suggestions) = &result.suggestions {
        terminal.say(&match suggestions.tests.len() {
            0 => "no test to suggest: every edge that a sign-in can take is covered".to_owned(),
            count => counted(count, "test is suggested", "tests are suggested"),
        });
    }
    if let Some(mutation) = &result.mutation {
        let [killed, noticed, unchanged, survived] = mutation.counts();
        let what = counted(mutation.results.len(), "mutant", "mutants");
        terminal.say(&format!(
            "{what}: {} noticed, {unchanged} no change, {survived} survived",
            killed + noticed
        ));
    }
}
