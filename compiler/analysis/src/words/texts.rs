//! Clauses about texts, ids and members of enumerations.
//!
//! A clause is told by what it includes or by what it excludes. Where the values can be listed, the
//! shorter of the two is; else what is not listed decides.

use gatewright_decision::TextClass;
use gatewright_hir::schema::{Attribute, AttributeId};
use gatewright_value::{Kind, fold};

use super::names::{Length, Names};
use super::{Chosen, names};

/// What the chosen classes of a text say.
pub(super) fn clause(
    names: &Names<'_>,
    chosen: &Chosen<'_>,
    entries: &[TextClass],
    length: Length,
) -> String {
    let id = chosen.variable.attribute;
    let attribute = names.attribute(id);
    let members = attribute.and_then(|attribute| members_of(attribute, entries));
    let said = match members {
        Some((members, is_open)) => {
            let (mut included, mut excluded) = (Vec::new(), Vec::new());
            for member in members {
                let is_in = chosen.has(class_of(entries, &member));
                let list = if is_in { &mut included } else { &mut excluded };
                list.push(names.value(attribute, &member));
            }
            Said {
                included,
                excluded,
                others: is_open.then(|| chosen.has(0)),
            }
        }
        None => Said {
            included: items(names, attribute, entries, &|class| chosen.has(class)),
            excluded: items(names, attribute, entries, &|class| !chosen.has(class)),
            others: Some(chosen.has(0)),
        },
    };
    phrase(names, id, &said, chosen.null(names), length)
}

/// What is in and what is out; `others`: whether values that are not listed are in, where there can
/// be such values.
struct Said {
    included: Vec<String>,
    excluded: Vec<String>,
    others: Option<bool>,
}

/// The values that can be listed, folded, and whether there are others.
fn members_of(attribute: &Attribute, entries: &[TextClass]) -> Option<(Vec<String>, bool)> {
    let Kind::Enumeration { members, is_open } = &attribute.kind else {
        return None;
    };
    if *is_open && entries.iter().any(|entry| !entry.is_exact) {
        return None;
    }
    let mut values: Vec<String> = members.iter().map(|m| fold(m).into_owned()).collect();
    for entry in entries.iter().filter(|_| *is_open) {
        if !values.contains(&entry.text) {
            values.push(entry.text.clone());
        }
    }
    Some((values, *is_open))
}

/// The class of a folded text.
fn class_of(entries: &[TextClass], text: &str) -> u32 {
    let exact = entries
        .iter()
        .find(|entry| entry.is_exact && entry.text == text);
    let prefixes = entries
        .iter()
        .filter(|entry| !entry.is_exact && text.starts_with(&entry.text));
    let longest = prefixes.max_by_key(|entry| entry.text.len());
    exact.or(longest).map_or(0, |entry| entry.class)
}

/// Constants, and what starts with a prefix, of these classes. What follows a prefix and is of
/// another class is excepted; what follows it and is of these classes too is not told again.
fn items(
    names: &Names<'_>,
    attribute: Option<&Attribute>,
    entries: &[TextClass],
    is_in: &dyn Fn(u32) -> bool,
) -> Vec<String> {
    // The item that an entry is told by, where its class is one of these.
    let mut roots: Vec<Option<usize>> = Vec::with_capacity(entries.len());
    let mut exceptions: Vec<Vec<String>> = vec![Vec::new(); entries.len()];
    let mut around: Vec<usize> = Vec::new();
    let tell = |entry: &TextClass| match entry.is_exact {
        true => names.value(attribute, &entry.text),
        false => format!("anything that starts with \"{}\"", entry.text),
    };
    for (at, entry) in entries.iter().enumerate() {
        let encloses = |place: &usize| {
            let prefix = entries.get(*place);
            prefix.is_some_and(|prefix| entry.text.starts_with(&prefix.text))
        };
        while around.last().is_some_and(|place| !encloses(place)) {
            around.pop();
        }
        let outer = around.last().and_then(|place| *roots.get(*place)?);
        roots.push(match (is_in(entry.class), outer) {
            (true, outer) => Some(outer.unwrap_or(at)),
            (false, Some(outer)) => {
                if let Some(list) = exceptions.get_mut(outer) {
                    list.push(tell(entry));
                }
                None
            }
            (false, None) => None,
        });
        if !entry.is_exact {
            around.push(at);
        }
    }
    let mut items = Vec::new();
    for (at, (entry, except)) in entries.iter().zip(&exceptions).enumerate() {
        if roots.get(at) != Some(&Some(at)) {
            continue;
        }
        let mut item = tell(entry);
        if !except.is_empty() {
            item = format!("{item} (other than {})", names::list(except, "and"));
        }
        items.push(item);
    }
    items
}

fn phrase(
    names: &Names<'_>,
    id: AttributeId,
    said: &Said,
    null: Option<bool>,
    length: Length,
) -> String {
    let subject = names.subject(id);
    let (included, excluded) = (&said.included, &said.excluded);
    let is_positive = match said.others {
        Some(others) => !others,
        None => included.len() <= excluded.len(),
    };
    let unless_null = |text: String| match null {
        Some(true) if text.is_empty() => names.null(id),
        Some(true) => format!("{text}, or {}", names.null(id)),
        _ => text,
    };
    if is_positive {
        if included.is_empty() {
            let text = unless_null(String::new());
            return if text.is_empty() {
                format!("{subject} is impossible")
            } else {
                text
            };
        }
        let text = format!("{subject} is {}", length.list(included.clone(), "or"));
        return unless_null(text);
    }
    let not = match excluded.as_slice() {
        [] if null.is_none() => return format!("{subject} is known"),
        [] => return unless_null(format!("{subject} is set")),
        [only] => format!("is not {only}"),
        several => format!("is neither {}", length.list(several.to_vec(), "nor")),
    };
    match null {
        Some(false) => format!("{subject} is set and {not}"),
        _ => unless_null(format!("{subject} {not}")),
    }
}
