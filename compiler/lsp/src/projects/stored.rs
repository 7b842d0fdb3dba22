//! What is stored, as a reading found it.
//!
//! Folders may be deep and disks far away, so files are read on a thread of their own, and nobody
//! who types waits for it. What is typed meanwhile goes before what was read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::caught;
use super::json::{drop_foreign, is_graph_json};
use crate::documents::Documents;
use crate::host::{Host, Loaded};
use crate::uri::Key;

/// What a reading has to know.
pub(crate) struct Question {
    folders: Vec<PathBuf>,
    open: BTreeMap<PathBuf, Open>,
}

/// An open file.
struct Open {
    bytes: Vec<u8>,
    is_graph_json: bool,
    /// Whether it makes the project that it is in one to look at.
    is_ours: bool,
}

/// What a reading found.
#[derive(Default)]
pub(crate) struct Stored {
    /// The projects that files belong to which were open.
    root_of: BTreeMap<PathBuf, PathBuf>,
    /// The projects to look at.
    roots: BTreeSet<PathBuf>,
    /// What is in folders and files, or why they cannot be read.
    loaded: BTreeMap<PathBuf, Result<Loaded, String>>,
}

impl Question {
    /// What is asked about these folders, and what is open.
    pub(super) fn new(folders: &[PathBuf], documents: &Documents) -> Question {
        let open = documents.iter().filter_map(|(key, document)| {
            let is_graph_json = is_graph_json(key, document);
            let open = Open {
                bytes: documents.bytes(key)?,
                is_graph_json,
                is_ours: key.has_extension("gate") || key.is_manifest() || is_graph_json,
            };
            Some((key.path()?.to_path_buf(), open))
        });
        Question {
            folders: folders.to_vec(),
            open: open.collect(),
        }
    }

    fn read(&self, host: &dyn Host) -> Stored {
        let mut stored = Stored::default();
        for folder in &self.folders {
            stored
                .roots
                .extend(caught(|| host.projects_in(folder)).unwrap_or_default());
        }
        for (path, open) in &self.open {
            if let Ok(root) = caught(|| host.project_of(path, &self.folders)) {
                if open.is_ours {
                    stored.roots.insert(root.clone());
                }
                stored.root_of.insert(path.clone(), root);
            }
        }
        for root in stored.roots.clone() {
            self.load(host, &root, &mut stored);
        }
        // Graph JSON that no project has is looked at with what is beside it.
        for (path, open) in &self.open {
            if open.is_graph_json
                && !stored.has(path)
                && let Some(folder) = path.parent()
            {
                self.load(host, folder, &mut stored);
            }
        }
        stored
    }

    fn load(&self, host: &dyn Host, root: &Path, stored: &mut Stored) {
        if !stored.has_read(root) {
            let open = |path: &Path| self.open.get(path).map(|open| open.bytes.clone());
            let mut loaded = caught(|| host.load(root, &open)).and_then(|loaded| loaded);
            if let Ok(loaded) = &mut loaded {
                drop_foreign(&mut loaded.input);
            }
            stored.loaded.insert(root.to_path_buf(), loaded);
        }
    }
}

impl Stored {
    /// The projects to look at.
    pub(super) fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        self.roots.iter()
    }

    /// The project of a file that was open.
    pub(super) fn root_of(&self, path: &Path) -> Option<&PathBuf> {
        self.root_of.get(path)
    }

    /// Whether a text has been thought of: what is no file needs no reading.
    pub(super) fn has_met(&self, key: &Key) -> bool {
        key.path()
            .is_none_or(|path| self.root_of.contains_key(path))
    }

    /// Whether a folder or file has been read.
    pub(super) fn has_read(&self, root: &Path) -> bool {
        self.loaded.contains_key(root)
    }

    /// What is in a folder or file; nothing, where that has not been read yet.
    pub(super) fn load(&self, root: &Path) -> Result<Loaded, String> {
        let found = self.loaded.get(root).cloned();
        found.unwrap_or_else(|| Ok(Loaded::default()))
    }

    fn has(&self, path: &Path) -> bool {
        let mut loaded = self.loaded.values().flatten();
        loaded.any(|loaded| loaded.paths.values().any(|known| known == path))
    }
}

