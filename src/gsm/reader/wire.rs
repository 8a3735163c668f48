//! Values in the bytes of events, whose texts may hold anything.

use crate::events::Event;
use crate::gsm::text::decode_text;

/// The channels of a dialplan that does what a driver does.
pub(super) const DIALPLAN: &str = "Local/";

/// The value of a header that stands before the one of this index. A text that stands in that one can bring no such header.
pub(super) fn before<'a>(event: &'a Event, at: usize, name: &str) -> Option<&'a [u8]> {
    event.iter().take(at).find(|(have, _)| have.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
}

/// The bytes before the last line of a message, and the value in that line, if it is the one of this header.
pub(super) fn split_last<'a>(rest: &'a [u8], header: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let lines = without_end(rest);
    let start = memchr::memrchr(b'\n', lines).map_or(0, |at| at + 1);
    let (name, value) = lines[start..].split_at_checked(header.len())?;
    let before = lines[..start].strip_suffix(b"\n").unwrap_or(&lines[..start]);
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    name.eq_ignore_ascii_case(header).then(|| (before, value.trim_ascii()))
}

/// A value and the call's id in the last line behind it. Without one the value has lost its end, which may be in its text.
pub(super) fn split_id(rest: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    match split_last(rest, b"Uniqueid:") {
        Some((value, id)) => (value.to_vec(), Some(id.to_vec())),
        None => (rest.to_vec(), None),
    }
}

/// Without the empty line that ends a message.
pub(super) fn without_end(bytes: &[u8]) -> &[u8] {
    let line_end =
        |bytes: &'_ [u8]| -> usize { if bytes.ends_with(b"\r\n") { 2 } else { usize::from(bytes.ends_with(b"\n")) } };
    let bytes = &bytes[..bytes.len() - line_end(bytes)];
    &bytes[..bytes.len() - line_end(bytes)]
}

/// The port by a context such as `gsm-2`, else by the driver's channel: each port has two, of which the odd one is named.
pub(super) fn port_of(context: &[u8], channel: &[u8]) -> String {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
    if let Some(port) = context.strip_prefix(b"gsm-").and_then(number) {
        return port.to_string();
    }
    let name = memchr::memchr(b'/', channel).map_or(&b""[..], |at| &channel[at + 1..]);
    let name = memchr::memrchr(b'-', name).map_or(name, |at| &name[..at]);
    match number(name) {
        Some(channel) => channel.div_ceil(2).to_string(),
        None if channel.starts_with(DIALPLAN.as_bytes()) => String::new(),
        None => decode_text(name),
    }
}
