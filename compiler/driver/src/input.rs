//! What the caller brings.

/// One file: the name to show, and its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// A path with forward slashes, or a description such as `<stdin>`.
    pub path: String,
    /// What is in it, in any of the encodings that [`gatewright_source::decode`] knows.
    pub bytes: Vec<u8>,
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
}
