//! Messages that come in through a gateway, as events of its own: `#sms`, `#report`, `#ussd` and `#unreadable`.
//!
//! They travel through the queues that every event does, in order with the markers of losses and gaps.

use std::fmt;

use super::outcome::Outcome;
use super::ussd::{UssdReply, no_answer};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, marker};
use crate::protocol::MessageKind;

/// An incoming message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// An SMS.
    Sms(Sms),
    /// The report about an SMS that was sent.
    Report(Report),
    /// A USSD message that nobody here waits for. Where replies come as events (dongles), one that a gateway's call waits for
    /// is not among what comes in at that gateway; other gateways and clients see it.
    Ussd(Ussd),
    /// Something that looks like an SMS and cannot be read, or is not to be believed.
    Unreadable(Unreadable),
}

impl Incoming {
    /// Reads an event of a [`super::Inbox`]; `None` for a marker.
    pub fn from_event(event: &Event) -> Option<Incoming> {
        if event.kind() != MessageKind::Derived {
            return None;
        }
        let fields = Fields(event);
        match event.name() {
            b"#sms" => Some(Incoming::Sms(Sms::read(&fields))),
            b"#report" => Some(Incoming::Report(Report::read(&fields))),
            b"#ussd" => Some(Incoming::Ussd(Ussd::read(&fields))),
            b"#unreadable" => Some(Incoming::Unreadable(Unreadable::read(&fields))),
            _ => None,
        }
    }

    pub(crate) fn into_event(self) -> Event {
        let mut headers = Headers::default();
        let name = match self {
            Incoming::Sms(sms) => sms.write(&mut headers),
            Incoming::Report(report) => report.write(&mut headers),
            Incoming::Ussd(ussd) => ussd.write(&mut headers),
            Incoming::Unreadable(unreadable) => unreadable.write(&mut headers),
        };
        marker::derived(name, headers.0.iter().map(|(name, value)| (*name, &value[..])))
    }
}

#[derive(Default)]
struct Headers(Vec<(&'static str, Vec<u8>)>);

impl Headers {
    fn put(&mut self, name: &'static str, value: impl Into<Vec<u8>>) -> &mut Self {
        self.0.push((name, value.into()));
        self
    }

    /// A port, as far as it is known: its number, if it has one, and its name.
    fn port(&mut self, port: String) -> &mut Self {
        self.maybe("Span", Some(span_of(&port)).filter(|span| *span > 0));
        self.maybe("Port", Some(port).filter(|port| !port.is_empty()))
    }

    fn maybe<T: ToString>(&mut self, name: &'static str, value: Option<T>) -> &mut Self {
        if let Some(value) = value {
            self.put(name, value.to_string());
        }
        self
    }
}

struct Fields<'a>(&'a Event);

impl Fields<'_> {
    fn text(&self, name: &str) -> String {
        self.0.text(name).unwrap_or_default().into_owned()
    }

    fn maybe(&self, name: &str) -> Option<String> {
        self.0.text(name).map(Into::into)
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.0.text(name)?.parse().ok()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        self.0.get(name).unwrap_or_default().to_vec()
    }
}

/// The number of a port that has one.
fn span_of(port: &str) -> u32 {
    port.parse().unwrap_or(0)
}

/// An SMS that came in, whole or what arrived of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sms {
    pub(super) port: String,
    pub(super) sender: String,
    pub(super) time: String,
    pub(super) text: String,
    pub(super) smsc: Option<String>,
    pub(super) class: Option<u8>,
    pub(super) parts: u32,
    pub(super) missing: Vec<u32>,
    pub(super) pdus: Vec<String>,
    pub(super) raw: Vec<u8>,
    /// True if it is no text.
    pub(super) is_data: bool,
    pub(super) application_port: Option<u16>,
}

impl Sms {
    /// The port's number, counted from 1; 0 where ports have names.
    pub fn span(&self) -> u32 {
        span_of(&self.port)
    }

    /// The port's name, such as `4` or `dongle0`.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The sender: a number, or a name.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// When the network took it, in ISO 8601, with the zone where the gateway tells it; empty where it tells no time. Of
    /// an SMS in parts it is the first part's.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// The text; empty for an SMS that is no text, see [`Sms::data`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The octets of an SMS that is no text, such as the notice of an MMS; of one in parts those of all that arrived, in
    /// order. `None` for a text, and where the gateway hands on nothing but texts.
    pub fn data(&self) -> Option<&[u8]> {
        self.is_data.then_some(&self.raw[..])
    }

    /// The port of the application that it is for, such as 2948 for notices of MMS, where it names one.
    pub fn application_port(&self) -> Option<u16> {
        self.application_port
    }

    /// The number of the message centre that handed it on, where the gateway tells it.
    pub fn smsc(&self) -> Option<&str> {
        self.smsc.as_deref()
    }

    /// Its message class, 0 (flash) to 3, where it has one.
    pub fn class(&self) -> Option<u8> {
        self.class
    }

    /// The number of parts that it was sent in.
    pub fn parts(&self) -> u32 {
        self.parts
    }

