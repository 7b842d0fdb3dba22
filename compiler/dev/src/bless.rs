//! `cargo dev bless`: accept what the tests see now.
//!
//! Snapshots follow `INSTA_UPDATE`; every test that compares a file of the repository with what it
//! generates follows `GATEWRIGHT_BLESS`; instructions per decision are counted anew. The difference is
//! what gets reviewed.

use std::path::Path;

use anyhow::Result;

use crate::counts;
use crate::process::{cargo, finish, say, say_error};

/// Run all tests in the mode in which they write instead of compare, then once more to show that
/// what they wrote is stable.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let mut command = cargo(root, &["test", "--quiet", "--workspace", "--no-fail-fast"]);
    command
        .env("INSTA_UPDATE", "always")
        .env("GATEWRIGHT_BLESS", "1");
    finish(command, None)?;
    let after = finish(
        cargo(root, &["test", "--quiet", "--workspace", "--no-fail-fast"]),
        None,
    )?;
    if !after.is_success {
        say_error(&after.output);
        say("blessed, and tests still fail");
        return Ok(false);
    }
    let are_counted = counts::run(root, &counts::Options { bless: true })?;
    say("blessed; review the difference");
    Ok(are_counted)
}
