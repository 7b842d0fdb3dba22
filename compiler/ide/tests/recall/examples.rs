//! The example projects and the policy text of the language's pages, for tests that measure what a
//! feature says at every place of real text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_source::SourceId;
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{Declaration, DeclarationKind as K, Parameter};

use gatewright_ide::{Snapshot, declarations};

/// The names that the blocks of all pages may use.
const SHARED: &str = "names.gate";

/// A project with what it is called.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) snapshot: Snapshot,
}

impl Example {
    fn new(name: String, input: Input) -> Example {
        let compilation = compile(&input);
        let snapshot = Snapshot::new(Arc::new(input), compilation);
        Example { name, snapshot }
    }

    /// The project with this text in place of a file's.
    pub(crate) fn with(&self, path: &str, text: &str) -> Snapshot {
        let mut input = self.snapshot.input().clone();
        let file = input.files.iter_mut().find(|file| file.path == path);
        file.expect("the file is there").bytes = text.as_bytes().to_vec();
        let compilation = compile(&input);
        Snapshot::new(Arc::new(input), compilation)
    }
}

/// Every project under `examples`, and every block of policy text in `docs/language`.
pub(crate) fn examples() -> Vec<Example> {
    let mut found = projects();
    found.extend(pages());
    found
}

/// Every project under `examples` that has policy text.
pub(crate) fn projects() -> Vec<Example> {
    let folders = entries(&root().join("examples"));
    let folders = folders.iter().filter(|path| path.is_dir());
    let mut found = Vec::new();
    for folder in folders {
        let mut input = Input::default();
        collect(folder, folder, &mut input);
        if !input.files.is_empty() {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            found.push(Example::new(name, input));
        }
    }
    assert!(found.len() >= 6, "the examples are where they were");
    found
}

