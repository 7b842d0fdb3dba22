//! A bundle stands for the folder that it was built from, under every verb.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{Folder, Ran, command, root, run, run_with_input};
use gatewright_bytecode::{
    InputFile, InputRole, SourceFile as SourceHash, inputs, read, write_with,
};
use serde_json::Value;

const EXAMPLES: [&str; 3] = ["examples/contoso", "examples/exported", "examples/payments"];

const NOW: [&str; 2] = ["--now", "2026-11-22T09:00:00Z"];

/// Build with the sources; the path of the bundle.
#[track_caller]
fn build(folder: &Folder, path: &str, more: &[&str]) -> String {
    let name = path.rsplit('/').next().unwrap();
    let bundle = folder.path(&format!("{name}.gwb"));
    let ran = run(&[&["build", path, "-o", &bundle], more].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    bundle
}

/// Run on the folder and on the bundle: the same but for paths. What it says on the folder.
#[track_caller]
fn alike(args: &[&str], path: &str, bundle: &str) -> Ran {
    let on = |place: &str| {
        let args: Vec<&str> = args
            .iter()
            .map(|a| if *a == "PATH" { place } else { a })
            .collect();
        run(&[&args, &NOW[..]].concat())
    };
    let (of_folder, of_bundle) = (on(path), on(bundle));
    let shown = |text: &str| text.replace(&format!("{bundle}/"), &format!("{path}/"));
    assert_eq!(shown(&of_bundle.out), of_folder.out, "{args:?}");
    assert_eq!(shown(&of_bundle.err), of_folder.err, "{args:?}");
    assert_eq!(of_bundle.code, of_folder.code, "{args:?}");
    assert!(
        [0, 2].contains(&of_folder.code),
        "{args:?}: {}",
        of_folder.err
    );
    of_folder
}

#[test]
fn every_question_is_answered_as_of_the_folder() {
    let folder = Folder::new("alike");
    for path in EXAMPLES {
        let bundle = build(&folder, path, &[]);
        let property = match path {
            "examples/payments" => "when payment.destination -in [\"KP\"] always then refuse",
            _ => "clients [exchangeActiveSync, other] always block",
        };
        // What people read is made of the same; one example of it will do.
        let is_small = path == "examples/payments";
        for format in ["json", "human"]
            .into_iter()
            .take(1 + usize::from(is_small))
        {
            alike(
                &["prove", "PATH", property, "--format", format],
                path,
                &bundle,
            );
            alike(
                &["analyze", "PATH", "--notes", "--format", format],
                path,
                &bundle,
            );
            alike(&["diff", "PATH", path, "--format", format], path, &bundle);
            alike(&["check", "PATH", "--format", format], path, &bundle);
        }
        if path == "examples/contoso" {
            let proved = alike(&["prove", "PATH", "--format", "json"], path, &bundle);
            let place = "examples/contoso/invariants.gate";
            assert!(proved.out.contains(place), "{}", proved.out);
            alike(&["test", "PATH", "--coverage"], path, &bundle);
        }
    }
}

#[test]
fn a_folder_and_its_bundle_do_not_differ() {
    let folder = Folder::new("same");
    for path in EXAMPLES {
        let bundle = build(&folder, path, &[]);
        for (old, new) in [(path, bundle.as_str()), (bundle.as_str(), path)] {
            let ran = run(&["diff", old, new]);
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        }
    }
    let contoso = folder.path("contoso.gwb");
    let exported = folder.path("exported.gwb");
    let differing = run(&["diff", &contoso, &exported]);
    let of_folders = run(&["diff", "examples/contoso", "examples/exported"]);
    assert_eq!((differing.code, differing.out), (2, of_folders.out));
}

#[test]
fn what_is_written_of_it_is_the_same() {
    let folder = Folder::new("written");
    for path in &EXAMPLES[..2] {
        let bundle = build(&folder, path, &[]);
        for verb in ["export", "import"] {
            let written = |from: &str, to: &str| {
                let to = folder.path(to);
                let mut args = vec![verb, from, "-o", &to];
                args.extend((verb == "export").then_some("--split"));
                let ran = run(&args);
                assert_eq!(ran.code, 0, "{}", ran.err);
                let mut all = Vec::new();
                collect(to.as_ref(), to.as_ref(), &mut all);
                all.sort();
                all
            };
            // The name of the folder is that of the project.
            let of_folder = written(path, &format!("{verb}-{path}/a/same"));
            let of_bundle = written(&bundle, &format!("{verb}-{path}/b/same"));
            assert!(!of_folder.is_empty());
            assert_eq!(of_folder, of_bundle, "{verb} {path}");
        }
    }
}

fn collect(root: &std::path::Path, folder: &std::path::Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, all);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            all.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn the_same_sources_are_the_same_bytes_wherever_they_are_built() {
    let folder = Folder::new("bytes");
    for path in EXAMPLES {
        let bundle = build(&folder, path, &[]);
        let bytes = std::fs::read(&bundle).unwrap();
        // From a bundle, by an absolute path, and from within.
        let again = folder.path("again.gwb");
        assert_eq!(run(&["build", &bundle, "-o", &again]).code, 0);
        assert_eq!(std::fs::read(&again).unwrap(), bytes, "{path}");
        let absolute = root().canonicalize().unwrap().join(path);
        let absolute = absolute.to_string_lossy().into_owned();
        assert_eq!(run(&["build", &absolute, "-o", &again]).code, 0);
        assert_eq!(std::fs::read(&again).unwrap(), bytes, "{path}");
        let mut within = command();
        let within = within
            .args(["build", ".", "-o", &again])
            .current_dir(&absolute);
        assert!(within.output().unwrap().status.success());
        assert_eq!(std::fs::read(&again).unwrap(), bytes, "{path}");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(&absolute) && !text.contains(path), "{path}");
        // The name of the program is that of the folder, which shows paths as they were given.
        let stripped = folder.path("stripped.gwb");
        assert_eq!(
            run(&["build", &bundle, "--without-sources", "-o", &stripped]).code,
            0
        );
        let names = [path, &absolute, &bundle, &stripped].map(|path| {
            let ran = run(&["inspect", path, "--format", "json"]);
            let facts: Value = serde_json::from_str(&ran.out).unwrap();
            facts["hash"].clone()
        });
        assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
        let small = std::fs::read(&stripped).unwrap();
        assert!(small.len() < bytes.len() && inputs(&small).unwrap().is_empty());
    }
}

