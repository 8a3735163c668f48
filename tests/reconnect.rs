//! A session whose links come and go: keepalive, reconnecting, what is restored and what becomes of actions.

use std::time::Duration;

use ami::protocol::{Reconnect, SessionConfig};
use ami::{Action, ErrorKind};

use support::session::{Link, session_config};

const MIN: Duration = Duration::from_millis(100);
const MAX: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

fn reconnecting() -> SessionConfig {
    let mut config = session_config();
    config.reconnect = Some(Reconnect::new(MIN, MAX));
    config
}

fn waiting() -> SessionConfig {
    let mut config = reconnecting();
    config.wait_for_reconnect = true;
    config
}

/// Lets the time pass until the owner is asked for a link; returns how long it took.
fn until_connect(link: &mut Link) -> Duration {
    link.out.connect = None;
    let start = link.now;
    for _ in 0..10 {
        if link.out.connect.is_some() || link.out.ended.is_some() {
            return link.now - start;
        }
        let next = link.session.next_deadline().expect("something is due");
        link.pass(next.saturating_duration_since(link.now));
    }
    panic!("no attempt: {:?}", link.out.order);
}

/// Makes the link that was asked for and logs in.
fn relink(link: &mut Link) {
    until_connect(link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
}

fn lose(link: &mut Link) {
    link.session.end_of_input(link.now);
    link.poll();
}

fn event(name: &str) -> String {
    format!("Event: {name}\r\n\r\n")
}

// ---------------------------------------------------------------------------------------------------- keepalive

#[test]
fn keepalive_breaks_silence_by_a_ping() {
    let mut link = Link::ready();
    link.pass(29 * SECOND);
    assert!(link.send().is_empty());
    link.pass(SECOND);
    let id = link.sent_header("ActionID");
    assert_eq!(link.session.in_flight(), 0, "it is nobody's");
    link.pass(9 * SECOND);
    link.feed(format!("Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n"));
    link.pass(2 * SECOND);
    assert!(link.out.ended.is_none());
    assert_eq!(link.out.order, "R", "its answer is no news");
    // And again after as much silence.
    link.pass(28 * SECOND);
    assert!(link.sent_header("Action").starts_with("Ping"));
}

#[test]
fn keepalive_takes_every_byte_for_a_sign_of_life() {
    let mut link = Link::ready();
    for _ in 0..10 {
        link.pass(20 * SECOND);
        link.feed(event("News"));
    }
    assert!(link.send().is_empty(), "no Ping is needed");
    link.pass(30 * SECOND);
    link.send();
    // No answer, but events: it is busy, not gone.
    for _ in 0..10 {
        link.pass(8 * SECOND);
        link.feed(event("News"));
    }
    assert!(link.out.ended.is_none());
    assert!(link.send().is_empty(), "one Ping at a time");
    link.pass(10 * SECOND);
    assert_eq!(link.out.ended.expect("ended").kind(), ErrorKind::Disconnected);
}

#[test]
fn keepalive_ends_the_connection_of_a_silent_server() {
    let mut link = Link::ready();
    link.submit(1, &Action::new("CoreSettings"));
    link.pass(10 * SECOND);
    assert_eq!(link.only().expect_err("no answer").kind(), ErrorKind::OutcomeUnknown);
    link.pass(20 * SECOND);
    link.send();
    link.pass(Duration::from_millis(9_999));
    assert!(link.out.ended.is_none());
    link.pass(Duration::from_millis(1));
    let error = link.out.ended.expect("ended");
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(error.to_string().contains("silent for 40 seconds"), "{error}");
}

#[test]
fn keepalive_ends_the_connection_when_its_ping_cannot_be_written() {
    let mut link = Link::ready();
    link.session.submit(&Action::new("CoreSettings"), Some(60 * SECOND), link.now, 1).expect("taken");
    link.pass(30 * SECOND);
    link.pass(10 * SECOND);
    assert_eq!(link.out.ended.as_ref().expect("ended").kind(), ErrorKind::Disconnected);
    assert_eq!(link.only().expect_err("not sent").kind(), ErrorKind::Disconnected);
}

#[test]
fn keepalive_waits_for_an_action_that_blocks_the_session() {
    for action in [
        Action::new("Command").with("Command", "gsm send sync sms 1 10086 \"x\" 120"),
        Action::new("WaitEvent").with("Timeout", "50"),
        Action::new("Originate").with("Channel", "Local/1@x").with("Timeout", "50000"),
    ] {
        let mut link = Link::ready();
        link.session.submit(&action, Some(60 * SECOND), link.now, 1).expect("taken");
        link.send();
        link.pass(59 * SECOND);
        assert!(link.send().is_empty(), "{action:?}: the server could not answer");
        let rest = 2 * 60 * SECOND;
        link.pass(rest);
        assert!(link.sent_header("Action").starts_with("Ping"), "{action:?}: it had its time");
    }
    // Once it is answered, silence counts as before.
    let mut link = Link::ready();
    link.session.submit(&Action::new("WaitEvent").with("Timeout", "3600"), None, link.now, 1).expect("taken");
    let id = link.sent_header("ActionID");
    link.feed(format!("Response: Error\r\nActionID: {id}\r\nMessage: no\r\n\r\n"));
    link.pass(30 * SECOND);
    assert!(link.sent_header("Action").starts_with("Ping"));
}

#[test]
fn keepalive_is_held_up_by_blocking_actions_in_flight_alone() {
    let mut link = Link::ready();
    link.session.submit(&Action::new("WaitEvent").with("Timeout", "3600"), None, link.now, 1).expect("taken");
    let id = link.sent_header("ActionID");
    link.submit(2, &Action::new("Command").with("Command", "core show version"));
    link.feed(format!("Response: Error\r\nActionID: {id}\r\nMessage: no\r\n\r\n"));
    // No word any more, not even to the command.
    link.pass(39 * SECOND);
    assert!(link.send().is_empty());
    link.pass(SECOND);
    assert!(link.sent_header("Action").starts_with("Ping"));
}

#[test]
fn keepalive_can_be_turned_off_and_set() {
    let mut config = session_config();
    config.keepalive = Duration::ZERO;
    let mut link = Link::ready_with(config);
    link.pass(3600 * SECOND);
    assert!(link.send().is_empty());
    let mut config = session_config();
    (config.keepalive, config.keepalive_timeout) = (SECOND, SECOND / 2);
    let mut link = Link::ready_with(config);
    link.pass(SECOND);
    assert!(!link.send().is_empty());
    link.pass(SECOND / 2);
    assert!(link.out.ended.is_some());
}

#[test]
fn keepalive_takes_a_pong_without_action_id() {
    let mut link = Link::ready();
    link.pass(30 * SECOND);
    link.send();
    link.feed("Response: Success\r\nPing: Pong\r\n\r\n");
    link.pass(20 * SECOND);
    assert!(link.out.ended.is_none());
}

// ------------------------------------------------------------------------------------------------- reconnecting

#[test]
fn reconnect_marks_the_gap() {
    let mut link = Link::ready_with(reconnecting());
    link.feed(event("Before"));
    let from = link.now;
    link.pass(3 * SECOND);
    lose(&mut link);
    assert!(!link.session.is_ready());
    relink(&mut link);
    link.feed(event("After"));
    assert_eq!(link.out.order, "RELCRGE");
    let gap = &link.out.gaps[0];
    assert_eq!((gap.from, gap.until), (from, link.now), "from the last word to the login");
    assert_eq!(gap.cause.kind(), ErrorKind::Disconnected);
    assert!(link.session.is_ready());
    link.submit(1, &Action::new("CoreSettings"));
    assert_eq!(link.session.in_flight(), 1);
}

#[test]
fn reconnect_gap_comes_before_any_event_of_the_new_connection() {
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    link.send();
    // All in one read.
    link.feed(format!("Response: Success\r\nMessage: x\r\n\r\n{}", event("FullyBooted")));
    assert_eq!(link.out.order, "RLCRGE");
    // A server that speaks before the login is over gets no further.
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed(format!("Asterisk Call Manager/5.0.4\r\n{}", event("Early")));
    assert_eq!(link.out.order, "RLCGE");
}

#[test]
fn reconnect_off_ends_the_session_at_a_disconnect() {
    let mut link = Link::ready();
    lose(&mut link);
    assert_eq!(link.out.order, "RX");
    assert_eq!(link.session.next_deadline(), None);
}

#[test]
fn reconnect_does_not_retry_the_first_login() {
    let mut link = Link::up(reconnecting(), false);
    lose(&mut link);
    assert_eq!(link.out.order, "X");
}

#[test]
fn backoff_doubles_up_to_the_longest_with_jitter() {
    let mut waits = Vec::new();
    for seed in 0..200 {
        let mut config = reconnecting();
        config.seed = seed;
        let mut link = Link::ready_with(config);
        lose(&mut link);
        for attempt in 1..10 {
            let wait = until_connect(&mut link);
            let whole = MAX.min(MIN * (1 << (attempt - 1)));
            assert!(wait >= whole / 2 && wait <= whole, "attempt {attempt}: {wait:?} of {whole:?}");
            assert_eq!(link.out.connect, Some(attempt));
            assert_eq!(link.out.lost.last().expect("lost").1, wait);
            if attempt == 6 {
                waits.push(wait);
            }
            link.session.disconnected(ami::Error::new(ErrorKind::Refused, "nothing listens"), link.now);
            link.poll();
        }
    }
    // Clients of one server do not come back all at once: in each tenth of the time there are some.
    let whole = MIN * 32;
    for tenth in 0..10 {
        let from = whole / 2 + whole / 20 * tenth;
        let count = waits.iter().filter(|wait| **wait >= from && **wait < from + whole / 20).count();
        assert!(count > 5, "{count} of 200 between {from:?} and a tenth later");
    }
}

#[test]
fn backoff_counts_a_connection_that_breaks_soon_as_a_failure() {
    let mut link = Link::ready_with(reconnecting());
    for attempt in 1..=4 {
        link.pass(9 * SECOND);
        lose(&mut link);
        relink(&mut link);
        assert_eq!(link.out.connect, Some(attempt));
    }
    link.pass(10 * SECOND);
    lose(&mut link);
    until_connect(&mut link);
    assert_eq!(link.out.connect, Some(1), "a stable link starts the count anew");
}

#[test]
fn reconnect_attempts_have_a_limit_if_wanted() {
    let mut config = reconnecting();
    config.reconnect.as_mut().expect("set").attempts = Some(3);
    let mut link = Link::ready_with(config);
    link.pass(20 * SECOND);
    lose(&mut link);
    for _ in 0..3 {
        assert!(link.out.ended.is_none());
        until_connect(&mut link);
        link.session.disconnected(ami::Error::new(ErrorKind::Refused, "nothing listens there"), link.now);
        link.poll();
    }
    let error = link.out.ended.expect("ended");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("nothing listens there; 3 attempts"), "{error}");
}

