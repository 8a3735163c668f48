//! Closing, and connections and runtimes that end by themselves.

use std::future::{Future, poll_fn};
use std::task::Poll;

use ami::{Action, Client, Config, ErrorKind, Filter};
use tokio::runtime::Builder;

use crate::{config_of, connected, joined, kind, news, runtime, settle, spawn_call};
use support::clock::{PATIENCE, patience};
use support::server::{SECRET, Server};

#[tokio::test]
async fn close_logs_off_and_wakes_every_waiting_call() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..10).map(|_| spawn_call(&client, Action::new("CoreStatus"))).collect();
    for _ in 0..10 {
        peer.action().await;
    }
    let closers: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.close().await })
        })
        .collect();
    // Calls do not wait for the server's goodbye.
    for call in calls {
        assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
    }
    let logoff = peer.action().await;
    assert_eq!(logoff.name, "Logoff");
    assert!(closers.iter().all(|closer| !closer.is_finished()), "the server has not said goodbye");
    peer.say(format!("Response: Goodbye\r\nActionID: {}\r\n\r\n", logoff.id)).await;
    for closer in closers {
        joined(closer).await.expect("closed");
    }
    peer.expect_end().await;
    client.close().await.expect("closed again");
    assert_eq!(kind(&client.ping().await), Some(ErrorKind::Closed));
    assert_eq!(kind(&client.subscribe(Filter::all())), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn close_does_not_wait_for_ever_for_a_goodbye() {
    let (client, mut peer) = connected().await;
    patience("closing", client.close()).await.expect("closed");
    assert_eq!(peer.action().await.name, "Logoff");
    peer.expect_end().await;
}

#[tokio::test]
async fn drop_of_the_last_client_logs_off() {
    let (client, mut peer) = connected().await;
    let clone = client.clone();
    drop(client);
    settle(&clone, &mut peer).await;
    drop(clone);
    let logoff = peer.action().await;
    assert_eq!(logoff.name, "Logoff");
    peer.say(format!("Response: Goodbye\r\nActionID: {}\r\n\r\n", logoff.id)).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn disconnect_ends_calls_and_subscriptions_once() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let read = spawn_call(&client, Action::new("CoreStatus"));
    peer.action().await;
    peer.say(format!("{}Event: News\r\nN: cut", news(0..2))).await;
    drop(peer);
    assert_eq!(kind(&joined(read).await), Some(ErrorKind::OutcomeUnknown));
    for expected in ["0000", "0001"] {
        let event = patience("an event", subscription.next()).await.expect("what came before");
        assert_eq!(event.text("N").as_deref(), Some(expected));
    }
    for _ in 0..2 {
        assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Disconnected));
    }
    let mut late = client.subscribe(Filter::all()).expect("a subscription");
    assert_eq!(kind(&patience("the end", late.next()).await), Some(ErrorKind::Disconnected));
    assert!(!client.is_open());
    assert_eq!(kind(&client.ping().await), Some(ErrorKind::Disconnected), "nothing was written");
    client.close().await.expect("closed");
}

#[test]
fn runtime_shutdown_ends_calls_and_subscriptions() {
    let (here, there) = (runtime(), runtime());
    let (client, mut peer) = there.block_on(async {
        let server = Server::start().await;
        let config = config_of(&server);
        let accept = tokio::spawn(async move {
            let mut peer = server.accept().await;
            peer.log_in("").await;
            peer
        });
        let client = here.spawn(Client::connect(config)).await.expect("no panic").expect("logged in");
        (client, accept.await.expect("no panic"))
    });
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let call = there.spawn({
        let client = client.clone();
        async move { client.call(&Action::new("CoreStatus")).await }
    });
    there.block_on(peer.action());
    here.shutdown_timeout(PATIENCE);
    there.block_on(async {
        assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
        assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Disconnected));
        assert_eq!(kind(&client.ping().await), Some(ErrorKind::Disconnected));
        patience("closing", client.close()).await.expect("closed");
    });
}

#[test]
fn runtime_shutdown_before_the_connection_began_ends_the_opening() {
    let (here, there) = (Builder::new_current_thread().enable_all().build().expect("a runtime"), runtime());
    let client = Client::new(Config::new("127.0.0.1", "admin", SECRET)).expect("a client");
    let mut opening = Box::pin(client.open());
    there.block_on(async {
        let guard = here.enter();
        assert!(poll_fn(|cx| Poll::Ready(opening.as_mut().poll(cx).is_pending())).await);
        drop(guard);
    });
    here.shutdown_background();
    there.block_on(async {
        assert_eq!(kind(&patience("opening", opening).await), Some(ErrorKind::Disconnected));
        patience("closing", client.close()).await.expect("closed");
    });
}
