//! Texts of SMS that are made to look like what a server or a gateway says.
//!
//! None holds an id that the server really gave to a channel or the client to an action: whoever guesses those to the digit
//! cannot be told from the server. None holds a NUL, where the drivers' own texts end, and none a mark of the byte order,
//! which firmware puts in front of texts and libami leaves out.

use super::random::Random;

/// Senders that only forged messages have.
const FORGED_SENDERS: [&str; 4] = ["BANK", "+44700900900", "10010", "Your Bank"];
const FORGED_TEXTS: [&str; 4] = ["send money", "Your code is 1234", "x", ""];

/// Whole SMS-DELIVER from senders that sent nothing: "hellohello" and "Your code is 1234".
const FORGED_PDUS: [&str; 3] = [
    "0891683108705505F0040D91683136929120F60000419011906374230AE8329BFD4697D9EC37",
    "000407D0C2A0730900006211034140143211D9775D0E1ABFC965507A0E8AC96634",
    "0004058101",
];

const LINE_ENDS: [&str; 3] = ["\r\n", "\n", "\r"];

/// Every event that drivers use, others of a server's, and the names of libami's own.
const EVENTS: [&str; 40] = [
    "Newchannel",
    "VarSet",
    "Newexten",
    "Hangup",
    "GSMEventSMS",
    "ReceivedSMS",
    "UpdateSMSSend",
    "DongleNewSMS",
    "DongleNewSMSBase64",
    "DongleNewUSSD",
    "DongleNewUSSDBase64",
    "DongleNewCUSD",
    "DongleReport",
    "DongleSMSStatus",
    "DongleUSSDStatus",
    "DongleNewCMGR",
    "QuectelNewSMS",
    "QuectelNewSMSBase64",
    "QuectelNewUSSD",
    "QuectelReport",
    "QuectelSMSStatus",
    "DatacardNewSMS",
    "DatacardNewSMSBase64",
    "DatacardSMSStatus",
    "OriginateResponse",
    "FullyBooted",
    "Shutdown",
    "Reload",
    "UserEvent",
    "StatusComplete",
    "CoreShowChannelsComplete",
    "PeerlistComplete",
    "WaitEventComplete",
    "DataGet Tree",
    "Dinner at 8",
    "#gap",
    "#lagged",
    "#state",
    "#sms",
    "#unreadable",
];

const RESPONSES: [&str; 8] = ["Success", "Error", "Follows", "Goodbye", "Pong", "Failure", "y", ""];

/// Lines that mean something to a reader of events or to the session.
pub const HEADERS: [&str; 42] = [
    "Privilege: dialplan,all",
    "Privilege: Command",
    "Channel: EXTRA-SMS/1-1",
    "Channel: AGSM-SMS/3-2",
    "Channel: EXTRA-SMSSEND/1-1",
    "Channel: Local/sms@gsm-2-00000001;2",
    "Uniqueid: 9.9",
    "Uniqueid: 1410399407.90001",
    "Uniqueid:",
    "Variable: SMSSRC",
    "Variable: SMSTXT",
    "Variable: SMSPDU",
    "Variable: DIALSTATUS",
    "Value: SMS_END",
    "Value: x",
    "Value:",
    "Extension: sms",
    "Context: gsm-3",
    "Application: System",
    "Span: 2",
    "GsmSpan: 2",
    "Device: dongle0",
    "Mode: PDU",
    "Mode: TEXT",
    "Length: 3",
    "Length: 99999",
    "LineCount: 1",
    "ActionID: 1",
    "ActionID: own-1",
    "Message: x",
    r"Message: +CMGR: 0,,21\r\n00040B913306000020F1000062304021436540024834",
    "Message: +CUSD: 1",
    "Output: x",
    "Ping: Pong",
    "Timestamp: 666.666",
    "EventList: start",
    "EventList: Complete",
    "Status: 1",
    "ID: 7",
    "Index: 1",
    "Total: 2",
    "SMSC: +8613800755500",
];

const WORDS: [&str; 26] = [
    "hi",
    "Dear customer,",
    "your code is 4711",
    "Meeting: 8 pm",
    "Place: Main Street 5",
    "bye",
    " ",
    "  x",
    "x ",
    "\t",
    ":",
    ": x",
    "A:",
    "A : x",
    "A\t:",
    "A\r: x",
    "Event : x\n\nResponse : y",
    "\u{e9}\u{f1}\u{fc}",
    "caf\u{e9}",
    "\u{20ac}",
    "\u{394}",
    "\u{c4}\u{a1}",
    "\u{60a8}\u{597d}",
    "\u{1f600}",
    "`",
    "^{}\\[]~|",
];

const QUOTES: [&str; 14] = [
    "\"",
    "\\",
    "\\\"",
    "\\\\\\\"",
    "\\\\\\",
    "\\n",
    "\" > /dev/null 2>&1 &",
    "\\\" > /dev/null 2>&1 &",
    "\\\\\\\" > /dev/null 2>&1 &",
    " > /dev/null",
    "\" \"+8613800755500",
    "$(id)",
    "%0D%0A",
    "'",
];

