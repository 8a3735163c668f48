//! In what the models differ.

use std::time::Duration;

use ami::simulator::{Concatenation, Core, Model, Options, Outcome, Registration, SimulatorThread};

use crate::client::{Client, hasty, start, start_model};
use support::clock::until;

#[test]
fn models_have_names() {
    for &model in Model::ALL {
        assert_eq!(model.name().parse(), Ok(model));
        assert_eq!(model.to_string(), model.name());
    }
    let error = "nokia".parse::<Model>().expect_err("there is none");
    assert!(error.contains("openvox-firmware"), "{error}");
    assert_eq!("1.8".parse(), Ok(Core::V1_8));
    assert!(Core::ALL.iter().all(|core| core.name().parse() == Ok(*core)));
    assert!("2".parse::<Core>().is_err());
    assert!(Outcome::ALL.iter().all(|outcome| outcome.name().parse() == Ok(*outcome)));
}

#[tokio::test]
async fn dialect_is_told_by_its_usage_text() {
    for (model, command, usage) in [
        (Model::OpenVox, "gsm send sms", "<span> <destination> <message> [id]"),
        (Model::OpenVox, "gsm send sync sms", "<span> <destination> <message> <timeout> [id]"),
        (Model::OpenVoxFirmware, "gsm send sync sms", "<span> <destination> <message> <timeout> <flash> [id]"),
        (Model::OpenVox2013, "gsm send sms", "<span> <destination> <message> <timeout> [id]"),
        (Model::OpenVox2013, "gsm send syncsms", "<span> <destination> <message> <timeout> [id]"),
        (Model::Allo, "allogsm send sync sms", "<span> <destination> <message> <timeout> [id]"),
    ] {
        let gateway = start_model(model).await;
        let mut client = Client::login_for(&gateway, "off").await;
        let expected = format!("Usage: {command} {usage} \n       Send SMS on a given GSM span\n");
        assert_eq!(client.command(&format!("core show help {command}")).await, expected);
        let other = if model == Model::OpenVox2013 { "gsm send sync sms" } else { "gsm send syncsms" };
        let none = format!("No such command '{other}'.\n");
        assert_eq!(client.command(&format!("core show help {other}")).await, none, "{model}");
    }
    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "off").await;
    let list = client.command("core show help gsm send sync").await;
    assert_eq!(list.lines().count(), 3, "{list}");
}

#[tokio::test]
async fn dialect_family_is_told_by_its_actions() {
    for (model, has, has_not) in [
        (Model::OpenVox, "Command", "smscommand"),
        (Model::Yeastar, "smscommand", "Command"),
        (Model::Dongle, "DongleSendSMS", "DongleSendPDU"),
        (Model::Quectel, "QuectelSendSMS", "DongleSendSMS"),
    ] {
        let gateway = start_model(model).await;
        let mut client = Client::login_for(&gateway, "off").await;
        client.say("Action: ListCommands\r\n\r\n").await;
        let list = client.frame().await;
        assert!(list.contains(&format!("\r\n{has}: ")) && !list.contains(&format!("\r\n{has_not}: ")), "{list}");
        client.say(format!("Action: {has_not}\r\n\r\n")).await;
        assert!(client.frame().await.contains("Invalid/unknown command"));
    }
}

fn two_numbers(model: Model) -> Options {
    hasty().model(model).numbers(vec!["+111".into(), "+222".into()])
}