/// The thread that reads, as the main one sees it. It ends when this is dropped.
pub(crate) struct Reader {
    /// What is to be read next, with the number of the question. The latest wins.
    asked: Arc<Mutex<Option<(u64, Question)>>>,
    /// Tells the thread that there is a question.
    wake: Sender<()>,
    /// What was found, with the number of the question.
    pub(crate) found: Receiver<(u64, Stored)>,
    last_asked: u64,
    last_found: u64,
}

impl Reader {
    pub(crate) fn new(host: &Arc<dyn Host>) -> Reader {
        let asked: Arc<Mutex<Option<(u64, Question)>>> = Arc::default();
        let (wake, woken) = bounded(1);
        let (tell, found) = unbounded();
        let (next, host) = (Arc::clone(&asked), Arc::clone(host));
        let thread = thread::Builder::new().name("gatewright files".to_owned());
        // Without the thread only what is open is known.
        let _ = thread.spawn(move || {
            for () in woken {
                let question = next.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((number, question)) = question
                    && tell.send((number, question.read(&*host))).is_err()
                {
                    return;
                }
            }
        });
        Reader {
            asked,
            wake,
            found,
            last_asked: 0,
            last_found: 0,
        }
    }

    /// Read again.
    pub(crate) fn ask(&mut self, question: Question) {
        self.last_asked += 1;
        let next = Some((self.last_asked, question));
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = next;
        // Where it is full the thread will look anyway.
        let _ = self.wake.try_send(());
    }

    /// What was asked so far has been found up to here.
    pub(crate) fn has_found(&mut self, number: u64) {
        self.last_found = self.last_found.max(number);
    }

    /// The number of the last question, unless that is answered.
    pub(crate) fn awaited(&self) -> Option<u64> {
        (self.last_found < self.last_asked).then_some(self.last_asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells which folders are looked for projects, and waits before the next one.
    struct Gate(Sender<PathBuf>, Receiver<()>);

    impl Host for Gate {
        fn project_of(&self, file: &Path, _: &[PathBuf]) -> PathBuf {
            file.to_path_buf()
        }

        fn projects_in(&self, folder: &Path) -> Vec<PathBuf> {
            let _ = self.0.send(folder.to_path_buf());
            let _ = self.1.recv();
            vec![folder.to_path_buf()]
        }

        fn load(&self, _: &Path, _: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String> {
            Ok(Loaded::default())
        }
    }

    #[test]
    fn of_questions_that_wait_the_latest_is_answered() {
        let (tell, looked) = unbounded();
        let (open, gate) = unbounded();
        let host: Arc<dyn Host> = Arc::new(Gate(tell, gate));
        let mut reader = Reader::new(&host);
        assert_eq!(reader.awaited(), None);
        let question = |folder: &str| Question::new(&[folder.into()], &Documents::default());
        reader.ask(question("/1"));
        assert_eq!(looked.recv(), Ok("/1".into()));
        for folder in ["/2", "/3", "/4"] {
            reader.ask(question(folder));
        }
        assert_eq!(reader.awaited(), Some(4));
        drop(open);
        let found: Vec<u64> = reader
            .found
            .iter()
            .take(2)
            .map(|(number, _)| number)
            .collect();
        assert_eq!(found, [1, 4]);
        reader.has_found(1);
        assert_eq!(reader.awaited(), Some(4));
        reader.has_found(4);
        assert_eq!(reader.awaited(), None);
        let found = reader.found.clone();
        drop(reader);
        assert!(found.recv().is_err(), "nothing else was read");
        assert_eq!(looked.try_iter().collect::<Vec<_>>(), [PathBuf::from("/4")]);
    }
}
