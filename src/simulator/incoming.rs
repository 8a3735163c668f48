//! Messages that come in, whatever they look like to the manager interface.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::model::Family;
use super::pdu::{self, Coding, Envelope, Part};
use super::{Shared, clock, dongle, extra, lock, yeastar};

/// An SMS that comes in, and what is odd about it.
///
/// ```
/// use ami::simulator::Incoming;
///
/// // The second of three parts is lost, the third comes first and twice.
/// let torn = Incoming { parts: vec![3, 3, 1], ..Incoming::new("10086", "x".repeat(400)) };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// A number, or a name of up to eleven characters.
    pub sender: String,
    /// Text; one that is too long for one message comes in parts.
    pub text: String,
    /// The SMS centre's time, `YYYY/MM/DD HH:MM:SS`; now if empty.
    pub time: String,
    /// Which parts come, in this order, counted from 1; all of them in order if empty.
    pub parts: Vec<usize>,
    /// What the text is carried in.
    pub coding: Coding,
    /// Whether it is for the screen at once (class 0).
    pub flash: bool,
    /// OpenVox and ALLO: the port is in text mode, which knows no PDU.
    pub text_mode: bool,
    /// OpenVox and ALLO: no `VarSet` tells of it, only `Newexten`.
    pub without_variables: bool,
    /// OpenVox and ALLO: what is told instead of the PDU, hex or not. Only the first 512 bytes are. Dongles: the PDU that the
    /// modem has, of which the driver tells nothing more.
    pub pdu: Option<String>,
    /// Dongles: the event with the base64 comes before the one with the lines.
    pub base64_first: bool,
}

impl Incoming {
    /// A message that comes now, as messages should.
    pub fn new(sender: impl Into<String>, text: impl Into<String>) -> Incoming {
        Incoming { sender: sender.into(), text: text.into(), ..Incoming::default() }
    }
}

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

/// Lets a message come in and returns the number of sessions that see it.
pub(super) fn deliver(shared: &Shared, span: u32, message: &Incoming) -> usize {
    let reference = shared.messages.fetch_add(1, Ordering::Relaxed) as u8;
    let parts = if message.pdu.is_some() {
        vec![Part::new(&message.text, message.coding == Coding::SevenBit, message.flash, Vec::new())]
    } else {
        pdu::split(&message.text, message.coding, message.flash, reference)
    };
    let chosen: Vec<Part> = if message.parts.is_empty() {
        parts
    } else {
        message.parts.iter().filter_map(|number| parts.get(number.checked_sub(1)?)).cloned().collect()
    };
    arrive(shared, span, message, &chosen)
}

/// Lets parts come in, with the rest as the message has it.
pub(super) fn arrive(shared: &Shared, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    if shared.radio(span).is_none() {
        return 0;
    }
    let mut message = message.clone();
    if message.time.is_empty() {
        let (date, time) = clock::date_and_time(SystemTime::now(), shared.options.time_zone, '/');
        message.time = format!("{date} {time}");
    }
    match shared.options.model.family() {
        Family::Extra => extra::incoming::tell(shared, span, &message, parts),
        Family::Yeastar => yeastar::tell(shared, span, &message, parts),
        Family::Dongle => dongle::events::tell(shared, span, &message, parts),
    }
}

/// The part as a modem hands it over.
pub(super) fn deliver_pdu(shared: &Shared, message: &Incoming, part: &Part) -> String {
    let options = &shared.options;
    let envelope =
        Envelope { smsc: &options.smsc, sender: &message.sender, time: &message.time, zone_hours: options.time_zone };
    pdu::deliver(&envelope, part)
}
