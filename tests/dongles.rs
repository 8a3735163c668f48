//! Gateways of dongles: messages under way, devices and links that go, and drivers that are found out.
#![cfg(feature = "simulator")]

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ami::gsm::{Gateway, GatewayConfig, Outcome, Power, Priority, Receipt, SendError, SmsClient, SmsRequest};
use ami::simulator::{self, Model, Options, Simulator, SpanState};
use ami::{Action, Config, ErrorKind, Reconnect};

use support::clock::{PATIENCE, patience, until};
use support::server::{Asked, Server};

/// Every driver that there is.
fn drivers() -> [Options; 4] {
    let of = |model| Options::default().model(model).second(Duration::from_millis(20));
    [of(Model::Dongle), of(Model::Quectel), of(Model::Dongle).bg111(true), of(Model::Dongle).dongle_2019(true)]
}

async fn both(options: Options) -> (Simulator, Gateway, &'static str) {
    let device = if options.model == Model::Quectel { "quectel0" } else { "dongle0" };
    let simulator = Simulator::start(options).await.expect("a simulator");
    let config = Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()).reconnect(None);
    let gateway = patience("the login", Gateway::connect(config)).await.expect("a gateway");
    (simulator, gateway, device)
}

/// The outcome, and the words of an error.
fn told(result: Result<Receipt, SendError>) -> (Outcome, String) {
    match result {
        Ok(receipt) => (receipt.outcome(), String::new()),
        Err(error) => (error.receipt().unwrap_or_else(|| panic!("{error}")).outcome(), error.to_string()),
    }
}

#[tokio::test]
async fn dongle_device_has_one_message_and_the_others_wait_by_priority() {
    for options in drivers() {
        let (simulator, gateway, device) = both(options).await;
        simulator.set_latency(1, Duration::from_millis(100));
        let request = |text: &str| SmsRequest::new(device, "+10086", text);
        let mut sending: Vec<_> =
            ["one", "two", "three"].iter().map(|text| gateway.submit(&request(text)).expect("in the queue")).collect();
        let within = request("in vain").priority(Priority::Low).within(Duration::from_millis(50));
        let late = gateway.submit(&within).expect("in the queue");
        let high = gateway.submit(&request("high").priority(Priority::High)).expect("in the queue");
        until("the first", || simulator.sent_count() > 0).await;
        for sending in sending.drain(..).take(2) {
            assert_eq!(told(patience("the network", sending).await).0, Outcome::Sent);
        }
        assert_eq!(told(patience("the network", high).await).0, Outcome::Sent);
        let texts: Vec<String> = simulator.sent().into_iter().map(|sms| sms.text).collect();
        assert!(texts.len() >= 3 && texts[0] == "high", "{texts:?}");
        until("the third", || simulator.sent_count() == 4).await;
        // The end waits for the one that is with the driver, and nothing else goes out after that.
        let not_sent = patience("the end", gateway.close()).await.expect("closed");
        assert!(not_sent.len() <= 1);
        let (outcome, words) = told(patience("the end", late).await);
        assert_eq!(outcome, Outcome::NotSent, "{words}");
        assert_eq!((simulator.sent_count(), simulator.aired_count()), (4, 4));
    }
}

