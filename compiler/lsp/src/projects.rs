//! Projects that are looked at: what they are made of, and what the compiler makes of them.
//!
//! Which projects there are follows from the workspace folders and the open texts alone, and so does
//! what is in them; so the state after any sequence of edits is the one that a fresh start has.

mod carried;
mod json;
mod names;
mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewright_compiler::{Input, Session, SourceFile};
use gatewright_diagnostics::Diagnostic;
use gatewright_ide::Snapshot;

use crate::documents::{Document, Documents};
use crate::host::{Host, Loaded};
use crate::outcomes::Outcomes;
use crate::uri::Key;

use carried::carried;
use json::{is_graph_json, is_text_project};
pub(crate) use names::Names;
pub(crate) use stored::{Question, Reader, Stored};

/// What makes a project one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Root {
    /// A folder or file, as the host says.
    At(PathBuf),
    /// A folder for its Graph JSON, of which something is open that no project has.
    Json(PathBuf),
    /// An open text that belongs to no project.
    Alone(Key),
}

impl Root {
    /// The name as messages show it.
    pub(crate) fn name(&self) -> String {
        self.key().name()
    }

    /// The folder or file. A project of policy text may be in the folder too, so JSON has another.
    pub(crate) fn key(&self) -> Key {
        match self {
            Root::At(path) => Key::File(path.clone()),
            Root::Json(folder) => Key::File(folder.join("*.json")),
            Root::Alone(key) => key.clone(),
        }
    }
}

/// A project, as it is known.
pub(crate) struct Project {
    session: Session,
    input: Arc<Input>,
    needs_reading: bool,
    needs_compiling: bool,
    /// Whether the compiler failed last time.
    has_failed: bool,
    /// Where its files are.
    pub(crate) names: Arc<Names>,
    /// What the compiler made of it, unless that went wrong.
    pub(crate) snapshot: Option<Snapshot>,
    /// What there is to say of its invariants: as they were decided last, until they are again.
    pub(crate) refuted: Vec<Diagnostic>,
    /// Why it cannot be read.
    pub(crate) trouble: Option<String>,
    /// What was found out about this compilation.
    pub(crate) outcomes: Arc<Outcomes>,
    /// Counts compilations.
    pub(crate) generation: u64,
}

/// What became of the projects that had changed.
#[derive(Default)]
pub(crate) struct Refreshed {
    /// Projects that were compiled.
    pub(crate) compiled: Vec<Root>,
    /// Projects that are looked at no more.
    pub(crate) gone: Vec<Root>,
    /// What the user has to hear.
    pub(crate) messages: Vec<String>,
}

/// All projects.
pub(crate) struct Projects {
    host: Arc<dyn Host>,
    folders: Vec<PathBuf>,
    by_root: BTreeMap<Root, Project>,
    /// What was found when files were read last.
    stored: Stored,
    /// Whether they have to be read again.
    is_outdated: bool,
    /// Whether they have been, and other projects may have to be looked at than are.
    is_unsettled: bool,
}

impl Projects {
    pub(crate) fn new(host: Arc<dyn Host>) -> Projects {
        Projects {
            host,
            folders: Vec::new(),
            by_root: BTreeMap::new(),
            stored: Stored::default(),
            is_outdated: false,
            is_unsettled: false,
        }
    }

    /// The folders of the workspace have changed.
    pub(crate) fn set_folders(&mut self, folders: Vec<PathBuf>) {
        self.folders = folders;
        self.read_again();
    }

    /// The folders of the workspace.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Files may have come, gone or changed, beside what is typed.
    pub(crate) fn read_again(&mut self) {
        self.is_outdated = true;
    }

    /// What has to be read, if anything has.
    pub(crate) fn question(&mut self, documents: &Documents) -> Option<Question> {
        let is_outdated = std::mem::take(&mut self.is_outdated);
        is_outdated.then(|| Question::new(&self.folders, documents))
    }

    /// It has been read.
    pub(crate) fn take(&mut self, stored: Stored) {
        self.stored = stored;
        self.is_unsettled = true;
        for project in self.by_root.values_mut() {
            project.needs_reading = true;
        }
    }

