//! What an editor still shows of a file in which one thing is wrong.
//!
//! Each token of the examples is damaged in every way of [`damages`], one at a time, and the
//! project is compiled in the session that an editor has. What holds for each damage is asserted
//! for each: there is an error, the formatter keeps what is written, and the session says what a
//! compilation from scratch says. What holds for nearly all is measured, and the measure is
//! asserted: the rest of the file keeps its symbols, colours and lenses, and nothing is said
//! outside of the declaration that is damaged.
//!
//! A part of the damages in the ordinary run; `GATEWRIGHT_FULL=1` makes it all of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what is not there is a failing test"
)]

mod damages;
mod seen;

use std::ops::Range;

use gatewright_compiler::{Input, Session, SourceFile, compile};
use gatewright_tests::repository::files;

use damages::{Damage, damages};
use seen::{Said, Seen, Symbol};

/// In the ordinary run, one damage in so many; a prime, so that every kind comes.
const ONE_IN: usize = 307;

/// One compilation from scratch for so many in the session.
const FRESH_ONE_IN: usize = 16;

const PROJECTS: [&str; 6] = [
    "contoso",
    "meridian",
    "common-policies",
    "controls",
    "device-risk",
    "payments",
];

/// Declarations of a schema: whatever else there is, is written in their words.
const VOCABULARY: [&str; 7] = [
    "schema", "entity", "enum", "control", "session", "effect", "dialect",
];

fn project(name: &str) -> Input {
    let mut input = Input::default();
    for file in files() {
        let Some(path) = file.path.strip_prefix(&format!("examples/{name}/")) else {
            continue;
        };
        let source = SourceFile {
            path: path.to_owned(),
            bytes: file.text.clone().into_bytes(),
        };
        if path == "gatewright.toml" {
            input.manifest = Some(source);
        } else if path.ends_with(".gate") {
            input.files.push(source);
        }
    }
    input
}

/// What was found of all damages together; a few of each for a look.
#[derive(Default)]
struct Measure {
    damages: usize,
    unreadable: usize,
    syntax_errors: usize,
    words: usize,
    /// Damages by what was lost with them.
    lost: [Vec<String>; LOSSES.len()],
}

/// What may be lost, and of how many in a thousand unreadable texts it is at most.
const LOSSES: [(&str, usize); 6] = [
    ("something is said outside of the declaration", 10),
    ("more than one thing is said in the declaration", 45),
    ("another declaration has no symbol", 5),
    ("another declaration has no lens", 5),
    ("a word of another declaration has no colour", 5),
    ("a word of the declaration has no colour", 20),
];

impl Measure {
    fn loses(&mut self, what: usize, is_lost: bool, shown: impl Fn() -> String) {
        if is_lost {
            self.lost[what].push(shown());
        }
    }

    fn check(&self) {
        println!(
            "{} damages, {} unreadable texts, {} syntax errors",
            self.damages, self.unreadable, self.syntax_errors
        );
        for ((what, most), found) in LOSSES.iter().zip(&self.lost) {
            println!("{what}: {}", found.len());
            let shown = found.iter().take(20).cloned().collect::<Vec<_>>();
            let is_fine = found.len() * 1000 <= most * self.unreadable;
            assert!(is_fine, "{what}: {}\n{}", found.len(), shown.join("\n"));
        }
        assert!(self.syntax_errors * 100 <= self.unreadable * 104);
    }
}

/// A file of a project, whole.
struct Whole<'a> {
    path: &'a str,
    text: &'a str,
    seen: &'a Seen,
}

