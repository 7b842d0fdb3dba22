//! Sources in bundles: what a project calls its files wherever it lies, and the way back.
//!
//! INVARIANT: what is stored has no absolute path and none that leads out of the project, and it
//! compiles to the program that it is stored with; [`unpack`] refuses what does not.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_bytecode::{
    BundleError, InputFile, InputRole, inputs, path_problem, program_hash, read,
};
use gatewright_codegen::Options;
use gatewright_hir::data::Table;
use gatewright_hir::model::Edition;

use crate::{Input, SourceFile, compile};

/// What files are called in a bundle, by what they are called to the caller, and the reverse.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    stored: BTreeMap<String, String>,
    shown: BTreeMap<String, String>,
}

impl Names {
    /// A file of the project by its path from the folder of the manifest, or without one from the
    /// folder that all files are in; any other by what its path does not share with that folder.
    pub(crate) fn of(input: &Input) -> Names {
        let root = root(input);
        let mut names = Names::default();
        for (_, file) in roles(input) {
            if names.stored.contains_key(&file.path) {
                continue;
            }
            let name = below(&root, &file.path);
            let numbered = (2..).map(|number: u32| format!("{number}/{name}"));
            let mut free = std::iter::once(name.clone()).chain(numbered);
            let Some(name) = free.find(|name| !names.shown.contains_key(name)) else {
                continue;
            };
            names.shown.insert(name.clone(), file.path.clone());
            names.stored.insert(file.path.clone(), name);
        }
        names
    }

    /// What a file is called in a bundle; what is none of the caller's keeps its name.
    pub(crate) fn stored<'n>(&'n self, shown: &'n str) -> &'n str {
        self.stored.get(shown).map_or(shown, String::as_str)
    }

    /// What the caller calls a file.
    pub(crate) fn shown<'n>(&'n self, stored: &'n str) -> &'n str {
        self.shown.get(stored).map_or(stored, String::as_str)
    }
}

/// Every file in the order in which it is read, with its role.
fn roles(input: &Input) -> impl Iterator<Item = (InputRole<'static>, &SourceFile)> {
    let of = |role| move |file| (role, file);
    let tables = input.data.iter();
    let tables = tables.map(|(table, file)| (InputRole::Table(table.name()), file));
    let manifest = input.manifest.iter().map(of(InputRole::Manifest));
    manifest
        .chain(tables)
        .chain(input.files.iter().map(of(InputRole::File)))
        .chain(input.directory.iter().map(of(InputRole::Directory)))
        .chain(input.libraries.iter().map(of(InputRole::Library)))
}

/// The parts of the folder that the project is in.
fn root(input: &Input) -> Vec<&str> {
    let folder = |file| {
        let path: &SourceFile = file;
        let mut parts: Vec<&str> = path.path.split('/').collect();
        parts.pop();
        parts
    };
    if let Some(manifest) = &input.manifest {
        return folder(manifest);
    }
    // Such as `<stdin>`, which is in no folder.
    let is_described = |path: &str| path.starts_with('<') && !path.contains('/');
    let files = input.files.iter().filter(|file| !is_described(&file.path));
    let shared = files.map(folder).reduce(|mut shared, other| {
        let count = shared
            .iter()
            .zip(&other)
            .take_while(|(a, b)| a == b)
            .count();
        shared.truncate(count);
        shared
    });
    shared.unwrap_or_default()
}

/// A path as seen from a folder, fit to be stored. Of one that shares nothing with the folder, only
/// the last folder is told.
fn below(root: &[&str], path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let shared = root.iter().zip(&parts).take_while(|(a, b)| a == b).count();
    let mut rest = parts.get(shared..).unwrap_or_default();
    let is_outside = shared < root.len() || matches!(rest, ["" | "..", ..]);
    let is_apart = matches!(parts.as_slice(), ["", ..]) && shared <= 1;
    if is_outside && is_apart {
        rest = rest.get(rest.len().saturating_sub(2)..).unwrap_or(rest);
    }
    let is_plain = |part: &&&str| !matches!(**part, "" | "." | "..");
    let plain: Vec<&str> = rest.iter().filter(is_plain).copied().collect();
    let name = plain.join("/");
    let name = name.replace(|c: char| c == '\\' || c.is_control(), "_");
    match path_problem(&name) {
        None => name,
        // A drive, or more bytes than any path has.
        Some(_) => name
            .rsplit(['/', ':'])
            .next()
            .map_or_else(String::new, |last| {
                let short: String = last.chars().take(255).collect();
                if short.is_empty() {
                    "file".to_owned()
                } else {
                    short
                }
            }),
    }
}

