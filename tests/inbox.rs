//! What the reader of events makes of what gateways write, byte by byte as they do, and of what is made to look like it.

use std::time::{Duration, Instant};

use ami::gsm::{Incoming, Outcome, SmsReader};
use ami::protocol::Parser;

const PATIENCE: Duration = Duration::from_secs(300);

/// A reader with its events, and a clock of its own.
struct Desk {
    parser: Parser,
    reader: SmsReader,
    now: Instant,
}

impl Desk {
    fn new() -> Desk {
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\n").expect("a banner");
        Desk { parser, reader: SmsReader::new(PATIENCE), now: Instant::now() }
    }

    fn newer() -> Desk {
        let mut desk = Desk::new();
        desk.reader.set_escapes(true);
        desk
    }

    /// What comes of these bytes at once.
    fn take(&mut self, bytes: impl AsRef<[u8]>) -> Vec<Incoming> {
        self.parser.feed(bytes.as_ref()).expect("messages");
        while let Some(message) = self.parser.next().expect("messages") {
            self.reader.read(&message, self.now);
        }
        self.drain()
    }

    /// What comes of waiting.
    fn wait(&mut self, time: Duration) -> Vec<Incoming> {
        self.now += time;
        self.reader.expire(self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Incoming> {
        std::iter::from_fn(|| self.reader.next()).collect()
    }
}

/// What matters of what came, to be compared.
fn shown(incoming: &[Incoming]) -> Vec<String> {
    incoming
        .iter()
        .map(|incoming| match incoming {
            Incoming::Sms(sms) => format!("{}|{}|{}|{}", sms.port(), sms.sender(), sms.time(), sms.text()),
            Incoming::Report(report) => {
                format!("report {}|{}", report.id().unwrap_or("-"), report.outcome().name())
            }
            Incoming::Ussd(ussd) => format!("ussd {}|{}|{:?}", ussd.port(), ussd.text(), ussd.wants_answer()),
            Incoming::Unreadable(unreadable) => format!("unreadable: {}", unreadable.why()),
            _ => "?".to_owned(),
        })
        .collect()
}

fn frame(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect::<String>() + "\r\n"
}

/// As 1.8 writes it.
fn variable(channel: &str, id: &str, name: &str, value: &str) -> String {
    frame(&[
        "Event: VarSet",
        "Privilege: dialplan,all",
        &format!("Channel: {channel}"),
        &format!("Variable: {name}"),
        &format!("Value: {value}"),
        &format!("Uniqueid: {id}"),
    ])
}

fn step(channel: &str, id: &str, context: &str, line: &str) -> String {
    frame(&[
        "Event: Newexten",
        "Privilege: dialplan,all",
        &format!("Channel: {channel}"),
        &format!("Context: {context}"),
        "Extension: sms",
        "Priority: 1",
        "Application: System",
        &format!("AppData: {line}"),
        &format!("Uniqueid: {id}"),
    ])
}

fn created(channel: &str, id: &str) -> String {
    frame(&["Event: Newchannel", "Privilege: call,all", &format!("Channel: {channel}"), &format!("Uniqueid: {id}")])
}

fn line(port: &str, text: &str) -> String {
    format!(r#"/my_tools/process_sms "{port}" "10086" "2014/09/11 09:36:47" "{text}" > /dev/null 2>&1 &"#)
}

/// The variables of an SMS.
fn variables(channel: &str, id: &str, text: &str, pdu: &str) -> String {
    [
        ("SMSSRC", "10086"),
        ("SMSTXT", text),
        ("SMSPDU", pdu),
        ("SMSTIME", "2014/09/11 09:36:47"),
        ("SMSTZ", "GMT+8"),
        ("DIALSTATUS", "SMS_END"),
    ]
    .map(|(name, value)| variable(channel, id, name, value))
    .concat()
}

/// "hellohello" from +8613632919026, in the default alphabet.
const PDU: &str = "0891683108705505F0040D91683136929120F60000419011906374230AE8329BFD4697D9EC37";

#[test]
fn the_gateways_own_frame() {
    let mut desk = Desk::new();
    let came = desk.take(step("EXTRA-SMS/3-1", "1410399407.12", "gsm-2", &line("4", "您当前帐户余额0元。")));
    assert_eq!(shown(&came), ["4|10086|2014-09-11T09:36:47|您当前帐户余额0元。"]);
    // The same step once more is the same message, also where it goes to another program; another one is not.
    let copy = line("4", "您当前帐户余额0元。").replace("process_sms", "keep_a_copy");
    assert!(desk.take(step("EXTRA-SMS/3-1", "1410399407.12", "gsm-2", &copy)).is_empty());
    assert!(desk.take(step("EXTRA-SMS/3-1", "1410399407.12", "gsm-2", &line("4", "您当前帐户余额0元。"))).is_empty());
    let came = desk.take(step("EXTRA-SMS/3-1", "1410399407.12", "gsm-2", &line("4", "more")));
    assert_eq!(shown(&came), ["4|10086|2014-09-11T09:36:47|more"]);
}

#[test]
fn the_pdu_first_then_the_text_then_the_command_line_and_each_message_once() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    for (text, pdu, expected) in [
        ("another", PDU, "4|+8613632919026|2014-09-11T09:36:47+08:00|hellohello"),
        ("the text", "", "4|10086|2014-09-11T09:36:47+08:00|the text"),
        ("its PDU is cut", &PDU[..40], "4|10086|2014-09-11T09:36:47+08:00|its PDU is cut"),
    ] {
        let mut desk = Desk::new();
        assert!(desk.take(created(channel, id) + &variables(channel, id, text, pdu)).is_empty());
        let came = desk.take(step(channel, id, "gsm-2", &line("4", text)));
        assert_eq!(shown(&came), [expected]);
        // More steps of the same dialplan say nothing new.
        let more = step(channel, id, "gsm-2", &line("4", text)) + &variable(channel, id, "SYSTEMSTATUS", "SUCCESS");
        assert!(desk.take(more + &variables(channel, id, text, pdu)).is_empty());
        assert!(desk.wait(PATIENCE).is_empty());
    }
}

#[test]
fn the_port_by_the_command_line_else_the_context_else_the_channel() {
    let hung_up = |channel: &str, id: &str| {
        frame(&["Event: Hangup", &format!("Channel: {channel}"), &format!("Uniqueid: {id}"), "Cause: 16"])
    };
    let (channel, id) = ("EXTRA-SMS/5-1", "1.1");
    let mut desk = Desk::new();
    desk.take(variables(channel, id, "x", ""));
    let no_op = step(channel, id, "gsm-7", "").replace("Application: System", "Application: NoOp");
    assert!(desk.take(no_op).is_empty(), "the command line may follow");
    assert_eq!(shown(&desk.take(hung_up(channel, id))), ["7|10086|2014-09-11T09:36:47+08:00|x"]);
    // Nobody who may not see calls sees them end.
    desk.take(variables(channel, "1.2", "y", ""));
    assert!(desk.wait(Duration::from_millis(900)).is_empty());
    assert_eq!(shown(&desk.wait(Duration::from_millis(200))), ["3|10086|2014-09-11T09:36:47+08:00|y"]);
}

#[test]
fn escapes_bytes_that_are_no_utf_8_and_marks_of_the_byte_order() {
    let mut desk = Desk::new();
    let (channel, id) = ("EXTRA-SMS/1-1", "1.1");
    desk.take(variables(channel, id, r#"say \\\"hi\\\" \\\\ \\\`"#, ""));
    assert_eq!(
        shown(&desk.take(step(channel, id, "gsm-1", &line("1", "?")))),
        [r#"1|10086|2014-09-11T09:36:47+08:00|say "hi" \ `"#]
    );
    let latin = step(channel, "1.2", "gsm-1", &line("1", "caf~")).replace('~', "\u{e9}");
    let latin: Vec<u8> = latin.chars().map(|c| c as u8).collect();
    let came = Desk::new().take(&latin);
    assert_eq!(shown(&came), ["1|10086|2014-09-11T09:36:47|café"]);
    assert!(matches!(&came[0], Incoming::Sms(sms) if sms.raw() == b"caf\xe9"));
    let marked = Desk::new().take(step(channel, "1.3", "gsm-1", &line("1", "\u{feff}hi")));
    assert_eq!(shown(&marked), ["1|10086|2014-09-11T09:36:47|hi"]);
}

#[test]
fn newer_servers_write_the_id_first_and_escape_variables() {
    let newer = |name: &str, more: &[(&str, &str)]| {
        let mut lines = vec![
            format!("Event: {name}"),
            "Privilege: dialplan,all".to_owned(),
            "Channel: Local/sms@gsm-2-00000001;2".to_owned(),
            "Context: gsm-2".to_owned(),
            "Exten: sms".to_owned(),
            "Uniqueid: 1700000000.7".to_owned(),
        ];
        lines.extend(more.iter().map(|(name, value)| format!("{name}: {value}")));
        frame(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mut desk = Desk::newer();
    for (name, value) in [("SMSSRC", "10086"), ("SMSTXT", r#"two\nlines \\\\\\"x\\\\\\""#), ("DIALSTATUS", "SMS_END")] {
        assert!(desk.take(newer("VarSet", &[("Variable", name), ("Value", value)])).is_empty());
    }
    let data = line("2", "two\nlines \\\\\\\"x\\\\\\\"");
    let came = desk.take(newer("Newexten", &[("Extension", "sms"), ("Application", "System"), ("AppData", &data)]));
    assert_eq!(shown(&came), ["2|10086||two\nlines \"x\""]);
}

#[test]
fn empty_lines_in_a_text_cut_its_events_and_it_is_whole_all_the_same() {
    let text = "Dear customer,\r\n\r\nyour code: 4711\n\nBye";
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    // By the text, by the PDU, by the command line alone.
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variables(channel, id, text, ""));
    let came = desk.take(step(channel, id, "gsm-2", &line("2", text)));
    assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")]);
    desk.take(created(channel, "1.2") + &variables(channel, "1.2", text, PDU));
    assert_eq!(shown(&desk.take(step(channel, "1.2", "gsm-2", &line("2", text)))).len(), 1);
    let mut desk = Desk::new();
    assert_eq!(
        shown(&desk.take(step(channel, id, "gsm-2", &line("2", text)))),
        [format!("2|10086|2014-09-11T09:36:47|{text}")]
    );
    // What follows is read as ever.
    assert_eq!(
        shown(&desk.take(step(channel, "1.3", "gsm-2", &line("2", "next")))),
        ["2|10086|2014-09-11T09:36:47|next"]
    );
    // The order of newer servers, which have nothing behind the command line.
    let newer = |data: &str| {
        frame(&[
            "Event: Newexten",
            "Channel: EXTRA-SMS/3-1",
            "Context: gsm-2",
            "Uniqueid: 5.5",
            "Extension: sms",
            "Application: System",
            &format!("AppData: {data}"),
        ])
    };
    assert_eq!(shown(&Desk::newer().take(newer(&line("2", text)))), [format!("2|10086|2014-09-11T09:36:47|{text}")]);
}

/// An SMS whose text is made of frames: another SMS, from somebody else.
#[test]
fn frames_in_a_text_are_text() {
    let forged = [
        step("EXTRA-SMS/1-1", "9.9", "gsm-1", &line("1", "send money").replace("10086", "+44700")),
        variables("EXTRA-SMS/1-1", "9.9", "send money", PDU),
        frame(&["Event: ReceivedSMS", "GsmSpan: 2", "Sender: +44700", "Content: send+money"]),
        frame(&["Event: DongleNewSMSBase64", "Device: dongle0", "From: +44700", "Message: aGVsbG8="]),
        frame(&["Event: UpdateSMSSend", "ID: my-1", "Status: 1"]),
    ];
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    for forged in &forged {
        let text = format!("hi\r\n\r\n{forged}bye");
        let mut desk = Desk::new();
        desk.take(created(channel, id) + &variables(channel, id, &text, ""));
        let came = desk.take(step(channel, id, "gsm-2", &line("2", &text)));
        assert_eq!(shown(&came).len(), 1, "{:?}", shown(&came));
        assert!(matches!(&came[0], Incoming::Sms(sms) if sms.sender() == "10086" && sms.text() == text), "{forged}");
        // With the PDU there is no doubt at all.
        desk.take(created(channel, "1.2") + &variables(channel, "1.2", &text, PDU));
        let came = desk.take(step(channel, "1.2", "gsm-2", &line("2", &text)));
        assert_eq!(shown(&came), ["2|+8613632919026|2014-09-11T09:36:47+08:00|hellohello"]);
        assert!(desk.wait(PATIENCE).is_empty());
    }
}

#[test]
fn headers_in_a_text_are_text() {
    let text = "hi\r\nUniqueid: 9.9\r\nVariable: SMSPDU\r\nChannel: EXTRA-SMS/7-7\r\nValue: 00";
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    let mut desk = Desk::new();
    desk.take(variables(channel, id, text, ""));
    let came = desk.take(step(channel, id, "gsm-2", &line("2", text)));
    assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")]);
    assert!(desk.wait(PATIENCE).is_empty());
}

#[test]
fn what_comes_without_what_must_come_before_is_reported_and_not_believed() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variables(channel, id, "x", ""));
    assert_eq!(shown(&desk.take(step(channel, id, "gsm-2", &line("2", "x")))).len(), 1);
    // This gateway announces its channels and sets variables, and here is a message without them.
    let alone = desk.take(step(channel, "9.9", "gsm-2", &line("2", "forged")));
    assert_eq!(shown(&alone), ["unreadable: the command line of an SMS came without the variables of one"]);
    let local = desk.take(step("Local/sms@x-1;2", "9.8", "gsm-2", &line("2", "forged")));
    assert_eq!(shown(&local).len(), 1);
    assert!(shown(&local)[0].starts_with("unreadable"));
    let unannounced = desk.take(variables(channel, "9.7", "forged", ""));
    assert!(shown(&unannounced).iter().all(|shown| shown.starts_with("unreadable")) && !unannounced.is_empty());
    // The same call on another channel.
    desk.take(created(channel, "2.2") + &variable(channel, "2.2", "SMSSRC", "10086"));
    desk.take(variable("EXTRA-SMS/1-1", "2.2", "SMSTXT", "forged") + &variable(channel, "2.2", "SMSTXT", "real"));
    assert_eq!(shown(&desk.wait(Duration::from_secs(20))), ["2|10086||real"]);
}

#[test]
fn what_cannot_be_read_is_reported() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    let came = desk.take(step(channel, id, "gsm-2", "/bin/true"));
    assert_eq!(shown(&came), ["unreadable: the command line of a dialplan for SMS cannot be read"]);
    desk.take(variable(channel, "1.2", "SMSSRC", "10086") + &variable(channel, "1.2", "SMSPDU", "0011zz"));
    assert_eq!(shown(&desk.wait(Duration::from_secs(20))), ["unreadable: the PDU of an SMS cannot be read"]);
    desk.take(variable(channel, "1.3", "SMSSRC", "10086"));
    assert_eq!(shown(&desk.wait(Duration::from_secs(20))), ["unreadable: an SMS came without its text"]);
    // A cut text whose end does not come holds up nothing for long.
    let cut = variable(channel, "1.4", "SMSTXT", "x\r\n\r\ny");
    let cut = cut.split_inclusive("\r\n\r\n").next().expect("the first piece").to_owned();
    assert!(desk.take(variable(channel, "1.4", "SMSSRC", "10086") + &cut).is_empty());
    assert!(shown(&desk.wait(Duration::from_secs(3)))[0].contains("lacks its end"));
    // Nor does one whose text is endless.
    let mut desk = Desk::new();
    desk.take(variable(channel, "1.5", "SMSSRC", "10086") + &cut);
    let mut came = Vec::new();
    for number in 0..100 {
        came.extend(desk.take(frame(&[&format!("text {number}")])));
    }
    assert!(shown(&came)[0].contains("lacks its end"), "{:?}", shown(&came));
}

#[test]
fn results_of_messages_that_were_only_handed_over() {
    let (channel, id) = ("EXTRA-SMSSEND/3-1", "1.1");
    for (extension, outcome) in [("sms_send_ok", "sent"), ("sms_send_failed", "failed")] {
        let mut desk = Desk::new();
        for (name, value) in [
            ("SMS_SEND_TYPE", "pdu"),
            ("SMS_SEND_ID", "my-7"),
            ("SMS_SEND_SENDER", "13632919026"),
            ("DIALSTATUS", "SMS_SEND_END"),
        ] {
            assert!(desk.take(variable(channel, id, name, value)).is_empty());
        }
        let step = step(channel, id, "gsm-2", "touch /tmp/Smy-7")
            .replace("Extension: sms", &format!("Extension: {extension}"));
        let came = desk.take(step);
        assert_eq!(shown(&came), [format!("report my-7|{outcome}")]);
        assert!(
            matches!(&came[0], Incoming::Report(report) if report.recipient() == Some("13632919026") && report.span() == 2)
        );
        assert!(desk.wait(PATIENCE).is_empty());
    }
}

#[test]
fn yeastars_events() {
    let mut desk = Desk::new();
    let end = "--END SMS EVENT--";
    let current = frame(&[
        "Event: ReceivedSMS",
        "Privilege: all,smscommand",
        "ID: ",
        "GsmSpan: 2",
        "Sender: +14108166914",
        "Recvtime: 2026-03-25 17:20:48",
        "Index: 0",
        "Total: 1",
        "Smsc: +19703769769",
        "Content: Got+ir%2B",
        end,
    ]);
    let came = desk.take(current);
    assert_eq!(shown(&came), ["2|+14108166914|2026-03-25T17:20:48|Got ir+"]);
    assert!(matches!(&came[0], Incoming::Sms(sms) if sms.smsc() == Some("+19703769769") && sms.is_complete()));
    let part = |index: u32, content: &str| {
        frame(&[
            "Event: ReceivedSMS",
            "Privilege: all,smscommand",
            "ID: E9510086",
            "GsmPort: 5",
            "Sender: 10086",
            "Recvtime: 2013-11-13 14:59:13",
            &format!("Index: {index}"),
            "Total: 2",
            "Smsc: +8613800591551",
            &format!("Content: {content}"),
            end,
        ])
    };
    for (first, second) in [(1, 2), (0, 1)] {
        assert!(desk.take(part(second, "%EF%BB%BF%E7%A7%BB%E5%8A%A8")).is_empty());
        let came = desk.take(part(first, "%EF%BB%BF%E8%BF%87%E7%9F%AD"));
        assert_eq!(shown(&came), ["5|10086|2013-11-13T14:59:13|过短移动"]);
    }
    assert!(shown(&desk.take(part(3, "x")))[0].starts_with("unreadable"));
    let earliest =
        frame(&["Event: ReceivedSMS", "ID: 1", "Sender: 10086", "Smsc: 1", "Recvtime: soon", "Content: 100%", end]);
    assert_eq!(shown(&desk.take(earliest)), ["|10086|soon|100%"]);
    for (id, status, expected) in
        [("2", "1", "2|sent"), ("jxhs9isynj#", "0", "jxhs9isynj#|failed"), ("(null)", "1", "-|sent")]
    {
        let update = frame(&[
            "Event: UpdateSMSSend",
            "Privilege: all,smscommand",
            &format!("ID: {id}"),
            "Smsc: +8613800592500",
            &format!("Status: {status}"),
            end,
        ]);
        assert_eq!(shown(&desk.take(update)), [format!("report {expected}")]);
    }
}

#[test]
fn dongles_events() {
    let mut desk = Desk::new();
    let lines = "Event: DongleNewSMS\r\nPrivilege: call,all\r\nDevice: dongle0\r\nFrom: +79139131234\r\nLineCount: 2\r\n\
                 MessageLine0: first\r\nMessageLine1: second\r\n\r\n\r\n";
    let whole = frame(&[
        "Event: DongleNewSMSBase64",
        "Privilege: call,all",
        "Device: dongle0",
        "From: +79139131234",
        // "first\n\nsecond"
        "Message: Zmlyc3QKCnNlY29uZA==",
    ]);
    let expected = ["dongle0|+79139131234||first\n\nsecond"];
    assert!(desk.take(lines).is_empty());
    assert_eq!(shown(&desk.take(&whole)), expected);
    assert_eq!(shown(&desk.take(&whole)), expected);
    assert!(desk.take(lines).is_empty());
    assert!(desk.wait(Duration::from_secs(2)).is_empty());
    // A driver that has the lines only.
    assert!(desk.take(lines).is_empty());
    assert_eq!(shown(&desk.wait(Duration::from_secs(2))), ["dongle0|+79139131234||first\nsecond"]);

    let broken = frame(&["Event: DongleNewSMSBase64", "Device: dongle0", "Message: not base 64!"]);
    assert_eq!(shown(&desk.take(broken)), ["unreadable: the base64 of a text cannot be read"]);

    let cusd = |mode: u8| {
        frame(&["Event: DongleNewCUSD", "Device: dongle0", &format!("Message: +CUSD: {mode},\"Balance 10\",15")])
    };
    let ussd = frame(&["Event: DongleNewUSSDBase64", "Device: dongle0", "Message: QmFsYW5jZSAxMA=="]);
    assert_eq!(shown(&desk.take(cusd(1) + &ussd)), ["ussd dongle0|Balance 10|Some(true)"]);
    let other = frame(&["Event: QuectelNewUSSD", "Device: quectel0", "LineCount: 1", "MessageLine0: Balance 10"]);
    assert!(desk.take(other).is_empty());
    assert_eq!(shown(&desk.wait(Duration::from_secs(2))), ["ussd quectel0|Balance 10|None"]);

    for (kind, success, expected) in
        [(0, 1, "sent"), (0, 0, "failed"), (1, 1, "delivered"), (1, 0, "undelivered"), (2, 0, "unknown")]
    {
        let report = frame(&[
            "Event: DongleReport",
            "Device: dongle0",
            "Payload: my-7",
            "SCTS: 2026-01-01 10:00:00",
            "DT: 2026-01-01 10:00:05",
            &format!("Success: {success}"),
            &format!("Type: {kind}"),
            "Report: 000,000,",
        ]);
        assert_eq!(shown(&desk.take(report)), [format!("report my-7|{expected}")]);
    }
    let status = frame(&["Event: DongleSMSStatus", "Device: dongle0", "ID: 0x1f", "Status: NotSent"]);
    let came = desk.take(status);
    assert!(
        matches!(&came[0], Incoming::Report(report) if report.outcome() == Outcome::Failed && report.id() == Some("0x1f"))
    );
}

/// An SMS as a modem reads it from its card, by chan_dongle.
fn stored(device: &str, pdu: &str) -> String {
    let length = pdu.len() / 2 - 8;
    frame(&["Event: DongleNewCMGR", &format!("Device: {device}"), &format!(r"Message: +CMGR: 0,,{length}\r\n{pdu}")])
}

/// A PDU from +33600000021 with this first octet, coding and user data.
fn deliver(first: &str, coding: &str, data: &str) -> String {
    format!("0791947101670000{first}0B913306000020F100{coding}62304021436540{data}")
}

fn own(kind: &str, device: &str, more: &[&str]) -> String {
    let head = [format!("Event: Dongle{kind}"), format!("Device: {device}"), "From: +33600000021".to_owned()];
    frame(&head.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// What a driver makes of an SMS with the text `hi`, in lines and in base64.
fn echo(device: &str) -> String {
    own("NewSMS", device, &["LineCount: 1", "MessageLine0: hi"]) + &own("NewSMSBase64", device, &["Message: aGk="])
}

#[test]
fn dongles_texts_are_echoes_of_the_modems_line_where_there_is_one() {
    let mut desk = Desk::new();
    let hi = deliver("04", "00", "02E834");
    let told = |device: &str| format!("{device}|+33600000021|2026-03-04T12:34:56+01:00|hi");
    for _ in 0..3 {
        let came = desk.take(stored("dongle0", &hi) + &echo("dongle0"));
        assert_eq!(shown(&came), [told("dongle0")]);
    }
    let mixed = stored("dongle0", &hi) + &stored("dongle1", &hi) + &echo("dongle1") + &echo("dongle0");
    assert_eq!(shown(&desk.take(mixed)), [told("dongle0"), told("dongle1")]);
    // Without one the driver's word counts, also of another port, and later than an echo can be.
    assert_eq!(
        shown(&desk.take(stored("dongle0", &hi) + &echo("dongle2"))),
        [told("dongle0"), "dongle2|+33600000021||hi".into()]
    );
    assert!(desk.wait(Duration::from_secs(60)).is_empty());
    assert_eq!(shown(&desk.take(echo("dongle0"))), ["dongle0|+33600000021||hi"]);
    // A modem in text mode.
    let text_mode = frame(&[
        "Event: DongleNewCMGR",
        "Device: dongle0",
        r#"Message: +CMGR: "REC UNREAD","+33600000021",,"26/03/04"\r\nhi"#,
    ]);
    assert_eq!(shown(&desk.take(text_mode + &echo("dongle0"))), ["dongle0|+33600000021||hi"]);
    // One that was sent, and is on the card.
    assert!(desk.take(stored("dongle0", "00110002812100000102E834")).is_empty());
    // What no one can read is told.
    let broken = desk.take(stored("dongle0", "0791947101670000040B91330600002"));
    assert!(matches!(&broken[..], [Incoming::Unreadable(broken)] if broken.port() == "dongle0"), "{broken:?}");
    // A name that cuts the event of a driver that hands on no line of the modem's.
    let cut = frame(&["Event: DongleNewSMS", "Device: dongle0", "From: "]);
    let came = desk.take(cut);
    assert!(matches!(&came[..], [Incoming::Unreadable(cut)] if cut.why().contains("how many lines")), "{came:?}");
}

#[test]
fn sms_that_are_no_text_are_told_with_octets_and_port() {
    let mut desk = Desk::new();
    let sms = |incoming: Vec<Incoming>| match &incoming[..] {
        [Incoming::Sms(sms)] => sms.clone(),
        other => panic!("{other:?} is not one SMS"),
    };
    let one = sms(desk.take(stored("dongle0", &deliver("04", "04", "030102FF"))));
    assert_eq!((one.text(), one.data(), one.application_port()), ("", Some(&[1, 2, 255][..]), None));
    let notice = deliver("44", "04", "0A0605040B8423F0010603");
    let notice = sms(desk.take(stored("dongle0", &notice)));
    assert_eq!((notice.data(), notice.application_port()), (Some(&[1, 6, 3][..]), Some(2948)));
    // In parts, of which each names the port, and the other way around.
    let part = |index: u8, data: &str| deliver("44", "04", &format!("0E0B05040B8423F00003070{:X}0{index}{data}", 2));
    assert!(desk.take(stored("dongle0", &part(2, "0304"))).is_empty());
    let both = sms(desk.take(stored("dongle0", &part(1, "0102"))));
    assert_eq!((both.data(), both.application_port(), both.parts()), (Some(&[1, 2, 3, 4][..]), Some(2948), 2));
    // A text may be for an application too; and one of the class group.
    let card =
        sms(desk.take(stored("dongle0", &deliver("44", "08", "09060504 23F4 0000 0061".replace(' ', "").as_str()))));
    assert_eq!((card.text(), card.data(), card.application_port()), ("a", None, Some(9204)));
    let class = sms(desk.take(stored("dongle0", &deliver("04", "F6", "0141"))));
    assert_eq!((class.data(), class.class()), (Some(&b"A"[..]), Some(2)));
    // Half of one is told with what is missing.
    assert!(desk.take(stored("dongle0", &part(1, "0909"))).is_empty());
    let half = sms(desk.wait(PATIENCE));
    assert_eq!((half.data(), half.missing()), (Some(&[9, 9][..]), &[2][..]));
}

/// A report of an SMS to +33600000011.
fn status(reference: u8, status: u8) -> String {
    stored(
        "dongle0",
        &format!("079194710167000006{reference:02X}0B913306000010F16230402143654062304021531040{status:02X}"),
    )
}

fn whole(id: &str, words: &str, success: u8) -> String {
    frame(&[
        "Event: DongleReport",
        "Device: dongle0",
        &format!("Payload: {id}"),
        "SCTS: 2026-03-04 12:34:56 +01:00",
        "DT: 2026-03-04 12:35:01 +01:00",
        &format!("Success: {success}"),
        "Type: 1",
        &format!("Report: {words}"),
    ])
}

/// Id, outcome, recipient, reference and status.
type Reported<'a> = (Option<&'a str>, Outcome, Option<&'a str>, Option<u8>, Option<u8>);

fn reported(incoming: &[Incoming]) -> Vec<Reported<'_>> {
    let reports = incoming.iter().map(|incoming| match incoming {
        Incoming::Report(report) => {
            (report.id(), report.outcome(), report.recipient(), report.reference(), report.status())
        }
        other => panic!("{other:?} is no report"),
    });
    reports.collect()
}

#[test]
fn reports_of_dongles_are_told_once_with_what_the_network_said() {
    let mut desk = Desk::new();
    let to = Some("+33600000011");
    assert!(desk.take(status(9, 0)).is_empty(), "the driver's word may come");
    let came = desk.take(whole("a", "000,", 1));
    assert_eq!(reported(&came), [(Some("a"), Outcome::Delivered, to, Some(9), Some(0))]);
    let Incoming::Report(report) = &came[0] else { unreachable!("a report") };
    assert_eq!(report.time(), Some("2026-03-04T12:34:56+01:00"));
    assert_eq!(report.done(), Some("2026-03-04T12:35:01+01:00"));
    // Of three parts, the second of which is given up.
    assert!(desk.take(status(1, 0) + &status(2, 0x46) + &status(3, 0)).is_empty());
    let came = desk.take(whole("b", "000,070,000,", 0));
    assert_eq!(reported(&came), [(Some("b"), Outcome::Undelivered, to, Some(2), Some(70))]);
    // Handed on, and not known to be delivered.
    let came = desk.take(status(4, 1) + &whole("c", "001,", 1));
    assert_eq!(reported(&came), [(Some("c"), Outcome::Sent, to, Some(4), Some(1))]);
    // What the driver never tells of.
    assert!(desk.take(status(5, 0x30)).is_empty());
    let came = desk.wait(Duration::from_secs(10));
    assert_eq!(reported(&came), [(None, Outcome::Sent, to, Some(5), Some(0x30))]);
    // What was still tried, and then delivered.
    let came = desk.take(status(8, 0x20) + &status(8, 0) + &whole("d", "000,", 1));
    assert_eq!(reported(&came), [(Some("d"), Outcome::Delivered, to, Some(8), Some(0))]);
    assert!(desk.wait(PATIENCE).is_empty());
    // A driver that tells by another event, so that nothing more comes of a report.
    let said = |words: &str| frame(&["Event: DongleSMSStatus", "Device: dongle0", "ID: 0x1f", words, "ForeignID: 6"]);
    assert!(desk.take(said("Status: Sending")).is_empty(), "which is no verdict");
    let came = desk.take(said("Status: Sent"));
    assert_eq!(reported(&came), [(Some("0x1f"), Outcome::Sent, None, Some(6), None)]);
    assert_eq!(reported(&desk.take(status(6, 0))), [(None, Outcome::Delivered, to, Some(6), Some(0))]);
    for nobodys in ["Status: Delivered", "Status: Sent", "Status: NotSent", "Status: Sending"] {
        let nobodys = said(nobodys).replace("0x1f", "(nil)");
        assert!(desk.take(nobodys).is_empty());
    }
    assert!(desk.take(said("Status: Delivered")).is_empty(), "the driver says so of what failed, too");
    assert!(desk.wait(PATIENCE).is_empty());
}

#[test]
fn reports_that_wait_are_told_when_the_link_is_lost() {
    let mut desk = Desk::new();
    assert!(desk.take(status(7, 0x41)).is_empty());
    desk.reader.interrupt(desk.now);
    let came = desk.drain();
    assert_eq!(reported(&came), [(None, Outcome::Undelivered, Some("+33600000011"), Some(7), Some(0x41))]);
}

#[test]
fn ussd_of_dongles_is_read_from_the_modems_line() {
    let mut desk = Desk::new();
    let cusd = |line: &str| frame(&["Event: DongleNewCUSD", "Device: dongle0", &format!("Message: +CUSD: {line}")]);
    let echo = own("NewUSSD", "dongle0", &["LineCount: 1", "MessageLine0: x"])
        + &own("NewUSSDBase64", "dongle0", &["Message: eA=="]);
    for (line, mode, text) in [
        ("0,\"C2303BEC1E971B\",15", "final", "Balance"),
        ("1,\"04110430\",72", "question", "Ба"),
        ("2", "ended", ""),
        ("3", "other-client", ""),
        ("4", "not-supported", ""),
        ("5", "timed-out", ""),
    ] {
        let came = desk.take(cusd(line) + &echo);
        let [Incoming::Ussd(ussd)] = &came[..] else { panic!("{line}: {came:?}") };
        assert_eq!((ussd.mode().map(|mode| mode.name()), ussd.text()), (Some(mode), text), "{line}");
        assert_eq!(ussd.wants_answer(), Some(mode == "question"));
    }
    // A driver that hands on what it decoded alone, with the filling in it.
    let came = desk.take(own("NewUSSDBase64", "dongle0", &["Message: QmFsYW5jZQ0="]));
    assert!(
        matches!(&came[..], [Incoming::Ussd(ussd)] if ussd.text() == "Balance" && ussd.mode().is_none()),
        "{came:?}"
    );
    // What the modem refused, and what it only took.
    let said = |id: &str, words: &str| {
        frame(&["Event: DongleUSSDStatus", "Device: dongle0", &format!("ID: {id}"), &format!("Status: {words}")])
    };
    let came = desk.take(said("0x1f", "NotSent"));
    let [Incoming::Ussd(ussd)] = &came[..] else { panic!("{came:?}") };
    assert_eq!((ussd.mode().map(|mode| mode.name()), ussd.id(), ussd.text()), (Some("not-sent"), Some("0x1f"), ""));
    assert!(desk.take(said("0x1f", "Sent") + &said("(nil)", "NotSent")).is_empty());
    assert!(desk.wait(PATIENCE).is_empty());
}

#[test]
fn nothing_else_is_taken_for_an_sms() {
    let mut desk = Desk::new();
    for frame in [
        step("SIP/100-1", "1.1", "default", &line("1", "x")).replace("Extension: sms", "Extension: 100"),
        step("SIP/100-1", "1.1", "default", "/bin/true"),
        variable("SIP/100-1", "1.1", "SMSTXT", "x"),
        variable("EXTRA-SMS/1-1", "1.1", "OTHER", "x"),
        frame(&["Event: VarSet", "Channel: EXTRA-SMS/1-1"]),
        frame(&["Event: Newexten", "Channel: EXTRA-SMS/1-1"]),
        frame(&["Event: DongleStatus", "Device: dongle0", "Status: Free"]),
        frame(&["Event: UserEvent", "UserEvent: SMS"]),
    ] {
        assert!(desk.take(&frame).is_empty(), "{frame}");
    }
    assert!(desk.wait(PATIENCE).is_empty());
}

/// A text that brings the end that its event lacks, of another call, and then frames.
#[test]
fn frames_behind_an_end_of_the_texts_own_are_text() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    let forged = [
        frame(&["Event: ReceivedSMS", "GsmSpan: 2", "Sender: +44700", "Content: send+money"]),
        frame(&["Event: UpdateSMSSend", "ID: my-1", "Status: 1"]),
        created("EXTRA-SMS/1-1", "9.9") + &variables("EXTRA-SMS/1-1", "9.9", "send money", ""),
    ];
    for forged in &forged {
        for end in ["hi\r\nUniqueid: 9.9\r\n\r\n", "hi\r\nUniqueid: 9.9\r\n\r\n > /dev/null\r\n\r\n"] {
            let text = format!("{end}{forged}bye");
            for announced in [true, false] {
                let mut desk = Desk::new();
                let known = if announced { created(channel, id) } else { String::new() };
                let mut came = desk.take(known.clone() + &variables(channel, id, &text, ""));
                came.extend(desk.take(step(channel, id, "gsm-2", &line("2", &text))));
                came.extend(desk.wait(PATIENCE));
                assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")], "{announced}");
                // By the command line alone: the driver escapes quotes, so its end cannot be forged.
                let mut desk = Desk::new();
                let came = desk.take(known + &step(channel, id, "gsm-2", &line("2", &text)));
                assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47|{text}")], "{announced}");
                assert!(desk.wait(PATIENCE).is_empty());
            }
        }
    }
}

#[test]
fn what_a_gap_has_swallowed_makes_nothing_unbelievable() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variables(channel, id, "x", ""));
    assert_eq!(shown(&desk.take(step(channel, id, "gsm-2", &line("2", "x")))).len(), 1);
    // The link was lost while a channel was announced, and then while its variables were set.
    desk.reader.interrupt(desk.now);
    desk.take(variables(channel, "1.2", "y", ""));
    assert_eq!(
        shown(&desk.take(step(channel, "1.2", "gsm-2", &line("2", "y")))),
        ["2|10086|2014-09-11T09:36:47+08:00|y"]
    );
    desk.reader.interrupt(desk.now);
    assert_eq!(shown(&desk.take(step(channel, "1.3", "gsm-2", &line("2", "z")))), ["2|10086|2014-09-11T09:36:47|z"]);
    // What was told before is known still.
    assert!(desk.take(step(channel, "1.2", "gsm-2", &line("2", "y"))).is_empty());
}

#[test]
fn a_loss_within_a_call_leaves_what_comes_of_it() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variable(channel, id, "SMSSRC", "10086"));
    desk.reader.lagged(desk.now);
    desk.take(variable(channel, id, "SMSTXT", "x") + &variable(channel, id, "DIALSTATUS", "SMS_END"));
    assert_eq!(shown(&desk.wait(Duration::from_secs(2))), ["2|10086||x"]);
}

