//! Where the files of a project are: names, as the compiler shows them, and URIs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gen_lsp_types::Uri;

use crate::documents::Documents;
use crate::uri::Key;

/// Names of files, and what they stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    places: BTreeMap<String, (Key, Uri)>,
    names: BTreeMap<Key, String>,
}

impl Names {
    /// Those of a project; an open file is spoken of as its client spells it.
    pub(crate) fn new(paths: &BTreeMap<String, PathBuf>, documents: &Documents) -> Names {
        let mut names = Names::default();
        for (name, path) in paths {
            let key = Key::File(path.clone());
            let uri = documents.get(&key).map(|document| document.uri.clone());
            let uri = uri.unwrap_or_else(|| key.uri());
            names.add(name.clone(), key, uri);
        }
        names
    }

    /// One more file.
    pub(crate) fn add(&mut self, name: String, key: Key, uri: Uri) {
        self.names.insert(key.clone(), name.clone());
        self.places.insert(name, (key, uri));
    }

    /// A file is spoken of as its client spells it.
    pub(crate) fn spell(&mut self, key: &Key, uri: &Uri) {
        if let Some((_, own)) = self
            .names
            .get(key)
            .and_then(|name| self.places.get_mut(name))
        {
            own.clone_from(uri);
        }
    }

    /// Whether a file is one of them.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.names.contains_key(key)
    }

    /// The name of a file.
    pub(crate) fn name(&self, key: &Key) -> Option<&str> {
        self.names.get(key).map(String::as_str)
    }

    /// The file of a name.
    pub(crate) fn place(&self, name: &str) -> Option<&(Key, Uri)> {
        self.places.get(name)
    }

    /// Every file with its URI.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Key, Uri)> {
        self.places.values()
    }
}
