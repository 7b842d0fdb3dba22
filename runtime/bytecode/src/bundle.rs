//! The bundle (`.gwb`): a program as a file.
//!
//! ```text
//! 0   magic            8 bytes   89 47 57 42 0D 0A 1A 0A
//! 8   format version   u16       what wrote it
//! 10  reader version   u16       the oldest reader that understands it
//! 12  flags            u32       0
//! 16  section count    u32
//! 20  length           u32       of the whole bundle, hash included
//! 24  section table    12 bytes each: kind u16, 0 u16, offset u32, length u32
//!     sections         each from a multiple of 8, zeros between them
//!     hash             32 bytes  BLAKE3 of everything before it
//! ```
//!
//! Everything is little-endian. A kind with its top bit set is optional: a reader that does not
//! know it goes on without; an unknown kind without that bit is refused. Sections stand in the
//! order of the table, without gaps or overlap, so that a program has exactly one form.
//!
//! Reading trusts nothing and goes in this order: length, magic, version, hash, table, bounds,
//! content of each section, [`verify()`](crate::verify()). Whatever the bytes are, the result is an
//! error or a program that is fit to run; memory stays in proportion to the length.
//!
//! Version history (a new version comes with a line here and in `docs/bundle.md`):
//! - 1: first.
//! - 2: predicates over elements, differences of date-times, device compliance.
//! - 3: masks; indexes; shorter forms of code, matchers and names.
//! - 4: sources, whole; readers of version 3 pass over them.

use crate::inputs::{self, InputFile};
use crate::limits::{BUNDLE_BYTES_MAX, SECTIONS_MAX};
use crate::program::Program;
use crate::sections::{self, INPUTS, OPTIONAL, SECTION_KINDS, SOURCES};
use crate::verify::{Verified, VerifyError};

/// The format that [`write()`] writes.
pub const FORMAT_VERSION: u16 = 4;
/// The oldest reader that understands what [`write()`] writes.
pub const READER_VERSION_MIN: u16 = 3;
/// The oldest format that [`read()`] reads.
pub const FORMAT_VERSION_MIN: u16 = 3;

const MAGIC: [u8; 8] = [0x89, b'G', b'W', b'B', b'\r', b'\n', 0x1A, b'\n'];
const HEADER_BYTES: usize = 24;
const ROW_BYTES: usize = 12;
const HASH_BYTES: usize = 32;
const ALIGNMENT: usize = 8;

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The program, verified.
    pub program: Verified,
    /// The files that it was compiled from, where the bundle says so.
    pub sources: Vec<SourceFile>,
    /// [`program_hash`] of the program.
    pub hash: String,
    /// The format version that it is written in.
    pub format_version: u16,
}

/// A file that a program was compiled from: provenance, without influence on any decision.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceFile {
    /// Its path in the project.
    pub path: String,
    /// `blake3:` and the hash of its bytes.
    pub hash: String,
}

impl SourceFile {
    /// The row of a file with this content.
    #[must_use]
    pub fn new(path: impl Into<String>, content: &[u8]) -> SourceFile {
        SourceFile {
            path: path.into(),
            hash: named(blake3::hash(content)),
        }
    }
}

/// Why bytes are no bundle that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes do not start as a bundle does.
    #[error("not a bundle: the first 8 bytes are not those of a `.gwb` file")]
    NotABundle,
    /// There are fewer bytes than the header and the hash take.
    #[error("cut off: {length} bytes are less than the {expected} that there must be")]
    CutOff {
        /// How many there are.
        length: usize,
        /// How many there must be.
        expected: usize,
    },
    /// There are more bytes than a bundle may have, or than its header says.
    #[error("too long: {length} bytes are more than the {expected} that there may be")]
    TooLong {
        /// How many there are.
        length: usize,
        /// How many there may be.
        expected: usize,
    },
    /// It was written for newer readers.
    #[error(
        "too new: format {format_version} needs a reader of format {reader_version}, \
         this one reads up to {FORMAT_VERSION}"
    )]
    TooNew {
        /// What wrote it.
        format_version: u16,
        /// The oldest reader that understands it.
        reader_version: u16,
    },
    /// It was written by an older writer, in a format that is no longer read.
    #[error(
        "too old: format {format_version} is older than {FORMAT_VERSION_MIN}, the oldest that this \
         reader reads; compile the policies again"
    )]
    TooOld {
        /// What wrote it.
        format_version: u16,
    },
    /// The bytes are not those that were written.
    #[error("damaged: the content does not have the hash that it was written with")]
    Damaged,
    /// The header or the section table breaks the format.
    #[error("byte {offset}: {rule}")]
    Layout {
        /// Where.
        offset: usize,
        /// The rule that is broken, in words.
        rule: String,
    },
    /// A section that must be understood is not known.
    #[error("byte {offset}: section {kind} must be understood, and this reader does not know it")]
    UnknownSection {
        /// Where its row in the table is.
        offset: usize,
        /// Its kind.
        kind: u16,
    },
    /// A section is not there.
    #[error("there is no section `{section}`")]
    MissingSection {
        /// Its name.
        section: &'static str,
    },
    /// The content of a section cannot be read.
    #[error("section `{section}` from byte {offset}: {reason}")]
    Content {
        /// Its name.
        section: &'static str,
        /// Where it starts.
        offset: usize,
        /// Why not.
        reason: String,
    },
    /// The program is not fit to run.
    #[error("the program is not fit to run: {0}")]
    Unfit(#[from] VerifyError),
}

