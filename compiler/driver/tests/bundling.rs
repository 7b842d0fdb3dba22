//! What a bundle calls its sources, and what is made of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_bytecode::{InputFile, InputRole, inputs, read, write_with};
use gatewright_compiler::{Compilation, Input, SourceFile, UnpackError, compile, unpack};
use gatewright_hir::data::Table;

const POLICY: &str = "policy \"P\" { state enabled users all apps all block }";

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        bytes: text.into(),
    }
}

fn bundled(input: &Input) -> (Compilation, Vec<u8>) {
    let compilation = compile(input);
    assert!(compilation.is_readable(), "{}", compilation.render());
    let program = compilation.program(&compilation.decisions());
    let bytes = compilation.bundle_with_sources(&program, input).unwrap();
    (compilation, bytes)
}

fn paths(bytes: &[u8]) -> Vec<String> {
    let files = inputs(bytes).unwrap();
    files.iter().map(|file| file.path.to_owned()).collect()
}

/// A project with a library, a table and a directory beside it.
fn project(root: &str, beside: &str) -> Input {
    let at = |folder: &str, path: &str| match folder {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    };
    let object = "group G = \"d1f3c0de-0000-4000-8000-00000000b6e1\"";
    Input {
        manifest: Some(file(&at(root, "gatewright.toml"), "name = \"p\"")),
        files: vec![
            file(&at(root, "a.gate"), POLICY),
            file(
                &at(root, "sub/b.gate"),
                "group H = \"d1f3c0de-0000-4000-8000-00000000b6e2\"",
            ),
        ],
        libraries: vec![file(&at(beside, "base/o.gate"), object)],
        data: vec![(Table::AppGroups, file(&at(beside, "t/groups.txt"), ""))],
        directory: Some(file(&at(beside, "people.json"), "{}")),
        ..Input::default()
    }
}

