//! The section of the files that a program was compiled from, whole, so that questions about all
//! sign-ins can be asked of a bundle.
//!
//! ```text
//! count
//! for each file:  role 1 byte, of a table its name; path; content; texts with their length first
//! ```
//!
//! Numbers are those of [`compact`](crate::compact). Nothing that decides looks in here: [`read`]
//! passes over the section, and only [`inputs`] reads it, without copying a byte of a file.
//!
//! INVARIANT: a path that is read is relative, stays below the folder that it starts from, and
//! names one content.
//!
//! [`read`]: crate::read()

use std::collections::BTreeMap;

use crate::bundle::{self, BundleError};
use crate::compact::{Reader, Writer};
use crate::limits::{FILES_MAX, INPUT_PATH_BYTES_MAX};
use crate::sections::INPUTS;

/// A file that a program was compiled from, with its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputFile<'a> {
    /// What the compiler takes it for.
    pub role: InputRole<'a>,
    /// Its path in the project, with forward slashes; see [`path_problem`].
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What the compiler takes a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputRole<'a> {
    /// The manifest; there is at most one.
    Manifest,
    /// A table of known objects, by its name.
    Table(&'a str),
    /// Policy text or Graph JSON.
    File,
    /// The directory; there is at most one.
    Directory,
    /// Policy text of a library.
    Library,
}

impl InputRole<'_> {
    fn number(self) -> u8 {
        match self {
            InputRole::Manifest => 0,
            InputRole::Table(_) => 1,
            InputRole::File => 2,
            InputRole::Directory => 3,
            InputRole::Library => 4,
        }
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            InputRole::Manifest => "manifest",
            InputRole::Table(_) => "table",
            InputRole::File => "file",
            InputRole::Directory => "directory",
            InputRole::Library => "library",
        }
    }
}

/// The files in a bundle, in the order in which they were written; none where it was written
/// without. Length, hash and table of the bundle are checked first, as by [`read`](crate::read()).
///
/// # Errors
/// What is wrong with the bundle, or with this section of it and where.
pub fn inputs(bytes: &[u8]) -> Result<Vec<InputFile<'_>>, BundleError> {
    let Some((offset, content)) = bundle::section(bytes, INPUTS)? else {
        return Ok(Vec::new());
    };
    decode(content).map_err(|(at, reason)| BundleError::Content {
        section: "inputs",
        offset: offset + at,
        reason,
    })
}

/// Why a path is none that a bundle may hold. It is not empty, is not long, starts from no root and
/// no drive, has no part that is empty, `.` or `..`, no backslash, and no control character.
#[must_use]
pub fn path_problem(path: &str) -> Option<&'static str> {
    let mut start = path.bytes();
    let is_letter = start.next().is_some_and(|b| b.is_ascii_alphabetic());
    if path.is_empty() {
        Some("is empty")
    } else if path.len() > INPUT_PATH_BYTES_MAX {
        Some("is too long")
    } else if path.starts_with('/') || (is_letter && start.next() == Some(b':')) {
        Some("is absolute")
    } else if path.split('/').any(|part| part == "..") {
        Some("leads out of the project")
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        Some("has a part that is empty or `.`")
    } else if path.contains(|c: char| c == '\\' || c.is_control()) {
        Some("has a backslash or a control character")
    } else {
        None
    }
}

/// The content of the section.
pub(crate) fn encode(files: &[InputFile<'_>]) -> Result<Vec<u8>, BundleError> {
    let mut writer = Writer::default();
    writer.count(files.len());
    for file in files {
        writer.byte(file.role.number());
        if let InputRole::Table(name) = file.role {
            writer.text(name.as_bytes())?;
        }
        writer.text(file.path.as_bytes())?;
        writer.text(file.bytes)?;
    }
    // What could not be read again is not written.
    match decode(&writer.bytes) {
        Ok(_) => Ok(writer.bytes),
        Err((offset, reason)) => Err(BundleError::Content {
            section: "inputs",
            offset,
            reason,
        }),
    }
}

/// What is wrong, and at which byte of the section.
type Problem = (usize, String);

fn decode(bytes: &[u8]) -> Result<Vec<InputFile<'_>>, Problem> {
    let mut reader = Reader::new(bytes);
    let count = reader.count().map_err(|reason| (0, reason))?;
    if count == 0 {
        return Err((0, "a section with nothing in it is left out".to_owned()));
    }
    if count > FILES_MAX {
        return Err((0, format!("{count} files are more than {FILES_MAX}")));
    }
    let mut files = Vec::new();
    let mut known = Known::default();
    for number in 1..=count {
        let at = bytes.len() - reader.left();
        let found = file(&mut reader).and_then(|file| known.add(file).map(|()| file));
        let named = |reason| (at, format!("file {number}: {reason}"));
        files.push(found.map_err(named)?);
    }
    let at = bytes.len() - reader.left();
    reader.end().map_err(|reason| (at, reason))?;
    Ok(files)
}

fn file<'a>(reader: &mut Reader<'a>) -> Result<InputFile<'a>, String> {
    let role = match reader.byte()? {
        0 => InputRole::Manifest,
        1 => InputRole::Table(text(reader.text()?, "the name of a table")?),
        2 => InputRole::File,
        3 => InputRole::Directory,
        4 => InputRole::Library,
        other => return Err(format!("there is no role {other}")),
    };
    let path = text(reader.text()?, "the path")?;
    if let Some(problem) = path_problem(path) {
        // A path too long to store is too long to show.
        let shown: String = path.chars().take(100).collect();
        return Err(format!("the path {shown:?} {problem}"));
    }
    let bytes = reader.text()?;
    Ok(InputFile { role, path, bytes })
}

fn text<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, String> {
    std::str::from_utf8(bytes).map_err(|_| format!("{what} is not UTF-8"))
}

/// What was read so far.
#[derive(Default)]
struct Known<'a> {
    contents: BTreeMap<&'a str, (&'a [u8], Vec<InputRole<'a>>)>,
    has_manifest: bool,
    has_directory: bool,
}

impl<'a> Known<'a> {
    /// A file can have several roles, each once, and one content.
    fn add(&mut self, file: InputFile<'a>) -> Result<(), String> {
        let InputFile { role, path, bytes } = file;
        let is_second = match role {
            InputRole::Manifest => std::mem::replace(&mut self.has_manifest, true),
            InputRole::Directory => std::mem::replace(&mut self.has_directory, true),
            _ => false,
        };
        if is_second {
            return Err(format!("there is a second {}", role.name()));
        }
        let (content, roles) = self.contents.entry(path).or_insert((bytes, Vec::new()));
        if *content != bytes {
            return Err(format!("the path {path:?} occurs twice, with two contents"));
        }
        // LIMIT: a file is at most this often in a bundle; there are five tables and four roles.
        if roles.contains(&role) || roles.len() > 16 {
            return Err(format!("the path {path:?} occurs twice"));
        }
        roles.push(role);
        Ok(())
    }
}
