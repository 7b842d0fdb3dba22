//! The files in a bundle come back as they were written, decide nothing, and hostile ones are
//! refused with their place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod sample;

use gatewright_bytecode::{
    BundleError, InputFile, InputRole, SourceFile, inputs, path_problem, read, write, write_with,
};

const INPUTS: u16 = 0x8002;

fn file<'a>(role: InputRole<'a>, path: &'a str, bytes: &'a [u8]) -> InputFile<'a> {
    InputFile { role, path, bytes }
}

/// A bundle whose section of files has this content, with a fitting hash.
fn with_section(content: &[u8]) -> Vec<u8> {
    let filler = vec![0; content.len()];
    let whole = [file(InputRole::File, "a", &filler)];
    let mut bytes = write_with(&sample::varied(), &[], &whole).unwrap();
    let rows = bytes[16] as usize;
    let row = 24 + 12 * (rows - 1);
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(bytes[row..row + 2], INPUTS.to_le_bytes());
    let start = word(row + 4);
    bytes.truncate(start);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes[row + 8..row + 12].copy_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
    let length = u32::try_from(bytes.len() + 32).unwrap();
    bytes[20..24].copy_from_slice(&length.to_le_bytes());
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes
}

/// One file of the section: role, path, content.
fn entry(role: u8, path: &[u8], content: &[u8]) -> Vec<u8> {
    let text = |bytes: &[u8]| {
        let length = bytes.len();
        let mut row = vec![];
        if length >= 0x80 {
            row.push((length & 0x7F) as u8 | 0x80);
        }
        row.push(if length >= 0x80 {
            (length >> 7) as u8
        } else {
            length as u8
        });
        [row, bytes.to_vec()].concat()
    };
    [vec![role], text(path), text(content)].concat()
}

#[test]
fn files_come_back_with_their_roles_and_in_their_order() {
    let files = [
        file(InputRole::Manifest, "gatewright.toml", b"name = \"a\""),
        file(InputRole::Table("apps"), "apps.txt", b"x"),
        file(InputRole::Table("roles"), "apps.txt", b"x"),
        file(InputRole::File, "policies/\u{e4} b.gate", b"\xFF\xFE"),
        file(InputRole::File, "<stdin>", b""),
        file(InputRole::Directory, "people.json", b"{}"),
        file(InputRole::Library, "base/a.gate", &[7; 1000]),
    ];
    let program = sample::varied();
    let bytes = write_with(&program, &[], &files).unwrap();
    assert_eq!(inputs(&bytes).unwrap(), files);
    let found = read(&bytes).unwrap();
    assert_eq!(*found.program.program(), program);
    // They decide nothing, so the program has the name that it has without them.
    let without = write(&program, &[]).unwrap();
    assert_eq!(found.hash, read(&without).unwrap().hash);
    assert_eq!(inputs(&without).unwrap(), []);
    assert_eq!(bytes, write_with(&program, &[], &files).unwrap());
}

#[test]
fn hostile_files_are_refused_with_their_place() {
    let one = |path: &[u8]| [vec![1], entry(2, path, b"x")].concat();
    let two = |a: Vec<u8>, b: Vec<u8>| [vec![2], a, b].concat();
    let gate = || entry(2, b"a.gate", b"x");
    let rows: [(&str, Vec<u8>, &str); 22] = [
        (
            "up",
            one(b"../a.gate"),
            "file 1: the path \"../a.gate\" leads out",
        ),
        ("up within", one(b"a/../../b"), "leads out"),
        ("absolute", one(b"/etc/passwd"), "is absolute"),
        ("drive", one(b"C:/a.gate"), "is absolute"),
        ("backslash", one(b"a\\..\\b"), "backslash"),
        ("control", one(b"a\x1b[2Jb"), "control character"),
        ("zero", one(b"a\0b"), "control character"),
        ("here", one(b"./a"), "a part that is empty or `.`"),
        ("slashes", one(b"a//b"), "a part that is empty or `.`"),
        ("folder", one(b"a/"), "a part that is empty or `.`"),
        ("nothing", one(b""), "is empty"),
        ("long", one(&[b'a'; 4097]), "is too long"),
        ("no text", one(b"a\xFF.gate"), "the path is not UTF-8"),
        (
            "table",
            vec![1, 1, 1, 0xFF, 1, b'a', 0],
            "a table is not UTF-8",
        ),
        ("role", [vec![1], entry(9, b"a", b"")].concat(), "no role 9"),
        (
            "twice",
            two(gate(), gate()),
            "file 2: the path \"a.gate\" occurs twice",
        ),
        (
            "two contents",
            two(gate(), entry(4, b"a.gate", b"y")),
            "occurs twice, with two contents",
        ),
        (
            "manifests",
            two(entry(0, b"a", b""), entry(0, b"b", b"")),
            "file 2: there is a second manifest",
        ),
        (
            "count",
            vec![0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            "ends too early",
        ),
        (
            "length",
            vec![1, 2, 1, b'a', 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            "ends too early",
        ),
        ("no file", vec![0], "nothing in it is left out"),
        (
            "more",
            [one(b"a"), vec![0]].concat(),
            "1 bytes are left over",
        ),
    ];
    for (what, content, expected) in rows {
        let bytes = with_section(&content);
        let error = inputs(&bytes).expect_err(what);
        let BundleError::Content { offset, .. } = &error else {
            panic!("{what}: {error}")
        };
        let text = error.to_string();
        assert!(text.contains(expected), "{what}: {text}");
        assert!(*offset > 24 && *offset < bytes.len(), "{what}: {text}");
        // Who decides does not look.
        read(&bytes).unwrap();
    }
    assert!(path_problem("a..b/..c/<stdin>").is_none());
}

#[test]
fn the_place_is_that_of_the_file() {
    let content = [vec![2], entry(2, b"a", b"x"), entry(2, b"..", b"")].concat();
    let bytes = with_section(&content);
    let Err(BundleError::Content { offset, .. }) = inputs(&bytes) else {
        panic!()
    };
    assert_eq!(bytes[offset..offset + 4], [2, 2, b'.', b'.']);
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let program = sample::varied();
    for path in ["", "/a", "../a", "a\nb"] {
        let files = [file(InputRole::File, path, b"")];
        let error = write_with(&program, &[], &files).unwrap_err();
        assert!(
            matches!(
                error,
                BundleError::Content {
                    section: "inputs",
                    ..
                }
            ),
            "{error}"
        );
    }
    let source = SourceFile::new("a", b"");
    let same = file(InputRole::File, "a", b"");
    assert!(write_with(&program, &[source], &[same, same]).is_err());
}

/// Changed files with a fitting hash are refused or are files; nothing panics, and the program is
/// what it was.
#[test]
fn changed_files_never_panic() {
    let content = [
        vec![3],
        entry(0, b"gatewright.toml", b"name"),
        entry(2, b"policies/a.gate", &[b'p'; 200]),
        entry(4, b"base/b.gate", b"group"),
    ]
    .concat();
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut refused = 0;
    for _ in 0..5_000 {
        let mut changed = content.clone();
        for _ in 0..=next(3) {
            let at = next(changed.len());
            changed[at] = u8::try_from(next(256)).unwrap();
        }
        let bytes = with_section(&changed);
        refused += usize::from(inputs(&bytes).is_err());
        assert!(read(&bytes).is_ok());
    }
    assert!((500..4_500).contains(&refused), "{refused}");
}
