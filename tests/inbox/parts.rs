//! Parts of long texts: repeats, and characters that a part ends in.

use ami::gsm::Incoming;

use crate::{Desk, PATIENCE, created, line, shown, step, variables};

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
fn parts_that_come_again_after_the_whole_message_are_dropped() {
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
fn parts_that_end_in_half_a_character_shift_nothing() {
    let mut desk = Desk::new();
    assert!(deliver_part(&mut desk, "1.1", &wide_part(1, "006100")).is_empty());
    let whole = deliver_part(&mut desk, "1.2", &wide_part(2, "0062"));
    assert_eq!(shown(&whole), ["2|+8613632919026|2014-09-11T09:36:47+08:00|ab"]);
}
