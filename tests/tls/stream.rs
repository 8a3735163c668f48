//! The bytes: nothing is lost or doubled, and connections end with the right error.

use std::future::{Future, poll_fn};
use std::io::Write;
use std::net::TcpListener;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use ami::client::Tls;
use ami::{Action, Client, Config, Error, ErrorKind, Filter, Reconnect, Response};
use rustls::version::TLS13;
use rustls::{ServerConnection, StreamOwned};

use crate::{Authority, Folder, Peer, Server, VERSIONS, connect, names, settings};
use support::clock::{PATIENCE, patience};
use support::server::SECRET;

#[tokio::test]
async fn tls_carries_a_session_in_either_version() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let server = Server::start_tls(settings(&identity, &[version], None), |peer| {
            peer.log_in();
            let asked = peer.action();
            peer.say("Event: Before\r\n\r\n");
            peer.say(asked.reply("Success", &format!("Echo: {}\r\n", asked.get("Word").expect("the word"))));
            peer.serve();
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        let echo = patience("the call", client.call(&Action::new("Echo").with("Word", "grüße"))).await;
        assert_eq!(echo.expect("an answer").get("Echo"), Some("grüße".as_bytes()));
        assert!(patience("the event", events.next()).await.expect("an event").is("Before"));
        patience("closing", client.close()).await.expect("closed");
        server.end().expect("a session, and a goodbye of TLS");
    }
}

/// The number of actions, and of their headers of a thousand bytes: more than all buffers between the two sides hold.
const ACTIONS: usize = 80;
const HEADERS: usize = 100;

type Call = Pin<Box<dyn Future<Output = Result<Response, Error>>>>;

/// Calls that were made and not answered.
async fn large_calls(client: &Client) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for number in 0..ACTIONS {
        let mut action = Action::new("Blob").with("Number", number.to_string());
        for at in 0..HEADERS {
            action = action.with("Variable", filling(&number.to_string(), at));
        }
        let client = client.clone();
        calls.push(Box::pin(async move { client.call(&action).await }));
    }
    poll_fn(|cx| {
        assert!(calls.iter_mut().all(|call| call.as_mut().poll(cx).is_pending()), "nothing is answered");
        Poll::Ready(())
    })
    .await;
    calls
}

#[tokio::test]
async fn tls_loses_and_doubles_nothing_while_the_server_does_not_read() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let (go, wait) = mpsc::channel::<()>();
        let server = Server::start_tls(settings(&identity, &[version], None), move |peer| {
            peer.log_in();
            wait.recv_timeout(PATIENCE).expect("the word to go on");
            let mut seen = Vec::new();
            while seen.last() != Some(&"end".to_owned()) {
                let asked = peer.action();
                let number = asked.get("Number").expect("only what was sent").to_owned();
                let body: Vec<_> = asked.headers.iter().filter(|(name, _)| name == "Variable").collect();
                let intact = body.iter().enumerate().all(|(at, (_, value))| *value == filling(&number, at));
                assert!(number == "end" || (body.len() == HEADERS && intact), "action {number} is intact");
                peer.say(asked.reply("Success", &format!("Number: {number}\r\n")));
                seen.push(number);
            }
            peer.serve();
            seen
        });
        let config = server.config().tls(Tls::new().ca_file(&ca)).action_timeout(PATIENCE);
        let client = connect(config).await.expect("logged in");
        let calls = large_calls(&client).await;
        // Actions that cannot be written in time are taken back.
        let late = Action::new("Late").with("Number", "late");
        for _ in 0..3 {
            let error = client.call_within(&late, Duration::from_millis(50)).await.expect_err("blocked");
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        }
        go.send(()).expect("the server waits");
        for (number, call) in calls.into_iter().enumerate() {
            let answer = patience("an answer", call).await.expect("an answer");
            assert_eq!(answer.text("Number").as_deref(), Some(number.to_string().as_str()));
        }
        client.call(&Action::new("Blob").with("Number", "end")).await.expect("an answer");
        patience("closing", client.close()).await.expect("closed");
        let expected: Vec<_> = (0..ACTIONS).map(|number| number.to_string()).chain(["end".to_owned()]).collect();
        assert_eq!(server.end().expect("a session"), expected);
    }
}

/// A line that tells its place.
fn filling(number: &str, at: usize) -> String {
    format!("{number}.{at}={}", "x".repeat(990))
}

