//! Recorded words of devices and drivers, byte for byte: request in, answer or event out.

use ami::simulator::{Core, Incoming, Model, Outcome, Report, Sim, SpanState, UssdReply, Yeastar};

use crate::client::{Client, hasty, start, start_model};

fn follows(privilege: &str, body: &str) -> String {
    format!("Response: Follows\r\nPrivilege: {privilege}\r\n{body}--END COMMAND--\r\n\r\n")
}

#[tokio::test]
async fn samples_open_driver_commands() {
    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "off").await;
    gateway.set_state(2, SpanState::default().sim(Sim::Missing));
    gateway.set_ussd("*#301#", UssdReply::text("UNKNOWN APPLICATION"));
    let too_few = "Usage: gsm send sync sms <span> <destination> <message> <timeout> [id] \n       \
                   Send SMS on a given GSM span\n";
    for (request, body) in [
        ("gsm send sync sms 1 100 \"1234\" 20", "SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync sms 1 100 \"1234\" 20 42", "ID:42 SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync csms 1 100 \"1234\" 0 3 2 20", "SPAN:1 SEND CONCATENATED SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync csms 1 100 x 00 3 2 10 7", "ID:7 SPAN:1 SEND CONCATENATED SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync sms 1 100 \"1234\" 90 0 myid", "ID:0 SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n"),
        ("gsm send sync sms 1 100 \"1234\"", too_few),
        ("core show help gsm send sync sms", too_few),
        ("gsm send ussd 1 \"*#301#\"", "1:Recive USSD on span 1,responses:0,code:15\nText:UNKNOWN APPLICATION\n"),
        (
            "gsm show spans",
            "GSM span 1: Power on, Provisioned, Up, Active,Standard\n\
             GSM span 2: Power on, Provisioned, Undetected SIM Card, Active,Standard\n\
             GSM span 3: Power on, Provisioned, Up, Active,Standard\n\
             GSM span 4: Power on, Provisioned, Up, Active,Standard\n",
        ),
        ("gsm send pdu 1 00", ""),
        ("gsm send pdu 1 \"\"", "PDU message too short.\nCommand 'gsm send pdu 1 \"\"' failed.\n"),
        (
            "gsm send sync ussd 1 *100#",
            "No such command 'gsm send sync ussd 1 *100#' \
             (type 'core show help gsm send sync ussd' for other possible commands)\n",
        ),
    ] {
        client.say(format!("Action: Command\r\nCommand: {request}\r\n\r\n")).await;
        client.expect(&follows("Command", body)).await;
    }
    for (outcome, body) in [
        (Outcome::Failed, "SPAN:1 SEND CONCATENATED SMS TO PHONE:13632919026 WAS FAILED\n"),
        (Outcome::TimedOut, "SPAN:1 SEND CONCATENATED SMS TO PHONE:13632919026 TIMEOUT\n"),
        (Outcome::Busy, "SPAN:1 SEND CONCATENATED SMS TO PHONE 13632919026 WAS USING\n"),
    ] {
        gateway.next_outcomes(1, [outcome]);
        client.say("action: Command\r\ncommand: gsm send sync csms 1 13632919026 hello 00 2 1 10\r\n\r\n").await;
        client.expect(&follows("Command", body)).await;
    }
    client.say("Action: Command\r\nActionID: 7\r\nCommand: gsm send sms 1 100 hello\r\n\r\n").await;
    client.expect("Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n--END COMMAND--\r\n\r\n").await;
    // Four printable characters, then the marker without a line end.
    client.say("Action: Command\r\nCommand: gsm show span 1\r\n\r\n").await;
    client.until(b"Last send AT: AT+CREG?\\r\\n\nLast receive AT: +CREG: 0,1\\r\\n--END COMMAND--\r\n\r\n").await;
    client.say("Action: Command\r\nCommand: gsm show span all\r\n\r\n").await;
    client.until(b"Privilege: Command\r\n---Start Span 1---\nD-channel: 2\n").await;
    client.until(b"\n---End Span 1---\n---Start Span 2---\n").await;
    client.until(b"\n---End Span 4---\n--END COMMAND--\r\n\r\n").await;
}

