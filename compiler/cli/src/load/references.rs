//! What a manifest speaks of: libraries and tables of known objects, by paths relative to it.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{Input, References, SourceFile};

use super::{MANIFEST, Read, display, file_with, has_extension, walk};

/// LIMIT: libraries of a project, those of its libraries included.
const LIBRARIES_MAX: usize = 100;

/// Add the tables and libraries of a manifest, those of its libraries included; each library once,
/// so that two may use each other.
pub(super) fn add(manifest: &SourceFile, input: &mut Input, read: Read<'_>) -> Result<()> {
    let folder = |manifest: &str| Path::new(manifest).parent().map(Path::to_path_buf);
    let root = folder(&manifest.path).unwrap_or_default();
    let mut seen = vec![canonical(&root)?];
    let mut waiting = vec![(root, References::of(&manifest.bytes), manifest.path.clone())];
    while let Some((folder, references, name)) = waiting.pop() {
        for (table, path) in references.data {
            let file = joined(&folder, &path);
            let file = file_with(&file, read)
                .with_context(|| format!("`{name}` speaks of the table `{path}`"))?;
            input.data.push((table, file));
        }
        for (library, path) in references.libraries {
            let own = joined(&folder, &path);
            if !own.is_dir() {
                bail!(
                    "`{name}`: the library `{library}` is no folder: `{}`",
                    display(&own)
                );
            }
            let place = canonical(&own)?;
            if seen.contains(&place) {
                continue;
            }
            if seen.len() > LIBRARIES_MAX {
                bail!("`{name}`: there are more than {LIBRARIES_MAX} libraries");
            }
            seen.push(place);
            add_texts((&own, &library), &name, input, read)?;
            let inner = own.join(MANIFEST);
            if inner.is_file() {
                let inner = file_with(&inner, read)?;
                waiting.push((own, References::of(&inner.bytes), inner.path));
            }
        }
    }
    // The tables of the project come last, so that they win.
    input.data.reverse();
    input.libraries.sort_by(|a, b| a.path.cmp(&b.path));
    let libraries = &input.libraries;
    let is_library = |file: &SourceFile| {
        let path = canonical(Path::new(&file.path)).ok();
        path.is_some_and(|path| {
            libraries
                .iter()
                .any(|l| canonical(Path::new(&l.path)).is_ok_and(|l| l == path))
        })
    };
    if !libraries.is_empty() {
        let files = std::mem::take(&mut input.files);
        input.files = files.into_iter().filter(|file| !is_library(file)).collect();
    }
    Ok(())
}

/// The policy text of a library.
fn add_texts(
    (folder, library): (&Path, &str),
    name: &str,
    input: &mut Input,
    read: Read<'_>,
) -> Result<()> {
    let mut files = Vec::new();
    walk(folder, &mut files, 0)?;
    files.sort();
    let texts = files.iter().filter(|file| has_extension(file, "gate"));
    let count_before = input.libraries.len();
    for file in texts {
        input.libraries.push(file_with(file, read)?);
    }
    if input.libraries.len() == count_before {
        bail!(
            "`{name}`: the library `{library}` holds no .gate file: `{}`",
            display(folder)
        );
    }
    Ok(())
}

/// A path relative to a folder, with as few `..` as messages need; through a link, `..` leads
/// elsewhere and stays.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let mut joined = folder.to_path_buf();
    for part in Path::new(path).components() {
        let is_plain = matches!(joined.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if is_plain && !joined.is_symlink() => drop(joined.pop()),
            part => joined.push(part),
        }
    }
    joined
}

fn canonical(path: &Path) -> Result<PathBuf> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    path.canonicalize()
        .with_context(|| format!("cannot open `{}`", path.display()))
}
