//! Truth of receipts and deadlines of gateways: ports that rest, ids that are used once, sessions that are given back.
#![cfg(feature = "simulator")]

use std::time::{Duration, Instant};

use ami::gsm::{Gateway, GatewayConfig, Outcome, Power, Receipt, SendError, SmsClient, SmsRequest};
use ami::simulator::{self, Model, Options, Simulator};
use ami::{Config, ErrorKind};
use tokio::time::timeout;

use support::clock::{PATIENCE, patience, until};
use support::server::Server;

/// The shortest rest there is.
const REST: Duration = Duration::from_secs(2);

async fn simulate(model: Model) -> Simulator {
    let options = Options::default().model(model).second(Duration::from_millis(400));
    Simulator::start(options).await.expect("a simulator")
}

fn client_config(simulator: &Simulator) -> Config {
    Config::new("127.0.0.1", "admin", "amp111").port(simulator.port())
}

fn resting(config: Config) -> GatewayConfig {
    GatewayConfig::new(config).port_cooldown(REST)
}

fn config(simulator: &Simulator) -> GatewayConfig {
    resting(client_config(simulator))
}

async fn gateway(config: GatewayConfig) -> Gateway {
    patience("the login", Gateway::connect(config)).await.expect("a gateway")
}

async fn client(config: GatewayConfig) -> SmsClient {
    let client = SmsClient::new(config).expect("good settings");
    patience("the login", client.client().open()).await.expect("logged in");
    client
}

fn sms(id: &str) -> SmsRequest {
    SmsRequest::new(1, "10086", "hi").id(id).timeout(Duration::from_secs(1))
}

fn outcome(result: Result<Receipt, SendError>) -> Outcome {
    match result {
        Ok(receipt) => receipt.outcome(),
        Err(error) => error.receipt().unwrap_or_else(|| panic!("{error}")).outcome(),
    }
}

fn aired(simulator: &Simulator) -> Vec<String> {
    let sent = simulator.sent();
    simulator.aired().iter().map(|aired| sent[aired.sms].id.clone().unwrap_or_default()).collect()
}

/// The first message is late, the second never goes: whoever sends it must not say that it did.
fn in_trouble(simulator: &Simulator) {
    simulator.next_outcomes(1, [simulator::Outcome::Late, simulator::Outcome::TimedOut]);
}

/// The one number of seconds in an error.
fn seconds_of(error: &str) -> u64 {
    let words: Vec<&str> = error.split(' ').collect();
    let at = words.iter().position(|word| word.trim_end_matches([';', ',']) == "s").expect("seconds");
    words[at - 1].parse().expect("a number")
}

async fn check(simulator: &Simulator, first: Outcome, second: Outcome) {
    assert_eq!((first, second), (Outcome::Unknown, Outcome::Unknown));
    until("the late one", || !simulator.aired().is_empty()).await;
    assert_eq!(aired(simulator), ["first"]);
}

// ---- ports that rest ----

#[tokio::test]
async fn cooldown_keeps_a_late_result_from_the_clients_next_message() {
    let simulator = simulate(Model::OpenVox).await;
    let client = client(config(&simulator)).await;
    in_trouble(&simulator);
    let first = outcome(patience("the first", client.send_sms(&sms("first"))).await);
    let second = outcome(patience("the second", client.send_sms(&sms("second"))).await);
    check(&simulator, first, second).await;
}

#[tokio::test]
async fn cooldown_holds_across_clients_and_gateways_of_a_process() {
    for by_gateway in [[false, false], [true, false], [false, true], [true, true]] {
        let simulator = simulate(Model::OpenVox).await;
        in_trouble(&simulator);
        let mut outcomes = Vec::new();
        for (id, by_gateway) in ["first", "second"].into_iter().zip(by_gateway) {
            // Each is closed before the next one is opened.
            outcomes.push(outcome(if by_gateway {
                let gateway = gateway(config(&simulator)).await;
                let result = patience(id, gateway.send(&sms(id))).await;
                patience("the end", gateway.close()).await.expect("closed");
                result
            } else {
                let client = client(config(&simulator)).await;
                let result = patience(id, client.send_sms(&sms(id))).await;
                patience("the end", client.client().close()).await.expect("closed");
                result
            }));
        }
        check(&simulator, outcomes[0], outcomes[1]).await;
    }
}

