//! The reader of events, given what gateways write, byte by byte, and what is made to look like it.
#![cfg(feature = "client")]

mod channels;
mod cuts;
mod dongles;
mod one_event;
mod parts;

use std::time::{Duration, Instant};

use ami::gsm::{Incoming, SmsReader};
use ami::protocol::Parser;

const PATIENCE: Duration = Duration::from_secs(300);

/// A reader with its events, and a clock of its own.
struct Desk {
    parser: Parser,
    reader: SmsReader,
    now: Instant,
}

impl Desk {
    fn new() -> Desk {
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\n").expect("a banner");
        Desk { parser, reader: SmsReader::new(PATIENCE), now: Instant::now() }
    }

    fn newer() -> Desk {
        let mut desk = Desk::new();
        desk.reader.set_escapes(true);
        desk
    }

    /// The messages that these bytes give at once.
    fn take(&mut self, bytes: impl AsRef<[u8]>) -> Vec<Incoming> {
        self.parser.feed(bytes.as_ref()).expect("messages");
        while let Some(message) = self.parser.next().expect("messages") {
            self.reader.read(&message, self.now);
        }
        self.drain()
    }

    /// The messages that come after this time.
    fn wait(&mut self, time: Duration) -> Vec<Incoming> {
        self.now += time;
        self.reader.expire(self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Incoming> {
        std::iter::from_fn(|| self.reader.next()).collect()
    }
}

/// The fields of the messages, for comparisons.
fn shown(incoming: &[Incoming]) -> Vec<String> {
    incoming
        .iter()
        .map(|incoming| match incoming {
            Incoming::Sms(sms) => format!("{}|{}|{}|{}", sms.port(), sms.sender(), sms.time(), sms.text()),
            Incoming::Report(report) => {
                format!("report {}|{}", report.id().unwrap_or("-"), report.outcome().name())
            }
            Incoming::Ussd(ussd) => format!("ussd {}|{}|{:?}", ussd.port(), ussd.text(), ussd.wants_answer()),
            Incoming::Unreadable(unreadable) => format!("unreadable: {}", unreadable.why()),
            _ => "?".to_owned(),
        })
        .collect()
}

fn frame(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect::<String>() + "\r\n"
}

/// As 1.8 writes it.
fn variable(channel: &str, id: &str, name: &str, value: &str) -> String {
    frame(&[
        "Event: VarSet",
        "Privilege: dialplan,all",
        &format!("Channel: {channel}"),
        &format!("Variable: {name}"),
        &format!("Value: {value}"),
        &format!("Uniqueid: {id}"),
    ])
}

fn step(channel: &str, id: &str, context: &str, line: &str) -> String {
    frame(&[
        "Event: Newexten",
        "Privilege: dialplan,all",
        &format!("Channel: {channel}"),
        &format!("Context: {context}"),
        "Extension: sms",
        "Priority: 1",
        "Application: System",
        &format!("AppData: {line}"),
        &format!("Uniqueid: {id}"),
    ])
}

fn created(channel: &str, id: &str) -> String {
    frame(&["Event: Newchannel", "Privilege: call,all", &format!("Channel: {channel}"), &format!("Uniqueid: {id}")])
}

fn line(port: &str, text: &str) -> String {
    format!(r#"/my_tools/process_sms "{port}" "10086" "2014/09/11 09:36:47" "{text}" > /dev/null 2>&1 &"#)
}

/// The variables of an SMS.
fn variables(channel: &str, id: &str, text: &str, pdu: &str) -> String {
    [
        ("SMSSRC", "10086"),
        ("SMSTXT", text),
        ("SMSPDU", pdu),
        ("SMSTIME", "2014/09/11 09:36:47"),
        ("SMSTZ", "GMT+8"),
        ("DIALSTATUS", "SMS_END"),
    ]
    .map(|(name, value)| variable(channel, id, name, value))
    .concat()
}

/// "hellohello" from +8613632919026, in the default alphabet.
const PDU: &str = "0891683108705505F0040D91683136929120F60000419011906374230AE8329BFD4697D9EC37";

/// A PDU from +33600000021 with this first octet, coding and user data.
fn deliver(first: &str, coding: &str, data: &str) -> String {
    format!("0791947101670000{first}0B913306000020F100{coding}62304021436540{data}")
}
