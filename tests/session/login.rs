//! The login: challenge, plain secret, refusals, deadlines.

use std::time::Duration;

use ami::protocol::Credentials;
use ami::{Action, ErrorKind};

use crate::{SECOND, values};
use support::server::SECRET;
use support::session::{Link, session_config};

#[test]
fn login_answers_the_challenge_by_md5_and_asks_for_the_mask() {
    let mut config = session_config();
    config.credentials = Credentials::new("admin", "amp111");
    config.event_mask = "system,call".to_owned();
    let mut link = Link::up(config, true);
    assert!(link.send().is_empty(), "the server speaks first");
    link.feed("Asterisk Call Manager/1.1\r\n");
    let challenge = String::from_utf8(link.send()).expect("text");
    assert!(challenge.starts_with("Action: Challenge\r\n") && challenge.contains("\r\nAuthType: MD5\r\n"));
    let id = challenge.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an ActionID");
    link.feed(format!("Response: Success\r\nActionID: {id}\r\nChallenge: 138536221\r\n\r\n"));
    let login = String::from_utf8(link.send()).expect("text");
    // printf 138536221amp111 | md5sum
    for line in ["AuthType: MD5", "Username: admin", "Key: 03e8eb953301e07d1c0b77c59a4d76bd", "Events: system,call"] {
        assert!(login.lines().any(|have| have == line), "{line:?} in {login:?}");
    }
    assert!(!login.contains("Secret") && !login.contains("amp111"), "the secret stays here");

    assert!(!link.session.is_ready());
    let id = login.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an ActionID");
    link.feed(format!("Event: Early\r\n\r\nResponse: Success\r\nActionID: {id}\r\n\r\nEvent: FullyBooted\r\n\r\n"));
    assert!(link.out.ready && link.session.is_ready());
    assert_eq!(values(&link.out.events, "Event"), ["Early", "FullyBooted"]);
    assert_eq!(link.session.banner(), Some("Asterisk Call Manager/1.1"));
    link.pass(60 * SECOND);
    assert!(link.out.ended.is_none(), "the login's deadline is over");
}

const NO_CHALLENGE: &str = "Response: Error\r\nMessage: Invalid/unknown command\r\n\r\n";

#[test]
fn login_sends_the_secret_in_the_clear_only_if_allowed() {
    let mut link = Link::up(session_config(), false);
    link.feed("Asterisk Call Manager/1.0\r\n");
    link.send();
    link.feed(NO_CHALLENGE);
    assert!(link.send().is_empty());
    let error = link.out.ended.take().expect("given up");
    assert_eq!(error.kind(), ErrorKind::AuthMethod);
    assert!(error.message().contains("allow_plain_login") && error.message().contains("TLS"), "{error}");

    let mut link = Link::up(session_config(), true);
    link.feed("Asterisk Call Manager/1.0\r\n");
    link.send();
    link.feed(NO_CHALLENGE);
    assert_eq!(link.sent_header("Secret"), SECRET);
    link.feed("Response: Success\r\nMessage: Authentication accepted\r\n\r\n");
    assert!(link.out.ready);
}