#[test]
fn reconnect_does_not_retry_a_refused_secret() {
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    link.send();
    link.feed("Response: Error\r\nMessage: Authentication failed\r\n\r\n");
    assert_eq!(link.out.ended.expect("ended").kind(), ErrorKind::Auth);
}

#[test]
fn reconnect_retries_a_silent_login_and_a_protocol_error() {
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.pass(10 * SECOND);
    assert_eq!(link.out.lost.last().expect("lost").0.kind(), ErrorKind::Timeout);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("SSH-2.0-OpenSSH_9.2\r\n");
    assert_eq!(link.out.lost.last().expect("lost").0.kind(), ErrorKind::NotAmi);
    relink(&mut link);
    let long = "x".repeat(1 << 20);
    link.feed(format!("Event: x\r\nLong: {long}"));
    assert_eq!(link.out.lost.last().expect("lost").0.kind(), ErrorKind::Limit);
    relink(&mut link);
    assert!(link.out.ended.is_none());
    assert_eq!(link.out.gaps.len(), 2);
    assert_eq!(link.out.gaps[0].cause.kind(), ErrorKind::Disconnected, "the first cause is told");
}

#[test]
fn reconnect_gap_begins_with_the_silence() {
    let mut link = Link::ready_with(reconnecting());
    let from = link.now;
    link.pass(30 * SECOND);
    link.send();
    link.pass(10 * SECOND);
    assert_eq!(link.out.order, "RL");
    relink(&mut link);
    assert_eq!(link.out.gaps[0].from, from, "what came since the last word is missing");
}

