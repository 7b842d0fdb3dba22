//! The house rules, as tests: what `docs/architecture.md` and `docs/contributing.md` promise.
//!
//! A rule that fails lists every place at once. Words that are looked for are put together from
//! pieces, so that this file is not one of the places.
#![expect(clippy::panic, reason = "a rule that cannot be checked does not hold")]

use std::collections::{BTreeMap, BTreeSet};

use gatewright_diagnostics::codes;
use gatewright_tests::pages;
use gatewright_tests::repository::{self, Crate, File, anchors, files, links, root};

fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn crates() -> BTreeMap<String, Crate> {
    repository::crates().unwrap_or_else(|error| panic!("cargo metadata: {error}"))
}

fn rust_files() -> Vec<File> {
    files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs"))
        .collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Rust files of the product: those of crates that are neither tests nor tools.
fn product_files() -> Vec<File> {
    let is_product = |file: &File| {
        let path = file.path.as_str();
        let is_source = path.contains("/src/") && !path.ends_with("/tests.rs");
        let layer = ["grammar/", "compiler/", "runtime/"]
            .iter()
            .any(|l| path.starts_with(l));
        layer && is_source && !path.starts_with("compiler/dev/")
    };
    rust_files().into_iter().filter(is_product).collect()
}

fn lines_with<'a>(
    file: &'a File,
    text: &'a str,
    words: &'a [String],
) -> impl Iterator<Item = String> + 'a {
    let found = move |(number, line): (usize, &str)| {
        let word = words.iter().find(|word| line.contains(word.as_str()))?;
        Some(format!("{}:{}: `{word}`", file.path, number + 1))
    };
    text.lines().enumerate().filter_map(found)
}

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let page = read("docs/architecture.md");
    let allowed = repository::table(&page, "## Directions");
    let crates = crates();
    let mut problems = Vec::new();
    let documented: BTreeSet<_> = allowed.keys().collect();
    let existing: BTreeSet<_> = crates.keys().collect();
    for name in documented.symmetric_difference(&existing) {
        problems.push(format!(
            "`{name}` is not both in the table and in the workspace"
        ));
    }
    for (name, found) in &crates {
        let allowed = allowed.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_allowed = |other: &String| allowed.contains(other) || allowed == ["*"];
        for other in found.ours.iter().filter(|other| !is_allowed(other)) {
            problems.push(format!("`{name}` must not depend on `{other}`"));
        }
    }
    none(problems);
}

#[test]
fn the_table_of_directions_keeps_the_layers_apart() {
    let allowed = repository::table(&read("docs/architecture.md"), "## Directions");
    let layer = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let rims = ["compiler/cli", "compiler/dev", "tests"];
    let reference = ["compiler/analysis", "compiler/cli", "tests"];
    let mut problems = Vec::new();
    for (name, others) in &allowed {
        for other in others {
            let is_wrong = match layer(name).as_str() {
                "grammar" => layer(other) != "grammar",
                "runtime" => layer(other) != "runtime",
                _ => rims.contains(&other.as_str()),
            };
            let is_reference = other == "compiler/reference";
            if is_wrong || (is_reference && !reference.contains(&name.as_str())) {
                problems.push(format!("`{name}` must never be allowed to use `{other}`"));
            }
        }
    }
    none(problems);
}

#[test]
fn every_crate_has_its_paragraph_in_the_code_map() {
    let page = read("docs/architecture.md");
    let crates = crates();
    let missing = crates
        .keys()
        .filter(|name| !page.contains(&format!("\n### `{name}`")));
    none(
        missing
            .map(|name| format!("docs/architecture.md has no heading ### `{name}`"))
            .collect(),
    );
}