#[tokio::test]
async fn samples_older_words_for_ussd() {
    for (model, request) in
        [(Model::Allo, "allogsm send ussd 3 \"*100#\""), (Model::OpenVox2013, "gsm send ussd 3 10086 \"*100#\" 10")]
    {
        let gateway = start_model(model).await;
        gateway.set_ussd("*100#", UssdReply::text("Balance 10"));
        let mut client = Client::login_for(&gateway, "off").await;
        client.say(format!("Action: Command\r\nCommand: {request}\r\n\r\n")).await;
        let body = "1:Recive USSD sucess on span 3\n\tUSSD Responses:0\n\tUSSD Code:15\n\tUSSD Message:Balance 10\n";
        client.expect(&follows("Command", body)).await;
    }
}

#[tokio::test]
async fn samples_real_message_of_2014() {
    let gateway = start_model(Model::OpenVox).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    let text = "您当前帐户余额0元，其中基本帐户余额0元，赠送帐户余额0元，月结日25日.";
    gateway.deliver_sms(4, "10086", text, "2014/09/11 09:36:47");
    let source = client.frame().await;
    let unique_id = source.split_once("Uniqueid: ").expect("a Uniqueid").1.trim().to_owned();
    assert_eq!(
        source,
        format!(
            "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: EXTRA-SMS/7-1\r\nVariable: SMSSRC\r\n\
             Value: 10086\r\nUniqueid: {unique_id}\r\n\r\n"
        )
    );
    let newexten = client.frame_with("Newexten").await;
    assert_eq!(
        newexten,
        format!(
            "Event: Newexten\r\nPrivilege: dialplan,all\r\nChannel: EXTRA-SMS/7-1\r\nContext: gsm-4\r\n\
             Extension: sms\r\nPriority: 1\r\nApplication: System\r\nAppData: /my_tools/process_sms \"4\" \"10086\" \
             \"2014/09/11 09:36:47\" \"{text}\" > /dev/null 2>&1 &\r\nUniqueid: {unique_id}\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn samples_allo_event() {
    let gateway = start_model(Model::Allo).await;
    let mut client = Client::login_for(&gateway, "system,dialplan").await;
    client.expect("Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n").await;
    let message = Incoming::new("10086", "say \"hi\"").time("2014/09/11 09:36:47".into());
    assert_eq!(gateway.deliver(2, &message), 1);
    client
        .expect(
            "Event: GSMEventSMS\r\nPrivilege: system,all\r\nGSMEvent: SMS Received\r\n\
             Time: 2014/09/11 09:36:47\r\nSpan: 2\r\nMode: PDU\r\nSender: 10086\r\nSMSC: +8613800755500\r\n\
             Length: 8\r\nText: say \"hi\"\r\nPDU: \
             0891683108705505F00405810180F600004190119063742308F3701E2442A745\r\n\r\n",
        )
        .await;
    let source = client.frame().await;
    assert!(source.contains("Channel: AGSM-SMS/3-1\r\nVariable: SMSSRC\r\nValue: 10086\r\n"), "{source}");
}

#[tokio::test]
async fn samples_yeastar_commands() {
    let gateway = start(hasty().model(Model::Yeastar).smsc("+8613800592500".into()).spans(6)).await;
    let mut client = Client::login_for(&gateway, "smscommand").await;
    let update = |id: &str, status: u8| {
        format!(
            "Event: UpdateSMSSend\r\nPrivilege: all,smscommand\r\nID: {id}\r\nSmsc: +8613800592500\r\n\
             Status: {status}\r\n--END SMS EVENT--\r\n\r\n"
        )
    };
    client.say("Action: smscommand\r\ncommand: gsm send sms 2 100 \"hello%0Aworld\" 2\r\n\r\n").await;
    client.expect(&follows("SMSCommand", "")).await;
    client.expect(&update("2", 1)).await;
    assert_eq!(gateway.sent()[0].text, "hello\nworld");
    gateway.set_outcome(2, Outcome::Failed);
    client.say("Action: smscommand\r\nActionID: x\r\ncommand: gsm send sms 2 100 hi\r\n\r\n").await;
    client.expect("Response: Follows\r\nPrivilege: SMSCommand\r\nActionID: x\r\n--END COMMAND--\r\n\r\n").await;
    client.expect(&update("(null)", 0)).await;

    client.say("Action: smscommand\r\ncommand: gsm show spans\r\n\r\n").await;
    let spans = (2..=7).map(|span| format!("GSM span {span}: Power on, Provisioned, Up, Active,Standard\n"));
    client.expect(&follows("SMSCommand", &spans.collect::<String>())).await;

    gateway.set_ussd("*100#", UssdReply::text("欢迎使用"));
    gateway.set_ussd("*101#", UssdReply::Failed);
    gateway.set_ussd("*102#", UssdReply::TimedOut);
    for (code, body) in [
        (
            "\"*100#\"",
            "1:Received USSD success on span: 6\n\tUSSD Responses: 0\n\tUSSD Code: 72\n\tUSSD Len: 16\n\t\
             USSD Message: 6B228FCE4F7F7528\n",
        ),
        (
            "*1#",
            "1:Received USSD success on span: 6\n\tUSSD Responses: 0\n\tUSSD Code: 15\n\tUSSD Len: 19\n\t\
             USSD Message: UNKNOWN APPLICATION\n",
        ),
        ("*101#", "0:Send USSD failed on span 6\n"),
        ("*102# 5", "0:Send USSD timeout on span 6\n"),
    ] {
        client.say(format!("Action: smscommand\r\ncommand: gsm send ussd 6 {code}\r\n\r\n")).await;
        client.expect(&follows("SMSCommand", body)).await;
    }
}

#[tokio::test]
async fn samples_yeastar_incoming() {
    let options = hasty().model(Model::Yeastar).smsc("+19703769769".into());
    let gateway = start(options).await;
    let mut client = Client::login_for(&gateway, "smscommand").await;
    assert_eq!(gateway.deliver_sms(2, "+14108166914", "Got ir", "2026/03/25 17:20:48"), 1);
    client
        .expect(
            "Event: ReceivedSMS\r\nPrivilege: all,smscommand\r\nID: \r\nGsmSpan: 2\r\nSender: +14108166914\r\n\
             Recvtime: 2026-03-25 17:20:48\r\nIndex: 0\r\nTotal: 1\r\nSmsc: +19703769769\r\nContent: Got+ir\r\n\
             --END SMS EVENT--\r\n\r\n",
        )
        .await;

    let yeastar = Yeastar::default().gsm_port(true).index_from_one(true).byte_order_mark(true).older_ussd(true);
    let options = hasty().model(Model::Yeastar).smsc("+8613800591551".into()).yeastar(yeastar);
    let gateway = start(options).await;
    let mut client = Client::login_for(&gateway, "smscommand").await;
    let text = format!("{}过短信、", "x".repeat(67));
    assert_eq!(gateway.deliver_sms(5, "10086", &text, "2013/11/13 14:59:13"), 1);
    client.frame().await;
    client
        .expect(
            "Event: ReceivedSMS\r\nPrivilege: all,smscommand\r\nID: E9500000\r\nGsmPort: 5\r\nSender: 10086\r\n\
             Recvtime: 2013-11-13 14:59:13\r\nIndex: 2\r\nTotal: 2\r\nSmsc: +8613800591551\r\n\
             Content: %EF%BB%BF%E8%BF%87%E7%9F%AD%E4%BF%A1%E3%80%81\r\n--END SMS EVENT--\r\n\r\n",
        )
        .await;
    client.say("Action: smscommand\r\ncommand: gsm send ussd 3 *1#\r\n\r\n").await;
    let body = "1:Recive USSD sucess on span 3\n\tUSSD Responses:0\n\tUSSD Code:15\n\t\
                USSD Message:UNKNOWN APPLICATION\n";
    client.expect(&follows("SMSCommand", body)).await;
}

#[tokio::test]
async fn samples_dongle_events() {
    for (model, title, device) in [(Model::Dongle, "Dongle", "dongle0"), (Model::Quectel, "Quectel", "quectel0")] {
        let gateway = start_model(model).await;
        let mut client = Client::login_for(&gateway, "call").await;
        assert_eq!(gateway.deliver_sms(1, "+79139131234", "first\r\n\nsecond", "2026/03/04 12:34:56"), 1);
        let head = format!("Privilege: call,all\r\nDevice: {device}\r\n");
        let pdu = "0891683108705505F0040B919731191332F4000062304021436523";
        client
            .expect(&format!(
                "Event: {title}NewCMGR\r\n{head}Message: +CMGR: 0,,32\\r\\n{pdu}0EE6B47C4E6F2814F3F2F8ED2603\r\n\r\n"
            ))
            .await;
        client
            .expect(&format!(
                "Event: {title}NewSMS\r\n{head}From: +79139131234\r\nLineCount: 2\r\nMessageLine0: first\r\n\
                 MessageLine1: second\r\n\r\n\r\n"
            ))
            .await;
        client
            .expect(&format!(
                "Event: {title}NewSMSBase64\r\n{head}From: +79139131234\r\nMessage: Zmlyc3QNCgpzZWNvbmQ=\r\n\r\n"
            ))
            .await;
        assert_eq!(gateway.deliver_ussd(1, "Balance 10", 0), 1);
        client
            .expect(&format!(
                "Event: {title}NewCUSD\r\n{head}Message: +CUSD: 0,\"C2303BEC1E97413118\",15\r\n\r\n\
                 Event: {title}NewUSSD\r\n{head}LineCount: 1\r\nMessageLine0: Balance 10\r\n\r\n\
                 Event: {title}NewUSSDBase64\r\n{head}Message: QmFsYW5jZSAxMA==\r\n\r\n"
            ))
            .await;
        let report = Report::default()
            .payload("order 7".into())
            .sent("2020-12-01 10:00:00".into())
            .delivered("2020-12-01 10:00:05".into())
            .success(true)
            .kind(1)
            .codes(vec![0, 0]);
        assert_eq!(gateway.deliver_report(1, &report), 1);
        client
            .expect(&format!(
                "Event: {title}Report\r\n{head}Payload: order 7\r\nSCTS: 2020-12-01 10:00:00\r\n\
                 DT: 2020-12-01 10:00:05\r\nSuccess: 1\r\nType: 1\r\nReport: 000,000,\r\n\r\n"
            ))
            .await;
    }
}

#[tokio::test]
async fn samples_dongle_actions() {
    let gateway = start_model(Model::Dongle).await;
    let mut client = Client::login_for(&gateway, "off").await;
    for (request, response) in [
        (
            "DongleSendSMS\r\nDevice: dongle0\r\nNumber: +79139131234\r\nMessage: hello",
            "Success\r\nMessage: [dongle0] SMS queued for send",
        ),
        ("DongleSendUSSD\r\nDevice: dongle0\r\nUSSD: *100#", "Success\r\nMessage: [dongle0] USSD queued for send"),
        ("DongleSendSMS\r\nNumber: 1\r\nMessage: x", "Error\r\nMessage: Device not specified"),
        ("DongleSendSMS\r\nDevice: dongle0\r\nMessage: x", "Error\r\nMessage: Number not specified"),
        ("DongleSendSMS\r\nDevice: dongle0\r\nNumber: 1", "Error\r\nMessage: Message not specified"),
        ("DongleSendUSSD\r\nDevice: dongle0", "Error\r\nMessage: USSD not specified"),
        (
            "DongleSetCCWA\r\nDevice: dongle0\r\nValue: enable",
            "Success\r\nMessage: [dongle0] Call-Waiting commands queued for execute",
        ),
        (
            "DongleSendPDU\r\nDevice: dongle0\r\nPDU: 00",
            "Error\r\nMessage: Invalid/unknown command: DongleSendPDU. \
             Use Action: ListCommands to show available commands.",
        ),
    ] {
        client.say(format!("Action: {request}\r\n\r\n")).await;
        client.expect(&format!("Response: {response}\r\n\r\n")).await;
    }
    client.say("Action: DongleShowDevices\r\nActionID: s1\r\nDevice: dongle1\r\n\r\n").await;
    client
        .expect(
            "Response: Success\r\nActionID: s1\r\nEventList: start\r\nMessage: Device status list will follow\r\n\r\n\
             Event: DongleDeviceEntry\r\nActionID: s1\r\nDevice: dongle1\r\n",
        )
        .await;
    client.frame().await;
    let complete = client.frame().await;
    assert_eq!(
        complete,
        "Event: DongleShowDevicesComplete\r\nActionID: s1\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    );
}

#[tokio::test]
async fn samples_output_in_headers() {
    for (core, banner) in [(Core::V1_8, "1.1"), (Core::V13, "2.10.6"), (Core::V16, "5.0.4"), (Core::V22, "11.0.0")] {
        let gateway = start(hasty().model(Model::Dongle).core(Some(core))).await;
        let mut stream =
            Client { stream: tokio::net::TcpStream::connect(("127.0.0.1", gateway.port())).await.unwrap() };
        stream.expect(&format!("Asterisk Call Manager/{banner}\r\n")).await;
        let mut client = Client::login_for(&gateway, "off").await;
        client.say("Action: Command\r\nActionID: e3\r\nCommand: no such thing\r\n\r\n").await;
        let words = "No such command 'no such thing' (type 'core show help no such' for other possible commands)";
        let output = matches!(core, Core::V16 | Core::V22);
        if output {
            let head = "Response: Error\r\nActionID: e3\r\nMessage: Command output follows\r\n";
            client.expect(&format!("{head}Output: {words}\r\n\r\n")).await;
        } else {
            let head = "Response: Follows\r\nPrivilege: Command\r\nActionID: e3\r\n";
            client.expect(&format!("{head}{words}\n--END COMMAND--\r\n\r\n")).await;
        }
        client.say("Action: Command\r\nCommand: dongle sms dongle0 100 two words\r\n\r\n").await;
        let words = "[dongle0] SMS queued for send";
        let queued = if output {
            format!("Response: Success\r\nMessage: Command output follows\r\nOutput: {words}\r\n\r\n")
        } else {
            follows("Command", &format!("{words}\n"))
        };
        client.expect(&queued).await;
        assert_eq!(gateway.sent()[0].text, "two words");
    }
    // No output is one empty line of it.
    let gateway = start(hasty().core(Some(Core::V16))).await;
    let mut client = Client::login_for(&gateway, "off").await;
    client.say("Action: Command\r\nCommand: gsm send sms 1 100 hi\r\n\r\n").await;
    client.expect("Response: Success\r\nMessage: Command output follows\r\nOutput: \r\n\r\n").await;
}

#[tokio::test]
async fn samples_results_of_queued_messages() {
    let gateway = start(hasty().send_results(true)).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    gateway.next_outcomes(2, [Outcome::Sent, Outcome::Failed, Outcome::TimedOut]);
    for (command, text, pdu, id, extension) in [
        ("gsm send sms 2 +1234 hellohello 42", "hellohello", "003100049121430000000AE8329BFD4697D9EC37", "42", "ok"),
        ("gsm send pdu 2 000100039122F2000003E1F01B p", "", "000100039122F2000003E1F01B", "p", "failed"),
    ] {
        client.command(command).await;
        let destination = if id == "42" { "+1234" } else { "+222" };
        for (variable, value) in [
            ("SMS_SEND_TYPE", "pdu"),
            ("SMS_SEND_SENDER", destination),
            ("SMS_SEND_TXT", text),
            ("SMS_SEND_PDU", pdu),
            ("SMS_SEND_ID", id),
            ("DIALSTATUS", "SMS_SEND_END"),
        ] {
            let frame = client.frame().await;
            assert!(frame.contains("\r\nChannel: EXTRA-SMSSEND/3-"), "{frame}");
            assert!(frame.contains(&format!("\r\nVariable: {variable}\r\nValue: {value}\r\n")), "{frame}");
        }
        let newexten = client.frame().await;
        let step =
            format!("Context: gsm-2\r\nExtension: sms_send_{extension}\r\nPriority: 1\r\nApplication: System\r\n");
        assert!(newexten.contains(&format!("{step}AppData: touch /tmp/S{id}\r\n")), "{newexten}");
        assert!(client.frame().await.contains("SYSTEMSTATUS"));
    }
    // Of one that nothing is heard of nothing is told.
    client.command("gsm send sms 2 1 lost").await;
    client.expect_pong().await;
}
