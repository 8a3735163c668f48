//! Every recorded message, between its neighbours and cut at every byte: the same as in one piece.

use ami::protocol::Parser;
use ami::{Message, MessageKind};

use support::captures::{pieces, seen, server_captures, shown};

/// All that can be seen of a message, compared where it stands: copies for a million cuts take too long.
fn same(one: &Message, other: &Message) -> bool {
    one.kind() == other.kind()
        && one.name() == other.name()
        && one.action_id() == other.action_id()
        && one.iter().eq(other.iter())
        && one.output() == other.output()
}

fn take(parser: &mut Parser, into: &mut Vec<Message>) {
    while let Some(message) = parser.next().expect("no fault") {
        into.push(message);
    }
}

/// A session in one piece. Its messages are what is expected of every cut.
fn whole(bytes: &[u8]) -> (String, Vec<Message>) {
    let mut parser = Parser::new();
    parser.feed(bytes).expect("no fault");
    let mut messages = Vec::new();
    take(&mut parser, &mut messages);
    parser.finish().expect("whole messages");
    (parser.banner().expect("a banner").to_owned(), messages)
}

/// True for a reply whose text begins where its headers end: with known ActionIDs that is another place.
fn follows(message: &Message) -> bool {
    message.kind() == MessageKind::Response && message.name() == b"Follows"
}

struct Cutter<'a> {
    file: &'a str,
    banner: &'a str,
    got: Vec<Message>,
    cuts: usize,
}

impl Cutter<'_> {
    /// Cuts the piece in the middle at each byte; `expected` is what the messages of all are, `early` how many of them are
    /// complete before the cut, `told` whether the parser knows their ActionIDs beforehand.
    fn cut(&mut self, before: &[&[u8]], piece: &[u8], after: &[u8], expected: &[Message], early: usize, told: bool) {
        let (before, stream) = (before.concat(), [before, &[piece, after]].concat().concat());
        for at in 0..piece.len() {
            let mut parser = Parser::new();
            if told {
                expected.iter().filter_map(Message::action_id).for_each(|id| parser.expect_action_id(id));
            }
            let (first, second) = stream.split_at(before.len() + at);
            self.got.clear();
            parser.feed(first).expect("no fault");
            take(&mut parser, &mut self.got);
            let complete = self.got.len();
            parser.feed(second).expect("no fault");
            take(&mut parser, &mut self.got);
            self.cuts += 1;
            let good = complete == early
                && parser.finish().is_ok()
                && parser.banner() == Some(self.banner)
                && self.got.len() == expected.len()
                && self.got.iter().zip(expected).all(|(got, expected)| same(got, expected));
            if !good {
                self.explain(piece, at, complete, early, expected);
            }
        }
    }

    fn explain(&self, piece: &[u8], at: usize, complete: usize, early: usize, expected: &[Message]) -> ! {
        let all = |messages: &[Message]| -> Vec<_> {
            messages.iter().map(|message| (seen(message), message.output().map(|text| shown(&text)))).collect()
        };
        panic!(
            "{}, cut at byte {at} of {:?}: {complete} of {early} messages before the cut, and all\n{:#?}\ninstead of\n{:#?}",
            self.file,
            shown(piece),
            all(&self.got),
            all(expected),
        );
    }
}

/// The sessions of one server.
fn every_message_cut_at_every_byte(version: &str) {
    let mut sessions = 0;
    for (file, bytes) in server_captures() {
        if !file.starts_with(&format!("{version}/")) {
            continue;
        }
        sessions += 1;
        let (banner, messages) = whole(&bytes);
        let (first, wire) = pieces(&bytes);
        assert_eq!(wire.len(), messages.len(), "{file}");
        let mut cutter = Cutter { file: &file, banner: &banner, got: Vec::new(), cuts: 0 };
        cutter.cut(&[], first, wire[0], &messages[..1], 0, false);
        for (at, piece) in wire.iter().enumerate() {
            let from = at.saturating_sub(1);
            let to = (at + 2).min(wire.len());
            let before = [&[first], &wire[from..at]].concat();
            let after = wire[at + 1..to].concat();
            let expected = &messages[from..to];
            cutter.cut(&before, piece, &after, expected, at - from, false);
            if follows(&messages[at]) {
                cutter.cut(&before, piece, &after, expected, at - from, true);
            }
        }
        assert!(cutter.cuts >= bytes.len(), "{file}: each byte");
    }
    assert_eq!(sessions, 8, "the sessions of {version}");
}

#[test]
fn cuts_of_asterisk_1_8_read_the_same() {
    every_message_cut_at_every_byte("1.8");
}

#[test]
fn cuts_of_asterisk_13_read_the_same() {
    every_message_cut_at_every_byte("13");
}

#[test]
fn cuts_of_asterisk_16_read_the_same() {
    every_message_cut_at_every_byte("16");
}

#[test]
fn cuts_of_asterisk_22_read_the_same() {
    every_message_cut_at_every_byte("22");
}
