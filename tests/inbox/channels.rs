//! Gateways that tell an SMS by a channel of the dialplan: the order of its events, ports, escapes, unreadable ones.

use std::time::{Duration, Instant};

use ami::gsm::{Incoming, SmsReader};
use ami::protocol::Parser;

use crate::{Desk, PATIENCE, PDU, created, frame, line, shown, step, variable, variables};

#[test]
fn reader_reads_the_gateways_own_frame() {
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
fn reader_prefers_pdu_to_text_to_command_line_and_reports_once() {
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
fn reader_takes_the_port_from_command_line_context_or_channel() {
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
fn reader_keeps_escapes_bytes_that_are_no_utf_8_and_byte_order_marks() {
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
fn reader_reads_ids_first_and_escaped_variables_of_newer_servers() {
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
fn reader_reports_unreadable_sms() {
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
fn reader_reads_results_of_queued_messages() {
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
fn reader_takes_nothing_else_for_an_sms() {
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

#[test]
fn reader_timeout_duration_max_does_not_overflow() {
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
