//! Recorded sessions, replayed: every answer, list and text as the server gave it.

use std::collections::BTreeMap;

use ami::{Action, Error, ErrorKind, Response};

use crate::{SECOND, action, kind};
use support::captures::{END_COMMAND, Frame, VERSIONS, capture, find, headers, shown, split};
use support::session::{Link, session_config};

/// The actions of a recorded session, without the login.
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

/// The text in a frame of a command's answer, in either format.
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
fn captures_every_action_of_the_manual_ends_as_recorded() {
    for version in VERSIONS {
        for piece in [usize::MAX, 1, 7, 1000] {
            replay(version, "seed-actions", &["a4", "a5", "a6", "a9", "a11", "a12", "b2", "j3"], piece);
        }
    }
}

#[test]
fn captures_lists_amid_a_call_end_as_recorded() {
    for version in VERSIONS {
        for piece in [usize::MAX, 1, 7, 1000] {
            replay(version, "originate-echo-status-hangup", &["o2", "o3", "o3v"], piece);
        }
    }
}

#[test]
fn command_text_is_the_same_in_both_formats() {
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
            let old = [b"Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n", &text[..], END_COMMAND].concat();

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
fn command_refusal_is_an_error_in_both_formats() {
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
fn error_not_found_differs_from_other_refusals() {
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
