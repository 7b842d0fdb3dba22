//! The pages of diagnostics as data: sections, and the examples that can be run.
//!
//! The format is described in `docs/diagnostics/README.md`. Parsing is pure; who runs the examples
//! decides what a finding is.

/// The sections of a page, in order.
pub const SECTIONS: [&str; 4] = ["Erroneous example", "Why", "Fix", "When to allow it"];

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `GW0101`
    pub code: String,
    /// `unexpected-token`
    pub slug: String,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// The test that shows the finding where no example can; the examples are not run then.
    pub shown_by: Option<String>,
    /// Each of them must yield the code.
    pub erroneous: Vec<Example>,
    /// None of them may yield the code.
    pub right: Vec<Example>,
}

/// Something to be checked, or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Example {
    /// Files that make up one project.
    Project {
        /// Policy text, Graph JSON and the manifest.
        files: Vec<File>,
        /// People and objects.
        directory: Option<String>,
        /// Sign-ins to decide.
        request: Option<String>,
    },
    /// One rule.
    Rule {
        /// `ca-device` where the fence names none.
        dialect: String,
        /// The rule.
        text: String,
        /// What to evaluate it with.
        facts: Option<String>,
    },
}

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// A path relative to the project.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A fenced block of Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The first word after the backticks; `text` where there is none.
    pub kind: String,
    /// The words after it.
    pub argument: Option<String>,
    /// What stands between the fences.
    pub text: String,
}

/// Read a page.
///
/// # Errors
/// What does not follow the format, in a sentence.
pub fn parse(text: &str) -> Result<Page, String> {
    let mut lines = text.lines();
    let title = lines.next().and_then(|line| line.strip_prefix("# "));
    let title = title.and_then(|title| title.split_once(": "));
    let (code, slug) = title.ok_or("the first line is not `# GWnnnn: slug`")?;
    let (intro, sections) = sections(text)?;
    let mut summary = String::new();
    let mut shown_by = None;
    for line in intro.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        match line
            .strip_prefix("<!-- example: test ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        {
            Some(name) => shown_by = Some(name.trim().to_owned()),
            None if summary.is_empty() => summary = line.to_owned(),
            None => return Err(format!("the summary has a second line: {line}")),
        }
    }
    if !summary.ends_with('.') {
        return Err("the summary is not a sentence".to_owned());
    }
    let [erroneous, _, right, _] = &sections;
    let (erroneous, right) = (examples(erroneous)?, examples(right)?);
    if shown_by.is_none() && (erroneous.is_empty() || right.is_empty()) {
        return Err(
            "`Erroneous example` and `Fix` both need an example, or the page a line \
            `<!-- example: test NAME -->`"
                .to_owned(),
        );
    }
    let (code, slug) = (code.to_owned(), slug.to_owned());
    Ok(Page {
        code,
        slug,
        summary,
        shown_by,
        erroneous,
        right,
    })
}

/// What stands before the first heading, and the text of every section.
fn sections(text: &str) -> Result<(String, [String; 4]), String> {
    let mut intro = String::new();
    let mut headings = Vec::new();
    let mut bodies: Vec<String> = Vec::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        fence = fence_after(line, fence);
        if let (None, Some(heading)) = (fence, line.strip_prefix("## ")) {
            headings.push(heading.trim());
            bodies.push(String::new());
            continue;
        }
        let body = bodies.last_mut().unwrap_or(&mut intro);
        body.push_str(line);
        body.push('\n');
    }
    if headings != SECTIONS {
        return Err(format!(
            "the sections are not {SECTIONS:?} but {headings:?}"
        ));
    }
    if let Some((heading, _)) = headings
        .iter()
        .zip(&bodies)
        .find(|(_, b)| b.trim().is_empty())
    {
        return Err(format!("the section `{heading}` is empty"));
    }
    let bodies = <[String; 4]>::try_from(bodies).map_err(|_| "four sections".to_owned())?;
    Ok((intro, bodies))
}

/// The number of backticks of the fence that is open after `line`.
fn fence_after(line: &str, open: Option<usize>) -> Option<usize> {
    let ticks = line.len() - line.trim_start_matches('`').len();
    match open {
        None => (ticks >= 3).then_some(ticks),
        Some(count) if ticks >= count && line.trim_start_matches('`').trim().is_empty() => None,
        open => open,
    }
}

