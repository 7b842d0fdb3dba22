//! [`Value`]s to text: laid out for people, and in one canonical form for comparison.

use super::{Kind, Member, Value, quote};

/// Whether the member is OData's and says nothing about the object: `@odata.type`,
/// `users@odata.type`, `#microsoft.graph.restore`.
pub(crate) fn is_annotation(name: &str) -> bool {
    name.starts_with('#') || name.contains('@')
}

/// Whether the value says nothing: null, nothing in it, or only such things.
pub(crate) fn is_vacuous(value: &Value<'_>) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::Array(items) => items.is_empty(),
        Kind::Object(members) => members
            .iter()
            .all(|m| is_annotation(&m.name) || is_vacuous(&m.value)),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => false,
    }
}

/// The same text for all objects that say the same: without annotations, members that say nothing
/// and the dates that the server keeps, members in order of their names.
pub(crate) fn canonical(value: &Value<'_>) -> String {
    let mut text = String::new();
    push_canonical(&mut text, value);
    text
}

fn push_canonical(text: &mut String, value: &Value<'_>) {
    match &value.kind {
        Kind::Null => text.push_str("null"),
        Kind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => text.push_str(number),
        Kind::String(value) => text.push_str(&quote(value)),
        Kind::Array(items) => {
            text.push('[');
            for item in items {
                push_canonical(text, item);
                text.push(',');
            }
            text.push(']');
        }
        Kind::Object(members) => push_members(text, members),
    }
}

fn push_members(text: &mut String, members: &[Member<'_>]) {
    let mut rows: Vec<(String, &Value<'_>)> = members
        .iter()
        .filter(|m| !is_annotation(&m.name) && !is_vacuous(&m.value))
        .map(|m| (m.name.to_ascii_lowercase(), &m.value))
        .filter(|(name, _)| !matches!(name.as_str(), "createddatetime" | "modifieddatetime"))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    text.push('{');
    for (name, value) in rows {
        text.push_str(&quote(&name));
        text.push(':');
        push_canonical(text, value);
        text.push(',');
    }
    text.push('}');
}

/// The value with the given indentation before every line but the first; short ones on one line.
pub(crate) fn pretty(value: &Value<'_>, indent: usize, width: usize) -> String {
    let line = one_line(value);
    if line.len() <= width {
        return line;
    }
    let inner = indent + 4;
    let room = width.saturating_sub(4);
    let (open, rows, close) = match &value.kind {
        Kind::Array(items) => (
            '[',
            items
                .iter()
                .map(|item| pretty(item, inner, room))
                .collect::<Vec<_>>(),
            ']',
        ),
        Kind::Object(members) => {
            let row = |m: &Member<'_>| {
                let name = quote(&m.name);
                let value = pretty(&m.value, inner, room.saturating_sub(name.len() + 2));
                format!("{name}: {value}")
            };
            ('{', members.iter().map(row).collect(), '}')
        }
        _ => return line,
    };
    let pad = " ".repeat(inner);
    let body = rows.join(&format!(",\n{pad}"));
    format!("{open}\n{pad}{body}\n{}{close}", " ".repeat(indent))
}

fn one_line(value: &Value<'_>) -> String {
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => (*number).to_owned(),
        Kind::String(value) => quote(value),
        Kind::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(one_line).collect::<Vec<_>>().join(", ")
            )
        }
        Kind::Object(members) if members.is_empty() => "{}".to_owned(),
        Kind::Object(members) => {
            let row = |m: &Member<'_>| format!("{}: {}", quote(&m.name), one_line(&m.value));
            format!(
                "{{ {} }}",
                members.iter().map(row).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use gatewright_source::SourceId;

    use super::*;

    fn value(text: &str) -> Value<'_> {
        super::super::read(SourceId(0), text).0.unwrap()
    }

    #[test]
    fn objects_that_say_the_same_have_one_canonical_text() {
        let left = value("{\"B\": [1], \"a\": null, \"x@odata.type\": \"y\", \"c\": \"d\"}");
        let right = value("{\"c\":\"\\u0064\",\"createdDateTime\":\"2020\",\"b\":[1]}");
        assert_eq!(canonical(&left), canonical(&right));
        assert_ne!(
            canonical(&left),
            canonical(&value("{\"c\":\"d\",\"b\":[2]}"))
        );
    }

    #[test]
    fn long_values_are_laid_out_over_lines() {
        let value = value("{\"a\":{\"b\":[1,2]},\"c\":\"d\"}");
        assert_eq!(
            pretty(&value, 0, 99),
            "{ \"a\": { \"b\": [1, 2] }, \"c\": \"d\" }"
        );
        let wide = pretty(&value, 4, 24);
        assert_eq!(
            wide,
            "{\n        \"a\": { \"b\": [1, 2] },\n        \
             \"c\": \"d\"\n    }"
        );
    }
}
