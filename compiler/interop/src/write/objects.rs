//! `objects.gate`: the declarations of everything that policies speak of by name.

use std::collections::BTreeMap;

use gatewright_hir::model::{
    GraphForm, LocationKind, NamedLocation, ObjectName, PolicySet, Strength,
};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::{AddressRange, fold};

use super::layout::{filled_list, list, member_name, one_line, string, word_or_string};
use super::names::{Name, Names, is_own};
use crate::export::{apply, changes, location_node, named_node, part, strength_node};
use crate::json::Node;

/// Write the declarations, by kind and name.
pub(super) fn write(set: &PolicySet, names: &Names) -> String {
    let mut text = String::from("//! What the policies speak of: names for ids.\n");
    for kind in [
        ObjectKind::Group,
        ObjectKind::User,
        ObjectKind::Role,
        ObjectKind::App,
    ] {
        let declared = names.declared(kind);
        let width = declared
            .iter()
            .map(|n| n.word.chars().count())
            .max()
            .unwrap_or(0)
            .min(40);
        push_gap(&mut text, !declared.is_empty());
        for name in declared {
            push_title(&mut text, name);
            let pad = " ".repeat(width.saturating_sub(name.word.chars().count()));
            let (keyword, word, id) = (kind.keyword(), &name.word, string(&name.id));
            text.push_str(&format!("{keyword} {word}{pad} = {id}\n"));
        }
    }
    for kind in [ObjectKind::Terms, ObjectKind::Context] {
        text.push_str(&named(set, names, kind));
    }
    for location in &set.locations {
        if let Some(name) = names.get(ObjectKind::Location, &location.id) {
            push_gap(&mut text, true);
            push_head(&mut text, name, &location.display_name);
            let said = location_node(&said_location(location, name));
            push_form(
                &mut text,
                &said,
                &wanted(location_node(location), &location.form),
            );
            text.push_str(&location_text(name, location));
        }
    }
    for strength in set.strengths.iter().filter(|s| is_own(s)) {
        if let Some(name) = names.get(ObjectKind::Strength, &strength.id) {
            push_gap(&mut text, true);
            push_head(&mut text, name, &strength.display_name);
            let said = strength_node(&said_strength(strength, name));
            push_form(
                &mut text,
                &said,
                &wanted(strength_node(strength), &strength.form),
            );
            text.push_str(&strength_text(name, strength));
        }
    }
    text
}

/// Terms of use or authentication contexts, by their names.
fn named(set: &PolicySet, names: &Names, kind: ObjectKind) -> String {
    let own = set.names.iter().filter(|object| object.kind == kind);
    let own: BTreeMap<_, _> = own
        .map(|object| (fold(&object.id).into_owned(), object))
        .collect();
    let mut text = String::new();
    for name in names.declared(kind) {
        let Some(object) = own.get(fold(&name.id).as_ref()).copied() else {
            continue;
        };
        let said = ObjectName {
            id: name.id.clone(),
            name: said_title(&object.name, name),
            ..object.clone()
        };
        push_gap(&mut text, true);
        if object.name != name.word && !object.name.is_empty() {
            text.push_str(&format!("@display({})\n", string(&object.name)));
        }
        if let (Some(said), Some(node)) = (named_node(&said), named_node(object)) {
            push_form(&mut text, &said, &wanted(node, &object.form));
        }
        let id = match kind {
            ObjectKind::Context => word_or_string(&name.id),
            _ => string(&name.id),
        };
        let mark = match (object.is_per_device, object.is_unpublished) {
            (true, _) => " perDevice",
            (_, true) => " unpublished",
            (false, false) => "",
        };
        text.push_str(&format!("{} {} = {id}{mark}\n", kind.keyword(), name.word));
    }
    text
}

fn push_gap(text: &mut String, is_needed: bool) {
    if is_needed {
        text.push('\n');
    }
}

/// What people call the object, as its documentation.
fn push_title(text: &mut String, name: &Name) {
    if let Some(title) = &name.title {
        text.push_str(&format!("/// {}\n", one_line(title)));
    }
}

/// The id and the display name, where the identifier does not say them.
fn push_head(text: &mut String, name: &Name, title: &str) {
    if name.id != name.word {
        text.push_str(&format!("@id({})\n", string(&name.id)));
    }
    if title != name.word && !title.is_empty() {
        text.push_str(&format!("@display({})\n", string(title)));
    }
}

/// How the object was written, beyond what the declaration says.
fn push_form(text: &mut String, said: &Node, wanted: &Node) {
    let changes = part(said, wanted);
    let mut arguments = Vec::new();
    let absent = changes.iter().filter(|change| change.value.is_none());
    let absent: Vec<String> = absent.map(|change| member_name(&change.path)).collect();
    if !absent.is_empty() {
        arguments.push(format!("without {}", filled_list(&absent, 16)));
    }
    let mut members = Node::object();
    for change in &changes {
        if let (Some(value), [name]) = (&change.value, change.path.as_slice()) {
            members.put(&[name], value.clone());
        }
    }
    if members != Node::object() {
        arguments.push(string(&members.compact()));
    }
    if !arguments.is_empty() {
        text.push_str(&format!("@graph({})\n", arguments.join(", ")));
    }
}

