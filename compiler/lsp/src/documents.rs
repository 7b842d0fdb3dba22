//! Texts that are open in the client, kept in step with it.
//!
//! INVARIANT: a text is what the client has, or is known not to be. A change that cannot be applied
//! leaves the text as it was, and the document refuses partial changes from then on, until it is
//! sent as a whole: guessing would corrupt it silently.
//!
//! Changes are applied in the order of their versions. Some editors send what is typed fast in
//! another one, and every key that is applied to the wrong text would stay where it does not belong.

use std::collections::{BTreeMap, VecDeque};

use gatewright_source::{ColumnUnit, LineIndex};
use gen_lsp_types::{TextDocumentContentChangeEvent as Change, TextDocumentItem, Uri};

use crate::uri::Key;

/// An open text.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the client spells it.
    pub(crate) uri: Uri,
    /// The language that the client takes it for.
    pub(crate) language: String,
    /// As the client counts.
    pub(crate) version: i32,
    /// What is in it.
    pub(crate) text: String,
    /// Whether a change could not be applied.
    is_out_of_step: bool,
    /// Whether the user has heard of that.
    is_told: bool,
    /// The last changes, oldest first, from one on before which a version is missing.
    steps: VecDeque<Step>,
}

/// A change that was applied, with what is needed to do without it.
#[derive(Clone, Debug)]
struct Step {
    /// The versions before and after it.
    versions: (i32, i32),
    before: String,
    changes: Vec<Change>,
}

/// LIMIT: bytes of earlier texts that are kept of a document.
const STEPS_BYTES_MAX: usize = 4 << 20;

impl Document {
    /// Go back to where a version is missing, if it is; what came of later ones.
    fn undone_to(&mut self, version: i32) -> Vec<(i32, Vec<Change>)> {
        let mut steps = self.steps.iter();
        let is_around = |(before, after): (i32, i32)| before < version && version < after;
        let at = steps.position(|step| is_around(step.versions));
        let Some(at) = at.filter(|_| !self.is_out_of_step) else {
            return Vec::new();
        };
        let mut later = Vec::new();
        for (number, step) in self.steps.drain(at..).enumerate() {
            if number == 0 {
                self.text = step.before;
                self.version = step.versions.0;
            }
            later.push((step.versions.1, step.changes));
        }
        later
    }

    /// Apply the changes of a version, all or none.
    fn apply(
        &mut self,
        version: i32,
        changes: Vec<Change>,
        unit: ColumnUnit,
    ) -> Result<(), Refused> {
        let first_whole = changes.iter().rposition(is_whole);
        if self.is_out_of_step && first_whole.is_none() {
            return Err(Refused::OutOfStep);
        }
        // What comes before a whole text is overwritten by it.
        let last = changes.iter().skip(first_whole.unwrap_or(0)).cloned();
        let text = applied(self.text.clone(), last, unit).inspect_err(|_| {
            self.is_out_of_step = true;
        })?;
        let before = std::mem::replace(&mut self.text, text);
        let versions = (self.version, version);
        self.version = version;
        self.is_out_of_step = false;
        self.is_told = false;
        // Behind a whole text nothing can be missing.
        if first_whole.is_some() {
            self.steps.clear();
        } else if before.len() <= STEPS_BYTES_MAX {
            self.steps.push_back(Step {
                versions,
                before,
                changes,
            });
        }
        // Between versions that follow each other nothing is missing, so what comes in order leaves
        // nothing behind.
        let is_closed = |step: &mut Step| step.versions.1 <= step.versions.0.saturating_add(1);
        while self.steps.pop_front_if(is_closed).is_some() {}
        let size = |step: &Step| step.before.len();
        let mut bytes: usize = self.steps.iter().map(size).sum();
        while bytes > STEPS_BYTES_MAX
            && let Some(oldest) = self.steps.pop_front()
        {
            bytes -= oldest.before.len();
        }
        Ok(())
    }
}

/// Why a change was not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The document is not open.
    NotOpen,
    /// A range ends before it starts.
    InvertedRange,
    /// An earlier change was not applied.
    OutOfStep,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refused::NotOpen => "it is not open",
            Refused::InvertedRange => "a range ends before it starts",
            Refused::OutOfStep => "an earlier change could not be applied",
        })
    }
}

/// All open texts.
#[derive(Default)]
pub(crate) struct Documents(BTreeMap<Key, Document>);

impl Documents {
    /// A text is opened; one that is open already is replaced.
    pub(crate) fn open(&mut self, item: TextDocumentItem) -> Key {
        let key = Key::of(&item.uri);
        let language = serde_json::to_value(&item.language_id).ok();
        let document = Document {
            language: language
                .and_then(|value| value.as_str().map(str::to_owned))
                .unwrap_or_default(),
            uri: item.uri,
            version: item.version,
            text: item.text,
            is_out_of_step: false,
            is_told: false,
            steps: VecDeque::new(),
        };
        self.0.insert(key.clone(), document);
        key
    }

