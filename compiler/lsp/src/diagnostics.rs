//! Findings in the protocol's words, and which of them the client has.

mod convert;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use gen_lsp_types::{
    Diagnostic, PublishDiagnosticsNotification as Publish, PublishDiagnosticsParams, Uri,
};

use crate::client::{Abilities, Client};
use crate::documents::Documents;
use crate::projects::{Project, Projects, Root};
use crate::uri::Key;

/// What is said of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    /// As the client spells it, if it is open.
    pub(crate) uri: Uri,
    /// The version of the text that it is said of, if it is open.
    pub(crate) version: Option<i32>,
    /// What is said.
    pub(crate) diagnostics: Arc<[Diagnostic]>,
}

impl Said {
    /// Something that differs wherever what is said does.
    pub(crate) fn result_id(&self) -> String {
        let mut hasher = DefaultHasher::new();
        let text = serde_json::to_string(&self.diagnostics[..]).unwrap_or_default();
        text.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// What is said of every file of every project.
pub(crate) type Board = BTreeMap<Key, Said>;

/// Everything that is said, and what of it was pushed.
#[derive(Default)]
pub(crate) struct Publisher {
    by_root: BTreeMap<Root, BTreeMap<Key, Said>>,
    board: Arc<Board>,
}

impl Publisher {
    /// What is said of every file.
    pub(crate) fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// What is said of a project has changed.
    pub(crate) fn set(&mut self, root: &Root, project: &Project, abilities: &Abilities) {
        let said = convert::said(project, abilities);
        self.by_root.insert(root.clone(), said);
    }

    /// A project is looked at no more.
    pub(crate) fn remove(&mut self, root: &Root) {
        self.by_root.remove(root);
    }

    /// Put together what is said of each file by all projects, and push what has changed. A file
    /// that is open hears of each version of it.
    pub(crate) fn publish(
        &mut self,
        projects: &Projects,
        documents: &Documents,
        abilities: &Abilities,
        client: &Client,
    ) {
        let board = self.gathered(projects, documents);
        let old = std::mem::replace(&mut self.board, Arc::new(board));
        if abilities.pushes {
            for (key, said) in self.board.iter() {
                let is_new = match old.get(key) {
                    Some(old) => old != said,
                    None => !said.diagnostics.is_empty() || said.version.is_some(),
                };
                if is_new {
                    push(
                        client,
                        said.uri.clone(),
                        said.version,
                        said.diagnostics.to_vec(),
                    );
                }
            }
            for (key, said) in old.iter() {
                if !self.board.contains_key(key) && !said.diagnostics.is_empty() {
                    push(client, said.uri.clone(), None, Vec::new());
                }
            }
        } else if abilities.refreshes_diagnostics && is_news(&old, &self.board) {
            client.request::<gen_lsp_types::DiagnosticRefreshRequest>(&());
        }
    }

    fn gathered(&self, projects: &Projects, documents: &Documents) -> Board {
        let mut board = Board::new();
        for (root, project) in projects.iter() {
            let said = self.by_root.get(root);
            for (key, uri) in project.names.iter() {
                let found = said.and_then(|said| said.get(key));
                let entry = board.entry(key.clone()).or_insert_with(|| Said {
                    uri: uri.clone(),
                    version: documents.get(key).map(|document| document.version),
                    diagnostics: Arc::default(),
                });
                if let Some(found) = found {
                    add(&mut entry.diagnostics, &found.diagnostics);
                }
            }
        }
        board
    }
}

/// Whether a client that asks for findings has to hear that there are others. What it has edited
/// itself it asks for unasked.
fn is_news(old: &Board, new: &Board) -> bool {
    let differs = |(key, said): (&Key, &Said)| match old.get(key) {
        Some(before) if before.version != said.version => false,
        Some(before) => before.diagnostics != said.diagnostics,
        None => !said.diagnostics.is_empty(),
    };
    let is_gone =
        |(key, said): (&Key, &Said)| !said.diagnostics.is_empty() && !new.contains_key(key);
    new.iter().any(differs) || old.iter().any(is_gone)
}

/// What two projects say of one file is said once.
fn add(all: &mut Arc<[Diagnostic]>, more: &Arc<[Diagnostic]>) {
    if all.is_empty() {
        *all = Arc::clone(more);
    } else if all != more && !more.is_empty() {
        let new = more.iter().filter(|one| !all.contains(one));
        *all = all.iter().chain(new).cloned().collect();
    }
}

fn push(client: &Client, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
    client.notify::<Publish>(&PublishDiagnosticsParams {
        uri,
        version,
        diagnostics,
    });
}
