//! Projects with marks: `//- /p/path` starts a file, `$0` is the cursor, `⟦…⟧` are ranges in order.
//! The marks are taken out before anything is opened.
//!
//! Each script runs twice: with columns counted in UTF-16 and in UTF-8.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, abilities, uri};

/// A place: a file, and an offset in it.
type Place = (String, usize);

pub(crate) struct Session {
    pub(crate) client: Client,
    texts: BTreeMap<String, String>,
    cursor: Option<Place>,
    ranges: Vec<(String, usize, usize)>,
    unit: &'static str,
}

/// Run a script on a project, all of whose files are open, once for each way to count columns.
pub(crate) fn both(text: &str, script: impl Fn(&mut Session)) {
    with(text, abilities(), json!({ "invariants": "off" }), script);
}

/// The same for a client with these abilities and settings.
pub(crate) fn with(text: &str, abilities: Value, settings: Value, script: impl Fn(&mut Session)) {
    for unit in ["utf-16", "utf-8"] {
        let mut abilities = abilities.clone();
        abilities["general"]["positionEncodings"] = json!([unit]);
        let (texts, cursor, ranges) = unmarked(text);
        let files: Vec<(&str, &str)> = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let mut client = Client::start_with(&files, abilities, settings.clone());
        assert_eq!(client.server["capabilities"]["positionEncoding"], unit);
        for (path, text) in &files {
            client.open(path, text);
        }
        let mut session = Session {
            client,
            texts: texts.clone(),
            cursor,
            ranges,
            unit,
        };
        script(&mut session);
        session.client.sync();
        let told = session.client.told("window/logMessage");
        assert!(told.is_empty(), "{told:?}");
    }
}

type Unmarked = (
    BTreeMap<String, String>,
    Option<Place>,
    Vec<(String, usize, usize)>,
);

fn unmarked(text: &str) -> Unmarked {
    let mut texts = BTreeMap::new();
    let (mut cursor, mut ranges) = (None, Vec::new());
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("//- ") {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None if files.is_empty() => files.push(("/p/a.gate".to_owned(), line.to_owned())),
            None => files.last_mut().unwrap().1.push_str(line),
        }
    }
    for (path, marked) in files {
        let mut text = String::new();
        let mut start = 0;
        for (at, character) in marked.char_indices() {
            match character {
                '⟦' => start = text.len(),
                '⟧' => ranges.push((path.clone(), start, text.len())),
                '$' if marked[at..].starts_with("$0") => cursor = Some((path.clone(), text.len())),
                '0' if marked[..at].ends_with('$') => {}
                other => text.push(other),
            }
        }
        texts.insert(path, text);
    }
    texts
        .entry("/p/gatewright.toml".to_owned())
        .or_insert_with(String::new);
    (texts, cursor, ranges)
}

impl Session {
    pub(crate) fn text(&self, path: &str) -> &str {
        &self.texts[path]
    }

    /// A place as the protocol counts it.
    pub(crate) fn position(&self, path: &str, offset: usize) -> Value {
        let before = &self.texts[path][..offset];
        let line = before.rsplit('\n').next().unwrap();
        let character = match self.unit {
            "utf-8" => line.len(),
            _ => line.encode_utf16().count(),
        };
        json!({ "line": before.matches('\n').count(), "character": character })
    }

    fn offset(&self, path: &str, position: &Value) -> usize {
        let number = |name: &str| usize::try_from(position[name].as_u64().unwrap()).unwrap();
        let text = &self.texts[path];
        let lines = text.split_inclusive('\n');
        let start: usize = lines.take(number("line")).map(str::len).sum();
        let wanted = number("character");
        let mut column = 0;
        for (at, character) in text[start..].char_indices() {
            if column == wanted {
                return start + at;
            }
            column += match self.unit {
                "utf-8" => character.len_utf8(),
                _ => character.len_utf16(),
            };
        }
        assert_eq!(column, wanted, "a place that {path} does not have");
        text.len()
    }

    /// The range of the protocol between two offsets.
    pub(crate) fn range(&self, path: &str, start: usize, end: usize) -> Value {
        json!({ "start": self.position(path, start), "end": self.position(path, end) })
    }

    /// What is marked by `⟦…⟧`, as locations.
    pub(crate) fn marked(&self) -> Vec<Value> {
        let location = |(path, start, end): &(String, usize, usize)| json!({ "uri": uri(path), "range": self.range(path, *start, *end) });
        self.ranges.iter().map(location).collect()
    }

    /// The text of a range.
    pub(crate) fn covered(&self, path: &str, range: &Value) -> &str {
        let at = |name: &str| self.offset(path, &range[name]);
        &self.texts[path][at("start")..at("end")]
    }

    /// The file of the cursor.
    pub(crate) fn path(&self) -> String {
        self.cursor.as_ref().unwrap().0.clone()
    }

    /// Ask about the cursor, with what else the request takes.
    pub(crate) fn try_ask(&mut self, method: &str, more: &Value) -> Result<Value, String> {
        let (path, offset) = self.cursor.clone().unwrap();
        let mut params = json!({ "textDocument": { "uri": uri(&path) },
            "position": self.position(&path, offset) });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let answer = self.client.ask(method, params);
        answer.map_err(|error| error.message)
    }

    pub(crate) fn ask(&mut self, method: &str, more: &Value) -> Value {
        self.try_ask(method, more).unwrap()
    }

    /// Ask about a whole file.
    pub(crate) fn ask_of(&mut self, path: &str, method: &str, more: &Value) -> Value {
        self.cursor = Some((path.to_owned(), 0));
        self.ask(method, more)
    }

    /// Type a text at the cursor, character by character; the cursor stays behind it.
    pub(crate) fn type_in(&mut self, text: &str) {
        for character in text.chars() {
            let (path, offset) = self.cursor.clone().unwrap();
            let here = self.position(&path, offset);
            let change = json!({ "range": { "start": here, "end": here }, "text": character });
            self.client.change_all(&path, vec![change]);
            let own = self.texts.get_mut(&path).unwrap();
            own.insert(offset, character);
            self.cursor = Some((path, offset + character.len_utf8()));
        }
    }

    /// The text of a file after edits of the protocol.
    pub(crate) fn edited(&self, path: &str, edits: &Value) -> String {
        let mut places: Vec<(usize, usize, String)> = edits
            .as_array()
            .unwrap()
            .iter()
            .map(|edit| {
                let at = |name: &str| self.offset(path, &edit["range"][name]);
                let text = edit["newText"].as_str().unwrap().to_owned();
                (at("start"), at("end"), text)
            })
            .collect();
        places.sort();
        let mut text = self.texts[path].clone();
        for (start, end, new) in places.iter().rev() {
            text.replace_range(*start..*end, new);
        }
        text
    }

    /// The texts of all files after the edits of a workspace.
    pub(crate) fn all_edited(&self, edit: &Value) -> BTreeMap<String, String> {
        let mut texts = self.texts.clone();
        for (uri, edits) in edit["changes"].as_object().unwrap() {
            let path = uri.strip_prefix("file://").unwrap();
            texts.insert(path.to_owned(), self.edited(path, edits));
        }
        texts
    }
}

/// The strings of a member of each item.
pub(crate) fn each<'v>(items: &'v Value, pointer: &str) -> Vec<&'v str> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap())
        .collect()
}