    /// Whether a text is part of a project that can be asked about.
    pub(crate) fn has(&self, key: &Key) -> bool {
        let mut projects = self.by_root.values();
        projects.any(|project| project.names.has(key) && project.snapshot.is_some())
    }

    /// A text is open: what is in it goes before what is stored.
    pub(crate) fn opened(&mut self, key: &Key, documents: &Documents) -> Vec<Root> {
        if let Some(document) = documents.get(key) {
            for project in self.by_root.values_mut() {
                if project.names.has(key) {
                    Arc::make_mut(&mut project.names).spell(key, &document.uri);
                }
            }
        }
        self.read_again();
        let mut projects = self.by_root.values();
        let is_as_stored = projects.all(|project| {
            let file = project
                .names
                .name(key)
                .map(|name| file(&project.input, name));
            file.is_none_or(|file| file.map(|file| &file.bytes) == documents.bytes(key).as_ref())
        });
        match is_as_stored {
            true => Vec::new(),
            false => self.edited(key, documents),
        }
    }

    /// What is typed has changed. Nobody wants to hear more of what the projects were that it is
    /// part of, which are these.
    pub(crate) fn edited(&mut self, key: &Key, documents: &Documents) -> Vec<Root> {
        // What a manifest says decides which files there are, and whether JSON is of Graph follows
        // from what is in it.
        if key.is_manifest() || self.is_json_misplaced(key, documents) {
            self.read_again();
        }
        let mut changed = Vec::new();
        for (root, project) in &mut self.by_root {
            if let Some(name) = project.names.name(key)
                && let Some(bytes) = documents.bytes(key)
                && let Some(file) = file_mut(Arc::make_mut(&mut project.input), name)
            {
                file.bytes = bytes;
                project.needs_compiling = true;
                project.outcomes.expire();
                changed.push(root.clone());
            }
        }
        changed
    }

    /// Whether JSON has become of Graph, or is no longer.
    fn is_json_misplaced(&self, key: &Key, documents: &Documents) -> bool {
        let Some(document) = documents.get(key).filter(|_| key.has_extension("json")) else {
            return false;
        };
        let is_known = self.by_root.values().any(|project| {
            let name = project.names.name(key);
            name.is_some_and(|name| project.input.files.iter().any(|file| file.path == name))
        });
        is_known != is_graph_json(key, document)
    }

    /// The instant of sign-ins that name none.
    pub(crate) fn now(&self) -> Option<i64> {
        caught(|| self.host.now()).ok().flatten()
    }

    /// The folder with the pages of findings, if there is one.
    pub(crate) fn pages(&self) -> Option<PathBuf> {
        caught(|| self.host.pages()).ok().flatten()
    }

    /// Whether a process is there.
    pub(crate) fn is_running(&self, process: u32) -> bool {
        caught(|| self.host.is_running(process)).unwrap_or(true)
    }

