//! A session compiles to what a compilation from scratch gives, after any edits.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_compiler::{Compilation, Input, Session, SourceFile, compile};
use gatewright_tests::generate::Random;
use gatewright_tests::repository::files;

/// Everything that a compilation says, as text.
fn said(compilation: &Compilation) -> String {
    format!(
        "{:#?}\n{:#?}\n{:?}\n{}",
        compilation.set,
        compilation.scenarios,
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

/// The first line in which two texts differ.
fn difference(left: &str, right: &str) -> String {
    let pairs = left.lines().zip(right.lines());
    let differing = pairs.filter(|(left, right)| left != right).take(3);
    let lines: Vec<String> = differing
        .map(|(l, r)| format!("{l}\n  instead of\n{r}"))
        .collect();
    lines.join("\n")
}