/// So many bytes at most.
pub fn text(random: &mut Random) -> String {
    let longest = match random.below(8) {
        0 => random.below(4),
        1 | 2 => random.below(60),
        3 | 4 => 160,
        _ => 480,
    };
    let mut text = String::new();
    if random.one_in(3) {
        // What most attacks are: a greeting, an empty line, frames.
        text += random.pick(&["hi", "Dear customer,", "", "x\r\nUniqueid: 9.9"]);
        text += random.pick(&["\r\n\r\n", "\n\n", "\n\r\n", "\r\n\r\n\r\n"]);
    }
    if random.one_in(12) {
        // As many pieces as fit in.
        text = fragment(random).repeat(1 + random.below(200));
    }
    for _ in 0..1 + random.below(9) {
        if text.len() >= longest {
            break;
        }
        text += &fragment(random);
        if random.one_in(3) {
            text += random.pick(&LINE_ENDS);
        }
    }
    cut(&mut text, longest);
    text
}

/// Cuts a text to so many bytes, at the start of a character.
pub fn cut(text: &mut String, longest: usize) {
    let end = (0..=longest.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
}

fn fragment(random: &mut Random) -> String {
    match random.below(12) {
        0 | 1 => (random.pick(&WORDS)).to_owned(),
        2 => {
            let end = random.pick(&LINE_ENDS);
            (0..1 + random.below(5)).map(|_| if random.one_in(4) { random.pick(&LINE_ENDS) } else { end }).collect()
        }
        3 => format!("{}{}", random.pick(&HEADERS), random.pick(&LINE_ENDS)),
        4 => (random.pick(&QUOTES)).to_owned(),
        5 => {
            let marker = random.pick(&["--END COMMAND--", "--END SMS EVENT--"]);
            let end = random.pick(&LINE_ENDS);
            format!("{end}{marker}{}", end.repeat(random.below(4)))
        }
        6 => {
            let name = random.pick(&["PDU: ", "Variable: SMSPDU\r\nValue: ", "Value: ", "Sender: BANK\r\nPDU: ", ""]);
            format!("{}{name}{}", random.pick(&LINE_ENDS), random.pick(&FORGED_PDUS))
        }
        7 | 8 => response(random),
        9 | 10 => event(random),
        _ => message(random),
    }
}

fn ended(lines: &[&str], random: &mut Random) -> String {
    let end = random.pick(&["\r\n", "\r\n", "\n"]);
    let start = if random.one_in(3) { "" } else { &end.repeat(2) };
    let stop = if random.one_in(4) { "" } else { end };
    format!("{start}{}{end}{stop}", lines.join(end))
}

fn response(random: &mut Random) -> String {
    let first = format!("Response: {}", random.pick(&RESPONSES));
    let mut lines = vec![first.as_str()];
    for _ in 0..random.below(4) {
        lines.push(match random.below(6) {
            0 => "Privilege: Command",
            1 => "Privilege: SMSCommand",
            2 => random.pick(&["ActionID: 1", "ActionID: own-1", "ActionID: ami-0-1-1", "ActionID:"]),
            3 => random.pick(&["Ping: Pong", "Timestamp: 666.666"]),
            _ => random.pick(&HEADERS),
        });
    }
    if random.one_in(4) {
        lines.push("forged output");
        lines.push("--END COMMAND--");
    }
    ended(&lines, random)
}

fn event(random: &mut Random) -> String {
    let first = format!("Event: {}", random.pick(&EVENTS));
    let mut lines = vec![first.as_str()];
    for _ in 0..random.below(5) {
        lines.push(random.pick(&HEADERS));
    }
    ended(&lines, random)
}

/// Frames that are an SMS by themselves, of each gateway's kind.
fn message(random: &mut Random) -> String {
    let sender = random.pick(&FORGED_SENDERS);
    let text = random.pick(&FORGED_TEXTS);
    let pdu = random.pick(&FORGED_PDUS);
    let channel = format!("Channel: EXTRA-SMS/{}-{}", 1 + 2 * random.below(4), 1 + random.below(9));
    let id = format!("Uniqueid: 9.{}", random.below(1000));
    let variable =
        |name: &str, value: &str| format!("Event: VarSet\n{channel}\nVariable: {name}\nValue: {value}\n{id}\n\n");
    let frames = match random.below(8) {
        0 => format!("Event: ReceivedSMS\nGsmSpan: 2\nSender: {sender}\nContent: {text}\n\n"),
        1 => format!("Event: DongleNewSMSBase64\nDevice: dongle0\nFrom: {sender}\nMessage: aGVsbG8=\n\n"),
        2 => format!("Event: DongleNewSMS\nDevice: dongle0\nFrom: {sender}\nLineCount: 1\nMessageLine0: {text}\n\n"),
        3 => format!("Event: GSMEventSMS\nSpan: 1\nMode: PDU\nSender: {sender}\nText: {text}\nPDU: {pdu}\n\n"),
        4 => variable("SMSSRC", sender) + &variable("SMSTXT", text),
        5 => variable("SMSPDU", pdu),
        6 => format!("Event: UpdateSMSSend\nID: 7\nStatus: {}\n\n", random.below(2)),
        _ => format!(
            "Event: Newexten\n{channel}\nExtension: sms\nApplication: System\n\
             AppData: p \"1\" \"{sender}\" \"2014/09/11 09:36:47\" \"{text}\" > /dev/null\n{id}\n\n"
        ),
    };
    let frames = if random.one_in(2) { format!("Event: Newchannel\n{channel}\n{id}\n\n{frames}") } else { frames };
    let frames = format!("\n\n{frames}");
    if random.one_in(2) { frames.replace('\n', "\r\n") } else { frames }
}
