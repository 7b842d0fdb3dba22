//! From paths to bytes: what a `PATH` argument stands for.

mod bundles;
mod references;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use gatewright_bytecode::is_bundle;
use gatewright_compiler::{Input, SourceFile};
use gatewright_hir::Date;
use gatewright_hir::model::Edition;
use gatewright_runtime::RequestError;

use crate::args::Common;
use crate::clock::instant;

pub(crate) use bundles::unpacked;

/// What a path holds.
pub(crate) enum Loaded {
    /// Sources to compile.
    Sources(Input),
    /// A bundle, with the name to show.
    Bundle(String, Vec<u8>),
}

impl Loaded {
    /// Something that changes when any byte of any file does.
    pub(crate) fn fingerprint(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        match self {
            Loaded::Bundle(name, bytes) => (name, bytes).hash(&mut hasher),
            Loaded::Sources(input) => {
                let others = input.manifest.iter().chain(&input.directory);
                let others = others.chain(&input.libraries);
                let others = others.chain(input.data.iter().map(|(_, file)| file));
                for file in input.files.iter().chain(others) {
                    (&file.path, &file.bytes).hash(&mut hasher);
                }
                input.missing.hash(&mut hasher);
                input.today.hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// The manifest's file name.
pub(crate) const MANIFEST: &str = "gatewright.toml";

/// LIMIT: bytes of one file.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How the bytes of a file are had.
pub(crate) type Read<'a> = &'a dyn Fn(&Path) -> Result<Vec<u8>>;

/// A folder in which there is nothing for us.
#[derive(Debug)]
pub(crate) struct HoldsNothing(PathBuf);

impl std::fmt::Display for HoldsNothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.0.display();
        write!(f, "`{folder}` holds neither .gate nor JSON files")
    }
}

impl std::error::Error for HoldsNothing {}

/// Read everything that `paths` stand for.
pub(crate) fn load(paths: &[PathBuf], common: &Common) -> Result<Loaded> {
    load_with(paths, common, &read, Missing::Stops)
}

/// What comes of a path in a manifest that leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing is loaded.
    Stops,
    /// The rest is loaded, and the compiler says it.
    IsFound,
}

/// The same, where files are read as the caller does.
pub(crate) fn load_with(
    paths: &[PathBuf],
    common: &Common,
    read: Read<'_>,
    missing: Missing,
) -> Result<Loaded> {
    if let [path] = paths
        && has_extension(path, "gwb")
        && path.is_file()
    {
        return Ok(Loaded::Bundle(display(path), read(path)?));
    }
    let mut input = Input {
        today: Some(Date::from_ms(instant(common)?)),
        edition: common.edition.as_deref().map(edition).transpose()?,
        ..Input::default()
    };
    for path in paths {
        add(path, &mut input, read)?;
    }
    if let Some(path) = &common.directory {
        input.directory = Some(file_with(path, read)?);
    }
    if let Some(manifest) = input.manifest.clone() {
        references::add(&manifest, &mut input, read, missing)?;
    }
    input.files.sort_by(|a, b| a.path.cmp(&b.path));
    input.files.dedup_by(|a, b| a.path == b.path);
    if paths.len() == 1
        && input.manifest.is_none()
        && let [file] = input.files.as_mut_slice()
        && is_bundle(&file.bytes)
    {
        let bytes = std::mem::take(&mut file.bytes);
        return Ok(Loaded::Bundle(std::mem::take(&mut file.path), bytes));
    }
    if let Some(file) = input.files.iter().find(|f| is_bundle(&f.bytes)) {
        bail!("`{}` is a bundle; a bundle stands alone", file.path);
    }
    Ok(Loaded::Sources(input))
}

/// The edition of `--edition`.
fn edition(text: &str) -> Result<Edition> {
    let (oldest, newest) = (Edition::oldest(), Edition::NEWEST);
    let edition = Edition::parse(text).filter(|edition| (oldest..=newest).contains(edition));
    edition.with_context(|| {
        format!("--edition `{text}` is not an edition between {oldest} and {newest}")
    })
}

/// The files of policy text that paths stand for: files themselves, and those of folders.
pub(crate) fn gate_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata =
            std::fs::metadata(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        if metadata.is_dir() {
            let mut found = Vec::new();
            walk(path, &mut found)?;
            files.extend(found.into_iter().filter(|file| has_extension(file, "gate")));
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
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

fn add(path: &Path, input: &mut Input, read: Read<'_>) -> Result<()> {
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
        add_folder(path, input, read)
    } else {
        add_file(path, input, read)
    }
}

fn add_file(path: &Path, input: &mut Input, read: Read<'_>) -> Result<()> {
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        return add_folder(folder.unwrap_or_else(|| Path::new(".")), input, read);
    }
    input.files.push(file_with(path, read)?);
    Ok(())
}

/// A folder with policy text or a manifest is a project; any other is a folder of Graph JSON.
fn add_folder(folder: &Path, input: &mut Input, read: Read<'_>) -> Result<()> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    files.sort();
    let manifest = folder.join(MANIFEST);
    let is_project = files.iter().any(|f| has_extension(f, "gate")) || manifest.is_file();
    let count_before = input.files.len();
    if manifest.is_file() {
        if let Some(other) = &input.manifest {
            bail!(
                "two projects at once: `{}` and `{}`; check one at a time",
                other.path,
                display(&manifest)
            );
        }
        input.manifest = Some(file_with(&manifest, read)?);
    }
    for file in files {
        let is_wanted = if is_project {
            has_extension(&file, "gate")
        } else {
            has_extension(&file, "json") || looks_like_json(&file)?
        };
        if is_wanted {
            input.files.push(file_with(&file, read)?);
        }
    }
    if !is_project && input.files.len() == count_before {
        return Err(HoldsNothing(folder.to_path_buf()).into());
    }
    Ok(())
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

/// Whether a file begins as a JSON object or array does, after a byte order mark and white space.
/// Zero bytes are passed over, because in UTF-16 every second byte of what is looked for is one.
fn looks_like_json(path: &Path) -> Result<bool> {
    const BYTES_MAX: u64 = 512;
    // Opening a pipe or a device could wait for ever.
    if !path.is_file() {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let text = marks.iter().find_map(|mark| bytes.strip_prefix(*mark));
    let text = text.unwrap_or(&bytes);
    let is_space = |byte: u8| byte == 0 || byte.is_ascii_whitespace();
    let first = text.iter().copied().find(|byte| !is_space(*byte));
    Ok(matches!(first, Some(b'{' | b'[')))
}

/// LIMIT: folders in folders.
const FOLDER_DEPTH_MAX: usize = 64;

/// Every file below a folder, but for hidden ones. Links to folders are followed last, and only to
/// where nothing has been yet: they may lead in circles.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let mut walk = Walk {
        files,
        seen: BTreeSet::new(),
        links: BTreeMap::new(),
    };
    walk.folder(folder, 0)?;
    while let Some((link, depth)) = walk.links.pop_first() {
        walk.folder(&link, depth)?;
    }
    Ok(())
}

struct Walk<'a> {
    files: &'a mut Vec<PathBuf>,
    /// The folders that were listed, without links in their paths.
    seen: BTreeSet<PathBuf>,
    /// Links that are still to be followed, with how deep they are.
    links: BTreeMap<PathBuf, usize>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<()> {
        if depth > FOLDER_DEPTH_MAX {
            bail!(
                "`{}` is more than {FOLDER_DEPTH_MAX} folders deep",
                folder.display()
            );
        }
        let cannot_list = || format!("cannot list `{}`", folder.display());
        let real = folder.canonicalize().with_context(cannot_list)?;
        if !self.seen.insert(real) {
            return Ok(());
        }
        for entry in std::fs::read_dir(folder).with_context(cannot_list)? {
            let path = entry.with_context(cannot_list)?.path();
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue;
            }
            if !path.is_dir() {
                self.files.push(path);
            } else if path.is_symlink() {
                self.links.insert(path, depth + 1);
            } else {
                self.folder(&path, depth + 1)?;
            }
        }
        Ok(())
    }
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
    file_with(path, &read)
}

fn file_with(path: &Path, read: Read<'_>) -> Result<SourceFile> {
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