const PROJECT: [(&str, &str); 5] = [
    (
        "own/gatewright.toml",
        "edition = \"2026-06\"\n[libraries]\nbase = \"../base\"\n[data]\napps = [\"../more/apps.txt\"]\n",
    ),
    (
        "own/policies/a.gate",
        "policy \"A\" { state enabled users all except groups [BreakGlass] apps [Payroll] require mfa }\n",
    ),
    (
        "base/objects.gate",
        "group BreakGlass = \"d1f3c0de-0000-4000-8000-00000000b6e1\"\n",
    ),
    (
        "more/apps.txt",
        "5d0c9f5e-0000-4000-8000-000000009a11 Payroll Payroll\n",
    ),
    (
        "people.json",
        r#"{"users": [{"id": "u", "displayName": "Ada", "groups": ["d1f3c0de-0000-4000-8000-00000000b6e1"]}]}"#,
    ),
];

#[test]
fn what_is_outside_of_the_project_comes_with_it() {
    let folder = Folder::new("outside");
    for (path, text) in PROJECT {
        folder.write(path, text);
    }
    let people = folder.path("people.json");
    let bundle = build(&folder, &folder.path("own"), &["--directory", &people]);
    let bytes = std::fs::read(&bundle).unwrap();
    let found = inputs(&bytes).unwrap();
    let rows: Vec<(&str, &str)> = found
        .iter()
        .map(|file| (file.role.name(), file.path))
        .collect();
    let wanted = [
        ("manifest", "gatewright.toml"),
        ("table", "more/apps.txt"),
        ("file", "policies/a.gate"),
        ("directory", "people.json"),
        ("library", "base/objects.gate"),
    ];
    assert_eq!(rows, wanted);
    for (path, text) in PROJECT {
        std::fs::remove_file(folder.path(path)).unwrap();
        assert!(
            found.iter().any(|file| file.bytes == text.as_bytes()),
            "{path}"
        );
    }
    let ran = run(&[
        "prove",
        &bundle,
        "users all except groups [BreakGlass] apps [Payroll] always require mfa",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = run(&["inspect", &bundle]);
    for line in [
        "source files               5",
        "table apps, 53 bytes               more/apps.txt",
        "library, 58 bytes                  base/objects.gate",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    let ran = run(&["inspect", &bundle, "--format", "json"]);
    let facts: Value = serde_json::from_str(&ran.out).unwrap();
    let row = serde_json::json!({"path": "more/apps.txt", "role": "table apps", "bytes": 53});
    assert_eq!(facts["sources"][1], row);
    assert_eq!(facts["sourceFiles"], 5);
    // Another directory takes the place of the one that it was built with.
    let other = folder.write("other.json", "{\"users\": [{}]}");
    assert_eq!(run(&["check", &bundle, "--directory", &other]).code, 3);
}

#[test]
fn a_bundle_without_sources_says_what_to_do() {
    let folder = Folder::new("without");
    let bundle = build(&folder, "examples/contoso", &["--without-sources"]);
    let output = folder.path("out");
    for args in [
        vec!["check", &bundle],
        vec!["test", &bundle],
        vec!["prove", &bundle],
        vec!["diff", &bundle, "examples/contoso"],
        vec!["diff", "examples/contoso", &bundle],
        vec!["analyze", &bundle],
        vec!["export", &bundle, "-o", &output],
        vec!["import", &bundle, "-o", &output],
        vec!["build", &bundle, "-o", &output],
        vec!["inspect", &bundle, "--dot"],
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, 1, "{args:?}: {}", ran.err);
        assert!(
            ran.err
                .contains("build it again without `--without-sources`"),
            "{args:?}: {}",
            ran.err
        );
    }
    // The twin of the flag; and what needs no sources goes on.
    let twin = folder.path("twin.gwb");
    let mut command = command();
    let command = command.args(["build", "examples/contoso", "-o", &twin]);
    let built = command
        .env("GATEWRIGHT_WITHOUT_SOURCES", "yes")
        .current_dir(root());
    assert!(built.output().unwrap().status.success());
    assert_eq!(
        std::fs::read(&twin).unwrap(),
        std::fs::read(&bundle).unwrap()
    );
    let signins = "examples/contoso/signins.json";
    assert_eq!(run(&["eval", &bundle, "--request", signins]).code, 0);
    let ran = run(&["inspect", &bundle, "--format", "json"]);
    let facts: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&facts["sourceFiles"], &facts["sources"]),
        (&0.into(), &serde_json::json!([]))
    );
}

