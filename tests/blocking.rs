//! The client and the gateway for ordinary threads.
#![cfg(all(feature = "blocking", feature = "simulator"))]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use ami::blocking::{Client, Gateway};
use ami::gsm::{InboxItem, Incoming, Outcome, SmsRequest};
use ami::simulator::{self, Options, SimulatorThread};
use ami::{Action, Config, ErrorKind, Filter, State};

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);

fn simulate() -> (SimulatorThread, Config) {
    let thread = SimulatorThread::start(Options::default()).expect("a simulator");
    let port = thread.simulator().expect("it runs").port();
    (thread, Config::new("127.0.0.1", "admin", "amp111").port(port))
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + PATIENCE)
}

fn deliver(simulator: &SimulatorThread, text: &str) {
    simulator.simulator().expect("it runs").deliver(1, &simulator::Incoming::new("10086", text));
}

#[test]
fn blocking_client_has_the_calls_of_the_asynchronous_one() {
    let (_simulator, config) = simulate();
    let client = Client::connect(config).expect("logged in");
    client.until(State::Open).expect("open");
    assert!(client.until_within(State::Open, Duration::ZERO).expect("open"));
    assert!(!client.until_within(State::Waiting, Duration::from_millis(1)).expect("open"));
    client.call(&Action::new("Ping")).expect("answered");
    client.call_within(&Action::new("Ping"), PATIENCE).expect("answered");
    assert!(client.command("gsm show spans").expect("known").output().is_some());
    assert!(client.command_within("gsm show spans", PATIENCE).expect("known").output().is_some());
    let events = client.subscribe(Filter::all()).expect("open");
    assert!(events.next(Some(Instant::now())).expect("open").is_none());
    client.close().expect("closed");
    assert_eq!(client.until(State::Open).expect_err("closed").kind(), ErrorKind::Closed);
}

#[test]
fn blocking_gateway_inbox_gives_each_item_and_each_sms() {
    let (simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let inbox = gateway.inbox().expect("an inbox");
    assert!(inbox.next_item(Some(Instant::now())).expect("open").is_none());
    deliver(&simulator, "one");
    match inbox.next_item(soon()).expect("open") {
        Some(InboxItem::Incoming(Incoming::Sms(sms))) => assert_eq!((sms.sender(), sms.text()), ("10086", "one")),
        item => panic!("{item:?}"),
    }
    deliver(&simulator, "two");
    assert_eq!(inbox.next(soon()).expect("open").expect("an SMS").text(), "two");
    assert_eq!(inbox.counters().expect("here").delivered, 2);
    inbox.close();
    assert!(inbox.next(soon()).is_err());
}

#[test]
fn blocking_gateway_callbacks_get_what_comes_in() {
    let (simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let (sender, texts) = mpsc::channel();
    let events = sender.clone();
    let of_sms = gateway.on_sms(move |sms| sender.send(format!("SMS {}", sms.text())).expect("read")).expect("open");
    let of_events = gateway
        .on(Filter::names(["#sms"]).expect("a name"), move |event| {
            let Some(Incoming::Sms(sms)) = Incoming::from_event(event) else { panic!("{event:?}") };
            events.send(format!("event {}", sms.text())).expect("read");
        })
        .expect("open");
    deliver(&simulator, "hello");
    let mut both = [(); 2].map(|()| texts.recv_timeout(PATIENCE).expect("a call"));
    both.sort();
    assert_eq!(both, ["SMS hello", "event hello"]);
    of_sms.close().expect("no call is running");
    of_events.close().expect("no call is running");
}

#[test]
fn blocking_gateway_sends_and_closes() {
    let (_simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let receipt = gateway.send(&SmsRequest::new(1, "10086", "hi")).expect("sent");
    assert_eq!(receipt.outcome(), Outcome::Sent);
    assert!(gateway.close().expect("closed").is_empty());
    assert_eq!(gateway.inbox().expect_err("closed").kind(), ErrorKind::Closed);
}
