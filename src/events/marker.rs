//! Messages that libami makes itself: the markers of a subscription, and events made of what a gateway sent.

use std::time::SystemTime;

use crate::protocol::{Message, MessageKind, Skipped};

/// The marker `#lagged`: this number of events was lost here.
pub(crate) fn lagged(lost: u64) -> Message {
    marker(MessageKind::Lagged, "#lagged", &[("Lost", lost.to_string())])
}

/// The marker `#skipped`: these messages were neither events nor answers.
pub(crate) fn skipped(skipped: Skipped) -> Message {
    let headers = [("Messages", skipped.messages.to_string()), ("Bytes", skipped.bytes.to_string())];
    marker(MessageKind::Skipped, "#skipped", &headers)
}

/// The marker `#gap`: there was no connection between these times, for this cause.
pub(crate) fn gap(from: SystemTime, until: SystemTime, cause: &str) -> Message {
    let time = |at: SystemTime| {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{}.{:06}", since.as_secs(), since.subsec_micros())
    };
    marker(MessageKind::Gap, "#gap", &[("From", time(from)), ("Until", time(until)), ("Cause", cause.to_owned())])
}

/// The marker `#state`: the connection has this state now. More headers say what belongs to it.
pub(crate) fn state(state: &str, more: &[(&str, String)]) -> Message {
    let mut headers = vec![("State", state.to_owned())];
    headers.extend(more.iter().cloned());
    marker(MessageKind::State, "#state", &headers)
}

fn marker(kind: MessageKind, name: &str, headers: &[(&str, String)]) -> Message {
    made(kind, name, headers.iter().map(|(name, value)| (*name, value.as_bytes())))
}

/// An event that is made of what the server sent.
pub(crate) fn derived<'a>(name: &'a str, headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Message {
    made(MessageKind::Derived, name, headers)
}

fn made<'a>(kind: MessageKind, name: &'a str, headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Message {
    let headers = headers.map(|(name, value)| (name.as_bytes(), value));
    Message::made(kind, std::iter::once((&b"Event"[..], name.as_bytes())).chain(headers))
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::Parser;

    fn headers(message: &Message) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        message.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn marker_is_no_event_of_a_server() {
        let marker = lagged(7);
        assert_eq!((marker.kind(), marker.name()), (MessageKind::Lagged, &b"#lagged"[..]));
        assert_eq!(marker.get("lost"), Some(&b"7"[..]));
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: #lagged\r\nLost: 7\r\n\r\n").expect("fed");
        assert_eq!(parser.next().expect("no fault").expect("an event").kind(), MessageKind::Event);
    }

    #[test]
    fn marker_headers_are_in_order_and_complete() {
        let second = |seconds| SystemTime::UNIX_EPOCH + Duration::from_micros(seconds);
        for (marker, kind, expected) in [
            (
                gap(second(1_000_001), second(2_500_000), "cut"),
                MessageKind::Gap,
                &[("Event", "#gap"), ("From", "1.000001"), ("Until", "2.500000"), ("Cause", "cut")][..],
            ),
            (
                state("waiting", &[("RetryIn", "7".to_owned())]),
                MessageKind::State,
                &[("Event", "#state"), ("State", "waiting"), ("RetryIn", "7")],
            ),
            (
                derived("#sms", [("From", &b"123"[..]), ("Text", b"")].into_iter()),
                MessageKind::Derived,
                &[("Event", "#sms"), ("From", "123"), ("Text", "")],
            ),
        ] {
            assert_eq!(marker.kind(), kind);
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(headers(&marker), expected);
        }
    }
}