#[test]
fn reconnect_ends_by_close() {
    for stage in 0..4 {
        let mut link = Link::ready_with(reconnecting());
        lose(&mut link);
        if stage > 0 {
            until_connect(&mut link);
        }
        if stage > 1 {
            link.session.connected(false, link.now + 10 * SECOND);
        }
        if stage > 2 {
            link.feed("Asterisk Call Manager/5.0.4\r\n");
        }
        link.session.log_off(link.now);
        link.poll();
        assert_eq!(link.out.ended.as_ref().expect("ended").kind(), ErrorKind::Closed);
        assert_eq!(link.session.next_deadline(), None);
        assert!(link.send().is_empty());
        // Late words of the owner change nothing.
        link.session.disconnected(ami::Error::new(ErrorKind::Io, "late"), link.now);
        link.session.connected(false, link.now);
        link.poll();
        assert!(link.out.order.ends_with('X'));
    }
}

// ------------------------------------------------------------------------------------------------------ actions

#[test]
fn disconnect_ends_actions_as_unknown_or_not_sent() {
    let mut link = Link::ready_with(reconnecting());
    link.submit(1, &Action::new("Originate").with("Channel", "Local/1@x"));
    link.session.submit(&Action::new("CoreStatus"), None, link.now, 2).expect("taken");
    // A server may see the rest in a retransmission after one byte.
    link.session.transmitted(1);
    link.session.submit(&Action::new("CoreSettings"), None, link.now, 3).expect("taken");
    lose(&mut link);
    let unknown = Some(ErrorKind::OutcomeUnknown);
    assert_eq!(link.out.kinds(), [(1, unknown), (2, unknown), (3, Some(ErrorKind::Disconnected))]);
    relink(&mut link);
    assert!(link.send().is_empty(), "nothing is sent twice");
    assert_eq!(link.session.in_flight(), 0);
}