    /// Apply changes in their order, all or none; those of later versions, which should have come
    /// behind, after them.
    pub(crate) fn change(
        &mut self,
        key: &Key,
        version: i32,
        changes: Vec<Change>,
        unit: ColumnUnit,
    ) -> Result<(), Refused> {
        let document = self.0.get_mut(key).ok_or(Refused::NotOpen)?;
        let later = document.undone_to(version);
        document.apply(version, changes, unit)?;
        for (version, changes) in later {
            document.apply(version, changes, unit)?;
        }
        Ok(())
    }

    /// A change came that nobody can read.
    pub(crate) fn lose(&mut self, key: &Key) {
        if let Some(document) = self.0.get_mut(key) {
            document.is_out_of_step = true;
        }
    }

    /// Whether the user has to hear that a text is out of step: once, not at every key.
    pub(crate) fn is_to_be_told(&mut self, key: &Key) -> bool {
        let document = self.0.get_mut(key);
        document.is_some_and(|document| !std::mem::replace(&mut document.is_told, true))
    }

    /// A change came of which nobody can say to which text.
    pub(crate) fn lose_all(&mut self) {
        for document in self.0.values_mut() {
            document.is_out_of_step = true;
        }
    }

    /// A text is closed; what is stored counts again.
    pub(crate) fn close(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// An open text.
    pub(crate) fn get(&self, key: &Key) -> Option<&Document> {
        self.0.get(key)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Document)> {
        self.0.iter()
    }

    /// The bytes of an open text. The mark in front says that they are UTF-8, whatever they look
    /// like, and is no part of the text.
    pub(crate) fn bytes(&self, key: &Key) -> Option<Vec<u8>> {
        let text = &self.0.get(key)?.text;
        Some([b"\xEF\xBB\xBF", text.as_bytes()].concat())
    }
}

fn is_whole(change: &Change) -> bool {
    matches!(change, Change::TextDocumentContentChangeWholeDocument(_))
}

/// PERF: where lines start is counted anew only where a change is at or behind the one before it;
/// clients that change many places at once go from the end to the start.
fn applied(
    mut text: String,
    changes: impl Iterator<Item = Change>,
    unit: ColumnUnit,
) -> Result<String, Refused> {
    let mut lines = LineIndex::new(&text);
    // Up to which line the index is still right.
    let mut valid = u32::MAX;
    for change in changes {
        let change = match change {
            Change::TextDocumentContentChangeWholeDocument(whole) => {
                text = whole.text;
                valid = 0;
                continue;
            }
            Change::TextDocumentContentChangePartial(change) => change,
        };
        let (start, end) = (change.range.start, change.range.end);
        if (start.line, start.character) > (end.line, end.character) {
            return Err(Refused::InvertedRange);
        }
        if end.line >= valid {
            lines = LineIndex::new(&text);
        }
        valid = start.line;
        let at = |place: gen_lsp_types::Position| {
            lines.offset(&text, (place.line, place.character), unit) as usize
        };
        let (start, end) = (at(start), at(end));
        text.replace_range(start..end, &change.text);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn opened(text: &str) -> (Documents, Key) {
        let mut documents = Documents::default();
        let item = json!({ "uri": "file:///a.gate", "languageId": "gatewright", "version": 1,
            "text": text });
        let key = documents.open(serde_json::from_value(item).unwrap());
        (documents, key)
    }

    fn change(place: [u32; 4], text: &str) -> Change {
        let [line, character, end_line, end_character] = place;
        let value = json!({ "range": {
            "start": { "line": line, "character": character },
            "end": { "line": end_line, "character": end_character } }, "text": text });
        serde_json::from_value(value).unwrap()
    }

    fn whole(text: &str) -> Change {
        serde_json::from_value(json!({ "text": text })).unwrap()
    }

    fn after(text: &str, changes: Vec<Change>, unit: ColumnUnit) -> String {
        let (mut documents, key) = opened(text);
        documents.change(&key, 2, changes, unit).unwrap();
        documents.get(&key).unwrap().text.clone()
    }

    #[test]
    fn changes_apply_to_what_earlier_ones_left() {
        let changes = || {
            vec![
                change([0, 3, 0, 3], "!"),
                change([0, 0, 0, 1], "x\n"),
                change([1, 0, 1, 2], ""),
            ]
        };
        assert_eq!(after("å😀z", changes(), ColumnUnit::Utf16), "x\n!z");
        let changes = vec![change([0, 2, 0, 6], ""), change([0, 2, 9, 0], "w")];
        assert_eq!(after("å😀z", changes, ColumnUnit::Utf8), "åw");
    }

    #[test]
    fn many_changes_from_the_end_to_the_start_take_no_longer_than_a_few() {
        let text = "line å\n".repeat(100_000);
        let changes = (0..100_000)
            .rev()
            .map(|line| change([line, 5, line, 6], "b"));
        let found = after(&text, changes.step_by(100).collect(), ColumnUnit::Utf16);
        assert_eq!(found.matches('b').count(), 1_000);
        assert_eq!(found.replace('b', "å"), text);
    }

    #[test]
    fn changes_in_any_order_apply_to_what_earlier_ones_left() {
        let changes = vec![
            change([2, 0, 2, 1], "C\nC"),
            change([1, 1, 1, 1], "\n"),
            change([3, 0, 3, 1], "D"),
            change([0, 0, 1, 0], ""),
            change([1, 0, 1, 0], "E"),
        ];
        assert_eq!(
            after("a\nb\nc\nd", changes, ColumnUnit::Utf8),
            "b\nE\nD\nC\nd"
        );
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        let changes = vec![change([0, 0, 7, 0], "new")];
        assert_eq!(after("one\r\ntwo", changes, ColumnUnit::Utf16), "new");
        let changes = vec![change([0, 99, 0, 99], "!")];
        assert_eq!(
            after("one\r\ntwo", changes, ColumnUnit::Utf16),
            "one!\r\ntwo"
        );
    }

    #[test]
    fn changes_of_versions_in_any_order_apply_in_that_of_the_versions() {
        let unit = ColumnUnit::Utf16;
        let typed: Vec<(i32, [u32; 4], &str)> = vec![
            (2, [0, 0, 0, 3], ""),
            (3, [0, 0, 0, 0], "å"),
            (4, [0, 1, 0, 1], "😀"),
            (5, [0, 3, 0, 3], "\n"),
            (7, [1, 0, 1, 0], "x"),
            (8, [1, 1, 1, 1], "y"),
        ];
        for order in [
            [0, 1, 2, 3, 4, 5],
            [5, 4, 3, 2, 1, 0],
            [0, 2, 1, 4, 3, 5],
            [3, 5, 0, 1, 4, 2],
        ] {
            let (mut documents, key) = opened("abc");
            for at in order {
                let (version, place, text) = typed[at];
                let changes = vec![change(place, text)];
                documents.change(&key, version, changes, unit).unwrap();
            }
            let document = documents.get(&key).unwrap();
            assert_eq!(
                (document.text.as_str(), document.version),
                ("å😀\nxy", 8),
                "{order:?}"
            );
        }
    }

    #[test]
    fn versions_that_do_not_count_are_not_believed() {
        let unit = ColumnUnit::Utf16;
        let (mut documents, key) = opened("abc");
        for version in [1, 1, 0, 7, 7, 1] {
            let changes = vec![change([0, 0, 0, 1], "")];
            let before = documents.get(&key).unwrap().text.clone();
            documents.change(&key, version, changes, unit).unwrap();
            let after = &documents.get(&key).unwrap().text;
            assert_eq!(after.as_str(), before.get(1..).unwrap_or(""), "{version}");
        }
    }

    #[test]
    fn what_is_kept_of_earlier_texts_is_bounded() {
        let unit = ColumnUnit::Utf16;
        let (mut documents, key) = opened(&"a".repeat(STEPS_BYTES_MAX / 10));
        let mut kept_after = |versions: &mut dyn Iterator<Item = i32>| {
            for version in versions {
                let changes = vec![change([0, 0, 0, 0], "b")];
                documents.change(&key, version, changes, unit).unwrap();
            }
            documents.get(&key).unwrap().steps.len()
        };
        assert_eq!(kept_after(&mut (2..40)), 0);
        // Each of these may still be followed by the one before it.
        assert_eq!(kept_after(&mut (41..120).step_by(2)), 9);
    }

    #[test]
    fn after_a_change_that_cannot_be_applied_only_a_whole_text_is_taken() {
        let (mut documents, key) = opened("abc");
        let unit = ColumnUnit::Utf16;
        let bad = vec![change([0, 0, 0, 1], "x"), change([0, 2, 0, 1], "y")];
        let refused = documents.change(&key, 2, bad, unit);
        assert_eq!(refused, Err(Refused::InvertedRange));
        assert_eq!(documents.get(&key).unwrap().text, "abc");
        let refused = documents.change(&key, 3, vec![change([0, 0, 0, 0], "z")], unit);
        assert_eq!(refused, Err(Refused::OutOfStep));
        let changes = vec![whole("new"), change([0, 3, 0, 3], "er")];
        documents.change(&key, 4, changes, unit).unwrap();
        assert_eq!(documents.get(&key).unwrap().text, "newer");
        assert_eq!(documents.get(&key).unwrap().version, 4);
    }
}
