//! The pages of findings as files, for editors that open files and nothing else.
//!
//! The compiler carries its pages, so they are written once for each state of them, into a folder
//! of the user's cache.
//! INVARIANT: a folder of this name is whole: it is filled beside its place, and renamed.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use gatewright_diagnostics::{Code, codes};

/// The folder with the page of every finding; `None` where none can be written. Then an editor
/// shows codes without addresses.
pub(super) fn folder() -> Option<PathBuf> {
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    written(&cache.join("gatewright")).ok()
}

/// The folder below this one, after it is filled if it is not there.
fn written(parent: &Path) -> std::io::Result<PathBuf> {
    let mut state = DefaultHasher::new();
    codes::all().for_each(|code| code.page().hash(&mut state));
    let folder = parent.join(format!("pages-{:016x}", state.finish()));
    if folder.is_dir() {
        return Ok(folder);
    }
    let beside = parent.join(format!(".pages.{}.part", std::process::id()));
    let filled = fill(&beside, codes::all()).and_then(|()| fs::rename(&beside, &folder));
    if filled.is_err() {
        // The first error is the one that counts; a leftover is only untidy.
        let _ = fs::remove_dir_all(&beside);
    }
    // Another server may have been first.
    filled
        .or_else(|error| folder.is_dir().then_some(()).ok_or(error))
        .map(|()| folder)
}

fn fill(folder: &Path, mut all: impl Iterator<Item = Code>) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    all.try_for_each(|code| fs::write(folder.join(format!("{}.md", code.name())), code.page()))
}