#[tokio::test]
async fn receipts_of_two_clients_at_one_port_are_their_own() {
    let simulator = simulate(Model::OpenVox).await;
    let (one, other) = (client(config(&simulator)).await, client(config(&simulator)).await);
    in_trouble(&simulator);
    let (first, second) = (sms("first"), sms("second"));
    let later = async {
        until("the first", || !simulator.sent().is_empty()).await;
        other.send_sms(&second).await
    };
    let (first, second) = patience("both", async { tokio::join!(one.send_sms(&first), later) }).await;
    check(&simulator, outcome(first), outcome(second)).await;
}

#[tokio::test]
async fn cooldown_follows_a_message_that_was_cancelled_or_cut_off() {
    for is_cut in [false, true] {
        let simulator = simulate(Model::OpenVox).await;
        in_trouble(&simulator);
        let one = client(config(&simulator)).await;
        let first = sms("first").timeout(Duration::from_secs(2));
        {
            let mut sending = std::pin::pin!(one.send_sms(&first));
            patience("the command", async {
                tokio::select! {
                    _ = &mut sending => panic!("it takes its time"),
                    () = until("the command", || !simulator.sent().is_empty()) => {}
                }
            })
            .await;
            if is_cut {
                simulator.disconnect_all();
                assert_eq!(outcome(patience("the end", sending).await), Outcome::Unknown);
            }
        }
        let other = client(config(&simulator)).await;
        // A message with the same timeout has the time to wait for it.
        let second = sms("second").timeout(Duration::from_secs(2));
        let second = outcome(patience("the second", other.send_sms(&second)).await);
        check(&simulator, Outcome::Unknown, second).await;
    }
}

#[tokio::test]
async fn cooldown_ends_by_the_late_answer_of_a_cancelled_message() {
    let simulator = simulate(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_millis(400));
    simulator.set_ussd("*100#", simulator::UssdReply::text("balance 5"));
    let client = client(config(&simulator)).await;
    let hour = Duration::from_secs(3600);
    let first = sms("first").timeout(hour);
    let _ = timeout(Duration::from_millis(100), client.send_sms(&first)).await.expect_err("it takes its time");
    assert_eq!(outcome(patience("the second", client.send_sms(&sms("second").timeout(hour))).await), Outcome::Sent);
    assert_eq!(aired(&simulator), ["first", "second"]);
    let code = client.send_ussd(1, "*100#", Some(hour));
    let _ = timeout(Duration::from_millis(100), code).await.expect_err("it takes its time");
    let reply = patience("the reply", client.send_ussd(1, "*100#", Some(hour))).await.expect("a reply");
    assert_eq!(reply.text(), "balance 5");
}

#[tokio::test]
async fn cooldown_follows_a_queued_message_for_those_that_need_results() {
    let simulator = simulate(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_millis(300));
    simulator.next_outcomes(1, [simulator::Outcome::Sent, simulator::Outcome::Sent, simulator::Outcome::Failed]);
    let client = client(config(&simulator)).await;
    let since = Instant::now();
    for id in ["first", "second"] {
        let receipt = patience("the gateway", client.queue_sms(&sms(id))).await.expect("queued");
        assert_eq!(receipt.outcome(), Outcome::Queued);
    }
    assert!(since.elapsed() < REST, "handing over does not wait for what was handed over");
    let third = sms("third").timeout(Duration::from_secs(10));
    assert_eq!(outcome(patience("the network", client.send_sms(&third)).await), Outcome::Failed);
    assert_eq!(aired(&simulator), ["first", "second"]);
}

#[tokio::test]
async fn queued_messages_go_one_at_a_time() {
    let simulator = simulate(Model::OpenVox).await;
    let gateway = gateway(config(&simulator)).await;
    let since = Instant::now();
    let sending = ["low", "high"].map(|id| {
        let priority = if id == "high" { ami::gsm::Priority::High } else { ami::gsm::Priority::Low };
        gateway.submit(&sms(id).by_pdu(true).priority(priority)).expect("queued")
    });
    for sending in sending {
        assert_eq!(outcome(patience("the gateway", sending).await), Outcome::Queued);
    }
    assert!(since.elapsed() >= REST, "the second went after {:?}", since.elapsed());
    until("both", || simulator.aired().len() == 2).await;
    assert_eq!(aired(&simulator), ["high", "low"]);
}

