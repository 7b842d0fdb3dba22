//! `gatewright check --watch` checks again what has changed, and says what a fresh check would.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use common::{command, root, run};

/// A command that is stopped whatever the test comes to.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// What the command says until it waits for changes.
fn round(lines: &Receiver<String>) -> String {
    let mut said = String::new();
    loop {
        let line = lines
            .recv_timeout(Duration::from_secs(60))
            .expect("the command still speaks");
        if line.starts_with("watching") {
            return said;
        }
        said.push_str(&line);
        said.push('\n');
    }
}

#[test]
fn what_is_edited_is_checked_as_if_for_the_first_time() {
    let folder = std::env::temp_dir().join(format!("gatewright-watch-{}", std::process::id()));
    let project = folder.join("access");
    std::fs::create_dir_all(&folder).unwrap();
    let path = project.to_string_lossy().into_owned();
    assert_eq!(run(&["new", &path]).code, 0);
    let child = command()
        .args(["check", &path, "--watch"])
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let (sender, lines) = channel();
    let err = BufReader::new(running.0.stderr.take().unwrap());
    std::thread::spawn(move || {
        let mut lines = err.lines().map_while(Result::ok);
        lines.try_for_each(|line| sender.send(line))
    });
    let fresh = || run(&["check", &path]).err;
    assert_eq!(round(&lines), fresh());
    let added = project.join("added.gate");
    let policy = |state: &str| {
        format!(
            "policy \"Added\" {{\n    state {state}\n    users all\n    apps all\n    block\n}}\n"
        )
    };
    for state in ["sometimes", "disabled", "enabled"] {
        // A watcher sees either nothing or all of it.
        let beside = folder.join("beside");
        std::fs::write(&beside, policy(state)).unwrap();
        std::fs::rename(&beside, &added).unwrap();
        assert_eq!(round(&lines), fresh(), "{state}");
    }
    drop(running);
    std::fs::remove_dir_all(&folder).unwrap();
}
