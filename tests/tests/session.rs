//! A session compiles to what a compilation from scratch gives, after any edits.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use gatewright_compiler::{Compilation, Input, Session, SourceFile, compile};
use gatewright_interop::ImportOptions;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::repository::files;
use gatewright_tests::sayable::sayable;

/// Everything that a compilation says, as text.
fn said(compilation: &Compilation) -> String {
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:?}\n{}",
        compilation.set,
        compilation.scenarios,
        compilation.invariants,
        compilation.security_defaults,
        compilation.render()
    )
}

/// An example with all its policy text and Graph JSON.
fn project(folder: &str) -> Input {
    let is_source = |path: &str| {
        path.starts_with(folder)
            && (path.ends_with(".gate") || path.ends_with(".json"))
            && !path.contains("/sign-ins/")
            && !path.contains("/requests/")
    };
    let sources = files().into_iter().filter(|file| is_source(&file.path));
    Input {
        files: sources
            .map(|file| SourceFile {
                path: file.path,
                bytes: file.text.into_bytes(),
            })
            .collect(),
        ..Input::default()
    }
}

/// Change something somewhere: cut, double, swap words, move declarations between files.
fn edit(random: &mut Random, input: &mut Input) {
    let count = input.files.len();
    let at = random.below(count);
    let text = String::from_utf8_lossy(&input.files[at].bytes).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let line = random.below(lines.len().max(1));
    let with = |middle: &[&str]| {
        let (before, after) = lines.split_at(line.min(lines.len()));
        let after = after.get(1..).unwrap_or_default();
        [before, middle, after].concat().join("\n")
    };
    let edited = match random.below(7) {
        0 => with(&[]),
        1 => with(&[
            lines.get(line).unwrap_or(&""),
            lines.get(line).unwrap_or(&""),
        ]),
        2 => text.replacen("state enabled", "state reportOnly", 1),
        3 => text.replacen("mfa", "compliantDevice", 1),
        4 => format!(
            "{text}\npolicy \"Added {at} {line}\" {{ state enabled users all apps all require mfa }}\n"
        ),
        5 => format!("group Added{line} = \"00000000-0000-0000-0000-{line:012}\"\n{text}"),
        _ => with(&["    // ü"]),
    };
    input.files[at].bytes = edited.into_bytes();
    if random.below(12) == 0 && count > 2 {
        input.files.swap_remove(random.below(count));
    }
}

#[test]
fn after_any_edits_a_session_says_what_a_compilation_from_scratch_says() {
    let mut changed = 0;
    for (seed, folder) in [
        (1, "examples/contoso/"),
        (2, "examples/meridian/"),
        (3, "examples/common-policies/"),
        (4, "examples/device-risk/"),
        (5, "examples/controls/"),
    ] {
        let mut random = Random::new(seed);
        let original = project(folder);
        assert!(original.files.len() > 1, "{folder}");
        let mut input = original.clone();
        let mut session = Session::new();
        for step in 0..25 {
            let (again, anew) = (session.compile(&input), compile(&input));
            let (again, anew) = (said(&again), said(&anew));
            assert!(
                again == anew,
                "{folder}, step {step}: {}",
                difference(&again, &anew)
            );
            changed += usize::from(input != original);
            if step % 9 == 8 {
                input = original.clone();
            }
            edit(&mut random, &mut input);
        }
    }
    assert!(changed > 50, "{changed}");
}

/// What templates make stands in other files than their uses, also where those are in a scope.
#[test]
fn uses_of_templates_in_scopes_and_calls_of_rules_are_looked_at_again() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let template = "template T(who: list of group, what: state) {\n  policy \"{who} {what}\" {\n    \
                    state what users groups who apps all require mfa } }\n\
                    rule R(name: text) = device.model -eq name\n\
                    group A = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
                    group B = \"5b0c0de0-0000-4000-8000-000000000002\"\n";
    let plain = "policy \"P\" { state enabled users groups [A] apps all require mfa }\n";
    let texts = [
        "scope \"S\" { platforms [linux] use T([A], enabled) use T([B], enabled) }\n",
        "scope \"S\" { platforms [linux] use T([A], reportOnly) use T([B], enabled) }\n",
        "use T([A], enabled)\nuse T([B], enabled)\n",
        "use T([B], enabled)\nuse T([A], enabled)\n",
        "policy \"Q\" { state enabled users groups [A] apps all when R(\"x\") require mfa }\n",
        "policy \"Q\" { state enabled users groups [A] apps all when R(\"y\") require mfa }\n",
        "policy \"Q\" { state enabled users groups [A] apps all when R require mfa }\n",
        "policy \"Q\" { state enabled users groups [A] apps all when Unknown require mfa }\n",
        "",
    ];
    let mut session = Session::new();
    for (step, text) in texts.iter().chain(texts.iter().rev()).enumerate() {
        for other in [plain, "", plain] {
            let input = Input {
                files: vec![
                    file("a.gate", text),
                    file("p.gate", other),
                    file("t.gate", template),
                ],
                ..Input::default()
            };
            let (again, anew) = (said(&session.compile(&input)), said(&compile(&input)));
            assert!(again == anew, "{step}: {}", difference(&again, &anew));
        }
    }
}

