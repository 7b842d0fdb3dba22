//! The command as tests start it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "not every test file uses all of it, and a test may fail"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a command ended, and what it said.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The command, without the flags that the environment may hold, and with a cache of its own.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewright"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env("XDG_CACHE_HOME", cache);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GATEWRIGHT_") {
            command.env_remove(name);
        }
    }
    command
}

/// Run the command at the top of the repository.
pub fn run_with_input(args: &[&str], input: &str) -> Ran {
    let mut child = command()
        .args(args)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it; that is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output
            .status
            .code()
            .expect("the process must not be killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The same, with nothing to read.
pub fn run(args: &[&str]) -> Ran {
    run_with_input(args, "")
}

/// A fresh folder that goes away with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one; no two tests of a file give it the same name.
    pub fn new(name: &str) -> Self {
        let of = env!("CARGO_CRATE_NAME");
        let name = format!("gatewright-{of}-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The path of what is in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// Write a file; its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
