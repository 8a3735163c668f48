//! Tickets: the numbers of actions, which the ActionIDs that libami makes end with.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tickets are numbers of our own, one after the other: nobody can choose them so that they meet.
#[derive(Default)]
pub(crate) struct TicketHasher(u64);

impl Hasher for TicketHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    /// Keeps tickets beside each other in the table, as they are asked for in that order. Tables compare the upper bits first,
    /// so those vary too.
    fn write_u64(&mut self, number: u64) {
        self.0 = number ^ number << 57;
    }
}

pub(crate) type ByTicket<V> = HashMap<u64, V, BuildHasherDefault<TicketHasher>>;

/// The source of a session's tickets. Whoever has it can encode actions for the session, in any thread.
#[derive(Debug)]
pub(crate) struct Tickets {
    /// The first part of the ActionIDs that libami makes; a ticket follows.
    prefix: String,
    next: AtomicU64,
}

impl Tickets {
    pub fn new(prefix: String) -> Tickets {
        Tickets { prefix, next: AtomicU64::new(1) }
    }

    pub(super) fn take(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// What follows the prefix, if this is an ActionID of libami's own form.
    pub(super) fn own<'a>(&self, id: &'a [u8]) -> Option<&'a [u8]> {
        id.strip_prefix(self.prefix.as_bytes())
    }

    /// An ActionID is no longer than this.
    pub(super) fn longest(&self) -> usize {
        self.prefix.len() + MOST_DIGITS
    }

    /// Appends the ActionID that goes with a ticket.
    pub(super) fn append_id(&self, ticket: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        let digits = ticket.checked_ilog10().unwrap_or(0);
        out.extend((0..=digits).rev().map(|place| b'0' + (ticket / 10_u64.pow(place) % 10) as u8));
    }
}

/// The digits of the largest ticket.
const MOST_DIGITS: usize = 20;

/// The ticket in an ActionID of ours, from the digits behind its prefix.
pub(super) fn ticket_in(digits: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    digits.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_and_its_action_id_are_each_others_inverse() {
        for ticket in [0, 1, 9, 10, 99, 100, 1_234_567_890, u64::MAX] {
            let (tickets, mut id) = (Tickets::new("p-".to_owned()), Vec::new());
            tickets.append_id(ticket, &mut id);
            assert_eq!(id, format!("p-{ticket}").into_bytes());
            assert!(id.len() <= tickets.longest());
            assert_eq!(tickets.own(&id).and_then(ticket_in), Some(ticket));
        }
        for wrong in [&b"18446744073709551616"[..], b"1a", b"-1", b" 1"] {
            assert_eq!(ticket_in(wrong), None);
        }
    }
}
