//! The limits: each one exact, and endless input is given up.

use ami::protocol::{Limits, Parser};
use ami::{Action, ErrorKind};

use crate::{AFTER, BEFORE, parse_cut, with_banner};
use support::captures::seen;
use support::server::BANNER;
use support::session::Link;

fn limited(change: impl FnOnce(&mut Limits)) -> Parser {
    let mut limits = Limits::default();
    change(&mut limits);
    Parser::with_limits(limits)
}

/// At the limit all is well, over it `Limit` comes, after what came before; both however the bytes are cut.
fn check_limit(change: impl Fn(&mut Limits) + Copy, at: &[u8], over: &[u8]) {
    for size in [usize::MAX, 1, 2, 3] {
        let stream = with_banner(&[BEFORE.as_bytes(), at, AFTER.as_bytes()]);
        let (_, messages, result) = parse_cut(limited(change), &stream, size);
        assert!(result.is_ok(), "at the limit, pieces of {size}: {result:?}");
        assert_eq!(messages.len(), 3, "at the limit, pieces of {size}");

        let stream = with_banner(&[BEFORE.as_bytes(), over, AFTER.as_bytes()]);
        let (mut parser, messages, result) = parse_cut(limited(change), &stream, size);
        assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::Limit), "over the limit, pieces of {size}");
        assert_eq!(messages.len(), 1, "what came before the fault, pieces of {size}");
        assert_eq!(seen(&messages[0]).headers[1], ("N".into(), "1".into()), "pieces of {size}");

        let _ = parser.feed(format!("\r\n\r\n{AFTER}").as_bytes());
        assert_eq!(parser.next().map_err(|error| error.kind()).err(), Some(ErrorKind::Limit), "an error is final");
        assert_eq!(parser.finish().map_err(|error| error.kind()).err(), Some(ErrorKind::Limit), "an error is final");
    }
}

#[test]
fn limit_of_a_line_is_exact() {
    check_limit(|limits| limits.line = 20, b"Event: 0123456789abc\r\n\r\n", b"Event: 0123456789abcd\r\n\r\n");
    check_limit(|limits| limits.line = 20, b"Event: 0123456789abc\n\n", b"Event: 0123456789abcd\n\n");
}

#[test]
fn limit_of_headers_is_exact_and_does_not_count_output() {
    let at = b"Event: A\r\nA: 1\r\nB: 2\r\n\r\n";
    let over = b"Event: A\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    check_limit(|limits| limits.headers = 3, at, over);
    let at = b"Response: Success\r\nOutput: 1\r\nA: 1\r\nOutput: 2\r\nB: 2\r\nOutput: 3\r\n\r\n";
    let over = b"Response: Success\r\nOutput: 1\r\nA: 1\r\nOutput: 2\r\nB: 2\r\nOutput: 3\r\nC: 3\r\n\r\n";
    check_limit(|limits| limits.headers = 3, at, over);
}

#[test]
fn limit_of_a_message_is_exact_with_raw_line_ends_too() {
    // 40 bytes with the line ends, and 41 without the last ones.
    check_limit(
        |limits| limits.frame = 40,
        b"Event: A\r\nKey: 0123456789abcdefghi\r\n\r\n",
        b"Event: A\r\nKey: 0123456789abcdefghijklmnopqrs\r\n\r\n",
    );
    check_limit(
        |limits| limits.frame = 40,
        b"Event: A\r\nKey: 0123456789\r\nabcdefg\r\n\r\n",
        b"Event: A\r\nKey: 0123456789\r\nabcdefghijklmnopq\r\n\r\n",
    );
}

#[test]
fn limit_of_a_command_text_is_exact_in_follows_replies() {
    let reply = |text: &str| format!("Response: Follows\r\nPrivilege: Command\r\n{text}--END COMMAND--\r\n\r\n");
    for (at, over) in [
        ("0123456789\n0123456789\n", "0123456789\n012345678901\n"),
        ("0123456789012345678901", "01234567890123456789012"),
        ("\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0", "\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n00"),
    ] {
        check_limit(|limits| limits.output = 22, reply(at).as_bytes(), reply(over).as_bytes());
    }
}

#[test]
fn limit_of_a_command_text_holds_in_output_replies() {
    let reply = |lines: usize| format!("Response: Success\r\n{}\r\n", "Output: 0123456789\r\n".repeat(lines));
    let change = |limits: &mut Limits| {
        limits.frame = 60;
        limits.output = 1000;
    };
    // 40 lines are over the limit of a message, and 60 are over both together.
    check_limit(change, reply(40).as_bytes(), reply(60).as_bytes());
}

#[test]
fn limit_of_the_banner_is_exact_for_any_cut() {
    for size in [usize::MAX, 1, 2, 3, 26] {
        let length = BANNER.len() - 2;
        let stream = with_banner(&[BEFORE.as_bytes()]);
        let (_, messages, result) = parse_cut(limited(|limits| limits.banner = length), &stream, size);
        assert!(result.is_ok(), "at the limit, pieces of {size}: {result:?}");
        assert_eq!(messages.len(), 1);
        let (_, messages, result) = parse_cut(limited(|limits| limits.banner = length - 1), &stream, size);
        assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::NotAmi), "over the limit, pieces of {size}");
        assert!(messages.is_empty());
    }
}

