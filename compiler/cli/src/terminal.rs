//! Standard output for results, standard error for everything else.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::args::Color;

/// What is over before that is not worth a word.
const PATIENCE: Duration = Duration::from_millis(500);

/// How to speak to whoever started the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether results may be coloured.
    pub(crate) color_out: bool,
    /// Whether messages may be coloured.
    pub(crate) color_err: bool,
}

impl Terminal {
    /// Decide on colour: only on a terminal, and not where `NO_COLOR` is set.
    pub(crate) fn new(color: Color) -> Self {
        let allowed = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Terminal {
            color_out: allowed(std::io::stdout().is_terminal()),
            color_err: allowed(std::io::stderr().is_terminal()),
        }
    }

    /// Print a result. A reader that has gone away is not an error.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Print a message with a line end. Where standard error is closed there is nobody to tell.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// What is being done, on one line of standard error that is overwritten, where somebody watches
/// and it takes long. The line is gone when this is.
pub(crate) struct Progress {
    is_watched: bool,
    clock: Instant,
    is_shown: bool,
}

impl Progress {
    /// Nothing is shown yet.
    pub(crate) fn new() -> Progress {
        Progress {
            is_watched: std::io::stderr().is_terminal(),
            clock: Instant::now(),
            is_shown: false,
        }
    }

    /// Show this in place of what was shown.
    pub(crate) fn show(&mut self, text: &str) {
        if self.is_watched && self.clock.elapsed() > PATIENCE {
            // Where standard error is closed there is nobody to tell.
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{text}");
            self.is_shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// A number of things: `1 policy`, `2 policies`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
