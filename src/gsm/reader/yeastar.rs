//! SMS of Yeastar TG, each of which comes as one event.

use super::assembly::{Piece, Place};
use super::found::Found;
use crate::events::Event;
use crate::gsm::incoming::{Report, Sms};
use crate::gsm::outcome::Outcome;
use crate::gsm::text::{decode_text, iso_time};

/// Undoes the encoding of a form: `%41` is `A`, `+` a blank. What is no such code stays.
pub(super) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high << 4 | low) as u8);
                at += 2;
            }
            (b'+', ..) => plain.push(b' '),
            _ => plain.push(byte),
        }
        at += 1;
    }
    plain
}

fn text(event: &Event, name: &str) -> String {
    event.get(name).map(|value| decode_text(value.trim_ascii())).unwrap_or_default()
}

fn number(event: &Event, name: &str) -> Option<u32> {
    event.text(name)?.trim().parse().ok()
}

/// Yeastar's SMS, or a part of one. The firmwares differ in the name of the port, and in whether parts count from 0 or 1.
pub(super) fn received_sms(event: &Event) -> Found {
    let port = event.get("GsmSpan").or_else(|| event.get("GsmPort")).unwrap_or_default();
    let time = event.get("Recvtime").unwrap_or_default();
    // A form has no blank and no byte beyond ASCII: firmware that has one sends texts as they are.
    let raw = event.get("Content").unwrap_or_default();
    let is_form = raw.iter().all(|byte| byte.is_ascii_graphic());
    // Each part may begin with a mark of the byte order.
    let content = if is_form { percent_decoded(raw) } else { raw.to_vec() };
    let total = number(event, "Total").unwrap_or(1);
    let place =
        (total > 1).then(|| Place { reference: text(event, "ID"), total, index: number(event, "Index").unwrap_or(1) });
    if place.as_ref().is_some_and(|place| place.index > place.total || place.total > 255) {
        let why = "an SMS says that it is a part that cannot be";
        return Found::unreadable(decode_text(port), why, event.wire());
    }
    let sms = Sms {
        port: decode_text(port),
        sender: text(event, "Sender"),
        time: iso_time(time).unwrap_or_else(|| decode_text(time)),
        text: decode_text(&content),
        smsc: event.get("Smsc").filter(|smsc| !smsc.is_empty()).map(decode_text),
        parts: 1,
        raw: raw.to_vec(),
        ..Sms::default()
    };
    Found::Piece(Piece { sms, place, data: None })
}

/// Yeastar's word of an SMS that was sent.
pub(super) fn update_sms_send(event: &Event) -> Found {
    let outcome = match event.get("Status").map(<[u8]>::trim_ascii) {
        Some(b"1") => Outcome::Sent,
        Some(b"0") => Outcome::Failed,
        _ => Outcome::Unknown,
    };
    let mut report = Report::new(String::new(), outcome);
    report.id = event.get("ID").filter(|id| !id.is_empty() && *id != b"(null)").map(decode_text);
    report.words = event.get("Status").unwrap_or_default().to_vec();
    Found::Report(report)
}
