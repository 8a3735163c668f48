//! Gateways of every dialect, as the simulator plays them: what goes out, what comes in, and what is said of it.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use ami::gsm::{
    Dialect, Gateway, GatewayConfig, Inbox, InboxItem, Incoming, Outcome, Port, Power, Priority, Receipt, Repertoire,
    SendError, Sms, SmsParts, SmsRequest,
};
use ami::simulator::{self, Core, Model, Options, Simulator, UssdMenu, UssdReply};
use ami::{Config, ErrorKind};
use tokio::time::timeout;

/// More than anything here takes, also where other work keeps the machine busy.
const PATIENCE: Duration = Duration::from_secs(30);
const MODELS: [Model; 7] = [
    Model::OpenVox,
    Model::OpenVoxFirmware,
    Model::OpenVox2013,
    Model::Allo,
    Model::Yeastar,
    Model::Dongle,
    Model::Quectel,
];

async fn patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    patience(what, async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

async fn simulate(options: Options) -> Simulator {
    Simulator::start(options).await.expect("a simulator")
}

async fn of(model: Model) -> Simulator {
    simulate(Options::default().model(model).second(Duration::from_millis(50))).await
}

fn client_config(simulator: &Simulator) -> Config {
    Config::new("127.0.0.1", "admin", "amp111").port(simulator.port())
}

fn config(simulator: &Simulator) -> GatewayConfig {
    of_client(client_config(simulator))
}

fn of_client(config: Config) -> GatewayConfig {
    // The simulator's late messages are not so late as real ones.
    GatewayConfig::new(config).port_cooldown(Duration::from_millis(100))
}

async fn connect(config: GatewayConfig) -> Gateway {
    patience("the login", Gateway::connect(config)).await.expect("a gateway")
}

async fn both(model: Model) -> (Simulator, Gateway) {
    let simulator = of(model).await;
    let gateway = connect(config(&simulator)).await;
    (simulator, gateway)
}

/// The port that a span of the simulator is.
fn port(model: Model, span: u32) -> Port {
    match model {
        Model::Dongle => format!("dongle{}", span - 1).as_str().into(),
        Model::Quectel => format!("quectel{}", span - 1).as_str().into(),
        _ => span.into(),
    }
}

fn first(model: Model) -> u32 {
    if model == Model::Yeastar { 2 } else { 1 }
}

async fn next_sms(inbox: &mut Inbox) -> Sms {
    patience("an SMS", inbox.next()).await.expect("an SMS")
}

async fn next(inbox: &mut Inbox) -> Incoming {
    loop {
        match patience("something that comes in", inbox.next_item()).await.expect("an open inbox") {
            InboxItem::Incoming(incoming) => return incoming,
            InboxItem::Marker(_) => {}
            _ => unreachable!("there is nothing else"),
        }
    }
}

fn outcomes(receipt: &Receipt) -> Vec<Outcome> {
    receipt.each_part().iter().map(ami::gsm::PartReceipt::outcome).collect()
}

fn refusal(result: Result<Receipt, SendError>) -> (ErrorKind, Option<Outcome>) {
    let error = result.expect_err("it is not said to be sent");
    (error.kind(), error.receipt().map(Receipt::outcome))
}

// ---- which gateway it is ----

#[tokio::test]
async fn every_dialect_is_found_without_sending_anything() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        assert_eq!(gateway.dialect().to_string(), model.name());
        assert!(simulator.sent().is_empty(), "{}", model.name());
        patience("the end", gateway.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn a_server_that_is_no_gateway_is_said_to_be_none() {
    // Whoever may run no commands learns nothing of them.
    let simulator = simulate(Options::default().write("system".into())).await;
    let error = patience("the answer", Gateway::connect(config(&simulator))).await.expect_err("no gateway");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("choose a dialect"), "{error}");
    // What the caller says wins.
    let gateway = connect(config(&simulator).dialect("allo")).await;
    assert_eq!(*gateway.dialect(), Dialect::Allo);
    let error =
        patience("the answer", Gateway::connect(config(&simulator).dialect("nokia"))).await.expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("openvox-firmware"), "{error}");
}

// ---- what goes out ----

