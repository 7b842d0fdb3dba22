//! Trees of whole and of broken texts.

use super::reader::NODES_MAX;
use super::*;

/// The tree on one line: `?` is missing.
fn shown(text: &str) -> String {
    fn show(tree: Tree<'_>, id: NodeId, out: &mut String) {
        let node = tree.get(id).unwrap();
        if let Some(name) = tree.name(node) {
            out.push_str(&format!("{name}="));
        }
        match node.kind {
            NodeKind::Missing => out.push('?'),
            NodeKind::NameOnly => out.push_str("??"),
            NodeKind::Text | NodeKind::Word => out.push_str(&tree.text[node.range.clone()]),
            NodeKind::Object | NodeKind::Array => {
                out.push('(');
                for (at, (inner, _)) in tree.inside(id).enumerate() {
                    out.push_str(if at > 0 { " " } else { "" });
                    show(tree, inner, out);
                }
                out.push(')');
            }
        }
    }
    let nodes = read(text);
    let tree = Tree::new(text, &nodes);
    let mut out = String::new();
    for (id, _) in tree.roots() {
        show(tree, id, &mut out);
    }
    out
}

#[test]
fn what_is_whole_is_read_as_it_is() {
    assert_eq!(
        shown("{\"a\": [1, \"å\", {}], \"b\": {\"c\": null}} // end"),
        "(a=(1 \"å\" ()) b=(c=null))"
    );
}

#[test]
fn what_is_missing_hides_nothing_else() {
    for (text, wanted) in [
        ("{\"a\": , \"b\": 1}", "(a=? b=1)"),
        ("{\"a\": \n \"b\": 1}", "(a=? b=1)"),
        ("{\"a\" \"b\": 1}", "(a=?? b=1)"),
        ("{\"a\": 1 \"b\": 2}", "(a=1 b=2)"),
        ("{\"a\": [1, 2 }, 3", "(a=(1 2))3"),
        ("{\"a\": [{\"b\": 1 ], \"c\": 2}", "(a=((b=1)) c=2)"),
        ("{\"a\": \"x\n, \"b\": 2}", "(a=\"x b=2)"),
        ("{\"a\": {\"b\": \"x", "(a=(b=\"x))"),
        ("}]{\"a\" {\"b\"", "(a=?? (b=??))"),
        ("", ""),
    ] {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn any_number_of_brackets_is_harmless() {
    let count = 400_000;
    let text = format!("{}{}", "[{".repeat(count), "]}".repeat(count));
    assert_eq!(read(&text).len(), 2 * count);
    let text = "[".repeat(2 * NODES_MAX);
    assert_eq!(read(&text).len(), NODES_MAX);
    read(&"}".repeat(count));
    read(&format!("{}{}", "[".repeat(count), "}".repeat(count)));
}

#[test]
fn escapes_lead_back_to_where_they_are_written() {
    let text = r#""a\"\u00e5\ud83d\ude00\qz""#;
    let nodes = read(text);
    let tree = Tree::new(text, &nodes);
    let node = tree.get(0).unwrap();
    let found = tree.unescaped(&node.range);
    assert_eq!(found.text, "a\"å😀\\qz");
    for (piece, written) in [
        ("\"", "\\\""),
        ("å", "\\u00e5"),
        ("😀", "\\ud83d"),
        ("z", "z\""),
    ] {
        let place = found.place(found.text.find(piece).unwrap());
        assert!(text[place..].starts_with(written), "{piece}");
        assert_eq!(found.byte(place), found.text.find(piece).unwrap());
    }
    assert_eq!(found.place(found.text.len()), text.len() - 1);
}

#[test]
fn the_innermost_bracket_around_a_place_is_found() {
    let text = "{\"a\": [ ], \"b\": { ";
    let nodes = read(text);
    let tree = Tree::new(text, &nodes);
    let kind = |offset| {
        tree.around(offset)
            .map(|id| tree.get(id).unwrap().range.start)
    };
    assert_eq!(kind(0), None);
    assert_eq!(kind(1), Some(0));
    assert_eq!(kind(7), Some(6));
    assert_eq!(kind(9), Some(0));
    assert_eq!(kind(text.len()), Some(16));
}
