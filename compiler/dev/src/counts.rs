//! `cargo dev counts`: decisions must not come to take more instructions.
//!
//! Times on a machine that does other things as well are noise; instructions are not. The example
//! `counts` of `gatewright-tests` decides the workload of the benchmarks in several ways, and each
//! is run twice under callgrind with different numbers of passes: the difference, divided by the
//! decisions that it is of, is what a decision takes, compiling and reading apart. The committed
//! figures are those of one kind of processor: libraries choose their loops by what it has.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{begin, cargo, finish, say, say_error};
use crate::tree::write_whole;

const FILE: &str = "tests/counts.json";

/// Of a hundred: how much more a decision may take than was committed.
const TOLERANCE: u64 = 3;

/// Passes of the two runs of which the difference is taken; the first of them warms up. Compiling
/// differs by some ten thousand instructions from run to run, which the passes make small.
const PASSES: [u64; 2] = [1, 101];

/// What to do with what was counted.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Write the figures instead of comparing them
    #[arg(long)]
    pub(crate) bless: bool,
}

/// Tenths of an instruction per decision, by the way to decide.
type Counts = BTreeMap<String, u64>;

/// Count, and compare or write; true where no way has become dearer.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    begin(&format!("{:<40} ", "instructions per decision"));
    if !has_valgrind() {
        say("skipped: valgrind is not installed");
        return Ok(true);
    }
    let built = cargo(
        root,
        &[
            "build",
            "--quiet",
            "--release",
            "-p",
            "gatewright-tests",
            "--example",
            "counts",
        ],
    );
    let built = finish(built, None)?;
    if !built.is_success {
        say("FAILS");
        say_error(&built.output);
        return Ok(false);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let example = root.join(target).join("release/examples/counts");
    let now = count_all(&example)?;
    let path = root.join(FILE);
    if options.bless {
        write_whole(&path, &text(&now))?;
        say("written");
        return Ok(true);
    }
    let committed = std::fs::read_to_string(&path).with_context(|| FILE.to_owned())?;
    let (lines, holds) = compare(&parse(&committed)?, &now);
    say(if holds { "holds" } else { "FAILS" });
    for line in lines {
        say(&format!("    {line}"));
    }
    Ok(holds)
}

/// Whether there is a valgrind to run.
pub(crate) fn has_valgrind() -> bool {
    let version = finish(valgrind(&["--version"]), None);
    version.is_ok_and(|finished| finished.is_success)
}

fn valgrind(arguments: &[&str]) -> Command {
    let mut command = Command::new("valgrind");
    command.args(arguments);
    command
}

fn count_all(example: &Path) -> Result<Counts> {
    let ways = finish(Command::new(example), None)?;
    anyhow::ensure!(ways.is_success, "{}", ways.output);
    let ways = ways.output.lines();
    ways.map(|way| Ok((way.to_owned(), count(example, way)?)))
        .collect()
}

fn count(example: &Path, way: &str) -> Result<u64> {
    let mut totals = Vec::new();
    for passes in PASSES {
        let mut command = valgrind(&["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(example).args([way, &passes.to_string()]);
        // What the environment holds decides where the stack lies.
        command.env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        let finished = finish(command, None)?;
        let counted = counted(&finished.output).filter(|_| finished.is_success);
        totals.push(counted.with_context(|| format!("{way}: {}", finished.output))?);
    }
    let [
        (instructions, decisions),
        (more_instructions, more_decisions),
    ] = totals[..]
    else {
        anyhow::bail!("{way}: two runs have two results");
    };
    let decisions = (more_decisions - decisions).max(1);
    Ok((more_instructions.saturating_sub(instructions) * 10 + decisions / 2) / decisions)
}

/// What callgrind and the example say: instructions and decisions.
fn counted(output: &str) -> Option<(u64, u64)> {
    let after = |line: &str| line.rsplit(' ').next()?.trim().parse().ok();
    let mut lines = output.lines();
    let instructions = lines.find(|line| line.contains("Collected :"));
    let decisions = output.lines().find_map(|line| line.trim().parse().ok());
    instructions.and_then(after).zip(decisions)
}

/// A line for each way, and whether none has become dearer.
fn compare(committed: &Counts, now: &Counts) -> (Vec<String>, bool) {
    let mut lines = Vec::new();
    let mut holds = true;
    for (way, count) in now {
        let Some(was) = committed.get(way) else {
            lines.push(format!("{way}: no figure is committed"));
            holds = false;
            continue;
        };
        let is_dearer = count * 100 > was * (100 + TOLERANCE);
        let is_cheaper = count * (100 + TOLERANCE) < was * 100;
        holds &= !is_dearer;
        let word = match (is_dearer, is_cheaper) {
            (true, _) => "MORE",
            (_, true) => "less: `cargo dev counts --bless` keeps it so",
            _ => "as before",
        };
        lines.push(format!(
            "{way:<16} {:>9} → {:>9}  {word}",
            tenths(*was),
            tenths(*count)
        ));
    }
    for way in committed.keys().filter(|way| !now.contains_key(*way)) {
        lines.push(format!("{way}: is not counted any more"));
        holds = false;
    }
    (lines, holds)
}

fn tenths(count: u64) -> String {
    format!("{}.{}", count / 10, count % 10)
}

/// JSON, a way per line.
fn text(counts: &Counts) -> String {
    let lines = counts
        .iter()
        .map(|(way, count)| format!("  \"{way}\": {}", tenths(*count)));
    let lines: Vec<String> = lines.collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// What [`text`] writes.
fn parse(text: &str) -> Result<Counts> {
    let entries = text.lines().filter(|line| line.contains(':'));
    let entry = |line: &str| {
        let (way, count) = line.trim().trim_end_matches(',').split_once(':')?;
        let (whole, tenth) = count.trim().split_once('.')?;
        let tenths = whole.parse::<u64>().ok()? * 10 + tenth.parse::<u64>().ok()?;
        Some((way.trim().trim_matches('"').to_owned(), tenths))
    };
    entries
        .map(|line| entry(line).with_context(|| format!("{FILE}: `{line}` is no figure")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, u64)]) -> Counts {
        let rows = rows.iter();
        rows.map(|(way, count)| ((*way).to_owned(), *count))
            .collect()
    }

    #[test]
    fn figures_come_back_from_their_text() {
        let some = counts(&[("batch-row", 423), ("combined", 12_340)]);
        assert_eq!(parse(&text(&some)).unwrap(), some);
        assert!(parse("{\n  \"combined\": many\n}\n").is_err());
    }

    #[test]
    fn what_callgrind_says_is_read_among_other_lines() {
        let said = "==7== Callgrind\n200\n==7== \n==7== Collected : 1234\n==7==\n";
        assert_eq!(counted(said), Some((1234, 200)));
        assert_eq!(counted("200\n"), None);
    }

    #[test]
    fn more_than_the_tolerance_fails_and_so_does_a_way_that_is_new_or_gone() {
        let was = counts(&[("list", 1000)]);
        let holds = |rows: &[(&str, u64)]| compare(&was, &counts(rows)).1;
        assert!(holds(&[("list", 1030)]));
        assert!(holds(&[("list", 10)]));
        assert!(!holds(&[("list", 1031)]));
        assert!(!holds(&[("list", 1000), ("json", 1)]));
        assert!(!holds(&[]));
    }
}
