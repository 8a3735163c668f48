//! Messages that leave their port to the gateway: which port they go through, and the answer where none can be chosen.
#![cfg(feature = "simulator")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ami::gsm::{Gateway, GatewayConfig, Outcome, Port, Receipt, Sending, SmsRequest};
use ami::simulator::{self, Model, Options, Registration, Simulator, SpanState, Transcript};
use ami::{Config, ErrorKind};

use support::clock::{PATIENCE, patience, until};

fn config(simulator: &Simulator) -> GatewayConfig {
    Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()).into()
}

async fn both(options: Options) -> (Simulator, Gateway) {
    let simulator = Simulator::start(options).await.expect("a simulator");
    let gateway = patience("the login", Gateway::connect(config(&simulator))).await.expect("a gateway");
    (simulator, gateway)
}

async fn of(model: Model) -> (Simulator, Gateway) {
    both(Options::default().model(model)).await
}

fn sms(text: &str) -> SmsRequest {
    SmsRequest::new(Port::Any, "10086", text)
}

async fn sent(sending: Sending) -> Receipt {
    patience("the network", sending).await.expect("sent")
}

async fn send(gateway: &Gateway, text: &str) -> Receipt {
    patience("the network", gateway.send(&sms(text))).await.expect("sent")
}

async fn refused(gateway: &Gateway) -> (ErrorKind, Option<Outcome>, String) {
    let error = patience("the refusal", gateway.send(&sms("hi"))).await.expect_err("not sent");
    (error.kind(), error.receipt().map(Receipt::outcome), error.to_string())
}

fn unregister(simulator: &Simulator, span: u32) {
    let state = simulator.state(span).expect("a port").registration(Registration::NotRegistered);
    simulator.set_state(span, state);
}

#[tokio::test]
async fn port_choice_spreads_over_the_ready_ports_and_the_receipt_tells_which() {
    for model in [Model::OpenVox, Model::OpenVox2013, Model::Allo, Model::Yeastar, Model::Dongle, Model::Quectel] {
        let (simulator, gateway) = of(model).await;
        let first = *simulator.spans().start();
        unregister(&simulator, first + 1);
        let mut ports = BTreeMap::<String, usize>::new();
        for _ in 0..6 {
            let receipt = send(&gateway, "hi").await;
            *ports.entry(receipt.port().to_string()).or_default() += 1;
        }
        assert_eq!(ports.into_values().collect::<Vec<_>>(), [2, 2, 2], "{}", model.name());
        let spans: Vec<u32> = simulator.sent().iter().map(|sms| sms.span).collect();
        assert!(spans.len() == 6 && !spans.contains(&(first + 1)), "{}: {spans:?}", model.name());
    }
}

#[tokio::test]
async fn port_choice_takes_the_shortest_queue() {
    let (simulator, gateway) = of(Model::OpenVox).await;
    send(&gateway, "the first question").await;
    for span in 1..=4 {
        simulator.set_latency(span, Duration::from_secs(1));
    }
    let before = simulator.sent_count();
    let slow = |span: u32| SmsRequest::new(span, "10086", "slow").timeout(Duration::from_secs(60));
    // Two messages at the first port, one at the others but the last.
    let named = [1, 1, 2, 3].map(|span| gateway.submit(&slow(span)).expect("queued"));
    until("the ports to be busy", || simulator.sent_count() == before + 3).await;
    let open = [(); 4].map(|()| gateway.submit(&sms("open")).expect("queued"));
    let mut ports = Vec::new();
    for sending in open {
        ports.push(sent(sending).await.span());
    }
    assert_eq!(ports[0], 4);
    ports[1..].sort_unstable();
    assert_eq!(ports[1..], [2, 3, 4]);
    for sending in named {
        sent(sending).await;
    }
}

#[tokio::test]
async fn port_choice_takes_a_port_that_failed_last() {
    let (simulator, gateway) = both(Options::default().spans(2)).await;
    simulator.next_outcomes(1, [simulator::Outcome::Failed]);
    assert_eq!(refused(&gateway).await.1, Some(Outcome::Failed));
    for _ in 0..3 {
        assert_eq!(send(&gateway, "hi").await.span(), 2);
    }
    // It is one of the others again when it has sent.
    patience("the network", gateway.send(&SmsRequest::new(1, "10086", "hi"))).await.expect("sent");
    assert_eq!(send(&gateway, "hi").await.span(), 1);
}

#[tokio::test]
async fn port_choice_takes_a_port_that_rests_last() {
    let options = Options::default().spans(2).second(Duration::from_millis(50));
    let (simulator, gateway) = both(options).await;
    simulator.next_outcomes(1, [simulator::Outcome::TimedOut]);
    assert_eq!(refused(&gateway).await.1, Some(Outcome::Unknown));
    for _ in 0..3 {
        assert_eq!(send(&gateway, "hi").await.span(), 2);
    }
}