#[tokio::test]
async fn cooldown_longer_than_the_timeout_is_busy_and_gives_the_time() {
    let simulator = simulate(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_secs(3600));
    let one = client(config(&simulator)).await;
    let first = sms("first").timeout(Duration::from_secs(600));
    let _ = timeout(Duration::from_millis(100), one.send_sms(&first)).await.expect_err("it takes its time");
    until("the command", || !simulator.sent().is_empty()).await;
    let brief = sms("second").timeout(Duration::from_millis(100));
    let (other, gateway) = (client(config(&simulator)).await, gateway(config(&simulator)).await);
    for result in
        [patience("the refusal", other.send_sms(&brief)).await, patience("the refusal", gateway.send(&brief)).await]
    {
        let error = result.expect_err("the port rests");
        assert_eq!(error.kind(), ErrorKind::SmsBusy, "{error}");
        assert_eq!(error.receipt().map(Receipt::outcome), Some(Outcome::Busy));
        assert!((500..=602).contains(&seconds_of(&error.to_string())), "{error}");
    }
    let error = patience("the refusal", gateway.send(&brief.within(Duration::from_millis(50)))).await;
    let error = error.expect_err("the port rests");
    assert_eq!((error.kind(), error.receipt().map(Receipt::outcome)), (ErrorKind::Timeout, Some(Outcome::NotSent)));
    assert_eq!(simulator.sent().len(), 1);
}

/// Clients and gateways of one process at the same ports, with messages in trouble, links that break and calls that are given
/// up: nobody is told anything that is not so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_are_true_for_any_sender_and_any_fault() {
    const SPANS: u32 = 12;
    const EACH: u32 = 6;
    let options = Options::default().spans(SPANS).second(Duration::from_millis(250)).seed(11);
    let simulator = Simulator::start(options).await.expect("a simulator");
    for span in simulator.spans() {
        simulator.set_latency_range(span, Duration::ZERO, Duration::from_millis(100));
        simulator.set_rates(
            span,
            &[
                (simulator::Outcome::Failed, 0.1),
                (simulator::Outcome::TimedOut, 0.1),
                (simulator::Outcome::Late, 0.1),
                (simulator::Outcome::Busy, 0.1),
            ],
        );
    }
    let again = ami::Reconnect::new(Duration::from_millis(5), Duration::from_millis(20));
    let config = resting(client_config(&simulator).reconnect(again));
    let (gateways, clients) = (
        [gateway(config.clone()).await, gateway(config.clone()).await],
        [client(config.clone()).await, client(config.clone()).await],
    );
    let mut tasks = tokio::task::JoinSet::new();
    for span in simulator.spans() {
        for who in 0..4 {
            let (gateway, client) = (gateways[who % 2].clone(), clients[who % 2].clone());
            tasks.spawn(async move {
                let mut told = Vec::new();
                for number in 0..EACH {
                    let id = format!("{span}-{who}-{number}");
                    let sms = SmsRequest::new(span, "10086", "hi").id(&id).timeout(Duration::from_secs(2));
                    let sending = async {
                        match (who < 2, number % 3) {
                            (true, _) => gateway.send(&sms).await,
                            (false, 0) => client.queue_sms(&sms).await,
                            (false, _) => client.send_sms(&sms).await,
                        }
                    };
                    // Some lose their patience.
                    let limit = if number == 4 { Duration::from_millis(300) } else { PATIENCE };
                    let result = match timeout(limit, sending).await {
                        Ok(Ok(receipt)) => receipt.outcome(),
                        Ok(Err(error)) => error.receipt().map_or(Outcome::NotSent, Receipt::outcome),
                        Err(_) => Outcome::Unknown,
                    };
                    told.push((id, result));
                }
                told
            });
        }
    }
    let cuts = async {
        loop {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            simulator.disconnect_all();
        }
    };
    let mut told = Vec::new();
    tokio::select! {
        () = cuts => {}
        () = async {
            while let Some(some) = timeout(PATIENCE * 5, tasks.join_next()).await.expect("an end") {
                told.extend(some.expect("no panic"));
            }
        } => {}
    }
    let goes = |sms: &&simulator::SentSms| matches!(sms.outcome, simulator::Outcome::Sent | simulator::Outcome::Late);
    let expected = simulator.sent().iter().filter(goes).count();
    until("the late ones", || simulator.aired().len() >= expected).await;
    let aired = aired(&simulator);
    let mut tally = std::collections::HashMap::<Outcome, u32>::new();
    for (id, outcome) in &told {
        let times = aired.iter().filter(|aired| *aired == id).count();
        match outcome {
            Outcome::Sent => assert_eq!(times, 1, "{id} is said to be sent"),
            Outcome::Failed | Outcome::Busy | Outcome::NotSent => assert_eq!(times, 0, "{id}: {outcome:?}"),
            _ => assert!(times <= 1, "{id} went out {times} times"),
        }
        *tally.entry(*outcome).or_default() += 1;
    }
    assert_eq!(told.len(), (SPANS * 4 * EACH) as usize);
    assert!(tally[&Outcome::Sent] > 50 && tally[&Outcome::Unknown] > 5, "{tally:?}");
    println!("{tally:?}");
}

