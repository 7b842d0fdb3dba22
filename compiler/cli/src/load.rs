//! From paths to bytes: what a `PATH` argument stands for.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use gatewright_compiler::{Input, SourceFile};
use gatewright_runtime::RequestError;

/// What a path holds.
pub(crate) enum Loaded {
    /// Sources to compile.
    Sources(Input),
    /// A bundle, with the name to show.
    Bundle(String, Vec<u8>),
}

impl Loaded {
    /// Something that changes when any byte of any file does.
    pub(crate) fn fingerprint(self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        match self {
            Loaded::Bundle(name, bytes) => (name, bytes).hash(&mut hasher),
            Loaded::Sources(input) => {
                let others = input.manifest.iter().chain(&input.directory);
                for file in input.files.iter().chain(others) {
                    (&file.path, &file.bytes).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }
}

/// The manifest's file name.
pub(crate) const MANIFEST: &str = "gatewright.toml";

/// LIMIT: bytes of one file.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Read everything that `paths` stand for.
pub(crate) fn load(paths: &[PathBuf], directory: Option<&Path>) -> Result<Loaded> {
    if let [path] = paths
        && path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("gwb"))
    {
        return Ok(Loaded::Bundle(display(path), read(path)?));
    }
    let mut input = Input::default();
    for path in paths {
        add(path, &mut input)?;
    }
    if let Some(path) = directory {
        input.directory = Some(source_file(path)?);
    }
    input.files.sort_by(|a, b| a.path.cmp(&b.path));
    input.files.dedup_by(|a, b| a.path == b.path);
    Ok(Loaded::Sources(input))
}

/// The bytes of a file, `-` being standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
    } else {
        let file = std::fs::File::open(path)
            .with_context(|| format!("cannot open `{}`", path.display()))?;
        file.take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!(
            "`{}` is larger than {} MiB",
            display(path),
            FILE_BYTES_MAX >> 20
        );
    }
    Ok(bytes)
}

fn add(path: &Path, input: &mut Input) -> Result<()> {
    if path == Path::new("-") {
        input.files.push(SourceFile {
            path: "<stdin>".to_owned(),
            bytes: read(path)?,
        });
        return Ok(());
    }
    let metadata =
        std::fs::metadata(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    if metadata.is_dir() {
        add_folder(path, input)
    } else {
        add_file(path, input)
    }
}

fn add_file(path: &Path, input: &mut Input) -> Result<()> {
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        return add_folder(folder.unwrap_or_else(|| Path::new(".")), input);
    }
    input.files.push(source_file(path)?);
    Ok(())
}

/// A folder with policy text or a manifest is a project; any other is a folder of Graph JSON.
fn add_folder(folder: &Path, input: &mut Input) -> Result<()> {
    let mut files = Vec::new();
    walk(folder, &mut files, 0)?;
    files.sort();
    let has = |extension: &str| {
        files.iter().any(|f| {
            f.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(extension))
        })
    };
    let manifest = folder.join(MANIFEST);
    let is_project = has("gate") || manifest.is_file();
    let wanted = if is_project { "gate" } else { "json" };
    if !is_project && !has("json") {
        bail!("`{}` holds neither .gate nor .json files", folder.display());
    }
    if manifest.is_file() {
        if let Some(other) = &input.manifest {
            bail!(
                "two projects at once: `{}` and `{}`; check one at a time",
                other.path,
                display(&manifest)
            );
        }
        input.manifest = Some(source_file(&manifest)?);
    }
    for file in files {
        if file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(wanted))
        {
            input.files.push(source_file(&file)?);
        }
    }
    Ok(())
}

/// LIMIT: folders in folders.
const FOLDER_DEPTH_MAX: usize = 64;

fn walk(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<()> {
    if depth > FOLDER_DEPTH_MAX {
        bail!(
            "`{}` is more than {FOLDER_DEPTH_MAX} folders deep",
            folder.display()
        );
    }
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot list `{}`", folder.display()))?
            .path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, files, depth + 1)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// What is wrong with a request, directory or facts, as `file:line:column: member: message`.
pub(crate) fn misread(name: &str, error: &RequestError) -> anyhow::Error {
    let RequestError {
        line,
        column,
        path,
        message,
        ..
    } = error;
    let member = if path.is_empty() {
        String::new()
    } else {
        format!("`{path}`: ")
    };
    anyhow!("{name}:{line}:{column}: {member}{message}")
}

/// A file as the compiler takes it.
pub(crate) fn source_file(path: &Path) -> Result<SourceFile> {
    Ok(SourceFile {
        path: display(path),
        bytes: read(path)?,
    })
}

/// A path as messages show it: forward slashes, no leading `./`.
pub(crate) fn display(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}