#[test]
fn calls_while_disconnected_fail_at_once() {
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    let refused = link.session.submit(&Action::new("Ping"), None, link.now, 1).expect_err("down");
    assert_eq!(refused.kind(), ErrorKind::Disconnected);
    assert!(refused.error.to_string().contains("the connection is down"), "{}", refused.error);
    until_connect(&mut link);
    assert_eq!(
        link.session.submit(&Action::new("Ping"), None, link.now, 1).expect_err("down").kind(),
        ErrorKind::Disconnected
    );
    link.session.connected(false, link.now + SECOND);
    assert_eq!(
        link.session.submit(&Action::new("Ping"), None, link.now, 1).expect_err("down").kind(),
        ErrorKind::Disconnected
    );
}

#[test]
fn calls_while_disconnected_may_wait() {
    let mut link = Link::ready_with(waiting());
    link.submit(1, &Action::new("CoreStatus"));
    link.session.submit(&Action::new("CoreSettings").with("ActionID", "own"), None, link.now, 2).expect("taken");
    lose(&mut link);
    assert_eq!(link.out.kinds(), [(1, Some(ErrorKind::OutcomeUnknown))], "what was written is not sent again");
    link.session.submit(&Action::new("Ping"), None, link.now, 3).expect("taken");
    assert!(link.session.submit(&Action::new("Ping").with("ActionID", "own"), None, link.now, 4).is_err());
    assert!(link.send().is_empty());
    // Through several attempts.
    until_connect(&mut link);
    link.session.disconnected(ami::Error::new(ErrorKind::Refused, "not yet"), link.now);
    link.poll();
    relink(&mut link);
    let sent = String::from_utf8(link.send()).expect("text");
    let names: Vec<&str> = sent.lines().filter_map(|line| line.strip_prefix("Action: ")).collect();
    assert_eq!(names, ["CoreSettings", "Ping"], "in order, once");
    link.feed("Response: Success\r\nActionID: own\r\n\r\nResponse: Success\r\nPing: Pong\r\n\r\n");
    assert_eq!(link.out.kinds()[1..], [(2, None), (3, None)]);
    assert_eq!(link.session.in_flight(), 0);
}

#[test]
fn calls_while_disconnected_keep_their_deadline() {
    let mut link = Link::ready_with(waiting());
    lose(&mut link);
    link.session.submit(&Action::new("Originate"), Some(3 * SECOND), link.now, 1).expect("taken");
    for _ in 0..20 {
        until_connect(&mut link);
        link.session.disconnected(ami::Error::new(ErrorKind::Refused, "not yet"), link.now);
        link.poll();
    }
    assert_eq!(link.out.kinds(), [(1, Some(ErrorKind::Timeout))]);
    relink(&mut link);
    assert!(link.send().is_empty(), "given up is given up");
}

