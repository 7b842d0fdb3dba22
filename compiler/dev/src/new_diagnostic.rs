//! `cargo dev new-diagnostic`: the row of the registry and the page, with the next free number.
//!
//! The page is written before the row: a page without a row fails a test, a row without a page does
//! not compile.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;

use crate::process::say;
use crate::tree::write_whole;

const REGISTRY: &str = "compiler/diagnostics/src/codes.rs";
const PAGES: &str = "docs/diagnostics";

/// What the registry is to say.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The readable name, which names the bad pattern: unknown-value
    slug: String,
    /// One line: what is wrong, lower-case, without a full stop
    summary: String,
    /// The first two digits: 01 text and syntax, 02 names, 03 types, 04 meaning, 05 limits,
    /// 06 Graph JSON, 07 bundles and requests, 08 projects and files, 09 internal
    #[arg(long)]
    range: String,
    /// How bad it is
    #[arg(long, value_enum)]
    severity: Severity,
    /// Whether anything can be decided while it stands
    #[arg(long, value_enum)]
    class: Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Severity {
    Error,
    Warning,
    Hint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Class {
    Unreadable,
    Service,
}

/// Write both files.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let path = root.join(REGISTRY);
    let registry = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    let (name, registry) = with_row(&registry, options)?;
    let page = root.join(PAGES).join(format!("{name}.md"));
    ensure!(!page.exists(), "{} is there already", page.display());
    write_whole(&page, &page_text(&name, options))?;
    write_whole(&path, &registry)?;
    say(&format!(
        "{name} `{}`: write {PAGES}/{name}.md; its test fails until then",
        options.slug
    ));
    Ok(true)
}

/// The registry with the new row, and the code that it got.
fn with_row(registry: &str, options: &Options) -> Result<(String, String)> {
    check(options)?;
    let slug = format!("\"{}\"", options.slug);
    let (before, rows) = registry
        .split_once("\ncodes! {\n")
        .context("no `codes! {` in the registry")?;
    let (rows, after) = rows
        .split_once("\n}")
        .context("the table of the registry does not end")?;
    let lines: Vec<&str> = rows.lines().collect();
    if let Some(row) = lines.iter().find(|line| line.contains(&slug)) {
        bail!("the slug is taken: {}", row.trim());
    }
    let numbers = || lines.iter().filter_map(|line| number(line));
    let first: u32 = options.range.parse::<u32>()? * 100;
    let last = numbers()
        .filter(|number| number / 100 == first / 100)
        .max()
        .unwrap_or(first);
    ensure!(last < first + 99, "the range {} is full", options.range);
    let name = format!("GW{:04}", last + 1);

    let (severity, class) = (options.severity, options.class);
    let row = format!(
        "    {name} {slug} {severity:?} {class:?} \"{}\";",
        options.summary
    );
    let is_later = |line: &str| number(line).is_some_and(|number| number > last + 1);
    // A comment belongs to the row below it.
    let mut at = lines
        .iter()
        .position(|line| is_later(line))
        .unwrap_or(lines.len());
    while at > 0
        && lines
            .get(at - 1)
            .is_some_and(|line| line.trim_start().starts_with("//"))
    {
        at -= 1;
    }
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines.insert(at, row);
    let rows = lines.join("\n");
    Ok((name, format!("{before}\ncodes! {{\n{rows}\n}}{after}")))
}

fn check(options: &Options) -> Result<()> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let slug = &options.slug;
    ensure!(
        slug.split('-').all(is_word),
        "a slug is lower-case words with hyphens, not `{slug}`"
    );
    let ranges = ["01", "02", "03", "04", "05", "06", "07", "08", "09"];
    let range = options.range.as_str();
    ensure!(
        ranges.contains(&range),
        "there is no range `{range}`; ranges: {}",
        ranges.join(", ")
    );
    let is_error = options.severity == Severity::Error;
    ensure!(
        is_error || options.class == Class::Service,
        "what cannot be read is an error: use --severity error or --class service"
    );
    let summary = &options.summary;
    ensure!(
        !summary.is_empty() && !summary.ends_with('.') && !summary.contains(['"', '\\', '\n']),
        "a summary is one line without full stop, quotes or backslashes"
    );
    Ok(())
}

fn number(row: &str) -> Option<u32> {
    let digits = row.trim_start().strip_prefix("GW")?.get(..4)?;
    digits.parse().ok()
}

fn page_text(name: &str, options: &Options) -> String {
    let mut summary = options.summary.chars();
    let capital = summary
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let sentence = capital + summary.as_str();
    let slug = &options.slug;
    let allow = match options.class {
        Class::Unreadable => "Never: nothing can be decided while it stands.".to_owned(),
        Class::Service => format!("With `@suppress({slug}, \"…\")` and the reason."),
    };
    format!(
        "# {name}: {slug}

{sentence}.

## Erroneous example

```gate
policy \"Payroll\" {{
}}
```

## Why

What the service or the language does, and how that is known.

## Fix

```gate
policy \"Payroll\" {{
}}
```

## When to allow it

{allow}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "head\n\ncodes! {\n    GW0101 \"a\" Error Unreadable \"x\";\n\n    \
        GW0301 \"b\" Error Unreadable \"y\";\n    // Lints.\n    GW0401 \"c\" Hint Service \"z\";\n}\n\ntail\n";

    fn options(slug: &str, range: &str) -> Options {
        let (slug, range) = (slug.to_owned(), range.to_owned());
        let summary = "it is wrong".to_owned();
        Options {
            slug,
            summary,
            range,
            severity: Severity::Warning,
            class: Class::Service,
        }
    }

    #[test]
    fn the_row_gets_the_next_number_of_its_range_and_stands_in_order() {
        let (name, text) = with_row(REGISTRY, &options("new-one", "03")).unwrap();
        assert_eq!(name, "GW0302");
        let row =
            "\"y\";\n    GW0302 \"new-one\" Warning Service \"it is wrong\";\n    // Lints.\n";
        assert!(text.contains(row), "{text}");
        assert!(text.starts_with("head\n\ncodes! {\n") && text.ends_with("\n}\n\ntail\n"));
        assert_eq!(
            with_row(REGISTRY, &options("new-one", "09")).unwrap().0,
            "GW0901"
        );
    }

    #[test]
    fn what_would_break_the_registry_is_refused() {
        let refused = |options| with_row(REGISTRY, &options).unwrap_err().to_string();
        assert!(refused(options("b", "01")).starts_with("the slug is taken: GW0301"));
        assert!(refused(options("Not-A-Slug", "01")).contains("lower-case"));
        assert!(refused(options("x", "10")).contains("no range"));
        let unreadable = Options {
            class: Class::Unreadable,
            ..options("x", "01")
        };
        assert!(refused(unreadable).contains("what cannot be read is an error"));
        let quoted = Options {
            summary: "a \"b\"".into(),
            ..options("x", "01")
        };
        assert!(refused(quoted).contains("without full stop"));
    }
}
