//! Events of chan_dongle. Nothing in them is escaped unless said.

use super::super::alphabet;
use super::super::arrival;
use super::super::bus::Event;
use super::super::classes::Classes;
use super::super::frame::Frame;
use super::super::gateway::Gateway;
use super::super::incoming::{Incoming, Report};
use super::super::pdu::{self, Part};
use super::super::radio::{Activity, Registration, SpanState};
use super::super::ussd_menu::UCS2;
use super::assembly::Assembly;
use super::device::{is_older, name_of};
use super::texts;

fn frame(gateway: &Gateway, name: &str, device: &str) -> Frame {
    let title = gateway.options.model.title();
    Frame::event(&format!("{title}{name}"), Classes::CALL, gateway.options.timestamps).header("Device", device)
}

fn event(frame: Frame) -> Event {
    (Classes::CALL, frame.finish().into())
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

/// What the modem says, with its line ends written as `\r` and `\n`.
fn raw(gateway: &Gateway, name: &str, device: &str, line: &str) -> Event {
    let shown = line.replace('\r', r"\r").replace('\n', r"\n");
    event(frame(gateway, name, device).header("Message", shown))
}

fn stored(gateway: &Gateway, device: &str, pdu: &str) -> Event {
    raw(gateway, "NewCMGR", device, &format!("+CMGR: 0,,{}\r\n{pdu}", pdu::tpdu_length(pdu)))
}

/// Tells of parts as the modem reads them, then of a message once all its parts are there, and returns the number of sessions
/// that see it. Drivers before 2020 take each part for a message. Of a PDU of its own making the driver tells nothing more.
pub(super) fn tell(gateway: &Gateway, assembly: &Assembly, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let (device, is_older) = (name_of(gateway, span), is_older(&gateway.options));
    let mut events = Vec::new();
    for part in parts {
        let pdu = message.pdu.clone().unwrap_or_else(|| arrival::deliver_pdu(gateway, message, part));
        events.push(stored(gateway, &device, &pdu));
        let Some(text) = texts::read(part, is_older).filter(|_| message.pdu.is_none()) else { continue };
        let whole = if is_older { Some(text) } else { assembly.add(span, &message.sender, part) };
        let Some(text) = whole else { continue };
        let from = |name: &str| frame(gateway, name, &device).header("From", texts::name(&message.sender));
        let (class, frame) = lines(from("NewSMS"), &text);
        // The driver ends this frame twice.
        let spaced = (class, [&frame, &b"\r\n"[..]].concat().into());
        let encoded = event(from("NewSMSBase64").header("Message", base64(text.as_bytes())));
        events.extend(if message.base64_first { [encoded, spaced] } else { [spaced, encoded] });
    }
    gateway.bus.broadcast(&events, Classes::CALL)
}

/// Tells of a USSD message that the network sent, asked or not.
pub(super) fn ussd(gateway: &Gateway, span: u32, text: &str, responses: u8, dcs: u8) -> usize {
    let device = name_of(gateway, span);
    let mut septets = alphabet::septets(text);
    // Else the bits that are left would be one more character.
    if septets.len() % 8 == 7 {
        septets.push(b'\r');
    }
    let (said, decoded) = match dcs {
        _ if text.is_empty() => (String::new(), String::new()),
        UCS2 => (format!(",\"{}\",{dcs}", pdu::ucs2_hex(text)), text.to_owned()),
        _ => {
            let decoded =
                if is_older(&gateway.options) { texts::read_older(&septets) } else { alphabet::text(&septets) };
            (format!(",\"{}\",{dcs}", pdu::packed_hex(&septets)), decoded)
        }
    };
    let events = [
        raw(gateway, "NewCUSD", &device, &format!("+CUSD: {responses}{said}")),
        lines(frame(gateway, "NewUSSD", &device), &decoded),
        event(frame(gateway, "NewUSSDBase64", &device).header("Message", base64(decoded.as_bytes()))),
    ];
    gateway.bus.broadcast(&events, Classes::CALL)
}

/// The network's report of one SMS, as the modem reads it: the reference, to whom it was, when, and the status.
pub(super) fn status_report(gateway: &Gateway, span: u32, reference: u8, to: &str, time: &str, status: u8) {
    let options = &gateway.options;
    let envelope = pdu::Envelope { smsc: &options.smsc, sender: to, time, zone_hours: options.time_zone };
    let pdu = pdu::status_report(&envelope, reference, status);
    gateway.bus.broadcast(&[stored(gateway, &name_of(gateway, span), &pdu)], Classes::CALL);
}

pub(super) fn report(gateway: &Gateway, span: u32, report: &Report) -> usize {
    let codes: String = report.codes.iter().map(|code| format!("{code:03},")).collect();
    let frame = frame(gateway, "Report", &name_of(gateway, span))
        .header("Payload", &report.payload)
        .header("SCTS", &report.sent)
        .header("DT", &report.delivered)
        .header("Success", if report.success { "1" } else { "0" })
        .header("Type", report.kind.to_string())
        .header("Report", codes);
    gateway.bus.broadcast(&[event(frame)], Classes::CALL)
}

/// An older driver's word on what it had queued: `Sending` with the network's reference, `Sent` or `NotSent`.
pub(super) fn status(gateway: &Gateway, name: &str, device: &str, number: u64, status: &str, reference: Option<u8>) {
    let frame = frame(gateway, name, device).header("ID", format!("0x{number:x}")).header("Status", status);
    let frame = reference.into_iter().fold(frame, |frame, reference| frame.header("ForeignID", reference.to_string()));
    gateway.bus.broadcast(&[event(frame)], Classes::CALL);
}

/// Tells what a device goes through, in order.
pub(super) fn device_states(gateway: &Gateway, device: &str, states: &[&str]) {
    let events: Vec<Event> =
        states.iter().map(|state| event(frame(gateway, "Status", device).header("Status", state))).collect();
    gateway.bus.broadcast(&events, Classes::CALL);
}

pub(super) fn state_words(state: &SpanState, activity: Activity, stopped: bool) -> &'static str {
    match state.power {
        false if stopped => "Stopped",
        false => "Not connected",
        true if state.is_ready() => activity.words(),
        true => "GSM not registered",
    }
}

pub(super) fn registration_words(registration: Registration) -> &'static str {
    match registration {
        Registration::NotRegistered => "Not registered, not searching",
        Registration::Home => "Registered, home network",
        Registration::Searching => "Not registered, but searching",
        Registration::Denied => "Registration denied",
        Registration::Unknown => "Unknown",
        Registration::Roaming => "Registered, roaming",
    }
}

/// As the driver shows a signal of 0 to 31.
pub(super) fn signal_words(signal: u8) -> String {
    match signal {
        0 => "0, <= -113 dBm".to_owned(),
        _ => format!("{signal}, {} dBm", i32::from(signal) * 2 - 113),
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
