//! Findings for clients that ask for them.

use std::collections::BTreeMap;

use gen_lsp_types as lsp;

use crate::context::{Context, Reply};
use crate::diagnostics::Said;
use crate::uri::Key;

/// What is said of a file. A file that is of no project has nothing said of it.
pub(crate) fn of_document(
    cx: &Context,
    params: lsp::DocumentDiagnosticParams,
) -> Reply<lsp::DocumentDiagnosticReport> {
    let said = cx.board.get(&Key::of(&params.text_document.uri));
    let nothing = Said {
        uri: params.text_document.uri,
        version: None,
        diagnostics: Vec::new().into(),
    };
    let said = said.unwrap_or(&nothing);
    let result_id = said.result_id();
    if params.previous_result_id.as_ref() == Some(&result_id) {
        return Ok(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport {
                result_id,
            },
        }
        .into());
    }
    Ok(lsp::RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: full(said, result_id),
    }
    .into())
}

/// What is said of every file, and that nothing is any more of files that are gone.
pub(crate) fn of_workspace(
    cx: &Context,
    params: lsp::WorkspaceDiagnosticParams,
) -> Reply<lsp::WorkspaceDiagnosticReport> {
    let mut known: BTreeMap<Key, (lsp::Uri, String)> = BTreeMap::new();
    for previous in params.previous_result_ids {
        known.insert(Key::of(&previous.uri), (previous.uri, previous.value));
    }
    let mut items = Vec::new();
    for (key, said) in cx.board.iter() {
        let result_id = said.result_id();
        let previous = known.remove(key);
        items.push(if previous.is_some_and(|(_, value)| value == result_id) {
            lsp::WorkspaceDocumentDiagnosticReport::from(
                lsp::WorkspaceUnchangedDocumentDiagnosticReport {
                    uri: said.uri.clone(),
                    version: said.version,
                    unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport {
                        result_id,
                    },
                },
            )
        } else {
            report(said, result_id)
        });
    }
    for (_, (uri, _)) in known {
        let gone = Said {
            uri,
            version: None,
            diagnostics: Vec::new().into(),
        };
        items.push(report(&gone, gone.result_id()));
    }
    Ok(lsp::WorkspaceDiagnosticReport { items })
}

fn report(said: &Said, result_id: String) -> lsp::WorkspaceDocumentDiagnosticReport {
    lsp::WorkspaceFullDocumentDiagnosticReport {
        uri: said.uri.clone(),
        version: said.version,
        full_document_diagnostic_report: full(said, result_id),
    }
    .into()
}

fn full(said: &Said, result_id: String) -> lsp::FullDocumentDiagnosticReport {
    lsp::FullDocumentDiagnosticReport {
        result_id: Some(result_id),
        items: said.diagnostics.to_vec(),
    }
}
