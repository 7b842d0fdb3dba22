//! Symbols of documents.

use gatewright_ide::{DeclaredKind, Outlined, outline};
use gen_lsp_types as lsp;

use crate::context::{Context, Place, Reply};

/// What a document declares: nested, or one after the other where the client wants that.
pub(crate) fn of_document(
    cx: &Context,
    params: lsp::DocumentSymbolParams,
) -> Reply<Option<lsp::DocumentSymbolResponse>> {
    let place = cx.file(&params.text_document.uri)?;
    let found = outline(&place.view.snapshot, place.source);
    if cx.abilities.nested_symbols {
        let all: Vec<_> = found.iter().map(|symbol| nested(place, symbol)).collect();
        return Ok(Some(all.into()));
    }
    let mut all = Vec::new();
    for symbol in &found {
        flat(place, symbol, None, &mut all);
    }
    Ok(Some(all.into()))
}

#[expect(deprecated, reason = "a member that has to be written all the same")]
fn nested(place: Place<'_>, symbol: &Outlined) -> lsp::DocumentSymbol {
    let inner = symbol.members.iter().map(|member| nested(place, member));
    lsp::DocumentSymbol {
        name: symbol.name.clone(),
        detail: Some(symbol.kind.keyword().to_owned()),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: place.view.range(symbol.span),
        selection_range: place.view.range(symbol.name_span),
        children: Some(inner.collect()),
    }
}

#[expect(deprecated, reason = "a member that has to be written all the same")]
fn flat(
    place: Place<'_>,
    symbol: &Outlined,
    container: Option<&str>,
    all: &mut Vec<lsp::SymbolInformation>,
) {
    if let Some(location) = place.view.location(symbol.span) {
        all.push(lsp::SymbolInformation {
            deprecated: None,
            location,
            base_symbol_information: lsp::BaseSymbolInformation {
                name: symbol.name.clone(),
                kind: kind(symbol.kind),
                tags: None,
                container_name: container.map(str::to_owned),
            },
        });
    }
    for member in &symbol.members {
        flat(place, member, Some(&symbol.name), all);
    }
}

/// The kind of a declaration, among those of programming languages.
pub(crate) fn kind(kind: DeclaredKind) -> lsp::SymbolKind {
    match kind {
        DeclaredKind::Object(_) => lsp::SymbolKind::Constant,
        DeclaredKind::Rule => lsp::SymbolKind::Function,
        DeclaredKind::Policy | DeclaredKind::Compliance => lsp::SymbolKind::Class,
        DeclaredKind::Scope => lsp::SymbolKind::Namespace,
        DeclaredKind::Template => lsp::SymbolKind::Interface,
        DeclaredKind::Instance => lsp::SymbolKind::Object,
        DeclaredKind::Test => lsp::SymbolKind::Method,
        DeclaredKind::Invariant => lsp::SymbolKind::Event,
        DeclaredKind::Entity => lsp::SymbolKind::Struct,
        DeclaredKind::Enumeration => lsp::SymbolKind::Enum,
        DeclaredKind::Control | DeclaredKind::SessionControl => lsp::SymbolKind::Property,
        DeclaredKind::Effect => lsp::SymbolKind::EnumMember,
        DeclaredKind::Dialect => lsp::SymbolKind::Package,
        DeclaredKind::Schema | DeclaredKind::Table => lsp::SymbolKind::Module,
        DeclaredKind::Key => lsp::SymbolKind::Property,
    }
}
