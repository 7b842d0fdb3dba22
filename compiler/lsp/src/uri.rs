//! Files as clients name them: URIs, and what they stand for.
//!
//! Clients spell one file in several ways (`%3A` for `:`, letters of drives in either case), so what
//! is compared is a [`Key`], and an open file is spoken of as its client spelled it.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

/// What a URI stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// A file.
    File(PathBuf),
    /// Something else, such as a text that has never been stored.
    Other(String),
}

impl Key {
    /// What this URI stands for.
    pub(crate) fn of(uri: &Uri) -> Key {
        to_path(uri).map_or_else(|| Key::Other(uri.0.clone()), Key::File)
    }

    /// The path of a file.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Key::File(path) => Some(path),
            Key::Other(_) => None,
        }
    }

    /// The name as messages show it: forward slashes.
    pub(crate) fn name(&self) -> String {
        match self {
            Key::File(path) => path.to_string_lossy().replace('\\', "/"),
            Key::Other(uri) => uri.clone(),
        }
    }

    /// As a URI in our own spelling.
    pub(crate) fn uri(&self) -> Uri {
        match self {
            Key::File(path) => from_path(path),
            Key::Other(uri) => Uri(uri.clone()),
        }
    }

    /// Whether the name ends so, in any case of letters.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        let name = self.name();
        let found = name.rsplit_once('.').map_or("", |(_, found)| found);
        found.eq_ignore_ascii_case(extension)
    }

    /// Whether this is the manifest of a project.
    pub(crate) fn is_manifest(&self) -> bool {
        let name = self.path().and_then(Path::file_name);
        name.is_some_and(|name| name == "gatewright.toml")
    }
}

/// The path of a `file:` URI: percent signs decoded, `file:///c%3A/x` as `C:/x`, a server's name in
/// front as `//server/share`.
pub(crate) fn to_path(uri: &Uri) -> Option<PathBuf> {
    let (scheme, rest) = uri.0.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (server, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let path = without_dots(&decoded(path)?);
    let server = decoded(server)?;
    if !server.is_empty() && !server.eq_ignore_ascii_case("localhost") {
        return Some(PathBuf::from(format!("//{server}{path}")));
    }
    let mut characters = path.chars();
    if let (Some('/'), Some(drive @ ('a'..='z' | 'A'..='Z')), Some(':')) =
        (characters.next(), characters.next(), characters.next())
    {
        let drive = drive.to_ascii_uppercase();
        return Some(PathBuf::from(format!("{drive}:{}", characters.as_str())));
    }
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// The `file:` URI of a path. Everything is encoded but letters, digits, `-._~` and what separates.
pub(crate) fn from_path(path: &Path) -> Uri {
    let path = path.to_string_lossy().replace('\\', "/");
    let (mut uri, path) = match path.strip_prefix("//") {
        Some(path) => ("file://".to_owned(), path.to_owned()),
        None if path.starts_with('/') => ("file://".to_owned(), path),
        None => ("file:///".to_owned(), path),
    };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    Uri(uri)
}

/// Without `.` and `..`, as in every URI; what would be above the root is the root.
fn without_dots(path: &str) -> String {
    if !path.split('/').any(|name| name == "." || name == "..") {
        return path.to_owned();
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "." => {}
            ".." if names.len() > 1 => {
                names.pop();
            }
            ".." => {}
            name => names.push(name),
        }
    }
    names.join("/")
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_and_its_path_lead_to_each_other() {
        for (uri, path) in [
            ("file:///home/a/p.gate", "/home/a/p.gate"),
            ("file:///with%20blank/%C3%A5%25.gate", "/with blank/å%.gate"),
            ("file:///C:/x/y.gate", "C:/x/y.gate"),
            ("file://server/share/y.gate", "//server/share/y.gate"),
        ] {
            let found = to_path(&Uri::from(uri)).unwrap();
            assert_eq!(found, PathBuf::from(path));
            assert_eq!(from_path(&found), Uri::from(uri));
        }
    }

    #[test]
    fn other_spellings_are_the_same_file() {
        let same = |a: &str, b: &str| assert_eq!(Key::of(&Uri::from(a)), Key::of(&Uri::from(b)));
        same("file:///c%3A/x.gate", "file:///C:/x.gate");
        same("FILE:///a/%62.gate", "file:///a/b.gate");
        same("file://localhost/a/b.gate", "file:/a/b.gate");
        same("file:///a/b.gate#L3", "file:///a/b.gate");
        same("file:///a/./c/../b.gate", "file:///a/b.gate");
        same("file:///../%2E%2E/a/b.gate", "file:///a/b.gate");
        same("file:///a//b.gate", "file:///a/b.gate");
    }

    #[test]
    fn what_is_no_file_stays_as_it_is() {
        for uri in [
            "untitled:Untitled-1",
            "file:///a/%FF.gate",
            "file:///a/%4",
            "",
            "git:/a.gate",
        ] {
            assert_eq!(Key::of(&Uri::from(uri)), Key::Other(uri.to_owned()));
        }
    }
}