/// The blocks of policy text in the language's pages, wrong ones apart.
fn pages() -> Vec<Example> {
    let pages: Vec<(String, Vec<(String, String)>)> = entries(&root().join("docs/language"))
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, blocks(&fs::read_to_string(path).unwrap()))
        })
        .collect();
    let all = pages.iter().flat_map(|(_, blocks)| blocks);
    let names = all.filter(|(fence, _)| fence == "gate names");
    let names: String = names.map(|(_, text)| text.as_str()).collect();
    let mut found = Vec::new();
    for (page, blocks) in &pages {
        for (at, (fence, text)) in blocks.iter().enumerate() {
            let text = match fence.as_str() {
                "gate" | "gate names" => text.clone(),
                "clauses" => format!("policy \"Block\" {{\n{text}}}\n"),
                "rule" | "rule ca-device" => {
                    format!(
                        "policy \"Block\" {{ users all apps all devices where {text} block }}\n"
                    )
                }
                _ => continue,
            };
            let is_own = text.contains("schema \"") || fence == "gate names";
            let mut input = Input::default();
            input.files.push(file("block.gate", &text));
            if !is_own {
                input.files.push(file(SHARED, &names));
            }
            found.push(Example::new(format!("{page}.md, block {at}"), input));
        }
    }
    assert!(found.len() >= 40, "the pages are where they were");
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// What is in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn collect(project: &Path, folder: &Path, input: &mut Input) {
    for path in entries(folder) {
        let name = path.strip_prefix(project).unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(project, &path, input);
        } else if name.ends_with(".gate") {
            input
                .files
                .push(file(name, &fs::read_to_string(&path).unwrap()));
        } else if name == "gatewright.toml" {
            input.manifest = Some(file(name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The fenced blocks of a page: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.split_inclusive('\n') {
        match (line.strip_prefix("```"), &mut open) {
            (Some(fence), None) => open = Some((fence.trim().to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => {}
        }
    }
    found
}

/// A word or text of an example.
pub(crate) struct Asked<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) source: SourceId,
    pub(crate) kind: TokenKind,
    pub(crate) token: &'a str,
    pub(crate) start: usize,
    /// The texts of the tokens before it, the nearest first.
    pub(crate) before: Vec<&'a str>,
    pub(crate) is_new_name: bool,
}

impl Asked<'_> {
    /// Whether these texts stand before it, the nearest first; a star is any.
    pub(crate) fn follows(&self, texts: &[&str]) -> bool {
        let before = self.before.iter().take(texts.len());
        before.len() == texts.len()
            && before
                .zip(texts)
                .all(|(before, text)| *text == "*" || before == text)
    }

    /// Whether a text is the name of a policy in an expectation, or a member of an enumeration.
    pub(crate) fn is_known_text(&self) -> bool {
        let text = self.token.trim_matches('"');
        let set = &self.snapshot.compilation().set;
        let mut policies = set.policies.iter();
        let is_policy = policies.any(|policy| policy.display_name == text);
        let mut enumerations = set.schema.enumerations.iter();
        let is_value = matches!(self.before.first(), Some(&"[" | &",")) || self.is_compared();
        is_policy || is_value && enumerations.any(|one| one.members.iter().any(|(m, _)| m == text))
    }

    fn is_compared(&self) -> bool {
        self.before
            .first()
            .is_some_and(|before| before.starts_with('-'))
    }

    pub(crate) fn is_in_list(&self) -> bool {
        let brackets = self.before.iter().find(|text| matches!(**text, "[" | "]"));
        brackets == Some(&"[")
    }

    pub(crate) fn is_in_annotation(&self, name: &str) -> bool {
        let mut nearest = self.before.iter().take_while(|text| **text != ")");
        nearest.any(|text| *text == name) && self.before.contains(&"@")
    }

    pub(crate) fn says(&self) -> String {
        let text = self.snapshot.text(self.source);
        let line = text[..self.start].lines().count();
        let before: Vec<&str> = self.before.iter().take(5).rev().copied().collect();
        let name = self.snapshot.compilation().sources.name(self.source);
        format!("{name}:{line}: {} ⟪{}⟫", before.join(" "), self.token)
    }
}

/// Every word and text of the policy text of a project, the names apart that pages share.
pub(crate) fn asked(snapshot: &Snapshot) -> Vec<Asked<'_>> {
    let mut found = Vec::new();
    for (source, _) in &snapshot.compilation().trees {
        if snapshot.compilation().sources.name(*source) == SHARED {
            continue;
        }
        let text = snapshot.text(*source);
        let names = new_names(snapshot, *source);
        let mut before: Vec<&str> = Vec::new();
        for (kind, range) in snapshot.tokens(*source).iter() {
            let token = &text[range.clone()];
            let is_known = match kind {
                // Numbers, addresses and dates.
                TokenKind::Literal => false,
                kind if kind.is_trivia() => continue,
                TokenKind::String | TokenKind::Json => true,
                _ => token.chars().any(|c| c.is_alphabetic() || c == '_'),
            };
            if is_known {
                found.push(Asked {
                    snapshot,
                    source: *source,
                    kind,
                    token,
                    start: range.start,
                    before: before.iter().rev().take(40).copied().collect(),
                    is_new_name: names.contains(&range.start),
                });
            }
            before.push(token);
        }
    }
    found
}

/// Where a text names something that nobody has named before.
fn new_names(snapshot: &Snapshot, source: SourceId) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for declared in declarations(snapshot, source) {
        found.insert(declared.name_span.start as usize);
        members(declared.declaration, &mut found);
    }
    found
}

fn members(declaration: &Declaration, found: &mut BTreeSet<usize>) {
    let named = |parameters: &[Parameter]| -> Vec<usize> {
        let starts = parameters.iter().map(|one| one.name.span.start as usize);
        starts.collect()
    };
    match &declaration.kind {
        K::Rule { parameters, .. } | K::Template { parameters, .. } => {
            found.extend(named(parameters));
        }
        K::Entity { attributes, .. } => {
            found.extend(attributes.iter().map(|one| one.name.span.start as usize));
        }
        K::Enum { members, .. } => {
            found.extend(members.iter().map(|one| one.name.span().start as usize));
        }
        _ => {}
    }
}
