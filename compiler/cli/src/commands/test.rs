//! `gatewright test`: run the scenario tests of a project.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::Compilation;
use gatewright_diagnostics::{codes, render};
use gatewright_runtime::format_date_time;
use gatewright_scenario::{Filter, Options, Run, Suite, human, json, junit, run as run_tests};

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
        coverage: args.coverage,
        directory: common.directory.as_ref().map(|_| &people),
        now,
    };
    let (began, clock) = (SystemTime::now(), Instant::now());
    let result = run_tests(
        &compilation.set,
        &compilation.scenarios,
        &compilation.sources,
        &options,
        &mut progress(),
    )
    .context("the tests cannot be run")?;
    if result.tests.is_empty() && result.left_out > 0 {
        bail!(
            "no test has the name `{}`; there are {}",
            args.run.as_deref().unwrap_or_default(),
            counted(result.left_out, "test", "tests")
        );
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
    tell(&compilation, &result, terminal);
    Ok(if result.failed() > 0 {
        Outcome::No
    } else {
        Outcome::Yes
    })
}

/// A count on standard error that grows, where somebody watches and it takes long.
fn progress() -> impl FnMut(usize, usize) {
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
        let _ = write!(std::io::stderr().lock(), "\r{done} of {all} tests{end}");
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
            terminal.print(&text)
        }
    }
}

/// The sum, and what was not run, on standard error.
fn tell(compilation: &Compilation, result: &Run, terminal: &Terminal) {
    // Where a test is as expected, what it leaves out was left out on purpose.
    for test in result.tests.iter().filter(|test| !test.failures.is_empty()) {
        let warnings: BTreeSet<&String> = test.warnings.iter().collect();
        for warning in warnings {
            terminal.say(&format!("warning: test `{}`: {warning}", test.name));
        }
    }
    let invariants = compilation
        .diagnostics
        .iter()
        .filter(|found| found.code == codes::GW0211 && found.message.starts_with("the invariant"))
        .count();
    if invariants > 0 {
        let what = counted(invariants, "invariant", "invariants");
        terminal.say(&format!("{what} not decided yet"));
    }
    let failed = result.failed();
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
}