#[tokio::test]
async fn dialect_open_driver_sends_parts_and_pdus() {
    let gateway = start(two_numbers(Model::OpenVox)).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    for (command, pdu, place) in [
        // A reference of sixteen bits where the text is in septets, of eight where it is not.
        ("gsm send sync csms 1 222 abc 7 2 1 20", "0B060804000702016", Some((7, 2, 1))),
        ("gsm send sync csms 1 222 é 255 2 2 20", "0008", Some((255, 2, 2))),
        // An SMS-SUBMIT of two UCS-2 characters that asks for a report, is to flash, and is the first of two.
        ("gsm send pdu 1 006100039122F200180A050003090201D83DDE00 id", "0A050003090201D83DDE00", Some((9, 2, 1))),
        ("gsm send pdu 1 000100039122F2000003E1F01B", "03E1F01B", None),
    ] {
        let before = gateway.sent().len();
        client.command(command).await;
        let shown = client.frame_with("SMSPDU").await;
        assert!(shown.contains(pdu), "{command}: {shown}");
        client.frame_with("Newexten").await;
        client.frame_with("SYSTEMSTATUS").await;
        let (sent, aired) = (gateway.sent().pop().expect("sent"), gateway.aired().pop().expect("aired"));
        let expected = place.map(|(reference, total, sequence)| Concatenation { reference, total, sequence });
        assert_eq!((sent.concatenation, aired.concatenation), (expected, expected));
        assert_eq!((aired.sms, aired.span, aired.arrived), (before, 1, Some(2)));
    }
    let sent = gateway.sent();
    assert_eq!(sent[2].text, "😀");
    assert_eq!((sent[2].destination.as_str(), sent[2].id.as_deref()), ("+222", Some("id")));
    assert!(sent[2].flash && sent[2].report && sent[2].pdu.is_some() && !sent[3].flash);
    // Of one that no modem takes nothing is told.
    assert_eq!(client.command("gsm send pdu 1 000100039122F2000003E1F0").await, "");
    assert_eq!(gateway.sent()[4].outcome, Outcome::Failed);
    let long = format!("gsm send pdu 1 {}", "0".repeat(353));
    assert_eq!(client.command(&long).await, format!("PDU message too long.\nCommand '{long}' failed.\n"));
    assert_eq!(gateway.aired().len(), 4);
}

#[tokio::test]
async fn dialect_open_driver_reads_characters_of_three_bytes_at_most() {
    let gateway = start(two_numbers(Model::OpenVox)).await;
    let mut client = Client::login_for(&gateway, "off").await;
    client.command("gsm send sync sms 1 222 \"😀xyz\" 20").await;
    assert_eq!((gateway.sent()[0].text.as_str(), gateway.aired()[0].text.as_str()), ("😀xyz", "\u{7d8}8yz"));
}

#[tokio::test]
async fn dialect_open_driver_span_settings() {
    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "off").await;
    for (command, printed) in [
        ("gsm show send sms mode 1", "pdu\n"),
        ("gsm set send sms mode text 1", ""),
        ("gsm show send sms mode 1", "text\n"),
        ("gsm send sms 1 100 é", "Only support ASCII on text mode\nCommand 'gsm send sms 1 100 é' failed.\n"),
        ("gsm set send sms mode pdu 1", ""),
        ("gsm show send sms coding 1", "utf-8\n"),
        ("gsm set send sms coding 1 ascii", ""),
        ("gsm set send sms smsc 1 +8610", ""),
        ("gsm show send sms smsc 1", "+8610\n"),
        ("gsm send sync sms 1 100 é 20", "SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync at 1 AT+CSQ 500", "+CSQ: 23,0\nOK"),
        ("gsm send at 1 AT", ""),
        ("gsm check phone stat 1 100", ""),
        ("gsm reload span 1", ""),
        ("gsm power off 1", "Power off span 1 sucessed\n"),
        ("gsm power stat 1", "Power off\n"),
        ("gsm power reset 1", "Reset power on span 1 success\n"),
        ("gsm power stat 1", "Power on\n"),
        ("gsm show version", "Version: 2.0.8\n"),
    ] {
        assert_eq!(client.command(command).await, printed, "{command}");
    }
    // Each byte was taken for a character of the 7-bit alphabet: Ã and ©, of which it has neither.
    assert_eq!(gateway.aired()[0].text, "??");
    assert!(client.command("gsm power up 1").await.starts_with("Usage: gsm power "));
    assert!(client.command("gsm show span 1").await.contains("\nSend SMS Center Number: +8610\n"));
}

