//! The semantic tokens that clients have been told, so that they can be told what has changed.

use std::sync::Mutex;

use gen_lsp_types::{SemanticToken, Uri};

/// LIMIT: documents whose tokens are remembered; of others, all are told again.
const DOCUMENTS_MAX: usize = 64;

/// What has been told, newest last.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    count: u64,
    documents: Vec<(Uri, String, Vec<SemanticToken>)>,
}

impl Told {
    /// Remember what is told of a document now; the id of this answer.
    pub(crate) fn keep(&self, uri: &Uri, tokens: &[SemanticToken]) -> String {
        let mut state = self.state();
        state.count += 1;
        let id = state.count.to_string();
        state.documents.retain(|(other, _, _)| other != uri);
        if state.documents.len() >= DOCUMENTS_MAX {
            state.documents.remove(0);
        }
        state
            .documents
            .push((uri.clone(), id.clone(), tokens.to_vec()));
        id
    }

    /// What was told of a document by the answer of this id, if it was the last one.
    pub(crate) fn recall(&self, uri: &Uri, id: &str) -> Option<Vec<SemanticToken>> {
        let state = self.state();
        let mut documents = state.documents.iter();
        let found = documents.find(|(other, known, _)| other == uri && known == id);
        found.map(|(_, _, tokens)| tokens.clone())
    }

    /// A panic in one request leaves a list that is whole.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