    /// Every project, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Root, &Project)> {
        self.by_root.iter()
    }

    /// A project.
    pub(crate) fn get_mut(&mut self, root: &Root) -> Option<&mut Project> {
        self.by_root.get_mut(root)
    }

    /// Bring everything up to date. Cost: nothing, if nothing has changed.
    pub(crate) fn refresh(&mut self, documents: &Documents) -> Refreshed {
        let mut refreshed = Refreshed::default();
        if self.is_unsettled {
            self.is_unsettled = false;
            self.settle(&mut refreshed);
        }
        for (root, project) in &mut self.by_root {
            if project.needs_reading {
                let known = project.trouble.clone();
                read(&self.stored, root, project, documents);
                if let Some(trouble) = &project.trouble
                    && known.as_ref() != Some(trouble)
                {
                    let message = format!("{}: {trouble}", root.name());
                    refreshed.messages.push(message);
                }
            }
        }
        self.look_at_lone_texts(documents, &mut refreshed);
        for (root, project) in &mut self.by_root {
            if project.needs_compiling {
                project.needs_compiling = false;
                project.generation += 1;
                let had_failed = project.has_failed;
                let compiled = compile(&*self.host, project);
                project.has_failed = compiled.is_err();
                // Once, not at every key.
                if let Err(message) = compiled
                    && !had_failed
                {
                    refreshed
                        .messages
                        .push(format!("{}: {message}", root.name()));
                }
                refreshed.compiled.push(root.clone());
            }
        }
        refreshed
    }

    /// Look at the projects that there are.
    fn settle(&mut self, refreshed: &mut Refreshed) {
        let wanted = self.stored.roots().cloned().map(Root::At);
        let wanted: BTreeSet<Root> = wanted.collect();
        self.keep(
            |root| wanted.contains(root) || !matches!(root, Root::At(_)),
            refreshed,
        );
        for root in wanted {
            self.by_root.entry(root).or_insert_with(Project::new);
        }
    }

    /// Texts that no project has are projects of their own, if they are anything of ours.
    fn look_at_lone_texts(&mut self, documents: &Documents, refreshed: &mut Refreshed) {
        let mut alone: BTreeSet<Root> = BTreeSet::new();
        for (key, document) in documents.iter() {
            let is_text = key.has_extension("gate") || document.language == "gatewright";
            let mut projects = self.by_root.iter();
            let is_known = projects
                .any(|(root, project)| matches!(root, Root::At(_)) && project.names.has(key));
            if is_known || !self.stored.has_met(key) {
                continue;
            }
            let folder = key.path().and_then(Path::parent);
            let is_graph_json = is_graph_json(key, document);
            match folder {
                // What is beside it is read first.
                Some(folder) if is_graph_json && !self.stored.has_read(folder) => {}
                Some(folder) if is_graph_json => {
                    alone.insert(Root::Json(folder.to_path_buf()));
                }
                None if is_graph_json => {
                    alone.insert(Root::Alone(key.clone()));
                }
                _ if is_text => {
                    alone.insert(Root::Alone(key.clone()));
                }
                _ => {}
            }
        }
        self.keep(
            |root| alone.contains(root) || matches!(root, Root::At(_)),
            refreshed,
        );
        for root in alone {
            let project = self
                .by_root
                .entry(root.clone())
                .or_insert_with(Project::new);
            if project.needs_reading {
                read(&self.stored, &root, project, documents);
            }
        }
    }

    fn keep(&mut self, is_kept: impl Fn(&Root) -> bool, refreshed: &mut Refreshed) {
        let gone = self.by_root.keys().filter(|root| !is_kept(root));
        let gone: Vec<Root> = gone.cloned().collect();
        for root in &gone {
            if let Some(project) = self.by_root.remove(root) {
                project.outcomes.expire();
            }
        }
        refreshed.gone.extend(gone);
    }
}

impl Project {
    fn new() -> Project {
        Project {
            session: Session::new(),
            input: Arc::default(),
            needs_reading: true,
            needs_compiling: false,
            has_failed: false,
            outcomes: Arc::default(),
            names: Arc::new(Names::default()),
            snapshot: None,
            refuted: Vec::new(),
            trouble: None,
            generation: 0,
        }
    }
}

