//! The files of the workspace: finding its root, copying it, writing without leaving halves.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The nearest folder upwards whose manifest declares a workspace.
pub(crate) fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("no current folder")?;
    let is_root = |folder: &&Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[workspace]")
    };
    let found = here.ancestors().find(is_root).map(Path::to_path_buf);
    found.with_context(|| format!("no workspace at or above {}", here.display()))
}

/// Write a file so that it is there whole or not at all.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<()> {
    let name = path
        .file_name()
        .context("a file needs a name")?
        .to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.new"));
    fs::write(&temporary, text).with_context(|| format!("{}", temporary.display()))?;
    fs::rename(&temporary, path).with_context(|| format!("{}", path.display()))
}

/// Make `copy` hold the same files as `root`, build results and version control left out. Files that
/// are the same already keep their time, so that cargo builds only what changed.
pub(crate) fn mirror(root: &Path, copy: &Path) -> Result<()> {
    let files = files(root)?;
    for file in &files {
        let bytes = fs::read(root.join(file)).with_context(|| format!("{}", file.display()))?;
        let target = copy.join(file);
        if fs::read(&target).is_ok_and(|old| old == bytes) {
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&target, bytes).with_context(|| format!("{}", target.display()))?;
    }
    if copy.exists() {
        for file in self::files(copy)?.difference(&files) {
            fs::remove_file(copy.join(file))?;
        }
    }
    Ok(())
}

fn files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder));
        for entry in entries.with_context(|| format!("{}", root.join(&folder).display()))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_file() {
                found.insert(path);
            } else if kind.is_dir() && !is_left_out(&path) {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

fn is_left_out(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_built = folder == Path::new("target") || name == "node_modules";
    name == ".git" || is_built || name.starts_with("mutants.out")
}
