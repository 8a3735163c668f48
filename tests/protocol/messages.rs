//! Messages: headers, the rest of a message, markers.

use ami::{Action, ErrorKind};

use crate::{AFTER, BEFORE, parse, with_banner};
use support::captures::{pieces, server_captures, shown};

#[test]
fn message_headers_are_found_without_case_and_keep_their_order() {
    let stream =
        with_banner(&[b"Event: A\r\nChanVariable: a=1\r\nX: y\r\nCHANVARIABLE: b=2\r\nchanVariable:c=3\r\n\r\n"]);
    let [message] = &parse(&stream)[..] else { panic!("one message") };
    assert!(message.is("a") && message.is("A") && !message.is("AB"));
    for name in ["ChanVariable", "chanvariable", "CHANVARIABLE"] {
        assert_eq!(message.get(name), Some(&b"a=1"[..]));
        assert_eq!(message.get_all(name).collect::<Vec<_>>(), [b"a=1", b"b=2", b"c=3"]);
    }
    assert_eq!(message.get("ChanVariabl"), None);
    assert_eq!(message.get(""), None);
    assert_eq!(message.get_all("none").count(), 0);
    assert_eq!((message.len(), message.is_empty(), message.iter().len()), (5, false, 5));
    assert_eq!(message.header(3), Some((&b"CHANVARIABLE"[..], &b"b=2"[..])));
    assert_eq!(message.header(5), None);
    assert_eq!(message.text("x").as_deref(), Some("y"));
}

#[test]
fn message_headers_of_the_captures_are_found_by_name() {
    for (name, bytes) in server_captures() {
        for message in parse(&bytes) {
            for (header, value) in message.iter() {
                let text = std::str::from_utf8(header).expect("plain names");
                for spelt in [text.to_owned(), text.to_ascii_uppercase(), text.to_ascii_lowercase()] {
                    assert!(message.get_all(&spelt).any(|have| have == value), "{name}: {spelt}");
                }
            }
        }
    }
}

#[test]
fn message_rest_is_the_bytes_of_the_wire() {
    for (name, bytes) in server_captures() {
        for (message, piece) in parse(&bytes).iter().zip(pieces(&bytes).1) {
            let frame = piece.trim_ascii_start();
            let mut at = 0;
            for (index, (header, value)) in message.iter().enumerate() {
                at += header.len() + 1;
                at += usize::from(frame[at] == b' ');
                assert_eq!(shown(&message.rest(index)), shown(&frame[at..]), "{name}");
                at += value.len() + 2;
            }
            assert!(message.rest(message.len()).is_empty());
            assert_eq!(shown(&message.wire()), shown(frame), "{name}");
        }
    }
    for (wire, index, rest) in [
        ("Event: A\nKey: v\n\n", 0, "A\nKey: v\n\n"),
        ("Event: A\nKey: v\n\n", 1, "v\n\n"),
        ("Event: A\r\nKey: v\r\n\n", 1, "v\r\n\n"),
        ("Event: A\r\nKey: v\r\nw\nx: y\r\n\r\n", 1, "v\r\nw\nx: y\r\n\r\n"),
        ("Event: A\r\nKey:\r\nB:\r\n\r\n", 1, "\r\nB:\r\n\r\n"),
        ("Response: Follows\r\na\nb\n--END COMMAND--\r\n\r\n", 0, "Follows\r\na\nb\n--END COMMAND--\r\n\r\n"),
    ] {
        let messages = parse(&with_banner(&[BEFORE.as_bytes(), wire.as_bytes(), AFTER.as_bytes()]));
        assert_eq!(shown(&messages[1].rest(index)), shown(rest.as_bytes()), "{wire:?}");
    }
}

#[test]
fn action_becomes_the_bytes_that_a_session_writes() {
    let action = Action::new("Login").with("AuthType", "MD5").with("ActionID", "7").with("Key", "x");
    assert_eq!(
        shown(&action.to_bytes().expect("bytes")),
        shown(b"Action: Login\r\nActionID: 7\r\nAuthType: MD5\r\nKey: x\r\n\r\n")
    );
    assert_eq!(Action::new("Ping").to_bytes().expect("bytes"), b"Action: Ping\r\n\r\n");
    let refused = Action::new("Ping").with("X", "a\r\nb").to_bytes().expect_err("it ends a line");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    // printf 138536221amp111 | md5sum
    let credentials = ami::protocol::Credentials::new("admin", "amp111");
    assert_eq!(credentials.login_key(b"138536221"), "03e8eb953301e07d1c0b77c59a4d76bd");
}