#[tokio::test]
async fn tls_events_come_whole_and_in_order_for_any_records() {
    const EVENTS: usize = 20_000;
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let server = Server::start_tls(settings(&identity, &[version], None), move |peer| {
            peer.log_in();
            let mut bytes = Vec::new();
            for number in 0..EVENTS {
                write!(bytes, "Event: One\r\nNumber: {number}\r\nText: {}\r\n\r\n", "y".repeat(number % 300))
                    .expect("memory");
            }
            // Records of a few bytes first, then ever larger ones.
            let (mut rest, mut size) = (&bytes[..], 1);
            while !rest.is_empty() {
                let (record, behind) = rest.split_at(size.min(rest.len()));
                peer.say(record);
                (rest, size) = (behind, size + 1 + size / 8);
                if version == &TLS13 && size % 7 == 0 {
                    peer.stream.refresh_keys();
                }
            }
            peer.serve();
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        for number in 0..EVENTS {
            let event = patience("an event", events.next()).await.expect("an event");
            assert_eq!(event.text("Number").as_deref(), Some(number.to_string().as_str()));
            assert_eq!(event.get("Text").map(<[u8]>::len), Some(number % 300));
        }
        patience("pinging", client.ping()).await.expect("an answer");
        patience("closing", client.close()).await.expect("closed");
        server.end().expect("a session");
    }
}

#[tokio::test]
async fn tls_connection_that_just_ends_is_disconnected() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    // Without a goodbye, and with bytes that are no TLS.
    for behind in ["", "nonsense, and more of it"] {
        let settings = settings(&identity, &VERSIONS, None);
        let server = Server::start(move |stream| {
            let connection = ServerConnection::new(Arc::new(settings));
            let mut raw = stream.try_clone().expect("a socket");
            let mut peer = Peer::new(Box::new(StreamOwned::new(connection.expect("a connection"), stream)));
            peer.log_in();
            peer.action();
            peer.say("Event: Last\r\n\r\n");
            raw.write_all(behind.as_bytes()).expect("the client reads");
            raw.shutdown(std::net::Shutdown::Write).expect("a socket");
            let _ = std::io::copy(&mut raw, &mut std::io::sink());
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        let error = patience("the call", client.call(&Action::new("Wait"))).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert!(patience("the event", events.next()).await.expect("what came before").is("Last"));
        let error = patience("the end", events.next()).await.expect_err("the end");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert!(error.message().contains(if behind.is_empty() { "the server closed" } else { "broke" }), "{error}");
        server.end();
    }
}

#[tokio::test]
async fn tls_connection_that_breaks_while_written_to_ends_every_call() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    let (go, wait) = mpsc::channel::<()>();
    let server = Server::start_tls(settings(&identity, &VERSIONS, None), move |peer| {
        peer.log_in();
        wait.recv_timeout(PATIENCE).expect("the word to break off");
    });
    let client =
        connect(server.config().tls(Tls::new().ca_file(&ca)).action_timeout(PATIENCE)).await.expect("logged in");
    let calls = large_calls(&client).await;
    client.call_within(&Action::new("Late"), Duration::from_millis(50)).await.expect_err("blocked");
    // It hangs up without having read, which breaks the link on both ways.
    go.send(()).expect("the server waits");
    let mut kinds = Vec::new();
    for call in calls {
        kinds.push(patience("the outcome", call).await.expect_err("nobody answers").kind());
    }
    let unknown = kinds.iter().take_while(|kind| **kind == ErrorKind::OutcomeUnknown).count();
    assert!(unknown > 0 && unknown < kinds.len(), "some were written and some not: {kinds:?}");
    assert!(kinds[unknown..].iter().all(|kind| *kind == ErrorKind::Disconnected), "{kinds:?}");
    patience("closing", client.close()).await.expect("closed");
    server.end().expect("a session");
}

#[tokio::test]
async fn tls_reconnects() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let settings = Arc::new(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        for is_last in [false, false, true] {
            let (stream, _) = listener.accept().expect("a connection");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
            let connection = ServerConnection::new(Arc::clone(&settings)).expect("a connection");
            let mut peer = Peer::new(Box::new(StreamOwned::new(connection, stream)));
            peer.log_in();
            peer.say(format!("Event: Up\r\nLast: {is_last}\r\n\r\n"));
            if is_last {
                peer.serve();
            }
        }
    });
    let quickly = Reconnect::new(Duration::from_millis(1), Duration::from_millis(5));
    let config = Config::new("localhost", "admin", SECRET).port(port).reconnect(quickly);
    let client = Client::new(config.tls(Tls::new().ca_file(&ca))).expect("a client");
    let mut events = client.subscribe(Filter::names(["Up"]).expect("names")).expect("a subscription");
    patience("opening", client.open()).await.expect("logged in");
    for last in ["false", "false", "true"] {
        let event = patience("the event", events.next()).await.expect("an event");
        assert_eq!(event.text("Last").as_deref(), Some(last));
    }
    patience("pinging", client.ping()).await.expect("an answer");
    patience("closing", client.close()).await.expect("closed");
    server.join().expect("the server has no complaints");
}

/// The caller's own write is what finds out.
#[tokio::test]
async fn tls_write_to_a_dead_connection_ends_it() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let (go, wait) = mpsc::channel::<()>();
    let server = Server::start_tls(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None), move |peer| {
        peer.log_in();
        wait.recv_timeout(PATIENCE).expect("the word to go");
    });
    let client = connect(server.config().tls(Tls::new().ca_file(&ca))).await.expect("logged in");
    go.send(()).expect("the server waits");
    // The link's task does not run while this waits, so it does not see the end.
    server.end().expect("a session");
    // The first is still taken, and answered by the news that nobody is there.
    let action = Action::new("Write");
    let (mut first, mut second) = (pin!(client.call(&action)), pin!(client.call(&action)));
    poll_fn(|cx| {
        assert!(first.as_mut().poll(cx).is_pending() && second.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    for call in [first, second] {
        let error = patience("the outcome", call).await.expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    }
    patience("closing", client.close()).await.expect("closed");
}
