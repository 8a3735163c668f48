//! The tokio client against servers that do as a test tells them: opening, closing, calls, subscriptions, lost connections.
#![cfg(feature = "client")]

mod calls;
mod closing;
mod opening;
mod queues;
mod reconnecting;
mod subscriptions;

use std::future::ready;

use ami::events::{OverflowPolicy, QueueLimits};
use ami::{Action, Client, Config, Error, ErrorKind, Filter, MessageKind, Response, Subscription};
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use support::clock::patience;
use support::server::{Peer, SECRET, Server};

fn config_of(server: &Server) -> Config {
    Config::new("127.0.0.1", "admin", SECRET).port(server.port())
}

async fn connect(server: &Server, config: Config) -> (Client, Peer) {
    let (client, peer) = tokio::join!(patience("connecting", Client::connect(config)), async {
        let mut peer = server.accept().await;
        peer.log_in("").await;
        peer
    });
    (client.expect("logged in"), peer)
}

async fn connected() -> (Client, Peer) {
    let server = Server::start().await;
    connect(&server, config_of(&server)).await
}

/// Everything that the server said so far has been handed out once this returns.
async fn settle(client: &Client, peer: &mut Peer) {
    let (pong, _) = tokio::join!(patience("a ping", client.ping()), peer.answer());
    pong.expect("a pong");
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

fn spawn_call(client: &Client, action: Action) -> tokio::task::JoinHandle<Result<Response, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.call(&action).await })
}

async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    patience("a task", task).await.expect("no panic")
}

fn news(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| format!("Event: News\r\nN: {number:04}\r\n\r\n")).collect()
}

/// The events that wait in the subscription: the number of each, and `lost N` for a marker.
fn waiting(subscription: &mut Subscription) -> Vec<String> {
    std::iter::from_fn(|| subscription.try_next().ok().flatten())
        .map(|event| match event.kind() {
            MessageKind::Lagged => format!("lost {}", event.text("Lost").expect("a number")),
            MessageKind::Gap => "gap".to_owned(),
            MessageKind::State => event.text("State").expect("a state").into_owned(),
            _ => event.text("N").unwrap_or_default().trim_start_matches("000").to_owned(),
        })
        .collect()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// The queue's limits that hold exactly so many of the events of [`news`], by number or by bytes.
async fn limits_for(events: usize, by_bytes: bool, policy: OverflowPolicy) -> QueueLimits {
    if !by_bytes {
        return QueueLimits::default().events(events).policy(policy);
    }
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..1)).await;
    let size = patience("an event", subscription.next()).await.expect("an event").size();
    QueueLimits::default().bytes(events * size).policy(policy)
}

async fn limited(events: usize, by_bytes: bool, policy: OverflowPolicy) -> (Client, Peer) {
    let server = Server::start().await;
    let config = config_of(&server).event_queue(limits_for(events, by_bytes, policy).await);
    connect(&server, config).await
}

/// Answers each action at once, on every connection.
fn echo(server: Server) -> AbortHandle {
    server.serve(|_, asked| ready(Some(asked.accept())))
}
