//! Texts by strangers that look like the server's own messages.

use std::time::Duration;

use ami::{Error, ErrorKind};

use crate::{SECOND, action, kind, values};
use support::captures::shown;
use support::session::{Link, session_config};

fn event(name: &str) -> String {
    format!("Event: {name}\r\n\r\n")
}

/// A session that is told of what is neither event nor answer, with a command of this ActionID in flight or without.
fn link_with_strays(command: Option<&str>) -> Link {
    let mut config = session_config();
    config.strays = true;
    let mut link = Link::up(config, false);
    link.log_in_with_ids(b"Asterisk Call Manager/1.1\r\n");
    if let Some(id) = command {
        link.submit(0, &action("Command", id).with("Command", "core show uptime"));
    }
    link
}

/// A VarSet of Asterisk 1.8 with a text that holds these lines.
fn with_text(text: &str) -> String {
    format!("Event: VarSet\r\nVariable: SMSTXT\r\nValue: hi\r\n\r\n{text}\r\nUniqueid: 1.1\r\n\r\n{}", event("Honest"))
}

#[test]
fn strangers_follows_in_a_text_is_a_message_like_any_other() {
    for command in [None, Some("cmd"), Some("cmd-2")] {
        for text in [
            "Response: Follows\r\nbye",
            "Response: Follows\r\nPrivilege: Command\r\nbye",
            "Response: Follows\r\nPrivilege: Command\r\nActionID: cmd-1\r\nbye",
            "Response: Follows\r\nActionID: cm\r\nPrivilege: Command\r\nbye\r\n--END COMMAND--",
            "response:follows\nprivilege:Command\nbye",
        ] {
            let mut link = link_with_strays(command);
            for piece in [usize::MAX, 1] {
                link.feed_cut(with_text(text).as_bytes(), piece);
                let names = values(&link.out.events, "Event");
                assert_eq!(names, ["VarSet", "Honest"], "{command:?} {text:?}");
                assert_eq!(link.out.strays.drain(..).map(|(messages, _)| messages.len()).sum::<usize>(), 1);
                link.out.events.clear();
            }
            if let Some(id) = command {
                link.feed(format!(
                    "Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\nup\n--END COMMAND--\r\n\r\n"
                ));
                assert_eq!(link.only().expect("an answer").output().map(shown), Some("up".to_owned()));
            }
        }
    }
}

#[test]
fn strangers_follows_without_action_id_counts_where_logins_had_none() {
    let reply = "Response: Follows\r\nPrivilege: Command\r\nup\n--END COMMAND--\r\n\r\n";
    for omits in [true, false] {
        let mut config = session_config();
        config.strays = true;
        let mut link = Link::up(config, false);
        if omits {
            link.log_in_without_ids(b"Asterisk Call Manager/1.0\r\n");
        } else {
            link.log_in_with_ids(b"Asterisk Call Manager/1.0\r\n");
        }
        link.submit(0, &action("Command", "own").with("Command", "core show uptime"));
        link.feed(reply);
        if omits {
            assert_eq!(link.only().expect("an answer").output().map(shown), Some("up".to_owned()));
        } else {
            assert!(link.out.done.is_empty());
        }
        // Without a command in flight it is no answer.
        link.feed(reply);
        let skipped: u64 = link.out.strays.iter().map(|(_, skipped)| skipped.messages).sum();
        assert_eq!(skipped, if omits { 1 } else { 2 });
    }
}

#[test]
fn strangers_text_without_end_is_read_as_messages_at_the_deadline() {
    let mut link = link_with_strays(Some("own"));
    link.feed("Response: Follows\r\nPrivilege: Command\r\nActionID: own\r\n");
    link.feed(format!("a: b\r\n\r\n{}x\r\n\r\n{}", event("One"), event("Two")));
    assert!(link.out.events.is_empty());
    link.pass(10 * SECOND);
    assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown));
    assert_eq!(values(&link.out.events, "Event"), ["One", "Two"]);
    // Its rest is not delivered to subscribers; then all is as before.
    link.feed(format!("late: y\n\nmore\n--END COMMAND--\r\n\r\n{}", event("Three")));
    assert_eq!(values(&link.out.events, "Event"), ["One", "Two", "Three"]);
    let skipped: u64 = link.out.strays.iter().map(|(_, skipped)| skipped.messages).sum();
    assert_eq!(skipped, 3, "x, late, and more");
    link.feed("no: event\r\n\r\n");
    assert_eq!(link.out.events.len(), 4, "a message without a name is news again");
}

