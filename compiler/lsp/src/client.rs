//! The other side: what it can do, and how to speak to it.

use std::sync::atomic::{AtomicI32, Ordering};

use crossbeam_channel::Sender;
use gatewright_source::ColumnUnit;
use gen_lsp_types::{MessageType, Notification, Request};
use lsp_server::{Message, RequestId, Response};
use serde_json::{Value, json};

use crate::pages::Pages;

/// What the client says that it can do. Read member by member: a member that is missing or strange
/// is one thing that the client cannot do, and no reason to refuse it.
#[derive(Clone, Debug)]
pub(crate) struct Abilities {
    /// What columns are counted in.
    pub(crate) unit: ColumnUnit,
    /// Whether findings are pushed; else the client pulls them.
    pub(crate) pushes: bool,
    /// Whether it can be told that pulled findings are out of date.
    pub(crate) refreshes_diagnostics: bool,
    /// Whether findings may have places in other files.
    pub(crate) related_information: bool,
    /// Whether findings may have tags.
    pub(crate) tags: bool,
    /// Whether findings may have the address of a page.
    pub(crate) code_description: bool,
    /// Whether progress is shown.
    pub(crate) progress: bool,
    /// Whether it watches files for us.
    pub(crate) watches: bool,
    /// Whether settings can be asked for.
    pub(crate) configuration: bool,
    /// Whether symbols of a document may be nested.
    pub(crate) nested_symbols: bool,
    /// Whether it is told which lenses to show anew.
    pub(crate) refreshes_lenses: bool,
    /// Whether it is told which hints to show anew.
    pub(crate) refreshes_hints: bool,
    /// Whether edits may name the version that they are for.
    pub(crate) versioned_edits: bool,
    /// Whether it is told which tokens to show anew.
    pub(crate) refreshes_tokens: bool,
    /// Whether it can be told to apply edits.
    pub(crate) applies_edits: bool,
    /// Whether it takes actions with edits; else commands are all that can be listed.
    pub(crate) action_literals: bool,
    /// Whether it asks whether and what can be renamed.
    pub(crate) prepares_renames: bool,
    /// Whether it tells of other settings only if it was asked to.
    pub(crate) registers_settings: bool,
    /// In what hovers are marked up.
    pub(crate) hovers: Markup,
    /// In what completions are explained.
    pub(crate) completions: Markup,
    /// In what signatures are explained.
    pub(crate) signatures: Markup,
    /// Whether the edits of an action can be asked for when it is chosen.
    pub(crate) resolves_edits: bool,
    /// Whether actions that cannot be done are shown, with the reason.
    pub(crate) disables_actions: bool,
    /// Whether completions may have places to fill in.
    pub(crate) snippets: bool,
    /// Whether it has the client commands of our extension, and hears its notifications.
    pub(crate) client_commands: bool,
    /// How it opens the pages of findings.
    pub(crate) pages: Pages,
}

