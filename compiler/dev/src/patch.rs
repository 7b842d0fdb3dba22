//! The head of a mutant's patch, and the list of survivors.
//!
//! A patch of `tests/mutants` starts with lines `Mutant:` (the fault, in a sentence) and `Test:` (the
//! cargo command that has to fail), an empty line, and then the difference as `git diff` prints it.

use anyhow::{Context as _, Result, ensure};

/// A fault and the test that must notice it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// The file name without `.patch`.
    pub(crate) name: String,
    pub(crate) fault: String,
    /// The arguments of cargo; the first is `test`.
    pub(crate) test: Vec<String>,
}

/// Read the head.
pub(crate) fn read(name: &str, text: &str) -> Result<Patch> {
    let head: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("diff "))
        .collect();
    ensure!(
        head.len() < text.lines().count(),
        "{name}: there is no `diff --git` line"
    );
    let field = |key: &str| {
        let mut values = head.iter().filter_map(|line| line.strip_prefix(key));
        values
            .next()
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let fault = field("Mutant:").with_context(|| format!("{name}: no line `Mutant: …`"))?;
    let test = field("Test:").with_context(|| format!("{name}: no line `Test: cargo test …`"))?;
    let mut words = test.split_whitespace().map(str::to_owned);
    let is_cargo = words.next().as_deref() == Some("cargo");
    let test: Vec<String> = words.collect();
    ensure!(
        is_cargo && test.first().is_some_and(|word| word == "test"),
        "{name}: the test has to be a `cargo test …` command"
    );
    Ok(Patch {
        name: name.to_owned(),
        fault: fault.to_owned(),
        test,
    })
}

/// The survivors that the README lists: rows ``| `name` | reason |`` below the heading `Survivors`.
pub(crate) fn survivors(readme: &str) -> Vec<(String, String)> {
    let below = readme
        .lines()
        .skip_while(|line| line.trim() != "## Survivors")
        .skip(1);
    let section = below.take_while(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let mut cells = line
            .trim()
            .strip_prefix('|')?
            .strip_suffix('|')?
            .split('|')
            .map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        let reason = cells.next().filter(|reason| !reason.is_empty())?;
        Some((name.to_owned(), reason.to_owned()))
    };
    section.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_the_fault_and_the_test() {
        let text = "Mutant: `-le` is `-lt`\nTest: cargo test -p x --test y\n\ndiff --git a/b b/b\n";
        let patch = read("le", text).unwrap();
        assert_eq!(patch.fault, "`-le` is `-lt`");
        assert_eq!(patch.test, ["test", "-p", "x", "--test", "y"]);
    }

    #[test]
    fn a_head_that_cannot_be_run_is_refused() {
        let refused = |text| read("m", text).unwrap_err().to_string();
        assert!(refused("Test: cargo test\n\ndiff --git\n").contains("no line `Mutant"));
        assert!(refused("Mutant: x\n\ndiff --git\n").contains("no line `Test"));
        assert!(refused("Mutant: x\nTest: rm -r x\n\ndiff --git\n").contains("`cargo test …`"));
        assert!(refused("Mutant: x\nTest: cargo test\n").contains("no `diff --git`"));
    }

    #[test]
    fn survivors_are_the_rows_with_a_reason_in_their_section() {
        let readme = "# Mutants\n| `a` | no |\n## Survivors\n| patch | reason |\n|---|---|\n\
            | `b` | same meaning |\n| `c` |  |\n## More\n| `d` | no |\n";
        assert_eq!(
            survivors(readme),
            [("b".to_owned(), "same meaning".to_owned())]
        );
    }
}
