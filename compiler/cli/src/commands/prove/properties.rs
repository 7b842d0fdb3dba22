//! What is to be proved: names, files, folders and clauses as invariants of one compilation.
//!
//! Properties are compiled together with the policies, so that they see the project's names. What
//! else is in their files, such as policies, is not the project's and is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gatewright_compiler::{Compilation, Input, SourceFile, compile, property};
use gatewright_diagnostics::codes;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::nearest;
use gatewright_source::Span;
use gatewright_value::folded_eq;

use crate::args::{Common, Prove};
use crate::project;
use crate::terminal::Terminal;

/// What to prove of which policies.
pub(super) struct Chosen {
    /// The policies. Where it is not readable, the rest is empty.
    pub(super) compilation: Compilation,
    /// What to prove, in the order of the arguments.
    pub(super) invariants: Vec<Invariant>,
    /// What `--within` says.
    pub(super) within: Option<Invariant>,
}

/// One argument.
enum Wanted {
    /// An invariant of the project.
    Name(String),
    /// The invariants of these files.
    Files(BTreeSet<String>),
}

/// The name under which `--within` is compiled.
const WITHIN: &str = "<--within>";

/// What is said where it does not say one.
const NOT_ONE: &str = "`--within` takes the clauses of one invariant, without `always` and `never`";

/// Words of which a text that says a property has one.
const PROPERTY_WORDS: [&str; 4] = ["always", "never", "invariant", "use"];

/// Find out what is meant, and compile it.
pub(super) fn choose(args: &Prove, common: &Common) -> Result<Chosen> {
    let mut input = sources(&args.path, common)?;
    let own = compile(&input);
    let has_no_more = args.properties.is_empty() && args.within.is_none();
    if has_no_more || !own.is_readable() {
        return Ok(Chosen {
            invariants: own.invariants.clone(),
            within: None,
            compilation: own,
        });
    }
    let mut added = Vec::new();
    let mut wanted = Vec::new();
    for (number, text) in args.properties.iter().enumerate() {
        wanted.push(meant(text, number, &own, common, &input, &mut added)?);
    }
    if let Some(within) = &args.within {
        added.push(clauses(within));
    }
    let names: BTreeSet<String> = added.iter().map(|file| file.path.clone()).collect();
    input.files.append(&mut added);
    let mut compilation = compile(&input);
    if compilation
        .diagnostics
        .iter()
        .any(|found| found.code == codes::GW0255)
    {
        hide(&mut input, &own, &wanted);
        compilation = compile(&input);
    }
    if !compilation.is_readable() {
        return Ok(Chosen {
            compilation,
            invariants: Vec::new(),
            within: None,
        });
    }
    let sources = compilation.sources.clone();
    let is_added = |span: Span| names.contains(sources.name(span.source));
    compilation
        .set
        .policies
        .retain(|policy| !is_added(policy.span));
    compilation
        .set
        .compliance
        .policies
        .retain(|policy| !is_added(policy.name_span));
    let is_in = |invariant: &Invariant, file: &str| sources.name(invariant.span.source) == file;
    let mut within = compilation
        .invariants
        .iter()
        .filter(|one| is_in(one, WITHIN));
    let first = within.next().cloned();
    if args.within.is_some() && (first.is_none() || within.next().is_some()) {
        bail!(NOT_ONE);
    }
    let mut invariants = Vec::new();
    for wanted in &wanted {
        // Those of the project may be hidden by now; their places are the same.
        let found: Vec<&Invariant> = match wanted {
            Wanted::Name(name) => {
                let own = own.invariants.iter();
                own.filter(|one| folded_eq(&one.name, name)).collect()
            }
            Wanted::Files(files) => {
                let is_there = |one: &&Invariant| files.iter().any(|file| is_in(one, file));
                compilation.invariants.iter().filter(is_there).collect()
            }
        };
        invariants.extend(found.into_iter().cloned());
    }
    if wanted.is_empty() {
        let own = compilation
            .invariants
            .iter()
            .filter(|one| !is_in(one, WITHIN));
        invariants.extend(own.cloned());
    }
    Ok(Chosen {
        compilation,
        invariants,
        within: first,
    })
}

