//! The actions in flight, by tickets that their ActionIDs hold.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

use zeroize::Zeroizing;

use super::action::Action;
use super::message::Message;
use super::outbox::{Outbox, Outgoing};
use super::scanner::Commands;
use crate::catalog::ActionFacts;

pub(super) enum Owner<T> {
    Caller(T),
    Challenge,
    Login,
    /// Puts a mask or a filter in force again.
    Restore,
    Keepalive,
    Logoff,
    /// A `Ping` behind an action that may get no response: with its answer the server is done with that one.
    Fence(u64),
    /// Its caller was told that the outcome is unknown; an answer may still come.
    Abandoned,
}

pub(super) struct Pending<T> {
    pub owner: Owner<T>,
    pub facts: &'static ActionFacts,
    pub name: String,
    /// The caller's own ActionID; without it, libami's.
    pub own_id: Option<Box<[u8]>>,
    /// The CLI line, for an action that is a command.
    pub command: Option<Box<[u8]>>,
    /// What it tells the server that no error may show.
    pub secrets: Vec<Zeroizing<Vec<u8>>>,
    pub since: Instant,
    pub deadline: Instant,
    /// Until when at the latest the server answers nothing else meanwhile.
    pub blocks: Option<Instant>,
    /// What has to be done again on a new link, if this succeeds.
    pub lasting: Option<Box<Action>>,
    /// Its bytes, on their way out.
    pub bytes: Outgoing,
    /// The response, once it has come, and what follows on it.
    pub response: Option<Message>,
    pub following: Following,
    pub entries: Vec<Message>,
    /// The memory that the entries take.
    pub entry_bytes: usize,
    /// Its last message has passed; it is completed with the other messages that came along.
    pub answered: bool,
    /// A message without an ActionID that may be the reply, and until when one with it may still come.
    pub doubtful: Option<Box<(Message, Instant)>>,
}

/// What follows on a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    Nothing,
    List,
    /// One event, and then nothing that says so.
    Event,
    /// Another response, which counts.
    Response,
}

/// Tickets are numbers of our own, one after the other: nobody can choose them so that they meet.
#[derive(Default)]
pub(super) struct TicketHasher(u64);

impl Hasher for TicketHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    /// Tickets beside each other are beside each other in the table, as they are asked for. What tables compare first are the
    /// upper bits, so they vary too.
    fn write_u64(&mut self, number: u64) {
        self.0 = number ^ number << 57;
    }
}

pub(super) type ByTicket<V> = HashMap<u64, V, BuildHasherDefault<TicketHasher>>;

/// The actions that wait for something, by their ActionIDs.
pub(super) struct Actions<'a, T> {
    pub pending: &'a ByTicket<Pending<T>>,
    pub own_ids: &'a HashMap<Box<[u8]>, u64>,
    pub prefix: &'a str,
    pub outbox: &'a Outbox,
}

impl<T> Actions<'_, T> {
    pub fn find(&self, id: &[u8]) -> Option<u64> {
        let ticket = match id.strip_prefix(self.prefix.as_bytes()) {
            Some(number) => number_of(number)?,
            None => *self.own_ids.get(id)?,
        };
        self.waits(ticket).then_some(ticket)
    }

    /// Nothing answers what was not written.
    fn waits(&self, ticket: u64) -> bool {
        self.pending.get(&ticket).is_some_and(|pending| !pending.answered && self.outbox.has_begun(&pending.bytes))
    }
}

/// The commands among them.
pub(super) struct InFlight<'a, T> {
    pub actions: Actions<'a, T>,
    pub commands: &'a BTreeSet<u64>,
    pub omits_ids: bool,
}

impl<T> Commands for InFlight<'_, T> {
    fn any(&self) -> bool {
        self.commands.iter().any(|ticket| self.actions.waits(*ticket))
    }

    fn has(&self, id: &[u8]) -> bool {
        self.actions.find(id).is_some_and(|ticket| self.commands.contains(&ticket))
    }

    fn awaits(&self, id: &[u8]) -> bool {
        self.actions.find(id).is_some()
    }

    fn are_told(&self) -> bool {
        true
    }

    fn without_id(&self, _: bool) -> bool {
        let is_given_up = |pending: &Pending<T>| matches!(pending.owner, Owner::Abandoned);
        let is_awaited = |ticket| self.actions.pending.get(ticket).is_some_and(|pending| !is_given_up(pending));
        self.omits_ids && self.commands.iter().any(|ticket| self.actions.waits(*ticket) && is_awaited(ticket))
    }
}

/// The ActionID that goes with a ticket.
pub(super) fn append_id(id: &mut Vec<u8>, prefix: &str, ticket: u64) {
    id.extend_from_slice(prefix.as_bytes());
    let digits = ticket.checked_ilog10().unwrap_or(0);
    id.extend((0..=digits).rev().map(|place| b'0' + (ticket / 10_u64.pow(place) % 10) as u8));
}

/// The ticket in an ActionID of ours.
pub(super) fn number_of(digits: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    digits.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}