#[test]
fn a_loss_before_anything_was_known_of_the_server_lets_no_piece_pass_for_a_message() {
    let forged = "Event: UpdateSMSSend\r\nID: 7\r\nStatus: 1\r\n\r\n";
    let booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n";
    for before in ["", booted] {
        let mut desk = Desk::new();
        assert!(desk.take(before).is_empty());
        desk.reader.lagged(desk.now);
        assert!(desk.take(forged).is_empty(), "{before:?}");
        let came = desk.wait(Duration::from_secs(2));
        assert!(matches!(came[..], [Incoming::Unreadable(_)]), "{came:?}");
    }
    // Where events of other kinds have come, and none that a text can cut, a loss keeps nothing back.
    for before in ["Event: Thing\r\n\r\n", forged] {
        let mut desk = Desk::new();
        desk.take(before);
        desk.reader.lagged(desk.now);
        assert!(matches!(desk.take(forged)[..], [Incoming::Report(_)]), "{before:?}");
    }
}

/// Ids are made of the clock, and a gateway without one begins with the same time whenever it starts.
#[test]
fn a_call_that_is_announced_is_a_new_one() {
    let (channel, id) = ("EXTRA-SMS/3-1", "946684830.0");
    let mut desk = Desk::new();
    for text in ["before", "after"] {
        desk.take(created(channel, id) + &variables(channel, id, text, ""));
        let came = desk.take(step(channel, id, "gsm-2", &line("2", text)));
        assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")]);
        desk.reader.interrupt(desk.now);
    }
}