#[test]
fn calls_while_disconnected_end_with_the_session() {
    let mut config = waiting();
    config.reconnect.as_mut().expect("set").attempts = Some(1);
    for closes in [true, false] {
        let mut link = Link::ready_with(config.clone());
        lose(&mut link);
        link.session.submit(&Action::new("Originate"), None, link.now, 1).expect("taken");
        if closes {
            link.session.log_off(link.now);
        } else {
            until_connect(&mut link);
            link.session.disconnected(ami::Error::new(ErrorKind::Refused, "not yet"), link.now);
        }
        link.poll();
        let kind = if closes { ErrorKind::Closed } else { ErrorKind::Disconnected };
        assert_eq!(link.out.kinds(), [(1, Some(kind))]);
        assert!(link.out.order.ends_with("DX"));
    }
}

#[test]
fn calls_while_disconnected_are_not_answered_before_they_are_sent() {
    let mut link = Link::ready_with(waiting());
    lose(&mut link);
    link.session.submit(&Action::new("Originate").with("ActionID", "own"), None, link.now, 1).expect("taken");
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\nResponse: Success\r\nActionID: own\r\n\r\n");
    assert!(link.out.done.is_empty());
}

// ------------------------------------------------------------------------------------------------ mask and filters

fn succeed(link: &mut Link, token: u32, action: &Action) {
    // The session's own Ping may follow.
    let action = if action.action_id().is_some() { action.clone() } else { action.clone().with("ActionID", "own") };
    link.submit(token, &action);
    let id = String::from_utf8_lossy(action.action_id().expect("it has one")).into_owned();
    link.feed(format!("Response: Success\r\nActionID: {id}\r\n\r\n"));
    assert!(link.only().is_ok());
}

#[test]
fn restore_puts_the_last_event_mask_into_the_login() {
    let mut link = Link::ready_with(reconnecting());
    succeed(&mut link, 1, &Action::new("Events").with("EventMask", "call,user"));
    link.submit(2, &Action::new("Events").with("EventMask", "off").with("ActionID", "own2"));
    link.feed("Response: Error\r\nActionID: own2\r\nMessage: no\r\n\r\n");
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    assert_eq!(link.sent_header("Events"), "call,user", "the one that was refused does not count");
}

#[test]
fn restore_puts_a_mask_set_without_an_answer_into_the_login() {
    let mut link = Link::ready_with(reconnecting());
    link.session.submit(&Action::new("Events").with("EventMask", "user"), None, link.now, 1).expect("taken");
    let ping = link.sent_header("ActionID");
    // brokeneventsaction=yes in manager.conf: only the Ping behind it is answered.
    link.feed(format!("Response: Success\r\nActionID: {ping}\r\nPing: Pong\r\n\r\n"));
    let error = link.only().expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("brokeneventsaction"), "{error}");
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    assert_eq!(link.sent_header("Events"), "user");
}

#[test]
fn restore_sets_filters_before_any_event() {
    let mut link = Link::ready_with(reconnecting());
    let filter = |text: &str| Action::new("Filter").with("Operation", "Add").with("Filter", text);
    succeed(&mut link, 1, &filter("Event: Hangup").with("ActionID", "mine"));
    succeed(&mut link, 2, &filter("!Channel: Local/"));
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    assert_eq!(link.sent_header("Events"), "off", "no event is to slip through");
    link.out.order.clear();
    link.feed("Response: Success\r\nMessage: Authentication accepted\r\n\r\n");
    assert_eq!(link.out.order, "", "not ready yet");
    let sent = String::from_utf8(link.send()).expect("text");
    let lines = |name: &str| -> Vec<String> {
        sent.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned).collect()
    };
    assert_eq!(lines("Action"), ["Filter", "Filter", "Events"]);
    assert_eq!(lines("Filter"), ["Event: Hangup", "!Channel: Local/"]);
    assert_eq!(lines("EventMask"), ["on"]);
    let ids = lines("ActionID");
    assert!(!ids.contains(&"mine".to_owned()));
    link.feed(format!("Response: Success\r\nActionID: {}\r\n\r\n", ids[0]));
    assert_eq!(link.out.order, "");
    link.feed(format!("Response: Success\r\nActionID: {}\r\n\r\n", ids[1]));
    assert_eq!(link.out.order, "RG");
    link.feed(format!("Response: Success\r\nActionID: {}\r\nEvents: On\r\n\r\n{}", ids[2], event("Hangup")));
    assert_eq!(link.out.order, "RGE");
    assert_eq!(link.session.in_flight(), 0);
}

