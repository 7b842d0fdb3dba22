//! `gatewright fmt`: policy text in the one style.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gatewright_format::{format, unified};
use gatewright_source::{Encoding, decode};

use crate::args::Fmt;
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{load, write};

/// Format files, or standard input to standard output.
pub(crate) fn run(args: &Fmt, terminal: &Terminal) -> Result<Outcome> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        if args.paths.len() > 1 {
            bail!("`-` is standard input and stands alone");
        }
        return standard_input(args, terminal);
    }
    let paths = if args.paths.is_empty() {
        vec![PathBuf::from(".")]
    } else {
        args.paths.clone()
    };
    let mut sum = Sum::default();
    for path in load::gate_files(&paths)? {
        file(&path, args, terminal, &mut sum)?;
    }
    sum.tell(args, terminal);
    Ok(sum.outcome(args))
}

/// What became of the files.
#[derive(Default)]
struct Sum {
    files: usize,
    changed: usize,
    unreadable: usize,
    failed: usize,
}

impl Sum {
    fn tell(&self, args: &Fmt, terminal: &Terminal) {
        let what = counted(self.files, "file", "files");
        let verb = if args.check {
            "would change"
        } else {
            "formatted"
        };
        terminal.say(&format!("{what}: {} {verb}", self.changed));
    }

    fn outcome(&self, args: &Fmt) -> Outcome {
        if self.failed > 0 {
            Outcome::CouldNotRun
        } else if self.unreadable > 0 {
            Outcome::Invalid
        } else if args.check && self.changed > 0 {
            Outcome::No
        } else {
            Outcome::Yes
        }
    }
}

fn file(path: &Path, args: &Fmt, terminal: &Terminal, sum: &mut Sum) -> Result<()> {
    let name = load::display(path);
    let bytes = load::read(path)?;
    let decoded = decode(&bytes).with_context(|| format!("`{name}` is not text"))?;
    sum.files += 1;
    if decoded.encoding != Encoding::Utf8 {
        terminal.say(&format!(
            "`{name}` is not stored as UTF-8 and is left alone"
        ));
        return Ok(());
    }
    let Some(text) = formatted(&decoded.text, &name, terminal, sum) else {
        return Ok(());
    };
    if text == decoded.text {
        return Ok(());
    }
    sum.changed += 1;
    if args.check {
        return terminal.print(&unified(&name, &decoded.text, &text));
    }
    let mark = if decoded.has_mark { "\u{FEFF}" } else { "" };
    write::replace(path, format!("{mark}{text}").as_bytes())
}

/// The text in the one style; `None` where it must be left alone.
fn formatted(text: &str, name: &str, terminal: &Terminal, sum: &mut Sum) -> Option<String> {
    match format(text) {
        Ok(formatted) => {
            if formatted.has_errors {
                sum.unreadable += 1;
                terminal.say(&format!(
                    "`{name}` has errors, and what cannot be read is left as it is; \
                     `gatewright check` shows them"
                ));
            }
            Some(formatted.text)
        }
        Err(changed) => {
            sum.failed += 1;
            terminal.say(&format!(
                "gatewright: internal error: `{name}` is left alone, because {changed}"
            ));
            None
        }
    }
}

fn standard_input(args: &Fmt, terminal: &Terminal) -> Result<Outcome> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    let decoded = decode(&bytes).context("standard input is not text")?;
    let mut sum = Sum {
        files: 1,
        ..Sum::default()
    };
    let name = "<stdin>";
    let text = formatted(&decoded.text, name, terminal, &mut sum);
    // What is left alone is passed on, so that nothing is lost in a pipe.
    let text = text.unwrap_or_else(|| decoded.text.clone());
    sum.changed = usize::from(text != decoded.text);
    if args.check {
        terminal.print(&unified(name, &decoded.text, &text))?;
    } else {
        terminal.print(&text)?;
    }
    Ok(sum.outcome(args))
}
