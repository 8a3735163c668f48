//! Calls that the server sets up: what becomes of them is told once, and never waited for without end.
#![cfg(feature = "client")]

use std::time::{Duration, Instant};

use ami::client::{Originate, OriginateOutcome, OriginateReason};
use ami::{Action, Client, Config, Error, ErrorKind, Reconnect, State};
use tokio::net::TcpListener;

use support::clock::{PATIENCE, patience};
use support::server::{Asked, SECRET, Server};

const TAKEN: &str = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n";

/// Accepts a connection, logs it in, and says these for each Originate, with its ActionID in them; "hang up" does so.
/// Returns the Originates it has got.
async fn serve(server: &Server, pieces: &[&str]) -> Vec<Asked> {
    let mut peer = server.accept().await;
    peer.log_in("").await;
    let mut calls = Vec::new();
    while let Some(asked) = peer.try_action().await {
        if asked.name != "Originate" {
            peer.say(asked.accept()).await;
            continue;
        }
        for piece in pieces {
            if *piece == "hang up" {
                calls.push(asked);
                return calls;
            }
            peer.say(piece.replace("{id}", &asked.id)).await;
        }
        calls.push(asked);
    }
    calls
}

fn told(id: &str, said: &str, reason: &str) -> String {
    format!(
        "Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: {id}\r\nResponse: {said}\r\nChannel: PJSIP/100-1\r\n\
         Reason: {reason}\r\nUniqueid: 17.1\r\n\r\n"
    )
}

fn config_of(server: &Server) -> Config {
    Config::new("127.0.0.1", "admin", SECRET).port(server.port())
}

fn call() -> Originate {
    Originate::new("PJSIP/100").extension("default", "200", "1")
}

/// The outcome of the call where the server says this, and the Originates that it got.
async fn outcome(call: &Originate, pieces: &[&str]) -> (Result<OriginateOutcome, Error>, Vec<Asked>) {
    let server = Server::start().await;
    let config = config_of(&server);
    let calling = async {
        let client = Client::connect(config.action_timeout(PATIENCE)).await.expect("logged in");
        let outcome = client.originate(call).await;
        client.close().await.expect("closed");
        outcome
    };
    patience("the call", async { tokio::join!(calling, serve(&server, pieces)) }).await
}

#[tokio::test]
async fn originate_outcome_is_matched_by_its_action_id_in_any_order() {
    let (mine, other) = (told("{id}", "Success", "4"), told("{id}x", "Failure", "5"));
    for pieces in [[TAKEN, &other, &mine], [&other, &mine, TAKEN], [&mine, TAKEN, &other]] {
        let (outcome, calls) = outcome(&call().variable("A", "x,y"), &pieces).await;
        let outcome = outcome.expect("an outcome");
        assert!(outcome.is_answered());
        assert_eq!(outcome.reason(), OriginateReason::Answered);
        assert_eq!((outcome.channel(), outcome.uniqueid()), (Some(&b"PJSIP/100-1"[..]), Some(&b"17.1"[..])));
        assert_eq!(outcome.response().get("ActionID"), outcome.event().action_id());
        assert_eq!(calls[0].get("Async"), Some("true"));
        assert_eq!(calls[0].get("Variable"), Some("A=x\\,y"));
    }
}

#[tokio::test]
async fn originate_reasons_have_names_and_numbers() {
    for (number, name, back) in
        [("0", "failed", 0), ("1", "no-answer", 1), ("3", "no-answer", 1), ("5", "busy", 5), ("8", "congestion", 8)]
    {
        let (outcome, _) = outcome(&call(), &[TAKEN, &told("{id}", "Failure", number)]).await;
        let outcome = outcome.expect("an outcome");
        assert!(!outcome.is_answered());
        assert_eq!((outcome.reason().name(), outcome.reason().number()), (name, back), "reason {number}");
    }
}