#[tokio::test]
async fn dialect_later_driver_flashes_and_unescapes_again() {
    let gateway = start(two_numbers(Model::OpenVoxFirmware)).await;
    let mut client = Client::login_for(&gateway, "off").await;
    for (command, answer) in [
        (r#"gsm send sync sms 1 222 "a\ \\n\"\\\\" 20 1 42"#, "ID:42 SPAN:1 SEND SMS TO PHONE:222 SUCCESSFULLY\n"),
        ("gsm send sync sms 1 222 hi 20 0 myid", "ID:myid SPAN:1 SEND SMS TO PHONE:222 SUCCESSFULLY\n"),
        ("gsm send sync sms 1 222 hi 20", "SPAN:1 SEND SMS TO PHONE:222 SUCCESSFULLY\n"),
        // The open driver's id is taken for the flash flag.
        ("gsm send sync sms 1 222 hi 20 myid", "SPAN:1 SEND SMS TO PHONE:222 SUCCESSFULLY\n"),
        ("gsm send sync csms 1 222 hi 5 2 1 20 1 c1", "ID:c1 SPAN:1 SEND CONCATENATED SMS TO PHONE:222 SUCCESSFULLY\n"),
    ] {
        assert_eq!(client.command(command).await, answer);
    }
    let sent = gateway.sent();
    assert_eq!(sent[0].text, "a \n\"\\");
    assert_eq!(sent.iter().map(|sms| sms.flash).collect::<Vec<_>>(), [true, false, false, false, true]);
    assert!(sent.iter().zip(gateway.aired()).all(|(sms, aired)| sms.flash == aired.flash));
}

#[tokio::test]
async fn dialect_keeps_the_manuals_spelling() {
    let gateway = start_model(Model::OpenVox2013).await;
    let mut client = Client::login_for(&gateway, "off").await;
    assert_eq!(client.command("gsm send sms 1 100 hello 20 42").await, "");
    assert_eq!(client.command("gsm send sms 1 100 hello").await, "");
    let answer = client.command("gsm send syncsms 1 100 hello 20 42").await;
    assert_eq!(answer, "ID:42 SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n");
    // The ActionID stands in.
    let answer = client.command("gsm send syncsms 1 100 hello 20").await;
    assert_eq!(answer, "ID:7 SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n");
    assert!(client.command("gsm send sync sms 1 100 hello 20").await.starts_with("No such command "));
    assert!(client.command("gsm send ussd 1 *100#").await.starts_with("Usage: gsm send ussd <span> <dest"));
    let ids: Vec<_> = gateway.sent().into_iter().map(|sms| sms.id).collect();
    assert_eq!(ids, [Some("42".to_owned()), None, Some("42".to_owned()), Some("7".to_owned())]);
}

#[tokio::test]
async fn dialect_yeastar_splits_and_counts_ports_from_two() {
    let gateway = start(two_numbers(Model::Yeastar)).await;
    assert_eq!(gateway.spans(), 2..=5);
    let mut client = Client::login_for(&gateway, "smscommand").await;
    let line = format!("gsm send sms 2 +222 {} i1", "x".repeat(200));
    client.say(format!("Action: smscommand\r\ncommand: {line}\r\n\r\n")).await;
    client.expect("Response: Follows\r\nPrivilege: SMSCommand\r\n--END COMMAND--\r\n\r\n").await;
    for index in 0..2 {
        let part = client.frame().await;
        assert!(part.contains("\r\nGsmSpan: 3\r\nSender: +111\r\n"), "{part}");
        assert!(part.contains(&format!("\r\nIndex: {index}\r\nTotal: 2\r\n")), "{part}");
    }
    assert!(client.frame().await.contains("\r\nID: i1\r\n"));
    let sent = gateway.sent();
    assert_eq!((sent[0].span, sent[0].parts, sent[0].text.len()), (2, 2, 200));
    for (line, printed) in [
        ("gsm send sms 1 100 hi", "Invalid span '1'.  Should be a number from 2 to 5\n"),
        ("gsm send sms 2 \"\" hi", "Destination number too short.\n"),
    ] {
        client.say(format!("Action: smscommand\r\ncommand: {line}\r\n\r\n")).await;
        let head = "Response: Follows\r\nPrivilege: SMSCommand\r\n";
        client.expect(&format!("{head}{printed}Command '{line}' failed.\n--END COMMAND--\r\n\r\n")).await;
    }
}

#[tokio::test]
async fn dialect_dongle_joins_parts_and_reports() {
    let gateway = start(two_numbers(Model::Dongle)).await;
    let mut client = Client::login_for(&gateway, "call").await;
    let queued = "Response: Success\r\nMessage: [dongle0] SMS queued for send\r\n\r\n";
    let text = "x".repeat(200);
    client
        .say(format!(
            "Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: +222\r\nMessage: {text}\\n\\\\\r\nValidity: 60\r\n\
             Report: yes\r\nPayload: order 7\r\n\r\n"
        ))
        .await;
    client.expect(queued).await;
    for part in ["05000300020", "05000300020"] {
        let raw = client.frame().await;
        assert!(raw.starts_with("Event: DongleNewCMGR\r\nPrivilege: call,all\r\nDevice: dongle1\r\n"), "{raw}");
        assert!(raw.contains(r"\r\n0891683108705505F044") && raw.contains(part), "{raw}");
    }
    let lines = client.frame().await;
    let expected = format!("From: +111\r\nLineCount: 2\r\nMessageLine0: {text}\r\nMessageLine1: \\\r\n\r\n");
    assert!(lines.contains("\r\nDevice: dongle1\r\n") && lines.ends_with(&expected), "{lines}");
    client.expect("\r\n").await;
    assert!(client.frame().await.starts_with("Event: DongleNewSMSBase64\r\n"));
    for reference in ["00", "01"] {
        let raw = client.frame().await;
        assert!(raw.contains(&format!(r"+CMGR: 0,,21\r\n0891683108705505F006{reference}039122F2")), "{raw}");
    }
    let report = client.frame().await;
    assert!(
        report.starts_with("Event: DongleReport\r\nPrivilege: call,all\r\nDevice: dongle0\r\nPayload: order 7\r\n")
    );
    assert!(report.ends_with("Success: 1\r\nType: 1\r\nReport: 000,000,\r\n\r\n"), "{report}");
    let sent = gateway.sent();
    assert_eq!((sent[0].validity, sent[0].report, sent[0].parts), (Some(60), true, 2));
    assert_eq!((sent[0].id.as_deref(), sent[0].command.as_str()), (Some("order 7"), "DongleSendSMS"));
    assert_eq!(gateway.aired().len(), 2);

    gateway.set_outcome(1, Outcome::Failed);
    client.say("Action: DongleSendSMS\r\nDevice: Dongle0\r\nNumber: 5\r\nMessage: x\r\nPayload: p\r\n\r\n").await;
    client.expect(queued).await;
    let report = client.frame().await;
    assert!(report.contains("\r\nPayload: p\r\n") && report.contains("\r\nSuccess: 0\r\nType: 0\r\n"), "{report}");
}

#[tokio::test]
async fn dialect_bg111_numbers_its_queue() {
    let gateway = start(two_numbers(Model::Dongle).bg111(true)).await;
    let mut client = Client::login_for(&gateway, "call").await;
    client.say("Action: DongleSendPDU\r\nDevice: dongle0\r\nPDU: 000100039122F2000003E1F01B\r\n\r\n").await;
    client.expect("Response: Success\r\nMessage: [dongle0] SMS queued for send\r\nID: 0x1\r\n\r\n").await;
    client.frame_with("DongleNewSMS\r\n").await;
    client.expect("\r\n").await;
    client.frame_with("DongleNewSMSBase64").await;
    let status = "Event: DongleSMSStatus\r\nPrivilege: call,all\r\nDevice: dongle0\r\nID: 0x1\r\nStatus: Sent\r\n\r\n";
    client.expect(status).await;
    gateway.set_outcome(1, Outcome::Failed);
    client.say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: x\r\n\r\n").await;
    client.expect("Response: Success\r\nMessage: [dongle0] SMS queued for send\r\nID: 0x2\r\n\r\n").await;
    assert!(client.frame().await.contains("\r\nID: 0x2\r\nStatus: NotSent\r\n"));
    client.say("Action: DongleSendUSSD\r\nDevice: dongle0\r\nUSSD: *1#\r\n\r\n").await;
    client.expect("Response: Success\r\nMessage: [dongle0] USSD queued for send\r\nID: 0x3\r\n\r\n").await;
    assert!(client.frame().await.contains("DongleUSSDStatus\r\n"));
    assert!(client.frame().await.contains("+CUSD: 0,\"55E7D2F9BC3A41412894991C06A9C9A713\",15"));
    // Its argument is never un-escaped, and it sends the codes of ASCII.
    gateway.set_outcome(1, Outcome::Sent);
    client
        .say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 49151\r\nMessage: say \\\"hi\\\" a@b\r\n\r\n")
        .await;
    client.frame_with("Status: Sent").await;
    let aired = gateway.aired().pop().expect("it went out");
    assert_eq!((aired.destination.as_str(), aired.text.as_str()), ("+49151", "say Ö\"hiÖ\" a¡b"));
    // A text that is too long goes to the modem, which refuses it; for a longer one the driver has no room.
    let of_length = |length| {
        let text = "x".repeat(length);
        format!("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: {text}\r\n\r\n")
    };
    client.say(of_length(161)).await;
    client.frame_with("Response: Success\r\n").await;
    client.frame_with("Status: NotSent\r\n").await;
    client.say(of_length(305)).await;
    client
        .expect("Response: Error\r\nMessage: [dongle0] Error adding SMS commands to queue\r\nID: (nil)\r\n\r\n")
        .await;
    for (device, words) in [("nosuch", "no such device"), ("dongle1", "device disabled")] {
        client.say("Action: DongleStop\r\nDevice: dongle1\r\nWhen: now\r\n\r\n").await;
        client.frame_with("Stop scheduled").await;
        client.say(format!("Action: DongleSendUSSD\r\nDevice: {device}\r\nUSSD: *1#\r\n\r\n")).await;
        client.frame_with(&format!("Message: [{device}] {words}\r\nID: (nil)\r\n")).await;
    }
}

