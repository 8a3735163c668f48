//! Connections that are lost and made again.

use std::time::{Duration, Instant};

use ami::events::OverflowPolicy;
use ami::{Action, Client, Config, ErrorKind, Filter, MessageKind, Reconnect, State, Subscription};
use tokio::net::TcpListener;

use crate::{config_of, connect, echo, joined, kind, limits_for, news, settle, spawn_call, waiting};
use support::clock::{PATIENCE, patience};
use support::server::{Peer, Server};

fn reconnecting(server: &Server) -> Config {
    let policy = Reconnect::new(Duration::from_millis(5), Duration::from_millis(50));
    config_of(server).reconnect(policy).keepalive(Duration::ZERO)
}

async fn again(server: &Server) -> Peer {
    let mut peer = server.accept().await;
    peer.log_in("").await;
    peer
}

#[tokio::test]
async fn reconnect_marks_the_gap_and_the_states() {
    let server = Server::start().await;
    let client = Client::new(reconnecting(&server)).expect("a client");
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    let mut gaps = client.subscribe(Filter::names(["#gap"]).expect("names")).expect("a subscription");
    assert_eq!(client.state(), State::New);
    let (opened, mut peer) = tokio::join!(patience("opening", client.open()), again(&server));
    opened.expect("open");
    assert_eq!(client.state(), State::Open);
    peer.say(news(0..2)).await;
    settle(&client, &mut peer).await;
    let before = std::time::SystemTime::now();
    drop(peer);
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    peer.say(news(2..3)).await;
    settle(&client, &mut peer).await;
    assert_eq!(waiting(&mut all), ["0", "1", "gap", "2"]);
    assert_eq!(waiting(&mut states), ["connecting", "open", "waiting", "connecting", "open"]);
    let gap = gaps.try_next().expect("open").expect("a marker");
    assert_eq!((gap.kind(), gap.name()), (MessageKind::Gap, &b"#gap"[..]));
    let time = |name: &str| gap.text(name).expect("a time").parse::<f64>().expect("a number");
    let since = |at: std::time::SystemTime| at.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    assert!(time("From") <= since(before) + 0.01 && time("From") > since(before) - 20.0, "{gap:?}");
    assert!(time("From") < time("Until") && time("Until") <= since(std::time::SystemTime::now()) + 0.01, "{gap:?}");
    assert_eq!(gap.text("Cause").as_deref(), Some("the server closed the connection"));
}

#[tokio::test]
async fn reconnect_finds_a_server_that_was_away() {
    let server = Server::start().await;
    let address = server.listener.local_addr().expect("an address");
    let (client, peer) = connect(&server, reconnecting(&server)).await;
    let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    drop((server, peer));
    for _ in 0..8 {
        patience("a state", states.next()).await.expect("it goes on");
    }
    let server = Server { listener: TcpListener::bind(address).await.expect("the same port") };
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    settle(&client, &mut peer).await;
}

#[tokio::test]
async fn reconnect_lets_calls_fail_at_once_or_wait_as_configured() {
    for waits in [false, true] {
        let server = Server::start().await;
        let config = reconnecting(&server).wait_for_reconnect(waits);
        let (client, mut peer) = connect(&server, config).await;
        let written = spawn_call(&client, Action::new("Originate"));
        peer.action().await;
        drop(peer);
        assert_eq!(kind(&joined(written).await), Some(ErrorKind::OutcomeUnknown));
        let call = spawn_call(&client, Action::new("CoreStatus").with("Echo", "later"));
        if waits {
            let mut peer = again(&server).await;
            assert_eq!(peer.answer().await.name, "CoreStatus", "only what was never written");
            assert_eq!(joined(call).await.expect("an answer").text("Echo").as_deref(), Some("later"));
        } else {
            assert_eq!(kind(&joined(call).await), Some(ErrorKind::Disconnected));
        }
    }
}

#[tokio::test]
async fn reconnect_lets_a_waiting_call_time_out() {
    let server = Server::start().await;
    let config = reconnecting(&server).wait_for_reconnect(true);
    let (client, peer) = connect(&server, config).await;
    drop((server, peer));
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let outcome = patience("the call", client.call_within(&Action::new("CoreStatus"), Duration::from_millis(50))).await;
    assert_eq!(kind(&outcome), Some(ErrorKind::Timeout));
}

