//! Properties, tried on random input that shrinks to the smallest counterexample.
#![cfg(feature = "client")]

use std::time::{Duration, Instant};

use ami::Action;
use ami::gsm::pdu::{Encoding, Pdu, Submit};
use ami::protocol::{Credentials, Message, Output, Parser, Reconnect, Session, SessionConfig};
use proptest::collection::vec;
use proptest::prelude::*;
use support::server::BANNER;

fn ready() -> (Session<u32>, Instant) {
    let now = Instant::now();
    let mut session = Session::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
    log_in(&mut session, now);
    while session.poll().is_some() {}
    assert!(session.is_ready());
    (session, now)
}

fn log_in(session: &mut Session<u32>, now: Instant) {
    session.connected(true, now + Duration::from_secs(10));
    for reply in ["", "Response: Success\r\nChallenge: 1\r\n\r\n", "Response: Success\r\n\r\n"] {
        let said = if reply.is_empty() { BANNER.as_bytes() } else { reply.as_bytes() };
        session.buffer().extend_from_slice(said);
        session.received(now);
        if !session.is_ready() {
            session.transmitted(session.transmit().len());
        }
    }
}

/// A strict server's reading: lines end at LF, one CR before it is cut, blanks before a value are skipped, an empty line
/// ends an action.
fn read_back(bytes: &[u8]) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut actions = vec![Vec::new()];
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").expect("every line ends");
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            actions.push(Vec::new());
            continue;
        }
        assert!(line.len() <= 1022 && !line.contains(&0), "a line that a server takes");
        let colon = line.iter().position(|&byte| byte == b':').expect("every line is a header");
        let value = line[colon + 1..].trim_ascii_start();
        let action = actions.last_mut().expect("there is one");
        action.push((line[..colon].to_vec(), value.to_vec()));
        assert!(action.len() <= 128, "as many headers as a server takes");
    }
    assert_eq!(actions.pop(), Some(Vec::new()), "an action ends");
    actions
}

/// Mostly plain, with what could do harm mixed in.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[ -~]{0,40}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..40),
        1 => vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(0u8), Just(b':'), Just(b' '), Just(b'x')], 0..8),
        1 => (1000usize..1040).prop_map(|length| vec![b'x'; length]),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[A-Za-z][A-Za-z0-9_()-]{0,20}", 1 => "[ -~\\r\\n]{0,8}", 1 => Just("ActionID".to_owned())]
}

/// Messages as servers send them, and what is none.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let word = "[A-Za-z0-9 :\"\\\\]{0,12}";
    let header = ("[A-Za-z]{1,10}", ":|: |:  ", word, "\r\n|\n").prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"));
    let odd = prop_oneof![
        Just("Response: Follows\r\n".to_owned()),
        Just("Privilege: Command\r\n".to_owned()),
        Just("ActionID: 7\r\n".to_owned()),
        Just("--END COMMAND--\r\n\r\n".to_owned()),
        Just("--END COMMAND--\r\n".to_owned()),
        Just("--END SMS EVENT--\r\n".to_owned()),
        Just("Response: Success\r\nPing: Pong\r\n".to_owned()),
        Just("Output: text\r\n".to_owned()),
        Just("Event: E\r\n".to_owned()),
        Just("a line without a name\r\n".to_owned()),
        Just(":\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
    ];
    vec(prop_oneof![3 => header, 2 => odd], 0..40).prop_map(|lines| lines.concat().into_bytes())
}

type Seen = (Vec<(Vec<u8>, Vec<u8>)>, Option<Vec<u8>>);

