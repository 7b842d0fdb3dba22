//! What the server needs of the world: projects and their files.
//!
//! The command line brings the file system; tests bring a table in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatewright_compiler::{Compilation, Input, Session};

/// What a server asks of its surroundings. Called from several threads.
pub trait Host: Send + Sync {
    /// The project that a file belongs to, by the folder that it is in or the file that it is:
    /// the nearest folder with a manifest, else the workspace folder, else its own folder.
    fn project_of(&self, file: &Path, workspace_folders: &[PathBuf]) -> PathBuf;

    /// The projects below a workspace folder, which are looked at although none of their files is
    /// open.
    fn projects_in(&self, workspace_folder: &Path) -> Vec<PathBuf> {
        let _ = workspace_folder;
        Vec::new()
    }

    /// Read a project. What `open` knows of a file goes before what is stored.
    ///
    /// # Errors
    /// Why the project cannot be read, in words for its author.
    fn load(&self, root: &Path, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String>;

    /// The instant of sign-ins that name none, in milliseconds since 1970.
    fn now(&self) -> Option<i64> {
        None
    }

    /// Whether a process is there, as far as that can be seen. A server leaves with the process
    /// that started it, if that one was seen to be there.
    fn is_running(&self, process: u32) -> bool {
        let _ = process;
        false
    }

    /// The folder with the pages of all findings as `GW0302.md`, for clients that open files.
    fn pages(&self) -> Option<PathBuf> {
        None
    }

    /// Compile. A host may measure it.
    fn compile(&self, session: &mut Session, input: &Input) -> Compilation {
        session.compile(input)
    }

    /// Hears how many invariants of a project are decided and how many there are, before each of
    /// them and at the end, on the thread that decides them.
    fn on_deciding(&self, done: usize, count: usize) {
        let _ = (done, count);
    }

    /// Hears of every request before it is answered, on the thread that answers it.
    fn on_request(&self, method: &str) {
        let _ = method;
    }
}

/// A project as it was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What the compiler takes.
    pub input: Input,
    /// Where the files of the input are, by their names there.
    pub paths: BTreeMap<String, PathBuf>,
}