/// What each model makes of a text: how it went on the air, by which command, and what is said of it.
#[tokio::test]
async fn texts_arrive_as_they_are() {
    let long = "0123456789".repeat(40);
    let wide = "您当前帐户余额".repeat(12);
    let texts: [&str; 9] = [
        "hello",
        r#"say "hi" \ back\slash `tick` $HOME 'x' %s ; | &"#,
        "ends in a back-slash \\",
        "café, 您好",
        &long,
        &wide,
        "two\nlines",
        "an emoji 😀",
        "{id} {text} %41 + x",
    ];
    for model in MODELS {
        for (core, texts) in [(None, &texts[..]), (Some(Core::V22), &texts[..3])] {
            if core.is_some() && !matches!(model, Model::Dongle | Model::Quectel) {
                continue;
            }
            let simulator = simulate(Options::default().model(model).core(core)).await;
            let gateway = connect(config(&simulator)).await;
            for text in texts {
                // Its documents know neither parts nor PDUs.
                if model == Model::OpenVox2013 && SmsParts::of(text, Repertoire::Ascii).map_or(0, |p| p.count()) != 1 {
                    let request = SmsRequest::new(1, "10086", text);
                    let kind = refusal(patience("the refusal", gateway.send(&request)).await).0;
                    assert_eq!(kind, ErrorKind::Invalid, "{text:?}");
                    continue;
                }
                let span = first(model) + 1;
                let before = simulator.aired().len();
                let request = SmsRequest::new(port(model, span), "+13632919026", text).timeout(Duration::from_secs(5));
                let receipt = patience("the network", gateway.send(&request)).await;
                let receipt = receipt.unwrap_or_else(|error| panic!("{} {text:?}: {error}", model.name()));
                // What is only handed over goes out a moment later.
                let aired = patience("what is on the air", async {
                    loop {
                        let aired = simulator.aired().split_off(before);
                        if aired.iter().map(|sms| sms.text.chars().count()).sum::<usize>() >= text.chars().count() {
                            return aired;
                        }
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                })
                .await;
                let joined: String = aired.iter().map(|sms| &*sms.text).collect();
                assert_eq!(joined, *text, "{} {:?}", model.name(), simulator.sent().last());
                assert!(aired.iter().all(|sms| sms.span == span && sms.destination.ends_with("13632919026")));
                if aired.len() > 1 {
                    let places: Vec<_> = aired.iter().filter_map(|sms| sms.concatenation).collect();
                    let order: Vec<u8> = places.iter().map(|place| place.sequence).collect();
                    assert_eq!(order, (1..=aired.len() as u8).collect::<Vec<_>>(), "{}", model.name());
                    assert!(places.iter().all(|place| usize::from(place.total) == aired.len()));
                }
                let good = matches!(receipt.outcome(), Outcome::Sent | Outcome::Queued);
                assert!(good && outcomes(&receipt).len() == receipt.parts() as usize, "{receipt:?}");
            }
            patience("the end", gateway.close()).await.expect("closed");
        }
    }
}

#[tokio::test]
async fn the_network_is_waited_for_where_the_gateway_tells() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi").id("my-1");
        let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
        assert_eq!(receipt.outcome(), Outcome::Sent, "{}", model.name());
        assert_eq!((receipt.id(), receipt.destination()), (Some("my-1"), "10086"));
        assert_eq!(simulator.sent()[0].id.as_deref(), Some("my-1"), "{}", model.name());
    }
}