#[test]
fn limit_ends_endless_input_without_a_line_end() {
    let follows = "Response: Follows\r\nPrivilege: Command\r\n";
    for (start, kind, most) in [
        ("", ErrorKind::NotAmi, 1 << 10),
        (BANNER, ErrorKind::Limit, 1 << 17),
        (&format!("{BANNER}Event: A\r\nKey: "), ErrorKind::Limit, 1 << 17),
        (&format!("{BANNER}{follows}"), ErrorKind::Limit, 17 << 20),
        (&format!("{BANNER}{follows}a\n"), ErrorKind::Limit, 17 << 20),
    ] {
        let mut parser = Parser::new();
        let _ = parser.feed(start.as_bytes());
        let mut fed = 0;
        let error = loop {
            match parser.next() {
                Ok(message) => assert!(message.is_none()),
                Err(error) => break error,
            }
            assert!(fed <= most, "{start:?}: {fed} bytes were taken in");
            let piece = if most > 1 << 20 { 1 << 16 } else { 1 << 8 };
            let _ = parser.feed(&vec![b'x'; piece]);
            fed += piece;
        };
        assert_eq!(error.kind(), kind, "{start:?}");
    }
}

#[test]
fn limit_ends_endless_small_lines() {
    for line in ["Key: value\r\n", "continuation\r\n", "Output: line\r\n"] {
        let mut parser = Parser::new();
        let _ = parser.feed(format!("{BANNER}Response: Success\r\n").as_bytes());
        let block = line.repeat(1000);
        let given_up = (0..3000).find_map(|_| {
            let _ = parser.feed(block.as_bytes());
            parser.next().err()
        });
        assert_eq!(given_up.map(|error| error.kind()), Some(ErrorKind::Limit), "{line:?}");
    }
}

#[test]
fn banner_of_another_protocol_is_named_and_quoted() {
    for said in [
        "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "220 mail.example.org ESMTP\r\n",
        "\r\n",
        "\n",
        "Asterisk Call Manager\r\n",
        "Asterisk Call Manager/\r\n",
        "Asterisk Call Manager/1.1 beta\r\n",
        "Response: Success\r\n\r\n",
        "\x16\x03\x01\n",
    ] {
        for size in [usize::MAX, 1] {
            let (parser, messages, result) = parse_cut(Parser::new(), said.as_bytes(), size);
            let error = result.expect_err(said);
            assert_eq!(error.kind(), ErrorKind::NotAmi, "{said:?}");
            let shown: String = said.chars().take_while(|char| char.is_ascii_alphanumeric()).collect();
            assert!(error.message().contains(&shown), "{error}");
            assert!(messages.is_empty() && parser.banner().is_none());
        }
    }
}

#[test]
fn banner_of_every_kind_is_read() {
    for banner in ["Asterisk Call Manager/1.0", "OpenPBX Call Manager/1.2", "A/B/13.0.0", "/1", "M\u{fc}ller PBX/2.5.0"]
    {
        for end in ["\r\n", "\n"] {
            let stream = format!("{banner}{end}{BEFORE}");
            let (parser, messages, result) = parse_cut(Parser::new(), stream.as_bytes(), 1);
            result.unwrap_or_else(|error| panic!("{banner:?}: {error}"));
            assert_eq!(parser.banner(), Some(banner));
            assert_eq!(messages.len(), 1, "the banner is no message");
        }
    }
}

#[test]
fn limit_defaults_let_long_answers_pass() {
    let text: Vec<String> = (0..3000).map(|line| format!("{line:>6}: some dialplan line with text in it")).collect();
    let old = format!(
        "Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n{}\n--END COMMAND--\r\n\r\n",
        text.join("\n")
    );
    let new = format!(
        "Response: Success\r\nActionID: x\r\nMessage: Command output follows\r\nOutput: {}\r\n\r\n",
        text.join("\r\nOutput: ")
    );
    for reply in [old, new] {
        for size in [usize::MAX, 1000] {
            let mut link = Link::ready();
            link.submit(0, &Action::new("Command").with("Command", "dialplan show").with("ActionID", "x"));
            link.feed_cut(reply.as_bytes(), size);
            let response = link.only().expect("no refusal");
            assert!(response.output() == Some(text.join("\n").as_bytes()), "the text is whole");
        }
    }

    let mut link = Link::ready();
    link.submit(0, &Action::new("PJSIPShowEndpoints").with("ActionID", "x"));
    link.feed("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n");
    for block in 0..50 {
        let entry =
            |at| format!("Event: EndpointList\r\nActionID: x\r\nObjectName: {}\r\nAor: a\r\n\r\n", block * 1000 + at);
        link.feed((0..1000).map(entry).collect::<String>());
    }
    link.feed("Event: EndpointListComplete\r\nActionID: x\r\nEventList: Complete\r\nListItems: 50000\r\n\r\n");
    let response = link.only().expect("no refusal");
    assert_eq!(response.events().len(), 50_000);
    let last = response.events().last().expect("entries");
    assert_eq!(last.get("objectname"), Some(&b"49999"[..]));
    assert!(link.out.events.is_empty());
}