/// The files of an input as a bundle stores them.
pub(crate) fn pack<'a>(input: &'a Input, names: &'a Names) -> Vec<InputFile<'a>> {
    // A library in a library is read twice.
    let mut seen = BTreeSet::new();
    let packed = roles(input).map(|(role, file)| InputFile {
        role,
        path: names.stored(&file.path),
        bytes: &file.bytes,
    });
    packed
        .filter(|file| seen.insert((file.role, file.path)))
        .collect()
}

/// Why the sources cannot be had back from a bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The bytes are no sound bundle, or its sources are not.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// It was built without them.
    #[error("it holds bytecode and no sources")]
    WithoutSources,
    /// A newer compiler knows more tables, or other editions.
    #[error("this compiler does not know the {what} `{name}` that it was built with")]
    Unknown {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// What its sources say is not what it decides.
    #[error("its sources do not compile to the program in it")]
    OtherProgram,
}

/// What a bundle was compiled from.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The input, without a day.
    pub input: Input,
    /// The version of the compiler that built the bundle, where it is another one: its code may
    /// differ, so that nobody knows whether the sources are those of the program.
    pub other_producer: Option<String>,
}

/// What a bundle was compiled from. `shown` is what the bundle is called: its files are shown as if
/// they were in a folder of that name.
///
/// What is asked of these sources is asked of the program, so they are compiled and compared with
/// it, where this version of the compiler built it.
///
/// # Errors
/// See [`UnpackError`]. Cost: that of a compilation.
pub fn unpack(bytes: &[u8], shown: &str) -> Result<Unpacked, UnpackError> {
    let bundle = read(bytes)?;
    let files = inputs(bytes)?;
    if files.is_empty() {
        return Err(UnpackError::WithoutSources);
    }
    let origin = &bundle.program.program().origin;
    let edition = Edition::parse(&origin.edition)
        .filter(|edition| (Edition::oldest()..=Edition::NEWEST).contains(edition))
        .ok_or_else(|| UnpackError::Unknown {
            what: "edition",
            name: origin.edition.clone(),
        })?;
    let mut input = Input {
        edition: Some(edition),
        ..Input::default()
    };
    for file in files {
        let source = SourceFile {
            path: format!("{shown}/{}", file.path),
            bytes: file.bytes.to_vec(),
        };
        match file.role {
            InputRole::Manifest => input.manifest = Some(source),
            InputRole::Directory => input.directory = Some(source),
            InputRole::File => input.files.push(source),
            InputRole::Library => input.libraries.push(source),
            InputRole::Table(name) => {
                let table = Table::ALL.into_iter().find(|table| table.name() == name);
                let table = table.ok_or_else(|| UnpackError::Unknown {
                    what: "table",
                    name: name.to_owned(),
                })?;
                input.data.push((table, source));
            }
        }
    }
    let is_ours = origin.producer == Options::default().producer;
    if is_ours && compiled_name(&input).as_ref() != Some(&bundle.hash) {
        return Err(UnpackError::OtherProgram);
    }
    Ok(Unpacked {
        input,
        other_producer: (!is_ours).then(|| origin.producer.clone()),
    })
}

/// The name of the program that an input compiles to.
fn compiled_name(input: &Input) -> Option<String> {
    let compilation = compile(input);
    if !compilation.is_readable() {
        return None;
    }
    program_hash(&compilation.program(&compilation.decisions())).ok()
}
