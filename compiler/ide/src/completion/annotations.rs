//! What can stand in annotations.

use gatewright_diagnostics::Class;
use gatewright_syntax::TokenKind;
use gatewright_value::Kind;

use super::context::{Body, Token};
use super::declarations::nth;
use super::{CompletionKind, Items};

/// The annotations of declarations, with what to write and what they say.
const KNOWN: &[(&str, &str, &str)] = &[
    ("owner", "owner(\"$0\")", "who answers for it"),
    ("ticket", "ticket(\"$0\")", "where it was decided"),
    (
        "suppress",
        "suppress(${1:GW0401}, \"${0:why}\")",
        "hides a finding inside the declaration, for a reason",
    ),
    (
        "expires",
        "expires($0)",
        "the last day on which it is meant to hold, such as `2027-01-01`",
    ),
    ("id", "id(\"$0\")", "the id that the server gave"),
    (
        "display",
        "display(\"$0\")",
        "what people call it, where that is another name",
    ),
    (
        "graph",
        "graph(${0:beta})",
        "how the Graph object was written",
    ),
    (
        "plan",
        "plan(\"$0\")",
        "the plan that the policies of a scope come from",
    ),
    (
        "rule",
        "rule(\"$0\")",
        "the rule of a plan that a policy comes from",
    ),
];

/// Those of a vocabulary of one's own.
const OF_SCHEMAS: &[(&str, &str, &str)] = &[
    ("open", "open", "other values may come than the members"),
    (
        "difference",
        "difference($1, $0)",
        "the first date-time less the second",
    ),
];

/// Annotations, after `@`.
pub(super) fn names(items: &mut Items<'_>, body: Body) {
    let is_entra = items.is_entra();
    let of_schemas = OF_SCHEMAS.iter().filter(|(name, ..)| match body {
        Body::Entity => *name == "difference",
        Body::File => !is_entra && *name == "open",
        _ => false,
    });
    let known = KNOWN.iter().filter(|(name, ..)| match *name {
        "graph" | "plan" | "rule" => is_entra,
        _ => true,
    });
    let known = known.filter(|_| body != Body::Entity);
    for (at, (label, insert, docs)) in known.chain(of_schemas).enumerate() {
        items.ranked(label, CompletionKind::Annotation, ("", docs), nth(10, at));
        items.insert(insert);
    }
}

/// What stands in the parentheses of an annotation.
pub(super) fn value(items: &mut Items<'_>, name: &str, tokens: &[Token<'_>]) {
    match (name, tokens) {
        ("suppress", []) => codes(items),
        ("graph", []) => {
            items.add(
                "beta",
                CompletionKind::Keyword,
                "",
                "from the beta of Graph",
            );
            graph(items);
        }
        ("graph", [.., comma]) if comma.kind == TokenKind::Comma => graph(items),
        ("owner" | "ticket" | "id" | "display", []) => {
            items.snippet("\"text\"", "\"$0\"", "a text", 90);
        }
        ("difference", tokens) => moments(items, tokens),
        _ => {}
    }
}

/// How a Graph object was written.
fn graph(items: &mut Items<'_>) {
    let docs = "when the server says that it was made";
    items.snippet("created", "created \"$0\"", docs, 60);
    let docs = "members that it does not have";
    items.snippet("without", "without [$0]", docs, 61);
}

/// The findings that can be suppressed: those that there are in this file first.
fn codes(items: &mut Items<'_>) {
    let snapshot = items.snapshot;
    let source = items.replaced.source;
    let here = snapshot.compilation().diagnostics.iter();
    let here: Vec<&str> = here
        .filter(|found| found.span().source == source)
        .map(|found| found.code.name())
        .collect();
    for code in gatewright_diagnostics::codes::all() {
        if code.class() == Class::Unreadable {
            continue;
        }
        let rank = if here.contains(&code.name()) { 10 } else { 60 };
        let about = (code.slug(), code.summary());
        items.ranked(code.name(), CompletionKind::Value, about, rank);
        items.insert(&format!("{}, \"${{0:why}}\"", code.name()));
    }
}

/// The attributes of a schema that are moments, in parts.
fn moments(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    let path = match tokens {
        [.., entity, dot] if dot.kind == TokenKind::Dot => format!("{}.", entity.text),
        [] => String::new(),
        [.., comma] if comma.kind == TokenKind::Comma => String::new(),
        _ => return,
    };
    for attribute in &schema.attributes {
        if let Some(rest) = attribute.name.strip_prefix(&path)
            && attribute.kind == Kind::DateTime
        {
            items.add(rest, CompletionKind::Attribute, "DateTime", &attribute.docs);
        }
    }
}