#[tokio::test]
async fn dongle_device_removed_leaves_its_message_unknown_and_the_others_unsent() {
    for options in drivers() {
        for how in ["unplugged", "off", "reset", "silence"] {
            let (simulator, gateway, device) = both(options.clone()).await;
            let place = format!("{} {how}", options.model.name());
            if how == "silence" {
                // The driver gives up after 40 s of its own.
                simulator.next_outcomes(1, [simulator::Outcome::TimedOut]);
            } else {
                simulator.set_latency(1, Duration::from_secs(3600));
            }
            let request = |number: u32| {
                SmsRequest::new(device, "+10086", &number.to_string()).timeout(PATIENCE).report(number == 1)
            };
            let sending: Vec<_> =
                (1..=4).map(|number| gateway.submit(&request(number)).expect("in the queue")).collect();
            until("the first", || simulator.sent_count() == 1).await;
            let since = Instant::now();
            match how {
                "unplugged" => simulator.set_state(1, SpanState::default().power(false)),
                "off" => patience("the command", gateway.power(device, Power::Off)).await.expect("off"),
                "reset" => patience("the command", gateway.power(device, Power::Reset)).await.expect("reset"),
                _ => {}
            }
            for (number, sending) in sending.into_iter().enumerate() {
                let (outcome, words) = told(patience("the outcome", sending).await);
                let expected = if number == 0 { Outcome::Unknown } else { Outcome::NotSent };
                assert_eq!(outcome, expected, "{place}: {words}");
                assert!(words.contains("the driver let go of port"), "{place}: {words}");
            }
            assert!(since.elapsed() < PATIENCE / 2, "{place}: it is told at once");
            assert_eq!(simulator.sent_count(), 1, "{place}: nothing else was handed over, and nothing twice");
            // A message of afterwards is tried, and refused or sent.
            simulator.set_latency(1, Duration::ZERO);
            let expected = if ["unplugged", "off"].contains(&how) { Outcome::Failed } else { Outcome::Sent };
            let (outcome, words) = told(patience("the network", gateway.send(&request(5))).await);
            assert_eq!(outcome, expected, "{place}: {words}");
        }
    }
}

#[tokio::test]
async fn dongle_disconnect_leaves_its_message_unknown_and_the_others_unsent() {
    for options in drivers() {
        for reconnect in [None, Some(Reconnect::new(Duration::from_millis(200), Duration::from_millis(200)))] {
            let device = if options.model == Model::Quectel { "quectel0" } else { "dongle0" };
            let simulator = Simulator::start(options.clone()).await.expect("a simulator");
            let config = Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()).reconnect(reconnect);
            let gateway = patience("the login", Gateway::connect(config)).await.expect("a gateway");
            simulator.set_latency(1, Duration::from_secs(3600));
            let request = SmsRequest::new(device, "+10086", "hi").timeout(PATIENCE);
            let sending: Vec<_> = (1..=3).map(|_| gateway.submit(&request).expect("in the queue")).collect();
            until("the first", || simulator.sent_count() == 1).await;
            // The answer is there as well.
            patience("an answer", gateway.client().call(&Action::new("Ping"))).await.expect("a pong");
            simulator.disconnect_all();
            for (number, sending) in sending.into_iter().enumerate() {
                let (outcome, words) = told(patience("the outcome", sending).await);
                let expected = if number == 0 { Outcome::Unknown } else { Outcome::NotSent };
                assert_eq!(outcome, expected, "{words}");
            }
            assert_eq!(simulator.sent_count(), 1, "nothing else was handed over, and nothing twice");
        }
    }
}

#[tokio::test]
async fn dongle_device_removed_ends_its_ussd_code_as_unknown() {
    for options in drivers() {
        let (simulator, gateway, device) = both(options).await;
        simulator.set_ussd("*100#", simulator::UssdReply::TimedOut);
        let asking = gateway.send_ussd(device, "*100#", Some(PATIENCE));
        let unplugging = async {
            // The code is with the driver once its answer is there, and what comes behind that is answered later.
            patience("an answer", gateway.client().call(&Action::new("Ping"))).await.expect("a pong");
            patience("an answer", gateway.client().call(&Action::new("Ping"))).await.expect("a pong");
            simulator.set_state(1, SpanState::default().power(false));
        };
        let (reply, ()) = patience("the reply", async { tokio::join!(asking, unplugging) }).await;
        let error = reply.expect_err("no reply");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
        assert!(error.to_string().contains("let go of port"), "{error}");
    }
}

// ---- what each makes of a text ----

