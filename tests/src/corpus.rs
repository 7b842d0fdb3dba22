//! The corpus as tests see it: real policies, named locations and rules, by where they come from.
//!
//! Files are in the order of their paths, so that the same text is always compiled as the same
//! source.
#![expect(clippy::panic, reason = "a corpus that cannot be read proves nothing")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatewright_compiler::{Input, SourceFile};
use serde_json::Value;

/// The folder of the corpus.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Everything that comes from one repository.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// `owner/name`
    pub name: String,
    /// Files with policies; their paths start in the repository.
    pub policies: Vec<SourceFile>,
    /// Files with named locations.
    pub locations: Vec<SourceFile>,
}

impl Origin {
    /// All files, policies first.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.policies.iter().chain(&self.locations)
    }

    /// All files as one project.
    #[must_use]
    pub fn input(&self) -> Input {
        Input {
            files: self.files().cloned().collect(),
            ..Input::default()
        }
    }
}

/// Files that belong together as those of one tenant do.
#[derive(Clone, Debug)]
pub struct TenantFiles {
    /// The repository, and the file where each of its files is a tenant of its own.
    pub name: String,
    /// The files.
    pub input: Input,
}

/// Repositories of demonstration exports: each file is another state of a tenant, and the same ids
/// come again with other contents.
const EXPORTS: &[&str] = &["jsa2/caOptics"];

/// Every set of policies in the corpus.
#[must_use]
pub fn tenants() -> Vec<TenantFiles> {
    let mut tenants = Vec::new();
    for origin in origins() {
        if !EXPORTS.contains(&origin.name.as_str()) {
            tenants.push(TenantFiles {
                input: origin.input(),
                name: origin.name,
            });
            continue;
        }
        for file in &origin.policies {
            let files = std::iter::once(file)
                .chain(&origin.locations)
                .cloned()
                .collect();
            let input = Input {
                files,
                ..Input::default()
            };
            tenants.push(TenantFiles {
                name: format!("{}, {}", origin.name, file.path),
                input,
            });
        }
    }
    tenants
}

/// Every repository, by name.
#[must_use]
pub fn origins() -> Vec<Origin> {
    let mut origins: BTreeMap<String, Origin> = BTreeMap::new();
    for kind in ["policies", "locations"] {
        for (path, bytes) in files(&folder().join(kind), ".json") {
            let (owner, path) = path.split_once('/').unwrap_or(("", &path));
            let name = owner.replace('+', "/");
            let file = SourceFile {
                path: path.to_owned(),
                bytes,
            };
            let origin = origins.entry(name.clone()).or_default();
            origin.name = name;
            match kind {
                "policies" => origin.policies.push(file),
                _ => origin.locations.push(file),
            }
        }
    }
    origins.into_values().collect()
}

/// The files below a folder whose names end so, by path, with forward slashes.
#[must_use]
pub fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries =
            std::fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display()));
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(ending) {
                let bytes = std::fs::read(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((name.replace('\\', "/"), bytes));
            }
        }
    }
    found.sort();
    found
}

/// The objects of a file of JSON Lines; the path starts in the corpus.
#[must_use]
pub fn lines(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let read = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{path}: {error}: {line}"))
    };
    lines.map(read).collect()
}
