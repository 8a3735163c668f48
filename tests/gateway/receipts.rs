//! Receipts: results of the network, ports that are busy, parts that fail, and connections that break.

use std::time::Duration;

use ami::gsm::{Incoming, Outcome, SmsRequest};
use ami::simulator::{Model, Options};
use ami::{Client, Config, ErrorKind, simulator};

use crate::{both, config, connect, next, of, outcomes, port, refusal, simulate};
use support::clock::{patience, until};

#[tokio::test]
async fn receipt_has_the_networks_result() {
    for model in [Model::OpenVox, Model::OpenVoxFirmware, Model::OpenVox2013, Model::Allo] {
        let (simulator, gateway) = both(model).await;
        let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(1));
        for (outcome, kind, said) in [
            (simulator::Outcome::Failed, ErrorKind::SmsFailed, Outcome::Failed),
            (simulator::Outcome::TimedOut, ErrorKind::OutcomeUnknown, Outcome::Unknown),
            (simulator::Outcome::Late, ErrorKind::OutcomeUnknown, Outcome::Unknown),
        ] {
            simulator.next_outcomes(1, [outcome]);
            let before = simulator.sent().len();
            let refused = refusal(patience("the network", gateway.send(&request)).await);
            assert_eq!(refused, (kind, Some(said)), "{}", model.name());
            assert_eq!(simulator.sent().len(), before + 1, "it is not sent again by itself");
        }
        assert_eq!(patience("the network", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    }
    let (simulator, gateway) = both(Model::Yeastar).await;
    let request = SmsRequest::new(2, "10086", "hi").timeout(Duration::from_millis(300));
    for (outcome, kind, said) in [
        (simulator::Outcome::Failed, ErrorKind::SmsFailed, Outcome::Failed),
        (simulator::Outcome::TimedOut, ErrorKind::OutcomeUnknown, Outcome::Unknown),
    ] {
        simulator.next_outcomes(2, [outcome]);
        assert_eq!(refusal(patience("the network", gateway.send(&request)).await), (kind, Some(said)));
    }
}

#[tokio::test]
async fn send_to_a_busy_port_is_tried_again_within_the_time() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(5));
    simulator.next_outcomes(1, [simulator::Outcome::Busy, simulator::Outcome::Busy]);
    assert_eq!(patience("the port", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.aired().len(), 1);
    // A client does not try again: that is for the program.
    simulator.set_outcome(1, simulator::Outcome::Busy);
    let client = gateway.client();
    let refused = refusal(patience("the port", client.send_sms(&request)).await);
    assert_eq!(refused, (ErrorKind::SmsBusy, Some(Outcome::Busy)));
    let brief = request.within(Duration::from_millis(700));
    assert_eq!(refusal(patience("the port", gateway.send(&brief)).await), (ErrorKind::SmsBusy, Some(Outcome::Busy)));
    assert_eq!(simulator.aired().len(), 1, "nothing was sent");
}

#[tokio::test]
async fn send_does_not_begin_a_part_after_one_that_failed() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let request = SmsRequest::new(1, "10086", &"0123456789".repeat(60)).timeout(Duration::from_secs(1));
    for (outcome, kind, whole) in [
        (simulator::Outcome::Failed, ErrorKind::SmsFailed, Outcome::Failed),
        (simulator::Outcome::TimedOut, ErrorKind::OutcomeUnknown, Outcome::Unknown),
    ] {
        simulator.next_outcomes(1, [simulator::Outcome::Sent, outcome]);
        let before = simulator.sent().len();
        let error = patience("the network", gateway.send(&request)).await.expect_err("a part failed");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("1 of 4 parts"), "{error}");
        let receipt = error.receipt().expect("a receipt");
        assert_eq!(receipt.outcome(), whole);
        assert_eq!(outcomes(receipt), [Outcome::Sent, whole, Outcome::NotSent, Outcome::NotSent]);
        assert_eq!(simulator.sent().len(), before + 2);
    }
}

