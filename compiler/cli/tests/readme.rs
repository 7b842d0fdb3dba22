//! Every command that the documents and `--help` show: those that name what is there are run and
//! succeed, the others are at least commands, with options that exist. After a fence `sh exit=2`
//! they end with 2.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use common::{command, root};

const PREFIXES: [&str; 2] = ["gatewright ", "cargo run --bin gatewright -- "];

fn run(folder: &Path, args: &[String]) -> Output {
    let mut command = command();
    command
        .args(args)
        .current_dir(folder)
        .env("GATEWRIGHT_SECONDS", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// A command that is shown: the words after `gatewright`, and how it ends.
struct Shown {
    args: Vec<String>,
    exit: i32,
}

/// Every command in a text: lines of their own, also after a prompt or a pipe, and code between
/// backticks.
fn commands(text: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut exit = 0;
    for line in text.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            let expected = fence.split(' ').find_map(|word| word.strip_prefix("exit="));
            exit = expected.map_or(0, |code| code.parse().unwrap());
            continue;
        }
        let inline = line.split('`').skip(1).step_by(2);
        for code in line.split([';', '|']).chain(inline) {
            let code = code.trim().trim_start_matches("$ ");
            let args = PREFIXES.iter().find_map(|prefix| code.strip_prefix(prefix));
            let args = args.map(words).unwrap_or_default();
            if !args.is_empty() {
                shown.push(Shown { args, exit });
            }
        }
    }
    shown
}

/// Words as a shell makes them, up to where the command ends.
fn words(code: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut quote = None;
    for c in code.chars() {
        match quote {
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if matches!(c, '<' | '>' | '&' | '#') => break,
            None if c == ' ' => words.extend(Some(std::mem::take(&mut word))),
            Some(open) if c == open => quote = None,
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A name for something that the reader fills in, standard input, or a path to nothing.
fn is_placeholder(word: &str) -> bool {
    let stem = word.split('.').next().unwrap_or_default();
    let is_upper = stem.len() > 2 && stem.chars().all(|c| c.is_ascii_uppercase());
    let is_path =
        !word.contains(' ') && (word.contains('/') || Path::new(word).extension().is_some());
    is_upper || word == "-" || (is_path && !root().join(word).exists())
}

/// Every page below a folder; pages of diagnostics have tests of their own.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn texts() -> Vec<(String, String)> {
    let root = root();
    let mut paths = vec![root.join("README.md")];
    pages(&root.join("docs"), &mut paths);
    pages(&root.join("examples"), &mut paths);
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with("GW")
    });
    paths.sort();
    let read = |path: &PathBuf| {
        (
            path.display().to_string(),
            std::fs::read_to_string(path).unwrap(),
        )
    };
    let mut texts: Vec<(String, String)> = paths.iter().map(read).collect();
    for verb in [
        "check",
        "eval",
        "prove",
        "rule check",
        "rule eval",
        "diff",
        "import",
        "build",
        "inspect",
        "bench",
        "explain",
        "new",
        "completions",
        "",
    ] {
        let args: Vec<String> = verb
            .split_whitespace()
            .chain(["--help"])
            .map(Into::into)
            .collect();
        let help = String::from_utf8(run(&root, &args).stdout).unwrap();
        texts.push((format!("gatewright {verb} --help"), help));
    }
    texts
}

/// Where a command is run for good: nothing is left to fill in, and nothing is written but output.
/// `None` for the verb alone, which only names it.
fn is_complete(args: &[String], output: Option<usize>) -> Option<bool> {
    let verb = args.first()?.as_str();
    let stands_alone = ["explain", "version", "rule", "completions"].contains(&verb);
    let is_named = match args.len() {
        1 => !stands_alone || verb == "rule",
        2 => verb == "rule",
        _ => false,
    };
    if verb == "VERB" || is_named {
        return None;
    }
    let others = || args.iter().enumerate().skip(1);
    let is_open = others().any(|(at, word)| Some(at) != output && is_placeholder(word));
    let is_somewhere = others().any(|(_, word)| root().join(word).exists());
    let is_writing = verb == "new" || args.iter().any(|a| a == "--fix" || a == "--watch");
    Some(!is_open && !is_writing && (is_somewhere || stands_alone))
}

#[test]
fn every_command_that_is_shown_is_one() {
    let scratch = std::env::temp_dir().join(format!("gatewright-readme-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let (mut wrong, mut run_count, mut read_count) = (Vec::new(), 0, 0);
    for (page, text) in texts() {
        for Shown { mut args, exit } in commands(&text) {
            let output = args.iter().position(|a| a == "-o" || a == "--output");
            let output = output.map(|at| at + 1).filter(|at| *at < args.len());
            let Some(is_complete) = is_complete(&args, output) else {
                continue;
            };
            if let Some(output) = output {
                let name = format!("{run_count}-{read_count}-{}", args[output]);
                args[output] = scratch.join(name).to_string_lossy().into_owned();
            }
            args.retain(|word| word != "--watch");
            if let Some(at) = args.iter().position(|word| word == "--seconds") {
                // As short as it gets: what is measured is no matter here.
                args.drain(at..args.len().min(at + 2));
            }
            let folder = if is_complete { root() } else { scratch.clone() };
            let ran = run(&folder, &args);
            let err = String::from_utf8_lossy(&ran.stderr);
            let is_right = if is_complete {
                run_count += 1;
                ran.status.code() == Some(exit)
            } else {
                read_count += 1;
                !err.contains("Usage:") && !err.contains("'--help'")
            };
            if !is_right {
                let code = ran.status.code();
                wrong.push(format!("{page}: {args:?} ends with {code:?}\n{err}"));
            }
        }
    }
    std::fs::remove_dir_all(&scratch).unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(
        run_count > 15 && read_count > 10,
        "{run_count} were run, {read_count} read"
    );
}
