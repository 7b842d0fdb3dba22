//! `gatewright check`: everything that the compiler has to say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{Compilation, Session, findings};
use gatewright_diagnostics::{
    Diagnostic, Level, Levels, Severity, apply_fixes, codes, render, sort, summary,
};

use crate::args::{Check, Common, DiagnosticFormat};
use crate::load::Loaded;
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{load, write};

/// Check once, or again whenever something changes.
pub(crate) fn run(args: &Check, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let paths = if args.paths.is_empty() {
        vec![PathBuf::from(".")]
    } else {
        args.paths.clone()
    };
    if args.watch {
        return watch(&paths, args, common, terminal);
    }
    let loaded = load::load(&paths, common)?;
    once(loaded, &paths, args, common, terminal, &mut Session::new())
}

fn once(
    loaded: Loaded,
    paths: &[PathBuf],
    args: &Check,
    common: &Common,
    terminal: &Terminal,
    session: &mut Session,
) -> Result<Outcome> {
    let mut compilation = match loaded {
        Loaded::Bundle(name, _) if args.fix => {
            bail!("`--fix` changes files, and `{name}` is a bundle; mend its sources and build it")
        }
        Loaded::Bundle(name, bytes) => session.compile(&load::unpacked(&name, &bytes, common)?),
        Loaded::Sources(input) => session.compile(&input),
    };
    if args.fix && fix(&compilation, terminal)? {
        compilation = match load::load(paths, common)? {
            Loaded::Bundle(name, _) => bail!("`{name}` has become a bundle"),
            Loaded::Sources(input) => session.compile(&input),
        };
    }
    let mut diagnostics = compilation.diagnostics.clone();
    // Invariants without policies are for other projects.
    if compilation.is_readable() && !compilation.set.policies.is_empty() {
        let proofs = session.prove(&compilation);
        diagnostics.extend(findings(&compilation, &proofs));
        sort(&mut diagnostics);
    }
    let diagnostics = denied(&args.deny)?.apply(diagnostics);
    print(&diagnostics, &compilation, args.format, terminal)?;
    Ok(outcome(&diagnostics))
}

/// Errors are worse than what is refuted, and that is worse than what nobody knows.
fn outcome(diagnostics: &[Diagnostic]) -> Outcome {
    let has = |severity: Severity, is_meant: fn(&Diagnostic) -> bool| {
        let mut found = diagnostics.iter().filter(|d| d.severity == severity);
        found.any(is_meant)
    };
    if has(Severity::Error, |d| d.code != codes::GW0270) {
        Outcome::Invalid
    } else if has(Severity::Error, |_| true) {
        Outcome::No
    } else if has(Severity::Warning, |d| d.code == codes::GW0271) {
        Outcome::Unknown
    } else {
        Outcome::Yes
    }
}

fn denied(deny: &[String]) -> Result<Levels> {
    let mut levels = Levels::default();
    for name in deny {
        if name == "warnings" {
            levels.deny_warnings();
        } else {
            levels
                .set(name, Level::Deny)
                .with_context(|| format!("--deny {name}"))?;
        }
    }
    Ok(levels)
}

fn print(
    diagnostics: &[Diagnostic],
    compilation: &Compilation,
    format: DiagnosticFormat,
    terminal: &Terminal,
) -> Result<()> {
    let sources = &compilation.sources;
    match format {
        DiagnosticFormat::Human => {
            terminal.print(&render::human(diagnostics, sources, terminal.color_out))?;
            let mut what = counted(compilation.set.policies.len(), "policy", "policies");
            if !compilation.invariants.is_empty() {
                let count = compilation.invariants.len();
                what.push_str(&format!(", {}", counted(count, "invariant", "invariants")));
            }
            terminal.say(&format!("{what}: {}", summary(diagnostics)));
            Ok(())
        }
        DiagnosticFormat::Json => terminal.print(&render::json(diagnostics, sources)),
        DiagnosticFormat::Sarif => terminal.print(&render::sarif(diagnostics, sources)),
        DiagnosticFormat::Github => terminal.print(&render::github(diagnostics, sources)),
    }
}

/// Apply every certain fix; whether anything was changed.
fn fix(compilation: &Compilation, terminal: &Terminal) -> Result<bool> {
    let fixed = apply_fixes(&compilation.diagnostics, &compilation.sources);
    let mut written = BTreeSet::new();
    for (source, text) in &fixed.texts {
        let name = compilation.sources.name(*source);
        let path = Path::new(name);
        if !path.is_file() {
            continue;
        }
        let decoded = gatewright_source::decode(&load::read(path)?)?;
        if decoded.encoding != gatewright_source::Encoding::Utf8 {
            terminal.say(&format!(
                "`{name}` is not stored as UTF-8 and is left alone"
            ));
            continue;
        }
        let mark = if decoded.has_mark { "\u{FEFF}" } else { "" };
        write::replace(path, format!("{mark}{text}").as_bytes())?;
        written.insert(*source);
    }
    if written.is_empty() {
        return Ok(false);
    }
    // Those of what is not written are none; what two files share counts by where it is written.
    let kept: Vec<Diagnostic> = compilation
        .diagnostics
        .iter()
        .filter(|d| {
            let mut edits = d.fixes.iter().flat_map(|fix| &fix.edits);
            edits.all(|edit| written.contains(&edit.span.source))
        })
        .cloned()
        .collect();
    let count = apply_fixes(&kept, &compilation.sources).count;
    terminal.say(&format!("applied {}", counted(count, "fix", "fixes")));
    Ok(true)
}

/// How often to look for changes.
const WATCH_INTERVAL: Duration = Duration::from_millis(300);

fn watch(paths: &[PathBuf], args: &Check, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    // What has not changed is not read again.
    let mut session = Session::new();
    let mut seen = None;
    loop {
        let loaded = load::load(paths, common).map_err(|error| format!("{error:#}"));
        let fingerprint = match &loaded {
            Ok(loaded) => Ok(loaded.fingerprint()),
            Err(error) => Err(error.clone()),
        };
        if seen.as_ref() != Some(&fingerprint) {
            let checked = loaded.map(|loaded| {
                let checked = once(loaded, paths, args, common, terminal, &mut session);
                checked.map_err(|error| format!("{error:#}"))
            });
            if let Err(error) | Ok(Err(error)) = checked {
                terminal.say(&format!("gatewright: {error}"));
            }
            terminal.say("watching for changes; stop with Ctrl-C");
            seen = Some(fingerprint);
        }
        std::thread::sleep(WATCH_INTERVAL);
    }
}