#[tokio::test]
async fn send_cut_by_a_disconnect_is_unknown_and_the_next_one_goes() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_secs(3600));
    let request = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(20));
    let sending = gateway.submit(&request).expect("in the queue");
    until("the command", || !simulator.sent().is_empty()).await;
    simulator.disconnect_all();
    assert_eq!(refusal(patience("the outcome", sending).await), (ErrorKind::OutcomeUnknown, Some(Outcome::Unknown)));
    // On another port: this one is still at it.
    let request = SmsRequest::new(2, "10086", "hi");
    assert_eq!(patience("the next", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.sent().len(), 2, "nothing was sent again");
    // The port's own session dies: the next message goes through another one. Once this client has read its end, the port's
    // session has read its own.
    let witness = Client::connect(Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()));
    let witness = patience("the login", witness).await.expect("logged in");
    simulator.disconnect_all();
    until("the end of all sessions", || !witness.is_open()).await;
    assert_eq!(patience("the next", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.sent().len(), 3);
}

#[tokio::test]
async fn reports_come_into_the_inbox_with_the_callers_id() {
    for (model, bg111) in [(Model::Dongle, false), (Model::Quectel, false), (Model::Dongle, true)] {
        let simulator = simulate(Options::default().model(model).bg111(bg111)).await;
        let gateway = connect(config(&simulator)).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let request = SmsRequest::new(port(model, 1), "10086", "hi").id("p-7").report(true);
        let receipt = patience("the gateway", gateway.send(&request)).await.expect("taken");
        assert_eq!(receipt.outcome(), Outcome::Sent);
        if bg111 {
            continue;
        }
        simulator.deliver_report(1, &simulator::Report::default().payload("p-7".into()));
        loop {
            if let Incoming::Report(report) = next(&mut inbox).await {
                assert_eq!(report.id(), Some("p-7"));
                if report.outcome() == Outcome::Delivered {
                    assert_eq!(report.port(), port(model, 1).to_string());
                    break;
                }
            }
        }
    }
}

/// The driver tells results by port: that of a PDU, which it only took, is not the next message's.
#[tokio::test]
async fn receipt_of_a_pdu_is_not_taken_for_the_next_messages() {
    let simulator = of(Model::OpenVox).await;
    let gateway = connect(config(&simulator).port_cooldown(Duration::from_secs(1))).await;
    simulator.set_latency(1, Duration::from_millis(300));
    simulator.next_outcomes(1, [simulator::Outcome::Sent, simulator::Outcome::Failed]);
    let by_pdu = SmsRequest::new(1, "10086", "an emoji 😀");
    assert_eq!(patience("the gateway", gateway.send(&by_pdu)).await.expect("taken").outcome(), Outcome::Queued);
    let next = SmsRequest::new(1, "10086", "hi").timeout(Duration::from_secs(60));
    let outcome = refusal(patience("the network", gateway.send(&next)).await);
    assert_eq!(outcome, (ErrorKind::SmsFailed, Some(Outcome::Failed)));
    assert_eq!(simulator.aired().len(), 1);
}

#[tokio::test]
async fn receipt_of_a_custom_command_is_queued_or_unknown() {
    let simulator = of(Model::Dongle).await;
    let gateway = connect(config(&simulator).dialect("dongle sms {port} {to} {text}")).await;
    let request = SmsRequest::new("dongle0", "10086", "hi");
    let receipt = patience("the gateway", gateway.send(&request)).await.expect("queued");
    assert_eq!((receipt.outcome(), receipt.peer_text()), (Outcome::Queued, &b"[dongle0] SMS queued for send"[..]));
    assert_eq!(simulator.sent().len(), 1);
    // An answer that is not understood leaves the outcome unknown.
    let request = SmsRequest::new("dongle7", "10086", "hi");
    let refused = refusal(patience("the gateway", gateway.send(&request)).await);
    assert_eq!(refused, (ErrorKind::OutcomeUnknown, Some(Outcome::Unknown)));
}
