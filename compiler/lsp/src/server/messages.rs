//! Messages, by their kind and by how far the session is.

use std::sync::Arc;
use std::time::Instant;

use gen_lsp_types as lsp;
use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use serde_json::{Value, json};

use super::{Asked, End, LEAVING_MAX, Phase, Server};
use crate::capabilities::capabilities;
use crate::client::Abilities;
use crate::pages::Pages;
use crate::requests;

impl Server {
    /// Do what a message asks for; the end of the session, if that is it.
    pub(super) fn receive(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Request(request) => {
                let (id, method) = (request.id.clone(), request.method.clone());
                if let Err(message) = self.guarded(&method, |server| server.request(request)) {
                    let code = ErrorCode::InternalError as i32;
                    self.client.respond(Response::new_err(id, code, message));
                }
            }
            Message::Response(response) => {
                let _ = self.guarded("response", |server| server.response(response));
            }
            Message::Notification(Notification { method, .. }) if method == "exit" => {
                return Some(if self.phase == Phase::ShutDown {
                    End::Asked
                } else {
                    End::Abrupt
                });
            }
            Message::Notification(notification) => {
                let Notification { method, params } = notification;
                // Notifications have no answer, so one that comes too early or too late is dropped.
                if self.phase == Phase::Running {
                    let name = method.clone();
                    let _ = self.guarded(&name, |server| server.notification(&method, params));
                }
            }
        }
        None
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let refuse = |code: ErrorCode, message: &str| {
            Response::new_err(id.clone(), code as i32, message.to_owned())
        };
        let refusal = match (self.phase, request.method.as_str()) {
            (Phase::New, "initialize") => {
                let response = self.initialize(&request);
                self.client.respond(response);
                return;
            }
            (Phase::New, _) => refuse(
                ErrorCode::ServerNotInitialized,
                "`initialize` has to come first",
            ),
            (Phase::Running, "shutdown") => {
                let end = Instant::now() + LEAVING_MAX;
                let _ = self.guarded("shutdown", |server| server.finish(end));
                self.phase = Phase::ShutDown;
                let held = self.held.remove(|_, _| true).into_iter();
                let held = held.map(|request| request.id);
                for id in held.chain(self.pool.cancel_all()) {
                    let code = ErrorCode::RequestCanceled as i32;
                    let message = "the server is shut down".to_owned();
                    self.client.respond(Response::new_err(id, code, message));
                }
                self.client.respond(Response::new_ok(id, Value::Null));
                return;
            }
            (Phase::Running, "initialize") => {
                refuse(ErrorCode::InvalidRequest, "`initialize` has come before")
            }
            (Phase::Running, method) if requests::find(method).is_none() => refuse(
                ErrorCode::MethodNotFound,
                &format!("there is no `{method}` here"),
            ),
            (Phase::Running, _) => {
                self.refresh();
                if self.held.has(&id) {
                    self.refuse_known(id);
                } else if let Some(request) = self.hold(request) {
                    self.answer(request);
                }
                return;
            }
            (Phase::ShutDown, _) => {
                refuse(ErrorCode::InvalidRequest, "the server has been shut down")
            }
        };
        self.client.respond(refusal);
    }

    fn initialize(&mut self, request: &Request) -> Response {
        let params = &request.params;
        let mut abilities = Abilities::of(params);
        if abilities.pages == Pages::Closed
            && let Some(folder) = self.projects.pages()
        {
            abilities.pages = Pages::Files(folder);
        }
        self.abilities = Arc::new(abilities);
        let settings = params.pointer("/initializationOptions/settings");
        self.set(settings.unwrap_or(&Value::Null));
        self.projects.set_folders(Server::folders(params));
        self.watch(params);
        self.phase = Phase::Running;
        let result = lsp::InitializeResult {
            capabilities: capabilities(&self.abilities),
            server_info: Some(lsp::ServerInfo {
                name: "gatewright".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        Response::new_ok(request.id.clone(), result)
    }

    /// The client is ready to be asked.
    pub(super) fn initialized(&mut self) {
        if self.abilities.watches {
            let globs = ["**/*.gate", "**/gatewright.toml", "**/*.json", "**/*.txt"];
            let watchers = globs.map(|glob| json!({ "globPattern": glob }));
            let params = json!({ "registrations": [{
                "id": "gatewright/files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }] });
            self.client
                .request_value("client/registerCapability", params);
        }
        // Who pushes settings does so unasked; others tell that there are new ones if they were
        // asked to.
        if self.abilities.registers_settings && self.abilities.configuration {
            let params = json!({ "registrations": [{
                "id": "gatewright/settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": "gatewright" },
            }] });
            self.client
                .request_value("client/registerCapability", params);
        }
        self.ask_for_settings();
    }

    fn response(&mut self, response: Response) {
        // Of what was asked only the settings matter; the rest is said whatever the answer.
        if let Some(Asked::Settings) = self.asked.remove(&response.id)
            && let Ok(value) = &response.response_result
        {
            self.set(value.get(0).unwrap_or(&Value::Null));
        }
    }
}
