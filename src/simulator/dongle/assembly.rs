//! Parts of longer messages, which wait for each other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::super::pdu::Part;
use crate::lock::lock;

/// Parts of longer messages that wait for the others, for drivers that put them together.
#[derive(Default)]
pub(super) struct Assembly(Mutex<HashMap<Key, BTreeMap<u8, String>>>);

/// Span, sender, reference and number of parts.
type Key = (u32, String, u16, u8);

impl Assembly {
    /// The whole text, once it is there.
    pub(super) fn add(&self, span: u32, sender: &str, part: &Part) -> Option<String> {
        let Some(place) = part.concatenation() else { return Some(part.text()) };
        let key = (span, sender.to_owned(), place.reference, place.total);
        let mut waiting = lock(&self.0);
        let parts = waiting.entry(key.clone()).or_default();
        parts.insert(place.sequence, part.text());
        let whole = (1..=place.total).all(|sequence| parts.contains_key(&sequence));
        whole.then(|| waiting.remove(&key).unwrap_or_default().into_values().collect())
    }
}
