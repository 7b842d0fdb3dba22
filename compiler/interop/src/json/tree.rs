//! JSON without places, to be built, compared and changed.

use indexmap::IndexMap;

use super::{Kind, Value, is_annotation, quote};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In order of the source; `==` does not look at the order.
    Object(IndexMap<String, Node>),
}

impl Node {
    /// What a file has, without OData's annotations but `@odata.type`, which writing may need. Of
    /// a member that is there twice the first counts, as it does where values are read.
    pub(crate) fn plain(value: &Value<'_>) -> Node {
        match &value.kind {
            Kind::Null => Node::Null,
            Kind::Bool(value) => Node::Bool(*value),
            Kind::Number(text) => Node::Number((*text).to_owned()),
            Kind::String(text) => Node::Text(text.to_string()),
            Kind::Array(items) => Node::List(items.iter().map(Node::plain).collect()),
            Kind::Object(members) => {
                let mut object = IndexMap::with_capacity(members.len());
                let is_kept = |name: &str| name == "@odata.type" || !is_annotation(name);
                for member in members.iter().filter(|m| is_kept(&m.name)) {
                    object
                        .entry(member.name.to_string())
                        .or_insert_with(|| Node::plain(&member.value));
                }
                Node::Object(object)
            }
        }
    }

    /// The value without OData's annotations.
    pub(crate) fn bare(&self) -> Node {
        match self {
            Node::List(items) => Node::List(items.iter().map(Node::bare).collect()),
            Node::Object(members) => {
                let kept = members.iter().filter(|(name, _)| !is_annotation(name));
                Node::Object(kept.map(|(n, value)| (n.clone(), value.bare())).collect())
            }
            other => other.clone(),
        }
    }

    /// The value of a JSON text; null where it is none.
    pub(crate) fn parse(text: &str) -> Node {
        let (value, _) = super::read(Default::default(), text);
        value.map_or(Node::Null, |value| Node::plain(&value))
    }

    pub(crate) fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Node {
        Node::List(texts.into_iter().map(Node::text).collect())
    }

    pub(crate) fn object() -> Node {
        Node::Object(IndexMap::new())
    }

    pub(crate) fn members(&self) -> Option<&IndexMap<String, Node>> {
        if let Node::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    pub(crate) fn members_mut(&mut self) -> Option<&mut IndexMap<String, Node>> {
        if let Node::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.members()?.get(name)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Node::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The value at the end of a way.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Put a member where it belongs; what is no object on the way there becomes one.
    pub(crate) fn put(&mut self, path: &[&str], value: Node) {
        let Some((last, way)) = path.split_last() else {
            *self = value;
            return;
        };
        let mut node = self;
        for name in way {
            node = node.member(name);
        }
        if !matches!(node, Node::Object(_)) {
            *node = Node::object();
        }
        if let Some(members) = node.members_mut() {
            members.insert((*last).to_owned(), value);
        }
    }

    fn member(&mut self, name: &str) -> &mut Node {
        if !matches!(self, Node::Object(_)) {
            *self = Node::object();
        }
        match self {
            Node::Object(members) => members.entry(name.to_owned()).or_insert(Node::object()),
            other => other,
        }
    }

    /// Take a member away.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        let Some((last, way)) = path.split_last() else {
            return;
        };
        let mut node = self;
        for name in way {
            match node
                .members_mut()
                .and_then(|members| members.get_mut(*name))
            {
                Some(next) => node = next,
                None => return,
            }
        }
        if let Some(members) = node.members_mut() {
            members.shift_remove(*last);
        }
    }

    /// Lay a value over this one: objects member by member, everything else as a whole.
    pub(crate) fn lay(&mut self, over: &Node) {
        match (&mut *self, over) {
            (Node::Object(members), Node::Object(others)) => {
                for (name, other) in others {
                    match members.get_mut(name) {
                        Some(member) => member.lay(other),
                        None => drop(members.insert(name.clone(), other.clone())),
                    }
                }
            }
            _ => *self = over.clone(),
        }
    }

    /// On one line.
    pub(crate) fn compact(&self) -> String {
        let mut text = String::new();
        self.push(&mut text, None);
        text
    }

    /// Over lines, two spaces a level, with a line end.
    pub(crate) fn pretty(&self) -> String {
        let mut text = String::new();
        self.push(&mut text, Some(0));
        text.push('\n');
        text
    }

    /// Recursion is bounded by the nesting of what was read.
    fn push(&self, text: &mut String, indent: Option<usize>) {
        match self {
            Node::Null => text.push_str("null"),
            Node::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Node::Number(number) => text.push_str(number),
            Node::Text(value) => text.push_str(&quote(value)),
            Node::List(items) => {
                let rows = items.iter().map(|item| (None, item));
                push_rows(text, indent, ['[', ']'], rows);
            }
            Node::Object(members) => {
                let rows = members.iter().map(|(name, value)| (Some(name), value));
                push_rows(text, indent, ['{', '}'], rows);
            }
        }
    }
}

fn push_rows<'n>(
    text: &mut String,
    indent: Option<usize>,
    [open, close]: [char; 2],
    rows: impl ExactSizeIterator<Item = (Option<&'n String>, &'n Node)>,
) {
    let inner = indent.map(|indent| indent + 2);
    let is_empty = rows.len() == 0;
    text.push(open);
    for (at, (name, value)) in rows.enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_break(text, inner, at > 0);
        if let Some(name) = name {
            text.push_str(&quote(name));
            text.push_str(": ");
        }
        value.push(text, inner);
    }
    if !is_empty && indent.is_some() {
        push_break(text, indent, false);
    }
    text.push(close);
}

fn push_break(text: &mut String, indent: Option<usize>, is_between: bool) {
    match indent {
        Some(indent) => {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
        }
        None if is_between => text.push(' '),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_laid_over_another_changes_only_what_it_says() {
        let mut node = Node::parse("{\"a\": {\"b\": 1, \"c\": []}, \"d\": null}");
        node.lay(&Node::parse("{\"a\": {\"c\": [\"x\"]}, \"e\": true}"));
        let wanted = "{\"a\": {\"b\": 1, \"c\": [\"x\"]}, \"d\": null, \"e\": true}";
        assert_eq!(node, Node::parse(wanted));
        assert_eq!(node.compact(), wanted);
        node.remove(&["a", "b"]);
        node.put(&["f", "g"], Node::Null);
        assert_eq!(node.at(&["a", "b"]), None);
        assert_eq!(node.at(&["f", "g"]), Some(&Node::Null));
        assert_eq!(Node::parse(&node.pretty()), node);
    }

    #[test]
    fn annotations_are_left_out_but_types_and_the_first_of_two_members_counts() {
        let node = Node::parse("{\"@odata.type\": 1, \"a\": 1, \"a\": 2, \"b@odata.x\": 1}");
        assert_eq!(node, Node::parse("{\"@odata.type\": 1, \"a\": 1}"));
        assert_eq!(node.bare(), Node::parse("{\"a\": 1}"));
    }
}