// ---- USSD ----

#[tokio::test]
async fn ussd_late_reply_is_not_the_next_codes() {
    for (model, by_client) in [(Model::Dongle, false), (Model::Quectel, false), (Model::Dongle, true)] {
        let simulator = simulate(model).await;
        simulator.set_ussd("*100#", simulator::UssdReply::text("balance 5"));
        simulator.set_ussd("*200#", simulator::UssdReply::text("bonus 7"));
        let port = format!("{}0", model.name());
        let gateway = gateway(config(&simulator)).await;
        let client = client(config(&simulator).dialect(model.name())).await;
        let send = |code: &'static str, time| {
            let (gateway, client, port) = (gateway.clone(), client.clone(), port.clone());
            async move {
                let time = Some(Duration::from_millis(time));
                let port = port.as_str();
                let sending = async {
                    if by_client {
                        client.send_ussd(port, code, time).await
                    } else {
                        gateway.send_ussd(port, code, time).await
                    }
                };
                patience(code, sending).await
            }
        };
        simulator.set_latency(1, Duration::from_millis(1200));
        let error = send("*100#", 100).await.expect_err("it is late");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
        simulator.set_latency(1, Duration::ZERO);
        // It comes while the port rests.
        assert_eq!(send("*200#", 20_000).await.expect("a reply").text(), "bonus 7", "{}", model.name());
    }
}

#[tokio::test]
async fn cooldown_for_ussd_is_reported_and_messages_go() {
    let simulator = simulate(Model::OpenVox).await;
    simulator.set_ussd("*1#", simulator::UssdReply::TimedOut);
    let client = client(config(&simulator)).await;
    let code = client.send_ussd(1, "*1#", Some(Duration::from_secs(600)));
    let _ = timeout(Duration::from_millis(100), code).await.expect_err("it takes its time");
    let gateway = gateway(config(&simulator)).await;
    let other = self::client(config(&simulator)).await;
    let soon = Some(Duration::from_secs(1));
    for result in [
        patience("the refusal", gateway.send_ussd(1, "*2#", soon)).await,
        patience("the refusal", other.send_ussd(1, "*2#", soon)).await,
    ] {
        let error = result.expect_err("the port rests");
        assert_eq!(error.kind(), ErrorKind::Ussd, "{error}");
        assert!((500..=602).contains(&seconds_of(&error.to_string())), "{error}");
    }
    // Results of messages are kept apart.
    assert_eq!(outcome(patience("the network", gateway.send(&sms("mine"))).await), Outcome::Sent);
}

#[tokio::test]
async fn ussd_codes_at_one_dongle_get_their_own_replies() {
    let simulator = simulate(Model::Dongle).await;
    simulator.set_ussd("*100#", simulator::UssdReply::text("balance 5"));
    simulator.set_ussd("*200#", simulator::UssdReply::text("bonus 7"));
    simulator.set_latency(1, Duration::from_millis(200));
    let (one, other) = (gateway(config(&simulator)).await, gateway(config(&simulator)).await);
    let time = Some(Duration::from_secs(20));
    let both =
        async { tokio::join!(one.send_ussd("dongle0", "*100#", time), other.send_ussd("DONGLE0", "*200#", time)) };
    let (first, second) = patience("both", both).await;
    assert_eq!(first.expect("a reply").text(), "balance 5");
    assert_eq!(second.expect("a reply").text(), "bonus 7");
}

// ---- ids ----