/// Drivers of dongles before 2020 take texts as they are, and PDUs.
#[tokio::test]
async fn dongle_older_drivers_are_given_pdus() {
    for options in drivers().into_iter().filter(|options| options.bg111 || options.dongle_2019) {
        let (simulator, gateway, device) = both(options).await;
        let long = "x".repeat(400);
        for text in ["say \"hi\" c:\\new", "  a@b $5 {x} [y]", "two\nlines\tand a tab", "😀", &"x".repeat(160), &long]
        {
            let before = simulator.aired().len();
            let request = SmsRequest::new(device, "0151234567", text).flash(true).by_pdu(true).id("mine");
            let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
            assert_eq!(receipt.outcome(), Outcome::Sent);
            let aired = simulator.aired().split_off(before);
            assert_eq!(aired.iter().map(|sms| &*sms.text).collect::<String>(), text);
            assert!(aired.iter().all(|sms| sms.flash && sms.destination == "0151234567"), "{aired:?}");
            assert_eq!(
                (receipt.parts() as usize, gateway.parts(text).expect("parts").count()),
                (aired.len(), aired.len())
            );
        }
        // The next part after a refused one is not begun.
        simulator.next_outcomes(1, [simulator::Outcome::Sent, simulator::Outcome::Failed]);
        let error = patience("the network", gateway.send(&SmsRequest::new(device, "10086", &long))).await;
        let (error, receipt) = error.expect_err("refused").into_parts();
        assert_eq!(error.kind(), ErrorKind::SmsFailed);
        let receipt = receipt.expect("a receipt");
        let outcomes: Vec<Outcome> = receipt.each_part().iter().map(|part| part.outcome()).collect();
        assert_eq!(outcomes, [Outcome::Sent, Outcome::Failed, Outcome::NotSent]);
    }
}

/// Newer ones split by themselves, tell of the whole, and go on after a part that was refused.
#[tokio::test]
async fn dongle_newer_drivers_split_texts_and_report_the_whole() {
    for options in drivers().into_iter().filter(|options| !options.bg111 && !options.dongle_2019) {
        let (simulator, gateway, device) = both(options).await;
        let long = "x".repeat(306);
        assert_eq!(gateway.parts(&long).expect("parts").count(), 3);
        let request = SmsRequest::new(device, "10086", &long);
        let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
        assert_eq!((receipt.outcome(), receipt.parts(), simulator.aired().len()), (Outcome::Sent, 1, 3));
        simulator.next_outcomes(1, [simulator::Outcome::Failed]);
        let error = patience("the network", gateway.send(&request)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::SmsFailed);
        assert!(error.to_string().contains("one of 3 SMS") && error.to_string().contains("may have gone"), "{error}");
        // With a report asked for, the driver says nothing of what the network took until the report comes.
        simulator.next_outcomes(1, [simulator::Outcome::Lost]);
        let request = SmsRequest::new(device, "10086", "hi").report(true);
        let short = request.clone().timeout(Duration::from_millis(200));
        let receipt = patience("the network", gateway.send(&short)).await.expect("taken");
        assert_eq!(receipt.outcome(), Outcome::Queued);
        // Its report may still come, and would be taken for that of another one with the same id.
        simulator.next_outcomes(1, [simulator::Outcome::Lost, simulator::Outcome::Failed]);
        let named = short.clone().id("mine");
        assert_eq!(told(patience("the network", gateway.send(&named)).await).0, Outcome::Queued);
        let error = patience("the refusal", gateway.send(&named)).await.expect_err("the id is in use");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let error = patience("the network", gateway.send(&request)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::SmsFailed);
    }
}

// ---- ports ----

/// The driver of a dongle reloads all whatever it is told, so the list of devices is asked for first.
#[tokio::test]
async fn dongle_that_does_not_exist_is_not_reloaded() {
    for options in drivers() {
        let (_simulator, gateway, device) = both(options).await;
        let error = patience("the answer", gateway.reload("nosuch0")).await.expect_err("there is none");
        assert_eq!(error.kind(), ErrorKind::Action, "{error}");
        assert!(error.to_string().contains("nosuch0"), "{error}");
        let upper = device.to_ascii_uppercase();
        patience("the answer", gateway.reload(&*upper)).await.expect("reloaded");
    }
}