impl Whole<'_> {
    /// The innermost declaration around the damage.
    fn damaged(&self, damage: &Damage) -> Option<&Symbol> {
        let holds = |range: &Range<usize>| {
            range.start <= damage.range.start && damage.range.end <= range.end
        };
        let around = self.seen.symbols.iter().filter(|one| holds(&one.range));
        around.max_by_key(|one| one.depth)
    }

    fn compare(&self, damage: &Damage, seen: &Seen, measure: &mut Measure) {
        let line = self.text[..damage.range.start].matches('\n').count() + 1;
        let shown = || format!("{}:{line} {:?}", self.path, damage.kind);
        let own = self.damaged(damage);
        let range = own.map_or(damage.range.clone(), |own| own.range.clone());
        let new = self.added(damage, seen);
        let syntax_errors = new.iter().filter(|said| said.is_of_syntax()).count();
        measure.damages += 1;
        if syntax_errors == 0 {
            assert!(!damage.kind.always_breaks(), "{}", shown());
            return;
        }
        measure.unreadable += 1;
        measure.syntax_errors += syntax_errors;
        let name = own.map_or("", |own| own.name.as_str());
        let is_inside = |said: &Said| {
            let end = damage.moved(range.end);
            said.path == self.path && range.start <= said.range.start && said.range.end <= end
        };
        let is_vocabulary = own.is_some_and(|own| VOCABULARY.contains(&own.kind));
        let is_of_name = |said: &Said| !name.is_empty() && said.message.contains(name);
        let is_due = |said: &Said| is_inside(said) || is_vocabulary || is_of_name(said);
        measure.loses(0, !new.iter().all(|said| is_due(said)), shown);
        let inside = new.iter().filter(|said| is_inside(said)).count();
        measure.loses(1, inside > 1, shown);
        let others = self.seen.symbols.iter().filter(|one| Some(*one) != own);
        let is_there = |one: &Symbol| {
            let mut all = seen.symbols.iter();
            all.any(|other| other.kind == one.kind && other.name == one.name)
        };
        measure.loses(2, !{ others }.all(is_there), shown);
        let is_other = |at: usize| !range.contains(&at);
        let is_taken = |at: usize| damage.range.contains(&at);
        let lenses = self.seen.lenses.iter().filter(|at| is_other(**at));
        let has_lens = |at: &usize| is_taken(*at) || seen.lenses.contains(&damage.moved(*at));
        measure.loses(3, !{ lenses }.all(has_lens), shown);
        let is_bare = |at: usize| {
            let now = damage.moved(at);
            let is_in_string = |string: &Range<usize>| string.start < now && now < string.end;
            let is_word = !is_taken(at) && !seen.strings.iter().any(is_in_string);
            is_word && !seen.colours.contains_key(&now)
        };
        let words = || self.seen.colours.keys().copied();
        measure.words += words().count();
        measure.loses(4, words().any(|at| is_other(at) && is_bare(at)), shown);
        measure.loses(5, words().any(|at| !is_other(at) && is_bare(at)), shown);
    }

    /// What is said now and was not said of the whole file.
    fn added<'s>(&self, damage: &Damage, seen: &'s Seen) -> Vec<&'s Said> {
        let moved = |said: &Said| {
            let mut said = said.clone();
            if said.path == self.path {
                said.range = damage.moved(said.range.start)..damage.moved(said.range.end);
            }
            said
        };
        let known: Vec<Said> = self.seen.said.iter().map(moved).collect();
        let new = seen.said.iter().filter(|said| !known.contains(said));
        new.collect()
    }
}

/// The formatter moves blanks, whatever else is wrong with a text.
fn assert_formatted(text: &str) {
    let formatted = gatewright_format::format(text).unwrap().text;
    let kept = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(kept(&formatted), kept(text));
}

#[test]
fn one_mistake_leaves_the_rest_of_the_file_as_it_was() {
    let is_full = std::env::var_os("GATEWRIGHT_FULL").is_some();
    let one_in = if is_full { 1 } else { ONE_IN };
    let mut measure = Measure::default();
    let mut count = 0;
    for name in PROJECTS {
        let input = project(name);
        let mut session = Session::new();
        for (place, file) in input.files.iter().enumerate() {
            let text = std::str::from_utf8(&file.bytes).unwrap();
            let seen = &Seen::new(&input, session.compile(&input), &file.path);
            let path = &file.path;
            let whole = Whole { path, text, seen };
            for damage in damages(text) {
                count += 1;
                if count % one_in != 0 {
                    continue;
                }
                let mut edited = input.clone();
                let damaged = damage.apply(text);
                assert_formatted(&damaged);
                edited.files[place].bytes = damaged.into_bytes();
                let compilation = session.compile(&edited);
                if count % (one_in * FRESH_ONE_IN) == 0 {
                    let anew = compile(&edited);
                    assert_eq!(compilation.render(), anew.render());
                    assert_eq!(compilation.references, anew.references);
                }
                let seen = Seen::new(&edited, compilation, &file.path);
                whole.compare(&damage, &seen, &mut measure);
            }
        }
    }
    measure.check();
}
