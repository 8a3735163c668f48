//! Puts messages together from their parts, whatever the order they come in.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::time::{Duration, Instant};

use crate::gsm::incoming::Sms;
use crate::gsm::pdu::UserData;
use crate::protocol::later;

/// The number of messages that may wait for parts; beyond it one is handed out as it is.
const WAITING: usize = 500;
/// The bytes of memory that their parts may take: 255 parts, the most that a message has, take half a megabyte if they
/// came over the air.
const WAITING_BYTES: usize = 8 << 20;
/// The number of parts that are remembered of messages that are complete, by eight bytes each.
const DONE: usize = 4096;
/// Memory beside the contents: that of the allocator for a block, and a part's place in its message.
const BLOCK: usize = 16;
const PLACE: usize = 64;

/// Which part of a message it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The things that the parts of one message have in common, beside port and sender.
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
    /// The user data of its PDU, if it came as one: a sender may cut a text within a character.
    pub data: Option<UserData>,
}

impl Piece {
    /// The bytes of memory that it takes.
    pub fn cost(&self) -> usize {
        let Sms {
            port,
            sender,
            time,
            text,
            smsc,
            missing,
            pdus,
            raw,
            class: _,
            parts: _,
            is_data: _,
            application_port: _,
        } = &self.sms;
        let smsc = smsc.as_ref().map_or(0, String::capacity);
        let own = [port.capacity(), sender.capacity(), time.capacity(), text.capacity(), smsc, raw.capacity()];
        let lists = [missing.capacity() * size_of::<u32>(), pdus.capacity() * size_of::<String>()];
        let reference = self.place.as_ref().map_or(0, |place| place.reference.capacity());
        let data =
            self.data.as_ref().map_or(0, |data| data.octets().len() + data.text().map_or(0, str::len) + 3 * BLOCK);
        let blocks = own.into_iter().chain(lists).chain(pdus.iter().map(String::capacity)).chain([reference]);
        size_of::<Piece>() + data + blocks.filter(|&size| size > 0).map(|size| size + BLOCK).sum::<usize>()
    }
}

/// A message that is not complete. Whose it is and which is told by digests, as port, sender and reference may be large. They
/// have keys that nobody knows, so that nobody can make a message that is taken for another.
struct Waiting {
    /// Of port, sender, reference and how many parts.
    message: u64,
    /// Of port and sender.
    owner: u64,
    port: u64,
    total: u32,
    since: Instant,
    pieces: BTreeMap<u32, Box<Piece>>,
    /// The bytes of memory that it takes.
    cost: usize,
}

/// The messages that are not complete.
pub(super) struct Assembly {
    patience: Duration,
    /// The oldest first.
    waiting: VecDeque<Waiting>,
    cost: usize,
    /// Digests of the parts of messages that were handed out whole.
    done: VecDeque<u64>,
    keys: RandomState,
}

impl Assembly {
    /// A message waits so long for its parts, from the first that came.
    pub fn new(patience: Duration) -> Assembly {
        Assembly { patience, waiting: VecDeque::new(), cost: 0, done: VecDeque::new(), keys: RandomState::new() }
    }