#[tokio::test]
async fn dialect_dongle_2019_says_sending_first() {
    let gateway = start(two_numbers(Model::Dongle).dongle_2019(true)).await;
    let mut client = Client::login_for(&gateway, "call").await;
    let head = "Event: DongleSMSStatus\r\nPrivilege: call,all\r\nDevice: dongle0\r\n";
    for (number, reference) in [(1, 0), (2, 1)] {
        client.say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: +5\r\nMessage: x\r\n\r\n").await;
        let id = format!("ID: 0x{number}\r\n");
        client.expect(&format!("Response: Success\r\nMessage: [dongle0] SMS queued for send\r\n{id}\r\n")).await;
        client.expect(&format!("{head}{id}Status: Sending\r\nForeignID: {reference}\r\n\r\n")).await;
        client.expect(&format!("{head}{id}Status: Sent\r\n\r\n")).await;
    }
    gateway.set_outcome(1, Outcome::Failed);
    client.say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: +5\r\nMessage: x\r\n\r\n").await;
    client.frame().await;
    client.expect(&format!("{head}ID: 0x3\r\nStatus: NotSent\r\n\r\n")).await;
}

#[tokio::test]
async fn dialect_dongle_splits_as_the_driver_does() {
    let gateway = start_model(Model::Dongle).await;
    let mut client = Client::login_for(&gateway, "call").await;
    for (length, parts, outcome) in [(159, 1, 1), (160, 2, 0), (161, 2, 1), (306, 3, 1)] {
        let text = "x".repeat(length);
        client.say(format!("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: {text}\r\n\r\n")).await;
        client.frame_with(&format!("Success: {outcome}\r\nType: 0\r\n")).await;
        assert_eq!(gateway.sent().pop().expect("it was taken").parts, parts, "{length}");
    }
    for (device, number, words) in [
        ("nosuch", "5", "Device disconnected"),
        ("dongle0", "abc", "Invalid phone number"),
        ("dongle0", "*100#", "Invalid phone number"),
    ] {
        client
            .say(format!("Action: DongleSendSMS\r\nDevice: {device}\r\nNumber: {number}\r\nMessage: x\r\n\r\n"))
            .await;
        client.expect(&format!("Response: Error\r\nMessage: [{device}] {words}\r\n\r\n")).await;
    }
}

