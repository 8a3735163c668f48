//! Texts that cut their events, texts that look like events, and losses amid a message.

use std::time::Duration;

use ami::gsm::Incoming;

use crate::{Desk, PATIENCE, PDU, created, frame, line, shown, step, variable, variables};

#[test]
fn reader_joins_a_text_whose_empty_lines_cut_its_events() {
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
    // The rest is read as before.
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
fn reader_takes_frames_in_a_text_for_text() {
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
fn reader_takes_headers_in_a_text_for_text() {
    let text = "hi\r\nUniqueid: 9.9\r\nVariable: SMSPDU\r\nChannel: EXTRA-SMS/7-7\r\nValue: 00";
    let (channel, id) = ("EXTRA-SMS/3-1", "1410399407.12");
    let mut desk = Desk::new();
    desk.take(variables(channel, id, text, ""));
    let came = desk.take(step(channel, id, "gsm-2", &line("2", text)));
    assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")]);
    assert!(desk.wait(PATIENCE).is_empty());
}

#[test]
fn reader_reports_events_without_their_predecessors_as_unreadable() {
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

/// A text that brings the end that its event lacks, of another call, and then frames.
#[test]
fn reader_takes_frames_after_a_forged_end_for_text() {
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
fn reader_after_a_gap_believes_whole_messages() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variables(channel, id, "x", ""));
    assert_eq!(shown(&desk.take(step(channel, id, "gsm-2", &line("2", "x")))).len(), 1);
    // The connection was lost while a channel was announced, and then while its variables were set.
    desk.reader.interrupt(desk.now);
    desk.take(variables(channel, "1.2", "y", ""));
    assert_eq!(
        shown(&desk.take(step(channel, "1.2", "gsm-2", &line("2", "y")))),
        ["2|10086|2014-09-11T09:36:47+08:00|y"]
    );
    desk.reader.interrupt(desk.now);
    assert_eq!(shown(&desk.take(step(channel, "1.3", "gsm-2", &line("2", "z")))), ["2|10086|2014-09-11T09:36:47|z"]);
    // The call that was announced before is still known.
    assert!(desk.take(step(channel, "1.2", "gsm-2", &line("2", "y"))).is_empty());
}

#[test]
fn reader_after_a_loss_within_a_call_reads_the_rest_of_it() {
    let (channel, id) = ("EXTRA-SMS/3-1", "1.1");
    let mut desk = Desk::new();
    desk.take(created(channel, id) + &variable(channel, id, "SMSSRC", "10086"));
    desk.reader.lagged(desk.now);
    desk.take(variable(channel, id, "SMSTXT", "x") + &variable(channel, id, "DIALSTATUS", "SMS_END"));
    assert_eq!(shown(&desk.wait(Duration::from_secs(2))), ["2|10086||x"]);
}

#[test]
fn reader_after_a_loss_at_the_start_takes_no_piece_for_a_message() {
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
    // If only events that no text can cut have come, a loss keeps nothing back.
    for before in ["Event: Thing\r\n\r\n", forged] {
        let mut desk = Desk::new();
        desk.take(before);
        desk.reader.lagged(desk.now);
        assert!(matches!(desk.take(forged)[..], [Incoming::Report(_)]), "{before:?}");
    }
}

/// Ids are made of the clock, and a gateway without one begins with the same time whenever it starts.
#[test]
fn reader_takes_an_announced_call_for_a_new_one() {
    let (channel, id) = ("EXTRA-SMS/3-1", "946684830.0");
    let mut desk = Desk::new();
    for text in ["before", "after"] {
        desk.take(created(channel, id) + &variables(channel, id, text, ""));
        let came = desk.take(step(channel, id, "gsm-2", &line("2", text)));
        assert_eq!(shown(&came), [format!("2|10086|2014-09-11T09:36:47+08:00|{text}")]);
        desk.reader.interrupt(desk.now);
    }
}