    /// Takes a piece; hands out what it makes whole, and what has to give way.
    pub fn take(&mut self, mut piece: Piece, now: Instant, out: &mut impl FnMut(Sms)) {
        let Some(Place { reference, total, index }) = piece.place.take_if(|place| place.total > 1) else {
            return out(piece.sms);
        };
        let Sms { port, sender, time, raw, .. } = &piece.sms;
        let message = self.keys.hash_one((port, sender, reference, total));
        let mut place = self.waiting.iter().position(|waiting| waiting.message == message);
        if let Some(at) = place {
            match self.waiting[at].pieces.get(&index) {
                // The network sends a part again if it is not sure that it arrived.
                Some(have) if have.sms.raw == *raw && have.sms.time == *time => return,
                // References are few, and come again.
                Some(_) => {
                    self.give_up(at, out);
                    place = None;
                }
                None => {}
            }
        } else if !time.is_empty() && self.done.contains(&self.part(message, index, &piece.sms)) {
            return;
        }
        let at = place.unwrap_or_else(|| {
            let (owner, port) = (self.keys.hash_one((port, sender)), self.keys.hash_one(port));
            let cost = size_of::<Waiting>();
            self.cost += cost;
            self.waiting.push_back(Waiting { message, owner, port, total, since: now, pieces: BTreeMap::new(), cost });
            self.waiting.len() - 1
        });
        let cost = piece.cost() + PLACE;
        self.cost += cost;
        let waiting = &mut self.waiting[at];
        waiting.cost += cost;
        waiting.pieces.insert(index, Box::new(piece));
        if waiting.pieces.len() == total as usize {
            self.complete(at, out);
        }
        while self.waiting.len() > WAITING || self.cost > WAITING_BYTES {
            self.give_way(out);
        }
    }

    fn complete(&mut self, at: usize, out: &mut impl FnMut(Sms)) {
        let Waiting { message, pieces, .. } = &self.waiting[at];
        let parts: Vec<u64> = pieces.iter().map(|(index, piece)| self.part(*message, *index, &piece.sms)).collect();
        self.done.extend(parts);
        self.done.drain(..self.done.len().saturating_sub(DONE));
        self.give_up(at, out);
    }

    /// The digest of a part.
    fn part(&self, message: u64, index: u32, sms: &Sms) -> u64 {
        self.keys.hash_one((message, index, &sms.time, &sms.raw))
    }

    /// Hands out the oldest message of the sender on a port who holds most of what there is too much of, so that nobody is
    /// pushed out by another's flood. Where several hold as much, it is one on the port that holds most: a stranger may have
    /// many names.
    fn give_way(&mut self, out: &mut impl FnMut(Sms)) {
        let by_bytes = self.cost > WAITING_BYTES;
        let (mut owners, mut ports) = (HashMap::new(), HashMap::new());
        for waiting in &self.waiting {
            let weight = if by_bytes { waiting.cost } else { 1 };
            *owners.entry(waiting.owner).or_insert(0) += weight;
            *ports.entry(waiting.port).or_insert(0) += weight;
        }
        let weights = self.waiting.iter().map(|waiting| (owners[&waiting.owner], ports[&waiting.port]));
        // Of equals `max_by_key` takes the last.
        let heaviest = weights.enumerate().rev().max_by_key(|(_, weight)| *weight).map(|(at, _)| at);
        if let Some(at) = heaviest {
            self.give_up(at, out);
        }
    }

