//! Calls that the server sets up: what becomes of them is told once, and never waited for without end.
#![cfg(feature = "client")]

use std::future::Future;
use std::time::{Duration, Instant};

use ami::client::{Originate, OriginateOutcome, OriginateReason};
use ami::{Action, Client, Config, Error, ErrorKind, Reconnect, State};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);
const TAKEN: &str = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n";

async fn patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

/// Reads one action, as text.
async fn action(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(text).ok()
}

fn header<'a>(action: &'a str, name: &str) -> Option<&'a str> {
    action.lines().filter_map(|line| line.split_once(": ")).find(|(have, _)| *have == name).map(|(_, value)| value)
}

/// Accepts a link, logs it in, and says these for each Originate, with its ActionID in them; "hang up" does so. Returns the
/// Originates it has got.
async fn serve(listener: &TcpListener, pieces: &[&str]) -> Vec<String> {
    let (mut stream, _) = listener.accept().await.expect("a link");
    stream.write_all(b"Asterisk Call Manager/5.0.4\r\n").await.expect("written");
    let mut calls = Vec::new();
    while let Some(asked) = action(&mut stream).await {
        let id = header(&asked, "ActionID").expect("an ActionID").to_owned();
        let is_call = header(&asked, "Action") == Some("Originate");
        let own = ["Response: Success\r\nActionID: {id}\r\nChallenge: 1\r\n\r\n"];
        for piece in if is_call { pieces } else { &own[..] } {
            if *piece == "hang up" {
                calls.push(asked);
                return calls;
            }
            let _ = stream.write_all(piece.replace("{id}", &id).as_bytes()).await;
        }
        if is_call {
            calls.push(asked);
        }
    }
    calls
}

fn told(id: &str, said: &str, reason: &str) -> String {
    format!(
        "Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: {id}\r\nResponse: {said}\r\nChannel: PJSIP/100-1\r\n\
         Reason: {reason}\r\nUniqueid: 17.1\r\n\r\n"
    )
}

async fn listener() -> (TcpListener, Config) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, Config::new("127.0.0.1", "admin", "secret").port(port))
}

fn call() -> Originate {
    Originate::new("PJSIP/100").extension("default", "200", "1")
}

/// What becomes of the call where the server says this; and what it got.
async fn outcome(call: &Originate, pieces: &[&str]) -> (Result<OriginateOutcome, Error>, Vec<String>) {
    let (listener, config) = listener().await;
    let calling = async {
        let client = Client::connect(config.action_timeout(PATIENCE)).await.expect("logged in");
        let outcome = client.originate(call).await;
        client.close().await.expect("closed");
        outcome
    };
    patience("the call", async { tokio::join!(calling, serve(&listener, pieces)) }).await
}

#[tokio::test]
async fn an_outcome_is_matched_by_its_action_id_in_any_order() {
    let (mine, other) = (told("{id}", "Success", "4"), told("{id}x", "Failure", "5"));
    for pieces in [[TAKEN, &other, &mine], [&other, &mine, TAKEN], [&mine, TAKEN, &other]] {
        let (outcome, calls) = outcome(&call().variable("A", "x,y"), &pieces).await;
        let outcome = outcome.expect("an outcome");
        assert!(outcome.is_answered());
        assert_eq!(outcome.reason(), OriginateReason::Answered);
        assert_eq!((outcome.channel(), outcome.uniqueid()), (Some(&b"PJSIP/100-1"[..]), Some(&b"17.1"[..])));
        assert_eq!(outcome.response().get("ActionID"), outcome.event().action_id());
        assert_eq!(header(&calls[0], "Async"), Some("true"));
        assert_eq!(header(&calls[0], "Variable"), Some("A=x\\,y"));
    }
}

#[tokio::test]
async fn reasons_have_names_and_numbers() {
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
async fn an_outcome_that_is_not_told_is_unknown_in_time() {
    let begun = Instant::now();
    let call = call().timeout(Duration::from_millis(50)).deadline(Duration::from_millis(200));
    let (outcome, _) = outcome(&call, &[TAKEN]).await;
    let error = outcome.expect_err("nothing was told");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    assert!(begun.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn a_link_that_is_lost_meanwhile_ends_the_wait() {
    for reconnect in [None, Some(Reconnect::new(Duration::from_millis(10), Duration::from_millis(20)))] {
        let (listener, config) = listener().await;
        let serving = async {
            // The end of the link comes behind the answer.
            serve(&listener, &[TAKEN, "hang up"]).await;
            if reconnect.is_some() {
                serve(&listener, &[]).await;
            }
        };
        let calling = async {
            let config = config.action_timeout(2 * PATIENCE).reconnect(reconnect);
            let client = Client::connect(config).await.expect("logged in");
            let error = client.originate(&call()).await.expect_err("the link was lost");
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
            client.close().await.expect("closed");
        };
        patience("the call", async { tokio::join!(calling, serving) }).await;
    }
}

#[tokio::test]
async fn a_call_that_is_refused_or_cannot_be_sent_says_why() {
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
fn an_action_that_is_made_already_is_a_call() {
    let made = |action: Action| Originate::of_action(&action).map(drop);
    assert!(made(Action::new("originate").with("Channel", "PJSIP/100")).is_ok());
    assert!(made(Action::new("Originate").with("Async", "yes")).is_ok());
    assert!(made(Action::new("Originate").with("Async", "false")).is_err());
    assert!(made(Action::new("Ping")).is_err());
}

#[tokio::test]
async fn the_first_connection_is_retried_if_wanted() {
    let (listener, config) = listener().await;
    drop(listener);
    let reconnect = Reconnect::new(Duration::from_millis(10), Duration::from_millis(50));
    let port = format!("127.0.0.1:{}", port_of(&config));
    let plain = config.clone().reconnect(reconnect);
    assert_eq!(Client::connect(plain.clone()).await.expect_err("nobody listens").kind(), ErrorKind::Refused);
    let client = Client::new(plain.retry_first_connect(true)).expect("a client");
    let server = async {
        client.until(State::Waiting).await.expect("an attempt failed");
        let listener = TcpListener::bind(&port).await.expect("the port again");
        serve(&listener, &[]).await;
    };
    let opening = async {
        client.open().await.expect("logged in at last");
        client.close().await.expect("closed");
    };
    patience("opening", async { tokio::join!(opening, server) }).await;
}

#[tokio::test]
async fn a_first_connection_that_is_retried_is_cancelled_by_close_and_ends_after_its_attempts() {
    let (listener, config) = listener().await;
    drop(listener);
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

fn port_of(config: &Config) -> u16 {
    let shown = format!("{config:?}");
    let digits = shown.split("port: ").nth(1).expect("a port");
    digits.split(',').next().and_then(|port| port.parse().ok()).expect("a number")
}
