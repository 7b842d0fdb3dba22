//! The runner of mutants, on a workspace of a few lines.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot write its files is to stop"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIB: &str = "\
pub fn is_adult(age: u32) -> bool {
    age >= 18
}

#[test]
fn eighteen_is_adult() {
    assert!(is_adult(18));
    assert!(!is_adult(3));
}
";

const MANIFEST: &str = "\
[workspace]

[package]
name = \"tiny\"
version = \"0.1.0\"
edition = \"2024\"
";

fn patch(fault: &str, old: &str, new: &str) -> String {
    format!(
        "Mutant: {fault}
Test: cargo test --offline

diff --git a/src/lib.rs b/src/lib.rs
--- a/src/lib.rs
+++ b/src/lib.rs
@@ -1,3 +1,3 @@
 pub fn is_adult(age: u32) -> bool {{
-    {old}
+    {new}
 }}
"
    )
}

fn workspace(name: &str, readme: &str, patches: &[(&str, String)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(root.join("src")).unwrap();
    fs::create_dir_all(root.join("tests/mutants")).unwrap();
    fs::write(root.join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(root.join("src/lib.rs"), LIB).unwrap();
    fs::write(root.join("tests/mutants/README.md"), readme).unwrap();
    for (name, text) in patches {
        fs::write(root.join(format!("tests/mutants/{name}.patch")), text).unwrap();
    }
    root
}

fn run(root: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewright-dev"));
    command
        .current_dir(root)
        .arg("mutants")
        .env("CARGO_TARGET_DIR", "target");
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn a_noticed_fault_is_killed_and_a_listed_survivor_is_accepted() {
    let patches = [
        (
            "strict",
            patch("eighteen is not enough", "age >= 18", "age > 18"),
        ),
        ("ten", patch("ten is enough", "age >= 18", "age >= 10")),
    ];
    let readme = "## Survivors\n\n| `ten` | nobody asks about ten |\n";
    let root = workspace("accepted", readme, &patches);
    let (holds, table) = run(&root);
    assert!(holds, "{table}");
    assert!(
        table.contains("2 mutants: 1 killed, 1 survived, 0 broken"),
        "{table}"
    );
    assert_eq!(fs::read_to_string(root.join("src/lib.rs")).unwrap(), LIB);
}

#[test]
fn a_survivor_that_is_not_listed_and_a_broken_patch_fail() {
    let patches = [
        (
            "gone",
            patch("the line is not there", "age >= 19", "age > 18"),
        ),
        ("ten", patch("ten is enough", "age >= 18", "age >= 10")),
        ("typo", patch("it does not build", "age >= 18", "age >= ")),
    ];
    let (holds, table) = run(&workspace("refused", "", &patches));
    assert!(!holds, "{table}");
    for expected in ["DOES NOT APPLY", "SURVIVED", "DOES NOT BUILD"] {
        assert!(table.contains(expected), "{table}");
    }
}