#[test]
fn login_refusal_is_an_auth_error_without_the_secret() {
    for allow_plain in [false, true] {
        let mut link = Link::up(session_config(), allow_plain);
        link.feed("Asterisk Call Manager/1.1\r\n");
        link.send();
        link.feed(if allow_plain { NO_CHALLENGE } else { "Response: Success\r\nChallenge: 1\r\n\r\n" });
        let shown = format!("{:?} {:?}", link.session, session_config());
        assert!(!shown.contains(SECRET), "{shown}");
        link.send();
        link.feed("Response: Error\r\nMessage: Authentication failed\r\n\r\n");
        let error = link.out.ended.take().expect("given up");
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_eq!(error.peer_message(), Some(&b"Authentication failed"[..]));
        let shown = format!("{error} {error:?} {:?}", link.session);
        assert!(shown.contains("admin") && !shown.contains(SECRET), "{shown}");
        for part in ["secret", "permit", "acl", "log"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        let after = link.session.submit(&Action::new("Ping"), None, link.now, 0).expect_err("over");
        assert_eq!(after.kind(), ErrorKind::Disconnected);
        assert!(!format!("{} {after:?}", after.error).contains(SECRET));
    }
}

#[test]
fn login_ends_at_its_deadline_in_silence() {
    for heard in ["", "Asterisk Call", "Asterisk Call Manager/1.1\r\n", "Asterisk Call Manager/1.1\r\nResponse: Succ"] {
        let mut link = Link::up(session_config(), false);
        link.feed(heard);
        assert_eq!(link.session.next_deadline(), Some(link.now + 10 * SECOND), "{heard:?}");
        link.pass(10 * SECOND - Duration::from_millis(1));
        assert!(link.out.ended.is_none(), "{heard:?}");
        link.pass(Duration::from_millis(1));
        assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(ErrorKind::Timeout), "{heard:?}");
        assert_eq!(link.session.next_deadline(), None, "{heard:?}");
    }
}

#[test]
fn login_cut_off_is_disconnected() {
    for (heard, words) in [
        // The server has no room, or a proxy refuses; a refused address gets an answer in words.
        ("", ["authlimit", "permit of manager.conf is not it"]),
        ("Asterisk Call", ["authlimit", "no server behind it"]),
        ("Asterisk Call Manager/1.1\r\n", ["during the login", "authtimeout"]),
    ] {
        let mut link = Link::up(session_config(), false);
        link.feed(heard);
        link.session.end_of_input(link.now);
        link.poll();
        let error = link.out.ended.take().expect("given up");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{heard:?}");
        for part in words {
            assert!(error.to_string().contains(part), "{heard:?}: {error}");
        }
    }
}

#[test]
fn login_faults_before_it_are_named() {
    let mut line = session_config();
    line.limits.line = 100;
    let long = format!("Asterisk Call Manager/1.1\r\n{}", "x".repeat(101));
    for (config, heard, expected) in [
        (session_config(), "HTTP/1.1 400 Bad Request\r\n\r\n", ErrorKind::NotAmi),
        (session_config(), "\r\n", ErrorKind::NotAmi),
        (line, &long, ErrorKind::Limit),
    ] {
        let mut link = Link::up(config, false);
        link.feed(heard);
        assert_eq!(link.out.ended.take().map(|error| error.kind()), Some(expected), "{heard:?}");
        // Nothing comes after it, whatever else happens.
        link.feed("Asterisk Call Manager/1.1\r\n");
        link.session.end_of_input(link.now);
        link.pass(60 * SECOND);
        assert!(link.out.ended.is_none() && link.out.events.is_empty() && link.send().is_empty());
    }
}

#[test]
fn login_comes_before_waiting_actions() {
    let mut link = Link::up(session_config(), false);
    let early = link.session.submit(&Action::new("Ping"), None, link.now, 0).expect_err("too early");
    assert_eq!(early.kind(), ErrorKind::State);
    link.feed("Asterisk Call Manager/1.1\r\n");
    let early = link.session.submit(&Action::new("Ping"), None, link.now, 0).expect_err("too early");
    assert_eq!(early.kind(), ErrorKind::State);
    assert_eq!(link.session.in_flight(), 0);
}

#[test]
fn login_needs_the_answer_success() {
    for word in ["Goodbye", "Follows", "Pong", "Successful"] {
        let mut link = Link::up(session_config(), false);
        link.feed("Asterisk Call Manager/1.1\r\n");
        link.send();
        link.feed("Response: Success\r\nChallenge: 1\r\n\r\n");
        link.send();
        link.feed(format!("Response: {word}\r\nMessage: Authentication accepted\r\n\r\n"));
        let ended = link.out.ended.as_ref().expect("no login");
        assert_eq!(ended.kind(), ErrorKind::Protocol, "{word}");
        assert!(ended.to_string().contains(word), "{ended}");
    }
}