#[test]
fn restore_refused_filter_is_another_attempt() {
    let mut link = Link::ready_with(reconnecting());
    succeed(&mut link, 1, &Action::new("Filter").with("Operation", "Add").with("Filter", "Event: Hangup"));
    lose(&mut link);
    relink(&mut link);
    let sent = String::from_utf8(link.send()).expect("text");
    let id = sent.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an id").to_owned();
    link.feed(format!("Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"));
    let (cause, _) = link.out.lost.last().expect("lost");
    assert!(cause.to_string().contains("the server refused Filter, which it took before"), "{cause}");
    assert!(!link.session.is_ready());
}

#[test]
fn close_does_not_send_what_was_not_written() {
    let mut link = Link::ready_with(waiting());
    link.session.submit(&Action::new("Originate").with("Channel", "Local/1@x"), None, link.now, 1).expect("taken");
    link.session.log_off(link.now);
    link.poll();
    assert_eq!(link.out.kinds(), [(1, Some(ErrorKind::Closed))], "it ends now, also where calls may wait for a link");
    let sent = String::from_utf8(link.send()).expect("text");
    assert!(sent.starts_with("Action: Logoff\r\n"), "{sent}");
}

#[test]
fn login_that_failed_delivers_nothing() {
    // Messages of the same read.
    let refusal = format!("Response: Error\r\nMessage: Authentication failed\r\n\r\n{}", event("Late"));
    for first in [true, false] {
        let mut link = if first {
            Link::up(reconnecting(), false)
        } else {
            let mut link = Link::ready_with(reconnecting());
            lose(&mut link);
            until_connect(&mut link);
            link.session.connected(false, link.now + 10 * SECOND);
            link
        };
        link.feed("Asterisk Call Manager/5.0.4\r\n");
        link.send();
        link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
        link.send();
        link.feed(&refusal);
        assert!(link.out.order.ends_with('X'), "{}", link.out.order);
        assert_eq!(link.session.counters().events, 0);
    }
    // Nor is it news of a link that is lost by then.
    let mut link = Link::ready_with(reconnecting());
    succeed(&mut link, 1, &Action::new("Filter").with("Operation", "Add").with("Filter", "Event: Hangup"));
    lose(&mut link);
    relink(&mut link);
    let sent = String::from_utf8(link.send()).expect("text");
    let id = sent.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an id").to_owned();
    link.feed(format!("Response: Error\r\nActionID: {id}\r\nMessage: no\r\n\r\n{}", event("Late")));
    assert!(link.out.order.ends_with('L'), "{}", link.out.order);
}

#[test]
fn reconnect_count_leaves_out_connections_without_login() {
    let mut link = Link::ready_with(reconnecting());
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed(format!("Asterisk Call Manager/5.0.4\r\n{}", event("Early")));
    lose(&mut link);
    assert_eq!(link.session.counters().reconnects, 0);
    relink(&mut link);
    assert_eq!(link.session.counters().reconnects, 1);
}

#[test]
fn restore_follows_a_late_answer() {
    let mut link = Link::ready_with(reconnecting());
    link.submit(1, &Action::new("Events").with("EventMask", "call").with("ActionID", "own"));
    link.pass(10 * SECOND);
    assert_eq!(link.only().expect_err("late").kind(), ErrorKind::OutcomeUnknown);
    link.feed("Response: Success\r\nActionID: own\r\nEvents: On\r\n\r\n");
    lose(&mut link);
    until_connect(&mut link);
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
    assert_eq!(link.sent_header("Events"), "call");
}

#[test]
fn restore_goes_on_where_a_server_does_not_answer_events() {
    let mut link = Link::ready_with(reconnecting());
    succeed(&mut link, 1, &Action::new("Filter").with("Operation", "Add").with("Filter", "Event: Hangup"));
    lose(&mut link);
    relink(&mut link);
    let sent = String::from_utf8(link.send()).expect("text");
    let id = sent.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an id").to_owned();
    // brokeneventsaction=yes in manager.conf: no answer to Events.
    link.feed(format!("Response: Success\r\nActionID: {id}\r\n\r\n{}", event("Hangup")));
    assert!(link.out.order.ends_with("RGE"), "{}", link.out.order);
    link.pass(20 * SECOND);
    assert!(link.session.is_ready());
}