#[tokio::test]
async fn flash_validity_and_reports_go_as_the_dialect_can() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi");
        let is_dongle = matches!(model, Model::Dongle | Model::Quectel);

        let flash = patience("the answer", gateway.send(&request.clone().flash(true))).await;
        let lacks = [Model::OpenVox2013, Model::Yeastar, Model::Dongle, Model::Quectel];
        if lacks.contains(&model) {
            assert_eq!(refusal(flash).0, ErrorKind::Unsupported, "{}", model.name());
        } else {
            flash.expect("sent");
            assert!(simulator.sent().last().expect("it was sent").flash, "{}", model.name());
        }

        let asked = request.clone().validity(Duration::from_secs(3600)).report(true).id("r-1");
        let result = patience("the answer", gateway.send(&asked)).await;
        if matches!(model, Model::OpenVox2013 | Model::Yeastar) {
            assert_eq!(refusal(result).0, ErrorKind::Unsupported);
        } else {
            // The report says that the network took it; of a PDU elsewhere nobody waits for it.
            let outcome = if is_dongle { Outcome::Sent } else { Outcome::Queued };
            assert_eq!(result.expect("handed over").outcome(), outcome);
            let sent = simulator.sent().pop().expect("it was sent");
            assert!(sent.report && sent.validity == Some(60), "{}: {sent:?}", model.name());
            assert_eq!(sent.command.contains("pdu"), !is_dongle, "{}", sent.command);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_is_written() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let sms = |port: Port, to: &str, text: &str| SmsRequest::new(port, to, text);
    for (request, word) in [
        (sms(0.into(), "10086", "x"), "port"),
        (sms("dongle0".into(), "10086", "x"), "counted"),
        (sms(1.into(), "12a", "x"), "telephone number"),
        (sms(1.into(), "+", "x"), "telephone number"),
        (sms(1.into(), "10086", ""), "empty"),
        (sms(1.into(), "10086", "x").id("two words"), "id"),
        (sms(1.into(), "10086", &"x".repeat(255 * 160)), "255"),
    ] {
        let error = patience("the refusal", gateway.send(&request)).await.expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(gateway.submit(&request).expect_err("refused at once").kind(), ErrorKind::Invalid);
    }
    for code in ["", "balance", "*100#\r\nAction: x", "*100# 1"] {
        let error = patience("the refusal", gateway.send_ussd(1, code, None)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{code:?}: {error}");
    }
    let (dongles, gateway) = both(Model::Dongle).await;
    let error = patience("the refusal", gateway.send(&sms(1.into(), "10086", "x"))).await.expect_err("named");
    assert!(error.to_string().contains("dongle0"), "{error}");
    let (yeastar, gateway) = both(Model::Yeastar).await;
    let error =
        patience("the refusal", gateway.send(&sms(2.into(), "10086", &"您".repeat(110)))).await.expect_err("long");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    for simulator in [simulator, dongles, yeastar] {
        assert!(simulator.sent().is_empty());
    }
}

#[tokio::test]
async fn a_command_of_ones_own() {
    let simulator = of(Model::OpenVox).await;
    let own = |command: &str| config(&simulator).dialect(command);
    let gateway = connect(own("gsm send sync sms {port} {to} {text} {timeout} {id}")).await;
    let request = SmsRequest::new(1, "10086", "{to} \"x\"").id("a").timeout(Duration::from_secs(7));
    assert_eq!(patience("the network", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    let gateway = connect(own("gsm send sms {port} {to} {text}")).await;
    assert_eq!(patience("the gateway", gateway.send(&request)).await.expect("queued").outcome(), Outcome::Queued);
    let sent: Vec<_> = simulator.sent().into_iter().map(|sms| (sms.text, sms.id, sms.sync)).collect();
    let text = "{to} \"x\"".to_owned();
    assert_eq!(sent, [(text.clone(), Some("a".to_owned()), true), (text, None, false)]);
    let long = SmsRequest::new(1, "10086", &"x".repeat(161));
    assert_eq!(refusal(patience("the refusal", gateway.send(&long)).await).0, ErrorKind::Invalid);
    for command in ["gsm send sms {port} {text}", "x {port} {to} \"{text}\"", "{port} {to} {text} {secret}"] {
        assert_eq!(command.parse::<Dialect>().expect_err("no command").kind(), ErrorKind::Invalid, "{command}");
    }
}

// ---- receipts ----

#[tokio::test]
async fn receipts_say_what_the_network_did() {
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
async fn a_port_that_is_busy_is_asked_again_within_the_time() {
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
async fn what_follows_a_part_that_failed_is_not_begun() {
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
async fn a_link_that_breaks_leaves_the_outcome_unknown_and_the_next_one_goes() {
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
    // The port's own session dies, perhaps unseen: what it was not written to is sent by another one.
    simulator.disconnect_all();
    let sent = match patience("the next", gateway.send(&request)).await {
        Ok(receipt) => receipt.outcome(),
        Err(error) => error.receipt().expect("a receipt").outcome(),
    };
    assert_eq!(simulator.sent().len(), if sent == Outcome::Sent { 3 } else { 2 }, "{sent:?}");
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

// ---- the queue of a port ----

#[tokio::test]
async fn a_port_sends_one_at_a_time_in_order_of_priority_and_ports_side_by_side() {
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
async fn a_full_queue_refuses_and_close_says_what_was_not_sent() {
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
async fn close_does_not_wait_for_a_link_or_a_port_that_may_come() {
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
    // What is there in its place hangs up, and tells of the first attempt.
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
async fn what_nobody_waits_for_any_more_is_not_sent_and_neither_is_what_waited_too_long() {
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
async fn what_nobody_waits_for_takes_no_place_in_the_queue() {
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
async fn a_gateway_with_one_session_an_account_says_which_setting_it_is() {
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
async fn a_gateway_that_is_away_is_waited_for_within_the_time() {
    let simulator = of(Model::OpenVox).await;
    let gateway = connect(config(&simulator)).await;
    let port = simulator.port();
    simulator.stop();
    patience("the end", simulator.closed()).await;
    let request = SmsRequest::new(1, "10086", "hi");
    let refused = refusal(patience("the refusal", gateway.send(&request)).await);
    assert_eq!(refused, (ErrorKind::Refused, Some(Outcome::NotSent)));
    let sending = gateway.submit(&request.within(Duration::from_secs(20))).expect("queued");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let simulator = simulate(Options::default().port(port)).await;
    assert_eq!(patience("the gateway", sending).await.expect("sent").outcome(), Outcome::Sent);
    assert_eq!(simulator.sent().len(), 1);
}

/// 32 ports, one message in twenty in trouble: each has an outcome, the outcome is true, and none went out twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_is_accounted_for() {
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
    // Those that were late went out after all.
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

// ---- what comes in ----

#[tokio::test]
async fn messages_come_in_whole_whatever_the_gateway() {
    let long = "0123456789".repeat(40);
    let wide = "您当前帐户余额😀".repeat(20);
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let span = first(model) + 1;
        for (sender, text) in [
            ("+8613632919026", "hello"),
            ("10086", "say \"hi\" \\ back `tick` $x"),
            ("OpenVox", "café 您好"),
            ("10086", "two\nlines"),
            ("10086", &long),
            ("10086", &wide),
        ] {
            let message = simulator::Incoming::new(sender, text).time("2014/09/11 09:36:47".into());
            assert!(simulator.deliver(span, &message) > 0);
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.sender(), sms.text(), sms.is_complete()), (sender, text, true), "{}", model.name());
            assert_eq!(sms.port(), port(model, span).to_string(), "{}", model.name());
            match model {
                Model::Yeastar => assert_eq!(sms.time(), "2014-09-11T09:36:47"),
                _ => {
                    assert_eq!(sms.time(), "2014-09-11T09:36:47+08:00");
                    assert_eq!((sms.smsc(), sms.pdus().len()), (Some("+8613800755500"), sms.parts() as usize));
                }
            }
        }
        // Each came once.
        simulator.deliver_sms(span, "10086", "the last", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "the last", "{}", model.name());
    }
}

#[tokio::test]
async fn ten_parts_out_of_order_and_some_twice_make_one_message() {
    let text = "0123456789".repeat(150);
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let parts = vec![7, 3, 3, 10, 1, 9, 2, 8, 7, 4, 6, 5];
        let message = simulator::Incoming::new("10086", &*text).parts(parts);
        simulator.deliver(first(model), &message);
        let sms = next_sms(&mut inbox).await;
        assert_eq!((sms.text(), sms.is_complete()), (&*text, true), "{}", model.name());
        assert_eq!(sms.parts(), 10);
    }
}

#[tokio::test]
async fn a_part_that_does_not_come_is_missing_after_a_time() {
    for model in [Model::OpenVox, Model::Allo, Model::Yeastar, Model::Dongle, Model::Quectel] {
        let simulator = of(model).await;
        let gateway = connect(config(&simulator).parts_timeout(Duration::from_millis(200))).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let text = "0123456789".repeat(40);
        let message = simulator::Incoming::new("10086", &*text).parts(vec![3, 1]);
        simulator.deliver(first(model), &message);
        let sms = next_sms(&mut inbox).await;
        assert_eq!((sms.parts(), sms.missing()), (3, &[2][..]), "{}", model.name());
        assert_eq!(sms.text(), [&text[..153], &text[306..]].concat(), "{}", model.name());
    }
}

#[tokio::test]
async fn what_waits_for_parts_is_handed_out_at_the_end() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    let message = simulator::Incoming::new("10086", "x".repeat(200)).parts(vec![2]);
    simulator.deliver(1, &message);
    simulator.deliver_sms(1, "10086", "whole", "2014/09/11 09:36:47");
    assert_eq!(next_sms(&mut inbox).await.text(), "whole");
    patience("the end", gateway.close()).await.expect("closed");
    let sms = next_sms(&mut inbox).await;
    assert_eq!((sms.text().len(), sms.missing()), (47, &[1][..]));
    assert_eq!(patience("the end", inbox.next()).await.expect_err("it has ended").kind(), ErrorKind::Closed);
}

#[test]
fn an_inbox_ends_with_the_runtime_that_read_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let readers = runtime();
    let (simulator, mut inbox) = readers.block_on(async {
        let (simulator, gateway) = both(Model::OpenVox).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let part = simulator::Incoming::new("10086", "x".repeat(200)).parts(vec![2]);
        simulator.deliver(1, &part);
        simulator.deliver_sms(1, "10086", "whole", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "whole");
        // It is not closed.
        std::mem::forget(gateway);
        (simulator, inbox)
    });
    drop(readers);
    runtime().block_on(async {
        assert_eq!(next_sms(&mut inbox).await.missing(), [1]);
        let error = patience("the end", inbox.next()).await.expect_err("it has ended");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    });
    drop(simulator);
}

#[tokio::test]
async fn accounts_that_see_less_and_ports_in_text_mode() {
    for model in [Model::OpenVox, Model::OpenVoxFirmware, Model::Allo] {
        // Without the class of calls nothing tells of the channels.
        for read in ["all", "dialplan,system"] {
            let simulator = simulate(Options::default().model(model).read(read.into())).await;
            let gateway = connect(config(&simulator)).await;
            let mut inbox = gateway.inbox().expect("an inbox");
            let message = |text: &str| simulator::Incoming::new("10086", text).time("2014/09/11 09:36:47".into());
            if model != Model::Allo {
                simulator.deliver(3, &message("by the dialplan \"alone\"").without_variables(true));
                let sms = next_sms(&mut inbox).await;
                assert_eq!((sms.span(), sms.text()), (3, "by the dialplan \"alone\""));
                assert_eq!((sms.sender(), sms.time()), ("10086", "2014-09-11T09:36:47"));
            }
            simulator.deliver(3, &message("in text mode \\ \"x\"").text_mode(true));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.span(), sms.text(), sms.pdus().len()), (3, "in text mode \\ \"x\"", 0), "{}", model.name());
            assert!(sms.time().starts_with("2014-09-11T09:36:47"), "{}", sms.time());
            simulator.deliver(3, &message("at once").flash(true));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.text(), sms.class()), ("at once", Some(0)));
            // A PDU that was cut is of no use; the text is told besides.
            let pdu = Some("07916831087055".to_owned());
            simulator.deliver(3, &message("its PDU is broken").pdu(pdu));
            assert_eq!(next_sms(&mut inbox).await.text(), "its PDU is broken");
        }
    }
}

#[tokio::test]
async fn dongles_tell_a_text_again_and_again_and_it_comes_once() {
    for (base64_first, dongle_2019) in [(false, false), (true, false), (false, true), (true, true)] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let gateway = connect(config(&simulator)).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let long = format!("{}€{}", "x".repeat(200), "[y]".repeat(50));
        for (sender, text) in [
            ("10086", "one"),
            ("10086", "one"),
            ("10086", "two\n\nlines, one of them empty"),
            ("My Shop", "Balance"),
            ("\nMessage:Q", "the true text"),
            ("\r\n\r\nEvent:", "body"),
            ("10086", &long),
            ("10086", "5 € ^{}\\[~]|"),
            ("10086", "last"),
        ] {
            simulator.deliver(1, &simulator::Incoming::new(sender, text).base64_first(base64_first));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.sender(), sms.text()), (sender, text));
        }
        // What the driver cannot read.
        let pdu = "0791947101670000440B913306000020F10004623040214365400A0605040B8423F0010603".to_owned();
        simulator.deliver(1, &simulator::Incoming::new("", "").pdu(Some(pdu)));
        let notice = next_sms(&mut inbox).await;
        assert_eq!((notice.data(), notice.application_port()), (Some(&[1, 6, 3][..]), Some(2948)));
    }
}

