//! Conditions of spans, the network between them, and what is noted of messages.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ami::simulator::{Coding, Incoming, Model, Options, Outcome, Registration, Sim, SpanState, UssdMenu, UssdReply};

use crate::client::{Client, hasty, start, start_model};
use support::clock::until;

fn numbered(model: Model) -> Options {
    hasty().model(model).numbers(vec!["+111".into(), "+222".into()])
}

#[tokio::test]
async fn network_outcomes_as_scripted_and_then_as_set() {
    let gateway = start(numbered(Model::OpenVox)).await;
    let mut client = Client::login_for(&gateway, "off").await;
    gateway.set_outcome(1, Outcome::Failed);
    let script = [Outcome::Sent, Outcome::Busy, Outcome::TimedOut, Outcome::Lost, Outcome::Late];
    gateway.next_outcomes(1, script);
    for end in [":222 SUCCESSFULLY", " 222 WAS USING", ":222 TIMEOUT", ":222 SUCCESSFULLY", ":222 TIMEOUT"] {
        let answer = client.command("gsm send sync sms 1 222 hi 20").await;
        assert_eq!(answer, format!("SPAN:1 SEND SMS TO PHONE{end}\n"));
    }
    // The late one is sent by a later attempt. Its result is taken for that of whatever waits.
    until("the late message is sent", || gateway.aired().len() == 3).await;
    let answer = client.command("gsm send sync sms 1 222 hi 20").await;
    assert_eq!(answer, "SPAN:1 SEND SMS TO PHONE:222 WAS FAILED\n");
    let outcomes: Vec<_> = gateway.sent().iter().map(|sms| sms.outcome).collect();
    assert_eq!(outcomes, script.into_iter().chain([Outcome::Failed]).collect::<Vec<_>>());
    let aired: Vec<_> = gateway.aired().iter().map(|sms| (sms.sms, sms.arrived)).collect();
    assert_eq!(aired, [(0, Some(2)), (3, None), (4, Some(2))]);
    gateway.next_outcomes(9, script);
    gateway.set_outcome(0, Outcome::Failed);
}

#[tokio::test]
async fn network_span_has_one_place_for_results() {
    let gateway = start_model(Model::OpenVox).await;
    gateway.set_latency(1, Duration::from_millis(200));
    gateway.next_outcomes(1, [Outcome::Failed, Outcome::Sent]);
    let mut client = Client::login_for(&gateway, "off").await;
    assert_eq!(client.command("gsm send sms 1 100 first").await, "");
    // The result of the first is taken for that of the second, which is sent.
    let answer = client.command("gsm send sync sms 1 200 second 200").await;
    assert_eq!(answer, "SPAN:1 SEND SMS TO PHONE:200 WAS FAILED\n");
    until("the second is sent", || !gateway.aired().is_empty()).await;
    assert_eq!(gateway.aired()[0].destination, "200");
}

#[tokio::test]
async fn network_chance_is_the_same_for_the_same_seed() {
    let mut runs = BTreeSet::new();
    for seed in [1, 1, 2] {
        let gateway = start(numbered(Model::OpenVox).seed(seed)).await;
        let mut client = Client::login_for(&gateway, "off").await;
        gateway.set_rates(1, &[(Outcome::Failed, 0.3), (Outcome::Busy, 0.2), (Outcome::Lost, 0.2)]);
        let mut answers = String::new();
        for _ in 0..60 {
            answers += &client.command("gsm send sync sms 1 222 hi 20").await;
        }
        let sent = gateway.sent();
        for outcome in [Outcome::Failed, Outcome::Busy, Outcome::Lost, Outcome::Sent] {
            assert!(sent.iter().filter(|sms| sms.outcome == outcome).count() > 3, "{outcome:?}");
        }
        assert_eq!(sent.iter().filter(|sms| sms.outcome == Outcome::Busy).count(), answers.matches("USING").count());
        // None twice, none missing but those that were lost.
        let taken = |sms: &&ami::simulator::SentSms| matches!(sms.outcome, Outcome::Sent | Outcome::Lost);
        let places: BTreeSet<_> = gateway.aired().iter().map(|aired| aired.sms).collect();
        assert_eq!((places.len(), places.len()), (gateway.aired().len(), sent.iter().filter(taken).count()));
        runs.insert(answers);
    }
    assert_eq!(runs.len(), 2);
}

#[tokio::test]
async fn network_latencies_have_a_range() {
    let gateway = start_model(Model::OpenVox).await;
    gateway.set_latency_range(1, Duration::from_millis(20), Duration::from_millis(40));
    let mut client = Client::login_for(&gateway, "off").await;
    let before = Instant::now();
    assert!(client.command("gsm send sync sms 1 100 hi 400").await.ends_with("SUCCESSFULLY\n"));
    assert!(before.elapsed() >= Duration::from_millis(20));
}

