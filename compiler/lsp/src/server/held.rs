//! Requests that have to wait until files have been read.
//!
//! Whoever asks about a text that is open and known is answered at once, whatever is read
//! meanwhile. What a text that has just been opened is part of, or what is in the whole workspace,
//! nobody knows before.

use std::collections::VecDeque;

use gen_lsp_types::Uri;
use lsp_server::{ErrorCode, Request, RequestId, Response};
use serde_json::Value;

use super::Server;
use crate::custom::PAGE;
use crate::requests;
use crate::uri::Key;

/// LIMIT: requests that are held. More of them are answered from what is known.
const HELD_MAX: usize = 1000;

/// Requests that wait, each with the number of the question that has to be answered first.
#[derive(Default)]
pub(super) struct Held(VecDeque<(u64, Request)>);

impl Held {
    /// Whether a request with this id waits.
    pub(super) fn has(&self, id: &RequestId) -> bool {
        self.0.iter().any(|(_, request)| request.id == *id)
    }

    /// Those that no longer have to wait, or that nobody waits for.
    pub(super) fn remove(
        &mut self,
        mut is_meant: impl FnMut(u64, &Request) -> bool,
    ) -> Vec<Request> {
        let held = std::mem::take(&mut self.0);
        let (gone, kept): (VecDeque<_>, VecDeque<_>) = held
            .into_iter()
            .partition(|(number, request)| is_meant(*number, request));
        self.0 = kept;
        gone.into_iter().map(|(_, request)| request).collect()
    }
}

/// The text that a request is about.
fn text(params: &Value) -> Option<Key> {
    let uri = params.pointer("/textDocument/uri")?.as_str()?;
    Some(Key::of(&Uri::from(uri)))
}

impl Server {
    /// Hold a request, if it has to wait; else it comes back.
    pub(super) fn hold(&mut self, request: Request) -> Option<Request> {
        let is_known = |key: Key| self.documents.get(&key).is_some() && self.projects.has(&key);
        let is_answerable = request.method == PAGE || text(&request.params).is_some_and(is_known);
        let waits = !is_answerable && self.held.0.len() < HELD_MAX;
        match self.reader.awaited().filter(|_| waits) {
            None => Some(request),
            Some(number) => {
                self.held.0.push_back((number, request));
                None
            }
        }
    }

    /// Answer what waited until this was known.
    pub(super) fn release(&mut self, found: u64) {
        for request in self.held.remove(|number, _| number <= found) {
            self.answer(request);
        }
    }

    /// A text has been edited: what was asked about it has no use any more.
    pub(super) fn drop_held(&mut self, key: &Key) {
        let outdated = |_, request: &Request| text(&request.params).as_ref() == Some(key);
        for request in self.held.remove(outdated) {
            let code = ErrorCode::ContentModified as i32;
            let message = "the text has been edited meanwhile".to_owned();
            self.client
                .respond(Response::new_err(request.id, code, message));
        }
    }

    /// Answer a request when a thread is free.
    pub(super) fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let Some(row) = requests::find(&method) else {
            return;
        };
        let context = self.context();
        if !self.pool.submit(id.clone(), row, params, context) {
            self.refuse_known(id);
        }
    }

    /// An id is in use.
    pub(super) fn refuse_known(&self, id: RequestId) {
        let code = ErrorCode::InvalidRequest as i32;
        let message = "another request has this id".to_owned();
        self.client.respond(Response::new_err(id, code, message));
    }
}
