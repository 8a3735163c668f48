//! The bytes of actions on their way out.

use zeroize::Zeroize;

/// Written bytes are removed once there are so many, and no sooner.
const BACKLOG: usize = 64 * 1024;

/// The position of an action's bytes.
#[derive(Debug)]
pub(super) enum Position {
    /// They begin at this offset of all that was ever written, or is to be.
    Stream(u64),
    /// They wait here until they are submitted, or for a connection.
    Held(Held),
}

/// Bytes that are wiped if a secret or a key may be among them.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    has_secret: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.has_secret {
            self.bytes.zeroize();
        }
    }
}

/// An action's bytes, whose position moves as others are withdrawn.
#[derive(Debug)]
pub(super) struct Outgoing {
    position: Position,
    length: usize,
    has_secret: bool,
}

impl Outgoing {
    /// Bytes that are not in any stream yet.
    pub fn new(bytes: Vec<u8>, has_secret: bool) -> Outgoing {
        Outgoing { length: bytes.len(), position: Position::Held(Held { bytes, has_secret }), has_secret }
    }

    pub fn length(&self) -> usize {
        self.length
    }

    pub fn is_held(&self) -> bool {
        matches!(self.position, Position::Held(_))
    }
}

/// The outbound stream of one connection, and the count of all bytes written. Bytes that may hold a secret are wiped, and never
/// grow in place.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// The bytes at the front that were written.
    done: usize,
    /// A secret or a key is, or was, in there.
    has_secret: bool,
    written: u64,
}

impl Outbox {
    /// Appends an action that was held until now.
    pub fn push(&mut self, action: &mut Outgoing) {
        let start = self.offset(self.bytes.len());
        let Position::Held(held) = &action.position else { return };
        self.make_room(held.bytes.len());
        self.has_secret |= held.has_secret;
        self.bytes.extend_from_slice(&held.bytes);
        action.position = Position::Stream(start);
    }

    /// The bytes that are to be written.
    pub fn unwritten(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    /// Takes note that so many of them were written.
    pub fn wrote(&mut self, count: usize) {
        debug_assert!(count <= self.unwritten().len(), "what was written is noted before anything is withdrawn");
        self.done += count;
        self.written += count as u64;
        if self.done >= self.bytes.len() {
            if std::mem::take(&mut self.has_secret) {
                self.bytes.zeroize();
            }
            self.bytes.clear();
            self.bytes.shrink_to(BACKLOG);
            self.done = 0;
        } else if self.done > BACKLOG && self.done > self.bytes.len() / 2 {
            self.bytes.drain(..self.done);
            self.done = 0;
        }
    }

    /// All bytes that were ever written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Tells whether a byte of the action was written: then it may have been carried out.
    #[inline]
    pub fn has_begun(&self, action: &Outgoing) -> bool {
        matches!(action.position, Position::Stream(start) if start < self.written)
    }

    /// Has an action that was not begun wait for a connection: its bytes are copied, to be withdrawn or dropped with the rest.
    pub fn hold(&self, action: &mut Outgoing) {
        if let Position::Stream(start) = action.position {
            let from = self.index(start);
            let bytes = self.bytes[from..from + action.length].to_vec();
            action.position = Position::Held(Held { bytes, has_secret: action.has_secret });
        }
    }

    /// Takes actions of which nothing was written out of the stream; others move up.
    pub fn withdraw<'a>(&mut self, actions: &[Outgoing], others: impl Iterator<Item = &'a mut Outgoing>) {
        let start_of = |action: &Outgoing| match action.position {
            Position::Stream(start) => Some((start, action.length)),
            Position::Held(_) => None,
        };
        let mut ranges: Vec<(u64, usize)> = actions.iter().filter_map(start_of).collect();
        // A connection that ended meanwhile has taken all with it.
        if ranges.is_empty() || self.bytes.is_empty() {
            return;
        }
        ranges.sort_unstable();
        let mut kept = Vec::with_capacity(self.bytes.len());
        let mut from = 0;
        // Up to which offset how many bytes are gone.
        let mut gone = Vec::with_capacity(ranges.len());
        let mut total = 0;
        for (start, length) in ranges {
            let at = self.index(start);
            kept.extend_from_slice(&self.bytes[from..at]);
            from = at + length;
            total += length as u64;
            gone.push((start, total));
        }
        kept.extend_from_slice(&self.bytes[from..]);
        self.bytes.zeroize();
        self.bytes = kept;
        for other in others {
            if let Position::Stream(start) = &mut other.position {
                let before = gone.partition_point(|(at, _)| at < start);
                *start -= before.checked_sub(1).map_or(0, |last| gone[last].1);
            }
        }
        // All that is left may have been written.
        self.wrote(0);
    }