#[tokio::test]
async fn port_choice_asks_once_for_many_messages() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let transcript: Transcript = Arc::new(move |line| {
        if line.text.contains("gsm show spans") {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let simulator = Simulator::start(Options::default().transcript(Some(transcript))).await;
    let simulator = simulator.expect("a simulator");
    let config = config(&simulator).dialect("openvox");
    let gateway = patience("the login", Gateway::connect(config)).await.expect("a gateway");
    let sendings: Vec<Sending> = (0..20).map(|_| gateway.submit(&sms("hi")).expect("queued")).collect();
    let mut ports = BTreeMap::<u32, usize>::new();
    for sending in sendings {
        *ports.entry(sent(sending).await.span()).or_default() += 1;
    }
    assert_eq!(ports.into_values().collect::<Vec<_>>(), [5, 5, 5, 5]);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn port_choice_without_a_ready_port_is_refused_until_one_is_up() {
    let (simulator, gateway) = both(Options::default().spans(2)).await;
    (1..=2).for_each(|span| unregister(&simulator, span));
    let (kind, outcome, text) = refused(&gateway).await;
    assert_eq!((kind, outcome), (ErrorKind::SmsFailed, Some(Outcome::NotSent)), "{text}");
    assert!(text.contains("none of the gateway's 2 ports is ready") && text.contains("name the port"), "{text}");
    simulator.set_state(2, SpanState::default());
    assert_eq!(send(&gateway, "hi").await.span(), 2, "an answer without a ready port is not kept");
    assert_eq!(simulator.sent_count(), 1);
}

#[tokio::test]
async fn port_choice_where_ports_are_not_told_says_to_name_one() {
    let simulator = Simulator::start(Options::default().model(Model::Dongle)).await;
    let simulator = simulator.expect("a simulator");
    let config = config(&simulator).dialect("dongle sms {port} {to} {text}");
    let gateway = patience("the login", Gateway::connect(config)).await.expect("a gateway");
    let (kind, outcome, text) = refused(&gateway).await;
    assert_eq!((kind, outcome), (ErrorKind::Unsupported, Some(Outcome::NotSent)), "{text}");
    assert!(text.contains("name the port"), "{text}");

    // An account may send by a dongle, and not see its devices.
    let options = Options::default().model(Model::Dongle).write("call".into());
    let (_simulator, gateway) = both(options).await;
    let (kind, outcome, text) = refused(&gateway).await;
    assert_eq!((kind, outcome), (ErrorKind::Permission, Some(Outcome::NotSent)), "{text}");
    assert!(text.contains("name the port"), "{text}");
    assert!(patience("the network", gateway.send(&SmsRequest::new("dongle0", "10086", "hi"))).await.is_ok());
}

#[tokio::test]
async fn port_choice_refuses_at_once_a_text_that_cannot_be_sent() {
    let (simulator, gateway) = of(Model::OpenVox).await;
    let bad = SmsRequest::new(Port::Any, "nobody", "hi");
    assert_eq!(gateway.submit(&bad).expect_err("refused").kind(), ErrorKind::Invalid);
    assert_eq!(simulator.sent_count(), 0);
}

#[tokio::test]
async fn port_choice_ends_with_the_gateway_and_with_the_time_to_begin() {
    // The list of ports is not answered.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(silent_server(listener));
    let config = Config::new("127.0.0.1", "admin", "amp111").port(address.port()).action_timeout(PATIENCE);
    let config = GatewayConfig::new(config).dialect("openvox");
    let gateway = patience("the login", Gateway::connect(config)).await.expect("a gateway");
    let late = patience("the refusal", gateway.send(&sms("late").within(Duration::from_millis(20)))).await;
    let late = late.expect_err("not sent");
    assert_eq!((late.kind(), late.receipt().map(Receipt::outcome)), (ErrorKind::Timeout, Some(Outcome::NotSent)));
    let sendings = ["a", "b"].map(|id| gateway.submit(&sms("hi").id(id)).expect("queued"));
    assert_eq!(gateway.waiting(Port::Any), 2, "in the queue of those without a port");
    let since = std::time::Instant::now();
    patience("the end", gateway.close()).await.expect("closed");
    assert!(since.elapsed() < PATIENCE / 2, "the gateway's answer was not waited for");
    for sending in sendings {
        let error = patience("the refusal", sending).await.expect_err("not sent");
        assert_eq!((error.kind(), error.receipt().map(Receipt::outcome)), (ErrorKind::Closed, Some(Outcome::NotSent)));
    }
    server.abort();
}

/// Answers the login, and nothing else.
async fn silent_server(listener: tokio::net::TcpListener) {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let (stream, _) = listener.accept().await.expect("a peer");
    let (read, mut write) = stream.into_split();
    write.write_all(b"Asterisk Call Manager/1.1\r\n").await.expect("the banner");
    let mut lines = BufReader::new(read).lines();
    let (mut action, mut id) = (String::new(), String::new());
    while let Ok(Some(line)) = lines.next_line().await {
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("action") => action = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("actionid") => id = value.to_owned(),
            Some(_) => {}
            None if action == "Command" => {}
            None => {
                let challenge = if action == "Challenge" { "Challenge: 1\r\n" } else { "" };
                let answer = format!("Response: Success\r\nActionID: {id}\r\n{challenge}Message: ok\r\n\r\n");
                write.write_all(answer.as_bytes()).await.expect("an answer");
            }
        }
    }
}
