//! Calls: answers in any order, time-outs, cancellation, and servers that stop reading.

use std::collections::HashSet;
use std::time::Duration;

use ami::{Action, Client, ErrorKind, Filter, MessageKind};
use tokio::task::JoinSet;

use crate::{config_of, connect, connected, echo, joined, kind, news, settle, spawn_call, waiting};
use support::clock::patience;
use support::server::{Asked, Server};

#[tokio::test]
async fn calls_answered_in_reverse_order_get_their_own_answers() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..100)
        .map(|number| spawn_call(&client, Action::new("CoreSettings").with("Echo", number.to_string())))
        .collect();
    let mut asked = Vec::new();
    for _ in 0..100 {
        asked.push(peer.action().await);
    }
    let ids: HashSet<&str> = asked.iter().map(|asked| asked.id.as_str()).collect();
    assert_eq!(ids.len(), 100);
    for asked in asked.iter().rev() {
        peer.say(asked.success()).await;
    }
    for (number, call) in calls.into_iter().enumerate() {
        let response = joined(call).await.expect("a response");
        assert_eq!(response.text("Echo").as_deref(), Some(number.to_string().as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_of_many_threads_are_all_answered() {
    let server = Server::start().await;
    let config = config_of(&server);
    let _serving = echo(server);
    let client = patience("connecting", Client::connect(config)).await.expect("logged in");
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let client = client.clone();
        callers.spawn(async move {
            for number in 0..300 {
                let mine = format!("{caller}.{number}");
                let action = Action::new("CoreSettings").with("Echo", &mine);
                let response = patience("a call", client.call(&action)).await.expect("a response");
                assert_eq!(response.text("Echo").as_deref(), Some(mine.as_str()));
            }
        });
    }
    while let Some(result) = callers.join_next().await {
        result.expect("no panic");
    }
    patience("closing", client.close()).await.expect("closed");
}

#[tokio::test]
async fn calls_that_are_cancelled_leave_nothing_behind() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let calls: Vec<_> = (0..50)
        .map(|number| spawn_call(&client, Action::new("CoreStatus").with("ActionID", format!("mine {number}"))))
        .collect();
    let mut asked = Vec::new();
    for _ in 0..50 {
        asked.push(peer.action().await);
    }
    for call in calls {
        call.abort();
        assert!(patience("the abort", call).await.expect_err("cancelled").is_cancelled());
    }
    let again = Action::new("CoreStatus").with("ActionID", "mine 7");
    assert_eq!(kind(&client.call(&again).await), Some(ErrorKind::Invalid), "the first one may still be answered");
    for asked in &asked {
        peer.say(asked.success()).await;
    }
    settle(&client, &mut peer).await;
    assert!(waiting(&mut subscription).is_empty(), "nobody's answers are no events");
    let (response, _) = tokio::join!(patience("a call", client.call(&again)), peer.answer());
    response.expect("a response");
}

#[tokio::test]
async fn calls_that_time_out_do_not_disturb_the_next() {
    let (client, mut peer) = connected().await;
    let slow = Action::new("CoreStatus").with("Echo", "slow");
    let late = patience("a call", client.call_within(&slow, Duration::from_millis(50))).await;
    assert_eq!(kind(&late), Some(ErrorKind::OutcomeUnknown));
    let slow = peer.action().await;
    let next = spawn_call(&client, Action::new("CoreStatus").with("Echo", "next"));
    let next_asked = peer.action().await;
    peer.say(format!("{}{}", slow.success(), next_asked.success())).await;
    assert_eq!(joined(next).await.expect("a response").text("Echo").as_deref(), Some("next"));
}

#[tokio::test]
async fn timeout_duration_max_does_not_overflow() {
    let server = Server::start().await;
    let config = config_of(&server).connect_timeout(Duration::MAX).action_timeout(Duration::MAX);
    let (client, mut peer) = connect(&server, config).await;
    let action = Action::new("CoreStatus");
    for timeout in [None, Some(Duration::MAX)] {
        let (response, _) = tokio::join!(patience("a call", client.call_within(&action, timeout)), peer.answer());
        response.expect("a response");
    }
}

#[tokio::test]
async fn calls_of_commands_and_lists_return_all_of_them() {
    let (client, mut peer) = connected().await;
    let (response, ()) = tokio::join!(patience("a command", client.command("core show version")), async {
        let asked = peer.action().await;
        assert_eq!((asked.name.as_str(), asked.get("Command")), ("Command", Some("core show version")));
        peer.say(format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {}\r\n", asked.id)).await;
        peer.say("a\nEvent: Fake\n\nb\n--END COMMAND--\r\n\r\n").await;
    });
    assert_eq!(response.expect("text").output(), Some(&b"a\nEvent: Fake\n\nb"[..]));

    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let action = Action::new("CoreShowChannels");
    let (response, ()) = tokio::join!(patience("a list", client.call(&action)), async {
        let id = peer.action().await.id;
        peer.say(format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
        for number in 0..3 {
            peer.say(format!("Event: CoreShowChannel\r\nActionID: {id}\r\n\r\n{}", news(number..number + 1))).await;
        }
        peer.say(format!("Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")).await;
    });
    assert_eq!(response.expect("a list").events().len(), 3);
    assert_eq!(waiting(&mut subscription), ["0", "1", "2"], "events came before the list's end, entries not at all");
}

#[tokio::test]
async fn command_text_without_an_end_times_out_and_hides_no_events() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let command = Action::new("Command").with("Command", "core show version");
    let call = client.call_within(&command, Duration::from_millis(300));
    let (response, ()) = tokio::join!(patience("a command", call), async {
        let id = peer.action().await.id;
        peer.say(format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\na text\r\n\r\n{}", news(0..3)))
            .await;
    });
    assert_eq!(response.expect_err("it has no end").kind(), ErrorKind::OutcomeUnknown);
    for number in ["0000", "0001", "0002"] {
        let event = patience("an event", subscription.next()).await.expect("open");
        assert_eq!(event.text("N").as_deref(), Some(number));
    }
    peer.say(news(3..4)).await;
    patience("an event", subscription.next()).await.expect("the link is there");
    // Messages that are no events are counted in their place.
    peer.say("Response: Success\r\n\r\nResponse: Success\r\n\r\n").await;
    peer.say(news(4..5)).await;
    let marker = patience("a marker", subscription.next()).await.expect("open");
    assert_eq!((marker.kind(), marker.text("Messages").as_deref()), (MessageKind::Skipped, Some("2")));
    assert_eq!(patience("an event", subscription.next()).await.expect("open").text("N").as_deref(), Some("0004"));
}

#[tokio::test]
async fn markers_are_not_imitated_by_a_servers_event() {
    let (client, mut peer) = connected().await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let named = Filter::names(["#gap", "#lagged", "#skipped", "#state", "News"]).expect("names");
    let mut named = client.subscribe(named).expect("a subscription");
    peer.say("Event: #gap\r\nFrom: 1\r\n\r\nEvent: #Lagged\r\nLost: 7\r\n\r\n").await;
    peer.say(news(0..1)).await;
    let first = patience("an event", named.next()).await.expect("open");
    assert_eq!(first.text("N").as_deref(), Some("0000"));
    for name in ["#gap", "#Lagged", "News"] {
        let event = patience("an event", all.next()).await.expect("open");
        assert_eq!((event.kind(), event.name()), (MessageKind::Event, name.as_bytes()));
    }
}

/// Actions of some hundred kilobytes each, so that a few fill what the system buffers.
fn heavy(number: usize) -> Action {
    (0..100).fold(Action::new("UserEvent").with("Echo", number.to_string()), |action, at| {
        action.with(format!("Filler-{at}"), format!("{number}/{at} {}", "x".repeat(980)))
    })
}

fn check_heavy(asked: &Asked) -> usize {
    let number: usize = asked.get("Echo").and_then(|number| number.parse().ok()).expect("a number");
    assert_eq!(asked.headers.len(), 103);
    for (at, (name, value)) in asked.headers[3..].iter().enumerate() {
        assert_eq!(*name, format!("Filler-{at}"));
        assert_eq!(*value, format!("{number}/{at} {}", "x".repeat(980)));
    }
    number
}

#[tokio::test]
async fn write_to_a_server_that_stops_reading_arrives_once_later() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..200).map(|number| spawn_call(&client, heavy(number))).collect();
    // The calls are all made before the server reads on; events still come through.
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..1)).await;
    patience("an event", subscription.next()).await.expect("an event");
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let asked = peer.answer().await;
        assert!(seen.insert(check_heavy(&asked)), "each comes once");
    }
    for (number, call) in calls.into_iter().enumerate() {
        let response = joined(call).await.expect("a response");
        assert_eq!(response.text("Echo").as_deref(), Some(number.to_string().as_str()));
    }
}

#[tokio::test]
async fn write_never_sends_a_call_that_timed_out_before() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.call_within(&heavy(number), Duration::from_millis(300)).await })
        })
        .collect();
    let mut unwritten = HashSet::new();
    for (number, call) in calls.into_iter().enumerate() {
        match kind(&joined(call).await) {
            Some(ErrorKind::Timeout) => assert!(unwritten.insert(number)),
            other => assert_eq!(other, Some(ErrorKind::OutcomeUnknown)),
        }
    }
    assert!(!unwritten.is_empty() && unwritten.len() < 200, "{} were not written", unwritten.len());
    let last = spawn_call(&client, Action::new("CoreStatus"));
    let mut written = HashSet::new();
    loop {
        let asked = peer.answer().await;
        if asked.name == "CoreStatus" {
            break;
        }
        assert!(written.insert(check_heavy(&asked)), "each comes once");
    }
    joined(last).await.expect("a response");
    assert!(written.is_disjoint(&unwritten));
    assert_eq!(written.len() + unwritten.len(), 200);
}
