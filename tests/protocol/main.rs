//! The wire format: recorded sessions, oddities, limits, actions, messages.

mod actions;
mod limits;
mod messages;
mod quirks;
mod recorded;

use ami::protocol::Parser;
use ami::{Error, Message};

use support::captures::{Seen, seen};
use support::server::BANNER;

const BEFORE: &str = "Event: Before\r\nN: 1\r\n\r\n";
const AFTER: &str = "Event: After\r\nN: 2\r\n\r\n";

fn drain(parser: &mut Parser, into: &mut Vec<Message>) -> Result<(), Error> {
    while let Some(message) = parser.next()? {
        into.push(message);
    }
    Ok(())
}

/// Feeds pieces of this size, taking the messages after each one.
fn parse_cut(mut parser: Parser, bytes: &[u8], size: usize) -> (Parser, Vec<Message>, Result<(), Error>) {
    let mut messages = Vec::new();
    for piece in bytes.chunks(size) {
        let _ = parser.feed(piece);
        if let Err(error) = drain(&mut parser, &mut messages) {
            return (parser, messages, Err(error));
        }
    }
    (parser, messages, Ok(()))
}

fn parse(bytes: &[u8]) -> Vec<Message> {
    let (_, messages, result) = parse_cut(Parser::new(), bytes, usize::MAX);
    result.expect("no fault");
    messages
}

fn with_banner(parts: &[&[u8]]) -> Vec<u8> {
    [&[BANNER.as_bytes()], parts].concat().concat()
}

fn all_seen(messages: &[Message]) -> Vec<Seen> {
    messages.iter().map(seen).collect()
}