/// Read a project, with what is open before what is stored.
fn read(stored: &Stored, root: &Root, project: &mut Project, documents: &Documents) {
    let loaded = match root {
        Root::At(path) | Root::Json(path) => stored.load(path),
        Root::Alone(_) => Ok(Loaded::default()),
    };
    let (mut loaded, trouble) = match loaded {
        Ok(loaded) => (loaded, None),
        Err(trouble) => (Loaded::default(), Some(trouble)),
    };
    // More may have been typed since it was read.
    for (name, path) in &loaded.paths {
        if let Some(bytes) = documents.bytes(&Key::File(path.clone()))
            && let Some(file) = file_mut(&mut loaded.input, name)
        {
            file.bytes = bytes;
        }
    }
    // What is text there is another project's.
    if matches!(root, Root::Json(_)) && is_text_project(&loaded.input) {
        loaded = Loaded::default();
    }
    json::drop_foreign(&mut loaded.input);
    let is_there: BTreeSet<&str> = all_files(&loaded.input)
        .map(|file| file.path.as_str())
        .collect();
    loaded
        .paths
        .retain(|name, _| is_there.contains(name.as_str()));
    let mut names = Names::new(&loaded.paths, documents);
    for (key, document) in documents.iter() {
        if !names.has(key) && belongs(stored, root, &loaded.input, (key, document)) {
            let file = SourceFile {
                path: key.name(),
                bytes: documents.bytes(key).unwrap_or_default(),
            };
            names.add(file.path.clone(), key.clone(), document.uri.clone());
            if key.is_manifest() {
                loaded.input.manifest = Some(file);
            } else {
                loaded.input.files.push(file);
            }
        }
    }
    loaded.input.files.sort_by(|a, b| a.path.cmp(&b.path));
    project.needs_reading = false;
    let is_new = *project.input != loaded.input
        || *project.names != names
        || project.trouble != trouble
        || project.snapshot.is_none();
    project.input = Arc::new(loaded.input);
    project.names = Arc::new(names);
    project.trouble = trouble;
    project.needs_compiling |= is_new;
}

/// Whether an open text that is not stored is part of a project.
fn belongs(
    stored: &Stored,
    root: &Root,
    input: &Input,
    (key, document): (&Key, &Document),
) -> bool {
    let path = match root {
        Root::Alone(own) => return own == key,
        Root::Json(folder) => {
            let is_beside = key.path().and_then(Path::parent) == Some(folder);
            return is_beside && is_graph_json(key, document);
        }
        Root::At(path) => path,
    };
    let is_wanted = key.has_extension("gate")
        || (key.is_manifest() && input.manifest.is_none())
        || (!is_text_project(input) && is_graph_json(key, document));
    let own = |file: &Path| stored.root_of(file);
    is_wanted && key.path().and_then(own) == Some(path)
}

/// Every file of an input.
fn all_files(input: &Input) -> impl Iterator<Item = &SourceFile> {
    let others = input.manifest.iter().chain(&input.directory);
    let others = others.chain(input.data.iter().map(|(_, file)| file));
    input.files.iter().chain(&input.libraries).chain(others)
}

/// Compile, and once more with nothing remembered if something goes wrong.
fn compile(host: &dyn Host, project: &mut Project) -> Result<(), String> {
    let attempt = |session: &mut Session| {
        caught(|| host.compile(session, &project.input)).inspect_err(|_| *session = Session::new())
    };
    let next = Arc::new(project.outcomes.next());
    std::mem::replace(&mut project.outcomes, next).expire();
    let compiled = attempt(&mut project.session).or_else(|_| attempt(&mut project.session));
    match compiled {
        Ok(compilation) => {
            let old = project.snapshot.take();
            let old = old.as_ref().map(|old| &old.compilation().sources);
            let kept = old.map(|old| carried(&project.refuted, old, &compilation.sources));
            project.refuted = kept.unwrap_or_default();
            project.snapshot = Some(Snapshot::new(Arc::clone(&project.input), compilation));
            Ok(())
        }
        Err(error) => {
            project.snapshot = None;
            project.refuted.clear();
            Err(format!(
                "the compiler has failed; it tries again after the next edit ({error})"
            ))
        }
    }
}

/// The file of an input that has this name.
fn file<'a>(input: &'a Input, name: &str) -> Option<&'a SourceFile> {
    all_files(input).find(|file| file.path == name)
}

/// The same, to be changed.
fn file_mut<'a>(input: &'a mut Input, name: &str) -> Option<&'a mut SourceFile> {
    let others = input.manifest.iter_mut().chain(&mut input.directory);
    let data = input.data.iter_mut().map(|(_, file)| file);
    let mut files = input.files.iter_mut().chain(&mut input.libraries);
    let found = files.find(|file| file.path == name);
    found.or_else(|| others.chain(data).find(|file| file.path == name))
}

/// Run what may panic; what it said as an error.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "no message".to_owned())
    })
}
