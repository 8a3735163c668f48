//! The session without its socket: recorded answers, login, deadlines, lost links, and what a model says of all of it.

mod support;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ami::protocol::{Credentials, Reconnect};
use ami::{Action, Error, ErrorKind, Message, Response};

use support::{Frame, Link, Rng, SECRET, VERSIONS, capture, find, headers, session_config, shown, split};

const SECOND: Duration = Duration::from_secs(1);

fn action(name: &str, id: &str) -> Action {
    Action::new(name).with("ActionID", id)
}

fn kind(result: &Result<Response, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

/// The values of this header in these messages.
fn values(messages: &[Message], name: &str) -> Vec<String> {
    messages.iter().map(|message| shown(message.get(name).unwrap_or(b"?"))).collect()
}

// ---- recorded sessions ----

/// What was sent in a recorded session, but for the login.
fn asked(version: &str, name: &str) -> Vec<Action> {
    let text = String::from_utf8(capture(version, &format!("{name}.client.ami"))).expect("text");
    let frames = text.split("\r\n\r\n").filter(|frame| !frame.is_empty()).skip(1);
    frames
        .map(|frame| {
            let mut lines = frame.lines().map(|line| line.split_once(": ").expect("a header"));
            let (_, name) = lines.next().expect("an Action header");
            lines.fold(Action::new(name), |action, (name, value)| action.with(name, value))
        })
        .collect()
}

/// What a frame of a command's answer says, whichever format it has.
fn text_of(frame: &Frame) -> Option<Vec<u8>> {
    if let Some(text) = &frame.text {
        return Some(text.strip_suffix(b"\n").unwrap_or(text).to_vec());
    }
    let lines: Vec<_> =
        frame.headers.iter().filter(|(name, _)| name == b"Output").map(|(_, value)| &value[..]).collect();
    (!lines.is_empty()).then(|| lines.join(&b"\n"[..]))
}

/// Feeds the recorded answers of one session to the actions that were sent in it, and checks what becomes of each.
fn replay(version: &str, name: &str, lists: &[&str], piece: usize) {
    let at = format!("{version} {name}, pieces of {piece}");
    let bytes = capture(version, &format!("{name}.server.ami"));
    let (banner, frames) = split(&bytes);
    let actions = asked(version, name);

    let mut link = Link::up(session_config(), false);
    link.feed([&banner[..], b"\r\n"].concat());
    let id = link.sent_header("ActionID");
    link.feed(format!("Response: Success\r\nActionID: {id}\r\nChallenge: 1\r\n\r\n"));
    // The recorded answer to the login stands first, and without an ActionID.
    let rest = &bytes[banner.len() + 2..];
    let login = find(rest, b"\r\n\r\n").expect("the login's answer") + 4;
    link.feed(&rest[..login]);
    assert!(link.out.ready, "{at}");
    for (token, action) in actions.iter().enumerate() {
        link.submit(token as u32, action);
    }
    link.feed_cut(&rest[login..], piece);
    assert!(link.out.ended.is_none(), "{at}: {:?}", link.out.ended);

    let of = |id: &[u8]| frames.iter().filter(|frame| frame.get("ActionID") == Some(id)).collect::<Vec<_>>();
    let unanswered: Vec<u32> = (0u32..)
        .zip(&actions)
        .filter(|(_, action)| of(action.action_id().expect("an ActionID")).is_empty())
        .map(|(token, _)| token)
        .collect();
    assert_eq!(link.session.in_flight(), unanswered.len(), "{at}");
    let due = link.session.next_deadline();
    assert!(unanswered.is_empty() || due.is_some_and(|due| due <= link.now + 10 * SECOND), "{at}: a deadline");
    link.pass(10 * SECOND);
    assert_eq!(link.session.in_flight(), 0, "{at}: nothing is left in flight");

    let mut outcomes: BTreeMap<u32, Result<Response, Error>> = BTreeMap::new();
    for (token, result) in link.out.done.drain(..) {
        assert!(outcomes.insert(token, result).is_none(), "{at}: action {token} ended twice");
    }
    for (token, action) in (0u32..).zip(&actions) {
        let id = action.action_id().expect("an ActionID");
        let at = format!("{at}, {} {}", action.name(), shown(id));
        let outcome = outcomes.remove(&token).unwrap_or_else(|| panic!("{at}: never ended"));
        let frames = of(id);
        let Some(answer) = frames.iter().find(|frame| !frame.is_event()) else {
            assert_eq!(kind(&outcome), Some(ErrorKind::OutcomeUnknown), "{at}");
            continue;
        };
        let text = text_of(answer);
        let refused = answer.get("Response") == Some(b"Error");
        if text.as_ref().is_some_and(|text| refused || text.starts_with(b"No such command")) {
            let error = outcome.expect_err(&at);
            assert_eq!(error.kind(), ErrorKind::Command, "{at}");
            assert_eq!(error.peer_message().map(shown), text.as_deref().map(shown), "{at}");
            assert_eq!(headers(error.response().expect("the refusal").message()), answer.headers, "{at}");
        } else if refused {
            let error = outcome.expect_err(&at);
            assert_eq!(error.kind(), ErrorKind::Action, "{at}");
            assert_eq!(error.peer_message(), answer.get("Message"), "{at}");
            assert_eq!(headers(error.response().expect("the refusal").message()), answer.headers, "{at}");
        } else {
            let response = outcome.unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(headers(response.message()), answer.headers, "{at}");
            assert_eq!(response.output().map(shown), text.as_deref().map(shown), "{at}");
            let mut entries = Vec::new();
            let mut end = None;
            if lists.iter().any(|list| list.as_bytes() == id) {
                entries.extend(frames.iter().filter(|frame| frame.is_event()).map(|frame| frame.headers.clone()));
                end = entries.pop();
                assert!(end.is_some(), "{at}: a list has an end");
            }
            assert_eq!(response.events().iter().map(headers).collect::<Vec<_>>(), entries, "{at}");
            assert_eq!(response.end_event().map(headers), end, "{at}");
        }
    }
    assert!(outcomes.is_empty(), "{at}");

    let answered =
        |frame: &&Frame| frame.get("ActionID").is_some_and(|id| lists.iter().any(|list| list.as_bytes() == id));
    let news: Vec<_> = frames.iter().filter(|frame| frame.is_event() && !answered(frame)).collect();
    assert!(!news.is_empty(), "{at}");
    assert_eq!(link.out.events.len(), news.len(), "{at}");
    for (event, frame) in link.out.events.iter().zip(news) {
        assert_eq!(headers(event), frame.headers, "{at}");
    }
}

#[test]
fn every_action_of_the_manual_ends_as_recorded() {
    for version in VERSIONS {
        for piece in [usize::MAX, 1, 7, 1000] {
            replay(version, "seed-actions", &["a4", "a5", "a6", "a9", "a11", "a12", "b2", "j3"], piece);
        }
    }
}

#[test]
fn lists_amid_a_call_end_as_recorded() {
    for version in VERSIONS {
        for piece in [usize::MAX, 1, 7, 1000] {
            replay(version, "originate-echo-status-hangup", &["o2", "o3", "o3v"], piece);
        }
    }
}

#[test]
fn both_formats_of_a_commands_text_give_the_same() {
    for version in ["1.8", "13"] {
        let (_, frames) = split(&capture(version, "seed-actions.server.ami"));
        let texts: Vec<Vec<u8>> = frames.into_iter().filter_map(|frame| frame.text).collect();
        assert_eq!(texts.len(), 5);
        for text in texts {
            // As version 14 and later write it.
            let mut reply = b"Response: Success\r\nActionID: x\r\nMessage: Command output follows\r\n".to_vec();
            for line in text.strip_suffix(b"\n").expect("whole lines").split(|byte| *byte == b'\n') {
                reply.extend([b"Output: ", line, b"\r\n"].concat());
            }
            reply.extend(b"\r\n");
            if text.starts_with(b"No such command") {
                let at = find(&reply, b"Success").expect("there");
                reply.splice(at..at + 7, *b"Error");
            }
            let old = [b"Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n", &text[..], support::END_COMMAND]
                .concat();

            let results = [old, reply].map(|reply| {
                let mut link = Link::ready();
                link.submit(0, &action("Command", "x").with("Command", "some command"));
                link.feed(reply);
                match link.only() {
                    Ok(response) => (None, response.output().map(shown)),
                    Err(error) => (Some(error.kind()), error.peer_message().map(shown)),
                }
            });
            assert!(results[0].1.is_some());
            assert_eq!(results[0], results[1]);
        }
    }
}

#[test]
fn a_refused_command_is_an_error_in_both_formats() {
    let usage = "Usage: gsm send sync sms <span> <destination> <message> <timeout> [id] \n       Send SMS\n";
    // (what was sent, what the CLI printed, whether it refused)
    for (line, text, refused) in [
        ("no such thing", "No such command 'no such thing' (type 'core show help no such' for others)\n", true),
        ("gsm send sms 1 1 x", "SMS message too short.\nCommand 'gsm send sms 1 1 x' failed.\n", true),
        ("gsm send sync sms 1", usage, true),
        ("GSM send sync sms 1", usage, true),
        ("core show help gsm send sync sms", usage, false),
        ("gsm send sms 1 136 \"Command 'x' failed.\"", "Command 'x' failed.\n", false),
        ("core show version", "Asterisk 1.8.20.0\nNo such command 'x'\n", false),
        ("gsm send sync sms 1 1 x 20", "SPAN:1 SEND SMS TO PHONE:1 SUCCESSFULLY\n", false),
    ] {
        let mut link = Link::ready();
        link.submit(0, &action("Command", "x").with("Command", line));
        link.feed(format!("Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n{text}--END COMMAND--\r\n\r\n"));
        let result = link.only();
        assert_eq!(kind(&result), refused.then_some(ErrorKind::Command), "{line:?}");
        let words = match &result {
            Ok(response) => response.output(),
            Err(error) => error.peer_message(),
        };
        assert_eq!(words.map(shown), Some(shown(text.trim_end_matches('\n').as_bytes())), "{line:?}");
    }

    // Refused before it ran.
    for (message, expected) in [
        ("Permission denied", ErrorKind::Permission),
        ("permission denied", ErrorKind::Permission),
        ("Command blacklisted", ErrorKind::Action),
        ("No command provided", ErrorKind::Action),
    ] {
        let mut link = Link::ready();
        link.submit(0, &action("Command", "x").with("Command", "y"));
        link.feed(format!("Response: Error\r\nActionID: x\r\nMessage: {message}\r\n\r\n"));
        let error = link.only().expect_err("refused");
        assert_eq!((error.kind(), error.peer_message()), (expected, Some(message.as_bytes())));
    }
}

#[test]
fn what_is_not_there_is_told_apart_from_other_refusals() {
    for (words, is_not_found) in [
        ("No such channel", true),
        ("No such module.", true),
        ("Database entry not found", true),
        ("Peer nobody not found.", true),
        ("Channel does not exist: SIP/none-1", true),
        ("Channel specified does not exist", true),
        ("Channel1 does not exists: a", true),
        ("Unable to retrieve endpoint nobody\n", true),
        ("No endpoints found", true),
        ("No Conference by that name found.", true),
        ("No active conferences.", true),
        ("Did not find context nope", true),
        ("Requested parking lot could not be found.", true),
        ("Unable to remove interface: Not there", true),
        ("Unable to add interface to queue: No such queue", true),
        ("[nosuch] Device not found", true),
        ("no such CHANNEL", true),
        ("No channel specified", false),
        ("No Message specified", false),
        ("Invalid/unknown command: Nonexistent. Use Action: ListCommands to show available commands.", false),
        ("Channel not specified", false),
        ("Unable to add interface: Already there", false),
        ("File exists", false),
        ("Missing action in request", false),
        ("Permission denied", false),
        ("Must specify AuthType", false),
        ("Could not create address", false),
        ("Originate failed", false),
        ("", false),
    ] {
        let mut link = Link::ready();
        link.submit(0, &action("Thing", "x"));
        link.feed(format!("Response: Error\r\nActionID: x\r\nMessage: {}\r\n\r\n", words.trim_end()));
        let error = link.only().expect_err("refused");
        assert_eq!(error.is_not_found(), is_not_found, "{words:?}");
    }
    let text = Error::new(ErrorKind::Resolve, "the host was not found");
    assert!(!text.is_not_found(), "no server said it");
}

// ---- login ----

#[test]
fn the_challenge_is_answered_with_its_md5_and_the_mask_is_asked_for() {
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
fn the_secret_goes_out_in_the_clear_only_if_allowed() {
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
fn a_refused_login_is_an_auth_error_without_the_secret() {
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
fn silence_ends_the_login_at_its_deadline() {
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
fn an_early_end_of_the_link_is_disconnected() {
    for (heard, words) in [
        // Where it is a full house, or something in front; permits are refused in words.
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
fn faults_before_the_login_are_named() {
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
fn actions_wait_for_the_login() {
    let mut link = Link::up(session_config(), false);
    let early = link.session.submit(&Action::new("Ping"), None, link.now, 0).expect_err("too early");
    assert_eq!(early.kind(), ErrorKind::State);
    link.feed("Asterisk Call Manager/1.1\r\n");
    let early = link.session.submit(&Action::new("Ping"), None, link.now, 0).expect_err("too early");
    assert_eq!(early.kind(), ErrorKind::State);
    assert_eq!(link.session.in_flight(), 0);
}

// ---- matching ----

#[test]
fn answers_find_their_actions_in_any_order() {
    let mut link = Link::ready();
    let ids: Vec<String> = (0..100)
        .map(|token| {
            link.session.submit(&Action::new("CoreStatus"), None, link.now, token).expect("accepted");
            link.sent_header("ActionID")
        })
        .collect();
    for id in ids.iter().rev() {
        link.feed(format!("Response: Success\r\nActionID: {id}\r\nEcho: {id}\r\n\r\n"));
    }
    let tokens: Vec<u32> = link.out.done.iter().map(|(token, _)| *token).collect();
    assert_eq!(tokens, (0..100).rev().collect::<Vec<_>>());
    for (token, result) in link.out.done.drain(..) {
        assert_eq!(result.expect("no refusal").get("Echo"), Some(ids[token as usize].as_bytes()));
    }
}

#[test]
fn a_duplicate_action_id_in_flight_is_refused() {
    let mut link = Link::ready();
    let twice =
        |link: &mut Link| link.session.submit(&action("CoreStatus", "x"), None, link.now, 9).map_err(|e| e.kind());
    link.submit(0, &action("CoreStatus", "x"));
    assert_eq!(twice(&mut link), Err(ErrorKind::Invalid));
    assert!(link.send().is_empty());
    link.pass(10 * SECOND);
    assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown));
    assert_eq!(twice(&mut link), Err(ErrorKind::Invalid), "the earlier one may still be answered");
    link.feed("Response: Success\r\nActionID: x\r\n\r\n");
    assert!(link.out.done.is_empty(), "a late answer goes to nobody");
    assert!(twice(&mut link).is_ok());
    link.send();
    link.feed("Response: Success\r\nActionID: x\r\n\r\n");
    assert!(link.only().is_ok());

    let ours = link.session.submit(&action("Ping", "own-7"), None, link.now, 0).map_err(|error| error.kind());
    assert_eq!(ours, Err(ErrorKind::Invalid), "an ActionID of libami's own form");
}

#[test]
fn late_answers_and_late_list_entries_go_to_nobody() {
    let response = "Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n";
    let entry = "Event: CoreShowChannel\r\nActionID: x\r\n\r\n";
    let close = "Event: CoreShowChannelsComplete\r\nActionID: x\r\nEventList: Complete\r\n\r\n";
    let stream = [response, entry, entry, close];
    for before in 0..4 {
        let mut link = Link::ready();
        link.submit(0, &action("CoreShowChannels", "x"));
        link.feed(stream[..before].concat());
        link.pass(10 * SECOND);
        assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown));
        link.feed(stream[before..].concat());
        assert!(link.out.done.is_empty() && link.out.events.is_empty(), "{before} came in time");
        // The ActionID is free again and the list of its next use is its own.
        link.submit(1, &action("CoreShowChannels", "x"));
        link.feed(stream.concat());
        assert_eq!(link.only().expect("a list").events().len(), 2);
    }
}

#[test]
fn unknown_answers_go_to_nobody() {
    let mut link = Link::ready();
    link.submit(0, &action("CoreStatus", "x"));
    link.feed("Response: Success\r\nActionID: y\r\n\r\nResponse: Success\r\n\r\nResponse: Success\r\nActionID: own-99\r\n\r\n");
    link.feed("Response: Success\r\nActionID: own-x\r\n\r\nResponse: Success\r\nActionID: X\r\n\r\n");
    assert!(link.out.done.is_empty() && link.out.events.is_empty());
    link.feed("Response: Success\r\nActionID: x\r\n\r\n");
    assert!(link.only().is_ok());
}

#[test]
fn pings_without_an_action_id_are_matched_by_order() {
    let pong = "Response: Success\r\nPing: Pong\r\n\r\n";
    let mut link = Link::ready();
    link.submit(9, &action("CoreStatus", "x"));
    link.submit(0, &Action::new("Ping"));
    link.submit(1, &action("ping", "y"));
    link.submit(2, &Action::new("Ping"));
    link.feed(pong);
    assert_eq!(link.out.kinds(), [(0, None)]);
    link.feed([pong, pong].concat());
    assert_eq!(link.out.kinds(), [(0, None), (1, None), (2, None)]);
    link.feed(pong);
    assert_eq!(link.out.done.len(), 3, "one too many is nobody's");

    // 1.6.0 leaves the end out; the next message brings it.
    link.submit(3, &Action::new("Ping"));
    link.feed("Response: Success\r\nPing: Pong\r\n");
    assert_eq!(link.out.done.len(), 3);
    link.feed("Event: A\r\n\r\n");
    assert_eq!(link.out.done.last().map(|(token, _)| *token), Some(3));
    assert_eq!(values(&link.out.events, "Event"), ["A"]);
    assert_eq!(link.session.in_flight(), 1);
}

#[test]
fn a_late_pong_is_not_taken_for_the_next_ones() {
    let mut link = Link::ready();
    link.submit(0, &Action::new("Ping"));
    link.pass(10 * SECOND);
    assert_eq!(link.out.kinds(), [(0, Some(ErrorKind::OutcomeUnknown))]);
    link.submit(1, &Action::new("Ping"));
    let pong = |time| format!("Response: Success\r\nPing: Pong\r\nTimestamp: {time}\r\n\r\n");
    link.feed(pong("late"));
    assert_eq!(link.out.done.len(), 1);
    link.feed(pong("right"));
    assert_eq!(link.out.done[1].1.as_ref().expect("a pong").get("Timestamp"), Some(&b"right"[..]));
}

#[test]
fn events_that_carry_an_action_id_are_news_unless_a_list_is_open() {
    let mut link = Link::ready();
    link.submit(0, &action("UserEvent", "u").with("UserEvent", "Alert"));
    link.submit(1, &action("Originate", "o").with("Channel", "Local/1@x").with("Async", "true"));
    link.feed("Event: UserEvent\r\nAction: UserEvent\r\nActionID: u\r\n\r\n");
    link.feed("Response: Success\r\nActionID: u\r\n\r\nEvent: UserEvent\r\nActionID: u\r\nSecond: 1\r\n\r\n");
    link.feed("Response: Success\r\nActionID: o\r\n\r\n");
    link.feed("Event: OriginateResponse\r\nActionID: o\r\nResponse: Failure\r\n\r\n");
    assert_eq!(link.out.kinds(), [(0, None), (1, None)]);
    assert!(link.out.done.iter().all(|(_, result)| result.as_ref().is_ok_and(|response| response.events().is_empty())));
    assert_eq!(values(&link.out.events, "ActionID"), ["u", "u", "o"]);
}

#[test]
fn an_event_behind_a_list_is_news_whatever_the_cut() {
    let stream = "Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n\
                  Event: Entry\r\nActionID: x\r\n\r\n\
                  Event: EntriesComplete\r\nActionID: x\r\nEventList: Complete\r\n\r\n\
                  Event: After\r\nActionID: x\r\n\r\n";
    for piece in [usize::MAX, 1] {
        let mut link = Link::ready();
        link.submit(0, &action("SomeList", "x"));
        link.feed_cut(stream.as_bytes(), piece);
        assert_eq!(link.only().expect("a list").events().len(), 1, "pieces of {piece}");
        assert_eq!(values(&link.out.events, "Event"), ["After"], "pieces of {piece}");
    }
}

#[test]
fn a_second_response_does_not_end_a_list() {
    for name in ["SomeList", "Status"] {
        for second in ["EventList: start\r\n", "Message: still going\r\n"] {
            let mut link = Link::ready();
            link.submit(0, &action(name, "x"));
            link.feed(
                "Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\nEvent: Entry\r\nActionID: x\r\n\r\n",
            );
            link.feed(format!("Response: Success\r\nActionID: x\r\n{second}\r\nEvent: Entry\r\nActionID: x\r\n\r\n"));
            link.feed("Event: Done\r\nActionID: x\r\nEventList: Complete\r\n\r\n");
            assert_eq!(link.only().expect("a list").events().len(), 2, "{name}, {second:?}");
            assert!(link.out.events.is_empty(), "{name}, {second:?}");
        }
    }
}

#[test]
fn lists_may_be_interleaved_with_each_other_and_with_events() {
    let start = |id: &str| format!("Response: Success\r\nActionID: {id}\r\nEventList: Start\r\n\r\n");
    let entry = |id: &str, n: usize| format!("Event: Entry\r\nActionID: {id}\r\nN: {n}\r\n\r\n");
    let end = |id: &str, word: &str| format!("Event: EntriesComplete\r\neventlist: {word}\r\nActionID: {id}\r\n\r\n");
    let news = |n: usize| format!("Event: News\r\nN: {n}\r\n\r\n");
    let stream = [
        start("a"),
        news(0),
        start("b"),
        entry("b", 0),
        entry("a", 0),
        news(1),
        entry("b", 1),
        "Response: Success\r\nActionID: c\r\n\r\n".to_owned(),
        end("b", "complete"),
        entry("a", 1),
        news(2),
        end("a", "Cancelled"),
        news(3),
    ]
    .concat();
    for piece in [usize::MAX, 1, 11] {
        let mut link = Link::ready();
        (0u32..).zip(["a", "b", "c"]).for_each(|(token, id)| link.submit(token, &action("SomeList", id)));
        link.feed_cut(stream.as_bytes(), piece);
        // One that the server cancels is no whole list, and has what came.
        assert_eq!(link.out.kinds(), [(2, None), (1, None), (0, Some(ErrorKind::Action))]);
        for (token, result) in &link.out.done {
            let response = result.as_ref().or_else(|error| error.response().ok_or(error)).expect("a list");
            let expected: &[&str] = if *token == 2 { &[] } else { &["0", "1"] };
            assert_eq!(values(response.events(), "N"), expected, "pieces of {piece}");
            assert_eq!(response.end_event().is_some(), *token != 2, "pieces of {piece}");
        }
        assert_eq!(values(&link.out.events, "N"), ["0", "1", "2", "3"], "pieces of {piece}");
    }
}

#[test]
fn lists_without_the_header_end_with_their_closing_event() {
    for (name, entry, close) in [
        ("Status", "Status", "StatusComplete"),
        ("status", "Status", "statuscomplete"),
        ("ParkedCalls", "ParkedCall", "ParkedCallsComplete"),
        ("QueueStatus", "QueueParams", "QueueStatusComplete"),
        ("SIPpeers", "PeerEntry", "PeerlistComplete"),
        ("Agents", "Agents", "AgentsComplete"),
    ] {
        let mut link = Link::ready();
        link.submit(0, &action(name, "x"));
        link.feed("Response: Success\r\nActionID: x\r\nMessage: will follow\r\n\r\n");
        link.feed(format!(
            "Event: {entry}\r\nActionID: x\r\n\r\nEvent: News\r\n\r\nEvent: {entry}\r\nActionID: x\r\n\r\n"
        ));
        assert!(link.out.done.is_empty(), "{name}");
        link.feed(format!("Event: {close}\r\nActionID: x\r\n\r\n"));
        let response = link.only().expect("a list");
        assert_eq!((response.events().len(), response.end_event().is_some()), (2, true), "{name}");
        assert_eq!(values(&link.out.events, "Event"), ["News"], "{name}");
        // A refusal needs no closing event.
        link.submit(1, &action(name, "x"));
        link.feed("Response: Error\r\nActionID: x\r\nMessage: No\r\n\r\n");
        assert_eq!(kind(&link.only()), Some(ErrorKind::Action), "{name}");
    }
}

#[test]
fn dbget_ends_without_its_closing_event_too() {
    let answer = "Response: Success\r\nActionID: x\r\nMessage: Result will follow\r\n\r\n\
                  Event: DBGetResponse\r\nFamily: f\r\nKey: k\r\nVal: v\r\nActionID: x\r\n\r\n";
    let close = "Event: DBGetComplete\r\nActionID: x\r\n\r\n";
    for closes in [true, false] {
        let mut link = Link::ready();
        link.submit(0, &action("DBGet", "x"));
        link.feed(answer);
        assert!(link.out.done.is_empty());
        if closes {
            link.feed(close);
        } else {
            let due = link.session.next_deadline().expect("a deadline");
            assert!(due <= link.now + SECOND, "it does not wait for its whole deadline");
            link.pass(due - link.now);
        }
        let response = link.only().expect("the value");
        assert_eq!(values(response.events(), "Val"), ["v"]);
        assert_eq!(response.end_event().is_some(), closes);
        assert!(link.out.events.is_empty());
        assert_eq!(link.session.in_flight(), 0);
    }
}

#[test]
fn wait_event_gathers_what_comes_and_it_is_news_as_well() {
    let mut link = Link::ready();
    link.submit(0, &action("WaitEvent", "w").with("Timeout", "1"));
    link.feed("Event: Before\r\n\r\nResponse: Success\r\nActionID: w\r\nMessage: Waiting for Event completed.\r\n\r\n");
    link.feed("Event: One\r\n\r\n");
    link.feed("Event: Two\r\n\r\nEvent: WaitEventComplete\r\nActionID: w\r\n\r\nEvent: After\r\n\r\n");
    let response = link.only().expect("events");
    assert_eq!(values(response.events(), "Event"), ["One", "Two"]);
    assert_eq!(response.end_event().map(|event| shown(event.name())), Some("WaitEventComplete".into()));
    assert_eq!(values(&link.out.events, "Event"), ["Before", "One", "Two", "After"]);
}

#[test]
fn the_limit_of_a_list_is_exact() {
    let entries = |count: usize| "Event: Entry\r\nActionID: x\r\n\r\n".repeat(count);
    let start = "Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n";
    let end = "Event: End\r\nActionID: x\r\nEventList: Complete\r\n\r\n";
    for piece in [usize::MAX, 1] {
        let link = |count: usize| {
            let mut config = session_config();
            config.limits.list = 3;
            let mut link = Link::ready_with(config);
            link.submit(0, &action("SomeList", "x"));
            link.submit(1, &action("CoreStatus", "y"));
            link.feed_cut([start, &entries(count), end].concat().as_bytes(), piece);
            link
        };
        let mut at = link(3);
        assert_eq!(at.only().expect("a list").events().len(), 3);
        assert!(at.out.ended.is_none());
        // Over it the call alone fails; the others, and the link, go on.
        let mut over = link(4);
        assert_eq!(over.out.kinds(), [(0, Some(ErrorKind::Limit))]);
        over.feed("Response: Success\r\nActionID: y\r\n\r\n");
        assert_eq!(over.out.kinds(), [(0, Some(ErrorKind::Limit)), (1, None)]);
        assert!(over.out.ended.is_none() && over.out.events.is_empty());
    }
}

// ---- deadlines and lost links ----

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
fn an_action_that_times_out_before_it_is_written_never_goes_out() {
    for short in 0..3 {
        let (mut link, mut wires) = pipelined(0, short);
        link.pass(SECOND);
        assert_eq!(link.out.kinds(), [(short as u32, Some(ErrorKind::Timeout))]);
        wires.remove(short);
        assert_eq!(shown(link.session.transmit()), shown(&wires.concat()), "the others are whole");
        assert_eq!(link.session.in_flight(), 2);
        // Its ActionID is free: it never went out.
        link.session.submit(&action("CoreStatus", &format!("id{short}")), None, link.now, 9).expect("accepted");
        // One more goes, and what is left is still right.
        link.pass(4 * SECOND);
        assert_eq!(link.out.done.len(), 3);
        let left = String::from_utf8(link.send()).expect("text");
        assert!(left.starts_with("Action: CoreStatus\r\n") && left.matches("Action: ").count() == 1, "{left:?}");
        link.feed(format!("Response: Success\r\nActionID: id{short}\r\n\r\n"));
        assert_eq!(link.out.done.last().map(|(token, result)| (*token, kind(result))), Some((9, None)));
    }
}

#[test]
fn an_action_that_was_written_even_in_part_times_out_as_unknown() {
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
fn a_lost_link_ends_every_action_once() {
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
fn logging_off_ends_actions_at_once_and_then_the_session() {
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
fn actions_that_wait_on_the_server_have_more_time() {
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
fn no_timeout_is_too_long() {
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
fn many_given_up_actions_do_not_pile_up_and_do_not_disturb() {
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

// ---- a model ----

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Plain,
    Refused,
    List,
    OldList,
    Command,
    Ping,
}

struct Submitted {
    shape: Shape,
    id: String,
    entries: usize,
    due: Duration,
    written: usize,
    length: usize,
    /// `None` while it is in flight.
    expected: Option<Option<ErrorKind>>,
}

/// A server that answers what it has read in its own time, and what each action must end with.
struct Model {
    link: Link,
    rng: Rng,
    /// Since the start.
    time: Duration,
    actions: Vec<Submitted>,
    /// What is to be written, by token, in order.
    unwritten: VecDeque<usize>,
    /// Whether actions wait while the link is down, as it may be.
    waits: bool,
    down: bool,
    /// Frames that the server has still to send for what it has read: each list goes out in order.
    answers: Vec<VecDeque<(String, Option<usize>)>>,
    pings: VecDeque<(String, Option<usize>)>,
    /// Bytes that the server sent and the session did not get yet, and which tokens end where in them.
    wire: Vec<u8>,
    ends: VecDeque<(usize, usize)>,
    events: usize,
    delivered_events: VecDeque<usize>,
    lost_events: usize,
}

impl Model {
    fn new(seed: u64) -> Model {
        let mut config = session_config();
        config.seed = seed;
        config.keepalive = Duration::ZERO;
        config.reconnect = Some(Reconnect::new(Duration::from_millis(50), Duration::from_millis(500)));
        config.wait_for_reconnect = seed.is_multiple_of(2);
        Model {
            waits: config.wait_for_reconnect,
            down: false,
            link: Link::ready_with(config),
            rng: Rng::new(seed),
            time: Duration::ZERO,
            actions: Vec::new(),
            unwritten: VecDeque::new(),
            answers: Vec::new(),
            pings: VecDeque::new(),
            wire: Vec::new(),
            ends: VecDeque::new(),
            events: 0,
            delivered_events: VecDeque::new(),
            lost_events: 0,
        }
    }

    fn submit(&mut self) {
        use Shape::{Command, List, OldList, Ping, Plain, Refused};
        let token = self.actions.len();
        let shape = [Plain, Refused, List, OldList, Command, Ping][self.rng.below(6)];
        let name = match shape {
            Plain | Refused => "CoreSettings",
            List => "CoreShowChannels",
            OldList => "Status",
            Command => "Command",
            Ping => "Ping",
        };
        let mut action = Action::new(name).with("Token", token.to_string());
        if shape == Command {
            action = action.with("Command", "core show uptime");
        }
        if self.rng.below(2) == 0 {
            action = action.with("ActionID", format!("caller {token}"));
        }
        let timeout = Duration::from_millis(1 + self.rng.below(2000) as u64);
        let from = self.link.session.transmit().len();
        let submitted = self.link.session.submit(&action, Some(timeout), self.link.now, token as u32);
        if self.down && !self.waits {
            assert_eq!(submitted.expect_err("the link is down").kind(), ErrorKind::Disconnected);
            return;
        }
        submitted.expect("accepted");
        let entries = self.rng.below(4);
        let due = self.time + timeout;
        if self.down {
            assert_eq!(self.link.session.transmit().len(), from, "nothing goes out yet");
            self.actions.push(Submitted {
                shape,
                id: String::new(),
                entries,
                due,
                written: 0,
                length: 0,
                expected: None,
            });
            self.unwritten.push_back(token);
            return;
        }
        let wire = String::from_utf8(self.link.session.transmit()[from..].to_vec()).expect("text");
        let id = wire.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an ActionID").to_owned();
        let length = wire.len();
        self.actions.push(Submitted { shape, id, entries, due, written: 0, length, expected: None });
        self.unwritten.push_back(token);
    }

    /// The server reads some of what is to be written, and plans its answers.
    fn write(&mut self) {
        let total: usize =
            self.unwritten.iter().map(|token| self.actions[*token].length - self.actions[*token].written).sum();
        assert_eq!(self.link.session.transmit().len(), total, "exactly the actions that are not withdrawn are written");
        let mut count = if self.rng.below(2) == 0 { total } else { self.rng.below(total + 1) };
        self.link.session.transmitted(count);
        while count > 0 {
            let token = *self.unwritten.front().expect("something to write");
            let action = &mut self.actions[token];
            let step = count.min(action.length - action.written);
            action.written += step;
            count -= step;
            if action.written == action.length {
                self.unwritten.pop_front();
                self.plan(token);
            }
        }
    }

    fn plan(&mut self, token: usize) {
        let Submitted { shape, id, entries, .. } = &self.actions[token];
        let id_line = format!("ActionID: {id}\r\nToken: {token}\r\n");
        let end = Some(token);
        let mut frames = VecDeque::new();
        match shape {
            Shape::Plain => frames.push_back((format!("Response: Success\r\n{id_line}\r\n"), end)),
            Shape::Refused => {
                frames.push_back((format!("Response: Error\r\n{id_line}Message: no {token}\r\n\r\n"), end))
            }
            Shape::Ping => {
                return self
                    .pings
                    .push_back((format!("Response: Success\r\nPing: Pong\r\nToken: {token}\r\n\r\n"), end));
            }
            Shape::Command => {
                let text = format!("Event: x\n\nToken: {token}\n--END COMMAND--\r\n-\n");
                let head = format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\n");
                frames.push_back((format!("{head}{text}--END COMMAND--\r\n\r\n"), end));
            }
            Shape::List | Shape::OldList => {
                let new = *shape == Shape::List;
                let header = |word| if new { format!("EventList: {word}\r\n") } else { String::new() };
                frames.push_back((format!("Response: Success\r\n{id_line}{}\r\n", header("start")), None));
                for n in 0..*entries {
                    frames.push_back((format!("Event: Entry\r\n{id_line}N: {n}\r\n\r\n"), None));
                }
                let name = if new { "CoreShowChannelsComplete" } else { "StatusComplete" };
                frames.push_back((format!("Event: {name}\r\n{id_line}{}\r\n", header("Complete")), end));
            }
        }
        self.answers.push(frames);
    }

    /// The server sends a frame of some answer, or an event.
    fn speak(&mut self) {
        let frame = match self.rng.below(4) {
            0 => {
                self.events += 1;
                Some((format!("Event: News\r\nSerial: {}\r\n\r\n", self.events - 1), None))
            }
            1 => self.pings.pop_front(),
            _ if !self.answers.is_empty() => {
                let at = self.rng.below(self.answers.len());
                let frame = self.answers[at].pop_front();
                self.answers.retain(|frames| !frames.is_empty());
                frame
            }
            _ => None,
        };
        if let Some((bytes, end)) = frame {
            if bytes.starts_with("Event: News") {
                self.delivered_events.push_back(self.wire.len() + bytes.len());
            }
            self.wire.extend(bytes.as_bytes());
            if let Some(token) = end {
                self.ends.push_back((self.wire.len(), token));
            }
        }
    }

    /// The session gets some of what was sent.
    fn deliver(&mut self) {
        let count = if self.rng.below(3) == 0 { self.wire.len() } else { self.rng.below(self.wire.len() + 1) };
        let bytes: Vec<u8> = self.wire.drain(..count).collect();
        while self.ends.front().is_some_and(|(at, _)| *at <= count) {
            let (_, token) = self.ends.pop_front().expect("an end");
            let refused = (self.actions[token].shape == Shape::Refused).then_some(ErrorKind::Action);
            self.actions[token].expected.get_or_insert(refused);
        }
        self.ends.iter_mut().for_each(|(at, _)| *at -= count);
        while self.delivered_events.front().is_some_and(|at| *at <= count) {
            self.delivered_events.pop_front();
        }
        self.delivered_events.iter_mut().for_each(|at| *at -= count);
        self.link.feed(bytes);
        self.check();
    }

    fn pass(&mut self) {
        let step = Duration::from_millis(self.rng.below(300) as u64);
        self.time += step;
        for (token, action) in self.actions.iter_mut().enumerate() {
            if action.expected.is_none() && action.due <= self.time {
                let written = action.written > 0;
                action.expected = Some(Some(if written { ErrorKind::OutcomeUnknown } else { ErrorKind::Timeout }));
                if !written {
                    self.unwritten.retain(|other| *other != token);
                }
            }
        }
        self.link.pass(step);
        self.check();
    }

    /// The link is lost, and with it what the server had not said.
    fn lose(&mut self) {
        for action in self.actions.iter_mut().filter(|action| action.expected.is_none()) {
            if action.written > 0 {
                action.expected = Some(Some(ErrorKind::OutcomeUnknown));
            } else if !self.waits {
                action.expected = Some(Some(ErrorKind::Disconnected));
            }
        }
        let actions = &self.actions;
        self.unwritten.retain(|token| actions[*token].expected.is_none());
        self.answers.clear();
        self.pings.clear();
        self.wire.clear();
        self.ends.clear();
        self.lost_events += self.delivered_events.len();
        self.delivered_events.clear();
        self.down = true;
        let gaps = self.link.out.gaps.len();
        self.link.session.end_of_input(self.link.now);
        self.link.poll();
        assert_eq!(self.link.out.gaps.len(), gaps);
        self.check();
    }

    /// There is a link again: what waited for it goes out.
    fn relink(&mut self) {
        let gaps = self.link.out.gaps.len();
        while self.link.out.connect.is_none() {
            self.pass();
        }
        self.link.out.connect = None;
        self.link.session.connected(false, self.link.now + Duration::from_secs(60));
        self.link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
        assert_eq!(self.link.out.gaps.len(), gaps + 1);
        self.down = false;
        let wire = String::from_utf8(self.link.session.transmit().to_vec()).expect("text");
        let mut frames = wire.split_inclusive("\r\n\r\n");
        for token in &self.unwritten {
            let frame = frames.next().expect("what waited goes out");
            let line = |name| frame.lines().find_map(|line| line.strip_prefix(name)).expect("a line").to_owned();
            assert_eq!(line("Token: "), token.to_string(), "in order");
            let action = &mut self.actions[*token];
            (action.id, action.length) = (line("ActionID: "), frame.len());
        }
        assert_eq!(frames.next(), None, "and nothing else");
    }

    fn end(&mut self) {
        for action in self.actions.iter_mut().filter(|action| action.expected.is_none()) {
            let written = action.written > 0;
            action.expected = Some(Some(if written { ErrorKind::OutcomeUnknown } else { ErrorKind::Closed }));
        }
        let begun = self.unwritten.front().map(|token| &self.actions[*token]).filter(|action| action.written > 0);
        let rest = begun.map_or(0, |action| action.length - action.written);
        self.link.session.log_off(self.link.now);
        self.link.poll();
        self.check();
        let wire = self.link.session.transmit();
        assert!(if self.down { wire.is_empty() } else { wire[rest..].starts_with(b"Action: Logoff\r\n") });
        self.link.session.end_of_input(self.link.now);
        self.link.poll();
        assert!(self.link.out.ended.is_some());
    }

    /// Exactly the actions that must have ended have, once each, with what they must.
    fn check(&mut self) {
        let in_flight = self.actions.iter().filter(|action| action.expected.is_none()).count();
        assert_eq!(self.link.session.in_flight(), in_flight);
        let mut ended = vec![0; self.actions.len()];
        for (token, result) in &self.link.out.done {
            let action = &self.actions[*token as usize];
            ended[*token as usize] += 1;
            assert_eq!(action.expected, Some(kind(result)), "{:?} {}", action.shape, action.id);
            let Ok(response) = result else { continue };
            let token = token.to_string();
            if action.shape == Shape::Command {
                let text = format!("Event: x\n\nToken: {token}\n--END COMMAND--\r\n-");
                assert_eq!(response.output().map(shown), Some(shown(text.as_bytes())));
            } else {
                assert_eq!(response.get("Token"), Some(token.as_bytes()));
            }
            let is_list = matches!(action.shape, Shape::List | Shape::OldList);
            let numbers: Vec<String> = (0..action.entries).map(|n| n.to_string()).collect();
            assert_eq!(values(response.events(), "N"), if is_list { numbers } else { Vec::new() });
            assert!(values(response.events(), "Token").iter().all(|have| *have == token));
            assert_eq!(response.end_event().is_some(), is_list);
        }
        for (action, ended) in self.actions.iter().zip(ended) {
            assert_eq!(ended, usize::from(action.expected.is_some()), "{:?} {}", action.shape, action.id);
        }
        let serials = values(&self.link.out.events, "Serial");
        assert_eq!(serials.len(), self.events - self.delivered_events.len() - self.lost_events);
        assert!(serials.is_sorted_by_key(|serial| serial.parse::<usize>().expect("a number")));
    }
}

#[test]
fn whatever_happens_every_action_ends_once_and_every_event_comes_out_once() {
    let (mut successes, mut errors) = (0, BTreeMap::new());
    for seed in 0..300 {
        let mut model = Model::new(seed);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..200 {
                match model.rng.below(100) {
                    0..16 => model.submit(),
                    98.. if !model.down => model.lose(),
                    90.. if model.down => model.relink(),
                    16..32 if !model.down => model.write(),
                    32..72 if !model.down => model.speak(),
                    72..88 if !model.down => model.deliver(),
                    88.. => model.pass(),
                    _ => {}
                }
            }
            model.end();
        }));
        if let Err(cause) = result {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(cause);
        }
        for (_, result) in &model.link.out.done {
            match kind(result) {
                None => successes += 1,
                Some(kind) => *errors.entry(kind.name()).or_insert(0) += 1,
            }
        }
    }
    assert!(successes > 1000, "the model reaches success: {successes}");
    use ErrorKind::{Action, Closed, Disconnected, OutcomeUnknown, Timeout};
    for kind in [Action, Closed, Disconnected, OutcomeUnknown, Timeout] {
        assert!(errors.get(kind.name()).is_some_and(|count| *count > 50), "the model reaches {kind:?}: {errors:?}");
    }
}

// ---- what a stranger's text can look like ----

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

/// What a VarSet of Asterisk 1.8 becomes with a text that holds these lines.
fn with_text(text: &str) -> String {
    format!("Event: VarSet\r\nVariable: SMSTXT\r\nValue: hi\r\n\r\n{text}\r\nUniqueid: 1.1\r\n\r\n{}", event("Honest"))
}

#[test]
fn follows_in_a_text_is_a_message_like_any_other_whether_a_command_waits_or_not() {
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
fn follows_without_an_action_id_is_an_answer_of_servers_that_left_it_out_of_the_logins() {
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
fn a_text_that_does_not_end_is_given_up_at_its_commands_deadline_and_read_as_messages() {
    let mut link = link_with_strays(Some("own"));
    link.feed("Response: Follows\r\nPrivilege: Command\r\nActionID: own\r\n");
    link.feed(format!("a: b\r\n\r\n{}x\r\n\r\n{}", event("One"), event("Two")));
    assert!(link.out.events.is_empty());
    link.pass(10 * SECOND);
    assert_eq!(kind(&link.only()), Some(ErrorKind::OutcomeUnknown));
    assert_eq!(values(&link.out.events, "Event"), ["One", "Two"]);
    // What still comes of it is no news; then all is as before.
    link.feed(format!("late: y\n\nmore\n--END COMMAND--\r\n\r\n{}", event("Three")));
    assert_eq!(values(&link.out.events, "Event"), ["One", "Two", "Three"]);
    let skipped: u64 = link.out.strays.iter().map(|(_, skipped)| skipped.messages).sum();
    assert_eq!(skipped, 3, "x, late, and more");
    link.feed("no: event\r\n\r\n");
    assert_eq!(link.out.events.len(), 4, "a message without a name is news again");
}

#[test]
fn a_text_that_is_waited_for_is_no_sign_of_life() {
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
fn responses_of_nobody_are_told_where_they_stood() {
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
fn a_pong_in_a_text_is_none_once_pings_were_seen_to_have_an_action_id() {
    let forged = "Response: Success\r\nPing: Pong\r\n\r\n";
    let mut link = link_with_strays(None);
    link.submit(0, &action("Ping", "p1"));
    link.feed("Response: Success\r\nActionID: p1\r\nPing: Pong\r\n\r\n");
    assert!(link.only().is_ok());
    link.submit(0, &action("Ping", "p2"));
    link.feed(forged);
    link.feed(forged.replace("Pong\r\n", "Pong\r\nUniqueid: 1.1\r\n"));
    assert!(link.out.done.is_empty());
    // One that has the end of an event is none in any case.
    let mut link = link_with_strays(None);
    link.submit(0, &action("Ping", "p1"));
    link.feed(forged.replace("Pong\r\n", "Pong\r\nUniqueid: 1.1\r\n"));
    assert!(link.out.done.is_empty());
}

#[test]
fn a_pong_without_an_action_id_is_believed_after_a_second_and_from_then_on_at_once() {
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

#[test]
fn a_login_that_is_answered_with_anything_but_success_is_none() {
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

#[test]
fn a_list_is_limited_in_bytes_and_its_call_fails_alone() {
    let mut config = session_config();
    config.limits.list_bytes = 4096;
    for (action_name, start, entry_id) in
        [("SomeList", "EventList: start\r\n", "ActionID: x\r\n"), ("WaitEvent", "", "")]
    {
        let mut link = Link::ready_with(config.clone());
        link.submit(0, &action(action_name, "x"));
        link.submit(1, &action("CoreStatus", "y"));
        link.feed(format!("Response: Success\r\nActionID: x\r\n{start}\r\n"));
        let entry = format!("Event: Entry\r\n{entry_id}Value: {}\r\n\r\n", "v".repeat(1000));
        link.feed(entry.repeat(10));
        assert_eq!(link.out.kinds(), [(0, Some(ErrorKind::Limit))]);
        let (_, error) = link.out.done.pop().expect("one");
        assert!(error.expect_err("a limit").to_string().contains("4096 bytes"));
        link.feed("Event: SomeListComplete\r\nActionID: x\r\nEventList: Complete\r\n\r\n");
        link.feed("Response: Success\r\nActionID: y\r\n\r\n");
        assert_eq!(link.out.kinds(), [(1, None)]);
        assert_eq!(link.out.events.len(), if action_name == "WaitEvent" { 10 } else { 0 });
    }
}
