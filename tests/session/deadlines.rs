//! Deadlines, lost connections, and the end of the session.

use std::time::Duration;

use ami::{Action, ErrorKind};

use crate::{SECOND, action, kind};
use support::captures::shown;
use support::session::{Link, session_config};

/// Submits three actions and writes so many bytes of the first.
fn pipelined(written: usize, short: usize) -> (Link, Vec<Vec<u8>>) {
    let mut link = Link::ready();
    let mut wires = Vec::new();
    for token in 0..3usize {
        let from = link.session.transmit().len();
        let timeout = if token == short { SECOND } else { 5 * SECOND };
        let action = action("Originate", &format!("id{token}")).with("Async", "1");
        link.session.submit(&action, Some(timeout), link.now, token as u32).expect("accepted");
        wires.push(link.session.transmit()[from..].to_vec());
    }
    link.session.transmitted(written);
    (link, wires)
}

#[test]
fn timeout_before_an_action_is_written_keeps_it_unsent() {
    for short in 0..3 {
        let (mut link, mut wires) = pipelined(0, short);
        link.pass(SECOND);
        assert_eq!(link.out.kinds(), [(short as u32, Some(ErrorKind::Timeout))]);
        wires.remove(short);
        assert_eq!(shown(link.session.transmit()), shown(&wires.concat()), "the others are whole");
        assert_eq!(link.session.in_flight(), 2);
        // Its ActionID is free: it never went out.
        link.session.submit(&action("CoreStatus", &format!("id{short}")), None, link.now, 9).expect("accepted");
        // Another one goes, and the rest is still right.
        link.pass(4 * SECOND);
        assert_eq!(link.out.done.len(), 3);
        let left = String::from_utf8(link.send()).expect("text");
        assert!(left.starts_with("Action: CoreStatus\r\n") && left.matches("Action: ").count() == 1, "{left:?}");
        link.feed(format!("Response: Success\r\nActionID: id{short}\r\n\r\n"));
        assert_eq!(link.out.done.last().map(|(token, result)| (*token, kind(result))), Some((9, None)));
    }
}

#[test]
fn timeout_of_an_action_written_in_part_is_unknown() {
    let length = pipelined(0, 0).1[0].len();
    for written in [1, 8, length - 1, length] {
        let (mut link, wires) = pipelined(written, 0);
        link.pass(SECOND);
        assert_eq!(link.out.kinds(), [(0, Some(ErrorKind::OutcomeUnknown))], "{written} bytes were written");
        assert_eq!(shown(link.session.transmit()), shown(&wires.concat()[written..]), "what was begun is finished");
        // An action behind it is withdrawn, the rest of the first is not.
        link.pass(4 * SECOND);
        assert_eq!(link.out.kinds()[1..], [(1, Some(ErrorKind::Timeout)), (2, Some(ErrorKind::Timeout))]);
        assert_eq!(shown(link.session.transmit()), shown(&wires[0][written..]));
    }
}

#[test]
fn disconnect_ends_every_action_once() {
    let lost = |link: &mut Link| {
        link.session.end_of_input(link.now);
        link.session.end_of_input(link.now);
        link.poll();
    };
    let whole: usize = pipelined(0, 9).1.iter().map(Vec::len).sum();
    let first = pipelined(0, 9).1[0].len();
    let (unknown, unwritten) = (Some(ErrorKind::OutcomeUnknown), Some(ErrorKind::Disconnected));
    for (written, expected) in [
        (0, [unwritten; 3]),
        (1, [unknown, unwritten, unwritten]),
        (first, [unknown, unwritten, unwritten]),
        (first + 1, [unknown, unknown, unwritten]),
        (whole, [unknown; 3]),
    ] {
        let (mut link, _) = pipelined(written, 9);
        lost(&mut link);
        assert_eq!(link.out.kinds(), [0, 1, 2].map(|token| (token, expected[token as usize])), "{written} bytes");
        assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(ErrorKind::Disconnected));
        assert_eq!((link.session.in_flight(), link.session.transmit().len()), (0, 0));
        link.pass(60 * SECOND);
        link.feed("Response: Success\r\nActionID: id0\r\n\r\nEvent: A\r\n\r\n");
        assert_eq!((link.out.done.len(), link.out.events.len()), (3, 0), "nothing comes after the end");
        let after = link.session.submit(&Action::new("Ping"), None, link.now, 7).expect_err("over");
        assert_eq!(after.kind(), ErrorKind::Disconnected);
    }
}