#[tokio::test]
async fn network_message_that_a_span_cannot_send_waits() {
    let gateway = start(numbered(Model::OpenVox)).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    let state = SpanState::default();
    for (number, (state, words)) in [
        (state.clone().power(false), "Power off, Provisioned, Down, Active,Standard"),
        (state.clone().sim(Sim::Missing), "Power on, Provisioned, Undetected SIM Card, Active,Standard"),
        (state.clone().sim(Sim::PinError), "Power on, Provisioned, Pin (SIM PIN) Error, Active,Standard"),
        (state.clone().signal(0), "Power on, Provisioned, No Signal, Active,Standard"),
        (state.clone().registration(Registration::Denied), "Power on, Provisioned, Down, Active,Standard"),
    ]
    .into_iter()
    .enumerate()
    {
        gateway.set_state(1, state.clone());
        assert_eq!(gateway.state(1), Some(state.clone()));
        assert!(client.command("gsm show spans").await.starts_with(&format!("GSM span 1: {words}\n")));
        let details = client.command("gsm show span 1").await;
        assert!(details.contains(&format!("\nSignal Quality (0,31): {}\n", state.signal)), "{details}");
        assert_eq!(client.command("gsm send sync sms 1 222 hi 1").await, "SPAN:1 SEND SMS TO PHONE:222 TIMEOUT\n");
        assert_eq!(client.command("gsm send ussd 1 *1#").await, "0:Send USSD failed on span 1\n");
        assert_eq!(gateway.aired().len(), number);
        gateway.set_state(1, SpanState::default());
        until("it is sent after all", || gateway.aired().len() == number + 1).await;
        client.frame_with("SYSTEMSTATUS").await;
    }
    assert_eq!(gateway.state(9), None);
    let roaming = state.registration(Registration::Roaming).bit_errors(-1).network("Ünï".into());
    gateway.set_state(2, roaming);
    let details = client.command("gsm show span 2").await;
    for line in ["Network Name: Ünï", "Network Status: Registered (Roaming)", "BER value (0,7): -1", "Own Number: +222"]
    {
        assert!(details.contains(&format!("\n{line}\n")), "{details}");
    }
}

#[tokio::test]
async fn network_ussd_menus_lead_on_and_end() {
    let menu = UssdMenu::new("1 Balance\n2 Data\n3 Wait\n4 No")
        .choice("1", UssdMenu::new("Balance 10"))
        .choice("2", UssdMenu::new("1 Buy").choice("1", UssdMenu::new("Bought")))
        .choice("3", UssdReply::TimedOut)
        .choice("4", UssdReply::Text { text: "Goodbye".into(), responses: 2, dcs: 15 });
    let gateway = start_model(Model::OpenVox).await;
    gateway.set_ussd_menu("*100#", menu);
    let mut client = Client::login_for(&gateway, "off").await;
    let wanted = "responses:1,code:15\nText:1 Balance\n2 Data\n3 Wait\n4 No\n";
    let unknown = "responses:0,code:15\nText:UNKNOWN APPLICATION\n";
    for (code, end) in [
        ("1", unknown),
        ("*100#", wanted),
        ("1", "responses:0,code:15\nText:Balance 10\n"),
        ("1", unknown),
        ("*100#", wanted),
        ("2", "responses:1,code:15\nText:1 Buy\n"),
        ("1", "responses:0,code:15\nText:Bought\n"),
        ("*100#", wanted),
        ("9", "responses:2,code:15\nText:UNKNOWN APPLICATION\n"),
        ("*100#", wanted),
        ("4", "responses:2,code:15\nText:Goodbye\n"),
        ("*100#", wanted),
    ] {
        let answer = client.command(&format!("gsm send ussd 1 \"{code}\"")).await;
        assert_eq!(answer, format!("1:Recive USSD on span 1,{end}"), "{code}");
    }
    // Each span is in a menu of its own.
    let other = client.command("gsm send ussd 2 3").await;
    assert_eq!(other, format!("1:Recive USSD on span 2,{unknown}"));
    assert_eq!(client.command("gsm send ussd 1 3").await, "0:Send USSD timeout on span 1(110)\n");
}

#[tokio::test]
async fn network_ussd_menus_of_dongles() {
    let gateway = start_model(Model::Dongle).await;
    gateway.set_ussd_menu("*100#", UssdMenu::new("1 余额").choice("1", UssdMenu::new("10元")));
    let mut client = Client::login_for(&gateway, "call").await;
    for (code, responses, text, hex) in [("*100#", 1, "1 余额", "003100204F59989D"), ("1", 0, "10元", "003100305143")]
    {
        client.say(format!("Action: DongleSendUSSD\r\nDevice: dongle1\r\nUSSD: {code}\r\n\r\n")).await;
        client.expect("Response: Success\r\nMessage: [dongle1] USSD queued for send\r\n\r\n").await;
        let raw = client.frame().await;
        assert!(
            raw.ends_with(&format!("Device: dongle1\r\nMessage: +CUSD: {responses},\"{hex}\",72\r\n\r\n")),
            "{raw}"
        );
        let lines = client.frame().await;
        assert!(lines.contains(&format!("\r\nLineCount: 1\r\nMessageLine0: {text}\r\n")), "{lines}");
        client.frame().await;
    }
}

