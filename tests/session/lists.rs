//! Lists: their entries, ends and limits.

use ami::ErrorKind;

use crate::{SECOND, action, kind, values};
use support::captures::shown;
use support::session::{Link, session_config};

#[test]
fn list_is_not_extended_by_an_event_behind_it() {
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
fn list_does_not_end_by_a_second_response() {
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
        // A list that the server cancels is not whole, and has the entries that came.
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
fn list_without_the_header_ends_with_its_closing_event() {
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
fn list_of_dbget_ends_without_its_closing_event_too() {
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
fn list_of_wait_event_holds_events_that_subscribers_get_too() {
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
fn list_limit_is_exact() {
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

#[test]
fn list_limit_in_bytes_fails_its_call_alone() {
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