#[tokio::test]
async fn dialect_dongle_device_loses_its_queue_when_it_goes() {
    let gateway = start_model(Model::Dongle).await;
    let mut client = Client::login_for(&gateway, "call").await;
    gateway.set_latency(1, Duration::from_secs(600));
    for payload in ["a", "b"] {
        client
            .say(format!(
                "Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: x\r\nPayload: {payload}\r\n\r\n"
            ))
            .await;
        client.frame_with("queued for send").await;
    }
    client.say("Action: DongleRestart\r\nDevice: dongle0\r\nWhen: now\r\n\r\n").await;
    client.frame_with("Status: Initialize").await;
    gateway.set_latency(1, Duration::ZERO);
    client.say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: x\r\nPayload: c\r\n\r\n").await;
    client.frame_with("queued for send").await;
    assert!(client.frame().await.contains("\r\nPayload: c\r\n"), "no word of the two before");
    // Unplugged, and an answer that never comes.
    for unplug in [true, false] {
        gateway.set_outcome(1, Outcome::TimedOut);
        client.say("Action: DongleSendSMS\r\nDevice: dongle0\r\nNumber: 5\r\nMessage: x\r\nPayload: d\r\n\r\n").await;
        client.frame_with("queued for send").await;
        let state = gateway.state(1).expect("it exists");
        if unplug {
            gateway.set_state(1, state.clone().power(false));
        }
        for status in ["Free", "Disconnect"] {
            assert!(client.frame().await.ends_with(&format!("Status: {status}\r\n\r\n")));
        }
        if unplug {
            gateway.set_state(1, state);
        }
        client.frame_with("Status: Initialize").await;
    }
    let state = gateway.state(1).expect("it exists");
    gateway.set_state(1, state.registration(Registration::Searching));
    client.frame_with("Status: Unregister").await;
}

