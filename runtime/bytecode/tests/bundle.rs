//! Bundles come back as they were written, and nothing else comes in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod sample;

use gatewright_bytecode::{
    Bundle, BundleError, FORMAT_VERSION, InputFile, InputRole, Program, SourceFile, inputs,
    program_hash, read, write, write_with,
};
use gatewright_value::Kind;

const TABLE: usize = 24;
const ROW: usize = 12;

/// With something in every section.
fn bundle() -> Vec<u8> {
    let files = [InputFile {
        role: InputRole::File,
        path: "policies.gate",
        bytes: b"policy",
    }];
    let sources = files.map(|file| SourceFile::new(file.path, file.bytes));
    write_with(&sample::varied(), &sources, &files).unwrap()
}

/// The bytes with a hash that fits them.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let content = bytes.len() - 32;
    let hash = blake3::hash(&bytes[..content]);
    bytes[content..].copy_from_slice(hash.as_bytes());
    bytes
}

/// The bytes with others put in place, and a hash that fits.
fn with(at: usize, others: &[u8]) -> Vec<u8> {
    let mut bytes = bundle();
    bytes[at..at + others.len()].copy_from_slice(others);
    rehashed(bytes)
}

#[test]
fn a_program_comes_back_as_it_was_written() {
    let program = sample::varied();
    let Bundle {
        program: found,
        sources,
        hash,
        format_version,
    } = read(&bundle()).unwrap();
    assert_eq!(*found.program(), program);
    assert_eq!(sources, [SourceFile::new("policies.gate", b"policy")]);
    assert_eq!(hash, program_hash(&program).unwrap());
    assert_eq!(format_version, FORMAT_VERSION);
    assert_eq!(bundle(), bundle());
}

#[test]
fn the_name_of_a_program_is_that_of_what_decides() {
    let program = sample::varied();
    let without_sources = read(&write(&program, &[]).unwrap()).unwrap();
    assert_eq!(without_sources.hash, read(&bundle()).unwrap().hash);
    let mut other = program;
    other.policies[0].is_block = true;
    assert_ne!(program_hash(&other).unwrap(), without_sources.hash);
    assert!(without_sources.hash.starts_with("blake3:") && without_sources.hash.len() == 71);
}

#[test]
fn every_truncation_is_refused() {
    let bytes = bundle();
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, BundleError::CutOff { .. }),
            "{length}: {error}"
        );
        assert_eq!(inputs(&bytes[..length]).unwrap_err(), error);
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(matches!(read(&longer), Err(BundleError::TooLong { .. })));
}

#[test]
fn every_bit_flip_is_refused() {
    let mut bytes = bundle();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            assert!(read(&bytes).is_err(), "byte {at}, bit {bit}");
            assert!(inputs(&bytes).is_err(), "byte {at}, bit {bit}");
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(read(&bytes).is_ok());
}

#[test]
fn what_breaks_the_format_is_refused_with_its_place() {
    let first = u32::from_le_bytes(bundle()[TABLE + 4..][..4].try_into().unwrap());
    let rows: [(&str, Vec<u8>, &str); 14] = [
        ("text", b"policy \"a\" { block }".to_vec(), "not a bundle"),
        ("nothing", Vec::new(), "cut off"),
        (
            "a newer format",
            with(8, &[9, 0, 9, 0]),
            "needs a reader of format 9",
        ),
        (
            "an older format",
            with(8, &[2, 0, 2, 0]),
            "too old: format 2",
        ),
        (
            "a format older than its readers",
            with(8, &[0, 0, 1, 0]),
            "byte 8:",
        ),
        ("flags", with(12, &[1]), "byte 12: the flags"),
        (
            "too many sections",
            with(16, &[255, 255]),
            "byte 16: there are more sections",
        ),
        ("a table beyond the end", with(16, &[64]), "byte "),
        (
            "reserved bytes",
            with(TABLE + 2, &[1]),
            "byte 26: the reserved bytes",
        ),
        (
            "a gap",
            with(TABLE + 4, &(first + 8).to_le_bytes()),
            "byte 28: the section does not",
        ),
        (
            "a huge length",
            with(TABLE + 8, &[255; 4]),
            "byte 32: the section goes beyond",
        ),
        (
            "an unknown section",
            with(TABLE, &[99, 0]),
            "section 99 must be understood",
        ),
        (
            "a section twice",
            with(TABLE + ROW, &[1, 0]),
            "byte 36: the kind of section occurs",
        ),
        (
            "a missing section",
            with(TABLE, &[99, 0x80]),
            "there is no section `origin`",
        ),
    ];
    for (what, bytes, expected) in rows {
        let error = read(&bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
}

#[test]
fn an_unknown_optional_section_is_passed_over() {
    let program = sample::varied();
    let bytes = bundle();
    let count = bytes[16] as usize;
    let changed = with(TABLE + ROW * (count - 2), &[7, 0x80]);
    let found = read(&changed).unwrap();
    assert_eq!(*found.program.program(), program);
    assert_eq!(found.sources, []);
    assert_eq!(inputs(&changed).unwrap().len(), 1);
    let changed = with(TABLE + ROW * (count - 1), &[7, 0x80]);
    assert_eq!(read(&changed).unwrap().sources.len(), 1);
    assert_eq!(inputs(&changed).unwrap(), []);
    // What a newer writer says older readers understand is read.
    assert_eq!(read(&with(8, &[7, 0])).unwrap().format_version, 7);
}

#[test]
fn types_do_not_nest_without_bound() {
    let mut program = sample::varied();
    program.attributes[0].kind = (0..100_000).fold(Kind::Guid, |kind, _| Kind::Set(Box::new(kind)));
    let bytes = write(&program, &[]).unwrap();
    // Such a type takes a deep stack to drop, whoever made it.
    std::mem::forget(program);
    let error = read(&bytes).unwrap_err().to_string();
    assert!(error.contains("a set of sets"), "{error}");
}

/// Changed content with a fitting hash is refused or gives a program that the verifier accepts;
/// nothing panics, and nothing takes more memory than its bytes allow.
#[test]
fn changed_content_never_panics() {
    let original = bundle();
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut bytes = original.clone();
        for _ in 0..=next(3) {
            let at = next(bytes.len() - 32);
            bytes[at] = if next(4) == 0 {
                0xFF
            } else {
                u8::try_from(next(256)).unwrap()
            };
        }
        let bytes = rehashed(bytes);
        let _ = inputs(&bytes);
        accepted += usize::from(read(&bytes).is_ok());
    }
    // Names and places can change without harm, most of the rest cannot.
    assert!((1..15_000).contains(&accepted), "{accepted}");
}

#[test]
fn an_empty_program_under_the_schema_is_a_bundle() {
    let mut program = Program::default();
    program.origin.is_entra = true;
    let found = read(&write(&program, &[]).unwrap()).unwrap();
    assert_eq!(*found.program.program(), program);
}
