//! The reader of a server's events.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use super::allo::{OwnEvent, Read};
use super::assembly::{Assembly, Piece};
use super::channel::Channels;
use super::cut::{Cut, Next, Value};
use super::dongle::Dongles;
use super::echoes::Echoes;
use super::found::{Found, Word};
use super::yeastar;
use crate::events::Event;
use crate::gsm::incoming::{Incoming, Unreadable};
use crate::protocol::MessageKind;

/// Reads a stream of events. [`Inbox`](crate::gsm::Inbox) is made of it; programs that move their own bytes can use it with
/// [`Parser`](crate::protocol::Parser).
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use ami::gsm::{Incoming, SmsReader};
/// use ami::protocol::Parser;
///
/// let mut parser = Parser::new();
/// parser.feed(b"Asterisk Call Manager/1.1\r\n")?;
/// parser.feed(b"Event: ReceivedSMS\r\nGsmSpan: 2\r\nSender: 10086\r\nContent: Got+it%21\r\n\r\n")?;
///
/// let mut reader = SmsReader::new(Duration::from_secs(300));
/// while let Some(message) = parser.next()? {
///     reader.read(&message, Instant::now());
/// }
/// if let Some(Incoming::Sms(sms)) = reader.next() {
///     assert_eq!((sms.span(), sms.text()), (2, "Got it!"));
/// }
/// # Ok::<(), ami::Error>(())
/// ```
pub struct SmsReader {
    escapes: bool,
    /// Nothing was read yet, but that the server has booted, so nobody knows what its texts can do.
    is_new: bool,
    channels: Channels,
    dongles: Dongles,
    /// The event whose pieces are coming.
    cut: Option<Cut>,
    echoes: Echoes,
    /// Messages that wait for their channel.
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

impl fmt::Debug for SmsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}

impl SmsReader {
    /// An SMS waits so long for its parts.
    pub fn new(patience: Duration) -> SmsReader {
        SmsReader {
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

    /// Tells whether the server escapes the values of variables, see [`crate::protocol::escapes_values`]; not unless said.
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
        if !is_piece && event.kind() == MessageKind::Event {
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
                match OwnEvent::read(event) {
                    Read::Found(one) => found.push(*one),
                    Read::Cut(own, at) => return Some(Cut::new(event, at, Value::Own(own), None, now)),
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

    /// When [`SmsReader::expire`] is to be called.
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

    /// The finds, in order.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Incoming> {
        loop {
            if let Word::Incoming(incoming) = self.next_word()? {
                return Some(incoming);
            }
        }
    }

    /// The same, with what it tells of the gateway itself.
    pub(in crate::gsm) fn next_word(&mut self) -> Option<Word> {
        self.out.pop_front()
    }
}

impl Announced {
    /// Tells whether a channel has brought this one. A message without a PDU is told by its sender: its text may differ in how
    /// the driver has written it.
    fn is(&self, piece: &Piece) -> bool {
        let (mine, other) = (&self.piece.sms, &piece.sms);
        match other.pdus.first() {
            Some(pdu) => *pdu == self.pdu,
            None => mine.port == other.port && mine.sender == other.sender,
        }
    }
}