    /// Which parts did not arrive in time, counted from 1.
    pub fn missing(&self) -> &[u32] {
        &self.missing
    }

    /// Tells whether all of it arrived.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The parts' PDUs in hex, with the message centre's number in front, where the gateway hands them out.
    pub fn pdus(&self) -> &[String] {
        &self.pdus
    }

    /// The text as bytes before they were decoded: the user data of the PDUs, or what the gateway wrote.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The SMS that an event of an inbox is, if it is one.
    pub fn from_event(event: &Event) -> Option<Sms> {
        match Incoming::from_event(event)? {
            Incoming::Sms(sms) => Some(sms),
            _ => None,
        }
    }

    fn write(self, headers: &mut Headers) -> &'static str {
        let missing: Vec<String> = self.missing.iter().map(u32::to_string).collect();
        headers.port(self.port).put("Sender", self.sender);
        headers.put("Time", self.time).put("Text", self.text).maybe("Smsc", self.smsc).maybe("Class", self.class);
        headers.put("Parts", self.parts.to_string()).put("Missing", missing.join(",")).put("Raw", self.raw);
        headers.maybe("IsData", self.is_data.then_some(true)).maybe("ApplicationPort", self.application_port);
        for pdu in self.pdus {
            headers.put("Pdu", pdu);
        }
        "#sms"
    }

    fn read(fields: &Fields<'_>) -> Sms {
        Sms {
            port: fields.text("Port"),
            sender: fields.text("Sender"),
            time: fields.text("Time"),
            text: fields.text("Text"),
            smsc: fields.maybe("Smsc"),
            class: fields.number("Class"),
            parts: fields.number("Parts").unwrap_or(1),
            missing: fields.text("Missing").split(',').filter_map(|index| index.parse().ok()).collect(),
            pdus: fields.0.get_all("Pdu").map(|pdu| String::from_utf8_lossy(pdu).into_owned()).collect(),
            raw: fields.bytes("Raw"),
            is_data: fields.number("IsData").unwrap_or(false),
            application_port: fields.number("ApplicationPort"),
        }
    }
}

impl fmt::Debug for Sms {
    // The sender and the text are people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms")
            .field("port", &self.port)
            .field("time", &self.time)
            .field("parts", &self.parts)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

/// The report about an SMS that was sent, as the gateway tells it later: that the network took it or not, and where it was
/// asked for, that the recipient has it or not.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    pub(super) port: String,
    pub(super) id: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) recipient: Option<String>,
    pub(super) time: Option<String>,
    pub(super) done: Option<String>,
    pub(super) reference: Option<u8>,
    pub(super) status: Option<u8>,
    pub(super) words: Vec<u8>,
}

impl Report {
    pub(super) fn new(port: String, outcome: Outcome) -> Report {
        Report {
            port,
            id: None,
            outcome,
            recipient: None,
            time: None,
            done: None,
            reference: None,
            status: None,
            words: Vec::new(),
        }
    }

    /// The port's number, counted from 1; 0 where ports have names or the gateway does not tell.
    pub fn span(&self) -> u32 {
        span_of(&self.port)
    }

    /// The port's name; empty where the gateway does not tell.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The id that the SMS was sent with, where the gateway repeats it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The outcome.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The number that it was sent to, where the gateway tells it.
    pub fn recipient(&self) -> Option<&str> {
        self.recipient.as_deref()
    }

    /// When the message centre took it, in ISO 8601, where it tells.
    pub fn time(&self) -> Option<&str> {
        self.time.as_deref()
    }

    /// When it was delivered or given up, in ISO 8601, where the network tells.
    pub fn done(&self) -> Option<&str> {
        self.done.as_deref()
    }

    /// The network's reference of the SMS, where the gateway tells it.
    pub fn reference(&self) -> Option<u8> {
        self.reference
    }

    /// The network's own status (TS 23.040, 9.2.3.15), where the gateway tells it.
    pub fn status(&self) -> Option<u8> {
        self.status
    }

    /// The gateway's own text; it may be empty.
    pub fn peer_text(&self) -> &[u8] {
        &self.words
    }

    fn write(self, headers: &mut Headers) -> &'static str {
        headers.port(self.port).maybe("Id", self.id);
        headers.put("Outcome", self.outcome.name()).maybe("Recipient", self.recipient);
        headers.maybe("Time", self.time).maybe("Done", self.done).maybe("Reference", self.reference);
        headers.maybe("Status", self.status).put("Words", self.words);
        "#report"
    }

    fn read(fields: &Fields<'_>) -> Report {
        Report {
            port: fields.text("Port"),
            id: fields.maybe("Id"),
            outcome: Outcome::named(&fields.text("Outcome")).unwrap_or(Outcome::Unknown),
            recipient: fields.maybe("Recipient"),
            time: fields.maybe("Time"),
            done: fields.maybe("Done"),
            reference: fields.number("Reference"),
            status: fields.number("Status"),
            words: fields.bytes("Words"),
        }
    }
}

