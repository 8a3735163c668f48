//! Responses and their actions: ActionIDs, order where there are none, late and unknown answers.

use ami::{Action, ErrorKind};

use crate::{SECOND, action, kind, values};
use support::session::Link;

#[test]
fn matching_finds_actions_in_any_order() {
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
fn matching_refuses_a_duplicate_action_id_in_flight() {
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
fn matching_drops_late_answers_and_late_list_entries() {
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
fn matching_drops_unknown_answers() {
    let mut link = Link::ready();
    link.submit(0, &action("CoreStatus", "x"));
    link.feed("Response: Success\r\nActionID: y\r\n\r\nResponse: Success\r\n\r\nResponse: Success\r\nActionID: own-99\r\n\r\n");
    link.feed("Response: Success\r\nActionID: own-x\r\n\r\nResponse: Success\r\nActionID: X\r\n\r\n");
    assert!(link.out.done.is_empty() && link.out.events.is_empty());
    link.feed("Response: Success\r\nActionID: x\r\n\r\n");
    assert!(link.only().is_ok());
}

#[test]
fn matching_of_pings_without_action_id_is_by_order() {
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
fn matching_does_not_take_a_late_pong_for_the_next_one() {
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
fn matching_leaves_events_with_an_action_id_to_subscribers_unless_a_list_is_open() {
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