/// What is found of pairs of policies is remembered with their diagrams: policies that get another
/// one's clauses, and lose them again, among many that have much in common.
#[test]
fn what_a_session_knows_of_pairs_of_policies_is_what_a_compilation_finds() {
    let (mut told, mut steps) = (0, 0);
    for seed in 1..4 {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &Base::entra(), 40);
        sayable(&mut set, &mut Histogram::default());
        let texts = gatewright_interop::write_project(&set, &ImportOptions::default());
        let files = texts
            .into_iter()
            .filter(|(path, _)| path.ends_with(".gate"));
        let files: Vec<SourceFile> = files
            .map(|(path, text)| SourceFile {
                path,
                bytes: text.into_bytes(),
            })
            .collect();
        let mut input = Input {
            files,
            ..Input::default()
        };
        let mut session = Session::new();
        let mut readable = input.clone();
        for step in 0..30 {
            let (again, anew) = (session.compile(&input), compile(&input));
            // Pairs are only looked at where everything could be read.
            if anew.is_readable() {
                readable.clone_from(&input);
            } else {
                input.clone_from(&readable);
            }
            let of_pairs = ["GW0429", "GW0495", "GW0498"];
            let codes = anew.diagnostics.iter().map(|d| d.code.name());
            told += codes.filter(|code| of_pairs.contains(code)).count();
            let (again, anew) = (said(&again), said(&anew));
            assert!(
                again == anew,
                "seed {seed}, step {step}: {}",
                difference(&again, &anew)
            );
            steps += 1;
            give_clauses(&mut random, &mut input);
        }
    }
    println!("{told} findings in {steps} steps");
    assert!(told > steps, "{told} findings in {steps} steps");
}

/// Give one policy the clauses of another, other constants or another state, or take a clause away.
fn give_clauses(random: &mut Random, input: &mut Input) {
    let text = |file: &SourceFile| String::from_utf8_lossy(&file.bytes).into_owned();
    let (from, to) = (
        random.below(input.files.len()),
        random.below(input.files.len()),
    );
    let (from, own) = (text(&input.files[from]), text(&input.files[to]));
    let (Some((_, clauses)), Some((head, rest))) = (from.split_once("{\n"), own.split_once("{\n"))
    else {
        return;
    };
    let edited = match random.below(6) {
        0 => own.replacen(" reportOnly\n", " enabled\n", 1),
        1 => own.replacen(" enabled\n", " reportOnly\n", 1),
        // A constant that nobody has asked about.
        2 => own.replacen("-eq \"", "-eq \"other", 1),
        3 => own.replacen("With \"", "With \"other", 1),
        4 if head.contains("policy") && from.contains("policy") => format!("{head}{{\n{clauses}"),
        _ => {
            let mut lines: Vec<&str> = rest.lines().collect();
            let at = random.below(lines.len());
            if lines.len() > 4 && !lines[at].contains('}') {
                lines.remove(at);
            }
            format!("{head}{{\n{}\n", lines.join("\n"))
        }
    };
    input.files[to].bytes = edited.into_bytes();
}

/// The first line in which two texts differ.
fn difference(left: &str, right: &str) -> String {
    let pairs = left.lines().zip(right.lines());
    let differing = pairs.filter(|(left, right)| left != right).take(3);
    let lines: Vec<String> = differing
        .map(|(l, r)| format!("{l}\n  instead of\n{r}"))
        .collect();
    lines.join("\n")
}