#[test]
fn strangers_text_that_is_waited_for_is_no_sign_of_life() {
    let mut config = session_config();
    config.keepalive = 20 * SECOND;
    config.keepalive_timeout = 5 * SECOND;
    let mut link = Link::ready_with(config);
    link.submit(0, &action("Command", "own").with("Command", "core show uptime"));
    link.feed("Response: Follows\r\nPrivilege: Command\r\nActionID: own\r\n");
    for _ in 0..8 {
        link.feed("text\n");
        link.pass(SECOND);
    }
    link.pass(2 * SECOND);
    assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown));
    // A late text goes on, and nobody sees any of it.
    link.feed("Response: Follows\r\nPrivilege: Command\r\n");
    link.pass(25 * SECOND);
    assert_eq!(link.sent_header("Action"), "Ping");
    link.pass(6 * SECOND);
    assert_eq!(link.out.ended.as_ref().map(Error::kind), Some(ErrorKind::Disconnected));
}

#[test]
fn strangers_responses_without_an_action_are_reported_in_their_place() {
    let mut link = link_with_strays(None);
    link.out.order.clear();
    let stray = "Response: Success\r\nMessage: text\r\n\r\n";
    link.feed([&event("One"), stray, stray, &event("Two"), stray].concat());
    assert_eq!(link.out.order, "ESES");
    assert_eq!(values(&link.out.events, "Event"), ["One", "Two"]);
    let told: Vec<_> = link.out.strays.iter().map(|(_, skipped)| (skipped.messages, skipped.bytes)).collect();
    assert_eq!(told, [(2, 2 * stray.len() as u64), (1, stray.len() as u64)]);
    // Nobody else is told.
    let mut link = Link::ready();
    link.out.order.clear();
    link.feed([stray, &event("Two")].concat());
    assert_eq!(link.out.order, "E");
}

#[test]
fn strangers_pong_in_a_text_is_ignored_once_pongs_have_action_ids() {
    let forged = "Response: Success\r\nPing: Pong\r\n\r\n";
    let mut link = link_with_strays(None);
    link.submit(0, &action("Ping", "p1"));
    link.feed("Response: Success\r\nActionID: p1\r\nPing: Pong\r\n\r\n");
    assert!(link.only().is_ok());
    link.submit(0, &action("Ping", "p2"));
    link.feed(forged);
    link.feed(forged.replace("Pong\r\n", "Pong\r\nUniqueid: 1.1\r\n"));
    assert!(link.out.done.is_empty());
    // A text that has the end of an event is none in any case.
    let mut link = link_with_strays(None);
    link.submit(0, &action("Ping", "p1"));
    link.feed(forged.replace("Pong\r\n", "Pong\r\nUniqueid: 1.1\r\n"));
    assert!(link.out.done.is_empty());
}

#[test]
fn strangers_pong_without_action_id_counts_after_a_second_then_at_once() {
    let pong = "Response: Success\r\nPing: Pong\r\n\r\n";
    let mut link = link_with_strays(None);
    link.submit(0, &action("Ping", "p1"));
    link.feed(pong);
    link.pass(Duration::from_millis(999));
    assert!(link.out.done.is_empty());
    link.pass(Duration::from_millis(1));
    assert!(link.only().is_ok());
    link.submit(0, &action("Ping", "p2"));
    link.feed(pong);
    assert!(link.only().is_ok());
    // A deadline that comes first is no reason to say that the outcome is unknown.
    let mut link = link_with_strays(None);
    link.session.submit(&action("Ping", "p1"), Some(Duration::from_millis(300)), link.now, 0).expect("accepted");
    link.send();
    link.feed(pong);
    link.pass(Duration::from_millis(300));
    assert!(link.only().is_ok());
}
