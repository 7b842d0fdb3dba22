//! What the server says that it can do.

use gatewright_source::ColumnUnit;
use gen_lsp_types as lsp;

use crate::client::Abilities;
use crate::{commands, convert};

/// What the server can do, for a client that can do this.
pub(crate) fn capabilities(abilities: &Abilities) -> lsp::ServerCapabilities {
    lsp::ServerCapabilities {
        position_encoding: Some(match abilities.unit {
            ColumnUnit::Utf8 => lsp::PositionEncodingKind::UTF8,
            ColumnUnit::Utf16 => lsp::PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(lsp::TextDocumentSync::Options(
            lsp::TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(lsp::TextDocumentSyncKind::Incremental),
                will_save: None,
                will_save_wait_until: None,
                save: Some(lsp::Save::Bool(true)),
            },
        )),
        document_symbol_provider: Some(true.into()),
        folding_range_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        document_range_formatting_provider: Some(true.into()),
        document_on_type_formatting_provider: Some(lsp::DocumentOnTypeFormattingOptions {
            first_trigger_character: "}".to_owned(),
            more_trigger_character: Some(strings(convert::formatting::TYPED)),
        }),
        code_action_provider: Some(if abilities.action_literals {
            let options = lsp::CodeActionOptions {
                code_action_kinds: Some(convert::actions::kinds()),
                resolve_provider: Some(true),
                ..lsp::CodeActionOptions::default()
            };
            options.into()
        } else {
            true.into()
        }),
        code_lens_provider: Some(lsp::CodeLensOptions {
            resolve_provider: Some(true),
            ..lsp::CodeLensOptions::default()
        }),
        // A client that registers the same commands itself must not be told of them.
        execute_command_provider: (!abilities.client_commands).then(|| {
            lsp::ExecuteCommandOptions {
                commands: strings(commands::SERVED),
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            }
        }),
        hover_provider: Some(true.into()),
        references_provider: Some(true.into()),
        document_highlight_provider: Some(true.into()),
        workspace_symbol_provider: Some(true.into()),
        selection_range_provider: Some(true.into()),
        call_hierarchy_provider: Some(true.into()),
        inlay_hint_provider: Some(true.into()),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some(strings(convert::completion::TRIGGERS)),
            ..lsp::CompletionOptions::default()
        }),
        signature_help_provider: Some(lsp::SignatureHelpOptions {
            trigger_characters: Some(strings(&["(", ","])),
            retrigger_characters: Some(strings(&[",", ":"])),
            ..lsp::SignatureHelpOptions::default()
        }),
        rename_provider: Some(if abilities.prepares_renames {
            let options = lsp::RenameOptions {
                prepare_provider: Some(true),
                ..lsp::RenameOptions::default()
            };
            options.into()
        } else {
            true.into()
        }),
        document_link_provider: Some(lsp::DocumentLinkOptions::default()),
        semantic_tokens_provider: Some(
            lsp::SemanticTokensOptions {
                legend: convert::highlighting::legend(),
                range: Some(true.into()),
                full: Some(lsp::SemanticTokensFullDelta { delta: Some(true) }.into()),
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            }
            .into(),
        ),
        // One of both: a client that pulls what is pushed as well shows everything twice.
        diagnostic_provider: (!abilities.pushes).then(|| {
            lsp::DiagnosticOptions {
                identifier: Some("gatewright".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            }
            .into()
        }),
        workspace: Some(lsp::WorkspaceOptions {
            workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(lsp::ChangeNotifications::Bool(true)),
            }),
            file_operations: None,
            text_document_content: None,
        }),
        ..lsp::ServerCapabilities::default()
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
