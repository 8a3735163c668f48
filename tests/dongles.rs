//! Gateways of dongles: messages under way, devices and links that go, and drivers that are found out.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ami::gsm::{Gateway, GatewayConfig, Outcome, Power, Priority, Receipt, SendError, SmsClient, SmsRequest};
use ami::simulator::{self, Model, Options, Simulator, SpanState};
use ami::{Action, Config, ErrorKind, Reconnect};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// More than anything here takes, also where other work keeps the machine busy.
const PATIENCE: Duration = Duration::from_secs(60);

async fn patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    patience(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

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
async fn a_device_has_one_message_and_the_rest_waits_in_order_of_priority() {
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
async fn what_a_driver_had_when_its_device_went_is_unknown_and_what_waited_is_not_sent() {
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
async fn what_a_driver_had_when_the_link_was_lost_is_unknown_and_what_waited_is_not_sent() {
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
async fn a_code_that_was_with_a_driver_when_its_device_went_is_unknown_at_once() {
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
async fn older_drivers_of_dongles_are_handed_pdus() {
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
        // What follows a part that was refused is not begun.
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
async fn newer_drivers_of_dongles_split_and_tell_of_the_whole() {
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
async fn a_dongle_that_does_not_exist_is_not_reloaded() {
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
async fn a_dongle_is_up_whatever_it_does() {
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

type Said = Vec<(String, String)>;
/// The answer to an action, without its first line's beginning, and events.
type Answers = fn(&Said) -> Vec<String>;

fn get<'a>(said: &'a Said, name: &str) -> &'a str {
    said.iter().find(|(have, _)| have == name).map_or("", |(_, value)| value)
}

/// A server of one driver a link: it answers as that does, hangs up where that says nothing, and tells what it was handed. The
/// last driver stays.
async fn server(drivers: &'static [Answers]) -> (Config, Arc<Mutex<Vec<Said>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let handed = Arc::<Mutex<Vec<Said>>>::default();
    let noted = Arc::clone(&handed);
    tokio::spawn(async move {
        let mut links = 0;
        while let Ok((socket, _)) = listener.accept().await {
            let driver = drivers[links.min(drivers.len() - 1)];
            links += 1;
            let noted = Arc::clone(&noted);
            tokio::spawn(async move { serve(socket, driver, &noted).await });
        }
    });
    let config = Config::new("127.0.0.1", "admin", "amp111").port(port).action_timeout(Duration::from_secs(20));
    (config, handed)
}

fn dongle(config: Config) -> GatewayConfig {
    GatewayConfig::new(config).dialect("dongle")
}

async fn serve(socket: TcpStream, driver: Answers, handed: &Mutex<Vec<Said>>) -> std::io::Result<()> {
    let (input, mut output) = socket.into_split();
    let mut lines = BufReader::new(input).lines();
    output.write_all(b"Asterisk Call Manager/5.0.4\r\n").await?;
    let mut said = Said::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((name, value)) = line.split_once(": ") {
            said.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let action = std::mem::take(&mut said);
        let head = |kind: &str| format!("Response: {kind}\r\nActionID: {}\r\n", get(&action, "ActionID"));
        let mut frames = match get(&action, "Action") {
            "Challenge" => vec!["Success\r\nChallenge: 1".to_owned()],
            "Login" | "Ping" | "Logoff" => vec!["Success".to_owned()],
            _ => driver(&action),
        };
        let Some(first) = frames.first_mut() else { return Ok(()) };
        let answer = std::mem::take(first);
        let (kind, more) = answer.split_once("\r\n").unwrap_or((&answer, ""));
        let mut reply = head(kind) + more + if more.is_empty() { "\r\n" } else { "\r\n\r\n" };
        for event in &frames[1..] {
            reply += &format!("Event: Dongle{event}\r\n\r\n");
        }
        if get(&action, "Action").contains("Send") {
            handed.lock().expect("whole").push(action);
        }
        output.write_all(reply.as_bytes()).await?;
    }
    Ok(())
}

const DENIED: &str = "Error\r\nMessage: Permission denied";
const QUEUED: &str = "Success\r\nMessage: [dongle0] SMS queued for send";

/// A report of type 0, as newer drivers tell it.
fn reported(action: &Said) -> Vec<String> {
    let payload = get(action, "Payload");
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
fn newer_unlisted(action: &Said) -> Vec<String> {
    match get(action, "Action") {
        "DongleSendSMS" => reported(action),
        _ => vec![DENIED.to_owned()],
    }
}

fn older_unlisted(action: &Said) -> Vec<String> {
    match get(action, "Action") {
        "DongleSendSMS" => told_by_status(),
        _ => vec![DENIED.to_owned()],
    }
}

fn newer(action: &Said) -> Vec<String> {
    match get(action, "Action") {
        "DongleSendSMS" => reported(action),
        "ListCommands" => vec!["Success\r\nDongleSendSMS: Send a SMS message. (Priv: call,all)".to_owned()],
        _ => vec![DENIED.to_owned()],
    }
}

fn older(action: &Said) -> Vec<String> {
    match get(action, "Action") {
        "DongleSendPDU" => told_by_status(),
        "ListCommands" => {
            let list = "DongleSendPDU: Send a PDU of message. (Priv: call,all)\r\nDongleSendSMS: Send a SMS message.";
            vec![format!("Success\r\n{list}")]
        }
        _ => vec![DENIED.to_owned()],
    }
}

#[tokio::test]
async fn a_driver_that_is_not_listed_is_found_out_by_its_answer() {
    let request = |text: &str| SmsRequest::new("dongle0", "+10086", text);
    let (config, handed) = server(&[newer_unlisted]).await;
    let gateway = patience("the login", Gateway::connect(dongle(config))).await.expect("a gateway");
    for text in ["hi", "a@b\n"] {
        assert_eq!(told(patience("the network", gateway.send(&request(text))).await).0, Outcome::Sent);
    }
    assert_eq!(get(&handed.lock().expect("whole")[1], "Message"), r"a@b\n");

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
    let texts: Vec<&str> = handed.iter().map(|action| get(action, "Message")).collect();
    assert_eq!(texts, ["hi", "say \"hi\""]);
}

#[tokio::test]
async fn a_client_finds_it_out_as_well() {
    let request = SmsRequest::new("dongle0", "+10086", "a@b\n");
    const DRIVERS: [(&[Answers], &str); 2] = [(&[newer], "DongleSendSMS"), (&[older], "DongleSendPDU")];
    for (drivers, word) in DRIVERS {
        let (config, handed) = server(drivers).await;
        let client = SmsClient::new(dongle(config)).expect("good settings");
        patience("the login", client.client().open()).await.expect("logged in");
        assert_eq!(told(patience("the network", client.send_sms(&request)).await).0, Outcome::Sent);
        assert_eq!(told(patience("the driver", client.queue_sms(&request)).await).0, Outcome::Queued);
        assert!(handed.lock().expect("whole").iter().all(|action| get(action, "Action") == word));
    }
}

/// Behind the next link there may be another driver.
#[tokio::test]
async fn a_driver_is_found_out_anew_over_each_link() {
    fn hangs_up(action: &Said) -> Vec<String> {
        if get(action, "Action") == "Hangup" { Vec::new() } else { newer(action) }
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
    let words: Vec<String> =
        handed.lock().expect("whole").iter().map(|action| get(action, "Action").to_owned()).collect();
    assert_eq!(words, ["DongleSendSMS", "DongleSendPDU"]);
}