#[test]
fn keepalive_does_not_disturb_an_endless_wait_event() {
    // Input ends a WaitEvent, so a Ping would.
    for action in [Action::new("WaitEvent"), Action::new("WaitEvent").with("Timeout", "-1")] {
        let mut link = Link::ready();
        link.session.submit(&action, Some(600 * SECOND), link.now, 1).expect("taken");
        link.send();
        link.pass(599 * SECOND);
        assert!(link.send().is_empty(), "{action:?}");
    }
}

#[test]
fn calls_while_disconnected_that_time_out_leave_nothing_behind() {
    let mut link = Link::ready_with(waiting());
    lose(&mut link);
    for round in 0..2000 {
        let action = Action::new("UserEvent").with("UserEvent", "x".repeat(1000));
        link.session.submit(&action, Some(SECOND / 1000), link.now, round).expect("taken");
        link.pass(SECOND / 1000);
    }
    assert_eq!(link.out.done.len(), 2000);
    link.session.submit(&Action::new("CoreStatus"), Some(3600 * SECOND), link.now, 1).expect("taken");
    link.session.submit(&Action::new("Ping"), Some(3600 * SECOND), link.now, 2).expect("taken");
    link.session.disconnected(ami::Error::new(ErrorKind::Refused, "not yet"), link.now);
    link.poll();
    relink(&mut link);
    let sent = String::from_utf8(link.send()).expect("text");
    let names: Vec<&str> = sent.lines().filter_map(|line| line.strip_prefix("Action: ")).collect();
    assert_eq!(names, ["CoreStatus", "Ping"]);
}

// ---- refusals that pass, and the first link ----

/// The server refuses the login in these words.
fn refuse(link: &mut Link, words: &str, at_once: bool) {
    link.session.connected(false, link.now + 10 * SECOND);
    link.feed("Asterisk Call Manager/5.0.4\r\n");
    link.send();
    if !at_once {
        link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
        link.send();
    }
    link.feed(format!("Response: Error\r\nMessage: {words}\r\n\r\n"));
}

#[test]
fn login_refused_for_now_is_tried_again() {
    for (words, at_once, advice) in [
        ("Login Already In Use", false, "allowmultiplelogin"),
        ("Asterisk is shutting down", false, "try again later"),
        ("Asterisk is shutting down", true, "may wait for the end of its calls"),
        ("Too busy today", false, "Too busy today"),
    ] {
        let mut link = Link::ready_with(reconnecting());
        lose(&mut link);
        until_connect(&mut link);
        refuse(&mut link, words, at_once);
        let (cause, _) = link.out.lost.last().expect("lost");
        assert!(cause.to_string().contains(words) && cause.to_string().contains(advice), "{cause}");
        assert!(link.out.ended.is_none(), "{words}");
        relink(&mut link);
        assert!(link.session.is_ready());
    }
}

#[test]
fn login_refused_for_now_counts_as_an_attempt() {
    let mut config = reconnecting();
    config.reconnect = config.reconnect.map(|mut policy| {
        policy.attempts = Some(2);
        policy
    });
    let mut link = Link::ready_with(config);
    lose(&mut link);
    for _ in 0..2 {
        until_connect(&mut link);
        refuse(&mut link, "Login Already In Use", false);
    }
    let error = link.out.ended.expect("ended");
    assert!(error.to_string().contains("Login Already In Use") && error.to_string().contains("2 attempts"), "{error}");
}

#[test]
fn first_connection_is_retried_if_wanted() {
    for wanted in [false, true] {
        let mut config = reconnecting();
        config.retry_first = wanted;
        let mut link = Link::new(config);
        link.session.disconnected(ami::Error::new(ErrorKind::Refused, "nothing listens there"), link.now);
        link.poll();
        assert_eq!(link.out.ended.is_none(), wanted);
        if !wanted {
            continue;
        }
        for _ in 0..3 {
            until_connect(&mut link);
            refuse(&mut link, "Asterisk is shutting down", false);
        }
        until_connect(&mut link);
        link.session.connected(false, link.now + 10 * SECOND);
        link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
        assert!(link.session.is_ready() && link.out.gaps.is_empty(), "nothing was missed before there was a link");
        assert_eq!(link.session.counters().reconnects, 0);
        // A wrong secret stays wrong.
        let mut config = reconnecting();
        config.retry_first = true;
        let mut link = Link::new(config);
        refuse(&mut link, "Authentication failed", false);
        assert_eq!(link.out.ended.expect("ended").kind(), ErrorKind::Auth);
    }
}
