//! The queue of a port: order, limits, and messages that nobody waits for any more.

use std::collections::HashMap;
use std::time::Duration;

use ami::gsm::{Outcome, Priority, Receipt, SmsRequest};
use ami::simulator::{Model, Options};
use ami::{ErrorKind, simulator};
use tokio::time::timeout;

use crate::{both, config, connect, of, refusal, simulate};
use support::clock::{PATIENCE, patience, until};

#[tokio::test]
async fn queue_of_a_port_sends_one_at_a_time_by_priority() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    for span in 1..=4 {
        simulator.set_latency(span, Duration::from_millis(100));
    }
    let request = |span: u32, text: &str| SmsRequest::new(span, "10086", text).timeout(Duration::from_secs(600));
    let mut sendings = vec![gateway.submit(&request(1, "first")).expect("queued")];
    until("the first", || !simulator.sent().is_empty()).await;
    for (text, priority) in
        [("low", Priority::Low), ("a", Priority::Normal), ("high", Priority::High), ("b", Priority::Normal)]
    {
        sendings.push(gateway.submit(&request(1, text).priority(priority)).expect("queued"));
    }
    for span in 2..=4 {
        for _ in 0..5 {
            sendings.push(gateway.submit(&request(span, "other")).expect("queued"));
        }
    }
    for sending in sendings {
        assert_eq!(patience("the network", sending).await.expect("sent").outcome(), Outcome::Sent);
    }
    let order: Vec<String> = simulator.sent().into_iter().filter(|sms| sms.span == 1).map(|sms| sms.text).collect();
    assert_eq!(order, ["first", "high", "a", "b", "low"]);
    // All of the first port's were there first, and the others did not wait for them.
    let sent = simulator.sent();
    let last = sent.iter().rposition(|sms| sms.span == 1).expect("it sent");
    assert!((2..=4).all(|span| sent[..last].iter().any(|sms| sms.span == span)), "{sent:?}");
    assert!(simulator.sent().iter().all(|sms| sms.outcome == simulator::Outcome::Sent), "no port was busy");
}

#[tokio::test]
async fn queue_full_refuses_and_close_returns_what_was_not_sent() {
    let simulator = of(Model::OpenVox).await;
    let gateway = connect(config(&simulator).send_queue(3)).await;
    simulator.set_latency(1, Duration::from_millis(300));
    let request = |id: &str| SmsRequest::new(1, "10086", "hi").id(id).timeout(Duration::from_secs(60));
    let under_way = gateway.submit(&request("0")).expect("queued");
    until("the first", || !simulator.sent().is_empty()).await;
    let waiting: Vec<_> = ["1", "2", "3"].map(|id| gateway.submit(&request(id)).expect("queued")).into();
    let full = gateway.submit(&request("4")).expect_err("the queue is full");
    assert_eq!((full.kind(), full.receipt().map(Receipt::outcome)), (ErrorKind::Overflow, Some(Outcome::NotSent)));

    let not_sent = patience("the end", gateway.close()).await.expect("closed");
    let ids: Vec<_> = not_sent.iter().map(|receipt| (receipt.id().unwrap_or_default(), receipt.outcome())).collect();
    assert_eq!(ids, ["1", "2", "3"].map(|id| (id, Outcome::NotSent)));
    assert_eq!(patience("the one under way", under_way).await.expect("sent").outcome(), Outcome::Sent);
    for sending in waiting {
        assert_eq!(refusal(patience("the refusal", sending).await), (ErrorKind::Closed, Some(Outcome::NotSent)));
    }
    assert_eq!(refusal(gateway.send(&request("5")).await), (ErrorKind::Closed, Some(Outcome::NotSent)));
    assert!(patience("the end", gateway.close()).await.expect("closed").is_empty());
    assert_eq!(simulator.sent().len(), 1);
}

#[tokio::test]
async fn queue_close_does_not_wait_for_a_connection_or_a_port() {
    let hour = Duration::from_secs(3600);
    let request = SmsRequest::new(1, "10086", "hi").within(hour);
    let (simulator, gateway) = both(Model::OpenVox).await;
    simulator.set_outcome(1, simulator::Outcome::Busy);
    let busy = gateway.submit(&request).expect("queued");
    until("the first attempt", || !simulator.sent().is_empty()).await;
    patience("the end", gateway.close()).await.expect("closed");
    assert_eq!(refusal(patience("the refusal", busy).await), (ErrorKind::SmsBusy, Some(Outcome::Busy)));

    let (simulator, gateway) = both(Model::OpenVox).await;
    let port = simulator.port();
    simulator.stop();
    patience("the end", simulator.closed()).await;
    // A listener in its place hangs up, and shows the first attempt.
    let other = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let away = gateway.submit(&request).expect("queued");
    drop(patience("the first attempt", other.accept()).await.expect("a connection"));
    drop(other);
    patience("the end", gateway.close()).await.expect("closed");
    let (kind, outcome) = refusal(patience("the refusal", away).await);
    assert!(matches!(kind, ErrorKind::Refused | ErrorKind::Disconnected | ErrorKind::Closed), "{kind:?}");
    assert_eq!(outcome, Some(Outcome::NotSent));
}

