//! `gatewright lsp`: serve an editor.
//!
//! Standard output belongs to the protocol; what a library prints or a panic says goes to standard
//! error, where editors keep it.

mod pages;

use std::collections::BTreeMap;
use std::io::{BufReader, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use gatewright_compiler::Input;
use gatewright_lsp::{End, Host, serve, transport};

use crate::args::Common;
use crate::clock::instant;
use crate::load::{self, HoldsNothing, Loaded, MANIFEST};
use crate::outcome::Outcome;

pub(crate) fn run(common: &Common) -> Result<Outcome> {
    let host = Arc::new(FileSystem {
        common: common.clone(),
    });
    let streams = transport::over(BufReader::new(stdin()), stdout())?;
    let end = serve(streams.connection, host);
    streams.rest.finish();
    Ok(match end {
        End::Asked => Outcome::Yes,
        End::Abrupt => Outcome::CouldNotRun,
    })
}

/// Projects on disk.
struct FileSystem {
    common: Common,
}

/// LIMIT: folders below a workspace folder in which projects are looked for.
const DEPTH_MAX: usize = 4;

/// LIMIT: projects that are looked at although nothing of them is open.
const PROJECTS_MAX: usize = 32;

impl Host for FileSystem {
    fn project_of(&self, file: &Path, workspace_folders: &[PathBuf]) -> PathBuf {
        let mut folders = file.ancestors().skip(1);
        if let Some(folder) = folders.find(|folder| folder.join(MANIFEST).is_file()) {
            return folder.to_path_buf();
        }
        let around = workspace_folders
            .iter()
            .filter(|folder| file.starts_with(folder));
        let nearest = around.max_by_key(|folder| folder.components().count());
        let own = file.parent().unwrap_or(file);
        nearest.map_or(own, |nearest| nearest).to_path_buf()
    }

    fn projects_in(&self, workspace_folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![(workspace_folder.to_path_buf(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            if found.len() >= PROJECTS_MAX {
                break;
            }
            // What is below a project is part of it.
            if folder.join(MANIFEST).is_file() {
                found.push(folder);
            } else if depth < DEPTH_MAX {
                folders.extend(folders_in(&folder).into_iter().map(|one| (one, depth + 1)));
            }
        }
        found.sort();
        found
    }

    fn now(&self) -> Option<i64> {
        instant(&self.common).ok()
    }

    fn pages(&self) -> Option<PathBuf> {
        pages::folder()
    }

    fn is_running(&self, process: u32) -> bool {
        is_parent(process) || Path::new("/proc").join(process.to_string()).exists()
    }

    fn load(
        &self,
        root: &Path,
        open: &dyn Fn(&Path) -> Option<Vec<u8>>,
    ) -> Result<gatewright_lsp::Loaded, String> {
        let read = |path: &Path| open(path).map_or_else(|| load::read(path), Ok);
        if !root.exists() {
            return Ok(gatewright_lsp::Loaded::default());
        }
        let missing = load::Missing::IsFound;
        match load::load_with(&[root.to_path_buf()], &self.common, &read, missing) {
            Ok(Loaded::Sources(input)) => Ok(gatewright_lsp::Loaded {
                paths: paths(&input),
                input,
            }),
            Ok(Loaded::Bundle(name, _)) => Err(format!("`{name}` is a bundle")),
            Err(error) if error.is::<HoldsNothing>() => Ok(gatewright_lsp::Loaded::default()),
            Err(error) => Err(format!("{error:#}")),
        }
    }
}

/// Whether a process started this one, and is still there: of one that ends, another takes its
/// place.
#[cfg(unix)]
fn is_parent(process: u32) -> bool {
    std::os::unix::process::parent_id() == process
}

/// Elsewhere the streams of a process end with it, and that is enough.
#[cfg(not(unix))]
fn is_parent(_: u32) -> bool {
    false
}

/// The folders in a folder, without hidden ones and those that packages are put into.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        is_folder && !name.starts_with('.') && name != "node_modules" && name != "target"
    });
    folders.map(|entry| entry.path()).collect()
}

/// Where the files of an input are: their names are their paths.
fn paths(input: &Input) -> BTreeMap<String, PathBuf> {
    let others = input.manifest.iter().chain(&input.directory);
    let others = others.chain(input.data.iter().map(|(_, file)| file));
    let files = input.files.iter().chain(&input.libraries).chain(others);
    files
        .map(|file| (file.path.clone(), PathBuf::from(&file.path)))
        .collect()
}