#[test]
fn paths_are_those_of_the_project_wherever_it_lies() {
    let wanted = [
        "gatewright.toml",
        "t/groups.txt",
        "a.gate",
        "sub/b.gate",
        "people.json",
        "base/o.gate",
    ];
    let all = [
        ("own", ".."),
        ("own", ""),
        ("", ".."),
        ("../own", ".."),
        ("../../x/own", "../../x"),
        ("/home/ada/own", "/home/ada"),
        ("C:/ada/own", "C:/ada"),
    ];
    let mut bundles = Vec::new();
    for (root, beside) in all {
        let (_, bytes) = bundled(&project(root, beside));
        assert_eq!(paths(&bytes), wanted, "{root}");
        bundles.push(bytes);
    }
    assert!(bundles.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_shares_nothing_with_the_project_tells_its_last_folder_only() {
    for (root, beside) in [("own", "/home/ada"), ("/srv/own", "/home/ada")] {
        let (_, bytes) = bundled(&project(root, beside));
        let found = paths(&bytes);
        assert_eq!(found[1], "t/groups.txt", "{found:?}");
        assert_eq!(found[4], "ada/people.json", "{found:?}");
        assert_eq!(found[5], "base/o.gate", "{found:?}");
    }
}

#[test]
fn no_two_files_get_one_path_and_no_path_is_refused() {
    let names = [
        "own/base/o.gate",
        "own/x\\y.gate",
        "own/new\nline.gate",
        "own/D:/z.gate",
    ];
    let mut input = project("own", "..");
    input.files.extend(names.map(|path| file(path, "")));
    input.files.sort_by(|a, b| a.path.cmp(&b.path));
    let (_, bytes) = bundled(&input);
    let found = paths(&bytes);
    for path in [
        "base/o.gate",
        "2/base/o.gate",
        "x_y.gate",
        "new_line.gate",
        "D:/z.gate",
    ] {
        let is_there = found.iter().any(|found| found == path);
        assert_eq!(is_there, path != "D:/z.gate", "{path}: {found:?}");
    }
    assert_eq!(unpack(&bytes, "x.gwb").unwrap().input.files.len(), 6);
}

#[test]
fn a_bundle_of_what_is_unpacked_is_the_same_bundle() {
    let mut input = project("/home/ada/own", "/home/ada");
    input.libraries.extend(
        project("", "../..")
            .libraries
            .clone()
            .into_iter()
            .map(|mut file| {
                file.bytes = b"group I = \"d1f3c0de-0000-4000-8000-00000000b6e3\"".to_vec();
                file
            }),
    );
    let (compilation, bytes) = bundled(&input);
    for shown in ["x.gwb", "/srv/x.gwb", "<stdin>", "a/b/../x.json"] {
        let again = unpack(&bytes, shown).unwrap().input;
        assert!(again.files.iter().all(|file| file.path.starts_with(shown)));
        let (other, other_bytes) = bundled(&again);
        assert_eq!(other_bytes, bytes, "{shown}");
        let names = |of: &Compilation| {
            let policies = of.set.policies.iter();
            policies.map(|p| p.display_name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&other), names(&compilation));
    }
}

#[test]
fn programs_call_files_by_their_paths_and_callers_by_theirs() {
    let (compilation, bytes) = bundled(&project("/home/ada/own", "/home/ada"));
    let bundle = read(&bytes).unwrap();
    assert_eq!(bundle.program.program().files, ["a.gate"]);
    assert_eq!(bundle.sources[2].path, "a.gate");
    assert_eq!(compilation.shown_file("a.gate"), "/home/ada/own/a.gate");
    assert_eq!(compilation.shown_file("other.gate"), "other.gate");
}

#[test]
fn the_edition_is_the_one_that_it_was_built_with() {
    let older = gatewright_hir::model::Edition::oldest();
    let input = Input {
        edition: Some(older),
        ..project("own", "")
    };
    let (_, bytes) = bundled(&input);
    assert_eq!(unpack(&bytes, "x").unwrap().input.edition, Some(older));
}

#[test]
fn sources_that_are_not_those_of_the_program_are_refused() {
    let input = Input {
        files: vec![file("a.gate", POLICY)],
        ..Input::default()
    };
    let (compilation, bytes) = bundled(&input);
    let mut program = compilation.program(&compilation.decisions());
    let one = |text: &'static str| InputFile {
        role: InputRole::File,
        path: "a.gate",
        bytes: text.as_bytes(),
    };
    let refusal = |program: &_, files: &[InputFile<'_>]| {
        unpack(&write_with(program, &[], files).unwrap(), "x").map(|found| found.other_producer)
    };
    assert_eq!(unpack(&bytes, "x").unwrap().other_producer, None);
    for text in [
        "policy \"P\" { state enabled users all apps all require mfa }",
        "policy",
        "",
    ] {
        let found = refusal(&program, &[one(text)]);
        assert!(
            matches!(found, Err(UnpackError::OtherProgram)),
            "{text}: {found:?}"
        );
    }
    assert!(matches!(
        refusal(&program, &[]),
        Err(UnpackError::WithoutSources)
    ));
    let table = InputFile {
        role: InputRole::Table("planets"),
        ..one("")
    };
    let found = refusal(&program, &[table]);
    assert!(matches!(&found, Err(UnpackError::Unknown { name, .. }) if name == "planets"));
    // Another version of the compiler may make other code of the same sources.
    program.origin.producer = "gatewright 0.0.1".to_owned();
    program.policies[0].is_block = false;
    let found = refusal(&program, &[one(POLICY)]).unwrap();
    assert_eq!(found.as_deref(), Some("gatewright 0.0.1"));
    program.origin.edition = "1999-01".to_owned();
    let found = refusal(&program, &[one(POLICY)]);
    assert!(matches!(
        &found,
        Err(UnpackError::Unknown {
            what: "edition",
            ..
        })
    ));
}

#[test]
fn without_sources_there_is_nothing_to_unpack() {
    let (compilation, with) = bundled(&project("own", ""));
    let program = compilation.program(&compilation.decisions());
    let without = compilation.bundle(&program).unwrap();
    assert!(matches!(
        unpack(&without, "x"),
        Err(UnpackError::WithoutSources)
    ));
    assert_eq!(read(&without).unwrap().hash, read(&with).unwrap().hash);
    for length in [0, 8, with.len() - 1] {
        assert!(matches!(
            unpack(&with[..length], "x"),
            Err(UnpackError::Bundle(_))
        ));
    }
}
