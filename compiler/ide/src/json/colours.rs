//! What in the texts of JSON is more than a text: rules, and addresses.

use std::ops::Range;

use gatewright_source::SourceId;

use super::file::File;
use super::members::Holds;
use super::rule;
use super::tree::NodeKind;
use crate::{Highlight, Link, LinkTarget, Snapshot};

/// The words of the rules in a file, or in what of them touches `range`. What JSON itself is, every
/// editor knows.
pub(crate) fn highlights(
    snapshot: &Snapshot,
    source: SourceId,
    range: Option<Range<u32>>,
) -> Vec<Highlight> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let part = range.clone().unwrap_or(0..u32::MAX);
    for (id, node) in file.touching(part.start as usize..part.end as usize) {
        let holds = file.member(id).map(|member| member.holds);
        if let (Some(Holds::Rule(dialect)), NodeKind::Text) = (holds, node.kind) {
            rule::highlights(&file, node, dialect, &mut found);
        }
    }
    found.retain(|one| part.start < one.span.end && one.span.start < part.end);
    found
}

/// Texts that are addresses in the web.
pub(crate) fn links(snapshot: &Snapshot, source: SourceId) -> Vec<Link> {
    let Some(file) = File::open(snapshot, source) else {
        return Vec::new();
    };
    let addresses = file.nodes().filter_map(|(_, node)| {
        let text = file.tree.value(node)?;
        let is_address = text.starts_with("https://") && !text.contains(char::is_whitespace);
        is_address.then(|| Link {
            span: file.span(&file.tree.unquoted(&node.range)),
            target: LinkTarget::Url(text.into_owned()),
            tooltip: "open the page".to_owned(),
        })
    });
    addresses.collect()
}
