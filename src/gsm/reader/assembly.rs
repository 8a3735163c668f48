//! Puts messages together from their parts, whatever the order they come in.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::gsm::incoming::Sms;
use crate::gsm::pdu::UserData;
use crate::protocol::later;

/// So many messages wait for parts at most; then the oldest is handed on as it is.
const WAITING: usize = 500;
/// So many parts are remembered of messages that are complete.
const DONE: usize = 500;

/// Which part of a message it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What the parts of one message have in common, beside port and sender.
    pub reference: String,
    pub total: u32,
    /// Counted from 1, or by some gateways from 0.
    pub index: u32,
}

/// A message or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub sms: Sms,
    pub place: Option<Place>,
    /// What its PDU carries, if it came as one: a sender may cut a text within a character.
    pub data: Option<UserData>,
}

/// Port, sender, reference, and how many parts.
type Key = (String, String, String, u32);

struct Waiting {
    key: Key,
    since: Instant,
    pieces: BTreeMap<u32, Piece>,
}

/// A part of a message that was handed out whole.
#[derive(PartialEq, Eq)]
struct Done {
    key: Key,
    index: u32,
    time: String,
    raw: Vec<u8>,
}

/// The messages that are not complete.
pub(super) struct Assembly {
    patience: Duration,
    waiting: VecDeque<Waiting>,
    done: VecDeque<Done>,
}

impl Assembly {
    /// A message waits so long for its parts, from the first that came.
    pub fn new(patience: Duration) -> Assembly {
        Assembly { patience, waiting: VecDeque::new(), done: VecDeque::new() }
    }

    /// Takes a piece; hands out what it makes whole, and what has to give way.
    pub fn take(&mut self, piece: Piece, now: Instant, out: &mut impl FnMut(Sms)) {
        let Some(place) = piece.place.clone().filter(|place| place.total > 1) else { return out(piece.sms) };
        let key = (piece.sms.port.clone(), piece.sms.sender.clone(), place.reference, place.total);
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.key == key) {
            match self.waiting[at].pieces.get(&place.index) {
                // The network sends a part again if it is not sure that it arrived.
                Some(have) if have.sms.raw == piece.sms.raw && have.sms.time == piece.sms.time => return,
                // References are few, and come again.
                Some(_) => self.give_up(at, out),
                None => {}
            }
        } else if !piece.sms.time.is_empty() && self.done.contains(&Done::of(&key, place.index, &piece.sms)) {
            return;
        }
        if self.waiting.len() == WAITING {
            self.give_up(0, out);
        }
        let at = self.waiting.iter().position(|waiting| waiting.key == key).unwrap_or_else(|| {
            self.waiting.push_back(Waiting { key, since: now, pieces: BTreeMap::new() });
            self.waiting.len() - 1
        });
        let pieces = &mut self.waiting[at].pieces;
        pieces.insert(place.index, piece);
        if pieces.len() == place.total as usize {
            let Waiting { key, pieces, .. } = &self.waiting[at];
            self.done.extend(pieces.iter().map(|(index, piece)| Done::of(key, *index, &piece.sms)));
            self.done.drain(..self.done.len().saturating_sub(DONE));
            self.give_up(at, out);
        }
    }

    fn give_up(&mut self, at: usize, out: &mut impl FnMut(Sms)) {
        if let Some(waiting) = self.waiting.remove(at) {
            out(joined(waiting.pieces, waiting.key.3));
        }
    }

    /// When the patience with the oldest ends.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|waiting| later(waiting.since, self.patience))
    }

    /// Hands out what waited long enough.
    pub fn expire(&mut self, now: Instant, out: &mut impl FnMut(Sms)) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(0, out);
        }
    }

    /// Hands out all that waits.
    pub fn finish(&mut self, out: &mut impl FnMut(Sms)) {
        while !self.waiting.is_empty() {
            self.give_up(0, out);
        }
    }
}

impl Done {
    fn of(key: &Key, index: u32, sms: &Sms) -> Done {
        Done { key: key.clone(), index, time: sms.time.clone(), raw: sms.raw.clone() }
    }
}

