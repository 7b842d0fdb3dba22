//! Where a client finds the page of a finding.

use std::path::{Path, PathBuf};

use gatewright_diagnostics::Code;
use gen_lsp_types::Uri;

use crate::uri;

/// How a client opens the pages of findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// It cannot: there are no files, and it has no command for it.
    Closed,
    /// By the command of our extension, which asks for the page.
    Command,
    /// As files, in this folder.
    Files(PathBuf),
}

impl Pages {
    /// Where to send a client that follows this address: to the page of a finding, if it is the
    /// address of one; anything else stays as it is.
    pub(crate) fn target(&self, url: &str) -> Option<Uri> {
        match code(url) {
            None => Some(url.into()),
            Some(code) => self.uri(code),
        }
    }

    /// Where the page of a finding is.
    pub(crate) fn uri(&self, code: Code) -> Option<Uri> {
        let name = code.name();
        match self {
            Pages::Closed => None,
            Pages::Command => {
                let command = format!("command:gatewright.showPage?%5B%22{name}%22%5D");
                Some(Uri(command))
            }
            Pages::Files(folder) => Some(uri::from_path(&file(folder, code))),
        }
    }

    /// Markdown whose links to pages lead to them; those that lead nowhere are their texts alone.
    pub(crate) fn linked(&self, markdown: &str) -> String {
        let mut linked = String::with_capacity(markdown.len());
        let mut rest = markdown;
        while let Some((before, after)) = rest.split_once("](") {
            let link = after.split_once(')');
            let Some((code, after_link)) = link.and_then(|(url, rest)| Some((code(url)?, rest)))
            else {
                linked.extend([before, "]("]);
                rest = after;
                continue;
            };
            match self.uri(code) {
                Some(Uri(target)) => linked.extend([before, "](", &target, ")"]),
                None => match before.rsplit_once('[') {
                    Some((before, label)) => linked.extend([before, label]),
                    None => linked.push_str(before),
                },
            }
            rest = after_link;
        }
        linked.push_str(rest);
        linked
    }
}

/// The file of a page.
fn file(folder: &Path, code: Code) -> PathBuf {
    folder.join(format!("{}.md", code.name()))
}

/// The finding whose page has this address.
fn code(url: &str) -> Option<Code> {
    let (_, file) = url.rsplit_once('/')?;
    Code::find(file.strip_suffix(".md")?).filter(|code| code.url() == url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_pages_lead_where_the_client_can_go() {
        let code = Code::find("GW0302").unwrap();
        let markdown = format!(
            "[a](https://example.com) and [the page]({}) [of](x.md).",
            code.url()
        );
        let files = Pages::Files("/pages".into());
        let shown = |link: &str| format!("[a](https://example.com) and {link} [of](x.md).");
        assert_eq!(Pages::Closed.linked(&markdown), shown("the page"));
        let command = "[the page](command:gatewright.showPage?%5B%22GW0302%22%5D)";
        assert_eq!(Pages::Command.linked(&markdown), shown(command));
        let in_file = "[the page](file:///pages/GW0302.md)";
        assert_eq!(files.linked(&markdown), shown(in_file));
        assert_eq!(
            files.linked("[open](docs/diagnostics/GW0302.md"),
            "[open](docs/diagnostics/GW0302.md"
        );
        let elsewhere: Uri = "https://example.com/GW0302.md".into();
        assert_eq!(Pages::Closed.target(&elsewhere.0), Some(elsewhere));
    }
}