#[test]
fn a_replaceable_dependency_is_named_in_one_place() {
    let homes: [(&str, &[&str]); 14] = [
        ("ariadne", &["compiler/diagnostics"]),
        ("petgraph", &["compiler/decision", "compiler/hir"]),
        ("logos", &["grammar/syntax"]),
        ("lalrpop", &["grammar/syntax"]),
        ("lalrpop-util", &["grammar/syntax"]),
        ("postcard", &["runtime/bytecode"]),
        ("blake3", &["runtime/bytecode"]),
        (
            "regex-automata",
            &[
                "runtime/vm",
                "compiler/hir",
                "compiler/reference",
                "compiler/analysis",
            ],
        ),
        ("clap", &["compiler/cli", "compiler/dev"]),
        ("clap_complete", &["compiler/cli"]),
        ("anyhow", &["compiler/cli", "compiler/dev"]),
        ("toml", &["compiler/driver"]),
        ("lsp-server", &["compiler/lsp"]),
        ("gen-lsp-types", &["compiler/lsp"]),
    ];
    let mut problems = Vec::new();
    for (name, found) in crates() {
        for (dependency, homes) in homes {
            let names_it = found.others.iter().any(|other| other == dependency);
            if names_it && name != "tests" && !homes.contains(&name.as_str()) {
                problems.push(format!(
                    "`{name}` names {dependency}, which only {homes:?} may"
                ));
            }
        }
    }
    let only = "compiler/diagnostics/src/render/human.rs";
    for file in product_files() {
        if file.path != only && file.product_code().contains("ariadne::") {
            problems.push(format!(
                "{} names ariadne, which only {only} may",
                file.path
            ));
        }
    }
    none(problems);
}

#[test]
fn only_the_rims_touch_the_world() {
    let modules = [
        "fs", "env", "process", "thread", "time", "net::Tcp", "net::Udp",
    ];
    let words = modules.map(|name| format!("std::{name}"));
    let macros = ["print", "println", "eprint", "eprintln"].map(|name| format!(" {name}!("));
    let words = [words.as_slice(), macros.as_slice()].concat();
    // A batch is decided by all cores, and threads are how.
    let rims = [
        "compiler/cli/",
        "compiler/lsp/",
        "runtime/engine/src/batch.rs",
    ];
    let mut problems = Vec::new();
    for file in product_files() {
        if !rims.iter().any(|rim| file.path.starts_with(rim)) {
            problems.extend(lines_with(&file, &file.product_code(), &words));
        }
    }
    none(problems);
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = rust_files()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "));
    none(
        silent
            .map(|file| format!("{} does not start with `//! `", file.path))
            .collect(),
    );
}

#[test]
fn files_are_short_enough_to_be_read() {
    let count = |file: &File| file.product_code().lines().count();
    let long = product_files().into_iter().filter(|file| count(file) > 800);
    none(
        long.map(|file| format!("{}: {} lines", file.path, count(&file)))
            .collect(),
    );
}

#[test]
fn modules_are_named_by_their_idea() {
    let names = ["util", "utils", "helper", "helpers", "misc", "stuff"];
    let stem = |file: &File| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        names.contains(&name.trim_end_matches(".rs"))
    };
    none(
        rust_files()
            .iter()
            .filter(|file| stem(file))
            .map(|file| file.path.clone())
            .collect(),
    );
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X:"),
        ("todo", "!("),
        ("unimplemented", "!("),
    ];
    let tests = [("#[ig", "nore"), ("should_", "panic"), ("dbg", "!(")];
    let words: Vec<String> = words
        .iter()
        .chain(&tests)
        .map(|(a, b)| format!("{a}{b}"))
        .collect();
    let kinds = ["rs", "toml", "md", "gate", "lalrpop", "sh"];
    let mut problems = Vec::new();
    for file in files() {
        if kinds
            .iter()
            .any(|kind| file.path.ends_with(&format!(".{kind}")))
        {
            problems.extend(lines_with(&file, &file.text, &words));
        }
    }
    none(problems);
}