#[test]
fn logoff_ends_actions_at_once_and_then_the_session() {
    for (written, expected) in [(0, ErrorKind::Closed), (1, ErrorKind::OutcomeUnknown)] {
        let (mut link, wires) = pipelined(written, 9);
        link.session.log_off(link.now);
        link.session.log_off(link.now);
        link.poll();
        assert_eq!(link.out.kinds()[0], (0, Some(expected)));
        assert_eq!(link.out.kinds()[1..], [(1, Some(ErrorKind::Closed)), (2, Some(ErrorKind::Closed))]);
        let refused = link.session.submit(&Action::new("Ping"), None, link.now, 7).expect_err("closing");
        assert_eq!(refused.kind(), ErrorKind::Closed);
        let wire = String::from_utf8(link.send()).expect("text");
        let rest = String::from_utf8(wires[0][written..].to_vec()).expect("text");
        let logoff = if written == 0 { &wire[..] } else { wire.strip_prefix(&rest[..]).expect("what was begun") };
        assert!(logoff.starts_with("Action: Logoff\r\n") && logoff.matches("Action: ").count() == 1, "{logoff:?}");
        let id = logoff.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an ActionID");
        assert!(link.out.ended.is_none());
        link.feed(format!("Event: Last\r\n\r\nResponse: Goodbye\r\nActionID: {id}\r\n\r\nEvent: Later\r\n\r\n"));
        assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(ErrorKind::Closed));
        assert_eq!(link.out.events[0].name(), b"Last");
    }

    // A server that says nothing, or just hangs up.
    let mut link = Link::ready();
    link.session.log_off(link.now);
    link.send();
    link.pass(5 * SECOND);
    assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(ErrorKind::Closed));
    let mut link = Link::ready();
    link.session.log_off(link.now);
    link.session.end_of_input(link.now);
    link.poll();
    assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(ErrorKind::Closed));
}

#[test]
fn timeout_is_longer_for_actions_that_wait_on_the_server() {
    // (action, extra seconds)
    let cases = [
        (Action::new("CoreStatus"), 0),
        (Action::new("WaitEvent").with("Timeout", "5"), 5),
        (Action::new("waitevent").with("timeout", "5 "), 5),
        (Action::new("WaitEvent"), 0),
        (Action::new("WaitEvent").with("Timeout", "-1"), 0),
        (Action::new("WaitEvent").with("Timeout", "soon"), 0),
        (Action::new("Originate").with("Timeout", "3000"), 3),
        (Action::new("Originate"), 30),
        (Action::new("Originate").with("Timeout", "3000").with("Async", "false"), 3),
        (Action::new("Originate").with("Timeout", "3000").with("Async", "true"), 0),
        (Action::new("Originate").with("Async", "YES"), 0),
    ];
    for (action, extra) in cases {
        for timeout in [None, Some(2 * SECOND)] {
            let mut link = Link::ready();
            let due = link.session.submit(&action, timeout, link.now, 0).expect("accepted");
            let expected = timeout.unwrap_or(10 * SECOND) + extra * SECOND;
            assert_eq!(due - link.now, expected, "{action:?}");
            assert!(link.session.next_deadline().is_some_and(|next| next <= due), "{action:?}");
            link.send();
            link.pass(expected - Duration::from_millis(1));
            assert!(link.out.done.is_empty(), "{action:?}");
            link.pass(Duration::from_millis(1));
            assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown), "{action:?}");
        }
    }
}

#[test]
fn timeout_duration_max_does_not_overflow() {
    let most = u64::MAX.to_string();
    for action in [
        Action::new("WaitEvent").with("Timeout", &most),
        Action::new("Originate").with("Channel", "Local/1@x").with("Timeout", &most),
        action("CoreStatus", "x"),
    ] {
        for timeout in [None, Some(Duration::MAX)] {
            let mut link = Link::ready();
            link.session.submit(&action, timeout, link.now, 0).expect("accepted");
            link.send();
            link.pass(9 * SECOND);
            assert!(link.out.done.is_empty(), "{action:?} {timeout:?}");
        }
    }
}

#[test]
fn timeout_of_many_actions_leaves_nothing_behind() {
    let mut config = session_config();
    config.keepalive = Duration::ZERO;
    let mut link = Link::ready_with(config);
    for round in 0..5000 {
        link.session.submit(&Action::new("CoreStatus"), Some(SECOND), link.now, round).expect("accepted");
        link.send();
        link.pass(SECOND);
    }
    assert_eq!(link.out.done.len(), 5000);
    assert!(link.out.done.drain(..).all(|(_, result)| kind(&result) == Some(ErrorKind::OutcomeUnknown)));
    assert_eq!((link.session.in_flight(), link.session.next_deadline()), (0, None));
    link.submit(0, &action("CoreStatus", "x"));
    link.feed("Response: Success\r\nActionID: own-5\r\n\r\nResponse: Success\r\nActionID: x\r\n\r\n");
    assert_eq!(link.out.kinds(), [(0, None)]);
}