fn examples(section: &str) -> Result<Vec<Example>, String> {
    let mut files = Vec::new();
    let (mut directory, mut request) = (None, None);
    let mut rules: Vec<Example> = Vec::new();
    for Fence {
        kind,
        argument,
        text,
    } in fences(section)?
    {
        let named = |default: &str| argument.clone().unwrap_or_else(|| default.to_owned());
        match kind.as_str() {
            "gate" => files.push(File {
                name: named("main.gate"),
                text,
            }),
            "json" => files.push(File {
                name: named("policies.json"),
                text,
            }),
            "toml" => files.push(File {
                name: "gatewright.toml".to_owned(),
                text,
            }),
            "directory" => directory = Some(text),
            "request" => request = Some(text),
            "rule" => {
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                rules.push(Example::Rule {
                    dialect: named("ca-device"),
                    text,
                    facts: None,
                });
            }
            "facts" => match rules.last_mut() {
                Some(Example::Rule { facts, .. }) => *facts = Some(text),
                _ => return Err("facts follow the rule that they are for".to_owned()),
            },
            "text" | "console" | "markdown" => {}
            other => return Err(format!("a fence of an unknown kind: `{other}`")),
        }
    }
    let mut names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.array_windows().find(|[a, b]| a == b) {
        return Err(format!("two files of an example are called `{name}`"));
    }
    if !files.is_empty() || request.is_some() || directory.is_some() {
        rules.insert(
            0,
            Example::Project {
                files,
                directory,
                request,
            },
        );
    }
    Ok(rules)
}

/// The fenced blocks of a Markdown text, in order; a fence within a fence is text.
///
/// # Errors
/// A fence does not end.
pub fn fences(markdown: &str) -> Result<Vec<Fence>, String> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, Fence)> = None;
    for line in markdown.lines() {
        let before = open.as_ref().map(|(count, _)| *count);
        match (fence_after(line, before), open.take()) {
            (Some(count), None) => {
                let mut words = line.trim_start_matches('`').split_whitespace();
                let kind = words.next().unwrap_or("text").to_owned();
                let rest: Vec<&str> = words.collect();
                let argument = (!rest.is_empty()).then(|| rest.join(" "));
                open = Some((
                    count,
                    Fence {
                        kind,
                        argument,
                        text: String::new(),
                    },
                ));
            }
            (Some(count), Some((_, mut fence))) => {
                fence.text.push_str(line);
                fence.text.push('\n');
                open = Some((count, fence));
            }
            (None, Some((_, fence))) => fences.push(fence),
            (None, None) => {}
        }
    }
    match open {
        Some(_) => Err("a fence does not end".to_owned()),
        None => Ok(fences),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(erroneous: &str, right: &str) -> String {
        format!(
            "# GW0101: unexpected-token\n\nSomething else was expected.\n\n\
             ## Erroneous example\n\n{erroneous}\n\n## Why\n\nSo.\n\n```text\n## no heading\n```\n\n\
             ## Fix\n\n{right}\n\n## When to allow it\n\nNever.\n"
        )
    }

    #[test]
    fn files_of_a_section_make_one_project() {
        let erroneous = "```gate\na\n```\n\n```gate more/b.gate\nb\n```\n```request\n{}\n```";
        let found = parse(&page(erroneous, "```json\n{}\n```")).unwrap();
        assert_eq!(
            (found.code.as_str(), found.slug.as_str()),
            ("GW0101", "unexpected-token")
        );
        let file = |name: &str, text: &str| File {
            name: name.into(),
            text: text.into(),
        };
        let files = vec![file("main.gate", "a\n"), file("more/b.gate", "b\n")];
        let request = Some("{}\n".to_owned());
        assert_eq!(
            found.erroneous,
            [Example::Project {
                files,
                directory: None,
                request
            }]
        );
        let files = vec![file("policies.json", "{}\n")];
        assert_eq!(
            found.right,
            [Example::Project {
                files,
                directory: None,
                request: None
            }]
        );
    }

    #[test]
    fn every_rule_is_an_example_of_its_own() {
        let erroneous = "```rule\na -eq 1\n```\n```rule dyn-user\nb\n```\n```facts\nnull\n```";
        let found = parse(&page(erroneous, "```rule\nc\n```")).unwrap();
        let rule = |dialect: &str, text: &str, facts: Option<&str>| Example::Rule {
            dialect: dialect.into(),
            text: text.into(),
            facts: facts.map(str::to_owned),
        };
        let expected = [
            rule("ca-device", "a -eq 1", None),
            rule("dyn-user", "b", Some("null\n")),
        ];
        assert_eq!(found.erroneous, expected);
        assert_eq!(found.right, [rule("ca-device", "c", None)]);
    }

    #[test]
    fn a_page_without_examples_names_a_test() {
        let text = page("A damaged file.", "Another one.");
        assert!(parse(&text).unwrap_err().contains("both need an example"));
        let text = text.replace("\n## Err", "<!-- example: test it_is_refused -->\n\n## Err");
        assert_eq!(
            parse(&text).unwrap().shown_by.as_deref(),
            Some("it_is_refused")
        );
    }

    #[test]
    fn what_does_not_follow_the_format_is_said() {
        let good = page("```gate\na\n```", "```gate\nb\n```");
        let refused = |from: &str, to: &str| parse(&good.replace(from, to)).unwrap_err();
        assert!(refused("# GW0101: ", "# ").contains("first line"));
        assert!(refused("expected.", "expected").contains("not a sentence"));
        assert!(refused("## Why", "## Reason").contains("the sections are not"));
        assert!(refused("So.\n\n```text\n## no heading\n```", "").contains("is empty"));
        assert!(refused("```gate\na", "```yaml\na").contains("unknown kind"));
        assert!(refused("a\n```", "a\n```\n```gate\nc\n```").contains("two files"));
    }
}
