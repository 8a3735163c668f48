//! SMS, reports and USSD texts of chan_dongle, chan_quectel and chan_datacard.
//!
//! Each text comes twice, as its lines and in base64, which alone has it whole. What comes as lines waits a moment for the
//! other; where that came first, the lines are known and left out.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::assembly::Piece;
use super::{Found, decode_text};
use crate::client::Event;
use crate::gsm::incoming::{Report, Sms, Ussd};
use crate::gsm::receipt::Outcome;

const DRIVERS: [&[u8]; 3] = [b"Dongle", b"Quectel", b"Datacard"];

/// The two come right behind each other.
const TWIN_WAIT: Duration = Duration::from_secs(1);
const TWINS: usize = 256;

/// One of the two, as far as both have it: the lines that are not empty.
#[derive(PartialEq, Eq)]
struct Text {
    is_ussd: bool,
    port: String,
    sender: String,
    lines: Vec<Vec<u8>>,
}

struct Twin {
    text: Text,
    until: Instant,
    /// What is handed out if the other does not come; nothing if it came first.
    held: Option<Found>,
}

#[derive(Default)]
pub(super) struct Dongles {
    twins: Vec<Twin>,
    /// What the network's own word of a USSD text said last of each port: whether it waits for an answer.
    waits: Vec<(String, bool)>,
}

fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

impl Dongles {
    pub fn read(&mut self, event: &Event, now: Instant, out: &mut Vec<Found>) {
        let name = event.name();
        let Some(rest) = DRIVERS.iter().find_map(|driver| {
            let (prefix, rest) = name.split_at_checked(driver.len())?;
            prefix.eq_ignore_ascii_case(driver).then(|| rest.to_ascii_lowercase())
        }) else {
            return;
        };
        let port = event.get("Device").map(decode_text).unwrap_or_default();
        match &rest[..] {
            b"newsms" => self.lines(event, port, false, now, out),
            b"newsmsbase64" => self.whole(event, port, false, now, out),
            b"newussd" => self.lines(event, port, true, now, out),
            b"newussdbase64" => self.whole(event, port, true, now, out),
            b"newcusd" => self.network_word(event, port),
            b"report" => out.push(report(event, port)),
            b"smsstatus" => out.push(status(event, port)),
            _ => {}
        }
    }

    /// `+CUSD: 1,"…",15`: the number says whether an answer is wanted.
    fn network_word(&mut self, event: &Event, port: String) {
        let word = event.get("Message").unwrap_or_default();
        let wants = memchr::memchr(b':', word).map(|at| word[at + 1..].trim_ascii_start().first() == Some(&b'1'));
        self.waits.retain(|(other, _)| *other != port);
        if let Some(wants) = wants {
            self.waits.truncate(TWINS);
            self.waits.push((port, wants));
        }
    }

    fn lines(&mut self, event: &Event, port: String, is_ussd: bool, now: Instant, out: &mut Vec<Found>) {
        let count: usize = event.text("LineCount").and_then(|count| count.trim().parse().ok()).unwrap_or(usize::MAX);
        let lines: Vec<Vec<u8>> = (0..count)
            .map_while(|at| event.get(&format!("MessageLine{at}")).map(<[u8]>::to_vec))
            .filter(|line| !line.is_empty())
            .collect();
        let sender = event.get("From").map(decode_text).unwrap_or_default();
        let text = Text { is_ussd, port, sender, lines };
        if let Some(at) = self.twins.iter().position(|twin| twin.text == text && twin.held.is_none()) {
            self.twins.remove(at);
            return;
        }
        let found = self.found(&text, text.lines.join(&b'\n'));
        self.wait(Twin { text, until: now + TWIN_WAIT, held: Some(found) }, out);
    }

    fn whole(&mut self, event: &Event, port: String, is_ussd: bool, now: Instant, out: &mut Vec<Found>) {
        let sender = event.get("From").map(decode_text).unwrap_or_default();
        let Some(whole) = event.get("Message").and_then(|text| BASE64.decode(text.trim_ascii()).ok()) else {
            // The lines tell it, as far as they do.
            return out.push(Found::unreadable(port, "the base64 of a text cannot be read", event.wire()));
        };
        let text = Text { is_ussd, port, sender, lines: lines_of(&whole) };
        let found = self.found(&text, whole);
        match self.twins.iter().position(|twin| twin.text == text && twin.held.is_some()) {
            Some(at) => {
                self.twins.remove(at);
            }
            None => self.wait(Twin { text, until: now + TWIN_WAIT, held: None }, out),
        }
        out.push(found);
    }

    fn found(&self, text: &Text, raw: Vec<u8>) -> Found {
        let port = text.port.clone();
        if text.is_ussd {
            let wants_answer = self.waits.iter().find(|(other, _)| *other == port).map(|(_, wants)| *wants);
            return Found::Ussd(Ussd { port, text: decode_text(&raw), wants_answer });
        }
        let sms = Sms { port, sender: text.sender.clone(), text: decode_text(&raw), parts: 1, raw, ..Sms::default() };
        Found::Piece(Piece { sms, place: None, data: None })
    }

    fn wait(&mut self, twin: Twin, out: &mut Vec<Found>) {
        if self.twins.len() == TWINS {
            out.extend(self.twins.remove(0).held);
        }
        self.twins.push(twin);
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.twins.first().map(|twin| twin.until)
    }

    pub fn expire(&mut self, now: Instant, out: &mut Vec<Found>) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            out.extend(self.twins.remove(0).held);
        }
    }

    pub fn finish(&mut self, out: &mut Vec<Found>) {
        out.extend(self.twins.drain(..).filter_map(|twin| twin.held));
    }
}

/// The driver's or the network's word of an SMS that was sent with a report asked for.
fn report(event: &Event, port: String) -> Found {
    let is_good = event.get("Success").map(<[u8]>::trim_ascii) == Some(b"1");
    let outcome = match (event.get("Type").map(<[u8]>::trim_ascii), is_good) {
        // The driver's own: the network took it, or did not.
        (Some(b"0"), true) => Outcome::Sent,
        (Some(b"0"), false) => Outcome::Failed,
        (Some(b"2"), _) => Outcome::Unknown,
        (_, true) => Outcome::Delivered,
        (_, false) => Outcome::Undelivered,
    };
    let maybe = |name: &str| event.get(name).filter(|value| !value.is_empty()).map(decode_text);
    Found::Report(Report {
        id: maybe("Payload"),
        time: maybe("SCTS"),
        done: maybe("DT"),
        words: event.get("Report").unwrap_or_default().to_vec(),
        ..Report::new(port, outcome)
    })
}

/// What an older driver says of each SMS that was sent.
fn status(event: &Event, port: String) -> Found {
    let outcome = match event.get("Status") {
        Some(status) if status.eq_ignore_ascii_case(b"Sent") => Outcome::Sent,
        Some(status) if status.eq_ignore_ascii_case(b"NotSent") => Outcome::Failed,
        _ => Outcome::Unknown,
    };
    let mut report = Report::new(port, outcome);
    report.id = event.get("ID").map(decode_text);
    report.words = event.get("Status").unwrap_or_default().to_vec();
    Found::Report(report)
}