#[tokio::test]
async fn id_in_use_is_refused_where_results_come_by_id() {
    let simulator = simulate(Model::Yeastar).await;
    let (one, other) = (gateway(config(&simulator)).await, gateway(config(&simulator)).await);
    let client = client(config(&simulator).dialect("yeastar")).await;
    let sms = |port: u32, id: &str| SmsRequest::new(port, "10086", "hi").id(id).timeout(Duration::from_secs(1));
    let refused = |result: Result<Receipt, SendError>| {
        let error = result.expect_err("the id is in use");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("the id mine"), "{error}");
    };
    // In flight, on another port and from another gateway.
    simulator.set_latency(2, Duration::from_millis(300));
    simulator.next_outcomes(3, [simulator::Outcome::Failed]);
    let first = one.submit(&sms(2, "mine")).expect("queued");
    refused(one.submit(&sms(3, "mine")).map(|_| panic!("the id is in use")));
    refused(patience("the refusal", other.send(&sms(3, "mine"))).await);
    refused(patience("the refusal", client.send_sms(&sms(3, "mine"))).await);
    refused(patience("the refusal", client.queue_sms(&sms(3, "mine"))).await);
    assert_eq!(outcome(patience("the network", first).await), Outcome::Sent);
    // Its result is known, so it is free again.
    assert_eq!(outcome(patience("the network", other.send(&sms(3, "mine"))).await), Outcome::Failed);
    // Unknown: the late report would be taken for the second attempt's.
    simulator.set_latency(2, Duration::ZERO);
    simulator.next_outcomes(2, [simulator::Outcome::Late, simulator::Outcome::Failed]);
    let late = sms(2, "mine").timeout(Duration::from_millis(100));
    assert_eq!(outcome(patience("the time-out", one.send(&late)).await), Outcome::Unknown);
    patience("the end", one.close()).await.expect("closed");
    refused(patience("the refusal", other.send(&sms(2, "mine"))).await);
    assert_eq!(outcome(patience("the network", other.send(&sms(2, "another"))).await), Outcome::Failed);
    assert_eq!(simulator.sent().len(), 4, "nothing was written of what was refused");
}

#[tokio::test]
async fn id_may_be_used_again_where_results_come_by_port() {
    let simulator = simulate(Model::OpenVox).await;
    let gateway = gateway(config(&simulator)).await;
    let sending = [1, 2].map(|port| gateway.submit(&SmsRequest::new(port, "10086", "hi").id("mine")).expect("queued"));
    for sending in sending {
        assert_eq!(outcome(patience("the network", sending).await), Outcome::Sent);
    }
}

// ---- sessions ----

#[tokio::test]
async fn sessions_are_not_kept_for_ports_that_do_not_exist() {
    let simulator = simulate(Model::OpenVox).await;
    let gateway = gateway(config(&simulator)).await;
    for port in 1000..1050 {
        let refused = patience("the refusal", gateway.send(&SmsRequest::new(port, "10086", "hi"))).await;
        assert_eq!(refused.expect_err("there is no such port").kind(), ErrorKind::SmsFailed);
        let error = patience("the refusal", gateway.send_ussd(port + 100, "*100#", None)).await.expect_err("no port");
        assert_eq!(error.kind(), ErrorKind::Ussd, "{error}");
    }
    until("the end of the sessions", || simulator.sessions() == 1).await;
    // Others are kept for the next message.
    for _ in 0..2 {
        let request = SmsRequest::new(1, "10086", "hi");
        assert_eq!(outcome(patience("the network", gateway.send(&request)).await), Outcome::Sent);
        assert_eq!(simulator.sessions(), 2);
    }
}

#[tokio::test]
async fn sessions_of_idle_ports_are_closed_and_opened_again() {
    let simulator = simulate(Model::OpenVox).await;
    let gateway = gateway(config(&simulator)).await;
    let request = SmsRequest::new(1, "10086", "hi");
    assert_eq!(outcome(patience("the network", gateway.send(&request)).await), Outcome::Sent);
    assert_eq!(simulator.sessions(), 2);
    until("the end of the session", || simulator.sessions() == 1).await;
    assert_eq!(outcome(patience("the network", gateway.send(&request)).await), Outcome::Sent);
}

// ---- deadlines of a whole ----