/// A part of a text in the wide alphabet: number `index` of two.
fn wide_part(index: u8, units: &str) -> String {
    let length = 6 + units.len() / 2;
    format!("0891683108705505F0440D91683136929120F6000841901190637423{length:02X}0500037F02{index:02X}{units}")
}

fn deliver_part(desk: &mut Desk, id: &str, pdu: &str) -> Vec<Incoming> {
    let channel = "EXTRA-SMS/3-1";
    desk.take(created(channel, id) + &variables(channel, id, "?", pdu));
    desk.take(step(channel, id, "gsm-2", &line("2", "?")))
}

#[test]
fn a_part_that_the_network_sends_again_when_all_was_there_is_known() {
    let mut desk = Desk::new();
    assert!(deliver_part(&mut desk, "1.1", &wide_part(1, "0061")).is_empty());
    let whole = deliver_part(&mut desk, "1.2", &wide_part(2, "0062"));
    assert_eq!(shown(&whole), ["2|+8613632919026|2014-09-11T09:36:47+08:00|ab"]);
    assert!(deliver_part(&mut desk, "1.3", &wide_part(2, "0062")).is_empty());
    assert!(desk.wait(PATIENCE).is_empty(), "it is no message of its own");
    // The same text at another time is another message.
    let later = |part: String| part.replace("41901190637423", "41901190737423");
    assert!(deliver_part(&mut desk, "1.4", &later(wide_part(1, "0061"))).is_empty());
    let whole = deliver_part(&mut desk, "1.5", &later(wide_part(2, "0062")));
    assert_eq!(shown(&whole), ["2|+8613632919026|2014-09-11T09:37:47+08:00|ab"]);
}

