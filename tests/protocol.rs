//! The parser and the encoder: real bytes, however they are cut, and what is refused.

mod support;

use ami::protocol::{Limits, MAX_HEADERS, MAX_LINE, Parser};
use ami::{Action, Error, ErrorKind, Kind, Message};

use support::{Link, Rng, Seen, headers, pieces, seen, server_captures, shown, split};

const BANNER: &str = "Asterisk Call Manager/1.1\r\n";
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

// ---- recorded sessions ----

#[test]
fn every_frame_of_every_capture_comes_out_byte_exact() {
    for (name, bytes) in server_captures() {
        let (banner, frames) = split(&bytes);
        let (parser, messages, result) = parse_cut(Parser::new(), &bytes, usize::MAX);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(parser.banner().map(str::as_bytes), Some(&banner[..]), "{name}");
        parser.finish().unwrap_or_else(|error| panic!("{name}: {error}"));

        let of_kind = |kind| messages.iter().filter(|message| message.kind() == kind).count();
        let events = frames.iter().filter(|frame| frame.is_event()).count();
        assert_eq!((of_kind(Kind::Event), of_kind(Kind::Response)), (events, frames.len() - events), "{name}");
        assert_eq!(messages.len(), frames.len(), "{name}");
        for (at, (message, frame)) in messages.iter().zip(&frames).enumerate() {
            assert_eq!(headers(message), frame.headers, "{name}, message {at}");
            assert_eq!(message.name(), frame.headers[0].1, "{name}, message {at}");
            assert_eq!(message.action_id(), frame.get("ActionID"), "{name}, message {at}");
        }
    }
}

#[test]
fn a_capture_fed_byte_by_byte_reads_the_same() {
    for (name, bytes) in server_captures() {
        let (parser, messages, result) = parse_cut(Parser::new(), &bytes, 1);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        parser.finish().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(all_seen(&messages) == all_seen(&parse(&bytes)), "{name}");
    }
}

#[test]
fn messages_need_not_be_taken_between_the_pieces() {
    for (name, bytes) in server_captures() {
        let mut parser = Parser::new();
        bytes.chunks(100).for_each(|piece| parser.feed(piece).expect("no fault"));
        let mut messages = Vec::new();
        drain(&mut parser, &mut messages).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(all_seen(&messages) == all_seen(&parse(&bytes)), "{name}");
    }
}

// ---- quirks ----

