//! A client that is scripted by tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gatewright_lsp::{End, serve};
use gen_lsp_types as lsp;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::{Value, json};

use crate::host::Memory;

/// How long anything may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client says that it can do, unless a test says otherwise.
pub(crate) fn abilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true,
                "codeDescriptionSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } },
        },
        "window": { "workDoneProgress": true },
        "workspace": { "configuration": true },
    })
}

pub(crate) struct Client {
    pub(crate) host: Arc<Memory>,
    /// What the server said that it can do.
    pub(crate) server: Value,
    /// The settings that the server is given when it asks.
    pub(crate) settings: Value,
    /// What was pushed last of each file, with the version that it is of.
    pub(crate) pushed: BTreeMap<String, (Option<i64>, Vec<lsp::Diagnostic>)>,
    /// Everything else that was told or asked.
    pub(crate) heard: Vec<(String, Value)>,
    connection: Connection,
    thread: Option<JoinHandle<End>>,
    answers: BTreeMap<RequestId, Result<Value, ResponseError>>,
    versions: BTreeMap<String, i32>,
    next_id: i32,
}

/// The URI of a path.
pub(crate) fn uri(path: &str) -> String {
    format!("file://{path}")
}

impl Client {
    /// A session on these files; `/p` is the folder of the workspace. Invariants are left alone.
    pub(crate) fn start(files: &[(&str, &str)]) -> Client {
        Client::start_with(files, abilities(), json!({ "invariants": "off" }))
    }

    pub(crate) fn start_with(files: &[(&str, &str)], abilities: Value, settings: Value) -> Client {
        let mut client = Client::connect(files);
        client.settings = settings.clone();
        let folders = json!([{ "uri": "file:///p", "name": "p" }]);
        let params = json!({ "processId": null, "rootUri": null, "capabilities": abilities,
            "workspaceFolders": folders,
            "initializationOptions": { "settings": settings, "clientCommands": true } });
        client.server = client.ask("initialize", params).unwrap();
        client.tell("initialized", json!({}));
        client
    }

    /// A server that nothing has been said to.
    pub(crate) fn connect(files: &[(&str, &str)]) -> Client {
        let host = Arc::new(Memory::new(files));
        let (connection, other) = Connection::memory();
        let its_host = Arc::clone(&host);
        let thread = thread::spawn(move || serve(other, its_host));
        Client {
            host,
            server: Value::Null,
            settings: Value::Null,
            pushed: BTreeMap::new(),
            heard: Vec::new(),
            connection,
            thread: Some(thread),
            answers: BTreeMap::new(),
            versions: BTreeMap::new(),
            next_id: 0,
        }
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        let method = method.to_owned();
        self.send(Notification { method, params }.into());
    }

    pub(crate) fn send(&self, message: Message) {
        self.connection.sender.send(message).unwrap();
    }