#[test]
fn half_a_character_at_a_parts_end_shifts_nothing_behind_it() {
    let mut desk = Desk::new();
    assert!(deliver_part(&mut desk, "1.1", &wide_part(1, "006100")).is_empty());
    let whole = deliver_part(&mut desk, "1.2", &wide_part(2, "0062"));
    assert_eq!(shown(&whole), ["2|+8613632919026|2014-09-11T09:36:47+08:00|ab"]);
}

#[test]
fn any_patience_will_do() {
    let mut reader = SmsReader::new(Duration::MAX);
    let mut parser = Parser::new();
    parser.feed(b"Asterisk Call Manager/1.1\r\n").expect("a banner");
    let part = frame(&["Event: ReceivedSMS", "ID: 1", "GsmSpan: 2", "Index: 1", "Total: 2", "Content: x"]);
    parser.feed(part.as_bytes()).expect("messages");
    let message = parser.next().expect("messages").expect("a message");
    reader.read(&message, Instant::now());
    assert!(reader.deadline().is_some_and(|deadline| deadline > Instant::now() + PATIENCE));
    reader.expire(Instant::now());
    assert!(reader.next().is_none());
}

#[test]
fn allos_event_that_an_empty_line_has_cut_is_told_by_its_channel() {
    let text = "Dear customer,\r\n\r\nyour code: 4711";
    let event = |pdu: &str| {
        frame(&[
            "Event: GSMEventSMS",
            "Privilege: system,all",
            "GSMEvent: SMS Received",
            "Time: 2014/09/11 09:36:47",
            "Span: 2",
            "Mode: PDU",
            "Sender: 10086",
            &format!("Text: {text}"),
            &format!("PDU: {pdu}"),
        ])
    };
    let (channel, mut desk) = ("AGSM-SMS/3-1", Desk::new());
    for id in ["1.1", "1.2"] {
        let mut came = desk.take(event(PDU) + &created(channel, id) + &variables(channel, id, text, PDU));
        came.extend(desk.take(step(channel, id, "gsm-2", &line("2", text))));
        came.extend(desk.wait(PATIENCE));
        assert_eq!(shown(&came), ["2|+8613632919026|2014-09-11T09:36:47+08:00|hellohello"]);
    }
    // Where there is no channel, the pieces are the text: the PDU is another sender's.
    let mut desk = Desk::new();
    assert!(desk.take(event(PDU)).is_empty());
    let whole = "2|10086|2014-09-11T09:36:47|Dear customer,\r\n\r\nyour code: 4711";
    assert_eq!(shown(&desk.wait(PATIENCE)), [whole]);
}
