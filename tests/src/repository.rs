//! The repository as tests of the house rules see it: its files, its crates, its Markdown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// A text file of ours; paths have forward slashes and start at the root.
#[derive(Clone, Debug)]
pub struct File {
    /// `compiler/hir/src/lib.rs`
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// What is compiled into the product: the text without its unit tests and without comments.
    /// Lines keep their numbers.
    #[must_use]
    pub fn product_code(&self) -> String {
        let mut code = String::new();
        let mut lines = self.text.lines().peekable();
        while let Some(line) = lines.next() {
            let next = lines.peek().map_or("", |next| next.trim_start());
            if line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
                break;
            }
            if !line.trim_start().starts_with("//") {
                code.push_str(line);
            }
            code.push('\n');
        }
        code
    }
}

/// Every text file that is written here: corpus files, build results and lock files are not.
#[must_use]
pub fn files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(root.join(&folder));
        for entry in entries.into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !is_left_out(&path) {
                folders.push(path);
            } else if kind.is_file()
                && path.file_name().is_some_and(|name| !is_lock_file(name))
                && let Ok(text) = std::fs::read_to_string(root.join(&path))
            {
                let path = path.to_string_lossy().replace('\\', "/");
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn is_lock_file(name: &std::ffi::OsStr) -> bool {
    name == "Cargo.lock" || name == "package-lock.json"
}

fn is_left_out(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let paths = [
        "target",
        "tests/corpus",
        "tests/peers/target",
        "grammar/editor/vscode/dist",
        "grammar/editor/vscode/out",
        "grammar/editor/vscode/syntaxes",
    ];
    name == ".git"
        || name == "node_modules"
        || name.starts_with("mutants.out")
        || paths.iter().any(|path| folder == Path::new(path))
}

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Crate {
    /// Of ours, by folder (`runtime/value`); build dependencies included, those of tests not.
    pub ours: Vec<String>,
    /// Of others, by name; those of builds and tests included.
    pub others: Vec<String>,
    /// Whether it has lints, licence and the rest from the workspace.
    pub license: Option<String>,
}

/// The crates of the workspace by folder, as cargo sees them.
///
/// # Errors
/// What cargo says where it cannot be asked.
pub fn crates() -> Result<BTreeMap<String, Crate>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let folder = |path: &serde_json::Value| {
        let path = Path::new(path.as_str()?).strip_prefix(root()).ok()?;
        Some(path.to_string_lossy().replace('\\', "/"))
    };
    let mut crates = BTreeMap::new();
    for package in metadata
        .get("packages")
        .and_then(|p| p.as_array())
        .into_iter()
        .flatten()
    {
        let manifest = package
            .get("manifest_path")
            .and_then(folder)
            .unwrap_or_default();
        let mut found = Crate {
            license: package
                .get("license")
                .and_then(|l| l.as_str())
                .map(str::to_owned),
            ..Crate::default()
        };
        let dependencies = package.get("dependencies").and_then(|d| d.as_array());
        for dependency in dependencies.into_iter().flatten() {
            let is_of_tests = dependency.get("kind").and_then(|k| k.as_str()) == Some("dev");
            match dependency.get("path").and_then(folder) {
                Some(path) if !is_of_tests => found.ours.push(path),
                Some(_) => {}
                None => {
                    let name = dependency.get("name").and_then(|name| name.as_str());
                    found.others.extend(name.map(str::to_owned));
                }
            }
        }
        let folder = manifest
            .strip_suffix("/Cargo.toml")
            .unwrap_or(&manifest)
            .to_owned();
        crates.insert(folder, found);
    }
    Ok(crates)
}

/// The lines of a Markdown text that are not in a fenced block.
#[must_use]
pub fn prose(markdown: &str) -> Vec<&str> {
    let mut open = 0;
    let mut lines = Vec::new();
    for line in markdown.lines() {
        let rest = line.trim_start().trim_start_matches('`');
        let ticks = line.trim_start().len() - rest.len();
        if open == 0 && ticks >= 3 {
            open = ticks;
        } else if open > 0 && ticks >= open && rest.trim().is_empty() {
            open = 0;
        } else if open == 0 {
            lines.push(line);
        }
    }
    lines
}

/// The targets of the links of a Markdown text.
#[must_use]
pub fn links(markdown: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    for line in prose(markdown) {
        // What is between backticks is shown, not linked; a link's text may be code.
        for (index, part) in line.split('`').enumerate() {
            if index % 2 == 0 {
                let after = part.split("](").skip(1);
                targets.extend(after.filter_map(|rest| rest.split(')').next()));
            }
        }
    }
    targets
}

/// The anchors of a Markdown text: its headings as GitHub spells them.
#[must_use]
pub fn anchors(markdown: &str) -> Vec<String> {
    let heading = |line: &&str| line.starts_with('#');
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    prose(markdown)
        .into_iter()
        .filter(heading)
        .map(anchor)
        .collect()
}

/// The first cells of the rows below a heading, with the backticked words of the second.
#[must_use]
pub fn table(markdown: &str, heading: &str) -> BTreeMap<String, Vec<String>> {
    let below = markdown.lines().skip_while(|line| *line != heading).skip(1);
    let section = below.take_while(|line| !line.starts_with("## "));
    let code = |cell: &str| -> Vec<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.splitn(2, '|');
        let name = cells.next()?.trim().strip_suffix('`')?.to_owned();
        Some((name, code(cells.next()?)))
    };
    section.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_tests_and_comments_are_no_product_code() {
        let text =
            "//! Doc.\nuse a;\n// std::fs\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let file = File {
            path: "x.rs".into(),
            text: text.into(),
        };
        assert_eq!(file.product_code(), "\nuse a;\n\n\n");
    }

    #[test]
    fn links_and_anchors_of_markdown_are_those_outside_of_code() {
        let text = "# A `b` c!\n[x](y.md#z) and `[no](no)` [`k`](v)\n```\n[no](no)\n# no\n```\n";
        assert_eq!(links(text), ["y.md#z", "v"]);
        assert_eq!(anchors(text), ["a-b-c"]);
    }

    #[test]
    fn a_table_is_read_below_its_heading() {
        let text = "## A\n| `x` | `y` |\n## B\n| crate | uses |\n| `c` | `d`, `e` |\n| `f` | – |\n";
        let found = table(text, "## B");
        assert_eq!(found["c"], ["d", "e"]);
        assert!(found["f"].is_empty() && found.len() == 2);
    }
}
