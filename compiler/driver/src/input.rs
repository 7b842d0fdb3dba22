//! What the caller brings.

use gatewright_hir::Date;
use gatewright_hir::data::Table;
use gatewright_hir::model::Edition;

/// One file: the name to show, and its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// A path with forward slashes, or a description such as `<stdin>`.
    pub path: String,
    /// What is in it, in any of the encodings that [`gatewright_source::decode`] knows.
    pub bytes: Vec<u8>,
}

/// A file or folder that a manifest speaks of and that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Missing {
    /// The manifest that speaks of it.
    pub manifest: String,
    /// The path as it is written there.
    pub path: String,
    /// What is wrong, in a sentence without a full stop.
    pub why: String,
    /// Paths that could be meant.
    pub near: Vec<String>,
}

/// Everything that a compilation depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Policy text and Graph JSON, in the order in which their policies shall be listed.
    pub files: Vec<SourceFile>,
    /// `gatewright.toml`, where there is one.
    pub manifest: Option<SourceFile>,
    /// A directory: names for ids, named locations and the like.
    pub directory: Option<SourceFile>,
    /// Policy text of libraries: it hands on objects, rules and templates.
    pub libraries: Vec<SourceFile>,
    /// Tables of known objects beside the built-in ones.
    pub data: Vec<(Table, SourceFile)>,
    /// What the manifest speaks of and could not be read, where that is to be a finding.
    pub missing: Vec<Missing>,
    /// The day of the compilation; without one no `@expires` is spoken of.
    pub today: Option<Date>,
    /// An edition instead of the manifest's.
    pub edition: Option<Edition>,
}