    /// Drops what is not written, with the connection.
    pub fn reset(&mut self) {
        self.bytes.zeroize();
        *self = Outbox { written: self.written, ..Outbox::default() };
    }

    fn offset(&self, index: usize) -> u64 {
        self.written + (index - self.done) as u64
    }

    fn index(&self, offset: u64) -> usize {
        self.done + (offset - self.written) as usize
    }

    /// Has so many bytes fit; a vector that grew by itself would leave a copy of a secret behind.
    fn make_room(&mut self, count: usize) {
        if self.has_secret && self.bytes.capacity() - self.bytes.len() < count {
            let mut larger = Vec::with_capacity(2 * (self.bytes.len() + count));
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = larger;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(name: &str) -> Outgoing {
        Outgoing::new(bytes(&[name]), false)
    }

    fn push(outbox: &mut Outbox, name: &str) -> Outgoing {
        let mut action = held(name);
        outbox.push(&mut action);
        action
    }

    fn bytes(names: &[&str]) -> Vec<u8> {
        names.iter().flat_map(|name| format!("Action: {name}\r\nActionID: 1\r\n\r\n").into_bytes()).collect()
    }

    #[test]
    fn outbox_tells_what_has_begun_by_the_byte() {
        let mut outbox = Outbox::default();
        let (first, second) = (push(&mut outbox, "A"), push(&mut outbox, "B"));
        assert_eq!(outbox.unwritten(), bytes(&["A", "B"]));
        for written in 0..outbox.unwritten().len() {
            let so_far = outbox.written() as usize;
            assert_eq!(so_far, written);
            assert_eq!(outbox.has_begun(&first), written > 0);
            assert_eq!(outbox.has_begun(&second), written > first.length());
            outbox.wrote(1);
        }
        assert!(outbox.unwritten().is_empty() && outbox.has_begun(&second));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "noted before anything is withdrawn")]
    fn outbox_notes_what_was_written_before_anything_is_withdrawn() {
        let mut outbox = Outbox::default();
        let action = push(&mut outbox, "A");
        let count = outbox.unwritten().len();
        outbox.withdraw(&[action], std::iter::empty());
        outbox.wrote(count);
    }

    #[test]
    fn outbox_withdraws_any_actions_and_the_others_keep_their_bytes() {
        for done in [0, 3, 31] {
            for withdrawn in 0..1_usize << 5 {
                let mut outbox = Outbox::default();
                let names = ["A", "Bb", "Ccc", "D", "Ee"];
                let mut actions: Vec<Outgoing> = names.iter().map(|name| push(&mut outbox, name)).collect();
                outbox.wrote(done);
                let is_withdrawn = |at: usize| withdrawn >> at & 1 == 1;
                let (mut gone, mut left) = (Vec::new(), Vec::new());
                for (at, action) in actions.drain(..).enumerate() {
                    if is_withdrawn(at) && !outbox.has_begun(&action) {
                        gone.push(action);
                    } else {
                        left.push((names[at], action));
                    }
                }
                outbox.withdraw(&gone, left.iter_mut().map(|(_, action)| action));
                let kept: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
                assert_eq!(outbox.unwritten(), &bytes(&kept)[done..], "{withdrawn:b} after {done}");
                // Each has its own bytes still.
                for (name, action) in left.iter_mut().filter(|(_, action)| !outbox.has_begun(action)) {
                    outbox.hold(action);
                    assert!(matches!(&action.position, Position::Held(held) if held.bytes == bytes(&[name])), "{name}");
                }
            }
        }
    }

    #[test]
    fn outbox_holds_actions_until_there_is_a_link_again() {
        let mut outbox = Outbox::default();
        let mut first = push(&mut outbox, "A");
        outbox.wrote(outbox.unwritten().len());
        let (mut second, third) = (push(&mut outbox, "B"), push(&mut outbox, "C"));
        outbox.hold(&mut second);
        outbox.reset();
        let mut fourth = held("D");
        assert!(outbox.unwritten().is_empty() && outbox.has_begun(&first));
        assert!(second.is_held() && fourth.is_held() && !third.is_held());
        let written = outbox.written();
        for action in [&mut first, &mut fourth, &mut second] {
            outbox.push(action);
        }
        assert_eq!(outbox.unwritten(), bytes(&["D", "B"]));
        outbox.wrote(1);
        assert!(outbox.has_begun(&fourth) && !outbox.has_begun(&second));
        assert_eq!(outbox.written(), written + 1);
    }
}
