//! Finds SMS, reports and USSD texts in the events of a server, whichever gateway it is.
//!
//! A state machine without input and output: events and time go in, what was found comes out.

mod allo;
mod assembly;
mod channel;
mod command_line;
mod cut;
mod dongle;
mod yeastar;

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use allo::{OwnEvent, Read};
use assembly::{Assembly, Piece, Place};
use channel::Channels;
use cut::{Cut, Next, Value};
use dongle::Dongles;

use super::incoming::{Incoming, Report, Sms, Unreadable, Ussd};
use super::pdu::{Delivery, Pdu};
use super::receipt::Outcome;
use crate::client::Event;
use crate::protocol::Kind;

/// Something in an event, which may be a part only.
#[derive(Debug)]
enum Found {
    Piece(Piece),
    /// By an event beside the channel that brings it too, and the PDU that it names.
    Announced(Piece, String),
    Report(Report),
    Ussd(Ussd),
    Unreadable(Unreadable),
    /// A device that its driver has let go of.
    Gone(String),
}

/// A word of the reader's: something that came in, or something of the gateway itself.
pub(super) enum Word {
    Incoming(Incoming),
    /// The driver has let go of this device, and of all that it had for it.
    Gone(String),
}

impl Found {
    fn unreadable(port: String, why: &str, raw: Vec<u8>) -> Found {
        Found::Unreadable(Unreadable { port, why: why.to_owned(), raw })
    }
}

/// Reads a stream of events. [`Inbox`](super::Inbox) is made of it; programs that move their own bytes can use it with
/// [`Parser`](crate::protocol::Parser).
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use ami::gsm::{Incoming, Reader};
/// use ami::protocol::Parser;
///
/// let mut parser = Parser::new();
/// parser.feed(b"Asterisk Call Manager/1.1\r\n")?;
/// parser.feed(b"Event: ReceivedSMS\r\nGsmSpan: 2\r\nSender: 10086\r\nContent: Got+it%21\r\n\r\n")?;
///
/// let mut reader = Reader::new(Duration::from_secs(300));
/// while let Some(message) = parser.next()? {
///     reader.read(&message, Instant::now());
/// }
/// if let Some(Incoming::Sms(sms)) = reader.next() {
///     assert_eq!((sms.span(), sms.text()), (2, "Got it!"));
/// }
/// # Ok::<(), ami::Error>(())
/// ```
pub struct Reader {
    escapes: bool,
    /// Nothing was read yet, but that the server has booted, so nobody knows what its texts can do.
    is_new: bool,
    channels: Channels,
    dongles: Dongles,
    /// The event whose pieces are coming.
    cut: Option<Cut>,
    echoes: Echoes,
    /// What waits for its channel.
    announced: VecDeque<Announced>,
    /// Such events come without channels.
    is_without_channels: bool,
    assembly: Assembly,
    found: Vec<Found>,
    out: VecDeque<Word>,
}

/// The channel of an SMS begins right behind the event that tells of it.
const CHANNEL_WAIT: Duration = Duration::from_secs(2);
const ANNOUNCED: usize = 500;
const ANNOUNCED_BYTES: usize = 4 << 20;

/// An SMS that an event has told of, and that a channel is to bring.
struct Announced {
    piece: Piece,
    pdu: String,
    until: Instant,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}

impl Reader {
    /// An SMS waits so long for its parts.
    pub fn new(patience: Duration) -> Reader {
        Reader {
            escapes: false,
            is_new: true,
            channels: Channels::default(),
            dongles: Dongles::default(),
            cut: None,
            echoes: Echoes::default(),
            announced: VecDeque::new(),
            is_without_channels: false,
            assembly: Assembly::new(patience),
            found: Vec::new(),
            out: VecDeque::new(),
        }
    }

    /// Whether the server escapes the values of variables, see [`crate::protocol::escapes_values`]; not unless said.
    pub fn set_escapes(&mut self, escapes: bool) {
        self.escapes = escapes;
    }