/// A server that lets everybody in, and answers commands by the function: with this text after this time, or not at all.
async fn server<F>(answer: F) -> GatewayConfig
where
    F: Fn(&str) -> Option<(String, Duration)> + Copy + Send + Sync + 'static,
{
    let server = Server::start().await;
    let config = Config::new("127.0.0.1", "admin", "amp111").port(server.port());
    server.serve(move |_, asked| async move {
        match asked.name.as_str() {
            "Challenge" | "Login" => Some(asked.accept()),
            "Command" => {
                let Some((text, time)) = answer(asked.get("Command").unwrap_or_default()) else {
                    return Some(String::new());
                };
                tokio::time::sleep(time).await;
                let head = format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {}\r\n", asked.id);
                Some(format!("{head}{text}--END COMMAND--\r\n\r\n"))
            }
            _ => Some(String::new()),
        }
    });
    config.action_timeout(Duration::from_secs(1)).into()
}

#[tokio::test]
async fn deadline_of_connecting_to_a_silent_gateway_is_one_action_timeout() {
    let config = server(|_| None).await;
    let since = Instant::now();
    let error = patience("the refusal", Gateway::connect(config.clone())).await.expect_err("it says nothing");
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("choose a dialect"), "{error}");
    // A chosen dialect needs no question.
    gateway(config.dialect("openvox")).await;
}

#[tokio::test]
async fn deadline_of_detection_holds_where_some_questions_are_not_answered() {
    let config = server(|command| {
        let usage = "Usage: allogsm send sync sms <span> <destination> <message> <timeout> [id]\n".to_owned();
        command.ends_with("help allogsm send sync sms").then_some((usage, Duration::ZERO))
    });
    let since = Instant::now();
    assert_eq!(gateway(config.await).await.dialect().to_string(), "allo");
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
}

const SPANS: usize = 60;

/// Many ports, each of which takes a tenth of a second to show.
#[tokio::test]
async fn power_result_is_the_drivers() {
    let config = server(|command| {
        let words = match command {
            "gsm power on 1" => "Power on span 1 sucessed\n",
            "gsm power off 1" => "Power off span 1 sucessed\n",
            "gsm power reset 1" => "Reset power on span 1 success\n",
            "gsm power on 2" => "Unable to power on span 2\n",
            "gsm power off 2" => "Power off span 2 failed\n",
            // Of another port, or nothing at all.
            "gsm power on 3" => "Power on span 1 sucessed\n",
            _ => "",
        };
        Some((words.to_owned(), Duration::ZERO))
    })
    .await;
    let gateway = gateway(config.dialect("openvox")).await;
    for power in [Power::On, Power::Off, Power::Reset] {
        patience("the command", gateway.power(1, power)).await.expect("done");
    }
    for (port, power, words) in [
        (2, Power::On, "Unable to power on span 2"),
        (2, Power::Off, "Power off span 2 failed"),
        (2, Power::Reset, ""),
        (3, Power::On, "Power on span 1 sucessed"),
    ] {
        let error = patience("the command", gateway.power(port, power)).await.expect_err("not done");
        assert_eq!(error.kind(), ErrorKind::Command, "{error}");
        assert_eq!(error.peer_message().unwrap_or_default().trim_ascii(), words.as_bytes());
    }
}

async fn slow_ports() -> Gateway {
    let config = server(|command| {
        if command == "gsm show spans" {
            let line = |span| format!("GSM span {span}: Power on, Provisioned, Up, Active,Standard\n");
            return Some(((1..=SPANS).map(line).collect(), Duration::ZERO));
        }
        Some(("Network Name: SLOW\nSignal Quality (0,31): 20\n".to_owned(), Duration::from_millis(100)))
    });
    gateway(config.await.dialect("openvox")).await
}

#[tokio::test]
async fn deadline_of_the_ports_holds_and_incomplete_ones_say_so() {
    let gateway = slow_ports().await;
    let since = Instant::now();
    let ports = patience("the ports", gateway.ports()).await.expect("ports");
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    let complete = ports.iter().take_while(|port| port.is_complete()).count();
    assert!(ports.len() == SPANS && (1..=10).contains(&complete), "{complete} of {}", ports.len());
    assert!(ports[..complete].iter().all(|port| port.operator() == Some("SLOW") && port.signal().is_some()));
    assert!(ports[complete..].iter().all(|port| !port.is_complete() && port.is_up() && port.signal().is_none()));
    let ports = patience("the ports", gateway.ports_within(PATIENCE)).await.expect("ports");
    assert!(ports.iter().all(ami::gsm::PortStatus::is_complete));
}
