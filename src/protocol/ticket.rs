//! Tickets: the numbers of actions, which the ActionIDs that libami makes end with.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

/// Appends the ActionID that goes with a ticket.
pub(super) fn append_id(id: &mut Vec<u8>, prefix: &str, ticket: u64) {
    id.extend_from_slice(prefix.as_bytes());
    let digits = ticket.checked_ilog10().unwrap_or(0);
    id.extend((0..=digits).rev().map(|place| b'0' + (ticket / 10_u64.pow(place) % 10) as u8));
}

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
            let mut id = Vec::new();
            append_id(&mut id, "p-", ticket);
            assert_eq!(id, format!("p-{ticket}").into_bytes());
            assert_eq!(ticket_in(&id[2..]), Some(ticket));
        }
        for wrong in [&b"18446744073709551616"[..], b"1a", b"-1", b" 1"] {
            assert_eq!(ticket_in(wrong), None);
        }
    }
}
