//! Dongles: events of each driver, reports, USSD.

use std::time::Duration;

use ami::gsm::{Incoming, Outcome};

use crate::{Desk, PATIENCE, deliver, frame, shown};

#[test]
fn reader_dongle_events() {
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

fn own(kind: &str, device: &str, more: &[&str]) -> String {
    let head = [format!("Event: Dongle{kind}"), format!("Device: {device}"), "From: +33600000021".to_owned()];
    frame(&head.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// A driver's own events of an SMS with the text `hi`, in lines and in base64.
fn echo(device: &str) -> String {
    own("NewSMS", device, &["LineCount: 1", "MessageLine0: hi"]) + &own("NewSMSBase64", device, &["Message: aGk="])
}

#[test]
fn reader_dongle_texts_repeat_the_modems_line() {
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
    // An SMS that was sent, and is on the card.
    assert!(desk.take(stored("dongle0", "00110002812100000102E834")).is_empty());
    // An unreadable PDU is reported.
    let broken = desk.take(stored("dongle0", "0791947101670000040B91330600002"));
    assert!(matches!(&broken[..], [Incoming::Unreadable(broken)] if broken.port() == "dongle0"), "{broken:?}");
    // A name that cuts the event of a driver that hands on no line of the modem's.
    let cut = frame(&["Event: DongleNewSMS", "Device: dongle0", "From: "]);
    let came = desk.take(cut);
    assert!(matches!(&came[..], [Incoming::Unreadable(cut)] if cut.why().contains("how many lines")), "{came:?}");
}

#[test]
fn reader_dongle_binary_sms_have_octets_and_port() {
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
fn reader_dongle_reports_come_once_with_the_networks_words() {
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
    // Results that the driver never reports.
    assert!(desk.take(status(5, 0x30)).is_empty());
    let came = desk.wait(Duration::from_secs(10));
    assert_eq!(reported(&came), [(None, Outcome::Sent, to, Some(5), Some(0x30))]);
    // An SMS that was still tried, and then delivered.
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
fn reader_dongle_reports_that_wait_come_out_at_a_disconnect() {
    let mut desk = Desk::new();
    assert!(desk.take(status(7, 0x41)).is_empty());
    desk.reader.interrupt(desk.now);
    let came = desk.drain();
    assert_eq!(reported(&came), [(None, Outcome::Undelivered, Some("+33600000011"), Some(7), Some(0x41))]);
}

#[test]
fn reader_dongle_ussd_is_read_from_the_modems_line() {
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
    // A code that the modem refused, and one that it only took.
    let said = |id: &str, words: &str| {
        frame(&["Event: DongleUSSDStatus", "Device: dongle0", &format!("ID: {id}"), &format!("Status: {words}")])
    };
    let came = desk.take(said("0x1f", "NotSent"));
    let [Incoming::Ussd(ussd)] = &came[..] else { panic!("{came:?}") };
    assert_eq!((ussd.mode().map(|mode| mode.name()), ussd.id(), ussd.text()), (Some("not-sent"), Some("0x1f"), ""));
    assert!(desk.take(said("0x1f", "Sent") + &said("(nil)", "NotSent")).is_empty());
    assert!(desk.wait(PATIENCE).is_empty());
}