#[tokio::test]
async fn queue_does_not_send_what_was_cancelled_or_timed_out() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    // Long enough for a busy machine to have the others given up meanwhile.
    simulator.set_latency(1, Duration::from_secs(2));
    let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(600));
    let first = gateway.submit(&request).expect("queued");
    until("the first", || !simulator.sent().is_empty()).await;
    simulator.set_latency(1, Duration::ZERO);
    let given_up = timeout(Duration::from_millis(50), gateway.send(&request.clone().id("given-up"))).await;
    assert!(given_up.is_err(), "the port is at work");
    let late = gateway.submit(&request.clone().id("late").within(Duration::from_millis(100))).expect("queued");
    let last = gateway.submit(&request.clone().id("last")).expect("queued");
    assert_eq!(patience("the first", first).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(refusal(patience("the late one", late).await), (ErrorKind::Timeout, Some(Outcome::NotSent)));
    assert_eq!(patience("the last", last).await.expect("sent").outcome(), Outcome::Sent);
    let ids: Vec<_> = simulator.sent().into_iter().map(|sms| sms.id).collect();
    assert_eq!(ids, [None, Some("last".to_owned())]);
}

#[tokio::test]
async fn queue_has_room_for_others_once_a_request_is_cancelled() {
    let simulator = of(Model::OpenVox).await;
    let gateway = connect(config(&simulator).send_queue(2)).await;
    simulator.set_latency(1, Duration::from_secs(2));
    let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(600));
    let first = gateway.submit(&request).expect("queued");
    until("the first", || !simulator.sent().is_empty()).await;
    simulator.set_latency(1, Duration::ZERO);
    for _ in 0..5 {
        assert!(timeout(Duration::from_millis(10), gateway.send(&request)).await.is_err(), "the port is at work");
    }
    let last = gateway.submit(&request).expect("queued");
    assert_eq!(patience("the first", first).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(patience("the last", last).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.sent().len(), 2);
}

