//! Any bytes, cut anywhere: no panic, the same messages as in one piece, and every offset inside the buffer.

#![no_main]

use ami::protocol::{Message, Parser};
use libfuzzer_sys::fuzz_target;

type Seen = (Vec<(Vec<u8>, Vec<u8>)>, Option<Vec<u8>>, Vec<u8>);

fn seen(message: &Message) -> Seen {
    let headers = message.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    let rest = if message.is_empty() { Vec::new() } else { message.rest(0) };
    (headers, message.output().map(|text| text.into_owned()), rest)
}

fn parse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Seen>, Option<ami::ErrorKind>, bool) {
    let mut parser = Parser::new();
    let mut messages = Vec::new();
    for piece in pieces {
        let _ = parser.feed(piece);
        loop {
            match parser.next() {
                Ok(Some(message)) => messages.push(seen(&message)),
                Ok(None) => break,
                Err(error) => return (messages, Some(error.kind()), false),
            }
        }
    }
    (messages, None, parser.finish().is_ok())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = parse(std::iter::once(bytes));
    let cut = parse(bytes.chunks(usize::from(size).max(1)));
    assert_eq!(whole, cut);
});