#[tokio::test]
async fn dongle_is_up_in_every_state_of_work() {
    let [options, ..] = drivers();
    let (simulator, gateway, device) = both(options).await;
    for activity in simulator::Activity::ALL {
        simulator.set_activity(1, *activity);
        let ports = patience("the ports", gateway.ports()).await.expect("ports");
        assert!(ports[0].is_up() && ports[0].has_power() && ports[0].signal().is_some(), "{activity}: {ports:?}");
    }
    patience("the command", gateway.power(device, Power::Off)).await.expect("off");
    let off = &patience("the ports", gateway.ports()).await.expect("ports")[0];
    assert!(!off.is_up() && !off.has_power() && off.signal().is_none() && off.own_number().is_none(), "{off:?}");
}

// ---- how a driver is found out ----

/// The answer to an action, without its first line's beginning, and events.
type Answers = fn(&Asked) -> Vec<String>;

/// A server that has another driver over each connection: it answers as that driver does, hangs up where the driver says
/// nothing, and keeps the actions that send. The last driver stays.
async fn server(drivers: &'static [Answers]) -> (Config, Arc<Mutex<Vec<Asked>>>) {
    let server = Server::start().await;
    let config = Config::new("127.0.0.1", "admin", "amp111").port(server.port());
    let handed = Arc::<Mutex<Vec<Asked>>>::default();
    let noted = Arc::clone(&handed);
    server.serve(move |number, asked| {
        let reply = answer(drivers[number.min(drivers.len() - 1)], &asked);
        if asked.name.contains("Send") {
            noted.lock().expect("whole").push(asked);
        }
        ready(reply)
    });
    (config.action_timeout(Duration::from_secs(20)), handed)
}

fn dongle(config: Config) -> GatewayConfig {
    GatewayConfig::new(config).dialect("dongle")
}

fn answer(driver: Answers, asked: &Asked) -> Option<String> {
    if ["Challenge", "Login", "Ping", "Logoff"].contains(&asked.name.as_str()) {
        return Some(asked.accept());
    }
    let frames = driver(asked);
    let (first, events) = frames.split_first()?;
    let (kind, lines) = first.split_once("\r\n").unwrap_or((first, ""));
    let lines = if lines.is_empty() { String::new() } else { format!("{lines}\r\n") };
    let events: String = events.iter().map(|event| format!("Event: Dongle{event}\r\n\r\n")).collect();
    Some(asked.reply(kind, &lines) + &events)
}

const DENIED: &str = "Error\r\nMessage: Permission denied";
const QUEUED: &str = "Success\r\nMessage: [dongle0] SMS queued for send";

/// A report of type 0, as newer drivers tell it.
fn reported(action: &Asked) -> Vec<String> {
    let payload = action.get("Payload").unwrap_or_default();
    let report = format!(
        "Report\r\nDevice: dongle0\r\nPayload: {payload}\r\nSCTS: \r\nDT: \r\nSuccess: 1\r\nType: 0\r\nReport: "
    );
    vec![QUEUED.to_owned(), report]
}

/// The words of an older driver.
fn told_by_status() -> Vec<String> {
    let status = |words: &str| format!("SMSStatus\r\nDevice: dongle0\r\nID: 0x7f01\r\nStatus: {words}");
    vec![format!("{QUEUED}\r\nID: 0x7f01"), status("Sending\r\nForeignID: 7"), status("Sent")]
}

/// Of an account that may not see the list.
fn newer_unlisted(action: &Asked) -> Vec<String> {
    match action.name.as_str() {
        "DongleSendSMS" => reported(action),
        _ => vec![DENIED.to_owned()],
    }
}

fn older_unlisted(action: &Asked) -> Vec<String> {
    match action.name.as_str() {
        "DongleSendSMS" => told_by_status(),
        _ => vec![DENIED.to_owned()],
    }
}

fn newer(action: &Asked) -> Vec<String> {
    match action.name.as_str() {
        "DongleSendSMS" => reported(action),
        "ListCommands" => vec!["Success\r\nDongleSendSMS: Send a SMS message. (Priv: call,all)".to_owned()],
        _ => vec![DENIED.to_owned()],
    }
}

