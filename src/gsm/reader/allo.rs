//! ALLO's own event of an SMS. Its text stands in it as it came, between headers that the driver writes.

use super::assembly::Piece;
use super::found::{Found, pdu_in_hex};
use super::wire::{before, split_last, without_end};
use crate::events::Event;
use crate::gsm::incoming::Sms;
use crate::gsm::text::{decode_text, iso_time};

/// The driver counts a text in characters, octets or septets. More than so much of a difference is no matter of units: the
/// rest could hold another `PDU:` line.
const LENGTH_MARGIN: usize = 8;

/// The headers before the text.
#[derive(Clone)]
pub(super) struct OwnEvent {
    pub port: String,
    sender: String,
    time: String,
    smsc: Option<String>,
    /// Of the text, in a unit of the driver's.
    length: Option<usize>,
}

/// The parts of an event.
pub(super) enum Read {
    Found(Box<Found>),
    /// Its header of this index is cut.
    Cut(OwnEvent, usize),
}

impl OwnEvent {
    /// Reads an event, which may be cut.
    pub fn read(event: &Event) -> Read {
        let at = event.iter().position(|(name, _)| name.eq_ignore_ascii_case(b"Text"));
        let get = |name: &str| before(event, at.unwrap_or(usize::MAX), name).unwrap_or_default().trim_ascii();
        let time = get("Time");
        let own = OwnEvent {
            port: decode_text(get("Span")),
            sender: decode_text(get("Sender")),
            time: iso_time(time).unwrap_or_else(|| decode_text(time)),
            smsc: Some(decode_text(get("SMSC"))).filter(|smsc| !smsc.is_empty()),
            length: std::str::from_utf8(get("Length")).ok().and_then(|length| length.parse().ok()),
        };
        let Some(at) = at else {
            let wire = event.wire();
            let is_known = split_last(&wire, b"PDU:").is_some_and(|(_, pdu)| pdu_in_hex(pdu, &own.port).is_some());
            let why = "an SMS came without its text";
            let found = if is_known { own.found(&wire) } else { Found::unreadable(own.port, why, wire) };
            return Read::Found(Box::new(found));
        };
        let rest = event.rest(at);
        if own.is_whole(&rest) {
            return Read::Found(Box::new(own.found(&rest)));
        }
        Read::Cut(own, at)
    }

    /// Tells whether the text, and what stands behind it, have their end. The driver writes the PDU last; a line in the text that
    /// looks like it is told by the length.
    pub fn is_whole(&self, rest: &[u8]) -> bool {
        let Some((text, pdu)) = split_last(rest, b"PDU:") else { return false };
        let Some(length) = self.length else { return true };
        length.abs_diff(text.len()) < LENGTH_MARGIN || self.is_of(text, pdu)
    }

    /// Tells whether the PDU is that of this text.
    fn is_of(&self, text: &[u8], pdu: &[u8]) -> bool {
        let Some(Found::Piece(piece)) = pdu_in_hex(pdu, &self.port) else { return false };
        self.is_from(&piece.sms.sender) && piece.sms.text == decode_text(text)
    }

    /// The driver loses the sender of a message that names no message centre.
    fn is_from(&self, sender: &str) -> bool {
        self.sender.is_empty() || self.sender.trim_start_matches('+') == sender.trim_start_matches('+')
    }

    /// The SMS of an event that is whole.
    pub fn found(&self, rest: &[u8]) -> Found {
        let (text, pdu) = split_last(rest, b"PDU:").unwrap_or((without_end(rest), b""));
        let shown = decode_text(pdu);
        match pdu_in_hex(pdu, &self.port) {
            Some(Found::Piece(piece)) if self.is_from(&piece.sms.sender) => return Found::Announced(piece, shown),
            // A PDU of somebody else's says nothing of this message.
            Some(Found::Piece(_)) | None => {}
            Some(other) => return other,
        }
        let sms = Sms {
            port: self.port.clone(),
            sender: self.sender.clone(),
            time: self.time.clone(),
            text: decode_text(text),
            smsc: self.smsc.clone(),
            parts: 1,
            raw: text.to_vec(),
            ..Sms::default()
        };
        Found::Announced(Piece { sms, place: None, data: None }, shown)
    }
}