#[tokio::test]
async fn reports_of_dongles_are_told_once_with_what_the_network_said() {
    for (dongle_2019, id) in [(false, Some("p-7")), (true, None)] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let client = connect(config(&simulator)).await;
        let mut inbox = client.inbox().expect("an inbox");
        let send = ami::Action::new("DongleSendSMS")
            .with("Device", "dongle0")
            .with("Number", "+4915112345")
            .with("Message", "hi")
            .with("Report", "yes")
            .with("Payload", "p-7");
        client.client().call(&send).await.expect("queued");
        loop {
            let Incoming::Report(report) = next(&mut inbox).await else { panic!("nothing else comes") };
            if report.outcome() == Outcome::Sent {
                assert!(dongle_2019 && report.reference() == Some(0) && report.id().is_some());
                continue;
            }
            assert_eq!((report.outcome(), report.id(), report.status()), (Outcome::Delivered, id, Some(0)));
            assert_eq!((report.recipient(), report.reference()), (Some("+4915112345"), Some(0)));
            let time = report.time().expect("a time");
            assert!(time.len() == 25 && time.as_bytes()[10] == b'T' && time.ends_with("+08:00"), "{time}");
            break;
        }
    }
}

#[tokio::test]
async fn ussd_of_dongles_ends_as_the_network_says() {
    for dongle_2019 in [false, true] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let gateway = connect(config(&simulator)).await;
        let reply = |text: &str, responses, dcs| UssdReply::Text { text: text.to_owned(), responses, dcs };
        let device = port(Model::Dongle, 1);
        for (said, text, asks) in [
            (reply("Balance", 0, 15), "Balance", false),
            (reply("1 More\n2 Less", 1, 15), "1 More\n2 Less", true),
            (reply("5€ {x} @ $", 0, 15), "5€ {x} @ $", false),
            (reply("Баланс 10 ₽", 0, 72), "Баланс 10 ₽", false),
            (reply("Session ended", 2, 15), "Session ended", false),
            (reply("", 0, 15), "", false),
        ] {
            simulator.set_ussd("*100#", said);
            let reply = patience("a reply", gateway.send_ussd(device.clone(), "*100#", None)).await.expect("a reply");
            assert_eq!((reply.text(), reply.wants_answer()), (text, asks));
        }
        for (said, kind, why) in [
            (reply("", 2, 15), ErrorKind::Ussd, "ended"),
            (reply("", 3, 15), ErrorKind::Ussd, "something else on the modem"),
            (reply("no", 4, 15), ErrorKind::Ussd, "does not support"),
            (reply("", 5, 15), ErrorKind::OutcomeUnknown, "did not answer"),
        ] {
            simulator.set_ussd("*100#", said);
            let error =
                patience("an end", gateway.send_ussd(device.clone(), "*100#", None)).await.expect_err("no reply");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        if dongle_2019 {
            simulator.set_ussd("*100#", UssdReply::Failed);
            let error =
                patience("an end", gateway.send_ussd(device.clone(), "*100#", None)).await.expect_err("refused");
            assert!(error.kind() == ErrorKind::Ussd && error.to_string().contains("nothing was sent"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_gap_is_marked_in_the_inbox() {
    let simulator = of(Model::OpenVox).await;
    let again = ami::Reconnect::new(Duration::from_millis(5), Duration::from_millis(50));
    let gateway = connect(of_client(client_config(&simulator).reconnect(again))).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    simulator.deliver_sms(1, "10086", "before", "2014/09/11 09:36:47");
    assert_eq!(next_sms(&mut inbox).await.text(), "before");
    simulator.disconnect_all();
    match patience("the marker", inbox.next_item()).await.expect("an open inbox") {
        InboxItem::Marker(marker) => assert!(marker.is("#gap")),
        other => panic!("{other:?}"),
    }
    patience("an open link", gateway.client().until(ami::State::Open)).await.expect("open again");
    until("the one after", || simulator.deliver_sms(1, "10086", "after", "2014/09/11 09:36:47") > 0).await;
    assert_eq!(next_sms(&mut inbox).await.text(), "after");
}

// ---- USSD ----

#[tokio::test]
async fn dialogues_by_ussd() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let menu = UssdMenu::new("1 余额\n2 offers")
            .choice("1", UssdMenu::new("余额 10.00"))
            .choice("2", UssdMenu::new("which?").choice("9", UssdMenu::new("thanks")));
        simulator.set_ussd_menu("*100#", menu);
        let port = port(model, first(model));
        let mut dialogue = patience("the menu", gateway.dial(port.clone(), "*100#", None)).await.expect("a menu");
        assert_eq!((dialogue.reply().text(), dialogue.is_open()), ("1 余额\n2 offers", true), "{}", model.name());
        assert_eq!(patience("which", dialogue.answer("2")).await.expect("a menu").text(), "which?");
        let error = patience("the refusal", dialogue.answer("two\nlines")).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(dialogue.is_open(), "nothing was sent");
        let last = patience("the end", dialogue.answer("9")).await.expect("an end");
        assert_eq!((last.text(), last.wants_answer()), ("thanks", false), "{}", model.name());
        let error = patience("the refusal", dialogue.answer("1")).await.expect_err("it is over");
        assert_eq!(error.kind(), ErrorKind::State);

        let mut dialogue = patience("the menu", gateway.dial(port.clone(), "*100#", None)).await.expect("a menu");
        dialogue.end();
        assert!(!dialogue.is_open());

        simulator.set_ussd("*1#", simulator::UssdReply::TimedOut);
        let soon = Some(Duration::from_millis(300));
        let other = self::port(model, first(model) + 1);
        let error = patience("the time-out", gateway.send_ussd(other, "*1#", soon)).await.expect_err("no reply");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{}: {error}", model.name());
    }
}

#[tokio::test]
async fn a_ussd_text_of_the_networks_own_comes_into_the_inbox() {
    let (simulator, gateway) = both(Model::Dongle).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    simulator.deliver_ussd(2, "your balance is low", 1);
    match next(&mut inbox).await {
        Incoming::Ussd(ussd) => {
            assert_eq!((ussd.port(), ussd.text()), ("dongle1", "your balance is low"));
            assert_eq!(ussd.wants_answer(), Some(true));
        }
        other => panic!("{other:?}"),
    }
}

// ---- ports ----

#[tokio::test]
async fn ports_are_shown_as_they_are() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let span = first(model) + 1;
        let state = simulator.state(span).expect("a port").sim(simulator::Sim::Missing);
        simulator.set_state(span, state);
        let ports = patience("the ports", gateway.ports()).await.expect("ports");
        assert_eq!(ports.len(), 4, "{}", model.name());
        assert_eq!(ports[0].port(), &port(model, first(model)));
        assert!(ports[0].is_up() && ports[0].has_sim() && !ports[1].is_up(), "{}: {ports:?}", model.name());
        let signal = ports[0].signal().unwrap_or_else(|| panic!("{}: no signal", model.name()));
        assert!((-113..=-51).contains(&signal.dbm()) && signal.bars() <= 5);
        assert!(ports[0].operator().is_some() && ports[0].is_registered(), "{}: {:?}", model.name(), ports[0]);
    }
}

#[tokio::test]
async fn power_and_reload() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let span = first(model);
        let off = patience("the command", gateway.power(port(model, span), Power::Off)).await;
        let has_none = match model {
            Model::Yeastar => Some(ErrorKind::Unsupported),
            Model::OpenVox2013 => Some(ErrorKind::Command),
            _ => None,
        };
        if let Some(kind) = has_none {
            assert_eq!(off.expect_err("it has no such command").kind(), kind);
            continue;
        }
        off.unwrap_or_else(|error| panic!("{}: {error}", model.name()));
        assert!(!simulator.state(span).expect("a port").power, "{}", model.name());
        patience("the command", gateway.power(port(model, span), Power::On)).await.expect("on");
        assert!(simulator.state(span).expect("a port").power, "{}", model.name());
        patience("the command", gateway.power(port(model, span), Power::Reset)).await.expect("reset");
        patience("the command", gateway.reload(port(model, span))).await.expect("reloaded");
    }
}