impl Abilities {
    /// What the parameters of `initialize` say.
    pub(crate) fn of(params: &Value) -> Abilities {
        let is_on = |pointer: &str| params.pointer(pointer).and_then(Value::as_bool) == Some(true);
        let has = |pointer: &str| {
            params
                .pointer(pointer)
                .is_some_and(|value| !value.is_null())
        };
        let encodings = params.pointer("/capabilities/general/positionEncodings");
        let encodings = encodings.and_then(Value::as_array);
        let has_utf8 = encodings.is_some_and(|all| all.iter().any(|one| one == "utf-8"));
        let markup = |member: &str| {
            let formats = params.pointer(&format!("/capabilities/textDocument/{member}"));
            Markup::among(formats.and_then(Value::as_array))
        };
        let option = |name: &str| params.pointer(&format!("/initializationOptions/{name}"));
        let client_commands = option("clientCommands") == Some(&Value::Bool(true));
        let can_pull = has("/capabilities/textDocument/diagnostic");
        let can_push = has("/capabilities/textDocument/publishDiagnostics");
        Abilities {
            unit: if has_utf8 {
                ColumnUnit::Utf8
            } else {
                ColumnUnit::Utf16
            },
            pushes: match option("diagnostics").and_then(Value::as_str) {
                Some("pull") => !can_pull,
                _ => can_push || !can_pull,
            },
            refreshes_diagnostics: is_on("/capabilities/workspace/diagnostics/refreshSupport"),
            related_information: is_on(
                "/capabilities/textDocument/publishDiagnostics/relatedInformation",
            ) || is_on(
                "/capabilities/textDocument/diagnostic/relatedInformation",
            ),
            tags: has("/capabilities/textDocument/publishDiagnostics/tagSupport")
                || has("/capabilities/textDocument/diagnostic/tagSupport"),
            code_description: is_on(
                "/capabilities/textDocument/publishDiagnostics/codeDescriptionSupport",
            ) || is_on(
                "/capabilities/textDocument/diagnostic/codeDescriptionSupport",
            ),
            progress: is_on("/capabilities/window/workDoneProgress"),
            watches: is_on("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            configuration: is_on("/capabilities/workspace/configuration"),
            nested_symbols: is_on(
                "/capabilities/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport",
            ),
            refreshes_lenses: is_on("/capabilities/workspace/codeLens/refreshSupport"),
            refreshes_hints: is_on("/capabilities/workspace/inlayHint/refreshSupport"),
            refreshes_tokens: is_on("/capabilities/workspace/semanticTokens/refreshSupport"),
            applies_edits: is_on("/capabilities/workspace/applyEdit"),
            action_literals: has("/capabilities/textDocument/codeAction/codeActionLiteralSupport"),
            prepares_renames: is_on("/capabilities/textDocument/rename/prepareSupport"),
            registers_settings: is_on(
                "/capabilities/workspace/didChangeConfiguration/dynamicRegistration",
            ),
            hovers: markup("hover/contentFormat"),
            completions: markup("completion/completionItem/documentationFormat"),
            signatures: markup("signatureHelp/signatureInformation/documentationFormat"),
            versioned_edits: is_on("/capabilities/workspace/workspaceEdit/documentChanges"),
            resolves_edits: params
                .pointer("/capabilities/textDocument/codeAction/resolveSupport/properties")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one == "edit")),
            disables_actions: is_on("/capabilities/textDocument/codeAction/disabledSupport"),
            snippets: is_on("/capabilities/textDocument/completion/completionItem/snippetSupport"),
            client_commands,
            pages: match client_commands {
                true => Pages::Command,
                false => Pages::Closed,
            },
        }
    }
}

/// What a client shows texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// With markup. A client that names no format at all gets this, because most know it.
    Markdown,
    /// Without.
    Plain,
}

impl Markup {
    /// What to use of the formats that a client names.
    fn among(formats: Option<&Vec<Value>>) -> Markup {
        match formats {
            Some(all) if !all.iter().any(|one| one == "markdown") => Markup::Plain,
            _ => Markup::Markdown,
        }
    }
}

/// How to speak to the client. What cannot be sent is dropped: nobody is left to hear it, and the
/// end of what is received ends the server.
pub(crate) struct Client {
    sender: Sender<Message>,
    next_id: AtomicI32,
}

impl Client {
    pub(crate) fn new(sender: Sender<Message>) -> Client {
        Client {
            sender,
            next_id: AtomicI32::new(0),
        }
    }

    /// Answer a request.
    pub(crate) fn respond(&self, response: Response) {
        let _ = self.sender.send(response.into());
    }

    /// Tell something.
    pub(crate) fn notify<N: Notification>(&self, params: &N::Params) {
        self.notify_custom(
            N::METHOD.as_str(),
            serde_json::to_value(params).unwrap_or_default(),
        );
    }

    /// Tell something that is no part of the protocol.
    pub(crate) fn notify_custom(&self, method: &str, params: Value) {
        let method = method.to_owned();
        let notification = lsp_server::Notification { method, params };
        let _ = self.sender.send(notification.into());
    }

    /// Ask something; the answer comes with this id.
    pub(crate) fn request<R: Request>(&self, params: &R::Params) -> RequestId {
        self.request_value(
            R::METHOD.as_str(),
            serde_json::to_value(params).unwrap_or_default(),
        )
    }

    /// Ask something, with parameters as they are.
    pub(crate) fn request_value(&self, method: &str, params: Value) -> RequestId {
        let number = self.next_id.fetch_add(1, Ordering::Relaxed);
        let id = RequestId::from(format!("gatewright/{number}"));
        let request = lsp_server::Request {
            id: id.clone(),
            method: method.to_owned(),
            params,
        };
        let _ = self.sender.send(request.into());
        id
    }

    /// Write into the client's log.
    pub(crate) fn log(&self, kind: MessageType, message: &str) {
        let params = json!({ "type": kind, "message": message });
        self.notify_custom("window/logMessage", params);
    }

    /// Show to the user.
    pub(crate) fn show(&self, kind: MessageType, message: &str) {
        let params = json!({ "type": kind, "message": message });
        self.notify_custom("window/showMessage", params);
    }
}