    /// Takes an event. What stands between events belongs here too, responses that answer nothing above all: an event may
    /// have been cut by the text in it, and these are its pieces.
    pub fn read(&mut self, event: &Event, now: Instant) {
        let is_piece = match self.cut.take() {
            None => false,
            Some(cut) if self.channels.is_of_another_call(event, &cut) => {
                self.found.extend(cut.give_up());
                false
            }
            Some(cut) => {
                self.go_on(cut, event);
                true
            }
        };
        if !is_piece && event.kind() == Kind::Event {
            self.cut = self.begin(event, now);
        }
        self.sort(now);
    }

    /// Reads an event that stands by itself; hands it out if it is cut.
    fn begin(&mut self, event: &Event, now: Instant) -> Option<Cut> {
        let found = &mut self.found;
        self.is_new &= event.is("FullyBooted");
        match event.name() {
            name if name.eq_ignore_ascii_case(b"VarSet") => return self.channels.set(event, self.escapes, now, found),
            name if name.eq_ignore_ascii_case(b"Newexten") => return self.channels.step(event, now, found),
            name if name.eq_ignore_ascii_case(b"GSMEventSMS") => {
                self.channels.expect_cuts();
                match OwnEvent::read(event, now) {
                    Read::Found(one) => found.push(one),
                    Read::Cut(cut) => return Some(cut),
                }
            }
            name if name.eq_ignore_ascii_case(b"Newchannel") => self.channels.announced(event),
            name if name.eq_ignore_ascii_case(b"Hangup") => self.channels.hung_up(event, found),
            name if name.eq_ignore_ascii_case(b"ReceivedSMS") => found.push(yeastar::received_sms(event)),
            name if name.eq_ignore_ascii_case(b"UpdateSMSSend") => found.push(yeastar::update_sms_send(event)),
            _ => self.dongles.read(event, now, found),
        }
        None
    }

    /// Takes the next piece of an event that is cut.
    fn go_on(&mut self, mut cut: Cut, piece: &Event) {
        match cut.take(piece) {
            Next::Open => self.cut = Some(cut),
            Next::Whole if cut.is_over() => self.found.extend(cut.give_up()),
            Next::Whole => match &cut.value {
                Value::Own(own) => self.found.push(own.found(&cut.bytes)),
                _ => self.channels.whole(&cut, self.escapes, &mut self.found),
            },
            Next::TooMuch => {
                let (told, cut) = cut.tell();
                self.found.push(told);
                self.cut = cut;
            }
        }
    }

    fn give_up_cut(&mut self) {
        self.found.extend(self.cut.take().and_then(Cut::give_up));
    }

    fn sort(&mut self, now: Instant) {
        for found in std::mem::take(&mut self.found) {
            match found {
                Found::Piece(piece) => {
                    self.is_without_channels &= !self.channels.bring_all();
                    if !self.echoes.is_one(&piece, false, now) {
                        self.announced.retain(|announced| !announced.is(&piece));
                        self.assemble(piece, now);
                    }
                }
                Found::Announced(piece, _) if self.is_without_channels => {
                    if !self.echoes.is_one(&piece, true, now) {
                        self.assemble(piece, now);
                    }
                }
                // The channel brings the whole, if channels bring any, and nobody can write one but the driver.
                Found::Announced(piece, pdu) => {
                    self.announced.push_back(Announced { piece, pdu, until: now + CHANNEL_WAIT });
                    let cost = |announced: &Announced| announced.piece.cost() + announced.pdu.len();
                    while self.announced.len() > ANNOUNCED
                        || self.announced.iter().map(cost).sum::<usize>() > ANNOUNCED_BYTES
                    {
                        self.give_up_announced(1, now);
                    }
                }
                Found::Report(report) => self.tell(Incoming::Report(report)),
                Found::Ussd(ussd) => self.tell(Incoming::Ussd(ussd)),
                Found::Unreadable(unreadable) => self.tell(Incoming::Unreadable(unreadable)),
                Found::Gone(port) => self.out.push_back(Word::Gone(port)),
            }
        }
    }