#[tokio::test]
async fn originate_outcome_that_does_not_come_is_unknown_in_time() {
    let begun = Instant::now();
    let call = call().timeout(Duration::from_millis(50)).deadline(Duration::from_millis(200));
    let (outcome, _) = outcome(&call, &[TAKEN]).await;
    let error = outcome.expect_err("nothing was told");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    assert!(begun.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn originate_wait_ends_by_a_disconnect() {
    for reconnect in [None, Some(Reconnect::new(Duration::from_millis(10), Duration::from_millis(20)))] {
        let server = Server::start().await;
        let config = config_of(&server);
        let serving = async {
            // The end of the link comes behind the answer.
            serve(&server, &[TAKEN, "hang up"]).await;
            if reconnect.is_some() {
                serve(&server, &[]).await;
            }
        };
        let calling = async {
            let config = config.action_timeout(2 * PATIENCE).reconnect(reconnect);
            let client = Client::connect(config).await.expect("logged in");
            let error = client.originate(&call()).await.expect_err("the connection was lost");
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
            client.close().await.expect("closed");
        };
        patience("the call", async { tokio::join!(calling, serving) }).await;
    }
}

#[tokio::test]
async fn originate_that_is_refused_or_cannot_be_sent_says_why() {
    let refused = "Response: Error\r\nActionID: {id}\r\nMessage: Extension does not exist.\r\n\r\n";
    let (outcome, _) = outcome(&call(), &[refused]).await;
    assert_eq!(outcome.expect_err("refused").kind(), ErrorKind::Action);
    let client = Client::new(Config::new("127.0.0.1", "admin", "secret")).expect("a client");
    for call in [Originate::new("PJSIP/100"), Originate::new("").application("Wait", "1"), call().variable("A B", "1")]
    {
        assert_eq!(client.originate(&call).await.expect_err("refused").kind(), ErrorKind::Invalid);
        assert_eq!(client.start_originate(&call).await.expect_err("refused").kind(), ErrorKind::Invalid);
    }
}

#[test]
fn originate_from_an_action() {
    let made = |action: Action| Originate::of_action(&action).map(drop);
    assert!(made(Action::new("originate").with("Channel", "PJSIP/100")).is_ok());
    assert!(made(Action::new("Originate").with("Async", "yes")).is_ok());
    assert!(made(Action::new("Originate").with("Async", "false")).is_err());
    assert!(made(Action::new("Ping")).is_err());
}

#[tokio::test]
async fn first_connection_is_retried_if_wanted() {
    let server = Server::start().await;
    let config = config_of(&server);
    let address = server.listener.local_addr().expect("an address");
    drop(server);
    let reconnect = Reconnect::new(Duration::from_millis(10), Duration::from_millis(50));
    let plain = config.clone().reconnect(reconnect);
    assert_eq!(Client::connect(plain.clone()).await.expect_err("nobody listens").kind(), ErrorKind::Refused);
    let client = Client::new(plain.retry_first_connect(true)).expect("a client");
    let server = async {
        client.until(State::Waiting).await.expect("an attempt failed");
        let server = Server { listener: TcpListener::bind(address).await.expect("the port again") };
        serve(&server, &[]).await;
    };
    let opening = async {
        client.open().await.expect("logged in at last");
        client.close().await.expect("closed");
    };
    patience("opening", async { tokio::join!(opening, server) }).await;
}

#[tokio::test]
async fn first_connection_retries_end_by_close_and_after_their_attempts() {
    let server = Server::start().await;
    let config = config_of(&server);
    drop(server);
    let mut reconnect = Reconnect::new(Duration::from_millis(10), Duration::from_millis(50));
    let client = Client::new(config.clone().reconnect(reconnect).retry_first_connect(true)).expect("a client");
    let closing = async {
        client.until(State::Waiting).await.expect("an attempt failed");
        client.close().await.expect("closed");
    };
    let (opened, ()) = patience("opening", async { tokio::join!(client.open(), closing) }).await;
    assert_eq!(opened.expect_err("closed").kind(), ErrorKind::Closed);
    reconnect.attempts = Some(2);
    let config = config.reconnect(reconnect).retry_first_connect(true);
    assert_eq!(
        patience("attempts", Client::connect(config.clone())).await.expect_err("over").kind(),
        ErrorKind::Refused
    );
    assert_eq!(Client::new(config.reconnect(None)).expect_err("no policy").kind(), ErrorKind::Invalid);
}
