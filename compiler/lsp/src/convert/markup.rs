//! Texts as clients show them: Markdown, or what is left of it for those that show it as it is.

use gen_lsp_types as lsp;

use crate::client::Markup;

/// A text in Markdown, as a client shows it.
pub(crate) fn content(markdown: String, markup: Markup) -> lsp::MarkupContent {
    match markup {
        Markup::Markdown => lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: markdown,
        },
        Markup::Plain => lsp::MarkupContent {
            kind: lsp::MarkupKind::PlainText,
            value: plain(&markdown),
        },
    }
}

/// Markdown without headings, fences, emphasis, rules and the addresses of links. What is in a
/// fence is left as it is.
pub(crate) fn plain(markdown: &str) -> String {
    let mut is_fenced = false;
    let mut lines: Vec<String> = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            lines.push(line.to_owned());
        } else if line.trim() != "---" {
            let line = line.trim_start_matches('#').trim_start_matches(' ');
            lines.push(without_links(&line.replace("**", "")));
        }
    }
    lines.join("\n").trim().to_owned()
}

/// `[text](address)` as `text`.
fn without_links(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let link = after.split_once("](").and_then(|(label, after)| {
            let (_, after) = after.split_once(')')?;
            (!label.contains(['[', ']', '`'])).then_some((label, after))
        });
        if let Some((label, after)) = link {
            text.push_str(label);
            rest = after;
        } else {
            text.push('[');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_no_markup_gets_none() {
        let markdown = "### Policy `A`\n\nIt **blocks**.\n\n```json\n{ \"a**\": [1](2) }\n```\n";
        assert_eq!(
            plain(markdown),
            "Policy `A`\n\nIt blocks.\n\n{ \"a**\": [1](2) }"
        );
        let linked = "one\n\n---\n\n[The page](docs/x.md), [not a link], `[A](b)`, [open";
        assert_eq!(plain(linked), "one\n\n\nThe page, [not a link], `A`, [open");
    }

    #[test]
    fn markup_is_what_the_client_shows() {
        let shown = |markup| content("**a**".to_owned(), markup).value;
        assert_eq!(shown(Markup::Markdown), "**a**");
        assert_eq!(shown(Markup::Plain), "a");
    }
}