// Incoming messages that are odd.

/// The values of a variable, in the order in which they were told, up to that of the given number of channels.
async fn values(client: &mut Client, variable: &str, channels: usize) -> Vec<Vec<u8>> {
    let start = format!("Variable: {variable}\r\nValue: ").into_bytes();
    let mut values = Vec::new();
    let mut ended = 0;
    while ended < channels {
        let frame = client.until(b"\r\n\r\n").await;
        if let Some(at) = frame.windows(start.len()).position(|window| window == start) {
            let rest = &frame[at + start.len()..];
            let end = rest.windows(2).position(|window| window == b"\r\n").expect("a line end");
            values.push(rest[..end].to_vec());
        }
        ended += usize::from(frame.windows(12).any(|window| window == b"SYSTEMSTATUS"));
    }
    values
}

#[tokio::test]
async fn network_parts_come_in_any_order_twice_or_not_at_all() {
    let text = format!("{}{}{}", "a".repeat(153), "b".repeat(153), "c");
    let message = |parts: &[usize]| Incoming::new("10086", text.clone()).parts(parts.to_vec());

    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    assert_eq!(gateway.deliver(1, &message(&[3, 1, 1, 9, 0])), 1);
    let texts = values(&mut client, "SMSTXT", 3).await;
    assert_eq!(texts.iter().map(|text| text[0]).collect::<Vec<_>>(), *b"caa");

    let gateway = start_model(Model::Yeastar).await;
    let mut client = Client::login_for(&gateway, "smscommand").await;
    gateway.deliver(2, &message(&[2, 1]));
    for index in [1, 0] {
        assert!(client.frame().await.contains(&format!("\r\nIndex: {index}\r\nTotal: 3\r\n")));
    }

    // A dongle waits until it has all.
    let gateway = start_model(Model::Dongle).await;
    let mut client = Client::login_for(&gateway, "call").await;
    gateway.deliver(1, &message(&[3, 1, 1]));
    gateway.deliver(1, &message(&[3, 2, 2, 1]));
    let mut whole = client.frame().await;
    while whole.starts_with("Event: DongleNewCMGR") {
        whole = client.frame().await;
    }
    assert!(whole.ends_with(&format!("MessageLine0: {text}\r\n\r\n")), "{whole}");
    let message = Incoming::new("Bank", "hi").base64_first(true);
    gateway.deliver(1, &message);
    client.expect("\r\n").await;
    client.frame().await;
    assert!(client.frame().await.starts_with("Event: DongleNewCMGR\r\n"));
    assert!(client.frame().await.starts_with("Event: DongleNewSMSBase64\r\n"));
    assert!(client.frame().await.starts_with("Event: DongleNewSMS\r\n"));
}

#[tokio::test]
async fn network_message_as_the_open_driver_reports_it() {
    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    let odd = |odd: Incoming| {
        gateway.deliver(1, &odd);
    };
    let plain = Incoming::new("OpenVox", "é€Ω");
    // Latin-1, a byte per character, of a text that came in septets.
    odd(plain.clone());
    assert_eq!(values(&mut client, "SMSTXT", 1).await, [b"\xE9\xFFe\xFF"]);
    odd(plain.clone().coding(Coding::Ucs2));
    assert_eq!(values(&mut client, "SMSTXT", 1).await, ["é€Ω".as_bytes()]);
    odd(plain.clone().flash(true));
    let pdu = values(&mut client, "SMSPDU", 1).await.remove(0);
    assert!(pdu.starts_with(b"0891683108705505F0040DD04F78D96D7DE3010010"), "{}", String::from_utf8_lossy(&pdu));
    odd(plain.clone().text_mode(true));
    assert_eq!(values(&mut client, "SMSPDU", 1).await, [b""]);
    odd(plain.clone().pdu(Some("not hex".into())));
    assert_eq!(values(&mut client, "SMSPDU", 1).await, [b"not hex"]);
    odd(plain.clone().pdu(Some("0".repeat(600))));
    assert_eq!(values(&mut client, "SMSPDU", 1).await, ["0".repeat(512).as_bytes()]);

    gateway.deliver(1, &Incoming::new("10086", "hi").without_variables(true));
    assert!(client.frame().await.starts_with("Event: Newexten\r\n"));
    client.expect_pong().await;
    assert_eq!(gateway.deliver_ussd(1, "Balance", 0), 0);
    assert_eq!(gateway.deliver_report(1, &ami::simulator::Report::default()), 0);
}
