//! The recorded sessions, byte by byte and whole.

use ami::MessageKind;
use ami::protocol::Parser;

use crate::{all_seen, drain, parse, parse_cut};
use support::captures::{headers, server_captures, split};

#[test]
fn captures_come_out_byte_exact() {
    for (name, bytes) in server_captures() {
        let (banner, frames) = split(&bytes);
        let (parser, messages, result) = parse_cut(Parser::new(), &bytes, usize::MAX);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(parser.banner().map(str::as_bytes), Some(&banner[..]), "{name}");
        parser.finish().unwrap_or_else(|error| panic!("{name}: {error}"));

        let of_kind = |kind| messages.iter().filter(|message| message.kind() == kind).count();
        let events = frames.iter().filter(|frame| frame.is_event()).count();
        assert_eq!(
            (of_kind(MessageKind::Event), of_kind(MessageKind::Response)),
            (events, frames.len() - events),
            "{name}"
        );
        assert_eq!(messages.len(), frames.len(), "{name}");
        for (at, (message, frame)) in messages.iter().zip(&frames).enumerate() {
            assert_eq!(headers(message), frame.headers, "{name}, message {at}");
            assert_eq!(message.name(), frame.headers[0].1, "{name}, message {at}");
            assert_eq!(message.action_id(), frame.get("ActionID"), "{name}, message {at}");
        }
    }
}

#[test]
fn captures_fed_byte_by_byte_read_the_same() {
    for (name, bytes) in server_captures() {
        let (parser, messages, result) = parse_cut(Parser::new(), &bytes, 1);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        parser.finish().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(all_seen(&messages) == all_seen(&parse(&bytes)), "{name}");
    }
}

#[test]
fn captures_read_the_same_when_messages_are_taken_at_the_end() {
    for (name, bytes) in server_captures() {
        let mut parser = Parser::new();
        bytes.chunks(100).for_each(|piece| parser.feed(piece).expect("no fault"));
        let mut messages = Vec::new();
        drain(&mut parser, &mut messages).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(all_seen(&messages) == all_seen(&parse(&bytes)), "{name}");
    }
}