fn joined(pieces: BTreeMap<u32, Piece>, total: u32) -> Sms {
    let first = pieces.keys().next().copied().unwrap_or(1).min(1);
    let missing = (first..first + total).filter(|index| !pieces.contains_key(index)).map(|index| index + 1 - first);
    let missing: Vec<u32> = missing.collect();
    let data: Option<Vec<&UserData>> = pieces.values().map(|piece| piece.data.as_ref()).collect();
    let text = data.filter(|_| missing.is_empty()).and_then(UserData::join);
    let mut pieces = pieces.into_values().map(|piece| piece.sms);
    let mut whole = pieces.next().unwrap_or_default();
    for sms in pieces {
        whole.text.push_str(&sms.text);
        whole.raw.extend(sms.raw);
        whole.pdus.extend(sms.pdus);
    }
    if let Some(text) = text {
        whole.text = text;
    }
    whole.parts = total;
    whole.missing = missing;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gsm::pdu::Pdu;

    const MINUTE: Duration = Duration::from_secs(60);

    fn piece(reference: &str, index: u32, total: u32, text: &str) -> Piece {
        let sms = Sms {
            port: "1".into(),
            sender: "10086".into(),
            text: text.into(),
            raw: text.as_bytes().to_vec(),
            parts: 1,
            ..Sms::default()
        };
        Piece { sms, place: Some(Place { reference: reference.into(), total, index }), data: None }
    }

    fn take(assembly: &mut Assembly, piece: Piece, now: Instant) -> Vec<(String, u32, Vec<u32>)> {
        let mut came = Vec::new();
        assembly.take(piece, now, &mut |sms| came.push((sms.text, sms.parts, sms.missing)));
        came
    }

    #[test]
    fn parts_in_any_order_with_others_between() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        for index in [7, 3, 10, 1, 9, 2, 8, 4, 6] {
            assert!(take(&mut assembly, piece("a", index, 10, &format!("{index},")), now).is_empty());
            assert!(take(&mut assembly, piece("b", index, 10, "x"), now).is_empty());
            let single = Piece { place: None, ..piece("a", 1, 1, "alone") };
            assert_eq!(take(&mut assembly, single, now), [("alone".to_owned(), 1, vec![])]);
        }
        let whole = take(&mut assembly, piece("a", 5, 10, "5,"), now);
        assert_eq!(whole, [("1,2,3,4,5,6,7,8,9,10,".to_owned(), 10, vec![])]);
    }

    #[test]
    fn parts_that_are_counted_from_zero() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        assert!(take(&mut assembly, piece("a", 1, 2, "world"), now).is_empty());
        assert_eq!(take(&mut assembly, piece("a", 0, 2, "hello "), now), [("hello world".to_owned(), 2, vec![])]);
    }

    #[test]
    fn what_is_late_is_handed_on_with_what_is_missing() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        assert!(take(&mut assembly, piece("a", 3, 3, "c"), now).is_empty());
        assert!(take(&mut assembly, piece("a", 1, 3, "a"), now + MINUTE / 2).is_empty());
        assert_eq!(assembly.deadline(), Some(now + MINUTE));
        let mut came = Vec::new();
        assembly.expire(now + MINUTE - Duration::from_millis(1), &mut |sms| came.push((sms.text, sms.missing)));
        assert!(came.is_empty());
        assembly.expire(now + MINUTE, &mut |sms| came.push((sms.text, sms.missing)));
        assert_eq!(came, [("ac".to_owned(), vec![2])]);
        assert_eq!(assembly.deadline(), None);
    }

    #[test]
    fn a_part_that_comes_twice_and_a_reference_that_is_used_again() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        assert!(take(&mut assembly, piece("a", 1, 2, "one"), now).is_empty());
        assert!(take(&mut assembly, piece("a", 1, 2, "one"), now).is_empty());
        assert_eq!(take(&mut assembly, piece("a", 1, 2, "another"), now), [("one".to_owned(), 2, vec![2])]);
        assert_eq!(take(&mut assembly, piece("a", 2, 2, " two"), now), [("another two".to_owned(), 2, vec![])]);
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        for number in 0..WAITING {
            assert!(take(&mut assembly, piece(&number.to_string(), 1, 2, &number.to_string()), now).is_empty());
        }
        assert_eq!(take(&mut assembly, piece("more", 1, 2, "x"), now), [("0".to_owned(), 2, vec![2])]);
        let mut left = 0;
        assembly.finish(&mut |_| left += 1);
        assert_eq!(left, WAITING);
    }

    #[test]
    fn a_character_that_was_cut_between_two_parts_is_whole_again() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        // SMS-DELIVER in UCS-2 with so many octets.
        let half = |index: u32, octets: &str| {
            let hex = format!("000405810180F6000841901190637423{:02X}{octets}", octets.len() / 2);
            let Ok(Pdu::Deliver(deliver)) = Pdu::from_hex(hex) else { panic!("it is a PDU") };
            Piece { data: Some(deliver.user_data().clone()), ..piece("a", index, 2, "\u{fffd}") }
        };
        assert!(take(&mut assembly, half(2, "DE00"), now).is_empty());
        assert_eq!(take(&mut assembly, half(1, "0021D83D"), now), [("!😀".to_owned(), 2, vec![])]);
    }
}