/// A program as the bytes of a bundle. Equal programs and sources give equal bytes.
///
/// # Errors
/// [`BundleError::TooLong`], and [`BundleError::Content`] for what has no written form. Whether the
/// program is fit to run is not looked at.
pub fn write(program: &Program, sources: &[SourceFile]) -> Result<Vec<u8>, BundleError> {
    write_with(program, sources, &[])
}

/// The same with the files whole that the program was compiled from.
///
/// # Errors
/// As [`write()`]; [`BundleError::Content`] also for a path that
/// [`path_problem`](crate::path_problem) is against, and for one that occurs twice.
pub fn write_with(
    program: &Program,
    sources: &[SourceFile],
    inputs: &[InputFile<'_>],
) -> Result<Vec<u8>, BundleError> {
    let mut parts = sections::encode(program)?;
    if !sources.is_empty() {
        parts.push((SOURCES, sections::encode_sources(sources)?));
    }
    if !inputs.is_empty() {
        parts.push((INPUTS, inputs::encode(inputs)?));
    }
    let table_end = HEADER_BYTES + ROW_BYTES * parts.len();
    let mut table = Vec::with_capacity(ROW_BYTES * parts.len());
    let mut content = Vec::new();
    for (kind, bytes) in &parts {
        pad(&mut content, table_end);
        let offset = length_word(table_end + content.len())?;
        let length = length_word(bytes.len())?;
        table.extend_from_slice(&kind.to_le_bytes());
        table.extend_from_slice(&[0, 0]);
        table.extend_from_slice(&offset.to_le_bytes());
        table.extend_from_slice(&length.to_le_bytes());
        content.extend_from_slice(bytes);
    }
    pad(&mut content, table_end);
    let length = table_end + content.len() + HASH_BYTES;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&READER_VERSION_MIN.to_le_bytes());
    bytes.extend_from_slice(&0u32.to_le_bytes());
    bytes.extend_from_slice(&length_word(parts.len())?.to_le_bytes());
    bytes.extend_from_slice(&length_word(length)?.to_le_bytes());
    bytes.extend_from_slice(&table);
    bytes.extend_from_slice(&content);
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    Ok(bytes)
}

/// The name of a program: `blake3:` and the hash of the sections that decide. Sources and other
/// optional sections have no part in it, so that a program has the same name whether it comes from
/// a bundle or straight from the compiler.
///
/// # Errors
/// As [`write()`].
pub fn program_hash(program: &Program) -> Result<String, BundleError> {
    let parts = sections::encode(program)?;
    Ok(name_of(
        parts.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())),
    ))
}

/// Whether bytes begin as a bundle does, whatever is wrong with the rest.
#[must_use]
pub fn is_bundle(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Read a bundle.
///
/// # Errors
/// See [`BundleError`]; the order of the checks is that of the module's description.
pub fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    let format_version = header(bytes)?;
    let rows = table(bytes)?;
    let mut program = Program::default();
    let mut sources = Vec::new();
    // Files that are there whole are no business of who decides.
    for section in SECTION_KINDS.iter().filter(|one| one.kind != INPUTS) {
        let Some(row) = rows.iter().find(|row| row.kind == section.kind) else {
            if section.kind & OPTIONAL != 0 || sections::is_absent_where_empty(section.kind) {
                continue;
            }
            return Err(BundleError::MissingSection {
                section: section.name,
            });
        };
        let content = |reason| BundleError::Content {
            section: section.name,
            offset: row.offset,
            reason,
        };
        if section.kind == SOURCES {
            sources = sections::decode_sources(row.bytes).map_err(content)?;
        } else {
            sections::decode(section.kind, row.bytes, &mut program).map_err(content)?;
        }
    }
    let deciding = rows.iter().filter(|row| row.kind & OPTIONAL == 0);
    let hash = name_of(deciding.map(|row| (row.kind, row.bytes)));
    let program = Verified::new(program)?;
    Ok(Bundle {
        program,
        sources,
        hash,
        format_version,
    })
}

/// The content of a section and where it starts, after everything around the sections was checked.
pub(crate) fn section(bytes: &[u8], kind: u16) -> Result<Option<(usize, &[u8])>, BundleError> {
    header(bytes)?;
    let row = table(bytes)?.into_iter().find(|row| row.kind == kind);
    Ok(row.map(|row| (row.offset, row.bytes)))
}

/// A row of the section table with its content.
struct Row<'a> {
    kind: u16,
    offset: usize,
    bytes: &'a [u8],
}