#[tokio::test]
async fn reconnect_ends_at_once_by_close() {
    let server = Server::start().await;
    let policy = Reconnect::new(Duration::from_secs(3600), Duration::from_secs(3600));
    let (client, peer) = connect(&server, config_of(&server).reconnect(policy)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    drop(peer);
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    patience("closing", client.close()).await.expect("closed");
    assert_eq!(client.state(), State::Closed);
    assert_eq!(kind(&client.subscribe(Filter::all())), Some(ErrorKind::Closed));
    assert_eq!(kind(&patience("the end", all.next()).await), Some(ErrorKind::Closed));
    assert_eq!(kind(&patience("no more", client.until(State::Open)).await), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn reconnect_ends_by_a_refused_login() {
    let server = Server::start().await;
    let (client, peer) = connect(&server, reconnecting(&server)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    drop(peer);
    let mut peer = server.accept().await;
    let asked = peer.challenge().await;
    peer.say(format!("Response: Error\r\nActionID: {}\r\nMessage: Authentication failed\r\n\r\n", asked.id)).await;
    assert_eq!(kind(&patience("the end", all.next()).await), Some(ErrorKind::Auth));
    assert_eq!(kind(&patience("no more", client.until(State::Open)).await), Some(ErrorKind::Auth));
}

#[tokio::test]
async fn keepalive_finds_a_half_open_connection() {
    let server = Server::start().await;
    let config =
        reconnecting(&server).keepalive(Duration::from_millis(50)).keepalive_timeout(Duration::from_millis(50));
    let (client, mut silent) = connect(&server, config).await;
    assert_eq!(silent.answer().await.name, "Ping");
    assert_eq!(silent.action().await.name, "Ping", "again after as much silence");
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let _peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
}

#[tokio::test]
async fn reconnect_keeps_losses_on_their_side_of_a_gap() {
    for policy in [OverflowPolicy::DropOldest, OverflowPolicy::DropNewest] {
        let server = Server::start().await;
        let limits = limits_for(3, false, policy).await;
        let (client, mut peer) = connect(&server, reconnecting(&server).event_queue(limits)).await;
        let mut all = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..5)).await;
        settle(&client, &mut peer).await;
        drop(peer);
        let mut peer = again(&server).await;
        patience("the next link", client.until(State::Open)).await.expect("open again");
        peer.say(news(5..7)).await;
        settle(&client, &mut peer).await;
        peer.say(news(7..10)).await;
        settle(&client, &mut peer).await;
        drop(peer);
        let _peer = again(&server).await;
        patience("the next link", client.until(State::Open)).await.expect("open again");
        let seen = waiting(&mut all);
        match policy {
            OverflowPolicy::DropOldest => assert_eq!(seen, ["lost 5", "gap", "lost 2", "7", "8", "9", "gap"]),
            _ => assert_eq!(seen, ["0", "1", "2", "lost 2", "gap", "lost 5", "gap"]),
        }
    }
}

#[tokio::test]
async fn markers_that_nobody_reads_are_at_most_1000() {
    let server = Server::start().await;
    let policy = Reconnect::new(Duration::from_micros(1), Duration::from_micros(1));
    let (client, peer) = connect(&server, config_of(&server).reconnect(policy)).await;
    let mut states = client.subscribe(Filter::names(["#state", "#lagged"]).expect("names")).expect("a subscription");
    drop((server, peer));
    // Refused over and over: two markers an attempt.
    let mut watched = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    for _ in 0..3000 {
        patience("a state", watched.next()).await.expect("it goes on");
    }
    patience("closing", client.close()).await.expect("closed");
    let seen = waiting(&mut states);
    assert!(seen[0].starts_with("lost ") && seen.len() == 1001, "{} {}", seen.len(), seen[0]);
}

#[tokio::test]
async fn stats_count_events_actions_and_reconnects() {
    let server = Server::start().await;
    let limits = limits_for(3, false, OverflowPolicy::DropOldest).await;
    let (client, mut peer) = connect(&server, reconnecting(&server).event_queue(limits)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let none = client.subscribe(Filter::names(["Rare"]).expect("names")).expect("a subscription");
    let before = client.stats();
    peer.say(news(0..5)).await;
    settle(&client, &mut peer).await;
    let counted = |of: &Subscription| {
        let counters = of.counters();
        (counters.received, counters.delivered, counters.dropped, counters.waiting)
    };
    assert_eq!(counted(&all), (5, 0, 2, 3));
    assert!(all.counters().waiting_bytes > 3 * news(0..1).len());
    assert_eq!(all.try_next().expect("open").map(|event| event.kind()), Some(MessageKind::Lagged));
    assert_eq!(counted(&all), (5, 0, 2, 3), "a marker is no event");
    all.try_next().expect("open");
    assert_eq!(counted(&all), (5, 1, 2, 2), "taken together, and not read yet");
    assert_eq!(counted(&none), (0, 0, 0, 0));
    drop(peer);
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    let call = spawn_call(&client, Action::new("CoreStatus"));
    peer.action().await;
    let stats = client.stats();
    assert_eq!((stats.events, stats.actions - before.actions, stats.in_flight, stats.reconnects), (5, 2, 1, 1));
    assert_eq!(stats.round_trips.count() - before.round_trips.count(), 1);
    assert!(stats.bytes_received - before.bytes_received > news(0..5).len() as u64);
    assert!(stats.bytes_sent > before.bytes_sent);
    waiting(&mut all);
    assert_eq!(counted(&all), (5, 3, 2, 0));
    assert_eq!(all.counters().waiting_bytes, 0);
    drop(peer);
    assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
}

#[tokio::test]
async fn reconnect_gets_its_turn_beside_a_loop_of_failing_calls() {
    let server = Server::start().await;
    let config = reconnecting(&server);
    let (client, peer) = connect(&server, config).await;
    let _echo = echo(server);
    drop(peer);
    let start = Instant::now();
    // It waits for nothing itself, and the runtime has one thread.
    while client.ping().await.is_err() || client.stats().reconnects == 0 {
        assert!(start.elapsed() < PATIENCE, "the link's task gets its turn");
    }
}
