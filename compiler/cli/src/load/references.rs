//! What a manifest speaks of: libraries and tables of known objects, by paths relative to it.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{Input, References, SourceFile};

use super::{MANIFEST, Missing, Read, display, file_with, has_extension, walk};

/// LIMIT: libraries of a project, those of its libraries included.
const LIBRARIES_MAX: usize = 100;

/// Add the tables and libraries of a manifest, those of its libraries included; each library once,
/// so that two may use each other.
pub(super) fn add(
    manifest: &SourceFile,
    input: &mut Input,
    read: Read<'_>,
    missing: Missing,
) -> Result<()> {
    let folder = |manifest: &str| Path::new(manifest).parent().map(Path::to_path_buf);
    let root = folder(&manifest.path).unwrap_or_default();
    let mut seen = vec![canonical(&root)?];
    let mut waiting = vec![(root, References::of(&manifest.bytes), manifest.path.clone())];
    while let Some((folder, references, name)) = waiting.pop() {
        for (table, path) in references.data {
            let file = joined(&folder, &path);
            let file =
                file_with(&file, read).with_context(|| format!("`{name}`: the table `{path}`"));
            match file {
                Ok(file) => input.data.push((table, file)),
                Err(error) if missing == Missing::Stops => return Err(error),
                Err(error) => note(input, (&folder, &name, path), &error, is_table),
            }
        }
        for (library, path) in references.libraries {
            let found = add_library((&folder, &path), (&library, &name), &mut seen, input, read);
            match found {
                Ok(inner) => waiting.extend(inner),
                Err(error) if missing == Missing::Stops => return Err(error),
                Err(error) => note(input, (&folder, &name, path), &error, Path::is_dir),
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

/// Note what cannot be read, with what there is in its place.
fn note(
    input: &mut Input,
    (folder, manifest, path): (&Path, &str, String),
    error: &anyhow::Error,
    is_possible: fn(&Path) -> bool,
) {
    let said = format!("{error:#}");
    let is_own = input
        .manifest
        .as_ref()
        .is_some_and(|own| own.path == manifest);
    let prefix = format!("`{manifest}`: ");
    // Said in its place, what the manifest is called is no news.
    let why = said.strip_prefix(&prefix).filter(|_| is_own);
    input.missing.push(gatewright_compiler::Missing {
        manifest: manifest.to_owned(),
        why: why.unwrap_or(&said).to_owned(),
        near: beside(folder, &path, is_possible),
        path,
    });
}

/// Whether a path may lead to a table.
fn is_table(path: &Path) -> bool {
    path.is_dir() || has_extension(path, "txt")
}

/// LIMIT: files and folders among which the one is looked for that is meant.
const BESIDE_MAX: usize = 1000;

/// What is in the folder of a path that leads nowhere, written as the path is; folders end with `/`.
fn beside(folder: &Path, path: &str, is_possible: fn(&Path) -> bool) -> Vec<String> {
    let place = path.rfind('/').map_or(0, |at| at + 1);
    let (around, _) = path.split_at(place);
    let entries = std::fs::read_dir(joined(folder, around))
        .into_iter()
        .flatten();
    let mut found = Vec::new();
    for entry in entries.take(BESIDE_MAX).flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let entry = entry.path();
        if !name.starts_with('.') && is_possible(&entry) {
            let end = if entry.is_dir() { "/" } else { "" };
            found.push(format!("{around}{name}{end}"));
        }
    }
    found.sort();
    found
}

/// A manifest that waits to be read: its folder, what it speaks of, its name.
type Waiting = (PathBuf, References, String);

/// Add a library; the manifest that it has, where it is not known yet.
fn add_library(
    (folder, path): (&Path, &str),
    (library, name): (&str, &str),
    seen: &mut Vec<PathBuf>,
    input: &mut Input,
    read: Read<'_>,
) -> Result<Option<Waiting>> {
    if path.is_empty() {
        bail!("`{name}`: the library `{library}` has no path");
    }
    let mut own = joined(folder, path);
    if own.as_os_str().is_empty() {
        own = PathBuf::from(".");
    }
    if !own.is_dir() {
        let own = display(&own);
        bail!("`{name}`: the library `{library}` is no folder: `{own}`");
    }
    let place = canonical(&own)?;
    if seen.contains(&place) {
        return Ok(None);
    }
    // A folder that is half typed may be the root of everything.
    if seen.first().is_some_and(|root| root.starts_with(&place)) {
        let own = display(&own);
        bail!("`{name}`: the library `{library}` is around the project: `{own}`");
    }
    if seen.len() > LIBRARIES_MAX {
        bail!("`{name}`: there are more than {LIBRARIES_MAX} libraries");
    }
    seen.push(place);
    add_texts((&own, library), name, input, read)?;
    let inner = own.join(MANIFEST);
    if !inner.is_file() {
        return Ok(None);
    }
    let inner = file_with(&inner, read)?;
    Ok(Some((own, References::of(&inner.bytes), inner.path)))
}

/// The policy text of a library.
fn add_texts(
    (folder, library): (&Path, &str),
    name: &str,
    input: &mut Input,
    read: Read<'_>,
) -> Result<()> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
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