    fn give_up(&mut self, at: usize, out: &mut impl FnMut(Sms)) {
        if let Some(waiting) = self.waiting.remove(at) {
            self.cost -= waiting.cost;
            out(joined(waiting.pieces, waiting.total));
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

fn joined(pieces: BTreeMap<u32, Box<Piece>>, total: u32) -> Sms {
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
        whole.is_data &= sms.is_data;
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
    fn assembly_hands_on_a_late_text_with_its_missing_parts() {
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
    fn assembly_of_a_part_that_comes_twice_and_a_reference_used_again() {
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

    /// An incomplete message on this port of this sender.
    fn of(port: &str, sender: &str, reference: usize, size: usize) -> Piece {
        let mut piece = piece(&reference.to_string(), 1, 2, &"x".repeat(size));
        (piece.sms.port, piece.sms.sender) = (port.into(), sender.into());
        piece
    }

    /// The messages that wait once an honest sender's part was followed by these.
    fn left_of(honest: Piece, flood: impl Iterator<Item = Piece>) -> Vec<(String, String)> {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        assembly.take(honest, now, &mut |_| panic!("there is room"));
        let mut came = 0;
        for piece in flood {
            assembly.take(piece, now, &mut |sms| {
                assert_eq!(sms.missing, [2], "nothing is dropped silently");
                came += 1;
            });
        }
        assert!(came > 0, "there was no flood");
        let mut left = Vec::new();
        assembly.finish(&mut |sms| left.push((sms.port, sms.sender)));
        left
    }

    #[test]
    fn assembly_flood_of_incomplete_texts_pushes_out_its_own_senders() {
        let honest = || of("1", "honest", 0, 100);
        let holds = |left: Vec<(String, String)>| left.contains(&("1".to_owned(), "honest".to_owned()));
        for size in [1, 60_000] {
            let count = 600;
            assert!(holds(left_of(honest(), (0..count).map(|at| of("1", "one", at, size)))), "of one sender, {size}");
            assert!(holds(left_of(honest(), (0..count).map(|at| of("2", "one", at, size)))), "on another port, {size}");
            let ports = (0..count).map(|at| of(&(at % 32).to_string(), "one", at, size));
            assert!(holds(left_of(honest(), ports)), "on all ports, {size}");
            let names = (0..count).map(|at| of("2", &at.to_string(), at, size));
            assert!(holds(left_of(honest(), names)), "of many names, {size}");
            let few = (0..count).map(|at| of("1", &(at % 50).to_string(), at, size));
            assert!(holds(left_of(honest(), few)), "of some names, {size}");
        }
    }

    #[test]
    fn assembly_is_bounded_in_bytes() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        let (mut fed, mut came) = (0, 0);
        let mut whole = 0;
        for reference in 0..20 {
            for index in 1..=200 {
                fed += 60_000;
                let part = piece(&reference.to_string(), index, 255, &"x".repeat(60_000));
                assembly.take(part, now, &mut |sms| {
                    came += sms.raw.len();
                    whole += usize::from(sms.missing.is_empty());
                });
                assert!(fed - came <= 8 << 20, "so much waits: {}", fed - came);
            }
        }
        assembly.finish(&mut |sms| came += sms.raw.len());
        assert_eq!((came, whole), (fed, 0), "all of it was handed out, as incomplete as it is");
    }

    #[test]
    fn assembly_hands_on_a_part_larger_than_its_bound_at_once() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        assert!(take(&mut assembly, of("1", "honest", 0, 1), now).is_empty());
        let came = take(&mut assembly, of("1", "other", 1, 9 << 20), now);
        assert_eq!((came.len(), came[0].0.len(), came[0].2.clone()), (1, 9 << 20, vec![2]));
        assert!(take(&mut assembly, of("1", "other", 2, 1), now).is_empty(), "nothing else had to give way");
    }

    #[test]
    fn assembly_knows_a_part_that_comes_again_after_its_message_was_whole() {
        let (mut assembly, now) = (Assembly::new(MINUTE), Instant::now());
        let part = |reference: &str, index, text: &str, time: &str| {
            let mut part = piece(reference, index, 2, text);
            part.sms.time = time.into();
            part
        };
        for number in 0..500 {
            let reference = number.to_string();
            assert!(take(&mut assembly, part(&reference, 1, "one", "12:00"), now).is_empty());
            assert_eq!(take(&mut assembly, part(&reference, 2, "two", "12:00"), now).len(), 1);
        }
        for number in 0..500 {
            assembly.take(part(&number.to_string(), 2, "two", "12:00"), now, &mut |_| panic!("it is known"));
        }
        assert!(assembly.deadline().is_none(), "and does not wait");
        for other in [
            part("0", 2, "Two", "12:00"),
            part("0", 1, "two", "12:00"),
            part("0", 2, "two", "12:01"),
            part("x", 2, "two", "12:00"),
        ] {
            let mut assembly = Assembly::new(MINUTE);
            for (index, text) in [(1, "one"), (2, "two")] {
                assembly.take(part("0", index, text, "12:00"), now, &mut |_| {});
            }
            assembly.take(other, now, &mut |_| panic!("it is incomplete"));
            assert!(assembly.deadline().is_some(), "another part is another message's");
        }
    }

    #[test]
    fn assembly_joins_a_character_cut_between_two_parts() {
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