    /// Ask without waiting for the answer.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> RequestId {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        let method = method.to_owned();
        self.send(
            Request {
                id: id.clone(),
                method,
                params,
            }
            .into(),
        );
        id
    }

    /// The answer to what was asked.
    pub(crate) fn answer(&mut self, id: &RequestId) -> Result<Value, ResponseError> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = self.answers.remove(id) {
                return answer;
            }
            assert!(self.hear(until), "no answer");
        }
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, ResponseError> {
        let id = self.begin(method, params);
        self.answer(&id)
    }

    pub(crate) fn open(&mut self, path: &str, text: &str) {
        self.open_uri(&uri(path), text);
    }

    pub(crate) fn open_uri(&mut self, uri: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let language = if uri.ends_with(".json") {
            "json"
        } else {
            "gatewright"
        };
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Replace a range: line and column where it starts, and where it ends.
    pub(crate) fn change(&mut self, path: &str, range: [u32; 4], text: &str) {
        self.change_all(path, vec![partial(range, text)]);
    }

    /// Replace the whole text.
    pub(crate) fn replace(&mut self, path: &str, text: &str) {
        self.change_all(path, vec![json!({ "text": text })]);
    }

    pub(crate) fn change_all(&mut self, path: &str, changes: Vec<Value>) {
        let uri = uri(path);
        let version = self.versions.entry(uri.clone()).or_default();
        *version += 1;
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    pub(crate) fn close(&mut self, path: &str) {
        let params = json!({ "textDocument": { "uri": uri(path) } });
        self.tell("textDocument/didClose", params);
    }

    pub(crate) fn save(&mut self, path: &str) {
        let params = json!({ "textDocument": { "uri": uri(path) } });
        self.tell("textDocument/didSave", params);
    }

    /// Wait until the server has done everything that it was told.
    pub(crate) fn sync(&mut self) {
        self.ask("gatewright/tests", json!({})).unwrap();
    }

    /// What is said of a file, after everything that the server was told.
    pub(crate) fn diagnostics(&mut self, path: &str) -> Vec<lsp::Diagnostic> {
        self.sync();
        let pushed = self.pushed.get(&uri(path));
        pushed
            .map(|(_, diagnostics)| diagnostics.clone())
            .unwrap_or_default()
    }

    /// The codes of what is said of a file.
    pub(crate) fn codes(&mut self, path: &str) -> Vec<String> {
        let found = self.diagnostics(path);
        found.iter().map(code).collect()
    }

    /// Wait until something holds.
    pub(crate) fn wait(&mut self, what: &str, holds: impl Fn(&Client) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(self.hear(until), "waited for {what}");
        }
    }

    /// Everything that was told by this method.
    pub(crate) fn told(&self, method: &str) -> Vec<&Value> {
        let told = self.heard.iter().filter(|(name, _)| name == method);
        told.map(|(_, params)| params).collect()
    }

    /// Leave as a client should; how the server says that it ended.
    pub(crate) fn leave(mut self) -> End {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.end()
    }

    /// Be gone without a word.
    pub(crate) fn die(mut self) -> End {
        let (other, _) = Connection::memory();
        self.connection = other;
        self.end()
    }

    /// How the server says that it ended, of itself.
    pub(crate) fn wait_for_end(mut self) -> End {
        self.end()
    }

    fn end(&mut self) -> End {
        self.thread.take().unwrap().join().unwrap()
    }

    /// Hear one message, if any comes until then.
    fn hear(&mut self, until: Instant) -> bool {
        let Ok(message) = self.connection.receiver.recv_deadline(until) else {
            return false;
        };
        match message {
            Message::Response(Response {
                id,
                response_result,
            }) => {
                let again = self.answers.insert(id, response_result);
                assert!(again.is_none(), "a request is answered twice");
            }
            Message::Request(request) => {
                let result = match request.method.as_str() {
                    "workspace/configuration" => json!([self.settings]),
                    _ => Value::Null,
                };
                self.heard.push((request.method, request.params));
                self.send(Response::new_ok(request.id, result).into());
            }
            Message::Notification(Notification { method, params })
                if method == "textDocument/publishDiagnostics" =>
            {
                let uri = params["uri"].as_str().unwrap().to_owned();
                let found = serde_json::from_value(params["diagnostics"].clone()).unwrap();
                self.pushed.insert(uri, (params["version"].as_i64(), found));
            }
            Message::Notification(Notification { method, params }) => {
                self.heard.push((method, params));
            }
        }
        true
    }
}

/// A change of a range.
pub(crate) fn partial([line, character, end_line, end_character]: [u32; 4], text: &str) -> Value {
    json!({ "text": text, "range": {
        "start": { "line": line, "character": character },
        "end": { "line": end_line, "character": end_character } } })
}

/// The code of a finding.
pub(crate) fn code(diagnostic: &lsp::Diagnostic) -> String {
    match &diagnostic.code {
        Some(lsp::Code::String(code)) => code.clone(),
        _ => String::new(),
    }
}

/// A policy that nothing is wrong with, as far as a file can say.
pub(crate) fn policy(name: &str) -> String {
    format!("policy \"{name}\" {{ state enabled users all apps all require mfa }}\n")
}
