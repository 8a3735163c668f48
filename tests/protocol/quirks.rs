//! The oddities of servers: each one on the wire, and the messages that it becomes.

use ami::protocol::Parser;
use ami::{Action, ErrorKind, MessageKind};

use crate::{AFTER, BEFORE, all_seen, drain, parse, parse_cut, with_banner};
use support::captures::{headers, shown};
use support::server::BANNER;
use support::session::Link;

type Expected = (MessageKind, &'static [(&'static str, &'static [u8])]);

/// Bytes that some server sends, and the messages that they mean.
const QUIRKS: &[(&str, &[u8], &[Expected])] = &[
    ("LF only", b"Event: A\nKey: v\n\n", &[(MessageKind::Event, &[("Event", b"A"), ("Key", b"v")])]),
    (
        "one line with LF only",
        b"Event: Agents\r\nCallStarted: now\nKey: v\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"Agents"), ("CallStarted", b"now"), ("Key", b"v")])],
    ),
    (
        "no blank after the colon, several, and none of both",
        b"Event:A\r\nBlank:\r\nOne: \r\nThree:   x\r\nTab:\tx\r\nTrail: x  \r\nColons: a: b: c\r\n\r\n",
        &[(
            MessageKind::Event,
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
            (MessageKind::Event, &[("Event", b"A"), ("Key", b"v"), ("Caus1", b"e6"), ("Bare", b"")]),
            (MessageKind::Response, &[("Response", b"Success"), ("Reg-Contact", b"sip:a@b")]),
            (MessageKind::Event, &[("Event", b"B"), ("Key", b"v")]),
        ],
    ),
    (
        "port in a channel name",
        b"Event: Hangup\r\nChannel: IAX2/127.0.0.1:4569-403\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"Hangup"), ("Channel", b"IAX2/127.0.0.1:4569-403")])],
    ),
    (
        "raw line ends in an SMS",
        b"Event: Newexten\r\nAppData: process_sms \"hi\r\nthere\nyou\" &\r\nUniqueid: 1\r\n\r\n",
        &[(
            MessageKind::Event,
            &[("Event", b"Newexten"), ("AppData", b"process_sms \"hi\r\nthere\nyou\" &"), ("Uniqueid", b"1")],
        )],
    ),
    (
        "a user event of 11 whose body has no headers",
        b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Door\r\nUniqueid: 1.7\r\nis open\r\nA: b\r\n\r\n",
        &[(
            MessageKind::Event,
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
        &[(MessageKind::Event, &[("Event", b"VarSet"), ("Value", b"a\r\n:-) b"), ("Empty", b"\nmore")])],
    ),
    (
        "a CR in a value",
        b"Event: VarSet\r\nValue: a\r\r\nb\rc\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"VarSet"), ("Value", b"a\r\r\nb\rc")])],
    ),
    (
        "--END SMS EVENT--",
        b"Event: UpdateSMSSend\r\nPrivilege: all,smscommand\r\nID: 2\r\nStatus: 1\r\n--END SMS EVENT--\r\n\r\n",
        &[(
            MessageKind::Event,
            &[("Event", b"UpdateSMSSend"), ("Privilege", b"all,smscommand"), ("ID", b"2"), ("Status", b"1")],
        )],
    ),
    (
        "ChanVariable of old and new servers",
        b"Event: A\r\nChanVariable(SIP/x-1): a=b\r\nChanVariable: c=d=e\r\nChanVariable: f=\r\n\r\n",
        &[(
            MessageKind::Event,
            &[("Event", b"A"), ("ChanVariable(SIP/x-1)", b"a=b"), ("ChanVariable", b"c=d=e"), ("ChanVariable", b"f=")],
        )],
    ),
    (
        "headers before Response",
        b"Status: 201\nX-SMS-Reference: 5\nResponse: Success\r\nActionID: 3\r\n\r\n",
        &[(
            MessageKind::Response,
            &[("Status", b"201"), ("X-SMS-Reference", b"5"), ("Response", b"Success"), ("ActionID", b"3")],
        )],
    ),
    (
        "several and empty Output",
        b"Response: Error\r\nActionID: 3\r\nOutput: a: b\r\nOutput: \r\nOutput:   c\r\n\r\n",
        &[(
            MessageKind::Response,
            &[("Response", b"Error"), ("ActionID", b"3"), ("Output", b"a: b"), ("Output", b""), ("Output", b"  c")],
        )],
    ),
    (
        "CoreShowChannelMap's ending",
        b"Event: CoreShowChannelMapComplete\r\nListItems: 1\r\n\n",
        &[(MessageKind::Event, &[("Event", b"CoreShowChannelMapComplete"), ("ListItems", b"1")])],
    ),
    (
        "DNSmgr's line end",
        b"Event: Reload\r\nStatus: Enabled\\r/nMessage: x\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"Reload"), ("Status", b"Enabled\\r/nMessage: x")])],
    ),
    (
        "empty frames",
        b"\r\n\r\n\nEvent: DongleNewSMS\r\nLineCount: 1\r\nMessageLine0: x\r\n\r\n\r\n\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"DongleNewSMS"), ("LineCount", b"1"), ("MessageLine0", b"x")])],
    ),
    (
        "an event that carries a Response header",
        b"Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: s1\r\nResponse: Failure\r\nReason: 0\r\n\r\n",
        &[(
            MessageKind::Event,
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
        &[(MessageKind::Event, &[("Event", b"A"), ("Response", b"Follows"), ("Key", b"v")])],
    ),
    (
        "a response that carries an Event header",
        b"Response: Success\r\nEvent: A\r\n\r\n",
        &[(MessageKind::Response, &[("Response", b"Success"), ("Event", b"A")])],
    ),
    (
        "a header with neither blank nor value, as the last one too",
        b"Event: RTCPSent\r\nReportBlock:\r\nLast:\r\n\r\n",
        &[(MessageKind::Event, &[("Event", b"RTCPSent"), ("ReportBlock", b""), ("Last", b"")])],
    ),
    (
        "Latin-1, UTF-8, NUL and other bytes",
        b"Event: A\r\nName: M\xfcller\r\nText: \xe4\xbd\xa0\r\nZero: a\0b\0\r\nHigh: \xff\xfe\x01\r\n\r\n",
        &[(
            MessageKind::Event,
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
            (MessageKind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (MessageKind::Event, &[("Event", b"A"), ("Key", b"v")]),
        ],
    ),
    (
        "1.6.0's Ping without an end, before a response and another Ping",
        b"Response: Success\r\nPing: Pong\r\nResponse: Success\r\nPing: Pong\r\nResponse: Error\r\nActionID: 1\r\n\r\n",
        &[
            (MessageKind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (MessageKind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (MessageKind::Response, &[("Response", b"Error"), ("ActionID", b"1")]),
        ],
    ),
    (
        "later servers' Ping",
        b"Response: Success\r\nPing: Pong\r\n\r\nResponse: Success\r\nPing: Pong\r\nTimestamp: 1.5\r\n\r\n",
        &[
            (MessageKind::Response, &[("Response", b"Success"), ("Ping", b"Pong")]),
            (MessageKind::Response, &[("Response", b"Success"), ("Ping", b"Pong"), ("Timestamp", b"1.5")]),
        ],
    ),
    (
        "neither Response nor Event, and a line without a name",
        b"Foo: bar\r\n\r\nasterisk is going down\r\n\r\n",
        &[(MessageKind::Other, &[("Foo", b"bar")]), (MessageKind::Other, &[("", b"asterisk is going down")])],
    ),
    (
        "names in any case, the first ActionID",
        b"event: a\r\nACTIONID: 1\r\nActionID: 2\r\n\r\nRESPONSE: b\r\n\r\n",
        &[
            (MessageKind::Event, &[("event", b"a"), ("ACTIONID", b"1"), ("ActionID", b"2")]),
            (MessageKind::Response, &[("RESPONSE", b"b")]),
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
fn quirks_cut_at_any_byte_read_the_same() {
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
fn command_text_is_exact_for_any_cut() {
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
fn command_text_cannot_pass_for_a_known_action_id() {
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
fn parser_finish_finds_a_message_that_was_cut() {
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
