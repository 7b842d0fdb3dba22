//! Commands as steps: run, timed, with their output kept for the case that they fail.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) is_success: bool,
    /// Ended because its time was up.
    pub(crate) is_timeout: bool,
    /// Standard output and standard error.
    pub(crate) output: String,
    pub(crate) time: Duration,
}

/// Cargo, in `root`.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

/// Run to the end, or until `limit`.
///
/// Output goes to files first: a pipe that nobody reads would stop the command, and a grandchild
/// that outlives it would keep the pipe open.
pub(crate) fn finish(mut command: Command, limit: Option<Duration>) -> Result<Finished> {
    let mut log = tempfile()?;
    command
        .stdin(Stdio::null())
        .stdout(log.file.try_clone()?)
        .stderr(log.file.try_clone()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let start = Instant::now();
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run `{name}`"))?;
    let (status, is_timeout) = match limit {
        None => (child.wait()?, false),
        Some(limit) => loop {
            if let Some(status) = child.try_wait()? {
                break (status, false);
            }
            if start.elapsed() > limit {
                end_group(&mut child);
                break (child.wait()?, true);
            }
            std::thread::sleep(Duration::from_millis(50));
        },
    };
    let time = start.elapsed();
    let output = log.text()?;
    Ok(Finished {
        is_success: status.success() && !is_timeout,
        is_timeout,
        output,
        time,
    })
}

/// End a command with everything that it started; a test that does not end is started by cargo.
fn end_group(child: &mut std::process::Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.kill();
}

struct Log {
    file: std::fs::File,
    path: std::path::PathBuf,
}

fn tempfile() -> Result<Log> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("gatewright-dev-{}-{count}.log", std::process::id());
    let path = std::env::temp_dir().join(name);
    let file = std::fs::File::create(&path).with_context(|| format!("{}", path.display()))?;
    Ok(Log { file, path })
}

impl Log {
    fn text(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        std::fs::File::open(&self.path)?.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Write to standard output; a closed one is no concern of a habit.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Write to standard output without ending the line.
pub(crate) fn begin(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}");
    let _ = out.flush();
}

/// Write to standard error.
pub(crate) fn say_error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
