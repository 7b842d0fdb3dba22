//! What can be written at a place.

use gatewright_ide::{Completion, CompletionKind, completions};
use gen_lsp_types as lsp;

use super::explaining::markdown;
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
    let text = if found.is_snippet && !is_snippet {
        plain(&found.insert)
    } else {
        found.insert.clone()
    };
    let edit = lsp::TextEdit {
        range: place.view.range(found.replaced),
        new_text: text,
    };
    let documentation =
        (!found.documentation.is_empty()).then(|| markdown(found.documentation.clone()).into());
    lsp::CompletionItem {
        label: found.label.clone(),
        kind: Some(kind(found.kind)),
        detail: (!found.detail.is_empty()).then(|| found.detail.clone()),
        documentation,
        sort_text: Some(format!("{at:05}")),
        insert_text_format: Some(if is_snippet {
            lsp::InsertTextFormat::Snippet
        } else {
            lsp::InsertTextFormat::PlainText
        }),
        text_edit: Some(edit.into()),
        ..lsp::CompletionItem::default()
    }
}

/// A snippet for a client without them: places to fill in have what is suggested for them.
fn plain(snippet: &str) -> String {
    let mut text = String::with_capacity(snippet.len());
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        text.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest = match after.strip_prefix('{') {
            Some(inner) => {
                let inner = inner.get(digits(inner)..).unwrap_or_default();
                let (body, after) = inner.split_once('}').unwrap_or((inner, ""));
                let choices = body
                    .strip_prefix('|')
                    .and_then(|body| body.split([',', '|']).next());
                text.push_str(choices.unwrap_or(body.trim_start_matches(':')));
                after
            }
            None => after.get(digits(after)..).unwrap_or_default(),
        };
    }
    text.push_str(rest);
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_without_snippets_gets_what_is_suggested() {
        assert_eq!(plain("groups [$0]"), "groups []");
        assert_eq!(
            plain("policy \"${1:name}\" { state ${2|reportOnly,enabled|} $0 }"),
            "policy \"name\" { state reportOnly  }"
        );
    }
}