/// What `--within` says, by the names of what is at a path; `None` where it is wrong, which is
/// reported.
pub(in crate::commands) fn within(
    text: &str,
    path: &Path,
    common: &Common,
    terminal: &Terminal,
) -> Result<Option<Invariant>> {
    let mut input = sources(path, common)?;
    input.files.push(clauses(text));
    let compilation = compile(&input);
    if !compilation.is_readable() {
        project::report(&compilation, terminal);
        return Ok(None);
    }
    let is_there = |one: &&Invariant| compilation.sources.name(one.span.source) == WITHIN;
    let mut found = compilation.invariants.iter().filter(is_there);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(Some(one.clone())),
        _ => bail!(NOT_ONE),
    }
}

/// Clauses as an invariant, which says nothing else of interest.
fn clauses(within: &str) -> SourceFile {
    property(WITHIN, &format!("{within}\nalways block"))
}

fn sources(path: &Path, common: &Common) -> Result<Input> {
    project::sources(&[path.to_path_buf()], common)
}

/// What an argument stands for; files that have to be compiled are added.
fn meant(
    text: &str,
    number: usize,
    own: &Compilation,
    common: &Common,
    input: &Input,
    added: &mut Vec<SourceFile>,
) -> Result<Wanted> {
    if own.invariants.iter().any(|one| folded_eq(&one.name, text)) {
        return Ok(Wanted::Name(text.to_owned()));
    }
    let path = PathBuf::from(text);
    let is_file = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gate"));
    if is_file || path.exists() {
        let found = sources(&path, common)?;
        let is_text = |file: &&SourceFile| file.path.ends_with(".gate") || text == "-";
        let files: Vec<SourceFile> = found.files.iter().filter(is_text).cloned().collect();
        let names = files.iter().map(|file| file.path.clone()).collect();
        let is_known = |file: &SourceFile, added: &[SourceFile]| {
            let mut known = input.files.iter().chain(&input.libraries).chain(added);
            known.any(|known| known.path == file.path)
        };
        for file in files.into_iter().chain(found.libraries) {
            if !is_known(&file, added) {
                added.push(file);
            }
        }
        return Ok(Wanted::Files(names));
    }
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    let begins = text
        .trim_start()
        .starts_with(|c: char| c.is_lowercase() || "/@".contains(c));
    if !begins || !words.any(|word| PROPERTY_WORDS.contains(&word)) {
        let names = own.invariants.iter().map(|one| one.name.as_str());
        let meant = nearest(text, names).map(|meant| format!(", did you mean `{meant}`?"));
        bail!(
            "`{text}` is no invariant of the project, no file, and no clauses with `always` or \
             `never`{}",
            meant.unwrap_or_default()
        );
    }
    let name = format!("<property {}>", number + 1);
    let names = BTreeSet::from([name.clone()]);
    added.push(property(name, text));
    Ok(Wanted::Files(names))
}

/// Blank the invariants of the project, apart from those of files that are asked for: what is given
/// beside it may have an invariant of the same name. Those that templates make stay, and so does the clash.
fn hide(input: &mut Input, own: &Compilation, wanted: &[Wanted]) {
    let is_wanted = |one: &Invariant| {
        wanted.iter().any(|wanted| match wanted {
            Wanted::Name(_) => false,
            Wanted::Files(files) => files.contains(own.sources.name(one.span.source)),
        })
    };
    for file in &mut input.files {
        let is_here = |one: &&Invariant| {
            let is_written = one.annotations.used_at.is_empty();
            is_written && own.sources.name(one.span.source) == file.path && !is_wanted(one)
        };
        let hidden: Vec<&Invariant> = own.invariants.iter().filter(is_here).collect();
        let source = hidden
            .first()
            .and_then(|one| own.sources.get(one.span.source));
        let Some(source) = source else { continue };
        let mut bytes = source.text.as_bytes().to_vec();
        for invariant in hidden {
            let span = whole(&source.text, invariant.span);
            for byte in bytes.get_mut(span).into_iter().flatten() {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        file.bytes = bytes;
    }
}

/// A declaration with the `///` lines right before it.
fn whole(text: &str, span: Span) -> std::ops::Range<usize> {
    let range = span.range();
    let mut start = range.start;
    let before = text.get(..start).unwrap_or_default();
    start -= before.len() - before.trim_end_matches([' ', '\t']).len();
    for line in before
        .get(..start)
        .unwrap_or_default()
        .split_inclusive('\n')
        .rev()
    {
        if !line.trim_start().starts_with("///") {
            break;
        }
        start -= line.len();
    }
    start..range.end
}
