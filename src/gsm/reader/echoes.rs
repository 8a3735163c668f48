//! Messages that some gateways tell of in two ways.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::assembly::Piece;

/// Messages that came by one of two ways shortly before, and may come by the other.
#[derive(Default)]
pub(super) struct Echoes {
    /// Digests of messages, with keys that nobody knows.
    known: VecDeque<(u64, bool, Instant)>,
    digests: RandomState,
}

impl Echoes {
    const WAIT: Duration = Duration::from_secs(10);
    const MOST: usize = 64;

    /// Tells whether the piece is known by the other way. Else it is kept in mind.
    pub fn is_one(&mut self, piece: &Piece, is_announced: bool, now: Instant) -> bool {
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