    fn tell(&mut self, incoming: Incoming) {
        self.out.push_back(Word::Incoming(incoming));
    }

    fn assemble(&mut self, piece: Piece, now: Instant) {
        self.assembly.take(piece, now, &mut |sms| self.out.push_back(Word::Incoming(Incoming::Sms(sms))));
    }

    /// When [`Reader::expire`] is to be called.
    pub fn deadline(&self) -> Option<Instant> {
        let announced = self.announced.front().map(|announced| announced.until);
        let cut = self.cut.as_ref().map(Cut::until);
        [cut, announced, self.channels.deadline(), self.dongles.deadline(), self.assembly.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Hands out what need not wait any longer.
    pub fn expire(&mut self, now: Instant) {
        if self.cut.as_ref().is_some_and(|cut| cut.until() <= now) {
            self.give_up_cut();
        }
        self.channels.expire(now, &mut self.found);
        self.dongles.expire(now, &mut self.found);
        self.sort(now);
        self.give_up_announced(self.announced.iter().take_while(|announced| announced.until <= now).count(), now);
        self.assembly.expire(now, &mut |sms| self.out.push_back(Word::Incoming(Incoming::Sms(sms))));
    }

    /// Hands out the oldest of what no channel has brought, unless channels bring all: then it was in a text.
    fn give_up_announced(&mut self, count: usize, now: Instant) {
        for Announced { piece, .. } in self.announced.drain(..count).collect::<Vec<_>>() {
            if self.channels.bring_all() {
                let why = "an event told of an SMS that no channel brought, as if it stood in a text";
                self.tell(Incoming::Unreadable(Unreadable {
                    port: piece.sms.port,
                    why: why.to_owned(),
                    raw: piece.sms.raw,
                }));
                continue;
            }
            self.is_without_channels = true;
            if !self.echoes.is_one(&piece, true, now) {
                self.assemble(piece, now);
            }
        }
    }

    /// Events were lost on their way. What has begun may go on. Where texts can cut events, what comes next may be pieces.
    pub fn lagged(&mut self, now: Instant) {
        self.give_up_cut();
        if self.is_new || self.channels.may_be_cut() {
            self.cut = Some(Cut::lost(now));
        }
        self.channels.lose();
        self.sort(now);
    }

    /// The link is gone: nothing more comes of a call that has begun. Parts may still come, over the next one.
    pub fn interrupt(&mut self, now: Instant) {
        self.give_up_cut();
        let announced = self.announced.len();
        self.give_up_announced(announced, now);
        self.channels.finish(&mut self.found);
        self.dongles.finish(&mut self.found);
        self.sort(now);
    }

    /// Hands out all that waits.
    pub fn finish(&mut self, now: Instant) {
        self.interrupt(now);
        self.assembly.finish(&mut |sms| self.out.push_back(Word::Incoming(Incoming::Sms(sms))));
    }

    /// What was found, in order.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Incoming> {
        loop {
            if let Word::Incoming(incoming) = self.next_word()? {
                return Some(incoming);
            }
        }
    }

    /// The same, with what it tells of the gateway itself.
    pub(super) fn next_word(&mut self) -> Option<Word> {
        self.out.pop_front()
    }
}

impl Announced {
    /// Whether a channel has brought this one. A message without a PDU is told by its sender: its text may differ in how the
    /// driver has written it.
    fn is(&self, piece: &Piece) -> bool {
        let (mine, other) = (&self.piece.sms, &piece.sms);
        match other.pdus.first() {
            Some(pdu) => *pdu == self.pdu,
            None => mine.port == other.port && mine.sender == other.sender,
        }
    }
}

/// What came by one of two ways shortly before, and may come by the other.
#[derive(Default)]
struct Echoes {
    /// Digests of messages, with keys that nobody knows.
    known: VecDeque<(u64, bool, Instant)>,
    digests: RandomState,
}

impl Echoes {
    const WAIT: Duration = Duration::from_secs(10);
    const MOST: usize = 64;

