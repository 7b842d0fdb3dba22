//! Files in memory, and what a test wants to go wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crossbeam_channel::{Receiver, Sender};
use gatewright_compiler::{Compilation, Input, Session, SourceFile};
use gatewright_lsp::{Host, Loaded};

/// Files by their paths; a manifest makes its folder a project.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) files: Mutex<BTreeMap<PathBuf, String>>,
    /// A request of this method panics, and so does reading or compiling where a text says so.
    pub(crate) panics_at: Mutex<Option<&'static str>>,
    /// The process that is there.
    pub(crate) running: Mutex<Option<u32>>,
    /// The folder with the pages of findings.
    pub(crate) pages: Mutex<Option<PathBuf>>,
    /// Requests of this method wait until they hear something.
    pub(crate) waits_at: Mutex<Option<(&'static str, Receiver<()>)>>,
    /// Files are read when it hears something.
    pub(crate) reads_at: Mutex<Option<Receiver<()>>>,
    /// How far invariants are is told, and the next one waits until it hears something.
    pub(crate) decides_at: Mutex<Option<Deciding>>,
}

/// Where it is told how far invariants are, and where the next one waits.
pub(crate) type Deciding = (Sender<(usize, usize)>, Receiver<()>);

impl Memory {
    pub(crate) fn new(files: &[(&str, &str)]) -> Memory {
        let memory = Memory::default();
        for (path, text) in files {
            memory.write(path, text);
        }
        memory
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let mut files = self.files.lock().unwrap();
        files.insert(PathBuf::from(path), text.to_owned());
    }

    pub(crate) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(Path::new(path));
    }

    fn panics_at(&self, what: &str) -> bool {
        *self.panics_at.lock().unwrap() == Some(what)
    }
}

impl Host for Memory {
    fn project_of(&self, file: &Path, workspace_folders: &[PathBuf]) -> PathBuf {
        let files = self.files.lock().unwrap();
        let mut folders = file.ancestors().skip(1);
        let has_manifest = |folder: &&Path| files.contains_key(&folder.join("gatewright.toml"));
        if let Some(folder) = folders.find(has_manifest) {
            return folder.to_path_buf();
        }
        let mut around = workspace_folders.iter();
        let around = around.find(|folder| file.starts_with(folder)).cloned();
        around.unwrap_or_else(|| file.parent().unwrap().to_path_buf())
    }

    fn projects_in(&self, workspace_folder: &Path) -> Vec<PathBuf> {
        let files = self.files.lock().unwrap();
        let manifests = files
            .keys()
            .filter(|path| path.ends_with("gatewright.toml"));
        let inside = manifests.filter(|path| path.starts_with(workspace_folder));
        inside
            .map(|path| path.parent().unwrap().to_path_buf())
            .collect()
    }

    fn pages(&self) -> Option<PathBuf> {
        self.pages.lock().unwrap().clone()
    }

    fn load(&self, root: &Path, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String> {
        assert!(!self.panics_at("load"), "the host is broken");
        let reads_at = self.reads_at.lock().unwrap().clone();
        if let Some(gate) = reads_at {
            let _ = gate.recv();
        }
        let mut loaded = Loaded::default();
        for (path, text) in self.files.lock().unwrap().iter() {
            if !path.starts_with(root) {
                continue;
            }
            let name = path.to_str().unwrap().to_owned();
            let bytes = open(path).unwrap_or_else(|| text.clone().into_bytes());
            if bytes.windows(10).any(|some| some == b"unreadable") {
                return Err("this project is unreadable".to_owned());
            }
            let file = SourceFile {
                path: name.clone(),
                bytes,
            };
            loaded.paths.insert(name.clone(), path.clone());
            if name.ends_with("gatewright.toml") {
                loaded.input.manifest = Some(file);
            } else if name.ends_with(".gate") || name.ends_with(".json") {
                loaded.input.files.push(file);
            } else {
                loaded.paths.remove(&name);
            }
        }
        // As on the command line: beside policy text or a manifest, JSON is none of the project.
        let is_text = |file: &SourceFile| file.path.ends_with(".gate");
        if loaded.input.manifest.is_some() || loaded.input.files.iter().any(is_text) {
            loaded.input.files.retain(is_text);
            loaded.paths.retain(|name, _| !name.ends_with(".json"));
        }
        Ok(loaded)
    }

    fn is_running(&self, process: u32) -> bool {
        *self.running.lock().unwrap() == Some(process)
    }

    fn compile(&self, session: &mut Session, input: &Input) -> Compilation {
        let mut texts = input
            .files
            .iter()
            .map(|file| String::from_utf8_lossy(&file.bytes));
        assert!(
            !texts.any(|text| text.contains("compiler, panic")),
            "as was asked"
        );
        session.compile(input)
    }

    fn on_deciding(&self, done: usize, count: usize) {
        let decides_at = self.decides_at.lock().unwrap().clone();
        if let Some((tell, gate)) = decides_at {
            let _ = tell.send((done, count));
            let _ = gate.recv();
        }
    }

    fn on_request(&self, method: &str) {
        assert!(!self.panics_at(method), "the request panics");
        let waits_at = self.waits_at.lock().unwrap().clone();
        if let Some((at, gate)) = waits_at
            && at == method
        {
            let _ = gate.recv();
        }
    }
}