#[test]
fn nothing_speaks_of_the_machine_it_was_written_on() {
    let words = [
        ("/wo", "rk/"),
        ("/tmp/", "target"),
        ("/tmp/", "brief"),
        ("../sha", "red"),
    ];
    let words: Vec<String> = words.iter().map(|(a, b)| format!("{a}{b}")).collect();
    none(
        files()
            .iter()
            .flat_map(|file| lines_with(file, &file.text, &words))
            .collect(),
    );
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut problems = Vec::new();
    for code in codes::all() {
        match pages::parse(code.page()) {
            Ok(page) if page.code != code.name() || page.slug != code.slug() => {
                problems.push(format!(
                    "{}: the title is of {} `{}`",
                    code.url(),
                    page.code,
                    page.slug
                ));
            }
            Ok(_) => {}
            Err(problem) => problems.push(format!("{}: {problem}", code.url())),
        }
    }
    let is_page = |file: &File| file.path.starts_with(&format!("{}GW", codes::PAGES_URL));
    for file in files().iter().filter(|file| is_page(file)) {
        if !codes::all().any(|code| code.url() == file.path) {
            problems.push(format!("{} is of no code", file.path));
        }
    }
    none(problems);
}

#[test]
fn every_code_is_reported_somewhere() {
    let code_text: String = product_files()
        .iter()
        .filter(|file| !file.path.starts_with("compiler/diagnostics/"))
        .map(File::product_code)
        .collect();
    let unused = codes::all().filter(|code| !code_text.contains(code.name()));
    none(
        unused
            .map(|code| format!("nothing reports {} `{}`", code.name(), code.slug()))
            .collect(),
    );
}

#[test]
fn tests_that_pages_name_exist() {
    let rust: String = rust_files().into_iter().map(|file| file.text).collect();
    let mut problems = Vec::new();
    for code in codes::all() {
        let shown_by = pages::parse(code.page())
            .ok()
            .and_then(|page| page.shown_by);
        if let Some(test) = shown_by
            && !rust.contains(&format!("fn {test}("))
        {
            problems.push(format!("{}: there is no test `{test}`", code.url()));
        }
    }
    none(problems);
}

#[test]
fn links_of_documents_lead_somewhere() {
    let mut problems = Vec::new();
    for file in files().iter().filter(|file| file.path.ends_with(".md")) {
        let path = root().join(&file.path);
        for link in links(&file.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = path
                .parent()
                .map(|folder| folder.join(target))
                .unwrap_or_default();
            let target = if link.starts_with('#') {
                path.clone()
            } else {
                target
            };
            let text = std::fs::read_to_string(&target);
            let is_there = match (&text, anchor) {
                (_, "") => target.exists(),
                (Ok(text), anchor) => anchors(text).iter().any(|found| found == anchor),
                (Err(_), _) => false,
            };
            if !is_there {
                problems.push(format!("{}: {link}", file.path));
            }
        }
    }
    none(problems);
}

#[test]
fn the_readme_names_its_commands() {
    let readme = read("README.md");
    let mut problems = Vec::new();
    for marker in ["main-command", "test-command"] {
        let marker = format!("<!-- {marker} -->\n```");
        if readme.matches(&marker).count() != 1 {
            problems.push(format!("README.md needs one block right below {marker:?}"));
        }
    }
    none(problems);
}

#[test]
fn every_crate_has_the_licence_and_the_lints_of_the_workspace() {
    let mut problems = Vec::new();
    for (name, found) in crates() {
        if found.license.as_deref() != Some("MIT OR Apache-2.0") {
            problems.push(format!("`{name}` has the licence {:?}", found.license));
        }
        // Machine code is called through pointers: the one crate that may have `unsafe`.
        let has_own_lints = name == "runtime/jit";
        let manifest = read(&format!("{name}/Cargo.toml"));
        if !has_own_lints && !manifest.contains("[lints]\nworkspace = true") {
            problems.push(format!("`{name}` does not take the lints of the workspace"));
        }
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        if !root().join(file).is_file() {
            problems.push(format!("{file} is missing"));
        }
    }
    none(problems);
}
