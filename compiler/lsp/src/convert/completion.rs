//! What can be written at a place.

use gatewright_ide::{Completion, CompletionKind, completions};
use gen_lsp_types as lsp;

use super::markup::content;
use crate::context::{Context, Place, Reply};

/// The characters after which completions are asked for, beside those of words.
pub(crate) const TRIGGERS: &[&str] = &[".", "@", "-", "[", "(", " ", "\""];

/// What can be written at a place, best first.
pub(crate) fn at(
    cx: &Context,
    params: lsp::CompletionParams,
) -> Reply<Option<lsp::CompletionResponse>> {
    let (place, offset) = cx.at(&params.text_document_position_params)?;
    let found = completions(&place.view.snapshot, place.source, offset);
    let items = found.iter().enumerate();
    let items = items.map(|(at, found)| item(cx, place, at, found));
    let items: Vec<lsp::CompletionItem> = items.collect();
    Ok(Some(items.into()))
}

fn item(cx: &Context, place: Place<'_>, at: usize, found: &Completion) -> lsp::CompletionItem {
    let is_snippet = found.is_snippet && cx.abilities.snippets;
    let text = if is_snippet {
        found.insert.clone()
    } else {
        found.plain()
    };
    let edit = lsp::TextEdit {
        range: place.view.range(found.replaced),
        new_text: text,
    };
    let documentation = (!found.documentation.is_empty()).then(|| {
        let text = found.documentation.clone();
        content(cx.abilities.pages.linked(&text), cx.abilities.completions).into()
    });
    lsp::CompletionItem {
        label: found.label.clone(),
        kind: Some(kind(found.kind)),
        detail: (!found.detail.is_empty()).then(|| found.detail.clone()),
        documentation,
        sort_text: Some(format!("{at:05}")),
        filter_text: found.filter.clone(),
        insert_text_format: Some(if is_snippet {
            lsp::InsertTextFormat::Snippet
        } else {
            lsp::InsertTextFormat::PlainText
        }),
        text_edit: Some(edit.into()),
        ..lsp::CompletionItem::default()
    }
}

fn kind(kind: CompletionKind) -> lsp::CompletionItemKind {
    match kind {
        CompletionKind::Keyword | CompletionKind::Clause => lsp::CompletionItemKind::Keyword,
        CompletionKind::Snippet => lsp::CompletionItemKind::Snippet,
        CompletionKind::Object => lsp::CompletionItemKind::Constant,
        CompletionKind::Rule => lsp::CompletionItemKind::Function,
        CompletionKind::Template => lsp::CompletionItemKind::Interface,
        CompletionKind::Parameter => lsp::CompletionItemKind::Variable,
        CompletionKind::Attribute => lsp::CompletionItemKind::Field,
        CompletionKind::Operator => lsp::CompletionItemKind::Operator,
        CompletionKind::Member => lsp::CompletionItemKind::EnumMember,
        CompletionKind::Control => lsp::CompletionItemKind::Property,
        CompletionKind::Policy => lsp::CompletionItemKind::Class,
        CompletionKind::Annotation => lsp::CompletionItemKind::Property,
        CompletionKind::Value => lsp::CompletionItemKind::Value,
    }
}
