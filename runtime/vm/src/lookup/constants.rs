//! What matchers of an attribute say about its constants.

use gatewright_bytecode::index::{AttributeIndex, Keys};

use gatewright_value::{fold_into, parse_guid};

use super::keys::{GuidTable, TextTable, Unfolded};

/// For each key of an attribute the rows of all its matchers that mention it.
#[derive(Clone, Debug)]
pub(super) struct Constants<R> {
    guids: GuidTable,
    texts: TextTable,
    guid_count: u32,
    /// By place of the key: where its rows begin. Those of the next key follow.
    starts: Box<[u32]>,
    rows: Box<[R]>,
}

impl<R> Constants<R> {
    /// Of the texts that matchers mention, each with a row; rows of the same text keep their order.
    pub(super) fn new(index: Option<&AttributeIndex>, mentions: Vec<(&str, R)>) -> Constants<R> {
        let keys = Keys::new(mentions.iter().map(|(text, _)| *text));
        let guid_count = keys.guids.len();
        let place = |text: &str| match parse_guid(text.as_bytes()) {
            Some(guid) => keys.guids.partition_point(|key| *key < guid),
            None => guid_count + keys.texts.partition_point(|key| *key < text),
        };
        let mut placed: Vec<(usize, R)> = mentions
            .into_iter()
            .map(|(text, row)| (place(text), row))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        let key_count = guid_count + keys.texts.len();
        let mut starts = vec![0u32; key_count + 1];
        for (place, _) in &placed {
            if let Some(count) = starts.get_mut(place + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let hashes = index.cloned().unwrap_or_default();
        Constants {
            guids: GuidTable::new(hashes.guids, &keys.guids),
            texts: TextTable::new(hashes.texts, &keys.texts),
            guid_count: u32::try_from(guid_count).unwrap_or(u32::MAX),
            starts: starts.into(),
            rows: placed.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// Whether some row mentions a GUID, or only searching tells that none does.
    #[inline]
    pub(super) fn may_have_guid(&self, guid: u128) -> bool {
        self.guids.may_have(guid)
    }

    /// The rows that mention a GUID.
    #[inline]
    pub(super) fn of_guid(&self, guid: u128) -> &[R] {
        match self.guids.find(guid) {
            Some(place) => self.rows_at(place),
            None => &[],
        }
    }

    /// The rows that mention a folded text that is no GUID.
    #[inline]
    pub(super) fn of_text(&self, folded: &str) -> &[R] {
        match self.texts.find(folded) {
            Some(place) => self.rows_at(self.guid_count.saturating_add(place)),
            None => &[],
        }
    }

    /// The rows that mention a text in any case; `folded` is space to work in.
    #[inline]
    pub(super) fn of_unfolded(&self, text: &str, folded: &mut String) -> &[R] {
        if let Some(guid) = parse_guid(text.as_bytes()) {
            return self.of_guid(guid);
        }
        match self.texts.find_unfolded(text) {
            Ok(Some(place)) => self.rows_at(self.guid_count.saturating_add(place)),
            Ok(None) => &[],
            Err(Unfolded) => {
                fold_into(text, folded);
                self.of_text(folded)
            }
        }
    }

    fn rows_at(&self, place: u32) -> &[R] {
        let rows = self
            .starts
            .get(place as usize..)
            .and_then(|starts| match starts {
                [start, end, ..] => self.rows.get(*start as usize..*end as usize),
                _ => None,
            });
        rows.unwrap_or_default()
    }
}