#[test]
fn with_its_sources_a_bundle_is_explained_and_drawn() {
    let folder = Folder::new("explained");
    let bundle = build(&folder, "examples/contoso", &[]);
    let request = [
        "--request",
        "examples/contoso/signins.json",
        "--format",
        "json",
    ];
    for more in [
        &["--explain"][..],
        &["--engine", "dag"],
        &["--engine", "reference"],
    ] {
        alike(
            &[&["eval", "PATH"], &request[..], more].concat(),
            "examples/contoso",
            &bundle,
        );
    }
    for more in [&["--dot"][..], &["--svg", "--policy", "CA303"]] {
        alike(
            &[&["inspect", "PATH"], more].concat(),
            "examples/contoso",
            &bundle,
        );
    }
    // A bundle decides by the edition that it was built with, and is reasoned about by any.
    let ran = run(&["diff", &bundle, &bundle, "--old-edition", "2025-01"]);
    let of_folder = ["examples/contoso"; 2];
    let wanted = run(&[&["diff"], &of_folder[..], &["--old-edition", "2025-01"]].concat());
    assert_eq!((ran.code, ran.out), (wanted.code, wanted.out));
}

#[test]
fn standard_input_can_be_a_bundle_and_fixes_are_for_files() {
    let folder = Folder::new("stdin");
    let text = "policy \"A\" { state enabled users all apps all require mfa }\n";
    let bundle = folder.path("a.gwb");
    assert_eq!(run_with_input(&["build", "-", "-o", &bundle], text).code, 0);
    let bytes = std::fs::read(&bundle).unwrap();
    assert_eq!(inputs(&bytes).unwrap()[0].path, "<stdin>");
    assert_eq!(run_with_input(&["diff", "-", &bundle], text).code, 0);
    let ran = run(&["check", &bundle, "--fix"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("mend its sources"), "{}", ran.err);
}

/// Make the hash at the end fit.
fn seal(bytes: &mut [u8]) {
    let (content, end) = bytes.split_at_mut(bytes.len() - 32);
    let name = SourceHash::new("", content).hash;
    let digits = name.strip_prefix("blake3:").unwrap();
    for (at, byte) in end.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    }
}

#[test]
fn sources_that_are_not_of_the_program_or_not_sound_are_refused() {
    let folder = Folder::new("forged");
    let path = folder.write(
        "a.gate",
        "policy \"A\" { state enabled users all apps all block }\n",
    );
    let bundle = build(&folder, &path, &[]);
    let bytes = std::fs::read(&bundle).unwrap();
    let program = read(&bytes).unwrap().program;
    let other = InputFile {
        role: InputRole::File,
        path: "a.gate",
        bytes: b"policy \"A\" { state disabled users all apps all block }\n",
    };
    let forged = write_with(program.program(), &[], &[other]).unwrap();
    let damaged = {
        let mut bytes = write_with(
            program.program(),
            &[],
            &[InputFile {
                path: "qqqq",
                ..other
            }],
        );
        let bytes = bytes.as_mut().unwrap();
        let at = bytes.windows(4).rposition(|four| four == b"qqqq").unwrap();
        bytes[at..at + 4].copy_from_slice(b"../q");
        seal(bytes);
        bytes.clone()
    };
    for (bytes, words) in [
        (forged, "do not compile to the program in it"),
        (
            damaged,
            "file 1: the path \"../q\" leads out of the project",
        ),
        (bytes[..bytes.len() - 1].to_vec(), "cut off"),
    ] {
        std::fs::write(&bundle, bytes).unwrap();
        let args = ["prove", &bundle, "users all always block"];
        let ran = run(&args);
        assert_eq!(ran.code, 1, "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
        assert!(!ran.out.contains("proved"), "{}", ran.out);
    }
    // The code of another version may differ.
    let mut program = program.into_parts().0;
    program.origin.producer = "gatewright 0.0.1".to_owned();
    std::fs::write(&bundle, write_with(&program, &[], &[other]).unwrap()).unwrap();
    let ran = run(&["check", &bundle]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("built by `gatewright 0.0.1`"),
        "{}",
        ran.err
    );
}
