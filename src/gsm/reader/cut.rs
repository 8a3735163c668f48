//! An event that its text has cut.
//!
//! Old servers write a text with its line ends into their events, so a text may hold what looks like headers, events and
//! responses. The server writes each event at once, so all that follows a cut event is its text, up to the end that only the
//! server can have written. Nothing in between is believed.

use std::time::{Duration, Instant};

use super::allo::OwnEvent;
use super::command_line::is_unfinished;
use super::found::Found;
use super::wire::{before, port_of, split_id};
use crate::events::{Event, marker};

/// The pieces of a text that was cut come together.
const WAIT: Duration = Duration::from_secs(2);
/// More than what any text of a driver takes: an SMS has 160 characters, and its parts come one by one.
const MOST_BYTES: usize = 16 << 10;
const MOST_PIECES: usize = 96;

/// The event, and all that came behind it.
pub(super) struct Cut {
    /// The first piece, and which of its headers is cut.
    event: Event,
    at: usize,
    pub value: Value,
    /// The id of the call that the event is about, as far as it was known before.
    pub id: Option<Vec<u8>>,
    /// The value, and what stands behind it.
    pub bytes: Vec<u8>,
    pieces: usize,
    /// More came than a text can be; some of it was told already.
    is_over: bool,
    until: Instant,
}

/// The value that was cut, by what the server writes behind it.
pub(super) enum Value {
    /// Of a variable: the id of the call.
    Variable,
    /// Of a step of the dialplan: the id of the call.
    Step,
    /// Of a step of the dialplan, up to its end: newer servers write nothing behind it.
    LastStep,
    /// Of ALLO's own event: the PDU.
    Own(OwnEvent),
    /// Of an event that is lost: nobody knows. An event about a call that was known before the loss is none of its pieces.
    Lost,
}

/// The state of a cut after its next piece.
pub(super) enum Next {
    Open,
    Whole,
    /// It is too much for a text.
    TooMuch,
}

impl Cut {
    /// Begins with this event, whose header of this index is cut.
    pub fn new(event: &Event, at: usize, value: Value, id: Option<Vec<u8>>, now: Instant) -> Cut {
        let (bytes, event) = (event.rest(at), event.detached());
        Cut { event, at, value, id, bytes, pieces: 0, is_over: false, until: now + WAIT }
    }

    /// The value of a header of the event's own.
    pub fn get(&self, name: &str) -> &[u8] {
        before(&self.event, self.at, name).unwrap_or_default()
    }

    /// Events were lost, and what comes now may be pieces of one of them.
    pub fn lost(now: Instant) -> Cut {
        let event = marker::lagged(0);
        let at = event.len();
        Cut { event, at, value: Value::Lost, id: None, bytes: Vec::new(), pieces: 0, is_over: false, until: now + WAIT }
    }

    pub fn until(&self) -> Instant {
        self.until
    }

    /// Takes the next message, whatever it is.
    pub fn take(&mut self, message: &Event) -> Next {
        let piece = message.piece();
        self.bytes.extend_from_slice(&piece);
        self.pieces += 1;
        if self.ends_with(&piece) {
            Next::Whole
        } else if self.pieces < MOST_PIECES && self.bytes.len() < MOST_BYTES {
            Next::Open
        } else {
            Next::TooMuch
        }
    }

    /// Tells whether more came than a text can be, and some of it was told.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Tells what has come so far. What still comes belongs to it as long as its end can be told from all else.
    pub fn tell(mut self) -> (Found, Option<Cut>) {
        let told = self.unreadable();
        (self.pieces, self.is_over) = (0, true);
        let has_end = matches!(self.value, Value::Lost) || self.id.is_some() && !matches!(self.value, Value::LastStep);
        (told, has_end.then_some(self))
    }

    fn ends_with(&self, piece: &[u8]) -> bool {
        match &self.value {
            Value::Lost => false,
            Value::Own(own) => own.is_whole(&self.bytes),
            // The driver escapes quotes, so a text cannot write the end of a command line.
            Value::LastStep => memchr::memchr(b'"', piece).is_some() && !is_unfinished(&self.bytes),
            Value::Variable | Value::Step => match split_id(piece).1 {
                None => false,
                Some(id) if self.id.is_some() => Some(id) == self.id,
                // The text may hold a line like it; only a command line tells its own end.
                Some(_) => matches!(self.value, Value::Variable) || !is_unfinished(&self.bytes),
            },
        }
    }

    /// The end did not come; what has come is told, if anything.
    pub fn give_up(mut self) -> Option<Found> {
        (!self.bytes.is_empty()).then(|| self.unreadable())
    }

    fn unreadable(&mut self) -> Found {
        let why = match &self.value {
            Value::Lost => "events were lost, and what came behind them may be pieces of a text",
            _ => "an event lacks its end, as if the text of an SMS had cut it, and the end did not come",
        };
        let port = match &self.value {
            Value::Own(own) => own.port.clone(),
            _ => port_of(self.get("Context"), self.get("Channel")),
        };
        Found::unreadable(port, why, std::mem::take(&mut self.bytes))
    }
}
