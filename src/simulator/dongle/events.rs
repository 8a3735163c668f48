//! Events of chan_dongle. Nothing in them is escaped unless said.

use super::super::Shared;
use super::super::classes::Classes;
use super::super::frame::Frame;
use super::super::incoming::Incoming;
use super::super::pdu::{self, Part};
use super::super::radio::SpanState;
use super::super::session::Event;
use super::super::ussd::UCS2;
use super::name_of;

/// What became of an SMS, as chan_dongle reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was given with the SMS.
    pub payload: String,
    /// When the SMS centre had it, as text.
    pub sent: String,
    /// When it was delivered, as text.
    pub delivered: String,
    /// Whether it was.
    pub success: bool,
    /// 0: the driver's own word; 1: the network's report; 2: none came in time.
    pub kind: u8,
    /// The network's code for each part, 0 for one that was delivered.
    pub codes: Vec<u8>,
}

fn frame(shared: &Shared, name: &str, device: &str) -> Frame {
    let title = shared.options.model.title();
    Frame::event(&format!("{title}{name}"), Classes::CALL, shared.options.timestamps).header("Device", device)
}

fn event(frame: Frame) -> Event {
    (Classes::CALL, frame.end().into())
}

/// An event whose lines are counted.
fn lines(mut frame: Frame, text: &str) -> Event {
    // Empty lines are lost.
    let lines: Vec<&str> = text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect();
    frame = frame.header("LineCount", lines.len().to_string());
    for (number, line) in lines.iter().enumerate() {
        frame = frame.header(&format!("MessageLine{number}"), line);
    }
    event(frame)
}

/// Tells of a message once all its parts are there, and returns the number of sessions that see it.
pub(in super::super) fn tell(shared: &Shared, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let device = name_of(shared, span);
    let mut events = Vec::new();
    for part in parts {
        let Some(text) = shared.assembly.add(span, &message.sender, part) else { continue };
        let from = |name: &str| frame(shared, name, &device).header("From", &message.sender);
        let (class, frame) = lines(from("NewSMS"), &text);
        // The driver ends this frame twice.
        let spaced = (class, [&frame, &b"\r\n"[..]].concat().into());
        let encoded = event(from("NewSMSBase64").header("Message", base64(text.as_bytes())));
        events.extend(if message.base64_first { [encoded, spaced] } else { [spaced, encoded] });
    }
    shared.broadcast(&events, Classes::CALL)
}

/// Tells of a USSD text that the network sent, asked or not.
pub(in super::super) fn ussd(shared: &Shared, span: u32, text: &str, responses: u8, dcs: u8) -> usize {
    let device = name_of(shared, span);
    let shown = if dcs == UCS2 { pdu::ucs2_hex(text) } else { text.replace('\r', r"\r").replace('\n', r"\n") };
    let events = [
        event(frame(shared, "NewCUSD", &device).header("Message", format!("+CUSD: {responses},\"{shown}\",{dcs}"))),
        lines(frame(shared, "NewUSSD", &device), text),
        event(frame(shared, "NewUSSDBase64", &device).header("Message", base64(text.as_bytes()))),
    ];
    shared.broadcast(&events, Classes::CALL)
}

pub(in super::super) fn report(shared: &Shared, span: u32, report: &Report) -> usize {
    let codes: String = report.codes.iter().map(|code| format!("{code:03},")).collect();
    let frame = frame(shared, "Report", &name_of(shared, span))
        .header("Payload", &report.payload)
        .header("SCTS", &report.sent)
        .header("DT", &report.delivered)
        .header("Success", if report.success { "1" } else { "0" })
        .header("Type", report.kind.to_string())
        .header("Report", codes);
    shared.broadcast(&[event(frame)], Classes::CALL)
}

/// bg111's word on what it had queued.
pub(super) fn status(shared: &Shared, name: &str, device: &str, number: u64, sent: bool) {
    let frame = frame(shared, name, device)
        .header("ID", format!("0x{number:x}"))
        .header("Status", if sent { "Sent" } else { "NotSent" });
    shared.broadcast(&[event(frame)], Classes::CALL);
}

/// Tells what a device goes through, in order.
pub(super) fn device_states(shared: &Shared, device: &str, states: &[&str]) {
    let events: Vec<Event> =
        states.iter().map(|state| event(frame(shared, "Status", device).header("Status", state))).collect();
    shared.broadcast(&events, Classes::CALL);
}

pub(super) fn state_words(state: &SpanState) -> &'static str {
    match state.power {
        false => "Not connected",
        true if state.is_ready() => "Free",
        true => "GSM not registered",
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 0x3F) as usize];
            encoded.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_every_remainder() {
        let encoded = ["", "h", "he", "hel", "hello", "您"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "aA==", "aGU=", "aGVs", "aGVsbG8=", "5oKo"]);
    }
}