    /// Whether the piece is known by the other way. Else it is kept in mind.
    fn is_one(&mut self, piece: &Piece, is_announced: bool, now: Instant) -> bool {
        let sms = &piece.sms;
        let mark = match sms.pdus.first() {
            Some(pdu) => self.digests.hash_one(pdu),
            None => self.digests.hash_one((&sms.port, &sms.sender, &sms.text)),
        };
        let known = &mut self.known;
        while known.len() >= Echoes::MOST || known.front().is_some_and(|(.., since)| *since + Echoes::WAIT < now) {
            known.pop_front();
        }
        let other = known.iter().position(|(have, announced, _)| *have == mark && *announced != is_announced);
        match other {
            Some(at) => drop(known.remove(at)),
            None => known.push_back((mark, is_announced, now)),
        }
        other.is_some()
    }
}

/// What a PDU in hex says, if it can be read and came in.
fn pdu_in_hex(hex: &[u8], port: &str) -> Option<Found> {
    let hex = hex.trim_ascii();
    found_in(Pdu::from_hex(hex).ok()?, String::from_utf8_lossy(hex).into_owned(), port)
}

/// What a PDU says; nothing if it is not one that came in.
fn found_in(pdu: Pdu, hex: String, port: &str) -> Option<Found> {
    match pdu {
        Pdu::Deliver(deliver) => {
            let data = deliver.user_data();
            let place = data.part().map(|part| Place {
                reference: part.reference.to_string(),
                total: part.total.into(),
                index: part.index.into(),
            });
            let sms = Sms {
                port: port.to_owned(),
                sender: deliver.sender().as_str().to_owned(),
                time: deliver.time().map(|time| time.to_string()).unwrap_or_default(),
                text: data.text().unwrap_or_default().to_owned(),
                smsc: deliver.smsc().map(|smsc| smsc.as_str().to_owned()),
                class: data.class(),
                parts: 1,
                missing: Vec::new(),
                pdus: vec![hex],
                raw: data.octets().to_vec(),
                is_data: data.text().is_none(),
                application_port: data.port(),
            };
            Some(Found::Piece(Piece { sms, place, data: Some(data.clone()) }))
        }
        Pdu::StatusReport(status) => Some(Found::Report(Report {
            recipient: Some(status.recipient().as_str().to_owned()),
            time: status.time().map(|time| time.to_string()),
            done: status.discharge_time().map(|time| time.to_string()),
            reference: Some(status.reference()),
            status: Some(status.status()),
            ..Report::new(port.to_owned(), outcome_of(status.delivery()))
        })),
        _ => None,
    }
}

/// Of what was handed on or replaced, and of what is still tried, no more is known than that the network took it.
fn outcome_of(delivery: Delivery) -> Outcome {
    match delivery {
        Delivery::Delivered => Outcome::Delivered,
        Delivery::FailedPermanently | Delivery::FailedTemporarily => Outcome::Undelivered,
        Delivery::Completed | Delivery::Trying => Outcome::Sent,
    }
}

/// UTF-8 where it is, else Latin-1: drivers send both. A byte-order mark is left out.
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// `2014/09/11 09:36:47` as `2014-09-11T09:36:47`.
fn iso_time(time: &[u8]) -> Option<String> {
    let fits = time.len() == 19
        && time.iter().enumerate().all(|(at, &byte)| match at {
            4 | 7 => matches!(byte, b'/' | b'-'),
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    fits.then(|| String::from_utf8_lossy(time).replace('/', "-").replace(' ', "T"))
}

/// `GMT+8` as `+08:00`.
fn zone_of(zone: &[u8]) -> Option<String> {
    let offset = std::str::from_utf8(zone).ok()?.strip_prefix("GMT")?;
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
    let (sign, hours) = match hours.strip_prefix('-') {
        Some(hours) => ('-', hours),
        None => ('+', hours.strip_prefix('+').unwrap_or(hours)),
    };
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    (hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}