/// The object as it was written.
fn wanted(mut node: Node, form: &GraphForm) -> Node {
    let changes = changes(&node, form);
    apply(&mut node, &changes);
    node
}

/// The location that the declaration says.
fn said_location(location: &NamedLocation, name: &Name) -> NamedLocation {
    NamedLocation {
        id: name.id.clone(),
        display_name: said_title(&location.display_name, name),
        ..location.clone()
    }
}

/// The strength that the declaration says.
fn said_strength(strength: &Strength, name: &Name) -> Strength {
    Strength {
        id: name.id.clone(),
        display_name: said_title(&strength.display_name, name),
        ..strength.clone()
    }
}

fn said_title(title: &str, name: &Name) -> String {
    if title.is_empty() {
        name.word.clone()
    } else {
        one_line(title)
    }
}

fn location_text(name: &Name, location: &NamedLocation) -> String {
    let mut text = format!("location {} = ", name.word);
    match &location.kind {
        LocationKind::Ranges { ranges, is_trusted } => {
            text.push_str(if *is_trusted {
                "trusted ranges "
            } else {
                "ranges "
            });
            let ranges: Vec<String> = ranges.iter().flat_map(|range| blocks(*range)).collect();
            text.push_str(&list(&ranges));
        }
        LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps,
        } => {
            text.push_str("countries ");
            text.push_str(&list(countries));
            text.push_str(if *includes_unknown { " or unknown" } else { "" });
            text.push_str(if *by_gps { " by gps" } else { "" });
        }
        LocationKind::CompliantNetwork => {
            text.push_str(&format!("compliantNetwork {}", string(&location.id)));
        }
    }
    text.push('\n');
    text
}

fn strength_text(name: &Name, strength: &Strength) -> String {
    let mut text = format!("strength {} = combinations ", name.word);
    let items: Vec<String> = strength
        .combinations
        .iter()
        .map(|combination| {
            let methods: Vec<String> = combination
                .methods
                .iter()
                .map(|m| word_or_string(m.name()))
                .collect();
            let restricted = if combination.is_restricted {
                " restricted"
            } else {
                ""
            };
            format!("[{}]{restricted}", methods.join(", "))
        })
        .collect();
    text.push_str(&list(&items));
    text.push('\n');
    text
}

/// The fewest prefixes that make up a range.
pub(crate) fn blocks(range: AddressRange) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut first = range.first;
    loop {
        let mut bits = first.trailing_zeros().min(128);
        while bits > 0 && last_of(first, bits) > range.last {
            bits -= 1;
        }
        // Both families share one line of numbers: a block has to be of one of them.
        while bits > 0 && is_v4(first) != is_v4(last_of(first, bits)) && bits < 128 {
            bits -= 1;
        }
        blocks.push(prefix(first, bits));
        let last = last_of(first, bits);
        if last >= range.last {
            return blocks;
        }
        first = last + 1;
    }
}

/// The last address of the block that starts here and leaves so many bits open.
fn last_of(first: u128, bits: u32) -> u128 {
    if bits >= 128 {
        u128::MAX
    } else {
        first | ((1u128 << bits) - 1)
    }
}

/// Whether the number is where IPv4 addresses stand.
fn is_v4(key: u128) -> bool {
    key >> 32 == 0xFFFF
}

fn prefix(first: u128, bits: u32) -> String {
    match u32::try_from(first & 0xFFFF_FFFF) {
        Ok(low) if is_v4(first) && bits <= 32 => {
            format!("{}/{}", std::net::Ipv4Addr::from(low), 32 - bits)
        }
        _ => format!("{}/{}", std::net::Ipv6Addr::from(first), 128 - bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_become_prefixes_that_cover_just_them() {
        let range = |text: &str| AddressRange::parse(text).unwrap().0;
        for text in [
            "203.0.113.0/24",
            "0.0.0.0/0",
            "::/0",
            "2001:db8:40::/48",
            "198.51.100.7/32",
        ] {
            assert_eq!(blocks(range(text)), [text]);
        }
        let odd = AddressRange {
            first: range("10.0.0.5/32").first,
            last: range("10.0.0.8/32").last,
        };
        assert_eq!(blocks(odd), ["10.0.0.5/32", "10.0.0.6/31", "10.0.0.8/32"]);
    }

    #[test]
    fn a_range_from_the_first_to_the_last_address_but_one_ends() {
        let wide = AddressRange {
            first: 1,
            last: u128::MAX - 1,
        };
        let found = blocks(wide);
        let parsed: Vec<AddressRange> = found
            .iter()
            .map(|t| AddressRange::parse(t).unwrap().0)
            .collect();
        assert_eq!(parsed.first().unwrap().first, 1);
        assert_eq!(parsed.last().unwrap().last, u128::MAX - 1);
        assert!(
            parsed
                .windows(2)
                .all(|pair| pair[0].last + 1 == pair[1].first)
        );
    }
}
