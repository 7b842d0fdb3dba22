//! What the client tells.

use std::path::PathBuf;

use gen_lsp_types as lsp;
use lsp::MessageType;
use lsp_server::{ErrorCode, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Server;
use crate::settings::Invariants;
use crate::uri::{self, Key};

impl Server {
    /// Do what follows from a notification; one that is unknown is none of ours.
    pub(super) fn notification(&mut self, method: &str, params: Value) {
        match method {
            "initialized" => self.initialized(),
            "$/cancelRequest" => self.cancel(&params),
            "window/workDoneProgress/cancel" => {
                if let Some(token) = params.get("token").and_then(Value::as_str) {
                    self.background.cancel_shown(token);
                }
            }
            "textDocument/didOpen" => {
                if let Some(params) = self.read::<lsp::DidOpenTextDocumentParams>(method, &params) {
                    let key = self.documents.open(params.text_document);
                    self.drop_held(&key);
                    for root in self.projects.opened(&key, &self.documents) {
                        self.background.cancel(&root);
                    }
                }
            }
            "textDocument/didChange" => self.change(method, &params),
            "textDocument/didClose" => {
                if let Some(params) = self.read::<lsp::DidCloseTextDocumentParams>(method, &params)
                {
                    self.documents.close(&Key::of(&params.text_document.uri));
                    self.projects.read_again();
                }
            }
            "textDocument/didSave" => {
                self.projects.read_again();
                if self.settings.invariants == Invariants::OnSave {
                    self.read_files();
                    self.saved = self.reader.awaited();
                }
            }
            "workspace/didChangeWatchedFiles" => {
                self.projects.read_again();
                self.read_files();
                self.changed_outside = self.reader.awaited();
            }
            "workspace/didChangeConfiguration" => {
                let pushed = params.pointer("/settings/gatewright");
                if let Some(section) = pushed.filter(|section| section.is_object()) {
                    self.set(section);
                } else {
                    self.ask_for_settings();
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                let params = self.read::<lsp::DidChangeWorkspaceFoldersParams>(method, &params);
                if let Some(params) = params {
                    self.change_folders(params.event);
                }
            }
            _ => {}
        }
    }

    fn read<P: DeserializeOwned>(&self, method: &str, params: &Value) -> Option<P> {
        let read = P::deserialize(params);
        read.inspect_err(|error| {
            let message = format!("`{method}` cannot be read: {error}");
            self.client.log(MessageType::Error, &message);
        })
        .ok()
    }

    fn change(&mut self, method: &str, params: &Value) {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
        let Some(uri) = uri.map(lsp::Uri::from) else {
            // It was about one of them, and nobody knows which.
            let message = format!("`{method}` names no document: open files have to be sent anew");
            self.client.log(MessageType::Error, &message);
            self.documents.lose_all();
            return;
        };
        let key = Key::of(&uri);
        let Some(params) = self.read::<lsp::DidChangeTextDocumentParams>(method, params) else {
            self.documents.lose(&key);
            self.out_of_step(&key, "a change cannot be read");
            return;
        };
        let version = params.text_document.version;
        let unit = self.abilities.unit;
        match self
            .documents
            .change(&key, version, params.content_changes, unit)
        {
            Ok(()) => {
                self.drop_held(&key);
                for root in self.projects.edited(&key, &self.documents) {
                    self.background.cancel(&root);
                }
            }
            Err(refused) => self.out_of_step(&key, &refused.to_string()),
        }
    }

    /// Say that a text is not what the client has.
    fn out_of_step(&mut self, key: &Key, why: &str) {
        let message = format!(
            "{}: a change was not applied, because {why}; close the file and open it again",
            key.name()
        );
        self.client.log(MessageType::Error, &message);
        if self.documents.is_to_be_told(key) {
            self.client.show(MessageType::Error, &message);
        }
    }

    fn change_folders(&mut self, event: lsp::WorkspaceFoldersChangeEvent) {
        let paths = |folders: Vec<lsp::WorkspaceFolder>| {
            let paths = folders
                .iter()
                .filter_map(|folder| uri::to_path(&folder.uri));
            paths.collect::<Vec<PathBuf>>()
        };
        let (removed, added) = (paths(event.removed), paths(event.added));
        let mut folders = self.projects.folders().to_vec();
        folders.retain(|folder| !removed.contains(folder) && !added.contains(folder));
        folders.extend(added);
        self.projects.set_folders(folders);
    }

    /// Nobody waits for the answer to a request any more, and it is answered by that.
    fn cancel(&mut self, params: &Value) {
        let Some(id) = params
            .get("id")
            .and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok())
        else {
            return;
        };
        let held = self.held.remove(|_, request| request.id == id);
        if self.pool.cancel(&id) || !held.is_empty() {
            let code = ErrorCode::RequestCanceled as i32;
            self.client
                .respond(Response::new_err(id, code, "cancelled".to_owned()));
        }
    }
}