#[tokio::test]
async fn any_time_will_do() {
    for model in MODELS {
        let (_simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi");
        for request in [request.clone().within(Duration::MAX), request.timeout(Duration::MAX)] {
            let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
            assert!(matches!(receipt.outcome(), Outcome::Sent | Outcome::Queued), "{}", model.name());
            let client = gateway.client();
            patience("the network", client.send_sms(&request)).await.ok();
        }
        let code = gateway.send_ussd(port(model, first(model)), "*100#", Some(Duration::MAX));
        patience("the network", code).await.expect("a reply");
    }
}

/// What was under way may have gone out; what waited did not, and what comes is sent by somebody else.
#[test]
fn a_runtime_that_stops_leaves_nobody_waiting() {
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
        patience("the command", async {
            while simulator.sent().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
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

/// The driver tells results by port: that of a PDU, which it only took, is not the next message's.
#[tokio::test]
async fn the_result_of_a_pdu_is_not_taken_for_the_next_messages() {
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
async fn an_answer_to_a_command_of_ones_own_is_no_refusal() {
    let simulator = of(Model::Dongle).await;
    let gateway = connect(config(&simulator).dialect("dongle sms {port} {to} {text}")).await;
    let request = SmsRequest::new("dongle0", "10086", "hi");
    let receipt = patience("the gateway", gateway.send(&request)).await.expect("queued");
    assert_eq!((receipt.outcome(), receipt.peer_text()), (Outcome::Queued, &b"[dongle0] SMS queued for send"[..]));
    assert_eq!(simulator.sent().len(), 1);
    // What is not understood may be either.
    let request = SmsRequest::new("dongle7", "10086", "hi");
    let refused = refusal(patience("the gateway", gateway.send(&request)).await);
    assert_eq!(refused, (ErrorKind::OutcomeUnknown, Some(Outcome::Unknown)));
}

#[tokio::test]
async fn a_command_with_an_id_always_has_one() {
    let simulator = of(Model::OpenVox).await;
    let command = "gsm send sync sms {port} {to} {text} {timeout} {id} {flash}";
    let gateway = connect(config(&simulator).dialect(command)).await;
    patience("the network", gateway.send(&SmsRequest::new(1, "10086", "hi"))).await.expect("sent");
    let id = simulator.sent().pop().and_then(|sms| sms.id).expect("an id");
    assert!(id.starts_with("ami"), "{id} is the argument behind it");
}

/// Two programs at one gateway see each other's reports.
#[test]
fn the_ids_of_two_programs_differ() {
    const CHILD: &str = "AMI_TEST_ID_OF_A_PROGRAM";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let id = runtime.block_on(async {
        let (simulator, gateway) = both(Model::Yeastar).await;
        patience("the network", gateway.send(&SmsRequest::new(2, "10086", "hi"))).await.expect("sent");
        simulator.sent().pop().and_then(|sms| sms.id).expect("an id")
    });
    if std::env::var_os(CHILD).is_some() {
        println!("\n{id}");
        return;
    }
    let program = |id: &str| id.rsplit_once('-').map(|(program, _)| program.to_owned());
    let mut child = std::process::Command::new(std::env::current_exe().expect("a program"));
    let child = child.args(["--exact", "the_ids_of_two_programs_differ", "--nocapture"]).env(CHILD, "1");
    let said = String::from_utf8(child.output().expect("it ran").stdout).expect("a text");
    let other = said.lines().find(|line| line.starts_with("ami")).expect("an id");
    assert!(program(&id).is_some_and(|own| program(other).is_some_and(|other| own != other)), "{id} {other}");
}

#[tokio::test]
async fn what_no_line_can_hold_is_refused_at_once() {
    let long = "x".repeat(1100);
    let (dongles, dongle) = both(Model::Dongle).await;
    let exact = "x".repeat(160);
    for (text, why) in [(&*long, "room for 1013"), (&exact, "160 septets exactly"), ("a\0b", "NUL")] {
        let error = dongle.submit(&SmsRequest::new("dongle0", "10086", text)).expect_err("refused at once");
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(why), "{error}");
        assert!(dongle.parts(text).is_err());
    }
    let simulator = of(Model::OpenVox).await;
    let words = "x ".repeat(510);
    let gateway = connect(config(&simulator).dialect(format!("{words} {{port}} {{to}} {{text}}"))).await;
    let error = gateway.submit(&SmsRequest::new(1, "10086", "hi")).expect_err("refused at once");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(dongles.sent().is_empty() && simulator.sent().is_empty());
}

#[tokio::test]
async fn what_is_given_up_before_it_could_be_written_is_not_sent_later() {
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

#[tokio::test]
async fn a_ussd_code_goes_before_all_messages() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_millis(100));
    simulator.set_ussd("*100#", simulator::UssdReply::text("10.00"));
    let request = SmsRequest::new(1, "10086", "hi").priority(Priority::High).timeout(Duration::from_secs(600));
    let sendings: Vec<_> = (0..5).map(|_| gateway.submit(&request).expect("queued")).collect();
    let code = patience("the reply", gateway.send_ussd(1, "*100#", Some(Duration::from_secs(600)))).await;
    assert_eq!(code.expect("a reply").text(), "10.00");
    assert!(simulator.sent().len() <= 2, "{} went first", simulator.sent().len());
    drop(sendings);
}

#[tokio::test]
async fn messages_come_in_while_the_network_thinks_about_a_ussd_code() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        simulator.set_ussd("*100#", simulator::UssdReply::TimedOut);
        let under_way = gateway.send_ussd(port(model, first(model)), "*100#", Some(Duration::from_secs(600)));
        let mut under_way = std::pin::pin!(under_way);
        assert!(timeout(Duration::from_millis(300), &mut under_way).await.is_err(), "it takes its time");
        simulator.deliver_sms(first(model) + 1, "10086", "meanwhile", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "meanwhile", "{}", model.name());
        let request = SmsRequest::new(port(model, first(model) + 1), "10086", "hi");
        patience("the network", gateway.send(&request)).await.expect("sent");
        assert!(timeout(Duration::from_millis(1), &mut under_way).await.is_err(), "{}: it has ended", model.name());
    }
}

#[tokio::test]
async fn an_answer_to_a_ussd_menu_may_be_a_text_and_a_code_may_not() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let name = "Jo \"the\" \\ Smith";
        simulator.set_ussd_menu("*100#", UssdMenu::new("Your name?").choice(name, UssdMenu::new("Hello Jo")));
        let port = port(model, first(model));
        let refused = patience("a code", gateway.send_ussd(port.clone(), "hello", None)).await.expect_err("no code");
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        let mut dialogue = patience("a menu", gateway.dial(port, "*100#", None)).await.expect("a menu");
        for bad in ["", "two\nlines", &"x".repeat(183)] {
            let error = patience("an answer", dialogue.answer(bad)).await.expect_err("it cannot be sent");
            assert_eq!(error.kind(), ErrorKind::Invalid, "{bad:?}");
        }
        let reply = patience("an answer", dialogue.answer(name)).await.expect("a reply");
        assert_eq!(reply.text(), "Hello Jo", "{}", model.name());
    }
}