fn older(action: &Asked) -> Vec<String> {
    match action.name.as_str() {
        "DongleSendPDU" => told_by_status(),
        "ListCommands" => {
            let list = "DongleSendPDU: Send a PDU of message. (Priv: call,all)\r\nDongleSendSMS: Send a SMS message.";
            vec![format!("Success\r\n{list}")]
        }
        _ => vec![DENIED.to_owned()],
    }
}

#[tokio::test]
async fn dongle_driver_unlisted_is_found_by_its_answer() {
    let request = |text: &str| SmsRequest::new("dongle0", "+10086", text);
    let (config, handed) = server(&[newer_unlisted]).await;
    let gateway = patience("the login", Gateway::connect(dongle(config))).await.expect("a gateway");
    for text in ["hi", "a@b\n"] {
        assert_eq!(told(patience("the network", gateway.send(&request(text))).await).0, Outcome::Sent);
    }
    assert_eq!(handed.lock().expect("whole")[1].get("Message"), Some(r"a@b\n"));

    let (config, handed) = server(&[older_unlisted]).await;
    let gateway = patience("the login", Gateway::connect(dongle(config.clone()))).await.expect("a gateway");
    assert_eq!(told(patience("the network", gateway.send(&request("hi"))).await).0, Outcome::Sent);
    // From now on it is known to take texts as they are, and what would arrive as another text is refused.
    for text in ["a@b", "two\nlines", " blank", &"x".repeat(161)] {
        let error = patience("the refusal", gateway.send(&request(text))).await.expect_err("it would be another text");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(gateway.parts(text).is_err());
    }
    let error = patience("the refusal", gateway.send(&request("hi").flash(true))).await.expect_err("it cannot");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(told(patience("the network", gateway.send(&request("say \"hi\""))).await).0, Outcome::Sent);
    let handed = handed.lock().expect("whole").clone();
    let texts: Vec<&str> = handed.iter().filter_map(|action| action.get("Message")).collect();
    assert_eq!(texts, ["hi", "say \"hi\""]);
}

#[tokio::test]
async fn dongle_driver_is_found_by_a_client_too() {
    let request = SmsRequest::new("dongle0", "+10086", "a@b\n");
    const DRIVERS: [(&[Answers], &str); 2] = [(&[newer], "DongleSendSMS"), (&[older], "DongleSendPDU")];
    for (drivers, word) in DRIVERS {
        let (config, handed) = server(drivers).await;
        let client = SmsClient::new(dongle(config)).expect("good settings");
        patience("the login", client.client().open()).await.expect("logged in");
        assert_eq!(told(patience("the network", client.send_sms(&request)).await).0, Outcome::Sent);
        assert_eq!(told(patience("the driver", client.queue_sms(&request)).await).0, Outcome::Queued);
        assert!(handed.lock().expect("whole").iter().all(|action| action.name == word));
    }
}

/// Behind the next link there may be another driver.
#[tokio::test]
async fn dongle_driver_is_found_anew_on_each_connection() {
    fn hangs_up(action: &Asked) -> Vec<String> {
        if action.name == "Hangup" { Vec::new() } else { newer(action) }
    }
    let (config, handed) = server(&[hangs_up, older]).await;
    let config = config.reconnect(Some(Reconnect::new(Duration::from_millis(10), Duration::from_millis(10))));
    let gateway = patience("the login", Gateway::connect(dongle(config))).await.expect("a gateway");
    let request = SmsRequest::new("dongle0", "+10086", "a@b\n");
    assert_eq!(told(patience("the network", gateway.send(&request)).await).0, Outcome::Sent);
    assert_eq!(gateway.parts(&"x".repeat(306)).expect("parts").count(), 3);
    let _ = patience("the end", gateway.client().call(&Action::new("Hangup"))).await;
    patience("the next link", gateway.client().until(ami::State::Open)).await.expect("open");
    assert_eq!(told(patience("the network", gateway.send(&request)).await).0, Outcome::Sent);
    assert_eq!(gateway.parts(&"x".repeat(306)).expect("parts").count(), 2);
    let words: Vec<String> = handed.lock().expect("whole").iter().map(|action| action.name.clone()).collect();
    assert_eq!(words, ["DongleSendSMS", "DongleSendPDU"]);
}