fn parse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Seen>, bool) {
    let seen = |message: &Message| {
        let headers = message.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        (headers, message.output().map(|text| text.into_owned()))
    };
    let mut parser = Parser::new();
    let mut messages = Vec::new();
    for piece in pieces {
        parser.feed(piece).expect("small enough");
        while let Some(message) = parser.next().expect("small enough") {
            messages.push(seen(&message));
        }
    }
    let whole = parser.finish().is_ok();
    (messages, whole)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn action_is_read_back_exactly_or_nothing_was_written(
        action_name in name(),
        headers in vec((name(), value()), 0..140),
    ) {
        let (mut session, now) = ready();
        let mut action = Action::new(action_name.as_str());
        let all_taken = headers.iter().filter(|(name, value)| action.add(name.as_str(), value).is_err()).count() == 0;
        if session.submit(&action, None, now, 7).is_err() {
            prop_assert!(session.transmit().is_empty());
            prop_assert_eq!(session.in_flight(), 0);
            return Ok(());
        }
        prop_assert!(all_taken, "an action with a refused header is not sent");
        let actions = read_back(session.transmit());
        prop_assert_eq!(actions.len(), 1);
        let own = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("ActionID"));
        let mut expected = vec![(b"Action".to_vec(), action_name.into_bytes())];
        expected.push((b"ActionID".to_vec(), own.map_or_else(|| actions[0][1].1.clone(), |(_, id)| id.clone())));
        expected.extend(
            headers
                .iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("ActionID"))
                .map(|(name, value)| (name.clone().into_bytes(), value.clone())),
        );
        prop_assert_eq!(&actions[0], &expected);
        // The answer finds it, whatever it is named: no list begins without a word of one.
        session.transmitted(session.transmit().len());
        let id = actions[0][1].1.clone();
        session.buffer().extend_from_slice(&[b"Response: Success\r\nActionID: ", &id[..], b"\r\n\r\n"].concat());
        session.received(now);
        let outputs: Vec<_> = std::iter::from_fn(|| session.poll()).collect();
        prop_assert!(matches!(&outputs[..], [Output::Done(7, Ok(_))]), "{:?}", outputs);
        prop_assert_eq!(session.in_flight(), 0);
    }

    #[test]
    fn parser_messages_are_the_same_for_any_cuts(bytes in stream(), cuts in vec(1usize..30, 1..40)) {
        let bytes = [BANNER.as_bytes(), &bytes].concat();
        let whole = parse(std::iter::once(&bytes[..]));
        let mut rest = &bytes[..];
        let mut sizes = cuts.iter().cycle();
        let pieces = std::iter::from_fn(|| {
            let size = (*sizes.next()?).min(rest.len());
            let (piece, after) = rest.split_at(size);
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        let cut = parse(pieces);
        prop_assert_eq!(&whole, &cut);
        prop_assert_eq!(whole, parse(bytes.chunks(1)));
    }

    #[test]
    fn session_ends_every_action_once_for_any_server(bytes in stream(), actions in 0u32..6) {
        let (mut session, now) = ready();
        for token in 0..actions {
            let name = ["Ping", "Command", "Status", "DBGet", "WaitEvent", "CoreStatus"][token as usize];
            session.submit(&Action::new(name), None, now, token).expect("taken");
            session.transmitted(session.transmit().len());
        }
        session.buffer().extend_from_slice(&bytes);
        session.received(now);
        session.tick(now + Duration::from_secs(3600));
        session.end_of_input(now);
        let mut ended = Vec::new();
        while let Some(output) = session.poll() {
            if let Output::Done(token, _) = output {
                ended.push(token);
            }
        }
        ended.sort_unstable();
        prop_assert_eq!(ended, (0..actions).collect::<Vec<_>>());
        prop_assert_eq!(session.in_flight(), 0);
    }

    #[test]
    fn session_ends_every_action_once_over_any_connections(
        links in vec((stream(), 0u32..6, 0usize..500, any::<bool>()), 1..5),
        waits in any::<bool>(),
    ) {
        let mut now = Instant::now();
        let mut config = SessionConfig::new(Credentials::new("user", "secret"), "own-");
        config.reconnect = Some(Reconnect::new(Duration::from_millis(10), Duration::from_millis(100)));
        config.wait_for_reconnect = waits;
        let mut session = Session::new(config);
        log_in(&mut session, now);
        prop_assert!(session.is_ready());
        let (mut accepted, mut ended, mut over) = (Vec::new(), Vec::new(), false);
        let mut next = 0;
        let mut poll = |session: &mut Session<u32>| {
            let mut connect = false;
            while let Some(output) = session.poll() {
                assert!(!over, "nothing comes after the end");
                match output {
                    Output::Done(token, _) => ended.push(token),
                    Output::Connect { .. } => connect = true,
                    Output::Ended(_) => over = true,
                    _ => {}
                }
            }
            connect
        };
        for (bytes, actions, written, is_clean) in links {
            for _ in 0..actions {
                let name = ["Ping", "Command", "Status", "Events", "WaitEvent", "Filter"][next as usize % 6];
                let action = Action::new(name).with("EventMask", "on").with("Operation", "Add");
                if session.submit(&action, None, now, next).is_ok() {
                    accepted.push(next);
                }
                next += 1;
            }
            session.transmitted(written.min(session.transmit().len()));
            session.buffer().extend_from_slice(&bytes);
            session.received(now);
            session.end_of_input(now);
            // Only a session that is over has nothing due.
            let mut connect = poll(&mut session);
            while let Some(due) = session.next_deadline().filter(|_| !connect) {
                now = now.max(due);
                session.tick(now);
                connect = poll(&mut session);
            }
            if connect && is_clean {
                log_in(&mut session, now);
            } else {
                session.connected(false, now + Duration::from_secs(10));
            }
        }
        session.log_off(now);
        session.end_of_input(now);
        poll(&mut session);
        prop_assert!(session.transmit().is_empty());
        ended.sort_unstable();
        prop_assert_eq!(ended, accepted);
        prop_assert_eq!(session.in_flight(), 0);
    }
}

/// Texts that stay in the default alphabet, those that do not, and those with nothing but odd characters.
fn sms_text() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(prop_oneof![8 => Just('a'), 2 => prop::char::range(' ', '_'), 1 => Just('€'), 1 => Just('\n')], 0..500),
        vec(prop_oneof![8 => Just('a'), 2 => Just('您'), 1 => Just('😀')], 0..300),
        vec(any::<char>(), 0..200),
    ]
    .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    /// Octets of every kind, and those of a PDU with some of them changed.
    #[test]
    fn pdu_of_any_octets_decodes_or_is_an_error(
        octets in vec(any::<u8>(), 0..200),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        text in sms_text(),
    ) {
        let _ = Pdu::decode(&octets);
        let _ = Pdu::decode_tpdu(&octets);
        for pdu in Submit::new("10086", &text).encode().expect("it is short enough") {
            let mut octets = pdu.octets().to_vec();
            for (at, octet) in &changes {
                *at.get_mut(&mut octets) = *octet;
            }
            for kind in 0..4 {
                octets[1] = octets[1] & !3 | kind;
                let _ = Pdu::decode(&octets);
            }
        }
    }

    #[test]
    fn pdu_that_is_encoded_is_read_back(
        number in "[+]?[0-9*#abc]{1,20}",
        text in sms_text(),
        flash in any::<bool>(),
        status_report in any::<bool>(),
        validity in prop::option::of(0..=63 * 7 * 86400_u64),
        reference in any::<u16>(),
        wide in any::<bool>(),
    ) {
        let mut submit = Submit::new(&number, &text)
            .flash(flash)
            .status_report(status_report)
            .reference(reference)
            .wide_reference(wide);
        if let Some(seconds) = validity {
            submit = submit.validity(Duration::from_secs(seconds));
        }
        let pdus = submit.encode().expect("it can be sent");
        let mut joined = String::new();
        for (pdu, index) in pdus.iter().zip(1_u8..) {
            // The limit of a gateway's `gsm send pdu`.
            prop_assert!(pdu.hex().len() <= 352);
            prop_assert_eq!(pdu.tpdu_len() * 2 + 2, pdu.hex().len());
            let sms = match Pdu::from_hex(pdu.hex()) {
                Ok(Pdu::Submit(sms)) => sms,
                other => panic!("{other:?} was to be sent"),
            };
            prop_assert_eq!(sms.destination().as_str(), &number);
            prop_assert_eq!(sms.wants_report(), status_report);
            // At least what was asked for, and at most the next step.
            let given = sms.validity().map(|validity| validity.as_secs());
            prop_assert_eq!(given.is_some(), validity.is_some());
            let week = 7 * 86400;
            prop_assert!(given.zip(validity).is_none_or(|(given, asked)| (asked..asked + week).contains(&given)));
            let data = sms.user_data();
            prop_assert_eq!(data.class(), flash.then_some(0));
            let header = if data.header().is_empty() { 0 } else { 1 + data.header().len() };
            prop_assert!(header + data.octets().len() <= 140);
            prop_assert_eq!(data.part().is_some(), pdus.len() > 1);
            if let Some(part) = data.part() {
                prop_assert_eq!(part.reference, if wide { reference } else { reference & 0xff });
                prop_assert_eq!((usize::from(part.total), part.index), (pdus.len(), index));
            }
            joined += data.text().expect("it is text");
            prop_assert_eq!(data.encoding(), pdus_encoding(&text));
        }
        prop_assert_eq!(joined, text);
    }
}

/// By the characters of 23.038 6.2.1 that are not ASCII, and those of ASCII that are not there.
fn pdus_encoding(text: &str) -> Encoding {
    let more = "\n\r\u{c}£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€";
    let fits = |c| matches!(c, ' '..='~' if c != '`') || more.contains(c);
    if text.chars().all(fits) { Encoding::Gsm7 } else { Encoding::Ucs2 }
}
