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

    /// How many keys there are.
    pub(super) fn key_count(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The place of a GUID among the keys.
    #[inline]
    pub(super) fn place_of_guid(&self, guid: u128) -> Option<u32> {
        self.guids.find(guid)
    }

    /// The place of a folded text that is no GUID among the keys.
    #[inline]
    fn place_of_text(&self, folded: &str) -> Option<u32> {
        let place = self.texts.find(folded)?;
        Some(self.guid_count.saturating_add(place))
    }

    /// The place of a text in any case among the keys; `folded` is space to work in.
    #[inline]
    pub(super) fn place_of_unfolded(&self, text: &str, folded: &mut String) -> Option<u32> {
        if let Some(guid) = parse_guid(text.as_bytes()) {
            return self.place_of_guid(guid);
        }
        match self.texts.find_unfolded(text) {
            Ok(place) => place.map(|place| self.guid_count.saturating_add(place)),
            Err(Unfolded) => {
                fold_into(text, folded);
                self.place_of_text(folded)
            }
        }
    }

    /// Calls `found` with the place of each of these GUIDs that is a key.
    #[inline]
    pub(super) fn each_key(&self, guids: &[u128], found: impl FnMut(u32)) {
        self.guids.find_each(guids, found);
    }

    /// Whether some row mentions a GUID, or only searching tells that none does.
    #[inline]
    pub(super) fn may_have_guid(&self, guid: u128) -> bool {
        self.guids.may_have(guid)
    }

    /// The rows that mention a GUID.
    #[inline]
    pub(super) fn of_guid(&self, guid: u128) -> &[R] {
        self.rows_of(self.place_of_guid(guid))
    }

    /// The rows of a key, none without one.
    #[inline]
    pub(super) fn rows_of(&self, place: Option<u32>) -> &[R] {
        place.map_or(&[], |place| self.rows_at(place))
    }

    pub(super) fn rows_at(&self, place: u32) -> &[R] {
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
