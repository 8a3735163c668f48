//! Gateways that tell an SMS in one event: Yeastar and ALLO.

use ami::gsm::Incoming;

use crate::{Desk, PATIENCE, PDU, created, frame, line, shown, step, variables};

#[test]
fn reader_yeastar_events() {
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
fn reader_allo_event_cut_by_an_empty_line_is_read_from_its_channel() {
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
    // Without a channel the pieces are the text: the PDU is another sender's.
    let mut desk = Desk::new();
    assert!(desk.take(event(PDU)).is_empty());
    let whole = "2|10086|2014-09-11T09:36:47|Dear customer,\r\n\r\nyour code: 4711";
    assert_eq!(shown(&desk.wait(PATIENCE)), [whole]);
}