/// Check length, magic, version and hash; the result is the format version.
fn header(bytes: &[u8]) -> Result<u16, BundleError> {
    let length = bytes.len();
    if length > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLong {
            length,
            expected: BUNDLE_BYTES_MAX,
        });
    }
    let start = bytes.get(..MAGIC.len()).unwrap_or(bytes);
    if !MAGIC.starts_with(start) {
        return Err(BundleError::NotABundle);
    }
    let least = HEADER_BYTES + HASH_BYTES;
    if length < least {
        return Err(BundleError::CutOff {
            length,
            expected: least,
        });
    }
    let (format_version, reader_version) = (half(bytes, 8), half(bytes, 10));
    if reader_version > FORMAT_VERSION {
        return Err(BundleError::TooNew {
            format_version,
            reader_version,
        });
    }
    let expected = word(bytes, 20) as usize;
    if length < expected {
        return Err(BundleError::CutOff { length, expected });
    }
    if length > expected {
        return Err(BundleError::TooLong { length, expected });
    }
    let (content, hash) = bytes.split_at(length - HASH_BYTES);
    if blake3::hash(content).as_bytes() != hash {
        return Err(BundleError::Damaged);
    }
    let layout = |offset, rule: &str| BundleError::Layout {
        offset,
        rule: rule.to_owned(),
    };
    if format_version < reader_version {
        return Err(layout(
            8,
            "the format version is older than the readers that it needs",
        ));
    }
    if format_version < FORMAT_VERSION_MIN {
        return Err(BundleError::TooOld { format_version });
    }
    if word(bytes, 12) != 0 {
        return Err(layout(12, "the flags are not 0"));
    }
    Ok(format_version)
}

/// Read the section table and check the bounds of every section.
fn table(bytes: &[u8]) -> Result<Vec<Row<'_>>, BundleError> {
    let layout = |offset, rule: &str| BundleError::Layout {
        offset,
        rule: rule.to_owned(),
    };
    let count = word(bytes, 16) as usize;
    if count > SECTIONS_MAX {
        return Err(layout(16, "there are more sections than are allowed"));
    }
    let content_end = bytes.len() - HASH_BYTES;
    let mut end = HEADER_BYTES + ROW_BYTES * count;
    if end > content_end {
        return Err(layout(16, "the section table goes beyond the content"));
    }
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(count);
    for number in 0..count {
        let at = HEADER_BYTES + ROW_BYTES * number;
        let (kind, offset) = (half(bytes, at), word(bytes, at + 4) as usize);
        if half(bytes, at + 2) != 0 {
            return Err(layout(at + 2, "the reserved bytes are not 0"));
        }
        if offset != end.next_multiple_of(ALIGNMENT) {
            return Err(layout(
                at + 4,
                "the section does not start where the one before ends",
            ));
        }
        let section_end = offset.saturating_add(word(bytes, at + 8) as usize);
        if section_end > content_end {
            return Err(layout(at + 8, "the section goes beyond the content"));
        }
        zeros(bytes, end, offset)?;
        if rows.iter().any(|row| row.kind == kind) {
            return Err(layout(at, "the kind of section occurs twice"));
        }
        if kind & OPTIONAL == 0 && !SECTION_KINDS.iter().any(|section| section.kind == kind) {
            return Err(BundleError::UnknownSection { offset: at, kind });
        }
        let content = bytes.get(offset..section_end).unwrap_or_default();
        rows.push(Row {
            kind,
            offset,
            bytes: content,
        });
        end = section_end;
    }
    if end.next_multiple_of(ALIGNMENT) != content_end {
        return Err(layout(end, "there are bytes that belong to no section"));
    }
    zeros(bytes, end, content_end)?;
    Ok(rows)
}

fn zeros(bytes: &[u8], start: usize, end: usize) -> Result<(), BundleError> {
    match bytes
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .position(|byte| *byte != 0)
    {
        None => Ok(()),
        Some(at) => Err(BundleError::Layout {
            offset: start + at,
            rule: "a byte between two sections is not 0".to_owned(),
        }),
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .map_or(0, u32::from_le_bytes)
}

fn pad(content: &mut Vec<u8>, before: usize) {
    let end = before + content.len();
    content.resize(end.next_multiple_of(ALIGNMENT) - before, 0);
}

pub(crate) fn length_word(length: usize) -> Result<u32, BundleError> {
    let too_long = BundleError::TooLong {
        length,
        expected: BUNDLE_BYTES_MAX,
    };
    if length > BUNDLE_BYTES_MAX {
        return Err(too_long);
    }
    u32::try_from(length).map_err(|_| too_long)
}

fn name_of<'a>(parts: impl Iterator<Item = (u16, &'a [u8])>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (kind, bytes) in parts {
        hasher.update(&kind.to_le_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    named(hasher.finalize())
}

fn named(hash: blake3::Hash) -> String {
    format!("blake3:{}", hash.to_hex())
}