type Expected = (Kind, &'static [(&'static str, &'static [u8])]);

/// What some server sends, and the messages it means.
const QUIRKS: &[(&str, &[u8], &[Expected])] = &[
    ("LF only", b"Event: A\nKey: v\n\n", &[(Kind::Event, &[("Event", b"A"), ("Key", b"v")])]),
    (
        "one line with LF only",
        b"Event: Agents\r\nCallStarted: now\nKey: v\r\n\r\n",
        &[(Kind::Event, &[("Event", b"Agents"), ("CallStarted", b"now"), ("Key", b"v")])],
    ),
    (
        "no blank after the colon, several, and none of both",
        b"Event:A\r\nBlank:\r\nOne: \r\nThree:   x\r\nTab:\tx\r\nTrail: x  \r\nColons: a: b: c\r\n\r\n",
        &[(
            Kind::Event,
            &[
                ("Event", b"A"),
                ("Blank", b""),
                ("One", b""),
                ("Three", b"  x"),
                ("Tab", b"\tx"),
                ("Trail", b"x  "),
                ("Colons", b"a: b: c"),
            ],
        )],
    ),
    (
        "a blank before the colon is not part of the name, in whatever message",
        b"Event: A\r\nKey : v\r\nCaus1 :e6\r\nBare :\r\n\r\nResponse: Success\r\nReg-Contact : sip:a@b\r\n\r\nEvent : B\r\nKey : v\r\n\r\n",
        &[
            (Kind::Event, &[("Event", b"A"), ("Key", b"v"), ("Caus1", b"e6"), ("Bare", b"")]),
            (Kind::Response, &[("Response", b"Success"), ("Reg-Contact", b"sip:a@b")]),
            (Kind::Event, &[("Event", b"B"), ("Key", b"v")]),
        ],
    ),
    (
        "port in a channel name",
        b"Event: Hangup\r\nChannel: IAX2/127.0.0.1:4569-403\r\n\r\n",
        &[(Kind::Event, &[("Event", b"Hangup"), ("Channel", b"IAX2/127.0.0.1:4569-403")])],
    ),
    (
        "raw line ends in an SMS",
        b"Event: Newexten\r\nAppData: process_sms \"hi\r\nthere\nyou\" &\r\nUniqueid: 1\r\n\r\n",
        &[(
            Kind::Event,
            &[("Event", b"Newexten"), ("AppData", b"process_sms \"hi\r\nthere\nyou\" &"), ("Uniqueid", b"1")],
        )],
    ),
    (
        "a user event of 11 whose body has no headers",
        b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Door\r\nUniqueid: 1.7\r\nis open\r\nA: b\r\n\r\n",
        &[(
            Kind::Event,
            &[
                ("Event", b"UserEvent"),
                ("Privilege", b"user,all"),
                ("UserEvent", b"Door"),
                ("Uniqueid", b"1.7"),
                ("", b"is open"),
                ("A", b"b"),
            ],
        )],
    ),
    (
        "a continuation that begins with a colon, and one of an empty value",
        b"Event: VarSet\r\nValue: a\r\n:-) b\r\nEmpty:\nmore\r\n\r\n",
        &[(Kind::Event, &[("Event", b"VarSet"), ("Value", b"a\r\n:-) b"), ("Empty", b"\nmore")])],
    ),
    (
        "a CR in a value",
        b"Event: VarSet\r\nValue: a\r\r\nb\rc\r\n\r\n",
        &[(Kind::Event, &[("Event", b"VarSet"), ("Value", b"a\r\r\nb\rc")])],
    ),
    (
        "--END SMS EVENT--",
        b"Event: UpdateSMSSend\r\nPrivilege: all,smscommand\r\nID: 2\r\nStatus: 1\r\n--END SMS EVENT--\r\n\r\n",
        &[(
            Kind::Event,
            &[("Event", b"UpdateSMSSend"), ("Privilege", b"all,smscommand"), ("ID", b"2"), ("Status", b"1")],
        )],
    ),
    (
        "ChanVariable of old and new servers",
        b"Event: A\r\nChanVariable(SIP/x-1): a=b\r\nChanVariable: c=d=e\r\nChanVariable: f=\r\n\r\n",
        &[(
            Kind::Event,
            &[("Event", b"A"), ("ChanVariable(SIP/x-1)", b"a=b"), ("ChanVariable", b"c=d=e"), ("ChanVariable", b"f=")],
        )],
    ),
    (
        "headers before Response",
        b"Status: 201\nX-SMS-Reference: 5\nResponse: Success\r\nActionID: 3\r\n\r\n",
        &[(
            Kind::Response,
            &[("Status", b"201"), ("X-SMS-Reference", b"5"), ("Response", b"Success"), ("ActionID", b"3")],
        )],
    ),
    (
        "several and empty Output",
        b"Response: Error\r\nActionID: 3\r\nOutput: a: b\r\nOutput: \r\nOutput:   c\r\n\r\n",
        &[(
            Kind::Response,
            &[("Response", b"Error"), ("ActionID", b"3"), ("Output", b"a: b"), ("Output", b""), ("Output", b"  c")],
        )],
    ),
    (
        "CoreShowChannelMap's ending",
        b"Event: CoreShowChannelMapComplete\r\nListItems: 1\r\n\n",
        &[(Kind::Event, &[("Event", b"CoreShowChannelMapComplete"), ("ListItems", b"1")])],
    ),
    (
        "DNSmgr's line end",
        b"Event: Reload\r\nStatus: Enabled\\r/nMessage: x\r\n\r\n",
        &[(Kind::Event, &[("Event", b"Reload"), ("Status", b"Enabled\\r/nMessage: x")])],
    ),
    (
        "empty frames",
        b"\r\n\r\n\nEvent: DongleNewSMS\r\nLineCount: 1\r\nMessageLine0: x\r\n\r\n\r\n\r\n\r\n",
        &[(Kind::Event, &[("Event", b"DongleNewSMS"), ("LineCount", b"1"), ("MessageLine0", b"x")])],
    ),
    (
        "an event that carries a Response header",
        b"Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: s1\r\nResponse: Failure\r\nReason: 0\r\n\r\n",
        &[(
            Kind::Event,
            &[
                ("Event", b"OriginateResponse"),
                ("Privilege", b"call,all"),
                ("ActionID", b"s1"),
                ("Response", b"Failure"),
                ("Reason", b"0"),
            ],
        )],
    ),
    (
        "an event that says Response: Follows",
        b"Event: A\r\nResponse: Follows\r\nKey: v\r\n\r\n",
        &[(Kind::Event, &[("Event", b"A"), ("Response", b"Follows"), ("Key", b"v")])],
    ),
    (
        "a response that carries an Event header",
        b"Response: Success\r\nEvent: A\r\n\r\n",
        &[(Kind::Response, &[("Response", b"Success"), ("Event", b"A")])],
    ),
    (
        "a header with neither blank nor value, as the last one too",
        b"Event: RTCPSent\r\nReportBlock:\r\nLast:\r\n\r\n",
        &[(Kind::Event, &[("Event", b"RTCPSent"), ("ReportBlock", b""), ("Last", b"")])],
    ),
    (
        "Latin-1, UTF-8, NUL and other bytes",
        b"Event: A\r\nName: M\xfcller\r\nText: \xe4\xbd\xa0\r\nZero: a\0b\0\r\nHigh: \xff\xfe\x01\r\n\r\n",
        &[(
            Kind::Event,
            &[
                ("Event", b"A"),
                ("Name", b"M\xfcller"),
                ("Text", b"\xe4\xbd\xa0"),
                ("Zero", b"a\0b\0"),
                ("High", b"\xff\xfe\x01"),
            ],
        )],
    ),
    (
        "1.6.0's Ping without an end, before an event",
        b"Response: Success\r\nPing: Pong\r\nEvent: A\r\nKey: v\r\n\r\n",
        &[
            (Kind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (Kind::Event, &[("Event", b"A"), ("Key", b"v")]),
        ],
    ),
    (
        "1.6.0's Ping without an end, before a response and another Ping",
        b"Response: Success\r\nPing: Pong\r\nResponse: Success\r\nPing: Pong\r\nResponse: Error\r\nActionID: 1\r\n\r\n",
        &[
            (Kind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (Kind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (Kind::Response, &[("Response", b"Error"), ("ActionID", b"1")]),
        ],
    ),
    (
        "later servers' Ping",
        b"Response: Success\r\nPing: Pong\r\n\r\nResponse: Success\r\nPing: Pong\r\nTimestamp: 1.5\r\n\r\n",
        &[
            (Kind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (Kind::Response, &[("Response", b"Success"), ("Ping", b"Pong"), ("Timestamp", b"1.5")]),
        ],
    ),
    (
        "neither Response nor Event, and a line without a name",
        b"Foo: bar\r\n\r\nasterisk is going down\r\n\r\n",
        &[(Kind::Other, &[("Foo", b"bar")]), (Kind::Other, &[("", b"asterisk is going down")])],
    ),
    (
        "names in any case, the first ActionID",
        b"event: a\r\nACTIONID: 1\r\nActionID: 2\r\n\r\nRESPONSE: b\r\n\r\n",
        &[
            (Kind::Event, &[("event", b"a"), ("ACTIONID", b"1"), ("ActionID", b"2")]),
            (Kind::Response, &[("RESPONSE", b"b")]),
        ],
    ),
];

#[test]
fn quirks_are_understood() {
    for (what, bytes, expected) in QUIRKS {
        let messages = parse(&with_banner(&[BEFORE.as_bytes(), bytes, AFTER.as_bytes()]));
        let [first, quirk @ .., last] = &messages[..] else { panic!("{what}: {messages:?}") };
        assert!(first.is("Before") && last.is("After"), "{what}: {messages:?}");
        assert_eq!(quirk.len(), expected.len(), "{what}: {messages:?}");
        for (message, (kind, pairs)) in quirk.iter().zip(*expected) {
            assert_eq!(message.kind(), *kind, "{what}");
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())).collect();
            assert_eq!(headers(message), pairs, "{what}");
        }
    }
}

#[test]
fn a_message_cut_at_any_byte_reads_the_same() {
    for (what, bytes, _) in QUIRKS {
        let stream = with_banner(&[BEFORE.as_bytes(), bytes, AFTER.as_bytes()]);
        let whole = all_seen(&parse(&stream));
        let (_, bytewise, _) = parse_cut(Parser::new(), &stream, 1);
        assert_eq!(all_seen(&bytewise), whole, "{what}, byte by byte");
        for cut in 1..stream.len() {
            let mut parser = Parser::new();
            let mut messages = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                let _ = parser.feed(part);
                drain(&mut parser, &mut messages).expect("no fault");
            }
            assert_eq!(all_seen(&messages), whole, "{what}, cut at {cut}");
            parser.finish().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
}

/// A `Follows` reply to the action with the ActionID `x1`, and the text it means.
const TEXTS: &[(&str, &[u8], &[u8])] = &[
    ("1.8", b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\na\nb\n--END COMMAND--\r\n\r\n", b"a\nb"),
    ("1.0", b"Response: Follows\r\nActionID: x1\r\na\nb\n--END COMMAND--\r\n\r\n", b"a\nb"),
    ("Yeastar", b"Response: Follows\r\nPrivilege: SMSCommand\r\nActionID: x1\r\n--END COMMAND--\r\n\r\n", b""),
    ("LF only", b"Response: Follows\nPrivilege: Command\nActionID: x1\na\n--END COMMAND--\r\n\r\n", b"a"),
    ("no text", b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\n--END COMMAND--\r\n\r\n", b""),
    (
        "the marker behind the last line",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\nLast send AT: AT+CREG?\\r\\n--END COMMAND--\r\n\r\n",
        b"Last send AT: AT+CREG?\\r\\n",
    ),
    (
        "empty lines and lines that look like headers and frames",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\n\n\r\n\r\nKey: v\n\nEvent: Fake\r\n\r\nb\n\
          --END COMMAND--\r\n\r\n",
        b"\n\r\n\r\nKey: v\n\nEvent: Fake\r\n\r\nb",
    ),
    (
        "a text that begins like a header",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\nStatus: up\nKey: v\n--END COMMAND--\r\n\r\n",
        b"Status: up\nKey: v",
    ),
    (
        "a text that begins like the headers before it",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\nPrivilege: all\nActionID: x1\n--END COMMAND--\r\n\r\n",
        b"Privilege: all\nActionID: x1",
    ),
    (
        "somebody else's ActionID in the text, ours before",
        b"Response: Follows\r\nActionID: x1\r\nActionID: x2\nPrivilege: all\n--END COMMAND--\r\n\r\n",
        b"ActionID: x2\nPrivilege: all",
    ),
    (
        "the marker without the empty line",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\na\n--END COMMAND--\r\nb --END COMMAND-- \
          --END COMMAND--\r\r\n\r\n--END COMMAND--\r\nEvent: Fake\r\n\r\nc\n--END COMMAND--\r\n\r\n",
        b"a\n--END COMMAND--\r\nb --END COMMAND-- --END COMMAND--\r\r\n\r\n--END COMMAND--\r\nEvent: Fake\r\n\r\nc",
    ),
    (
        "the marker twice",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\n--END COMMAND----END COMMAND--\r\n\r\n",
        b"--END COMMAND--",
    ),
    (
        "half a marker before the marker",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\n--END COMM--END COMMAND--\r\n\r\n",
        b"--END COMM",
    ),
    (
        "an empty line at the end",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\na\n\n--END COMMAND--\r\n\r\n",
        b"a\n",
    ),
    (
        "any bytes",
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: x1\r\n\0M\xfcller\x1b[0m\xe4\xbd\n\xa0\0\n--END COMMAND--\r\n\r\n",
        b"\0M\xfcller\x1b[0m\xe4\xbd\n\xa0\0",
    ),
    (
        "14 and later",
        b"Response: Success\r\nActionID: x1\r\nMessage: Command output follows\r\nOutput: a\r\nOutput: \r\nOutput:  Key: v\r\n\r\n",
        b"a\n\n Key: v",
    ),
    (
        "14 and later, no text",
        b"Response: Success\r\nActionID: x1\r\nMessage: Command output follows\r\nOutput: \r\n\r\n",
        b"",
    ),
];

#[test]
fn a_commands_text_is_exact_wherever_it_is_cut() {
    let command = Action::new("Command").with("Command", "show it").with("ActionID", "x1");
    let mut link = Link::ready();
    for (what, reply, text) in TEXTS {
        let stream = [BEFORE.as_bytes(), reply, AFTER.as_bytes()].concat();
        for cut in 0..stream.len() {
            link.submit(0, &command);
            link.feed(&stream[..cut]);
            link.feed(&stream[cut..]);
            let response = link.only().unwrap_or_else(|error| panic!("{what}, cut at {cut}: {error}"));
            assert_eq!(response.output().map(shown), Some(shown(text)), "{what}, cut at {cut}");
            let names: Vec<_> = link.out.events.drain(..).map(|event| shown(event.name())).collect();
            assert_eq!(names, ["Before", "After"], "{what}, cut at {cut}");
        }
        link.submit(0, &command);
        link.feed_cut(&stream, 1);
        let response = link.only().unwrap_or_else(|error| panic!("{what}, byte by byte: {error}"));
        assert_eq!(response.output().map(shown), Some(shown(text)), "{what}, byte by byte");
        link.out.events.clear();
    }
}

#[test]
fn a_text_cannot_pass_for_an_action_id_once_ours_are_known() {
    let reply = |id: &str, rest: &str| {
        format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\n{rest}\n--END COMMAND--\r\n\r\n{AFTER}")
    };
    // (expected, in the reply, taken)
    let cases: [(&[&str], &str, Option<&str>); 6] = [
        (&[], "7", Some("7")),
        (&["7"], "7", Some("7")),
        (&["8", "7"], "7", Some("7")),
        (&["7"], "8", None),
        (&["7"], "77", None),
        (&["7"], "7 ", None),
    ];
    for (expected, sent, taken) in cases {
        let stream = with_banner(&[reply(sent, "ActionID: 7").as_bytes()]);
        for size in [1, usize::MAX] {
            let mut parser = Parser::new();
            expected.iter().for_each(|id| parser.expect_action_id(id.as_bytes()));
            let (_, messages, result) = parse_cut(parser, &stream, size);
            result.expect("no fault");
            assert_eq!(messages.len(), 2, "{expected:?} {sent}: {messages:?}");
            assert_eq!(messages[0].action_id(), taken.map(str::as_bytes), "{expected:?} {sent}");
            assert_eq!(messages[0].len(), 2 + usize::from(taken.is_some()), "{expected:?} {sent}");
        }
    }

    // An answered one is not expected again.
    let mut parser = Parser::new();
    parser.expect_action_id(b"7");
    let stream = with_banner(&[reply("7", "x").as_bytes(), reply("7", "x").as_bytes()]);
    let (_, messages, _) = parse_cut(parser, &stream, 1);
    let ids: Vec<_> = messages.iter().map(|message| message.action_id().is_some()).collect();
    assert_eq!(ids, [true, false, false, false]);
}

#[test]
fn finish_tells_a_cut_message_from_a_whole_one() {
    let follows = "Response: Follows\r\nPrivilege: Command\r\ntext";
    for (bytes, whole) in [
        ("", true),
        (BANNER, true),
        ("Asterisk Ca", false),
        (&format!("{BANNER}{BEFORE}"), true),
        (&format!("{BANNER}{BEFORE}\r\n\r\n"), true),
        (&format!("{BANNER}{BEFORE}Ev"), false),
        (&format!("{BANNER}Event: A\r\nKey: v\r\n"), false),
        (&format!("{BANNER}{follows}"), false),
        (&format!("{BANNER}{follows}--END COMMAND--\r\n\r"), false),
    ] {
        for taken in [true, false] {
            let mut parser = Parser::new();
            let _ = parser.feed(bytes.as_bytes());
            if taken {
                drain(&mut parser, &mut Vec::new()).expect("no fault");
            }
            let result = parser.finish().map_err(|error| error.kind());
            let expected = if whole { Ok(()) } else { Err(ErrorKind::Protocol) };
            assert_eq!(result, expected, "{bytes:?}, messages taken first: {taken}");
        }
    }
}

// ---- limits ----

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
fn the_limit_of_a_line_is_exact() {
    check_limit(|limits| limits.line = 20, b"Event: 0123456789abc\r\n\r\n", b"Event: 0123456789abcd\r\n\r\n");
    check_limit(|limits| limits.line = 20, b"Event: 0123456789abc\n\n", b"Event: 0123456789abcd\n\n");
}

#[test]
fn the_limit_of_headers_is_exact_and_does_not_count_output() {
    let at = b"Event: A\r\nA: 1\r\nB: 2\r\n\r\n";
    let over = b"Event: A\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    check_limit(|limits| limits.headers = 3, at, over);
    let at = b"Response: Success\r\nOutput: 1\r\nA: 1\r\nOutput: 2\r\nB: 2\r\nOutput: 3\r\n\r\n";
    let over = b"Response: Success\r\nOutput: 1\r\nA: 1\r\nOutput: 2\r\nB: 2\r\nOutput: 3\r\nC: 3\r\n\r\n";
    check_limit(|limits| limits.headers = 3, at, over);
}

#[test]
fn the_limit_of_a_message_is_exact_with_raw_line_ends_too() {
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
fn the_limit_of_a_commands_text_is_exact_in_follows_replies() {
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
fn the_limit_of_a_commands_text_holds_in_output_replies() {
    let reply = |lines: usize| format!("Response: Success\r\n{}\r\n", "Output: 0123456789\r\n".repeat(lines));
    let change = |limits: &mut Limits| {
        limits.frame = 60;
        limits.output = 1000;
    };
    // 40 lines are over the limit of a message, and 60 are over both together.
    check_limit(change, reply(40).as_bytes(), reply(60).as_bytes());
}

#[test]
fn the_limit_of_the_banner_is_exact_whatever_the_cut() {
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
fn endless_input_without_a_line_end_is_given_up() {
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
fn endless_small_lines_are_given_up() {
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
fn what_is_no_manager_port_is_named_and_quoted() {
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
fn banners_of_every_kind_are_kept_apart() {
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
fn long_answers_pass_with_the_defaults() {
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

// ---- actions ----

fn sent(action: &Action) -> Result<String, Error> {
    let mut link = Link::ready();
    link.session.submit(action, None, link.now, 0)?;
    Ok(shown(&link.send()).replace("\\r\\n", "\r\n"))
}

#[test]
fn an_action_goes_out_as_it_was_asked() {
    let action = Action::new("Originate")
        .with("Channel", "Local/1@x")
        .with("Variable", "A=1")
        .with("Variable", "")
        .with("actionid", "mine")
        .with("Variable", "B: 2 ");
    assert_eq!(
        sent(&action).expect("accepted"),
        "Action: Originate\r\nActionID: mine\r\nChannel: Local/1@x\r\nVariable: A=1\r\nVariable: \r\nVariable: B: 2 \r\n\r\n"
    );
    let made = sent(&Action::new("Ping")).expect("accepted");
    assert!(made.starts_with("Action: Ping\r\nActionID: own-") && made.ends_with("\r\n\r\n"), "{made:?}");
}

#[test]
fn what_would_break_a_line_is_refused_and_stays_refused() {
    let refusals = ["\r", "\n", "\0", "a\rb", "a\nb", "a\0b", "a\r\n", "\r\nAction: Logoff"];
    let mut actions: Vec<Action> = Vec::new();
    for bad in refusals {
        actions.push(Action::new(bad));
        actions.push(Action::new("Ping").with(bad, "v"));
        actions.push(Action::new("Ping").with("Key", bad));
        actions.push(Action::new("Ping").with("ActionID", bad));
    }
    actions.push(Action::new(""));
    actions.push(Action::new("Ping").with("", "v"));
    actions.push(Action::new("Ping").with("A:", "v"));
    actions.push(Action::new("Ping").with("A: b", "v"));
    actions.push(Action::new("Ping").with("ActionID", "1").with("ActionID", "2"));
    actions.push(Action::new("Ping").with("ActionID", "1").with("actionid", "1"));
    actions.push(Action::new("Ping").with("ActionID", ""));
    actions.push(Action::new("Ping").with("Action", "Logoff"));
    // A server skips the blanks before a value.
    for blank in [" x", "\tx", " "] {
        actions.push(Action::new("Ping").with("Key", blank));
        actions.push(Action::new(blank));
    }
    for action in actions {
        let later = action.clone().with("Good", "value");
        for action in [action, later] {
            assert_eq!(action.check().map_err(|error| error.kind()), Err(ErrorKind::Invalid), "{action:?}");
            let mut link = Link::ready();
            let refused = link.session.submit(&action, None, link.now, 0).expect_err("refused");
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{action:?}");
            assert!(link.session.transmit().is_empty(), "{action:?}");
            assert_eq!(link.session.in_flight(), 0, "{action:?}");
        }
    }
}

#[test]
fn a_refused_header_is_named_and_not_added() {
    let mut action = Action::new("Originate");
    action.add("Channel", "Local/1@x").expect("accepted");
    let error = action.add("Data", "x\r\nAction: Logoff").expect_err("refused");
    assert!(error.message().contains("Data") && !error.message().contains("Logoff"), "{error}");
    assert_eq!(action.get("Data"), None);
    assert_eq!(action.get("channel"), Some(&b"Local/1@x"[..]));
    action.add("Exten", "1").expect("accepted by itself");
    assert_eq!(action.check().expect_err("remembered").message(), error.message());
}

#[test]
fn a_line_may_have_1022_bytes() {
    assert_eq!(MAX_LINE, 1022);
    for (name, id) in [("Key", false), ("ActionID", true)] {
        let room = MAX_LINE - name.len() - 2;
        let action = Action::new("Ping").with(name, "x".repeat(room));
        let wire = sent(&action).expect("accepted");
        assert_eq!(wire.lines().map(str::len).max(), Some(MAX_LINE), "{name}");
        assert_eq!(action.action_id().is_some(), id);
        let over = Action::new("Ping").with(name, "x".repeat(room + 1));
        assert_eq!(over.check().expect_err("too long").kind(), ErrorKind::Invalid, "{name}");
    }
    let room = MAX_LINE - "Action: ".len();
    assert!(Action::new("x".repeat(room)).check().is_ok());
    assert!(Action::new("x".repeat(room + 1)).check().is_err());
    // Bytes count, not characters.
    assert!(Action::new("Ping").with("Key", "\u{4f60}".repeat(339)).check().is_ok());
    assert!(Action::new("Ping").with("Key", "\u{4f60}".repeat(340)).check().is_err());
}

#[test]
fn an_action_may_have_128_headers() {
    assert_eq!(MAX_HEADERS, 128);
    for own_id in [None, Some(0), Some(126)] {
        let mut action = Action::new("Originate");
        for at in 0..=126 {
            if own_id == Some(at) {
                action.add("ActionID", "mine").expect("room for an ActionID");
            }
            if at < 126 {
                action.add("Variable", format!("V{at}=1")).unwrap_or_else(|error| panic!("header {at}: {error}"));
            }
        }
        let wire = sent(&action).expect("accepted");
        assert_eq!(wire.trim_end().lines().count(), MAX_HEADERS, "ActionID at {own_id:?}");
        let error = action.add("Variable", "one=more").map(|_| ()).expect_err("one too many");
        assert_eq!(error.kind(), ErrorKind::Invalid, "ActionID at {own_id:?}");
    }
}

#[test]
fn debug_shows_names_only() {
    let action = Action::new("Login").with("Secret", "hunter2").with("Other", "hunter2").with("ActionID", "hunter2");
    let debug = format!("{action:?}");
    assert!(debug.contains("Login") && debug.contains("Secret") && !debug.contains("hunter2"), "{debug}");
    let [message] = &parse(&with_banner(&[b"Event: A\r\nSecret: hunter2\r\n\r\n"]))[..] else { panic!("one message") };
    let debug = format!("{message:?}");
    assert!(debug.contains("Secret") && !debug.contains("hunter2"), "{debug}");
}

#[test]
fn a_strict_server_reads_what_was_asked_or_the_action_was_refused() {
    let mut rng = Rng::new(7);
    let pool = b"aZ:0 \t\r\n\0\\\"\xe4\xff.-";
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes =
            |most: usize| -> Vec<u8> { (0..rng.below(most + 1)).map(|_| pool[rng.below(pool.len())]).collect() };
        let mut action = Action::new("Test");
        let mut asked = vec![(b"Action".to_vec(), b"Test".to_vec()), (b"ActionID".to_vec(), b"id".to_vec())];
        action.add("ActionID", "id").expect("accepted");
        for _ in 0..2 {
            let (name, value) = (String::from_utf8_lossy(&bytes(3)).into_owned(), bytes(4));
            asked.push((name.clone().into_bytes(), value.clone()));
            action = action.with(name, value);
        }
        let mut link = Link::ready();
        if link.session.submit(&action, None, link.now, 0).is_err() {
            refused += 1;
            assert!(link.session.transmit().is_empty());
            continue;
        }
        accepted += 1;
        let wire = link.send();
        let read: Vec<(Vec<u8>, Vec<u8>)> = wire
            .strip_suffix(b"\r\n\r\n")
            .expect("an end")
            .split(|byte| *byte == b'\n')
            .map(|line| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let colon = support::find(line, b": ").expect("a colon and a blank");
                (line[..colon].to_vec(), line[colon + 2..].to_vec())
            })
            .collect();
        assert!(read == asked, "{asked:?} was read as {read:?}");
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
}

// ---- messages ----

#[test]
fn headers_are_found_without_case_and_keep_their_order() {
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
fn every_header_of_the_captures_is_found_by_its_name() {
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
fn the_rest_of_a_message_is_the_wires_bytes() {
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
fn an_action_becomes_the_bytes_that_a_session_writes() {
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