/// A port has a session of its own, which `allowmultiplelogin=no` keeps out.
#[tokio::test]
async fn gateway_with_one_session_per_account_names_the_setting() {
    let simulator = simulate(Options::default().allow_multiple_login(false)).await;
    let gateway = connect(config(&simulator)).await;
    let error =
        patience("the refusal", gateway.send(&SmsRequest::new(1, "10086", "hi"))).await.expect_err("no session");
    assert_eq!(error.receipt().map(Receipt::outcome), Some(Outcome::NotSent));
    for part in ["Login Already In Use", "allowmultiplelogin=no"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = patience("the refusal", gateway.send_ussd(1, "*100#", None)).await.expect_err("no session");
    assert!(error.to_string().contains("allowmultiplelogin=no"), "{error}");
    assert!(simulator.sent().is_empty());
}

#[tokio::test]
async fn queue_waits_for_a_gateway_that_is_away_within_the_time() {
    let simulator = of(Model::OpenVox).await;
    let gateway = connect(config(&simulator)).await;
    let port = simulator.port();
    simulator.stop();
    patience("the end", simulator.closed()).await;
    let request = SmsRequest::new(1, "10086", "hi");
    let refused = refusal(patience("the refusal", gateway.send(&request)).await);
    assert_eq!(refused, (ErrorKind::Refused, Some(Outcome::NotSent)));
    let sending = gateway.submit(&request.within(Duration::from_secs(20))).expect("queued");
    // Attempts to connect fail meanwhile.
    let closed = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    for _ in 0..2 {
        patience("an attempt", closed.accept()).await.expect("an attempt");
    }
    drop(closed);
    let simulator = simulate(Options::default().port(port)).await;
    assert_eq!(patience("the gateway", sending).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.sent().len(), 1);
}

/// 32 ports, one message in twenty in trouble: each has an outcome, the outcome is true, and none went out twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queue_every_message_is_accounted_for() {
    const SPANS: u32 = 32;
    let count: u32 = std::env::var("AMI_SOAK_MESSAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(2000);
    let options = Options::default().spans(SPANS).second(Duration::from_millis(10)).seed(7);
    let simulator = simulate(options).await;
    let gateway = connect(config(&simulator)).await;
    for span in simulator.spans() {
        let each = 0.05 / 4.0;
        simulator.set_rates(
            span,
            &[
                (simulator::Outcome::Failed, each),
                (simulator::Outcome::Busy, each),
                (simulator::Outcome::TimedOut, each),
                (simulator::Outcome::Late, each),
            ],
        );
    }
    let mut sendings = Vec::new();
    for number in 0..count {
        let id = format!("m{number}");
        let request = SmsRequest::new(1 + number % SPANS, "10086", &format!("message {number}"));
        let request = request.id(&id).timeout(Duration::from_secs(5));
        sendings.push((id, gateway.submit(&request).expect("queued")));
    }
    let mut told: HashMap<String, Outcome> = HashMap::new();
    for (id, sending) in sendings {
        let outcome = match timeout(PATIENCE * 10, sending).await.expect("an outcome") {
            Ok(receipt) => receipt.outcome(),
            Err(error) => error.receipt().expect("a receipt").outcome(),
        };
        assert!(told.insert(id, outcome).is_none());
    }
    let not_sent = patience("the end", gateway.close()).await.expect("closed");
    assert!(not_sent.is_empty());
    // Late messages went out after all.
    let sent = simulator.sent();
    patience("the late ones", async {
        let late = sent.iter().filter(|sms| sms.outcome == simulator::Outcome::Late).count();
        let good = sent.iter().filter(|sms| sms.outcome == simulator::Outcome::Sent).count();
        while simulator.aired().len() < late + good {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let mut aired: HashMap<String, u32> = HashMap::new();
    for sms in simulator.aired() {
        *aired.entry(sent[sms.sms].id.clone().expect("an id")).or_default() += 1;
    }
    assert_eq!(told.len(), count as usize);
    let mut tally: HashMap<Outcome, u32> = HashMap::new();
    for (id, outcome) in &told {
        let times = aired.get(id).copied().unwrap_or(0);
        match outcome {
            Outcome::Sent => assert_eq!(times, 1, "{id}"),
            Outcome::Failed | Outcome::Busy | Outcome::NotSent => assert_eq!(times, 0, "{id}"),
            Outcome::Unknown => assert!(times <= 1, "{id}"),
            other => panic!("{id}: {other:?}"),
        }
        *tally.entry(*outcome).or_default() += 1;
    }
    println!("{count} messages through {SPANS} ports: {tally:?}");
    assert!(tally[&Outcome::Failed] > 0 && tally[&Outcome::Unknown] > 0, "{tally:?}");
}

/// A message in progress may have gone out; waiting ones did not, and the next is sent by another gateway.
#[test]
fn queue_ends_every_request_when_the_runtime_stops() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let elsewhere = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let elsewhere = elsewhere.expect("a runtime");
    let simulator = elsewhere.block_on(elsewhere.spawn(of(Model::OpenVox))).expect("a simulator");
    simulator.set_latency(1, Duration::from_secs(3600));
    let first = runtime();
    let (gateway, under_way, waiting) = first.block_on(async {
        let gateway = connect(config(&simulator)).await;
        let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(20));
        let under_way = gateway.submit(&request).expect("queued");
        let waiting = gateway.submit(&request).expect("queued");
        until("the command", || !simulator.sent().is_empty()).await;
        (gateway, under_way, waiting)
    });
    drop(first);
    simulator.set_latency(1, Duration::ZERO);
    runtime().block_on(async {
        let outcome = refusal(patience("the outcome", under_way).await);
        assert_eq!(outcome, (ErrorKind::OutcomeUnknown, Some(Outcome::Unknown)));
        assert_eq!(refusal(patience("the refusal", waiting).await), (ErrorKind::Closed, Some(Outcome::NotSent)));
        let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_millis(200));
        // The port is busy still, and says so.
        let outcome = refusal(patience("the port", gateway.send(&request)).await);
        assert_eq!(outcome, (ErrorKind::SmsBusy, Some(Outcome::Busy)));
        patience("the end", gateway.close()).await.expect("closed");
    });
}

#[tokio::test]
async fn queue_does_not_send_later_what_was_cancelled_before_it_was_written() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let request = SmsRequest::new(1, "10086", "hi").within(Duration::from_secs(3600));
    simulator.set_outcome(1, simulator::Outcome::Busy);
    assert!(timeout(Duration::from_millis(200), gateway.send(&request)).await.is_err(), "the port is busy");
    simulator.set_outcome(1, simulator::Outcome::Sent);
    let next = SmsRequest::new(1, "10086", "next");
    assert_eq!(patience("the next", gateway.send(&next)).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.aired().len(), 1);

    let port = simulator.port();
    simulator.stop();
    patience("the end", simulator.closed()).await;
    assert!(timeout(Duration::from_millis(200), gateway.send(&request)).await.is_err(), "the gateway is away");
    let simulator = simulate(Options::default().port(port)).await;
    assert_eq!(patience("the next", gateway.send(&next)).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.aired().len(), 1);
}