#[tokio::test]
async fn dialect_dongle_device_stops_and_starts() {
    let gateway = start_model(Model::Dongle).await;
    let mut client = Client::login_for(&gateway, "call").await;
    let status = |status: &str| {
        format!("Event: DongleStatus\r\nPrivilege: call,all\r\nDevice: dongle2\r\nStatus: {status}\r\n\r\n")
    };
    client.say("Action: DongleStop\r\nDevice: dongle2\r\nWhen: now\r\n\r\n").await;
    assert!(client.frame().await.starts_with("Response: Success\r\nMessage: [dongle2] "));
    client.expect(&["Free", "Disconnect"].map(status).concat()).await;
    assert!(!gateway.state(3).expect("it exists").power);
    client.say("Action: DongleSendSMS\r\nDevice: dongle2\r\nNumber: 5\r\nMessage: x\r\n\r\n").await;
    assert!(client.frame().await.starts_with("Response: Error\r\nMessage: [dongle2] "));
    assert!(gateway.sent().is_empty());
    client.say("Action: DongleStart\r\nDevice: dongle2\r\n\r\n").await;
    client.frame().await;
    client.expect(&["Connect", "Register", "Initialize"].map(status).concat()).await;
    for (action, words) in [
        ("DongleRestart\r\nDevice: dongle9\r\nWhen: now", "[dongle9] Device not found"),
        ("DongleReset\r\nDevice: dongle9", "[dongle9] Device disconnected"),
        ("DongleStop\r\nDevice: dongle2\r\nWhen: later", "Invalid value of When"),
        ("DongleReload", "Invalid value of When"),
        ("DongleSetCCWA\r\nDevice: dongle2\r\nValue: maybe", "Invalid Value"),
    ] {
        client.say(format!("Action: {action}\r\n\r\n")).await;
        client.expect(&format!("Response: Error\r\nMessage: {words}\r\n\r\n")).await;
    }
    until("it works again", || gateway.state(3).is_some_and(|state| state.power)).await;
}

#[test]
fn simulator_runs_on_a_thread_of_its_own() {
    let thread = SimulatorThread::start(Options::default()).expect("a free port");
    let port = thread.simulator().expect("it was started here").port();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let taken = SimulatorThread::start(Options::default().port(port));
    assert_eq!(taken.expect_err("the port is taken").kind(), std::io::ErrorKind::AddrInUse);
    thread.join();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