impl fmt::Debug for Report {
    // The number is people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("port", &self.port)
            .field("id", &self.id)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// The state of the dialogue that a USSD message tells, by the number that a modem tells in front of it (27.007 7.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UssdMode {
    /// 0: a text that wants no answer, and the end of the dialogue.
    Final,
    /// 1: a text that wants an answer.
    Question,
    /// 2: the network has ended the dialogue; a text may say why.
    Ended,
    /// 3: something else on the modem took the reply.
    OtherClient,
    /// 4: the network does not know the code.
    NotSupported,
    /// 5: the network gave up waiting.
    TimedOut,
    /// The driver's own word: the modem did not take the code, and nothing went out.
    NotSent,
}

const MODES: [(UssdMode, &str); 7] = [
    (UssdMode::Final, "final"),
    (UssdMode::Question, "question"),
    (UssdMode::Ended, "ended"),
    (UssdMode::OtherClient, "other-client"),
    (UssdMode::NotSupported, "not-supported"),
    (UssdMode::TimedOut, "timed-out"),
    (UssdMode::NotSent, "not-sent"),
];

impl UssdMode {
    /// Its name, such as `question`.
    pub fn name(self) -> &'static str {
        MODES.iter().find(|(mode, _)| *mode == self).map_or("final", |(_, name)| name)
    }

    fn named(name: &str) -> Option<UssdMode> {
        MODES.iter().find(|(_, known)| *known == name).map(|(mode, _)| *mode)
    }

    /// By the modem's number.
    pub(super) fn numbered(number: u8) -> Option<UssdMode> {
        MODES[..6].get(usize::from(number)).map(|(mode, _)| *mode)
    }
}

/// A USSD message: a text that came by itself, or what came of a code where a gateway tells that with an event.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ussd {
    pub(super) port: String,
    pub(super) text: String,
    pub(super) mode: Option<UssdMode>,
    pub(super) id: Option<String>,
}

impl Ussd {
    /// The port's number, counted from 1; 0 where ports have names.
    pub fn span(&self) -> u32 {
        span_of(&self.port)
    }

    /// The port's name.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The text; empty where there is none, as with most modes from [`UssdMode::Ended`] on.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The state of its dialogue, where the gateway tells it.
    pub fn mode(&self) -> Option<UssdMode> {
        self.mode
    }

    /// Tells whether the network waits for an answer, where the gateway tells it.
    pub fn wants_answer(&self) -> Option<bool> {
        self.mode.map(|mode| mode == UssdMode::Question)
    }

    /// The driver's own name for the code that this is about, where it tells one: the `ID` of the answer to the action.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Turns it into the reply, or the error, for a caller who waits.
    pub(super) fn into_reply(self) -> Result<UssdReply> {
        let wants_answer = self.wants_answer().unwrap_or(false);
        let text = match self.mode {
            Some(UssdMode::Ended) if self.text.is_empty() => "the network ended the USSD dialogue without a reply",
            Some(UssdMode::OtherClient) => "something else on the modem took the network's USSD reply",
            Some(UssdMode::NotSupported) => "the network does not support the USSD code",
            Some(UssdMode::NotSent) => "the modem refused the USSD code; nothing was sent",
            Some(UssdMode::TimedOut) => return Err(no_answer().with_peer_message(self.text.as_bytes())),
            Some(UssdMode::Final | UssdMode::Question | UssdMode::Ended) | None => {
                return Ok(UssdReply::new(self.text, wants_answer));
            }
        };
        Err(Error::new(ErrorKind::Ussd, text).with_peer_message(self.text.as_bytes()))
    }

    fn write(self, headers: &mut Headers) -> &'static str {
        let wants_answer = self.wants_answer();
        headers.port(self.port).put("Text", self.text);
        headers.maybe("WantsAnswer", wants_answer).maybe("Mode", self.mode.map(UssdMode::name)).maybe("Id", self.id);
        "#ussd"
    }

    fn read(fields: &Fields<'_>) -> Ussd {
        Ussd {
            port: fields.text("Port"),
            text: fields.text("Text"),
            mode: fields.0.text("Mode").and_then(|mode| UssdMode::named(&mode)),
            id: fields.maybe("Id"),
        }
    }
}

impl fmt::Debug for Ussd {
    // The text may hold a balance or a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ussd").field("port", &self.port).field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// Something that looks like an SMS and could not be read, or came in a way that an SMS cannot.
#[derive(Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub(super) port: String,
    pub(super) why: String,
    pub(super) raw: Vec<u8>,
}

impl Unreadable {
    /// The port's name, where it could be told.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The reason why it cannot be read.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The message as the server sent it.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn write(self, headers: &mut Headers) -> &'static str {
        headers.port(self.port).put("Why", self.why).put("Raw", self.raw);
        "#unreadable"
    }

    fn read(fields: &Fields<'_>) -> Unreadable {
        Unreadable { port: fields.text("Port"), why: fields.text("Why"), raw: fields.bytes("Raw") }
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").field("port", &self.port).field("why", &self.why).finish_non_exhaustive()
    }
}
